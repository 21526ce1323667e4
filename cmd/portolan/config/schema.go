package config

import (
	"encoding/json"
	"fmt"

	"github.com/invopop/jsonschema"
)

// JSONSchema says how durations are written.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"90s", "10m", "24h"}}
}

// JSONSchema says that one text may stand for a list.
func (Strings) JSONSchema() *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string"}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{text, {Type: "array", Items: text}}}
}

// JSONSchemaExtend says that the name of a kind may stand for it.
func (AllowedKind) JSONSchemaExtend(s *jsonschema.Schema) {
	long := *s
	long.Description = ""
	*s = jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, &long}}
}

// Schema returns the JSON Schema (draft-07, which editors understand best) of
// portolan.yaml.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, DoNotReference: true}
	s := r.Reflect(&Config{})
	s.Version = "http://json-schema.org/draft-07/schema#"
	s.Title = "portolan.yaml"
	s.Description = "Configuration of Portolan, the static developer portal."
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema of the configuration: %w", err)
	}
	return append(out, '\n'), nil
}

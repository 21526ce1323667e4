package catalog

import (
	"encoding/json"
	"slices"
)

// Schema returns a JSON Schema (draft-07) of descriptor files, with an
// organisation's own kinds, for editors: it completes the fields of each kind
// and marks what Backstage would reject. A file names it in its first line,
// for each document:
//
//	# yaml-language-server: $schema=https://portal.example.com/api/schema/catalog-info.json
//
// The schema knows the rules that need one document only; references,
// placeholders and conflicts of names are checked when the catalog is read.
func Schema(kinds []Kind) []byte {
	rules := slices.Clone(coreKinds)
	for _, k := range kinds {
		if coreTable[k.Name] == nil {
			rules = append(rules, ownKind(k))
		}
	}
	type object = map[string]any
	var names, versions []string
	var byKind []any
	for _, k := range rules {
		names = append(names, k.name)
		for _, v := range k.apiVersions {
			if !slices.Contains(versions, v) {
				versions = append(versions, v)
			}
		}
		then := object{"properties": object{"spec": schemaOf(k.spec, true)}}
		if len(k.apiVersions) > 0 {
			then["properties"].(object)["apiVersion"] = object{"enum": k.apiVersions}
		}
		if k.specNeeded {
			then["required"] = []string{"spec"}
		}
		byKind = append(byKind, object{
			"if":   object{"properties": object{"kind": object{"const": k.name}}, "required": []string{"kind"}},
			"then": then,
		})
	}
	meta := schemaOf(entityShape.fields["metadata"], false)
	fields := meta["properties"].(object)
	meta["required"] = []string{"name"}
	fields["name"] = object{"type": "string", "maxLength": 63, "pattern": "^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$", "description": nameWanted}
	fields["namespace"] = object{"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]+(?:-+[a-z0-9]+)*$", "description": namespaceWanted, "default": DefaultNamespace}
	fields["description"] = object{"anyOf": []any{object{"type": "string"}, placeholderRef}}
	fields["tags"] = object{"anyOf": []any{
		object{"type": "array", "items": object{"type": "string", "maxLength": 63, "pattern": "^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$", "description": tagWanted}},
		placeholderRef,
	}}
	key := object{"pattern": `^([a-z0-9]+(-+[a-z0-9]+)*(\.[a-z0-9]+(-+[a-z0-9]+)*)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`}
	fields["labels"] = object{"type": "object", "propertyNames": key,
		"additionalProperties": object{"type": "string", "maxLength": 63, "pattern": "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"}}
	fields["annotations"] = object{"anyOf": []any{
		object{"type": "object", "propertyNames": key, "additionalProperties": object{"anyOf": []any{object{"type": "string"}, placeholderRef}}},
		object{"type": "null"},
	}}
	schema := object{
		"$schema":  "http://json-schema.org/draft-07/schema#",
		"title":    "An entity of the software catalog",
		"type":     "object",
		"required": []string{"apiVersion", "kind", "metadata"},
		"properties": object{
			"apiVersion": object{"type": "string", "examples": versions},
			"kind":       object{"enum": names},
			"metadata":   meta,
			"spec":       object{"type": "object"},
		},
		"additionalProperties": false,
		"allOf":                byKind,
		"definitions": object{"placeholder": object{
			"description": "the content of a file of this repository",
			"type":        "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
			"properties": object{"$text": object{"type": "string"}, "$json": object{"type": "string"}, "$yaml": object{"type": "string"}},
		}},
	}
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil // only maps, lists and texts
	}
	return append(out, '\n')
}

var placeholderRef = map[string]any{"$ref": "#/definitions/placeholder"}

// schemaOf turns a shape into JSON Schema. With placeholders, a file may stand
// for every value.
func schemaOf(s *shape, placeholders bool) map[string]any {
	type object = map[string]any
	if s == nil {
		return object{}
	}
	var out object
	switch s.kind {
	case text:
		out = object{"type": "string"}
		if s.min {
			out["minLength"] = 1
		}
		if s.enum != nil {
			out["enum"] = s.enum
		}
		if s.example != "" {
			out["examples"] = []string{s.example}
		}
	case textOrBool:
		out = object{"type": []string{"string", "boolean"}}
	case list:
		out = object{"type": "array"}
		if s.items != nil {
			out["items"] = schemaOf(s.items, placeholders)
		}
	case mapping:
		out = object{"type": "object"}
		fields := object{}
		for name, f := range s.fields {
			fields[name] = schemaOf(f, placeholders)
		}
		if len(fields) > 0 {
			out["properties"] = fields
		}
		if len(s.required) > 0 {
			out["required"] = s.required
		}
		if s.closed {
			out["additionalProperties"] = false
		} else if s.rest != nil {
			out["additionalProperties"] = schemaOf(s.rest, placeholders)
		}
	case mapOrMaps:
		one := schemaOf(&shape{kind: mapping, fields: s.fields}, placeholders)
		out = object{"anyOf": []any{one, object{"type": "array", "items": schemaOf(s.items, placeholders)}}}
	default:
		return object{}
	}
	if placeholders {
		return object{"anyOf": []any{out, placeholderRef}}
	}
	return out
}

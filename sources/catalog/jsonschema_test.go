package catalog

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// TestSchema compares the schema for editors with Backstage's verdicts: it
// takes all that Backstage takes, and marks what breaks a rule of one document.
func TestSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema([]Kind{{Name: "Dataset", Required: []string{"format"}}})))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("catalog-info.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("catalog-info.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(n *yamldoc.Node) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(n.AppendJSON(nil)))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(v)
	}
	for _, tt := range []struct {
		src   string
		valid bool
	}{
		{component("svc"), true},
		{component("my service"), false},
		{strings.Replace(component("svc"), "lifecycle", "lifecylce", 1), false},
		{"apiVersion: acme.example/v1\nkind: Dataset\nmetadata: {name: x}\nspec: {format: parquet}\n", true},
		{"apiVersion: acme.example/v1\nkind: Dataset\nmetadata: {name: x}\nspec: {}\n", false},
		{"apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: x}\nspec: {type: openapi, lifecycle: x, owner: x, definition: {$text: ./x}}\n", true},
	} {
		n, perr := yamldoc.ParseOne([]byte(tt.src), yamldoc.Limits{})
		if perr != nil {
			t.Fatal(perr)
		}
		if err := check(n); (err == nil) != tt.valid {
			t.Errorf("%s\n got %v, want valid = %v", tt.src, err, tt.valid)
		}
	}

	dir := shared(t, "conformance", "catalog")
	marked, all := 0, 0
	for _, w := range lines[expectation](t, filepath.Join(dir, "expected.jsonl")) {
		data, err := os.ReadFile(filepath.Join(dir, "inputs", w.File))
		if err != nil {
			t.Fatal(err)
		}
		docs := yamldoc.Parse(data, yamldoc.Limits{})
		if w.Quirk || w.Doc >= len(docs) || docs[w.Doc].Err != nil || docs[w.Doc].Node.Kind == yamldoc.Null {
			continue
		}
		err = check(docs[w.Doc].Node)
		switch w.Class {
		case "":
			if err != nil {
				t.Errorf("%s#%d is accepted by Backstage, but not by the schema: %v", w.File, w.Doc, err)
			}
		case NotAnObject, Envelope, BadSchema, RootField, FieldFormat, KindSchema, UnknownKind:
			all++
			if err != nil {
				marked++
			} else {
				t.Logf("%s#%d is rejected by Backstage (%s), but not by the schema", w.File, w.Doc, w.Class)
			}
		}
	}
	if marked*100 < all*90 {
		t.Errorf("the schema marks %d of %d documents, want 90 %%", marked, all)
	}
}

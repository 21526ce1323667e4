package catalog

import "slices"

// A Kind is one of an organisation's own kinds, which Backstage would need a
// processor for.
type Kind struct {
	// Name is the kind as it is written in descriptors, such as "Dataset".
	Name string

	// APIVersions lists what may stand in apiVersion. Empty means anything.
	APIVersions []string

	// Required lists the fields of spec that must hold a text that is not empty.
	Required []string

	// Relations lists the fields of spec that hold references, beside those
	// that every own kind has: owner, system, domain, dependsOn, dependencyOf,
	// providesApis and consumesApis.
	Relations []RelationField
}

// A RelationField says what a reference in a field of spec means.
type RelationField struct {
	Field   string // in spec, such as "owner"; holds one reference or a list
	Kind    string // the kind of a reference that names none; empty means that it must
	Type    string // the relation of the entity to the one that it names
	Reverse string // the relation the other way round
}

// A kindRule is all that is known of a kind.
type kindRule struct {
	name        string
	apiVersions []string
	spec        *shape
	specNeeded  bool
	relations   []RelationField
}

func (k *kindRule) accepts(apiVersion string) bool {
	return len(k.apiVersions) == 0 || slices.Contains(k.apiVersions, apiVersion)
}

var (
	coreVersions     = []string{"backstage.io/v1alpha1", "backstage.io/v1beta1"}
	templateVersions = []string{"scaffolder.backstage.io/v1beta3"}
)

func str(example string) *shape { return &shape{kind: text, min: true, example: example} }

func strs() *shape { return &shape{kind: list, items: &shape{kind: text, min: true}} }

var anyText = &shape{kind: text}

var profileShape = &shape{kind: mapping, fields: map[string]*shape{
	"displayName": str(""), "email": str(""), "picture": str(""),
}}

// envelopeShape is what a document needs to be an entity at all.
var envelopeShape = &shape{kind: mapping, required: []string{"apiVersion", "kind", "metadata"}, fields: map[string]*shape{
	"apiVersion": str("backstage.io/v1alpha1"),
	"kind":       str("Component"),
	"metadata": {kind: mapping, required: []string{"name"}, fields: map[string]*shape{
		"name": str("my-service"), "namespace": str("default"),
	}},
}}

// entityShape is Backstage's Entity schema.
var entityShape = &shape{kind: mapping, closed: true, fields: map[string]*shape{
	"apiVersion": {}, "kind": {},
	"metadata": {kind: mapping, fields: map[string]*shape{
		"uid": str(""), "etag": str(""), "name": str(""), "namespace": str(""), "title": str(""),
		"description": anyText,
		"labels":      {kind: mapping, rest: anyText, named: true},
		"annotations": {kind: mapping, rest: anyText, named: true},
		"tags":        {kind: list, items: str("")},
		"links": {kind: list, items: &shape{kind: mapping, required: []string{"url"}, fields: map[string]*shape{
			"url": str("https://example.com"), "title": str(""), "icon": str(""), "type": str(""),
		}}},
	}},
	"spec": {kind: mapping},
	"relations": {kind: list, items: &shape{kind: mapping, closed: true, required: []string{"type", "targetRef"}, fields: map[string]*shape{
		"type": str(""), "targetRef": str(""),
		"target": {kind: mapping, closed: true, required: []string{"kind", "namespace", "name"}, fields: map[string]*shape{
			"kind": str(""), "namespace": str(""), "name": str(""),
		}},
	}}},
	"status": {kind: mapping, fields: map[string]*shape{
		"items": {kind: list, items: &shape{kind: mapping, required: []string{"type", "level", "message"}, fields: map[string]*shape{
			"type": str(""), "level": {kind: text, enum: []string{"info", "warning", "error"}}, "message": anyText,
			"error": {kind: mapping, required: []string{"name", "message"}, fields: map[string]*shape{
				"name": str(""), "message": anyText, "code": anyText, "stack": anyText,
			}},
		}}},
	}},
}}

var permissions = &shape{kind: mapping, fields: map[string]*shape{"tags": {kind: list, items: anyText}}}

var decorators = &shape{kind: list, items: &shape{kind: mapping, fields: map[string]*shape{
	"id": anyText, "input": {kind: mapping},
}}}

var (
	ownerField  = RelationField{"owner", "Group", OwnedBy, OwnerOf}
	systemField = RelationField{"system", "System", PartOf, HasPart}
	domainField = RelationField{"domain", "Domain", PartOf, HasPart}
	dependsOn   = RelationField{"dependsOn", "", DependsOn, DependencyOf}
	dependentOf = RelationField{"dependencyOf", "", DependencyOf, DependsOn}
	provides    = RelationField{"providesApis", "API", ProvidesAPI, APIProvidedBy}
	consumes    = RelationField{"consumesApis", "API", ConsumesAPI, APIConsumedBy}
)

// coreKinds are the kinds of Backstage's catalog model 1.10 and the template
// of its scaffolder.
var coreKinds = []*kindRule{
	{
		name: "Component", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"type", "lifecycle", "owner"}, fields: map[string]*shape{
			"type": str("service"), "lifecycle": str("production"), "owner": str("my-team"),
			"system": str("my-system"), "subcomponentOf": str("my-service"),
			"providesApis": strs(), "consumesApis": strs(), "dependsOn": strs(),
		}},
		relations: []RelationField{
			ownerField, {"subcomponentOf", "Component", PartOf, HasPart}, provides, consumes, dependsOn, dependentOf, systemField,
		},
	},
	{
		name: "API", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"type", "lifecycle", "owner", "definition"}, fields: map[string]*shape{
			"type": str("openapi"), "lifecycle": str("production"), "owner": str("my-team"), "system": str("my-system"),
			"definition": str("{$text: ./openapi.yaml}"),
		}},
		relations: []RelationField{ownerField, systemField},
	},
	{
		name: "Resource", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"type", "owner"}, fields: map[string]*shape{
			"type": str("database"), "owner": str("my-team"), "dependsOn": strs(), "system": str("my-system"),
		}},
		relations: []RelationField{ownerField, dependsOn, dependentOf, systemField},
	},
	{
		name: "System", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"owner"}, fields: map[string]*shape{
			"owner": str("my-team"), "domain": str("my-domain"), "type": str("product"),
		}},
		relations: []RelationField{ownerField, domainField},
	},
	{
		name: "Domain", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"owner"}, fields: map[string]*shape{
			"owner": str("my-team"), "subdomainOf": str("my-domain"), "type": str("product-area"),
		}},
		relations: []RelationField{ownerField, {"subdomainOf", "Domain", PartOf, HasPart}},
	},
	{
		name: "Group", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"type", "children"}, fields: map[string]*shape{
			"type": str("team"), "children": {kind: list, items: &shape{kind: text, min: true}, example: "[]"},
			"parent": str("my-group"), "members": strs(), "profile": profileShape,
		}},
		relations: []RelationField{
			{"parent", "Group", ChildOf, ParentOf}, {"children", "Group", ParentOf, ChildOf}, {"members", "User", HasMember, MemberOf},
		},
	},
	{
		name: "User", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"memberOf"}, fields: map[string]*shape{
			"memberOf": {kind: list, items: &shape{kind: text, min: true}, example: "[my-team]"}, "profile": profileShape,
		}},
		relations: []RelationField{{"memberOf", "Group", MemberOf, HasMember}},
	},
	{
		name: "Location", apiVersions: coreVersions, specNeeded: true,
		spec: &shape{kind: mapping, fields: map[string]*shape{
			"type": str("url"), "target": str("./catalog-info.yaml"), "targets": strs(),
			"presence": {kind: text, enum: []string{"required", "optional"}},
		}},
	},
	{
		name: "Template", apiVersions: templateVersions, specNeeded: true,
		spec: &shape{kind: mapping, required: []string{"type", "steps"}, fields: map[string]*shape{
			"type": str("service"), "owner": str("my-team"), "lifecycle": str("production"),
			"parameters": {kind: mapOrMaps, fields: map[string]*shape{"backstage:permissions": permissions},
				items: &shape{kind: mapping, fields: map[string]*shape{"when": {kind: textOrBool}, "backstage:permissions": permissions}}},
			"secrets": {kind: mapping, fields: map[string]*shape{"schema": {kind: mapping}}},
			"presentation": {kind: mapping, fields: map[string]*shape{
				"buttonLabels": {kind: mapping, fields: map[string]*shape{
					"backButtonText": anyText, "createButtonText": anyText, "reviewButtonText": anyText,
				}},
			}},
			"EXPERIMENTAL_recovery":       {kind: mapping, fields: map[string]*shape{"EXPERIMENTAL_strategy": anyText}},
			"formDecorators":              decorators,
			"EXPERIMENTAL_formDecorators": decorators,
			"steps": {kind: list, example: "[{action: 'fetch:template'}]", items: &shape{kind: mapping, required: []string{"action"}, fields: map[string]*shape{
				"id": anyText, "name": anyText, "action": {kind: text, example: "fetch:template"}, "input": {kind: mapping},
				"if": {kind: textOrBool}, "backstage:permissions": permissions,
			}}},
			"output": {kind: mapping, rest: anyText, fields: map[string]*shape{
				"links": {kind: list, items: &shape{kind: mapping, fields: map[string]*shape{
					"if": {kind: textOrBool}, "url": str(""), "entityRef": str(""), "title": str(""), "icon": str(""),
				}}},
				"text": {kind: list, items: &shape{kind: mapping, fields: map[string]*shape{
					"if": {kind: textOrBool}, "title": str(""), "icon": str(""), "content": anyText,
				}}},
			}},
		}},
		relations: []RelationField{ownerField},
	},
}

// ownKind turns a configured kind into a rule.
func ownKind(k Kind) *kindRule {
	r := &kindRule{name: k.Name, apiVersions: k.APIVersions, specNeeded: len(k.Required) > 0}
	r.spec = &shape{kind: mapping, required: k.Required, fields: map[string]*shape{}}
	for _, f := range k.Required {
		r.spec.fields[f] = str("…")
	}
	r.relations = append(r.relations, k.Relations...)
	for _, f := range []RelationField{ownerField, systemField, domainField, dependsOn, dependentOf, provides, consumes} {
		if !slices.ContainsFunc(r.relations, func(o RelationField) bool { return o.Field == f.Field }) {
			r.relations = append(r.relations, f)
		}
	}
	return r
}

package apis

import "github.com/portolan-dev/portolan/sources/diag"

// The rules of this package.
const (
	RuleEmpty     = "api-empty"
	RuleInvalid   = "api-invalid"
	RuleVersion   = "api-version"
	RuleType      = "api-type"
	RuleShape     = "api-shape"
	RuleRef       = "api-reference"
	RuleRemoteRef = "api-remote-reference"
	RuleDuplicate = "api-duplicate-operation"
	RuleLimit     = "api-limit"
)

// Rules documents what is said about API definitions.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			ID: RuleEmpty, Severity: diag.Warning,
			Title:   "An API has an empty definition.",
			Why:     "The page of the API can say who owns it, but not what it does.",
			Fix:     "Write the definition into spec.definition, or point to a file with $text.",
			Example: "spec:\n  type: openapi\n  definition:\n    $text: ./openapi.yaml",
		},
		{
			ID: RuleInvalid, Severity: diag.Error,
			Title: "An API definition cannot be read.",
			Why:   "What stands before the fault is shown where that is possible; the rest is only shown as text.",
			Fix:   "Mend the place that is named. For YAML it is mostly indentation, a colon in unquoted text, or a key that appears twice, where reading ends; JSON must not end early and knows no NaN, and of two equal keys the first is shown.",
		},
		{
			ID: RuleVersion, Severity: diag.Warning,
			Title: "An API definition says a version of its format that is not known.",
			Why:   "It is read like the newest version that is known; parts may be missing on the page.",
			Fix:   "Write a published version: OpenAPI 2.0, 3.0, 3.1 or 3.2, AsyncAPI 2 or 3.",
		},
		{
			ID: RuleType, Severity: diag.Warning,
			Title: "The type of an API and its definition disagree.",
			Why:   "The definition is shown for what it is. Tools that go by spec.type will fail to read it.",
			Fix:   "Set spec.type to the format of the definition: openapi, asyncapi, graphql or grpc.",
		},
		{
			ID: RuleShape, Severity: diag.Warning,
			Title: "A part of an API definition has the wrong shape.",
			Why:   "The part is left out of the page, for example a list where a map of names belongs.",
			Fix:   "Compare the part with the specification of the format.",
		},
		{
			ID: RuleRef, Severity: diag.Warning,
			Title:   "A reference inside an API definition leads nowhere.",
			Why:     "What it should name is missing on the page, or a circle of references never comes to a type.",
			Fix:     "Correct the name, or add what it names.",
			Example: "$ref: '#/components/schemas/Ordr'   # bad: there is only Order\n$ref: '#/components/schemas/Order'",
		},
		{
			ID: RuleRemoteRef, Severity: diag.Warning,
			Title: "A reference leads out of an API definition.",
			Why:   "Files and addresses that a definition names are never opened, so that nobody can make a build read other files or send requests. The page shows the reference instead of what it names.",
			Fix:   "Bundle the definition into one file before it is published, for example with `redocly bundle`.",
		},
		{
			ID: RuleDuplicate, Severity: diag.Warning,
			Title: "Two operations have the same id.",
			Why:   "Links to the second one get a number, and generated clients have two functions of one name.",
			Fix:   "Give every operation an operationId of its own.",
		},
		{
			ID: RuleLimit, Severity: diag.Warning,
			Title: "An API definition is larger than what is shown of one.",
			Why:   "One definition must not cost the whole build: 10 MB, 100 levels, 5,000 operations and types, 8 levels of types inside each other. What is beyond is counted, left out of the page, and stays in the text.",
			Fix:   "Split the API, give inner types names, put long texts into the docs.",
		},
	}
}

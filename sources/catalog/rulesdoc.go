package catalog

import "github.com/portolan-dev/portolan/sources/diag"

// Rules documents every rule id of this package, in the order in which a
// document meets them.
func Rules() []diag.Rule { return append([]diag.Rule(nil), rules...) }

const rejectedWhy = "Backstage does not take the entity in either. The other documents of the file are read."

var rules = []diag.Rule{
	{
		ID: "unreadable-file", Severity: diag.Error,
		Title: "A descriptor file cannot be read",
		Why:   "It is a link that leads out of the repository, a device, or the system denies access. Its entities are missing.",
		Fix:   "Make it a regular file of the repository.",
	},
	{
		ID: "empty-file", Severity: diag.Warning,
		Title: "A descriptor file holds no entity",
		Why:   "Nothing of the repository shows in the catalog, which is rarely meant.",
		Fix:   "Describe a component in it, or remove the file.",
		Example: `# catalog-info.yaml
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: my-service
spec:
  type: service
  lifecycle: production
  owner: my-team`,
	},
	{
		ID: "yaml-encoding", Severity: diag.Error,
		Title: "The file is not UTF-8 text",
		Why:   "YAML is UTF-8. A file in another encoding, or a binary one, has no meaning here.",
		Fix:   "Save the file as UTF-8.",
	},
	{
		ID: "yaml-limit", Severity: diag.Error,
		Title: "The file or document is too large",
		Why:   "A descriptor has at most 1 MiB, 5,000 documents, 64 levels of nesting, 1,000 aliases, 20,000 keys in a mapping and 100,000 values in a document, so that no file can stop a build.",
		Fix:   "Split the file, or move large values such as API definitions into files of their own and name them with $text.",
	},
	{
		ID: "yaml-syntax", Severity: diag.Error,
		Title: "The document is not YAML",
		Why:   "Nothing in it can be read. The other documents of the file are read.",
		Fix:   "Indent with spaces, keep the keys of one mapping at one indentation, name no key twice, and put values in quotes that begin with @, `, %, * or & or that hold a colon followed by a space.",
		Example: `description: Payments: the service    # wrong: a value within a value
description: "Payments: the service"  # right`,
	},
	{
		ID: "yaml-alias", Severity: diag.Error,
		Title: "An alias names no anchor, itself, or is used too often",
		Why:   "A value that begins with * stands for the value with the anchor of that name, in the same document. More than 99 uses of one anchor are refused, and those inside of each other are multiplied, as in Backstage.",
		Fix:   "Put the value in quotes if it is meant as text; otherwise write the value out.",
		Example: `description: *important*    # wrong
description: "*important*"  # right`,
	},
	{
		ID: "not-an-object", Severity: diag.Error,
		Title: "The document is no mapping",
		Why:   "An entity is a mapping with apiVersion, kind and metadata. A text, a list or a number is none; often the file is a web page, or a pointer of Git LFS.",
		Fix:   "Write one document for each entity and separate them with a line ---.",
	},
	{
		ID: "envelope", Severity: diag.Error,
		Title: "apiVersion, kind or the name is missing, or no text",
		Why:   "Without them the entity has no name by which anything could refer to it.",
		Fix:   "Give the document a text for apiVersion, kind and metadata.name. Numbers, dates and truth values need quotes to be text.",
		Example: `metadata:
  name: 404    # wrong: a number
metadata:
  name: "404"  # right`,
	},
	{
		ID: "not-allowed", Severity: diag.Error,
		Title: "The kind may not come from this place",
		Why:   "catalog.rules in the configuration says which kinds may come from which files. Nothing allows this one.",
		Fix:   "Move the entity to the repository that may hold it, or allow it in the configuration.",
	},
	{
		ID: "placeholder", Severity: diag.Error,
		Title: "A file that $text, $json or $yaml names cannot be filled in",
		Why:   "Only files of the repository that holds the descriptor are read, never other hosts and nothing outside. " + rejectedWhy,
		Fix:   "Name a file of the repository, relative to the descriptor or with a leading slash from the root. $json needs JSON, $yaml exactly one YAML document.",
		Example: `definition:
  $text: ./openapi.yaml`,
	},
	{
		ID: "schema", Severity: diag.Error,
		Title: "A field that all kinds share has the wrong form, or stands in the wrong place",
		Why:   rejectedWhy,
		Fix:   "At the top stand apiVersion, kind, metadata and spec only. labels and annotations are mappings of texts, tags is a list of texts, links a list of mappings with a url. A field without a value is an error: remove its line.",
		Example: `tags: [go]       # wrong: at the top of the document
metadata:
  name: svc
  tags: [go]     # right`,
	},
	{
		ID: "root-field", Severity: diag.Error,
		Title: "relations or status is written by hand",
		Why:   "Both are filled in by the catalog. " + rejectedWhy,
		Fix:   "Remove the field; write the references in spec, such as spec.dependsOn.",
	},
	{
		ID: "field-format", Severity: diag.Error,
		Title: "A name, label, annotation key, tag or link has characters that are not allowed",
		Why:   "Names become addresses, so their form is strict. " + rejectedWhy,
		Fix:   "Names have letters, digits, - _ and . and at most 63 characters; namespaces and tags are lower case; the prefix of a label or annotation key is a domain name; a link is a whole URL. What people should read goes into metadata.title.",
		Example: `metadata:
  name: My Service   # wrong
metadata:
  name: my-service   # right
  title: My Service`,
	},
	{
		ID: "kind-schema", Severity: diag.Error,
		Title: "spec lacks a field that its kind needs, or has one of the wrong form",
		Why:   rejectedWhy,
		Fix:   "A Component needs type, lifecycle and owner; an API also definition; a Resource type and owner; a System and a Domain owner; a Group type and children; a User memberOf; a Template type and steps.",
		Example: `spec:
  type: service
  owner: my-team
  lifecycle: production   # was missing`,
	},
	{
		ID: "unknown-kind", Severity: diag.Error,
		Title: "The kind or its apiVersion is not known",
		Why:   "Backstage leaves such documents out too. Kinds are compared letter by letter: component is not Component. A kind of somebody else, such as an object of Kubernetes, is a warning only.",
		Fix:   "Write Component, API, Resource, System, Domain, Group, User, Location or Template, with backstage.io/v1alpha1, or scaffolder.backstage.io/v1beta3 for a Template. Name your own kinds in the configuration under catalog.kinds.",
		Example: `kind: component   # wrong
kind: Component   # right`,
	},
	{
		ID: "location-type", Severity: diag.Error,
		Title: "A Location has a type that cannot be followed",
		Why:   "A file that was read from a code host may only name targets of the type url. " + rejectedWhy,
		Fix:   "Remove spec.type. Relative targets then mean files next to this one.",
		Example: `spec:
  targets: [./services/*/catalog-info.yaml]`,
	},
	{
		ID: "location-target", Severity: diag.Error,
		Title: "A target of a Location is a folder",
		Why:   rejectedWhy,
		Fix:   "Name the file in the folder.",
	},
	{
		ID: "location-missing", Severity: diag.Warning,
		Title: "A target of a Location does not exist",
		Why:   "The entities that it should bring in are missing.",
		Fix:   "Correct the path, or say presence: optional.",
	},
	{
		ID: "location-outside", Severity: diag.Warning,
		Title: "A target of a Location is not part of the build",
		Why:   "Descriptors are read from the repositories that the configuration names, and never fetched from addresses that a file names.",
		Fix:   "Name the repository under sources.",
	},
	{
		ID: "location-glob", Severity: diag.Warning,
		Title: "A pattern of a Location matches nothing, or too much",
		Why:   "A pattern stays within the repository and matches .yaml, .yml and .json files. One that names every file, or is very complex, is not followed.",
		Fix:   "Name the files that are meant: ./**/catalog-info.yaml.",
	},
	{
		ID: "location-limit", Severity: diag.Warning,
		Title: "Too many files, patterns or levels of Locations",
		Why:   "A repository brings in at most 10,000 files by at most 100 patterns, and Locations are followed five levels deep. The rest is left out.",
		Fix:   "Name the files in fewer, wider steps.",
	},
	{
		ID: "location-cycle", Severity: diag.Warning,
		Title: "A Location names a file that leads back to it",
		Why:   "The file is read once, so this does no harm, but it is rarely meant.",
		Fix:   "Remove the target.",
	},
	{
		ID: "relation-ref", Severity: diag.Error,
		Title: "A reference to another entity cannot be read",
		Why:   "A reference is [kind:][namespace/]name. dependsOn and dependencyOf have no kind of their own, so it must be written. " + rejectedWhy,
		Fix:   "Write the kind, as in component:name or resource:name.",
		Example: `dependsOn: [orders-db]            # wrong
dependsOn: ["resource:orders-db"] # right`,
	},
	{
		ID: "case-conflict", Severity: diag.Error,
		Title: "Two keys at one place differ only in case",
		Why:   "Backstage cannot store such an entity.",
		Fix:   "Keep one of the two.",
		Example: `labels:
  Tier: gold
  tier: gold   # remove one`,
	},
	{
		ID: "duplicate-ref", Severity: diag.Error,
		Title: "Two entities have the same kind, namespace and name",
		Why:   "Only one can have the page and be meant by references. The one that was read first stays: that of the source named first in the configuration, then by path. Upper and lower case make no difference.",
		Fix:   "Give one of them another name or namespace, or remove it.",
	},
	{
		ID: "overwritten-ref", Severity: diag.Error,
		Title: "One file describes the same entity twice",
		Why:   "The description further down stays, as in Backstage, and the one above it is lost.",
		Fix:   "Remove one of them, or give it another name.",
	},
	{
		ID: "stale-entity", Severity: diag.Warning,
		Title: "An entity is shown as it was, because its file cannot be read now",
		Why:   "An earlier build read it. A slip in a file should not take its pages, docs and relations from readers, so the last good state stays until the file is mended. portolan check and builds with --no-cache know no earlier state.",
		Fix:   "Mend what is reported of the file. An entity goes when the file is removed, or when the file holds no error and no longer describes it.",
	},
	{
		ID: "unknown-owner", Severity: diag.Error,
		Title: "The owner is not in the catalog",
		Why:   "Readers see no team to ask, and the entity is missing from every team's page. It is a warning while no group is in the catalog at all.",
		Fix:   "Name a group or user of the catalog, or describe the group in a Group entity.",
		Example: `owner: team-playbak    # wrong
owner: team-playback   # right`,
	},
	{
		ID: "unknown-ref", Severity: diag.Error,
		Title: "A reference names an entity that is not in the catalog",
		Why:   "The relation leads nowhere and is shown as text.",
		Fix:   "Correct the name, add its kind or namespace, or describe the entity. A reference without a namespace means that of the entity it stands in.",
	},
	{
		ID: "owner-kind", Severity: diag.Warning,
		Title: "The owner is neither a group nor a user",
		Why:   "Nobody answers for the entity.",
		Fix:   "Name the team that does.",
	},
	{
		ID: "no-owner", Severity: diag.Info,
		Title: "The entity has no owner",
		Why:   "Its kind needs none, but readers do not know whom to ask.",
		Fix:   "Add spec.owner.",
	},
	{
		ID: "deprecated-in-use", Severity: diag.Info,
		Title: "Something that is deprecated is still used",
		Why:   "It will go away, and this entity depends on it.",
		Fix:   "Move to what replaces it.",
	},
	{
		ID: "relation-cycle", Severity: diag.Warning,
		Title: "Entities are part of, child of or dependent on themselves",
		Why:   "A tree with a circle has no top, so the entities show at no place of it. A circle of dependencies is worth knowing only.",
		Fix:   "Remove one of the references.",
	},
	{
		ID: "unsafe-link", Severity: diag.Warning,
		Title: "A link has a scheme that is not shown as a link",
		Why:   "Only http, https and mailto are safe to follow from a page. The link is shown as text.",
		Fix:   "Use an https address.",
	},
	{
		ID: "deprecated-annotation", Severity: diag.Info,
		Title: "An annotation is out of use",
		Why:   "Backstage has replaced it, and nothing reads it any more.",
		Fix:   "Use the annotation that the message names.",
	},
	{
		ID: "too-many", Severity: diag.Warning,
		Title: "An entity has more links or tags than its page shows",
		Why:   "The page shows the first 100 and counts the rest; the JSON file has all of them.",
		Fix:   "Keep those that readers need.",
	},
	{
		ID: "too-long", Severity: diag.Warning,
		Title: "A description is very long",
		Why:   "The search index keeps its beginning only.",
		Fix:   "Move the text into the docs.",
	},
}

package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/sources/diag"
)

// Only what has one right answer has a fix.
func TestFixes(t *testing.T) {
	const head = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: svc\nspec:\n  type: service\n  lifecycle: production\n  owner: team-a\n"
	for _, c := range []struct{ old, by, want string }{
		{"kind: Component", "kind: Compnent", "2:7 Compnent Component"},
		{"kind: Component", "kind: Sytem", "2:7 Sytem System"},
		{"kind: Component", "kind: Datset", "2:7 Datset Dataset"}, // an own kind
		{"kind: Component", "kind: Comp", ""},
		{"kind: Component", "kid: Component", "2:1 kid kind"},
		{"backstage.io/v1alpha1", "backstage.io/v1alpha", "1:13 backstage.io/v1alpha backstage.io/v1alpha1"},
		{"backstage.io/v1alpha1", "backstage.io/v2", ""},
		{"metadata:", "metdata:", "3:1 metdata metadata"},
		{"spec:\n", "Spec:\n", "5:1 Spec spec"},
		{"  type: service", "  typ: service", "6:3 typ type"},
		{"  type: service", "  kind: service", ""},
		{"name: svc", "name: 12", `4:9 12 "12"`},
		{"name: svc", "name: my svc", ""},
		{"name: svc", "name: svc\n  namespace: Prod", "5:14 Prod prod"},
		{"name: svc", "name: svc\n  tags: [Go, c++, a b]", "5:10 Go go"},
		{"name: svc", "name: svc\n  tags: go", "5:9 go [go]"},
		{"name: svc", "name: svc\n  tags: go, web", ""},
		{"name: svc", "name: svc\n  labels: {tier: 1}", `5:18 1 "1"`},
		{"name: svc", "name: svc\n  links: [{uri: 'https://example.com'}]", "5:12 uri url"},
		{"name: svc", "name: svc\n  annotations: {jenkins.io/github-folder: a}", "5:17 jenkins.io/github-folder jenkins.io/job-full-name"},
		{"name: svc", "name: svc\n  annotations: {jenkins.io/github-folder: a, jenkins.io/job-full-name: b}", ""},
		{"owner: team-a", "owner: user:team-a", "8:10 user:team-a team-a"},
		{"owner: team-a", "owner: user:twin", ""},      // the group, or the user of the other namespace
		{"owner: team-a", "owner: other/team-a", ""},   // may be described elsewhere
		{"owner: team-a", "owner: taem-a", ""},         // names are not guessed
		{"owner: team-a", "owner: {name: team-a}", ""}, // no text at all
		{"owner: team-a", "owner: Team-A", ""},         // case makes no difference
		{"owner: team-a", "owner: component:team-a", "8:10 component:team-a team-a"},
		{"owner: team-a", "owner: team-a\n  dependsOn: ['component:db']", "9:15 component:db resource:db"},
	} {
		org := group("team-a") + "---\n" + group("twin") + "---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: Twin, namespace: other}\nspec: {memberOf: []}\n---\n" +
			"apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: db}\nspec: {type: db, owner: team-a}\n"
		src := strings.Replace(head, c.old, c.by, 1)
		opt := ReadOptions{Kinds: []Kind{{Name: "Dataset"}}}
		cat := Link([]*Batch{Read(repo("r", "", "catalog-info.yaml", src), opt), Read(repo("org", "", "catalog-info.yaml", org), opt)}, LinkOptions{})
		var got []string
		for _, d := range cat.Diagnostics {
			if d.Fix != (diag.Fix{}) {
				got = append(got, fmt.Sprintf("%d:%d %s %s", d.Pos.Line, d.Pos.Column, d.Fix.Old, d.Fix.New))
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%q: got fixes %q, want %q\n%s", c.by, s, c.want, strings.Join(messages(cat.Diagnostics), "\n"))
		}
	}
}

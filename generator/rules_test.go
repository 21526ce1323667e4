package generator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/portolan-dev/portolan/generator/site"
)

// SARIF and messages lead to the page of a rule, so each has one, broken or not.
func TestEveryRuleHasAPage(t *testing.T) {
	_, opt := company(t)
	build(t, opt)
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("%s is documented twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Why == "" || r.Fix == "" {
			t.Errorf("%s does not say what is wrong, why it matters or how to mend it: %+v", r.ID, r)
		}
		if _, err := os.Stat(filepath.Join(opt.Output, "build", "rule", site.Segment(r.ID), "index.html")); err != nil {
			t.Errorf("%s has no page: %v", r.ID, err)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/portolan-dev/portolan/generator"
	"github.com/portolan-dev/portolan/sources/diag"
)

// uriReference matches RFC 3986, 4.1, as far as its characters go.
var uriReference = regexp.MustCompile(`^([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-F]{2})+$`)

// The output holds what SARIF 2.1.0 asks of a log, whatever files are called.
// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
func TestSARIF(t *testing.T) {
	files := []string{
		"repos/cart/catalog-info.yaml", "my repo/ä/文.yaml", "a:b/c.yaml", "100%/x?.yaml#y", `back\slash[1].yaml`,
		"/abs/path with/catalog-info.yaml", "con\x1btrol\n.yaml", "bad\xff.yaml", "", "../out/catalog-info.yaml",
	}
	r := &generator.Report{}
	for i, f := range files {
		r.Diagnostics = append(r.Diagnostics,
			diag.Diagnostic{Pos: diag.Pos{File: f, Line: i, Column: i / 2}, Severity: diag.Severity(i % 3), Rule: "unknown-owner", Message: "owner \x1b[31m\xffgone", Hint: "name one"},
			diag.Diagnostic{Pos: diag.Pos{File: f}, Severity: diag.Error, Rule: "rule-that-nobody-documented", Message: "x"})
	}
	var out bytes.Buffer
	a := &app{env: os.LookupEnv, stdout: &out, stderr: &out}
	if err := a.printSARIF(r, "https://portal.example.com/x/"); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			ColumnKind string
			Tool       struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID, HelpURI                             string
						ShortDescription, FullDescription, Help struct{ Text string }
						DefaultConfiguration                    struct{ Level string }
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn *int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("version %q, %d runs: want 2.1.0 and one, with columns in code points", log.Version, len(log.Runs))
	}
	run := log.Runs[0]
	levels := []string{"none", "note", "warning", "error"}
	seen := map[string]bool{}
	for _, rule := range run.Tool.Driver.Rules {
		if rule.ID == "" || seen[rule.ID] {
			t.Errorf("rule %q is there twice, or has no id", rule.ID)
		}
		seen[rule.ID] = true
		if rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" || rule.Help.Text == "" || !slices.Contains(levels, rule.DefaultConfiguration.Level) {
			t.Errorf("rule %s is not whole: %+v", rule.ID, rule)
		}
		if want := "https://portal.example.com/x/build/rule/" + rule.ID + "/"; rule.HelpURI != want {
			t.Errorf("rule %s: helpUri is %q, want %q", rule.ID, rule.HelpURI, want)
		}
	}
	if len(run.Results) != len(r.Diagnostics) {
		t.Fatalf("got %d results, want %d", len(run.Results), len(r.Diagnostics))
	}
	for i, res := range run.Results {
		if res.RuleIndex < 0 || res.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
			t.Errorf("result %d: ruleIndex %d is not that of %s", i, res.RuleIndex, res.RuleID)
		}
		if !slices.Contains(levels, res.Level) || res.Message.Text == "" || strings.ContainsRune(res.Message.Text, '\x1b') {
			t.Errorf("result %d: level %q, message %q", i, res.Level, res.Message.Text)
		}
		file := r.Diagnostics[i].Pos.File
		if file == "" {
			if len(res.Locations) > 0 {
				t.Errorf("result %d has a location without a file", i)
			}
			continue
		}
		uri := res.Locations[0].PhysicalLocation.ArtifactLocation.URI
		u, err := url.Parse(uri)
		if err != nil || !uriReference.MatchString(uri) {
			t.Errorf("result %d: %q is no URI reference: %v", i, uri, err)
			continue
		}
		if got := strings.TrimPrefix(u.Path, "./"); got != file || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "" && u.Scheme != "file" {
			t.Errorf("result %d: %q leads to %q, want %q", i, uri, got, file)
		}
		if region := res.Locations[0].PhysicalLocation.Region; region != nil {
			if region.StartLine == nil || *region.StartLine < 1 || region.StartColumn != nil && *region.StartColumn < 1 {
				t.Errorf("result %d: the region begins before the file", i)
			}
		} else if r.Diagnostics[i].Pos.Line > 0 {
			t.Errorf("result %d has no region", i)
		}
	}
}

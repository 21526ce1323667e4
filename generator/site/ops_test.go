package site_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portolan-dev/portolan/generator/render"
	"github.com/portolan-dev/portolan/generator/site"
	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/kubernetes"
	"github.com/portolan-dev/portolan/themes"
)

// opsLayouts are the layouts of the pages about what runs.
var opsLayouts = []string{"kubernetes", "clusters", "cluster", "broken", "scaling", "build", "team", "teams", "system", "systems", "ops-list", "ops-rules"}

// rendered returns the HTML of all pages of p by URL.
func rendered(t testing.TB, p *site.Portal) map[string]string {
	t.Helper()
	r, err := render.New(themes.Default(), render.Options{Chrome: site.ChromeOf(p)})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, page := range site.Pages(p) {
		html, err := r.Page(&page)
		if err != nil {
			t.Errorf("%s: %v", page.URL, err)
			continue
		}
		out[page.URL] = string(html)
	}
	if dir := os.Getenv("PORTOLAN_TEST_SITE"); dir != "" { // to look at
		for url, html := range out {
			name := filepath.Join(dir, t.Name(), filepath.FromSlash(url))
			if !strings.HasSuffix(url, ".html") {
				name = filepath.Join(name, "index.html")
			}
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(html), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range r.Assets() {
			name := filepath.Join(dir, t.Name(), filepath.FromSlash(f.Path))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func TestOpsLayouts(t *testing.T) {
	for name, p := range map[string]*site.Portal{"empty": emptyPortal(t), "full": fullPortal(t)} {
		t.Run(name, func(t *testing.T) {
			checkPages(t, rendered(t, p), map[string]bool{})
			seen := map[string]bool{}
			for _, page := range site.Pages(p) {
				seen[page.Layout] = true
			}
			if name == "empty" {
				return
			}
			for _, l := range opsLayouts {
				if !seen[l] {
					t.Errorf("no page of the full portal has the layout %q", l)
				}
			}
		})
	}
}

// want is text that must stand in an element of a page; with a minus in front
// of the selector it must not.
type want struct{ page, selector, text string }

func check(t *testing.T, pages map[string]string, wants []want) {
	t.Helper()
	for _, w := range wants {
		src, ok := pages[w.page]
		if !ok {
			t.Errorf("there is no page %q", w.page)
			continue
		}
		n := parse(t, w.page, src)
		if s, not := strings.CutPrefix(w.selector, "-"); not {
			hasNot(t, w.page, n, s, w.text)
		} else {
			has(t, w.page, n, w.selector, w.text)
		}
	}
}

func TestKubernetesPage(t *testing.T) {
	pages := rendered(t, fullPortal(t))
	session := "catalog/default/component/playback-session/kubernetes/"
	check(t, pages, []want{
		{session, ".verdict.bad p", "Healthy in 9 of 12 clusters."},
		{session, ".kpi .bad", "199 / 216 pods ready"},
		{session, ".kpi .warn", "1 of 11 autoscalers at the limit"},
		{session, "#problems header", "1 broken, 1 degraded, 1 notice"},
		{session, "#crash h3", "us-2 17 of 31 pods, Deployment playback-session"},
		{session, "#crash .bc", "app crashes again and again"},
		{session, "#crash .cmd", "kubectl --context us-2 -n playback logs deploy/playback-session"},
		{session, "#crash dt", "Go back"},
		{session, "#limit samp", "ScalingLimited=True, TooManyReplicas"},
		{session, "#us-1 .over", "wants 60"},
		{session, "#us-2 .st.warn code", "2026.47.1"},
		{session, ".stale", "ap-3"},
		{session, ".note.unk", "Nothing on this page proves that these 9 pods still run."},
		{session, "#clusters .gkey", "Does not run in us-3 and ap-4."},
		{session, "#workloads", "session-journal StatefulSet"},
		{session, "#autoscaling", "The other clusters can carry all of us-1."},
		{session, "#autoscaling .stale .st.unk", "last known"},
		{session, "#versions .n", "9 pods ap-3, last seen"},
		{session, "#addresses a", "https://sessions.ondavia.example/"},
		{session, "#addresses code", "javascript:alert(1)"},
		{session, "-#addresses a", "javascript:"},
		{session, "#cronjobs .st.warn", "last run failed"},
		{session, "#pods .st.bad", "CrashLoopBackOff"},
		{session, "#not-checked .prob.unk", "HorizontalPodAutoscalers"},
		{session, "#not-checked pre", "verbs: [get, list]"},
		{session, "#advice", "No disruption budget"},
		{session, "#deploys", "2 in a week"},
		{session, "#deploys", "us-2"},
		{session, "#autoscaling th", "Most in 30 days"},
		{session, "#advice", "No node can ever be drained"},
		{session, "#across .prob.warn", "us-2 runs 2026.47.1, the others 2026.46.3."},
		{session, ".tabs [aria-current=page]", "Kubernetes 2 problems"},
	})
	lyrics := "catalog/default/component/lyrics-sync/kubernetes/"
	check(t, pages, []want{
		{lyrics, ".empty h2", "Nothing in the clusters carries this name"},
		{lyrics, ".empty code", "app=lyrics,tier in (web)"},
		{lyrics, "#searched .note.warn", "No workload in 13 clusters carries these labels"},
		{lyrics, "#searched .dl", "Namespaces lyrics"},
		{lyrics, "#searched .dl", "a Deployment lyrics without the label tier exists in lyrics/eu-1"},
		{lyrics, "#searched .dl", "13 of 14 clusters"},
	})
	for url := range pages {
		if strings.Contains(url, "/api/") && strings.HasSuffix(url, "/kubernetes/") {
			t.Errorf("%s exists, although nothing runs for it and nothing was asked", url)
		}
	}
}

func TestFleetPages(t *testing.T) {
	pages := rendered(t, fullPortal(t))
	check(t, pages, []want{
		{"clusters/", ".lede", "14 clusters in 3 regions run 6 services. 13 answered at 14:31 UTC."},
		{"clusters/", "#region-europe", "Europe"},
		{"clusters/", ".stale", "not known"},
		{"clusters/", "-.stale .hp.bad", ""},
		{"clusters/", ".note.unk samp", "i/o timeout"},
		{"clusters/us-2/", ".kpi .bad", "2 broken"},
		{"clusters/us-2/", "#problems .prob.bad", "Its node does not report"},
		{"clusters/us-2/", ".sound .hp.bad", "1 broken"},
		{"clusters/us-4/", "#coverage .st.bad", "not allowed"},
		{"clusters/us-4/", "#coverage pre", "resources: [horizontalpodautoscalers]"},
		{"clusters/us-4/", "#coverage td", "not in royalties"},
		{"clusters/ap-3/", ".note.unk", "ap-3 has not answered since 11:05 UTC"},
		{"clusters/ap-3/", "-.kpi .bad", ""},
		{"clusters/-/unclaimed/", ".snip", "Perhaps lyrics-sync"},
		{"clusters/-/unclaimed/", ".snip pre", "backstage.io/kubernetes-label-selector: app=lyrics"},
		{"clusters/-/unclaimed/", ".snip pre", `name: "on"`},
		{"clusters/-/absent/", "tbody", "app=lyrics,tier in (web)"},
		{"clusters/-/batch/", "tbody .st.warn", "last run failed"},
		{"clusters/-/drift/", ".drift code", "2026.47.1"},
		{"broken/", ".lede", "1 service is broken and 1 degraded, with 7 open incidents, in 13 of 14 clusters read at 14:31 UTC. ap-3 is not counted."},
		{"broken/", ".note.bad strong", "Look at us-2 first"},
		{"broken/", ".note.bad", "between 14:03 UTC and 14:09 UTC"},
		{"broken/", ".mx .tot", "6"},
		{"broken/", ".mx .h3", "4"},
		{"broken/", ".mx .y1", "1"},
		{"broken/", ".mx span", "?"},
		{"broken/", "#shared", "us-2: 4 services cannot place pods (insufficient cpu)"},
		{"broken/", "#cause-pod-unschedulable header", "4 incidents in eu-3, us-2"},
		{"broken/", "#cause-pod-unschedulable samp", "96 Insufficient cpu"},
		{"broken/", "#cause-image-pull-failed tbody", "not in the catalog"},
		{"broken/", "#cause-last-known .tag", "last known"},
		{"broken/", ".onset .hot", "5 from 14:00"},
		{"broken/cluster/", "#cluster-us-2 header", "us-2"},
		{"broken/team/", "#team-group-default-needle-drop header", "Needle Drop"},
		{"broken/system/", "#system-system-default-queue header", "queue"},
		{"broken/", "#resolved tbody", "device-registry: app crashes again and again · 1 of 9 pods · eu-1"},
		{"broken/", "-#resolved tbody", "25 min"},
		{"scaling/", ".kpi .bad", "1 at the limit"},
		{"scaling/", "tbody .role", "for 2 h"},
		{"scaling/", "th", "Last day"},
		{"scaling/", "tbody .st.bad", "none, wants +20"},
		{"scaling/", ".gkey", "ap-3 did not answer and is not counted."},
		{"scaling/uneven/", ".why-row", "us-1 is at its maximum of 40"},
		{"scaling/idle/", ".empty h2", "No autoscaler idles"},
		{"scaling/none/", "tbody", "playback-session"},
	})
}

func TestOwnerPages(t *testing.T) {
	pages := rendered(t, fullPortal(t))
	team, system := "catalog/default/group/needle-drop/", "catalog/default/system/playback/"
	check(t, pages, []want{
		{"teams/", "tbody .st.bad", "1 broken"},
		{"teams/", ".lede", "3 teams, 1 with something broken."},
		{team, ".att", "app crashes again and again"},
		{team, ".kpi .bad", "1 broken"},
		{team, ".kpi", "deploys in a week"},
		{team, "aside", "Odile Renard"},
		{team, "aside", "What the build found 1 error"},
		{team, "aside", "open-signal"},
		{team, ".st.bad", "none, wants +20"},
		{"catalog/default/group/idle-hands/", ".empty h2", "They own nothing yet"},
		{"systems/", "tbody .st.bad", "1 broken, 1 rolling out"},
		{system, ".graph a text", "playback-session"},
		{system, ".graph .sub", "read session-events"},
		{system, ".more", "playback-gateway calls playback-session"},
		{system, ".kpi", "5 components"},
		{"catalog/default/domain/listening/", ".graph a text", "queue"},
		{"catalog/default/system/hollow/", ".empty", "It has no parts yet"},
	})
}

func TestBuildReport(t *testing.T) {
	pages := rendered(t, fullPortal(t))
	check(t, pages, []want{
		{"build/", ".kpi .bad", "2 errors"},
		{"build/", ".kpi .warn", "1 warning"},
		{"build/", "#errors h3 a", "../repos/listening/catalog-info.yaml:9:10"},
		{"build/", "#errors .why", `group "royaltea" does not exist; did you mean "royal-tea"?`},
		{"build/", "#errors .hl", "→ name: x"},
		{"build/", ".note", "liner-notes is stale"},
		{"build/", ".note", "26 h old: git fetch: connection refused"},
		{"build/", "aside", "3 h old: dial tcp"},
		{"build/", "aside", "Needle Drop 1 error"},
		{"build/errors/", "#errors", "yaml-tab"},
		{"build/rules/", "#unknown-owner", "Owner does not exist unknown-owner 1 time"},
		{"build/", "aside", "References that lead nowhere none"},
		{"build/", "aside", "Owners that do not exist 1"},
		{"build/rule/unknown-owner/", ".lede", "Found 1 time in this build by the rule unknown-owner."},
		{"build/owner/default/group/needle-drop/", ".lede", "What this build found in them: 1 error."},
		{"build/rule/unknown-owner/", ".rule dd", "Name a group of the catalog."},
		{"build/rule/container-crash-loop/", ".lede", "Not found in this build"},
		{"build/rule/container-crash-loop/", ".crumb a", "Rules"},
	})
	n := parse(t, "build/", pages["build/"])
	for _, a := range find(n, "#errors h3 .where a") {
		if got, want := attr(a, "href"), "https://github.com/ondavia/"; !strings.HasPrefix(got, want) {
			t.Errorf("the place leads to %q, want something under %q", got, want)
		}
	}
}

// Nothing can be listed: every page says so, with what was checked and when.
func TestOpsEmpty(t *testing.T) {
	check(t, rendered(t, emptyPortal(t)), []want{
		{"clusters/", ".empty h2", "No cluster is configured"},
		{"broken/", ".empty h2", "No cluster is configured"},
		{"scaling/", ".empty h2", "No cluster is configured"},
		{"teams/", ".empty h2", "No teams yet"},
		{"systems/", ".empty h2", "No systems yet"},
		{"build/", "#errors", "No errors. Checked 0 entities"},
	})
	calm := fullPortal(t)
	calm.Fleet.Incidents, calm.Fleet.Shared = nil, nil
	for _, s := range calm.Fleet.Services {
		s.Health, s.Incidents = "healthy", nil
	}
	check(t, rendered(t, calm), []want{
		{"broken/", ".empty h2", "Nothing is broken"},
		{"broken/", ".empty p", "13 of 14 clusters, 6 services, read at 14:31 UTC."},
		{"catalog/default/component/queue-store/kubernetes/", "#problems", "No rule found anything wrong"},
		{"catalog/default/group/needle-drop/", "p", "Nothing of theirs is broken or degraded"},
	})
	dark := fullPortal(t)
	for _, c := range dark.Fleet.Clusters {
		c.Freshness = sources.Freshness{State: sources.Failed, Reason: "no route to host"}
		c.TakenAt = time.Time{}
	}
	check(t, rendered(t, dark), []want{
		{"broken/", ".empty h2", "No cluster answered"},
		{"broken/", ".lede", "what is broken now is not known"},
		{"clusters/eu-1/", ".lede", "It could never be read"},
	})
}

// Whatever a cluster or a descriptor says stays text.
func TestOpsHostile(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)> {{.}} javascript:alert(1)`
	p := fullPortal(t)
	p.Title = evil
	for _, c := range p.Fleet.Clusters {
		c.Title, c.Environment, c.Version, c.Freshness.Reason = evil, evil, evil, evil
		if c.Name != "us-2" {
			c.Region = evil
		}
		c.Problems = []string{evil}
		for i := range c.Coverage {
			c.Coverage[i].Reason, c.Coverage[i].Rule, c.Coverage[i].Type = evil, evil, evil
			c.Coverage[i].State = "forbidden"
		}
	}
	spoil := func(list []kubernetes.Incident) {
		for i := range list {
			inc := &list[i]
			inc.Line, inc.Workload.Name = evil, evil
			for _, f := range append([]*kubernetes.Finding{&inc.Lead}, refs(inc.Because)...) {
				f.Title, f.Text, f.Says, f.Docs, f.Commands = evil, evil, evil, "javascript:alert(1)", []string{evil}
			}
		}
	}
	spoil(p.Fleet.Incidents)
	for _, s := range p.Fleet.Services {
		spoil(s.Incidents)
		s.Line, s.Detail = evil, evil
		for i := range s.Placements {
			s.Placements[i].Version = evil
		}
		for i := range s.Pods {
			s.Pods[i].State, s.Pods[i].Reason, s.Pods[i].Ref.Name = evil, evil, evil
		}
		s.Addresses = append(s.Addresses, kubernetes.Address{URL: "https://x/" + evil, Kind: evil})
		s.Problems = []kubernetes.MatchProblem{{Code: evil, Text: evil, Hint: evil}}
		s.NotChecked = []kubernetes.NotChecked{{Cluster: evil, What: evil, Why: evil, Rule: evil}}
		s.Searched.Labels, s.Searched.Near = evil, []string{evil}
	}
	for i := range p.Fleet.Unclaimed {
		w := &p.Fleet.Unclaimed[i]
		w.Ref.Name, w.Ref.Namespace, w.Labels = evil, evil, map[string]string{"app": evil}
	}
	for i := range p.Fleet.Shared {
		p.Fleet.Shared[i].Line = evil
	}
	for i := range p.Diagnostics {
		d := &p.Diagnostics[i]
		d.Message, d.Hint, d.Rule, d.Pos.File = evil, evil, evil, "../repos/listening/"+evil
	}
	p.Repos[1].Name, p.Repos[1].Freshness.Reason = evil, evil
	p.Repos[0].URL = "javascript:alert(1)"
	pages := rendered(t, p)
	checkPages(t, pages, nil)
	for url, src := range pages {
		n := parse(t, url, src)
		for _, tag := range []string{"img", "main script"} {
			if len(find(n, tag)) > 0 {
				t.Errorf("%s: <%s> came in from outside", url, tag)
			}
		}
		for _, a := range find(n, "a") {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(attr(a, "href"))), "javascript:") {
				t.Errorf("%s: a link runs a script: %s", url, attr(a, "href"))
			}
		}
	}
}

func refs(list []kubernetes.Finding) []*kubernetes.Finding {
	out := make([]*kubernetes.Finding, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// An entity that names workloads has its page also where no cluster is read.
func TestKubernetesPageWithoutClusters(t *testing.T) {
	p := fullPortal(t)
	p.Fleet = nil
	check(t, rendered(t, p), []want{
		{"catalog/default/component/playback-session/kubernetes/", ".empty h2", "No cluster is configured"},
		{"clusters/-/unclaimed/", ".empty h2", "No cluster is configured"},
		{"catalog/default/group/needle-drop/", ".kpi", "3 services"},
	})
}

// The same portal gives the same pages, and no long list makes a page that is
// longer than anybody reads.
func TestOpsLimits(t *testing.T) {
	a, b := rendered(t, fullPortal(t)), rendered(t, fullPortal(t))
	for url := range a {
		if a[url] != b[url] {
			t.Errorf("%s differs between two runs", url)
		}
	}
	p := fullPortal(t)
	inc, d := p.Fleet.Incidents[1], p.Diagnostics[0]
	for i := range 5000 {
		inc.ID = fmt.Sprint("many", i)
		p.Fleet.Incidents = append(p.Fleet.Incidents, inc)
		d.Pos.Line = i
		p.Diagnostics = append(p.Diagnostics, d)
		w := p.Fleet.Unclaimed[0]
		w.Ref.Name = fmt.Sprint("w", i)
		p.Fleet.Unclaimed = append(p.Fleet.Unclaimed, w)
	}
	pages := rendered(t, p)
	for _, url := range []string{"broken/", "broken/cluster/", "build/", "build/errors/", "clusters/-/unclaimed/"} {
		if n := len(pages[url]); n > 200_000 || n == 0 {
			t.Errorf("%s has %d bytes", url, n)
		}
	}
	check(t, pages, []want{
		{"broken/", ".more-n a", "4,993 more"},
		{"broken/cause/hpa-at-limit/", ".pager a", "Next"},
		{"broken/cause/hpa-at-limit/page/20/", ".more-n", "4,001 more"},
		{"build/", "#errors a", "4,977 more"},
		{"build/errors/", ".pager a", "Next"},
		{"build/errors/page/100/", "#errors", "2 more are not listed"},
		{"clusters/-/unclaimed/", "p", "more are not listed on this page"},
	})
}

// A later build that sees the same changes no page of an entity: uploads carry
// only what happened.
func TestOpsKeep(t *testing.T) {
	first, second := fullPortal(t), fullPortal(t)
	second.Built = second.Built.Add(26 * time.Hour)
	a, b := rendered(t, first), rendered(t, second)
	for url := range a {
		if strings.HasPrefix(url, "catalog/default/") && a[url] != b[url] {
			t.Errorf("%s differs in a build that only is later", url)
		}
	}
}

// A system of more parts than a reader can follow in a drawing is a list.
func TestLargeSystem(t *testing.T) {
	var b strings.Builder
	b.WriteString("apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: wide}\nspec: {owner: team}\n")
	for i := range 45 {
		fmt.Fprintf(&b, "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: part-%02d}\nspec: {type: service, lifecycle: production, owner: team, system: wide, dependsOn: [component:part-%02d]}\n", i, (i+1)%45)
	}
	b.WriteString("---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team}\nspec: {type: team, children: []}\n")
	p := emptyPortal(t)
	p.Catalog = catalogOf(t, repoOf("wide", "catalog-info.yaml", b.String()))
	pages := rendered(t, p)
	check(t, pages, []want{
		{"catalog/default/system/wide/", "header", "45 parts are too many for a drawing"},
		{"catalog/default/system/wide/", ".list", "part-44 depends on part-00"},
		{"catalog/default/system/wide/", "tbody", "part-07"},
		{"catalog/default/group/team/", "header", "45"},
	})
}

// Environments are told apart where there is more than one.
func TestEnvironments(t *testing.T) {
	p := fullPortal(t)
	s := p.Fleet.Services[4]
	s.Environments = []kubernetes.EnvironmentHealth{{Name: "production", Health: kubernetes.Down}, {Name: "staging", Health: kubernetes.Healthy}}
	s.Placements[0].Environment = "staging"
	p.Fleet.Clusters[0].Environment = "staging"
	check(t, rendered(t, p), []want{
		{"catalog/default/component/playback-session/kubernetes/", ".gkey", "production Broken staging Healthy"},
		{"catalog/default/component/playback-session/kubernetes/", "#clusters th", "staging, Europe"},
		{"clusters/", "tbody", "eu-1 staging"},
	})
}

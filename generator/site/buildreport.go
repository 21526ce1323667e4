package site

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/portolan-dev/portolan/sources"
	"github.com/portolan-dev/portolan/sources/catalog"
	"github.com/portolan-dev/portolan/sources/diag"
)

// BuildView is the build report: what was read, how old it is, and what was
// wrong where. It is also the view of its parts, one severity each.
type BuildView struct {
	Title    string
	Lede     string
	Figures  []Figure
	Tabs     []Tab
	Stale    []Notice // sources that were not read in this build
	Sections []DiagSection
	Sources  []BuildFact
	Clusters []FreshLine
	Repos    []FreshLine // those that are not fresh
	AllRepos []FreshLine // the others, capped
	MoreRepo int
	Owners   []OwnerCount
	MoreOwn  int
	Rules    []RuleCount
	Whole    []IntegrityLine

	Rule      *RuleDoc // what the page of a rule is about
	Elsewhere Link     // where what it found is shown

	Empty *Empty
	Pager *OpsPager
}

// A DiagSection is the diagnostics of one severity, or of one owner.
type DiagSection struct {
	ID    string
	Title string
	Note  string
	Items []DiagItem
	More  int    // that are not listed here
	All   string // where all are listed
	Calm  string // instead of items
}

// A DiagItem is one diagnostic.
type DiagItem struct {
	Status  Status
	Word    string
	Title   string // of the rule
	Pos     string // file:line:column
	URL     string // of the place on its host; absolute or ""
	Message string
	Hint    string
	Rule    string
	RuleURL string
	Owner   Link
	Entity  Link
	Excerpt []SourceLine
}

// A SourceLine is one line of the file a diagnostic is about.
type SourceLine struct {
	N    int
	Text string
	Hit  bool
}

// A BuildFact is one line about what was read.
type BuildFact struct{ Name, Text string }

// A FreshLine is a source with its age.
type FreshLine struct {
	Name   Link
	Status Status
	Word   string // fresh, stale, failed
	Note   string
	Seen   time.Time
}

// An OwnerCount is how much is wrong in the files of one owner.
type OwnerCount struct {
	Owner  Link
	Errors int
	Warns  int
	Infos  int
	Text   string
	URL    string // where they are listed
}

// An IntegrityLine is one thing that holds in a catalog without faults.
type IntegrityLine struct {
	Title  string
	Status Status
	Text   string // "none", "3"
	URL    string
}

// A RuleCount is how often one rule was broken.
type RuleCount struct {
	Rule   string
	URL    string
	Title  string
	Status Status
	N      int
}

// RulesView documents every rule.
type RulesView struct {
	Tabs   []Tab
	Lede   string
	Groups []RuleGroup
}

// A RuleGroup is the rules of one part of the program.
type RuleGroup struct {
	Title string
	Rules []RuleDoc
}

// A RuleDoc is the documentation of a rule.
type RuleDoc struct {
	ID, Title string
	Why, Fix  template.HTML
	Example   string
	When      string // condition of a rule about what runs
	Status    Status
	Word      string
	Now       int // how often it is broken in this build
	URL       string
}

const (
	maxOnReport  = 25
	maxPerPage   = 50
	maxDiagPages = 100 // of one severity; more is told as a number
	maxExcerpt   = 1 << 20
)

// diagStatus returns how the severity of a diagnostic is shown.
func diagStatus(s diag.Severity) Status {
	switch s {
	case diag.Error:
		return Bad
	case diag.Warning:
		return Warn
	default:
		return Run
	}
}

func diagWord(s diag.Severity) string {
	switch s {
	case diag.Error:
		return "Error"
	case diag.Warning:
		return "Warning"
	default:
		return "Notice"
	}
}

// severities are the parts of the report in their order.
var severities = []struct {
	severity        diag.Severity
	id, title, word string
}{
	{diag.Error, "errors", "Errors", "error"},
	{diag.Warning, "warnings", "Warnings", "warning"},
	{diag.Info, "notices", "Notices", "notice"},
}

// buildPages returns the build report with its parts, and the rules.
func buildPages(p *Portal) []Page {
	r := &report{ops: opsOf(p), files: map[string][]string{}, descriptors: map[string]bool{}, now: map[string]int{}}
	for _, e := range r.entities {
		r.descriptors[e.Origin.Pos.File] = true
	}
	r.repos = slices.Clone(p.Repos)
	slices.SortFunc(r.repos, func(a, b *sources.Repo) int {
		return cmp.Or(cmp.Compare(len(b.Prefix), len(a.Prefix)), cmp.Compare(a.Prefix, b.Prefix))
	})
	for _, d := range p.Diagnostics {
		r.now[d.Rule]++
	}
	for _, f := range r.fleet().Findings {
		r.now[f.Rule]++
	}
	pages := []Page{r.mainPage()}
	for _, s := range severities {
		pages = append(pages, r.severityPages(s.severity)...)
	}
	pages = append(pages, r.rulePages()...)
	pages = append(pages, r.ownerPages()...)
	return append(pages, r.rulesPage())
}

// A report makes the pages of the build report.
type report struct {
	*ops
	now         map[string]int      // how often each rule is broken
	repos       []*sources.Repo     // longest prefix first
	files       map[string][]string // lines of files that were looked into
	descriptors map[string]bool     // files with entities, as diagnostics name them
}

func (r *report) of(s diag.Severity) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, d := range r.p.Diagnostics {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}

func (r *report) tabs(current string) []Tab {
	tabs := []Tab{{Link: Link{Text: "Summary", URL: "build/"}, Current: current == ""}}
	for _, s := range severities {
		if n := diag.Count(r.p.Diagnostics, s.severity); n > 0 {
			tabs = append(tabs, Tab{Link: Link{Text: fmt.Sprintf("%s %s", Num(n), Plural(n, s.word)), URL: "build/" + s.id + "/"}, Current: current == s.id})
		}
	}
	return append(tabs, Tab{Link: Link{Text: "Rules", URL: "build/rules/"}, Current: current == "rules"})
}

func (r *report) mainPage() Page {
	p := r.p
	errors, warnings := diag.Count(p.Diagnostics, diag.Error), diag.Count(p.Diagnostics, diag.Warning)
	entities, docs := 0, 0
	if p.Catalog != nil {
		entities = len(p.Catalog.Entities)
	}
	for _, d := range p.Docs {
		if d != nil && d.Tree != nil {
			docs += len(d.Tree.Pages)
		}
	}
	reached, all := r.reach()
	v := &BuildView{Title: "Build report", Tabs: r.tabs("")}
	v.Lede = fmt.Sprintf("Built %s UTC from %s", p.Built.UTC().Format("2 Jan 2006, 15:04"), repositories(len(p.Repos)))
	if all > 0 {
		v.Lede += " and " + clustersRead(reached, all)
	}
	v.Lede += ". "
	switch {
	case errors == 0 && warnings == 0:
		v.Lede += "Nothing was wrong."
	case errors == 0:
		v.Lede += "Everything could be read."
	default:
		v.Lede += fmt.Sprintf("The site is complete except for what %s below %s.", Count(errors, "error"), concern(errors))
	}
	v.Figures = []Figure{
		figure(errors, Plural(errors, "error"), Bad), figure(warnings, Plural(warnings, "warning"), Warn),
		{Value: Num(entities), Label: Plural(entities, "entity"), URL: "catalog/"},
		{Value: Num(docs), Label: "pages of docs", URL: "docs/"},
	}
	if errors > 0 {
		v.Figures[0].URL = "build/errors/"
	}
	if warnings > 0 {
		v.Figures[1].URL = "build/warnings/"
	}
	freshRepos := 0
	for _, repo := range p.Repos {
		if repo.Freshness.State == sources.Fresh || repo.Freshness.State == "" {
			freshRepos++
		}
	}
	f := Figure{Value: Num(freshRepos), Unit: "/ " + Num(len(p.Repos)), Label: "repositories read"}
	if freshRepos < len(p.Repos) {
		f.Status = Warn
	}
	v.Figures = append(v.Figures, f)
	if all > 0 {
		f := Figure{Value: Num(reached), Unit: "/ " + Num(all), Label: "clusters read", URL: "clusters/"}
		if reached < all {
			f.Status = Warn
		}
		v.Figures = append(v.Figures, f)
	}

	for _, s := range severities {
		list := r.of(s.severity)
		if len(list) == 0 && s.severity != diag.Error {
			continue
		}
		sec := DiagSection{ID: s.id, Title: s.title, Note: Num(len(list))}
		switch {
		case s.severity == diag.Error && len(list) == 0:
			sec.Note = ""
			sec.Calm = fmt.Sprintf("No errors. Checked %s, %s and %s.", Count(entities, "entity"), Count(docs, "page")+" of docs", repositories(len(p.Repos)))
		case s.severity == diag.Error:
			sec.Note += "; what is in error is left out or kept from the last good build"
		}
		most := maxOnReport
		if s.severity == diag.Info {
			most = 5
		}
		for i, d := range list {
			if i == most {
				sec.More, sec.All = len(list)-most, "build/"+s.id+"/"
				break
			}
			sec.Items = append(sec.Items, r.item(d))
		}
		v.Sections = append(v.Sections, sec)
	}
	r.freshness(v)
	r.counts(v)
	if entities > 0 {
		v.Whole = r.integrity()
	}
	return Page{URL: "build/", Layout: "build", Title: "Build report", Description: v.Lede, Style: "ops", View: v, Live: true}
}

func concern(n int) string {
	if n == 1 {
		return "concerns"
	}
	return "concern"
}

func repositories(n int) string {
	if n == 1 {
		return "1 repository"
	}
	return Num(n) + " repositories"
}

// freshness says which sources are not as they are now.
func (r *report) freshness(v *BuildView) {
	p := r.p
	v.Sources = append(v.Sources, BuildFact{"Repositories", Num(len(p.Repos)) + " read"}, BuildFact{"Descriptor files", Num(len(r.descriptors)) + " with entities"}, BuildFact{"Docs", Count(len(p.Docs), "tree")}, BuildFact{"APIs", Count(len(p.APIs), "definition")})
	if len(r.clusters) > 0 {
		reached, all := r.reach()
		v.Sources = append(v.Sources, BuildFact{"Clusters", fmt.Sprintf("%s of %s read", Num(reached), Num(all))})
	}
	if p.Version != "" {
		v.Sources = append(v.Sources, BuildFact{"Portolan", p.Version})
	}
	if p.Every > 0 {
		v.Sources = append(v.Sources, BuildFact{"Rebuilt every", ago(p.Every)})
	}
	for _, c := range r.clusters {
		l := FreshLine{Name: r.clusterLink(c.Name), Note: took(c.Took), Seen: seen(c)}
		l.Name.Icon = ""
		l.Status, l.Word = freshStatus(c.Freshness)
		if c.Freshness.State != sources.Fresh {
			l.Note = r.staleNote(c.Freshness)
			v.Stale = append(v.Stale, r.lostNotice(c))
		} else if text, gaps := coverage(c); gaps {
			l.Note = text + " types"
		}
		v.Clusters = append(v.Clusters, l)
	}
	repos := slices.Clone(p.Repos)
	slices.SortFunc(repos, func(a, b *sources.Repo) int { return cmp.Compare(a.Name, b.Name) })
	for _, repo := range repos {
		l := FreshLine{Name: Link{Text: repo.Name}, Seen: repo.Freshness.ObservedAt}
		l.Status, l.Word = freshStatus(repo.Freshness)
		if repo.Freshness.State == sources.Fresh || repo.Freshness.State == "" {
			l.Note = shortCommit(repo)
			if len(v.AllRepos) == 100 {
				v.MoreRepo++
				continue
			}
			v.AllRepos = append(v.AllRepos, l)
			continue
		}
		l.Note = r.staleNote(repo.Freshness)
		v.Repos = append(v.Repos, l)
	}
}

func shortCommit(r *sources.Repo) string {
	var parts []string
	if r.Branch != "" {
		parts = append(parts, r.Branch)
	}
	if len(r.Commit) >= 10 {
		parts = append(parts, r.Commit[:10])
	}
	return strings.Join(parts, " ")
}

// freshStatus returns how the freshness of a source is shown.
func freshStatus(f sources.Freshness) (Status, string) {
	switch f.State {
	case sources.Fresh, "":
		return OK, "fresh"
	case sources.Stale:
		return Unk, "stale"
	default:
		return Bad, "failed"
	}
}

func (r *report) staleNote(f sources.Freshness) string {
	note := "never read"
	if !f.ObservedAt.IsZero() {
		note = r.age(f.ObservedAt) + " old"
	}
	if f.Reason != "" {
		note += ": " + f.Reason
	}
	return note
}

// counts sums up by owner and by rule.
func (r *report) counts(v *BuildView) {
	owners := map[string]*OwnerCount{}
	rules := map[string]*RuleCount{}
	worst := map[string]diag.Severity{}
	for _, d := range r.p.Diagnostics {
		owner := r.ownerOf(d)
		c := owners[owner]
		if c == nil {
			c = &OwnerCount{Owner: Link{Text: "Without an owner"}}
			if owner != "" {
				c.Owner = r.link(owner)
			}
			if e := r.entities[owner]; e != nil {
				c.URL = ownerPage(e.Ref)
			}
			owners[owner] = c
		}
		switch d.Severity {
		case diag.Error:
			c.Errors++
		case diag.Warning:
			c.Warns++
		default:
			c.Infos++
		}
		rc := rules[d.Rule]
		if rc == nil {
			rc = &RuleCount{Rule: d.Rule, URL: rulePage(d.Rule), Title: r.ruleTitle(d.Rule)}
			rules[d.Rule] = rc
		}
		rc.N++
		worst[d.Rule] = max(worst[d.Rule], d.Severity)
	}
	for _, c := range owners {
		var words []string
		for i, n := range []int{c.Errors, c.Warns, c.Infos} {
			if n > 0 && len(words) < 2 {
				words = append(words, Count(n, severities[i].word))
			}
		}
		c.Text = strings.Join(words, ", ")
		v.Owners = append(v.Owners, *c)
	}
	slices.SortFunc(v.Owners, func(a, b OwnerCount) int {
		return cmp.Or(cmp.Compare(b.Errors, a.Errors), cmp.Compare(b.Warns, a.Warns), cmp.Compare(b.Infos, a.Infos), cmp.Compare(a.Owner.Text, b.Owner.Text), cmp.Compare(a.Owner.URL, b.Owner.URL))
	})
	v.Owners, v.MoreOwn = cut(v.Owners, 25)
	for id, c := range rules {
		c.Status = diagStatus(worst[id])
		v.Rules = append(v.Rules, *c)
	}
	slices.SortFunc(v.Rules, func(a, b RuleCount) int {
		return cmp.Or(cmp.Compare(statusRank(a.Status), statusRank(b.Status)), cmp.Compare(b.N, a.N), cmp.Compare(a.Rule, b.Rule))
	})
}

// integrity says which of the faults that only show in the catalog as a whole
// it has, and which it has not.
func (r *report) integrity() []IntegrityLine {
	counts := map[string]int{}
	for _, d := range r.p.Diagnostics {
		counts[d.Rule]++
	}
	var out []IntegrityLine
	for _, l := range []struct {
		title string
		bad   Status
		rules []string
	}{
		{"Owners that do not exist", Bad, []string{"unknown-owner"}},
		{"References that lead nowhere", Bad, []string{"unknown-ref"}},
		{"Two entities with one name", Bad, []string{"duplicate-ref", "case-conflict"}},
		{"Circles", Warn, []string{"relation-cycle", "location-cycle"}},
		{"Without an owner", Run, []string{"no-owner"}},
		{"Deprecated but in use", Run, []string{"deprecated-in-use"}},
	} {
		line := IntegrityLine{Title: l.title, Status: OK, Text: "none"}
		n := 0
		for _, id := range l.rules {
			if counts[id] > 0 && line.URL == "" {
				line.URL = rulePage(id)
			}
			n += counts[id]
		}
		if n > 0 {
			line.Status, line.Text = l.bad, Num(n)
		}
		out = append(out, line)
	}
	return out
}

func (r *report) ruleTitle(id string) string {
	if rule, ok := r.rules[id]; ok && rule.Title != "" {
		return strings.TrimSuffix(rule.Title, ".")
	}
	return causeTitle(id)
}

// ownerOf returns the owner of the entity that a diagnostic is about, or "".
func (r *report) ownerOf(d diag.Diagnostic) string {
	if d.Entity == "" {
		return ""
	}
	return r.owner(d.Entity)
}

// severityPages lists all diagnostics of one severity.
func (r *report) severityPages(s diag.Severity) []Page {
	for _, part := range severities {
		if part.severity == s {
			list := r.of(s)
			return r.listPages("build/"+part.id+"/", part.title, part.id, fmt.Sprintf("All %s of this build, by file.", Count(len(list), part.word)), list)
		}
	}
	return nil
}

// rulePages returns a page for each rule: what it is about, and the diagnostics
// in which it was broken.
func (r *report) rulePages() []Page {
	byRule := map[string][]diag.Diagnostic{}
	for _, d := range r.p.Diagnostics {
		byRule[d.Rule] = append(byRule[d.Rule], d)
	}
	for id := range r.rules {
		if _, ok := byRule[id]; !ok {
			byRule[id] = nil
		}
	}
	var pages []Page
	for _, id := range slices.Sorted(mapKeys(byRule)) {
		list, doc, n := byRule[id], r.fullDoc(id), r.now[id]
		lede := fmt.Sprintf("Found %s in this build by the rule %s.", Count(n, "time"), id)
		if n == 0 {
			lede = fmt.Sprintf("Not found in this build by the rule %s.", id)
		}
		made := r.listPages(rulePage(id), r.ruleTitle(id), "", lede, list)
		if len(made) == 0 && doc != nil {
			v := &BuildView{Title: r.ruleTitle(id), Lede: lede, Tabs: r.tabs("")}
			if r.running[id] && n > 0 {
				v.Elsewhere = Link{Text: "What is broken now", URL: "broken/"}
			}
			made = []Page{r.listPage(rulePage(id), v)}
		}
		for i := range made {
			made[i].View.(*BuildView).Tabs = r.tabs("rules")
			made[i].Crumbs = slices.Insert(made[i].Crumbs, 1, Link{Text: "Rules", URL: "build/rules/"})
			if i == 0 {
				made[0].View.(*BuildView).Rule = doc
			}
		}
		pages = append(pages, made...)
	}
	return pages
}

// ownerPages lists what is wrong in the files of each owner.
func (r *report) ownerPages() []Page {
	byOwner := map[string][]diag.Diagnostic{}
	for _, d := range r.p.Diagnostics {
		if owner := r.entities[r.ownerOf(d)]; owner != nil {
			byOwner[owner.Ref.String()] = append(byOwner[owner.Ref.String()], d)
		}
	}
	var pages []Page
	for _, ref := range slices.Sorted(mapKeys(byOwner)) {
		e, list := r.entities[ref], byOwner[ref]
		slices.SortStableFunc(list, func(a, b diag.Diagnostic) int { return cmp.Compare(b.Severity, a.Severity) })
		title := "Files of " + e.DisplayName()
		pages = append(pages, r.listPages(ownerPage(e.Ref), title, "", fmt.Sprintf("What this build found in them: %s.", severityWords(list)), list)...)
	}
	return pages
}

func rulePage(id string) string { return "build/rule/" + Segment(id) + "/" }

func ownerPage(ref catalog.Ref) string { return "build/owner/" + refPath(ref) }

// severityWords counts diagnostics: "1 error, 2 warnings".
func severityWords(list []diag.Diagnostic) string {
	var words []string
	for _, s := range severities {
		if n := diag.Count(list, s.severity); n > 0 {
			words = append(words, Count(n, s.word))
		}
	}
	return strings.Join(words, ", ")
}

// listPages lists diagnostics, a hundred on each page.
func (r *report) listPages(base, title, tab, lede string, list []diag.Diagnostic) []Page {
	if len(list) == 0 {
		return nil
	}
	shown, hidden := cut(list, maxDiagPages*maxPerPage)
	chunks := parts(shown, maxPerPage)
	var pages []Page
	for i, chunk := range chunks {
		v := &BuildView{Title: title, Lede: lede, Tabs: r.tabs(tab), Pager: pagerOf(base, i+1, len(chunks))}
		sec := DiagSection{ID: cmp.Or(tab, "list"), Title: "In files", Note: Num(len(list))}
		if len(chunks) > 1 {
			sec.Note = fmt.Sprintf("%s to %s of %s", Num(i*maxPerPage+1), Num(i*maxPerPage+len(chunk)), Num(len(list)))
		}
		for _, d := range chunk {
			sec.Items = append(sec.Items, r.item(d))
		}
		if i == len(chunks)-1 {
			sec.More = hidden
		}
		v.Sections = []DiagSection{sec}
		pages = append(pages, r.listPage(pageURL(base, i+1), v))
	}
	return pages
}

func (r *report) listPage(url string, v *BuildView) Page {
	return Page{
		URL: url, Layout: "build", Title: v.Title + " in the build report", Description: v.Lede, Style: "ops", View: v, NoIndex: true,
		Crumbs: []Link{{Text: "Build report", URL: "build/"}, {Text: v.Title}},
	}
}

func (r *report) item(d diag.Diagnostic) DiagItem {
	item := DiagItem{
		Status: diagStatus(d.Severity), Word: diagWord(d.Severity), Title: r.ruleTitle(d.Rule),
		Pos: d.Pos.String(), Message: d.Message, Hint: d.Hint, Rule: d.Rule, RuleURL: r.ruleURL(d.Rule),
	}
	if owner := r.ownerOf(d); owner != "" {
		item.Owner = r.link(owner)
	}
	if e := r.entities[d.Entity]; e != nil {
		item.Entity = linkTo(e)
	}
	repo, name := r.find(d)
	if repo == nil {
		return item
	}
	item.URL = fileURL(repo, name, d.Pos.Line)
	item.Excerpt = r.excerpt(repo, name, d.Pos)
	return item
}

// find returns the repo of a diagnostic and the path inside it, or nil.
func (r *report) find(d diag.Diagnostic) (*sources.Repo, string) {
	for _, repo := range r.repos {
		if d.Repo != "" && repo.Name != d.Repo {
			continue
		}
		switch name, ok := strings.CutPrefix(d.Pos.File, repo.Prefix+"/"); {
		case ok && repo.Prefix != "":
			return repo, name
		case repo.Prefix == "":
			return repo, d.Pos.File
		}
	}
	return nil, ""
}

// fileURL returns the address of a line on its host, or "".
func fileURL(repo *sources.Repo, name string, line int) string {
	at := cmp.Or(repo.Branch, repo.Commit)
	if repo.URL == "" || safeURL(repo.URL) == "" || at == "" {
		return ""
	}
	u := repo.URL + blobPath(repo.URL) + escapePath(at) + "/" + (&url.URL{Path: name}).EscapedPath()
	if line > 0 {
		u += fmt.Sprintf("#L%d", line)
	}
	return u
}

// excerpt returns the line of a position with its neighbours. Only files that
// are published anyway are looked into: descriptors, navigation and Markdown.
func (r *report) excerpt(repo *sources.Repo, name string, pos diag.Pos) []SourceLine {
	if repo.FS == nil || pos.Line < 1 {
		return nil
	}
	switch base := path.Base(name); {
	case strings.HasSuffix(base, ".md"):
	case strings.HasSuffix(base, ".yaml"), strings.HasSuffix(base, ".yml"):
		if !strings.HasPrefix(base, "catalog-info") && !strings.HasPrefix(base, "mkdocs") && !r.descriptors[pos.File] {
			return nil
		}
	default:
		return nil
	}
	key := repo.Name + "\x00" + name
	lines, ok := r.files[key]
	if !ok {
		lines = readLines(repo, name)
		r.files[key] = lines
	}
	if pos.Line > len(lines) {
		return nil
	}
	var out []SourceLine
	for n := max(1, pos.Line-2); n <= min(len(lines), pos.Line+1); n++ {
		text := diag.Printable(strings.ReplaceAll(lines[n-1], "\t", "→ "))
		out = append(out, SourceLine{N: n, Text: shortenEnd(text, 160), Hit: n == pos.Line})
	}
	return out
}

func shortenEnd(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func readLines(repo *sources.Repo, name string) []string {
	f, err := repo.FS.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxExcerpt))
	if err != nil || !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil
	}
	return strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
}

// rulesPage lists every rule that the report and the findings name.
func (r *report) rulesPage() Page {
	v := &RulesView{Tabs: r.tabs("rules"), Lede: fmt.Sprintf("What is checked, why, and how to mend it: %s.", Count(len(r.rules), "rule"))}
	groups := []RuleGroup{{Title: "What people write"}, {Title: "What runs in clusters"}}
	for _, id := range slices.Sorted(mapKeys(r.rules)) {
		i := 0
		if r.running[id] {
			i = 1
		}
		groups[i].Rules = append(groups[i].Rules, r.ruleDoc(id))
	}
	for _, g := range groups {
		if len(g.Rules) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return Page{
		URL: "build/rules/", Layout: "ops-rules", Title: "Rules", Description: v.Lede, Style: "ops", View: v,
		Crumbs: []Link{{Text: "Build report", URL: "build/"}, {Text: "Rules"}},
	}
}

// ruleDoc returns a rule without its texts, as the list shows it.
func (r *report) ruleDoc(id string) RuleDoc {
	rule := r.rules[id]
	return RuleDoc{ID: id, Title: r.ruleTitle(id), Status: diagStatus(rule.Severity), Word: diagWord(rule.Severity), Now: r.now[id], URL: rulePage(id)}
}

// fullDoc returns the documentation of a rule, nil if there is none.
func (r *report) fullDoc(id string) *RuleDoc {
	rule, ok := r.rules[id]
	if !ok {
		return nil
	}
	m := newMaker(r.p)
	doc := r.ruleDoc(id)
	doc.Why, doc.Fix = m.text(rule.Why), m.text(rule.Fix)
	if r.running[id] {
		doc.When = rule.Example
	} else {
		doc.Example = rule.Example
	}
	return &doc
}

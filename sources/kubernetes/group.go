package kubernetes

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// The order in which a rule leads an incident; all others follow by severity.
var leadOrder = []string{"workload-unavailable", "rollout-stuck", "replica-create-failed", "workload-degraded"}

func leadRank(rule string) int {
	if i := slices.Index(leadOrder, rule); i >= 0 {
		return i
	}
	return len(leadOrder)
}

// joins reports whether a finding on another object belongs to the incident of
// its workload, because it follows from what is wrong with the pods.
func joins(f *found) bool {
	switch f.Rule {
	case "service-no-ready-pods", "pdb-exhausted", "pvc-pending":
		return f.Workload.Kind != ""
	}
	return !standalone(f.Ref.Kind)
}

// fingerprint names what is wrong without saying where: the same in every
// cluster and for every pod.
func (f *found) fingerprint(service string) string {
	parts := []string{service, f.role1().Kind, f.role1().Name, f.Rule, f.Container, f.Cause}
	if f.Init {
		parts = append(parts, "init")
	}
	switch f.Rule {
	case "container-waiting", "workload-condition", "resource-stalled", "resource-not-ready":
		parts = append(parts, normalise(f.Says, f.Ref.Name))
	}
	return strings.Join(parts, "\x00")
}

// role1 is the workload of a finding, or the object itself.
func (f *found) role1() ObjectRef {
	if f.Workload.Kind != "" {
		return f.Workload
	}
	return f.Ref
}

// normalise makes messages about different pods equal.
func normalise(s, name string) string {
	if name != "" {
		s = strings.ReplaceAll(s, name, "{name}")
	}
	s = anyUID.ReplaceAllString(s, "{uid}")
	s = anyAddress.ReplaceAllString(s, "{ip}")
	s = anyDuration.ReplaceAllString(s, "{duration}")
	return s
}

// incidents groups findings by root cause: those on pods and workloads of one
// role in one environment are one incident; others are one for each
// fingerprint. total says how many pods of the role there are, by cluster.
func incidents(service string, all []found, total func(env string, role ObjectRef) map[string]int, now time.Time) []Incident {
	type key struct{ env, kind, name, print string }
	groups := map[key][]*found{}
	var order []key
	for i := range all {
		f := &all[i]
		if f.Category == Advice || f.Severity == Info && !joins(f) {
			continue
		}
		r := f.role1()
		k := key{env: f.env, kind: r.Kind, name: r.Name}
		if !joins(f) {
			k.print = f.fingerprint(service)
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	out := []Incident{}
	for _, k := range order {
		if in, ok := incident(service, k.env, groups[k], total, now); ok {
			out = append(out, in)
		}
	}
	sortIncidents(out)
	return out
}

func incident(service, env string, list []*found, total func(string, ObjectRef) map[string]int, now time.Time) (Incident, bool) {
	worst := Info
	for _, f := range list {
		if severityRank(f.Severity) < severityRank(worst) {
			worst = f.Severity
		}
	}
	if worst == Info {
		return Incident{}, false
	}
	slices.SortStableFunc(list, func(a, b *found) int {
		return cmp.Or(
			cmp.Compare(leadRank(a.Rule), leadRank(b.Rule)),
			cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
			compareFound(a, b),
		)
	})
	lead := list[0]
	in := Incident{Service: service, Environment: env, Workload: lead.role1(), Lead: lead.Finding, Because: []Finding{}, Severity: worst,
		Clusters: []string{}, Entities: []string{}, ByCluster: map[string]PodCount{}, LastKnown: true}
	in.ID = anchor(lead.fingerprint(service) + "\x00" + env)
	seen := map[string]bool{lead.fingerprint(service): true}
	pods := map[string]map[string]bool{}
	missing := map[string]int{}
	for _, f := range list {
		if p := f.fingerprint(service); !seen[p] {
			seen[p] = true
			in.Because = append(in.Because, f.Finding)
		}
		if !slices.Contains(in.Clusters, f.Cluster) && f.Severity != Info {
			in.Clusters = append(in.Clusters, f.Cluster)
		}
		if f.Ref.Kind == "Pod" && f.Severity != Info {
			if pods[f.Cluster] == nil {
				pods[f.Cluster] = map[string]bool{}
			}
			pods[f.Cluster][f.Ref.Namespace+"/"+f.Ref.Name] = true
		}
		missing[f.Cluster] = max(missing[f.Cluster], f.short)
		if f.Since != nil && f.Severity != Info && (in.Since == nil || f.Since.Before(*in.Since)) {
			in.Since = f.Since
		}
		in.LastKnown = in.LastKnown && f.LastKnown
		for _, e := range f.Entities {
			if !slices.Contains(in.Entities, e) {
				in.Entities = append(in.Entities, e)
			}
		}
	}
	slices.Sort(in.Entities)
	for c, n := range total(env, in.Workload) {
		in.ByCluster[c] = PodCount{Total: n}
	}
	for _, c := range in.Clusters {
		n := len(pods[c])
		if n == 0 {
			n = missing[c]
		}
		t := max(in.ByCluster[c].Total, n)
		in.ByCluster[c] = PodCount{Affected: n, Total: t}
	}
	for _, n := range in.ByCluster {
		in.Pods.Affected += n.Affected
		in.Pods.Total += n.Total
	}
	in.Line = line(&in, now)
	return in, true
}

// anchor turns a fingerprint into something that a URL can name.
func anchor(fingerprint string) string {
	h := fnv.New64a()
	h.Write([]byte(fingerprint))
	return fmt.Sprintf("%016x", h.Sum64())
}

// line says an incident in one line of words.
func line(in *Incident, now time.Time) string {
	var b strings.Builder
	title := lower(in.Lead.Title) + causeNote(&in.Lead)
	if len(in.Because) > 0 && leadRank(in.Lead.Rule) < len(leadOrder) {
		title = lower(in.Lead.Title) + "; " + lower(in.Because[0].Title) + causeNote(&in.Because[0])
	}
	if !strings.HasPrefix(title, in.Workload.Name+" ") {
		b.WriteString(in.Workload.Name)
		b.WriteString(": ")
	}
	b.WriteString(title)
	if in.Pods.Affected > 0 {
		fmt.Fprintf(&b, " · %d of %s", in.Pods.Affected, plural(in.Pods.Total, "pod"))
	}
	if len(in.Clusters) > 0 {
		b.WriteString(" · ")
		for i, c := range in.Clusters {
			if i == 4 && len(in.Clusters) > 5 {
				fmt.Fprintf(&b, " and %d more", len(in.Clusters)-4)
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c)
			if n := in.ByCluster[c]; n.Affected > 0 && len(in.Clusters) > 1 {
				fmt.Fprintf(&b, " %d/%d", n.Affected, n.Total)
			}
		}
	}
	if in.Since != nil {
		layout := "15:04"
		if now.Sub(*in.Since) > 20*time.Hour {
			layout = "2 Jan 15:04"
		}
		fmt.Fprintf(&b, " · since %s (%s)", in.Since.Format(layout), ago(int64(now.Sub(*in.Since)/time.Second)))
	}
	return b.String()
}

// causeNote is the cause in brackets, where it says more than the title.
func causeNote(f *Finding) string {
	if f.Cause == "" || f.Cause == "unknown" || f.Cause == "looping" || strings.Contains(strings.ToLower(f.Title), strings.ToLower(causeWords(f.Cause))) {
		return ""
	}
	return " (" + causeWords(f.Cause) + ")"
}

// lower makes the beginning of a title fit into a sentence. Names such as
// ScaledObject stay as they are.
func lower(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if len(word) > 1 && word[0] >= 'A' && word[0] <= 'Z' && word[1:] == strings.ToLower(word[1:]) && !kindWords[word] {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// kindWords are kinds that titles begin with.
var kindWords = map[string]bool{"Ingress": true, "Job": true, "Service": true}

// causeWords makes a cause readable: "not-found" becomes "not found", "exit-1" "exit code 1".
func causeWords(cause string) string {
	if n, ok := strings.CutPrefix(cause, "exit-"); ok {
		return "exit code " + n
	}
	if cause == strings.ToLower(cause) && !strings.Contains(cause, ".") {
		return strings.ReplaceAll(cause, "-", " ")
	}
	return cause
}

// compareFound orders findings of one severity: by role, rule, cluster, object and container.
func compareFound(a, b *found) int { return compareFindings(&a.Finding, &b.Finding) }

func compareFindings(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
		cmp.Compare(leadRank(a.Rule), leadRank(b.Rule)),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Ref.Namespace, b.Ref.Namespace),
		cmp.Compare(a.Workload.Name, b.Workload.Name),
		cmp.Compare(a.Cluster, b.Cluster),
		compareRefs(a.Ref, b.Ref),
		cmp.Compare(a.Container, b.Container),
		cmp.Compare(a.Cause, b.Cause),
	)
}

func sortIncidents(list []Incident) {
	slices.SortStableFunc(list, func(a, b Incident) int {
		since := func(i *Incident) int64 {
			if i.Since == nil {
				return 0
			}
			return i.Since.Unix()
		}
		return cmp.Or(
			cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)),
			cmp.Compare(boolRank(production(a.Environment)), boolRank(production(b.Environment))),
			cmp.Compare(b.Pods.Affected, a.Pods.Affected),
			cmp.Compare(since(&b), since(&a)),
			cmp.Compare(a.Service, b.Service),
			compareRefs(a.Workload, b.Workload),
			cmp.Compare(a.Lead.Rule, b.Lead.Rule),
			cmp.Compare(a.ID, b.ID),
		)
	})
}

func boolRank(b bool) int {
	if b {
		return 0
	}
	return 1
}

// shared finds causes that stand behind findings of at least three services.
func shared(all []found) []SharedCause {
	type key struct{ rule, cause, factor string }
	groups := map[key]*SharedCause{}
	for i := range all {
		f := &all[i]
		factor := sharedFactor(f)
		if factor == "" || f.Severity == Info || f.Category == Advice || f.LastKnown {
			continue
		}
		k := key{f.Rule, f.Cause, factor}
		g := groups[k]
		if g == nil {
			g = &SharedCause{Rule: f.Rule, Cause: f.Cause, Factor: factor}
			groups[k] = g
		}
		names := f.Entities
		if len(names) == 0 {
			names = []string{f.Ref.Namespace + "/" + f.role1().Name}
		}
		for _, n := range names {
			if !slices.Contains(g.Services, n) {
				g.Services = append(g.Services, n)
			}
		}
		if !slices.Contains(g.Clusters, f.Cluster) {
			g.Clusters = append(g.Clusters, f.Cluster)
		}
		if f.Since != nil && (g.Since == nil || f.Since.Before(*g.Since)) {
			g.Since = f.Since
		}
	}
	out := []SharedCause{}
	for _, g := range groups {
		if len(g.Services) < 3 {
			continue
		}
		slices.Sort(g.Services)
		slices.Sort(g.Clusters)
		g.Line = fmt.Sprintf("%s: %d services %s", g.Factor, len(g.Services), sharedWords[g.Rule])
		if g.Cause != "" && g.Cause != "unknown" {
			g.Line += " (" + causeWords(g.Cause) + ")"
		}
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b SharedCause) int {
		return cmp.Or(cmp.Compare(len(b.Services), len(a.Services)), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Factor, b.Factor))
	})
	return out
}

var sharedWords = map[string]string{
	"image-pull-failed":     "cannot pull images",
	"pod-unschedulable":     "cannot schedule pods",
	"pod-node-lost":         "have pods on nodes that do not report",
	"pod-stuck-starting":    "have pods that do not start",
	"replica-create-failed": "get no new pods",
	"hpa-inactive":          "have autoscalers that cannot read their metric",
	"hpa-cannot-scale":      "have autoscalers that cannot change the size",
	"pvc-pending":           "wait for volumes",
	"lb-pending":            "wait for an external address",
	"ingress-no-address":    "have an Ingress that is not picked up",
	"spec-not-observed":     "have changes that no controller acts on",
	"route-not-accepted":    "have routes that a gateway refuses",
}

// sharedFactor is what findings of different services may have in common; ""
// where the rule is about the service itself.
func sharedFactor(f *found) string {
	if sharedWords[f.Rule] == "" {
		return ""
	}
	switch f.Rule {
	case "image-pull-failed":
		if f.registry == "" {
			return ""
		}
		return "registry " + f.registry
	case "replica-create-failed":
		if f.Cause == "quota" {
			return "namespace " + f.Ref.Namespace + " in " + f.Cluster
		}
	}
	return "cluster " + f.Cluster
}

// registry returns the host of an image reference.
func registry(image string) string {
	host, _, found := strings.Cut(image, "/")
	if !found || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return "docker.io"
	}
	return host
}

package kubernetes

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// unstructured reduces an object that came without a Go type: a custom
// resource, or a built-in one of a version that is converted first.
func (c *Collector) unstructured(o *unstructured.Unstructured) {
	gvk := o.GroupVersionKind()
	if gvk.Group == "" && (gvk.Kind == "Secret" || gvk.Kind == "ConfigMap") {
		return
	}
	if to := typed(gvk); to != nil {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, to); err != nil {
			c.skip(fmt.Sprintf("%s %s/%s: %v", gvk.Kind, o.GetNamespace(), o.GetName(), err))
			return
		}
		c.add(to)
		return
	}
	if o.IsList() {
		_ = o.EachListItem(func(item runtime.Object) error {
			c.add(item)
			return nil
		})
		return
	}
	if !customGroup(gvk.Group) {
		return
	}
	om := metav1.ObjectMeta{
		Name: o.GetName(), Namespace: o.GetNamespace(), Labels: o.GetLabels(), Annotations: o.GetAnnotations(),
		CreationTimestamp: o.GetCreationTimestamp(), DeletionTimestamp: o.GetDeletionTimestamp(), Generation: o.GetGeneration(),
		OwnerReferences: o.GetOwnerReferences(), Finalizers: o.GetFinalizers(),
	}
	m, ok := c.meta(&om)
	if !ok {
		return
	}
	switch {
	case gvk.Group == "argoproj.io" && gvk.Kind == "Rollout":
		c.rollout(o, m)
	case gvk.Group == "gateway.networking.k8s.io" && gvk.Kind == "HTTPRoute":
		c.httpRoute(o, m)
	default:
		c.custom(o, m)
	}
}

// customGroup reports whether an API group belongs to a custom resource that is
// worth keeping. The groups of Kubernetes itself end in .k8s.io or have no dot.
func customGroup(group string) bool {
	switch group {
	case "gateway.networking.k8s.io", "autoscaling.k8s.io":
		return true
	}
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io")
}

func (c *Collector) rollout(o *unstructured.Unstructured, m Meta) {
	w := WorkloadState{
		Kind: "Rollout", Meta: m, Want: 1,
		Replicas:  count(int32At(o, "status", "replicas")),
		Updated:   count(int32At(o, "status", "updatedReplicas")),
		Ready:     count(int32At(o, "status", "readyReplicas")),
		Available: count(int32At(o, "status", "availableReplicas")),
		Paused:    boolAt(o, "spec", "paused"),
		Phase:     c.str(stringAt(o, "status", "phase")),
		Message:   c.message(stringAt(o, "status", "message")),
		Aborted:   boolAt(o, "status", "abort"),
		Step:      int32At(o, "status", "currentStepIndex"),
		Revision:  revision(o.GetAnnotations(), rolloutRevision),
	}
	if _, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "replicas"); ok {
		w.Want = count(int32At(o, "spec", "replicas"))
	}
	// Argo writes the generation as text.
	if n, err := strconv.ParseInt(stringAt(o, "status", "observedGeneration"), 10, 64); err == nil {
		w.Observed = n
	}
	for _, strategy := range []string{"canary", "blueGreen"} {
		if s, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "strategy", strategy); ok && s != nil {
			w.Strategy = strategy
		}
	}
	if steps, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "strategy", "canary", "steps"); ok {
		if list, ok := steps.([]any); ok {
			w.Steps = int32(min(len(list), 10_000))
		}
	}
	if list, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "status", "pauseConditions"); ok {
		if list, ok := list.([]any); ok {
			for _, p := range list {
				if p, ok := p.(map[string]any); ok {
					if t := parseTime(p["startTime"]); t > 0 && (w.PausedSince == 0 || t < w.PausedSince) {
						w.PausedSince = t
					}
				}
			}
		}
	}
	if t, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "template"); ok {
		if t, ok := t.(map[string]any); ok {
			var pt corev1.PodTemplateSpec
			if runtime.DefaultUnstructuredConverter.FromUnstructured(t, &pt) == nil {
				w.Template = c.template(&pt)
			}
		}
	}
	if s, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "selector"); ok {
		if s, ok := s.(map[string]any); ok {
			var ls metav1.LabelSelector
			if runtime.DefaultUnstructuredConverter.FromUnstructured(s, &ls) == nil {
				w.Selector = c.selection(&ls)
			}
		}
	}
	if w.Template.Labels == nil && w.Selector != nil { // spec.workloadRef
		w.Template.Labels = w.Selector.equalities()
	}
	w.Conditions = c.conditionsAt(o, "status", "conditions")
	c.snap.Workloads = append(c.snap.Workloads, w)
}

func (c *Collector) httpRoute(o *unstructured.Unstructured, m Meta) {
	r := Route{Kind: "HTTPRoute", Meta: m}
	hosts := []string{""}
	if list, ok, _ := unstructured.NestedStringSlice(o.Object, "spec", "hostnames"); ok && len(list) > 0 {
		hosts = list[:min(len(list), 100)]
	}
	rules, _, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "rules")
	list, _ := rules.([]any)
	for _, rule := range list[:min(len(list), 100)] {
		rule, _ := rule.(map[string]any)
		paths := []string{"/"}
		if matches, ok := rule["matches"].([]any); ok && len(matches) > 0 {
			paths = nil
			for _, mt := range matches[:min(len(matches), 100)] {
				mt, _ := mt.(map[string]any)
				p, _ := mt["path"].(map[string]any)
				v, _ := p["value"].(string)
				if v == "" {
					v = "/"
				}
				paths = append(paths, v)
			}
		}
		backends, _ := rule["backendRefs"].([]any)
		for _, b := range backends[:min(len(backends), 20)] {
			b, _ := b.(map[string]any)
			if kind, _ := b["kind"].(string); kind != "" && kind != "Service" {
				continue
			}
			name, _ := b["name"].(string)
			ns, _ := b["namespace"].(string)
			if ns == m.Namespace {
				ns = ""
			}
			for _, h := range hosts {
				for _, p := range paths {
					if len(r.Rules) < 500 {
						r.Rules = append(r.Rules, RouteRule{Host: c.str(h), Path: c.str(p), TLS: true, Service: c.str(name), Namespace: c.str(ns), Port: int32(integer(b["port"]))})
					}
				}
			}
		}
	}
	parents, _, _ := unstructured.NestedFieldNoCopy(o.Object, "status", "parents")
	plist, _ := parents.([]any)
	for _, p := range plist[:min(len(plist), 50)] {
		p, _ := p.(map[string]any)
		ref, _ := p["parentRef"].(map[string]any)
		name, _ := ref["name"].(string)
		parent := RouteParent{Name: c.str(name), Conditions: c.conditions(p["conditions"])}
		r.Parents = append(r.Parents, parent)
		r.HasAddress = r.HasAddress || conditionIs(parent.Conditions, "Accepted", "True")
	}
	c.snap.Routes = append(c.snap.Routes, r)
}

func (c *Collector) custom(o *unstructured.Unstructured, m Meta) {
	gvk := o.GroupVersionKind()
	k := Custom{
		Kind: c.str(gvk.Kind), Group: c.str(gvk.Group), Meta: m,
		Phase:      c.str(stringAt(o, "status", "phase")),
		Conditions: c.conditionsAt(o, "status", "conditions"),
	}
	switch gvk.Kind {
	case "ScaledObject":
		k.Target = Owner{Kind: "Deployment", Name: c.str(stringAt(o, "spec", "scaleTargetRef", "name"))}
		if kind := stringAt(o, "spec", "scaleTargetRef", "kind"); kind != "" {
			k.Target.Kind = c.str(kind)
		}
	case "VerticalPodAutoscaler":
		k.Target = Owner{Kind: c.str(stringAt(o, "spec", "targetRef", "kind")), Name: c.str(stringAt(o, "spec", "targetRef", "name"))}
	}
	if len(k.Conditions) == 0 && k.Phase == "" && k.Target.Name == "" {
		return // nothing is known of its state
	}
	c.snap.Customs = append(c.snap.Customs, k)
}

func (c *Collector) conditionsAt(o *unstructured.Unstructured, fields ...string) []Condition {
	v, _, _ := unstructured.NestedFieldNoCopy(o.Object, fields...)
	return c.conditions(v)
}

// conditions reads a list of conditions, at most 50 of them.
func (c *Collector) conditions(v any) []Condition {
	list, _ := v.([]any)
	var out []Condition
	for _, k := range list[:min(len(list), 50)] {
		k, ok := k.(map[string]any)
		if !ok {
			continue
		}
		typ, _ := k["type"].(string)
		status, _ := k["status"].(string)
		reason, _ := k["reason"].(string)
		message, _ := k["message"].(string)
		if typ == "" {
			continue
		}
		out = append(out, Condition{
			Type: c.str(typ), Status: c.str(status), Reason: c.str(reason), Message: c.message(message),
			Since: parseTime(k["lastTransitionTime"]), Updated: parseTime(k["lastUpdateTime"]),
		})
	}
	return out
}

func parseTime(v any) Time {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0
	}
	return moment(t)
}

func stringAt(o *unstructured.Unstructured, fields ...string) string {
	v, _, _ := unstructured.NestedFieldNoCopy(o.Object, fields...)
	s, _ := v.(string)
	return s
}

func boolAt(o *unstructured.Unstructured, fields ...string) bool {
	v, _, _ := unstructured.NestedFieldNoCopy(o.Object, fields...)
	b, _ := v.(bool)
	return b
}

func int32At(o *unstructured.Unstructured, fields ...string) int32 {
	v, _, _ := unstructured.NestedFieldNoCopy(o.Object, fields...)
	return int32(integer(v))
}

// integer returns a JSON number inside the range of an int32, or 0.
func integer(v any) int64 {
	var n int64
	switch v := v.(type) {
	case int64:
		n = v
	case float64:
		n = int64(min(max(v, -1<<31), 1<<31-1))
	}
	return min(max(n, -1<<31), 1<<31-1)
}

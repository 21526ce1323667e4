package kubernetes

import (
	"fmt"
	"slices"
	"strconv"
)

var serviceRules = []*Rule{
	{
		ID: "service-no-pods", Title: "An address has no pods", Severity: Warning, Category: Fault, Needs: []string{"pods"},
		Condition: "A Service has a selector, no living pod matches it, and no workload that matches is scaled to zero. When an Ingress or HTTPRoute leads to it: error.",
		Why:       "Requests to it fail.",
		Fix:       "Compare the selector with the labels of the pods, or delete the Service.",
		service: func(v *view, n int) *verdict {
			s := &v.Services[n]
			if len(s.Selector) == 0 || s.Type == "ExternalName" || len(v.podsByService[n]) > 0 {
				return nil
			}
			for _, w := range v.workByService[n] {
				if v.Workloads[w].Want == 0 {
					return nil
				}
			}
			w := &verdict{title: "Address without pods", text: "No pod has the labels that it selects.",
				commands: []string{v.kubectl(s.Namespace, "get", "pods", "-l", selectorText(s.Selector))}}
			if len(v.routesByService[n]) > 0 {
				w.severity = Error
				w.text = fmt.Sprintf("No pod has the labels that it selects, and %s leads to it.", v.routeNames(n))
			}
			return w
		},
	},
	{
		ID: "service-no-ready-pods", Title: "An address answers nothing", Severity: Error, Category: Fault, Needs: []string{"pods"},
		Condition: "Pods match a Service, and all of them have been unready for more than 5 min.",
		Why:       "Requests to it fail.",
		Fix:       "Open what explains it: the findings on its pods.",
		service: func(v *view, n int) *verdict {
			s := &v.Services[n]
			if s.Type == "ExternalName" || len(v.podsByService[n]) == 0 {
				return nil
			}
			var since Time
			for _, p := range v.podsByService[n] {
				pod := &v.Pods[p]
				t := pod.unreadySince()
				if t == 0 {
					if condition(pod.Conditions, "Ready") != nil {
						return nil // ready, or its node is lost
					}
					t = pod.Created
				}
				if v.age(t) <= seconds(v.limit.StartGrace) {
					return nil
				}
				since = max(since, t)
			}
			return &verdict{since: since, title: "Address answers nothing", text: fmt.Sprintf("None of its %s is ready.", plural(len(v.podsByService[n]), "pod")),
				commands: []string{v.kubectl(s.Namespace, "get", "pods", "-l", selectorText(s.Selector))}}
		},
	},
	{
		ID: "service-port-mismatch", Title: "A port name does not exist", Severity: Error, Category: Fault, Needs: []string{"pods"},
		Condition: "A Service has a named target port that none of its pods declares.",
		Why:       "The port leads nowhere.",
		Fix:       "Name the port in the container, or use its number.",
		service: func(v *view, n int) *verdict {
			s := &v.Services[n]
			if s.Type == "ExternalName" || len(v.podsByService[n]) == 0 {
				return nil
			}
			for _, port := range s.Ports {
				if port.TargetName == "" {
					continue
				}
				found := false
				for _, p := range v.podsByService[n] {
					pod := &v.Pods[p]
					for _, list := range [][]Container{pod.Containers, pod.Inits} {
						for i := range list {
							found = found || slices.Contains(list[i].Spec.Ports, port.TargetName)
						}
					}
					if found {
						break
					}
				}
				if !found {
					return &verdict{title: fmt.Sprintf("Port name %s does not exist", port.TargetName),
						text:     fmt.Sprintf("Its port %d leads to a container port named %s, which no pod has.", port.Port, port.TargetName),
						commands: []string{v.kubectl(s.Namespace, "get", "pods", "-l", selectorText(s.Selector), "-o", "jsonpath={..ports}")}}
				}
			}
			return nil
		},
	},
	{
		ID: "lb-pending", Title: "A load balancer has no address yet", Severity: Warning, Category: Fault,
		Condition: "A Service of type LoadBalancer has had no address for more than 10 min.",
		Why:       "It cannot be reached from outside.",
		Fix:       "Describe the Service: quota, permissions, or no load balancer controller in this cluster.",
		service: func(v *view, n int) *verdict {
			s := &v.Services[n]
			if s.Type != "LoadBalancer" || s.HasAddress || v.age(s.Created) <= seconds(v.limit.LoadBalancer) {
				return nil
			}
			return &verdict{since: s.Created, title: "No external address yet", commands: []string{v.kubectl(s.Namespace, "describe", "service", s.Name)}}
		},
	},
}

func selectorText(l Labels) string {
	s := ""
	for i := 0; i+1 < len(l); i += 2 {
		if i > 0 {
			s += ","
		}
		s += l[i] + "=" + l[i+1]
	}
	return s
}

// routeNames names what leads to a Service.
func (v *view) routeNames(service int) string {
	r := v.ref(v.routesByService[service][0])
	s := r.Kind + " " + r.Name
	if more := len(v.routesByService[service]) - 1; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// backend returns the Service of a rule; known is false if it may be there and not be listed.
func (v *view) backend(r *Route, rule *RouteRule) (s *ServiceState, known bool) {
	ns := r.Namespace
	if rule.Namespace != "" {
		ns = rule.Namespace
	}
	if rule.Service == "" || !v.listed("services", ns) || !v.Info.keeps(ns) {
		return nil, false
	}
	if o := v.find("Service", ns, rule.Service); o != none {
		if k, n := v.split(o); k == serviceKind {
			return &v.Services[n], true
		}
	}
	return nil, true
}

func (v *view) describeRoute(r *Route) []string {
	kind := "ingress"
	if r.Kind != "Ingress" {
		kind = "httproute"
	}
	return []string{v.kubectl(r.Namespace, "describe", kind, r.Name)}
}

var routeRules = []*Rule{
	{
		ID: "ingress-backend-missing", Title: "An Ingress leads nowhere", Severity: Error, Category: Fault, Needs: []string{"services"},
		Condition: "An Ingress or HTTPRoute names a Service that does not exist.",
		Why:       "Requests to the address fail.",
		Fix:       "Correct the name of the Service, or create it.",
		route: func(v *view, n int) *verdict {
			r := &v.Routes[n]
			for i := range r.Rules {
				if s, known := v.backend(r, &r.Rules[i]); known && s == nil {
					return &verdict{title: "Leads nowhere", text: fmt.Sprintf("%s leads to Service %s, which does not exist.", ruleText(&r.Rules[i]), r.Rules[i].Service), commands: v.describeRoute(r)}
				}
			}
			return nil
		},
	},
	{
		ID: "ingress-port-missing", Title: "An Ingress leads to a port that does not exist", Severity: Error, Category: Fault, Needs: []string{"services"},
		Condition: "An Ingress or HTTPRoute names a port that its Service does not have.",
		Why:       "Requests to the address fail.",
		Fix:       "Correct the port in the Ingress or in the Service.",
		route: func(v *view, n int) *verdict {
			r := &v.Routes[n]
			for i := range r.Rules {
				rule := &r.Rules[i]
				s, known := v.backend(r, rule)
				if !known || s == nil || rule.Port == 0 && rule.PortName == "" || s.Type == "ExternalName" {
					continue
				}
				if !slices.ContainsFunc(s.Ports, func(p ServicePort) bool {
					return rule.PortName != "" && p.Name == rule.PortName || rule.PortName == "" && p.Port == rule.Port
				}) {
					port := rule.PortName
					if port == "" {
						port = strconv.Itoa(int(rule.Port))
					}
					return &verdict{title: "Leads to a port that does not exist", text: fmt.Sprintf("%s leads to port %s of Service %s, which has no such port.", ruleText(rule), port, s.Name), commands: v.describeRoute(r)}
				}
			}
			return nil
		},
	},
	{
		ID: "ingress-no-address", Title: "An Ingress is not picked up by its controller", Severity: Warning, Category: Fault,
		Condition: "An Ingress has had no address for more than 10 min, while another one of its class in the cluster has one.",
		Why:       "It has no effect.",
		Fix:       "Check its class and the log of the controller.",
		route: func(v *view, n int) *verdict {
			r := &v.Routes[n]
			if r.Kind != "Ingress" || r.HasAddress || v.age(r.Created) <= seconds(v.limit.LoadBalancer) {
				return nil
			}
			for i := range v.Routes {
				if o := &v.Routes[i]; o.Kind == "Ingress" && o.HasAddress && o.Class == r.Class {
					return &verdict{since: r.Created, title: "Not picked up by its controller", text: "Others of its class have an address and it has none.", commands: v.describeRoute(r)}
				}
			}
			return nil
		},
	},
	{
		ID: "route-not-accepted", Title: "A gateway refuses a route", Severity: Error, Category: Fault,
		Condition: "A parent of an HTTPRoute says Accepted=False or ResolvedRefs=False.",
		Why:       "The route has no effect, or leads nowhere.",
		Fix:       "Read the reason: host names, listeners, or references that are not allowed.",
		route: func(v *view, n int) *verdict {
			r := &v.Routes[n]
			for i := range r.Parents {
				for _, typ := range []string{"Accepted", "ResolvedRefs"} {
					if k := condition(r.Parents[i].Conditions, typ); k != nil && k.Status == "False" {
						return &verdict{since: k.Since, title: "Gateway refuses the route", text: fmt.Sprintf("Gateway %s says that %s is False. %s", r.Parents[i].Name, typ, reasonText(k)), says: k.Message, commands: v.describeRoute(r)}
					}
				}
			}
			return nil
		},
	},
	{
		ID: "host-conflict", Title: "One address has two owners", Severity: Warning, Category: Fault,
		Condition: "The same host and path are in Ingresses of two namespaces of one cluster.",
		Why:       "Which of them answers is chance.",
		Fix:       "Agree on one of them.",
		route: func(v *view, n int) *verdict {
			r := &v.Routes[n]
			if r.Kind != "Ingress" {
				return nil
			}
			for i := range r.Rules {
				if r.Rules[i].Host == "" {
					continue
				}
				if other := v.hosts()[hostKey(r, &r.Rules[i])]; len(other) > 1 {
					for _, ns := range other {
						if ns != r.Namespace {
							return &verdict{title: "Two owners for one address", text: fmt.Sprintf("%s is also in namespace %s.", ruleText(&r.Rules[i]), ns),
								commands: []string{v.kubectl("", "get", "ingress", "--all-namespaces")}}
						}
					}
				}
			}
			return nil
		},
	},
}

func hostKey(r *Route, rule *RouteRule) [3]string {
	path := rule.Path
	if path == "" {
		path = "/"
	}
	return [3]string{r.Class, rule.Host, path}
}

// hosts returns the namespaces that serve each class, host and path.
func (v *view) hosts() map[[3]string][]string {
	if v.hostOwners == nil {
		v.hostOwners = map[[3]string][]string{}
		for i := range v.Routes {
			r := &v.Routes[i]
			if r.Kind != "Ingress" {
				continue
			}
			for j := range r.Rules {
				k := hostKey(r, &r.Rules[j])
				if !slices.Contains(v.hostOwners[k], r.Namespace) {
					v.hostOwners[k] = append(v.hostOwners[k], r.Namespace)
				}
			}
		}
	}
	return v.hostOwners
}

// ruleText names a host and path.
func ruleText(r *RouteRule) string {
	if r.Host == "" && r.Path == "" {
		return "The default backend"
	}
	return r.Host + r.Path
}

var budgetRules = []*Rule{
	{
		ID: "pdb-blocks-drain", Title: "A disruption budget blocks every drain", Severity: Warning, Category: Fault,
		Condition: "Pods are expected, no disruption is allowed, and as many must stay as there are.",
		Why:       "No node with these pods can ever be drained: upgrades of the cluster wait.",
		Fix:       "Allow one disruption, or run one more replica than must stay.",
		Docs:      "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
		budget: func(v *view, b *Budget) *verdict {
			if b.Expected <= 0 || b.Allowed > 0 || b.Desired < b.Expected {
				return nil
			}
			return &verdict{title: "No node can ever be drained", text: fmt.Sprintf("%d of %d pods must stay, so none may be evicted.", b.Desired, b.Expected),
				commands: []string{v.kubectl(b.Namespace, "get", "pdb", b.Name)}}
		},
	},
	{
		ID: "pdb-exhausted", Title: "A disruption budget is used up", Severity: Info, Category: State,
		Condition: "Pods are expected, and no disruption is allowed because some of them are unhealthy.",
		Why:       "Drains wait until the pods are well again.",
		Fix:       "Open what is wrong with the pods.",
		budget: func(v *view, b *Budget) *verdict {
			if b.Expected <= 0 || b.Allowed > 0 || b.Desired >= b.Expected {
				return nil
			}
			return &verdict{title: "Used up by unhealthy pods", text: fmt.Sprintf("%d of %d pods are healthy, %d must be.", b.Healthy, b.Expected, b.Desired)}
		},
	},
	{
		ID: "pdb-no-match", Title: "A disruption budget protects nothing", Severity: Info, Category: State,
		Condition: "No pod matches it.",
		Why:       "It has no effect.",
		Fix:       "Correct its selector, or delete it.",
		budget: func(v *view, b *Budget) *verdict {
			if !b.Observed || b.Expected != 0 || syncFailed(b) != nil {
				return nil
			}
			return &verdict{title: "Protects nothing"}
		},
	},
	{
		ID: "pdb-sync-failed", Title: "A disruption budget cannot be computed", Severity: Warning, Category: Fault,
		Condition: "Its condition has the reason SyncFailed.",
		Why:       "Evictions of its pods are refused until it can.",
		Fix:       "Describe it; often a pod has no controller with a scale.",
		budget: func(v *view, b *Budget) *verdict {
			k := syncFailed(b)
			if k == nil {
				return nil
			}
			return &verdict{since: k.Since, title: "Cannot be computed", says: k.Message, commands: []string{v.kubectl(b.Namespace, "describe", "pdb", b.Name)}}
		},
	},
}

func syncFailed(b *Budget) *Condition {
	for i := range b.Conditions {
		if b.Conditions[i].Reason == "SyncFailed" {
			return &b.Conditions[i]
		}
	}
	return nil
}

var quotaRules = []*Rule{{
	ID: "quota-near-limit", Title: "A quota is nearly used up", Severity: Warning, Category: Capacity,
	Condition: "Of a resource with a limit, 90 % or more is used. The cause is the first such resource.",
	Why:       "The next rollout may be refused: it needs room for old and new pods at once.",
	Fix:       "Raise the quota, or ask for less.",
	quota: func(v *view, q *Quota) *verdict {
		for i := range q.Items {
			if k := &q.Items[i]; k.Hard > 0 && k.Used/k.Hard >= v.limit.QuotaShare {
				return &verdict{cause: k.Resource, title: fmt.Sprintf("%s is %.0f %% used", k.Resource, 100*k.Used/k.Hard), commands: []string{v.kubectl(q.Namespace, "describe", "quota", q.Name)}}
			}
		}
		return nil
	},
}}

var claimRules = []*Rule{
	{
		ID: "pvc-pending", Title: "A volume is not provided", Severity: Error, Category: Fault,
		Condition: "A claim has been Pending for more than 5 min: an error when a pod uses it, else an info.",
		Why:       "Pods that use it cannot start.",
		Fix:       "Check the storage class and its provisioner; a class that waits for the first consumer is normal without a pod.",
		claim: func(v *view, n int) *verdict {
			k := &v.Claims[n]
			if k.Phase != "Pending" || v.age(k.Created) <= seconds(v.limit.StartGrace) {
				return nil
			}
			w := &verdict{severity: Info, since: k.Created, title: "Volume is not provided", text: "No pod uses it.", commands: []string{v.kubectl(k.Namespace, "describe", "pvc", k.Name)}}
			if pods := v.podsByClaim[n]; len(pods) > 0 {
				w.severity = Error
				w.text = fmt.Sprintf("Pod %s waits for it.", v.Pods[pods[0]].Name)
			}
			return w
		},
	},
	{
		ID: "pvc-lost", Title: "The volume of a claim is gone", Severity: Error, Category: Fault,
		Condition: "A claim is in the phase Lost.",
		Why:       "Its data cannot be reached.",
		Fix:       "Find the volume, or restore from a backup.",
		claim: func(v *view, n int) *verdict {
			k := &v.Claims[n]
			if k.Phase != "Lost" {
				return nil
			}
			return &verdict{title: "Its volume is gone", commands: []string{v.kubectl(k.Namespace, "describe", "pvc", k.Name)}}
		},
	},
}

// describeCustom returns how to look at a custom resource.
func describeCustom(v *view, k *Custom) []string {
	kind := k.Kind
	if k.Group != "" {
		kind += "." + k.Group
	}
	return []string{v.kubectl(k.Namespace, "describe", kind, k.Name)}
}

func (k *Custom) keda() bool { return k.Kind == "ScaledObject" && k.Group == "keda.sh" }

var customRules = []*Rule{
	{
		ID: "resource-stalled", Title: "A custom resource is stalled", Severity: Error, Category: Fault,
		Condition: "Its condition Stalled is True.",
		Why:       "Its controller has given up until something is changed.",
		Fix:       "Read the reason and the message.",
		custom: func(v *view, k *Custom) *verdict {
			s := condition(k.Conditions, "Stalled")
			if k.keda() || s == nil || s.Status != "True" {
				return nil
			}
			return &verdict{since: s.Since, title: fmt.Sprintf("%s is stalled", k.Kind), text: reasonText(s), says: s.Message, commands: describeCustom(v, k)}
		},
	},
	{
		ID: "resource-not-ready", Title: "A custom resource is not ready", Severity: Warning, Category: Fault,
		Condition: "Its condition Ready has been False for more than 5 min.",
		Why:       "What it stands for is not there.",
		Fix:       "Read the reason and the message.",
		custom: func(v *view, k *Custom) *verdict {
			r := condition(k.Conditions, "Ready")
			if k.keda() || r == nil || r.Status != "False" || v.age(r.Since) <= seconds(v.limit.StartGrace) || conditionIs(k.Conditions, "Stalled", "True") {
				return nil
			}
			return &verdict{since: r.Since, title: fmt.Sprintf("%s is not ready", k.Kind), text: reasonText(r), says: r.Message, commands: describeCustom(v, k)}
		},
	},
	{
		ID: "scaledobject-not-ready", Title: "A ScaledObject is not ready", Severity: Error, Category: Capacity,
		Condition: "KEDA says Ready=False.",
		Why:       "The workload is not scaled.",
		Fix:       "Describe it: a trigger or its authentication is wrong.",
		custom: func(v *view, k *Custom) *verdict {
			r := condition(k.Conditions, "Ready")
			if !k.keda() || r == nil || r.Status != "False" {
				return nil
			}
			return &verdict{since: r.Since, title: "ScaledObject is not ready", text: reasonText(r), says: r.Message, commands: describeCustom(v, k)}
		},
	},
	{
		ID: "scaledobject-fallback", Title: "A ScaledObject uses its fallback", Severity: Warning, Category: Capacity,
		Condition: "KEDA says Fallback=True.",
		Why:       "Its metric cannot be read; the size is the fallback's, whatever the load.",
		Fix:       "Describe it: the source of the metric does not answer.",
		custom: func(v *view, k *Custom) *verdict {
			r := condition(k.Conditions, "Fallback")
			if !k.keda() || r == nil || r.Status != "True" {
				return nil
			}
			return &verdict{since: r.Since, title: "ScaledObject uses its fallback", says: r.Message, commands: describeCustom(v, k)}
		},
	},
	{
		ID: "scaledobject-paused", Title: "A ScaledObject is paused", Severity: Info, Category: State,
		Condition: "KEDA says Paused=True.",
		Why:       "The workload is not scaled until somebody resumes it.",
		Fix:       "Nothing, if that is meant.",
		custom: func(v *view, k *Custom) *verdict {
			r := condition(k.Conditions, "Paused")
			if !k.keda() || r == nil || r.Status != "True" {
				return nil
			}
			return &verdict{since: r.Since, title: "ScaledObject is paused"}
		},
	},
}

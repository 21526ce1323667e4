package main

import (
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

type fields = map[string]any

// custom adds a custom resource.
func (c *cluster) custom(plural, apiVersion, kind string, meta metav1.ObjectMeta, spec, status fields) *unstructured.Unstructured {
	if meta.Generation == 0 {
		meta.Generation = 1
	}
	o := &unstructured.Unstructured{Object: fields{"apiVersion": apiVersion, "kind": kind, "metadata": c.plain(&meta), "spec": spec, "status": status}}
	c.add(plural, o)
	return o
}

// plain returns a struct of the API as maps and lists.
func (c *cluster) plain(v any) fields {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(v)
	if err != nil {
		c.err = errors.Join(c.err, err)
	}
	return m
}

func condition(typ, status, reason, message string, since time.Time) fields {
	return fields{"type": typ, "status": status, "reason": reason, "message": message, "lastTransitionTime": since.Format(time.RFC3339)}
}

// canaryRollout adds an Argo Rollout that waits at a step of its canary.
func (c *cluster) canaryRollout(a app, stable, next string, pods, canaries int, step, steps int, since time.Time) {
	meta := c.object("Rollout", a.ns, a.name, a.created, a.labels(next))
	meta.Annotations = map[string]string{"rollout.argoproj.io/revision": "14"}
	meta.Generation = 14
	template := c.plain(&corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: merge(a.selector(), map[string]string{"app.kubernetes.io/version": next})}, Spec: a.podSpec(next, c.name)})
	var list []any
	for i := range steps {
		if i%2 == 0 {
			list = append(list, fields{"setWeight": int64(100 * (i + 2) / (steps + 2))})
		} else {
			list = append(list, fields{"pause": fields{}})
		}
	}
	hash := word(9, a.name, next)
	r := c.custom("rollouts.argoproj.io", "argoproj.io/v1alpha1", "Rollout", meta,
		fields{"replicas": int64(pods), "selector": fields{"matchLabels": fields{"app.kubernetes.io/name": a.name}}, "template": template,
			"strategy": fields{"canary": fields{"steps": list}}},
		fields{"phase": "Paused", "message": "CanaryPauseStep", "observedGeneration": "14", "replicas": int64(pods), "updatedReplicas": int64(canaries),
			"readyReplicas": int64(pods), "availableReplicas": int64(pods), "currentStepIndex": int64(step), "currentPodHash": hash, "stableRS": word(9, a.name, stable),
			"pauseConditions": []any{fields{"reason": "CanaryPauseStep", "startTime": since.Format(time.RFC3339)}},
			"conditions": []any{
				condition("Available", "True", "AvailableReason", "Rollout has minimum availability", a.created.Add(time.Minute)),
				condition("Paused", "True", "RolloutPaused", "Rollout is paused", since),
			}})
	for i, v := range []string{next, stable} {
		n, born := canaries, since.Add(-2*time.Minute)
		if i == 1 {
			n, born = pods-canaries, since.AddDate(0, 0, -6)
		}
		hash := word(9, a.name, v)
		owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: a.name + "-" + hash, UID: uid(c.name, "ReplicaSet", a.ns, a.name+"-"+hash), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}
		var made []*corev1.Pod
		for k := range n {
			name := fmt.Sprintf("%s-%s-%s", a.name, hash, word(5, c.name, a.name, v, fmt.Sprint(k)))
			labels := merge(a.selector(), map[string]string{"app.kubernetes.io/version": v, "rollouts-pod-template-hash": hash})
			made = append(made, c.pod(a, v, name, labels, owner, born.Add(time.Duration(k)*5*time.Second), running))
		}
		c.replicaSet(a, controller("argoproj.io/v1alpha1", "Rollout", r), v, release{version: next, revision: 14, deployed: born, want: n}, i, made)
	}
}

// certificate adds a cert-manager Certificate whose renewal fails since then.
func (c *cluster) certificate(a app, host string, since time.Time) {
	c.custom("certificates.cert-manager.io", "cert-manager.io/v1", "Certificate", c.object("Certificate", a.ns, host, a.created, merge(a.selector(), map[string]string{"backstage.io/kubernetes-id": a.name})),
		fields{"dnsNames": []any{host}, "secretName": host + "-tls", "issuerRef": fields{"name": "public", "kind": "ClusterIssuer", "group": "cert-manager.io"}},
		fields{"notAfter": now.AddDate(0, 0, 6).Format(time.RFC3339), "failedIssuanceAttempts": int64(5),
			"conditions": []any{condition("Ready", "False", "Failed", "The certificate request has failed to complete and will be retried: order is in \"invalid\" state: CAA record forbids issuance", since)}})
}

// refusedRoute adds an HTTPRoute that its gateway does not accept.
func (c *cluster) refusedRoute(a app, host string, since time.Time) {
	parent := fields{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge", "namespace": "gateways"}
	accepted := condition("Accepted", "False", "NoMatchingListenerHostname", "no listener of the gateway has a matching host name", since)
	accepted["observedGeneration"] = int64(1)
	c.custom("httproutes.gateway.networking.k8s.io", "gateway.networking.k8s.io/v1", "HTTPRoute", c.object("HTTPRoute", a.ns, a.name, since, a.selector()),
		fields{"parentRefs": []any{parent}, "hostnames": []any{host}, "rules": []any{fields{
			"matches":     []any{fields{"path": fields{"type": "PathPrefix", "value": "/"}}},
			"backendRefs": []any{fields{"group": "", "kind": "Service", "name": a.name, "port": int64(80), "weight": int64(1)}}}}},
		fields{"parents": []any{fields{"parentRef": parent, "controllerName": "gateway.ondavia.example/edge", "conditions": []any{accepted}}}})
}

// fallback adds a KEDA ScaledObject that cannot read its queue and holds a
// fixed number of replicas instead.
func (c *cluster) fallback(a app, replicas int, since time.Time) {
	c.custom("scaledobjects.keda.sh", "keda.sh/v1alpha1", "ScaledObject", c.object("ScaledObject", a.ns, a.name, a.created, a.selector()),
		fields{"scaleTargetRef": fields{"name": a.name}, "minReplicaCount": int64(1), "maxReplicaCount": int64(10), "fallback": fields{"failureThreshold": int64(3), "replicas": int64(replicas)},
			"triggers": []any{fields{"type": "kafka", "metadata": fields{"topic": "podcasts.feeds.due", "lagThreshold": "500"}}}},
		fields{"conditions": []any{
			condition("Ready", "True", "ScaledObjectReady", "ScaledObject is defined correctly and is ready for scaling", a.created.Add(time.Minute)),
			condition("Active", "True", "ScalerActive", "Scaling is performed because triggers are active", since.AddDate(0, 0, -2)),
			condition("Fallback", "True", "FallbackExists", "At least one trigger is falling back on this scaled object", since),
			condition("Paused", "False", "ScaledObjectUnpaused", "pause annotation removed for ScaledObject", a.created.Add(time.Minute))}})
}

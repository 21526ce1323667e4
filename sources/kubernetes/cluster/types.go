package cluster

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// scheme knows the types that are read, and no others.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	metav1.AddToGroupVersion(s, schema.GroupVersion{Version: "v1"})
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, autoscalingv1.AddToScheme, autoscalingv2.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme, metricsv1beta1.AddToScheme,
	} {
		utilruntime.Must(add(s))
	}
	return s
}()

var (
	codecs     = serializer.NewCodecFactory(scheme)
	parameters = runtime.NewParameterCodec(scheme)
)

// A listType is one type to list. Of versions the first one that the API server
// offers is taken.
type listType struct {
	group    string
	resource string // plural
	versions []version
	form     form
	metrics  bool // of metrics.k8s.io: may be absent or down without a word
	custom   bool // absent in most clusters
}

type version struct {
	name string
	list func() runtime.Object // nil for forms other than typed
}

// A form is how objects are asked for.
type form int

const (
	typed        form = iota // protobuf
	metadataOnly             // protobuf, without spec and status
	dynamicForm              // JSON: custom resources have no protobuf
)

// listTypes are those of section 6.1 of the status specification.
// ReplicaSets are needed only as the link between pods and Deployments.
var listTypes = []listType{
	{resource: "pods", versions: []version{{"v1", func() runtime.Object { return &corev1.PodList{} }}}},
	{resource: "services", versions: []version{{"v1", func() runtime.Object { return &corev1.ServiceList{} }}}},
	{resource: "persistentvolumeclaims", versions: []version{{"v1", func() runtime.Object { return &corev1.PersistentVolumeClaimList{} }}}},
	{resource: "resourcequotas", versions: []version{{"v1", func() runtime.Object { return &corev1.ResourceQuotaList{} }}}},
	{group: "apps", resource: "deployments", versions: []version{{"v1", func() runtime.Object { return &appsv1.DeploymentList{} }}}},
	{group: "apps", resource: "statefulsets", versions: []version{{"v1", func() runtime.Object { return &appsv1.StatefulSetList{} }}}},
	{group: "apps", resource: "daemonsets", versions: []version{{"v1", func() runtime.Object { return &appsv1.DaemonSetList{} }}}},
	{group: "apps", resource: "replicasets", versions: []version{{name: "v1"}}, form: metadataOnly},
	{group: "batch", resource: "jobs", versions: []version{{"v1", func() runtime.Object { return &batchv1.JobList{} }}}},
	{group: "batch", resource: "cronjobs", versions: []version{{"v1", func() runtime.Object { return &batchv1.CronJobList{} }}}},
	{group: "autoscaling", resource: "horizontalpodautoscalers", versions: []version{
		{"v2", func() runtime.Object { return &autoscalingv2.HorizontalPodAutoscalerList{} }},
		{"v1", func() runtime.Object { return &autoscalingv1.HorizontalPodAutoscalerList{} }},
	}},
	{group: "networking.k8s.io", resource: "ingresses", versions: []version{{"v1", func() runtime.Object { return &networkingv1.IngressList{} }}}},
	{group: "policy", resource: "poddisruptionbudgets", versions: []version{{"v1", func() runtime.Object { return &policyv1.PodDisruptionBudgetList{} }}}},
	{group: "metrics.k8s.io", resource: "pods", metrics: true, versions: []version{{"v1beta1", func() runtime.Object { return &metricsv1beta1.PodMetricsList{} }}}},
	{group: "argoproj.io", resource: "rollouts", versions: []version{{name: "v1alpha1"}}, form: dynamicForm, custom: true},
	{group: "keda.sh", resource: "scaledobjects", versions: []version{{name: "v1alpha1"}}, form: dynamicForm, custom: true},
	{group: "gateway.networking.k8s.io", resource: "httproutes", versions: []version{{name: "v1"}, {name: "v1beta1"}}, form: dynamicForm, custom: true},
	{group: "cert-manager.io", resource: "certificates", versions: []version{{name: "v1"}}, form: dynamicForm, custom: true},
}

// name is what coverage calls the type: "pods", "pods.metrics.k8s.io".
func (t listType) name() string {
	if t.metrics || t.custom {
		return t.resource + "." + t.group
	}
	return t.resource
}

// rule is the permission that listing the type needs.
func (t listType) rule() string {
	return fmt.Sprintf(`- {apiGroups: [%q], resources: [%s], verbs: [list]}`, t.group, t.resource)
}

// A page is one answer to a list request. each must be called once: it gives
// back what the page holds of the machine.
type page struct {
	each func(func(runtime.Object) error) error
	next string // token of the page after it; empty: this was the last
}

// A pager asks for one page. namespace is empty for all.
type pager func(ctx context.Context, namespace string, opt metav1.ListOptions) (page, error)

// pager returns the way to list version v of type t.
func (c *connection) pager(t listType, v version) (pager, error) {
	gvr := schema.GroupVersionResource{Group: t.group, Version: v.name, Resource: t.resource}
	switch t.form {
	case metadataOnly:
		return func(ctx context.Context, namespace string, opt metav1.ListOptions) (page, error) {
			list, err := c.metadata.Resource(gvr).Namespace(namespace).List(ctx, opt)
			if err != nil {
				return page{}, err
			}
			return page{func(f func(runtime.Object) error) error {
				for i := range list.Items {
					// Items of a metadata list carry no kind of their own.
					list.Items[i].SetGroupVersionKind(schema.GroupVersionKind{Group: t.group, Version: v.name, Kind: "ReplicaSet"})
					if err := f(&list.Items[i]); err != nil {
						return err
					}
				}
				return nil
			}, list.Continue}, nil
		}, nil
	case dynamicForm:
		return func(ctx context.Context, namespace string, opt metav1.ListOptions) (page, error) {
			list, err := c.dynamic.Resource(gvr).Namespace(namespace).List(ctx, opt)
			if err != nil {
				return page{}, err
			}
			return page{list.EachListItem, list.GetContinue()}, nil
		}, nil
	}
	client, err := c.typedClient(t.group, v.name)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, namespace string, opt metav1.ListOptions) (page, error) {
		body, err := client.Get().SetHeader("Accept-Encoding", "gzip").NamespaceIfScoped(namespace, namespace != "").
			Resource(t.resource).VersionedParams(&opt, parameters).Stream(ctx)
		if err != nil {
			return page{}, err
		}
		packed, err := receive(body)
		if err != nil {
			return page{}, err
		}
		// Unpacking and decoding take turns: what is waited for may be many
		// pages, but only as many as there are processors are large at a time.
		decoding <- struct{}{}
		release := func() { <-decoding }
		list := v.list()
		if err := decode(packed, list); err != nil {
			release()
			return page{}, fmt.Errorf("decode %s: %w", t.resource, err)
		}
		acc, err := meta.ListAccessor(list)
		if err != nil {
			release()
			return page{}, err
		}
		each := func(f func(runtime.Object) error) error {
			defer release()
			return meta.EachListItem(list, f)
		}
		return page{each, acc.GetContinue()}, nil
	}, nil
}

// typedClient returns a client that asks for protobuf.
func (c *connection) typedClient(group, version string) (*rest.RESTClient, error) {
	rc := rest.CopyConfig(c.rest)
	rc.GroupVersion = &schema.GroupVersion{Group: group, Version: version}
	rc.APIPath = "/apis"
	if group == "" {
		rc.APIPath = "/api"
	}
	rc.NegotiatedSerializer = codecs.WithoutConversion()
	rc.ContentType = runtime.ContentTypeProtobuf
	rc.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return rest.RESTClientForConfigAndClient(rc, c.http)
}

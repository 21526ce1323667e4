package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/portolan-dev/portolan/sources/kubernetes"
)

// The states of coverage, as kubernetes.Coverage names them.
const (
	stateOK        = "ok"
	statePartial   = "partial"
	stateForbidden = "forbidden"
	stateAbsent    = "absent"
	stateError     = "error"
)

type reader struct {
	cfg       Config
	conn      *connection
	collector *kubernetes.Collector
	served    map[string]bool // "apps/v1/deployments"; nil when discovery is not allowed
}

// An outcome is what listing one type came to.
type outcome struct {
	coverage kubernetes.Coverage
	err      error
}

// discover asks for the version and for the types that the API server offers.
func (r *reader) discover(ctx context.Context) error {
	v, err := r.conn.discovery.ServerVersionWithContext(ctx)
	switch {
	case err == nil:
		r.collector.SetVersion(v.GitVersion)
	case isForbidden(err):
	default:
		return err
	}
	// A group whose own server is down fails alone: what is known is used.
	_, lists, err := r.conn.discovery.ServerGroupsAndResourcesWithContext(ctx)
	if err != nil && len(lists) == 0 {
		if isForbidden(err) {
			return nil // every type is tried then
		}
		return err
	}
	r.served = map[string]bool{}
	for _, l := range lists {
		for _, res := range l.APIResources {
			if !strings.Contains(res.Name, "/") {
				r.served[l.GroupVersion+"/"+res.Name] = true
			}
		}
	}
	return nil
}

// types returns what is to be listed.
func (r *reader) types() []listType {
	return slices.DeleteFunc(slices.Clone(listTypes), func(t listType) bool { return t.metrics && r.cfg.NoMetrics })
}

// offered returns the best version of t that the API server offers.
func (r *reader) offered(t listType) (version, bool) {
	if r.served == nil {
		return t.versions[0], !t.custom && !t.metrics
	}
	for _, v := range t.versions {
		gv := v.name
		if t.group != "" {
			gv = t.group + "/" + v.name
		}
		if r.served[gv+"/"+t.resource] {
			return v, true
		}
	}
	return version{}, false
}

// list reads one type into the collector.
func (r *reader) list(ctx context.Context, t listType) outcome {
	cov := kubernetes.Coverage{Type: t.name(), State: stateOK, Scope: "cluster"}
	v, ok := r.offered(t)
	if !ok {
		cov.State = stateAbsent
		return outcome{coverage: cov}
	}
	next, err := r.conn.pager(t, v)
	if err != nil {
		return failed(ctx, cov, t, err)
	}
	namespaces := r.namespaces()
	if len(namespaces) == 0 {
		err := r.pages(ctx, next, "", &cov)
		if err != nil {
			return failed(ctx, cov, t, err)
		}
		return outcome{coverage: cov}
	}
	cov.Scope = "namespaces"
	var last error
	for _, ns := range namespaces {
		switch err := r.pages(ctx, next, ns, &cov); {
		case err == nil:
		case isForbidden(err):
			cov.DeniedNamespaces = append(cov.DeniedNamespaces, ns)
			last = err
		default:
			return failed(ctx, cov, t, fmt.Errorf("namespace %s: %w", ns, err))
		}
	}
	switch len(cov.DeniedNamespaces) {
	case 0:
		return outcome{coverage: cov}
	case len(namespaces):
		return failed(ctx, cov, t, last)
	default:
		cov.State, cov.Rule = statePartial, t.rule()
		cov.Reason = "no permission in some namespaces"
		return outcome{coverage: cov}
	}
}

// namespaces returns those that the configuration names one by one: listing
// them needs no permission for the whole cluster. Patterns do.
func (r *reader) namespaces() []string {
	if slices.ContainsFunc(r.cfg.Info.Include, func(p string) bool { return strings.Contains(p, "*") }) {
		return nil
	}
	return r.cfg.Info.Include
}

// failed is the outcome of a type that could not be listed.
func failed(ctx context.Context, cov kubernetes.Coverage, t listType, err error) outcome {
	switch {
	case isForbidden(err):
		cov.State, cov.Reason, cov.Rule = stateForbidden, "no permission", t.rule()
	case apierrors.IsNotFound(err), t.metrics:
		// Metrics that are down are no fault of any service.
		cov.State, cov.Reason = stateAbsent, ""
	default:
		cov.State, cov.Reason = stateError, explain(ctx, err).Error()
	}
	return outcome{cov, err}
}

// pages lists all pages of one type in one namespace (or all). A list that
// grew too old on the way (410) goes on with the token that the answer offers.
func (r *reader) pages(ctx context.Context, next pager, namespace string, cov *kubernetes.Coverage) error {
	opt := metav1.ListOptions{Limit: r.cfg.PageSize}
	seen := map[string]bool{}
	for {
		p, err := r.retry(ctx, func() (page, error) { return next(ctx, namespace, opt) })
		if token := expired(err); token != "" && !seen[token] {
			seen[token] = true
			opt.Continue = token
			cov.Reason = "changed while it was read"
			continue
		}
		if err != nil {
			return err
		}
		cov.Pages++
		err = p.each(func(obj runtime.Object) error {
			r.collector.Add(obj)
			cov.Count++
			return nil
		})
		if err != nil {
			return err
		}
		if p.next == "" {
			return nil
		}
		if seen[p.next] {
			return errors.New("the API server gives the same page again and again")
		}
		seen[p.next] = true
		opt.Continue = p.next
	}
}

// expired returns the token with which an expired list can go on, or "".
func expired(err error) string {
	var status apierrors.APIStatus
	if err == nil || !apierrors.IsResourceExpired(err) || !errors.As(err, &status) {
		return ""
	}
	return status.Status().Continue
}

// retry tries three times what may go well the next time.
func (r *reader) retry(ctx context.Context, f func() (page, error)) (page, error) {
	for attempt := 1; ; attempt++ {
		p, err := f()
		if err == nil || attempt == 3 || !passing(err) {
			return p, err
		}
		// Jitter keeps fourteen clusters' readers from coming back together; it
		// decides nothing about the result.
		wait := time.Duration(attempt)*500*time.Millisecond + rand.N(250*time.Millisecond)
		select {
		case <-ctx.Done():
			return p, err
		case <-time.After(wait):
		}
	}
}

// passing tells whether an error may be gone at the next try. What the API
// server wants to be retried later (429, Retry-After) the client has already
// waited for.
func passing(err error) bool {
	return apierrors.IsTooManyRequests(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) ||
		apierrors.IsInternalError(err) || apierrors.IsServiceUnavailable(err) || isConnection(err)
}

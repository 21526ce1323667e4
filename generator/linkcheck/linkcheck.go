// Package linkcheck asks other sites whether the pages that docs link to are
// still there: politely, seldom, and never inside of the own network.
//
// Answers are kept, because most links of most docs are the same as yesterday:
// good ones for Options.MaxAge, bad ones for a tenth of it, so that a mended page
// is seen soon. Each host is asked one thing at a time with a pause in between,
// and not at all any more once it says that it is too much.
package linkcheck

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/portolan-dev/portolan/generator/cache"
	"github.com/portolan-dev/portolan/sources/repos"
)

// Options say how links are checked. Client, Now and Wait have no default.
type Options struct {
	// Client sends the requests; repos.NewClient makes one that does not
	// reach inner networks.
	Client *http.Client

	// Now is the time that ages of answers are reckoned from.
	Now time.Time

	// Wait returns after a time, or earlier with the error of the context.
	Wait func(ctx context.Context, d time.Duration) error

	// Cache is the file of answers; empty: none are kept.
	Cache string

	MaxAge   time.Duration // of good answers; the default is a week
	Pause    time.Duration // between two requests to one host; the default is half a second
	Timeout  time.Duration // of one request; the default is 15 seconds
	Parallel int           // hosts that are asked at once; the default is 16

	// Inner are hosts that are asked although their names are those of inner
	// or reserved ones.
	Inner []string
}

// A Result is what a site said about an address.
type Result struct {
	Status int    // of HTTP; 0: no answer
	Reason string // in words, where it is not good
	Gone   bool   // nobody finds a page there; without it the reason may pass
	At     time.Time
}

// Good tells whether there is a page, as far as could be found out.
func (r Result) Good() bool { return r.Reason == "" }

// resultVersion is part of every key: raise it when Result changes its meaning.
const resultVersion = 1

// Check asks for each address and returns the answers by address. Addresses that
// cannot or must not be asked are not in it: other schemes, names that are
// reserved for examples, hosts of inner networks, IP addresses. An error means
// that the context ended.
func Check(ctx context.Context, addresses []string, opt Options) (map[string]Result, error) {
	opt = opt.withDefaults()
	pack := cache.Open[Result](opt.Cache)
	keyOf := func(page string) cache.Key {
		return cache.NewKey("link", resultVersion).Add([]byte(page)).Sum()
	}
	pages := map[string]string{} // by address: without fragment
	byHost := map[string][]string{}
	known := map[string]Result{}
	for _, a := range addresses {
		page, host, ok := opt.page(a)
		if !ok {
			continue
		}
		pages[a] = page
		if _, seen := known[page]; seen {
			continue
		}
		r, ok := pack.Get(keyOf(page))
		age := opt.Now.Sub(r.At)
		if ok && age >= 0 && (r.Good() && age < opt.MaxAge || !r.Good() && age < opt.MaxAge/10) {
			known[page] = r
			continue
		}
		known[page] = Result{}
		byHost[host] = append(byHost[host], page)
	}
	var mu sync.Mutex
	var asked []string // pages with an answer to keep
	reached := false   // any site answered
	var wait sync.WaitGroup
	slots := make(chan struct{}, opt.Parallel)
	hosts := make([]string, 0, len(byHost))
	for h := range byHost {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	for _, h := range hosts {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			opt.host(ctx, byHost[h], func(page string, r Result, keep bool) {
				mu.Lock()
				defer mu.Unlock()
				known[page] = r
				if keep {
					asked = append(asked, page)
				}
				reached = reached || r.Status != 0
			})
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("check links: %w", err)
	}
	for _, page := range asked {
		if reached {
			pack.Put(keyOf(page), known[page])
		} else {
			// Hosts do not all vanish in one day: it is this machine that has no network.
			known[page] = Result{Reason: "no site can be reached from here", At: opt.Now}
		}
	}
	if err := pack.Save(); err != nil {
		return nil, fmt.Errorf("keep the answers of links: %w", err)
	}
	out := make(map[string]Result, len(pages))
	for a, page := range pages {
		out[a] = known[page]
	}
	return out, nil
}

func (o Options) withDefaults() Options {
	if o.MaxAge == 0 {
		o.MaxAge = 7 * 24 * time.Hour
	}
	if o.Pause == 0 {
		o.Pause = 500 * time.Millisecond
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Parallel < 1 {
		o.Parallel = 16
	}
	return o
}

// reserved are names that lead nowhere by definition, or only inside.
// Source: RFC 2606, RFC 6761, RFC 6762, RFC 8375; Kubernetes' service names.
var reserved = []string{"example.com", "example.org", "example.net", "example", "test", "invalid", "localhost", "local", "internal", "lan", "home.arpa", "svc", "cluster.local"}

// page returns the address without its fragment, and its host; false for those
// that are not asked.
func (o Options) page(address string) (page, host string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", "", false
	}
	u.Fragment, u.RawFragment = "", ""
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	host = strings.ToLower(u.Host)
	if slices.Contains(o.Inner, host) || slices.Contains(o.Inner, name) {
		return u.String(), host, true
	}
	if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") {
		return "", "", false
	}
	for _, r := range reserved {
		if name == r || strings.HasSuffix(name, "."+r) {
			return "", "", false
		}
	}
	if strings.ContainsAny(u.String(), "{}<>$ ") { // a pattern, not an address
		return "", "", false
	}
	return u.String(), host, true
}

// host asks one host for its pages, one after another.
func (o Options) host(ctx context.Context, pages []string, done func(page string, r Result, keep bool)) {
	stopped := ""
	asked := false
	ask := func(method, page string) (Result, bool) {
		if asked && o.Wait(ctx, o.Pause) != nil {
			return Result{}, false
		}
		asked = true
		return o.ask(ctx, method, page), ctx.Err() == nil
	}
	for _, page := range pages {
		if stopped != "" {
			done(page, Result{Reason: stopped, At: o.Now}, false)
			continue
		}
		r, ok := ask(http.MethodHead, page)
		// Many sites know only GET, or answer HEAD as they like.
		if ok && !r.Good() && r.Status != 0 && r.Status != http.StatusTooManyRequests {
			r, ok = ask(http.MethodGet, page)
		}
		if !ok {
			return
		}
		if r.Status == http.StatusTooManyRequests {
			stopped = "its site asked not to be asked any more for now"
			done(page, Result{Status: r.Status, Reason: stopped, At: o.Now}, false)
			continue
		}
		done(page, r, true)
	}
}

// ask sends one request.
func (o Options) ask(ctx context.Context, method, page string) Result {
	r := Result{At: o.Now}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, page, nil)
	if err != nil {
		r.Reason, r.Gone = "it is no address", true
		return r
	}
	req.Header.Set("User-Agent", "portolan-linkcheck (+https://github.com/portolan-dev/portolan)")
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	resp, err := o.Client.Do(req)
	if err != nil {
		r.Reason, r.Gone = reason(err)
		return r
	}
	_ = resp.Body.Close() // nothing of it is read
	r.Status = resp.StatusCode
	switch {
	case r.Status < 400, r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden, r.Status == http.StatusMethodNotAllowed && method == http.MethodGet,
		r.Status == http.StatusProxyAuthRequired, r.Status == 999: // there is a page, though not for us
	case r.Status == http.StatusNotFound, r.Status == http.StatusGone:
		r.Reason, r.Gone = answer(r.Status), true
	default:
		r.Reason = answer(r.Status)
	}
	return r
}

func answer(status int) string {
	return strings.TrimSpace("its site answers " + strconv.Itoa(status) + " " + http.StatusText(status))
}

// reason says in words why there was no answer, and whether that will stay so.
func reason(err error) (string, bool) {
	var noHost *repos.NoHostError
	var timeout net.Error
	var u *url.Error
	switch {
	case errors.As(err, &noHost):
		return noHost.Error(), true
	case errors.As(err, &timeout) && timeout.Timeout():
		return "its site does not answer in time", false
	case errors.As(err, &u):
		return u.Err.Error(), false
	}
	return err.Error(), false
}

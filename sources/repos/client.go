package repos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// NewClient returns an HTTP client for requests to hosts outside. Every
// address is checked before it is dialled, also after a redirect, and what was
// checked is what is dialled. Hosts that the operator wrote himself may lie in
// inner networks; all others may not. Redirects never lead from https to http,
// and a token never follows one to another host.
func NewClient(byOperator ...string) *http.Client {
	own := map[string]bool{}
	for _, h := range byOperator {
		own[strings.ToLower(h)] = true
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			if err := checkName(host); err != nil {
				return nil, err
			}
			// A proxy is the operator's own, and looks up names itself.
			ips, err := lookup(ctx, host, own[strings.ToLower(host)] || proxied())
			if err != nil {
				return nil, err
			}
			var errs []error
			for _, ip := range ips {
				c, err := dialer.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
				if err == nil {
					return c, nil
				}
				errs = append(errs, err)
			}
			return nil, errors.Join(errs...)
		},
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second, MaxResponseHeaderBytes: 1 << 20,
	}
	return &http.Client{Transport: t, Timeout: 60 * time.Second, CheckRedirect: checkRedirect}
}

// maxRedirects is how many redirects one request may follow.
const maxRedirects = 5

func checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case req.URL.Scheme != "https" && (req.URL.Scheme != "http" || via[0].URL.Scheme == "https"):
		return fmt.Errorf("a redirect leads to an address of the kind %q", req.URL.Scheme)
	}
	if !strings.EqualFold(req.URL.Host, via[0].URL.Host) {
		req.Header.Del("Authorization")
		req.Header.Del("Private-Token")
		req.Header.Del("Cookie")
	}
	return nil
}

// moved asks where a repo is now, after git was refused with a redirect. Only
// another path on the same host is followed: a renamed or transferred repo.
func moved(ctx context.Context, a address) (string, error) {
	client := NewClient(a.host)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	at := a.url
	for range maxRedirects {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(at, "/")+"/info/refs?service=git-upload-pack", nil)
		if err != nil {
			return "", err
		}
		req.Header.Set("User-Agent", "git/2.0 (portolan)")
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		_ = resp.Body.Close()
		if resp.StatusCode < 300 || resp.StatusCode > 399 {
			return at, nil
		}
		to, err := resp.Location()
		if err != nil {
			return "", errors.New("a redirect leads nowhere")
		}
		from, err := url.Parse(at)
		if err != nil {
			return "", err
		}
		if !strings.EqualFold(to.Host, from.Host) || to.Scheme != from.Scheme {
			return "", fmt.Errorf("it has moved to %s; write its new address", plain(to.Scheme+"://"+to.Host+to.Path))
		}
		to.RawQuery, to.Fragment = "", ""
		at = strings.TrimSuffix(to.String(), "/info/refs")
	}
	return "", fmt.Errorf("more than %d redirects", maxRedirects)
}

// answersAsGit tells whether a host speaks git at an address. git itself takes
// any page, such as one for signing in, for an empty repo.
func answersAsGit(ctx context.Context, a address, at string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(at, "/")+"/info/refs?service=git-upload-pack", nil)
	if err != nil {
		return false
	}
	req.Header.Set("User-Agent", "git/2.0 (portolan)")
	if a.token != "" && req.URL.Scheme == "https" {
		req.SetBasicAuth(cmp.Or(a.user, defaultUser), string(a.token))
	}
	resp, err := NewClient(a.host).Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/x-git-upload-pack-advertisement")
}

// defaultUser is the name that goes with a token where no other is given.
const defaultUser = "x-access-token"

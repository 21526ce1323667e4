package repos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"time"
)

// polite asks a host's API for as little as possible: an answer that was given
// before is asked for with its tag, which costs nothing of the budget if
// nothing changed, and a host that says "later" is asked again later.
type polite struct {
	next  http.RoundTripper
	dir   string // of the answers; empty keeps none
	token Secret
	log   func(string, ...any)
	wait  func(context.Context, time.Duration) error
}

// Bounds of politeness.
const (
	maxAnswer  = 10 << 20
	maxWait    = 90 * time.Second // a longer wait is left to the next build
	maxRetries = 3
)

// An answer is a response as it is kept.
type answer struct {
	URL    string      `json:"url"`
	Tag    string      `json:"tag"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// RoundTrip implements http.RoundTripper.
func (p *polite) RoundTrip(req *http.Request) (*http.Response, error) {
	file := ""
	var had answer
	if req.Method == http.MethodGet && p.dir != "" {
		sum := sha256.Sum256([]byte(req.URL.String() + "\x00" + req.Header.Get("Accept") + "\x00" + string(p.token)))
		file = filepath.Join(p.dir, hex.EncodeToString(sum[:16])+".json")
		had = loadAnswer(file, req.URL.String())
		if had.Tag != "" {
			req = req.Clone(req.Context())
			req.Header.Set("If-None-Match", had.Tag)
		}
	}
	for try := 0; ; try++ {
		resp, err := p.next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		p.budget(req, resp)
		if resp.StatusCode == http.StatusNotModified && had.Tag != "" {
			_ = resp.Body.Close()
			header := had.Header.Clone()
			for _, h := range budgetHeaders {
				if v := resp.Header.Values(h); len(v) > 0 {
					header[h] = v
				}
			}
			return &http.Response{
				Status: "200 OK", StatusCode: http.StatusOK, Proto: resp.Proto, ProtoMajor: resp.ProtoMajor, ProtoMinor: resp.ProtoMinor,
				Header: header, Body: io.NopCloser(bytes.NewReader(had.Body)), ContentLength: int64(len(had.Body)), Request: req,
			}, nil
		}
		if d, later := retryAfter(resp); later && try < maxRetries && d <= maxWait {
			_ = resp.Body.Close()
			p.log("%s asks to wait %v", req.URL.Host, d)
			if err := p.wait(req.Context(), d); err != nil {
				return nil, err
			}
			continue
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if len(body) > maxAnswer {
			return nil, fmt.Errorf("the answer of %s is larger than %d MB", req.URL.Host, maxAnswer>>20)
		}
		if tag := resp.Header.Get("ETag"); tag != "" && resp.StatusCode == http.StatusOK && file != "" {
			saveAnswer(file, answer{URL: req.URL.String(), Tag: tag, Header: resp.Header, Body: body})
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, nil
	}
}

// budgetHeaders are where hosts write how many requests are left.
var budgetHeaders = []string{
	"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "X-Ratelimit-Used", "X-Ratelimit-Resource",
	"Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset", "Date",
}

// budget says how much is left when it becomes little.
func (p *polite) budget(req *http.Request, resp *http.Response) {
	left, ok := number(resp, "X-Ratelimit-Remaining", "Ratelimit-Remaining")
	limit, _ := number(resp, "X-Ratelimit-Limit", "Ratelimit-Limit")
	if ok && (left*10 < limit || left == 0) {
		p.log("%s: %d of %d requests are left", req.URL.Host, left, limit)
	}
}

func number(resp *http.Response, names ...string) (int64, bool) {
	for _, n := range names {
		if v, err := strconv.ParseInt(resp.Header.Get(n), 10, 64); err == nil {
			return v, true
		}
	}
	return 0, false
}

// retryAfter tells whether a host asks to come again later, and in how long.
// Source: RFC 9110, Retry-After; GitHub and GitLab, rate limits of the REST API.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	left, counted := number(resp, "X-Ratelimit-Remaining", "Ratelimit-Remaining")
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusServiceUnavailable:
	case resp.StatusCode == http.StatusForbidden && (resp.Header.Get("Retry-After") != "" || counted && left == 0):
	default:
		return 0, false
	}
	// The host's own clock counts, so that ours may be wrong.
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if v := resp.Header.Get("Retry-After"); v != "" {
		if s, err := strconv.ParseInt(v, 10, 32); err == nil {
			return max(0, time.Duration(s)*time.Second), true
		}
		if at, terr := http.ParseTime(v); terr == nil && err == nil {
			return max(0, at.Sub(now)), true
		}
	}
	if reset, ok := number(resp, "X-Ratelimit-Reset", "Ratelimit-Reset"); ok && err == nil && counted && left == 0 {
		return max(0, time.Unix(reset, 0).Sub(now)+time.Second), true
	}
	return 5 * time.Second, true
}

func loadAnswer(file, address string) answer {
	var a answer
	if !readSealed(file, &a) || a.URL != address {
		return answer{}
	}
	return a
}

// saveAnswer keeps an answer; without it the next build asks for all of it.
func saveAnswer(file string, a answer) {
	for _, h := range []string{"Set-Cookie", "Authorization"} {
		a.Header.Del(h)
	}
	_ = writeSealed(file, a)
}

package repos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// An address is where a repo is fetched from.
type address struct {
	scheme string // "https", "http", "ssh" or "file"
	host   string // without port, lower case; empty for file
	port   string
	url    string // as given to git, without user names or tokens; a path for file
	show   string // as people see it
	path   string // of the repo on its host, without ".git"

	user  string
	token Secret
}

// parseAddress reads the address of a spec. Only what is listed at Spec.Git is
// an address; in particular there are no transport helpers and no options.
func parseAddress(s Spec, opt Options) (address, error) {
	raw := s.Git
	if strings.IndexFunc(raw, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }) >= 0 || strings.TrimSpace(raw) == "" {
		return address{}, errors.New("the address is empty or holds spaces or control characters")
	}
	if len(raw) > 2048 || strings.HasPrefix(raw, "-") || strings.Contains(raw, "::") && !strings.Contains(raw, "[") {
		return address{}, errors.New("this is not the address of a repo")
	}
	if !strings.Contains(raw, "://") {
		host, p, ok := strings.Cut(raw, ":")
		if !ok || strings.ContainsAny(host, `/\`) || filepath.VolumeName(raw) != "" {
			return localAddress(raw, opt)
		}
		raw = "ssh://" + host + "/" + strings.TrimPrefix(p, "/")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return address{}, errors.New("the address cannot be read")
	}
	switch u.Scheme {
	case "file":
		if u.Host != "" && u.Host != "localhost" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return address{}, errors.New("a file address names a path only, such as file:///srv/git/api.git")
		}
		return localAddress(u.Path, opt)
	case "https", "http":
	case "ssh":
		if !opt.SSH {
			return address{}, errors.New("addresses reached by ssh are not switched on; use https with a token, or allow ssh in the configuration")
		}
	default:
		return address{}, fmt.Errorf("addresses of the kind %q are not read; use https", u.Scheme)
	}
	a := address{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port(), user: s.User, token: s.Token}
	if err := checkName(a.host); err != nil {
		return address{}, err
	}
	if u.Port() != "" {
		if n, err := strconv.Atoi(u.Port()); err != nil || n < 1 || n > 65535 {
			return address{}, fmt.Errorf("there is no port %s", u.Port())
		}
	}
	if u.RawQuery != "" || u.Fragment != "" || u.Path == "" || u.Path == "/" {
		return address{}, errors.New("the address names no repo, or has a query or fragment")
	}
	if u.User != nil {
		if strings.HasPrefix(u.User.Username(), "-") {
			return address{}, errors.New("this is not the address of a repo")
		}
		if pw, ok := u.User.Password(); ok && a.scheme != "ssh" {
			a.user, a.token = u.User.Username(), Secret(pw)
		} else if a.scheme == "ssh" {
			a.user = u.User.Username()
		}
	}
	clean := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if a.scheme == "ssh" && a.user != "" {
		clean.User = url.User(a.user)
	}
	a.url, a.show = clean.String(), clean.String()
	a.path = strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	return a, nil
}

func localAddress(p string, opt Options) (address, error) {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return address{}, errors.New("the home folder is not known")
		}
		p = filepath.Join(home, rest)
	}
	abs := p
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(opt.Base, filepath.FromSlash(p))
	}
	abs, err := filepath.Abs(abs)
	if err != nil {
		return address{}, err
	}
	return address{scheme: "file", url: abs, show: p, path: strings.TrimSuffix(filepath.ToSlash(abs), ".git")}, nil
}

// checkName refuses host names that are numbers in disguise, or written with
// letters that look like others. Source: the URL standard, host parsing.
func checkName(host string) error {
	if host == "" {
		return errors.New("the address names no host")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	for _, r := range host {
		if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '_') {
			return fmt.Errorf("%q is not the name of a host", host)
		}
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	if last == "" || strings.HasPrefix(host, "-") || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return fmt.Errorf("%q is not the name of a host", host)
	}
	return nil
}

// never are networks that no request goes to, whoever asked: the addresses at
// which clouds hand out credentials, and those that mean no single machine.
var never = prefixes("0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "fe80::/10", "ff00::/8", "fd00:ec2::/32", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")

// inner are networks inside of a company or machine. They are reached only
// when the operator wrote the host himself.
var inner = prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "::1/128", "fc00::/7")

// cloud are names of the machines that hand out credentials.
var cloud = []string{"metadata.google.internal", "metadata.goog", "metadata", "instance-data", "instance-data.ec2.internal"}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// CheckAddr returns an error for an IP address that no request may go to.
// Addresses of inner networks are allowed where the operator wrote the host.
func CheckAddr(ip netip.Addr, byOperator bool) error {
	ip = ip.Unmap().WithZone("")
	for _, p := range never {
		if p.Contains(ip) {
			return fmt.Errorf("%s is an address that is never contacted", ip)
		}
	}
	if byOperator {
		return nil
	}
	for _, p := range inner {
		if p.Contains(ip) {
			return fmt.Errorf("%s is an address of an inner network", ip)
		}
	}
	return nil
}

// A NoHostError says that no host has that name.
type NoHostError struct{ Host string }

func (e *NoHostError) Error() string { return "the host " + e.Host + " does not exist" }

// lookup resolves a host and checks every address. The result is what may be
// dialled, so that a name cannot change its meaning in between.
func lookup(ctx context.Context, host string, byOperator bool) ([]netip.Addr, error) {
	bare := strings.TrimSuffix(strings.ToLower(host), ".")
	for _, c := range cloud {
		if bare == c {
			return nil, fmt.Errorf("%s is a host that is never contacted", host)
		}
	}
	if !byOperator && (bare == "localhost" || strings.HasSuffix(bare, ".localhost") || strings.HasSuffix(bare, ".svc") || strings.HasSuffix(bare, ".local") || strings.HasSuffix(bare, ".internal")) {
		return nil, fmt.Errorf("%s is a host of an inner network", host)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, CheckAddr(ip, byOperator)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var de *net.DNSError
		if errors.As(err, &de) && de.IsNotFound {
			return nil, &NoHostError{host}
		}
		return nil, fmt.Errorf("the host %s cannot be looked up", host)
	}
	for _, ip := range ips {
		if err := CheckAddr(ip, byOperator); err != nil {
			return nil, fmt.Errorf("%s: %w", host, err)
		}
	}
	return ips, nil
}

package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"regexp"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// explain says in words why a cluster could not be read. Its text is shown on
// pages, so it never holds an address, a token or a certificate.
func explain(ctx context.Context, err error) error {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return errors.New("timeout: the cluster did not answer within its time")
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case apierrors.IsUnauthorized(err):
		return errors.New("auth-failed: the API server does not accept the credential (401)")
	case isForbidden(err):
		return errors.New("forbidden: no permission (403)")
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &verification):
		return errors.New("tls: the certificate of the API server cannot be trusted")
	case errors.As(err, &dns):
		return errors.New("unreachable: the name of the API server cannot be found")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("unreachable: connection refused")
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return errors.New("timeout: the API server did not answer in time")
	case isConnection(err):
		return errors.New("unreachable: the connection broke")
	default:
		return scrubbed(err)
	}
}

func isForbidden(err error) bool { return apierrors.IsForbidden(err) }

func isTimeout(err error) bool {
	var t net.Error
	return apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err) || (errors.As(err, &t) && t.Timeout())
}

func isConnection(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

var (
	addresses = regexp.MustCompile(`(?:https?://)?(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{2,5}\b[^\s"]*|https?://[^\s"]+`)
	secrets   = regexp.MustCompile(`(?i)(?:bearer\s+)?[A-Za-z0-9+/_=-]{32,}(?:\.[A-Za-z0-9+/_=-]+)*`)
)

// scrubbed returns the error without addresses and what looks like a secret.
func scrubbed(err error) error {
	text := addresses.ReplaceAllString(err.Error(), "(address)")
	text = secrets.ReplaceAllString(text, "(removed)")
	if len(text) > 300 {
		text = text[:300]
	}
	return errors.New(text)
}

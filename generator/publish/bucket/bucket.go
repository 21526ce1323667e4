// Package bucket reads and writes object storage: Amazon S3 and what speaks
// its protocol, Google Cloud Storage, Azure Blob Storage, and folders.
//
//	s3://acme-portal/docs?region=eu-west-1      gs://acme-portal
//	azblob://portal?storage_account=acme        file:///srv/portal
//
// The part after the name of the bucket is a folder in it, or one object. What
// stands after the ? goes to the driver: endpoint, use_path_style, profile and
// more for S3, storage_account, domain, protocol for Azure. Credentials are
// found in the environment the way each cloud's own SDK finds them; none can be
// written into an address. The drivers are those of gocloud.dev/blob.
package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob" // gs://
	_ "gocloud.dev/blob/s3blob"  // s3://
	"gocloud.dev/gcerrors"
	"gocloud.dev/gcp"

	"github.com/portolan-dev/portolan/generator/publish"
)

// ErrAddress says that an address is not written as one of object storage.
var ErrAddress = errors.New("is no address of object storage; it is written like s3://BUCKET/FOLDER?region=REGION, gs://BUCKET, azblob://CONTAINER?storage_account=ACCOUNT or file:///FOLDER")

// IsRemote tells whether a text is an address of object storage elsewhere:
// paths of files and file:// are not.
func IsRemote(s string) bool {
	for _, scheme := range []string{"s3://", "gs://", "azblob://"} {
		if strings.HasPrefix(s, scheme) {
			return true
		}
	}
	return false
}

// A Bucket is a folder of object storage. It is a publish.Bucket.
type Bucket struct {
	b   *blob.Bucket
	dir string // of a file:// bucket
}

var _ publish.Bucket = (*Bucket)(nil)

// Open returns the folder at an address. Nothing is asked of the storage yet;
// it may still be that it does not exist, or that it refuses.
func Open(ctx context.Context, address string) (*Bucket, error) {
	if dir, ok := strings.CutPrefix(address, "file://"); ok {
		if dir == "" || strings.ContainsAny(dir, "?#") {
			return nil, fmt.Errorf("%q %w", address, ErrAddress)
		}
		return openDir(filepath.FromSlash(dir), true)
	}
	u, err := parse(address)
	if err != nil {
		return nil, err
	}
	return open(ctx, u, strings.Trim(u.Path, "/"))
}

func parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || !IsRemote(address) || u.Host == "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q %w", address, ErrAddress)
	}
	if u.User != nil {
		return nil, fmt.Errorf("%q holds credentials: they belong into the environment", u.Redacted())
	}
	if folder := strings.Trim(u.Path, "/"); folder != "" && !fs.ValidPath(folder) {
		return nil, fmt.Errorf("%q %w", address, ErrAddress)
	}
	return u, nil
}

func open(ctx context.Context, u *url.URL, folder string) (*Bucket, error) {
	to := url.URL{Scheme: u.Scheme, Host: u.Host, RawQuery: u.RawQuery}
	if u.Scheme == "s3" {
		// The SDK's own default breaks storage that only resembles S3.
		// Source: https://github.com/google/go-cloud/issues/3634
		q := to.Query()
		for _, key := range []string{"request_checksum_calculation", "response_checksum_validation"} {
			if !q.Has(key) {
				q.Set(key, "when_required")
			}
		}
		to.RawQuery = q.Encode()
	}
	// gocloud would go on without credentials, and only say so on stderr.
	if q := to.Query(); u.Scheme == "gs" && !q.Has("anonymous") && !q.Has("access_id") && os.Getenv("STORAGE_EMULATOR_HOST") == "" {
		if _, err := gcp.DefaultCredentials(ctx); err != nil {
			return nil, fmt.Errorf("open %s://%s: %w", u.Scheme, u.Host, err)
		}
	}
	b, err := blob.OpenBucket(ctx, to.String())
	if err != nil {
		return nil, fmt.Errorf("open %s://%s: %w", u.Scheme, u.Host, meaning(err))
	}
	if folder != "" {
		b = blob.PrefixedBucket(b, folder+"/")
	}
	return &Bucket{b: b}, nil
}

func openDir(dir string, create bool) (*Bucket, error) {
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: create, DirFileMode: 0o755, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("open file://%s: %w", filepath.ToSlash(dir), err)
	}
	return &Bucket{b: b, dir: dir}, nil
}

// Close releases what Open took.
func (b *Bucket) Close() error { return b.b.Close() }

// temporary is what fileblob calls a file until it is whole.
var temporary = regexp.MustCompile(`^(.+)\.[0-9a-f]{16}\.tmp$`)

// List implements publish.Bucket.
func (b *Bucket) List(ctx context.Context) (map[string]publish.Object, error) {
	out := map[string]publish.Object{}
	for it := b.b.List(nil); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, meaning(err)
		}
		object := publish.Object{Size: o.Size, MD5: o.MD5}
		if m := temporary.FindStringSubmatch(o.Key); m != nil && b.dir != "" {
			object.Unfinished = m[1]
		}
		out[o.Key] = object
	}
}

// Read implements publish.Bucket.
func (b *Bucket) Read(ctx context.Context, name string, limit int64) (_ []byte, err error) {
	r, err := b.b.NewReader(ctx, name, nil)
	if err != nil {
		return nil, meaning(err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than the limit of %d", name, r.Size(), limit)
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, meaning(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than the limit of %d bytes", name, limit)
	}
	return data, nil
}

// Write implements publish.Bucket.
func (b *Bucket) Write(ctx context.Context, name string, data []byte, h publish.Headers) error {
	return meaning(b.b.Upload(ctx, name, bytes.NewReader(data), &blob.WriterOptions{
		ContentType: h.ContentType, CacheControl: h.CacheControl, MaxConcurrency: 1,
	}))
}

// Delete implements publish.Bucket. In a folder, folders that became empty go
// with the file: elsewhere there are none.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	err := meaning(b.b.Delete(ctx, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && b.dir != "" {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if os.Remove(filepath.Join(b.dir, filepath.FromSlash(dir))) != nil {
				break // others still need it
			}
		}
	}
	return err
}

// ReadObject returns one object: of a bucket, or the file at file://.
func ReadObject(ctx context.Context, address string, limit int64) (_ []byte, err error) {
	b, name, err := object(ctx, address, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return b.Read(ctx, name, limit)
}

// WriteObject replaces one object as a whole.
func WriteObject(ctx context.Context, address string, data []byte, h publish.Headers) (err error) {
	b, name, err := object(ctx, address, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return b.Write(ctx, name, data, h)
}

// object takes an address apart into a folder and a name in it.
func object(ctx context.Context, address string, create bool) (*Bucket, string, error) {
	if file, ok := strings.CutPrefix(address, "file://"); ok {
		dir, name := filepath.Split(filepath.FromSlash(file))
		if name == "" || strings.ContainsAny(file, "?#") {
			return nil, "", fmt.Errorf("%q names no file", address)
		}
		b, err := openDir(filepath.Clean(dir), create)
		return b, name, err
	}
	u, err := parse(address)
	if err != nil {
		return nil, "", err
	}
	name := strings.TrimPrefix(u.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		return nil, "", fmt.Errorf("%q names a bucket or a folder, expected one object in it", address)
	}
	b, err := open(ctx, u, "")
	return b, name, err
}

// An answer is an error of the storage with its meaning, in one line and without the
// signatures that requests to Azure carry in their addresses: errors are shown
// on pages.
type answer struct{ err, kind error }

func (a *answer) Error() string {
	text := signature.ReplaceAllString(strings.Join(strings.Fields(a.err.Error()), " "), "${1}...")
	for _, h := range hints {
		if strings.Contains(text, h.text) {
			return text + "; " + h.hint
		}
	}
	return text
}

// hints say what to do about errors by which SDKs mean that the address or the
// environment lacks something. To ask again would not help.
var hints = []struct{ text, hint string }{
	{"Invalid region", "name the region: s3://BUCKET?region=REGION, or AWS_REGION"},
	{"AccountName is required", "name the account: azblob://CONTAINER?storage_account=ACCOUNT, or AZURE_STORAGE_ACCOUNT"},
	{"failed to acquire a token", "set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or sign in with az login"},
	{"get credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"},
}

func (a *answer) Unwrap() []error {
	if a.kind == nil {
		return []error{a.err}
	}
	return []error{a.err, a.kind}
}

var signature = regexp.MustCompile(`(?i)([?&](?:sig|x-amz-signature|x-amz-security-token|x-goog-signature)=)[^&\s"]+`)

// meaning lets errors.Is see what is not there and what is not allowed: to ask
// again would not help.
func meaning(err error) error {
	switch gcerrors.Code(err) {
	case gcerrors.OK:
		return nil
	case gcerrors.NotFound:
		return &answer{err, fs.ErrNotExist}
	case gcerrors.PermissionDenied, gcerrors.InvalidArgument:
		return &answer{err, fs.ErrPermission}
	}
	for _, h := range hints {
		if strings.Contains(err.Error(), h.text) {
			return &answer{err, fs.ErrPermission}
		}
	}
	return &answer{err, nil}
}

// Package store is the route to an object store on a network, through the blob library of gocloud.dev.
//
// It belongs to the courier program, which has no keys and never opens what it carries. The register's own programs do not
// import it: they use no network.
package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/sync/exchange/route"
)

// digest is the name under which the SHA-256 of a package is kept beside it.
const digest = "sha256"

// Store is a place in an object store. Close it after use.
type Store struct {
	name   string
	bucket *blob.Bucket
}

var _ route.Route = (*Store)(nil)

// Open opens a store by its address, as "file:///srv/exchange" or, where the driver is built in,
// "s3://bucket?prefix=mission/". Who may read and write there is settled by the environment of the driver, never by the
// address: E-FILE for one with a user or password in it, and when the store cannot be opened.
func Open(ctx context.Context, address string) (*Store, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme == "" {
		return nil, fault.Newf("E-FILE", "", "no address of a store")
	}
	name := parsed.Scheme + "://" + parsed.Host + parsed.Path
	if parsed.User != nil {
		return nil, fault.Newf("E-FILE", name, "address with a secret in it")
	}
	bucket, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fault.New("E-FILE", name, err)
	}
	return &Store{name: name, bucket: bucket}, nil
}

// Close gives the connection up.
func (s *Store) Close() error { return s.bucket.Close() }

// Name implements [route.Route]: the address without its options.
func (s *Store) Name() string { return s.name }

// List implements [route.Route]. What is not the name of a package is left out.
func (s *Store) List(ctx context.Context) ([]route.Found, error) {
	var found []route.Found
	for objects := s.bucket.List(&blob.ListOptions{Delimiter: "/"}); ; {
		object, err := objects.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, s.explain(err)
		}
		if object.IsDir || route.CheckName(object.Key) != nil {
			continue
		}
		found = append(found, route.Found{Name: object.Key, Size: object.Size, Modified: object.ModTime})
	}
	slices.SortFunc(found, func(a, b route.Found) int {
		return cmp.Or(b.Modified.Compare(a.Modified), strings.Compare(a.Name, b.Name))
	})
	return found[:min(len(found), route.Most)], nil
}

// Fetch implements [route.Route]. E-HASH when the bytes are not those that were put.
func (s *Store) Fetch(ctx context.Context, name, folder string) (string, error) {
	if err := route.CheckName(name); err != nil {
		return "", err
	}
	to := filepath.Join(folder, name)
	if _, err := os.Lstat(to); err == nil {
		return to, nil
	}
	attributes, err := s.bucket.Attributes(ctx, name)
	if err != nil {
		return "", s.explain(err)
	}
	in, err := s.bucket.NewReader(ctx, name, nil)
	if err != nil {
		return "", s.explain(err)
	}
	defer in.Close()
	err = fsx.WriteAtomic(to, func(w io.Writer) error {
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(w, sum), in)
		if err != nil {
			return err
		}
		want, known := attributes.Metadata[digest]
		if n != attributes.Size || known && want != hex.EncodeToString(sum.Sum(nil)) {
			return fault.Newf("E-HASH", name, "not the bytes that were put")
		}
		return nil
	})
	return to, route.Explain(folder, err)
}

// Put implements [route.Route]: the store shows a package only when all of it arrived.
func (s *Store) Put(ctx context.Context, path string) (err error) {
	name := filepath.Base(path)
	if err := route.CheckName(name); err != nil {
		return err
	}
	if there, err := s.bucket.Exists(ctx, name); err != nil || there {
		return s.explain(err)
	}
	in, err := os.Open(path)
	if err != nil {
		return fault.New("E-FILE", name, err)
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return fault.New("E-FILE", name, err)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return fault.New("E-FILE", name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a writer that is closed after this keeps nothing
	out, err := s.bucket.NewWriter(ctx, name, &blob.WriterOptions{
		ContentType: "application/octet-stream", DisableContentTypeDetection: true, Metadata: map[string]string{digest: hex.EncodeToString(sum.Sum(nil))},
	})
	if err != nil {
		return s.explain(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		cancel()
		return errors.Join(s.explain(err), ignoreCancelled(out.Close()))
	}
	return s.explain(out.Close())
}

func ignoreCancelled(err error) error {
	if gcerrors.Code(err) == gcerrors.Canceled || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// explain gives an error of the store a code: E-PROTECTED without the right, E-PULLED when it cannot be reached.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	code := "E-PULLED"
	switch gcerrors.Code(err) {
	case gcerrors.Canceled:
		return err
	case gcerrors.PermissionDenied:
		code = "E-PROTECTED"
	case gcerrors.NotFound:
		code = "E-FILE"
	case gcerrors.ResourceExhausted:
		code = "E-FULL"
	}
	return fault.New(code, s.name, err)
}

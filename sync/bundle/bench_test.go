package bundle_test

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/sync/bundle"
)

// BenchmarkWrite makes a bundle of 5,000 lines (24 MB) and, in the same run, what `tar | gzip | age` would make of the same
// bytes with the same libraries. design.md 6 wants a ratio of at most 1.3.
func BenchmarkWrite(b *testing.B) {
	w := newWorld(b, 1, false)
	spec := interviewLike(w, 5000, 4500)
	var raw []byte
	for line := range spec.Parts[0].Lines {
		raw = append(append(raw, line...), '\n')
	}
	dir := b.TempDir()
	var ours, plain float64
	b.Run("bundle", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			path := filepath.Join(dir, bundle.NewFileName())
			if _, err := bundle.Write(b.Context(), path, spec, nil); err != nil {
				b.Fatal(err)
			}
			os.Remove(path)
		}
		ours = b.Elapsed().Seconds() / float64(b.N)
	})
	b.Run("tar_gzip_age", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			file := must(os.Create(filepath.Join(dir, "plain")))
			sealed := must(age.Encrypt(file, w.hq.outer.Recipient(), w.recovery.Recipient(), w.b.outer.Recipient()))
			zipped := gzip.NewWriter(sealed)
			archive := tar.NewWriter(zipped)
			if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "case.jsonl", Size: int64(len(raw)), Mode: 0o600}); err != nil {
				b.Fatal(err)
			}
			must(archive.Write(raw))
			for _, c := range []io.Closer{archive, zipped, sealed} {
				if err := c.Close(); err != nil {
					b.Fatal(err)
				}
			}
			if err := file.Sync(); err != nil {
				b.Fatal(err)
			}
			file.Close()
		}
		plain = b.Elapsed().Seconds() / float64(b.N)
	})
	b.ReportMetric(ours/plain, "ratio")
}

// BenchmarkRead verifies the same bundle and reads its lines, against gunzip of the same bytes with their hash.
func BenchmarkRead(b *testing.B) {
	w := newWorld(b, 1, false)
	spec := interviewLike(w, 5000, 4500)
	path := filepath.Join(b.TempDir(), "x.feltbok")
	if _, err := bundle.Write(b.Context(), path, spec, nil); err != nil {
		b.Fatal(err)
	}
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			must(bundle.Verify(b.Context(), path, w.hq.keyring(), w.atHQ()))
		}
	})
	v := must(bundle.Verify(b.Context(), path, w.hq.keyring(), w.atHQ()))
	b.Run("lines", func(b *testing.B) {
		for b.Loop() {
			for _, err := range v.Lines(b.Context(), domain.Case) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("age_gunzip_sha256", func(b *testing.B) {
		f := w.open(b, path)
		sealed := seal(f.entry("part/case.age").content, w.hq.outer.Recipient())
		_ = os.WriteFile(path+"2", sealed, 0o600)
		for b.Loop() {
			file := must(os.Open(path + "2"))
			outer := must(age.Decrypt(file, w.hq.outer))
			inner := must(age.Decrypt(outer, w.hq.inbox[domain.Case]))
			zipped := must(gzip.NewReader(inner))
			digest := sha256.New()
			must(io.Copy(digest, zipped))
			file.Close()
		}
	})
}

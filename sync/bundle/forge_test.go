package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// forgery is an opened bundle that an attacker with real keys changes and seals again. By default everything is made
// consistent: hashes, signatures, padding. Each hook breaks one thing.
type forgery struct {
	manifest   *bundle.Manifest
	entries    []forgedEntry // behind the signatures, without padding
	recipients []age.Recipient
	deviceKey  ed25519.PrivateKey
	deviceCert *ssh.Certificate
	userKey    ed25519.PrivateKey
	userCert   *ssh.Certificate // nil: no user signature

	keepHashes bool                 // leave sizes and hashes in the manifest as they are
	text       func([]byte) []byte  // of the manifest, before signing
	afterSign  func([]byte) []byte  // of the manifest, after signing
	header     func(*tar.Header)    // of each entry
	all        func(*[]forgedEntry) // the final list of entries, with manifest, signatures and padding
	archive    func([]byte) []byte  // of the tar
	file       func([]byte) []byte  // of the sealed file
	pad        func(int) []byte     // content of the padding
}

type forgedEntry struct {
	name    string
	content []byte
}

// open takes a written bundle apart with the standard library only.
func (w *world) open(tb testing.TB, path string) *forgery {
	tb.Helper()
	file := must(os.Open(path))
	defer file.Close()
	plain := must(age.Decrypt(file, w.hq.outer))
	f := &forgery{deviceKey: w.a.key, deviceCert: w.a.cert, userKey: w.a.user, userCert: w.a.userCert}
	archive := tar.NewReader(plain)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		content := must(io.ReadAll(archive))
		switch {
		case header.Name == "bundle.json":
			f.manifest = must(bundle.ParseManifest(content))
		case strings.HasPrefix(header.Name, "bundle.json."), header.Name == "pad":
		default:
			f.entries = append(f.entries, forgedEntry{header.Name, content})
		}
	}
	f.recipients = []age.Recipient{w.hq.outer.Recipient(), w.recovery.Recipient(), w.b.outer.Recipient()}
	return f
}

func (f *forgery) entry(name string) *forgedEntry {
	for i := range f.entries {
		if f.entries[i].name == name {
			return &f.entries[i]
		}
	}
	return &forgedEntry{}
}

func (f *forgery) file_(name string) *bundle.File {
	for i := range f.manifest.Files {
		if f.manifest.Files[i].Name == name {
			return &f.manifest.Files[i]
		}
	}
	return &bundle.File{}
}

// add puts an entry into tar and manifest in front of another one; "" stands for the end.
func (f *forgery) add(before string, entry forgedEntry, file bundle.File) {
	file.Name = entry.name
	i := slices.IndexFunc(f.entries, func(e forgedEntry) bool { return e.name == before })
	j := slices.IndexFunc(f.manifest.Files, func(e bundle.File) bool { return e.Name == before })
	if before == "" {
		i, j = len(f.entries), len(f.manifest.Files)-1
	}
	f.entries = slices.Insert(f.entries, i, entry)
	f.manifest.Files = slices.Insert(f.manifest.Files, j, file)
}

func padmeClass(n int) int { return (oplog.Padme(max(n, 16384)) + 511) / 512 * 512 }

func (f *forgery) write(tb testing.TB) string {
	tb.Helper()
	if !f.keepHashes {
		for _, entry := range f.entries {
			file := f.file_(entry.name)
			file.Size, file.SHA256 = int64(len(entry.content)), sha256.Sum256(entry.content)
		}
	}
	var archive []byte
	for pad, try := 0, 0; ; try++ {
		if try > 100 {
			tb.Fatal("no padding found")
		}
		padding := make([]byte, pad)
		if f.pad != nil {
			padding = f.pad(pad)
		}
		if last := len(f.manifest.Files) - 1; last >= 0 && f.manifest.Files[last].Name == "pad" && !f.keepHashes {
			f.manifest.Files[last].Size, f.manifest.Files[last].SHA256 = int64(len(padding)), sha256.Sum256(padding)
		}
		text := must(trust.EncodeStrict(f.manifest))
		if f.text != nil {
			text = f.text(text)
		}
		entries := []forgedEntry{{"bundle.json", text}, {"bundle.json.sig", must(trust.Sign(f.deviceKey, f.deviceCert, trust.NamespaceBundle, text))}}
		if f.userCert != nil {
			entries = append(entries, forgedEntry{"bundle.json.user.sig", must(trust.Sign(f.userKey, f.userCert, trust.NamespaceBundle, text))})
		}
		if f.afterSign != nil {
			entries[0].content = f.afterSign(bytes.Clone(text))
		}
		entries = append(append(entries, f.entries...), forgedEntry{"pad", padding})
		if f.all != nil {
			f.all(&entries)
		}
		archive = f.tar(tb, entries)
		want := padmeClass(len(archive) - (len(padding)+511)/512*512)
		if want == len(archive) || f.keepHashes || f.all != nil {
			break
		}
		pad = want - (len(archive) - (len(padding)+511)/512*512)
	}
	if f.archive != nil {
		archive = f.archive(archive)
	}
	sealed := seal(archive, f.recipients...)
	if f.file != nil {
		sealed = f.file(sealed)
	}
	path := filepath.Join(tb.TempDir(), bundle.NewFileName())
	if err := os.WriteFile(path, sealed, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func (f *forgery) tar(tb testing.TB, entries []forgedEntry) []byte {
	tb.Helper()
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	for _, entry := range entries {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: entry.name, Size: int64(len(entry.content)), Mode: 0o600, Format: tar.FormatUSTAR}
		if f.header != nil {
			f.header(header)
		}
		if err := archive.WriteHeader(header); err != nil {
			tb.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg {
			must(archive.Write(entry.content))
		}
	}
	if err := archive.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func seal(plain []byte, recipients ...age.Recipient) []byte {
	var out bytes.Buffer
	sealed := must(age.Encrypt(&out, recipients...))
	must(sealed.Write(plain))
	if err := sealed.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func zip(plain []byte) []byte {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	must(zipped.Write(plain))
	if err := zipped.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// partTo are the recipients of an ordinary part.
func (w *world) partTo() []age.Recipient {
	return []age.Recipient{w.hq.inbox[2].Recipient(), w.b.inbox[2].Recipient(), w.recovery.Recipient()}
}

package exchange_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// opened is a file of a laptop, taken apart with the standard library by somebody who holds the laptop's own keys, to be
// changed and sealed again.
type opened struct {
	names      []string
	contents   [][]byte
	recipients []age.Recipient
	key, user  ed25519.PrivateKey
	cert, mine *ssh.Certificate
}

func (in *installation) mustOpen(t *testing.T, file string, from *machine) *opened {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	outer := in.hq.ws.Node().Outer
	plain, err := age.Decrypt(bytes.NewReader(content), outer[0])
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := age.ParseHybridRecipient(in.hq.ws.Trust().Directory().Recovery)
	if err != nil {
		t.Fatal(err)
	}
	node, identity := from.ws.Node(), from.ws.Register().Identity()
	card, _ := node.Card(identity.User)
	o := &opened{recipients: []age.Recipient{outer[0].Recipient(), recovery}, key: node.Key, cert: node.Certificate, user: identity.Sign, mine: card.Certificate}
	archive := tar.NewReader(plain)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return o
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		o.names, o.contents = append(o.names, header.Name), append(o.contents, content)
	}
}

func (o *opened) entry(name string) *[]byte {
	for i := range o.names {
		if o.names[i] == name {
			return &o.contents[i]
		}
	}
	return &[]byte{}
}

func mustSeal(t *testing.T, plain []byte, recipients ...age.Recipient) []byte {
	t.Helper()
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, recipients...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sealed.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := sealed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// write signs what the manifest says now and seals the file.
func (o *opened) write(t *testing.T) string {
	t.Helper()
	text := *o.entry("bundle.json")
	for name, by := range map[string]struct {
		key  ed25519.PrivateKey
		cert *ssh.Certificate
	}{"bundle.json.sig": {o.key, o.cert}, "bundle.json.user.sig": {o.user, o.mine}} {
		signature, err := trust.Sign(by.key, by.cert, trust.NamespaceBundle, text)
		if err != nil {
			t.Fatal(err)
		}
		*o.entry(name) = signature
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for i, name := range o.names {
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(o.contents[i])), Mode: 0o600, Format: tar.FormatUSTAR})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(o.contents[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return put(t, mustSeal(t, archive.Bytes(), o.recipients...))
}

func put(t *testing.T, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), bundle.NewFileName())
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRefusals names what is tried against a file and the reason that it is refused with. Each is tried on a headquarters that
// takes the true file in afterwards, and none changes a byte of the register. The single bytes, cuts and orders of entries
// are gone through in sync/bundle: TestVerify_EveryByteChanged, _EveryTruncation, _EveryReordering.
func TestRefusals(t *testing.T) {
	in := mustInstall(t)
	file, _ := in.mustWork(t)
	a, b := in.laptops[0], in.laptops[1]
	reopen := func(change func(*opened)) string {
		o := in.mustOpen(t, file, a)
		change(o)
		return o.write(t)
	}
	text := func(old, replacement string) func(*opened) {
		return func(o *opened) {
			manifest := o.entry("bundle.json")
			changed := bytes.Replace(*manifest, []byte(old), []byte(replacement), 1)
			if bytes.Equal(changed, *manifest) {
				t.Fatalf("the manifest has no %s", old)
			}
			*manifest = changed
		}
	}
	_, foreignCA, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := trust.LoadKeys(filepath.Join(in.dir, "keys"), keysPass)
	if err != nil {
		t.Fatal(err)
	}
	device := func(ca ed25519.PrivateKey, from, until time.Time) func(*opened) {
		return func(o *opened) {
			o.cert, err = trust.IssueDevice(ca, trust.DeviceSpec{
				ID: a.ws.Me().Device, Key: o.key.Public().(ed25519.PublicKey), Missions: []uuid.UUID{missionID}, From: from, Until: until,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	stranger, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, code string
		file       func() string
	}{
		{"zip bomb", "E-LIMIT", func() string { return in.zipBomb(t, file, a) }},
		{"huge header", "E-LIMIT", func() string {
			return put(t, append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("x"), 1<<20)...))
		}},
		{"a million recipients", "E-LIMIT", func() string {
			return put(t, append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> mlkem768x25519 x\n\n"), 1_000_000)...))
		}},
		{"deep JSON", "E-MANIFEST", func() string {
			return reopen(text(`{"app":`, `{"aaa":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`,"app":`))
		}},
		{"duplicate key", "E-MANIFEST", func() string { return reopen(text(`{"app":`, `{"app":"9.9.9","app":`)) }},
		{"path upwards", "E-TAR", func() string { return reopen(func(o *opened) { o.names[len(o.names)-1] = "../../vault.db" }) }},
		{"absolute path", "E-TAR", func() string { return reopen(func(o *opened) { o.names[len(o.names)-1] = "/etc/passwd" }) }},
		{"part in the place of another", "E-TAR", func() string {
			return reopen(func(o *opened) {
				i, j := len(o.names)-2, len(o.names)-3
				o.names[i], o.names[j], o.contents[i], o.contents[j] = o.names[j], o.names[i], o.contents[j], o.contents[i]
			})
		}},
		{"wrong recipient", "E-AGE", func() string { return mustExport(t, in.hq, a.name).File }},
		{"extra recipient", "E-TO", func() string {
			return reopen(func(o *opened) { o.recipients = append(o.recipients, stranger.Recipient()) })
		}},
		{"foreign CA", "E-CERT", func() string { return reopen(device(foreignCA, today.AddDate(0, -1, 0), today.AddDate(0, 1, 0))) }},
		{"expired", "E-CERT", func() string { return reopen(device(keys.CA, today.AddDate(0, -2, 0), today.AddDate(0, -1, 0))) }},
		{"signed by a colleague", "E-CERT", func() string {
			return reopen(func(o *opened) { o.key, o.cert = b.ws.Node().Key, b.ws.Node().Certificate })
		}},
		{"changed after signing", "E-SIG", func() string {
			o := in.mustOpen(t, file, a)
			o.key, o.cert = a.ws.Node().Key, a.ws.Node().Certificate
			return swapSignatures(t, in, o)
		}},
		{"wrong role", "E-ROLE", func() string {
			return reopen(func(o *opened) {
				o.mine, err = trust.IssueUser(keys.CA, trust.UserSpec{
					ID: a.ws.Me().User, Key: o.user.Public().(ed25519.PublicKey), Roles: map[uuid.UUID][]domain.Role{missionID: {domain.NFA}},
					From: today.AddDate(0, -1, 0), Until: today.AddDate(0, 1, 0),
				})
				if err != nil {
					t.Fatal(err)
				}
			})
		}},
		{"replayed to another machine", "E-TO", func() string {
			// A colleague to whom a file was addressed seals it again for headquarters under another bundle's name.
			return reopen(text(`"node":"hq"`, `"node":"device:`+uuid.NewString()+`"`))
		}},
		{"other world", "E-WORLD", func() string { return reopen(text(`"training":true`, `"training":false`)) }},
		{"program of the future", "E-VERSION", func() string { return reopen(text(`feltbok-bundle/1`, `feltbok-bundle/9`)) }},
		{"kind of headquarters", "E-KIND", func() string { return reopen(text(`"kind":"field"`, `"kind":"caseload"`)) }},
		{"hash of another content", "E-HASH", func() string { return reopen(func(o *opened) { (*o.entry("doc/root.json"))[1] ^= 1 }) }},
	} {
		t.Run(c.name, func(t *testing.T) { refuses(t, in.hq, c.file(), c.code) })
	}

	t.Run("the true file", func(t *testing.T) {
		if result := mustImport(t, in.hq, file); result.New["case"] == 0 || len(result.Reasons) != 0 {
			t.Errorf("%+v", result.Plan)
		}
	})
	t.Run("replay", func(t *testing.T) {
		want := counts(t, in.hq)
		for range 10 { // pains.md row 12
			if result := mustImport(t, in.hq, file); !result.Repeated {
				t.Error("a repetition counts as new")
			}
		}
		if got := counts(t, in.hq); got != want {
			t.Errorf("repetitions changed the register:\n%s\n%s", want, got)
		}
	})
	t.Run("fork", func(t *testing.T) {
		clone := mustClone(t, a)
		caseID := mustCases(t, a)[0].ID
		for i, m := range []*machine{a, clone} {
			mustSet(t, m, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"unhcr_reference_no": {Value: fmt.Sprint("R-", i)}})
		}
		mustImport(t, in.hq, mustExport(t, a, "hq").File)
		want := digest(t, in.hq)
		if result := mustImport(t, in.hq, mustExport(t, clone, "hq").File); result.Reasons["E-FORK"] == 0 || result.New["case"] != 0 || digest(t, in.hq) != want {
			t.Errorf("reasons %v, new %v", result.Reasons, result.New)
		}
	})
	t.Run("revoked", func(t *testing.T) {
		late := mustExport(t, b, "hq").File
		in.mustRevoke(t, exchange.Revocation{Devices: []string{b.name}, Cut: today.Add(-time.Hour), Reason: "lost"})
		refuses(t, in.hq, late, "E-REVOKED")
	})
}

// refuses wants a file refused with a code: a look writes nothing at all, an import no line and no answer. That it was refused
// may be put on record.
func refuses(t *testing.T, m *machine, file, code string) {
	t.Helper()
	before := counts(t, m)
	_, err := exchange.Preview(t.Context(), m.ws, file)
	wantCode(t, "preview", err, code)
	if after := counts(t, m); after != before {
		t.Errorf("looking at it changed the register:\n%s\n%s", before, after)
	}
	held := func() (lines string) {
		for _, c := range domain.AllCompartments {
			if c != domain.Audit { // each refusal is an event there
				lines += fmt.Sprintln(c, m.ws.Register().Count(c))
			}
		}
		return lines + digest(t, m)
	}
	want := held()
	_, err = exchange.Import(t.Context(), m.ws, file, nil)
	wantCode(t, "import", err, code)
	if got := held(); got != want {
		t.Errorf("a refused file changed the register:\n%s\n%s", want, got)
	}
}

// swapSignatures changes the manifest behind its signatures.
func swapSignatures(t *testing.T, in *installation, o *opened) string {
	t.Helper()
	file := o.write(t)
	again := in.mustOpen(t, file, in.laptops[0])
	manifest := again.entry("bundle.json")
	*manifest = bytes.Replace(*manifest, []byte(`"hlc":"0`), []byte(`"hlc":"1`), 1)
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for i, name := range again.names {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(again.contents[i])), Mode: 0o600, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(again.contents[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return put(t, mustSeal(t, archive.Bytes(), again.recipients...))
}

// zipBomb puts a part into the file whose lines unpack to far more than they may.
func (in *installation) zipBomb(t *testing.T, file string, from *machine) string {
	t.Helper()
	o := in.mustOpen(t, file, from)
	manifest, err := bundle.ParseManifest(*o.entry("bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	line := append(bytes.Repeat([]byte("0"), 1<<10), '\n')
	for range 64 << 10 {
		if _, err := zipped.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	part := o.entry("part/case.age")
	inbox, err := in.hq.ws.Inbox(domain.Case)
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := age.ParseHybridRecipient(in.hq.ws.Trust().Directory().Recovery)
	if err != nil {
		t.Fatal(err)
	}
	*part = mustSeal(t, packed.Bytes(), inbox[0].Recipient(), recovery)
	for i := range manifest.Files {
		f := &manifest.Files[i]
		if f.Name == "part/case.age" {
			f.Size, f.SHA256 = int64(len(*part)), sha256.Sum256(*part)
		}
	}
	// The padding must fit the new sizes.
	size := func(n int) int { return 512 + (n+511)/512*512 }
	for pad := 0; ; {
		padding := make([]byte, pad)
		last := &manifest.Files[len(manifest.Files)-1]
		last.Size, last.SHA256 = int64(pad), sha256.Sum256(padding)
		encoded, err := trust.EncodeStrict(manifest)
		if err != nil {
			t.Fatal(err)
		}
		*o.entry("bundle.json"), *o.entry("pad") = encoded, padding
		length := 1024
		for i, name := range o.names {
			if name != "pad" {
				length += size(len(o.contents[i]))
			}
		}
		length += 512
		want := (oplog.Padme(max(length, 16384))+511)/512*512 - length
		if want == pad {
			return o.write(t)
		}
		pad = want
	}
}

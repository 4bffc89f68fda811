package bundle_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// wantRefused fails unless the whole file is refused with the code and nothing comes back.
func wantRefused(tb testing.TB, v *bundle.Verified, err error, code string) {
	tb.Helper()
	if got := fault.Code(err); got != code || v != nil {
		tb.Errorf("got %q (%v) and result %v, want %s and nothing", got, err, v != nil, code)
	}
}

func TestVerify_EveryByteChanged(t *testing.T) {
	w := newWorld(t, 1, false)
	path, _ := w.write(t, w.field(4))
	content := must(os.ReadFile(path))
	bad := filepath.Join(t.TempDir(), "changed"+".feltbok")
	// Every second byte of the header, then 1,000 places in the sealed text, the last bytes among them.
	header := bytes.Index(content, []byte("\n--- ")) + 64
	for i := 0; i < len(content); i++ {
		if i <= header && i%2 != 0 || i > header && i%(len(content)/1000) != 0 && i < len(content)-40 {
			continue
		}
		changed := bytes.Clone(content)
		changed[i] ^= byte(1 << (i % 8))
		if err := os.WriteFile(bad, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := bundle.Verify(t.Context(), bad, w.hq.keyring(), w.atHQ())
		if code := fault.Code(err); v != nil || code != "E-AGE" && code != "E-LIMIT" {
			t.Fatalf("byte %d of %d changed: %v", i, len(content), err)
		}
	}
}

func TestVerify_EveryTruncation(t *testing.T) {
	w := newWorld(t, 1, false)
	path, _ := w.write(t, w.field(4))
	content := must(os.ReadFile(path))
	bad := filepath.Join(t.TempDir(), "cut.feltbok")
	if err := os.WriteFile(bad, content, 0o600); err != nil {
		t.Fatal(err)
	}
	step := max(1, len(content)/1000)
	for n := len(content) - 1; n >= 0; n -= step {
		if err := os.Truncate(bad, int64(n)); err != nil {
			t.Fatal(err)
		}
		v, err := bundle.Verify(t.Context(), bad, w.hq.keyring(), w.atHQ())
		if v != nil || fault.Code(err) != "E-AGE" {
			t.Fatalf("cut to %d of %d: %v", n, len(content), err)
		}
	}
	longer := filepath.Join(t.TempDir(), "longer.feltbok")
	if err := os.WriteFile(longer, append(content, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := bundle.Verify(t.Context(), longer, w.hq.keyring(), w.atHQ())
	wantRefused(t, v, err, "E-AGE")
}

func replaceText(old, new string) func([]byte) []byte {
	return func(b []byte) []byte {
		changed := bytes.Replace(b, []byte(old), []byte(new), 1)
		if bytes.Equal(changed, b) {
			panic("nothing was changed: " + old)
		}
		return changed
	}
}

// tarOffset finds the header of an entry.
func tarOffset(archive []byte, name string) int {
	i := bytes.Index(archive, append([]byte(name), 0))
	if i < 0 || i%512 != 0 {
		panic("no entry " + name)
	}
	return i
}

// Everything here is signed and sealed by people with real keys, who cheat.
func TestVerify_Attacks(t *testing.T) {
	w := newWorld(t, 1, false)
	foreign := newWorld(t, 2, false)
	good, _ := w.write(t, w.field(4))
	part := "part/case.age"
	attacks := map[string]struct {
		code   string
		change func(*forgery)
	}{
		"unchanged": {"", func(f *forgery) {}},

		"entry added behind the manifest's": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) {
				*all = slices.Insert(*all, len(*all)-1, forgedEntry{"doc/extra.json", []byte("{}\n")})
			}
		}},
		"entry left out":   {"E-TAR", func(f *forgery) { f.all = func(all *[]forgedEntry) { *all = slices.Delete(*all, 3, 4) } }},
		"padding left out": {"E-TAR", func(f *forgery) { f.all = func(all *[]forgedEntry) { *all = (*all)[:len(*all)-1] } }},
		"entry doubled": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) { *all = slices.Insert(*all, 4, (*all)[3]) }
		}},
		"two entries exchanged": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) { (*all)[3], (*all)[4] = (*all)[4], (*all)[3] }
		}},
		"signature before manifest": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) { (*all)[0], (*all)[1] = (*all)[1], (*all)[0] }
		}},
		"manifest twice": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) { *all = slices.Insert(*all, 1, (*all)[0]) }
		}},
		"signatures exchanged": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) { (*all)[1], (*all)[2] = (*all)[2], (*all)[1] }
		}},
		"empty archive": {"E-TAR", func(f *forgery) { f.archive = func([]byte) []byte { return make([]byte, 16384) } }},
		"no archive":    {"E-TAR", func(f *forgery) { f.archive = func([]byte) []byte { return nil } }},
		"archive without end": {"E-TAR", func(f *forgery) {
			f.archive = func(b []byte) []byte { return b[:len(b)-1024] }
		}},
		"one zero block at the end": {"E-TAR", func(f *forgery) {
			f.archive = func(b []byte) []byte { return b[:len(b)-512] }
		}},
		"bytes behind the end": {"E-TAR", func(f *forgery) {
			f.archive = func(b []byte) []byte { return append(b, make([]byte, 1024)...) }
		}},
		"filling used": {"E-TAR", func(f *forgery) {
			f.archive = func(b []byte) []byte { b[tarOffset(b, "bundle.json.sig")-1] = 'x'; return b }
		}},
		"padding used": {"E-TAR", func(f *forgery) {
			f.entries[0].content = append(f.entries[0].content, make([]byte, 600)...) // whatever stands there, some padding is needed
			f.pad = func(n int) []byte {
				if n == 0 {
					return nil
				}
				return append(make([]byte, n-1), 'x')
			}
		}},
		"padding of another size": {"E-TAR", func(f *forgery) {
			f.all = func(all *[]forgedEntry) {}
			f.pad = func(int) []byte { return make([]byte, 512) }
		}},
		"path upwards": {"E-TAR", func(f *forgery) {
			f.header = func(h *tar.Header) { h.Name = strings.Replace(h.Name, "doc/root.json", "doc/../../x.json", 1) }
		}},
		"absolute path": {"E-TAR", func(f *forgery) {
			f.header = func(h *tar.Header) { h.Name = strings.Replace(h.Name, "doc/", "/doc/", 1) }
		}},
		"path with a dot": {"E-TAR", func(f *forgery) {
			f.header = func(h *tar.Header) { h.Name = strings.Replace(h.Name, "doc/", "./doc/", 1) }
		}},
		"symbolic link": {"E-TAR", func(f *forgery) {
			f.header = func(h *tar.Header) {
				if h.Name == "doc/root.json" {
					h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0
				}
			}
		}},
		"directory": {"E-TAR", func(f *forgery) {
			f.header = func(h *tar.Header) {
				if h.Name == "doc/root.json" {
					h.Typeflag, h.Size = tar.TypeDir, 0
				}
			}
		}},
		"executable": {"E-TAR", func(f *forgery) { f.header = func(h *tar.Header) { h.Mode = 0o700 } }},
		"time":       {"E-TAR", func(f *forgery) { f.header = func(h *tar.Header) { h.ModTime = time.Unix(1, 0) } }},
		"owner":      {"E-TAR", func(f *forgery) { f.header = func(h *tar.Header) { h.Uname = "root" } }},
		"extended header": {"E-TAR", func(f *forgery) {
			f.header = func(h *tar.Header) { h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{"a.b": "x"} }
		}},
		"gnu header": {"E-TAR", func(f *forgery) { f.header = func(h *tar.Header) { h.Format = tar.FormatGNU } }},
		"entry over its limit": {"E-LIMIT", func(f *forgery) {
			f.archive = func(b []byte) []byte {
				var block bytes.Buffer
				_ = tar.NewWriter(&block).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "bundle.json", Size: 2 << 20, Mode: 0o600, Format: tar.FormatUSTAR})
				copy(b, block.Bytes())
				return b
			}
		}},

		"content differs from the hash": {"E-HASH", func(f *forgery) {
			f.keepHashes = true
			f.entry("doc/root.json").content[20] ^= 1
		}},
		"sealed part differs from the hash": {"E-HASH", func(f *forgery) {
			f.keepHashes = true
			content := f.entry(part).content
			content[len(content)-1] ^= 1
		}},

		"manifest altered after signing": {"E-SIG", func(f *forgery) {
			f.afterSign = func(b []byte) []byte { return replaceText(f.manifest.Bundle.String(), w.mission.String())(b) }
		}},
		"white space in the manifest": {"E-MANIFEST", func(f *forgery) { f.text = replaceText(`{"app"`, `{ "app"`) }},
		"duplicate key":               {"E-MANIFEST", func(f *forgery) { f.text = replaceText(`{"app":"0.1.0"`, `{"app":"0.1.0","app":"0.1.0"`) }},
		"unknown member":              {"E-MANIFEST", func(f *forgery) { f.text = replaceText(`{"app":"0.1.0"`, `{"app":"0.1.0","apq":1`) }},
		"deep json": {"E-MANIFEST", func(f *forgery) {
			f.text = replaceText(`"caps":["ops1"]`, `"caps":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000))
		}},
		"no json":                    {"E-MANIFEST", func(f *forgery) { f.text = func([]byte) []byte { return []byte("hello\n") } }},
		"no line end":                {"E-MANIFEST", func(f *forgery) { f.text = bytes.TrimSpace }},
		"part without chains":        {"E-MANIFEST", func(f *forgery) { f.file_(part).Chains = nil }},
		"part without recipients":    {"E-MANIFEST", func(f *forgery) { f.file_(part).Recipients = nil }},
		"part without unpacked size": {"E-MANIFEST", func(f *forgery) { f.file_(part).Raw = 0 }},
		"part named as another":      {"E-MANIFEST", func(f *forgery) { f.file_(part).Compartment = "open" }},
		"chains at a document":       {"E-MANIFEST", func(f *forgery) { f.file_("doc/root.json").Chains = f.file_(part).Chains }},
		"runs out of order": {"E-MANIFEST", func(f *forgery) {
			p := f.file_(part)
			p.Chains = append(p.Chains, p.Chains[0])
		}},
		"run without end":     {"E-MANIFEST", func(f *forgery) { f.file_(part).Chains[0].First = 9 }},
		"sender is no device": {"E-MANIFEST", func(f *forgery) { f.manifest.From = "hq" }},
		"user is nobody":      {"E-MANIFEST", func(f *forgery) { f.manifest.User = "user:" + uuid.Nil.String() }},
		"document signature without text": {"E-MANIFEST", func(f *forgery) {
			f.add("doc/root.json", forgedEntry{"doc/a.json.sig", []byte("x")}, bundle.File{})
		}},

		"document name twice, apart": {"E-MANIFEST", func(f *forgery) {
			f.add("part/case.age", forgedEntry{"doc/root.json", []byte("{}\n")}, bundle.File{})
		}},

		"format of the future":     {"E-VERSION", func(f *forgery) { f.text = replaceText("feltbok-bundle/1", "feltbok-bundle/2") }},
		"capability of the future": {"E-VERSION", func(f *forgery) { f.text = replaceText(`["ops1"]`, `["ops1","ops2"]`) }},
		"training meets real":      {"E-WORLD", func(f *forgery) { f.manifest.Training = true }},

		"no user signature over parts": {"E-SIG", func(f *forgery) { f.userCert = nil }},
		"user signed another text": {"E-SIG", func(f *forgery) {
			f.all = func(all *[]forgedEntry) {
				(*all)[2].content = must(trust.Sign(w.a.user, w.a.userCert, trust.NamespaceBundle, []byte("x")))
			}
		}},
		"signature under another namespace": {"E-SIG", func(f *forgery) {
			f.all = func(all *[]forgedEntry) {
				(*all)[1].content = must(trust.Sign(w.a.key, w.a.cert, trust.NamespaceReceipt, (*all)[0].content))
			}
		}},
		"signature is rubbish": {"E-SIG", func(f *forgery) {
			f.all = func(all *[]forgedEntry) { (*all)[1].content = []byte("rubbish") }
		}},
		"foreign authority": {"E-CERT", func(f *forgery) {
			f.deviceKey, f.deviceCert = foreign.a.key, foreign.a.cert
			f.manifest.From = foreign.a.name()
		}},
		"bare key":                       {"E-CERT", func(f *forgery) { f.deviceCert = nil }},
		"signed by another device":       {"E-CERT", func(f *forgery) { f.deviceKey, f.deviceCert = w.b.key, w.b.cert }},
		"signed by another user":         {"E-CERT", func(f *forgery) { f.userKey, f.userCert = w.b.user, w.b.userCert }},
		"user's certificate for device":  {"E-CERT", func(f *forgery) { f.deviceKey, f.deviceCert = w.a.user, w.a.userCert }},
		"device's certificate for user":  {"E-CERT", func(f *forgery) { f.userKey, f.userCert = w.a.key, w.a.cert }},
		"user of a foreign installation": {"E-CERT", func(f *forgery) { f.userKey, f.userCert = foreign.a.user, foreign.a.userCert }},
		"another mission":                {"E-CERT", func(f *forgery) { f.manifest.Mission = w.register }},

		"silent extra reader":        {"E-TO", func(f *forgery) { f.recipients = append(f.recipients, foreign.a.outer.Recipient()) }},
		"reader promised, not there": {"E-TO", func(f *forgery) { f.recipients = f.recipients[:2] }},
		"addressed to others only": {"E-TO", func(f *forgery) {
			f.manifest.To[0].Node = foreign.a.name()
		}},
		"sealed to HQ, addressed to somebody else": {"E-TO", func(f *forgery) {
			f.manifest.To[0].Recipients[0] = bundle.Fingerprint(foreign.a.outer.Recipient().String())
		}},
		"sequence zero":               {"E-TO", func(f *forgery) { f.manifest.To[0].Sequence = 0 }},
		"sequence without previous":   {"E-TO", func(f *forgery) { f.manifest.To[0].Sequence = 5 }},
		"addressee twice":             {"E-TO", func(f *forgery) { f.manifest.To[1].Node = trust.NodeHQ }},
		"recipient twice":             {"E-TO", func(f *forgery) { f.manifest.To[1].Recipients = f.manifest.To[0].Recipients[:1] }},
		"addressed to the sender too": {"E-TO", func(f *forgery) { f.manifest.To[1].Node = w.a.name() }},
		"extra reader of a part": {"E-TO", func(f *forgery) {
			f.entry(part).content = seal(zip([]byte("x\n")), append(w.partTo(), foreign.a.outer.Recipient())...)
		}},
		"part sealed to HQ behind another name": {"E-TO", func(f *forgery) {
			f.file_(part).Recipients[0] = bundle.Fingerprint(foreign.a.outer.Recipient().String())
		}},

		"unknown kind":           {"E-KIND", func(f *forgery) { f.manifest.Kind = "gift" }},
		"caseload from a laptop": {"E-KIND", func(f *forgery) { f.manifest.Kind = domain.BundleCaseload }},
		"service with a part":    {"E-KIND", func(f *forgery) { f.manifest.Kind = domain.BundleService }},
		"request with a certificate": {"E-KIND", func(f *forgery) {
			f.manifest.Kind = domain.BundleEnrolRequest
		}},

		"part that is no age file": {"E-AGE", func(f *forgery) { f.entry(part).content = bytes.Repeat([]byte("no age file\n"), 400) }},
		"part with a million stanzas": {"E-LIMIT", func(f *forgery) {
			f.entry(part).content = append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> mlkem768x25519 x\n\n"), 1_000_000)...)
		}},
		"part with an endless line": {"E-LIMIT", func(f *forgery) {
			f.entry(part).content = append([]byte("age-encryption.org/v1\n-> mlkem768x25519 "), bytes.Repeat([]byte("x"), 1<<20)...)
		}},
		"part to a classic recipient": {"E-AGE", func(f *forgery) {
			f.entry(part).content = seal(zip([]byte("x\n")), must(age.GenerateX25519Identity()).Recipient())
		}},
		"part announced as a bomb":  {"E-LIMIT", func(f *forgery) { f.file_(part).Raw = 400 << 20 }},
		"three million lines":       {"E-LIMIT", func(f *forgery) { f.file_(part).Chains[0].Last = 3_000_000 }},
		"lines beyond all counting": {"E-LIMIT", func(f *forgery) { f.file_(part).Chains[0].Last = 1<<53 - 1 }},
		"seventeen recipients": {"E-LIMIT", func(f *forgery) {
			for i := range 16 {
				f.manifest.To[0].Recipients = append(f.manifest.To[0].Recipients, bundle.Fingerprint(string(rune('a'+i))))
			}
		}},
		"have over its limit": {"E-LIMIT", func(f *forgery) {
			chains := map[string]bool{}
			f.manifest.Have.Chains = trust.Ranges{"case": {}}
			for len(chains) < 2000 {
				key := w.uuid().String() + "/1"
				chains[key] = true
				f.manifest.Have.Chains["case"][key] = append(f.manifest.Have.Chains["case"][key], [2]uint64{1, 2})
			}
		}},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			f := w.open(t, good)
			attack.change(f)
			v, err := bundle.Verify(t.Context(), f.write(t), w.hq.keyring(), w.atHQ())
			if attack.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantRefused(t, v, err, attack.code)
		})
	}
}

// The padding is announced and left out, and another entry makes up for its length.
func TestVerify_PaddingReplaced(t *testing.T) {
	w := newWorld(t, 1, false)
	good, _ := w.write(t, w.field(4))
	f := w.open(t, good)
	f.add("part/case.age", forgedEntry{"doc/filler.json", nil}, bundle.File{})
	length := 0
	f.all = func(all *[]forgedEntry) { *all = (*all)[:len(*all)-1] }
	f.archive = func(b []byte) []byte { length = len(b); return b }
	path := ""
	for range 5 {
		path = f.write(t)
		filler := f.entry("doc/filler.json")
		filler.content = append(filler.content, make([]byte, padmeClass(length)-length)...)
	}
	if padmeClass(length) != length {
		t.Fatal("no filling fits")
	}
	v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	wantRefused(t, v, err, "E-TAR")
}

func TestVerify_OuterHeader(t *testing.T) {
	w := newWorld(t, 1, false)
	classic := must(age.GenerateX25519Identity())
	passphrase := must(age.NewScryptRecipient("x"))
	passphrase.SetWorkFactor(10)
	for name, c := range map[string]struct {
		content []byte
		code    string
	}{
		"a million stanzas":   {append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> mlkem768x25519 x\n\n"), 1_000_000)...), "E-LIMIT"},
		"seventeen stanzas":   {append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> mlkem768x25519 x\n\n"), 17)...), "E-LIMIT"},
		"endless header":      {append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("x"), 1<<20)...), "E-LIMIT"},
		"empty file":          {nil, "E-AGE"},
		"not an age file":     {[]byte("PK\x03\x04"), "E-AGE"},
		"a secret key":        {[]byte("AGE-SECRET-KEY-1QQQ\n"), "E-AGE"},
		"classic recipient":   {seal([]byte("x"), classic.Recipient()), "E-AGE"},
		"passphrase":          {seal([]byte("x"), passphrase), "E-AGE"},
		"for somebody else":   {seal([]byte("x"), w.a.outer.Recipient()), "E-AGE"},
		"armored":             {[]byte("-----BEGIN AGE ENCRYPTED FILE-----\n"), "E-AGE"},
		"sealed text, no tar": {seal([]byte("x"), w.hq.outer.Recipient()), "E-TAR"},
	} {
		path := filepath.Join(t.TempDir(), "x.feltbok")
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		keys := w.hq.keyring()
		v, err := bundle.Verify(t.Context(), path, keys, w.atHQ())
		if fault.Code(err) != c.code || v != nil {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	path := filepath.Join(t.TempDir(), "big.feltbok")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, bundle.MaxFile+1); err != nil {
		t.Fatal(err)
	}
	v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	wantRefused(t, v, err, "E-SIZE")
	v, err = bundle.Verify(t.Context(), t.TempDir(), w.hq.keyring(), w.atHQ())
	wantRefused(t, v, err, "E-AGE")
	good, _ := w.write(t, w.field(2))
	v, err = bundle.Verify(t.Context(), good, bundle.Keyring{Outer: []age.Identity{classic}}, w.atHQ())
	wantRefused(t, v, err, "E-AGE")
	v, err = bundle.Verify(t.Context(), good, bundle.Keyring{}, w.atHQ())
	wantRefused(t, v, err, "E-AGE")
}

func TestVerify_Policy(t *testing.T) {
	w := newWorld(t, 1, false)
	path, _ := w.write(t, w.field(4))
	replayed := w.atHQ()
	replayed.Node = trust.DeviceName(w.uuid())
	late := w.atHQ()
	late.Now = now.AddDate(1, 0, 0)
	early := w.atHQ()
	early.Now = now.AddDate(-1, 0, 0)
	training := w.atHQ()
	training.Training = true
	rootless := w.atHQ()
	rootless.Trust = nil
	revokeDevice, revokeUser := w.atHQ(), w.atHQ()
	for kind, policy := range map[string]*bundle.Policy{trust.RevokedDevice: &revokeDevice, trust.RevokedUser: &revokeUser} {
		mission := w.miss
		mission.Version = 9
		serial := w.a.cert.Serial
		if kind == trust.RevokedUser {
			serial = w.a.userCert.Serial
		}
		mission.Revoked = []trust.Revocation{{Cut: now.Add(-time.Hour), Kind: kind, Reason: "lost", Serial: serial}}
		next, refused := w.trust.Accept(now, must(w.keys.SignMission(mission)))
		if len(refused) > 0 {
			t.Fatal(refused)
		}
		policy.Trust = next
	}
	beforeCut := revokeDevice
	beforeCut.Now = now.Add(-2 * time.Hour)
	for name, c := range map[string]struct {
		policy bundle.Policy
		code   string
	}{
		"replayed to another node":     {replayed, "E-TO"},
		"certificate expired":          {late, "E-CERT"},
		"certificate not valid yet":    {early, "E-CERT"},
		"training machine":             {training, "E-WORLD"},
		"no root":                      {rootless, "E-CERT"},
		"device revoked":               {revokeDevice, "E-REVOKED"},
		"user revoked":                 {revokeUser, "E-REVOKED"},
		"first seen before the cut":    {beforeCut, ""},
		"auditor, who is no addressee": {bundle.Policy{Trust: w.trust, Now: now}, ""},
	} {
		v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), c.policy)
		if c.code == "" {
			if err != nil || v == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if fault.Code(err) != c.code || v != nil {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// An analyst signs a bundle with interviews, using a real laptop: the device key alone must not be enough.
func TestVerify_RoleMayNotSend(t *testing.T) {
	w := newWorld(t, 1, false)
	good, _ := w.write(t, w.field(4))
	for role, code := range map[domain.Role]string{domain.INT: "", domain.MLD: "", domain.HQA: "E-ROLE", domain.ADM: "E-ROLE", domain.NFA: "E-ROLE", domain.DPO: "E-ROLE"} {
		f := w.open(t, good)
		f.userCert = must(trust.IssueUser(w.keys.CA, trust.UserSpec{
			ID: w.a.userID, Key: public(w.a.user), Roles: map[uuid.UUID][]domain.Role{w.mission: {role}}, From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 1, 0),
		}))
		v, err := bundle.Verify(t.Context(), f.write(t), w.hq.keyring(), w.atHQ())
		if got := fault.Code(err); got != code || (v == nil) != (code != "") {
			t.Errorf("%s: %v, want %q", role, err, code)
		}
	}
	// A role in another mission is none here.
	f := w.open(t, good)
	f.userCert = must(trust.IssueUser(w.keys.CA, trust.UserSpec{
		ID: w.a.userID, Key: public(w.a.user), Roles: map[uuid.UUID][]domain.Role{w.uuid(): {domain.INT}}, From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 1, 0),
	}))
	v, err := bundle.Verify(t.Context(), f.write(t), w.hq.keyring(), w.atHQ())
	wantRefused(t, v, err, "E-ROLE")
}

// Every two entries exchanged, under a manifest that does not say so and under one that does.
func TestVerify_EveryReordering(t *testing.T) {
	w := newWorld(t, 1, false)
	path, _ := w.write(t, w.field(3))
	entries := len(w.open(t, path).entries) + 4 // with manifest, two signatures and padding
	for i := range entries {
		for j := range i {
			f := w.open(t, path)
			f.all = func(all *[]forgedEntry) { (*all)[i], (*all)[j] = (*all)[j], (*all)[i] }
			_, err := bundle.Verify(t.Context(), f.write(t), w.hq.keyring(), w.atHQ())
			if code := fault.Code(err); code != "E-TAR" && code != "E-SIG" { // E-SIG: the user's signature is not where it must be
				t.Errorf("entries %d and %d exchanged: %v", j, i, err)
			}
		}
	}
}

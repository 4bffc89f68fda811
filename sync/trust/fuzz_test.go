package trust_test

import (
	"bytes"
	"crypto/rand"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/sync/trust"
)

var updateSeeds = flag.Bool("update-seeds", false, "write the seeds of the fuzz targets anew")

// fuzzWorld is the installation that all targets know: its keys come from a seed, so committed seeds fit it.
func fuzzWorld(tb testing.TB) *world { return newWorld(tb, 1, false) }

// seeds adds the committed files of a folder and fails when there is none, so that a fuzz target never runs empty. What the
// world can make of itself is written there on demand.
func seeds(f *testing.F, folder string, add func([]byte), made map[string][]byte) {
	f.Helper()
	dir := filepath.Join("testdata", "seeds", folder)
	if *updateSeeds {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			f.Fatal(err)
		}
		for name, content := range made {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				f.Fatal(err)
			}
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(paths) < len(made) {
		f.Fatalf("%d seeds for %s, want %d: %v", len(paths), folder, len(made), err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		add(content)
	}
}

// FuzzSignature: whatever is accepted was signed by its key, and it has one spelling.
func FuzzSignature(f *testing.F) {
	w := fuzzWorld(f)
	message := []byte("text")
	seeds(f, "sshsig", func(b []byte) { f.Add(b) }, map[string][]byte{
		"certificate": must(trust.Sign(w.device.key, w.device.cert, trust.NamespaceBundle, message)),
		"key":         must(trust.Sign(w.device.key, nil, trust.NamespaceBundle, message)),
		"namespace":   must(trust.Sign(w.device.key, nil, trust.NamespaceRoot, message)),
		"empty":       []byte("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"),
	})
	f.Fuzz(func(t *testing.T, armored []byte) {
		signer, err := trust.Verify(armored, message, trust.NamespaceBundle)
		if err != nil {
			if signer != nil {
				t.Error("a key came back with an error")
			}
			return
		}
		if _, err := trust.Verify(append(slices.Clone(armored), '\n'), message, trust.NamespaceBundle); err == nil {
			t.Error("two spellings of one signature")
		}
		if _, err := trust.Verify(armored, []byte("texT"), trust.NamespaceBundle); err == nil {
			t.Error("the signature of one text passes for another")
		}
		if _, err := trust.Verify(armored, message, trust.NamespaceRoot); err == nil {
			t.Error("the signature of one namespace passes under another")
		}
	})
}

// FuzzRoot: a next root with all signatures is taken only in its one spelling and as the very next version, with a threshold
// that its keys can reach.
func FuzzRoot(f *testing.F) {
	w := fuzzWorld(f)
	next, fresh := rotate(w)
	renewed := w.root
	renewed.Version = 2
	far := w.root
	far.Version = 9
	seeds(f, "root", func(b []byte) { f.Add(b) }, map[string][]byte{
		"first": w.rootDoc.Bytes, "two-of-three": must(trust.DraftRoot(next)).Bytes, "renewed": must(trust.DraftRoot(renewed)).Bytes, "jump": must(trust.DraftRoot(far)).Bytes,
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		doc := must(trust.CoSign(trust.Document{Name: trust.NameRoot, Bytes: b}, append(fresh, w.keys.Root)...))
		directory := must(trust.CoSign(trust.Document{Name: trust.NameDirectory, Bytes: w.directoryDoc.Bytes}, append(fresh, w.keys.Root)...))
		after, _ := w.trust.Accept(now, doc, directory)
		root := after.Root()
		switch {
		case root.Version == 1:
		case root.Version != 2 || root.Training || root.Threshold < 1 || root.Threshold > len(root.Keys):
			t.Errorf("took %+v", root)
		case !bytes.Equal(must(trust.DraftRoot(*root)).Bytes, b):
			t.Error("a root has a second spelling")
		}
		_, _ = trust.Signings([]trust.Document{w.rootDoc, {Name: "root.json", Bytes: b}, w.directoryDoc})
	})
}

// FuzzDirectory: as FuzzRoot, for the directory.
func FuzzDirectory(f *testing.F) {
	w := fuzzWorld(f)
	two := w.directory
	two.Version, two.MissionThreshold = 3, 2
	seeds(f, "directory", func(b []byte) { f.Add(b) }, map[string][]byte{
		"first": w.directoryDoc.Bytes, "next": must(w.trust.NextDirectory(now, nil)).Bytes, "two-people": must(trust.DraftDirectory(two)).Bytes,
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		doc := must(trust.CoSign(trust.Document{Name: trust.NameDirectory, Bytes: b}, w.keys.Root))
		after, _ := w.trust.Accept(now, doc)
		directory := after.Directory()
		if directory.Version == 1 {
			return
		}
		if directory.Register != w.register || directory.Training || !bytes.Equal(must(trust.DraftDirectory(*directory)).Bytes, b) {
			t.Errorf("took %+v", directory)
		}
		if again := must(trust.Decode(must(after.Encode()))); again.Directory().Version != directory.Version {
			t.Error("what was taken is not read back")
		}
	})
}

// FuzzMission: a mission directory with good signatures is taken only in its one spelling, and nothing that works on one
// fails on it: revoking, signing, certificates.
func FuzzMission(f *testing.F) {
	w := fuzzWorld(f)
	next, revoked := w.withCertificates(), w.withCertificates()
	revoked.Revoke(trust.DeviceName(w.device.id), now, "lost")
	revoked.Revoke(trust.UserName(w.user.id), now, "left")
	seeds(f, "mission", func(b []byte) { f.Add(b) }, map[string][]byte{
		"plain": w.missionDoc.Bytes, "certificates": must(trust.DraftMission(next)).Bytes, "revoked": must(trust.DraftMission(revoked)).Bytes,
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		doc := must(trust.CoSign(trust.Document{Name: trust.MissionFile(w.mission), Bytes: b}, w.keys.Admin, w.keys.Content))
		after, refused := w.trust.Accept(now, doc)
		mission, ok := after.Mission(w.mission)
		if !ok {
			t.Fatal("the mission that was held is gone")
		}
		if len(refused) > 0 || mission.Version == w.miss.Version {
			return
		}
		if mission.ID != w.mission || mission.Training || !bytes.Equal(must(trust.DraftMission(*mission)).Bytes, b) {
			t.Errorf("took %+v", mission)
		}
		changed := *mission
		changed.AddCertificates(now, w.device.cert)
		for _, name := range []string{trust.DeviceName(w.device.id), trust.UserName(w.user.id)} {
			changed.Revoke(name, now.AddDate(0, 0, -1), "lost")
			_ = after.Withdrawn(name, now)
		}
		changed.Version++
		again, refused := after.Accept(now, must(w.keys.SignMission(changed)))
		if len(refused) > 0 {
			t.Fatalf("a revocation on top of it is refused: %v", refused)
		}
		if _, err := again.Device(w.device.cert, now); err == nil {
			t.Error("a revoked certificate counts")
		}
	})
}

// FuzzReceipt: a receipt by headquarters' own hand is taken only in its one spelling, for our register and world.
func FuzzReceipt(f *testing.F) {
	w := fuzzWorld(f)
	empty := trust.Receipt{At: now, For: trust.DeviceName(w.device.id), HQ: trust.HQName(w.register), Version: 1}
	seeds(f, "receipt", func(b []byte) { f.Add(b) }, map[string][]byte{
		"full": must(trust.NewReceipt(w.receipt(), w.hq.key, w.hq.cert)).Bytes, "empty": must(trust.NewReceipt(empty, w.hq.key, w.hq.cert)).Bytes,
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		doc := trust.Document{Name: trust.ReceiptFile(w.device.id), Bytes: b}
		doc.Signatures = [][]byte{must(trust.Sign(w.hq.key, w.hq.cert, trust.NamespaceReceipt, b))}
		receipt, err := w.trust.Receipt(doc, now)
		if err != nil {
			return
		}
		if receipt.HQ != trust.HQName(w.register) || receipt.For != trust.DeviceName(w.device.id) || receipt.Training {
			t.Errorf("took %+v", receipt)
		}
		if !bytes.Equal(must(trust.EncodeStrict(receipt)), b) {
			t.Error("a receipt has a second spelling")
		}
	})
}

// FuzzRequest: an enrolment request signed by the keys in it is taken only in its one spelling, and its words follow its text.
func FuzzRequest(f *testing.F) {
	w := fuzzWorld(f)
	doc, _, err := trust.NewRequest(w.requestSpec())
	if err != nil {
		f.Fatal(err)
	}
	words := must(trust.ParseRequest(doc)).Words("nb")
	seeds(f, "request", func(b []byte) { f.Add(b) }, map[string][]byte{"request": doc.Bytes})
	f.Fuzz(func(t *testing.T, b []byte) {
		again := trust.Document{Name: trust.NameRequest, Bytes: b}
		for _, signature := range []*member{w.device, w.user} {
			again.Signatures = append(again.Signatures, must(trust.Sign(signature.key, nil, trust.NamespaceRequest, b)))
		}
		request, err := trust.ParseRequest(again)
		if err != nil {
			return
		}
		if !bytes.Equal(must(trust.EncodeStrict(request)), b) {
			t.Error("a request has a second spelling")
		}
		if !bytes.Equal(b, doc.Bytes) && slices.Equal(request.Words("nb"), words) {
			t.Error("another request gives the same words")
		}
		if trust.DeviceName(request.DeviceID()) != request.Device || request.DeviceKey() == nil {
			t.Errorf("took %+v", request)
		}
	})
}

// FuzzCertificate: a line that passes as a certificate has one spelling, and only those that our authority signed count.
func FuzzCertificate(f *testing.F) {
	w := fuzzWorld(f)
	foreign := newWorld(f, 2, false)
	seeds(f, "certificate", func(b []byte) { f.Add(b) }, map[string][]byte{
		"device": []byte(trust.PublicText(w.device.cert)), "hq": []byte(trust.PublicText(w.hq.cert)), "user": []byte(trust.PublicText(w.user.cert)),
		"foreign": []byte(trust.PublicText(foreign.device.cert)), "key": []byte(publicText(w.device.key)),
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		cert, err := trust.ParseCertificate(string(b))
		if err != nil {
			return
		}
		if trust.PublicText(cert) != string(b) {
			t.Error("a certificate has a second spelling")
		}
		device, asDevice := w.trust.Device(cert, now)
		user, asUser := w.trust.User(cert, now)
		if asDevice == nil && asUser == nil {
			t.Error("device and user at once")
		}
		if asDevice == nil && device.ID != w.device.id && device.ID != w.hq.id || asUser == nil && user.ID != w.user.id {
			t.Error("somebody whom nobody certified")
		}
	})
}

// FuzzPrincipals: whatever our authority signs, only exact names and roles count; an option, another type or an empty list
// never does.
func FuzzPrincipals(f *testing.F) {
	w := fuzzWorld(f)
	for _, cert := range []*ssh.Certificate{w.device.cert, w.hq.cert, w.user.cert} {
		f.Add(cert.KeyId, strings.Join(cert.ValidPrincipals, "\n"), cert.Serial, cert.CertType, "")
	}
	f.Add("", "", uint64(0), uint32(ssh.HostCert), "force-command")
	authority := must(ssh.NewSignerFromKey(w.keys.CA))
	f.Fuzz(func(t *testing.T, id, principals string, serial uint64, kind uint32, option string) {
		cert := w.forge(func(c *ssh.Certificate) {
			c.KeyId, c.ValidPrincipals, c.Serial, c.CertType = id, strings.Split(principals, "\n"), serial, kind
			if principals == "" {
				c.ValidPrincipals = nil
			}
			if option != "" {
				c.CriticalOptions = map[string]string{option: ""}
			}
		})
		if err := cert.SignCert(rand.Reader, authority); err != nil {
			return
		}
		if device, err := w.trust.Device(cert, now); err == nil {
			if device.Name() != id || kind != ssh.UserCert || serial == 0 || option != "" || device.HQ != slices.Contains(cert.ValidPrincipals, trust.HQName(w.register)) {
				t.Errorf("device %+v from %q", device, principals)
			}
		}
		if user, err := w.trust.User(cert, now); err == nil {
			roles := 0
			for _, held := range user.Roles {
				roles += len(held)
				if slices.ContainsFunc(held, func(r domain.Role) bool { return !r.Valid() }) {
					t.Errorf("roles %v", held)
				}
			}
			if user.Name() != id || kind != ssh.UserCert || serial == 0 || option != "" || roles != len(cert.ValidPrincipals)-1 {
				t.Errorf("user %+v from %q", user, principals)
			}
		}
	})
}

// FuzzDocuments: a document that decodes is written back to the same bytes, and without a signature none is taken.
func FuzzDocuments(f *testing.F) {
	w := fuzzWorld(f)
	for _, folder := range []string{"root", "directory", "mission", "receipt", "request"} {
		seeds(f, folder, func(b []byte) { f.Add(b) }, nil)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		decoded := false
		for _, into := range []any{&trust.Root{}, &trust.Directory{}, &trust.Mission{}, &trust.Receipt{}, &trust.Request{}, &trust.Grant{}} {
			if err := trust.DecodeStrict(b, into); err != nil {
				continue
			}
			again, err := trust.EncodeStrict(into)
			if err != nil || !bytes.Equal(again, b) {
				t.Errorf("%T has a second spelling: %v", into, err)
			}
			decoded = true
		}
		if !decoded {
			return
		}
		for _, name := range []string{trust.NameRoot, trust.NameDirectory, trust.MissionFile(w.mission)} {
			if next, refused := w.trust.Accept(now, trust.Document{Name: name, Bytes: b}); len(refused) == 0 || next.Root().Version != 1 {
				t.Error("a document without signature was taken")
			}
		}
	})
}

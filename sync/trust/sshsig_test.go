package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"feltbok/sync/trust"
)

func TestSignVerify(t *testing.T) {
	w := newWorld(t, 1, false)
	message := []byte("bundle.json\n")
	for name, cert := range map[string]*ssh.Certificate{"plain key": nil, "certificate": w.device.cert} {
		t.Run(name, func(t *testing.T) {
			signature := must(trust.Sign(w.device.key, cert, trust.NamespaceBundle, message))
			signer, err := trust.Verify(signature, message, trust.NamespaceBundle)
			if err != nil {
				t.Fatal(err)
			}
			if _, isCert := signer.(*ssh.Certificate); isCert != (cert != nil) {
				t.Errorf("signer is a %T", signer)
			}
			if _, err := trust.Verify(signature, []byte("bundle.json"), trust.NamespaceBundle); err == nil {
				t.Error("altered text passes")
			}
			if _, err := trust.Verify(signature, message, trust.NamespaceRoot); err == nil {
				t.Error("other namespace passes")
			}
		})
	}
	if _, err := trust.Sign(w.user.key, w.device.cert, trust.NamespaceBundle, message); err == nil {
		t.Error("signed with the certificate of another key")
	}
}

// Every change of a signature's text must be refused, so that a signature has one spelling.
func TestVerify_EveryByteChanged(t *testing.T) {
	w := newWorld(t, 1, false)
	message := []byte("text")
	signature := must(trust.Sign(w.device.key, w.device.cert, trust.NamespaceBundle, message))
	for i := range signature {
		for _, bit := range []byte{1, 0x20, 0x80} {
			changed := bytes.Clone(signature)
			changed[i] ^= bit
			key, err := trust.Verify(changed, message, trust.NamespaceBundle)
			if err == nil {
				// The certificate inside is covered by its authority's signature, which Trust judges.
				cert, ok := key.(*ssh.Certificate)
				if !ok {
					t.Fatalf("byte %d changed by %#x passes", i, bit)
				}
				if _, err := w.trust.Device(cert, now); err == nil {
					t.Fatalf("byte %d changed by %#x passes with its certificate", i, bit)
				}
			}
		}
	}
	for n := range signature {
		if _, err := trust.Verify(signature[:n], message, trust.NamespaceBundle); err == nil {
			t.Fatalf("cut to %d bytes passes", n)
		}
	}
	for _, spelling := range [][]byte{
		append(bytes.Clone(signature), '\n'), append([]byte("\n"), signature...), bytes.ReplaceAll(signature, []byte("\n"), []byte("\r\n")),
		bytes.Replace(signature, []byte("SIGNATURE-----\n"), []byte("SIGNATURE-----\n\n"), 1), make([]byte, trust.MaxSignature+1),
	} {
		if _, err := trust.Verify(spelling, message, trust.NamespaceBundle); err == nil {
			t.Errorf("another spelling passes: %.60q", spelling)
		}
	}
}

// rebuild makes an SSHSIG with fields of the attacker's choice, properly signed.
func rebuild(key ed25519.PrivateKey, signed, namespace, reserved, hash string, version uint32, digest, trailing []byte) []byte {
	signer := must(ssh.NewSignerFromKey(key))
	text := append([]byte("SSHSIG"), ssh.Marshal(struct {
		N, R, H string
		D       []byte
	}{signed, "", hash, digest})...)
	signature := must(signer.Sign(nil, text))
	blob := append([]byte("SSHSIG"), ssh.Marshal(struct {
		V       uint32
		K       []byte
		N, R, H string
		S       []byte
	}{version, signer.PublicKey().Marshal(), namespace, reserved, hash, ssh.Marshal(signature)})...)
	text64 := base64.StdEncoding.EncodeToString(append(blob, trailing...))
	var out strings.Builder
	out.WriteString("-----BEGIN SSH SIGNATURE-----\n")
	for len(text64) > 70 {
		out.WriteString(text64[:70] + "\n")
		text64 = text64[70:]
	}
	out.WriteString(text64 + "\n-----END SSH SIGNATURE-----\n")
	return []byte(out.String())
}

func TestVerify_WeakerForms(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	message := []byte("text")
	weak, strong := sha256.Sum256(message), sha512Sum(message)
	const right = trust.NamespaceBundle
	if _, err := trust.Verify(rebuild(key, right, right, "", "sha512", 1, strong, nil), message, right); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	for name, signature := range map[string][]byte{
		"sha256 instead of sha512":  rebuild(key, right, right, "", "sha256", 1, weak[:], nil),
		"hash named otherwise":      rebuild(key, right, right, "", "sha256", 1, strong, nil),
		"reserved field":            rebuild(key, right, right, "x", "sha512", 1, strong, nil),
		"version 2":                 rebuild(key, right, right, "", "sha512", 2, strong, nil),
		"trailing bytes":            rebuild(key, right, right, "", "sha512", 1, strong, []byte{0}),
		"namespace named otherwise": rebuild(key, right, trust.NamespaceRoot, "", "sha512", 1, strong, nil),
		"signed for another":        rebuild(key, trust.NamespaceRoot, right, "", "sha512", 1, strong, nil),
		"empty namespace":           rebuild(key, "", "", "", "sha512", 1, strong, nil),
	} {
		if _, err := trust.Verify(signature, message, trust.NamespaceBundle); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// A root key on a token signs with a touch; a signature made without one does not count.
func TestVerify_TokenWithoutTouch(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, 32))
	message := []byte("root")
	tokenKey := ssh.Marshal(struct {
		T string
		K []byte
		A string
	}{ssh.KeyAlgoSKED25519, public(private), "ssh:"})
	for flags, want := range map[byte]bool{1: true, 0: false} {
		plain := must(trust.Sign(private, nil, trust.NamespaceRoot, message))
		block, _ := pem.Decode(plain)
		if block == nil {
			t.Fatal("armor is not PEM-shaped")
		}
		// The text under the signature is the same; the token signs its hash together with flags and counter.
		sum := sha512Sum(message)
		text := append([]byte("SSHSIG"), ssh.Marshal(struct {
			N, R, H string
			D       []byte
		}{trust.NamespaceRoot, "", "sha512", sum})...)
		application, inner := sha256.Sum256([]byte("ssh:")), sha256.Sum256(text)
		signed := append(append(append([]byte{}, application[:]...), flags, 0, 0, 0, 9), inner[:]...)
		signature := ssh.Marshal(struct {
			F string
			B []byte
			R []byte `ssh:"rest"`
		}{ssh.KeyAlgoSKED25519, ed25519.Sign(private, signed), []byte{flags, 0, 0, 0, 9}})
		blob := append([]byte("SSHSIG"), ssh.Marshal(struct {
			V       uint32
			K       []byte
			N, R, H string
			S       []byte
		}{1, tokenKey, trust.NamespaceRoot, "", "sha512", signature})...)
		text64 := base64.StdEncoding.EncodeToString(blob)
		armored := "-----BEGIN SSH SIGNATURE-----\n"
		for len(text64) > 70 {
			armored += text64[:70] + "\n"
			text64 = text64[70:]
		}
		armored += text64 + "\n-----END SSH SIGNATURE-----\n"
		_, err := trust.Verify([]byte(armored), message, trust.NamespaceRoot)
		if (err == nil) != want {
			t.Errorf("flags %d: %v", flags, err)
		}
	}
}

func TestSSHKeygen_ReadsOurs(t *testing.T) {
	w := newWorld(t, 2, false)
	dir := t.TempDir()
	message := []byte("the manifest\n")
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	allowed := write("allowed_signers", []byte(w.trust.AllowedSigners()))
	revoked := write("revoked", w.trust.RevokedAt(now))
	verify := func(principal, namespace string, signature, text []byte, revoked string) (string, error) {
		path := write("sig", signature)
		return run(t, text, "ssh-keygen", "-Y", "verify", "-f", allowed, "-r", revoked, "-Overify-time=20261122030000Z",
			"-n", namespace, "-I", principal, "-s", path)
	}
	device, user := trust.DeviceName(w.device.id), trust.UserName(w.user.id)
	signed := must(trust.Sign(w.device.key, w.device.cert, trust.NamespaceBundle, message))
	if out, err := verify(device, trust.NamespaceBundle, signed, message, revoked); err != nil {
		t.Errorf("device: %v %s", err, out)
	}
	byUser := must(trust.Sign(w.user.key, w.user.cert, trust.NamespaceSignoff, message))
	if out, err := verify(user, trust.NamespaceSignoff, byUser, message, revoked); err != nil {
		t.Errorf("user: %v %s", err, out)
	}
	byHQ := must(trust.Sign(w.hq.key, w.hq.cert, trust.NamespaceReceipt, message))
	if out, err := verify(trust.HQName(w.register), trust.NamespaceReceipt, byHQ, message, revoked); err != nil {
		t.Errorf("receipt: %v %s", err, out)
	}

	foreign := newWorld(t, 3, false)
	expired := w.deviceSpec()
	expired.Until = now.AddDate(0, 0, -1)
	expiredCert := must(trust.IssueDevice(w.keys.CA, expired))
	revocation := w.miss
	revocation.Version++
	revocation.Revoked = []trust.Revocation{{Cut: now.AddDate(0, 0, -1), Kind: trust.RevokedDevice, Reason: "lost", Serial: w.device.cert.Serial}}
	later, refused := w.trust.Accept(now, must(w.keys.SignMission(revocation)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	revokedNow := write("revoked-now", later.RevokedAt(now))
	if !bytes.Equal(later.RevokedAt(now.AddDate(0, 0, -2)), w.trust.RevokedAt(now.AddDate(0, 0, -2))) {
		t.Error("a cut-off that lies ahead revokes already")
	}
	byKey := write("revoked-key", []byte(publicText(w.device.key)+"\n"))
	for name, attempt := range map[string]func() (string, error){
		"altered text":      func() (string, error) { return verify(device, trust.NamespaceBundle, signed, []byte("other"), revoked) },
		"other namespace":   func() (string, error) { return verify(device, trust.NamespaceReceipt, signed, message, revoked) },
		"other principal":   func() (string, error) { return verify(user, trust.NamespaceBundle, signed, message, revoked) },
		"revoked by serial": func() (string, error) { return verify(device, trust.NamespaceBundle, signed, message, revokedNow) },
		"revoked by key":    func() (string, error) { return verify(device, trust.NamespaceBundle, signed, message, byKey) },
		"foreign authority": func() (string, error) {
			signature := must(trust.Sign(foreign.device.key, foreign.device.cert, trust.NamespaceBundle, message))
			return verify(trust.DeviceName(foreign.device.id), trust.NamespaceBundle, signature, message, revoked)
		},
		"expired": func() (string, error) {
			signature := must(trust.Sign(w.device.key, expiredCert, trust.NamespaceBundle, message))
			return verify(device, trust.NamespaceBundle, signature, message, revoked)
		},
	} {
		if out, err := attempt(); err == nil {
			t.Errorf("ssh-keygen accepts %s: %s", name, out)
		}
	}
}

func TestSSHKeygen_WritesForUs(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"ca", "device"} {
		if out, err := run(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path(name)); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	w := newWorld(t, 4, false)
	ca := *must(ssh.ParseRawPrivateKey(must(os.ReadFile(path("ca"))))).(*ed25519.PrivateKey)
	w.directory.CA, w.directory.Version = []string{publicText(ca)}, 2
	moved, refused := w.trust.Accept(now, must(w.keys.SignDirectory(w.directory)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	name := trust.DeviceName(w.device.id)
	out, err := run(t, nil, "ssh-keygen", "-q", "-s", path("ca"), "-I", name, "-n", name+",mission:"+w.mission.String(), "-z", "77",
		"-V", "20261101000000Z:20270101000000Z", "-O", "clear", path("device.pub"))
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	message := []byte("from ssh-keygen\n")
	if err := os.WriteFile(path("text"), message, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, certified := range map[string]bool{"device": false, "device-cert.pub": true} {
		os.Remove(path("text.sig"))
		key := path(file)
		if certified {
			// ssh-keygen finds the private key beside the certificate's name.
			key = path("device-cert.pub")
			if err := copyFile(path("device-cert"), path("device")); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := run(t, nil, "ssh-keygen", "-q", "-Y", "sign", "-n", trust.NamespaceBundle, "-f", key, path("text")); err != nil {
			t.Fatalf("%s: %v %s", file, err, out)
		}
		signature := must(os.ReadFile(path("text.sig")))
		signer, err := trust.Verify(signature, message, trust.NamespaceBundle)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		cert, isCert := signer.(*ssh.Certificate)
		if isCert != certified {
			t.Fatalf("%s: signer is a %T", file, signer)
		}
		if certified {
			device, err := moved.Device(cert, now)
			if err != nil || device.ID != w.device.id || device.Serial != 77 || device.Mission != w.mission {
				t.Errorf("device %+v: %v", device, err)
			}
			if _, err := w.trust.Device(cert, now); err == nil {
				t.Error("an authority that is not in the directory passes")
			}
		}
	}
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

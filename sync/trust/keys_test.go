package trust_test

import (
	"crypto/sha512"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"feltbok/sync/trust"
)

func sha512Sum(b []byte) []byte { sum := sha512.Sum512(b); return sum[:] }

func TestKeys_Folder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	passphrase := []byte("elleve gule brevduer over fjorden")
	keys, err := trust.NewKeys(dir, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	again, err := trust.LoadKeys(dir, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if !keys.Root.Equal(again.Root) || !keys.CA.Equal(again.CA) || !keys.Admin.Equal(again.Admin) || !keys.Content.Equal(again.Content) {
		t.Error("keys differ after reading")
	}
	if out, err := run(t, nil, "ssh-keygen", "-y", "-P", string(passphrase), "-f", filepath.Join(dir, "root")); err != nil ||
		!strings.HasPrefix(out, publicText(keys.Root)) {
		t.Errorf("ssh-keygen: %v %s", err, out)
	}
	info, err := os.Stat(filepath.Join(dir, "ca"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}
	_, err = trust.LoadKeys(dir, []byte("galt"))
	wantCode(t, err, "V-PASS")
	if _, err := trust.NewKeys(dir, passphrase); err == nil {
		t.Error("keys were overwritten")
	}
	for _, name := range []string{"root", "ca"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	part, err := trust.LoadKeys(dir, passphrase)
	if err != nil || part.Root != nil || part.Admin == nil {
		t.Errorf("a folder without root: %v", err)
	}
	if _, err := part.SignRoot(trust.Root{}); err == nil {
		t.Error("signed without a root key")
	}
	if _, err := trust.LoadKeys(t.TempDir(), passphrase); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: %v", err)
	}
	_, err = trust.NewKeys(t.TempDir(), nil)
	wantCode(t, err, "V-PASS")
	held := keys.Root
	keys.Clear()
	if keys.Root != nil || held[0]|held[31] != 0 {
		t.Error("private key is still there after Clear")
	}
}

package recovery_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"feltbok/internal/fault"
	"feltbok/internal/recovery"
)

func asked(pass string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(pass), nil }
}

func never() ([]byte, error) { return nil, errors.New("nobody is to be asked") }

func TestSealKey_OpensByItsPassphraseAndByAge(t *testing.T) {
	identity := identities()["A"]
	file, err := recovery.SealKey(identity, "A", []byte(words), cheap, today)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.key.age")
	if err := recovery.WriteNew(path, file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := recovery.WriteNew(path, file); fault.Code(err) != "V-EXISTS" {
		t.Errorf("over another: %v", err)
	}
	got, err := recovery.ReadKey(path, asked(words))
	if err != nil || got.String() != identity.String() {
		t.Errorf("read back: %v", err)
	}
	if _, err := recovery.ReadKey(path, asked(words+"x")); cause(t, err) != "key-passphrase a.key.age" {
		t.Errorf("wrong passphrase: %v", err)
	}
	opener, err := age.NewScryptIdentity(words)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(file)), opener)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := age.ParseIdentities(r) // as `age -i` does
	if err != nil || len(parsed) != 1 {
		t.Errorf("age reads %d identities, %v", len(parsed), err)
	}
	if _, err := recovery.SealKey(identity, "A", []byte("password"), cheap, today); fault.Code(err) != "V-WEAK" {
		t.Errorf("weak: %v", err)
	}
	for name, damaged := range map[string][]byte{"cut": file[:len(file)/2], "changed": bytes.Replace(file, []byte("\n"), []byte("\nAAAA"), 1)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := recovery.ReadKey(path, asked(words)); cause(t, err) != "key-unreadable "+name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := recovery.ReadKey(path+"x", never); fault.Code(err) != "E-FILE" {
		t.Errorf("no file: %v", err)
	}
}

func TestParseKey_AsTyped(t *testing.T) {
	identity := identities()["A"]
	secret := identity.String()
	page := recovery.TypedText(identity)
	tests := map[string]struct {
		text string
		fits bool
	}{
		"as age-keygen writes it":  {"# created: today\n# public key: age1…\n" + secret + "\n", true},
		"from the sheet":           {page, true},
		"in small letters":         {strings.ToLower(page), true},
		"in one line":              {strings.Join(strings.Fields(page), " "), true},
		"without the check digits": {secret, true},
		"with windows' line ends":  {strings.ReplaceAll(page, "\n", "\r\n"), true},
		"one letter wrong":         {exchange(page, 40), false},
		"a check digit wrong":      {exchange(page, len(strings.TrimSpace(page))-1), false},
		"two letters exchanged":    {secret[:30] + secret[31:32] + secret[30:31] + secret[32:], secret[30] == secret[31]},
		"a group left out":         {strings.Replace(page, strings.Fields(page)[7], "", 1), false},
		"nothing":                  {"", false},
		"a public key":             {identity.Recipient().String(), false},
		"two keys":                 {secret + "\n" + identities()["B"].String(), false},
		"the key of old times":     {"AGE-SECRET-KEY-1" + strings.Repeat("Q", 58), false},
	}
	for name, tc := range tests {
		got, err := recovery.ParseKey([]byte(tc.text), "sheet")
		if tc.fits && (err != nil || got.String() != secret) {
			t.Errorf("%s: %v", name, err)
		}
		if !tc.fits && cause(t, err) != "key-unreadable sheet" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret[25:35]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

// exchange puts another letter in a place.
func exchange(text string, at int) string {
	for text[at] == ' ' || text[at] == '\n' {
		at++
	}
	other := byte('Q')
	if text[at] == other {
		other = 'P'
	}
	return text[:at] + string(other) + text[at+1:]
}

func TestReadPublic(t *testing.T) {
	c := custodians("A")[0]
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got, err := recovery.ReadPublic(write("a.pub", string(recovery.PublicText(c))))
	if err != nil || got != c.Recipient {
		t.Errorf("%v", err)
	}
	for name, content := range map[string]string{
		"empty": "", "comment": "# custodian A\n", "two": c.Recipient + "\n" + custodians("B")[0].Recipient, "secret": identities()["A"].String(),
		"old kind": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
	} {
		if _, err := recovery.ReadPublic(write(name, content)); fault.Code(err) != "E-VALUE" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQuickStart(t *testing.T) {
	secret := identities()["recovery"]
	dir := filepath.Join(t.TempDir(), "kit")
	kit, err := recovery.QuickStart(dir, secret, "", nil, true, cheap, today)
	if err != nil || !kit.Alone() {
		t.Fatal(err)
	}
	key, err := recovery.ReadKey(filepath.Join(dir, "custodian-A.key"), never)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := kit.Open([]recovery.Key{{Label: "A", Identity: key}}); err != nil {
		t.Error(err)
	}
	if _, err := recovery.QuickStart(dir, secret, "", nil, true, cheap, today); fault.Code(err) != "V-EXISTS" {
		t.Errorf("again: %v", err)
	}

	real := filepath.Join(t.TempDir(), "kit")
	if kit, err = recovery.QuickStart(real, secret, "", []byte(words), false, cheap, today); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(real, "custodian-A.key")); err == nil {
		t.Error("a real installation has a key in the clear")
	}
	if key, err = recovery.ReadKey(filepath.Join(real, "custodian-A.key.age"), asked(words)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := kit.Open([]recovery.Key{{Label: "A", Identity: key}}); err != nil {
		t.Error(err)
	}

	own := filepath.Join(t.TempDir(), "kit")
	if kit, err = recovery.QuickStart(own, secret, custodians("B")[0].Recipient, nil, false, cheap, today); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(own, "custodian*")); len(found) != 0 {
		t.Errorf("keys beside the kit of a custodian who has one: %v", found)
	}
	if _, _, err := kit.Open([]recovery.Key{{Identity: identities()["B"]}}); err != nil {
		t.Error(err)
	}
}

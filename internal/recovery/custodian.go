package recovery

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/secret"
	"feltbok/internal/vault"
)

// identityLength is how many characters an age identity with post-quantum keys has.
const identityLength = 77

// checkDigits is how many hex digits of SHA-256 over the identity's text follow it on paper.
const checkDigits = 8

// WorkFactor is the cost of a passphrase on a custodian's file, as a power of two of scrypt.
type WorkFactor int

// DefaultWorkFactor is what `age -p` uses, about a second; TrainingWorkFactor a thirtieth of it, for a world without real people.
const (
	DefaultWorkFactor  WorkFactor = 18
	TrainingWorkFactor WorkFactor = 13
)

// SealKey gives a custodian's identity as an armored age file under a passphrase: `age -d` shows it, and `age -i` takes it.
// V-WEAK for a passphrase that is easy to guess.
func SealKey(identity *age.HybridIdentity, label string, passphrase []byte, cost WorkFactor, now time.Time) ([]byte, error) {
	if err := vault.CheckPassphrase(passphrase); err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(int(cost))
	plain := keyText(identity, label, now)
	defer clear(plain)
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	w, err := age.Encrypt(armored, recipient)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = armored.Close()
	}
	secret.WipeAge(w)
	if err != nil {
		return nil, fmt.Errorf("seal the key of a custodian: %w", err)
	}
	return out.Bytes(), nil
}

// keyText is what age-keygen writes, with the custodian named.
func keyText(identity *age.HybridIdentity, label string, now time.Time) []byte {
	return fmt.Appendf(nil, "# Feltbok recovery kit, custodian %s\n# created: %s\n# public key: %s\n%s\n",
		label, now.UTC().Format(time.DateOnly), identity.Recipient(), identity)
}

// PublicText is the file that a custodian gives away: `age -R` takes it.
func PublicText(c Custodian) []byte {
	return fmt.Appendf(nil, "# Feltbok recovery kit, custodian %s\n%s\n", c.Label, c.Recipient)
}

// WriteNew creates a file that must not exist yet, so that no key is ever overwritten: V-EXISTS, E-FILE.
func WriteNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fault.New("V-EXISTS", filepath.Base(path), err)
	}
	if err != nil {
		return fault.New("E-FILE", filepath.Base(path), err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fault.New("E-FILE", filepath.Base(path), errors.Join(err, os.Remove(path)))
	}
	return fsx.SyncFolder(filepath.Dir(path))
}

// ReadPublic reads the recipient out of a file like that of [PublicText]: E-FILE, E-VALUE.
func ReadPublic(path string) (string, error) {
	content, err := readSmall(path)
	if err != nil {
		return "", err
	}
	recipient := ""
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := age.ParseHybridRecipient(line); err != nil || recipient != "" {
			return "", fault.Newf("E-VALUE", filepath.Base(path), "not one age recipient with post-quantum keys")
		}
		recipient = line
	}
	if recipient == "" {
		return "", fault.Newf("E-VALUE", filepath.Base(path), "no age recipient")
	}
	return recipient, nil
}

// ReadKey reads a custodian's identity: a file of [SealKey], whose passphrase is asked for, or a file with the identity in
// the clear, as age-keygen writes it or as it was typed from the sheet. R-KIT, E-FILE. The passphrase is cleared.
func ReadKey(path string, passphrase func() ([]byte, error)) (*age.HybridIdentity, error) {
	content, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	defer clear(content)
	name := filepath.Base(path)
	if !sealed(content) {
		return ParseKey(content, name)
	}
	words, err := passphrase()
	if err != nil {
		return nil, err
	}
	defer clear(words)
	opener, err := age.NewScryptIdentity(string(words))
	if err != nil {
		return nil, problem(KeyPassphrase, name, err)
	}
	var in io.Reader = bytes.NewReader(content)
	if bytes.HasPrefix(content, []byte(armor.Header)) {
		in = armor.NewReader(in)
	}
	r, err := age.Decrypt(in, opener)
	if err != nil {
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, problem(KeyPassphrase, name, err)
		}
		return nil, problem(KeyUnreadable, name, err)
	}
	defer secret.WipeAge(r)
	plain, err := io.ReadAll(io.LimitReader(r, maxIdentity+1))
	defer clear(plain)
	if err != nil {
		return nil, problem(KeyUnreadable, name, err)
	}
	return ParseKey(plain, name)
}

func sealed(content []byte) bool {
	return bytes.HasPrefix(content, []byte(armor.Header)) || bytes.HasPrefix(content, []byte("age-encryption.org/"))
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, 8*maxIdentity+1))
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	return content, nil
}

// ParseKey reads an identity as a file or the sheet has it: lines that begin with # are left out, white space and the case of
// letters do not count, and the check digits of the sheet may follow. R-KIT names the place; an error names no digit.
func ParseKey(text []byte, name string) (*age.HybridIdentity, error) {
	compact := make([]byte, 0, len(text))
	defer func() { clear(compact[:cap(compact)]) }()
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte("#")) {
			continue
		}
		for _, c := range line {
			if c >= 'a' && c <= 'z' {
				c -= 'a' - 'A'
			}
			if c > ' ' {
				compact = append(compact, c)
			}
		}
	}
	if len(compact) != identityLength && len(compact) != identityLength+checkDigits {
		return nil, problem(KeyUnreadable, name, fmt.Errorf("%d characters instead of %d", len(compact), identityLength))
	}
	secret, check := compact[:identityLength], compact[identityLength:]
	if len(check) > 0 && string(check) != checkLine(string(secret)) {
		return nil, problem(KeyUnreadable, name, errors.New("the check digits do not fit"))
	}
	identity, err := age.ParseHybridIdentity(string(secret))
	if err != nil {
		return nil, problem(KeyUnreadable, name, errors.New("an identity does not parse")) // age's error would quote it
	}
	return identity, nil
}

// checkLine is the first hex digits of SHA-256 over an identity's text: `printf %s "$identity" | sha256sum`.
func checkLine(identity string) string {
	sum := sha256.Sum256([]byte(identity))
	return strings.ToUpper(hex.EncodeToString(sum[:checkDigits/2]))
}

// Fingerprint is what a custodian and the keeper of the kit compare: the first 16 bytes of SHA-256 over a recipient's text,
// in groups of four hex digits.
func Fingerprint(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return grouped(hex.EncodeToString(sum[:16]), 4)
}

func grouped(text string, size int) string {
	var out strings.Builder
	for i, r := range text {
		if i > 0 && i%size == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// QuickStart makes the kit of a new installation with one custodian. When no recipient is given, a custodian's key is laid
// beside it: under the passphrase, or in the clear in a training installation, which has nobody real in it. [Kit.Alone] is
// true of it. V-EXISTS, E-VALUE.
func QuickStart(dir string, identity *age.HybridIdentity, recipient string, passphrase []byte, training bool, cost WorkFactor, now time.Time) (*Kit, error) {
	const label = "A"
	o := MakeOptions{Custodians: []Custodian{{Label: label, Recipient: recipient}}, Threshold: 1, Training: training, Now: now}
	if recipient != "" {
		return Make(dir, identity, o)
	}
	own, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	o.Custodians[0].Recipient = own.Recipient().String()
	name, content := "custodian-"+label+".key", keyText(own, label, now)
	defer clear(content)
	if !training {
		name += ".age"
		if content, err = SealKey(own, label, passphrase, cost, now); err != nil {
			return nil, err
		}
	}
	// First the key, so that there is never a kit that nobody opens.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New("E-FILE", filepath.Base(dir), err)
	}
	path := filepath.Join(dir, name)
	if err := WriteNew(path, content); err != nil {
		return nil, err
	}
	kit, err := Make(dir, identity, o)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return kit, nil
}

// TypedText is an identity as the sheet shows it: groups of four, five to a line, then the check digits on a line of their own.
// [ParseKey] reads it.
func TypedText(identity *age.HybridIdentity) string {
	secret := identity.String()
	var lines []string
	for len(secret) > 0 {
		n := min(len(secret), typedGroup*typedGroups)
		lines = append(lines, grouped(secret[:n], typedGroup))
		secret = secret[n:]
	}
	return strings.Join(append(lines, grouped(checkLine(identity.String()), typedGroup)), "\n") + "\n"
}

// The identity on paper: characters in a group, and groups in a line.
const typedGroup, typedGroups = 4, 5

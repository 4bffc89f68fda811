package recovery

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/secret"
)

// KitFile is the readable part of a kit. Nothing in it is secret.
const KitFile = "kit.json"

// Limits of security.md 4.9: at most 10 files.
const (
	MaxThreshold  = 3
	MaxCustodians = 5
)

const (
	kitVersion  = 1
	maxKitFile  = 64 << 10
	maxLabel    = 12
	maxIdentity = 4 << 10
)

// Custodian is a person who keeps one key of a kit.
type Custodian struct {
	Label     string `json:"label"` // letters and digits, at most 12: "A", "KH"
	Recipient string `json:"to"`    // age1pq1…
}

// File is one age file of a kit: sealed to the last custodian named, that to the one before, and so on. Opening goes in the
// order of the names.
type File struct {
	Custodians []string `json:"custodians"`
	Name       string   `json:"name"` // "A-B.age"
	SHA256     string   `json:"sha256"`
}

// Kit is a recovery kit in a folder. Use its methods; the fields show what kit.json says.
type Kit struct {
	Dir        string
	ID         string // 32 hex digits; a replaced kit gets a new one
	Created    string // YYYY-MM-DD
	Training   bool
	Threshold  int // how many custodians open it together
	Custodians []Custodian
	Files      []File
	Recovery   string // recipient of the identity inside
}

// kitJSON is kit.json, members in the order of their names.
type kitJSON struct {
	Created    string      `json:"created"`
	Custodians []Custodian `json:"custodians"`
	Files      []File      `json:"files"`
	ID         string      `json:"id"`
	K          int         `json:"k"`
	Recovery   string      `json:"recovery"`
	Training   bool        `json:"training"`
	V          int         `json:"v"`
}

// MakeOptions describes a kit to be made.
type MakeOptions struct {
	Custodians []Custodian
	Threshold  int
	Training   bool
	Now        time.Time
}

// Alone reports whether one custodian opens the kit without another: the quick start, which calls for a banner wherever the
// kit is named until it is replaced.
func (k *Kit) Alone() bool { return k.Threshold < 2 }

// Labels lists the custodians.
func (k *Kit) Labels() []string {
	labels := make([]string, len(k.Custodians))
	for i, c := range k.Custodians {
		labels[i] = c.Label
	}
	return labels
}

// Knows reports whether a custodian belongs to the kit under this label: R-KIT when not.
func (k *Kit) Knows(c Custodian) error {
	for _, known := range k.Custodians {
		if known.Label == c.Label && known.Recipient == c.Recipient {
			return nil
		}
		if known.Recipient == c.Recipient {
			return problem(CustodianOther, c.Label, nil)
		}
	}
	return problem(CustodianForeign, c.Label, nil)
}

// Make seals a recovery identity to every choice of custodians, into a folder that has no kit yet (V-EXISTS). kit.json comes
// last: a folder without it is no kit. E-VALUE for custodians or a threshold that cannot be.
func Make(dir string, identity *age.HybridIdentity, o MakeOptions) (_ *Kit, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New("E-FILE", filepath.Base(dir), err)
	}
	if _, err := os.Lstat(filepath.Join(dir, KitFile)); err == nil {
		return nil, fault.Newf("V-EXISTS", filepath.Join(filepath.Base(dir), KitFile), "folder has a kit already")
	}
	var id [16]byte
	rand.Read(id[:])
	kit := &Kit{
		Dir: dir, ID: hex.EncodeToString(id[:]), Created: o.Now.UTC().Format(time.DateOnly), Training: o.Training, Threshold: o.Threshold,
		Custodians: slices.Clone(o.Custodians), Recovery: identity.Recipient().String(),
	}
	defer func() {
		if err != nil {
			for _, file := range kit.Files {
				os.Remove(filepath.Join(dir, file.Name)) // made by this call: no such file existed
			}
		}
	}()
	for _, chosen := range choices(len(o.Custodians), o.Threshold) {
		file := File{}
		recipients := make([]age.Recipient, 0, len(chosen))
		for _, i := range chosen {
			recipient, err := age.ParseHybridRecipient(o.Custodians[i].Recipient)
			if err != nil {
				return nil, err
			}
			recipients = append(recipients, recipient)
			file.Custodians = append(file.Custodians, o.Custodians[i].Label)
		}
		file.Name = strings.Join(file.Custodians, "-") + ".age"
		path := filepath.Join(dir, file.Name)
		if _, err := os.Lstat(path); err == nil {
			return nil, fault.Newf("V-EXISTS", file.Name, "folder has such a file already")
		}
		content, err := nest(identity, recipients)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		file.SHA256 = hex.EncodeToString(sum[:])
		kit.Files = append(kit.Files, file)
		if err := fsx.WriteFile(path, content); err != nil {
			return nil, fault.New("E-FILE", file.Name, err)
		}
	}
	content, err := kit.encode()
	if err != nil {
		return nil, err
	}
	if err := fsx.WriteFile(filepath.Join(dir, KitFile), append(content, '\n')); err != nil {
		return nil, fault.New("E-FILE", KitFile, err)
	}
	return kit, nil
}

func (o *MakeOptions) check() error {
	n := len(o.Custodians)
	if n < 1 || n > MaxCustodians || o.Threshold < 1 || o.Threshold > min(n, MaxThreshold) {
		return fault.Newf("E-VALUE", "need", "%d of %d custodians; a kit has at most %d of %d", o.Threshold, n, MaxThreshold, MaxCustodians)
	}
	for i, c := range o.Custodians {
		if !validLabel(c.Label) {
			return fault.Newf("E-VALUE", c.Label, "a label has 1 to %d letters and digits of A to Z", maxLabel)
		}
		if _, err := age.ParseHybridRecipient(c.Recipient); err != nil {
			return fault.Newf("E-VALUE", c.Label, "not an age recipient with post-quantum keys")
		}
		for _, other := range o.Custodians[:i] {
			if strings.EqualFold(other.Label, c.Label) || other.Recipient == c.Recipient {
				return problem(CustodianTwice, c.Label, nil)
			}
		}
	}
	return nil
}

// validLabel holds labels to what every file system takes as a file name.
func validLabel(label string) bool {
	if len(label) < 1 || len(label) > maxLabel {
		return false
	}
	for _, r := range label {
		if (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// choices lists every way to take k of n, in order.
func choices(n, k int) (all [][]int) {
	var take func(from int, taken []int)
	take = func(from int, taken []int) {
		if len(taken) == k {
			all = append(all, slices.Clone(taken))
			return
		}
		for i := from; i < n; i++ {
			take(i+1, append(taken, i))
		}
	}
	take(0, nil)
	return all
}

// nest seals an identity to the last recipient, the result to the one before, and so on: the first opens first.
func nest(identity *age.HybridIdentity, recipients []age.Recipient) ([]byte, error) {
	content := []byte(identity.String() + "\n")
	for i := len(recipients) - 1; i >= 0; i-- {
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, recipients[i])
		if err == nil {
			_, err = w.Write(content)
		}
		if err == nil {
			err = w.Close()
		}
		clear(content)
		secret.WipeAge(w)
		if err != nil {
			return nil, fmt.Errorf("seal kit: %w", err)
		}
		content = sealed.Bytes()
	}
	return content, nil
}

func (k *Kit) encode() ([]byte, error) {
	return oplog.Canonical(kitJSON{
		Created: k.Created, Custodians: k.Custodians, Files: k.Files, ID: k.ID, K: k.Threshold, Recovery: k.Recovery, Training: k.Training, V: kitVersion,
	})
}

// Load reads kit.json and looks at no other file: R-KIT when it is missing or not what [Make] writes.
func Load(dir string) (*Kit, error) {
	file, err := os.Open(filepath.Join(dir, KitFile))
	if err != nil {
		return nil, problem(KitMissing, filepath.Base(dir), err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxKitFile+1))
	if err != nil || len(content) > maxKitFile {
		return nil, problem(KitDamaged, filepath.Base(dir), err)
	}
	kit, err := parseKit(bytes.TrimSuffix(content, []byte("\n")))
	if err != nil {
		return nil, problem(KitDamaged, filepath.Base(dir), err)
	}
	kit.Dir = dir
	return kit, nil
}

// parseKit accepts exactly what [Kit.encode] writes, for custodians and files that fit each other.
func parseKit(content []byte) (*Kit, error) {
	if err := oplog.StrictJSON(content); err != nil {
		return nil, err
	}
	var in kitJSON
	if err := json.Unmarshal(content, &in); err != nil {
		return nil, errors.New("not the expected JSON")
	}
	if in.V != kitVersion {
		return nil, fmt.Errorf("kit version %d is unknown", in.V)
	}
	kit := &Kit{ID: in.ID, Created: in.Created, Training: in.Training, Threshold: in.K, Custodians: in.Custodians, Files: in.Files, Recovery: in.Recovery}
	again, err := kit.encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, content) {
		return nil, errors.New("JSON has other members or another spelling than expected")
	}
	if _, err := time.Parse(time.DateOnly, kit.Created); err != nil {
		return nil, err
	}
	if id, err := hex.DecodeString(kit.ID); err != nil || len(id) != 16 {
		return nil, errors.New("id is not 32 hex digits")
	}
	if _, err := age.ParseHybridRecipient(kit.Recovery); err != nil {
		return nil, err
	}
	if err := (&MakeOptions{Custodians: kit.Custodians, Threshold: kit.Threshold}).check(); err != nil {
		return nil, err
	}
	chosen := choices(len(kit.Custodians), kit.Threshold)
	if len(chosen) != len(kit.Files) {
		return nil, fmt.Errorf("%d files instead of %d", len(kit.Files), len(chosen))
	}
	for i, file := range kit.Files {
		var labels []string
		for _, c := range chosen[i] {
			labels = append(labels, kit.Custodians[c].Label)
		}
		if sum, err := hex.DecodeString(file.SHA256); err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("hash of file %d is none", i)
		}
		if !slices.Equal(file.Custodians, labels) || file.Name != strings.Join(labels, "-")+".age" {
			return nil, fmt.Errorf("file %d is not the one of its custodians", i)
		}
	}
	return kit, nil
}

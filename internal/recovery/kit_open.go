package recovery

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"feltbok/internal/secret"
)

// Key is the secret of a custodian, at hand for as long as a kit is being opened.
type Key struct {
	// Label is the custodian for whom the key was given; empty when whoever gave it did not say.
	Label    string
	Identity *age.HybridIdentity
}

// Check compares every file of the kit with kit.json: R-KIT for the first that is missing or another.
func (k *Kit) Check() error {
	for _, file := range k.Files {
		if _, err := k.read(file); err != nil {
			return err
		}
	}
	return nil
}

// read returns the content of a file that is the one that kit.json names.
func (k *Kit) read(file File) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(k.Dir, file.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem(FileMissing, file.Name, err)
	}
	if err != nil {
		return nil, problem(FileDamaged, file.Name, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != file.SHA256 {
		return content, problem(FileDamaged, file.Name, errors.New("hash differs from "+KitFile))
	}
	return content, nil
}

// Open gives the recovery identity when enough custodians are there, and the file that it came from. When a file is damaged
// it tries those of other custodians present before it gives up. R-KIT names the file or the custodian at fault.
func (k *Kit) Open(keys []Key) (*age.HybridIdentity, File, error) {
	present, err := k.present(keys)
	if err != nil {
		return nil, File{}, err
	}
	var first error
	for _, file := range k.Files {
		var identities []age.Identity
		for _, label := range file.Custodians {
			if identity := present[label]; identity != nil {
				identities = append(identities, identity)
			}
		}
		if len(identities) < k.Threshold {
			continue
		}
		identity, err := k.openFile(file, identities)
		if err == nil {
			return identity, file, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, File{}, first
}

// present finds out which custodians are there.
func (k *Kit) present(keys []Key) (map[string]*age.HybridIdentity, error) {
	present := map[string]*age.HybridIdentity{}
	for _, key := range keys {
		if key.Label != "" && !slices.Contains(k.Labels(), key.Label) {
			return nil, problem(CustodianUnknown, key.Label, nil)
		}
		recipient := key.Identity.Recipient().String()
		i := slices.IndexFunc(k.Custodians, func(c Custodian) bool { return c.Recipient == recipient })
		switch {
		case i < 0:
			return nil, problem(CustodianForeign, key.Label, nil)
		case present[k.Custodians[i].Label] != nil:
			return nil, problem(CustodianTwice, k.Custodians[i].Label, nil)
		case key.Label != "" && key.Label != k.Custodians[i].Label:
			return nil, problem(CustodianOther, key.Label, errors.New("it is that of "+k.Custodians[i].Label))
		}
		present[k.Custodians[i].Label] = key.Identity
	}
	if len(present) < k.Threshold {
		return nil, problem(CustodianFew, filepath.Base(k.Dir), nil)
	}
	return present, nil
}

// openFile opens one file by its custodians in order. A file that opens, or is whole and for others, although it is not the
// one of kit.json, is another kit's; what does not open for another reason is damaged.
func (k *Kit) openFile(file File, identities []age.Identity) (*age.HybridIdentity, error) {
	content, unfit := k.read(file)
	if content == nil {
		return nil, unfit
	}
	plain, err := unnest(content, identities)
	defer clear(plain)
	var none *age.NoIdentityMatchError
	if err != nil {
		if unfit != nil && errors.As(err, &none) {
			return nil, problem(FileForeign, file.Name, err)
		}
		return nil, problem(FileDamaged, file.Name, err)
	}
	if unfit != nil {
		return nil, problem(FileForeign, file.Name, unfit)
	}
	identity, err := age.ParseHybridIdentity(string(bytes.TrimSpace(plain)))
	if err != nil {
		return nil, problem(KitForeign, file.Name, errors.New("the content is no identity"))
	}
	if identity.Recipient().String() != k.Recovery {
		return nil, problem(KitForeign, file.Name, nil)
	}
	return identity, nil
}

// unnest opens layer after layer. Its result is the caller's to clear.
func unnest(content []byte, identities []age.Identity) ([]byte, error) {
	for i, identity := range identities {
		r, err := age.Decrypt(bytes.NewReader(content), identity)
		if err != nil {
			return nil, err
		}
		inner, err := io.ReadAll(io.LimitReader(r, maxIdentity*int64(len(identities))+1))
		secret.WipeAge(r)
		if i > 0 {
			clear(content)
		}
		if err != nil {
			clear(inner)
			return nil, err
		}
		content = inner
	}
	return content, nil
}

// Replace makes a kit of the same recovery identity for other custodians, by the quorum of the old one: when a custodian
// leaves, or from one custodian to several. Nothing of the old kit is changed; its files still open, so they are to be
// destroyed.
func Replace(old *Kit, keys []Key, dir string, o MakeOptions) (*Kit, error) {
	if o.Training != old.Training {
		return nil, problem(KitWorld, filepath.Base(old.Dir), nil)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	identity, _, err := old.Open(keys)
	if err != nil {
		return nil, err
	}
	return Make(dir, identity, o)
}

package register

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// TravelLock puts the vault under travel lock (security.md 4.8): in one transaction every held ring gets a new key and the
// header is sealed under the code, then what was replaced is made final and the register is locked. From then on no
// passphrase opens the vault, also not with a header that was copied before; [Release] with the code does, and HQ recovery
// can tell the code. Copies of the whole vault that were made before, in backup/ or elsewhere, still open with their
// passphrases; rings that this user does not hold keep their keys. When it fails before the commit, nothing has changed
// and the register stays open; after an error that follows the commit the vault is locked all the same. V-SALVAGE when the
// register is open for reading only.
func (r *Register) TravelLock(ctx context.Context, code vault.TravelCode) error {
	r.rows.Lock()
	defer r.rows.Unlock()
	if r.locked {
		return ErrLocked
	}
	if r.vault.readOnly() {
		return fault.Newf("V-SALVAGE", r.vault.dir, "travel lock writes")
	}
	header, err := vault.ParseHeader(r.vault.content)
	if err != nil {
		return err
	}
	change := &headerChange{register: r, header: header, keys: map[domain.Ring]*vault.Key{}}
	defer change.clear()
	err = r.vault.engine.Update(ctx, func(w store.Writer) error {
		change.writer = w
		content, mac, err := change.rotateAll()
		if err != nil {
			return err
		}
		defer clear(content)
		locked, err := vault.SealTravel(header, content, mac, code)
		if err != nil {
			return err
		}
		travel, err := locked.Encode()
		if err != nil {
			return err
		}
		return w.PutHeader(travel, []byte{}, sha256.Sum256(r.vault.content))
	})
	if err != nil {
		return err
	}
	err = r.vault.settle(context.WithoutCancel(ctx))
	r.memory.Lock()
	defer r.memory.Unlock()
	err = errors.Join(err, r.vault.engine.Close())
	r.wipe()
	return err
}

// rotateAll gives every held ring a new key and returns the header's JSON and MAC as they are afterwards.
func (c *headerChange) rotateAll() (content, mac []byte, err error) {
	for _, entry := range slices.Clone(c.header.Rings) {
		if c.register.rings[entry.Ring] == nil {
			continue
		}
		if err := c.reseal(entry.Ring, c.present(entry.Readers), true); err != nil {
			return nil, nil, err
		}
	}
	if err := c.rotateRemoved(); err != nil { // rotates nothing more, but drops slots that no ring lists
		return nil, nil, err
	}
	if content, err = c.header.Encode(); err != nil {
		return nil, nil, err
	}
	key := vault.HeaderMACKey(c.key(domain.RingOpen), c.header.Vault)
	defer key.Clear()
	made := vault.HeaderMAC(&key, content)
	return content, made[:], nil
}

// Release ends a travel lock: the old header is put back byte for byte. A wrong code is V-CODE and changes nothing, a vault
// that is not locked V-RELEASED. Otherwise as [Open].
func Release(ctx context.Context, dir string, code vault.TravelCode) error {
	return withTravelHeader(ctx, dir, func(engine *store.SQLite, stored []byte, travel *vault.TravelHeader) error {
		content, mac, err := travel.Open(code)
		if err != nil {
			return placed(err, dir)
		}
		defer clear(content)
		err = engine.Update(ctx, func(w store.Writer) error { return w.PutHeader(content, mac, sha256.Sum256(stored)) })
		if err != nil {
			return err
		}
		return engine.Finalise(context.WithoutCancel(ctx))
	})
}

// RecoverTravelCode gives the code of a locked vault with the HQ recovery identity. With standard tools alone:
// sqlite3 vault.db 'select json from header' | jq -r .travel.recovery | base64 -d | age -d -i hq-recovery.key. R-KIT for
// another identity, V-CODE when what was recovered does not open the vault, V-RELEASED when it is not locked.
func RecoverTravelCode(dir string, identity age.Identity) (code vault.TravelCode, err error) {
	err = withTravelHeader(context.Background(), dir, func(_ *store.SQLite, _ []byte, travel *vault.TravelHeader) (err error) {
		code, err = travel.RecoverCode(identity)
		if errors.Is(err, ErrNotReader) {
			return fault.New("R-KIT", "", err)
		}
		return placed(err, dir)
	})
	return code, err
}

// withTravelHeader opens the file of a locked vault for a moment.
func withTravelHeader(ctx context.Context, dir string, do func(*store.SQLite, []byte, *vault.TravelHeader) error) (err error) {
	if store.Wiped(dir) {
		return fault.Newf("V-WIPED", dir, "vault was wiped")
	}
	engine, err := store.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	var content []byte
	err = engine.View(ctx, func(r store.Reader) (err error) {
		content, _, err = r.Header()
		return err
	})
	if errors.Is(err, store.ErrAbsent) {
		return fault.New("V-DAMAGED", dir, errors.New("register has no header"))
	}
	if err != nil {
		return err
	}
	travel, err := vault.ParseTravelHeader(content)
	if err != nil {
		return placed(err, dir)
	}
	return do(engine, content, travel)
}

// peekTravel is what anybody can see of a locked vault, with the error that [Open] gave for it.
func peekTravel(dir string, refused error) (Info, error) {
	info := Info{TravelLocked: true}
	err := withTravelHeader(context.Background(), dir, func(_ *store.SQLite, _ []byte, travel *vault.TravelHeader) error {
		info.Vault, info.Training = travel.Vault, travel.Training
		return nil
	})
	if err != nil {
		return Info{}, err
	}
	return info, refused
}

// placed says which vault a fault without a place is about.
func placed(err error, dir string) error {
	if f, ok := fault.Of(err); ok && f.Where == "" {
		return fault.New(f.Code, dir, f.Err)
	}
	return err
}

package register

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// UserSpec is one user of a new vault.
type UserSpec struct {
	Identity   *vault.Identity
	Label      string // shown at unlock: a letter or initials
	Passphrase []byte
	Rings      []domain.Ring // must contain that of open
}

// CreateOptions describe a new vault.
type CreateOptions struct {
	Dir      string
	Training bool
	Users    []UserSpec
	Recovery string // HQ's recovery recipient, age1pq1…, a reader of every ring
	KDF      vault.KDF
	Created  time.Time
}

// Folders are the folders beside the vault file (security.md 3.1).
var Folders = []string{"inbox", "held", "carry", "sent", "quarantine", backupFolder}

const backupFolder = "backup"

// slowest is how long making a slot may take before the costs are lowered (security.md 4.2).
const slowest = 2500 * time.Millisecond

// Create makes a vault in a folder, which is made too when it is missing. The rings are those that the users need. An
// existing vault is V-EXISTS; a passphrase that [vault.CheckPassphrase] refuses V-WEAK.
func Create(ctx context.Context, o CreateOptions) error {
	header, content, err := newVault(o)
	if err != nil {
		return err
	}
	defer content.clear()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fault.New("V-READONLY", o.Dir, err)
	}
	for _, folder := range Folders {
		if err := os.MkdirAll(filepath.Join(o.Dir, folder), 0o700); err != nil {
			return fault.New("V-READONLY", o.Dir, err)
		}
	}
	return store.Create(ctx, o.Dir, func(w store.Writer) error { return content.write(w, header, o.Created) })
}

// newContent holds the keys of a vault while it is being made.
type newContent struct {
	rings map[domain.Ring]*vault.Key
}

func (n *newContent) clear() {
	for _, key := range n.rings {
		key.Clear()
	}
}

func newVault(o CreateOptions) (_ *vault.Header, _ *newContent, err error) {
	if o.Recovery == "" || len(o.Users) == 0 {
		return nil, nil, errors.New("a vault needs a user and the recovery recipient of headquarters")
	}
	header := &vault.Header{Vault: uuid.New(), Training: o.Training, Created: o.Created.UTC().Format(time.DateOnly)}
	kdf := o.KDF
	readers := map[domain.Ring][]*vault.Slot{}
	for _, user := range o.Users {
		if !slices.Contains(user.Rings, domain.RingOpen) {
			return nil, nil, fmt.Errorf("user %q needs the ring of open", user.Label)
		}
		if err := vault.CheckPassphrase(user.Passphrase, user.Label); err != nil {
			return nil, nil, err
		}
		slot, err := newSlot(header.Vault, user, &kdf)
		if err != nil {
			return nil, nil, err
		}
		header.Slots = append(header.Slots, slot)
		for _, ring := range user.Rings {
			if !slices.Contains(readers[ring], slot) {
				readers[ring] = append(readers[ring], slot)
			}
		}
	}
	recovery := vault.NewRecoverySlot(o.Recovery)
	header.Slots = append(header.Slots, recovery)
	content := &newContent{rings: map[domain.Ring]*vault.Key{}}
	for ring := domain.Ring(1); ring <= vault.MaxRings; ring++ {
		if len(readers[ring]) == 0 {
			continue
		}
		key := vault.NewKey()
		content.rings[ring] = &key
		entry, err := vault.SealRing(header.Vault, o.Training, ring, vault.NewRingID(), 1, &key, append(readers[ring], recovery))
		if err != nil {
			content.clear()
			return nil, nil, err
		}
		header.Rings = append(header.Rings, entry)
	}
	return header, content, nil
}

// newSlot makes a slot and lowers the costs for it and the following ones when the machine is too slow for them.
func newSlot(id uuid.UUID, user UserSpec, kdf *vault.KDF) (*vault.Slot, error) {
	for {
		began := time.Now()
		slot, err := vault.NewSlot(id, user.Identity, user.Label, user.Passphrase, *kdf)
		if err != nil {
			return nil, err
		}
		lower, possible := kdf.Lower()
		if time.Since(began) <= slowest || !possible {
			return slot, nil
		}
		*kdf = lower
	}
}

// write puts header, system keys, roots and ledger into an empty register.
func (n *newContent) write(w store.Writer, header *vault.Header, created time.Time) error {
	first := n.rings[domain.RingOpen]
	ledger := vault.Ledger{}
	var ledgerKey vault.Key
	defer ledgerKey.Clear()
	for _, entry := range header.Rings {
		ringKeys := vault.DeriveRingKeys(n.rings[entry.Ring], header.Vault, entry.Ring)
		defer ringKeys.Clear()
		system := vault.DataKey{ID: vault.SystemKeyID(entry.Ring), Key: vault.NewKey(), Created: created.Unix()}
		defer system.Key.Clear()
		wrapped, err := vault.SealDataKey(&ringKeys.Wrap, header.Vault, entry.Ring, entry.ID, &system)
		if err != nil {
			return err
		}
		if err := w.PutDataKey(store.DataKey{ID: system.ID, Ring: entry.Ring, Wrapped: wrapped}); err != nil {
			return err
		}
		systemKeys := vault.DeriveSystemKeys(&system.Key, header.Vault, entry.Ring)
		defer systemKeys.Clear()
		if entry.Ring == domain.RingOpen {
			ledgerKey = systemKeys.System
		}
		root := vault.Root{Revision: 1, Commit: 1}
		if entry.Ring == domain.RingOpen {
			if err := plantFirstCanary(w, header, &systemKeys, &root); err != nil {
				return err
			}
		}
		sealed, _, err := vault.SealSystem(&systemKeys.System, header.Vault, entry.Ring, SystemRoot, root.Revision, root.Encode())
		if err != nil {
			return err
		}
		if err := w.PutSystem(store.SystemValue{Ring: entry.Ring, Name: SystemRoot, Value: sealed}); err != nil {
			return err
		}
		ledger[entry.Ring] = vault.LedgerEntry{Commit: root.Commit, Root: sha256.Sum256(sealed)}
	}
	sealed, _, err := vault.SealSystem(&ledgerKey, header.Vault, domain.RingOpen, SystemLedger, 1, ledger.Encode())
	if err != nil {
		return err
	}
	if err := w.PutSystem(store.SystemValue{Ring: domain.RingOpen, Name: SystemLedger, Value: sealed}); err != nil {
		return err
	}
	return putHeader(w, header, first, [32]byte{})
}

// putHeader writes a header with its MAC over one whose JSON has the hash was.
func putHeader(w store.Writer, header *vault.Header, openRingKey *vault.Key, was [32]byte) error {
	content, err := header.Encode()
	if err != nil {
		return err
	}
	key := vault.HeaderMACKey(openRingKey, header.Vault)
	defer key.Clear()
	mac := vault.HeaderMAC(&key, content)
	return w.PutHeader(content, mac[:], was)
}

package register

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// SalvagedTable says what of one table of one compartment stands in a salvaged vault.
type SalvagedTable struct {
	Ring  domain.Ring
	Table string
	// Kept rows were copied, Left ones were read and left out because they do not open; see Damage for rows that could not
	// be read.
	Kept, Left int
	// Opaque rows belong to a ring that the user does not hold: they were copied as they are, and nobody looked into them.
	Opaque bool
}

// SalvageReport says what [Salvage] brought over and what not.
type SalvageReport struct {
	Vault  uuid.UUID
	Tables []SalvagedTable // by ring, then table
	Damage []Damage        // of the original, as in [Vault.UnlockReadOnly]
	// Cases are those of rows that were left out, as far as the heads of these rows still tell.
	Cases []uuid.UUID
	// Moved counts operations that got another number, so that the order of arrival has no gaps; Gaps are numbers that stay
	// empty all the same, since rows of rings that are not held cannot be moved.
	Moved, Gaps int
}

// Whole reports whether everything of the original is in the salvaged vault.
func (s *SalvageReport) Whole() bool { return len(s.Damage) == 0 }

// scratchName is the folder for a copy of a register with a log, which is written back there and not in the original.
const scratchName = "salvage.part"

// Salvage makes a new vault, in a folder that does not exist or is empty, of what a damaged one still gives (security.md 10.2):
// the same header, so that the same passphrases open it, every row that can be read and opened, byte for byte, rows of rings
// that the user does not hold as they are, and roots and ledger that fit. The original is only read. The result is proven by
// unlocking and checking it before it gets its name. What cannot be salvaged stays an error: V-MISSING, V-BUSY, V-DAMAGED
// when the header cannot be read, V-HEADER, V-RING and V-KEY when a ring was tampered with or no key of it is left, V-PASS, V-WAIT, V-EXISTS, V-SPACE. progress may be
// nil; it is told how many rows of how many were looked at.
func Salvage(ctx context.Context, from, to, slot string, passphrase []byte, progress func(done, total int)) (SalvageReport, error) {
	return salvage(ctx, from, to, progress, func(v *Vault) (*vault.Slot, *vault.Identity, error) {
		chosen := v.header.SlotNamed(slot)
		if chosen == nil {
			return nil, nil, fault.Newf("V-PASS", slot, "vault has no such slot")
		}
		if err := v.mayTry(chosen); err != nil {
			return nil, nil, err
		}
		identity, err := chosen.Open(v.header.Vault, passphrase)
		if err != nil {
			return nil, nil, v.tryFailed(ctx, chosen, err)
		}
		v.trySucceeded(ctx, chosen)
		return chosen, identity, nil
	})
}

func salvage(ctx context.Context, from, to string, progress func(done, total int), identify func(*Vault) (*vault.Slot, *vault.Identity, error)) (report SalvageReport, err error) {
	made, err := emptyFolder(to)
	if err != nil {
		return report, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, made())
		}
	}()
	v, closeSource, err := openForSalvage(ctx, from, to)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, closeSource()) }()
	slot, identity, err := identify(v)
	if err != nil {
		return report, err
	}
	defer identity.Clear()
	r, err := v.loadAround(ctx, slot, identity)
	if err != nil {
		return report, err
	}
	defer r.discard()
	if err := r.trusted(); err != nil {
		return report, err
	}
	s := &salvaging{source: r, progress: progress, tables: map[SalvagedTable]*SalvagedTable{}, sums: map[domain.Ring]*total{}}
	defer s.clear()
	err = v.engine.View(ctx, func(reader store.Reader) error {
		s.reader = reader.(store.AroundReader)
		if err := s.plan(); err != nil {
			return err
		}
		return store.Rebuild(ctx, to, func(update func(func(store.Placer) error) error) error { return s.run(ctx, update) })
	})
	if err != nil {
		return report, err
	}
	if err := proveSalvaged(ctx, to, slot, identity); err != nil {
		return report, err
	}
	return s.report(), nil
}

// trusted refuses rings whose key nothing in the vault confirms: V-RING when the header is not as their holders left it,
// V-KEY when no data key opens. Whoever sealed a ring anew could read all that is written into it from now on.
func (r *Register) trusted() error {
	for damage := range r.damage.rows {
		if damage.Code == "V-RING" {
			return fault.Newf("V-RING", damage.Ring.String(), "a ring that was tampered with cannot be salvaged")
		}
	}
	for number, lost := range r.damage.keyless {
		if len(lost.data) == 0 {
			return fault.Newf("V-KEY", number.String(), "no data key of the compartment opens")
		}
	}
	return nil
}

// emptyFolder makes the folder of a new vault with those beside it, and returns how to take them away again.
func emptyFolder(dir string) (undo func() error, err error) {
	entries, err := os.ReadDir(dir)
	existed := err == nil
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fault.New("V-READONLY", dir, err)
	}
	if len(entries) > 0 {
		return nil, fault.Newf("V-EXISTS", dir, "folder is not empty")
	}
	undo = func() error {
		if !existed {
			return os.RemoveAll(dir)
		}
		entries, err := os.ReadDir(dir)
		for _, entry := range entries {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
		return err
	}
	for _, folder := range append([]string{""}, Folders...) {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, errors.Join(fault.New("V-READONLY", dir, err), undo())
		}
	}
	return undo, nil
}

// openForSalvage opens the original without changing a byte of it. When a log lies beside it, both are copied first.
func openForSalvage(ctx context.Context, from, to string) (*Vault, func() error, error) {
	path := filepath.Join(from, store.FileName)
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, fault.New("V-MISSING", from, err)
	}
	needed, scratch := info.Size()+upgradeMargin, ""
	log, err := os.Stat(path + "-wal")
	if err == nil && log.Size() > 0 {
		scratch = filepath.Join(to, scratchName)
		needed += info.Size() + log.Size()
	}
	if free, err := freeBytes(to); err != nil {
		return nil, nil, err
	} else if free < needed {
		return nil, nil, fault.Newf("V-SPACE", to, "%d bytes are free, salvaging needs %d", free, needed)
	}
	dir := from
	unlock := func() error { return nil }
	if scratch != "" {
		if unlock, err = store.Lock(from); err != nil {
			return nil, nil, err
		}
		if err := copyRegister(scratch, path); err != nil {
			return nil, nil, errors.Join(err, unlock())
		}
		dir = scratch
	}
	engine, err := store.OpenAround(ctx, dir)
	if err != nil {
		return nil, nil, errors.Join(err, unlock())
	}
	v, err := readingVault(ctx, from, engine)
	if err != nil {
		return nil, nil, errors.Join(err, unlock())
	}
	return v, func() error {
		err := errors.Join(engine.Close(), unlock())
		if scratch != "" {
			err = errors.Join(err, os.RemoveAll(scratch))
		}
		return err
	}, nil
}

func copyRegister(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := fsx.Copy(filepath.Join(dir, store.FileName+suffix), path+suffix); err != nil {
			return err
		}
	}
	return nil
}

// proveSalvaged opens the new vault as its user would and checks every row.
func proveSalvaged(ctx context.Context, dir string, slot *vault.Slot, identity *vault.Identity) error {
	v, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	r := v.newRegister(slot, identity)
	defer r.discard()
	err = r.openRings()
	if err == nil {
		err = v.engine.View(ctx, func(reader store.Reader) error { return r.load(ctx, reader) })
	}
	if err == nil {
		_, err = r.Check(ctx)
	}
	return errors.Join(err, v.Close())
}

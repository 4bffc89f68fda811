package register

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// upgradeMargin is how much must be free beside a second copy of the register before an upgrade begins: the log and what
// the file system needs.
const upgradeMargin = 16 << 20

// Stages of an upgrade, after each of which it may end.
const (
	stageSnapshot = "snapshot"
	stageFilled   = "filled"
	stageCommit   = "commit"
	stageVerified = "verified"
)

// Tests put failures in the place of these.
var (
	upgradeStage = func(string) error { return nil }
	upgradeAlso  = func(store.Writer) error { return nil } // inside the transaction
	freeBytes    = fsx.FreeBytes
)

// upgraded brings a register of an older version to the newest one and returns it as loaded from there; r is then no
// longer valid. It has been proven under the old tables before. What happens is pains.md row 21: sealed snapshot, one
// transaction, every old row compared, roots and ledger proven anew, and when anything does not fit the snapshot is put back.
// V-UPGRADE says that the register is as it was.
func (v *Vault) upgraded(ctx context.Context, slot *vault.Slot, r *Register) (*Register, error) {
	if v.copied || v.engine.Version() >= store.SchemaVersion {
		return r, nil
	}
	fresh, err := v.upgrade(ctx, slot, r)
	if err != nil {
		r.wipe()
		return nil, err
	}
	r.discard()
	return fresh, nil
}

// discard clears a register whose identity has gone over to another one.
func (r *Register) discard() {
	r.memory.Lock()
	defer r.memory.Unlock()
	r.locked = true
	r.clearRings()
}

func (v *Vault) upgrade(ctx context.Context, slot *vault.Slot, r *Register) (*Register, error) {
	refuse := func(err error) error { return fault.New("V-UPGRADE", v.dir, err) }
	if err := v.roomForUpgrade(); err != nil {
		return nil, refuse(err)
	}
	before, err := v.contents(ctx, r.planted())
	if err != nil {
		return nil, err
	}
	snapshot, err := v.snapshot(ctx, before.tables)
	if err == nil {
		err = upgradeStage(stageSnapshot)
	}
	if err != nil {
		return nil, refuse(err)
	}
	tx := &Tx{register: r}
	defer tx.clear()
	err = v.engine.Upgrade(ctx, func(w store.Writer) error {
		tx.writer = w
		if err := tx.plantCanary(); err != nil {
			return err
		}
		return errors.Join(tx.finish(), upgradeAlso(w), upgradeStage(stageFilled))
	})
	var fresh *Register
	if err == nil {
		fresh, err = v.verifyUpgrade(ctx, slot, r, before)
	}
	if err == nil {
		return fresh, nil
	}
	// Also a transaction that was undone is looked at: nothing is believed that can be checked.
	back := context.WithoutCancel(ctx)
	if now, problem := v.engine.Digests(back); problem == nil && v.engine.Version() == before.version && sameTables(before.tables, now) {
		return nil, refuse(err)
	}
	if problem := v.engine.PutBack(back, snapshot); problem != nil {
		return nil, errors.Join(fault.New("V-DAMAGED", v.dir, fmt.Errorf("put back %s: %w", filepath.Base(snapshot), problem)), err)
	}
	return nil, refuse(err)
}

func (v *Vault) roomForUpgrade() error {
	free, err := freeBytes(v.dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(v.dir, store.FileName))
	if err != nil {
		return err
	}
	if needed := 2*info.Size() + upgradeMargin; free < needed {
		return fault.Newf("V-SPACE", v.dir, "%d bytes are free, the upgrade needs %d", free, needed)
	}
	return nil
}

// snapshot makes a sealed copy in the folder of backups, before-v3-20261122T081530Z.db, and returns its path. One that an
// interrupted upgrade left and that is still exact is used again.
func (v *Vault) snapshot(ctx context.Context, tables map[string]store.Digest) (string, error) {
	folder := filepath.Join(v.dir, backupFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	prefix := fmt.Sprintf("%s%d-", snapshotPrefix, store.SchemaVersion)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, entry := range slices.Backward(entries) { // the newest first
		path := filepath.Join(folder, entry.Name())
		switch name := entry.Name(); {
		case !strings.HasPrefix(name, prefix):
		case strings.Contains(name, ".db"+fsx.PartSuffix): // never finished
			if err := os.Remove(path); err != nil {
				return "", err
			}
		case strings.HasSuffix(name, ".db"):
			if found, err := store.CheckFile(ctx, path); err == nil && sameTables(tables, found) {
				return path, nil
			}
		}
	}
	path := filepath.Join(folder, prefix+v.clock.Now().UTC().Format("20060102T150405Z")+".db")
	for n := 2; ; n++ { // two within a second, or a clock that was set back
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			break
		}
		path = filepath.Join(folder, fmt.Sprintf("%s%s-%d.db", prefix, v.clock.Now().UTC().Format("20060102T150405Z"), n))
	}
	return path, v.engine.Copy(ctx, path)
}

// contents are what an upgrade must leave as it is.
type contents struct {
	version int
	tables  map[string]store.Digest
	values  store.Digest // system values without those that the upgrade writes
}

// planted are the system values that an upgrade writes: what the new version needs, and with it root and ledger of open.
func (r *Register) planted() map[int64]bool {
	return map[int64]bool{SystemRoot: true, SystemLedger: true, SystemCanary: r.rings[domain.RingOpen].values[SystemCanary] == valueHead{}}
}

func (v *Vault) contents(ctx context.Context, written map[int64]bool) (c contents, err error) {
	c.version = v.engine.Version()
	if c.tables, err = v.engine.Digests(ctx); err != nil {
		return c, err
	}
	err = v.engine.View(ctx, func(reader store.Reader) error {
		hash := sha256.New()
		for value, err := range reader.SystemValues() {
			if err != nil {
				return err
			}
			if value.Ring == domain.RingOpen && written[value.Name] {
				continue
			}
			c.values.Rows++
			hash.Write(binary.BigEndian.AppendUint64([]byte{byte(value.Ring)}, uint64(value.Name)))
			hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(value.Value))))
			hash.Write(value.Value)
		}
		copy(c.values.Hash[:], hash.Sum(nil))
		return nil
	})
	return c, err
}

// sameTables reports whether all tables of before have the same rows in after.
func sameTables(before, after map[string]store.Digest) bool {
	for table, digest := range before {
		if after[table] != digest {
			return false
		}
	}
	return true
}

// verifyUpgrade compares every old row and proves the register anew from the file.
func (v *Vault) verifyUpgrade(ctx context.Context, slot *vault.Slot, r *Register, before contents) (*Register, error) {
	if err := upgradeStage(stageCommit); err != nil {
		return nil, err
	}
	after, err := v.contents(ctx, r.planted())
	if err != nil {
		return nil, err
	}
	if after.values != before.values {
		return nil, errors.New("system values changed during the upgrade")
	}
	for table, digest := range before.tables {
		if table != "system_value" && after.tables[table] != digest {
			return nil, fmt.Errorf("table %s changed during the upgrade", table)
		}
	}
	if err := v.engine.Integrity(ctx); err != nil {
		return nil, err
	}
	fresh := v.newRegister(slot, r.identity)
	err = fresh.openRings()
	if err == nil {
		err = v.engine.View(ctx, func(reader store.Reader) error { return fresh.load(ctx, reader) })
	}
	if err == nil {
		err = upgradeStage(stageVerified)
	}
	if err != nil {
		fresh.discard()
		return nil, err
	}
	return fresh, nil
}

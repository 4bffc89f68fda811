package workspace

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/sync/trust"
)

// backupLife is how long a backup that should be destroyed or replaced may wait (security.md 10.4).
const backupLife = 30 * 24 * time.Hour

// instant is the form of a point of time with its offset, as DateTime fields have it.
const instant = "2006-01-02T15:04:05-07:00"

// BackupTo makes a checked backup like [Workspace.Backup] and puts it on the register of backups under a label of its place,
// which says where the copy is kept and no path. A machine that is not enrolled keeps no register.
func (w *Workspace) BackupTo(ctx context.Context, path, place string) (*Backup, error) {
	reg := w.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	switch _, err := os.Stat(path); {
	case err == nil:
		return nil, fault.New("V-EXISTS", filepath.Base(path), nil)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, fault.New("E-FILE", filepath.Base(filepath.Dir(path)), err)
	}
	generations := reg.Generations()
	if err := reg.Backup(ctx, path); err != nil {
		return nil, err
	}
	w.Audit("backup", "", uuid.Nil)
	hash, err := fileHash(path)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	if place == "" {
		place = filepath.Base(path)
	}
	w.mu.Lock()
	enrolled := w.enrolled()
	w.mu.Unlock()
	made := &Backup{At: w.Now(), Place: place, SHA256: hash, Device: w.Me().Device, Generations: map[string]int64{}}
	var rows []map[string]string
	for _, ring := range slices.Sorted(mapKeys(generations)) {
		made.Generations[ring.String()] = int64(generations[ring])
		rows = append(rows, map[string]string{"ring": ring.String(), "generation": strconv.FormatUint(uint64(generations[ring]), 10)})
	}
	if !enrolled {
		return made, nil
	}
	record, err := w.Set(ctx, Target{Type: "backup_record"}, map[string]domain.Answer{
		"date": {Value: made.At.Format(instant)}, "place": {Value: place}, "ring_generations": {Value: rows}, "sha256": {Value: hash},
	})
	if err != nil {
		return nil, err
	}
	made.ID = record.ID()
	return made, nil
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

func fileHash(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// Backup is an entry of the register of backups (security.md 10.4).
type Backup struct {
	ID uuid.UUID `json:"id"`
	// Device made it; Alias is its name in the mission directory.
	Device      uuid.UUID        `json:"device"`
	Alias       string           `json:"alias"`
	At          time.Time        `json:"at"`
	Place       string           `json:"place"`
	SHA256      string           `json:"sha256"`
	Generations map[string]int64 `json:"generations"` // of the rings, by name
	Destroyed   bool             `json:"destroyed"`
	// Why says what was taken away since and still is in the backup: "erasure", "withdrawal" (somebody took content back), "keys" (a
	// removal or another change of keys).
	// Empty when the backup is as good as the vault. Since is when that was, Overdue that it is more than 30 days ago.
	Why     string    `json:"why,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Overdue bool      `json:"overdue"`
}

// Replace reports whether the backup should be destroyed or replaced by a new one.
func (b *Backup) Replace() bool { return b.Why != "" && !b.Destroyed }

// Backups lists the register of backups, the newest first: those of this machine, and at headquarters of every machine
// whose register came. Every user may read it.
func (w *Workspace) Backups(ctx context.Context) ([]Backup, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	seen, err := w.noteGenerations(ctx)
	if err != nil {
		return nil, err
	}
	out := []Backup{}
	for object, err := range w.reg.Objects(ctx, domain.Open, filterTypes([]domain.Type{"backup_record"})) {
		if err != nil {
			return nil, err
		}
		if !deleted(object) {
			out = append(out, w.backupOf(newRecord(object)))
		}
	}
	slices.SortFunc(out, func(a, b Backup) int {
		return cmp.Or(b.At.Compare(a.At), slices.Compare(a.ID[:], b.ID[:]))
	})
	erasures := w.reg.Erasures()
	for i := range out {
		w.outdate(&out[i], out, seen, erasures)
	}
	return out, nil
}

func (w *Workspace) backupOf(r *Record) Backup {
	b := Backup{ID: r.ID(), Place: r.Text("place"), SHA256: r.Text("sha256"), Generations: map[string]int64{}}
	b.At, _ = time.Parse(instant, r.Text("date"))
	if heads := r.Heads("date"); len(heads) > 0 {
		b.Device = heads[0].Name.Device
	}
	b.Alias = w.machineAlias(b.Device)
	if rows, ok := r.Answer("ring_generations").Value.([]map[string]string); ok {
		for _, row := range rows {
			if n, err := strconv.ParseInt(row["generation"], 10, 64); err == nil {
				b.Generations[row["ring"]] = n
			}
		}
	}
	b.Destroyed = r.Answer("destroyed").Bool()
	return b
}

func (w *Workspace) machineAlias(device uuid.UUID) string {
	if device == w.node.Device {
		return w.node.Alias
	}
	if w.tr != nil {
		for _, mission := range w.tr.Missions() {
			if node, ok := mission.Node(trust.DeviceName(device)); ok {
				return node.Alias
			}
		}
	}
	return device.String()[:8]
}

// outdate says what a backup still holds that was taken away since.
func (w *Workspace) outdate(b *Backup, all []Backup, seen generations, erasures []register.Erasure) {
	since := func(at time.Time, why string) {
		if b.Why == "" || at.Before(b.Since) {
			b.Since = at
		}
		if b.Why != "erasure" && (b.Why != "withdrawal" || why == "erasure") {
			b.Why = why
		}
	}
	for _, all := range w.redacted {
		for _, r := range all {
			if r.At.After(b.At) {
				since(r.At, "withdrawal")
			}
		}
	}
	for _, e := range erasures {
		if at := w.orderedAt(e); at.After(b.At) {
			since(at, "erasure")
		}
	}
	for ring, was := range b.Generations {
		if b.Device == w.node.Device {
			for _, change := range seen[ring] {
				if change.Generation > was {
					since(change.At, "keys")
				}
			}
		}
		for i := range all { // of another machine, a later backup tells
			if other := &all[i]; other.Device == b.Device && other.Generations[ring] > was && other.At.After(b.At) {
				since(other.At, "keys")
			}
		}
	}
	if b.Destroyed {
		b.Overdue = false
		return
	}
	b.Overdue = b.Why != "" && w.Now().Sub(b.Since) > backupLife
}

// orderedAt is when an erasure took place by this workspace's clock.
func (w *Workspace) orderedAt(e register.Erasure) time.Time {
	line, ok, err := w.order(context.Background(), e.Operation)
	if err != nil || !ok || e.At.After(line.HLC.Time()) {
		return e.At
	}
	return line.HLC.Time()
}

// MarkDestroyed notes that a backup does not exist any more. Faults: E-CASE when it is not on the register.
func (w *Workspace) MarkDestroyed(ctx context.Context, id uuid.UUID) error {
	record, err := w.Get(ctx, "backup_record", id)
	if err != nil {
		return err
	}
	if record == nil {
		return fault.New("E-CASE", "", nil)
	}
	target := Target{Type: "backup_record", ID: id}
	if heads := record.Heads("date"); len(heads) > 0 && w.Me().HQ {
		target.Mission = w.missionOfDevice(heads[0].Name.Device)
	}
	_, err = w.Set(ctx, target, map[string]domain.Answer{
		"destroyed": {Value: true}, "destroyed_date": {Value: w.Now().Format(time.DateOnly)},
	})
	return err
}

// missionOfDevice is the mission whose members hear of a record about a device; zero for headquarters' own.
func (w *Workspace) missionOfDevice(device uuid.UUID) uuid.UUID {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tr != nil {
		for _, mission := range w.tr.Missions() {
			if _, ok := mission.Node(trust.DeviceName(device)); ok {
				return mission.ID
			}
		}
	}
	return uuid.Nil
}

// generations tell when this machine first saw each generation of a ring, by the ring's name.
type generations map[string][]generation

type generation struct {
	Generation int64     `json:"g"`
	At         time.Time `json:"at"`
}

// noteGenerations compares the rings with what was noted and stores what is new, so that older backups are known to be
// behind.
func (w *Workspace) noteGenerations(ctx context.Context) (generations, error) {
	stored, err := w.reg.System(domain.RingOpen, register.SystemGenerations)
	if err != nil {
		return nil, err
	}
	seen := generations{}
	if stored != nil {
		if err := json.Unmarshal(stored, &seen); err != nil {
			return nil, fault.New("V-DAMAGED", w.dir, err)
		}
	}
	changed := false
	for ring, n := range w.reg.Generations() {
		known := seen[ring.String()]
		if len(known) > 0 && known[len(known)-1].Generation >= int64(n) {
			continue
		}
		seen[ring.String()] = append(known, generation{int64(n), w.Now().UTC().Truncate(time.Second)})
		changed = true
	}
	if !changed || w.readOnly() {
		return seen, nil
	}
	out, err := json.Marshal(seen)
	if err != nil {
		return nil, err
	}
	return seen, w.reg.Update(ctx, func(tx *register.Tx) error { return tx.SetSystem(domain.RingOpen, register.SystemGenerations, out) })
}

// BackupCheck opens a backup read-only and checks it without any passphrase: its integrity, and that it has a header.
// Faults: V-MISSING, V-BACKUP, V-DAMAGED.
func BackupCheck(ctx context.Context, file string) error { return register.CheckBackup(ctx, file) }

// BackupProve opens a backup read-only for the user of a label, or the first one, and proves all of it that the user reads:
// MACs, keys, roots, ledger and every row. Faults: those of [BackupCheck] and [Unlock].
func BackupProve(ctx context.Context, file, label string, passphrase []byte) (report CheckReport, err error) {
	if err := BackupCheck(ctx, file); err != nil {
		return report, err
	}
	v, err := register.OpenCopy(ctx, file)
	if err != nil {
		return report, err
	}
	slot, err := slotNamed(v.Users(), label)
	if err != nil {
		return report, errors.Join(err, v.Close())
	}
	reg, err := v.Unlock(ctx, slot, passphrase)
	if err != nil {
		return report, errors.Join(err, v.Close())
	}
	report, err = reg.Check(ctx)
	return report, errors.Join(err, reg.Lock())
}

func slotNamed(users []register.Login, label string) (string, error) {
	for _, login := range users {
		if label == "" || strings.EqualFold(login.Label, label) {
			return login.Slot, nil
		}
	}
	return "", fault.Newf("V-PASS", label, "no such user")
}

// Restore makes a workspace folder out of a backup (security.md 10.3): the copy is checked, laid into a folder that must not
// be there yet or be empty, unlocked and proven, and told to begin new epochs, because this vault may have written more since the
// copy was made. Nothing is ever overwritten. label may be empty for the first user. Faults: V-EXISTS, V-BACKUP, V-DAMAGED, those of
// [Unlock]; after one of them the folder is as it was.
func Restore(ctx context.Context, file, dir, label string, passphrase []byte, o Options) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fault.New("V-EXISTS", filepath.Base(dir), nil)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New("V-EXISTS", filepath.Base(dir), err)
	}
	if _, err := os.Stat(file); err != nil {
		return fault.New("E-FILE", filepath.Base(file), err)
	}
	if err := BackupCheck(ctx, file); err != nil {
		return err
	}
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New("E-FILE", filepath.Base(dir), err)
	}
	err := restore(ctx, file, dir, label, passphrase, o)
	if err == nil {
		return nil
	}
	for _, name := range []string{"vault.db", "vault.db-wal", "vault.db" + fsx.PartSuffix, "lock"} {
		os.Remove(filepath.Join(dir, name))
	}
	if missing != nil {
		os.Remove(dir) // only when it is empty
	}
	return err
}

func restore(ctx context.Context, file, dir, label string, passphrase []byte, o Options) error {
	if err := fsx.Copy(filepath.Join(dir, "vault.db"), file); err != nil {
		return fault.New("E-FILE", filepath.Base(dir), err)
	}
	info, err := Peek(dir)
	if err != nil {
		return err
	}
	slot, err := slotNamed(info.Users, label)
	if err != nil {
		return err
	}
	w, err := Unlock(ctx, dir, slot, passphrase, o)
	if err != nil {
		return err
	}
	if _, err := w.Check(ctx); err != nil {
		return errors.Join(err, w.Close())
	}
	w.Audit("restore", "", uuid.Nil)
	return errors.Join(w.ReplaceEpochs(ctx, nil), w.Close())
}

// ReplaceEpochs makes this machine write no more in epochs of its own: the next line begins a new one that names the old
// one in `replaces` (security.md 5.2, 6.7). None named means every epoch there is.
func (w *Workspace) ReplaceEpochs(ctx context.Context, epochs []uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	if len(epochs) == 0 {
		for _, epoch := range w.epochs {
			epochs = append(epochs, epoch)
		}
	}
	all := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(epochs), w.replaced...))))
	if len(all) == len(w.replaced) {
		return nil
	}
	stored, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := w.reg.Update(ctx, func(tx *register.Tx) error { return tx.SetSystem(domain.RingOpen, register.SystemReplaced, stored) }); err != nil {
		return err
	}
	w.replaced = all
	return w.loadChains(ctx)
}

func (w *Workspace) loadReplaced() error {
	stored, err := w.reg.System(domain.RingOpen, register.SystemReplaced)
	if err != nil || stored == nil {
		return err
	}
	if err := json.Unmarshal(stored, &w.replaced); err != nil {
		return fault.New("V-DAMAGED", w.dir, err)
	}
	return nil
}

// ownChain is the first line of a chain of this device.
type ownChain struct {
	audience string
	epoch    uint32
	replaces []uint32
}

// chooseEpochs finds the epoch that each audience goes on in, and those that the next new one replaces.
func (w *Workspace) chooseEpochs(chains []ownChain) {
	old := map[uint32]bool{}
	for _, epoch := range w.replaced {
		old[epoch] = true
	}
	for _, c := range chains {
		for _, epoch := range c.replaces {
			old[epoch] = true
		}
	}
	w.epochs, w.superseded = map[string]uint32{}, map[string][]uint32{}
	for _, c := range chains {
		if !old[c.epoch] {
			w.epochs[c.audience] = c.epoch
			continue
		}
		w.superseded[c.audience] = slices.Compact(slices.Sorted(slices.Values(append(w.superseded[c.audience], c.epoch))))
	}
}

// OwnEpochs lists the epochs of this machine's own chains with the number of their last line in each compartment held.
func (w *Workspace) OwnEpochs() map[oplog.Chain]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := map[oplog.Chain]uint64{}
	if w.reg == nil {
		return last
	}
	for _, c := range domain.AllCompartments {
		for _, state := range w.reg.Chains(c) {
			if state.Chain.Device == w.node.Device {
				last[state.Chain] = state.Have.Last()
			}
		}
	}
	return last
}

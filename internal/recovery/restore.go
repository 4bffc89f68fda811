package recovery

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// RestoreOptions says what to restore, and for whom.
type RestoreOptions struct {
	Backup string // stays as it is
	Kit    string
	Keys   []Key
	Dir    string // the new folder; must not exist
	// Label is the user who gets the new slot: one of those that the machine's own record names, so that role and name stay.
	Label      string
	Passphrase []byte
	// Rings that the user gets; nil: those of the user's role. Never more than the role may have.
	Rings []domain.Ring
	KDF   vault.KDF
	// Also runs on the restored folder before it gets its name, when nothing has it open: for the mark that its next line begins a
	// new epoch, and for certificates that no longer fit. May be nil.
	Also func(ctx context.Context, dir, slot string) error
	// Progress is told what begins: "kit", "copy", "check", "rows", "users". May be nil.
	Progress func(stage string)
}

// Restored says what was made.
type Restored struct {
	Dir    string
	Slot   string // of the new user
	Vault  uuid.UUID
	User   uuid.UUID
	Role   domain.Role
	Device Device
	Rings  []domain.Ring
	Lines  int
	Alone  bool // the kit opens with one custodian
}

// partFolder ends the name of a folder that is being restored.
const partFolder = ".part"

// Restore makes a workspace folder out of a backup when all its passphrases are forgotten: the rows are checked whole, every
// ring gets a new key for recovery and the one user named, all other slots are gone and their owners enrol again. The user
// has new keys too, so certificates of old do not fit them. The folder gets its name last; on any error nothing of it stays.
// Faults: V-EXISTS, E-VALUE for a label or ring that cannot be, V-WEAK, R-KIT, and those of [Rehearse].
func Restore(ctx context.Context, o RestoreOptions) (_ *Restored, err error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if err := vault.CheckPassphrase(o.Passphrase); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	part := dir + partFolder
	for _, path := range []string{dir, part} {
		if _, err := os.Lstat(path); err == nil {
			return nil, fault.Newf("V-EXISTS", filepath.Base(path), "a restore begins with a new folder")
		}
	}
	o.Progress("kit")
	kit, err := Load(o.Kit)
	if err != nil {
		return nil, err
	}
	identity, _, err := kit.Open(o.Keys)
	if err != nil {
		return nil, err
	}
	o.Progress("copy")
	if err := prepareFolder(ctx, part, o.Backup, identity); err != nil {
		return nil, errors.Join(err, os.RemoveAll(part)) // made by this call
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	o.Progress("check")
	v, err := register.Open(ctx, part)
	if err != nil {
		return nil, unreadable(err, o.Backup)
	}
	reg, err := v.Recover(ctx, identity)
	if err != nil {
		return nil, errors.Join(rowFault(err, o.Backup), v.Close())
	}
	restored, err := restoreInto(ctx, o, reg)
	if err = errors.Join(err, reg.Lock()); err != nil {
		return nil, err
	}
	if o.Also != nil {
		if err := o.Also(ctx, part, restored.Slot); err != nil {
			return nil, err
		}
	}
	if err := os.Rename(part, dir); err != nil {
		return nil, fault.New("E-FILE", filepath.Base(dir), err)
	}
	restored.Dir, restored.Alone = dir, kit.Alone()
	return restored, fsx.SyncFolder(filepath.Dir(dir))
}

// prepareFolder lays a copy of the backup into a new folder, after looking whether it is one. A travel lock is taken off the
// copy: recovery opens its code (security.md 4.8).
func prepareFolder(ctx context.Context, part, backup string, identity *age.HybridIdentity) error {
	v, err := register.OpenCopy(ctx, backup)
	locked := fault.Code(err) == "V-TRAVEL"
	if err != nil && !locked {
		return unreadable(err, backup)
	}
	if !locked {
		if err := v.Close(); err != nil {
			return err
		}
	}
	for _, folder := range append([]string{""}, register.Folders...) {
		if err := os.MkdirAll(filepath.Join(part, folder), 0o700); err != nil {
			return fault.New("E-FILE", filepath.Base(part), err)
		}
	}
	if err := fsx.Copy(filepath.Join(part, store.FileName), backup); err != nil {
		return fault.New("E-FILE", filepath.Base(part), err)
	}
	if !locked {
		return nil
	}
	code, err := register.RecoverTravelCode(part, identity)
	if err != nil {
		return fault.New("R-RING", filepath.Base(backup), err)
	}
	return register.Release(ctx, part, code)
}

// restoreInto checks everything, then changes users.
func restoreInto(ctx context.Context, o RestoreOptions, reg *register.Register) (*Restored, error) {
	for _, number := range reg.Rings() {
		if !reg.Holds(number) {
			return nil, fault.Newf("R-RING", number.String(), "recovery is not among the readers")
		}
	}
	o.Progress("rows")
	checked, err := reg.Check(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, rowFault(err, o.Backup)
	}
	o.Progress("users")
	stored, err := reg.System(domain.RingOpen, register.SystemDevice)
	if err != nil {
		return nil, err
	}
	defer clear(stored)
	device, err := parseDevice(stored)
	if err != nil {
		return nil, fault.New("R-ROWS", filepath.Base(o.Backup), err)
	}
	restored := &Restored{Vault: reg.VaultID(), Device: device, Lines: checked.Operations}
	if restored.Rings, err = restored.choose(o, reg.Rings()); err != nil {
		return nil, err
	}
	identity, err := vault.NewIdentity(restored.User)
	if err != nil {
		return nil, err
	}
	defer identity.Clear()
	spec := register.UserSpec{Identity: identity, Label: o.Label, Passphrase: o.Passphrase, Rings: restored.Rings}
	if restored.Slot, err = reg.ReplaceUsers(ctx, spec, o.KDF); err != nil {
		return nil, err
	}
	if _, err := reg.Check(ctx); err != nil {
		return nil, rowFault(err, o.Dir)
	}
	return restored, nil
}

// choose finds the user on the machine's record and the rings that the role and the vault have.
func (r *Restored) choose(o RestoreOptions, present []domain.Ring) ([]domain.Ring, error) {
	i := slices.IndexFunc(r.Device.Users, func(u User) bool { return strings.EqualFold(u.Alias, o.Label) })
	if i < 0 {
		known := make([]string, len(r.Device.Users))
		for i, user := range r.Device.Users {
			known[i] = user.Alias
		}
		return nil, fault.Newf("E-VALUE", "label", "the machine knows %s, not %q", strings.Join(known, ", "), o.Label)
	}
	user := r.Device.Users[i]
	r.User, r.Role = user.ID, user.Role
	allowed := slices.DeleteFunc(user.Role.Rings(), func(ring domain.Ring) bool { return !slices.Contains(present, ring) })
	if o.Rings == nil {
		return allowed, nil
	}
	for _, ring := range o.Rings {
		if !slices.Contains(allowed, ring) {
			return nil, fault.Newf("E-ROLE", ring.String(), "role %s", user.Role)
		}
	}
	if !slices.Contains(o.Rings, domain.RingOpen) {
		return nil, fault.Newf("E-VALUE", "rings", "the ring of open is always among them")
	}
	return slices.Compact(slices.Sorted(slices.Values(o.Rings))), nil
}

package register

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// Vault is a register whose file is open and whose user is not known yet.
type Vault struct {
	dir     string
	engine  *store.SQLite
	header  *vault.Header
	content []byte // the exact bytes of the header
	mac     []byte
	clock   clock.Clock
	copied  bool // a backup: nothing is written, pending work stays
	reading bool // damaged, or taken for damaged: nothing is written
}

// Open takes the lock of a vault, opens its file with the exact settings and reads the header: V-MISSING, V-BUSY,
// V-PRAGMA, V-READONLY, V-DAMAGED, V-HEADER, V-TRAVEL, V-WIPED.
func Open(ctx context.Context, dir string) (*Vault, error) {
	if store.Wiped(dir) {
		return nil, fault.Newf("V-WIPED", dir, "vault was wiped")
	}
	engine, err := store.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	v := &Vault{dir: dir, engine: engine, clock: clock.System{}}
	err = v.readHeader(ctx)
	if err == nil {
		err = v.noteTries(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return v, nil
}

func (v *Vault) readHeader(ctx context.Context) error {
	err := v.engine.View(ctx, func(r store.Reader) (err error) {
		v.content, v.mac, err = r.Header()
		return err
	})
	if errors.Is(err, store.ErrAbsent) {
		return fault.New("V-DAMAGED", v.dir, errors.New("register has no header"))
	}
	if err != nil {
		return err
	}
	v.header, err = vault.ParseHeader(v.content)
	return placed(err, v.dir)
}

// Peek tells what anybody can see of a vault, without keeping it open. A vault under travel lock gives V-TRAVEL and, beside
// the error, what its header still shows; [Release] opens it again.
func Peek(dir string) (Info, error) {
	v, err := Open(context.Background(), dir)
	if fault.Code(err) == "V-TRAVEL" {
		return peekTravel(dir, err)
	}
	if err != nil {
		return Info{}, err
	}
	return Info{Vault: v.ID(), Training: v.Training(), Users: v.Users()}, v.Close()
}

// SetClock replaces the machine's clock, which gives the quarter of audit keys and the age of keys.
func (v *Vault) SetClock(c clock.Clock) { v.clock = c }

// ID names the vault for ever.
func (v *Vault) ID() uuid.UUID { return v.header.Vault }

// Training reports whether the vault belongs to the training world (security.md 6.10).
func (v *Vault) Training() bool { return v.header.Training }

// Users lists the slots that open with a passphrase, in the order of the header.
func (v *Vault) Users() []Login {
	var users []Login
	for _, slot := range v.header.Slots {
		if slot.Kind == vault.PassphraseSlot {
			users = append(users, Login{Slot: slot.ID.String(), Label: slot.Label})
		}
	}
	return users
}

// Close gives up the lock. After an unlock, [Register.Lock] does it.
func (v *Vault) Close() error { return v.engine.Close() }

// Backup copies the register as it is, sealed, to a new file and checks the copy (security.md 10.3).
func (v *Vault) Backup(ctx context.Context, out string) error {
	path, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	return v.engine.Copy(ctx, path)
}

package workspace

import (
	"context"
	"errors"
	"time"

	"feltbok/internal/register"
	"feltbok/internal/vault"
)

// TravelCode is the code of a travel lock (security.md 4.8).
type TravelCode = vault.TravelCode

// NewTravelCode returns a random code, to be read out once and forgotten.
func NewTravelCode() TravelCode { return vault.NewTravelCode() }

// Release ends the travel lock of a folder by its code as people type it. Faults: V-CODE, V-RELEASED, and those of [Peek].
func Release(ctx context.Context, dir string, typed []byte) error {
	code, err := vault.ParseTravelCode(string(typed))
	if err != nil {
		return err
	}
	defer code.Clear()
	return register.Release(ctx, dir, code)
}

// Wipe wipes a folder that is not open, or ends a wipe that was interrupted, without any passphrase (security.md 4.8).
// What is lost is lost. Faults: V-MISSING, V-BUSY, V-WIPED (files that could not be removed: run it again).
func Wipe(ctx context.Context, dir string, progress func(step string)) error {
	return register.Wipe(ctx, dir, progress)
}

// Foreign names what lies in a folder and was not made by Feltbok: what a wipe leaves.
func Foreign(dir string) ([]string, error) { return register.Foreign(dir) }

// Wait is how long the next try of a slot must wait after failed ones; zero when it need not, or when the folder cannot be
// looked into.
func Wait(dir, slot string) time.Duration {
	v, err := register.Open(context.Background(), dir)
	if err != nil {
		return 0
	}
	defer v.Close()
	return v.Wait(slot)
}

// NewPassphrase returns random words of a language with spaces between them; zero words are as many as are suggested
// (security.md 4.2).
func NewPassphrase(lang string, words int) string { return vault.NewPassphrase(lang, words) }

// CheckPassphrase is V-WEAK for a passphrase that somebody chose and that could be guessed. known are words that it must not
// live on, such as the user's label.
func CheckPassphrase(passphrase []byte, known ...string) error {
	return vault.CheckPassphrase(passphrase, known...)
}

// PeekDamaged reads what a folder whose file is damaged still shows, without changing it. Faults: V-MISSING, V-BUSY, V-VERSION,
// V-HEADER, V-TRAVEL, V-DAMAGED.
func PeekDamaged(dir string) (Info, error) {
	v, err := register.OpenReadOnly(context.Background(), dir)
	if err != nil {
		return Info{}, err
	}
	return Info{Vault: v.ID(), Training: v.Training(), Users: v.Users()}, v.Close()
}

// OpenBackupCheck checks a backup like [BackupCheck] and then, as one of its users, every row that the user may read
// (security.md 10.3). label is the user's. Faults besides: V-PASS, and those of [Workspace.Check].
func OpenBackupCheck(ctx context.Context, file, label string, passphrase []byte) (report CheckReport, err error) {
	if err := BackupCheck(ctx, file); err != nil {
		return report, err
	}
	v, err := register.OpenCopy(ctx, file)
	if err != nil {
		return report, err
	}
	slot := ""
	for _, user := range v.Users() {
		if user.Label == label {
			slot = user.Slot
		}
	}
	reg, err := v.Unlock(ctx, slot, passphrase)
	if err != nil {
		return report, errors.Join(err, v.Close())
	}
	defer func() { err = errors.Join(err, reg.Lock()) }()
	return reg.Check(ctx)
}

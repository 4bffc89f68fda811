package register_test

import (
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/vault"
)

// The copy that an upgrade leaves opens with the old passphrases and holds every case, so it goes with the first change of
// keys: otherwise a removed passphrase, a travel lock or an erasure would mean nothing to whoever takes the folder.
func TestSnapshots_GoWithTheKeysTheyOpen(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string) error{
		"passphrase": func(t *testing.T, dir string) error {
			r, err := unlockOld(t, dir)
			if err != nil {
				return err
			}
			return r.ChangePassphrase(background, oldPassphrase(), []byte(passphraseA), vault.TestKDF)
		},
		"rotation": func(t *testing.T, dir string) error {
			r, err := unlockOld(t, dir)
			if err != nil {
				return err
			}
			return r.Rotate(background, domain.RingOpen)
		},
		"travel lock": func(t *testing.T, dir string) error {
			r, err := unlockOld(t, dir)
			if err != nil {
				return err
			}
			return r.TravelLock(background, vault.NewTravelCode())
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := mustOldVault(t)
			r, err := unlockOld(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			mustLock(t, r)
			if got := snapshots(t, dir); len(got) != 1 {
				t.Fatalf("after the upgrade there are the copies %v", got)
			}
			if err := change(t, dir); err != nil {
				t.Fatal(err)
			}
			if got := snapshots(t, dir); len(got) != 0 {
				t.Errorf("the copies %v are still there", got)
			}
		})
	}
}

package register_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"feltbok/internal/fsx"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/store/crashdisk"
	"feltbok/internal/vault"
)

// A new vault gets its name only when all of it is synced in the one file: a log that would be needed beside it keeps the name
// of the part file and would not be found.
func TestPowerLoss_NewVaultIsWhole(t *testing.T) {
	if n := differing(t); n > 0 {
		t.Errorf("%d of 50 images hold another file", n)
	}
	if differing(t, crashdisk.Lying()) == 0 {
		t.Error("a disk that lies is not noticed")
	}
}

// differing makes a vault and counts in how many of 50 images its part file is not what it was when it got its name.
func differing(t *testing.T, options ...crashdisk.Option) (n int) {
	t.Helper()
	dir := filepath.Join(mustFolder(t), "vault")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	disk, err := crashdisk.Watch(dir, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.Close()
	p := people()
	if err := register.Create(background, register.CreateOptions{
		Dir: dir, Training: true, KDF: vault.TestKDF, Created: created, Recovery: p.recovery.Recipient(),
		Users: []register.UserSpec{{Identity: clone(p.a), Label: "A", Passphrase: []byte(passphraseA), Rings: ringsA}},
	}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	player, random := disk.Play(), rand.New(rand.NewPCG(powerSeed, 6))
	player.Advance(disk.Position())
	for range 50 {
		if !bytes.Equal(player.Image(random)[store.FileName+fsx.PartSuffix], want) {
			n++
		}
	}
	return n
}

package register_test

import (
	"testing"

	"feltbok/internal/fault"
	"feltbok/internal/vault"
)

// Costs rise under the same passphrase, once, and never fall.
func TestRaiseCosts(t *testing.T) {
	s := mustScene(t)
	r := mustUnlock(t, s.dir, "B")
	least := vault.KDF{MemoryKiB: 80 << 10, Time: 3, Threads: 1}
	if raised, err := r.RaiseCosts(t.Context(), []byte(passphraseA), least); raised || fault.Code(err) != "V-PASS" {
		t.Fatalf("another passphrase: %v, %v", raised, err)
	}
	for i, want := range []bool{true, false} {
		if raised, err := r.RaiseCosts(t.Context(), []byte(passphraseB), least); raised != want || err != nil {
			t.Fatalf("time %d: raised %v, %v, want %v", i+1, raised, err, want)
		}
	}
	if raised, err := r.RaiseCosts(t.Context(), []byte(passphraseB), vault.TestKDF); raised || err != nil {
		t.Fatalf("lower costs: raised %v, %v", raised, err)
	}
	mustLock(t, r)
	e := mustEdit(t, s.dir)
	h, err := vault.ParseHeader(e.blob("SELECT json FROM header"))
	e.close()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]vault.KDF{"A": vault.TestKDF, "B": {MemoryKiB: 80 << 10, Time: 3, Threads: 4}}
	for _, slot := range h.Slots {
		if costs, ok := want[slot.Label]; ok && slot.KDF != costs {
			t.Errorf("%s costs %+v, want %+v", slot.Label, slot.KDF, costs)
		}
	}
	mustLock(t, mustUnlock(t, s.dir, "B"))
	mustLock(t, mustUnlock(t, s.dir, "A"))
}

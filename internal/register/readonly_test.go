package register_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

func identityOf(label string) *vault.Identity {
	p := people()
	return clone(map[string]*vault.Identity{"A": p.a, "B": p.b, "C": p.c}[label])
}

// unlockReadOnly opens what is healthy of a vault, without the key derivation.
func unlockReadOnly(t testing.TB, dir, label string) (*register.Register, []register.Damage, error) {
	t.Helper()
	v, err := register.OpenReadOnly(background, dir)
	if err != nil {
		return nil, nil, err
	}
	for _, login := range v.Users() {
		if login.Label == label {
			r, damage, err := v.LoadAround(background, login.Slot, identityOf(label))
			if err != nil {
				return nil, nil, errors.Join(err, v.Close())
			}
			t.Cleanup(func() { mustLock(t, r) })
			return r, damage, nil
		}
	}
	t.Fatalf("no user %s", label)
	return nil, nil, nil
}

// readable counts what a register gives of each compartment, every body opened. Nothing may be an error.
func readable(t testing.TB, r *register.Register) map[domain.Compartment]int {
	t.Helper()
	rows := map[domain.Compartment]int{}
	for _, c := range domain.AllCompartments {
		if !r.Holds(domain.RingOf(c)) {
			continue
		}
		for _, object := range mustCollect(t, r.Objects(background, c, register.Filter{})) {
			if one, err := r.Object(background, c, object.ID); err != nil || one == nil {
				t.Errorf("object of %s: %v", c, err)
			}
			rows[c]++
		}
		for _, chain := range r.Chains(c) {
			lines := mustCollect(t, r.Lines(background, chain.Chain, 1, 1<<50))
			rows[c] += len(lines)
			for _, line := range lines {
				if !chain.Have.Contains(line.Name.N) || !r.Known(c, line.Name) {
					t.Errorf("line %s is shown and not known", line.Name)
				}
			}
		}
	}
	return rows
}

// readOnlyAfter holds what must be true of every damaged vault: what cannot be trusted stays an error with the same code;
// otherwise the healthy rest is there, the damage is listed, nothing can be written, and a salvaged vault opens cleanly.
func readOnlyAfter(t *testing.T, s *scene, label, want string, whole map[domain.Compartment]int) {
	t.Helper()
	path := filepath.Join(s.dir, store.FileName)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, damage, err := unlockReadOnly(t, s.dir, label)
	if err != nil {
		f, _ := fault.Of(err)
		if f == nil || f.Code != want || want != "V-HEADER" && !(want == "V-RING" && f.Where == "open") {
			t.Errorf("read-only: %v, want damage %q", err, want)
		}
		if _, err := register.SalvageBy(background, s.dir, filepath.Join(t.TempDir(), "new"), label, identityOf(label)); fault.Code(err) != want {
			t.Errorf("salvage: %v", err)
		}
		return
	}
	if !r.ReadOnly() {
		t.Error("register is not read-only")
	}
	if !slices.ContainsFunc(damage, func(d register.Damage) bool { return d.Code == want }) {
		t.Errorf("damage %+v, want %s", damage, want)
	}
	if err := r.Update(background, func(*register.Tx) error { return nil }); fault.Code(err) != "V-SALVAGE" {
		t.Errorf("update: %v", err)
	}
	rows := readable(t, r)
	concerned := map[domain.Ring]bool{}
	for _, d := range damage {
		concerned[d.Ring] = true
	}
	for c, n := range whole {
		if got := rows[c]; got > n || got < n && !concerned[domain.RingOf(c)] || got < n-2 && want != "V-RING" && want != "V-KEY" && want != "V-LEDGER" {
			t.Errorf("%s shows %d of %d rows; damage %+v", c, got, n, damage)
		}
	}
	mustLock(t, r)
	to := filepath.Join(t.TempDir(), "new")
	report, err := register.SalvageBy(background, s.dir, to, label, identityOf(label))
	if want == "V-RING" || fault.Code(err) == "V-KEY" && keyless(damage) {
		if fault.Code(err) != want {
			t.Errorf("salvage: %v", err)
		}
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a refused salvage left something: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatalf("salvage: %v", err)
	}
	if report.Whole() {
		t.Error("salvage reports no damage")
	}
	if err := everything(t, to, label); err != nil {
		t.Errorf("salvaged vault: %v", err)
	}
	mended := mustUnlock(t, to, label)
	if _, err := mended.Check(background); err != nil {
		t.Errorf("salvaged vault: %v", err)
	}
	for c, n := range readable(t, mended) {
		if n != rows[c] {
			t.Errorf("%s: %d rows salvaged, %d shown read-only", c, n, rows[c])
		}
	}
	if mended.ReadOnly() {
		t.Error("salvaged vault is read-only")
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the original changed: %v", err)
	}
}

// A whole vault shows everything read-only too, and nothing is said to be wrong.
func TestReadOnly_Undamaged(t *testing.T) {
	s := mustScene(t)
	r, damage, err := unlockReadOnly(t, s.dir, "A")
	if err != nil {
		t.Fatal(err)
	}
	if len(damage) != 0 || !r.ReadOnly() || len(r.Damage()) != 0 {
		t.Errorf("damage %+v, read-only %v", damage, r.ReadOnly())
	}
	shown := readable(t, r)
	mustLock(t, r)
	if whole := readable(t, mustUnlock(t, s.dir, "A")); len(shown) != len(whole) || shown[domain.Case] != whole[domain.Case] || shown[domain.Special] != whole[domain.Special] {
		t.Errorf("shown %v, whole %v", shown, whole)
	}
}

// Also a vault that was opened as usual can be unlocked read-only, by the passphrase.
func TestReadOnly_AfterAnOrdinaryOpen(t *testing.T) {
	s := mustScene(t)
	e := mustEdit(t, s.dir)
	e.flip("object", "body", firstObject, 40)
	e.close()
	v, err := register.Open(background, s.dir)
	if err != nil {
		t.Fatal(err)
	}
	r, damage, err := v.UnlockReadOnly(background, v.Users()[0].Slot, []byte(passphraseA))
	if err != nil {
		t.Fatal(err)
	}
	defer mustLock(t, r)
	if want := []register.Damage{{Ring: domain.RingCase, Code: "V-ROW", Table: "object", Rows: 1}}; !slices.Equal(damage, want) {
		t.Errorf("damage %+v", damage)
	}
	for name, err := range map[string]error{
		"update": r.Update(background, func(*register.Tx) error { return nil }), "rotate": r.Rotate(background, domain.RingCase),
		"backup": r.Backup(background, filepath.Join(t.TempDir(), "b.db")),
	} {
		if fault.Code(err) != "V-SALVAGE" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readableBy counts what a user reads of a whole vault.
func readableBy(t *testing.T, dir, label string) map[domain.Compartment]int {
	t.Helper()
	r := mustUnlock(t, dir, label)
	defer mustLock(t, r)
	return readable(t, r)
}

// keyless reports whether a compartment has lost its system key.
func keyless(damage []register.Damage) bool {
	return slices.ContainsFunc(damage, func(d register.Damage) bool { return d.Code == "V-KEY" && d.Table == "" })
}

// A key derivation that was made cheaper, and one that was made dear, are refused read-only too.
func TestReadOnly_LoweredCosts(t *testing.T) {
	for name, change := range map[string]func(*vault.KDF){
		"below the bounds": func(k *vault.KDF) { k.MemoryKiB = 1024 }, "within the bounds": func(k *vault.KDF) { k.Time = 1 },
		"over the bounds": func(k *vault.KDF) { k.MemoryKiB = 1 << 30 },
	} {
		t.Run(name, func(t *testing.T) {
			s := mustScene(t)
			e := mustEdit(t, s.dir)
			e.header(nil, func(h *vault.Header, _ *vault.Key) { change(&h.Slots[0].KDF) })
			e.close()
			v, err := register.OpenReadOnly(background, s.dir)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = v.UnlockReadOnly(background, v.Users()[0].Slot, []byte(passphraseA))
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			if fault.Code(err) != "V-PASS" {
				t.Errorf("got %v", err)
			}
			if name == "within the bounds" {
				if _, err := unlockByPassphrase(t, s.dir, "B"); fault.Code(err) != "V-HEADER" {
					t.Errorf("another user: %v", err)
				}
			}
		})
	}
}

// With an old ring put back, its compartment is as if not held; the rest is there, and salvage does not trust the ring.
func TestReadOnly_OldRingPutBack(t *testing.T) {
	for _, ring := range []domain.Ring{domain.RingOpen, domain.RingSpecial} {
		t.Run(ring.String(), func(t *testing.T) {
			s := mustScene(t)
			e := mustEdit(t, s.dir)
			content, mac := e.blob("SELECT json FROM header"), e.blob("SELECT mac FROM header")
			e.close()
			r := mustUnlock(t, s.dir, "A")
			whole := readable(t, r)
			if err := r.Rotate(background, ring); err != nil {
				t.Fatal(err)
			}
			mustLock(t, r)
			e = mustEdit(t, s.dir)
			e.exec("UPDATE header SET json=?, mac=?", content, mac)
			e.close()
			r, damage, err := unlockReadOnly(t, s.dir, "A")
			if err != nil {
				t.Fatal(err)
			}
			if !keyless(damage) || r.Holds(ring) {
				t.Errorf("damage %+v, holds %v", damage, r.Holds(ring))
			}
			if rows := readable(t, r); rows[domain.Case] != whole[domain.Case] || rows[domain.Case] == 0 {
				t.Errorf("shown %v of %v", rows, whole)
			}
			mustLock(t, r)
			if _, err := register.SalvageBy(background, s.dir, filepath.Join(t.TempDir(), "new"), "A", identityOf("A")); fault.Code(err) != "V-KEY" {
				t.Errorf("salvage: %v", err)
			}
		})
	}
}

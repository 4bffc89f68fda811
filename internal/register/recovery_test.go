package register_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// mustBackup copies a locked vault to a file in a folder of its own.
func mustBackup(t *testing.T, dir string) string {
	t.Helper()
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	out := filepath.Join(t.TempDir(), "backup.db")
	if err := v.Backup(background, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func mustRecover(t *testing.T, v *register.Vault) *register.Register {
	t.Helper()
	r, err := v.Recover(background, people().recovery.Age)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Lock() })
	return r
}

func mustOpenCopy(t *testing.T, file string) *register.Vault {
	t.Helper()
	v, err := register.OpenCopy(background, file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// folder gives names, sizes, times and contents of what lies in a folder.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		found[entry.Name()] = info.ModTime().String() + string(sum[:])
	}
	return found
}

func TestOpenCopy_ChangesNothingAndReadsEverything(t *testing.T) {
	s := mustScene(t)
	backup := mustBackup(t, s.dir)
	before := folder(t, filepath.Dir(backup))
	first, second := mustOpenCopy(t, backup), mustOpenCopy(t, backup) // nobody locks anybody out
	r := mustRecover(t, first)
	if err := r.Integrity(background); err != nil {
		t.Fatal(err)
	}
	var total register.CheckReport
	for _, number := range r.Rings() {
		report, err := r.CheckRing(background, number)
		if err != nil {
			t.Fatalf("%s: %v", number, err)
		}
		total.Rings = append(total.Rings, report.Rings...)
		total.Operations, total.Objects = total.Operations+report.Operations, total.Objects+report.Objects
	}
	want, err := mustUnlock(t, s.dir, "C").Check(background)
	if err != nil {
		t.Fatal(err)
	}
	if len(total.Rings) != len(want.Rings) || total.Operations != want.Operations || total.Objects != want.Objects {
		t.Errorf("recovery read %+v, the user with all rings %+v", total, want)
	}
	err = r.Update(background, func(tx *register.Tx) error { return tx.SetSystem(domain.RingOpen, register.SystemPolicy, []byte("x")) })
	if fault.Code(err) != "V-READONLY" {
		t.Errorf("writing to a copy: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, folder(t, filepath.Dir(backup))); diff != "" {
		t.Errorf("reading the copy left traces:\n%s", diff)
	}
}

func TestOpenCopy_Refuses(t *testing.T) {
	dir := mustVault(t)
	if _, err := register.OpenCopy(background, filepath.Join(dir, "nothing.db")); fault.Code(err) != "V-MISSING" {
		t.Errorf("no file: %v", err)
	}
	if _, err := register.OpenCopy(background, dir); fault.Code(err) != "V-MISSING" {
		t.Errorf("a folder: %v", err)
	}
	r := mustUnlock(t, dir, "A")
	newWriter(t, r, domain.Case) // stands in the log
	if _, err := register.OpenCopy(background, filepath.Join(dir, store.FileName)); fault.Code(err) != "V-BACKUP" {
		t.Errorf("a register in use: %v", err)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	if err := os.WriteFile(other, []byte("this is not a register at all, but long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := register.OpenCopy(background, other); fault.Code(err) != "V-DAMAGED" {
		t.Errorf("another file: %v", err)
	}
}

func TestOpenCopy_LeavesPendingRotationsAlone(t *testing.T) {
	dir := mustVault(t)
	slotC := slotOf(t, dir, "C")
	b := mustUnlock(t, dir, "B") // does not hold sealed-read, so that it still lists C
	if err := b.RemoveUser(background, slotC); err != nil {
		t.Fatal(err)
	}
	mustLock(t, b)
	v := mustOpenCopy(t, mustBackup(t, dir))
	r := mustRecover(t, v)
	for _, number := range r.Rings() {
		if _, err := r.CheckRing(background, number); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
	for _, proof := range v.ProveRings(people().recovery.Age) {
		want := uint32(1)
		if slices.Contains(ringsB, proof.Ring) {
			want = 2 // rotated by B at the removal
		}
		if proof.Err != nil || proof.Generation != want {
			t.Errorf("%+v, want generation %d", proof, want)
		}
	}
}

func TestCanary(t *testing.T) {
	p := people()
	r := mustRecover(t, mustOpenCopy(t, mustBackup(t, mustVault(t))))
	if err := r.Canary(p.recovery.Age); err != nil {
		t.Errorf("recovery: %v", err)
	}
	if err := r.Canary(p.a.Age); fault.Code(err) != "R-BOX" {
		t.Errorf("a user: %v", err)
	}
	value, err := r.System(domain.RingOpen, register.SystemCanary)
	if err != nil {
		t.Fatal(err)
	}

	mine := mustUnlock(t, mustVaultNamed(t, "other"), "A")
	own, err := mine.System(domain.RingOpen, register.SystemCanary)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(value []byte) {
		t.Helper()
		err := mine.Update(background, func(tx *register.Tx) error { return tx.SetSystem(domain.RingOpen, register.SystemCanary, value) })
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, changed := range map[string][]byte{
		"of another vault": value,
		"other hash":       append(make([]byte, 32), own[32:]...),
		"cut short":        own[:40],
		"empty":            {},
	} {
		replace(changed)
		if err := mine.Canary(p.recovery.Age); fault.Code(err) != "R-BOX" {
			t.Errorf("%s: %v", name, err)
		}
	}
	replace(own)
	if err := mine.Canary(p.recovery.Age); err != nil {
		t.Errorf("put back: %v", err)
	}
}

// mustVaultNamed makes a vault of its own, with another id than that of the template.
func mustVaultNamed(t *testing.T, name string) string {
	t.Helper()
	p := people()
	dir := filepath.Join(t.TempDir(), name)
	err := register.Create(background, register.CreateOptions{
		Dir: dir, Training: true, KDF: vault.TestKDF, Created: created, Recovery: p.recovery.Recipient(),
		Users: []register.UserSpec{{Identity: clone(p.a), Label: "A", Passphrase: []byte(passphraseA), Rings: ringsA}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPlantCanary_OldVaultGetsOneOnce(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	forget := func(tx *register.Tx) error { return tx.SetSystem(domain.RingOpen, register.SystemCanary, nil) }
	if err := r.Update(background, forget); err != nil {
		t.Fatal(err)
	}
	if err := r.Canary(people().recovery.Age); fault.Code(err) != "R-BOX" {
		t.Fatalf("without a canary: %v", err)
	}
	var kept []byte
	for range 2 {
		if err := r.Update(background, register.PlantCanary); err != nil {
			t.Fatal(err)
		}
		if err := r.Canary(people().recovery.Age); err != nil {
			t.Fatal(err)
		}
		value, err := r.System(domain.RingOpen, register.SystemCanary)
		if err != nil {
			t.Fatal(err)
		}
		if kept != nil && string(kept) != string(value) {
			t.Error("a vault that has a canary got another")
		}
		kept = value
	}
}

func TestRecover_OnlyTheIdentityOfTheHeader(t *testing.T) {
	v := mustOpenCopy(t, mustBackup(t, mustVault(t)))
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, identity := range map[string]*age.HybridIdentity{"stranger": other, "user": people().a.Age, "none": nil} {
		if _, err := v.Recover(background, identity); fault.Code(err) != "V-RING" {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := mustRecover(t, v) // after refusals the vault is still there
	if got, want := r.Rings(), ringsC; len(got) != len(want) {
		t.Errorf("rings %v, want %v", got, want)
	}
	for _, number := range r.Rings() {
		if !r.Holds(number) {
			t.Errorf("%s is not held", number)
		}
	}
}

func TestProveRings_NamesTheRingWithoutRecovery(t *testing.T) {
	p := people()
	recovery := p.recovery.Recipient()
	tests := map[string]struct {
		change func(h *vault.Header)
		want   map[domain.Ring]string
	}{
		"as made": {func(*vault.Header) {}, nil},
		"recovery not listed": {func(h *vault.Header) {
			reseal(t, h, domain.RingSpecial, p.a, func(s *vault.Slot) bool { return s.To != recovery })
		}, map[domain.Ring]string{domain.RingSpecial: "V-RING"}},
		"listed and not sealed to": {func(h *vault.Header) {
			entry := *h.Ring(domain.RingSpecial)
			reseal(t, h, domain.RingSpecial, p.a, func(s *vault.Slot) bool { return s.To != recovery })
			entry.File = h.Ring(domain.RingSpecial).File
			*h.Ring(domain.RingSpecial) = entry
		}, map[domain.Ring]string{domain.RingSpecial: "V-RING"}},
		"file of another ring": {func(h *vault.Header) {
			h.Ring(domain.RingCase).File = h.Ring(domain.RingSealed).File
		}, map[domain.Ring]string{domain.RingCase: "V-RING"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := mustVault(t)
			e := mustEdit(t, dir)
			e.header(p.a, func(h *vault.Header, _ *vault.Key) { tc.change(h) })
			e.close()
			v := mustOpenCopy(t, filepath.Join(dir, store.FileName))
			proofs := v.ProveRings(p.recovery.Age)
			if len(proofs) != len(ringsC) {
				t.Fatalf("%d proofs", len(proofs))
			}
			for _, proof := range proofs {
				if got := fault.Code(proof.Err); got != tc.want[proof.Ring] {
					t.Errorf("%s: %v", proof.Ring, proof.Err)
				}
			}
		})
	}
}

// reseal gives a ring with a true MAC to those readers that are wanted, as a holder of the ring can.
func reseal(t *testing.T, h *vault.Header, number domain.Ring, holder *vault.Identity, wanted func(*vault.Slot) bool) {
	t.Helper()
	entry := h.Ring(number)
	key, err := h.OpenRing(entry, holder.Age)
	if err != nil {
		t.Fatal(err)
	}
	var readers []*vault.Slot
	for _, id := range entry.Readers {
		if slot := h.Slot(id); wanted(slot) {
			readers = append(readers, slot)
		}
	}
	made, err := vault.SealRing(h.Vault, h.Training, number, entry.ID, entry.Generation, &key, readers)
	if err != nil {
		t.Fatal(err)
	}
	*entry = *made
}

func TestReplaceUsers(t *testing.T) {
	s := mustScene(t)
	old := mustUnlock(t, s.dir, "C")
	before, err := old.Check(background)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := vault.NewIdentity(uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	spec := register.UserSpec{Identity: identity, Label: "N", Passphrase: []byte(passphraseB), Rings: []domain.Ring{domain.RingOpen, domain.RingCase}}
	if _, err := old.ReplaceUsers(background, spec, vault.TestKDF); err == nil {
		t.Fatal("a user replaced the users")
	}
	mustLock(t, old)

	v, err := register.Open(background, s.dir)
	if err != nil {
		t.Fatal(err)
	}
	r := mustRecover(t, v)
	weak := spec
	weak.Passphrase = []byte("secret")
	if _, err := r.ReplaceUsers(background, weak, vault.TestKDF); fault.Code(err) != "V-WEAK" {
		t.Fatalf("weak passphrase: %v", err)
	}
	slot, err := r.ReplaceUsers(background, spec, vault.TestKDF)
	if err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)

	if v, err = register.Open(background, s.dir); err != nil {
		t.Fatal(err)
	}
	if users := v.Users(); len(users) != 1 || users[0] != (register.Login{Slot: slot, Label: "N"}) {
		t.Errorf("users %v", users)
	}
	for _, proof := range v.ProveRings(people().recovery.Age) {
		want := 1
		if proof.Ring == domain.RingOpen || proof.Ring == domain.RingCase {
			want = 2
		}
		if proof.Err != nil || proof.Readers != want || proof.Generation != 2 {
			t.Errorf("%+v, want %d readers", proof, want)
		}
	}
	mine, err := v.Unlock(background, slot, []byte(passphraseB))
	if err != nil {
		t.Fatal(err)
	}
	if mine.Holds(domain.RingSpecial) || !mine.Holds(domain.RingCase) {
		t.Error("the new user holds other rings than asked for")
	}
	mustLock(t, mine)
	whole := mustRecover(t, mustOpenCopy(t, mustBackup(t, s.dir)))
	after, err := whole.Check(background)
	if err != nil || after.Operations != before.Operations || after.Objects != before.Objects {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
	for _, who := range []*vault.Identity{people().a, people().c} {
		if found := opens(t, s.dir, who); len(found) > 0 {
			t.Errorf("an old user still opens rings %v", found)
		}
	}
}

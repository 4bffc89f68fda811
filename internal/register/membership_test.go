package register_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

func TestRotate_LeavesOtherRingsAlone(t *testing.T) {
	s := mustScene(t)
	rows := func() map[string][32]byte {
		e := mustEdit(t, s.dir)
		defer e.close()
		sums := map[string][32]byte{}
		for name, query := range map[string]string{
			"operations":   "SELECT group_concat(hex(head)||hex(body), ' ') FROM operation",
			"objects":      "SELECT group_concat(hex(head)||hex(body), ' ') FROM object",
			"system":       "SELECT group_concat(hex(value), ' ') FROM system_value",
			"other keys":   "SELECT group_concat(hex(wrapped), ' ') FROM data_key WHERE ring<>3",
			"rotated keys": "SELECT group_concat(hex(wrapped), ' ') FROM data_key WHERE ring=3",
		} {
			sums[name] = sha256.Sum256(e.blob(query))
		}
		return sums
	}
	before := rows()
	r := mustUnlock(t, s.dir, "A")
	if err := r.Rotate(background, domain.RingSpecial); err != nil {
		t.Fatal(err)
	}
	// The register goes on working with the new key.
	mustLock(t, r)
	for name, sum := range rows() {
		if (sum == before[name]) == (name == "rotated keys") {
			t.Errorf("%s: changed is %v", name, sum != before[name])
		}
	}
	r = mustUnlock(t, s.dir, "A")
	if err := r.Rotate(background, domain.RingSpecial); err != nil {
		t.Fatal(err)
	}
	newWriter(t, r, domain.Special).save(t, r, uuid.New(), uuid.New(), "health", "ability_to_speak", "yes")
	mustLock(t, r)
	for _, label := range []string{"A", "B", "C"} {
		if err := everything(t, s.dir, label); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
	if err := mustUnlock(t, s.dir, "B").Rotate(background, domain.RingSpecial); !errors.Is(err, register.ErrNotHeld) {
		t.Errorf("rotation without the ring: %v", err)
	}
}

func slotOf(t *testing.T, dir, label string) string {
	t.Helper()
	info, err := register.Peek(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range info.Users {
		if user.Label == label {
			return user.Slot
		}
	}
	return ""
}

func TestRemoveUser_PendingRingsRotateAtTheNextUnlock(t *testing.T) {
	s := mustScene(t)
	removed, slotC := people().c, slotOf(t, s.dir, "C")
	r := mustUnlock(t, s.dir, "B") // holds open, case and audit only
	if err := r.RemoveUser(background, r.Slot()); err == nil {
		t.Error("removed the own slot")
	}
	if err := r.RemoveUser(background, slotC); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	if slotOf(t, s.dir, "C") != "" {
		t.Error("the slot is still offered")
	}
	if got := opens(t, s.dir, removed); !bytes.Equal(got, []byte{3, 4, 7, 8}) {
		t.Errorf("right after the removal C's identity opens rings %v", got)
	}
	mustLock(t, mustUnlock(t, s.dir, "A"))
	if got := opens(t, s.dir, removed); !bytes.Equal(got, []byte{7, 8}) { // held by C alone
		t.Errorf("after A's unlock C's identity opens rings %v", got)
	}
	for _, label := range []string{"A", "B"} {
		if err := everything(t, s.dir, label); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}

// opens lists the rings whose files an identity opens.
func opens(t *testing.T, dir string, who *vault.Identity) (rings []byte) {
	t.Helper()
	e := mustEdit(t, dir)
	defer e.close()
	h, err := vault.ParseHeader(e.blob("SELECT json FROM header"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range h.Rings {
		if _, err := vault.OpenBox(entry.File, age.Identity(who.Age)); err == nil {
			rings = append(rings, byte(entry.Ring))
		}
	}
	return rings
}

func TestAddUserAndChangePassphrase(t *testing.T) {
	patient(t)
	s := mustScene(t)
	r := mustUnlock(t, s.dir, "B")
	user := register.UserSpec{Label: "D", Passphrase: []byte("tolv meter tau og krok")}
	var err error
	if user.Identity, err = vault.NewIdentity(uuid.New()); err != nil {
		t.Fatal(err)
	}
	user.Rings = ringsA
	if _, err := r.AddUser(background, user, vault.TestKDF); !errors.Is(err, register.ErrNotHeld) {
		t.Errorf("added to rings that are not held: %v", err)
	}
	user.Rings = ringsB
	slot, err := r.AddUser(background, user, vault.TestKDF)
	if err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	if slotOf(t, s.dir, "D") != slot {
		t.Error("the new slot is not offered")
	}
	passphrases["D"] = string(user.Passphrase)
	if err := everything(t, s.dir, "D"); err != nil {
		t.Fatal(err)
	}
	r = mustUnlock(t, s.dir, "D")
	fresh := []byte("seks sauer sover under skyen")
	if err := r.ChangePassphrase(background, []byte("wrong"), fresh, vault.TestKDF); fault.Code(err) != "V-PASS" {
		t.Errorf("wrong old passphrase: %v", err)
	}
	if err := r.ChangePassphrase(background, user.Passphrase, []byte("short"), vault.TestKDF); fault.Code(err) != "V-WEAK" {
		t.Errorf("weak passphrase: %v", err)
	}
	if err := r.ChangePassphrase(background, user.Passphrase, fresh, vault.TestKDF); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	if err := everything(t, s.dir, "D"); fault.Code(err) != "V-PASS" {
		t.Errorf("the old passphrase gives %v", err)
	}
	passphrases["D"] = string(fresh)
	for _, label := range []string{"A", "B", "C", "D"} {
		if err := everything(t, s.dir, label); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}

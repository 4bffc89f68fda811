package register_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

var background = context.Background()

func TestRegister_SaveLockAndReadAgain(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	caseID, person, other := uuid.New(), uuid.New(), uuid.New()
	w.save(t, r, caseID, person, "person", "given_names", "Amina")
	w.save(t, r, caseID, person, "person", "family_name", "Odowa")
	w.save(t, r, uuid.New(), other, "person", "given_names", "Yusuf")
	w.save(t, r, caseID, caseID, "case", "case_number", "XX-1")
	before := mustCollect(t, r.Lines(background, w.chain(), 1, 99))
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}

	r = mustUnlock(t, dir, "A")
	after := mustCollect(t, r.Lines(background, w.chain(), 1, 99))
	if diff := cmp.Diff(before, after); diff != "" || len(after) != 5 {
		t.Errorf("lines differ after unlocking again (-before +after):\n%s", diff)
	}
	if got := r.Count(domain.Case); got != 5 {
		t.Errorf("count is %d, want 5", got)
	}
	chains := r.Chains(domain.Case)
	want := []register.ChainState{{Chain: w.chain(), Have: oplog.Intervals{{1, 5}}, Tip: w.link}}
	if diff := cmp.Diff(want, chains); diff != "" {
		t.Errorf("chains (-want +got):\n%s", diff)
	}
	object, err := r.Object(background, domain.Case, person)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(object.Fields["family_name"].Value()); got != `"Odowa"` {
		t.Errorf("family name is %s", got)
	}
	if absent, err := r.Object(background, domain.Case, uuid.New()); absent != nil || err != nil {
		t.Errorf("absent object gives %v, %v", absent, err)
	}
	for _, tt := range []struct {
		name   string
		filter register.Filter
		want   int
	}{
		{"all", register.Filter{}, 3},
		{"persons", register.Filter{Types: []domain.Type{"person"}}, 2},
		{"one case", register.Filter{Case: &caseID}, 2},
		{"persons of one case", register.Filter{Types: []domain.Type{"person"}, Case: &caseID}, 1},
		{"unknown case", register.Filter{Case: &other}, 0},
	} {
		if got := mustCollect(t, r.Objects(background, domain.Case, tt.filter)); len(got) != tt.want {
			t.Errorf("%s: %d objects, want %d", tt.name, len(got), tt.want)
		}
	}
	if got := mustCollect(t, r.CaseLines(background, domain.Case, caseID)); len(got) != 3 {
		t.Errorf("%d lines of the case, want 3", len(got))
	}
	if head, known := r.Head(domain.Case, oplog.Name{Device: w.device, Epoch: w.epoch, N: 2}); !known || head.Bytes != nil || head.Hash != after[1].Hash {
		t.Errorf("head of line 2 is %v, %v", head, known)
	}
}

func TestRegister_UpdateIsAllOrNothing(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	caseID, person := uuid.New(), uuid.New()
	failure := errors.New("enough")
	entry, line := w.set(t, caseID, person, "person", "given_names", "Amina")
	err := r.Update(background, func(tx *register.Tx) error {
		if err := tx.Append(entry); err != nil {
			return err
		}
		if !tx.Known(domain.Case, entry.Name) || r.Known(domain.Case, entry.Name) {
			t.Error("the transaction knows its line, the register does not yet")
		}
		if err := apply(tx, line); err != nil {
			return err
		}
		if err := tx.SetSystem(domain.RingOpen, register.SystemPolicy, []byte("x")); err != nil {
			return err
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Fatalf("got %v", err)
	}
	cancelled, cancel := context.WithCancel(background)
	err = r.Update(cancelled, func(tx *register.Tx) error {
		defer cancel()
		return tx.Append(entry)
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if r.Known(domain.Case, entry.Name) || r.Count(domain.Case) != 1 {
		t.Error("a failed transaction left something behind")
	}
	if value, err := r.System(domain.RingOpen, register.SystemPolicy); value != nil || err != nil {
		t.Errorf("system value %q, %v", value, err)
	}
	if err := r.Update(background, func(tx *register.Tx) error { return tx.Append(entry) }); err != nil {
		t.Fatalf("the same line afterwards: %v", err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	mustUnlock(t, dir, "A")
}

func TestRegister_AppendRefuses(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	begun := w.link
	first, _ := w.set(t, uuid.New(), uuid.New(), "person", "given_names", "Amina")
	second, _ := w.set(t, uuid.New(), uuid.New(), "person", "given_names", "Yusuf")
	third, _ := w.set(t, uuid.New(), uuid.New(), "person", "given_names", "Layla")
	appendOne := func(e register.Entry) error {
		return r.Update(background, func(tx *register.Tx) error { return tx.Append(e) })
	}
	changed := func(e register.Entry, change func(*register.Entry)) register.Entry {
		change(&e)
		return e
	}
	for _, e := range []register.Entry{first, third} {
		if err := appendOne(e); err != nil {
			t.Fatal(err)
		}
	}
	fork := *w
	fork.n, fork.link = 1, begun
	forked, _ := fork.set(t, uuid.New(), uuid.New(), "person", "given_names", "Omar")
	for _, tt := range []struct {
		name  string
		entry register.Entry
		want  error
	}{
		{"the same again", first, register.ErrKnown},
		{"another under the same name", forked, register.ErrFork},
		{"wrong hash", changed(second, func(e *register.Entry) { e.Hash[0]++ }), fault.New("E-CHAIN", "", nil)},
		{"wrong link", changed(second, func(e *register.Entry) { e.Link[0]++ }), fault.New("E-CHAIN", "", nil)},
		{"number zero", changed(second, func(e *register.Entry) { e.Name.N = 0 }), fault.New("E-CHAIN", "", nil)},
		{"compartment not held", changed(second, func(e *register.Entry) { e.Compartment = domain.Orientation }), register.ErrNotHeld},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := appendOne(tt.entry); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if err := appendOne(second); err != nil {
		t.Errorf("the missing line between: %v", err)
	}
	want := []register.ChainState{{Chain: w.chain(), Have: oplog.Intervals{{1, 4}}, Tip: w.link}}
	if diff := cmp.Diff(want, r.Chains(domain.Case)); diff != "" {
		t.Errorf("chains (-want +got):\n%s", diff)
	}
}

func TestRegister_BlankKeepsHashAndLink(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	caseID, person := uuid.New(), uuid.New()
	w.save(t, r, caseID, person, "person", "given_names", "Amina")
	w.save(t, r, caseID, person, "person", "given_names", "Amina B")
	name := oplog.Name{Device: w.device, Epoch: w.epoch, N: 2}
	blank := func() error {
		return r.Update(background, func(tx *register.Tx) error { return tx.Blank(domain.Case, name) })
	}
	if err := errors.Join(blank(), blank()); err != nil {
		t.Fatal(err)
	}
	if err := r.Update(background, func(tx *register.Tx) error {
		return tx.Blank(domain.Case, oplog.Name{Device: w.device, Epoch: w.epoch, N: 9})
	}); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("blanking an unknown line: %v", err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	r = mustUnlock(t, dir, "A")
	lines := mustCollect(t, r.Lines(background, w.chain(), 2, 3))
	if len(lines) != 2 || lines[0].Bytes != nil || lines[1].Bytes == nil {
		t.Fatalf("lines are %v", lines)
	}
	if oplog.Link(lines[0].Link, lines[1].Hash) != lines[1].Link {
		t.Error("the chain does not verify over the stub")
	}
}

func TestRegister_StubFromElsewhere(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	entry, _ := w.set(t, uuid.New(), uuid.New(), "person", "given_names", "Amina")
	entry.Bytes, entry.Type = nil, ""
	if err := r.Update(background, func(tx *register.Tx) error { return tx.Append(entry) }); err != nil {
		t.Fatal(err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	lines := mustCollect(t, mustUnlock(t, dir, "A").Lines(background, w.chain(), 2, 2))
	if len(lines) != 1 || lines[0].Bytes != nil || lines[0].Hash != entry.Hash {
		t.Errorf("lines are %v", lines)
	}
}

func TestRegister_ObjectsDroppedAndReplacedInOneTransaction(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	caseID, kept, dropped := uuid.New(), uuid.New(), uuid.New()
	put := func(tx *register.Tx, id uuid.UUID) error {
		return tx.PutObject(&oplog.Object{ID: id, Type: "person", Case: caseID, Compartment: domain.Case})
	}
	err := r.Update(background, func(tx *register.Tx) error {
		err := errors.Join(put(tx, kept), put(tx, kept), put(tx, dropped), tx.DropObject(domain.Case, dropped), tx.DropObject(domain.Case, uuid.New()))
		if object, e := tx.Object(domain.Case, dropped); object != nil || e != nil {
			t.Errorf("dropped object is %v, %v", object, e)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Update(background, func(tx *register.Tx) error { return put(tx, kept) }); err != nil {
		t.Fatal(err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	r = mustUnlock(t, dir, "A")
	if got := mustCollect(t, r.Objects(background, domain.Case, register.Filter{})); len(got) != 1 || got[0].ID != kept {
		t.Errorf("objects are %v", got)
	}
	if err := r.Update(background, func(tx *register.Tx) error { return tx.DropObject(domain.Case, kept) }); err != nil {
		t.Fatal(err)
	}
	if got := mustCollect(t, r.Objects(background, domain.Case, register.Filter{})); len(got) != 0 {
		t.Errorf("objects are %v", got)
	}
}

func TestRegister_CompartmentsOfOthersAreOpaque(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Special)
	caseID := uuid.New()
	w.save(t, r, caseID, uuid.New(), "health", "ability_to_speak", "yes")
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	r = mustUnlock(t, dir, "B")
	if r.Holds(domain.RingSpecial) || r.Count(domain.Special) != 0 || r.Chains(domain.Special) != nil || r.Known(domain.Special, oplog.Name{Device: w.device, Epoch: w.epoch, N: 1}) {
		t.Error("B sees something of a compartment without its ring")
	}
	if _, err := r.Object(background, domain.Special, caseID); !errors.Is(err, register.ErrNotHeld) {
		t.Errorf("object: %v", err)
	}
	for _, err := range r.Objects(background, domain.Special, register.Filter{}) {
		if !errors.Is(err, register.ErrNotHeld) {
			t.Errorf("objects: %v", err)
		}
	}
	for _, err := range r.Lines(background, w.chain(), 1, 1) {
		if !errors.Is(err, register.ErrNotHeld) {
			t.Errorf("lines: %v", err)
		}
	}
	if _, err := r.System(domain.RingSpecial, register.SystemInbox); !errors.Is(err, register.ErrNotHeld) {
		t.Errorf("system value: %v", err)
	}
	// B's own work leaves the other rings as they were.
	newWriter(t, r, domain.Case).save(t, r, caseID, uuid.New(), "person", "given_names", "Amina")
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	if got := mustUnlock(t, dir, "A").Count(domain.Special); got != 2 {
		t.Errorf("special has %d lines, want 2", got)
	}
}

func TestRegister_SystemValues(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "C")
	big := bytes.Repeat([]byte("k"), 100_000)
	err := r.Update(background, func(tx *register.Tx) error {
		err := errors.Join(tx.SetSystem(domain.RingOpen, register.SystemDirectories, big), tx.SetSystem(domain.RingCase, register.SystemInbox, []byte("[]")))
		if got, e := tx.System(domain.RingOpen, register.SystemDirectories); e != nil || !bytes.Equal(got, big) {
			t.Errorf("own write: %d bytes, %v", len(got), e)
		}
		if tx.SetSystem(domain.RingCase, register.SystemRoot, nil) == nil || tx.SetSystem(domain.RingOpen, register.SystemLedger, nil) == nil {
			t.Error("root or ledger can be written over")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	r = mustUnlock(t, dir, "C")
	if got, err := r.System(domain.RingOpen, register.SystemDirectories); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := r.System(domain.RingOpen, register.SystemReceipts); err != nil || got != nil {
		t.Errorf("absent value gives %q, %v", got, err)
	}
}

func TestRegister_Boxes(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "C")
	reader, err := vault.NewIdentity(uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Update(background, func(tx *register.Tx) error {
		return tx.SetSystem(domain.SealedRead, register.SystemInbox, mustJSON(t, []string{reader.Age.String()}))
	}); err != nil {
		t.Fatal(err)
	}
	plain := []byte("kept apart")
	forReader, err := r.SealBox(plain, []string{reader.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	forB, err := r.SealBox(plain, []string{people().b.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, r *register.Register, c domain.Compartment, box []byte, want error) {
		t.Helper()
		got, err := r.OpenBox(c, box)
		if !errors.Is(err, want) || (want == nil && !bytes.Equal(got, plain)) {
			t.Errorf("got %q, %v, want %v", got, err, want)
		}
	}
	check(t, r, domain.Sealed, forReader, nil)
	check(t, r, domain.Audit, forReader, register.ErrNotReader)
	check(t, r, domain.Sealed, forB, register.ErrNotReader)
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	check(t, mustUnlock(t, dir, "C"), domain.Sealed, forReader, nil)
	check(t, r, domain.Sealed, forReader, register.ErrLocked)
}

func TestRegister_LockedAnswersNothing(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	w.save(t, r, uuid.New(), uuid.New(), "person", "given_names", "Amina")
	identity := r.Identity()
	sign := identity.Sign
	if err := errors.Join(r.Lock(), r.Lock()); err != nil {
		t.Fatal(err)
	}
	if r.Identity() != nil || !bytes.Equal(sign, make([]byte, len(sign))) {
		t.Error("the signing key is still there")
	}
	if r.Holds(domain.RingOpen) || r.Count(domain.Case) != 0 {
		t.Error("a locked register still knows its rings")
	}
	for _, err := range r.Objects(background, domain.Case, register.Filter{}) {
		if !errors.Is(err, register.ErrLocked) {
			t.Errorf("objects: %v", err)
		}
	}
	if err := r.Update(background, func(*register.Tx) error { return nil }); !errors.Is(err, register.ErrLocked) {
		t.Errorf("update: %v", err)
	}
}

func TestRegister_IterationsLeaveTheRegisterFree(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	caseID := uuid.New()
	for range 3 {
		w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina")
	}
	for object, err := range r.Objects(background, domain.Case, register.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		w.save(t, r, caseID, object.ID, "person", "family_name", "Odowa")
		if again, err := r.Object(background, domain.Case, object.ID); err != nil || len(again.Fields) != 2 {
			t.Fatalf("%v, %v", again, err)
		}
	}
}

func TestPeekAndOpen(t *testing.T) {
	patient(t)
	dir := mustVault(t)
	info, err := register.Peek(dir)
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, user := range info.Users {
		labels = append(labels, user.Label)
	}
	if !slices.Equal(labels, []string{"A", "B", "C"}) || !info.Training || info.Vault == uuid.Nil {
		t.Errorf("info is %+v", info)
	}
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := register.Peek(dir); fault.Code(err) != "V-BUSY" {
		t.Errorf("second opener: %v", err)
	}
	if _, err := v.Unlock(background, info.Users[0].Slot, []byte("wrong")); fault.Code(err) != "V-PASS" {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := v.Unlock(background, "0000000000000000", []byte(passphraseA)); fault.Code(err) != "V-PASS" {
		t.Errorf("unknown slot: %v", err)
	}
	r, err := v.Unlock(background, info.Users[0].Slot, []byte("  "+passphraseA+"\n"))
	if err != nil {
		t.Fatalf("the right one after a wrong one: %v", err)
	}
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
	if _, err := register.Peek(t.TempDir()); fault.Code(err) != "V-MISSING" {
		t.Errorf("empty folder: %v", err)
	}
	if _, err := register.Peek(filepath.Join(dir, "nowhere")); fault.Code(err) != "V-MISSING" {
		t.Errorf("no folder: %v", err)
	}
	if _, err := register.Peek(filepath.Join(dir, "vault.db")); fault.Code(err) != "V-MISSING" {
		t.Errorf("a file instead of a folder: %v", err)
	}
}

func TestOpen_NotAVault(t *testing.T) {
	for name, content := range map[string][]byte{"empty": {}, "text": []byte("this is a shopping list, " + string(make([]byte, 2000)))} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, store.FileName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := register.Open(background, dir); fault.Code(err) != "V-DAMAGED" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCreate_Refuses(t *testing.T) {
	good := register.CreateOptions{
		Dir: t.TempDir(), KDF: vault.TestKDF, Created: created, Recovery: people().recovery.Recipient(),
		Users: []register.UserSpec{{Identity: clone(people().a), Label: "A", Passphrase: []byte(passphraseA), Rings: ringsA}},
	}
	for name, change := range map[string]func(*register.CreateOptions){
		"no recovery":      func(o *register.CreateOptions) { o.Recovery = "" },
		"bad recovery":     func(o *register.CreateOptions) { o.Recovery = "age1pq1x" },
		"no users":         func(o *register.CreateOptions) { o.Users = nil },
		"no open ring":     func(o *register.CreateOptions) { o.Users[0].Rings = []domain.Ring{domain.RingCase} },
		"costs too low":    func(o *register.CreateOptions) { o.KDF.MemoryKiB = 1024 },
		"empty passphrase": func(o *register.CreateOptions) { o.Users[0].Passphrase = []byte(" ") },
		"no label":         func(o *register.CreateOptions) { o.Users[0].Label = "" },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			o.Dir = t.TempDir()
			o.Users = slices.Clone(good.Users)
			change(&o)
			if err := register.Create(background, o); err == nil {
				t.Error("was created")
			}
			if _, err := os.Stat(filepath.Join(o.Dir, store.FileName)); !errors.Is(err, os.ErrNotExist) {
				t.Error("left a vault behind")
			}
		})
	}
	good.Dir = mustVault(t)
	if err := register.Create(background, good); fault.Code(err) != "V-EXISTS" {
		t.Errorf("over an existing vault: %v", err)
	}
}

package exchange_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/recovery"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestSentCopies_KeptUntilOldAndMerged: security.md 6.11. A copy goes when it is 14 days old and headquarters has every
// line of it, not before.
func TestSentCopies_KeptUntilOldAndMerged(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	copies := func() int {
		files, err := filepath.Glob(filepath.Join(a.dir, "sent", "*.feltbok"))
		if err != nil {
			t.Fatal(err)
		}
		listed, err := exchange.SentCopies(a.ws)
		if err != nil || len(listed) != len(files) {
			t.Errorf("%d copies are listed, %d lie there, %v", len(listed), len(files), err)
		}
		return len(files)
	}
	write := func(words string) {
		mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text(words)})
	}
	write("Byen")
	first := mustExport(t, a, "hq")
	a.set(today.AddDate(0, 0, 20))
	write("Bygda")
	second := mustExport(t, a, "hq")
	if n := copies(); n != 2 {
		t.Fatalf("%d copies; one that is old and has not arrived must stay", n)
	}
	in.hq.set(today.AddDate(0, 0, 20))
	mustImport(t, in.hq, first.File)
	mustImport(t, in.hq, second.File)
	send(t, in.hq, a.name, a)
	write("Havna")
	mustExport(t, a, "hq")
	if n := copies(); n != 2 {
		t.Fatalf("%d copies; the old one has arrived and goes, the new ones stay", n)
	}
	a.set(today.AddDate(0, 0, 33).Add(-2 * time.Hour))
	write("Fjellet")
	mustExport(t, a, "hq")
	if n := copies(); n != 3 {
		t.Fatalf("%d copies; one of 13 days stays though it has arrived", n)
	}
	a.set(today.AddDate(0, 0, 35))
	write("Dalen")
	mustExport(t, a, "hq")
	if n := copies(); n != 3 {
		t.Fatalf("%d copies; the second one has arrived and is 15 days old", n)
	}
}

// rehearse writes at headquarters what a rehearsal on a backup of the machine gave.
func rehearse(t testing.TB, in *installation, m *machine, day time.Time, good bool) {
	t.Helper()
	note := recovery.Note{Device: m.ws.Me().Device, Vault: m.ws.Register().VaultID()}
	mustSet(t, in.hq, workspace.Target{Type: "rehearsal", Mission: in.mission}, map[string]domain.Answer{
		"date": text(day.Format(time.DateOnly)), "succeeded": {Value: good}, "note": text(note.String()),
	})
	send(t, in.hq, m.name, m)
}

func mustClearance(t testing.TB, m *machine) *exchange.Clearance {
	t.Helper()
	clearance, err := exchange.ClearanceOf(t.Context(), m.ws)
	if err != nil {
		t.Fatal(err)
	}
	if clearance.Clear != (len(clearance.Reasons) == 0) {
		t.Errorf("clear %t with reasons %v", clearance.Clear, clearance.Reasons)
	}
	return clearance
}

func codesOf(reasons []exchange.Reason) (codes []string) {
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

// TestClearance_AsksForRehearsalAndBackup: security.md 4.9.
func TestClearance_AsksForRehearsalAndBackup(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	want := func(step string, codes ...string) {
		t.Helper()
		if got := codesOf(mustClearance(t, a).Reasons); !slices.Equal(got, codes) {
			t.Errorf("%s: held up by %v, want %v", step, got, codes)
		}
	}
	want("new machine", exchange.ReasonNoRehearsal, exchange.ReasonNoBackup)
	if err := a.ws.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")); err != nil {
		t.Fatal(err)
	}
	want("backup made", exchange.ReasonNoRehearsal)
	rehearse(t, in, b, today, true)
	send(t, in.hq, a.name, a)
	want("another machine's rehearsal", exchange.ReasonNoRehearsal)
	rehearse(t, in, a, today.AddDate(0, 0, -1), true)
	want("rehearsal before enrolment", exchange.ReasonNoRehearsal)
	rehearse(t, in, a, today, true)
	want("rehearsed")
	a.set(today.AddDate(0, 0, 29))
	want("29 days later")
	a.set(today.AddDate(0, 0, 32))
	want("32 days later", exchange.ReasonOldRehearsal)
	if notes := codesOf(mustClearance(t, a).Notes); !slices.Contains(notes, exchange.ReasonOldBackup) {
		t.Errorf("notes %v: the backup is old", notes)
	}
	rehearse(t, in, a, today.AddDate(0, 0, 31), false)
	want("failed since", exchange.ReasonFailedRehearsal)
	rehearse(t, in, a, today.AddDate(0, 0, 32), true)
	want("rehearsed again")
}

func mustCrossing(t testing.TB, m *machine) *exchange.Crossing {
	t.Helper()
	crossing, err := exchange.CrossingOf(t.Context(), m.ws)
	if err != nil {
		t.Fatal(err)
	}
	return crossing
}

// TestCrossing_OnlyMergedLinesMayGo: security.md 4.8, 6.8; pains.md row 4. Neither a colleague's word nor "stored" clears a
// machine, and nothing does while a file waits.
func TestCrossing_OnlyMergedLinesMayGo(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	work(t, a, caseID, person, "Byen")
	if c := mustCrossing(t, a); c.Clear || c.Lost < 3 {
		t.Fatalf("nothing was sent: %+v", c)
	}
	mustImport(t, b, mustExport(t, a, b.name).File)
	send(t, b, a.name, a)
	if c := mustCrossing(t, a); c.Clear {
		t.Errorf("a colleague's word clears: %+v", c)
	}
	in.hq.as(t, slotHQC) // special and sealed are stored only
	send(t, a, "hq", in.hq)
	send(t, in.hq, a.name, a)
	if c := mustCrossing(t, a); c.Clear || c.Lost == 0 {
		t.Errorf("stored lines clear: %+v", c)
	}
	in.hq.as(t, slotHQS)
	if _, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil {
		t.Fatal(err)
	}
	send(t, a, "hq", in.hq)
	send(t, in.hq, a.name, a)
	if c := mustCrossing(t, a); !c.Clear || c.Lost != 0 {
		t.Fatalf("everything is merged: %+v", c)
	}
	held := filepath.Join(a.dir, "held")
	if err := os.MkdirAll(held, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(held, "X.feltbok"), []byte("sealed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := mustCrossing(t, a); c.Clear || c.Waiting != 1 {
		t.Errorf("a file waits: %+v", c)
	}
	if err := os.Remove(filepath.Join(held, "X.feltbok")); err != nil {
		t.Fatal(err)
	}
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Bygda")})
	if c := mustCrossing(t, a); c.Clear || c.Lost != 1 {
		t.Errorf("one line is new: %+v", c)
	}
	if c := mustCrossing(t, in.hq); c.Clear {
		t.Error("headquarters may be wiped")
	}
}

// TestCrossing_LineInDoubtCountsOnce: a line that headquarters has not merged, and that waits to be written anew besides, is one
// line that a wipe would lose.
func TestCrossing_LineInDoubtCountsOnce(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	send(t, a, "hq", in.hq)
	send(t, in.hq, a.name, a)
	before := a.ws.OwnEpochs()
	mustSet(t, a, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("forseglet")})
	want := mustCrossing(t, a).Lost
	for chain, n := range a.ws.OwnEpochs() {
		if chain.Compartment != domain.Sealed {
			continue
		}
		if err := exchange.Doubt(t.Context(), a.ws, chain, before[chain]+1); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Error("nothing was written")
		}
	}
	if c := mustCrossing(t, a); c.Lost != want || c.Clear {
		t.Errorf("%d lines lost, want %d, clear %v", c.Lost, want, c.Clear)
	}
}

// TestBackups_OlderOnesAreToBeDestroyed: security.md 10.4.
func TestBackups_OlderOnesAreToBeDestroyed(t *testing.T) {
	in := mustInstall(t)
	caseID, _ := in.mustCaseload(t)
	a := in.laptops[0]
	backup := func(place string) uuid.UUID {
		t.Helper()
		made, err := a.ws.BackupTo(t.Context(), filepath.Join(t.TempDir(), "copy.db"), place)
		if err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	of := func(m *machine, id uuid.UUID) workspace.Backup {
		t.Helper()
		backups, err := m.ws.Backups(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(backups, func(b workspace.Backup) bool { return b.ID == id })
		if i < 0 {
			t.Fatalf("%s does not list the backup: %+v", m.name, backups)
		}
		return backups[i]
	}
	first := backup("skap 3")
	if b := of(a, first); b.Replace() || b.Place != "skap 3" || b.Generations["case"] != 1 || b.Alias != a.name {
		t.Errorf("fresh backup: %+v", b)
	}
	send(t, a, "hq", in.hq)
	if _, err := a.ws.Rotate(t.Context(), []domain.Ring{domain.RingCase}, false, nil); err != nil {
		t.Fatal(err)
	}
	if b := of(a, first); b.Why != "keys" || b.Overdue {
		t.Errorf("after a rotation: %+v", b)
	}
	second := backup("skap 4")
	if b := of(a, second); b.Replace() {
		t.Errorf("the backup made after the rotation: %+v", b)
	}
	if b := of(in.hq, first); b.Replace() || b.Alias != a.name {
		t.Errorf("headquarters cannot know of the rotation yet: %+v", b)
	}
	send(t, a, "hq", in.hq)
	if b := of(in.hq, first); b.Why != "keys" {
		t.Errorf("the later backup tells headquarters of the rotation: %+v", b)
	}
	in.hq.set(today.Add(2 * time.Hour))
	mustErase(t, in.hq, caseID)
	a.set(today.Add(3 * time.Hour))
	send(t, in.hq, a.name, a)
	for _, m := range []*machine{a, in.hq} {
		if b := of(m, second); b.Why != "erasure" || b.Overdue {
			t.Errorf("%s: after an erasure: %+v", m.name, b)
		}
		m.set(today.AddDate(0, 0, 31))
		if b := of(m, second); !b.Overdue {
			t.Errorf("%s: after 31 days: %+v", m.name, b)
		}
	}
	in.hq.as(t, slotDPO)
	if b := of(in.hq, second); !b.Overdue {
		t.Errorf("the data protection officer sees %+v", b)
	}
	in.hq.as(t, slotHQS)
	if err := in.hq.ws.MarkDestroyed(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	send(t, in.hq, a.name, a)
	for _, m := range []*machine{a, in.hq} {
		if b := of(m, second); b.Replace() || b.Overdue || !b.Destroyed {
			t.Errorf("%s: destroyed: %+v", m.name, b)
		}
	}
	wantCode(t, "unknown backup", a.ws.MarkDestroyed(t.Context(), uuid.New()), "E-CASE")
}

// TestRestore_BeginsNewEpochs: security.md 5.2, 6.7. A vault that was set back writes under no number a second time,
// whether it was restored by the program or by hand.
func TestRestore_BeginsNewEpochs(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	copyFile := filepath.Join(t.TempDir(), "copy.db")
	if err := a.ws.Backup(t.Context(), copyFile); err != nil {
		t.Fatal(err)
	}
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	send(t, a, "hq", in.hq)
	receipt := mustExport(t, in.hq, a.name).File
	a.lock(t)

	byHand := &machine{dir: filepath.Join(t.TempDir(), a.name), name: a.name, pass: a.pass, now: today.Add(time.Hour)}
	if err := os.MkdirAll(byHand.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(copyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(byHand.dir, "vault.db"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	byProgram := &machine{dir: filepath.Join(t.TempDir(), a.name), name: a.name, pass: a.pass, now: today.Add(2 * time.Hour)}
	if err := workspace.Restore(t.Context(), copyFile, byProgram.dir, "", a.pass, workspace.Options{}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "over a workspace", workspace.Restore(t.Context(), copyFile, byProgram.dir, "", a.pass, workspace.Options{}), "V-EXISTS")
	byHand.unlock(t, 0)
	byProgram.unlock(t, 0)
	epochsBefore := byProgram.ws.OwnEpochs()
	mustImport(t, byHand, receipt) // learns that it was set back, and writes anew what nobody may have
	for i, m := range []*machine{byHand, byProgram} {
		before := epochsBefore
		mustSet(t, m, target, map[string]domain.Answer{"civil_status": text([]string{"married", "widowed"}[i])})
		var fresh oplog.Chain
		for chain := range m.ws.OwnEpochs() {
			if _, old := before[chain]; !old && chain.Compartment == domain.Case {
				fresh = chain
			}
		}
		if fresh.Epoch == 0 {
			t.Fatalf("copy %d goes on in the old epoch", i)
		}
		for stored, err := range m.ws.Register().Lines(t.Context(), fresh, 1, 1) {
			line, parseErr := oplog.Parse(stored.Bytes)
			if err != nil || parseErr != nil || len(line.Replaces) != 1 {
				t.Fatalf("copy %d: the new epoch replaces %+v, %v", i, line, err)
			}
		}
		epochs := epochsOf(m)
		m.as(t, 0)
		mustSet(t, m, target, map[string]domain.Answer{"mother_tongue": text([]string{"swh", "lin"}[i])})
		if epochsOf(m) != epochs {
			t.Errorf("copy %d begins an epoch at every unlock", i)
		}
		if result := send(t, m, "hq", in.hq); len(result.Reasons) != 0 {
			t.Errorf("copy %d at headquarters: %v", i, result.Reasons)
		}
	}
	record, err := in.hq.ws.Get(t.Context(), "person", person)
	if err != nil || record.Text("sex") != "female" || record.Text("birth_place") != "Byen" || !record.Conflicted("civil_status") {
		t.Errorf("sex %q, birth place %q, civil status %v, %v", record.Text("sex"), record.Text("birth_place"), record.Heads("civil_status"), err)
	}
}

// TestUsers_DirectoryDecidesWhoReads: security.md 4.4. Somebody whom headquarters has not signed in gets open and audit; a
// label or a card gives nobody more.
func TestUsers_DirectoryDecidesWhoReads(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	a := in.laptops[0]
	added, err := a.ws.AddUser(t.Context(), workspace.NewUser{Alias: "N", Role: domain.MLD, Passphrase: []byte("brygge elv torsk kopp saft")}, vault.TestKDF)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(added.Rings, []domain.Ring{domain.RingOpen, domain.RingAudit}) {
		t.Errorf("an unknown person reads %v", added.Rings)
	}
	if granted, err := a.ws.GrantRings(t.Context()); err != nil || len(granted) != 0 {
		t.Errorf("rings without the directory: %v, %v", granted, err)
	}
	_, err = a.ws.AddUser(t.Context(), workspace.NewUser{Alias: "H", Role: domain.HQS, Passphrase: []byte("brygge elv torsk kopp saft")}, vault.TestKDF)
	wantCode(t, "headquarters' role on a laptop", err, "E-ROLE")

	// The colleague on laptop b stands in the mission directory.
	candidates, err := a.ws.Candidates()
	if err != nil || len(candidates) != 1 || candidates[0].Role != domain.INT {
		t.Fatalf("candidates %+v, %v", candidates, err)
	}
	_, err = a.ws.AddUser(t.Context(), workspace.NewUser{ID: candidates[0].User, Alias: "X", Role: domain.MLD, Passphrase: []byte("penn stige vindu trapp melk")}, vault.TestKDF)
	if err != nil {
		t.Fatal(err)
	}
	users, err := a.ws.Users()
	if err != nil || len(users) != 3 || len(users[2].Rings) != 2 {
		t.Errorf("a role that the directory does not give: %+v, %v", users, err)
	}
	if waiting, err := a.ws.RemoveUser(t.Context(), users[2].Slot); err != nil || len(waiting) != 0 {
		t.Fatalf("%v, %v", waiting, err)
	}
	colleague, err := a.ws.AddUser(t.Context(), workspace.NewUser{ID: candidates[0].User, Alias: "B", Role: domain.INT, Passphrase: []byte("penn stige vindu trapp melk")}, vault.TestKDF)
	if err != nil || !slices.Equal(colleague.Rings, domain.INT.Rings()) {
		t.Errorf("%+v, %v", colleague, err)
	}
	wantCode(t, "own slot", errorOf(a.ws.RemoveUser(t.Context(), a.ws.Register().Slot())), "E-VALUE")
	wantCode(t, "no slot", errorOf(a.ws.RemoveUser(t.Context(), "0000000000000000")), "V-PASS")

	// The new user without case removes the others: their rings wait for a holder.
	a.lock(t)
	owner := a.pass
	a.pass = []byte("brygge elv torsk kopp saft")
	a.unlock(t, 1)
	waiting, err := a.ws.RemoveUser(t.Context(), colleague.Slot)
	if err != nil || !slices.Equal(waiting, []domain.Ring{domain.RingCase, domain.RingSpecial, domain.RingSealed}) {
		t.Errorf("waiting %v, %v", waiting, err)
	}
	if codes := codesOf(mustClearance(t, a).Reasons); !slices.Contains(codes, exchange.ReasonPending) {
		t.Errorf("clearance does not name the waiting rings: %v", codes)
	}
	a.lock(t)
	a.pass = owner
	a.unlock(t, 0)
	if users, err := a.ws.Users(); err != nil || len(users) != 2 || users[1].Removed {
		t.Errorf("after the next holder's unlock: %+v, %v", users, err)
	}
}

func errorOf[T any](_ T, err error) error { return err }

// epochsOf counts the epochs of a machine's own chains.
func epochsOf(m *machine) int {
	epochs := map[uint32]bool{}
	for chain := range m.ws.OwnEpochs() {
		epochs[chain.Epoch] = true
	}
	return len(epochs)
}

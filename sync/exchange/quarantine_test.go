package exchange_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

func mustQuarantine(t testing.TB, m *machine) *exchange.QuarantineList {
	t.Helper()
	list, err := exchange.ListQuarantine(t.Context(), m.ws)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestQuarantine_RevokedMachine: a file of a machine that was withdrawn is kept once with its reason. The settlement caseworker
// takes it in after a check, the special-needs caseworker what is hers, and every step survives the lock.
func TestQuarantine_RevokedMachine(t *testing.T) {
	in := mustInstall(t)
	in.mustInterview(t)
	a := in.laptops[0]
	file := mustExport(t, a, "hq").File
	before := content(t, in.hq)
	in.hq.set(today.Add(48 * time.Hour))
	_, err := exchange.Revoke(t.Context(), in.hq.ws, exchange.Revocation{
		Ceremony: exchange.Ceremony{Keys: filepath.Join(in.dir, "keys"), Passphrase: keysPass}, Devices: []string{a.name}, Cut: today.Add(24 * time.Hour), Reason: "lost",
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := exchange.Import(t.Context(), in.hq.ws, file, nil)
		wantCode(t, "file of a revoked machine", err, "E-REVOKED")
	}
	list := mustQuarantine(t, in.hq)
	if len(list.Files) != 1 || list.Files[0].Code != "E-REVOKED" || list.Files[0].Sender != a.name || list.Files[0].MayLift || list.Files[0].Name != filepath.Base(file) {
		t.Fatalf("quarantine %+v", list.Files)
	}
	kept := list.Files[0].File
	_, err = exchange.LiftFile(t.Context(), in.hq.ws, kept, "prøve")
	wantCode(t, "lifted by HQS", err, "E-ROLE")
	_, err = exchange.Retry(t.Context(), in.hq.ws, kept)
	wantCode(t, "tried again", err, "E-REVOKED")
	in.hq.as(t, slotHQC)
	_, err = exchange.LiftFile(t.Context(), in.hq.ws, kept, " ")
	wantCode(t, "lifted without a reason", err, "E-VALUE")
	if content := content(t, in.hq); len(mustQuarantine(t, in.hq).Files) != 1 || content == "" {
		t.Error("a refused lift changed something")
	}
	result, err := exchange.LiftFile(t.Context(), in.hq.ws, kept, "ringt og sjekket")
	if err != nil {
		t.Fatal(err)
	}
	if list := mustQuarantine(t, in.hq); len(list.Files) != 0 || len(list.Lines) != 0 || !slices.Equal(result.Waiting, []string{"special", "sealed"}) {
		t.Errorf("after the lift: %+v, waiting %v", list, result.Waiting)
	}
	if persons, err := in.hq.ws.Objects(t.Context(), "person", uuid.Nil); err != nil || len(persons) != 2 {
		t.Errorf("%d persons after the lift, %v", len(persons), err)
	}
	in.hq.as(t, slotHQS)
	if _, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil {
		t.Fatal(err)
	}
	list = mustQuarantine(t, in.hq)
	if len(list.Lines) == 0 || slices.ContainsFunc(list.Lines, func(q exchange.QuarantinedLine) bool { return q.Code != "E-REVOKED" || !q.MayLift }) {
		t.Fatalf("special of a revoked machine: %+v", list.Lines)
	}
	if err := exchange.LiftLines(t.Context(), in.hq.ws, list.Lines, "ringt og sjekket"); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	if list := mustQuarantine(t, in.hq); len(list.Lines) != 0 {
		t.Errorf("after the second lift: %+v", list.Lines)
	}
	if notes, err := in.hq.ws.Objects(t.Context(), "health", uuid.Nil); err != nil || len(notes) != 1 {
		t.Errorf("%d health entries, %v", len(notes), err)
	}
	// Lifting is no reason why the import could not be taken back.
	mustUndo(t, in.hq, result.Import)
	if got := content(t, in.hq); got != before {
		t.Errorf("after undo:\n%s\nbefore:\n%s", got, before)
	}
}

// TestQuarantine_LiftedLineReachesOthers: a line beyond the author's role counts after a caseworker says so, on every machine that
// has the word, and what no program understands cannot be lifted.
func TestQuarantine_LiftedLineReachesOthers(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	decision := uuid.New()
	poison(t, a, domain.Case, func(i int, l *oplog.Line) {
		l.Case, l.Type, l.Object = caseID, "decision", decision
		l.Set["outcome"] = json.RawMessage(`"granted"`)
		if i == 1 {
			l.Type, l.Object, l.Set = "person", person, map[string]json.RawMessage{"field_of_a_newer_program": json.RawMessage(`"x"`)}
		}
	}, 2)
	send(t, a, "hq", in.hq)
	list := mustQuarantine(t, in.hq)
	if len(list.Lines) != 2 {
		t.Fatalf("quarantine %+v", list.Lines)
	}
	err := exchange.LiftLines(t.Context(), in.hq.ws, list.Lines[1:], "prøve")
	wantCode(t, "lift of what nobody understands", err, "E-FORM")
	err = exchange.LiftLines(t.Context(), in.hq.ws, list.Lines[:1], "")
	wantCode(t, "lift without a reason", err, "E-VALUE")
	in.hq.as(t, slotHQC)
	if err := exchange.LiftLines(t.Context(), in.hq.ws, list.Lines[:1], "avklart med teamleder"); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	record, err := in.hq.ws.Get(t.Context(), "decision", decision)
	if err != nil || record == nil || record.Text("outcome") != "granted" {
		t.Errorf("the lifted line: %v, %v", record, err)
	}
	if list := mustQuarantine(t, in.hq); len(list.Lines) != 1 || list.Lines[0].Code != "E-FORM" {
		t.Errorf("quarantine %+v", list.Lines)
	}
	send(t, in.hq, a.name, a)
	if receipt := mustReceipt(t, a); len(receipt.Quarantined) != 1 || receipt.Quarantined[0].Code != "E-FORM" {
		t.Errorf("receipt %+v", receipt.Quarantined)
	}
	if returned, err := exchange.Returned(t.Context(), a.ws, caseID); err != nil || len(returned) != 1 || returned[0].Code != "E-FORM" {
		t.Errorf("returned %+v, %v", returned, err)
	}
}

// TestQuarantine_UpdateLetsOut: after an update the program judges anew by itself: lines of a question set that it did not know,
// and files that were refused for a certificate. Nobody has to ask.
func TestQuarantine_UpdateLetsOut(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	poison(t, a, domain.Case, func(_ int, l *oplog.Line) {
		l.Case, l.Type, l.Object, l.Form = caseID, "person", person, "set_of_a_newer_program@1"
		l.Set["birth_place"] = json.RawMessage(`"Byen"`)
	}, 1)
	send(t, a, "hq", in.hq)
	mustSet(t, b, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth": text("1993")})
	file := mustExport(t, b, "hq").File
	in.hq.set(today.AddDate(1, 0, 0))
	_, err := exchange.Import(t.Context(), in.hq.ws, file, nil)
	wantCode(t, "certificate that has run out", err, "E-CERT")
	in.hq.set(today.Add(time.Hour))
	in.hq.as(t, slotHQS)
	if _, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil {
		t.Fatal(err)
	}
	if list := mustQuarantine(t, in.hq); len(list.Lines) != 1 || len(list.Files) != 1 || list.Files[0].Worth {
		t.Fatalf("without an update: %+v", list)
	}
	restore := exchange.Update("set_of_a_newer_program")
	defer restore()
	if list := mustQuarantine(t, in.hq); !list.Files[0].Worth {
		t.Error("after an update the file is not worth a try")
	}
	in.hq.as(t, slotHQS)
	results, err := exchange.ImportHeld(t.Context(), in.hq.ws)
	if err != nil || len(results) != 1 {
		t.Errorf("after an update: %+v, %v", results, err)
	}
	if list := mustQuarantine(t, in.hq); len(list.Lines) != 0 || len(list.Files) != 0 {
		t.Errorf("after an update: %+v", list)
	}
	if record, _ := in.hq.ws.Get(t.Context(), "person", person); record.Text("birth_place") != "Byen" || record.Text("birth") != "1993" {
		t.Errorf("place %q, birth %q", record.Text("birth_place"), record.Text("birth"))
	}
	equalsRebuild(t, in.hq)
}

// TestQuarantine_Discard: a refused file can be thrown away, and nothing else can by that way.
func TestQuarantine_Discard(t *testing.T) {
	in := mustInstall(t)
	in.mustInterview(t)
	file := mustExport(t, in.laptops[0], "hq").File
	in.hq.set(today.AddDate(1, 0, 0))
	_, err := exchange.Import(t.Context(), in.hq.ws, file, nil)
	wantCode(t, "certificate that has run out", err, "E-CERT")
	for _, name := range []string{"../vault.db", "no.feltbok", ""} {
		wantCode(t, "discard "+name, exchange.Discard(t.Context(), in.hq.ws, name), "E-FILE")
	}
	if err := exchange.Discard(t.Context(), in.hq.ws, mustQuarantine(t, in.hq).Files[0].File); err != nil {
		t.Fatal(err)
	}
	if list := mustQuarantine(t, in.hq); len(list.Files) != 0 || len(files(t, filepath.Join(in.hq.dir, "quarantine"))) != 0 {
		t.Errorf("still there: %+v", list.Files)
	}
}

// TestHeld_TheWholeWay: a caseworker without the special ring imports; the special part waits through an undo, the same lines in
// another file and a program that ended at the worst moments, and goes in once when its holder unlocks.
func TestHeld_TheWholeWay(t *testing.T) {
	in := mustInstall(t)
	_, person, _ := in.mustInterview(t)
	a := in.laptops[0]
	before := content(t, in.hq)
	in.hq.as(t, slotHQC)
	result := send(t, a, "hq", in.hq)
	if !slices.Equal(result.Waiting, []string{"special", "sealed"}) {
		t.Fatalf("waiting %v", result.Waiting)
	}
	again, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir(), Everything: true})
	if err != nil {
		t.Fatal(err)
	}
	mustImport(t, in.hq, again.File)
	if plan := mustUndo(t, in.hq, result.Import); !slices.Equal(plan.Waiting, []string{"special", "sealed"}) {
		t.Errorf("the undo waits in %v", plan.Waiting)
	}
	send(t, in.hq, a.name, a)
	if receipt := mustReceipt(t, a); len(receipt.Stored["special"]) == 0 || len(receipt.Merged["special"]) != 0 || len(receipt.Excluded["case"]) == 0 {
		t.Errorf("receipt while special waits: stored %v, merged %v, excluded %v", receipt.Stored, receipt.Merged, receipt.Excluded)
	}
	held := filepath.Join(in.hq.dir, "held")
	saved := map[string][]byte{}
	for _, path := range files(t, held) {
		if saved[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if len(saved) != 2 {
		t.Fatalf("held %d files", len(saved))
	}
	in.hq.as(t, slotHQS)
	results, err := exchange.ImportHeld(t.Context(), in.hq.ws)
	if err != nil || len(results) == 0 {
		t.Fatalf("held parts: %+v, %v", results, err)
	}
	// The program ended before the files were gone.
	for name, content := range saved {
		if err := os.WriteFile(filepath.Join(held, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := in.hq.ws.Register().Count(domain.Special)
	in.hq.as(t, slotHQS)
	if results, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil || len(results) != 0 || in.hq.ws.Register().Count(domain.Special) != lines {
		t.Errorf("once more: %+v, %v", results, err)
	}
	if left := files(t, held); len(left) != 0 {
		t.Errorf("still held: %v", left)
	}
	if note, _ := in.hq.ws.Get(t.Context(), "health", domain.SingletonID(person, "health")); note == nil {
		t.Error("the special part is not there")
	}
	if waiting, err := exchange.WaitingForMe(t.Context(), in.hq.ws); err != nil || len(waiting) != 1 || waiting[0].Import != result.Import {
		t.Fatalf("the holder is not asked: %+v, %v", waiting, err)
	}
	mustUndo(t, in.hq, result.Import)
	if got := content(t, in.hq); got != before {
		t.Errorf("after both:\n%s\nbefore:\n%s", got, before)
	}
	send(t, in.hq, a.name, a)
	if receipt := mustReceipt(t, a); len(receipt.Stored["special"]) != 0 || len(receipt.Merged["special"]) == 0 || len(receipt.Excluded["special"]) == 0 {
		t.Errorf("receipt in the end: stored %v, merged %v, excluded %v", receipt.Stored, receipt.Merged, receipt.Excluded)
	}
}

// TestHeld_NotOnTheList: the program ended between laying a file aside and storing its lines. The next unlock takes it in.
func TestHeld_NotOnTheList(t *testing.T) {
	in := mustInstall(t)
	in.mustInterview(t)
	content, err := os.ReadFile(mustExport(t, in.laptops[0], "hq").File)
	if err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(in.hq.dir, "held")
	if err := os.MkdirAll(held, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(held, "AAAAAAAAAAAAAAAAAAAAAAAAAA.feltbok"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQC)
	if results, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil || len(results) != 1 || !slices.Equal(results[0].Waiting, []string{"special", "sealed"}) {
		t.Fatalf("first %+v, %v", results, err)
	}
	in.hq.as(t, slotHQS)
	if results, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil || len(results) != 1 || results[0].New["special"] == 0 {
		t.Fatalf("then %+v, %v", results, err)
	}
	if left := files(t, held); len(left) != 0 {
		t.Errorf("still held: %v", left)
	}
}

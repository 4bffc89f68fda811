package exchange_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

func mustPreview(t testing.TB, m *machine, caseID uuid.UUID, whole bool) *exchange.Purging {
	t.Helper()
	p, err := exchange.PreviewPurge(t.Context(), m.ws, caseID, whole)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func refusesPurge(t testing.TB, what string, m *machine, caseID uuid.UUID, whole bool, reason string) {
	t.Helper()
	before := counts(t, m)
	if p := mustPreview(t, m, caseID, whole); p.Blocked[reason] == 0 {
		t.Errorf("%s: the preview names %v, want %s", what, p.Blocked, reason)
	}
	_, err := exchange.Purge(t.Context(), m.ws, caseID, whole)
	wantCode(t, what, err, "E-PURGE")
	if after := counts(t, m); after != before {
		t.Errorf("%s: a refused purge changed the workspace:\n%s\n%s", what, before, after)
	}
}

// mustReceipt lets a machine take in what headquarters says.
func mustTell(t testing.TB, in *installation, m *machine) {
	t.Helper()
	send(t, in.hq, m.name, m)
}

// TestPurge_OnlyAfterMerged: security.md 6.8 and 16, "a peer's have or headquarters' stored never enables purge; merged in all
// compartments does"; pains.md row 4.
func TestPurge_OnlyAfterMerged(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	for _, place := range []string{"Byen", "Landsbyen", "Elva", "Fjellet"} {
		mustSet(t, a, target, map[string]domain.Answer{"birth_place": text(place)})
	}
	mustSet(t, a, target, map[string]domain.Answer{"birth": text("1991")}) // replaces headquarters' answer
	mustSet(t, a, target, map[string]domain.Answer{"birth": text("1992")})
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("særlig")})
	refusesPurge(t, "nothing sent", a, caseID, false, exchange.PurgeUnmerged)
	send(t, a, b.name, b)
	send(t, b, a.name, a) // a colleague has it, and says so
	refusesPurge(t, "a colleague has it", a, caseID, false, exchange.PurgeUnmerged)
	in.hq.as(t, slotHQC) // holds case, and not special
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	mustTell(t, in, a)
	if state := mustState(t, a, caseID); state != exchange.StateStored {
		t.Errorf("state %q, want stored", state)
	}
	refusesPurge(t, "special is stored only", a, caseID, false, exchange.PurgeUnmerged)
	in.hq.as(t, slotHQS)
	if _, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil {
		t.Fatal(err)
	}
	mustTell(t, in, a)
	if state := mustState(t, a, caseID); state != exchange.StateMerged {
		t.Errorf("state %q, want merged", state)
	}
	refusesPurge(t, "the mission goes on", a, caseID, true, exchange.PurgeMission)

	want, preview := digest(t, a), mustPreview(t, a, caseID, false)
	if len(preview.Blocked) != 0 || preview.Lines["case"] != 3 || preview.Lines["special"] != 0 {
		t.Fatalf("preview %+v, want three replaced lines of case", preview)
	}
	done, err := exchange.Purge(t.Context(), a.ws, caseID, false)
	if err != nil || done.Lines["case"] != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := digest(t, a); got != want {
		t.Error("the purge changed an answer")
	}
	if _, _, err := a.ws.VerifyChains(t.Context()); err != nil {
		t.Error(err)
	}
	if again := mustPreview(t, a, caseID, false); again.Lines["case"] != 0 {
		t.Errorf("a second purge finds %v", again.Lines)
	}
	// Work goes on, and what is made anew from the lines is the same.
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Kysten")})
	if result := send(t, a, "hq", in.hq); len(result.Reasons) != 0 || result.Conflicts != 0 {
		t.Errorf("%v, %d conflicts", result.Reasons, result.Conflicts)
	}
	if record, err := in.hq.ws.Get(t.Context(), "person", person); err != nil || record.Text("birth_place") != "Kysten" || record.Conflicted("birth_place") {
		t.Errorf("at headquarters: %v, %v", record, err)
	}
	send(t, a, b.name, b)
	equalsRebuild(t, b)
	a.as(t, 0)
	if record, err := a.ws.Get(t.Context(), "person", person); err != nil || record.Text("birth") != "1992" {
		t.Errorf("after the next unlock: %v, %v", record, err)
	}
}

// TestPurge_WholeCaseAfterTheMission: the records go, the chains stay whole, and other cases are untouched.
func TestPurge_WholeCaseAfterTheMission(t *testing.T) {
	in := mustInstall(t)
	kept, keptPerson := in.mustCaseload(t)
	caseID, person := in.other(t)
	a, b := in.laptops[0], in.laptops[1]
	for _, id := range []struct{ c, p uuid.UUID }{{kept, keptPerson}, {caseID, person}} {
		in.mustWrite(t, a, workspace.Target{Type: "person", ID: id.p, Case: id.c}, "Ordsomingenandrehar")
	}
	mustSet(t, b, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	send(t, b, a.name, a)
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	mustTell(t, in, a)
	after := today.AddDate(0, 1, 1)
	for _, m := range in.all() {
		m.set(after)
	}
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"civil_status": text("married")})
	refusesPurge(t, "one line is not merged", a, caseID, true, exchange.PurgeUnmerged)
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	mustTell(t, in, a)
	done, err := exchange.Purge(t.Context(), a.ws, caseID, true)
	if err != nil || done.Lines["case"] == 0 || done.Lines["special"] == 0 || done.Lines["sealed"] == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, turn := range []string{"at once", "after the next unlock"} {
		cases, err := a.ws.Cases(t.Context())
		if err != nil || slices.ContainsFunc(cases, func(c workspace.CaseSummary) bool { return c.ID == caseID }) || len(cases) != 1 {
			t.Errorf("%s: %d cases, %v", turn, len(cases), err)
		}
		if record, err := a.ws.Get(t.Context(), "person", person); err == nil && record != nil {
			t.Errorf("%s: the person is still there", turn)
		}
		if record, err := a.ws.Get(t.Context(), "person", keptPerson); err != nil || record.Text("birth_place") != "Ordsomingenandrehar" {
			t.Errorf("%s: the other case lost something: %v", turn, err)
		}
		if _, _, err := a.ws.VerifyChains(t.Context()); err != nil {
			t.Errorf("%s: %v", turn, err)
		}
		a.as(t, 0)
	}
	if result := send(t, a, "hq", in.hq); len(result.Reasons) != 0 || len(result.Gaps) != 0 {
		t.Errorf("headquarters afterwards: %v, gaps %v", result.Reasons, result.Gaps)
	}
	if record, err := in.hq.ws.Get(t.Context(), "person", person); err != nil || record.Text("civil_status") != "married" {
		t.Errorf("headquarters lost something: %v", err)
	}
}

// TestPurge_WrongReceipt: no receipt but headquarters' own for this machine enables a purge.
func TestPurge_WrongReceipt(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	folder := t.TempDir()
	written, err := exchange.WriteReceipts(in.hq.ws, a.name, folder)
	if err != nil || len(written) != 1 {
		t.Fatalf("%+v, %v", written, err)
	}
	good := readReceipt(t, written[0].File)
	other := mustInstallWorld(t, false)
	node := in.hq.ws.Node()
	laptop := b.ws.Node()
	remake := func(change func(*trust.Receipt)) receiptFile {
		var receipt trust.Receipt
		if err := json.Unmarshal(good.text, &receipt); err != nil {
			t.Fatal(err)
		}
		change(&receipt)
		doc, err := trust.NewReceipt(receipt, node.Key, node.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		return receiptFile{doc.Name, doc.Bytes, doc.Signatures[0]}
	}
	byLaptop, err := trust.Sign(laptop.Key, laptop.Certificate, trust.NamespaceReceipt, good.text)
	if err != nil {
		t.Fatal(err)
	}
	byOther, err := trust.Sign(other.hq.ws.Node().Key, other.hq.ws.Node().Certificate, trust.NamespaceReceipt, good.text)
	if err != nil {
		t.Fatal(err)
	}
	wrongNamespace, err := trust.Sign(node.Key, node.Certificate, trust.NamespaceBundle, good.text)
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]receiptFile{
		"one digit changed":           {good.name, bytes.Replace(good.text, []byte(`"version":1`), []byte(`"version":7`), 1), good.signature},
		"cut short":                   {good.name, good.text[:len(good.text)/2], good.signature},
		"empty":                       {good.name, nil, nil},
		"signed by a colleague":       {good.name, good.text, byLaptop},
		"signed by another register":  {good.name, good.text, byOther},
		"signed as something else":    {good.name, good.text, wrongNamespace},
		"name of another machine":     {trust.ReceiptFile(b.ws.Me().Device), good.text, good.signature},
		"of another world":            remake(func(r *trust.Receipt) { r.Training = false }),
		"for a colleague, harmless":   remake(func(r *trust.Receipt) { r.For = trust.DeviceName(b.ws.Me().Device) }),
		"signature without its text":  {good.name, []byte("{}\n"), good.signature},
		"older, after a newer was in": {},
	} {
		t.Run(name, func(t *testing.T) {
			if wrong.name == "" {
				return // below
			}
			_, err := exchange.TakeReceipt(t.Context(), a.ws, wrong.write(t))
			if code := fault.Code(err); err != nil && code != "E-DOC" && code != "E-CERT" && code != "E-WORLD" && code != "E-SIG" {
				t.Errorf("refused with %v", err)
			}
			if name == "for a colleague, harmless" != (err == nil) {
				t.Errorf("taken in: %v", err)
			}
			refusesPurge(t, name, a, caseID, false, exchange.PurgeUnmerged)
		})
	}
	taken, err := exchange.TakeReceipt(t.Context(), a.ws, good.write(t))
	if err != nil || !taken.Newer || taken.For != a.name {
		t.Fatalf("the true one: %+v, %v", taken, err)
	}
	if p := mustPreview(t, a, caseID, false); len(p.Blocked) != 0 {
		t.Errorf("the true one does not do: %v", p.Blocked)
	}
	// An older one changes nothing, whatever it says, and neither does the same again.
	version := mustReceipt(t, a).Version
	for _, older := range []receiptFile{good, remake(func(r *trust.Receipt) { r.Merged = trust.Ranges{} })} {
		if again, err := exchange.TakeReceipt(t.Context(), a.ws, older.write(t)); err != nil || again.Newer || mustReceipt(t, a).Version != version {
			t.Errorf("%+v, %v", again, err)
		}
	}
	if p := mustPreview(t, a, caseID, false); len(p.Blocked) != 0 {
		t.Errorf("an older receipt took something back: %v", p.Blocked)
	}
}

type receiptFile struct {
	name            string
	text, signature []byte
}

func readReceipt(t testing.TB, path string) receiptFile {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := os.ReadFile(path + ".sig")
	if err != nil {
		t.Fatal(err)
	}
	return receiptFile{filepath.Base(path), content, signature}
}

func (r receiptFile) write(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), r.name)
	for name, content := range map[string][]byte{path: r.text, path + ".sig": r.signature} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func mustState(t testing.TB, m *machine, caseID uuid.UUID) exchange.State {
	t.Helper()
	state, err := exchange.StateOfCase(t.Context(), m.ws, caseID)
	if err != nil {
		t.Fatal(err)
	}
	return state.State
}

// TestState_OfACase: security.md 6.8; each state, and that the receipt brings the same by every route.
func TestState_OfACase(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	want := func(state exchange.State) {
		t.Helper()
		if got := mustState(t, a, caseID); got != state {
			t.Errorf("state %q, want %q", got, state)
		}
		if got, err := exchange.StateOfRecord(t.Context(), a.ws, "person", person, caseID); err != nil || got != state {
			t.Errorf("state of the record %q, %v, want %q", got, err, state)
		}
	}
	want("")
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	want(exchange.StateSealed)
	toB := mustExport(t, a, b.name).File
	want(exchange.StateInBundle)
	mustImport(t, b, toB)
	send(t, b, a.name, a)
	want(exchange.StateWithColleague)
	send(t, b, "hq", in.hq)
	folder := t.TempDir()
	written, err := exchange.WriteReceipts(in.hq.ws, "", folder)
	if err != nil || len(written) != 2 {
		t.Fatalf("receipts %+v, %v", written, err)
	}
	for _, receipt := range written { // both on one stick: the colleague's does nothing here
		if _, err := exchange.TakeReceipt(t.Context(), a.ws, receipt.File); err != nil {
			t.Fatal(err)
		}
	}
	want(exchange.StateMerged)
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	want(exchange.StateSealed)
	err = a.ws.Register().Update(t.Context(), func(tx *register.Tx) error {
		return tx.SetSystem(domain.RingCase, register.SystemDrafts, []byte(`[{"case":"`+caseID.String()+`","drafts":[{}]}]`))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := mustState(t, a, caseID); got != exchange.StateDraft {
		t.Errorf("state %q, want draft", got)
	}
	states, err := exchange.CaseStates(t.Context(), a.ws)
	if err != nil || len(states) != 1 || states[0].Case != caseID || states[0].State != exchange.StateDraft {
		t.Errorf("%+v, %v", states, err)
	}
}

// TestSent_CheckedWeekly: security.md 6.11; a copy that changed on the disk is found, and its lines go out again.
func TestSent_CheckedWeekly(t *testing.T) {
	in := mustInstall(t)
	in.mustWork(t)
	a := in.laptops[0]
	sent := func() exchange.SentCopy {
		t.Helper()
		copies, err := exchange.SentCopies(a.ws)
		if err != nil || len(copies) == 0 {
			t.Fatalf("%d copies, %v", len(copies), err)
		}
		return copies[len(copies)-1]
	}
	if n, err := exchange.CheckSent(t.Context(), a.ws, false); err != nil || n != 0 {
		t.Errorf("%d copies checked on the first day, %v", n, err)
	}
	a.set(today.Add(8 * 24 * time.Hour))
	if n, err := exchange.CheckSent(t.Context(), a.ws, false); err != nil || n != 1 || sent().Damaged || sent().Checked.IsZero() {
		t.Errorf("%d copies checked after a week, %v: %+v", n, err, sent())
	}
	if n, err := exchange.CheckSent(t.Context(), a.ws, false); err != nil || n != 0 {
		t.Errorf("%d copies checked twice, %v", n, err)
	}
	path := filepath.Join(a.dir, "sent", sent().File)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	a.set(today.Add(16 * 24 * time.Hour))
	again := mustExport(t, a, "hq")
	if again.Repeated == 0 || !sent().Damaged {
		t.Errorf("repeated %d, copy %+v", again.Repeated, sent())
	}
}

// TestPurge_HeadquartersClosesTheMission: its order lets a machine forget what colleagues wrote, before the mission's last day
// and without their receipts, but never an own line that headquarters has not merged (security.md 6.8).
func TestPurge_HeadquartersClosesTheMission(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	mustTell(t, in, a)
	mustSet(t, b, target, map[string]domain.Answer{"birth_place": text("Byen")})
	send(t, b, a.name, a) // and headquarters has not got it
	mission := workspace.Target{Type: "mission", ID: in.mission, Mission: in.mission}
	for _, status := range []string{"ongoing", "review"} {
		mustSet(t, in.hq, mission, map[string]domain.Answer{"status": text(status)})
		send(t, in.hq, a.name, a)
		refusesPurge(t, status, a, caseID, true, exchange.PurgeMission)
		refusesPurge(t, status, a, caseID, true, exchange.PurgeOthers)
	}
	mustSet(t, in.hq, mission, map[string]domain.Answer{"status": text("closed")})
	send(t, in.hq, a.name, a)
	mustSet(t, a, target, map[string]domain.Answer{"civil_status": text("married")})
	refusesPurge(t, "an own line is not merged", a, caseID, true, exchange.PurgeUnmerged)
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	mustTell(t, in, a)
	done, err := exchange.Purge(t.Context(), a.ws, caseID, true)
	if err != nil || done.Lines["case"] == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if cases, err := a.ws.Cases(t.Context()); err != nil || len(cases) != 0 {
		t.Errorf("%d cases, %v", len(cases), err)
	}
	if _, _, err := a.ws.VerifyChains(t.Context()); err != nil {
		t.Error(err)
	}
}

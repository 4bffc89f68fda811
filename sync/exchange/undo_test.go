package exchange_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// content is everything a machine shows: each standing value of each field, sealed ones included, marks of imports left out.
func content(t testing.TB, m *machine) string {
	t.Helper()
	var out []string
	for _, c := range domain.AllCompartments {
		if c.Boxed() || !m.ws.Register().Holds(domain.RingOf(c)) {
			continue
		}
		for object, err := range m.ws.Register().Objects(t.Context(), c, register.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			for name, field := range object.Fields {
				if !workspace.IsMark(object.Type) {
					out = append(out, fmt.Sprint(c, object.Type, object.ID, name, field.Heads))
				}
			}
		}
	}
	for _, summary := range mustCases(t, m) {
		file, err := m.ws.OpenCase(t.Context(), summary.ID, workspace.Everything...)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range file.Sealed() {
			for _, field := range record.Fields() {
				out = append(out, fmt.Sprint("sealed", record.ID(), field, record.Heads(field)))
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func mustUndo(t testing.TB, m *machine, id uuid.UUID) *exchange.UndoPlan {
	t.Helper()
	plan, err := exchange.Undo(t.Context(), m.ws, id, "fra feil enhet")
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func mustRedo(t testing.TB, m *machine, id uuid.UUID) *exchange.UndoPlan {
	t.Helper()
	plan, err := exchange.Redo(t.Context(), m.ws, id, "likevel riktig")
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func mustImports(t testing.TB, m *machine) []exchange.ImportEntry {
	t.Helper()
	list, err := exchange.Imports(t.Context(), m.ws)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func entryOf(t testing.TB, m *machine, id uuid.UUID) exchange.ImportEntry {
	t.Helper()
	for _, entry := range mustImports(t, m) {
		if entry.Import == id {
			return entry
		}
	}
	t.Fatalf("import %s is not in the list", id)
	return exchange.ImportEntry{}
}

// mustInterview writes into every compartment that an interviewer has: a replaced value, a new person, a P3 and a P4 entry.
func (in *installation) mustInterview(t testing.TB) (caseID, person, child uuid.UUID) {
	t.Helper()
	caseID, person = in.mustCaseload(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth": text("1991"), "birth_place": text("Byen")})
	child = mustSet(t, a, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{"given_names": text("Barn")}).ID()
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("Prøve")})
	mustSet(t, a, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("Prøve")})
	return caseID, person, child
}

// TestUndo_EveryCompartment: an undo gives the state before the import in every compartment, survives the lock, and the redo
// gives the state after it. Doing it twice changes nothing, and so does the same file.
func TestUndo_EveryCompartment(t *testing.T) {
	in := mustInstall(t)
	in.mustInterview(t)
	file := mustExport(t, in.laptops[0], "hq").File
	before := content(t, in.hq)
	result := mustImport(t, in.hq, file)
	after := content(t, in.hq)

	plan, err := exchange.PreviewUndo(t.Context(), in.hq.ws, result.Import, false)
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Changed || plan.Sealed == 0 || plan.Stays["chain"] == 0 || len(plan.Later) != 0 || len(plan.Waiting) != 0 {
		t.Errorf("preview %+v", plan)
	}
	if !slices.ContainsFunc(plan.Fields, func(f exchange.FieldChange) bool {
		return f.Field == "birth" && string(f.Old[0].Value) == `"1991"` && string(f.New[0].Value) == `"1990"`
	}) {
		t.Errorf("preview does not say that the year of birth goes back: %+v", plan.Fields)
	}
	if content(t, in.hq) != after {
		t.Error("a preview changed something")
	}

	done := mustUndo(t, in.hq, result.Import)
	if !done.Changed || len(done.Fields) != len(plan.Fields) {
		t.Errorf("the undo differs from its preview: %+v", done)
	}
	if got := content(t, in.hq); got != before {
		t.Errorf("after undo:\n%s\nbefore the import:\n%s", got, before)
	}
	if entry := entryOf(t, in.hq, result.Import); entry.State != exchange.ImportUndone || entry.Reason != "fra feil enhet" {
		t.Errorf("list says %+v", entry)
	}
	if hits, err := in.hq.ws.Search(t.Context(), "Barn", 5); err != nil || len(hits) != 0 {
		t.Errorf("the search finds a person who was taken back: %v, %v", hits, err)
	}
	in.hq.as(t, slotHQS)
	if got := content(t, in.hq); got != before {
		t.Error("the undo did not survive the lock")
	}
	if mustUndo(t, in.hq, result.Import).Changed {
		t.Error("undoing twice wrote again")
	}
	if again := mustImport(t, in.hq, file); !again.Repeated || content(t, in.hq) != before {
		t.Error("the same file brought back what was taken back")
	}
	everything, err := exchange.Export(t.Context(), in.laptops[0].ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir(), Everything: true})
	if err != nil {
		t.Fatal(err)
	}
	mustImport(t, in.hq, everything.File)
	if content(t, in.hq) != before {
		t.Error("the same lines in another file brought back what was taken back")
	}
	mustRedo(t, in.hq, result.Import)
	if got := content(t, in.hq); got != after {
		t.Errorf("after redo:\n%s\nafter the import:\n%s", got, after)
	}
	if entry := entryOf(t, in.hq, result.Import); entry.State != exchange.ImportStands {
		t.Errorf("list says %+v", entry)
	}
	if _, _, err := in.hq.ws.VerifyChains(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestUndo_LaterWorkSurvives: what was written on top of an import stays, no false conflict comes up, and the preview says so.
func TestUndo_LaterWorkSurvives(t *testing.T) {
	in := mustInstall(t)
	caseID, person, child := in.mustInterview(t)
	result := send(t, in.laptops[0], "hq", in.hq)
	mustSet(t, in.hq, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth": text("1992")})
	mustSet(t, in.hq, workspace.Target{Type: "person", ID: child, Case: caseID}, map[string]domain.Answer{"family_name": text("Mappe")})
	plan := mustUndo(t, in.hq, result.Import)
	if len(plan.Later) != 1 || plan.Later[0].Field != "birth" || plan.Later[0].Object != person {
		t.Errorf("later work %+v", plan.Later)
	}
	record, err := in.hq.ws.Get(t.Context(), "person", person)
	if err != nil || record.Text("birth") != "1992" || record.Text("birth_place") != "" || len(record.Conflicts()) != 0 {
		t.Errorf("person: birth %q, place %q, conflicts %v, %v", record.Text("birth"), record.Text("birth_place"), record.Conflicts(), err)
	}
	record, err = in.hq.ws.Get(t.Context(), "person", child)
	if err != nil || record == nil || record.Text("family_name") != "Mappe" || record.Text("given_names") != "" {
		t.Errorf("the child's later name is lost: %v, %v", record, err)
	}
	// What comes later into the same case is merged as if the import had never been.
	mustSet(t, in.laptops[1], workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	send(t, in.laptops[1], "hq", in.hq)
	if record, _ = in.hq.ws.Get(t.Context(), "person", person); record.Text("sex") != "female" || record.Text("birth") != "1992" || record.Text("birth_place") != "" {
		t.Errorf("after the next file: %v", record.Fields())
	}
	mustRedo(t, in.hq, result.Import)
	if record, _ = in.hq.ws.Get(t.Context(), "person", person); record.Text("birth") != "1992" || record.Text("birth_place") != "Byen" || len(record.Conflicts()) != 0 {
		t.Errorf("after redo: birth %q, place %q", record.Text("birth"), record.Text("birth_place"))
	}
}

// TestUndo_InTwoHands: the settlement caseworker takes back what she holds; the special-needs caseworker is asked at the next
// unlock, and only then the import counts as undone (security.md 7.2).
func TestUndo_InTwoHands(t *testing.T) {
	in := mustInstall(t)
	in.mustInterview(t)
	before := content(t, in.hq)
	result := send(t, in.laptops[0], "hq", in.hq)
	after := content(t, in.hq)
	in.hq.as(t, slotHQC)
	if plan := mustUndo(t, in.hq, result.Import); !slices.Equal(plan.Waiting, []string{"special", "sealed"}) {
		t.Errorf("waiting %v", plan.Waiting)
	}
	if entry := entryOf(t, in.hq, result.Import); entry.State != exchange.ImportUndoing || len(entry.Mine) != 0 {
		t.Errorf("list says %+v", entry)
	}
	in.hq.as(t, slotHQS)
	waiting, err := exchange.WaitingForMe(t.Context(), in.hq.ws)
	if err != nil || len(waiting) != 1 || !slices.Equal(waiting[0].Mine, []string{"special", "sealed"}) || waiting[0].Reason == "" {
		t.Fatalf("asked %+v, %v", waiting, err)
	}
	mustUndo(t, in.hq, result.Import)
	if got := content(t, in.hq); got != before {
		t.Errorf("after both:\n%s\nbefore:\n%s", got, before)
	}
	if entry := entryOf(t, in.hq, result.Import); entry.State != exchange.ImportUndone || len(entry.Waiting) != 0 {
		t.Errorf("list says %+v", entry)
	}
	if waiting, _ := exchange.WaitingForMe(t.Context(), in.hq.ws); len(waiting) != 0 {
		t.Errorf("still asked %+v", waiting)
	}
	in.hq.as(t, slotHQC)
	if plan := mustRedo(t, in.hq, result.Import); len(plan.Waiting) != 2 {
		t.Errorf("redo waits for %v", plan.Waiting)
	}
	in.hq.as(t, slotHQS)
	mustRedo(t, in.hq, result.Import)
	if content(t, in.hq) != after {
		t.Error("the redo in two hands does not give the state after the import")
	}
}

// TestUndo_TravelsToTheDevice: the receipt lists what is taken back, the next file from headquarters brings the mark, the device
// shows the values as returned, and the author writes them again.
func TestUndo_TravelsToTheDevice(t *testing.T) {
	in := mustInstall(t)
	caseID, person, _ := in.mustInterview(t)
	a := in.laptops[0]
	result := send(t, a, "hq", in.hq)
	mustUndo(t, in.hq, result.Import)
	send(t, in.hq, a.name, a)
	receipt := mustReceipt(t, a)
	if len(receipt.Excluded["case"]) == 0 || len(receipt.Excluded["special"]) == 0 || len(receipt.Merged["case"]) == 0 {
		t.Errorf("receipt: excluded %v, merged %v", receipt.Excluded, receipt.Merged)
	}
	record, err := a.ws.Get(t.Context(), "person", person)
	if err != nil || record.Text("birth") != "1990" || record.Text("birth_place") != "" {
		t.Errorf("the device shows birth %q, place %q, %v", record.Text("birth"), record.Text("birth_place"), err)
	}
	if note, _ := a.ws.Get(t.Context(), "health", domain.SingletonID(person, "health")); note != nil {
		t.Error("the device still shows the P3 entry")
	}
	returned, err := exchange.Returned(t.Context(), a.ws, caseID)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for _, r := range returned {
		for _, f := range r.Fields {
			fields[r.Type+"."+f.Field] = string(f.Value)
		}
		if r.Code != "" || r.Reason != "fra feil enhet" {
			t.Errorf("returned %+v", r)
		}
	}
	if fields["person.birth"] != `"1991"` || fields["health.note"] != `"Prøve"` || fields["sealed_note.note"] != `"Prøve"` {
		t.Errorf("returned fields %v", fields)
	}
	// The author writes one of them again; it is a new operation and stands.
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth": text("1991")})
	send(t, a, "hq", in.hq)
	if record, _ := in.hq.ws.Get(t.Context(), "person", person); record.Text("birth") != "1991" || len(record.Conflicts()) != 0 {
		t.Errorf("at headquarters birth %q, conflicts %v", record.Text("birth"), record.Conflicts())
	}
	returned, _ = exchange.Returned(t.Context(), a.ws, caseID)
	for _, r := range returned {
		for _, f := range r.Fields {
			if r.Type == "person" && f.Field == "birth" && !f.Again {
				t.Error("a value that was written again counts as returned")
			}
		}
	}
	// A screen that was open during the undo names the value that is gone: what that had replaced does not rise.
	mustRedo(t, in.hq, result.Import)
	send(t, in.hq, a.name, a)
	if record, _ := a.ws.Get(t.Context(), "person", person); record.Text("birth_place") != "Byen" {
		t.Errorf("after redo the device shows place %q", record.Text("birth_place"))
	}
	if returned, _ := exchange.Returned(t.Context(), a.ws, caseID); len(returned) != 0 {
		t.Errorf("after redo still returned: %+v", returned)
	}
}

// TestUndo_OnlyHeadquarters: nobody in the field takes an import back, neither by command nor by a forged mark, and no write of
// a record does.
func TestUndo_OnlyHeadquarters(t *testing.T) {
	in := mustInstall(t)
	_, person, _ := in.mustInterview(t)
	a := in.laptops[0]
	result := send(t, a, "hq", in.hq)
	for _, entry := range mustImports(t, a) {
		_, err := exchange.Undo(t.Context(), a.ws, entry.Import, "prøve")
		wantCode(t, "undo in the field", err, "E-ROLE")
	}
	_, err := exchange.Undo(t.Context(), in.hq.ws, uuid.New(), "prøve")
	wantCode(t, "undo of nothing", err, "E-IMPORT")
	_, err = exchange.Undo(t.Context(), in.hq.ws, result.Import, "  ")
	wantCode(t, "undo without a reason", err, "E-VALUE")
	_, err = in.hq.ws.Set(t.Context(), workspace.Target{Type: "case_import", ID: result.Import}, map[string]domain.Answer{"excluded": {Value: true}})
	wantCode(t, "undo by a write", err, "E-ROLE")
	in.hq.as(t, slotDPO)
	_, err = exchange.Undo(t.Context(), in.hq.ws, result.Import, "prøve")
	wantCode(t, "undo by the data protection officer", err, "E-ROLE")
	in.hq.as(t, slotHQS)

	var ops json.RawMessage
	for _, state := range in.hq.ws.Register().Chains(domain.Case) {
		if state.Chain.Device == a.ws.Me().Device {
			ops = json.RawMessage(fmt.Sprintf(`{%q:[[1,%d]]}`, state.Chain.Key(), state.Have.Last()))
		}
	}
	poison(t, a, domain.Case, func(_ int, l *oplog.Line) {
		l.Type, l.Object = "case_import", result.Import
		l.Set["excluded"], l.Set["ops"] = json.RawMessage("true"), ops
		l.Set["file"], l.Set["reason"] = json.RawMessage(`"x"`), json.RawMessage(`"x"`)
	}, 1)
	forged := send(t, a, "hq", in.hq)
	if forged.Reasons["E-ROLE"] != 1 {
		t.Errorf("reasons %v, want E-ROLE", forged.Reasons)
	}
	if record, _ := in.hq.ws.Get(t.Context(), "person", person); record.Text("birth") != "1991" {
		t.Error("a forged mark took something back")
	}
}

// TestUndo_ThenEraseResealAndMore: an undo holds through new keys for every row, and an erased case does not come back by a redo.
func TestUndo_ThenEraseResealAndMore(t *testing.T) {
	in := mustInstall(t)
	caseID, _, _ := in.mustInterview(t)
	before := content(t, in.hq)
	result := send(t, in.laptops[0], "hq", in.hq)
	mustUndo(t, in.hq, result.Import)
	if _, err := in.hq.ws.Rotate(t.Context(), nil, true, nil); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	if content(t, in.hq) != before {
		t.Error("new keys brought back what was taken back")
	}
	mustErase(t, in.hq, caseID)
	mustRedo(t, in.hq, result.Import)
	if cases, err := in.hq.ws.Cases(t.Context()); err != nil || len(cases) != 0 {
		t.Errorf("%d cases after erasure and redo, %v", len(cases), err)
	}
	in.hq.as(t, slotHQS)
	if _, err := in.hq.ws.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := in.hq.ws.VerifyChains(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestDifferences_Paged: the preview tells old and new of each field, page by page, and no file is written for it.
func TestDifferences_Paged(t *testing.T) {
	in := mustInstall(t)
	in.mustInterview(t)
	file := mustExport(t, in.laptops[0], "hq").File
	plan, err := exchange.Preview(t.Context(), in.hq.ws, file)
	if err != nil {
		t.Fatal(err)
	}
	var all []exchange.FieldChange
	for {
		page, err := exchange.Differences(t.Context(), in.hq.ws, file, plan, len(all), 3)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page.Fields...); len(all) >= page.Total {
			break
		}
		if len(page.Fields) != 3 {
			t.Fatalf("page with %d of %d", len(page.Fields), page.Total)
		}
	}
	replaced := 0
	for _, f := range all {
		if f.Field == "birth" && f.Type == "person" && len(f.Old) == 1 && len(f.New) == 1 && string(f.Old[0].Value) == `"1990"` && string(f.New[0].Value) == `"1991"` {
			replaced++
		}
	}
	if replaced != 1 {
		t.Errorf("the year of birth is not among %d differences", len(all))
	}
	var types []string
	for _, c := range plan.Types {
		types = append(types, fmt.Sprintf("%s %s +%d ~%d", c.Compartment, c.Type, c.New, c.Replaced))
	}
	if !slices.Contains(types, "case person +2 ~1") || !slices.Contains(types, "special health +1 ~0") || !slices.Contains(types, "sealed box +1 ~0") {
		t.Errorf("types %v", types)
	}
	result := mustImport(t, in.hq, file)
	if fmt.Sprint(result.Types) != fmt.Sprint(plan.Types) {
		t.Errorf("preview %v, import %v", plan.Types, result.Types)
	}
	// A user without the ring sees nothing of it.
	in.hq.as(t, slotHQC)
	mustSet(t, in.laptops[0], workspace.Target{Type: "case", ID: all[0].Case, Case: all[0].Case}, map[string]domain.Answer{"status": text("mapped")})
	page, err := exchange.Differences(t.Context(), in.hq.ws, mustExport(t, in.laptops[0], "hq").File, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range page.Fields {
		if f.Compartment == "special" || f.Compartment == "sealed" {
			t.Errorf("the caseworker sees %+v", f)
		}
	}
}

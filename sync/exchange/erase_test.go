package exchange_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // a second reader of the vault's file

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// other makes a second case at headquarters and sends it to the laptops: what an erasure must leave alone.
func (in *installation) other(t testing.TB) (caseID, person uuid.UUID) {
	t.Helper()
	caseID = mustSet(t, in.hq, workspace.Target{Type: "case"}, map[string]domain.Answer{
		"unhcr_case_no": text("200-24C00002"), "status": text("scheduled"), "mission": text(in.mission.String()),
	}).ID()
	person = mustSet(t, in.hq, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": text("Prøve"), "family_name": text("Naustvik"), "birth": text("1985"),
	}).ID()
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
	}
	return caseID, person
}

// work lets a machine write about a person in case, special and sealed.
func work(t testing.TB, m *machine, caseID, person uuid.UUID, words string) {
	t.Helper()
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text(words)})
	mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text(words)})
	mustSet(t, m, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text(words)})
}

func mustErase(t testing.TB, m *machine, caseID uuid.UUID) {
	t.Helper()
	erasure, err := m.ws.EraseCase(t.Context(), caseID, domain.ErasedRequestOfPerson)
	if err != nil {
		t.Fatalf("erase: %v", err)
	}
	if erasure.Lines == 0 || erasure.Objects == 0 || len(erasure.Done) == 0 {
		t.Errorf("the erasure destroyed nothing: %+v", erasure)
	}
}

// gone checks that a machine has nothing of a case, and that its chains hold over what is left.
func gone(t testing.TB, m *machine, caseID, person uuid.UUID) {
	t.Helper()
	names, err := m.ws.CaseLineNames(t.Context(), caseID)
	if err != nil || len(names) != 0 {
		t.Errorf("%s still reads lines %v, %v", m.name, names, err)
	}
	if _, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...); err == nil {
		t.Errorf("%s still opens the case", m.name)
	}
	if record, err := m.ws.Get(t.Context(), "person", person); err != nil || record != nil {
		t.Errorf("%s still has the person, %v", m.name, err)
	}
	if hits, err := m.ws.Search(t.Context(), "Mappe", 5); err != nil || len(hits) != 0 {
		t.Errorf("%s still finds %v, %v", m.name, hits, err)
	}
	cases, err := m.ws.Cases(t.Context())
	if err != nil || slices.ContainsFunc(cases, func(c workspace.CaseSummary) bool { return c.ID == caseID }) {
		t.Errorf("%s still lists the case, %v", m.name, err)
	}
	if _, err := m.ws.Set(t.Context(), workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")}); err == nil {
		t.Errorf("%s still writes to the case", m.name)
	} else {
		wantCode(t, m.name+" writes to the case", err, "E-ERASED")
	}
	if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
		t.Errorf("%s: %v", m.name, err)
	}
	if _, err := m.ws.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", m.name, err)
	}
}

// sealedBytes reads every sealed body and wrapped key of a locked vault.
func sealedBytes(t testing.TB, m *machine) map[string]bool {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(m.dir, "vault.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found := map[string]bool{}
	for _, query := range []string{"SELECT body FROM operation WHERE length(body) > 0", "SELECT body FROM object", "SELECT wrapped FROM data_key"} {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var sealed []byte
			if err := rows.Scan(&sealed); err != nil {
				t.Fatal(err)
			}
			found[string(sealed)] = true
		}
		rows.Close()
	}
	return found
}

// nothingLeft looks for sealed bytes that a locked machine once stored and stores no more in every file of its folder.
func nothingLeft(t testing.TB, m *machine, before map[string]bool) {
	t.Helper()
	after := sealedBytes(t, m)
	lost := 0
	files, err := filepath.Glob(filepath.Join(m.dir, "vault.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s, %v", m.dir, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for sealed := range before {
			if after[sealed] {
				continue
			}
			lost++
			if bytes.Contains(content, []byte(sealed)) {
				t.Fatalf("%s: %s still holds a row of the erased case", m.name, filepath.Base(file))
			}
		}
	}
	if lost == 0 {
		t.Errorf("%s: no row went, so the test proves nothing", m.name)
	}
}

// TestErase_OrderDestroysTheCaseEverywhere: security.md 3.7 and 5.5.
func TestErase_OrderDestroysTheCaseEverywhere(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	kept, keptPerson := in.other(t)
	a, b := in.laptops[0], in.laptops[1]
	for _, m := range in.laptops {
		work(t, m, caseID, person, canary+m.name)
		work(t, m, kept, keptPerson, "Byen "+m.name)
		send(t, m, "hq", in.hq)
	}
	mustImport(t, b, mustExport(t, a, b.name).File)
	send(t, in.hq, b.name, b) // what headquarters issues of the other case must not come with the order
	work(t, in.hq, caseID, person, canary)
	work(t, a, caseID, person, canary+" igjen") // three lines that headquarters never gets
	before := map[*machine]map[string]bool{}
	for _, m := range in.all() {
		m.lock(t)
		before[m] = sealedBytes(t, m)
		m.unlock(t, 0)
	}
	keptState := objectsOf(t, b, kept)
	mustErase(t, in.hq, caseID)
	gone(t, in.hq, caseID, person)

	files := map[*machine]string{a: mustExport(t, in.hq, a.name).File, b: mustExport(t, in.hq, b.name).File}
	for m, unsent := range map[*machine]int{a: 3, b: 0} {
		plan, err := exchange.Preview(t.Context(), m.ws, files[m])
		if err != nil {
			t.Fatal(err)
		}
		result := mustImport(t, m, files[m])
		if len(plan.Erased) != 1 || len(result.Erased) != 1 || plan.Erased[0] != result.Erased[0] {
			t.Fatalf("%s: preview %+v, import %+v", m.name, plan.Erased, result.Erased)
		}
		if e := result.Erased[0]; e.Case != caseID || e.Unsent != unsent || e.Lines < 5 {
			t.Errorf("%s: erased %+v, want %d unsent", m.name, e, unsent)
		}
		gone(t, m, caseID, person)
	}
	if objectsOf(t, b, kept) != keptState {
		t.Error("the other case changed")
	}
	for _, m := range in.all() {
		m.lock(t)
		nothingLeft(t, m, before[m])
		m.unlock(t, 0)
		gone(t, m, caseID, person)
	}

	// The laptops' next files carry stubs, which headquarters takes without a gap; then it knows that they obeyed.
	for _, m := range in.laptops {
		result := send(t, m, "hq", in.hq)
		if len(result.Gaps) != 0 || result.Late != 0 {
			t.Errorf("%s: gaps %v, late %d", m.name, result.Gaps, result.Late)
		}
		if m == a && result.Stubs["case"] != 1 {
			t.Errorf("stubs %v, want the unsent line as one", result.Stubs)
		}
	}
	gone(t, in.hq, caseID, person)
	protocol, err := exchange.DeletionProtocol(t.Context(), in.hq.ws)
	if err != nil || len(protocol) != 1 {
		t.Fatalf("protocol %+v, %v", protocol, err)
	}
	p := protocol[0]
	if p.Case != caseID || p.Reason != domain.ErasedRequestOfPerson || p.By != in.hq.ws.Me().User || len(p.Confirmed) != 2 || len(p.Awaiting) != 0 ||
		!p.Proven || p.Ordered.IsZero() || p.Older.Sent == 0 || len(p.Pending) != 0 {
		t.Errorf("protocol %+v", p)
	}
	if encoded, err := json.Marshal(protocol); err != nil || strings.Contains(string(encoded), canary) || strings.Contains(string(encoded), "Mappe") {
		t.Errorf("the protocol names content: %s, %v", encoded, err)
	}
	// All the laptops' lines have arrived, those that nobody can read any more too.
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
		if status := mustStatus(t, m); status.Own.Merged == 0 || status.Own.Merged < status.Own.Total-3 {
			t.Errorf("%s: %+v", m.name, status.Own)
		}
	}
}

// objectsOf is what a machine shows of a case.
func objectsOf(t testing.TB, m *machine, caseID uuid.UUID) string {
	t.Helper()
	file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, kind := range []domain.Type{"case", "person", "health"} {
		for _, record := range file.Records(kind) {
			for _, field := range record.Fields() {
				b.WriteString(record.ID().String() + field + record.Text(field) + "\n")
			}
		}
	}
	for _, record := range file.Sealed() {
		b.WriteString(record.Text("note") + "\n")
	}
	return b.String()
}

// TestErase_LateLinesStayDead: a file made before the order came is taken, its lines of the case are stubs and are reported,
// and any order of the files ends in the same state.
func TestErase_LateLinesStayDead(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	kept, keptPerson := in.other(t)
	a, b := in.laptops[0], in.laptops[1]
	work(t, a, caseID, person, "før "+a.name)
	work(t, b, caseID, person, "før "+b.name)
	work(t, b, kept, keptPerson, "Byen")
	late := mustExport(t, b, "hq")
	toA := mustExport(t, b, a.name)
	mustErase(t, in.hq, caseID)

	result := mustImport(t, in.hq, late.File)
	if result.Late != 3 || result.Reasons["E-ERASED"] != 3 || result.Stubs["case"] != 1 || result.Stubs["sealed"] != 1 {
		t.Errorf("late %d, reasons %v, stubs %v; want one line in each of three compartments", result.Late, result.Reasons, result.Stubs)
	}
	gone(t, in.hq, caseID, person)
	if record, err := in.hq.ws.Get(t.Context(), "person", keptPerson); err != nil || record.Text("birth_place") != "Byen" {
		t.Errorf("the rest of the late file did not come through: %v", err)
	}
	protocol, err := exchange.DeletionProtocol(t.Context(), in.hq.ws)
	if err != nil || len(protocol) != 1 || len(protocol[0].Late) != 1 || protocol[0].Late[0] != (exchange.Lateness{Alias: b.name, Lines: 3}) {
		t.Errorf("protocol %+v, %v", protocol, err)
	}
	mustImport(t, in.hq, late.File)
	gone(t, in.hq, caseID, person)

	order := mustExport(t, in.hq, a.name).File
	mustImport(t, b, mustExport(t, in.hq, b.name).File)
	stubs := mustExport(t, b, a.name).File
	files := []string{order, toA.File, stubs}
	a.lock(t)
	want := ""
	for _, turn := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		m := a.copyOf(t)
		m.unlock(t, 0)
		for _, i := range turn {
			result := mustImport(t, m, files[i])
			if i == 2 && len(result.Gaps) != 0 {
				t.Errorf("turn %v: gaps %+v, though the colleague forwards the order with the stubs", turn, result.Gaps)
			}
		}
		for i := range files {
			mustImport(t, m, files[i]) // what was a gap is filled by the same file
		}
		gone(t, m, caseID, person)
		got := digest(t, m) + counts2(t, m)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("turn %v ends in another state:\n%s\n%s", turn, got, want)
		}
		m.lock(t)
	}
	a.unlock(t, 0)
}

// counts2 is how many lines a machine has in the compartments that travel between colleagues.
func counts2(t testing.TB, m *machine) string {
	t.Helper()
	var b strings.Builder
	for _, c := range []domain.Compartment{domain.Open, domain.Case} {
		for _, state := range m.ws.Register().Chains(c) {
			encoded, err := json.Marshal(state.Have)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(" " + state.Chain.String() + string(encoded))
		}
	}
	return b.String()
}

// TestErase_FieldMachineCannotOrder: an order in the name of headquarters' user from a laptop is kept and obeyed by nobody.
func TestErase_FieldMachineCannotOrder(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	if _, err := a.ws.EraseCase(t.Context(), caseID, domain.ErasedWithdrawn); err == nil {
		t.Fatal("a laptop erases a case")
	} else {
		wantCode(t, "laptop", err, "E-ROLE")
	}
	hqs := in.hq.ws.Me().User
	for i, by := range []uuid.UUID{hqs, a.ws.Me().User} {
		mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen" + by.String())})
		poison(t, a, domain.Case, func(_ int, l *oplog.Line) {
			*l = oplog.Line{
				Kind: oplog.KindErase, By: by, Case: caseID, Compartment: l.Compartment, Device: l.Device, Epoch: l.Epoch, N: l.N, HLC: l.HLC, Previous: l.Previous,
				Reason: string(domain.ErasedWithdrawn),
			}
		}, 1)
		if result := mustImport(t, in.hq, mustExport(t, a, "hq").File); result.Reasons["E-ROLE"] != 1+i || result.Quarantined["case"] != 1 || len(result.Erased) != 0 {
			t.Errorf("reasons %v, erased %v", result.Reasons, result.Erased)
		}
	}
	if _, err := in.hq.ws.OpenCase(t.Context(), caseID, workspace.Everything...); err != nil {
		t.Errorf("the case is gone: %v", err)
	}
	if erasures, err := in.hq.ws.Erasures(t.Context()); err != nil || len(erasures) != 0 {
		t.Errorf("erasures %v, %v", erasures, err)
	}
}

// TestErase_WhoMay: only who answers for cases at headquarters, with a reason of the list, for a case that is there.
func TestErase_WhoMay(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	_, err := in.hq.ws.EraseCase(t.Context(), caseID, "Test Mappe ba om det")
	wantCode(t, "free text", err, "E-VALUE")
	_, err = in.hq.ws.EraseCase(t.Context(), uuid.New(), domain.ErasedRetention)
	wantCode(t, "unknown case", err, "E-CASE")
	in.hq.as(t, slotDPO)
	_, err = in.hq.ws.EraseCase(t.Context(), caseID, domain.ErasedRetention)
	wantCode(t, "data protection officer", err, "E-ROLE")
	// A caseworker without special and sealed orders it too; those rings wait for their next holder.
	in.hq.as(t, slotHQS)
	work(t, in.hq, caseID, person, "Byen")
	in.hq.as(t, slotHQC)
	mustErase(t, in.hq, caseID)
	if protocol, err := exchange.DeletionProtocol(t.Context(), in.hq.ws); err != nil || len(protocol) != 1 || !slices.Equal(protocol[0].Pending, []string{"special", "sealed"}) {
		t.Errorf("protocol %+v, %v", protocol, err)
	}
	in.hq.as(t, slotHQS)
	gone(t, in.hq, caseID, person)
	again, err := in.hq.ws.EraseCase(t.Context(), caseID, domain.ErasedRetention)
	if err != nil || again.Case != caseID || len(again.Pending) != 0 {
		t.Errorf("erased twice: %+v, %v", again, err)
	}
	// The data protection officer reads the protocol, and the log that says who did it.
	in.hq.as(t, slotDPO)
	if protocol, err := exchange.DeletionProtocol(t.Context(), in.hq.ws); err != nil || len(protocol) != 1 || protocol[0].Lines == 0 {
		t.Errorf("protocol %+v, %v", protocol, err)
	}
	events, err := in.hq.ws.AuditLog(t.Context())
	if err != nil || !slices.ContainsFunc(events, func(e workspace.LoggedEvent) bool { return e.Act == "erase" && e.Object == caseID.String() }) {
		t.Errorf("the log does not tell of the erasure, %v", err)
	}
}

package workspace_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// TestSealed_WhoOpens: security.md 16, "a sealed entry opens for author, named reader and HQS and for nobody else with the
// same ring". All of them share one register here, and all but HQC hold the ring.
func TestSealed_WhoOpens(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	note := workspace.Target{Type: "sealed_note", ID: uuid.New(), Case: caseID, Subject: person}
	mustSet(t, m, note, map[string]domain.Answer{"note": text("bare for meg")})
	see := func(slot int) []*workspace.Record {
		m.as(t, slot)
		file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
		if err != nil {
			t.Fatal(err)
		}
		records, err := m.ws.Objects(t.Context(), "sealed_note", caseID)
		if err != nil || len(records) != len(file.Sealed()) {
			t.Errorf("%s: Objects gives %d, OpenCase %d, %v", m.ws.Me().Role, len(records), len(file.Sealed()), err)
		}
		return file.Sealed()
	}
	for slot, want := range map[int]int{slotINT: 1, slotHQS: 1, slotINT2: 0, slotMLD: 0, slotHQC: 0} {
		got := see(slot)
		if len(got) != want {
			t.Errorf("%s in slot %d sees %d sealed entries, want %d", m.ws.Me().Role, slot, len(got), want)
		}
		if want == 1 && len(got) == 1 && got[0].Text("note") != "bare for meg" {
			t.Errorf("%s reads %q", m.ws.Me().Role, got[0].Text("note"))
		}
	}
	// When headquarters adds to it the author still reads it, and nobody else does.
	m.as(t, slotHQS)
	mustSet(t, m, note, map[string]domain.Answer{"note": text("også fra hovedkontoret")})
	if got := see(slotHQS); len(got) != 1 || got[0].Text("note") != "også fra hovedkontoret" {
		t.Errorf("headquarters reads %v", got)
	}
	if got := see(slotINT2); len(got) != 0 {
		t.Error("another interviewer reads it after the change")
	}
}

// TestSealed_NamedReader: the box opens for a colleague who is named and not for one who is not.
func TestSealed_NamedReader(t *testing.T) {
	laptop, colleague, hq := mustLaptop(t), mustMachine(t, "colleague"), mustMachine(t, "hq")
	colleague.unlock(t, 0)
	hq.unlock(t, slotHQS)
	// The laptop was enrolled first and learns of its colleague by headquarters' next file.
	exported, err := exchange.Export(t.Context(), hq.ws, exchange.ExportOptions{To: []string{"laptop"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Import(t.Context(), laptop.ws, exported.File, nil); err != nil {
		t.Fatal(err)
	}
	caseID, person := mustCase(t, laptop)
	reader := colleague.ws.Me().User
	for _, readers := range [][]uuid.UUID{nil, {reader}} {
		mustSet(t, laptop, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person, Readers: readers}, map[string]domain.Answer{"note": text("til deg")})
	}
	_, err = laptop.ws.Set(t.Context(), workspace.Target{Type: "sealed_note", Case: caseID, Subject: person, Readers: []uuid.UUID{uuid.New()}},
		map[string]domain.Answer{"note": text("til hvem")})
	wantCode(t, "an unknown reader", err, "E-VALUE")
	opened, boxes := 0, 0
	for stored, err := range laptop.ws.Register().CaseLines(t.Context(), domain.Sealed, caseID) {
		if err != nil {
			t.Fatal(err)
		}
		line, err := oplog.Parse(stored.Bytes)
		if err != nil || line.Kind != oplog.KindBox {
			continue
		}
		boxes++
		if _, err := colleague.ws.Register().OpenBox(domain.Sealed, line.Box); err == nil {
			opened++
		}
		if _, err := hq.ws.Register().OpenBox(domain.Sealed, line.Box); err != nil {
			t.Errorf("HQS: %v", err)
		}
	}
	if boxes != 2 || opened != 1 {
		t.Errorf("the colleague opens %d of %d boxes, want 1 of 2", opened, boxes)
	}
}

// TestSealed_AuthorReadsWhatHeadquartersAdds: who wrote an entry is among the readers of what others add to it.
func TestSealed_AuthorReadsWhatHeadquartersAdds(t *testing.T) {
	laptop, colleague, hq := mustLaptop(t), mustMachine(t, "colleague"), mustMachine(t, "hq")
	colleague.unlock(t, 0)
	hq.unlock(t, slotHQS)
	caseID, person := mustCase(t, laptop)
	note := workspace.Target{Type: "sealed_note", ID: uuid.New(), Case: caseID, Subject: person}
	mustSet(t, laptop, note, map[string]domain.Answer{"note": text("bare for meg")})
	exported, err := exchange.Export(t.Context(), laptop.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Import(t.Context(), hq.ws, exported.File, nil); err != nil {
		t.Fatal(err)
	}
	record := mustSet(t, hq, note, map[string]domain.Answer{"note": text("avklart")})
	name := record.Seen("note")[0]
	for stored, err := range hq.ws.Register().Lines(t.Context(), name.Chain(domain.Sealed), name.N, name.N) {
		if err != nil {
			t.Fatal(err)
		}
		line, err := oplog.Parse(stored.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := laptop.ws.Register().OpenBox(domain.Sealed, line.Box); err != nil {
			t.Errorf("the author: %v", err)
		}
		if _, err := colleague.ws.Register().OpenBox(domain.Sealed, line.Box); err == nil {
			t.Error("a colleague opens it")
		}
		return
	}
	t.Error("no line")
}

// TestSealed_NoTraceInCase: what HQC sees does not differ when facets in special and sealed are added (security.md 16,
// pitfall 9).
func TestSealed_NoTraceInCase(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	see := func() (seen []string) {
		m.as(t, slotHQC)
		cases, err := m.ws.Cases(t.Context())
		if err != nil || len(cases) != 1 {
			t.Fatal(cases, err)
		}
		summary := cases[0]
		seen = append(seen, summary.Name, summary.Number, summary.Country, summary.Written.String(), string(rune('0'+summary.Conflicts)))
		hits, err := m.ws.Search(t.Context(), "Mappe", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range hits {
			seen = append(seen, hit.Title, hit.Detail)
		}
		for _, word := range []string{"epilepsi", "hemmelig"} {
			if hits, err := m.ws.Search(t.Context(), word, 10); err != nil || len(hits) != 0 {
				t.Errorf("%s is found: %v, %v", word, hits, err)
			}
		}
		file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range domain.Types() {
			for _, record := range file.Records(info.Type) {
				at, _ := record.Written()
				seen = append(seen, string(info.Type), record.ID().String(), at.String())
			}
			records, err := m.ws.Objects(t.Context(), info.Type, uuid.Nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, record := range records {
				seen = append(seen, "all", string(record.Type()), record.ID().String())
			}
		}
		conflicts, err := m.ws.Conflicts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, conflict := range conflicts {
			seen = append(seen, "conflict "+conflict.Field)
		}
		return append(seen, "end")
	}
	before := see()
	m.as(t, slotINT)
	health := workspace.Target{Type: "health", Case: caseID, Subject: person}
	mustSet(t, m, health, map[string]domain.Answer{"note": text("epilepsi")})
	health.Seen = map[string][]oplog.Name{"note": {}}
	mustSet(t, m, health, map[string]domain.Answer{"note": text("migrene")})
	mustSet(t, m, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("hemmelig")})
	if conflicts, err := m.ws.Conflicts(t.Context()); err != nil || len(conflicts) != 1 {
		t.Fatalf("the interviewer sees %d conflicts, %v", len(conflicts), err)
	}
	if after := see(); !slices.Equal(after, before) {
		t.Errorf("HQC sees a difference:\n%v\n%v", before, after)
	}
	if record, err := m.ws.Get(t.Context(), "health", domain.SingletonID(person, "health")); record != nil || err != nil {
		t.Errorf("HQC reads %v, %v", record, err)
	}
	wantCode(t, "HQC writes special", func() error {
		_, err := m.ws.Set(t.Context(), workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("x")})
		return err
	}(), "E-ROLE")
}

// TestSealed_ConflictIsDecided: boxes conflict like anything else, for those who can open them.
func TestSealed_ConflictIsDecided(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	note := workspace.Target{Type: "sealed_note", ID: uuid.New(), Case: caseID, Subject: person}
	mustSet(t, m, note, map[string]domain.Answer{"note": text("én")})
	note.Seen = map[string][]oplog.Name{"note": {}}
	mustSet(t, m, note, map[string]domain.Answer{"note": text("to")})
	file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil || len(file.Conflicts()) != 1 {
		t.Fatalf("conflicts %v, %v", file.Conflicts(), err)
	}
	record, err := m.ws.Resolve(t.Context(), file.Conflicts()[0], text("én"), "spurt på nytt")
	if err != nil || record.Text("note") != "én" || record.Conflicted("note") {
		t.Errorf("resolved: %v, %v", record, err)
	}
}

// TestAudit_ReadingIsOnRecordFirst: the reading of P3 and P4 is in the log before it is shown, whatever the way; the author
// of the line cannot open it, the data protection officer can (security.md 5.4, 16).
func TestAudit_ReadingIsOnRecordFirst(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	health := workspace.Target{Type: "health", Case: caseID, Subject: person}
	id := mustSet(t, m, health, map[string]domain.Answer{"note": text("epilepsi")}).ID()
	note := mustSet(t, m, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("hemmelig")}).ID()
	conflicting := health
	conflicting.Seen = map[string][]oplog.Name{"note": {}}
	mustSet(t, m, conflicting, map[string]domain.Answer{"note": text("migrene")})
	ways := map[string]func() error{
		"OpenCase":  func() error { _, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...); return err },
		"Get":       func() error { _, err := m.ws.Get(t.Context(), "health", id); return err },
		"Objects":   func() error { _, err := m.ws.Objects(t.Context(), "health", uuid.Nil); return err },
		"Sealed":    func() error { _, err := m.ws.Objects(t.Context(), "sealed_note", caseID); return err },
		"Conflicts": func() error { _, err := m.ws.Conflicts(t.Context()); return err },
		"Set": func() error {
			_, err := m.ws.Set(t.Context(), health, map[string]domain.Answer{"mobility": exchangetest.Sample(mustField(t, "health", "mobility"))})
			return err
		},
	}
	for name, read := range ways {
		m.as(t, slotHQS)
		before := m.ws.Register().Count(domain.Audit)
		if err := read(); err != nil {
			t.Fatal(name, err)
		}
		first := m.ws.Register().Count(domain.Audit)
		if first == before {
			t.Errorf("%s: the reading is not on record when it returns", name)
		}
		if err := read(); err != nil {
			t.Fatal(name, err)
		}
		if again := m.ws.Register().Count(domain.Audit); again != first {
			t.Errorf("%s: the second reading in the same unlock period wrote %d lines", name, again-first)
		}
	}
	reader := m.ws.Me().User
	if log, err := m.ws.AuditLog(t.Context()); err != nil || len(log) != 0 {
		t.Errorf("the author of audit lines reads %d of them, %v", len(log), err)
	}
	m.as(t, slotDPO)
	log, err := m.ws.AuditLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reads := map[string]int{}
	for _, event := range log {
		if event.Act == "read" && event.By == reader {
			reads[event.Object] += event.Count
		}
	}
	if reads[id.String()] != 5 || reads[note.String()] != 2 {
		t.Errorf("the log has %d readings of health, want 5, and %d of the note, want 2", reads[id.String()], reads[note.String()])
	}
	if _, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...); err == nil {
		t.Error("the data protection officer opens cases")
	}
}

func mustField(t testing.TB, of domain.Type, name string) domain.Field {
	t.Helper()
	info, _ := domain.Info(of)
	field, ok := info.Field(name)
	if !ok {
		t.Fatalf("%s has no field %s", of, name)
	}
	return field
}

// TestRoles_SeeTheirCompartmentsOnly: for each role list, search, open and count give nothing beyond security.md 2.3.
func TestRoles_SeeTheirCompartmentsOnly(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("epilepsi")})
	for slot := range hqRoles {
		m.as(t, slot)
		role := m.ws.Me().Role
		holdsCase, holdsSpecial := slices.Contains(role.Rings(), domain.RingCase), slices.Contains(role.Rings(), domain.RingSpecial)
		cases, err := m.ws.Cases(t.Context())
		if err != nil || (len(cases) == 1) != holdsCase {
			t.Errorf("%s lists %d cases, %v", role, len(cases), err)
		}
		if hits, err := m.ws.Search(t.Context(), "Mappe", 5); err != nil || (len(hits) > 0) != holdsCase {
			t.Errorf("%s finds %d, %v", role, len(hits), err)
		}
		if _, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...); (err == nil) != holdsCase {
			t.Errorf("%s opens the case: %v", role, err)
		}
		health, err := m.ws.Objects(t.Context(), "health", uuid.Nil)
		if err != nil || (len(health) == 1) != holdsSpecial {
			t.Errorf("%s reads %d health records, %v", role, len(health), err)
		}
		if n := m.ws.Register().Count(domain.Special); (n > 0) != holdsSpecial {
			t.Errorf("%s counts %d lines of special", role, n)
		}
	}
}

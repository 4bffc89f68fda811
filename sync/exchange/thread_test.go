package exchange_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestThread walks the whole way of an answer: two laptops, headquarters, a conflict, its resolution, receipts.
func TestThread(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	for _, m := range in.laptops {
		cases, err := m.ws.Cases(t.Context())
		if err != nil || len(cases) != 1 || cases[0].Name != "Test Mappe" {
			t.Fatalf("%s: cases %v, %v", m.name, cases, err)
		}
	}
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth": text("1991"), "sex": text("female")})
	mustSet(t, b, target, map[string]domain.Answer{"birth": text("1992"), "birth_place": text("Byen")})
	mustSet(t, a, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("bare for meg")})

	first := send(t, a, "hq", in.hq)
	if first.Conflicts != 0 || first.New["case"] == 0 || first.New["sealed"] == 0 {
		t.Fatalf("first import: %+v", first)
	}
	second := send(t, b, "hq", in.hq)
	if second.Conflicts != 1 {
		t.Fatalf("conflicts = %d, want 1 (birth)", second.Conflicts)
	}
	conflicts, err := in.hq.ws.Conflicts(t.Context())
	if err != nil || len(conflicts) != 1 || conflicts[0].Field != "birth" || len(conflicts[0].Heads) != 2 {
		t.Fatalf("conflicts %+v, %v", conflicts, err)
	}
	record := conflicts[0].Record
	if record.Text("sex") != "female" || record.Text("birth_place") != "Byen" {
		t.Error("different fields of one person did not merge")
	}
	if _, err := in.hq.ws.Resolve(t.Context(), conflicts[0], text("1991"), "vist dokument"); err != nil {
		t.Fatal(err)
	}
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
		got, err := m.ws.Get(t.Context(), "person", person)
		if err != nil || got.Text("birth") != "1991" || got.Conflicted("birth") {
			t.Errorf("%s: birth %q, conflicted %v, %v", m.name, got.Text("birth"), got.Conflicted("birth"), err)
		}
		status, err := exchange.StatusOf(t.Context(), m.ws)
		if err != nil || status.Own.Total == 0 || status.Own.Merged != status.Own.Total {
			t.Errorf("%s: status %+v, %v", m.name, status.Own, err)
		}
	}
	file, err := in.hq.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil || len(file.Sealed()) != 1 || file.Sealed()[0].Text("note") != "bare for meg" {
		t.Errorf("sealed at headquarters: %v, %v", file.Sealed(), err)
	}
}

// TestImport_TenTimes: pains.md row 12.
func TestImport_TenTimes(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	exported, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var lines int
	for i := range 10 {
		result, err := exchange.Import(context.Background(), in.hq.ws, exported.File, nil)
		if err != nil {
			t.Fatal(err)
		}
		count := in.hq.ws.Register().Count(domain.Case)
		if i == 0 {
			lines = count
		} else if !result.Repeated || count != lines {
			t.Fatalf("import %d: repeated %v, %d lines instead of %d", i+1, result.Repeated, count, lines)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(in.hq.dir, "inbox")); len(left) != 0 {
		t.Errorf("%d files left in inbox", len(left))
	}
}

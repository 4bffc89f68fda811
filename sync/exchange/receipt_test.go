package exchange_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestReceipt_CountsAreHonest: pains.md row 4; a file on a stick is not a file at headquarters.
func TestReceipt_CountsAreHonest(t *testing.T) {
	in := mustInstall(t)
	file, target := in.mustWork(t)
	a := in.laptops[0]
	own := func() exchange.Progress { return mustStatus(t, a).Own }
	if p := own(); p.Total == 0 || p.InBundle != p.Total || p.Stored != 0 || p.Merged != 0 {
		t.Errorf("after export: %+v", p)
	}
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	if s := mustStatus(t, a); s.Own.Unsent() != 1 || s.OldestUnsent == "" {
		t.Errorf("after another answer: %+v", s)
	}
	mustImport(t, in.hq, file)
	if p := own(); p.Merged != 0 {
		t.Errorf("merged without a receipt: %+v", p)
	}
	older := mustExport(t, in.hq, a.name).File
	mustSet(t, a, target, map[string]domain.Answer{"civil_status": text("married")})
	send(t, a, "hq", in.hq)
	newer := mustExport(t, in.hq, a.name).File
	mustImport(t, a, newer)
	p := own()
	if p.Merged != p.Total || p.Stored != p.Total {
		t.Errorf("after the receipt: %+v", p)
	}
	mustImport(t, a, older) // security.md 6.8: an older receipt changes nothing
	if got := own(); got != p {
		t.Errorf("an older receipt changed %+v to %+v", p, got)
	}
}

// TestReceipt_StoredThenMerged: a part waits for its ring, counts as stored, and is merged when somebody with the ring unlocks
// (security.md 6.5, held parts).
func TestReceipt_StoredThenMerged(t *testing.T) {
	in := mustInstall(t)
	file, target := in.mustWork(t)
	a := in.laptops[0]
	in.hq.as(t, slotHQC)
	result := mustImport(t, in.hq, file)
	if len(result.Waiting) != 1 || result.Waiting[0] != "special" {
		t.Fatalf("waiting: %v, want special", result.Waiting)
	}
	if held := files(t, filepath.Join(in.hq.dir, "held")); len(held) != 1 {
		t.Fatalf("held: %v", held)
	}
	send(t, in.hq, a.name, a)
	p := mustStatus(t, a).Own
	if p.Stored != p.Total || p.Merged >= p.Stored {
		t.Errorf("special waits at headquarters: %+v", p)
	}
	// A later receipt, of a file without special, does not forget what waits.
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	send(t, a, "hq", in.hq)
	send(t, in.hq, a.name, a)
	if p := mustStatus(t, a).Own; p.Stored != p.Total || p.Merged >= p.Stored {
		t.Errorf("special still waits at headquarters: %+v", p)
	}
	if results, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil || len(results) != 0 {
		t.Errorf("a caseworker without the ring imported %v, %v", results, err)
	}
	if again := mustImport(t, in.hq, file); !again.Repeated {
		t.Error("the same file again is not a repetition")
	}

	// The certificates may have run out when somebody with the ring unlocks at last (security.md 6.5, held parts).
	in.hq.set(today.AddDate(0, 6, 0))
	in.hq.as(t, slotHQS)
	before := in.hq.ws.Register().Count(domain.Case)
	results, err := exchange.ImportHeld(t.Context(), in.hq.ws)
	if err != nil || len(results) != 1 || results[0].New["special"] == 0 {
		t.Fatalf("held parts: %+v, %v", results, err)
	}
	if n := in.hq.ws.Register().Count(domain.Case); n != before {
		t.Errorf("case has %d lines, %d before", n, before)
	}
	if held := files(t, filepath.Join(in.hq.dir, "held")); len(held) != 0 {
		t.Errorf("still held: %v", held)
	}
	health, err := in.hq.ws.Objects(t.Context(), "health", uuid.Nil)
	if err != nil || len(health) != 1 || health[0].Text("note") != "særlig" {
		t.Errorf("health: %v, %v", health, err)
	}
	send(t, in.hq, a.name, a)
	if p := mustStatus(t, a).Own; p.Merged != p.Total {
		t.Errorf("after special was merged: %+v", p)
	}
	equalsRebuild(t, in.hq)
}

// TestReceipt_AfterAnInterruptedImport: the receipt is written in a transaction of its own. When the program ends before it,
// importing the same file again makes up for it.
func TestReceipt_AfterAnInterruptedImport(t *testing.T) {
	in := mustInstall(t)
	file, _ := in.mustWork(t)
	a := in.laptops[0]
	mustImport(t, in.hq, file)
	err := in.hq.ws.Register().Update(t.Context(), func(tx *register.Tx) error {
		return tx.SetSystem(domain.RingOf(domain.Open), register.SystemReceipts, []byte("{}"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if again := mustImport(t, in.hq, file); !again.Repeated {
		t.Error("the same file again is not a repetition")
	}
	send(t, in.hq, a.name, a)
	if p := mustStatus(t, a).Own; p.Merged != p.Total {
		t.Errorf("no receipt after the repetition: %+v", p)
	}
}

// TestReceipt_ByAColleague: a receipt travels by any route (security.md 6.8).
func TestReceipt_ByAColleague(t *testing.T) {
	in := mustInstall(t)
	file, _ := in.mustWork(t)
	a, b := in.laptops[0], in.laptops[1]
	mustImport(t, in.hq, file)
	exported, err := exchange.Export(t.Context(), in.hq.ws, exchange.ExportOptions{To: []string{a.name, b.name}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	mustImport(t, b, exported.File)
	if p := mustStatus(t, a).Own; p.Merged != 0 {
		t.Fatalf("merged before any receipt came: %+v", p)
	}
	send(t, b, a.name, a)
	if p := mustStatus(t, a).Own; p.Merged != p.Total {
		t.Errorf("the receipt did not come by way of a colleague: %+v", p)
	}
}

// TestSent_KeptFourteenDaysAndUntilMerged: security.md 6.11.
func TestSent_KeptFourteenDaysAndUntilMerged(t *testing.T) {
	in := mustInstall(t)
	_, target := in.mustWork(t)
	a := in.laptops[0]
	sent := func() int { return len(files(t, filepath.Join(a.dir, "sent"))) }
	a.set(today.AddDate(0, 0, 30))
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	second := mustExport(t, a, "hq")
	if n := sent(); n != 2 {
		t.Fatalf("%d copies after a month without receipt, want 2", n)
	}
	in.hq.set(a.Now())
	mustImport(t, in.hq, second.File)
	send(t, in.hq, a.name, a)
	a.set(today.AddDate(0, 0, 31))
	mustExport(t, a, "hq")
	if n := sent(); n != 2 {
		t.Errorf("%d copies, want 2: the first is old and merged, the second is merged and one day old", n)
	}
	a.set(today.AddDate(0, 0, 43))
	mustExport(t, a, "hq")
	if n := sent(); n != 3 {
		t.Errorf("%d copies on day 13 of the second, want 3", n)
	}
	a.set(today.AddDate(0, 0, 45))
	mustExport(t, a, "hq")
	if n := sent(); n != 3 {
		t.Errorf("%d copies, want 3: audit lines of the later ones are not merged yet", n)
	}
	copied, err := os.ReadFile(files(t, filepath.Join(a.dir, "sent"))[0])
	if err != nil || len(copied) == 0 {
		t.Error(err)
	}
}

// TestSent_HeadquartersToo: what headquarters sent is kept until the machines say that they have it.
func TestSent_HeadquartersToo(t *testing.T) {
	in := mustInstall(t)
	late := mustExport(t, in.laptops[0], "hq") // says that the laptop has nothing yet, and takes its time
	in.mustCaseload(t)
	sent := func() int { return len(files(t, filepath.Join(in.hq.dir, "sent"))) }
	in.hq.set(today.Add(20 * 24 * time.Hour))
	mustExport(t, in.hq, in.laptops[0].name)
	if n := sent(); n != 3 {
		t.Fatalf("%d copies, want 3: nobody said that they have the lines", n)
	}
	for _, m := range in.laptops {
		send(t, m, "hq", in.hq)
	}
	mustExport(t, in.hq, in.laptops[0].name)
	if n := sent(); n != 2 {
		t.Errorf("%d copies, want 2: those of today", n)
	}
	mustImport(t, in.hq, late.File)
	mustSet(t, in.hq, workspace.Target{Type: "case", ID: mustCases(t, in.hq)[0].ID}, map[string]domain.Answer{"unhcr_reference_no": text("R-1")})
	if again := mustExport(t, in.hq, in.laptops[0].name); again.Lines["case"] != 1 {
		t.Errorf("%d case lines go out, want the one that the laptop lacks", again.Lines["case"])
	}
}

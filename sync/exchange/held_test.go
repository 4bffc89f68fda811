package exchange_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestImportHeld_CameWhenTheClockRanBehind: a file comes to headquarters while its clock stands eleven days back, before the sender was
// signed in. The part that waits is judged later by when it came, which was not then: it must not wait for ever.
func TestImportHeld_CameWhenTheClockRanBehind(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("stokk")})
	file := mustExport(t, a, "hq").File
	in.hq.as(t, slotHQC)
	in.hq.set(today.AddDate(0, 0, -11))
	if result := mustImport(t, in.hq, file); len(result.Waiting) == 0 {
		t.Fatal("nothing waits")
	}
	in.hq.set(today)
	in.hq.as(t, slotHQS)
	results, err := exchange.ImportHeld(t.Context(), in.hq.ws)
	if err != nil || len(results) != 1 || results[0].New["special"] == 0 {
		t.Errorf("taken in: %+v, %v", results, err)
	}
}

// TestImportHeld_DamagedFile: a file that waited and was damaged on the disk is named with a code, lies in quarantine with the reason,
// keeps no other file out, and the same file from its sender brings the part after all (security.md 6.5).
func TestImportHeld_DamagedFile(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	in.hq.as(t, slotHQC)
	var files []string
	for i, a := range in.laptops {
		mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text([]string{"stokk", "krykke"}[i])})
		files = append(files, mustExport(t, a, "hq").File)
		mustImport(t, in.hq, files[i])
	}
	waiting, err := filepath.Glob(filepath.Join(in.hq.dir, "held", "*"))
	if err != nil || len(waiting) != 2 {
		t.Fatalf("%d files wait, %v", len(waiting), err)
	}
	for _, path := range waiting {
		if b, err := os.ReadFile(path); err != nil {
			t.Fatal(err)
		} else if sent, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(b, sent) {
			continue
		} else if err := os.WriteFile(path, b[:len(b)-700], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in.hq.as(t, slotHQS)
	results, err := exchange.ImportHeld(t.Context(), in.hq.ws)
	wantCode(t, "a damaged file", err, "E-HELD")
	if f, _ := fault.Of(err); f == nil || f.Where != filepath.Base(files[0]) {
		t.Errorf("another file is named: %v", err)
	}
	if len(results) != 1 || results[0].New["special"] == 0 {
		t.Errorf("the other file was kept out: %+v", results)
	}
	kept, err := exchange.ListQuarantine(t.Context(), in.hq.ws)
	if err != nil || len(kept.Files) != 1 || kept.Files[0].Code != "E-AGE" || kept.Files[0].Name != filepath.Base(files[0]) {
		t.Errorf("quarantine: %+v, %v", kept, err)
	}
	if results, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil || len(results) != 0 {
		t.Errorf("said again: %+v, %v", results, err)
	}
	if result := mustImport(t, in.hq, files[0]); result.New["special"] == 0 {
		t.Errorf("the same file once more brings nothing: %+v", result)
	}
}

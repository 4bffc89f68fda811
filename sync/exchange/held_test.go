package exchange_test

import (
	"testing"

	"feltbok/internal/domain"
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

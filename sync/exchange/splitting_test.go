package exchange_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestExport_Splits: security.md 6.3, "over 64 MiB the exporter makes several bundles"; each goes in by itself, in any order,
// and what one of them lost is all that is sent again (pains.md row 15).
func TestExport_Splits(t *testing.T) {
	defer exchange.SplitAt(64 << 10)()
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	for i := range 40 {
		mustSet(t, a, target, map[string]domain.Answer{"birth_place": text(fmt.Sprint(i, strings.Repeat(" svært langt stedsnavn", 300)))})
	}
	in.hq.lock(t)
	before := in.hq.copyOf(t)
	in.hq.unlock(t, slotHQS)
	var steps []int64
	var total int64
	out := t.TempDir()
	exported, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: out, Progress: func(done, all int64) {
		steps, total = append(steps, done), all
	}})
	if err != nil {
		t.Fatal(err)
	}
	files := exported.Files()
	if len(files) < 4 {
		t.Fatalf("%d files, want several", len(files))
	}
	for i := 1; i < len(steps); i++ {
		if steps[i] < steps[i-1] {
			t.Fatalf("progress goes back: %v", steps)
		}
	}
	if len(steps) < 3 || steps[len(steps)-1] != total || total < 200<<10 {
		t.Errorf("progress %v of %d bytes", steps, total)
	}
	for _, file := range files {
		mustImport(t, in.hq, file)
	}
	want := digest(t, in.hq)
	random := rand.New(rand.NewPCG(20261122, 15))
	for range 2 {
		m := before.copyOf(t)
		m.unlock(t, slotHQS)
		for _, i := range random.Perm(len(files)) {
			if result := mustImport(t, m, files[i]); len(result.Reasons) != 0 {
				t.Errorf("%s: %v", filepath.Base(files[i]), result.Reasons)
			}
		}
		if digest(t, m) != want {
			t.Error("another order of the files ends in another state")
		}
		equalsRebuild(t, m)
		m.lock(t)
	}
	// One of them is lost: the receipt asks for just its lines.
	m := before.copyOf(t)
	m.unlock(t, slotHQS)
	lost := 1
	for i, file := range files {
		if i != lost {
			mustImport(t, m, file)
		}
	}
	mustImport(t, a, mustExport(t, m, a.name).File)
	again := mustExport(t, a, "hq")
	if n, all := again.Lines["case"], 41; n == 0 || n > all/2 {
		t.Errorf("%d of %d lines go out again after one file of %d was lost", n, all, len(files))
	}
	mustImport(t, m, again.File)
	if digest(t, m) != want {
		t.Error("the gap is not filled")
	}
}

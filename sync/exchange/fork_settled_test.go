package exchange_test

import (
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// TestFork_TheOtherSideComesLate: a laptop has gone on in a new epoch when the file that shows the fork comes at last. The fork is on
// record, both for the lines and for the number of the file, and raises no alarm.
func TestFork_TheOtherSideComesLate(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	clone := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen")})
	mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
	late := mustExport(t, a, "hq").File
	send(t, clone, "hq", in.hq)
	a.set(today.Add(time.Hour))
	send(t, in.hq, a.name, a) // the receipt for the clone's line
	send(t, a, "hq", in.hq)
	for _, fork := range mustDevice(t, in.hq, a.name).Forks { // its audit log goes out once under the doubled numbers
		if fork.Compartment != domain.Audit.String() {
			t.Fatalf("a fork before the file came: %+v", fork)
		}
	}
	if result := mustImport(t, in.hq, late); result.Reasons["E-FORK"] == 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	chains, numbers := 0, 0
	for _, fork := range mustDevice(t, in.hq, a.name).Forks {
		if !fork.Settled {
			t.Errorf("not settled: %+v", fork)
		}
		switch {
		case fork.Sequence > 0:
			numbers++
		case fork.Compartment == domain.Case.String():
			chains++
		}
	}
	if chains == 0 || numbers == 0 {
		t.Errorf("%d forks of lines, %d of files", chains, numbers)
	}
}

// TestFork_SettledAndStillSent: a colleague holds what the clone wrote when the laptop, which has gone on in a new epoch, shows it
// the fork. The clone is lost. Headquarters gets its line from the colleague all the same, and not again after the receipt.
func TestFork_SettledAndStillSent(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	clone := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen")})
	mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
	send(t, clone, b.name, b)
	send(t, a, "hq", in.hq)
	if err := a.ws.ReplaceEpochs(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	send(t, a, b.name, b)
	if forks := mustDevice(t, b, a.name).Forks; len(forks) == 0 || !forks[0].Settled {
		t.Fatalf("forks %+v", forks)
	}
	send(t, in.hq, b.name, b) // the receipt for the laptop's line
	if result := send(t, b, "hq", in.hq); result.Reasons["E-FORK"] == 0 {
		t.Errorf("headquarters does not see the clone's line: %v", result.Reasons)
	}
	send(t, in.hq, b.name, b)
	if result := send(t, b, "hq", in.hq); result.Reasons["E-FORK"] != 0 {
		t.Errorf("it is sent again after the receipt: %v", result.Reasons)
	}
}

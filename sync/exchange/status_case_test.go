package exchange_test

import (
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestState_SinceAndFile: what is away has an age, what is in a file knows which, and what is safe has neither.
func TestState_SinceAndFile(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	state := func() exchange.CaseState {
		t.Helper()
		s, err := exchange.StateOfCase(t.Context(), a.ws, caseID)
		if err != nil || s.Case != caseID {
			t.Fatalf("%+v, %v", s, err)
		}
		return s
	}
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	if s := state(); s.State != "" || !s.State.Safe() || !s.Since.IsZero() {
		t.Errorf("before anything was written: %+v", s)
	}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	first := state()
	if first.State != exchange.StateSealed || first.State.Safe() || first.Since.IsZero() || !first.InFile.IsZero() {
		t.Errorf("after writing: %+v", first)
	}
	a.set(today.Add(3 * time.Hour))
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	if s := state(); !s.Since.Equal(first.Since) {
		t.Errorf("the oldest is of %v, was %v", s.Since, first.Since)
	}
	file := mustExport(t, a, "hq").File
	inFile := state()
	if inFile.State != exchange.StateInBundle || inFile.InFile.Before(today.Add(3*time.Hour)) || !inFile.Since.Equal(first.Since) {
		t.Errorf("in a file: %+v", inFile)
	}
	mustImport(t, in.hq, file)
	send(t, in.hq, a.name, a)
	if s := state(); s.State != exchange.StateMerged || !s.State.Safe() || !s.Since.IsZero() || !s.InFile.IsZero() {
		t.Errorf("after the receipt: %+v", s)
	}
}

func TestStates_CareFirst(t *testing.T) {
	var safe bool
	for _, s := range exchange.States {
		if safe && !s.Safe() {
			t.Errorf("%s needs care and stands behind a safe one", s)
		}
		safe = s.Safe()
	}
	if !safe {
		t.Error("nothing is ever safe")
	}
}

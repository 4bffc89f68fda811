package exchange_test

import (
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// TestRedact_LineOfItsNameIsATwins: a clone of the machine gave the name of the withdrawal to another line, which came first. The machine
// leaves its epoch and says the withdrawal once more, of the lines that had arrived (security.md 6.7).
func TestRedact_LineOfItsNameIsATwins(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	bornIn(t, a, caseID, person, secret)
	send(t, a, "hq", in.hq)
	send(t, in.hq, a.name, a)
	a.lock(t)
	clone := a.copyOf(t)
	a.unlock(t, 0)
	clone.unlock(t, 0)
	mustSet(t, clone, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	send(t, clone, "hq", in.hq)
	clone.lock(t)
	mustRetract(t, a, workspace.Retraction{Type: "person", ID: person, Field: "birth_place"})
	if result := send(t, a, "hq", in.hq); result.Reasons["E-FORK"] == 0 {
		t.Fatalf("no fork: %+v", result.Reasons)
	}
	if len(says(t, in.hq, secret)) == 0 {
		t.Fatal("the withdrawal arrived all the same, so the test proves nothing")
	}
	send(t, in.hq, a.name, a)
	send(t, a, "hq", in.hq)
	withdrawn(t, in.hq, secret, nil)
	withdrawn(t, a, secret, nil)
	b := in.laptops[1]
	send(t, in.hq, b.name, b)
	withdrawn(t, b, secret, nil)
}

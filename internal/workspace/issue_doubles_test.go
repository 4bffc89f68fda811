package workspace_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// TestDoubles_OfADestroyedLine: a line of this machine went with its case, and only its hash is left. A copy of the machine gave its
// name to a line of another case, which comes as headquarters' new issue. That is another write: it shows, and it is said to be one
// of two. An issue of a line of the destroyed case says nothing of a second one.
func TestDoubles_OfADestroyedLine(t *testing.T) {
	m := mustLaptop(t)
	goneCase, gonePerson := mustCase(t, m)
	caseID, person := mustCase(t, m)
	lost := mustSet(t, m, workspace.Target{Type: "person", ID: gonePerson, Case: goneCase}, map[string]domain.Answer{"birth_place": text("Byen")}).Seen("birth_place")[0]
	apply := func(lines []workspace.Incoming) *workspace.Applied {
		t.Helper()
		applied, err := m.ws.Apply(t.Context(), workspace.Batch{Import: uuid.New(), Lines: lines}, false)
		if err != nil {
			t.Fatal(err)
		}
		return applied
	}
	if applied := apply(chainOf(t, m, 7, &oplog.Line{Kind: oplog.KindErase, Compartment: domain.Case, Case: goneCase, Reason: string(domain.ErasedRequestOfPerson)})); len(applied.Erased) != 1 {
		t.Fatalf("erased %+v", applied.Erased)
	}
	issueOf := func(caseID, person uuid.UUID, place string) *oplog.Line {
		return &oplog.Line{
			Kind: oplog.KindSet, Compartment: domain.Case, Case: caseID, Type: "person", Object: person, Source: []oplog.Name{lost},
			Set: map[string]json.RawMessage{"birth_place": json.RawMessage(`"` + place + `"`)},
		}
	}
	if applied := apply(chainOf(t, m, 8, issueOf(goneCase, gonePerson, "Byen"))); len(applied.Doubles) != 0 {
		t.Errorf("the issue of a line that went too is taken for another line: %v", applied.Doubles)
	}
	if applied := apply(chainOf(t, m, 9, issueOf(caseID, person, "Havna"))); applied.Doubles[domain.Case].Count() != 1 {
		t.Errorf("doubles %v", applied.Doubles)
	}
	for range 2 {
		record, err := m.ws.Get(t.Context(), "person", person)
		if err != nil || record.Text("birth_place") != "Havna" {
			t.Errorf("birth place %q, %v", record.Text("birth_place"), err)
		}
		m.as(t, 0)
	}
}

package workspace_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// chainOf writes lines of a machine elsewhere, past every check.
func chainOf(t *testing.T, m *machine, epoch uint32, lines ...*oplog.Line) []workspace.Incoming {
	t.Helper()
	device, user := uuid.New(), uuid.New()
	first := &oplog.Line{Kind: oplog.KindChain, Compartment: domain.Case, Audience: workspace.MissionAudience(missionID), Training: true, App: "1.0.0"}
	var tip [32]byte
	var out []workspace.Incoming
	for i, line := range append([]*oplog.Line{first}, lines...) {
		line.By, line.Device, line.Epoch, line.N, line.HLC, line.Previous = user, device, epoch, uint64(i+1), oplog.HLCAt(m.Now()), tip
		encoded, err := line.Encode()
		if err != nil {
			t.Fatal(err)
		}
		hash := oplog.LineHash(encoded)
		tip = oplog.Link(tip, hash)
		out = append(out, workspace.Incoming{Bytes: encoded, Line: line, Hash: hash, Link: tip})
	}
	return out
}

// TestUndo_ContestedStaysOut: one person takes an import back while another brings it in. Until somebody decides, it stays out
// (security.md 7.2).
func TestUndo_ContestedStaysOut(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	caseID, person := mustCase(t, m)
	lines := chainOf(t, m, 7, &oplog.Line{
		Kind: oplog.KindSet, Compartment: domain.Case, Case: caseID, Type: "person", Object: person, Set: map[string]json.RawMessage{"birth_place": json.RawMessage(`"Byen"`)},
	})
	id := uuid.New()
	if _, err := m.ws.Apply(t.Context(), workspace.Batch{Import: id, Lines: lines}, false); err != nil {
		t.Fatal(err)
	}
	mark := workspace.ImportMark{Import: id, Exclude: true, Reason: "prøve", File: strings.Repeat("0", 64), Mission: missionID}
	place := func() string {
		record, err := m.ws.Get(t.Context(), "person", person)
		if err != nil {
			t.Fatal(err)
		}
		return record.Text("birth_place")
	}
	if _, err := m.ws.MarkImport(t.Context(), mark, false); err != nil || place() != "" {
		t.Fatalf("after undo %q, %v", place(), err)
	}
	// Another machine of headquarters, which has not seen the undo, says that the import stands.
	other := chainOf(t, m, 8, &oplog.Line{
		Kind: oplog.KindSet, Compartment: domain.Case, Type: "case_import", Object: id, Set: map[string]json.RawMessage{
			"excluded": json.RawMessage(`false`), "ops": json.RawMessage(fmt.Sprintf(`{%q:[[1,2]]}`, lines[0].Line.Chain().Key())),
		},
	})
	if _, err := m.ws.Apply(t.Context(), workspace.Batch{Import: uuid.New(), Lines: other}, false); err != nil {
		t.Fatal(err)
	}
	contested := func() bool {
		states, err := m.ws.ImportStates(t.Context())
		if err != nil || len(states[id]) != 1 {
			t.Fatalf("states %+v, %v", states, err)
		}
		return states[id][0].Contested
	}
	for range 2 {
		if place() != "" || !contested() {
			t.Errorf("contested: place %q, contested %v", place(), contested())
		}
		m.as(t, slotHQS)
	}
	if conflicts, err := m.ws.Conflicts(t.Context()); err != nil || len(conflicts) != 0 {
		t.Errorf("a word on an import is listed among the conflicts of cases: %v, %v", conflicts, err)
	}
	mark.Exclude, mark.Restore = false, true
	if _, err := m.ws.MarkImport(t.Context(), mark, false); err != nil || place() != "Byen" || contested() {
		t.Errorf("decided: place %q, contested %v, %v", place(), contested(), err)
	}
}

// TestUndo_MarkBeforeTheLines: the word on an import may come before the lines do. They are stored and count for nothing.
func TestUndo_MarkBeforeTheLines(t *testing.T) {
	m := mustMachine(t, "laptop")
	m.unlock(t, 0)
	caseID, person := mustCase(t, m)
	lines := chainOf(t, m, 7, &oplog.Line{
		Kind: oplog.KindSet, Compartment: domain.Case, Case: caseID, Type: "person", Object: person, Set: map[string]json.RawMessage{"birth_place": json.RawMessage(`"Byen"`)},
	})
	word := chainOf(t, m, 8, &oplog.Line{
		Kind: oplog.KindSet, Compartment: domain.Case, Type: "case_import", Object: uuid.New(), Set: map[string]json.RawMessage{
			"excluded": json.RawMessage(`true`), "ops": json.RawMessage(fmt.Sprintf(`{%q:[[1,2]]}`, lines[0].Line.Chain().Key())),
		},
	})
	for _, batch := range [][]workspace.Incoming{word, lines} {
		if _, err := m.ws.Apply(t.Context(), workspace.Batch{Import: uuid.New(), Lines: batch}, false); err != nil {
			t.Fatal(err)
		}
	}
	record, err := m.ws.Get(t.Context(), "person", person)
	if err != nil || record.Text("birth_place") != "" {
		t.Errorf("place %q, %v", record.Text("birth_place"), err)
	}
}

// TestUndo_OldScreen: a screen that was open during an undo names the value that is gone. What that value had replaced does not
// rise beside the new one.
func TestUndo_OldScreen(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	first := mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Byen")})
	lines := chainOf(t, m, 7, &oplog.Line{
		Kind: oplog.KindSet, Compartment: domain.Case, Case: caseID, Type: "person", Object: person,
		Set: map[string]json.RawMessage{"birth_place": json.RawMessage(`"Havna"`)}, Parents: map[string][]oplog.Name{"birth_place": first.Seen("birth_place")},
	})
	id := uuid.New()
	if _, err := m.ws.Apply(t.Context(), workspace.Batch{Import: id, Lines: lines}, false); err != nil {
		t.Fatal(err)
	}
	screen, err := m.ws.Get(t.Context(), "person", person)
	if err != nil || screen.Text("birth_place") != "Havna" {
		t.Fatalf("imported %q, %v", screen.Text("birth_place"), err)
	}
	if _, err := m.ws.MarkImport(t.Context(), workspace.ImportMark{Import: id, Exclude: true, Reason: "prøve", File: strings.Repeat("0", 64), Mission: missionID}, false); err != nil {
		t.Fatal(err)
	}
	target.Seen = map[string][]oplog.Name{"birth_place": screen.Seen("birth_place")}
	record := mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Fjellet")})
	for range 2 {
		if heads := record.Heads("birth_place"); len(heads) != 1 || record.Text("birth_place") != "Fjellet" {
			t.Errorf("heads %+v", heads)
		}
		m.as(t, slotHQS)
		if record, err = m.ws.Get(t.Context(), "person", person); err != nil {
			t.Fatal(err)
		}
	}
}

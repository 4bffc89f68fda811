package workspace_test

import (
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// A sealed entry in doubt can be written anew by its author alone. Until then it is pending, whoever is unlocked: a machine that
// counted it as settled could be emptied, and the entry would be gone.
func TestWriteAnew_SealedWaitsForItsAuthor(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotINT)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("første")})
	doubted := map[oplog.Chain]uint64{}
	for chain := range m.ws.OwnEpochs() {
		if chain.Compartment == domain.Sealed {
			doubted[chain] = 2
		}
	}
	pending := func(when string, want uint64) {
		t.Helper()
		lines, closed, err := m.ws.Pending(doubted)
		got := uint64(0)
		for _, numbers := range lines {
			got += numbers.Count()
		}
		if err != nil || got != want || closed != 0 {
			t.Errorf("%s: %d pending, %d closed, %v, want %d", when, got, closed, err, want)
		}
	}
	writeAnew := func() {
		t.Helper()
		var epochs []uint32
		for chain := range doubted {
			epochs = append(epochs, chain.Epoch)
		}
		if err := m.ws.ReplaceEpochs(t.Context(), epochs); err != nil {
			t.Fatal(err)
		}
		if err := m.ws.WriteAnew(t.Context(), doubted); err != nil {
			t.Fatal(err)
		}
	}
	pending("before", 1)
	m.as(t, slotINT2)
	writeAnew()
	pending("after another user", 1)
	m.as(t, slotINT)
	writeAnew()
	pending("after the author", 0)
	m.as(t, slotINT2)
	pending("after the author, for another user", 0)
	if none, closed, err := m.ws.Pending(nil); err != nil || len(none) != 0 || closed != 0 {
		t.Errorf("nothing in doubt: %v pending, %d closed, %v", none, closed, err)
	}
	m.as(t, slotHQS)
	notes, err := m.ws.Objects(t.Context(), "sealed_note", caseID)
	if err != nil || len(notes) != 1 || notes[0].Text("note") != "første" || len(notes[0].Heads("note")) != 1 {
		t.Errorf("%d sealed notes, %v", len(notes), err)
	}
}

package roster

import (
	"testing"

	"github.com/google/uuid"

	"feltbok/app/ui"
)

// TestRoster_OneMissionAtATime: the mission under way is shown when a roster can be kept for it, else the newest; others are found by code
// or name.
func TestRoster_OneMissionAtATime(t *testing.T) {
	newest, running, elsewhere := uuid.New(), uuid.New(), uuid.New()
	missions := []ui.Choice{{Code: newest.String(), Label: "2027-UGA-01 Kampala"}, {Code: running.String(), Label: "2026-LBN-02 Beirut"}}
	for _, one := range []struct {
		of           []ui.Choice
		wanted, want uuid.UUID
	}{{missions, running, running}, {missions, elsewhere, newest}, {missions, uuid.Nil, newest}, {nil, elsewhere, uuid.Nil}} {
		if got := oneOf(one.of, one.wanted); got != one.want {
			t.Errorf("of %d missions %s is shown for %s", len(one.of), got, one.wanted)
		}
	}
	p := &Place{missions: missions}
	if found := p.find("beirut", 5); len(found) != 1 || found[0].Code != running.String() {
		t.Errorf("found %v", found)
	}
	if found := p.find("", 1); len(found) != 1 || found[0].Code != newest.String() {
		t.Errorf("without words %v", found)
	}
}

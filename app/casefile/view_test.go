package casefile

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func TestTalkKind_ByAge(t *testing.T) {
	ws := missiontest.Laptop(t)
	c := missiontest.Story(t, "wheelchair")
	tests := []struct{ birth, want string }{
		{"2026-01-01", "child_talk"},
		{"2011-11-24", "child_talk"},
		{"2011-11-23", "individual_youth"},
		{"2011", "individual_youth"},
		{"2008-11-24", "individual_youth"},
		{"2008-11-23", "individual_adult"},
		{"1961", "individual_adult"},
		{"", "individual_adult"},
	}
	for _, tt := range tests {
		answer := domain.Answer{}
		if tt.birth != "" {
			answer = domain.TextAnswer(tt.birth)
		}
		person, err := ws.Set(t.Context(), workspace.Target{Type: "person", ID: c.Persons[0], Case: c.ID}, map[string]domain.Answer{"birth": answer})
		if err != nil {
			t.Fatal(err)
		}
		v := &view{day: missiontest.Day}
		if got := v.talkKind(person); got != tt.want {
			t.Errorf("born %q: %s, want %s", tt.birth, got, tt.want)
		}
	}
}

// BenchmarkReadView is what drawing a case anew costs off the UI goroutine, with an interview begun for each of eight persons.
func BenchmarkReadView(b *testing.B) {
	ws := missiontest.Laptop(b)
	c := missiontest.Story(b, "polygamous_household")
	for _, person := range append([]uuid.UUID{uuid.Nil}, c.Persons...) {
		if _, err := ws.StartInterview(b.Context(), c.ID, person, "individual_adult"); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := readView(b.Context(), ws, c.ID, time.Now(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

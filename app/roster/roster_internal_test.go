package roster

import (
	"testing"

	"github.com/google/uuid"

	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// TestRoster_CourseProblems: two courses at once, or attendance outside the course, stand first in the list and in words on the card
// (X21, X22).
func TestRoster_CourseProblems(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	in.HQ.Unlock(t, 2)
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, "nb")
	p := New(st.Session).(*Place)
	st.Show(p)
	p.rows = []person{{
		RosterEntry: exchange.RosterEntry{ID: uuid.New(), Person: uuid.New()}, name: "Test Amina",
		problems: []domain.Problem{{Rule: "X22", Severity: domain.Error}, {Rule: "X21_HOURS", Severity: domain.Error, Args: map[string]string{"Planned": "20"}}},
	}}
	p.put()
	for _, words := range []string{"2 feil i kurset", "Personen er påmeldt to kurs som går samtidig", "flere timer enn de 20 som var planlagt"} {
		if !st.Says(words) {
			t.Errorf("the page does not say %q: %q", words, st.Words())
		}
	}
	if broken, fine, off := rank(p.rows[0]), rank(person{}), rank(person{RosterEntry: exchange.RosterEntry{Withdrawn: true}}); broken >= fine || fine >= off {
		t.Errorf("ranks %d, %d, %d", broken, fine, off)
	}
}

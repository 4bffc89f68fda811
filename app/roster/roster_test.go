package roster_test

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/roster"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// slotHQC is the settlement caseworker of the headquarters in exchangetest.
const slotHQC = 2

func mustShow(t *testing.T, m *exchangetest.Machine, lang string) (*placetest.Stage, *roster.Place) {
	t.Helper()
	st := placetest.New(t, m.WS, m.Dir, lang)
	p := roster.New(st.Session).(*roster.Place)
	st.Show(p)
	return st, p
}

// onRoster counts who is on the roster and was not taken off.
func onRoster(t *testing.T, m *exchangetest.Machine) (n int) {
	t.Helper()
	entries, err := exchange.Roster(t.Context(), m.WS, exchangetest.Mission)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.Withdrawn {
			n++
		}
	}
	return n
}

// TestRoster_AddTakeOffPutBack: the caseworker finds somebody by name, sees what the course is told and nothing else, takes the person
// off after a question, and puts the person back.
func TestRoster_AddTakeOffPutBack(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	in.HQ.Unlock(t, slotHQC)
	exchangetest.Write(t, in.HQ, workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"mother_tongue": {Value: "swa"}, "birth_place": {Value: "Hemmeligby"}})
	st, p := mustShow(t, in.HQ, "nb")
	if !st.Says("Ingen på kurslisten") {
		t.Fatalf("the empty page: %q", st.Words())
	}
	for _, key := range p.Shortcuts() {
		if key.Key == fyne.KeyN {
			key.Do()
		}
	}
	st.Type(t, "Mappe")
	st.Key(t, fyne.KeyDown, fyne.KeyReturn)
	st.NoFaults(t)
	if onRoster(t, in.HQ) != 1 || !st.Says("på listen") || !st.Says("Dette får kurset vite") || !st.Says("Swahili") && !st.Says("swahili") {
		t.Fatalf("after the choice: %d, %q", onRoster(t, in.HQ), st.Words())
	}
	if st.Says("Hemmeligby") {
		t.Errorf("more than the course is told: %q", st.Words())
	}
	st.Tap(t, "Ta av listen")
	if !st.Says("Ta personen av kurslisten?") || onRoster(t, in.HQ) != 1 {
		t.Fatalf("no question: %q", st.Words())
	}
	st.TapLast(t, "Ta av listen")
	if onRoster(t, in.HQ) != 0 || st.Says("Dette får kurset vite") {
		t.Fatalf("after it was taken off: %q", st.Words())
	}
	st.Tap(t, "Sett på listen igjen")
	st.NoFaults(t)
	if onRoster(t, in.HQ) != 1 {
		t.Errorf("it was not put back: %q", st.Words())
	}
	st.Tap(t, "Åpne saken")
	if len(st.Went) != 1 || st.Went[0] != "casefile" {
		t.Errorf("went to %v", st.Went)
	}
}

func TestRoster_InEveryLanguage(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	for lang, words := range map[string]string{"nb": "Ingen på kurslisten", "nn": "Ingen på kurslista", "en": "Nobody on the roster"} {
		if st, _ := mustShow(t, in.HQ, lang); !st.Says(words) {
			t.Errorf("%s: %q", lang, st.Words())
		}
	}
}

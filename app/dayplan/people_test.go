package dayplan_test

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// tap presses a button by its text.
func (s *screen) tap(text string) {
	s.T.Helper()
	missiontest.Button(s.T, s.Window.Canvas(), text).OnTapped()
	s.Settle()
}

// broken reports whether the plan finds a rule broken.
func (s *screen) broken(rule string) bool {
	return slices.ContainsFunc(s.plan().Check(""), func(p domain.Problem) bool { return p.Rule == rule })
}

// TestDayplan_Ties: who must not work on a case is listed from the board, the plan warns at once, and a removal can be taken back.
func TestDayplan_Ties(t *testing.T) {
	ws := missiontest.HQ(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if s.broken("INTERVIEWER_TIED") {
		t.Fatal("there is a tie before")
	}
	s.write("h")
	if !s.Says("Inhabilitet i sak 200-24C00001") || !s.Says("Ingen er ført opp") {
		t.Fatalf("no list: %q", missiontest.Words(s.Window.Canvas()))
	}
	s.write("1") // intervjuer A, who holds the interview
	focusChips(s)
	s.write("2") // a friend
	missiontest.Shoot(t, s.Window, "dayplan-ties")
	s.tap("Legg til")
	ties, err := ws.Objects(t.Context(), "disqualification", missiontest.Plan.Cases[0].ID)
	if err != nil || len(ties) != 1 {
		t.Fatalf("%d ties, %v", len(ties), err)
	}
	if got := ties[0]; got.Reference("staff_card") != missiontest.Plan.Staff[0].Card || got.Text("tie") != "friend" || got.Reference("about") != missiontest.Plan.Cases[0].ID {
		t.Errorf("the tie says %v, %s", got.Reference("staff_card"), got.Text("tie"))
	}
	if !s.broken("INTERVIEWER_TIED") || !s.Says("intervjuer A · Venn eller nær bekjent") {
		t.Errorf("the plan does not warn: %q", missiontest.Words(s.Window.Canvas()))
	}
	s.tap("Fjern")
	if s.broken("INTERVIEWER_TIED") || !s.Says("Fjernet: intervjuer A") {
		t.Error("the tie is not removed")
	}
	s.tap("Angre")
	if !s.broken("INTERVIEWER_TIED") {
		t.Error("the tie is not brought back")
	}
	s.Window.Canvas().Focus(s.entry())
	s.write("kmr-1")
	s.press(fyne.KeyReturn)
	focusChips(s)
	s.write("1")
	s.tap("Legg til")
	if !s.broken("INTERPRETER_TIED") || !s.Says("tolk-kmr-1 · Slektning") {
		t.Errorf("the interpreter's tie is not told: %q", missiontest.Words(s.Window.Canvas()))
	}
}

// entry is the last field on screen that searches while one writes.
func (s *screen) entry() (last fyne.Focusable) {
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if entry, ok := o.(*ui.PickEntry); ok {
			last = entry
		}
	})
	return last
}

// focusChips gives the keyboard to the last choice on screen.
func focusChips(s *screen) {
	s.T.Helper()
	var last *ui.Chips
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if chips, ok := o.(*ui.Chips); ok {
			last = chips
		}
	})
	s.Window.Canvas().Focus(last)
}

// TestDayplan_Interpreters: the interpreters of the mission are listed by code; each leads to its record, and a new one is made there.
func TestDayplan_Interpreters(t *testing.T) {
	ws := missiontest.HQ(t)
	card, err := ws.Set(t.Context(), workspace.Target{Type: "interpreter_card"}, map[string]domain.Answer{"code": {Value: "T-900"}, "languages": {Value: []string{"tir", "amh"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	s.write("t")
	missiontest.Shoot(t, s.Window, "dayplan-interpreters")
	if !s.Says("T-900 · Tigrinja · Amharisk") {
		t.Fatalf("the interpreter is not listed: %q", missiontest.Words(s.Window.Canvas()))
	}
	s.tap("Endre: T-900 · Tigrinja · Amharisk")
	if n := len(s.Told.Went); n != 1 || s.Told.Went[0].Place != "record" || !slices.Contains(s.Told.Went[0].Args, any(card.ID())) {
		t.Fatalf("led to %v", s.Told.Went)
	}
	s.write("t")
	s.tap("Ny tolk")
	if n := len(s.Told.Went); n != 2 || !slices.Contains(s.Told.Went[1].Args, any(domain.Type("interpreter_card"))) || !slices.Contains(s.Told.Went[1].Args, any(missiontest.Plan.Mission)) {
		t.Errorf("led to %v", s.Told.Went)
	}
	s.write("t")
	s.tap("Fjern: T-900 · Tigrinja · Amharisk")
	if s.plan().Interpreter("T-900") != nil || !s.Says("Fjernet: T-900") {
		t.Error("the interpreter is still there")
	}
	if strings.Contains(strings.Join(missiontest.Words(s.Window.Canvas()), " "), "⟦") {
		t.Error("a text is missing")
	}
}

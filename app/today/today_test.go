package today_test

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/today"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

// screen is the place in a window of its own.
type screen struct{ *missiontest.Screen }

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	return &screen{missiontest.Open(t, ws, w, lang, today.New, args...)}
}

func (s *screen) cards() []*ui.TapCard {
	var cards []*ui.TapCard
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.TapCard); ok {
			cards = append(cards, c)
		}
	})
	return cards
}

func TestToday_Screens(t *testing.T) {
	laptop, hq := missiontest.Laptop(t), missiontest.HQ(t)
	mother := missiontest.Story(t, "wheelchair")
	if _, err := laptop.StartInterview(t.Context(), mother.ID, mother.Persons[0], "individual_adult"); err != nil {
		t.Fatal(err)
	}
	for _, look := range missiontest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			open(t, laptop, look.Window(t), look.Lang).Check("today", look)
			open(t, hq, look.Window(t), look.Lang).Check("today-hq", look)
		})
	}
}

func TestToday_Day(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if !s.Says("I dag, mandag 23. november") {
		t.Error("the day is not named")
	}
	if got := len(s.cards()); got != 3 {
		t.Fatalf("%d families of this interviewer today, want 3", got)
	}
	// Enter on a family opens its case.
	first := s.cards()[0]
	s.Window.Canvas().Focus(first)
	first.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "casefile" || s.Told.Went[0].Args[0] != missiontest.Plan.Cases[0].ID {
		t.Errorf("Enter led to %v", s.Told.Went)
	}
	// All families of both interviewers.
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.Chips); ok {
			c.TypedRune('2')
		}
	})
	if got := len(s.cards()); got != 6 {
		t.Errorf("%d families of everybody today, want 6", got)
	}
	// The next day with interviews, by keyboard, and back.
	s.key(fyne.KeyRight)
	if !s.Says("I morgen, tirsdag 24. november") {
		t.Error("the next day is not shown")
	}
	s.key(fyne.KeyHome)
	if !s.Says("I dag, mandag") {
		t.Error("no way back to today")
	}
}

func (s *screen) key(name fyne.KeyName) {
	s.T.Helper()
	for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
		if key.Key == name && key.Modifier == fyne.KeyModifierAlt {
			key.Do()
			return
		}
	}
	s.T.Fatalf("no shortcut Alt+%s", name)
}

func TestToday_CarryOn(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if s.Says("Fortsett intervjuet") {
		t.Fatal("offers to go on although nothing was begun")
	}
	before := s.Told.Unsent
	c := missiontest.Plan.Cases[2]
	if _, err := ws.StartInterview(t.Context(), c.ID, c.Persons[0], "individual_adult"); err != nil {
		t.Fatal(err)
	}
	newest, err := ws.StartInterview(t.Context(), missiontest.Plan.Cases[0].ID, missiontest.Plan.Cases[0].Persons[1], "individual_youth")
	if err != nil {
		t.Fatal(err)
	}
	s.Settle()
	s.key(fyne.KeyReturn)
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "interview" || s.Told.Went[0].Args[0] != newest {
		t.Errorf("going on led to %v, want interview %s", s.Told.Went, newest)
	}
	if s.Told.Unsent != before+2 {
		t.Errorf("unsent = %d after two new operations, was %d", s.Told.Unsent, before)
	}
}

func TestToday_Headquarters(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if !s.Says("én rotnøkkel") {
		t.Error("headquarters is not warned of its single root key")
	}
	s = open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if s.Says("rotnøkkel") {
		t.Error("an interviewer is told about root keys")
	}
}

// TestToday_NotYetAtHeadquarters: how many cases are not safe yet, and how old the oldest is.
func TestToday_NotYetAtHeadquarters(t *testing.T) {
	s := open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if !s.Says("saker er ikke framme ved hovedkontoret. Det eldste er skrevet 2") {
		t.Fatalf("not said: %q", missiontest.Words(s.Window.Canvas()))
	}
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && b.Text == "Vis sakene" {
			b.OnTapped()
		}
	})
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "caseload" || s.Told.Went[0].Args[0] != "away" {
		t.Errorf("the button led to %v", s.Told.Went)
	}
	if hq := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb"); hq.Says("ikke framme") {
		t.Error("headquarters is told that its work is not at headquarters")
	}
}

// TestToday_BeginsTheNextInterview: one key begins the interview of the family that comes next, notes that its time has begun, and
// leads to the same interview when pressed again.
func TestToday_BeginsTheNextInterview(t *testing.T) {
	ws := missiontest.Laptop(t)
	slots, err := ws.MissionSlots(t.Context(), missiontest.Plan.Mission)
	if err != nil {
		t.Fatal(err)
	}
	// The laptop has been through the first families; the third sitting of the day is still to come.
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if !s.Says("Neste familie klokken 14:30") {
		t.Fatalf("the next family is not announced: %q", missiontest.Words(s.Window.Canvas()))
	}
	s.key(fyne.KeyReturn)
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "interview" {
		t.Fatalf("Alt+Enter led to %v", s.Told.Went)
	}
	begun := s.Told.Went[0].Args[0]
	started := 0
	for _, slot := range slots {
		now, err := ws.Get(t.Context(), "slot", slot.Slot.ID())
		if err != nil {
			t.Fatal(err)
		}
		if now.Text("status") == "started" {
			started++
			if now.Text("actual_start") == "" {
				t.Error("nobody knows when it began")
			}
		}
	}
	if started != 1 {
		t.Errorf("%d sittings have begun, want 1", started)
	}
	s.Settle()
	s.key(fyne.KeyReturn)
	if len(s.Told.Went) != 2 || s.Told.Went[1].Args[0] != begun {
		t.Errorf("pressed again it led to %v, want the same interview", s.Told.Went)
	}
}

// TestToday_WorkOfTheTeam: who plans sees how much each interviewer has; an interviewer does not.
func TestToday_WorkOfTheTeam(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if !s.Says("intervjuer A: 3 familier, 6 t") || !s.Says("intervjuer B: 3 familier, 6 t") {
		t.Errorf("the work of the team is not shown: %q", missiontest.Words(s.Window.Canvas()))
	}
	missiontest.Button(t, s.Window.Canvas(), "Til intervjuplanen").OnTapped()
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "schedule" {
		t.Errorf("the button led to %v", s.Told.Went)
	}
	if laptop := open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb"); laptop.Says("Arbeid denne dagen") {
		t.Error("an interviewer sees the work of the others")
	}
}

// What the lead sent back comes up, and leads to the review of its family.
func TestToday_SentBack(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if s.Says("sendt tilbake til deg") {
		t.Fatal("something came back although nothing was sent")
	}
	c := missiontest.Plan.Cases[0]
	id, err := ws.StartInterview(t.Context(), c.ID, c.Persons[0], "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ws.Set(t.Context(), workspace.Target{Type: "interview", ID: id, Case: c.ID}, map[string]domain.Answer{"returned": {Value: true}}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	if !s.Says("Ett intervju er sendt tilbake til deg") {
		t.Fatal("what was sent back does not come up")
	}
	missiontest.Button(t, s.Window.Canvas(), "Se hva som mangler").OnTapped()
	if last := s.Told.Went[len(s.Told.Went)-1]; last.Place != "review" || last.Args[0] != c.ID {
		t.Errorf("leads to %v", last)
	}
}

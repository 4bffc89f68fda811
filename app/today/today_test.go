package today_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/today"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

var (
	big   = fyne.NewSize(1280, 800)
	small = fyne.NewSize(1024, 600)
	// tablet is what the frame leaves of a tablet held upright, 800 × 1280.
	tablet = fyne.NewSize(756, 1180)
)

// screen is the place in a window of its own.
type screen struct {
	t      *testing.T
	place  ui.Place
	window fyne.Window
	loop   *ui.SyncLoop
	told   *missiontest.Told
}

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string) *screen {
	t.Helper()
	session, loop, told := missiontest.Session(ws, w, lang)
	size := w.Canvas().Size()
	p := today.New(session)
	w.SetContent(p.Content())
	w.Resize(size)
	p.Enter()
	loop.Advance(time.Second)
	t.Cleanup(func() {
		for _, err := range told.Faults {
			t.Errorf("fault: %v", err)
		}
	})
	return &screen{t, p, w, loop, told}
}

func (s *screen) says(text string) bool {
	return slices.ContainsFunc(missiontest.Words(s.window.Canvas()), func(w string) bool { return strings.Contains(w, text) })
}

func (s *screen) cards() []*ui.TapCard {
	var cards []*ui.TapCard
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
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
	for _, look := range []struct {
		name    string
		ws      *workspace.Workspace
		variant theme.Variant
		percent int
		size    fyne.Size
		lang    string
	}{
		{"1280-light", laptop, theme.Light, 100, big, "nb"},
		{"1024-dark", laptop, theme.Dark, 100, small, "nn"},
		{"1024-200", laptop, theme.Light, 200, small, "en"},
		{"tablet", laptop, theme.Light, 100, tablet, "nb"},
		{"hq-1024-light", hq, theme.Light, 100, small, "nb"},
	} {
		t.Run(look.name, func(t *testing.T) {
			w := missiontest.Window(t, look.variant, look.percent, look.size)
			s := open(t, look.ws, w, look.lang)
			missiontest.Shoot(t, w, "today-"+look.name)
			if got := w.Canvas().Size(); got != look.size {
				t.Errorf("the window grew to %v", got)
			}
			if s.says("⟦") {
				t.Errorf("a text is missing in %s", look.lang)
			}
		})
	}
}

func TestToday_Day(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb")
	if !s.says("I dag, mandag 23. november") {
		t.Error("the day is not named")
	}
	if got := len(s.cards()); got != 3 {
		t.Fatalf("%d families of this interviewer today, want 3", got)
	}
	// Enter on a family opens its case.
	first := s.cards()[0]
	s.window.Canvas().Focus(first)
	first.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "casefile" || s.told.Went[0].Args[0] != missiontest.Plan.Cases[0].ID {
		t.Errorf("Enter led to %v", s.told.Went)
	}
	// All families of both interviewers.
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.Chips); ok {
			c.TypedRune('2')
		}
	})
	if got := len(s.cards()); got != 6 {
		t.Errorf("%d families of everybody today, want 6", got)
	}
	// The next day with interviews, by keyboard, and back.
	s.key(fyne.KeyRight)
	if !s.says("I morgen, tirsdag 24. november") {
		t.Error("the next day is not shown")
	}
	s.key(fyne.KeyHome)
	if !s.says("I dag, mandag") {
		t.Error("no way back to today")
	}
}

func (s *screen) key(name fyne.KeyName) {
	s.t.Helper()
	for _, key := range s.place.(ui.Shortcutter).Shortcuts() {
		if key.Key == name && key.Modifier == fyne.KeyModifierAlt {
			key.Do()
			return
		}
	}
	s.t.Fatalf("no shortcut Alt+%s", name)
}

func TestToday_CarryOn(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb")
	if s.says("Fortsett intervjuet") {
		t.Fatal("offers to go on although nothing was begun")
	}
	before := s.told.Unsent
	c := missiontest.Plan.Cases[2]
	if _, err := ws.StartInterview(t.Context(), c.ID, c.Persons[0], "individual_adult"); err != nil {
		t.Fatal(err)
	}
	newest, err := ws.StartInterview(t.Context(), missiontest.Plan.Cases[0].ID, missiontest.Plan.Cases[0].Persons[1], "individual_youth")
	if err != nil {
		t.Fatal(err)
	}
	s.loop.Advance(time.Second)
	s.key(fyne.KeyReturn)
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "interview" || s.told.Went[0].Args[0] != newest {
		t.Errorf("going on led to %v, want interview %s", s.told.Went, newest)
	}
	if s.told.Unsent != before+2 {
		t.Errorf("unsent = %d after two new operations, was %d", s.told.Unsent, before)
	}
}

func TestToday_Headquarters(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, big), "nb")
	if !s.says("én rotnøkkel") {
		t.Error("headquarters is not warned of its single root key")
	}
	s = open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, big), "nb")
	if s.says("rotnøkkel") {
		t.Error("an interviewer is told about root keys")
	}
}

// TestToday_NotYetAtHeadquarters: how many cases are not safe yet, and how old the oldest is.
func TestToday_NotYetAtHeadquarters(t *testing.T) {
	s := open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, big), "nb")
	if !s.says("saker er ikke framme ved hovedkontoret. Det eldste er skrevet 2") {
		t.Fatalf("not said: %q", missiontest.Words(s.window.Canvas()))
	}
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && b.Text == "Vis sakene" {
			b.OnTapped()
		}
	})
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "caseload" || s.told.Went[0].Args[0] != "away" {
		t.Errorf("the button led to %v", s.told.Went)
	}
	if hq := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, big), "nb"); hq.says("ikke framme") {
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
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb")
	if !s.says("Neste familie klokken 14:30") {
		t.Fatalf("the next family is not announced: %q", missiontest.Words(s.window.Canvas()))
	}
	s.key(fyne.KeyReturn)
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "interview" {
		t.Fatalf("Alt+Enter led to %v", s.told.Went)
	}
	begun := s.told.Went[0].Args[0]
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
	s.loop.Advance(time.Second)
	s.key(fyne.KeyReturn)
	if len(s.told.Went) != 2 || s.told.Went[1].Args[0] != begun {
		t.Errorf("pressed again it led to %v, want the same interview", s.told.Went)
	}
}

// TestToday_WorkOfTheTeam: who plans sees how much each interviewer has; an interviewer does not.
func TestToday_WorkOfTheTeam(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, big), "nb")
	if !s.says("intervjuer A: 3 familier, 6 t") || !s.says("intervjuer B: 3 familier, 6 t") {
		t.Errorf("the work of the team is not shown: %q", missiontest.Words(s.window.Canvas()))
	}
	missiontest.Button(t, s.window.Canvas(), "Til intervjuplanen").OnTapped()
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "schedule" {
		t.Errorf("the button led to %v", s.told.Went)
	}
	if laptop := open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, big), "nb"); laptop.says("Arbeid denne dagen") {
		t.Error("an interviewer sees the work of the others")
	}
}

// What the lead sent back comes up, and leads to the review of its family.
func TestToday_SentBack(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb")
	if s.says("sendt tilbake til deg") {
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
	s.loop.Advance(time.Second)
	if !s.says("Ett intervju er sendt tilbake til deg") {
		t.Fatal("what was sent back does not come up")
	}
	missiontest.Button(t, s.window.Canvas(), "Se hva som mangler").OnTapped()
	if last := s.told.Went[len(s.told.Went)-1]; last.Place != "review" || last.Args[0] != c.ID {
		t.Errorf("leads to %v", last)
	}
}

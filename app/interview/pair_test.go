package interview

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// couple opens the interview with a woman whose husband is interviewed alone too.
func (f *field) couple(t testing.TB, width float32) (s *screen, woman, man uuid.UUID) {
	t.Helper()
	caseID, woman := f.family(t)
	man = uuid.New()
	if _, err := f.ws.Set(t.Context(), workspace.Target{Type: "person", ID: man, Case: caseID}, map[string]domain.Answer{
		"given_names": words("Test Yusuf"), "family_name": words("Mappe"), "birth": words("1986-03-12"), "sex": words("male"), "relation_to_pa": words("spouse"),
	}); err != nil {
		t.Fatal(err)
	}
	s = f.open(t, "nb", width, 800, f.start(t, caseID, woman))
	s.pair.s.Go = func(_ string, args ...any) {
		s.pair.Leave()
		s.pair.Enter(args...)
		s.p = s.pair.active
	}
	return s, woman, man
}

// key presses a shortcut of the pair: it goes to where the keyboard is.
func (s *screen) key(name fyne.KeyName) {
	s.t.Helper()
	for _, shortcut := range s.pair.Shortcuts() {
		if shortcut.Key == name && shortcut.Modifier == fyne.KeyModifierAlt && shortcut.Do != nil {
			shortcut.Do()
			s.p = s.pair.active
			return
		}
	}
	s.t.Fatalf("no shortcut Alt+%s", name)
}

// about is whose interview a pane shows.
func about(p *Place) uuid.UUID { return p.session.Record().Reference("about") }

// beside opens the husband beside the wife, each at a question of the identity.
func (s *screen) beside(woman, man uuid.UUID) (left, right *Place) {
	s.t.Helper()
	s.to("identity")
	s.focus("name_called")
	s.key(fyne.KeyS)
	if len(s.pair.panes) != 2 {
		s.t.Fatalf("%d beside each other", len(s.pair.panes))
	}
	left, right = s.pair.panes[0], s.pair.panes[1]
	if about(left) != woman || about(right) != uuid.Nil && about(right) != man || s.pair.active != right {
		s.t.Fatalf("beside each other: %s and %s", about(left), about(right))
	}
	s.key(fyne.Key3)
	if left, right = s.pair.panes[0], s.pair.panes[1]; about(left) != woman || about(right) != man {
		s.t.Fatalf("after Alt+3: %s and %s", about(left), about(right))
	}
	s.to("identity")
	s.focus("birth_place")
	return left, right
}

func (s *screen) seen(p *Place) bool {
	seen := false
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) { seen = seen || p.page != nil && o == fyne.CanvasObject(p.page.scroll) })
	return seen
}

// TestPair_EachItsOwn: two interviews stand beside each other, each with its question, its saving and its undo; a key goes over, and back.
func TestPair_EachItsOwn(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, right := s.beside(woman, man)
	if !s.seen(left) || !s.seen(right) {
		t.Fatal("they are not both on screen")
	}
	s.typeIn("birth_place", "Goma")
	s.key(fyne.KeyO)
	if s.p != left || s.p.current() == nil || s.p.current().path.Name != "name_called" {
		t.Fatalf("the key does not lead to the question on the other side: %+v", s.p.current())
	}
	s.typeIn("name_called", "Mina")
	s.loop.Advance(autosave)
	if a, b := s.stored("person", man, "birth_place").Text(), s.stored("person", woman, "name_called").Text(); a != "Goma" || b != "Mina" {
		t.Fatalf("stored: %q and %q", a, b)
	}
	undo := func() { s.key(fyne.KeyZ) }
	undo()
	if a, b := right.instance().Answer(form.Path{Name: "birth_place"}).Text(), left.instance().Answer(form.Path{Name: "name_called"}).Text(); a != "Goma" || b != "" {
		t.Errorf("undo at the left: %q and %q", a, b)
	}
	s.window.Canvas().Focus(right.page.rows[form.Path{Name: "birth_place"}].in.focus) // as a click does
	undo()
	if a := right.instance().Answer(form.Path{Name: "birth_place"}).Text(); a != "" || s.pair.active != right {
		t.Errorf("undo at the right: %q", a)
	}
	s.key(fyne.KeyW)
	if len(s.pair.panes) != 1 || s.pair.active != left || s.p.current() == nil || s.p.current().path.Name != "name_called" {
		t.Fatal("closing the right one does not lead back to the left one")
	}
	s.key(fyne.KeyS)
	if len(s.pair.panes) != 2 || about(s.p) != man || s.p.current() == nil || s.p.current().path.Name != "birth_place" {
		t.Errorf("opened again it stands elsewhere: %s %+v", about(s.p), s.p.current())
	}
	s.p.redo()
	if a := s.answer(form.Path{Name: "birth_place"}).Text(); a != "Goma" {
		t.Errorf("what was undone before it was closed cannot be redone: %q", a)
	}
}

// TestPair_OneInterviewOnce: whoever is on screen already gets the keyboard instead of being opened a second time.
func TestPair_OneInterviewOnce(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, right := s.beside(woman, man)
	s.key(fyne.Key2)
	if s.pair.active != left || about(left) != woman || about(right) != man {
		t.Errorf("Alt+2 leads to %s beside %s", about(s.pair.active), about(right))
	}
	s.pair.s.Go("interview", right.interviewID(), workspace.Place{Section: right.section, Path: form.Path{Name: "birth_place"}})
	if s.pair.active != right || len(s.pair.panes) != 2 || s.p.current().path.Name != "birth_place" {
		t.Error("from another place it is opened elsewhere")
	}
}

// TestPair_LockBringsBothBack: after lock both stand where they were, with question, caret and what was half typed.
func TestPair_LockBringsBothBack(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, _ := s.beside(woman, man)
	s.typeIn("birth_place", "Goma")
	s.row("birth_place").in.focus.(*ui.TextField).PutCaret(2)
	s.key(fyne.KeyO)
	s.p.jump(workspace.Place{Section: left.section, Path: form.Path{Name: "birth"}})
	half := s.focus("birth").in.focus.(*ui.TextField)
	half.SetText("13.")
	s.key(fyne.KeyO)
	s.window.Canvas().Unfocus()
	s.pair.Leave()
	args := s.pair.Bookmark()
	again := shared.openIn(t, "nb", 1280, 800, args...)
	if len(again.pair.panes) != 2 {
		t.Fatalf("one of the two is lost: %v %v", args, again.faults)
	}
	l, r := again.pair.panes[0], again.pair.panes[1]
	if about(l) != woman || about(r) != man || again.pair.active != r {
		t.Fatalf("they come back as %s and %s", about(l), about(r))
	}
	if at := r.current(); at == nil || at.path.Name != "birth_place" || at.in.focus.(*ui.TextField).Caret() != 2 {
		t.Errorf("the caret at the right: %+v", at)
	}
	again.key(fyne.KeyO)
	if at := again.p.current(); at == nil || at.path.Name != "birth" || at.in.focus.(*ui.TextField).Text != "13." {
		t.Errorf("the question at the left: %+v", at)
	}
}

// TestPair_NarrowWindowSwitches: a narrow window, and 200 % text, show one of the two; neither loses what it was doing.
func TestPair_NarrowWindowSwitches(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, right := s.beside(woman, man)
	s.typeIn("birth_place", "Go")
	one := func(what string, shown, hidden *Place) {
		t.Helper()
		if !s.seen(shown) || s.seen(hidden) {
			t.Errorf("%s: seen are %t and %t", what, s.seen(shown), s.seen(hidden))
		}
	}
	s.window.Resize(fyne.NewSize(1024, 600))
	one("narrow", right, left)
	if !strings.Contains(s.said(), "Test Amina Mappe") {
		t.Error("nothing says who stands behind")
	}
	s.key(fyne.KeyO)
	one("narrow, gone over", left, right)
	s.window.Resize(fyne.NewSize(1280, 800))
	if !s.seen(left) || !s.seen(right) {
		t.Error("a wide window does not bring both back")
	}
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light, 200))
	s.pair.arrange()
	one("200 %", left, right)
	s.key(fyne.KeyO)
	one("200 %, gone over", right, left)
	if text := s.row("birth_place").in.focus.(*ui.TextField).Text; text != "Go" {
		t.Errorf("what was typed is now %q", text)
	}
}

// TestPair_ClosedPartStandsAlone: while the closed part is on screen, and while the screen is turned, nothing stands beside; and the
// closed part of one is left before that of the other is entered.
func TestPair_ClosedPartStandsAlone(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, right := s.beside(woman, man)
	s.p.enterClosed(man)
	if s.seen(left) || !s.seen(right) || right.outside == nil {
		t.Fatal("the closed part is beside something, or not there")
	}
	s.p = s.pair.active
	s.escape()
	if right.outside != nil || !s.seen(left) || !s.seen(right) {
		t.Error("Escape does not lead out of it")
	}
	s.p.enterClosed(man)
	s.key(fyne.KeyO)
	if s.p != left || right.outside != nil {
		t.Error("going over does not leave the closed part")
	}
	right.enterClosed(man)
	left.enterClosed(woman)
	if right.outside != nil || left.outside == nil || s.seen(right) {
		t.Error("the closed parts of two are open")
	}
	left.leaveClosed()
	right.enterClosed(man)
	left.turn()
	screen, ok := s.window.Canvas().Overlays().Top().(*turned)
	if !ok || right.outside != nil || s.seen(right) {
		t.Fatal("the turned screen has something beside it, or behind it")
	}
	for _, said := range wordsOn(screen) {
		if strings.Contains(said, "Yusuf") {
			t.Errorf("the turned screen says %q", said)
		}
	}
	screen.back()
	if !s.seen(left) || !s.seen(right) {
		t.Error("turned back, one is missing")
	}
}

// TestPair_CopiesFromBeside: what is the same is copied from the one beside as soon as it is stored there, with its mark.
func TestPair_CopiesFromBeside(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, right := s.beside(woman, man)
	s.key(fyne.KeyO)
	left.jump(workspace.Place{Section: left.section, Path: form.Path{Name: "mother_tongue"}})
	left.answer(s.row("mother_tongue"), words("som"))
	s.loop.Advance(time.Second)
	s.key(fyne.KeyO)
	if s.p != right || !strings.Contains(s.said(), "Kan være likt som for Test Amina Mappe") {
		t.Fatalf("nothing is offered beside: %s", s.said())
	}
	s.key(fyne.KeyC)
	if got := s.answer(form.Path{Name: "mother_tongue"}); got.Text() != "som" || !workspace.Copied(got) {
		t.Errorf("copied: %+v", got)
	}
}

// TestPair_OneClock: the time of a part runs where the keyboard is, not on both sides.
func TestPair_OneClock(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	left, right := s.beside(woman, man)
	before := left.parts.spent.Total()
	shared.mu.Lock()
	shared.now = shared.now.Add(10 * time.Minute)
	shared.mu.Unlock()
	s.key(fyne.KeyO)
	after := left.parts.spent.Total()
	if after-before > time.Minute || right.parts.on != "" || left.parts.on == "" {
		t.Errorf("at the left %v passed while the keyboard was at the right; running are %q and %q", after-before, left.parts.on, right.parts.on)
	}
}

// TestPair_AnotherFamilyStandsAlone: an interview of another case is never beside.
func TestPair_AnotherFamilyStandsAlone(t *testing.T) {
	s, woman, man := shared.couple(t, 1280)
	s.beside(woman, man)
	caseID, other := shared.family(t)
	s.pair.s.Go("interview", shared.start(t, caseID, other))
	if len(s.pair.panes) != 1 || about(s.p) != other || len(s.pair.aside) != 0 {
		t.Errorf("%d panes, %d set aside", len(s.pair.panes), len(s.pair.aside))
	}
}

// TestFrame_LowWindowLeavesRoom: with large text in a low window the picker of sections leaves its room to what is missing, and is there again
// with the questions.
func TestFrame_LowWindowLeavesRoom(t *testing.T) {
	caseID, person := shared.family(t)
	s := shared.open(t, "nn", 1024, 600, shared.start(t, caseID, person))
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light, 200))
	s.window.Resize(fyne.NewSize(1024, 600))
	height := func() float32 { s.loop.Advance(time.Second); return s.p.middle.Size().Height }
	questions := height()
	if !s.p.rail.picker.Visible() {
		t.Fatal("no picker with the questions")
	}
	s.p.showView(viewMissing)
	if missing := height(); s.p.rail.picker.Visible() || missing < questions+theme.Size(theme.SizeTouch) {
		t.Errorf("what is missing has %v points of height, questions have %v", missing, questions)
	}
	s.p.backToQuestions()
	if got := height(); !s.p.rail.picker.Visible() || got != questions {
		t.Errorf("back at the questions: %v points instead of %v", got, questions)
	}
}

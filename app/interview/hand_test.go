package interview

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// TestInterview_UndoReachesBackBeyondTheSitting: what the operations of a field hold can be gone back to, also what a list said.
func TestInterview_UndoReachesBackBeyondTheSitting(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	r := s.focus("birth")
	r.in.focus.(*ui.TextField).SetText("1.1.1990")
	r.in.commit()
	id := s.p.session.ID()
	s.p.Leave()
	s = shared.open(t, "nb", 1280, 800, id)
	s.to("identity")
	r = s.focus("birth")
	r.in.focus.(*ui.TextField).SetText("1991")
	r.in.commit()
	for i, want := range []string{"1990-01-01", "1990-03-21", "", ""} {
		s.p.undo()
		got := s.answer(r.path)
		if i == 1 && got.Source != domain.FromRRF {
			t.Errorf("the answer of the list comes back from %q", got.Source)
		}
		if i >= 2 {
			want = "1990-03-21" // nothing was before it
		}
		if got.Text() != want {
			t.Fatalf("after undo %d the answer is %q, want %q", i+1, got.Text(), want)
		}
	}
	s.p.redo()
	s.p.redo()
	if got := s.answer(r.path).Text(); got != "1991" || s.stored("person", woman, "birth").Text() != "1991" {
		t.Errorf("after redo the answer is %q", got)
	}
}

// TestInterview_NameLikeAnother: while a name is typed the page says quietly that somebody has one like it, and one key shows who.
func TestInterview_NameLikeAnother(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	other := uuid.New()
	if _, err := shared.ws.Set(t.Context(), workspace.Target{Type: "person", ID: other, Case: s.p.session.Case()}, map[string]domain.Answer{
		"given_names": words("Tsegay"), "family_name": words("Gebremedhin"),
	}); err != nil {
		t.Fatal(err)
	}
	s.to("identity")
	line := s.p.page.alike
	if line.Visible() {
		t.Fatal("something is said before anything is typed")
	}
	for name, text := range map[string]string{"given_names": "Tsegai", "family_name": "Gebremedhin"} {
		s.focus(name).in.focus.(*ui.TextField).SetText("")
		s.typeIn(name, text)
	}
	s.loop.Advance(time.Second)
	if !line.Visible() {
		t.Fatal("nothing is said of a name like another")
	}
	s.p.lookAlike()
	if len(s.window.Canvas().Overlays().List()) != 1 {
		t.Fatal("the key shows nobody")
	}
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.went != "casefile" || len(s.window.Canvas().Overlays().List()) != 0 {
		t.Errorf("Enter leads to %q", s.went)
	}
}

// TestSame_SiblingCopiesAndIsMarked: one key copies what siblings share, and nothing that is answered; a copy says so until it is
// confirmed or answered anew, and can be taken back.
func TestSame_SiblingCopiesAndIsMarked(t *testing.T) {
	caseID, woman := shared.family(t)
	sister := uuid.New()
	for _, person := range []struct {
		id      uuid.UUID
		answers map[string]domain.Answer
	}{
		{sister, map[string]domain.Answer{
			"given_names": words("Test Salma"), "family_name": words("Mappe"), "birth": words("2014"), "relation_to_pa": words("daughter"),
			"mother_tongue": words("swa"), "nationalities": {Value: []string{"COD"}}, "birth_place": words("Goma"),
		}},
	} {
		if _, err := shared.ws.Set(t.Context(), workspace.Target{Type: "person", ID: person.id, Case: caseID}, person.answers); err != nil {
			t.Fatal(err)
		}
	}
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, uuid.Nil))
	at := -1
	for i, section := range s.p.session.Sections() {
		if section.Set.ID == "identity" && section.Subject != woman && section.Subject != sister {
			at = i
		}
	}
	s.p.show(at, 0)
	if !strings.Contains(s.said(), "Kan være likt som for Test Salma Mappe") {
		t.Fatalf("nothing is offered to be copied: %s", s.said())
	}
	s.press(fyne.KeyC, fyne.KeyModifierAlt)
	for name, want := range map[string]string{"mother_tongue": "swa", "nationalities": "COD", "birth_place": ""} {
		got := s.answer(form.Path{Name: name})
		if strings.Join(got.List(), ",") != want || workspace.Copied(got) != (want != "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if given := s.answer(form.Path{Name: "given_names"}); given.Text() != "Test Lydia" || given.Source != domain.FromRRF {
		t.Errorf("what was answered was changed: %+v", given)
	}
	s.p.jump(workspace.Place{Section: at, Path: form.Path{Name: "mother_tongue"}})
	r := s.row("mother_tongue")
	if !strings.Contains(s.said(), "Kopiert fra en annen i familien") || r.ok.Hidden {
		t.Error("the page does not say that the answer was copied")
	}
	s.p.confirm(r)
	if got := s.answer(r.path); workspace.Copied(got) || got.Verification != domain.ConfirmedByPerson || got.Text() != "swa" {
		t.Errorf("confirmed: %+v", got)
	}
	s.p.jump(workspace.Place{Section: at, Path: form.Path{Name: "nationalities"}})
	r = s.row("nationalities")
	s.p.answer(r, domain.Answer{Value: []string{"UGA"}})
	if got := s.answer(r.path); got.Reason != "" || got.Verification != domain.ConfirmedByPerson {
		t.Errorf("an answer of the family's own still counts as copied: %+v", got)
	}
	s.window.Canvas().Focus(r.in.focus)
	s.p.undo()
	s.p.undo()
	if got := s.answer(r.path); got.HasValue() {
		t.Errorf("the copy cannot be taken back: %+v", got)
	}
}

// TestSame_InterpreterOfTheLastConversation: what stays the same is copied by one key, what must be asked each time is not.
func TestSame_InterpreterOfTheLastConversation(t *testing.T) {
	caseID, woman := shared.family(t)
	before := shared.start(t, caseID, uuid.Nil)
	if _, err := shared.ws.Set(t.Context(), workspace.Target{Type: "interpreter_use", ID: uuid.New(), Case: caseID, Subject: before}, map[string]domain.Answer{
		"mode": words("phone"), "language_from": words("swa"), "language_to": words("eng"), "interpreter_ref": words("T-3"), "tie": words("none"),
		"confidentiality_declared": {Value: true}, "person_accepts": words("yes"),
	}); err != nil {
		t.Fatal(err)
	}
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, woman))
	s.to("interpreter")
	if !strings.Contains(s.said(), "Samme tolk som i forrige samtale: T-3") {
		t.Fatalf("the interpreter is not offered: %s", s.said())
	}
	s.press(fyne.KeyC, fyne.KeyModifierAlt)
	rows := s.p.instance().Rows(interpreterRows)
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	for name, want := range map[string]string{"mode": "phone", "language_from": "swa", "language_to": "eng", "interpreter_ref": "T-3", "tie": "", "confidentiality_declared": "", "person_accepts": ""} {
		if got := s.answer(form.Path{Row: rows[0], Repeat: interpreterRows, Name: name}); got.Text() != want || want == "" && got.HasValue() {
			t.Errorf("%s: %+v, want %q", name, got, want)
		}
	}
	if at := s.p.current(); at == nil || at.path.Name != "tie" {
		t.Errorf("the keyboard is at %+v, not at what must be asked", at)
	}
	s.press(fyne.KeyC, fyne.KeyModifierAlt)
	if got := len(s.p.instance().Rows(interpreterRows)); got != 1 {
		t.Errorf("the key made %d rows", got)
	}
}

// TestMembers_StayAsTheyWereLeft: going from one of the family to another and back keeps section, row and what is half typed, and
// nothing of one is on screen with the other.
func TestMembers_StayAsTheyWereLeft(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	go1 := func(place string, args ...any) {
		s.went = place
		s.p.Leave()
		s.p.Enter(args...)
	}
	s.p.s.Go = go1
	s.to("identity")
	s.typeIn("name_called", "Mina")
	s.focus("birth").in.focus.(*ui.TextField).SetText("halv dato")
	first := s.p.session.ID()
	s.press(fyne.Key1, fyne.KeyModifierAlt)
	if s.p.session.ID() == first || s.p.session.Record().Text("type") != workspace.HouseholdTalk {
		t.Fatalf("Alt+1 leads to %s", s.p.session.Record().Text("type"))
	}
	if words := s.said(); strings.Contains(words, "halv dato") {
		t.Error("what is half typed stands in another conversation")
	}
	household := s.p.session.ID()
	s.to("household")
	s.press(fyne.Key2, fyne.KeyModifierAlt)
	if s.p.session.ID() != first || s.p.session.Sections()[s.p.section].Set.ID != "identity" {
		t.Fatal("Alt+2 does not come back to where the conversation was left")
	}
	if got := s.row("birth").in.focus.(*ui.TextField).Text; got != "halv dato" {
		t.Errorf("half typed was %q", got)
	}
	if got := s.stored("person", woman, "name_called").Text(); got != "Mina" {
		t.Errorf("stored %q", got)
	}
	s.press(fyne.Key1, fyne.KeyModifierAlt)
	if s.p.session.ID() != household || s.p.session.Sections()[s.p.section].Set.ID != "household" {
		t.Error("Alt+1 makes another conversation, or forgets where this one was")
	}
	s.press(fyne.KeyF, fyne.KeyModifierAlt)
	if words := strings.Join(wordsOn(s.window.Canvas().Overlays().Top()), "|"); !strings.Contains(words, "Husstanden sammen") || !strings.Contains(words, "Test Amina Mappe") || strings.Contains(words, "Test Lydia") {
		t.Errorf("the list of the family: %s", words)
	}
}

// TestLeast_EnterGoesThroughTheMinimumRecord: only what lacks in the minimum record is gone through, in its order, and then the end.
func TestLeast_EnterGoesThroughTheMinimumRecord(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	s.press(fyne.KeyM, fyne.KeyModifierAlt)
	if !s.p.header.least.Visible() {
		t.Error("the header does not say so")
	}
	var seen []string
	for s.p.view == viewQuestions && len(seen) < 40 {
		r := s.p.current()
		if r == nil {
			t.Fatalf("after %v nothing has the keyboard", seen)
		}
		item, _ := s.p.session.Sections()[s.p.section].Set.Find(r.path.Repeat, r.path.Name)
		if !item.Minimum {
			t.Errorf("%s does not belong to the minimum record", r.path.Name)
		}
		seen = append(seen, r.path.Name)
		s.p.answer(r, domain.Answer{Missing: domain.Unknown, Reason: "prøve"})
		s.p.done(r)
	}
	if len(seen) < 6 || len(s.p.leastMissing()) != 0 || s.p.view != viewFinish {
		t.Errorf("gone through %v; %d left", seen, len(s.p.leastMissing()))
	}
	s.p.backToQuestions()
	s.press(fyne.KeyM, fyne.KeyModifierAlt)
	s.to("identity")
	r := s.focus("given_names")
	s.p.done(r)
	if s.p.current() == r || s.p.section != len(s.p.session.Sections())-1 && s.p.current() == nil {
		t.Error("Enter does not go to the next question any more")
	}
}

// TestBlockClock: the part on screen has a clock of its own, which stands still elsewhere; its blocks are counted apart.
func TestBlockClock(t *testing.T) {
	now := day
	c := &blockClock{now: func() time.Time { return now }, spent: workspace.TimeSpent{}}
	for _, step := range []struct {
		to      string
		minutes int
		used    int
	}{{"A", 4, 4}, {"C", 12, 12}, {"", 60, 0}, {"A", 7, 11}, {"D", 24, 36}, {"D", 9 * 60, 36}} {
		c.to(step.to)
		now = now.Add(time.Duration(step.minutes) * time.Minute)
		if used, about := c.minutes(); step.to != "" && (used != step.used || about != workspace.StageOf(step.to).Minutes()) {
			t.Errorf("%s has taken %d of %d min, want %d", step.to, used, about, step.used)
		}
	}
	if want := (workspace.TimeSpent{"A": 11 * time.Minute, "C": 12 * time.Minute, "D": 24 * time.Minute}); !maps.Equal(c.spent, want) {
		t.Errorf("by block %v, want %v", c.spent, want)
	}
	for _, set := range []string{"start", "household", "education", "child", "housing", "close"} {
		if found, ok := form.ByID(set); !ok || workspace.StageOf(found.Block).Minutes() == 0 {
			t.Errorf("%s belongs to no part", set)
		}
	}
}

func TestInterview_UndoWritesANewAnswer(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("languages")
	r := s.focus("literacy")
	id := domain.SingletonID(woman, "literacy")
	r.in.focus.TypedRune('1')
	r.in.focus.TypedRune('2')
	first, second := "reads_and_writes_well", "reads_and_writes_some"
	if got := s.stored("literacy", id, "literacy").Text(); got != second {
		t.Fatalf("stored %q", got)
	}
	s.window.Canvas().Focus(r.in.focus)
	s.p.undo() // Ctrl+Z; the test canvas keeps no shortcuts
	if got := s.stored("literacy", id, "literacy").Text(); got != first {
		t.Errorf("after undo %q is stored", got)
	}
	if chosen := r.in.object.(*ui.Chips).Chosen(); !slices.Equal(chosen, []string{first}) {
		t.Errorf("after undo the chips show %v", chosen)
	}
	s.p.redo()
	if got := s.stored("literacy", id, "literacy").Text(); got != second {
		t.Errorf("after redo %q is stored", got)
	}
	s.p.undo()
	s.p.undo()
	s.p.undo()
	if got := s.stored("literacy", id, "literacy"); got.HasValue() {
		t.Errorf("undone to the beginning: %+v", got)
	}
}

// TestTimeSpent: the time of each block is kept when the interview leaves the screen; another sitting adds to it, what follows the handing
// in does not, and of the closed part nothing is told.
func TestTimeSpent(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	id := s.p.session.ID()
	spent := func() workspace.TimeSpent { return s.file().TimeSpent(id) }
	s.to("identity")
	block := s.p.parts.on
	s.p.parts.spent[block] += 10 * time.Minute
	s.p.Leave()
	if got := spent()[block].Round(time.Minute); got != 10*time.Minute {
		t.Fatalf("after the first sitting %v, want ten minutes", spent())
	}
	s = shared.open(t, "nb", 1280, 800, id)
	s.to("identity")
	s.p.parts.spent[block] += 5 * time.Minute
	s.p.enterClosed(woman)
	if s.p.outside == nil || s.p.outside.parts.on != block {
		t.Errorf("in the closed part %q is measured, want %q as before", s.p.clockOf().on, block)
	}
	s.p.leaveClosed()
	s.p.finish()
	if got := spent()[block].Round(time.Minute); got != 15*time.Minute {
		t.Errorf("after the second sitting %v, want fifteen minutes", spent())
	}
	if _, told := spent()["S"]; told {
		t.Errorf("the closed part is told: %v", spent())
	}
	before := spent().Total()
	s.p.parts.spent[block] += time.Hour
	s.p.Leave()
	if got := spent().Total(); got != before {
		t.Errorf("after the handing in %v is told, was %v", got, before)
	}
}

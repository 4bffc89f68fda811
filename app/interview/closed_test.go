package interview

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// canary stands for what must be found nowhere outside the closed part.
const canary = "Kanarifugl"

// said gives every word on the window.
func (s *screen) said() string { return strings.Join(missiontest.Words(s.window.Canvas()), "|") }

// everywhere visits every page and view of the ordinary interview and gives its words.
func (s *screen) everywhere() (words []string) {
	s.t.Helper()
	for i, at := range s.p.session.Sections() {
		for sheet := range sheets(at.Set) {
			s.p.show(i, sheet)
			words = append(words, s.said())
		}
	}
	for _, v := range []view{viewMissing, viewMarks, viewFinish, viewReadBack} {
		s.p.showView(v)
		words = append(words, s.said())
	}
	s.p.backToQuestions()
	return append(words, s.turnedWords()...)
}

// turnedWords turns the screen and gives the words of its pages.
func (s *screen) turnedWords() (words []string) {
	s.t.Helper()
	s.p.turn()
	screen, ok := s.window.Canvas().Overlays().Top().(*turned)
	if !ok {
		s.t.Fatal("the screen was not turned")
	}
	for page := range screen.pages {
		screen.show(page)
		words = append(words, strings.Join(wordsOn(screen), "|"))
	}
	screen.back()
	return words
}

// wordsOn gives what can be read on an object.
func wordsOn(o fyne.CanvasObject) (words []string) {
	missiontest.WalkObject(o, func(inner fyne.CanvasObject) {
		if text, ok := inner.(*ui.Text); ok && text.Words != "" {
			words = append(words, text.Words)
		}
	})
	return words
}

func (s *screen) escape() {
	s.t.Helper()
	key := &fyne.KeyEvent{Name: fyne.KeyEscape}
	if focused := s.window.Canvas().Focused(); focused != nil {
		focused.TypedKey(key)
		return
	}
	s.window.Canvas().OnTypedKey()(key)
}

func (s *screen) health(person uuid.UUID, name string) domain.Answer {
	return s.stored("health", domain.SingletonID(person, "health"), name)
}

// TestClosed_KeysInAndOut: one key leads into the closed part and out, Escape leads out, and the keyboard comes back to the
// question it was at.
func TestClosed_KeysInAndOut(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	s.focus("name_called")
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	if s.p.outside == nil || s.p.current() == nil {
		t.Fatal("the key does not lead into the closed part, or leaves the keyboard nowhere")
	}
	if at := s.p.session.Sections()[s.p.section]; at.Set.ID != "special" || at.Subject != woman {
		t.Errorf("it opens at %s about %s", at.Set.ID, at.Subject)
	}
	for _, words := range []string{"Test Amina Mappe", "Vises ikke for familien", s.p.t.T("interview.closed")} {
		if !strings.Contains(s.said(), words) {
			t.Errorf("the closed part does not say %q", words)
		}
	}
	s.press(fyne.KeyPageDown, fyne.KeyModifierControl)
	if id := s.p.session.Sections()[s.p.section].Set.ID; id != "health" {
		t.Errorf("the next section is %s", id)
	}
	s.escape()
	if now := s.p.current(); s.p.outside != nil || now == nil || now.path.Name != "name_called" {
		t.Errorf("Escape led to %+v", now)
	}
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	s.press(fyne.KeyG, fyne.KeyModifierAlt)
	s.escape() // the list first
	if s.p.outside == nil || s.p.view != viewQuestions {
		t.Error("Escape in the list of what is missing did not lead back to the questions")
	}
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	if s.p.outside != nil {
		t.Error("the same key does not lead out")
	}
	// Marks stand on the interview, which more people read.
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	s.press(fyne.KeyM, fyne.KeyModifierControl)
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	if marks := s.p.session.Record().Answer("come_back").List(); len(marks) > 0 {
		t.Errorf("the interview is marked %v", marks)
	}
}

// TestClosed_LeavesNoTraceOutside: answers of the closed part change no word, count or list of the ordinary interview but the
// one line that it is not finished.
func TestClosed_LeavesNoTraceOutside(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	left := s.p.t.T("interview.closed.left")
	s.everywhere() // from then on what lacks is pointed out
	before := s.everywhere()
	if !strings.Contains(strings.Join(before, "|"), left) {
		t.Error("nothing says that the closed part is not finished")
	}
	total := s.p.session.Total()
	s.p.enterClosed(woman)
	s.to("health")
	s.p.answer(s.row("urgent_before_travel"), words("yes"))
	s.typeIn("urgent_before_travel_note", canary)
	s.p.answer(s.row("mobility"), words("wheelchair_full"))
	s.to("sensitive")
	s.p.addRow()
	s.p.answer(s.row("category"), words("lhbtiq"))
	s.typeIn("note", canary)
	room := s.p.sitting
	s.p.leaveClosed()
	if got := s.health(woman, "urgent_before_travel_note").Text(); got != canary {
		t.Fatalf("stored %q", got)
	}
	after := s.everywhere()
	for i := range before {
		if diff := cmp.Diff(strings.Split(before[i], "|"), strings.Split(after[i], "|")); diff != "" {
			t.Errorf("page %d (-before +after):\n%s", i, diff)
		}
	}
	if got := s.p.session.Total(); got != total {
		t.Errorf("progress %+v, before %+v", got, total)
	}
	if len(room.page.rows)+len(room.page.boxes)+len(room.page.repeats)+len(room.middle.Objects)+len(room.header.frame.Objects) > 0 {
		t.Error("the closed part still holds what it drew")
	}
	// Finished, the line is gone and nothing else changes.
	s.p.enterClosed(woman)
	s.to("health")
	s.p.answer(s.row("needs_specialist_service"), domain.Answer{Value: []string{"none"}})
	s.p.leaveClosed()
	if all := strings.Join(s.everywhere(), "|"); strings.Contains(all, left) || strings.Contains(all, canary) {
		t.Error("the closed part is finished, and the interview says otherwise or more")
	}
	if hits, err := shared.ws.Search(t.Context(), canary, 5); err != nil || len(hits) > 0 {
		t.Errorf("a search finds %v, %v", hits, err)
	}
	again := shared.openIn(t, "nb", 1280, 800, s.p.session.ID())
	if again.p.outside != nil || strings.Contains(again.said(), canary) {
		t.Error("opened again the interview shows the closed part")
	}
}

// TestClosed_LockAtAKeystroke: a lock in the middle of typing loses nothing, neither an answer nor half of one. The interview opens
// outside: whoever unlocks may not be alone any more.
func TestClosed_LockAtAKeystroke(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	s := shared.open(t, "nb", 1280, 800, id).to("identity")
	s.typeIn("name_native_script", "Am")
	s.p.enterClosed(woman)
	s.typeIn("pregnant_due", "mar") // half a date
	s.to("health")
	s.p.answer(s.row("urgent_before_travel"), words("yes"))
	s.typeIn("urgent_before_travel_note", "Følge ")
	s.p.Leave() // what the shell calls first at lock; the quiet time has not passed
	mark := s.p.Bookmark()
	if s.p.outside != nil {
		t.Error("the closed part stays open after leaving")
	}
	shared.relock(t)
	s = shared.openIn(t, "nb", 1280, 800, mark...)
	if now := s.p.current(); s.p.outside != nil || now == nil || now.path.Name != "name_native_script" || now.in.focus.(*ui.TextField).Text != "Am" {
		t.Errorf("after lock the interview opens at %+v", s.p.here())
	}
	s.p.enterClosed(woman)
	if now := s.p.current(); now == nil || now.path.Name != "urgent_before_travel_note" || now.in.focus.(*ui.TextField).Text != "Følge " {
		t.Errorf("the closed part opens at %+v", s.p.here())
	}
	s.to("special")
	if got := s.focus("pregnant_due").in.focus.(*ui.TextField).Text; got != "mar" {
		t.Errorf("of the half date %q is left", got)
	}
}

// TestClosed_UnsavedAnswersWait: answers that could not be stored when the closed part was left are stored later.
func TestClosed_UnsavedAnswersWait(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.p.enterClosed(woman)
	s.to("health")
	session := s.p.session
	for i, at := range session.Sections() {
		if at.Set.ID == "health" {
			session.Enter(i, form.Path{Name: "mobility"}, words("no_stairs"))
		}
	}
	s.p.unsaved = append(s.p.unsaved, &sitting{session: session, saver: s.p.saver, closed: true}) // as after a failed save
	s.p.sitting, s.p.outside = *s.p.outside, nil
	s.p.put()
	if got := s.health(woman, "mobility"); got.HasValue() {
		t.Fatal("it is stored already")
	}
	s.p.enterClosed(woman)
	if s.p.session != session || len(s.p.unsaved) > 0 {
		t.Error("what waited is not taken up again")
	}
	if got := s.health(woman, "mobility").Text(); got != "no_stairs" {
		t.Errorf("stored %q", got)
	}
}

// TestClosed_ProblemsInsideOnly: the rules X10 and X11 speak in the closed part, with the way to the consequence, and nowhere else.
func TestClosed_ProblemsInsideOnly(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.p.enterClosed(woman)
	s.to("health")
	s.p.answer(s.row("mobility"), words("wheelchair_full"))
	for _, rule := range []string{"X10", "X11"} {
		if !strings.Contains(s.said(), s.p.t.T("domain.rule."+rule)) {
			t.Errorf("%s is not heard in the closed part", rule)
		}
	}
	s.p.answer(s.row("documentation"), domain.Answer{Value: []string{"MAF"}})
	go1 := find(s.p.page.problems, func(b *ui.Button) bool { return b.Text == "Bolig" })
	if go1 == nil {
		t.Fatal("nothing leads to the housing questions")
	}
	test.Tap(go1)
	if at := s.p.session.Sections()[s.p.section]; s.p.outside != nil || at.Set.ID != "housing" {
		t.Errorf("it led to %s", at.Set.ID)
	}
	s.p.answer(s.row("dwelling_needs"), domain.Answer{Value: []string{"step_free_access", "adapted_bathroom"}})
	if all := strings.Join(s.everywhere(), "|"); strings.Contains(all, s.p.t.T("domain.rule.X10")) {
		t.Error("X10 is heard outside")
	}
	s.p.enterClosed(woman)
	if strings.Contains(s.said(), s.p.t.T("domain.rule.X11")) || !strings.Contains(s.said(), s.p.t.T("domain.rule.X10")) {
		t.Error("after the home was adapted X11 should be silent and X10 not")
	}
}

// TestClosed_HouseholdChoosesOneChild: in a household interview the parent answers for children under 15, one at a time.
func TestClosed_HouseholdChoosesOneChild(t *testing.T) {
	caseID, woman := shared.family(t)
	second, err := shared.ws.Set(t.Context(), workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": words("Test Grace"), "family_name": words("Mappe"), "birth": words("2019-05"), "relation_to_pa": words("daughter"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, uuid.Nil))
	persons := s.p.session.ClosedPersons()
	if len(persons) != 2 || slices.ContainsFunc(persons, func(p workspace.ClosedPerson) bool { return p.ID == woman }) {
		t.Fatalf("the closed part concerns %v, want the two children", persons)
	}
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	if s.p.outside != nil {
		t.Fatal("somebody was chosen unasked")
	}
	choose := func(name string) {
		t.Helper()
		button := find(s.window.Canvas().Overlays().Top(), func(b *ui.Button) bool { return b.Text == name })
		if button == nil {
			t.Fatalf("%s cannot be chosen", name)
		}
		test.Tap(button)
	}
	choose("Test Grace Mappe")
	for _, at := range s.p.session.Sections() {
		if at.Subject != second.ID() {
			t.Errorf("%s asks about somebody else", at.Set.ID)
		}
	}
	s.to("health")
	s.p.answer(s.row("mobility"), words("no_stairs"))
	if got := s.health(second.ID(), "mobility"); got.Source != domain.FromFamily {
		t.Errorf("the answer is from %q, want the family", got.Source)
	}
	test.Tap(s.p.header.another)
	choose("Test Lydia Mappe")
	if s.p.session.Name() != "Test Lydia Mappe" || strings.Contains(s.said(), "Grace") {
		t.Errorf("two persons are in the closed part: %s", s.said())
	}
	s.to("health")
	if got := s.answer(form.Path{Name: "mobility"}); got.HasValue() {
		t.Error("the answer stands with the sister too")
	}
}

// TestClosed_UNHCRCodesAreConfirmed: what UNHCR wrote cannot be rewritten, only confirmed or denied.
func TestClosed_UNHCRCodesAreConfirmed(t *testing.T) {
	caseID, woman := shared.family(t)
	if _, err := shared.ws.Set(t.Context(), workspace.Target{Type: "unhcr_need", Case: caseID, Subject: woman}, map[string]domain.Answer{
		"code": known("WR-WR"), "source": known("rrf"),
	}); err != nil {
		t.Fatal(err)
	}
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, woman))
	s.p.enterClosed(woman)
	s.to("unhcr_needs")
	code := s.row("code")
	if !s.p.instance().ReadOnly(code.path) || code.ok.Hidden {
		t.Error("the code from UNHCR can be rewritten, or not be confirmed")
	}
	s.p.confirm(code)
	s.p.answer(s.row("still_valid"), words("no"))
	if a := s.answer(code.path); a.Verification != domain.ConfirmedByPerson || a.Source != domain.FromRRF || a.Text() != "WR-WR" {
		t.Errorf("confirmed: %+v", a)
	}
	s.p.addRow()
	added := s.p.current()
	if added == nil || s.p.instance().ReadOnly(added.path) {
		t.Fatal("a new need cannot be entered")
	}
	if got := s.answer(form.Path{Row: added.path.Row, Repeat: "unhcr_need", Name: "source"}).Text(); got != "interview" {
		t.Errorf("its source is %q", got)
	}
}

// TestClosed_EveryQuestionSaysWhy: a question of the closed part has a hint in each language, and its section no letter in the rail.
func TestClosed_EveryQuestionSaysWhy(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.p.enterClosed(woman)
	if len(s.p.session.Sections()) < 4 {
		t.Fatalf("%d sections", len(s.p.session.Sections()))
	}
	for i, at := range s.p.session.Sections() {
		for _, item := range at.Set.Flat() {
			for _, lang := range i18n.Languages {
				if item.Kind.Asked() && item.Hint.In(lang) == "" {
					t.Errorf("%s.%s says nothing in %s", at.Set.ID, item.Name, lang)
				}
			}
		}
		if s.p.rail.list.lines[i].letter.Words != "" {
			t.Errorf("%s has a letter", at.Set.ID)
		}
	}
}

// TestClosed_NoGapInTheLetters: the letters of the ordinary sections follow each other, as if there were nothing else.
func TestClosed_NoGapInTheLetters(t *testing.T) {
	caseID, _ := shared.family(t)
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, uuid.Nil))
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	s.p.enterClosed(s.p.session.ClosedPersons()[0].ID)
	var closed []string
	for _, at := range s.p.session.Sections() {
		closed = append(closed, at.Set.Block)
	}
	var letters []string
	for _, set := range sets {
		if !slices.Contains(closed, set.Block) && !slices.Contains(letters, set.Block) {
			letters = append(letters, set.Block)
		}
	}
	if got := strings.Join(letters, ""); got != "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:len(letters)] {
		t.Errorf("the letters are %s", got)
	}
}

// TestClosed_LooksAndLanguages draws the closed part as people see it.
func TestClosed_LooksAndLanguages(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	test.NewTempApp(t)
	for _, look := range []struct {
		name, lang    string
		variant       theme.Variant
		percent       int
		width, height float32
	}{
		{"1280", "nb", theme.Light, 100, 1280, 800},
		{"1024-dark", "nn", theme.Dark, 100, 1024, 600},
		{"1024-200", "en", theme.Light, 200, 1024, 600},
		{"tablet", "nb", theme.Light, 100, 756, 1180}, // what the frame leaves of a tablet held upright, 800 × 1280
	} {
		t.Run(look.name, func(t *testing.T) {
			theme.Apply(theme.New(look.variant, look.percent))
			s := shared.openIn(t, look.lang, look.width, look.height, id)
			missiontest.Shoot(t, s.window, "closed-outside-"+look.name)
			s.p.showView(viewMissing)
			missiontest.Shoot(t, s.window, "closed-missing-"+look.name)
			s.p.enterClosed(woman)
			for i, at := range s.p.session.Sections() {
				s.p.show(i, 0)
				if len(s.p.page.repeats) > 0 {
					s.p.addRow()
				}
				missiontest.Shoot(t, s.window, "closed-"+at.Set.ID+"-"+look.name)
				if words := s.said(); strings.Contains(words, "⟦") {
					t.Errorf("%s: %s", at.Set.ID, words)
				}
			}
			if got := s.window.Canvas().Size(); got != fyne.NewSize(look.width, look.height) {
				t.Errorf("the window grew to %v", got)
			}
			s.p.Leave()
		})
	}
}

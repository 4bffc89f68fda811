package interview

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// TestInterview_LockAtEveryKeystroke: pains.md row 1. Locking after any number of letters loses none, and the interview
// opens again where it was left. FELTBOK_LOCKS=all locks after each letter, every day it is done after some: the first, on
// both sides of a space, inside a word, and the last.
func TestInterview_LockAtEveryKeystroke(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	const sentence = "Ned i leiren"
	test.NewTempApp(t)
	locks := []int{1, 3, 4, 5, 9, len(sentence)}
	if os.Getenv("FELTBOK_LOCKS") == "all" {
		locks = nil
		for n := range len(sentence) {
			locks = append(locks, n+1)
		}
	}
	typed := 0
	for _, n := range locks {
		s := shared.openIn(t, "nb", 1280, 800, id)
		s.to("household")
		r := s.focus("place_of_stay")
		if got, want := s.answer(r.path).Text(), strings.TrimSpace(sentence[:typed]); got != want {
			t.Fatalf("before letter %d: %q stands, want %q", n, got, want)
		}
		r.in.focus.(*ui.TextField).CursorColumn = 99 // the end
		text := r.in.focus.(*ui.TextField)
		for len(text.Text) < n { // a space at the end is not kept, so it is typed again
			text.CursorColumn = len(text.Text)
			text.TypedRune(rune(sentence[len(text.Text)]))
		}
		s.p.Leave() // what the shell calls first at lock; the quiet time has not passed
		shared.relock(t)
		if got, want := (&screen{t: t, f: shared}).stored("case", caseID, "place_of_stay").Text(), strings.TrimSpace(sentence[:n]); got != want {
			t.Fatalf("after letter %d and lock: %q is stored, want %q", n, got, want)
		}
		typed = n
	}
	s := shared.openIn(t, "nb", 1280, 800, id)
	if r := s.p.current(); r == nil || r.path.Name != "place_of_stay" || r.in.focus.(*ui.TextField).Text != sentence {
		t.Errorf("the interview opened elsewhere: %+v", s.p.here())
	}
}

// TestInterview_HalfADateSurvivesLock: what is no answer yet is kept all the same.
func TestInterview_HalfADateSurvivesLock(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	s := shared.open(t, "nb", 1280, 800, id).to("household")
	s.typeIn("arrived_country_of_asylum", "mar")
	s.p.Leave()
	shared.relock(t)
	s = shared.openIn(t, "nb", 1280, 800, id).to("household")
	entry := s.focus("arrived_country_of_asylum").in.focus.(*ui.TextField)
	if entry.Text != "mar" {
		t.Fatalf("%q stands, want the half date", entry.Text)
	}
	entry.CursorColumn = 3
	for _, letter := range "s 2019" {
		entry.TypedRune(letter)
	}
	s.loop.Advance(autosave)
	if got := s.stored("case", caseID, "arrived_country_of_asylum"); got.Text() != "2019-03" || got.Reason != "" {
		t.Errorf("stored %+v, want 2019-03", got)
	}
}

func TestInterview_AutosaveAfterQuietAndAtBlur(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	s.typeIn("name_called", "Mina")
	if got := s.stored("person", woman, "name_called"); got.HasValue() {
		t.Errorf("stored %q before the quiet time", got.Text())
	}
	s.loop.Advance(autosave)
	got := s.stored("person", woman, "name_called")
	if got.Text() != "Mina" || got.Source != domain.FromSelf || got.Verification != domain.ConfirmedByPerson {
		t.Errorf("after the quiet time: %+v", got)
	}
	if s.saved.Stage != ui.SavedAt {
		t.Errorf("the status line says %v", s.saved.Stage)
	}
	s.typeIn("name_native_script", "أمينة")
	s.window.Canvas().Unfocus()
	if got := s.stored("person", woman, "name_native_script"); got.Text() != "أمينة" {
		t.Errorf("after the field was left: %+v", got)
	}
}

// TestInterview_FailedSaveKeepsTheText: a save that fails says so, keeps the answer and stores it later.
func TestInterview_FailedSaveKeepsTheText(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	s.typeIn("name_called", "Mina")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.p.saver.busy = true // a save is under way: the next one waits for it
	s.p.commit()
	s.p.saver.busy = false
	if err := s.p.session.Save(ctx); err == nil {
		t.Fatal("a cancelled save succeeded")
	} else {
		s.p.saver.told(err)
	}
	if s.saved.Stage != ui.NotSaved || len(s.p.header.trouble.Objects) != 1 {
		t.Errorf("stage %v, %d sentences: want an honest one", s.saved.Stage, len(s.p.header.trouble.Objects))
	}
	if got := s.row("name_called").in.focus.(*ui.TextField).Text; got != "Mina" {
		t.Errorf("the field shows %q", got)
	}
	s.loop.Advance(retryAfter)
	if got := s.stored("person", woman, "name_called"); got.Text() != "Mina" || s.saved.Stage != ui.SavedAt || len(s.p.header.trouble.Objects) != 0 {
		t.Errorf("after the retry: %+v, stage %v", got, s.saved.Stage)
	}
}

// TestInterview_AddRowIsFlat: pains.md row 3, row n costs what row 1 did.
func TestInterview_AddRowIsFlat(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	s.to("languages")
	add := func() time.Duration {
		begin := time.Now()
		s.p.addRow()
		spent := time.Since(begin)
		r := s.focus("language")
		s.p.answer(r, words("swa"))
		return spent
	}
	var times []time.Duration
	for range 40 {
		times = append(times, add())
	}
	if rows := s.p.instance().Rows("language"); len(rows) != 40 {
		t.Fatalf("%d rows, want 40", len(rows))
	}
	questions := 0
	for path := range s.p.page.rows {
		if path.Repeat == "language" {
			questions++
		}
	}
	if questions > 12 {
		t.Errorf("%d questions hold widgets, want those of the open row only", questions)
	}
	early, late := middleOf(times[2:10]), middleOf(times[32:])
	t.Logf("row 3–10: %v, row 33–40: %v", early, late)
	if late > 4*early+20*time.Millisecond {
		t.Errorf("rows 33–40 take %v each, rows 3–10 %v", late, early)
	}
}

func middleOf(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func (s *screen) file() *workspace.CaseFile {
	s.t.Helper()
	file, err := s.f.ws.OpenCase(s.t.Context(), s.p.session.Case(), workspace.Everything...)
	if err != nil {
		s.t.Fatal(err)
	}
	return file
}

// find returns the first object below a root that fits.
func find[T fyne.CanvasObject](root fyne.CanvasObject, fits func(T) bool) T {
	var none T
	for _, object := range test.LaidOutObjects(root) {
		if typed, ok := object.(T); ok && fits(typed) {
			return typed
		}
	}
	return none
}

func TestInterview_MissingMenu(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("languages")
	before := s.p.session.Total().RequiredMissing
	r := s.focus("literacy")
	s.p.askMissing(r)
	s.window.Canvas().Focused().TypedRune('2') // declined; the keyboard goes on to the reason
	for _, letter := range "ville ikke" {
		s.window.Canvas().Focused().TypedRune(letter)
	}
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	got := s.stored("literacy", domain.SingletonID(woman, "literacy"), "literacy")
	if got.Missing != domain.Declined || got.Reason != "ville ikke" || got.HasValue() {
		t.Errorf("stored %+v", got)
	}
	if after := s.p.session.Total().RequiredMissing; after != before-1 {
		t.Errorf("%d missing, before %d", after, before)
	}
	if r.missing.word.Words != s.p.t.T("ui.missing.declined") || !r.required.Hidden {
		t.Error("the row does not say that the person declined")
	}
	if s.p.current() == r {
		t.Error("the keyboard did not go on")
	}
	s.p.answer(r, words("reads_only"))
	if got := s.stored("literacy", domain.SingletonID(woman, "literacy"), "literacy"); got.Missing != "" || got.Text() != "reads_only" {
		t.Errorf("an answer did not take the place of the missing one: %+v", got)
	}
}

func TestInterview_KnownValueIsConfirmedByOneKey(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	r := s.focus("family_name")
	if len(r.below.Objects) != 1 || r.ok.Hidden {
		t.Fatal("nothing says that the name is known and not confirmed")
	}
	s.press(fyne.KeyB, fyne.KeyModifierAlt)
	got := s.stored("person", woman, "family_name")
	if got.Verification != domain.ConfirmedByPerson || got.Source != domain.FromRRF || got.Text() != "Mappe" {
		t.Errorf("stored %+v", got)
	}
	if !r.ok.Hidden || len(r.below.Objects) != 0 {
		t.Error("the row still asks for confirmation")
	}
	// A corrected value is the person's own.
	text := s.focus("given_names").in.focus.(*ui.TextField)
	text.CursorColumn = len(text.Text)
	text.TypedRune('h')
	s.loop.Advance(autosave)
	if got := s.stored("person", woman, "given_names"); got.Source != domain.FromSelf || got.Text() != "Test Aminah" {
		t.Errorf("a corrected value: %+v", got)
	}
}

// press runs a shortcut of the place.
func (s *screen) press(key fyne.KeyName, modifier fyne.KeyModifier) {
	s.t.Helper()
	for _, shortcut := range s.p.Shortcuts() {
		if shortcut.Key == key && shortcut.Modifier == modifier && shortcut.Do != nil {
			shortcut.Do()
			return
		}
	}
	s.t.Fatalf("no shortcut %v+%v", modifier, key)
}

// TestInterview_ConflictIsShown: two people answered differently; both answers are on screen, and what is typed meanwhile
// is not lost by the import.
func TestInterview_ConflictIsShown(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	s.typeIn("birth_place", "Goma")
	s.loop.Advance(autosave)
	_, err := shared.hq.Set(t.Context(), workspace.Target{Type: "person", ID: woman, Case: s.p.session.Case()}, map[string]domain.Answer{"birth_place": words("Bukavu")})
	if err != nil {
		t.Fatal(err)
	}
	typing := s.typeIn("name_called", "Mi")
	shared.send(t)
	r := s.row("birth_place")
	var shown []string
	for _, object := range test.LaidOutObjects(r.below) {
		if text, ok := object.(*ui.Text); ok {
			shown = append(shown, text.Words)
		}
	}
	all := strings.Join(shown, "|")
	if !strings.Contains(all, "Goma") || !strings.Contains(all, "Bukavu") {
		t.Errorf("shown: %s", all)
	}
	if s.window.Canvas().Focused() != typing.in.focus || typing.in.focus.(*ui.TextField).Text != "Mi" {
		t.Error("the import took the keyboard or the text away")
	}
	// Another answer takes the place of the shown one; the choice stays with headquarters.
	s.typeIn("birth_place", "x")
	s.loop.Advance(autosave)
	record, err := shared.ws.Get(t.Context(), "person", woman)
	if err != nil || !record.Conflicted("birth_place") {
		t.Errorf("the interviewer decided the conflict: %v, %v", record.Heads("birth_place"), err)
	}
}

func TestInterview_Keyboard(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	s.to("start")
	used := map[string]string{}
	for _, key := range s.p.Shortcuts() {
		name := fmt.Sprint(key.Modifier, key.Key)
		if used[name] != "" {
			t.Errorf("one key for %q and %q", used[name], key.Text)
		}
		used[name] = key.Text
	}
	title := func() string { return s.p.session.Sections()[s.p.section].Set.ID }
	s.press(fyne.KeyPageDown, fyne.KeyModifierControl)
	if title() != "interpreter" || s.p.current() == nil {
		t.Errorf("Ctrl+PgDn went to %s, keyboard at %v", title(), s.window.Canvas().Focused())
	}
	s.press(fyne.KeyLeft, fyne.KeyModifierControl)
	if title() != "start" {
		t.Errorf("Ctrl+Left went to %s", title())
	}
	s.to("identity")
	s.press(fyne.KeyPageDown, fyne.KeyModifierControl)
	if title() != "identity" || s.p.sheet != 1 {
		t.Errorf("Ctrl+PgDn went to %s page %d, want the second page", title(), s.p.sheet)
	}
	s.press(fyne.KeyPageUp, fyne.KeyModifierControl)
	// Enter goes to the next question; Tab goes from question to question and past no tool.
	r := s.focus("family_name")
	r.in.focus.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if now := s.p.current(); now == nil || now.path.Name != "one_name" {
		t.Errorf("Enter went to %+v", now)
	}
	s.window.Canvas().FocusNext()
	if now := s.p.current(); now == nil || now.path.Name != "name_called" {
		t.Errorf("Tab went to %+v", now)
	}
	// Marks.
	s.press(fyne.KeyM, fyne.KeyModifierControl)
	if marks := s.p.session.Marks(); len(marks) != 1 || marks[0].Path.Name != "name_called" || s.p.header.marks.Hidden {
		t.Errorf("marks %v", marks)
	}
	s.to("start")
	s.p.showView(viewMarks)
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if now := s.p.current(); now == nil || now.path.Name != "name_called" {
		t.Errorf("the list of marks led to %+v", now)
	}
	// The list of sections.
	s.window.Canvas().Focus(s.p.rail.list)
	s.p.rail.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	s.p.rail.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if title() != "languages" {
		t.Errorf("the list of sections led to %s", title())
	}
	s.press(fyne.KeyReturn, fyne.KeyModifierControl)
	if len(s.p.instance().Rows("language")) != 1 || s.p.current() == nil || s.p.current().path.Name != "language" {
		t.Error("Ctrl+Enter added no row")
	}
}

// TestInterview_LookingWritesNothing: defaults are stored with the first answer, not by opening the interview.
func TestInterview_LookingWritesNothing(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	s := shared.open(t, "nb", 1280, 800, id)
	if got := s.answer(form.Path{Name: "information_date"}).Text(); got != "2026-11-22" {
		t.Fatalf("the date of information is %q, want the day of the interview", got)
	}
	s.p.Leave()
	if got := s.stored("interview", id, "information_date"); got.HasValue() {
		t.Error("looking at the interview stored a date")
	}
	s.p.Enter(id)
	s.to("start")
	s.focus("place_kind").in.focus.TypedRune('1')
	if got := s.stored("interview", id, "information_date"); got.Text() != "2026-11-22" {
		t.Errorf("stored with the first answer: %+v", got)
	}
	if last, ok := s.p.session.LastPlace(); !ok || last.Path.Name != "place_kind" {
		t.Errorf("the last place is %+v", last)
	}
}

func TestInterview_Arguments(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	test.NewTempApp(t)
	for name, args := range map[string][]any{"identifier": {id}, "text": {id.String()}, "nothing: the newest draft": nil} {
		t.Run(name, func(t *testing.T) {
			s := shared.openIn(t, "nb", 1024, 600, args...)
			if s.p.session == nil || s.p.session.ID() != id {
				t.Errorf("opened %v", s.p.session)
			}
		})
	}
	s := shared.openIn(t, "nb", 1024, 600, id, workspace.Place{Section: 3, Path: form.Path{Name: "mother_tongue"}})
	if r := s.p.current(); r == nil || r.path.Name != "mother_tongue" {
		t.Errorf("the place asked for is not on screen: %+v", s.p.here())
	}
	s = shared.openIn(t, "nb", 1024, 600, uuid.New())
	if len(s.faults) != 1 || len(s.p.content.Objects) != 1 {
		t.Errorf("an unknown interview: faults %v", s.faults)
	}
	s.p.Leave()
}

func TestInterview_ClockIsQuiet(t *testing.T) {
	texts := i18n.For("nb")
	start := day
	for _, c := range []struct {
		minutes int
		words   string
		color   fyne.ThemeColorName
	}{
		{0, "0:00 brukt, 120 min igjen", theme.ColorMuted},
		{104, "1:44 brukt, 16 min igjen", theme.ColorMuted},
		{105, "1:45 brukt, 15 min igjen", theme.ColorWarning},
		{150, "2:30 brukt, to timer er gått", theme.ColorWarning},
		{600, "", theme.ColorMuted},
	} {
		words, color := sayClock(texts, start, start.Add(time.Duration(c.minutes)*time.Minute), true)
		if words != c.words || color != c.color {
			t.Errorf("%d min: %q %v", c.minutes, words, color)
		}
	}
}

// TestInterview_ThreeLanguages: no text lacks in any language on any page, and dates and numbers have the form of the language.
func TestInterview_ThreeLanguages(t *testing.T) {
	caseID, woman := shared.family(t)
	ids := []uuid.UUID{shared.start(t, caseID, woman), shared.start(t, caseID, uuid.Nil)}
	test.NewTempApp(t)
	for _, lang := range i18n.Languages {
		for _, id := range ids {
			s := shared.openIn(t, lang, 1024, 600, id)
			look := func(where string) {
				t.Helper()
				for _, object := range test.LaidOutObjects(s.window.Content()) {
					if text, ok := object.(*ui.Text); ok && strings.Contains(text.Words, "⟦") {
						t.Errorf("%s, %s: %s", lang, where, text.Words)
					}
				}
			}
			for i, at := range s.p.session.Sections() {
				for sheet := range sheets(at.Set) {
					s.p.show(i, sheet)
					if len(s.p.page.repeats) > 0 {
						s.p.addRow()
					}
					look(fmt.Sprint(at.Set.ID, sheet))
				}
			}
			for v := viewMissing; v <= viewReadBack; v++ {
				s.p.showView(v)
				look(fmt.Sprint("view ", v))
			}
			for _, shortcut := range s.p.Shortcuts() {
				told := shortcut.Key >= "2" && shortcut.Key <= "9" // by the line of Alt+1
				if shortcut.Text == "" && !told || strings.Contains(shortcut.Text, "⟦") {
					t.Errorf("%s: shortcut %v says %q", lang, shortcut.Key, shortcut.Text)
				}
			}
			s.p.Leave()
		}
	}
}

// TestInterview_PagesHoldFewControls: examples.md 1.6, at most some thirty controls on a page.
func TestInterview_PagesHoldFewControls(t *testing.T) {
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		seen := 0
		for i, items := range sheets(set) {
			count := 0
			for _, item := range items {
				count += questionsIn(item)
			}
			if count > 30 {
				t.Errorf("%s page %d holds %d questions", set.ID, i+1, count)
			}
			seen += count
		}
		want := 0
		for _, item := range set.Items {
			want += questionsIn(item)
		}
		if seen != want {
			t.Errorf("%s: %d questions on its pages, want %d", set.ID, seen, want)
		}
	}
}

// TestInterview_UnsavedOfAnotherCaseWaits: answers that could not be stored are not lost by opening an interview of another family; they
// are there when the first one is opened again, and stored with the next attempt.
func TestInterview_UnsavedOfAnotherCaseWaits(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	first := s.p.session
	s.to("identity")
	s.typeIn("name_called", "Mina")
	section, path := s.p.section, form.Path{Name: "name_called"}
	s.p.saver.busy = true // a save is under way and does not come to an end
	first.Enter(section, path, words("Mina"))
	caseID, other := shared.family(t)
	s.p.Enter(shared.start(t, caseID, other))
	if !first.Waiting() || len(s.p.unsaved) != 1 {
		t.Fatalf("waiting %t, %d kept", first.Waiting(), len(s.p.unsaved))
	}
	s.p.Enter(first.ID())
	if s.p.session != first || slices.ContainsFunc(s.p.unsaved, func(left *sitting) bool { return left.session == first }) {
		t.Error("what waited is not taken up again")
	}
	s.loop.Advance(retryAfter)
	s.p.store()
	if got := s.stored("person", woman, "name_called"); got.Text() != "Mina" {
		t.Errorf("stored %+v", got)
	}
}

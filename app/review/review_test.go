package review_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/review"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

var (
	big   = fyne.NewSize(1280, 800)
	small = fyne.NewSize(1024, 600)
)

// screen is the place in a window of its own.
type screen struct {
	t      *testing.T
	ws     *workspace.Workspace
	place  ui.Place
	window fyne.Window
	loop   *ui.SyncLoop
	told   *missiontest.Told
	// expects tells that the test provokes a fault.
	expects bool
}

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	session, loop, told := missiontest.Session(ws, w, lang)
	size := w.Canvas().Size()
	s := &screen{t: t, ws: ws, place: review.New(session), window: w, loop: loop, told: told}
	w.SetContent(s.place.Content())
	w.Resize(size)
	s.place.Enter(args...)
	loop.Advance(time.Second)
	t.Cleanup(func() {
		if s.expects {
			return
		}
		for _, err := range told.Faults {
			t.Errorf("fault: %v", err)
		}
	})
	return s
}

func (s *screen) says(text string) bool {
	return slices.ContainsFunc(missiontest.Words(s.window.Canvas()), func(w string) bool { return strings.Contains(w, text) })
}

func (s *screen) mustSay(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !s.says(text) {
			s.t.Errorf("the screen does not say %q", text)
		}
	}
}

func (s *screen) mustNotSay(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if s.says(text) {
			s.t.Errorf("the screen says %q", text)
		}
	}
}

// press presses the button with a text; of several the last drawn, which is the one in an open box.
func (s *screen) press(text string) {
	s.t.Helper()
	var found *ui.Button
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && !b.Disabled() && (b.Text == text || b.Label == text) {
			found = b
		}
	})
	if found == nil {
		s.t.Fatalf("no button says %q", text)
	}
	found.OnTapped()
	s.loop.Advance(time.Second)
}

// write types words into the area of an open box.
func (s *screen) write(words string) {
	s.t.Helper()
	field, ok := s.window.Canvas().Focused().(*ui.TextField)
	if !ok {
		s.t.Fatalf("the keyboard is not in a text field but in %T", s.window.Canvas().Focused())
	}
	for _, r := range words {
		field.TypedRune(r)
	}
}

func (s *screen) interview(id uuid.UUID) *workspace.Record {
	s.t.Helper()
	r, err := s.ws.Get(s.t.Context(), "interview", id)
	if err != nil || r == nil {
		s.t.Fatalf("interview: %v, %v", r, err)
	}
	return r
}

// first is the first interview of a case.
func (s *screen) first(id uuid.UUID) uuid.UUID {
	s.t.Helper()
	list, err := s.ws.Objects(s.t.Context(), "interview", id)
	if err != nil || len(list) == 0 {
		s.t.Fatalf("no interview: %v", err)
	}
	return list[0].ID()
}

func TestReview_Screens(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	lead, laptop := missiontest.Lead(t), missiontest.Laptop(t)
	if _, err := lead.Remark(t.Context(), c.ID, "person", c.Persons[0], "birth", "Er fødselsåret sett i et dokument?"); err != nil {
		t.Fatal(err)
	}
	if _, err := lead.Set(t.Context(), workspace.Target{Type: "advice", Case: c.ID, Subject: c.ID}, map[string]domain.Answer{
		"advice": {Value: "recommends_with_remarks"}, "grounds": {Value: []string{"family_profile", "municipal_capacity"}}, "basis": {Value: "interview"},
		"text": {Value: "Familien har god støtte i hverandre. Kommunen må ha tilrettelagt bolig."}, "visible_to": {Value: "imdi_udi"},
		"written_by": {Value: lead.Me().User.String()},
	}); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		name    string
		ws      *workspace.Workspace
		variant theme.Variant
		percent int
		size    fyne.Size
		lang    string
		args    []any
	}{
		{"lead-1280-light", lead, theme.Light, 100, big, "nb", []any{c.ID}},
		{"lead-1024-dark", lead, theme.Dark, 100, small, "nn", []any{c.ID}},
		{"laptop-1024-200", laptop, theme.Light, 200, small, "en", nil},
		{"laptop-1280-light", laptop, theme.Light, 100, big, "nb", []any{missiontest.Plan.Cases[0].ID}},
	} {
		t.Run(look.name, func(t *testing.T) {
			w := missiontest.Window(t, look.variant, look.percent, look.size)
			s := open(t, look.ws, w, look.lang, look.args...)
			missiontest.Shoot(t, w, "review-"+look.name)
			if got := w.Canvas().Size(); got != look.size {
				t.Errorf("the window grew to %v", got)
			}
			s.mustNotSay("⟦")
		})
	}
}

// TestReview_ReturnAndHandIn: the lead sends an interview back with a reason; it stands as a comment and comes up as sent back.
func TestReview_ReturnAndHandIn(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, big), "nb", c.ID)
	s.press("Send tilbake …")
	s.write("Yrket mangler.")
	s.press("Send tilbake …")
	s.mustSay("Sendt tilbake", "Yrket mangler.")
	if r := s.interview(s.first(c.ID)); !workspace.Returned(r) {
		t.Error("the interview is not marked as sent back")
	}
}

// TestReview_Undo: a step can be taken back from the page, and a lock asks first.
func TestReview_Undo(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, big), "nb", c.ID)
	id := s.first(c.ID)
	s.press("Gjennomgått")
	s.mustSay("Intervjuet er nå: Gjennomgått")
	s.press("Angre")
	if got := workspace.InterviewStatus(s.interview(id)); got != domain.ReadyForReview {
		t.Errorf("after undo: %s", got)
	}
	s.mustNotSay("Intervjuet er nå: Gjennomgått")
	s.press("Gjennomgått")
	s.press("Lås")
	if got := workspace.InterviewStatus(s.interview(id)); got != domain.Reviewed {
		t.Errorf("locked without asking: %s", got)
	}
	s.press("Lås")
	s.mustSay("Låst", "Endre låst intervju …")
	s.mustNotSay("Ta tilbake", "Send tilbake …")
}

// TestReview_AnswerWarning: the reason is asked for, stored, shown and taken back.
func TestReview_AnswerWarning(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	ws := missiontest.Lead(t)
	if _, err := ws.Set(t.Context(), workspace.Target{Type: "case", ID: c.ID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(17)}, "case_size_reason": {}}); err != nil {
		t.Fatal(err)
	}
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb", c.ID)
	s.mustSay("UNHCR oppgir 17 personer")
	s.press("Svar på advarselen")
	s.write("Resten reiser senere.")
	s.press("Svar på advarselen")
	s.mustSay("Grunn: Resten reiser senere.", "Besvart")
	s.press("Angre")
	s.mustNotSay("Resten reiser senere.")
}

// TestReview_CommentThread: a comment is written, answered, settled and taken up again by keyboard and buttons.
func TestReview_CommentThread(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, big), "nb", c.ID)
	s.mustSay("Ingen merknader.")
	for _, key := range s.place.(ui.Shortcutter).Shortcuts() {
		if key.Key == fyne.KeyM {
			key.Do()
		}
	}
	s.write("Ring familien i morgen.")
	s.press("Lagre")
	s.mustSay("Ring familien i morgen.", "1 merknad")
	s.press("Svar")
	s.write("Gjort.")
	s.press("Lagre")
	s.mustSay("Gjort.")
	s.press("Avklart")
	s.mustNotSay("1 merknad")
	s.press("Ta opp igjen")
	s.mustSay("1 merknad")
}

// TestReview_NothingSpecialBeforeAsked: health is neither read, counted nor hinted at before the user asks, and gone again after.
func TestReview_NothingSpecialBeforeAsked(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	ws := missiontest.Lead(t)
	// A health need without documentation is an error in the special part.
	if _, err := ws.Set(t.Context(), workspace.Target{Type: "health", Case: c.ID, Subject: c.Persons[0]}, map[string]domain.Answer{"documentation": {}}); err != nil {
		t.Fatal(err)
	}
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb", c.ID)
	rule := "Et helsebehov er registrert uten dokumentasjon"
	s.mustNotSay(rule)
	s.press("Vis helse og særskilte hensyn")
	s.mustSay(rule)
	s.place.Leave()
	s.place.Enter()
	s.loop.Advance(time.Second)
	s.mustNotSay(rule)
}

// TestReview_AdviceBySecondPerson: the author sees no button to approve; headquarters does, and notes it as sent.
func TestReview_AdviceBySecondPerson(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	lead := missiontest.Lead(t)
	s := open(t, lead, missiontest.Window(t, theme.Light, 100, big), "nb", c.ID)
	s.mustSay("Ingen råd i denne saken.")
	s.press("Nytt råd")
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "record" || s.told.Went[0].Args[0] != domain.Type("advice") {
		t.Fatalf("new advice leads to %v", s.told.Went)
	}
	if _, err := lead.Set(t.Context(), workspace.Target{Type: "advice", Case: c.ID, Subject: c.ID}, map[string]domain.Answer{
		"advice": {Value: "recommends"}, "text": {Value: "Prøvetekst."}, "written_by": {Value: lead.Me().User.String()},
	}); err != nil {
		t.Fatal(err)
	}
	s.loop.Advance(time.Second)
	s.mustSay("Prøvetekst.", "Ikke godkjent")
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && b.Text == "Godkjenn" {
			t.Error("the author may approve")
		}
	})
}

// TestReview_Empty: without interviews the place says what will stand here.
func TestReview_Empty(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, small), "nb")
	s.mustSay("Ingen intervjuer ennå", "Velg en familie")
}

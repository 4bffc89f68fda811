package review_test

import (
	"os"
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

// screen is the place in a window of its own.
type screen struct{ *missiontest.Screen }

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	return &screen{missiontest.Open(t, ws, w, lang, review.New, args...)}
}

func (s *screen) mustSay(texts ...string) {
	s.T.Helper()
	for _, text := range texts {
		if !s.Says(text) {
			s.T.Errorf("the screen does not say %q", text)
		}
	}
}

func (s *screen) mustNotSay(texts ...string) {
	s.T.Helper()
	for _, text := range texts {
		if s.Says(text) {
			s.T.Errorf("the screen says %q", text)
		}
	}
}

// press presses the button with a text; of several the last drawn, which is the one in an open box.
func (s *screen) press(text string) {
	s.T.Helper()
	var found *ui.Button
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && !b.Disabled() && (b.Text == text || b.Label == text) {
			found = b
		}
	})
	if found == nil {
		s.T.Fatalf("no button says %q", text)
	}
	found.OnTapped()
	s.Settle()
}

// write types words into the area of an open box.
func (s *screen) write(words string) {
	s.T.Helper()
	field, ok := s.Window.Canvas().Focused().(*ui.TextField)
	if !ok {
		s.T.Fatalf("the keyboard is not in a text field but in %T", s.Window.Canvas().Focused())
	}
	for _, r := range words {
		field.TypedRune(r)
	}
}

func (s *screen) interview(id uuid.UUID) *workspace.Record {
	s.T.Helper()
	r, err := s.WS.Get(s.T.Context(), "interview", id)
	if err != nil || r == nil {
		s.T.Fatalf("interview: %v, %v", r, err)
	}
	return r
}

// first is the first interview of a case.
func (s *screen) first(id uuid.UUID) uuid.UUID {
	s.T.Helper()
	list, err := s.WS.Objects(s.T.Context(), "interview", id)
	if err != nil || len(list) == 0 {
		s.T.Fatalf("no interview: %v", err)
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
	for _, look := range missiontest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			open(t, lead, look.Window(t), look.Lang, c.ID).Check("review-lead", look)
			open(t, laptop, look.Window(t), look.Lang).Check("review", look)
			open(t, laptop, look.Window(t), look.Lang, missiontest.Plan.Cases[0].ID).Check("review-case", look)
		})
	}
}

// TestReview_ReturnAndHandIn: the lead sends an interview back with a reason; it stands as a comment and comes up as sent back.
func TestReview_ReturnAndHandIn(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
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
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
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

// TestReview_UndoLater: what was sent back and what was locked can be taken back after the line below the page has gone, and each says so
// before it is done; an amendment says that it cannot.
func TestReview_UndoLater(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	id := s.first(c.ID)
	undo := func() {
		t.Helper()
		for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
			if key.Key == fyne.KeyZ && key.Do != nil {
				key.Do()
			}
		}
		s.Settle()
	}
	s.press("Send tilbake …")
	s.mustSay("Du kan angre dette til det ligger i en fil til andre.")
	s.write("Yrket mangler.")
	s.press("Send tilbake …")
	s.Loop.Advance(time.Minute)
	s.press("Angre: Sendt tilbake")
	if r := s.interview(id); workspace.Returned(r) || workspace.InterviewStatus(r) != domain.ReadyForReview {
		t.Errorf("after undo: %s", workspace.InterviewStatus(r))
	}
	s.mustNotSay("Yrket mangler.")
	s.press("Gjennomgått")
	s.press("Lås")
	s.mustSay("Du kan angre dette til det ligger i en fil til andre.")
	s.press("Lås")
	s.Loop.Advance(time.Minute)
	undo()
	s.mustSay("Angre «Låst» fra")
	s.press("Angre")
	if got := workspace.InterviewStatus(s.interview(id)); got != domain.Reviewed {
		t.Errorf("after undo of the lock: %s", got)
	}
	s.press("Lås")
	s.press("Lås")
	s.press("Endre låst intervju …")
	s.mustSay("Dette kan ikke angres.")
}

// TestReview_AnswerWarning: the reason is asked for, stored, shown and taken back.
func TestReview_AnswerWarning(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	ws := missiontest.Lead(t)
	if _, err := ws.Set(t.Context(), workspace.Target{Type: "case", ID: c.ID}, map[string]domain.Answer{"case_size_rrf": {Value: int64(17)}, "case_size_reason": {}}); err != nil {
		t.Fatal(err)
	}
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
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
	s := open(t, missiontest.Lead(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	s.mustSay("Ingen merknader.")
	for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
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
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	rule := "Et helsebehov er registrert uten dokumentasjon"
	s.mustNotSay(rule)
	s.press("Vis helse og særskilte hensyn")
	s.mustSay(rule)
	s.Place.Leave()
	s.Place.Enter()
	s.Settle()
	s.mustNotSay(rule)
}

// TestReview_AdviceBySecondPerson: the author sees no button to approve; headquarters does, and notes it as sent.
func TestReview_AdviceBySecondPerson(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	lead := missiontest.Lead(t)
	s := open(t, lead, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	s.mustSay("Ingen råd i denne saken.")
	s.press("Nytt råd")
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "record" || s.Told.Went[0].Args[0] != domain.Type("advice") {
		t.Fatalf("new advice leads to %v", s.Told.Went)
	}
	if _, err := lead.Set(t.Context(), workspace.Target{Type: "advice", Case: c.ID, Subject: c.ID}, map[string]domain.Answer{
		"advice": {Value: "recommends"}, "text": {Value: "Prøvetekst."}, "written_by": {Value: lead.Me().User.String()},
	}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	s.mustSay("Prøvetekst.", "Ikke godkjent")
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && b.Text == "Godkjenn" {
			t.Error("the author may approve")
		}
	})
}

// TestReview_UndoOfACase: a step of the case is taken back by the button where it was taken.
func TestReview_UndoOfACase(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	lead := missiontest.Lead(t)
	before, err := lead.Get(t.Context(), "case", c.ID)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, lead, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	next := domain.Next(domain.Status(before.Text("status")), lead.Me().Role)
	to := next[len(next)-1]
	if _, err := lead.StepCase(t.Context(), c.ID, to, "Prøve."); err != nil {
		t.Fatal(err)
	}
	s.Loop.Advance(time.Minute)
	s.press("Angre: " + ui.Lists().Label("status", string(to), "nb"))
	if after, err := lead.Get(t.Context(), "case", c.ID); err != nil || after.Text("status") != before.Text("status") {
		t.Errorf("the case is %q, %v", after.Text("status"), err)
	}
}

// TestReview_Empty: without interviews the place says what will stand here.
func TestReview_Empty(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Small), "nb")
	s.mustSay("Ingen intervjuer ennå", "Velg en familie")
}

// TestReview_TimeSpent: the evening review says how long an interview took, all sittings of all machines together.
func TestReview_TimeSpent(t *testing.T) {
	c := missiontest.Story(t, "wheelchair")
	laptop := missiontest.Laptop(t)
	s := open(t, laptop, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	s.mustNotSay("Tidsbruk")
	interview := s.first(c.ID)
	for _, rows := range [][]map[string]string{
		{{"block": "A", "seconds": "540"}, {"block": "C", "seconds": "1800"}},
		{{"block": "C", "seconds": "1200"}, {"block": "D", "seconds": "1500"}, {"block": "J", "seconds": "20"}, {"block": "B", "seconds": "many"}},
	} {
		if _, err := laptop.Set(t.Context(), workspace.Target{Type: "sitting", Case: c.ID, Subject: interview}, map[string]domain.Answer{"time_spent_blocks": {Value: rows}}); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, laptop, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	s.mustSay("Tidsbruk 84 min: start 9, voksne 75")
	missiontest.Shoot(t, s.Window, "review-time")
}

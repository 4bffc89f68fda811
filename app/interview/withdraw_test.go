package interview

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/ui"
	"feltbok/internal/domain"
)

// withdraw opens the earlier answers of the field that has the keyboard, and from there the window that asks why.
func (s *screen) withdraw() {
	s.t.Helper()
	s.press(fyne.KeyH, fyne.KeyModifierAlt)
	c := s.window.Canvas()
	test.Tap(missiontest.Button(s.t, c, s.p.t.T("interview.withdraw.begin")))
}

// TestWithdraw_ValueGoesAndTheRecordSaysSo: what was typed into the wrong field goes from the disk, from the screen and from what can be
// brought back; that it was withdrawn stands beside the field's earlier answers.
func TestWithdraw_ValueGoesAndTheRecordSaysSo(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	r := s.typeIn("name_called", "Feilført")
	s.loop.Advance(autosave)
	if got := s.stored("person", woman, "name_called"); got.Text() != "Feilført" {
		t.Fatalf("stored %+v", got)
	}
	s.withdraw()
	do := missiontest.Button(t, s.window.Canvas(), s.p.t.T("interview.withdraw.do"))
	if !do.Disabled() {
		t.Error("it can be withdrawn without a reason")
	}
	words := strings.Join(missiontest.Words(s.window.Canvas()), "\n")
	for _, want := range []string{"Dette kan ikke angres", "Skrevet i feil felt", "Som skjermet opplysning"} {
		if !strings.Contains(words, want) {
			t.Errorf("the window does not say %q", want)
		}
	}
	if strings.Contains(words, "⟦") {
		t.Error("a text is missing")
	}
	chips := s.window.Canvas().Focused().(*ui.Chips)
	chips.TypedRune('2')
	test.Tap(do)
	if got := s.stored("person", woman, "name_called"); got.HasValue() {
		t.Errorf("stored %+v", got)
	}
	if text := s.row("name_called").in.focus.(*ui.TextField).Text; text != "" {
		t.Errorf("the field shows %q", text)
	}
	s.focus("name_called")
	s.p.undo()
	if got := s.answer(r.path); got.HasValue() {
		t.Errorf("Ctrl+Z brings back %+v", got)
	}
	s.press(fyne.KeyH, fyne.KeyModifierAlt)
	words = strings.Join(missiontest.Words(s.window.Canvas()), "\n")
	if strings.Contains(words, "Feilført") || !strings.Contains(words, "Trukket tilbake i denne saken") || !strings.Contains(words, "Skrevet i feil felt") {
		t.Errorf("afterwards the window says %q", words)
	}
	for _, err := range s.faults {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestWithdraw_ClosedPartToASealedNote: an entry of the closed part moves to a sealed note, and the list beside the field does not say so.
func TestWithdraw_ClosedPartToASealedNote(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("identity")
	s.press(fyne.KeyL, fyne.KeyModifierAlt)
	s.to("health")
	var r *row
	for _, one := range s.p.page.rows {
		if _, text := one.in.focus.(*ui.TextField); text && one.path.Repeat == "" && r == nil {
			r = one
		}
	}
	if r == nil {
		t.Fatal("no text field in the closed part")
	}
	s.window.Canvas().Focus(r.in.focus)
	for _, letter := range "Fortrolig" {
		r.in.focus.TypedRune(letter)
	}
	s.loop.Advance(autosave)
	s.withdraw()
	chips := s.window.Canvas().Focused().(*ui.Chips)
	chips.TypedRune('3')
	s.window.Canvas().FocusNext()
	s.window.Canvas().Focused().(*ui.Chips).TypedRune('2')
	test.Tap(missiontest.Button(t, s.window.Canvas(), s.p.t.T("interview.withdraw.do")))
	if got := s.answer(r.path); got.HasValue() {
		t.Errorf("the field says %+v", got)
	}
	notes, err := s.f.ws.Objects(t.Context(), "sealed_note", s.p.session.Case())
	if err != nil || len(notes) != 1 || notes[0].Subject() != woman || !strings.HasSuffix(notes[0].Text("note"), ": Fortrolig") {
		t.Errorf("sealed notes: %v, %v", notes, err)
	}
	told, err := s.f.ws.Withdrawals(t.Context(), s.p.session.Case(), domain.Special)
	if err != nil || len(told) != 1 || told[0].Reason != domain.RedactedSensitive {
		t.Errorf("on record: %+v, %v", told, err)
	}
	s.press(fyne.KeyH, fyne.KeyModifierAlt)
	if words := strings.Join(missiontest.Words(s.window.Canvas()), "\n"); strings.Contains(words, "skjermet") {
		t.Errorf("it hints at the sealed note: %q", words)
	}
	for _, err := range s.faults {
		if err != nil {
			t.Error(err)
		}
	}
}

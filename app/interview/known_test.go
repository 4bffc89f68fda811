package interview

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/ui"
	"feltbok/internal/domain"
)

func TestInterview_KnownValueIsDisputedByOneKeyAndKept(t *testing.T) {
	s, woman := shared.interview(t, "en")
	s.to("identity")
	r := s.focus("family_name")
	s.press(fyne.KeyD, fyne.KeyModifierAlt)
	got := s.stored("person", woman, "family_name")
	if got.Verification != domain.Disputed || got.Source != domain.FromRRF || got.Text() != "Mappe" {
		t.Errorf("stored %+v", got)
	}
	if !r.ok.Hidden || !strings.Contains(r.source.word.Words, "Disputed") {
		t.Errorf("the row says %q", r.source.word.Words)
	}
	s.press(fyne.KeyD, fyne.KeyModifierAlt) // a second time says nothing new
	if again := s.stored("person", woman, "family_name"); again.Verification != domain.Disputed {
		t.Errorf("stored %+v", again)
	}
}

func TestInterview_CorrectionReplacesAndTheListsValueIsInTheHistory(t *testing.T) {
	s, woman := shared.interview(t, "en")
	s.to("identity")
	r := s.focus("family_name")
	s.press(fyne.KeyR, fyne.KeyModifierAlt)
	text := r.in.focus.(*ui.TextField)
	if text.SelectedText() != "Mappe" {
		t.Errorf("marked %q", text.SelectedText())
	}
	for _, letter := range "Perm" {
		text.TypedRune(letter)
	}
	s.loop.Advance(autosave)
	if got := s.stored("person", woman, "family_name"); got.Text() != "Perm" || got.Source != domain.FromSelf || got.Verification != domain.ConfirmedByPerson {
		t.Errorf("stored %+v", got)
	}
	s.press(fyne.KeyH, fyne.KeyModifierAlt)
	words := strings.Join(missiontest.Words(s.p.s.Window.Canvas()), "\n")
	for _, want := range []string{"Answers before and now", "Perm", "Stands", "Mappe", "UNHCR registration form (RRF) · Unverified"} {
		if !strings.Contains(words, want) {
			t.Errorf("the history does not say %q", want)
		}
	}
	if strings.Contains(words, "⟦") {
		t.Error("a text is missing")
	}
}

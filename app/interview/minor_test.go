package interview

import (
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// TestInterview_MinorNamesWhoComesAlong: the status of a minor is asked of everybody who is not here as a child of the principal applicant,
// and the adult who comes along is chosen among the persons of the case, by name.
func TestInterview_MinorNamesWhoComesAlong(t *testing.T) {
	caseID, aunt := shared.family(t)
	daughter := uuid.Nil
	file, err := shared.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range file.Persons() {
		if person.ID() != aunt {
			daughter = person.ID()
		}
	}
	niece, err := shared.ws.Set(t.Context(), workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": words("Test Grace"), "family_name": words("Mappe"), "birth": words("2012-05"), "relation_to_pa": words("niece_nephew"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, uuid.Nil))
	var asked []uuid.UUID
	for _, at := range s.p.session.Sections() {
		if at.Set.ID == "minor" {
			asked = append(asked, at.Subject)
		}
	}
	if len(asked) != 1 || asked[0] != niece.ID() {
		t.Fatalf("asked of %v, want %s and neither %s nor %s", asked, niece.ID(), aunt, daughter)
	}
	s.to("minor")
	s.p.answer(s.row("confirmed_unaccompanied"), words("yes"))
	field := s.typeIn("accompanying_person", "mina").in.focus.(*ui.PickEntry)
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.loop.Advance(autosave)
	if got := s.stored("minor", domain.SingletonID(niece.ID(), "minor"), "accompanying_person"); got.Text() != aunt.String() {
		t.Errorf("stored %+v, want %s", got, aunt)
	}
	if field.Text != "Test Amina Mappe" {
		t.Errorf("the field says %q", field.Text)
	}
	again := shared.open(t, "nb", 1280, 800, s.p.session.ID()).to("minor").row("accompanying_person").in.focus.(*ui.PickEntry)
	if again.Text != "Test Amina Mappe" {
		t.Errorf("opened again the field says %q", again.Text)
	}
}

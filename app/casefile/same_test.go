package casefile_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/internal/workspace"
)

// TestAddPerson_OneAfterTheOther: the key that begins a person saves the one on the sheet first; what the family shares is copied by a key,
// marked as copied, and never over what is typed.
func TestAddPerson_OneAfterTheOther(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	before := len(s.file(id).Persons())
	s.key(fyne.KeyN)
	s.write("Fornavn", "Linjal")
	s.write("Etternavn", "Testesen")
	s.take("Relasjon til hovedsøker", "datter")
	s.take("Morsmål", "swahili")
	s.key(fyne.KeyN)
	s.Settle()
	if got := len(s.file(id).Persons()); got != before+1 {
		t.Fatalf("%d persons after the second Ctrl+N, want %d", got, before+1)
	}
	if name := s.field("Fornavn"); s.Window.Canvas().Focused() != name {
		t.Fatal("the keyboard is not in the first field of the next person")
	}
	s.write("Fornavn", "Passer")
	s.write("Etternavn", "Annetnavn")
	s.shortcut(fyne.KeyC, fyne.KeyModifierAlt)
	if !s.Says("Kopiert fra Linjal Testesen") {
		t.Error("the sheet does not say what was copied")
	}
	s.shortcut(fyne.KeyS, fyne.KeyModifierControl)
	s.Settle()
	persons := s.file(id).Persons()
	at := slices.IndexFunc(persons, func(r *workspace.Record) bool { return r.Text("given_names") == "Passer" })
	if at < 0 || len(persons) != before+2 {
		t.Fatalf("%d persons, want %d", len(persons), before+2)
	}
	if tongue := persons[at].Answer("mother_tongue"); tongue.Text() == "" || !workspace.Copied(tongue) {
		t.Errorf("the mother tongue was not copied, or is not marked: %+v", tongue)
	}
	if family := persons[at].Answer("family_name"); family.Text() != "Annetnavn" || workspace.Copied(family) {
		t.Errorf("what was typed was copied over: %+v", family)
	}
}

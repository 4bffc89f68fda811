package desk_test

import (
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/desk"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

func mustConflicts(t *testing.T) (*exchangetest.Installation, *placetest.Stage, *desk.Conflicts) {
	t.Helper()
	in := exchangetest.Conflict.Copy(t, "hq")
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, "nb")
	p := desk.NewConflicts(st.Session).(*desk.Conflicts)
	st.Show(p)
	return in, st, p
}

// TestConflicts_DecidedByKeyboard takes the second value of the second conflict without a pointer: down, 2, Enter to the reason, 1,
// Enter on the decision.
func TestConflicts_DecidedByKeyboard(t *testing.T) {
	in, st, _ := mustConflicts(t)
	for _, part := range []string{"Når er du født?", "Hva er sivilstanden din?", "Hva er morsmålet ditt?", "3 spørsmål har ulike svar.", "mars 1992", "laptop-b", "Personen selv", "Dokument sett"} {
		if !st.Says(part) {
			t.Errorf("not on screen: %q", part)
		}
	}
	st.Key(t, fyne.KeyDown)
	if !st.Says("Gift") || !st.Says("Enke eller enkemann") && !st.Says("Enke/enkemann") {
		t.Errorf("codes must be shown by their labels: %q", st.Words())
	}
	before, err := in.HQ.WS.Conflicts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	taken := before[1]
	st.Key(t, fyne.KeyReturn) // nothing chosen: goes nowhere
	st.Rune(t, '2')
	st.Key(t, fyne.KeyReturn) // to the reasons
	st.Rune(t, '1')           // "a document was seen", on to the decision
	st.Key(t, fyne.KeyReturn)
	st.NoFaults(t)
	record, err := in.HQ.WS.Get(t.Context(), "person", in.Person)
	if err != nil {
		t.Fatal(err)
	}
	got := record.Answer(taken.Field)
	if record.Conflicted(taken.Field) || got.Text() != taken.Heads[1].Answer.Text() || got.Reason != "Dokument er sett" {
		t.Errorf("%s = %+v, want %q with the reason", taken.Field, got, taken.Heads[1].Answer.Text())
	}
	if !st.Says("2 spørsmål har ulike svar.") {
		t.Errorf("the decided one must be gone: %q", st.Words())
	}
	for range 2 { // the keyboard is at the next conflict at once
		st.Rune(t, '1')
		st.Key(t, fyne.KeyReturn)
		st.Rune(t, '2')
		st.Key(t, fyne.KeyReturn)
	}
	st.NoFaults(t)
	if left, _ := in.HQ.WS.Conflicts(t.Context()); len(left) != 0 || !st.Says("Ingen konflikter") {
		t.Errorf("%d conflicts left: %q", len(left), st.Words())
	}
}

// TestConflicts_NoDecisionWithoutReason: pains.md row 10; a losing value is never dropped in silence.
func TestConflicts_NoDecisionWithoutReason(t *testing.T) {
	in, st, p := mustConflicts(t)
	st.Rune(t, '1')
	if p.CanDecide() || !st.Says("Si hvorfor.") {
		t.Error("a value without a reason must not be enough")
	}
	p.Decide()
	if left, _ := in.HQ.WS.Conflicts(t.Context()); len(left) != 3 {
		t.Errorf("%d conflicts left, want 3", len(left))
	}
}

func TestConflicts_AnotherAnswer(t *testing.T) {
	in, st, p := mustConflicts(t)
	st.Tap(t, "Skriv et annet svar")
	for _, r := range "mars 1991" {
		st.Rune(t, r)
	}
	st.Key(t, fyne.KeyReturn)
	p.Reason("talked", "ringt intervjuer A")
	if !p.CanDecide() {
		t.Fatalf("answer and reason are given: %q", st.Words())
	}
	p.Decide()
	st.NoFaults(t)
	record, err := in.HQ.WS.Get(t.Context(), "person", in.Person)
	if err != nil {
		t.Fatal(err)
	}
	got := record.Answer("birth")
	if got.Text() != "1991-03" || got.Reason != "Avklart med intervjuerne: ringt intervjuer A" || got.Source != domain.FromHQ {
		t.Errorf("birth = %+v", got)
	}
}

// TestConflicts_ReadableWithoutTheRight: the field is shown, the decision is not offered.
func TestConflicts_ReadableWithoutTheRight(t *testing.T) {
	in := exchangetest.Conflict.Copy(t, "hq", "laptop-a", "laptop-b")
	a, b := in.Laptops[0], in.Laptops[1]
	exchangetest.Send(t, in.HQ, a.Name, a)
	exchangetest.Send(t, b, a.Name, a)
	st := placetest.New(t, a.WS, a.Dir, "nb")
	p := desk.NewConflicts(st.Session).(*desk.Conflicts)
	st.Show(p)
	if !st.Says("Når er du født?") {
		t.Fatalf("a field device must see its conflicts: %q", st.Words())
	}
	p.Deny()
	st.Rune(t, '1')
	if p.CanDecide() || st.Says("Avgjør") || !st.Says("Hovedkontoret avgjør.") {
		t.Errorf("without the right there is nothing to press: %q", st.Words())
	}
}

func TestConflicts_ThreeLanguages(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	empty := placetest.New(t, in.HQ.WS, in.HQ.Dir, "nn")
	empty.Show(desk.NewConflicts(empty.Session))
	if !empty.Says("Ingen konfliktar") {
		t.Errorf("empty: %q", empty.Words())
	}
	in = exchangetest.Conflict.Copy(t, "hq")
	for _, lang := range i18n.Languages {
		st := placetest.New(t, in.HQ.WS, in.HQ.Dir, lang)
		p := desk.NewConflicts(st.Session)
		st.Show(p)
		for range 3 {
			st.NoKeys(t)
			st.Key(t, fyne.KeyDown)
		}
		st.Window.Resize(fyne.NewSize(640, 560))
		st.NoKeys(t)
		st.NoFaults(t)
	}
}

// TestLabels_EveryFieldOfTheFieldWork has a label of its own or from its question, in three languages: no raw name reaches a person.
func TestLabels_EveryFieldOfTheFieldWork(t *testing.T) {
	if _, err := form.All(); err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		for _, info := range domain.Types() {
			if words := desk.TypeLabel(texts, info.Type); info.Compartment != domain.Audit && strings.HasPrefix(words, "⟦") {
				t.Errorf("%s: type %s", lang, info.Type)
			}
			if info.Compartment != domain.Case && info.Compartment != domain.Special {
				continue
			}
			for _, f := range info.Fields {
				if technical(info.Type) {
					continue
				}
				if words := desk.FieldLabel(texts, info.Type, f.Name); words == strings.ReplaceAll(f.Name, "_", " ") && strings.Contains(f.Name, "_") {
					t.Errorf("%s: no label for %s.%s", lang, info.Type, f.Name)
				}
			}
		}
	}
}

// technical types are written by the program, never by two people at once.
func technical(t domain.Type) bool {
	switch t {
	case "case_attachment", "special_attachment", "case_import", "special_import", "staff", "roster_link":
		return true
	}
	return false
}

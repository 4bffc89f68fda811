package casefile_test

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// laptopCase opens the case of a story on the interviewer's machine.
func laptopCase(t *testing.T, story string) (*screen, uuid.UUID) {
	t.Helper()
	ws := missiontest.Laptop(t)
	c := missiontest.Story(t, story)
	return open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID), c.ID
}

func (s *screen) file(id uuid.UUID) *workspace.CaseFile {
	s.T.Helper()
	file, err := s.WS.OpenCase(s.T.Context(), id, workspace.Everything...)
	if err != nil {
		s.T.Fatal(err)
	}
	return file
}

// field finds the widget below a label in the side panel.
func (s *screen) field(label string) fyne.Focusable {
	s.T.Helper()
	var found fyne.Focusable
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		field, ok := o.(*ui.Field)
		if !ok || found != nil {
			return
		}
		mine := false
		missiontest.WalkObject(field, func(inner fyne.CanvasObject) {
			if text, ok := inner.(*ui.Text); ok && text.Words == label && text.Bold {
				mine = true
			}
		})
		if !mine {
			return
		}
		missiontest.WalkObject(field, func(inner fyne.CanvasObject) {
			if _, button := inner.(*ui.Button); button {
				return
			}
			if focusable, ok := inner.(fyne.Focusable); ok && found == nil {
				found = focusable
			}
		})
	})
	if found == nil {
		s.T.Fatalf("no field is called %q", label)
	}
	return found
}

// write types into a text field as a person does.
func (s *screen) write(label, text string) {
	s.T.Helper()
	widget := s.field(label)
	s.Window.Canvas().Focus(widget)
	for _, r := range text {
		widget.TypedRune(r)
	}
}

// take picks out of a long list by typing and Enter.
func (s *screen) take(label, text string) {
	s.T.Helper()
	pick := s.field(label).(*ui.PickEntry)
	s.Window.Canvas().Focus(pick)
	pick.SetText(text)
	if !pick.Opened() {
		s.T.Fatalf("%s: nothing is offered for %q", label, text)
	}
	pick.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func TestAddPerson_TwentyClicksMakeOne(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	before := len(s.file(id).Persons())
	s.key(fyne.KeyN)
	s.write("Fornavn", "Linjal")
	s.write("Etternavn", "Testesen")
	s.field("Kjønn").TypedRune('1')
	s.write("Født", "mars 2015")
	s.take("Relasjon til hovedsøker", "datter")
	save := missiontest.Button(t, s.Window.Canvas(), "Lagre")
	for range 20 {
		save.OnTapped()
	}
	s.Settle()
	persons := s.file(id).Persons()
	if len(persons) != before+1 {
		t.Fatalf("%d persons after adding one to %d", len(persons), before)
	}
	at := slices.IndexFunc(persons, func(r *workspace.Record) bool { return r.Text("given_names") == "Linjal" })
	if at < 0 {
		t.Fatal("the person has not the name that was typed")
	}
	got := map[string]string{}
	for _, field := range []string{"family_name", "sex", "birth", "relation_to_pa", "household"} {
		got[field] = persons[at].Text(field)
	}
	want := map[string]string{"family_name": "Testesen", "sex": "female", "birth": "2015-03", "relation_to_pa": "daughter", "household": s.file(id).Households()[0].ID().String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	// From here on the sheet saves by itself, and leaving commits what is being typed.
	s.write("Vil kalles", "Lin")
	s.Place.Leave()
	if got := s.file(id).Person(persons[at].ID()).Text("name_called"); got != "Lin" {
		t.Errorf("after leaving the page name_called = %q", got)
	}
}

// TestAddPerson_AlreadyThere: the sheet says quietly, while the name is typed, that the person may be in the register already.
func TestAddPerson_AlreadyThere(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	known := s.file(id).Persons()[0]
	s.key(fyne.KeyN)
	s.write("Fornavn", known.Text("given_names"))
	s.write("Etternavn", known.Text("family_name"))
	s.Settle()
	if !s.Says("Alt+P viser hvem.") && !s.Says("registeret har et navn som ligner. Alt+P viser hvem.") {
		t.Fatal("nothing is said of a name that is there already")
	}
}

func TestAddPerson_NeedsAName(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	before := len(s.file(id).Persons())
	s.key(fyne.KeyN)
	s.press("Lagre")
	if got := len(s.file(id).Persons()); got != before {
		t.Fatalf("a person without a name was stored: %d, had %d", got, before)
	}
	if !s.Says("Personen må ha fornavn eller etternavn") {
		t.Error("the page does not say what is missing")
	}
}

func TestAddRelation(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	persons := s.file(id).Persons()
	before := len(s.file(id).Relations())
	s.key(fyne.KeyR)
	s.take("Hvem er …", persons[1].Text("given_names"))
	s.take("… hva?", "søsken")
	s.take("… til hvem?", persons[2].Text("given_names"))
	save := missiontest.Button(t, s.Window.Canvas(), "Lagre")
	for range 20 {
		save.OnTapped()
	}
	s.Settle()
	all := s.file(id).Relations()
	if len(all) != before+1 {
		t.Fatalf("%d relations after adding one to %d", len(all), before)
	}
	sentence := domain.DisplayName(persons[1].Answer) + " er søsken til " + domain.DisplayName(persons[2].Answer)
	if !s.Says(sentence) {
		t.Errorf("the list does not say %q", sentence)
	}
	// Removing it can be taken back.
	s.press("Fjern: " + sentence)
	if got := len(s.file(id).Relations()); got != before {
		t.Fatalf("%d relations after removing, want %d", got, before)
	}
	s.press("Angre")
	if got := len(s.file(id).Relations()); got != before+1 {
		t.Errorf("%d relations after taking the removal back, want %d", got, before+1)
	}
}

func TestRelation_RuleSpeaksUp(t *testing.T) {
	s, id := laptopCase(t, "mother_with_three")
	file := s.file(id)
	persons := file.Persons()
	// A second spouse of the mother: the rule of domain.md 7.5 is heard beside the list.
	for _, other := range persons[1:3] {
		if _, err := s.WS.Set(t.Context(), workspace.Target{Type: "relation", Case: id}, map[string]domain.Answer{
			"person_a": domain.TextAnswer(persons[0].ID().String()), "person_b": domain.TextAnswer(other.ID().String()), "type": domain.TextAnswer("spouse"),
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.Settle()
	s.choose(2)
	if !s.Says("mer enn én ektefelle") {
		t.Error("the page does not say that a person has two spouses")
	}
	s.choose(1)
	if s.Says("under 18 år er registrert med ektefelle") {
		t.Error("the household view speaks of a married minor")
	}
}

func TestEdit_AutosaveKeepsTheRest(t *testing.T) {
	s, id := laptopCase(t, "one_name")
	principal := s.file(id).Persons()[0]
	s.Place.Enter(id, principal.ID())
	s.Settle()
	s.write("Vil kalles", "Ko")
	s.Settle() // no key, no button: a pause is enough
	after := s.file(id).Person(principal.ID())
	if got := after.Text("name_called"); got != "Ko" {
		t.Fatalf("name_called = %q after a pause", got)
	}
	for _, field := range principal.Fields() {
		if diff := cmp.Diff(principal.Answer(field), after.Answer(field)); diff != "" {
			t.Errorf("%s changed too: %s", field, diff)
		}
	}
	// Confirming keeps value and source.
	answer := after.Answer("birth")
	if answer.Verification != domain.Unverified {
		t.Fatalf("birth is %q before", answer.Verification)
	}
	s.field("Født")
	var confirm *ui.Button
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		field, ok := o.(*ui.Field)
		if !ok {
			return
		}
		isBirth := false
		missiontest.WalkObject(field, func(inner fyne.CanvasObject) {
			if text, ok := inner.(*ui.Text); ok && text.Words == "Født" {
				isBirth = true
			}
			if b, ok := inner.(*ui.Button); ok && isBirth && b.Text == "Bekreft" {
				confirm = b
			}
		})
	})
	if confirm == nil {
		t.Fatal("no button confirms the birth date")
	}
	confirm.OnTapped()
	s.Settle()
	got := s.file(id).Person(principal.ID()).Answer("birth")
	if got.Verification != domain.ConfirmedByPerson || got.Source != answer.Source || got.Text() != answer.Text() {
		t.Errorf("confirmed: %+v, was %+v", got, answer)
	}
}

func TestInterview_StartByAge(t *testing.T) {
	s, id := laptopCase(t, "one_name") // two adults and children of 10, 6 and 1
	s.choose(3)
	start := missiontest.Button(t, s.Window.Canvas(), "Start samtale med barn")
	for range 20 {
		start.OnTapped()
	}
	s.Settle()
	interviews := s.file(id).Interviews()
	if len(interviews) != 1 {
		t.Fatalf("20 presses made %d interviews, want 1", len(interviews))
	}
	if got := interviews[0].Text("type"); got != "child_talk" {
		t.Errorf("type = %q", got)
	}
	last := s.Told.Went[len(s.Told.Went)-1]
	if last.Place != "interview" || last.Args[0] != interviews[0].ID() {
		t.Errorf("led to %v", last)
	}
	if !s.Says("Fortsett intervjuet") {
		t.Error("the page does not offer to go on with it")
	}
}

func TestConflict_ShowsBothAndLocksTheField(t *testing.T) {
	s, id := laptopCase(t, "mother_with_three")
	child := s.file(id).Persons()[2]
	conflicted(t, s.WS, workspace.Target{Type: "person", ID: child.ID(), Case: id}, "birth_place", "Testby")
	conflicted(t, s.WS, workspace.Target{Type: "person", ID: child.ID(), Case: id}, "name_called", "Bok")
	conflicted(t, s.WS, workspace.Target{Type: "person", ID: child.ID(), Case: id}, "name_called", "Stol")
	s.Settle()
	s.choose(6)
	for _, words := range []string{"Bok", "Stol", "Vil kalles"} {
		if !s.Says(words) {
			t.Errorf("the conflict does not show %q", words)
		}
	}
	if s.Says("Avgjør konflikter") {
		t.Error("an interviewer is offered to decide")
	}
	s.Place.Enter(id, child.ID())
	s.Settle()
	if field := s.field("Vil kalles").(*ui.TextField); !field.Disabled() {
		t.Error("a field in conflict can be overwritten")
	}
}

// Nothing of a sealed entry stands anywhere but on the page of its own: every word of every section is the same before and after one is
// added, and after the page was closed again (security.md 2.2).
func TestSealed_OnItsOwnPageOnly(t *testing.T) {
	const secret = "Kanarifugl i bur"
	s, id := laptopCase(t, "mother_with_three")
	child := s.file(id).Persons()[1]
	all := func() (words [][]string) {
		for section := 1; section <= 6; section++ {
			s.choose(section)
			words = append(words, s.Words())
		}
		s.choose(1)
		s.Place.Enter(id, child.ID())
		s.Settle()
		words = append(words, s.Words())
		s.key(fyne.KeyE)
		return words
	}
	before := all()
	s.openSealed()
	s.take("Hvem gjelder det?", child.Text("given_names"))
	s.write("Det som skal skjermes", secret)
	save := missiontest.Button(t, s.Window.Canvas(), "Lagre skjermet")
	for range 20 {
		save.OnTapped()
	}
	s.Settle()
	if !s.Says(secret) {
		t.Fatal("the page does not show the entry to its author")
	}
	if got := len(s.file(id).Sealed()); got != 1 {
		t.Fatalf("20 presses made %d entries", got)
	}
	for _, button := range []string{"Ny merknad", "Svar"} { // what is said about it stands there too, and nowhere else
		s.press(button)
		for _, r := range secret + " " + button {
			s.Window.Canvas().Focused().TypedRune(r)
		}
		s.press("Lagre")
		s.Settle()
		if !s.Says(secret + " " + button) {
			t.Errorf("the page does not show the comment made with %q", button)
		}
	}
	s.press("Avklart")
	s.Settle()
	if threads := s.file(id).SealedThreads(s.file(id).Sealed()[0].ID()); len(threads) != 1 || len(threads[0].Answers) != 1 || !threads[0].Settled {
		t.Errorf("comments: %+v", threads)
	}
	s.press("Tilbake til saken")
	if diff := cmp.Diff(before, all()); diff != "" {
		t.Errorf("the case file changed (-before +after):\n%s", diff)
	}
	// The same for what is typed and left: it is kept, and stays on its page.
	s.openSealed()
	s.take("Hvem gjelder det?", child.Text("given_names"))
	s.write("Det som skal skjermes", "Kanarifugl nummer to")
	s.Place.Leave()
	s.Place.Enter(id)
	s.Settle()
	if got := len(s.file(id).Sealed()); got != 2 {
		t.Errorf("%d entries after leaving in the middle of typing, want 2", got)
	}
	if slices.ContainsFunc(s.Words(), func(w string) bool { return strings.Contains(w, "Kanarifugl") }) {
		t.Error("the sealed page is still open after the place was left")
	}
	if diff := cmp.Diff(before, all()); diff != "" {
		t.Errorf("the case file changed (-before +after):\n%s", diff)
	}
}

// Needs of compartment special show neither on the household view nor in any count.
func TestSpecial_NotInTheHouseholdView(t *testing.T) {
	s, id := laptopCase(t, "one_name")
	before := s.Words()
	person := s.file(id).Persons()[1].ID()
	if _, err := s.WS.Set(t.Context(), workspace.Target{Type: "health", Case: id, Subject: person}, map[string]domain.Answer{"mobility": domain.TextAnswer("wheelchair_full")}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	if diff := cmp.Diff(before, s.Words()); diff != "" {
		t.Errorf("the household view changed (-before +after):\n%s", diff)
	}
	s.choose(5)
	if s.Says("Rullestol") {
		t.Error("the list of what is missing names a health matter unasked")
	}
	if s.Says("Vis også særskilte opplysninger") {
		t.Error("the list of what is missing offers health matters")
	}
	s.choose(4)
	if s.Says("Rullestol") {
		t.Error("the page of needs names a health matter unasked")
	}
	s.press("Lukket del")
	if s.Says("Rullestol") {
		t.Error("the closed part shows somebody before anybody was chosen")
	}
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if chips, ok := o.(*ui.Chips); ok {
			s.Window.Canvas().Focus(chips)
			chips.TypedRune('2')
		}
	})
	for _, words := range []string{"Rullestol hele tiden krever", "Hvordan kommer du deg fram?", "Rullestol hele tiden"} {
		if !s.Says(words) {
			t.Errorf("the closed part of the person does not say %q", words)
		}
	}
	s.Place.Leave()
	s.Place.Enter(id)
	s.Settle()
	if s.Says("Rullestol") {
		t.Error("the closed part is still open after the place was left")
	}
}

func TestConflict_HeadquartersDecides(t *testing.T) {
	ws := missiontest.HQ(t)
	c := missiontest.Story(t, "mother_with_three")
	conflicted(t, ws, workspace.Target{Type: "person", ID: c.Persons[0], Case: c.ID}, "sex", "male")
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Small), "nb", c.ID)
	if s.Says("Start husstandsintervju") {
		t.Error("headquarters is offered to interview")
	}
	s.choose(6)
	missiontest.Shoot(t, s.Window, "casefile-conflicts-hq")
	s.press("Avgjør konflikter")
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "conflicts" {
		t.Errorf("led to %v", s.Told.Went)
	}
}

func TestHousehold_AddMoveAndFocus(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	s.press("Legg til husstand")
	homes := s.file(id).Households()
	if len(homes) != 2 {
		t.Fatalf("%d households after adding one", len(homes))
	}
	if homes[1].Text("name") != "Husstand 2" {
		slices.Reverse(homes)
	}
	s.key(fyne.KeyE)
	mother := s.file(id).Persons()[2]
	s.Place.Enter(id, mother.ID())
	s.Settle()
	s.field("Husstand").TypedRune('2')
	s.Settle()
	if got := s.file(id).Person(mother.ID()).Text("household"); got != homes[1].ID().String() {
		t.Errorf("the person is in %s, want the new household", got)
	}
	// Closing the panel gives the keyboard back to the card it came from, and drawing anew does not take it away.
	s.key(fyne.KeyE)
	var card *ui.DragCard
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.DragCard); ok && card == nil {
			card = c
		}
	})
	s.Window.Canvas().Focus(card)
	card.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.write("Vil kalles", "x")
	s.Settle()
	s.key(fyne.KeyE)
	s.Settle()
	again, ok := s.Window.Canvas().Focused().(*ui.DragCard)
	if !ok || again.Label != card.Label {
		t.Errorf("after closing the panel the keyboard is at %T", s.Window.Canvas().Focused())
	}
}

func TestProblems_LeadToTheField(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	person := s.file(id).Persons()[1]
	if _, err := s.WS.Set(t.Context(), workspace.Target{Type: "person", ID: person.ID(), Case: id}, map[string]domain.Answer{"interpreter_language_1": {}}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	s.choose(5)
	if !s.Says("Ønsket tolkespråk mangler") {
		t.Fatal("the missing language is not listed")
	}
	var there *ui.Button
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		row, ok := o.(*fyne.Container)
		if !ok {
			return
		}
		mine := false
		for _, child := range row.Objects {
			missiontest.WalkObject(child, func(inner fyne.CanvasObject) {
				if text, ok := inner.(*ui.Text); ok && strings.HasPrefix(text.Words, "Ønsket tolkespråk mangler") {
					mine = true
				}
			})
			if b, ok := child.(*ui.Button); ok && mine {
				there = b
			}
		}
	})
	if there == nil {
		t.Fatal("no button leads to the field")
	}
	there.OnTapped()
	s.Settle()
	if s.Window.Canvas().Focused() != s.field("Tolkespråk") {
		t.Errorf("the keyboard is at %T", s.Window.Canvas().Focused())
	}
}

// TestHeader_SaysWhereTheWorkIs: on this machine only, and what to do about it.
func TestHeader_SaysWhereTheWorkIs(t *testing.T) {
	s, id := laptopCase(t, "one_name")
	if s.Says("Lag en fil til hovedkontoret.") {
		t.Error("something is said of a case in which nothing was written here")
	}
	person := s.file(id).Persons()[0].ID()
	if _, err := s.WS.Set(t.Context(), workspace.Target{Type: "person", ID: person, Case: id}, map[string]domain.Answer{"birth_place": domain.TextAnswer("Byen")}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	if !s.Says("Bare på denne maskinen") || !s.Says("Lag en fil til hovedkontoret.") {
		t.Errorf("the header does not say where the work is: %q", s.Words())
	}
}

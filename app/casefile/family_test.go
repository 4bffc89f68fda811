package casefile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/workspace"
)

// card finds the card of a person in the picture.
func (s *screen) card(person *workspace.Record) *ui.DragCard {
	s.T.Helper()
	var found *ui.DragCard
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.DragCard); ok && strings.Contains(c.Label, domain.DisplayName(person.Answer)) {
			found = c
		}
	})
	if found == nil {
		s.T.Fatalf("no card shows %s", person.ID())
	}
	return found
}

// letter types a letter on the card of a person.
func (s *screen) letter(person *workspace.Record, r rune) {
	s.T.Helper()
	card := s.card(person)
	s.Window.Canvas().Focus(card)
	card.TypedRune(r)
	s.Settle()
}

// undo takes back what was done last, with the program's own key.
func (s *screen) undo() {
	s.T.Helper()
	for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
		if key.Key == fyne.KeyZ {
			key.Do()
		}
	}
	s.Settle()
}

// chip chooses in the choices of an open dialog.
func (s *screen) chip(label string, keys string) {
	s.T.Helper()
	widget := s.field(label)
	for _, r := range keys {
		widget.TypedRune(r)
	}
}

// role finds somebody by the relation to the principal applicant.
func (s *screen) role(id uuid.UUID, role string) *workspace.Record {
	s.T.Helper()
	for _, p := range s.file(id).Persons() {
		if p.Text("relation_to_pa") == role {
			return p
		}
	}
	s.T.Fatalf("nobody is %s", role)
	return nil
}

// snapshot says who is where and what to whom, so that an undo can be compared.
func (s *screen) snapshot(id uuid.UUID) string {
	s.T.Helper()
	file := s.file(id)
	var lines []string
	for _, p := range file.Persons() {
		lines = append(lines, fmt.Sprint("person ", p.ID(), p.Text("household"), p.Text("left_case"), p.Text("left_case_date"), p.Text("present_at_interview"), p.Text("whereabouts")))
	}
	for _, r := range file.Relations() {
		lines = append(lines, fmt.Sprint("relation ", r.ID(), r.Text("person_a"), r.Text("type"), r.Text("person_b"), r.Text("until")))
	}
	for _, h := range file.Households() {
		lines = append(lines, fmt.Sprint("household ", h.ID(), h.Text("name"), h.Text("note")))
	}
	lines = append(lines, fmt.Sprint(file.Case().Answer("linked_cases").Rows(), file.Case().Text("case_size_reason")))
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestFamily_ArrowsWalkByKinship(t *testing.T) {
	s, id := laptopCase(t, "mother_with_three")
	persons := s.file(id).Persons() // the mother, then the children by age
	card := s.card(persons[0])
	s.Window.Canvas().Focus(card)
	walk := func(key fyne.KeyName, want int) {
		t.Helper()
		s.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key})
		if at, ok := s.Window.Canvas().Focused().(*ui.DragCard); !ok || at != s.card(persons[want]) {
			t.Fatalf("%s leads to %v, want person %d", key, s.Window.Canvas().Focused(), want)
		}
	}
	walk(fyne.KeyDown, 1)
	walk(fyne.KeyRight, 2)
	walk(fyne.KeyRight, 3)
	walk(fyne.KeyRight, 3)
	walk(fyne.KeyUp, 0)
	s.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	for _, words := range []string{"Ny partner (P)", "Barn født under kommisjonen (B)", "Død, savnet eller forlatt saken (L)"} {
		if !s.Says(words) {
			t.Errorf("the menu does not offer %q", words)
		}
	}
	if s.Says("Enslig mindreårig (U)") {
		t.Error("a grown woman is offered to be an unaccompanied minor")
	}
	s.press("Åpne personen (E)")
	if s.field("Fornavn").(*ui.TextField).Text != persons[0].Text("given_names") {
		t.Error("the menu does not open the person")
	}
}

func TestFamily_SplitAndTakeBack(t *testing.T) {
	s, id := laptopCase(t, "mother_with_three")
	before := s.snapshot(id)
	eldest := s.file(id).Persons()[1]
	s.letter(eldest, 's')
	s.press("Vis hva det betyr")
	for _, words := range []string{"til en ny husstand, Husstand 2", "Et barn skilles fra alle", "Kvoten teller personer", "blir hos husstanden som var der"} {
		if !s.Says(words) {
			t.Errorf("the preview does not say %q", words)
		}
	}
	if s.snapshot(id) != before {
		t.Fatal("something was written before yes")
	}
	s.press("Gjør det")
	file := s.file(id)
	if len(file.Households()) != 2 || file.Person(eldest.ID()).Text("household") == eldest.Text("household") {
		t.Fatalf("%d households after the split", len(file.Households()))
	}
	s.undo()
	if after := s.snapshot(id); after != before {
		t.Errorf("after undo:\n%s\nwant\n%s", after, before)
	}
}

func TestFamily_JoinAndTakeBack(t *testing.T) {
	s, id := laptopCase(t, "polygamous_household")
	before := s.snapshot(id)
	s.press("Slå sammen husstander")
	s.press("Gjør det")
	homes := map[string]bool{}
	for _, p := range s.file(id).Persons() {
		homes[p.Text("household")] = true
	}
	if len(homes) != 1 || len(s.file(id).Households()) != 1 {
		t.Fatalf("people of %d households, %d on record", len(homes), len(s.file(id).Households()))
	}
	s.undo()
	if after := s.snapshot(id); after != before {
		t.Errorf("after undo:\n%s\nwant\n%s", after, before)
	}
}

func TestFamily_BornOnTheMission(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	before := s.snapshot(id)
	count := len(s.file(id).Persons())
	mother := s.file(id).Persons()[0]
	s.letter(mother, 'b')
	s.write("Fornavn", "Passer")
	s.field("Kjønn").TypedRune('1')
	s.chip("Den andre forelderen", "1")
	s.press("Lagre")
	file := s.file(id)
	at := slices.IndexFunc(file.Persons(), func(r *workspace.Record) bool { return r.Text("given_names") == "Passer" })
	if at < 0 || len(file.Persons()) != count+1 {
		t.Fatalf("%d persons after a birth among %d", len(file.Persons()), count)
	}
	child := file.Persons()[at]
	if child.Text("birth") != "2026-11-23" || child.Text("relation_to_pa") != "daughter" || child.Text("household") != mother.Text("household") {
		t.Errorf("the child was born %s, is %s, lives in %s", child.Text("birth"), child.Text("relation_to_pa"), child.Text("household"))
	}
	parents := 0
	for _, r := range file.Relations() {
		if r.Reference("person_a") == child.ID() && r.Text("type") == "parent" {
			parents++
		}
	}
	if parents != 2 || file.Case().Text("case_size_reason") == "" {
		t.Errorf("%d parents on record, reason %q", parents, file.Case().Text("case_size_reason"))
	}
	if !s.Says("Ny siden RRF") {
		t.Error("the newborn is not marked as new")
	}
	s.key(fyne.KeyE)
	s.undo()
	if after := s.snapshot(id); after != before {
		t.Errorf("after undo:\n%s\nwant\n%s", after, before)
	}
}

func TestFamily_DeathAbsenceAndReturn(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	husband, mother := s.role(id, "spouse"), s.role(id, "mother")
	s.letter(husband, 'l')
	s.chip("Forlatt saken", "1")
	s.press("Vis hva det betyr")
	if !s.Says("Ekteskapet føres som avsluttet") || !s.Says("kurslisten") {
		t.Error("the preview does not say what follows")
	}
	s.press("Gjør det")
	if got := s.file(id).Person(husband.ID()); got.Text("left_case") != "dead" || got.Text("left_case_date") != "2026-11-23" {
		t.Fatalf("recorded as %q on %q", got.Text("left_case"), got.Text("left_case_date"))
	}
	if !s.Says("Død") || !s.Says("Tidligere par") {
		t.Error("the picture does not show the death")
	}
	s.letter(husband, 'l')
	s.press("Gjør det")
	if got := s.file(id).Person(husband.ID()).Text("left_case"); got != "" {
		t.Errorf("still %q", got)
	}
	s.letter(mother, 'a')
	s.chip("Møtt til intervju", "3")
	s.write("Hvor er personen nå?", "Nakivale")
	s.press("Lagre")
	if got := s.file(id).Person(mother.ID()); got.Text("present_at_interview") != "no_travel" || got.Text("whereabouts") != "Nakivale" {
		t.Errorf("recorded as %q in %q", got.Text("present_at_interview"), got.Text("whereabouts"))
	}
	if !s.Says("Nakivale") {
		t.Error("the picture does not say where the person is")
	}
}

func TestFamily_DragMovesAndRelates(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	s.press("Legg til husstand")
	s.key(fyne.KeyE)
	s.Settle()
	file := s.file(id)
	mother, empty := s.role(id, "mother"), uuid.Nil
	for _, home := range file.Households() {
		if home.ID().String() != mother.Text("household") {
			empty = home.ID()
		}
	}
	card := s.card(mother)
	drop := func(at fyne.Position) {
		card = s.card(mother)
		card.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{AbsolutePosition: at}})
		card.DragEnd()
		s.Settle()
	}
	middle := func(o fyne.CanvasObject) fyne.Position {
		return fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Add(fyne.NewPos(o.Size().Width/2, o.Size().Height/2))
	}
	var box fyne.CanvasObject
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if panel, ok := o.(*ui.Panel); ok && panel.Fill == theme.ColorRail && panel.Line != "" {
			box = panel // the last one is the empty household
		}
	})
	drop(middle(box))
	if got := s.file(id).Person(mother.ID()).Text("household"); got != empty.String() {
		t.Fatalf("after dropping on the empty household she is in %s, want %s", got, empty)
	}
	relations := len(s.file(id).Relations())
	drop(middle(s.card(s.role(id, "spouse"))))
	var offered *ui.Button
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && strings.Contains(b.Text, "er søsken til") {
			offered = b
		}
	})
	if offered == nil {
		t.Fatal("dropping a person on another one offers no relation")
	}
	offered.OnTapped()
	s.Settle()
	if got := len(s.file(id).Relations()); got != relations+1 {
		t.Errorf("%d relations, had %d", got, relations)
	}
	s.undo()
	if got := len(s.file(id).Relations()); got != relations {
		t.Errorf("%d relations after undo, had %d", got, relations)
	}
}

func TestFamily_LinkedCases(t *testing.T) {
	s, id := laptopCase(t, "elderly_parent")
	other := missiontest.Story(t, "wheelchair")
	s.press("Koble til en sak")
	s.take("Sak på denne maskinen", other.Number)
	s.chip("Hvordan henger sakene sammen?", "2")
	s.press("Lagre")
	if !s.Says("Den andre saken får samme kobling tilbake") {
		t.Error("the preview does not tell of the other case")
	}
	s.press("Gjør det")
	if links := household.Links(s.file(other.ID).Case()); len(links) != 1 || links[0].Case != id || links[0].Relation != "relative" {
		t.Errorf("the other case is linked by %+v", links)
	}
	s.press("Åpne saken")
	if len(s.Told.Went) != 1 || s.Told.Went[0].Args[0] != other.ID {
		t.Errorf("led to %v", s.Told.Went)
	}
	for _, name := range []string{"given_names", "family_name"} {
		if s.Says(s.file(other.ID).Persons()[0].Text(name)) {
			t.Error("the picture names somebody of another case")
		}
	}
	s.press("Fjern koblingen til " + other.Number)
	if links := household.Links(s.file(id).Case()); len(links) != 0 {
		t.Errorf("still linked by %+v", links)
	}
}

func TestFamily_UnaccompaniedMinor(t *testing.T) {
	s, id := laptopCase(t, "mother_with_three")
	eldest := s.file(id).Persons()[1]
	s.letter(eldest, 'u')
	s.press("Lagre")
	if s.file(id).Single("minor", eldest.ID()) != nil {
		t.Fatal("a status without an answer was stored")
	}
	s.field("Er barnet uten foreldre eller andre med foreldreansvar?").TypedRune('1')
	s.press("Lagre")
	minor := s.file(id).Single("minor", eldest.ID())
	if minor == nil || minor.ID() != domain.SingletonID(eldest.ID(), "minor") || minor.Text("status_date") != "2026-11-23" {
		t.Fatalf("stored as %v", minor)
	}
	if !s.Says("Enslig, IMDi") {
		t.Error("the picture does not show the unaccompanied minor")
	}
}

// bigFamily is fourteen people in three households, with names in their own scripts, step and foster children, a dead and a missing one.
func bigFamily(t testing.TB, ws *workspace.Workspace) uuid.UUID {
	t.Helper()
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte("big family"))
	of := func(name string) uuid.UUID { return uuid.NewSHA1(id, []byte(name)) }
	text := domain.TextAnswer
	listed := func(s string) domain.Answer { return domain.Answer{Value: s, Source: domain.FromRRF} }
	writes := []workspace.Write{{Target: workspace.Target{Type: "case", ID: id}, Answers: map[string]domain.Answer{
		"unhcr_case_no": text("200-24C09999"), "mission": text(missiontest.Plan.Mission.String()), "channel": text("mission"), "case_size_rrf": {Value: int64(13)},
	}}}
	for _, home := range []string{"Husstand 1", "Husstand 2", "Husstand 3"} {
		writes = append(writes, workspace.Write{Target: workspace.Target{Type: "household", ID: of(home), Case: id, Subject: id}, Answers: map[string]domain.Answer{"case": text(id.String()), "name": text(home)}})
	}
	for _, p := range [][]string{
		{"Test Passer", "تست باسر", "principal_applicant", "1975-03-02", "male", "1", ""},
		{"Test Linjal", "فاطمة الاختبار", "spouse", "1978", "female", "1", ""},
		{"Test Viskelær", "ተስታ መዝገብ", "spouse", "1985-06", "female", "2", "no_ill"},
		{"Test Blyant", "စမ်းသပ် ခဲတံ", "mother", "1948", "female", "1", ""},
		{"Test Perm", "", "son", "1998", "male", "3", ""},
		{"Test Mappe", "تست حافظة", "in_law", "2000", "female", "3", ""},
		{"Test Stift", "", "grandchild", "2022-04-01", "female", "3", ""},
		{"Test Binders", "", "grandchild", "2026-11-01", "male", "3", "new"},
		{"Test Saks", "", "daughter", "2005", "female", "1", "no_travel"},
		{"Test Lim", "ለምለም", "son", "2009-01-01", "male", "1", "missing"},
		{"Test Krittkasse", "", "son", "2012", "male", "2", ""},
		{"Test Tusj", "", "daughter", "2016-08-09", "female", "2", ""},
		{"Test Notatblokk", "", "niece_nephew", "2013", "female", "1", ""},
		{"Test Konvolutt", "", "foster_child", "2011", "male", "2", "dead"},
	} {
		answers := map[string]domain.Answer{
			"given_names": listed(p[0]), "relation_to_pa": listed(p[2]), "birth": listed(p[3]), "sex": listed(p[4]), "household": text(of("Husstand " + p[5]).String()),
			"birth_certainty": text("estimated"), "mother_tongue": text("apc"),
		}
		if p[1] != "" {
			answers["name_native_script"] = text(p[1])
		}
		switch p[6] {
		case "missing", "dead":
			answers["left_case"] = text(p[6])
		case "new":
			answers["given_names"], answers["relation_to_pa"], answers["birth"], answers["sex"] = text(p[0]), text(p[2]), text(p[3]), text(p[4])
		case "":
			answers["present_at_interview"] = text("yes")
		default:
			answers["present_at_interview"] = text(p[6])
		}
		if len(p[5]) > 0 && p[5] == "1" {
			answers["household"] = listed(of("Husstand 1").String())
		}
		writes = append(writes, workspace.Write{Target: workspace.Target{Type: "person", ID: of(p[0]), Case: id}, Answers: answers})
	}
	for _, r := range [][3]string{
		{"Passer", "spouse", "Linjal"},
		{"Passer", "spouse", "Viskelær"},
		{"Perm", "spouse", "Mappe"},
		{"Perm", "parent", "Passer"},
		{"Perm", "parent", "Linjal"},
		{"Stift", "parent", "Perm"},
		{"Stift", "parent", "Mappe"},
		{"Binders", "parent", "Perm"},
		{"Binders", "parent", "Mappe"},
		{"Saks", "parent", "Passer"},
		{"Saks", "parent", "Linjal"},
		{"Lim", "parent", "Passer"},
		{"Lim", "parent", "Linjal"},
		{"Krittkasse", "parent", "Passer"},
		{"Krittkasse", "parent", "Viskelær"},
		{"Tusj", "parent", "Passer"},
		{"Tusj", "parent", "Viskelær"},
		{"Notatblokk", "uncle_aunt", "Passer"},
		{"Konvolutt", "caregiver", "Viskelær"},
	} {
		answers := map[string]domain.Answer{"person_a": text(of("Test " + r[0]).String()), "type": text(r[1]), "person_b": text(of("Test " + r[2]).String())}
		if r[1] == "uncle_aunt" {
			answers["care_responsibility"] = text("yes")
		}
		writes = append(writes, workspace.Write{Target: workspace.Target{Type: "relation", ID: of(strings.Join(r[:], " ")), Case: id}, Answers: answers})
	}
	writes = append(writes, workspace.Write{
		Target:  workspace.Target{Type: "minor", ID: domain.SingletonID(of("Test Notatblokk"), "minor"), Case: id, Subject: of("Test Notatblokk")},
		Answers: map[string]domain.Answer{"confirmed_unaccompanied": text("yes"), "status_date": text("2026-11-20"), "accompanying_person": text(of("Test Passer").String())},
	})
	if _, err := ws.SetMany(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFamily_Fourteen(t *testing.T) {
	ws := missiontest.Laptop(t)
	id := bigFamily(t, ws)
	for _, look := range missiontest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			w := look.Window(t)
			s := open(t, ws, w, look.Lang, id)
			var cards []*ui.DragCard
			missiontest.Walk(w.Canvas(), func(o fyne.CanvasObject) {
				if c, ok := o.(*ui.DragCard); ok {
					cards = append(cards, c)
				}
			})
			if len(cards) != 14 {
				t.Fatalf("%d cards for 14 persons", len(cards))
			}
			for i, one := range cards {
				for _, other := range cards[:i] {
					a, b := one.Position(), other.Position()
					if a.X < b.X+other.Size().Width && b.X < a.X+one.Size().Width && a.Y < b.Y+other.Size().Height && b.Y < a.Y+one.Size().Height {
						t.Errorf("%s and %s stand upon each other", one.Label, other.Label)
					}
				}
			}
			s.Check("family-14", look)
			w.Canvas().Focus(cards[len(cards)-1])
			cards[len(cards)-1].TypedRune('+')
			s.Settle()
			s.Check("family-14-more", look)
		})
	}
}

// TestFamily_NothingSealedShows: somebody at the table may look on. What is special or sealed must neither stand in the picture nor
// change it.
func TestFamily_NothingSealedShows(t *testing.T) {
	ws := missiontest.Laptop(t)
	c := missiontest.Story(t, "mother_with_three")
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	before := s.Words()
	answers := map[domain.Type]map[string]domain.Answer{
		"sensitive":       {"category": domain.TextAnswer("forced_marriage_risk"), "note": domain.TextAnswer("kanarifugl")},
		"person_special":  {"ethnic_group": domain.TextAnswer("kanarifugl")},
		"sealed_note":     {"note": domain.TextAnswer("kanarifugl")},
		"guardian_sealed": {"guardian_abroad_name": domain.TextAnswer("kanarifugl")},
	}
	for kind, fields := range answers {
		info, _ := domain.Info(kind)
		for name := range fields {
			if f, ok := info.Field(name); !ok || f.Kind == domain.Code || f.Kind == domain.MultiCode {
				delete(fields, name)
			}
		}
		if len(fields) == 0 {
			t.Fatalf("%s has none of the fields", kind)
		}
		if _, err := ws.Set(t.Context(), workspace.Target{Type: kind, Case: c.ID, Subject: c.Persons[1]}, fields); err != nil {
			t.Fatal(err)
		}
	}
	s.Place.Enter(c.ID)
	s.Settle()
	after := s.Words()
	if slices.ContainsFunc(after, func(w string) bool { return strings.Contains(w, "kanarifugl") }) {
		t.Error("the picture shows what is sealed")
	}
	if !slices.Equal(before, after) {
		t.Errorf("what is sealed changed the page:\n%q\nbefore\n%q", after, before)
	}
}

// TestFamily_FollowsOthers: what another window or an import writes stands in the picture soon, and the keyboard stays where it is.
func TestFamily_FollowsOthers(t *testing.T) {
	s, id := laptopCase(t, "mother_with_three")
	eldest := s.file(id).Persons()[1]
	s.Window.Canvas().Focus(s.card(eldest))
	if _, err := s.WS.Set(t.Context(), workspace.Target{Type: "person", ID: eldest.ID(), Case: id}, map[string]domain.Answer{"whereabouts": domain.TextAnswer("Kampala")}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	if !s.Says("Kampala") || !s.Says("Et annet sted") {
		t.Error("the picture does not follow")
	}
	if s.Window.Canvas().Focused() != s.card(eldest) {
		t.Error("the keyboard is elsewhere")
	}
}

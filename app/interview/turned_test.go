package interview

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/second"
	"feltbok/internal/workspace"
)

// TestSecond_EveryQuestionOfTheMinimumRecord: every question that is read back has its words in each second language, and none of the
// closed part has.
func TestSecond_EveryQuestionOfTheMinimumRecord(t *testing.T) {
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		closed := slices.ContainsFunc(set.Flat(), func(item *form.Item) bool { return item.Kind.Asked() }) && set.Block == "S"
		for _, item := range set.Flat() {
			for _, texts := range second.All() {
				text := texts.Question(set.ID, item.Repeat, item.Name)
				if read := item.Minimum && item.Kind.Asked() && item.Kind != form.Repeat && !closed; read != (text != "") {
					t.Errorf("%s %s.%s.%s: %q", texts.Code, set.ID, item.Repeat, item.Name, text)
				}
			}
		}
	}
}

// TestReadBack_SecondLanguage: question and answer stand beside each other in the language that is interpreted, until another is chosen;
// it says that nobody has approved the words.
func TestReadBack_SecondLanguage(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	s.p.showView(viewReadBack)
	swahili, _ := second.For("swa")
	for _, words := range []string{swahili.Question("identity", "", "birth"), swahili.Choice("sex", "female"), "21.3.1990", "Teksten på Kiswahili må godkjennes"} {
		if !strings.Contains(s.said(), words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	chips := s.p.languageChips()
	chips.OnChosen([]string{"ar"})
	arabic, _ := second.ByCode("ar")
	if !strings.Contains(s.said(), arabic.Question("identity", "", "birth")) || strings.Contains(s.said(), swahili.Question("identity", "", "birth")) {
		t.Error("the language that was chosen is not the one shown")
	}
	chips.OnChosen([]string{"-"})
	if strings.Contains(s.said(), "må godkjennes") || !strings.Contains(s.said(), "21. mars 1990") {
		t.Error("Norwegian alone does not stand alone")
	}
}

// TestReadBack_NamesAndEnglish: countries and languages are named in the second language; what it has no words for stands in English and
// is marked, never in Norwegian alone.
func TestReadBack_NamesAndEnglish(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	s.to("identity")
	s.p.answer(s.row("nationalities"), domain.Answer{Value: []string{"SYR", "MKD"}})
	s.to("housing")
	s.p.answer(s.row("dwelling_needs"), domain.Answer{Value: []string{"step_free_access"}})
	for _, texts := range second.All() {
		var said []string
		marked := map[string]bool{}
		for _, part := range s.p.readBackFacts(texts) {
			for _, f := range part.facts {
				said = append(said, f.otherAnswer)
				marked[f.otherAnswer] = f.untranslated
			}
		}
		countries := texts.Choice("country", "SYR") + ", North Macedonia"
		for _, words := range []string{ui.Lists().Label("dwelling_needs", "step_free_access", "en"), countries} {
			if !marked[words] {
				t.Errorf("%s: %q is not there or not marked in %q", texts.Code, words, said)
			}
		}
	}
}

// TestReadBack_HouseholdHearsNothingOfAnAdult: together, only who belongs to the household is read back of those who are interviewed alone;
// a choice that tells of a danger is read back nowhere.
func TestReadBack_HouseholdHearsNothingOfAnAdult(t *testing.T) {
	caseID, woman := shared.family(t)
	alone := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, woman))
	alone.to("housing")
	alone.p.answer(alone.row("dwelling_needs"), domain.Answer{Value: []string{"step_free_access", "shielded_address_assessment"}})
	for _, words := range append(alone.turnedWords(), strings.Join(facts(alone), "|")) {
		if strings.Contains(words, "skjermet adresse") {
			t.Errorf("read back: %s", words)
		}
	}
	if !strings.Contains(strings.Join(facts(alone), "|"), "Trinnfri") {
		t.Errorf("the other need is lost: %v", facts(alone))
	}
	alone.p.answer(alone.row("dwelling_needs"), domain.Answer{Value: []string{"shielded_address_assessment"}})
	if words := strings.Join(facts(alone), "|"); strings.Contains(words, "boligen ha") {
		t.Errorf("a question without its answer tells of it: %s", words)
	}
	alone.p.Leave()
	together := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, uuid.Nil))
	words := strings.Join(append(facts(together), together.turnedWords()...), "|")
	if !strings.Contains(words, "Test Amina") || !strings.Contains(words, "Test Lydia") {
		t.Errorf("who belongs to the household is not read back: %s", words)
	}
	if strings.Contains(words, "morsmålet") {
		t.Errorf("the household hears what an adult answered: %s", words)
	}
}

func facts(s *screen) (words []string) {
	for _, part := range s.p.readBackFacts(nil) {
		for _, f := range part.facts {
			words = append(words, f.question, f.answer)
		}
	}
	return words
}

// TestTurned_TakesEveryKey: the turned screen covers the window; no key but its own leads anywhere, and the corner covers the screen.
func TestTurned_TakesEveryKey(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	covered := 0
	s.p.s.Cover = func() { covered++ }
	s.to("identity")
	s.focus("given_names")
	s.p.enterClosed(woman)
	s.press(fyne.KeyT, fyne.KeyModifierAlt)
	screen, ok := s.window.Canvas().Overlays().Top().(*turned)
	if !ok || s.p.outside != nil {
		t.Fatal("the screen is not turned, or the closed part stands behind it")
	}
	if screen.Size() != s.window.Canvas().Size() {
		t.Errorf("it leaves %v of %v uncovered", screen.Size(), s.window.Canvas().Size())
	}
	for _, key := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyTab, fyne.KeyReturn, fyne.KeyF1, fyne.KeyDown, fyne.KeyUp, fyne.KeyLeft, fyne.KeyDelete, fyne.KeySpace} {
		screen.TypedKey(&fyne.KeyEvent{Name: key})
	}
	for _, r := range "/?q1" {
		screen.TypedRune(r)
	}
	for _, shortcut := range s.p.Shortcuts() {
		if shortcut.Key != fyne.KeyT {
			screen.TypedShortcut(&desktop.CustomShortcut{KeyName: shortcut.Key, Modifier: shortcut.Modifier})
		}
	}
	if list := s.window.Canvas().Overlays().List(); len(list) != 1 || list[0] != fyne.CanvasObject(screen) || !screen.AcceptsTab() {
		t.Fatalf("a key opened or closed something: %d", len(list))
	}
	for _, words := range wordsOn(screen) {
		for _, bad := range []string{"Mangler", "igjen", "Lukket del", "Familien", "Lydia"} {
			if strings.Contains(words, bad) {
				t.Errorf("the family reads %q", words)
			}
		}
	}
	screen.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyT, Modifier: fyne.KeyModifierAlt})
	if len(s.window.Canvas().Overlays().List()) != 0 || s.p.current() == nil || covered != 0 {
		t.Error("the key does not turn the screen back to the question")
	}
	s.p.turn()
	s.window.Canvas().Overlays().Top().(*turned).corner.Tapped(nil)
	if covered != 1 || len(s.window.Canvas().Overlays().List()) != 0 {
		t.Error("the corner does not cover the screen")
	}
}

// TestTurned_NothingOfTheClosedPart: what is written in the closed part changes neither a word nor the number of words of what is read
// back and turned, for whoever turns it (security.md 2.2.2).
func TestTurned_NothingOfTheClosedPart(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	s := shared.open(t, "nb", 1280, 800, id)
	before := append(facts(s), s.turnedWords()...)
	for kind, field := range map[domain.Type]string{"health": "note", "sensitive": "note"} {
		info, _ := domain.Info(kind)
		if _, ok := info.Field(field); !ok {
			continue
		}
		target := workspace.Target{Type: kind, Case: caseID, Subject: woman}
		if info.Rows {
			target.ID = uuid.New()
		}
		if _, err := shared.ws.Set(t.Context(), target, map[string]domain.Answer{field: words(canary)}); err != nil {
			t.Fatal(err)
		}
	}
	s.p.enterClosed(woman)
	s.to("health")
	s.p.answer(s.row("urgent_before_travel"), words("yes"))
	inside := append(facts(s), s.turnedWords()...)
	s.p.Leave()
	s = shared.open(t, "nb", 1280, 800, id)
	after := append(facts(s), s.turnedWords()...)
	if !slices.Equal(before, inside) || !slices.Equal(before, after) {
		t.Errorf("before %q\ninside %q\nafter %q", before, inside, after)
	}
}

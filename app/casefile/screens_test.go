package casefile_test

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/casefile"
	"feltbok/app/caseload/missiontest"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

// screen is the place in a window of its own.
type screen struct{ *missiontest.Screen }

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	return &screen{missiontest.Open(t, ws, w, lang, casefile.New, args...)}
}

func (s *screen) press(button string) {
	s.T.Helper()
	missiontest.Button(s.T, s.Window.Canvas(), button).OnTapped()
	s.Settle()
}

// choose goes to a section by its key.
func (s *screen) choose(section int) {
	s.T.Helper()
	for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
		if key.Modifier == fyne.KeyModifierAlt && key.Key == fyne.KeyName(rune('0'+section)) {
			key.Do()
			s.Settle()
			return
		}
	}
	s.T.Fatalf("no key leads to section %d", section)
}

// conflicted gives a field a second standing value, as an import from a colleague would.
func conflicted(t *testing.T, ws *workspace.Workspace, record workspace.Target, field, value string) {
	t.Helper()
	record.Seen = map[string][]oplog.Name{field: {}}
	if _, err := ws.Set(t.Context(), record, map[string]domain.Answer{field: domain.TextAnswer(value)}); err != nil {
		t.Fatal(err)
	}
}

func TestCaseFile_Screens(t *testing.T) {
	ws := missiontest.Laptop(t)
	mother := missiontest.Story(t, "mother_with_three")
	many := missiontest.Story(t, "polygamous_household")
	conflicted(t, ws, workspace.Target{Type: "person", ID: mother.Persons[1], Case: mother.ID}, "birth", "2011-02")
	if _, err := ws.StartInterview(t.Context(), many.ID, many.Persons[0], "individual_adult"); err != nil {
		t.Fatal(err)
	}
	for _, look := range missiontest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			w := look.Window(t)
			s := open(t, ws, w, look.Lang, many.ID)
			check := func(name string) { s.Check("casefile-"+name, look) }
			check("household")
			for i, name := range []string{"household", "relations", "interviews", "needs", "problems", "conflicts"} {
				s.choose(i + 1)
				check(name + "-many")
			}
			s.Place.Enter(mother.ID)
			s.Settle()
			for i, name := range []string{"household", "relations", "interviews", "needs", "problems", "conflicts"} {
				s.choose(i + 1)
				check(name)
			}
			s.choose(1)
			s.Place.Enter(mother.ID, mother.Persons[1])
			s.Settle()
			check("person")
			s.key(fyne.KeyE)
			s.choose(2)
			s.key(fyne.KeyR)
			check("relation-new")
			s.key(fyne.KeyE)
			s.key(fyne.KeyN)
			check("person-new")
			s.key(fyne.KeyE)
			s.choose(1)
			s.openSealed()
			check("sealed")
		})
	}
}

// key presses one of the place's own keys with Ctrl.
func (s *screen) key(name fyne.KeyName) {
	s.T.Helper()
	s.shortcut(name, fyne.KeyModifierControl)
}

func (s *screen) shortcut(name fyne.KeyName, modifier fyne.KeyModifier) {
	s.T.Helper()
	for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
		if key.Modifier == modifier && key.Key == name {
			key.Do()
			s.Settle()
			return
		}
	}
	s.T.Fatalf("no shortcut %v+%s", modifier, name)
}

func (s *screen) openSealed() {
	s.T.Helper()
	for _, words := range []string{"Skjermede opplysninger", "Skjerma opplysningar", "Sealed information"} {
		if s.Says(words) {
			s.press(words)
			return
		}
	}
	s.T.Fatal("no button to the sealed page")
}

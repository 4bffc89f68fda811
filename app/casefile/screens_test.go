package casefile_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/casefile"
	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

var (
	big   = fyne.NewSize(1280, 800)
	small = fyne.NewSize(1024, 600)
	// tablet is what the frame leaves of a tablet held upright, 800 × 1280.
	tablet = fyne.NewSize(756, 1180)
)

// screen is the place in a window of its own.
type screen struct {
	t      *testing.T
	ws     *workspace.Workspace
	place  ui.Place
	window fyne.Window
	loop   *ui.SyncLoop
	told   *missiontest.Told
}

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	session, loop, told := missiontest.Session(ws, w, lang)
	p := casefile.New(session)
	size := w.Canvas().Size()
	w.SetContent(p.Content())
	w.Resize(size)
	s := &screen{t, ws, p, w, loop, told}
	p.Enter(args...)
	s.settle()
	t.Cleanup(func() {
		for _, err := range told.Faults {
			t.Errorf("fault: %v", err)
		}
	})
	return s
}

// settle lets every pause pass: autosave and reading anew.
func (s *screen) settle() { s.loop.Advance(2 * time.Second) }

func (s *screen) words() []string { return missiontest.Words(s.window.Canvas()) }

func (s *screen) says(text string) bool {
	return slices.ContainsFunc(s.words(), func(w string) bool { return strings.Contains(w, text) })
}

func (s *screen) press(button string) {
	s.t.Helper()
	missiontest.Button(s.t, s.window.Canvas(), button).OnTapped()
	s.settle()
}

// choose goes to a section by its key.
func (s *screen) choose(section int) {
	s.t.Helper()
	for _, key := range s.place.(ui.Shortcutter).Shortcuts() {
		if key.Modifier == fyne.KeyModifierAlt && key.Key == fyne.KeyName(rune('0'+section)) {
			key.Do()
			s.settle()
			return
		}
	}
	s.t.Fatalf("no key leads to section %d", section)
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
	for _, look := range []struct {
		name    string
		variant theme.Variant
		percent int
		size    fyne.Size
		lang    string
	}{
		{"1280-light", theme.Light, 100, big, "nb"},
		{"1024-dark", theme.Dark, 100, small, "nn"},
		{"1024-200", theme.Light, 200, small, "en"},
		{"tablet", theme.Light, 100, tablet, "nb"},
	} {
		t.Run(look.name, func(t *testing.T) {
			w := missiontest.Window(t, look.variant, look.percent, look.size)
			s := open(t, ws, w, look.lang, many.ID)
			check := func(name string) {
				missiontest.Shoot(t, w, "casefile-"+name+"-"+look.name)
				if got := w.Canvas().Size(); got != look.size {
					t.Errorf("%s: the window grew to %v", name, got)
				}
				for _, words := range s.words() {
					if strings.Contains(words, "⟦") {
						t.Errorf("%s in %s: no text for %s", name, look.lang, words)
					}
				}
			}
			check("household")
			for i, name := range []string{"household", "relations", "interviews", "needs", "problems", "conflicts"} {
				s.choose(i + 1)
				check(name + "-many")
			}
			s.place.Enter(mother.ID)
			s.settle()
			for i, name := range []string{"household", "relations", "interviews", "needs", "problems", "conflicts"} {
				s.choose(i + 1)
				check(name)
			}
			s.choose(1)
			s.place.Enter(mother.ID, mother.Persons[1])
			s.settle()
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
	s.t.Helper()
	s.shortcut(name, fyne.KeyModifierControl)
}

func (s *screen) shortcut(name fyne.KeyName, modifier fyne.KeyModifier) {
	s.t.Helper()
	for _, key := range s.place.(ui.Shortcutter).Shortcuts() {
		if key.Modifier == modifier && key.Key == name {
			key.Do()
			s.settle()
			return
		}
	}
	s.t.Fatalf("no shortcut %v+%s", modifier, name)
}

func (s *screen) openSealed() {
	s.t.Helper()
	for _, words := range []string{"Skjermede opplysninger", "Skjerma opplysningar", "Sealed information"} {
		if s.says(words) {
			s.press(words)
			return
		}
	}
	s.t.Fatal("no button to the sealed page")
}

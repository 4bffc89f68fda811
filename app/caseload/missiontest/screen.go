package missiontest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// Sizes of a window in points: a laptop, the smallest one that the program promises to fit, and what the frame leaves of a tablet
// held upright, 800 × 1280.
var (
	Big    = fyne.NewSize(1280, 800)
	Small  = fyne.NewSize(1024, 600)
	Tablet = fyne.NewSize(756, 1180)
)

// Look is one way in which a place is seen. Percent is the size of text, Lang nb, nn or en.
type Look struct {
	Name    string
	Variant theme.Variant
	Percent int
	Size    fyne.Size
	Lang    string
}

// Looks are those in which every place must hold together, each language at least once.
var Looks = []Look{
	{"1280-light", theme.Light, 100, Big, "nb"},
	{"1024-dark", theme.Dark, 100, Small, "nn"},
	{"1024-200", theme.Light, 200, Small, "en"},
	{"tablet", theme.Light, 100, Tablet, "nb"},
}

// Window makes a window of this look.
func (l Look) Window(t testing.TB) fyne.Window {
	t.Helper()
	return Window(t, l.Variant, l.Percent, l.Size)
}

// Screen is a place in a window of its own, seen and used as a person would.
type Screen struct {
	T      testing.TB
	WS     *workspace.Workspace
	Place  ui.Place
	Window fyne.Window
	Loop   *ui.SyncLoop
	Told   *Told
	// ExpectsFault says that the test provokes a fault; else one that is told fails the test when it ends.
	ExpectsFault bool
}

// Open puts a place into a window, which keeps its size, and enters it with args.
func Open(t testing.TB, ws *workspace.Workspace, w fyne.Window, lang string, made func(*ui.Session) ui.Place, args ...any) *Screen {
	t.Helper()
	session, loop, told := Session(ws, w, lang)
	size := w.Canvas().Size()
	s := &Screen{T: t, WS: ws, Place: made(session), Window: w, Loop: loop, Told: told}
	w.SetContent(s.Place.Content())
	w.Resize(size)
	s.Place.Enter(args...)
	s.Settle()
	t.Cleanup(func() {
		if s.ExpectsFault {
			return
		}
		for _, err := range told.Faults {
			t.Errorf("fault: %v", err)
		}
	})
	return s
}

// Settle lets every pause pass: autosave and reading anew.
func (s *Screen) Settle() { s.Loop.Advance(2 * time.Second) }

// Words is every text on the screen, as [Words] finds them.
func (s *Screen) Words() []string { return Words(s.Window.Canvas()) }

// Says reports whether a text stands somewhere on the screen, whole or as part of a longer one.
func (s *Screen) Says(text string) bool {
	return slices.ContainsFunc(s.Words(), func(w string) bool { return strings.Contains(w, text) })
}

// Check fails the test when the window grew beyond its look or a text is missing in its language, and writes the picture that
// [Shoot] writes, with the look's name at the end.
func (s *Screen) Check(name string, look Look) {
	s.T.Helper()
	Shoot(s.T, s.Window, name+"-"+look.Name)
	if got := s.Window.Canvas().Size(); got != look.Size {
		s.T.Errorf("%s: the window grew from %v to %v", name, look.Size, got)
	}
	for _, words := range s.Words() {
		if strings.Contains(words, "⟦") || strings.Contains(words, "<no value>") {
			s.T.Errorf("%s in %s: no text for %q", name, look.Lang, words)
		}
	}
}

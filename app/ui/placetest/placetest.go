// Package placetest puts a place on a test screen: a session with a loop that runs work at once, and what the place told
// the shell.
package placetest

import (
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// Stage is the screen, and what was said and asked of the shell.
type Stage struct {
	*ui.Session
	Loop   *ui.SyncLoop
	Notes  []string
	Faults []error
	Went   []string
	Looks  []ui.Look
	Locks  []string // the notes with which the place ended the unlock period
}

// New makes a stage of 1024 × 600 points in the light look. now is the clock; nil is that of the workspace.
func New(t testing.TB, ws *workspace.Workspace, dir, lang string) *Stage {
	t.Helper()
	test.NewTempApp(t)
	theme.Apply(theme.New(theme.Light, 100))
	window := test.NewTempWindow(t, container.NewStack())
	window.Resize(fyne.NewSize(1024, 600))
	st := &Stage{Loop: &ui.SyncLoop{}}
	st.Session = &ui.Session{
		WS: ws, Dir: dir, Texts: i18n.For(lang), Loop: st.Loop, Window: window,
		Go:     func(place string, _ ...any) { st.Went = append(st.Went, place) },
		Notify: func(_ ui.Level, text string) { st.Notes = append(st.Notes, text) },
		Fault:  func(err error) { st.Faults = append(st.Faults, err) },
		Saved:  func(ui.SavedState) {},
		Unsent: func(int) {},
		Now:    func() time.Time { return ws.Now() },
		Lock:   func(note string) { st.Locks = append(st.Locks, note) },
		Choose: func(look ui.Look) {
			st.Looks = append(st.Looks, look)
			if look.Percent != 0 {
				theme.Apply(theme.New(theme.Light, look.Percent))
			}
		},
	}
	return st
}

// Show brings a place on screen and enters it.
func (s *Stage) Show(place ui.Place) {
	s.Window.SetContent(place.Content())
	place.Enter()
}

// Words lists what is on screen, popups included: texts, buttons, badges and placeholders, each as a whole.
func (s *Stage) Words() []string {
	var words []string
	s.each(func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *ui.Text:
			words = append(words, o.Words)
		case *ui.Button:
			words = append(words, o.Text)
		case *ui.Badge:
			words = append(words, o.Word)
		case *canvas.Text:
			words = append(words, o.Text)
		}
	})
	return words
}

// each visits everything that is shown, popups included; what is hidden and what is inside it is left out.
func (s *Stage) each(visit func(fyne.CanvasObject)) {
	c := s.Window.Canvas()
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		visit(o)
		switch o := o.(type) {
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child)
			}
		}
	}
	for _, root := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		walk(root)
	}
}

// Says reports whether a text is somewhere on screen.
func (s *Stage) Says(part string) bool {
	for _, w := range s.Words() {
		if strings.Contains(w, part) {
			return true
		}
	}
	return false
}

// Button is the first visible button with a text or label; nil when there is none.
func (s *Stage) Button(text string) *ui.Button {
	if found := s.buttons(text); len(found) > 0 {
		return found[0]
	}
	return nil
}

func (s *Stage) buttons(text string) (found []*ui.Button) {
	s.each(func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && (b.Text == text || b.Label == text) {
			found = append(found, b)
		}
	})
	return found
}

// TapLast presses the last visible button with a text: that of a dialog above the page.
func (s *Stage) TapLast(t testing.TB, text string) {
	t.Helper()
	found := s.buttons(text)
	if len(found) == 0 {
		t.Fatalf("no button %q on screen: %q", text, s.Words())
	}
	found[len(found)-1].Tapped(&fyne.PointEvent{})
}

// Tap presses the visible button with a text.
func (s *Stage) Tap(t testing.TB, text string) {
	t.Helper()
	found := s.Button(text)
	switch {
	case found == nil:
		t.Fatalf("no button %q on screen: %q", text, s.Words())
	case found.Disabled():
		t.Fatalf("button %q is disabled", text)
	}
	found.Tapped(&fyne.PointEvent{})
}

// Choose presses the first visible option with a label, in chips; false when there is none.
func (s *Stage) Choose(label string) bool {
	var option fyne.Tappable
	s.each(func(o fyne.CanvasObject) {
		chips, ok := o.(*ui.Chips)
		if !ok || option != nil {
			return
		}
		for _, chip := range test.WidgetRenderer(chips).Objects() {
			widget, ok := chip.(interface {
				fyne.Widget
				fyne.Tappable
			})
			if !ok {
				continue
			}
			for _, part := range test.WidgetRenderer(widget).Objects() {
				if text, ok := part.(*ui.Text); ok && text.Words == label {
					option = widget
				}
			}
		}
	})
	if option != nil {
		option.Tapped(&fyne.PointEvent{})
	}
	return option != nil
}

// Key types a key into what has the keyboard.
func (s *Stage) Key(t testing.TB, names ...fyne.KeyName) {
	t.Helper()
	for _, name := range names {
		focused := s.Window.Canvas().Focused()
		if focused == nil {
			t.Fatalf("nothing has the keyboard for %s", name)
		}
		focused.TypedKey(&fyne.KeyEvent{Name: name})
	}
}

// Rune types a letter or digit.
func (s *Stage) Rune(t testing.TB, r rune) {
	t.Helper()
	focused := s.Window.Canvas().Focused()
	if focused == nil {
		t.Fatalf("nothing has the keyboard for %c", r)
	}
	focused.TypedRune(r)
}

// Type types letters into what has the keyboard.
func (s *Stage) Type(t testing.TB, text string) {
	t.Helper()
	for _, r := range text {
		s.Rune(t, r)
	}
}

// Hold holds the button that has the keyboard with the space bar, for as long as it takes to act or for a part of it.
func (s *Stage) Hold(t testing.TB, d time.Duration) {
	t.Helper()
	button, ok := s.Window.Canvas().Focused().(desktop.Keyable)
	if !ok {
		t.Fatalf("what has the keyboard cannot be held: %T", s.Window.Canvas().Focused())
	}
	button.KeyDown(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.Loop.Advance(d)
	button.KeyUp(&fyne.KeyEvent{Name: fyne.KeySpace})
}

// NoFaults fails the test when the place reported any.
func (s *Stage) NoFaults(t testing.TB) {
	t.Helper()
	for _, err := range s.Faults {
		t.Errorf("fault: %v", err)
	}
}

// tablet is what the frame leaves of a tablet held upright, 800 × 1280.
var tablet = fyne.NewSize(756, 1180)

// NoKeys fails the test when a text has no words in the language, and when the page is wider than a tablet held upright.
func (s *Stage) NoKeys(t testing.TB) {
	t.Helper()
	if least := s.Window.Content().MinSize().Width; theme.Size(theme.SizeTouch) <= 44 && least > tablet.Width {
		t.Errorf("the page needs %v points of width; a tablet held upright has %v", least, tablet.Width)
	}
	for _, w := range s.Words() {
		if strings.Contains(w, "⟦") || strings.Contains(w, "{{") || strings.Contains(w, "<no value>") {
			t.Errorf("no text: %s", w)
		}
	}
}

// TapCard opens the card of a label.
func (s *Stage) TapCard(t testing.TB, label string) {
	t.Helper()
	var card *ui.TapCard
	s.each(func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.TapCard); ok && c.Label == label {
			card = c
		}
	})
	if card == nil {
		t.Fatalf("no card %q: %q", label, s.Words())
	}
	card.Tapped(nil)
}

// Capture draws the screen into a PNG file, in both looks and at the two usual sizes, on a tablet held upright, and in the smaller
// size with the largest text, for people to look at.
func (s *Stage) Capture(t testing.TB, path string) {
	t.Helper()
	for _, look := range []theme.Variant{theme.Light, theme.Dark} {
		theme.Apply(theme.New(look, 100))
		s.draw(t, path+"-"+string(look)+"-wide.png", fyne.NewSize(1280, 800))
		s.draw(t, path+"-"+string(look)+"-small.png", fyne.NewSize(1024, 600))
	}
	theme.Apply(theme.New(theme.Light, 100).ForTouch(true))
	s.draw(t, path+"-tablet.png", tablet)
	theme.Apply(theme.New(theme.Light, theme.MaxScale))
	s.draw(t, path+"-light-small-200.png", fyne.NewSize(1024, 600))
	theme.Apply(theme.New(theme.Light, 100))
}

func (s *Stage) draw(t testing.TB, path string, size fyne.Size) {
	t.Helper()
	s.Window.Resize(size)
	s.Window.Content().Refresh()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, s.Window.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

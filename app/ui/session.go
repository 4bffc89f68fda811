package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// Session is what a place gets to work with while a workspace is unlocked. At lock the shell drops it and
// everything built from it; a place keeps no reference beyond its own life.
type Session struct {
	// WS is the open workspace: the only door to data.
	WS *workspace.Workspace
	// Dir is the workspace's folder.
	Dir string
	// Texts speaks the language in use. A change of language makes a new Session value and new places.
	Texts *i18n.Texts
	// Loop runs work off the UI goroutine and brings its result back.
	Loop Loop
	// Window is the program's only window.
	Window fyne.Window
	// Go opens a place by its identifier. The arguments reach the place's Enter.
	Go func(place string, args ...any)
	// Notify shows a short message for some seconds.
	Notify func(level Level, text string)
	// Fault shows an error as one plain sentence.
	Fault func(error)
	// Saved tells the status line how the latest answer fares.
	Saved func(SavedState)
	// Unsent tells the status line how many operations wait for a data package; negative hides the count.
	Unsent func(count int)
	// Now tells the time.
	Now func() time.Time
	// Cover hides the screen until the PIN is typed; without a PIN it locks. Nil where there is no shell.
	Cover func()
	// Lock ends the unlock period; the unlock page shows the note, which may be empty.
	Lock func(note string)
	// Choose changes language, variant or text size at run time; zero values leave a setting as it is.
	Choose func(Look)
}

// Look is what a person may choose about the appearance. Zero values mean "as it is".
type Look struct {
	Lang    string        // "nb", "nn" or "en"
	Variant theme.Variant // theme.Light or theme.Dark
	Percent int           // text size, 80 to 200
	Touch   Touch         // whether the screen is touched
}

// Touch says whether the look is made for a screen that is touched. The zero value means "as it is".
type Touch string

// The two values.
const (
	Touched    Touch = "on"
	NotTouched Touch = "off"
)

// Theme is the look as a theme; what is not chosen is light, 100 % and not touched.
func (l Look) Theme() *theme.Theme {
	percent := l.Percent
	if percent == 0 {
		percent = theme.DefaultScale
	}
	return theme.New(l.Variant, percent).ForTouch(l.Touch == Touched)
}

// Place is one place that a user can be in: a page of the program.
type Place interface {
	// Title is the heading shown in the header. It never holds a person's name (the window may be seen by others).
	Title() string
	// Content is the page. The shell asks once and keeps it until the place is dropped.
	Content() fyne.CanvasObject
	// Enter is called each time the place comes on screen, with the arguments of Session.Go.
	Enter(args ...any)
	// Leave is called before another place comes on screen, and before lock: commit what is typed.
	Leave()
}

// Bookmarker is a place that can be found again after lock or a change of language: the arguments go to Enter of a new
// instance. They hold identifiers only, no content.
type Bookmarker interface{ Bookmark() []any }

// Searcher is a place with a search field of its own; Ctrl+K goes there.
type Searcher interface{ FocusSearch() }

// Shortcutter is a place with keyboard shortcuts of its own; they hold while it is on screen and stand in the help sheet.
type Shortcutter interface{ Shortcuts() []Shortcut }

// Shortcut is one key combination.
type Shortcut struct {
	// Key is the key; "/" and "?" are letters, which are keys of the window outside fields of words.
	Key      fyne.KeyName
	Modifier fyne.KeyModifier
	// Text says what it does, in the user's language; empty for a key that the line of another one tells of.
	Text string
	// Do does it; nil only documents a key that a widget handles itself.
	Do func()
}

// Level says how a message is meant; it decides icon and colour.
type Level int

// The levels.
const (
	Neutral Level = iota
	Info
	Success
	Warning
	Error
)

func (l Level) colors() (text, tint fyne.ThemeColorName, icon string) {
	switch l {
	case Info:
		return theme.ColorAccent, theme.ColorAccentTint, "info"
	case Success:
		return theme.ColorSuccess, theme.ColorSuccessTint, "ok"
	case Warning:
		return theme.ColorWarning, theme.ColorWarningTint, "warning"
	case Error:
		return theme.ColorError, theme.ColorErrorTint, "error"
	default:
		return theme.ColorMuted, theme.ColorNeutralTint, ""
	}
}

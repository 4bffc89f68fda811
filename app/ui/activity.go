package ui

import (
	"sync/atomic"

	"fyne.io/fyne/v2"
)

var touches atomic.Int64

// touch notes that the user did something.
func touch() { touches.Add(1) }

// Touches counts what the user did with widgets of the kit since the program began. The shell compares it over time to tell whether
// anybody is at the keyboard; the toolkit has no event for that.
func Touches() int64 { return touches.Load() }

// NoteActivity is for a place's own widgets: it counts as one touch.
func NoteActivity() { touch() }

// escape answers the Escape key in a widget: by its own way, or else by the window's, which the toolkit would not tell of it.
func escape(from fyne.CanvasObject, own func(), event *fyne.KeyEvent) {
	if own != nil {
		own()
		return
	}
	toWindow(from, event)
}

func toWindow(from fyne.CanvasObject, event *fyne.KeyEvent) {
	if c := canvasOf(from); c != nil {
		if handle := c.OnTypedKey(); handle != nil {
			handle(event)
		}
	}
}

// windowKey notes the touch and hands function keys to the window, which the toolkit would not tell of them while a
// widget has the keyboard. True means that the key is dealt with.
func windowKey(from fyne.CanvasObject, event *fyne.KeyEvent) bool {
	touch()
	switch event.Name {
	case fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		toWindow(from, event)
		return true
	}
	return false
}

package ui

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
)

// Yielder is what a page stands in. On a screen that is touched it leaves the lower part of the window to the keyboard that the system
// draws there while somebody writes, so that the field stays in view. Systems that make the window smaller by themselves (Android) need
// nothing of this.
type Yielder interface{ Yield(on bool) }

// KeyboardShare is the part of the window's height that a keyboard on the screen takes.
const KeyboardShare = 0.42

// yield tells what surrounds a field that somebody begins or ends to write in it.
func yield(field fyne.CanvasObject, on bool) {
	if !theme.Touch() || fyne.CurrentDevice().IsMobile() {
		return
	}
	if c := canvasOf(field); c != nil {
		tellYielder(c.Content(), on)
	}
}

func tellYielder(object fyne.CanvasObject, on bool) {
	if object == nil {
		return
	}
	if y, ok := object.(Yielder); ok {
		y.Yield(on)
		return
	}
	for _, child := range inside(object) {
		tellYielder(child, on)
	}
}

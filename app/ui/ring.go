package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
)

// focusRing is the line around what has the keyboard. It is drawn inside the widget's bounds, where no container cuts it.
type focusRing struct{ *canvas.Rectangle }

func newFocusRing() focusRing {
	r := focusRing{canvas.NewRectangle(color.Transparent)}
	r.show(false, fynetheme.SizeNameInputRadius)
	return r
}

func (r focusRing) show(on bool, radius fyne.ThemeSizeName) {
	r.StrokeColor = color.Transparent
	r.StrokeWidth = 0
	r.CornerRadius = theme.Size(radius)
	if on {
		r.StrokeColor = theme.Color(theme.ColorFocusRing)
		r.StrokeWidth = theme.Size(theme.SizeRing)
	}
	r.Rectangle.Refresh()
}

func (r focusRing) place(size fyne.Size) {
	inset := theme.Size(theme.SizeRing) / 2 // the line is drawn on both sides of the edge
	r.Move(fyne.NewSquareOffsetPos(inset))
	r.Resize(fyne.NewSize(max(size.Width-2*inset, 0), max(size.Height-2*inset, 0)))
}

// focusOn gives an object the keyboard if it is on a canvas.
func focusOn(object fyne.Focusable) {
	if c := canvasOf(object.(fyne.CanvasObject)); c != nil && c.Focused() != object {
		c.Focus(object)
	}
}

// canvasOf returns the canvas an object is on. The toolkit knows that only once the object was drawn; before, it is the
// program's one window.
func canvasOf(object fyne.CanvasObject) fyne.Canvas {
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(object); c != nil {
		return c
	}
	if windows := driver.AllWindows(); len(windows) > 0 {
		return windows[0].Canvas()
	}
	return nil
}

// Focus gives an object the keyboard if it is on screen.
func Focus(object fyne.Focusable) { focusOn(object) }

// passOn hands a shortcut that a focused entry has no use for to the window, which would otherwise never see it: the
// toolkit asks the focused widget only.
func passOn(from fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := canvasOf(from).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

package ui

import (
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// stage puts objects on a test window in the program's look, below each other, and returns its canvas.
func stage(t *testing.T, objects ...fyne.CanvasObject) fyne.Canvas {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	window := test.NewTempWindow(t, Stack(theme.SizeGapWide, objects...))
	window.Resize(fyne.NewSize(600, 700))
	return window.Canvas()
}

func texts() *i18n.Texts { return i18n.For("nb") }

// press hands keys to what has the keyboard.
func press(c fyne.Canvas, keys ...fyne.KeyName) {
	for _, key := range keys {
		if key == fyne.KeyTab {
			if tabbable, ok := c.Focused().(fyne.Tabbable); !ok || !tabbable.AcceptsTab() {
				c.FocusNext()
				continue
			}
		}
		c.Focused().TypedKey(&fyne.KeyEvent{Name: key})
	}
}

// write hands letters to what has the keyboard at the time of each.
func write(c fyne.Canvas, text string) {
	for _, r := range text {
		c.Focused().TypedRune(r)
	}
}

// picture draws one object alone.
func picture(t *testing.T, object fyne.CanvasObject, size fyne.Size) image.Image {
	t.Helper()
	window := test.NewTempWindow(t, object)
	window.SetPadded(false)
	window.Resize(size)
	return window.Canvas().Capture()
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

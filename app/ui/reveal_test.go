package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"feltbok/app/theme"
)

// Whoever goes through a long page with the Tab key sees where the keyboard is, also inside cards and dialogs.
func TestFocus_IsScrolledOnScreen(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 200))
	var page []fyne.CanvasObject
	for range 12 {
		page = append(page, Card(NewField("Felt", NewTextField("")), NewButton("Knapp", nil), NewChips([]Choice{{Code: "a", Label: "A"}}, false), NewSecretEntry("")))
	}
	scroll := Page(page...)
	window := test.NewTempWindow(t, scroll)
	window.Resize(fyne.NewSize(700, 400))
	c := window.Canvas()
	onScreen := func(o fyne.CanvasObject) bool {
		top := fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Y - fyne.CurrentApp().Driver().AbsolutePositionForObject(scroll).Y
		return top >= 0 && top+o.Size().Height <= scroll.Size().Height
	}
	for i := range 48 {
		c.FocusNext()
		if o := c.Focused().(fyne.CanvasObject); !onScreen(o) {
			t.Fatalf("stop %d, a %T, is not on screen", i, o)
		}
	}
	for i := range 47 {
		c.FocusPrevious()
		if o := c.Focused().(fyne.CanvasObject); !onScreen(o) {
			t.Fatalf("back at stop %d, a %T is not on screen", i, o)
		}
	}
	last := NewButton("Ferdig", nil)
	ShowDialog(window, "Lang", 400, Stack(theme.SizeGapWide, Card(Paragraph("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl")), last), last, nil)
	box := c.Overlays().Top().(*dialogLayer).box
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(last).Y - fyne.CurrentApp().Driver().AbsolutePositionForObject(box).Y
	if top < 0 || top+last.Size().Height > box.Size().Height {
		t.Errorf("the button of a long dialog is at %v of %v", top, box.Size().Height)
	}
}

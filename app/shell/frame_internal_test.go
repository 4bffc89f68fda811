package shell

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// TestFrame_RoomForTheKeyboard: on a screen that is touched the page yields to the keyboard that the system draws there, and takes its
// room back a moment after the writing has ended, so that a tap on a button meets it where it was.
func TestFrame_RoomForTheKeyboard(t *testing.T) {
	for _, touch := range []bool{true, false} {
		test.NewTempApp(t)
		theme.Apply(theme.New(theme.Light, 100).ForTouch(touch))
		loop := &ui.SyncLoop{}
		f := newFrame(i18n.For("nb"), loop, time.Now, nil, frameFacts{}, func(string) {}, func() {}, func() {})
		field := ui.NewTextField("")
		f.put("", container.NewVScroll(ui.Stack(theme.SizeGap, ui.Stack(theme.SizeGap, fillers(20)...), field)))
		w := test.NewTempWindow(t, container.NewStack(f))
		w.Resize(fyne.NewSize(800, 1280))
		whole := f.place.Size().Height
		w.Canvas().Focus(field)
		if shrunk := f.place.Size().Height < whole*0.7; shrunk != touch {
			t.Errorf("touch %t: while writing the page is %v high of %v", touch, f.place.Size().Height, whole)
		}
		if below := fyne.CurrentApp().Driver().AbsolutePositionForObject(field).Y + field.Size().Height; touch && below > 1280*(1-ui.KeyboardShare) {
			t.Errorf("the field ends at %v, behind the keyboard", below)
		}
		w.Canvas().Unfocus()
		if touch && f.place.Size().Height == whole {
			t.Error("the page jumps before the tap that ended the writing has met its button")
		}
		loop.Advance(time.Second)
		if f.place.Size().Height != whole {
			t.Errorf("touch %t: afterwards the page is %v high, before it was %v", touch, f.place.Size().Height, whole)
		}
	}
}

func fillers(n int) []fyne.CanvasObject {
	var objects []fyne.CanvasObject
	for range n {
		objects = append(objects, ui.NewButton("x", nil))
	}
	return objects
}

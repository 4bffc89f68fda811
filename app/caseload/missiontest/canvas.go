package missiontest

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// Window makes a window of a size with the program's look. Text is 100 % unless percent says otherwise.
func Window(t testing.TB, variant theme.Variant, percent int, size fyne.Size) fyne.Window {
	t.Helper()
	test.NewTempApp(t)
	theme.Apply(theme.New(variant, percent))
	w := test.NewTempWindow(t, container.NewStack())
	w.SetPadded(false)
	w.Resize(size)
	return w
}

// Shoot writes what the window shows to the folder that FELTBOK_SCREENS names, as name.png; without the variable it does nothing.
func Shoot(t testing.TB, w fyne.Window, name string) {
	t.Helper()
	dir := os.Getenv("FELTBOK_SCREENS")
	if dir == "" {
		return
	}
	file, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, w.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

// Walk visits every visible object on a canvas, overlays included, each before what it holds.
func Walk(c fyne.Canvas, visit func(fyne.CanvasObject)) {
	roots := append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
	for _, root := range roots {
		walk(root, visit)
	}
}

// WalkObject visits one object and everything visible in it.
func WalkObject(o fyne.CanvasObject, visit func(fyne.CanvasObject)) { walk(o, visit) }

func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walk(child, visit)
		}
	}
}

// Words collects every text on a canvas: drawn letters, what fields hold, and what screen readers say.
func Words(c fyne.Canvas) []string {
	var words []string
	Walk(c, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *canvas.Text:
			words = append(words, o.Text)
		case *ui.Text:
			words = append(words, o.Words)
		case *widget.Entry:
			words = append(words, o.Text, o.PlaceHolder)
		}
		if accessible, ok := o.(fyne.Accessible); ok {
			words = append(words, accessible.AccessibilityLabel())
		}
	})
	return words
}

// Button finds the visible button with a text or label.
func Button(t testing.TB, c fyne.Canvas, text string) *ui.Button {
	t.Helper()
	var found *ui.Button
	Walk(c, func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && found == nil && (b.Text == text || b.Label == text) {
			found = b
		}
	})
	if found == nil {
		t.Fatalf("no button says %q", text)
	}
	return found
}

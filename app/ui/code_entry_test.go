package ui

import (
	"bytes"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

func TestCodeEntry_ForgivesWhatPeopleMixUp(t *testing.T) {
	tests := []struct{ typed, want string }{
		{"abcde", "ABCDE"},
		{"o0il1", "00111"},
		{"7k-3 q.d,p", "7K3QDP"},
		{"ab*~$=", "AB*~$="},
		{"æøå!?/", ""},
		{"ABCDEFGHJKMNP", "ABCDEFGHJK"}, // ten is the whole
	}
	for _, tc := range tests {
		e := NewCodeEntry("kode", 10)
		c := stage(t, e)
		c.Focus(e)
		write(c, tc.typed)
		if got := string(e.Copy()); got != tc.want {
			t.Errorf("%q became %q, want %q", tc.typed, got, tc.want)
		}
		if whole := len(tc.want) == 10; e.Whole() != whole {
			t.Errorf("%q: whole is %v", tc.typed, e.Whole())
		}
	}
}

func TestCodeEntry_TapBackspaceAndWipe(t *testing.T) {
	e := NewCodeEntry("kode", 26)
	c := stage(t, e)
	e.Tapped(nil)
	if c.Focused() != fyne.Focusable(e) {
		t.Fatalf("a tap gave the keyboard to %T", c.Focused())
	}
	submitted := 0
	e.OnSubmit = func() { submitted++ }
	write(c, "7k3qd x")
	press(c, fyne.KeyBackspace, fyne.KeyReturn)
	if got := string(e.Copy()); got != "7K3QD" || submitted != 1 {
		t.Fatalf("holds %q, submitted %d times", got, submitted)
	}
	if _, ok := any(e).(fyne.Shortcutable); ok {
		t.Fatal("the entry takes shortcuts, so it could be pasted into or copied from")
	}
	if label := e.AccessibilityLabel(); label != "kode" {
		t.Fatalf("a screen reader is told %q", label)
	}
	buffer := e.secret[:cap(e.secret)]
	e.Clear()
	if len(bytes.Trim(buffer, "\x00")) != 0 || shown(e) != "··························" {
		t.Fatalf("after Clear the entry shows %q", shown(e))
	}
}

// shown is every letter that a widget gives the screen.
func shown(w fyne.Widget) string {
	text := ""
	for _, o := range test.WidgetRenderer(w).Objects() {
		if words, ok := o.(*canvas.Text); ok {
			text += words.Text
		}
	}
	return text
}

// The toolkit keeps measured and drawn words: it only ever gets single letters.
func TestCodeView_ShowsLettersOneByOneAndForgets(t *testing.T) {
	v := NewCodeView("7K3QD-4M9TX-W2B8F-HJ6CP-V5N0R-=")
	stage(t, v)
	if shown(v) != "7K3QD4M9TXW2B8FHJ6CPV5N0R=" {
		t.Fatalf("shows %q", shown(v))
	}
	for _, o := range test.WidgetRenderer(v).Objects() {
		if words, ok := o.(*canvas.Text); ok && len(words.Text) > 1 {
			t.Fatalf("more than a letter at a time: %q", words.Text)
		}
	}
	if v.Last() != 6 || !v.Ends([]byte("V5N0R=")) || v.Ends([]byte("V5N0R*")) || v.Ends(nil) {
		t.Errorf("last group of %d characters is told wrongly", v.Last())
	}
	buffer := v.code[:cap(v.code)]
	v.Clear()
	if len(bytes.Trim(buffer, "\x00")) != 0 || shown(v) != "" || v.Ends([]byte("=")) {
		t.Error("the code is still there after Clear")
	}
}

func TestCodeView_WrapsInsideItsWidth(t *testing.T) {
	v := NewCodeView("7K3QD-4M9TX-W2B8F-HJ6CP-V5N0R-=")
	stage(t, v)
	for _, width := range []float32{900, 400, 180} {
		v.Resize(fyne.NewSize(width, v.MinSize().Height))
		v.Resize(fyne.NewSize(width, v.MinSize().Height))
		for _, o := range test.WidgetRenderer(v).Objects() {
			if right := o.Position().X + o.Size().Width; right > width+0.5 {
				t.Errorf("at %v something ends at %v", width, right)
			}
			if bottom := o.Position().Y + o.Size().Height; bottom > v.MinSize().Height+0.5 {
				t.Errorf("at %v something ends at %v below %v", width, bottom, v.MinSize().Height)
			}
		}
	}
}

func TestHoldButton_ActsOnlyWhenHeld(t *testing.T) {
	loop, acted := &SyncLoop{}, 0
	b := NewHoldButton(loop, "Slett", func() { acted++ })
	c := stage(t, b)
	c.Focus(b)
	space := &fyne.KeyEvent{Name: fyne.KeySpace}
	press(c, fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace)
	b.KeyDown(&fyne.KeyEvent{Name: fyne.KeyReturn})
	loop.Advance(10 * HoldTime)
	b.KeyUp(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.KeyDown(space)
	loop.Advance(HoldTime - time.Millisecond)
	b.KeyUp(space)
	loop.Advance(10 * HoldTime)
	b.KeyDown(space)
	loop.Advance(HoldTime / 2)
	c.Unfocus()
	loop.Advance(10 * HoldTime)
	if acted != 0 {
		t.Fatalf("acted %d times without being held", acted)
	}
	c.Focus(b)
	b.KeyDown(space)
	loop.Advance(HoldTime)
	b.KeyUp(space)
	if acted != 1 {
		t.Fatalf("acted %d times after being held", acted)
	}
	b.MouseDown(nil)
	loop.Advance(HoldTime)
	b.MouseUp(nil)
	if acted != 2 {
		t.Fatalf("the pointer held it, and it acted %d times", acted)
	}
	b.Disable()
	b.KeyDown(space)
	loop.Advance(10 * HoldTime)
	if acted != 2 {
		t.Error("a disabled button acted")
	}
}

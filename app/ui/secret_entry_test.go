package ui

import (
	"bytes"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

func TestSecretEntry_TakesAndWipes(t *testing.T) {
	e := NewSecretEntry("frase")
	c := stage(t, e)
	c.Focus(e)
	submitted := 0
	e.OnSubmit = func() { submitted++ }
	write(c, "hest åtteX")
	press(c, fyne.KeyBackspace, fyne.KeyReturn)
	if submitted != 1 || e.Len() != 9 {
		t.Fatalf("submitted %d times with %d letters, want 1 and 9", submitted, e.Len())
	}
	buffer := e.secret[:cap(e.secret)]
	got := e.Take()
	if string(got) != "hest åtte" {
		t.Fatalf("took %q", got)
	}
	if e.Len() != 0 || len(bytes.Trim(buffer, "\x00")) != 0 {
		t.Fatal("the buffer still holds the secret after Take")
	}
	write(c, "abc")
	press(c, fyne.KeyEscape)
	if len(bytes.Trim(buffer, "\x00")) != 0 {
		t.Fatal("the buffer still holds the secret after Escape")
	}
}

// What reaches the toolkit may stay in its caches; so only dots and the placeholder ever do.
func TestSecretEntry_GivesTheScreenOnlyDots(t *testing.T) {
	e := NewSecretEntry("frase")
	c := stage(t, e)
	c.Focus(e)
	seen := func() string {
		text := ""
		for _, o := range test.WidgetRenderer(e).Objects() {
			if words, ok := o.(*canvas.Text); ok {
				text += words.Text
			}
		}
		return text
	}
	if seen() != "frase" {
		t.Fatalf("the empty entry shows %q", seen())
	}
	write(c, "hest")
	if seen() != "••••" {
		t.Fatalf("the entry shows %q, want four dots", seen())
	}
	if _, ok := any(e).(fyne.Shortcutable); ok {
		t.Fatal("the entry takes shortcuts, so it could be pasted into or copied from")
	}
	if label := e.AccessibilityLabel(); label != "frase" {
		t.Fatalf("a screen reader is told %q", label)
	}
	for range 600 {
		e.TypedRune('a')
	}
	if e.Len() != secretLimit || cap(e.secret) != secretLimit {
		t.Fatalf("the buffer moved: %d letters, room for %d", e.Len(), cap(e.secret))
	}
}

func TestSecretEntry_DigitsAndDisabled(t *testing.T) {
	e := NewSecretEntry("")
	e.Digits = true
	c := stage(t, e)
	c.Focus(e)
	write(c, "1a2٣3")
	if got := string(e.Take()); got != "123" {
		t.Errorf("a PIN took %q", got)
	}
	e.Disable()
	e.TypedRune('1')
	if e.Len() != 0 {
		t.Error("a disabled entry took a digit")
	}
}

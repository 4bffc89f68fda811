package ui

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
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

// What an entry cannot be told it cannot do: copy, paste, undo, select, show a menu with these, or reveal.
func TestSecretEntry_HasNoClipboardUndoOrReveal(t *testing.T) {
	var e any = NewSecretEntry("")
	_, shortcuts := e.(fyne.Shortcutable)
	_, menu := e.(fyne.SecondaryTappable)
	_, double := e.(fyne.DoubleTappable)
	_, drag := e.(fyne.Draggable)
	_, mouse := e.(desktop.Mouseable)
	_, keys := e.(desktop.Keyable)
	if shortcuts || menu || double || drag || mouse || keys {
		t.Fatalf("shortcuts %v, menu %v, double tap %v, drag %v, mouse %v, key up and down %v; want none", shortcuts, menu, double, drag, mouse, keys)
	}
}

func TestSecretEntry_Characters(t *testing.T) {
	e := NewSecretEntry("")
	for _, c := range []struct{ name, typed, want string }{
		{"Norwegian letters", "æøåÆØÅ", "æøåÆØÅ"},
		{"with AltGr", "@£$€{[]}\\|~", "@£$€{[]}\\|~"},
		{"after dead keys", "éüñ", "éüñ"},
		{"a mark of its own", "a\u030a", "a\u030a"},
		{"by an input method", "ሰላም漢字فاطمة", "ሰላም漢字فاطمة"},
		{"beyond the first plane", "𐐷", "𐐷"},
		{"no characters", "a\tb\nc\x00d\x7f", "abcd"},
		{"spaces", "to  ord ", "to  ord "},
	} {
		for _, r := range c.typed {
			e.TypedRune(r)
		}
		if got := string(e.Take()); got != c.want {
			t.Errorf("%s: took %q, want %q", c.name, got, c.want)
		}
	}
	for _, r := range []rune{-1, 0xD800, 0x110000} {
		e.TypedRune(r)
	}
	if e.Len() != 0 {
		t.Errorf("numbers that are no characters were taken: %d", e.Len())
	}
}

func TestSecretEntry_BackspaceWipesWholeCharacters(t *testing.T) {
	e := NewSecretEntry("")
	for _, r := range "å漢" {
		e.TypedRune(r)
	}
	for left := 1; left >= 0; left-- {
		e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
		if e.Len() != left || len(bytes.Trim(e.secret[len(e.secret):cap(e.secret)], "\x00")) != 0 {
			t.Fatalf("after Backspace %d characters are left and %x behind them", e.Len(), e.secret[len(e.secret):cap(e.secret)])
		}
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
}

// The buffer never moves, so no copy of it is left behind; a character that would be cut is not taken.
func TestSecretEntry_NeverGrows(t *testing.T) {
	e := NewSecretEntry("")
	first := &e.secret[:1][0]
	e.TypedRune('a')
	for range secretLimit {
		e.TypedRune('å')
	}
	if len(e.secret) != secretLimit-1 || !utf8.Valid(e.secret) || &e.secret[0] != first {
		t.Fatalf("%d bytes, valid %v, in place %v", len(e.secret), utf8.Valid(e.secret), &e.secret[0] == first)
	}
}

func TestSecretEntry_IsWipedAtLockAndWithItsDrawing(t *testing.T) {
	forgotten, kept := NewSecretEntry(""), NewSecretEntry("")
	stage(t, kept)
	for name, end := range map[string]func(){"lock": ClearSecrets, "drawing": func() { test.WidgetRenderer(kept).Destroy() }} {
		changes := 0
		kept.OnChange = func() { changes++ }
		for _, e := range []*SecretEntry{forgotten, kept} {
			e.Clear()
			for _, r := range "hest åtte" {
				e.TypedRune(r)
			}
		}
		end()
		if kept.Len() != 0 || len(bytes.Trim(kept.secret[:cap(kept.secret)], "\x00")) != 0 {
			t.Errorf("%s: the entry on screen still holds its secret", name)
		}
		if wiped := len(bytes.Trim(forgotten.secret[:cap(forgotten.secret)], "\x00")) == 0; wiped != (name == "lock") {
			t.Errorf("%s: the entry that nobody remembers is wiped: %v", name, wiped)
		}
	}
	forgotten.Clear()
	if len(holding) != 0 {
		t.Errorf("%d entries are remembered although they hold nothing", len(holding))
	}
}

package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

func TestTypeAhead(t *testing.T) {
	list := []string{"Arabisk", "Dari", "Somali", "Somali (Maay)", "Sorani", "Østafrikansk swahili", "አማርኛ", "Tegnspråk, norsk"}
	label := func(i int) string { return list[i] }
	for _, c := range []struct {
		keys string
		want int
	}{
		{"s", 2}, {"so", 2}, {"sor", 4}, {"ss", 3}, {"sss", 4}, {"ssss", 2}, {"o", 5}, {"sa", 0}, {"አ", 6}, {"n", 7}, {"x", 0}, {"dx", 1}, {"d ", 1},
	} {
		var ahead TypeAhead
		at := 0
		for _, r := range c.keys {
			if found := ahead.Next(r, at, len(list), label); found >= 0 {
				at = found
			}
		}
		if at != c.want {
			t.Errorf("%q leads to %q, want %q", c.keys, list[at], list[c.want])
		}
	}
	var ahead TypeAhead
	at := ahead.Next('s', 0, len(list), label)
	ahead.Key("S")
	if ahead.typed != "s" {
		t.Error("the key of a letter ends what is typed")
	}
	ahead.Key(fyne.KeyDown)
	if at = ahead.Next('o', at, len(list), label); at != 5 {
		t.Errorf("after an arrow a letter leads to %d", at)
	}
	if (&TypeAhead{}).Next('s', 0, 0, label) != -1 {
		t.Error("an empty list has a line")
	}
}

// TestTypeAhead_InLists: chips and tables go to what is typed, and give the window its letters.
func TestTypeAhead_InLists(t *testing.T) {
	rows := [][]string{{"200-24C00001", "Test Amina"}, {"200-24C00002", "Test Berhane"}}
	table := NewTable([]Column{{Title: "Sak", Least: 100}, {Title: "Navn", Least: 100}}, func() int { return len(rows) },
		func(row, column int) Cell { return Cell{Text: rows[row][column]} })
	chips := NewChips([]Choice{{Code: "a", Label: "Gift"}, {Code: "b", Label: "Skilt"}, {Code: "c", Label: "Separert"}}, false)
	c := stage(t, table, chips)
	pressed := ""
	c.SetOnTypedRune(func(r rune) { pressed += string(r) })
	c.Focus(table.Focusable())
	write(c, "be/")
	if table.Marked() != 1 {
		t.Errorf("typing a word of the second row leads to row %d", table.Marked())
	}
	c.Focus(chips)
	write(c, "se?")
	press(c, fyne.KeySpace)
	if got := chips.Chosen(); len(got) != 1 || got[0] != "c" {
		t.Errorf("chosen %v", got)
	}
	button := NewButton("Lagre", func() {})
	c = stage(t, button)
	c.SetOnTypedRune(func(r rune) { pressed += string(r) })
	c.Focus(button)
	write(c, "x/")
	if pressed != "/?/" {
		t.Errorf("the window was told %q", pressed)
	}
}

// TestTextField_UndoBeyondItsLetters: when the field has no letters to take back, Ctrl+Z goes on to the window, which knows the answers.
func TestTextField_UndoBeyondItsLetters(t *testing.T) {
	field := NewTextField("")
	field.Put("Amina")
	c := stage(t, field)
	var window []string
	for _, s := range []fyne.Shortcut{&fyne.ShortcutUndo{}, &desktop.CustomShortcut{KeyName: fyne.KeyZ, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}} {
		c.AddShortcut(s, func(s fyne.Shortcut) { window = append(window, s.ShortcutName()) })
	}
	c.Focus(field)
	press(c, fyne.KeyEnd)
	write(c, "h")
	redo := &desktop.CustomShortcut{KeyName: fyne.KeyZ, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
	field.TypedShortcut(&fyne.ShortcutUndo{})
	if field.Text != "Amina" || len(window) != 0 {
		t.Fatalf("after undo %q, window %v", field.Text, window)
	}
	field.TypedShortcut(redo)
	if field.Text != "Aminah" || len(window) != 0 {
		t.Fatalf("after redo %q, window %v", field.Text, window)
	}
	field.TypedShortcut(redo)
	field.TypedShortcut(&fyne.ShortcutUndo{})
	field.TypedShortcut(&fyne.ShortcutUndo{})
	if field.Text != "Amina" || len(window) != 2 && canvasTakesShortcuts(c) {
		t.Errorf("%q, window was told %v", field.Text, window)
	}
}

// canvasTakesShortcuts: the toolkit's test canvas may keep no shortcuts.
func canvasTakesShortcuts(c fyne.Canvas) bool { _, ok := c.(fyne.Shortcutable); return ok }

// TestShowHelp_ReadByKeyboard: on a low screen the sheet is longer than its box, and keys read it to its end and close it.
func TestShowHelp_ReadByKeyboard(t *testing.T) {
	test.NewTempApp(t)
	window := test.NewTempWindow(t, NewText(""))
	window.Resize(fyne.NewSize(600, 320))
	var group ShortcutGroup
	for i := range 40 {
		group.Shortcuts = append(group.Shortcuts, Shortcut{Key: fyne.KeyName(rune('A' + i%26)), Modifier: fyne.KeyModifierAlt, Text: "Gjør noe"})
	}
	dialog := ShowHelp(window, texts(), group, WidgetKeys(texts()))
	c := window.Canvas()
	press(c, fyne.KeyDown)
	if dialog.scroll.Offset.Y <= 0 {
		t.Error("Down does not scroll")
	}
	press(c, fyne.KeyEnd)
	if end := dialog.scroll.Content.Size().Height - dialog.scroll.Size().Height; dialog.scroll.Offset.Y < end-1 || end < 100 {
		t.Errorf("End leads to %v of %v", dialog.scroll.Offset.Y, end)
	}
	press(c, fyne.KeyEscape)
	if c.Overlays().Top() != nil {
		t.Error("Escape does not close the sheet")
	}
}

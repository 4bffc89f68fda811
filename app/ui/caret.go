package ui

import "fyne.io/fyne/v2"

// Caret tells before which letter of the text the next one goes, counted from 0.
func (f *TextField) Caret() int { return f.CursorTextOffset() }

// PutCaret puts the caret there, or at the end of a shorter text.
func (f *TextField) PutCaret(offset int) {
	offset = min(max(offset, 0), len([]rune(f.Text)))
	f.CursorRow, f.CursorColumn = 0, 0
	if !f.MultiLine {
		f.CursorColumn = offset
		f.Refresh()
		return
	}
	for range offset { // how lines are broken only the entry knows
		f.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	}
}

package ui

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"feltbok/internal/match"
)

// TypeAhead finds the line of a list whose first letters, or those of one of its words, are typed. Letters that follow each other
// make one beginning; where nothing begins with it, the last letter begins anew and goes on to the next line, so that the same
// letter again and again walks through all of them. No clock is needed for that. The zero value is ready.
type TypeAhead struct{ typed string }

// Key forgets what was typed when a key is none of a letter: an arrow, Enter, Space, Delete. The toolkit tells of letters twice, as
// keys and as letters.
func (a *TypeAhead) Key(name fyne.KeyName) {
	if len(name) > 1 {
		a.typed = ""
	}
}

// Next gives the line to go to, from line at of count, or -1 when no line fits or the letter is none. Labels are compared without case
// and accents, in any script.
func (a *TypeAhead) Next(r rune, at, count int, label func(line int) string) int {
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
		return -1
	}
	if longer := a.typed + string(r); a.typed != "" {
		if found := search(longer, at, count, label); found >= 0 {
			a.typed = longer
			return found
		}
	}
	a.typed = string(r)
	return search(a.typed, at+1, count, label)
}

// search looks from a line on, and from the top again; first for labels that begin so, then for words in them.
func search(typed string, from, count int, label func(int) string) int {
	wanted := match.Fold(typed)
	inside := -1
	for step := range count {
		line := (from + step) % count
		folded := match.Fold(label(line))
		if strings.HasPrefix(folded, wanted) {
			return line
		}
		if inside < 0 && strings.Contains(folded, " "+wanted) {
			inside = line
		}
	}
	return inside
}

// WindowRune hands the letters that are keys of the window, "/" for the search and "?" for the help, to it, which the toolkit would
// not tell of them while a list or a button has the keyboard. In fields of words they are letters. True means that it is dealt with.
func WindowRune(from fyne.CanvasObject, r rune) bool {
	touch()
	if r != '/' && r != '?' {
		return false
	}
	if c := canvasOf(from); c != nil {
		if handle := c.OnTypedRune(); handle != nil {
			handle(r)
		}
	}
	return true
}

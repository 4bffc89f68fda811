package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/internal/i18n"
)

// NumberField takes a whole number between two limits. Letters do nothing; Up and Down step by one.
type NumberField struct {
	TextField
	// Min and Max are the limits, both allowed.
	Min, Max int64
	// OnNumber is called when the field is left with another number than before; ok is false for an empty field.
	OnNumber func(number int64, ok bool)
	// OnProblem is called with a sentence while the text is no number within the limits, with "" when it is again.
	OnProblem func(text string)

	texts *i18n.Texts
}

// NewNumberField makes an empty field.
func NewNumberField(texts *i18n.Texts, least, most int64) *NumberField {
	n := &NumberField{Min: least, Max: most, texts: texts}
	n.setUp(n, "")
	n.TextField.allow = func(r rune) bool { return r >= '0' && r <= '9' || r == '-' && least < 0 }
	n.TextField.OnKey = n.step
	n.TextField.OnCommit = func(string) { n.commit() }
	return n
}

// Number returns the number; ok is false when the field is empty or holds no number within the limits.
func (n *NumberField) Number() (number int64, ok bool) {
	number, err := strconv.ParseInt(strings.TrimSpace(n.Text), 10, 64)
	return number, err == nil && number >= n.Min && number <= n.Max
}

// PutNumber puts a number into the field without calling back; ok false empties it.
func (n *NumberField) PutNumber(number int64, ok bool) {
	if !ok {
		n.Put("")
		return
	}
	n.Put(strconv.FormatInt(number, 10))
}

func (n *NumberField) commit() {
	number, ok := n.Number()
	empty := strings.TrimSpace(n.Text) == ""
	if n.OnProblem != nil {
		problem := ""
		if !ok && !empty {
			problem = n.texts.T("ui.number.range", "Min", n.Min, "Max", n.Max)
		}
		n.OnProblem(problem)
	}
	if n.OnNumber != nil && (ok || empty) {
		n.OnNumber(number, ok)
	}
}

func (n *NumberField) step(event *fyne.KeyEvent) bool {
	by := int64(0)
	switch event.Name {
	case fyne.KeyUp:
		by = 1
	case fyne.KeyDown:
		by = -1
	default:
		return false
	}
	if n.Disabled() {
		return true
	}
	number, ok := n.Number()
	switch {
	case !ok:
		number = max(n.Min, min(n.Max, 0))
	default:
		number = max(n.Min, min(n.Max, number+by))
	}
	n.SetText(strconv.FormatInt(number, 10))
	n.CursorColumn = len(n.Text)
	return true
}

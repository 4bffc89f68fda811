package ui

import (
	"strconv"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
)

// WordCards shows numbered words so large that two people can read them to each other, four in a row where there is room: the
// words of an enrolment look the same on both machines (security.md 8.4).
func WordCards(words []string) fyne.CanvasObject {
	cards := make([]fyne.CanvasObject, len(words))
	for i, word := range words {
		text := Subheading(word)
		text.Wrap = false
		box := NewPanel(theme.ColorNeutralTint, Row(theme.SizeGap, Muted(strconv.Itoa(i+1)), Stretch(Middle(text))))
		box.Radius, box.Gap = "inputRadius", theme.SizeGap
		cards[i] = box
	}
	return Columns(4, 150, cards...)
}

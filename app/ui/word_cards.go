package ui

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
)

// wordWidth is the least width of a word's card, in points at 100 %: the longest words of the lists fit.
const wordWidth = 140

// WordCards shows numbered words so large that two people can read them to each other, four in a row where there is room, else
// two: the words of an enrolment look the same on both machines (security.md 8.4).
func WordCards(words []string) fyne.CanvasObject {
	cards := make([]fyne.CanvasObject, len(words))
	for i, word := range words {
		text := Subheading(word)
		text.Wrap = false
		box := NewPanel(theme.ColorNeutralTint, Row(theme.SizeGap, Muted(strconv.Itoa(i+1)), Stretch(Middle(text))))
		box.Radius, box.Gap = "inputRadius", theme.SizeGap
		cards[i] = box
	}
	var pairs []fyne.CanvasObject
	for pair := range slices.Chunk(cards, 2) {
		pairs = append(pairs, Columns(2, wordWidth, pair...))
	}
	return Columns(2, 2*wordWidth+16, pairs...)
}

package theme

import (
	"math"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The spacing scale, and the sizes that the kit adds to the toolkit's. All grow with the text size.
const (
	// SizeTouch is the least height of anything that can be tapped: 44 points at 100 % (design.md 3).
	SizeTouch fyne.ThemeSizeName = "feltbok.touch"
	// SizeGapTight stands between a label and its field: 4 points.
	SizeGapTight fyne.ThemeSizeName = "feltbok.gapTight"
	// SizeGap stands between things that belong together: 8 points.
	SizeGap fyne.ThemeSizeName = "feltbok.gap"
	// SizeGapWide stands between fields and inside cards: 16 points.
	SizeGapWide fyne.ThemeSizeName = "feltbok.gapWide"
	// SizeGapSection stands between sections: 28 points.
	SizeGapSection fyne.ThemeSizeName = "feltbok.gapSection"
	// SizeRing is the thickness of the focus ring. It does not grow.
	SizeRing fyne.ThemeSizeName = "feltbok.ring"
	// SizeReading is the text size for words that the interviewee reads.
	SizeReading fyne.ThemeSizeName = "feltbok.reading"
)

var sizes = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameText:           16,
	fynetheme.SizeNameCaptionText:    13.5,
	fynetheme.SizeNameSubHeadingText: 19,
	fynetheme.SizeNameHeadingText:    25,
	fynetheme.SizeNameInlineIcon:     21,
	fynetheme.SizeNameInnerPadding:   10,
	fynetheme.SizeNamePadding:        4,
	fynetheme.SizeNameLineSpacing:    4,
	SizeReading:                      21,
	SizeTouch:                        44,
	SizeGapTight:                     4,
	SizeGap:                          8,
	SizeGapWide:                      16,
	SizeGapSection:                   28,
}

// fixed sizes are lines and corners: they stay crisp at every text size.
var fixed = map[fyne.ThemeSizeName]float32{
	fynetheme.SizeNameSeparatorThickness: 1,
	fynetheme.SizeNameInputBorder:        1,
	fynetheme.SizeNameInputRadius:        8,
	fynetheme.SizeNameButtonRadius:       8,
	fynetheme.SizeNameCardRadius:         12,
	fynetheme.SizeNameDialogRadius:       14,
	fynetheme.SizeNamePopupRadius:        10,
	fynetheme.SizeNameMenuRadius:         8,
	fynetheme.SizeNameSelectionRadius:    6,
	fynetheme.SizeNameScrollBar:          12,
	fynetheme.SizeNameScrollBarSmall:     4,
	fynetheme.SizeNameScrollBarRadius:    4,
	fynetheme.SizeNameModalBlurRadius:    0,
	SizeRing:                             2.5,
}

// Size returns a size in points.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if points := touched[name]; t.touch && points > 0 {
		return max(points, t.forText(name))
	}
	return t.forText(name)
}

// touched are the least sizes on a screen that is touched, at any text size.
var touched = map[fyne.ThemeSizeName]float32{
	SizeTouch:                         44,
	fynetheme.SizeNameScrollBar:       24,
	fynetheme.SizeNameScrollBarSmall:  10,
	fynetheme.SizeNameInlineIcon:      21,
	fynetheme.SizeNameScrollBarRadius: 8,
}

// forText is a size as the text size makes it.
func (t *Theme) forText(name fyne.ThemeSizeName) float32 {
	if points, ok := fixed[name]; ok {
		return points
	}
	if points, ok := sizes[name]; ok {
		// Half points keep text from being measured and drawn at different sizes.
		return float32(math.Round(float64(points)*float64(t.percent)/50) / 2)
	}
	return fynetheme.DefaultTheme().Size(name)
}

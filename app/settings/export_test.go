package settings

import (
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
)

// Drives is the choice of folder.
func (p *Place) Drives() *drivepick.Picker { return p.drives }

// SampleSize is the text size of the preview in points.
func (p *Place) SampleSize() float32 { return p.sample.points }

// Step changes the previewed size.
func (p *Place) Step(by int) { p.step(by) }

// Tap chooses a chip of language or variant by its code.
func (p *Place) Tap(code string) {
	for _, chips := range []*ui.Chips{p.languages, p.variants} {
		for i, c := range []string{"nb", "nn", "en", "light", "dark"} {
			if c == code && (chips == p.languages) == (i < 3) {
				chips.TypedRune(rune('1' + i%3))
			}
		}
	}
}

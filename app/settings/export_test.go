package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

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

// UserDrives is the choice of folder in the form of a new user.
func (p *Place) UserDrives() *drivepick.Picker {
	for _, o := range p.users.body.Objects {
		if picker, ok := o.(*drivepick.Picker); ok {
			return picker
		}
	}
	return nil
}

// HoldsSecret reports whether anything typed or offered is left in the forms of users.
func (p *Place) HoldsSecret() bool {
	c := p.users
	if c.old != nil && c.old.Len() > 0 {
		return true
	}
	return c.pass != nil && (len(c.pass.words) > 0 || c.pass.own.Len() > 0 || c.pass.again.Len() > 0)
}

// ScrollToUsers brings the users on screen.
func (p *Place) ScrollToUsers() {
	scroll := p.root.Objects[0].(*container.Scroll)
	scroll.ScrollToOffset(fyne.NewPos(0, p.users.card.Position().Y))
}

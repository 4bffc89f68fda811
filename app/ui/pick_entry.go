package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// Choice is one option of a list.
type Choice struct {
	// Code is what is stored.
	Code string
	// Label is what is shown.
	Label string
	// Detail is shown small beside the label: a code, another name; may be empty.
	Detail string
}

// LookupChoices finds at most limit choices for a typed text, the best first. The empty text gives the usual ones.
type LookupChoices func(text string, limit int) []Choice

// pickRows is how many matches the list shows at a time.
const pickRows = 8

// PickEntry takes one choice out of a list of any length: type a few letters, take a match with arrows and Enter (or the
// pointer), which is done with the question too. Only the matches shown are ever built. Escape closes the list; Tab takes the marked match and goes on.
type PickEntry struct {
	TextField
	// OnPick is called with the choice taken; the zero Choice when the entry was emptied.
	OnPick func(Choice)
	// Free lets a text stay that matches nothing; OnPick then gets a Choice with an empty Code.
	Free bool

	lookup LookupChoices
	texts  *i18n.Texts
	stays  bool // after taking a choice: more of them may follow
	picked Choice
	list   *pickList
	popup  *widget.PopUp
}

// NewPickEntry makes an empty entry.
func NewPickEntry(texts *i18n.Texts, lookup LookupChoices) *PickEntry {
	p := &PickEntry{lookup: lookup, texts: texts}
	p.setUp(p, texts.T("ui.pick.placeholder"))
	p.Entry.OnChanged = func(text string) {
		if p.OnEdit != nil {
			p.OnEdit(text)
		}
		if p.hasFocus {
			p.open()
		}
	}
	p.OnKey = p.key
	return p
}

// Picked returns the choice in force.
func (p *PickEntry) Picked() Choice { return p.picked }

// PutChoice puts a choice into the entry without calling back.
func (p *PickEntry) PutChoice(c Choice) {
	p.picked = c
	had := p.hasFocus
	p.hasFocus = false // no list for what the program puts in
	p.Put(c.Label)
	p.hasFocus = had
}

// Opened tells whether the list of matches is shown.
func (p *PickEntry) Opened() bool { return p.popup != nil }

func (p *PickEntry) open() {
	text := p.Text
	if text == p.picked.Label {
		text = ""
	}
	found := p.lookup(text, pickRows+1)
	c := canvasOf(p)
	if len(found) == 0 && p.Free || c == nil {
		p.close()
		return
	}
	if p.list == nil {
		p.list = newPickList(p)
	}
	p.list.show(found)
	position := fyne.CurrentApp().Driver().AbsolutePositionForObject(p)
	size := fyne.NewSize(max(p.Size().Width, 17*theme.Size(theme.SizeTouch)/2), p.list.MinSize().Height)
	below := position.AddXY(0, p.Size().Height+2)
	if room := c.Size().Height - below.Y; size.Height+8 > room && position.Y > room {
		below = position.AddXY(0, -size.Height-10) // no room below: above
	}
	if p.popup == nil {
		p.popup = widget.NewPopUp(p.list, c)
		p.popup.ShowAtPosition(below)
		c.Focus(p.list)
	} else {
		p.popup.Move(below)
	}
	p.popup.Resize(size)
}

func (p *PickEntry) close() {
	if p.popup != nil {
		popup := p.popup
		p.popup = nil
		popup.Hide()
	}
}

func (p *PickEntry) take(c Choice) {
	p.close()
	p.picked = c
	had := p.hasFocus
	p.hasFocus = false
	p.Put(c.Label)
	p.CursorColumn = len([]rune(c.Label))
	p.hasFocus = had
	p.Refresh()
	if p.OnPick != nil {
		p.OnPick(c)
	}
}

// key sees the keys first, from the entry itself or passed on by the open list.
func (p *PickEntry) key(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeyDown, fyne.KeyUp:
		if p.Disabled() {
			return true
		}
		if !p.Opened() {
			p.open()
			return true
		}
		if event.Name == fyne.KeyDown {
			p.list.move(1)
		} else {
			p.list.move(-1)
		}
		return true
	case fyne.KeyReturn, fyne.KeyEnter:
		if p.Opened() && len(p.list.choices) > 0 {
			p.take(p.list.choices[p.list.marked])
			if p.OnDone != nil && !p.stays {
				p.OnDone() // taking a choice answers the question
			}
			return true
		}
		p.settle()
		if p.OnDone != nil {
			p.OnDone()
		}
		return true
	case fyne.KeyEscape:
		if p.Opened() {
			p.close()
			p.PutChoice(p.picked)
			return true
		}
	}
	return false
}

// settle decides what a text stands for when the entry is left without taking a match.
func (p *PickEntry) settle() {
	p.close()
	text := strings.TrimSpace(p.Text)
	switch {
	case text == p.picked.Label:
	case text == "":
		p.take(Choice{})
	default:
		for _, c := range p.lookup(text, 2) {
			if strings.EqualFold(c.Label, text) || strings.EqualFold(c.Code, text) {
				p.take(c)
				return
			}
		}
		if p.Free {
			p.take(Choice{Label: text})
		} else {
			p.PutChoice(p.picked)
		}
	}
}

// Tapped opens the list of usual choices.
func (p *PickEntry) Tapped(event *fyne.PointEvent) {
	p.TextField.Tapped(event)
	if !p.Disabled() && p.hasFocus && !p.Opened() {
		p.open()
	}
}

// FocusLost settles the text.
func (p *PickEntry) FocusLost() {
	p.TextField.FocusLost()
	if !p.Opened() {
		p.settle()
	}
}

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// PickMany takes several choices out of a list of any length: a PickEntry, and below it what was taken, each of which
// can be taken away again. Enter in the empty entry is done.
type PickMany struct {
	widget.BaseWidget
	// OnChosen is called with all choices after each change, in the order they were taken.
	OnChosen func([]Choice)

	entry   *PickEntry
	tags    *fyne.Container
	texts   *i18n.Texts
	chosen  []Choice
	content *fyne.Container
}

// NewPickMany makes an empty one.
func NewPickMany(texts *i18n.Texts, lookup LookupChoices) *PickMany {
	p := &PickMany{texts: texts, tags: Flow(theme.SizeGap)}
	p.entry = NewPickEntry(texts, lookup)
	p.entry.stays = true
	p.entry.OnPick = func(c Choice) {
		if c.Code == "" {
			return
		}
		p.entry.PutChoice(Choice{})
		for _, known := range p.chosen {
			if known.Code == c.Code {
				return
			}
		}
		p.set(append(p.chosen, c), true)
	}
	p.tags.Hide()
	p.content = Stack(theme.SizeGap, p.entry, p.tags)
	p.ExtendBaseWidget(p)
	return p
}

// Entry is the part that takes the keyboard.
func (p *PickMany) Entry() *PickEntry { return p.entry }

// Chosen returns the choices in the order they were taken.
func (p *PickMany) Chosen() []Choice { return append([]Choice(nil), p.chosen...) }

// Put puts choices in without calling back.
func (p *PickMany) Put(choices ...Choice) { p.set(append([]Choice(nil), choices...), false) }

// Disable makes it read-only.
func (p *PickMany) Disable() { p.entry.Disable(); p.set(p.chosen, false) }

// Enable ends Disable.
func (p *PickMany) Enable() { p.entry.Enable(); p.set(p.chosen, false) }

// Disabled tells whether it is read-only.
func (p *PickMany) Disabled() bool { return p.entry.Disabled() }

func (p *PickMany) set(choices []Choice, tell bool) {
	p.chosen = choices
	p.tags.Objects = nil
	for i, c := range choices {
		tag := newButton(&Button{Text: c.Label, Icon: "close", Label: p.texts.T("ui.pick.remove", "Label", c.Label), OnTapped: func() {
			rest := append([]Choice(nil), p.chosen[:i]...)
			p.set(append(rest, p.chosen[i+1:]...), true)
			focusOn(p.entry)
		}})
		if p.Disabled() {
			tag.Disable()
		}
		p.tags.Objects = append(p.tags.Objects, tag)
	}
	p.tags.Hidden = len(choices) == 0
	p.tags.Refresh()
	p.Refresh()
	if tell && p.OnChosen != nil {
		p.OnChosen(p.Chosen())
	}
}

// CreateRenderer is for the toolkit.
func (p *PickMany) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.content) }

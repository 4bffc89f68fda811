package travel

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// clearanceCard says whether the machine may travel, else what to do first.
func (p *Place) clearanceCard() fyne.CanvasObject {
	t := p.s.Texts
	c := p.facts.clearance
	card := ui.Card(ui.SectionHeader(t.T("travel.clearance"), t.T("travel.clearance_note")))
	list := card.Content.(*fyne.Container)
	if c.clear {
		list.Add(ui.Banner(ui.Success, t.T("travel.clear"), nil, nil))
	} else {
		list.Add(ui.Banner(ui.Warning, t.N("travel.not_clear", len(c.reasons)), nil, nil))
	}
	for _, r := range c.reasons {
		list.Add(p.reasonRow(r, "warning", theme.ColorWarning))
	}
	for _, r := range c.notes {
		list.Add(p.reasonRow(r, "info", theme.ColorMuted))
	}
	return card
}

// besideButton is how wide the window must be, in points at 100 %, for words beside a button: large text needs the width itself.
const besideButton = 800

// reasonRow is what is missing and what to do for it.
func (p *Place) reasonRow(r reason, icon string, ink fyne.ThemeColorName) fyne.CanvasObject {
	t := p.s.Texts
	what := ui.Strong(t.T("travel.reason."+r.key, r.args...))
	what.Wrap = true
	words := ui.Stack(theme.SizeGapTight, what, ui.Paragraph(t.T("travel.reason."+r.key+"_do", r.args...)))
	if r.goTo == "" {
		return ui.Row(theme.SizeGap, ui.NewIcon(icon, ink), ui.Stretch(words))
	}
	button := ui.NewButton(t.T("travel.to_"+r.goTo), func() { p.s.Go(r.goTo) })
	if p.s.Window.Canvas().Size().Width < besideButton*theme.Size(theme.SizeTouch)/44 {
		words.Add(ui.Row("", button, ui.Spacer()))
		return ui.Row(theme.SizeGap, ui.NewIcon(icon, ink), ui.Stretch(words))
	}
	return ui.Row(theme.SizeGap, ui.NewIcon(icon, ink), ui.Stretch(words), button)
}

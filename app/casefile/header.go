package casefile

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
)

// header says which case this is and where it stands. UNHCR's submission categories are not here: the family may see the screen.
func (p *place) header() fyne.CanvasObject {
	t := p.s.Texts
	c := p.view.file.Case()
	number := ui.Heading(c.Text("unhcr_case_no"))
	number.Wrap = false // one of several things on its line
	if number.Words == "" {
		number.Words = t.T("casefile.no_number")
	}
	line := ui.Flow(theme.SizeGap, touchHigh(number))
	badge := func(level ui.Level, icon, words string) { line.Add(touchHigh(ui.NewBadge(level, icon, words))) }
	if status := domain.Status(c.Text("status")); status != "" {
		level, icon := statusLook(status)
		badge(level, icon, labelOf(t, "status", string(status)))
	}
	switch priority := c.Text("submission_priority"); priority {
	case "", "normal":
	default:
		badge(ui.Warning, "flag", labelOf(t, "submission_priority", priority))
	}
	if channel := c.Text("channel"); channel != "" {
		badge(ui.Neutral, "folder", labelOf(t, "channel", channel))
	}
	p.safetyBadge(badge)
	if c.Answer("limited_information").Bool() {
		badge(ui.Info, "info", t.T("casefile.limited_information"))
	}
	where := joined(labelOf(t, "country", c.Text("country_of_asylum")), c.Text("place_of_stay"))
	if priority := c.Text("submission_priority"); priority == "normal" {
		where = joined(where, t.T("casefile.priority", "Priority", labelOf(t, "submission_priority", priority)))
	}
	edit := ui.NewQuiet("edit", t.T("casefile.case.edit"), func() { p.editCase("") })
	p.anchor("case:edit", edit)
	line.Add(edit)
	if p.s.WS.Holds(domain.Sealed) {
		// The button is there for whoever could have entries, always, and says nothing about whether there are any.
		button := ui.NewQuiet("sealed", t.T("casefile.sealed.title"), p.openSealed)
		p.anchor("sealed:open", button)
		line.Add(button)
	}
	place := ui.Muted(where)
	place.Wrap = false
	return ui.Stack(theme.SizeGapTight, line, place, p.safetyLine())
}

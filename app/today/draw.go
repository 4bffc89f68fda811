package today

import (
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/safety"
)

// draw brings the whole page up to what was read.
func (p *place) draw() {
	p.drawNotices()
	p.drawDraft()
	p.drawUnsent()
	p.drawDay() // last: it lays the page out
}

func (p *place) drawNotices() {
	t := p.s.Texts
	p.notices.RemoveAll()
	for _, kind := range p.read.warnings {
		p.notices.Add(ui.Banner(ui.Warning, t.T("today.warning."+kind), nil, nil))
	}
	if p.read.quarantined > 0 && p.s.WS.Me().HQ {
		p.notices.Add(ui.Banner(ui.Warning, t.N("today.quarantined", p.read.quarantined), ui.NewButton(t.T("today.to_exchange"), func() { p.s.Go("exchange") }), nil))
	}
	p.drawReview()
	p.notices.Hidden = len(p.notices.Objects) == 0
}

// drawDraft shows the interview that was interrupted, before everything else.
func (p *place) drawDraft() {
	t := p.s.Texts
	p.carryOn.RemoveAll()
	p.carryOn.Hidden = p.read.draft == nil
	d := p.read.draft
	if d == nil {
		p.drawNext()
		return
	}
	who := named(d.person, d.native)
	if d.person == "" {
		who = ui.Strong(t.T("today.household_interview"))
	}
	words := ui.Stack(theme.SizeGapTight, ui.Muted(t.T("today.carry_on.title")), who,
		ui.Muted(t.T("today.carry_on.detail", "Number", d.number, "Time", d.started.Format("2.1. 15:04"))))
	card := ui.Card(ui.Row(theme.SizeGapWide, ui.NewIcon("interview", theme.ColorAccent), ui.Stretch(words), ui.NewPrimary(t.T("today.carry_on.action"), p.goOn)))
	card.Fill, card.Line = theme.ColorAccentTint, theme.ColorAccent
	p.carryOn.Add(card)
}

func (p *place) drawDay() {
	t := p.s.Texts
	p.list.RemoveAll()
	sittings, over := p.plan.shown()
	if len(p.plan.days) == 0 {
		p.day.SetText(t.T("today.title"))
		p.progress.SetText("")
		p.list.Add(p.noPlan())
	} else {
		p.day.SetText(ui.DayName(t, p.plan.day, p.plan.today))
		p.progress.SetText(t.N("today.progress", len(sittings), "Over", over))
		current := p.plan.current(sittings, p.s.Now())
		for i, one := range sittings {
			p.list.Add(p.card(one, i == current))
		}
		if len(sittings) == 0 {
			p.list.Add(ui.EmptyState("calendar", t.T("today.free.title"), t.T("today.free.text"), nil))
		}
	}
	choose := func(b *ui.Button, on bool) {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
	choose(p.back, p.plan.canStep(-1))
	choose(p.on, p.plan.canStep(1))
	p.back.Hidden, p.on.Hidden = len(p.plan.days) < 2, len(p.plan.days) < 2
	p.home.Hidden = len(p.plan.days) < 2 || p.plan.day == p.plan.nextDay()
	p.whose.Hidden = !p.plan.others()
	p.drawLoad()
	p.content.Refresh()
}

// noPlan says why there is no day plan and what to do.
func (p *place) noPlan() fyne.CanvasObject {
	t := p.s.Texts
	toCases := ui.NewPrimary(t.T("today.to_caseload"), func() { p.s.Go("caseload") })
	switch {
	case !p.loaded:
		return ui.Muted(t.T("today.reading"))
	case len(p.read.cases) == 0:
		return ui.EmptyState("today", t.T("today.nothing.title"), t.T("today.nothing.text"), ui.NewPrimary(t.T("today.to_exchange"), func() { p.s.Go("exchange") }))
	default:
		return ui.EmptyState("calendar", t.T("today.no_slots.title"), t.N("today.no_slots.text", len(p.read.cases)), toCases)
	}
}

// card is one family: when and where, who, and how far.
func (p *place) card(one sitting, current bool) fyne.CanvasObject {
	t := p.s.Texts
	hours := one.start.Format("15:04")
	if !one.end.IsZero() {
		hours += "–" + one.end.Format("15:04")
	}
	when := ui.Stack(theme.SizeGapTight, ui.Strong(hours), ui.Muted(one.Slot.Room))
	if one.Slot.Room == "" {
		when.Objects = when.Objects[:1]
	}
	persons := t.N("today.persons", one.Persons)
	if one.Children > 0 {
		persons = t.T("today.persons_and_children", "Persons", persons, "Children", t.N("today.children", one.Children))
	}
	facts := []string{one.Number, persons}
	for _, code := range one.Languages {
		facts = append(facts, ui.Lists().Label("language", code, t.Lang()))
	}
	if !one.mine && one.interviewer != "" {
		facts = append(facts, one.interviewer)
	}
	who := ui.Stack(theme.SizeGapTight, named(one.Name, one.Native), ui.Muted(strings.Join(facts, " · ")))
	level, icon := slotLook(one.Slot.Status)
	badges := ui.Flow(theme.SizeGap, ui.NewBadge(level, icon, ui.Lists().Label("slot_status", one.Slot.Status, t.Lang())))
	if current {
		badges.Add(ui.NewBadge(ui.Info, "clock", t.T("today.next")))
	}
	if one.Interviews > 0 {
		badges.Add(ui.NewBadge(ui.Neutral, "interview", t.T("today.interviews", "Done", one.Finished, "All", one.Interviews)))
	}
	if one.Conflicts > 0 {
		badges.Add(ui.NewBadge(ui.Warning, "conflicts", t.N("today.conflicts", one.Conflicts)))
	}
	return ui.NewTapCard(t.T("today.open_case", "Number", one.Number), func() { p.s.Go("casefile", one.ID) },
		newColumns(when, ui.Stack(theme.SizeGap, who, badges)))
}

func slotLook(status string) (ui.Level, string) {
	switch status {
	case "started":
		return ui.Info, "interview"
	case "done":
		return ui.Success, "ok"
	case "no_show":
		return ui.Warning, "warning"
	case "moved", "cancelled":
		return ui.Neutral, "close"
	default:
		return ui.Neutral, "calendar"
	}
}

// named shows a name in Latin letters and beside it in its own script.
func named(name, native string) fyne.CanvasObject {
	words := []fyne.CanvasObject{ui.Strong(name)}
	if native != "" && native != name {
		own := ui.NewText(native)
		own.Color = theme.ColorMuted
		words = append(words, own)
	}
	return ui.Flow(theme.SizeGapWide, words...)
}

func (p *place) drawUnsent() {
	t := p.s.Texts
	p.unsent.RemoveAll()
	p.unsent.Hidden = !p.loaded || p.s.WS.Me().HQ
	if p.unsent.Hidden {
		return
	}
	p.drawAway()
	if p.read.unsent == 0 {
		if len(p.unsent.Objects) == 0 {
			p.unsent.Add(calm(t.T("today.all_sent")))
		}
		return
	}
	p.unsent.Add(ui.Row(theme.SizeGap, ui.NewIcon("unsent", theme.ColorWarning), ui.Stretch(ui.Middle(ui.Paragraph(t.N("today.unsent", p.read.unsent)))),
		ui.NewQuiet("exchange", t.T("today.to_exchange"), func() { p.s.Go("exchange") })))
}

// drawAway says of how many cases the work is not yet at headquarters, and how old the oldest of it is.
func (p *place) drawAway() {
	t := p.s.Texts
	count, oldest := safety.Away(p.states)
	switch {
	case len(p.states) == 0:
		return
	case count == 0:
		if p.read.unsent == 0 {
			p.unsent.Add(calm(t.T("today.all_safe")))
		}
		return
	}
	words := t.N("today.away", count)
	if !oldest.IsZero() {
		words += " " + t.T("today.away_oldest", "Time", safety.When(t, oldest))
	}
	p.unsent.Add(ui.Row(theme.SizeGap, ui.NewIcon("device", theme.ColorMuted), ui.Stretch(ui.Middle(ui.Paragraph(words))),
		ui.NewQuiet("caseload", t.T("today.away_show"), func() { p.s.Go("caseload", "away") })))
}

func calm(words string) fyne.CanvasObject {
	return ui.Row(theme.SizeGap, ui.NewIcon("ok", theme.ColorSuccess), ui.Stretch(ui.Middle(ui.Paragraph(words))))
}

package dayplan

import (
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/workload"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
)

// drawSide says what there is to say of the marked slot, and below it of the day.
func (p *place) drawSide() {
	t := p.s.Texts
	p.side.RemoveAll()
	defer p.side.Refresh()
	switch {
	case !p.loaded:
		return
	case p.mission == uuid.Nil:
		p.side.Add(ui.EmptyState("calendar", t.T("dayplan.no_mission.title"), t.T("dayplan.no_mission.text"), ui.NewPrimary(t.T("today.to_exchange"), func() { p.s.Go("exchange") })))
		return
	}
	if p.m.moving != nil {
		p.side.Add(ui.Banner(ui.Info, t.T("dayplan.moving.how"), nil, nil))
	}
	if marked := p.m.marked(); marked != nil {
		p.drawSlot(marked)
	} else {
		p.drawEmpty()
	}
	for _, row := range workload.Rows(t, p.m.plan, p.m.day) {
		p.side.Add(row)
	}
}

func (p *place) drawEmpty() {
	t := p.s.Texts
	words := t.T("dayplan.empty.text")
	if !p.mayPlan() {
		words = t.T("dayplan.empty.read")
	}
	p.side.Add(ui.Stack(theme.SizeGapTight, ui.Strong(t.T("dayplan.empty.title")), ui.Paragraph(words)))
}

// drawSlot says when and who, what was found, and what can be done.
func (p *place) drawSlot(b *block) {
	t, s := p.s.Texts, b.slot
	p.side.Add(ui.Strong(t.T("dayplan.slot", "Hours", s.Hours(), "Number", p.number(s))))
	for _, found := range p.problems(b) {
		p.side.Add(ui.Banner(workload.Level(found.Severity), workload.Sentence(t, found), nil, nil))
	}
	if s.Conflict {
		p.side.Add(ui.Banner(ui.Warning, t.T("dayplan.conflict.text"), ui.NewButton(t.T("dayplan.conflict.show"), func() { p.s.Go("conflicts") }), nil))
	}
	if p.m.moving != nil {
		p.side.Add(ui.Flow(theme.SizeGap, ui.NewPrimary(t.T("dayplan.moving.set"), p.drop), ui.NewButton(t.T("ui.cancel"), func() { p.m.back(); p.draw() })))
		return
	}
	p.side.Add(ui.KeyValues(p.facts(s)...))
	p.side.Add(p.actions(s))
}

// problems of the marked slot: with the families' wishes where somebody has asked for them.
func (p *place) problems(b *block) []domain.Problem {
	if p.wished != nil && p.m.moving == nil {
		return p.wished.Problems(b.slot)
	}
	return b.problems
}

func (p *place) facts(s schedule.Slot) []ui.KeyValue {
	t := p.s.Texts
	var rows []ui.KeyValue
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, ui.KeyValue{Key: t.T("dayplan.fact." + key), Value: value})
		}
	}
	status := s.Status
	if status == "" {
		status = schedule.Planned
	}
	words := ui.Lists().Label("slot_status", status, t.Lang())
	if s.Reason != "" {
		words += ": " + ui.Lists().Label("slot_reason", s.Reason, t.Lang())
	}
	add("status", words)
	if to := p.m.plan.Slot(s.MovedTo); to != nil {
		add("moved_to", ui.DayName(t, to.Start.In(p.m.zone).Format("2006-01-02"), p.m.today)+" "+to.Hours())
	}
	add("part", ui.Lists().Label("slot_part_of_family", s.Part, t.Lang()))
	add("room", s.Room)
	if s.Interviewer != uuid.Nil {
		add("interviewer", p.alias(s.Interviewer))
	}
	add("interpreter", p.interpreter(s.Interpreter))
	if f := p.m.plan.Family(s.Case); f != nil {
		add("family", p.persons(f))
	}
	mode := "in_person"
	if s.Remote {
		mode = "remote"
	}
	add("mode", ui.Lists().Label("slot_mode", mode, t.Lang()))
	add("sequence", strings.Join(s.Sequence, ", "))
	return rows
}

// interpreter is the code, and the languages behind it.
func (p *place) interpreter(code string) string {
	who := p.m.plan.Interpreter(code)
	if who == nil || len(who.Languages) == 0 {
		return code
	}
	var languages []string
	for _, language := range who.Languages {
		languages = append(languages, ui.Lists().Label("language", language, p.s.Texts.Lang()))
	}
	return code + " (" + strings.Join(languages, ", ") + ")"
}

// actions are the buttons for the marked slot: what the letters do, for fingers and mice.
func (p *place) actions(s schedule.Slot) fyne.CanvasObject {
	row := ui.Flow(theme.SizeGap)
	for _, a := range p.letters() {
		if a.button && a.fits(s) {
			do := a.do
			row.Add(ui.NewButton(p.s.Texts.T(a.key), do))
		}
	}
	return row
}

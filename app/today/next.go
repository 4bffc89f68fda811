package today

import (
	"context"
	"time"

	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/workload"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
)

// next is this user's sitting that runs or comes next today; nil when none does, or when an interview waits to be gone on with.
func (p *place) next() *sitting {
	if p.read.draft != nil || p.s.WS.Me().HQ {
		return nil
	}
	var mine []sitting
	for _, one := range p.plan.sittings {
		if one.mine && one.day() == p.plan.today {
			mine = append(mine, one)
		}
	}
	if at := p.plan.current(mine, p.s.Now()); at >= 0 {
		return &mine[at]
	}
	return nil
}

// drawNext shows the family that comes next, with the button that begins its interview.
func (p *place) drawNext() {
	t := p.s.Texts
	one := p.next()
	if one == nil {
		return
	}
	when := t.T("today.next_family.now")
	if wait := one.start.Sub(p.s.Now()).Round(time.Minute); wait > 0 {
		when = t.N("today.next_family.minutes", int(wait.Minutes()))
		if wait >= 2*time.Hour {
			when = t.T("today.next_family.at", "Time", one.start.Format("15:04"))
		}
	}
	facts := one.start.Format("15:04") + " · " + one.Number
	if one.Slot.Room != "" {
		facts += " · " + one.Slot.Room
	}
	words := ui.Stack(theme.SizeGapTight, ui.Muted(when), named(one.Name, one.Native), ui.Muted(facts))
	card := ui.Card(ui.Row(theme.SizeGapWide, ui.NewIcon("clock", theme.ColorAccent), ui.Stretch(words), ui.NewPrimary(t.T("today.next_family.begin"), p.goOn)))
	card.Fill, card.Line = theme.ColorAccentTint, theme.ColorAccent
	p.carryOn.Add(card)
	p.carryOn.Hidden = false
}

// begin goes to the family's interview: the household interview that was begun, or a new one, with which the family's time begins.
func (p *place) begin(one sitting) {
	if p.beginning {
		return
	}
	p.beginning = true
	ui.Run(p.s.Loop, func(ctx context.Context) (uuid.UUID, error) {
		return beginInterview(context.WithoutCancel(ctx), p.s.WS, one)
	}, func(id uuid.UUID, err error) {
		p.beginning = false
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.s.Go("interview", id)
	})
}

// beginInterview finds or makes the household interview, and notes that the family's time has begun.
func beginInterview(ctx context.Context, ws *workspace.Workspace, one sitting) (uuid.UUID, error) {
	interviews, err := ws.Objects(ctx, "interview", one.ID)
	if err != nil {
		return uuid.Nil, err
	}
	var id uuid.UUID
	for _, held := range interviews {
		if held.Text("type") == "household" && ws.OwnDraft(held) {
			id = held.ID()
		}
	}
	if id == uuid.Nil {
		if id, err = ws.StartInterview(ctx, one.ID, uuid.Nil, "household"); err != nil {
			return uuid.Nil, err
		}
	}
	plan, err := schedule.Read(ctx, ws, ws.Me().Mission)
	if err != nil {
		return uuid.Nil, err
	}
	if s := plan.Slot(one.Slot.Slot); s != nil && s.Waits() {
		begun := *s
		begun.Status, begun.Began = schedule.Started, ws.Now().In(s.Start.Location())
		if _, err := schedule.Put(ctx, ws, plan, begun); err != nil {
			return uuid.Nil, err
		}
	}
	return id, nil
}

// drawLoad tells the lead how much each interviewer has on the day shown, and whether something in the plan cannot work.
func (p *place) drawLoad() {
	t := p.s.Texts
	p.work.RemoveAll()
	p.work.Hidden = true
	if p.read.plan == nil {
		return
	}
	rows := workload.Rows(t, p.read.plan, p.plan.day)
	if len(rows) == 0 {
		return
	}
	warnings := 0
	for _, found := range p.read.plan.Check(p.plan.day) {
		if found.Type == "slot" && found.Severity > domain.Information {
			warnings++
		}
	}
	if warnings > 0 {
		rows = append(rows, ui.Banner(ui.Warning, t.N("today.plan_warnings", warnings), nil, nil))
	}
	rows = append(rows, ui.Row("", ui.NewQuiet("calendar", t.T("today.to_plan"), func() { p.s.Go("schedule") })))
	p.work.Add(ui.Card(rows...))
	p.work.Hidden = false
}

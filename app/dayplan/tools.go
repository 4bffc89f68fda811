package dayplan

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
)

// askSpread shows what times the families without one would get, on the day shown or until the mission ends, and sets them up at yes.
func (p *place) askSpread() {
	if !p.mayPlan() || len(p.m.plan.Unscheduled()) == 0 {
		return
	}
	t := p.s.Texts
	body := ui.Stack(theme.SizeGap)
	var proposed []schedule.Slot
	yes := ui.NewPrimary(t.T("dayplan.spread.yes"), nil)
	preview := func(days []string) {
		var left []schedule.Left
		_, proposed, left = p.m.plan.Spread(p.spreading(days))
		body.RemoveAll()
		body.Add(ui.Strong(t.N("dayplan.spread.found", len(proposed))))
		slices.SortStableFunc(proposed, func(a, b schedule.Slot) int { return a.Start.Compare(b.Start) })
		for _, s := range proposed {
			words := []string{s.Room, p.alias(s.Interviewer), s.Interpreter}
			words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
			body.Add(ui.Stack("", ui.NewText(p.number(s)+"  "+ui.DayName(t, s.Day(), p.m.today)+" "+s.Hours()), ui.Muted(strings.Join(words, " · "))))
		}
		if len(left) > 0 {
			body.Add(ui.Strong(t.N("dayplan.spread.left", len(left))))
		}
		for _, one := range left {
			body.Add(ui.NewText(one.Family.Number + "  " + t.T("dayplan.spread.why."+why(one.Why))))
		}
		if len(proposed) == 0 {
			yes.Disable()
		} else {
			yes.Enable()
		}
		body.Refresh()
		if p.dialog != nil {
			p.dialog.Refresh()
		}
	}
	span := ui.NewChips([]ui.Choice{{Code: "day", Label: t.T("dayplan.spread.day")}, {Code: "rest", Label: t.T("dayplan.spread.rest")}}, false)
	span.Put("day")
	span.OnChosen = func(codes []string) {
		if slices.Contains(codes, "rest") {
			preview(p.rest())
		} else {
			span.Put("day")
			preview([]string{p.m.day})
		}
	}
	cancel := ui.NewButton(t.T("ui.cancel"), func() { p.dialog.Close() })
	yes.OnTapped = func() {
		p.dialog.Close()
		p.write(t.N("dayplan.spread.done", len(proposed)), proposed...)
	}
	span.OnEscape, cancel.OnEscape, yes.OnEscape = cancel.OnTapped, cancel.OnTapped, cancel.OnTapped
	preview([]string{p.m.day})
	p.show(t.T("dayplan.spread.title"), 640, ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("dayplan.spread.text")), span, body, ui.Row(theme.SizeGap, ui.Spacer(), cancel, yes)), span)
}

// why groups the rules by what a person can do about it.
func why(rule string) string {
	switch rule {
	case "LOAD_FAMILIES", "LOAD_HOURS", "SLOT_OUTSIDE":
		return "full"
	case "INTERPRETER_TIED", "INTERPRETER_REFUSED", "INTERPRETER_LANGUAGE", "INTERPRETER_DIALECT", "SLOT_INTERPRETER":
		return "interpreter"
	case "INTERVIEWER_TIED":
		return "interviewer"
	}
	return "busy"
}

// rest are the working days from the day shown until the mission ends, two weeks where that is not known. Sundays are free.
func (p *place) rest() []string {
	day, err := time.Parse(time.DateOnly, p.m.day)
	if err != nil {
		return nil
	}
	last := p.m.plan.Last
	if last == "" || last < p.m.day {
		last = day.AddDate(0, 0, 13).Format(time.DateOnly)
	}
	var days []string
	for ; day.Format(time.DateOnly) <= last && len(days) < 60; day = day.AddDate(0, 0, 1) {
		if day.Weekday() != time.Sunday {
			days = append(days, day.Format(time.DateOnly))
		}
	}
	return days
}

// spreading is the frame for proposals: the interviewers of the mission, each in the room that is mostly theirs.
func (p *place) spreading(days []string) schedule.Spreading {
	s := schedule.Spreading{Days: days, From: 9 * 60, To: evening, Zone: p.m.zone, Length: p.m.plan.Limits.Usual, New: newID}
	var spare []string
	for _, slot := range p.m.plan.Slots {
		if slot.Ours() && slot.Room != "" && !slices.Contains(spare, slot.Room) {
			spare = append(spare, slot.Room)
		}
	}
	slices.Sort(spare)
	for _, who := range p.m.plan.Interviewers {
		if r := domain.Role(who.Role); r != domain.INT && r != domain.REM {
			continue
		}
		room := p.roomOf(who.Card)
		spare = slices.DeleteFunc(spare, func(r string) bool { return r == room })
		s.Teams = append(s.Teams, schedule.Team{Interviewer: who.Card, Room: room})
	}
	for i := range s.Teams {
		if s.Teams[i].Room == "" && len(spare) > 0 {
			s.Teams[i].Room, spare = spare[0], spare[1:]
		}
	}
	return s
}

// roomOf is the room in which an interviewer has most slots.
func (p *place) roomOf(card uuid.UUID) string {
	counts := map[string]int{}
	for _, s := range p.m.plan.Slots {
		if s.Interviewer == card && s.Room != "" {
			counts[s.Room]++
		}
	}
	best := ""
	for room, n := range counts {
		if best == "" || cmp.Or(cmp.Compare(n, counts[best]), cmp.Compare(best, room)) > 0 {
			best = room
		}
	}
	return best
}

// mayWishes reports whether the user may read what families asked of the interpreter.
func (p *place) mayWishes() bool {
	return slices.Contains(p.s.WS.Me().Role.Rings(), domain.RingSpecial)
}

// askWishes compares the day's interpreters with the families' wishes. They are of the closed part, so this is asked for and logged;
// what comes of it stands beside the slot alone, never on the board.
func (p *place) askWishes() {
	t := p.s.Texts
	if !p.mayWishes() {
		return
	}
	p.dialog = ui.Confirm(p.s.Window, t, ui.Question{Title: t.T("dayplan.wishes"), Text: t.T("dayplan.wishes.text"), Yes: t.T("dayplan.wishes.yes"), OnYes: func(string) {
		var cases []uuid.UUID
		for _, s := range p.m.slots() {
			if s.Holds() && s.Case != uuid.Nil {
				cases = append(cases, s.Case)
			}
		}
		plan := p.m.plan
		ui.Run(p.s.Loop, func(ctx context.Context) (*schedule.Plan, error) {
			return schedule.ReadWishes(ctx, p.s.WS, plan, cases)
		}, func(read *schedule.Plan, err error) {
			if err != nil {
				p.s.Fault(err)
				return
			}
			p.wished = read
			p.s.Notify(ui.Info, t.T("dayplan.wishes.read"))
			p.draw()
			ui.Focus(p.board)
		})
	}})
}

// askBreaks asks for the mission's lunch and prayer, and how many families an interviewer meets a day.
func (p *place) askBreaks() {
	t := p.s.Texts
	if !p.mayPlan() || p.mission == uuid.Nil {
		return
	}
	lunch, prayer := [2]*ui.TextField{ui.NewTextField("11:30"), ui.NewTextField("12:00")}, [2]*ui.TextField{ui.NewTextField("12:00"), ui.NewTextField("13:30")}
	families := ui.NewNumberField(t, 1, 12)
	families.PutNumber(int64(p.m.plan.Limits.Families), true)
	for _, b := range p.m.plan.Breaks {
		if fields := map[string][2]*ui.TextField{"lunch": lunch, "prayer": prayer}[b.Kind]; fields[0] != nil {
			fields[0].Put(b.Start.String())
			fields[1].Put(b.End.String())
		}
	}
	wrong := ui.Stack("")
	save := ui.NewPrimary(t.T("dayplan.form.save"), nil)
	cancel := ui.NewButton(t.T("ui.cancel"), func() { p.dialog.Close() })
	save.OnTapped = func() {
		rows, ok := breakRows(lunch, prayer)
		number, whole := families.Number()
		if !ok || !whole {
			wrong.Objects = append(wrong.Objects[:0], ui.Banner(ui.Error, t.T("dayplan.form.time"), nil, nil))
			p.dialog.Refresh()
			return
		}
		for _, b := range p.m.plan.Breaks { // what somebody else put in stays
			if b.Kind != "lunch" && b.Kind != "prayer" {
				rows = append(rows, map[string]string{"kind": b.Kind, "start": b.Start.String(), "end": b.End.String(), "weekdays": digits(b.Weekdays)})
			}
		}
		p.dialog.Close()
		p.saveBreaks(rows, number)
	}
	for _, field := range []*ui.TextField{lunch[0], lunch[1], prayer[0], prayer[1]} {
		field.OnEscape = cancel.OnTapped
	}
	families.OnEscape, save.OnEscape, cancel.OnEscape = cancel.OnTapped, cancel.OnTapped, cancel.OnTapped
	p.show(t.T("dayplan.breaks"), 560, ui.Stack(theme.SizeGapWide,
		ui.Paragraph(t.T("dayplan.breaks.text")),
		ui.Columns(2, 200, ui.NewField(t.T("dayplan.breaks.lunch_from"), lunch[0]), ui.NewField(t.T("dayplan.breaks.to"), lunch[1])),
		ui.Columns(2, 200, ui.NewField(t.T("dayplan.breaks.prayer_from"), prayer[0]), ui.NewField(t.T("dayplan.breaks.to"), prayer[1])),
		ui.NewField(t.T("dayplan.breaks.families"), families), wrong, ui.Row(theme.SizeGap, ui.Spacer(), cancel, save)), lunch[0])
}

// breakRows reads lunch and the Friday prayer; empty fields mean none, false a time that is none.
func breakRows(lunch, prayer [2]*ui.TextField) (rows []map[string]string, ok bool) {
	for _, one := range []struct {
		kind, weekdays string
		fields         [2]*ui.TextField
	}{{"lunch", "", lunch}, {"prayer", "5", prayer}} {
		from, to := strings.TrimSpace(one.fields[0].Text), strings.TrimSpace(one.fields[1].Text)
		if from == "" && to == "" {
			continue
		}
		begin, known := schedule.ParseClock(from)
		end, understood := schedule.ParseClock(to)
		if !known || !understood {
			return nil, false
		}
		row := map[string]string{"kind": one.kind, "start": begin.String(), "end": end.String()}
		if one.weekdays != "" {
			row["weekdays"] = one.weekdays
		}
		rows = append(rows, row)
	}
	return rows, true
}

// digits writes days of the week as the mission's record does.
func digits(days []time.Weekday) string {
	out := ""
	for _, day := range days {
		out += string(rune('0' + (int(day)+6)%7 + 1))
	}
	return out
}

func (p *place) saveBreaks(rows []map[string]string, families int64) {
	mission := p.mission
	answers := map[string]domain.Answer{"breaks": {Value: rows}, "families_a_day": {Value: families}}
	if len(rows) == 0 {
		answers["breaks"] = domain.Answer{}
	}
	ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) {
		_, err := p.s.WS.Set(context.WithoutCancel(ctx), workspace.Target{Type: "mission", ID: mission, Mission: mission}, answers)
		return struct{}{}, err
	}, func(_ struct{}, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.s.Notify(ui.Success, p.s.Texts.T("dayplan.breaks.saved"))
		p.load()
	})
}

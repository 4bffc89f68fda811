package dayplan

import (
	"context"
	"slices"
	"unicode"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/schedule"
)

// letter is something that can be done, by a key on the board and mostly by a button too.
type letter struct {
	rune   rune
	key    string // of its text
	do     func()
	plan   bool // only for who may change the plan
	button bool
	fits   func(schedule.Slot) bool
}

// letters lists them in the order of the buttons.
func (p *place) letters() []letter {
	always := func(schedule.Slot) bool { return true }
	open := func(s schedule.Slot) bool { return s.Waits() || s.Status == schedule.Started }
	missed := func(s schedule.Slot) bool { return s.Status == schedule.NoShow || s.Status == schedule.Cancelled }
	all := []letter{
		{'O', "dayplan.open", p.open, false, true, withCase},
		{'S', "dayplan.start", p.start, false, true, schedule.Slot.Waits},
		{'K', "dayplan.done", p.finish, false, true, open},
		{'X', "dayplan.no_show", p.noShow, false, true, open},
		{'D', "dayplan.partly", p.partly, false, true, func(s schedule.Slot) bool { return open(s) || s.Status == schedule.Done }},
		{'M', "dayplan.move", p.lift, true, true, func(s schedule.Slot) bool { return s.Waits() || missed(s) }},
		{'E', "dayplan.edit", p.edit, true, true, schedule.Slot.Waits},
		{'R', "dayplan.remote", p.toggleRemote, true, true, schedule.Slot.Waits},
		{'C', "dayplan.cancel", p.cancelSlot, true, true, schedule.Slot.Waits},
		{'P', "dayplan.plan_again", p.planAgain, false, true, func(s schedule.Slot) bool { return !s.Waits() && s.Status != schedule.Moved }},
		{'W', "dayplan.wishes", p.askWishes, false, true, func(s schedule.Slot) bool { return s.Waits() && s.Ours() && s.Interpreter != "" && p.mayWishes() }},
		{'H', "dayplan.ties", p.askTies, false, true, func(s schedule.Slot) bool { return withCase(s) && p.mayTie() }},
		{'N', "dayplan.new", p.newSlot, true, false, always},
		{'F', "dayplan.spread", p.askSpread, true, false, always},
		{'T', "dayplan.interpreters", p.askInterpreters, true, false, always},
		{'B', "dayplan.breaks", p.askBreaks, true, false, always},
		{'U', "dayplan.undo", p.takeBack, false, false, always},
		{'1', "dayplan.axis.room", func() { p.choose(byRoom) }, false, false, always},
		{'2', "dayplan.axis.interviewer", func() { p.choose(byInterviewer) }, false, false, always},
		{'3', "dayplan.axis.agency", func() { p.choose(byAgency) }, false, false, always},
	}
	may := p.mayPlan()
	return slices.DeleteFunc(all, func(l letter) bool { return l.plan && !may })
}

func (p *place) buildBoard() {
	p.board = newBoard(p.m)
	p.board.title, p.board.words, p.board.now = p.columnTitle, p.slotWords, p.s.Now
	p.board.onMark = func() { p.draw() }
	p.board.onOpen = p.open
	p.board.onDrop = p.drop
	p.board.onDrag = func() bool { return p.mayPlan() && p.m.lift() }
	p.board.onLetter = p.typed
	p.board.onKey = func(key fyne.KeyName) bool {
		switch key {
		case fyne.KeyPageUp:
			p.step(-1)
		case fyne.KeyPageDown:
			p.step(1)
		case fyne.KeyHome:
			p.toToday()
		case fyne.KeyDelete:
			p.typed('C')
		default:
			return false
		}
		return true
	}
}

// typed does what a letter stands for, if it fits the marked slot.
func (p *place) typed(r rune) bool {
	if p.m.moving != nil || !p.loaded {
		return false
	}
	for _, l := range p.letters() {
		if l.rune != unicode.ToUpper(r) {
			continue
		}
		if marked := p.m.marked(); l.button && (marked == nil || !l.fits(marked.slot)) {
			return false
		}
		l.do()
		return true
	}
	return false
}

// Shortcuts are the place's own keys.
func (p *place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	keys := []ui.Shortcut{
		{Key: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt, Text: t.T("today.day_before"), Do: func() { p.step(-1) }},
		{Key: fyne.KeyRight, Modifier: fyne.KeyModifierAlt, Text: t.T("today.day_after"), Do: func() { p.step(1) }},
		{Key: fyne.KeyHome, Modifier: fyne.KeyModifierAlt, Text: t.T("today.to_today"), Do: p.toToday},
		{Key: fyne.KeyZ, Modifier: fyne.KeyModifierControl, Text: t.T("dayplan.undo"), Do: p.takeBack},
		{Key: fyne.KeyReturn, Text: t.T("dayplan.open")},
	}
	for _, l := range p.letters() {
		keys = append(keys, ui.Shortcut{Key: fyne.KeyName(string(l.rune)), Text: t.T(l.key)})
	}
	return keys
}

func (p *place) choose(a axis) {
	p.m.choose(a)
	p.axes.Put(string(a))
	p.draw()
}

// write stores slots as they are to stand, and can take that back.
func (p *place) write(words string, slots ...schedule.Slot) {
	plan := p.m.plan
	p.s.Saved(ui.SavedState{Stage: ui.Saving})
	ui.Run(p.s.Loop, func(ctx context.Context) (*schedule.Change, error) {
		return schedule.Put(context.WithoutCancel(ctx), p.s.WS, plan, slots...) // what was decided is stored, whatever happens to the page
	}, func(change *schedule.Change, err error) {
		if err != nil {
			p.s.Saved(ui.SavedState{Stage: ui.NotSaved})
			p.s.Fault(err)
			p.draw()
			return
		}
		p.s.Saved(ui.SavedState{Stage: ui.SavedAt, At: p.s.Now()})
		p.done = append(p.done, change)
		p.s.Notify(ui.Success, words)
		p.load()
	})
}

// takeBack undoes the latest change that was made here.
func (p *place) takeBack() {
	if len(p.done) == 0 {
		return
	}
	change := p.done[len(p.done)-1]
	p.done = p.done[:len(p.done)-1]
	ui.Run(p.s.Loop, func(ctx context.Context) (int, error) { return change.Undo(context.WithoutCancel(ctx)) }, func(stayed int, err error) {
		switch {
		case err != nil:
			p.s.Fault(err)
		case stayed > 0:
			p.s.Notify(ui.Warning, p.s.Texts.T("dayplan.undo.stayed"))
		default:
			p.s.Notify(ui.Success, p.s.Texts.T("dayplan.undone"))
		}
		p.load()
	})
}

// slot is the marked one; false when there is none.
func (p *place) slot() (schedule.Slot, bool) {
	if marked := p.m.marked(); marked != nil {
		return marked.slot, true
	}
	return schedule.Slot{}, false
}

func (p *place) open() {
	if s, ok := p.slot(); ok && s.Case != uuid.Nil {
		p.s.Go("casefile", s.Case)
	}
}

func (p *place) start() {
	if s, ok := p.slot(); ok {
		s.Status, s.Began = schedule.Started, p.s.Now().In(p.m.zone)
		p.write(p.s.Texts.T("dayplan.started"), s)
	}
}

func (p *place) finish() {
	if s, ok := p.slot(); ok {
		s.Status, s.Ended = schedule.Done, p.s.Now().In(p.m.zone)
		p.write(p.s.Texts.T("dayplan.finished"), s)
	}
}

func (p *place) planAgain() {
	if s, ok := p.slot(); ok {
		s.Status, s.Reason, s.Part = schedule.Planned, "", ""
		p.write(p.s.Texts.T("dayplan.planned_again"), s)
	}
}

func (p *place) toggleRemote() {
	if s, ok := p.slot(); ok {
		s.Remote = !s.Remote
		words := "dayplan.not_remote"
		if s.Remote {
			words = "dayplan.now_remote"
		}
		p.write(p.s.Texts.T(words), s)
	}
}

func (p *place) noShow() {
	if s, ok := p.slot(); ok {
		p.ask("slot_reason", p.s.Texts.T("dayplan.no_show.why"), func(reason string) {
			s.Status, s.Reason = schedule.NoShow, reason
			p.write(p.s.Texts.T("dayplan.no_show.done"), s)
		})
	}
}

func (p *place) cancelSlot() {
	if s, ok := p.slot(); ok {
		p.ask("slot_reason", p.s.Texts.T("dayplan.cancel.why"), func(reason string) {
			s.Status, s.Reason = schedule.Cancelled, reason
			p.write(p.s.Texts.T("dayplan.cancelled"), s)
		})
	}
}

// partly: only part of the family came. Those present are interviewed, or all get a new time (domain.md 7.2).
func (p *place) partly() {
	s, ok := p.slot()
	if !ok {
		return
	}
	p.ask("slot_part_of_family", p.s.Texts.T("dayplan.partly.what"), func(part string) {
		if s.Part = part; part == "interviewed_present" {
			if s.Waits() {
				s.Status, s.Began = schedule.Started, p.s.Now().In(p.m.zone)
			}
			p.write(p.s.Texts.T("dayplan.partly.present"), s)
			return
		}
		p.ask("slot_reason", p.s.Texts.T("dayplan.no_show.why"), func(reason string) {
			s.Status, s.Reason = schedule.NoShow, reason
			if p.mayPlan() {
				p.write(p.s.Texts.T("dayplan.partly.moved"), s)
				p.lift() // the new time comes next
				return
			}
			p.write(p.s.Texts.T("dayplan.partly.lead"), s)
		})
	})
}

// ask lets one of a list be chosen, by a digit, arrows and Enter, or a tap.
func (p *place) ask(list, title string, then func(code string)) {
	chips := ui.NewChips(choicesOf(list, p.s.Texts.Lang()), false)
	chips.OnChosen = func(codes []string) {
		if len(codes) == 1 {
			p.dialog.Close()
			then(codes[0])
		}
	}
	cancel := ui.NewButton(p.s.Texts.T("ui.cancel"), func() { p.dialog.Close() })
	chips.OnEscape, cancel.OnEscape = cancel.OnTapped, cancel.OnTapped
	p.show(title, 520, ui.Stack(theme.SizeGapWide, chips, ui.Row(theme.SizeGap, ui.Spacer(), cancel)), chips)
}

// lift begins to move the marked slot.
func (p *place) lift() {
	if p.m.lift() {
		p.layout.aside = false // it is moved on the board
		p.draw()
	}
}

// drop sets the lifted slot down. A slot that waits is simply planned anew; a family that did not come gets a slot of its own, and the
// old one says where it went.
func (p *place) drop() {
	if p.m.moving == nil {
		return
	}
	was, now := p.m.drop()
	if was.Start.Equal(now.Start) && was.Room == now.Room && was.Interviewer == now.Interviewer && was.Agency == now.Agency {
		p.m.arrange()
		p.draw()
		return
	}
	day := ui.DayName(p.s.Texts, now.Start.In(p.m.zone).Format("2006-01-02"), p.m.today)
	words := p.s.Texts.T("dayplan.moved", "Number", p.number(now), "Day", day, "Hours", now.Hours())
	if was.Waits() {
		p.write(words, now)
		return
	}
	old, later := schedule.Postponed(was, was.Reason, newID(), now.Start)
	later.Room, later.Interviewer, later.Agency = now.Room, now.Interviewer, now.Agency
	p.m.at = later.ID
	p.write(words, old, later)
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

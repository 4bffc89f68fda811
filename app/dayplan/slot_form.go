package dayplan

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/workload"
	"feltbok/internal/codelist"
	"feltbok/internal/schedule"
)

// slotForm asks for a new slot, or for another time, room and people of one that waits. What speaks against it is said while it is
// filled in; nothing hinders it.
type slotForm struct {
	p    *place
	slot schedule.Slot
	made bool // the slot is new, so it asks for a family too

	family, interpreter, room *ui.PickEntry
	start                     *ui.TextField
	length                    *ui.NumberField
	interviewer, mode, agency *ui.Chips
	found                     *fyne.Container
	set                       *ui.Button
}

// newSlot asks for a slot at the earliest free time of the column that the keyboard is at.
func (p *place) newSlot() {
	if !p.mayPlan() || p.mission == uuid.Nil || len(p.m.columns) == 0 {
		return
	}
	start := p.m.free(p.m.col).On(p.m.day, p.m.zone)
	s := schedule.Slot{ID: newID(), Start: start, End: start.Add(p.m.plan.Limits.Usual), Sequence: p.m.plan.Sequence, Status: schedule.Planned}
	s = p.m.withKey(s, p.m.column().key)
	if p.m.axis == byRoom {
		s.Interviewer = p.usual(func(other schedule.Slot) (uuid.UUID, bool) {
			return other.Interviewer, other.Room == s.Room && s.Room != ""
		})
	}
	p.showForm(s, true)
}

// usual is the interviewer who stands on most of the slots that are alike.
func (p *place) usual(alike func(schedule.Slot) (uuid.UUID, bool)) (most uuid.UUID) {
	counts := map[uuid.UUID]int{}
	for _, s := range p.m.plan.Slots {
		if who, ok := alike(s); ok && who != uuid.Nil {
			if counts[who]++; most == uuid.Nil || counts[who] > counts[most] {
				most = who
			}
		}
	}
	return most
}

func (p *place) edit() {
	if s, ok := p.slot(); ok {
		p.showForm(s, false)
	}
}

// showForm opens the form for a slot.
func (p *place) showForm(s schedule.Slot, made bool) {
	t := p.s.Texts
	f := &slotForm{p: p, slot: s, made: made, found: ui.Stack(theme.SizeGapTight)}
	f.build()
	rows := ui.Stack(theme.SizeGapWide)
	if made {
		rows.Add(ui.NewField(t.T("dayplan.form.family"), f.family))
	}
	rows.Add(ui.Columns(2, 220, ui.NewField(t.T("dayplan.form.start"), f.start), ui.NewField(t.T("dayplan.form.length"), f.length)))
	rows.Add(ui.Columns(2, 220, ui.NewField(t.T("dayplan.form.room"), f.room), ui.NewField(t.T("dayplan.form.interpreter"), f.interpreter)))
	rows.Add(ui.NewField(t.T("dayplan.form.interviewer"), f.interviewer))
	rows.Add(ui.Columns(2, 220, ui.NewField(t.T("dayplan.form.agency"), f.agency), ui.NewField(t.T("dayplan.form.mode"), f.mode)))
	rows.Add(f.found)
	title, words := t.T("dayplan.form.edit"), t.T("dayplan.form.save")
	if made {
		title, words = t.T("dayplan.form.new"), t.T("dayplan.form.add")
	}
	f.set = ui.NewPrimary(words, f.done)
	cancel := ui.NewButton(t.T("ui.cancel"), func() { p.dialog.Close() })
	rows.Add(ui.Row(theme.SizeGap, ui.Spacer(), cancel, f.set))
	escape := func() { p.dialog.Close() }
	f.set.OnEscape, cancel.OnEscape, f.start.OnEscape, f.length.OnEscape, f.room.OnEscape, f.interpreter.OnEscape, f.family.OnEscape = escape, escape, escape, escape, escape, escape, escape
	f.interviewer.OnEscape, f.mode.OnEscape, f.agency.OnEscape = escape, escape, escape
	first := fyne.Focusable(f.start)
	if made {
		first = f.family
	}
	f.check()
	p.show(title+" · "+ui.DayName(t, p.m.day, p.m.today), 720, rows, first)
}

func (f *slotForm) build() {
	p, t, s := f.p, f.p.s.Texts, f.slot
	f.family = ui.NewPickEntry(t, f.findFamily)
	f.family.OnPick = func(c ui.Choice) { f.slot.Case, _ = uuid.Parse(c.Code); f.propose(); f.check() }
	f.start = ui.NewTextField("09:00")
	f.start.Put(s.Start.In(p.m.zone).Format("15:04"))
	f.length = ui.NewNumberField(t, 15, 600)
	f.length.PutNumber(int64(s.End.Sub(s.Start).Minutes()), true)
	f.start.OnEdit, f.length.OnEdit = func(string) { f.check() }, func(string) { f.check() }
	f.room = f.free(s.Room, func(s schedule.Slot) string { return s.Room }, nil)
	f.interpreter = f.free(s.Interpreter, func(s schedule.Slot) string { return s.Interpreter }, p.interpreters())
	f.room.OnPick = func(c ui.Choice) { f.slot.Room = c.Label; f.check() }
	f.interpreter.OnPick = func(c ui.Choice) { f.slot.Interpreter = c.Label; f.check() }

	var who []ui.Choice
	for _, one := range p.m.plan.Interviewers {
		if r := one.Role; r == "INT" || r == "MLD" || r == "REM" || one.Card == s.Interviewer {
			who = append(who, ui.Choice{Code: one.Card.String(), Label: one.Alias})
		}
	}
	f.interviewer = ui.NewChips(who, false)
	f.interviewer.Put(s.Interviewer.String())
	f.interviewer.OnChosen = func(codes []string) {
		f.slot.Interviewer = uuid.Nil
		if len(codes) > 0 {
			f.slot.Interviewer, _ = uuid.Parse(codes[0])
		}
		f.check()
	}
	f.mode, f.agency = f.chips("slot_mode", map[bool]string{true: "remote", false: "in_person"}[s.Remote]), f.chips("agencies", p.m.agencyOf(s))
	f.mode.OnChosen = func(codes []string) { f.slot.Remote = slices.Contains(codes, "remote"); f.check() }
	f.agency.OnChosen = func(codes []string) {
		f.slot.Agency = ""
		if len(codes) > 0 && codes[0] != schedule.Our {
			f.slot.Agency = codes[0]
		}
		f.check()
	}
}

func (f *slotForm) chips(list, chosen string) *ui.Chips {
	c := ui.NewChips(choicesOf(list, f.p.s.Texts.Lang()), false)
	c.Put(chosen)
	return c
}

// free is an entry that offers what the plan has already, and takes anything.
func (f *slotForm) free(value string, of func(schedule.Slot) string, known []ui.Choice) *ui.PickEntry {
	for _, s := range f.p.m.plan.Slots {
		if used := of(s); used != "" && !slices.ContainsFunc(known, func(c ui.Choice) bool { return c.Label == used }) {
			known = append(known, ui.Choice{Code: used, Label: used})
		}
	}
	slices.SortFunc(known, func(a, b ui.Choice) int { return strings.Compare(a.Label, b.Label) })
	entry := ui.NewPickEntry(f.p.s.Texts, func(text string, limit int) []ui.Choice { return matching(known, text, limit) })
	entry.Free = true
	entry.PutChoice(ui.Choice{Code: value, Label: value})
	return entry
}

// matching are the choices that hold a text, in their order.
func matching(choices []ui.Choice, text string, limit int) []ui.Choice {
	text = codelist.Fold(text)
	var found []ui.Choice
	for _, c := range choices {
		if len(found) < limit && (strings.Contains(codelist.Fold(c.Label), text) || strings.Contains(codelist.Fold(c.Detail), text)) {
			found = append(found, c)
		}
	}
	return found
}

// findFamily offers the families without a time before the others; a second slot for a family is allowed.
func (f *slotForm) findFamily(text string, limit int) []ui.Choice {
	p, t := f.p, f.p.s.Texts
	var choices []ui.Choice
	add := func(family schedule.Family, note string) {
		choices = append(choices, ui.Choice{Code: family.Case.String(), Label: family.Number, Detail: note})
	}
	waiting := p.m.plan.Unscheduled()
	for _, family := range waiting {
		add(family, t.T("dayplan.form.waiting", "Persons", p.persons(&family)))
	}
	for _, family := range p.m.plan.Families {
		if family.Interview && !slices.ContainsFunc(waiting, func(w schedule.Family) bool { return w.Case == family.Case }) {
			add(family, p.persons(&family))
		}
	}
	return matching(choices, text, limit)
}

// propose fills in what the family makes likely: the first interpreter who speaks with all of it, and the way of meeting it.
func (f *slotForm) propose() {
	family := f.p.m.plan.Family(f.slot.Case)
	if family == nil {
		return
	}
	f.slot.Remote = family.Remote
	f.mode.Put(map[bool]string{true: "remote", false: "in_person"}[family.Remote])
	if f.slot.Interpreter == "" {
		f.slot.Interpreter = f.p.m.plan.InterpreterFor(f.slot)
		f.interpreter.PutChoice(ui.Choice{Code: f.slot.Interpreter, Label: f.slot.Interpreter})
	}
}

// read takes the times; false while they cannot be read.
func (f *slotForm) read() bool {
	at, known := schedule.ParseClock(strings.TrimSpace(f.start.Text))
	length, whole := f.length.Number()
	if !known || !whole {
		return false
	}
	f.slot.Start = at.On(f.p.m.day, f.p.m.zone)
	f.slot.End = f.slot.Start.Add(time.Duration(length) * time.Minute)
	return true
}

// check says what speaks against the slot.
func (f *slotForm) check() {
	t := f.p.s.Texts
	f.found.RemoveAll()
	if !f.read() {
		f.found.Add(ui.Banner(ui.Error, t.T("dayplan.form.time"), nil, nil))
	} else {
		for _, problem := range f.p.m.plan.With(f.slot).Problems(f.slot) {
			if problem.Rule != "SLOT_NOBODY" {
				f.found.Add(ui.Banner(workload.Level(problem.Severity), workload.Sentence(t, problem), nil, nil))
			}
		}
	}
	f.resize()
}

// resize gives the dialog the height that the sentences need.
func (f *slotForm) resize() {
	f.found.Refresh()
	if f.p.dialog != nil {
		f.p.dialog.Refresh()
	}
}

// done stores the slot. A new one needs a family only when it is ours: other agencies' times may be put in before it is known.
func (f *slotForm) done() {
	p, t := f.p, f.p.s.Texts
	if !f.read() {
		ui.Focus(f.start)
		return
	}
	if f.made && f.slot.Case == uuid.Nil && f.slot.Ours() {
		f.found.RemoveAll()
		f.found.Add(ui.Banner(ui.Error, t.T("dayplan.form.choose_family"), nil, nil))
		f.resize()
		ui.Focus(f.family)
		return
	}
	p.dialog.Close()
	p.m.at = f.slot.ID
	words := "dayplan.form.saved"
	if f.made {
		words = "dayplan.form.added"
	}
	p.write(t.T(words, "Number", p.number(f.slot), "Hours", f.slot.Hours()), f.slot)
}

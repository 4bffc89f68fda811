package desk

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
)

// The views of the deletion place.
const (
	viewDue      = "due"
	viewProtocol = "protocol"
	viewBackups  = "backups"
)

// Erasure is the place where cases are erased for good, and where it stands on record that they were: date, case, reason,
// and the machines that confirmed (security.md 3.7, 5.5, 10.4). Nothing on it names a person. Use on the UI goroutine only.
type Erasure struct {
	s     *ui.Session
	doors erasureDoors
	facts erasureFacts
	view  string
	at    map[string]int // the row marked in each view
	busy  bool

	root   *fyne.Container
	views  *ui.Chips
	note   *ui.Text
	other  *ui.Button
	table  *ui.Table
	none   *fyne.Container
	split  *ui.SplitLayout
	detail *fyne.Container
	scroll *container.Scroll

	// The form of one case; nil while there is none on screen.
	form    *erasable
	reasons *ui.Chips
	number  *ui.TextField
	field   *ui.Field
	erase   *ui.Button
	first   fyne.Focusable
}

var (
	_ ui.Place       = (*Erasure)(nil)
	_ ui.Shortcutter = (*Erasure)(nil)
)

func newErasure(s *ui.Session, d erasureDoors) *Erasure {
	e := &Erasure{s: s, doors: d, view: viewDue, at: map[string]int{}}
	if d.erase == nil {
		e.view = viewProtocol
	}
	e.build()
	return e
}

// Title is the heading in the header.
func (e *Erasure) Title() string { return e.s.Texts.T("desk.erasure.title") }

// Content is the page.
func (e *Erasure) Content() fyne.CanvasObject { return e.root }

// Enter reads everything again.
func (e *Erasure) Enter(...any) { e.reload(nil) }

// Leave keeps nothing that was typed.
func (e *Erasure) Leave() { e.closeForm() }

// Shortcuts are the keys of the place.
func (e *Erasure) Shortcuts() []ui.Shortcut {
	return []ui.Shortcut{{Key: fyne.KeyF5, Text: e.s.Texts.T("desk.key.again"), Do: func() { e.reload(nil) }}}
}

func (e *Erasure) build() {
	t := e.s.Texts
	e.views = ui.NewChips(nil, false)
	e.views.OnChosen = func(codes []string) {
		if len(codes) > 0 {
			e.view = codes[0]
		}
		e.closeForm()
		e.put()
	}
	e.table = ui.NewTable([]ui.Column{{Title: t.T("desk.erasure.what"), Least: 150, Share: 1}, {Title: t.T("desk.inbox.state"), Least: 215}}, e.length, e.cell).TwoLines()
	e.table.OnMark = func(row int) { e.at[e.view] = row; e.closeForm(); e.show() }
	e.table.OnOpen = func(row int) {
		e.at[e.view] = row
		e.show()
		e.split.ShowDetail()
		if e.first != nil {
			ui.Focus(e.first)
		}
	}
	e.note = ui.Muted("")
	e.other = ui.NewQuiet("add", t.T("desk.erasure.other"), e.askOther)
	e.other.Hidden = e.doors.erase == nil
	top := ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGap, e.views, e.note, ui.Row("", e.other, ui.Spacer())))
	e.none = ui.Stack("")
	back := ui.NewQuiet("back", t.T("desk.erasure.back"), func() { e.split.ShowList(); ui.Focus(e.table.Focusable()) })
	way := ui.Row("", back, ui.Spacer())
	way.Hide()
	e.detail = ui.Stack(theme.SizeGapWide)
	e.scroll = ui.Page(way, e.detail)
	e.split = ui.NewSplit(ui.Above(top, container.NewStack(e.table, e.none)), e.scroll)
	e.split.ListWidth = 470
	e.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
	e.root = container.NewStack(e.split)
	e.put()
}

// reload reads everything again, then does what follows.
func (e *Erasure) reload(then func()) {
	ui.Run(e.s.Loop, e.doors.read, func(f erasureFacts, err error) {
		if err != nil {
			e.s.Fault(err)
			return
		}
		e.facts = f
		if e.form == nil || then != nil {
			e.put()
		}
		if then != nil {
			then()
		}
	})
}

func (e *Erasure) length() int {
	switch e.view {
	case viewProtocol:
		return len(e.facts.protocol)
	case viewBackups:
		return len(e.facts.backups)
	}
	return len(e.facts.due)
}

func (e *Erasure) cell(row, column int) ui.Cell {
	t := e.s.Texts
	switch e.view {
	case viewProtocol:
		one := e.facts.protocol[row]
		if column == 0 {
			return ui.Cell{Text: t.T("desk.erasure.case", "Case", shortID(one.id)), Detail: e.day(one) + " · " + e.reasonWords(one.reason), Bold: true}
		}
		level, icon, word := e.state(one)
		return ui.Cell{Badge: word, Level: level, Icon: icon}
	case viewBackups:
		one := e.facts.backups[row]
		if column == 0 {
			return ui.Cell{Text: one.place, Detail: when(t, one.made), Bold: true}
		}
		if one.overdue {
			return ui.Cell{Badge: t.T("desk.erasure.backup_overdue"), Level: ui.Error, Icon: "warning"}
		}
		return ui.Cell{Badge: t.T("desk.erasure.backup_replace"), Level: ui.Warning}
	}
	one := e.facts.due[row]
	if column == 0 {
		return ui.Cell{Text: one.number, Detail: t.T("desk.erasure.due_since", "Day", one.since.Format(t.T("desk.erasure.day"))), Bold: true}
	}
	return ui.Cell{Badge: e.reasonWords(one.reason), Level: ui.Info, Icon: "clock"}
}

func (e *Erasure) day(one erased) string {
	return one.at.Local().Format(e.s.Texts.T("desk.erasure.day"))
}

func (e *Erasure) reasonWords(code string) string {
	if code == "" {
		return e.s.Texts.T("desk.erasure.reason_unknown")
	}
	return e.s.Texts.T("desk.erasure.reason." + code)
}

// state says how far an erasure is.
func (e *Erasure) state(one erased) (ui.Level, string, string) {
	t := e.s.Texts
	switch {
	case len(one.pending) > 0 || one.unproven:
		return ui.Warning, "", t.T("desk.erasure.state_here")
	case len(one.awaited) > 0:
		return ui.Info, "clock", t.N("desk.erasure.state_awaited", len(one.awaited))
	}
	return ui.Success, "", t.T("desk.erasure.state_done")
}

// put shows lists and counts.
func (e *Erasure) put() {
	t := e.s.Texts
	var choices []ui.Choice
	for _, v := range []struct {
		view  string
		count int
	}{{viewDue, len(e.facts.due)}, {viewProtocol, len(e.facts.protocol)}, {viewBackups, len(e.facts.backups)}} {
		if v.view != viewDue || e.doors.erase != nil {
			choices = append(choices, ui.Choice{Code: v.view, Label: t.T("desk.erasure.view_"+v.view) + " " + strconv.Itoa(v.count)})
		}
	}
	e.views.SetOptions(choices)
	e.views.Put(e.view)
	e.note.SetText(t.T("desk.erasure.note_" + e.view))
	e.other.Hidden = e.doors.erase == nil || e.view != viewDue
	empty := e.length() == 0
	e.table.Hidden = empty
	e.none.RemoveAll()
	if empty {
		e.none.Add(ui.EmptyState("ok", t.T("desk.erasure.none_"+e.view), t.T("desk.erasure.none_"+e.view+"_text"), nil))
	}
	e.table.Refresh()
	e.table.Mark(e.at[e.view])
	e.show()
	e.root.Refresh()
}

// show fills the right side for the row marked.
func (e *Erasure) show() {
	if e.form != nil {
		return
	}
	row := min(e.at[e.view], e.length()-1)
	e.first = nil
	e.detail.RemoveAll()
	switch {
	case row < 0:
	case e.view == viewProtocol:
		e.detail.Add(e.protocolCard(e.facts.protocol[row]))
	case e.view == viewBackups:
		e.detail.Add(e.backupCard(e.facts.backups[row]))
	default:
		e.detail.Add(e.dueCard(e.facts.due[row]))
	}
	e.detail.Refresh()
	e.scroll.ScrollToTop()
}

func (e *Erasure) dueCard(one erasable) fyne.CanvasObject {
	t := e.s.Texts
	erase := ui.NewDanger(t.T("desk.erasure.begin"), func() { e.ask(one) })
	e.first = erase
	return ui.Card(ui.SectionHeader(t.T("desk.erasure.number", "Number", one.number), ""), ui.KeyValues(
		ui.KeyValue{Key: t.T("desk.erasure.status"), Value: ui.Lists().Label("status", string(one.status), t.Lang())},
		ui.KeyValue{Key: t.T("desk.erasure.why_due"), Value: e.reasonWords(one.reason)},
		ui.KeyValue{Key: t.T("desk.erasure.since"), Value: one.since.Format(t.T("desk.erasure.day"))},
	), ui.Row("", erase, ui.Spacer()))
}

func (e *Erasure) protocolCard(one erased) fyne.CanvasObject {
	t := e.s.Texts
	level, icon, word := e.state(one)
	rows := []ui.KeyValue{
		{Key: t.T("desk.erasure.at"), Value: when(t, one.at)},
		{Key: t.T("desk.erasure.reason"), Value: e.reasonWords(one.reason)},
	}
	if one.byAlias != "" {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.erasure.by"), Value: one.byAlias})
	}
	rows = append(rows, ui.KeyValue{Key: t.T("desk.erasure.gone"), Value: t.N("exchange.lines", one.lines)})
	if len(one.machines) > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.erasure.machines"), Value: strings.Join(one.machines, ", ")})
	}
	if len(one.awaited) > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.erasure.awaited"), Value: strings.Join(one.awaited, ", ")})
	}
	card := ui.Card(ui.SectionHeader(t.T("desk.erasure.case", "Case", shortID(one.id)), ""), ui.Row("", ui.NewBadge(level, icon, word), ui.Spacer()), ui.KeyValues(rows...))
	list := card.Content.(*fyne.Container)
	if len(one.pending) > 0 {
		parts := make([]string, len(one.pending))
		for i, name := range one.pending {
			parts[i] = t.T("unlock.part." + name)
		}
		list.Add(ui.Banner(ui.Warning, t.T("desk.erasure.pending", "Parts", strings.Join(parts, ", ")), nil, nil))
	}
	if one.unproven {
		list.Add(ui.Banner(ui.Warning, t.T("desk.erasure.unproven"), nil, nil))
	}
	if one.late > 0 {
		list.Add(ui.Paragraph(t.N("desk.erasure.late", one.late)))
	}
	if one.olderCopies > 0 {
		list.Add(ui.Paragraph(t.N("desk.erasure.older_copies", one.olderCopies)))
	}
	list.Add(ui.Muted(t.T("desk.erasure.protocol_note")))
	return card
}

func (e *Erasure) backupCard(one oldBackup) fyne.CanvasObject {
	t := e.s.Texts
	level, text := ui.Warning, "desk.erasure.backup_text"
	if one.overdue {
		level, text = ui.Error, "desk.erasure.backup_overdue_text"
	}
	return ui.Card(ui.SectionHeader(t.T("desk.erasure.backup"), ""), ui.KeyValues(
		ui.KeyValue{Key: t.T("desk.erasure.backup_place"), Value: one.place},
		ui.KeyValue{Key: t.T("desk.erasure.backup_made"), Value: when(t, one.made)},
		ui.KeyValue{Key: t.T("desk.erasure.backup_machine"), Value: one.machine},
		ui.KeyValue{Key: t.T("desk.erasure.backup_why"), Value: t.T("desk.erasure.backup_why_" + one.why)},
		ui.KeyValue{Key: t.T("desk.erasure.backup_since"), Value: one.since.Local().Format(t.T("desk.erasure.day"))},
	), ui.Banner(level, t.T(text), nil, nil))
}

// askOther erases a case whose time has not run out: an order, a withdrawal, a mistake.
func (e *Erasure) askOther() {
	t := e.s.Texts
	all := append(append([]erasable{}, e.facts.due...), e.facts.others...)
	pick := ui.NewPickEntry(t, func(text string, limit int) []ui.Choice {
		var choices []ui.Choice
		for _, c := range matching(all, text, limit) {
			choices = append(choices, ui.Choice{Code: c.id.String(), Label: c.number, Detail: ui.Lists().Label("status", string(c.status), t.Lang())})
		}
		return choices
	})
	pick.OnPick = func(choice ui.Choice) {
		for _, c := range all {
			if c.id.String() == choice.Code {
				e.ask(c)
			}
		}
	}
	e.form = &erasable{}
	e.detail.RemoveAll()
	e.detail.Add(ui.Card(ui.SectionHeader(t.T("desk.erasure.other"), t.T("desk.erasure.other_note")), ui.NewField(t.T("desk.erasure.number_label"), pick)))
	e.detail.Refresh()
	e.split.ShowDetail()
	ui.Focus(pick)
}

// ask shows the form for one case: the reason from the list, and its number typed as confirmation.
func (e *Erasure) ask(one erasable) {
	t := e.s.Texts
	e.form = &one
	choices := make([]ui.Choice, len(domain.ErasureReasons))
	for i, reason := range domain.ErasureReasons {
		choices[i] = ui.Choice{Code: string(reason), Label: t.T("desk.erasure.reason." + string(reason))}
	}
	e.reasons = ui.NewChips(choices, false)
	e.reasons.Put(one.reason)
	e.reasons.OnChosen = func([]string) { e.enable() }
	e.number = ui.NewTextField("")
	e.number.OnEdit = func(string) { e.field.SetProblem(ui.Error, ""); e.enable() }
	e.field = ui.NewField(t.T("desk.erasure.type_number", "Number", one.number), e.number)
	e.erase = ui.NewDanger(t.T("desk.erasure.do"), e.run)
	cancel := ui.NewButton(t.T("ui.cancel"), func() { e.closeForm(); e.show(); ui.Focus(e.table.Focusable()) })
	e.number.OnDone = func() {
		if !e.erase.Disabled() {
			ui.Focus(e.erase)
		} else if e.number.Text != "" && e.number.Text != one.number {
			e.field.SetProblem(ui.Error, t.T("desk.erasure.number_wrong"))
		}
	}
	e.reasons.OnDone = func() { ui.Focus(e.number) }
	for _, escape := range []*func(){&e.reasons.OnEscape, &e.number.OnEscape, &e.erase.OnEscape, &cancel.OnEscape} {
		*escape = cancel.OnTapped
	}
	e.detail.RemoveAll()
	e.detail.Add(ui.Card(
		ui.SectionHeader(t.T("desk.erasure.form", "Number", one.number), ""),
		ui.Banner(ui.Error, t.T("desk.erasure.warning"), nil, nil),
		ui.Paragraph(t.T("desk.erasure.what_happens")),
		ui.NewField(t.T("desk.erasure.reason"), e.reasons),
		e.field,
		ui.Flow(theme.SizeGap, cancel, e.erase),
	))
	e.enable()
	e.detail.Refresh()
	e.scroll.ScrollToTop()
	e.split.ShowDetail()
	e.first = e.reasons
	ui.Focus(e.reasons)
}

func (e *Erasure) enable() {
	if !e.busy && len(e.reasons.Chosen()) == 1 && strings.TrimSpace(e.number.Text) == e.form.number && e.form.number != "" {
		e.erase.Enable()
	} else {
		e.erase.Disable()
	}
}

func (e *Erasure) closeForm() {
	if e.form == nil || e.busy {
		return
	}
	if e.number != nil {
		e.number.Put("")
	}
	e.form, e.reasons, e.number, e.field, e.erase, e.first = nil, nil, nil, nil, nil, nil
}

// run erases. It is not stopped once begun: half an erasure does not exist, and its proof takes its time.
func (e *Erasure) run() {
	if e.busy || e.erase.Disabled() {
		return
	}
	t := e.s.Texts
	one, reason := *e.form, e.reasons.Chosen()[0]
	e.busy = true
	bar := ui.NewProgressBar()
	bar.Set(1, 2)
	e.detail.RemoveAll()
	e.detail.Add(ui.Card(ui.SectionHeader(t.T("desk.erasure.working", "Number", one.number), t.T("desk.erasure.working_note")), bar))
	e.detail.Refresh()
	ui.Run(e.s.Loop, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, e.doors.erase(ctx, one.id, reason)
	}, func(_ struct{}, err error) {
		e.busy = false
		e.closeForm()
		if err != nil {
			e.s.Fault(err)
			e.reload(e.show)
			return
		}
		e.s.Notify(ui.Success, t.T("desk.erasure.done", "Case", shortID(one.id)))
		e.reload(func() {
			e.view = viewProtocol
			for i, line := range e.facts.protocol {
				if line.id == one.id {
					e.at[viewProtocol] = i
				}
			}
			e.put()
			ui.Focus(e.table.Focusable())
		})
	})
}

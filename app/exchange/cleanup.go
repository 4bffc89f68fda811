package exchange

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/safety"
	"feltbok/internal/domain"
	delivery "feltbok/sync/exchange"
)

// What can be removed: answers that later ones replaced, or whole cases after the mission.
const (
	modeReplaced = "replaced"
	modeWhole    = "whole"
)

// cleanup is the page on which a field machine is relieved of what headquarters has merged (security.md 6.8). It says of each
// case what would go and what stands against it; nothing goes that the exchange does not let go.
type cleanup struct {
	p      *Place
	mode   string
	rows   []purgeRow
	read   bool
	at     int
	modes  *ui.Chips
	note   *ui.Text
	table  *ui.Table
	none   *fyne.Container
	all    *ui.Button
	detail *fyne.Container
	split  *ui.SplitLayout
	page   fyne.CanvasObject
}

// purgeRow is a case with what a purge would do.
type purgeRow struct {
	delivery.Purging
	number string
	state  delivery.CaseState
}

// free reports whether something would go and nothing stands against it.
func (r purgeRow) free() bool { return len(r.Blocked) == 0 && total(r.Lines) > 0 }

// cleanupCard is the way to the page.
func (p *Place) cleanupCard() *ui.Panel {
	t := p.s.Texts
	open := ui.NewButton(t.T("exchange.purge.open"), p.openCleanup)
	return ui.Card(ui.SectionHeader(t.T("exchange.purge.title"), t.T("exchange.purge.note")), ui.Paragraph(t.T("exchange.purge.rule")), ui.Row("", open, ui.Spacer()))
}

func (p *Place) openCleanup() {
	if p.job.running {
		return
	}
	if p.cleanup == nil {
		p.cleanup = newCleanup(p)
	}
	p.root.Objects = []fyne.CanvasObject{p.cleanup.page}
	p.root.Refresh()
	p.cleanup.reload()
	ui.Focus(p.cleanup.modes)
}

// clearing reports whether the cleanup page is on screen.
func (p *Place) clearing() bool {
	return p.cleanup != nil && len(p.root.Objects) == 1 && p.root.Objects[0] == p.cleanup.page
}

// endCleanup brings the page back.
func (p *Place) endCleanup() {
	if p.page != nil {
		p.root.Objects = []fyne.CanvasObject{p.page}
		p.root.Refresh()
	}
}

func newCleanup(p *Place) *cleanup {
	t := p.s.Texts
	c := &cleanup{p: p, mode: modeReplaced, note: ui.Muted(""), none: ui.Stack(""), detail: ui.Stack(theme.SizeGapWide)}
	c.modes = ui.NewChips([]ui.Choice{{Code: modeReplaced, Label: t.T("exchange.purge.mode_replaced")}, {Code: modeWhole, Label: t.T("exchange.purge.mode_whole")}}, false)
	c.modes.Put(c.mode)
	c.modes.OnChosen = func(codes []string) {
		if len(codes) == 1 {
			c.mode, c.at, c.read, c.rows = codes[0], 0, false, nil
		}
		c.modes.Put(c.mode)
		c.reload()
	}
	c.modes.OnEscape = c.close
	c.table = ui.NewTable([]ui.Column{{Title: t.T("exchange.purge.case"), Least: 130, Share: 1}, {Title: t.T("exchange.purge.what"), Least: 190}}, func() int { return len(c.rows) }, c.cell).TwoLines()
	c.table.OnMark = func(row int) { c.at = row; c.show() }
	c.table.OnOpen = func(row int) { c.at = row; c.show(); c.split.ShowDetail() }
	c.all = ui.NewPrimary("", c.askAll)
	back := ui.NewQuiet("back", t.T("exchange.purge.back"), c.close)
	top := ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGap, ui.Row("", back, ui.Spacer()), ui.SectionHeader(t.T("exchange.purge.title"), ""), c.modes, c.note, ui.Row("", c.all, ui.Spacer()), p.purging.object()))
	list := ui.NewQuiet("back", t.T("exchange.purge.list"), func() { c.split.ShowList(); ui.Focus(c.table.Focusable()) })
	way := ui.Row("", list, ui.Spacer())
	way.Hide()
	c.split = ui.NewSplit(ui.Above(top, container.NewStack(c.table, c.none)), ui.Page(way, c.detail))
	c.split.ListWidth = 470
	c.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
	c.page = c.split
	return c
}

func (c *cleanup) close() {
	c.p.endCleanup()
	c.p.refresh()
}

// reload reads what could go. It writes nothing.
func (c *cleanup) reload() {
	p, ws, whole := c.p, c.p.s.WS, c.mode == modeWhole
	c.put()
	ui.Run(p.s.Loop, func(ctx context.Context) ([]purgeRow, error) {
		found, err := delivery.PreviewPurges(ctx, ws, whole)
		if err != nil {
			return nil, err
		}
		states, err := delivery.CaseStates(ctx, ws)
		if err != nil {
			return nil, err
		}
		cases, err := ws.Cases(ctx)
		if err != nil {
			return nil, err
		}
		rows := make([]purgeRow, len(found))
		for i, one := range found {
			rows[i].Purging = one
			for _, s := range states {
				if s.Case == one.Case {
					rows[i].state = s
				}
			}
			for _, summary := range cases {
				if summary.ID == one.Case {
					rows[i].number = summary.Number
				}
			}
		}
		slices.SortStableFunc(rows, func(a, b purgeRow) int { return rankPurge(a) - rankPurge(b) })
		return rows, nil
	}, func(rows []purgeRow, err error) {
		if err != nil {
			if !stopped(err) {
				p.s.Fault(err)
			}
			return
		}
		c.rows, c.read = rows, true
		c.put()
	})
}

func rankPurge(r purgeRow) int {
	if r.free() {
		return 0
	}
	return 1
}

func (c *cleanup) free() (rows []purgeRow) {
	for _, r := range c.rows {
		if r.free() {
			rows = append(rows, r)
		}
	}
	return rows
}

func (c *cleanup) cell(row, column int) ui.Cell {
	t := c.p.s.Texts
	if row >= len(c.rows) {
		return ui.Cell{}
	}
	r := c.rows[row]
	switch {
	case column == 0:
		return ui.Cell{Text: r.number, Detail: safety.Word(t, r.state.State), Bold: true}
	case r.free():
		return ui.Cell{Badge: t.N("exchange.purge.goes", total(r.Lines)), Level: ui.Success}
	case len(r.Blocked) == 0:
		return ui.Cell{Text: t.T("exchange.purge.nothing"), Muted: true}
	}
	return ui.Cell{Badge: t.T("exchange.purge.stays"), Level: ui.Neutral, Icon: "lock"}
}

func (c *cleanup) put() {
	t := c.p.s.Texts
	free := c.free()
	c.note.SetText(t.T("exchange.purge.note_" + c.mode))
	c.all.SetText(t.N("exchange.purge.all", len(free)))
	c.all.Hidden = len(free) == 0
	if c.p.purging.running {
		c.all.Disable()
	} else {
		c.all.Enable()
	}
	c.none.RemoveAll()
	c.table.Hidden = len(c.rows) == 0
	if len(c.rows) == 0 && c.read {
		c.none.Add(ui.EmptyState("ok", t.T("exchange.purge.none_"+c.mode), t.T("exchange.purge.none_"+c.mode+"_text"), nil))
	} else if !c.read {
		c.none.Add(ui.Inset(theme.SizeGapWide, ui.Muted(t.T("exchange.purge.reading"))))
	}
	c.table.Refresh()
	c.table.Mark(c.at)
	c.show()
	c.page.Refresh()
}

// show says of the case marked what would go, and why something stays.
func (c *cleanup) show() {
	t := c.p.s.Texts
	c.detail.RemoveAll()
	defer c.detail.Refresh()
	row := min(c.at, len(c.rows)-1)
	if row < 0 {
		return
	}
	r := c.rows[row]
	rows := []ui.KeyValue{}
	for _, part := range domain.AllCompartments {
		if n := r.Lines[part.String()]; n > 0 {
			rows = append(rows, ui.KeyValue{Key: t.T("exchange.compartment." + part.String()), Value: t.N("exchange.lines", n)})
		}
	}
	card := []fyne.CanvasObject{ui.SectionHeader(t.T("exchange.purge.of", "Number", r.number), safety.Sentence(t, r.state))}
	if len(rows) > 0 {
		card = append(card, ui.Strong(t.T("exchange.purge.would_go")), ui.KeyValues(rows...))
	}
	if len(r.Blocked) > 0 {
		card = append(card, ui.Strong(t.T("exchange.purge.why_stays")))
		for _, reason := range sorted(r.Blocked) {
			card = append(card, ui.Row(theme.SizeGap, ui.NewIcon("lock", theme.ColorMuted), ui.Stretch(ui.Middle(ui.Paragraph(t.N("exchange.purge.blocked."+reason, r.Blocked[reason]))))))
		}
	}
	if r.free() {
		remove := ui.NewDanger(t.T("exchange.purge.one"), func() { c.ask([]purgeRow{r}) })
		card = append(card, ui.Row(theme.SizeGap, remove, ui.Spacer()))
	}
	c.detail.Add(ui.Card(card...))
}

func (c *cleanup) askAll() { c.ask(c.free()) }

// ask says what goes, and that it does not come back, before anything is removed.
func (c *cleanup) ask(rows []purgeRow) {
	t, lines := c.p.s.Texts, 0
	for _, r := range rows {
		lines += total(r.Lines)
	}
	words := t.N("exchange.purge.confirm_"+c.mode, len(rows), "Lines", t.N("exchange.lines", lines))
	ui.Confirm(c.p.s.Window, t, ui.Question{Title: t.T("exchange.purge.confirm"), Text: words, Yes: t.T("exchange.purge.one"), Danger: true, OnYes: func(string) { c.run(rows) }})
}

// run removes case by case, and can be stopped between two. What stands against it now, though it did not before, stays.
func (c *cleanup) run(rows []purgeRow) {
	p, t, ws, whole := c.p, c.p.s.Texts, c.p.s.WS, c.mode == modeWhole
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.Case
	}
	done := 0
	p.purging.run(t.T("exchange.purge.working"), func(ctx context.Context, progress func(done, total int64)) error {
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := delivery.Purge(ctx, ws, id, whole); err != nil {
				return err
			}
			done++
			progress(int64(done), int64(len(ids)))
		}
		return nil
	}, func(err error) {
		switch {
		case err != nil && !stopped(err):
			p.s.Fault(err)
		default:
			p.s.Notify(ui.Success, t.N("exchange.purge.done", done))
		}
		c.reload()
		ui.Focus(c.table.Focusable())
	})
	c.put()
}

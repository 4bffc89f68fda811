// Package caseload is the place with all cases: search by name in any script, filter, sort, open.
//
// The model (list) knows no widgets; the place shows it and hands on what the user does. Only the rows on screen are built,
// so the number of cases does not matter for scrolling.
package caseload

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// searchLimit is how many hits a search shows at most; whoever gets that many types another letter.
const searchLimit = 500

// quiet is how long the list waits after a change elsewhere before it reads the cases again.
const quiet = 300 * time.Millisecond

// place is the caseload on screen.
type place struct {
	s    *ui.Session
	list list

	root    *fyne.Container // the list, or a list being read in
	content fyne.CanvasObject
	intake  *intakePage // nil while none is read in
	search  *ui.SearchField
	chips   *ui.Chips
	count   *ui.Text
	sorting *ui.Button
	filters *ui.Button
	table   *ui.Table
	empty   *fyne.Container
	body    *fyne.Container

	onScreen bool
	stale    bool
	loaded   bool
	enter    bool // open the best hit when it is found
	again    *ui.Debouncer
	cancel   func()
	counting func() // ends the reading of states
}

// Away, as an argument of Enter, shows the cases whose work is not yet safe at headquarters.
const Away = "away"

// New makes the place.
func New(s *ui.Session) ui.Place {
	p := &place{s: s, stale: true}
	p.build()
	p.again = ui.NewDebouncer(s.Loop, quiet, p.load)
	s.WS.Subscribe(func(workspace.Change) { s.Loop.Post(p.changed) })
	return p
}

func (p *place) build() {
	t := p.s.Texts
	p.search = ui.NewSearchField(t, p.s.Loop, p.find)
	p.chips = ui.NewChips(nil, true)
	p.chips.OnChosen = func(codes []string) {
		p.list.filter(codes)
		p.show()
	}
	p.count = ui.NewText("")
	p.count.Color, p.count.Shorten = theme.ColorMuted, true
	p.sorting = ui.NewQuiet("down", "", p.askSorting)
	p.table = ui.NewTable(p.columns(), func() int { return len(p.list.shown) }, func(row, column int) ui.Cell {
		return p.list.cell(t, p.s.Now(), row, column)
	}).TwoLines()
	p.table.OnOpen = p.open
	p.table.OnSort = func(column int, descending bool) {
		p.list.sort(columnSorts[column], descending)
		p.show()
	}
	p.search.Results = p.table.Focusable()
	p.search.OnDone = p.openBest
	p.empty = container.NewStack()
	p.body = container.NewStack(p.table, p.empty)
	p.filters = ui.NewQuiet("more", t.T("caseload.filters"), func() {
		p.chips.Hidden = !p.chips.Hidden
		p.content.Refresh()
	})
	tools := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(p.count)), p.filters, p.sorting)
	if intake.May(p.s.WS.Me().Role) {
		tools.Add(ui.NewQuiet("folder", t.T("intake.open"), p.readIn))
	}
	head := ui.Inset(theme.SizeGap, ui.Stack(theme.SizeGap, ui.Narrowed(640, p.search), p.chips, tools))
	p.content = ui.Above(head, p.body)
	p.root = container.NewStack(p.content)
	p.show()
}

func (p *place) columns() []ui.Column {
	t := p.s.Texts
	columns := []ui.Column{
		columnNumber:     {Title: t.T("caseload.column.number"), Least: 130, Sortable: true},
		columnName:       {Title: t.T("caseload.column.name"), Least: 150, Share: 3, Sortable: true},
		columnPersons:    {Title: t.T("caseload.column.persons"), Least: 100, Sortable: true, HideBelow: 720},
		columnLanguages:  {Title: t.T("caseload.column.languages"), Least: 120, Share: 2, HideBelow: 1100},
		columnSlot:       {Title: t.T("caseload.column.slot"), Least: 148, Sortable: true, HideBelow: 620},
		columnStatus:     {Title: t.T("caseload.column.status"), Least: 184, Sortable: true},
		columnInterviews: {Title: t.T("caseload.column.interviews"), Least: 84, HideBelow: 880},
		columnConflicts:  {Title: t.T("caseload.column.conflicts"), Least: 86, HideBelow: 800},
		columnWritten:    {Title: t.T("caseload.column.written"), Least: 96, Sortable: true, HideBelow: 990},
	}
	if !p.s.WS.Me().HQ {
		// The last change says where it is as well: that comes before what is one tap away in the case file.
		columns[columnWritten].Least, columns[columnWritten].HideBelow = 176, 820 // below that the row would be cut off
		columns[columnPersons].HideBelow, columns[columnInterviews].HideBelow = 900, 1080
		columns[columnConflicts].HideBelow, columns[columnLanguages].HideBelow = 990, 1200
	}
	return columns
}

// Title is the heading of the page.
func (p *place) Title() string { return p.s.Texts.T("caseload.title") }

// Content is the page.
func (p *place) Content() fyne.CanvasObject { return p.root }

// Enter reads the cases if anything changed since and puts the keyboard into the search field.
func (p *place) Enter(args ...any) {
	p.onScreen = true
	if !p.loaded {
		// On a low screen the rows need the height; the filters are one key away.
		p.chips.Hidden = p.s.Window.Canvas().Size().Height < 12*theme.Size(theme.SizeTouch)
	}
	if p.stale {
		p.load()
	} else {
		p.readStates() // an export changes them and no case
	}
	if slices.Contains(args, any(Away)) {
		p.filterBy(awayStill)
	}
	if p.intake == nil {
		p.FocusSearch()
	}
}

// readIn begins to read a list in; the cases come back when that is over.
func (p *place) readIn() {
	if p.intake != nil || !intake.May(p.s.WS.Me().Role) {
		return
	}
	p.intake = newIntakePage(p.s, func() {
		p.intake = nil
		p.root.Objects = []fyne.CanvasObject{p.content}
		p.root.Refresh()
		p.load()
		p.FocusSearch()
	})
	p.root.Objects = []fyne.CanvasObject{p.intake.object}
	p.root.Refresh()
	p.intake.begin()
}

// Leave stops looking.
func (p *place) Leave() {
	p.onScreen = false
	p.again.Stop()
}

// FocusSearch puts the keyboard into the search field.
func (p *place) FocusSearch() { p.s.Window.Canvas().Focus(p.search) }

// Shortcuts are the place's own keys.
func (p *place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyF, Modifier: fyne.KeyModifierControl, Text: t.T("caseload.keys.search"), Do: p.FocusSearch},
		{Key: fyne.KeyM, Modifier: fyne.KeyModifierControl, Text: t.T("caseload.keys.mine"), Do: p.toggleMine},
		{Key: fyne.KeyO, Modifier: fyne.KeyModifierControl, Text: t.T("caseload.keys.sort"), Do: p.askSorting},
		{Key: fyne.KeyR, Modifier: fyne.KeyModifierAlt, Text: t.T("caseload.keys.filters"), Do: p.filters.OnTapped},
		{Key: fyne.KeyReturn, Text: t.T("caseload.keys.open")},
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierAlt, Text: t.T("intake.keys.open"), Do: p.readIn},
		{Key: fyne.KeyReturn, Modifier: fyne.KeyModifierAlt, Text: t.T("intake.keys.go_on"), Do: p.goOn},
	}
}

// goOn does what the step of reading in leads to.
func (p *place) goOn() {
	if p.intake != nil {
		p.intake.goOn()
	}
}

func (p *place) changed() {
	p.stale = true
	if p.onScreen {
		p.again.Touch()
	}
}

// caseload is what one reading brings.
type caseload struct {
	cases []workspace.CaseSummary
	cards []string
}

func (p *place) load() {
	p.stale = false
	if p.cancel != nil {
		p.cancel()
	}
	p.cancel = ui.Run(p.s.Loop, func(ctx context.Context) (caseload, error) {
		cases, err := p.s.WS.Cases(ctx)
		if err != nil {
			return caseload{}, err
		}
		cards, err := ownCards(ctx, p.s.WS)
		return caseload{cases, cards}, err
	}, func(c caseload, err error) {
		if err != nil {
			if ctxOver(err) {
				return
			}
			p.stale = true
			p.s.Fault(err)
			return
		}
		p.loaded = true
		p.list.put(c.cases, c.cards, p.s.Now())
		p.offerFilters()
		defer p.readStates()
		if p.search.Text != "" {
			p.find(p.search.Text)
			return
		}
		p.show()
	})
}

// readStates reads how far the own work on each case has come, and shows it when it is known: the list never waits for it.
func (p *place) readStates() {
	if p.s.WS.Me().HQ {
		return
	}
	if p.counting != nil {
		p.counting()
	}
	p.counting = ui.Run(p.s.Loop, func(ctx context.Context) ([]exchange.CaseState, error) { return exchange.CaseStates(ctx, p.s.WS) }, func(states []exchange.CaseState, err error) {
		if err != nil {
			if !ctxOver(err) {
				p.s.Fault(err)
			}
			return
		}
		p.list.putStates(states)
		p.offerFilters()
		p.show()
	})
}

// filterBy shows the cases of one filter and nothing else.
func (p *place) filterBy(code string) {
	p.list.filter([]string{code})
	p.offerFilters()
	p.chips.Put(code)
	p.show()
}

// ownCards lists the staff cards of this user: slots name their interviewer by card (domain.md 7.2).
func ownCards(ctx context.Context, ws *workspace.Workspace) ([]string, error) {
	cards, err := ws.Objects(ctx, "staff_card", uuid.Nil)
	if err != nil {
		return nil, err
	}
	own := []string{ws.Me().User.String()}
	for _, card := range cards {
		if ws.IsMe(card.ID()) {
			own = append(own, card.ID().String())
		}
	}
	return own, nil
}

func (p *place) offerFilters() {
	t := p.s.Texts
	mine, away, statuses, counts := p.list.filters()
	var options []ui.Choice
	if mine > 0 || p.list.mine {
		options = append(options, ui.Choice{Code: mineToday, Label: t.T("caseload.filter", "Name", t.T("caseload.mine_today"), "Count", mine)})
	}
	for _, status := range statuses {
		label := ui.Lists().Label("status", string(status), t.Lang())
		options = append(options, ui.Choice{Code: string(status), Label: t.T("caseload.filter", "Name", label, "Count", counts[status])})
	}
	if away > 0 || p.list.away {
		options = append(options, ui.Choice{Code: awayStill, Label: t.T("caseload.filter", "Name", t.T("caseload.away"), "Count", away)})
	}
	p.chips.SetOptions(options)
}

// find searches as the user types. The search itself takes a few milliseconds at most, so it answers at once and hits never
// arrive out of order.
func (p *place) find(text string) {
	if strings.TrimSpace(text) == "" {
		p.list.find(nil, false)
		p.show()
		return
	}
	ui.Run(p.s.Loop, func(ctx context.Context) ([]workspace.Hit, error) { return p.s.WS.Search(ctx, text, searchLimit) },
		func(hits []workspace.Hit, err error) {
			if err != nil {
				p.s.Fault(err)
				return
			}
			if text != p.search.Text {
				return // another letter was typed in between
			}
			p.list.find(hits, true)
			p.show()
			if len(p.list.shown) > 0 {
				p.table.Mark(0)
			}
			if p.enter {
				p.enter = false
				p.open(0)
			}
		})
}

// openBest opens the first case found, for Enter in the search field: the hits of the last letter may still be on their way.
func (p *place) openBest() {
	if text := p.search.Text; strings.TrimSpace(text) != "" {
		p.enter = true
		p.find(text)
	}
}

func (p *place) open(row int) {
	if row >= 0 && row < len(p.list.shown) {
		p.s.Go("casefile", p.list.shown[row].ID)
	}
}

func (p *place) toggleMine() {
	codes := p.chips.Chosen()
	if p.list.mine {
		kept := codes[:0]
		for _, code := range codes {
			if code != mineToday {
				kept = append(kept, code)
			}
		}
		codes = kept
	} else {
		codes = append(codes, mineToday)
	}
	p.chips.Put(codes...)
	p.list.filter(codes)
	p.offerFilters()
	p.show()
}

// askSorting lets the keyboard sort as a tap on a title does.
func (p *place) askSorting() {
	t := p.s.Texts
	var options []ui.Choice
	for _, key := range sortKeys {
		options = append(options, ui.Choice{Code: string(key), Label: t.T("caseload.sort." + string(key))})
	}
	keys := ui.NewChips(options, false)
	keys.Put(string(p.list.key))
	directions := ui.NewChips([]ui.Choice{{Code: "up", Label: t.T("caseload.sort.ascending")}, {Code: "down", Label: t.T("caseload.sort.descending")}}, false)
	directions.Put("up")
	if p.list.descending {
		directions.Put("down")
	}
	var dialog *ui.Dialog
	apply := func() {
		key := byRelevance
		if chosen := keys.Chosen(); len(chosen) == 1 {
			key = sortKey(chosen[0])
		}
		down := directions.Chosen()
		p.list.sort(key, len(down) == 1 && down[0] == "down")
		dialog.Close()
		p.show()
	}
	done := ui.NewPrimary(t.T("ui.ok"), apply)
	closing := func() { dialog.Close() }
	keys.OnDone = apply
	keys.OnEscape, directions.OnEscape, done.OnEscape = closing, closing, closing
	content := ui.Stack(theme.SizeGapWide, keys, directions, ui.Row(theme.SizeGap, ui.Spacer(), done))
	dialog = ui.ShowDialog(p.s.Window, t.T("caseload.sort.title"), 560, content, keys, func() { p.s.Window.Canvas().Focus(p.table.Focusable()) })
}

// show brings the page up to the model.
func (p *place) show() {
	t := p.s.Texts
	switch {
	case !p.loaded:
		p.count.SetText(t.T("caseload.reading"))
	case len(p.list.shown) == len(p.list.all):
		p.count.SetText(t.N("caseload.count_all", len(p.list.all)))
	default:
		p.count.SetText(t.N("caseload.count_some", len(p.list.all), "Shown", len(p.list.shown)))
	}
	name := string(p.list.key)
	if name == "" {
		name = "slot"
		if p.list.hits != nil {
			name = "relevance"
		}
	}
	p.sorting.Icon = "up"
	if p.list.descending {
		p.sorting.Icon = "down"
	}
	p.sorting.SetText(t.T("caseload.sorted_by", "Name", t.T("caseload.sort."+name)))
	column := -1
	for at, key := range columnSorts {
		if key == p.list.key {
			column = at
		}
	}
	p.table.SortedBy(column, p.list.descending)
	p.showEmpty()
	p.table.Refresh()
	p.content.Refresh()
}

func (p *place) showEmpty() {
	t := p.s.Texts
	p.empty.RemoveAll()
	p.table.Hidden = p.loaded && len(p.list.shown) == 0
	switch {
	case !p.loaded || len(p.list.shown) > 0:
	case len(p.list.all) == 0:
		action := ui.Row(theme.SizeGap, ui.NewPrimary(t.T("caseload.empty.action"), func() { p.s.Go("exchange") }))
		if intake.May(p.s.WS.Me().Role) {
			action.Add(ui.NewButton(t.T("intake.open"), p.readIn))
		}
		p.empty.Add(ui.EmptyState("caseload", t.T("caseload.empty.title"), t.T("caseload.empty.text"), action))
	default:
		text := t.T("caseload.none.text")
		if p.list.hits != nil && len(p.list.hits) == 0 {
			text = t.T("caseload.none.search")
		}
		p.empty.Add(ui.EmptyState("search", t.T("caseload.none.title"), text, ui.NewButton(t.T("caseload.none.action"), p.clear)))
	}
}

// clear ends search and filter.
func (p *place) clear() {
	p.search.Put("")
	p.chips.Put()
	p.list.filter(nil)
	p.list.find(nil, false)
	p.show()
	p.FocusSearch()
}

// ctxOver reports whether reading was given up because a newer one began.
func ctxOver(err error) bool { return errors.Is(err, context.Canceled) }

// Package lists is the place that says which code lists and question sets are in use, since when, and which import brought them;
// the administrator at headquarters issues new editions here and takes them back.
//
// The place only shows and asks: what an edition may change is decided in internal/workspace, and nothing is issued before a
// person has seen what it changes.
package lists

import (
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// The views of the place: question sets, then code lists.
var views = []domain.Type{"form", "code_list"}

// Place is the page. Use on the UI goroutine only.
type Place struct {
	s    *ui.Session
	view domain.Type
	rows map[domain.Type][]line
	busy bool

	root   *fyne.Container
	chips  *ui.Chips
	load   *ui.Button
	table  *ui.Table
	split  *ui.SplitLayout
	detail *fyne.Container
	scroll *container.Scroll
	issue  *issuing
	marked int
}

var (
	_ ui.Place       = (*Place)(nil)
	_ ui.Shortcutter = (*Place)(nil)
)

// line is one edition, or a list or set of the program's own.
type line struct {
	name, title, detail, version string
	size                         int
	own                          bool // of the program
	edition                      workspace.Edition
	brought                      *exchange.ImportEntry // the import that brought it; nil for one issued here
}

// New makes the place. It reads nothing before Enter.
func New(s *ui.Session) ui.Place {
	p := &Place{s: s, view: "form", rows: map[domain.Type][]line{}}
	t := s.Texts
	p.chips = ui.NewChips(nil, false)
	p.chips.OnChosen = func(codes []string) {
		if len(codes) == 0 {
			p.chips.Put(string(p.view))
			return
		}
		p.choose(domain.Type(codes[0]))
	}
	p.load = ui.NewPrimary(t.T("lists.load"), func() { p.issue.begin() })
	p.load.Hidden = !p.mayIssue()
	p.issue = &issuing{p: p, drives: drivepick.New(s, t.T("lists.folder"))}
	p.issue.drives.OnChoose = func(string) { p.issue.look() }
	p.table = ui.NewTable([]ui.Column{
		{Title: t.T("lists.column.name"), Least: 150, Share: 1}, {Title: t.T("lists.column.version"), Least: 70}, {Title: t.T("lists.column.state"), Least: 160},
	}, func() int { return len(p.rows[p.view]) }, p.cell).TwoLines()
	p.table.OnMark = func(row int) { p.mark(row) }
	p.table.OnOpen = func(row int) {
		p.mark(row)
		p.split.ShowDetail()
	}
	top := ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGap, p.chips, ui.Muted(t.T("lists.note")), ui.Row("", p.load, ui.Spacer())))
	back := ui.NewQuiet("back", t.T("lists.back"), func() { p.split.ShowList(); ui.Focus(p.table.Focusable()) })
	way := ui.Row("", back, ui.Spacer())
	way.Hide()
	p.detail = ui.Stack(theme.SizeGapWide)
	p.scroll = ui.Page(way, p.detail)
	p.split = ui.NewSplit(ui.Above(top, p.table), p.scroll)
	p.split.ListWidth = 480
	p.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
	p.root = container.NewStack(p.split)
	return p
}

// mayIssue reports whether this user issues editions.
func (p *Place) mayIssue() bool {
	me := p.s.WS.Me()
	return me.HQ && me.Role.MayCreate("code_list") && !p.s.WS.ReadOnly()
}

// Title is the heading in the header.
func (p *Place) Title() string { return p.s.Texts.T("lists.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter reads everything again.
func (p *Place) Enter(...any) { p.reload(nil) }

// Leave rests the search for drives.
func (p *Place) Leave() { p.issue.drives.Rest() }

// Shortcuts are the keys of the place.
func (p *Place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	keys := []ui.Shortcut{{Key: fyne.KeyF5, Text: t.T("lists.key.again"), Do: func() { p.reload(nil) }}}
	for i, view := range views {
		keys = append(keys, ui.Shortcut{Key: fyne.KeyName(rune('1' + i)), Modifier: fyne.KeyModifierAlt, Text: t.T("lists.view." + string(view)), Do: func() { p.choose(view) }})
	}
	if p.mayIssue() {
		keys = append(keys, ui.Shortcut{Key: fyne.KeyN, Modifier: fyne.KeyModifierControl, Text: t.T("lists.load"), Do: func() { p.issue.begin() }})
	}
	return keys
}

// reload reads what is in use, then does what follows.
func (p *Place) reload(then func()) {
	ws, lang := p.s.WS, p.s.Texts.Lang()
	ui.Run(p.s.Loop, func(ctx context.Context) (map[domain.Type][]line, error) { return read(ctx, ws, lang) }, func(rows map[domain.Type][]line, err error) {
		if err != nil {
			p.fault(err)
			return
		}
		p.rows = rows
		p.put()
		p.show()
		if then != nil {
			then()
		}
	})
}

// read lists the editions that came here or were issued here, and after them what the program has of its own.
func read(ctx context.Context, ws *workspace.Workspace, lang string) (map[domain.Type][]line, error) {
	rows := map[domain.Type][]line{}
	brought, err := ws.BroughtBy(ctx)
	if err != nil {
		return nil, err
	}
	imports, err := exchange.Imports(ctx, ws)
	if err != nil {
		return nil, err
	}
	lists, sets := ws.Lists(), ws.Sets()
	asked := map[string]string{}
	for _, set := range sets.All() {
		for _, item := range set.Flat() {
			if item.List != "" && asked[item.List] == "" {
				asked[item.List] = item.Label.In(lang)
			}
		}
	}
	for _, e := range ws.Editions() {
		l := line{name: e.Name, title: e.Name, detail: asked[e.Name], version: e.Version, size: e.Size, edition: e}
		if set := e.Set(); set != nil {
			l.title, l.detail = set.Title.In(lang), e.Name
		}
		if at := slices.IndexFunc(imports, func(one exchange.ImportEntry) bool { return one.Import == brought[e.ID] }); brought[e.ID] != uuid.Nil && at >= 0 {
			l.brought = &imports[at]
		}
		rows[e.Type] = append(rows[e.Type], l)
	}
	for _, set := range sets.All() {
		if own := !slices.ContainsFunc(rows["form"], func(l line) bool { return l.edition.Set() == set }); own {
			size := 0
			for _, item := range set.Flat() {
				if item.Kind.Asked() {
					size++
				}
			}
			rows["form"] = append(rows["form"], line{name: set.ID, title: set.Title.In(lang), detail: set.ID, version: set.Version, size: size, own: true})
		}
	}
	for _, name := range lists.Names() {
		if issued := slices.ContainsFunc(rows["code_list"], func(l line) bool { return l.name == name && l.edition.InUse }); !issued {
			rows["code_list"] = append(rows["code_list"], line{name: name, title: name, detail: asked[name], size: len(lists.Entries(name)), own: true})
		}
	}
	return rows, nil
}

func (p *Place) fault(err error) {
	if !errors.Is(err, context.Canceled) {
		p.s.Fault(err)
	}
}

func (p *Place) choose(view domain.Type) {
	if p.busy {
		p.chips.Put(string(p.view))
		return
	}
	p.view, p.marked = view, 0
	p.split.ShowList()
	p.put()
	p.show()
	ui.Focus(p.chips)
}

// put shows the list.
func (p *Place) put() {
	var choices []ui.Choice
	for _, view := range views {
		choices = append(choices, ui.Choice{Code: string(view), Label: p.s.Texts.T("lists.view." + string(view))})
	}
	p.chips.SetOptions(choices)
	p.chips.Put(string(p.view))
	p.table.Refresh()
	p.table.Mark(p.marked)
	p.root.Refresh()
}

func (p *Place) cell(row, column int) ui.Cell {
	if row >= len(p.rows[p.view]) {
		return ui.Cell{}
	}
	l := p.rows[p.view][row]
	switch column {
	case 0:
		return ui.Cell{Text: l.title, Detail: l.detail, Bold: !l.own}
	case 1:
		return ui.Cell{Text: l.version}
	}
	level, icon, word := p.state(l)
	return ui.Cell{Badge: word, Level: level, Icon: icon}
}

// state says in words what becomes of a line.
func (p *Place) state(l line) (ui.Level, string, string) {
	t := p.s.Texts
	switch {
	case l.own:
		return ui.Neutral, "", t.T("lists.state.own")
	case l.edition.Withdrawn:
		return ui.Neutral, "close", t.T("edition.state.withdrawn")
	case l.edition.Unreadable != nil:
		return ui.Warning, "warning", t.T("edition.state.unreadable")
	case l.edition.InUse:
		return ui.Success, "ok", t.T("edition.state.in_use")
	case l.edition.ValidFrom > p.s.Now().Format(time.DateOnly):
		return ui.Info, "clock", t.T("edition.state.waits")
	}
	return ui.Neutral, "", t.T("edition.state.older")
}

func (p *Place) mark(row int) {
	if !p.busy {
		p.marked = row
		p.show()
	}
}

// show fills the right side for the row marked.
func (p *Place) show() {
	if p.marked >= len(p.rows[p.view]) {
		p.detail.RemoveAll()
		return
	}
	t, l := p.s.Texts, p.rows[p.view][p.marked]
	level, icon, word := p.state(l)
	rows := []ui.KeyValue{{Key: t.T("lists.fact.name"), Value: l.name}}
	put := func(key, value string) { rows = append(rows, ui.KeyValue{Key: t.T(key), Value: value}) }
	if l.version != "" {
		put("lists.column.version", l.version)
	}
	put("lists.fact.size."+string(p.view), t.N("lists.size."+string(p.view), l.size))
	if l.own {
		put("lists.fact.since", t.T("lists.since.program"))
	} else {
		at, by := l.edition.Issued()
		put("lists.fact.since", p.day(l.edition.ValidFrom))
		put("lists.fact.issued", t.T("lists.issued_by", "Time", p.when(at), "Who", p.s.WS.AliasOf(by)))
		switch {
		case l.brought == nil:
			put("lists.fact.import", t.T("lists.import.here"))
		default:
			words := l.brought.At
			if at, err := time.Parse(time.RFC3339, l.brought.At); err == nil {
				words = p.when(at)
			}
			sender := l.brought.Sender
			if sender == l.brought.From { // no machine of the mission
				sender = t.T("lists.import.headquarters")
			}
			put("lists.fact.import", t.T("lists.import.package", "Sender", sender, "Time", words))
		}
	}
	if set := l.edition.Set(); set != nil && set.Foreign {
		put("lists.about", t.T("domain.type."+string(set.Subject)))
		put("lists.class", t.T(map[bool]string{false: "lists.class.ordinary", true: "lists.class.special"}[set.Class() > domain.P2]))
	}
	parts := []fyne.CanvasObject{
		ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.Subheading(l.title))), ui.NewBadge(level, icon, word)), ui.KeyValues(rows...),
	}
	switch {
	case l.edition.Unreadable != nil:
		parts = append(parts, ui.Banner(ui.Warning, t.T("lists.unreadable"), nil, nil))
	case l.edition.Set() != nil && l.edition.Set().Foreign:
		parts = append(parts, ui.Muted(t.T("lists.older_responses")))
	case !l.own && p.view == "form":
		parts = append(parts, ui.Muted(t.T("lists.older_interviews")))
	case !l.own:
		parts = append(parts, ui.Muted(t.T("lists.codes_stay")))
	}
	if !l.own && !l.edition.Withdrawn && p.mayIssue() {
		parts = append(parts, ui.Row(theme.SizeGap, ui.NewDanger(t.T("lists.withdraw"), func() { p.withdraw(l) }), ui.Spacer()))
	}
	p.place(ui.Card(parts...))
}

// place puts cards on the right side.
func (p *Place) place(cards ...fyne.CanvasObject) {
	p.detail.Objects = cards
	p.detail.Refresh()
	p.scroll.Refresh()
	p.scroll.ScrollToTop()
}

// withdraw asks, then takes an edition back.
func (p *Place) withdraw(l line) {
	t := p.s.Texts
	ui.Confirm(p.s.Window, t, ui.Question{
		Title: t.T("lists.withdraw.title", "Name", l.title, "Version", l.version), Text: t.T("lists.withdraw.text"), Yes: t.T("lists.withdraw"), Danger: true,
		OnYes: func(string) {
			p.work(func(ctx context.Context) error {
				_, err := p.s.WS.WithdrawEdition(ctx, l.edition.ID)
				return err
			}, func() { p.s.Notify(ui.Success, t.T("edition.withdrawn", "Name", l.title, "Version", l.version)) })
		},
	})
}

// work does what writes, off the UI goroutine, and reads the page again.
func (p *Place) work(do func(ctx context.Context) error, done func()) {
	if p.busy {
		return
	}
	p.busy = true
	ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) }, func(_ struct{}, err error) {
		p.busy = false
		if err != nil {
			p.fault(err)
			return
		}
		p.reload(done)
	})
}

func (p *Place) day(stored string) string {
	if at, err := time.Parse(time.DateOnly, stored); err == nil {
		return at.Format(p.s.Texts.T("machines.layout.day"))
	}
	return stored
}

func (p *Place) when(at time.Time) string {
	return at.Local().Format(p.s.Texts.T("machines.layout.time"))
}

package interview

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/form"
)

// summaryParts is how many answers stand in the line of a closed row.
const summaryParts = 4

// shownRows is how many rows of a long list are on the page at a time.
const shownRows = 20

// repeatView is a list in the interview: languages, jobs. Each row is a line; the one that is open holds the questions. Of a long list
// some rows are on the page, with those before and after behind a button, so that row five hundred costs what row one did.
type repeatView struct {
	g      *page
	item   *form.Item
	path   form.Path // of the repeat itself: its row is the one around, of a repeat inside a repeat
	open   uuid.UUID
	from   int // the first row on the page
	lines  map[uuid.UUID]*closedRow
	object *fyne.Container
	list   *fyne.Container
	undo   *fyne.Container
	add    *ui.Button
}

// closedRow is a row that shows its summary only.
type closedRow struct {
	card  *ui.TapCard
	words *ui.Text
	small *ui.Text
}

func newRepeatView(g *page, item *form.Item, path form.Path) *repeatView {
	t := g.p.t
	v := &repeatView{g: g, item: item, path: path, lines: map[uuid.UUID]*closedRow{}, list: ui.Stack(theme.SizeGap), undo: ui.Stack("")}
	v.add = ui.NewButton(t.T("interview.row.add"), func() { v.addRow() })
	v.add.Icon = "add"
	head := ui.SectionHeader(g.p.instance().Label(path, g.p.lang()), g.p.instance().Hint(path, g.p.lang()))
	v.object = ui.Stack(theme.SizeGap, head, v.list, v.undo, ui.Row("", v.add, ui.Spacer()))
	if rows := v.rows(); len(rows) == 1 {
		v.open = rows[0]
	}
	return v
}

// rows lists the rows of the list in their order.
func (v *repeatView) rows() []uuid.UUID { return v.g.p.instance().RowsIn(v.item.Name, v.path.Row) }

// fixed tells that the form says how many rows there are, so that nobody adds or removes one.
func (v *repeatView) fixed() bool {
	_, fixed := v.g.p.instance().RowCount(v.path)
	return fixed
}

// arrange lists the rows; of the open one its questions. The page lays them out with all else.
func (v *repeatView) arrange() {
	rows := v.rows()
	if v.open != uuid.Nil && !slices.Contains(rows, v.open) {
		v.g.dropRow(v.open)
		v.open = uuid.Nil
	}
	shown := v.window(rows)
	for id := range v.lines {
		if !slices.Contains(shown, id) {
			delete(v.lines, id)
		}
	}
	objects := make([]fyne.CanvasObject, 0, len(shown)+2)
	if v.from > 0 {
		objects = append(objects, v.further("up", "interview.row.before", v.from, v.from-shownRows))
	}
	var left map[uuid.UUID]int
	for i, id := range shown {
		if id == v.open {
			objects = append(objects, v.openCard(v.from+i, id))
			continue
		}
		if v.lines[id] == nil {
			if left == nil {
				left = v.missing()
			}
			v.lines[id] = v.closed(id)
			v.write(id, left[id])
		}
		objects = append(objects, v.lines[id].card)
	}
	if end := v.from + len(shown); end < len(rows) {
		objects = append(objects, v.further("down", "interview.row.after", len(rows)-end, end))
	}
	v.list.Objects = objects
	v.list.Hidden = len(objects) == 0
	v.add.Hidden = !v.g.p.editable() || v.fixed()
}

// window is the rows that are on the page: as many as have room, among them the open one.
func (v *repeatView) window(rows []uuid.UUID) []uuid.UUID {
	if at := slices.Index(rows, v.open); at >= 0 && at < v.from {
		v.from = at
	} else if at >= v.from+shownRows {
		v.from = at - shownRows + 1
	}
	v.from = max(min(v.from, len(rows)-shownRows), 0)
	return rows[v.from:min(v.from+shownRows, len(rows))]
}

// further is the button to the rows on one side of those on the page. An open row that goes out of sight is closed.
func (v *repeatView) further(icon, key string, count, from int) fyne.CanvasObject {
	button := ui.NewQuiet(icon, v.g.p.t.N(key, count), func() {
		v.show(uuid.Nil, false)
		v.from = from
		v.g.arrange()
		if line := v.lines[v.rows()[v.from]]; line != nil {
			v.g.p.s.Window.Canvas().Focus(line.card)
		}
	})
	return ui.Row("", button, ui.Spacer())
}

func (v *repeatView) closed(id uuid.UUID) *closedRow {
	c := &closedRow{words: ui.NewText(""), small: ui.Muted("")}
	c.words.Shorten, c.words.Bold = true, true
	c.small.Wrap, c.small.Shorten = false, true
	c.card = ui.NewTapCard("", func() { v.show(id, true) }, ui.Row(theme.SizeGap, ui.Stretch(ui.Stack("", c.words, c.small)), ui.NewIcon("down", theme.ColorMuted)))
	return c
}

func (v *repeatView) openCard(i int, id uuid.UUID) fyne.CanvasObject {
	t := v.g.p.t
	title := ui.NewText(t.T("interview.row.number", "Number", i+1))
	title.Bold, title.Color = true, theme.ColorMuted
	remove := ui.NewIconButton("remove", t.T("interview.row.remove"), func() { v.remove(id) })
	shut := ui.NewIconButton("up", t.T("interview.row.close"), func() { v.show(uuid.Nil, false) })
	head := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(title)), shut)
	if v.g.p.editable() && !v.fixed() {
		head.Objects = []fyne.CanvasObject{head.Objects[0], remove, shut}
	}
	path := form.Path{Row: id, Repeat: v.item.Name}
	box := v.g.box("open " + id.String())
	box.Objects = append([]fyne.CanvasObject{head}, v.g.inside(v.item.Items, path)...)
	panel := &ui.Panel{Fill: theme.ColorSurface, Line: theme.ColorAccent, Radius: fynetheme.SizeNameCardRadius, Gap: theme.SizeGapWide, Content: box}
	panel.ExtendBaseWidget(panel)
	return panel
}

// show opens a row and closes the one that was; the widgets of a closed row are given up.
func (v *repeatView) show(id uuid.UUID, focus bool) {
	v.g.p.commit()
	if v.open != uuid.Nil && v.open != id {
		v.g.dropRow(v.open)
		delete(v.lines, v.open)
	}
	before := v.open
	v.open = id
	v.g.arrange()
	switch {
	case focus:
		for _, r := range v.g.order {
			if r.path.Row == id {
				v.g.focus(r)
				return
			}
		}
	case v.lines[before] != nil:
		v.g.p.s.Window.Canvas().Focus(v.lines[before].card)
	}
}

// addRow opens a new row, unless the open one is still empty: twenty taps on the button make one row (pains.md row 12).
func (v *repeatView) addRow() {
	p := v.g.p
	if !p.editable() || v.fixed() {
		return
	}
	p.commit()
	v.undo.RemoveAll()
	for _, id := range v.rows() {
		if !p.session.Stored(id) {
			v.show(id, true)
			return
		}
	}
	id, changed, err := p.session.AddRow(p.section, v.item.Name, v.path.Row)
	if err != nil {
		p.s.Fault(err)
		return
	}
	v.show(id, true)
	for _, checked := range changed.Checked {
		v.g.sync(checked)
	}
	p.rail.tell(p, p.section)
	p.header.tell(p)
}

// remove takes a row away and offers to bring it back.
func (v *repeatView) remove(id uuid.UUID) {
	p := v.g.p
	p.commit()
	name := v.summary(id)
	stored := p.session.Stored(id)
	if _, err := p.session.RemoveRow(context.Background(), p.section, v.item.Name, id); err != nil {
		p.sayState(ui.SavedState{Stage: ui.NotSaved}, err)
		return
	}
	v.g.dropRow(id)
	v.undo.RemoveAll()
	if stored {
		var banner *ui.Panel
		back := ui.NewButton(p.t.T("interview.row.undo"), func() {
			v.undo.RemoveAll()
			if err := p.session.RestoreRow(context.Background(), p.section, v.item.Name, id); err != nil {
				p.s.Fault(err)
				return
			}
			v.open = id
			p.resync()
			p.sayState(ui.SavedState{Stage: ui.SavedAt, At: p.s.Now()}, nil)
		})
		dismiss := ui.NewIconButton("close", p.t.T("ui.close"), func() { v.undo.RemoveAll(); v.g.arrange() })
		words := p.t.T("interview.row.removed", "Row", name)
		if name == "" {
			words = p.t.T("interview.row.removed_unnamed")
		}
		banner = ui.Banner(ui.Neutral, words, back, dismiss)
		v.undo.Add(banner)
		p.sayState(ui.SavedState{Stage: ui.SavedAt, At: p.s.Now()}, nil)
	}
	v.g.arrange()
	v.g.syncAll()
	p.rail.tell(p, p.section)
	p.header.tell(p)
}

// summary is a row in one line: its first answers.
func (v *repeatView) summary(id uuid.UUID) string {
	first, _ := v.words(id)
	return first
}

func (v *repeatView) words(id uuid.UUID) (first, rest string) {
	p := v.g.p
	var parts []string
	for _, item := range p.instance().Definition().Flat() {
		path := form.Path{Row: id, Repeat: v.item.Name, Name: item.Name}
		if item.Repeat != v.item.Name || !item.Kind.Asked() || !p.instance().Visible(path) || len(parts) >= summaryParts {
			continue
		}
		if a := p.instance().Answer(path); a.HasValue() && item.Kind != form.LongText && item.Kind != form.Acknowledge {
			words := sayAnswer(p.t, p.lang(), p.instance(), path, item.Question, a)
			if item.Kind == form.YesNo || item.Kind == form.Integer { // a bare "no" or "3" says nothing
				words = summaryLabel(p.instance().Label(path, p.lang())) + ": " + strings.ToLower(words)
			}
			parts = append(parts, words)
		}
	}
	if len(parts) == 0 {
		return "", ""
	}
	return parts[0], strings.Join(parts[1:], " · ")
}

func (v *repeatView) summarise(id uuid.UUID) {
	if v.lines[id] != nil {
		v.write(id, v.missing()[id])
	}
}

// write says in a line what its row holds and how much is missing.
func (v *repeatView) write(id uuid.UUID, left int) {
	line := v.lines[id]
	first, rest := v.words(id)
	if first == "" {
		first = v.g.p.t.T("interview.row.empty")
	}
	if left > 0 {
		rest = strings.TrimPrefix(rest+" · "+v.g.p.t.N("interview.row.missing", left), " · ")
	}
	if line.words.Words == first && line.small.Words == rest && line.card.Label == first {
		return
	}
	line.words.SetText(first)
	line.small.Hidden = rest == ""
	line.small.SetText(rest)
	line.card.Label = first
	line.card.Refresh()
}

// missing counts what is missing in each row.
func (v *repeatView) missing() map[uuid.UUID]int {
	count := map[uuid.UUID]int{}
	instance := v.g.p.instance()
	for _, path := range instance.Missing() {
		for repeat, row := path.Repeat, path.Row; row != uuid.Nil; repeat, row = instance.Definition().Outer(repeat), instance.OuterRow(repeat, row) {
			count[row]++
		}
	}
	return count
}

func (v *repeatView) summariseAll() {
	left := v.missing()
	for id := range v.lines {
		v.write(id, left[id])
	}
}

// addRow adds a row to the list that has the keyboard, or to the only list of the page.
func (p *Place) addRow() {
	if p.page == nil || p.view != viewQuestions {
		return
	}
	var v *repeatView
	if r := p.current(); r != nil && r.path.Repeat != "" {
		v = p.page.listOf(r.path)
	}
	if v == nil && len(p.page.repeats) == 1 {
		for _, only := range p.page.repeats {
			v = only
		}
	}
	if v != nil {
		v.addRow()
	}
}

// listOf is the list on the page that a row belongs to; nil when it is not there.
func (g *page) listOf(path form.Path) *repeatView {
	instance := g.p.instance()
	return g.repeats[form.Path{Row: instance.OuterRow(path.Repeat, path.Row), Repeat: instance.Definition().Outer(path.Repeat), Name: path.Repeat}]
}

// openRow opens the row of a path, and those around it.
func (g *page) openRow(path form.Path) {
	instance := g.p.instance()
	if outer := instance.OuterRow(path.Repeat, path.Row); outer != uuid.Nil {
		g.openRow(form.Path{Repeat: instance.Definition().Outer(path.Repeat), Row: outer})
	}
	if v := g.listOf(path); v != nil && v.open != path.Row && slices.Contains(v.rows(), path.Row) {
		v.show(path.Row, false)
	}
}

// dropRow gives up the widgets of a row and of the rows inside it.
func (g *page) dropRow(id uuid.UUID) {
	for path := range g.rows {
		if path.Row == id {
			delete(g.rows, path)
		}
	}
	for path := range g.notes {
		if path.Row == id {
			delete(g.notes, path)
			delete(g.noted, path)
		}
	}
	delete(g.boxes, "open "+id.String())
	for path, inner := range g.repeats {
		if path.Row == id {
			delete(g.repeats, path)
			if inner.open != uuid.Nil {
				g.dropRow(inner.open)
			}
		}
	}
}

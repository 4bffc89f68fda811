package interview

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/form"
)

// pageMost is the most questions on one page of a section: the cost of drawing grows with what a scroll holds.
const pageMost = 24

// page is one page of a section: the rows on screen, reused for as long as the page is.
type page struct {
	p       *Place
	set     string
	subject uuid.UUID
	items   []*form.Item
	count   int // pages of the section

	rows    map[form.Path]*row
	order   []*row
	boxes   map[string]*fyne.Container // of groups and repeats and what stands alone, by name
	notes   map[form.Path]fyne.CanvasObject
	noted   map[form.Path]*ui.Text    // the words of notes
	repeats map[form.Path]*repeatView // by the path of the repeat itself
	stack   *fyne.Container
	scroll  *container.Scroll
	// problems is what the rules say of a closed part; nil in the ordinary interview.
	problems *fyne.Container
	// same offers to copy what the person may have in common with the rest of the family; hidden when there is nothing.
	clock    *ui.Text // how long this part of the interview has taken
	same     *fyne.Container
	sameSaid string
	// alike says that a name is like one in the register; nil on pages without names.
	alike *ui.AlikeLine
}

// sheets cuts a section into pages at the ends of its groups.
func sheets(set *form.Set) [][]*form.Item {
	var pages [][]*form.Item
	room := 0
	for _, item := range set.Items {
		need := questionsIn(item)
		if need == 0 && item.Kind != form.Note && item.Kind != form.Group {
			continue
		}
		if len(pages) == 0 || need > room {
			pages = append(pages, nil)
			room = pageMost
		}
		last := len(pages) - 1
		pages[last] = append(pages[last], item)
		room -= need
	}
	if len(pages) == 0 {
		return [][]*form.Item{nil}
	}
	return pages
}

func questionsIn(item *form.Item) int {
	if !item.Kind.Section() {
		if item.Kind.Asked() {
			return 1
		}
		return 0
	}
	count := 0
	for _, inner := range item.Items {
		count += questionsIn(inner)
	}
	return count
}

// sheetOf finds the page of a section on which a question stands.
func sheetOf(set *form.Set, path form.Path) int {
	name := path.Name
	if path.Repeat != "" {
		name = path.Repeat
	}
	for i, items := range sheets(set) {
		for _, item := range items {
			if holds(item, path.Repeat, name) {
				return i
			}
		}
	}
	return 0
}

func holds(item *form.Item, repeat, name string) bool {
	if item.Name == name && (repeat == "" || item.Kind == form.Repeat) {
		return true
	}
	for _, inner := range item.Items {
		if (item.Kind == form.Group || item.Kind == form.Repeat && repeat != "") && holds(inner, repeat, name) {
			return true
		}
	}
	return false
}

func newPage(p *Place, section, sheet int) *page {
	at := p.session.Sections()[section]
	pages := sheets(at.Set)
	sheet = min(max(sheet, 0), len(pages)-1)
	g := &page{
		p: p, set: at.Set.ID, subject: at.Subject, items: pages[sheet], count: len(pages),
		rows: map[form.Path]*row{}, boxes: map[string]*fyne.Container{}, notes: map[form.Path]fyne.CanvasObject{}, noted: map[form.Path]*ui.Text{}, repeats: map[form.Path]*repeatView{},
		stack: ui.Stack(theme.SizeGapWide),
	}
	heading := ui.Heading(at.Set.Title.In(p.lang()))
	words := ui.Stack("", heading)
	if at.Name != "" {
		words.Add(ui.Muted(at.Name))
	}
	g.clock = ui.Muted("")
	g.clock.Wrap = false
	head := ui.Row(theme.SizeGapWide, ui.Stretch(words), g.clock)
	if g.count > 1 {
		number := ui.Muted(p.t.T("interview.page", "Page", sheet+1, "Count", g.count))
		number.Wrap = false
		head.Add(number)
	}
	if g.alike = g.watchNames(section); g.alike != nil {
		words.Add(g.alike)
	}
	g.same = ui.Stack("")
	g.offerSame(section)
	content := ui.Stack(theme.SizeGapWide, head, g.same, g.stack, g.foot(section, sheet))
	if notice := p.formNotice(); notice != nil {
		content.Objects = slices.Insert(content.Objects, 1, notice)
	}
	if notice := p.closedNotice(); notice != nil {
		g.problems = ui.Stack(theme.SizeGap)
		content.Objects = slices.Insert(content.Objects, 1, notice, fyne.CanvasObject(g.problems))
		g.sayProblems()
	}
	g.scroll = container.NewVScroll(ui.Inset(theme.SizeGapWide, ui.Narrowed(820, content)))
	g.arrange()
	return g
}

// foot leads on to the next page or section, and back.
func (g *page) foot(section, sheet int) fyne.CanvasObject {
	t := g.p.t
	row := ui.Row(theme.SizeGap)
	if section > 0 || sheet > 0 {
		row.Add(ui.NewQuiet("back", t.T("interview.back"), func() { g.p.step(-1) }))
	}
	row.Add(ui.Spacer())
	sections := g.p.session.Sections()
	switch {
	case sheet+1 < g.count:
		row.Add(ui.NewButton(t.T("interview.next_page"), func() { g.p.step(1) }))
	case section+1 < len(sections):
		row.Add(ui.NewButton(t.T("interview.next", "Section", sectionTitle(sections[section+1], t.Lang())), func() { g.p.step(1) }))
	case g.p.session.Closed():
		row.Add(ui.NewButton(t.T("interview.closed.leave"), g.p.leaveClosed))
	default:
		row.Add(ui.NewButton(t.T("interview.to_finish"), func() { g.p.showView(viewFinish) }))
	}
	return row
}

// arrange puts on the page what is shown now. Rows that stay keep their widgets, what is typed in them and the keyboard.
func (g *page) arrange() {
	g.order = g.order[:0]
	var cards []fyne.CanvasObject
	var loose *fyne.Container
	for _, item := range g.items {
		switch {
		case item.Kind == form.Group:
			loose = nil
			if card := g.group(item, form.Path{Name: item.Name}); card != nil {
				cards = append(cards, card)
			}
		case item.Kind == form.Repeat:
			loose = nil
			if g.p.instance().Visible(form.Path{Name: item.Name}) {
				cards = append(cards, g.repeat(item, form.Path{Name: item.Name}))
			}
		default:
			objects := g.inside([]*form.Item{item}, form.Path{})
			if len(objects) == 0 {
				continue
			}
			if loose == nil {
				loose = g.box("loose " + item.Name)
				loose.Objects = nil
				cards = append(cards, surface(loose))
			}
			loose.Objects = append(loose.Objects, objects...)
		}
	}
	g.stack.Objects = cards
	g.stack.Refresh()
	if g.scroll != nil {
		g.scroll.Refresh()
	}
}

func (g *page) box(name string) *fyne.Container {
	if g.boxes[name] == nil {
		g.boxes[name] = ui.Stack(theme.SizeGapWide)
	}
	return g.boxes[name]
}

// surface is the ground on which a group of questions stands.
func surface(content fyne.CanvasObject) fyne.CanvasObject {
	panel := &ui.Panel{Fill: theme.ColorSurface, Line: theme.ColorLine, Radius: fynetheme.SizeNameCardRadius, Gap: theme.SizeGapWide, Content: content}
	panel.ExtendBaseWidget(panel)
	return panel
}

// group is a card with a heading and the questions of a group; nil when nothing of it is shown.
func (g *page) group(item *form.Item, path form.Path) fyne.CanvasObject {
	if !g.p.instance().Visible(path) {
		return nil
	}
	objects := g.inside(item.Items, path)
	if len(objects) == 0 {
		return nil
	}
	box := g.box(path.Row.String() + item.Name)
	box.Objects = nil
	if title := g.p.instance().Label(path, g.p.lang()); title != "" {
		box.Objects = append(box.Objects, ui.Subheading(title))
	}
	box.Objects = append(box.Objects, objects...)
	box.Refresh()
	return surface(box)
}

// inside lists what is shown of some items, in order; parent says in which row they stand.
func (g *page) inside(items []*form.Item, parent form.Path) []fyne.CanvasObject {
	var objects []fyne.CanvasObject
	for _, item := range items {
		path := form.Path{Row: parent.Row, Repeat: parent.Repeat, Name: item.Name}
		if !g.p.instance().Visible(path) {
			continue
		}
		switch {
		case item.Kind == form.Note:
			objects = append(objects, g.note(path))
		case item.Kind == form.Group:
			if title := g.p.instance().Label(path, g.p.lang()); title != "" {
				inner := g.inside(item.Items, path)
				if len(inner) > 0 {
					objects = append(append(objects, subtitle(title)), inner...)
				}
			}
		case item.Kind == form.Repeat:
			objects = append(objects, g.repeat(item, path))
		case item.Kind.Asked(), item.Kind == form.Calculate && len(item.Label) > 0:
			r := g.rows[path]
			if r == nil {
				r = newRow(g.p, path, item.Question)
				g.rows[path] = r
			}
			if r.in.focus != nil {
				g.order = append(g.order, r)
			}
			objects = append(objects, r.object)
		}
	}
	return objects
}

func subtitle(words string) fyne.CanvasObject {
	text := ui.Strong(words)
	text.Color = theme.ColorAccent
	return text
}

// note is a calm box with something to say or to know.
func (g *page) note(path form.Path) fyne.CanvasObject {
	if g.notes[path] == nil {
		words := ui.Paragraph(g.p.instance().Label(path, g.p.lang()))
		panel := &ui.Panel{
			Fill: theme.ColorAccentTint, Radius: fynetheme.SizeNameInputRadius, Gap: theme.SizeGapWide,
			Content: ui.Row(theme.SizeGapWide, ui.NewIcon("info", theme.ColorAccent), ui.Stretch(ui.Middle(words))),
		}
		panel.ExtendBaseWidget(panel)
		g.notes[path], g.noted[path] = panel, words
	}
	return g.notes[path]
}

func (g *page) repeat(item *form.Item, path form.Path) fyne.CanvasObject {
	v := g.repeats[path]
	if v == nil {
		v = newRepeatView(g, item, path)
		g.repeats[path] = v
	}
	v.arrange()
	return v.object
}

// sync renews one row, if it is on the page, and the summary of the list row it stands in.
func (g *page) sync(path form.Path) {
	if r := g.rows[path]; r != nil {
		r.sync()
	}
	if v := g.listOf(path); v != nil {
		v.summarise(path.Row)
	}
}

func (g *page) syncAll() {
	for _, r := range g.rows {
		r.sync()
	}
	for _, v := range g.repeats {
		v.summariseAll()
	}
}

// next gives the keyboard to the question after a row; after the last one to the way on.
func (g *page) next(after *row) {
	for i, r := range g.order {
		if r == after {
			if i+1 < len(g.order) {
				g.focus(g.order[i+1])
			} else {
				g.p.s.Window.Canvas().FocusNext()
			}
			return
		}
	}
}

func (g *page) focus(r *row) {
	if r != nil && r.in.focus != nil {
		g.p.s.Window.Canvas().Focus(r.in.focus)
		g.p.follow()
		g.p.s.Loop.After(drawn, g.p.follow)
	}
}

// drawn is when the window has given a new row its place: before that it cannot be scrolled to.
const drawn = 60 * time.Millisecond

// reveal scrolls as little as it takes to show an object.
func (g *page) reveal(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(g.scroll).Y
	height, room := o.Size().Height, g.scroll.Size().Height
	gap := theme.Size(theme.SizeGapWide)
	switch {
	case room <= 0:
	case top < gap:
		g.scroll.Offset.Y = max(g.scroll.Offset.Y+top-gap, 0)
	case top+height+gap > room:
		g.scroll.Offset.Y += min(top+height+gap-room, top-gap)
	default:
		return
	}
	g.scroll.Refresh()
}

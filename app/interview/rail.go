package interview

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// rail lists the sections at the left. The whole list is one stop of the Tab key: Up and Down move, Enter opens. Where
// there is no room for it, picker stands above the questions and opens the list in a box.
type rail struct {
	object *ui.Panel
	picker *fyne.Container
	scroll *container.Scroll

	p    *Place
	list *sectionList
	pick *ui.Button
}

func newRail(p *Place) *rail {
	r := &rail{p: p}
	r.list = newSectionList(func(section int) { p.show(section, 0) })
	r.scroll = container.NewVScroll(ui.Inset(theme.SizeGap, r.list))
	r.object = ui.NewPanel(theme.ColorRail, r.scroll)
	if p.outside == nil && !p.inForm() { // in the closed part there is one person, and a form is about one thing
		members := ui.NewQuiet("household", p.t.T("interview.members"), p.chooseMember)
		members.Leading = true
		r.object.Content = container.NewBorder(ui.Inset(theme.SizeGap, members), nil, nil, nil, r.scroll)
	}
	r.pick = ui.NewButton("", r.choose)
	r.pick.Icon, r.pick.Leading = "down", true
	line := ui.Row(theme.SizeGap, ui.Stretch(r.pick))
	if p.outside == nil {
		line.Add(ui.NewIconButton("household", p.t.T("interview.members"), p.chooseMember))
	}
	r.picker = ui.Inset(theme.SizeGap, line)
	return r
}

func sectionTitle(at workspace.Section, lang string) string {
	title := at.Set.Title.In(lang)
	if at.Name != "" {
		title += " – " + at.Name
	}
	return title
}

// fill lists the sections anew.
func (r *rail) fill(p *Place) {
	r.list.lines = nil
	for i := range p.session.Sections() {
		r.list.lines = append(r.list.lines, newSectionLine(r.list, i))
	}
	for i := range r.list.lines {
		r.tell(p, i)
	}
	r.mark(p.section)
	r.list.Refresh()
	r.scroll.Refresh()
}

// tell renews what one section shows.
func (r *rail) tell(p *Place, section int) {
	sections := p.session.Sections()
	if section >= len(sections) || section >= len(r.list.lines) {
		return
	}
	at, line := sections[section], r.list.lines[section]
	progress := p.session.Progress(section)
	line.title.Words, line.name.Words = at.Set.Title.In(p.lang()), at.Name
	line.letter.Words = ""
	if (section == 0 || sections[section-1].Set.Block != at.Set.Block) && p.outside == nil && !p.inForm() {
		line.letter.Words = at.Set.Block
	}
	line.count.Words = ""
	if progress.Relevant > 0 {
		line.count.Words = p.t.T("interview.progress", "Answered", progress.Answered, "Relevant", progress.Relevant)
	}
	line.complete = progress.Relevant > 0 && progress.RequiredMissing == 0 && progress.Answered > 0
	line.share = 0
	if progress.Relevant > 0 {
		line.share = float32(progress.Answered) / float32(progress.Relevant)
	}
	line.marked = slices.ContainsFunc(p.session.Marks(), func(m workspace.Place) bool { return m.Section == section })
	line.Refresh()
	if section == p.section {
		r.pick.SetText(sectionTitle(at, p.lang()) + "  ·  " + line.count.Words)
	}
}

// mark shows where the user is.
func (r *rail) mark(section int) {
	r.list.open, r.list.at = section, section
	r.list.Refresh()
	r.tell(r.p, section)
	if section < len(r.list.lines) {
		line := r.list.lines[section]
		top, height := line.Position().Y, line.Size().Height
		if room := r.scroll.Size().Height; room > 0 {
			switch {
			case top < r.scroll.Offset.Y:
				r.scroll.Offset.Y = top
			case top+height+theme.Size(theme.SizeGapWide) > r.scroll.Offset.Y+room:
				r.scroll.Offset.Y = top + height + theme.Size(theme.SizeGapWide) - room
			}
			r.scroll.Refresh()
		}
	}
}

// choose opens the list in a box: the narrow window's way.
func (r *rail) choose() {
	var dialog *ui.Dialog
	list := newSectionList(func(section int) {
		dialog.Close()
		r.p.show(section, 0)
	})
	list.onEscape = func() { dialog.Close() }
	list.open, list.at = r.p.section, r.p.section
	for i, from := range r.list.lines {
		line := newSectionLine(list, i)
		line.title.Words, line.name.Words, line.letter.Words, line.count.Words = from.title.Words, from.name.Words, from.letter.Words, from.count.Words
		line.complete, line.marked, line.share = from.complete, from.marked, from.share
		list.lines = append(list.lines, line)
	}
	dialog = ui.ShowDialog(r.p.s.Window, r.p.t.T("interview.sections"), 520, list, list, nil)
}

// sectionList is the list itself.
type sectionList struct {
	widget.BaseWidget
	onOpen   func(section int)
	onEscape func()
	lines    []*sectionLine
	open     int // the section on screen
	at       int // where the keyboard is
	ahead    ui.TypeAhead
	focused  bool
}

var _ fyne.Focusable = (*sectionList)(nil)

func newSectionList(open func(int)) *sectionList {
	l := &sectionList{onOpen: open}
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey moves and opens.
func (l *sectionList) TypedKey(event *fyne.KeyEvent) {
	ui.NoteActivity()
	l.ahead.Key(event.Name)
	last := len(l.lines) - 1
	switch event.Name {
	case fyne.KeyUp:
		l.at = max(l.at-1, 0)
	case fyne.KeyDown:
		l.at = min(l.at+1, last)
	case fyne.KeyHome:
		l.at = 0
	case fyne.KeyEnd:
		l.at = last
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.onOpen(l.at)
		return
	case fyne.KeyEscape:
		if l.onEscape != nil {
			l.onEscape()
			return
		}
		fallthrough
	default:
		if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(event) // function keys belong to the window
		}
		return
	}
	l.Refresh()
}

// TypedRune goes to the section whose title or person begins with what is typed.
func (l *sectionList) TypedRune(r rune) {
	if ui.WindowRune(l, r) {
		return
	}
	words := func(i int) string { return l.lines[i].title.Words + " " + l.lines[i].name.Words }
	if at := l.ahead.Next(r, l.at, len(l.lines), words); at >= 0 {
		l.at = at
		l.Refresh()
	}
}

// FocusGained shows where the keyboard is.
func (l *sectionList) FocusGained() { l.focused, l.at = true, l.open; l.Refresh() }

// FocusLost hides it.
func (l *sectionList) FocusLost() { l.focused = false; l.Refresh() }

// CreateRenderer is for the toolkit.
func (l *sectionList) CreateRenderer() fyne.WidgetRenderer { return &sectionListRenderer{list: l} }

type sectionListRenderer struct{ list *sectionList }

func (r *sectionListRenderer) MinSize() fyne.Size {
	var size fyne.Size
	for _, line := range r.list.lines {
		need := line.MinSize()
		size = fyne.NewSize(max(size.Width, need.Width), size.Height+need.Height)
	}
	return size
}

func (r *sectionListRenderer) Layout(size fyne.Size) {
	top := float32(0)
	for _, line := range r.list.lines {
		height := line.MinSize().Height
		line.Move(fyne.NewPos(0, top))
		line.Resize(fyne.NewSize(size.Width, height))
		top += height
	}
}

func (r *sectionListRenderer) Refresh() {
	r.Layout(r.list.Size())
	for _, line := range r.list.lines {
		line.Refresh()
	}
	canvas.Refresh(r.list)
}

func (r *sectionListRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.list.lines))
	for i, line := range r.list.lines {
		objects[i] = line
	}
	return objects
}

func (r *sectionListRenderer) Destroy() {}

// barHeight is the height of the thin bar of progress in points.
const barHeight = 4

// sectionLine is one section: block letter, title, whose it is, progress in words and as a thin bar, a tick when nothing required
// lacks, a flag when there is something to come back to.
type sectionLine struct {
	widget.BaseWidget
	list                       *sectionList
	index                      int
	letter, title, name, count *ui.Text
	share                      float32
	complete, marked           bool
}

func newSectionLine(list *sectionList, index int) *sectionLine {
	l := &sectionLine{list: list, index: index, letter: ui.Strong(""), title: ui.NewText(""), name: ui.Muted(""), count: ui.Muted("")}
	l.letter.Color, l.letter.TextSize = theme.ColorMuted, fynetheme.SizeNameCaptionText
	l.title.Shorten, l.name.Shorten, l.name.Wrap, l.count.Wrap = true, true, false, false
	l.count.Align = ui.AlignRight
	l.ExtendBaseWidget(l)
	return l
}

// Tapped opens the section.
func (l *sectionLine) Tapped(*fyne.PointEvent) {
	ui.NoteActivity()
	l.list.onOpen(l.index)
}

// AccessibilityLabel is title, person and progress.
func (l *sectionLine) AccessibilityLabel() string {
	return l.title.Words + " " + l.name.Words + " " + l.count.Words
}

// AccessibilityRole is button.
func (l *sectionLine) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is for the toolkit.
func (l *sectionLine) CreateRenderer() fyne.WidgetRenderer {
	r := &sectionLineRenderer{line: l, box: canvas.NewRectangle(color.Transparent), track: canvas.NewRectangle(color.Transparent), fill: canvas.NewRectangle(color.Transparent), tick: ui.NewIcon("ok", theme.ColorSuccess), flag: ui.NewIcon("flag", theme.ColorAccent)}
	r.tick.Times, r.flag.Times = 0.8, 0.8
	r.Refresh()
	return r
}

type sectionLineRenderer struct {
	line             *sectionLine
	box, track, fill *canvas.Rectangle
	tick, flag       *ui.Icon
}

func (r *sectionLineRenderer) MinSize() fyne.Size {
	l := r.line
	gap := theme.Size(theme.SizeGap)
	height := l.title.MinSize().Height + barHeight + 2*gap
	if l.name.Words != "" {
		height += l.name.MinSize().Height
	}
	return fyne.NewSize(theme.Size(theme.SizeTouch)*4, max(height, theme.Size(theme.SizeTouch)+gap))
}

func (r *sectionLineRenderer) Layout(size fyne.Size) {
	l := r.line
	gap := theme.Size(theme.SizeGap)
	r.box.Resize(fyne.NewSize(size.Width, size.Height-2))
	letter := theme.Size(fynetheme.SizeNameText) * 1.3
	titleHeight := l.title.MinSize().Height
	content := titleHeight + barHeight + gap/2
	if l.name.Words != "" {
		content += l.name.MinSize().Height
	}
	top := (size.Height - 2 - content) / 2
	l.letter.Move(fyne.NewPos(gap, top))
	l.letter.Resize(fyne.NewSize(letter, titleHeight))
	right := size.Width - gap
	count := l.count.MinSize().Width
	l.count.Move(fyne.NewPos(right-count, top))
	l.count.Resize(fyne.NewSize(count, titleHeight))
	end := right - count - gap
	for _, icon := range []*ui.Icon{r.tick, r.flag} {
		if !icon.Visible() {
			continue
		}
		side := icon.MinSize().Width
		icon.Move(fyne.NewPos(end-side, top+(titleHeight-side)/2))
		icon.Resize(icon.MinSize())
		end -= side + gap/2
	}
	left := gap + letter
	l.title.Move(fyne.NewPos(left, top))
	l.title.Resize(fyne.NewSize(max(end-left, 0), titleHeight))
	top += titleHeight
	if l.name.Words != "" {
		height := l.name.MinSize().Height
		l.name.Move(fyne.NewPos(left, top))
		l.name.Resize(fyne.NewSize(max(right-left, 0), height))
		top += height
	}
	width := max(right-left, 0)
	r.track.Move(fyne.NewPos(left, top+gap/2))
	r.track.Resize(fyne.NewSize(width, barHeight))
	r.fill.Move(r.track.Position())
	r.fill.Resize(fyne.NewSize(width*min(l.share, 1), barHeight))
}

func (r *sectionLineRenderer) Refresh() {
	l := r.line
	open := l.index == l.list.open
	r.box.FillColor, r.box.StrokeWidth = color.Transparent, 0
	l.title.Bold = open
	if open {
		r.box.FillColor = theme.Color(theme.ColorAccentTint)
	}
	if l.list.focused && l.list.at == l.index {
		r.box.StrokeColor, r.box.StrokeWidth = theme.Color(theme.ColorFocusRing), theme.Size(theme.SizeRing)
	}
	r.box.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.tick.Hidden, r.flag.Hidden = !l.complete, !l.marked
	r.track.FillColor, r.fill.FillColor = theme.Color(theme.ColorLine), theme.Color(theme.ColorAccent)
	if l.complete {
		r.fill.FillColor = theme.Color(theme.ColorSuccess)
	}
	r.track.CornerRadius, r.fill.CornerRadius = barHeight/2, barHeight/2
	r.fill.Hidden = l.share <= 0
	r.Layout(l.Size())
	for _, o := range []fyne.CanvasObject{l.letter, l.title, l.name, l.count, r.track, r.fill, r.tick, r.flag} {
		o.Refresh()
	}
	canvas.Refresh(l)
}

func (r *sectionLineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.line.letter, r.line.title, r.line.name, r.line.count, r.track, r.fill, r.tick, r.flag}
}

func (r *sectionLineRenderer) Destroy() {}

package interview

import (
	"slices"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// show opens a page of a section and gives its first question the keyboard.
func (p *Place) show(section, sheet int) {
	p.display(section, sheet)
	p.focusFirst()
}

func (p *Place) focusFirst() {
	switch {
	case p.page == nil:
	case len(p.page.order) > 0:
		p.s.Window.Canvas().Focus(p.page.order[0].in.focus)
	default:
		p.s.Window.Canvas().Unfocus()
	}
}

// display puts a page of a section on screen.
func (p *Place) display(section, sheet int) {
	sections := p.session.Sections()
	if len(sections) == 0 {
		p.middle.Objects = []fyne.CanvasObject{ui.EmptyState("interview", p.say("interview.nothing.title"), p.say("interview.nothing.text"), p.toCase())}
		p.middle.Refresh()
		return
	}
	p.commit()
	p.section, p.sheet = min(max(section, 0), len(sections)-1), sheet
	p.page = newPage(p, p.section, sheet)
	p.sheet = min(max(sheet, 0), p.page.count-1)
	p.view = viewQuestions
	p.fill(p.page.scroll)
	p.goOnMeasuring()
	p.rail.mark(p.section)
	p.header.tell(p)
}

// step goes to the next page or section (by 1) or the one before (by -1).
func (p *Place) step(by int) {
	switch {
	case p.page == nil:
	case p.sheet+by >= 0 && p.sheet+by < p.page.count:
		p.show(p.section, p.sheet+by)
	default:
		p.stepSection(by)
	}
}

func (p *Place) stepSection(by int) {
	if to := p.section + by; p.session != nil && to >= 0 && to < len(p.session.Sections()) {
		p.show(to, 0)
	}
}

// jump goes to a question.
func (p *Place) jump(to workspace.Place) {
	sections := p.session.Sections()
	if to.Section < 0 || to.Section >= len(sections) {
		p.show(0, 0)
		return
	}
	p.show(to.Section, sheetOf(sections[to.Section].Set, to.Path))
	p.page.openRow(to.Path)
	if v := p.page.listOf(to.Path); v != nil && v.open != to.Path.Row {
		if to.Path.Row != uuid.Nil && !slices.Contains(p.instance().Rows(to.Path.Repeat), to.Path.Row) {
			v.addRow() // it held nothing yet when the interview was left
			to.Path.Row = v.open
		}
		v.show(to.Path.Row, false)
	}
	if r := p.page.rows[to.Path]; r != nil {
		p.page.focus(r)
	}
}

func (p *Place) toggleView(v view) {
	if p.view == v {
		p.backToQuestions()
		return
	}
	p.showView(v)
}

// fill puts what stands beside the sections on screen.
func (p *Place) fill(content fyne.CanvasObject) {
	p.middle.Objects = []fyne.CanvasObject{content}
	p.header.frame.Layout.(*frameLayout).over = p.view != viewQuestions
	p.header.frame.Refresh()
	p.middle.Refresh()
}

// backToQuestions returns to the page as it was left.
func (p *Place) backToQuestions() {
	p.view = viewQuestions
	p.page.arrange()
	p.page.syncAll()
	p.fill(p.page.scroll)
	if r := p.page.rows[p.last.path]; r != nil {
		p.page.focus(r)
	}
}

// showView puts a list or the end of the interview in the middle.
func (p *Place) showView(v view) {
	if p.current() != nil {
		p.last = p.currentKey()
	}
	p.commit()
	p.s.Window.Canvas().Unfocus()
	p.view = v
	var content fyne.CanvasObject
	var first fyne.Focusable
	switch v {
	case viewMissing:
		p.strict = true
		content, first = p.missingView()
	case viewMarks:
		content, first = p.marksView()
	case viewFinish:
		p.strict = true
		content, first = p.finishView()
	case viewReadBack:
		content, first = p.readBackView()
	}
	p.fill(content)
	if first != nil {
		p.s.Window.Canvas().Focus(first)
	}
}

// listed is one line of a list of places.
type listed struct {
	at      workspace.Place
	section string
	label   string
	minimum bool
	missing string // "not asked", when that was said
}

// missingPlaces lists what is required, or marked "not asked", and open; minimum lists the minimum record only.
func (p *Place) missingPlaces(minimum bool) []listed {
	var lines []listed
	for i, at := range p.session.Sections() {
		instance := p.session.Instance(i)
		least := map[form.Path]bool{}
		for _, path := range instance.MissingMinimum() {
			least[path] = true
		}
		for _, path := range instance.Missing() {
			if minimum && !least[path] {
				continue
			}
			line := p.line(workspace.Place{Section: i, Path: path}, at)
			line.minimum = least[path]
			if m := instance.Answer(path).Missing; m != "" {
				line.missing = p.t.T("ui.missing." + string(m))
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func (p *Place) line(at workspace.Place, section workspace.Section) listed {
	return listed{at: at, section: sectionTitle(section, p.lang()), label: p.session.Instance(at.Section).Label(at.Path, p.lang())}
}

// framed is a view with its title, what it means and the way back.
func (p *Place) framed(title, explanation string, parts ...fyne.CanvasObject) fyne.CanvasObject {
	back := ui.NewQuiet("back", p.t.T("interview.to_questions"), p.backToQuestions)
	back.OnEscape = p.backToQuestions
	head := ui.Stack(theme.SizeGapTight, ui.Row("", back, ui.Spacer()), ui.Heading(title))
	if explanation != "" {
		words := ui.Paragraph(explanation)
		words.Color = theme.ColorMuted
		head.Add(words)
	}
	return ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGapWide, append([]fyne.CanvasObject{head}, parts...)...))
}

func (p *Place) placesTable(lines []listed) *ui.Table {
	t := p.t
	table := ui.NewTable([]ui.Column{
		{Title: t.T("interview.list.question"), Share: 3, Least: 240},
		{Title: t.T("interview.list.section"), Share: 2, Least: 130, HideBelow: 480},
		{Title: "", Least: 190, HideBelow: 700},
	}, func() int { return len(lines) }, func(row, column int) ui.Cell {
		line := lines[row]
		switch column {
		case 0:
			return ui.Cell{Text: line.label, Bold: line.minimum}
		case 1:
			return ui.Cell{Text: line.section, Muted: true}
		}
		switch {
		case line.minimum:
			return ui.Cell{Badge: t.T("interview.list.minimum"), Level: ui.Warning}
		case line.missing != "":
			return ui.Cell{Text: line.missing, Muted: true}
		}
		return ui.Cell{}
	})
	table.OnOpen = func(row int) { p.jump(lines[row].at) }
	return table
}

func (p *Place) missingView() (fyne.CanvasObject, fyne.Focusable) {
	lines := p.missingPlaces(false)
	var parts []fyne.CanvasObject
	if closed := p.closedLine(); closed != nil {
		parts = append(parts, closed)
	}
	if len(lines) == 0 {
		none := ui.EmptyState("ok", p.t.T("interview.missing.none"), p.t.T("interview.missing.none_text"), nil)
		return p.framed(p.t.T("interview.missing.title"), "", append(parts, none)...), nil
	}
	table := p.placesTable(lines)
	return p.framed(p.t.T("interview.missing.title"), p.t.N("interview.missing.text", len(lines)), append(parts, ui.Stretch(table))...), table.Focusable()
}

func (p *Place) marksView() (fyne.CanvasObject, fyne.Focusable) {
	var lines []listed
	sections := p.session.Sections()
	for _, at := range p.session.Marks() {
		lines = append(lines, p.line(at, sections[at.Section]))
	}
	table := p.placesTable(lines)
	return p.framed(p.t.T("interview.marks.title"), p.t.T("interview.marks.text"), ui.Stretch(table)), table.Focusable()
}

// finishView shows what stands between the interview and its end, which never hinders it.
func (p *Place) finishView() (fyne.CanvasObject, fyne.Focusable) {
	t := p.t
	minimum, all := p.missingPlaces(true), p.missingPlaces(false)
	finish := ui.NewPrimary(p.say("interview.finish.do"), p.finish)
	if len(all) > 0 {
		finish.Text = p.say("interview.finish.anyway")
	}
	readBack := ui.NewButton(t.T("interview.read_back"), func() { p.showView(viewReadBack) })
	readBack.Hidden = p.session.Special()
	buttons := ui.Row(theme.SizeGap, readBack, finish, ui.Spacer())
	counted := []ui.KeyValue{
		{Key: t.T("interview.finish.minimum"), Object: countBadge(t.T("interview.finish.complete"), t.N("interview.finish.left", len(minimum)), len(minimum), ui.Warning)},
		{Key: p.say("interview.finish.others"), Object: countBadge(t.T("interview.finish.complete"), t.N("interview.finish.left", len(all)-len(minimum)), len(all)-len(minimum), ui.Neutral)},
		{Key: t.T("interview.finish.marks"), Object: countBadge(t.T("interview.finish.no_marks"), t.N("interview.finish.left", len(p.session.Marks())), len(p.session.Marks()), ui.Neutral)},
	}
	if p.inForm() { // which has no minimum record
		counted = counted[1:]
	}
	facts := ui.KeyValues(counted...)
	if p.session.Status() != "draft" {
		buttons.Objects = []fyne.CanvasObject{readBack, ui.Spacer()}
		if p.session.Status() == string(domain.ReadyForReview) && p.s.WS.OwnInterview(p.session.Record()) {
			buttons.Objects = []fyne.CanvasObject{readBack, ui.NewButton(t.T("interview.finish.undo"), p.takeBackFinish), ui.Spacer()}
		}
		return p.framed(p.say("interview.finish.title"), p.say("interview.finish.done_text"), facts, buttons), readBack
	}
	parts := []fyne.CanvasObject{facts, buttons}
	if closed := p.closedLine(); closed != nil {
		parts = append(parts, closed)
	}
	text := t.T("interview.finish.ready")
	if len(all) > 0 {
		text = p.say("interview.finish.text")
		table := p.placesTable(append(minimum, others(all)...))
		parts = append(parts, ui.Stretch(table))
	}
	return p.framed(p.say("interview.finish.title"), text, parts...), finish
}

func others(lines []listed) []listed {
	var rest []listed
	for _, line := range lines {
		if !line.minimum {
			rest = append(rest, line)
		}
	}
	return rest
}

func countBadge(none, some string, count int, level ui.Level) fyne.CanvasObject {
	badge := ui.NewBadge(ui.Success, "", none)
	if count > 0 {
		badge = ui.NewBadge(level, "", some)
	}
	return ui.Row("", badge, ui.Spacer())
}

// finish makes the interview ready for review, once: pressing again changes nothing.
func (p *Place) finish() {
	if p.session.Status() != "draft" {
		return
	}
	if err := p.saver.flush(); err != nil {
		return // said at the top
	}
	p.stopMeasuring()
	if err := p.s.WS.FinishInterview(backgroundContext, p.session); err != nil {
		p.s.Fault(err)
		return
	}
	p.resyncQuietly()
	p.showView(viewFinish)
	p.s.Notify(ui.Success, p.say("interview.finish.done"))
}

// resyncQuietly renews rail, header and rows behind another view.
func (p *Place) resyncQuietly() {
	p.rail.fill(p)
	p.header.tell(p)
	if p.page != nil {
		p.page.arrange()
		p.page.syncAll()
	}
}

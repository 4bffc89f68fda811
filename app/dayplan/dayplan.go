// Package dayplan is the interview plan: the mission's day in rooms, interviewers or agencies, what cannot work in it, and all that
// happens to a family's time – moved, missed, held in part, held at a distance (domain.md 5, 7.2).
//
// What is shown holds the number of a case and codes of interpreters, no name and no answer: the plan stands on walls and is seen by
// families who wait. The rules are those of package schedule; the model of the board knows no widgets.
package dayplan

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
)

// quiet is how long the page waits after a change elsewhere before it reads again.
const quiet = 500 * time.Millisecond

// reading is what one look into the workspace brings.
type reading struct {
	mission  uuid.UUID
	plan     *schedule.Plan
	missions []*workspace.Record
}

type place struct {
	s        *ui.Session
	m        *model
	mission  uuid.UUID
	missions []*workspace.Record
	// wished is the plan with the wishes of the day's families, once somebody has asked for them; nil otherwise.
	wished *schedule.Plan
	// done are the changes that can be taken back, the latest last.
	done []*schedule.Change

	root, content *fyne.Container
	day, progress *ui.Text
	home          *ui.Button
	axes          *ui.Chips
	add, spread   *ui.Button
	people        *ui.Button
	breaks, undo  *ui.Button
	pick          *ui.Button
	board         *board
	layout        *planLayout
	turn          *ui.Button // between the day and what is said of a time, where only one of them has room
	tools         *fyne.Container
	side          *fyne.Container
	dialog        *ui.Dialog

	onScreen, stale, loaded bool
	again                   *ui.Debouncer
	cancel                  func()
}

// New makes the place.
func New(s *ui.Session) ui.Place {
	p := &place{s: s, stale: true, m: newModel(s.Now())}
	p.build()
	p.again = ui.NewDebouncer(s.Loop, quiet, p.load)
	s.WS.Subscribe(func(workspace.Change) { s.Loop.Post(p.changed) })
	return p
}

// mayPlan reports whether the user may change the plan; others say how an interview went (domain.md 3.4).
func (p *place) mayPlan() bool { return p.s.WS.Me().Role.MayCreate("slot") }

func (p *place) build() {
	t := p.s.Texts
	p.day, p.progress = ui.Heading(""), ui.Muted("")
	p.day.Wrap, p.day.Shorten = false, true
	p.progress.Wrap, p.progress.Shorten = false, true
	back := ui.NewIconButton("back", t.T("today.day_before"), func() { p.step(-1) })
	on := ui.NewIconButton("forward", t.T("today.day_after"), func() { p.step(1) })
	p.home = ui.NewButton(t.T("today.to_today"), p.toToday)
	p.pick = ui.NewButton(t.T("dayplan.mission.choose"), p.chooseMission)
	p.axes = ui.NewChips([]ui.Choice{
		{Code: string(byRoom), Label: t.T("dayplan.axis.room")}, {Code: string(byInterviewer), Label: t.T("dayplan.axis.interviewer")}, {Code: string(byAgency), Label: t.T("dayplan.axis.agency")},
	}, false)
	p.axes.Put(string(byRoom))
	p.axes.OnChosen = func(codes []string) {
		if len(codes) > 0 {
			p.m.choose(axis(codes[0]))
		}
		p.axes.Put(string(p.m.axis))
		p.draw()
	}
	p.add = ui.NewQuiet("add", t.T("dayplan.new"), p.newSlot)
	p.spread = ui.NewQuiet("calendar", t.T("dayplan.spread"), p.askSpread)
	p.breaks = ui.NewQuiet("clock", t.T("dayplan.breaks.short"), p.askBreaks)
	p.people = ui.NewQuiet("language", t.T("dayplan.interpreters.short"), p.askInterpreters)
	p.undo = ui.NewButton(t.T("dayplan.undo"), p.takeBack)
	p.side = ui.Stack(theme.SizeGap)
	p.buildBoard()
	p.tools = container.New(&toolsLayout{}, p.axes, ui.Row(theme.SizeGap, p.add, p.spread, p.people, p.breaks, p.undo))
	more := ui.NewIconButton("more", t.T("dayplan.tools"), func() {
		p.tools.Hidden = !p.tools.Hidden
		p.content.Refresh()
	})
	p.turn = ui.NewIconButton("info", t.T("dayplan.turn"), func() {
		p.layout.aside = !p.layout.aside
		p.content.Refresh()
	})
	p.turn.Hide()
	head := ui.Stack(theme.SizeGap,
		ui.Row(theme.SizeGap, back, ui.Stretch(ui.Middle(ui.Stack("", p.day, p.progress))), p.pick, p.home, p.turn, more, on), p.tools)
	p.layout = &planLayout{onSingle: func(single bool) { p.turn.Hidden, p.progress.Hidden = !single, single }}
	p.content = container.New(p.layout, head, p.board, ui.NewPanel(theme.ColorSurface, container.NewVScroll(ui.Inset(theme.SizeGap, p.side))))
	p.root = container.NewStack(p.content)
	p.draw()
}

// Title is the heading of the page.
func (p *place) Title() string { return p.s.Texts.T("dayplan.title") }

// Content is the page.
func (p *place) Content() fyne.CanvasObject { return p.root }

// Enter reads the plan if anything changed since, and gives the board the keyboard. An argument names the slot to mark.
func (p *place) Enter(args ...any) {
	p.onScreen = true
	if !p.loaded {
		// On a low screen the day needs the height; the tools are a tap or a key away.
		p.tools.Hidden = p.s.Window.Canvas().Size().Height < 10*theme.Size(theme.SizeTouch)
	}
	if p.stale {
		p.load()
	}
	for _, arg := range args {
		if id, ok := arg.(uuid.UUID); ok {
			p.goTo(id)
		}
	}
	ui.Focus(p.board)
}

// goTo marks a slot and shows its day.
func (p *place) goTo(id uuid.UUID) {
	if s := p.m.plan.Slot(id); s != nil {
		p.m.day, p.m.at = s.Start.In(p.m.zone).Format(time.DateOnly), id
		p.m.arrange()
		p.draw()
	}
}

// Leave stops looking; what was lifted goes back.
func (p *place) Leave() {
	p.onScreen = false
	p.again.Stop()
	p.m.back()
	if p.dialog != nil {
		p.dialog.Close()
	}
}

// Bookmark is the slot that is marked.
func (p *place) Bookmark() []any {
	if p.m.at == uuid.Nil {
		return nil
	}
	return []any{p.m.at}
}

func (p *place) changed() {
	p.stale = true
	if p.onScreen {
		p.again.Touch()
	}
}

func (p *place) load() {
	p.stale = false
	if p.cancel != nil {
		p.cancel()
	}
	mission := p.mission
	p.cancel = ui.Run(p.s.Loop, func(ctx context.Context) (r reading, err error) {
		if r.missions, err = p.s.WS.Missions(ctx); err != nil {
			return r, err
		}
		if r.mission = mission; mission == uuid.Nil {
			if r.mission, err = schedule.MissionOf(ctx, p.s.WS, p.s.Now().Format(time.DateOnly)); err != nil {
				return r, err
			}
		}
		r.plan, err = schedule.Read(ctx, p.s.WS, r.mission)
		return r, err
	}, func(r reading, err error) {
		if errors.Is(err, context.Canceled) {
			return
		}
		if err != nil {
			p.stale = true
			p.s.Fault(err)
			return
		}
		p.loaded, p.missions, p.mission, p.wished = true, r.missions, r.mission, nil
		p.m.put(r.plan, p.s.Now())
		p.draw()
	})
}

func (p *place) step(by int) {
	if p.m.moving != nil {
		p.m.shift(time.Duration(by) * 24 * time.Hour)
	} else {
		p.m.step(by)
	}
	p.wished = nil
	p.draw()
}

func (p *place) toToday() {
	p.m.back()
	p.m.day = p.m.nextDay()
	p.m.arrange()
	p.draw()
}

// draw brings the whole page up to the model.
func (p *place) draw() {
	t := p.s.Texts
	p.day.Shorter = ui.ShorterDays(t, p.m.day)
	p.day.SetText(ui.DayName(t, p.m.day, p.m.today))
	p.progress.SetText(p.progressWords())
	p.home.Hidden = p.m.plan == nil || p.m.day == p.m.nextDay()
	p.pick.Hidden = len(p.missions) < 2
	p.add.Hidden, p.spread.Hidden = !p.mayPlan() || p.mission == uuid.Nil, !p.mayPlan() || len(p.m.plan.Unscheduled()) == 0
	p.breaks.Hidden, p.people.Hidden = p.add.Hidden, p.add.Hidden
	p.undo.Hidden = len(p.done) == 0
	p.board.Refresh()
	p.drawSide()
	p.content.Refresh()
}

// progressWords counts the day: how many families, how many of them are over, how many have no time at all.
func (p *place) progressWords() string {
	t := p.s.Texts
	if !p.loaded {
		return t.T("today.reading")
	}
	slots, over := p.m.slots(), 0
	for _, s := range slots {
		if !s.Holds() || s.Status == schedule.Done {
			over++
		}
	}
	words := t.N("dayplan.progress", len(slots), "Over", over)
	if n := len(p.m.plan.Unscheduled()); n > 0 {
		words += " · " + t.N("dayplan.unscheduled", n)
	}
	return words
}

// chooseMission lets headquarters look at the plan of another mission.
func (p *place) chooseMission() {
	t := p.s.Texts
	rows := ui.Stack(theme.SizeGap)
	var first *ui.TapCard
	for _, m := range p.missions {
		id, name := m.ID(), m.Text("name")
		card := ui.NewTapCard(name, func() {
			p.dialog.Close()
			p.mission, p.m.firstPut, p.done = id, false, nil
			p.load()
		}, ui.Strong(name), ui.Muted(m.Text("mission_code")))
		if first == nil {
			first = card
		}
		rows.Add(card)
	}
	p.show(t.T("dayplan.mission.choose"), 520, rows, first)
}

// show opens the place's one dialog.
func (p *place) show(title string, points float32, content fyne.CanvasObject, first fyne.Focusable) {
	p.dialog = ui.ShowDialog(p.s.Window, title, points, content, first, func() {
		p.dialog = nil
		ui.Focus(p.board)
	})
}

// planLayout puts the head above, and the board beside what is said of the slot; where there is little width, above it; and where there
// is little height as well, one of them in place of the other.
type planLayout struct {
	aside    bool // what is said of the slot is wanted in place of the board
	single   bool
	onSingle func(single bool)
}

// leastBoth is the height of the page, in touch targets, under which board and slot do not stand above each other.
const leastBoth = 10

func (*planLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	board := objects[1].MinSize()
	return fyne.NewSize(board.Width, objects[0].MinSize().Height+board.Height+theme.Size(theme.SizeTouch)*2)
}

func (l *planLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	gap, touch := theme.Size(theme.SizeGap), theme.Size(theme.SizeTouch)
	head, board, side := objects[0], objects[1], objects[2]
	width := size.Width - 2*gap
	head.Resize(fyne.NewSize(width, head.MinSize().Height)) // wrapped rows know their height only once they have a width
	head.Resize(fyne.NewSize(width, head.MinSize().Height))
	head.Move(fyne.NewPos(gap, gap))
	top := head.Size().Height + 2*gap
	rest := max(size.Height-top-gap, 0)
	wide := size.Width >= ui.Breakpoint*touch/44
	if single := !wide && size.Height < leastBoth*touch; single != l.single {
		l.single = single
		l.onSingle(single)
		l.Layout(objects, size) // the head has another height now
		return
	}
	show(board, !l.single || !l.aside)
	show(side, !l.single || l.aside)
	if l.single {
		for _, o := range []fyne.CanvasObject{board, side} {
			o.Move(fyne.NewPos(gap, top))
			o.Resize(fyne.NewSize(width, rest))
		}
		return
	}
	if wide {
		aside := 8 * touch
		board.Move(fyne.NewPos(gap, top))
		board.Resize(fyne.NewSize(width-aside-gap, rest))
		side.Move(fyne.NewPos(gap+width-aside, top))
		side.Resize(fyne.NewSize(aside, rest))
		return
	}
	below := min(max(rest*0.32, 2.2*touch), rest/2)
	board.Move(fyne.NewPos(gap, top))
	board.Resize(fyne.NewSize(width, rest-below-gap))
	side.Move(fyne.NewPos(gap, top+rest-below))
	side.Resize(fyne.NewSize(width, below))
}

func show(o fyne.CanvasObject, wanted bool) {
	switch {
	case wanted && !o.Visible():
		o.Show()
	case !wanted && o.Visible():
		o.Hide()
	}
}

// toolsLayout puts the choice of columns and the buttons beside each other, or below each other where there is little width.
type toolsLayout struct{ width float32 }

func (l *toolsLayout) beside(buttons fyne.CanvasObject) bool {
	return l.width-buttons.MinSize().Width > 9*theme.Size(theme.SizeTouch)
}

func (l *toolsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	chips, buttons := objects[0].MinSize(), objects[1].MinSize()
	height := chips.Height + buttons.Height
	if l.beside(objects[1]) {
		height = max(chips.Height, buttons.Height)
	}
	return fyne.NewSize(min(chips.Width, buttons.Width), height)
}

func (l *toolsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	buttons := objects[1].MinSize()
	if l.beside(objects[1]) {
		objects[0].Resize(fyne.NewSize(size.Width-buttons.Width, size.Height))
		objects[1].Move(fyne.NewPos(size.Width-buttons.Width, 0))
		objects[1].Resize(buttons)
		return
	}
	objects[0].Resize(fyne.NewSize(size.Width, size.Height-buttons.Height))
	objects[1].Move(fyne.NewPos(0, size.Height-buttons.Height))
	objects[1].Resize(fyne.NewSize(size.Width, buttons.Height))
}

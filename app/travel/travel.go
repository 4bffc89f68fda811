// Package travel is the place for taking the machine over a border: whether it is cleared for travel, the travel lock, the
// clean crossing, and the emergency wipe (security.md 4.8).
//
// The page says in plain language what each way does and what it costs before it asks for anything. Whether the machine
// is cleared and what has arrived at headquarters is judged in sync/exchange; keys and files are the workspace's.
package travel

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/custody"
	"feltbok/app/ui/wiping"
)

// code is a code of the travel lock, to be read out once and forgotten.
type code interface {
	fmt.Stringer
	// Clear forgets the code.
	Clear()
}

// doors is what the place asks of workspace and exchange.
type doors struct {
	device  string // what the machine is called
	read    func(ctx context.Context) (facts, error)
	newCode func() code
	lock    func(ctx context.Context, c code) error
	open    func() bool // the workspace was not closed by a lock
	wipe    func(ctx context.Context, progress func(step string)) error
}

// Place is the travel page. Use on the UI goroutine only.
type Place struct {
	s     *ui.Session
	doors doors
	facts facts
	read  bool // facts were read
	busy  bool // a lock or wipe is under way
	root  *fyne.Container
	on    *lockPage     // the lock's steps, while one is on screen
	ways  [3]*ui.Button // of the overview
	first fyne.Focusable
}

var (
	_ ui.Place       = (*Place)(nil)
	_ ui.Shortcutter = (*Place)(nil)
)

func newPlace(s *ui.Session, d doors) *Place {
	return &Place{s: s, doors: d, root: container.NewStack()}
}

// Title is the heading in the header.
func (p *Place) Title() string { return p.s.Texts.T("travel.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter reads the state again and shows the overview.
func (p *Place) Enter(...any) {
	if !p.busy {
		p.refresh()
	}
}

// Leave wipes a code that is on screen. A lock or wipe that is under way goes on to its end.
func (p *Place) Leave() {
	if p.on != nil && !p.busy {
		p.on.forget()
		p.on = nil
	}
}

// Shortcuts are the keys of the place.
func (p *Place) Shortcuts() []ui.Shortcut {
	return []ui.Shortcut{{Key: fyne.KeyF5, Text: p.s.Texts.T("travel.key.again"), Do: func() { p.Enter() }}}
}

// refresh reads the state and shows it.
func (p *Place) refresh() {
	if !p.read {
		p.put(ui.Page(ui.Card(ui.Muted(p.s.Texts.T("travel.reading")))), nil)
	}
	ui.Run(p.s.Loop, p.doors.read, func(f facts, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.facts, p.read = f, true
		p.overview()
	})
}

func (p *Place) put(page fyne.CanvasObject, first fyne.Focusable) {
	p.root.Objects = []fyne.CanvasObject{page}
	p.root.Refresh()
	p.first = first
	if first != nil {
		ui.Focus(first)
	}
}

// step shows one step of a way instead of the overview.
func (p *Place) step(page fyne.CanvasObject, first fyne.Focusable) {
	p.put(ui.Page(ui.Narrowed(820, page)), first)
}

// overview shows clearance and the three ways.
func (p *Place) overview() {
	if p.on != nil {
		p.on.forget()
		p.on = nil
	}
	t := p.s.Texts
	starts := []struct {
		key, icon string
		start     func()
		danger    bool
	}{{"lock", "lock", p.startLock, false}, {"crossing", "device", p.startCrossing, false}, {"wipe", "remove", p.startWipe, true}}
	cards := make([]fyne.CanvasObject, len(starts))
	for i, way := range starts {
		button := ui.NewButton(t.T("travel.way."+way.key+"_do"), way.start)
		ink := theme.ColorAccent
		if way.danger {
			button.Kind, ink = ui.Danger, theme.ColorError
		}
		p.ways[i] = button
		title := ui.Strong(t.T("travel.way." + way.key))
		title.Wrap = true
		cards[i] = ui.Card(ui.Row(theme.SizeGap, ui.NewIcon(way.icon, ink), ui.Stretch(ui.Middle(title))), ui.Paragraph(t.T("travel.way."+way.key+"_text")), ui.Spacer(), ui.Row("", button, ui.Spacer()))
	}
	parts := []fyne.CanvasObject{p.clearanceCard(), ui.SectionHeader(t.T("travel.ways"), t.T("travel.ways_note")), ui.Columns(len(cards), 250, cards...)}
	if alone := custody.Banner(t, p.facts.alone); alone != nil { // last: whoever travels can change nothing about it
		parts = append(parts, alone)
	}
	p.put(ui.Page(parts...), nil)
}

func (p *Place) startLock() {
	p.on = &lockPage{p: p}
	p.on.explain()
}

// startCrossing shows what headquarters has of each part of the work.
func (p *Place) startCrossing() {
	t := p.s.Texts
	c := p.facts.crossing
	rows := make([]ui.KeyValue, 0, len(c.parts))
	for _, part := range c.parts {
		rows = append(rows, p.partRow(part))
	}
	back := ui.NewButton(t.T("travel.back"), p.overview)
	wipe := ui.NewDanger(t.T("travel.crossing.wipe"), p.confirmCrossing)
	back.OnEscape, wipe.OnEscape = p.overview, p.overview
	page := ui.Card(ui.SectionHeader(t.T("travel.crossing.title"), t.T("travel.crossing.note")))
	list := page.Content.(*fyne.Container)
	if len(rows) == 0 {
		list.Add(ui.Paragraph(t.T("travel.crossing.nothing")))
	} else {
		list.Add(ui.KeyValues(rows...))
	}
	if c.clear {
		list.Add(ui.Banner(ui.Success, t.T("travel.crossing.clear"), nil, nil))
		list.Add(wiping.Points("forward", theme.ColorMuted, t.T("travel.crossing.point_wipe"), t.T("travel.crossing.point_enrol")))
		list.Add(ui.Flow(theme.SizeGap, back, wipe))
		p.step(page, back)
		return
	}
	wipe.Disable()
	for _, words := range p.obstacles() {
		list.Add(ui.Banner(ui.Warning, words, nil, nil))
	}
	list.Add(ui.Paragraph(t.T("travel.crossing.what_now")))
	to := ui.NewPrimary(t.T("travel.to_exchange"), func() { p.s.Go("exchange") })
	to.Icon, to.OnEscape = "exchange", p.overview
	list.Add(ui.Flow(theme.SizeGap, back, to, wipe))
	p.step(page, to)
}

// partRow is what headquarters has of one compartment.
func (p *Place) partRow(one part) ui.KeyValue {
	t := p.s.Texts
	key := t.T("unlock.part." + one.name)
	badge := ui.NewBadge(ui.Success, "", t.T("travel.crossing.all"))
	left := one.own - one.merged - one.log
	switch {
	case !one.held:
		badge = ui.NewBadge(ui.Warning, "lock", t.T("travel.crossing.not_held"))
		return ui.KeyValue{Key: key, Object: ui.Stack(theme.SizeGapTight, ui.Paragraph(t.T("travel.crossing.not_held_text")), ui.Row("", badge, ui.Spacer()))}
	case left > 0:
		badge = ui.NewBadge(ui.Warning, "unsent", t.N("travel.crossing.left", left))
	}
	words := ui.Stack(theme.SizeGapTight, ui.Paragraph(t.N("travel.crossing.count", one.own, "Merged", one.merged)))
	if one.log > 0 {
		words.Add(ui.Muted(t.T("travel.crossing.log")))
	}
	words.Add(ui.Row("", badge, ui.Spacer()))
	return ui.KeyValue{Key: key, Object: words}
}

// obstacles says why the machine is not to be emptied.
func (p *Place) obstacles() (words []string) {
	t, c := p.s.Texts, p.facts.crossing
	if c.lost > 0 {
		words = append(words, t.N("travel.crossing.missing", c.lost))
	}
	if c.waiting > 0 {
		words = append(words, t.N("travel.crossing.files", c.waiting))
	}
	for _, one := range c.parts {
		if !one.held {
			return append(words, t.T("travel.crossing.other_user"))
		}
	}
	return words
}

// confirmCrossing asks once more. What is wiped is at headquarters; the state is read again before, for somebody may
// have written meanwhile.
func (p *Place) confirmCrossing() {
	t := p.s.Texts
	ui.Run(p.s.Loop, p.doors.read, func(f facts, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.facts = f
		if !f.crossing.clear {
			p.startCrossing()
			return
		}
		ui.Confirm(p.s.Window, t, ui.Question{
			Title: t.T("travel.crossing.sure"), Text: t.T("travel.crossing.sure_text"), Yes: t.T("travel.crossing.wipe"), Danger: true, OnYes: func(string) { p.wipeNow() },
		})
	})
}

// wipeNow wipes without asking again, after a clean crossing was confirmed.
func (p *Place) wipeNow() {
	way := wiping.Finish(p.wipeOptions(p.s.Texts.T("travel.wipe.done_clean")))
	p.step(way.Content(), nil)
	way.Start()
}

// startWipe is the emergency wipe.
func (p *Place) startWipe() {
	way := wiping.New(p.wipeOptions(p.s.Texts.T("travel.wipe.done")))
	p.step(way.Content(), nil)
	way.Enter()
}

// wipeOptions says what is lost, and that the shell shows the unlock page afterwards.
func (p *Place) wipeOptions(done string) wiping.Options {
	t := p.s.Texts
	o := wiping.Options{
		Texts: t, Loop: p.s.Loop, Level: ui.Success, Loss: t.T("travel.wipe.loss_none"),
		Wipe:    func(ctx context.Context, progress func(string)) error { return p.doors.wipe(ctx, progress) },
		OnBegin: func() { p.busy = true }, OnDone: func() { p.busy = false; p.s.Lock(done) }, OnCancel: p.overview,
	}
	c := p.facts.crossing
	switch {
	case c.lost > 0:
		o.Level, o.Loss = ui.Error, t.N("travel.wipe.loss", c.lost)
	case !c.clear: // files or parts that nobody here can look into
		o.Level, o.Loss = ui.Error, t.T("travel.wipe.loss_some")
	}
	return o
}

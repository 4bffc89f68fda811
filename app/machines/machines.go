// Package machines is headquarters' place for whom it lets in: requests of new machines and users, with the words that are
// compared by voice; the machines and users of the missions, and what to do when one is lost, stolen or leaves; and the
// documents that several people must sign (security.md 8.2, 8.4, 8.5).
//
// The place only shows and asks. What an approval or a revocation means is decided in sync/exchange; nothing is done before a
// person has seen what it leads to, and every such step takes the keys and their passphrase anew.
package machines

import (
	"context"
	"errors"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/sync/exchange"
)

// The views of the place.
const (
	viewRequests = "requests"
	viewMembers  = "members"
	viewSign     = "sign"
	viewPartners = "partners"
)

// Place is the page. Use on the UI goroutine only.
type Place struct {
	s     *ui.Session
	facts facts
	found []exchange.FoundRequest
	draft []exchange.Draft
	view  string
	at    map[string]int // the row marked in each view
	words string         // language of the words to compare
	open  bool           // a form or a result is on screen: what is read anew must not take it away

	root   *fyne.Container
	views  *ui.Chips
	note   *ui.Text
	drives *drivepick.Picker
	table  *ui.Table
	none   *fyne.Container
	split  *ui.SplitLayout
	detail *fyne.Container
	scroll *container.Scroll
	keys   *keysField
	asking *approval // the form on screen, nil before the first one
	agreed *agreement
	add    *ui.Button // a new partner
	busy   bool
}

var (
	_ ui.Place       = (*Place)(nil)
	_ ui.Shortcutter = (*Place)(nil)
)

// New makes the place. It reads nothing before Enter.
func New(s *ui.Session) ui.Place {
	p := &Place{s: s, view: viewRequests, at: map[string]int{}, words: s.Texts.Lang()}
	p.build()
	return p
}

// Title is the heading in the header.
func (p *Place) Title() string { return p.s.Texts.T("machines.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter reads everything again. An argument "device:<uuid>" or "user:<uuid>" goes to that machine or user.
func (p *Place) Enter(args ...any) {
	var to string
	for _, arg := range args {
		if name, ok := arg.(string); ok {
			to = name
		}
	}
	p.reload(func() {
		if to != "" {
			p.goTo(to)
		}
	})
	p.drives.Look()
	p.drives.Follow()
}

// Leave keeps no passphrase that is half typed.
func (p *Place) Leave() {
	p.drives.Rest()
	p.keys.forget()
}

// Shortcuts are the keys of the place.
func (p *Place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	keys := []ui.Shortcut{{Key: fyne.KeyF5, Text: t.T("machines.key.again"), Do: func() { p.reload(nil); p.drives.Look() }}}
	for i, view := range []string{viewRequests, viewMembers, viewSign, viewPartners} {
		keys = append(keys, ui.Shortcut{
			Key: fyne.KeyName(rune('1' + i)), Modifier: fyne.KeyModifierAlt, Text: t.T("machines.view." + view), Do: func() { p.choose(view) },
		})
	}
	return keys
}

func (p *Place) build() {
	t := p.s.Texts
	p.views = ui.NewChips(nil, false)
	p.views.OnChosen = func(codes []string) {
		if len(codes) == 0 {
			p.views.Put(p.view)
			return
		}
		p.choose(codes[0])
	}
	p.note = ui.Muted("")
	p.drives = drivepick.New(p.s, t.T("exchange.drive.title"))
	p.drives.OnChoose = func(string) { p.look(nil) }
	p.keys = newKeysField(p)
	p.add = ui.NewPrimary(t.T("machines.partner.new"), func() { p.agree(nil) })
	p.table = ui.NewTable([]ui.Column{{Title: t.T("machines.who"), Least: 140, Share: 1}, {Title: t.T("machines.state"), Least: 180}}, p.length, p.cell).TwoLines()
	p.table.OnMark = func(row int) { p.mark(row) }
	p.table.OnOpen = func(row int) {
		p.mark(row)
		p.split.ShowDetail()
		p.focusDetail()
	}
	top := ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGap, p.views, p.note, p.drives, p.add))
	p.none = ui.Stack("")
	back := ui.NewQuiet("back", t.T("machines.back"), func() { p.split.ShowList(); ui.Focus(p.table.Focusable()) })
	way := ui.Row("", back, ui.Spacer())
	way.Hide()
	p.detail = ui.Stack(theme.SizeGapWide)
	p.scroll = ui.Page(way, p.detail)
	p.split = ui.NewSplit(ui.Above(top, container.NewStack(p.table, p.none)), p.scroll)
	p.split.ListWidth = 480
	p.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
	p.root = container.NewStack(p.split)
	p.put()
}

// facts is what headquarters knows of machines and users.
type facts struct {
	members  []member
	missions []missionChoice
	partners []partner
	two      bool // two people must sign
}

// reload reads machines, users and the folder again, then does what follows.
func (p *Place) reload(then func()) {
	ws, lang := p.s.WS, p.s.Texts.Lang()
	ui.Run(p.s.Loop, func(ctx context.Context) (facts, error) { return readFacts(ctx, ws, lang) }, func(f facts, err error) {
		if err != nil {
			p.fault(err)
			return
		}
		p.facts = f
		p.look(then)
	})
}

// found is what lies in the folder chosen.
type found struct {
	requests []exchange.FoundRequest
	drafts   []exchange.Draft
}

// look reads the folder chosen again.
func (p *Place) look(then func()) {
	ws, folder, lang := p.s.WS, p.drives.Path(), p.words
	ui.Run(p.s.Loop, func(ctx context.Context) (f found, err error) {
		if folder == "" {
			return f, nil
		}
		if f.requests, err = exchange.Requests(ctx, ws, folder, lang); err != nil {
			return f, err
		}
		f.drafts, err = exchange.Drafts(ws, folder)
		return f, err
	}, func(f found, err error) {
		if err != nil {
			p.fault(err)
		}
		p.found, p.draft = f.requests, f.drafts
		p.put()
		if then != nil {
			then()
		}
	})
}

func (p *Place) fault(err error) {
	if !errors.Is(err, context.Canceled) {
		p.s.Fault(err)
	}
}

func (p *Place) choose(view string) {
	if p.busy {
		p.views.Put(p.view)
		return
	}
	p.view, p.open = view, false
	p.keys.forget()
	p.split.ShowList()
	p.put()
	ui.Focus(p.views)
}

// goTo marks a machine or a user.
func (p *Place) goTo(name string) {
	for i, m := range p.facts.members {
		if m.name == name {
			p.view, p.open = viewMembers, false
			p.at[viewMembers] = i
			p.put()
			p.split.ShowDetail()
			return
		}
	}
}

func (p *Place) length() int {
	switch p.view {
	case viewMembers:
		return len(p.facts.members)
	case viewSign:
		return len(p.draft)
	case viewPartners:
		return len(p.facts.partners)
	}
	return len(p.found)
}

func (p *Place) cell(row, column int) ui.Cell {
	if row >= p.length() {
		return ui.Cell{}
	}
	switch p.view {
	case viewMembers:
		return p.memberCell(p.facts.members[row], column)
	case viewSign:
		return p.draftCell(p.draft[row], column)
	case viewPartners:
		return p.partnerCell(p.facts.partners[row], column)
	}
	return p.requestCell(p.found[row], column)
}

// put shows lists and counts.
func (p *Place) put() {
	t := p.s.Texts
	choices := make([]ui.Choice, 0, 4)
	for _, v := range []struct {
		view  string
		count int
	}{{viewRequests, len(p.found)}, {viewMembers, len(p.facts.members)}, {viewSign, len(p.draft)}, {viewPartners, len(p.facts.partners)}} {
		label := t.T("machines.view." + v.view)
		if v.count > 0 {
			label += " " + strconv.Itoa(v.count)
		}
		choices = append(choices, ui.Choice{Code: v.view, Label: label})
	}
	p.views.SetOptions(choices)
	p.views.Put(p.view)
	p.note.SetText(p.noteWords())
	// On a low screen the rows need the height; what the view is for stands in the handbook as well.
	p.note.Hidden = p.inFolder() && p.s.Window.Canvas().Size().Height < 12*theme.Size(theme.SizeTouch)
	p.drives.Hidden = !p.inFolder()
	p.add.Hidden = p.view != viewPartners || p.s.WS.ReadOnly()
	empty := p.length() == 0
	p.table.Hidden = empty
	p.none.RemoveAll()
	if empty {
		key := "machines.none." + p.view
		if p.inFolder() && p.drives.Path() == "" {
			key = "machines.none.folder"
		}
		p.none.Add(ui.EmptyState("device", t.T(key), t.T(key+"_text"), nil))
	}
	p.table.Refresh()
	p.table.Mark(p.at[p.view])
	if !p.open {
		p.show()
	}
	p.root.Refresh()
}

// inFolder reports whether the view on screen shows what lies in the folder chosen.
func (p *Place) inFolder() bool { return p.view == viewRequests || p.view == viewSign }

// noteWords says what the view is for, and of the members how many know the newest directory.
func (p *Place) noteWords() string {
	t := p.s.Texts
	if p.view != viewMembers {
		return t.T("machines.note." + p.view)
	}
	all, know := 0, 0
	for _, m := range p.facts.members {
		if m.active() && m.device != nil {
			all++
			if m.device.Informed() {
				know++
			}
		}
	}
	if all == 0 {
		return t.T("machines.note.members")
	}
	return t.N("machines.note.informed", all, "Know", know)
}

func (p *Place) mark(row int) {
	if p.busy {
		return
	}
	p.at[p.view], p.open = row, false
	p.keys.forget()
	p.show()
}

// show fills the right side for the row marked.
func (p *Place) show() {
	row := min(p.at[p.view], p.length()-1)
	p.detail.RemoveAll()
	switch {
	case row < 0:
	case p.view == viewMembers:
		p.showMember(p.facts.members[row])
	case p.view == viewSign:
		p.showDraft(p.draft[row])
	case p.view == viewPartners:
		p.showPartner(p.facts.partners[row])
	default:
		p.showRequest(p.found[row])
	}
	p.detail.Refresh()
	p.scroll.ScrollToTop()
}

// form puts a form or a result in the place of the marked row's facts, and gives it the keyboard.
func (p *Place) form(first fyne.Focusable, objects ...fyne.CanvasObject) {
	p.open = true
	p.detail.Objects = objects
	p.detail.Refresh()
	p.scroll.Refresh()
	p.scroll.ScrollToTop()
	p.split.ShowDetail()
	if first != nil {
		ui.Focus(first)
	}
}

// close takes a form or a result away.
func (p *Place) close() {
	p.open = false
	p.keys.forget()
	p.put()
	ui.Focus(p.table.Focusable())
}

// focusDetail gives the keyboard to the first widget of the right side that takes it.
func (p *Place) focusDetail() {
	if first := firstFocusable(p.detail); first != nil {
		ui.Focus(first)
	}
}

func firstFocusable(o fyne.CanvasObject) fyne.Focusable {
	switch o := o.(type) {
	case *ui.Button:
		return o
	case *ui.Chips:
		return o
	case *ui.Panel:
		return firstFocusable(o.Content)
	case *fyne.Container:
		for _, child := range o.Objects {
			if first := firstFocusable(child); child.Visible() && first != nil {
				return first
			}
		}
	}
	return nil
}

// work does something with the keys off the UI goroutine; nothing else is begun meanwhile.
func (p *Place) work(words string, do func(ctx context.Context) error, done func(error)) {
	if p.busy {
		return
	}
	p.busy = true
	before := p.detail.Objects
	bar := ui.NewProgressBar()
	bar.Set(1, 2)
	p.detail.Objects = []fyne.CanvasObject{ui.Card(ui.SectionHeader(words, p.s.Texts.T("machines.working")), bar)}
	p.detail.Refresh()
	ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) }, func(_ struct{}, err error) {
		p.busy = false
		p.detail.Objects = before
		p.detail.Refresh()
		done(err)
	})
}

func (p *Place) day(at time.Time) string {
	return at.Local().Format(p.s.Texts.T("machines.layout.day"))
}

func (p *Place) when(at time.Time) string {
	return at.Local().Format(p.s.Texts.T("machines.layout.time"))
}

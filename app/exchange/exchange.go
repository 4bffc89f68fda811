// Package exchange is the place where data packages are made and taken in: on a field device the honest state of one's own
// work, a file for headquarters, and what came back; at headquarters the board of devices and the files for them.
//
// Nothing here counts as arrived because a file was made. Only headquarters' receipt says that (security.md 6.8).
package exchange

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/workspace"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// facts is what the place shows, read in one go.
type facts struct {
	enrolled bool
	words    []string // of a request that waits for headquarters' answer
	status   *delivery.Status
	receipt  *trust.Receipt
	copies   []delivery.SentCopy
}

// Place is the exchange page. Use on the UI goroutine only.
type Place struct {
	s       *ui.Session
	me      workspace.Me
	facts   facts
	root    *fyne.Container
	drives  *drivepick.Picker
	picture *picture     // field
	send    *sendCard    // field, enrolled
	receive *receiveCard // field
	board   *board       // headquarters
	papers  *fyne.Container
	carry   *carryCard // field, enrolled
	page    fyne.CanvasObject
	cleanup *cleanup // on screen instead of the page; nil before the first time
	built   bool
	job     *job
	purging *job // the same for the cleanup page
}

var (
	_ ui.Place       = (*Place)(nil)
	_ ui.Shortcutter = (*Place)(nil)
)

// New makes the place. It reads nothing before Enter.
func New(s *ui.Session) ui.Place {
	p := &Place{s: s, me: s.WS.Me(), root: container.NewStack()}
	p.drives = drivepick.New(s, s.Texts.T("exchange.drive.title"))
	p.job, p.purging = newJob(s), newJob(s)
	p.drives.OnChoose = func(string) { p.folderChanged() }
	return p
}

// Title is the heading in the header.
func (p *Place) Title() string { return p.s.Texts.T("exchange.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter reads the state again and looks for drives, and goes on looking: what is plugged in or arrives shows by itself.
func (p *Place) Enter(...any) {
	p.endCleanup()
	p.refresh()
	p.drives.Look()
	p.drives.Follow()
}

// Leave ends the looking. A file that is being written goes on to its end.
func (p *Place) Leave() { p.drives.Rest() }

// Shortcuts are the keys of the place.
func (p *Place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	keys := []ui.Shortcut{{Key: fyne.KeyF5, Text: t.T("exchange.key.again"), Do: func() { p.Enter() }}}
	if p.send != nil {
		keys = append(keys, ui.Shortcut{Key: fyne.KeyE, Modifier: fyne.KeyModifierControl, Text: t.T("exchange.key.send"), Do: p.send.start})
	}
	return keys
}

// refresh reads the state and shows it.
func (p *Place) refresh() {
	ws, lang := p.s.WS, p.s.Texts.Lang()
	ui.Run(p.s.Loop, func(ctx context.Context) (facts, error) { return readFacts(ctx, ws, lang) }, func(f facts, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		enrolledNow := p.built && f.enrolled != p.facts.enrolled
		p.facts = f
		if !p.built || enrolledNow {
			p.build()
		}
		p.update()
	})
}

func readFacts(ctx context.Context, ws *workspace.Workspace, lang string) (f facts, err error) {
	f.enrolled = delivery.Enrolled(ws)
	if f.words, err = delivery.RequestWords(ws, lang); err != nil {
		return f, err
	}
	if f.status, err = delivery.StatusOf(ctx, ws); err != nil {
		return f, err
	}
	if f.receipt, err = delivery.LatestReceipt(ws); err != nil {
		return f, err
	}
	f.copies, err = delivery.SentCopies(ws)
	return f, err
}

// build makes the page for what this machine is. Later changes go into the parts, so that focus and scroll stay.
func (p *Place) build() {
	p.built = true
	p.papers = ui.Stack(theme.SizeGapWide)
	var page fyne.CanvasObject
	switch {
	case p.me.HQ:
		p.board = newBoard(p)
		page = p.board.object()
	case !p.facts.enrolled:
		p.receive = newReceiveCard(p)
		page = ui.Page(p.enrolCard(), ui.Card(p.drives), p.receive.card)
	default:
		p.picture = newPicture(p.s)
		p.send, p.receive = newSendCard(p), newReceiveCard(p)
		p.carry = newCarryCard(p)
		page = ui.Page(p.picture.card, ui.Card(p.drives), ui.Columns(2, 380, p.send.card, p.receive.card), p.papers, ui.Columns(2, 380, p.carry.card, p.cleanupCard()))
	}
	p.page = page
	p.root.Objects = []fyne.CanvasObject{page}
	p.root.Refresh()
}

// update puts the facts into the parts.
func (p *Place) update() {
	if p.picture != nil {
		p.picture.put(p.facts, p.s.Now())
	}
	if p.send != nil {
		p.send.put(p.facts)
		p.showPapers()
	}
	if p.carry != nil {
		p.carry.put(p.facts.status.Carried)
	}
	if p.board != nil {
		p.board.put(p.facts)
	}
	if p.s.Unsent != nil && !p.me.HQ {
		p.s.Unsent(p.facts.status.Own.Unsent())
	}
	p.folderChanged()
	p.root.Refresh()
}

func (p *Place) folderChanged() {
	if p.send != nil {
		p.send.enable()
	}
	if p.receive != nil {
		p.receive.look()
	}
	if p.carry != nil {
		p.carry.enable()
	}
	if p.board != nil {
		p.board.enable()
	}
}

// busy keeps two pieces of long work from running at a time.
func (p *Place) busy(on bool) {
	if on {
		p.drives.Disable()
	} else {
		p.drives.Enable()
	}
	if p.send != nil {
		p.send.enable()
	}
	if p.receive != nil {
		p.receive.enable()
	}
	if p.carry != nil {
		p.carry.enable()
	}
	if p.board != nil {
		p.board.enable()
	}
}

// when writes a moment in the user's language.
func (p *Place) when(at time.Time) string {
	return at.Local().Format(p.s.Texts.T("exchange.layout.time"))
}

package interview

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// view is what the middle of the place shows.
type view int

const (
	viewQuestions view = iota
	viewMissing        // the missing places
	viewMarks          // the questions to come back to
	viewFinish
	viewReadBack
)

// sitting is what is worked on and how it looks: the ordinary interview, or a closed part of it.
type sitting struct {
	session *workspace.InterviewSession // nil: nothing is open
	saver   *saver
	drafts  *drafts
	history *history
	section int
	sheet   int // the page within the section
	view    view
	parts   *blockClock
	// language is the second language that was chosen; nil as long as it follows from the interview.
	language *chosenLanguage
	spoken   string // the language of the questions that was chosen in a form of others; "" as long as it follows from the program's
	strict   bool   // required answers that lack are pointed out: the interviewer asked for it
	last     fieldKey

	header *header
	rail   *rail
	middle *fyne.Container // the view
	page   *page           // of viewQuestions
	pane   *Place          // that the widgets belong to
	closed bool            // of those that are kept without widgets: a closed part
}

// Place is one interview on screen: the only one, or one of a [Pair].
type Place struct {
	s    *ui.Session
	t    *i18n.Texts
	pair *Pair

	sitting            // what is on screen
	outside *sitting   // while the closed part is on screen: the interview as it was left
	unsaved []*sitting // left with answers that could not be stored: closed parts, interviews of another case; they hold no widgets
	least   bool       // only the minimum record is asked for
	missed  bool       // an import came while the closed part was on screen, and the interview is to be read again

	content *fyne.Container // what the pair shows
	cancel  []func()
	told    atomic.Bool // an import is known and not read yet; set on any goroutine
}

func newPlace(s *ui.Session, pair *Pair) *Place {
	p := &Place{s: s, t: s.Texts, pair: pair, content: ui.Stack("")}
	p.content.Layout = fillLayout{}
	p.showEmpty()
	return p
}

// interviewID is the interview that is open, also while its closed part is on screen; zero when none is.
func (p *Place) interviewID() uuid.UUID {
	switch {
	case p.outside != nil:
		return p.outside.session.ID()
	case p.session != nil:
		return p.session.ID()
	}
	return uuid.Nil
}

// Bookmark names the interview, the question last worked on and where in its field the caret stands.
func (p *Place) Bookmark() []any {
	if p.session == nil || p.session.Special() { // after unlocking it is opened on purpose, like the closed part
		return nil
	}
	return []any{p.session.ID(), p.here(), p.caret()}
}

// Enter opens an interview: its identifier (uuid.UUID or string), and optionally a workspace.Place to go to. Without
// arguments the newest draft of this user, and else an empty page that says what to do.
func (p *Place) Enter(args ...any) {
	p.closeClosed()
	id, at, column := arguments(args)
	defer func() { p.putCaret(column) }()
	if id == uuid.Nil && p.session != nil {
		id = p.session.ID()
	}
	if p.session != nil && p.session.ID() == id {
		p.open(id, at, p.session.Refresh(context.Background()))
		return
	}
	if id == uuid.Nil {
		var err error
		if id, err = p.s.WS.NewestDraft(context.Background()); err != nil {
			p.s.Fault(err)
		}
	}
	if id == uuid.Nil {
		p.showEmpty()
		return
	}
	if left := p.pair.aside[id]; left != nil {
		p.setAside(left.session)
		delete(p.pair.aside, id)
		p.sitting = *left
		if p.pane == p {
			p.put()
		} else {
			p.adopt()
		}
		p.open(id, at, p.session.Refresh(context.Background()))
		p.backToQuestions()
		return
	}
	session, err := p.interview(id)
	if err == nil {
		p.setAside(session)
		p.sitting = sitting{session: session, history: newHistory(), pane: p}
		p.drafts = newDrafts(p)
	}
	p.open(id, at, err)
	if err == nil && at == nil && p.least && !p.inForm() {
		p.toLeast(nil)
	}
}

func arguments(args []any) (id uuid.UUID, at *workspace.Place, column *caret) {
	for _, arg := range args {
		switch arg := arg.(type) {
		case uuid.UUID:
			id = arg
		case string:
			id, _ = uuid.Parse(arg)
		case workspace.Place:
			at = &arg
		case caret:
			column = &arg
		}
	}
	return id, at, column
}

func (p *Place) newSaver() *saver {
	return &saver{loop: p.s.Loop, session: p.session, now: p.s.Now, say: p.sayState, stored: p.stored}
}

func (p *Place) open(_ uuid.UUID, at *workspace.Place, err error) {
	if err != nil {
		p.s.Fault(err)
		if p.session == nil {
			p.showEmpty()
		}
		return
	}
	p.saver = p.newSaver()
	if p.parts == nil {
		p.parts = &blockClock{now: p.s.Now, spent: workspace.TimeSpent{}}
	}
	p.build()
	p.listen()
	p.goOnMeasuring()
	switch place, ok := p.session.LastPlace(); {
	case at != nil:
		p.jump(*at)
	case p.page != nil:
		p.resync()
	case p.last.path.Name != "": // it was open in the other pane
		p.jump(p.here())
	case ok:
		p.jump(place)
	default:
		p.show(0, 0)
	}
}

// Leave takes what is typed and stores it before it returns.
func (p *Place) Leave() {
	for _, cancel := range p.cancel {
		cancel()
	}
	p.cancel = nil
	if p.session == nil {
		return
	}
	p.stopMeasuring()
	if p.current() != nil { // else the window took the keyboard away already, and last is where it was
		p.last = p.currentKey()
	}
	p.store()
	p.closeClosed()
	p.storeUnsaved()
	if p.session.Special() && !p.session.Waiting() {
		p.sitting.forget()
		p.sitting = sitting{}
		p.showEmpty()
	}
}

// store takes what is typed and makes it durable.
func (p *Place) store() {
	p.commit()
	_ = p.saver.flush() // a fault is on the page, and the answers wait in the session
	p.drafts.keep(p.session.KeepDrafts)
}

// commit takes what is typed in every field of the page.
func (p *Place) commit() {
	if p.page == nil {
		return
	}
	for _, r := range p.page.rows {
		r.in.commit()
	}
	p.drafts.gather()
}

// listen watches for imports and for the clock while the place is on screen.
func (p *Place) listen() {
	p.cancel = append(p.cancel, p.s.WS.Subscribe(func(c workspace.Change) {
		if c.Import && (c.Case == uuid.Nil || c.Case == p.session.Case()) && p.told.CompareAndSwap(false, true) {
			p.s.Loop.Post(p.imported) // once for many objects
		}
	}))
	var stop func()
	var tick func()
	tick = func() {
		p.header.tell(p)
		stop = p.s.Loop.After(time.Minute, tick)
	}
	tick()
	p.cancel = append(p.cancel, func() { stop() })
}

// imported reads again after somebody's answers came in. What is typed is stored first, on top of what its author saw:
// a clash becomes a conflict, never a silent loss.
func (p *Place) imported() {
	p.told.Store(false)
	p.renew()
}

// renew reads again after answers came from elsewhere: from another machine, or from the interview beside this one.
func (p *Place) renew() {
	p.missed = p.outside != nil
	p.commit()
	_ = p.saver.flush()
	p.reread()
}

// reread reads the interview again off the UI goroutine and shows what differs.
func (p *Place) reread() {
	session := p.session
	ui.Run(p.s.Loop, session.Reread, func(reading *workspace.Reading, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		if p.session != session {
			return // another interview was opened meanwhile
		}
		switch taken, err := session.Take(reading); {
		case err != nil:
			p.s.Fault(err)
		case !taken:
			p.reread()
		default:
			p.resync()
		}
	})
}

// stored goes on after a save: an answer may have changed which sections there are, or what the rules say.
func (p *Place) stored() {
	if p.session.Stale() {
		p.reread()
	}
	p.pair.saved(p)
	if p.page != nil {
		p.page.sayProblems()
	}
	p.unsaved = slices.DeleteFunc(p.unsaved, func(room *sitting) bool { return !room.session.Waiting() })
}

// resync shows the interview after it was read again, in the section that was on screen.
func (p *Place) resync() {
	if p.page != nil {
		for i, at := range p.session.Sections() {
			if at.Set.ID == p.page.set && at.Subject == p.page.subject {
				p.section = i
				p.rail.fill(p)
				p.header.tell(p)
				p.page.arrange()
				p.page.syncAll()
				p.page.offerSame(i)
				return
			}
		}
	}
	p.display(0, 0)
	if p.pair.active == p { // else somebody types beside it
		p.focusFirst()
	}
}

// instance is the state of the section on screen.
func (p *Place) instance() *form.Instance { return p.session.Instance(p.section) }

// editable tells whether answers may be given: until headquarters has locked the interview.
func (p *Place) editable() bool { return p.session.Open() }

// sayState shows how saving fares, at the top and in the status line.
func (p *Place) sayState(state ui.SavedState, err error) {
	p.header.saved(state, err)
	if p.s.Saved != nil {
		p.s.Saved(state)
	}
}

// answer takes an answer from a row: it is evaluated at once and stored soon.
func (p *Place) answer(r *row, a domain.Answer) {
	before := p.instance().Answer(r.path)
	if sameAnswer(before, a) {
		return
	}
	p.history.note(p.key(r.path), before, p.session.Stands(p.section, r.path))
	p.enter(r.path, a)
}

// enter hands an answer to the session and renews what follows from it.
func (p *Place) enter(path form.Path, a domain.Answer) {
	changed := p.session.Enter(p.section, path, a)
	p.after(path, changed)
	p.saver.kick()
}

// after renews the rows that a change names, and nothing else.
func (p *Place) after(path form.Path, changed form.Changed) {
	if p.page == nil {
		return
	}
	if len(changed.Shown)+len(changed.Hidden) > 0 {
		p.page.arrange()
	}
	p.page.sync(path)
	for _, made := range changed.Made {
		p.page.sync(made.Path)
	}
	for _, checked := range changed.Checked {
		p.page.sync(checked)
	}
	p.page.relabel()
	p.page.offerSame(p.section)
	p.rail.tell(p, p.section)
	p.header.tell(p)
}

// sameAnswer compares what a widget gives with what stands: a value, or a reason that it is missing.
func sameAnswer(before, a domain.Answer) bool {
	if a.Source != "" || a.Verification != "" || before.Missing != a.Missing || before.Reason != a.Reason {
		return a.Source == before.Source && a.Verification == before.Verification && before.Missing == a.Missing && before.Reason == a.Reason && sameValue(before, a)
	}
	return sameValue(before, a)
}

func sameValue(x, y domain.Answer) bool {
	if x.HasValue() != y.HasValue() {
		return false
	}
	if !x.HasValue() {
		return true
	}
	a, errA := domain.Answer{Value: x.Value}.Encode()
	b, errB := domain.Answer{Value: y.Value}.Encode()
	return errA == nil && errB == nil && string(a) == string(b)
}

func (p *Place) key(path form.Path) fieldKey {
	at := p.session.Sections()[p.section]
	return fieldKey{at.Set.ID, at.Subject, path}
}

func (p *Place) currentKey() fieldKey {
	if r := p.current(); r != nil {
		return p.key(r.path)
	}
	return fieldKey{}
}

// here is the place to come back to.
func (p *Place) here() workspace.Place {
	if r := p.current(); r != nil {
		return workspace.Place{Section: p.section, Path: r.path}
	}
	if p.last.path.Name != "" {
		for i, at := range p.session.Sections() {
			if at.Set.ID == p.last.set && at.Subject == p.last.subject {
				return workspace.Place{Section: i, Path: p.last.path}
			}
		}
	}
	return workspace.Place{Section: p.section}
}

// current is the row that has the keyboard; nil when none has.
func (p *Place) current() *row {
	if p.page == nil || p.view != viewQuestions {
		return nil
	}
	has := p.s.Window.Canvas().Focused()
	if has == nil {
		return nil
	}
	for _, r := range p.page.rows {
		if r.in.focus == has {
			return r
		}
	}
	return nil
}

// follow keeps the row that has the keyboard in sight.
func (p *Place) follow() {
	if r := p.current(); r != nil {
		p.pair.holds(p)
		p.last = p.key(r.path)
		p.page.reveal(r.object)
	}
}

// done goes to the next question; with Ctrl held it adds a row, in a list.
func (p *Place) done(r *row) {
	if r.path.Repeat != "" && controlHeld() {
		p.addRow()
		return
	}
	if p.least && !p.inForm() {
		p.toLeast(r)
		return
	}
	p.page.next(r)
}

func controlHeld() bool {
	driver, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && driver.CurrentKeyModifiers()&fyne.KeyModifierControl != 0
}

// undo brings back the answer before of the field that has the keyboard; redo takes that back. When the answers of this sitting are used
// up, those that the operations hold follow.
func (p *Place) undo() {
	r := p.at()
	if r == nil || !p.editable() {
		return
	}
	r.in.commit()
	key, section, of := p.key(r.path), p.section, p.history
	if len(of.undo[key]) > 0 || of.read[key] {
		p.travel((*history).back)
		return
	}
	since, known := of.since[key]
	if !known {
		since = p.session.Stands(section, r.path)
		of.since[key] = since
	}
	session := p.session
	ui.Run(p.s.Loop, func(ctx context.Context) ([]domain.Answer, error) { return session.Before(ctx, section, r.path, since) }, func(before []domain.Answer, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		if of != p.history || of.read[key] || p.at() != r {
			return // somewhere else by now
		}
		of.older(key, before)
		p.travel((*history).back)
	})
}

func (p *Place) redo() { p.travel((*history).forth) }

func (p *Place) travel(way func(*history, fieldKey, domain.Answer) (domain.Answer, bool)) {
	if p.session == nil || !p.editable() || p.page == nil {
		return
	}
	r := p.at()
	if r == nil {
		return
	}
	r.in.commit()
	answer, ok := way(p.history, p.key(r.path), p.instance().Answer(r.path))
	if !ok {
		return
	}
	p.enter(r.path, answer)
	r.in.show(answer)
}

// mark turns "come back to this" on or off.
func (p *Place) mark(r *row) {
	if p.session.Closed() { // marks stand where more people read
		return
	}
	p.session.Mark(p.section, r.path, !p.session.Marked(p.section, r.path))
	r.sync()
	p.rail.tell(p, p.section)
	p.header.tell(p)
	p.saver.kick()
}

// showEmpty says that no interview is open.
func (p *Place) showEmpty() {
	p.content.Objects = []fyne.CanvasObject{ui.EmptyState("interview", p.t.T("interview.none.title"), p.t.T("interview.none.text"),
		ui.NewPrimary(p.t.T("interview.none.go"), func() { p.s.Go("caseload") }))}
	p.content.Refresh()
}

// build puts the parts of the place together, once for each interview.
func (p *Place) build() {
	if p.page != nil {
		return
	}
	p.header = newHeader(p)
	if gone := p.session.Unknown(); len(gone) > 0 {
		p.s.Notify(ui.Warning, p.t.T("interview.unknown_set", "Sets", strings.Join(gone, ", ")))
	}
	p.rail = newRail(p)
	p.rail.fill(p)
	p.header.tell(p)
	p.middle = ui.Stack("")
	p.middle.Layout = fillLayout{}
	p.header.frame = newFrame(p.header.object, p.rail.object, p.rail.picker, p.middle)
	p.put()
}

// put brings the sitting on screen.
func (p *Place) put() {
	p.content.Objects = []fyne.CanvasObject{p.header.frame}
	p.content.Refresh()
	p.pair.arrange()
}

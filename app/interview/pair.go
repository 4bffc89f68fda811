package interview

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// Two interviews of a family can stand beside each other, each a [Place] of its own: with its question, caret, page, undo and saving.
// In a window that is too narrow for two one of them is shown, and the key that goes over shows the other. Whatever only one person may
// see stands alone: the closed part, and the screen turned to the family (decision 0039).

// Pair is the place: one interview, or two of one family.
type Pair struct {
	s       *ui.Session
	panes   []*Place // from left to right; one or two
	active  *Place   // has the keyboard, or had it last
	aside   map[uuid.UUID]*sitting
	turned  bool // the screen is turned to the family
	content *fyne.Container
	layout  *pairLayout
	again   *ui.Debouncer // reads the other one again after a save
	stale   []*Place      // whose interview is to be read again
	cancel  []func()
}

var (
	_ ui.Place       = (*Pair)(nil)
	_ ui.Bookmarker  = (*Pair)(nil)
	_ ui.Shortcutter = (*Pair)(nil)
)

// New makes the place; it opens an interview in Enter.
func New(s *ui.Session) ui.Place {
	b := &Pair{s: s, content: ui.Stack("")}
	b.layout = &pairLayout{pair: b, line: canvas.NewRectangle(nil)}
	b.content.Layout = b.layout
	b.again = ui.NewDebouncer(s.Loop, autosave, b.rereadStale)
	b.active = newPlace(s, b)
	b.panes = []*Place{b.active}
	b.arrange()
	return b
}

// Title is the heading of the place.
func (b *Pair) Title() string { return b.s.Texts.T("interview.title") }

// Content is the page.
func (b *Pair) Content() fyne.CanvasObject { return b.content }

// other is the pane beside p; nil when there is none.
func (b *Pair) other(p *Place) *Place {
	for _, pane := range b.panes {
		if pane != p {
			return pane
		}
	}
	return nil
}

// showing finds the pane that an interview is open in.
func (b *Pair) showing(id uuid.UUID) *Place {
	for _, pane := range b.panes {
		if pane.session != nil && pane.interviewID() == id && id != uuid.Nil {
			return pane
		}
	}
	return nil
}

// besideMark says in a bookmark what stands beside.
type besideMark struct {
	interview uuid.UUID
	at        workspace.Place
	caret     caret
	left      bool
}

// Bookmark names the interview with the keyboard, its question and caret, and then the same of the one beside it.
func (b *Pair) Bookmark() []any {
	mark := b.active.Bookmark()
	if other := b.other(b.active); other != nil && other.session != nil && mark != nil {
		mark = append(mark, besideMark{other.interviewID(), other.here(), other.caret(), b.panes[0] == other})
	}
	return mark
}

// Enter opens an interview where the keyboard is, or goes on with those that are open. For the arguments see [Place.Enter].
func (b *Pair) Enter(args ...any) {
	id, _, _ := arguments(args)
	pane := b.active
	if shown := b.showing(id); shown != nil {
		pane = shown
	}
	for _, arg := range args {
		if mark, ok := arg.(besideMark); ok && len(b.panes) == 1 {
			b.add(mark.left).Enter(mark.interview, mark.at, mark.caret)
		}
	}
	if other := b.other(pane); other != nil && other.session != nil && len(other.cancel) == 0 {
		other.Enter()
	}
	b.active = pane
	pane.Enter(args...) // last, so that it gets the keyboard
	if other := b.other(pane); other != nil && (other.session == nil || pane.session == nil || other.session.Case() != pane.session.Case()) {
		b.drop(other) // of another family
	}
	b.takeKeys()
	b.measure()
	b.arrange()
}

// Leave takes what is typed in both and stores it before it returns.
func (b *Pair) Leave() {
	for _, cancel := range b.cancel {
		cancel()
	}
	b.cancel = nil
	b.again.Stop()
	for _, pane := range b.panes {
		pane.Leave()
	}
}

// add makes a second pane, at the right unless left is said.
func (b *Pair) add(left bool) *Place {
	pane := newPlace(b.s, b)
	if left {
		b.panes = slices.Insert(b.panes, 0, pane)
	} else {
		b.panes = append(b.panes, pane)
	}
	return pane
}

// drop takes a pane away; what stood in it was stored.
func (b *Pair) drop(pane *Place) {
	pane.Leave()
	b.panes = slices.DeleteFunc(b.panes, func(p *Place) bool { return p == pane })
	if b.active == pane {
		b.active = b.panes[0]
	}
	b.arrange()
}

// openNext opens the next of the family beside: the next whose interview has begun, and while there is none the next of all, whose
// interview begins. With two on screen the one without the keyboard goes on.
func (b *Pair) openNext() {
	pane := b.now()
	members := pane.members()
	if len(members) < 2 {
		return
	}
	from := pane
	if other := b.other(pane); other != nil {
		from = other
	}
	at := slices.IndexFunc(members, func(m workspace.Member) bool { return m.Interview == from.interviewID() })
	var first *workspace.Member
	for i := range members {
		m := &members[(at+1+i)%len(members)]
		switch {
		case b.showing(m.Interview) != nil:
		case m.Interview != uuid.Nil:
			b.openBeside(pane, *m)
			return
		case first == nil:
			first = m
		}
	}
	if first != nil && len(b.panes) == 1 {
		b.openBeside(pane, *first)
	}
}

// openBeside opens somebody of the family beside a pane, in place of who stood there, and gives it the keyboard.
func (b *Pair) openBeside(pane *Place, m workspace.Member) {
	if shown := b.showing(m.Interview); shown != nil {
		b.goTo(shown)
		return
	}
	pane.closeClosed()
	b.rest(pane)
	id, err := pane.begun(m)
	if err != nil {
		b.s.Fault(err)
		return
	}
	beside := b.other(pane)
	if beside == nil {
		beside = b.add(false)
	} else {
		beside.Leave()
	}
	b.active = beside
	beside.Enter(id)
	b.measure()
	b.arrange()
}

// rest notes where the keyboard is in a pane and takes it away, which takes what is typed; then it is stored.
func (b *Pair) rest(pane *Place) {
	if pane.session == nil {
		return
	}
	if pane.current() != nil {
		pane.last = pane.currentKey()
	}
	b.s.Window.Canvas().Unfocus()
	pane.store()
}

// goOver gives the keyboard to the other one. The closed part is left before.
func (b *Pair) goOver() {
	pane := b.now()
	if other := b.other(pane); other != nil {
		pane.closeClosed()
		b.goTo(other)
	}
}

// goTo gives the keyboard to a pane, at the question where it was.
func (b *Pair) goTo(pane *Place) {
	if before := b.active; before != pane {
		b.rest(before)
	}
	b.active = pane
	b.measure()
	b.arrange()
	switch {
	case pane.page == nil || pane.view != viewQuestions:
	case pane.at() != nil:
		pane.page.focus(pane.at())
	case len(pane.page.order) > 0:
		pane.page.focus(pane.page.order[0])
	}
}

// shut takes a pane away and keeps its interview as it is for when it is opened again.
func (b *Pair) shut(pane *Place) {
	other := b.other(pane)
	if other == nil {
		return
	}
	pane.closeClosed()
	b.rest(pane)
	pane.putAside()
	b.drop(pane)
	b.active = other
	b.goTo(other)
}

// holds notes that the keyboard is in a pane.
func (b *Pair) holds(pane *Place) {
	if b.active != pane {
		b.active = pane
		b.measure()
		b.layout.mark()
	}
}

// measure lets the clock of the parts run where somebody works, and nowhere else.
func (b *Pair) measure() {
	for _, pane := range b.panes {
		switch {
		case pane.session == nil:
		case pane == b.active:
			pane.goOnMeasuring()
		default:
			pane.stopMeasuring()
		}
	}
}

// now finds the pane that the keyboard is in, by where on the window it is; when it is elsewhere, the one it was in last.
func (b *Pair) now() *Place {
	if alone := b.alone(); alone != nil || len(b.panes) == 1 {
		if alone != nil {
			b.active = alone
		}
		return b.active
	}
	focused, ok := b.s.Window.Canvas().Focused().(fyne.CanvasObject)
	if !ok {
		return b.active
	}
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(focused)
	for _, pane := range b.panes {
		corner, size := driver.AbsolutePositionForObject(pane.content), pane.content.Size()
		if pane.content.Visible() && at.X >= corner.X && at.X < corner.X+size.Width && at.Y >= corner.Y && at.Y < corner.Y+size.Height {
			b.holds(pane)
		}
	}
	return b.active
}

// alone is the pane that nothing may stand beside: with the closed part or a special form in it, or turned to the family. Nil when
// there is none.
func (b *Pair) alone() *Place {
	for _, pane := range b.panes {
		if pane.outside != nil || pane.session != nil && pane.session.Special() {
			return pane
		}
	}
	if b.turned {
		return b.active
	}
	return nil
}

// onlyHere leaves the closed part of the other pane: one person at a time.
func (b *Pair) onlyHere(pane *Place) {
	if other := b.other(pane); other != nil {
		other.closeClosed()
	}
	b.active = pane
}

// turn tells that a pane's screen is turned to the family, or turned back.
func (b *Pair) turn(pane *Place, on bool) {
	if on {
		b.onlyHere(pane)
	}
	b.turned = on
	b.arrange()
}

// arrange shows the panes that may be seen.
func (b *Pair) arrange() {
	b.content.Objects = b.content.Objects[:0]
	for _, pane := range b.panes {
		b.content.Objects = append(b.content.Objects, pane.content)
	}
	b.content.Objects = append(b.content.Objects, b.layout.line)
	b.layout.tell()
	b.content.Refresh()
	b.layout.mark()
}

// saved has the other one read again soon: what stands in one may stand in both.
func (b *Pair) saved(pane *Place) {
	other := b.other(pane)
	if other == nil || other.session == nil || len(b.cancel) == 0 {
		return
	}
	if !slices.Contains(b.stale, other) {
		b.stale = append(b.stale, other)
	}
	b.again.Touch()
}

func (b *Pair) rereadStale() {
	stale := b.stale
	b.stale = nil
	for _, pane := range stale {
		if slices.Contains(b.panes, pane) && pane.session != nil {
			pane.renew()
		}
	}
}

// takeKeys puts the keys of the window in force that are no shortcuts of the place: they go to the pane with the keyboard.
func (b *Pair) takeKeys() {
	if len(b.cancel) > 0 {
		return
	}
	c := b.s.Window.Canvas()
	ask := func(p *Place) {
		if r := p.current(); r != nil {
			p.askMissing(r)
		}
	}
	alt := fyne.KeyModifierAlt | fyne.KeyModifierShift
	for _, key := range []struct {
		shortcut fyne.Shortcut
		do       func(*Place)
	}{
		{&fyne.ShortcutUndo{}, (*Place).undo},
		{&fyne.ShortcutRedo{}, (*Place).redo}, // the toolkit makes its own of Ctrl+Z and Ctrl+Y
		{&desktop.CustomShortcut{KeyName: fyne.KeySlash, Modifier: alt}, ask},
		{&desktop.CustomShortcut{KeyName: fyne.KeyMinus, Modifier: alt}, ask}, // the question mark of a Norwegian keyboard
	} {
		c.AddShortcut(key.shortcut, func(fyne.Shortcut) {
			if pane := b.now(); len(c.Overlays().List()) == 0 && pane.session != nil {
				key.do(pane)
			}
		})
		b.cancel = append(b.cancel, func() { c.RemoveShortcut(key.shortcut) })
	}
	window := c.OnTypedKey()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch alone := b.alone(); {
		case e.Name == fyne.KeyEscape && alone != nil && alone.outside != nil && len(c.Overlays().List()) == 0:
			alone.escape()
		case window != nil:
			window(e)
		}
	})
	b.cancel = append(b.cancel, func() { c.SetOnTypedKey(window) })
	if keys, ok := c.(desktop.Canvas); ok {
		// Tab that goes to chips is seen by nobody but the canvas; text fields tell by themselves.
		keys.SetOnKeyUp(func(e *fyne.KeyEvent) {
			if e.Name == fyne.KeyTab {
				b.now().follow()
			}
		})
		b.cancel = append(b.cancel, func() { keys.SetOnKeyUp(nil) })
	}
}

// Shortcuts are the place's keys: those of an interview, which act where the keyboard is, and those between two.
func (b *Pair) Shortcuts() []ui.Shortcut {
	t, alt := b.s.Texts, fyne.KeyModifierAlt
	keys := b.active.Shortcuts()
	for i := range keys {
		if keys[i].Do != nil {
			keys[i].Do = func() { b.now().Shortcuts()[i].Do() }
		}
	}
	open := func(do func()) func() {
		return func() {
			if b.active.session != nil {
				do()
			}
		}
	}
	return append(keys,
		ui.Shortcut{Key: fyne.KeyS, Modifier: alt, Text: t.T("interview.keys.beside"), Do: open(b.openNext)},
		ui.Shortcut{Key: fyne.KeyO, Modifier: alt, Text: t.T("interview.keys.over"), Do: open(b.goOver)},
		ui.Shortcut{Key: fyne.KeyW, Modifier: alt, Text: t.T("interview.keys.shut"), Do: open(func() { b.shut(b.now()) })},
	)
}

// Package shell is the program's window: it unlocks, frames the places a role has, covers and locks.
//
// Start with [New] and [Shell.Start]. The shell owns the unlock period: it opens a workspace through the unlock page,
// builds the places from a list of [Entry], and at lock closes the workspace, drops every place and widget, and goes back
// to the unlock page. What it keeps over a lock are identifiers only: folder, user slot, place and its arguments.
package shell

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/unlock"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/pin"
	"feltbok/internal/secret"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// tickTime is how often the shell looks at the clocks.
const tickTime = 2 * time.Second

// Options is what the shell needs. Only Window and Entries are required.
type Options struct {
	Window  fyne.Window
	Entries []Entry
	// Dir is the workspace's folder; empty shows how to get one.
	Dir string
	// Start is the place to open first; empty is the first of the role.
	Start string
	// Look is the appearance at start; zero values are bokmål, light, 100 %.
	Look ui.Look
	// OnLook is told each change of appearance, to remember it.
	OnLook func(ui.Look)
	// OnQuit is called after the workspace was locked because the window closes.
	OnQuit func()
	// NewLoop makes the loop of an unlock period, and one for the shell; nil is ui.NewLoop.
	NewLoop func() ui.Loop
	// Now looks at both clocks; nil is the machine's.
	Now func() Instant
	// Watch tells when the machine goes to sleep or its screen is locked; nil listens to the machine.
	Watch Watch
	// Peek and Unlock are the doors of package workspace; nil are the real ones.
	Peek   func(dir string) (workspace.Info, error)
	Unlock func(ctx context.Context, dir, slot string, passphrase []byte, o workspace.Options) (*workspace.Workspace, error)
}

// Shell is the program's window. Use on the UI goroutine only.
type Shell struct {
	o     Options
	texts *i18n.Texts
	look  ui.Look
	guard *Guard
	loop  ui.Loop // of the shell, lives as long as the window

	root    *fyne.Container // body, cover and messages over each other
	body    *fyne.Container
	toaster *ui.Toaster
	gate    *unlock.Place // nil while unlocked
	cover   *coverPage

	period  *period // nil while locked
	resume  bookmark
	note    string // for the next unlock page
	touched int64
	shown   []ui.Shortcut // of the place on screen
	unwatch func()        // ends listening to the machine

	handlers map[string]func() // by the shortcut's name
}

// period is one unlock period. Dropping it drops everything that was read from the workspace.
type period struct {
	ws      *workspace.Workspace
	dir     string
	slot    string
	code    *pin.Pin
	loop    ui.Loop
	session *ui.Session
	entries []Entry
	places  map[string]ui.Place
	current string
	frame   *frame
	tries   int    // failed ones since the user was here last
	cancel  func() // ends the subscription
}

// bookmark is where to go on after lock. It holds identifiers only.
type bookmark struct {
	dir, slot, place string
	args             []any
}

// New makes the shell. Call Start next.
func New(o Options) *Shell {
	if o.NewLoop == nil {
		o.NewLoop = ui.NewLoop
	}
	if o.Now == nil {
		o.Now = machineClocks()
	}
	s := &Shell{o: o, guard: NewGuard(), loop: o.NewLoop(), look: completed(o.Look), handlers: map[string]func(){}}
	s.resume = bookmark{dir: o.Dir, place: o.Start}
	return s
}

func machineClocks() func() Instant {
	start := time.Now()
	return func() Instant {
		now := time.Now()
		return Instant{Wall: now.Round(0), Monotonic: now.Sub(start)}
	}
}

func completed(look ui.Look) ui.Look {
	if look.Lang == "" {
		look.Lang = i18n.Languages[0]
	}
	if look.Variant == "" {
		look.Variant = theme.Light
	}
	if look.Percent == 0 {
		look.Percent = theme.DefaultScale
	}
	if look.Touch == "" {
		look.Touch = ui.NotTouched
	}
	return look
}

// Start fills the window with the unlock page and begins watching the clocks.
func (s *Shell) Start() {
	s.texts = i18n.For(s.look.Lang)
	theme.Apply(s.look.Theme())
	s.body = container.NewStack()
	s.cover = newCoverPage(s)
	s.toaster = ui.NewToaster(s.loop, s.texts.T("ui.close"))
	s.root = container.NewStack(s.body, s.toaster, s.cover.page)
	s.o.Window.SetPadded(false)
	s.o.Window.SetContent(s.root)
	s.o.Window.SetCloseIntercept(func() {
		s.Lock(ByClosing)
		s.unwatch()
		s.loop.Close()
		if s.o.OnQuit != nil {
			s.o.OnQuit()
		}
	})
	s.registerKeys()
	s.showGate("")
	s.loop.After(tickTime, s.tick)
	s.watch()
}

// State tells whether places, the cover or the unlock page are shown.
func (s *Shell) State() State { return s.guard.State() }

// Current returns the identifier of the place on screen, "" while locked.
func (s *Shell) Current() string {
	if s.period == nil {
		return ""
	}
	return s.period.current
}

func (s *Shell) now() time.Time { return s.o.Now().Wall }

// tick looks whether anybody is there and what the clocks say.
func (s *Shell) tick() {
	now := s.o.Now()
	if touches := ui.Touches(); touches != s.touched {
		s.touched = touches
		s.guard.Active(now)
	}
	before := s.guard.State()
	state, cause := s.guard.Tick(now)
	if state != before {
		switch state {
		case Covered:
			s.drawCover()
		case Locked:
			s.drop(cause)
		}
	}
	s.loop.After(tickTime, s.tick)
}

// showGate shows the unlock page.
func (s *Shell) showGate(cause Cause) {
	note := ""
	switch cause {
	case ByIdle, ByPIN, ByClock, BySystem:
		note = s.texts.T("shell.locked." + string(cause))
	}
	if s.note != "" {
		note, s.note = s.note, ""
	}
	s.gate = unlock.New(unlock.Options{
		Texts: s.texts, Loop: s.loop, Window: s.o.Window, Dir: s.resume.dir, Slot: s.resume.slot, Note: note, Look: s.look, Choose: s.Choose,
		OnOpen: s.opened, Peek: s.o.Peek, Unlock: s.o.Unlock,
	})
	s.o.Window.SetTitle("Feltbok")
	s.setBody(s.gate.Content())
	s.gate.Enter()
}

func (s *Shell) setBody(content fyne.CanvasObject) {
	s.body.Objects = []fyne.CanvasObject{content}
	s.body.Refresh()
}

// opened begins an unlock period.
func (s *Shell) opened(ws *workspace.Workspace, dir, slot string, code *pin.Pin) {
	s.gate.Leave()
	s.gate = nil
	s.o.Window.Canvas().Unfocus() // else the field of the passphrase, which is gone, would go on taking what is typed
	if s.resume.dir != dir || s.resume.slot != "" && s.resume.slot != slot {
		s.resume = bookmark{place: s.o.Start}
	}
	s.resume.dir, s.resume.slot = dir, slot
	s.period = &period{ws: ws, dir: dir, slot: slot, code: code}
	s.guard.Unlocked(s.o.Now(), limitsOf(ws.Policy()), code != nil)
	s.period.tries = ws.FailedTries()
	s.furnish()
	if ws.ReadOnly() { // nothing is written then
		return
	}
	s.takeHeld()
	s.keepLog(s.period)
}

// addNotices says above every place what the user must know of this unlock period.
func (s *Shell) addNotices() {
	p := s.period
	if p.ws.ReadOnly() {
		p.frame.notice(ui.Warning, s.texts.T("unlock.read_only"), false)
	}
	if p.tries > 0 {
		p.frame.notice(ui.Warning, s.texts.N("unlock.failed_tries", p.tries), true)
	}
}

// takeHeld takes in the parts of earlier files that waited for the ring of this user (security.md 6.5).
func (s *Shell) takeHeld() {
	session := s.period.session
	session.Loop.Go(func(ctx context.Context) (any, error) { return exchange.ImportHeld(ctx, session.WS) }, func(_ any, err error) { session.Fault(err) })
}

// logTime is how often gathered events are looked after, so that none waits longer than a minute (security.md 5.4).
const logTime = 30 * time.Second

// keepLog writes down what the audit log gathered, for as long as the period lasts.
func (s *Shell) keepLog(p *period) {
	s.loop.After(logTime, func() {
		if s.period != p {
			return
		}
		session := p.session
		session.Loop.Go(func(ctx context.Context) (any, error) { return nil, session.WS.FlushAudit(ctx, false) }, func(_ any, err error) { session.Fault(err) })
		s.keepLog(p)
	})
}

// furnish makes session, frame and first place of the period, at its beginning and after a change of language.
func (s *Shell) furnish() {
	p := s.period
	me := p.ws.Me()
	ui.UseLists(p.ws.Lists)
	p.loop = s.o.NewLoop()
	p.entries = entriesFor(s.o.Entries, me.Role)
	p.places = map[string]ui.Place{}
	p.current = ""
	p.session = &ui.Session{
		WS: p.ws, Dir: p.dir, Texts: s.texts, Loop: p.loop, Window: s.o.Window, Go: s.Go, Notify: s.toaster.Say,
		Fault: func(err error) {
			if err != nil {
				s.toaster.Say(ui.Error, s.texts.Sentence(err))
			}
		},
		Now: s.now, Choose: s.Choose, Cover: s.Cover, Lock: s.lockWith,
	}
	p.frame = newFrame(s.texts, p.loop, s.now, railEntries(p.entries), s.facts(me), func(id string) { s.Go(id) }, s.Cover, s.Help)
	s.addNotices()
	p.session.Saved = p.frame.setSaved
	p.session.Unsent = p.frame.setUnsent
	loop, frame := p.loop, p.frame
	p.cancel = p.ws.Subscribe(func(c workspace.Change) {
		ui.NoteActivity()
		if !c.Import {
			loop.Post(func() { frame.setSaved(ui.SavedState{Stage: ui.SavedAt, At: s.now()}) })
		}
	})
	title := s.texts.T("shell.window")
	if me.Training {
		title = s.texts.T("shell.window_training")
	}
	s.o.Window.SetTitle(title)
	s.setBody(p.frame)
	first, args := s.resume.place, s.resume.args
	if s.entry(first) == nil {
		first, args = "", nil
		if rail := railEntries(p.entries); len(rail) > 0 {
			first = rail[0].ID
		}
	}
	if first == "" {
		p.frame.put("", ui.EmptyState("lock", s.texts.T("shell.no_places"), s.texts.T("shell.no_places_text"), nil))
		return
	}
	s.Go(first, args...)
}

// facts is what the frame says: aliases and the mission's own name.
func (s *Shell) facts(me workspace.Me) frameFacts {
	facts := frameFacts{training: me.Training, user: me.Alias, device: me.DeviceAlias}
	missions, err := s.period.ws.Missions(context.Background())
	if err != nil {
		return facts
	}
	for _, m := range missions {
		if m.ID() == me.Mission || len(missions) == 1 {
			facts.mission = m.Text("name")
		}
	}
	if me.HQ {
		facts.mission = s.texts.T("shell.headquarters")
	}
	return facts
}

func (s *Shell) entry(id string) *Entry {
	for i := range s.period.entries {
		if s.period.entries[i].ID == id {
			return &s.period.entries[i]
		}
	}
	return nil
}

// Go opens a place by its identifier.
func (s *Shell) Go(id string, args ...any) {
	p := s.period
	if p == nil {
		return
	}
	entry := s.entry(id)
	if entry == nil {
		s.toaster.Say(ui.Warning, s.texts.T("shell.not_for_you"))
		return
	}
	s.leave()
	place := p.places[id]
	if place == nil {
		place = entry.Build(p.session)
		p.places[id] = place
	}
	p.current = id
	p.frame.put(place.Title(), place.Content())
	p.frame.rail.show(id)
	s.showKeys(place)
	place.Enter(args...)
	if s.period == p && p.current == id { // Enter may have gone elsewhere, or changed its title
		p.frame.title.SetText(place.Title())
	}
}

// leave lets the place on screen commit what is typed.
func (s *Shell) leave() {
	p := s.period
	if p == nil || p.current == "" {
		return
	}
	s.o.Window.Canvas().Unfocus() // fields commit when they lose the keyboard
	if place := p.places[p.current]; place != nil {
		place.Leave()
	}
}

// remember keeps where the user is.
func (s *Shell) remember() {
	p := s.period
	s.resume = bookmark{dir: p.dir, slot: p.slot, place: p.current}
	if b, ok := p.places[p.current].(ui.Bookmarker); ok {
		s.resume.args = b.Bookmark()
	}
}

// Choose changes the appearance. Variant and size take effect where everything stands; another language builds the
// places anew.
func (s *Shell) Choose(look ui.Look) {
	before := s.look
	if look.Lang != "" {
		s.look.Lang = look.Lang
	}
	if look.Variant != "" {
		s.look.Variant = look.Variant
	}
	if look.Percent != 0 {
		s.look.Percent = min(max(look.Percent, theme.MinScale), theme.MaxScale)
	}
	if look.Touch != "" {
		s.look.Touch = look.Touch
	}
	if s.look == before {
		return
	}
	if s.look.Variant != before.Variant || s.look.Percent != before.Percent || s.look.Touch != before.Touch {
		theme.Apply(s.look.Theme())
	}
	s.texts = i18n.For(s.look.Lang)
	if s.o.OnLook != nil {
		s.o.OnLook(s.look)
	}
	switch {
	case s.gate != nil:
		s.gate.Leave()
		s.showGate("")
	case s.period != nil && s.look.Lang != before.Lang:
		s.leave()
		s.remember()
		s.period.cancel()
		s.period.loop.Close()
		s.cover.retext()
		old := s.period.frame
		s.furnish()
		s.period.frame.setSaved(old.saved.State())
		s.period.frame.setUnsent(old.waiting)
	}
}

// Lock ends the unlock period now. It has ended when Lock returns.
func (s *Shell) Lock(cause Cause) {
	s.guard.Lock()
	ui.ClearSecrets() // also what is typed on the unlock page
	s.drop(cause)
}

// blankTime is what the window needs to draw nothing: two pictures.
const blankTime = 40 * time.Millisecond

// Panic shows an empty window at once and locks as soon as it is drawn, for locking takes time and somebody stands behind
// the chair (security.md 4.6).
func (s *Shell) Panic() {
	s.guard.Lock()
	ui.ClearSecrets()
	if s.period == nil {
		return
	}
	s.blank()
	s.loop.After(blankTime, func() { s.Lock(ByUser) })
}

// blank takes everything off the screen.
func (s *Shell) blank() {
	s.clearOverlays()
	s.root.Hide()
}

// lockWith ends the unlock period with a note for the unlock page: after a travel lock or a wipe, which closed the
// workspace themselves.
func (s *Shell) lockWith(note string) {
	s.note = note
	s.Lock(ByUser)
}

// drop closes the workspace and forgets everything read from it. What was typed is committed first.
func (s *Shell) drop(cause Cause) {
	p := s.period
	if p == nil {
		return
	}
	s.blank()
	s.leave()
	s.remember()
	s.hideKeys()
	s.cover.hide()
	s.toaster.Clear()
	p.cancel()
	p.loop.Close()
	ui.UseLists(nil)
	err := p.ws.Close()
	if p.code != nil {
		p.code.Wipe()
	}
	s.body.Objects = nil
	s.period = nil
	*p = period{}
	theme.Apply(s.look.Theme()) // empties the toolkit's caches of measured and drawn words
	s.root.Show()               // before the keyboard goes to the unlock page: a hidden field does not take it
	if cause != ByClosing {
		s.showGate(cause)
	}
	if err != nil && fault.Code(err) != "V-LOCKED" { // a travel lock or a wipe locked before
		s.toaster.Say(ui.Error, s.texts.Sentence(err))
	}
	secret.Sweep()
	if cause != ByClosing {
		s.sweepAgain()
	}
}

func (s *Shell) clearOverlays() {
	overlays := s.o.Window.Canvas().Overlays()
	if list := overlays.List(); len(list) > 0 {
		overlays.Remove(list[0]) // and all above it
	}
}

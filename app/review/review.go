// Package review is the place of the evening review: what is missing about each family, which warnings wait for an answer, what is
// said about it, and how far each interview has come from the interviewer to the lead (domain.md 4 step 4, 5, 7.6). It also holds the
// advice to UDI (domain.md 7.21).
//
// The list never counts or hints at health and sensitive matters; the page of a family shows them when the user asks for it
// (security.md 2.2). The model knows no widgets; rules and steps are those of the workspace.
package review

import (
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// quiet is how long the page waits after a change elsewhere before it reads again; undoTime is how long a step can be taken back from
// the page.
const (
	quiet    = 400 * time.Millisecond
	undoTime = 12 * time.Second
)

type place struct {
	s        *ui.Session
	families []family
	loaded   bool
	all      bool // families that wait for nobody too

	id      uuid.UUID // the family chosen
	detail  *detail
	special bool // health and sensitive matters are shown: only at the user's own asking
	sealed  bool // the way to sealed entries is shown, at the user's own asking

	split  *ui.SplitLayout
	list   *fyne.Container
	page   *fyne.Container
	scroll *container.Scroll
	filter *ui.Chips
	cards  map[uuid.UUID]*ui.TapCard
	// anchors are the widgets of the page that take the keyboard, by what they stand for: drawing anew must not lose it.
	anchors map[string]fyne.Focusable
	undone  *ui.Panel
	undo    func()
	stop    func()
	working bool // a step is under way: pressing again does nothing

	onScreen, stale bool
	again           *ui.Debouncer
	cancel, reading func()
}

// New makes the place. Enter may take a case's identifier.
func New(s *ui.Session) ui.Place {
	p := &place{s: s, stale: true, anchors: map[string]fyne.Focusable{}, cards: map[uuid.UUID]*ui.TapCard{}}
	t := s.Texts
	p.list, p.page = ui.Stack(theme.SizeGap), ui.Stack(theme.SizeGapWide)
	p.filter = ui.NewChips([]ui.Choice{{Code: "open", Label: t.T("review.filter.open")}, {Code: "all", Label: t.T("review.filter.all")}}, false)
	p.filter.Put("open")
	p.filter.OnChosen = func(codes []string) {
		p.all = slices.Contains(codes, "all")
		p.filter.Put(map[bool]string{true: "all", false: "open"}[p.all])
		p.drawList()
	}
	p.undone = ui.NewPanel("", ui.Row(""))
	p.undone.Hide()
	p.scroll = container.NewVScroll(ui.Inset(theme.SizeGapWide, ui.Narrowed(860, p.page)))
	left := container.NewBorder(ui.Inset(theme.SizeGapWide, p.filter), nil, nil, nil, container.NewVScroll(ui.Inset(theme.SizeGapWide, p.list)))
	p.split = ui.NewSplit(left, container.NewBorder(nil, p.undone, nil, nil, p.scroll))
	p.split.OnNarrow = func(bool) { p.drawPage() }
	p.again = ui.NewDebouncer(s.Loop, quiet, p.load)
	s.WS.Subscribe(func(workspace.Change) { s.Loop.Post(p.changed) })
	p.drawList()
	p.drawPage()
	return p
}

// Title is the heading of the page; names stand on the page only.
func (p *place) Title() string { return p.s.Texts.T("review.title") }

// Content is the page.
func (p *place) Content() fyne.CanvasObject { return p.split }

// Enter reads the families, and opens one when it is named.
func (p *place) Enter(args ...any) {
	p.onScreen = true
	p.takeKeys()
	for _, arg := range args {
		if id, ok := arg.(uuid.UUID); ok && id != uuid.Nil {
			p.choose(id)
		}
	}
	if p.stale || len(args) > 0 {
		p.load()
	}
}

// Leave drops what was shown on request.
func (p *place) Leave() {
	p.onScreen = false
	p.s.Window.Canvas().RemoveShortcut(&fyne.ShortcutUndo{})
	p.forget()
	p.again.Stop()
	if p.special || p.sealed {
		p.special, p.sealed, p.detail, p.stale = false, false, nil, true
		p.drawPage()
	}
}

// Bookmark finds the family again after lock.
func (p *place) Bookmark() []any {
	if p.id == uuid.Nil {
		return nil
	}
	return []any{p.id}
}

// Shortcuts are the place's own keys.
func (p *place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyDown, Modifier: fyne.KeyModifierAlt, Text: t.T("review.keys.next"), Do: func() { p.walk(1) }},
		{Key: fyne.KeyUp, Modifier: fyne.KeyModifierAlt, Text: t.T("review.keys.previous"), Do: func() { p.walk(-1) }},
		{Key: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt, Text: t.T("review.to_list"), Do: p.toList},
		{Key: fyne.KeyM, Modifier: fyne.KeyModifierControl, Text: t.T("review.comment.new"), Do: p.commentOnFamily},
		{Key: fyne.KeyZ, Modifier: fyne.KeyModifierControl, Text: t.T("review.keys.undo")}, // the toolkit makes its own of Ctrl+Z: see takeKeys
		{Key: fyne.KeyZ, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift, Text: t.T("review.keys.undo"), Do: p.takeBack},
	}
}

func (p *place) changed() {
	p.stale = true
	if p.onScreen {
		p.again.Touch()
	}
}

// load reads the list and the family on screen.
func (p *place) load() {
	p.stale = false
	if p.cancel != nil {
		p.cancel()
	}
	p.cancel = ui.Run(p.s.Loop, func(ctx context.Context) ([]family, error) { return families(ctx, p.s.WS) }, func(all []family, err error) {
		if p.failed(err) {
			return
		}
		p.families, p.loaded = all, true
		p.drawList()
	})
	p.read()
}

// read reads the family on screen.
func (p *place) read() {
	if p.id == uuid.Nil {
		p.drawPage()
		return
	}
	if p.reading != nil {
		p.reading()
	}
	id, special := p.id, p.special
	p.reading = ui.Run(p.s.Loop, func(ctx context.Context) (*detail, error) { return readDetail(ctx, p.s.WS, id, special) }, func(d *detail, err error) {
		if p.failed(err) || id != p.id {
			return
		}
		p.detail = d
		p.drawPage()
	})
}

func (p *place) failed(err error) bool {
	if err != nil && !errors.Is(err, context.Canceled) {
		p.stale = true
		p.s.Fault(err)
	}
	return err != nil
}

// choose opens a family.
func (p *place) choose(id uuid.UUID) {
	if id != p.id {
		p.id, p.detail, p.special, p.sealed = id, nil, false, false
		p.forget()
		p.scroll.ScrollToTop()
	}
	p.split.ShowDetail()
	p.drawList()
	p.read()
}

func (p *place) toList() {
	p.split.ShowList()
	if card := p.cards[p.id]; card != nil {
		p.s.Window.Canvas().Focus(card)
	}
}

// walk goes to the family before or after the one on screen.
func (p *place) walk(by int) {
	shown := p.shown()
	at := slices.IndexFunc(shown, func(f family) bool { return f.ID == p.id }) + by
	if by < 0 && p.id == uuid.Nil {
		at = len(shown) - 1
	}
	if at >= 0 && at < len(shown) {
		p.choose(shown[at].ID)
	}
}

// shown lists the families that the filter lets through; the one on screen stays.
func (p *place) shown() []family {
	role := p.s.WS.Me().Role
	return slices.DeleteFunc(slices.Clone(p.families), func(f family) bool { return !p.all && !f.wants(role) && f.ID != p.id })
}

// act does one thing off the UI goroutine, once, and reads again. done, which may be nil, is called when it worked.
func (p *place) act(do func(ctx context.Context) error, done func()) {
	if p.working {
		return
	}
	p.working = true
	p.s.Saved(ui.SavedState{Stage: ui.Saving})
	ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(context.WithoutCancel(ctx)) }, func(_ struct{}, err error) {
		p.working = false
		if err != nil {
			p.s.Saved(ui.SavedState{Stage: ui.NotSaved})
			p.s.Fault(err)
			return
		}
		p.s.Saved(ui.SavedState{Stage: ui.SavedAt, At: p.s.Now()})
		if done != nil {
			done()
		}
		p.load()
	})
}

// offer says what was done, with a button that takes it back for a while.
func (p *place) offer(words string, undo func()) {
	p.forget()
	t := p.s.Texts
	p.undo = undo
	p.undone.Content = ui.Inset(theme.SizeGap, ui.Banner(ui.Info, words, ui.NewButton(t.T("review.undo"), p.takeBack), ui.NewIconButton("close", t.T("ui.close"), p.forget)))
	p.undone.Show()
	p.undone.Refresh()
	p.split.Refresh()
	p.stop = p.s.Loop.After(undoTime, p.forget)
}

func (p *place) forget() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	p.undo = nil
	p.undone.Hide()
	p.split.Refresh()
}

// take takes an interview a step, with what the step asks for first.
func (p *place) take(interview *workspace.Record, s step) {
	t := p.s.Texts
	id, from, role := interview.ID(), workspace.InterviewStatus(interview), p.s.WS.Me().Role
	do := func(reason string) {
		p.act(func(ctx context.Context) error {
			_, err := p.s.WS.StepInterview(ctx, id, s.to, reason)
			return err
		}, func() {
			words := t.T("review.stepped", "Status", p.label("interview_status", string(s.to)))
			if undoable(from, s.to) {
				p.offerBack(words, id)
			} else if to, ok := back(from, s.to, role); ok && !s.reason {
				p.offer(words, func() {
					p.act(func(ctx context.Context) error {
						_, err := p.s.WS.StepInterview(ctx, id, to, "")
						return err
					}, nil)
				})
			}
		})
	}
	if !s.reason && !s.asks {
		do("")
		return
	}
	q := ui.Question{Title: t.T(s.key), Text: t.T(s.key+".text") + "\n" + p.sayUndo(undoable(from, s.to)), Yes: t.T(s.key), OnYes: do}
	if s.reason {
		q.Reason = ui.ReasonRequired
	}
	ui.Confirm(p.s.Window, t, q)
}

// ask takes a few words in a box.
func (p *place) ask(title, text string, then func(words string)) {
	t := p.s.Texts
	var box *ui.Dialog
	words := ui.NewTextArea(text, 4)
	store := ui.NewPrimary(t.T("review.comment.save"), func() {
		said := domain.NormaliseText(words.Text)
		if said == "" {
			p.s.Window.Canvas().Focus(words)
			return
		}
		box.Close()
		then(said)
	})
	cancel := ui.NewButton(t.T("ui.cancel"), func() { box.Close() })
	words.OnDone = func() { store.OnTapped() }
	words.OnEscape, store.OnEscape, cancel.OnEscape = func() { box.Close() }, func() { box.Close() }, func() { box.Close() }
	box = ui.ShowDialog(p.s.Window, title, 560, ui.Stack(theme.SizeGapWide, words, ui.Row(theme.SizeGap, ui.Spacer(), cancel, store)), words, nil)
}

// comment says something about a record of the family, or one of its fields.
func (p *place) comment(kind domain.Type, object uuid.UUID, field string) {
	t, id := p.s.Texts, p.id
	p.ask(t.T("review.comment.new"), t.T("review.comment.hint"), func(words string) {
		p.act(func(ctx context.Context) error {
			_, err := p.s.WS.Remark(ctx, id, kind, object, field, words)
			return err
		}, nil)
	})
}

func (p *place) commentOnFamily() {
	if p.id != uuid.Nil && p.may("remark") {
		p.comment("case", p.id, "")
	}
}

// may tells whether this user may make objects of a type.
func (p *place) may(kind domain.Type) bool { return p.s.WS.Me().Role.MayCreate(kind) }

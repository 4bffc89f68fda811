package review

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/sync/exchange"
)

// What somebody did in the review can be taken back: from the line below the page for a while, and by a button where it was done or by
// Ctrl+Z for as long as it is in no file for others (decision 0039). What cannot be taken back says so before it is done.

// takeKeys puts Ctrl+Z in force, which the toolkit makes its own shortcut of.
func (p *place) takeKeys() {
	c := p.s.Window.Canvas()
	c.AddShortcut(&fyne.ShortcutUndo{}, func(fyne.Shortcut) {
		if len(c.Overlays().List()) == 0 {
			p.takeBack()
		}
	})
}

// sayUndo says before an act whether it can be undone.
func (p *place) sayUndo(can bool) string {
	if can {
		return p.s.Texts.T("review.undo.until")
	}
	return p.s.Texts.T("review.undo.never")
}

// takeBack takes back what the line below the page tells of, or asks whether to take back what was done last about the family.
func (p *place) takeBack() {
	t := p.s.Texts
	switch {
	case p.undo != nil:
		undo := p.undo
		p.forget()
		undo()
	case p.detail == nil:
	case len(p.detail.acts) == 0:
		p.s.Notify(ui.Info, t.T("review.undo.nothing"))
	default:
		act := p.detail.acts[0]
		ui.Confirm(p.s.Window, t, ui.Question{
			Title: t.T("review.undo"), Text: t.T("review.undo.ask", "What", p.sayAct(act), "Time", act.At.Time().In(p.s.Now().Location()).Format("2.1.2006 15:04")), Yes: t.T("review.undo"),
			OnYes: func(string) { p.undoAct(act) },
		})
	}
}

// offerBack says what was done to a record, with a button that takes it back for a while.
func (p *place) offerBack(words string, object uuid.UUID) {
	id := p.id
	p.offer(words, func() {
		p.act(func(ctx context.Context) error {
			acts, err := exchange.Acts(ctx, p.s.WS, id)
			if err != nil {
				return err
			}
			at := slices.IndexFunc(acts, func(a exchange.Act) bool { return a.Object == object })
			if at < 0 {
				return exchange.ErrNotUndoable()
			}
			return exchange.TakeBack(ctx, p.s.WS, acts[at])
		}, nil)
	})
}

func (p *place) undoAct(act exchange.Act) {
	p.act(func(ctx context.Context) error { return exchange.TakeBack(ctx, p.s.WS, act) }, func() {
		p.s.Notify(ui.Success, p.s.Texts.T("review.undo.done", "What", p.sayAct(act)))
	})
}

// undoButton takes back what was done last to a record; nil when there is nothing to take back.
func (p *place) undoButton(id uuid.UUID) *ui.Button {
	act := p.detail.actOn(id)
	if act == nil {
		return nil
	}
	return p.quiet("undo:"+id.String(), "back", p.s.Texts.T("review.undo.what", "What", p.sayAct(*act)), func() { p.undoAct(*act) })
}

// sayAct says in a word or two what was done.
func (p *place) sayAct(act exchange.Act) string {
	t := p.s.Texts
	switch {
	case act.Returned:
		return t.T("review.undo.returned")
	case act.Type == "interview":
		return p.label("interview_status", act.Value)
	case act.Type == "case":
		return p.label("status", act.Value)
	case act.Field == "sent_at":
		return t.T("review.advice.stage." + string(domain.AdviceSent))
	default:
		return t.T("review.advice.stage." + string(domain.AdviceApproved))
	}
}

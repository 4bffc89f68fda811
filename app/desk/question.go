package desk

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// question asks for a decision of the inbox: what it leads to is on screen, with the grounds to choose from. It is taken back
// by going to another row or view.
type question struct {
	facts   []fyne.CanvasObject // what it leads to, before the grounds
	details []fyne.CanvasObject // the same at length, below the buttons
	kept    string              // what stays possible afterwards
	why     *ui.Text
	do      *ui.Button

	reasons *ui.Chips
	words   *ui.TextField
	prefix  string // of the text keys of reasons
	act     func(ctx context.Context, reason string) error
	done    string // said afterwards
}

// asking describes a question.
type asking struct {
	facts   []fyne.CanvasObject
	details []fyne.CanvasObject
	kept    string
	label   string   // of the button that does it
	prefix  string   // of the text keys of the grounds
	reasons []string // the grounds, by the last part of their key; nil when nothing needs to be said
	given   string   // a ground that somebody gave already
	act     func(ctx context.Context, reason string) error
	done    string
}

// pose shows a question in place of the row's buttons and gives it the keyboard.
func (b *Inbox) pose(a asking) {
	t := b.s.Texts
	q := &question{facts: a.facts, details: a.details, kept: a.kept, prefix: a.prefix, act: a.act, done: a.done, why: ui.Muted("")}
	q.do = ui.NewPrimary(a.label, b.answer)
	b.question = q
	if a.reasons != nil {
		choices := make([]ui.Choice, len(a.reasons))
		for i, key := range a.reasons {
			choices[i] = ui.Choice{Code: key, Label: t.T(a.prefix + key)}
		}
		q.reasons = ui.NewChips(choices, false)
		q.words = ui.NewTextField(t.T("desk.conflict.reason_placeholder"))
		q.words.Put(a.given)
		q.reasons.OnChosen = func([]string) { b.enableAnswer() }
		q.reasons.OnDone = func() { ui.Focus(q.words) }
		q.words.OnEdit = func(string) { b.enableAnswer() }
		q.words.OnDone = func() {
			if !q.do.Disabled() {
				ui.Focus(q.do)
			}
		}
	}
	b.put()
	if q.reasons != nil {
		ui.Focus(q.reasons)
	} else {
		ui.Focus(q.do)
	}
}

// questionParts are the facts, the grounds and the buttons.
func (b *Inbox) questionParts() []fyne.CanvasObject {
	t, q := b.s.Texts, b.question
	cancel := ui.NewButton(t.T("ui.cancel"), func() { b.question = nil; b.put(); ui.Focus(b.table.Focusable()) })
	card := []fyne.CanvasObject{}
	if q.reasons != nil {
		reason := ui.NewField(t.T("desk.conflict.reason"), ui.Stack(theme.SizeGap, q.reasons, q.words))
		reason.SetRequired(t.T("ui.required"))
		card = append(card, reason)
	}
	card = append(card, ui.Row(theme.SizeGap, q.do, cancel, ui.Stretch(ui.Middle(q.why))))
	if q.kept != "" {
		card = append(card, ui.Muted(q.kept))
	}
	b.enableAnswer()
	b.one = q.do
	return slices.Concat(q.facts, []fyne.CanvasObject{ui.Card(card...)}, q.details)
}

// ground is what was chosen and written as the reason.
func (q *question) ground(b *Inbox) string {
	if q.reasons == nil {
		return ""
	}
	var parts []string
	for _, code := range q.reasons.Chosen() {
		parts = append(parts, b.s.Texts.T(q.prefix+code))
	}
	if words := strings.TrimSpace(q.words.Text); words != "" {
		parts = append(parts, words)
	}
	return strings.Join(parts, ". ")
}

func (b *Inbox) enableAnswer() {
	q := b.question
	missing := q.reasons != nil && q.ground(b) == ""
	q.why.SetText("")
	if missing {
		q.why.SetText(b.s.Texts.T("desk.conflict.reason_first"))
	}
	if missing || b.running {
		q.do.Disable()
	} else {
		q.do.Enable()
	}
}

// answer does what was asked, and reads everything again.
func (b *Inbox) answer() {
	q := b.question
	if q == nil || q.do.Disabled() || b.running {
		return
	}
	reason := q.ground(b)
	b.run(b.s.Texts.T("desk.import.working"), func(ctx context.Context, _ func(done, total int)) error { return q.act(ctx, reason) }, func(err error) {
		if err != nil {
			if !stopped(err) {
				b.s.Fault(err)
			}
			return // the question stays as it was written
		}
		b.s.Notify(ui.Success, q.done)
		b.question = nil
		b.readRest()
		b.again()
	})
}

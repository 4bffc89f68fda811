package interview

import (
	"context"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// What was written about the wrong person or into the wrong field, and what is too sensitive for those who can read it there, is taken
// back from the window with a field's earlier answers: it goes from every machine, or moves to a sealed note (security.md 2.2, 5.5).

// withdrawing is the window that asks why, and where it is to stand from then on.
type withdrawing struct {
	p       *Place
	r       *row
	section int
	path    form.Path
	key     fieldKey
	of      *history
	note    string // what a sealed note would say; empty when there can be none
	found   *workspace.Retracted
	reasons *ui.Chips
	where   *ui.Chips
	do      *ui.Button
	dialog  *ui.Dialog
}

// The two ends.
const (
	withdrawNowhere = "nowhere"
	withdrawSealed  = "sealed"
)

// offerWithdraw is the way from the earlier answers to the window; nil when nothing of them is this user's to take back.
func (p *Place) offerWithdraw(r *row, past []workspace.Past, shut func()) fyne.CanvasObject {
	may, raise := p.session.MayRetract(p.section, r.path, past)
	if !may {
		return nil
	}
	w := &withdrawing{p: p, r: r, section: p.section, path: r.path, key: p.key(r.path), of: p.history}
	for _, one := range past {
		if value := sayAnswer(p.t, p.lang(), p.instance(), r.path, r.q, one.Answer); raise && one.Standing && one.Answer.HasValue() && value != "" {
			w.note = p.instance().Label(r.path, p.lang()) + ": " + value
		}
	}
	button := ui.NewQuiet("remove", p.t.T("interview.withdraw.begin"), func() { shut(); w.look() })
	return ui.Row(theme.SizeGap, button, ui.Spacer())
}

// look finds out what would go, then asks.
func (w *withdrawing) look() {
	session := w.p.session
	ui.Run(w.p.s.Loop, func(ctx context.Context) (*workspace.Retracted, error) {
		return session.Retract(ctx, w.section, w.path, domain.RedactedWrongField, "", true)
	}, func(found *workspace.Retracted, err error) {
		if err != nil {
			w.p.s.Fault(err)
			return
		}
		w.found = found
		w.ask()
	})
}

func (w *withdrawing) ask() {
	p, t := w.p, w.p.t
	shut := func() { w.dialog.Close(); p.page.focus(w.r) }
	var reasons []ui.Choice
	for _, reason := range domain.RedactionReasons {
		reasons = append(reasons, ui.Choice{Code: string(reason), Label: t.T("interview.withdraw.reason." + string(reason))})
	}
	w.reasons = ui.NewChips(reasons, false)
	w.do = ui.NewDanger(t.T("interview.withdraw.do"), w.run)
	w.do.Disable()
	w.reasons.OnChosen = func(codes []string) {
		if len(codes) == 1 {
			w.do.Enable()
		} else {
			w.do.Disable()
		}
	}
	back := ui.NewButton(t.T("interview.withdraw.back"), shut)
	back.OnEscape, w.reasons.OnEscape, w.do.OnEscape = shut, shut, shut
	parts := ui.Stack(theme.SizeGapWide, ui.Muted(p.instance().Label(w.path, t.Lang())),
		ui.Paragraph(t.N("interview.withdraw.text", w.found.Lines)), ui.Paragraph(t.T("interview.withdraw.record")))
	if w.found.Others > 0 {
		parts.Add(ui.Banner(ui.Info, t.T("interview.withdraw.others"), nil, nil))
	}
	parts.Add(ui.NewField(t.T("interview.withdraw.reason"), w.reasons))
	if w.note != "" {
		w.where = ui.NewChips([]ui.Choice{
			{Code: withdrawNowhere, Label: t.T("interview.withdraw.nowhere")}, {Code: withdrawSealed, Label: t.T("interview.withdraw.sealed")},
		}, false)
		w.where.Put(withdrawNowhere)
		w.where.OnEscape = shut
		field := ui.NewField(t.T("interview.withdraw.where"), w.where)
		field.SetHint(t.T("interview.withdraw.where_hint"))
		parts.Add(field)
	}
	parts.Add(ui.Muted(t.T("interview.withdraw.copies")))
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), back, w.do))
	w.dialog = ui.ShowDialog(p.s.Window, t.T("interview.withdraw.title"), 560, parts, w.reasons, nil)
}

// run takes it back, and with it what this sitting remembers of the field.
func (w *withdrawing) run() {
	chosen := w.reasons.Chosen()
	if len(chosen) != 1 {
		return
	}
	note := ""
	if w.where != nil && len(w.where.Chosen()) == 1 && w.where.Chosen()[0] == withdrawSealed {
		note = w.note
	}
	p, session := w.p, w.p.session
	w.dialog.Close()
	ui.Run(p.s.Loop, func(ctx context.Context) (*workspace.Retracted, error) {
		return session.Retract(ctx, w.section, w.path, domain.RedactionReason(chosen[0]), note, false)
	}, func(done *workspace.Retracted, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		w.of.forget(w.key)
		switch {
		case note != "":
			p.s.Notify(ui.Success, p.t.T("interview.withdraw.moved"))
		case !done.Proven:
			p.s.Notify(ui.Warning, p.t.T("interview.withdraw.unproven"))
		default:
			p.s.Notify(ui.Success, p.t.T("interview.withdraw.done"))
		}
		p.page.focus(w.r)
	})
}

// withdrawals lists what was taken back in this case among what stands beside the field.
func (p *Place) withdrawals(told []workspace.Withdrawal) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, one := range told[:min(len(told), historyShown)] {
		reason := "other"
		if one.Reason.Valid() {
			reason = string(one.Reason)
		}
		out = append(out, ui.Muted(p.t.N("interview.withdraw.told", one.Lines, "Who", p.s.WS.AliasOf(one.By), "When", sayTime(p.t, one.Time), "Reason", p.t.T("interview.withdraw.reason."+reason))))
	}
	return out
}

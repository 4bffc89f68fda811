package interview

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// What UNHCR or UDI wrote down before the interview is confirmed, corrected or disputed by one key each. The value of the list stays
// in the log whatever is said of it, and showHistory shows it.

// newWordTool is a tool that says in a word what it does.
func newWordTool(icon, word string, tapped func()) *tool {
	t := newTool(icon, word, tapped)
	t.put(icon, word, false)
	return t
}

// correct puts the keyboard into the field with what stands there marked, so that the next letter takes its place.
func (p *Place) correct(r *row) {
	if !p.editable() || p.instance().ReadOnly(r.path) {
		return
	}
	p.page.focus(r)
	if entry, ok := r.in.focus.(fyne.Shortcutable); ok {
		entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

// dispute says that the person does not agree with a value known before, without saying what would be right.
func (p *Place) dispute(r *row) {
	a := p.instance().Answer(r.path)
	if !workspace.Unconfirmed(a) || !p.editable() || p.instance().ReadOnly(r.path) {
		return
	}
	a.Verification = domain.Disputed
	p.answer(r, a)
	p.page.focus(r)
}

// showHistory shows every answer that the field has had, the newest first.
func (p *Place) showHistory(r *row) {
	r.in.commit()
	_ = p.saver.flush() // a fault is on the page
	section, t := p.section, p.t
	var told []workspace.Withdrawal
	ui.Run(p.s.Loop, func(ctx context.Context) (past []workspace.Past, err error) {
		if past, err = p.session.History(ctx, section, r.path); err == nil {
			told, err = p.session.Withdrawals(ctx, section, r.path)
		}
		return past, err
	}, func(past []workspace.Past, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		var dialog *ui.Dialog
		shut := func() { dialog.Close(); p.page.focus(r) }
		done := ui.NewPrimary(t.T("ui.ok"), shut)
		done.OnEscape = shut
		parts := ui.Stack(theme.SizeGapWide, ui.Muted(p.instance().Label(r.path, p.lang())))
		if len(past) == 0 {
			parts.Add(ui.Paragraph(t.T("interview.history.none")))
		}
		for _, one := range past[:min(len(past), historyShown)] {
			parts.Add(p.pastLine(r, one))
		}
		if more := len(past) - historyShown; more > 0 {
			parts.Add(ui.Muted(t.N("interview.history.more", more)))
		}
		if withdraw := p.offerWithdraw(r, past, func() { dialog.Close() }); withdraw != nil {
			parts.Add(withdraw)
		}
		if lines := p.withdrawals(told); len(lines) > 0 {
			parts.Add(ui.SectionHeader(t.T("interview.withdraw.list"), t.T("interview.withdraw.list_note")))
			for _, line := range lines {
				parts.Add(line)
			}
		}
		parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), done))
		dialog = ui.ShowDialog(p.s.Window, t.T("interview.history.title"), 560, parts, done, nil)
	})
}

// historyShown is how many answers of a field are shown, the newest.
const historyShown = 12

// pastLine says one answer: what, from whom, how certain, who wrote it and when.
func (p *Place) pastLine(r *row, past workspace.Past) fyne.CanvasObject {
	t := p.t
	value := sayAnswer(t, p.lang(), p.instance(), r.path, r.q, past.Answer)
	if value == "" {
		value = t.T("interview.empty_answer")
	}
	words := ui.Paragraph(value)
	words.Bold = past.Standing
	how := nonEmpty(p.sourceName(past.Answer.Source))
	if past.Answer.Verification != "" {
		how = append(how, ui.Lists().Label("verification", string(past.Answer.Verification), t.Lang()))
	}
	how = append(how, t.T("interview.conflict.by", "Who", p.s.WS.AliasOf(past.By), "When", sayTime(t, past.HLC.Time())))
	line := ui.Row(theme.SizeGap, ui.Stretch(ui.Stack("", words, ui.Muted(strings.Join(how, " · ")))))
	if past.Standing {
		badge := ui.NewBadge(ui.Success, "", t.T("interview.history.stands"))
		line.Add(badge)
	}
	panel := &ui.Panel{Fill: theme.ColorNeutralTint, Radius: fynetheme.SizeNameInputRadius, Gap: theme.SizeGap, Content: line}
	panel.ExtendBaseWidget(panel)
	return panel
}

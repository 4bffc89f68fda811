package interview

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// backgroundContext is for what must be done before a call returns: it has no one to cancel it.
var backgroundContext = context.Background()

func (p *Place) sourceName(source domain.Source) string {
	return ui.Lists().Label("source", string(source), p.t.Lang())
}

// saySource gives the words for where an answer comes from; none for the usual case, special tells that it is another one.
func (p *Place) saySource(a domain.Answer) (words string, special bool) {
	if !a.HasValue() || a.Source == "" && a.Verification == "" {
		return "", false
	}
	usual := a.Source == domain.FromSelf || a.Source == domain.FromFamily
	if usual && (a.Verification == "" || a.Verification == domain.ConfirmedByPerson) {
		return "", false
	}
	if workspace.Unconfirmed(a) || workspace.Copied(a) {
		return "", false // the line below says it
	}
	parts := nonEmpty(p.sourceName(a.Source))
	verification := ui.Lists().Label("verification", string(a.Verification), p.t.Lang())
	if verification != "" && !slices.Contains(parts, verification) {
		parts = append(parts, verification)
	}
	return strings.Join(parts, " · "), true
}

func sayTime(t *i18n.Texts, at time.Time) string {
	local := at.Local()
	return sayDate(t, local.Format(time.DateOnly)) + " " + local.Format("15:04")
}

// confirm says that the person has confirmed a value known before.
func (p *Place) confirm(r *row) {
	a := p.instance().Answer(r.path)
	if !workspace.Unconfirmed(a) && !workspace.Copied(a) || !p.editable() {
		return
	}
	a.Verification = domain.ConfirmedByPerson
	p.answer(r, a)
	p.page.focus(r)
}

// askMissing asks why there is no answer.
func (p *Place) askMissing(r *row) {
	if !p.editable() || p.instance().ReadOnly(r.path) {
		return
	}
	r.in.commit()
	t := p.t
	now := p.instance().Answer(r.path)
	var options []ui.Choice
	for _, code := range ui.MissingCodes {
		options = append(options, ui.Choice{Code: code, Label: t.T("ui.missing." + code)})
	}
	var dialog *ui.Dialog
	shut := func() { dialog.Close(); p.page.focus(r) }
	chips := ui.NewChips(options, false)
	chips.Put(string(now.Missing))
	reason := ui.NewTextField(t.T("ui.missing.reason"))
	reason.Put(now.Reason)
	finish := func() {
		answer := domain.Answer{}
		if chosen := chips.Chosen(); len(chosen) == 1 {
			answer = domain.Answer{Missing: domain.Missing(chosen[0]), Reason: strings.TrimSpace(reason.Text)}
		} else if now.Missing == "" {
			shut() // nothing chosen, nothing taken back
			return
		}
		dialog.Close()
		p.answer(r, answer)
		r.in.show(answer)
		if answer.Missing != "" {
			p.page.next(r)
		} else {
			p.page.focus(r)
		}
	}
	done, cancel := ui.NewPrimary(t.T("ui.ok"), finish), ui.NewButton(t.T("ui.cancel"), shut)
	chips.OnDone = func() { p.s.Window.Canvas().Focus(reason) }
	reason.OnDone = finish
	chips.OnEscape, reason.OnEscape, done.OnEscape, cancel.OnEscape = shut, shut, shut, shut
	question := ui.Paragraph(p.instance().Label(r.path, p.lang()))
	question.Color = theme.ColorMuted
	parts := ui.Stack(theme.SizeGapWide, question, chips, reason)
	if now.HasValue() {
		parts.Add(ui.Muted(t.T("interview.missing.replaces")))
	}
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), cancel, done))
	dialog = ui.ShowDialog(p.s.Window, t.T("ui.missing.title"), 520, parts, chips, nil)
}

// askSource asks where an answer comes from and how far it has been checked.
func (p *Place) askSource(r *row) {
	now := p.instance().Answer(r.path)
	if !now.HasValue() || !p.editable() {
		return
	}
	r.in.commit()
	t := p.t
	var dialog *ui.Dialog
	shut := func() { dialog.Close(); p.page.focus(r) }
	var sources, checks []ui.Choice
	for _, source := range workspace.InterviewSources {
		sources = append(sources, ui.Choice{Code: string(source), Label: p.sourceName(source)})
	}
	if now.Source != "" && !workspace.FromInterview(now) {
		sources = append(sources, ui.Choice{Code: string(now.Source), Label: p.sourceName(now.Source)})
	}
	for _, check := range workspace.InterviewVerifications {
		checks = append(checks, ui.Choice{Code: string(check), Label: ui.Lists().Label("verification", string(check), t.Lang())})
	}
	source, check := ui.NewChips(sources, false), ui.NewChips(checks, false)
	source.Put(string(now.Source))
	check.Put(string(now.Verification))
	finish := func() {
		answer := p.instance().Answer(r.path)
		answer.Source, answer.Verification = "", ""
		if chosen := source.Chosen(); len(chosen) == 1 {
			answer.Source = domain.Source(chosen[0])
		}
		if chosen := check.Chosen(); len(chosen) == 1 {
			answer.Verification = domain.Verification(chosen[0])
		}
		dialog.Close()
		p.answer(r, answer)
		p.page.focus(r)
	}
	done, cancel := ui.NewPrimary(t.T("ui.ok"), finish), ui.NewButton(t.T("ui.cancel"), shut)
	source.OnDone = func() { p.s.Window.Canvas().Focus(check) }
	check.OnDone = func() { p.s.Window.Canvas().Focus(done) }
	source.OnEscape, check.OnEscape, done.OnEscape, cancel.OnEscape = shut, shut, shut, shut
	dialog = ui.ShowDialog(p.s.Window, t.T("interview.source.title"), 620, ui.Stack(theme.SizeGapWide,
		ui.NewField(t.T("interview.source.from"), source), ui.NewField(t.T("interview.source.checked"), check),
		ui.Row(theme.SizeGap, ui.Spacer(), cancel, done)), source, nil)
}

// Shortcuts are the place's keys, for the window and the help sheet.
func (p *Place) Shortcuts() []ui.Shortcut {
	t := p.t
	onQuestions := func(do func()) func() {
		return func() {
			if p.session != nil && p.page != nil {
				do()
			}
		}
	}
	onRow := func(do func(*row)) func() {
		return onQuestions(func() {
			if r := p.current(); r != nil {
				do(r)
			}
		})
	}
	ctrl, alt := fyne.KeyModifierControl, fyne.KeyModifierAlt
	var closed []ui.Shortcut
	if p.s.WS.AsksClosed() {
		closed = []ui.Shortcut{{Key: fyne.KeyL, Modifier: alt, Text: t.T("interview.keys.closed"), Do: onQuestions(p.toggleClosed)}}
	}
	members := make([]ui.Shortcut, memberKeys) // one line of the sheet says them all
	for i := range members {
		members[i] = ui.Shortcut{Key: memberKey(i), Modifier: alt, Do: onQuestions(func() { p.openNumber(i) })}
	}
	members[0].Text = t.T("interview.keys.member")
	return slices.Concat(closed, []ui.Shortcut{
		{Key: fyne.KeyM, Modifier: alt, Text: t.T("interview.keys.least"), Do: onQuestions(p.toggleLeast)},
		{Key: fyne.KeyT, Modifier: alt, Text: t.T("interview.keys.turn"), Do: onQuestions(p.turn)},
		{Key: fyne.KeyF, Modifier: alt, Text: t.T("interview.keys.members"), Do: onQuestions(p.chooseMember)},
		{Key: fyne.KeyPageDown, Modifier: ctrl, Text: t.T("interview.keys.next"), Do: onQuestions(func() { p.step(1) })},
		{Key: fyne.KeyPageUp, Modifier: ctrl, Text: t.T("interview.keys.back"), Do: onQuestions(func() { p.step(-1) })},
		{Key: fyne.KeyRight, Modifier: ctrl, Text: t.T("interview.keys.next_section"), Do: onQuestions(func() { p.stepSection(1) })},
		{Key: fyne.KeyLeft, Modifier: ctrl, Text: t.T("interview.keys.back_section"), Do: onQuestions(func() { p.stepSection(-1) })},
		{Key: fyne.KeyM, Modifier: ctrl, Text: t.T("interview.keys.mark"), Do: onRow(p.mark)},
		{Key: fyne.KeyReturn, Modifier: ctrl, Text: t.T("interview.keys.add"), Do: onQuestions(p.addRow)},
		{Key: fyne.KeyU, Modifier: alt, Text: t.T("interview.keys.missing"), Do: onRow(p.askMissing)},
		{Key: fyne.KeyK, Modifier: alt, Text: t.T("interview.keys.source"), Do: onRow(p.askSource)},
		{Key: fyne.KeyB, Modifier: alt, Text: t.T("interview.keys.confirm"), Do: onRow(p.confirm)},
		{Key: fyne.KeyR, Modifier: alt, Text: t.T("interview.keys.correct"), Do: onRow(p.correct)},
		{Key: fyne.KeyD, Modifier: alt, Text: t.T("interview.keys.dispute"), Do: onRow(p.dispute)},
		{Key: fyne.KeyH, Modifier: alt, Text: t.T("interview.keys.history"), Do: onRow(p.showHistory)},
		{Key: fyne.KeyG, Modifier: alt, Text: t.T("interview.keys.missing_list"), Do: onQuestions(func() { p.toggleView(viewMissing) })},
		{Key: fyne.KeyC, Modifier: alt, Text: t.T("interview.keys.same"), Do: onQuestions(p.copySame)},
		{Key: fyne.KeyP, Modifier: alt, Text: t.T("interview.keys.alike"), Do: onQuestions(p.lookAlike)},
		{Key: fyne.KeyZ, Modifier: ctrl, Text: t.T("interview.keys.undo")}, // the toolkit makes its own of Ctrl+Z and Ctrl+Y: see listen
		{Key: fyne.KeyY, Modifier: ctrl, Text: t.T("interview.keys.redo")},
		{Key: fyne.KeyZ, Modifier: ctrl | fyne.KeyModifierShift, Text: t.T("interview.keys.redo"), Do: p.redo},
		{Key: fyne.KeyZ, Modifier: alt, Text: t.T("interview.keys.undo_answer"), Do: p.undo},
		{Key: fyne.KeyY, Modifier: alt, Text: t.T("interview.keys.redo_answer"), Do: p.redo},
	}, members)
}

package travel

import (
	"context"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/wiping"
)

// lockPage leads to the travel lock in three steps: what it means, the code, and the proof that headquarters has it.
// The code is shown once; whoever loses it before the lock begins anew with another.
type lockPage struct {
	p     *Place
	code  code
	view  *ui.CodeView
	typed *ui.CodeEntry
	field *ui.Field
	lock  *ui.Button
}

// explain is the first step.
func (l *lockPage) explain() {
	t := l.p.s.Texts
	page := ui.Card(
		ui.SectionHeader(t.T("travel.lock.title"), t.T("travel.lock.step1")),
		wiping.Points("lock", theme.ColorAccent, t.T("travel.lock.point_nobody"), t.T("travel.lock.point_phone"), t.T("travel.lock.point_release"), t.T("travel.lock.point_lost")),
	)
	list := page.Content.(*fyne.Container)
	if lost := l.p.facts.crossing.lost; lost > 0 {
		list.Add(ui.Banner(ui.Warning, t.N("travel.lock.waiting", lost), nil, nil))
	}
	list.Add(ui.Paragraph(t.T("travel.lock.before")))
	back := ui.NewButton(t.T("ui.cancel"), l.p.overview)
	show := ui.NewPrimary(t.T("travel.lock.show"), l.show)
	back.OnEscape, show.OnEscape = l.p.overview, l.p.overview
	list.Add(ui.Flow(theme.SizeGap, back, show))
	l.p.step(page, show)
}

// show is the second step: the code, large.
func (l *lockPage) show() {
	t := l.p.s.Texts
	l.forget()
	l.code = l.p.doors.newCode()
	l.view = ui.NewCodeView(l.code.String())
	back := ui.NewButton(t.T("ui.cancel"), l.p.overview)
	passed := ui.NewPrimary(t.T("travel.lock.passed"), l.prove)
	back.OnEscape, passed.OnEscape = l.p.overview, l.p.overview
	l.p.step(ui.Card(
		ui.SectionHeader(t.T("travel.lock.code_title"), t.T("travel.lock.step2")),
		ui.Paragraph(t.T("travel.lock.read_out", "Device", l.p.doors.device)),
		ui.Inset(theme.SizeGap, l.view),
		ui.Muted(t.T("travel.lock.alphabet")),
		ui.Flow(theme.SizeGap, back, passed),
	), passed)
}

// prove is the third step: headquarters reads the end of the code back, and it is typed here.
func (l *lockPage) prove() {
	t := l.p.s.Texts
	l.typed = ui.NewCodeEntry(t.T("travel.lock.last"), l.view.Last())
	l.field = ui.NewField(t.N("travel.lock.last_label", l.view.Last()), l.typed)
	back := ui.NewButton(t.T("ui.cancel"), l.p.overview)
	again := ui.NewButton(t.T("travel.lock.new_code"), l.show)
	l.lock = ui.NewDanger(t.T("travel.lock.do"), l.run)
	l.lock.Disable()
	l.typed.OnChange = func() {
		l.field.SetProblem(ui.Error, "")
		if l.typed.Whole() {
			l.lock.Enable()
		} else {
			l.lock.Disable()
		}
	}
	l.typed.OnSubmit = func() {
		if l.typed.Whole() {
			l.run()
		}
	}
	for _, escape := range []*func(){&back.OnEscape, &again.OnEscape, &l.lock.OnEscape, &l.typed.OnEscape} {
		*escape = l.p.overview
	}
	l.p.step(ui.Card(
		ui.SectionHeader(t.T("travel.lock.proof_title"), t.T("travel.lock.step3")),
		ui.Paragraph(t.T("travel.lock.proof")),
		l.field,
		ui.Banner(ui.Warning, t.T("travel.lock.now"), nil, nil),
		ui.Flow(theme.SizeGap, back, again, l.lock),
	), l.typed)
}

// run locks.
func (l *lockPage) run() {
	if l.p.busy {
		return
	}
	t := l.p.s.Texts
	end := l.typed.Take()
	fits := l.view.Ends(end)
	clear(end)
	if !fits {
		l.field.SetProblem(ui.Error, t.T("travel.lock.wrong"))
		ui.Focus(l.typed)
		return
	}
	l.p.busy = true
	bar := ui.NewProgressBar()
	bar.Set(1, 2)
	l.p.step(ui.Card(ui.SectionHeader(t.T("travel.lock.working"), t.T("travel.lock.working_note")), bar), nil)
	lock, secret := l.p.doors.lock, l.code
	ui.Run(l.p.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, lock(ctx, secret) }, func(_ struct{}, err error) {
		l.p.busy = false
		l.forget()
		switch {
		case err == nil:
			l.p.s.Lock(t.T("travel.lock.done"))
		case !l.p.doors.open(): // locked all the same, and what followed went wrong
			l.p.s.Lock(t.Sentence(err))
		default:
			l.p.s.Fault(err)
			l.p.overview()
		}
	})
}

// forget wipes the code from the page.
func (l *lockPage) forget() {
	if l.view != nil {
		l.view.Clear()
	}
	if l.typed != nil {
		l.typed.Clear()
	}
	if l.code != nil {
		l.code.Clear()
	}
	l.code = nil
}

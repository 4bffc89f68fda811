package unlock

import (
	"context"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/wiping"
)

// codeLength is the length of the code of a travel lock: 25 characters and one that checks them (security.md 4.8).
const codeLength = 26

// travelLocked says that the folder is under travel lock and takes the code that releases it.
func (p *Place) travelLocked() fyne.CanvasObject {
	t := p.o.Texts
	p.release = ui.NewCodeEntry(t.T("unlock.travel.code"), codeLength)
	p.releaseField = ui.NewField(t.T("unlock.travel.code"), p.release)
	p.releaseField.SetHint(t.T("unlock.travel.code_hint"))
	p.open = ui.NewPrimary(t.T("unlock.travel.release"), p.submitCode)
	p.open.Disable()
	p.release.OnChange = func() {
		p.releaseField.SetProblem(ui.Error, "")
		if p.release.Whole() && !p.busy {
			p.open.Enable()
		} else {
			p.open.Disable()
		}
	}
	p.release.OnSubmit = p.submitCode
	head := ui.Row(theme.SizeGap, ui.NewIcon("lock", theme.ColorAccent), ui.Stretch(ui.Middle(ui.Subheading(t.T("unlock.travel.title")))))
	card := ui.Card(head, ui.Paragraph(t.T("unlock.travel.text")), p.releaseField, p.open, ui.Muted(t.T("unlock.travel.lost")))
	return ui.Stack(theme.SizeGapWide, card, p.foot())
}

// submitCode releases the lock; the code is wiped from the page either way, except that a wrong one stays to be corrected.
func (p *Place) submitCode() {
	t := p.o.Texts
	if p.busy {
		return
	}
	if !p.release.Whole() {
		p.releaseField.SetProblem(ui.Error, t.N("unlock.travel.short", codeLength-p.release.Len()))
		return
	}
	p.busy = true
	p.open.Disable()
	p.release.Disable()
	code := p.release.Copy()
	dir := p.o.Dir
	ui.Run(p.o.Loop, func(ctx context.Context) (struct{}, error) {
		defer clear(code)
		return struct{}{}, p.o.Release(ctx, dir, code)
	}, func(_ struct{}, err error) {
		p.busy = false
		p.release.Enable()
		p.open.Enable()
		if err != nil {
			p.releaseField.SetProblem(ui.Error, t.Sentence(err))
			ui.Focus(p.release)
			return
		}
		p.release.Clear()
		p.o.Note = t.T("unlock.travel.released")
		p.look(dir)
		p.Enter()
	})
}

// foot names the folder and offers another one, and the wipe.
func (p *Place) foot() fyne.CanvasObject {
	t := p.o.Texts
	return ui.Stack(theme.SizeGapTight,
		ui.Muted(p.o.Dir),
		ui.Flow(theme.SizeGap, ui.NewQuiet("folder", t.T("unlock.other_folder"), p.chooseFolder), ui.NewQuiet("remove", t.T("unlock.wipe"), p.startWipe)))
}

// startWipe leads to the wipe of the folder. Nobody has to know a passphrase for it: whoever holds the machine could as well
// destroy the disk.
func (p *Place) startWipe() {
	if p.busy {
		return
	}
	p.Leave()
	dir := p.o.Dir
	p.forget()
	p.way = wiping.New(p.wipeOptions(func() {
		p.look(dir)
		p.Enter()
	}))
	p.show(p.way.Content())
	p.way.Enter()
}

// interrupted offers to finish a wipe that was begun.
func (p *Place) interrupted() fyne.CanvasObject {
	p.way = wiping.Finish(p.wipeOptions(nil))
	return p.way.Content()
}

func (p *Place) wipeOptions(cancel func()) wiping.Options {
	t, dir := p.o.Texts, p.o.Dir
	return wiping.Options{
		Texts: t, Loop: p.o.Loop, Level: ui.Error, Loss: t.T("travel.wipe.loss_unknown"), OnCancel: cancel,
		Wipe:    func(ctx context.Context, progress func(string)) error { return p.o.Wipe(ctx, dir, progress) },
		OnBegin: func() { p.busy = true },
		OnDone: func() {
			p.busy = false
			p.o.Note = t.T("travel.wipe.done")
			p.look(dir)
			p.Enter()
		},
	}
}

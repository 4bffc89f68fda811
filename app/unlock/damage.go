package unlock

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// damageCodes are the proofs whose failure leaves the register readable in part (security.md 3.6).
var damageCodes = []string{"V-RING", "V-KEY", "V-ROW", "V-ROOT", "V-LEDGER", "V-DAMAGED"}

// showDamage says which part of the register does not prove itself, and offers to read it or to salvage what does.
func (p *Place) showDamage() {
	t := p.o.Texts
	p.forget()
	p.codeField = nil
	who := p.who()
	p.passphrase = ui.NewSecretEntry(t.T("unlock.passphrase_placeholder"))
	field := ui.NewField(t.T("unlock.damage.passphrase"), p.passphrase)
	p.open = ui.NewPrimary(t.T("unlock.damage.read"), func() { p.submit(true) })
	salvage := ui.NewButton(t.T("unlock.damage.salvage"), p.askTarget)
	again := ui.NewQuiet("back", t.T("unlock.damage.back"), func() { p.look(p.o.Dir); p.Enter() })
	p.buttons = []*ui.Button{p.open, salvage, again}
	p.passphrase.OnSubmit = p.open.OnTapped
	head := ui.Row(theme.SizeGap, ui.NewIcon("error", theme.ColorError), ui.Stretch(ui.Middle(ui.Subheading(t.T("unlock.damage.title")))))
	parts := ui.Stack(theme.SizeGapWide, head, ui.Banner(ui.Error, p.damageWords(), nil, nil), ui.Paragraph(t.T("unlock.damage.safe")), who, field)
	p.addState(parts)
	parts.Add(ui.Flow(theme.SizeGap, p.open, salvage))
	parts.Add(ui.Muted(t.T("unlock.damage.note")))
	p.show(ui.Stack(theme.SizeGapWide, ui.Card(parts), ui.Row("", again, ui.Spacer())))
}

// damageWords names the part as people speak of it, what is wrong with it, and the code for whoever helps.
func (p *Place) damageWords() string {
	t := p.o.Texts
	f, _ := fault.Of(p.damage)
	part := t.T("unlock.damage.some_part")
	if f.Where != "" && t.Has("unlock.part."+f.Where) {
		part = t.T("unlock.part." + f.Where)
	}
	return t.T("unlock.damage."+f.Code, "Part", part)
}

// askTarget asks for the new folder.
func (p *Place) askTarget() {
	if p.busy || p.cancelWait != nil || !p.ready() {
		return
	}
	t := p.o.Texts
	var dialog *ui.Dialog
	p.target = ui.NewTextField("")
	p.target.Put(p.o.Dir + t.T("unlock.salvage.suffix"))
	field := ui.NewField(t.T("unlock.salvage.folder"), p.target)
	field.SetHint(t.T("unlock.salvage.folder_hint"))
	start := ui.NewPrimary(t.T("unlock.salvage.start"), func() {
		to := filepath.Clean(p.target.Text)
		if p.target.Text == "" || !filepath.IsAbs(to) {
			field.SetProblem(ui.Error, t.T("unlock.salvage.folder_problem"))
			return
		}
		dialog.Close()
		p.salvage(to)
	})
	cancel := ui.NewButton(t.T("ui.cancel"), func() { dialog.Close() })
	p.target.OnDone = start.OnTapped
	p.target.OnEscape, start.OnEscape, cancel.OnEscape = cancel.OnTapped, cancel.OnTapped, cancel.OnTapped
	content := ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("unlock.salvage.text")), field, ui.Row(theme.SizeGap, ui.Spacer(), cancel, start))
	dialog = ui.ShowDialog(p.o.Window, t.T("unlock.salvage.title"), 600, content, p.target, nil)
}

// salvage copies what proves itself. The damaged folder is only read.
func (p *Place) salvage(to string) {
	t := p.o.Texts
	passphrase := p.passphrase.Take()
	p.setBusy(true)
	p.stage.SetText(t.T("unlock.salvage.working"))
	dir, slot := p.o.Dir, p.slot
	ui.Run(p.o.Loop, func(ctx context.Context) (workspace.SalvageReport, error) {
		defer clear(passphrase)
		return p.o.Salvage(ctx, dir, to, slot, passphrase, func(done, total int) {
			p.o.Loop.Post(func() { p.bar.Set(int64(done), int64(total)) })
		})
	}, func(report workspace.SalvageReport, err error) {
		p.setBusy(false)
		if err != nil {
			p.fail(err)
			return
		}
		p.forget()
		p.show(p.salvaged(to, report))
		ui.Focus(p.buttons[0])
	})
}

// salvaged says what was saved and what was not.
func (p *Place) salvaged(to string, report workspace.SalvageReport) fyne.CanvasObject {
	t := p.o.Texts
	rows := []ui.KeyValue{{Key: t.T("unlock.salvage.folder"), Value: to}}
	lost := 0
	for _, part := range salvageParts(report) {
		words := t.N("unlock.salvage.kept", part.kept)
		badge := ui.NewBadge(ui.Success, "", t.T("unlock.salvage.whole"))
		switch {
		case part.lost > 0:
			lost += part.lost
			badge = ui.NewBadge(ui.Warning, "", t.N("unlock.salvage.lost", part.lost))
		case part.opaque:
			badge = ui.NewBadge(ui.Neutral, "lock", t.T("unlock.salvage.opaque"))
		}
		rows = append(rows, ui.KeyValue{Key: t.T("unlock.part." + part.name), Object: ui.Stack(theme.SizeGapTight, ui.Paragraph(words), ui.Row("", badge, ui.Spacer()))})
	}
	if n := len(report.LostFiles); n > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("unlock.salvage.files"), Value: t.N("unlock.salvage.files_lost", n)})
	}
	level, words := ui.Success, t.T("unlock.salvage.done")
	switch {
	case lost > 0:
		level, words = ui.Warning, t.N("unlock.salvage.done_lost", lost)
	case !report.Whole():
		level, words = ui.Warning, t.T("unlock.salvage.done_some")
	}
	open := ui.NewPrimary(t.T("unlock.salvage.open"), func() { p.look(to); p.Enter() })
	card := ui.Card(ui.SectionHeader(t.T("unlock.salvage.title"), ""), ui.Banner(level, words, nil, nil), ui.KeyValues(rows...), ui.Muted(t.T("unlock.salvage.keep")), ui.Row("", open, ui.Spacer()))
	p.buttons = []*ui.Button{open}
	return card
}

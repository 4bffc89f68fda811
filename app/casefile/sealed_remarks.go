package casefile

import (
	"context"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// threads shows what was said about a sealed entry, with the ways to say more. It stands on the page of sealed entries and nowhere else.
func (page *sealedPage) threads(entry *workspace.Record) []fyne.CanvasObject {
	p := page.p
	t := p.s.Texts
	var rows []fyne.CanvasObject
	for _, thread := range p.view.file.SealedThreads(entry.ID()) {
		rows = append(rows, page.thread(thread))
	}
	if p.may("sealed_remark") {
		say := ui.NewQuiet("add", t.T("casefile.sealed.comment"), func() { page.ask(entry) })
		say.OnEscape = p.backFromSealed
		rows = append(rows, ui.Row(theme.SizeGap, say, ui.Spacer()))
	}
	return rows
}

// elsewhere shows what was said to this user about entries of others that stay closed.
func (page *sealedPage) elsewhere() []fyne.CanvasObject {
	p := page.p
	var cards []fyne.CanvasObject
	for _, thread := range p.view.file.SealedElsewhere() {
		title := nameOf(p.s.Texts, p.view.file.Person(thread.First.Subject()))
		cards = append(cards, ui.Card(ui.SectionHeader(title, p.s.Texts.T("domain.type.sealed_remark")), page.thread(thread)))
	}
	return cards
}

func (page *sealedPage) thread(thread workspace.Thread) fyne.CanvasObject {
	p := page.p
	t := p.s.Texts
	parts := ui.Stack(theme.SizeGapTight)
	for _, r := range append([]*workspace.Record{thread.First}, thread.Answers...) {
		parts.Add(ui.Paragraph(r.Text("text")))
		parts.Add(ui.Muted(p.writtenBy(r)))
	}
	buttons := ui.Flow(theme.SizeGapTight)
	if thread.Settled {
		buttons.Add(ui.NewBadge(ui.Success, "ok", t.T("casefile.sealed.settled")))
	}
	if p.may("sealed_remark") {
		reply := ui.NewButton(t.T("casefile.sealed.reply"), func() { page.ask(thread.First) })
		key := map[bool]string{true: "casefile.sealed.reopen", false: "casefile.sealed.settle"}[thread.Settled]
		settle := ui.NewQuiet("ok", t.T(key), func() {
			file := p.view.file
			page.store(func(ctx context.Context) error { return p.s.WS.SettleSealed(ctx, file, thread.First, !thread.Settled) })
		})
		reply.OnEscape, settle.OnEscape = p.backFromSealed, p.backFromSealed
		buttons.Add(reply)
		buttons.Add(settle)
	}
	parts.Add(buttons)
	panel := ui.NewPanel(theme.ColorNeutralTint, parts)
	panel.Gap = theme.SizeGap
	return panel
}

// ask takes the words, and who besides those who wrote about the entry hears them.
func (page *sealedPage) ask(about *workspace.Record) {
	p := page.p
	t := p.s.Texts
	var box *ui.Dialog
	shut := func() { box.Close() }
	words := ui.NewTextArea(t.T("casefile.sealed.comment_hint"), 4)
	parts := ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("casefile.sealed.comment_text")), words)
	var readers *ui.Chips
	if colleagues := p.colleagues(); len(colleagues) > 0 {
		readers = ui.NewChips(colleagues, true)
		readers.OnEscape = shut
		parts.Add(ui.NewField(t.T("casefile.sealed.readers"), readers))
	}
	store := ui.NewPrimary(t.T("casefile.sealed.comment_store"), func() {
		said := domain.NormaliseText(words.Text)
		if said == "" {
			p.s.Window.Canvas().Focus(words)
			return
		}
		named := readersOf(readers)
		shut()
		file := p.view.file
		page.store(func(ctx context.Context) error {
			_, err := p.s.WS.RemarkSealed(ctx, file, about, said, named...)
			return err
		})
	})
	cancel := ui.NewButton(t.T("ui.cancel"), shut)
	words.OnDone = func() { store.OnTapped() }
	words.OnEscape, store.OnEscape, cancel.OnEscape = shut, shut, shut
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), cancel, store))
	title := t.T("casefile.sealed.comment")
	if about.Type() == "sealed_remark" {
		title = t.T("casefile.sealed.reply")
	}
	box = ui.ShowDialog(p.s.Window, title, 560, parts, words, nil)
}

// store writes and draws the page anew, with what the form holds stored before.
func (page *sealedPage) store(do func(ctx context.Context) error) {
	p := page.p
	page.typed.Flush()
	p.writes.add(do, func(err error) {
		if err != nil || p.sealed != page {
			return
		}
		p.readThen(func() {
			if p.sealed == page {
				page.draw()
			}
		})
	})
}

func readersOf(chips *ui.Chips) []uuid.UUID {
	var readers []uuid.UUID
	if chips != nil {
		for _, code := range chips.Chosen() {
			if id, err := uuid.Parse(code); err == nil {
				readers = append(readers, id)
			}
		}
	}
	return readers
}

package exchange

import (
	"slices"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	delivery "feltbok/sync/exchange"
)

// showPapers says what proves the state: receipt, copies, enrolment, and what is held back.
func (p *Place) showPapers() {
	p.papers.Objects = []fyne.CanvasObject{ui.Columns(2, 380, p.receiptCard(), p.copiesCard())}
	p.papers.Refresh()
}

func (p *Place) receiptCard() fyne.CanvasObject {
	t := p.s.Texts
	receipt := p.facts.receipt
	if receipt == nil {
		return ui.Card(ui.SectionHeader(t.T("exchange.receipt.title"), ""), ui.Paragraph(t.T("exchange.receipt.none")), p.enrolledRow())
	}
	rows := []ui.KeyValue{
		{Key: t.T("exchange.receipt.newest"), Value: t.T("exchange.receipt.number", "Number", receipt.Version)},
		{Key: t.T("exchange.receipt.at"), Value: p.when(receipt.At)},
	}
	gaps := 0
	for _, chains := range receipt.Gaps {
		for _, intervals := range chains {
			gaps += int(intervals.Count())
		}
	}
	if gaps > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.receipt.gaps"), Value: t.N("exchange.changes", gaps)})
	}
	if n := len(receipt.Quarantined); n > 0 {
		var codes []string
		for _, q := range receipt.Quarantined {
			if !slices.Contains(codes, q.Code) {
				codes = append(codes, q.Code)
			}
		}
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.receipt.quarantined"), Value: t.N("exchange.changes", n) + " (" + join(codes) + ")"})
	}
	return ui.Card(ui.SectionHeader(t.T("exchange.receipt.title"), t.T("exchange.receipt.note")), ui.KeyValues(rows...), p.enrolledRow())
}

// enrolledRow says that headquarters has signed this machine in, and what the directories warn of.
func (p *Place) enrolledRow() fyne.CanvasObject {
	t := p.s.Texts
	row := ui.Flow(theme.SizeGap, ui.NewBadge(ui.Success, "", t.T("exchange.enrol.yes")))
	for _, warning := range p.facts.status.Warnings {
		if warning == "expired" { // the others concern headquarters
			row.Add(ui.NewBadge(ui.Warning, "", t.T("exchange.warning.expired")))
			break
		}
	}
	if n := p.facts.status.Quarantined; n > 0 {
		row.Add(ui.NewBadge(ui.Warning, "", t.N("exchange.quarantined", n)))
	}
	return row
}

// copiesShown is how many kept files are listed.
const copiesShown = 5

func (p *Place) copiesCard() fyne.CanvasObject {
	t := p.s.Texts
	copies := p.facts.copies
	card := ui.Card(ui.SectionHeader(t.T("exchange.copies.title"), t.T("exchange.copies.note")))
	list := card.Content.(*fyne.Container)
	if len(copies) == 0 {
		list.Add(ui.Paragraph(t.T("exchange.copies.none")))
		return card
	}
	rows := make([]ui.KeyValue, 0, copiesShown)
	for _, c := range copies[:min(len(copies), copiesShown)] {
		rows = append(rows, ui.KeyValue{Key: p.when(c.At), Object: ui.Stack(theme.SizeGapTight, ui.Paragraph(p.copyWords(c)), copyBadge(p, c))})
	}
	list.Add(ui.KeyValues(rows...))
	if more := len(copies) - copiesShown; more > 0 {
		list.Add(ui.Muted(t.N("exchange.copies.more", more)))
	}
	return card
}

func (p *Place) copyWords(c delivery.SentCopy) string {
	var to []string
	for _, node := range c.To {
		to = append(to, p.nodeName(node))
	}
	return p.s.Texts.T("exchange.copies.line", "Changes", p.s.Texts.N("exchange.changes", c.Lines), "To", join(to))
}

func copyBadge(p *Place, c delivery.SentCopy) fyne.CanvasObject {
	badge := ui.NewBadge(ui.Neutral, "clock", p.s.Texts.T("exchange.copies.waiting"))
	if c.Merged {
		badge = ui.NewBadge(ui.Success, "", p.s.Texts.T("exchange.copies.merged"))
	}
	return ui.Row("", badge, ui.Spacer())
}

// enrolCard says what to do with a machine that headquarters has not signed in yet.
func (p *Place) enrolCard() fyne.CanvasObject {
	t := p.s.Texts
	card := ui.Card(ui.SectionHeader(t.T("exchange.enrol.title"), ""), ui.Banner(ui.Warning, t.T("exchange.enrol.not"), nil, nil))
	list := card.Content.(*fyne.Container)
	if len(p.facts.words) == 0 {
		list.Add(ui.Paragraph(t.T("exchange.enrol.no_request")))
		return card
	}
	list.Add(ui.Paragraph(t.T("exchange.enrol.step1")))
	list.Add(ui.Strong(t.T("exchange.enrol.words")))
	list.Add(ui.WordCards(p.facts.words))
	list.Add(ui.Paragraph(t.T("exchange.enrol.step2")))
	list.Add(ui.Paragraph(t.T("exchange.enrol.step3")))
	return card
}

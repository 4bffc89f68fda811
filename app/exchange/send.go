package exchange

import (
	"context"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
	"feltbok/sync/trust"
)

// sendCard makes a file for headquarters, and for colleagues of the mission who are chosen.
type sendCard struct {
	p          *Place
	colleagues *ui.Chips // colleagues of the mission
	people     *ui.Field
	content    *ui.Text
	button     *ui.Button
	result     *fyne.Container
	card       *ui.Panel
}

func newSendCard(p *Place) *sendCard {
	t := p.s.Texts
	c := &sendCard{p: p, colleagues: ui.NewChips(nil, true), content: ui.Paragraph(""), result: ui.Stack(theme.SizeGap)}
	c.people = ui.NewField(t.T("exchange.send.colleagues"), c.colleagues)
	c.people.SetHint(t.T("exchange.send.colleagues_hint"))
	c.button = ui.NewPrimary(t.T("exchange.send.make"), c.start)
	c.button.Icon = "exchange"
	to := ui.Row(theme.SizeGap, ui.NewBadge(ui.Info, "ok", t.T("exchange.node.hq")), ui.Stretch(ui.Middle(ui.Muted(t.T("exchange.send.always_hq")))))
	c.card = ui.Card(ui.SectionHeader(t.T("exchange.send.title"), ""), c.content, to, c.people, ui.Row("", c.button, ui.Spacer()), p.job.object(), c.result)
	return c
}

// put shows what would go into a file and who can get it.
func (c *sendCard) put(f facts) {
	t := c.p.s.Texts
	var others []ui.Choice
	for _, d := range f.status.Devices {
		if !slices.Contains(d.Receives, domain.Case.String()) {
			continue // the orientation course is told nothing of a case
		}
		others = append(others, ui.Choice{Code: d.Node, Label: d.Alias})
	}
	c.colleagues.SetOptions(others[:min(len(others), ui.ChipsLimit)])
	c.people.Hidden = len(others) == 0
	own := f.status.Own
	waiting := max(own.Total-max(own.Stored, own.Merged), 0)
	switch {
	case own.Total == 0:
		c.content.SetText(t.T("exchange.send.nothing_yet"))
	case waiting == 0:
		c.content.SetText(t.T("exchange.send.nothing_new"))
	case own.Unsent() == 0:
		c.content.SetText(t.N("exchange.send.again", waiting))
	default:
		c.content.SetText(t.N("exchange.send.new", waiting))
	}
	c.card.Refresh()
}

func (c *sendCard) enable() {
	drive, known := c.p.drives.Drive()
	if c.p.job.running || c.p.drives.Path() == "" || known && drive.ReadOnly {
		c.button.Disable()
		return
	}
	c.button.Enable()
}

// start makes the file.
func (c *sendCard) start() {
	if c.button.Disabled() || c.p.clearing() {
		return
	}
	c.p.export([][]string{append([]string{trust.NodeHQ}, c.colleagues.Chosen()...)}, func(made []*delivery.Exported) { c.show(made) })
}

// export makes one file for each list of receivers, in the folder chosen. What was made before an error or a stop stays and is shown.
func (p *Place) export(receivers [][]string, show func([]*delivery.Exported)) {
	if p.job.running {
		return
	}
	t, ws, folder := p.s.Texts, p.s.WS, p.drives.Path()
	var made []*delivery.Exported
	missions := make([]uuid.UUID, len(receivers))
	for i, to := range receivers {
		missions[i] = p.missionOf(to)
	}
	p.job.run(t.N("exchange.job.making", len(receivers)), func(ctx context.Context, progress func(done, total int64)) error {
		if err := route.Writable(folder); err != nil {
			return err
		}
		for i, to := range receivers {
			if err := ctx.Err(); err != nil {
				return err
			}
			one, err := delivery.Export(ctx, ws, delivery.ExportOptions{To: to, Out: folder, Mission: missions[i], Progress: func(done, total int64) {
				progress(int64(i)*total+done, int64(len(receivers))*total)
			}})
			if err != nil {
				return err
			}
			made = append(made, one)
		}
		return nil
	}, func(err error) {
		p.busy(false)
		show(made)
		switch {
		case stopped(err) && len(made) == 0:
			p.s.Notify(ui.Info, t.T("exchange.send.stopped"))
		case stopped(err):
			p.s.Notify(ui.Info, t.N("exchange.send.stopped_after", len(made)))
		case err != nil:
			p.s.Fault(err)
		}
		p.refresh()
		p.drives.Look()
	})
	p.busy(p.job.running)
}

// show says what was made and what to do with it now.
func (c *sendCard) show(made []*delivery.Exported) {
	c.result.RemoveAll()
	for _, one := range made {
		c.result.Add(c.p.madeCard(one))
	}
	c.card.Refresh()
	c.p.root.Refresh()
}

// madeCard is the result of one export.
func (p *Place) madeCard(one *delivery.Exported) fyne.CanvasObject {
	t := p.s.Texts
	lines, logged := work(one.Lines)
	var to []string
	for _, node := range one.To {
		to = append(to, p.nodeName(node))
	}
	slices.Sort(to)
	rows := []ui.KeyValue{
		{Key: t.T("exchange.made.file"), Value: filepath.Base(one.File)},
		{Key: t.T("exchange.made.where"), Value: filepath.Dir(one.File)},
		{Key: t.T("exchange.made.to"), Value: join(to)},
		{Key: t.T("exchange.made.holds"), Value: t.N("exchange.changes", lines) + " · " + route.SizeText(one.Size, t.Lang())},
	}
	if logged > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.compartment.audit"), Value: t.N("exchange.logged", logged)})
	}
	if one.Repeated > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.made.repeated"), Value: t.T("exchange.made.repeated_yes")})
	}
	head := ui.Row(theme.SizeGap, ui.NewBadge(ui.Success, "", t.T("exchange.made.done")), ui.Spacer())
	next := t.T("exchange.made.next")
	if p.me.HQ {
		next = t.T("exchange.made.next_hq")
	}
	panel := ui.NewPanel(theme.ColorSuccessTint, ui.Stack(theme.SizeGap, head, ui.KeyValues(rows...), ui.Paragraph(next)))
	panel.Radius, panel.Gap = "inputRadius", theme.SizeGap
	return panel
}

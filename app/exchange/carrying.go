package exchange

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
)

// carryCard shows the sealed files of others that this machine takes along as a courier, takes further ones from the folder
// chosen, and lays them there (security.md 5.6).
type carryCard struct {
	p       *Place
	carried []delivery.Carried
	words   *ui.Text
	list    *fyne.Container
	collect *ui.Button
	lay     *ui.Button
	card    *ui.Panel
}

func newCarryCard(p *Place) *carryCard {
	t := p.s.Texts
	c := &carryCard{p: p, words: ui.Paragraph(""), list: ui.Stack(theme.SizeGap)}
	c.collect = ui.NewButton(t.T("exchange.carry.collect"), c.takeAll)
	c.lay = ui.NewButton(t.T("exchange.carry.lay"), c.handOver)
	c.card = ui.Card(ui.SectionHeader(t.T("exchange.carry.title"), t.T("exchange.carry.note")), c.words, c.list, ui.Flow(theme.SizeGap, c.collect, c.lay))
	return c
}

// put lists the files. What headquarters has confirmed is not offered any more, and can be let go.
func (c *carryCard) put(carried []delivery.Carried) {
	t := c.p.s.Texts
	c.carried = carried
	c.words.SetText(t.T("exchange.carry.none"))
	if len(carried) > 0 {
		c.words.SetText(t.N("exchange.carry.count", len(carried)))
	}
	c.list.RemoveAll()
	for _, one := range carried {
		c.list.Add(c.line(one))
	}
	c.enable()
	c.card.Refresh()
}

// line is one file: whose it is, as far as this machine can tell, and the way to let it go.
func (c *carryCard) line(one delivery.Carried) fyne.CanvasObject {
	t := c.p.s.Texts
	who := one.From
	if who == "" {
		who = t.T("exchange.carry.unknown")
	}
	detail := t.T("exchange.carry.since", "Time", c.p.stampWords(one.At))
	if len(one.Parts) > 0 {
		detail += " · " + c.p.compartments(one.Parts)
	}
	badge := ui.NewBadge(ui.Neutral, "clock", t.T("exchange.carry.on_the_way"))
	switch {
	case one.Stored:
		badge = ui.NewBadge(ui.Success, "", t.T("exchange.carry.arrived"))
	case one.Gone:
		badge = ui.NewBadge(ui.Warning, "warning", t.T("exchange.carry.gone"))
	}
	drop := ui.NewQuiet("remove", t.T("exchange.carry.drop"), func() { c.askDrop(one) })
	return ui.Row(theme.SizeGap, ui.Stretch(ui.Stack(theme.SizeGapTight, ui.Strong(who), ui.Muted(detail), ui.Row("", badge, ui.Spacer()))), drop)
}

func (c *carryCard) enable() {
	drive, known := c.p.drives.Drive()
	off := c.p.job.running || c.p.drives.Path() == ""
	put := func(b *ui.Button, on bool) {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
	waiting := 0
	for _, one := range c.carried {
		if !one.Stored && !one.Gone {
			waiting++
		}
	}
	put(c.collect, !off)
	put(c.lay, !off && waiting > 0 && (!known || !drive.ReadOnly))
}

// takeAll takes every file for others in the folder chosen along.
func (c *carryCard) takeAll() {
	p, t, folder := c.p, c.p.s.Texts, c.p.drives.Path()
	if c.collect.Disabled() {
		return
	}
	var done *delivery.Collected
	p.job.run(t.T("exchange.carry.collecting"), func(ctx context.Context, _ func(done, total int64)) (err error) {
		done, err = delivery.CarryAll(ctx, p.s.WS, folder)
		return err
	}, func(err error) {
		p.busy(false)
		switch {
		case stopped(err):
		case err != nil:
			p.s.Fault(err)
		case len(done.Taken) == 0:
			p.s.Notify(ui.Info, t.T("exchange.carry.nothing"))
		default:
			p.s.Notify(ui.Success, t.N("exchange.carry.taken", len(done.Taken)))
		}
		p.refresh()
	})
	p.busy(p.job.running)
}

// takeOne takes one file along that was not for this machine.
func (c *carryCard) takeOne(file route.Found) {
	p, t := c.p, c.p.s.Texts
	p.job.run(t.T("exchange.carry.collecting"), func(ctx context.Context, _ func(done, total int64)) error {
		_, err := delivery.Carry(ctx, p.s.WS, file.Path)
		return err
	}, func(err error) {
		p.busy(false)
		switch {
		case stopped(err):
		case fault.Code(err) == "E-KIND":
			p.s.Notify(ui.Info, t.T("exchange.carry.own"))
		case err != nil:
			p.s.Fault(err)
		default:
			p.s.Notify(ui.Success, t.N("exchange.carry.taken", 1))
			p.receive.put()
		}
		p.refresh()
	})
	p.busy(p.job.running)
}

// handOver lays the files that headquarters has not confirmed into the folder chosen.
func (c *carryCard) handOver() {
	p, t, folder := c.p, c.p.s.Texts, c.p.drives.Path()
	if c.lay.Disabled() {
		return
	}
	var files []string
	p.job.run(t.T("exchange.carry.laying"), func(ctx context.Context, _ func(done, total int64)) (err error) {
		files, err = delivery.HandOver(ctx, p.s.WS, folder)
		return err
	}, func(err error) {
		p.busy(false)
		if err != nil && !stopped(err) {
			p.s.Fault(err)
		} else if err == nil {
			p.s.Notify(ui.Success, t.N("exchange.carry.laid", len(files), "Folder", filepath.Base(folder)))
		}
		p.drives.Look()
	})
	p.busy(p.job.running)
}

// askDrop asks before a file is let go that nobody has confirmed.
func (c *carryCard) askDrop(one delivery.Carried) {
	p, t := c.p, c.p.s.Texts
	words := t.T("exchange.carry.drop_text")
	switch {
	case one.Stored:
		words = t.T("exchange.carry.drop_arrived")
	case one.Gone:
		words = t.T("exchange.carry.drop_gone")
	}
	ui.Confirm(p.s.Window, t, ui.Question{Title: t.T("exchange.carry.drop_title"), Text: words, Yes: t.T("exchange.carry.drop"), Danger: !one.Stored, OnYes: func(string) {
		ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, delivery.DropCarried(ctx, p.s.WS, one.File)
		}, func(_ struct{}, err error) {
			if err != nil {
				p.s.Fault(err)
			}
			p.refresh()
		})
	}})
}

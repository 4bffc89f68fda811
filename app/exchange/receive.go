package exchange

import (
	"context"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
)

// receiveCard takes a file in: find it, look at what it would do, take it in. Before enrolment it takes headquarters' answer.
type receiveCard struct {
	p      *Place
	found  []route.Found
	marked route.Found
	note   *ui.Text
	table  *ui.Table
	files  *fyne.Container
	detail *fyne.Container
	take   *ui.Button // of the preview shown; nil when there is none
	card   *ui.Panel
}

func newReceiveCard(p *Place) *receiveCard {
	t := p.s.Texts
	c := &receiveCard{p: p, note: ui.Paragraph(""), detail: ui.Stack(theme.SizeGap)}
	c.files = container.New(rowsLayout{rows: func() int { return len(c.found) }})
	c.list()
	title := t.T("exchange.receive.title")
	if !p.facts.enrolled {
		title = t.T("exchange.receive.answer_title")
	}
	parts := []fyne.CanvasObject{ui.SectionHeader(title, ""), c.note, c.files, c.detail}
	if !p.facts.enrolled {
		parts = append(parts, p.job.object())
	}
	c.card = ui.Card(parts...)
	return c
}

// list makes the table anew: the toolkit's list does not draw rows that came after it got its first height.
func (c *receiveCard) list() {
	t := c.p.s.Texts
	c.table = ui.NewTable([]ui.Column{{Title: t.T("exchange.file.made"), Least: 150}, {Title: t.T("exchange.file.name"), Least: 90, Share: 1}, {Title: t.T("exchange.file.size"), Least: 90, Right: true}},
		func() int { return len(c.found) }, c.cell)
	c.table.OnOpen = c.open
	c.files.Objects = []fyne.CanvasObject{c.table}
}

func (c *receiveCard) cell(row, column int) ui.Cell {
	f := c.found[row]
	switch column {
	case 0:
		return ui.Cell{Text: c.p.when(f.Modified), Bold: true}
	case 1:
		return ui.Cell{Text: f.Name, Muted: true}
	default:
		return ui.Cell{Text: route.SizeText(f.Size, c.p.s.Texts.Lang())}
	}
}

// look lists the files in the folder chosen.
func (c *receiveCard) look() {
	t, folder := c.p.s.Texts, c.p.drives.Path()
	if folder == "" {
		c.found = nil
		c.note.SetText(t.T("exchange.receive.no_folder"))
		c.files.Hide()
		c.card.Refresh()
		return
	}
	ui.Run(c.p.s.Loop, func(context.Context) ([]route.Found, error) { return route.Bundles(folder) }, func(found []route.Found, err error) {
		if len(found) != len(c.found) {
			c.found = found
			c.list()
		}
		c.found = found
		switch {
		case err != nil:
			c.note.SetText(t.Sentence(err))
		case len(found) == 0:
			c.note.SetText(t.T("exchange.receive.empty"))
		default:
			c.note.SetText(t.N("exchange.receive.found", len(found)))
		}
		c.files.Hidden = len(found) == 0
		c.card.Refresh()
		c.p.root.Refresh()
		c.table.Refresh()
	})
}

func (c *receiveCard) enable() {
	if c.take == nil {
		return
	}
	if c.p.job.running {
		c.take.Disable()
	} else {
		c.take.Enable()
	}
}

// open looks at what a file would do. Nothing is written.
func (c *receiveCard) open(row int) {
	if c.p.job.running || row >= len(c.found) {
		return
	}
	p := c.p
	c.marked = c.found[row]
	file := c.marked
	if !p.facts.enrolled {
		c.accept(file)
		return
	}
	var plan *delivery.Plan
	p.job.run(p.s.Texts.T("exchange.job.looking"), func(ctx context.Context, _ func(done, total int64)) (err error) {
		plan, err = delivery.Preview(ctx, p.s.WS, file.Path)
		return err
	}, func(err error) {
		p.busy(false)
		switch {
		case stopped(err):
			c.put()
		case err != nil:
			c.refused(file, err)
		default:
			c.preview(file, plan)
		}
	})
	p.busy(p.job.running)
}

// put shows what stands below the list.
func (c *receiveCard) put(objects ...fyne.CanvasObject) {
	c.detail.Objects = objects
	c.detail.Refresh()
	c.card.Refresh()
	c.p.root.Refresh()
}

// refused shows the code of a file that is not taken in, and the sentence with the way out.
func (c *receiveCard) refused(file route.Found, err error) {
	t, name := c.p.s.Texts, file.Name
	code := fault.Code(err)
	if code == "" {
		code = t.T("exchange.verdict.error")
	}
	c.take = nil
	parts := []fyne.CanvasObject{ui.Strong(short(name)), ui.Paragraph(t.Sentence(ofFile(err, name))), ui.Muted(t.T("exchange.verdict.unchanged"))}
	if code == "E-AGE" && c.p.carry != nil {
		parts = append(parts, ui.Paragraph(t.T("exchange.carry.offer")), ui.Row(theme.SizeGap, ui.NewButton(t.T("exchange.carry.take_one"), func() { c.p.carry.takeOne(file) }), ui.Spacer()))
	}
	c.put(verdictPanel(theme.ColorErrorTint, ui.NewBadge(ui.Error, "", t.T("exchange.verdict.refused", "Code", code)), parts...))
}

// ofFile lets a fault speak of the file chosen and not of a line in it.
func ofFile(err error, name string) error {
	if f, ok := fault.Of(err); ok {
		return fault.New(f.Code, name, f.Err)
	}
	return err
}

func verdictPanel(fill fyne.ThemeColorName, badge *ui.Badge, parts ...fyne.CanvasObject) *ui.Panel {
	panel := ui.NewPanel(fill, ui.Stack(theme.SizeGap, append([]fyne.CanvasObject{ui.Row(theme.SizeGap, badge, ui.Spacer())}, parts...)...))
	panel.Radius, panel.Gap = "inputRadius", theme.SizeGap
	return panel
}

func (c *receiveCard) preview(file route.Found, plan *delivery.Plan) {
	t := c.p.s.Texts
	if plan.Repeated {
		c.take = nil
		c.put(verdictPanel(theme.ColorAccentTint, ui.NewBadge(ui.Info, "", t.T("exchange.verdict.repeated")), ui.KeyValues(c.p.origin(plan)...), ui.Paragraph(t.T("exchange.verdict.repeated_note"))))
		return
	}
	c.take = ui.NewPrimary(t.T("exchange.receive.take"), func() { c.importFile(file, plan) })
	later := ui.NewButton(t.T("exchange.receive.not_now"), func() { c.take = nil; c.put() })
	c.put(verdictPanel(theme.ColorNeutralTint, ui.NewBadge(ui.Success, "", t.T("exchange.verdict.good")),
		ui.KeyValues(append(c.p.origin(plan), c.p.content(plan)...)...),
		ui.Muted(t.T("exchange.receive.preview_note")), ui.Row(theme.SizeGap, c.take, later, ui.Spacer())))
	ui.Focus(c.take)
}

// origin is who made a file, when, and for which place in the row of files.
func (p *Place) origin(plan *delivery.Plan) []ui.KeyValue {
	t := p.s.Texts
	sender := plan.Sender
	if sender == "hq" {
		sender = t.T("exchange.node.hq")
	}
	return []ui.KeyValue{
		{Key: t.T("exchange.plan.from"), Value: t.T("exchange.plan.sender", "Sender", sender, "User", plan.User)},
		{Key: t.T("exchange.plan.created"), Value: p.stampWords(plan.Created)},
		{Key: t.T("exchange.plan.number"), Value: itoa(plan.Sequence)},
	}
}

// content is what a file brings, in words.
func (p *Place) content(plan *delivery.Plan) []ui.KeyValue {
	t := p.s.Texts
	changes, logged := work(plan.New)
	rows := []ui.KeyValue{{Key: t.T("exchange.plan.new"), Value: t.N("exchange.changes", changes)}}
	put := func(key, value string) { rows = append(rows, ui.KeyValue{Key: t.T(key), Value: value}) }
	if n := len(plan.Cases); n > 0 {
		put("exchange.plan.cases", t.N("exchange.cases", n))
	}
	if logged > 0 {
		put("exchange.compartment.audit", t.N("exchange.logged", logged))
	}
	if n, _ := work(plan.Known); n > 0 {
		put("exchange.plan.known", t.N("exchange.changes", n))
	}
	if slices.ContainsFunc(plan.Documents, isReceipt) {
		put("exchange.plan.receipt", t.T("exchange.plan.receipt_yes"))
	}
	if slices.ContainsFunc(plan.Documents, func(name string) bool { return !isReceipt(name) }) {
		put("exchange.plan.documents", t.T("exchange.plan.documents_yes"))
	}
	if plan.Conflicts > 0 {
		put("exchange.plan.conflicts", t.N("exchange.plan.conflicts_n", plan.Conflicts))
	}
	if n := missing(plan.Gaps); n > 0 {
		put("exchange.plan.gaps", t.N("exchange.plan.gaps_n", n))
	}
	if plan.Attachments > 0 {
		put("exchange.plan.attachments", strconv.Itoa(plan.Attachments))
	}
	if len(plan.Waiting) > 0 {
		put("exchange.plan.waiting", p.compartments(plan.Waiting))
	}
	for _, code := range sorted(plan.Reasons) {
		put("exchange.plan.held_back", t.N("exchange.changes", plan.Reasons[code])+" – "+t.Sentence(fault.New(code, "", nil))+" ("+code+")")
	}
	if len(plan.Refused) > 0 {
		put("exchange.plan.refused", join(plan.Refused))
	}
	return rows
}

// importFile takes the file in as previewed, all of it or nothing.
func (c *receiveCard) importFile(file route.Found, plan *delivery.Plan) {
	p, t := c.p, c.p.s.Texts
	if p.job.running {
		return
	}
	var result *delivery.Result
	p.job.run(t.T("exchange.job.taking"), func(ctx context.Context, _ func(done, total int64)) (err error) {
		result, err = delivery.Import(ctx, p.s.WS, file.Path, plan)
		return err
	}, func(err error) {
		p.busy(false)
		switch {
		case stopped(err):
			p.s.Notify(ui.Info, t.T("exchange.receive.stopped"))
		case err != nil:
			c.refused(file, err)
			p.s.Fault(err)
		case result.Repeated:
			c.preview(file, &result.Plan)
		default:
			c.take = nil
			c.put(verdictPanel(theme.ColorSuccessTint, ui.NewBadge(ui.Success, "", t.T("exchange.verdict.taken")), ui.KeyValues(p.content(&result.Plan)...), ui.Paragraph(t.T("exchange.receive.done_note"))))
			p.refresh()
		}
	})
	p.busy(p.job.running)
}

// accept takes headquarters' answer to the enrolment request.
func (c *receiveCard) accept(file route.Found) {
	p, t := c.p, c.p.s.Texts
	p.job.run(t.T("exchange.job.enrolling"), func(ctx context.Context, _ func(done, total int64)) error {
		return delivery.Accept(ctx, p.s.WS, file.Path)
	}, func(err error) {
		p.busy(false)
		switch {
		case stopped(err):
		case err != nil:
			c.refused(file, err)
		default:
			p.s.Notify(ui.Success, t.T("exchange.enrol.done"))
			p.refresh()
		}
	})
	p.busy(p.job.running)
}

// rowsLayout makes a table as high as its rows, five at most.
type rowsLayout struct{ rows func() int }

func (l rowsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	touch := theme.Size(theme.SizeTouch)
	return fyne.NewSize(objects[0].MinSize().Width, touch*0.9+float32(min(max(l.rows(), 1), 5))*(touch+4))
}

func (l rowsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

package exchange

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// silentAfter is how long a device may say nothing before the board marks it: interview days end with a file each evening.
const silentAfter = 3 * 24 * time.Hour

// board is headquarters' view of the devices: who is behind (pains.md row 17).
type board struct {
	p       *Place
	devices []delivery.DeviceStatus
	marked  string // node
	table   *ui.Table
	detail  *fyne.Container
	result  *fyne.Container
	summary *fyne.Container
	one     *ui.Button
	all     *ui.Button
	page    fyne.CanvasObject
}

func newBoard(p *Place) *board {
	t := p.s.Texts
	b := &board{p: p, detail: ui.Stack(theme.SizeGapWide), result: ui.Stack(theme.SizeGap), summary: ui.Stack(theme.SizeGap)}
	b.table = ui.NewTable([]ui.Column{
		{Title: t.T("exchange.board.device"), Least: 120, Share: 1},
		{Title: t.T("exchange.board.heard"), Least: 150, Share: 1},
		{Title: t.T("exchange.board.state"), Least: 150, Share: 1},
		{Title: t.T("exchange.board.number"), Least: 70, Right: true, HideBelow: 620},
		{Title: t.T("exchange.board.lines"), Least: 80, Right: true, HideBelow: 700},
		{Title: t.T("exchange.board.receipt"), Least: 90, Right: true, HideBelow: 780},
	}, func() int { return len(b.devices) }, b.cell).TwoLines()
	b.table.OnMark = b.mark
	b.table.OnOpen = b.mark
	b.one = ui.NewPrimary("", func() { b.send([]string{b.marked}) })
	b.all = ui.NewButton(t.T("exchange.board.make_all"), func() {
		var nodes []string
		for _, d := range b.devices {
			if active(d) {
				nodes = append(nodes, d.Node)
			}
		}
		b.send(nodes)
	})
	inbox := ui.NewQuiet("inbox", t.T("exchange.board.open_inbox"), func() { p.s.Go("inbox") })
	top := ui.Stack(theme.SizeGap, ui.SectionHeader(t.T("exchange.board.title"), t.T("exchange.board.note"), inbox), b.summary)
	list := ui.Above(ui.Inset(theme.SizeGapWide, top), b.table)
	side := container.NewVScroll(ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGapWide, b.detail, ui.Card(p.drives, ui.Flow(theme.SizeGap, b.one, b.all), p.job.object(), b.result))))
	split := ui.NewSplit(list, side)
	split.ListWidth = 560
	back := ui.NewQuiet("back", t.T("exchange.board.back"), split.ShowList)
	split.OnNarrow = func(narrow bool) { back.Hidden = !narrow }
	back.Hide()
	b.detail.Add(back)
	b.table.OnOpen = func(row int) { b.mark(row); split.ShowDetail() }
	b.page = split
	return b
}

func (b *board) object() fyne.CanvasObject { return b.page }

// put shows the devices, those that need attention first.
func (b *board) put(f facts) {
	now := b.p.s.Now()
	b.devices = slices.Clone(f.status.Devices)
	slices.SortStableFunc(b.devices, func(x, y delivery.DeviceStatus) int { return rank(x, now) - rank(y, now) })
	if len(b.devices) > 0 && !slices.ContainsFunc(b.devices, func(d delivery.DeviceStatus) bool { return d.Node == b.marked }) {
		b.marked = b.devices[0].Node
	}
	b.table.Refresh()
	b.summarise(f)
	b.show()
	b.enable()
}

// rank puts gaps before silence, silence before waiting parts, and those before what is in order.
func rank(d delivery.DeviceStatus, now time.Time) int {
	switch level, _ := state(d, now); {
	case !active(d):
		return 4
	case len(d.Gaps) > 0:
		return 0
	case level == ui.Warning:
		return 1
	case len(d.Waiting) > 0:
		return 2
	}
	return 3
}

// active reports whether files are still made for a device.
func active(d delivery.DeviceStatus) bool { return d.Status == trust.NodeActive }

// certificateSoon is how long before its end a certificate is marked.
const certificateSoon = 14 * 24 * time.Hour

// state judges a device by what is known of it: its level and the key of the word.
func state(d delivery.DeviceStatus, now time.Time) (ui.Level, string) {
	at, err := time.Parse(time.RFC3339, d.LastSeen)
	switch {
	case d.Status == trust.NodeRevoked:
		return ui.Neutral, "exchange.board.revoked"
	case d.Status == trust.NodeClosed:
		return ui.Neutral, "exchange.board.closed"
	case len(d.Gaps) > 0:
		return ui.Error, "exchange.board.gaps"
	case !d.Certificate.IsZero() && now.After(d.Certificate):
		return ui.Warning, "exchange.board.expired"
	case !d.Certificate.IsZero() && now.Add(certificateSoon).After(d.Certificate):
		return ui.Warning, "exchange.board.expires"
	case err != nil:
		return ui.Neutral, "exchange.board.never"
	case now.Sub(at) > silentAfter:
		return ui.Warning, "exchange.board.silent"
	case len(d.Waiting) > 0:
		return ui.Info, "exchange.board.waiting"
	}
	return ui.Success, "exchange.board.in_order"
}

func (b *board) heard(d delivery.DeviceStatus) (age, at string) {
	t := b.p.s.Texts
	seen, err := time.Parse(time.RFC3339, d.LastSeen)
	if err != nil {
		return t.T("exchange.board.never_heard"), ""
	}
	return t.T("exchange.board.ago", "Age", Age(t, b.p.s.Now().Sub(seen))), b.p.when(seen)
}

func (b *board) cell(row, column int) ui.Cell {
	d := b.devices[row]
	switch column {
	case 0:
		return ui.Cell{Text: d.Alias, Bold: true}
	case 1:
		age, at := b.heard(d)
		return ui.Cell{Text: age, Detail: at}
	case 2:
		level, key := state(d, b.p.s.Now())
		return ui.Cell{Badge: b.p.s.Texts.T(key), Level: level, Icon: neutralIcon(d, level)}
	case 3:
		return ui.Cell{Text: dash(d.Sequence)}
	case 4:
		return ui.Cell{Text: dash(uint64(d.Lines))}
	default:
		return ui.Cell{Text: dash(d.Receipt)}
	}
}

// neutralIcon is the icon of a state that is neither good nor bad; "" leaves it to the level.
func neutralIcon(d delivery.DeviceStatus, level ui.Level) string {
	switch {
	case !active(d):
		return "close"
	case level == ui.Neutral:
		return "clock"
	}
	return ""
}

func dash(n uint64) string {
	if n == 0 {
		return "–"
	}
	return itoa(n)
}

func (b *board) mark(row int) {
	b.marked = b.devices[row].Node
	b.show()
	b.enable()
}

// summarise says in one line what headquarters should act on.
func (b *board) summarise(f facts) {
	t := b.p.s.Texts
	row := ui.Flow(theme.SizeGap)
	for _, warning := range f.status.Warnings {
		row.Add(ui.NewBadge(ui.Warning, "", t.T("exchange.warning."+warning)))
	}
	if n := f.status.Quarantined; n > 0 {
		row.Add(ui.NewBadge(ui.Warning, "", t.N("exchange.quarantined", n)))
	}
	b.summary.Objects = []fyne.CanvasObject{row}
	if len(f.status.Devices) == 0 {
		b.summary.Add(ui.Paragraph(t.T("exchange.board.none")))
	}
	b.summary.Refresh()
}

// show puts the marked device's facts beside the table.
func (b *board) show() {
	t := b.p.s.Texts
	parts := b.detail.Objects[:1] // the way back in a narrow window
	i := slices.IndexFunc(b.devices, func(d delivery.DeviceStatus) bool { return d.Node == b.marked })
	if i < 0 {
		b.detail.Objects = append(parts[:1:1], ui.EmptyState("device", t.T("exchange.board.none_title"), t.T("exchange.board.none"), nil))
		b.detail.Refresh()
		return
	}
	d := b.devices[i]
	level, key := state(d, b.p.s.Now())
	age, at := b.heard(d)
	if at != "" {
		age += " (" + at + ")"
	}
	rows := []ui.KeyValue{
		{Key: t.T("exchange.board.heard"), Value: age},
		{Key: t.T("exchange.board.number"), Value: dash(d.Sequence)},
		{Key: t.T("exchange.board.lines"), Value: t.N("exchange.lines", d.Lines)},
		{Key: t.T("exchange.board.app"), Value: orDash(d.App)},
		{Key: t.T("exchange.board.forms"), Value: orDash(join(d.Forms))},
		{Key: t.T("exchange.board.receipt"), Value: dash(d.Receipt)},
		{Key: t.T("exchange.board.last_sent"), Value: orDash(b.sent(d))},
	}
	rows = append(rows, b.trusted(d)...)
	if len(d.MissingBundles) > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.board.missing_files"), Value: t.N("exchange.board.missing_files_n", int(d.MissingBundles.Count()))})
	}
	if len(d.Waiting) > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.plan.waiting"), Value: b.p.compartments(unique(d.Waiting))})
	}
	for _, g := range d.Gaps {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.plan.gaps"), Value: t.N("exchange.board.gap", int(g.Missing.Count()), "Part", t.T("exchange.compartment."+g.Compartment))})
	}
	head := ui.Row(theme.SizeGap, ui.NewIcon("device", theme.ColorAccent), ui.Stretch(ui.Middle(ui.Subheading(d.Alias))), ui.NewBadge(level, neutralIcon(d, level), t.T(key)))
	lost := ui.NewQuiet("warning", t.T("exchange.board.lost"), func() { b.p.s.Go("machines", d.Node) })
	card := ui.Card(head, ui.KeyValues(rows...))
	list := card.Content.(*fyne.Container)
	if words := b.advice(d, level); words != "" {
		list.Add(ui.Paragraph(words))
	}
	list.Add(ui.Row("", lost, ui.Spacer()))
	b.detail.Objects = append(parts[:1:1], card)
	b.detail.Refresh()
	b.one.SetText(t.T("exchange.board.make_one", "Device", d.Alias))
}

// trusted says what waits for a device, how long its certificate lasts, and whether it has the newest directory.
func (b *board) trusted(d delivery.DeviceStatus) (rows []ui.KeyValue) {
	t := b.p.s.Texts
	put := func(key, value string) { rows = append(rows, ui.KeyValue{Key: t.T(key), Value: value}) }
	if d.Revoked != nil {
		put("exchange.board.cut", b.p.when(d.Revoked.Cut))
		return rows
	}
	unsent := t.T("exchange.board.unsent_none")
	if d.Pending.Unsent > 0 {
		unsent = t.N("exchange.lines", d.Pending.Unsent)
		if !d.Pending.Oldest.IsZero() {
			unsent = t.T("exchange.board.unsent_oldest", "Lines", unsent, "Time", b.p.when(d.Pending.Oldest))
		}
	}
	put("exchange.board.unsent", unsent)
	if d.Pending.Unconfirmed > 0 {
		put("exchange.board.unconfirmed", t.N("exchange.lines", d.Pending.Unconfirmed))
	}
	certificate := "–"
	if !d.Certificate.IsZero() {
		certificate = d.Certificate.Local().Format(t.T("exchange.layout.day"))
	}
	put("exchange.board.certificate", certificate)
	switch {
	case d.Informed():
		put("exchange.board.directory", t.T("exchange.board.directory_has"))
	case d.DirectorySent >= d.Directory:
		put("exchange.board.directory", t.T("exchange.board.directory_sent"))
	default:
		put("exchange.board.directory", t.T("exchange.board.directory_old"))
	}
	return rows
}

func (b *board) sent(d delivery.DeviceStatus) string {
	at, err := time.Parse(time.RFC3339, d.LastSent)
	if err != nil {
		return ""
	}
	return b.p.when(at)
}

// advice says what to do about a device that is not in order.
func (b *board) advice(d delivery.DeviceStatus, level ui.Level) string {
	t := b.p.s.Texts
	switch {
	case !active(d):
		return t.T("exchange.board.advice_over")
	case len(d.Gaps) > 0:
		return t.T("exchange.board.advice_gaps", "Device", d.Alias)
	case !d.Certificate.IsZero() && b.p.s.Now().Add(certificateSoon).After(d.Certificate):
		return t.T("exchange.board.advice_certificate", "Device", d.Alias)
	case d.LastSeen == "":
		return t.T("exchange.board.advice_never", "Device", d.Alias)
	case level == ui.Warning:
		return t.T("exchange.board.advice_silent", "Device", d.Alias)
	case len(d.Waiting) > 0:
		return t.T("exchange.board.advice_waiting")
	}
	return ""
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func unique(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

func (b *board) enable() {
	drive, known := b.p.drives.Drive()
	off := b.p.job.running || b.p.drives.Path() == "" || known && drive.ReadOnly || len(b.devices) == 0
	for _, button := range []*ui.Button{b.one, b.all} {
		if off {
			button.Disable()
		} else {
			button.Enable()
		}
	}
	marked := slices.IndexFunc(b.devices, func(d delivery.DeviceStatus) bool { return d.Node == b.marked })
	b.one.Hidden = marked < 0 || !active(b.devices[marked])
	b.all.Hidden = len(slices.DeleteFunc(slices.Clone(b.devices), func(d delivery.DeviceStatus) bool { return !active(d) })) < 2
}

// send makes one file for each node: what is meant for one device alone goes into its own file only.
func (b *board) send(nodes []string) {
	var receivers [][]string
	for _, node := range nodes {
		receivers = append(receivers, []string{node})
	}
	b.p.export(receivers, func(made []*delivery.Exported) {
		b.result.RemoveAll()
		for _, one := range made {
			b.result.Add(b.p.madeCard(one))
		}
		b.result.Refresh()
		b.p.root.Refresh()
	})
}

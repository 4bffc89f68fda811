package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
)

// The views of the inbox.
const (
	viewFiles      = "files"
	viewWaiting    = "waiting"
	viewQuarantine = "quarantine"
	viewImports    = "imports"
)

// Inbox is the place where headquarters takes data packages in. Use on the UI goroutine only.
type Inbox struct {
	s        *ui.Session
	view     string
	files    []*item
	kept     []exchange.RefusedFile
	held     []heldLines
	waiting  []waiting
	imports  []exchange.ImportEntry // the newest first
	question *question              // about the marked row; nil while nothing is asked
	marked   map[string]int         // row, by view
	cancel   func()
	running  bool

	root   *fyne.Container
	split  *ui.SplitLayout
	drives *drivepick.Picker
	views  *ui.Chips
	table  *ui.Table
	note   *ui.Text
	all    *ui.Button
	job    *fyne.Container
	words  *ui.Text
	bar    *ui.ProgressBar
	stop   *ui.Button
	detail *fyne.Container
	back   *ui.Button
	scroll *container.Scroll
	one    *ui.Button // takes the marked file in; nil when there is none
}

var (
	_ ui.Place       = (*Inbox)(nil)
	_ ui.Shortcutter = (*Inbox)(nil)
)

// NewInbox makes the place. It reads nothing before Enter.
func NewInbox(s *ui.Session) ui.Place {
	b := &Inbox{s: s, view: viewFiles, marked: map[string]int{}}
	b.build()
	return b
}

// Title is the heading in the header.
func (b *Inbox) Title() string { return b.s.Texts.T("desk.inbox.title") }

// Content is the page.
func (b *Inbox) Content() fyne.CanvasObject { return b.root }

// Enter looks for drives and files, and at what waits, and goes on looking: what arrives shows by itself.
func (b *Inbox) Enter(...any) {
	b.drives.Look()
	b.readRest()
	b.drives.Follow()
}

// Leave ends the looking. A file that is being taken in goes on to its end.
func (b *Inbox) Leave() { b.drives.Rest() }

// Shortcuts are the keys of the place.
func (b *Inbox) Shortcuts() []ui.Shortcut {
	t := b.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyF5, Text: t.T("desk.key.look"), Do: func() { b.Enter() }},
		{Key: fyne.KeyI, Modifier: fyne.KeyModifierControl, Text: t.T("desk.key.take_all"), Do: b.takeAll},
	}
}

func (b *Inbox) build() {
	t := b.s.Texts
	b.drives = drivepick.New(b.s, t.T("desk.inbox.folder"))
	b.drives.OnChoose = func(string) { b.look() }
	b.views = ui.NewChips(nil, false)
	b.views.OnChosen = func(codes []string) {
		if len(codes) > 0 {
			b.view = codes[0]
		}
		b.question = nil
		b.put()
	}
	b.table = ui.NewTable([]ui.Column{{Title: t.T("desk.inbox.what"), Least: 190, Share: 1}, {Title: t.T("desk.inbox.state"), Least: 165}}, b.length, b.cell).TwoLines()
	b.table.OnMark = func(row int) { b.mark(row) }
	b.table.OnOpen = func(row int) {
		b.mark(row)
		b.split.ShowDetail()
		if b.one != nil {
			ui.Focus(b.one)
		}
	}
	b.note = ui.Muted("")
	b.all = ui.NewPrimary("", b.takeAll)
	b.words, b.bar = ui.Muted(""), ui.NewProgressBar()
	b.stop = ui.NewButton(t.T("ui.cancel"), func() {
		if b.cancel != nil {
			b.cancel()
		}
	})
	b.job = ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.Stack(theme.SizeGapTight, b.words, b.bar))), b.stop)
	b.job.Hide()
	top := ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGapWide, b.drives, b.views, ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(b.note)), b.all), b.job))
	b.back = ui.NewQuiet("back", t.T("desk.inbox.back"), func() { b.split.ShowList(); ui.Focus(b.table.Focusable()) })
	way := ui.Row("", b.back, ui.Spacer())
	way.Hide()
	b.detail = ui.Stack(theme.SizeGapWide)
	b.scroll = ui.Page(way, b.detail)
	b.split = ui.NewSplit(ui.Above(top, b.table), b.scroll)
	b.split.ListWidth = 470
	b.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
	b.root = container.NewStack(b.split)
	b.put()
}

// mark shows a row. A question about another one is taken back.
func (b *Inbox) mark(row int) {
	if b.marked[b.view] != row {
		b.question = nil
	}
	b.marked[b.view] = row
	b.show()
}

// run does long work with a line that shows it and a way to stop it.
func (b *Inbox) run(words string, work func(ctx context.Context, progress func(done, total int)) error, done func(error)) {
	if b.running {
		return
	}
	b.running = true
	b.words.SetText(words)
	b.bar.Set(0, 1)
	b.job.Show()
	b.drives.Disable()
	b.put()
	progress := func(done, total int) { b.s.Loop.Post(func() { b.bar.Set(int64(done), int64(total)) }) }
	cancel := ui.Run(b.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx, progress) }, func(_ struct{}, err error) {
		b.running, b.cancel = false, nil
		b.job.Hide()
		b.drives.Enable()
		done(err)
		b.put()
	})
	if b.running {
		b.cancel = cancel
	}
}

// look lists the files in the folder and judges each. One that cannot be read says so and keeps no other from being judged.
func (b *Inbox) look() {
	folder := b.drives.Path()
	if folder == "" {
		b.files = nil
		b.put()
		return
	}
	ws, t := b.s.WS, b.s.Texts
	var items []*item
	var failed error
	b.run(t.T("desk.inbox.looking"), func(ctx context.Context, progress func(done, total int)) error {
		found, err := route.Bundles(folder)
		if err != nil {
			failed = err
			return nil
		}
		for n, f := range found {
			i := &item{file: f}
			if err := i.look(ctx, ws); err != nil {
				return err
			}
			items = append(items, i)
			progress(n+1, len(found))
		}
		return nil
	}, func(err error) {
		b.files = items
		if failed != nil {
			b.s.Fault(failed)
		} else if err != nil && !stopped(err) {
			b.s.Fault(err)
		}
	})
}

// again judges every file anew, after something was taken in.
func (b *Inbox) again() {
	ws := b.s.WS
	items := slices.DeleteFunc(slices.Clone(b.files), func(i *item) bool { return i.result != nil || i.err != nil })
	judged := copies(items)
	b.run(b.s.Texts.T("desk.inbox.looking"), func(ctx context.Context, progress func(done, total int)) error {
		for n, i := range judged {
			if err := i.look(ctx, ws); err != nil {
				return err
			}
			progress(n+1, len(judged))
		}
		return nil
	}, func(error) {
		putBack(items, judged)
		b.readRest()
	})
}

// readRest reads what waits and what is held back.
func (b *Inbox) readRest() {
	ws := b.s.WS
	type rest struct {
		waiting []waiting
		kept    *exchange.QuarantineList
		imports []exchange.ImportEntry
	}
	ui.Run(b.s.Loop, func(ctx context.Context) (r rest, err error) {
		if r.waiting, err = readWaiting(ctx, ws); err != nil {
			return r, err
		}
		if r.kept, err = exchange.ListQuarantine(ctx, ws); err != nil {
			return r, err
		}
		r.imports, err = exchange.Imports(ctx, ws)
		return r, err
	}, func(r rest, err error) {
		if err != nil {
			b.s.Fault(err)
			return
		}
		b.waiting, b.kept, b.imports, b.held = r.waiting, r.kept.Files, r.imports, grouped(r.kept.Lines)
		b.put()
	})
}

func (b *Inbox) ready() []*item {
	return slices.DeleteFunc(slices.Clone(b.files), func(i *item) bool { return !i.ready() })
}

// takeAll takes every good file in.
func (b *Inbox) takeAll() { b.takeIn(b.ready()) }

func (b *Inbox) takeIn(items []*item) {
	if len(items) == 0 || b.running {
		return
	}
	ws, t := b.s.WS, b.s.Texts
	var finished []*item
	tried := copies(items)
	b.run(t.N("desk.inbox.taking", len(items)), func(ctx context.Context, progress func(done, total int)) error {
		return takeAll(ctx, ws, tried, func(i *item) {
			finished = append(finished, i)
			progress(len(finished), len(items))
		})
	}, func(err error) {
		putBack(items, tried)
		refused := 0
		for _, i := range finished {
			if i.err != nil {
				refused++
			}
		}
		switch {
		case stopped(err):
			b.s.Notify(ui.Info, t.N("desk.inbox.stopped", len(finished)))
		case err != nil:
			b.s.Fault(err)
		case refused > 0:
			b.s.Notify(ui.Warning, t.N("desk.inbox.done_refused", refused, "Taken", len(finished)-refused))
		default:
			b.s.Notify(ui.Success, t.N("desk.inbox.done", len(finished)))
		}
		b.again()
	})
}

// takeHeld takes in the parts that waited for the user who is here now.
func (b *Inbox) takeHeld() {
	ws, t := b.s.WS, b.s.Texts
	var results []*exchange.Result
	b.run(t.T("desk.inbox.taking_held"), func(ctx context.Context, _ func(done, total int)) (err error) {
		results, err = exchange.ImportHeld(ctx, ws)
		return err
	}, func(err error) {
		switch {
		case err != nil && !stopped(err):
			b.s.Fault(err)
		case len(results) == 0:
			b.s.Notify(ui.Info, t.T("desk.waiting.not_you"))
		default:
			b.s.Notify(ui.Success, t.N("desk.waiting.done", len(results)))
		}
		b.readRest()
	})
}

func (b *Inbox) length() int {
	switch b.view {
	case viewWaiting:
		return len(b.waiting)
	case viewQuarantine:
		return len(b.held) + len(b.kept)
	case viewImports:
		return len(b.imports)
	}
	return len(b.files)
}

func (b *Inbox) cell(row, column int) ui.Cell {
	t := b.s.Texts
	switch b.view {
	case viewWaiting:
		w := b.waiting[row]
		if column == 0 {
			return ui.Cell{Text: w.device, Detail: b.parts(w.parts), Bold: true}
		}
		return ui.Cell{Badge: t.T("desk.waiting.badge"), Level: ui.Info, Icon: "clock"}
	case viewQuarantine:
		if row < len(b.held) {
			return b.heldCell(b.held[row], column)
		}
		return b.keptCell(b.kept[row-len(b.held)], column)
	case viewImports:
		return b.importCell(b.imports[row], column)
	}
	return b.fileCell(b.files[row], column)
}

func (b *Inbox) fileCell(i *item, column int) ui.Cell {
	t := b.s.Texts
	if column == 1 {
		level, icon, key := i.verdict()
		word := t.T("desk.verdict."+key, "Code", i.code())
		return ui.Cell{Badge: word, Level: level, Icon: icon}
	}
	detail := when(t, i.file.Modified) + " · " + route.SizeText(i.file.Size, t.Lang())
	if i.plan != nil {
		return ui.Cell{Text: fmt.Sprintf("%s · %s %d", b.sender(i.plan), t.T("desk.inbox.number_short"), i.plan.Sequence), Detail: detail, Bold: true}
	}
	return ui.Cell{Text: i.file.Name, Detail: detail, Bold: true}
}

func (b *Inbox) sender(p *exchange.Plan) string { return b.senderName(p.Sender) }

// put shows lists and counts.
func (b *Inbox) put() {
	t := b.s.Texts
	labels := []ui.Choice{}
	for _, v := range []struct {
		view  string
		count int
	}{{viewFiles, len(b.files)}, {viewWaiting, len(b.waiting)}, {viewQuarantine, len(b.held) + len(b.kept)}, {viewImports, len(b.imports)}} {
		labels = append(labels, ui.Choice{Code: v.view, Label: t.T("desk.inbox.view_"+v.view) + " " + strconv.Itoa(v.count)})
	}
	b.views.SetOptions(labels)
	b.views.Put(b.view)
	ready := len(b.ready())
	b.all.SetText(t.N("desk.inbox.take_all", ready))
	b.all.Hidden = b.view != viewFiles || ready == 0
	if b.running {
		b.all.Disable()
	} else {
		b.all.Enable()
	}
	b.note.SetText(b.noteWords())
	b.table.Hidden = b.length() == 0
	b.table.Refresh()
	b.table.Mark(b.marked[b.view])
	b.show()
	b.root.Refresh()
}

func (b *Inbox) noteWords() string {
	t := b.s.Texts
	switch {
	case b.view != viewFiles:
		return t.T("desk.inbox.note_" + b.view)
	case b.drives.Path() == "":
		return t.T("desk.inbox.no_folder")
	case len(b.files) == 0:
		return t.T("desk.inbox.empty")
	}
	bad := 0
	for _, i := range b.files {
		if i.err != nil {
			bad++
		}
	}
	if bad > 0 {
		return t.N("desk.inbox.some_refused", bad)
	}
	return t.N("desk.inbox.found", len(b.files))
}

package shell

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// frame is what stands around every place: training strip, rail, header and status line.
type frame struct {
	widget.BaseWidget
	strip   *ui.Panel // nil outside training
	rail    *rail
	title   *ui.Text
	mission *ui.Text
	notices *fyne.Container // stay above every place until they are taken away
	place   *fyne.Container
	saved   *ui.SavedMark
	unsent  *ui.Badge
	who     *ui.Text
	clock   *ui.QuietClock
	header  *ui.Panel
	status  *ui.Panel
	side    *ui.Panel
	brand   *fyne.Container
	name    *ui.Text
	texts   *i18n.Texts
	// tools are the buttons of the header, once more in the status line for windows too low for a header.
	tools   []*ui.Button
	low     bool
	waiting int // operations that wait for a data package; negative: not known
	loop    ui.Loop
	// writing: somebody writes on a screen that is touched, so the page yields to the keyboard there.
	writing bool
	settled func() // stops the wait after which the page takes its room back
}

// keyboardGone is how long the page waits before it takes back the room of the keyboard: a tap on a button must meet it where it was.
const keyboardGone = 400 * time.Millisecond

// Yield leaves room for the keyboard on the screen while somebody writes.
func (f *frame) Yield(on bool) {
	if f.settled != nil {
		f.settled()
		f.settled = nil
	}
	if on {
		f.yielded(true)
		return
	}
	f.settled = f.loop.After(keyboardGone, func() { f.settled = nil; f.yielded(false) })
}

func (f *frame) yielded(on bool) {
	if f.writing != on {
		f.writing = on
		f.Refresh()
	}
}

// lowWindow is the height of a window, in points at 100 % text, below which the header goes: half a page of 1024 × 600 with text
// at 200 % would be frame.
const lowWindow = 420

// frameFacts is what the frame says about user, device and mission. Aliases only, no names.
type frameFacts struct {
	training              bool
	mission, user, device string
}

func newFrame(texts *i18n.Texts, loop ui.Loop, now func() time.Time, entries []Entry, facts frameFacts, open func(id string), cover, help func()) *frame {
	f := &frame{texts: texts, place: container.NewStack(), notices: ui.Stack(theme.SizeGapTight), waiting: -1, loop: loop}
	title := func(key string) string { return texts.T(key) }
	f.rail = newRail(entries, title, open)
	f.title = ui.Subheading("")
	f.title.Wrap, f.title.Shorten = false, true
	f.mission = ui.NewText(facts.mission)
	f.mission.Color = theme.ColorMuted // whole or not at all: the frame hides it when there is no room
	head := ui.Row(theme.SizeGapWide, ui.Stretch(f.title), f.mission)
	if facts.training {
		words := ui.Strong(texts.T("shell.training_strip"))
		words.Color, words.TextSize, words.Align, words.Shorten = theme.ColorOnTraining, fynetheme.SizeNameCaptionText, ui.AlignCenter, true
		f.strip = ui.NewPanel(theme.ColorTraining, words)
	}
	head.Add(ui.NewIconButton("cover", texts.T("shell.cover"), cover))
	head.Add(ui.NewIconButton("help", texts.T("shell.help"), help))
	f.header = ui.NewPanel("", container.New(barLayout{height: 1.25}, head))

	f.saved = ui.NewSavedMark(texts)
	f.unsent = ui.NewBadge(ui.Neutral, "unsent", "")
	f.unsent.Hide()
	f.who = ui.NewText(texts.T("shell.who", "User", facts.user, "Device", facts.device))
	f.who.Color, f.who.TextSize, f.who.Shorten = theme.ColorMuted, fynetheme.SizeNameCaptionText, true
	f.who.Shorter = []string{facts.user, ""}
	f.clock = ui.NewQuietClock(loop, now)
	line := ui.Row(theme.SizeGapWide, ui.NewIcon("person", theme.ColorMuted), ui.Stretch(f.who), f.saved, f.unsent, f.clock)
	f.tools = []*ui.Button{ui.NewIconButton("cover", texts.T("shell.cover"), cover), ui.NewIconButton("help", texts.T("shell.help"), help)}
	for _, tool := range f.tools {
		tool.Hide()
		line.Add(tool)
	}
	f.status = ui.NewPanel(theme.ColorRail, container.New(barLayout{height: 0.75}, line))

	brand := ui.NewIcon("feltbok", theme.ColorAccent)
	brand.Times = 1.3
	f.name = ui.Strong("Feltbok")
	f.brand = container.New(barLayout{height: 1.25}, ui.Row(theme.SizeGap, brand, f.name))
	f.side = ui.NewPanel(theme.ColorRail, container.NewBorder(f.brand, nil, nil, nil, f.rail.scroll))
	f.ExtendBaseWidget(f)
	return f
}

// put brings a place on screen. Places stay built; only what is shown changes, so that each keeps focus and scroll.
func (f *frame) put(title string, content fyne.CanvasObject) {
	f.title.SetText(title)
	found := false
	for _, o := range f.place.Objects {
		if o == content {
			o.Show()
			found = true
		} else {
			o.Hide()
		}
	}
	if !found {
		f.place.Add(content)
	}
	f.place.Refresh()
}

// notice puts a sentence above every place. One that can be dismissed has a button for it.
func (f *frame) notice(level ui.Level, words string, dismissable bool) {
	var banner *ui.Panel
	var dismiss *ui.Button
	if dismissable {
		dismiss = ui.NewIconButton("close", f.texts.T("ui.close"), func() {
			f.notices.Remove(banner)
			f.Refresh()
		})
	}
	banner = ui.Banner(level, words, nil, dismiss)
	f.notices.Add(banner)
	f.Refresh()
}

// setSaved shows how the latest answer fares.
func (f *frame) setSaved(state ui.SavedState) {
	f.saved.Put(state)
	f.status.Refresh()
}

// setUnsent shows how many operations wait for a data package; negative hides it.
func (f *frame) setUnsent(count int) {
	f.waiting = count
	f.unsent.Hidden = count < 0
	if count == 0 {
		f.unsent.Set(ui.Success, "ok", f.texts.T("shell.all_sent"))
	} else if count > 0 {
		f.unsent.Set(ui.Warning, "unsent", f.texts.N("shell.unsent", count))
	}
	f.status.Refresh()
}

// setLow takes the header away in a low window, and the mark above the rail: its buttons then stand in the status line.
func (f *frame) setLow(low bool) {
	if f.low == low {
		return
	}
	f.low = low
	f.header.Hidden, f.brand.Hidden = low, low
	for _, tool := range f.tools {
		tool.Hidden = !low
	}
	f.side.Refresh()
	f.status.Refresh()
}

// Inside is the place and what stands above it, for the keyboard to be followed there.
func (f *frame) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{f.notices, f.place} }

// MouseIn, MouseMoved and MouseOut note that somebody is there.
func (f *frame) MouseIn(*desktop.MouseEvent)    { ui.NoteActivity() }
func (f *frame) MouseMoved(*desktop.MouseEvent) { ui.NoteActivity() }
func (f *frame) MouseOut()                      {}

func (f *frame) CreateRenderer() fyne.WidgetRenderer {
	return &frameRenderer{frame: f, paper: canvas.NewRectangle(theme.Color(theme.ColorPaper)), line: canvas.NewRectangle(theme.Color(theme.ColorLine)), under: canvas.NewRectangle(theme.Color(theme.ColorLine))}
}

type frameRenderer struct {
	frame              *frame
	paper, line, under *canvas.Rectangle
}

func (r *frameRenderer) MinSize() fyne.Size {
	touch := theme.Size(theme.SizeTouch)
	return fyne.NewSize(touch*8, touch*7)
}

func (r *frameRenderer) Layout(size fyne.Size) {
	f := r.frame
	r.paper.Resize(size)
	top := float32(0)
	if f.strip != nil {
		top = f.strip.MinSize().Height
		f.strip.Resize(fyne.NewSize(size.Width, top))
	}
	f.rail.setSlim(size.Width < ui.Breakpoint*theme.Size(theme.SizeTouch)/44)
	f.name.Hidden = f.rail.slim
	f.setLow(size.Height < lowWindow*theme.Size(theme.SizeTouch)/44)
	width := f.rail.MinSize().Width
	status := f.status.MinSize().Height
	f.side.Move(fyne.NewPos(0, top))
	f.side.Resize(fyne.NewSize(width, size.Height-top-status))
	r.line.Move(fyne.NewPos(width, top))
	r.line.Resize(fyne.NewSize(1, size.Height-top-status))
	left := width + 1
	header := float32(0)
	if !f.low {
		header = f.header.MinSize().Height
	}
	r.under.Hidden = f.low
	f.header.Move(fyne.NewPos(left, top))
	f.header.Resize(fyne.NewSize(size.Width-left, header))
	r.under.Move(fyne.NewPos(left, top+header))
	r.under.Resize(fyne.NewSize(size.Width-left, 1))
	below := top + header
	if !f.low {
		below++
	}
	if len(f.notices.Objects) > 0 {
		gap := theme.Size(theme.SizeGap)
		width := size.Width - left - 2*gap
		f.notices.Resize(fyne.NewSize(width, f.notices.MinSize().Height)) // the width first: wrapped words then know their height
		height := f.notices.MinSize().Height
		f.notices.Resize(fyne.NewSize(width, height))
		f.notices.Move(fyne.NewPos(left+gap, below+gap))
		below += height + gap
	}
	bottom := size.Height - status
	if f.writing {
		bottom = min(bottom, size.Height*(1-ui.KeyboardShare))
	}
	f.place.Move(fyne.NewPos(left, below))
	f.place.Resize(fyne.NewSize(size.Width-left, max(bottom-below, 0)))
	f.status.Move(fyne.NewPos(0, size.Height-status))
	f.status.Resize(fyne.NewSize(size.Width, status))
	room := size.Width - left
	f.mission.Hidden = room < 520*theme.Size(theme.SizeTouch)/44
}

func (r *frameRenderer) Refresh() {
	r.paper.FillColor = theme.Color(theme.ColorPaper)
	r.line.FillColor, r.under.FillColor = theme.Color(theme.ColorLine), theme.Color(theme.ColorLine)
	for _, o := range r.Objects() {
		o.Refresh()
	}
	r.Layout(r.frame.Size())
}

func (r *frameRenderer) Objects() []fyne.CanvasObject {
	f := r.frame
	objects := []fyne.CanvasObject{r.paper}
	if f.strip != nil {
		objects = append(objects, f.strip)
	}
	// The place comes before the rail in the Tab order only by Ctrl+number; reading order is rail, header, place.
	return append(objects, f.side, r.line, f.header, r.under, f.notices, f.place, f.status)
}

func (r *frameRenderer) Destroy() {}

// barLayout makes a bar of a height in touch targets, with space at both ends.
type barLayout struct{ height float32 }

func (l barLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	return fyne.NewSize(size.Width+2*theme.Size(theme.SizeGapWide), max(size.Height, l.height*theme.Size(theme.SizeTouch)))
}

func (l barLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	gap := theme.Size(theme.SizeGapWide)
	objects[0].Move(fyne.NewPos(gap, 0))
	objects[0].Resize(fyne.NewSize(max(size.Width-2*gap, 0), size.Height))
}

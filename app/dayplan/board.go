package dayplan

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/schedule"
)

// board draws the day: a column for each room, interviewer or agency, time downwards. It is one stop of the Tab key. As many columns
// stand beside each other as have room; the keyboard brings the others.
type board struct {
	widget.BaseWidget
	m *model
	// title names a column, words what stands on a slot.
	title func(key string) string
	words func(b *block) (lines []string, icon string, level ui.Level)
	now   func() time.Time

	onMark   func()          // another slot was marked
	onOpen   func()          // Enter
	onLetter func(rune) bool // a letter; false when it means nothing
	onDrop   func()          // a move ended
	onKey    func(fyne.KeyName) bool
	onDrag   func() bool // may the marked slot be dragged?

	titles  *fyne.Container
	more    *ui.Text
	sheet   *sheet
	scroll  *container.Scroll
	focused bool
	first   int // the leftmost column shown
}

func newBoard(m *model) *board {
	b := &board{m: m, titles: container.NewWithoutLayout(), more: ui.Muted("")}
	b.more.TextSize = fynetheme.SizeNameCaptionText
	b.sheet = &sheet{board: b}
	b.sheet.ExtendBaseWidget(b.sheet)
	b.scroll = container.NewVScroll(b.sheet)
	b.ExtendBaseWidget(b)
	return b
}

// The measures of the board, in points that grow with the text.
func (b *board) hour() float32 {
	least := theme.Size(theme.SizeTouch) * 1.1
	if hours := float32(b.m.to-b.m.from) / 60; hours > 0 { // a high screen is used up
		return min(max(least, (b.scroll.Size().Height-theme.Size(theme.SizeGap))/hours), 2*least)
	}
	return least
}
func (b *board) hours() float32  { return theme.Size(fynetheme.SizeNameText) * 3.4 }
func (b *board) least() float32  { return theme.Size(fynetheme.SizeNameText) * 11 }
func (b *board) header() float32 { return theme.Size(theme.SizeTouch) * 0.8 }

// columnsShown is how many columns have room, and how wide each is.
func (b *board) columnsShown() (count int, width float32) {
	room := b.Size().Width - b.hours()
	count = min(max(int(room/b.least()), 1), max(len(b.m.columns), 1))
	return count, room / float32(count)
}

// window is the range of columns on screen; it follows the keyboard.
func (b *board) window() (first, last int, width float32) {
	count, width := b.columnsShown()
	if b.m.col < b.first {
		b.first = b.m.col
	}
	if b.m.col >= b.first+count {
		b.first = b.m.col - count + 1
	}
	b.first = max(min(b.first, len(b.m.columns)-count), 0)
	return b.first, min(b.first+count, len(b.m.columns)), width
}

// Refresh draws the day anew and brings the marked slot on screen.
func (b *board) Refresh() {
	b.BaseWidget.Refresh()
	b.sheet.build()
	b.reveal()
}

func (b *board) reveal() {
	marked := b.m.marked()
	if marked == nil || b.scroll.Size().Height == 0 {
		return
	}
	top, bottom := b.sheet.y(marked.from), b.sheet.y(marked.to)
	offset := b.scroll.Offset.Y
	if bottom > offset+b.scroll.Size().Height {
		offset = bottom - b.scroll.Size().Height
	}
	offset = min(offset, top)
	if offset != b.scroll.Offset.Y {
		b.scroll.ScrollToOffset(fyne.NewPos(0, max(offset, 0)))
	}
}

// FocusGained shows the ring.
func (b *board) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost hides the ring. What was being moved stays lifted: the other hand may have touched the screen.
func (b *board) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune hands a letter to the place.
func (b *board) TypedRune(r rune) {
	ui.NoteActivity()
	if b.onLetter != nil && b.onLetter(r) {
		b.Refresh()
	}
}

// TypedKey moves about, or moves the slot that is lifted.
func (b *board) TypedKey(event *fyne.KeyEvent) {
	ui.NoteActivity()
	if b.m.moving != nil {
		b.moveBy(event.Name)
		return
	}
	switch event.Name {
	case fyne.KeyUp:
		b.m.up(-1)
	case fyne.KeyDown:
		b.m.up(1)
	case fyne.KeyLeft:
		b.m.aside(-1)
	case fyne.KeyRight:
		b.m.aside(1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if b.onOpen != nil {
			b.onOpen()
		}
		return
	default:
		if b.onKey != nil && b.onKey(event.Name) {
			b.Refresh()
		}
		return
	}
	b.tellMarked()
}

func (b *board) tellMarked() {
	b.Refresh()
	if b.onMark != nil {
		b.onMark()
	}
}

// moveBy is what the keys do while a slot is lifted.
func (b *board) moveBy(key fyne.KeyName) {
	switch key {
	case fyne.KeyUp:
		b.m.shift(-schedule.Step)
	case fyne.KeyDown:
		b.m.shift(schedule.Step)
	case fyne.KeyPageUp:
		b.m.shift(-24 * time.Hour)
	case fyne.KeyPageDown:
		b.m.shift(24 * time.Hour)
	case fyne.KeyLeft:
		b.m.sideways(-1)
	case fyne.KeyRight:
		b.m.sideways(1)
	case fyne.KeyEscape:
		b.m.back()
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.onDrop != nil {
			b.onDrop()
		}
		return
	}
	b.tellMarked()
}

// AccessibilityLabel says the marked slot.
func (b *board) AccessibilityLabel() string {
	marked := b.m.marked()
	if marked == nil || b.words == nil {
		return ""
	}
	lines, _, _ := b.words(marked)
	label := ""
	for _, line := range lines {
		label += line + ". "
	}
	return label
}

// AccessibilityRole is the toolkit's nearest.
func (b *board) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is for the toolkit.
func (b *board) CreateRenderer() fyne.WidgetRenderer {
	return &boardRenderer{board: b, ring: canvas.NewRectangle(color.Transparent), line: canvas.NewRectangle(color.Transparent)}
}

type boardRenderer struct {
	board      *board
	ring, line *canvas.Rectangle
}

func (r *boardRenderer) MinSize() fyne.Size {
	b := r.board
	return fyne.NewSize(b.hours()+b.least(), b.header()+2.5*b.hour())
}

func (r *boardRenderer) Layout(size fyne.Size) {
	b := r.board
	header := b.header()
	b.titles.Resize(fyne.NewSize(size.Width, header))
	r.ring.Resize(size)
	r.line.Move(fyne.NewPos(0, header))
	r.line.Resize(fyne.NewSize(size.Width, 1))
	b.scroll.Move(fyne.NewPos(0, header+1))
	b.scroll.Resize(fyne.NewSize(size.Width, max(size.Height-header-1, 0)))
	r.drawTitles()
	b.sheet.build()
	b.reveal()
}

func (r *boardRenderer) drawTitles() {
	b := r.board
	first, last, width := b.window()
	b.titles.Objects = nil
	gap := theme.Size(theme.SizeGapTight)
	for i := first; i < last; i++ {
		words := ui.Strong(b.title(b.m.columns[i].key))
		words.Shorten = true
		if i == b.m.col {
			words.Color = theme.ColorAccent
		}
		box := ui.Middle(words)
		box.Move(fyne.NewPos(b.hours()+float32(i-first)*width+gap, 0))
		box.Resize(fyne.NewSize(width-2*gap, b.header()))
		b.titles.Add(box)
	}
	if last-first < len(b.m.columns) { // which of the columns are on screen
		b.more.SetText(count(first+1, last, len(b.m.columns)))
		b.more.Move(fyne.NewPos(gap, 0))
		b.more.Resize(fyne.NewSize(b.hours()-gap, b.header()))
		b.titles.Add(b.more)
	}
}

func (r *boardRenderer) Refresh() {
	r.ring.StrokeColor, r.ring.StrokeWidth = color.Transparent, 0
	if r.board.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = theme.Color(theme.ColorFocusRing), theme.Size(theme.SizeRing)
	}
	r.ring.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.line.FillColor = theme.Color(theme.ColorLine)
	r.drawTitles()
	canvas.Refresh(r.board)
}

func (r *boardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.board.titles, r.line, r.board.scroll, r.ring}
}

func (r *boardRenderer) Destroy() {}

var (
	_ fyne.Focusable      = (*board)(nil)
	_ fyne.Draggable      = (*sheet)(nil)
	_ fyne.DoubleTappable = (*sheet)(nil)
	_ desktop.Hoverable   = (*sheet)(nil)
)

package dayplan

import (
	"fmt"
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

// sheet is the part of the board that scrolls: hours, breaks and slots. Slots can be tapped and dragged.
type sheet struct {
	widget.BaseWidget
	board   *board
	objects []fyne.CanvasObject
	width   float32

	dragged  fyne.Position // where the pointer is, from the beginning of the drag
	dragging bool
}

func (s *sheet) m() *model { return s.board.m }

// y is where a time of the day stands, in minutes from midnight.
func (s *sheet) y(minutes int) float32 {
	return float32(minutes-s.m().from) / 60 * s.board.hour()
}

// build draws the day.
func (s *sheet) build() {
	s.objects = nil
	width := s.board.Size().Width
	if width == 0 {
		return
	}
	s.width = width
	left := s.board.hours()
	first, last, column := s.board.window()
	s.rules(left, width)
	for i := first; i < last; i++ {
		x := left + float32(i-first)*column
		edge := canvas.NewRectangle(theme.Color(theme.ColorLine))
		edge.Move(fyne.NewPos(x, 0))
		edge.Resize(fyne.NewSize(1, s.y(s.m().to)))
		s.objects = append(s.objects, edge)
	}
	s.breaks(left, width)
	for i := first; i < last; i++ {
		for _, b := range s.m().columns[i].blocks {
			lane := column / float32(b.lanes)
			card := newCard(s.board, b)
			card.Move(fyne.NewPos(left+float32(i-first)*column+float32(b.lane)*lane+2, s.y(b.from)+1))
			card.Resize(fyne.NewSize(lane-4, s.y(b.to)-s.y(b.from)-2))
			s.objects = append(s.objects, card)
		}
	}
	s.nowLine(left, width)
	s.BaseWidget.Refresh()
}

// rules draws the hours.
func (s *sheet) rules(left, width float32) {
	for at := s.m().from; at <= s.m().to; at += 60 {
		line := canvas.NewRectangle(theme.Color(theme.ColorLine))
		line.Move(fyne.NewPos(left, s.y(at)))
		line.Resize(fyne.NewSize(width-left, 1))
		words := ui.Muted(fmt.Sprintf("%02d:00", (at/60+24)%24))
		words.TextSize = fynetheme.SizeNameCaptionText
		words.Move(fyne.NewPos(theme.Size(theme.SizeGapTight), s.y(at)))
		words.Resize(fyne.NewSize(left-theme.Size(theme.SizeGapTight), words.MinSize().Height))
		s.objects = append(s.objects, line, words)
	}
}

// breaks shades the times at which nobody is interviewed.
func (s *sheet) breaks(left, width float32) {
	day, err := time.Parse(time.DateOnly, s.m().day)
	if err != nil {
		return
	}
	for _, b := range s.m().plan.Breaks {
		if !b.On(day.Weekday()) {
			continue
		}
		from, to := int(b.Start), int(b.End)
		if to <= from {
			to = 24 * 60
		}
		shade := canvas.NewRectangle(theme.Color(theme.ColorNeutralTint))
		shade.Move(fyne.NewPos(left+1, s.y(from)))
		shade.Resize(fyne.NewSize(width-left-1, s.y(to)-s.y(from)))
		s.objects = append(s.objects, shade)
	}
}

// nowLine shows where the day has come to.
func (s *sheet) nowLine(left, width float32) {
	now := s.board.now().In(s.m().zone)
	if now.Format(time.DateOnly) != s.m().day {
		return
	}
	line := canvas.NewRectangle(theme.Color(theme.ColorError))
	line.Move(fyne.NewPos(left-4, s.y(s.m().minutes(now))))
	line.Resize(fyne.NewSize(width-left+4, 2))
	s.objects = append(s.objects, line)
}

// hit finds the slot at a position, and the column and time there.
func (s *sheet) hit(at fyne.Position) (found *block, col, minutes int) {
	first, last, width := s.board.window()
	col = first + int((at.X-s.board.hours())/width)
	minutes = s.m().from + int(at.Y/s.board.hour()*60)
	if at.X < s.board.hours() || col < first || col >= last {
		return nil, -1, minutes
	}
	for _, b := range s.m().columns[col].blocks {
		x := at.X - s.board.hours() - float32(col-first)*width
		lane := width / float32(b.lanes)
		if minutes >= b.from && minutes < b.to && x >= float32(b.lane)*lane && x < float32(b.lane+1)*lane {
			return b, col, minutes
		}
	}
	return nil, col, minutes
}

// Tapped marks the slot under the pointer. Where one is being moved, the tap says where to.
func (s *sheet) Tapped(event *fyne.PointEvent) {
	ui.NoteActivity()
	ui.Focus(s.board)
	found, col, minutes := s.hit(event.Position)
	switch {
	case s.m().moving != nil && col >= 0:
		s.carry(col, minutes)
	case found != nil:
		s.m().mark(found.slot.ID)
	}
	s.board.tellMarked()
}

// DoubleTapped opens the slot under the pointer.
func (s *sheet) DoubleTapped(event *fyne.PointEvent) {
	if found, _, _ := s.hit(event.Position); found != nil && s.m().moving == nil {
		s.m().mark(found.slot.ID)
		s.board.onOpen()
	}
}

// carry moves the lifted slot to a column and time, on the grid of [schedule.Step].
func (s *sheet) carry(col, minutes int) {
	step := int(schedule.Step.Minutes())
	minutes = minutes / step * step
	for s.m().col != col {
		was := s.m().col
		s.m().sideways(map[bool]int{true: 1, false: -1}[col > was])
		if s.m().col == was {
			break
		}
	}
	s.m().shift(time.Duration(minutes-s.m().minutes(s.m().moving.Start)) * time.Minute)
}

// Dragged lifts the slot under the pointer and carries it along.
func (s *sheet) Dragged(event *fyne.DragEvent) {
	ui.NoteActivity()
	if !s.dragging {
		start := event.Position.Subtract(fyne.NewPos(event.Dragged.DX, event.Dragged.DY))
		found, _, minutes := s.hit(start)
		if found == nil || s.m().moving != nil {
			s.board.scroll.ScrollToOffset(s.board.scroll.Offset.SubtractXY(0, event.Dragged.DY)) // a finger on empty ground scrolls
			return
		}
		s.m().mark(found.slot.ID)
		if s.board.onDrag == nil || !s.board.onDrag() {
			return
		}
		s.dragging = true
		s.dragged = fyne.NewPos(0, float32(minutes-found.from)) // where in the slot it was taken hold of
		ui.Focus(s.board)
	}
	if _, col, minutes := s.hit(event.Position); col >= 0 {
		s.carry(col, minutes-int(s.dragged.Y))
		s.board.tellMarked()
	}
}

// DragEnd sets the slot down.
func (s *sheet) DragEnd() {
	if s.dragging {
		s.dragging = false
		s.board.onDrop()
	}
}

// MouseIn, MouseMoved and MouseOut note that somebody is there.
func (s *sheet) MouseIn(*desktop.MouseEvent)    { ui.NoteActivity() }
func (s *sheet) MouseMoved(*desktop.MouseEvent) {}
func (s *sheet) MouseOut()                      {}

// CreateRenderer is for the toolkit.
func (s *sheet) CreateRenderer() fyne.WidgetRenderer { return &sheetRenderer{s} }

type sheetRenderer struct{ sheet *sheet }

func (r *sheetRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, r.sheet.y(r.sheet.m().to)+theme.Size(theme.SizeGap))
}

func (r *sheetRenderer) Layout(size fyne.Size) {
	if size.Width != r.sheet.width {
		r.sheet.build()
	}
}

func (r *sheetRenderer) Refresh()                     { canvas.Refresh(r.sheet) }
func (r *sheetRenderer) Objects() []fyne.CanvasObject { return r.sheet.objects }
func (r *sheetRenderer) Destroy()                     {}

// newCard draws one slot: a coloured edge for its state, which an icon and a word say too, and the lines that have room.
func newCard(b *board, block *block) fyne.CanvasObject {
	lines, icon, level := b.words(block)
	fill, ink := colours(level)
	ground := canvas.NewRectangle(theme.Color(fill))
	ground.CornerRadius = theme.Size(theme.SizeGapTight)
	ground.StrokeColor, ground.StrokeWidth = theme.Color(theme.ColorLine), 1
	edge := canvas.NewRectangle(theme.Color(ink))
	ring := canvas.NewRectangle(theme.Color(fill))
	ring.FillColor = nil
	ring.CornerRadius = ground.CornerRadius
	if block.slot.ID == b.m.at {
		ring.StrokeColor, ring.StrokeWidth = theme.Color(theme.ColorAccent), theme.Size(theme.SizeRing)
		if b.m.moving != nil {
			ring.StrokeWidth *= 2
		}
	}
	words := make([]fyne.CanvasObject, 0, len(lines)+1)
	for i, line := range lines {
		text := ui.NewText(line)
		text.Bold, text.Shorten, text.TextSize = i == 0, true, fynetheme.SizeNameCaptionText
		if i == 0 && icon != "" {
			words = append(words, ui.Row(theme.SizeGapTight, ui.NewIcon(icon, ink), ui.Stretch(ui.Middle(text))))
			continue
		}
		words = append(words, text)
	}
	return container.New(&cardLayout{}, ground, edge, container.NewWithoutLayout(words...), ring)
}

func colours(level ui.Level) (fill, ink fyne.ThemeColorName) {
	switch level {
	case ui.Info:
		return theme.ColorAccentTint, theme.ColorAccent
	case ui.Success:
		return theme.ColorSuccessTint, theme.ColorSuccess
	case ui.Warning:
		return theme.ColorWarningTint, theme.ColorWarning
	case ui.Error:
		return theme.ColorErrorTint, theme.ColorError
	}
	return theme.ColorSurface, theme.ColorMuted
}

// cardLayout puts the lines of a slot below each other and leaves out those that have no room.
type cardLayout struct{}

func (*cardLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (*cardLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	pad := theme.Size(theme.SizeGapTight)
	objects[0].Resize(size)
	objects[1].Resize(fyne.NewSize(pad, size.Height))
	objects[3].Resize(size)
	words := objects[2].(*fyne.Container)
	words.Resize(size)
	y := pad / 2
	for _, line := range words.Objects {
		height := line.MinSize().Height
		if y+height > size.Height && y > pad {
			line.Hide()
		}
		line.Move(fyne.NewPos(2*pad, y))
		line.Resize(fyne.NewSize(max(size.Width-3*pad, 0), height))
		y += height
	}
}

func count(first, last, all int) string { return fmt.Sprintf("%d–%d / %d", first, last, all) }

package ui

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Column is one column of a Table.
type Column struct {
	Title string
	// Share is the column's part of the width left over; zero keeps it at Least.
	Share float32
	// Least is its least width in points at 100 %; zero is 60.
	Least float32
	// HideBelow leaves the column out while the table is narrower than this many points; zero never.
	HideBelow float32
	// Right puts words at the right: numbers.
	Right bool
	// Sortable makes the title a button that calls Table.OnSort.
	Sortable bool
}

// Cell is what a Table shows in one place. Icon and Word together make a badge of the level.
type Cell struct {
	Text string
	// Detail stands small below the text.
	Detail string
	Bold   bool
	Muted  bool
	// Badge, when not empty, is shown instead of the text, in the colours of Level.
	Badge string
	Level Level
	Icon  string
}

// Table shows rows of any number: only those on screen are built. Up and Down move, Home, End and the page keys jump,
// Enter or Space open a row. One stop of the Tab key.
type Table struct {
	widget.BaseWidget
	// Length tells how many rows there are.
	Length func() int
	// Cell tells what stands in a row and column.
	Cell func(row, column int) Cell
	// OnOpen is called when a row is opened by Enter, Space or a tap.
	OnOpen func(row int)
	// OnMark, when set, is called when the keyboard or a tap moves to a row.
	OnMark func(row int)
	// OnEscape, when set, is called for Escape.
	OnEscape func()
	// OnSort is called when the title of a sortable column is pressed.
	OnSort func(column int, descending bool)

	columns    []Column
	header     *tableHeader
	list       *tableList
	lines      int
	marked     int
	sorted     int
	descending bool
}

// NewTable makes a table. Set Length and Cell before it is shown, or give them here.
func NewTable(columns []Column, length func() int, cell func(row, column int) Cell) *Table {
	t := &Table{columns: columns, Length: length, Cell: cell, lines: 1, sorted: -1}
	t.list = newTableList(t)
	t.header = newTableHeader(t)
	t.ExtendBaseWidget(t)
	return t
}

// TwoLines makes every row high enough for a Detail. Call it before the table is shown.
func (t *Table) TwoLines() *Table { t.lines = 2; return t }

// Focusable is the part that takes the keyboard.
func (t *Table) Focusable() fyne.Focusable { return t.list }

// Marked returns the row that the keyboard is at; -1 when there are no rows.
func (t *Table) Marked() int {
	if t.Length() == 0 {
		return -1
	}
	return min(t.marked, t.Length()-1)
}

// Mark moves to a row and scrolls it on screen.
func (t *Table) Mark(row int) {
	if row < 0 || row >= t.Length() {
		return
	}
	t.marked = row
	t.list.Highlight(row)
}

// markTo moves to another row and tells of it.
func (t *Table) markTo(row int) {
	if row == t.marked {
		return
	}
	t.Mark(row)
	if t.OnMark != nil {
		t.OnMark(row)
	}
}

// SortedBy shows at a title how the rows are sorted; column -1 for none.
func (t *Table) SortedBy(column int, descending bool) {
	t.sorted, t.descending = column, descending
	t.header.Refresh()
}

// widths shares the width among the columns that have room; a column left out has width 0.
func (t *Table) widths(width float32) []float32 {
	widths := make([]float32, len(t.columns))
	scale := theme.Size(theme.SizeTouch) / 44
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	spare, shares := width-2*pad, float32(0)
	for i, c := range t.columns {
		if c.HideBelow > 0 && width < c.HideBelow*scale {
			continue
		}
		least := c.Least
		if least == 0 {
			least = 60
		}
		widths[i] = least * scale
		spare -= widths[i]
		shares += c.Share
	}
	for i, c := range t.columns {
		if widths[i] > 0 && shares > 0 && spare > 0 {
			widths[i] += spare * c.Share / shares
		}
	}
	return widths
}

// gapAfter is the space at the end of a column; words at the right need more, to keep clear of the next column.
func (t *Table) gapAfter(column int) float32 {
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	if t.columns[column].Right {
		return 2 * pad
	}
	return pad
}

// CreateRenderer is for the toolkit.
func (t *Table) CreateRenderer() fyne.WidgetRenderer {
	t.ExtendBaseWidget(t)
	return &tableRenderer{t}
}

type tableRenderer struct{ table *Table }

func (r *tableRenderer) MinSize() fyne.Size {
	var width float32
	for _, c := range r.table.columns {
		if c.HideBelow == 0 {
			width += max(c.Least, 60)
		}
	}
	touch := theme.Size(theme.SizeTouch)
	return fyne.NewSize(width*touch/44, touch*3)
}

func (r *tableRenderer) Layout(size fyne.Size) {
	height := r.table.header.MinSize().Height
	r.table.header.Resize(fyne.NewSize(size.Width, height))
	r.table.list.Move(fyne.NewPos(0, height))
	r.table.list.Resize(fyne.NewSize(size.Width, size.Height-height))
}

func (r *tableRenderer) Refresh() {
	r.table.header.Refresh()
	r.table.list.Refresh()
	canvas.Refresh(r.table)
}

func (r *tableRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.table.header, r.table.list}
}

func (r *tableRenderer) Destroy() {}

// tableList is the toolkit's list with the keys that are missing there.
type tableList struct {
	widget.List
	table   *Table
	ahead   TypeAhead
	focused bool
}

func newTableList(t *Table) *tableList {
	l := &tableList{table: t}
	l.Length = func() int { return t.Length() }
	l.CreateItem = func() fyne.CanvasObject { return newTableRow(t) }
	l.UpdateItem = func(id int, object fyne.CanvasObject) { object.(*tableRow).put(id) }
	l.OnHighlighted = func(id int) {
		if l.focused && t.marked != id {
			t.marked = id
			if t.OnMark != nil {
				t.OnMark(id)
			}
			l.Refresh()
		}
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

func (l *tableList) FocusGained() {
	l.focused = true
	l.Highlight(l.table.marked)
	l.List.FocusGained()
	l.Refresh()
	reveal(l.table)
}

func (l *tableList) FocusLost() {
	l.focused = false
	l.List.FocusLost()
	l.Refresh()
}

func (l *tableList) TypedKey(event *fyne.KeyEvent) {
	if windowKey(l, event) {
		return
	}
	if event.Name == fyne.KeyEscape {
		escape(l, l.table.OnEscape, event)
		return
	}
	l.ahead.Key(event.Name)
	t := l.table
	last := t.Length() - 1
	if last < 0 {
		return
	}
	page := max(int(l.Size().Height/max(l.rowHeight(), 1))-1, 1)
	to := t.Marked()
	switch event.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if t.OnOpen != nil {
			t.OnOpen(t.Marked())
		}
		return
	case fyne.KeyUp:
		to--
	case fyne.KeyDown:
		to++
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyPageDown:
		to += page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = last
	default:
		return
	}
	t.markTo(min(max(to, 0), last))
}

// TypedRune goes to the row that begins with what is typed, or in which a word does.
func (l *tableList) TypedRune(r rune) {
	if WindowRune(l, r) {
		return
	}
	t := l.table
	words := func(row int) string {
		cells := make([]string, len(t.columns))
		for column := range t.columns {
			cells[column] = t.Cell(row, column).Text
		}
		return strings.Join(cells, " ")
	}
	if row := l.ahead.Next(r, max(t.Marked(), 0), min(t.Length(), aheadRows), words); row >= 0 {
		t.markTo(row)
	}
}

// aheadRows is how many rows are looked through for a letter: longer lists have a search field.
const aheadRows = 5000

func (l *tableList) rowHeight() float32 {
	return newTableRow(l.table).MinSize().Height + theme.Size(fynetheme.SizeNamePadding)
}

// tableRow is one row on screen.
type tableRow struct {
	widget.BaseWidget
	table   *Table
	row     int
	box     *canvas.Rectangle
	line    *canvas.Rectangle
	ring    focusRing
	cells   []*tableCell
	hovered bool
}

type tableCell struct {
	text, detail *Text
	badge        *Badge
}

func newTableRow(t *Table) *tableRow {
	r := &tableRow{table: t, row: -1, box: canvas.NewRectangle(color.Transparent), line: canvas.NewRectangle(color.Transparent), ring: newFocusRing()}
	for _, c := range t.columns {
		align := AlignLeft
		if c.Right {
			align = AlignRight
		}
		r.cells = append(r.cells, &tableCell{
			text:   newText(&Text{Shorten: true, Align: align}),
			detail: newText(&Text{Shorten: true, Align: align, Color: theme.ColorMuted, TextSize: fynetheme.SizeNameCaptionText}),
			badge:  NewBadge(Neutral, "", ""),
		})
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *tableRow) put(row int) {
	r.row = row
	for i, c := range r.cells {
		cell := r.table.Cell(row, i)
		c.badge.Hidden = cell.Badge == ""
		c.text.Hidden = cell.Badge != ""
		c.detail.Hidden = cell.Detail == "" || cell.Badge != ""
		if cell.Badge != "" {
			c.badge.Set(cell.Level, cell.Icon, cell.Badge)
			continue
		}
		c.text.Words, c.text.Bold, c.text.Color = cell.Text, cell.Bold, ""
		if cell.Muted {
			c.text.Color = theme.ColorMuted
		}
		c.detail.Words = cell.Detail
		c.text.Refresh()
		c.detail.Refresh()
	}
	r.Refresh()
}

// Tapped marks and opens the row.
func (r *tableRow) Tapped(*fyne.PointEvent) {
	touch()
	t := r.table
	t.marked = r.row
	focusOn(t.list)
	t.list.Highlight(r.row)
	if t.OnMark != nil {
		t.OnMark(r.row)
	}
	if t.OnOpen != nil {
		t.OnOpen(r.row)
	}
}

func (r *tableRow) MouseIn(*desktop.MouseEvent)    { touch(); r.hovered = true; r.Refresh() }
func (r *tableRow) MouseMoved(*desktop.MouseEvent) {}
func (r *tableRow) MouseOut()                      { r.hovered = false; r.Refresh() }

func (r *tableRow) CreateRenderer() fyne.WidgetRenderer { return &tableRowRenderer{r} }

type tableRowRenderer struct{ row *tableRow }

func (r *tableRowRenderer) MinSize() fyne.Size {
	height := theme.Size(theme.SizeTouch)
	if r.row.table.lines == 2 {
		height *= 1.36
	}
	return fyne.NewSize(0, height)
}

func (r *tableRowRenderer) Layout(size fyne.Size) {
	row := r.row
	row.box.Resize(size)
	row.ring.place(size)
	row.line.Move(fyne.NewPos(0, size.Height+1))
	row.line.Resize(fyne.NewSize(size.Width, 1))
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	x := pad
	for i, width := range row.table.widths(size.Width) {
		c := row.cells[i]
		room := fyne.NewSize(max(width-row.table.gapAfter(i), 0), size.Height)
		place := func(o fyne.CanvasObject, top, height float32) {
			o.Move(fyne.NewPos(x, top))
			o.Resize(fyne.NewSize(room.Width, height))
		}
		if c.detail.Hidden {
			place(c.text, 0, size.Height)
		} else {
			upper, lower := c.text.MinSize().Height, c.detail.MinSize().Height
			top := (size.Height - upper - lower) / 2
			place(c.text, top, upper)
			place(c.detail, top+upper, lower)
		}
		place(c.badge, 0, size.Height)
		x += width
	}
}

func (r *tableRowRenderer) Refresh() {
	row := r.row
	t := row.table
	here := t.marked == row.row && t.list.focused
	row.box.FillColor = color.Transparent
	row.box.CornerRadius = theme.Size(fynetheme.SizeNameSelectionRadius)
	switch {
	case here:
		row.box.FillColor = theme.Color(theme.ColorAccentTint)
	case row.hovered:
		row.box.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	row.line.FillColor = theme.Color(theme.ColorLine)
	row.ring.show(here, fynetheme.SizeNameSelectionRadius)
	r.Layout(row.Size())
	canvas.Refresh(row)
}

func (r *tableRowRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.row.box, r.row.line}
	widths := r.row.table.widths(r.row.Size().Width)
	for i, c := range r.row.cells {
		if widths[i] > 0 {
			objects = append(objects, c.text, c.detail, c.badge)
		}
	}
	return append(objects, r.row.ring.Rectangle)
}

func (r *tableRowRenderer) Destroy() {}

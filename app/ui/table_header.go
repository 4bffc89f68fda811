package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// tableHeader shows the titles. A sortable one is pressed with the pointer; by keyboard, places sort through their own
// controls, so that the table stays one stop of the Tab key.
type tableHeader struct {
	widget.BaseWidget
	table  *Table
	titles []*tableTitle
	line   *canvas.Rectangle
}

func newTableHeader(t *Table) *tableHeader {
	h := &tableHeader{table: t, line: canvas.NewRectangle(theme.Color(theme.ColorLine))}
	for i, c := range t.columns {
		align := AlignLeft
		if c.Right {
			align = AlignRight
		}
		title := &tableTitle{table: t, column: i, words: newText(&Text{Shorten: true, Align: align, Bold: true, Color: theme.ColorMuted, TextSize: fynetheme.SizeNameCaptionText})}
		title.ExtendBaseWidget(title)
		h.titles = append(h.titles, title)
	}
	h.ExtendBaseWidget(h)
	return h
}

func (h *tableHeader) CreateRenderer() fyne.WidgetRenderer { return &tableHeaderRenderer{h} }

type tableHeaderRenderer struct{ header *tableHeader }

func (r *tableHeaderRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, theme.Size(theme.SizeTouch)*0.8)
}

func (r *tableHeaderRenderer) Layout(size fyne.Size) {
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	x := pad
	for i, width := range r.header.table.widths(size.Width) {
		r.header.titles[i].Hidden = width == 0
		r.header.titles[i].Move(fyne.NewPos(x, 0))
		r.header.titles[i].Resize(fyne.NewSize(max(width-r.header.table.gapAfter(i), 0), size.Height))
		x += width
	}
	r.header.line.Move(fyne.NewPos(0, size.Height-1))
	r.header.line.Resize(fyne.NewSize(size.Width, 1))
}

func (r *tableHeaderRenderer) Refresh() {
	t := r.header.table
	for i, title := range r.header.titles {
		title.words.Words = t.columns[i].Title
		if i == t.sorted {
			if t.descending {
				title.words.Words += " ↓"
			} else {
				title.words.Words += " ↑"
			}
		}
		title.words.Refresh()
	}
	r.header.line.FillColor = theme.Color(theme.ColorInputLine)
	r.Layout(r.header.Size())
	canvas.Refresh(r.header)
}

func (r *tableHeaderRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, 0, len(r.header.titles)+1)
	for _, title := range r.header.titles {
		objects = append(objects, title)
	}
	return append(objects, r.header.line)
}

func (r *tableHeaderRenderer) Destroy() {}

type tableTitle struct {
	widget.BaseWidget
	table  *Table
	column int
	words  *Text
}

func (t *tableTitle) Tapped(*fyne.PointEvent) {
	table := t.table
	if !table.columns[t.column].Sortable || table.OnSort == nil {
		return
	}
	descending := table.sorted == t.column && !table.descending
	table.SortedBy(t.column, descending)
	table.OnSort(t.column, descending)
}

func (t *tableTitle) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.words) }

package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// pickList shows the matches of a PickEntry in a popup. A popup takes the keyboard from what is below it, so the list has
// it and hands letters and most keys on to the entry.
type pickList struct {
	widget.BaseWidget
	owner   *PickEntry
	choices []Choice
	more    bool
	marked  int
	rows    []*pickRow
	note    *Text
}

var (
	_ fyne.Focusable    = (*pickList)(nil)
	_ fyne.Tabbable     = (*pickList)(nil)
	_ fyne.Shortcutable = (*pickList)(nil)
)

func newPickList(owner *PickEntry) *pickList {
	l := &pickList{owner: owner, note: Muted("")}
	for i := range pickRows {
		l.rows = append(l.rows, newPickRow(func() { owner.take(l.choices[i]) }))
	}
	l.ExtendBaseWidget(l)
	return l
}

func (l *pickList) show(choices []Choice) {
	l.more = len(choices) > pickRows
	l.choices = choices[:min(len(choices), pickRows)]
	l.marked = 0
	switch {
	case len(l.choices) == 0:
		l.note.Words = l.owner.texts.T("ui.pick.none")
	case l.more:
		l.note.Words = l.owner.texts.T("ui.pick.more")
	default:
		l.note.Words = ""
	}
	l.Refresh()
}

func (l *pickList) move(by int) {
	if len(l.choices) > 0 {
		l.marked = (l.marked + by + len(l.choices)) % len(l.choices)
		l.Refresh()
	}
}

func (l *pickList) FocusGained()                  {}
func (l *pickList) FocusLost()                    {}
func (l *pickList) AcceptsTab() bool              { return true }
func (l *pickList) TypedRune(r rune)              { l.owner.TypedRune(r) }
func (l *pickList) TypedShortcut(s fyne.Shortcut) { l.owner.TypedShortcut(s) }

func (l *pickList) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeyTab {
		if len(l.choices) > 0 && l.owner.Text != "" {
			l.owner.take(l.choices[l.marked])
		} else {
			l.owner.close()
		}
		if c := canvasOf(l.owner); c != nil {
			c.FocusNext()
		}
		return
	}
	l.owner.TypedKey(event)
}

func (l *pickList) CreateRenderer() fyne.WidgetRenderer { return &pickListRenderer{l} }

type pickListRenderer struct{ list *pickList }

func (r *pickListRenderer) MinSize() fyne.Size {
	height := float32(0)
	for range r.list.choices {
		height += theme.Size(theme.SizeTouch)
	}
	if r.list.note.Words != "" {
		height += r.list.note.MinSize().Height + 2*theme.Size(theme.SizeGap)
	}
	return fyne.NewSize(theme.Size(theme.SizeTouch)*5, height)
}

func (r *pickListRenderer) Layout(size fyne.Size) {
	height := theme.Size(theme.SizeTouch)
	for i, row := range r.list.rows {
		row.Move(fyne.NewPos(0, float32(i)*height))
		row.Resize(fyne.NewSize(size.Width, height))
	}
	gap := theme.Size(theme.SizeGap)
	r.list.note.Move(fyne.NewPos(gap, float32(len(r.list.choices))*height+gap))
	r.list.note.Resize(fyne.NewSize(size.Width-2*gap, r.list.note.MinSize().Height))
}

func (r *pickListRenderer) Refresh() {
	for i, row := range r.list.rows {
		if i >= len(r.list.choices) {
			row.Hide()
			continue
		}
		row.Show()
		row.put(r.list.choices[i], i == r.list.marked)
	}
	r.list.note.Refresh()
	r.Layout(r.list.Size())
	canvas.Refresh(r.list)
}

func (r *pickListRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, 0, len(r.list.rows)+1)
	for _, row := range r.list.rows {
		objects = append(objects, row)
	}
	return append(objects, r.list.note)
}

func (r *pickListRenderer) Destroy() {}

// pickRow is one match.
type pickRow struct {
	widget.BaseWidget
	box           *canvas.Rectangle
	label, detail *Text
	tapped        func()
	marked        bool
	hovered       bool
}

func newPickRow(tapped func()) *pickRow {
	r := &pickRow{box: canvas.NewRectangle(color.Transparent), label: NewText(""), detail: newText(&Text{Color: theme.ColorMuted, TextSize: fynetheme.SizeNameCaptionText}), tapped: tapped}
	r.label.Shorten = true
	r.ExtendBaseWidget(r)
	return r
}

func (r *pickRow) put(c Choice, marked bool) {
	r.label.Words, r.detail.Words, r.marked = c.Label, c.Detail, marked
	r.label.Bold = marked
	r.label.Refresh()
	r.detail.Refresh()
	r.Refresh()
}

func (r *pickRow) Tapped(*fyne.PointEvent)             { r.tapped() }
func (r *pickRow) MouseIn(*desktop.MouseEvent)         { r.hovered = true; r.Refresh() }
func (r *pickRow) MouseMoved(*desktop.MouseEvent)      {}
func (r *pickRow) MouseOut()                           { r.hovered = false; r.Refresh() }
func (r *pickRow) CreateRenderer() fyne.WidgetRenderer { return &pickRowRenderer{r} }

type pickRowRenderer struct{ row *pickRow }

func (r *pickRowRenderer) MinSize() fyne.Size {
	return fyne.NewSize(theme.Size(theme.SizeTouch)*3, theme.Size(theme.SizeTouch))
}

func (r *pickRowRenderer) Layout(size fyne.Size) {
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	r.row.box.Resize(size)
	detail := r.row.detail.MinSize().Width
	r.row.detail.Move(fyne.NewPos(size.Width-detail-pad, 0))
	r.row.detail.Resize(fyne.NewSize(detail, size.Height))
	r.row.label.Move(fyne.NewPos(pad, 0))
	r.row.label.Resize(fyne.NewSize(max(size.Width-detail-3*pad, 0), size.Height))
}

func (r *pickRowRenderer) Refresh() {
	row := r.row
	row.box.FillColor = color.Transparent
	row.box.CornerRadius = theme.Size(fynetheme.SizeNameSelectionRadius)
	switch {
	case row.marked:
		row.box.FillColor = theme.Color(theme.ColorAccentTint)
	case row.hovered:
		row.box.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	r.Layout(row.Size())
	canvas.Refresh(row)
}

func (r *pickRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.row.box, r.row.label, r.row.detail}
}

func (r *pickRowRenderer) Destroy() {}

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Breakpoint is the width, in points at 100 %, from which two panes stand beside each other.
const Breakpoint = 900

// SplitLayout shows a list and a detail beside each other from Breakpoint upwards, and one of them at a time below it.
// It goes by its own width, not by the kind of device.
type SplitLayout struct {
	widget.BaseWidget
	List, Detail fyne.CanvasObject
	// ListWidth is the width of the list in points at 100 % when both stand; zero is 340.
	ListWidth float32
	// OnNarrow, when set, is called when the number of panes changes: show or hide a "back" button.
	OnNarrow func(narrow bool)

	showDetail bool
	narrow     bool
}

// NewSplit makes one that shows the list first.
func NewSplit(list, detail fyne.CanvasObject) *SplitLayout {
	s := &SplitLayout{List: list, Detail: detail}
	s.ExtendBaseWidget(s)
	return s
}

// ShowDetail brings the detail on screen when only one pane has room.
func (s *SplitLayout) ShowDetail() { s.showDetail = true; s.Refresh() }

// ShowList brings the list on screen when only one pane has room.
func (s *SplitLayout) ShowList() { s.showDetail = false; s.Refresh() }

// Narrow tells whether only one pane has room.
func (s *SplitLayout) Narrow() bool { return s.narrow }

// CreateRenderer is for the toolkit.
func (s *SplitLayout) CreateRenderer() fyne.WidgetRenderer {
	s.ExtendBaseWidget(s)
	return &splitRenderer{split: s, line: canvas.NewRectangle(theme.Color(theme.ColorLine))}
}

type splitRenderer struct {
	split *SplitLayout
	line  *canvas.Rectangle
}

func (r *splitRenderer) MinSize() fyne.Size {
	// The least it needs is one pane; two stand side by side only where there is room anyway.
	return r.split.List.MinSize().Max(r.split.Detail.MinSize()).Min(fyne.NewSize(Breakpoint/3, 1e6))
}

func (r *splitRenderer) Layout(size fyne.Size) {
	s := r.split
	narrow := size.Width < Breakpoint*theme.Size(theme.SizeTouch)/44
	if narrow != s.narrow {
		s.narrow = narrow
		if s.OnNarrow != nil {
			s.OnNarrow(narrow)
		}
	}
	r.line.Hidden = narrow
	if narrow {
		shown, hidden := s.List, s.Detail
		if s.showDetail {
			shown, hidden = s.Detail, s.List
		}
		hidden.Hide()
		shown.Show()
		shown.Move(fyne.NewPos(0, 0))
		shown.Resize(size)
		return
	}
	width := s.ListWidth
	if width == 0 {
		width = 340
	}
	width = min(width*theme.Size(theme.SizeTouch)/44, size.Width*0.45)
	s.List.Show()
	s.Detail.Show()
	s.List.Move(fyne.NewPos(0, 0))
	s.List.Resize(fyne.NewSize(width, size.Height))
	r.line.Move(fyne.NewPos(width, 0))
	r.line.Resize(fyne.NewSize(1, size.Height))
	s.Detail.Move(fyne.NewPos(width+1, 0))
	s.Detail.Resize(fyne.NewSize(size.Width-width-1, size.Height))
}

func (r *splitRenderer) Refresh() {
	r.line.FillColor = theme.Color(theme.ColorLine)
	r.Layout(r.split.Size())
	r.split.List.Refresh()
	r.split.Detail.Refresh()
	canvas.Refresh(r.split)
}

func (r *splitRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.split.List, r.line, r.split.Detail}
}

func (r *splitRenderer) Destroy() {}

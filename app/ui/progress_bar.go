package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// ProgressBar is a thin line that fills from the left. It says how far something is, beside words that say it too.
type ProgressBar struct {
	widget.BaseWidget
	// Share is between 0 and 1.
	Share float32
	// Color is a colour of the theme; empty is the accent.
	Color fyne.ThemeColorName
}

// NewProgressBar makes an empty one.
func NewProgressBar() *ProgressBar {
	p := &ProgressBar{}
	p.ExtendBaseWidget(p)
	return p
}

// Set shows a share; done of total, where a total of zero is empty.
func (p *ProgressBar) Set(done, total int64) {
	p.Share = 0
	if total > 0 {
		p.Share = min(max(float32(done)/float32(total), 0), 1)
	}
	p.Refresh()
}

// CreateRenderer is for the toolkit.
func (p *ProgressBar) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	r := &progressRenderer{bar: p, track: canvas.NewRectangle(color.Transparent), fill: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type progressRenderer struct {
	bar         *ProgressBar
	track, fill *canvas.Rectangle
}

func (r *progressRenderer) MinSize() fyne.Size { return fyne.NewSize(60, 6) }

func (r *progressRenderer) Layout(size fyne.Size) {
	top := (size.Height - 6) / 2
	r.track.Move(fyne.NewPos(0, top))
	r.track.Resize(fyne.NewSize(size.Width, 6))
	r.fill.Move(fyne.NewPos(0, top))
	r.fill.Resize(fyne.NewSize(size.Width*r.bar.Share, 6))
}

func (r *progressRenderer) Refresh() {
	name := r.bar.Color
	if name == "" {
		name = theme.ColorAccent
	}
	r.track.FillColor, r.fill.FillColor = theme.Color(theme.ColorNeutralTint), theme.Color(name)
	r.track.CornerRadius, r.fill.CornerRadius = 3, 3
	r.fill.Hidden = r.bar.Share <= 0
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}

func (r *progressRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.track, r.fill} }

func (r *progressRenderer) Destroy() {}

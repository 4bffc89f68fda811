package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Icon shows a picture of assets/icons beside text.
type Icon struct {
	widget.BaseWidget
	Name  string
	Color fyne.ThemeColorName
	// Times is the size in lines of body text; zero is one.
	Times float32
}

// NewIcon makes an icon in a colour of the theme; an empty colour is ink.
func NewIcon(name string, color fyne.ThemeColorName) *Icon {
	i := &Icon{Name: name, Color: color}
	i.ExtendBaseWidget(i)
	return i
}

// Set shows another picture.
func (i *Icon) Set(name string, color fyne.ThemeColorName) {
	i.Name, i.Color = name, color
	i.Refresh()
}

// CreateRenderer is for the toolkit.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	i.ExtendBaseWidget(i)
	r := &iconRenderer{icon: i, image: canvas.NewImageFromResource(nil)}
	r.image.FillMode = canvas.ImageFillContain
	r.update()
	return r
}

type iconRenderer struct {
	icon  *Icon
	image *canvas.Image
	shown drawn
}

// drawn is what a picture was last made of: its name and the colour that the theme had for it.
type drawn struct {
	name  string
	color color.Color
}

func (r *iconRenderer) MinSize() fyne.Size {
	times := r.icon.Times
	if times == 0 {
		times = 1
	}
	return fyne.NewSquareSize(theme.Size(fynetheme.SizeNameInlineIcon) * times)
}

func (r *iconRenderer) Layout(size fyne.Size) { r.image.Resize(size) }

// update takes the picture of the icon, and reports whether it is another than before.
func (r *iconRenderer) update() bool {
	name := r.icon.Color
	if name == "" {
		name = theme.ColorInk
	}
	now := drawn{r.icon.Name, theme.Color(name)}
	if r.shown == now {
		return false
	}
	r.shown = now
	r.image.Resource = theme.NewIcon(r.icon.Name).In(name)
	return true
}

// Refresh draws the picture anew when it is another: the toolkit would read its file again each time, and a page has dozens.
func (r *iconRenderer) Refresh() {
	if r.update() {
		r.image.Refresh()
	}
}

func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }

func (r *iconRenderer) Destroy() {}

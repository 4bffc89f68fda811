package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Badge is a short state in a rounded box: an icon and a word, so that it never speaks by colour alone.
type Badge struct {
	widget.BaseWidget
	// Level decides the colours and, unless Icon says otherwise, the icon.
	Level Level
	// Icon is the name of a picture in assets/icons; empty for the level's own.
	Icon string
	Word string
}

// NewBadge makes a badge.
func NewBadge(level Level, icon, word string) *Badge {
	b := &Badge{Level: level, Icon: icon, Word: word}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows another state.
func (b *Badge) Set(level Level, icon, word string) {
	b.Level, b.Icon, b.Word = level, icon, word
	b.Refresh()
}

// AccessibilityLabel is the word.
func (b *Badge) AccessibilityLabel() string { return b.Word }

// AccessibilityRole is text.
func (b *Badge) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is for the toolkit.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	r := &badgeRenderer{badge: b, box: canvas.NewRectangle(color.Transparent), icon: canvas.NewImageFromResource(nil), word: newText(&Text{TextSize: fynetheme.SizeNameCaptionText, Bold: true})}
	r.icon.FillMode = canvas.ImageFillContain
	r.update()
	return r
}

type badgeRenderer struct {
	badge *Badge
	box   *canvas.Rectangle
	icon  *canvas.Image
	word  *Text
}

func (r *badgeRenderer) sizes() (pad, icon float32) {
	icon = theme.Size(fynetheme.SizeNameCaptionText) * 1.15
	if r.icon.Hidden {
		icon = 0
	}
	return theme.Size(theme.SizeGap), icon
}

func (r *badgeRenderer) MinSize() fyne.Size {
	pad, icon := r.sizes()
	word := r.word.MinSize()
	width := word.Width + 2*pad
	if icon > 0 {
		width += icon + pad*0.6
	}
	return fyne.NewSize(width, word.Height+pad*0.5)
}

func (r *badgeRenderer) Layout(size fyne.Size) {
	pad, icon := r.sizes()
	height := r.MinSize().Height
	top := (size.Height - height) / 2
	width := min(size.Width, r.MinSize().Width)
	r.box.Move(fyne.NewPos(0, top))
	r.box.Resize(fyne.NewSize(width, height))
	r.box.CornerRadius = height / 2
	left := pad
	if icon > 0 {
		r.icon.Move(fyne.NewPos(left, top+(height-icon)/2))
		r.icon.Resize(fyne.NewSquareSize(icon))
		left += icon + pad*0.6
	}
	r.word.Move(fyne.NewPos(left, top))
	r.word.Resize(fyne.NewSize(max(width-left-pad*0.5, 0), height))
}

func (r *badgeRenderer) update() {
	ink, tint, icon := r.badge.Level.colors()
	if r.badge.Icon != "" {
		icon = r.badge.Icon
	}
	r.box.FillColor = theme.Color(tint)
	r.word.Words, r.word.Color = r.badge.Word, ink
	r.icon.Hidden = icon == ""
	if icon != "" {
		r.icon.Resource = theme.NewIcon(icon).In(ink)
	}
}

func (r *badgeRenderer) Refresh() {
	r.update()
	r.word.Refresh()
	r.icon.Refresh()
	r.Layout(r.badge.Size())
	canvas.Refresh(r.badge)
}

func (r *badgeRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.icon, r.word}
}

func (r *badgeRenderer) Destroy() {}

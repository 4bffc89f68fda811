package ui

import (
	"maps"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Banner is a strip with an icon and a sentence, that stays until it is taken away: action and dismiss may be nil.
func Banner(level Level, words string, action fyne.CanvasObject, dismiss *Button) *Panel {
	ink, tint, icon := level.colors()
	if icon == "" {
		icon = "info"
	}
	text := newText(&Text{Words: words, Wrap: true, Color: theme.ColorInk})
	row := Row(theme.SizeGapWide, NewIcon(icon, ink), Stretch(Middle(text)))
	if action != nil {
		row.Add(action)
	}
	if dismiss != nil {
		row.Add(dismiss)
	}
	p := &Panel{Fill: tint, Line: ink, Radius: fynetheme.SizeNameCardRadius, Gap: theme.SizeGap, Content: row}
	p.ExtendBaseWidget(p)
	return p
}

// Toaster shows short messages at the bottom of the window for some seconds, the latest below. It lies over the content
// in a stack and lets taps beside the messages through. Errors stay until they are dismissed.
type Toaster struct {
	widget.BaseWidget
	loop    Loop
	dismiss string
	shown   *fyne.Container
	words   map[fyne.CanvasObject]string // of the messages shown
}

// toastTime is how long a message that is no error stays.
const toastTime = 5 * time.Second

// NewToaster makes one; dismiss is the label of the button that takes a message away.
func NewToaster(loop Loop, dismiss string) *Toaster {
	t := &Toaster{loop: loop, dismiss: dismiss, shown: Stack(theme.SizeGap), words: map[fyne.CanvasObject]string{}}
	t.ExtendBaseWidget(t)
	return t
}

// Say shows a message; at most three at a time. An error that is on screen already, as when a save is tried again, is not
// shown twice.
func (t *Toaster) Say(level Level, words string) {
	if level == Error && slices.Contains(slices.Collect(maps.Values(t.words)), words) {
		return
	}
	var banner *Panel
	remove := func() { t.remove(banner) }
	banner = Banner(level, words, nil, NewIconButton("close", t.dismiss, remove))
	t.shown.Add(banner)
	t.words[banner] = words
	for len(t.shown.Objects) > 3 {
		t.remove(t.shown.Objects[0])
	}
	if level != Error {
		t.loop.After(toastTime, remove)
	}
	t.Refresh()
}

func (t *Toaster) remove(banner fyne.CanvasObject) {
	t.shown.Remove(banner)
	delete(t.words, banner)
	t.Refresh()
}

// Count returns how many messages are shown.
func (t *Toaster) Count() int { return len(t.shown.Objects) }

// Clear takes all messages away.
func (t *Toaster) Clear() {
	t.shown.RemoveAll()
	clear(t.words)
	t.Refresh()
}

// CreateRenderer is for the toolkit.
func (t *Toaster) CreateRenderer() fyne.WidgetRenderer { return &toasterRenderer{t} }

type toasterRenderer struct{ toaster *Toaster }

func (r *toasterRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *toasterRenderer) Layout(size fyne.Size) {
	gap := theme.Size(theme.SizeGapWide)
	width := min(size.Width-2*gap, 14*theme.Size(theme.SizeTouch))
	shown := r.toaster.shown
	shown.Resize(fyne.NewSize(width, shown.MinSize().Height)) // the width first: wrapped words then know their height
	height := shown.MinSize().Height
	shown.Resize(fyne.NewSize(width, height))
	shown.Move(fyne.NewPos((size.Width-width)/2, size.Height-height-gap-theme.Size(theme.SizeTouch))) // above the status line
}

func (r *toasterRenderer) Refresh() {
	r.toaster.shown.Refresh()
	r.Layout(r.toaster.Size())
	canvas.Refresh(r.toaster)
}

func (r *toasterRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.toaster.shown}
}

func (r *toasterRenderer) Destroy() {}

package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// sample is one line of text at a size of its own, cut at the edge; the kit's text has the sizes of the theme only. Its colour
// follows the look in use.
type sample struct {
	widget.BaseWidget
	words string
	// points is the text size; zero is that of body text.
	points    float32
	monospace bool
}

func newSample(words string, points float32, monospace bool) *sample {
	s := &sample{words: words, points: points, monospace: monospace}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer is for the toolkit.
func (s *sample) CreateRenderer() fyne.WidgetRenderer {
	r := &sampleRenderer{sample: s, text: canvas.NewText("", nil)}
	r.update()
	return r
}

type sampleRenderer struct {
	sample *sample
	text   *canvas.Text
}

func (r *sampleRenderer) update() {
	r.text.Text, r.text.Color = r.sample.words, theme.Color(theme.ColorInk)
	r.text.TextStyle.Monospace = r.sample.monospace
	r.text.TextSize = r.sample.points
	if r.sample.points == 0 {
		r.text.TextSize = theme.Size(fynetheme.SizeNameText)
	}
}

func (r *sampleRenderer) MinSize() fyne.Size {
	size := r.text.MinSize()
	return fyne.NewSize(min(size.Width, 100), size.Height)
}

func (r *sampleRenderer) Layout(size fyne.Size) { r.text.Resize(size) }

func (r *sampleRenderer) Refresh() {
	r.update()
	r.text.Refresh()
}

func (r *sampleRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text} }

func (r *sampleRenderer) Destroy() {}

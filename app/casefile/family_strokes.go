package casefile

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
	"feltbok/internal/kinship"
)

// look is how a line is drawn. The pattern tells the kinds apart, also without colour.
type look struct {
	color fyne.ThemeColorName
	width float32
	// dash and space in points at 100 %; no dash is an unbroken line.
	dash, space float32
	// double draws two lines beside each other, crossed two strokes across the middle.
	double, crossed bool
}

var looks = map[kinship.Kind]look{
	kinship.Couple:     {color: theme.ColorAccent, width: 2, double: true},
	kinship.Parent:     {color: theme.ColorInk, width: 1.8},
	kinship.StepParent: {color: theme.ColorInk, width: 1.8, dash: 11, space: 6},
	kinship.Care:       {color: theme.ColorAccent, width: 3, dash: 3, space: 6},
	kinship.Sibling:    {color: theme.ColorMuted, width: 1.5, dash: 6, space: 3},
	kinship.Kin:        {color: theme.ColorMuted, width: 1.5, dash: 1.5, space: 5},
}

func lookOf(line kinship.Line) look {
	l := looks[line.Kind]
	l.crossed = line.Kind == kinship.Couple && line.Ended
	return l
}

// segment is one straight piece of a line.
type segment struct {
	look     look
	from, to fyne.Position
}

// strokes draws segments.
type strokes struct {
	widget.BaseWidget
	segments []segment
}

func newStrokes(segments ...segment) *strokes {
	s := &strokes{segments: segments}
	s.ExtendBaseWidget(s)
	return s
}

// put draws other segments.
func (s *strokes) put(segments []segment) {
	s.segments = segments
	s.Refresh()
}

// CreateRenderer is for the toolkit.
func (s *strokes) CreateRenderer() fyne.WidgetRenderer {
	r := &strokesRenderer{strokes: s}
	r.draw()
	return r
}

type strokesRenderer struct {
	strokes *strokes
	lines   []fyne.CanvasObject
}

func (r *strokesRenderer) draw() {
	r.lines = r.lines[:0:0]
	for _, s := range r.strokes.segments {
		r.segment(s)
	}
}

func (r *strokesRenderer) line(l look, from, to fyne.Position) {
	line := canvas.NewLine(theme.Color(l.color))
	line.StrokeWidth = l.width
	line.Position1, line.Position2 = from, to
	r.lines = append(r.lines, line)
}

func (r *strokesRenderer) segment(s segment) {
	dx, dy := s.to.X-s.from.X, s.to.Y-s.from.Y
	length := float32(math.Hypot(float64(dx), float64(dy)))
	if length == 0 {
		return
	}
	dx, dy = dx/length, dy/length
	point := func(along, across float32) fyne.Position {
		return fyne.NewPos(s.from.X+dx*along-dy*across, s.from.Y+dy*along+dx*across)
	}
	switch {
	case s.look.double:
		r.line(s.look, point(0, -2.5), point(length, -2.5))
		r.line(s.look, point(0, 2.5), point(length, 2.5))
	case s.look.dash == 0:
		r.line(s.look, s.from, s.to)
	default:
		step := scaled(s.look.dash + s.look.space)
		for at := float32(0); at < length; at += step {
			r.line(s.look, point(at, 0), point(min(at+scaled(s.look.dash), length), 0))
		}
	}
	if s.look.crossed && length > scaled(8) {
		for _, at := range []float32{-3, 3} {
			r.line(s.look, point(length/2+scaled(at-3), scaled(9)), point(length/2+scaled(at+3), scaled(-9)))
		}
	}
}

func (r *strokesRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *strokesRenderer) Layout(fyne.Size)             {}
func (r *strokesRenderer) Refresh()                     { r.draw(); canvas.Refresh(r.strokes) }
func (r *strokesRenderer) Objects() []fyne.CanvasObject { return r.lines }
func (r *strokesRenderer) Destroy()                     {}

// legend says what the lines of a plan mean, those that are there.
func legend(t *i18n.Texts, plan *kinship.Plan) fyne.CanvasObject {
	there := map[string]look{}
	for _, line := range plan.Lines {
		there[wordOf(line)] = lookOf(line)
	}
	row := ui.Flow(theme.SizeGapWide)
	for _, word := range []string{"couple", "couple_ended", "parent", "step", "care", "sibling", "kin"} {
		if l, ok := there[word]; ok {
			row.Add(ui.Row(theme.SizeGap, fixedSize(fyne.NewSize(46, 20), sample(l)), unwrapped(ui.Muted(t.T("household.line."+word)))))
		}
	}
	return row
}

func wordOf(line kinship.Line) string {
	switch line.Kind {
	case kinship.Couple:
		if line.Ended {
			return "couple_ended"
		}
		return "couple"
	case kinship.Parent:
		return "parent"
	case kinship.StepParent:
		return "step"
	case kinship.Care:
		return "care"
	case kinship.Sibling:
		return "sibling"
	}
	return "kin"
}

func sample(l look) *strokes {
	return newStrokes(segment{l, fyne.NewPos(0, scaled(10)), fyne.NewPos(scaled(44), scaled(10))})
}

// unwrapped keeps words on one line: they stand among others.
func unwrapped(words *ui.Text) *ui.Text {
	words.Wrap = false
	words.TextSize = fynetheme.SizeNameCaptionText
	return words
}

// fixedSize gives an object a size in points at 100 %.
func fixedSize(size fyne.Size, o fyne.CanvasObject) fyne.CanvasObject {
	return &fyne.Container{Layout: fixedLayout{size}, Objects: []fyne.CanvasObject{o}}
}

type fixedLayout struct{ size fyne.Size }

func (l fixedLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(scaled(l.size.Width), scaled(l.size.Height))
}

func (l fixedLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(l.MinSize(nil))
	}
}

package casefile

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/internal/kinship"
)

// familyLayout gives the plan of a family its points: frames, cards, generations and the lines between them. Objects come in the
// order: frames, strokes, labels of the generations, cards.
type familyLayout struct {
	plan    *kinship.Plan
	strokes *strokes
	// wide is the width of a card in points at 100 %.
	wide float32
	// labels tells that generations are named at the left.
	labels bool
}

// grid is the plan in points.
type grid struct {
	card, gap, pad, head, between, label float32
	frames                               []float32 // left edges
	rows, heights                        []float32 // top edge and height by row
	gaps                                 []float32 // top edge of each gap
	size                                 fyne.Size
}

// generationWidth is the width of the column that names the generations, in points at 100 %.
const generationWidth = 166

// viewLayout keeps an object as wide as what a scroller shows, whatever the width of the rest of the page.
type viewLayout struct{ view *container.Scroll }

func (l viewLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, objects[0].MinSize().Height)
}

func (l viewLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := size.Width
	if room := l.view.Size().Width - 2*theme.Size(theme.SizeGapWide); room > 0 {
		width = min(width, room)
	}
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(width, size.Height))
}

// laneStep is the distance of two lanes, laneRoom the space around them, in points at 100 %.
const (
	laneStep = 13
	laneRoom = 26
)

func scaled(points float32) float32 { return points * theme.Size(theme.SizeTouch) / 44 }

func (l *familyLayout) cards(objects []fyne.CanvasObject) []fyne.CanvasObject {
	return objects[len(objects)-len(l.plan.Cards):]
}

// measure works out the grid. Cards get their width first: what wraps knows its height only then.
func (l *familyLayout) measure(objects []fyne.CanvasObject) grid {
	g := grid{card: scaled(l.wide), gap: scaled(26), pad: scaled(14), between: scaled(22), head: theme.Size(theme.SizeTouch) + theme.Size(theme.SizeGap)}
	if l.labels {
		g.label = scaled(generationWidth)
	}
	x := g.label
	for _, frame := range l.plan.Frames {
		g.frames = append(g.frames, x)
		x += float32(frame.Width)/2*(g.card+g.gap) - g.gap + 2*g.pad + g.between
	}
	g.heights = make([]float32, l.plan.Rows)
	for i, card := range l.cards(objects) {
		card.Resize(fyne.NewSize(g.card, card.MinSize().Height))
		row := l.plan.Cards[i].Row
		g.heights[row] = max(g.heights[row], card.MinSize().Height)
	}
	y := g.head
	for row := range l.plan.Rows + 1 {
		g.gaps = append(g.gaps, y)
		if lanes := l.plan.Lanes[row]; lanes > 0 {
			y += scaled(laneRoom) + scaled(laneStep)*float32(lanes)
		} else if row > 0 && row < l.plan.Rows {
			y += scaled(laneRoom)
		}
		if row < l.plan.Rows {
			g.rows = append(g.rows, y)
			y += g.heights[row]
		}
	}
	if l.plan.Rows == 0 {
		y += theme.Size(theme.SizeTouch)
	}
	g.size = fyne.NewSize(max(x-g.between, 0), y+g.pad)
	return g
}

// left is the left edge of a card.
func (g *grid) left(p *kinship.Plan, c kinship.Card) float32 {
	return g.frames[c.Frame] + g.pad + float32(c.X-p.Frames[c.Frame].X)/2*(g.card+g.gap)
}

// MinSize is the size of the whole picture.
func (l *familyLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return l.measure(objects).size }

// Layout places everything; the space given beyond the picture stays empty.
func (l *familyLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	g := l.measure(objects)
	p := l.plan
	at := 0
	for i, frame := range p.Frames {
		objects[at].Move(fyne.NewPos(g.frames[i], 0))
		objects[at].Resize(fyne.NewSize(float32(frame.Width)/2*(g.card+g.gap)-g.gap+2*g.pad, g.size.Height))
		at++
	}
	l.strokes.Move(fyne.NewPos(0, 0))
	l.strokes.Resize(g.size)
	at++
	if l.labels {
		for row := range p.Rows {
			label := objects[at]
			label.Resize(fyne.NewSize(g.label-theme.Size(theme.SizeGap), label.MinSize().Height))
			label.Move(fyne.NewPos(0, g.rows[row]+scaled(10)))
			label.Resize(fyne.NewSize(g.label-theme.Size(theme.SizeGap), label.MinSize().Height))
			at++
		}
	}
	for i, card := range l.cards(objects) {
		c := p.Cards[i]
		card.Move(fyne.NewPos(g.left(p, c), g.rows[c.Row]))
		card.Resize(fyne.NewSize(g.card, g.heights[c.Row]))
	}
	l.strokes.put(l.segments(&g))
}

// aside keeps lines of different kinds that meet at one card from running upon each other, in points at 100 %.
var aside = map[kinship.Kind]float32{kinship.StepParent: 12, kinship.Care: -12, kinship.Sibling: 24, kinship.Kin: -24, kinship.Couple: 36}

// segments are the straight pieces of all lines.
func (l *familyLayout) segments(g *grid) []segment {
	var all []segment
	p := l.plan
	for _, line := range p.Lines {
		from, _ := p.Card(line.From[0])
		to, _ := p.Card(line.To)
		look := lookOf(line)
		if line.Straight {
			left, right := from, to
			if left.X > right.X {
				left, right = right, left
			}
			y := g.rows[from.Row] + g.heights[from.Row]/2
			all = append(all, segment{look, fyne.NewPos(g.left(p, left)+g.card, y), fyne.NewPos(g.left(p, right), y)})
			continue
		}
		shift := scaled(aside[line.Kind])
		x1, x2 := g.left(p, from)+g.card/2+shift, g.left(p, to)+g.card/2+shift
		if line.Kind == kinship.Parent && len(line.From) == 2 {
			x1 = g.left(p, from) + g.card + g.gap/2
		}
		lane := g.gaps[line.Gap] + scaled(laneRoom)/2 + scaled(laneStep)*(float32(line.Lane)+0.5)
		all = append(all,
			segment{look, fyne.NewPos(x1, g.edge(from.Row, lane, len(line.From) == 2)), fyne.NewPos(x1, lane)},
			segment{look, fyne.NewPos(x1, lane), fyne.NewPos(x2, lane)},
			segment{look, fyne.NewPos(x2, lane), fyne.NewPos(x2, g.edge(to.Row, lane, false))},
		)
	}
	return all
}

// edge is where a line leaves a row towards a lane: at the top or the bottom of the cards, or between a couple in their middle.
func (g *grid) edge(row int, lane float32, between bool) float32 {
	switch {
	case between:
		return g.rows[row] + g.heights[row]/2
	case lane > g.rows[row]:
		return g.rows[row] + g.heights[row]
	}
	return g.rows[row]
}

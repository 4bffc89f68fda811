package kinship_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/kinship"
)

// id makes an identifier out of a name.
func id(name string) uuid.UUID {
	if name == "" {
		return uuid.Nil
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name))
}

const (
	half = 6 // letters of a half column
	card = kinship.CardWidth * half
)

// text draws a plan with letters, for golden files that a person can read: cards with names, ══ between couples, a stroke for each
// kind of line. below it stand the frames and what is wrong.
func text(p *kinship.Plan, names map[uuid.UUID]string) string {
	left := func(c kinship.Card) int { return c.X*half + 3*c.Frame }
	middle := func(c kinship.Card) int { return left(c) + card/2 }
	width := p.Width*half + 3*len(p.Frames)
	top := make([]int, p.Rows+1) // the first text line of each gap; a row of cards follows it
	lines := 0
	for row := range top {
		top[row] = lines
		lines += p.Lanes[row] + 1
		if p.Lanes[row] > 0 {
			lines++
		}
	}
	canvas := make([][]rune, lines)
	for i := range canvas {
		canvas[i] = slices.Repeat([]rune{' '}, width)
	}
	rowAt := func(row int) int { return top[row+1] - 1 }
	put := func(x, y int, r rune) {
		if canvas[y][x] != ' ' && canvas[y][x] != r {
			r = '┼'
		}
		canvas[y][x] = r
	}
	strokes := map[kinship.Kind][2]rune{
		kinship.Couple: {'═', '║'}, kinship.Parent: {'─', '│'}, kinship.StepParent: {'╌', '╎'}, kinship.Care: {'·', ':'}, kinship.Sibling: {'~', '~'}, kinship.Kin: {'°', '°'},
	}
	for _, l := range p.Lines {
		from, _ := p.Card(l.From[0])
		to, _ := p.Card(l.To)
		stroke := strokes[l.Kind]
		if l.Straight {
			a, b := middle(from), middle(to)
			for x := min(a, b); x <= max(a, b); x++ {
				canvas[rowAt(from.Row)][x] = stroke[0]
			}
			if l.Ended {
				canvas[rowAt(from.Row)][(a+b)/2] = '/'
			}
			continue
		}
		a, b := middle(from), middle(to)
		if len(l.From) == 2 {
			a = left(from) + card
		}
		lane := top[l.Gap] + l.Lane
		vertical := func(x, y int) {
			for at := min(y, lane) + 1; at < max(y, lane); at++ {
				put(x, at, stroke[1])
			}
		}
		vertical(a, rowAt(from.Row))
		vertical(b, rowAt(to.Row))
		for x := min(a, b); x <= max(a, b); x++ {
			put(x, lane, stroke[0])
		}
	}
	for _, c := range p.Cards {
		label := names[c.ID] + map[kinship.State]string{kinship.Elsewhere: "…", kinship.Missing: "?", kinship.Dead: "†", kinship.Gone: "→"}[c.State]
		box := "[" + label + strings.Repeat(" ", max(card-4-len([]rune(label)), 0)) + "]"
		copy(canvas[rowAt(c.Row)][left(c)+1:], []rune(box))
	}
	var out strings.Builder
	for _, line := range canvas {
		out.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	for i, f := range p.Frames {
		fmt.Fprintf(&out, "frame %d %s: columns %d-%d, rows %d-%d\n", i, names[f.Home], f.X, f.X+f.Width-1, f.Top, f.Bottom)
	}
	fmt.Fprintf(&out, "generations %v\n", p.Generations)
	for _, fault := range p.Faults {
		fmt.Fprintf(&out, "fault %s: %s is %s of %s\n", map[kinship.FaultKind]string{
			kinship.Unknown: "unknown", kinship.Self: "self", kinship.Circle: "circle", kinship.Contradiction: "contradiction",
		}[fault.Kind], names[fault.Tie.B], fault.Tie.Type, names[fault.Tie.A])
	}
	return strings.TrimLeft(out.String(), "\n")
}

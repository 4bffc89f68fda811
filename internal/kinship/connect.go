package kinship

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// connect draws the lines and gives those that run between rows a lane of their own.
func (d *drawing) connect() {
	d.plan.Lanes = make([]int, d.plan.Rows+1)
	done := map[[3]int]bool{}
	for _, b := range d.ties {
		key := [3]int{int(b.kind), b.above, b.below}
		if done[key] || b.kind == Sibling && d.shareParent(b.above, b.below) || b.kind == Kin && b.length == 2 && d.grandparent(b.above, b.below) {
			continue
		}
		done[key] = true
		from := []uuid.UUID{d.people[b.above].ID}
		if b.kind == Parent {
			if other := d.otherParent(b.above, b.below); other >= 0 {
				done[[3]int{int(Parent), other, b.below}] = true
				from = []uuid.UUID{d.people[b.above].ID, d.people[other].ID}
				slices.SortFunc(from, func(x, y uuid.UUID) int { return d.card(x).X - d.card(y).X })
			}
		}
		d.plan.Lines = append(d.plan.Lines, Line{Kind: b.kind, From: from, To: d.people[b.below].ID, Tie: b.ID, Ended: b.Ended})
	}
	d.lanes()
	d.sortLines()
}

func (d *drawing) card(id uuid.UUID) Card {
	card, _ := d.plan.Card(id)
	return card
}

// parents lists the parents of somebody that are drawn, step-parents left out.
func (d *drawing) parents(child int) []int {
	var found []int
	for _, b := range d.ties {
		if b.kind == Parent && b.below == child && !slices.Contains(found, b.above) {
			found = append(found, b.above)
		}
	}
	return found
}

func (d *drawing) shareParent(a, b int) bool {
	others := d.parents(b)
	return slices.ContainsFunc(d.parents(a), func(i int) bool { return slices.Contains(others, i) })
}

func (d *drawing) grandparent(old, young int) bool {
	return slices.ContainsFunc(d.parents(young), func(i int) bool { return slices.Contains(d.parents(i), old) })
}

// otherParent finds a second parent who stands right beside the first one as partner, so that the line starts between them.
func (d *drawing) otherParent(parent, child int) int {
	at := d.card(d.people[parent].ID)
	for _, other := range d.parents(child) {
		card := d.card(d.people[other].ID)
		if other != parent && card.Row == at.Row && card.Frame == at.Frame && max(card.X-at.X, at.X-card.X) == CardWidth && d.couple(parent, other) {
			return other
		}
	}
	return -1
}

func (d *drawing) couple(a, b int) bool {
	return slices.ContainsFunc(d.ties, func(t bond) bool { return t.kind == Couple && t.above == min(a, b) && t.below == max(a, b) })
}

// bus is what lines with the same beginning share: one stretch of a lane.
type bus struct {
	gap, left, right int
	kind             Kind
	from             []uuid.UUID
	lines            []int
}

// lanes lets no two lines that mean different things run upon each other.
func (d *drawing) lanes() {
	var buses []*bus
	for i := range d.plan.Lines {
		line := &d.plan.Lines[i]
		from, to := d.card(line.From[0]), d.card(line.To)
		if from.Row == to.Row && from.Frame == to.Frame && max(from.X-to.X, to.X-from.X) == CardWidth {
			line.Straight = true
			continue
		}
		line.Gap = max(from.Row, to.Row)
		if line.Kind == Couple && from.Row == to.Row {
			line.Gap++ // below the couple, out of the way of the lines from their parents
		}
		start := from.X + CardWidth/2
		if len(line.From) == 2 {
			start = from.X + CardWidth
		}
		end := to.X + CardWidth/2
		at := slices.IndexFunc(buses, func(b *bus) bool { return b.gap == line.Gap && b.kind == line.Kind && slices.Equal(b.from, line.From) })
		if at < 0 {
			at = len(buses)
			buses = append(buses, &bus{gap: line.Gap, left: start, right: start, kind: line.Kind, from: line.From})
		}
		b := buses[at]
		b.left, b.right = min(b.left, end), max(b.right, end)
		b.lines = append(b.lines, i)
	}
	slices.SortStableFunc(buses, func(a, b *bus) int {
		return cmp.Or(a.gap-b.gap, a.left-b.left, a.right-b.right, cmp.Compare(a.kind, b.kind), slices.CompareFunc(a.from, b.from, compareID))
	})
	var free []int // by lane: the first column that is free, within one gap
	gap := -1
	for _, b := range buses {
		if b.gap != gap {
			gap, free = b.gap, nil
		}
		lane := slices.IndexFunc(free, func(until int) bool { return until < b.left })
		if lane < 0 {
			lane = len(free)
			free = append(free, 0)
		}
		free[lane] = b.right
		d.plan.Lanes[gap] = len(free)
		for _, i := range b.lines {
			d.plan.Lines[i].Lane = lane
		}
	}
}

func (d *drawing) sortLines() {
	slices.SortStableFunc(d.plan.Lines, func(a, b Line) int {
		from, other := d.card(a.From[0]), d.card(b.From[0])
		to, otherTo := d.card(a.To), d.card(b.To)
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), from.Row-other.Row, from.X-other.X, to.Row-otherTo.Row, to.X-otherTo.X)
	})
}

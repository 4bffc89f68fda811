package kinship

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// place gives every person a column: one frame a household, within it one tree beside the other.
func (d *drawing) place(homes []Home) {
	homes = slices.Clone(homes)
	slices.SortFunc(homes, func(a, b Home) int { return cmp.Or(cmp.Compare(a.Name, b.Name), compareID(a.ID, b.ID)) })
	homes = slices.CompactFunc(homes, func(a, b Home) bool { return a.ID == b.ID })
	known := map[uuid.UUID]bool{}
	members := map[uuid.UUID][]int{}
	for _, home := range homes {
		known[home.ID] = true
	}
	for i, person := range d.people {
		home := person.Home
		if !known[home] {
			home = uuid.Nil
		}
		members[home] = append(members[home], i)
	}
	if len(members[uuid.Nil]) > 0 && !known[uuid.Nil] {
		homes = append(homes, Home{})
	}
	x := 0
	for _, home := range homes {
		frame := Frame{Home: home.ID, X: x, Width: CardWidth, Bottom: -1}
		if inside := members[home.ID]; len(inside) > 0 {
			g := newGrove(d, inside)
			frame.Width = g.plant(x, len(d.plan.Frames))
			frame.Top, frame.Bottom = d.level[inside[0]], d.level[inside[0]]
			for _, i := range inside {
				frame.Top, frame.Bottom = min(frame.Top, d.level[i]), max(frame.Bottom, d.level[i])
			}
		}
		d.plan.Frames = append(d.plan.Frames, frame)
		x += frame.Width
	}
	d.plan.Width = x
	slices.SortFunc(d.plan.Cards, func(a, b Card) int { return cmp.Or(a.Row-b.Row, a.X-b.X) })
}

// grove is the trees of one household.
type grove struct {
	d     *drawing
	units []*unit
	of    map[int]*unit // by person
}

// unit is people of one row who stand side by side: somebody with every partner, or one person alone.
type unit struct {
	people   []int
	children []*unit
	root     bool
}

func newGrove(d *drawing, inside []int) *grove {
	g := &grove{d: d, of: map[int]*unit{}}
	for _, i := range inside {
		if g.of[i] == nil {
			g.gather(i, inside)
		}
	}
	for _, u := range g.units {
		parent := g.parent(u)
		if parent == nil {
			u.root = true
			continue
		}
		parent.children = append(parent.children, u)
	}
	for _, u := range g.units {
		slices.SortStableFunc(u.children, func(a, b *unit) int { return cmp.Compare(g.pull(u, a), g.pull(u, b)) })
	}
	return g
}

// gather makes the unit of a person and all partners on the same row: whoever has most partners stands in their middle.
func (g *grove) gather(start int, inside []int) {
	together := []int{start}
	for n := 0; n < len(together); n++ {
		for _, other := range g.partners(together[n], inside) {
			if !slices.Contains(together, other) {
				together = append(together, other)
			}
		}
	}
	hub := start
	for _, i := range together {
		if len(g.partners(i, inside)) > len(g.partners(hub, inside)) {
			hub = i
		}
	}
	u := &unit{people: []int{hub}}
	right := true
	queue := []int{hub}
	side := map[int]bool{}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, other := range g.partners(at, inside) {
			if slices.Contains(u.people, other) {
				continue
			}
			if at == hub {
				side[other] = right
				right = !right
			} else {
				side[other] = side[at]
			}
			if side[other] {
				u.people = append(u.people, other)
			} else {
				u.people = slices.Insert(u.people, 0, other)
			}
			queue = append(queue, other)
		}
	}
	for _, i := range u.people {
		g.of[i] = u
	}
	g.units = append(g.units, u)
}

func (g *grove) partners(i int, inside []int) []int {
	var found []int
	for _, b := range g.d.ties {
		other := -1
		switch {
		case b.kind != Couple:
		case b.above == i:
			other = b.below
		case b.below == i:
			other = b.above
		}
		if other >= 0 && g.d.level[other] == g.d.level[i] && slices.Contains(inside, other) && !slices.Contains(found, other) {
			found = append(found, other)
		}
	}
	slices.Sort(found)
	return found
}

// parent is the unit under which another one hangs: that of parents, else of those who care, else of other kin.
func (g *grove) parent(u *unit) *unit {
	var best *unit
	bestWeight := 0
	for _, b := range g.d.ties {
		above := g.of[b.above]
		if above == nil || b.kind == Couple || b.kind == Sibling || !slices.Contains(u.people, b.below) || g.d.level[b.above] >= g.d.level[b.below] {
			continue
		}
		weight := 10*b.weight() + slices.Index(u.people, b.below)
		if b.kind == Care {
			weight = 20 + slices.Index(u.people, b.below) // whoever cares is nearer than any other kin
		}
		if best == nil || weight < bestWeight {
			best, bestWeight = above, weight
		}
	}
	return best
}

// pull is how far to the right of a unit a child of it belongs: below its own parents, the elder first.
func (g *grove) pull(u, child *unit) int {
	sum, count := 0, 0
	for _, b := range g.d.ties {
		if at := slices.Index(u.people, b.above); at >= 0 && b.kind != Couple && slices.Contains(child.people, b.below) {
			sum += at
			count++
		}
	}
	if count == 0 {
		return 0
	}
	return 100 * sum / count
}

// plant puts the cards of all trees from column x on and returns the width.
func (g *grove) plant(x, frame int) int {
	start := x
	for _, u := range g.units {
		if u.root {
			x += g.put(u, x, frame)
		}
	}
	return x - start
}

func (g *grove) width(u *unit) int {
	below := 0
	for _, child := range u.children {
		below += g.width(child)
	}
	return max(CardWidth*len(u.people), below)
}

// put places a unit in the middle above its children, in a band of columns that nothing else uses.
func (g *grove) put(u *unit, x, frame int) int {
	width := g.width(u)
	below := 0
	for _, child := range u.children {
		below += g.width(child)
	}
	left := x + (width-CardWidth*len(u.people))/2
	for n, i := range u.people {
		person := g.d.people[i]
		g.d.plan.Cards = append(g.d.plan.Cards, Card{ID: person.ID, Row: g.d.level[i], X: left + CardWidth*n, State: person.State, Frame: frame})
	}
	at := x + (width-below)/2
	for _, child := range u.children {
		at += g.put(child, at, frame)
	}
	return width
}

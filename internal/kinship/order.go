package kinship

import (
	"slices"
)

// order gives every person a row. Parents and step-parents always stand above their children; couples and siblings stand side by
// side as far as that allows; other kinship decides where nothing else does.
func (d *drawing) order() {
	o := &ordering{group: make([]int, len(d.people))}
	for i := range o.group {
		o.group[i] = i
	}
	kept := d.ties[:0:0]
	for _, b := range d.ties {
		switch {
		case b.weight() > 6:
			kept = append(kept, b) // says nothing about generations
		case b.length == 0:
			if o.merge(b.above, b.below) || b.weight() == 6 {
				kept = append(kept, b)
				continue
			}
			d.plan.Faults = append(d.plan.Faults, Fault{Contradiction, b.Tie})
			kept = append(kept, b) // it is on record and is drawn, across the rows
		case o.add(b.above, b.below, b.length):
			kept = append(kept, b)
		case b.hard:
			d.plan.Faults = append(d.plan.Faults, Fault{Circle, b.Tie})
		default:
			kept = append(kept, b)
		}
	}
	d.ties = kept
	d.level = o.levels()
	d.align(o)
}

// ordering holds who must stand above whom. Persons of one group share a row.
type ordering struct {
	group []int // by person: the smallest index of the group
	edges []edge
}

type edge struct{ above, below, length int }

// reaches tells whether one group stands above another by what is known so far.
func (o *ordering) reaches(from, to int) bool {
	seen := map[int]bool{}
	var walk func(int) bool
	walk = func(at int) bool {
		if at == to {
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		for _, e := range o.edges {
			if o.group[e.above] == at && walk(o.group[e.below]) {
				return true
			}
		}
		return false
	}
	return walk(from)
}

// add puts one person above another, unless that makes a circle.
func (o *ordering) add(above, below, length int) bool {
	if o.reaches(o.group[below], o.group[above]) {
		return false
	}
	o.edges = append(o.edges, edge{above, below, length})
	return true
}

// merge puts two persons on one row, unless one stands above the other.
func (o *ordering) merge(a, b int) bool {
	a, b = o.group[a], o.group[b]
	if a == b {
		return true
	}
	if o.reaches(a, b) || o.reaches(b, a) {
		return false
	}
	keep, drop := min(a, b), max(a, b)
	for i, group := range o.group {
		if group == drop {
			o.group[i] = keep
		}
	}
	return true
}

// levels counts from the top: as high as the descent allows, except that whoever has nobody above stands right above the children.
func (o *ordering) levels() []int {
	level := make([]int, len(o.group)) // by group
	for range o.group {
		for _, e := range o.edges {
			above, below := o.group[e.above], o.group[e.below]
			level[below] = max(level[below], level[above]+e.length)
		}
	}
	for group := range level {
		if slices.ContainsFunc(o.edges, func(e edge) bool { return o.group[e.below] == group }) {
			continue
		}
		lowest := -1
		for _, e := range o.edges {
			if o.group[e.above] == group && (lowest < 0 || level[o.group[e.below]]-e.length < lowest) {
				lowest = level[o.group[e.below]] - e.length
			}
		}
		level[group] = max(level[group], lowest)
	}
	out := make([]int, len(o.group))
	for i := range out {
		out[i] = level[o.group[i]]
	}
	return out
}

// generations is where a role stands that no tie connects.
var generations = map[string]int{
	"grandparent": -2, "father": -1, "mother": -1, "step_parent": -1, "uncle_aunt": -1,
	"son": 1, "daughter": 1, "stepchild": 1, "foster_child": 1, "other_child_in_care": 1, "niece_nephew": 1, "grandchild": 2,
}

// align brings people whom nothing connects onto the rows of the principal applicant's family, and leaves no row empty.
func (d *drawing) align(o *ordering) {
	if len(d.people) == 0 {
		return
	}
	component := make([]int, len(d.people))
	for i := range component {
		component[i] = o.group[i]
	}
	for range d.people { // the smallest number spreads
		for _, e := range o.edges {
			low := min(component[e.above], component[e.below])
			component[e.above], component[e.below] = low, low
		}
		for i, group := range o.group {
			low := min(component[i], component[group])
			component[i], component[group] = low, low
		}
	}
	own := d.level[0]
	shift := map[int]int{component[0]: 0}
	for i := range d.people {
		if _, known := shift[component[i]]; !known {
			shift[component[i]] = own + generations[d.people[i].Role] - d.level[i]
		}
		d.level[i] += shift[component[i]]
	}
	used := slices.Clone(d.level)
	slices.Sort(used)
	used = slices.Compact(used)
	d.plan.Rows = len(used)
	for _, level := range used {
		d.plan.Generations = append(d.plan.Generations, level-own)
	}
	for i, level := range d.level {
		d.level[i], _ = slices.BinarySearch(used, level)
	}
}

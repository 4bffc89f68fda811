package xlsform

import (
	"slices"
	"strings"
)

// checkOrder finds an order in which every item comes after those that decide its value, and names the circles.
//
// An item's value, as others see it, is decided by its own relevance and calculation, and by the group or repeat it stands
// in; a repeat's by its own relevance. A hidden value is decided by the host alone. Conditions on required, read_only, constraint and choice_filter decide no value
// and may refer to anything.
func (r *reader) checkOrder() {
	s := r.set
	index := make(map[*Question]int, len(s.flat))
	for i, item := range s.flat {
		index[item.Question] = i
	}
	needs := make([][]int, len(s.flat))
	var inside func(parent int, items []*Item)
	inside = func(parent int, items []*Item) {
		for _, item := range items {
			i := index[item.Question]
			if parent >= 0 && item.Kind != Hidden {
				needs[i] = append(needs[i], parent)
			}
			for _, p := range item.Programs() {
				if p.Column != "relevant" && p.Column != "calculation" {
					continue
				}
				for _, name := range p.Names() {
					if target, _ := s.Resolve(item.Repeat, name); target != nil {
						needs[i] = append(needs[i], index[target.Question])
					}
				}
			}
			inside(i, item.Items)
		}
	}
	inside(-1, s.Items)

	const (
		unseen = iota
		onPath
		done
	)
	state := make([]byte, len(s.flat))
	var path []int
	var visit func(i int)
	visit = func(i int) {
		switch state[i] {
		case done:
			return
		case onPath:
			r.reportCircle(path[slices.Index(path, i):])
			return
		}
		state[i] = onPath
		path = append(path, i)
		for _, other := range needs[i] {
			visit(other)
		}
		path = path[:len(path)-1]
		state[i] = done
		s.order = append(s.order, i)
	}
	for i := range s.flat {
		visit(i)
	}
}

func (r *reader) reportCircle(circle []int) {
	names := make([]string, len(circle)+1)
	for i, at := range circle {
		names[i] = r.set.flat[at].Name
	}
	names[len(circle)] = names[0]
	first := r.set.flat[circle[0]].Question
	column := "relevant"
	if first.Relevant == nil {
		column = "calculation"
	}
	r.failAs("Q-CIRCLE", surveyPlace(first, column), "goes in a circle: %s", strings.Join(names, " → "))
}

package form

import (
	"slices"
	"sync"
)

// plan is what all instances of a set share: who reads whom.
type plan struct {
	set     *Set
	nodes   []planNode // in the order of Set.Flat
	order   []int      // node by rank
	rank    []int      // rank by node
	repeats []planRepeat
	byName  map[string]int            // repeat by name
	main    []int                     // nodes of the main part, by cell
	names   map[string]map[string]int // repeat name → name → node
	context map[string][]int          // hidden value that the set does not declare → nodes that read it
	clock   []int                     // nodes that read the clock
}

type planRepeat struct {
	node  int   // the repeat itself
	outer int   // the repeat around it; -1: the main part
	nodes []int // by cell of a row
	// positions are the nodes that read position(..).
	positions []int
}

type planNode struct {
	item     *Item
	parent   int // the section around it; -1 at the top
	repeat   int // the innermost repeat it stands in; -1 in the main part
	cell     int // its place among the cells of the main part or of a row
	own      int // for a repeat: its number; else -1
	children []int
	refs     map[string]int // ${name} → node; a hidden value that the set does not declare is not there
	// Nodes whose value or whose conditions read this one.
	valueReaders, checkReaders []reader
}

// reader is a node that reads another. sameRow: only in the row of the one it reads.
type reader struct {
	node    int
	sameRow bool
}

// plans keeps the plan of each set for as long as the program runs; there are a dozen sets.
var plans sync.Map // *Set → *plan

func planOf(set *Set) *plan {
	if found, ok := plans.Load(set); ok {
		return found.(*plan)
	}
	made, _ := plans.LoadOrStore(set, newPlan(set))
	return made.(*plan)
}

func newPlan(set *Set) *plan {
	flat := set.Flat()
	p := &plan{
		set: set, nodes: make([]planNode, len(flat)), order: set.ValueOrder(), rank: make([]int, len(flat)),
		names: make(map[string]map[string]int), context: make(map[string][]int), byName: make(map[string]int),
	}
	index := make(map[*Question]int, len(flat))
	for i, item := range flat {
		index[item.Question] = i
		p.nodes[i] = planNode{item: item, parent: -1, repeat: -1, own: -1, refs: make(map[string]int)}
		if item.Kind == Repeat {
			p.nodes[i].own = len(p.repeats)
			p.byName[item.Name] = len(p.repeats)
			p.repeats = append(p.repeats, planRepeat{node: i, outer: -1})
		}
		if p.names[item.Repeat] == nil {
			p.names[item.Repeat] = make(map[string]int)
		}
		p.names[item.Repeat][item.Name] = i
	}
	for rank, i := range p.order {
		p.rank[i] = rank
	}
	for i := range p.nodes {
		n := &p.nodes[i]
		for _, child := range n.item.Items {
			at := index[child.Question]
			p.nodes[at].parent = i
			n.children = append(n.children, at)
		}
	}
	for i := range p.nodes {
		p.seat(i)
	}
	for i := range p.nodes {
		p.connect(i, index)
	}
	return p
}

// seat gives a node its cell in the main part or in the rows of its repeat.
func (p *plan) seat(i int) {
	n := &p.nodes[i]
	if n.item.Repeat == "" {
		n.cell = len(p.main)
		p.main = append(p.main, i)
		return
	}
	n.repeat = p.byName[n.item.Repeat]
	if n.own >= 0 {
		p.repeats[n.own].outer = n.repeat
	}
	r := &p.repeats[n.repeat]
	n.cell = len(r.nodes)
	r.nodes = append(r.nodes, i)
}

// connect enters a node among the readers of everything its expressions name.
func (p *plan) connect(i int, index map[*Question]int) {
	n := &p.nodes[i]
	for _, program := range n.item.Programs() {
		if program.Column == "default" {
			p.resolve(n, program.Names(), index)
			continue
		}
		value := program.Column == "relevant" || program.Column == "calculation"
		if program.UsesClock() && !slices.Contains(p.clock, i) {
			p.clock = append(p.clock, i)
		}
		if n.repeat >= 0 && program.UsesPosition() && !slices.Contains(p.repeats[n.repeat].positions, i) {
			p.repeats[n.repeat].positions = append(p.repeats[n.repeat].positions, i)
		}
		p.resolve(n, program.Names(), index)
		for _, name := range program.Names() {
			target, ok := n.refs[name]
			if !ok {
				p.context[name] = append(p.context[name], i)
				continue
			}
			t := &p.nodes[target]
			entry := reader{i, t.repeat >= 0 && t.repeat == n.repeat && !program.UsesRows()}
			if value {
				t.valueReaders = append(t.valueReaders, entry)
			} else if target != i { // "." is looked at again anyway
				t.checkReaders = append(t.checkReaders, entry)
			}
		}
	}
}

// around reports whether a repeat is another one or stands around it.
func (p *plan) around(outer, inner int) bool {
	for ; inner >= 0; inner = p.repeats[inner].outer {
		if inner == outer {
			return true
		}
	}
	return false
}

func (p *plan) resolve(n *planNode, names []string, index map[*Question]int) {
	for _, name := range names {
		if item, _ := p.set.Resolve(n.item.Repeat, name); item != nil {
			n.refs[name] = index[item.Question]
		}
	}
}

package form

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
)

// Instance is a set filled in for one subject. Use it from one goroutine.
//
// The host first puts the answers it has by [Instance.Put] and [Instance.PutRow], then calls [Instance.Evaluate] once, and from then on
// [Instance.Set], [Instance.AddRow] and [Instance.RemoveRow], each of which evaluates what depends on the change and nothing else.
type Instance struct {
	plan    *plan
	context map[string]string
	lists   *codelist.Lists
	objects map[domain.Type][]codelist.Entry
	clock   clock.Clock
	now     time.Time
	main    holder
	repeats []rows

	pending   [][]*holder // by rank
	lowest    int
	checks    []check
	env       env
	changed   Changed
	flipped   []check // cells whose relevance changed since the last report
	progress  Progress
	faults    map[string]error // by question and column
	evaluated int
}

// holder is the main part or one row.
type holder struct {
	id     uuid.UUID
	repeat int // -1: the main part
	index  int // of the row
	cells  []cell
}

// rows are the rows of one repeat. columns hold what others read of each cell, row by row.
type rows struct {
	list    []*holder
	byID    map[uuid.UUID]*holder
	columns [][]expr.Value
	ids     []expr.Value
}

type cell struct {
	answer   domain.Answer
	value    expr.Value // of the answer
	relevant bool
	required bool
	readOnly bool
	shown    bool // what was last reported
	queued   bool
	checking bool
	counts   tally
	problems []Problem
}

// seen is what others read.
func (c *cell) seen() expr.Value {
	switch {
	case !c.relevant:
		return expr.Value{}
	case c.value.Kind() == expr.Absent:
		return expr.Text("") // a shown question without an answer is a node like any other
	}
	return c.value
}

type check struct {
	node   int
	holder *holder
}

// Made is an answer that a calculation or a default made. The host stores it.
type Made struct {
	Path   Path
	Answer domain.Answer
}

// Changed tells what followed from a change, each path once, in the order in which it was found.
type Changed struct {
	// Shown and Hidden are the questions, notes, groups and repeats that appeared or disappeared. Of a row or section that
	// comes or goes as a whole, all parts are named.
	Shown, Hidden []Path
	// Made are the answers that calculations and defaults gave to fields of the object.
	Made []Made
	// Checked are the shown questions whose problems, or whether they are required or read only, changed.
	Checked []Path
}

// New opens a set. The instance has no answers yet; see [Instance] for what to call next.
func New(set *Set, context Context) *Instance {
	p := planOf(set)
	i := &Instance{
		plan: p, context: make(map[string]string, len(context.Values)), lists: context.Lists, objects: context.Objects, clock: context.Clock, faults: make(map[string]error),
		main: holder{repeat: -1, cells: make([]cell, len(p.main))}, repeats: make([]rows, len(p.repeats)), pending: make([][]*holder, len(p.nodes)),
	}
	if i.clock == nil {
		i.clock = clock.System{}
	}
	for name, value := range context.Values {
		i.context[name] = value
	}
	for r := range i.repeats {
		i.repeats[r] = rows{byID: make(map[uuid.UUID]*holder), columns: make([][]expr.Value, len(p.repeats[r].nodes))}
	}
	i.env.instance = i
	for _, node := range p.main {
		if n := &p.nodes[node]; n.item.Kind == Hidden {
			i.main.cells[n.cell].value = expr.Text(i.context[n.item.Name])
		}
	}
	return i
}

// Definition returns the set.
func (i *Instance) Definition() *Set { return i.plan.set }

// Has reports whether the path names a question of the set, in a row that is there.
func (i *Instance) Has(path Path) bool {
	_, _, ok := i.find(path)
	return ok
}

func (i *Instance) find(path Path) (*planNode, *holder, bool) {
	at, ok := i.plan.names[path.Repeat][path.Name]
	if !ok {
		return nil, nil, false
	}
	n := &i.plan.nodes[at]
	if n.repeat < 0 {
		return n, &i.main, path.Row == uuid.Nil
	}
	h, ok := i.repeats[n.repeat].byID[path.Row]
	return n, h, ok
}

func (i *Instance) path(n *planNode, h *holder) Path {
	return Path{Row: h.id, Repeat: n.item.Repeat, Name: n.item.Name}
}

// Put enters an answer that is stored already, without evaluating. The row is made when it is not there. A path that is not
// in the set changes nothing.
func (i *Instance) Put(path Path, answer domain.Answer) {
	if _, known := i.plan.names[path.Repeat][path.Name]; known && path.Repeat != "" {
		i.PutRow(path.Repeat, path.Row)
	}
	if n, h, ok := i.find(path); ok {
		i.put(n, h, answer)
	}
}

func (i *Instance) put(n *planNode, h *holder, answer domain.Answer) {
	c := &h.cells[n.cell]
	c.answer = answer
	if n.item.Kind.Asked() || n.item.Kind == Calculate {
		c.value = valueOf(shapeOf(n.item.Question), answer)
	}
}

// PutRow enters a row that is stored already, after those that are there, without evaluating.
func (i *Instance) PutRow(repeat string, id uuid.UUID) {
	r, ok := i.repeat(repeat)
	if !ok {
		return
	}
	state := &i.repeats[r]
	if _, ok := state.byID[id]; ok || id == uuid.Nil {
		return
	}
	h := &holder{id: id, repeat: r, index: len(state.list), cells: make([]cell, len(i.plan.repeats[r].nodes))}
	state.list = append(state.list, h)
	state.byID[id] = h
	state.ids = append(state.ids, expr.Text(id.String()))
	for c := range state.columns {
		state.columns[c] = append(state.columns[c], expr.Value{})
	}
}

func (i *Instance) repeat(name string) (int, bool) {
	at, ok := i.plan.names[""][name]
	if !ok || i.plan.nodes[at].own < 0 {
		return 0, false
	}
	return i.plan.nodes[at].own, true
}

// Rows returns the ids of a repeat's rows in order.
func (i *Instance) Rows(repeat string) []uuid.UUID {
	r, ok := i.repeat(repeat)
	if !ok {
		return nil
	}
	ids := make([]uuid.UUID, len(i.repeats[r].list))
	for at, h := range i.repeats[r].list {
		ids[at] = h.id
	}
	return ids
}

// Evaluate evaluates everything. Call it when the stored answers are in, and when a new day has begun.
func (i *Instance) Evaluate() Changed {
	for at := range i.plan.nodes {
		i.queueAll(at)
	}
	return i.run()
}

// Set enters a new answer and evaluates what depends on it. A path that is not in the set, see [Instance.Has], and one that
// no person answers (a calculation, note, group, repeat or hidden value) change nothing.
func (i *Instance) Set(path Path, answer domain.Answer) Changed {
	n, h, ok := i.find(path)
	if !ok || !n.item.Kind.Asked() {
		return Changed{}
	}
	c := &h.cells[n.cell]
	before := c.value
	i.put(n, h, answer)
	at := i.plan.names[path.Repeat][path.Name]
	if c.relevant && !before.Same(c.value) {
		i.seenChanged(at, h)
	}
	i.check(at, h)
	if n.item.Calculation != nil {
		i.queue(at, h)
	}
	return i.run()
}

// SetContext changes a hidden value, for example when the birth date was corrected, and evaluates what depends on it.
func (i *Instance) SetContext(name, value string) Changed {
	i.context[name] = value
	if at, ok := i.plan.names[""][name]; ok && i.plan.nodes[at].item.Kind == Hidden {
		i.main.cells[i.plan.nodes[at].cell].value = expr.Text(value)
		i.seenChanged(at, &i.main)
	}
	for _, at := range i.plan.context[name] {
		i.queueAll(at)
	}
	return i.run()
}

// AddRow adds an empty row at the end of a repeat, gives it its defaults and evaluates what depends on it. An id that is
// there already changes nothing.
func (i *Instance) AddRow(repeat string, id uuid.UUID) Changed {
	r, ok := i.repeat(repeat)
	if !ok || id == uuid.Nil || i.repeats[r].byID[id] != nil {
		return Changed{}
	}
	i.PutRow(repeat, id)
	h := i.repeats[r].byID[id]
	for _, at := range i.plan.repeats[r].nodes {
		i.queue(at, h)
	}
	i.membersChanged(r)
	i.applyDefaults(h, i.plan.repeats[r].nodes)
	return i.run()
}

// RemoveRow takes a row out and evaluates what depends on it.
func (i *Instance) RemoveRow(repeat string, id uuid.UUID) Changed {
	r, ok := i.repeat(repeat)
	if !ok || i.repeats[r].byID[id] == nil {
		return Changed{}
	}
	state := &i.repeats[r]
	h := state.byID[id]
	for _, at := range i.plan.repeats[r].nodes {
		n := &i.plan.nodes[at]
		if h.cells[n.cell].shown {
			i.noteRelevance(n, h, false)
		}
		i.progress.add(h.cells[n.cell].counts, -1)
		for _, reader := range slices.Concat(n.valueReaders, n.checkReaders) {
			if !reader.sameRow {
				i.queueAll(reader.node)
			}
		}
	}
	delete(state.byID, id)
	state.list = slices.Delete(state.list, h.index, h.index+1)
	state.ids = slices.Delete(state.ids, h.index, h.index+1)
	for c := range state.columns {
		state.columns[c] = slices.Delete(state.columns[c], h.index, h.index+1)
	}
	for _, later := range state.list[h.index:] {
		later.index--
		for _, at := range i.plan.repeats[r].positions {
			i.queue(at, later)
		}
	}
	h.index = -1 // what is queued for it is passed over
	i.membersChanged(r)
	return i.run()
}

// membersChanged queues those that read the repeat itself, and the repeat, which may be required.
func (i *Instance) membersChanged(r int) {
	at := i.plan.repeats[r].node
	i.seenChanged(at, &i.main)
	i.check(at, &i.main)
}

// ApplyDefaults gives every shown question of the main part that was never answered its default. Call it for a new object,
// after Evaluate. Rows get theirs by AddRow.
func (i *Instance) ApplyDefaults() Changed {
	i.applyDefaults(&i.main, i.plan.main)
	return i.run()
}

func (i *Instance) applyDefaults(h *holder, nodes []int) {
	i.settle() // what is shown must be known
	for _, at := range nodes {
		n := &i.plan.nodes[at]
		c := &h.cells[n.cell]
		if n.item.Default == "" || !c.relevant || !c.answer.Empty() || !n.item.Kind.Asked() {
			continue
		}
		value := expr.Text(n.item.Default)
		if program := n.item.DefaultExpression; program != nil {
			value = i.eval(at, h, "default", program)
		}
		answer := answerOf(n.item.Question, value)
		if answer.Empty() {
			continue
		}
		i.put(n, h, answer)
		i.changed.Made = append(i.changed.Made, Made{i.path(n, h), answer})
		i.seenChanged(at, h)
		i.check(at, h)
		i.settle()
	}
}

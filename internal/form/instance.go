package form

import (
	"cmp"
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
	seed    uuid.UUID
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
	repeat int     // -1: the main part
	index  int     // of the row
	outer  *holder // the row around a row of a repeat inside a repeat; else nil
	cells  []cell
}

// in is the row itself, or the row around it, that belongs to a repeat.
func (h *holder) in(repeat int) *holder {
	for h.repeat != repeat && h.outer != nil {
		h = h.outer
	}
	return h
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
	rows     int // how many rows a repeat must have, plus 1
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
		plan: p, context: make(map[string]string, len(context.Values)), lists: context.Lists, objects: context.Objects, clock: context.Clock, seed: context.Seed, faults: make(map[string]error),
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
			i.main.cells[n.cell].value = expr.Text(cmp.Or(i.context[n.item.Name], n.item.Default))
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

// Put enters an answer that is stored already, without evaluating. The row is made when it is not there, save that of a repeat inside a
// repeat, which [Instance.PutRowIn] makes. A path that is not in the set changes nothing.
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
func (i *Instance) PutRow(repeat string, id uuid.UUID) { i.PutRowIn(repeat, uuid.Nil, id) }

// PutRowIn is PutRow for a repeat inside a repeat: outer is the row around. A row that is not there changes nothing.
func (i *Instance) PutRowIn(repeat string, outer, id uuid.UUID) {
	r, ok := i.plan.byName[repeat]
	if !ok {
		return
	}
	state := &i.repeats[r]
	if _, ok := state.byID[id]; ok || id == uuid.Nil {
		return
	}
	around, ok := i.outerRow(r, outer)
	if !ok {
		return
	}
	h := &holder{id: id, repeat: r, index: len(state.list), outer: around, cells: make([]cell, len(i.plan.repeats[r].nodes))}
	state.list = append(state.list, h)
	state.byID[id] = h
	state.ids = append(state.ids, expr.Text(id.String()))
	for c := range state.columns {
		state.columns[c] = append(state.columns[c], expr.Value{})
	}
}

// outerRow finds the row that a row of a repeat stands in; nil for a repeat of the main part.
func (i *Instance) outerRow(r int, id uuid.UUID) (*holder, bool) {
	outer := i.plan.repeats[r].outer
	if outer < 0 {
		return nil, id == uuid.Nil
	}
	h, ok := i.repeats[outer].byID[id]
	return h, ok
}

// around is the part in which the question of a repeat stands: the main part or a row.
func (i *Instance) around(h *holder) *holder {
	if h == nil {
		return &i.main
	}
	return h
}

// Rows returns the ids of a repeat's rows in order; of a repeat inside a repeat those of all rows around.
func (i *Instance) Rows(repeat string) []uuid.UUID {
	r, ok := i.plan.byName[repeat]
	if !ok {
		return nil
	}
	ids := make([]uuid.UUID, len(i.repeats[r].list))
	for at, h := range i.repeats[r].list {
		ids[at] = h.id
	}
	return ids
}

// RowsIn returns the ids of the rows of a repeat inside one row of the repeat around it, in order; outer is the nil UUID for a repeat
// of the main part.
func (i *Instance) RowsIn(repeat string, outer uuid.UUID) []uuid.UUID {
	r, ok := i.plan.byName[repeat]
	if !ok {
		return nil
	}
	around, ok := i.outerRow(r, outer)
	if !ok {
		return nil
	}
	ids := []uuid.UUID{}
	for _, h := range i.repeats[r].list {
		if h.outer == around {
			ids = append(ids, h.id)
		}
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
	return i.AddRowIn(repeat, uuid.Nil, id)
}

// AddRowIn is AddRow for a repeat inside a repeat: outer is the row around. A row that is not there changes nothing.
func (i *Instance) AddRowIn(repeat string, outer, id uuid.UUID) Changed {
	r, ok := i.plan.byName[repeat]
	if !ok || id == uuid.Nil || i.repeats[r].byID[id] != nil {
		return Changed{}
	}
	i.PutRowIn(repeat, outer, id)
	h := i.repeats[r].byID[id]
	if h == nil {
		return Changed{}
	}
	for _, at := range i.plan.repeats[r].nodes {
		i.queue(at, h)
	}
	i.membersChanged(r, h.outer)
	i.applyDefaults(h, i.plan.repeats[r].nodes)
	return i.run()
}

// RemoveRow takes a row out, with the rows inside it, and evaluates what depends on it.
func (i *Instance) RemoveRow(repeat string, id uuid.UUID) Changed {
	r, ok := i.plan.byName[repeat]
	if !ok || i.repeats[r].byID[id] == nil {
		return Changed{}
	}
	i.remove(r, i.repeats[r].byID[id])
	return i.run()
}

func (i *Instance) remove(r int, h *holder) {
	for inner := range i.plan.repeats {
		if i.plan.repeats[inner].outer != r {
			continue
		}
		for _, row := range slices.Clone(i.repeats[inner].list) {
			if row.outer == h {
				i.remove(inner, row)
			}
		}
	}
	state := &i.repeats[r]
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
	delete(state.byID, h.id)
	state.list = slices.Delete(state.list, h.index, h.index+1)
	state.ids = slices.Delete(state.ids, h.index, h.index+1)
	for c := range state.columns {
		state.columns[c] = slices.Delete(state.columns[c], h.index, h.index+1)
	}
	for _, later := range state.list[h.index:] {
		later.index--
	}
	i.positionsChanged(r)
	h.index = -1 // what is queued for it is passed over
	i.membersChanged(r, h.outer)
}

// positionsChanged queues those in rows of a repeat, and of the repeats inside, that read the number of a row.
func (i *Instance) positionsChanged(r int) {
	for number := range i.plan.repeats {
		if i.plan.around(r, number) {
			for _, at := range i.plan.repeats[number].positions {
				i.queueAll(at)
			}
		}
	}
}

// membersChanged queues those that read the repeat itself, and the repeat, which may be required.
func (i *Instance) membersChanged(r int, outer *holder) {
	at := i.plan.repeats[r].node
	i.seenChanged(at, i.around(outer))
	i.check(at, i.around(outer))
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

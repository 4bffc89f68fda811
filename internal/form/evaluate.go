package form

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/form/expr"
	"feltbok/internal/form/xlsform"
)

// env is what an expression reads, for the question that is being evaluated.
type env struct {
	instance *Instance
	node     *planNode
	holder   *holder
	column   func(name string) expr.Value
}

func (e *env) Value(name string) expr.Value {
	i := e.instance
	at, ok := e.node.refs[name]
	if !ok {
		return expr.Text(i.context[name])
	}
	return i.seenFrom(e.node, e.holder, at)
}

// seenFrom is what a node in the main part or in a row reads of another: one value of its own row or of a row around it, else nodes.
func (i *Instance) seenFrom(n *planNode, h *holder, at int) expr.Value {
	t := &i.plan.nodes[at]
	switch {
	case t.own >= 0:
		return expr.NodeSet(i.idsFrom(n, h, t))
	case t.repeat < 0:
		return i.main.cells[t.cell].seen()
	case t.repeat == n.repeat:
		return h.cells[t.cell].seen()
	case i.plan.around(t.repeat, n.repeat):
		return h.in(t.repeat).cells[t.cell].seen()
	}
	state := &i.repeats[t.repeat]
	common := i.common(n.repeat, t.repeat)
	if common < 0 {
		return expr.NodeSet(state.columns[t.cell])
	}
	var found []expr.Value
	for at, row := range state.list {
		if row.in(common) == h.in(common) {
			found = append(found, state.columns[t.cell][at])
		}
	}
	return expr.NodeSet(found)
}

// idsFrom are the rows of a repeat that a node sees: all, or those inside the row that both stand in.
func (i *Instance) idsFrom(n *planNode, h *holder, repeat *planNode) []expr.Value {
	state := &i.repeats[repeat.own]
	if repeat.repeat < 0 {
		if !i.main.cells[repeat.cell].relevant {
			return nil
		}
		return state.ids
	}
	common := i.common(n.repeat, repeat.repeat)
	var found []expr.Value
	for at, row := range state.list {
		if row.outer.cells[repeat.cell].relevant && (common < 0 || row.in(common) == h.in(common)) {
			found = append(found, state.ids[at])
		}
	}
	return found
}

// common is the innermost repeat that stands around two, or is one of them; -1 when there is none.
func (i *Instance) common(a, b int) int {
	for ; a >= 0; a = i.plan.repeats[a].outer {
		if i.plan.around(a, b) {
			return a
		}
	}
	return -1
}

func (e *env) Self() expr.Value { return e.holder.cells[e.node.cell].value }

func (e *env) Column(name string) expr.Value {
	if e.column == nil {
		return expr.Value{}
	}
	return e.column(name)
}

func (e *env) Position(repeat string) int {
	h := e.holder
	if repeat != "" {
		number, ok := e.instance.plan.byName[repeat]
		if !ok || !e.instance.plan.around(number, e.node.repeat) {
			return 0
		}
		h = h.in(number)
	}
	if h.repeat < 0 {
		return 0
	}
	return e.instance.place(h) + 1
}

// place is the number of a row, from 0, among the rows of its repeat inside the same row of the repeat around.
func (i *Instance) place(h *holder) int {
	if h.outer == nil {
		return h.index
	}
	before := 0
	for _, row := range i.repeats[h.repeat].list[:h.index] {
		if row.outer == h.outer {
			before++
		}
	}
	return before
}

func (e *env) Row(name string, steps []expr.Step) expr.Value {
	i := e.instance
	at, ok := e.node.refs[name]
	if !ok {
		return expr.Value{}
	}
	t := &i.plan.nodes[at]
	var h *holder
	for n, step := range steps {
		number, ok := i.plan.byName[step.Repeat]
		if !ok {
			return expr.Value{}
		}
		common := -1
		if n == 0 {
			common = i.common(e.node.repeat, i.plan.repeats[number].outer)
		} else if i.plan.repeats[number].outer != h.repeat {
			return expr.Value{}
		}
		if h = i.row(number, step.Row, func(row *holder) bool {
			return n > 0 && row.outer == h || n == 0 && (common < 0 || row.in(common) == e.holder.in(common))
		}); h == nil {
			return expr.Value{}
		}
	}
	if h == nil || h.repeat != t.repeat {
		return expr.Value{}
	}
	return i.repeats[t.repeat].columns[t.cell][h.index]
}

// row is the n-th row (from 1) of a repeat among those that fit; nil when there is none.
func (i *Instance) row(repeat, n int, fits func(*holder) bool) *holder {
	for _, row := range i.repeats[repeat].list {
		if !fits(row) {
			continue
		}
		if n--; n == 0 {
			return row
		}
	}
	return nil
}

// Seed is made of the object that holds the answers, the row and the question.
func (e *env) Seed() uuid.UUID {
	i, item := e.instance, e.node.item
	return uuid.NewSHA1(i.seed, []byte(i.plan.set.ID+"\n"+e.holder.id.String()+"\n"+item.Repeat+"\n"+item.Name))
}

func (e *env) Version() string { return e.instance.plan.set.Version }

// List gives expressions the choices of a list of the set.
func (e *env) List(name string) expr.List {
	own, ok := e.instance.plan.set.Lists[name]
	if !ok {
		return nil
	}
	return choiceList{own, e.instance.plan.set.DefaultLanguage}
}

// choiceList is a list as a table of its columns.
type choiceList struct {
	choices []xlsform.Choice
	lang    string
}

func (l choiceList) Len() int { return len(l.choices) }

func (l choiceList) Cell(row int, column string) expr.Value {
	choice := &l.choices[row]
	switch column {
	case "name":
		return expr.Text(choice.Name)
	case "label":
		if choice.Columns[column] == "" {
			return expr.Text(choice.Label.In(l.lang))
		}
	}
	return expr.Text(choice.Columns[column])
}

func (e *env) ChoiceName(question, code string) string {
	i := e.instance
	item, _ := i.plan.set.Resolve(e.node.item.Repeat, question)
	if item == nil || item.List == "" {
		return ""
	}
	return i.choiceLabel(item.Question, code, i.plan.set.DefaultLanguage)
}

func (e *env) Now() time.Time { return e.instance.now }

// choiceLabel returns the label of a code, the code itself when the list does not have it.
func (i *Instance) choiceLabel(q *Question, code, lang string) string {
	own, ok := i.plan.set.Lists[q.List]
	if !ok {
		return i.lists.Label(q.List, code, lang)
	}
	for _, choice := range own {
		if choice.Name == code {
			return choice.Label.In(lang)
		}
	}
	return code
}

// eval evaluates one expression of a node; the zero Value when it fails, and the fault is kept.
func (i *Instance) eval(at int, h *holder, column string, program *expr.Program) expr.Value {
	value, ok := i.try(at, h, column, program)
	if !ok {
		return expr.Value{}
	}
	return value
}

func (i *Instance) try(at int, h *holder, column string, program *expr.Program) (expr.Value, bool) {
	if value, ok := program.Constant(); ok {
		return value, true
	}
	n := &i.plan.nodes[at]
	i.env.node, i.env.holder = n, h
	i.evaluated++
	value, err := program.Eval(&i.env)
	if err != nil {
		i.faults[n.item.Name+" "+column] = err
		return expr.Value{}, false
	}
	return value, true
}

// holds evaluates a condition; otherwise when there is none or it fails.
func (i *Instance) holds(at int, h *holder, column string, program *expr.Program, otherwise bool) bool {
	if program == nil {
		return otherwise
	}
	value, ok := i.try(at, h, column, program)
	if !ok {
		return otherwise
	}
	return value.Truth()
}

// Faults returns the expressions that failed while they were evaluated, by "question column". There are none unless an
// expression works on texts or lists beyond the bounds of the dialect, or reads a regular expression from an answer.
func (i *Instance) Faults() map[string]error { return i.faults }

// Evaluated returns how many expressions have been evaluated since the instance was made: the work done, for diagnosis.
func (i *Instance) Evaluated() int { return i.evaluated }

// queue marks a node to be evaluated in the main part or a row.
func (i *Instance) queue(at int, h *holder) {
	c := &h.cells[i.plan.nodes[at].cell]
	if c.queued {
		return
	}
	c.queued = true
	rank := i.plan.rank[at]
	i.pending[rank] = append(i.pending[rank], h)
	i.lowest = min(i.lowest, rank)
}

// queueAll marks a node in the main part or in all rows.
func (i *Instance) queueAll(at int) {
	n := &i.plan.nodes[at]
	if n.repeat < 0 {
		i.queue(at, &i.main)
		return
	}
	for _, h := range i.repeats[n.repeat].list {
		i.queue(at, h)
	}
}

// check marks a node's conditions to be looked at.
func (i *Instance) check(at int, h *holder) {
	c := &h.cells[i.plan.nodes[at].cell]
	if !c.checking {
		c.checking = true
		i.checks = append(i.checks, check{at, h})
	}
}

// seenChanged tells all who read a node that it changed, and keeps the column of its repeat.
func (i *Instance) seenChanged(at int, h *holder) {
	n := &i.plan.nodes[at]
	if n.repeat >= 0 {
		i.repeats[n.repeat].columns[n.cell][h.index] = h.cells[n.cell].seen()
	}
	for _, r := range n.valueReaders {
		if r.sameRow {
			i.queue(r.node, h)
		} else {
			i.queueAll(r.node)
		}
	}
	for _, r := range n.checkReaders {
		target := &i.plan.nodes[r.node]
		switch {
		case r.sameRow:
			i.check(r.node, h)
		case target.repeat < 0:
			i.check(r.node, &i.main)
		default:
			for _, row := range i.repeats[target.repeat].list {
				i.check(r.node, row)
			}
		}
	}
}

// settle evaluates all that is queued, in the order in which values decide each other.
func (i *Instance) settle() {
	i.now = i.clock.Now()
	for rank := i.lowest; rank < len(i.pending); rank++ {
		if len(i.pending[rank]) == 0 {
			continue
		}
		at := i.plan.order[rank]
		for _, h := range i.pending[rank] {
			h.cells[i.plan.nodes[at].cell].queued = false
			if h.repeat < 0 || h.index >= 0 {
				i.value(at, h)
			}
		}
		i.pending[rank] = i.pending[rank][:0]
	}
	i.lowest = len(i.pending)
}

// run settles values, then looks at conditions, and gives back what changed.
func (i *Instance) run() Changed {
	i.settle()
	for _, c := range i.checks {
		c.holder.cells[i.plan.nodes[c.node].cell].checking = false
		if c.holder.repeat < 0 || c.holder.index >= 0 {
			i.conditions(c.node, c.holder)
		}
	}
	i.checks = i.checks[:0]
	for _, f := range i.flipped {
		n := &i.plan.nodes[f.node]
		c := &f.holder.cells[n.cell]
		if c.shown != c.relevant && (f.holder.repeat < 0 || f.holder.index >= 0) {
			c.shown = c.relevant
			i.noteRelevance(n, f.holder, c.relevant)
		}
	}
	i.flipped = i.flipped[:0]
	i.changed.Made = lastMade(i.changed.Made)
	changed := i.changed
	i.changed = Changed{}
	return changed
}

// lastMade keeps the last answer of each path: a default may change what a calculation made before.
func lastMade(made []Made) []Made {
	if len(made) < 2 {
		return made
	}
	kept := made[:0]
	place := make(map[Path]int, len(made))
	for _, m := range made {
		if at, ok := place[m.Path]; ok {
			kept[at] = m
			continue
		}
		place[m.Path] = len(kept)
		kept = append(kept, m)
	}
	return kept
}

// value evaluates relevance and calculation of a node.
func (i *Instance) value(at int, h *holder) {
	n := &i.plan.nodes[at]
	c := &h.cells[n.cell]
	relevantBefore, seenBefore := c.relevant, c.seen()
	c.relevant = n.item.Kind == Hidden || i.parentRelevant(n, h) && i.holds(at, h, "relevant", n.item.Relevant, true)
	if c.relevant && n.item.Calculation != nil && (n.item.Kind == Calculate || n.item.Kind.Asked()) {
		i.calculate(at, h)
	}
	i.check(at, h)
	if c.relevant != relevantBefore {
		i.flipped = append(i.flipped, check{at, h})
		for _, child := range n.children {
			if i.plan.nodes[child].repeat == h.repeat {
				i.queue(child, h)
			} else {
				i.queueAll(child)
			}
		}
		if n.item.Kind == Repeat {
			i.seenChanged(at, h)
			return
		}
	}
	if !seenBefore.Same(c.seen()) {
		i.seenChanged(at, h)
	}
}

func (i *Instance) noteRelevance(n *planNode, h *holder, relevant bool) {
	switch {
	case n.item.Kind == Calculate || n.item.Kind == Hidden:
	case relevant:
		i.changed.Shown = append(i.changed.Shown, i.path(n, h))
	default:
		i.changed.Hidden = append(i.changed.Hidden, i.path(n, h))
	}
}

func (i *Instance) parentRelevant(n *planNode, h *holder) bool {
	if n.parent < 0 {
		return true
	}
	parent := &i.plan.nodes[n.parent]
	if parent.repeat < 0 {
		return i.main.cells[parent.cell].relevant
	}
	return h.in(parent.repeat).cells[parent.cell].relevant
}

func (i *Instance) calculate(at int, h *holder) {
	n := &i.plan.nodes[at]
	c := &h.cells[n.cell]
	value, ok := i.try(at, h, "calculation", n.item.Calculation)
	if !ok {
		return
	}
	value = value.Single()
	answer := answerOf(n.item.Question, value)
	if n.item.Kind == Calculate {
		// A calculation is read as it came out, which keeps numbers and dates that no field holds.
		if value.Empty() {
			value = expr.Value{}
		}
		c.value = value
	} else {
		c.value = valueOf(n.item.Kind, answer)
	}
	if sameValue(c.answer.Value, answer.Value) {
		return
	}
	answer.Source = c.answer.Source
	c.answer = answer
	if n.item.Field.Name != "" {
		i.changed.Made = append(i.changed.Made, Made{i.path(n, h), answer})
	}
}

// Choices returns what may be chosen, in order and with labels in a language, after the choice_filter. Codes that have
// ended are left out unless the answer holds them. A question that names another object has the choices of the host, see
// [Context]. Nil when there is nothing to choose from.
func (i *Instance) Choices(path Path, lang string) []codelist.Entry {
	n, h, ok := i.find(path)
	if !ok {
		return nil
	}
	if n.item.List == "" {
		return slices.Clone(i.objects[n.item.Field.Of])
	}
	at := i.plan.names[path.Repeat][path.Name]
	i.now = i.clock.Now()
	if own, ok := i.plan.set.Lists[n.item.List]; ok {
		return i.ownChoices(at, h, own, lang)
	}
	held := h.cells[n.cell].answer.List()
	today := i.now.Format(time.DateOnly)
	var found []codelist.Entry
	for _, entry := range i.lists.Entries(n.item.List) {
		ended := entry.ValidTo != "" && entry.ValidTo < today || entry.ValidFrom > today
		if ended && !slices.Contains(held, entry.Code) {
			continue
		}
		if i.offered(at, h, entry.Code) {
			entry.Label = entry.In(lang)
			found = append(found, entry)
		}
	}
	return found
}

// ownChoices are those of a list of the set, each code once.
func (i *Instance) ownChoices(at int, h *holder, own []xlsform.Choice, lang string) []codelist.Entry {
	var found []codelist.Entry
	for c := range own {
		once := slices.ContainsFunc(found, func(entry codelist.Entry) bool { return entry.Code == own[c].Name })
		if !once && i.passes(at, h, own[c].Name, &own[c]) {
			found = append(found, codelist.Entry{Code: own[c].Name, Label: own[c].Label.In(lang)})
		}
	}
	return found
}

// offered reports whether the choice_filter lets a code through; a code may stand in several rows of a list.
func (i *Instance) offered(at int, h *holder, code string) bool {
	q := i.plan.nodes[at].item.Question
	if q.Filter == nil {
		return true
	}
	own, ok := i.plan.set.Lists[q.List]
	if !ok {
		return i.passes(at, h, code, nil)
	}
	for c := range own {
		if own[c].Name == code && i.passes(at, h, code, &own[c]) {
			return true
		}
	}
	return false
}

// passes reports whether the choice_filter holds for one row of a list; choice is nil for a code list, whose only column is the code.
func (i *Instance) passes(at int, h *holder, code string, choice *xlsform.Choice) bool {
	n := &i.plan.nodes[at]
	if n.item.Filter == nil {
		return true
	}
	i.env.column = func(name string) expr.Value {
		switch {
		case name == "name":
			return expr.Text(code)
		case choice == nil:
			return expr.Value{}
		}
		return expr.Text(choice.Columns[name])
	}
	defer func() { i.env.column = nil }()
	return i.holds(at, h, "choice_filter", n.item.Filter, true)
}

package form

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
	"feltbok/internal/form/xlsform"
	"feltbok/internal/i18n"
)

// Severity tells what a problem stops.
type Severity byte

// A hard problem stops "ready for review", a soft one wants to be seen. Neither stops saving (domain.md 8).
const (
	Soft Severity = iota + 1
	Hard
)

// Problem is something wrong with one answer.
type Problem struct {
	Severity Severity
	// Rule is "required", "reason", "not_asked", "wrong_type", "not_in_list", "not_offered", "range", "rank" or "constraint".
	Rule    string
	Message Labels
}

// Progress counts the shown questions that a person answers, and the repeats that must have a row.
type Progress struct {
	// Answered of Relevant have a value or say why there is none; "not asked" is no answer.
	Answered, Relevant int
	// RequiredMissing are required, or marked "not asked", and open.
	RequiredMissing int
	// MinimumMissing are those of them in the minimum record: they alone hold up "finished" (domain.md 5).
	MinimumMissing int
	// HardProblems counts questions with a hard problem other than a missing answer.
	HardProblems int
}

// tally is what one cell adds to the progress.
type tally struct{ relevant, answered, missing, minimum, hard bool }

func (p *Progress) add(t tally, n int) {
	for _, part := range []struct {
		set bool
		to  *int
	}{{t.relevant, &p.Relevant}, {t.answered, &p.Answered}, {t.missing, &p.RequiredMissing}, {t.minimum, &p.MinimumMissing}, {t.hard, &p.HardProblems}} {
		if part.set {
			*part.to += n
		}
	}
}

// Progress returns how far the set has come.
func (i *Instance) Progress() Progress { return i.progress }

// Add sums the progress of several sets.
func (p Progress) Add(q Progress) Progress {
	return Progress{
		Answered: p.Answered + q.Answered, Relevant: p.Relevant + q.Relevant, RequiredMissing: p.RequiredMissing + q.RequiredMissing,
		MinimumMissing: p.MinimumMissing + q.MinimumMissing, HardProblems: p.HardProblems + q.HardProblems,
	}
}

// conditions evaluates required, read_only, constraint and the built-in checks of a node.
func (i *Instance) conditions(at int, h *holder) {
	n := &i.plan.nodes[at]
	c := &h.cells[n.cell]
	q := n.item.Question
	if !q.Kind.Asked() && q.Kind != Repeat && q.Kind != Calculate {
		return
	}
	required, readOnly, counts, problems := false, false, tally{}, []Problem(nil)
	rows := i.rowCount(at, h)
	if c.relevant {
		required = q.Kind != Calculate && i.holds(at, h, "required", q.Required, false)
		readOnly = q.Calculation != nil || i.holds(at, h, "read_only", q.ReadOnly, false)
		if q.Kind == Repeat {
			counts, problems = i.checkRepeat(n, h, required)
		} else {
			counts, problems = i.checkAnswer(at, h, required)
		}
	}
	if c.relevant && (required != c.required || readOnly != c.readOnly || rows != c.rows || !sameProblems(problems, c.problems)) {
		i.changed.Checked = append(i.changed.Checked, i.path(n, h))
	}
	i.progress.add(c.counts, -1)
	i.progress.add(counts, 1)
	c.required, c.readOnly, c.counts, c.problems, c.rows = required, readOnly, counts, problems, rows
}

// maxRows is how many rows a form may ask for by repeat_count.
const maxRows = 1000

// rowCount is how many rows a repeat must have, plus 1; 0 when it says nothing.
func (i *Instance) rowCount(at int, h *holder) int {
	program := i.plan.nodes[at].item.Count
	if program == nil || i.plan.nodes[at].own < 0 {
		return 0
	}
	n := i.eval(at, h, "repeat_count", program).Number()
	if !(n >= 0) {
		return 1
	}
	return int(min(n, maxRows)) + 1
}

// RowCount returns how many rows a shown repeat must have; ok is false when the one who answers adds and removes rows. Who opens the set
// adds the rows that are missing; those too many keep their answers.
func (i *Instance) RowCount(path Path) (n int, ok bool) {
	c := i.state(path)
	return c.rows - 1, c.relevant && c.rows > 0
}

func sameProblems(a, b []Problem) bool {
	return slices.EqualFunc(a, b, func(x, y Problem) bool { return x.Rule == y.Rule && x.Severity == y.Severity })
}

func (i *Instance) checkRepeat(n *planNode, h *holder, required bool) (tally, []Problem) {
	if !required {
		return tally{}, nil
	}
	if slices.ContainsFunc(i.repeats[n.own].list, func(row *holder) bool { return i.around(row.outer) == h }) {
		return tally{relevant: true, answered: true}, nil
	}
	return tally{relevant: true, missing: true, minimum: n.item.Minimum}, []Problem{missing(n.item.Question, "required_row")}
}

func (i *Instance) checkAnswer(at int, h *holder, required bool) (tally, []Problem) {
	q := i.plan.nodes[at].item.Question
	c := &h.cells[i.plan.nodes[at].cell]
	counts := tally{relevant: q.Kind != Calculate}
	var problems []Problem
	switch {
	case given(c.answer):
		counts.answered = counts.relevant
		problems = i.checkValue(at, h)
	case c.answer.Missing == domain.Unknown || c.answer.Missing == domain.Declined:
		counts.answered = true
		if strings.TrimSpace(c.answer.Reason) == "" && required {
			problems = append(problems, Problem{Soft, "reason", message("reason")})
		}
	case c.answer.Missing == domain.NotApplicable:
		counts.answered = true
	case c.answer.Missing == domain.NotAsked:
		counts.missing, counts.minimum = true, q.Minimum
		problems = append(problems, Problem{Soft, "not_asked", message("not_asked")})
	case required:
		counts.missing, counts.minimum = true, q.Minimum
		problems = append(problems, missing(q, "required"))
	}
	counts.hard = !counts.missing && slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Hard })
	return counts, problems
}

// missing is the problem of a required question without an answer.
func missing(q *Question, rule string) Problem {
	p := Problem{Hard, "required", q.RequiredMessage}
	if p.Message == nil {
		p.Message = message(rule)
	}
	if q.Soft {
		p.Severity = Soft
	}
	return p
}

func (i *Instance) checkValue(at int, h *holder) []Problem {
	n := &i.plan.nodes[at]
	c := &h.cells[n.cell]
	q := n.item.Question
	if q.Kind != Calculate && !rightKind(q.Kind, c.answer.Value) {
		return []Problem{{Hard, "wrong_type", message("wrong_type." + typeWord(q.Kind))}}
	}
	if q.List != "" {
		for _, code := range c.answer.List() {
			if !i.plan.set.HasCode(q, code, i.lists) {
				if _, own := i.plan.set.Lists[q.List]; !own && !codelist.Fixed(q.List) {
					// A newer edition may have it. To ask for another choice here would be to throw the answer away.
					return []Problem{{Soft, "newer_list", message("newer_list", "Code", code)}}
				}
				return []Problem{{Hard, "not_in_list", message("not_in_list")}}
			}
			if !i.offered(at, h, code) {
				return []Problem{{Hard, "not_offered", message("not_offered")}}
			}
		}
	}
	var problems []Problem
	if low, high, ok := bounds(q); ok {
		if number := c.value.Number(); number < low || number > high {
			problems = append(problems, Problem{Hard, "range", message("range", "Low", expr.Float(low).String(), "High", expr.Float(high).String())})
		}
	}
	if q.Kind == Rank && len(c.answer.List()) < len(i.plan.set.Lists[q.List]) {
		problems = append(problems, Problem{Hard, "rank", message("rank")})
	}
	if q.Constraint != nil && !i.holds(at, h, "constraint", q.Constraint, true) {
		p := Problem{Hard, "constraint", q.ConstraintMessage}
		if p.Message == nil {
			p.Message = message("constraint")
		}
		if q.Soft {
			p.Severity = Soft
		}
		problems = append(problems, p)
	}
	return problems
}

// bounds reads the parameters start and end of a number.
func bounds(q *Question) (low, high float64, ok bool) {
	if q.Kind != Integer && q.Kind != Decimal {
		return 0, 0, false
	}
	low, lowErr := strconv.ParseFloat(q.Parameters["start"], 64)
	high, highErr := strconv.ParseFloat(q.Parameters["end"], 64)
	return min(low, high), max(low, high), lowErr == nil && highErr == nil
}

func typeWord(kind Kind) string {
	switch kind {
	case Integer:
		return "integer"
	case Decimal:
		return "decimal"
	case Time:
		return "clock"
	case Date:
		return "date"
	case PartialDate:
		return "partial_date"
	case DateTime:
		return "time"
	case YesNo, Code, MultiCode, Rank:
		return "choice"
	}
	return "other"
}

var messages sync.Map // key → Labels, of messages without arguments

// message returns a text of the area form in all languages.
func message(key string, pairs ...any) Labels {
	if found, ok := messages.Load(key); ok && len(pairs) == 0 {
		return found.(Labels)
	}
	labels := make(Labels, len(i18n.Languages))
	for _, lang := range i18n.Languages {
		labels[lang] = i18n.For(lang).T("form."+key, pairs...)
	}
	if len(pairs) == 0 {
		messages.Store(key, labels)
	}
	return labels
}

// state returns the cell of a path; an empty one when there is none.
func (i *Instance) state(path Path) *cell {
	n, h, ok := i.find(path)
	if !ok {
		return &cell{}
	}
	return &h.cells[n.cell]
}

// Visible reports whether the question is shown.
func (i *Instance) Visible(path Path) bool { return i.state(path).relevant }

// Required reports whether the question is shown and must be answered; of a repeat, whether it must have a row.
func (i *Instance) Required(path Path) bool { return i.state(path).required }

// ReadOnly reports whether the question is shown and cannot be answered by hand.
func (i *Instance) ReadOnly(path Path) bool { return i.state(path).readOnly }

// Answer returns the answer, of a hidden question too.
func (i *Instance) Answer(path Path) domain.Answer { return i.state(path).answer }

// Calculated returns the text of what the question gives to expressions, for calculations that no field holds.
func (i *Instance) Calculated(path Path) string { return i.state(path).value.String() }

// Problems returns what is wrong with a shown question's answer.
func (i *Instance) Problems(path Path) []Problem { return slices.Clone(i.state(path).problems) }

// Missing returns the shown questions that are required or "not asked" and open, in the order of the survey; rows in
// theirs.
func (i *Instance) Missing() []Path {
	return i.collect(func(c *cell) bool { return c.counts.missing })
}

// MissingMinimum returns those of them that belong to the minimum record.
func (i *Instance) MissingMinimum() []Path {
	return i.collect(func(c *cell) bool { return c.counts.minimum })
}

// WithProblems returns all shown questions that have a problem, missing answers included.
func (i *Instance) WithProblems() []Path {
	return i.collect(func(c *cell) bool { return len(c.problems) > 0 })
}

func (i *Instance) collect(wanted func(*cell) bool) []Path {
	var found []Path
	var inside func(nodes []int, h *holder)
	inside = func(nodes []int, h *holder) {
		for _, at := range nodes {
			n := &i.plan.nodes[at]
			if wanted(&h.cells[n.cell]) {
				found = append(found, i.path(n, h))
			}
			if n.own < 0 {
				continue
			}
			for _, row := range i.repeats[n.own].list {
				if i.around(row.outer) == h {
					inside(i.plan.repeats[n.own].nodes, row)
				}
			}
		}
	}
	inside(i.plan.main, &i.main)
	return found
}

// Label returns a question's label in a language with ${name} filled in; codes appear by their labels.
func (i *Instance) Label(path Path, lang string) string {
	return i.fill(path, lang, func(q *Question) Labels { return q.Label })
}

// Hint returns a question's hint in a language with ${name} filled in.
func (i *Instance) Hint(path Path, lang string) string {
	return i.fill(path, lang, func(q *Question) Labels { return q.Hint })
}

// Guidance says in a language why the question is asked, with ${name} filled in.
func (i *Instance) Guidance(path Path, lang string) string {
	return i.fill(path, lang, func(q *Question) Labels { return q.Guidance })
}

func (i *Instance) fill(path Path, lang string, pick func(*Question) Labels) string {
	n, h, ok := i.find(path)
	if !ok {
		return ""
	}
	return xlsform.Fill(pick(n.item.Question).In(lang), func(name string) string { return i.shown(n, h, name, lang) })
}

// shown is the text of an answer inside a label.
func (i *Instance) shown(n *planNode, h *holder, name, lang string) string {
	item, _ := i.plan.set.Resolve(n.item.Repeat, name)
	if item == nil {
		return i.context[name]
	}
	at := i.plan.names[item.Repeat][item.Name]
	t := &i.plan.nodes[at]
	if t.own >= 0 {
		return strconv.Itoa(len(i.idsFrom(n, h, t)))
	}
	value := i.seenFrom(n, h, at)
	if item.List == "" {
		return value.String()
	}
	var labels []string
	for _, code := range strings.Fields(value.String()) {
		labels = append(labels, i.choiceLabel(item.Question, code, lang))
	}
	return strings.Join(labels, ", ")
}

// Applies reports whether a set is asked of the one in the context. An expression that fails lets it be asked.
func Applies(set *Set, context Context) bool {
	if set.Applies == nil {
		return true
	}
	i := New(set, context)
	i.now = i.clock.Now()
	i.env.node, i.env.holder = &planNode{item: &Item{Question: &Question{}}, repeat: -1, own: -1}, &i.main
	value, err := set.Applies.Eval(&i.env)
	return err != nil || value.Truth()
}

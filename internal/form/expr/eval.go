package expr

import (
	"errors"
	"math"
	"time"

	"github.com/google/uuid"
)

// Env gives an expression what it reads. Its methods are called in the goroutine of [Program.Eval].
type Env interface {
	// Value returns the answer to a question: one value, or nodes when the question stands in a repeat that the
	// expression's own question is not part of. A hidden or unanswered question is the zero Value.
	Value(name string) Value
	// Self returns the answer of the question that owns the expression.
	Self() Value
	// Column returns a column of the choice that is being filtered.
	Column(name string) Value
	// Position returns the number of the row that is being evaluated, from 1; 0 outside of repeats. With a repeat's name it is that of
	// the row of this repeat around the one that is being evaluated.
	Position(repeat string) int
	// Row returns the answer in one row: of the first repeat, then of each repeat inside it. The zero Value when there is none.
	Row(name string, steps []Step) Value
	// Seed is the same for one question of one object for ever, and differs for every other.
	Seed() uuid.UUID
	// Version returns the version of the question set.
	Version() string
	// List returns a list of choices or data; nil when there is none.
	List(name string) List
	// ChoiceName returns the label of a code in the list of a question; empty when there is none.
	ChoiceName(question, code string) string
	// Now returns the time of the host's clock in the host's time zone. It stays the same during one evaluation.
	Now() time.Time
}

// Step names a row of a repeat, from 1.
type Step struct {
	Repeat string
	Row    int
}

// List is a table that expressions look things up in.
type List interface {
	Len() int
	// Cell returns a cell of a row, from 0; the empty text when the column is not there.
	Cell(row int, column string) Value
}

// ErrFuel is the cause of an evaluation that took too many steps.
var ErrFuel = errors.New("expression takes too many steps")

// Unwrap makes errors.Is(err, ErrFuel) hold for an evaluation out of fuel.
func (e *Error) Unwrap() error {
	if e.Message == ErrFuel.Error() {
		return ErrFuel
	}
	return nil
}

type machine struct {
	env    Env
	list   List // whose row is looked at inside the brackets of an instance(…)
	row    int
	fuel   int
	err    *Error
	source string
}

// Eval evaluates the expression. The error is an *[Error]; the value is then the zero Value.
func (p *Program) Eval(env Env) (Value, error) {
	if p.root.op == opConstant {
		return p.root.value, nil
	}
	m := machine{env: env, fuel: MaxFuel, source: p.source}
	value := m.eval(p.root)
	if m.err != nil {
		return Value{}, m.err
	}
	return value, nil
}

// burn takes steps from the fuel and reports whether there was enough.
func (m *machine) burn(steps int) bool {
	if m.fuel -= steps; m.fuel >= 0 {
		return true
	}
	m.fail(nil, ErrFuel.Error())
	return false
}

// fail stops the evaluation; the first failure is the one reported.
func (m *machine) fail(n *node, message string) Value {
	if m.err == nil {
		m.err = &Error{Message: message}
		if n != nil {
			m.err = errorAt(m.source, n.offset, "%s", message)
		}
	}
	m.fuel = -1
	return Value{}
}

// built returns a text that a function made, within its bound.
func (m *machine) built(s string) Value {
	if len(s) > MaxText {
		return m.fail(nil, "text longer than the bound")
	}
	m.burn(len(s) / 64)
	return Text(s)
}

func (m *machine) eval(n *node) Value {
	if m.fuel--; m.fuel < 0 {
		m.burn(0)
		return Value{}
	}
	switch n.op {
	case opConstant:
		return n.value
	case opReference:
		value := m.env.Value(n.name)
		if value.kind == Nodes {
			m.burn(len(value.nodes) / 8)
		}
		return value
	case opSelf:
		return m.env.Self()
	case opColumn:
		if m.list != nil {
			return m.list.Cell(m.row, n.name)
		}
		return m.env.Column(n.name)
	case opLookup:
		return m.lookup(n)
	case opCall:
		return n.function.call(m, n)
	case opNegate:
		return Float(-m.eval(n.args[0]).Number())
	case opOr, opAnd:
		for _, argument := range n.args {
			if m.eval(argument).Truth() == (n.op == opOr) {
				return Boolean(n.op == opOr)
			}
		}
		return Boolean(n.op == opAnd)
	case opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual:
		return Boolean(m.compare(n.op, m.eval(n.args[0]), m.eval(n.args[1])))
	case opAdd, opSubtract, opMultiply, opDivide, opModulo:
		return Float(arithmetic(n.op, m.eval(n.args[0]).Number(), m.eval(n.args[1]).Number()))
	}
	return Value{}
}

// lookup gives a column of the rows of a list for which all conditions hold.
func (m *machine) lookup(n *node) Value {
	list := m.env.List(n.list)
	if list == nil {
		return NodeSet(nil)
	}
	around, at := m.list, m.row
	defer func() { m.list, m.row = around, at }()
	var found []Value
	for row := range list.Len() {
		if !m.burn(1) {
			return Value{}
		}
		m.list, m.row = list, row
		holds := true
		for _, condition := range n.args {
			if holds = holds && m.eval(condition).Truth(); !holds {
				break
			}
		}
		if holds {
			found = append(found, list.Cell(row, n.name))
		}
	}
	return NodeSet(found)
}

func arithmetic(op operation, a, b float64) float64 {
	switch op {
	case opAdd:
		return a + b
	case opSubtract:
		return a - b
	case opMultiply:
		return a * b
	case opDivide:
		return a / b
	}
	return math.Mod(a, b)
}

// compare follows XPath 1.0, 3.4: nodes compare when any of them does.
func (m *machine) compare(op operation, a, b Value) bool {
	if a.kind != Nodes && b.kind != Nodes {
		return compareSingle(op, a, b)
	}
	if a.kind == Bool || b.kind == Bool {
		return compareSingle(op, Boolean(a.Truth()), Boolean(b.Truth()))
	}
	for _, left := range a.each() {
		for _, right := range b.each() {
			if !m.burn(1) {
				return false
			}
			exists := (a.kind != Nodes || left.kind != Absent) && (b.kind != Nodes || right.kind != Absent)
			if exists && compareSingle(op, left, right) {
				return true
			}
		}
	}
	return false
}

// each returns the nodes, or the single value as one; absent nodes are among them.
func (v Value) each() []Value {
	if v.kind == Nodes {
		return v.nodes
	}
	return []Value{v}
}

func compareSingle(op operation, a, b Value) bool {
	if op == opEqual || op == opNotEqual {
		return equal(a, b) == (op == opEqual)
	}
	if a.kind == Date || a.kind == DateTime || b.kind == Date || b.kind == DateTime {
		if left, right, ok := comparableDates(a, b); ok {
			return ordered(op, left, right)
		}
		if a.kind != Number && b.kind != Number {
			return false // a date beside a text that is none
		}
	}
	return ordered(op, a.Number(), b.Number())
}

func equal(a, b Value) bool {
	switch {
	case a.kind == Bool || b.kind == Bool:
		return a.Truth() == b.Truth()
	case a.kind == Number || b.kind == Number:
		return a.Number() == b.Number()
	case a.kind == DateTime && b.kind == DateTime:
		return a.number == b.number
	case a.kind == Date || a.kind == DateTime || b.kind == Date || b.kind == DateTime:
		left, leftOK := a.asDate()
		right, rightOK := b.asDate()
		return leftOK && rightOK && left.precision == right.precision && left.number == right.number
	}
	return a.text == b.text // String or Absent
}

func ordered(op operation, a, b float64) bool {
	switch op {
	case opLess:
		return a < b
	case opLessEqual:
		return a <= b
	case opGreater:
		return a > b
	}
	return a >= b
}

// comparableDates returns what orders two dates by the precision that both have.
func comparableDates(a, b Value) (left, right float64, ok bool) {
	if a.kind == DateTime && b.kind == DateTime {
		return a.number, b.number, true
	}
	a, okA := a.asDate()
	b, okB := b.asDate()
	if !okA || !okB {
		return 0, 0, false
	}
	if a.precision == ToDay && b.precision == ToDay {
		return a.number, b.number, true
	}
	common := min(a.precision, b.precision)
	left, okA = a.cut(common)
	right, okB = b.cut(common)
	return left, right, okA && okB
}

// cut returns the year, or the months since year 0.
func (v Value) cut(p Precision) (float64, bool) {
	t, ok := v.time()
	if !ok {
		return 0, false
	}
	if p == ToYear {
		return float64(t.Year()), true
	}
	return float64(t.Year()*12 + int(t.Month())), true
}

package expr

import (
	"slices"
	"strconv"
)

// Bounds of an expression.
const (
	// MaxSource is the longest source, in bytes.
	MaxSource = 8192
	// MaxDepth is the deepest nesting of parentheses, calls and operators.
	MaxDepth = 200
	// MaxFuel is the number of steps an evaluation may take; a step is an operation, a node looked at, or 64 bytes of text.
	MaxFuel = 200_000
	// MaxText is the longest text an evaluation may build, in bytes.
	MaxText = 64 << 10
	// MaxPattern is the longest regular expression, in bytes.
	MaxPattern = 512
)

type operation byte

const (
	opConstant operation = iota
	opReference
	opColumn
	opSelf
	opParent
	opCall
	opLookup
	opNegate
	opOr
	opAnd
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
)

var operations = map[string]operation{
	"or": opOr, "and": opAnd, "=": opEqual, "!=": opNotEqual, "<": opLess, "<=": opLessEqual, ">": opGreater,
	">=": opGreaterEqual, "+": opAdd, "-": opSubtract, "*": opMultiply, "div": opDivide, "mod": opModulo,
}

// binding tells how tightly an operator binds, loosest first (XPath 1.0, 3.4 and 3.5). All associate to the left.
func (o operation) binding() int {
	switch o {
	case opOr:
		return 1
	case opAnd:
		return 2
	case opEqual, opNotEqual:
		return 3
	case opLess, opLessEqual, opGreater, opGreaterEqual:
		return 4
	case opAdd, opSubtract:
		return 5
	}
	return 6
}

type node struct {
	op       operation
	name     string    // of a reference or column
	list     string    // of a lookup
	function *function // of a call
	args     []*node
	value    Value    // of a constant
	pattern  *pattern // of a call to regex with a constant pattern
	depth    int
	offset   int
}

// Reference is one use of a question's name in an expression.
type Reference struct {
	Name   string
	Column int // character in the source, from 1
}

// ListReference is one use of a list in an expression: the whole list, or one of its columns.
type ListReference struct {
	List, Name string // Name is the column; "" for the list
	Column     int    // character in the source, from 1
}

type parser struct {
	source     string
	tokens     []token
	at         int
	nesting    int
	columns    bool   // bare names are columns of the choice table
	within     string // the list whose columns bare names are; "" outside of instance(…)
	references []Reference
	columnRefs []Reference
	listRefs   []ListReference
	uses       uses
}

type uses struct{ self, clock, position, rows bool }

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

func (p *parser) fail(t token, format string, args ...any) error {
	return errorAt(p.source, t.offset, format, args...)
}

// expression parses operators that bind at least as tightly as minimum.
func (p *parser) expression(minimum int) (*node, error) {
	if p.nesting++; p.nesting > MaxDepth {
		return nil, p.fail(p.peek(), "nested deeper than %d", MaxDepth)
	}
	defer func() { p.nesting-- }()
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		switch t.kind {
		case tokenOperator:
		case tokenSlash, tokenOpenBracket:
			return nil, p.fail(t, noPaths)
		default:
			return left, nil
		}
		op := operations[t.text]
		if op.binding() < minimum {
			return left, nil
		}
		p.take()
		right, err := p.expression(op.binding() + 1)
		if err != nil {
			return nil, err
		}
		if left, err = p.operator(op, t, left, right); err != nil {
			return nil, err
		}
	}
}

// operator joins two sides; chains of the same "and" or "or" become one node, so that long lists stay shallow.
func (p *parser) operator(op operation, t token, left, right *node) (*node, error) {
	if (op == opOr || op == opAnd) && left.op == op {
		left.args = append(left.args, right)
		left.depth = max(left.depth, right.depth+1)
		return p.finish(left)
	}
	return p.finish(&node{op: op, args: []*node{left, right}, offset: t.offset})
}

func (p *parser) unary() (*node, error) {
	if t := p.peek(); t.kind == tokenOperator && t.text == "-" {
		p.take()
		if p.nesting++; p.nesting > MaxDepth {
			return nil, p.fail(t, "nested deeper than %d", MaxDepth)
		}
		defer func() { p.nesting-- }()
		operand, err := p.unary()
		if err != nil {
			return nil, err
		}
		return p.finish(&node{op: opNegate, args: []*node{operand}, offset: t.offset})
	}
	return p.primary()
}

func (p *parser) primary() (*node, error) {
	t := p.take()
	switch t.kind {
	case tokenNumber:
		number, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, p.fail(t, "%s is not a number", t.text)
		}
		return &node{op: opConstant, value: Float(number), offset: t.offset}, nil
	case tokenString:
		return &node{op: opConstant, value: Text(t.text), offset: t.offset}, nil
	case tokenReference:
		p.references = append(p.references, Reference{t.text, errorAt(p.source, t.offset, "").Column})
		return &node{op: opReference, name: t.text, offset: t.offset}, nil
	case tokenSelf:
		p.uses.self = true
		return &node{op: opSelf, offset: t.offset}, nil
	case tokenParent:
		return &node{op: opParent, offset: t.offset}, nil
	case tokenOpen:
		inner, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if end := p.take(); end.kind != tokenClose {
			return nil, p.fail(end, "expected \")\", found %s", end.describe())
		}
		return inner, nil
	case tokenSlash, tokenOpenBracket:
		return nil, p.fail(t, noPaths)
	case tokenName:
		if p.peek().kind == tokenOpen {
			if t.text == "instance" {
				return p.lookup(t)
			}
			return p.call(t)
		}
		if p.within != "" && ValidName(t.text) {
			p.listRefs = append(p.listRefs, ListReference{p.within, t.text, errorAt(p.source, t.offset, "").Column})
			return &node{op: opColumn, name: t.text, offset: t.offset}, nil
		}
		if p.columns && ValidName(t.text) {
			p.columnRefs = append(p.columnRefs, Reference{t.text, errorAt(p.source, t.offset, "").Column})
			return &node{op: opColumn, name: t.text, offset: t.offset}, nil
		}
		return nil, p.fail(t, "%q stands alone: a question is ${%s}, a text is '%s'", t.text, t.text, t.text)
	}
	return nil, p.fail(t, "expected a value, found %s", t.describe())
}

// lookup parses instance('list')/root/item[condition]/column, as expressions of others name the rows of a list.
func (p *parser) lookup(name token) (*node, error) {
	const shape = "write instance('list')/root/item[condition]/column"
	p.take() // the "("
	list := p.take()
	if list.kind != tokenString || list.text == "" {
		return nil, p.fail(list, "%s", shape)
	}
	for _, want := range []string{")", "/", "root", "/", "item"} {
		if t := p.take(); t.text != want {
			return nil, p.fail(t, "%s", shape)
		}
	}
	n := &node{op: opLookup, list: listName(list.text), offset: name.offset}
	p.listRefs = append(p.listRefs, ListReference{List: n.list, Column: errorAt(p.source, list.offset, "").Column})
	around := p.within
	for p.peek().kind == tokenOpenBracket {
		p.take()
		p.within = n.list
		condition, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		p.within = around
		if t := p.take(); t.kind != tokenCloseBracket {
			return nil, p.fail(t, "expected \"]\", found %s", t.describe())
		}
		n.args = append(n.args, condition)
	}
	if t := p.take(); t.kind != tokenSlash {
		return nil, p.fail(t, "%s", shape)
	}
	column := p.take()
	if column.kind != tokenName || !ValidName(column.text) {
		return nil, p.fail(column, "%s", shape)
	}
	n.name = column.text
	p.listRefs = append(p.listRefs, ListReference{n.list, n.name, errorAt(p.source, column.offset, "").Column})
	return p.finish(n)
}

func (p *parser) call(name token) (*node, error) {
	f, ok := functions[name.text]
	if !ok {
		return nil, p.fail(name, "unknown function %s()", name.text)
	}
	p.take() // the "("
	n := &node{op: opCall, function: f, offset: name.offset}
	for p.peek().kind != tokenClose {
		if len(n.args) > 0 {
			if t := p.take(); t.kind != tokenComma {
				return nil, p.fail(t, "expected \",\" or \")\" in %s(), found %s", name.text, t.describe())
			}
		}
		argument, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, argument)
	}
	p.take()
	if len(n.args) < f.least || f.most >= 0 && len(n.args) > f.most {
		return nil, p.fail(name, "%s() takes %s, not %d", f.name, f.arity(), len(n.args))
	}
	for _, i := range f.nodes {
		if lookup := i == 0 && !f.rows && i < len(n.args) && n.args[i].op == opLookup; i < len(n.args) && n.args[i].op != opReference && !lookup {
			return nil, errorAt(p.source, n.args[i].offset, "%s() takes a ${name} here", f.name)
		}
	}
	if f.name == "regex" && n.args[1].op == opConstant {
		compiled, err := compilePattern(n.args[1].value.String())
		if err != nil {
			return nil, errorAt(p.source, n.args[1].offset, "%v", err)
		}
		n.pattern = compiled
	}
	if f.list {
		if n.args[0].op != opConstant || n.args[0].value.kind != String {
			return nil, errorAt(p.source, n.args[0].offset, "%s() takes the name of a list here, between quotes", f.name)
		}
		p.listRefs = append(p.listRefs, ListReference{List: listName(n.args[0].value.text), Column: errorAt(p.source, n.args[0].offset, "").Column})
	}
	p.uses.self = p.uses.self || f.self || f.selfDefault && len(n.args) == 0
	p.uses.clock = p.uses.clock || f.clock
	p.uses.position = p.uses.position || f.position
	p.uses.rows = p.uses.rows || f.rows
	return p.finish(n)
}

// finish checks depth and the place of "..", and folds what does not depend on anything.
func (p *parser) finish(n *node) (*node, error) {
	constant := n.op != opLookup && (n.op != opCall || n.function.pure && !(n.function.selfDefault && len(n.args) == 0))
	for _, argument := range n.args {
		n.depth = max(n.depth, argument.depth+1)
		constant = constant && argument.op == opConstant
		if argument.op == opParent && (n.op != opCall || !n.function.position) {
			return nil, errorAt(p.source, argument.offset, "\"..\" stands only in position(..)")
		}
	}
	if n.depth > MaxDepth {
		return nil, errorAt(p.source, n.offset, "nested deeper than %d", MaxDepth)
	}
	if n.op == opCall && n.function.position && (len(n.args) != 1 || n.args[0].op != opParent && n.args[0].op != opReference) {
		return nil, errorAt(p.source, n.offset, "position() takes \"..\" or the ${name} of a repeat")
	}
	if !constant {
		return n, nil
	}
	m := machine{fuel: MaxFuel, source: p.source}
	value := m.eval(n)
	if m.err != nil {
		return nil, m.err
	}
	return &node{op: opConstant, value: value, offset: n.offset}, nil
}

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	source     string
	root       *node
	names      []string
	references []Reference
	columns    []Reference
	lists      []ListReference
	uses       uses
}

// Compile parses an expression. The error is an *[Error].
func Compile(source string) (*Program, error) { return compile(source, false) }

// CompileFilter parses a choice_filter, in which a bare name is a column of the choice table.
func CompileFilter(source string) (*Program, error) { return compile(source, true) }

func compile(source string, columns bool) (*Program, error) {
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{source: source, tokens: tokens, columns: columns}
	if p.peek().kind == tokenEnd {
		return nil, &Error{Column: 1, Message: "empty expression"}
	}
	root, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.fail(t, "expected an operator or the end, found %s", t.describe())
	}
	if root.op == opParent {
		return nil, errorAt(source, root.offset, "\"..\" stands only in position(..)")
	}
	program := &Program{source: source, root: root, references: p.references, columns: p.columnRefs, lists: p.listRefs, uses: p.uses}
	for _, r := range p.references {
		if !slices.Contains(program.names, r.Name) {
			program.names = append(program.names, r.Name)
		}
	}
	return program, nil
}

// Source returns the text that was compiled.
func (p *Program) Source() string { return p.source }

// Names returns the questions the expression reads, each once, in order of first use. The caller does not change it.
func (p *Program) Names() []string { return p.names }

// References returns every use of a question's name with its place.
func (p *Program) References() []Reference { return p.references }

// Columns returns every bare name of a choice_filter with its place.
func (p *Program) Columns() []Reference { return p.columns }

// Lists returns every use of a list, and of a column of one, with its place.
func (p *Program) Lists() []ListReference { return p.lists }

// UsesSelf reports whether the expression reads ".".
func (p *Program) UsesSelf() bool { return p.uses.self }

// UsesClock reports whether the expression reads today() or now().
func (p *Program) UsesClock() bool { return p.uses.clock }

// UsesPosition reports whether the expression reads position(..).
func (p *Program) UsesPosition() bool { return p.uses.position }

// UsesRows reports whether the expression reads other rows by indexed-repeat().
func (p *Program) UsesRows() bool { return p.uses.rows }

// Constant returns the value of an expression that depends on nothing.
func (p *Program) Constant() (Value, bool) { return p.root.value, p.root.op == opConstant }

// Kind returns the kind of every value the expression can have, Absent when that depends on the answers.
func (p *Program) Kind() Kind { return p.root.kind() }

func (n *node) kind() Kind {
	switch n.op {
	case opConstant:
		return n.value.kind
	case opCall:
		if n.function.name == "if" {
			if yes, no := n.args[1].kind(), n.args[2].kind(); yes == no {
				return yes
			}
			return Absent
		}
		return n.function.result
	case opReference, opSelf, opColumn, opParent, opLookup:
		return Absent
	case opNegate, opAdd, opSubtract, opMultiply, opDivide, opModulo:
		return Number
	}
	return Bool
}

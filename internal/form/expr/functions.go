package expr

import (
	"fmt"
	"math"
)

// function is one entry of the dialect's table.
type function struct {
	name        string
	least, most int  // number of arguments; most is -1 when there is no limit
	result      Kind // Absent when it depends on the arguments
	pure        bool // same arguments, same result: may be folded
	self        bool // reads "."
	selfDefault bool // reads "." when called without arguments
	clock       bool
	position    bool
	rows        bool
	list        bool  // the first argument names a list, as a text
	nodes       []int // arguments that must be ${name} or an instance(…)
	call        func(m *machine, n *node) Value
}

func (f *function) arity() string {
	switch {
	case f.most == f.least && f.least == 1:
		return "1 argument"
	case f.most == f.least:
		return fmt.Sprintf("%d arguments", f.least)
	case f.most < 0:
		return fmt.Sprintf("%d or more arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

// functions is the whole table; it is filled by init because entries evaluate their arguments through it.
var functions map[string]*function

func init() {
	functions = make(map[string]*function)
	for _, group := range [][]function{
		logicFunctions, numberFunctions, mathFunctions, nodeFunctions, countingFunctions, textFunctions, dateFunctions, identityFunctions,
		codingFunctions, lookupFunctions,
	} {
		for i := range group {
			functions[group[i].name] = &group[i]
		}
	}
}

// FunctionNames returns the names of all functions, in no order, for tools that help to write question sets.
func FunctionNames() []string {
	names := make([]string, 0, len(functions))
	for name := range functions {
		names = append(names, name)
	}
	return names
}

var logicFunctions = []function{
	{name: "if", least: 3, most: 3, pure: true, call: func(m *machine, n *node) Value {
		if m.eval(n.args[0]).Truth() {
			return m.eval(n.args[1])
		}
		return m.eval(n.args[2])
	}},
	{name: "coalesce", least: 2, most: -1, pure: true, call: func(m *machine, n *node) Value {
		for _, argument := range n.args {
			if value := m.eval(argument).Single(); !value.Empty() {
				return value
			}
		}
		return Text("")
	}},
	{name: "once", least: 1, most: 1, self: true, call: func(m *machine, n *node) Value {
		if value := m.env.Self(); !value.Empty() {
			return value
		}
		return m.eval(n.args[0])
	}},
	{name: "not", least: 1, most: 1, result: Bool, pure: true, call: func(m *machine, n *node) Value {
		return Boolean(!m.eval(n.args[0]).Truth())
	}},
	{name: "true", result: Bool, pure: true, call: func(*machine, *node) Value { return Boolean(true) }},
	{name: "false", result: Bool, pure: true, call: func(*machine, *node) Value { return Boolean(false) }},
	{name: "boolean", most: 1, result: Bool, pure: true, selfDefault: true, call: func(m *machine, n *node) Value {
		return Boolean(m.argumentOrSelf(n).Truth())
	}},
	{name: "string", most: 1, result: String, pure: true, selfDefault: true, call: func(m *machine, n *node) Value {
		return Text(m.argumentOrSelf(n).String())
	}},
	{name: "number", most: 1, result: Number, pure: true, selfDefault: true, call: func(m *machine, n *node) Value {
		return Float(m.argumentOrSelf(n).Number())
	}},
}

// argumentOrSelf evaluates the only argument, or "." when there is none.
func (m *machine) argumentOrSelf(n *node) Value {
	if len(n.args) == 0 {
		return m.env.Self()
	}
	return m.eval(n.args[0])
}

func numeric(name string, f func(float64) float64) function {
	return function{name: name, least: 1, most: 1, result: Number, pure: true, call: func(m *machine, n *node) Value {
		return Float(f(m.eval(n.args[0]).Number()))
	}}
}

var numberFunctions = []function{
	numeric("int", math.Trunc),
	numeric("abs", math.Abs),
	numeric("floor", math.Floor),
	numeric("ceiling", math.Ceil),
	{name: "round", least: 1, most: 2, result: Number, pure: true, call: func(m *machine, n *node) Value {
		number := m.eval(n.args[0]).Number()
		if len(n.args) == 1 {
			return Float(math.Round(number))
		}
		places := m.eval(n.args[1]).Number()
		if !(math.Abs(places) <= 15) {
			return Float(math.NaN())
		}
		scale := math.Pow(10, math.Trunc(places))
		return Float(math.Round(number*scale) / scale)
	}},
	{name: "pow", least: 2, most: 2, result: Number, pure: true, call: func(m *machine, n *node) Value {
		return Float(math.Pow(m.eval(n.args[0]).Number(), m.eval(n.args[1]).Number()))
	}},
	{name: "sum", least: 1, most: 1, result: Number, nodes: []int{0}, call: func(m *machine, n *node) Value {
		total := 0.0
		for _, value := range m.eval(n.args[0]).each() {
			if !value.Empty() {
				total += value.Number()
			}
		}
		return Float(total)
	}},
	{name: "min", least: 1, most: -1, result: Number, pure: true, call: extreme(math.Min)},
	{name: "max", least: 1, most: -1, result: Number, pure: true, call: extreme(math.Max)},
}

// extreme folds all arguments and nodes that are not empty; without any it is not a number.
func extreme(pick func(a, b float64) float64) func(*machine, *node) Value {
	return func(m *machine, n *node) Value {
		result := math.NaN()
		found := false
		for _, argument := range n.args {
			for _, value := range m.eval(argument).each() {
				switch {
				case value.Empty():
				case found:
					result = pick(result, value.Number())
				default:
					result, found = value.Number(), true
				}
			}
		}
		return Float(result)
	}
}

var nodeFunctions = []function{
	{name: "count", least: 1, most: 1, result: Number, nodes: []int{0}, call: func(m *machine, n *node) Value {
		return Float(float64(m.eval(n.args[0]).Len()))
	}},
	{name: "count-non-empty", least: 1, most: 1, result: Number, nodes: []int{0}, call: func(m *machine, n *node) Value {
		count := 0
		for _, value := range m.eval(n.args[0]).each() {
			if !value.Empty() {
				count++
			}
		}
		return Float(float64(count))
	}},
	{name: "position", least: 1, most: 1, result: Number, position: true, call: func(m *machine, n *node) Value {
		return Float(float64(m.env.Position(n.args[0].name)))
	}},
	{
		name: "indexed-repeat", least: 3, most: 7, nodes: []int{0, 1, 3, 5}, rows: true,
		call: func(m *machine, n *node) Value {
			var steps []Step
			for at := 1; at+1 < len(n.args); at += 2 {
				index := m.eval(n.args[at+1]).Number()
				if !(index >= 1 && index < 1<<31) {
					return Text("")
				}
				steps = append(steps, Step{n.args[at].name, int(index)})
			}
			return m.env.Row(n.args[0].name, steps)
		},
	},
	{name: "jr:choice-name", least: 2, most: 2, result: String, call: func(m *machine, n *node) Value {
		code := m.eval(n.args[0]).String()
		question := m.eval(n.args[1]).String()
		if len(question) > 3 && question[:2] == "${" && question[len(question)-1] == '}' {
			question = question[2 : len(question)-1]
		}
		if code == "" {
			return Text("")
		}
		return m.built(m.env.ChoiceName(question, code))
	}},
}

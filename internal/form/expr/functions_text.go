package expr

import (
	"math"
	"strings"
	"unicode/utf8"
)

func textual(name string, result Kind, f func(a, b string) Value) function {
	return function{name: name, least: 2, most: 2, result: result, pure: true, call: func(m *machine, n *node) Value {
		a, b := m.eval(n.args[0]).String(), m.eval(n.args[1]).String()
		if !m.burn((len(a) + len(b)) / 64) {
			return Value{}
		}
		return f(a, b)
	}}
}

var textFunctions = []function{
	textual("contains", Bool, func(a, b string) Value { return Boolean(strings.Contains(a, b)) }),
	textual("starts-with", Bool, func(a, b string) Value { return Boolean(strings.HasPrefix(a, b)) }),
	textual("ends-with", Bool, func(a, b string) Value { return Boolean(strings.HasSuffix(a, b)) }),
	textual("substring-before", String, func(a, b string) Value {
		before, _, found := strings.Cut(a, b)
		if !found {
			return Text("")
		}
		return Text(before)
	}),
	textual("substring-after", String, func(a, b string) Value {
		_, after, _ := strings.Cut(a, b)
		return Text(after)
	}),
	textual("selected", Bool, func(list, code string) Value {
		code = strings.Trim(code, listSpace)
		for rest := list; ; {
			var word string
			if word, rest = nextCode(rest); word == "" {
				return Boolean(false)
			} else if word == code {
				return Boolean(true)
			}
		}
	}),
	{name: "count-selected", least: 1, most: 1, result: Number, pure: true, call: func(m *machine, n *node) Value {
		return Float(float64(len(strings.Fields(m.eval(n.args[0]).String()))))
	}},
	{name: "selected-at", least: 2, most: 2, result: String, pure: true, call: func(m *machine, n *node) Value {
		words := strings.Fields(m.eval(n.args[0]).String())
		index := m.eval(n.args[1]).Number()
		if !(index >= 0 && index < float64(len(words))) {
			return Text("")
		}
		return Text(words[int(index)])
	}},
	{
		name: "string-length", most: 1, result: Number, pure: true, selfDefault: true,
		call: func(m *machine, n *node) Value {
			return Float(float64(utf8.RuneCountInString(m.argumentOrSelf(n).String())))
		},
	},
	{
		name: "normalize-space", most: 1, result: String, pure: true, selfDefault: true,
		call: func(m *machine, n *node) Value {
			return m.built(strings.Join(strings.FieldsFunc(m.argumentOrSelf(n).String(), isSpace), " "))
		},
	},
	{name: "substr", least: 2, most: 3, result: String, pure: true, call: func(m *machine, n *node) Value {
		runes := []rune(m.eval(n.args[0]).String())
		if !m.burn(len(runes) / 16) {
			return Value{}
		}
		start := index(m.eval(n.args[1]).Number(), len(runes))
		end := len(runes)
		if len(n.args) == 3 {
			end = index(m.eval(n.args[2]).Number(), len(runes))
		}
		if start >= end {
			return Text("")
		}
		return Text(string(runes[start:end]))
	}},
	{name: "concat", most: -1, result: String, pure: true, call: func(m *machine, n *node) Value {
		return m.join("", n.args)
	}},
	{name: "join", least: 1, most: -1, result: String, pure: true, call: func(m *machine, n *node) Value {
		return m.join(m.eval(n.args[0]).String(), n.args[1:])
	}},
	{name: "translate", least: 3, most: 3, result: String, pure: true, call: func(m *machine, n *node) Value {
		text, from, to := m.eval(n.args[0]).String(), m.eval(n.args[1]).String(), []rune(m.eval(n.args[2]).String())
		if !m.burn((len(text) + len(from) + len(to)) / 16) {
			return Value{}
		}
		table := make(map[rune]rune)
		i := 0
		for _, r := range from {
			if _, seen := table[r]; !seen { // the first occurrence counts
				table[r] = -1
				if i < len(to) {
					table[r] = to[i]
				}
			}
			i++
		}
		return m.built(strings.Map(func(r rune) rune {
			if replacement, ok := table[r]; ok {
				return replacement
			}
			return r
		}, text))
	}},
	{name: "regex", least: 2, most: 2, result: Bool, pure: true, call: func(m *machine, n *node) Value {
		text := m.eval(n.args[0]).String()
		compiled := n.pattern
		if compiled == nil {
			source := m.eval(n.args[1]).String()
			if !m.burn(1000) {
				return Value{}
			}
			var err error
			if compiled, err = compilePattern(source); err != nil {
				return m.fail(n.args[1], err.Error())
			}
		}
		if !m.burn(compiled.cost(text)) {
			return Value{}
		}
		return Boolean(compiled.matches(text))
	}},
}

// listSpace separates the codes of a select_multiple.
const listSpace = " \t\r\n"

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

// nextCode cuts the first code off a list; it is empty at the end.
func nextCode(list string) (code, rest string) {
	list = strings.TrimLeft(list, listSpace)
	if end := strings.IndexAny(list, listSpace); end >= 0 {
		return list[:end], list[end:]
	}
	return list, ""
}

// index cuts a character's number to 0…length; a negative one counts from the end.
func index(f float64, length int) int {
	switch {
	case math.IsNaN(f):
		return 0
	case f < 0:
		return max(0, length+int(math.Max(f, float64(-length))))
	case f >= float64(length):
		return length
	}
	return int(f)
}

func (m *machine) join(separator string, args []*node) Value {
	var b strings.Builder
	first := true
	for _, argument := range args {
		value := m.eval(argument)
		for _, part := range value.each() {
			if value.kind == Nodes && part.kind == Absent {
				continue
			}
			text := part.String()
			if b.Len()+len(text)+len(separator) > MaxText {
				return m.fail(argument, "text longer than the bound")
			}
			if !m.burn(1 + len(text)/64) {
				return Value{}
			}
			if !first {
				b.WriteString(separator)
			}
			first = false
			b.WriteString(text)
		}
	}
	return Text(b.String())
}

package expr

import (
	"fmt"
	"math"
	"strings"
	"time"
)

var dateFunctions = []function{
	{name: "today", result: Date, clock: true, call: func(m *machine, _ *node) Value { return Day(m.env.Now()) }},
	{name: "now", result: DateTime, clock: true, call: func(m *machine, _ *node) Value { return Instant(m.env.Now()) }},
	{name: "date", least: 1, most: 1, pure: true, call: func(m *machine, n *node) Value {
		value := m.eval(n.args[0]).Single()
		if value.kind == Number {
			value = Value{kind: DateTime, number: math.Floor(value.number)}
		}
		if date, ok := value.asDate(); ok {
			return date
		}
		return Text("")
	}},
	{name: "date-time", least: 1, most: 1, pure: true, call: func(m *machine, n *node) Value {
		return toInstant(m.eval(n.args[0]).Single())
	}},
	{name: "decimal-date-time", least: 1, most: 1, result: Number, pure: true, call: func(m *machine, n *node) Value {
		value := toInstant(m.eval(n.args[0]).Single())
		return Float(value.Number())
	}},
	{name: "difference-in-months", least: 2, most: 2, pure: true, call: func(m *machine, n *node) Value {
		from, fromOK := m.eval(n.args[0]).Single().asDate()
		to, toOK := m.eval(n.args[1]).Single().asDate()
		a, aOK := from.time()
		b, bOK := to.time()
		if !fromOK || !toOK || !aOK || !bOK {
			return Text("")
		}
		months := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
		if months > 0 && b.Day() < a.Day() {
			months-- // the last month is not over
		} else if months < 0 && b.Day() > a.Day() {
			months++
		}
		return Float(float64(months))
	}},
	{name: "format-date", least: 2, most: 2, result: String, pure: true, call: formatTime},
	{name: "format-date-time", least: 2, most: 2, result: String, pure: true, call: formatTime},
}

// toInstant reads a value as a point in time; a date is its first moment in UTC, anything else is empty.
func toInstant(value Value) Value {
	switch value.kind {
	case DateTime:
		return value
	case Number, Date:
		value = Value{kind: DateTime, number: value.number}
		if _, ok := value.time(); ok {
			return value
		}
	case String:
		if t, ok := ParseDateTime(value.text); ok {
			return t
		}
		if d, ok := ParseDate(value.text); ok {
			return Value{kind: DateTime, number: d.number}
		}
	}
	return Text("")
}

// formatTime writes a date or time by the letters of ODK: %Y %y %m %n %b %d %e %a %H %h %M %S %3 %%. Of a date that is
// known to the year or month, the letters that are not known become "?".
func formatTime(m *machine, n *node) Value {
	value := m.eval(n.args[0]).Single()
	layout := m.eval(n.args[1]).String()
	precision := ToDay
	if date, ok := value.asDate(); ok && value.kind != DateTime {
		precision = date.precision
		if t, isTime := ParseDateTime(value.text); isTime {
			value = t
		} else {
			value = date
		}
	}
	if value.kind == Number {
		value = toInstant(value)
	}
	t, ok := value.time()
	if !ok || value.kind != Date && value.kind != DateTime {
		return Text("")
	}
	if !m.burn(len(layout) / 4) {
		return Value{}
	}
	var b strings.Builder
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' || i+1 == len(layout) {
			b.WriteByte(layout[i])
			continue
		}
		i++
		part, err := timePart(t, layout[i], precision)
		if err != nil {
			return m.fail(n.args[1], err.Error())
		}
		b.WriteString(part)
	}
	return m.built(b.String())
}

func timePart(t time.Time, letter byte, precision Precision) (string, error) {
	switch letter {
	case 'm', 'n', 'b':
		if precision < ToMonth {
			return "?", nil
		}
	case 'd', 'e', 'a':
		if precision < ToDay {
			return "?", nil
		}
	}
	switch letter {
	case '%':
		return "%", nil
	case 'Y':
		return t.Format("2006"), nil
	case 'y':
		return t.Format("06"), nil
	case 'm':
		return t.Format("01"), nil
	case 'n':
		return t.Format("1"), nil
	case 'b':
		return t.Format("Jan"), nil
	case 'd':
		return t.Format("02"), nil
	case 'e':
		return t.Format("2"), nil
	case 'a':
		return t.Format("Mon"), nil
	case 'H':
		return t.Format("15"), nil
	case 'h':
		return fmt.Sprint(t.Hour()), nil
	case 'M':
		return t.Format("04"), nil
	case 'S':
		return t.Format("05"), nil
	case '3':
		return fmt.Sprintf("%03d", t.Nanosecond()/1e6), nil
	}
	return "", fmt.Errorf("%%%c is not a part of a date or time", letter)
}

package expr

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind tells what a [Value] is.
type Kind byte

// The kinds of values. Absent is the zero Value: it reads as empty, and as one of several nodes it does not exist.
const (
	Absent Kind = iota
	String
	Number
	Bool
	Date
	DateTime
	Nodes
)

// String returns the kind's name as used in messages.
func (k Kind) String() string {
	switch k {
	case String:
		return "text"
	case Number:
		return "number"
	case Bool:
		return "boolean"
	case Date:
		return "date"
	case DateTime:
		return "time"
	case Nodes:
		return "nodes"
	}
	return "unknown"
}

// Precision tells how much of a date is known, as the length of its text.
type Precision byte

// The precisions of a date: YYYY, YYYY-MM, YYYY-MM-DD.
const (
	ToYear  Precision = 4
	ToMonth Precision = 7
	ToDay   Precision = 10
)

// Value is an immutable value of an expression. The zero Value is absent and reads as the empty text.
type Value struct {
	kind      Kind
	precision Precision // of a Date
	offset    int32     // of a DateTime: seconds east of UTC
	number    float64   // Number; Bool as 0 or 1; Date and DateTime as days since 1970-01-01 (UTC)
	text      string
	nodes     []Value
}

// Text makes a text.
func Text(s string) Value { return Value{kind: String, text: s} }

// Float makes a number.
func Float(f float64) Value { return Value{kind: Number, number: f} }

// Boolean makes a boolean.
func Boolean(b bool) Value {
	if b {
		return Value{kind: Bool, number: 1}
	}
	return Value{kind: Bool}
}

// Instant makes a point in time with the offset of t's location.
func Instant(t time.Time) Value {
	_, offset := t.Zone()
	seconds := float64(t.Unix()) + float64(t.Nanosecond())/1e9
	return Value{kind: DateTime, number: seconds / daySeconds, offset: int32(offset)}
}

// Day makes the date of t in t's location, known to the day.
func Day(t time.Time) Value {
	year, month, day := t.Date()
	return civil(year, month, day, ToDay)
}

// NodeSet makes nodes of the values, which the caller does not change while the Value is in use.
func NodeSet(values []Value) Value { return Value{kind: Nodes, nodes: values} }

const daySeconds = 24 * 60 * 60

func civil(year int, month time.Month, day int, p Precision) Value {
	days := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	return Value{kind: Date, precision: p, number: float64(days)}
}

// ParseDate reads YYYY, YYYY-MM or YYYY-MM-DD.
func ParseDate(s string) (Value, bool) {
	if len(s) != int(ToYear) && len(s) != int(ToMonth) && len(s) != int(ToDay) {
		return Value{}, false
	}
	for i := 0; i < len(s); i++ {
		if i == 4 || i == 7 {
			if s[i] != '-' {
				return Value{}, false
			}
		} else if s[i] < '0' || s[i] > '9' {
			return Value{}, false
		}
	}
	year := digits(s[:4])
	month, day := 1, 1
	if len(s) >= int(ToMonth) {
		month = digits(s[5:7])
	}
	if len(s) == int(ToDay) {
		day = digits(s[8:10])
	}
	if year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Value{}, false
	}
	return civil(year, time.Month(month), day, Precision(len(s))), true
}

func digits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// ParseDateTime reads a point in time in the RFC 3339 form, with or without fractions of a second, or without seconds.
// Without an offset it is read as UTC.
func ParseDateTime(s string) (Value, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return Instant(t), true
		}
	}
	return Value{}, false
}

// Kind returns what the value is.
func (v Value) Kind() Kind { return v.kind }

// Len returns the number of nodes that exist; 1 for a value that is not nodes.
func (v Value) Len() int {
	if v.kind != Nodes {
		return 1
	}
	n := 0
	for i := range v.nodes {
		if v.nodes[i].kind != Absent {
			n++
		}
	}
	return n
}

// Single returns the first existing node, or the value itself when it is not nodes.
func (v Value) Single() Value {
	if v.kind != Nodes {
		return v
	}
	for i := range v.nodes {
		if v.nodes[i].kind != Absent {
			return v.nodes[i]
		}
	}
	return Value{}
}

// String converts to text by the rules of the package comment.
func (v Value) String() string {
	switch v.kind {
	case String:
		return v.text
	case Number:
		return formatNumber(v.number)
	case Bool:
		if v.number != 0 {
			return "true"
		}
		return "false"
	case Date:
		t, ok := v.time()
		if !ok {
			return ""
		}
		return t.Format("2006-01-02")[:v.precision]
	case DateTime:
		t, ok := v.time()
		if !ok {
			return ""
		}
		return t.Format("2006-01-02T15:04:05Z07:00")
	case Nodes:
		return v.Single().String()
	}
	return ""
}

// Number converts to a number; NaN when it is none.
func (v Value) Number() float64 {
	switch v.kind {
	case String:
		return parseNumber(v.text)
	case Number, Bool, Date, DateTime:
		return v.number
	case Nodes:
		return v.Single().Number()
	}
	return math.NaN()
}

// Truth converts to a boolean.
func (v Value) Truth() bool {
	switch v.kind {
	case String:
		return v.text != ""
	case Number, Bool:
		return v.number != 0 && !math.IsNaN(v.number)
	case Date, DateTime:
		return true
	case Nodes:
		return v.Single().Truth()
	}
	return false
}

// Empty reports whether the value reads as the empty text, or is a number that is not one.
func (v Value) Empty() bool {
	switch v.kind {
	case Absent:
		return true
	case String:
		return v.text == ""
	case Number:
		return math.IsNaN(v.number)
	case Nodes:
		return v.Single().Empty()
	}
	return false
}

// Same reports whether two values are the same in kind and content, so that nothing that reads them can differ. Nodes
// are never the same as anything.
func (v Value) Same(w Value) bool {
	if v.kind != w.kind || v.kind == Nodes {
		return false
	}
	equal := v.number == w.number || math.IsNaN(v.number) && math.IsNaN(w.number)
	return equal && v.text == w.text && v.precision == w.precision && v.offset == w.offset
}

// maxDays keeps dates within the years 1 to 9999.
const (
	minDays = -719162
	maxDays = 2932896
)

// time returns the point in time of a Date (midnight UTC) or DateTime (in its offset).
func (v Value) time() (time.Time, bool) {
	if !(v.number >= minDays && v.number < maxDays+1) {
		return time.Time{}, false
	}
	milliseconds := int64(math.Round(v.number * daySeconds * 1000))
	t := time.UnixMilli(milliseconds).UTC()
	if v.kind == DateTime && v.offset != 0 {
		t = t.In(time.FixedZone("", int(v.offset)))
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// asDate reads the value as a date: a Date, the day of a DateTime, or a text that is one of them.
func (v Value) asDate() (Value, bool) {
	switch v.kind {
	case Date:
		return v, true
	case DateTime:
		t, ok := v.time()
		if !ok {
			return Value{}, false
		}
		return Day(t), true
	case String:
		if d, ok := ParseDate(v.text); ok {
			return d, true
		}
		if d, ok := ParseDateTime(v.text); ok {
			return d.asDate()
		}
	}
	return Value{}, false
}

func formatNumber(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0" // also for negative zero
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// parseNumber reads XPath 1.0's Number with an optional minus and white space around it.
func parseNumber(s string) float64 {
	s = strings.Trim(s, " \t\r\n")
	body := strings.TrimPrefix(s, "-")
	digit := false
	for i, point := 0, false; i < len(body); i++ {
		switch c := body[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case c == '.' && !point:
			point = true
		default:
			return math.NaN()
		}
	}
	if !digit {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// ParseDecimal reads a number as an answer holds it: an optional minus, digits and a point.
func ParseDecimal(s string) (float64, bool) {
	f := parseNumber(s)
	return f, !math.IsNaN(f) && !math.IsInf(f, 0) && s == strings.TrimSpace(s)
}

// IsTime reports whether a text is a time of day: hh:mm, with or without seconds, their fraction and an offset.
func IsTime(s string) bool {
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.999", "15:04Z07:00", "15:04:05Z07:00", "15:04:05.999Z07:00"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

package form

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
)

// valueOf gives what expressions read of an answer. A missing answer and one of the wrong kind are empty.
func valueOf(kind Kind, a domain.Answer) expr.Value {
	if !a.HasValue() {
		return expr.Value{}
	}
	switch v := a.Value.(type) {
	case bool:
		return expr.Boolean(v)
	case int64:
		return expr.Float(float64(v))
	case []string:
		return expr.Text(strings.Join(v, " "))
	case []map[string]string:
		return expr.Text(strconv.Itoa(len(v)))
	case string:
		switch kind {
		case Date, PartialDate, Calculate:
			if date, ok := expr.ParseDate(v); ok && (kind != Calculate || len(v) == int(expr.ToDay)) {
				return date
			}
		case DateTime:
			if instant, ok := expr.ParseDateTime(v); ok {
				return instant
			}
		case Decimal:
			if number, ok := expr.ParseDecimal(v); ok {
				return expr.Float(number)
			}
		}
		return expr.Text(v)
	}
	return expr.Value{}
}

// answerOf makes the answer that a calculated value or a default stands for; an empty one when it has not the kind that
// the question or its field needs.
func answerOf(q *Question, v expr.Value) domain.Answer {
	v = v.Single()
	if v.Empty() {
		return domain.Answer{}
	}
	text := v.String()
	switch shapeOf(q) {
	case Integer:
		if n := v.Number(); n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return domain.Answer{Value: int64(n)}
		}
	case Acknowledge:
		return domain.Answer{Value: v.Truth()}
	case YesNo:
		if v.Kind() == expr.Bool {
			text = map[bool]string{true: "yes", false: "no"}[v.Truth()]
		}
		if text == "yes" || text == "no" {
			return domain.Answer{Value: text}
		}
	case MultiCode, MultiReference, Rank:
		return domain.Answer{Value: strings.Fields(text)}
	case Decimal:
		if n := v.Number(); !math.IsNaN(n) && !math.IsInf(n, 0) {
			return domain.Answer{Value: expr.Float(n).String()}
		}
	case Time:
		if expr.IsTime(text) {
			return domain.Answer{Value: text}
		}
	case MultiText:
		return domain.Answer{Value: []string{text}}
	case Date:
		if date, ok := expr.ParseDate(text); ok && len(date.String()) == int(expr.ToDay) {
			return domain.Answer{Value: text}
		}
	case PartialDate:
		if _, ok := expr.ParseDate(text); ok {
			return domain.Answer{Value: text}
		}
	case DateTime:
		if _, ok := expr.ParseDateTime(text); ok {
			return domain.Answer{Value: text}
		}
	case Rows:
	default:
		return domain.Answer{Value: text}
	}
	return domain.Answer{}
}

// shapeOf returns the kind of answer that a question holds; for a calculation that of its field.
func shapeOf(q *Question) Kind {
	if q.Kind != Calculate {
		return q.Kind
	}
	switch q.Field.Kind {
	case domain.Int:
		return Integer
	case domain.Bool:
		return Acknowledge
	case domain.YesNo:
		return YesNo
	case domain.MultiCode:
		return MultiCode
	case domain.MultiText:
		return MultiText
	case domain.MultiReference:
		return MultiReference
	case domain.Date:
		return Date
	case domain.PartialDateKind:
		return PartialDate
	case domain.DateTime:
		return DateTime
	case domain.Rows:
		return Rows
	}
	return Text
}

// rightKind reports whether a value has the Go type and form of its question's kind.
func rightKind(kind Kind, value any) bool {
	switch kind {
	case Integer:
		_, ok := value.(int64)
		return ok
	case Acknowledge:
		_, ok := value.(bool)
		return ok
	case MultiCode, MultiText, MultiReference, Rank:
		_, ok := value.([]string)
		return ok
	case Rows:
		_, ok := value.([]map[string]string)
		return ok
	}
	text, ok := value.(string)
	if !ok {
		return false
	}
	switch kind {
	case Date:
		date, ok := expr.ParseDate(text)
		return ok && len(date.String()) == int(expr.ToDay)
	case PartialDate:
		_, ok := expr.ParseDate(text)
		return ok
	case DateTime:
		_, ok := expr.ParseDateTime(text)
		return ok
	case Decimal:
		_, ok := expr.ParseDecimal(text)
		return ok
	case Time:
		return expr.IsTime(text)
	}
	return true
}

// given reports whether the answer holds something that a person said; a tick that is not set is nothing.
func given(a domain.Answer) bool {
	if tick, ok := a.Value.(bool); ok {
		return tick
	}
	return a.HasValue()
}

// sameValue reports whether an answer already holds what a calculation or default gives.
func sameValue(has, made any) bool {
	switch made := made.(type) {
	case nil:
		return has == nil
	case string:
		text, ok := has.(string)
		return ok && text == made
	case bool:
		tick, ok := has.(bool)
		return ok && tick == made
	case int64:
		number, ok := has.(int64)
		return ok && number == made
	case []string:
		list, ok := has.([]string)
		return ok && slices.Equal(list, made)
	}
	return false
}

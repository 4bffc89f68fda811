package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// ByField finds the question whose answer a field of a response holds, in a set that others made.
func ByField(set *Set, field string) (*Item, bool) {
	at := slices.IndexFunc(set.Flat(), func(item *Item) bool { return item.Field.Name == field && field != "" })
	if at < 0 {
		return nil, false
	}
	return set.Flat()[at], true
}

// Takes reports whether a value is one that an answer to the question can have: its Go type and form. Whether a code is in the list, or a
// number in its range, is no matter of whether it can be stored.
func Takes(q *Question, value any) bool { return value == nil || rightKind(shapeOf(q), value) }

// Objects to a write.
const (
	NoEdition = "E-FORM" // the edition that asked is not known here
	NoAnswer  = "E-OP"   // the edition that asked has no such question, or no such answer to it
)

// Refuses judges one field of a write to a response, or to a row of one, by the edition that the write names, as "visit@2": empty when it
// may stand, else [NoEdition] or [NoAnswer]. A write that names no edition is judged by the bounds of its field alone (domain.Given): a
// decision between two answers at headquarters is of that kind. All else of an object is no matter of the form.
func Refuses(sets *Sets, ref string, t domain.Type, field string, value any) string {
	info, ok := domain.Info(t)
	if !ok || ref == "" {
		return ""
	}
	id, version, _ := strings.Cut(ref, "@")
	if !info.Questions {
		if sets.Foreign(id) {
			return NoAnswer
		}
		return ""
	}
	set, ok := sets.Version(id, version)
	if !ok {
		return NoEdition
	}
	if row, _ := domain.ResponseRow(set.Object); set.Object != t && row != t {
		return NoAnswer
	}
	if !domain.IsQuestionField(field) {
		return ""
	}
	if item, ok := ByField(set, field); !ok || !Takes(item.Question, value) {
		return NoAnswer
	}
	return ""
}

// Words says an answer to a question in a language: codes by their labels in the set's own lists, all else as it is stored. It is for
// where no [Instance] is at hand.
func Words(set *Set, q *Question, a domain.Answer, lang string) string {
	switch value := a.Value.(type) {
	case int64:
		return strconv.FormatInt(value, 10)
	case string, []string:
		var words []string
		for _, code := range a.List() {
			for _, choice := range set.Lists[q.List] {
				if choice.Name == code {
					code = choice.Label.In(lang)
					break
				}
			}
			words = append(words, code)
		}
		return strings.Join(words, ", ")
	}
	return a.Text()
}

// Language chooses in which of its languages a set is shown to somebody who reads another: that one when the set has it, else bokmål for
// nynorsk and the other way round, else the set's own default, else its first.
func Language(set *Set, lang string) string {
	spoken := set.Spoken()
	for _, one := range []string{lang, map[string]string{"nb": "nn", "nn": "nb"}[lang], set.DefaultLanguage} {
		if slices.Contains(spoken, one) {
			return one
		}
	}
	if len(spoken) > 0 {
		return spoken[0]
	}
	return lang
}

// OuterRow is the row around a row of a repeat inside a repeat; the nil UUID for any other.
func (i *Instance) OuterRow(repeat string, row uuid.UUID) uuid.UUID {
	r, ok := i.plan.byName[repeat]
	if !ok || i.repeats[r].byID[row] == nil || i.repeats[r].byID[row].outer == nil {
		return uuid.Nil
	}
	return i.repeats[r].byID[row].outer.id
}

// And joins what followed from two changes, the second after the first.
func (c Changed) And(d Changed) Changed {
	return Changed{
		Shown: slices.Concat(c.Shown, d.Shown), Hidden: slices.Concat(c.Hidden, d.Hidden), Made: lastMade(slices.Concat(c.Made, d.Made)),
		Checked: slices.Concat(c.Checked, d.Checked),
	}
}

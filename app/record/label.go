package record

import (
	"strings"
	"sync"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
)

// questions finds the question of each field by type and field, from the sets that travel inside the program.
var questions = sync.OnceValue(func() map[string]form.Labels {
	found := map[string]form.Labels{}
	sets, _ := form.All() // without question sets there is no question
	for _, set := range sets {
		for _, item := range set.Flat() {
			if item.Field.Name == "" || len(item.Label) == 0 {
				continue
			}
			kind := string(set.Object)
			if item.Repeat != "" {
				kind = item.Repeat
			}
			if key := kind + "." + item.Field.Name; found[key] == nil {
				found[key] = item.Label
			}
		}
	}
	return found
})

// Question gives the words of the question that asks for a field; false when none does.
func Question(t *i18n.Texts, kind domain.Type, field string) (string, bool) {
	labels, ok := questions()[string(kind)+"."+field]
	return labels.In(t.Lang()), ok
}

// Label is what the program calls a field of a type, in all places: the word of that type's field, else the question that asks for it,
// else the word that all types share. False when it has none, and its name in the store stands in.
func Label(t *i18n.Texts, kind domain.Type, field string) (string, bool) {
	if key := "domain.field." + string(kind) + "." + field; t.Has(key) {
		return t.T(key), true
	}
	if words, ok := Question(t, kind, field); ok {
		return words, true
	}
	if key := "domain.field." + field; t.Has(key) {
		return t.T(key), true
	}
	return strings.ReplaceAll(strings.TrimPrefix(field, "q."), "_", " "), false
}

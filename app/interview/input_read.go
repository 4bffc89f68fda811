package interview

import (
	"strings"
	"time"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/form/expr"
)

// momentLayouts are the ways in which people write a day with a time.
var momentLayouts = []string{"2.1.2006 15:04", "2.1.2006 15.04", "2006-01-02 15:04", "2006-01-02T15:04", "2/1/2006 15:04", "02012006 1504"}

// readInput takes a number with decimals, a time of day, or a day with its time: words that are read, and kept beside an empty answer as
// long as they cannot be.
func readInput(c inputContext) *input {
	field := ui.NewTextField("")
	save := ui.NewDebouncer(c.place.s.Loop, autosave, field.Commit)
	taken := ""
	field.OnEdit = func(string) { save.Touch(); c.edited() }
	field.OnCommit = func(text string) {
		save.Stop()
		if strings.TrimSpace(text) == strings.TrimSpace(taken) {
			return
		}
		value, ok := readTyped(c.question.Kind, text, c.place.s.Now())
		c.complain("")
		switch {
		case strings.TrimSpace(text) == "":
			c.set(domain.Answer{})
		case ok:
			c.set(domain.Answer{Value: value})
		default:
			c.complain(c.place.t.T(map[form.Kind]string{
				form.Decimal: "form.wrong_type.decimal", form.Time: "form.wrong_type.clock", form.DateTime: "form.wrong_type.time",
			}[c.question.Kind]))
			if !unfinished(c, text) {
				return // an answer stands, and what is typed stays beside it
			}
		}
		taken = text
	}
	field.OnDone, field.OnFocus = c.done, func(gained bool) { focused(c, gained) }
	return &input{
		object: ui.Narrowed(260, field), focus: field,
		show: func(a domain.Answer) {
			words := writeTyped(c.question.Kind, a.Text(), c.place.s.Now())
			if !a.HasValue() && a.Missing == "" {
				words = a.Reason // typed and not understood
			}
			if value, ok := readTyped(c.question.Kind, field.Text, c.place.s.Now()); ok && value == a.Text() {
				return
			}
			if field.Text != words {
				field.Put(words)
				taken = words
			}
		},
		commit:  func() { save.Stop(); field.Commit() },
		pending: func() bool { return field.Text != taken },
		enable:  enabling(field),
		draft: func() (string, bool) {
			_, ok := readTyped(c.question.Kind, field.Text, c.place.s.Now())
			return field.Text, field.Text != "" && !ok
		},
		restore: func(text string) { field.Put(text) }, // not taken yet when it cannot be read
	}
}

// readTyped reads what people write into the form in which it is stored.
func readTyped(kind form.Kind, text string, now time.Time) (value string, ok bool) {
	text = strings.TrimSpace(text)
	switch kind {
	case form.Decimal:
		text = strings.ReplaceAll(strings.Replace(text, ",", ".", 1), "−", "-") // as it is typed on the Continent
		_, ok := expr.ParseDecimal(text)
		return text, ok
	case form.Time:
		for _, layout := range []string{"15:04", "15.04", "1504"} {
			if at, err := time.Parse(layout, text); err == nil {
				return at.Format("15:04"), true
			}
		}
		return text, expr.IsTime(text)
	case form.DateTime:
		text = strings.Join(strings.Fields(text), " ")
		for _, layout := range momentLayouts {
			if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil && at.Year() > 0 {
				return at.Format("2006-01-02T15:04:05-07:00"), true
			}
		}
	}
	return text, false
}

// writeTyped writes a stored value as people do.
func writeTyped(kind form.Kind, stored string, now time.Time) string {
	if kind != form.DateTime {
		return stored
	}
	if at, err := time.Parse(time.RFC3339, stored); err == nil {
		return at.In(now.Location()).Format("2.1.2006 15:04")
	}
	return stored
}

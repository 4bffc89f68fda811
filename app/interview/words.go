package interview

import (
	"strconv"
	"strings"
	"time"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
)

// sayDate writes a date in full or in part: "21. mars 1990", "mars 1990", "1990". Anything else comes back as it is.
func sayDate(t *i18n.Texts, stored string) string {
	d, err := domain.ParsePartialDate(stored)
	if err != nil || d.IsZero() {
		return stored
	}
	year := strconv.Itoa(d.Year)
	switch {
	case d.Month == 0:
		return year
	case d.Day == 0:
		return t.T("interview.date.month", "Month", t.T("interview.month."+strconv.Itoa(d.Month)), "Year", year)
	default:
		return t.T("interview.date.day", "Day", d.Day, "Month", t.T("interview.month."+strconv.Itoa(d.Month)), "Year", year)
	}
}

// typedDate writes a date as it stands in a field: 21.3.1990, 3.1990, 1990.
func typedDate(stored string) string {
	d, err := domain.ParsePartialDate(stored)
	if err != nil || d.IsZero() {
		return stored
	}
	text := strconv.Itoa(d.Year)
	if d.Month != 0 {
		text = strconv.Itoa(d.Month) + "." + text
	}
	if d.Day != 0 {
		text = strconv.Itoa(d.Day) + "." + text
	}
	return text
}

// sayAnswer writes an answer for people: labels for codes in the language of the questions, dates in words, the kind of missing answer.
func sayAnswer(t *i18n.Texts, lang string, instance *form.Instance, path form.Path, q *form.Question, a domain.Answer) string {
	if a.Missing != "" {
		return t.T("ui.missing." + string(a.Missing))
	}
	if !a.HasValue() {
		return ""
	}
	switch value := a.Value.(type) {
	case bool:
		return t.T(map[bool]string{true: "ui.yes", false: "ui.no"}[value])
	case int64:
		return strconv.FormatInt(value, 10)
	}
	if named := q.Kind == form.Reference || q.Kind == form.MultiReference; named || q.List != "" {
		labels := map[string]string{}
		_, own := instance.Definition().Lists[q.List] // whatever it is called
		if named || own || !ui.Lists().Exists(q.List) {
			for _, entry := range instance.Choices(path, lang) {
				labels[entry.Code] = entry.Label
			}
		}
		var words []string
		for _, code := range a.List() {
			if named && labels[code] == "" {
				words = append(words, t.T("interview.person_elsewhere"))
				continue
			}
			words = append(words, sayCode(t, q.List, labels, code))
		}
		return strings.Join(words, ", ")
	}
	switch q.Kind {
	case form.Date, form.PartialDate:
		return sayDate(t, a.Text())
	case form.DateTime:
		if at, err := time.Parse(time.RFC3339, a.Text()); err == nil {
			return sayDate(t, at.Format(time.DateOnly)) + " " + at.Format("15:04")
		}
	}
	return a.Text()
}

func sayCode(t *i18n.Texts, list string, own map[string]string, code string) string {
	if label := own[code]; label != "" {
		return label
	}
	if label := ui.Lists().Label(list, code, t.Lang()); label != "" {
		return label
	}
	return code
}

package casefile

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/record"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// nameOf is a person's name, or words that say there is none yet.
func nameOf(t *i18n.Texts, person *workspace.Record) string {
	if person == nil {
		return t.T("casefile.person.gone")
	}
	if name := domain.DisplayName(person.Answer); name != "" {
		return name
	}
	return t.T("casefile.person.unnamed")
}

// labelOf says the code of a list in the language in use; "" for no code, the code itself when the list does not know it.
func labelOf(t *i18n.Texts, list, code string) string {
	if code == "" {
		return ""
	}
	if label := ui.Lists().Label(list, code, t.Lang()); label != "" {
		return label
	}
	return code
}

// ageOf says an age, as a range when the birth date leaves it open.
func (v *view) ageOf(t *i18n.Texts, person *workspace.Record) string {
	least, greatest, ok := v.age(person)
	switch {
	case !ok:
		return t.T("casefile.age.unknown")
	case greatest < 1:
		return t.T("casefile.age.under_one")
	case least != greatest:
		return t.T("casefile.age.range", "Least", least, "Most", greatest)
	}
	return t.N("casefile.age.exact", least)
}

// longDay says a day with the month in words.
func longDay(t *i18n.Texts, day time.Time) string {
	return t.T("casefile.date.day", "Day", day.Day(), "Month", t.T("casefile.month."+day.Format("01")), "Year", day.Year())
}

// sayDate says a partial date in words: 1990, March 1990, 21 March 1990.
func sayDate(t *i18n.Texts, d domain.PartialDate) string {
	switch {
	case d.Month == 0:
		return strconv.Itoa(d.Year)
	case d.Day == 0:
		return t.T("casefile.date.month", "Month", t.T("casefile.month."+d.First().Format("01")), "Year", d.Year)
	}
	return longDay(t, d.First())
}

// sayStored says a stored date or time the short way; what is no date comes back as it is.
func sayStored(t *i18n.Texts, stored string) string {
	if at, err := time.Parse(time.RFC3339, stored); err == nil {
		return at.Format("2.1.2006 15:04")
	}
	if d, err := domain.ParsePartialDate(stored); err == nil {
		return sayDate(t, d)
	}
	return stored
}

// say shows an answer of a field in words.
func say(t *i18n.Texts, file *workspace.CaseFile, f domain.Field, a domain.Answer) string {
	if a.Missing != "" {
		words := t.T("ui.missing." + string(a.Missing))
		if a.Reason != "" {
			words += ": " + a.Reason
		}
		return words
	}
	var parts []string
	for _, one := range a.List() {
		switch f.Kind {
		case domain.Code, domain.MultiCode:
			one = labelOf(t, f.List, one)
		case domain.YesNo:
			one = labelOf(t, "yes_no", one)
		case domain.PartialDateKind, domain.Date, domain.DateTime:
			one = sayStored(t, one)
		case domain.Reference, domain.MultiReference:
			one = sayReference(t, file, one)
		}
		parts = append(parts, one)
	}
	if len(parts) == 0 {
		switch value := a.Value.(type) {
		case bool:
			return t.T(map[bool]string{true: "ui.yes", false: "ui.no"}[value])
		default:
			return a.Text()
		}
	}
	return strings.Join(parts, ", ")
}

func sayReference(t *i18n.Texts, file *workspace.CaseFile, id string) string {
	for _, person := range file.Persons() {
		if person.ID().String() == id {
			return nameOf(t, person)
		}
	}
	for i, home := range homesOf(file) {
		if home.ID().String() == id {
			return homeName(t, home, i)
		}
	}
	return id
}

// homesOf lists the households by what staff call them, so that the first one stays first when others are added.
func homesOf(file *workspace.CaseFile) []*workspace.Record {
	homes := file.Households()
	slices.SortStableFunc(homes, func(a, b *workspace.Record) int { return strings.Compare(a.Text("name"), b.Text("name")) })
	return homes
}

// homeName is what staff call a household, or its number in the case.
func homeName(t *i18n.Texts, home *workspace.Record, place int) string {
	if name := home.Text("name"); name != "" {
		return name
	}
	return t.T("casefile.household.number", "Number", place+1)
}

// fieldLabel is what a sheet of the case file calls a field: a part of its sentence, else what the program calls the field everywhere.
func fieldLabel(t *i18n.Texts, kind domain.Type, field string) string {
	if key := "casefile.ask." + string(kind) + "." + field; t.Has(key) {
		return t.T(key)
	}
	label, _ := record.Label(t, kind, field)
	return label
}

// names shows a name in Latin letters and beside it in its own script.
func names(name, native string) fyne.CanvasObject {
	words := []fyne.CanvasObject{ui.Strong(name)}
	if native != "" && native != name {
		own := ui.NewText(native)
		own.Color = theme.ColorMuted
		words = append(words, own)
	}
	return ui.Flow(theme.SizeGap, words...)
}

func joined(parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, " · ")
}

// levelOf is how a problem is meant to look.
func levelOf(s domain.Severity) ui.Level {
	switch s {
	case domain.Error:
		return ui.Error
	case domain.Warning:
		return ui.Warning
	}
	return ui.Info
}

// statusLook gives a case's status its colours and picture; the word always stands beside them.
func statusLook(s domain.Status) (ui.Level, string) {
	switch s {
	case domain.InInterview:
		return ui.Info, "interview"
	case domain.Mapped, domain.Advised, domain.Granted, domain.Fordelingsklar, domain.Bosatt:
		return ui.Success, "ok"
	case domain.Postponed, domain.NotMet, domain.Trukket, domain.AvslattAvKommunen:
		return ui.Warning, "warning"
	default:
		return ui.Neutral, "clock"
	}
}

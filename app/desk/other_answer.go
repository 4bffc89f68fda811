package desk

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

// otherAnswer is the input for an answer that is none of the standing ones.
type otherAnswer struct {
	object fyne.CanvasObject
	focus  fyne.Focusable
	// value returns what was entered; false when nothing was.
	value func() (any, bool)
}

// chipsUpTo is the number of codes up to which they stand side by side.
const chipsUpTo = 12

// newOtherAnswer makes the input for a field; nil when the field's kind is not written by hand here. changed is called after
// each change.
func newOtherAnswer(t *i18n.Texts, typ domain.Type, field string, today time.Time, changed func()) *otherAnswer {
	info, _ := domain.Info(typ)
	f, ok := info.Field(field)
	if !ok {
		return nil
	}
	switch f.Kind {
	case domain.Text, domain.LongText:
		entry := ui.NewTextField("")
		if f.Kind == domain.LongText {
			entry = ui.NewTextArea("", 3)
		}
		entry.OnEdit = func(string) { changed() }
		return &otherAnswer{entry, entry, func() (any, bool) { text := strings.TrimSpace(entry.Text); return text, text != "" }}
	case domain.Int:
		var number int64
		var given bool
		entry := ui.NewNumberField(t, 0, 9999)
		entry.OnNumber = func(n int64, ok bool) { number, given = n, ok; changed() }
		return &otherAnswer{entry, entry, func() (any, bool) { return number, given }}
	case domain.Date, domain.PartialDateKind:
		return otherDate(t, f.Kind, today, changed)
	case domain.YesNo, domain.Bool:
		chips := ui.NewYesNo(t)
		chips.OnChosen = func([]string) { changed() }
		return &otherAnswer{chips, chips, func() (any, bool) {
			chosen := chips.Chosen()
			if len(chosen) == 0 {
				return nil, false
			}
			if f.Kind == domain.Bool {
				return chosen[0] == "yes", true
			}
			return chosen[0], true
		}}
	case domain.Code, domain.MultiCode:
		return otherCode(t, f, changed)
	}
	return nil
}

func otherDate(t *i18n.Texts, kind domain.FieldKind, today time.Time, changed func()) *otherAnswer {
	value := ""
	entry := ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), today)
		if err != nil {
			return "", "", err
		}
		if kind == domain.Date && !d.Whole() {
			return "", "", errWholeDate
		}
		return d.String(), dateWords(t, d.String()), nil
	})
	entry.OnDate = func(v string) { value = v; changed() }
	return &otherAnswer{entry, entry.Entry(), func() (any, bool) { return value, value != "" }}
}

func otherCode(t *i18n.Texts, f domain.Field, changed func()) *otherAnswer {
	entries := ui.Lists().Entries(f.List)
	several := f.Kind == domain.MultiCode
	result := func(codes []string) (any, bool) {
		switch {
		case len(codes) == 0:
			return nil, false
		case several:
			return codes, true
		}
		return codes[0], true
	}
	if len(entries) <= chipsUpTo {
		var choices []ui.Choice
		for _, e := range entries {
			choices = append(choices, ui.Choice{Code: e.Code, Label: e.In(t.Lang())})
		}
		chips := ui.NewChips(choices, several)
		chips.OnChosen = func([]string) { changed() }
		return &otherAnswer{chips, chips, func() (any, bool) { return result(chips.Chosen()) }}
	}
	lookup := func(text string, limit int) []ui.Choice {
		var choices []ui.Choice
		for _, e := range ui.Lists().Lookup(f.List, text, t.Lang(), limit) {
			choices = append(choices, ui.Choice{Code: e.Code, Label: e.Label})
		}
		return choices
	}
	var codes []string
	if several {
		many := ui.NewPickMany(t, lookup)
		many.OnChosen = func(chosen []ui.Choice) {
			codes = nil
			for _, c := range chosen {
				codes = append(codes, c.Code)
			}
			changed()
		}
		return &otherAnswer{many, many.Entry(), func() (any, bool) { return result(codes) }}
	}
	one := ui.NewPickEntry(t, lookup)
	one.OnPick = func(c ui.Choice) {
		codes = nil
		if c.Code != "" {
			codes = []string{c.Code}
		}
		changed()
	}
	return &otherAnswer{one, one, func() (any, bool) { return result(codes) }}
}

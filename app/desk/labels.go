package desk

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"feltbok/app/record"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// fieldLabel is what stands for a field where somebody decides: the words of its question, else what the program calls it.
func fieldLabel(t *i18n.Texts, typ domain.Type, field string) string {
	if question, ok := record.Question(t, typ, field); ok {
		return question
	}
	label, _ := record.Label(t, typ, field)
	return label
}

// typeLabel is what people call a kind of record.
func typeLabel(t *i18n.Texts, typ domain.Type) string {
	if key := "desk.type." + string(typ); t.Has(key) {
		return t.T(key)
	}
	return strings.ReplaceAll(string(typ), "_", " ")
}

// answerWords says an answer in words: codes by their labels, dates as people write them.
func answerWords(ctx context.Context, ws *workspace.Workspace, t *i18n.Texts, typ domain.Type, field string, a domain.Answer) string {
	if a.Missing != "" {
		return ui.Lists().Label("missing", string(a.Missing), t.Lang())
	}
	if !a.HasValue() {
		return t.T("desk.value.empty")
	}
	info, _ := domain.Info(typ)
	f, _ := info.Field(field)
	label := func(code string) string { return ws.CodeLabel(typ, field, code, t.Lang()) }
	switch f.Kind {
	case domain.Code:
		return label(a.Text())
	case domain.MultiCode:
		words := []string{}
		for _, code := range a.List() {
			words = append(words, label(code))
		}
		return strings.Join(words, ", ")
	case domain.YesNo:
		return ui.Lists().Label("yes_no", a.Text(), t.Lang())
	case domain.Bool:
		if a.Bool() {
			return t.T("ui.yes")
		}
		return t.T("ui.no")
	case domain.Date, domain.PartialDateKind:
		return dateWords(t, a.Text())
	case domain.Reference:
		return nameOf(ctx, ws, f.Of, a.Text())
	case domain.MultiReference:
		words := []string{}
		for _, id := range a.List() {
			words = append(words, nameOf(ctx, ws, f.Of, id))
		}
		return strings.Join(words, ", ")
	case domain.Rows:
		return rowsWords(a.Rows())
	case domain.MultiText:
		return strings.Join(a.List(), "\n")
	case domain.Int:
		n, _ := a.Int()
		return strconv.FormatInt(n, 10)
	}
	return a.Text()
}

// dateWords writes 1991-03-21, 1991-03 and 1991 as people do: 21. mars 1991, mars 1991, 1991.
func dateWords(t *i18n.Texts, text string) string {
	d, err := domain.ParsePartialDate(text)
	switch {
	case err != nil:
		return text
	case d.Day != 0:
		return t.T("desk.date.day", "Day", d.Day, "Month", t.T("desk.month."+strconv.Itoa(d.Month)), "Year", d.Year)
	case d.Month != 0:
		return t.T("desk.date.month", "Month", t.T("desk.month."+strconv.Itoa(d.Month)), "Year", d.Year)
	}
	return strconv.Itoa(d.Year)
}

func rowsWords(rows []map[string]string) string {
	lines := make([]string, len(rows))
	for i, row := range rows {
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(row)) {
			parts = append(parts, row[key])
		}
		lines[i] = strings.Join(parts, " · ")
	}
	return strings.Join(lines, "\n")
}

// nameOf is the name of what a reference points to, or the first digits of its identifier.
func nameOf(ctx context.Context, ws *workspace.Workspace, typ domain.Type, id string) string {
	object, err := uuid.Parse(id)
	if err != nil {
		return id
	}
	if record, err := ws.Get(ctx, typ, object); err == nil && record != nil {
		if name := recordName(record); name != "" {
			return name
		}
	}
	return id[:8]
}

// recordName is what people call a record: a person's name, a case's number, a mission's name.
func recordName(r *workspace.Record) string {
	switch r.Type() {
	case "person":
		return domain.DisplayName(r.Answer)
	case "case":
		return r.Text("unhcr_case_no")
	}
	return r.Text("name")
}

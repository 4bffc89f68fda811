package xlsform

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/form/expr"
)

// Tables are the three sheets of a set as CSV in UTF-8 with LF line ends.
type Tables struct{ Survey, Choices, Settings []byte }

// Write gives the tables of a set. Reading them gives an equal set; headings, type words and the order of columns are
// written in one form, and columns that are nowhere used are left out.
func Write(s *Set) (Tables, error) {
	survey := written{first: []string{"type", "name"}}
	survey.items(s.Items)
	var choices written
	choices.first = []string{"list_name", "name"}
	for _, list := range s.lists {
		for _, choice := range s.Lists[list] {
			cells := map[string]string{"list_name": list, "name": choice.Name}
			putLabels(cells, "label", choice.Label)
			for column, cell := range choice.Columns {
				cells[column] = cell
			}
			choices.rows = append(choices.rows, cells)
		}
	}
	settings := written{first: []string{"form_id", "version"}}
	cells := map[string]string{
		"form_id": s.ID, "version": s.Version, "default_language": s.DefaultLanguage, "object": string(s.Object), // none: a foreign set
		"subject": string(s.Subject), "block": s.Block, "order": strconv.Itoa(s.Order), "applies": source(s.Applies),
	}
	putLabels(cells, "form_title", s.Title)
	for column, cell := range s.extra {
		cells[column] = cell
	}
	settings.rows = append(settings.rows, cells)

	var t Tables
	for _, part := range []struct {
		to   *[]byte
		from written
	}{{&t.Survey, survey}, {&t.Choices, choices}, {&t.Settings, settings}} {
		content, err := part.from.encode()
		if err != nil {
			return Tables{}, fmt.Errorf("write question set %s: %w", s.ID, err)
		}
		*part.to = content
	}
	return t, nil
}

// written is a table that is being written.
type written struct {
	first []string // columns that are always there
	rows  []map[string]string
}

// columnOrder is the order of the headings; text columns follow in the order of the languages.
var columnOrder = slices.Concat(
	[]string{"list_name", "type", "name", "form_title", "form_id", "version", "default_language", "object", "subject", "block", "order", "applies"},
	[]string{"label", "hint", "guidance_hint", "required", "required_message", "relevant", "constraint", "constraint_message", "calculation"},
	[]string{"choice_filter", "appearance", "default", "read_only", "parameters", countColumn, severityColumn, minimumColumn, classColumn},
)

// languageRank puts the program's languages first.
func languageRank(lang string) int {
	if at := slices.Index(Languages, lang); at >= 0 {
		return at
	}
	return len(Languages)
}

func (s *written) encode() ([]byte, error) {
	used := make(map[string]bool)
	for _, column := range s.first {
		used[column] = true
	}
	for _, cells := range s.rows {
		for column, cell := range cells {
			if cell != "" {
				used[column] = true
			}
		}
	}
	header := sortedKeys(used)
	rank := func(column string) int {
		base, lang, _ := strings.Cut(column, "::")
		at := slices.Index(columnOrder, column)
		if slices.Contains(textColumns, base) {
			at = slices.Index(columnOrder, base)
			return at*10 + languageRank(lang)
		}
		if at < 0 {
			return len(columnOrder) * 10
		}
		return at * 10
	}
	slices.SortStableFunc(header, func(a, b string) int { return rank(a) - rank(b) })

	var out bytes.Buffer
	lines := csv.NewWriter(&out)
	if err := lines.Write(header); err != nil {
		return nil, err
	}
	record := make([]string, len(header))
	for _, cells := range s.rows {
		for i, column := range header {
			record[i] = cells[column]
		}
		if err := lines.Write(record); err != nil {
			return nil, err
		}
	}
	lines.Flush()
	return out.Bytes(), lines.Error()
}

func (s *written) items(items []*Item) {
	for _, item := range items {
		cells := item.cells()
		s.rows = append(s.rows, cells)
		if item.Kind.Section() {
			s.items(item.Items)
			s.rows = append(s.rows, map[string]string{"type": "end_" + sectionName(item.Kind), "name": item.Name})
		}
	}
}

func (q *Question) cells() map[string]string {
	cells := map[string]string{
		"type": q.typeWord(), "name": q.Name, "appearance": q.Appearance, "default": q.Default, "required": q.requiredSource,
		"read_only": q.readOnlySource, "relevant": source(q.Relevant), "constraint": source(q.Constraint),
		"calculation": source(q.Calculation), "choice_filter": source(q.Filter), countColumn: source(q.Count),
		classColumn: q.Class,
	}
	putLabels(cells, "label", q.Label)
	putLabels(cells, "hint", q.Hint)
	putLabels(cells, "guidance_hint", q.Guidance)
	putLabels(cells, "required_message", q.RequiredMessage)
	putLabels(cells, "constraint_message", q.ConstraintMessage)
	var parameters []string
	for _, name := range sortedKeys(q.Parameters) {
		parameters = append(parameters, name+"="+q.Parameters[name])
	}
	cells["parameters"] = strings.Join(parameters, " ")
	if q.Soft {
		cells[severityColumn] = "soft"
	}
	if q.Minimum {
		cells[minimumColumn] = "yes"
	}
	for column, cell := range q.Extra {
		cells[column] = cell
	}
	return cells
}

func (q *Question) typeWord() string {
	switch q.Kind {
	case Code, YesNo:
		return "select_one " + q.List
	case MultiCode:
		return "select_multiple " + q.List
	case Integer:
		return "integer"
	case Date:
		return "date"
	case DateTime:
		return "dateTime"
	case Acknowledge:
		return "acknowledge"
	case Decimal:
		return "decimal"
	case Time:
		return "time"
	case Rank:
		return "rank " + q.List
	case Calculate:
		return "calculate"
	case Note:
		return "note"
	case Hidden:
		return "hidden"
	case Group:
		return "begin_group"
	case Repeat:
		return "begin_repeat"
	}
	return "text"
}

func source(p *expr.Program) string {
	if p == nil {
		return ""
	}
	return p.Source()
}

func putLabels(cells map[string]string, base string, labels Labels) {
	for lang, text := range labels {
		cells[base+"::"+lang] = text
	}
}

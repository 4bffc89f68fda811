package xlsform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/form/expr"
)

// plainTypes are the survey types of one word that this package understands.
var plainTypes = map[string]Kind{
	"text": Text, "integer": Integer, "date": Date, "dateTime": DateTime, "acknowledge": Acknowledge, "trigger": Acknowledge,
	"calculate": Calculate, "note": Note, "hidden": Hidden, "decimal": Decimal, "time": Time,
}

// listTypes are the survey types that name a list.
var listTypes = []string{"select_one", "select_multiple", "rank"}

// open is a group or repeat whose end has not come yet.
type open struct {
	item *Item
	row  int
}

func (r *reader) readSurvey(t table) {
	if t.header == nil {
		return
	}
	for _, column := range []string{"type", "name"} {
		if !slices.Contains(t.header, column) {
			r.fail(place{sheet: t.sheet}, "has no column %s", column)
			return
		}
	}
	var stack []open
	for _, row := range t.rows {
		if len(row.cells) == 0 {
			continue
		}
		kindText := strings.Join(strings.Fields(row.cells["type"]), " ")
		at := place{t.sheet, row.number, "type"}
		switch normal := strings.Replace(kindText, " ", "_", 1); normal {
		case "end_group", "end_repeat":
			stack = r.end(stack, at, strings.TrimPrefix(normal, "end_"))
			continue
		case "begin_group", "begin_repeat":
			item := &Item{Question: r.question(t, row, map[string]Kind{"begin_group": Group, "begin_repeat": Repeat}[normal], "", stack)}
			if item.Kind == Repeat && item.Repeat != "" && !r.set.Foreign {
				r.failAs("Q-SECTION", at, "a repeat inside the repeat %s: repeats do not nest", item.Repeat)
			}
			r.place(stack, item)
			stack = append(stack, open{item, row.number})
			continue
		}
		kind, list, err := surveyKind(kindText, row.cells["appearance"])
		if err != nil {
			r.fail(at, "%v", err)
			r.lose(row.cells["name"])
			continue
		}
		if r.set.Foreign && kind == YesNo {
			kind = Code // its answers are those of the set's own list
		}
		r.place(stack, &Item{Question: r.question(t, row, kind, list, stack)})
	}
	for _, o := range stack {
		r.failAs("Q-SECTION", place{t.sheet, o.row, "type"}, "begin_%s %s has no end", sectionName(o.item.Kind), o.item.Name)
	}
	faulty := slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Sheet == t.sheet && !p.Warning })
	if len(r.set.Items) == 0 && !faulty {
		r.fail(place{sheet: t.sheet}, "has no question")
	}
}

// lose remembers the name of a row that was refused.
func (r *reader) lose(name string) {
	if r.lost == nil {
		r.lost = map[string]bool{}
	}
	r.lost[name] = true
}

func sectionName(k Kind) string {
	if k == Repeat {
		return "repeat"
	}
	return "group"
}

func (r *reader) end(stack []open, at place, section string) []open {
	if len(stack) == 0 {
		r.failAs("Q-SECTION", at, "end_%s without a begin_%s", section, section)
		return stack
	}
	last := stack[len(stack)-1]
	if got := sectionName(last.item.Kind); got != section {
		r.failAs("Q-SECTION", at, "end_%s, but the begin_%s of row %d is still open", section, got, last.row)
	}
	return stack[:len(stack)-1]
}

// place puts an item into the section that is open.
func (r *reader) place(stack []open, item *Item) {
	if len(stack) == 0 {
		r.set.Items = append(r.set.Items, item)
		return
	}
	parent := stack[len(stack)-1].item
	parent.Items = append(parent.Items, item)
}

func surveyKind(kindText, appearance string) (Kind, string, error) {
	if kind, ok := plainTypes[kindText]; ok {
		words := strings.Fields(appearance)
		switch {
		case kind == Text && slices.Contains(words, "multiline"):
			kind = LongText
		case kind == Text && slices.Contains(words, "partial_date"):
			kind = PartialDate
		}
		return kind, "", nil
	}
	words := strings.Fields(kindText)
	if len(words) > 0 && slices.Contains(listTypes, words[0]) {
		switch {
		case len(words) == 1:
			return 0, "", fmt.Errorf("%s needs the name of a list", words[0])
		case len(words) > 2:
			return 0, "", fmt.Errorf("%q after the list is not supported", strings.Join(words[2:], " "))
		case words[0] == "select_multiple":
			return MultiCode, words[1], nil
		case words[0] == "rank":
			return Rank, words[1], nil
		case words[1] == "yes_no":
			return YesNo, words[1], nil
		}
		return Code, words[1], nil
	}
	if kindText == "" {
		return 0, "", fmt.Errorf("is empty")
	}
	return 0, "", fmt.Errorf("unknown type %q", kindText)
}

func (r *reader) question(t table, row row, kind Kind, list string, stack []open) *Question {
	q := &Question{Name: row.cells["name"], Kind: kind, List: list, Row: row.number, Appearance: row.cells["appearance"]}
	at := func(column string) place { return place{t.sheet, row.number, column} }
	if !expr.ValidName(q.Name) {
		r.fail(at("name"), "%q is not a name of letters, digits and \"_\"", q.Name)
	}
	for _, o := range stack {
		if o.item.Kind == Repeat {
			q.Repeat = o.item.Name
		}
	}
	q.Label = r.labels(t, row, "label", kind.Asked() || kind == Note || kind == Repeat)
	q.Hint = r.labels(t, row, "hint", false)
	q.Guidance = r.labels(t, row, "guidance_hint", false)
	q.RequiredMessage = r.labels(t, row, "required_message", false)
	q.ConstraintMessage = r.labels(t, row, "constraint_message", false)

	q.requiredSource, q.readOnlySource = row.cells["required"], row.cells["read_only"]
	q.Required = r.compile(at("required"), truthSource(q.requiredSource), expr.Compile)
	q.ReadOnly = r.compile(at("read_only"), truthSource(q.readOnlySource), expr.Compile)
	q.Relevant = r.compile(at("relevant"), row.cells["relevant"], expr.Compile)
	q.Constraint = r.compile(at("constraint"), row.cells["constraint"], expr.Compile)
	q.Calculation = r.compile(at("calculation"), row.cells["calculation"], expr.Compile)
	q.Filter = r.compile(at("choice_filter"), row.cells["choice_filter"], expr.CompileFilter)
	q.Count = r.compile(at(countColumn), row.cells[countColumn], expr.Compile)
	q.Default = row.cells["default"]
	if r.isExpression(q) {
		q.DefaultExpression = r.compile(at("default"), q.Default, expr.Compile)
	}
	q.Parameters = r.parameters(at("parameters"), row.cells["parameters"])
	switch severity := row.cells[severityColumn]; severity {
	case "", "hard":
	case "soft":
		q.Soft = true
	default:
		r.fail(at(severityColumn), "%q is neither hard nor soft", severity)
	}
	switch minimum := row.cells[minimumColumn]; minimum {
	case "", "no":
	case "yes":
		q.Minimum = true
	default:
		r.fail(at(minimumColumn), "%q is neither yes nor no", minimum)
	}
	q.Class = row.cells[classColumn]
	q.Extra = r.extra(t, row, func(column string) bool {
		base, _, ok := strings.Cut(column, "::")
		return slices.Contains(plainColumns, column) || slices.Contains(textColumns, column) ||
			ok && base != "form_title" && slices.Contains(textColumns, base)
	})
	r.fitting(q, at)
	return q
}

// truthSource reads the words that spreadsheets use for true and false.
func truthSource(cell string) string {
	switch strings.ToLower(cell) {
	case "yes", "true", "true()":
		return "true()"
	case "no", "false", "false()":
		return "" // never: the same as no expression
	}
	return cell
}

// fitting checks that the row has the cells its kind needs, and none that it cannot use.
func (r *reader) fitting(q *Question, at func(string) place) {
	unless := func(ok bool, set bool, column string) {
		if !ok && set {
			r.warn(at(column), "has no effect here")
		}
	}
	if q.Kind == Calculate && q.Calculation == nil && len(r.problemsAt(at("calculation"))) == 0 {
		r.fail(at("calculation"), "is empty")
	}
	unless(q.Kind.Asked() || q.Kind == Calculate || q.Kind == Hidden, q.Calculation != nil, "calculation")
	unless(q.Kind.Asked() || q.Kind == Calculate, q.Constraint != nil, "constraint")
	unless(q.Kind.Asked() || q.Kind == Repeat, q.Required != nil, "required")
	unless(q.Kind.Asked(), q.ReadOnly != nil, "read_only")
	unless(q.Kind.Asked() || r.set.Foreign && q.Kind == Hidden, q.Default != "", "default")
	unless(q.List != "", q.Filter != nil, "choice_filter")
	unless(q.Kind == Repeat, q.Count != nil, countColumn)
	unless(q.Constraint != nil, q.ConstraintMessage != nil, "constraint_message")
	unless(q.Required != nil, q.RequiredMessage != nil, "required_message")
	for column, program := range map[string]*expr.Program{
		"relevant": q.Relevant, "constraint": q.Constraint, "required": q.Required, "read_only": q.ReadOnly, "choice_filter": q.Filter,
	} {
		if program == nil {
			continue
		}
		if r.set.Foreign { // how its makers wrote conditions is no news to whoever takes it in
			continue
		}
		if kind := program.Kind(); kind == expr.Absent {
			r.warn(at(column), "is not a condition: it is true whenever the answer is not empty, \"no\" included")
		} else if kind != expr.Bool {
			r.warn(at(column), "is not a condition: it gives a %s, which is true whenever it is not empty or 0", kind)
		} else if value, ok := program.Constant(); ok && column != "required" && column != "read_only" {
			r.warn(at(column), "is always %s", value.String())
		}
	}
	if q.Relevant != nil && q.Relevant.UsesSelf() {
		r.fail(at("relevant"), "reads its own answer")
	}
}

// isExpression tells a default that is worked out from one that is taken as it stands.
func (r *reader) isExpression(q *Question) bool {
	if !r.set.Foreign {
		return strings.ContainsAny(q.Default, "$(")
	}
	if strings.Contains(q.Default, "${") || expr.Calls(q.Default) {
		return true
	}
	_, err := strconv.ParseFloat(q.Default, 64)
	return q.Default != "" && (q.Kind == Integer || q.Kind == Decimal) && err != nil
}

func (r *reader) problemsAt(at place) []Problem {
	var found []Problem
	for _, p := range r.problems {
		if p.Sheet == at.sheet && p.Row == at.row && p.Column == at.col {
			found = append(found, p)
		}
	}
	return found
}

// parameters reads "start=0 end=10".
func (r *reader) parameters(at place, cell string) map[string]string {
	if cell == "" {
		return nil
	}
	found := make(map[string]string)
	for _, pair := range strings.FieldsFunc(cell, func(c rune) bool { return c == ' ' || c == ',' || c == ';' }) {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			r.fail(at, "%q is not of the form name=value", pair)
			continue
		}
		if _, number := strconv.ParseFloat(value, 64); (name == "start" || name == "end" || name == "step") && number != nil {
			r.fail(at, "%q is not a number", value)
		}
		found[name] = value
	}
	return found
}

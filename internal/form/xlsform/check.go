package xlsform

import (
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
)

const surveySheet = "survey"

func surveyPlace(q *Question, column string) place { return place{surveySheet, q.Row, column} }

// check looks at the set as a whole, after all rows have been read.
func (r *reader) check() {
	s := r.set
	s.scope, s.outer = map[string]map[string]*Item{"": {}}, map[string]string{}
	r.flatten(s.Items)
	for _, item := range s.flat {
		r.checkField(item.Question)
		r.checkList(item.Question)
		r.checkDefault(item.Question)
		r.checkReferences(item.Question)
	}
	if s.Applies != nil {
		for _, reference := range s.Applies.References() {
			if item, ok := s.scope[""][reference.Name]; slices.Contains(ContextNames, reference.Name) || ok && item.Kind == Hidden {
				continue
			}
			r.failExpression(place{"settings", 2, "applies"}, reference.Column, "${%s} is not a hidden value", reference.Name)
		}
	}
	r.checkOrder()
	r.checkUnusedLists()
}

// flatten lists all items and the names of each scope.
func (r *reader) flatten(items []*Item) {
	s := r.set
	for _, item := range items {
		s.flat = append(s.flat, item)
		scope := item.Repeat
		if s.scope[scope] == nil {
			s.scope[scope] = make(map[string]*Item)
		}
		if other, ok := s.scope[scope][item.Name]; ok {
			r.fail(surveyPlace(item.Question, "name"), "%s stands in row %d already", item.Name, other.Row)
		} else {
			s.scope[scope][item.Name] = item
		}
		if item.Kind == Repeat {
			if _, ok := s.outer[item.Name]; ok {
				r.failAs("Q-NAME", surveyPlace(item.Question, "name"), "a repeat %s stands elsewhere already", item.Name)
				continue
			}
			s.outer[item.Name] = scope
		}
		if item.Kind.Section() && len(item.Items) == 0 {
			r.warn(surveyPlace(item.Question, "type"), "the %s %s is empty", sectionName(item.Kind), item.Name)
		}
		r.flatten(item.Items)
	}
}

// kindOf tells which question kinds hold the values of a field kind.
var kindOf = map[domain.FieldKind][]Kind{
	domain.Text:            {Text, LongText},
	domain.LongText:        {LongText, Text},
	domain.Date:            {Date},
	domain.PartialDateKind: {PartialDate, Date},
	domain.DateTime:        {DateTime},
	domain.Int:             {Integer},
	domain.Bool:            {Acknowledge},
	domain.YesNo:           {YesNo},
	domain.Code:            {Code, YesNo},
	domain.MultiCode:       {MultiCode},
	domain.MultiText:       {MultiText},
	domain.Reference:       {Reference},
	domain.MultiReference:  {MultiReference},
	domain.Rows:            {Rows},
}

// foreignField is the kind of field that holds the answers of a question that others made.
var foreignField = map[Kind]domain.FieldKind{
	Text: domain.Text, LongText: domain.LongText, Integer: domain.Int, Decimal: domain.Text, Date: domain.Date, PartialDate: domain.PartialDateKind,
	DateTime: domain.DateTime, Time: domain.Text, Code: domain.Code, MultiCode: domain.MultiCode, Rank: domain.MultiCode,
	Acknowledge: domain.Bool, Calculate: domain.Text,
}

// shapes are the kinds that a plain text takes from its field.
var shapes = map[domain.FieldKind]Kind{
	domain.LongText: LongText, domain.MultiText: MultiText, domain.Reference: Reference, domain.MultiReference: MultiReference,
	domain.Rows: Rows,
}

// checkField finds the field that holds the answer and gives plain texts its shape.
func (r *reader) checkField(q *Question) {
	if q.Kind == Group || q.Kind == Note || q.Kind == Hidden {
		return
	}
	if r.set.Foreign {
		q.Field = domain.Field{}
		// A calculation is worked out anew whenever it is read, save one that stands on what it gave before, as once() does.
		if kind, ok := foreignField[q.Kind]; ok && (q.Kind != Calculate || q.Calculation != nil && q.Calculation.UsesSelf()) {
			q.Field = domain.Field{Name: domain.QuestionField(q.Name), Kind: kind, List: q.List, Class: r.set.Class()}
		}
		return
	}
	at := surveyPlace(q, "name")
	holder := r.set.Object
	if q.Kind == Repeat {
		info, ok := r.codes.Info(domain.Type(q.Name))
		switch {
		case !ok:
			r.fail(at, "%q is not a type of object, which the rows of a repeat must be", q.Name)
		case !info.Rows:
			r.fail(at, "there is only one object of type %s, so it cannot be a repeat", q.Name)
		case info.Subject != r.set.Subject && info.Subject != r.set.Object:
			r.warn(at, "objects of type %s are about %q, not about %q", q.Name, info.Subject, r.set.Subject)
		}
		return
	}
	if q.Repeat != "" {
		holder = domain.Type(q.Repeat)
	}
	info, ok := r.codes.Info(holder)
	if !ok {
		return // named where the type stands
	}
	field, ok := info.Field(q.Name)
	if !ok {
		if q.Kind != Calculate {
			r.fail(at, "%s is not a field of %s", q.Name, holder)
		}
		return
	}
	q.Field = field
	if q.Class != "" && q.Class != field.Class.String() {
		r.fail(surveyPlace(q, classColumn), "%q, but %s of %s is of class %s", q.Class, q.Name, holder, field.Class)
	}
	if q.Kind == Calculate {
		return
	}
	if shape, ok := shapes[field.Kind]; ok && q.Kind == Text {
		q.Kind = shape
	}
	if !slices.Contains(kindOf[field.Kind], q.Kind) {
		r.fail(place{surveySheet, q.Row, "type"}, "does not fit: %s of %s is a %s", q.Name, holder, field.Kind)
	}
}

// checkList checks the list of a choice question and its codes against those the field may have.
func (r *reader) checkList(q *Question) {
	if q.List == "" {
		return
	}
	at := surveyPlace(q, "type")
	own, ok := r.set.Lists[q.List]
	if r.set.Foreign {
		if !ok {
			r.failAs("Q-LIST", at, "there is no list %s in choices", q.List)
		}
		return // its lists are its own, whatever they are called
	}
	if !ok {
		if !r.codes.Known(q.List) {
			r.fail(at, "there is no list %s, neither in choices nor among the code lists", q.List)
		} else if q.Field.List != "" && q.Field.List != q.List {
			r.fail(at, "%s takes codes of list %s, not %s", q.Name, q.Field.List, q.List)
		}
		return
	}
	for _, choice := range own {
		switch {
		case q.Field.Kind == domain.YesNo && choice.Name != "yes" && choice.Name != "no":
			r.fail(place{"choices", choice.Row, "name"}, "%s (survey, row %d) takes only yes and no; unknown and declined are kinds of missing answers",
				q.Name, q.Row)
		case q.Field.List != "" && r.codes.Known(q.Field.List) && !r.codes.Has(q.Field.List, choice.Name):
			r.fail(place{"choices", choice.Row, "name"}, "%s is not a code of list %s, which %s (survey, row %d) takes",
				choice.Name, q.Field.List, q.Name, q.Row)
		}
	}
}

// HasCode reports whether a question's list has a code.
func (s *Set) HasCode(q *Question, code string, codes CodeLists) bool {
	if own, ok := s.Lists[q.List]; ok {
		return slices.ContainsFunc(own, func(c Choice) bool { return c.Name == code })
	}
	return codes.Has(q.List, code)
}

func (r *reader) checkDefault(q *Question) {
	if q.Default == "" || q.DefaultExpression != nil {
		return
	}
	at := surveyPlace(q, "default")
	switch q.Kind {
	case Integer:
		if _, err := strconv.ParseInt(q.Default, 10, 64); err != nil {
			r.fail(at, "%q is not a whole number", q.Default)
		}
	case Decimal:
		if _, ok := expr.ParseDecimal(q.Default); !ok {
			r.fail(at, "%q is not a number", q.Default)
		}
	case Time:
		if !expr.IsTime(q.Default) {
			r.fail(at, "%q is not a time as hh:mm", q.Default)
		}
	case Date, PartialDate:
		if date, ok := expr.ParseDate(q.Default); !ok || q.Kind == Date && len(date.String()) != int(expr.ToDay) {
			r.fail(at, "%q is not a date as YYYY-MM-DD", q.Default)
		}
	case DateTime:
		if _, ok := expr.ParseDateTime(q.Default); !ok {
			r.fail(at, "%q is not a time as YYYY-MM-DDThh:mm:ss+hh:mm", q.Default)
		}
	case Code, YesNo, MultiCode, Rank:
		for _, code := range strings.Fields(q.Default) {
			if !r.set.HasCode(q, code, r.codes) {
				r.fail(at, "%q is not a code of list %s", code, q.List)
			}
		}
		if (q.Kind == Code || q.Kind == YesNo) && len(strings.Fields(q.Default)) > 1 {
			r.fail(at, "holds several codes")
		}
	case Acknowledge:
		r.failAs("Q-DEFAULT", at, "a tick has no default: it is the person's own act")
	case Reference, MultiReference, Rows:
		r.fail(at, "a default must be an expression here")
	}
}

// Program is one expression of a question with the column it stands in.
type Program struct {
	Column string
	*expr.Program
}

// Programs returns the question's expressions in the order of the columns.
func (q *Question) Programs() []Program {
	var found []Program
	for _, p := range []Program{
		{"relevant", q.Relevant},
		{"required", q.Required},
		{"read_only", q.ReadOnly},
		{"constraint", q.Constraint},
		{"calculation", q.Calculation},
		{"choice_filter", q.Filter},
		{countColumn, q.Count},
		{"default", q.DefaultExpression},
	} {
		if p.Program != nil {
			found = append(found, p)
		}
	}
	return found
}

func (r *reader) checkReferences(q *Question) {
	for _, p := range q.Programs() {
		at := surveyPlace(q, p.Column)
		for _, reference := range p.References() {
			r.checkReference(q, at, reference)
		}
		for _, column := range p.Columns() {
			if !r.hasColumn(q.List, column.Name) {
				r.failExpression(at, column.Column, "list %s has no column %s; a question is ${%s}", q.List, column.Name, column.Name)
			}
		}
		for _, use := range p.Lists() {
			r.checkListUse(at, use)
		}
		if p.UsesPosition() && q.Repeat == "" {
			r.fail(at, "position(..) stands outside of a repeat")
		}
	}
	for base, text := range map[string]Labels{
		"label": q.Label, "hint": q.Hint, "guidance_hint": q.Guidance, "required_message": q.RequiredMessage, "constraint_message": q.ConstraintMessage,
	} {
		for _, lang := range sortedKeys(text) {
			at := surveyPlace(q, base+"::"+lang)
			for _, name := range placeholders(text[lang]) {
				r.checkReference(q, at, expr.Reference{Name: name})
			}
		}
	}
}

func (r *reader) checkReference(q *Question, at place, reference expr.Reference) {
	item, ambiguous := r.set.Resolve(q.Repeat, reference.Name)
	switch {
	case item == nil && r.lost[reference.Name]:
	case ambiguous:
		r.failReference(at, reference.Column, "${%s} stands in several repeats", reference.Name)
	case item == nil && !slices.Contains(ContextNames, reference.Name):
		r.failReference(at, reference.Column, "there is no ${%s}", reference.Name)
	case item != nil && (item.Kind == Group || item.Kind == Note):
		r.failReference(at, reference.Column, "${%s} has no answer: it is a %s", reference.Name, map[Kind]string{Group: "group", Note: "note"}[item.Kind])
	}
}

func (r *reader) failReference(at place, char int, format string, args ...any) {
	r.failExpression(at, char, format, args...)
	r.problems[len(r.problems)-1].Code = "Q-REFERENCE"
}

// checkListUse checks a list that an expression looks something up in, and its columns.
func (r *reader) checkListUse(at place, use expr.ListReference) {
	switch _, ok := r.set.Lists[use.List]; {
	case use.Name == "" && !ok:
		r.failExpression(at, use.Column, "there is no list %s in choices and no file %s.csv", use.List, use.List)
	case ok && use.Name != "" && use.Name != "label" && !r.hasColumn(use.List, use.Name):
		r.failExpression(at, use.Column, "list %s has no column %s", use.List, use.Name)
	default:
		return
	}
	r.problems[len(r.problems)-1].Code = "Q-LIST"
}

// hasColumn reports whether a choice_filter may read a column of a list.
func (r *reader) hasColumn(list, column string) bool {
	if column == "name" {
		return true
	}
	return slices.ContainsFunc(r.set.Lists[list], func(c Choice) bool { return c.Columns[column] != "" })
}

// Fill replaces every ${name} of a text by what value gives for the name. "${" without "}" stays as it is.
func Fill(text string, value func(name string) string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, "${")
		name, rest, closed := strings.Cut(after, "}")
		if !ok || !closed {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(before)
		b.WriteString(value(strings.TrimSpace(name)))
		text = rest
	}
}

// placeholders returns the names of the ${name} in a text, in order.
func placeholders(text string) []string {
	var names []string
	Fill(text, func(name string) string {
		names = append(names, name)
		return ""
	})
	return names
}

func (r *reader) checkUnusedLists() {
	for _, list := range r.set.lists {
		used := slices.ContainsFunc(r.set.flat, func(item *Item) bool {
			return item.List == list || slices.ContainsFunc(item.Programs(), func(p Program) bool {
				return slices.ContainsFunc(p.Lists(), func(use expr.ListReference) bool { return use.List == list })
			})
		})
		if !used {
			r.warn(place{"choices", r.set.Lists[list][0].Row, "list_name"}, "list %s is not used", list)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

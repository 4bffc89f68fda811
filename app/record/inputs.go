package record

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

// input is a field of the page, bound to a field of the record.
type input struct {
	def     domain.Field
	field   *ui.Field
	focus   fyne.Focusable
	put     func(domain.Answer)
	commit  func() // hands over what is typed; nil when nothing is ever pending
	enable  func(bool)
	missing *ui.MissingMenu
}

// errPart is what a part of a date is where the whole is needed.
var errPart = errors.New("a whole date is needed")

// fewCodes is how many codes are shown side by side; longer lists are searched.
const fewCodes = 8

// clockLayout is how a date with a time of day is typed.
const clockLayout = "2.1.2006 15:04"

// newInput makes the input for a field by its kind.
func (p *place) newInput(f domain.Field) *input {
	label, _ := Label(p.s.Texts, p.at.kind, f.Name)
	in := &input{def: f}
	var object fyne.CanvasObject
	switch f.Kind {
	case domain.Date, domain.PartialDateKind:
		object = p.dateInput(in)
	case domain.Bool, domain.YesNo, domain.Code, domain.MultiCode, domain.Reference, domain.MultiReference:
		object = p.choiceInput(in)
	default:
		object = p.typedInput(in)
	}
	in.field = ui.NewField(label, object)
	if f.Kind == domain.DateTime {
		in.field.SetHint(p.s.Texts.T("record.hint.time"))
	}
	if f.Kind == domain.MultiText {
		in.field.SetHint(p.s.Texts.T("record.hint.lines"))
	}
	if f.Kind == domain.Rows {
		in.field.SetHint(p.s.Texts.T("record.hint.rows", "Columns", strings.Join(columnNames(p.s.Texts, f), "; ")))
	}
	if f.Need == domain.Required && f.Kind != domain.Bool {
		in.field.SetRequired(p.s.Texts.T("ui.required"))
		in.missing = ui.NewMissingMenu(p.s.Texts)
		in.missing.OnPick = func(code, reason string) { p.set(f.Name, domain.MissingAnswer(domain.Missing(code), reason)) }
		in.field.SetExtra(in.missing)
	}
	return in
}

func columnNames(t *i18n.Texts, f domain.Field) []string {
	names := make([]string, len(f.Columns))
	for i, column := range f.Columns {
		names[i] = t.T("record.column." + column)
	}
	return names
}

func able(d interface {
	Enable()
	Disable()
},
) func(bool) {
	return func(on bool) {
		if on {
			d.Enable()
		} else {
			d.Disable()
		}
	}
}

// typedInput takes what is typed: texts, numbers, times of day, lists with one entry a line.
func (p *place) typedInput(in *input) fyne.CanvasObject {
	field := ui.NewTextField("")
	if in.def.Kind == domain.LongText || in.def.Kind == domain.MultiText || in.def.Kind == domain.Rows {
		field = ui.NewTextArea("", 3)
	}
	field.OnCommit = func(text string) {
		answer, ok := parse(in.def, text, p.s.Now())
		if !ok {
			in.field.SetProblem(ui.Error, p.s.Texts.T("domain.rule.KIND"))
			return
		}
		p.set(in.def.Name, answer)
	}
	field.OnEscape = p.goBack
	field.OnDone = func() { p.next(in) }
	in.focus, in.commit, in.enable = field, field.Commit, able(field)
	in.put = func(a domain.Answer) { field.Put(spell(in.def, a)) }
	return field
}

// parse reads what was typed for a field; false when it cannot be stored there.
func parse(f domain.Field, typed string, now time.Time) (domain.Answer, bool) {
	text := domain.NormaliseText(typed)
	if text == "" {
		return domain.Answer{}, true
	}
	switch f.Kind {
	case domain.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		return domain.Answer{Value: n}, err == nil
	case domain.DateTime:
		at, err := time.ParseInLocation(clockLayout, text, now.Location())
		return domain.Answer{Value: at.Format(time.RFC3339)}, err == nil
	case domain.MultiText:
		return domain.Answer{Value: lines(text)}, true
	case domain.Rows:
		var rows []map[string]string
		for _, line := range lines(text) {
			row := map[string]string{}
			parts := strings.Split(line, ";")
			if len(parts) > len(f.Columns) {
				return domain.Answer{}, false
			}
			for i, part := range parts {
				if part = strings.TrimSpace(part); part != "" {
					row[f.Columns[i]] = part
				}
			}
			rows = append(rows, row)
		}
		return domain.Answer{Value: rows}, true
	}
	return domain.TextAnswer(text), true
}

// spell is [parse] the other way round.
func spell(f domain.Field, a domain.Answer) string {
	switch f.Kind {
	case domain.DateTime:
		if at, err := time.Parse(time.RFC3339, a.Text()); err == nil {
			return at.Format(clockLayout)
		}
	case domain.MultiText:
		return strings.Join(a.List(), "\n")
	case domain.Rows:
		var text []string
		for _, row := range a.Rows() {
			parts := make([]string, len(f.Columns))
			for i, column := range f.Columns {
				parts[i] = row[column]
			}
			text = append(text, strings.TrimRight(strings.Join(parts, "; "), "; "))
		}
		return strings.Join(text, "\n")
	case domain.Int:
		if n, ok := a.Int(); ok {
			return strconv.FormatInt(n, 10)
		}
	}
	return a.Text()
}

func lines(text string) []string {
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// dateInput takes a date, whole or in part where the field allows it.
func (p *place) dateInput(in *input) fyne.CanvasObject {
	t := p.s.Texts
	field := ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), p.s.Now())
		if err != nil {
			return "", "", err
		}
		if in.def.Kind == domain.Date && !d.Whole() {
			return "", "", errPart
		}
		return d.String(), d.String(), nil
	})
	field.OnDate = func(date string) {
		if date == "" {
			p.set(in.def.Name, domain.Answer{})
			return
		}
		p.set(in.def.Name, domain.TextAnswer(date))
	}
	field.OnDone = func() { p.next(in) }
	field.Entry().OnEscape = p.goBack
	in.focus, in.commit, in.enable = field.Entry(), field.Entry().Commit, able(field)
	in.put = func(a domain.Answer) {
		text := a.Text()
		if d, err := domain.ParsePartialDate(text); err == nil && d.Whole() {
			text = d.First().Format("2.1.2006")
		}
		field.Put(text)
	}
	return field
}

// options lists what a field can be, where that is a list short enough to show.
func (p *place) options(f domain.Field) []ui.Choice {
	t := p.s.Texts
	switch {
	case f.Of != "":
		return p.read.choices[f.Name]
	case f.Kind == domain.Bool:
		return []ui.Choice{{Code: "true", Label: t.T("ui.yes")}, {Code: "false", Label: t.T("ui.no")}}
	case f.Kind == domain.YesNo:
		return p.codes("yes_no")
	}
	return p.codes(f.List)
}

func (p *place) codes(list string) []ui.Choice {
	var choices []ui.Choice
	for _, entry := range ui.Lists().Entries(list) {
		choices = append(choices, ui.Choice{Code: entry.Code, Label: entry.In(p.s.Texts.Lang())})
	}
	return choices
}

// choiceInput takes one or several of a list: side by side when it is short, else searched.
func (p *place) choiceInput(in *input) fyne.CanvasObject {
	f, options := in.def, p.options(in.def)
	many := f.Kind == domain.MultiCode || f.Kind == domain.MultiReference
	if len(options) > 0 && len(options) <= fewCodes {
		chips := ui.NewChips(options, many)
		chips.OnChosen = func(codes []string) { p.set(f.Name, chosen(f, codes)) }
		chips.OnDone = func() { p.next(in) }
		chips.OnEscape = p.goBack
		in.focus, in.enable = chips, able(chips)
		in.put = func(a domain.Answer) { chips.Put(codesOf(f, a)...) }
		return chips
	}
	lookup, label := p.search(f)
	if !many {
		pick := ui.NewPickEntry(p.s.Texts, lookup)
		pick.OnPick = func(c ui.Choice) { p.set(f.Name, chosen(f, compact(c.Code))) }
		pick.OnDone = func() { p.next(in) }
		pick.OnEscape = p.goBack
		in.focus, in.enable = pick, able(pick)
		in.commit = func() {} // a half-typed word stands for nothing yet
		in.put = func(a domain.Answer) { pick.PutChoice(ui.Choice{Code: a.Text(), Label: label(a.Text())}) }
		return pick
	}
	picks := ui.NewPickMany(p.s.Texts, lookup)
	picks.OnChosen = func(choices []ui.Choice) {
		var codes []string
		for _, c := range choices {
			codes = append(codes, c.Code)
		}
		p.set(f.Name, chosen(f, codes))
	}
	picks.Entry().OnEscape = p.goBack
	in.focus, in.enable = picks.Entry(), able(picks.Entry())
	in.put = func(a domain.Answer) {
		var choices []ui.Choice
		for _, code := range a.List() {
			choices = append(choices, ui.Choice{Code: code, Label: label(code)})
		}
		picks.Put(choices...)
	}
	return picks
}

// search finds the choices of a long list by what is typed, and says a code.
func (p *place) search(f domain.Field) (ui.LookupChoices, func(string) string) {
	if f.Of == "" {
		return func(text string, limit int) []ui.Choice {
				var choices []ui.Choice
				for _, entry := range ui.Lists().Lookup(f.List, text, p.s.Texts.Lang(), limit) {
					choices = append(choices, ui.Choice{Code: entry.Code, Label: entry.Label})
				}
				return choices
			}, func(code string) string {
				if label := ui.Lists().Label(f.List, code, p.s.Texts.Lang()); label != "" {
					return label
				}
				return code
			}
	}
	return func(text string, limit int) []ui.Choice {
			var choices []ui.Choice
			for _, c := range p.read.choices[f.Name] {
				if len(choices) < limit && strings.Contains(codelist.Fold(c.Label), codelist.Fold(text)) {
					choices = append(choices, c)
				}
			}
			return choices
		}, func(code string) string {
			if i := slices.IndexFunc(p.read.choices[f.Name], func(c ui.Choice) bool { return c.Code == code }); i >= 0 {
				return p.read.choices[f.Name][i].Label
			}
			return code
		}
}

// chosen makes an answer of codes; no code is no answer.
func chosen(f domain.Field, codes []string) domain.Answer {
	switch {
	case len(codes) == 0:
		return domain.Answer{}
	case f.Kind == domain.Bool:
		return domain.Answer{Value: codes[0] == "true"}
	case f.Kind == domain.MultiCode || f.Kind == domain.MultiReference:
		return domain.Answer{Value: codes}
	}
	return domain.TextAnswer(codes[0])
}

func codesOf(f domain.Field, a domain.Answer) []string {
	if value, ok := a.Value.(bool); ok && f.Kind == domain.Bool {
		return []string{map[bool]string{true: "true", false: "false"}[value]}
	}
	return a.List()
}

// compact drops an empty code.
func compact(code string) []string {
	if code == "" {
		return nil
	}
	return []string{code}
}

// next puts the keyboard into the field below.
func (p *place) next(in *input) {
	if i := slices.Index(p.inputs, in); i >= 0 && i+1 < len(p.inputs) {
		p.s.Window.Canvas().Focus(p.inputs[i+1].focus)
	}
}

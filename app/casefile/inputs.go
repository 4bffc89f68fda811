package casefile

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
)

// typing is how long a text field waits for the next letter before it saves (security.md 4.6).
const typing = 300 * time.Millisecond

// bind puts a field with its input on the sheet.
func (s *sheet) bind(name string, input fyne.CanvasObject, focus fyne.Focusable, disabler fyne.Disableable) *bound {
	t := s.p.s.Texts
	def, _ := s.info.Field(name)
	b := &bound{name: name, def: def, focus: focus, field: ui.NewField(fieldLabel(t, s.info.Type, name), input)}
	b.disable = func(off bool) {
		if off {
			disabler.Disable()
		} else {
			disabler.Enable()
		}
	}
	s.fields = append(s.fields, b)
	s.form.Add(b.field)
	return b
}

// withMissing adds the menu that says why there is no answer.
func (s *sheet) withMissing(b *bound) {
	b.missing = ui.NewMissingMenu(s.p.s.Texts)
	b.missing.OnPick = func(code, reason string) {
		s.set(b.name, domain.MissingAnswer(domain.Missing(code), reason))
		if code != "" {
			b.put(domain.Answer{})
		}
	}
	b.field.SetExtra(b.missing)
}

// value makes an answer of a text; "" is no answer.
func value(text string) domain.Answer {
	if text = domain.NormaliseText(text); text == "" {
		return domain.Answer{}
	}
	return domain.TextAnswer(text)
}

// text is a field of one line, area one of several.
func (s *sheet) text(name string) *bound { return s.typed(name, ui.NewTextField("")) }

func (s *sheet) area(name string, lines int) *bound {
	return s.typed(name, ui.NewTextArea("", lines))
}

func (s *sheet) typed(name string, input *ui.TextField) *bound {
	b := s.bind(name, input, input, input)
	pause := ui.NewDebouncer(s.p.s.Loop, typing, input.Commit)
	input.OnEdit = func(string) { pause.Touch() }
	input.OnCommit = func(text string) { s.set(name, value(text)) }
	input.OnDone = func() { s.after(b) }
	input.OnEscape = s.p.side.dismiss
	b.put = func(a domain.Answer) { input.Put(a.Text()) }
	b.commit = input.Commit
	return b
}

// after puts the keyboard into the next field: Enter goes on.
func (s *sheet) after(b *bound) {
	for i, other := range s.fields {
		if other == b && i+1 < len(s.fields) {
			s.p.s.Window.Canvas().Focus(s.fields[i+1].focus)
			return
		}
	}
	if s.draft() && s.button != nil {
		s.p.s.Window.Canvas().Focus(s.button)
	}
}

// date is a field for a date as it is typed, whole or in part.
func (s *sheet) date(name string) *bound {
	t := s.p.s.Texts
	input := ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), s.p.s.Now())
		if err != nil {
			return "", "", err
		}
		return d.String(), sayDate(t, d), nil
	})
	b := s.bind(name, input, input.Entry(), input)
	input.OnDate = func(date string) { s.set(name, value(date)) }
	input.OnDone = func() { s.after(b) }
	input.Entry().OnEscape = s.p.side.dismiss
	b.put = func(a domain.Answer) {
		typed := a.Text()
		if d, err := domain.ParsePartialDate(typed); err == nil {
			if typed = sayDate(t, d); d.Whole() {
				typed = d.First().Format("2.1.2006")
			}
		}
		input.Put(typed)
	}
	b.commit = input.Entry().Commit
	return b
}

// chips offers the codes of a short list, or the options given.
func (s *sheet) chips(name string, options []ui.Choice) *bound {
	def, _ := s.info.Field(name)
	if options == nil {
		options = s.p.codes(def.List)
	}
	input := ui.NewChips(options, false)
	b := s.bind(name, input, input, input)
	input.OnChosen = func(codes []string) { s.set(name, value(strings.Join(codes, ""))) }
	input.OnDone = func() { s.after(b) }
	input.OnEscape = s.p.side.dismiss
	b.put = func(a domain.Answer) { input.Put(a.Text()) }
	return b
}

// pick takes one code of a long list, or one of what lookup finds.
func (s *sheet) pick(name string, lookup ui.LookupChoices, label func(code string) string) *bound {
	def, _ := s.info.Field(name)
	if lookup == nil {
		lookup, label = s.p.lookup(def.List), func(code string) string { return labelOf(s.p.s.Texts, def.List, code) }
	}
	input := ui.NewPickEntry(s.p.s.Texts, lookup)
	b := s.bind(name, input, input, input)
	input.OnPick = func(c ui.Choice) { s.set(name, value(c.Code)) }
	input.OnDone = func() { s.after(b) }
	input.OnEscape = s.p.side.dismiss
	b.put = func(a domain.Answer) { input.PutChoice(ui.Choice{Code: a.Text(), Label: label(a.Text())}) }
	b.commit = func() {} // a half-typed text stands for nothing yet, and is not overwritten while it is typed
	return b
}

// picks takes several codes of a long list.
func (s *sheet) picks(name string) *bound {
	def, _ := s.info.Field(name)
	input := ui.NewPickMany(s.p.s.Texts, s.p.lookup(def.List))
	b := s.bind(name, input, input.Entry(), input.Entry())
	input.OnChosen = func(chosen []ui.Choice) {
		if len(chosen) == 0 {
			s.set(name, domain.Answer{})
			return
		}
		codes := make([]string, len(chosen))
		for i, c := range chosen {
			codes[i] = c.Code
		}
		s.set(name, domain.Answer{Value: codes})
	}
	input.Entry().OnDone = func() { s.after(b) }
	input.Entry().OnEscape = s.p.side.dismiss
	b.put = func(a domain.Answer) {
		var chosen []ui.Choice
		for _, code := range a.List() {
			chosen = append(chosen, ui.Choice{Code: code, Label: labelOf(s.p.s.Texts, def.List, code)})
		}
		input.Put(chosen...)
	}
	return b
}

// codes lists the choices of a short list.
func (p *place) codes(list string) []ui.Choice {
	var choices []ui.Choice
	for _, entry := range ui.Lists().Entries(list) {
		choices = append(choices, ui.Choice{Code: entry.Code, Label: entry.In(p.s.Texts.Lang())})
	}
	return choices
}

// lookup searches a list.
func (p *place) lookup(list string) ui.LookupChoices {
	return func(text string, limit int) []ui.Choice {
		var choices []ui.Choice
		for _, entry := range ui.Lists().Lookup(list, text, p.s.Texts.Lang(), limit) {
			choices = append(choices, ui.Choice{Code: entry.Code, Label: entry.Label})
		}
		return choices
	}
}

// people searches the persons of the case by any part of a name in any of its scripts.
func (p *place) people(text string, limit int) []ui.Choice {
	wanted := codelist.Fold(text)
	var choices []ui.Choice
	for _, person := range p.view.file.Persons() {
		name, native := nameOf(p.s.Texts, person), person.Text("name_native_script")
		if strings.Contains(codelist.Fold(name), wanted) || strings.Contains(native, strings.TrimSpace(text)) {
			choices = append(choices, ui.Choice{Code: person.ID().String(), Label: name, Detail: joined(native, labelOf(p.s.Texts, "relation_to_pa", person.Text("relation_to_pa")))})
		}
		if len(choices) == limit {
			break
		}
	}
	return choices
}

// personLabel names a person of the case by identifier.
func (p *place) personLabel(id string) string {
	if id == "" || p.view == nil {
		return ""
	}
	return sayReference(p.s.Texts, p.view.file, id)
}

// homes lists the households of the case to choose from.
func (p *place) homes() []ui.Choice {
	var choices []ui.Choice
	for i, home := range homesOf(p.view.file) {
		choices = append(choices, ui.Choice{Code: home.ID().String(), Label: homeName(p.s.Texts, home, i)})
	}
	return choices
}

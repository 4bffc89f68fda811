package interview

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form"
)

// autosave is how long the keyboard must be quiet before what is typed is taken.
const autosave = 300 * time.Millisecond

// Lists up to chipsMost options whose labels are short stand as chips, sentences below each other, longer lists are searched.
const (
	chipsMost  = 12
	chipLength = 40 // letters of the longest label
	numberMost = 999_999_999
)

// input is the part of a question that takes the answer.
type input struct {
	object fyne.CanvasObject
	// focus takes the keyboard; nil for an answer that is only shown.
	focus fyne.Focusable
	// show puts an answer in, unless that is what stands there.
	show func(domain.Answer)
	// commit takes what is typed and not taken yet.
	commit func()
	// pending tells whether something is typed and not taken yet.
	pending func() bool
	// enable lets the user change the answer or not.
	enable func(bool)
	// draft gives what stands in the field when the answer alone would not bring it back; nil for inputs without words.
	draft func() (text string, differs bool)
	// restore puts such a text back.
	restore func(text string)
}

// inputContext is what an input needs to know about its question.
type inputContext struct {
	place    *Place
	question *form.Question
	path     form.Path
	// set takes an answer.
	set func(domain.Answer)
	// done goes on to the next question.
	done func()
	// touched is called when a field of words gains the keyboard.
	touched func()
	// edited is called after each keystroke in a field of words.
	edited func()
	// complain shows a sentence below the input; "" takes it away.
	complain func(string)
}

// newInput makes the input that fits the kind of a question.
func newInput(c inputContext) *input {
	switch c.question.Kind {
	case form.LongText:
		return wordsInput(c, 3, false)
	case form.MultiText:
		return wordsInput(c, 2, true)
	case form.Integer:
		return numberInput(c)
	case form.Date, form.PartialDate:
		return dateInput(c)
	case form.YesNo:
		return chipsInput(c, []ui.Choice{{Code: "yes", Label: c.place.t.T("ui.yes")}, {Code: "no", Label: c.place.t.T("ui.no")}}, false)
	case form.Acknowledge:
		return acknowledgeInput(c)
	case form.Code, form.MultiCode:
		return listInput(c, c.question.Kind == form.MultiCode)
	case form.Reference:
		return pickInput(c)
	case form.MultiReference, form.Rank: // in the order in which they are picked
		return pickManyInput(c)
	case form.Text:
		return wordsInput(c, 1, false)
	case form.Decimal, form.Time, form.DateTime:
		return readInput(c)
	}
	return shownInput(c)
}

func nothing() {}

func never() bool { return false }

// wordsInput takes words; with several, one answer on each line.
func wordsInput(c inputContext, lines int, several bool) *input {
	field := ui.NewTextField("")
	if lines > 1 {
		field = ui.NewTextArea("", lines)
	}
	read := func(text string) domain.Answer {
		text = strings.TrimSpace(text)
		if text == "" {
			return domain.Answer{}
		}
		if !several {
			return domain.Answer{Value: text}
		}
		var list []string
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				list = append(list, line)
			}
		}
		return domain.Answer{Value: list}
	}
	write := func(a domain.Answer) string {
		if several {
			return strings.Join(a.List(), "\n")
		}
		return a.Text()
	}
	save := ui.NewDebouncer(c.place.s.Loop, autosave, field.Commit)
	field.OnEdit = func(string) { save.Touch(); c.edited() }
	taken := ""
	field.OnCommit = func(text string) {
		save.Stop()
		taken = text
		c.set(read(text))
	}
	field.OnDone, field.OnFocus = c.done, func(gained bool) { focused(c, gained) }
	return &input{
		object: ui.Narrowed(wide, field), focus: field,
		show: func(a domain.Answer) {
			if write(a) != write(read(field.Text)) {
				field.Put(write(a))
				taken = field.Text
			}
		},
		commit:  func() { save.Stop(); field.Commit() },
		pending: func() bool { return field.Text != taken },
		enable:  enabling(field),
		draft:   func() (string, bool) { return field.Text, field.Text != write(read(field.Text)) },
		restore: func(text string) {
			field.Put(text)
			taken = text
		},
	}
}

func focused(c inputContext, gained bool) {
	if gained {
		c.touched()
	}
}

func enabling(w fyne.Disableable) func(bool) {
	return func(on bool) {
		switch {
		case on && w.Disabled():
			w.Enable()
		case !on && !w.Disabled():
			w.Disable()
		}
	}
}

func numberInput(c inputContext) *input {
	least := int64(0)
	if c.place.inForm() {
		least = -numberMost
	}
	field := ui.NewNumberField(c.place.t, least, numberMost) // narrower limits are the form's: it says what is wrong and stores all the same
	save := ui.NewDebouncer(c.place.s.Loop, autosave, field.Commit)
	taken := ""
	field.OnEdit = func(string) { save.Touch(); c.edited() }
	field.OnNumber = func(n int64, ok bool) {
		save.Stop()
		taken = field.Text
		if ok {
			c.set(domain.Answer{Value: n})
		} else {
			c.set(domain.Answer{})
		}
	}
	field.OnProblem = c.complain
	field.OnDone, field.OnFocus = c.done, func(gained bool) { focused(c, gained) }
	return &input{
		object: ui.Narrowed(160, field), focus: field,
		show: func(a domain.Answer) {
			n, ok := a.Int()
			if is, has := field.Number(); has != ok || is != n {
				field.PutNumber(n, ok)
				taken = field.Text
			}
		},
		commit:  func() { save.Stop(); field.Commit() },
		pending: func() bool { return field.Text != taken },
		enable:  enabling(field),
		draft: func() (string, bool) {
			n, ok := field.Number()
			return field.Text, ok && field.Text != strconv.FormatInt(n, 10) || !ok && field.Text != ""
		},
		restore: func(text string) { field.Put(text) }, // not taken yet when it is no number
	}
}

func dateInput(c inputContext) *input {
	t := c.place.t
	field := ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), c.place.s.Now())
		if err != nil {
			return "", "", err
		}
		if c.question.Kind == form.Date && !d.Whole() {
			return "", "", domain.ErrDate
		}
		return d.String(), sayDate(t, d.String()), nil
	})
	entry := field.Entry()
	taken := ""
	take := func() {
		if strings.TrimSpace(entry.Text) == strings.TrimSpace(taken) {
			return
		}
		value := field.Value()
		switch {
		case entry.Text == "":
			c.set(domain.Answer{})
		case value != "":
			c.set(domain.Answer{Value: value})
		case !unfinished(c, entry.Text):
			return // an answer stands, and what is typed stays beside it
		}
		taken = entry.Text
	}
	save := ui.NewDebouncer(c.place.s.Loop, autosave, func() {
		if entry.Text == "" || field.Value() != "" {
			take()
		}
	})
	read := entry.OnEdit
	entry.OnEdit = func(text string) { read(text); save.Touch(); c.edited() }
	entry.OnCommit = func(string) { save.Stop(); take() }
	entry.OnDone, entry.OnFocus = c.done, func(gained bool) { focused(c, gained) }
	return &input{
		object: ui.Narrowed(320, field), focus: entry,
		show: func(a domain.Answer) {
			stored, typed := a.Text(), typedDate(a.Text())
			if !a.HasValue() && a.Missing == "" {
				typed = a.Reason // typed and not understood
			}
			if stored != field.Value() || stored == "" && entry.Text != typed {
				field.Put(typed)
				taken = typed
			}
		},
		commit:  func() { save.Stop(); take() },
		pending: func() bool { return entry.Text != taken },
		enable:  enabling(field),
		draft: func() (string, bool) {
			return entry.Text, entry.Text != "" && (field.Value() == "" || entry.Text != typedDate(field.Value()))
		},
		restore: func(text string) { field.Put(text) }, // not taken yet when it is no date
	}
}

// unfinished keeps words that are no answer yet beside an answer that is empty, for others to see. An answer that stands is
// not given up for them: false. They stay a draft then.
func unfinished(c inputContext, typed string) bool {
	if c.place.instance().Answer(c.path).HasValue() {
		return false
	}
	c.set(domain.Answer{Reason: strings.TrimSpace(typed)})
	return true
}

func chipsInput(c inputContext, options []ui.Choice, multi bool) *input {
	chips := ui.NewChips(options, multi)
	chips.OnChosen = func(codes []string) { c.set(codesAnswer(codes, multi)) }
	chips.OnDone = c.done
	return &input{
		object: chips, focus: chips, commit: nothing, pending: never, enable: enabling(chips),
		show: func(a domain.Answer) { chips.Put(a.List()...) },
	}
}

func codesAnswer(codes []string, multi bool) domain.Answer {
	switch {
	case len(codes) == 0:
		return domain.Answer{}
	case multi:
		return domain.Answer{Value: codes}
	default:
		return domain.Answer{Value: codes[0]}
	}
}

func acknowledgeInput(c inputContext) *input {
	// The label of the row is the sentence; the tick says that it is so.
	list := newTickList([]ui.Choice{{Code: "yes", Label: c.place.instance().Label(c.path, c.place.lang())}}, true)
	list.onChosen = func(codes []string) {
		if len(codes) == 0 {
			c.set(domain.Answer{})
			return
		}
		c.set(domain.Answer{Value: true})
	}
	list.onDone = c.done
	return &input{
		object: list, focus: list, commit: nothing, pending: never, enable: enabling(list),
		show: func(a domain.Answer) {
			if ticked, _ := a.Value.(bool); ticked {
				list.put("yes")
			} else {
				list.put()
			}
		},
	}
}

func listInput(c inputContext, multi bool) *input {
	q := c.question
	entries := c.place.instance().Choices(c.path, c.place.lang())
	options := make([]ui.Choice, len(entries))
	longest := 0
	for i, entry := range entries {
		options[i] = ui.Choice{Code: entry.Code, Label: entry.Label}
		longest = max(longest, utf8.RuneCountInString(entry.Label))
	}
	switch {
	case q.HasAppearance("autocomplete") || len(options) > chipsMost:
		if multi {
			return pickManyInput(c)
		}
		return pickInput(c)
	case longest > chipLength:
		return ticksInput(c, options, multi)
	default:
		return chipsInput(c, options, multi)
	}
}

func ticksInput(c inputContext, options []ui.Choice, multi bool) *input {
	list := newTickList(options, multi)
	list.onChosen = func(codes []string) { c.set(codesAnswer(codes, multi)) }
	list.onDone = c.done
	return &input{
		object: list, focus: list, commit: nothing, pending: never, enable: enabling(list),
		show: func(a domain.Answer) { list.put(a.List()...) },
	}
}

// lookup searches the choices of a question.
func lookup(c inputContext) ui.LookupChoices {
	lang := c.place.lang()
	_, own := c.place.instance().Definition().Lists[c.question.List] // whatever it is called
	filtered := c.question.Filter != nil || own || !ui.Lists().Exists(c.question.List)
	return func(text string, limit int) []ui.Choice {
		var found []ui.Choice
		if filtered {
			folded := codelist.Fold(text)
			for _, entry := range c.place.instance().Choices(c.path, lang) {
				if len(found) < limit && strings.Contains(codelist.Fold(entry.Label), folded) {
					found = append(found, ui.Choice{Code: entry.Code, Label: entry.Label})
				}
			}
			return found
		}
		for _, entry := range ui.Lists().Lookup(c.question.List, text, lang, limit) {
			found = append(found, ui.Choice{Code: entry.Code, Label: entry.In(lang)})
		}
		return found
	}
}

func choiceOf(c inputContext, code string) ui.Choice {
	if code == "" {
		return ui.Choice{}
	}
	return ui.Choice{Code: code, Label: sayAnswer(c.place.t, c.place.lang(), c.place.instance(), c.path, c.question, domain.Answer{Value: code})}
}

func pickInput(c inputContext) *input {
	pick := ui.NewPickEntry(c.place.t, lookup(c))
	pick.OnPick = func(choice ui.Choice) { c.set(codesAnswer(nonEmpty(choice.Code), false)) }
	pick.OnDone, pick.OnFocus = c.done, func(gained bool) { focused(c, gained) }
	half := func() bool { return pick.Text != pick.Picked().Label }
	pick.OnEdit = func(string) { c.edited() }
	return &input{
		object: ui.Narrowed(middle, pick), focus: pick, enable: enabling(pick),
		show: func(a domain.Answer) {
			choice := choiceOf(c, a.Text())
			if a.HasValue() && choice.Code == pick.Picked().Code {
				return
			}
			pick.PutChoice(choice)
			if choice.Code == "" && a.Missing == "" && a.Reason != "" {
				pick.Put(a.Reason) // typed and not found
			}
		},
		commit: func() {
			if half() && pick.Text != "" {
				unfinished(c, pick.Text)
			}
		},
		pending: half,
		draft:   func() (string, bool) { return pick.Text, half() },
		restore: func(text string) { pick.Put(text) },
	}
}

func nonEmpty(code string) []string {
	if code == "" {
		return nil
	}
	return []string{code}
}

func pickManyInput(c inputContext) *input {
	picks := ui.NewPickMany(c.place.t, lookup(c))
	picks.OnChosen = func(choices []ui.Choice) {
		var codes []string
		for _, choice := range choices {
			codes = append(codes, choice.Code)
		}
		c.set(codesAnswer(codes, true))
	}
	picks.Entry().OnEdit = func(string) { c.edited() }
	picks.Entry().OnDone, picks.Entry().OnFocus = c.done, func(gained bool) { focused(c, gained) }
	return &input{
		object: ui.Narrowed(middle, picks), focus: picks.Entry(), enable: enabling(picks),
		show: func(a domain.Answer) {
			var choices []ui.Choice
			for _, code := range a.List() {
				choices = append(choices, choiceOf(c, code))
			}
			picks.Put(choices...)
			if len(choices) == 0 && a.Missing == "" && a.Reason != "" {
				picks.Entry().Put(a.Reason)
			}
		},
		commit: func() {
			if text := picks.Entry().Text; text != "" {
				unfinished(c, text)
			}
		},
		pending: func() bool { return picks.Entry().Text != "" },
		draft:   func() (string, bool) { return picks.Entry().Text, picks.Entry().Text != "" },
		restore: func(text string) { picks.Entry().Put(text) },
	}
}

// shownInput only shows the answer: of a calculation, or of a kind that is answered elsewhere.
func shownInput(c inputContext) *input {
	words := ui.Paragraph("")
	return &input{
		object: words, commit: nothing, pending: never, enable: func(bool) {},
		show: func(a domain.Answer) {
			text := sayAnswer(c.place.t, c.place.lang(), c.place.instance(), c.path, c.question, a)
			if text == "" {
				text = "–"
			}
			words.SetText(text)
		},
	}
}

// Widths of inputs in points at 100 %.
const (
	wide   = 800
	middle = 460
)

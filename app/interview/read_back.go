package interview

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/second"
	"feltbok/internal/workspace"
)

// What is read back, and what the family sees when the screen is turned, is made here and nowhere else, from the ordinary interview and
// never from the closed part (security.md 2.2; domain.md 16, pitfalls 6 and 24).

// fact is a question of the minimum record with its answer.
type fact struct {
	question, answer string
	// other and otherAnswer are the same in the second language; other is empty when there is none. untranslated tells that the answer
	// could not be said in it.
	other, otherAnswer string
	untranslated       bool
}

// factsOf are the facts of one section.
type factsOf struct {
	title string
	facts []fact
}

// forNobody are choices that are not said aloud where a family listens, and not shown to it: they tell of a danger.
var forNobody = map[string][]string{"dwelling_needs": {"separate_from_others", "shielded_address_assessment"}}

// ofHousehold are the questions about an adult that are read back to the household together; the rest is between the adult and the
// interviewer, and is read back in the adult's own interview.
var ofHousehold = []string{"given_names", "family_name", "birth", "relation_to_pa"}

// ordinary is the interview, also while the closed part is on screen.
func (p *Place) ordinary() *workspace.InterviewSession {
	if p.outside != nil {
		return p.outside.session
	}
	return p.session
}

// alone lists those who are interviewed by themselves, in a household interview.
func (p *Place) alone() map[uuid.UUID]bool {
	alone := map[uuid.UUID]bool{}
	if p.ordinary().Record().Reference("about") != uuid.Nil {
		return alone
	}
	members, err := p.s.WS.Members(backgroundContext, p.ordinary().Case())
	if err != nil {
		p.s.Fault(err)
	}
	for _, m := range members {
		if m.Kind == "individual_adult" || m.Kind == "individual_youth" {
			alone[m.Person] = true
		}
	}
	return alone
}

// readBackFacts lists what is read back: what the minimum record holds of the ordinary interview.
func (p *Place) readBackFacts(other *second.Texts) []factsOf {
	session, alone := p.ordinary(), p.alone()
	var all []factsOf
	if session.Special() {
		return nil
	}
	for i, at := range session.Sections() {
		instance := session.Instance(i)
		part := factsOf{title: sectionTitle(at, p.lang())}
		add := func(path form.Path, item *form.Item) {
			a := instance.Answer(path)
			if !item.Minimum && !p.inForm() || !item.Kind.Asked() || !instance.Visible(path) || !a.HasValue() && a.Missing == "" {
				return
			}
			if alone[at.Subject] && !slices.Contains(ofHousehold, item.Name) {
				return
			}
			if hidden := forNobody[item.List]; hidden != nil && a.HasValue() {
				codes := slices.DeleteFunc(slices.Clone(a.List()), func(code string) bool { return slices.Contains(hidden, code) })
				if len(codes) == 0 {
					return
				}
				a = codesAnswer(codes, item.Kind == form.MultiCode)
			}
			f := fact{question: summaryLabel(instance.Label(path, p.lang())), answer: sayAnswer(p.t, p.lang(), instance, path, item.Question, a)}
			if other != nil {
				f.other = other.Question(at.Set.ID, path.Repeat, item.Name)
				f.otherAnswer, f.untranslated = sayOther(other, instance, path, item.Question, a)
			}
			part.facts = append(part.facts, f)
		}
		for _, item := range at.Set.Flat() {
			switch {
			case item.Kind == form.Repeat:
				for _, row := range instance.Rows(item.Name) {
					for _, inner := range at.Set.Flat() {
						if inner.Repeat == item.Name {
							add(form.Path{Row: row, Repeat: item.Name, Name: inner.Name}, inner)
						}
					}
				}
			case item.Repeat == "":
				add(form.Path{Name: item.Name}, item)
			}
		}
		if len(part.facts) > 0 {
			all = append(all, part)
		}
	}
	return all
}

// sayOther says an answer in the second language. What it has no words for stands in English, which more interpreters and families
// read than Norwegian, and is told as untranslated.
func sayOther(other *second.Texts, instance *form.Instance, path form.Path, q *form.Question, a domain.Answer) (words string, untranslated bool) {
	english := i18n.For("en")
	if a.Missing != "" {
		word := other.Words[string(a.Missing)]
		if word == "" {
			return sayAnswer(english, "en", instance, path, q, a), true
		}
		return word, false
	}
	list := q.List
	if q.Kind == form.YesNo || list == "want_to_live_near" {
		list = "yes_no"
	}
	switch {
	case q.Kind == form.Date, q.Kind == form.PartialDate:
		return typedDate(a.Text()), false // digits, for the months have no names here
	case list == "":
		return sayAnswer(english, "en", instance, path, q, a), false // a name, a number or the person's own words
	}
	var said []string
	for _, code := range a.List() {
		word := other.Choice(list, code)
		if word == "" {
			word, untranslated = sayAnswer(english, "en", instance, path, q, codesAnswer([]string{code}, q.Kind == form.MultiCode)), true
		}
		said = append(said, word)
	}
	return strings.Join(said, ", "), untranslated
}

// secondLanguage is the language shown beside Norwegian: the one chosen, else the one interpreted from, else the person's own.
func (p *Place) secondLanguage() *second.Texts {
	if p.language != nil {
		return p.language.texts
	}
	session := p.ordinary()
	var spoken []string
	for i, at := range session.Sections() {
		instance := session.Instance(i)
		for _, row := range instance.Rows("interpreter_use") {
			spoken = append(spoken, instance.Answer(form.Path{Row: row, Repeat: "interpreter_use", Name: "language_from"}).Text())
		}
		if at.Set.Object == "person" {
			for _, name := range []string{"interpreter_language_1", "mother_tongue"} {
				spoken = append(spoken, instance.Answer(form.Path{Name: name}).Text())
			}
		}
	}
	for _, language := range spoken {
		if texts, ok := second.For(language); ok {
			return texts
		}
	}
	return nil
}

// chosenLanguage is a choice of the second language; texts is nil for none.
type chosenLanguage struct{ texts *second.Texts }

// languageChips choose the second language.
func (p *Place) languageChips() *ui.Chips {
	options := []ui.Choice{{Code: "-", Label: p.t.T("interview.second.none")}}
	for _, texts := range second.All() {
		options = append(options, ui.Choice{Code: texts.Code, Label: texts.Name})
	}
	chips := ui.NewChips(options, false)
	chips.Put("-")
	if texts := p.secondLanguage(); texts != nil {
		chips.Put(texts.Code)
	}
	chips.OnEscape = p.backToQuestions
	chips.OnChosen = func(codes []string) {
		p.language = &chosenLanguage{}
		if len(codes) == 1 {
			p.language.texts, _ = second.ByCode(codes[0])
		}
		p.showView(viewReadBack)
	}
	return chips
}

// notApproved says that a translator has not approved a language; nil once one has.
func (p *Place) notApproved(other *second.Texts) fyne.CanvasObject {
	if other == nil || other.Approved != "" {
		return nil
	}
	return sentence(ui.Warning, p.t.T("interview.second.not_approved", "Language", other.Name))
}

// pair puts a text in Norwegian and in the second language beside each other, each at the side where its script begins.
func pair(norwegian, other fyne.CanvasObject) fyne.CanvasObject {
	if other == nil {
		return norwegian
	}
	return ui.Columns(2, 300, norwegian, other)
}

// large are words to be read across a table.
func large(words string) *ui.Text {
	text := ui.Reading(words)
	text.Align = ui.AlignLeft
	return text
}

// asked is a question above its answer: quieter, and still to be read across a table.
func asked(words string) *ui.Text {
	text := ui.Paragraph(words)
	text.Color, text.Align = theme.ColorMuted, ui.AlignLeft
	return text
}

// rightToLeftMark makes a line that begins with a Latin word run from the right.
const rightToLeftMark = "\u200f"

// directed puts words of a second language at the side where it begins.
func directed(other *second.Texts, text *ui.Text) *ui.Text {
	if other.RightToLeft {
		text.Align, text.Words = ui.AlignRight, rightToLeftMark+text.Words
	}
	return text
}

// factLine is one fact in large letters.
func (p *Place) factLine(f fact, other *second.Texts) fyne.CanvasObject {
	var beside fyne.CanvasObject
	if f.other != "" {
		answer := large(f.otherAnswer)
		if other.RightToLeft {
			answer.Align = ui.AlignRight // what is in Latin letters runs its own way, at the side of the question
		}
		words := ui.Stack("", directed(other, asked(f.other)), answer)
		if f.untranslated {
			note := ui.Muted(p.t.T("interview.second.untranslated"))
			note.Align = answer.Align
			words.Add(note)
		}
		beside = words
	}
	return pair(ui.Stack("", asked(f.question), large(f.answer)), beside)
}

// readBackParts are the facts as they stand on the page and on the turned screen.
func (p *Place) readBackParts(other *second.Texts) []fyne.CanvasObject {
	var parts []fyne.CanvasObject
	for _, part := range p.readBackFacts(other) {
		lines := []fyne.CanvasObject{ui.Subheading(part.title)}
		for _, f := range part.facts {
			lines = append(lines, p.factLine(f, other))
		}
		parts = append(parts, ui.Card(lines...))
	}
	return parts
}

// readBackView shows the minimum record in large letters: the key facts that are read back to the person (domain.md 5, block K).
func (p *Place) readBackView() (fyne.CanvasObject, fyne.Focusable) {
	t := p.t
	other := p.secondLanguage()
	chips := p.languageChips()
	parts := ui.Stack(theme.SizeGapWide, chips)
	if warning := p.notApproved(other); warning != nil {
		parts.Add(warning)
	}
	facts := p.readBackParts(other)
	if len(facts) == 0 {
		parts.Add(ui.EmptyState("info", t.T("interview.read_back.none"), t.T("interview.read_back.none_text"), nil))
	}
	parts.Objects = append(parts.Objects, facts...)
	turn := ui.NewButton(t.T("interview.turn"), p.turn)
	turn.Icon, turn.OnEscape = "forward", p.backToQuestions
	onward := ui.NewButton(t.T("interview.read_back.done"), func() { p.showView(viewFinish) })
	onward.OnEscape = p.backToQuestions
	title, text, buttons := t.T("interview.read_back.title"), t.T("interview.read_back.text"), ui.Row(theme.SizeGap, turn, ui.Spacer(), onward)
	if p.s.Window.Canvas().Size().Height < 15*theme.Size(theme.SizeTouch) { // on a low screen all of it scrolls
		return container.NewVScroll(p.framed(title, text, buttons, ui.Narrowed(1000, parts))), onward
	}
	return p.framed(title, text, ui.Stretch(container.NewVScroll(ui.Narrowed(1000, parts))), buttons), onward
}

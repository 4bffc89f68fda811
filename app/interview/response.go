package interview

import (
	"strings"

	"fyne.io/fyne/v2"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/form"
)

// A form that others made is filled in on the same pages as an interview. Its texts are in its own languages, and what stands in one of
// them may follow from an answer; a notice says which edition it is.

// inForm tells that a response to a form is on screen, not an interview.
func (p *Place) inForm() bool {
	if p.session == nil {
		return false
	}
	_, response := p.session.Response()
	return response
}

// lang is the language of the questions: of a form that others made the one chosen, or the nearest to the program's that it has.
func (p *Place) lang() string {
	if p.spoken == "" && p.session != nil {
		if of, response := p.session.Response(); response && of.Set != nil {
			p.spoken = form.Language(of.Set, p.t.Lang())
		}
	}
	if p.spoken == "" {
		return p.t.Lang()
	}
	return p.spoken
}

// say is a text of the program, in its variant for forms where a form is on screen.
func (p *Place) say(key string) string {
	if own := strings.Replace(key, "interview.", "interview.form.", 1); p.inForm() && p.t.Has(own) {
		return p.t.T(own)
	}
	return p.t.T(key)
}

// sayProblem says what is wrong with an answer: in the form's words in its language, in the program's in the program's.
func (p *Place) sayProblem(problem form.Problem) string {
	if words := problem.Message[p.lang()]; words != "" {
		return words
	}
	return problem.Message.In(p.t.Lang())
}

// formTitle is the title of the form on screen; "" in an interview.
func (p *Place) formTitle() string {
	of, response := p.session.Response()
	switch {
	case !response:
		return ""
	case of.Set == nil:
		return of.ID
	}
	return of.Set.Title.In(p.lang())
}

// toCase leads from a form to its case; nil in an interview.
func (p *Place) toCase() fyne.CanvasObject {
	if !p.inForm() {
		return nil
	}
	id := p.session.Case()
	return ui.NewQuiet("back", p.t.T("interview.form.to_case"), func() { p.s.Go("casefile", id) })
}

// formNotice says on each page of a form which edition it is, that its answers are not for the family's eyes when they are special, and lets
// the language of the questions be chosen; nil in an interview.
func (p *Place) formNotice() fyne.CanvasObject {
	of, response := p.session.Response()
	if !response || of.Set == nil {
		return nil
	}
	t := p.t
	words, icon, fill := t.T("interview.form.edition", "Version", of.Version), "info", theme.ColorNeutralTint
	if of.Newest != "" {
		words = t.T("interview.form.older", "Version", of.Version, "Newest", of.Newest)
	}
	if p.session.Special() {
		icon, fill = "lock", theme.ColorAccentTint
		words = t.T("interview.form.special", "Name", p.session.Name()) + " " + words
	}
	parts := ui.Stack(theme.SizeGap, ui.Row(theme.SizeGapWide, ui.NewIcon(icon, theme.ColorAccent), ui.Stretch(ui.Middle(ui.Paragraph(words))), p.toCase()))
	if chips := p.spokenChips(of.Set); chips != nil {
		parts.Add(ui.NewField(t.T("interview.form.language"), chips))
	}
	panel := &ui.Panel{Fill: fill, Gap: theme.SizeGap, Content: parts}
	panel.ExtendBaseWidget(panel)
	return panel
}

// spokenChips choose among the languages of a form; nil when it has one.
func (p *Place) spokenChips(set *form.Set) *ui.Chips {
	spoken := set.Spoken()
	if len(spoken) < 2 {
		return nil
	}
	var choices []ui.Choice
	for _, code := range spoken {
		choices = append(choices, ui.Choice{Code: code, Label: p.languageName(code)})
	}
	chips := ui.NewChips(choices, false)
	chips.Put(p.lang())
	chips.OnChosen = func(codes []string) {
		if len(codes) == 0 {
			chips.Put(p.lang())
			return
		}
		p.spoken = codes[0]
		p.rail.fill(p)
		p.header.tell(p)
		p.show(p.section, p.sheet)
	}
	return chips
}

// languageName is what a language calls itself.
func (p *Place) languageName(code string) string {
	if name, invented := strings.CutPrefix(code, "x-"); invented {
		return strings.ReplaceAll(name, "-", " ")
	}
	tag, err := language.Parse(code)
	if name := display.Self.Name(tag); err == nil && name != "" {
		return cases.Title(tag, cases.NoLower).String(name)
	}
	return p.t.T("interview.form.language.unnamed")
}

// guidance says why a question of a form is asked, or how; nil where nothing is said.
func (p *Place) guidance(path form.Path) fyne.CanvasObject {
	words := p.instance().Guidance(path, p.lang())
	if words == "" || !p.inForm() {
		return nil
	}
	icon := ui.NewIcon("info", theme.ColorMuted)
	icon.Times = 0.8
	return ui.Row(theme.SizeGapTight, icon, ui.Stretch(ui.Middle(ui.Muted(words))))
}

// relabel renews what follows from answers without being one: texts with an answer in them, calculations, and choices that a choice_filter
// lets through.
func (g *page) relabel() {
	if !g.p.inForm() {
		return
	}
	instance, lang := g.p.instance(), g.p.lang()
	for path, words := range g.noted {
		if now := instance.Label(path, lang); now != words.Words {
			words.SetText(now)
		}
	}
	for path, r := range g.rows {
		if now := instance.Label(path, lang); now != r.label.Words {
			r.label.SetText(now)
		}
		if now := instance.Hint(path, lang); r.hint != nil && now != r.hint.Words {
			r.hint.SetText(now)
		}
		if r.q.Kind == form.Calculate {
			r.in.show(instance.Answer(path))
		}
		if now := r.choices(); now != r.offered {
			r.offered = now
			r.renew()
		}
	}
}

// choices names what a question with a choice_filter offers, to see when that changes; "" for any other.
func (r *row) choices() string {
	if r.q.Filter == nil || !r.p.inForm() {
		return ""
	}
	var codes []string
	for _, entry := range r.p.instance().Choices(r.path, r.p.lang()) {
		codes = append(codes, entry.Code)
	}
	return strings.Join(codes, " ")
}

// renew makes the input anew, with the choices of now.
func (r *row) renew() {
	before := r.in.object
	r.in.commit()
	r.in = newInput(r.context())
	for i, o := range r.object.Objects {
		if o == before {
			r.object.Objects[i] = r.in.object
		}
	}
	r.sync()
}

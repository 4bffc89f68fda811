package dayplan

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
)

// kept is a dialog over a few records: what there is, each with a button that removes it, and what was removed, with one that brings it
// back.
type kept struct {
	p       *place
	target  workspace.Target // of a new one
	say     func(*workspace.Record) string
	open    func(*workspace.Record) // nil: a record cannot be opened
	list    *fyne.Container
	removed []*workspace.Record
}

// look reads the records and draws them anew.
func (k *kept) look() {
	p := k.p
	ui.Run(p.s.Loop, func(ctx context.Context) ([]*workspace.Record, error) {
		return p.s.WS.Objects(ctx, k.target.Type, k.target.Case)
	}, func(records []*workspace.Record, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		k.draw(records)
	})
}

func (k *kept) draw(records []*workspace.Record) {
	t, may := k.p.s.Texts, k.p.s.WS.Me().Role.MayCreate(k.target.Type)
	slices.SortStableFunc(records, func(a, b *workspace.Record) int { return strings.Compare(k.say(a), k.say(b)) })
	k.list.RemoveAll()
	for _, r := range records {
		row := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.NewText(k.say(r)))))
		if k.open != nil && may {
			row.Add(k.button("dayplan.people.change", r, func() { k.open(r) }))
		}
		if may {
			row.Add(k.button("dayplan.people.remove", r, func() { k.set(r, true) }))
		}
		k.list.Add(row)
	}
	if len(records) == 0 {
		k.list.Add(ui.Muted(t.T("dayplan.people.none")))
	}
	for _, r := range k.removed {
		k.list.Add(ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.Muted(t.T("dayplan.people.removed", "What", k.say(r))))), k.button("dayplan.people.restore", r, func() { k.set(r, false) })))
	}
	k.list.Refresh()
	if k.p.dialog != nil {
		k.p.dialog.Refresh()
	}
}

// button is one of a row; read aloud, it names the row too.
func (k *kept) button(key string, r *workspace.Record, do func()) *ui.Button {
	b := ui.NewQuiet("", k.p.s.Texts.T(key), do)
	b.Label = k.p.s.Texts.T(key) + ": " + k.say(r)
	b.OnEscape = func() { k.p.dialog.Close() }
	return b
}

// set removes a record or brings it back.
func (k *kept) set(r *workspace.Record, remove bool) {
	target := k.target
	target.ID = r.ID()
	k.write(func(ctx context.Context) error {
		if remove {
			return k.p.s.WS.Remove(ctx, target)
		}
		return k.p.s.WS.Restore(ctx, target)
	}, func() {
		k.removed = slices.DeleteFunc(k.removed, func(one *workspace.Record) bool { return one.ID() == r.ID() })
		if remove {
			k.removed = append(k.removed, r)
		}
	})
}

// write changes something, and then shows the records and the plan as they are.
func (k *kept) write(do func(context.Context) error, then func()) {
	p := k.p
	p.s.Saved(ui.SavedState{Stage: ui.Saving})
	ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, do(context.WithoutCancel(ctx))
	}, func(_ struct{}, err error) {
		if err != nil {
			p.s.Saved(ui.SavedState{Stage: ui.NotSaved})
			p.s.Fault(err)
			return
		}
		p.s.Saved(ui.SavedState{Stage: ui.SavedAt, At: p.s.Now()})
		then()
		k.look()
		p.load()
	})
}

// askInterpreters lists the interpreters of the mission by code: what they speak is what the plan goes by (domain.md 7.7).
func (p *place) askInterpreters() {
	if !p.loaded {
		return
	}
	t := p.s.Texts
	k := &kept{p: p, target: workspace.Target{Type: "interpreter_card", Mission: p.mission}, list: ui.Stack(theme.SizeGapTight)}
	k.say = func(r *workspace.Record) string {
		words := []string{r.Text("code")}
		for _, language := range r.Answer("languages").List() {
			words = append(words, ui.Lists().Label("language", language, t.Lang()))
		}
		return strings.Join(words, " · ")
	}
	k.open = func(r *workspace.Record) {
		p.dialog.Close()
		p.s.Go("record", domain.Type("interpreter_card"), uuid.Nil, r.ID(), uuid.Nil, p.mission)
	}
	cancel := ui.NewButton(t.T("ui.close"), func() { p.dialog.Close() })
	cancel.OnEscape = cancel.OnTapped
	buttons := ui.Row(theme.SizeGap, ui.Spacer(), cancel)
	first := cancel
	if p.s.WS.Me().Role.MayCreate("interpreter_card") {
		first = ui.NewPrimary(t.T("dayplan.interpreters.new"), func() {
			p.dialog.Close()
			p.s.Go("record", domain.Type("interpreter_card"), uuid.Nil, uuid.Nil, uuid.Nil, p.mission)
		})
		first.OnEscape = cancel.OnTapped
		buttons.Add(first)
	}
	p.show(t.T("dayplan.interpreters.title"), 680, ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("dayplan.interpreters.text")), k.list, buttons), first)
	k.look()
}

// mayTie reports whether the user may say who must not work on a case.
func (p *place) mayTie() bool { return p.s.WS.Me().Role.MayCreate("disqualification") }

// askTies says who must not work on the marked slot's case, by kind of tie and without a story (Public Administration Act § 6).
func (p *place) askTies() {
	s, ok := p.slot()
	if !ok || s.Case == uuid.Nil {
		return
	}
	t := p.s.Texts
	k := &kept{p: p, target: workspace.Target{Type: "disqualification", Case: s.Case, Subject: s.Case}, list: ui.Stack(theme.SizeGapTight)}
	k.say = func(r *workspace.Record) string {
		who := r.Text("interpreter")
		if card := r.Reference("staff_card"); card != uuid.Nil {
			who = p.alias(card)
		}
		return who + " · " + ui.Lists().Label("disqualification_tie", r.Text("tie"), t.Lang())
	}
	officials, interpreter := ui.NewChips(p.officials(), false), ui.NewPickEntry(t, func(text string, limit int) []ui.Choice { return matching(p.interpreters(), text, limit) })
	interpreter.Free = true
	tie := ui.NewChips(choicesOf("disqualification_tie", t.Lang()), false)
	code := ""
	add := ui.NewPrimary(t.T("dayplan.ties.add"), nil)
	add.Disable()
	ready := func([]string) {
		if len(officials.Chosen()) > 0 != (code != "") && len(tie.Chosen()) == 1 {
			add.Enable()
		} else {
			add.Disable()
		}
	}
	clear := func() {
		code = ""
		interpreter.PutChoice(ui.Choice{})
	}
	officials.OnChosen = func(chosen []string) { clear(); ready(chosen) }
	tie.OnChosen = ready
	interpreter.OnPick = func(c ui.Choice) {
		code = strings.TrimSpace(c.Label)
		officials.Put()
		ready(nil)
	}
	add.OnTapped = func() {
		answers := map[string]domain.Answer{"tie": {Value: tie.Chosen()[0]}}
		if code != "" {
			answers["interpreter"] = domain.Answer{Value: code}
		} else {
			answers["staff_card"] = domain.Answer{Value: officials.Chosen()[0]}
		}
		k.write(func(ctx context.Context) error {
			_, err := p.s.WS.Set(ctx, k.target, answers)
			return err
		}, func() {
			clear()
			officials.Put()
			tie.Put()
			ready(nil)
			p.s.Notify(ui.Success, t.T("dayplan.ties.added"))
		})
	}
	cancel := ui.NewButton(t.T("ui.close"), func() { p.dialog.Close() })
	for _, escape := range []*func(){&officials.OnEscape, &interpreter.OnEscape, &tie.OnEscape, &add.OnEscape, &cancel.OnEscape} {
		*escape = cancel.OnTapped
	}
	p.show(t.T("dayplan.ties.title", "Number", p.number(s)), 680, ui.Stack(theme.SizeGapWide,
		ui.Paragraph(t.T("dayplan.ties.text")), k.list,
		ui.NewField(t.T("dayplan.form.interviewer"), officials), ui.NewField(t.T("dayplan.ties.or_interpreter"), interpreter), ui.NewField(t.T("dayplan.ties.tie"), tie),
		ui.Row(theme.SizeGap, ui.Spacer(), cancel, add)), officials)
	k.look()
}

// officials are the mission's own who may have a tie to a family, by card.
func (p *place) officials() []ui.Choice {
	var all []ui.Choice
	for _, one := range p.m.plan.Interviewers {
		if r := domain.Role(one.Role); r == domain.INT || r == domain.REM || r == domain.MLD {
			all = append(all, ui.Choice{Code: one.Card.String(), Label: one.Alias})
		}
	}
	return all
}

// interpreters are those of the mission by code: the known ones with what they speak, and those of the slots.
func (p *place) interpreters() []ui.Choice {
	var all []ui.Choice
	for _, one := range p.m.plan.Interpreters {
		all = append(all, ui.Choice{Code: one.Code, Label: one.Code, Detail: strings.TrimPrefix(p.interpreter(one.Code), one.Code)})
	}
	for _, s := range p.m.plan.Slots {
		if s.Interpreter != "" && !slices.ContainsFunc(all, func(c ui.Choice) bool { return c.Code == s.Interpreter }) {
			all = append(all, ui.Choice{Code: s.Interpreter, Label: s.Interpreter})
		}
	}
	slices.SortFunc(all, func(a, b ui.Choice) int { return strings.Compare(a.Label, b.Label) })
	return all
}

// choicesOf are all codes of a list as chips.
func choicesOf(list, lang string) []ui.Choice {
	var choices []ui.Choice
	for _, entry := range ui.Lists().Entries(list) {
		choices = append(choices, ui.Choice{Code: entry.Code, Label: entry.In(lang)})
	}
	return choices
}

// withCase reports whether a slot is a family's.
func withCase(s schedule.Slot) bool { return s.Case != uuid.Nil }

package casefile

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

const householdInterview = workspace.HouseholdTalk

// drawInterviews lists what was talked about with whom, and starts what is left to do.
func (p *place) drawInterviews() {
	t, v := p.s.Texts, p.view
	all := v.interviews
	if len(all) == 0 {
		p.body.Add(ui.Card(ui.SectionHeader(t.T("casefile.interview.none.title"), t.T("casefile.interview.none.text"))))
	} else {
		rows := []fyne.CanvasObject{ui.SectionHeader(t.T("casefile.interview.held"), "")}
		for _, one := range all {
			rows = append(rows, p.interviewRow(one))
		}
		p.body.Add(ui.Card(rows...))
	}
	if !p.may("interview") {
		return
	}
	rows := []fyne.CanvasObject{ui.SectionHeader(t.T("casefile.interview.new"), t.T("casefile.interview.new_text"))}
	if v.draftOf(uuid.Nil, householdInterview) == nil {
		start := ui.NewButton(t.T("casefile.interview.start_household"), func() { p.start(uuid.Nil, householdInterview) })
		p.anchor("start:household", start)
		rows = append(rows, ui.Row(theme.SizeGap, ui.NewIcon("household", theme.ColorMuted), ui.Stretch(ui.Middle(ui.Paragraph(t.T("casefile.interview.household_text")))), start))
	}
	for _, person := range v.file.Persons() {
		name := ui.Stack("", names(nameOf(t, person), person.Text("name_native_script")), ui.Muted(v.ageOf(t, person)))
		button := p.startButton(person, false)
		p.anchor("start:"+person.ID().String(), button)
		rows = append(rows, ui.Row(theme.SizeGap, ui.NewIcon("person", theme.ColorMuted), ui.Stretch(ui.Middle(name)), button))
	}
	p.body.Add(ui.Card(rows...))
}

// interviewRow is one interview: what, whom, when, how far; a tap opens it.
func (p *place) interviewRow(one *workspace.Record) fyne.CanvasObject {
	t, v := p.s.Texts, p.view
	id := one.ID()
	kind := labelOf(t, "interview_type", one.Text("type"))
	var who []string
	if person := v.file.Person(one.Reference("about")); person != nil {
		who = append(who, nameOf(t, person))
	}
	level, icon := ui.Info, "interview"
	if finished(one) {
		level, icon = ui.Success, "ok"
	}
	status := one.Text("status")
	if status == "" {
		status = "draft"
	}
	badges := ui.Flow(theme.SizeGapTight, ui.NewBadge(level, icon, labelOf(t, "interview_status", status)))
	if progress, ok := v.progress[id]; ok && progress.Relevant > 0 {
		badges.Add(ui.NewBadge(ui.Neutral, "", t.T("casefile.interview.answered", "Done", progress.Answered, "All", progress.Relevant)))
		if progress.RequiredMissing > 0 && !finished(one) {
			badges.Add(ui.NewBadge(ui.Warning, "missing", t.N("casefile.interview.missing", progress.RequiredMissing)))
		}
	}
	words := ui.Stack(theme.SizeGapTight, ui.Strong(joined(append([]string{kind}, who...)...)), ui.Muted(sayStored(t, one.Text("start"))), badges)
	card := ui.NewTapCard(t.T("casefile.interview.open", "Type", kind), func() { p.s.Go("interview", id) }, words)
	p.anchor("interview:"+id.String(), card)
	return card
}

// startButton begins the interview that fits the person's age, or goes on with the one begun.
func (p *place) startButton(person *workspace.Record, primary bool) *ui.Button {
	t, v := p.s.Texts, p.view
	kind := v.talkKind(person)
	words := t.T("casefile.interview.start", "Type", lowered(labelOf(t, "interview_type", kind)))
	act := func() { p.start(person.ID(), kind) }
	if draft := v.draftOf(person.ID(), kind); draft != nil {
		words, act = t.T("casefile.interview.go_on"), func() { p.s.Go("interview", draft.ID()) }
	}
	button := ui.NewButton(words, act)
	if primary {
		button.Kind = ui.Primary
	}
	return button
}

// start begins an interview and goes there. Pressing again while that is under way does nothing.
func (p *place) start(person uuid.UUID, kind string) {
	if p.starting {
		return
	}
	if draft := p.view.draftOf(person, kind); draft != nil {
		p.s.Go("interview", draft.ID())
		return
	}
	p.starting = true
	var id uuid.UUID
	p.writes.add(func(ctx context.Context) (err error) {
		id, err = p.s.WS.StartInterview(ctx, p.id, person, kind)
		return err
	}, func(err error) {
		if err != nil {
			p.starting = false
			return
		}
		p.started = id // until the page knows the interview, and goes on with it when pressed again
		p.s.Go("interview", id)
		p.load()
	})
}

// lowered makes a label fit into a sentence: its first letter small, unless the word is an abbreviation.
func lowered(label string) string {
	runes := []rune(label)
	if len(runes) < 2 || strings.ToUpper(string(runes[:2])) == string(runes[:2]) {
		return label
	}
	return strings.ToLower(string(runes[:1])) + string(runes[1:])
}

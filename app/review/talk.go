package review

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/record"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// drawThreads shows what was said about the family, the unsettled first.
func (p *place) drawThreads() {
	t := p.s.Texts
	var actions []fyne.CanvasObject
	if p.may("remark") {
		actions = append(actions, p.quiet("comment:case", "add", t.T("review.comment.new"), p.commentOnFamily))
	}
	rows := []fyne.CanvasObject{ui.SectionHeader(t.T("review.comments.title"), t.T("review.comments.text"), actions...)}
	for _, thread := range p.detail.Threads {
		rows = append(rows, p.thread(thread))
	}
	if len(p.detail.Threads) == 0 {
		rows = append(rows, ui.Muted(t.T("review.comments.none")))
	}
	p.page.Add(ui.Card(rows...))
}

func (p *place) thread(thread workspace.Thread) fyne.CanvasObject {
	t, first := p.s.Texts, thread.First
	parts := ui.Stack(theme.SizeGapTight, ui.Muted(p.about(first)))
	for _, r := range append([]*workspace.Record{first}, thread.Answers...) {
		parts.Add(ui.Paragraph(r.Text("text")))
		if heads := r.Heads("text"); len(heads) > 0 {
			parts.Add(ui.Muted(t.T("review.said", "User", p.s.WS.AliasOf(heads[0].By), "Time", p.clock(heads[0]))))
		}
	}
	buttons := ui.Flow(theme.SizeGapTight)
	if thread.Settled {
		buttons.Add(ui.NewBadge(ui.Success, "ok", t.T("review.comment.settled")))
	}
	if p.may(first.Type()) {
		id := first.ID().String()
		buttons.Add(p.plain("reply:"+id, t.T("review.comment.reply"), func() {
			p.ask(t.T("review.comment.reply"), t.T("review.comment.hint"), func(words string) {
				p.act(func(ctx context.Context) error {
					_, err := p.s.WS.Reply(ctx, first, words)
					return err
				}, nil)
			})
		}))
		key := map[bool]string{true: "review.comment.reopen", false: "review.comment.settle"}[thread.Settled]
		buttons.Add(p.quiet("settle:"+id, "ok", t.T(key), func() { p.settle(first, !thread.Settled) }))
	}
	parts.Add(buttons)
	return ui.NewPanel("", parts)
}

func (p *place) settle(first *workspace.Record, settled bool) {
	t := p.s.Texts
	set := func(on bool, done func()) {
		p.act(func(ctx context.Context) error { return p.s.WS.SettleThread(ctx, first, on) }, done)
	}
	set(settled, func() {
		if settled {
			p.offer(t.T("review.comment.settled"), func() { set(false, nil) })
		}
	})
}

// about says what a comment concerns: the family, an interview, a person, and the field.
func (p *place) about(remark *workspace.Record) string {
	t, file := p.s.Texts, p.detail.File
	kind := domain.Type(remark.Text("concerns_type"))
	object, _ := uuid.Parse(remark.Text("concerns"))
	what := t.T("review.family")
	if kind != "case" {
		what = t.T("domain.type." + string(kind))
	}
	parts := []string{what}
	if r := file.Get(object); r != nil {
		for _, id := range []uuid.UUID{r.ID(), r.Subject()} {
			if person := file.Person(id); person != nil {
				parts = append(parts, domain.DisplayName(person.Answer))
				break
			}
		}
	}
	if field := remark.Text("field"); field != "" {
		label, _ := record.Label(t, kind, field)
		parts = append(parts, label)
	}
	return strings.Join(parts, " · ")
}

// drawAdvice shows the advice to UDI to those who may read it, with what each may do.
func (p *place) drawAdvice() {
	t := p.s.Texts
	if !p.may("advice") && len(p.detail.advice) == 0 {
		return
	}
	var actions []fyne.CanvasObject
	if p.may("advice") {
		actions = append(actions, p.quiet("advice:new", "add", t.T("review.advice.new"), func() { p.s.Go("record", domain.Type("advice"), p.id, uuid.Nil, p.id) }))
	}
	rows := []fyne.CanvasObject{ui.SectionHeader(t.T("review.advice.title"), t.T("review.advice.text"), actions...)}
	for _, one := range p.detail.advice {
		rows = append(rows, p.advice(one))
	}
	if len(p.detail.advice) == 0 {
		rows = append(rows, ui.Muted(t.T("review.advice.none")))
	}
	p.page.Add(ui.Card(rows...))
}

func (p *place) advice(r *workspace.Record) fyne.CanvasObject {
	t, id, stage := p.s.Texts, r.ID(), workspace.StageOfAdvice(r)
	level := map[domain.AdviceStage]ui.Level{domain.AdviceDraft: ui.Neutral, domain.AdviceStale: ui.Warning, domain.AdviceApproved: ui.Success, domain.AdviceSent: ui.Success}[stage]
	badges := ui.Flow(theme.SizeGapTight, ui.NewBadge(level, "", t.T("review.advice.stage."+string(stage))), ui.NewBadge(ui.Neutral, "", p.label("advice_visible_to", r.Text("visible_to"))))
	if r.Text("visible_to") == "" {
		badges.Objects = badges.Objects[:1]
	}
	var grounds []string
	for _, code := range r.Answer("grounds").List() {
		grounds = append(grounds, p.label("advice_grounds", code))
	}
	title := p.label("advice", r.Text("advice"))
	if title == "" {
		title = t.T("review.advice.unsaid")
	}
	parts := ui.Stack(theme.SizeGapTight, ui.Strong(title), badges)
	for _, words := range nonEmpty(strings.Join(grounds, ", "), r.Text("text"), r.Text("udi_response")) {
		parts.Add(ui.Paragraph(words))
	}
	if author, err := uuid.Parse(r.Text("written_by")); err == nil {
		parts.Add(ui.Muted(t.T("review.advice.by", "User", p.s.WS.AliasOf(author))))
	}
	if by, err := uuid.Parse(r.Text("approved_by")); err == nil && stage != domain.AdviceDraft {
		parts.Add(ui.Muted(t.T("review.advice.approved_by", "User", p.s.WS.AliasOf(by))))
	}
	if stage == domain.AdviceSent {
		parts.Add(ui.Muted(t.T("review.advice.sent_at", "Time", p.when(r.Text("sent_at")))))
	}
	role := p.s.WS.Me().Role
	buttons := ui.Flow(theme.SizeGapTight)
	if role.MayWrite("advice", "text") || role.MayWrite("advice", "udi_response") {
		buttons.Add(p.plain("advice:edit:"+id.String(), t.T("review.advice.edit"), func() { p.s.Go("record", domain.Type("advice"), p.id, id) }))
	}
	if (stage == domain.AdviceDraft || stage == domain.AdviceStale) && p.s.WS.MayApprove(r) {
		buttons.Add(p.plain("advice:approve:"+id.String(), t.T("review.advice.approve"), func() { p.approve(r) }))
	}
	if stage == domain.AdviceApproved && role.MayWrite("advice", "sent_at") {
		buttons.Add(p.plain("advice:send:"+id.String(), t.T("review.advice.send"), func() { p.send(r) }))
	}
	if undo := p.undoButton(id); undo != nil {
		buttons.Add(undo)
	}
	parts.Add(buttons)
	return ui.NewPanel("", parts)
}

// approve shows the words once more before they are approved.
func (p *place) approve(r *workspace.Record) {
	t := p.s.Texts
	ui.Confirm(p.s.Window, t, ui.Question{
		Title: t.T("review.advice.approve"), Text: t.T("review.advice.approve_text") + "\n\n" + p.label("advice", r.Text("advice")) + "\n" + r.Text("text") + "\n\n" + p.sayUndo(true), Yes: t.T("review.advice.approve"),
		OnYes: func(string) {
			p.act(func(ctx context.Context) error {
				_, err := p.s.WS.ApproveAdvice(ctx, r.ID())
				return err
			}, func() { p.offerBack(t.T("review.advice.stage."+string(domain.AdviceApproved)), r.ID()) })
		},
	})
}

func (p *place) send(r *workspace.Record) {
	t := p.s.Texts
	ui.Confirm(p.s.Window, t, ui.Question{
		Title: t.T("review.advice.send"), Text: t.T("review.advice.send_text") + "\n" + p.sayUndo(true), Yes: t.T("review.advice.send"),
		OnYes: func(string) {
			p.act(func(ctx context.Context) error {
				_, err := p.s.WS.SendAdvice(ctx, r.ID())
				return err
			}, func() { p.offerBack(t.T("review.advice.stage."+string(domain.AdviceSent)), r.ID()) })
		},
	})
}

// perPerson are records about a person of which not every field is asked in an interview.
var perPerson = []domain.Type{"daily_life_need", "minor"}

// sealedTypes are what may be sealed about a person.
var sealedTypes = []domain.Type{"protected_address", "keep_apart", "sensitive_sealed", "guardian_sealed", "sealed_note"}

// drawRecords leads to every field of the family's records, those that no interview asks for among them.
func (p *place) drawRecords() {
	t, file := p.s.Texts, p.detail.File
	buttons := ui.Flow(theme.SizeGapTight)
	add := func(kind domain.Type, id, subject uuid.UUID, name string) {
		label := strings.Join(nonEmpty(t.T("domain.type."+string(kind)), name), ": ")
		buttons.Add(p.quiet("record:"+string(kind)+id.String()+subject.String(), "", label, func() { p.s.Go("record", kind, p.id, id, subject) }))
	}
	add("case", p.id, uuid.Nil, "")
	if mission := file.Case().Reference("mission"); mission != uuid.Nil {
		buttons.Add(p.quiet("record:mission", "", t.T("domain.type.mission"), func() { p.s.Go("record", domain.Type("mission"), uuid.Nil, mission) }))
		team := domain.SingletonID(mission, "mission_team")
		buttons.Add(p.quiet("record:mission_team", "", t.T("domain.type.mission_team"), func() { p.s.Go("record", domain.Type("mission_team"), uuid.Nil, team, mission, mission) }))
	}
	for _, r := range file.Households() {
		add("household", r.ID(), uuid.Nil, r.Text("name"))
	}
	for _, link := range file.Records("slot_case") {
		add("slot_case", link.ID(), uuid.Nil, "")
		if slot := link.Reference("slot"); slot != uuid.Nil {
			buttons.Add(p.quiet("record:slot"+slot.String(), "", t.T("domain.type.slot"), func() { p.s.Go("record", domain.Type("slot"), uuid.Nil, slot) }))
		}
	}
	for _, r := range file.Records("disqualification") {
		add("disqualification", r.ID(), uuid.Nil, p.label("disqualification_tie", r.Text("tie")))
	}
	if p.may("disqualification") {
		buttons.Add(p.quiet("record:disqualification", "add", t.T("review.records.tie"), func() { p.s.Go("record", domain.Type("disqualification"), p.id, uuid.Nil, p.id) }))
	}
	for _, r := range file.Relations() {
		add("relation", r.ID(), uuid.Nil, p.label("relation_type", r.Text("type")))
	}
	for _, r := range file.Interviews() {
		add("interview", r.ID(), uuid.Nil, p.when(r.Text("start")))
	}
	for _, person := range file.Persons() {
		name := domain.DisplayName(person.Answer)
		add("person", person.ID(), uuid.Nil, name)
		for _, kind := range perPerson {
			if kind != "minor" || file.Single(kind, person.ID()) != nil {
				add(kind, uuid.Nil, person.ID(), name)
			}
		}
		for _, r := range file.Rows("work", person.ID()) {
			add("work", r.ID(), uuid.Nil, name+", "+r.Text("title_own_words"))
		}
		for _, r := range file.Rows("consent", person.ID()) {
			add("consent", r.ID(), uuid.Nil, name+", "+p.label("consent_kind", r.Text("kind")))
		}
		if p.may("consent") {
			buttons.Add(p.quiet("record:consent:"+person.ID().String(), "add", t.T("review.records.consent", "Name", name), func() {
				p.s.Go("record", domain.Type("consent"), p.id, uuid.Nil, person.ID())
			}))
		}
		if p.special && p.may("interpreter_special") {
			p.interpreterOrigins(add, person, name)
		}
	}
	card := []fyne.CanvasObject{ui.SectionHeader(t.T("review.records.title"), t.T("review.records.text")), buttons}
	if p.s.WS.Holds(domain.Sealed) && p.may("sealed_note") {
		card = append(card, p.sealedRecords())
	}
	p.page.Add(ui.Card(card...))
}

// interpreterOrigins leads to where the interpreters of a person come from: for the match with the person's wish (X15).
func (p *place) interpreterOrigins(add func(domain.Type, uuid.UUID, uuid.UUID, string), person *workspace.Record, name string) {
	file := p.detail.File
	for _, interview := range file.Interviews() {
		if interview.Reference("about") != person.ID() {
			continue
		}
		for _, use := range file.Rows("interpreter_use", interview.ID()) {
			add("interpreter_special", uuid.Nil, use.ID(), name+", "+use.Text("interpreter_ref"))
		}
	}
}

// sealedRecords leads to new sealed records. The button stands there for whoever may write such, whether there are any or not; those
// that exist are read on the sealed page of the case file.
func (p *place) sealedRecords() fyne.CanvasObject {
	t := p.s.Texts
	if !p.sealed {
		return ui.Row(theme.SizeGap, p.quiet("sealed", "sealed", t.T("review.sealed.show"), func() { p.sealed = true; p.drawPage() }), ui.Spacer())
	}
	buttons := ui.Flow(theme.SizeGapTight)
	for _, person := range p.detail.File.Persons() {
		for _, kind := range sealedTypes {
			label := t.T("domain.type."+string(kind)) + ": " + domain.DisplayName(person.Answer)
			buttons.Add(p.quiet("sealed:"+string(kind)+person.ID().String(), "sealed", label, func() { p.s.Go("record", kind, p.id, uuid.Nil, person.ID()) }))
		}
	}
	return ui.Stack(theme.SizeGap, ui.Muted(t.T("review.sealed.text")), buttons)
}

// when says a stored time the short way; "" for none.
func (p *place) when(stored string) string {
	at, err := time.Parse(time.RFC3339, stored)
	if err != nil {
		return stored
	}
	return at.Format("2.1.2006 15:04")
}

// clock is when an answer was written, in this machine's zone.
func (p *place) clock(head workspace.Head) string {
	return head.HLC.Time().In(p.s.Now().Location()).Format("2.1.2006 15:04")
}

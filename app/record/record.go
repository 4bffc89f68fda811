// Package record is the place where one record is entered field by field: what no question of an interview asks, what is corrected
// afterwards, and what belongs to the mission. Every field of a type that the program does not write itself stands here.
//
// The place saves each answer as it is given. It opens one record at a time, on purpose: a sealed one is read only here and on the
// sealed page of the case file (security.md 2.2).
package record

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// Written lists fields that the program writes itself, or that only a step of the review may write; no page asks for them.
var Written = map[domain.Type][]string{
	"interview": {"case", "interviewer", "status", "amendments", "come_back", "interpreter_use"},
	"advice":    {"case", "written_by", "approved_by", "sent_at"},
	"case":      {"status", "status_reason", "status_date"},
	"household": {"case"},
	"mission":   {"status"},
}

// Asked lists the fields of a type that stand on the page, in the order of the table of types.
func Asked(t domain.Type) []domain.Field {
	info, _ := domain.Info(t)
	var fields []domain.Field
	for _, f := range info.Fields {
		if f.Need == domain.Derived || contains(Written[t], f.Name) {
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func contains(list []string, name string) bool {
	for _, one := range list {
		if one == name {
			return true
		}
	}
	return false
}

// at is what the place was opened for.
type at struct {
	caseID  uuid.UUID
	kind    domain.Type
	id      uuid.UUID
	subject uuid.UUID
	// mission is whose machines learn of a record that belongs to no case.
	mission uuid.UUID
}

// reading is what one look into the workspace brings.
type reading struct {
	record  *workspace.Record // nil: nothing was written yet
	choices map[string][]ui.Choice
}

type place struct {
	s    *ui.Session
	at   at
	read reading

	content *fyne.Container
	heading *ui.Text
	sub     *ui.Text
	back    *ui.Button
	form    *fyne.Container
	undo    *ui.Button
	inputs  []*input
	// before are former answers, the last one last: each can be brought back.
	before []former
	cancel func()
}

type former struct {
	field  string
	answer domain.Answer
}

// New makes the place. Enter takes the case's identifier (zero for what belongs to none), the type, and for a record that exists its
// identifier, for a new one zero and then the identifier of what it is about; last, for what belongs to no case, the mission whose
// machines are to know it.
func New(s *ui.Session) ui.Place {
	p := &place{s: s}
	t := s.Texts
	p.heading, p.sub, p.form = ui.Heading(""), ui.Muted(""), ui.Stack(theme.SizeGapWide)
	p.back = ui.NewQuiet("back", t.T("record.back"), p.goBack)
	p.undo = ui.NewButton(t.T("record.undo"), p.takeBack)
	p.undo.Disable()
	head := ui.Row(theme.SizeGap, p.back, ui.Spacer(), p.undo)
	page := ui.Narrowed(760, ui.Stack(theme.SizeGapWide, head, ui.Stack(theme.SizeGapTight, p.heading, p.sub), p.form))
	p.content = container.NewStack(container.NewVScroll(ui.Inset(theme.SizeGapWide, page)))
	return p
}

// Title is the heading of the page; names stand on the page only.
func (p *place) Title() string { return p.s.Texts.T("record.title") }

// Content is the page.
func (p *place) Content() fyne.CanvasObject { return p.content }

// Enter opens a record.
func (p *place) Enter(args ...any) {
	if len(args) > 0 {
		next := at{}
		var ids []uuid.UUID
		for _, arg := range args {
			switch arg := arg.(type) {
			case domain.Type:
				next.kind = arg
			case string:
				next.kind = domain.Type(arg)
			case uuid.UUID:
				ids = append(ids, arg)
			}
		}
		for i, id := range []*uuid.UUID{&next.caseID, &next.id, &next.subject, &next.mission} {
			if i < len(ids) {
				*id = ids[i]
			}
		}
		info, ok := domain.Info(next.kind)
		if next.id == uuid.Nil && ok {
			// Made before the first answer, so that two answers given quickly make one record.
			if next.id = uuid.New(); info.Singleton() && next.subject != uuid.Nil {
				next.id = domain.SingletonID(next.subject, next.kind)
			}
		}
		p.at, p.before = next, nil
		p.undo.Disable()
	}
	p.load(true)
}

// Leave commits what is typed and drops what was read.
func (p *place) Leave() {
	for _, in := range p.inputs {
		if in.commit != nil {
			in.commit()
		}
	}
	if p.cancel != nil {
		p.cancel()
	}
	p.form.RemoveAll()
	p.inputs, p.read = nil, reading{}
}

// Bookmark finds the record again after lock.
func (p *place) Bookmark() []any {
	if info, ok := domain.Info(p.at.kind); !ok || info.Compartment.Boxed() {
		return nil // a sealed record is opened on purpose, each time
	}
	return []any{p.at.kind, p.at.caseID, p.at.id, p.at.subject, p.at.mission}
}

// Shortcuts are the place's own keys.
func (p *place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt, Text: t.T("record.back"), Do: p.goBack},
		{Key: fyne.KeyZ, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift, Text: t.T("record.undo"), Do: p.takeBack},
	}
}

// ofPlan reports whether the record is reached from the interview plan, as interpreters are.
func (p *place) ofPlan() bool { return p.at.kind == "interpreter_card" }

func (p *place) goBack() {
	if p.at.caseID == uuid.Nil {
		p.s.Go(map[bool]string{true: "schedule", false: "review"}[p.ofPlan()])
		return
	}
	p.s.Go("review", p.at.caseID)
}

// load reads the record; anew draws the page anew, else only the answers are put in.
func (p *place) load(anew bool) {
	if p.cancel != nil {
		p.cancel()
	}
	where := p.at
	p.cancel = ui.Run(p.s.Loop, func(ctx context.Context) (reading, error) { return look(ctx, p.s, where) }, func(r reading, err error) {
		switch {
		case errors.Is(err, context.Canceled) || where != p.at:
			return
		case err != nil:
			p.s.Fault(err)
			return
		}
		p.read = r
		if anew {
			p.draw()
		}
		p.put()
	})
}

// look reads the record and what its references may name.
func look(ctx context.Context, s *ui.Session, where at) (reading, error) {
	r := reading{choices: map[string][]ui.Choice{}}
	info, ok := domain.Info(where.kind)
	if !ok {
		return r, nil
	}
	var err error
	if info.Compartment.Boxed() {
		records, err := s.WS.Objects(ctx, where.kind, where.caseID)
		if err != nil {
			return r, err
		}
		for _, one := range records {
			if one.ID() == where.id {
				r.record = one
			}
		}
	} else if r.record, err = s.WS.Get(ctx, where.kind, where.id); err != nil {
		return r, err
	}
	for _, f := range Asked(where.kind) {
		if f.Of == "" {
			continue
		}
		in := where.caseID
		if of, _ := domain.Info(f.Of); of.Compartment == domain.Open || f.Of == "case" {
			in = uuid.Nil
		}
		records, err := s.WS.Objects(ctx, f.Of, in)
		if err != nil {
			return r, err
		}
		for _, one := range records {
			r.choices[f.Name] = append(r.choices[f.Name], ui.Choice{Code: one.ID().String(), Label: called(s, one)})
		}
	}
	return r, nil
}

// called is what a record that another one names is called on screen.
func called(s *ui.Session, r *workspace.Record) string {
	switch r.Type() {
	case "person":
		if name := domain.DisplayName(r.Answer); name != "" {
			return name
		}
	case "interview":
		return ui.Lists().Label("interview_type", r.Text("type"), s.Texts.Lang()) + " " + r.Text("start")
	}
	for _, field := range []string{"name", "alias", "unhcr_case_no", "mission_code", "code", "year", "date", "interpreter_ref", "kind"} {
		if text := r.Text(field); text != "" {
			return text
		}
		if n, ok := r.Answer(field).Int(); ok {
			return s.Texts.T("record.number", "Number", n)
		}
	}
	return r.ID().String()[:8]
}

// draw makes the fields.
func (p *place) draw() {
	t := p.s.Texts
	p.form.RemoveAll()
	p.inputs = nil
	if _, ok := domain.Info(p.at.kind); !ok {
		p.heading.SetText(t.T("record.title"))
		p.form.Add(ui.EmptyState("casefile", t.T("record.none.title"), t.T("record.none.text"), nil))
		return
	}
	p.heading.SetText(t.T("domain.type." + string(p.at.kind)))
	p.back.SetText(t.T(map[bool]string{true: "record.back_plan", false: "record.back"}[p.ofPlan()]))
	role := p.s.WS.Me().Role
	writable := false
	for _, f := range Asked(p.at.kind) {
		in := p.newInput(f)
		may := role.MayWrite(p.at.kind, f.Name)
		writable = writable || may
		in.enable(may)
		p.inputs = append(p.inputs, in)
		p.form.Add(in.field)
	}
	p.sub.SetText(t.T(map[bool]string{true: "record.text", false: "record.read_only"}[writable]))
	p.content.Refresh()
}

// put shows the answers as they stand; what is being typed stays.
func (p *place) put() {
	focused := p.s.Window.Canvas().Focused()
	for _, in := range p.inputs {
		if focused != nil && focused == in.focus && in.commit != nil {
			continue
		}
		answer := p.answer(in.def.Name)
		in.put(answer)
		if in.missing != nil {
			in.missing.Put(string(answer.Missing), answer.Reason)
		}
		p.sayProblem(in, answer)
	}
}

func (p *place) answer(field string) domain.Answer {
	if p.read.record == nil {
		return domain.Answer{}
	}
	return p.read.record.Answer(field)
}

func (p *place) sayProblem(in *input, answer domain.Answer) {
	t := p.s.Texts
	if p.read.record != nil && p.read.record.Conflicted(in.def.Name) {
		in.field.SetProblem(ui.Warning, t.T("record.conflict"))
		return
	}
	worst := domain.Problem{}
	for _, problem := range ui.Lists().CheckValue(in.def, answer, p.s.Now()) {
		if problem.Severity > worst.Severity {
			worst = problem
		}
	}
	if worst.Rule == "" {
		in.field.SetProblem(ui.Error, "")
		return
	}
	level := map[domain.Severity]ui.Level{domain.Error: ui.Error, domain.Warning: ui.Warning, domain.Information: ui.Info}[worst.Severity]
	in.field.SetProblem(level, t.T(worst.Text(), worst.Pairs()...))
}

// set stores an answer, and remembers the one before.
func (p *place) set(field string, answer domain.Answer) {
	old := p.answer(field)
	if same(old, answer) {
		return
	}
	if p.s.WS.Me().HQ && answer.HasValue() {
		answer.Source = domain.FromHQ
	}
	p.store(field, answer, func() {
		p.before = append(p.before, former{field, old})
		p.undo.Enable()
	})
}

func same(a, b domain.Answer) bool {
	x, errX := domain.Answer{Value: a.Value, Missing: a.Missing, Reason: a.Reason}.Encode()
	y, errY := domain.Answer{Value: b.Value, Missing: b.Missing, Reason: b.Reason}.Encode()
	return errX == nil && errY == nil && string(x) == string(y)
}

func (p *place) store(field string, answer domain.Answer, then func()) {
	target := workspace.Target{Type: p.at.kind, ID: p.at.id, Case: p.at.caseID, Subject: p.at.subject, Mission: p.at.mission}
	answers := map[string]domain.Answer{field: answer}
	if p.read.record == nil && p.at.kind == "advice" {
		// An advice names its author and its case from its first word on.
		answers["written_by"] = domain.Answer{Value: p.s.WS.Me().User.String()}
		answers["case"] = domain.Answer{Value: p.at.caseID.String()}
	}
	p.s.Saved(ui.SavedState{Stage: ui.Saving})
	ui.Run(p.s.Loop, func(ctx context.Context) (*workspace.Record, error) {
		return p.s.WS.Set(context.WithoutCancel(ctx), target, answers)
	}, func(record *workspace.Record, err error) {
		if err != nil {
			p.s.Saved(ui.SavedState{Stage: ui.NotSaved})
			p.s.Fault(err)
			return
		}
		p.s.Saved(ui.SavedState{Stage: ui.SavedAt, At: p.s.Now()})
		if record.ID() != p.at.id {
			return // another record is open by now
		}
		p.read.record = record
		then()
		p.put()
	})
}

// takeBack brings back the answer that was replaced last on this page.
func (p *place) takeBack() {
	if len(p.before) == 0 {
		return
	}
	last := p.before[len(p.before)-1]
	p.store(last.field, last.answer, func() {
		p.before = p.before[:len(p.before)-1]
		if len(p.before) == 0 {
			p.undo.Disable()
		}
	})
}

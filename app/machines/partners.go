package machines

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// partner is an organisation outside that is told fields of the orientation course and may answer some (security.md 6.9).
type partner struct {
	id       uuid.UUID
	name     string
	mission  string // whose roster it is told of
	of       uuid.UUID
	sends    domain.FieldList
	answers  domain.FieldList
	machines []string
	until    time.Time
}

// readPartners lists the partners by name.
func readPartners(ws *workspace.Workspace, label func(uuid.UUID) string) []partner {
	var out []partner
	for _, m := range ws.Trust().Missions() {
		if m.Partner == nil {
			continue
		}
		one := partner{id: m.ID, name: m.Partner.Name, of: m.Partner.Mission, mission: label(m.Partner.Mission), sends: m.Partner.Sends, answers: m.Partner.Answers, until: m.Expires}
		for _, node := range m.Nodes {
			one.machines = append(one.machines, node.Alias)
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b partner) int { return strings.Compare(a.name, b.name) })
	return out
}

func (p *Place) partnerCell(one partner, column int) ui.Cell {
	if column == 0 {
		return ui.Cell{Text: one.name, Detail: one.mission, Bold: true}
	}
	level, icon, word := p.partnerState(one)
	return ui.Cell{Badge: word, Level: level, Icon: icon}
}

func (p *Place) partnerState(one partner) (ui.Level, string, string) {
	t, now := p.s.Texts, p.s.Now()
	switch {
	case now.After(one.until):
		return ui.Warning, "", t.T("machines.member.expired")
	case now.Add(soon).After(one.until):
		return ui.Warning, "clock", t.T("machines.member.expires")
	case len(one.machines) == 0:
		return ui.Info, "clock", t.T("machines.partner.no_machine")
	}
	return ui.Success, "", t.T("machines.member.counts")
}

// showPartner says what a partner is told and may answer.
func (p *Place) showPartner(one partner) {
	t := p.s.Texts
	level, icon, word := p.partnerState(one)
	machines := t.T("machines.partner.machines_none")
	if len(one.machines) > 0 {
		machines = strings.Join(one.machines, ", ")
	}
	rows := []ui.KeyValue{
		{Key: t.T("machines.partner.roster_of"), Value: one.mission},
		{Key: t.T("machines.partner.until"), Value: p.day(one.until)},
		{Key: t.T("machines.partner.machines"), Value: machines},
		{Key: t.T("machines.partner.sends"), Value: p.sayFields(one.sends)},
		{Key: t.T("machines.partner.answers"), Value: p.sayFields(one.answers)},
	}
	p.detail.Add(ui.Card(
		ui.Row(theme.SizeGap, ui.NewIcon("orientation", theme.ColorAccent), ui.Stretch(ui.Middle(ui.Subheading(one.name))), ui.NewBadge(level, icon, word)),
		ui.KeyValues(rows...), ui.Muted(t.T("machines.partner.enrol_note")),
		ui.Row(theme.SizeGap, ui.NewButton(t.T("machines.partner.change"), func() { p.agree(&one) }), ui.Spacer())))
}

// sayFields says a list of fields in words, type by type.
func (p *Place) sayFields(list domain.FieldList) string {
	t := p.s.Texts
	var parts []string
	for _, of := range domain.PartnerTypes {
		if len(list[of]) == 0 {
			continue
		}
		words := make([]string, len(list[of]))
		for i, field := range list[of] {
			words[i] = p.fieldWord(field)
		}
		parts = append(parts, t.T("domain.type."+string(of))+": "+strings.Join(words, ", "))
	}
	if len(parts) == 0 {
		return t.T("machines.partner.nothing")
	}
	return strings.Join(parts, ". ")
}

func (p *Place) fieldWord(field string) string {
	if t := p.s.Texts; t.Has("machines.partner.field." + field) {
		return t.T("machines.partner.field." + field)
	}
	return strings.ReplaceAll(field, "_", " ")
}

// agreed are the lists that the form offers; what an agreement holds besides them is kept.
var (
	toldFields     = []string{"given_name", "family_initial", "birth_year", "sex", "language", "reads", "accessibility", "case_number", "contact"}
	answeredFields = []string{"language", "reads", "accessibility", "contact"}
	measureFields  = []string{"date", "language", "minutes", "no_info_reason", "person", "type", "understood"}
)

// agreement is the form for a new partner, or for other lists of a known one.
type agreement struct {
	p        *Place
	old      *partner
	name     *ui.TextField
	mission  *ui.Chips
	until    *ui.DateField
	sends    *ui.Chips
	answers  *ui.Chips
	measures *ui.Chips
	do       *ui.Button
	problem  *ui.Text
}

// agree opens the form; old is nil for a new partner.
func (p *Place) agree(old *partner) {
	if p.busy {
		return
	}
	t := p.s.Texts
	a := &agreement{p: p, old: old, name: ui.NewTextField(t.T("machines.partner.name_hint")), problem: ui.Paragraph("")}
	p.agreed = a
	a.problem.Color = theme.ColorError
	a.problem.Hide()
	title := t.T("machines.partner.new")
	var missions []ui.Choice
	for _, m := range p.facts.missions {
		if !m.partner {
			missions = append(missions, ui.Choice{Code: m.id.String(), Label: m.label})
		}
	}
	first := ""
	if len(missions) > 0 {
		first = missions[0].Code
	}
	a.until = ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), p.s.Now())
		if err != nil || !d.Whole() {
			return "", "", fault.Newf("E-VALUE", "date", "not a whole date")
		}
		at, err := time.Parse(time.DateOnly, d.String())
		return d.String(), p.day(at), err
	})
	a.sends, a.answers = p.fieldChips(toldFields), p.fieldChips(answeredFields)
	a.measures = ui.NewChips([]ui.Choice{{Code: "measures", Label: t.T("machines.partner.measures")}}, true)
	a.sends.Put("given_name", "birth_year", "language")
	if old != nil {
		title, first = t.T("machines.partner.change_title", "Name", old.name), old.of.String()
		a.name.SetText(old.name)
		a.until.Put(p.day(old.until))
		a.sends.Put(old.sends["roster_person"]...)
		a.answers.Put(old.answers["roster_person"]...)
		if len(old.answers["alternative_measure"]) > 0 {
			a.measures.Put("measures")
		}
	}
	a.mission = always(missions, first, func(string) { a.ready() })
	for _, chips := range []*ui.Chips{a.sends, a.answers, a.measures} {
		chips.OnChosen = func([]string) { a.ready() }
		chips.OnEscape = p.close
	}
	a.name.OnEdit = func(string) { a.ready() }
	a.until.Entry().OnEdit = chain(a.until.Entry().OnEdit, func(string) { a.ready() })
	a.name.OnEscape, a.until.Entry().OnEscape, a.mission.OnEscape = p.close, p.close, p.close
	sends := ui.NewField(t.T("machines.partner.sends"), a.sends)
	sends.SetHint(t.T("machines.partner.sends_hint"))
	answers := ui.NewField(t.T("machines.partner.answers"), ui.Stack(theme.SizeGap, a.answers, a.measures))
	answers.SetHint(t.T("machines.partner.answers_hint"))
	a.do = ui.NewPrimary(t.T("machines.partner.do"), a.run)
	cancel := ui.NewButton(t.T("ui.cancel"), p.close)
	a.do.OnEscape, cancel.OnEscape = p.close, p.close
	parts := []fyne.CanvasObject{ui.SectionHeader(title, t.T("machines.partner.explain")), ui.NewField(t.T("machines.partner.name"), a.name)}
	if len(missions) > 1 {
		parts = append(parts, ui.NewField(t.T("machines.partner.roster_of"), a.mission))
	}
	parts = append(parts, ui.NewField(t.T("machines.partner.until"), a.until), sends, answers)
	sign := []fyne.CanvasObject{ui.SectionHeader(t.T("machines.withdraw.sign"), "")}
	if p.facts.two {
		sign = append(sign, ui.Banner(ui.Info, t.T("machines.withdraw.two"), nil, nil))
	}
	sign = append(sign, p.keys.ask(a.run, p.close, a.ready), a.problem, ui.Flow(theme.SizeGap, a.do, cancel))
	a.ready()
	p.form(a.name, ui.Card(parts...), ui.Card(sign...))
}

func (p *Place) fieldChips(fields []string) *ui.Chips {
	var choices []ui.Choice
	for _, field := range fields {
		choices = append(choices, ui.Choice{Code: field, Label: p.fieldWord(field)})
	}
	return ui.NewChips(choices, true)
}

// ready lets the form be signed when nothing is missing.
func (a *agreement) ready() {
	if strings.TrimSpace(a.name.Text) != "" && a.until.Value() != "" && one(a.mission) != "" && len(a.sends.Chosen()) > 0 && a.p.keys.ready() {
		a.do.Enable()
	} else {
		a.do.Disable()
	}
}

// lists are the fields that were chosen, with what an older agreement holds of other types.
func (a *agreement) lists() (sends, answers domain.FieldList) {
	sends, answers = domain.FieldList{}, domain.FieldList{}
	if a.old != nil {
		for of, fields := range a.old.sends {
			sends[of] = fields
		}
		for of, fields := range a.old.answers {
			answers[of] = fields
		}
	}
	put := func(list domain.FieldList, of domain.Type, fields []string) {
		if delete(list, of); len(fields) > 0 {
			list[of] = slices.Sorted(slices.Values(fields))
		}
	}
	put(sends, "roster_person", a.sends.Chosen())
	put(answers, "roster_person", a.answers.Chosen())
	switch chosen := len(a.measures.Chosen()) > 0; {
	case !chosen:
		delete(answers, "alternative_measure")
	case len(answers["alternative_measure"]) == 0:
		put(answers, "alternative_measure", measureFields)
	}
	return sends, answers
}

// run registers the partner, or lays its document out for somebody else to sign.
func (a *agreement) run() {
	p, t := a.p, a.p.s.Texts
	if a.do.Disabled() || p.busy {
		return
	}
	ws, folder := p.s.WS, p.keys.drives.Path()
	o := exchange.PartnerOptions{Name: domain.NormaliseText(a.name.Text), Ceremony: exchange.Ceremony{Keys: folder, Passphrase: p.keys.take()}}
	o.Mission, _ = uuid.Parse(one(a.mission))
	o.Until, _ = time.Parse(time.DateOnly, a.until.Value())
	o.Sends, o.Answers = a.lists()
	if a.old != nil {
		o.ID = a.old.id
	}
	two := p.facts.two
	var registered *exchange.RegisteredPartner
	p.work(t.T("machines.partner.working"), func(ctx context.Context) (err error) {
		defer clear(o.Passphrase)
		if two {
			if o.Draft, err = exchange.NewDraftFolder(filepath.Dir(folder), draftName("partner:partner")); err != nil {
				return err
			}
		}
		registered, err = exchange.RegisterPartner(ctx, ws, o)
		return err
	}, func(err error) {
		switch {
		case p.keys.refuse(err):
		case fault.Code(err) == "E-FIELD":
			a.problem.SetText(t.Sentence(err))
			a.problem.Show()
		case err != nil:
			p.fault(err)
		default:
			p.reload(func() { a.done(registered) })
		}
	})
}

// done says what holds now, and how the partner's machine joins.
func (a *agreement) done(registered *exchange.RegisteredPartner) {
	p, t := a.p, a.p.s.Texts
	closing := ui.NewButton(t.T("ui.close"), p.close)
	closing.OnEscape = p.close
	for row, one := range p.facts.partners {
		if one.id == registered.ID {
			p.at[viewPartners] = row
		}
	}
	if !registered.Signed.Taken {
		next := ui.NewPrimary(t.T("machines.view.sign"), func() { p.drives.Type(filepath.Dir(registered.Signed.Draft)); p.choose(viewSign) })
		next.OnEscape = p.close
		p.form(next, ui.Card(ui.Banner(ui.Info, t.T("machines.withdraw.half"), nil, nil), ui.Flow(theme.SizeGap, next, closing)))
		return
	}
	p.form(closing, ui.Card(ui.Banner(ui.Success, t.T("machines.partner.done", "Name", a.name.Text), nil, nil), ui.Paragraph(t.T("machines.partner.enrol_note")), ui.Flow(theme.SizeGap, closing)))
}

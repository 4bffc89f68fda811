package machines

import (
	"cmp"
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
	"feltbok/sync/exchange"
)

// lettable are the roles that a request can be approved for, in the order of domain.md 3.2.
var lettable = []domain.Role{domain.INT, domain.REM, domain.MLD, domain.NCO, domain.NFA}

// The answers to whether the words are equal.
const (
	wordsEqual  = "equal"
	wordsDiffer = "differ"
)

func (p *Place) requestCell(f exchange.FoundRequest, column int) ui.Cell {
	t := p.s.Texts
	if column == 0 {
		return ui.Cell{Text: p.asker(f), Detail: p.when(f.Modified), Bold: true}
	}
	switch {
	case f.Problem != nil:
		return ui.Cell{Badge: t.T("machines.request.refused", "Code", fault.Code(f.Problem)), Level: ui.Error, Icon: "error"}
	case f.Answered:
		return ui.Cell{Badge: t.T("machines.request.answered"), Level: ui.Success}
	}
	return ui.Cell{Badge: t.T("machines.request.waits"), Level: ui.Info, Icon: "clock"}
}

// asker names who asks: by the alias that is known, else by the first digits of the machine's identifier.
func (p *Place) asker(f exchange.FoundRequest) string {
	t := p.s.Texts
	switch {
	case f.Pending == nil:
		return t.T("machines.request.unreadable")
	case f.Machine != "":
		return f.Machine
	}
	return t.T("machines.request.new", "ID", f.Pending.Device.String()[:8])
}

// showRequest says who asks, and shows the words. The form comes after the words are said to be equal.
func (p *Place) showRequest(f exchange.FoundRequest) {
	t := p.s.Texts
	if f.Pending == nil {
		p.detail.Add(ui.Card(
			ui.Row(theme.SizeGap, ui.NewBadge(ui.Error, "", t.T("machines.request.refused", "Code", fault.Code(f.Problem))), ui.Spacer()),
			ui.Strong(f.Name), ui.Paragraph(t.Sentence(f.Problem)), ui.Muted(t.T("machines.request.refused_note"))))
		return
	}
	rows := []ui.KeyValue{
		{Key: t.T("machines.request.machine"), Value: cmp.Or(f.Machine, t.T("machines.request.unknown_machine"))},
		{Key: t.T("machines.request.user"), Value: cmp.Or(f.Person, t.T("machines.request.unknown_user"))},
		{Key: t.T("machines.request.id"), Value: f.Pending.Device.String()[:8]},
		{Key: t.T("machines.request.app"), Value: f.Pending.Request.App},
		{Key: t.T("machines.request.parts"), Value: p.parts(f.Parts)},
		{Key: t.T("machines.request.file"), Value: f.Name},
	}
	who := ui.Card(ui.SectionHeader(p.asker(f), t.T("machines.request.note")), ui.KeyValues(rows...))
	if f.Answered {
		who.Content.(*fyne.Container).Add(ui.Banner(ui.Info, t.T("machines.request.answered_note"), nil, nil))
	}
	p.detail.Add(who)
	p.detail.Add(p.wordsCard(f))
}

// wordsCard shows the words and asks whether they are equal. Which language they are in must be the same on both screens.
func (p *Place) wordsCard(f exchange.FoundRequest) fyne.CanvasObject {
	t := p.s.Texts
	language := ui.NewChips([]ui.Choice{{Code: "nb", Label: t.T("machines.words.norwegian")}, {Code: "en", Label: t.T("machines.words.english")}}, false)
	chosen := p.words
	if chosen == "nn" {
		chosen = "nb" // the two share one list of words
	}
	language.Put(chosen)
	language.OnChosen = func(codes []string) {
		if len(codes) == 1 {
			p.words = codes[0]
		}
		p.open = false // other words must be compared anew
		p.keys.forget()
		p.look(func() { p.focusDetail() })
	}
	equal := ui.NewChips([]ui.Choice{{Code: wordsEqual, Label: t.T("machines.words.equal")}, {Code: wordsDiffer, Label: t.T("machines.words.differ")}}, false)
	rest := ui.Stack(theme.SizeGapWide)
	equal.OnChosen = func(codes []string) {
		rest.RemoveAll()
		switch {
		case slices.Contains(codes, wordsEqual):
			p.open = true // from now on the form stays until somebody goes elsewhere
			p.asking = newApproval(p, f)
			rest.Add(p.asking.content)
			ui.Focus(p.asking.machine)
		case slices.Contains(codes, wordsDiffer):
			rest.Add(ui.Banner(ui.Error, t.T("machines.words.differ_text"), nil, nil))
		}
		rest.Refresh()
		p.scroll.Refresh()
	}
	question := ui.NewField(t.T("machines.words.question"), equal)
	question.SetHint(t.T("machines.words.hint"))
	return ui.Stack(theme.SizeGapWide,
		ui.Card(ui.SectionHeader(t.T("machines.words.title"), t.T("machines.words.note")), ui.WordCards(f.Pending.Words), ui.NewField(t.T("machines.words.language"), language), question), rest)
}

func (p *Place) parts(parts []domain.Compartment) string {
	words := make([]string, len(parts))
	for i, c := range parts {
		words[i] = p.s.Texts.T("exchange.compartment." + c.String())
	}
	return strings.Join(words, ", ")
}

// approval asks what a machine gets: names, role, mission, compartments and time, all with what usually fits.
type approval struct {
	p       *Place
	f       exchange.FoundRequest
	machine *ui.TextField
	user    *ui.TextField
	names   [2]*ui.Field
	roles   *ui.Chips
	mission *ui.Chips
	parts   *ui.Chips
	until   *ui.DateField
	last    *ui.Field // around until
	why     *ui.Text
	do      *ui.Button
	content fyne.CanvasObject
}

func newApproval(p *Place, f exchange.FoundRequest) *approval {
	t := p.s.Texts
	a := &approval{p: p, f: f, why: ui.Muted("")}
	a.machine, a.user = ui.NewTextField(t.T("machines.approve.machine_placeholder")), ui.NewTextField(t.T("machines.approve.user_placeholder"))
	a.machine.Put(f.Machine)
	a.user.Put(f.Person)
	a.names = [2]*ui.Field{ui.NewField(t.T("machines.approve.machine"), a.machine), ui.NewField(t.T("machines.approve.user"), a.user)}
	a.names[0].SetHint(t.T("machines.approve.alias_hint"))
	roles := make([]ui.Choice, len(lettable))
	for i, role := range lettable {
		roles[i] = ui.Choice{Code: string(role), Label: ui.Lists().Label("role", string(role), t.Lang())}
	}
	a.roles = always(roles, string(f.Role), func(string) { a.offerParts(); a.enable() })
	var missions []ui.Choice
	for _, m := range p.facts.missions[:min(len(p.facts.missions), ui.ChipsLimit)] {
		missions = append(missions, ui.Choice{Code: m.id.String(), Label: m.label})
	}
	first := ""
	if len(missions) > 0 {
		first = missions[0].Code
	}
	if f.Mission != uuid.Nil {
		first = f.Mission.String()
	}
	a.mission = always(missions, first, func(string) { a.offerEnd(); a.enable() })
	a.parts = ui.NewChips(nil, true)
	a.parts.OnChosen = func([]string) { a.enable() }
	a.until = ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), p.s.Now())
		if err != nil || !d.Whole() {
			return "", "", fault.Newf("E-VALUE", "date", "not a whole date")
		}
		at, err := time.Parse(time.DateOnly, d.String())
		return d.String(), p.day(at), err
	})
	a.until.Entry().OnEdit = chain(a.until.Entry().OnEdit, func(string) { a.enable() })
	a.last = ui.NewField(t.T("machines.approve.until"), a.until)
	a.last.SetHint(t.T("machines.approve.until_hint"))
	for _, entry := range []*ui.TextField{a.machine, a.user} {
		entry.OnEdit = func(string) { a.enable() }
	}
	a.do = ui.NewPrimary(t.T("machines.approve.do"), a.run)
	cancel := ui.NewButton(t.T("ui.cancel"), p.close)
	parts := []fyne.CanvasObject{
		ui.SectionHeader(t.T("machines.approve.title"), ""), a.names[0], a.names[1], ui.NewField(t.T("machines.approve.role"), a.roles),
		ui.NewField(t.T("machines.approve.mission"), a.mission), ui.NewField(t.T("machines.approve.parts"), a.parts), a.last,
	}
	if len(missions) == 0 {
		parts = append(parts, ui.Banner(ui.Warning, t.T("machines.approve.no_mission"), nil, nil))
	}
	if p.facts.two {
		parts = append(parts, ui.Banner(ui.Info, t.T("machines.approve.two"), nil, nil))
	}
	parts = append(parts, p.keys.ask(a.run, p.close, a.enable), ui.Flow(theme.SizeGap, a.do, cancel), a.why)
	for _, escape := range []*func(){&a.machine.OnEscape, &a.user.OnEscape, &a.roles.OnEscape, &a.mission.OnEscape, &a.parts.OnEscape, &a.do.OnEscape, &cancel.OnEscape} {
		*escape = p.close
	}
	a.content = ui.Card(parts...)
	a.offerParts()
	a.offerEnd()
	a.enable()
	return a
}

// always is a group of chips of which exactly one is chosen.
func always(choices []ui.Choice, current string, chosen func(code string)) *ui.Chips {
	chips := ui.NewChips(choices, false)
	chips.Put(current)
	chips.OnChosen = func(codes []string) {
		if len(codes) == 0 {
			chips.Put(current)
			return
		}
		current = codes[0]
		chosen(current)
	}
	return chips
}

// chain calls one function after another.
func chain(first, then func(string)) func(string) {
	return func(text string) {
		if first != nil {
			first(text)
		}
		then(text)
	}
}

// one is the code chosen in a group of which at most one is.
func one(c *ui.Chips) string {
	if chosen := c.Chosen(); len(chosen) > 0 {
		return chosen[0]
	}
	return ""
}

// offerParts shows what the role may be sent of what the machine asks for, all of it chosen.
func (a *approval) offerParts() {
	var choices []ui.Choice
	var all []string
	for _, ring := range domain.Role(one(a.roles)).Rings() {
		if c := domain.Compartment(ring); slices.Contains(a.f.Parts, c) && c != domain.Open {
			choices = append(choices, ui.Choice{Code: c.String(), Label: a.p.s.Texts.T("exchange.compartment." + c.String())})
			all = append(all, c.String())
		}
	}
	a.parts.SetOptions(choices)
	a.parts.Put(all...)
}

// offerEnd proposes the last day of the mission: of its directory, as planned, or in a month.
func (a *approval) offerEnd() {
	end := a.f.Until
	for _, m := range a.p.facts.missions {
		if m.id.String() == one(a.mission) && (end.IsZero() || m.id != a.f.Mission) {
			end = m.until
		}
	}
	if end.IsZero() || !end.After(a.p.s.Now()) {
		end = a.p.s.Now().AddDate(0, 1, 0)
	}
	a.until.Put(end.Format(a.p.s.Texts.T("machines.layout.day")))
}

// missing says what must be filled in before anything can be approved; "" when nothing is missing.
func (a *approval) missing() string {
	switch {
	case strings.TrimSpace(a.machine.Text) == "":
		return "machine"
	case strings.TrimSpace(a.user.Text) == "":
		return "user"
	case one(a.mission) == "":
		return "mission"
	case a.until.Value() == "":
		return "until"
	case a.until.Value() < a.p.s.Now().Format(time.DateOnly):
		return "past"
	case !a.p.keys.ready():
		return "keys"
	}
	return ""
}

func (a *approval) enable() {
	missing := a.missing()
	if missing == "" {
		a.why.SetText("")
		a.do.Enable()
		return
	}
	a.why.SetText(a.p.s.Texts.T("machines.approve.first_" + missing))
	a.do.Disable()
}

// run approves: the words were said to be equal, so those of the request are the ones that were read out.
func (a *approval) run() {
	p, t := a.p, a.p.s.Texts
	if a.do.Disabled() || p.busy {
		return
	}
	until, err := time.Parse(time.DateOnly, a.until.Value())
	if err != nil {
		return
	}
	folder := p.drives.Path()
	o := exchange.ApproveOptions{
		Keys: p.keys.drives.Path(), Passphrase: p.keys.take(), Until: until, Alias: strings.TrimSpace(a.machine.Text), UserAlias: strings.TrimSpace(a.user.Text),
		Role: domain.Role(one(a.roles)), Words: a.f.Pending.Words, Lang: p.words, Out: folder, Parts: []domain.Compartment{domain.Open},
	}
	o.Mission, _ = uuid.Parse(one(a.mission))
	for _, name := range a.parts.Chosen() {
		if c, err := domain.ParseCompartment(name); err == nil {
			o.Parts = append(o.Parts, c)
		}
	}
	ws, pending := p.s.WS, a.f.Pending
	var file string
	p.work(t.T("machines.approve.working"), func(ctx context.Context) (err error) {
		defer clear(o.Passphrase)
		if p.facts.two && !a.f.Answered {
			if o.Draft, err = exchange.NewDraftFolder(folder, draftName(pending.Request.Device)); err != nil {
				return err
			}
		}
		file, err = exchange.Approve(ctx, ws, pending, o)
		return err
	}, func(err error) {
		switch {
		case fault.Code(err) == "T-FEW" && o.Draft != "":
			a.half(o.Draft)
		case p.keys.refuse(err):
		case err != nil:
			p.fault(err)
		default:
			a.done(file)
		}
	})
}

// half says that somebody else must sign before the answer can be written.
func (a *approval) half(draft string) {
	p, t := a.p, a.p.s.Texts
	next := ui.NewPrimary(t.T("machines.view.sign"), func() { p.choose(viewSign) })
	p.reload(func() {
		p.form(next, ui.Card(ui.Banner(ui.Info, t.T("machines.approve.half"), nil, nil),
			ui.KeyValues(ui.KeyValue{Key: t.T("machines.sign.folder"), Value: filepath.Base(draft)}, ui.KeyValue{Key: t.T("exchange.made.where"), Value: filepath.Dir(draft)}),
			ui.Paragraph(t.T("machines.approve.half_next")), ui.Row(theme.SizeGap, next, ui.Spacer())))
	})
}

// done says where the answer is and where it must go.
func (a *approval) done(file string) {
	p, t := a.p, a.p.s.Texts
	closing := ui.NewPrimary(t.T("ui.close"), p.close)
	closing.OnEscape = p.close
	alias := strings.TrimSpace(a.machine.Text)
	p.reload(func() {
		p.form(closing, ui.Card(ui.Banner(ui.Success, t.T("machines.approve.done", "Machine", alias), nil, nil),
			ui.KeyValues(ui.KeyValue{Key: t.T("exchange.made.file"), Value: filepath.Base(file)}, ui.KeyValue{Key: t.T("exchange.made.where"), Value: filepath.Dir(file)}),
			ui.Paragraph(t.T("machines.approve.done_next", "Machine", alias)), ui.Row(theme.SizeGap, closing, ui.Spacer())))
	})
}

// Package today is the first place of an interviewer: the families of the day with time and room, the interview that was
// interrupted, and what waits for headquarters.
//
// The model (plan) knows no widgets; the place reads it off the UI goroutine and draws it.
package today

import (
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// quiet is how long the page waits after a change elsewhere before it reads again.
const quiet = 500 * time.Millisecond

// reading is what one look into the workspace brings.
type reading struct {
	cases    []workspace.CaseSummary
	cards    map[uuid.UUID]string
	missions int
	draft    *draft
	unsent   int
	// warnings are kinds of trust.Warning, and space for a nearly full disk.
	warnings    []string
	quarantined int
	// plan is the mission's, for who plans it; nil for others.
	plan   *schedule.Plan
	review reviewing
}

// draft is the interview to go on with.
type draft struct {
	id, caseID uuid.UUID
	person     string // whom it is about; empty for the household
	native     string
	number     string
	started    time.Time
}

type place struct {
	s    *ui.Session
	plan plan
	read reading

	states []exchange.CaseState // how far the own work has come; nil until it is known

	content  *fyne.Container
	notices  *fyne.Container
	carryOn  *fyne.Container
	day      *ui.Text
	progress *ui.Text
	back, on *ui.Button
	home     *ui.Button
	whose    *ui.Chips
	list     *fyne.Container
	unsent   *fyne.Container
	work     *fyne.Container // of each interviewer, for the lead

	beginning bool // an interview is being begun

	onScreen, stale, loaded bool
	again                   *ui.Debouncer
	cancel                  func()
	counting                func() // ends the reading of states
}

// New makes the place.
func New(s *ui.Session) ui.Place {
	p := &place{s: s, stale: true}
	p.plan.onlyMine = true
	p.build()
	p.again = ui.NewDebouncer(s.Loop, quiet, p.load)
	s.WS.Subscribe(func(workspace.Change) { s.Loop.Post(p.changed) })
	return p
}

func (p *place) build() {
	t := p.s.Texts
	p.notices, p.carryOn, p.list, p.unsent, p.work = ui.Stack(theme.SizeGap), ui.Stack(theme.SizeGap), ui.Stack(theme.SizeGap), ui.Stack(theme.SizeGap), ui.Stack(theme.SizeGap)
	p.day, p.progress = ui.Heading(""), ui.Muted("")
	p.back = ui.NewIconButton("back", t.T("today.day_before"), func() { p.step(-1) })
	p.on = ui.NewIconButton("forward", t.T("today.day_after"), func() { p.step(1) })
	p.home = ui.NewButton(t.T("today.to_today"), p.toToday)
	p.whose = ui.NewChips([]ui.Choice{{Code: "mine", Label: t.T("today.mine")}, {Code: "all", Label: t.T("today.all")}}, false)
	p.whose.Put("mine")
	p.whose.OnChosen = func(codes []string) {
		p.plan.onlyMine = !slices.Contains(codes, "all")
		p.whose.Put(map[bool]string{true: "mine", false: "all"}[p.plan.onlyMine])
		p.drawDay()
	}
	head := ui.Row(theme.SizeGap, p.back, ui.Stretch(ui.Middle(ui.Stack("", p.day, p.progress))), p.home, p.on)
	page := ui.Narrowed(1040, ui.Stack(theme.SizeGapWide, p.notices, p.carryOn, head, p.whose, p.list, p.work, p.unsent))
	p.content = container.NewStack(container.NewVScroll(ui.Inset(theme.SizeGapWide, page)))
	p.draw()
}

// Title is the heading of the page.
func (p *place) Title() string { return p.s.Texts.T("today.title") }

// Content is the page.
func (p *place) Content() fyne.CanvasObject { return p.content }

// Enter reads the plan if anything changed since.
func (p *place) Enter(...any) {
	p.onScreen = true
	if p.stale {
		p.load()
	} else {
		p.readStates() // an export changes them and no case
	}
}

// Leave stops looking.
func (p *place) Leave() {
	p.onScreen = false
	p.again.Stop()
}

// Shortcuts are the place's own keys.
func (p *place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt, Text: t.T("today.day_before"), Do: func() { p.step(-1) }},
		{Key: fyne.KeyRight, Modifier: fyne.KeyModifierAlt, Text: t.T("today.day_after"), Do: func() { p.step(1) }},
		{Key: fyne.KeyHome, Modifier: fyne.KeyModifierAlt, Text: t.T("today.to_today"), Do: p.toToday},
		{Key: fyne.KeyReturn, Modifier: fyne.KeyModifierAlt, Text: t.T("today.keys.carry_on"), Do: p.goOn},
	}
}

func (p *place) changed() {
	p.stale = true
	if p.onScreen {
		p.again.Touch()
	}
}

func (p *place) load() {
	p.stale = false
	if p.cancel != nil {
		p.cancel()
	}
	p.cancel = ui.Run(p.s.Loop, func(ctx context.Context) (reading, error) { return look(ctx, p.s.WS) }, func(r reading, err error) {
		if errors.Is(err, context.Canceled) {
			return
		}
		if err != nil {
			p.stale = true
			p.s.Fault(err)
			return
		}
		p.read, p.loaded = r, true
		p.plan.put(r.cases, r.cards, p.s.WS.Me().Alias, p.s.Now())
		if !slices.ContainsFunc(p.plan.sittings, func(s sitting) bool { return s.mine }) {
			p.plan.onlyMine = false
		}
		if !p.s.WS.Me().HQ {
			p.s.Unsent(r.unsent)
		}
		p.draw()
		p.readStates()
	})
}

// readStates reads how far the own work on each case has come, after all else is on screen.
func (p *place) readStates() {
	if p.s.WS.Me().HQ {
		return
	}
	if p.counting != nil {
		p.counting()
	}
	p.counting = ui.Run(p.s.Loop, func(ctx context.Context) ([]exchange.CaseState, error) { return exchange.CaseStates(ctx, p.s.WS) }, func(states []exchange.CaseState, err error) {
		if errors.Is(err, context.Canceled) {
			return
		}
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.states = states
		p.drawUnsent()
		p.content.Refresh()
	})
}

// look reads everything that the page shows.
func look(ctx context.Context, ws *workspace.Workspace) (r reading, err error) {
	if r.cases, err = ws.Cases(ctx); err != nil {
		return r, err
	}
	missions, err := ws.Missions(ctx)
	if err != nil {
		return r, err
	}
	r.missions = len(missions)
	cards, err := ws.Objects(ctx, "staff_card", uuid.Nil)
	if err != nil {
		return r, err
	}
	r.cards = make(map[uuid.UUID]string, len(cards))
	for _, card := range cards {
		r.cards[card.ID()] = card.Text("alias")
	}
	if ws.Me().Role.MayCreate("slot") {
		mission, err := schedule.MissionOf(ctx, ws, ws.Now().Format(time.DateOnly))
		if err != nil {
			return r, err
		}
		if r.plan, err = schedule.Read(ctx, ws, mission); err != nil {
			return r, err
		}
	}
	if r.draft, err = newestDraft(ctx, ws, r.cases); err != nil {
		return r, err
	}
	if r.review, err = lookForReview(ctx, ws); err != nil {
		return r, err
	}
	status, err := exchange.StatusOf(ctx, ws)
	if err != nil {
		return r, err
	}
	r.unsent, r.quarantined = status.Own.Unsent(), status.Quarantined
	for _, kind := range status.Warnings {
		// How headquarters keeps its keys is for headquarters to mend; that a directory has expired concerns everybody.
		if (ws.Me().HQ || kind == "expired") && !slices.Contains(r.warnings, kind) {
			r.warnings = append(r.warnings, kind)
		}
	}
	if _, enough := ws.Space(); !enough {
		r.warnings = append(r.warnings, "space")
	}
	return r, nil
}

// newestDraft finds the interview of this user that was written last and is not finished.
func newestDraft(ctx context.Context, ws *workspace.Workspace, cases []workspace.CaseSummary) (*draft, error) {
	interviews, err := ws.Objects(ctx, "interview", uuid.Nil)
	if err != nil {
		return nil, err
	}
	var newest *workspace.Record
	for _, one := range interviews {
		if !ws.OwnDraft(one) {
			continue
		}
		if newest == nil || newest.Text("start") < one.Text("start") {
			newest = one
		}
	}
	if newest == nil {
		return nil, nil
	}
	d := &draft{id: newest.ID(), caseID: newest.Case()}
	d.started, _ = time.Parse(time.RFC3339, newest.Text("start"))
	at := slices.IndexFunc(cases, func(c workspace.CaseSummary) bool { return c.ID == d.caseID })
	if at < 0 {
		return nil, nil // the case was removed
	}
	d.number, d.person, d.native = cases[at].Number, "", ""
	if about := newest.Reference("about"); about != uuid.Nil {
		person, err := ws.Get(ctx, "person", about)
		if err != nil {
			return nil, err
		}
		if person != nil {
			d.person, d.native = domain.DisplayName(person.Answer), person.Text("name_native_script")
		}
	}
	return d, nil
}

func (p *place) step(by int) {
	if p.plan.step(by) {
		p.drawDay()
	}
}

func (p *place) toToday() {
	p.plan.day = p.plan.nextDay()
	p.drawDay()
}

// goOn goes to the interview that was interrupted, else begins that of the family that comes next.
func (p *place) goOn() {
	if p.read.draft != nil {
		p.s.Go("interview", p.read.draft.id)
	} else if one := p.next(); one != nil {
		p.begin(*one)
	}
}

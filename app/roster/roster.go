// Package roster is headquarters' place for the roster of the orientation course: who is on it, who was taken off, and who turned
// up there (security.md 2.2.5, 6.9). Persons and whole cases are put on it, and every machine of the course learns it with the
// next file.
//
// What the course is told of a person, and from which age on, is decided in sync/exchange.
package roster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// Place is the page. Use on the UI goroutine only.
type Place struct {
	s        *ui.Session
	missions []ui.Choice
	mission  uuid.UUID
	rows     []person
	marked   int
	busy     bool

	root   *fyne.Container
	which  *ui.PickEntry // the mission; there may be hundreds
	choice *ui.Field
	pick   *ui.PickEntry
	table  *ui.Table
	none   *fyne.Container
	split  *ui.SplitLayout
	detail *fyne.Container
	scroll *container.Scroll
}

var (
	_ ui.Place       = (*Place)(nil)
	_ ui.Shortcutter = (*Place)(nil)
	_ ui.Searcher    = (*Place)(nil)
)

// person is an entry of the roster with what headquarters knows of whom it is about. Names are for the screen only.
type person struct {
	exchange.RosterEntry
	name, number string
	told         *workspace.Record // what the course is told; nil when it is not here
	// problems are what the rules about courses find (X21, X22).
	problems []domain.Problem
}

// New makes the place. It reads nothing before Enter.
func New(s *ui.Session) ui.Place {
	p := &Place{s: s}
	t := s.Texts
	p.which = ui.NewPickEntry(t, p.find)
	p.which.OnPick = func(choice ui.Choice) {
		id, err := uuid.Parse(choice.Code)
		if err != nil || p.busy || id == p.mission {
			p.putMission()
			return
		}
		p.mission, p.marked = id, 0
		p.reload(func() { ui.Focus(p.table.Focusable()) })
	}
	p.choice = ui.NewField(t.T("roster.mission"), p.which)
	p.pick = ui.NewPickEntry(t, p.lookup)
	p.pick.OnPick = func(choice ui.Choice) {
		if id, err := uuid.Parse(choice.Code); err == nil {
			p.add(id)
		}
	}
	p.table = ui.NewTable([]ui.Column{{Title: t.T("roster.column.who"), Least: 150, Share: 1}, {Title: t.T("roster.column.state"), Least: 170}}, func() int { return len(p.rows) }, p.cell).TwoLines()
	p.table.OnMark = func(row int) { p.mark(row) }
	p.table.OnOpen = func(row int) {
		p.mark(row)
		p.split.ShowDetail()
	}
	field := ui.NewField(t.T("roster.add"), p.pick)
	field.SetHint(t.T("roster.add_hint"))
	top := ui.Inset(theme.SizeGapWide, ui.Stack(theme.SizeGap, p.choice, field))
	p.none = ui.Stack("")
	back := ui.NewQuiet("back", t.T("roster.back"), func() { p.split.ShowList(); ui.Focus(p.table.Focusable()) })
	way := ui.Row("", back, ui.Spacer())
	way.Hide()
	p.detail = ui.Stack(theme.SizeGapWide)
	p.scroll = ui.Page(way, p.detail)
	p.split = ui.NewSplit(ui.Above(top, container.NewStack(p.table, p.none)), p.scroll)
	p.split.ListWidth = 480
	p.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
	p.root = container.NewStack(p.split)
	return p
}

// Title is the heading in the header.
func (p *Place) Title() string { return p.s.Texts.T("roster.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter reads everything again.
func (p *Place) Enter(...any) { p.reload(nil) }

// Leave has nothing to keep.
func (p *Place) Leave() {}

// FocusSearch goes to the field by which somebody is put on the roster.
func (p *Place) FocusSearch() { ui.Focus(p.pick) }

// Shortcuts are the keys of the place.
func (p *Place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyF5, Text: t.T("lists.key.again"), Do: func() { p.reload(nil) }},
		{Key: fyne.KeyN, Modifier: fyne.KeyModifierControl, Text: t.T("roster.add"), Do: p.FocusSearch},
	}
}

// facts is what is read for the page.
type facts struct {
	missions []ui.Choice
	mission  uuid.UUID
	rows     []person
}

// reload reads the roster again, then does what follows.
func (p *Place) reload(then func()) {
	ws, mission, day := p.s.WS, p.mission, p.s.Now()
	ui.Run(p.s.Loop, func(ctx context.Context) (facts, error) { return read(ctx, ws, mission, day) }, func(f facts, err error) {
		if err != nil {
			p.fault(err)
			return
		}
		p.missions, p.mission, p.rows = f.missions, f.mission, f.rows
		p.put()
		if then != nil {
			then()
		}
	})
}

// read reads the roster of a mission; when none is chosen that of the one under way on the day, else of the newest.
func read(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID, day time.Time) (f facts, err error) {
	known, err := ws.Missions(ctx)
	if err != nil {
		return f, err
	}
	for _, m := range ws.Trust().Missions() {
		if m.Partner != nil {
			continue
		}
		label := m.ID.String()[:8]
		if at := slices.IndexFunc(known, func(r *workspace.Record) bool { return r.ID() == m.ID }); at >= 0 {
			label = cmp.Or(strings.TrimSpace(known[at].Text("mission_code")+" "+known[at].Text("name")), label)
		}
		f.missions = append(f.missions, ui.Choice{Code: m.ID.String(), Label: label})
	}
	slices.SortFunc(f.missions, func(a, b ui.Choice) int { return strings.Compare(b.Label, a.Label) }) // codes begin with the year
	if f.mission = mission; mission == uuid.Nil {
		if f.mission, err = schedule.MissionOf(ctx, ws, day.Format(time.DateOnly)); err != nil {
			return f, err
		}
	}
	f.mission = oneOf(f.missions, f.mission)
	if f.mission == uuid.Nil {
		return f, nil
	}
	entries, err := exchange.Roster(ctx, ws, f.mission)
	if err != nil {
		return f, err
	}
	problems, err := ws.CourseProblems(ctx)
	if err != nil {
		return f, err
	}
	for _, entry := range entries {
		one := person{RosterEntry: entry, problems: problems[entry.ID]}
		if one.told, err = ws.Get(ctx, "roster_person", entry.ID); err != nil {
			return f, err
		}
		for _, of := range []struct {
			t  domain.Type
			id uuid.UUID
		}{{"person", entry.Person}, {"case", entry.Case}} {
			if of.id == uuid.Nil {
				continue
			}
			record, err := ws.Get(ctx, of.t, of.id)
			switch {
			case err != nil:
				return f, err
			case record == nil:
			case of.t == "person":
				one.name = domain.DisplayName(record.Answer)
			default:
				one.number = record.Text("unhcr_case_no")
			}
		}
		if one.name == "" && one.told != nil {
			one.name = strings.TrimSpace(one.told.Text("given_name") + " " + one.told.Text("family_initial"))
		}
		f.rows = append(f.rows, one)
	}
	slices.SortStableFunc(f.rows, func(a, b person) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.number, b.number), strings.Compare(a.name, b.name))
	})
	return f, nil
}

// oneOf is the wanted mission when a roster can be kept for it, else the newest; zero when there is none.
func oneOf(missions []ui.Choice, wanted uuid.UUID) uuid.UUID {
	if slices.ContainsFunc(missions, func(c ui.Choice) bool { return c.Code == wanted.String() }) {
		return wanted
	}
	if len(missions) == 0 {
		return uuid.Nil
	}
	newest, _ := uuid.Parse(missions[0].Code)
	return newest
}

// rank puts those about whom a rule is broken first, and those who were taken off last.
func rank(one person) int {
	switch {
	case len(one.problems) > 0:
		return 0
	case one.Withdrawn:
		return 2
	}
	return 1
}

// lookup finds persons and cases by name or number.
func (p *Place) lookup(text string, limit int) []ui.Choice {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	hits, err := p.s.WS.Search(context.Background(), text, limit)
	if err != nil {
		return nil
	}
	var choices []ui.Choice
	for _, hit := range hits {
		label := hit.Title
		if hit.Type == "case" {
			label = p.s.Texts.T("roster.whole_case", "Number", hit.Title)
		}
		choices = append(choices, ui.Choice{Code: hit.ID.String(), Label: label, Detail: hit.Detail})
	}
	return choices
}

func (p *Place) fault(err error) {
	if !errors.Is(err, context.Canceled) {
		p.s.Fault(err)
	}
}

// find finds missions by code or name, the newest first.
func (p *Place) find(text string, limit int) []ui.Choice {
	var found []ui.Choice
	folded := codelist.Fold(text)
	for _, mission := range p.missions {
		if len(found) < limit && strings.Contains(codelist.Fold(mission.Label), folded) {
			found = append(found, mission)
		}
	}
	return found
}

// putMission shows whose roster stands on the page.
func (p *Place) putMission() {
	if at := slices.IndexFunc(p.missions, func(c ui.Choice) bool { return c.Code == p.mission.String() }); at >= 0 {
		p.which.PutChoice(p.missions[at])
	}
}

// put shows list and marked row.
func (p *Place) put() {
	t := p.s.Texts
	p.choice.Hidden = len(p.missions) < 2
	p.putMission()
	p.none.RemoveAll()
	empty := len(p.rows) == 0
	p.table.Hidden = empty
	if empty {
		key := "roster.none"
		if p.mission == uuid.Nil {
			key = "roster.no_mission"
		}
		p.none.Add(ui.EmptyState("orientation", t.T(key), t.T(key+"_text"), nil))
	}
	p.marked = min(p.marked, max(len(p.rows)-1, 0))
	p.table.Refresh()
	p.table.Mark(p.marked)
	p.show()
	p.root.Refresh()
}

func (p *Place) cell(row, column int) ui.Cell {
	if row >= len(p.rows) {
		return ui.Cell{}
	}
	one := p.rows[row]
	if column == 0 {
		return ui.Cell{Text: cmp.Or(one.name, p.s.Texts.T("caseload.no_name")), Detail: one.number, Bold: !one.Withdrawn, Muted: one.Withdrawn}
	}
	level, icon, word := p.state(one)
	return ui.Cell{Badge: word, Level: level, Icon: icon}
}

func (p *Place) state(one person) (ui.Level, string, string) {
	t := p.s.Texts
	switch {
	case len(one.problems) > 0:
		return ui.Error, "error", t.N("roster.problems", len(one.problems))
	case one.Withdrawn:
		return ui.Neutral, "close", t.T("partner.roster.withdrawn")
	case one.Person == uuid.Nil:
		return ui.Info, "info", t.T("partner.roster.unknown")
	}
	return ui.Success, "ok", t.T("partner.roster.told")
}

func (p *Place) mark(row int) {
	if !p.busy {
		p.marked = row
		p.show()
	}
}

// show says what the course is told of the person marked, and offers to take the person off or put the person back.
func (p *Place) show() {
	p.detail.RemoveAll()
	if p.marked < len(p.rows) {
		p.detail.Add(p.card(p.rows[p.marked]))
	}
	p.detail.Refresh()
	p.scroll.Refresh()
}

// toldFields are what the course is told of a person, in the order of the page.
var toldFields = []string{"given_name", "family_initial", "birth_year", "sex", "language", "reads", "accessibility", "case_number", "contact"}

func (p *Place) card(one person) fyne.CanvasObject {
	t := p.s.Texts
	level, icon, word := p.state(one)
	parts := []fyne.CanvasObject{ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.Subheading(cmp.Or(one.name, t.T("caseload.no_name"))))), ui.NewBadge(level, icon, word))}
	for _, problem := range one.problems {
		parts = append(parts, ui.Banner(ui.Error, t.T(problem.Text(), problem.Pairs()...), nil, nil))
	}
	if one.Person == uuid.Nil {
		parts = append(parts, ui.Muted(t.T("roster.unknown_note")))
	}
	if !one.Withdrawn && one.told != nil {
		var rows []ui.KeyValue
		for _, field := range toldFields {
			if words := p.say(field, one.told.Answer(field)); words != "" {
				rows = append(rows, ui.KeyValue{Key: t.T("machines.partner.field." + field), Value: words})
			}
		}
		parts = append(parts, ui.Strong(t.T("roster.told")), ui.KeyValues(rows...), ui.Muted(t.T("roster.told_note")))
	}
	buttons := []fyne.CanvasObject{}
	switch {
	case p.s.WS.ReadOnly():
	case one.Withdrawn && one.Person != uuid.Nil:
		buttons = append(buttons, ui.NewButton(t.T("roster.again"), func() { p.add(one.Person) }))
	case !one.Withdrawn:
		buttons = append(buttons, ui.NewDanger(t.T("roster.remove"), func() { p.remove(one) }))
	}
	if one.Case != uuid.Nil {
		buttons = append(buttons, ui.NewButton(t.T("roster.open_case"), func() { p.s.Go("casefile", one.Case) }))
	}
	return ui.Card(append(parts, ui.Flow(theme.SizeGap, buttons...))...)
}

// say says an answer of the roster in words.
func (p *Place) say(field string, a domain.Answer) string {
	t := p.s.Texts
	switch field {
	case "reads":
		if a.Text() == "" {
			return ""
		}
		return ui.Lists().Label("yes_no", a.Text(), t.Lang())
	case "sex", "language", "accessibility":
		var words []string
		for _, code := range a.List() {
			words = append(words, p.s.WS.CodeLabel("roster_person", field, code, t.Lang()))
		}
		return strings.Join(words, ", ")
	}
	return a.Text()
}

// add puts a person, or those of a case who are old enough, on the roster.
func (p *Place) add(id uuid.UUID) {
	p.change(func(ctx context.Context, mission uuid.UUID) (*exchange.RosterChange, error) {
		return exchange.AddToRoster(ctx, p.s.WS, mission, []uuid.UUID{id})
	}, func() {
		p.pick.PutChoice(ui.Choice{})
		for row, one := range p.rows {
			if one.Person == id || one.Case == id {
				p.marked = row
				break
			}
		}
	})
}

// remove asks, then takes a person off.
func (p *Place) remove(one person) {
	t := p.s.Texts
	ui.Confirm(p.s.Window, t, ui.Question{
		Title: t.T("roster.remove_title"), Text: t.T("roster.remove_text"), Yes: t.T("roster.remove"), Danger: true,
		OnYes: func(string) {
			p.change(func(ctx context.Context, mission uuid.UUID) (*exchange.RosterChange, error) {
				return exchange.RemoveFromRoster(ctx, p.s.WS, mission, []uuid.UUID{one.ID})
			}, func() {})
		},
	})
}

// change changes the roster and says how far it came.
func (p *Place) change(do func(ctx context.Context, mission uuid.UUID) (*exchange.RosterChange, error), then func()) {
	if p.busy || p.mission == uuid.Nil {
		return
	}
	p.busy = true
	t, mission := p.s.Texts, p.mission
	ui.Run(p.s.Loop, func(ctx context.Context) (*exchange.RosterChange, error) { return do(ctx, mission) }, func(done *exchange.RosterChange, err error) {
		p.busy = false
		if err != nil {
			p.fault(err)
			return
		}
		level, words := ui.Success, t.T("partner.roster.changed", "Added", done.Added, "Changed", done.Changed, "Withdrawn", done.Withdrawn)
		if *done == (exchange.RosterChange{}) {
			level, words = ui.Info, t.T("roster.unchanged")
		}
		p.s.Notify(level, words)
		p.reload(func() {
			then()
			p.put()
		})
	})
}

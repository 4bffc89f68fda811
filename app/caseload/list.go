package caseload

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/app/ui/safety"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// mineToday is the filter that stands among the statuses: cases that this user meets today.
const mineToday = "@mine"

// awayStill is the filter for cases whose work is not yet safe at headquarters.
const awayStill = "@away"

// sortKey is a way of sorting. byRelevance is the order of search hits, and by time and number without a search.
type sortKey string

const (
	byRelevance sortKey = ""
	byNumber    sortKey = "number"
	byName      sortKey = "name"
	byPersons   sortKey = "persons"
	bySlot      sortKey = "slot"
	byStatus    sortKey = "status"
	byWritten   sortKey = "written"
	bySafety    sortKey = "safety"
)

var sortKeys = []sortKey{bySlot, byNumber, byName, byPersons, byStatus, byWritten, bySafety}

// line is one case with what sorting and filtering need of it, made once when the cases are read.
type line struct {
	workspace.CaseSummary
	start  time.Time // of the slot, zero without one
	name   string    // folded, for sorting
	number string
	mine   bool
	// state is how far the own work has come; known a moment after the case.
	state exchange.State
}

// hit is what a search says about a case: whom it found there.
type hit struct {
	title, native string
	rank          int
}

// list is the model behind the screen: all cases, and those that pass search and filter, in order. It knows no widgets.
type list struct {
	all        []line
	shown      []*line
	hits       map[uuid.UUID]hit // nil while nothing is searched for
	statuses   map[domain.Status]bool
	mine       bool
	away       bool
	states     map[uuid.UUID]exchange.State
	key        sortKey
	descending bool
}

// put takes new cases. cards are the staff cards that stand for this user (the interviewer of a slot is one), now tells today.
func (l *list) put(cases []workspace.CaseSummary, cards []string, now time.Time) {
	l.all = make([]line, len(cases))
	for i, c := range cases {
		l.all[i] = line{CaseSummary: c, name: codelist.Fold(c.Name), number: strings.ToLower(c.Number), state: l.states[c.ID]}
		if c.Slot == nil {
			continue
		}
		if start, err := time.Parse(time.RFC3339, c.Slot.Start); err == nil {
			l.all[i].start = start
			today := now.In(start.Location()).Format(time.DateOnly) == start.Format(time.DateOnly)
			l.all[i].mine = today && slices.Contains(cards, c.Slot.Interviewer)
		}
	}
	l.choose()
}

// putStates takes how far the own work on each case has come.
func (l *list) putStates(states []exchange.CaseState) {
	l.states = make(map[uuid.UUID]exchange.State, len(states))
	for _, s := range states {
		l.states[s.Case] = s.State
	}
	for i := range l.all {
		l.all[i].state = l.states[l.all[i].ID]
	}
	l.choose()
}

// find takes the hits of a search; nil ends it.
func (l *list) find(hits []workspace.Hit, searching bool) {
	l.hits = nil
	if searching {
		l.hits = make(map[uuid.UUID]hit, len(hits))
		for rank, h := range hits {
			if _, known := l.hits[h.Case]; known {
				continue // the best hit of a case comes first
			}
			found := hit{rank: rank}
			if h.Type == "person" {
				found.title, found.native = h.Title, h.Native
			}
			l.hits[h.Case] = found
		}
	}
	l.choose()
}

// filter keeps cases of the codes chosen: statuses, mineToday and awayStill. No code keeps all.
func (l *list) filter(codes []string) {
	l.statuses, l.mine, l.away = map[domain.Status]bool{}, false, false
	for _, code := range codes {
		switch code {
		case mineToday:
			l.mine = true
		case awayStill:
			l.away = true
		default:
			l.statuses[domain.Status(code)] = true
		}
	}
	l.choose()
}

func (l *list) sort(key sortKey, descending bool) {
	l.key, l.descending = key, descending
	l.choose()
}

func (l *list) passes(c *line) bool {
	if l.hits != nil {
		if _, found := l.hits[c.ID]; !found {
			return false
		}
	}
	return (len(l.statuses) == 0 || l.statuses[c.Status]) && (!l.mine || c.mine) && (!l.away || !c.state.Safe())
}

func (l *list) choose() {
	l.shown = l.shown[:0]
	for i := range l.all {
		if l.passes(&l.all[i]) {
			l.shown = append(l.shown, &l.all[i])
		}
	}
	slices.SortStableFunc(l.shown, func(a, b *line) int {
		order := l.compare(a, b)
		if l.descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.number, b.number))
	})
}

func (l *list) compare(a, b *line) int {
	switch l.key {
	case byNumber:
		return cmp.Compare(a.number, b.number)
	case byName:
		return cmp.Compare(a.name, b.name)
	case byPersons:
		return cmp.Compare(a.Persons, b.Persons)
	case byStatus:
		return cmp.Compare(slices.Index(domain.Statuses, a.Status), slices.Index(domain.Statuses, b.Status))
	case byWritten:
		return a.Written.Compare(b.Written)
	case bySafety:
		return cmp.Compare(care(a.state), care(b.state))
	case byRelevance:
		if l.hits != nil {
			return cmp.Compare(l.hits[a.ID].rank, l.hits[b.ID].rank)
		}
	}
	// By time: cases without a slot come last either way round.
	switch {
	case a.start.IsZero() != b.start.IsZero():
		if a.start.IsZero() == l.descending {
			return -1
		}
		return 1
	default:
		return a.start.Compare(b.start)
	}
}

// care ranks states, the one that needs most care first; a case that nothing was written of comes last.
func care(s exchange.State) int {
	if at := slices.Index(exchange.States, s); at >= 0 {
		return at
	}
	return len(exchange.States)
}

// filters counts, over all cases, how many each filter would keep: the statuses met, in the order of the process.
func (l *list) filters() (mine, away int, statuses []domain.Status, counts map[domain.Status]int) {
	counts = map[domain.Status]int{}
	for i := range l.all {
		counts[l.all[i].Status]++
		if l.all[i].mine {
			mine++
		}
		if !l.all[i].state.Safe() {
			away++
		}
	}
	for _, status := range domain.Statuses {
		if counts[status] > 0 {
			statuses = append(statuses, status)
		}
	}
	return mine, away, statuses, counts
}

// The columns of the table.
const (
	columnNumber = iota
	columnName
	columnPersons
	columnLanguages
	columnSlot
	columnStatus
	columnInterviews
	columnConflicts
	columnWritten
)

var columnSorts = map[int]sortKey{
	columnNumber: byNumber, columnName: byName, columnPersons: byPersons, columnSlot: bySlot, columnStatus: byStatus, columnWritten: byWritten,
}

// cell says what the table shows of a case.
func (l *list) cell(t *i18n.Texts, now time.Time, row, column int) ui.Cell {
	if row >= len(l.shown) {
		return ui.Cell{}
	}
	c := l.shown[row]
	switch column {
	case columnNumber:
		return ui.Cell{Text: c.Number, Detail: countryOf(t, c.Country)}
	case columnName:
		return l.nameCell(t, c)
	case columnPersons:
		cell := ui.Cell{Text: t.N("caseload.persons", c.Persons)}
		if c.Children > 0 {
			cell.Detail = t.N("caseload.children", c.Children)
		}
		return cell
	case columnLanguages:
		return ui.Cell{Text: languagesOf(t, c.Languages)}
	case columnSlot:
		if c.start.IsZero() {
			return ui.Cell{Text: t.T("caseload.no_slot"), Muted: true}
		}
		return ui.Cell{Text: dayOf(t, c.start, now) + " " + c.start.Format("15:04"), Detail: c.Slot.Room}
	case columnStatus:
		level, icon := statusLook(c.Status)
		return ui.Cell{Badge: ui.Lists().Label("status", string(c.Status), t.Lang()), Level: level, Icon: icon}
	case columnInterviews:
		if c.Interviews == 0 {
			return ui.Cell{Text: "–", Muted: true}
		}
		return ui.Cell{Text: t.T("caseload.interviews_done", "Done", c.Finished, "All", c.Interviews)}
	case columnConflicts:
		if c.Conflicts == 0 {
			return ui.Cell{}
		}
		return ui.Cell{Badge: strconv.Itoa(c.Conflicts), Level: ui.Warning, Icon: "conflicts"}
	case columnWritten:
		if c.Written.IsZero() {
			return ui.Cell{}
		}
		at := c.Written.In(now.Location())
		if word := safety.Word(t, c.state); word != "" {
			return ui.Cell{Text: dayOf(t, at, now) + " " + at.Format("15:04"), Detail: word}
		}
		return ui.Cell{Text: dayOf(t, at, now), Detail: at.Format("15:04")}
	}
	return ui.Cell{}
}

// nameCell shows the principal applicant's name with the native script, or whom a search found in the family.
func (l *list) nameCell(t *i18n.Texts, c *line) ui.Cell {
	cell := ui.Cell{Text: c.Name, Detail: c.Native, Bold: true}
	if cell.Text == "" {
		cell.Text, cell.Bold, cell.Muted = t.T("caseload.no_name"), false, true
	}
	if h, found := l.hits[c.ID]; found && h.title != "" && (h.title != c.Name || h.native != c.Native) {
		cell.Detail = t.T("caseload.found", "Name", strings.TrimSpace(h.title+" "+h.native))
	}
	return cell
}

func countryOf(t *i18n.Texts, code string) string {
	if code == "" {
		return ""
	}
	return ui.Lists().Label("country", code, t.Lang())
}

func languagesOf(t *i18n.Texts, codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = ui.Lists().Label("language", code, t.Lang())
	}
	return strings.Join(names, ", ")
}

// dayOf says a day the short way: today, tomorrow, yesterday, else day and month.
func dayOf(t *i18n.Texts, day, now time.Time) string {
	at := func(days int) string { return now.In(day.Location()).AddDate(0, 0, days).Format(time.DateOnly) }
	switch day.Format(time.DateOnly) {
	case at(0):
		return t.T("caseload.today")
	case at(1):
		return t.T("caseload.tomorrow")
	case at(-1):
		return t.T("caseload.yesterday")
	}
	if day.Year() != now.Year() {
		return day.Format("2.1.2006")
	}
	return day.Format("2.1.")
}

// statusLook gives a status its colours and picture; the word always stands beside them.
func statusLook(s domain.Status) (ui.Level, string) {
	switch s {
	case domain.InInterview:
		return ui.Info, "interview"
	case domain.Mapped, domain.Advised, domain.Granted, domain.Fordelingsklar, domain.Bosatt:
		return ui.Success, "ok"
	case domain.Postponed, domain.NotMet, domain.Trukket, domain.AvslattAvKommunen:
		return ui.Warning, "warning"
	case domain.Refused, domain.Avslag, domain.Withdrawn, domain.Frafalt, domain.Henlagt:
		return ui.Neutral, "close"
	case domain.Scheduled:
		return ui.Neutral, "calendar"
	default:
		return ui.Neutral, "clock"
	}
}

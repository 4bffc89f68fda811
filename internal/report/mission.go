// Package report makes the figures that leave the register: counts with their definitions, never a person.
//
// [Mission] counts over one mission what domain.md 14.3 asks for; [WriteFile] writes figures as JSON or CSV. Cells of fewer
// than five persons are shown as "<5" (domain.md 14.9), and a table whose suppressed cell could be reckoned from its sum
// loses a second cell too.
package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/workspace"
)

// smallest is the smallest count of persons or cases that is shown (domain.md 14.9).
const smallest = 5

// Cell is one figure.
type Cell struct {
	Table string // "cases_by_status" …; its title and definition stand in the text catalogue
	Row   string // a code of List, or a word of the table
	List  string // code list of Row; empty when the row is one of the table's own words
	Count int
	// Hidden: fewer than five, or a cell from which such a one could be reckoned.
	Hidden bool
}

// Figures are the cells of one report and what they rest on.
type Figures struct {
	Kind    string // "mission"
	Mission uuid.UUID
	Code    string // of the mission
	MadeAt  time.Time
	MadeBy  string // alias of the user
	Cells   []Cell
}

// Mission counts cases, persons and interviews of one mission: scheduled, interviewed and not met; adults and children on
// [time.Now] of the workspace; interpreters by mode; languages used (domain.md 14.3).
func Mission(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID) (*Figures, error) {
	f := &Figures{Kind: "mission", Mission: mission, MadeAt: ws.Now(), MadeBy: ws.Me().Alias}
	record, err := ws.Get(ctx, "mission", mission)
	if err != nil {
		return nil, err
	}
	if record != nil {
		f.Code = record.Text("mission_code")
	}
	cases, err := ws.Cases(ctx)
	if err != nil {
		return nil, err
	}
	t := tally{}
	for _, c := range cases {
		own, err := ws.Get(ctx, "case", c.ID)
		if err != nil {
			return nil, err
		}
		if own == nil || own.Reference("mission") != mission {
			continue
		}
		t.add("cases_by_status", "status", string(c.Status))
		t.add("cases_by_channel", "channel", own.Text("channel"))
		t.addN("persons", "", "adults", c.Persons-c.Children)
		t.addN("persons", "", "children", c.Children)
		if err := t.interviews(ctx, ws, c.ID); err != nil {
			return nil, err
		}
	}
	f.Cells = t.cells()
	ws.Audit("report", "mission", mission)
	return f, nil
}

// tally counts cells by table, list and row.
type tally map[[3]string]int

func (t tally) add(table, list, row string) { t.addN(table, list, row, 1) }

func (t tally) addN(table, list, row string, n int) {
	if row == "" {
		row, list = "unknown", ""
	}
	t[[3]string{table, list, row}] += n
}

func (t tally) interviews(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID) error {
	interviews, err := ws.Objects(ctx, "interview", caseID)
	if err != nil {
		return err
	}
	for _, interview := range interviews {
		t.add("interviews_by_type", "interview_type", interview.Text("type"))
	}
	uses, err := ws.Objects(ctx, "interpreter_use", caseID)
	if err != nil {
		return err
	}
	for _, use := range uses {
		t.add("interpreters_by_mode", "interpreter_mode", use.Text("mode"))
		t.add("interpreted_languages", "language", use.Text("language_from"))
	}
	return nil
}

// cells sorts the figures and hides small ones.
func (t tally) cells() []Cell {
	var out []Cell
	for key, n := range t {
		out = append(out, Cell{Table: key[0], List: key[1], Row: key[2], Count: n, Hidden: n > 0 && n < smallest})
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Row, b.Row))
	})
	hideSecond(out)
	return out
}

// hideSecond hides one more cell of a table in which exactly one is hidden: the smallest of the shown ones.
func hideSecond(cells []Cell) {
	for start := 0; start < len(cells); {
		end := start
		for end < len(cells) && cells[end].Table == cells[start].Table {
			end++
		}
		hidden, candidate := 0, -1
		for i := start; i < end; i++ {
			switch {
			case cells[i].Hidden:
				hidden++
			case cells[i].Count > 0:
				candidate = i // counts fall within a table, so the last shown one is the smallest
			}
		}
		if hidden == 1 && candidate >= 0 {
			cells[candidate].Hidden = true
		}
		start = end
	}
}


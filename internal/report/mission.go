package report

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// Mission counts cases, persons and interviews of one mission: cases by status and channel; adults and children, as of the
// workspace's clock; interviews by type; interpreters by mode and language (domain.md 14.3). Faults: E-CASE when the mission
// is not known here, E-ROLE when the user may not read cases.
func Mission(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID) (*Figures, error) {
	if !ws.Holds(domain.Case) {
		return nil, fault.Newf("E-ROLE", "report", "compartment case not held")
	}
	record, err := ws.Get(ctx, "mission", mission)
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, fault.Newf("E-CASE", mission.String(), "no such mission")
	}
	me := ws.Me()
	f := &Figures{Kind: KindMission, Mission: mission, Code: record.Text("mission_code"), MadeAt: ws.Now(), MadeBy: me.Alias, Training: me.Training, lists: ws.Lists()}
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
		if c.Written.After(f.NewestWrite) {
			f.NewestWrite = c.Written
		}
		t.add("cases_by_status", "status", string(c.Status))
		t.add("cases_by_channel", "channel", own.Text("channel"))
		t.addN("persons", "", "adults", c.Persons-c.Children)
		t.addN("persons", "", "children", c.Children)
		if err := t.interviews(ctx, ws, c.ID); err != nil {
			return nil, err
		}
	}
	f.Cells, f.CodeLists = t.cells(), t.codeLists(f.lists)
	ws.Audit("report", "mission", mission)
	return f, nil
}

// tally counts cells by table, list and row.
type tally map[[3]string]int

func (t tally) add(table, list, row string) { t.addN(table, list, row, 1) }

// addN counts a row. A row with nothing in it is left out: that a table lacks a row says no more than a zero would.
func (t tally) addN(table, list, row string, n int) {
	if n == 0 {
		return
	}
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

func (t tally) codeLists(in *codelist.Lists) map[string]string {
	lists := map[string]string{}
	for key := range t {
		if key[1] != "" {
			lists[key[1]] = in.Version(key[1])
		}
	}
	return lists
}

// cells hides what must not be shown and puts the figures in order: by table; the shown ones by size, then the hidden ones
// by row, so that their place does not tell which is the larger.
func (t tally) cells() []Cell {
	var out []Cell
	for key, n := range t {
		out = append(out, Cell{Table: key[0], List: key[1], Row: key[2], Count: n})
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Row, b.Row))
	})
	suppress(out)
	slices.SortStableFunc(out, func(a, b Cell) int {
		switch {
		case a.Table != b.Table:
			return cmp.Compare(a.Table, b.Table)
		case a.Hidden != b.Hidden:
			return map[bool]int{false: -1, true: 1}[a.Hidden]
		case a.Hidden:
			return cmp.Compare(a.Row, b.Row)
		}
		return 0
	})
	return out
}

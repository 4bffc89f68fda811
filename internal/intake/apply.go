package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
)

// Apply takes a list in as its plan says, in one transaction: all of it or nothing. Cases with an error stay out, which leaveOut must
// allow. The mapping is remembered for the next list with the same headings. A plan that changes nothing writes nothing but that, and
// its intake has no identifier. progress is told objects done of all; may be nil. Faults: those of [Prepare]; E-PLAN when the register is no
// longer as it was when the plan was made; L-ROWS when rows have errors and leaveOut is false.
func Apply(ctx context.Context, ws *workspace.Workspace, list *List, o Options, plan *Plan, leaveOut bool, progress func(done, total int)) (*Intake, error) {
	now, err := Prepare(ctx, ws, list, o, nil)
	if err != nil {
		return nil, err
	}
	if now.digest != plan.digest {
		return nil, fault.Newf("E-PLAN", list.Name, "the register has changed since")
	}
	if (plan.Counts.Errors > 0 || plan.Counts.Asking > 0) && !leaveOut {
		return nil, fault.Newf("L-ROWS", list.Name, "%d errors, %d questions", plan.Counts.Errors, plan.Counts.Asking)
	}
	unit := &workspace.Unit{Progress: progress}
	for i := range plan.Cases {
		unit.Writes = append(unit.Writes, plan.Cases[i].writes...)
	}
	me := ws.Me()
	done := Intake{
		At: stamp(ws.Now()), By: me.Alias, File: plan.File, SHA256: plan.SHA256, Source: plan.Mapping.Source, Mission: plan.Mission, Counts: plan.Counts,
	}
	if len(unit.Writes) > 0 {
		if done.ID, err = uuid.NewV7(); err != nil {
			return nil, err
		}
	}
	header := headerSet(list.Table)
	unit.Also = func(tx *register.Tx, lines map[domain.Compartment]workspace.LineSet) error {
		return remember(tx, ws.Dir(), func(m *memory) {
			if _, known := m.Mappings[header]; known || len(m.Mappings) < mostMappings {
				m.Mappings[header] = plan.Mapping.Clone()
			}
			if done.ID != uuid.Nil {
				m.Intakes = append(m.Intakes, record{Intake: done, Lines: byName(lines)})
			}
		})
	}
	if _, err := ws.SetUnit(ctx, unit); err != nil {
		return nil, err
	}
	if done.ID != uuid.Nil {
		ws.Audit("intake", "", done.ID)
	}
	return &done, nil
}

func byName(lines map[domain.Compartment]workspace.LineSet) map[string]workspace.LineSet {
	out := map[string]workspace.LineSet{}
	for c, set := range lines {
		out[c.String()] = set
	}
	return out
}

// Undone says what taking an intake back does, or would do.
type Undone struct {
	Intake Intake `json:"intake"`
	// Changed is false when it was taken back before.
	Changed bool `json:"changed"`
	workspace.Withdrawn
	Cases []uuid.UUID `json:"cases"` // that it touches; at headquarters
}

// Undo takes back what an intake brought, in one step. What somebody has built on stays. At headquarters that is said once for all
// machines, like the undo of a bundle (security.md 7.2); on a machine in the field the former values are written again. With rehearse
// nothing is written. Faults: E-ROLE, E-IMPORT when no such intake is known here, E-VALUE without a reason.
func Undo(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, reason string, rehearse bool) (*Undone, error) {
	if err := allowed(ws); err != nil {
		return nil, err
	}
	kept, err := remembered(ws)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(kept.Intakes, func(r record) bool { return r.ID == id })
	if at < 0 {
		return nil, fault.New("E-IMPORT", id.String(), nil)
	}
	if reason = strings.TrimSpace(reason); reason == "" && !rehearse {
		return nil, fault.Newf("E-VALUE", "reason", "no reason given")
	}
	of := kept.Intakes[at]
	out := &Undone{Intake: of.Intake, Cases: []uuid.UUID{}}
	if of.Undone {
		return out, nil
	}
	out.Changed = true
	lines := map[domain.Compartment]workspace.LineSet{}
	for name, set := range of.Lines {
		c, err := domain.ParseCompartment(name)
		if err != nil {
			return nil, fault.New("V-DAMAGED", ws.Dir(), err)
		}
		lines[c] = set
	}
	note := func(tx *register.Tx) error {
		return remember(tx, ws.Dir(), func(m *memory) {
			for i := range m.Intakes {
				if m.Intakes[i].ID == id {
					m.Intakes[i].Undone, m.Intakes[i].Reason = true, reason
				}
			}
		})
	}
	if !ws.Me().HQ {
		withdrawn, err := ws.Withdraw(ctx, lines, rehearse, note)
		if err != nil {
			return nil, err
		}
		out.Withdrawn = *withdrawn
		if !rehearse {
			ws.Audit("undo", "", id)
		}
		return out, nil
	}
	marked, err := ws.MarkImport(ctx, workspace.ImportMark{
		Import: id, Lines: lines, Exclude: true, Reason: reason, File: of.SHA256, Mission: of.Mission,
		Also: func(tx *register.Tx, _ []domain.Compartment) error { return note(tx) },
	}, rehearse)
	if err != nil {
		return nil, err
	}
	out.Withdrawn = withdrawnBy(marked)
	out.Cases = append(out.Cases, marked.Cases...)
	return out, nil
}

// withdrawnBy counts what a mark does in the words of [workspace.Withdrawn]: records of which nothing is left, and fields of others.
func withdrawnBy(marked *workspace.Marked) workspace.Withdrawn {
	left := map[uuid.UUID]int{}
	for _, d := range marked.Differences {
		if len(d.New) > 0 {
			left[d.Object]++
		} else if _, seen := left[d.Object]; !seen {
			left[d.Object] = 0
		}
	}
	stays := map[uuid.UUID]bool{}
	for _, d := range marked.Later {
		stays[d.Object] = true
	}
	out := workspace.Withdrawn{Stay: len(marked.Later)}
	for _, d := range marked.Differences {
		if left[d.Object] > 0 || stays[d.Object] {
			out.Fields++
			left[d.Object] = 1
		}
	}
	for object, n := range left {
		if n == 0 && !stays[object] {
			out.Objects++
		}
	}
	return out
}

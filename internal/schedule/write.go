package schedule

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// Change is one step of work on the plan, which can be taken back.
type Change struct {
	ws   *workspace.Workspace
	unit workspace.Unit
}

// Undo takes the change back by ordinary writes: new slots go, changed fields get their former values. What somebody has built on in
// the meantime stays; it returns how much that is.
func (c *Change) Undo(ctx context.Context) (stayed int, err error) {
	done, err := c.ws.Withdraw(ctx, c.unit.Lines(), false, nil)
	if err != nil {
		return 0, err
	}
	return done.Stay, nil
}

// stored is the form in which times are kept (domain.md 7.2).
const stored = "2006-01-02T15:04:05-07:00"

func text(value string) domain.Answer {
	if value == "" {
		return domain.Answer{}
	}
	return domain.TextAnswer(value)
}

func moment(t time.Time) domain.Answer {
	if t.IsZero() {
		return domain.Answer{}
	}
	return domain.TextAnswer(t.Format(stored))
}

func reference(id uuid.UUID) domain.Answer {
	if id == uuid.Nil {
		return domain.Answer{}
	}
	return domain.TextAnswer(id.String())
}

// answers are the fields of a slot as stored.
func answers(mission uuid.UUID, s Slot) map[string]domain.Answer {
	fields := map[string]domain.Answer{
		"mission": reference(mission), "date": text(s.Day()), "start": moment(s.Start), "end": moment(s.End),
		"room": text(s.Room), "interviewer": reference(s.Interviewer), "interpreter": text(s.Interpreter), "agency": text(s.Agency),
		"status": text(s.Status), "reason": text(s.Reason), "part_of_family": text(s.Part), "moved_to": reference(s.MovedTo),
		"actual_start": moment(s.Began), "actual_end": moment(s.Ended),
	}
	if len(s.Sequence) > 0 {
		fields["agency_sequence"] = domain.Answer{Value: slices.Clone(s.Sequence)}
	} else {
		fields["agency_sequence"] = domain.Answer{}
	}
	fields["mode"] = domain.Answer{}
	if s.Remote {
		fields["mode"] = domain.TextAnswer("remote")
	}
	return fields
}

// Put writes slots as they are to stand, in one transaction: new ones with their case, and of those that exist the fields that
// differ from old. A slot keeps the case that it was made for. Faults: those of [workspace.Workspace.SetMany]; E-ROLE when the user may
// not change the plan.
func Put(ctx context.Context, ws *workspace.Workspace, old *Plan, slots ...Slot) (*Change, error) {
	c := &Change{ws: ws}
	for _, s := range slots {
		was := old.Slot(s.ID)
		fields := answers(old.Mission, s)
		if was != nil {
			before := answers(old.Mission, *was)
			for name, answer := range fields {
				if same(answer, before[name]) {
					delete(fields, name)
				}
			}
		} else {
			for name, answer := range fields {
				if answer.Empty() {
					delete(fields, name)
				}
			}
		}
		if len(fields) > 0 {
			c.unit.Writes = append(c.unit.Writes, workspace.Write{Target: workspace.Target{Type: "slot", ID: s.ID, Mission: old.Mission}, Answers: fields})
		}
		if s.Case != uuid.Nil && (was == nil || was.Case == uuid.Nil || was.Household != s.Household) {
			c.unit.Writes = append(c.unit.Writes, join(old.Mission, s))
		}
	}
	if len(c.unit.Writes) == 0 {
		return c, nil
	}
	_, err := ws.SetUnit(ctx, &c.unit)
	return c, err
}

func same(a, b domain.Answer) bool {
	one, err := a.Encode()
	other, wrong := b.Encode()
	return err == nil && wrong == nil && string(one) == string(other)
}

func join(mission uuid.UUID, s Slot) workspace.Write {
	fields := map[string]domain.Answer{"slot": reference(s.ID), "case": reference(s.Case), "household": reference(s.Household)}
	return workspace.Write{Target: workspace.Target{Type: "slot_case", Case: s.Case, Subject: s.ID, Mission: mission}, Answers: fields}
}

// Postponed gives the slot that stands for one which could not be held: the same family, people and room at another time. The old slot
// is to say that it was moved, why, and where to.
func Postponed(old Slot, reason string, id uuid.UUID, start time.Time) (was, now Slot) {
	was, now = old, old
	was.Status, was.Reason, was.MovedTo = Moved, reason, id
	now.ID, now.Status, now.Reason, now.Part, now.Began, now.Ended = id, Planned, "", "", time.Time{}, time.Time{}
	now.Start, now.End = start, start.Add(old.End.Sub(old.Start))
	return was, now
}

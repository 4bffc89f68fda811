package review

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// family is one case in the list. It knows no widgets, and nothing of health and sensitive matters: the list stands open.
type family struct {
	workspace.CaseSummary
	statuses map[domain.InterviewStatus]int // of its interviews
	returned int                            // interviews sent back
	errors   int
	waiting  int // warnings without an answer
	threads  int // comments that are not settled
	mine     bool
}

// wants reports whether the family waits for this role: for an interviewer what came back or is not handed in, for the lead what is
// handed in or amended, for both a comment.
func (f family) wants(role domain.Role) bool {
	if role == domain.INT || role == domain.REM {
		return f.mine && (f.returned > 0 || f.statuses[domain.Draft] > 0 || f.threads > 0)
	}
	return f.statuses[domain.ReadyForReview] > 0 || f.statuses[domain.Amended] > 0 || f.threads > 0
}

// families reads the cases in which somebody has been interviewed, those that wait for this role first.
func families(ctx context.Context, ws *workspace.Workspace) ([]family, error) {
	cases, err := ws.Cases(ctx)
	if err != nil {
		return nil, err
	}
	role := ws.Me().Role
	var all []family
	for _, c := range cases {
		if c.Interviews == 0 {
			continue
		}
		read, err := ws.ReviewCase(ctx, c.ID)
		if fault.Code(err) == "E-CASE" {
			continue // removed since the list was read
		}
		if err != nil {
			return nil, err
		}
		all = append(all, familyOf(ws, c, read))
	}
	slices.SortStableFunc(all, func(a, b family) int {
		if x, y := a.wants(role), b.wants(role); x != y {
			return map[bool]int{true: -1, false: 1}[x]
		}
		return cmp.Compare(b.returned, a.returned)
	})
	return all, nil
}

func familyOf(ws *workspace.Workspace, c workspace.CaseSummary, read *workspace.Review) family {
	f := family{CaseSummary: c, statuses: map[domain.InterviewStatus]int{}}
	for _, interview := range read.File.Interviews() {
		f.statuses[workspace.InterviewStatus(interview)]++
		if workspace.Returned(interview) {
			f.returned++
		}
		f.mine = f.mine || ws.OwnInterview(interview)
	}
	for _, p := range read.Problems {
		switch {
		case p.Severity == domain.Error:
			f.errors++
		case p.Open():
			f.waiting++
		}
	}
	for _, thread := range read.Threads {
		if !thread.Settled {
			f.threads++
		}
	}
	return f
}

// detail is one family as the page shows it.
type detail struct {
	*workspace.Review
	progress map[uuid.UUID]form.Progress // by interview
	advice   []*workspace.Record
	acts     []exchange.Act // what this user can take back, the newest first
}

// actOn finds the newest act on a record; nil when there is none to take back.
func (d *detail) actOn(id uuid.UUID) *exchange.Act {
	for i := range d.acts {
		if d.acts[i].Object == id {
			return &d.acts[i]
		}
	}
	return nil
}

// readDetail reads a family; with special, health and sensitive matters too.
func readDetail(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, special bool) (*detail, error) {
	var parts []workspace.Part
	if special {
		parts = append(parts, workspace.Part{Compartment: domain.Special})
	}
	read, err := ws.ReviewCase(ctx, id, parts...)
	if err != nil {
		return nil, err
	}
	d := &detail{Review: read, progress: map[uuid.UUID]form.Progress{}, advice: read.File.Records("advice")}
	if d.acts, err = exchange.Acts(ctx, ws, id); err != nil {
		return nil, err
	}
	for _, interview := range read.File.Interviews() {
		session, err := ws.Interview(ctx, interview.ID())
		if err != nil {
			continue // begun with question sets of another version: nothing to count
		}
		d.progress[interview.ID()] = session.Total()
	}
	return d, nil
}

// step is one way on from where an interview stands.
type step struct {
	to domain.InterviewStatus
	// key is the text of its button; reason tells that it wants one; asks that it is confirmed first.
	key    string
	reason bool
	asks   bool
}

// steps lists what a role may do with an interview, the usual one first.
func steps(status domain.InterviewStatus, role domain.Role, own bool) []step {
	var all []step
	for _, s := range []struct {
		from domain.InterviewStatus
		step
		others bool // may be taken with somebody else's interview
		own    bool // may be taken with the own one
	}{
		{domain.Draft, step{domain.ReadyForReview, "review.step.hand_in", false, false}, false, true},
		{domain.ReadyForReview, step{domain.Reviewed, "review.step.reviewed", false, false}, true, true},
		{domain.ReadyForReview, step{domain.Draft, "review.step.return", true, false}, true, false},
		{domain.ReadyForReview, step{domain.Draft, "review.step.take_back", false, false}, false, true},
		{domain.Reviewed, step{domain.Locked, "review.step.lock", false, true}, true, true},
		{domain.Reviewed, step{domain.ReadyForReview, "review.step.reopen", false, false}, true, true},
		{domain.Locked, step{domain.Amended, "review.step.amend", true, false}, true, true},
		{domain.Amended, step{domain.Locked, "review.step.lock", false, true}, true, true},
	} {
		if s.from == status && (own && s.own || !own && s.others) && domain.InterviewTransition(status, s.to, role) == nil {
			all = append(all, s.step)
		}
	}
	return all
}

// undoable reports whether whoever takes the step may take it back as if it had not been taken, until it is in a file
// ([exchange.Acts]).
func undoable(from, to domain.InterviewStatus) bool {
	return from != domain.Amended && to != domain.Amended && (!from.Closed() || to.Closed())
}

// back is the step that takes another one back; false when none does: a lock holds.
func back(from, to domain.InterviewStatus, role domain.Role) (domain.InterviewStatus, bool) {
	if to == domain.Locked || to == domain.Amended || domain.InterviewTransition(to, from, role) != nil {
		return "", false
	}
	return from, true
}

package casefile

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/household"
	"feltbok/internal/workspace"
)

// view is a case as the page shows it, read off the UI goroutine. It knows no widgets.
type view struct {
	file *workspace.CaseFile
	// day is the reference date of ages; interviewDay tells that it is the day of the first interview, else it is today.
	day          time.Time
	interviewDay bool
	// problems and conflicts are those of compartment case; special holds the others, shown only when asked for.
	problems, specialProblems   []domain.Problem
	conflicts, specialConflicts []workspace.Conflict
	interviews                  []*workspace.Record         // by time
	responses                   []*workspace.Record         // to forms of others, of compartment case; the oldest first
	progress                    map[uuid.UUID]form.Progress // by interview or response
	attachments                 []workspace.Attachment      // of all classes that the user holds
	linked                      []uuid.UUID                 // linked cases that are on this machine
	listed                      listing                     // what was known of each person before the mission
}

// ofCase reports whether a type lies in compartment case, so that it may be counted and named where a family looks on.
func ofCase(t domain.Type) bool {
	info, ok := domain.Info(t)
	return t == "" || ok && info.Compartment == domain.Case
}

// listing is what the lists of UNHCR and UDI first said, by person and field.
type listing map[uuid.UUID]map[string]domain.Answer

// readView reads a case. listed is given when it was read before: it takes long and changes with an import only.
func readView(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, now time.Time, listed listing, parts ...workspace.Part) (*view, error) {
	file, err := ws.OpenCase(ctx, id, parts...)
	if err != nil {
		return nil, err
	}
	v := &view{file: file, day: now, progress: map[uuid.UUID]form.Progress{}, listed: listed}
	if v.listed == nil {
		if v.listed, err = ws.Listed(ctx, id); err != nil {
			return nil, err
		}
	}
	if v.attachments, err = ws.Attachments(ctx, id); err != nil {
		return nil, err
	}
	for _, link := range household.Links(file.Case()) {
		if link.Case == uuid.Nil {
			continue
		}
		other, err := ws.Get(ctx, "case", link.Case)
		if err != nil {
			return nil, err
		}
		if other != nil && !other.Deleted() {
			v.linked = append(v.linked, link.Case)
		}
	}
	v.interviews = file.Interviews()
	slices.SortStableFunc(v.interviews, func(a, b *workspace.Record) int { return strings.Compare(a.Text("start"), b.Text("start")) })
	for _, one := range v.interviews {
		if start, err := time.Parse(time.RFC3339, one.Text("start")); err == nil && (!v.interviewDay || start.Before(v.day)) {
			v.day, v.interviewDay = start, true
		}
	}
	for _, problem := range ws.Lists().CheckCase(file, now) {
		if ofCase(problem.Type) && !slices.Contains(workspace.SpecialRules, problem.Rule) {
			v.problems = append(v.problems, problem)
		} else {
			v.specialProblems = append(v.specialProblems, problem)
		}
	}
	for _, conflict := range file.Conflicts() {
		if ofCase(conflict.Record.Type()) {
			v.conflicts = append(v.conflicts, conflict)
		} else {
			v.specialConflicts = append(v.specialConflicts, conflict)
		}
	}
	bySeverity := func(a, b domain.Problem) int { return int(b.Severity) - int(a.Severity) }
	slices.SortStableFunc(v.problems, bySeverity)
	slices.SortStableFunc(v.specialProblems, bySeverity)
	for _, one := range file.Responses() {
		if one.Compartment() == domain.Case {
			v.responses = append(v.responses, one)
		}
	}
	for _, one := range slices.Concat(v.interviews, v.responses) {
		session, err := ws.Interview(ctx, one.ID())
		if err != nil {
			continue // an interview begun with question sets of another version has no progress to show
		}
		v.progress[one.ID()] = session.Total()
	}
	return v, nil
}

// talkState is how far a person's own interview has come.
type talkState int

const (
	noTalk talkState = iota
	talkBegun
	talkReady
)

// talksOf lists the interviews of a person, alone or with others, and the state of those held with the person alone.
func (v *view) talksOf(person uuid.UUID) (all []*workspace.Record, state talkState) {
	for _, one := range v.interviews {
		alone := one.Reference("about") == person
		if !alone && !slices.Contains(one.Answer("persons_present").List(), person.String()) {
			continue
		}
		all = append(all, one)
		if !alone {
			continue
		}
		if finished(one) {
			state = max(state, talkReady)
		} else {
			state = max(state, talkBegun)
		}
	}
	return all, state
}

func finished(interview *workspace.Record) bool {
	status := domain.InterviewStatus(interview.Text("status"))
	return status != "" && status != domain.Draft
}

// draftOf finds an unfinished interview of a kind about a person (zero: of the household).
func (v *view) draftOf(person uuid.UUID, kind string) *workspace.Record {
	for _, one := range v.interviews {
		if one.Reference("about") == person && one.Text("type") == kind && !finished(one) {
			return one
		}
	}
	return nil
}

// problemsOf lists what is wrong or missing about a person, the person's rows and relations included.
func (v *view) problemsOf(person uuid.UUID) []domain.Problem {
	var found []domain.Problem
	for _, problem := range v.problems {
		if problem.Severity < domain.Warning {
			continue
		}
		if problem.Object == person {
			found = append(found, problem)
			continue
		}
		record := v.file.Get(problem.Object)
		if record == nil {
			continue
		}
		if record.Subject() == person || record.Reference("person_a") == person || record.Reference("person_b") == person {
			found = append(found, problem)
		}
	}
	return found
}

// problemsAt lists what is wrong with one object.
func (v *view) problemsAt(object uuid.UUID) []domain.Problem {
	var found []domain.Problem
	for _, problem := range v.problems {
		if problem.Object == object {
			found = append(found, problem)
		}
	}
	return found
}

// age gives the range of possible ages on the view's day; ok is false when the birth is unknown.
func (v *view) age(person *workspace.Record) (least, greatest int, ok bool) {
	birth, err := domain.ParsePartialDate(person.Text("birth"))
	if err != nil {
		return 0, 0, false
	}
	least, greatest = birth.AgeRange(v.day)
	return max(least, 0), max(greatest, 0), true
}

// talkKind is the kind of interview for a person by age: children below the limit get a talk of their own, and in doubt the
// younger form is never taken for somebody who may be above it (domain.md 5, X16_UNCLEAR).
func (v *view) talkKind(person *workspace.Record) string {
	return workspace.TalkKind(person, v.day)
}

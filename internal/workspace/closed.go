package workspace

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
)

// The closed part of an interview is a session of its own about one person: the question sets whose answers lie in compartment
// special. An ordinary session has none of them, so that nothing it counts, lists, marks or reads back can tell of them
// (security.md 2.2.2). Everything else, from autosave to conflicts, is the same.

// closedPart is what makes a session the closed part; nil in an ordinary one.
type closedPart struct {
	person uuid.UUID
	file   *CaseFile // as read last, for the rules
}

// closedSet reports whether the answers to a set lie outside what every reader of the case may see.
func closedSet(set *form.Set) bool {
	return slices.ContainsFunc(typesOf(set), func(t domain.Type) bool {
		info, ok := domain.Info(t)
		return ok && info.Compartment == domain.Special
	})
}

// typesOf lists the types that the questions of a set are stored in.
func typesOf(set *form.Set) []domain.Type {
	var types []domain.Type
	for _, item := range set.Flat() {
		if item.Kind.Asked() && item.Repeat == "" && !slices.Contains(types, set.Object) {
			types = append(types, set.Object)
		}
		if item.Kind == form.Repeat {
			types = append(types, domain.Type(item.Name))
		}
	}
	return types
}

// mayAsk reports whether this user holds the ring of everything that a set asks, and may write it.
func (w *Workspace) mayAsk(set *form.Set) bool {
	return !slices.ContainsFunc(typesOf(set), func(t domain.Type) bool {
		info, ok := domain.Info(t)
		return !ok || !w.Holds(info.Compartment) || !w.Me().Role.MayCreate(t)
	})
}

// AsksClosed reports whether there is a closed part in interviews for this user. For anybody else nothing may tell of it.
func (w *Workspace) AsksClosed() bool {
	return slices.ContainsFunc(w.Sets().All(), func(set *form.Set) bool { return closedSet(set) && w.mayAsk(set) })
}

// asks reports whether a set belongs in this session.
func (s *InterviewSession) asks(set *form.Set) bool {
	if s.closed == nil {
		return !closedSet(set)
	}
	return closedSet(set) && s.w.mayAsk(set)
}

// read opens of the case what this session may hold: an ordinary one nothing of compartment special.
func (s *InterviewSession) read(ctx context.Context) (*CaseFile, error) {
	if s.response {
		return s.w.OpenCase(ctx, s.caseID, Part{Compartment: domain.Special, Response: s.id})
	}
	if s.closed == nil {
		return s.w.OpenCase(ctx, s.caseID)
	}
	return s.w.OpenCase(ctx, s.caseID, Part{Compartment: domain.Special})
}

// ClosedPerson is somebody with a closed part in an interview. The name is for the screen only.
type ClosedPerson struct {
	ID   uuid.UUID
	Name string
}

// ClosedPersons lists whom the closed part of this interview concerns: the person interviewed, or in a household interview those
// for whom a parent answers, in the order of the case. Empty for a user who may not write there: nothing may then tell that
// there is such a part.
func (s *InterviewSession) ClosedPersons() []ClosedPerson {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.closedPersons)
}

// findClosedPersons works out whom the closed part concerns.
func (s *InterviewSession) findClosedPersons(file *CaseFile, sets []*form.Set) []ClosedPerson {
	var found []ClosedPerson
	for _, set := range sets {
		if !closedSet(set) || !s.w.mayAsk(set) {
			continue
		}
		for _, subject := range s.subjects(file, set) {
			known := slices.ContainsFunc(found, func(p ClosedPerson) bool { return p.ID == subject })
			if person := file.Person(subject); !known && person != nil && form.Applies(set, s.context(file, subject)) {
				found = append(found, ClosedPerson{subject, domain.DisplayName(person.Answer)})
			}
		}
	}
	order := file.Persons()
	at := func(p ClosedPerson) int {
		return slices.IndexFunc(order, func(r *Record) bool { return r.ID() == p.ID })
	}
	slices.SortStableFunc(found, func(a, b ClosedPerson) int { return at(a) - at(b) })
	return found
}

// OpenClosed opens the closed part about one person of [InterviewSession.ClosedPersons]. What waits in this session should be
// saved before. Fault E-ROLE when there is none for this user.
func (s *InterviewSession) OpenClosed(ctx context.Context, person uuid.UUID) (*InterviewSession, error) {
	if !slices.ContainsFunc(s.ClosedPersons(), func(p ClosedPerson) bool { return p.ID == person }) {
		return nil, fault.New("E-ROLE", "closed", nil)
	}
	room := &InterviewSession{w: s.w, id: s.id, caseID: s.caseID, closed: &closedPart{person: person}}
	if err := room.Refresh(ctx); err != nil {
		return nil, err
	}
	return room, nil
}

// Closed reports whether the session is a closed part.
func (s *InterviewSession) Closed() bool { return s.closed != nil }

// ClosedLeft reports whether the minimum record of somebody's closed part is unfinished, and nothing else about it. False for a
// user who has none. What is on disk counts.
func (s *InterviewSession) ClosedLeft(ctx context.Context) (bool, error) {
	for _, person := range s.ClosedPersons() {
		room, err := s.OpenClosed(ctx, person.ID)
		if err != nil {
			return false, err
		}
		if room.Total().MinimumMissing > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Problems lists what the rules of domain.md 8.5 say of the person's closed part as it was saved last: X10, X11 and X15 among
// them. Empty in an ordinary session, where such problems must not be heard of.
func (s *InterviewSession) Problems() []domain.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed == nil || s.closed.file == nil {
		return nil
	}
	view := closedView{s.closed.file, s.records}
	var found []domain.Problem
	for _, problem := range s.w.Lists().CheckCase(view, s.w.Now()) {
		info, ok := domain.Info(problem.Type)
		if !ok || info.Compartment != domain.Special {
			continue
		}
		if record := view.get(problem.Object); record != nil && record.Subject() == s.closed.person {
			found = append(found, problem)
		}
	}
	return found
}

// closedView is the case with the records of the closed part as they were saved last.
type closedView struct {
	file  *CaseFile
	fresh map[uuid.UUID]*Record
}

// Objects lets domain.CheckCase read.
func (v closedView) Objects(t domain.Type) []domain.ObjectView {
	var out []domain.ObjectView
	for _, record := range v.file.Records(t) {
		if v.fresh[record.ID()] == nil {
			out = append(out, record)
		}
	}
	for _, record := range v.fresh {
		if record.Type() == t && !record.Deleted() {
			out = append(out, record)
		}
	}
	slices.SortFunc(out, func(a, b domain.ObjectView) int { return slices.Compare(idOf(a), idOf(b)) })
	return out
}

func idOf(o domain.ObjectView) []byte {
	id := o.ID()
	return id[:]
}

func (v closedView) get(id uuid.UUID) *Record {
	if record := v.fresh[id]; record != nil {
		return record
	}
	return v.file.Get(id)
}

// own reports whether a draft belongs to this session: the ordinary interview and each closed part keep theirs apart.
func (s *InterviewSession) own(d Draft) bool {
	if s.response {
		return true // they are kept under the response
	}
	set, ok := s.w.Sets().ByID(d.Set)
	if !ok || !closedSet(set) {
		return s.closed == nil
	}
	return s.closed != nil && s.closed.person == d.Subject
}

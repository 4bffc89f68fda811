package workspace

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// CaseFile is everything of one case that the user may read, as of the moment it was opened.
type CaseFile struct {
	id      uuid.UUID
	objects map[uuid.UUID]*Record
	sealed  []*Record
	remarks []*Record // on sealed entries
	plan    []*Record // the mission and its quota year: for the rules, not part of the case
}

// Part is a share of a case that is read only where it is shown, because reading it goes on the audit log.
type Part struct {
	Compartment domain.Compartment
	// About limits the part to what tells about one person; zero takes all of it.
	About uuid.UUID
	// Response limits the part to one response to a form with its rows, if it lies there; zero takes all of it.
	Response uuid.UUID
}

// holds reports whether a record belongs to the part.
func (p Part) holds(r *Record) bool {
	return (p.About == uuid.Nil || r.Subject() == p.About) && (p.Response == uuid.Nil || r.ID() == p.Response || r.Reference("response") == p.Response)
}

// Everything are all the parts of a case that stand apart.
var Everything = []Part{{Compartment: domain.Special}, {Compartment: domain.Sealed}}

// OpenCase reads a case: what lies in compartment case, and of compartments special and sealed the parts that are named, as far
// as the user holds them. So the log says what was opened, not what lay beside it. The first reading of an object of such a part
// in an unlock period is on the audit log before this returns (security.md 5.4). Faults: E-CASE when there is no such case, V-ROW
// when a row is damaged.
func (w *Workspace) OpenCase(ctx context.Context, id uuid.UUID, parts ...Part) (*CaseFile, error) {
	return w.openCase(ctx, id, append([]Part{{Compartment: domain.Case}}, parts...)...)
}

// openCase reads parts of a case, as far as the user holds them.
func (w *Workspace) openCase(ctx context.Context, id uuid.UUID, parts ...Part) (*CaseFile, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	file := &CaseFile{id: id, objects: map[uuid.UUID]*Record{}}
	var special []auditEvent
	for _, part := range parts {
		if part.Compartment.Boxed() || !w.reg.Holds(domain.RingOf(part.Compartment)) {
			continue
		}
		for object, err := range w.reg.Objects(ctx, part.Compartment, filterCase(id)) {
			if err != nil {
				return nil, err
			}
			w.rememberConflicts(object)
			record := newRecord(object)
			if record.Deleted() || !part.holds(record) || !w.mayRead(record) {
				continue
			}
			file.objects[object.ID] = record
			special = append(special, w.firstRead(object)...)
		}
	}
	if file.objects[id] == nil {
		return nil, fault.New("E-CASE", "", nil)
	}
	file.plan = w.planOf(ctx, file.Case())
	if slices.ContainsFunc(parts, func(p Part) bool { return p.Compartment == domain.Sealed }) {
		if err := w.readSealed(ctx, file, &special); err != nil {
			return nil, err
		}
	}
	if err := w.commitReads(ctx, special); err != nil {
		return nil, err
	}
	w.noteLocked("read", "case", id)
	return file, nil
}

// planOf finds the mission of a case and its quota year, which some rules look at; what is not here is left out.
func (w *Workspace) planOf(ctx context.Context, ofCase *Record) []*Record {
	var plan []*Record
	add := func(t domain.Type, id uuid.UUID) *Record {
		if object, err := w.plainObject(ctx, t, id); err == nil && object != nil && !deleted(object) {
			plan = append(plan, newRecord(object))
			return plan[len(plan)-1]
		}
		return nil
	}
	if mission := add("mission", ofCase.Reference("mission")); mission != nil {
		add("quota_year", mission.Reference("quota_year"))
	}
	return plan
}

// readSealed opens the boxes of the case that the user can open.
func (w *Workspace) readSealed(ctx context.Context, file *CaseFile, reads *[]auditEvent) error {
	if !w.reg.Holds(domain.RingOf(domain.Sealed)) {
		return nil
	}
	objects, err := w.openBoxes(ctx, file.id)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if deleted(object) {
			continue
		}
		if record := newRecord(object); isSealedRemark(record) {
			file.remarks = append(file.remarks, record)
		} else {
			file.sealed = append(file.sealed, record)
		}
		*reads = append(*reads, w.firstRead(object)...)
	}
	sortRecords(file.sealed)
	return nil
}

// ID is the case's identifier.
func (f *CaseFile) ID() uuid.UUID { return f.id }

// Case is the case's own record.
func (f *CaseFile) Case() *Record { return f.objects[f.id] }

// Records returns the objects of a type in the order of rank and identifier.
func (f *CaseFile) Records(t domain.Type) []*Record {
	var out []*Record
	for _, record := range f.objects {
		if record.Type() == t {
			out = append(out, record)
		}
	}
	sortRecords(out)
	return out
}

// Households, Persons, Relations and Interviews are the records a case file is drawn from.
func (f *CaseFile) Households() []*Record { return f.Records("household") }

// Persons returns the persons, the principal applicant first, then by birth.
func (f *CaseFile) Persons() []*Record {
	persons := f.Records("person")
	sortPersons(persons)
	return persons
}

// Relations returns the relations between persons.
func (f *CaseFile) Relations() []*Record { return f.Records("relation") }

// Interviews returns the interview sessions.
func (f *CaseFile) Interviews() []*Record { return f.Records("interview") }

// Person returns a person of the case; nil when there is none.
func (f *CaseFile) Person(id uuid.UUID) *Record {
	if record := f.objects[id]; record != nil && record.Type() == "person" {
		return record
	}
	return nil
}

// Get returns any object of the case; nil when there is none.
func (f *CaseFile) Get(id uuid.UUID) *Record { return f.objects[id] }

// Single returns the one object of a type about a subject (literacy, competence, wish …); nil when nothing was written.
func (f *CaseFile) Single(t domain.Type, subject uuid.UUID) *Record {
	if record := f.objects[domain.SingletonID(subject, t)]; record != nil {
		return record
	}
	for _, record := range f.Records(t) {
		if record.Subject() == subject {
			return record
		}
	}
	return nil
}

// Rows returns the rows of a type under a parent, in their order.
func (f *CaseFile) Rows(t domain.Type, parent uuid.UUID) []*Record {
	var out []*Record
	for _, record := range f.Records(t) {
		if record.Subject() == parent {
			out = append(out, record)
		}
	}
	return out
}

// Sealed returns the sealed entries that this user may open, without what was said about them. They belong on a place of their own, never in a household
// view, a counter or a search hit (security.md 2.2).
func (f *CaseFile) Sealed() []*Record { return f.sealed }

// Objects lets domain.CheckCase read the file.
func (f *CaseFile) Objects(t domain.Type) []domain.ObjectView {
	var out []domain.ObjectView
	for _, record := range f.Records(t) {
		out = append(out, record)
	}
	for _, record := range f.plan {
		if record.Type() == t {
			out = append(out, record)
		}
	}
	return out
}

// Conflicts lists every field of the case with several standing values.
func (f *CaseFile) Conflicts() []Conflict {
	var out []Conflict
	for _, record := range f.objects {
		out = append(out, conflictsIn(record)...)
	}
	for _, record := range f.sealed {
		out = append(out, conflictsIn(record)...)
	}
	sortConflicts(out)
	return out
}

func sortPersons(persons []*Record) {
	key := func(r *Record) string {
		if r.Text("relation_to_pa") == "principal_applicant" {
			return "0"
		}
		return "1" + r.Text("birth") + r.ID().String()
	}
	sortBy(persons, key)
}

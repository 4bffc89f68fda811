package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/match"
	"feltbok/internal/oplog"
)

// entry is what the lists need of a case: its own object and the persons, slots and households in it, in memory.
type entry struct {
	mission uuid.UUID
	objects map[uuid.UUID]*oplog.Object
}

// listed are the types kept in memory after unlock; everything else is opened with its case.
var listed = []domain.Type{"case", "household", "person", "slot_case", "interview"}

// openListed are the types of compartment open that the lists need.
var openListed = append([]domain.Type{"mission", "slot", "staff_card"}, issuedTypes...)

func (w *Workspace) fillIndex(ctx context.Context) error {
	for c, types := range map[domain.Compartment][]domain.Type{domain.Case: listed, domain.Open: openListed} {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for object, err := range w.reg.Objects(ctx, c, filterTypes(types)) {
			if err != nil {
				return err
			}
			w.remember(object)
		}
	}
	w.renewIssued()
	return nil
}

// remember takes an object as it is after a commit into the lists, the search index and the conflict list.
func (w *Workspace) remember(object *oplog.Object) {
	w.rememberConflicts(object)
	w.noteIssuedObject(object.Type)
	if !slices.Contains(listed, object.Type) && !slices.Contains(openListed, object.Type) {
		return
	}
	e := w.entries[object.Case]
	if e == nil {
		e = &entry{objects: map[uuid.UUID]*oplog.Object{}}
		w.entries[object.Case] = e
	}
	e.objects[object.ID] = object
	record := newRecord(object)
	switch object.Type {
	case "case":
		e.mission = record.Reference("mission")
		w.indexCase(record)
	case "person":
		w.indexPerson(record)
	}
}

func (w *Workspace) indexCase(r *Record) {
	w.search.Remove(r.ID())
	if !r.Deleted() {
		w.search.Add(r.ID(), []match.Text{
			{Kind: "number", Value: r.Text("unhcr_case_no")}, {Kind: "number", Value: r.Text("unhcr_reference_no")}, {Kind: "number", Value: r.Text("reg_number")},
		})
	}
}

// namedFields are the person fields that a search looks through.
var namedFields = []string{
	"given_names", "family_name", "father_name", "grandfather_name", "mother_name", "name_native_script", "name_called",
	"other_spellings", "unhcr_individual_no", "duf_no",
}

func (w *Workspace) indexPerson(r *Record) {
	w.search.Remove(r.ID())
	if r.Deleted() {
		return
	}
	var texts []match.Text
	for _, field := range namedFields {
		answer := r.Answer(field)
		for _, text := range answer.List() {
			if text != "" {
				texts = append(texts, match.Text{Kind: field, Value: text})
			}
		}
	}
	w.search.Add(r.ID(), texts)
}

// SlotTime is when and where a case is to be interviewed.
type SlotTime struct {
	Slot        uuid.UUID
	Start, End  string // as stored, with the local offset: 2026-11-23T09:00:00+02:00
	Room        string
	Interviewer string
	Status      string
}

// CaseSummary is a line of the case list.
type CaseSummary struct {
	ID        uuid.UUID
	Number    string // UNHCR case number
	Name      string // of the principal applicant
	Native    string // the same in its own script; may be empty
	Persons   int
	Children  int // under 18 today; a person whose birth is unknown counts as adult
	Status    domain.Status
	Country   string // code of the principal applicant's first nationality, or XXA
	Languages []string
	Slot      *SlotTime
	Conflicts int
	// Interviews counts those begun, Finished those ready for review or further.
	Interviews, Finished int
	Written              time.Time
	WrittenBy            uuid.UUID
}

// Cases returns the line of each case, by slot and number.
func (w *Workspace) Cases(context.Context) ([]CaseSummary, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	slots := w.slots()
	var out []CaseSummary
	for id, e := range w.entries {
		object, ok := e.objects[id]
		if !ok || object.Type != "case" || deleted(object) {
			continue
		}
		out = append(out, w.summarise(e, newRecord(object), slots))
	}
	slices.SortFunc(out, func(a, b CaseSummary) int {
		return cmp.Or(cmp.Compare(slotKey(a), slotKey(b)), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return out, nil
}

func slotKey(c CaseSummary) string {
	if c.Slot == nil {
		return "~"
	}
	return c.Slot.Start
}

func (w *Workspace) slots() map[uuid.UUID]*Record {
	slots := map[uuid.UUID]*Record{}
	if e := w.entries[uuid.Nil]; e != nil {
		for id, object := range e.objects {
			if object.Type == "slot" && !deleted(object) {
				slots[id] = newRecord(object)
			}
		}
	}
	return slots
}

func (w *Workspace) summarise(e *entry, r *Record, slots map[uuid.UUID]*Record) CaseSummary {
	s := CaseSummary{ID: r.ID(), Number: r.Text("unhcr_case_no"), Status: domain.Status(r.Text("status"))}
	var first, principal, sitting *Record
	today := w.Now()
	latest := func(r *Record) {
		if at, by := r.Written(); at.Time().After(s.Written) {
			s.Written, s.WrittenBy = at.Time(), by
		}
	}
	latest(r)
	for _, object := range e.objects {
		record := newRecord(object)
		if record.Deleted() {
			continue
		}
		if found, ok := w.conflicts[object.ID]; ok {
			s.Conflicts += len(found.fields)
		}
		switch object.Type {
		case "person":
			latest(record)
			s.Persons++
			if isChild(record, today) {
				s.Children++
			}
			if record.Text("relation_to_pa") == "principal_applicant" {
				principal = record
			}
			if first == nil || object.ID.String() < first.ID().String() {
				first = record
			}
			if language := record.Text("interpreter_language_1"); language != "" && !slices.Contains(s.Languages, language) {
				s.Languages = append(s.Languages, language)
			}
		case "interview":
			latest(record)
			s.Interviews++
			if status := record.Text("status"); status != "" && status != "draft" {
				s.Finished++
			}
		case "slot_case":
			if slot, ok := slots[record.Reference("slot")]; ok && (sitting == nil || standsFor(slot, sitting)) {
				sitting = slot
			}
		}
	}
	if sitting != nil {
		s.Slot = slotTime(sitting)
	}
	slices.Sort(s.Languages)
	if principal == nil {
		principal = first
	}
	if principal != nil {
		s.Name, s.Native = domain.DisplayName(principal.Answer), principal.Text("name_native_script")
		if nationalities := principal.Answer("nationalities").List(); len(nationalities) > 0 {
			s.Country = nationalities[0]
		} else if principal.Text("stateless") == "yes" {
			s.Country = "XXA"
		}
	}
	return s
}

func slotTime(slot *Record) *SlotTime {
	date, start, end := slot.Text("date"), slot.Text("start"), slot.Text("end")
	if !strings.Contains(start, "T") {
		start, end = date+"T"+start, date+"T"+end
	}
	return &SlotTime{Slot: slot.ID(), Start: start, End: end, Room: slot.Text("room"), Interviewer: slot.Text("interviewer"), Status: slot.Text("status")}
}

func isChild(person *Record, at time.Time) bool {
	birth, err := domain.ParsePartialDate(person.Text("birth"))
	if err != nil {
		return false
	}
	_, most := birth.AgeRange(at)
	return most < 18
}

// CasesOf lists the cases of a mission.
func (w *Workspace) CasesOf(mission uuid.UUID) (cases []uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, e := range w.entries {
		if e.mission == mission {
			cases = append(cases, id)
		}
	}
	return cases
}

// Missions returns the missions this machine knows, by start date.
func (w *Workspace) Missions(context.Context) ([]*Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []*Record
	if e := w.entries[uuid.Nil]; e != nil {
		for _, object := range e.objects {
			if object.Type == "mission" && !deleted(object) {
				out = append(out, newRecord(object))
			}
		}
	}
	slices.SortFunc(out, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Text("start_date"), b.Text("start_date")), cmp.Compare(a.ID().String(), b.ID().String()))
	})
	return out, nil
}

// Get returns one object of a plain compartment; nil when it does not exist or the user does not hold its ring. The first
// reading of a P3 object is on the audit log before this returns.
func (w *Workspace) Get(ctx context.Context, t domain.Type, id uuid.UUID) (*Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	object, err := w.plainObject(ctx, t, id)
	if err != nil || object == nil {
		return nil, err
	}
	return newRecord(object), w.commitReads(ctx, w.firstRead(object))
}

// plainObject is the object that Get is about, unread so far; nil for what Get gives nil for.
func (w *Workspace) plainObject(ctx context.Context, t domain.Type, id uuid.UUID) (*oplog.Object, error) {
	if err := w.open(); err != nil {
		return nil, err
	}
	info, ok := domain.Info(t)
	if !ok {
		return nil, fault.Newf("E-FORM", string(t), "unknown type")
	}
	if info.Compartment.Boxed() || !w.reg.Holds(domain.RingOf(info.Compartment)) {
		return nil, nil
	}
	object, err := w.reg.Object(ctx, info.Compartment, id)
	if err != nil || object == nil || object.Type != t || !w.mayRead(newRecord(object)) {
		return nil, err
	}
	return object, nil
}

// Objects returns all objects of a type that the user may read, in the order of their identifiers; caseID limits it to
// one case when it is not zero.
func (w *Workspace) Objects(ctx context.Context, t domain.Type, caseID uuid.UUID) ([]*Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	info, ok := domain.Info(t)
	if !ok {
		return nil, fault.Newf("E-FORM", string(t), "unknown type")
	}
	if !w.reg.Holds(domain.RingOf(info.Compartment)) {
		return nil, nil
	}
	if info.Compartment.Boxed() {
		return w.boxedObjects(ctx, info, caseID)
	}
	filter := filterTypes([]domain.Type{t})
	if caseID != uuid.Nil && info.Compartment != domain.Open {
		filter.Case = &caseID
	}
	var out []*Record
	var reads []auditEvent
	for object, err := range w.reg.Objects(ctx, info.Compartment, filter) {
		if err != nil {
			return nil, err
		}
		if record := newRecord(object); !record.Deleted() && w.mayRead(record) {
			out = append(out, record)
			reads = append(reads, w.firstRead(object)...)
		}
	}
	if err := w.commitReads(ctx, reads); err != nil {
		return nil, err
	}
	sortRecords(out)
	return out, nil
}

func sortRecords(records []*Record) {
	slices.SortFunc(records, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Text("rank"), b.Text("rank")), cmp.Compare(a.ID().String(), b.ID().String()))
	})
}

// Hit is a search result.
type Hit struct {
	Type   domain.Type
	ID     uuid.UUID
	Case   uuid.UUID
	Title  string // the person's name, or the case number
	Native string
	Detail string // case number and birth
}

// Search finds persons and cases by name in any script, number or spelling; P3 and sealed content is never searched
// (security.md 3.6).
func (w *Workspace) Search(_ context.Context, text string, limit int) ([]Hit, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	byID := func(id uuid.UUID) *oplog.Object {
		for _, e := range w.entries {
			if object, ok := e.objects[id]; ok {
				return object
			}
		}
		return nil
	}
	var hits []Hit
	for _, found := range w.search.Search(text, limit) {
		object := byID(found.ID)
		if object == nil {
			continue
		}
		if e := w.entries[object.Case]; e == nil || e.objects[object.Case] != nil && deleted(e.objects[object.Case]) {
			continue
		}
		record := newRecord(object)
		hit := Hit{Type: object.Type, ID: object.ID, Case: object.Case}
		number := ""
		if e := w.entries[object.Case]; e != nil && e.objects[object.Case] != nil {
			number = newRecord(e.objects[object.Case]).Text("unhcr_case_no")
		}
		if object.Type == "case" {
			hit.Title = number
		} else {
			hit.Title, hit.Native = domain.DisplayName(record.Answer), record.Text("name_native_script")
			hit.Detail = strings.Trim(number+" · "+record.Text("birth"), " ·")
		}
		hits = append(hits, hit)
	}
	w.noteLocked("search", "", uuid.Nil)
	return hits, nil
}

// CodeLabel says a code of a field's list in a language; the code itself when the list does not know it.
func (w *Workspace) CodeLabel(t domain.Type, field, code, lang string) string {
	info, ok := domain.Info(t)
	if !ok {
		return code
	}
	f, ok := info.Field(field)
	if !ok || f.List == "" {
		return code
	}
	return w.Lists().Label(f.List, code, lang)
}

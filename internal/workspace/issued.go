package workspace

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
)

// Code lists and question sets that headquarters issues are ordinary objects of compartment open: each edition one object that
// is written once. What is in use follows from the objects that are there, so that an import that is taken back takes its
// editions away again (docs/decisions/0030-issued-lists.md).

// issued is what the editions of a register come to. It is not changed once made.
type issued struct {
	editions []Edition // by type, name and version, the newest first
	lists    *codelist.Lists
	sets     *form.Sets
	broken   error       // the program's own question sets cannot be read
	cards    []staffCard // which headquarters issues too
}

// Edition is one edition of a code list (type code_list) or question set (type form) that headquarters issued.
type Edition struct {
	Type domain.Type
	ID   uuid.UUID
	// Name is that of the list or set, as in answers and forms.
	Name, Version string
	// ValidFrom is the first day on which it is used, YYYY-MM-DD.
	ValidFrom string
	// InUse: new answers are given with it, or with a code list of several editions also with it.
	InUse bool
	// Unreadable says that this program cannot use it: it was made for a newer one, or is damaged. Nil for any other.
	Unreadable error
	// Codes or Questions it has.
	Size int
	// Withdrawn: headquarters took it back.
	Withdrawn bool

	written oplog.HLC
	by      uuid.UUID
	set     *form.Set
	entries []codelist.Entry
}

// Set is the question set of an edition of type form; nil for another, and for one that cannot be used.
func (e Edition) Set() *form.Set { return e.set }

// Issued reports when and by whom the edition was written.
func (e Edition) Issued() (at time.Time, by uuid.UUID) { return e.written.Time(), e.by }

// issuedTypes are the types whose objects are editions.
var issuedTypes = []domain.Type{"code_list", "form"}

// Lists are the code lists in use.
func (w *Workspace) Lists() *codelist.Lists { return w.inUse().lists }

// Sets are the question sets that are known here.
func (w *Workspace) Sets() *form.Sets { return w.inUse().sets }

// Editions lists what headquarters issued, by type and name, the newest first; what was withdrawn is among it.
func (w *Workspace) Editions() []Edition { return slices.Clone(w.inUse().editions) }

// inUse is what the editions come to now; the program's own lists and sets before anything was read.
func (w *Workspace) inUse() *issued {
	if found := w.issued.Load(); found != nil {
		return found
	}
	return &issued{}
}

// noteIssued says that an object changed on which the lists in use may depend.
func (w *Workspace) noteIssuedObject(t domain.Type) {
	if slices.Contains(issuedTypes, t) || t == "staff_card" {
		w.issuedStale = true
	}
}

// renewIssued works out what is in use, when an edition came or went.
func (w *Workspace) renewIssued() {
	if old := w.issued.Load(); old != nil && !w.issuedStale {
		return
	}
	w.issuedStale = false
	now := w.Now()
	found := &issued{cards: w.readCards()}
	var lists []codelist.Edition
	if e := w.entries[uuid.Nil]; e != nil {
		for _, object := range e.objects {
			if object.Type == "code_list" {
				found.editions = append(found.editions, listEdition(object))
			}
		}
	}
	for _, e := range found.editions {
		if e.Unreadable == nil && !e.Withdrawn {
			lists = append(lists, codelist.Edition{Name: e.Name, Version: e.Version, ValidFrom: e.ValidFrom, Key: e.ID.String(), Entries: e.entries})
		}
	}
	found.lists = codelist.Over(lists, now)
	var sets []form.Edition
	if e := w.entries[uuid.Nil]; e != nil {
		for _, object := range e.objects {
			if object.Type != "form" {
				continue
			}
			edition := formEdition(object, found.lists)
			found.editions = append(found.editions, edition)
			// What was begun with a form of others is read by its very edition, also when that was withdrawn.
			if edition.Unreadable == nil && (!edition.Withdrawn || edition.set.Foreign) {
				sets = append(sets, form.Edition{Set: edition.set, ValidFrom: edition.ValidFrom, Key: edition.ID.String(), Ended: edition.Withdrawn})
			}
		}
	}
	found.sets, found.broken = form.With(sets, now)
	today := now.Format(time.DateOnly)
	for i := range found.editions {
		e := &found.editions[i]
		if e.Unreadable != nil || e.Withdrawn || e.ValidFrom > today {
			continue
		}
		set, ok := found.sets.ByID(e.Name)
		e.InUse = e.Type == "code_list" || ok && set == e.set
	}
	slices.SortFunc(found.editions, compareIssued)
	w.issued.Store(found)
}

// compareIssued orders by type and name, the newest edition first.
func compareIssued(a, b Edition) int {
	if c := strings.Compare(string(a.Type)+"\x00"+a.Name, string(b.Type)+"\x00"+b.Name); c != 0 {
		return c
	}
	if c := domain.CompareVersions(b.Version, a.Version); c != 0 {
		return c
	}
	return strings.Compare(b.ValidFrom+b.ID.String(), a.ValidFrom+a.ID.String())
}

func listEdition(object *oplog.Object) Edition {
	e, record := editionOf(object)
	e.entries, e.Unreadable = codelist.FromRows(record.Answer("entries").Rows())
	e.Size = len(e.entries)
	return e
}

func formEdition(object *oplog.Object, lists *codelist.Lists) Edition {
	e, record := editionOf(object)
	tables := form.Tables{Survey: record.Answer("survey").Rows(), Choices: record.Answer("choices").Rows(), Settings: record.Answer("settings").Rows()}
	if tables.Hash() != record.Text("sha256") {
		e.Unreadable = errMixed
		return e
	}
	if e.set, e.Unreadable = tables.Load(lists); e.Unreadable != nil {
		e.set = nil
		return e
	}
	for _, item := range e.set.Flat() {
		if item.Kind.Asked() {
			e.Size++
		}
	}
	return e
}

func editionOf(object *oplog.Object) (Edition, *Record) {
	record := newRecord(object)
	e := Edition{
		Type: object.Type, ID: object.ID, Name: record.Text("name"), Version: record.Text("version"), ValidFrom: record.Text("valid_from"),
		Withdrawn: record.Deleted(),
	}
	e.written, e.by = record.Written()
	return e, record
}

// BroughtBy says which imports brought the editions here, by the id of the edition; one that was issued on this machine is
// missing. The lines of headquarters that say an edition again count like its own.
func (w *Workspace) BroughtBy(ctx context.Context) (map[uuid.UUID]uuid.UUID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	brought := map[uuid.UUID]uuid.UUID{}
	for stored, err := range w.reg.CaseLines(ctx, domain.Open, uuid.Nil) {
		if err != nil {
			return nil, err
		}
		if stored.Import == uuid.Nil || stored.Bytes == nil {
			continue
		}
		line, err := oplog.Parse(stored.Bytes)
		if err != nil || !slices.Contains(issuedTypes, line.Type) {
			continue
		}
		if _, known := brought[line.Object]; !known {
			brought[line.Object] = stored.Import
		}
	}
	return brought, nil
}

// IssuedState changes exactly when question sets become known here or unknown. Empty when headquarters has issued none.
func (w *Workspace) IssuedState() string {
	var ids []string
	for _, e := range w.Editions() {
		if e.Type == "form" && e.Unreadable == nil && (!e.Withdrawn || e.set.Foreign) {
			ids = append(ids, e.ID.String())
		}
	}
	return strings.Join(slices.Sorted(slices.Values(ids)), " ")
}

// setsOf chooses the edition of each question set for an interview of a day: the one that it was held with, else the newest
// one of that day. unknown are those that it was held with and that are not here.
func (i *issued) setsOf(day string, held map[string]string) (sets []*form.Set, unknown []string, err error) {
	if i.broken != nil {
		return nil, nil, i.broken
	}
	for _, id := range slices.Sorted(maps.Keys(held)) {
		if _, ok := i.sets.Version(id, held[id]); !ok {
			unknown = append(unknown, id+"@"+held[id])
		}
	}
	for _, id := range i.sets.IDs() {
		set, ok := i.sets.Version(id, held[id])
		if !ok {
			set, ok = i.sets.On(id, day)
		}
		if ok {
			sets = append(sets, set)
		}
	}
	return sets, unknown, nil
}

// heldWith says with which versions of which question sets the interviewer of an interview began to answer during it: an interview
// keeps the one that it was begun with. It goes by the operations, which name their question set, so that nothing besides has
// to be kept.
func (w *Workspace) heldWith(ctx context.Context, interview *Record, closed bool) (map[string]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if len(w.inUse().editions) == 0 {
		return nil, nil // there is one version of each set
	}
	by := w.interviewerOf(interview)
	start, err := time.Parse(time.RFC3339, interview.Text("start"))
	if err != nil {
		return nil, nil
	}
	var end time.Time
	switch interview.Text("status") {
	case "draft", "amended":
	default:
		if at, err := time.Parse(time.RFC3339, interview.Text("end")); err == nil {
			end = at.Add(time.Second) // it is stored in whole seconds
		}
	}
	held, earliest := map[string]string{}, map[string]oplog.HLC{}
	compartments := []domain.Compartment{domain.Case}
	if closed {
		compartments = append(compartments, domain.Special)
	}
	for _, c := range compartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for stored, err := range w.reg.CaseLines(ctx, c, interview.Case()) {
			if err != nil {
				return nil, err
			}
			if stored.Bytes == nil {
				continue
			}
			line, err := oplog.Parse(stored.Bytes)
			if err != nil || line.By != by || line.Form == "" || !w.visible(line) {
				continue
			}
			if at := line.HLC.Time(); at.Before(start) || !end.IsZero() && at.After(end) {
				continue
			}
			id, version, _ := strings.Cut(line.Form, "@")
			if before, known := earliest[id]; !known || line.HLC < before {
				held[id], earliest[id] = version, line.HLC
			}
		}
	}
	return held, nil
}

// Unknown lists the question sets, as in "work@2", that answers of this interview were given with and that are not here: they were
// withdrawn, or a newer program has them. The answers are kept and stand in the case file.
func (s *InterviewSession) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

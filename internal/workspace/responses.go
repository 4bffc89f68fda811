package workspace

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
)

// A response is one filling of a form that others made, about a case, a household or a person. It is opened, filled and read like an
// interview, by the same session, and stays with the edition that it was begun with (docs/decisions/0037-answers-to-forms.md).

// Forms lists the forms in use today that this user may answer, by title in a language. special chooses those whose answers lie in
// compartment special, else those of compartment case: the two are never listed together.
func (w *Workspace) Forms(special bool, lang string) []*form.Set {
	sets := slices.DeleteFunc(w.Sets().Forms(), func(set *form.Set) bool {
		info, ok := domain.Info(set.Object)
		return !ok || (info.Compartment == domain.Special) != special || !w.Holds(info.Compartment) || !w.Me().Role.MayCreate(set.Object)
	})
	slices.SortStableFunc(sets, func(a, b *form.Set) int { return cmp.Compare(a.Title.In(lang), b.Title.In(lang)) })
	return sets
}

// ResponseForm is the form of a response as it was when that was begun.
type ResponseForm struct {
	// ID and Version name the form.
	ID, Version string
	// Set is nil while the edition is not here.
	Set *form.Set
	// Newest is the version in use today, when it is a later one; else empty.
	Newest string
}

// FormOf tells by which edition a response, or a row of one that names it, is read.
func (w *Workspace) FormOf(response *Record) ResponseForm {
	f := ResponseForm{ID: response.Text("form"), Version: response.Text("version")}
	f.Set, _ = w.Sets().Version(f.ID, f.Version)
	if now, ok := w.Sets().ByID(f.ID); ok && domain.CompareVersions(now.Version, f.Version) > 0 {
		f.Newest = now.Version
	}
	return f
}

// Responses lists the responses of a case that were read with it, those of compartment special only when that part was; the oldest first.
func (f *CaseFile) Responses() []*Record {
	var all []*Record
	for _, t := range domain.ResponseTypes() {
		all = append(all, f.Records(t)...)
	}
	slices.SortStableFunc(all, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Text("start"), b.Text("start")), cmp.Compare(a.ID().String(), b.ID().String()))
	})
	return all
}

// ResponseRows lists the stored rows of a response, those of every repeat.
func (f *CaseFile) ResponseRows(response *Record) []*Record {
	t, ok := domain.ResponseRow(response.Type())
	if !ok {
		return nil
	}
	return slices.DeleteFunc(f.Records(t), func(r *Record) bool { return r.Reference("response") != response.ID() })
}

// AskedIn finds the question that a field of a response, or of a row of one, answers, and the edition that asked it; false for any other
// record, and while the edition is not here.
func (w *Workspace) AskedIn(f *CaseFile, r *Record, field string) (*form.Set, *form.Item, bool) {
	return w.asked(r, field, f.Get)
}

// Asked is [Workspace.AskedIn] where no case file is at hand. Faults: those of [Workspace.Get].
func (w *Workspace) Asked(ctx context.Context, r *Record, field string) (set *form.Set, item *form.Item, ok bool, err error) {
	set, item, ok = w.asked(r, field, func(id uuid.UUID) *Record {
		of, _ := domain.Info(r.Type())
		var response *Record
		response, err = w.Get(ctx, of.Subject, id)
		return response
	})
	return set, item, ok, err
}

func (w *Workspace) asked(r *Record, field string, get func(uuid.UUID) *Record) (*form.Set, *form.Item, bool) {
	if info, ok := domain.Info(r.Type()); !ok || !info.Questions || !domain.IsQuestionField(field) {
		return nil, nil, false
	}
	response := r
	if id := r.Reference("response"); id != uuid.Nil {
		response = get(id)
	}
	if response == nil {
		return nil, nil, false
	}
	set := w.FormOf(response).Set
	if set == nil {
		return nil, nil, false
	}
	item, ok := form.ByField(set, field)
	return set, item, ok
}

// StartResponse begins a response to a form, by its edition of today, and returns its identifier. about is the case, the household or the
// person that the form asks about. Faults: C-NONE when there is no such form, E-CASE when about is something else, V-SPACE when the disk is
// nearly full, and those of [Workspace.Set].
func (w *Workspace) StartResponse(ctx context.Context, caseID, about uuid.UUID, formID string) (uuid.UUID, error) {
	set, ok := w.Sets().ByID(formID)
	if !ok || !set.Foreign || set.Object == "" {
		return uuid.Nil, fault.New("C-NONE", formID, nil)
	}
	if _, enough := w.Space(); !enough {
		return uuid.Nil, fault.New("V-SPACE", w.dir, nil)
	}
	subject, err := w.Get(ctx, set.Subject, about)
	if err != nil {
		return uuid.Nil, err
	}
	if subject == nil || subject.Deleted() || subject.Case() != caseID {
		return uuid.Nil, fault.New("E-CASE", string(set.Subject), nil)
	}
	record, err := w.Set(ctx, Target{Type: set.Object, Case: caseID, Subject: about, Form: set.FormRef()}, map[string]domain.Answer{
		"form":        {Value: set.ID},
		"version":     {Value: set.Version},
		"interviewer": {Value: w.Me().User.String()},
		"start":       {Value: w.now.Now().Format("2006-01-02T15:04:05-07:00")},
		"status":      {Value: string(domain.Draft)},
	})
	if err != nil {
		return uuid.Nil, err
	}
	return record.ID(), nil
}

// Response reads a response; fault E-CASE when there is none that this user may read.
func (w *Workspace) Response(ctx context.Context, id uuid.UUID) (*Record, error) {
	for _, t := range domain.ResponseTypes() {
		record, err := w.Get(ctx, t, id)
		if err != nil {
			return nil, err
		}
		if record != nil && !record.Deleted() {
			return record, nil
		}
	}
	return nil, fault.New("E-CASE", "", nil)
}

// Response tells whether the session is a response to a form, and by which edition it is read.
func (s *InterviewSession) Response() (ResponseForm, bool) {
	if !s.response {
		return ResponseForm{}, false
	}
	return s.w.FormOf(s.Record()), true
}

// Special reports whether the session is a response whose answers lie in compartment special: like the closed part of an interview it is
// not for the family's eyes.
func (s *InterviewSession) Special() bool {
	return s.response && s.Record().Compartment() == domain.Special
}

// setsOf chooses by which editions the session is held.
func (s *InterviewSession) setsOf(interview *Record, held map[string]string) (sets []*form.Set, unknown []string, err error) {
	if !s.response {
		return s.w.inUse().setsOf(dayOf(interview, s.w.Now), held)
	}
	f := s.w.FormOf(interview)
	if f.Set == nil || f.Set.Object != interview.Type() {
		return nil, []string{f.ID + "@" + f.Version}, nil
	}
	return []*form.Set{f.Set}, nil, nil
}

// ofFamily reports whether the answers are given by the family together.
func (s *InterviewSession) ofFamily() bool {
	if s.response {
		return len(s.sections) > 0 && s.sections[0].Set.Subject != "person"
	}
	return s.interview.Reference("about") == uuid.Nil
}

// fieldOf names the field that holds the answer of a question.
func fieldOf(set *form.Set, path form.Path) string {
	if item, ok := set.Find(path.Repeat, path.Name); ok && item.Field.Name != "" {
		return item.Field.Name
	}
	return path.Name
}

// questionOf names the question whose answer a field holds.
func questionOf(set *form.Set, field string) string {
	if !set.Foreign {
		return field
	}
	if item, ok := form.ByField(set, field); ok {
		return item.Name
	}
	return "" // what a response says of itself
}

// rowTarget names the object behind a row of a response. Its subject is the row around it, or the response.
func (s *InterviewSession) rowTarget(section int, path form.Path) Target {
	at := s.sections[section]
	t := Target{ID: path.Row, Case: s.caseID, Subject: s.instances[section].OuterRow(path.Repeat, path.Row), Form: at.Set.FormRef()}
	t.Type, _ = domain.ResponseRow(at.Set.Object)
	if t.Subject == uuid.Nil {
		t.Subject = s.id
	}
	return t
}

// describeRow adds to the first write of a row what it is a row of.
func (s *InterviewSession) describeRow(w waiting, answers map[string]domain.Answer) {
	if !s.response || w.path.Repeat == "" {
		return
	}
	answers["response"], answers["repeat"] = domain.Answer{Value: s.id.String()}, domain.Answer{Value: w.path.Repeat}
	if w.counted > 0 {
		answers["rank"] = domain.Answer{Value: rankOf(w.counted)}
	}
}

// storeAround stores the rows around a row that is being answered: without them it would stand nowhere.
func (s *InterviewSession) storeAround(section int, path form.Path) {
	instance := s.instances[section]
	outer := instance.OuterRow(path.Repeat, path.Row)
	if outer == uuid.Nil {
		return
	}
	at := form.Path{Row: outer, Repeat: instance.Definition().Outer(path.Repeat)}
	s.storeAround(section, at)
	row, fresh := s.rows[outer]
	if !fresh {
		return
	}
	delete(s.rows, outer)
	s.push(waiting{
		set: s.sections[section].Set.ID, subject: s.sections[section].Subject, path: at, target: s.target(section, at), field: "repeat",
		answer: domain.Answer{Value: at.Repeat}, counted: s.numberOf(section, at),
	})
	for _, made := range row.made {
		s.wait(section, made.Path, made.Answer, false)
	}
}

// outerOf is the row around the row of an answer that waits.
func (s *InterviewSession) outerOf(w waiting) uuid.UUID {
	if w.target.Subject == s.id || !s.response {
		return uuid.Nil
	}
	return w.target.Subject
}

// fillResponse puts in what is stored of a response. Rows of a repeat whose number the form says follow in [InterviewSession.fitRows].
func (s *InterviewSession) fillResponse(file *CaseFile, set *form.Set, instance *form.Instance) {
	response := file.Get(s.id)
	putAnswers(instance, set, form.Path{}, response)
	rows := file.ResponseRows(response)
	for _, row := range rows {
		s.records[row.ID()] = row
	}
	for _, item := range set.Flat() { // a repeat stands before those inside it
		if item.Kind != form.Repeat || item.Count != nil || s.inCounted(set, item) {
			continue
		}
		for _, row := range rows {
			if row.Text("repeat") == item.Name {
				s.putRow(instance, set, item.Name, row)
			}
		}
	}
	made := instance.Evaluate()
	if !s.opened {
		s.moments = append(s.moments, made.Made...)
	}
}

// inCounted reports whether a repeat stands inside one whose number of rows the form says, so that its rows follow with those.
func (s *InterviewSession) inCounted(set *form.Set, item *form.Item) bool {
	for at := item.Repeat; at != ""; at = set.Outer(at) {
		if around, ok := set.Find(set.Outer(at), at); ok && around.Count != nil {
			return true
		}
	}
	return false
}

// putRow enters a stored row with its answers, without evaluating.
func (s *InterviewSession) putRow(instance *form.Instance, set *form.Set, repeat string, row *Record) {
	instance.PutRowIn(repeat, s.around(row), row.ID())
	putAnswers(instance, set, form.Path{Repeat: repeat, Row: row.ID()}, row)
}

// around is the row that a stored row stands in; zero for the main part.
func (s *InterviewSession) around(row *Record) uuid.UUID {
	if parent := row.Reference("parent"); parent != s.id {
		return parent
	}
	return uuid.Nil
}

func putAnswers(instance *form.Instance, set *form.Set, at form.Path, record *Record) {
	for _, field := range record.Fields() {
		if item, ok := form.ByField(set, field); ok && item.Repeat == at.Repeat {
			at.Name = item.Name
			put(instance, at, record, field)
		}
	}
}

// countedSpace is the UUIDv5 name space of rows whose number a form says. Fixed for ever: two machines must arrive at the same row.
var countedSpace = uuid.MustParse("b1c3b3d2-53a4-5d0c-8f4e-0f2e8d7a61c5")

// countedRow is the row with a number, from 1, of a repeat inside a row or response.
func countedRow(around uuid.UUID, repeat string, number int) uuid.UUID {
	return uuid.NewSHA1(countedSpace, fmt.Appendf(around[:], "%s/%d", repeat, number))
}

// rankOf orders rows by their number.
func rankOf(number int) string { return fmt.Sprintf("%06d", number) }

// fitRows gives each repeat of a response as many rows as the form says. Rows too many leave the screen and keep their answers, which come
// back with the row, as those of a hidden question do.
func (s *InterviewSession) fitRows(section int) form.Changed {
	var all form.Changed
	if !s.response {
		return all
	}
	set, instance := s.sections[section].Set, s.instances[section]
	for _, item := range set.Flat() {
		if item.Kind != form.Repeat || item.Count == nil {
			continue
		}
		outers := []uuid.UUID{uuid.Nil}
		if item.Repeat != "" {
			outers = instance.Rows(item.Repeat)
		}
		for _, outer := range outers {
			all = all.And(s.fitRepeat(section, item, outer))
		}
	}
	return all
}

func (s *InterviewSession) fitRepeat(section int, item *form.Item, outer uuid.UUID) form.Changed {
	var all form.Changed
	instance := s.instances[section]
	wanted, ok := instance.RowCount(form.Path{Row: outer, Repeat: item.Repeat, Name: item.Name})
	if !ok {
		return all
	}
	rows := instance.RowsIn(item.Name, outer)
	around := outer
	if around == uuid.Nil {
		around = s.id
	}
	for n := len(rows); n > wanted; n-- {
		all = all.And(instance.RemoveRow(item.Name, rows[n-1]))
	}
	for n := len(rows) + 1; n <= wanted; n++ {
		id := countedRow(around, item.Name, n)
		if s.records[id] == nil && !s.waitsFor(id) {
			all = all.And(s.addRow(section, newRow{repeat: item.Name, outer: outer, counted: n}, id))
			continue
		}
		all = all.And(s.bringBack(section, item.Name, outer, id))
	}
	return all
}

func (s *InterviewSession) waitsFor(row uuid.UUID) bool {
	return slices.ContainsFunc(s.queue, func(w waiting) bool { return w.target.ID == row })
}

// bringBack puts a row on screen again with the answers that are stored or wait, and the rows inside it.
func (s *InterviewSession) bringBack(section int, repeat string, outer, id uuid.UUID) form.Changed {
	set, instance := s.sections[section].Set, s.instances[section]
	all := instance.AddRowIn(repeat, outer, id)
	all.Made = nil // what the defaults gave is stored, or was changed
	enter := func(path form.Path, a domain.Answer) {
		changed := instance.Set(path, a)
		s.waitMade(section, changed, false)
		all = all.And(changed)
	}
	for _, item := range set.Flat() {
		if item.Repeat != repeat || item.Field.Name == "" {
			continue
		}
		path := form.Path{Repeat: repeat, Row: id, Name: item.Name}
		if record := s.records[id]; record != nil {
			if a := record.Answer(item.Field.Name); !a.Empty() || instance.Answer(path).HasValue() {
				enter(path, a)
			}
		}
		for _, w := range s.queue {
			if w.target.ID == id && w.field == item.Field.Name {
				enter(path, w.answer)
			}
		}
	}
	for _, item := range set.Flat() {
		if item.Kind != form.Repeat || item.Repeat != repeat || item.Count != nil {
			continue
		}
		for _, row := range s.innerRows(id, item.Name) {
			all = all.And(s.bringBack(section, item.Name, id, row))
		}
	}
	return all
}

// innerRows lists the rows of a repeat inside a row that are stored, in their order.
func (s *InterviewSession) innerRows(around uuid.UUID, repeat string) []uuid.UUID {
	var rows []*Record
	for _, record := range s.records {
		if record.Reference("parent") == around && record.Text("repeat") == repeat && !record.Deleted() {
			rows = append(rows, record)
		}
	}
	sortRecords(rows)
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID()
	}
	return ids
}

// numberOf is the number of a row of which the form says how many there are; 0 for any other.
func (s *InterviewSession) numberOf(section int, path form.Path) int {
	set := s.sections[section].Set
	if item, ok := set.Find(set.Outer(path.Repeat), path.Repeat); !s.response || path.Repeat == "" || !ok || item.Count == nil {
		return 0
	}
	instance := s.instances[section]
	return slices.Index(instance.RowsIn(path.Repeat, instance.OuterRow(path.Repeat, path.Row)), path.Row) + 1
}

// dropCounted forgets the empty rows of which the form says how many there are: they are made anew.
func (s *InterviewSession) dropCounted() {
	for id, row := range s.rows {
		if row.counted > 0 {
			delete(s.rows, id)
		}
	}
}

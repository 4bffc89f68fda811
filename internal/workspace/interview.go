package workspace

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
)

// Section is a question set for one subject: a line at the side of the interview screen.
type Section struct {
	Set     *form.Set
	Subject uuid.UUID
	// Name is the person's name when the interview concerns several persons; empty otherwise.
	Name   string
	Object uuid.UUID // of the questions outside repeats
}

// Place is where in an interview somebody is.
type Place struct {
	Section int
	Path    form.Path
}

// InterviewSession is an interview, or a response to a form, opened for typing. Every answer is a durable operation when Set returns.
// Its methods may be called from any goroutine.
type InterviewSession struct {
	w         *Workspace
	id        uuid.UUID
	caseID    uuid.UUID
	mu        sync.Mutex
	interview *Record
	sections  []Section
	instances []*form.Instance
	records   map[uuid.UUID]*Record // by object, of everything the sections show
	marks     []string
	name      string
	persons   int
	people    []*Record // of the case, as they were read last

	saving sync.Mutex // one save at a time; taken before mu
	saves  uint64     // how many have succeeded
	queue  []waiting  // on screen, not yet on disk
	number uint64
	rows   map[uuid.UUID]newRow // rows without an answer on disk
	opened bool                 // defaults are given once, when the interview is opened
	stale  bool                 // an answer changed which sections apply, or what they are told
	// unknown are the question sets, as in "work@2", that answers were given with and that are not here any more.
	unknown []string

	closed        *closedPart // nil: the ordinary interview
	response      bool        // a response to a form, see [Workspace.StartResponse]
	moments       []form.Made // what opening a response worked out, stored with the first answer
	closedPersons []ClosedPerson
}

// StartInterview makes an interview of a type (domain.md 7.6) about a person, or about the household when person is zero,
// and returns its identifier. Fault V-SPACE when the disk is nearly full: a lost interview cannot be repeated.
func (w *Workspace) StartInterview(ctx context.Context, caseID, person uuid.UUID, kind string) (uuid.UUID, error) {
	if _, enough := w.Space(); !enough {
		return uuid.Nil, fault.New("V-SPACE", w.dir, nil)
	}
	answers := map[string]domain.Answer{
		"case":        {Value: caseID.String()},
		"type":        {Value: kind},
		"interviewer": {Value: w.official().String()},
		"start":       {Value: w.now.Now().Format("2006-01-02T15:04:05-07:00")},
		"status":      {Value: "draft"},
	}
	if person != uuid.Nil {
		answers["persons_present"] = domain.Answer{Value: []string{person.String()}}
	}
	record, err := w.Set(ctx, Target{Type: "interview", Case: caseID, Subject: person}, answers)
	if err != nil {
		return uuid.Nil, err
	}
	return record.ID(), nil
}

// FinishInterview sets the end and the status "ready_for_review". Missing answers do not hinder it: what is missing is
// on the follow-up list, and the reason says why (domain.md 5).
func (w *Workspace) FinishInterview(ctx context.Context, s *InterviewSession) error {
	answers := map[string]domain.Answer{
		"status": {Value: "ready_for_review"},
		"end":    {Value: w.now.Now().Format("2006-01-02T15:04:05-07:00")},
	}
	if Returned(s.Record()) {
		answers["returned"] = domain.Answer{Value: false}
	}
	if _, err := w.Set(ctx, s.ownTarget(), answers); err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// NewestDraft finds the interview that this user began last and has not finished; zero when there is none.
func (w *Workspace) NewestDraft(ctx context.Context) (uuid.UUID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return uuid.Nil, err
	}
	if !w.reg.Holds(domain.RingOf(domain.Case)) {
		return uuid.Nil, nil
	}
	var newest uuid.UUID
	var start string
	for object, err := range w.reg.Objects(ctx, domain.Case, filterTypes([]domain.Type{"interview"})) {
		if err != nil {
			return uuid.Nil, err
		}
		record := newRecord(object)
		if record.Deleted() || record.Text("status") != "draft" || !w.IsMe(record.Reference("interviewer")) {
			continue
		}
		at := record.Text("start")
		if at > start || at == start && record.ID().String() > newest.String() { // identifiers follow time
			newest, start = record.ID(), at
		}
	}
	return newest, nil
}

// Interview opens an interview, or a response to a form, for typing. Faults: E-CASE, E-FORM when it was begun with question sets this
// program does not know.
func (w *Workspace) Interview(ctx context.Context, id uuid.UUID) (*InterviewSession, error) {
	record, err := w.Get(ctx, "interview", id)
	if err != nil {
		return nil, err
	}
	response := record == nil
	if response {
		if record, err = w.Response(ctx, id); err != nil {
			return nil, err
		}
	}
	s := &InterviewSession{w: w, id: id, caseID: record.Case(), interview: record, response: response}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Reading is what [InterviewSession.Reread] read, to be taken by [InterviewSession.Take].
type Reading struct {
	file  *CaseFile
	held  map[string]string // question set → version that the interview was held with
	saves uint64
}

// Reread reads the case again, after an import for instance. It changes nothing and may run on any goroutine, beside the
// user's typing.
func (s *InterviewSession) Reread(ctx context.Context) (*Reading, error) {
	s.mu.Lock()
	saves := s.saves
	s.mu.Unlock()
	file, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if file.Get(s.id) == nil {
		return nil, fault.New("E-CASE", "", nil)
	}
	var held map[string]string
	if !s.response {
		if held, err = s.w.heldWith(ctx, file.Get(s.id), s.closed != nil); err != nil {
			return nil, err
		}
	}
	return &Reading{file, held, saves}, nil
}

// Take makes a reading the state of the sections. Answers that wait to be saved and rows that have none yet stay. The
// numbers of sections may change, so it is for the goroutine that uses them. False means that answers were stored since
// the reading, which is out of date: read again.
func (s *InterviewSession) Take(r *Reading) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saves != r.saves {
		return false, nil
	}
	file, interview := r.file, r.file.Get(s.id)
	sets, unknown, err := s.setsOf(interview, r.held)
	if err != nil {
		return false, fault.New("E-FORM", "", err)
	}
	s.unknown = unknown
	s.interview, s.sections, s.instances, s.records = interview, nil, nil, map[uuid.UUID]*Record{s.id: interview}
	s.name, s.persons = s.who(file)
	s.people = file.Persons()
	s.marks = slices.Clone(interview.Answer("come_back").List())
	for _, set := range sets {
		if s.response {
			s.sections = append(s.sections, Section{Set: set, Subject: interview.Reference("about"), Object: s.id})
		}
		if s.response || !s.asks(set) {
			continue
		}
		for _, subject := range s.subjects(file, set) {
			s.addSection(file, set, subject)
		}
	}
	if s.closed == nil {
		s.closedPersons = nil
		if !s.response {
			s.closedPersons = s.findClosedPersons(file, sets)
		}
	} else {
		s.closed.file = file
	}
	slices.SortStableFunc(s.sections, func(a, b Section) int { return a.Set.Order - b.Set.Order })
	s.instances = make([]*form.Instance, len(s.sections))
	for i := range s.sections {
		s.instances[i] = s.fill(file, &s.sections[i])
	}
	s.stale = false
	for i := range s.sections {
		s.dropCounted()
		s.fitRows(i)
	}
	s.again()
	if !s.opened {
		s.opened = true
		s.giveDefaults()
	}
	return true, nil
}

// Refresh is Reread and Take in one.
func (s *InterviewSession) Refresh(ctx context.Context) error {
	for {
		reading, err := s.Reread(ctx)
		if err != nil {
			return err
		}
		if taken, err := s.Take(reading); taken || err != nil {
			return err
		}
	}
}

// who names the person interviewed, or the principal applicant and how many the household has.
func (s *InterviewSession) who(file *CaseFile) (name string, persons int) {
	about := s.interview.Reference("about")
	if s.closed != nil {
		about = s.closed.person
	}
	if person := file.Person(about); person != nil {
		return domain.DisplayName(person.Answer), 1
	}
	all := file.Persons()
	if len(all) == 0 {
		return "", 0
	}
	return domain.DisplayName(all[0].Answer), len(all)
}

// subjects lists whom a set asks about in this interview: the person interviewed, or everybody in a household interview.
func (s *InterviewSession) subjects(file *CaseFile, set *form.Set) []uuid.UUID {
	about := s.interview.Reference("about")
	if s.closed != nil {
		about = s.closed.person
	}
	switch set.Subject {
	case "interview":
		return []uuid.UUID{s.id}
	case "case":
		return []uuid.UUID{s.caseID}
	case "household":
		if person := file.Person(about); person != nil {
			return []uuid.UUID{person.Reference("household")}
		}
		var ids []uuid.UUID
		for _, household := range file.Households() {
			ids = append(ids, household.ID())
		}
		return ids
	case "person":
		if about != uuid.Nil {
			return []uuid.UUID{about}
		}
		var ids []uuid.UUID
		for _, person := range file.Persons() {
			ids = append(ids, person.ID())
		}
		return ids
	}
	return nil
}

func (s *InterviewSession) addSection(file *CaseFile, set *form.Set, subject uuid.UUID) {
	if subject == uuid.Nil || !form.Applies(set, s.context(file, subject)) {
		return
	}
	section := Section{Set: set, Subject: subject, Object: subject}
	if set.Object != set.Subject {
		section.Object = domain.SingletonID(subject, set.Object)
	}
	if person := file.Person(subject); person != nil && s.interview.Reference("about") == uuid.Nil && s.closed == nil {
		section.Name = domain.DisplayName(person.Answer)
	}
	s.sections = append(s.sections, section)
}

// context is what a set may ask the host about the subject.
func (s *InterviewSession) context(file *CaseFile, subject uuid.UUID) form.Context {
	values := map[string]string{"interview_type": s.interview.Text("type")}
	person := file.Person(subject)
	if person == nil {
		person = file.Person(s.interview.Reference("about"))
	}
	day := s.day()
	if person != nil {
		values["sex"] = person.Text("sex")
		if birth, err := domain.ParsePartialDate(person.Text("birth")); err == nil {
			least, _ := birth.AgeRange(day)
			// Between two ages the younger one decides: nothing is left out for a child.
			values["age_years"] = strconv.Itoa(max(least, 0))
			values["is_minor"] = "no"
			if least < 18 {
				values["is_minor"], values["may_be_alone"] = "yes", "no"
				if domain.ChildMayBeAlone(file, person, day) {
					values["may_be_alone"] = "yes"
				}
			}
		}
	}
	return form.Context{Values: values, Clock: clock.Fixed(day), Lists: s.w.Lists(), Objects: map[domain.Type][]codelist.Entry{"person": others(file, subject)}}
}

// others lists the persons of the case besides one, as choices. It is for the screen only.
func others(file *CaseFile, subject uuid.UUID) []codelist.Entry {
	var entries []codelist.Entry
	for _, person := range file.Persons() {
		if person.ID() != subject {
			entries = append(entries, codelist.Entry{Code: person.ID().String(), Label: domain.DisplayName(person.Answer)})
		}
	}
	return entries
}

// day is the reference date of ages in this interview (domain.md 9).
func (s *InterviewSession) day() time.Time {
	if start, err := time.Parse(time.RFC3339, s.interview.Text("start")); err == nil {
		return start
	}
	return s.w.Now()
}

// dayOf is the day of an interview as editions count it, YYYY-MM-DD.
func dayOf(interview *Record, now func() time.Time) string {
	if start := interview.Text("start"); len(start) > len(time.DateOnly) {
		return start[:len(time.DateOnly)]
	}
	return now().Format(time.DateOnly)
}

func (s *InterviewSession) fill(file *CaseFile, section *Section) *form.Instance {
	context := s.context(file, section.Subject)
	context.Seed = section.Object
	instance := form.New(section.Set, context)
	if s.response {
		s.records[s.id] = file.Get(s.id)
		s.fillResponse(file, section.Set, instance)
		return instance
	}
	if record := file.Get(section.Object); record != nil {
		s.records[section.Object] = record
		for _, field := range record.Fields() {
			put(instance, form.Path{Name: field}, record, field)
		}
	}
	for _, repeat := range repeatsOf(section.Set) {
		for _, row := range file.Rows(domain.Type(repeat), section.Subject) {
			s.records[row.ID()] = row
			instance.PutRow(repeat, row.ID())
			for _, field := range row.Fields() {
				put(instance, form.Path{Row: row.ID(), Repeat: repeat, Name: field}, row, field)
			}
		}
	}
	instance.Evaluate()
	return instance
}

// repeatsOf lists the repeats of a set: the types of its rows.
func repeatsOf(set *form.Set) []string {
	var names []string
	for _, item := range set.Flat() {
		if item.Kind == form.Repeat {
			names = append(names, item.Name)
		}
	}
	return names
}

func put(instance *form.Instance, path form.Path, record *Record, field string) {
	if instance.Has(path) {
		instance.Put(path, record.Answer(field))
	}
}

// ID is the interview; Case its case.
func (s *InterviewSession) ID() uuid.UUID   { return s.id }
func (s *InterviewSession) Case() uuid.UUID { return s.caseID }

// Open reports whether answers may still be given: the lead has neither reviewed nor locked the interview.
func (s *InterviewSession) Open() bool {
	return !InterviewStatus(s.Record()).Closed()
}

// Status is "draft", "ready_for_review", "reviewed", "locked" or "amended" (domain.md 7.6), also where machines that had not met took
// the interview different ways.
func (s *InterviewSession) Status() string { return string(InterviewStatus(s.Record())) }

// Name is the name of the person interviewed, or of the principal applicant of the household. It is for the screen only.
func (s *InterviewSession) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// Persons is how many the interview concerns: 1 for a person, the persons of the case for a household.
func (s *InterviewSession) Persons() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.persons
}

// Record is the interview's own record.
func (s *InterviewSession) Record() *Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.interview
}

// Started is when the interview began, zero when unknown: the quiet clock counts from here.
func (s *InterviewSession) Started() time.Time {
	start, err := time.Parse(time.RFC3339, s.Record().Text("start"))
	if err != nil {
		return time.Time{}
	}
	return start
}

// Sections lists the question sets that apply, in the order of the interview.
func (s *InterviewSession) Sections() []Section {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sections)
}

// Instance gives the state of a section. It must be used on one goroutine at a time, and answers are changed by
// [InterviewSession.Enter] and [InterviewSession.Set] only.
func (s *InterviewSession) Instance(section int) *form.Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instances[section]
}

// Progress counts over a section.
func (s *InterviewSession) Progress(section int) form.Progress { return s.Instance(section).Progress() }

// Total counts over all sections.
func (s *InterviewSession) Total() form.Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total form.Progress
	for _, instance := range s.instances {
		total = total.Add(instance.Progress())
	}
	return total
}

// target names the object behind a path.
func (s *InterviewSession) target(section int, path form.Path) Target {
	at := s.sections[section]
	t := Target{Type: at.Set.Object, ID: at.Object, Case: s.caseID, Subject: at.Subject, Form: at.Set.FormRef()}
	switch {
	case path.Repeat == "":
	case s.response:
		t = s.rowTarget(section, path)
	default:
		t.Type, t.ID = domain.Type(path.Repeat), path.Row
	}
	return t
}

// ownTarget names the interview's own object.
func (s *InterviewSession) ownTarget() Target {
	return Target{Type: s.Record().Type(), ID: s.id, Case: s.caseID}
}

// Conflicted reports whether a question has several standing answers, and which.
func (s *InterviewSession) Conflicted(section int, path form.Path) []Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	record := s.records[s.target(section, path).ID]
	field := fieldOf(s.sections[section].Set, path)
	if record == nil || !record.Conflicted(field) {
		return nil
	}
	return record.Heads(field)
}

func (s *InterviewSession) markName(section int, path form.Path) string {
	at := s.sections[section]
	return strings.Join([]string{at.Set.ID, at.Subject.String(), path.Repeat, path.Row.String(), path.Name}, "/")
}

// Marked reports whether the interviewer wants to come back to a question.
func (s *InterviewSession) Marked(section int, path form.Path) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.marks, s.markName(section, path))
}

// Marks lists the questions to come back to, in the order in which they were marked.
func (s *InterviewSession) Marks() []Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	var places []Place
	for _, name := range s.marks {
		parts := strings.Split(name, "/")
		if len(parts) != 5 {
			continue
		}
		row, err := uuid.Parse(parts[3])
		if err != nil {
			continue
		}
		for i, at := range s.sections {
			if at.Set.ID == parts[0] && at.Subject.String() == parts[1] {
				places = append(places, Place{Section: i, Path: form.Path{Repeat: parts[2], Row: row, Name: parts[4]}})
			}
		}
	}
	return places
}

// LastPlace is the question that this user answered last: where an interrupted interview goes on. It follows from the
// operations, so nothing has to be remembered for it. ok is false when the user has answered nothing yet.
func (s *InterviewSession) LastPlace() (place Place, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.w.me.User
	var newest oplog.HLC
	consider := func(section int, repeat string, id uuid.UUID) {
		record := s.records[id]
		if record == nil {
			return
		}
		path := form.Path{Repeat: repeat}
		if repeat != "" {
			path.Row = id
		}
		set := s.sections[section].Set
		field, at := record.lastWrittenBy(user, func(name string) bool {
			path.Name = questionOf(set, name)
			return s.instances[section].Has(path)
		})
		if field != "" && at > newest {
			path.Name = questionOf(set, field)
			newest, place, ok = at, Place{Section: section, Path: path}, true
		}
	}
	for i, at := range s.sections {
		consider(i, "", at.Object)
		for _, repeat := range repeatsOf(at.Set) {
			for _, row := range s.instances[i].Rows(repeat) {
				consider(i, repeat, row)
			}
		}
	}
	return place, ok
}

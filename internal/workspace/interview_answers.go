package workspace

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
)

// waiting is an answer that is on screen and not yet on disk.
type waiting struct {
	number  uint64 // the order of entering
	set     string
	subject uuid.UUID
	path    form.Path // the zero Path for a field that no question holds
	target  Target
	field   string
	answer  domain.Answer
	// lazy: made by a default. It goes to disk with the next answer of a person, so that looking at an interview writes nothing.
	lazy bool
	// made: worked out, not said by anybody. It takes the place of whatever machines that had not met worked out.
	made bool
	// counted is the number of a row of which the form says how many there are.
	counted int
}

// newRow is a row that nothing was stored of, with the answers that its defaults made.
type newRow struct {
	set     string
	subject uuid.UUID
	repeat  string
	outer   uuid.UUID // the row around it, of a repeat inside a repeat
	counted int       // its number, from 1, where the form says how many rows there are
	made    []form.Made
}

// Enter takes an answer at once and evaluates what depends on it; [InterviewSession.Save] stores it. So a screen can
// show what follows from a keystroke without waiting for the disk, and what could not be stored stays and is tried again.
// An answer without source is the person's own, confirmed in the interview.
func (s *InterviewSession) Enter(section int, path form.Path, answer domain.Answer) form.Changed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enter(section, path, answer)
}

func (s *InterviewSession) enter(section int, path form.Path, answer domain.Answer) form.Changed {
	instance := s.instances[section]
	answer = s.attribute(instance.Answer(path), answer)
	s.storeAround(section, path)
	if row, ok := s.rows[path.Row]; ok && path.Row != uuid.Nil {
		delete(s.rows, path.Row)
		for _, made := range row.made {
			if made.Path != path {
				s.wait(section, made.Path, made.Answer, false)
			}
		}
	}
	changed := instance.Set(path, answer)
	s.waitMade(section, changed, false)
	s.wait(section, path, answer, false)
	changed = changed.And(s.fitRows(section))
	at := s.sections[section]
	s.stale = s.stale || at.Set.Object == "person" && path.Repeat == "" && (path.Name == "birth" || path.Name == "sex")
	return changed
}

// wait puts an answer at the end of the queue, in place of an earlier one of the same field.
func (s *InterviewSession) wait(section int, path form.Path, answer domain.Answer, lazy bool) {
	at := s.sections[section]
	s.push(waiting{
		set: at.Set.ID, subject: at.Subject, path: path, target: s.target(section, path), field: fieldOf(at.Set, path), answer: answer, lazy: lazy,
		counted: s.numberOf(section, path),
	})
}

// waitMade puts what calculations and defaults made into the queue.
func (s *InterviewSession) waitMade(section int, changed form.Changed, lazy bool) {
	for _, made := range changed.Made {
		if row, fresh := s.rows[made.Path.Row]; fresh { // stored with the row's first answer
			row.made = slices.DeleteFunc(row.made, func(m form.Made) bool { return m.Path == made.Path })
			row.made = append(row.made, made)
			s.rows[made.Path.Row] = row
			continue
		}
		s.wait(section, made.Path, made.Answer, lazy)
		item, ok := s.sections[section].Set.Find(made.Path.Repeat, made.Path.Name)
		s.queue[len(s.queue)-1].made = ok && s.response && item.Calculation != nil
	}
}

func (s *InterviewSession) push(w waiting) {
	s.queue = slices.DeleteFunc(s.queue, func(q waiting) bool { return q.target.ID == w.target.ID && q.field == w.field })
	s.number++
	w.number = s.number
	s.queue = append(s.queue, w)
}

// Waiting reports whether answers of a person wait to be stored.
func (s *InterviewSession) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits()
}

func (s *InterviewSession) waits() bool {
	return slices.ContainsFunc(s.queue, func(w waiting) bool { return !w.lazy })
}

// Stale reports whether an answer changed which sections apply or what they are told about the person, so that
// [InterviewSession.Refresh] is due once it is stored.
func (s *InterviewSession) Stale() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stale
}

// Save stores what waits, in one transaction and in the order of entering. When that fails everything still waits. Of
// several answers one that can never be stored (fault E-VALUE, E-FIELD, E-ROLE) does not hold up the others; the fault
// is returned all the same. It may be called from any goroutine while answers are entered.
func (s *InterviewSession) Save(ctx context.Context) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	return s.save(ctx)
}

func (s *InterviewSession) save(ctx context.Context) error {
	s.mu.Lock()
	var batch []waiting
	if s.waits() {
		batch = slices.Clone(s.queue)
	}
	s.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := s.store(ctx, batch)
	switch fault.Code(err) {
	case "E-VALUE", "E-FIELD", "E-ROLE":
		for _, one := range batch {
			if again := s.store(ctx, []waiting{one}); again != nil && fault.Code(again) != fault.Code(err) {
				return again
			}
		}
	}
	return err
}

func (s *InterviewSession) store(ctx context.Context, batch []waiting) error {
	s.mu.Lock()
	writes := s.writes(batch)
	s.mu.Unlock()
	var records []*Record
	if len(writes) > 0 {
		var err error
		if records, err = s.w.SetMany(ctx, writes); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saves++
	for _, record := range records {
		s.records[record.ID()] = record
		if record.ID() == s.id {
			s.interview = record
		}
	}
	s.queue = slices.DeleteFunc(s.queue, func(w waiting) bool {
		return slices.ContainsFunc(batch, func(b waiting) bool { return b.number == w.number })
	})
	return nil
}

// writes makes one write for each object. The answer entered last gets a write of its own at the end, so that it alone is
// the newest: [InterviewSession.LastPlace] goes by that.
func (s *InterviewSession) writes(batch []waiting) []Write {
	var all []Write
	index := map[uuid.UUID]int{}
	for i, w := range batch {
		record := s.records[w.target.ID]
		if alreadySo(record, w) {
			continue
		}
		target := w.target
		target.Seen = map[string][]oplog.Name{}
		see := seeing
		if w.made {
			see = seeingAll
		}
		if last := i == len(batch)-1; !last {
			if at, ok := index[target.ID]; ok {
				all[at].Answers[w.field] = w.answer
				see(all[at].Target.Seen, record, w.field)
				continue
			}
			index[target.ID] = len(all)
		}
		see(target.Seen, record, w.field)
		write := Write{Target: target, Answers: map[string]domain.Answer{w.field: w.answer}}
		if known := slices.ContainsFunc(all, func(other Write) bool { return other.Target.ID == target.ID }); record == nil && !known {
			s.describeRow(w, write.Answers)
		}
		all = append(all, write)
	}
	return all
}

// alreadySo reports whether the object shows the very answer.
func alreadySo(record *Record, w waiting) bool {
	if record == nil {
		return w.answer.Empty() && w.answer.Reason == ""
	}
	is, err := record.Answer(w.field).Encode()
	if err != nil {
		return false
	}
	will, err := w.answer.Encode()
	return err == nil && bytes.Equal(is, will)
}

// seeing names what stood on the screen when the answer was given. Of a conflict it replaces the value shown only: the
// choice between people's answers is made at headquarters.
func seeing(seen map[string][]oplog.Name, record *Record, field string) {
	seen[field] = []oplog.Name{}
	if record == nil {
		return
	}
	if record.Conflicted(field) {
		seen[field] = []oplog.Name{record.Heads(field)[0].Name}
		return
	}
	seen[field] = record.Seen(field)
}

// seeingAll names all that stands: what was worked out is no choice between people's answers.
func seeingAll(seen map[string][]oplog.Name, record *Record, field string) {
	seen[field] = []oplog.Name{}
	if record != nil {
		seen[field] = record.Seen(field)
	}
}

// Set is Enter and Save in one. On an error the answer is not kept, neither on disk nor in the section.
func (s *InterviewSession) Set(ctx context.Context, section int, path form.Path, answer domain.Answer) (form.Changed, error) {
	s.mu.Lock()
	before := s.instances[section].Answer(path)
	changed := s.enter(section, path, answer)
	id, field := s.target(section, path).ID, fieldOf(s.sections[section].Set, path)
	s.mu.Unlock()
	if err := s.Save(ctx); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.queue = slices.DeleteFunc(s.queue, func(w waiting) bool { return w.target.ID == id && w.field == field })
		s.instances[section].Set(path, before)
		return form.Changed{}, err
	}
	return changed, nil
}

// attribute says where an answer comes from when the interviewer did not: as the answer that it takes the place of when
// that was given in an interview, else the person's own or, in a household interview, the family's.
func (s *InterviewSession) attribute(before, a domain.Answer) domain.Answer {
	if a.Value == nil {
		return a
	}
	if a.Source == "" && FromInterview(before) && !Copied(before) {
		a.Source = before.Source
		if a.Verification == "" {
			a.Verification = before.Verification
		}
	}
	if a.Source == "" {
		a.Source = domain.FromSelf
		if s.ofFamily() {
			a.Source = domain.FromFamily
		}
	}
	if a.Verification == "" && (a.Source == domain.FromSelf || a.Source == domain.FromFamily) {
		a.Verification = domain.ConfirmedByPerson
	}
	return a
}

// FromInterview reports whether an answer was given in an interview, not known before it.
func FromInterview(a domain.Answer) bool { return slices.Contains(InterviewSources, a.Source) }

// InterviewSources are the sources that an interviewer chooses from, the usual one first (domain.md 7).
var InterviewSources = []domain.Source{domain.FromSelf, domain.FromFamily, domain.FromDocument, domain.FromInterpreter, domain.FromObservation}

// InterviewVerifications are what an interviewer can say about an answer, the usual one first (domain.md 7).
var InterviewVerifications = []domain.Verification{domain.ConfirmedByPerson, domain.DocumentSeen, domain.Unverified, domain.Disputed}

// Unconfirmed reports whether a value was known before the interview and nobody has confirmed it yet.
func Unconfirmed(a domain.Answer) bool {
	return a.HasValue() && a.Source != "" && !FromInterview(a) && (a.Verification == "" || a.Verification == domain.Unverified)
}

// giveDefaults enters the defaults of the sections that nobody has answered, while the interviewer's own interview is a draft.
func (s *InterviewSession) giveDefaults() {
	if s.interview.Text("status") != "draft" || !s.w.IsMe(s.interview.Reference("interviewer")) {
		return
	}
	for i := range s.sections {
		if s.touched(i) {
			continue
		}
		s.waitMade(i, form.Changed{Made: s.moments}.And(s.instances[i].ApplyDefaults()), true)
		s.moments = nil
	}
}

func (s *InterviewSession) touched(section int) bool {
	record := s.records[s.sections[section].Object]
	if record == nil {
		return false
	}
	set := s.sections[section].Set
	return slices.ContainsFunc(record.Fields(), func(field string) bool {
		return s.instances[section].Has(form.Path{Name: questionOf(set, field)})
	})
}

// again puts what is not on disk into sections that were read from it.
func (s *InterviewSession) again() {
	for id, row := range s.rows {
		if i := s.find(row.set, row.subject); i >= 0 {
			row.made = s.instances[i].AddRowIn(row.repeat, row.outer, id).Made
			s.rows[id] = row
		}
	}
	for _, w := range s.queue {
		i := s.find(w.set, w.subject)
		if i < 0 || w.path.Name == "" && w.path.Repeat == "" {
			continue
		}
		if w.path.Repeat != "" && !slices.Contains(s.instances[i].Rows(w.path.Repeat), w.path.Row) {
			s.instances[i].AddRowIn(w.path.Repeat, s.outerOf(w), w.path.Row)
		}
		if w.path.Name != "" {
			s.instances[i].Set(w.path, w.answer)
		}
	}
	for _, w := range s.queue {
		if w.field == "come_back" && w.target.ID == s.id {
			s.marks = slices.Clone(w.answer.List())
		}
	}
}

// find returns the section of a set about a subject, -1 when it does not apply any more.
func (s *InterviewSession) find(set string, subject uuid.UUID) int {
	return slices.IndexFunc(s.sections, func(at Section) bool { return at.Set.ID == set && at.Subject == subject })
}

// AddRow makes room for a row of a repeat; outer is the row around it of a repeat inside a repeat, else zero. It is stored, with what its
// defaults made, at its first answer.
func (s *InterviewSession) AddRow(section int, repeat string, outer uuid.UUID) (uuid.UUID, form.Changed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, form.Changed{}, err
	}
	changed := s.addRow(section, newRow{repeat: repeat, outer: outer}, id)
	return id, changed.And(s.fitRows(section)), nil
}

func (s *InterviewSession) addRow(section int, row newRow, id uuid.UUID) form.Changed {
	changed := s.instances[section].AddRowIn(row.repeat, row.outer, id)
	if s.rows == nil {
		s.rows = map[uuid.UUID]newRow{}
	}
	at := s.sections[section]
	row.set, row.subject, row.made = at.Set.ID, at.Subject, changed.Made
	s.rows[id] = row
	return changed
}

// Stored reports whether anything of a row is on disk or on its way there.
func (s *InterviewSession) Stored(row uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, fresh := s.rows[row]
	return !fresh
}

// RemoveRow takes a row away; [InterviewSession.RestoreRow] brings it back with all its answers.
func (s *InterviewSession) RemoveRow(ctx context.Context, section int, repeat string, row uuid.UUID) (form.Changed, error) {
	if err := s.Save(ctx); err != nil {
		return form.Changed{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saves++
	if s.records[row] != nil {
		if err := s.w.Remove(ctx, s.target(section, form.Path{Repeat: repeat, Row: row})); err != nil {
			return form.Changed{}, err
		}
	}
	delete(s.rows, row)
	return s.instances[section].RemoveRow(repeat, row), nil
}

// RestoreRow undoes [InterviewSession.RemoveRow].
func (s *InterviewSession) RestoreRow(ctx context.Context, section int, repeat string, row uuid.UUID) error {
	s.mu.Lock()
	target := s.target(section, form.Path{Repeat: repeat, Row: row})
	if s.records[row] == nil {
		defer s.mu.Unlock()
		s.addRow(section, newRow{repeat: repeat}, row)
		return nil
	}
	s.mu.Unlock()
	if err := s.w.Restore(ctx, target); err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// Mark sets or clears "come back to this"; like an answer it is stored by [InterviewSession.Save]. In a closed part it does
// nothing: marks stand on the interview, which more people read.
func (s *InterviewSession) Mark(section int, path form.Path, on bool) {
	if s.closed != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.markName(section, path)
	s.marks = slices.DeleteFunc(slices.Clone(s.marks), func(m string) bool { return m == name })
	if on {
		s.marks = append(s.marks, name)
	}
	s.push(waiting{
		target: Target{Type: s.interview.Type(), ID: s.id, Case: s.caseID}, field: "come_back", answer: domain.Answer{Value: slices.Clone(s.marks)},
	})
}

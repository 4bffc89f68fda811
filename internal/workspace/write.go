package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Target names the object that a write concerns.
type Target struct {
	Type domain.Type
	// ID is the object; zero makes a new one.
	ID uuid.UUID
	// Case is the case it belongs to; zero for what belongs to none, and for a new case.
	Case uuid.UUID
	// Mission decides at headquarters who gets the line; zero means the mission of the case.
	Mission uuid.UUID
	// Subject is written into `about` or `parent` when the object is new.
	Subject uuid.UUID
	// Form is the question set that asked, for example "language@1"; may be empty.
	Form string
	// Seen names per field the writes that the author's screen stood on; nil means those of this moment.
	Seen map[string][]oplog.Name
	// Readers are the users who may open a sealed object, besides the author and headquarters.
	Readers []uuid.UUID
}

// Write is one object's share of [Workspace.SetMany].
type Write struct {
	Target  Target
	Answers map[string]domain.Answer
	file    *attachment.File // the content of a new attachment
	// takesBack: the values are those that stood before a write of this user's own, which nobody has built on.
	takesBack bool
}

// Set writes fields of one object as one durable operation and returns the object as it is then. Fields whose answer is
// already so are left out; when nothing differs nothing is written. Faults: E-VALUE with the field, E-FIELD, E-ROLE, E-ENROL, E-LOCKED,
// E-APPROVAL, E-AMEND, V-SPACE, V-READONLY, V-LOCKED.
func (w *Workspace) Set(ctx context.Context, target Target, answers map[string]domain.Answer) (*Record, error) {
	records, err := w.SetMany(ctx, []Write{{Target: target, Answers: answers}})
	if err != nil {
		return nil, err
	}
	return records[0], nil
}

// SetMany writes several objects in one transaction: all or nothing.
func (w *Workspace) SetMany(ctx context.Context, writes []Write) ([]*Record, error) {
	records, changes, err := w.setMany(ctx, writes, nil)
	if err != nil {
		return nil, err
	}
	w.notify(changes)
	return records, nil
}

// setMany writes in one transaction; unit is nil save for a [Unit].
func (w *Workspace) setMany(ctx context.Context, writes []Write, unit *Unit) ([]*Record, []Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, nil, err
	}
	if !w.enrolled() {
		return nil, nil, fault.New("E-ENROL", "", nil)
	}
	prepared := make([]preparedWrite, len(writes))
	for i, write := range writes {
		p, err := w.prepare(write)
		if err != nil {
			return nil, nil, err
		}
		if p.info.Compartment.Boxed() {
			objects, err := w.openBoxes(ctx, p.Target.Case)
			if err != nil {
				return nil, nil, err
			}
			p.opened = objects[p.Target.ID]
		}
		prepared[i] = p
	}
	history, err := w.readHistory(ctx, prepared)
	if err != nil {
		return nil, nil, err
	}
	var wr *writing
	flushed := false
	records := make([]*Record, len(prepared))
	changed := make([]bool, len(prepared))
	err = w.reg.Update(ctx, func(tx *register.Tx) error {
		wr = w.begin(tx)
		wr.history = history
		wr.unit = unit
		for i := range prepared {
			if err := unit.step(ctx, i, len(prepared)); err != nil {
				return err
			}
			object, wrote, err := wr.write(&prepared[i])
			if err != nil {
				return err
			}
			records[i], changed[i] = newRecord(object), wrote
			if file := prepared[i].file; file != nil {
				if err := wr.putFile(object, file); err != nil {
					return err
				}
			}
		}
		if err := unit.finish(tx); err != nil {
			return err
		}
		if w.auditReady() && (len(wr.reads) > 0 || w.auditDue()) {
			flushed = true
			return wr.appendEvents(slices.Concat(w.audit, wr.reads))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	wr.commit()
	if flushed {
		w.audit = nil
		w.noteReads(wr.reads)
	}
	var changes []Change
	for i, record := range records {
		if !changed[i] {
			continue
		}
		if !record.object.Compartment.Boxed() {
			w.remember(record.object)
		}
		changes = append(changes, Change{Case: record.Case(), Object: record.ID(), Type: record.Type()})
	}
	w.renewIssued()
	return records, changes, nil
}

// preparedWrite is a checked write with its encoded values.
type preparedWrite struct {
	Write
	info   domain.TypeInfo
	values map[string]json.RawMessage
	opened *oplog.Object // of a sealed object that exists: what its boxes say
}

func (w *Workspace) prepare(write Write) (preparedWrite, error) {
	info, ok := domain.Info(write.Target.Type)
	if !ok {
		return preparedWrite{}, fault.Newf("E-FORM", string(write.Target.Type), "unknown type")
	}
	if IsMark(info.Type) {
		return preparedWrite{}, fault.Newf("E-ROLE", string(info.Type), "an import is taken back by undoing it")
	}
	if !w.reg.Holds(domain.RingOf(info.Compartment)) {
		return preparedWrite{}, fault.Newf("E-ROLE", string(write.Target.Type), "ring not held")
	}
	p := preparedWrite{Write: write, info: info, values: map[string]json.RawMessage{}}
	if p.Target.ID == uuid.Nil {
		id, err := freshID(info, write.Target)
		if err != nil {
			return preparedWrite{}, err
		}
		p.Target.ID = id
	}
	if info.Compartment == domain.Open {
		p.Target.Case = uuid.Nil
	}
	if info.Type == "case" && p.Target.Case == uuid.Nil {
		p.Target.Case = p.Target.ID
	}
	if _, gone := w.reg.Erased(p.Target.Case); gone {
		return preparedWrite{}, fault.Newf("E-ERASED", string(info.Type), "the case was erased")
	}
	if err := refuseClaim(write); err != nil {
		return preparedWrite{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(write.Answers)) { // of several wrong answers always the same one is told
		answer := write.Answers[name]
		field, known := info.Field(name)
		if !known {
			return preparedWrite{}, fault.Newf("E-FIELD", describe(info.Type, name), "unknown field")
		}
		if !w.me.Role.MayWrite(info.Type, name) {
			return preparedWrite{}, fault.Newf("E-ROLE", describe(info.Type, name), "role %s", w.me.Role)
		}
		if rule := w.refused(field, answer, w.Now()); rule != "" {
			return preparedWrite{}, fault.Newf("E-VALUE", describe(info.Type, name), "rule %s", rule)
		}
		switch form.Refuses(w.Sets(), write.Target.Form, info.Type, name, answer.Value) {
		case form.NoEdition:
			return preparedWrite{}, fault.Newf("E-FORM", write.Target.Form, "no such edition")
		case form.NoAnswer:
			return preparedWrite{}, fault.Newf("E-VALUE", describe(info.Type, name), "not an answer to %s", write.Target.Form)
		}
		value, err := answer.Encode()
		if err != nil {
			return preparedWrite{}, fault.New("E-VALUE", describe(info.Type, name), err)
		}
		if len(value) > longestValue {
			return preparedWrite{}, fault.Newf("E-VALUE", describe(info.Type, name), "%d bytes", len(value))
		}
		p.values[name] = value
	}
	return p, nil
}

// longestValue in bytes leaves room for the rest of a line, and for the armour around a sealed one (security.md 5.1).
const longestValue = 128 << 10

// refused names the rule by which an answer cannot be stored at all: a value that does not fit the field, or a code outside
// its list. Every other rule speaks up on screen and never blocks saving (domain.md 8).
func (w *Workspace) refused(field domain.Field, answer domain.Answer, today time.Time) string {
	for _, problem := range w.Lists().CheckValue(field, answer, today) {
		if problem.Severity == domain.Error && (problem.Rule == "KIND" || problem.Rule == "LIST") {
			return problem.Rule
		}
	}
	return ""
}

// freshID gives a new object its identifier: the one that every machine derives when there is one object of the type for
// each subject, else a random one.
func freshID(info domain.TypeInfo, target Target) (uuid.UUID, error) {
	if info.Singleton() && target.Subject != uuid.Nil {
		return domain.SingletonID(target.Subject, info.Type), nil
	}
	return uuid.NewV7()
}

// write appends one prepared write and returns the object after it.
func (wr *writing) write(p *preparedWrite) (*oplog.Object, bool, error) {
	if p.info.Compartment.Boxed() {
		return wr.writeBoxed(p)
	}
	object, err := wr.tx.Object(p.info.Compartment, p.Target.ID)
	if err != nil {
		return nil, false, err
	}
	if object == nil {
		object = &oplog.Object{ID: p.Target.ID, Type: p.info.Type, Case: p.Target.Case, Compartment: p.info.Compartment, Fields: map[string]*oplog.Field{}}
		p.bindSubject()
	} else if object.Type != p.info.Type || (p.Target.Case != uuid.Nil && object.Case != p.Target.Case) {
		return nil, false, fault.Newf("E-OP", string(p.info.Type), "the identifier belongs to another object")
	} else {
		wr.reads = append(wr.reads, wr.w.firstRead(object)...) // the record returned shows the whole object
	}
	for _, refuse := range []func(*preparedWrite, *Record) error{wr.w.refuseClosed, wr.w.refuseStep, wr.w.refuseApproval} {
		if err := refuse(p, newRecord(object)); err != nil {
			return nil, false, err
		}
	}
	line := &oplog.Line{
		Kind: oplog.KindSet, Compartment: p.info.Compartment, Case: object.Case, Object: object.ID, Type: object.Type, Form: p.Target.Form,
		Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
	}
	for name, value := range p.values {
		if parents, differs := parentsOf(object, name, value, p.Target.Seen); differs {
			line.Set[name] = value
			if len(parents) > 0 {
				line.Parents[name] = parents
			}
		}
	}
	if len(line.Set) == 0 {
		return object, false, nil
	}
	scope := line.Case
	if line.Compartment == domain.Open {
		scope = uuid.Nil
	}
	if err := wr.save(wr.w.audienceFor(line.Compartment, wr.missionOf(p, object)), line, scope, object); err != nil {
		return nil, false, err
	}
	wr.unit.note(line)
	if lines, ok := wr.history[object.ID]; ok {
		lines = append(lines, oplog.Visible{Line: line, Visible: true})
		wr.history[object.ID] = lines
		object = oplog.Rebuild(lines)[object.ID]
		return object, true, wr.tx.PutObject(object)
	}
	return object, true, nil
}

// readHistory reads the lines of the objects whose author saw a value that has been taken back, or quarantined, since: what
// that value had replaced must not rise again, and only the log says what it was (security.md 7.1).
func (w *Workspace) readHistory(ctx context.Context, writes []preparedWrite) (map[uuid.UUID][]oplog.Visible, error) {
	history := map[uuid.UUID][]oplog.Visible{}
	for i := range writes {
		p, c := &writes[i], writes[i].info.Compartment
		gone := func(name oplog.Name) bool {
			return w.hides(c, name) || w.verdicts[c].excluded.has(name) || w.redacted[c].has(name)
		}
		issued := func(name oplog.Name) bool { return w.taken[c][p.Target.Case].has(name) }
		through, perhaps := false, false
		for field := range p.values {
			through = through || slices.ContainsFunc(p.Target.Seen[field], gone)
			perhaps = perhaps || slices.ContainsFunc(p.Target.Seen[field], issued)
		}
		if _, read := history[p.Target.ID]; read || !through && !perhaps || c.Boxed() {
			continue
		}
		object, err := w.reg.Object(ctx, c, p.Target.ID)
		if err != nil {
			return nil, err
		}
		if !through && !sawReplaced(object, p, issued) {
			continue
		}
		scope := p.Target.Case
		if object != nil {
			scope = object.Case
		}
		lines := []oplog.Visible{}
		for stored, err := range w.reg.CaseLines(ctx, c, scope) {
			if err != nil {
				return nil, err
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil && (line.Object == p.Target.ID || line.Kind == oplog.KindRedact) && !w.outside(stored.Name) {
				lines = append(lines, oplog.Visible{Line: line, Visible: w.visible(line)})
			}
		}
		history[p.Target.ID] = lines
	}
	return history, nil
}

// sawReplaced reports whether the author saw a write that is here only by its issue and has been replaced since: the register
// knows no line of that name, so the object must be made anew.
func sawReplaced(object *oplog.Object, p *preparedWrite, issued func(oplog.Name) bool) bool {
	for field := range p.values {
		for _, name := range p.Target.Seen[field] {
			if issued(name) && (object == nil || !slices.Contains(object.Fields[field].Names(), name)) {
				return true
			}
		}
	}
	return false
}

// seenBefore tells what was known before the line itself was appended, as [oplog.Object.Apply] asks.
func seenBefore(tx *register.Tx, line *oplog.Line) func(oplog.Name) bool {
	own := line.Name()
	return func(n oplog.Name) bool { return n != own && tx.Known(line.Compartment, n) }
}

// bindSubject writes what the object is about, when it is new.
func (p *preparedWrite) bindSubject() {
	if p.Target.Subject == uuid.Nil {
		return
	}
	field := p.info.SubjectField()
	if field == "" {
		return
	}
	if _, given := p.values[field]; !given {
		p.values[field], _ = domain.Answer{Value: p.Target.Subject.String()}.Encode()
	}
}

// parentsOf returns the writes that a new value of the field replaces, and whether it says anything new.
func parentsOf(object *oplog.Object, field string, value json.RawMessage, seen map[string][]oplog.Name) ([]oplog.Name, bool) {
	current, ok := object.Fields[field]
	if ok && len(current.Heads) > 0 && !current.Conflict() && bytes.Equal(current.Value(), value) {
		return nil, false
	}
	if names, ok := seen[field]; ok && (len(names) > 0 || !bytes.Equal(value, []byte("null"))) {
		names = slices.Clone(names)
		slices.SortFunc(names, oplog.Name.Compare)
		return slices.Compact(names), true
	}
	if !ok || len(current.Heads) == 0 {
		return nil, !bytes.Equal(value, []byte("null"))
	}
	var names []oplog.Name
	for _, head := range current.Heads {
		names = append(names, head.Name)
	}
	slices.SortFunc(names, oplog.Name.Compare)
	return names, true
}

// missionOf finds the mission whose members get a line of headquarters: the one named, else that of the case, which may
// have been written in this very transaction, else the one that the object itself names.
func (wr *writing) missionOf(p *preparedWrite, object *oplog.Object) uuid.UUID {
	if p.Target.Mission != uuid.Nil {
		return p.Target.Mission
	}
	if p.info.Type == "mission" {
		return p.Target.ID
	}
	caseID := p.Target.Case
	if object.Case != uuid.Nil {
		caseID = object.Case
	}
	if mission := wr.missions[caseID]; mission != uuid.Nil {
		return mission
	}
	if e, ok := wr.w.entries[caseID]; ok && e.mission != uuid.Nil {
		return e.mission
	}
	mission := newRecord(object).Reference("mission")
	if raw, ok := p.values["mission"]; ok {
		if answer, err := domain.DecodeAnswer(raw); err == nil {
			if id, err := uuid.Parse(answer.Text()); err == nil {
				mission = id
			}
		}
	}
	if p.info.Type == "case" && mission != uuid.Nil {
		wr.missions[caseID] = mission
	}
	return mission
}

// Remove marks an object as deleted; Restore takes that back. Nothing is thrown away: that is erasure (security.md 3.7).
func (w *Workspace) Remove(ctx context.Context, target Target) error {
	_, err := w.Set(ctx, target, map[string]domain.Answer{fieldDeleted: {Value: true}})
	return err
}

// Restore brings a removed object back.
func (w *Workspace) Restore(ctx context.Context, target Target) error {
	_, err := w.Set(ctx, target, map[string]domain.Answer{fieldDeleted: {Value: false}})
	return err
}

package workspace

import (
	"bytes"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// Record is one object as the heads of its fields show it. It is a snapshot: later writes do not change it.
type Record struct {
	object *oplog.Object
}

func newRecord(object *oplog.Object) *Record { return &Record{object: object} }

// ID identifies the object.
func (r *Record) ID() uuid.UUID { return r.object.ID }

// Case is the case it belongs to; zero when it belongs to none.
func (r *Record) Case() uuid.UUID { return r.object.Case }

// Type is its object type.
func (r *Record) Type() domain.Type { return r.object.Type }

// Compartment is where it lives.
func (r *Record) Compartment() domain.Compartment { return r.object.Compartment }

// Answer returns the displayed answer of a field; the empty answer when it was never written.
func (r *Record) Answer(field string) domain.Answer {
	f, ok := r.object.Fields[field]
	if !ok {
		return domain.Answer{}
	}
	answer, err := domain.DecodeAnswer(f.Value())
	if err != nil {
		return domain.Answer{}
	}
	return answer
}

// Text returns the displayed answer of a field as text.
func (r *Record) Text(field string) string { return r.Answer(field).Text() }

// Reference returns the object that a reference field names; zero when there is none.
func (r *Record) Reference(field string) uuid.UUID {
	id, err := uuid.Parse(r.Text(field))
	if err != nil {
		return uuid.Nil
	}
	return id
}

// Subject is what the object is about, or the object whose row it is.
func (r *Record) Subject() uuid.UUID {
	if id := r.Reference("about"); id != uuid.Nil {
		return id
	}
	return r.Reference("parent")
}

// Head is one of the values of a field that nobody has replaced.
type Head struct {
	oplog.Write
	Answer domain.Answer
}

// Heads returns the standing values of a field, the displayed one first. More than one with different values is a conflict.
func (r *Record) Heads(field string) []Head {
	f, ok := r.object.Fields[field]
	if !ok {
		return nil
	}
	var heads []Head
	for _, write := range f.Heads {
		answer, err := domain.DecodeAnswer(write.Value)
		if err != nil {
			continue
		}
		heads = append(heads, Head{Write: write, Answer: answer})
	}
	if field == fieldDeleted {
		if edit, ok := editedAfterRemoval(r.object); ok {
			heads = append(heads, Head{Write: edit, Answer: domain.Answer{Value: false}})
		}
	}
	return heads
}

// Seen returns the writes that the field's display stands on, for [Target.Seen].
func (r *Record) Seen(field string) []oplog.Name {
	f, ok := r.object.Fields[field]
	if !ok {
		return nil
	}
	names := make([]oplog.Name, 0, len(f.Heads))
	for _, head := range f.Heads {
		names = append(names, head.Name)
	}
	slices.SortFunc(names, oplog.Name.Compare)
	return names
}

// Conflicted reports whether a field has several standing values.
func (r *Record) Conflicted(field string) bool {
	f, ok := r.object.Fields[field]
	if ok && field == fieldDeleted {
		if _, edited := editedAfterRemoval(r.object); edited {
			return true
		}
	}
	return ok && f.Conflict()
}

// Conflicts lists the fields with several standing values, sorted.
func (r *Record) Conflicts() []string { return conflictsOf(r.object) }

func conflictsOf(object *oplog.Object) []string {
	var fields []string
	_, edited := editedAfterRemoval(object)
	for name, f := range object.Fields {
		if f.Conflict() || name == fieldDeleted && edited {
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	return fields
}

// fieldDeleted marks an object as removed.
const fieldDeleted = "_deleted"

// editedAfterRemoval finds the newest answer that another machine wrote later than the removal of the object: whoever wrote
// it did not know of the removal, so a person must decide (security.md 7.1). It goes by the logical clocks; a removal that
// is later than the unseen answer is not found.
func editedAfterRemoval(object *oplog.Object) (edit oplog.Write, ok bool) {
	if !deleted(object) {
		return oplog.Write{}, false
	}
	removal := object.Fields[fieldDeleted].Heads[0]
	for name, f := range object.Fields {
		for _, head := range f.Heads {
			if name == fieldDeleted || head.HLC <= removal.HLC || head.Name.Device == removal.Name.Device {
				continue
			}
			if !ok || head.HLC > edit.HLC || head.HLC == edit.HLC && head.Name.Compare(edit.Name) > 0 {
				edit, ok = head, true
			}
		}
	}
	return edit, ok
}

// Deleted reports whether the object is marked as deleted.
func (r *Record) Deleted() bool { return deleted(r.object) }

func deleted(object *oplog.Object) bool {
	f, ok := object.Fields[fieldDeleted]
	return ok && bytes.Equal(f.Value(), []byte("true"))
}

// Fields lists the fields that were ever written, sorted.
func (r *Record) Fields() []string {
	fields := make([]string, 0, len(r.object.Fields))
	for name := range r.object.Fields {
		fields = append(fields, name)
	}
	slices.Sort(fields)
	return fields
}

// Written returns when and by whom the object was last written.
func (r *Record) Written() (at oplog.HLC, by uuid.UUID) {
	for _, f := range r.object.Fields {
		for _, head := range f.Heads {
			if head.HLC >= at {
				at, by = head.HLC, head.By
			}
		}
	}
	return at, by
}

// lastWrittenBy returns the field, of those wanted, that a user wrote last on this object and when.
func (r *Record) lastWrittenBy(user uuid.UUID, wanted func(string) bool) (field string, at oplog.HLC) {
	for name, f := range r.object.Fields {
		if !wanted(name) {
			continue
		}
		for _, head := range f.Heads {
			if head.By == user && (head.HLC > at || head.HLC == at && name < field) {
				field, at = name, head.HLC
			}
		}
	}
	return field, at
}

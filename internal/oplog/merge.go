package oplog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"feltbok/internal/domain"

	"github.com/google/uuid"
)

// Write is one value that one operation gave to one field.
type Write struct {
	Name    Name
	HLC     HLC
	By      uuid.UUID       // the user
	Form    string          // question set and version, "" when none
	Suspect bool            // the author's clock was known to be wrong
	Value   json.RawMessage // canonical JSON, null included
}

// newestFirst orders writes by (hlc, device, epoch, n), the highest first (security.md 7.1).
func newestFirst(a, b Write) int {
	if c := cmp.Compare(b.HLC, a.HLC); c != 0 {
		return c
	}
	return b.Name.Compare(a.Name)
}

// Field is what the visible operations say about one field of one object.
type Field struct {
	// Heads are the writes that no other visible write has replaced, the newest first. One is the value, several are
	// a conflict. There is at least one, unless devices have colluded to name each other's writes as parents.
	Heads []Write
	// Pending are names, ascending, that a visible write has replaced but that have not arrived yet: when they come
	// they are no heads.
	Pending []Name
}

// Value gives the value to display: that of the head with the highest (hlc, device, epoch, n); nil without heads.
func (f *Field) Value() json.RawMessage {
	if f == nil || len(f.Heads) == 0 {
		return nil
	}
	return f.Heads[0].Value
}

// Conflict says whether the heads hold different values; equal values collapse (security.md 7.1).
func (f *Field) Conflict() bool {
	if f == nil {
		return false
	}
	for _, head := range f.Heads {
		if !bytes.Equal(head.Value, f.Heads[0].Value) {
			return true
		}
	}
	return false
}

// Names gives the names of the heads, ascending: the parents of a write by someone who sees this field.
func (f *Field) Names() []Name {
	if f == nil {
		return nil
	}
	names := make([]Name, len(f.Heads))
	for i, head := range f.Heads {
		names[i] = head.Name
	}
	slices.SortFunc(names, Name.Compare)
	return names
}

// Object is the current state of one object, derived from the visible lines of one compartment that write it.
type Object struct {
	ID uuid.UUID
	// Type, Case and Compartment are those of the line of Latest.
	Type        domain.Type
	Case        uuid.UUID
	Compartment domain.Compartment
	// Latest is the newest visible line, by (hlc, device, epoch, n), replaced or not.
	Latest Stamp
	Fields map[string]*Field
}

// Stamp is the place of a line in the order of display.
type Stamp struct {
	HLC  HLC
	Name Name
}

// Compare orders stamps by (hlc, device, epoch, n).
func (s Stamp) Compare(other Stamp) int {
	if c := cmp.Compare(s.HLC, other.HLC); c != 0 {
		return c
	}
	return s.Name.Compare(other.Name)
}

// writes says whether the line writes an object in a way that can be read here: a set line or an opened box.
func (l *Line) writes() bool { return l.Object != uuid.Nil && len(l.Set) > 0 }

// Parents gives, for the given fields, the names of the heads: what [Line.Parents] of a save from this state holds.
func (o *Object) Parents(fields ...string) map[string][]Name {
	parents := make(map[string][]Name, len(fields))
	for _, field := range fields {
		if f := o.Fields[field]; f != nil && len(f.Heads) > 0 {
			parents[field] = f.Names()
		}
	}
	return parents
}

// Apply takes one visible line into the object and reports whether it did. An empty Object takes its identity from the
// first line. A line that writes no object, or another one, or in another compartment, changes nothing.
//
// seen says whether the line of a name, or a new issue of it, had been applied, or judged invisible, before this call. A line
// that seen reports is not applied again; where it says something else ([Line.Says]) the object is made by Rebuild. So call
// Apply before the line enters what seen looks at, or let seen look at the state before the whole batch. When seen says false of a line that was applied, Pending only grows by a name that never
// comes; when it says true of a line that is applied later, a replaced value would rise again. With a nil seen the
// object alone must remember: Pending then keeps every name that was ever replaced.
//
// Applied in any order, visible lines give the object that [Rebuild] gives. Invisible lines are not applied; an object that
// has one is made by Rebuild, for a visible line may replace what lies behind it.
func (o *Object) Apply(l *Line, seen func(Name) bool) bool {
	name := l.Origin()
	switch {
	case !l.writes(), seen != nil && seen(name):
		return false
	case o.ID == uuid.Nil:
		o.ID, o.Compartment = l.Object, l.Compartment
	case o.ID != l.Object || o.Compartment != l.Compartment:
		return false
	}
	o.stamp(l)
	if o.Fields == nil {
		o.Fields = make(map[string]*Field, len(l.Set))
	}
	for field, value := range l.Set {
		f := o.Fields[field]
		if f == nil {
			f = new(Field)
			o.Fields[field] = f
		}
		f.apply(l.write(value), l.Parents[field], seen)
	}
	return true
}

func (o *Object) stamp(l *Line) {
	if s := (Stamp{l.HLC, l.Origin()}); o.Type == "" || s.Compare(o.Latest) > 0 {
		o.Latest, o.Type, o.Case = s, l.Type, l.Case
	}
}

func (l *Line) write(value json.RawMessage) Write {
	return Write{Name: l.Origin(), HLC: l.HLC, By: l.By, Form: l.Form, Suspect: l.ClockSuspect, Value: value}
}

func (f *Field) apply(w Write, parents []Name, seen func(Name) bool) {
	for _, p := range parents {
		if i := f.head(p); i >= 0 {
			f.Heads = slices.Delete(f.Heads, i, i+1)
			if seen != nil {
				continue
			}
		}
		if p != w.Name && (seen == nil || !seen(p)) {
			if at, found := slices.BinarySearchFunc(f.Pending, p, Name.Compare); !found {
				f.Pending = slices.Insert(f.Pending, at, p)
			}
		}
	}
	if at, found := slices.BinarySearchFunc(f.Pending, w.Name, Name.Compare); found {
		if seen != nil {
			f.Pending = slices.Delete(f.Pending, at, at+1)
		}
		return
	}
	if f.head(w.Name) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(f.Heads, w, newestFirst)
	f.Heads = slices.Insert(f.Heads, at, w)
}

func (f *Field) head(name Name) int {
	for i := range f.Heads {
		if f.Heads[i].Name == name {
			return i
		}
	}
	return -1
}

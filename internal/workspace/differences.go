package workspace

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// Difference is a field that looks different after an import, or after a word of headquarters on one (security.md 6.6).
type Difference struct {
	Compartment  domain.Compartment
	Type         domain.Type
	Object, Case uuid.UUID
	Field        string
	// Old and New are the standing values before and after, the displayed one first; none when there was or is nothing.
	Old, New []Head
}

// snapshot is what a change may alter of an object: the heads of its fields. Values are shared with the object.
type snapshot struct {
	heads     map[string][]oplog.Write
	conflicts int
}

func snapshotOf(object *oplog.Object) snapshot {
	if object == nil {
		return snapshot{}
	}
	s := snapshot{heads: make(map[string][]oplog.Write, len(object.Fields)), conflicts: len(visibleConflicts(object))}
	for name, field := range object.Fields {
		s.heads[name] = slices.Clone(field.Heads)
	}
	return s
}

// replaced counts the fields in which a value that stood no longer does.
func (s snapshot) replaced(now *oplog.Object) (n int) {
	for name, heads := range s.heads {
		var stands []oplog.Write
		if now != nil && now.Fields[name] != nil {
			stands = now.Fields[name].Heads
		}
		if slices.ContainsFunc(heads, func(w oplog.Write) bool {
			return !slices.ContainsFunc(stands, func(other oplog.Write) bool { return other.Name == w.Name })
		}) {
			n++
		}
	}
	return n
}

// differences lists the fields whose standing values are others now. what is the object before or after, for its place.
func (s snapshot) differences(what, now *oplog.Object) (out []Difference) {
	names := map[string]bool{}
	for name := range s.heads {
		names[name] = true
	}
	for name := range now.Fields {
		names[name] = true
	}
	for name := range names {
		before := newRecord(&oplog.Object{Fields: map[string]*oplog.Field{name: {Heads: s.heads[name]}}}).Heads(name)
		after := newRecord(&oplog.Object{Fields: map[string]*oplog.Field{name: {}}}).Heads(name)
		if field := now.Fields[name]; field != nil {
			after = newRecord(&oplog.Object{Fields: map[string]*oplog.Field{name: {Heads: slices.Clone(field.Heads)}}}).Heads(name)
		}
		if sameValues(before, after) {
			continue
		}
		out = append(out, Difference{
			Compartment: what.Compartment, Type: what.Type, Object: what.ID, Case: what.Case, Field: name, Old: before, New: after,
		})
	}
	return out
}

func sameValues(a, b []Head) bool {
	return slices.EqualFunc(distinct(a), distinct(b), func(x, y Head) bool { return bytes.Equal(x.Value, y.Value) })
}

// distinct leaves out values that stand before already: equal values collapse (security.md 7.1).
func distinct(heads []Head) (out []Head) {
	for _, head := range heads {
		if !slices.ContainsFunc(out, func(h Head) bool { return bytes.Equal(h.Value, head.Value) }) {
			out = append(out, head)
		}
	}
	return out
}

func sortDifferences(list []Difference) {
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(
			strings.Compare(a.Case.String(), b.Case.String()), cmp.Compare(a.Compartment, b.Compartment), strings.Compare(string(a.Type), string(b.Type)),
			strings.Compare(a.Object.String(), b.Object.String()), strings.Compare(a.Field, b.Field))
	})
}

// NoteShown puts on record that P3 values are about to be shown, like every first reading of them (security.md 5.4).
func (w *Workspace) NoteShown(ctx context.Context, lists ...[]Difference) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	var reads []auditEvent
	noted := map[uuid.UUID]bool{}
	for _, list := range lists {
		for _, d := range list {
			if !noted[d.Object] {
				noted[d.Object] = true
				reads = append(reads, w.firstRead(&oplog.Object{ID: d.Object, Type: d.Type, Compartment: d.Compartment})...)
			}
		}
	}
	if len(reads) == 0 {
		return nil
	}
	return w.commitReads(ctx, reads)
}

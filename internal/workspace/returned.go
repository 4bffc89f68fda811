package workspace

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// ReturnedLine is an own write that headquarters has taken out again, or keeps without showing it (security.md 6.8, "returned").
type ReturnedLine struct {
	Compartment  domain.Compartment
	Name         oplog.Name
	Type         domain.Type
	Object, Case uuid.UUID
	At           oplog.HLC
	// Import and Reason are headquarters'; zero and empty when only its receipt says so.
	Import uuid.UUID
	Reason string
	// Fields are what was written, by name, with what the field shows now.
	Fields []ReturnedField
}

// ReturnedField is one value of a returned write.
type ReturnedField struct {
	Field string
	// Value was written, Now is displayed; the empty answer for none. Again: both are the same, so the author has written it anew.
	Value, Now domain.Answer
	Again      bool
}

// ReturnedLines lists the own writes that marks of headquarters take back, and those that also names, by compartment. caseID
// limits them to one case when it is not zero. Entries whose box the user cannot open are left out; the first reading of a P3 or
// P4 object is put on record before this returns.
func (w *Workspace) ReturnedLines(ctx context.Context, caseID uuid.UUID, also map[domain.Compartment]LineSet) ([]ReturnedLine, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []ReturnedLine
	var reads []auditEvent
	for _, c := range markCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for _, state := range w.reg.Chains(c) {
			if state.Chain.Device != w.node.Device {
				continue
			}
			key := state.Chain.Key()
			named := w.verdicts[c].excluded[key].Union(also[c][key])
			for _, run := range state.Have.Minus(state.Have.Minus(named)) {
				for stored, err := range w.reg.Lines(ctx, state.Chain, run[0], run[1]) {
					if err != nil {
						return nil, err
					}
					line, err := oplog.Parse(stored.Bytes)
					if err != nil || caseID != uuid.Nil && line.Case != caseID {
						continue
					}
					returned, object, err := w.returned(ctx, line)
					if err != nil {
						return nil, err
					}
					if returned != nil {
						out, reads = append(out, *returned), append(reads, w.firstRead(object)...)
					}
				}
			}
		}
	}
	if err := w.commitReads(ctx, reads); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b ReturnedLine) int {
		if a.At != b.At {
			return int(min(max(int64(a.At)-int64(b.At), -1), 1))
		}
		return a.Name.Compare(b.Name)
	})
	return out, nil
}

// returned reads one line; nil for one that writes no object, or none that the user may see.
func (w *Workspace) returned(ctx context.Context, line *oplog.Line) (*ReturnedLine, *oplog.Object, error) {
	var now *oplog.Object
	switch line.Kind {
	case oplog.KindBox:
		open, ok, err := w.unseal(line)
		if err != nil || !ok {
			return nil, nil, err
		}
		objects, err := w.openBoxes(ctx, line.Case)
		if err != nil {
			return nil, nil, err
		}
		line, now = open, objects[open.Object]
	case oplog.KindSet:
		var err error
		if now, err = w.reg.Object(ctx, line.Compartment, line.Object); err != nil {
			return nil, nil, err
		}
	default:
		return nil, nil, nil
	}
	out := &ReturnedLine{Compartment: line.Compartment, Name: line.Name(), Type: line.Type, Object: line.Object, Case: line.Case, At: line.HLC}
	out.Import, out.Reason = w.markOf(ctx, line)
	for field, value := range line.Set {
		returned := ReturnedField{Field: field}
		returned.Value, _ = domain.DecodeAnswer(value)
		if now != nil && now.Fields[field] != nil {
			returned.Now = newRecord(now).Answer(field)
			returned.Again = bytes.Equal(now.Fields[field].Value(), value)
		}
		out.Fields = append(out.Fields, returned)
	}
	slices.SortFunc(out.Fields, func(a, b ReturnedField) int { return compareTexts(a.Field, b.Field) })
	return out, &oplog.Object{ID: line.Object, Type: line.Type, Compartment: line.Compartment}, nil
}

// markOf finds the import that takes a line back, and headquarters' reason.
func (w *Workspace) markOf(ctx context.Context, line *oplog.Line) (uuid.UUID, string) {
	for id, m := range w.marks[line.Compartment] {
		if m.excluded && m.lines.has(line.Name()) {
			if object, err := w.reg.Object(ctx, line.Compartment, id); err == nil && object != nil {
				return id, newRecord(object).Text("reason")
			}
			return id, ""
		}
	}
	return uuid.Nil, ""
}

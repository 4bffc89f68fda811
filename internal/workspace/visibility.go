package workspace

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// LineSet names lines of one compartment: by chain, "<device>/<epoch>".
type LineSet map[string]oplog.Intervals

func chainKey(name oplog.Name) string {
	return oplog.Chain{Device: name.Device, Epoch: name.Epoch}.Key()
}

func (s LineSet) has(name oplog.Name) bool {
	if len(s) == 0 {
		return false
	}
	return s[chainKey(name)].Contains(name.N)
}

// Add puts a line into the set.
func (s LineSet) Add(name oplog.Name) {
	key := chainKey(name)
	numbers := s[key]
	numbers.Add(name.N)
	s[key] = numbers
}

// Count is how many lines are named.
func (s LineSet) Count() (n int) {
	for _, numbers := range s {
		n += int(numbers.Count())
	}
	return n
}

func (s LineSet) join(more LineSet) LineSet {
	out := LineSet{}
	for _, set := range []LineSet{s, more} {
		for key, numbers := range set {
			out[key] = out[key].Union(numbers)
		}
	}
	return out
}

// without gives the lines of s that are not in other.
func (s LineSet) without(other LineSet) LineSet {
	out := LineSet{}
	for key, numbers := range s {
		if left := numbers.Minus(other[key]); len(left) > 0 {
			out[key] = left
		}
	}
	return out
}

func (s LineSet) answer() (domain.Answer, error) {
	encoded, err := json.Marshal(s)
	if err != nil {
		return domain.Answer{}, err
	}
	canonical, err := oplog.Canonical(json.RawMessage(encoded))
	return domain.Answer{Value: json.RawMessage(canonical)}, err
}

// ParseLineSet reads what a mark says of lines; ok is false when it is no such list.
func ParseLineSet(c domain.Compartment, a domain.Answer) (set LineSet, ok bool) {
	if a.Value == nil {
		return LineSet{}, true
	}
	raw, isData := a.Value.(json.RawMessage)
	if !isData || json.Unmarshal(raw, &set) != nil {
		return nil, false
	}
	for key := range set {
		if _, err := oplog.ParseChainKey(c, key); err != nil {
			return nil, false
		}
	}
	return set, true
}

// MarkType is the type of object by which headquarters speaks of an import in a compartment (security.md 7.2).
func MarkType(c domain.Compartment) domain.Type { return domain.Type(c.String() + "_import") }

// IsMark reports whether objects of a type are marks of imports.
func IsMark(t domain.Type) bool { return strings.HasSuffix(string(t), "_import") }

// markCompartments are those whose lines can be taken back. Audit lines never are.
var markCompartments = []domain.Compartment{domain.Open, domain.Case, domain.Special, domain.Sealed, domain.Orientation}

// mark is what one object of type [MarkType] says: which lines an import brought, whether they are taken back, and which of
// them stand though they were quarantined.
type mark struct {
	excluded bool
	lines    LineSet
	lifted   LineSet
}

// readMark reads every head: of concurrent answers "taken back" wins until somebody decides (security.md 7.2), and lists of
// lines add up.
func readMark(object *oplog.Object) mark {
	m := mark{lines: LineSet{}, lifted: LineSet{}}
	record := newRecord(object)
	for _, head := range record.Heads("excluded") {
		if out, _ := head.Answer.Value.(bool); out {
			m.excluded = true
		}
	}
	for field, set := range map[string]*LineSet{"ops": &m.lines, "lifted": &m.lifted} {
		for _, head := range record.Heads(field) {
			if lines, ok := ParseLineSet(object.Compartment, head.Answer); ok {
				*set = set.join(lines)
			}
		}
	}
	return m
}

// verdict is what all marks of a compartment say together.
type verdict struct{ excluded, lifted LineSet }

func verdictOf(marks ...map[uuid.UUID]mark) verdict {
	all := map[uuid.UUID]mark{}
	for _, some := range marks {
		for id, m := range some {
			all[id] = m
		}
	}
	v := verdict{LineSet{}, LineSet{}}
	for _, m := range all {
		if m.excluded {
			v.excluded = v.excluded.join(m.lines)
		}
		v.lifted = v.lifted.join(m.lifted)
	}
	return v
}

// excludes reports whether a line's writes are taken back. Only what writes an object can be: a chain line, an order to erase
// and a redaction stay, and so do marks (security.md 7.2).
func (v verdict) excludes(line *oplog.Line) bool {
	return (line.Kind == oplog.KindSet || line.Kind == oplog.KindBox) && !IsMark(line.Type) &&
		(v.excluded.has(line.Name()) || v.excluded.has(line.Origin()))
}

// liftable tells which reasons for a quarantine headquarters may overrule (security.md 6.5). What no program understands
// cannot be talked visible.
func liftable(code string) bool { return code == "E-REVOKED" || code == "E-ROLE" }

// hidden says why a stored line is invisible, and whose it is.
type hidden struct {
	Code string    `json:"code"`
	Case uuid.UUID `json:"case"`
}

// hides reports whether a stored line is quarantined and was not lifted.
func (w *Workspace) hides(c domain.Compartment, name oplog.Name) bool {
	mark, ok := w.invisible[c][name]
	return ok && !(liftable(mark.Code) && w.verdicts[c].lifted.has(name))
}

// visible reports whether a stored line counts: it is neither quarantined nor taken back.
func (w *Workspace) visible(line *oplog.Line) bool {
	if line.Kind == oplog.KindRedact && !w.counts(line) {
		return false
	}
	return !w.outside(line.Name()) && !w.hides(line.Compartment, line.Name()) && !w.verdicts[line.Compartment].excludes(line)
}

// loadMarks reads what headquarters said of imports.
func (w *Workspace) loadMarks(ctx context.Context) error {
	for _, c := range markCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		marks := map[uuid.UUID]mark{}
		for object, err := range w.reg.Objects(ctx, c, filterTypes([]domain.Type{MarkType(c)})) {
			if err != nil {
				return err
			}
			marks[object.ID] = readMark(object)
		}
		w.setMarks(c, marks)
	}
	return nil
}

func (w *Workspace) setMarks(c domain.Compartment, marks map[uuid.UUID]mark) {
	if w.marks == nil {
		w.marks, w.verdicts = map[domain.Compartment]map[uuid.UUID]mark{}, map[domain.Compartment]verdict{}
	}
	if w.marks[c] == nil {
		w.marks[c] = map[uuid.UUID]mark{}
	}
	for id, m := range marks {
		w.marks[c][id] = m
	}
	w.verdicts[c] = verdictOf(w.marks[c])
}

// marksIn computes the marks from lines, for a register that has lost their objects.
func marksIn(lines []oplog.Visible) map[uuid.UUID]mark {
	lines = slices.DeleteFunc(slices.Clone(lines), func(v oplog.Visible) bool { return !IsMark(v.Line.Type) })
	marks := map[uuid.UUID]mark{}
	for id, object := range oplog.Rebuild(lines) {
		marks[id] = readMark(object)
	}
	return marks
}

// Excluded lists the lines of a compartment that are taken back here, or that headquarters said so of before they came.
func (w *Workspace) Excluded(c domain.Compartment) LineSet {
	w.mu.Lock()
	defer w.mu.Unlock()
	return LineSet{}.join(w.verdicts[c].excluded)
}

// Quarantined is a line that is stored but invisible, and why.
type Quarantined struct {
	Compartment domain.Compartment
	Name        oplog.Name
	Code        string
	// Case is whose line it is, zero when it belongs to none; Import is what brought it.
	Case, Import uuid.UUID
	// Reach is whose lines a redaction may name, for [Workspace.Rejudge].
	Reach Reach
}

// Quarantine lists the lines that are stored but invisible, and that nobody has lifted.
func (w *Workspace) Quarantine() []Quarantined {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Quarantined
	for c, names := range w.invisible {
		for name, mark := range names {
			if w.reg == nil || !w.hides(c, name) {
				continue
			}
			stored, _ := w.reg.Head(c, name)
			out = append(out, Quarantined{Compartment: c, Name: name, Code: mark.Code, Case: mark.Case, Import: stored.Import})
		}
	}
	slices.SortFunc(out, func(a, b Quarantined) int {
		if a.Compartment != b.Compartment {
			return int(a.Compartment) - int(b.Compartment)
		}
		return a.Name.Compare(b.Name)
	})
	return out
}

func saveHidden(tx *register.Tx, c domain.Compartment, names map[oplog.Name]hidden) error {
	marks := map[string]hidden{}
	for name, mark := range names {
		marks[name.String()] = mark
	}
	stored, err := json.Marshal(marks)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(c), register.SystemHeld, stored)
}

func (w *Workspace) loadInvisible() error {
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		stored, err := w.reg.System(domain.RingOf(c), register.SystemHeld)
		if err != nil {
			return err
		}
		if stored == nil {
			continue
		}
		var marks map[string]hidden
		if err := json.Unmarshal(stored, &marks); err != nil {
			return fault.New("V-DAMAGED", w.dir, err)
		}
		w.invisible[c] = map[oplog.Name]hidden{}
		for text, mark := range marks {
			name, err := oplog.ParseName(text)
			if err != nil {
				return fault.New("V-DAMAGED", w.dir, err)
			}
			w.invisible[c][name] = mark
		}
	}
	return nil
}

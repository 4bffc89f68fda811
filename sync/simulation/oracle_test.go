package simulation_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// entry is one line as a machine holds it.
type entry struct {
	name oplog.Name
	hash [32]byte
	line *oplog.Line // nil for a stub, for bytes that are no line, and for a box that this user cannot open
	// hidden is the reason why the line does not count; empty for a visible one.
	hidden string
}

// origin is the name that a line claims: an issue by headquarters says another line again.
func (e *entry) origin() oplog.Name {
	if e.line != nil && len(e.line.Source) == 1 {
		return e.line.Source[0]
	}
	return e.name
}

// content is what a line says, wherever it stands.
func (e *entry) content() string {
	said := *e.line
	said.Kind, said.Device, said.Epoch, said.N, said.Previous, said.Source = "", uuid.UUID{}, 0, 0, [32]byte{}, nil
	text, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// named gives each line that writes the name under which it counts. A line has its own; an issue has that of the line it says
// again. Where one name has been given to two lines, an issue of the other one counts under its own; and where no line of the
// name counts, the lowest issue that does has it.
func named(entries []entry) map[*entry]oplog.Name {
	type claim struct {
		object uuid.UUID
		name   oplog.Name
	}
	claims := map[claim][]*entry{}
	for i := range entries {
		if e := &entries[i]; e.line != nil && len(e.line.Set) > 0 {
			claims[claim{e.line.Object, e.origin()}] = append(claims[claim{e.line.Object, e.origin()}], e)
		}
	}
	names := map[*entry]oplog.Name{}
	for at, all := range claims {
		if len(all) == 1 {
			names[all[0]] = at.name
			continue
		}
		slices.SortFunc(all, func(a, b *entry) int { // who counts first, then the line itself, then by name
			for _, before := range []func(*entry) bool{func(e *entry) bool { return e.hidden == "" }, func(e *entry) bool { return e.name == at.name }} {
				if x, y := before(a), before(b); x != y {
					return map[bool]int{true: -1, false: 1}[x]
				}
			}
			return a.name.Compare(b.name)
		})
		given := map[string]oplog.Name{all[0].content(): at.name}
		for _, e := range all {
			if _, known := given[e.content()]; !known && e.name != at.name {
				given[e.content()] = e.name
			}
			if name, known := given[e.content()]; known {
				names[e] = name
			}
		}
	}
	return names
}

// reading is all that one user of a machine can see of one compartment.
type reading struct {
	compartment domain.Compartment
	entries     []entry
	outside     []entry                     // at headquarters what partners were told and wrote: no part of the record (security.md 6.9)
	objects     map[uuid.UUID]*oplog.Object // as the program says they are
}

// write is one value that a line gave to a field of an object.
type write struct {
	name    oplog.Name
	parents []oplog.Name
	visible bool
	time    oplog.HLC
}

// place is a field of an object.
type place struct {
	object uuid.UUID
	field  string
}

// writesOf sorts the writes of a compartment by field. It looks at nothing but the lines.
func writesOf(entries []entry) map[place]map[oplog.Name]write {
	all, names := map[place]map[oplog.Name]write{}, named(entries)
	for i := range entries {
		e := &entries[i]
		name, counts := names[e]
		if !counts {
			continue
		}
		for field := range e.line.Set {
			at := place{e.line.Object, field}
			if all[at] == nil {
				all[at] = map[oplog.Name]write{}
			}
			if w, there := all[at][name]; there && (w.visible || e.hidden != "") {
				continue // it, or another that says the same, counts already
			}
			all[at][name] = write{name: name, parents: e.line.Parents[field], visible: e.hidden == "", time: e.line.HLC}
		}
	}
	return all
}

// replacedBy gives every write that can be reached from one along the parents, through whatever lies between (security.md 7.1).
// A write never replaces itself.
func replacedBy(from write, all map[oplog.Name]write) map[oplog.Name]bool {
	reached := map[oplog.Name]bool{}
	todo := slices.Clone(from.parents)
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if name == from.name || reached[name] {
			continue
		}
		reached[name] = true
		todo = append(todo, all[name].parents...)
	}
	return reached
}

// headsOf is the definition of security.md 7.1 in plain words: the visible writes that no other visible write reaches.
func headsOf(all map[oplog.Name]write) []oplog.Name {
	replaced := map[oplog.Name]bool{}
	for _, w := range all {
		if w.visible {
			for name := range replacedBy(w, all) {
				replaced[name] = true
			}
		}
	}
	var heads []oplog.Name
	for name, w := range all {
		if w.visible && !replaced[name] {
			heads = append(heads, name)
		}
	}
	slices.SortFunc(heads, oplog.Name.Compare)
	return heads
}

// exclude hides the writes of the imports that headquarters took back (security.md 7.2): read from the lines, by the definition.
// Where somebody said so and somebody the contrary at the same time, they stay out.
func (r *reading) exclude() error {
	all := writesOf(r.entries)
	byName := map[oplog.Name]*oplog.Line{}
	for _, e := range r.entries {
		byName[e.origin()] = e.line
	}
	out := map[string]oplog.Intervals{}
	for at, writes := range all {
		if at.field != "excluded" {
			continue
		}
		excluded := slices.ContainsFunc(headsOf(writes), func(n oplog.Name) bool {
			answer, err := domain.DecodeAnswer(byName[n].Set["excluded"])
			return err == nil && answer.Value == true
		})
		if !excluded {
			continue
		}
		for _, n := range headsOf(all[place{at.object, "ops"}]) {
			var brought map[string]oplog.Intervals
			if err := json.Unmarshal(byName[n].Set["ops"], &brought); err != nil {
				return fmt.Errorf("%s %s: ops: %w", r.compartment, at.object, err)
			}
			for chain, numbers := range brought {
				out[chain] = out[chain].Union(numbers)
			}
		}
	}
	for i := range r.entries {
		e := &r.entries[i]
		if e.line == nil || len(e.line.Set) == 0 || isMark(e.line) || e.hidden != "" {
			continue
		}
		taken := func(n oplog.Name) bool { return out[n.Chain(r.compartment).Key()].Contains(n.N) }
		if taken(e.name) || taken(e.origin()) {
			e.hidden = "taken back"
		}
	}
	return nil
}

// isMark reports whether a line is headquarters' word on an import.
func isMark(line *oplog.Line) bool { return strings.HasSuffix(string(line.Type), "_import") }

// checkMerge holds the objects of a compartment against the definition: the heads are the oracle's, and each write that is
// not a head was replaced by a visible one, or is invisible for a reason on record.
func checkMerge(r *reading) error {
	all := writesOf(r.entries)
	fields := map[uuid.UUID]int{}
	for at, writes := range all {
		want := headsOf(writes)
		var got []oplog.Name
		if object := r.objects[at.object]; object != nil && object.Fields[at.field] != nil {
			for _, head := range object.Fields[at.field].Heads {
				got = append(got, head.Name)
			}
			slices.SortFunc(got, oplog.Name.Compare)
			fields[at.object]++
		}
		if err := accounted(got, writes); err != nil {
			return fmt.Errorf("%s %s.%s: %w", r.compartment, at.object, at.field, err)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s %s.%s: heads %v, the definition says %v", r.compartment, at.object, at.field, got, want)
		}
	}
	for id, object := range r.objects {
		if len(object.Fields) != fields[id] {
			return fmt.Errorf("%s %s has %d fields, the lines write %d of them", r.compartment, id, len(object.Fields), fields[id])
		}
	}
	return nil
}

// accounted reports a value that has vanished: neither a head, nor reached by a visible write, nor invisible for a reason.
func accounted(heads []oplog.Name, all map[oplog.Name]write) error {
	kept := map[oplog.Name]bool{}
	for _, head := range heads {
		kept[head] = true
	}
	for _, w := range all {
		if w.visible {
			for name := range replacedBy(w, all) {
				kept[name] = true
			}
		}
	}
	for name, w := range all {
		if w.visible && !kept[name] {
			return fmt.Errorf("the value of %s is silently dropped", name)
		}
	}
	return nil
}

// state is a text that is equal for two machines exactly when they show the same objects. Where one name may stand for two
// lines, what is still awaited may differ without showing, and is left out.
func (r *reading) state(forked bool) (string, error) {
	var parts []string
	for id, object := range r.objects {
		if forked {
			object = withoutPending(object)
		}
		encoded, err := object.Encode()
		if err != nil {
			return "", err
		}
		parts = append(parts, id.String()+string(object.Type)+object.Case.String()+string(encoded))
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n"), nil
}

func withoutPending(object *oplog.Object) *oplog.Object {
	copied := *object
	copied.Fields = map[string]*oplog.Field{}
	for name, field := range object.Fields {
		copied.Fields[name] = &oplog.Field{Heads: field.Heads}
	}
	return &copied
}

// visible is a text that is equal for two machines exactly when they hold the same writes and hide the same of them.
func (r *reading) visible() string {
	var parts []string
	for i := range r.entries {
		if e := &r.entries[i]; e.line != nil && len(e.line.Set) > 0 {
			shown := "+"
			if e.hidden != "" {
				shown = "-"
			}
			parts = append(parts, shown+e.id())
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "")
}

// id is the name and the content of a line, in 60 bytes.
func (e *entry) id() string {
	id := make([]byte, 0, 60)
	id = append(id, e.name.Device[:]...)
	id = binary.BigEndian.AppendUint32(id, e.name.Epoch)
	id = binary.BigEndian.AppendUint64(id, e.name.N)
	return string(append(id, e.hash[:]...))
}

// lines is a text that is equal for two machines exactly when they hold the same writes, but for those of devices left out, and for
// headquarters' word on imports of partners, which is its own.
func (r *reading) lines(without, partners []uuid.UUID) string {
	var parts []string
	for _, e := range r.entries {
		if e.line != nil && len(e.line.Set) > 0 && !slices.Contains(without, e.name.Device) &&
			!slices.ContainsFunc(partners, func(id uuid.UUID) bool {
				return isMark(e.line) && strings.Contains(string(e.line.Set["ops"]), id.String())
			}) {
			parts = append(parts, fmt.Sprintf("%s %x", e.name, e.hash[:8]))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

// lastWriterWins is the rule that the program does not follow: of all visible writes of a field the latest stays. It is here
// to prove that the checks would notice.
func lastWriterWins(r *reading) {
	for id, object := range r.objects {
		changed := *object
		changed.Fields = map[string]*oplog.Field{}
		for field := range object.Fields {
			var latest *oplog.Write
			for _, e := range r.entries {
				if e.line == nil || e.line.Object != id || e.hidden != "" || e.line.Set[field] == nil {
					continue
				}
				w := oplog.Write{Name: e.origin(), HLC: e.line.HLC, By: e.line.By, Value: e.line.Set[field]}
				if latest == nil || w.HLC > latest.HLC || w.HLC == latest.HLC && w.Name.Compare(latest.Name) > 0 {
					latest = &w
				}
			}
			if latest != nil {
				changed.Fields[field] = &oplog.Field{Heads: []oplog.Write{*latest}}
			}
		}
		r.objects[id] = &changed
	}
}

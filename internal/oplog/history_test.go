package oplog_test

import (
	"encoding/json"
	"fmt"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// history is what several devices wrote, exchanged over bad routes and with bad clocks, and what of it counts.
type history struct {
	lines     []*oplog.Line
	invisible map[oplog.Name]bool // quarantined or excluded: the line is there
	redacted  map[oplog.Name]bool // the line is gone, a redact line says what it replaced
	redact    *oplog.Line         // nil when nothing is redacted
}

// replica is one device while the history is made.
type replica struct {
	id      uuid.UUID
	n       uint64
	clock   oplog.HLC
	offset  int64 // of its clock, in milliseconds
	known   []*oplog.Line
	has     map[oplog.Name]bool
	objects map[uuid.UUID]*oplog.Object
}

func (r *replica) take(l *oplog.Line) {
	if r.has[l.Name()] {
		return
	}
	o := r.objects[l.Object]
	if o == nil {
		o = new(oplog.Object)
		r.objects[l.Object] = o
	}
	o.Apply(l, func(n oplog.Name) bool { return r.has[n] })
	r.has[l.Name()] = true
	r.known = append(r.known, l)
	r.clock = max(r.clock, l.HLC)
}

var (
	historyFields = []string{"given_names", "family_name", "_deleted"}
	historyValues = []string{`"A"`, `"B"`, `"C"`, `null`, `true`}
)

const tenYears = int64(3653 * 24 * 3600 * 1000)

// histories draws random histories of 2 to 6 devices with loss, repetition, reordering and clock jumps of ±10 years.
func histories(hidden bool) *rapid.Generator[history] {
	return rapid.Custom(func(t *rapid.T) history {
		h := history{invisible: map[oplog.Name]bool{}, redacted: map[oplog.Name]bool{}}
		devices := make([]*replica, rapid.IntRange(2, 6).Draw(t, "devices"))
		for i := range devices {
			devices[i] = &replica{
				id: id(byte(100 + i)), has: map[oplog.Name]bool{}, objects: map[uuid.UUID]*oplog.Object{},
			}
		}
		now := int64(1_800_000_000_000)
		for range rapid.IntRange(4, 40).Draw(t, "steps") {
			now += 1000
			d := devices[rapid.IntRange(0, len(devices)-1).Draw(t, "device")]
			switch rapid.SampledFrom([]string{"write", "write", "write", "carry", "carry", "jump"}).Draw(t, "what") {
			case "jump":
				d.offset = rapid.Int64Range(-tenYears, tenYears).Draw(t, "offset")
				d.clock = 0 // the worst case: the device forgot its last time as well
			case "carry":
				to := devices[rapid.IntRange(0, len(devices)-1).Draw(t, "to")]
				for _, l := range rapid.Permutation(d.known).Draw(t, "order") {
					if rapid.IntRange(0, 3).Draw(t, "lost") > 0 {
						to.take(l)
						to.take(l)
					}
				}
			case "write":
				h.lines = append(h.lines, d.write(t, now))
			}
		}
		if hidden {
			h.hide(t)
		}
		return h
	})
}

func (r *replica) write(t *rapid.T, now int64) *oplog.Line {
	r.n++
	r.clock = max(r.clock+1, oplog.HLC(now+r.offset)<<16)
	l := &oplog.Line{
		Kind: oplog.KindSet, By: user, Compartment: domain.Case, Device: r.id, Epoch: 1, N: r.n, HLC: r.clock,
		Object: id(byte(200 + rapid.IntRange(0, 1).Draw(t, "object"))), Type: "person", Set: map[string]json.RawMessage{},
	}
	for _, field := range rapid.SliceOfNDistinct(rapid.SampledFrom(historyFields), 1, 3, rapid.ID[string]).Draw(t, "fields") {
		l.Set[field] = json.RawMessage(rapid.SampledFrom(historyValues).Draw(t, "value"))
	}
	if o := r.objects[l.Object]; o != nil {
		l.Parents = o.Parents(slices.Collect(mapKeys(l.Set))...)
	}
	r.take(l)
	return l
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// hide makes some lines invisible and redacts others.
func (h *history) hide(t *rapid.T) {
	h.redact = &oplog.Line{Kind: oplog.KindRedact, Compartment: domain.Case, Device: id(250), Epoch: 1, N: 2, By: user, Reason: "test"}
	for _, l := range h.lines {
		switch rapid.IntRange(0, 5).Draw(t, "hidden") {
		case 0:
			h.invisible[l.Name()] = true
		case 1:
			h.redacted[l.Name()] = true
			h.redact.Redacts = append(h.redact.Redacts, oplog.Redaction{Name: l.Name(), Parents: l.Parents})
		}
	}
	if len(h.redact.Redacts) == 0 {
		h.redact = nil
	}
}

// log gives what a register would hand to Rebuild.
func (h *history) log() []oplog.Visible {
	var log []oplog.Visible
	for _, l := range h.lines {
		if !h.redacted[l.Name()] {
			log = append(log, oplog.Visible{Line: l, Visible: !h.invisible[l.Name()]})
		}
	}
	if h.redact != nil {
		log = append(log, oplog.Visible{Line: h.redact, Visible: true})
	}
	return log
}

// oracle computes heads in another way than the package: the transitive closure of the whole graph, as a matrix.
type oracle struct {
	nodes   []*oplog.Line
	visible []bool
	reach   [][]bool
}

func newOracle(h *history, object uuid.UUID, field string) *oracle {
	o := &oracle{}
	for _, l := range h.lines {
		if _, writes := l.Set[field]; writes && l.Object == object {
			o.nodes = append(o.nodes, l)
			o.visible = append(o.visible, !h.invisible[l.Name()] && !h.redacted[l.Name()])
		}
	}
	n := len(o.nodes)
	o.reach = make([][]bool, n)
	for i, l := range o.nodes {
		o.reach[i] = make([]bool, n)
		for j, other := range o.nodes {
			o.reach[i][j] = slices.Contains(l.Parents[field], other.Name())
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				o.reach[i][j] = o.reach[i][j] || o.reach[i][k] && o.reach[k][j]
			}
		}
	}
	return o
}

func (o *oracle) heads() []oplog.Name {
	var heads []oplog.Name
	for j, l := range o.nodes {
		replaced := false
		for i := range o.nodes {
			replaced = replaced || i != j && o.visible[i] && o.reach[i][j]
		}
		if o.visible[j] && !replaced {
			heads = append(heads, l.Name())
		}
	}
	slices.SortFunc(heads, oplog.Name.Compare)
	return heads
}

// merge is a merge rule under test.
type merge func([]oplog.Visible) map[uuid.UUID]*oplog.Object

// disagreement compares a merge with the oracle and with the promise that no value vanishes silently; "" when it holds.
func disagreement(h *history, rule merge) string {
	objects := rule(h.log())
	for n := range 2 {
		object := id(byte(200 + n))
		for _, field := range historyFields {
			o := newOracle(h, object, field)
			var f *oplog.Field
			if objects[object] != nil {
				f = objects[object].Fields[field]
			}
			got, want := f.Names(), o.heads()
			if !slices.Equal(got, want) {
				return fmt.Sprintf("object %d, field %s: heads %v, want %v", n, field, got, want)
			}
			for j, l := range o.nodes {
				kept := !o.visible[j]
				for i, later := range o.nodes {
					kept = kept || slices.Contains(got, later.Name()) && (i == j || o.reach[i][j])
				}
				if !kept {
					return fmt.Sprintf("object %d, field %s: the value of %v has vanished", n, field, l.Name())
				}
			}
		}
	}
	return ""
}

package workspace_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// world is what the property test knows of one case: every line ever written, and headquarters' word on each import. The heads
// that it computes follow the words of security.md 7.1 and nothing of the program's code.
type world struct {
	m       *machine
	caseID  uuid.UUID
	objects []uuid.UUID
	lines   []*known
	devices []*device
	imports map[uuid.UUID]bool // taken back
	order   []uuid.UUID        // of imports
	time    time.Time
}

type known struct {
	line        *oplog.Line
	imported    uuid.UUID // zero for a line of this machine
	quarantined bool
}

// device is a machine that writes elsewhere: it has seen some lines, and sends its own in any portions.
type device struct {
	id    uuid.UUID
	user  uuid.UUID
	epoch uint32
	tip   [32]byte
	sent  int
	own   []workspace.Incoming
}

func (w *world) visible(k *known) bool { return !k.quarantined && !w.imports[k.imported] }

// heads is the definition: the visible writes of a field that no other visible write reaches along the parents, also through
// invisible ones.
func (w *world) heads(object uuid.UUID, field string) []oplog.Name {
	byName := map[oplog.Name]*known{}
	for _, k := range w.lines {
		byName[k.line.Name()] = k
	}
	reached := map[oplog.Name]bool{}
	for _, k := range w.lines {
		if _, writes := k.line.Set[field]; k.line.Object != object || !writes || !w.visible(k) {
			continue
		}
		seen := map[oplog.Name]bool{}
		var walk func(name oplog.Name)
		walk = func(name oplog.Name) {
			if seen[name] {
				return
			}
			seen[name] = true
			if parent := byName[name]; parent != nil {
				for _, next := range parent.line.Parents[field] {
					reached[next] = true
					walk(next)
				}
			}
		}
		walk(k.line.Name())
	}
	var heads []oplog.Name
	for _, k := range w.lines {
		if _, writes := k.line.Set[field]; k.line.Object == object && writes && w.visible(k) && !reached[k.line.Name()] {
			heads = append(heads, k.line.Name())
		}
	}
	slices.SortFunc(heads, oplog.Name.Compare)
	return heads
}

var undoFields = []string{"birth_place", "given_names"}

// state is what the oracle says, and shown what the register says.
func (w *world) state() string {
	var out []string
	for i, object := range w.objects {
		for _, field := range undoFields {
			if heads := w.heads(object, field); len(heads) > 0 {
				out = append(out, fmt.Sprint(i, " ", field, " ", heads))
			}
		}
	}
	return strings.Join(out, "\n")
}

func (w *world) shown(t *rapid.T) string {
	var out []string
	for i, id := range w.objects {
		object, err := w.m.ws.Register().Object(w.ctx(), domain.Case, id)
		if err != nil {
			t.Fatal(err)
		}
		if object == nil {
			continue
		}
		for _, field := range undoFields {
			if f := object.Fields[field]; f != nil {
				out = append(out, fmt.Sprint(i, " ", field, " ", f.Names()))
			}
		}
	}
	return strings.Join(out, "\n")
}

func (w *world) ctx() context.Context { return context.Background() }

// write makes a line at a device that has seen a random part of what stands.
func (w *world) write(t *rapid.T, d *device) {
	object := rapid.SampledFrom(w.objects).Draw(t, "object")
	field := rapid.SampledFrom(undoFields).Draw(t, "field")
	w.time = w.time.Add(time.Second)
	line := &oplog.Line{
		Kind: oplog.KindSet, By: d.user, Compartment: domain.Case, Case: w.caseID, Device: d.id, Epoch: d.epoch, N: uint64(len(d.own) + 1), HLC: oplog.HLCAt(w.time),
		Previous: d.tip, Type: "person", Object: object, Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
	}
	if line.N == 1 {
		line = &oplog.Line{
			Kind: oplog.KindChain, By: d.user, Compartment: domain.Case, Device: d.id, Epoch: d.epoch, N: 1, HLC: oplog.HLCAt(w.time), Previous: oplog.Genesis,
			Audience: workspace.MissionAudience(missionID), Training: true, App: "1.0.0",
		}
	} else {
		line.Set[field] = json.RawMessage(fmt.Sprintf("%q", fmt.Sprint("v", line.N)))
		var parents []oplog.Name
		for _, name := range w.heads(object, field) { // of what counts here now, and of what was taken back
			if rapid.Bool().Draw(t, "saw") {
				parents = append(parents, name)
			}
		}
		for _, k := range w.lines {
			if _, writes := k.line.Set[field]; writes && k.line.Object == object && !w.visible(k) && rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
				parents = append(parents, k.line.Name())
			}
		}
		for _, own := range d.own { // a device knows its own
			if _, writes := own.Line.Set[field]; writes && own.Line.Object == object && rapid.Bool().Draw(t, "own") {
				parents = append(parents, own.Line.Name())
			}
		}
		slices.SortFunc(parents, oplog.Name.Compare)
		if parents = slices.Compact(parents); len(parents) > 0 {
			line.Parents[field] = parents
		}
	}
	encoded, err := line.Encode()
	if err != nil {
		t.Fatal(err)
	}
	hash := oplog.LineHash(encoded)
	d.tip = oplog.Link(d.tip, hash)
	in := workspace.Incoming{Bytes: encoded, Line: line, Hash: hash, Link: d.tip}
	if line.Kind == oplog.KindSet && rapid.IntRange(0, 9).Draw(t, "poisoned") == 0 {
		in.Code = "E-FORM"
	}
	d.own = append(d.own, in)
}

// take imports what a device has not sent, with some of what it has sent before.
func (w *world) take(t *rapid.T, d *device) uuid.UUID {
	from := rapid.IntRange(0, d.sent).Draw(t, "from")
	id := uuid.New()
	if _, err := w.m.ws.Apply(w.ctx(), workspace.Batch{Import: id, Lines: d.own[from:]}, false); err != nil {
		t.Fatal(err)
	}
	for _, in := range d.own[d.sent:] {
		w.lines = append(w.lines, &known{line: in.Line, imported: id, quarantined: in.Code != ""})
	}
	if len(d.own) == d.sent {
		return uuid.Nil // nothing new belongs to it
	}
	d.sent = len(d.own)
	w.imports[id], w.order = false, append(w.order, id)
	return id
}

func (w *world) say(t *rapid.T, id uuid.UUID, exclude bool) {
	_, err := w.m.ws.MarkImport(w.ctx(), workspace.ImportMark{Import: id, Exclude: exclude, Restore: !exclude, Reason: "prøve", File: strings.Repeat("0", 64), Mission: missionID}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.imports[id] = exclude
}

// here writes at headquarters, from a screen that may be older than the last undo.
func (w *world) here(t *rapid.T, seen map[string][]oplog.Name) {
	object := rapid.SampledFrom(w.objects).Draw(t, "object")
	field := rapid.SampledFrom(undoFields).Draw(t, "field")
	target := workspace.Target{Type: "person", ID: object, Case: w.caseID}
	if names, ok := seen[object.String()+field]; ok && rapid.Bool().Draw(t, "old screen") {
		target.Seen = map[string][]oplog.Name{field: names}
	}
	w.time = w.time.Add(time.Second)
	record, err := w.m.ws.Set(w.ctx(), target, map[string]domain.Answer{field: text(fmt.Sprint("h", len(w.lines)))})
	if err != nil {
		t.Fatal(err)
	}
	chain := oplog.Chain{}
	for _, state := range w.m.ws.Register().Chains(domain.Case) {
		if state.Chain.Device == w.m.ws.Me().Device && slices.ContainsFunc(record.Heads(field), func(h workspace.Head) bool {
			return h.Name.Chain(domain.Case) == state.Chain && h.Name.N == state.Have.Last()
		}) {
			chain = state.Chain
			for stored, err := range w.m.ws.Register().Lines(w.ctx(), chain, state.Have.Last(), state.Have.Last()) {
				line, parseErr := oplog.Parse(stored.Bytes)
				if err != nil || parseErr != nil {
					t.Fatal(err, parseErr)
				}
				w.lines = append(w.lines, &known{line: line})
			}
		}
	}
}

// TestUndo_EqualsTheDefinition: random histories of writes, imports, undos and redos. After each step the register shows exactly
// the heads that an independent reading of security.md 7.1 gives; an undo of the newest import gives the state before it, and a
// redo the state after it.
func TestUndo_EqualsTheDefinition(t *testing.T) {
	// Each step waits for the disk; -rapid.checks asks for more histories.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("15"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
	}
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{m: m, caseID: uuid.New(), imports: map[uuid.UUID]bool{}, time: m.Now()}
		for range 2 {
			w.objects = append(w.objects, uuid.New())
		}
		for i := range 3 {
			w.devices = append(w.devices, &device{id: uuid.New(), user: uuid.New(), epoch: uint32(i + 1)})
		}
		seen := map[string][]oplog.Name{}
		for range rapid.IntRange(4, 14).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "take", "take", "undo", "redo", "here", "look", "unlock"}).Draw(rt, "step") {
			case "write":
				for range rapid.IntRange(1, 4).Draw(rt, "lines") {
					w.write(rt, rapid.SampledFrom(w.devices).Draw(rt, "device"))
				}
			case "take":
				before := w.state()
				id := w.take(rt, rapid.SampledFrom(w.devices).Draw(rt, "device"))
				if after := w.state(); id != uuid.Nil && rapid.Bool().Draw(rt, "and back") {
					w.say(rt, id, true)
					if got := w.shown(rt); got != before {
						rt.Fatalf("undo gives\n%s\nbefore the import it was\n%s", got, before)
					}
					w.say(rt, id, false)
					if got := w.shown(rt); got != after {
						rt.Fatalf("redo gives\n%s\nafter the import it was\n%s", got, after)
					}
				}
			case "undo", "redo":
				if len(w.order) > 0 {
					w.say(rt, rapid.SampledFrom(w.order).Draw(rt, "import"), rapid.Bool().Draw(rt, "exclude"))
				}
			case "here":
				w.here(rt, seen)
			case "look":
				for _, object := range w.objects {
					for _, field := range undoFields {
						if heads := w.heads(object, field); len(heads) > 0 {
							seen[object.String()+field] = heads
						}
					}
				}
			case "unlock":
				if rapid.IntRange(0, 3).Draw(rt, "really") == 0 {
					m.as(t, slotHQS)
				}
			}
			if want, got := w.state(), w.shown(rt); got != want {
				rt.Fatalf("the register shows\n%s\nthe definition gives\n%s", got, want)
			}
		}
	})
}

package oplog_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// write gives a line that writes one field of the person, by device d, with the named parents.
func write(d byte, n uint64, hlc oplog.HLC, value string, parents ...oplog.Name) *oplog.Line {
	l := &oplog.Line{
		Kind: oplog.KindSet, By: user, Compartment: domain.Case, Device: id(d), Epoch: 1, N: n, HLC: hlc,
		Object: person, Type: "person", Set: values("given_names", value),
	}
	if len(parents) > 0 {
		l.Parents = map[string][]oplog.Name{"given_names": parents}
	}
	return l
}

func log(lines ...*oplog.Line) (log []oplog.Visible) {
	for _, l := range lines {
		log = append(log, oplog.Visible{Line: l, Visible: true})
	}
	return log
}

func hide(log []oplog.Visible, lines ...*oplog.Line) []oplog.Visible {
	for i := range log {
		if slices.Contains(lines, log[i].Line) {
			log[i].Visible = false
		}
	}
	return log
}

func TestMerge_Cases(t *testing.T) {
	a := write(101, 2, 10, `"A"`)
	b := write(102, 2, 20, `"B"`)
	sameAsB := write(103, 2, 30, `"B"`)
	afterA := write(101, 3, 5, `"A2"`, a.Name()) // its clock went back
	last := write(102, 3, 6, `"C"`, afterA.Name())
	settled := write(103, 3, 1, `"D"`, a.Name(), b.Name())
	redactA2 := &oplog.Line{
		Kind: oplog.KindRedact, Compartment: domain.Case, Device: id(101), Epoch: 1, N: 9, By: user, Reason: "x",
		Redacts: []oplog.Redaction{{Name: afterA.Name(), Parents: afterA.Parents}},
	}
	cases := []struct {
		name     string
		log      []oplog.Visible
		value    string
		heads    int
		conflict bool
		pending  int
	}{
		{"one write", log(a), `"A"`, 1, false, 0},
		{"concurrent: both kept, the newer first", log(a, b), `"B"`, 2, true, 0},
		{"concurrent with equal values: no conflict", log(b, sameAsB), `"B"`, 2, false, 0},
		{"a later write with an earlier clock wins", log(a, afterA), `"A2"`, 1, false, 0},
		{"a write that saw both settles the conflict", log(a, b, settled), `"D"`, 1, false, 0},
		{"what it replaced may come later", log(settled), `"D"`, 1, false, 2},
		{"a gap in between: the old value shows until it is closed", log(a, last), `"A"`, 2, true, 1},
		{"the gap closed", log(a, last, afterA), `"C"`, 1, false, 0},
		{"excluded in the middle: what it replaced stays replaced", hide(log(a, afterA, last), afterA), `"C"`, 1, false, 0},
		{"excluded at the end: what it replaced rises again", hide(log(a, afterA), afterA), `"A"`, 1, false, 0},
		{"redacted in the middle, the bytes gone", log(a, last, redactA2), `"C"`, 1, false, 0},
		{"redacted in the middle, the bytes still there", log(a, afterA, last, redactA2), `"C"`, 1, false, 0},
		{"a redact line that does not count", hide(log(a, afterA, redactA2), redactA2), `"A2"`, 1, false, 0},
		{"the same line twice", log(a, a), `"A"`, 1, false, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := oplog.Rebuild(c.log)[person].Fields["given_names"]
			if string(f.Value()) != c.value || len(f.Heads) != c.heads || f.Conflict() != c.conflict || len(f.Pending) != c.pending {
				t.Errorf("value %s, %d heads, conflict %v, %d pending; want %s, %d, %v, %d",
					f.Value(), len(f.Heads), f.Conflict(), len(f.Pending), c.value, c.heads, c.conflict, c.pending)
			}
		})
	}
}

func TestRebuild_NothingVisible(t *testing.T) {
	a := write(101, 2, 10, `"A"`)
	if got := oplog.Rebuild(hide(log(a), a)); len(got) != 0 {
		t.Errorf("an object without a visible write: %v", got)
	}
}

func TestField_Nil(t *testing.T) {
	var f *oplog.Field
	if f.Value() != nil || f.Conflict() || f.Names() != nil {
		t.Error("a field never written has a value")
	}
}

// TestMerge_Circle: devices that collude to name each other's writes reach each other through an invisible write. The
// result need only be the same in every order, and a write never replaces itself.
func TestMerge_Circle(t *testing.T) {
	hidden := write(102, 3, 20, `"B"`)
	a := write(101, 2, 10, `"A"`, hidden.Name())
	hidden.Parents = map[string][]oplog.Name{"given_names": {a.Name()}}
	f := oplog.Rebuild(hide(log(a, hidden), hidden))[person].Fields["given_names"]
	if string(f.Value()) != `"A"` {
		t.Errorf("value %s, want A", f.Value())
	}
}

func TestApply_OtherObject(t *testing.T) {
	o := new(oplog.Object)
	o.Apply(write(101, 2, 10, `"A"`), nil)
	other := write(101, 3, 10, `"B"`)
	other.Object = id(77)
	sealed := write(101, 4, 10, `"B"`)
	sealed.Compartment = domain.Special
	chain := &oplog.Line{Kind: oplog.KindChain, Device: id(101), Epoch: 1, N: 1}
	for _, l := range []*oplog.Line{other, sealed, chain} {
		if o.Apply(l, nil) {
			t.Errorf("took %v of another object", l.Name())
		}
	}
}

func TestMerge_HeadsEqualOracle(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		rapid.Check(t, func(t *rapid.T) {
			h := histories(hidden).Draw(t, "history")
			if d := disagreement(&h, oplog.Rebuild); d != "" {
				t.Fatal(d)
			}
		})
	}
}

// TestMerge_SuiteBites gives the oracle wrong merge rules: each must be found out.
func TestMerge_SuiteBites(t *testing.T) {
	rules := map[string]merge{
		"last writer wins": func(log []oplog.Visible) map[uuid.UUID]*oplog.Object {
			objects := oplog.Rebuild(log)
			newest := make(map[*oplog.Field]oplog.Write)
			for _, v := range log {
				o := objects[v.Line.Object]
				for field, value := range v.Line.Set {
					if !v.Visible || o == nil {
						continue
					}
					w := oplog.Write{Name: v.Line.Name(), HLC: v.Line.HLC, Value: value}
					if had, ok := newest[o.Fields[field]]; !ok || w.HLC > had.HLC || w.HLC == had.HLC && w.Name.Compare(had.Name) > 0 {
						newest[o.Fields[field]] = w
					}
				}
			}
			for f, w := range newest {
				f.Heads = []oplog.Write{w}
			}
			return objects
		},
		"invisible writes cut the way": func(log []oplog.Visible) map[uuid.UUID]*oplog.Object {
			return oplog.Rebuild(slices.DeleteFunc(slices.Clone(log), func(v oplog.Visible) bool { return !v.Visible }))
		},
		"redactions forget the parents": func(log []oplog.Visible) map[uuid.UUID]*oplog.Object {
			return oplog.Rebuild(slices.DeleteFunc(slices.Clone(log), func(v oplog.Visible) bool { return v.Line.Kind == oplog.KindRedact }))
		},
		"what came late counts as new": func(log []oplog.Visible) map[uuid.UUID]*oplog.Object {
			objects := make(map[uuid.UUID]*oplog.Object)
			for _, v := range slices.Backward(log) {
				if !v.Visible {
					continue
				}
				o := objects[v.Line.Object]
				if o == nil {
					o = new(oplog.Object)
					objects[v.Line.Object] = o
				}
				for _, f := range o.Fields {
					f.Pending = nil
				}
				o.Apply(v.Line, nil)
			}
			return objects
		},
	}
	generator := histories(true)
	for name, rule := range rules {
		found := 0
		for seed := range 200 {
			h := generator.Example(seed)
			if disagreement(&h, rule) != "" {
				found++
			}
		}
		if found == 0 {
			t.Errorf("%s: not found out in 200 histories", name)
		}
		t.Logf("%s: found out in %d of 200 histories", name, found)
	}
}

func mustEncodeAll(t *rapid.T, objects map[uuid.UUID]*oplog.Object) map[uuid.UUID]string {
	encoded := make(map[uuid.UUID]string)
	for id, o := range objects {
		b, err := o.Encode()
		if err != nil {
			t.Fatal(err)
		}
		encoded[id] = string(b)
	}
	return encoded
}

// TestMerge_AnyOrder: Rebuild and Apply give the same objects in every order, with repetition.
func TestMerge_AnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories(false).Draw(t, "history")
		want := mustEncodeAll(t, oplog.Rebuild(h.log()))
		repeated := h.log()
		if len(repeated) > 0 {
			repeated = append(repeated, rapid.SliceOf(rapid.SampledFrom(repeated)).Draw(t, "repeated")...)
		}
		order := rapid.Permutation(repeated).Draw(t, "order")
		if diff := cmp.Diff(want, mustEncodeAll(t, oplog.Rebuild(order))); diff != "" {
			t.Fatalf("Rebuild in another order (-want +got):\n%s", diff)
		}
		r := &replica{has: map[oplog.Name]bool{}, objects: map[uuid.UUID]*oplog.Object{}}
		forgetful := make(map[uuid.UUID]*oplog.Object)
		for _, v := range order {
			r.objects[v.Line.Object] = applyTo(r.objects[v.Line.Object], v.Line, func(n oplog.Name) bool { return r.has[n] })
			r.has[v.Line.Name()] = true
			forgetful[v.Line.Object] = applyTo(forgetful[v.Line.Object], v.Line, nil)
		}
		if diff := cmp.Diff(want, mustEncodeAll(t, r.objects)); diff != "" {
			t.Fatalf("Apply (-want +got):\n%s", diff)
		}
		for id, o := range forgetful {
			for field, f := range o.Fields {
				if diff := cmp.Diff(r.objects[id].Fields[field].Heads, f.Heads); diff != "" {
					t.Fatalf("Apply without memory, heads (-want +got):\n%s", diff)
				}
			}
		}
	})
}

func applyTo(o *oplog.Object, l *oplog.Line, seen func(oplog.Name) bool) *oplog.Object {
	if o == nil {
		o = new(oplog.Object)
	}
	o.Apply(l, seen)
	return o
}

// TestMerge_Incremental follows a register that meets invisible lines on the way and rebuilds the objects that have one.
func TestMerge_Incremental(t *testing.T) {
	rebuilt, applied := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		h := histories(true).Draw(t, "history")
		h.redact, h.redacted = nil, nil
		doubtful := make(map[uuid.UUID]bool)
		objects := make(map[uuid.UUID]*oplog.Object)
		has := make(map[oplog.Name]bool)
		var log []oplog.Visible
		for _, v := range rapid.Permutation(h.log()).Draw(t, "order") {
			at := v.Line.Object
			o := objects[at]
			if o == nil {
				o = new(oplog.Object)
			}
			log = append(log, v)
			doubtful[at] = doubtful[at] || !v.Visible
			if doubtful[at] {
				if o = oplog.Rebuild(log)[at]; o == nil {
					o = new(oplog.Object)
				}
				rebuilt++
			} else {
				o.Apply(v.Line, func(n oplog.Name) bool { return has[n] })
				applied++
			}
			has[v.Line.Name()] = true
			if o.ID != uuid.Nil {
				objects[at] = o
			}
		}
		if diff := cmp.Diff(mustEncodeAll(t, oplog.Rebuild(log)), mustEncodeAll(t, objects)); diff != "" {
			t.Fatalf("(-rebuilt +incremental):\n%s", diff)
		}
	})
	if rebuilt == 0 || applied == 0 {
		t.Errorf("%d rebuilt, %d applied: the property was not tried", rebuilt, applied)
	}
}

// TestMerge_ClocksChangeNothing: other clocks change which head stands first, and nothing else.
func TestMerge_ClocksChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories(true).Draw(t, "history")
		before := oplog.Rebuild(h.log())
		for _, l := range h.lines {
			l.HLC = oplog.HLC(rapid.Uint64().Draw(t, "hlc"))
		}
		after := oplog.Rebuild(h.log())
		if len(before) != len(after) {
			t.Fatalf("%d objects, were %d", len(after), len(before))
		}
		for id, o := range before {
			for field, f := range o.Fields {
				g := after[id].Fields[field]
				if !slices.Equal(f.Names(), g.Names()) || !slices.Equal(f.Pending, g.Pending) || f.Conflict() != g.Conflict() {
					t.Fatalf("field %s: heads %v, were %v", field, g.Names(), f.Names())
				}
			}
		}
	})
}

func TestObject_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories(true).Draw(t, "history")
		for i, l := range h.lines {
			l.Form, l.ClockSuspect, l.By = []string{"", "cm@7", "language@1"}[i%3], i%4 == 0, id(byte(i%3+1))
		}
		for _, o := range oplog.Rebuild(h.log()[:len(h.log())/2]) { // half of it, so that names are pending
			b, err := o.Encode()
			if err != nil {
				t.Fatal(err)
			}
			got, err := oplog.DecodeObject(bytes.Clone(b))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(o, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			for cut := range b {
				if _, err := oplog.DecodeObject(b[:cut]); err == nil {
					t.Fatalf("accepted when cut to %d of %d bytes", cut, len(b))
				}
			}
		}
	})
}

func TestObject_EncodeRefusesEmpty(t *testing.T) {
	if _, err := new(oplog.Object).Encode(); err == nil {
		t.Error("an object without identity was written")
	}
}

func TestObject_Parents(t *testing.T) {
	a, b := write(102, 2, 10, `"A"`), write(101, 2, 20, `"B"`)
	o := oplog.Rebuild(log(a, b))[person]
	want := map[string][]oplog.Name{"given_names": {b.Name(), a.Name()}}
	if diff := cmp.Diff(want, o.Parents("given_names", "family_name")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestObject_Identity: type and case follow the newest line, in whatever order the lines come.
func TestObject_Identity(t *testing.T) {
	older, newer := write(101, 2, 10, `"A"`), write(102, 2, 20, `"B"`)
	older.Case, newer.Case = id(31), id(32)
	for _, order := range [][]*oplog.Line{{older, newer}, {newer, older}} {
		o := new(oplog.Object)
		for _, l := range order {
			o.Apply(l, nil)
		}
		if o.Case != id(32) || o.Latest != (oplog.Stamp{HLC: 20, Name: newer.Name()}) {
			t.Errorf("case %v, latest %v", o.Case, o.Latest)
		}
	}
}

func TestOpen_BoxJoinsMerge(t *testing.T) {
	box := line(oplog.KindBox, domain.Sealed, 2, func(l *oplog.Line) { l.Case, l.Box = caseID, []byte("age") })
	inner := &oplog.Inner{
		Compartment: domain.Sealed, Device: device, Epoch: epoch, N: 2, Object: person, Type: "sealed_note",
		Set: map[string]json.RawMessage{"text": json.RawMessage(`"x"`)},
	}
	opened, err := box.Open(inner)
	if err != nil {
		t.Fatal(err)
	}
	if got := oplog.Rebuild(log(box)); len(got) != 0 {
		t.Errorf("a closed box made an object: %v", got)
	}
	o := oplog.Rebuild(log(opened))[person]
	if o == nil || string(o.Fields["text"].Value()) != `"x"` || o.Case != caseID || o.Type != "sealed_note" {
		t.Errorf("opened box gave %+v", o)
	}
	moved := *inner
	moved.N = 3
	if _, err := box.Open(&moved); err == nil {
		t.Error("the content of another line was accepted")
	}
}

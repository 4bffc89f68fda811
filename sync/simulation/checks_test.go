package simulation_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// written by one device each: the letter is the device.
func nameOf(letter byte) oplog.Name { return oplog.Name{Device: uuid.UUID{letter}, Epoch: 1, N: 2} }

// TestHeadsOf holds the oracle against the definition of security.md 7.1, drawn by hand.
func TestHeadsOf(t *testing.T) {
	for _, c := range []struct{ what, writes, hidden, heads string }{
		{"one", "a", "", "a"},
		{"replaced", "a b:a", "", "b"},
		{"at the same time", "a b:a c:a", "", "bc"},
		{"decided", "a b:a c:a d:bc", "", "d"},
		{"parent not here", "b:a", "", "b"},
		{"through an invisible one", "a b:a c:b", "b", "c"},
		{"the last one invisible", "a b:a", "b", "a"},
		{"an invisible one replaces nothing", "a b:a c:a", "c", "b"},
		{"nothing visible", "a", "a", ""},
		{"own parent", "a:a", "", "a"},
	} {
		all := map[oplog.Name]write{}
		for text := range strings.FieldsSeq(c.writes) {
			w := write{name: nameOf(text[0]), visible: !strings.Contains(c.hidden, text[:1])}
			for _, parent := range []byte(strings.TrimPrefix(text[1:], ":")) {
				w.parents = append(w.parents, nameOf(parent))
			}
			all[w.name] = w
		}
		got := ""
		for _, head := range headsOf(all) {
			got += string(head.Device[0])
		}
		if got != c.heads {
			t.Errorf("%s: heads %q, want %q", c.what, got, c.heads)
		}
	}
}

// TestCheckMerge_FindsWhatIsWrong: a value dropped, a replaced one risen again, a field without a line.
func TestCheckMerge_FindsWhatIsWrong(t *testing.T) {
	object := uuid.UUID{9}
	with := func(heads ...byte) *reading {
		r := &reading{compartment: domain.Case, objects: map[uuid.UUID]*oplog.Object{object: {ID: object, Fields: map[string]*oplog.Field{"birth_place": {}}}}}
		for _, line := range []struct{ name, parent byte }{{'a', 0}, {'b', 'a'}, {'c', 'a'}} {
			l := &oplog.Line{Kind: oplog.KindSet, Object: object, Set: map[string]json.RawMessage{"birth_place": []byte(`"x"`)}, Parents: map[string][]oplog.Name{}}
			if line.parent != 0 {
				l.Parents["birth_place"] = []oplog.Name{nameOf(line.parent)}
			}
			r.entries = append(r.entries, entry{name: nameOf(line.name), line: l})
		}
		for _, head := range heads {
			f := r.objects[object].Fields["birth_place"]
			f.Heads = append(f.Heads, oplog.Write{Name: nameOf(head)})
		}
		return r
	}
	if err := checkMerge(with('b', 'c')); err != nil {
		t.Errorf("what is right is refused: %v", err)
	}
	for want, r := range map[string]*reading{"silently dropped": with('b'), "the definition says": with('a', 'b', 'c')} {
		if err := checkMerge(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	more := with('b', 'c')
	more.objects[object].Fields["mother_name"] = &oplog.Field{}
	if checkMerge(more) == nil {
		t.Error("a field that no line writes is not noticed")
	}
}

// TestShrink_KeepsWhatMatters: of a whole history the two steps that make it fail.
func TestShrink_KeepsWhatMatters(t *testing.T) {
	l := levels["light"]
	h := newHistory(1, l)
	small := shrink(h, func(h *history) bool {
		has := func(serial int) bool {
			return slices.ContainsFunc(h.steps, func(s step) bool { return s.serial == serial })
		}
		return has(3) && has(17)
	})
	if got := serials(small); got != "3,17" {
		t.Errorf("shrunk to %s", got)
	}
	t.Setenv("FELTBOK_REPLAY", "light:1:"+serials(small))
	if _, again, err := replayed(); err != nil || again.String() != small.String() {
		t.Errorf("replayed as %v, %v, want %v", again, err, small)
	}
}

// TestToldLine_FindsWhatLeaks: each way in which a line for a partner says more than its list allows.
func TestToldLine_FindsWhatLeaks(t *testing.T) {
	us, they, inside, shared := uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3}, uuid.UUID{4}
	a := &actor{partner: us}
	line := func(change func(*oplog.Line)) *oplog.Line {
		l := &oplog.Line{
			Kind: oplog.KindSet, By: uuid.UUID{5}, Compartment: domain.Orientation, Device: uuid.UUID{6}, Epoch: 1, N: 2, Previous: [32]byte{1}, HLC: 1,
			Case: uuid.UUID{7}, Object: uuid.UUID{8}, Type: "roster_person", Set: map[string]json.RawMessage{"given_name": []byte(`"Kanari given 1"`)},
		}
		change(l)
		return l
	}
	for want, change := range map[string]func(*oplog.Line){
		"":                              func(*oplog.Line) {},
		"names a source":                func(l *oplog.Line) { l.Source = []oplog.Name{nameOf('a')} },
		"told roster_person.contact":    func(l *oplog.Line) { l.Set["contact"] = []byte(`"x"`) },
		"told enrolment.seat":           func(l *oplog.Line) { l.Type, l.Set = "enrolment", map[string]json.RawMessage{"seat": []byte(`"x"`)} },
		"not on its list":               func(l *oplog.Line) { l.Set["given_name"] = []byte(`"Kanari special 1"`) },
		"an identifier of the register": func(l *oplog.Line) { l.Object = inside },
		"both partners know one":        func(l *oplog.Line) { l.Case = shared },
		"it is for partner:" + they.String(): func(l *oplog.Line) {
			*l = oplog.Line{Kind: oplog.KindChain, Audience: "partner:" + they.String()}
		},
	} {
		p := &play{outside: outside{own: map[string]bool{inside.String(): true}, told: map[string]uuid.UUID{shared.String(): they}}}
		err := p.toldLine(a, line(change))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

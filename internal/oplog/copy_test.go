package oplog_test

import (
	"testing"

	"feltbok/internal/oplog"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// A copy is the same object, and stays so whatever is applied to the original or overwritten in it.
func TestObject_Copy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories(false).Draw(t, "history")
		objects := map[uuid.UUID]*oplog.Object{}
		log := h.log()
		half := rapid.IntRange(0, len(log)).Draw(t, "half")
		take := func(log []oplog.Visible) {
			for _, l := range log {
				if o := objects[l.Line.Object]; o != nil {
					o.Apply(l.Line, nil)
				} else if o := new(oplog.Object); o.Apply(l.Line, nil) {
					objects[o.ID] = o
				}
			}
		}
		take(log[:half])
		copies, want := map[uuid.UUID]*oplog.Object{}, mustEncodeAll(t, objects)
		for id, o := range objects {
			copies[id] = o.Copy()
		}
		if diff := cmp.Diff(want, mustEncodeAll(t, copies)); diff != "" {
			t.Fatalf("a copy differs (-object +copy):\n%s", diff)
		}
		for _, o := range copies {
			for _, f := range o.Fields {
				for i := range f.Heads {
					clear(f.Heads[i].Value)
				}
			}
		}
		if diff := cmp.Diff(want, mustEncodeAll(t, objects)); diff != "" {
			t.Fatalf("clearing a copy changed its object:\n%s", diff)
		}
		for id, o := range objects {
			copies[id] = o.Copy()
		}
		take(log[half:])
		for id := range copies {
			if got := mustEncodeAll(t, map[uuid.UUID]*oplog.Object{id: copies[id]}); got[id] != want[id] {
				t.Fatal("applying lines to an object changed its copy")
			}
		}
	})
}

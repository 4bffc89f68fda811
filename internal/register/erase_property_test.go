package register_test

import (
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// limitChecks lowers the number of histories for one test where -rapid.checks is not given, for each step waits for the disk;
// 'make thorough' asks for more.
func limitChecks(t *testing.T, n int) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if checks == nil || checks.Value.String() != checks.DefValue {
		return
	}
	if err := checks.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
}

// casesModel is the plain truth of what a register shows: values by compartment, case and object.
type casesModel struct {
	values map[domain.Compartment]map[uuid.UUID]map[uuid.UUID]string
	erased map[uuid.UUID]bool
}

// Any order of saves, erasures, rotations, reseals and unlocks by people with different rings shows what the model says,
// and every row proves itself after each unlock.
func TestErase_RandomHistories(t *testing.T) {
	limitChecks(t, 12)
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := fmt.Sprintf("%s/%d", root, n)
		from, err := template()
		if err != nil {
			rt.Fatal(err)
		}
		mustCopy(t, from+"/vault", dir)
		r := mustUnlock(t, dir, "A")
		defer func() { mustLock(t, r) }()
		writers := map[domain.Compartment]*writer{domain.Case: newWriter(t, r, domain.Case), domain.Special: newWriter(t, r, domain.Special)}
		cases, objects := make([]uuid.UUID, 4), map[uuid.UUID][]uuid.UUID{}
		for i := range cases {
			cases[i] = uuid.New()
			objects[cases[i]] = []uuid.UUID{uuid.New(), uuid.New()}
		}
		m := casesModel{erased: map[uuid.UUID]bool{}, values: map[domain.Compartment]map[uuid.UUID]map[uuid.UUID]string{domain.Case: {}, domain.Special: {}}}
		kinds := map[domain.Compartment]domain.Type{domain.Case: "person", domain.Special: "health"}
		compare := func() {
			t.Helper()
			for c := range m.values {
				if !r.Holds(domain.RingOf(c)) {
					continue
				}
				want, got := map[uuid.UUID]string{}, map[uuid.UUID]string{}
				for id, values := range m.values[c] {
					for object, value := range values {
						if !m.erased[id] {
							want[object] = value
						}
					}
				}
				for _, object := range mustCollect(t, r.Objects(background, c, register.Filter{})) {
					got[object.ID] = string(object.Fields["name"].Value())
				}
				if diff := cmp.Diff(want, got); diff != "" {
					rt.Fatalf("%s (-model +register):\n%s", c, diff)
				}
			}
			if len(r.Erasures()) != len(m.erased) {
				rt.Fatalf("%d erasures, model has %d", len(r.Erasures()), len(m.erased))
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"save": func(rt *rapid.T) {
				c := rapid.SampledFrom([]domain.Compartment{domain.Case, domain.Special}).Draw(rt, "compartment")
				id := rapid.SampledFrom(cases).Draw(rt, "case")
				object := rapid.SampledFrom(objects[id]).Draw(rt, "object")
				value := strings.Repeat(rapid.StringMatching(`[a-z]{1,12}`).Draw(rt, "value"), rapid.SampledFrom([]int{1, 600}).Draw(rt, "times"))
				if !r.Holds(domain.RingOf(c)) {
					rt.Skip("without the ring")
				}
				w := writers[c]
				undo := *w
				entry, line := w.set(t, id, object, kinds[c], "name", value)
				err := r.Update(background, func(tx *register.Tx) error {
					old, err := tx.Object(c, object)
					if err != nil {
						return err
					}
					if old != nil {
						line.Parents = map[string][]oplog.Name{"name": {old.Fields["name"].Heads[0].Name}}
						*w = undo
						entry = w.entry(t, line)
					}
					return saveLine(tx, entry, line)
				})
				if m.erased[id] {
					if !errors.Is(err, register.ErrErased) {
						rt.Fatalf("saving into an erased case: %v", err)
					}
					// The importer's way: the line comes as a stub.
					entry.Bytes = nil
					err = r.Update(background, func(tx *register.Tx) error { return tx.Append(entry) })
				} else {
					if m.values[c][id] == nil {
						m.values[c][id] = map[uuid.UUID]string{}
					}
					m.values[c][id][object] = `"` + value + `"`
				}
				if err != nil {
					rt.Fatal(err)
				}
			},
			"erase": func(rt *rapid.T) {
				id := rapid.SampledFrom(cases).Draw(rt, "case")
				mustErase(t, r, id, writers[domain.Case].chain().Name(1))
				m.erased[id] = true
			},
			"rotate": func(rt *rapid.T) {
				number := rapid.SampledFrom([]domain.Ring{domain.RingOpen, domain.RingCase, domain.RingSpecial}).Draw(rt, "ring")
				if err := r.Rotate(background, number); r.Holds(number) && err != nil {
					rt.Fatal(err)
				}
			},
			"reseal": func(rt *rapid.T) {
				number := rapid.SampledFrom([]domain.Ring{domain.RingOpen, domain.RingCase, domain.RingSpecial}).Draw(rt, "ring")
				if err := r.Reseal(background, number, nil); (err == nil) != r.Holds(number) {
					rt.Fatal(err)
				}
			},
			"unlock": func(rt *rapid.T) {
				mustLock(t, r)
				r = mustUnlock(t, dir, rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "who"))
				mustCheck(t, r)
				for _, e := range r.Erasures() {
					if pending := len(e.Pending) > 0; !e.Proven || pending && r.Holds(domain.RingSpecial) {
						rt.Fatalf("erasure is %+v", e)
					}
				}
			},
			"kill": func(rt *rapid.T) {
				if err := r.Kill(); err != nil {
					rt.Fatal(err)
				}
				r = mustUnlock(t, dir, rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "who"))
			},
			"": func(*rapid.T) { compare() },
		})
		mustLock(t, r)
		r = mustUnlock(t, dir, "A")
		mustCheck(t, r)
		compare()
	})
}

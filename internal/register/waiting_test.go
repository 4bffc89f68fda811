package register_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

// states gives the objects of a compartment, encoded, as an iteration shows them; each must be what a single read shows.
func states(t testing.TB, r *register.Register, c domain.Compartment, f register.Filter) map[uuid.UUID]string {
	t.Helper()
	all := map[uuid.UUID]string{}
	for _, object := range mustCollect(t, r.Objects(background, c, f)) {
		if _, twice := all[object.ID]; twice {
			t.Errorf("object %s is shown twice", object.ID)
		}
		all[object.ID] = code(t, object)
		one, err := r.Object(background, c, object.ID)
		if err != nil || one == nil || code(t, one) != all[object.ID] {
			t.Errorf("object %s: an iteration and a single read differ, %v", object.ID, err)
		}
	}
	return all
}

func code(t testing.TB, o *oplog.Object) string {
	t.Helper()
	b, err := o.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mustKill ends a register as a crash does.
func mustKill(t testing.TB, r *register.Register) {
	t.Helper()
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
}

// rowCount counts object rows in the file of a closed vault.
func rowCount(t testing.TB, dir string) int64 {
	t.Helper()
	return mustDigests(t, filepath.Join(dir, store.FileName))["object"].Rows
}

// What waits for its row is what the operations make of the rows: whatever is saved, imported, dropped, flushed or erased, in
// whatever order, a register that is killed shows afterwards exactly the objects that it showed before.
func TestWaiting_ReplayedIsWhatWasPut(t *testing.T) {
	limitChecks(t, 30)
	rapid.Check(t, func(rt *rapid.T) {
		dir := mustVault(t)
		r := mustUnlock(t, dir, "A")
		compartments := []domain.Compartment{domain.Open, domain.Case, domain.Special}
		kinds := map[domain.Compartment]domain.Type{domain.Open: "mission", domain.Case: "person", domain.Special: "health"}
		writers := map[domain.Compartment][]*writer{}
		written := map[domain.Compartment][]oplog.Name{}
		for _, c := range compartments {
			writers[c] = []*writer{newWriter(t, r, c), newWriter(t, r, c)}
		}
		cases := []uuid.UUID{uuid.New(), uuid.New()}
		objects := []uuid.UUID{uuid.New(), uuid.New(), uuid.New(), uuid.New(), uuid.New()}
		erased := map[uuid.UUID]bool{}
		line := func(rt *rapid.T, c domain.Compartment) (register.Entry, *oplog.Line) {
			number := rapid.IntRange(0, len(objects)-1).Draw(rt, "object")
			w := rapid.SampledFrom(writers[c]).Draw(rt, "writer")
			line := &oplog.Line{Kind: oplog.KindSet, Form: "cm@7", Object: objects[number], Type: kinds[c], Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{}}
			if c != domain.Open {
				line.Case = cases[number%len(cases)]
			}
			for _, field := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "deleted"}), 1, 3, rapid.ID).Draw(rt, "fields") {
				line.Set[field] = json.RawMessage(rapid.SampledFrom([]string{`null`, `true`, `"x"`, ` "y" `, `{"b":1,"a":2}`}).Draw(rt, "value"))
				seen := slices.Clone(written[c])
				for _, other := range writers[c] { // and what comes only later
					if other != w {
						seen = append(seen, other.chain().Name(other.n+1))
					}
				}
				line.Parents[field] = rapid.SliceOfNDistinct(rapid.SampledFrom(seen), 0, 3, rapid.ID).Draw(rt, "parents")
			}
			entry := w.entry(t, line)
			written[c] = append(written[c], entry.Name)
			return entry, line
		}
		rt.Repeat(map[string]func(*rapid.T){
			"save": func(rt *rapid.T) {
				c := rapid.SampledFrom(compartments).Draw(rt, "compartment")
				n := rapid.SampledFrom([]int{1, 1, 2, 5, register.MaxBehind}).Draw(rt, "lines")
				if !r.Holds(domain.RingOf(c)) {
					rt.Skip("without the ring")
				}
				err := r.Update(background, func(tx *register.Tx) error {
					for range n {
						entry, line := line(rt, c)
						if erased[line.Case] {
							entry.Bytes = nil
							if err := tx.Append(entry); err != nil {
								return err
							}
							continue
						}
						if err := saveLine(tx, entry, line); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					rt.Fatal(err)
				}
			},
			"import": func(rt *rapid.T) {
				c := rapid.SampledFrom(compartments).Draw(rt, "compartment")
				if !r.Holds(domain.RingOf(c)) {
					rt.Skip("without the ring")
				}
				entry, line := line(rt, c)
				visible := rapid.Bool().Draw(rt, "visible")
				err := r.Update(background, func(tx *register.Tx) error {
					if erased[line.Case] {
						entry.Bytes = nil
					} else if visible {
						if err := apply(tx, line); err != nil {
							return err
						}
					}
					return tx.Append(entry)
				})
				if err != nil {
					rt.Fatal(err)
				}
			},
			"drop": func(rt *rapid.T) {
				id := rapid.SampledFrom(objects).Draw(rt, "object")
				if err := r.Update(background, func(tx *register.Tx) error { return tx.DropObject(domain.Case, id) }); err != nil {
					rt.Fatal(err)
				}
			},
			"erase": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "seldom") > 0 {
					rt.Skip("later")
				}
				id := rapid.SampledFrom(cases).Draw(rt, "case")
				mustErase(t, r, id, writers[domain.Case][0].chain().Name(1))
				erased[id] = true
			},
			"store": func(rt *rapid.T) {
				if err := r.StoreWaiting(background, domain.RingCase); err != nil {
					rt.Fatal(err)
				}
			},
			"fail": func(rt *rapid.T) {
				undo, failure := *writers[domain.Case][0], errors.New("enough")
				before := states(t, r, domain.Case, register.Filter{})
				entry, line := writers[domain.Case][0].set(t, cases[0], objects[0], "person", "a", "z")
				err := r.Update(background, func(tx *register.Tx) error {
					if erased[cases[0]] {
						return failure
					}
					if err := saveLine(tx, entry, line); err != nil {
						return err
					}
					if rapid.Bool().Draw(rt, "direct") {
						if err := tx.DropObject(domain.Case, objects[1]); err != nil {
							return err
						}
					}
					return failure
				})
				*writers[domain.Case][0] = undo
				if diff := cmp.Diff(before, states(t, r, domain.Case, register.Filter{})); diff != "" || !errors.Is(err, failure) {
					rt.Fatalf("%v\n%s", err, diff)
				}
			},
			"again": func(rt *rapid.T) {
				who := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "who")
				before := map[domain.Compartment]map[uuid.UUID]string{}
				for _, c := range compartments {
					if r.Holds(domain.RingOf(c)) {
						before[c] = states(t, r, c, register.Filter{})
					}
				}
				if rapid.Bool().Draw(rt, "killed") {
					mustKill(t, r)
				} else {
					mustLock(t, r)
				}
				r = mustUnlock(t, dir, who)
				mustCheck(t, r)
				for c, want := range before {
					if !r.Holds(domain.RingOf(c)) || c != domain.Open && len(r.Erasures()) > 0 {
						continue // a pending erasure was carried out
					}
					if diff := cmp.Diff(want, states(t, r, c, register.Filter{})); diff != "" {
						rt.Fatalf("%s (-before +after):\n%s", c, diff)
					}
				}
			},
		})
		mustLock(t, r)
	})
}

// Every way of reading shows what waits, with and without a row of its own, and choices by type and case hold for it.
func TestWaiting_EveryReadShowsIt(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	first, second := uuid.New(), uuid.New()
	old, fresh, other := uuid.New(), uuid.New(), uuid.New()
	w.save(t, r, first, old, "person", "given_names", "Amina")
	if err := r.StoreWaiting(background, domain.RingCase); err != nil {
		t.Fatal(err)
	}
	w.save(t, r, first, old, "person", "given_names", "Layla")
	w.save(t, r, first, fresh, "language", "name", "Tigrinja")
	w.save(t, r, second, other, "person", "given_names", "Samira")
	if n := r.Waiting(domain.RingCase); n != 3 {
		t.Fatalf("%d objects wait", n)
	}
	shown := func(r *register.Register) {
		t.Helper()
		for _, test := range []struct {
			filter register.Filter
			want   []uuid.UUID
		}{
			{register.Filter{}, []uuid.UUID{old, fresh, other}},
			{register.Filter{Types: []domain.Type{"person"}}, []uuid.UUID{old, other}},
			{register.Filter{Case: &first}, []uuid.UUID{old, fresh}},
			{register.Filter{Types: []domain.Type{"language"}, Case: &second}, nil},
		} {
			got := states(t, r, domain.Case, test.filter)
			if len(got) != len(test.want) {
				t.Errorf("%+v: %d objects, want %d", test.filter, len(got), len(test.want))
			}
			for _, id := range test.want {
				if got[id] == "" {
					t.Errorf("%+v: object is missing", test.filter)
				}
			}
		}
		object, err := r.Object(background, domain.Case, old)
		if err != nil || len(object.Fields["given_names"].Heads) != 2 {
			t.Errorf("%+v, %v", object, err)
		}
		if report := mustCheck(t, r); report.Objects != 3 {
			t.Errorf("a check counts %d objects", report.Objects)
		}
	}
	shown(r)
	copied := filepath.Join(t.TempDir(), store.FileName)
	if err := r.Backup(background, copied); err != nil {
		t.Fatal(err)
	}
	mustKill(t, r)
	if n := rowCount(t, dir); n != 1 {
		t.Errorf("%d rows after a crash", n)
	}
	r = mustUnlock(t, dir, "A")
	shown(r)
	mustLock(t, r)
	if n := rowCount(t, dir); n != 3 {
		t.Errorf("%d rows after locking", n)
	}
	backup, err := register.OpenCopy(background, copied)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	if r, err = backup.Load(background, backup.Users()[0].Slot, clone(people().a)); err != nil {
		t.Fatal(err)
	}
	shown(r)
	mustLock(t, r)
}

// An iteration gives an object once, also when its row is written while the iteration goes on.
func TestWaiting_StoredDuringAnIteration(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	caseID := uuid.New()
	if err := r.Update(background, func(tx *register.Tx) error {
		for range 400 {
			if err := tx.PutObject(&oplog.Object{ID: uuid.New(), Type: "person", Case: caseID, Compartment: domain.Case}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina")
	for range 30 {
		w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina")
	}
	seen := map[uuid.UUID]int{}
	for object, err := range r.Objects(background, domain.Case, register.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) == 100 {
			if err := r.StoreWaiting(background, domain.RingCase); err != nil {
				t.Fatal(err)
			}
		}
		seen[object.ID]++
	}
	if len(seen) != 431 {
		t.Errorf("%d objects", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("object %s is given %d times", id, n)
		}
	}
}

// Rows follow after so many saves at the latest.
func TestWaiting_RowsFollow(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	most := 0
	for range 2*register.MaxBehind + 5 {
		w.save(t, r, uuid.New(), uuid.New(), "person", "given_names", "Amina")
		most = max(most, r.Waiting(domain.RingCase))
	}
	if waiting := r.Waiting(domain.RingCase); most != register.MaxBehind-1 || waiting != 4 {
		t.Errorf("%d waited at most, %d at the end", most, waiting)
	}
	mustKill(t, r)
	if n := rowCount(t, dir); n != 2*register.MaxBehind+1 {
		t.Errorf("%d rows", n)
	}
}

// A user without a ring leaves what waits in it alone, and its next holder sees it.
func TestWaiting_AnotherUserWithoutTheRing(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	special, cases := newWriter(t, r, domain.Special), newWriter(t, r, domain.Case)
	caseID, health, person := uuid.New(), uuid.New(), uuid.New()
	special.save(t, r, caseID, health, "health", "ability_to_speak", "poor")
	special.save(t, r, caseID, health, "health", "ability_to_speak", "good")
	cases.save(t, r, caseID, person, "person", "given_names", "Amina")
	cases.save(t, r, caseID, person, "person", "given_names", "Layla")
	want, wantPerson := states(t, r, domain.Special, register.Filter{}), states(t, r, domain.Case, register.Filter{})
	mustKill(t, r)
	r = mustUnlock(t, dir, "B")
	if diff := cmp.Diff(wantPerson, states(t, r, domain.Case, register.Filter{})); diff != "" {
		t.Error(diff)
	}
	newWriter(t, r, domain.Case).save(t, r, caseID, uuid.New(), "person", "given_names", "Samira")
	mustLock(t, r)
	r = mustUnlock(t, dir, "A")
	if n := r.Waiting(domain.RingSpecial); n != 1 {
		t.Errorf("%d objects wait in special", n)
	}
	if diff := cmp.Diff(want, states(t, r, domain.Special, register.Filter{})); diff != "" {
		t.Error(diff)
	}
	mustCheck(t, r)
}

// Erasing takes what waits with it, in memory and in the file; what belongs to other cases stays.
func TestWaiting_ErasedWithItsCase(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	gone, stays := uuid.New(), uuid.New()
	w.save(t, r, gone, uuid.New(), "person", "given_names", "Amina")
	if err := r.StoreWaiting(background, domain.RingCase); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.save(t, r, gone, uuid.New(), "person", "given_names", "Layla")
		w.save(t, r, stays, uuid.New(), "person", "given_names", "Samira")
	}
	e := mustErase(t, r, gone, w.chain().Name(1))
	if e.Objects != 4 || e.Lines != 4 {
		t.Errorf("erased %+v", e)
	}
	if n := r.Waiting(domain.RingCase); n != 0 {
		t.Errorf("%d objects wait", n)
	}
	for range 2 {
		if got := states(t, r, domain.Case, register.Filter{}); len(got) != 3 {
			t.Errorf("%d objects left", len(got))
		}
		mustCheck(t, r)
		mustKill(t, r)
		r = mustUnlock(t, dir, "A")
	}
	mustLock(t, r)
	if n := rowCount(t, dir); n != 3 {
		t.Errorf("%d rows", n)
	}
}

// What waits is cleared when the register is locked, and when another state takes its place.
func TestWaiting_ClearedAtLock(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	caseID, person := uuid.New(), uuid.New()
	w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina") // the first has its row at once
	w.save(t, r, caseID, person, "person", "given_names", "Layla")
	before := r.WaitingValues(domain.RingCase)
	mustReplace := func(value string) {
		t.Helper()
		if err := r.Update(background, func(tx *register.Tx) error {
			object, err := tx.Object(domain.Case, person)
			if err != nil {
				return err
			}
			entry, line := w.set(t, caseID, person, "person", "given_names", value, object.Fields["given_names"].Names()...)
			return tx.Save(entry, line, object)
		}); err != nil {
			t.Fatal(err)
		}
	}
	mustReplace("Samira")
	cleared := func(values [][]byte) bool {
		return !slices.ContainsFunc(values, func(value []byte) bool {
			return slices.ContainsFunc(value, func(b byte) bool { return b != 0 })
		})
	}
	if !cleared(before) {
		t.Error("the value that was replaced is not cleared")
	}
	w.save(t, r, caseID, person, "person", "surname", "Haile")
	after := r.WaitingValues(domain.RingCase)
	if len(before) != 1 || len(after) != 2 || cleared(after) {
		t.Fatalf("%d and %d values waited", len(before), len(after))
	}
	mustLock(t, r)
	if !cleared(after) {
		t.Error("what waited is not cleared at lock")
	}
}

// An object that is shown is one of its own: what waits does not change with it, nor with the line that was saved.
func TestWaiting_SharesNoMemory(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	caseID, person := uuid.New(), uuid.New()
	w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina") // the first has its row at once
	w.save(t, r, caseID, person, "person", "surname", "Haile")
	entry, line := w.set(t, caseID, person, "person", "given_names", "Layla")
	if err := r.Update(background, func(tx *register.Tx) error { return saveLine(tx, entry, line) }); err != nil {
		t.Fatal(err)
	}
	want := states(t, r, domain.Case, register.Filter{})
	for name := range line.Set {
		clear(line.Set[name])
	}
	shown := mustCollect(t, r.Objects(background, domain.Case, register.Filter{}))
	one, err := r.Object(background, domain.Case, person)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range append(shown, one) {
		for _, field := range object.Fields {
			clear(field.Heads[0].Value)
			field.Heads[0].HLC++
		}
		clear(object.Fields)
	}
	if diff := cmp.Diff(want, states(t, r, domain.Case, register.Filter{})); diff != "" {
		t.Error(diff)
	}
}

// A line is not applied to an object that its author has not seen as it is.
func TestWaiting_RefusesAnOldObject(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	caseID, person := uuid.New(), uuid.New()
	w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina") // the first has its row at once
	w.save(t, r, caseID, person, "person", "given_names", "Layla")
	old, err := r.Object(background, domain.Case, person)
	if err != nil {
		t.Fatal(err)
	}
	w.save(t, r, caseID, person, "person", "surname", "Haile")
	want := states(t, r, domain.Case, register.Filter{})
	entry, line := w.set(t, caseID, person, "person", "surname", "Tesfay")
	if err := r.Update(background, func(tx *register.Tx) error { return tx.Save(entry, line, old) }); err == nil {
		t.Error("a line was applied to an old object")
	}
	if diff := cmp.Diff(want, states(t, r, domain.Case, register.Filter{})); diff != "" {
		t.Error(diff)
	}
}

// A damaged register that a check has found is left as it is by locking too.
func TestWaiting_LeftAloneAfterDamageWasFound(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	w := newWriter(t, r, domain.Case)
	caseID := uuid.New()
	for range 3 {
		w.save(t, r, caseID, uuid.New(), "person", "given_names", "Amina")
	}
	mustKill(t, r)
	e := mustEdit(t, dir)
	e.keep("UPDATE object SET body=zeroblob(length(body))")
	e.close()
	r = mustUnlock(t, dir, "A")
	before, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Check(context.Background()); fault.Code(err) != "V-ROW" {
		t.Errorf("got %v", err)
	}
	mustLock(t, r)
	after, err := os.ReadFile(filepath.Join(dir, store.FileName))
	if err != nil || string(after) != string(before) {
		t.Errorf("the file changed, %v", err)
	}
}

// The note of what is stored cannot be written by a caller.
func TestWaiting_NoteIsTheRegistersOwn(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	for _, number := range []domain.Ring{domain.RingOpen, domain.RingCase} {
		if err := r.Update(background, func(tx *register.Tx) error { return tx.SetSystem(number, register.SystemStored, nil) }); err == nil {
			t.Errorf("%s: written", number)
		}
	}
}

// Only a line of the object itself is saved, and only where objects have rows.
func TestSave_Refused(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	w := newWriter(t, r, domain.Case)
	caseID, id := uuid.New(), uuid.New()
	for name, save := range map[string]func(tx *register.Tx) error{
		"another object": func(tx *register.Tx) error {
			entry, line := w.set(t, caseID, id, "person", "given_names", "Amina")
			return tx.Save(entry, line, &oplog.Object{ID: uuid.New(), Type: "person", Case: caseID, Compartment: domain.Case})
		},
		"another line": func(tx *register.Tx) error {
			entry, _ := w.set(t, caseID, id, "person", "given_names", "Amina")
			_, line := w.set(t, caseID, id, "person", "given_names", "Layla")
			return tx.Save(entry, line, new(oplog.Object))
		},
		"another case": func(tx *register.Tx) error {
			entry, line := w.set(t, caseID, id, "person", "given_names", "Amina")
			entry.Scope = uuid.New()
			return tx.Save(entry, line, new(oplog.Object))
		},
		"stub": func(tx *register.Tx) error {
			entry, line := w.set(t, caseID, id, "person", "given_names", "Amina")
			entry.Bytes = nil
			return tx.Save(entry, line, new(oplog.Object))
		},
		"boxed compartment": func(tx *register.Tx) error {
			entry, line := w.set(t, caseID, id, "person", "given_names", "Amina")
			entry.Compartment, line.Compartment = domain.Sealed, domain.Sealed
			return tx.Save(entry, line, new(oplog.Object))
		},
	} {
		undo := *w
		if err := r.Update(background, save); err == nil {
			t.Errorf("%s is saved", name)
		}
		*w = undo
	}
	if got := fmt.Sprint(r.Count(domain.Case), r.Waiting(domain.RingCase)); got != "1 0" {
		t.Errorf("left behind: %s", got)
	}
}

package register_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

// What a case of the docket has in each ring.
const linesOfCase, linesOfSpecial, linesOfSealed, objectsOfCase, objectsOfSpecial = 8, 4, 1, 5, 4

func mustErase(t testing.TB, r *register.Register, caseID uuid.UUID, line oplog.Name) register.Erasure {
	t.Helper()
	done, err := r.Erase(background, caseID, line, nil)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestErase_NothingOfTheCaseRemains(t *testing.T) {
	d := mustDocket(t)
	before := rows(t, d.dir)
	r := mustUnlock(t, d.dir, "A")
	stays := content(t, r, d.cases[0].id)
	report := mustCheck(t, r)
	if len(mustCollect(t, r.CaseLines(background, domain.Case, d.cases[0].id))) != linesOfCase {
		t.Fatal("the case has other lines than expected")
	}
	eraser := newWriter(t, r, domain.Open)
	entry := eraser.entry(t, &oplog.Line{Kind: oplog.KindErase, Case: d.cases[0].id, Reason: "retention time over"})
	inCase := newWriter(t, r, domain.Case)
	lineInCase := inCase.entry(t, &oplog.Line{Kind: oplog.KindErase, Case: d.cases[0].id, Reason: "retention time over"})
	done, err := r.Erase(background, d.cases[0].id, entry.Name, func(tx *register.Tx) error {
		return errors.Join(tx.Append(entry), tx.Append(lineInCase))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := register.Erasure{
		Case: d.cases[0].id, Operation: entry.Name, At: done.At, Lines: linesOfCase + linesOfSpecial + linesOfSealed, Objects: objectsOfCase + objectsOfSpecial,
		Done: []domain.Ring{domain.RingCase, domain.RingSpecial, domain.RingSealed}, Proven: true,
	}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("erasure (-want +got):\n%s", diff)
	}
	look := func(t *testing.T, r *register.Register) {
		t.Helper()
		if name, erased := r.Erased(d.cases[0].id); !erased || name != entry.Name {
			t.Errorf("erased: %v, %v", name, erased)
		}
		if _, erased := r.Erased(d.cases[1].id); erased {
			t.Error("another case counts as erased")
		}
		if diff := cmp.Diff([]register.Erasure{want}, r.Erasures()); diff != "" {
			t.Errorf("erasures (-want +got):\n%s", diff)
		}
		for _, c := range []domain.Compartment{domain.Case, domain.Special, domain.Sealed} {
			if lines := mustCollect(t, r.CaseLines(background, c, d.cases[0].id)); len(lines) != 0 {
				t.Errorf("%s: %d lines of the case", c, len(lines))
			}
			if objects := mustCollect(t, r.Objects(background, c, register.Filter{Case: &d.cases[0].id})); len(objects) != 0 {
				t.Errorf("%s: %d objects of the case", c, len(objects))
			}
		}
		if object, err := r.Object(background, domain.Case, d.cases[0].first); object != nil || err != nil {
			t.Errorf("object of the case: %v, %v", object, err)
		}
		if diff := cmp.Diff(stays, content(t, r, d.cases[0].id)); len(content(t, r)) != len(stays)+4 { // two chain and two erase lines came
			t.Errorf("what stays differs:\n%s", diff)
		}
		if line := mustCollect(t, r.Lines(background, inCase.chain(), 2, 2)); len(line) != 1 || !bytes.Equal(line[0].Bytes, lineInCase.Bytes) {
			t.Errorf("erase line in case is %v", line)
		}
		after := mustCheck(t, r)
		if after.Operations != report.Operations+4 || after.Stubs != report.Stubs+want.Lines || after.Objects != report.Objects-want.Objects {
			t.Errorf("check counts %+v, before %+v", after, report)
		}
	}
	look(t, r)
	// Right after the erasure, while the program is still open.
	files := filepath.Join(t.TempDir(), "files")
	mustCopy(t, d.dir, files)
	mustLock(t, r)
	after := rows(t, d.dir)
	gone := removed(before, after)
	if len(gone) < want.Lines+want.Objects+3+3 { // three data keys, and the chunks of an attachment
		t.Fatalf("%d values were removed", len(gone))
	}
	for name, dir := range map[string]string{"open": files, "locked": d.dir} {
		if n := countRemains(t, dir, gone); n != 0 {
			t.Errorf("%s: %d of %d removed values are still in the files", name, n, len(gone))
		}
	}
	look(t, mustUnlock(t, d.dir, "A"))
}

func TestErase_RingsNotHeldWaitForTheirHolder(t *testing.T) {
	d := mustDocket(t)
	before := rows(t, d.dir)
	r := mustUnlock(t, d.dir, "B") // holds open, case and audit only
	done := mustErase(t, r, d.cases[0].id, d.erase)
	want := register.Erasure{
		Case: d.cases[0].id, Operation: d.erase, At: done.At, Lines: linesOfCase, Objects: objectsOfCase,
		Done: []domain.Ring{domain.RingCase}, Pending: []domain.Ring{domain.RingSpecial, domain.RingSealed}, Proven: true,
	}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("erasure (-want +got):\n%s", diff)
	}
	if _, erased := r.Erased(d.cases[0].id); !erased {
		t.Error("the case does not count as erased")
	}
	mustLock(t, r)
	r = mustUnlock(t, d.dir, "B")
	if diff := cmp.Diff([]register.Erasure{want}, r.Erasures()); diff != "" {
		t.Errorf("after B's unlock (-want +got):\n%s", diff)
	}
	mustLock(t, r)
	between := rows(t, d.dir)
	generation := func(number domain.Ring) uint32 {
		e := mustEdit(t, d.dir)
		defer e.close()
		h, err := vault.ParseHeader(e.blob("SELECT json FROM header"))
		if err != nil {
			t.Fatal(err)
		}
		return h.Ring(number).Generation
	}
	if generation(domain.RingCase) != 2 || generation(domain.RingSpecial) != 1 {
		t.Error("not exactly the ring of case was rotated")
	}

	r = mustUnlock(t, d.dir, "A")
	want.Lines, want.Objects = want.Lines+linesOfSpecial+linesOfSealed, want.Objects+objectsOfSpecial
	want.Done, want.Pending = append(want.Done, want.Pending...), nil
	if diff := cmp.Diff([]register.Erasure{want}, r.Erasures(), cmp.Transformer("rings", func(rings []domain.Ring) string { return string(slices.Collect(bytesOf(rings))) })); diff != "" {
		t.Errorf("after A's unlock (-want +got):\n%s", diff)
	}
	if lines := mustCollect(t, r.CaseLines(background, domain.Special, d.cases[0].id)); len(lines) != 0 {
		t.Errorf("%d lines of the case in special", len(lines))
	}
	mustCheck(t, r)
	mustLock(t, r)
	if generation(domain.RingCase) != 2 || generation(domain.RingSpecial) != 2 {
		t.Error("not exactly the ring of special was rotated")
	}
	after := rows(t, d.dir)
	if n := countRemains(t, d.dir, append(removed(before, between), removed(between, after)...)); n != 0 {
		t.Errorf("%d removed values are still in the file", n)
	}
	for _, label := range []string{"A", "B", "C"} {
		if err := everything(t, d.dir, label); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}

func bytesOf(rings []domain.Ring) func(func(byte) bool) {
	return func(yield func(byte) bool) {
		for _, ring := range rings {
			if !yield(byte(ring)) {
				return
			}
		}
	}
}

func TestErase_Twice(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	first := mustErase(t, r, d.cases[0].id, d.erase)
	commits := r.Commit(domain.RingCase) + r.Commit(domain.RingOpen)
	second := oplog.Name{Device: uuid.New(), Epoch: 1, N: 1}
	again := mustErase(t, r, d.cases[0].id, second)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("second erasure (-first +second):\n%s", diff)
	}
	if r.Commit(domain.RingCase)+r.Commit(domain.RingOpen) != commits {
		t.Error("erasing again changed something")
	}
	// An erase line that comes by another way is taken in all the same.
	w := newWriter(t, r, domain.Case)
	entry := w.entry(t, &oplog.Line{Kind: oplog.KindErase, Case: d.cases[0].id, Reason: "retention time over"})
	if _, err := r.Erase(background, d.cases[0].id, entry.Name, func(tx *register.Tx) error { return tx.Append(entry) }); err != nil || !r.Known(domain.Case, entry.Name) {
		t.Errorf("line of a second erasure: %v", err)
	}
	// A case of which nothing is here is noted too, for its lines may still come.
	unknown := mustErase(t, r, uuid.New(), d.erase)
	if unknown.Lines != 0 || unknown.Objects != 0 || !unknown.Proven || len(unknown.Pending) != 0 {
		t.Errorf("erasure of an unknown case is %+v", unknown)
	}
	if len(r.Erasures()) != 2 {
		t.Errorf("erasures are %v", r.Erasures())
	}
	for _, bad := range []func() (register.Erasure, error){
		func() (register.Erasure, error) { return r.Erase(background, uuid.Nil, d.erase, nil) },
		func() (register.Erasure, error) { return r.Erase(background, d.cases[1].id, oplog.Name{}, nil) },
	} {
		if _, err := bad(); err == nil {
			t.Error("was accepted")
		}
	}
	mustLock(t, r)
	mustCheck(t, mustUnlock(t, d.dir, "A"))
}

func TestErase_LateLineBecomesStub(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	w, open := newWriter(t, r, domain.Case), newWriter(t, r, domain.Open)
	late, line := w.set(t, d.cases[0].id, uuid.New(), "person", "given_names", "Amina")
	refuse := func(tx *register.Tx) {
		t.Helper()
		if err := tx.Append(late); !errors.Is(err, register.ErrErased) {
			t.Errorf("late line: %v", err)
		}
		if err := apply(tx, line); !errors.Is(err, register.ErrErased) {
			t.Errorf("object of a late line: %v", err)
		}
		if name, erased := tx.Erased(d.cases[0].id); !erased || name != d.erase {
			t.Errorf("erased: %v, %v", name, erased)
		}
	}
	if _, err := r.Erase(background, d.cases[0].id, d.erase, func(tx *register.Tx) error { refuse(tx); return nil }); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	r = mustUnlock(t, d.dir, "A")
	stub := late
	stub.Bytes, stub.Type = nil, ""
	other, _ := w.set(t, d.cases[1].id, uuid.New(), "person", "given_names", "Yusuf")
	inOpen := open.entry(t, &oplog.Line{Kind: oplog.KindErase, Case: d.cases[0].id, Reason: "retention time over"})
	if err := r.Update(background, func(tx *register.Tx) error {
		refuse(tx)
		return errors.Join(tx.Append(stub), tx.Append(other), tx.Append(inOpen))
	}); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	r = mustUnlock(t, d.dir, "A")
	lines := mustCollect(t, r.Lines(background, w.chain(), 1, 9))
	if len(lines) != 3 || lines[1].Bytes != nil || lines[1].Hash != late.Hash || lines[2].Bytes == nil {
		t.Errorf("lines are %v", lines)
	}
	mustCheck(t, r)
}

// What a caller sees when the transaction fails or is cancelled: nothing has happened, in memory or in the file.
func TestErase_FailureLeavesEverything(t *testing.T) {
	d := mustDocket(t)
	before := rows(t, d.dir)
	r := mustUnlock(t, d.dir, "A")
	stays := content(t, r)
	failure := errors.New("enough")
	cancelled, cancel := context.WithCancel(background)
	for _, try := range []struct {
		ctx  context.Context
		also func(*register.Tx) error
		want error
	}{
		{background, func(*register.Tx) error { return failure }, failure},
		{cancelled, func(*register.Tx) error { cancel(); return nil }, context.Canceled},
	} {
		if _, err := r.Erase(try.ctx, d.cases[0].id, d.erase, try.also); !errors.Is(err, try.want) {
			t.Errorf("got %v, want %v", err, try.want)
		}
		if _, erased := r.Erased(d.cases[0].id); erased || len(r.Erasures()) != 0 {
			t.Error("the case counts as erased")
		}
	}
	if diff := cmp.Diff(stays, content(t, r)); diff != "" {
		t.Errorf("content differs:\n%s", diff)
	}
	mustCheck(t, r)
	mustLock(t, r)
	if diff := cmp.Diff(before, rows(t, d.dir)); diff != "" {
		t.Error("rows differ")
	}
	if _, err := r.Erase(background, d.cases[0].id, d.erase, nil); !errors.Is(err, register.ErrLocked) {
		t.Errorf("locked: %v", err)
	}
}

// Iterations that began before go on over the cases that are left.
func TestErase_WhileOthersRead(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	d.crowd(t, r)
	mustLock(t, r)
	for name, filter := range crowdFilters {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			mustCopy(t, d.dir, dir)
			r := mustUnlock(t, dir, "A")
			count := map[uuid.UUID]int{}
			for _, object := range mustCollect(t, r.Objects(background, domain.Case, filter)) {
				count[object.Case]++
			}
			seen, n := map[uuid.UUID]int{}, 0
			for object, err := range r.Objects(background, domain.Case, filter) {
				if err != nil {
					t.Fatal(err)
				}
				seen[object.Case]++
				if n++; n == 1 {
					mustErase(t, r, d.cases[3].id, d.erase)
				}
			}
			for _, c := range d.cases {
				// Of the erased case only what was read ahead is still given: of many objects not all, of a few it may be all.
				all, erased := count[c.id], c.id == d.cases[3].id
				if seen[c.id] > all || !erased && seen[c.id] != all || erased && all > 15 && seen[c.id] == all {
					t.Errorf("%d of %d objects of a case", seen[c.id], all)
				}
			}
			var longest oplog.Chain
			for _, state := range r.Chains(domain.Case) {
				if state.Have.Count() > 100 {
					longest = state.Chain
				}
			}
			lines, stubs := 0, 0
			for line, err := range r.Lines(background, longest, 1, 1<<50) {
				if err != nil {
					t.Fatal(err)
				}
				if lines++; lines == 1 {
					mustErase(t, r, d.cases[docketCases-1].id, d.erase)
				}
				if line.Bytes == nil {
					stubs++
				}
			}
			if lines != 1+docketCases*linesOfCase || stubs <= linesOfCase || stubs > 2*linesOfCase {
				t.Errorf("%d lines, %d of them stubs", lines, stubs)
			}
			mustCheck(t, r)
		})
	}
}

// Lines that were redacted before are stubs already; they too forget the key of their case.
func TestErase_AfterRedaction(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	first := mustCollect(t, r.CaseLines(background, domain.Case, d.cases[0].id))[0]
	if err := r.Update(background, func(tx *register.Tx) error { return tx.Blank(domain.Case, first.Name) }); err != nil {
		t.Fatal(err)
	}
	if done := mustErase(t, r, d.cases[0].id, d.erase); done.Lines != linesOfCase+linesOfSpecial+linesOfSealed-1 {
		t.Errorf("%d lines were erased", done.Lines)
	}
	for range 2 {
		if lines := mustCollect(t, r.CaseLines(background, domain.Case, d.cases[0].id)); len(lines) != 0 {
			t.Errorf("%d lines of the case", len(lines))
		}
		mustCheck(t, r)
		mustLock(t, r)
		r = mustUnlock(t, d.dir, "A")
	}
}

func TestErase_KeysAreWipedFromMemory(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	before := r.DataKeys(domain.RingCase)
	mustErase(t, r, d.cases[0].id, d.erase)
	zeros := 0
	for i, key := range r.DataKeys(domain.RingCase) {
		if key == (vault.Key{}) {
			zeros++
		} else if key != before[i] {
			t.Error("a data key of another case changed or moved")
		}
	}
	if zeros != 1 {
		t.Errorf("%d keys are zero", zeros)
	}
}

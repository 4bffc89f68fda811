package register_test

import (
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
)

// Erasing many cases one after the other, with work between, leaves nothing of any of them.
func TestErase_ManyCasesLeaveNothing(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	w := newWriter(t, r, domain.Case)
	mustLock(t, r)
	before := rows(t, d.dir)
	r = mustUnlock(t, d.dir, "A")
	for i, c := range d.cases[:docketCases/2] {
		if done := mustErase(t, r, c.id, d.erase); !done.Proven {
			t.Errorf("case %d is not proven", i)
		}
		w.save(t, r, d.cases[docketCases-1].id, uuid.New(), "person", "given_names", "Amina")
	}
	mustLock(t, r)
	gone := removed(before, rows(t, d.dir))
	if n := countRemains(t, d.dir, gone); n != 0 || len(gone) < docketCases/2*20 {
		t.Errorf("%d of %d removed values are still in the file", n, len(gone))
	}
	mustCheck(t, mustUnlock(t, d.dir, "A"))
}

// The search bites: the same deletions done without secure_delete leave what both searches find.
func TestErase_WithoutSecureDeleteTheRemainsAreFound(t *testing.T) {
	d := mustDocket(t)
	before := rows(t, d.dir)
	careless := filepath.Join(t.TempDir(), "careless")
	mustCopy(t, d.dir, careless)
	r := mustUnlock(t, d.dir, "A")
	mustErase(t, r, d.cases[0].id, d.erase)
	mustLock(t, r)
	after := rows(t, d.dir)
	e := mustEdit(t, careless)
	e.keep("PRAGMA journal_mode=WAL")
	e.keep("PRAGMA secure_delete=OFF")
	e.keep("ATTACH '" + filepath.Join(d.dir, store.FileName) + "' AS erased")
	e.exec("DELETE FROM object WHERE rowid NOT IN (SELECT rowid FROM erased.object)")
	e.exec("DELETE FROM attachment_chunk WHERE blob_id NOT IN (SELECT blob_id FROM erased.attachment_chunk)")
	e.exec("DELETE FROM data_key WHERE key_id NOT IN (SELECT key_id FROM erased.data_key)")
	e.exec("UPDATE operation SET body=x'' WHERE seq IN (SELECT seq FROM erased.operation WHERE length(body)=0)")
	e.keep("PRAGMA wal_checkpoint(TRUNCATE)")
	e.close()
	var deleted []string // unlike removed, without the wrappings that were replaced
	for place, value := range before {
		if _, still := after[place]; !still {
			deleted = append(deleted, value)
		}
	}
	byTest := countRemains(t, careless, deleted)
	engine, err := store.Open(background, careless)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	byStore := 0
	for _, value := range deleted {
		var one store.Remains
		one.Add([]byte(value))
		found, err := engine.Find(background, &one)
		if err != nil {
			t.Fatal(err)
		}
		if found > 0 {
			byStore++
		}
	}
	t.Logf("%d values deleted without secure_delete, %d found by the program, %d by the test", len(deleted), byStore, byTest)
	if byTest < len(deleted)/2 || byStore < byTest {
		t.Errorf("%d values deleted without secure_delete, %d found by the program, %d by the test", len(deleted), byStore, byTest)
	}
	var all store.Remains
	for _, value := range deleted {
		all.Add([]byte(value))
	}
	if err := engine.Rewrite(background); err != nil {
		t.Fatal(err)
	}
	if found, err := engine.Find(background, &all); found != 0 || err != nil {
		t.Errorf("after making the file anew %d pieces are found, %v", found, err)
	}
}

// A copy that another program left in a freed page is found, and the file made anew; one that stands in a live row cannot
// be removed and is V-ERASE.
func TestErase_CopiesElsewhereInTheFile(t *testing.T) {
	for _, tt := range []struct {
		name, after string
		want        string
	}{
		{"in a freed page", "DROP TABLE attic", ""},
		{"in a live row", "SELECT 1", "V-ERASE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := mustDocket(t)
			e := mustEdit(t, d.dir)
			e.keep("PRAGMA secure_delete=OFF")
			e.keep("CREATE TABLE attic AS SELECT body FROM operation WHERE compartment=2")
			e.keep(tt.after)
			e.close()
			r := mustUnlock(t, d.dir, "A")
			done, err := r.Erase(background, d.cases[0].id, d.erase, nil)
			if fault.Code(err) != tt.want {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if done.Proven != (tt.want == "") || done.Lines != linesOfCase+linesOfSpecial+linesOfSealed {
				t.Errorf("erasure is %+v", done)
			}
			mustCheck(t, r)
			mustLock(t, r)
			if tt.want == "" {
				return
			}
			// Whoever has lost the proof can work all the same, and gets it once the copy is gone.
			r = mustUnlock(t, d.dir, "A")
			if again := r.Erasures(); len(again) != 1 || again[0].Proven {
				t.Errorf("erasures are %+v", again)
			}
			if _, err := r.Erase(background, d.cases[0].id, d.erase, nil); fault.Code(err) != "V-ERASE" {
				t.Errorf("erasing again: %v", err)
			}
			mustLock(t, r)
			e = mustEdit(t, d.dir)
			e.keep("DROP TABLE attic")
			e.close()
			r = mustUnlock(t, d.dir, "B") // who holds other rings
			if again := r.Erasures(); len(again) != 1 || !again[0].Proven {
				t.Errorf("erasures are %+v", again)
			}
		})
	}
}

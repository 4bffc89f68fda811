package register_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
)

// behindScene is a vault that was killed with rows behind: some objects have an old row, some none.
type behindScene struct {
	dir        string
	row, fresh uuid.UUID   // the object with a row, and one without
	lines      []int64     // seq of the lines after the note, in order: row, fresh, row
	whole      []uuid.UUID // all objects
}

func mustBehind(t *testing.T) *behindScene {
	t.Helper()
	s := &behindScene{dir: mustVault(t), row: uuid.New(), fresh: uuid.New()}
	r := mustUnlock(t, s.dir, "A")
	w := newWriter(t, r, domain.Case)
	caseID, other := uuid.New(), uuid.New()
	w.save(t, r, caseID, s.row, "person", "given_names", "Amina")
	w.save(t, r, caseID, other, "person", "given_names", "Samira")
	if err := r.StoreWaiting(background, domain.RingCase); err != nil {
		t.Fatal(err)
	}
	w.save(t, r, caseID, s.row, "person", "surname", "Haile")
	w.save(t, r, caseID, s.fresh, "person", "given_names", "Layla")
	w.save(t, r, caseID, s.row, "person", "birth_name", "Tesfay")
	for n := w.n - 2; n <= w.n; n++ {
		head, _ := r.Head(domain.Case, w.chain().Name(n))
		s.lines = append(s.lines, head.Seq)
	}
	s.whole = []uuid.UUID{s.row, s.fresh, other}
	mustKill(t, r)
	return s
}

// Around damage, what waits is shown where it can be told, nothing is shown of which only a part is left, and a salvaged vault
// shows the same and is behind in nothing.
func TestWaiting_AroundDamage(t *testing.T) {
	for name, test := range map[string]struct {
		damage func(*editor, *behindScene)
		code   string // of the damage; empty for none
		lost   func(*behindScene) []uuid.UUID
		fields int // of the object with a row
	}{
		"none": {func(*editor, *behindScene) {}, "", func(*behindScene) []uuid.UUID { return nil }, 3},
		"old row of an object": {func(e *editor, s *behindScene) {
			e.exec("UPDATE object SET body=zeroblob(length(body)) WHERE rowid=(SELECT min(rowid) FROM object)")
		}, "V-ROW", func(s *behindScene) []uuid.UUID { return []uuid.UUID{s.row} }, 0},
		"old row is gone": {func(e *editor, s *behindScene) {
			e.exec("DELETE FROM object WHERE rowid=(SELECT min(rowid) FROM object)")
		}, "V-ROOT", func(s *behindScene) []uuid.UUID { return []uuid.UUID{s.row} }, 0},
		"line that waits": {func(e *editor, s *behindScene) {
			e.exec("UPDATE operation SET body=zeroblob(length(body)) WHERE seq=?", s.lines[0])
		}, "V-ROW", func(*behindScene) []uuid.UUID { return nil }, 2},
		"only line of an object": {func(e *editor, s *behindScene) {
			e.exec("UPDATE operation SET body=zeroblob(length(body)) WHERE seq=?", s.lines[1])
		}, "V-ROW", func(s *behindScene) []uuid.UUID { return []uuid.UUID{s.fresh} }, 3},
		"note of what is stored": {func(e *editor, s *behindScene) {
			e.exec("UPDATE system_value SET value=zeroblob(length(value)) WHERE ring=? AND name=?", int64(domain.RingCase), register.SystemStored)
		}, "V-ROW", func(s *behindScene) []uuid.UUID { return []uuid.UUID{s.row, s.fresh} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustBehind(t)
			e := mustEdit(t, s.dir)
			test.damage(e, s)
			e.close()
			if r, err := unlock(t, s.dir, "A"); test.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				mustKill(t, r)
			} else if code := fault.Code(err); err == nil || code != test.code && code != "V-ROW" {
				t.Errorf("unlocking: %v", err)
			}
			r, damage, err := unlockReadOnly(t, s.dir, "A")
			if err != nil {
				t.Fatal(err)
			}
			if found := slices.ContainsFunc(damage, func(d register.Damage) bool { return d.Code == test.code }); found != (test.code != "") {
				t.Errorf("damage %+v", damage)
			}
			var want []uuid.UUID
			for _, id := range s.whole {
				if !slices.Contains(test.lost(s), id) {
					want = append(want, id)
				}
			}
			mustShow(t, r, s, want, test.fields)
			shown := states(t, r, domain.Case, register.Filter{})
			mustLock(t, r)
			to := filepath.Join(t.TempDir(), "new")
			if _, err := register.SalvageBy(background, s.dir, to, "A", identityOf("A")); err != nil {
				t.Fatal(err)
			}
			r = mustUnlock(t, to, "A")
			if diff := cmp.Diff(shown, states(t, r, domain.Case, register.Filter{})); diff != "" {
				t.Error(diff)
			}
			if n := r.Waiting(domain.RingCase); n != 0 {
				t.Errorf("%d objects wait in the salvaged vault", n)
			}
			newWriter(t, r, domain.Case).save(t, r, uuid.New(), uuid.New(), "person", "given_names", "Noor")
			if _, err := r.Check(background); err != nil {
				t.Error(err)
			}
		})
	}
}

func mustShow(t *testing.T, r *register.Register, s *behindScene, want []uuid.UUID, fields int) {
	t.Helper()
	got := states(t, r, domain.Case, register.Filter{})
	if len(got) != len(want) {
		t.Errorf("%d objects are shown, want %d", len(got), len(want))
	}
	for _, id := range want {
		if got[id] == "" {
			t.Errorf("object is not shown")
		}
	}
	if object, err := r.Object(background, domain.Case, s.row); err != nil || object != nil && len(object.Fields) != fields || object == nil && fields > 0 {
		t.Errorf("%+v, %v, want %d fields", object, err, fields)
	}
}

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// mustOld makes a register of schema version 1 with some rows, and opens it.
func mustOld(t testing.TB) (dir string, e *SQLite) {
	t.Helper()
	ctx := context.Background()
	dir = t.TempDir()
	err := Create(ctx, dir, func(w Writer) error {
		err := w.PutHeader([]byte("header"), []byte("mac"), [32]byte{})
		for n := range int64(60) {
			err = errors.Join(err, w.Append(Operation{OperationHead: OperationHead{Seq: n + 1, Compartment: domain.Case, Row: [16]byte{1, byte(n)}, Head: []byte("head")}, Body: make([]byte, 900)}),
				w.PutObject(Object{Row: [16]byte{2, byte(n)}, Compartment: domain.Case, Head: []byte("head"), Body: make([]byte, 900)}))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if e, err = Open(ctx, dir); err == nil {
		_, err = e.conn.ExecContext(ctx, "DROP TABLE failed_try; PRAGMA user_version=1; VACUUM")
	}
	if err := errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, mustOpen(t, dir)
}

func mustOpen(t testing.TB, dir string) *SQLite {
	t.Helper()
	e, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func mustDigest(t testing.TB, e *SQLite) map[string]Digest {
	t.Helper()
	all, err := e.Digests(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// An upgrade that the disk or the caller stops leaves the old version as it was.
func TestUpgrade_AllOrNothing(t *testing.T) {
	ctx := context.Background()
	failure := errors.New("enough")
	for name, tt := range map[string]struct {
		before string
		fill   func(Writer) error
		want   string
	}{
		"disk full at the table":   {"PRAGMA max_page_count=1", func(Writer) error { return nil }, "V-SPACE"},
		"disk full at the content": {"PRAGMA max_page_count=%d", func(w Writer) error { return w.PutChunk(Chunk{Body: make([]byte, 1<<20), Compartment: domain.Case}) }, "V-SPACE"},
		"caller gives up":          {"", func(Writer) error { return failure }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, e := mustOld(t)
			before := mustDigest(t, e)
			if _, ok := before["failed_try"]; ok {
				t.Error("the old version has the new table")
			}
			if tt.before != "" {
				var pages int
				if err := e.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
					t.Fatal(err)
				}
				statement := tt.before
				if name == "disk full at the content" {
					statement = fmt.Sprintf(tt.before, pages+20)
				}
				if _, err := e.conn.ExecContext(ctx, statement); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Upgrade(ctx, tt.fill); err == nil || fault.Code(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if e.Version() != 1 {
				t.Errorf("version is %d", e.Version())
			}
			if diff := cmp.Diff(before, mustDigest(t, e)); diff != "" {
				t.Errorf("changed:\n%s", diff)
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			again := mustOpen(t, dir)
			if again.Version() != 1 {
				t.Errorf("version in the file is %d", again.Version())
			}
			if err := again.Upgrade(ctx, func(Writer) error { return nil }); err != nil || again.Version() != SchemaVersion {
				t.Errorf("second try: version %d, %v", again.Version(), err)
			}
		})
	}
}

// The tries of a slot are counted in the new version only.
func TestTries(t *testing.T) {
	ctx := context.Background()
	dir, e := mustOld(t)
	slot := [8]byte{1, 2, 3}
	if err := e.SetTries(ctx, slot, 3); err != nil {
		t.Fatal(err)
	}
	if tries, err := e.Tries(ctx); err != nil || len(tries) != 0 {
		t.Errorf("old version: %v, %v", tries, err)
	}
	if err := e.Upgrade(ctx, func(Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.SetTries(ctx, slot, 3), e.SetTries(ctx, slot, 4), e.SetTries(ctx, [8]byte{9}, 1), e.SetTries(ctx, [8]byte{9}, 0)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if tries, err := mustOpen(t, dir).Tries(ctx); err != nil || !cmp.Equal(tries, map[[8]byte]int{slot: 4}) {
		t.Errorf("after opening again: %v, %v", tries, err)
	}
}

// A copy that is put back is the register, although the one that goes had changes in its log; the engine works on.
func TestPutBack(t *testing.T) {
	ctx := context.Background()
	dir, e := mustOld(t)
	before := mustDigest(t, e)
	snapshot := filepath.Join(dir, "snapshot.db")
	if err := errors.Join(e.Copy(ctx, snapshot), e.Upgrade(ctx, func(w Writer) error { return w.DropObject([16]byte{2, 5}) })); err != nil {
		t.Fatal(err)
	}
	if err := e.PutBack(ctx, snapshot); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, mustDigest(t, e)); diff != "" || e.Version() != 1 {
		t.Errorf("version %d, differs:\n%s", e.Version(), diff)
	}
	if _, err := Open(ctx, dir); fault.Code(err) != "V-BUSY" {
		t.Errorf("the lock is lost: %v", err)
	}
	if err := e.Upgrade(ctx, func(Writer) error { return nil }); err != nil {
		t.Error(err)
	}
}

// Whoever opens a register finishes an exchange that a power cut stopped after the copy had its name; the log of the old
// file is not read into the new one.
func TestPutBack_FinishedByTheNextOpening(t *testing.T) {
	ctx := context.Background()
	dir, e := mustOld(t)
	before := mustDigest(t, e)
	path := filepath.Join(dir, FileName)
	if err := e.Copy(ctx, path+putBackSuffix); err != nil {
		t.Fatal(err)
	}
	if err := e.Upgrade(ctx, func(w Writer) error { return w.DropObject([16]byte{2, 5}) }); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	log, problem := os.ReadFile(path + "-wal")
	if err := errors.Join(err, problem, e.Close()); err != nil || len(log) == 0 {
		t.Fatal(err, len(log))
	}
	if err := errors.Join(os.WriteFile(path, file, 0o600), os.WriteFile(path+"-wal", log, 0o600)); err != nil {
		t.Fatal(err)
	}
	e = mustOpen(t, dir)
	if diff := cmp.Diff(before, mustDigest(t, e)); diff != "" || e.Version() != 1 {
		t.Errorf("version %d, differs:\n%s", e.Version(), diff)
	}
	if _, err := os.Stat(path + putBackSuffix); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("copy is left: %v", err)
	}
}

// Around a spoilt leaf every other row is read; what the index still knows is counted as lost, and nothing is written.
func TestReadAround(t *testing.T) {
	ctx := context.Background()
	dir, e := mustOld(t)
	var spoilt int64
	// The page that object 30 lies on is found in the file by what stands in the body.
	if err := e.Update(ctx, func(w Writer) error {
		return w.PutObject(Object{Row: [16]byte{2, 30}, Compartment: domain.Case, Head: []byte("head"), Body: append([]byte("spoil this page"), make([]byte, 700)...)})
	}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Finalise(ctx), e.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range file {
		if string(file[at:min(at+15, len(file))]) == "spoil this page" {
			spoilt = int64(at) / 4096
		}
	}
	clear(file[spoilt*4096 : (spoilt+1)*4096])
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	around, err := OpenAround(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer around.Close()
	lost := around.Lost()["object"]
	if lost < 1 || lost > 5 || len(around.Lost()) != 1 {
		t.Errorf("lost %v", around.Lost())
	}
	err = around.View(ctx, func(r Reader) error {
		objects, operations, paged := 0, 0, 0
		for object, err := range r.Objects() {
			if err != nil {
				return err
			}
			if _, err := r.Object(object.Row); err != nil {
				t.Errorf("object %x: %v", object.Row, err)
			}
			objects++
		}
		for position := int64(0); ; {
			n := 0
			for object, err := range r.ObjectsFrom(domain.Case, position, 7) {
				if err != nil {
					return err
				}
				position = object.Position
				n++
			}
			if paged += n; n == 0 {
				break
			}
		}
		for _, err := range r.Operations(0) {
			if err != nil {
				return err
			}
			operations++
		}
		if objects != 60-lost || paged != objects || operations != 60 {
			t.Errorf("%d objects, %d by pages, %d operations, %d lost", objects, paged, operations, lost)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := around.Update(ctx, func(Writer) error { return nil }); fault.Code(err) != "V-SALVAGE" {
		t.Errorf("update: %v", err)
	}
	if err := around.Finalise(ctx); fault.Code(err) != "V-SALVAGE" {
		t.Errorf("finalise: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(file) {
		t.Errorf("file changed, %v", err)
	}
}

package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // the store of these tests: real files
	"gocloud.dev/blob/memblob"

	"feltbok/internal/fault"
	"feltbok/sync/exchange/route"
)

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), "file://"+filepath.ToSlash(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore_CarriesBothWays(t *testing.T) {
	laptop, share, office := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, laptop, "a.feltbok", "sealed A")
	write(t, laptop, "b.feltbok", strings.Repeat("B", 3<<20))
	write(t, share, "notes.txt", "no package")
	ctx, s := t.Context(), open(t, share)
	if done, err := route.Carry(ctx, laptop, s); err != nil || done.Taken != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	if done, err := route.Carry(ctx, laptop, s); err != nil || done.Taken != 0 {
		t.Fatalf("again: %+v, %v", done, err)
	}
	for round, want := range []int{2, 0} {
		if done, err := route.Collect(ctx, s, office); err != nil || done.Taken != want {
			t.Fatalf("round %d: %+v, %v", round, done, err)
		}
	}
	for _, name := range []string{"a.feltbok", "b.feltbok"} {
		sent, _ := os.ReadFile(filepath.Join(laptop, name))
		got, err := os.ReadFile(filepath.Join(office, name))
		if err != nil || string(got) != string(sent) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(sent), err)
		}
	}
}

func TestStore_ChangedBytesAreNotTaken(t *testing.T) {
	laptop, share, office := t.TempDir(), t.TempDir(), t.TempDir()
	s := open(t, share)
	if err := s.Put(t.Context(), write(t, laptop, "a.feltbok", "sealed A")); err != nil {
		t.Fatal(err)
	}
	write(t, share, "a.feltbok", "sealed X")
	if _, err := s.Fetch(t.Context(), "a.feltbok", office); fault.Code(err) != "E-HASH" {
		t.Error(err)
	}
	if left, _ := os.ReadDir(office); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A package that somebody else put there without the hash is taken: it proves itself when it is imported.
func TestStore_TakesWhatOthersPutThere(t *testing.T) {
	share, office := t.TempDir(), t.TempDir()
	write(t, share, "a.feltbok", "sealed A")
	if path, err := open(t, share).Fetch(t.Context(), "a.feltbok", office); err != nil || filepath.Dir(path) != office {
		t.Error(path, err)
	}
}

func TestStore_StoppedPutLeavesNothing(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	s := &Store{name: "mem://", bucket: bucket}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, write(t, t.TempDir(), "a.feltbok", strings.Repeat("A", 1<<20))); err == nil {
		t.Error("a stopped put succeeded")
	}
	if there, err := bucket.Exists(context.Background(), "a.feltbok"); err != nil || there {
		t.Error("a part is offered", err)
	}
}

func TestOpen_RefusesSecretsAndNonsense(t *testing.T) {
	for _, address := range []string{"", "no scheme", "file://user:word@host/x", "gopher://x"} {
		if _, err := Open(t.Context(), address); fault.Code(err) != "E-FILE" {
			t.Errorf("%q: %v", address, err)
		} else if strings.Contains(err.Error(), "word") {
			t.Errorf("the secret stands in the error: %v", err)
		}
	}
}

func TestStore_HostileNames(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	s := &Store{name: "mem://", bucket: bucket}
	defer s.Close()
	for _, name := range []string{"../../x.feltbok", "dir/y.feltbok", ".hidden.feltbok", "z.exe", "good.feltbok"} {
		if err := bucket.WriteAll(t.Context(), name, []byte("sealed"), &blob.WriterOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.List(t.Context())
	if err != nil || len(found) != 1 || found[0].Name != "good.feltbok" {
		t.Errorf("%v, %v", found, err)
	}
	office := t.TempDir()
	if _, err := s.Fetch(t.Context(), "../../x.feltbok", office); fault.Code(err) != "E-FILE" {
		t.Error(err)
	}
	if _, err := s.Fetch(t.Context(), "gone.feltbok", office); fault.Code(err) != "E-FILE" || errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

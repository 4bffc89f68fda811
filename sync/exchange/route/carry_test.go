package route

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
)

func fill(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("sealed "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCarry_BringsWhatIsMissingAndNothingElse(t *testing.T) {
	laptop, stick, office := t.TempDir(), t.TempDir(), t.TempDir()
	fill(t, laptop, "a.feltbok", "b.feltbok", "c.feltbok.part", "notes.txt", ".hidden.feltbok")
	fill(t, stick, "b.feltbok", "z.feltbok")
	ctx := t.Context()
	for round, want := range []Carried{{Taken: 1}, {}} { // again: nothing
		got, err := Carry(ctx, laptop, Folder{stick})
		if err != nil || got.Taken != want.Taken {
			t.Fatalf("round %d: %+v, %v", round, got, err)
		}
	}
	if got, err := Collect(ctx, Folder{stick}, office); err != nil || got.Taken != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if content(t, filepath.Join(office, "a.feltbok")) != "sealed a.feltbok" {
		t.Error("another content arrived")
	}
	if _, err := os.Stat(filepath.Join(office, "notes.txt")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something else was carried")
	}
}

// A package that fails does not keep the others (pains.md row 11).
func TestCarry_OneFailureKeepsNoOther(t *testing.T) {
	laptop, stick := t.TempDir(), t.TempDir()
	fill(t, laptop, "a.feltbok", "b.feltbok", "c.feltbok")
	if err := os.Mkdir(filepath.Join(stick, "b.feltbok.part"), 0o700); err != nil { // nobody can write there
		t.Fatal(err)
	}
	got, err := Carry(t.Context(), laptop, Folder{stick})
	if err == nil || got.Taken != 2 || !cmp.Equal(got.Failed, []string{"b.feltbok"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCheckName_NoPlaceOfItsOwn(t *testing.T) {
	for _, name := range []string{"../x.feltbok", "/x.feltbok", `a\x.feltbok`, "c:x.feltbok", "..", "", ".x.feltbok", "x.txt", "a/b.feltbok"} {
		if fault.Code(CheckName(name)) != "E-FILE" {
			t.Errorf("%q is taken", name)
		}
		if _, err := (Folder{t.TempDir()}).Fetch(t.Context(), name, t.TempDir()); err == nil {
			t.Errorf("%q is fetched", name)
		}
	}
	if err := CheckName("0J3.feltbok"); err != nil {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	for err, want := range map[error]string{
		&fs.PathError{Op: "write", Err: syscall.ENOSPC}:                "E-FULL",
		fmt.Errorf("flush: %w", syscall.EDQUOT):                        "E-FULL",
		&fs.PathError{Op: "open", Err: syscall.EROFS}:                  "E-PROTECTED",
		&fs.PathError{Op: "open", Err: syscall.EACCES}:                 "E-PROTECTED",
		&fs.PathError{Op: "open", Err: syscall.ENOENT}:                 "E-PULLED",
		&fs.PathError{Op: "write", Err: syscall.EIO}:                   "E-PULLED",
		errors.New("something else"):                                   "E-FILE",
		fault.New("E-HASH", "x", errors.New("as it is")):               "E-HASH",
		errors.Join(errors.New("first"), syscall.Errno(syscall.ENXIO)): "E-PULLED",
	} {
		if got := Explain("/media/stick", err); fault.Code(got) != want {
			t.Errorf("%v: %v, want %s", err, got, want)
		}
	}
	if err := Explain("x", nil); err != nil {
		t.Error(err)
	}
}

func TestFolder_PulledStick(t *testing.T) {
	laptop, stick := t.TempDir(), filepath.Join(t.TempDir(), "stick")
	fill(t, laptop, "a.feltbok")
	if err := (Folder{stick}).Put(t.Context(), filepath.Join(laptop, "a.feltbok")); fault.Code(err) != "E-PULLED" {
		t.Error(err)
	}
	if _, err := (Folder{stick}).List(t.Context()); fault.Code(err) != "E-PULLED" {
		t.Error(err)
	}
}

// scripted is a route whose looks are given.
type scripted struct {
	Folder
	looks []func() ([]Found, error)
	done  func()
}

func (s *scripted) List(context.Context) ([]Found, error) {
	if len(s.looks) == 0 {
		s.done()
		return nil, context.Canceled
	}
	look := s.looks[0]
	s.looks = s.looks[1:]
	return look()
}

func TestWatch(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	found := func(sizes map[string]int64) func() ([]Found, error) {
		return func() (all []Found, err error) {
			for _, name := range []string{"a", "b", "c"} {
				if size, ok := sizes[name]; ok {
					all = append(all, Found{Name: name, Size: size, Modified: at})
				}
			}
			return all, nil
		}
	}
	gone := func() ([]Found, error) { return nil, fault.New("E-PULLED", "stick", nil) }
	ctx, cancel := context.WithCancel(t.Context())
	route := &scripted{done: cancel, looks: []func() ([]Found, error){
		found(map[string]int64{"a": 1}),
		found(map[string]int64{"a": 1}),         // nothing new: not told
		found(map[string]int64{"a": 1, "b": 1}), // b is being copied
		found(map[string]int64{"a": 1, "b": 9}),
		found(map[string]int64{"a": 1, "b": 9}), // now it is whole
		gone, gone,                              // told once
		found(map[string]int64{"b": 9}),
		found(map[string]int64{"b": 9}),
		found(map[string]int64{}),
	}}
	var told []string
	Watch(ctx, route, time.Millisecond, func(all []Found, err error) {
		text := fault.Code(err)
		for _, f := range all {
			text += fmt.Sprint(f.Name, f.Size, " ")
		}
		told = append(told, text)
	})
	if diff := cmp.Diff([]string{"a1 ", "a1 b9 ", "E-PULLED", "b9 ", ""}, told); diff != "" {
		t.Error(diff)
	}
}

package route

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

// What another program is still copying is not offered, and what was offered stays until it is gone.
func TestSettled(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	a, b, whole := Found{Name: "a", Size: 1, Modified: at}, Found{Name: "b", Size: 1, Modified: at}, Found{Name: "b", Size: 9, Modified: at}
	later := b
	later.Modified = at.Add(time.Second)
	for name, test := range map[string]struct{ before, now, want []Found }{
		"nothing":                 {},
		"just come":               {nil, []Found{a}, []Found{}},
		"twice alike":             {[]Found{a}, []Found{a}, []Found{a}},
		"one grows":               {[]Found{a, b}, []Found{a, whole}, []Found{a}},
		"one is written in place": {[]Found{a, b}, []Found{a, later}, []Found{a}},
		"gone":                    {[]Found{a, b}, []Found{a}, []Found{a}},
	} {
		if diff := cmp.Diff(test.want, Settled(test.before, test.now), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

package arch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/arch"
)

func TestProject_ObeysTheRules(t *testing.T) {
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	found, err := arch.Check(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range found {
		t.Error(finding)
	}
}

// TestCheck_BadTree runs the checker on a small tree where each file breaks one rule, beside files that break none.
func TestCheck_BadTree(t *testing.T) {
	found, err := arch.Check(os.DirFS(filepath.Join("testdata", "bad")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, finding := range found {
		got = append(got, finding.String())
	}
	want := []string{
		"app/today/day.go:4: imports feltbok/internal/store; screens know no keys",
		"app/today/day.go:5: imports crypto/sha256; screens know no keys",
		"app/today/window.go:3: imports fyne.io/fyne/v2/app; only cmd/feltbok starts",
		"internal/clock: no file has a package comment",
		"internal/clock/clock.go:3: internal/clock imports internal/domain, which does not stand below it",
		"internal/domain/noise.go:5: imports log; nothing below the programs",
		"internal/domain/noise.go:10: uses fmt.Println; only the programs",
		"internal/domain/noise.go:11: uses os.Stderr; only the programs",
		"internal/domain/noise.go:12: calls println; only the programs",
		"internal/domain/window.go:3: imports fyne.io/fyne/v2; Fyne belongs in app/",
		"internal/domain/window_test.go:3: imports fyne.io/fyne/v2; Fyne belongs in app/",
		"internal/helpers: the package stands on no line",
		"internal/helpers/h.go: the package name \"helpers\" says nothing",
		"internal/match/match.go:4: internal/match imports internal/codelist, which does not stand below it",
		"internal/oplog/long.go: has 602 lines",
		"sync/trust/types/t.go: the package name \"types\" says nothing",
	}
	if len(got) != len(want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("finding %d: %s", i, cmp.Diff(want[i], got[i]))
		}
	}
}

func TestCheck_BrokenSourceIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "app"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "app", "x.go"), []byte("package"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := arch.Check(os.DirFS(dir)); err == nil || found != nil {
		t.Errorf("got %v, %v; want an error alone", found, err)
	}
}

package workspace

import (
	"os"
	"path/filepath"
	"testing"
)

// A killed import leaves a copy in inbox/, which the next unlock takes away; what is held for somebody stays.
func TestDropUnfinished_LeavesWhatIsHeld(t *testing.T) {
	dir := t.TempDir()
	left, held := filepath.Join(dir, "inbox", "a.feltbok"), filepath.Join(dir, "held", "b.feltbok")
	for _, path := range []string{left, left + ".part", held} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("sealed"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dropUnfinished(dir)
	for path, want := range map[string]bool{left: false, left + ".part": false, held: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
}

package bundle

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// An export that was killed may leave a part beside the file that it was to make; the next one to the same name begins anew.
func TestSpool_BeginsAnewAfterAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.feltbok.case.part")
	if err := os.WriteFile(path, []byte("left behind"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := newSpool(path, spoolMemory)
	defer kept.drop()
	want := bytes.Repeat([]byte("sealed part "), spoolMemory/8)
	if _, err := kept.Write(want); err != nil {
		t.Fatal(err)
	}
	content, err := kept.content()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(content); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes come back as %d: %v", len(want), len(got), err)
	}
}

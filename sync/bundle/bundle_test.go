package bundle_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/sync/bundle"
)

func TestWriteVerify_RoundTrip(t *testing.T) {
	w := newWorld(t, 1, false)
	spec := w.field(12)
	var want [][]byte
	for line := range spec.Parts[0].Lines {
		want = append(want, line)
	}
	path, written := w.write(t, spec)
	v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	if err != nil {
		t.Fatal(err)
	}
	if v.ManifestHash != written.ManifestHash || v.FileHash != written.FileHash || v.Size != written.Size {
		t.Error("hashes or size differ between writer and reader")
	}
	if diff := cmp.Diff(written.Manifest, v.Manifest); diff != "" {
		t.Errorf("manifest (-written +read):\n%s", diff)
	}
	if v.Device.ID != w.a.id || v.User.ID != w.a.userID {
		t.Errorf("sender %v %v", v.Device, v.User)
	}
	part, ok := v.Part(domain.Case)
	if !ok || !part.Openable || part.Fault != nil {
		t.Fatalf("part: %+v", part)
	}
	var got [][]byte
	for line, err := range v.Lines(t.Context(), domain.Case) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Line == nil || line.Position.N != uint64(len(got)+1) || line.Position.Device != w.a.id {
			t.Fatalf("position %v", line.Position)
		}
		got = append(got, line.Bytes)
	}
	if !slices.EqualFunc(got, want, func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Error("lines differ")
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files beside the bundle: %v %v", left, err)
	}
}

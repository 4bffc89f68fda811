package trust_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"feltbok/sync/trust"
)

// seeds adds the committed files of a folder and fails when there is none, so that a fuzz target never runs empty.
func seeds(f *testing.F, pattern string, add func([]byte)) {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "golden", pattern))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds for %s: %v", pattern, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		add(content)
	}
}

// FuzzVerify: whatever is accepted was signed by its key, and any change of it is refused.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, 1, false)
	message := []byte("text")
	seeds(f, "*.sig1", func(b []byte) { f.Add(b) })
	f.Add(must(trust.Sign(w.device.key, w.device.cert, trust.NamespaceBundle, message)))
	f.Add(must(trust.Sign(w.device.key, nil, trust.NamespaceBundle, message)))
	f.Fuzz(func(t *testing.T, armored []byte) {
		signer, err := trust.Verify(armored, message, trust.NamespaceBundle)
		if err != nil {
			if signer != nil {
				t.Error("a key came back with an error")
			}
			return
		}
		if _, err := trust.Verify(append(armored, '\n'), message, trust.NamespaceBundle); err == nil {
			t.Error("two spellings of one signature")
		}
	})
}

// FuzzDocuments: a document that decodes is written back to the same bytes.
func FuzzDocuments(f *testing.F) {
	w := newWorld(f, 1, false)
	seeds(f, "*.json", func(b []byte) { f.Add(b) })
	for _, doc := range w.trust.Documents() {
		f.Add(doc.Bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		decoded := false
		for _, into := range []any{&trust.Root{}, &trust.Directory{}, &trust.Mission{}, &trust.Receipt{}, &trust.Request{}, &trust.Grant{}} {
			if err := trust.DecodeStrict(b, into); err != nil {
				continue
			}
			again, err := trust.EncodeStrict(into)
			if err != nil || !bytes.Equal(again, b) {
				t.Errorf("%T has a second spelling: %v", into, err)
			}
			decoded = true
		}
		if !decoded {
			return
		}
		for _, name := range []string{trust.NameRoot, trust.NameDirectory, trust.MissionFile(w.mission)} {
			if next, refused := w.trust.Accept(now, trust.Document{Name: name, Bytes: b}); len(refused) == 0 || next.Root().Version != 1 {
				t.Error("a document without signature was taken")
			}
		}
	})
}

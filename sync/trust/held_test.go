package trust_test

import (
	"bytes"
	"slices"
	"testing"

	"feltbok/sync/trust"
)

// What is held is not proven again, and that opens no door: the same text with another signature, or under another name, is
// judged like any document, and what was held under an older directory or root is judged anew.
func TestAccept_HeldDocuments(t *testing.T) {
	w := newWorld(t, 1, false)
	same, refused := w.trust.Accept(now, w.trust.Documents()...)
	if len(refused) > 0 || same != w.trust {
		t.Errorf("its own documents change a state: %v", refused)
	}
	for _, doc := range []trust.Document{w.rootDoc, w.directoryDoc, w.missionDoc} {
		spoiled := doc
		spoiled.Signatures = [][]byte{bytes.Replace(doc.Signatures[0], []byte("A"), []byte("B"), 1)}
		twice := doc
		twice.Signatures = slices.Repeat(doc.Signatures, trust.MaxSignatures+1)
		none := doc
		none.Signatures = nil
		for what, bad := range map[string]trust.Document{"a spoiled signature": spoiled, "too many signatures": twice, "no signature": none} {
			after, refused := w.trust.Accept(now, bad)
			wantCode(t, one(t, refused), "E-DOC")
			if after != w.trust {
				t.Errorf("%s with %s changed the state", doc.Name, what)
			}
		}
	}
	renamed := w.missionDoc
	renamed.Name = trust.MissionFile(w.register)
	if _, refused := w.trust.Accept(now, renamed); len(refused) != 1 {
		t.Errorf("a held mission under the name of another one: %v", refused)
	}

	// A directory without the roster key that signed the mission: it must go, though it is held and comes again beside it.
	next := w.directory
	next.Version++
	next.RosterKeys = slices.Clone(next.RosterKeys)
	for i := range next.RosterKeys {
		next.RosterKeys[i].Key = publicText(w.private())
	}
	after, refused := w.trust.Accept(now, w.missionDoc, must(w.keys.SignDirectory(next)), w.missionDoc)
	if _, there := after.Mission(w.mission); there || len(refused) == 0 {
		t.Errorf("a mission outlives the roster key that signed it: %v", refused)
	}
}

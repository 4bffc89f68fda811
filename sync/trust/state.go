package trust

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/fault"
)

// Documents returns all documents of the state, in the order in which another machine can accept them: the roots
// ("root-<version>.json" for those that have a successor), the directory, the missions by id.
func (t *Trust) Documents() []Document {
	var docs []Document
	for i, root := range t.roots {
		doc := root.document
		doc.Name = NameRoot
		if i < len(t.roots)-1 {
			doc.Name = fmt.Sprintf("root-%d.json", root.value.Version)
		}
		docs = append(docs, doc)
	}
	if t.directory.value != nil {
		docs = append(docs, t.directory.document)
	}
	for _, mission := range t.Missions() {
		docs = append(docs, t.missions[mission.ID].document)
	}
	return docs
}

// DocumentsFor returns what the members of one mission are sent: as [Trust.Documents], with that mission only.
func (t *Trust) DocumentsFor(mission uuid.UUID) []Document {
	return slices.DeleteFunc(t.Documents(), func(doc Document) bool {
		id := missionOfName(doc.Name)
		return id != uuid.Nil && id != mission
	})
}

// Encode writes the state for keeping (system value 13, security.md 3.2).
func (t *Trust) Encode() ([]byte, error) {
	var docs []storedDocument
	for _, doc := range t.Documents() {
		docs = append(docs, storedDocument(doc))
	}
	return EncodeStrict(docs)
}

// storedDocument is a document inside system value 13; bytes are base64.
type storedDocument struct {
	Name       string   `json:"name"`
	Bytes      []byte   `json:"bytes"`
	Signatures [][]byte `json:"signatures"`
}

// Decode reads what [Trust.Encode] wrote, and proves every document anew. The fault is E-DOC.
func Decode(b []byte) (*Trust, error) {
	var stored []storedDocument
	if err := DecodeStrict(b, &stored); err != nil {
		return nil, fault.New("E-DOC", "", err)
	}
	docs := make([]Document, len(stored))
	for i, doc := range stored {
		docs[i] = Document(doc)
	}
	t, refused, err := Gather(docs...)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return nil, refused[0]
	}
	return t, nil
}

// Warning says something about the state that people should act on.
type Warning struct {
	Kind     string    // "expired", "single-root", "single-roster"
	Document string    // name of the document
	Since    time.Time // of "expired": when
}

// Warnings lists expired documents, and the quick-start settings that one lost or stolen key breaks (security.md 8.1, 8.2).
func (t *Trust) Warnings(now time.Time) []Warning {
	var warnings []Warning
	expired := func(name string, expires time.Time) {
		if now.After(expires) {
			warnings = append(warnings, Warning{"expired", name, expires})
		}
	}
	root := t.Root()
	expired(NameRoot, root.Expires)
	if root.Threshold == 1 {
		warnings = append(warnings, Warning{Kind: "single-root", Document: NameRoot})
	}
	if directory := t.directory.value; directory != nil {
		expired(NameDirectory, directory.Expires)
		if directory.MissionThreshold == 1 {
			warnings = append(warnings, Warning{Kind: "single-roster", Document: NameDirectory})
		}
	}
	for _, mission := range t.Missions() {
		expired(MissionFile(mission.ID), mission.Expires)
	}
	return warnings
}

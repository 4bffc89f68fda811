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

// Kinds of warnings. Each has a sentence under "trust.warning." in assets/i18n.
const (
	WarnExpired      = "expired"       // a document has run out
	WarnExpiresSoon  = "expires-soon"  // a document runs out within [Trust.Warnings]' notice
	WarnSingleRoot   = "single-root"   // one key alone can change the root: one loss or theft breaks the installation
	WarnSingleRoster = "single-roster" // one person alone can enrol a reader of content
)

// Warning says something about the state that people should act on.
type Warning struct {
	Kind     string    // one of the kinds above
	Document string    // name of the document
	Since    time.Time // of "expired" and "expires-soon": when; else zero
}

// Weaknesses lists the quick-start settings that one lost, stolen or misused key breaks (security.md 8.1, 8.2). Every screen
// and command that shows trust shows them too.
func (t *Trust) Weaknesses() []Warning {
	var weak []Warning
	if t.Root().Threshold == 1 {
		weak = append(weak, Warning{Kind: WarnSingleRoot, Document: NameRoot})
	}
	if directory := t.directory.value; directory != nil && directory.MissionThreshold == 1 {
		weak = append(weak, Warning{Kind: WarnSingleRoster, Document: NameDirectory})
	}
	return weak
}

// How long before its end a document is worth a warning. A directory lasts sixty days, a root three years and needs people
// from several places to be renewed.
const (
	rootNotice      = 90 * 24 * time.Hour
	directoryNotice = 14 * 24 * time.Hour
)

// Warnings lists documents that have run out or soon will, and the weaknesses.
func (t *Trust) Warnings(now time.Time) []Warning {
	var warnings []Warning
	watch := func(name string, expires time.Time, notice time.Duration) {
		switch {
		case now.After(expires):
			warnings = append(warnings, Warning{WarnExpired, name, expires})
		case now.After(expires.Add(-notice)):
			warnings = append(warnings, Warning{WarnExpiresSoon, name, expires})
		}
	}
	watch(NameRoot, t.Root().Expires, rootNotice)
	if directory := t.directory.value; directory != nil {
		watch(NameDirectory, directory.Expires, directoryNotice)
	}
	for _, mission := range t.Missions() {
		watch(MissionFile(mission.ID), mission.Expires, 0)
	}
	return append(warnings, t.Weaknesses()...)
}

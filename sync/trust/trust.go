package trust

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/fault"
)

// held is a document together with its parsed content.
type held[T any] struct {
	document Document
	value    *T
}

// is reports whether a document is the one held, with its name and every signature. What one state has proven of it then holds
// for the next state too, as long as what it was proven against is the same.
func (h held[T]) is(doc Document) bool {
	return h.value != nil && h.document.Name == doc.Name && bytes.Equal(h.document.Bytes, doc.Bytes) &&
		slices.EqualFunc(h.document.Signatures, doc.Signatures, bytes.Equal)
}

// Trust is the state of what a machine believes: the chain of roots, the newest directory and the newest directory of
// each mission. It is immutable and safe for concurrent use.
type Trust struct {
	roots       []held[Root] // ascending versions without gap; the last one counts
	directory   held[Directory]
	missions    map[uuid.UUID]held[Mission]
	authorities [][]byte // wire form of the directory's certificate authorities
}

// Begin starts from a root, which proves only itself: the caller has compared its [Fingerprint] with the printed one.
// The fault is E-DOC.
func Begin(root Document) (*Trust, error) {
	value, err := parseRoot(root)
	if err != nil {
		return nil, documentFault(root.Name, err)
	}
	return &Trust{roots: []held[Root]{{root, value}}, missions: map[uuid.UUID]held[Mission]{}}, nil
}

// Gather begins with the lowest root among the documents and accepts the others. As with [Begin], the root proves only
// itself: the caller compares the [Fingerprint] of [Trust.FirstRoot]. The error is E-DOC: no root; refusals are those of
// [Trust.Accept].
func Gather(docs ...Document) (*Trust, []error, error) {
	var first held[Root]
	for _, doc := range docs {
		if _, ok := rootVersionName(doc.Name); !ok {
			continue
		}
		if value, err := parseRoot(doc); err == nil && (first.value == nil || value.Version < first.value.Version) {
			first = held[Root]{doc, value}
		}
	}
	if first.value == nil {
		return nil, nil, fault.Newf("E-DOC", NameRoot, "no root that proves itself")
	}
	t, err := Begin(first.document)
	if err != nil {
		return nil, nil, err
	}
	t, refused := t.Accept(time.Time{}, docs...)
	return t, refused, nil
}

// parseRoot checks a root on its own: form, and threshold signatures of its own keys.
func parseRoot(doc Document) (*Root, error) {
	var root Root
	if err := DecodeStrict(doc.Bytes, &root); err != nil {
		return nil, err
	}
	if err := root.check(); err != nil {
		return nil, err
	}
	if named, ok := rootVersionName(doc.Name); !ok || named != 0 && named != root.Version {
		return nil, errors.New("name does not fit the version")
	}
	signed, err := doc.signers(NamespaceRoot)
	if err != nil {
		return nil, err
	}
	if n := countListed(signed, root.Keys); n < root.Threshold {
		return nil, fmt.Errorf("%d of %d signatures by its own keys", n, root.Threshold)
	}
	return &root, nil
}

// Training tells the world that the root belongs to (security.md 6.10).
func (t *Trust) Training() bool { return t.Root().Training }

// Root returns the current root. It must not be changed.
func (t *Trust) Root() *Root { return t.roots[len(t.roots)-1].value }

// FirstRoot returns the root that trust began with, whose fingerprint people compare.
func (t *Trust) FirstRoot() Document { return t.roots[0].document }

// Directory returns the directory, or nil before the first one was accepted. It must not be changed.
func (t *Trust) Directory() *Directory { return t.directory.value }

// Mission returns the directory of a mission. It must not be changed.
func (t *Trust) Mission(id uuid.UUID) (*Mission, bool) {
	entry, ok := t.missions[id]
	return entry.value, ok
}

// Missions returns all mission directories, ordered by id. They must not be changed.
func (t *Trust) Missions() []*Mission {
	var all []*Mission
	for _, entry := range t.missions {
		all = append(all, entry.value)
	}
	slices.SortFunc(all, func(a, b *Mission) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return all
}

// Accept takes in documents that prove themselves and returns the new state, t itself when nothing is new; t stays as it is. Roots come before the
// directory and that before missions, whatever the order of docs. Each refused document gives one fault, E-DOC or E-WORLD,
// with its name; the others count all the same. A document already held is no error. Documents of other kinds (receipts,
// requests, grants) are passed over.
//
// A root steps from one version to the next with the signatures of both, and only when a directory signed under it is
// there, so that nobody is left without authorities. A directory may list other roster keys than before; missions that
// those did not sign are dropped together with their version, for a stolen roster key could have claimed a high one
// ([ErrOrphaned]). Expiry refuses nothing; see [Trust.Warnings].
//
// What t has proven is not proven again as long as the root, for a mission the directory, that it was proven against is the same:
// a mission of a hundred machines has a directory of some hundred kilobytes, and every file brings it along.
func (t *Trust) Accept(_ time.Time, docs ...Document) (*Trust, []error) {
	next := t.clone()
	var refused []error
	refuse := func(name string, err error) { refused = append(refused, documentFault(name, err)) }

	directories, missions := next.acceptRoots(docs, refuse)
	refusals := next.acceptDirectories(t, directories)
	// Every directory held was proven under the root of its state, so only a new root asks again.
	if next.Root() != t.Root() && next.directory.value != nil && !next.directorySigned(next.directory.document, next.Root()) {
		// The step to a new root would leave no directory: stay with the old root and what it signed.
		refuse(NameRoot, errors.New("no directory is signed under the new root"))
		next = t.clone()
		refusals = next.acceptDirectories(t, directories)
	}
	for _, err := range refusals {
		refuse(NameDirectory, err)
	}
	for id, entry := range next.missions {
		if next.directory.value == t.directory.value {
			break // every mission held was proven under this very directory
		}
		if _, err := next.missionSigned(entry.document); err != nil {
			delete(next.missions, id)
		}
	}
	for _, doc := range missions {
		if next.missions[missionOfName(doc.Name)].is(doc) {
			continue // proven under this very directory, by t or just now
		}
		if err := next.acceptMission(doc); err != nil {
			refuse(doc.Name, err)
		}
	}
	for id, entry := range t.missions {
		if _, ok := next.missions[id]; !ok {
			refuse(entry.document.Name, ErrOrphaned)
		}
	}
	if next.same(t) {
		return t, refused
	}
	return next, refused
}

// same reports whether two states hold the same documents.
func (t *Trust) same(other *Trust) bool {
	return len(t.roots) == len(other.roots) && t.Root() == other.Root() &&
		(t.directory.value == nil && other.directory.value == nil || t.directory.value == other.directory.value && other.directory.is(t.directory.document)) &&
		maps.EqualFunc(t.missions, other.missions, func(a, b held[Mission]) bool { return a.value == b.value })
}

// acceptRoots walks the chain of roots and sorts out the other documents.
func (t *Trust) acceptRoots(docs []Document, refuse func(string, error)) (directories, missions []Document) {
	var roots []held[Root]
	for _, doc := range docs {
		switch _, isRoot := rootVersionName(doc.Name); {
		case isRoot && t.holdsRoot(doc):
		case isRoot:
			value, err := parseRoot(doc)
			if err != nil {
				refuse(doc.Name, err)
				continue
			}
			roots = append(roots, held[Root]{doc, value})
		case doc.Name == NameDirectory:
			directories = append(directories, doc)
		case missionOfName(doc.Name) != uuid.Nil:
			missions = append(missions, doc)
		}
	}
	slices.SortStableFunc(roots, func(a, b held[Root]) int { return cmp.Compare(a.value.Version, b.value.Version) })
	for _, root := range roots {
		if err := t.acceptRoot(root); err != nil {
			refuse(root.document.Name, err)
		}
	}
	return directories, missions
}

// holdsRoot reports whether a root is one of the chain, with its signatures and under either of the names it may have.
func (t *Trust) holdsRoot(doc Document) bool {
	named, _ := rootVersionName(doc.Name)
	return slices.ContainsFunc(t.roots, func(known held[Root]) bool {
		doc.Name = known.document.Name
		return (named == 0 || named == known.value.Version) && known.is(doc)
	})
}

func (t *Trust) acceptRoot(next held[Root]) error {
	if next.value.Training != t.Training() {
		return errWorld
	}
	for _, known := range t.roots {
		if known.value.Version == next.value.Version {
			return sameContent(known.document, next.document)
		}
	}
	current := t.Root()
	switch {
	case next.value.Version < current.Version:
		return ErrOlder
	case next.value.Version != current.Version+1:
		return fmt.Errorf("version %d does not follow %d", next.value.Version, current.Version)
	}
	signed, err := next.document.signers(NamespaceRoot)
	if err != nil {
		return err
	}
	if n := countListed(signed, current.Keys); n < current.Threshold {
		return fmt.Errorf("%d of %d signatures by the keys of the root before", n, current.Threshold)
	}
	t.roots = append(t.roots, next)
	return nil
}

func sameContent(have, got Document) error {
	if bytes.Equal(have.Bytes, got.Bytes) {
		return nil
	}
	return ErrOtherContent
}

func (t *Trust) directorySigned(doc Document, root *Root) bool {
	signed, err := doc.signers(NamespaceDirectory)
	return err == nil && countListed(signed, root.Keys) >= root.Threshold
}

func (t *Trust) acceptDirectory(doc Document) error {
	var directory Directory
	if err := DecodeStrict(doc.Bytes, &directory); err != nil {
		return err
	}
	if err := directory.check(t.Training()); err != nil {
		return err
	}
	if !t.directorySigned(doc, t.Root()) {
		return errors.New("not signed by enough root keys")
	}
	if have := t.directory; have.value != nil {
		switch {
		case directory.Register != have.value.Register:
			return errors.New("directory of another register")
		case directory.Version < have.value.Version:
			return ErrOlder
		case directory.Version == have.value.Version && bytes.Equal(doc.Bytes, have.document.Bytes):
			t.directory.document = doc // perhaps signed anew under a new root
			return nil
		case directory.Version == have.value.Version:
			return ErrOtherContent
		}
	}
	t.setDirectory(held[Directory]{doc, &directory})
	return nil
}

func (t *Trust) acceptDirectories(before *Trust, docs []Document) (refused []error) {
	for _, doc := range docs {
		if t.directory.is(doc) && t.Root() == before.Root() {
			continue // proven under this very root
		}
		if err := t.acceptDirectory(doc); err != nil {
			refused = append(refused, err)
		}
	}
	return refused
}

func (t *Trust) setDirectory(entry held[Directory]) {
	t.directory, t.authorities = entry, nil
	for _, text := range entry.value.CA {
		if key, err := parsePublic(text); err == nil { // checked with the directory
			t.authorities = append(t.authorities, key.Marshal())
		}
	}
}

// missionOfName returns the mission in a document's name, or the zero UUID.
func missionOfName(name string) uuid.UUID {
	body, ok := bytes.CutSuffix([]byte(name), []byte(".json"))
	if !ok {
		return uuid.Nil
	}
	id, _ := parseName("mission-", string(body))
	return id
}

// missionSigned checks form and signatures of a mission directory under the current directory.
func (t *Trust) missionSigned(doc Document) (*Mission, error) {
	if t.directory.value == nil {
		return nil, errors.New("no directory yet that lists roster keys")
	}
	var mission Mission
	if err := DecodeStrict(doc.Bytes, &mission); err != nil {
		return nil, err
	}
	if err := mission.check(t.Training()); err != nil {
		return nil, err
	}
	if doc.Name != MissionFile(mission.ID) {
		return nil, errors.New("name does not fit the mission")
	}
	signed, err := doc.signers(NamespaceDirectory)
	if err != nil {
		return nil, err
	}
	admin, content := t.rosterCount(signed)
	if threshold := t.directory.value.MissionThreshold; threshold == 1 && admin+content < 1 || threshold == 2 && (admin < 1 || content < 1) {
		return nil, fmt.Errorf("signed by %d admin and %d content keys, threshold %d", admin, content, threshold)
	}
	return &mission, nil
}

func (t *Trust) rosterCount(signed []ssh.PublicKey) (admin, content int) {
	for _, entry := range t.directory.value.RosterKeys {
		n := countListed(signed, []string{entry.Key})
		if entry.Kind == RosterAdmin {
			admin += n
		} else {
			content += n
		}
	}
	return admin, content
}

func (t *Trust) acceptMission(doc Document) error {
	mission, err := t.missionSigned(doc)
	if err != nil {
		return err
	}
	if have, ok := t.missions[mission.ID]; ok {
		switch {
		case mission.Version < have.value.Version:
			return ErrOlder
		case mission.Version == have.value.Version:
			return sameContent(have.document, doc)
		}
	}
	t.missions[mission.ID] = held[Mission]{doc, mission}
	return nil
}

func (t *Trust) clone() *Trust {
	next := &Trust{
		roots: slices.Clone(t.roots), directory: t.directory, authorities: t.authorities,
		missions: make(map[uuid.UUID]held[Mission], len(t.missions)+1),
	}
	for id, entry := range t.missions {
		next.missions[id] = entry
	}
	return next
}

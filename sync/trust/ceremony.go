package trust

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/fault"
)

// Groups of keys that must sign, in [Need.Who].
const (
	NeedOldRoot = "old-root" // keys of the root before
	NeedRoot    = "root"     // keys of the root itself, or of the one above a directory
	NeedRoster  = "roster"   // any roster key
	NeedAdmin   = RosterAdmin
	NeedContent = RosterContent
)

// Need is a group of keys of which so many must sign a document. A key counts once, however often it signed.
type Need struct {
	Who       string   `json:"who"`
	Threshold int      `json:"threshold"`
	Signed    []string `json:"signed"`  // keys that did, as they stand in documents
	Missing   []string `json:"missing"` // keys that did not
}

// Met reports whether enough of the group signed.
func (n Need) Met() bool { return len(n.Signed) >= n.Threshold }

// Signing says how far the signing of a document has come.
type Signing struct {
	Document string    `json:"document"`
	Version  uint64    `json:"version"`
	Expires  time.Time `json:"expires"`
	Needs    []Need    `json:"needs"`
}

// Complete reports whether all who must sign did.
func (s Signing) Complete() bool {
	return !slices.ContainsFunc(s.Needs, func(n Need) bool { return !n.Met() })
}

// drafts is a set of documents, signed or not, read without trust: roots in ascending order, then what they vouch for.
type drafts struct {
	roots     []held[Root]
	directory *held[Directory]
	missions  []held[Mission]
}

func readDrafts(docs []Document) (*drafts, error) {
	d := &drafts{}
	for _, doc := range docs {
		refuse := func(err error) error { return documentFault(doc.Name, err) }
		switch _, isRoot := rootVersionName(doc.Name); {
		case isRoot:
			root := new(Root)
			if err := cmp.Or(DecodeStrict(doc.Bytes, root), root.check()); err != nil {
				return nil, refuse(err)
			}
			d.roots = append(d.roots, held[Root]{doc, root})
		case doc.Name == NameDirectory:
			directory := new(Directory)
			if err := cmp.Or(DecodeStrict(doc.Bytes, directory), directory.check(directory.Training)); err != nil {
				return nil, refuse(err)
			}
			d.directory = &held[Directory]{doc, directory}
		case strings.HasPrefix(doc.Name, "mission-"):
			mission := new(Mission)
			if err := cmp.Or(DecodeStrict(doc.Bytes, mission), mission.check(mission.Training)); err != nil {
				return nil, refuse(err)
			}
			d.missions = append(d.missions, held[Mission]{doc, mission})
		}
	}
	if len(d.roots) == 0 {
		return nil, fault.Newf("T-STEP", NameRoot, "no root among the documents")
	}
	if d.directory == nil {
		return nil, fault.Newf("T-STEP", NameDirectory, "no directory among the documents")
	}
	slices.SortFunc(d.roots, func(a, b held[Root]) int { return cmp.Compare(a.value.Version, b.value.Version) })
	for i, root := range d.roots[1:] {
		if root.value.Version != d.roots[i].value.Version+1 {
			return nil, fault.Newf("T-STEP", root.document.Name, "version %d after %d", root.value.Version, d.roots[i].value.Version)
		}
	}
	return d, nil
}

// Signings says for each document of a set who must sign it and who did: a root by enough keys of its own and of the root
// before it, the directory by enough keys of the last root, a mission directory by roster keys of the directory. The set
// holds the last root and the directory that count, besides what is new. Nothing is trusted: whoever takes the documents in
// judges them by [Trust.Accept]. Faults: E-DOC for a document that is none, T-STEP when versions do not follow or something is
// missing, T-SIGNATURE for a signature that does not fit.
func Signings(docs []Document) ([]Signing, error) {
	d, err := readDrafts(docs)
	if err != nil {
		return nil, err
	}
	var all []Signing
	add := func(doc Document, version uint64, expires time.Time, needs ...Need) error {
		namespace := NamespaceDirectory
		if _, isRoot := rootVersionName(doc.Name); isRoot {
			namespace = NamespaceRoot
		}
		signed, err := signersOf(doc, namespace)
		if err != nil {
			return err
		}
		for i := range needs {
			needs[i].count(signed)
		}
		all = append(all, Signing{Document: doc.Name, Version: version, Expires: expires, Needs: needs})
		return nil
	}
	for i, root := range d.roots {
		needs := []Need{{Who: NeedRoot, Threshold: root.value.Threshold, Missing: root.value.Keys}}
		if i > 0 {
			before := d.roots[i-1].value
			needs = append([]Need{{Who: NeedOldRoot, Threshold: before.Threshold, Missing: before.Keys}}, needs...)
		}
		if err := add(root.document, root.value.Version, root.value.Expires, needs...); err != nil {
			return nil, err
		}
	}
	last, directory := d.roots[len(d.roots)-1].value, d.directory.value
	if err := add(d.directory.document, directory.Version, directory.Expires, Need{Who: NeedRoot, Threshold: last.Threshold, Missing: last.Keys}); err != nil {
		return nil, err
	}
	for _, mission := range d.missions {
		if err := add(mission.document, mission.value.Version, mission.value.Expires, directory.rosterNeeds()...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (d *Directory) rosterNeeds() []Need {
	var admin, content []string
	for _, entry := range d.RosterKeys {
		if entry.Kind == RosterAdmin {
			admin = append(admin, entry.Key)
		} else {
			content = append(content, entry.Key)
		}
	}
	if d.MissionThreshold == 1 {
		return []Need{{Who: NeedRoster, Threshold: 1, Missing: slices.Concat(admin, content)}}
	}
	return []Need{{Who: NeedAdmin, Threshold: 1, Missing: admin}, {Who: NeedContent, Threshold: 1, Missing: content}}
}

// count sorts the keys of the group into those that signed and those that did not.
func (n *Need) count(signed []ssh.PublicKey) {
	keys := n.Missing
	n.Signed, n.Missing = []string{}, []string{}
	for _, text := range keys {
		if countListed(signed, []string{text}) > 0 {
			n.Signed = append(n.Signed, text)
		} else {
			n.Missing = append(n.Missing, text)
		}
	}
}

// signersOf is [Document.signers] for a document that perhaps nobody has signed yet.
func signersOf(doc Document, namespace string) ([]ssh.PublicKey, error) {
	if len(doc.Signatures) == 0 {
		return nil, nil
	}
	signed, err := doc.signers(namespace)
	if err != nil {
		return nil, fault.New("T-SIGNATURE", doc.Name, err)
	}
	return signed, nil
}

// Countersign signs what still needs signatures with the keys held, and returns the set with them and the names of the
// documents that were signed. Faults: those of [Signings]; T-KEY when none of the keys is one that signs any of the documents,
// T-SIGNED when they all did or enough others did, T-PEOPLE when two people must sign a mission directory and both their keys
// are held here, T-EXPIRED for a root or directory that has run out; a mission's directory outlives the mission, so that
// somebody can be withdrawn from it even then.
func Countersign(docs []Document, keys *Keys, now time.Time) ([]Document, []string, error) {
	signings, err := Signings(docs)
	if err != nil {
		return nil, nil, err
	}
	settled := !slices.ContainsFunc(signings, func(s Signing) bool { return !s.Complete() })
	out, done, listed := slices.Clone(docs), []string{}, false
	for _, signing := range signings {
		i := slices.IndexFunc(out, func(d Document) bool { return d.Name == signing.Document })
		mine, known := signing.by(keys)
		listed = listed || known && (settled || !signing.Complete()) // what is settled asks nobody
		if len(mine) == 0 {
			continue
		}
		if now.After(signing.Expires) && missionOfName(signing.Document) == uuid.Nil {
			return nil, nil, fault.Newf("T-EXPIRED", signing.Document, "ran out %s", signing.Expires.Format(time.DateOnly))
		}
		if mine[NeedAdmin] != nil && mine[NeedContent] != nil {
			return nil, nil, fault.Newf("T-PEOPLE", signing.Document, "admin and content key in one hand")
		}
		var signers []ed25519.PrivateKey
		for _, key := range mine {
			if !slices.ContainsFunc(signers, func(other ed25519.PrivateKey) bool { return other.Equal(key) }) {
				signers = append(signers, key)
			}
		}
		if out[i], err = CoSign(out[i], signers...); err != nil {
			return nil, nil, err
		}
		done = append(done, signing.Document)
	}
	switch {
	case len(done) > 0:
		return out, done, nil
	case listed:
		return nil, nil, fault.New("T-SIGNED", "", nil)
	}
	return nil, nil, fault.New("T-KEY", "", nil)
}

// by finds the keys held that an unmet need still lacks, by the group they sign for; known is true when any key held is in
// any group.
func (s Signing) by(keys *Keys) (mine map[string]ed25519.PrivateKey, known bool) {
	mine = map[string]ed25519.PrivateKey{}
	for _, key := range []ed25519.PrivateKey{keys.Root, keys.Admin, keys.Content} {
		text, err := publicText(key)
		if err != nil {
			continue
		}
		for _, need := range s.Needs {
			known = known || slices.Contains(need.Signed, text) || slices.Contains(need.Missing, text)
			if !need.Met() && slices.Contains(need.Missing, text) {
				mine[need.Who] = key
			}
		}
	}
	return mine, known
}

// Gathered joins sets of the same documents that several people signed apart. Faults: T-OTHER when two of them differ in a
// document, T-SIGNATURE for a signature that does not fit.
func Gathered(sets ...[]Document) ([]Document, error) {
	var out []Document
	for _, set := range sets {
		for _, doc := range set {
			i := slices.IndexFunc(out, func(d Document) bool { return d.Name == doc.Name })
			if i < 0 {
				out = append(out, Document{Name: doc.Name, Bytes: doc.Bytes})
				i = len(out) - 1
			}
			if err := sameContent(out[i], doc); err != nil {
				return nil, fault.New("T-OTHER", doc.Name, err)
			}
			if err := out[i].join(doc.Signatures); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// join takes in signatures by keys that have not signed yet.
func (d *Document) join(signatures [][]byte) error {
	namespace := NamespaceDirectory
	if _, isRoot := rootVersionName(d.Name); isRoot {
		namespace = NamespaceRoot
	}
	have, err := signersOf(*d, namespace)
	if err != nil {
		return err
	}
	for _, signature := range signatures {
		key, err := Verify(signature, d.Bytes, namespace)
		if err != nil {
			return fault.New("T-SIGNATURE", d.Name, err)
		}
		if countListed(have, []string{PublicText(key)}) > 0 {
			continue
		}
		if len(d.Signatures) == MaxSignatures {
			return fault.Newf("T-SIGNATURE", d.Name, "more than %d signatures", MaxSignatures)
		}
		have, d.Signatures = append(have, key), append(d.Signatures, signature)
	}
	return nil
}

// Succeed puts new documents in the place of those that they follow; a root that has a successor stays, under the name with
// its version.
func Succeed(current []Document, next ...Document) []Document {
	out := slices.Clone(current)
	for _, doc := range next {
		i := slices.IndexFunc(out, func(d Document) bool { return d.Name == doc.Name })
		switch {
		case i < 0:
			out = append(out, doc)
		case doc.Name == NameRoot:
			var before Root
			if DecodeStrict(out[i].Bytes, &before) == nil {
				out[i].Name = fmt.Sprintf("root-%d.json", before.Version)
			}
			out = slices.Insert(out, i+1, doc)
		default:
			out[i] = doc
		}
	}
	return out
}

// NextRoot follows a root: other keys, other threshold, three more years. Faults: T-THRESHOLD when a key stands twice, is none,
// or there are fewer keys than must sign.
func (t *Trust) NextRoot(keys []string, threshold int, now time.Time) (Document, error) {
	root := *t.Root()
	root.Version++
	root.Issued, root.Expires = Seconds(now), Seconds(now).AddDate(rootYears, 0, 0)
	root.Keys, root.Threshold = slices.Clone(keys), threshold
	if len(keys) == 0 || len(keys) > MaxSignatures || threshold < 1 || threshold > len(keys) || checkKeys(keys) != nil {
		return Document{}, fault.New("T-THRESHOLD", fmt.Sprintf("%d/%d", threshold, len(keys)), errors.Join(errors.New("threshold or keys"), checkKeys(keys)))
	}
	return DraftRoot(root)
}

// NextDirectory follows the directory: the next version, changed by the caller, for sixty more days. Faults: T-STEP before
// there is one, T-THRESHOLD when what it asks for cannot be signed.
func (t *Trust) NextDirectory(now time.Time, change func(*Directory)) (Document, error) {
	if t.Directory() == nil {
		return Document{}, fault.Newf("T-STEP", NameDirectory, "there is none yet")
	}
	directory := *t.Directory()
	directory.CA, directory.RosterKeys = slices.Clone(directory.CA), slices.Clone(directory.RosterKeys)
	directory.Version++
	directory.Issued, directory.Expires = Seconds(now), Seconds(now).AddDate(0, 0, directoryDays)
	if change != nil {
		change(&directory)
	}
	doc, err := DraftDirectory(directory)
	if err != nil {
		return Document{}, fault.New("T-THRESHOLD", NameDirectory, err)
	}
	return doc, nil
}

// Authorised reports whether a private key is one of the certificate authorities.
func (d *Directory) Authorised(ca ed25519.PrivateKey) bool {
	text, err := publicText(ca)
	return err == nil && slices.Contains(d.CA, text)
}

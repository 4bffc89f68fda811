package exchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Ceremony says where documents are kept and signed.
type Ceremony struct {
	Keys       string // folder with the keys of whoever signs now; empty: nobody signs yet
	Passphrase []byte // of the keys
	// Public is the folder that new machines start from, made anew when root or directory change; empty: none.
	Public string
	// Draft is the folder for what others must still sign; empty: what cannot be signed at once is refused (T-FEW).
	Draft string
}

// Signed says how far a change of root, directory or mission directories has come.
type Signed struct {
	// Taken is true once everybody who must sign did, and this machine believes the documents.
	Taken bool `json:"taken"`
	// Draft is the folder with what others must still sign; empty when it was taken.
	Draft string `json:"draft,omitempty"`
	// Documents are the names of those that are new.
	Documents []string `json:"documents"`
	// Signings says of each of them who must sign and who did.
	Signings []trust.Signing `json:"signings"`
	// Since lists, after a revocation, what was taken in from the machines after the last trusted moment and before anybody
	// knew: it stands until somebody takes it back by [Undo].
	Since []ImportEntry `json:"since,omitempty"`
}

// loadKeys reads the keys of a ceremony, if it names a folder.
func (c Ceremony) loadKeys() (*trust.Keys, error) {
	if c.Keys == "" {
		return &trust.Keys{}, nil
	}
	keys, err := trust.LoadKeys(c.Keys, c.Passphrase)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New("E-FILE", filepath.Base(c.Keys), err)
	}
	return keys, err
}

// NextRoot drafts the next root of an installation, with other keys or another threshold, and the directory under it for
// sixty more days (security.md 8.1). Whoever holds an old key or one of the new ones signs the draft by [Sign]; headquarters
// takes it in by [Take]. holders are files with public keys. Faults: T-THRESHOLD, T-STEP before headquarters was made, V-EXISTS
// when the draft's folder is not empty, E-FILE, V-PASS.
func NextRoot(c Ceremony, threshold int, holders []string, now time.Time) (*Signed, error) {
	t, err := BeginTrust(c.Public)
	if err != nil {
		return nil, err
	}
	var public []string
	for _, holder := range holders {
		key, err := trust.ReadPublic(holder)
		if err != nil {
			return nil, err
		}
		public = append(public, key)
	}
	root, err := t.NextRoot(public, threshold, now)
	if err != nil {
		return nil, err
	}
	directory, err := t.NextDirectory(now, nil)
	if err != nil {
		return nil, err
	}
	keys, err := c.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	docs, err := signWhatFits(trust.Succeed(t.Documents(), root, directory), keys, now)
	if err != nil {
		return nil, err
	}
	return c.draft(docs, []trust.Document{root, directory})
}

// signWhatFits adds the signatures of the keys held; none of them need fit.
func signWhatFits(docs []trust.Document, keys *trust.Keys, now time.Time) ([]trust.Document, error) {
	signed, _, err := trust.Countersign(docs, keys, now)
	switch fault.Code(err) {
	case "T-KEY", "T-SIGNED":
		return docs, nil
	}
	return signed, err
}

// draft lays documents out for others to sign.
func (c Ceremony) draft(docs, next []trust.Document) (*Signed, error) {
	signed, err := standing(docs, next)
	if err != nil {
		return nil, err
	}
	if c.Draft == "" {
		return nil, fault.New("T-FEW", unsigned(signed.Signings), nil)
	}
	if left, err := os.ReadDir(c.Draft); err == nil && len(left) > 0 {
		return nil, fault.Newf("V-EXISTS", filepath.Base(c.Draft), "the folder is not empty")
	}
	if err := WriteDocuments(c.Draft, docs); err != nil {
		return nil, err
	}
	signed.Draft = c.Draft
	return signed, nil
}

// standing says how far the signing of the new documents among all has come.
func standing(docs, next []trust.Document) (*Signed, error) {
	signings, err := trust.Signings(docs)
	if err != nil {
		return nil, err
	}
	s := &Signed{Documents: []string{}}
	for _, doc := range next {
		s.Documents = append(s.Documents, doc.Name)
		for _, signing := range signings {
			if signing.Document == doc.Name {
				s.Signings = append(s.Signings, signing)
			}
		}
	}
	return s, nil
}

// unsigned names the first document that lacks signatures, or "".
func unsigned(signings []trust.Signing) string {
	for _, signing := range signings {
		if !signing.Complete() {
			return signing.Document
		}
	}
	return ""
}

// ShowDraft says who must sign what in a folder of documents, and who did. Faults: V-MISSING, E-DOC, T-STEP, T-SIGNATURE.
func ShowDraft(folder string) (*Signed, error) {
	docs, err := ReadDocuments(folder)
	if err != nil {
		return nil, err
	}
	s, err := standing(docs, docs)
	if err != nil {
		return nil, err
	}
	if unsigned(s.Signings) != "" {
		s.Draft = folder
	}
	return s, nil
}

// Sign adds the signatures of a holder's keys to a draft: a folder, or one document in it. It needs no workspace, so that each
// holder can do it on a machine of his own. It returns the names of the documents that were signed. Faults: those of
// [trust.Countersign].
func Sign(c Ceremony, path string, now time.Time) (*Signed, error) {
	folder, only := path, ""
	if info, err := os.Stat(path); err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	} else if !info.IsDir() {
		folder, only = filepath.Dir(path), filepath.Base(path)
	}
	docs, err := ReadDocuments(folder)
	if err != nil {
		return nil, err
	}
	if only != "" && !slices.ContainsFunc(docs, func(d trust.Document) bool { return d.Name == only }) {
		return nil, fault.Newf("E-DOC", only, "not a document")
	}
	keys, err := c.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	signed, names, err := trust.Countersign(docs, keys, now)
	if err != nil {
		return nil, err
	}
	var changed []trust.Document
	for _, doc := range signed {
		if slices.Contains(names, doc.Name) && (only == "" || doc.Name == only) {
			changed = append(changed, doc)
		}
	}
	if len(changed) == 0 {
		return nil, fault.New("T-KEY", only, nil)
	}
	if err := WriteDocuments(folder, changed); err != nil {
		return nil, err
	}
	after, err := ShowDraft(folder)
	if err != nil {
		return nil, err
	}
	after.Documents = nil
	for _, doc := range changed {
		after.Documents = append(after.Documents, doc.Name)
	}
	return after, nil
}

// Take takes a draft in at headquarters once everybody who must sign did: all of it or nothing. Copies that people signed
// apart are joined. Faults: T-FEW, T-OTHER, T-SIGNATURE, T-STEP when headquarters has gone on since the draft was made, E-DOC,
// E-WORLD, E-ROLE.
func Take(ctx context.Context, ws *workspace.Workspace, c Ceremony, folders ...string) (*Signed, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	var sets [][]trust.Document
	for _, folder := range folders {
		docs, err := ReadDocuments(folder)
		if err != nil {
			return nil, err
		}
		sets = append(sets, docs)
	}
	docs, err := trust.Gathered(sets...)
	if err != nil {
		return nil, err
	}
	return take(ctx, ws, c, docs, newIn(ws.Trust(), docs))
}

// newIn lists the documents that a machine does not hold yet, byte for byte.
func newIn(t *trust.Trust, docs []trust.Document) []trust.Document {
	have := t.Documents()
	var next []trust.Document
	for _, doc := range docs {
		if !slices.ContainsFunc(have, func(d trust.Document) bool { return string(d.Bytes) == string(doc.Bytes) }) {
			next = append(next, doc)
		}
	}
	return next
}

func take(ctx context.Context, ws *workspace.Workspace, c Ceremony, docs, next []trust.Document) (*Signed, error) {
	signed, err := standing(docs, next)
	if err != nil {
		return nil, err
	}
	if name := unsigned(signed.Signings); name != "" {
		return nil, fault.New("T-FEW", name, nil)
	}
	if len(next) == 0 {
		return nil, fault.Newf("T-STEP", "", "nothing in it is new")
	}
	done, err := ws.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	now, _ := ws.JudgeTime()
	t, refused := ws.Trust().Accept(now, docs...)
	if len(refused) > 0 {
		err := refused[0]
		if errors.Is(err, trust.ErrOlder) || errors.Is(err, trust.ErrOtherContent) || errors.Is(err, trust.ErrOrphaned) {
			f, _ := fault.Of(err)
			return nil, fault.New("T-STEP", f.Where, err)
		}
		return nil, err
	}
	node := renewedNode(ws, t, now)
	if err := ws.Register().Update(ctx, func(tx *register.Tx) error { return ws.SetTrust(tx, t, node) }); err != nil {
		return nil, err
	}
	if err := ws.Reload(); err != nil {
		return nil, err
	}
	ws.Audit("trust", "", uuid.Nil)
	if c.Public != "" {
		if err := WriteDocuments(c.Public, publicDocuments(t)); err != nil {
			return nil, err
		}
	}
	signed.Taken = true
	return signed, nil
}

// propose signs new documents with the keys at hand, and takes them in when that is enough; else it lays them out for others
// to sign.
func propose(ctx context.Context, ws *workspace.Workspace, c Ceremony, keys *trust.Keys, next ...trust.Document) (*Signed, error) {
	set := slices.DeleteFunc(ws.Trust().Documents(), func(doc trust.Document) bool {
		return strings.HasPrefix(doc.Name, "mission-") && !slices.ContainsFunc(next, func(d trust.Document) bool { return d.Name == doc.Name })
	})
	now, _ := ws.JudgeTime()
	docs, err := signWhatFits(trust.Succeed(set, next...), keys, now)
	if err != nil {
		return nil, err
	}
	signed, err := standing(docs, next)
	if err != nil {
		return nil, err
	}
	if unsigned(signed.Signings) == "" {
		return take(ctx, ws, c, docs, next)
	}
	return c.draft(docs, next)
}

// atHQ holds for what only headquarters does.
func atHQ(ws *workspace.Workspace) error {
	switch {
	case ws.Register() == nil:
		return fault.New("V-LOCKED", "", nil)
	case !ws.Me().HQ:
		return fault.Newf("E-ROLE", "trust", "not at headquarters")
	case ws.Trust() == nil || ws.Trust().Directory() == nil:
		return fault.New("E-ENROL", "", nil)
	}
	return nil
}

// renewedNode is this machine's record with the newer certificates that the documents bring for its keys; nil when there are
// none.
func renewedNode(ws *workspace.Workspace, t *trust.Trust, now time.Time) *workspace.Node {
	node, changed := ws.Node(), false
	if newer := t.Renewed(node.Certificate, now); newer != nil {
		node.Certificate, changed = newer, true
	}
	node.Users = slices.Clone(node.Users)
	for i := range node.Users {
		if newer := t.Renewed(node.Users[i].Certificate, now); newer != nil {
			node.Users[i].Certificate, changed = newer, true
		}
	}
	if !changed {
		return nil
	}
	return &node
}

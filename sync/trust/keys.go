package trust

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
)

// Names of the key files in a folder made by [NewKeys]; the public half has the ending ".pub".
const (
	fileRoot    = "root"
	fileCA      = "ca"
	fileAdmin   = "roster-admin"
	fileContent = "roster-content"
)

// Keys are the private keys of an HQ, kept outside every register (security.md 4.1). A key that is not in the folder,
// because somebody else holds it, is nil. Keys are for one goroutine at a time.
type Keys struct {
	Root    ed25519.PrivateKey // signs roots and directories
	CA      ed25519.PrivateKey // signs certificates
	Admin   ed25519.PrivateKey // signs mission directories, as does
	Content ed25519.PrivateKey // this one, in the hands of HQC or HQS
}

func (k *Keys) files() map[string]*ed25519.PrivateKey {
	return map[string]*ed25519.PrivateKey{fileRoot: &k.Root, fileCA: &k.CA, fileAdmin: &k.Admin, fileContent: &k.Content}
}

// NewKeys makes the four keys of a quick start and writes them into a folder as OpenSSH private keys under a passphrase,
// mode 0600, with their public halves. ssh-keygen reads them. It never overwrites a key.
func NewKeys(dir string, passphrase []byte) (*Keys, error) {
	if len(passphrase) == 0 {
		return nil, fault.Newf("V-PASS", dir, "no passphrase given")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	keys := &Keys{}
	for name := range keys.files() {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Newf("V-EXISTS", filepath.Base(dir), "%s is there already", name)
		}
	}
	for name, key := range keys.files() {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make keys: %w", err)
		}
		*key = private
		if err := WriteKey(filepath.Join(dir, name), private, name, passphrase); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Kinds of keys that people hold, each in a folder of its own: see [NewKey].
const (
	KeyRoot    = fileRoot
	KeyCA      = fileCA
	KeyAdmin   = fileAdmin
	KeyContent = fileContent
)

// NewKey makes one key of a kind in a holder's folder, in the form of [NewKeys], and returns its public half. It never
// overwrites a key (V-EXISTS).
func NewKey(dir, kind string, passphrase []byte) (string, error) {
	if len(passphrase) == 0 {
		return "", fault.Newf("V-PASS", dir, "no passphrase given")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fault.New("E-FILE", filepath.Base(dir), err)
	}
	path := filepath.Join(dir, kind)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return "", fault.Newf("V-EXISTS", kind, "there already")
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	defer clear(private)
	if err := WriteKey(path, private, kind, passphrase); err != nil {
		return "", fault.New("E-FILE", kind, err)
	}
	return publicText(private)
}

// ReadPublic reads the public half of a key, one line as ssh-keygen writes it, with or without a comment, and returns it as
// it stands in documents: an Ed25519 key, on a token or not.
func ReadPublic(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fault.New("E-FILE", filepath.Base(path), err)
	}
	key, _, options, rest, err := ssh.ParseAuthorizedKey(content)
	if err != nil || len(rest) > 0 || len(options) > 0 || key.Type() != algorithmNormal && key.Type() != algorithmToken {
		return "", fault.Newf("E-FILE", filepath.Base(path), "not the public half of an Ed25519 key")
	}
	return PublicText(key), nil
}

// KeyFingerprint is how ssh-keygen -l names a key that stands in a document: "SHA256:…"; the text itself when it is none.
func KeyFingerprint(text string) string {
	key, err := parsePublic(text)
	if err != nil {
		return text
	}
	return ssh.FingerprintSHA256(key)
}

// WriteKey writes one private key in the form of [NewKeys], with its public half beside it.
func WriteKey(path string, key ed25519.PrivateKey, comment string, passphrase []byte) error {
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, comment, passphrase)
	if err != nil {
		return fmt.Errorf("write key %s: %w", filepath.Base(path), err)
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("write key %s: %w", filepath.Base(path), err)
	}
	if err := fsx.WriteFile(path, pem.EncodeToMemory(block)); err != nil {
		return err
	}
	return fsx.WriteFile(path+".pub", []byte(PublicText(public)+" "+comment+"\n"))
}

// LoadKeys reads the keys of a folder; at least one must be there. A wrong passphrase is V-PASS.
func LoadKeys(dir string, passphrase []byte) (*Keys, error) {
	keys, found := &Keys{}, 0
	for name, key := range keys.files() {
		private, err := ReadKey(filepath.Join(dir, name), passphrase)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		*key = private
		found++
	}
	if found == 0 {
		return nil, fmt.Errorf("load keys: none in the folder: %w", fs.ErrNotExist)
	}
	return keys, nil
}

// ReadKey reads one Ed25519 private key in OpenSSH's form. A wrong passphrase is V-PASS.
func ReadKey(path string, passphrase []byte) (ed25519.PrivateKey, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	raw, err := ssh.ParseRawPrivateKeyWithPassphrase(content, passphrase)
	if err != nil {
		return nil, fault.New("V-PASS", filepath.Base(path), err)
	}
	switch key := raw.(type) {
	case *ed25519.PrivateKey:
		return *key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, fmt.Errorf("read key %s: not an Ed25519 key", filepath.Base(path))
}

// Clear overwrites the private keys. What the garbage collector copied before is out of reach (security.md 4.7).
func (k *Keys) Clear() {
	for _, key := range k.files() {
		clear(*key)
		*key = nil
	}
}

// publicText returns a key's public half as it stands in documents.
func publicText(key ed25519.PrivateKey) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", errors.New("a key is missing")
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return "", err
	}
	return PublicText(public), nil
}

// How long documents last (security.md 8.1).
const (
	rootYears     = 3
	directoryDays = 60
)

// FirstRoot returns the root of a quick start, 1-of-1 with the key held, valid for three years (security.md 8.1).
func (k *Keys) FirstRoot(now time.Time, training bool) (Root, error) {
	key, err := publicText(k.Root)
	if err != nil {
		return Root{}, fmt.Errorf("first root: %w", err)
	}
	now = Seconds(now)
	return Root{Version: 1, Issued: now, Expires: now.AddDate(rootYears, 0, 0), Threshold: 1, Keys: []string{key}, Training: training}, nil
}

// FirstDirectory returns the directory of a quick start: the keys held, threshold 1, valid for sixty days. The caller sets
// the four recipients.
func (k *Keys) FirstDirectory(now time.Time, register uuid.UUID, training bool) (Directory, error) {
	d := Directory{
		Version: 1, Issued: Seconds(now), Expires: Seconds(now).AddDate(0, 0, directoryDays), Register: register, MissionThreshold: 1,
		Policy: DefaultPolicy(), Training: training,
	}
	ca, err := publicText(k.CA)
	if err != nil {
		return Directory{}, fmt.Errorf("first directory: %w", err)
	}
	d.CA = []string{ca}
	for _, roster := range []struct {
		kind string
		key  ed25519.PrivateKey
	}{{RosterAdmin, k.Admin}, {RosterContent, k.Content}} {
		if roster.key == nil {
			continue
		}
		text, err := publicText(roster.key)
		if err != nil {
			return Directory{}, fmt.Errorf("first directory: %w", err)
		}
		d.RosterKeys = append(d.RosterKeys, RosterKey{Key: text, Kind: roster.kind})
	}
	return d, nil
}

// SignRoot writes a root and signs it with the root key. The step from an older root, and a threshold above one, need
// more signatures: see [Countersign].
func (k *Keys) SignRoot(root Root) (Document, error) {
	doc, err := DraftRoot(root)
	return sign(doc, err, k.Root)
}

// SignDirectory writes a directory and signs it with the root key.
func (k *Keys) SignDirectory(directory Directory) (Document, error) {
	doc, err := DraftDirectory(directory)
	return sign(doc, err, k.Root)
}

// SignMission writes a mission directory and signs it with the roster keys held, of which there must be one.
func (k *Keys) SignMission(mission Mission) (Document, error) {
	doc, err := DraftMission(mission)
	var keys []ed25519.PrivateKey
	for _, key := range []ed25519.PrivateKey{k.Admin, k.Content} {
		if key != nil {
			keys = append(keys, key)
		}
	}
	return sign(doc, err, keys...)
}

// DraftRoot writes a root that nobody has signed yet.
func DraftRoot(root Root) (Document, error) {
	root.Format = formatRoot
	return draft(NameRoot, root, root.check())
}

// DraftDirectory writes a directory that nobody has signed yet.
func DraftDirectory(directory Directory) (Document, error) {
	directory.Format = formatDirectory
	return draft(NameDirectory, directory, directory.check(directory.Training))
}

// DraftMission writes a mission directory that nobody has signed yet.
func DraftMission(mission Mission) (Document, error) {
	mission.Format = formatMission
	mission.normalise()
	return draft(MissionFile(mission.ID), mission, mission.check(mission.Training))
}

func draft(name string, value any, err error) (Document, error) {
	if err != nil {
		return Document{}, fmt.Errorf("write %s: %w", name, err)
	}
	content, err := EncodeStrict(value)
	if err != nil {
		return Document{}, fmt.Errorf("write %s: %w", name, err)
	}
	return Document{Name: name, Bytes: content}, nil
}

// normalise writes empty lists as [] rather than null, which no document may hold.
func (m *Mission) normalise() {
	if m.Centre.Inbox == nil {
		m.Centre.Inbox = Inboxes{}
	}
	nodes := make([]Node, 0, len(m.Nodes))
	for _, node := range m.Nodes {
		if node.Inbox == nil {
			node.Inbox = Inboxes{}
		}
		nodes = append(nodes, node)
	}
	users := make([]MissionUser, 0, len(m.Users))
	for _, user := range m.Users {
		user.Roles = append([]string{}, user.Roles...)
		user.Recipients = append([]string{}, user.Recipients...)
		users = append(users, user)
	}
	m.Nodes, m.Users, m.Revoked = nodes, users, append([]Revocation{}, m.Revoked...)
	m.Certificates = append([]string{}, m.Certificates...)
}

func sign(doc Document, err error, keys ...ed25519.PrivateKey) (Document, error) {
	if err != nil {
		return Document{}, err
	}
	if len(keys) == 0 {
		return Document{}, fmt.Errorf("sign %s: no key for it", doc.Name)
	}
	return CoSign(doc, keys...)
}

// CoSign adds signatures to a root, directory or mission directory and returns the document with them; doc stays as it
// is. A signature from a security token is made with `ssh-keygen -Y sign` and appended to Signatures by hand.
func CoSign(doc Document, keys ...ed25519.PrivateKey) (Document, error) {
	namespace := NamespaceDirectory
	if _, isRoot := rootVersionName(doc.Name); isRoot {
		namespace = NamespaceRoot
	}
	signatures := append([][]byte{}, doc.Signatures...)
	for _, key := range keys {
		signature, err := Sign(key, nil, namespace, doc.Bytes)
		if err != nil {
			return Document{}, fmt.Errorf("sign %s: %w", doc.Name, err)
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) > MaxSignatures {
		return Document{}, fmt.Errorf("sign %s: more than %d signatures", doc.Name, MaxSignatures)
	}
	doc.Signatures = signatures
	return doc, nil
}

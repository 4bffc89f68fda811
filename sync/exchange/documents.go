package exchange

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/sync/trust"
)

// WriteDocuments writes documents and their signatures into a folder, as NAME, NAME.sig1, NAME.sig2 …: the public half of an
// installation that every new machine starts from, or a draft that people sign. Signatures of an earlier version go, for one
// that does not fit spoils the document.
func WriteDocuments(dir string, docs []trust.Document) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.New("E-FILE", filepath.Base(dir), err)
	}
	for _, doc := range docs {
		if err := fsx.WriteFile(filepath.Join(dir, doc.Name), doc.Bytes); err != nil {
			return fault.New("E-FILE", doc.Name, err)
		}
		for i, signature := range doc.Signatures {
			if err := fsx.WriteFile(filepath.Join(dir, signatureFile(doc.Name, i+1)), signature); err != nil {
				return fault.New("E-FILE", doc.Name, err)
			}
		}
		for i := 0; i <= trust.MaxSignatures; i++ {
			if i > 0 && i <= len(doc.Signatures) {
				continue
			}
			if err := os.Remove(filepath.Join(dir, signatureFile(doc.Name, i))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fault.New("E-FILE", doc.Name, err)
			}
		}
	}
	return nil
}

// signatureFile is the name of a document's n-th signature; the one that ssh-keygen -Y sign makes by itself has no number.
func signatureFile(doc string, n int) string {
	if n == 0 {
		return doc + ".sig"
	}
	return fmt.Sprintf("%s.sig%d", doc, n)
}

// ReadDocuments reads what [WriteDocuments] wrote and what ssh-keygen -Y sign laid beside it, roots first.
func ReadDocuments(dir string) ([]trust.Document, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) == 0 {
		return nil, fault.Newf("V-MISSING", filepath.Base(dir), "no documents")
	}
	var docs []trust.Document
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fault.New("E-FILE", filepath.Base(name), err)
		}
		doc := trust.Document{Name: filepath.Base(name), Bytes: content}
		for i := 0; i <= trust.MaxSignatures; i++ {
			signature, err := os.ReadFile(signatureFile(name, i))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fault.New("E-FILE", doc.Name, err)
			}
			doc.Signatures = append(doc.Signatures, signature)
		}
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b trust.Document) int {
		if root := strings.HasPrefix(a.Name, "root"); root != strings.HasPrefix(b.Name, "root") {
			if root {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return docs, nil
}

// BeginTrust reads a folder of documents and walks them from the root. The caller compares the root's fingerprint with the
// printed one.
func BeginTrust(dir string) (*trust.Trust, error) {
	docs, err := ReadDocuments(dir)
	if err != nil {
		return nil, err
	}
	t, refused, err := trust.Gather(docs...)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return nil, refused[0]
	}
	return t, nil
}

// publicDocuments are those of an installation that everybody may have: the roots and the directory.
func publicDocuments(t *trust.Trust) []trust.Document {
	return slices.DeleteFunc(t.Documents(), func(doc trust.Document) bool { return strings.HasPrefix(doc.Name, "mission-") })
}

// WriteAuditor writes what an auditor needs beside the bundles and an identity: allowed_signers and revoked, in the forms
// of ssh-keygen (security.md 6.4).
func WriteAuditor(dir string, t *trust.Trust, at time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.New("E-FILE", filepath.Base(dir), err)
	}
	if err := fsx.WriteFile(filepath.Join(dir, "allowed_signers"), []byte(t.AllowedSigners())); err != nil {
		return fault.New("E-FILE", "allowed_signers", err)
	}
	if err := fsx.WriteFile(filepath.Join(dir, "revoked"), t.RevokedAt(at)); err != nil {
		return fault.New("E-FILE", "revoked", err)
	}
	return nil
}

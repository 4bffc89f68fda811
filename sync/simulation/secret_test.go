package simulation_test

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/sync/bundle"
)

// checkSecrets holds every file that was made against its own list of recipients, and every file of every machine against
// what people wrote: nobody else opens anything, and nothing lies about in the clear. Light machines have no files.
func (p *play) checkSecrets() error {
	for _, q := range p.made {
		if q.path == "" {
			continue
		}
		sealed, err := os.ReadFile(q.path)
		if err != nil {
			return err
		}
		for _, a := range p.actors {
			if err := opensOnlyAddressed(a, q, sealed); err != nil {
				return fmt.Errorf("file %d of %s at %s: %w", q.serial, q.from.name, a.name, err)
			}
		}
	}
	return filepath.WalkDir(p.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(canary)) {
			err = fmt.Errorf("what somebody wrote lies in the clear in %s", filepath.Base(path))
		}
		return err
	})
}

// opensOnlyAddressed tries all keys of a machine, as its user holds them, on a file and on its parts.
func opensOnlyAddressed(a *actor, q *parcel, sealed []byte) error {
	f := a.machine.(*full)
	var outer []age.Identity
	for _, identity := range f.ws.Node().Outer {
		outer = append(outer, identity)
	}
	var inboxes []age.Identity
	mine := map[string]bool{}
	for _, c := range domain.AllCompartments {
		found, err := f.ws.Inbox(c)
		if err != nil {
			return err
		}
		for _, identity := range found {
			inboxes = append(inboxes, identity)
			print := bundle.Fingerprint(identity.Recipient().String())
			mine[hex.EncodeToString(print[:])] = true
		}
	}
	addressed := slices.Contains(q.to, a.node)
	if _, err := age.Decrypt(bytes.NewReader(sealed), inboxes...); err == nil {
		return errors.New("the outer layer opens by the key of a compartment")
	}
	content, err := age.Decrypt(bytes.NewReader(sealed), outer...)
	if (err == nil) != addressed {
		return fmt.Errorf("the outer layer is for %v: %w", q.to, err)
	}
	if err != nil {
		return nil
	}
	var manifest struct {
		Files []struct {
			Name       string   `json:"name"`
			Recipients []string `json:"recipients"`
		} `json:"files"`
	}
	for archive := tar.NewReader(content); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		inner, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		if header.Name == "bundle.json" {
			if err := json.Unmarshal(inner, &manifest); err != nil {
				return err
			}
		}
		if !strings.HasPrefix(header.Name, "part/") {
			if bytes.Contains(inner, []byte(canary)) {
				return fmt.Errorf("%s holds what somebody wrote", header.Name)
			}
			continue
		}
		may := false
		for _, file := range manifest.Files {
			may = may || file.Name == header.Name && slices.ContainsFunc(file.Recipients, func(r string) bool { return mine[r] })
		}
		if _, err := age.Decrypt(bytes.NewReader(inner), append(slices.Clone(inboxes), outer...)...); (err == nil) != may {
			return fmt.Errorf("%s opens: %t, addressed: %t", header.Name, err == nil, may)
		}
	}
}

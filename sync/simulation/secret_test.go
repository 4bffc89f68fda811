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
	rings, err := p.keyRings()
	if err != nil {
		return err
	}
	for _, q := range p.made {
		if q.path == "" {
			continue
		}
		sealed, err := os.ReadFile(q.path)
		if err != nil {
			return err
		}
		for i, ring := range rings {
			// Every file is tried with the machine keys of all; with the compartments' keys of each machine in turn, for a try
			// costs as much as an import.
			all := (q.serial+i)%len(rings) == 0
			if err := ring.opensOnlyAddressed(q, sealed, all); err != nil {
				return fmt.Errorf("file %d of %s at %s: %w", q.serial, q.from.name, ring.actor.name, err)
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

// keyRing is all keys of a machine, as its user holds them.
type keyRing struct {
	actor          *actor
	outer, inboxes []age.Identity
	mine           map[string]bool // fingerprints of the inboxes
}

// keyRings reads the keys of all machines that have files; of two clones those of one, for they are the same.
func (p *play) keyRings() ([]*keyRing, error) {
	var rings []*keyRing
	for _, a := range p.actors {
		f, ok := a.machine.(*full)
		if !ok || slices.ContainsFunc(rings, func(r *keyRing) bool { return r.actor.node == a.node }) {
			continue
		}
		ring := &keyRing{actor: a, mine: map[string]bool{}}
		for _, identity := range f.ws.Node().Outer {
			ring.outer = append(ring.outer, identity)
		}
		for _, c := range domain.AllCompartments {
			found, err := f.ws.Inbox(c)
			if err != nil {
				return nil, err
			}
			for _, identity := range found {
				ring.inboxes = append(ring.inboxes, identity)
				print := bundle.Fingerprint(identity.Recipient().String())
				ring.mine[hex.EncodeToString(print[:])] = true
			}
		}
		rings = append(rings, ring)
	}
	return rings, nil
}

// opensOnlyAddressed tries keys of a machine on a file and on its parts: those of the machine, or all of them.
func (r *keyRing) opensOnlyAddressed(q *parcel, sealed []byte, all bool) error {
	addressed := slices.Contains(q.to, r.actor.node)
	if all {
		if _, err := age.Decrypt(bytes.NewReader(sealed), r.inboxes...); err == nil {
			return errors.New("the outer layer opens by the key of a compartment")
		}
	}
	content, err := age.Decrypt(bytes.NewReader(sealed), r.outer...)
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
			may = may || file.Name == header.Name && slices.ContainsFunc(file.Recipients, func(print string) bool { return r.mine[print] })
		}
		if !all && !may {
			continue
		}
		if _, err := age.Decrypt(bytes.NewReader(inner), append(slices.Clone(r.inboxes), r.outer...)...); (err == nil) != may {
			return fmt.Errorf("%s opens: %t, addressed: %t", header.Name, err == nil, may)
		}
	}
}

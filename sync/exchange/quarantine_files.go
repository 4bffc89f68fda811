package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/register"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
)

// refusal is what is noted of a file in quarantine/.
type refusal struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	At     string `json:"at"`
	Sender string `json:"sender,omitempty"`
	SHA256 string `json:"sha256"`
	Seen   string `json:"seen"` // the circumstances under which it was last judged
}

// refusals is system value 29 of the open ring. Lines says for each user under which circumstances the lines in the rings of that
// user were last judged.
type refusals struct {
	Files map[string]refusal `json:"files"`
	Lines map[string]string  `json:"lines"`
}

// inOrder lists the files, the one that came first first.
func (k *refusals) inOrder() []string {
	return slices.SortedFunc(maps.Keys(k.Files), func(a, b string) int {
		return cmp.Or(cmp.Compare(k.Files[a].At, k.Files[b].At), cmp.Compare(a, b))
	})
}

func parseRefusals(stored []byte, where string) (*refusals, error) {
	k := &refusals{Files: map[string]refusal{}, Lines: map[string]string{}}
	if stored == nil {
		return k, nil
	}
	if err := json.Unmarshal(stored, k); err != nil {
		return nil, fault.New("V-DAMAGED", where, err)
	}
	return k, nil
}

func readRefusals(ws *workspace.Workspace) (*refusals, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemRefused)
	if err != nil {
		return nil, err
	}
	return parseRefusals(stored, ws.Dir())
}

func changeRefusals(ctx context.Context, ws *workspace.Workspace, change func(*refusals)) error {
	reg := ws.Register()
	if reg == nil {
		return fault.New("V-LOCKED", "", nil)
	}
	return reg.Update(ctx, func(tx *register.Tx) error {
		stored, err := tx.System(domain.RingOf(domain.Open), register.SystemRefused)
		if err != nil {
			return err
		}
		k, err := parseRefusals(stored, ws.Dir())
		if err != nil {
			return err
		}
		change(k)
		if stored, err = json.Marshal(k); err != nil {
			return err
		}
		return tx.SetSystem(domain.RingOf(domain.Open), register.SystemRefused, stored)
	})
}

// thisApp is the version that verdicts are noted with; tests put a newer one in its place.
var thisApp = version.App

// circumstances is what a verdict depends on besides the file: the version of the program and those of the directories.
func circumstances(ws *workspace.Workspace) string {
	out := thisApp
	if issued := ws.IssuedState(); issued != "" {
		out += " forms " + issued
	}
	t := ws.Trust()
	if t == nil {
		return out
	}
	if directory := t.Directory(); directory != nil {
		out += fmt.Sprintf(" directory %d", directory.Version)
	}
	for _, mission := range t.Missions() {
		out += fmt.Sprintf(" %s %d", mission.ID, mission.Version)
	}
	return out
}

// putAside keeps a refused file in quarantine/ with the reason, once however often it comes.
func putAside(ctx context.Context, ws *workspace.Workspace, work, name, code string) error {
	sum, err := fileSum(work)
	if err != nil {
		return err
	}
	kept, err := readRefusals(ws)
	if err != nil {
		return err
	}
	for file, r := range kept.Files {
		if _, err := os.Stat(filepath.Join(ws.Dir(), quarantineFolder, file)); r.SHA256 == sum && err == nil {
			os.Remove(work)
			return changeRefusals(ctx, ws, func(k *refusals) { r.Code, r.Seen = code, circumstances(ws); k.Files[file] = r })
		}
	}
	sender := ""
	if m, err := bundle.Inspect(ctx, work, bundle.Keyring{Outer: identities(ws.Node().Outer)}); err == nil {
		sender = aliasOf(ws, m.From)
	}
	if err := moveTo(ws, work, quarantineFolder); err != nil {
		return err
	}
	return changeRefusals(ctx, ws, func(k *refusals) {
		k.Files[filepath.Base(work)] = refusal{Name: name, Code: code, At: stamp(ws.Now()), Sender: sender, SHA256: sum, Seen: circumstances(ws)}
	})
}

// quarantineFolder holds refused files, sealed as they came.
const quarantineFolder = "quarantine"

func fileSum(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", err
	}
	return hexText(h.Sum(nil)), nil
}

// refusedFiles lists quarantine/ in the order of names.
func refusedFiles(ws *workspace.Workspace) ([]os.FileInfo, error) {
	entries, err := os.ReadDir(filepath.Join(ws.Dir(), quarantineFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fault.New("E-FILE", quarantineFolder, err)
	}
	var out []os.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && entry.Type().IsRegular() && !strings.HasSuffix(entry.Name(), fsx.PartSuffix) {
			out = append(out, info)
		}
	}
	return out, nil
}

// refused finds a file in quarantine/ by its name there.
func refused(ws *workspace.Workspace, file string) (refusal, string, error) {
	kept, err := readRefusals(ws)
	if err != nil {
		return refusal{}, "", err
	}
	path := filepath.Join(ws.Dir(), quarantineFolder, file)
	if filepath.Base(file) != file {
		return refusal{}, "", fault.Newf("E-FILE", filepath.Base(file), "not the name of a file in quarantine")
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return refusal{}, "", fault.New("E-FILE", file, err)
	}
	return kept.Files[file], path, nil
}

// forgetFile takes a file out of quarantine/ and off the list.
func forgetFile(ctx context.Context, ws *workspace.Workspace, file string) error {
	if err := os.Remove(filepath.Join(ws.Dir(), quarantineFolder, file)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.New("E-FILE", file, err)
	}
	return changeRefusals(ctx, ws, func(k *refusals) { delete(k.Files, file) })
}

package exchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange/route"
	"feltbok/sync/trust"
)

const carryFolder = "carry"

// carried is a file of another machine that this one keeps as it is, because headquarters can open parts of it that this
// machine cannot (security.md 5.6).
type carried struct {
	File   string `json:"file"` // in carry/
	SHA256 string `json:"sha256"`
	At     string `json:"at"`
	// Bundle, From and Lines are those of the manifest; empty for a file of which this machine can open nothing at all.
	Bundle string `json:"bundle,omitempty"`
	From   string `json:"from,omitempty"`
	Lines  Ranges `json:"lines,omitempty"` // of the parts that this machine cannot open
}

// carry lays a copy of a file into carry/ when it has parts for headquarters that this machine has no key for. undo takes the
// copy away again. Headquarters carries for nobody.
func (in *incomingFile) carry(ws *workspace.Workspace, work string) (undo func(), err error) {
	m, nothing := in.verified.Manifest, func() {}
	lines := Ranges{}
	for _, part := range in.verified.Parts {
		if part.Openable || part.Fault != nil {
			continue
		}
		for _, run := range part.Chains {
			add(lines, run.Chain(part.Compartment), run.First, run.Last)
		}
	}
	_, forHQ := m.Target(trust.NodeHQ)
	known := slices.ContainsFunc(in.counters.Carried, func(c carried) bool { return c.Bundle == m.Bundle.String() })
	if len(lines) == 0 || !forHQ || known || ws.Me().HQ {
		return nothing, nil
	}
	entry := carried{
		File: bundle.NewFileName(), SHA256: hexText(in.verified.FileHash[:]), At: stamp(ws.Now()), Bundle: m.Bundle.String(), From: m.From, Lines: lines,
	}
	path, err := layInto(ws, carryFolder, entry.File, work)
	if err != nil {
		return nil, err
	}
	in.counters.Carried = append(in.counters.Carried, entry)
	return func() { os.Remove(path) }, nil
}

func layInto(ws *workspace.Workspace, folder, name, from string) (string, error) {
	dir := filepath.Join(ws.Dir(), folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fault.New("E-FILE", folder, err)
	}
	path := filepath.Join(dir, name)
	if err := fsx.Copy(path, from); err != nil {
		return "", fault.New("E-FILE", folder, err)
	}
	return path, nil
}

// Carried is a file that this machine keeps for headquarters.
type Carried struct {
	File  string   `json:"file"`
	At    string   `json:"at"`
	From  string   `json:"from,omitempty"` // alias; empty when the file tells this machine nothing
	Parts []string `json:"parts"`          // that only headquarters can open
	// Stored says that headquarters' receipt covers all of it: it is not offered any more.
	Stored bool `json:"stored"`
	// Gone says that the copy is not here any more, as after a restore: a backup holds the register and no files of others. Whoever
	// made the file still has its lines and sends them until headquarters confirms them.
	Gone bool `json:"gone"`
}

// Carry takes a sealed file for somebody else along: a courier who is not addressed can neither open it nor learn whom it is
// from. It is laid beside every export until [DropCarried], for no receipt can tell a courier that it arrived. Faults: E-KIND
// when the file is for this machine or one of its own, and those of [bundle.Foreign].
func Carry(ctx context.Context, ws *workspace.Workspace, path string) (*Carried, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, locked()
	}
	if ws.Me().HQ {
		return nil, fault.Newf("E-KIND", filepath.Base(path), "headquarters carries for nobody")
	}
	sum, err := bundle.Foreign(ctx, path, bundle.Keyring{Outer: identities(ws.Node().Outer)})
	if err != nil {
		return nil, fileFault(ctx, filepath.Base(path), err)
	}
	done, err := ws.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	entry := carried{File: bundle.NewFileName(), SHA256: hexText(sum[:]), At: stamp(ws.Now())}
	if slices.ContainsFunc(counters.Sent, func(c copyOf) bool { return c.SHA256 == entry.SHA256 }) {
		return nil, fault.Newf("E-KIND", filepath.Base(path), "this machine made it and goes on sending what is in it")
	}
	if i := slices.IndexFunc(counters.Carried, func(c carried) bool { return c.SHA256 == entry.SHA256 }); i >= 0 {
		return counters.Carried[i].shown(ws, nil), nil
	}
	copied, err := layInto(ws, carryFolder, entry.File, path)
	if err != nil {
		return nil, err
	}
	counters.Carried = append(counters.Carried, entry)
	if err := storeCounters(ctx, ws, counters); err != nil {
		os.Remove(copied)
		return nil, err
	}
	ws.Audit("carry", "", uuid.Nil)
	return entry.shown(ws, nil), nil
}

// Collected counts what [CarryAll] found in a folder.
type Collected struct {
	Taken []Carried `json:"taken"` // are carried now
	Known int       `json:"known"` // were carried before
	Here  int       `json:"here"`  // for this machine, or made by it: they are taken in, or sent, in the usual way
	// Refused are the names of files that are no sealed files, or damaged.
	Refused []string `json:"refused"`
}

// CarryAll takes every sealed file for others in a folder along, as [Carry] does one. Faults: those of [route.Bundles] and of
// the disk; what was taken along before stays.
func CarryAll(ctx context.Context, ws *workspace.Workspace, folder string) (*Collected, error) {
	files, err := route.Bundles(folder)
	if err != nil {
		return nil, err
	}
	c := &Collected{Taken: []Carried{}, Refused: []string{}}
	for _, file := range files {
		counters, err := readCounters(ws.Register())
		if err != nil {
			return c, err
		}
		before := len(counters.Carried)
		one, err := Carry(ctx, ws, file.Path)
		switch fault.Code(err) {
		case "":
		case "E-KIND":
			c.Here++
			continue
		case "E-AGE", "E-SIZE", "E-LIMIT":
			c.Refused = append(c.Refused, file.Name)
			continue
		}
		if err != nil {
			return c, err
		}
		if counters, err = readCounters(ws.Register()); err != nil {
			return c, err
		}
		if len(counters.Carried) > before {
			c.Taken = append(c.Taken, *one)
		} else {
			c.Known++
		}
	}
	return c, nil
}

// HandOver lays the files of others that headquarters has not confirmed into a folder, without a file of one's own. It returns
// their paths. They stay carried: no receipt can tell a courier that they arrived. Fault E-FILE and those of [route.Writable].
func HandOver(ctx context.Context, ws *workspace.Workspace, folder string) ([]string, error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	receipts, err := parsedReceipts(ws.Register())
	if err != nil {
		return nil, err
	}
	if err := route.Writable(folder); err != nil {
		return nil, err
	}
	return counters.offer(ctx, ws, receipts, folder)
}

// DropCarried ends the carrying of a file by its name in carry/. Only a person who knows that it arrived, or headquarters' order
// at the end of the mission, may do that. Fault: E-FILE when there is no such file.
func DropCarried(ctx context.Context, ws *workspace.Workspace, file string) error {
	done, err := ws.Turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	counters, err := readCounters(ws.Register())
	if err != nil {
		return err
	}
	before := len(counters.Carried)
	counters.Carried = slices.DeleteFunc(counters.Carried, func(c carried) bool { return c.File == file })
	if len(counters.Carried) == before {
		return fault.Newf("E-FILE", file, "not carried")
	}
	if err := storeCounters(ctx, ws, counters); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(ws.Dir(), carryFolder, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New("E-FILE", file, err)
	}
	return nil
}

func (c carried) shown(ws *workspace.Workspace, receipts map[string]*trust.Receipt) *Carried {
	out := &Carried{File: c.File, At: c.At, Parts: []string{}, Stored: c.covered(receipts, false), Gone: c.gone(ws)}
	if c.From != "" {
		out.From = aliasOf(ws, c.From)
	}
	for _, compartment := range domain.AllCompartments {
		if c.Lines[compartment.String()] != nil {
			out.Parts = append(out.Parts, compartment.String())
		}
	}
	return out
}

// gone reports whether the copy is missing.
func (c carried) gone(ws *workspace.Workspace) bool {
	_, err := os.Stat(filepath.Join(ws.Dir(), carryFolder, c.File))
	return errors.Is(err, fs.ErrNotExist)
}

// covered reports whether headquarters has everything that the file is carried for: the sealed bytes, or with merged the lines
// themselves.
func (c carried) covered(receipts map[string]*trust.Receipt, merged bool) bool {
	if len(c.Lines) == 0 {
		return false
	}
	known := Ranges{}
	for _, receipt := range receipts {
		merge(known, receipt.Merged)
		if !merged {
			merge(known, receipt.Stored)
		}
	}
	return covers(known, c.Lines)
}

// offer lays the carried files that headquarters has not confirmed beside an export: a courier set (security.md 5.6).
func (c *counters) offer(ctx context.Context, ws *workspace.Workspace, receipts map[string]*trust.Receipt, folder string) (files []string, err error) {
	for _, entry := range c.Carried {
		if entry.covered(receipts, false) || entry.gone(ws) {
			continue
		}
		path := filepath.Join(folder, entry.File)
		if _, err := os.Stat(path); err == nil {
			files = append(files, path) // from an earlier export into the same folder
			continue
		}
		if err := fsx.Copy(path, filepath.Join(ws.Dir(), carryFolder, entry.File)); err != nil {
			return files, placeFault(ctx, folder, err)
		}
		files = append(files, path)
	}
	return files, nil
}

// pruneCarried takes files whose lines are merged off the list and returns their names; they go after the list is stored.
func (c *counters) pruneCarried(receipts map[string]*trust.Receipt) (files []string) {
	c.Carried = slices.DeleteFunc(c.Carried, func(entry carried) bool {
		done := entry.covered(receipts, true)
		if done {
			files = append(files, entry.File)
		}
		return done
	})
	return files
}

// forgetCarried removes what no longer needs carrying after receipts came in.
func forgetCarried(ctx context.Context, ws *workspace.Workspace) error {
	counters, err := readCounters(ws.Register())
	if err != nil || len(counters.Carried) == 0 {
		return err
	}
	receipts, err := parsedReceipts(ws.Register())
	if err != nil {
		return err
	}
	files := counters.pruneCarried(receipts)
	if len(files) == 0 {
		return nil
	}
	if err := ws.Register().Update(ctx, func(tx *register.Tx) error { return counters.save(tx) }); err != nil {
		return err
	}
	for _, file := range files {
		os.Remove(filepath.Join(ws.Dir(), carryFolder, file))
	}
	return nil
}

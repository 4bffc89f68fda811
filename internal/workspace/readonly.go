package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Damage is one kind of thing that is wrong in a workspace that was opened read-only.
type Damage = register.Damage

// openRegister opens and unlocks the register of a folder.
func openRegister(ctx context.Context, dir, slot string, passphrase []byte, readOnly bool) (*register.Register, error) {
	open := register.Open
	if readOnly {
		open = register.OpenReadOnly
	}
	vault, err := open(ctx, dir)
	if err != nil {
		return nil, err
	}
	var reg *register.Register
	if readOnly {
		reg, _, err = vault.UnlockReadOnly(ctx, slot, passphrase)
	} else {
		reg, err = vault.Unlock(ctx, slot, passphrase)
	}
	if err != nil {
		return nil, errors.Join(err, vault.Close())
	}
	return reg, nil
}

// ReadOnly reports whether the workspace was opened with [Options.ReadOnly] and shows the healthy rest of a damaged register.
// Everything that writes is V-SALVAGE then. No line of the audit log is written either: P3 and P4 entries can be read and leave
// no trace in the register, so whoever opens a workspace this way must note it elsewhere.
func (w *Workspace) ReadOnly() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.readOnly()
}

func (w *Workspace) readOnly() bool { return w.reg != nil && w.reg.ReadOnly() }

// Damage lists what is wrong in a workspace that was opened read-only; none otherwise, and none after Close.
func (w *Workspace) Damage() []Damage {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil {
		return nil
	}
	return w.reg.Damage()
}

// FailedTries is how many wrong passphrases were tried for this user since the last good unlock before this one.
func (w *Workspace) FailedTries() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil {
		return 0
	}
	return w.reg.FailedTries()
}

// refuseWrites is V-SALVAGE in a workspace that was opened read-only.
func (w *Workspace) refuseWrites() error {
	if w.readOnly() {
		return fault.New("V-SALVAGE", w.dir, nil)
	}
	return nil
}

// spared reports whether a workspace that was opened read-only can do without what did not load.
func (w *Workspace) spared(err error) bool {
	return w.readOnly() && (errors.Is(err, register.ErrNotHeld) || fault.Code(err) == "V-DAMAGED")
}

// strange is who works in a damaged workspace that has lost its device record: nothing is known but the user's own keys.
func (w *Workspace) strange() Me {
	return Me{User: w.reg.Identity().User, Training: w.reg.Training()}
}

// SalvageReport says what [Salvage] brought over.
type SalvageReport struct {
	register.SalvageReport
	// Files counts the files beside the register that were copied: parts that wait, copies of what was sent. LostFiles are
	// those that could not be read.
	Files     int
	LostFiles []string
	// Rebuilt counts objects whose row was lost and that were made anew from their lines.
	Rebuilt int
}

// Salvage makes a new workspace of what a damaged one still gives; see [register.Salvage]. Objects that were lost are made
// anew from the log where it has their lines, and the files beside the register are copied, backups excepted. Chains that
// lines may be missing from are closed: the machine goes on in new ones, so that no two lines get the same name. The original
// is only read. Faults as there.
func Salvage(ctx context.Context, from, to, slot string, passphrase []byte, progress func(done, total int)) (SalvageReport, error) {
	var report SalvageReport
	var err error
	if report.SalvageReport, err = register.Salvage(ctx, from, to, slot, passphrase, progress); err != nil {
		return report, err
	}
	for _, folder := range register.Folders {
		if folder == "backup" {
			continue
		}
		if err := report.copyFolder(filepath.Join(to, folder), filepath.Join(from, folder)); err != nil {
			return report, err
		}
	}
	if !report.Whole() {
		report.Rebuilt, err = rebuildLost(ctx, to, slot, passphrase)
	}
	return report, err
}

// copyFolder copies the files of a folder. One that cannot be read is noted; one that cannot be written is an error.
func (s *SalvageReport) copyFolder(to, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			s.LostFiles = append(s.LostFiles, filepath.Base(from))
		}
		return nil
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || filepath.Ext(entry.Name()) == fsx.PartSuffix {
			continue
		}
		unread := false
		err := fsx.WriteAtomic(filepath.Join(to, entry.Name()), func(w io.Writer) error {
			in, err := os.Open(filepath.Join(from, entry.Name()))
			if err != nil {
				unread = true
				return err
			}
			defer in.Close()
			_, err = io.Copy(w, &watched{in, &unread})
			return err
		})
		switch {
		case unread:
			s.LostFiles = append(s.LostFiles, filepath.Join(filepath.Base(from), entry.Name()))
		case err != nil:
			return fault.New("E-FILE", entry.Name(), err)
		default:
			s.Files++
		}
	}
	return nil
}

// watched notes that reading failed.
type watched struct {
	io.Reader
	failed *bool
}

func (r *watched) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		*r.failed = true
	}
	return n, err
}

// rebuildLost makes objects anew that the log of a salvaged register describes and that it lacks.
func rebuildLost(ctx context.Context, dir, slot string, passphrase []byte) (rebuilt int, err error) {
	reg, err := openRegister(ctx, dir, slot, passphrase, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, reg.Lock()) }()
	w := &Workspace{dir: dir, reg: reg, invisible: map[domain.Compartment]map[oplog.Name]hidden{}}
	for _, load := range []func() error{w.loadInvisible, w.loadRedactions} {
		if err := load(); err != nil {
			return 0, err
		}
	}
	if w.node, err = readNode(reg); err != nil {
		return 0, err
	}
	w.me.HQ = w.node.HQ()
	var missing []*oplog.Object
	for _, c := range domain.AllCompartments {
		if c == domain.Audit || !reg.Holds(domain.RingOf(c)) {
			continue
		}
		lines, err := w.allLines(ctx, c)
		if err != nil {
			return 0, err
		}
		w.setMarks(c, marksIn(lines))
		for i := range lines {
			lines[i].Visible = w.visible(lines[i].Line)
		}
		for id, object := range oplog.Rebuild(lines) {
			if there, err := reg.Object(ctx, c, id); err != nil {
				return 0, err
			} else if there == nil {
				missing = append(missing, object)
			}
		}
	}
	err = reg.Update(ctx, func(tx *register.Tx) error {
		for _, object := range missing {
			if err := tx.PutObject(object); err != nil {
				return err
			}
		}
		return nil
	})
	return len(missing), err
}

// allLines reads the lines of a compartment that still have bytes and belong to the register's own record.
func (w *Workspace) allLines(ctx context.Context, c domain.Compartment) (lines []oplog.Visible, err error) {
	for _, chain := range w.reg.Chains(c) {
		first, err := w.readLine(ctx, chain.Chain, 1)
		if err != nil {
			return nil, err
		}
		if w.me.HQ && first != nil && strings.HasPrefix(first.Audience, partnerPrefix) {
			continue
		}
		for stored, err := range w.reg.Lines(ctx, chain.Chain, 1, math.MaxUint64) {
			if err != nil {
				return nil, err
			}
			if stored.Bytes == nil {
				continue
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil {
				lines = append(lines, oplog.Visible{Line: line, Visible: w.visible(line)})
			}
		}
	}
	return lines, nil
}

// loadSalvaged makes this machine write no more in the epochs that a salvaged register may have lost lines of (see
// [register.SystemSalvage]); the next line begins a new one, as after a restored backup.
func (w *Workspace) loadSalvaged() error {
	stored, err := w.reg.System(domain.RingOpen, register.SystemSalvage)
	if err != nil || stored == nil {
		return err
	}
	var note register.Salvaged
	if err := json.Unmarshal(stored, &note); err != nil {
		return fault.New("V-DAMAGED", w.dir, err)
	}
	w.replaced = slices.Compact(slices.Sorted(slices.Values(append(note.Epochs, w.replaced...))))
	return nil
}

package recovery

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/internal/version"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// RehearseOptions says what to rehearse with.
type RehearseOptions struct {
	Backup string // file made by `vault backup`; it is read only
	Kit    string // folder of the kit
	Keys   []Key  // of the custodians
	Bundle string // a bundle of the same device; empty: none
	Now    time.Time
	// Progress is told what begins: "kit", "header", "rows", the name of a ring, "canary", "bundle". May be nil.
	Progress func(stage string)
}

// RingReport is what a rehearsal found of one ring.
type RingReport struct {
	Ring       domain.Ring
	ID         string // 32 hex digits
	Generation uint32
	Readers    int // recovery included
	// Lines, Objects and Values were opened; Boxes are sealed lines whose payload recovery opened too.
	Lines, Objects, Values, Boxes int
	Err                           error // R-RING, R-ROWS or R-BOX; nil when all of it opens
}

// Report is the outcome of a rehearsal.
type Report struct {
	Date      time.Time
	Kit       string // id; empty when there is no kit to be read
	Threshold int
	Alone     bool     // one custodian is enough
	Used      []string // the custodians by whom the kit was opened
	Backup    string   // SHA-256 of the file, 64 hex digits
	Vault     uuid.UUID
	Training  bool
	// Device, Mission and Alias are of the machine whose backup it is; zero when its record could not be read.
	Device, Mission uuid.UUID
	Alias           string
	Rings           []RingReport
	Canary          error // R-BOX
	Bundle          *BundleReport
	// Faults are all that went wrong, in order: *fault.Fault with R-KIT, R-RING, R-ROWS, R-BOX, R-BUNDLE, or the fault by which
	// the file could not be opened at all (V-MISSING, V-BACKUP, V-TRAVEL, V-VERSION).
	Faults []error
}

// BundleReport is what a rehearsal found in a bundle of the device.
type BundleReport struct {
	File                string
	Parts, Lines, Boxes int
	Err                 error // R-BUNDLE
}

// Passed reports whether everything opened.
func (r *Report) Passed() bool { return len(r.Faults) == 0 }

func (r *Report) fail(err error) { r.Faults = append(r.Faults, err) }

// Rehearse proves that a kit opens a backup, all of it: the kit's files, every ring file with its MAC, header MAC, data keys,
// heads, roots, ledger, every body, every box, the canary, and a bundle of the device when one is given (security.md 4.9). It goes on
// where it can, so that the report names everything at fault, and writes nothing anywhere. The error is only that of ctx.
func Rehearse(ctx context.Context, o RehearseOptions) (*Report, error) {
	report := &Report{Date: o.Now}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	o.Progress("kit")
	identity := report.openKit(o)
	if identity == nil {
		return report, ctx.Err()
	}
	o.Progress("header")
	sum, err := hashFile(o.Backup)
	if err != nil {
		report.fail(err)
		return report, ctx.Err()
	}
	report.Backup = fmt.Sprintf("%x", sum)
	v, err := register.OpenCopy(ctx, o.Backup)
	if err != nil {
		report.fail(unreadable(err, o.Backup))
		return report, ctx.Err()
	}
	defer v.Close()
	report.Vault, report.Training = v.ID(), v.Training()
	report.openRings(v, identity)
	o.Progress("rows")
	r, err := v.Recover(ctx, identity)
	if err != nil {
		if ctx.Err() == nil {
			report.failRing(rowFault(err, o.Backup))
		}
		return report, ctx.Err()
	}
	defer r.Lock()
	if err := r.Integrity(ctx); err != nil && ctx.Err() == nil {
		report.fail(rowFault(err, o.Backup))
	}
	for i := range report.Rings {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		o.Progress(report.Rings[i].Ring.String())
		report.checkRing(ctx, r, &report.Rings[i])
	}
	o.Progress("canary")
	if report.Canary = r.Canary(identity); report.Canary != nil {
		report.fail(report.Canary)
	}
	state := report.readDevice(r, o.Backup)
	if o.Bundle != "" {
		o.Progress("bundle")
		report.openBundle(ctx, o, identity, state)
	}
	return report, ctx.Err()
}

// openKit opens the kit in memory, after comparing all of its files; nil when that failed.
func (r *Report) openKit(o RehearseOptions) *age.HybridIdentity {
	kit, err := Load(o.Kit)
	if err != nil {
		r.fail(err)
		return nil
	}
	r.Kit, r.Threshold, r.Alone = kit.ID, kit.Threshold, kit.Alone()
	whole := kit.Check()
	identity, file, err := kit.Open(o.Keys)
	switch {
	case err != nil: // says more than the comparison: the custodians' own fault, or whether a file is damaged or foreign
		r.fail(err)
		return nil
	case whole != nil:
		r.fail(whole) // these custodians open it, others may not
	}
	r.Used = file.Custodians
	return identity
}

// openRings opens every ring file and notes which do not open.
func (r *Report) openRings(v *register.Vault, identity *age.HybridIdentity) {
	for _, proof := range v.ProveRings(identity) {
		ring := RingReport{Ring: proof.Ring, ID: proof.ID, Generation: proof.Generation, Readers: proof.Readers}
		if proof.Err != nil {
			ring.Err = fault.New("R-RING", proof.Ring.String(), proof.Err)
			r.fail(ring.Err)
		}
		r.Rings = append(r.Rings, ring)
	}
}

// failRing notes a fault of the rows, at its ring where it names one, unless that ring has failed already.
func (r *Report) failRing(f *fault.Fault) {
	for i := range r.Rings {
		if ring := &r.Rings[i]; ring.Ring.String() == f.Where {
			if ring.Err == nil {
				ring.Err = f
			}
			break
		}
	}
	r.fail(f)
}

// checkRing opens every body of a ring, and in the compartments of sealed lines every box.
func (r *Report) checkRing(ctx context.Context, reg *register.Register, ring *RingReport) {
	if !reg.Holds(ring.Ring) {
		return // its file did not open, which is noted
	}
	checked, err := reg.CheckRing(ctx, ring.Ring)
	ring.Lines, ring.Objects, ring.Values = checked.Operations, checked.Objects, checked.Values
	if err != nil {
		r.failRing(rowFault(err, ring.Ring.String()))
		return
	}
	c := domain.Compartment(ring.Ring)
	if ring.Ring > domain.RingAudit || !c.Boxed() {
		return
	}
	for _, chain := range reg.Chains(c) {
		for stored, err := range reg.Lines(ctx, chain.Chain, 1, chain.Have.Last()) {
			if err == nil && stored.Bytes != nil {
				var opened bool
				if opened, err = openBox(stored.Bytes, func(box []byte) ([]byte, error) { return reg.OpenBox(c, box) }); opened {
					ring.Boxes++
				}
			}
			if err != nil {
				ring.Err = fault.New("R-BOX", ring.Ring.String(), err)
				r.fail(ring.Err)
				return
			}
		}
	}
}

// openBox opens the payload of a boxed line; false for a line of another kind.
func openBox(line []byte, open func([]byte) ([]byte, error)) (bool, error) {
	parsed, err := oplog.Parse(line)
	if err != nil || parsed.Kind != oplog.KindBox {
		return false, nil // a malformed line is kept as it came and has no box that anybody opens
	}
	plain, err := open(parsed.Box)
	if err != nil {
		return false, err
	}
	clear(plain)
	return true, nil
}

// readDevice finds out whose backup it is, and whom it trusts: nil when that is not on record.
func (r *Report) readDevice(reg *register.Register, backup string) *trust.Trust {
	if !reg.Holds(domain.RingOpen) {
		return nil
	}
	stored, err := reg.System(domain.RingOpen, register.SystemDevice)
	if err != nil {
		r.failRing(rowFault(err, backup))
		return nil
	}
	defer clear(stored)
	device, err := parseDevice(stored)
	if err != nil {
		r.fail(fault.New("R-ROWS", filepath.Base(backup), err))
		return nil
	}
	r.Device, r.Mission, r.Alias = device.ID, device.Mission, device.Alias
	stored, err = reg.System(domain.RingOpen, register.SystemDirectories)
	if err != nil {
		r.failRing(rowFault(err, backup))
		return nil
	}
	if stored == nil {
		return nil
	}
	state, err := trust.Decode(stored)
	if err != nil {
		r.fail(fault.New("R-ROWS", filepath.Base(backup), err))
		return nil
	}
	return state
}

// Device is what the record of a machine says about it and its users, without any key.
type Device struct {
	ID      uuid.UUID `json:"device"`
	Mission uuid.UUID `json:"mission"`
	Alias   string    `json:"alias"`
	Users   []User    `json:"users"`
}

// User is a user of a machine as its record names them.
type User struct {
	Alias string      `json:"alias"`
	Role  domain.Role `json:"role"`
	ID    uuid.UUID   `json:"user"`
}

// parseDevice reads system value 10; a register that was never a machine has none.
func parseDevice(stored []byte) (Device, error) {
	var device Device
	if stored == nil {
		return device, nil
	}
	if err := json.Unmarshal(stored, &device); err != nil {
		return Device{}, errors.New("device record does not parse")
	}
	return device, nil
}

// openBundle opens a bundle of the device down to the last box with the recovery identity alone.
func (r *Report) openBundle(ctx context.Context, o RehearseOptions, identity *age.HybridIdentity, state *trust.Trust) {
	r.Bundle = &BundleReport{File: filepath.Base(o.Bundle)}
	if err := r.Bundle.open(ctx, o, identity, state, r.Device, r.Training); err != nil && ctx.Err() == nil {
		r.Bundle.Err = fault.New("R-BUNDLE", r.Bundle.File, err)
		r.fail(r.Bundle.Err)
	}
}

func (b *BundleReport) open(ctx context.Context, o RehearseOptions, identity *age.HybridIdentity, state *trust.Trust, device uuid.UUID, training bool) error {
	if state == nil {
		return errors.New("the backup does not say whom its machine trusts")
	}
	keys := bundle.Keyring{Outer: []age.Identity{identity}, Inbox: func(domain.Compartment) []age.Identity { return []age.Identity{identity} }}
	verified, err := bundle.Verify(ctx, o.Bundle, keys, bundle.Policy{Trust: state, Now: o.Now, Training: training, App: version.App})
	if err != nil {
		return err
	}
	if from := "device:" + device.String(); verified.Manifest.From != from {
		return fmt.Errorf("bundle is from %s, the backup of %s", verified.Manifest.From, from)
	}
	for _, part := range verified.Parts {
		if part.Fault != nil {
			return part.Fault
		}
		if !part.Openable {
			return fmt.Errorf("part %s: %w", part.Compartment, vault.ErrNotReader)
		}
		b.Parts++
		for line, err := range verified.Lines(ctx, part.Compartment) {
			if err != nil {
				return err
			}
			b.Lines++
			opened, err := openBox(line.Bytes, func(box []byte) ([]byte, error) { return vault.OpenBox(box, identity) })
			if err != nil {
				return fmt.Errorf("box in %s: %w", part.Compartment, err)
			}
			if opened {
				b.Boxes++
			}
		}
	}
	return nil
}

// unreadable keeps the faults that say why a file is no backup at all, and calls the rest by the rehearsal's codes.
func unreadable(err error, file string) error {
	switch fault.Code(err) {
	case "V-MISSING", "V-BACKUP", "V-TRAVEL", "V-VERSION", "V-READONLY":
		f, _ := fault.Of(err)
		return fault.New(f.Code, filepath.Base(file), err)
	case "V-HEADER":
		return fault.New("R-RING", filepath.Base(file), err)
	}
	return rowFault(err, file)
}

// rowFault calls a fault of the vault by the rehearsal's code. Its place is the ring where the cause names one.
func rowFault(err error, file string) *fault.Fault {
	where, code := filepath.Base(file), "R-ROWS"
	if f, ok := fault.Of(err); ok {
		if f.Code == "V-RING" || f.Code == "V-HEADER" {
			code = "R-RING"
		}
		for ring := domain.RingOpen; ring <= domain.AuditRead; ring++ {
			if f.Where == ring.String() {
				where = f.Where
			}
		}
	}
	return fault.New(code, where, err)
}

func hashFile(path string) (sum [sha256.Size]byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return sum, fault.New("V-MISSING", filepath.Base(path), err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return sum, fault.New("E-FILE", filepath.Base(path), err)
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}

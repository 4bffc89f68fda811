package exchange

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// incomingFile is a verified file with its lines judged.
type incomingFile struct {
	verified *bundle.Verified
	lines    []workspace.Incoming
	plan     *Plan
	counters *counters
	receipts []receiptDocument
	merged   []string
	known    *taken
	// orders are the orders to erase among the lines; missing are stubs without one, which count as a gap.
	orders  map[oplog.Name]bool
	missing map[oplog.Chain]oplog.Intervals
	late    map[uuid.UUID]int
}

// Preview judges a file without writing anything. Faults: those of security.md 6.5, level F.
func Preview(ctx context.Context, ws *workspace.Workspace, path string) (*Plan, error) {
	in, err := read(ctx, ws, path, time.Time{})
	if err != nil {
		return nil, err
	}
	if in.plan.Repeated {
		return in.plan, nil
	}
	applied, err := ws.Apply(ctx, workspace.Batch{Lines: in.lines}, true)
	if err != nil {
		return nil, err
	}
	in.count(ws, applied)
	return in.plan, nil
}

// Import takes a file in: all of it in one transaction, or nothing. With a plan it refuses when file or workspace changed
// since the preview (E-PLAN). The same file again changes nothing and says so.
func Import(ctx context.Context, ws *workspace.Workspace, path string, plan *Plan) (*Result, error) {
	return importFile(ctx, ws, path, plan, time.Time{})
}

// importFile takes a file in. seen is when a held file was first seen; zero for one that comes now.
func importFile(ctx context.Context, ws *workspace.Workspace, path string, plan *Plan, seen time.Time) (*Result, error) {
	work, err := takeIn(ws, path)
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			os.Remove(work)
		}
	}()
	in, err := read(ctx, ws, work, seen)
	if err != nil {
		if keepRefused(err) {
			keep = moveTo(ws, work, "quarantine") == nil
		}
		ws.Audit("refuse", "", uuid.Nil)
		return nil, renamed(err, work, path)
	}
	in.plan.File = filepath.Base(path)
	if in.plan.Repeated {
		return &Result{Plan: *in.plan, Import: in.known.Import}, repeatReceipt(ctx, ws, in)
	}
	if plan != nil && plan.ID != in.plan.ID {
		return nil, fault.New("E-PLAN", filepath.Base(path), nil)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	result := &Result{Import: id}
	if len(in.plan.Waiting) > 0 {
		// Before the commit: a receipt must never say "stored" of a part that is not safe.
		if err := moveTo(ws, work, "held"); err != nil {
			return nil, fault.New("E-FILE", "held", err)
		}
		work = filepath.Join(ws.Dir(), "held", filepath.Base(work))
	}
	applied, err := ws.Apply(ctx, workspace.Batch{
		Import: id, Lines: in.lines,
		Also: func(tx *register.Tx) error { return in.record(ws, tx, id, filepath.Base(work)) },
	}, false)
	if err != nil {
		return nil, err
	}
	in.count(ws, applied)
	result.Plan = *in.plan
	keep = len(in.plan.Waiting) > 0
	if err := ws.Reload(); err != nil {
		return nil, err
	}
	if err := leaveBehind(ctx, ws); err != nil {
		return nil, err
	}
	ws.Audit("import", "", id)
	if ws.Me().HQ {
		if err := acknowledge(ctx, ws, in); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// takeIn copies the file into inbox/, so that a pulled stick changes nothing from here on.
func takeIn(ws *workspace.Workspace, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fault.New("E-FILE", filepath.Base(path), err)
	}
	if info.Size() > bundle.MaxFile {
		return "", fault.Newf("E-SIZE", filepath.Base(path), "%d bytes", info.Size())
	}
	dir := filepath.Join(ws.Dir(), "inbox")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fault.New("V-READONLY", filepath.Base(ws.Dir()), err)
	}
	work := filepath.Join(dir, bundle.NewFileName())
	if err := fsx.Copy(work, path); err != nil {
		return "", fault.New("E-FILE", filepath.Base(path), err)
	}
	return work, nil
}

func moveTo(ws *workspace.Workspace, work, folder string) error {
	dir := filepath.Join(ws.Dir(), folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(work, filepath.Join(dir, filepath.Base(work))); err != nil {
		return err
	}
	return fsx.SyncFolder(dir)
}

// keepRefused tells which refusals may be lifted later by somebody: the sealed file is kept for that.
func keepRefused(err error) bool {
	switch fault.Code(err) {
	case "E-REVOKED", "E-VERSION", "E-CERT", "E-ROLE", "E-FORK":
		return true
	}
	return false
}

// renamed makes a fault speak of the file the user chose rather than of its copy.
func renamed(err error, work, path string) error {
	if f, ok := fault.Of(err); ok && f.Where == filepath.Base(work) {
		return fault.New(f.Code, filepath.Base(path), f.Err)
	}
	return err
}

// read verifies a file and judges each line. It writes nothing. seen, when not zero, is the time by which a held file is
// judged: its certificates were good when it came, and they need not be any more.
func read(ctx context.Context, ws *workspace.Workspace, path string, seen time.Time) (*incomingFile, error) {
	reg, node := ws.Register(), ws.Node()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	t := ws.Trust()
	if t == nil || node.Certificate == nil {
		return nil, fault.New("E-ENROL", filepath.Base(path), nil)
	}
	now, _ := ws.JudgeTime()
	if !seen.IsZero() {
		now = seen
	}
	keyring := bundle.Keyring{Outer: identities(node.Outer), Inbox: func(c domain.Compartment) []age.Identity {
		inbox, err := ws.Inbox(c)
		if err != nil {
			return nil
		}
		return identities(inbox)
	}}
	verified, err := bundle.Verify(ctx, path, keyring, bundle.Policy{Trust: t, Now: now, Node: node.Name(), Training: ws.Me().Training, App: version.App})
	if err != nil {
		return nil, fileFault(ctx, filepath.Base(path), err)
	}
	m := verified.Manifest
	if m.Kind == domain.BundleEnrolRequest || m.Kind == domain.BundleEnrol {
		return nil, fault.Newf("E-KIND", filepath.Base(path), "an enrolment file is not imported")
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	in := &incomingFile{
		verified: verified, counters: counters, plan: newPlan(ws, verified, path), orders: map[oplog.Name]bool{}, missing: map[oplog.Chain]oplog.Intervals{},
	}
	if err := in.sequence(node.Name()); err != nil {
		return nil, err
	}
	if in.plan.Repeated {
		return in, nil
	}
	for _, part := range verified.Parts {
		lines := len(in.lines)
		err := in.part(ctx, ws, part)
		if err == nil {
			continue
		}
		if !partOnly(err) {
			return nil, err
		}
		// This compartment stays out, the others go in; the same file may be tried again (security.md 6.5, level P).
		in.lines = in.lines[:lines]
		delete(in.plan.Lines, part.Compartment.String())
		in.plan.Reasons[fault.Code(err)]++
	}
	if err := in.erasures(ctx, ws); err != nil {
		return nil, err
	}
	in.documents(ws)
	in.plan.ID = planID(ws, verified)
	return in, nil
}

// partOnly tells which faults concern one compartment of a file.
func partOnly(err error) bool {
	switch fault.Code(err) {
	case "E-CHAIN", "E-WITNESS", "E-PART":
		return true
	}
	return false
}

// sequence compares the file with what came from the sender before: the same again, or another one under the same number.
func (in *incomingFile) sequence(node string) error {
	m := in.verified.Manifest
	target, ok := m.Target(node)
	if !ok {
		return fault.Newf("E-TO", in.plan.File, "not addressed to this machine")
	}
	in.plan.Sequence = target.Sequence
	sender := in.counters.from(m.From)
	in.known = sender.known(hexText(in.verified.ManifestHash[:]))
	if in.known != nil {
		in.merged = slices.Clone(in.known.Merged)
		waits := slices.ContainsFunc(in.verified.Parts, func(p bundle.PartInfo) bool {
			return p.Openable && !slices.Contains(in.merged, p.Compartment.String())
		})
		in.plan.Repeated = !waits
		return nil
	}
	return nil
}

// part reads the lines of one compartment, or notes that it waits for its ring.
func (in *incomingFile) part(ctx context.Context, ws *workspace.Workspace, part bundle.PartInfo) error {
	name := part.Compartment.String()
	if slices.Contains(in.merged, name) {
		return nil
	}
	if part.Fault != nil {
		in.plan.Reasons[fault.Code(part.Fault)]++
		return nil
	}
	if !part.Openable {
		if addressed(ws, in.verified, part) {
			in.plan.Waiting = append(in.plan.Waiting, name)
		}
		return nil
	}
	judge := newJudge(ws, in.verified)
	for _, run := range part.Chains {
		if run.Device != in.verified.Device.ID {
			return fault.Newf("E-WITNESS", in.plan.File, "%s: lines of another device without its proof", name)
		}
		if err := in.fits(ws.Register(), run.Chain(part.Compartment), run); err != nil {
			return err
		}
	}
	codes, whole := map[string]int{}, true
	for raw, err := range in.verified.Lines(ctx, part.Compartment) {
		if err != nil {
			return err
		}
		if err := in.joins(ws.Register(), part.Compartment, raw); err != nil {
			return err
		}
		line, code := judge.line(part.Compartment, raw)
		justified, err := in.justified(ctx, ws, line)
		if err != nil {
			return err
		}
		if !justified {
			in.leaveOut(part.Compartment, line)
			whole = false
			continue
		}
		if line.Kind == oplog.KindErase && code == "" {
			in.orders[line.Name()] = true
		}
		incoming := workspace.Incoming{Bytes: raw.Bytes, Line: line, Code: code, Hash: raw.Hash, Link: raw.Link}
		in.lines = append(in.lines, incoming)
		in.plan.Lines[name]++
		if code != "" {
			codes[code]++
		}
	}
	for code, n := range codes {
		in.plan.Reasons[code] += n
	}
	if whole {
		in.merged = append(in.merged, name) // else the same file is judged again when it comes again
	}
	return nil
}

// addressed reports whether a part is meant for this node, though the user who is unlocked cannot open it.
func addressed(ws *workspace.Workspace, v *bundle.Verified, part bundle.PartInfo) bool {
	mission, ok := v.Trust.Mission(v.Manifest.Mission)
	if !ok {
		return false
	}
	inbox := mission.HQ().Inbox
	if node := ws.Node(); !node.HQ() {
		entry, ok := mission.Node(node.Name())
		if !ok {
			return false
		}
		inbox = entry.Inbox
	}
	recipient := inbox.For(part.Compartment)
	return recipient != "" && slices.Contains(part.Recipients, bundle.Fingerprint(recipient))
}

// fits checks the run against its known neighbours (security.md 6.5, range check). A line known with another hash is found
// when it is stored.
func (in *incomingFile) fits(reg *register.Register, chain oplog.Chain, run bundle.ChainRange) error {
	next, ok := reg.Head(chain.Compartment, chain.Name(run.Last+1))
	if ok && oplog.Link([32]byte(run.Tip), next.Hash) != next.Link {
		return fault.Newf("E-FORK", in.plan.File, "%s does not join the lines known", chain.Compartment)
	}
	return nil
}

// joins holds a line that is new against the known one before it. The sender signed the end of its chain, so another link
// means that it has two ends: a restored or cloned machine.
func (in *incomingFile) joins(reg *register.Register, c domain.Compartment, raw bundle.RawLine) error {
	before := raw.Position
	if before.N == 1 || reg.Known(c, raw.Position) {
		return nil
	}
	before.N--
	if known, ok := reg.Head(c, before); ok && oplog.Link(known.Link, raw.Hash) != raw.Link {
		return fault.Newf("E-FORK", in.plan.File, "%s does not join the lines known", c)
	}
	return nil
}

// documents takes what proves itself: newer directories and receipts.
func (in *incomingFile) documents(ws *workspace.Workspace) {
	now, _ := ws.JudgeTime()
	before := ws.Trust().Documents()
	for _, doc := range in.verified.Trust.Documents() {
		if !slices.ContainsFunc(before, func(d trust.Document) bool { return d.Name == doc.Name && string(d.Bytes) == string(doc.Bytes) }) {
			in.plan.Documents = append(in.plan.Documents, doc.Name)
		}
	}
	for _, doc := range in.verified.Documents {
		if !strings.HasPrefix(doc.Name, "receipt-") {
			continue
		}
		receipt, err := in.verified.Trust.Receipt(doc, now)
		if err != nil {
			in.plan.Refused = append(in.plan.Refused, doc.Name)
			continue
		}
		in.receipts = append(in.receipts, receiptDocument{doc, receipt})
		in.plan.Documents = append(in.plan.Documents, doc.Name)
	}
	for _, err := range in.verified.DocumentErrors {
		if f, ok := fault.Of(err); ok && !errors.Is(err, trust.ErrOlder) {
			in.plan.Refused = append(in.plan.Refused, f.Where)
		}
	}
}

// record writes counters, documents and receipts in the transaction of the import.
func (in *incomingFile) record(ws *workspace.Workspace, tx *register.Tx, id uuid.UUID, work string) error {
	m := in.verified.Manifest
	sender := in.counters.from(m.From)
	if in.plan.Sequence >= sender.Sequence {
		// The newest word counts, compartment by compartment: a machine put back to an older state says less than before, and
		// a user speaks only for the rings that he holds.
		have := Ranges{}
		merge(have, sender.Have)
		maps.Copy(have, m.Have.Chains)
		sender.Sequence, sender.App, sender.Have = in.plan.Sequence, m.App, have
	}
	sender.At = stamp(ws.Now())
	entry := taken{
		Manifest: hexText(in.verified.ManifestHash[:]), Bundle: m.Bundle, Import: id, Merged: in.merged, Stored: in.plan.Waiting, At: stamp(ws.Now()),
	}
	if len(in.plan.Waiting) > 0 {
		entry.File = work
	}
	if in.known != nil {
		entry.Import, entry.At = in.known.Import, in.known.At // of the first import, and first seen
		*in.known = entry
	} else {
		sender.Manifests = append(sender.Manifests, entry)
	}
	for id, n := range in.late {
		if sender.Late == nil {
			sender.Late = map[uuid.UUID]int{}
		}
		sender.Late[id] += n
	}
	if err := in.counters.save(tx); err != nil {
		return err
	}
	for _, receipt := range in.receipts {
		if err := storeReceipt(tx, receipt); err != nil {
			return err
		}
		if in.verified.Device.HQ {
			if err := ws.ObserveTime(tx, receipt.receipt.At); err != nil {
				return err
			}
		}
	}
	return ws.SetTrust(tx, in.verified.Trust, nil)
}

func union(have, more Ranges) Ranges {
	out := Ranges{}
	merge(out, have)
	merge(out, more)
	return out
}

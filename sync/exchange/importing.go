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
	at       time.Time // it came, by the clock or, where that runs behind, by the latest time known to be true
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
	// claims are what the lines say of attachments, blobs the pieces that belong to them.
	claims map[domain.Compartment]map[uuid.UUID]claimed
	blobs  []arriving
	// forks are chains that part from the lines known here, doubles those of which headquarters says another line again than the
	// one here; sameSequence says that another file had the number of this one.
	forks        forks
	doubles      forks
	sameSequence bool
	back         returned
	lifted       judgedBy
	// renewed is this machine's record with the newer certificates that the file brings; nil when it brings none.
	renewed *workspace.Node
	// learned says that the file brought a root or directory that is not held yet.
	learned bool
	// answering judges what a partner's machine wrote; nil for the machines of missions.
	answering *answering
	me        workspace.Me
	reg       *register.Register
}

// Preview judges a file without writing anything. Faults: those of security.md 6.5, level F.
func Preview(ctx context.Context, ws *workspace.Workspace, path string) (*Plan, error) {
	in, err := read(ctx, ws, path, judgedBy{})
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
	before := ws.IssuedState()
	result, err := importFile(ctx, ws, path, plan, judgedBy{})
	if err == nil && (len(result.Documents) > 0 || ws.IssuedState() != before) {
		result.Reconsidered, err = Reconsider(ctx, ws)
	}
	return result, err
}

// judgedBy says how a file is judged that did not just come. The zero value is: as one that comes now.
type judgedBy struct {
	// seen is when it was first seen: its certificates were good then, and they need not be any more.
	seen time.Time
	// lifted is the code that headquarters overruled for the whole file.
	lifted string
	// name is the file's, as it was chosen, where it is known.
	name string
}

// importFile takes a file in.
func importFile(ctx context.Context, ws *workspace.Workspace, path string, plan *Plan, by judgedBy) (*Result, error) {
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
	done, err := ws.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	in, err := read(ctx, ws, work, by)
	if err != nil {
		if keepRefused(err) {
			keep = putAside(ctx, ws, work, filepath.Base(path), fault.Code(err)) == nil
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
	if in.known != nil {
		id = in.known.Import // the parts of one file are one import, whenever they are opened
	}
	result := &Result{Import: id}
	if len(in.plan.Waiting) > 0 {
		// Before the commit: a receipt must never say "stored" of a part that is not safe.
		if err := moveTo(ws, work, "held"); err != nil {
			return nil, fault.New("E-FILE", "held", err)
		}
		work = filepath.Join(ws.Dir(), "held", filepath.Base(work))
		in.verified.Path = work // attachments are read from it
	}
	if err := in.keepOther(ctx, ws, work); err != nil {
		return nil, fault.New("E-FILE", "quarantine", err)
	}
	undoCarry, err := in.carry(ws, work)
	if err != nil {
		return nil, err
	}
	in.renewed = renewedNode(ws, in.verified.Trust, ws.Now()) // the transaction below holds the workspace
	applied, err := ws.Apply(ctx, workspace.Batch{
		Import: id, Lines: in.lines,
		Also: func(tx *register.Tx, applied *workspace.Applied) error {
			if err := in.storeBlobs(ctx, tx); err != nil {
				return err
			}
			in.noteDoubles(applied)
			return in.record(ws, tx, id, filepath.Base(work))
		},
	}, false)
	if err != nil {
		undoCarry()
		return nil, err
	}
	in.count(ws, applied)
	result.Plan = *in.plan
	keep = len(in.plan.Waiting) > 0
	if in.learned || in.renewed != nil {
		if err := ws.Reload(); err != nil {
			return nil, err
		}
	}
	if err := in.settleForks(ctx, ws); err != nil {
		return nil, err
	}
	if err := in.leaveReturned(ctx, ws); err != nil {
		return nil, err
	}
	if err := leaveBehind(ctx, ws); err != nil {
		return nil, err
	}
	if err := forgetCarried(ctx, ws); err != nil {
		return nil, err
	}
	ws.Audit("import", "", id)
	if in.plan.Kind == domain.BundlePartnerIn {
		if err := takeAnswers(ctx, ws); err != nil {
			return nil, err
		}
	}
	if ws.Me().HQ {
		if err := acknowledgeAll(ctx, ws, in); err != nil {
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

// read verifies a file and judges each line. It writes nothing.
func read(ctx context.Context, ws *workspace.Workspace, path string, by judgedBy) (*incomingFile, error) {
	reg, node := ws.Register(), ws.Node()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	t := ws.Trust()
	if t == nil || node.Certificate == nil {
		return nil, fault.New("E-ENROL", filepath.Base(path), nil)
	}
	at, _ := ws.JudgeTime()
	now := at
	if !by.seen.IsZero() {
		now = by.seen
	}
	inboxes := map[domain.Compartment][]age.Identity{} // attachments are opened in a transaction, which holds the workspace
	keyring := bundle.Keyring{Outer: identities(node.Outer), Inbox: func(c domain.Compartment) []age.Identity {
		if known, ok := inboxes[c]; ok {
			return known
		}
		inbox, err := ws.Inbox(c)
		if err != nil {
			return nil
		}
		inboxes[c] = identities(inbox)
		return inboxes[c]
	}}
	verified, err := bundle.Verify(ctx, path, keyring, bundle.Policy{Trust: t, Now: now, Node: node.Name(), Training: ws.Me().Training, App: version.App, AnyRole: by.lifted == "E-ROLE"})
	if err != nil {
		return nil, fileFault(ctx, filepath.Base(path), err)
	}
	m := verified.Manifest
	if m.Kind == domain.BundleEnrolRequest || m.Kind == domain.BundleEnrol {
		return nil, fault.Newf("E-KIND", filepath.Base(path), "an enrolment file is not imported")
	}
	mission, _ := verified.Trust.Mission(m.Mission)
	if err := kindFits(m.Kind, mission, verified.Device.HQ, filepath.Base(path)); err != nil {
		return nil, err
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	in := &incomingFile{
		verified: verified, at: at, counters: counters, plan: newPlan(ws, verified, path), orders: map[oplog.Name]bool{}, missing: map[oplog.Chain]oplog.Intervals{},
		forks: forks{}, doubles: forks{}, back: returned{}, me: ws.Me(), reg: reg, learned: verified.Trust != t,
		claims: map[domain.Compartment]map[uuid.UUID]claimed{},
	}
	if err := in.sequence(node.Name()); err != nil {
		return nil, err
	}
	if in.plan.Repeated {
		return in, nil
	}
	if in.answering, err = newAnswering(ctx, ws, mission); err != nil {
		return nil, err
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
		delete(in.claims, part.Compartment)
		delete(in.plan.Lines, part.Compartment.String())
		in.plan.Reasons[fault.Code(err)]++
	}
	in.matchBlobs()
	in.lifted = by
	in.markLifted()
	if err := in.erasures(ctx, ws); err != nil {
		return nil, err
	}
	in.plan.Relayed = in.relayed(ws)
	in.documents(ws)
	in.noteGaps(ws)
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
	in.checkSequence()
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
	judge, err := in.originsOf(ws, part)
	if err != nil {
		return err
	}
	forked, back := forks{}, returned{}
	stubs, first := redactedStubs{}, len(in.lines)
	in.claims[part.Compartment] = map[uuid.UUID]claimed{}
	for _, run := range part.Chains {
		forked.parts(ws.Register(), part.Compartment, run)
	}
	codes, whole := map[string]int{}, true
	for raw, err := range in.verified.Lines(ctx, part.Compartment) {
		if err != nil {
			return err
		}
		if forked.line(ws.Register(), part.Compartment, raw) {
			codes["E-FORK"], whole = codes["E-FORK"]+1, false
			continue
		}
		back.line(ws, part.Compartment, raw.Position)
		line, code := judge.line(part.Compartment, raw)
		justified, err := in.justified(ctx, ws, line)
		if err != nil {
			return err
		}
		justified = justified || stubs.later(line)
		if !justified {
			in.leaveOut(part.Compartment, line)
			whole = false
			continue
		}
		if line.Kind == oplog.KindErase && code == "" {
			in.orders[line.Name()] = true
		}
		incoming := workspace.Incoming{Bytes: raw.Bytes, Line: line, Code: code, Hash: raw.Hash, Link: raw.Link, Reach: judge.reach(line)}
		in.lines = append(in.lines, incoming)
		in.claim(ws, line, code)
		if code == "" {
			back.line(ws, part.Compartment, line.Origin()) // headquarters says it again: it was written here once
		}
		in.plan.Lines[name]++
		if code != "" {
			codes[code]++
		}
	}
	if n := in.leaveOutUnjustified(ws, stubs, first); n > 0 {
		in.plan.Lines[name] -= n
		whole = false
	}
	maps.Copy(in.forks, forked) // only now: the part is what its authors signed
	maps.Copy(in.back, back)
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

// documents takes what proves itself: newer directories and receipts.
func (in *incomingFile) documents(ws *workspace.Workspace) {
	now, _ := ws.JudgeTime()
	var learned, before []trust.Document
	if in.learned {
		learned, before = in.verified.Trust.Documents(), ws.Trust().Documents()
	}
	for _, doc := range learned {
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
	if in.plan.Sequence >= sender.Sequence || m.HLC > sender.HLC {
		sender.Sequence = max(sender.Sequence, in.plan.Sequence)
		sender.heard(m)
	}
	in.listen(ws)
	in.noteForks(ws)
	sender.At = stamp(ws.Now())
	sender.noteForms(in.verified.Device.ID, in.lines)
	entry := taken{
		Manifest: hexText(in.verified.ManifestHash[:]), Bundle: m.Bundle, Import: id, Merged: in.merged, Stored: in.plan.Waiting, At: stamp(in.at),
		Sequence: in.plan.Sequence, SHA256: hexText(in.verified.FileHash[:]), Name: in.plan.File,
		HQ: in.verified.Device.HQ,
	}
	if entry.Lifted = in.lifted.lifted; entry.Lifted != "" {
		entry.Judged = stamp(in.lifted.seen)
	}
	if len(in.plan.Waiting) > 0 {
		entry.File = work
	}
	if in.known != nil {
		entry.Import, entry.At, entry.Name = in.known.Import, in.known.At, in.known.Name // of the first import, and first seen
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
	if err := in.noteOwnForks(tx); err != nil {
		return err
	}
	if err := in.keepProofs(tx); err != nil {
		return err
	}
	if !in.learned && in.renewed == nil {
		return nil
	}
	return ws.SetTrust(tx, in.verified.Trust, in.renewed)
}

func union(have, more Ranges) Ranges {
	out := Ranges{}
	merge(out, have)
	merge(out, more)
	return out
}

package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// Plan says what a file would do, before anything is written (security.md 6.6).
type Plan struct {
	// ID binds the plan to the file and to the state of the workspace: when either changed, it is stale (E-PLAN).
	ID       string `json:"plan"`
	File     string `json:"file"`
	Kind     string `json:"kind"`
	Bundle   string `json:"bundle"`
	Mission  string `json:"mission"`
	From     string `json:"from"`
	Sender   string `json:"sender"` // alias of the machine
	User     string `json:"user"`   // alias of the exporting user
	Created  string `json:"created"`
	Sequence uint64 `json:"sequence"`
	// Repeated is true when this very bundle was taken in before.
	Repeated bool `json:"repeated"`
	// Counts per compartment.
	Lines       map[string]int `json:"lines"`
	New         map[string]int `json:"new"`
	Known       map[string]int `json:"known"`
	Quarantined map[string]int `json:"quarantined"`
	// Reasons counts quarantined lines by reason code.
	Reasons map[string]int `json:"reasons"`
	// Waiting lists compartments whose part waits until a user with that ring unlocks.
	Waiting   []string       `json:"waiting"`
	Objects   map[string]int `json:"objects"` // touched, by type
	Conflicts int            `json:"conflicts"`
	Gaps      []Gap          `json:"gaps"`
	Documents []string       `json:"documents"` // newer documents that the file brings
	Refused   []string       `json:"refused"`   // documents whose own proof fails
	Cases     []uuid.UUID    `json:"cases"`
}

// Gap names lines that are missing from a chain.
type Gap struct {
	Compartment string          `json:"compartment"`
	Chain       string          `json:"chain"`
	Missing     oplog.Intervals `json:"missing"`
}

// Result is what an import did.
type Result struct {
	Plan
	Import uuid.UUID `json:"import"`
}

// incomingFile is a verified file with its lines judged.
type incomingFile struct {
	verified *bundle.Verified
	lines    []workspace.Incoming
	plan     *Plan
	counters *counters
	receipts []receiptDocument
	merged   []string
	known    *taken
}

// Preview judges a file without writing anything. Faults: those of security.md 6.5, level F.
func Preview(ctx context.Context, ws *workspace.Workspace, path string) (*Plan, error) {
	in, err := read(ctx, ws, path)
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
	in, err := read(ctx, ws, work)
	if err != nil {
		if keepRefused(err) {
			keep = moveTo(ws, work, "quarantine") == nil
		}
		ws.Audit("refuse", "", uuid.Nil)
		return nil, renamed(err, work, path)
	}
	in.plan.File = filepath.Base(path)
	if plan != nil && plan.ID != in.plan.ID {
		return nil, fault.New("E-PLAN", filepath.Base(path), nil)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	result := &Result{Plan: *in.plan, Import: id}
	if in.plan.Repeated {
		result.Import = in.known.Import
		return result, nil
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
	if len(in.plan.Waiting) > 0 {
		keep = moveTo(ws, work, "held") == nil
	}
	if err := ws.Reload(); err != nil {
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
	return os.Rename(work, filepath.Join(dir, filepath.Base(work)))
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
func read(ctx context.Context, ws *workspace.Workspace, path string) (*incomingFile, error) {
	reg, node := ws.Register(), ws.Node()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	t := ws.Trust()
	if t == nil || node.Certificate == nil {
		return nil, fault.New("E-ENROL", filepath.Base(path), nil)
	}
	now, _ := ws.JudgeTime()
	keyring := bundle.Keyring{Outer: identities(node.Outer), Inbox: func(c domain.Compartment) []age.Identity {
		inbox, err := ws.Inbox(c)
		if err != nil {
			return nil
		}
		return identities(inbox)
	}}
	verified, err := bundle.Verify(ctx, path, keyring, bundle.Policy{Trust: t, Now: now, Node: node.Name(), Training: ws.Me().Training, App: version.App})
	if err != nil {
		return nil, err
	}
	m := verified.Manifest
	if m.Kind == domain.BundleEnrolRequest || m.Kind == domain.BundleEnrol {
		return nil, fault.Newf("E-KIND", filepath.Base(path), "an enrolment file is not imported")
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	in := &incomingFile{verified: verified, counters: counters, plan: newPlan(ws, verified, path)}
	if err := in.sequence(node.Name()); err != nil {
		return nil, err
	}
	if in.plan.Repeated {
		return in, nil
	}
	for _, part := range verified.Parts {
		if err := in.part(ctx, ws, part); err != nil {
			return nil, err
		}
	}
	in.documents(ws)
	in.plan.ID = planID(ws, verified)
	return in, nil
}

func newPlan(ws *workspace.Workspace, v *bundle.Verified, path string) *Plan {
	m := v.Manifest
	plan := &Plan{
		File: filepath.Base(path), Kind: m.Kind, Bundle: m.Bundle.String(), Mission: m.Mission.String(), From: m.From, Created: stamp(m.Created),
		Lines: map[string]int{}, New: map[string]int{}, Known: map[string]int{}, Quarantined: map[string]int{}, Reasons: map[string]int{}, Objects: map[string]int{},
		Waiting: []string{}, Gaps: []Gap{}, Documents: []string{}, Refused: []string{}, Cases: []uuid.UUID{},
	}
	plan.Sender, plan.User = m.From, ws.AliasOf(v.User.ID)
	if mission, ok := v.Trust.Mission(m.Mission); ok {
		if node, ok := mission.Node(m.From); ok {
			plan.Sender = node.Alias
		}
		if alias := mission.UserAlias(m.User); alias != "" {
			plan.User = alias
		}
	}
	if v.Device.HQ {
		plan.Sender = trust.NodeHQ
	}
	return plan
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
	for raw, err := range in.verified.Lines(ctx, part.Compartment) {
		if err != nil {
			return err
		}
		line, code := judge.line(part.Compartment, raw)
		incoming := workspace.Incoming{Bytes: raw.Bytes, Line: line, Code: code, Hash: raw.Hash, Link: raw.Link}
		in.lines = append(in.lines, incoming)
		in.plan.Lines[name]++
		if code != "" {
			in.plan.Reasons[code]++
		}
	}
	in.merged = append(in.merged, name)
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
	sender.Sequence = max(sender.Sequence, in.plan.Sequence)
	sender.At, sender.App = stamp(ws.Now()), m.App
	sender.Have = union(sender.Have, m.Have.Chains)
	entry := taken{
		Manifest: hexText(in.verified.ManifestHash[:]), Bundle: m.Bundle, Import: id, Merged: in.merged, Stored: in.plan.Waiting, At: stamp(ws.Now()),
	}
	if len(in.plan.Waiting) > 0 {
		entry.File = work
	}
	if in.known != nil {
		*in.known = entry
	} else {
		sender.Manifests = append(sender.Manifests, entry)
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

func (in *incomingFile) count(ws *workspace.Workspace, applied *workspace.Applied) {
	for c, n := range applied.New {
		in.plan.New[c.String()] = n
	}
	for c, n := range applied.Known {
		in.plan.Known[c.String()] = n
	}
	for c, n := range applied.Quarantined {
		in.plan.Quarantined[c.String()] = n
	}
	for t, n := range applied.Objects {
		in.plan.Objects[string(t)] = n
	}
	in.plan.Conflicts, in.plan.Cases = applied.Conflicts, append([]uuid.UUID{}, applied.Cases...)
	have := held(ws)
	for _, file := range in.verified.Parts {
		for _, run := range file.Chains {
			chain := run.Chain(file.Compartment)
			known := have.Of(chain).Union(oplog.Intervals{{run.First, run.Last}})
			if gaps := known.Gaps(known.Last()); len(gaps) > 0 && file.Openable {
				in.plan.Gaps = append(in.plan.Gaps, Gap{Compartment: chain.Compartment.String(), Chain: chain.Key(), Missing: gaps})
			}
		}
	}
}

// planID binds a preview to the file and the state it was made in (security.md 6.6).
func planID(ws *workspace.Workspace, v *bundle.Verified) string {
	h := sha256.New()
	h.Write(v.FileHash[:])
	reg := ws.Register()
	for _, c := range domain.AllCompartments {
		if c != domain.Audit { // looking at a plan is itself put on record
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(reg.Count(c))))
		}
	}
	fmt.Fprint(h, v.Trust.Directory().Version, version.App)
	return hexText(h.Sum(nil))
}

// ImportHeld takes in the parts that waited for the ring of the user who is unlocked now (security.md 6.5, held parts).
func ImportHeld(ctx context.Context, ws *workspace.Workspace) ([]*Result, error) {
	dir := filepath.Join(ws.Dir(), "held")
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New("E-FILE", "held", err)
	}
	var results []*Result
	for _, name := range names {
		path := filepath.Join(dir, name.Name())
		in, err := read(ctx, ws, path)
		if err != nil || in.plan.Repeated || len(in.lines) == 0 {
			continue // still waiting for somebody else
		}
		result, err := Import(ctx, ws, path, nil)
		if err != nil {
			return results, err
		}
		os.Remove(path) // Import keeps a copy of its own while parts go on waiting
		results = append(results, result)
	}
	return results, nil
}

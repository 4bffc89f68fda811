package exchange

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/clock"
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

func fixed(t time.Time) clock.Clock { return clock.Fixed(t) }

func hexText(b []byte) string { return hex.EncodeToString(b) }

func identities(hybrid []*age.HybridIdentity) []age.Identity {
	out := make([]age.Identity, len(hybrid))
	for i, identity := range hybrid {
		out[i] = identity
	}
	return out
}

// Exported says what went into a file.
type Exported struct {
	File   string   `json:"file"`
	Bundle string   `json:"bundle"`
	To     []string `json:"to"`
	Kind   string   `json:"kind"`
	Size   int64    `json:"size"`
	// Lines counts per compartment what the file holds.
	Lines map[string]int `json:"lines"`
	// Repeated counts lines that went out before and were not acknowledged.
	Repeated int `json:"repeated"`
}

// ExportOptions steers [Export].
type ExportOptions struct {
	// To lists nodes: "hq", or "device:<uuid>"; a device may also be named by its alias.
	To []string
	// Mission is the mission whose members a headquarters bundle goes to; zero when there is only one.
	Mission uuid.UUID
	// Out is a file, or a folder in which a random name is made. Nothing is overwritten.
	Out string
	// Everything sends all lines again, also those that the receiver acknowledged.
	Everything bool
	Progress   func(done, total int64)
}

// sentLife is how long copies of exported files are kept at least (security.md 6.11).
const sentLife = 14 * 24 * time.Hour

// Export writes what the addressed machines have not acknowledged into one signed and sealed file, and keeps a copy of it.
// Lines count as sent, not as arrived: that takes a receipt. Faults: E-ENROL, E-TO, E-FILE, V-SPACE, V-READONLY.
func Export(ctx context.Context, ws *workspace.Workspace, o ExportOptions) (*Exported, error) {
	if err := ws.FlushAudit(ctx, true); err != nil {
		return nil, err
	}
	e, err := prepareExport(ws, o)
	if err != nil {
		return nil, err
	}
	out, err := outputPath(o.Out)
	if err != nil {
		return nil, err
	}
	written, err := bundle.Write(ctx, out, e.spec, o.Progress)
	if err != nil {
		return nil, fileFault(ctx, filepath.Base(out), err)
	}
	undo, err := e.keepCopy(out, written)
	if err != nil {
		os.Remove(out) // a file without its copy and counters must not travel
		return nil, err
	}
	old := e.pruneSent()
	if err := storeCounters(ctx, ws, e.counters); err != nil {
		os.Remove(out)
		undo()
		return nil, err
	}
	for _, name := range old {
		os.Remove(filepath.Join(ws.Dir(), "sent", name))
	}
	ws.Audit("export", "", written.Manifest.Bundle)
	return &Exported{
		File: out, Bundle: written.Manifest.Bundle.String(), To: e.nodes, Kind: e.spec.Kind, Size: written.Size, Lines: e.lines, Repeated: e.repeated,
	}, nil
}

// fileFault gives an error of the file system the code that a person can act on; faults and cancellation stay as they are.
func fileFault(ctx context.Context, where string, err error) error {
	if _, ok := fault.Of(err); ok || ctx.Err() != nil {
		return err
	}
	return fault.New("E-FILE", where, err)
}

// outputPath turns a folder into a file in it and refuses to overwrite.
func outputPath(out string) (string, error) {
	if out == "" {
		out = "."
	}
	info, err := os.Stat(out)
	switch {
	case err == nil && info.IsDir():
		return filepath.Join(out, bundle.NewFileName()), nil
	case err == nil:
		return "", fault.Newf("E-FILE", filepath.Base(out), "the file is there already")
	case !errors.Is(err, fs.ErrNotExist):
		return "", fault.New("E-FILE", filepath.Base(out), err)
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return "", fault.Newf("E-FILE", filepath.Base(filepath.Dir(out)), "no such folder")
	}
	return out, nil
}

func storeCounters(ctx context.Context, ws *workspace.Workspace, c *counters) error {
	reg := ws.Register()
	if reg == nil {
		return fault.New("V-LOCKED", "", nil)
	}
	return reg.Update(ctx, func(tx *register.Tx) error { return c.save(tx) })
}

// exporting is one export being put together.
type exporting struct {
	ws       *workspace.Workspace
	counters *counters
	spec     bundle.Spec
	nodes    []string
	lines    map[string]int
	sent     Ranges
	repeated int
}

func prepareExport(ws *workspace.Workspace, o ExportOptions) (*exporting, error) {
	reg, node, me := ws.Register(), ws.Node(), ws.Me()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	card, _ := node.Card(me.User)
	if node.Certificate == nil || card.Certificate == nil {
		return nil, fault.New("E-ENROL", "", nil)
	}
	mission, err := missionOf(ws, o.Mission)
	if err != nil {
		return nil, err
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	e := &exporting{ws: ws, counters: counters, lines: map[string]int{}, sent: Ranges{}}
	if err := e.address(mission, o.To); err != nil {
		return nil, err
	}
	e.spec = bundle.Spec{
		Kind: kindOf(me, e.nodes), From: trust.DeviceName(node.Device), User: trust.UserName(me.User), Mission: mission.ID,
		To: e.spec.To, Training: me.Training, App: version.App, Created: ws.Now(), HLC: oplog.HLCAt(ws.Now()),
		DeviceKey: node.Key, DeviceCert: node.Certificate, UserKey: reg.Identity().Sign, UserCert: card.Certificate,
	}
	for _, c := range domain.AllCompartments {
		if err := e.addPart(c, mission, o); err != nil {
			return nil, err
		}
	}
	if len(e.spec.Parts) == 0 && me.HQ {
		e.spec.Kind = domain.BundleService
	}
	receipts, err := e.receipts()
	if err != nil {
		return nil, err
	}
	e.spec.Documents = append(ws.Trust().DocumentsFor(mission.ID), receipts...)
	e.spec.Have = have(ws, mission.ID)
	return e, nil
}

// kindOf is the kind of bundle that this machine sends to these nodes (security.md 6.3).
func kindOf(me workspace.Me, _ []string) string {
	switch {
	case me.HQ:
		return domain.BundleCaseload
	case me.Role == "NCO" || me.Role == "NFA":
		return domain.BundleOrientation
	}
	return domain.BundleField
}

func missionOf(ws *workspace.Workspace, id uuid.UUID) (*trust.Mission, error) {
	t := ws.Trust()
	if t == nil {
		return nil, fault.New("E-ENROL", "", nil)
	}
	if id == uuid.Nil {
		id = ws.Me().Mission
	}
	if id != uuid.Nil {
		if mission, ok := t.Mission(id); ok {
			return mission, nil
		}
		return nil, fault.Newf("E-TO", id.String(), "no directory of this mission")
	}
	missions := t.Missions()
	if len(missions) != 1 {
		return nil, fault.Newf("E-TO", "", "%d missions: name one", len(missions))
	}
	return missions[0], nil
}

// address finds the addressed nodes in the mission directory. Headquarters is a recipient of everything made in the field
// (security.md 5.6).
func (e *exporting) address(mission *trust.Mission, to []string) error {
	me := e.ws.Me()
	for _, name := range to {
		node, err := resolveNode(mission, name)
		if err != nil {
			return err
		}
		if !slices.Contains(e.nodes, node) {
			e.nodes = append(e.nodes, node)
		}
	}
	if !me.HQ && !slices.Contains(e.nodes, trust.NodeHQ) {
		e.nodes = append(e.nodes, trust.NodeHQ)
	}
	if len(e.nodes) == 0 {
		return fault.Newf("E-TO", "", "nobody addressed")
	}
	recovery := e.ws.Trust().Directory().Recovery
	for i, name := range e.nodes {
		recipient := mission.HQ().Recipient
		if name != trust.NodeHQ {
			node, _ := mission.Node(name)
			recipient = node.Recipient
		}
		out := e.counters.to(name)
		addressee := bundle.Addressee{Node: name, Sequence: out.Sequence + 1, Recipients: []string{recipient}}
		if previous, err := hex.DecodeString(out.Previous); err == nil && len(previous) == 32 && out.Sequence > 0 {
			addressee.Previous = bundle.Hash(previous)
		}
		if last := i == len(e.nodes)-1; last {
			addressee.Recipients = append(addressee.Recipients, recovery)
		}
		e.spec.To = append(e.spec.To, addressee)
	}
	return nil
}

func resolveNode(mission *trust.Mission, name string) (string, error) {
	if strings.EqualFold(name, trust.NodeHQ) {
		return trust.NodeHQ, nil
	}
	for _, node := range mission.Nodes {
		if node.Node == name || strings.EqualFold(node.Alias, name) {
			if node.Status != trust.NodeActive {
				return "", fault.Newf("E-TO", name, "closed")
			}
			return node.Node, nil
		}
	}
	return "", fault.Newf("E-TO", name, "not in the mission directory")
}

// addPart puts the lines of one compartment in that at least one receiver lacks and may have.
func (e *exporting) addPart(c domain.Compartment, mission *trust.Mission, o ExportOptions) error {
	me, reg := e.ws.Me(), e.ws.Register()
	if !reg.Holds(domain.RingOf(c)) || !me.Role.MaySend(e.spec.Kind, c) {
		return nil
	}
	others := slices.ContainsFunc(e.nodes, func(n string) bool { return n != trust.NodeHQ })
	if !me.HQ && others && c != domain.Open && c != domain.Case {
		return nil // among colleagues nothing else travels; the rest goes to headquarters by itself (security.md 6.3)
	}
	part := bundle.Part{Compartment: c}
	for _, name := range e.nodes {
		inbox := mission.HQ().Inbox
		if name != trust.NodeHQ {
			node, _ := mission.Node(name)
			inbox = node.Inbox
		}
		if recipient := inbox.For(c); recipient != "" {
			part.Recipients = append(part.Recipients, recipient)
		}
	}
	if len(part.Recipients) == 0 {
		return nil
	}
	part.Recipients = append(part.Recipients, e.ws.Trust().Directory().Recovery)
	for _, state := range reg.Chains(c) {
		if state.Chain.Device != e.ws.Node().Device || !e.mayTravel(state, mission) {
			continue
		}
		if run, ok := e.run(state, o.Everything); ok {
			part.Chains = append(part.Chains, run)
		}
	}
	if len(part.Chains) == 0 {
		return nil
	}
	slices.SortFunc(part.Chains, func(a, b bundle.ChainRange) int { return a.Chain(c).Compare(b.Chain(c)) })
	part.Lines = lines(e.ws, c, part.Chains)
	for _, run := range part.Chains {
		add(e.sent, run.Chain(c), run.First, run.Last)
		e.lines[c.String()] += int(run.Lines())
	}
	e.spec.Parts = append(e.spec.Parts, part)
	return nil
}

// mayTravel keeps headquarters' own lines at home: only the chain whose audience is the mission, or the one device
// addressed, goes out (security.md 5.2).
func (e *exporting) mayTravel(state register.ChainState, mission *trust.Mission) bool {
	if !e.ws.Me().HQ {
		return true
	}
	audience := e.ws.Audience(state.Chain.Epoch)
	if audience == workspace.MissionAudience(mission.ID) {
		return true
	}
	return len(e.nodes) == 1 && audience == e.nodes[0]
}

// run is the stretch from the first line that some receiver has not acknowledged to the tip.
func (e *exporting) run(state register.ChainState, everything bool) (bundle.ChainRange, bool) {
	last := state.Have.Last()
	first := last + 1
	for _, name := range e.nodes {
		acknowledged := e.acknowledged(name).Of(state.Chain)
		if everything {
			acknowledged = nil
		}
		if gaps := acknowledged.Gaps(last); len(gaps) > 0 {
			first = min(first, gaps[0][0])
		}
	}
	if last == 0 || first > last {
		return bundle.ChainRange{}, false
	}
	for _, name := range e.nodes {
		for _, before := range e.counters.to(name).Sent.Of(state.Chain) {
			if before[1] >= first {
				e.repeated += int(before[1] - max(first, before[0]) + 1)
			}
		}
	}
	return bundle.ChainRange{Device: state.Chain.Device, Epoch: state.Chain.Epoch, First: first, Last: last, Tip: bundle.Hash(state.Tip)}, true
}

// acknowledged is what a receiver proved to have: headquarters by its receipt, others by what they said in their newest
// bundle.
func (e *exporting) acknowledged(name string) Ranges {
	if name == trust.NodeHQ {
		known := Ranges{}
		if receipt, err := ownReceipt(e.ws); err == nil && receipt != nil {
			merge(known, receipt.Merged)
			merge(known, receipt.Stored)
		}
		return known
	}
	return e.counters.from(name).Have
}

// lines gives the bytes of runs as they are stored; lines of an erased case go out as stubs (security.md 5.5).
func lines(ws *workspace.Workspace, c domain.Compartment, runs []bundle.ChainRange) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reg := ws.Register()
		if reg == nil {
			yield(nil, fault.New("V-LOCKED", "", nil))
			return
		}
		for _, run := range runs {
			chain := run.Chain(c)
			link := oplog.Genesis
			if run.First > 1 {
				before, _ := reg.Head(c, chain.Name(run.First-1))
				link = before.Link
			}
			for stored, err := range reg.Lines(context.Background(), chain, run.First, run.Last) {
				bytes := stored.Bytes
				if err == nil && bytes == nil {
					bytes, err = ws.Stub(stored, link)
				}
				if !yield(bytes, err) || err != nil {
					return
				}
				link = stored.Link
			}
		}
	}
}

func have(ws *workspace.Workspace, mission uuid.UUID) bundle.Have {
	h := bundle.Have{Chains: held(ws)}
	t := ws.Trust()
	if directory := t.Directory(); directory != nil {
		h.Directory = directory.Version
	}
	if m, ok := t.Mission(mission); ok {
		h.Mission = m.Version
	}
	if receipt, err := ownReceipt(ws); err == nil && receipt != nil {
		h.Receipt = receipt.Version
	}
	return h
}

// keepCopy lays the file into sent/ and notes what it holds. It returns a function that takes the copy away again.
func (e *exporting) keepCopy(out string, written *bundle.Written) (undo func(), err error) {
	dir := filepath.Join(e.ws.Dir(), "sent")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New("E-FILE", "sent", err)
	}
	name := bundle.NewFileName()
	if err := fsx.Copy(filepath.Join(dir, name), out); err != nil {
		return nil, fault.New("E-FILE", "sent", err)
	}
	now := e.ws.Now()
	e.counters.Sent = append(e.counters.Sent, copyOf{File: name, At: stamp(now), To: e.nodes, Lines: e.sent, SHA256: hexText(written.FileHash[:])})
	for _, addressee := range e.spec.To {
		out := e.counters.to(addressee.Node)
		out.Sequence, out.Previous, out.At = addressee.Sequence, hexText(written.ManifestHash[:]), stamp(now)
		merge(out.Sent, e.sent)
	}
	return func() { os.Remove(filepath.Join(dir, name)) }, nil
}

// pruneSent takes copies that are old and whose lines have arrived off the list and returns their names. The files go after
// the list is stored: a file too many does no harm.
func (e *exporting) pruneSent() (files []string) {
	now := e.ws.Now()
	e.counters.Sent = slices.DeleteFunc(e.counters.Sent, func(c copyOf) bool {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil || now.Sub(at) < sentLife || !e.arrived(c) {
			return false
		}
		files = append(files, c.File)
		return true
	})
	return files
}

// arrived reports whether every line of a copy got where it was to go: in the field into headquarters' register, at
// headquarters onto each machine that the file was for.
func (e *exporting) arrived(c copyOf) bool {
	if !e.ws.Me().HQ {
		receipt, err := ownReceipt(e.ws)
		return err == nil && (receipt != nil && covers(receipt.Merged, c.Lines) || covers(nil, c.Lines))
	}
	return !slices.ContainsFunc(c.To, func(node string) bool { return !covers(e.counters.from(node).Have, c.Lines) })
}

// covers reports whether every line of want is in have.
func covers(have, want Ranges) bool {
	for name, chains := range want {
		for key, intervals := range chains {
			if len(intervals.Minus(have[name][key])) > 0 {
				return false
			}
		}
	}
	return true
}

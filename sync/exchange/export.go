package exchange

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange/route"
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
	// Lines counts per compartment what the file holds, those of other machines included.
	Lines map[string]int `json:"lines"`
	// Repeated counts lines that went out before and were not acknowledged, Relayed those of other machines.
	Repeated int `json:"repeated"`
	Relayed  int `json:"relayed"`
	// Further are the other files of the same export: what does not go to colleagues, and what did not fit into one file.
	Further []Exported `json:"further,omitempty"`
	// Carried are files of others that were laid beside it for headquarters.
	Carried []string `json:"carried,omitempty"`
}

// Files lists every file that has to be handed over.
func (e *Exported) Files() []string {
	files := []string{e.File}
	for _, further := range e.Further {
		files = append(files, further.File)
	}
	return append(files, e.Carried...)
}

// ExportOptions steers [Export].
type ExportOptions struct {
	// To lists nodes: "hq", or "device:<uuid>"; a device may also be named by its alias.
	To []string
	// Mission is the mission whose members a headquarters bundle goes to; zero when there is only one.
	Mission uuid.UUID
	// Out is a file, or a folder in which random names are made. When there are several files, the others get random names
	// beside it. Nothing is overwritten.
	Out string
	// Everything sends all lines again, also those that the receiver acknowledged.
	Everything bool
	// Progress is told how many bytes of lines and attachments are packed of all, and at last that the files are durable.
	Progress func(done, total int64)
}

// Export writes what the addressed machines have not acknowledged, own lines and those of others, into signed and sealed
// files, and keeps a copy of each. Lines count as sent, not as arrived: that takes a receipt. Faults: E-ENROL, E-TO, E-FILE,
// E-FULL, E-PROTECTED and E-PULLED for the place where the files go, V-SPACE, V-READONLY.
func Export(ctx context.Context, ws *workspace.Workspace, o ExportOptions) (*Exported, error) {
	done, err := ws.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := leaveBehind(ctx, ws); err != nil {
		return nil, err
	}
	if err := ws.FlushAudit(ctx, true); err != nil {
		return nil, err
	}
	e, err := prepareExport(ctx, ws, o)
	if err != nil {
		return nil, err
	}
	out, err := outputPath(o.Out)
	if err != nil {
		return nil, err
	}
	var files []string
	undo := func() {
		for _, file := range files { // a file without its copy and counters must not travel
			os.Remove(file)
		}
	}
	exported := []Exported{}
	for i := range e.shipments {
		path := out
		if i > 0 {
			path = filepath.Join(filepath.Dir(out), bundle.NewFileName())
		}
		one, copied, err := e.ship(ctx, &e.shipments[i], path)
		if err != nil {
			undo()
			return nil, err
		}
		files = append(files, path, copied)
		exported = append(exported, *one)
	}
	first := &exported[0]
	first.Further = exported[1:]
	if !ws.Me().HQ {
		if first.Carried, err = e.counters.offer(ctx, ws, e.relay.receipts, filepath.Dir(out)); err != nil {
			undo()
			return nil, err
		}
	}
	if _, err := e.counters.checkSent(ctx, ws, false); err != nil {
		undo()
		return nil, err
	}
	old := map[string][]string{sentFolder: e.counters.pruneSent(ws, e.relay), carryFolder: e.counters.pruneCarried(e.relay.receipts)}
	if err := storeCounters(ctx, ws, e.counters); err != nil {
		undo()
		return nil, err
	}
	for folder, names := range old {
		for _, name := range names {
			os.Remove(filepath.Join(ws.Dir(), folder, name))
		}
	}
	for _, one := range exported {
		id, _ := uuid.Parse(one.Bundle)
		ws.Audit("export", "", id)
	}
	if o.Progress != nil {
		o.Progress(e.total, e.total)
	}
	return first, nil
}

// fileFault gives an error of the file system the code that a person can act on; faults and cancellation stay as they are.
func fileFault(ctx context.Context, where string, err error) error {
	if _, ok := fault.Of(err); ok || ctx.Err() != nil {
		return err
	}
	return fault.New("E-FILE", where, err)
}

// placeFault is [fileFault] for the place that a file is written to, which may be a stick: E-FULL, E-PROTECTED, E-PULLED.
func placeFault(ctx context.Context, folder string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return route.Explain(folder, err)
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
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
		return "", route.Explain(out, err)
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
	ws        *workspace.Workspace
	counters  *counters
	relay     *relay
	mission   *trust.Mission
	shipments []shipment
	progress  func(done, total int64)
	// done and total count bytes of lines; total is one more, for making the files durable.
	done, total int64
}

// shipment is one file: whom it is for and what goes in.
type shipment struct {
	nodes []string
	kind  string
	load  load
}

func prepareExport(ctx context.Context, ws *workspace.Workspace, o ExportOptions) (*exporting, error) {
	reg, node, me := ws.Register(), ws.Node(), ws.Me()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	card, _ := node.Card(me.User)
	if node.Certificate == nil || card.Certificate == nil {
		return nil, fault.New("E-ENROL", "", nil)
	}
	mission, err := missionFor(ws, o)
	if err != nil {
		return nil, err
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	relay, err := newRelay(ctx, ws, counters, mission, o.Everything)
	if err != nil {
		return nil, err
	}
	e := &exporting{ws: ws, counters: counters, relay: relay, mission: mission, progress: o.Progress, total: 1}
	nodes, err := e.address(o.To)
	if err != nil {
		return nil, err
	}
	if err := e.refreshRoster(ctx, nodes); err != nil {
		return nil, err
	}
	if err := e.tellPartner(ctx); err != nil {
		return nil, err
	}
	if err := e.reissue(ctx, nodes); err != nil {
		return nil, err
	}
	return e, e.fill(ctx, nodes)
}

// address finds the addressed nodes in the mission directory. Headquarters is a recipient of everything made in the field
// (security.md 5.6); it stands last unless it was named.
func (e *exporting) address(to []string) (nodes []string, err error) {
	for _, name := range to {
		node, err := resolveNode(e.mission, name)
		if err != nil {
			return nil, err
		}
		if node == e.self() {
			return nil, fault.Newf("E-TO", name, "this machine itself")
		}
		if !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) == 0 && e.ws.Me().HQ {
		return nil, fault.Newf("E-TO", "", "nobody addressed")
	}
	return nodes, nil
}

func (e *exporting) self() string {
	node := e.ws.Node()
	return node.Name()
}

// fill decides how many files there are and what is in each. What colleagues may not have goes to the lead and to
// headquarters in a bundle of its own, when they are addressed too (security.md 6.3).
func (e *exporting) fill(ctx context.Context, named []string) error {
	if e.ws.Me().HQ {
		return e.fillFromHQ(ctx, named)
	}
	nodes := slices.Clone(named)
	if !slices.Contains(nodes, trust.NodeHQ) {
		nodes = append(nodes, trust.NodeHQ)
	}
	isColleague := func(name string) bool {
		node, ok := e.mission.Node(name)
		return ok && !lead(node)
	}
	shared := func(c domain.Compartment) bool {
		return !slices.ContainsFunc(nodes, func(name string) bool { return isColleague(name) && !e.relay.mayReceive(name, c) })
	}
	if err := e.add(ctx, nodes, shared, true); err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(nodes), isColleague)
	if others := slices.DeleteFunc(slices.Clone(named), isColleague); len(others) == 0 || len(rest) == len(nodes) {
		return nil
	}
	return e.add(ctx, rest, func(c domain.Compartment) bool { return !shared(c) }, false)
}

// fillFromHQ makes files of their own for the machines of the orientation course, which are told other things.
func (e *exporting) fillFromHQ(ctx context.Context, nodes []string) error {
	var course, others []string
	for _, name := range nodes {
		if node, ok := e.mission.Node(name); ok && ofCourse(node) {
			course = append(course, name)
		} else {
			others = append(others, name)
		}
	}
	for _, group := range [][]string{others, course} {
		if len(group) == 0 {
			continue
		}
		if err := e.add(ctx, group, func(domain.Compartment) bool { return true }, true); err != nil {
			return err
		}
	}
	if len(others) == 1 {
		return nil
	}
	e.relay.alone = true
	for _, name := range others {
		if err := e.add(ctx, []string{name}, func(domain.Compartment) bool { return true }, false); err != nil {
			return err
		}
	}
	return nil
}

// add makes the files for a group of nodes; always at least one when so asked, for documents and receipts travel too.
func (e *exporting) add(ctx context.Context, nodes []string, wanted func(domain.Compartment) bool, always bool) error {
	me, reg := e.ws.Me(), e.ws.Register()
	kind := e.kindOf(nodes)
	var stretches []stretch
	for _, c := range domain.AllCompartments {
		if !reg.Holds(domain.RingOf(c)) || !me.Role.MaySend(kind, c) || !wanted(c) {
			continue
		}
		receivers := slices.DeleteFunc(slices.Clone(nodes), func(name string) bool { return !e.relay.mayReceive(name, c) })
		if len(receivers) == 0 {
			continue
		}
		more, err := e.relay.stretches(ctx, c, nodes, receivers)
		if err != nil {
			return err
		}
		stretches = append(stretches, more...)
	}
	if len(stretches) == 0 && !always {
		return nil
	}
	pieces, err := measure(ctx, e.ws, stretches, e.relay.wantedOf(nodes))
	if err != nil {
		return err
	}
	for _, load := range split(pieces) {
		e.shipments = append(e.shipments, shipment{nodes, kind, load})
		e.total += load.raw
	}
	return nil
}

// ship writes one file, keeps a copy of it, and counts its lines as sent.
func (e *exporting) ship(ctx context.Context, s *shipment, path string) (exported *Exported, copied string, err error) {
	spec, versions, err := e.spec(ctx, s)
	if err != nil {
		return nil, "", err
	}
	written, err := bundle.Write(ctx, path, spec, e.step(s.load.raw))
	if err != nil {
		return nil, "", placeFault(ctx, filepath.Dir(path), err)
	}
	name := bundle.NewFileName()
	if copied, err = layInto(e.ws, sentFolder, name, path); err != nil {
		os.Remove(path)
		return nil, "", err
	}
	exported = &Exported{File: path, Bundle: written.Manifest.Bundle.String(), To: s.nodes, Kind: spec.Kind, Size: written.Size, Lines: map[string]int{}}
	for _, p := range s.load.pieces {
		exported.Lines[p.compartment.String()] += int(p.run.Lines())
		if p.witness != nil {
			exported.Relayed += int(p.run.Lines())
		}
		for _, node := range s.nodes {
			again := e.counters.to(node).Sent.Of(p.chain())
			exported.Repeated += inside(oplog.Intervals{{p.run.First, p.run.Last}}, again)
		}
	}
	now, ranges := stamp(e.ws.Now()), s.load.ranges()
	e.counters.Sent = append(e.counters.Sent, copyOf{File: name, At: now, To: s.nodes, Lines: ranges, SHA256: hexText(written.FileHash[:])})
	for _, addressee := range spec.To {
		out := e.counters.to(addressee.Node)
		out.Sequence, out.Previous, out.At = addressee.Sequence, hexText(written.ManifestHash[:]), now
		out.Mission = e.mission.Version
		merge(out.Sent, ranges)
		for device, version := range versions {
			if out.Receipts == nil {
				out.Receipts = map[string]uint64{}
			}
			out.Receipts[device] = max(out.Receipts[device], version)
		}
	}
	return exported, copied, nil
}

// step translates the progress of one file into that of the whole export.
func (e *exporting) step(raw int64) func(done, total int64) {
	before := e.done
	e.done += raw
	return func(done, _ int64) {
		if e.progress != nil {
			e.progress(before+min(done, raw), e.total)
		}
	}
}

// spec lays out one file.
func (e *exporting) spec(ctx context.Context, s *shipment) (bundle.Spec, map[string]uint64, error) {
	reg, node, me := e.ws.Register(), e.ws.Node(), e.ws.Me()
	if reg == nil {
		return bundle.Spec{}, nil, locked()
	}
	card, _ := node.Card(me.User)
	receipts, versions, err := receiptsFor(e.ws, e.counters, e.mission, s.nodes)
	if err != nil {
		return bundle.Spec{}, nil, err
	}
	recovery := e.ws.Trust().Directory().Recovery
	spec := bundle.Spec{
		Kind: s.kind, From: trust.DeviceName(node.Device), User: trust.UserName(me.User), Mission: e.mission.ID, Training: me.Training, App: version.App,
		Created: e.ws.Now(), HLC: oplog.HLCAt(e.ws.Now()), Have: have(e.ws, e.mission),
		Documents: append(e.ws.Trust().DocumentsFor(e.mission.ID), receipts...), Witnesses: s.load.witnesses(),
		DeviceKey: node.Key, DeviceCert: node.Certificate, UserKey: reg.Identity().Sign, UserCert: card.Certificate,
	}
	spec.Parts = s.load.parts(ctx, e.ws, func(c domain.Compartment) []string {
		var recipients []string
		for _, name := range s.nodes {
			if e.relay.mayReceive(name, c) {
				recipients = append(recipients, e.relay.inbox(name, c))
			}
		}
		return append(recipients, recovery)
	})
	spec.Blobs = s.load.attached(e.ws, spec.Parts)
	if len(spec.Parts) == 0 && me.HQ {
		spec.Kind = domain.BundleService
	}
	for i, name := range s.nodes {
		recipient := e.mission.HQ().Recipient
		if name != trust.NodeHQ {
			node, _ := e.mission.Node(name)
			recipient = node.Recipient
		}
		out := e.counters.to(name)
		addressee := bundle.Addressee{Node: name, Sequence: out.Sequence + 1, Recipients: []string{recipient}}
		if previous, err := hex.DecodeString(out.Previous); err == nil && len(previous) == 32 && out.Sequence > 0 {
			addressee.Previous = bundle.Hash(previous)
		}
		if i == len(s.nodes)-1 {
			addressee.Recipients = append(addressee.Recipients, recovery)
		}
		spec.To = append(spec.To, addressee)
	}
	return spec, versions, nil
}

// kindOf is the kind of bundle that this machine sends to these nodes (security.md 6.3).
func (e *exporting) kindOf(nodes []string) string {
	me := e.ws.Me()
	node, ok := e.mission.Node(nodes[0])
	switch {
	case e.mission.Partner != nil && me.HQ:
		return domain.BundlePartnerOut
	case e.mission.Partner != nil:
		return domain.BundlePartnerIn
	case me.HQ && ok && ofCourse(node):
		return domain.BundleRoster
	case me.HQ:
		return domain.BundleCaseload
	case me.Role == "NCO" || me.Role == "NFA":
		return domain.BundleOrientation
	}
	return domain.BundleField
}

// missionFor is the mission or partner whose machines a file is for: the one named, else the only one that knows all receivers.
func missionFor(ws *workspace.Workspace, o ExportOptions) (*trust.Mission, error) {
	if t := ws.Trust(); t != nil && o.Mission == uuid.Nil && ws.Me().HQ {
		fitting := slices.DeleteFunc(slices.Clone(t.Missions()), func(m *trust.Mission) bool {
			return slices.ContainsFunc(o.To, func(name string) bool {
				_, err := resolveNode(m, name)
				return err != nil
			})
		})
		if len(fitting) == 1 {
			return fitting[0], nil
		}
	}
	return missionOf(ws, o.Mission)
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
	missions := slices.DeleteFunc(slices.Clone(t.Missions()), func(m *trust.Mission) bool { return m.Partner != nil })
	if len(missions) != 1 {
		return nil, fault.Newf("E-TO", "", "%d missions: name one", len(missions))
	}
	return missions[0], nil
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

// maxHave keeps `have` clear of the limit of a manifest (security.md 6.3).
const maxHave = bundle.MaxHave - 4<<10

// have says what this machine has of the mission's chains. When that is too much for a manifest, it says less, compartment by
// compartment: then others send more than they need.
func have(ws *workspace.Workspace, mission *trust.Mission) bundle.Have {
	me := ws.Me()
	h := bundle.Have{Chains: held(ws)}
	if me.HQ {
		for name, chains := range h.Chains {
			if c, err := domain.ParseCompartment(name); err == nil {
				maps.DeleteFunc(chains, func(key string, _ oplog.Intervals) bool {
					chain, err := oplog.ParseChainKey(c, key)
					_, member := mission.Node(trust.DeviceName(chain.Device))
					return err != nil || !member && chain.Device != me.Device
				})
			}
		}
	}
	for _, c := range slices.Backward(domain.AllCompartments) {
		if text, err := oplog.Canonical(h.Chains); err != nil || len(text) <= maxHave {
			break
		}
		h.Chains[c.String()] = map[string]oplog.Intervals{}
	}
	t := ws.Trust()
	if directory := t.Directory(); directory != nil {
		h.Directory = directory.Version
	}
	h.Mission = mission.Version
	if receipt, err := ownReceipt(ws); err == nil && receipt != nil {
		h.Receipt = receipt.Version
	}
	h.Wants = wants(ws, mission)
	return h
}

package exchange

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// maxRuns is how many stretches of one chain a file carries before it sends what lies between them too.
const maxRuns = 64

// stretch is a run of lines to be sent, with the witness that proves its end when another machine wrote it.
type stretch struct {
	compartment domain.Compartment
	run         bundle.ChainRange
	witness     *proof // nil for own lines, whose end our own manifest proves
}

func (s stretch) chain() oplog.Chain { return s.run.Chain(s.compartment) }

// relay decides what goes to a set of nodes: own lines, and those of others byte for byte (security.md 5.6).
type relay struct {
	ws       *workspace.Workspace
	counters *counters
	mission  *trust.Mission
	proofs   []proof
	receipts map[string]*trust.Receipt
	own      *acknowledgement
	claims   []workspace.HeldClaim
	all      bool // also what the receivers have
	alone    bool // only what is for one machine and no other; the rest is in another file
}

func newRelay(ctx context.Context, ws *workspace.Workspace, c *counters, mission *trust.Mission, all bool) (*relay, error) {
	proofs, err := readProofs(ws.Register())
	if err != nil {
		return nil, err
	}
	own, err := acknowledged(ws)
	if err != nil {
		return nil, err
	}
	receipts, err := parsedReceipts(ws.Register())
	if err != nil {
		return nil, err
	}
	claims, err := ws.Claims(ctx)
	if err != nil {
		return nil, err
	}
	return &relay{ws: ws, counters: c, mission: mission, proofs: proofs, receipts: receipts, own: own, claims: claims, all: all}, nil
}

// stretches lists what of a compartment some of the nodes lack and all of them may have, in the order of a manifest.
// nodes are all that the file is for, receivers those of them that can open this compartment.
func (r *relay) stretches(ctx context.Context, c domain.Compartment, nodes, receivers []string) ([]stretch, error) {
	var out []stretch
	for _, state := range r.ws.Register().Chains(c) {
		if state.Have.Last() == 0 {
			continue
		}
		own := state.Chain.Device == r.ws.Me().Device
		may, err := r.mayTravel(ctx, state, nodes)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		var missing oplog.Intervals
		for _, node := range receivers {
			missing = missing.Union(r.lacks(state, node)).Union(r.wantedLines(state, node))
		}
		switch {
		case len(missing) == 0:
		case own:
			out = append(out, r.ownStretches(state, missing)...)
		default:
			out = append(out, r.foreignStretches(state, missing)...)
		}
	}
	slices.SortFunc(out, func(a, b stretch) int {
		if order := a.chain().Compare(b.chain()); order != 0 {
			return order
		}
		return int(a.run.First) - int(b.run.First)
	})
	return out, nil
}

// lacks gives the lines of a chain that a node has not proven to have.
func (r *relay) lacks(state register.ChainState, node string) oplog.Intervals {
	device := state.Chain.Device
	switch {
	case node == trust.NodeHQ && r.headquarters(device):
		return nil
	case node == trust.DeviceName(device):
		return r.back(state, node)
	case r.all:
		return state.Have
	case node != trust.NodeHQ:
		return state.Have.Minus(r.counters.from(node).Have.Of(state.Chain))
	case device == r.ws.Me().Device:
		return state.Have.Minus(r.own.settled(state.Chain))
	}
	// What headquarters says it has saves repeating the lines of others; each of them repeats its own until a receipt comes.
	known := oplog.Intervals{}
	if receipt := r.receipts[trust.DeviceName(device)]; receipt != nil {
		known = receipt.Merged.Of(state.Chain).Union(receipt.Stored.Of(state.Chain))
	}
	for name, in := range r.counters.In {
		if id, ok := trust.ParseDeviceName(name); ok && r.headquarters(id) {
			known = known.Union(in.Have.Of(state.Chain))
		}
	}
	return state.Have.Minus(known).Union(r.twin(state, node))
}

// twin is what headquarters may have under other lines' names, as its own issues or the other side's file have shown (security.md 6.7): it is
// sent ours, until its receipt for the machine speaks of the fork or proves to mean the same lines. Who wrote them may never come to
// tell it himself; that the other copy has gone on in a new epoch says nothing of that.
func (r *relay) twin(state register.ChainState, node string) oplog.Intervals {
	n := r.counters.forkSeen(state.Chain)
	if node != trust.NodeHQ || n == 0 {
		return nil
	}
	device := state.Chain.Device
	receipt := r.receipts[trust.DeviceName(device)]
	if receipt == nil {
		return from(state, n)
	}
	if forkedIn(receipt, device)[state.Chain] > 0 {
		return nil
	}
	certain, _ := proven(r.ws.Register(), receipt)
	return from(state, n).Minus(certain.Of(state.Chain))
}

// from gives the lines of a chain from a number on.
func from(state register.ChainState, n uint64) oplog.Intervals {
	return state.Have.Minus(oplog.Intervals{{1, max(n, 2) - 1}})
}

// back is what a machine misses of its own chain: it was put back to an older state. Where two lines have one name, it is
// sent ours too, so that it sees where they part (security.md 6.7).
func (r *relay) back(state register.ChainState, node string) oplog.Intervals {
	in := r.counters.In[node]
	if in == nil || in.HLC == "" {
		return nil // nothing is known of it: it has its own lines
	}
	missing := state.Have.Minus(in.Have.Of(state.Chain))
	if n := r.counters.forkedAt(state.Chain); n > 0 {
		missing = missing.Union(from(state, n))
	}
	return missing
}

// headquarters reports whether a machine is no field machine of the mission.
func (r *relay) headquarters(device uuid.UUID) bool {
	if device == r.ws.Me().Device {
		return r.ws.Me().HQ
	}
	_, field := r.mission.Node(trust.DeviceName(device))
	return !field
}

// mayTravel keeps lines with those that they are for. Headquarters' own lines stay at home but for the chain whose audience
// is the mission, or the one device addressed; lines of a field machine go to everybody on the mission; headquarters gives a
// machine its own lines back and nobody else's (security.md 5.2).
func (r *relay) mayTravel(ctx context.Context, state register.ChainState, nodes []string) (bool, error) {
	me, device := r.ws.Me(), state.Chain.Device
	if device == me.Device {
		if !me.HQ {
			return true, nil
		}
		return r.mayIssueTo(state.Chain, nodes), nil
	}
	if me.HQ {
		return len(nodes) == 1 && nodes[0] == trust.DeviceName(device), nil
	}
	if len(nodes) == 1 && nodes[0] == trust.NodeHQ {
		return !r.headquarters(device), nil
	}
	audience, err := r.audience(ctx, state.Chain)
	if r.mission.Partner != nil {
		return audience == workspace.PartnerAudience(r.mission.ID), err
	}
	return audience == workspace.MissionAudience(r.mission.ID), err
}

// mayIssueTo says whether a chain of headquarters' own is for all of some nodes, which are alike (see fill).
func (r *relay) mayIssueTo(chain oplog.Chain, nodes []string) bool {
	node, ok := r.mission.Node(nodes[0])
	course := ok && ofCourse(node)
	audience := r.ws.Audience(chain.Epoch)
	if r.alone {
		return audience == nodes[0]
	}
	if r.mission.Partner != nil {
		return audience == workspace.PartnerAudience(r.mission.ID)
	}
	switch audience {
	case workspace.MissionAudience(r.mission.ID):
		return !course
	case workspace.CourseAudience(r.mission.ID):
		return course || chain.Compartment == domain.Orientation
	default:
		return len(nodes) == 1 && audience == nodes[0]
	}
}

// audience reads the first line of a chain, or of another compartment's of the same epoch; empty when none is here.
func (r *relay) audience(ctx context.Context, chain oplog.Chain) (string, error) {
	reg := r.ws.Register()
	for _, c := range append([]domain.Compartment{chain.Compartment}, domain.AllCompartments...) {
		chain.Compartment = c
		if !reg.Known(c, chain.Name(1)) {
			continue
		}
		for stored, err := range reg.Lines(ctx, chain, 1, 1) {
			if err != nil {
				return "", err
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil && line.Kind == oplog.KindChain {
				return line.Audience, nil
			}
		}
	}
	return "", nil
}

// ownStretches sends just what is missing, gaps one by one: our manifest proves any end.
func (r *relay) ownStretches(state register.ChainState, missing oplog.Intervals) []stretch {
	if len(missing) > maxRuns {
		whole := oplog.Interval{missing[0][0], missing.Last()}
		missing = state.Have.Minus(state.Have.Minus(oplog.Intervals{whole}))
	}
	var out []stretch
	for _, gap := range missing {
		if run, ok := r.runOf(state.Chain, gap[0], gap[1]); ok {
			out = append(out, stretch{compartment: state.Chain.Compartment, run: run})
		}
	}
	return out
}

// foreignStretches sends from the first line missing to the last end that its author signed: only there can the receiver
// tell that nothing was left out.
func (r *relay) foreignStretches(state register.ChainState, missing oplog.Intervals) []stretch {
	var out []stretch
	for _, held := range state.Have {
		wanted := missing.Minus(missing.Minus(oplog.Intervals{held}))
		if len(wanted) == 0 {
			continue
		}
		first := wanted[0][0]
		if witness, run, ok := r.end(state.Chain, first, held[1]); ok {
			run.First = first
			out = append(out, stretch{state.Chain.Compartment, run, witness})
		}
	}
	return out
}

// end finds the last proven end of a chain from first to last.
func (r *relay) end(chain oplog.Chain, first, last uint64) (witness *proof, best bundle.ChainRange, ok bool) {
	for i := range r.proofs {
		r.proofs[i].runs(func(of oplog.Chain, run bundle.ChainRange) {
			if of != chain || run.Last < first || run.Last > last || ok && run.Last <= best.Last {
				return
			}
			if head, known := r.ws.Register().Head(chain.Compartment, chain.Name(run.Last)); known && head.Link == run.Tip {
				witness, best, ok = &r.proofs[i], run, true
			}
		})
	}
	return witness, best, ok
}

func (r *relay) runOf(chain oplog.Chain, first, last uint64) (bundle.ChainRange, bool) {
	head, ok := r.ws.Register().Head(chain.Compartment, chain.Name(last))
	return bundle.ChainRange{Device: chain.Device, Epoch: chain.Epoch, First: first, Last: last, Tip: head.Link}, ok
}

// origins judges each line of a file by the machine that wrote it, which need not be the one that sent it.
type origins map[uuid.UUID]*origin

type origin struct {
	*judge
	revoked bool
}

// originsOf finds who wrote the runs of a part. Fault E-WITNESS when the proof of one of them is missing.
func (in *incomingFile) originsOf(ws *workspace.Workspace, part bundle.PartInfo) (origins, error) {
	all := origins{}
	for _, run := range part.Chains {
		device, revoked, err := in.verified.Origin(part.Compartment, run)
		if err != nil {
			return nil, err
		}
		if known := all[run.Device]; known != nil {
			known.revoked = known.revoked || revoked
			continue
		}
		wrote := *in.verified
		if wrote.Device = device; device.ID != in.verified.Device.ID {
			wrote.User = trust.User{} // whoever forwards lends the lines no role
		}
		all[run.Device] = &origin{newJudge(ws, &wrote), revoked}
		all[run.Device].partner = in.answering
	}
	return all, nil
}

func (o origins) line(c domain.Compartment, raw bundle.RawLine) (*oplog.Line, string) {
	wrote := o[raw.Position.Device]
	if wrote == nil {
		return &oplog.Line{Compartment: c, Device: raw.Position.Device, Epoch: raw.Position.Epoch, N: raw.Position.N}, "E-WITNESS"
	}
	line, code := wrote.line(c, raw)
	if wrote.revoked && line.Kind != oplog.KindChain {
		code = "E-REVOKED"
	}
	return line, code
}

// Relayed counts the lines of another machine that a file brings.
type Relayed struct {
	Node  string `json:"node"`
	Alias string `json:"alias"`
	Lines int    `json:"lines"`
}

// relayed says whose lines a file brings besides the sender's.
func (in *incomingFile) relayed(ws *workspace.Workspace) []Relayed {
	out := []Relayed{}
	counts := map[uuid.UUID]int{}
	for _, line := range in.lines {
		if line.Line.Device != in.verified.Device.ID {
			counts[line.Line.Device]++
		}
	}
	for device, n := range counts {
		name := trust.DeviceName(device)
		alias := aliasOf(ws, name)
		if alias == name && device != ws.Me().Device {
			alias = trust.NodeHQ
		}
		out = append(out, Relayed{Node: name, Alias: alias, Lines: n})
	}
	slices.SortFunc(out, func(a, b Relayed) int { return compareText(a.Node, b.Node) })
	return out
}

// lead reports whether a node may be sent what interviewers keep from each other: it has an inbox for every compartment that
// a mission lead reads, which nobody else in the field has (security.md 2.3).
func lead(node *trust.Node) bool {
	return !slices.ContainsFunc(domain.MLD.Rings(), func(ring domain.Ring) bool {
		return ring != domain.RingAudit && node.Inbox.For(domain.Compartment(ring)) == ""
	})
}

// mayReceive reports whether a field machine may send a node a part of the compartment. Among colleagues only open and case
// travel, and orientation among those of the orientation course; the rest goes to the lead and to headquarters
// (security.md 2.3, 6.3).
func (r *relay) mayReceive(name string, c domain.Compartment) bool {
	if name == trust.NodeHQ {
		return r.mission.HQ().Inbox.For(c) != ""
	}
	node, ok := r.mission.Node(name)
	if !ok || node.Inbox.For(c) == "" {
		return false
	}
	if r.ws.Me().HQ || lead(node) {
		return true
	}
	if ofCourse(node) {
		self, ok := r.mission.Node(trust.DeviceName(r.ws.Me().Device))
		return ok && ofCourse(self) && (c == domain.Open || c == domain.Orientation)
	}
	return c == domain.Open || c == domain.Case
}

// inbox is the recipient of a node for a compartment, or "".
func (r *relay) inbox(name string, c domain.Compartment) string {
	if name == trust.NodeHQ {
		return r.mission.HQ().Inbox.For(c)
	}
	if node, ok := r.mission.Node(name); ok {
		return node.Inbox.For(c)
	}
	return ""
}

// locked is the fault of a workspace that was locked meanwhile.
func locked() error { return fault.New("V-LOCKED", "", nil) }

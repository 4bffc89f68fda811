package exchange

import (
	"context"
	"maps"
	"slices"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Status says where the work of this machine is, and at headquarters what is known of each device.
type Status struct {
	// Own counts this machine's own lines.
	Own Progress `json:"own"`
	// Unsent is the age of the oldest own line that no file holds; zero when all are in a file.
	OldestUnsent string `json:"oldest_unsent,omitempty"`
	// Devices are the other machines of the missions known.
	Devices []DeviceStatus `json:"devices"`
	// Copies are the exported files kept in sent/, Carried those of others kept for headquarters.
	Copies  int       `json:"copies"`
	Carried []Carried `json:"carried"`
	// Quarantined counts lines that are stored and invisible.
	Quarantined int `json:"quarantined"`
	// Warnings name what people should act on: expired documents, single keys.
	Warnings []string `json:"warnings"`
}

// Progress counts lines by how far they came; each includes the following ones. The chain's own first lines and audit
// lines count too, for they travel alike.
type Progress struct {
	Total    int `json:"total"`
	InBundle int `json:"in_bundle"` // a file for headquarters holds them
	Stored   int `json:"stored"`    // headquarters has the sealed bytes
	Merged   int `json:"merged"`    // they are in the register
}

// Unsent is how many lines no file for headquarters holds.
func (p Progress) Unsent() int { return p.Total - p.InBundle }

// DeviceStatus is what this machine knows of another one.
type DeviceStatus struct {
	Node     string   `json:"node"`
	Alias    string   `json:"alias"`
	Mission  string   `json:"mission"`
	LastSeen string   `json:"last_seen,omitempty"` // when its newest bundle was taken in
	App      string   `json:"app,omitempty"`
	Sequence uint64   `json:"sequence"`
	Lines    int      `json:"lines"` // of its own chains, held here
	Gaps     []Gap    `json:"gaps"`
	Receipt  uint64   `json:"receipt"` // version of the newest receipt for it
	LastSent string   `json:"last_sent,omitempty"`
	Waiting  []string `json:"waiting"` // parts that wait for their ring
	// Receives names the compartments that the machine may be sent.
	Receives []string `json:"receives"`
	// MissingBundles are numbers of files that the machine made for this one and that have not come. That alone is no loss: a
	// later file, or another way, may have brought the lines; Gaps tells what is missing indeed.
	MissingBundles oplog.Intervals `json:"missing_bundles"`
	// Forks are an alarm: the machine, or a copy of it, gave one name to two things.
	Forks []Fork `json:"forks"`
	// Trusted says what the mission's directory says of the machine, and how far that has come to it.
	Trusted
	// Pending is what is here for the machine; zero outside headquarters.
	Pending Pending `json:"pending"`
	// Forms are the question sets that its newest lines were written with, as in "identity@1"; none before the first ones.
	Forms []string `json:"forms"`
}

// StatusOf reads the state of the exchange. It writes nothing.
func StatusOf(ctx context.Context, ws *workspace.Workspace) (*Status, error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	s := &Status{Devices: []DeviceStatus{}, Carried: []Carried{}, Warnings: []string{}, Copies: len(counters.Sent), Quarantined: len(ws.Quarantine())}
	if err := s.own(ctx, ws, counters); err != nil {
		return nil, err
	}
	t := ws.Trust()
	if t == nil {
		return s, nil
	}
	for _, w := range t.Warnings(ws.Now()) {
		s.Warnings = append(s.Warnings, w.Kind)
	}
	receipts, err := parsedReceipts(ws.Register())
	if err != nil {
		return nil, err
	}
	for _, c := range counters.Carried {
		s.Carried = append(s.Carried, *c.shown(ws, receipts))
	}
	for _, mission := range t.Missions() {
		pending, err := pendingIn(ctx, ws, counters, mission)
		if err != nil {
			return nil, err
		}
		for _, node := range mission.Nodes {
			if node.Node == trust.DeviceName(ws.Me().Device) {
				continue
			}
			device := deviceStatus(ws, counters, node)
			device.Mission = mission.ID.String()
			device.Trusted = trustedAs(mission, node, counters)
			if device.Pending, err = pending(ctx, node); err != nil {
				return nil, err
			}
			if receipt := receipts[node.Node]; receipt != nil {
				device.Receipt = receipt.Version
			}
			s.Devices = append(s.Devices, device)
		}
	}
	return s, nil
}

func deviceStatus(ws *workspace.Workspace, c *counters, node trust.Node) DeviceStatus {
	d := DeviceStatus{Node: node.Node, Alias: node.Alias, Gaps: []Gap{}, MissingBundles: oplog.Intervals{}, Forks: []Fork{}, Waiting: []string{}, Receives: slices.Sorted(maps.Keys(node.Inbox)), Forms: []string{}}
	if in := c.In[node.Node]; in != nil {
		d.LastSeen, d.App, d.Sequence = in.At, in.App, in.Sequence
		for _, t := range in.Manifests {
			d.Waiting = append(d.Waiting, t.Stored...)
		}
		d.MissingBundles = append(d.MissingBundles, in.missingBundles()...)
		d.Forms = in.forms()
	}
	for _, fork := range c.Forks {
		if fork.Node == node.Node {
			d.Forks = append(d.Forks, fork)
		}
	}
	if out := c.Out[node.Node]; out != nil {
		d.LastSent = out.At
	}
	id, _ := trust.ParseDeviceName(node.Node)
	each(ws, func(chain oplog.Chain, have oplog.Intervals) {
		if chain.Device != id {
			return
		}
		d.Lines += int(have.Count())
		if gaps := have.Gaps(have.Last()); len(gaps) > 0 {
			d.Gaps = append(d.Gaps, Gap{Compartment: chain.Compartment.String(), Chain: chain.Key(), Missing: gaps})
		}
	})
	return d
}

func each(ws *workspace.Workspace, f func(oplog.Chain, oplog.Intervals)) {
	for _, c := range domain.AllCompartments {
		for _, state := range ws.Register().Chains(c) {
			f(state.Chain, state.Have)
		}
	}
}

func (s *Status) own(ctx context.Context, ws *workspace.Workspace, c *counters) error {
	if ws.Me().HQ {
		return nil
	}
	sent := Ranges{}
	if out := c.Out[trust.NodeHQ]; out != nil {
		sent = out.Sent
	}
	proven, err := acknowledged(ws)
	if err != nil {
		return err
	}
	var oldest oplog.HLC
	var failed error
	each(ws, func(chain oplog.Chain, have oplog.Intervals) {
		if chain.Device != ws.Me().Device || chain.Compartment == domain.Audit {
			return
		}
		s.Own.Total += int(have.Count())
		s.Own.InBundle += inside(have, sent.Of(chain))
		s.Own.Stored += inside(have, proven.stored.Of(chain))
		s.Own.Merged += inside(have, proven.merged.Of(chain))
		unsent := have.Minus(sent.Of(chain))
		if len(unsent) == 0 || failed != nil {
			return
		}
		for line, err := range ws.Register().Lines(ctx, chain, unsent[0][0], unsent[0][0]) {
			if err != nil {
				failed = err
				return
			}
			if parsed, err := oplog.Parse(line.Bytes); err == nil && (oldest == 0 || parsed.HLC < oldest) {
				oldest = parsed.HLC
			}
		}
	})
	if oldest > 0 {
		s.OldestUnsent = oldest.Time().UTC().Format(time.RFC3339)
	}
	return failed
}

// inside counts the lines of have that lie in other.
func inside(have, other oplog.Intervals) int {
	return int(have.Count() - have.Minus(other).Count())
}

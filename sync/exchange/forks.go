package exchange

import (
	"context"
	"path/filepath"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// Fork says that a machine gave one name to two things: it was cloned, or set back to an older state and went on writing
// (security.md 6.7). Both are kept: one in the register, the other in the sealed file.
type Fork struct {
	Node string `json:"node"`
	// Compartment and Chain say where, and N from which line on; all empty when two files have one sequence number.
	Compartment string `json:"compartment,omitempty"`
	Chain       string `json:"chain,omitempty"`
	N           uint64 `json:"n,omitempty"`
	Sequence    uint64 `json:"seq,omitempty"`
	Bundle      string `json:"bundle"` // that brought the second one
	At          string `json:"at"`
	// Settled is true once the machine writes in a new epoch that replaces this one.
	Settled bool `json:"settled"`
}

func (f Fork) chain() (oplog.Chain, bool) {
	c, err := domain.ParseCompartment(f.Compartment)
	if err != nil {
		return oplog.Chain{}, false
	}
	chain, err := oplog.ParseChainKey(c, f.Chain)
	return chain, err == nil
}

func (f Fork) same(g Fork) bool {
	return f.Node == g.Node && f.Compartment == g.Compartment && f.Chain == g.Chain && f.Sequence == g.Sequence
}

// forkSeen is the first line of a chain of which there are two, 0 when there is none.
func (c *counters) forkSeen(chain oplog.Chain) uint64 {
	n, _ := c.fork(chain)
	return n
}

// forkedAt is the same, but 0 when the machine has left the epoch.
func (c *counters) forkedAt(chain oplog.Chain) uint64 {
	n, settled := c.fork(chain)
	if settled {
		return 0
	}
	return n
}

func (c *counters) fork(chain oplog.Chain) (n uint64, settled bool) {
	for _, f := range c.Forks {
		if of, ok := f.chain(); ok && of == chain {
			return f.N, f.Settled
		}
	}
	return 0, false
}

// forks are the chains of a file that part from what is known here, with the first line of which there are two.
type forks map[oplog.Chain]uint64

// parts finds out whether a run parts from the known lines around it before its lines are read: its signed end does not lead
// to the line known after it.
func (f forks) parts(reg *register.Register, c domain.Compartment, run bundle.ChainRange) {
	chain := run.Chain(c)
	if next, ok := reg.Head(c, chain.Name(run.Last+1)); ok && oplog.Link([32]byte(run.Tip), next.Hash) != next.Link {
		f.note(chain, run.First)
	}
}

// line reports whether a line belongs to the other side of a fork: it, or one before it, has the name of a known line and
// other content, or does not join the line known before it. The sender signed the end of its chain, so its links are its own
// word. Where the line before is the same, the fork begins just here; else it began somewhere before, so all is in doubt.
func (f forks) line(reg *register.Register, c domain.Compartment, raw bundle.RawLine) bool {
	chain := raw.Position.Chain(c)
	if first, forked := f[chain]; forked && raw.Position.N >= first {
		return true
	}
	before := raw.Position
	before.N--
	if known, ok := reg.Head(c, before); ok && oplog.Link(known.Link, raw.Hash) != raw.Link {
		f.note(chain, 1)
		return true
	}
	if known, ok := reg.Head(c, raw.Position); ok && known.Hash != raw.Hash {
		f.note(chain, raw.Position.N)
		return true
	}
	return false
}

func (f forks) note(chain oplog.Chain, n uint64) {
	if first, known := f[chain]; !known || n < first {
		f[chain] = n
	}
}

// noteForks puts forks on record, in the transaction of the import, and marks those as settled whose machine has left the
// epoch.
func (in *incomingFile) noteForks(ws *workspace.Workspace) {
	id, at := in.verified.Manifest.Bundle.String(), stamp(ws.Now())
	add := func(f Fork) {
		f.Bundle, f.At = id, at
		i := slices.IndexFunc(in.counters.Forks, f.same)
		switch {
		case i < 0:
			in.counters.Forks = append(in.counters.Forks, f)
		case f.N < in.counters.Forks[i].N:
			in.counters.Forks[i].N, in.counters.Forks[i].Settled = f.N, false
		}
	}
	for _, found := range []forks{in.forks, in.doubles} {
		for chain, n := range found {
			if chain.Device != in.me.Device {
				add(Fork{Node: trust.DeviceName(chain.Device), Compartment: chain.Compartment.String(), Chain: chain.Key(), N: n})
			}
		}
	}
	if in.sameSequence {
		add(Fork{Node: in.verified.Manifest.From, Sequence: in.plan.Sequence})
	}
	slices.SortFunc(in.counters.Forks, func(a, b Fork) int {
		if a.Node != b.Node {
			return compareText(a.Node, b.Node)
		}
		if a.Compartment != b.Compartment {
			return compareText(a.Compartment, b.Compartment)
		}
		return compareText(a.Chain, b.Chain)
	})
	for i := range in.lines {
		line := in.lines[i].Line
		if line.Kind != oplog.KindChain || len(line.Replaces) == 0 {
			continue
		}
		for k := range in.counters.Forks {
			f := &in.counters.Forks[k]
			chain, ok := f.chain()
			left := ok && chain.Device == line.Device && slices.Contains(line.Replaces, chain.Epoch)
			f.Settled = f.Settled || left || !ok && f.Node == trust.DeviceName(line.Device)
		}
	}
}

// checkSequence holds a file against those that came from the sender before: the same number with other content means that
// the machine was cloned or set back; a number left out is information only, for another file may bring the lines.
func (in *incomingFile) checkSequence() {
	in.sameSequence = slices.ContainsFunc(in.counters.from(in.verified.Manifest.From).Manifests, func(t taken) bool {
		return t.Sequence == in.plan.Sequence && t.Manifest != hexText(in.verified.ManifestHash[:])
	})
}

// missingBundles lists the numbers of files that a sender made for this machine and that have not come.
func (in *incoming) missingBundles() oplog.Intervals {
	var have oplog.Intervals
	for _, t := range in.Manifests {
		if t.Sequence > 0 {
			have.Add(t.Sequence)
		}
	}
	return have.Gaps(have.Last())
}

// noteDoubles takes in that headquarters says again another line than the one that is here under its name. Nothing is left out for
// it, and the file is not kept: both lines are here.
func (in *incomingFile) noteDoubles(applied *workspace.Applied) {
	for c, lines := range applied.Doubles {
		for key, numbers := range lines {
			if chain, err := oplog.ParseChainKey(c, key); err == nil {
				in.doubles.note(chain, numbers[0][0])
			}
		}
	}
}

// settleForks marks forks as settled whose machine had left the epoch before this machine heard that there are two: the other side's
// file, or headquarters' word of it, comes when it comes.
func (in *incomingFile) settleForks(ctx context.Context, ws *workspace.Workspace) error {
	reg := ws.Register()
	if reg == nil {
		return nil
	}
	counters, err := readCounters(reg)
	if err != nil {
		return err
	}
	left, changed := leftEpochs{}, false
	for i := range counters.Forks {
		f := &counters.Forks[i]
		if f.Settled {
			continue
		}
		epochs := in.epochsOf(f)
		if len(epochs) == 0 {
			continue
		}
		behind, err := left.of(ctx, reg, f.Node)
		if err != nil {
			return err
		}
		f.Settled = !slices.ContainsFunc(epochs, func(epoch uint32) bool { return !slices.Contains(behind, epoch) })
		changed = changed || f.Settled
	}
	if !changed {
		return nil
	}
	return storeCounters(ctx, ws, counters)
}

// epochsOf are the epochs that a machine must have left for a fork to be settled. Which ones a second file with one number was
// written in, only that file says.
func (in *incomingFile) epochsOf(f *Fork) (epochs []uint32) {
	if chain, ok := f.chain(); ok {
		return []uint32{chain.Epoch}
	}
	if !in.sameSequence || f.Node != in.verified.Manifest.From || f.Sequence != in.plan.Sequence {
		return nil
	}
	for _, part := range in.verified.Parts {
		for _, run := range part.Chains {
			if trust.DeviceName(run.Device) == f.Node {
				epochs = append(epochs, run.Epoch)
			}
		}
	}
	return epochs
}

// leftEpochs are, by machine, the epochs that a later one of it replaces.
type leftEpochs map[string][]uint32

// of reads the first lines of a machine's chains, once.
func (l leftEpochs) of(ctx context.Context, reg *register.Register, node string) ([]uint32, error) {
	if epochs, known := l[node]; known {
		return epochs, nil
	}
	epochs := []uint32{}
	for _, c := range domain.AllCompartments {
		if !reg.Holds(domain.RingOf(c)) {
			continue
		}
		for _, state := range reg.Chains(c) {
			if trust.DeviceName(state.Chain.Device) != node {
				continue
			}
			for stored, err := range reg.Lines(ctx, state.Chain, 1, 1) {
				if err != nil {
					return nil, err
				}
				if line, err := oplog.Parse(stored.Bytes); err == nil {
					epochs = append(epochs, line.Replaces...)
				}
			}
		}
	}
	l[node] = epochs
	return epochs, nil
}

// keepOther lays a copy of a file into quarantine/ when it holds the other side of a fork, so that nothing is thrown away.
func (in *incomingFile) keepOther(ctx context.Context, ws *workspace.Workspace, work string) error {
	if len(in.forks) == 0 || in.known != nil {
		return nil
	}
	copied := filepath.Join(ws.Dir(), "inbox", bundle.NewFileName())
	if err := fsx.Copy(copied, work); err != nil {
		return err
	}
	return putAside(ctx, ws, copied, in.plan.File, "E-FORK")
}

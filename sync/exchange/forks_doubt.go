package exchange

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// acknowledgement is what headquarters has proven to have of this machine's own lines.
//
// A receipt speaks of line numbers. In a vault that was set back to an older state, or on a cloned machine, another copy may
// have used the same numbers for other lines. So a receipt counts only as far as its links are those of the lines here; the
// rest counts as not arrived (security.md 6.7).
type acknowledgement struct {
	receipt *trust.Receipt // nil before the first one
	merged  Ranges
	stored  Ranges // merged or waiting for its ring there
	given   Ranges // not to be sent again: written anew in another epoch, or kept at headquarters in a refused file
	suspect map[oplog.Chain]uint64
}

func acknowledged(ws *workspace.Workspace) (*acknowledgement, error) {
	receipts, err := readReceipts(ws.Register())
	if err != nil {
		return nil, err
	}
	device := ws.Me().Device
	k := receipts[trust.DeviceName(device)]
	a := &acknowledgement{merged: Ranges{}, stored: Ranges{}, given: Ranges{}, suspect: k.suspects()}
	for _, q := range ws.Quarantine() {
		if q.Name.Device == device && q.Code == "E-FORK" {
			add(a.given, q.Name.Chain(q.Compartment), q.Name.N, q.Name.N)
		}
	}
	if a.receipt, err = parseReceipt(k, ws.Dir()); err != nil || a.receipt == nil {
		return a, err
	}
	certain, doubtful := proven(ws.Register(), a.receipt)
	a.merged = common(a.receipt.Merged, certain)
	a.stored = common(union(a.receipt.Merged, a.receipt.Stored), certain)
	forked := forkedIn(a.receipt, device)
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	for chain, n := range forked {
		doubled := oplog.Intervals{{n, max(n, ws.OwnEpochs()[chain])}}
		if chain.Compartment == domain.Audit { // nobody can write the log anew: it goes out once and lies in a refused file
			doubled = doubled.Minus(doubled.Minus(counters.to(trust.NodeHQ).Sent.Of(chain)))
		}
		put(a.given, chain, doubled)
	}
	for _, more := range []map[oplog.Chain]uint64{doubtful, forked} {
		for chain, n := range more {
			if first, known := a.suspect[chain]; !known || n < first {
				a.suspect[chain] = n
			}
		}
	}
	return a, nil
}

// proven compares what a receipt speaks of with the lines here, link by link. Each link stands for the lines after the one
// before it, and the last one ends what can be proven. Certain are the same lines; from doubtful on, by chain, headquarters
// has others, or lines that this register does not know. Of rings that the user does not hold nothing is said.
func proven(reg *register.Register, r *trust.Receipt) (certain Ranges, doubtful map[oplog.Chain]uint64) {
	certain, doubtful = Ranges{}, map[oplog.Chain]uint64{}
	if len(r.Tips) == 0 { // of a program that gave no links: nothing is proven, and nothing speaks against these lines
		return certain, doubtful
	}
	told := union(r.Merged, r.Stored)
	for name, chains := range told {
		c, err := domain.ParseCompartment(name)
		if err != nil || !reg.Holds(domain.RingOf(c)) {
			continue
		}
		for key, intervals := range chains {
			chain, err := oplog.ParseChainKey(c, key)
			if err != nil || trust.DeviceName(chain.Device) != r.For {
				continue
			}
			from := uint64(1)
			for _, tip := range r.Tips.Of(chain) {
				if head, ok := reg.Head(c, chain.Name(tip.N)); ok && head.Link == tip.Link {
					put(certain, chain, intervals.Minus(intervals.Minus(oplog.Intervals{{from, tip.N}})))
				}
				from = tip.N + 1
			}
			if rest := intervals.Minus(certain.Of(chain)); len(rest) > 0 {
				doubtful[chain] = rest[0][0]
			}
		}
	}
	return certain, doubtful
}

// settled are the lines of an own chain that need not go to headquarters again.
func (a *acknowledgement) settled(chain oplog.Chain) oplog.Intervals {
	return a.stored.Of(chain).Union(a.given.Of(chain))
}

// forkedIn are the own chains that a receipt says there are two of, with the first line.
func forkedIn(r *trust.Receipt, device uuid.UUID) map[oplog.Chain]uint64 {
	out := forks{}
	for _, q := range r.Quarantined {
		c, err := domain.ParseCompartment(q.Compartment)
		if err == nil && q.Code == "E-FORK" && q.Operation.Device == device {
			out.note(q.Operation.Chain(c), q.Operation.N)
		}
	}
	return out
}

// common is what is in both.
func common(a, b Ranges) Ranges { return without(a, without(a, b)) }

func (k kept) suspects() map[oplog.Chain]uint64 {
	out := map[oplog.Chain]uint64{}
	for name, chains := range k.Suspect {
		c, err := domain.ParseCompartment(name)
		if err != nil {
			continue
		}
		for key, n := range chains {
			if chain, err := oplog.ParseChainKey(c, key); err == nil {
				out[chain] = n
			}
		}
	}
	return out
}

func (k *kept) suspectFrom(chain oplog.Chain, n uint64) {
	name, key := chain.Compartment.String(), chain.Key()
	suspect := map[string]map[string]uint64{}
	for c, chains := range k.Suspect {
		suspect[c] = maps.Clone(chains)
	}
	if suspect[name] == nil {
		suspect[name] = map[string]uint64{}
	}
	if before, known := suspect[name][key]; !known || n < before {
		suspect[name][key] = n
	}
	k.Suspect = suspect
}

// returned are the epochs of own lines that a file brings back and this vault does not know.
type returned map[uint32]bool

// line takes an own line that is not on the other side of a fork.
func (r returned) line(ws *workspace.Workspace, c domain.Compartment, name oplog.Name) {
	if name.Device == ws.Me().Device && !ws.Register().Known(c, name) {
		r[name.Epoch] = true
	}
}

// noteOwnForks records own chains of which a file brought another version than the one here, or headquarters' new issue of it.
func (in *incomingFile) noteOwnForks(tx *register.Tx) error {
	device := in.me.Device
	own := maps.Clone(in.forks)
	for chain, n := range in.doubles {
		own.note(chain, n)
	}
	maps.DeleteFunc(own, func(chain oplog.Chain, _ uint64) bool { return chain.Device != device })
	if len(own) == 0 {
		return nil
	}
	return changeReceipts(tx, func(receipts map[string]kept) bool {
		k := receipts[trust.DeviceName(device)]
		for chain, n := range own {
			k.suspectFrom(chain, n)
		}
		receipts[trust.DeviceName(device)] = k
		return true
	})
}

// leaveBehind begins new epochs where this vault may have been set back or cloned, and writes anew there what nobody else is
// certain to have (security.md 6.7). It may be called at any time and does nothing twice.
func leaveBehind(ctx context.Context, ws *workspace.Workspace) error {
	if ws.Me().HQ {
		return nil
	}
	a, err := acknowledged(ws)
	if err != nil || len(a.suspect) == 0 {
		return err
	}
	var epochs []uint32
	for chain := range a.suspect {
		if !slices.Contains(epochs, chain.Epoch) {
			epochs = append(epochs, chain.Epoch)
		}
	}
	if err := ws.ReplaceEpochs(ctx, epochs); err != nil {
		return err
	}
	return ws.WriteAnew(ctx, a.suspect)
}

// leaveReturned begins new epochs where own lines came back: this vault was set back, and what else it wrote then is not
// known here.
func (in *incomingFile) leaveReturned(ctx context.Context, ws *workspace.Workspace) error {
	if len(in.back) == 0 {
		return nil
	}
	return ws.ReplaceEpochs(ctx, slices.Sorted(maps.Keys(in.back)))
}

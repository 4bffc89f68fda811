package exchange

import (
	"context"
	"encoding/json"
	"maps"
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

// acknowledgement is what headquarters has proven to have of this machine's own lines.
//
// A receipt speaks of line numbers. In a vault that was set back to an older state, or on a cloned machine, another copy may
// have used the same numbers for other lines. So a receipt counts only for lines that this vault itself put into a file, or
// that came back and were compared; when it speaks of others, or names a fork, what is not certain counts as not arrived
// (security.md 6.7).
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
	a.merged = common(a.receipt.Merged, k.Certain)
	a.stored = common(union(a.receipt.Merged, a.receipt.Stored), k.Certain)
	for chain, n := range forkedIn(a.receipt, device) {
		add(a.given, chain, n, max(n, ws.OwnEpochs()[chain]))
	}
	return a, nil
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

// everSent are the lines that this vault put into files, whoever they were for.
func everSent(tx *register.Tx) (Ranges, error) {
	sent := Ranges{}
	stored, err := tx.System(domain.RingOf(domain.Open), register.SystemCounters)
	if err != nil || stored == nil {
		return sent, err
	}
	var c counters
	if err := json.Unmarshal(stored, &c); err != nil {
		return nil, fault.New("V-DAMAGED", "", err)
	}
	for _, out := range c.Out {
		merge(sent, out.Sent)
	}
	return sent, nil
}

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

// doubt weighs a new receipt of this machine against what this vault ever sent, and against own lines that came back.
func (k *kept) doubt(device uuid.UUID, r *trust.Receipt, sent, proven Ranges) {
	told := union(r.Merged, r.Stored)
	certain := union(k.Certain, proven)
	strange := without(without(told, sent), certain)
	next := union(certain, common(told, sent))
	forked := forkedIn(r, device)
	for name, chains := range strange {
		c, err := domain.ParseCompartment(name)
		if err != nil {
			continue
		}
		for key := range chains {
			chain, err := oplog.ParseChainKey(c, key)
			if err != nil || chain.Device != device {
				continue
			}
			known := certain.Of(chain)
			if next[name] == nil {
				next[name] = map[string]oplog.Intervals{}
			}
			next[name][key] = known
			first := uint64(1)
			if len(known) > 0 && known[0][0] == 1 {
				first = known[0][1] + 1
			}
			k.suspectFrom(chain, first)
		}
	}
	for chain, n := range forked {
		name, key := chain.Compartment.String(), chain.Key()
		if next[name] != nil {
			next[name][key] = next[name][key].Minus(oplog.Intervals{{n, 1<<53 - 1}})
		}
		k.suspectFrom(chain, n)
	}
	k.Certain = next
}

// returning follows the own lines that a file brings back.
type returning struct {
	last   map[oplog.Chain]uint64 // up to which they are the same as here
	epochs map[uint32]bool        // in which there are some that this vault does not know
}

func newReturning() returning { return returning{map[oplog.Chain]uint64{}, map[uint32]bool{}} }

// line takes an own line that is not on the other side of a fork. When it is known, or stands right behind a known one, its
// link proves that everything before it is the same too.
func (r returning) line(ws *workspace.Workspace, c domain.Compartment, raw bundle.RawLine) {
	name := raw.Position
	if name.Device != ws.Me().Device {
		return
	}
	chain, before := name.Chain(c), name
	before.N--
	known := ws.Register().Known(c, name)
	if known || name.N == 1 || ws.Register().Known(c, before) || r.last[chain] == before.N {
		r.last[chain] = name.N
	}
	if !known {
		r.epochs[name.Epoch] = true
	}
}

func (r returning) join(more returning) {
	maps.Copy(r.last, more.last)
	maps.Copy(r.epochs, more.epochs)
}

func (r returning) proven() Ranges {
	out := Ranges{}
	for chain, last := range r.last {
		add(out, chain, 1, last)
	}
	return out
}

// noteOwnForks records own chains of which a file brought another version than the one here.
func (in *incomingFile) noteOwnForks(tx *register.Tx) error {
	device := in.me.Device
	own := maps.Clone(in.forks)
	maps.DeleteFunc(own, func(chain oplog.Chain, _ uint64) bool { return chain.Device != device })
	back := in.back.proven()
	if len(own) == 0 && len(back) == 0 {
		return nil
	}
	return changeReceipts(tx, func(receipts map[string]kept) bool {
		k := receipts[trust.DeviceName(device)]
		k.Certain = union(k.Certain, back)
		for chain, n := range own {
			k.suspectFrom(chain, n)
			if certain := k.Certain[chain.Compartment.String()]; certain != nil {
				certain[chain.Key()] = certain[chain.Key()].Minus(oplog.Intervals{{n, 1<<53 - 1}})
			}
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
	if len(in.back.epochs) == 0 {
		return nil
	}
	return ws.ReplaceEpochs(ctx, slices.Sorted(maps.Keys(in.back.epochs)))
}

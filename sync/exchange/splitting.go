package exchange

import (
	"context"
	"iter"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
)

// splitAt is how many bytes of lines one file holds at most when there is a choice: a copy that breaks off costs one file, not
// all (security.md 6.3). The stretch of another machine cannot be cut, for only its author proves its end.
var splitAt = int64(64 << 20)

// piece is a stretch with its size in bytes of lines.
type piece struct {
	stretch
	raw int64
}

// measure reads the stretches once and cuts own ones so that none is larger than splitAt.
func measure(ctx context.Context, ws *workspace.Workspace, stretches []stretch) ([]piece, error) {
	var out []piece
	for _, s := range stretches {
		at := piece{stretch: s}
		n := s.run.First
		for line, err := range lines(ctx, ws, s.compartment, []bundle.ChainRange{s.run}) {
			if err != nil {
				return nil, err
			}
			size := int64(len(line)) + 1
			if s.witness == nil && at.raw > 0 && at.raw+size > splitAt {
				rest := at.run
				at.run.Last, at.run.Tip = n-1, bundle.Hash{} // computed when the lines are packed
				out = append(out, at)
				rest.First = n
				at = piece{stretch: stretch{s.compartment, rest, nil}}
			}
			at.raw += size
			n++
		}
		out = append(out, at)
	}
	return out, nil
}

// load is what goes into one file.
type load struct {
	pieces []piece
	raw    int64
}

// split fills files in order. Each is self-contained: it can be taken in without the others, in any order, and what is lost
// of one is what the next export sends again.
func split(pieces []piece) []load {
	var out []load
	var at load
	witnesses, chains := map[*proof]bool{}, map[domain.Compartment]int{}
	for _, p := range pieces {
		full := at.raw+p.raw > splitAt || chains[p.compartment] >= bundle.MaxChains ||
			p.witness != nil && !witnesses[p.witness] && len(witnesses) >= bundle.MaxWitnesses
		if full && len(at.pieces) > 0 {
			out = append(out, at)
			at, witnesses, chains = load{}, map[*proof]bool{}, map[domain.Compartment]int{}
		}
		at.pieces = append(at.pieces, p)
		at.raw += p.raw
		chains[p.compartment]++
		if p.witness != nil {
			witnesses[p.witness] = true
		}
	}
	return append(out, at)
}

// parts lays the pieces out by compartment.
func (l load) parts(ctx context.Context, ws *workspace.Workspace, recipients func(domain.Compartment) []string) []bundle.Part {
	var out []bundle.Part
	for _, c := range domain.AllCompartments {
		part := bundle.Part{Compartment: c}
		for _, p := range l.pieces {
			if p.compartment == c {
				part.Chains = append(part.Chains, p.run)
				part.Raw += p.raw
			}
		}
		if len(part.Chains) > 0 {
			part.Recipients, part.Lines = recipients(c), lines(ctx, ws, c, part.Chains)
			out = append(out, part)
		}
	}
	return out
}

func (l load) witnesses() []bundle.Witness {
	var out []bundle.Witness
	var seen []*proof
	for _, p := range l.pieces {
		if p.witness != nil && !slices.Contains(seen, p.witness) {
			seen = append(seen, p.witness)
			out = append(out, p.witness.witness)
		}
	}
	return out
}

func (l load) ranges() Ranges {
	out := Ranges{}
	for _, p := range l.pieces {
		add(out, p.chain(), p.run.First, p.run.Last)
	}
	return out
}

// lines gives the bytes of runs as they are stored; lines whose bytes are gone go out as stubs (security.md 5.5).
func lines(ctx context.Context, ws *workspace.Workspace, c domain.Compartment, runs []bundle.ChainRange) iter.Seq2[[]byte, error] {
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
			for stored, err := range reg.Lines(ctx, chain, run.First, run.Last) {
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

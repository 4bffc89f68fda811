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

// piece is a stretch with its size in bytes of lines, and the attachments that its lines name.
type piece struct {
	stretch
	raw   int64
	blobs []blobPiece
}

// measure reads the stretches once and cuts own ones so that none is larger than splitAt. wanted says which pieces of an attachment go
// with the line that names it.
func measure(ctx context.Context, ws *workspace.Workspace, stretches []stretch, wanted func(stretch, uint64, *oplog.Line) ([]blobPiece, error)) ([]piece, error) {
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
			if mayClaim(line) {
				if parsed, err := oplog.Parse(line); err == nil {
					more, err := wanted(at.stretch, n, parsed)
					if err != nil {
						return nil, err
					}
					at.blobs = append(at.blobs, more...)
				}
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
	blobs  []blobPiece
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
		// Of attachments as much as fits; each further file begins with the line that names the one it goes on with.
		for _, blob := range p.blobs {
			if at.raw+blob.raw() > splitAt && (len(at.blobs) > 0 || len(at.pieces) > 1) {
				out = append(out, at)
				carrier := blob.carrier(p)
				at, witnesses, chains = load{pieces: []piece{carrier}, raw: carrier.raw}, map[*proof]bool{}, map[domain.Compartment]int{p.compartment: 1}
				if p.witness != nil {
					witnesses[p.witness] = true
				}
			}
			at.blobs = append(at.blobs, blob)
			at.raw += blob.raw()
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
				part.Chains = joined(part.Chains, p.run)
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

// joined adds a run of lines; one that goes on where the last one ends is one with it.
func joined(runs []bundle.ChainRange, run bundle.ChainRange) []bundle.ChainRange {
	if n := len(runs) - 1; n >= 0 && runs[n].Device == run.Device && runs[n].Epoch == run.Epoch && run.First <= runs[n].Last+1 {
		if run.Last >= runs[n].Last {
			runs[n].Last, runs[n].Tip = run.Last, run.Tip
		}
		return runs
	}
	return append(runs, run)
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

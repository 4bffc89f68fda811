package workspace

import (
	"context"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// redactionsAnew are the redactions of this machine that may not have arrived, to be said again in the new epoch: of the lines that they
// name only those that are not in doubt themselves, for under the other names somebody else's content may stand elsewhere.
func (d *doubted) redactionsAnew(ctx context.Context, from map[oplog.Chain]uint64) (anew []*oplog.Line, err error) {
	doubt := func(c domain.Compartment, name oplog.Name) bool {
		first, left := from[name.Chain(c)]
		return left && name.N >= first
	}
	for _, c := range domain.AllCompartments {
		standing := d.w.redacted[c]
		for _, by := range standing.inOrder() {
			if by.Device != d.w.node.Device || !doubt(c, by) {
				continue
			}
			line, err := d.w.readLine(ctx, by.Chain(c), by.N)
			if err != nil {
				return nil, err
			}
			if line == nil || len(line.Source) > 0 {
				continue
			}
			again := &oplog.Line{Kind: oplog.KindRedact, By: line.By, Compartment: c, Case: line.Case, Reason: line.Reason}
			again.Epoch = line.Epoch // tells the audience; the new one takes its place when it is written
			for _, named := range line.Redacts {
				said := false
				for other, r := range standing {
					said = said || !doubt(c, other) && r.Lines.has(named.Name)
				}
				if !said && !doubt(c, named.Name) {
					again.Redacts = append(again.Redacts, named)
				}
			}
			if len(again.Redacts) > 0 {
				anew = append(anew, again)
			}
		}
	}
	return anew, nil
}

// redactAnew writes one of them. The stubs name it from now on: the one before stands in an epoch that others may not get.
func (d *doubted) redactAnew(wr *writing, run *applying, line *oplog.Line) error {
	audience := d.w.audienceOf(line.Epoch)
	if audience == "" {
		audience = d.w.home()
	}
	if err := wr.append(audience, line, scopeOf(line).id); err != nil {
		return err
	}
	r := run.count(line, ReachAuthor)
	if d.w.me.HQ && d.w.me.Role.MayRedactAll() {
		r.Reach = ReachAll
	}
	if run.moved[line.Compartment] == nil {
		run.moved[line.Compartment] = LineSet{}
	}
	for _, named := range line.Redacts {
		run.moved[line.Compartment].Add(named.Name)
		run.markStub(whyRedacted(line.Name()), line.Compartment, named.Name)
	}
	return nil
}

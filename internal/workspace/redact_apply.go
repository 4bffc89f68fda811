package workspace

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// reducing is what redactions do in one change: which lines lose their content, and which redactions count afterwards.
type reducing struct {
	redacted map[domain.Compartment]redactions            // of the compartments in which they are different after the change
	blanks   map[domain.Compartment]map[oplog.Name]string // stored lines that become stubs, and why
	moved    map[domain.Compartment]LineSet               // stubs that name another redaction from now on
	blobs    []uuid.UUID                                  // attachments that lines to be reduced name
	fields   map[uuid.UUID]map[string]bool                // what such lines write, by case: half typed over it a copy may lie
}

func newReducing() reducing {
	return reducing{
		redacted: map[domain.Compartment]redactions{}, blanks: map[domain.Compartment]map[oplog.Name]string{}, moved: map[domain.Compartment]LineSet{},
		fields: map[uuid.UUID]map[string]bool{},
	}
}

// redactions are those of a compartment that count after this change.
func (a *applying) redactions(c domain.Compartment) redactions {
	if changed, ok := a.redacted[c]; ok {
		return changed
	}
	return a.w.redacted[c]
}

// changeRedactions copies those of a compartment, so that nothing stays of a change that fails.
func (a *applying) changeRedactions(c domain.Compartment) redactions {
	if changed, ok := a.redacted[c]; ok {
		return changed
	}
	all := redactions{}
	for name, r := range a.w.redacted[c] {
		again := *r
		again.Issues = LineSet{}.join(r.Issues)
		all[name] = &again
	}
	a.redacted[c] = all
	return all
}

// readRedactions judges the redactions among the lines that are about to come, by the lines they name as far as those are here or come
// too, and finds what they reduce. One that names a line outside its reach gets a code and reduces nothing; one that counted until now
// counts no more when such a line comes.
func (a *applying) readRedactions(ctx context.Context, lines []Incoming) error {
	standing := slices.ContainsFunc(domain.AllCompartments, func(c domain.Compartment) bool { return len(a.w.redacted[c]) > 0 })
	if !standing && !slices.ContainsFunc(lines, func(in Incoming) bool { return in.Line.Kind == oplog.KindRedact }) {
		return nil
	}
	coming := map[lineKey][]*oplog.Line{}
	var fresh []*Incoming
	for i := range lines {
		line := lines[i].Line
		if a.w.reg.Known(line.Compartment, line.Name()) {
			continue
		}
		if line.Kind == oplog.KindRedact {
			if lines[i].Code == "" {
				fresh = append(fresh, &lines[i])
			}
			continue
		}
		coming[lineKey{line.Compartment, line.Name()}] = append(coming[lineKey{line.Compartment, line.Name()}], line)
		if line.Origin() != line.Name() {
			coming[lineKey{line.Compartment, line.Origin()}] = append(coming[lineKey{line.Compartment, line.Origin()}], line)
		}
	}
	for c, standing := range a.w.redacted {
		for _, by := range standing.inOrder() {
			a.refuseLate(c, by, standing[by], coming)
		}
	}
	for _, in := range fresh {
		code, err := a.redact(ctx, in.Line, in.Reach, coming)
		if err != nil {
			return err
		}
		if code != "" {
			in.Code = code
			a.applied.Refused[code]++
		}
	}
	return nil
}

// refuseLate takes back a redaction when a line comes that it had no right to name. What it reduced before was its author's own.
func (a *applying) refuseLate(c domain.Compartment, by oplog.Name, r *redaction, coming map[lineKey][]*oplog.Line) {
	for key, numbers := range r.Lines {
		chain, err := oplog.ParseChainKey(c, key)
		if err != nil {
			continue
		}
		for _, run := range numbers {
			for n := run[0]; n <= run[1]; n++ {
				for _, line := range coming[lineKey{c, chain.Name(n)}] {
					if line.Kind == oplog.KindStub {
						continue
					}
					if code := r.refuses(by, line, nil); code != "" {
						delete(a.changeRedactions(c), by)
						a.hide(&oplog.Line{Kind: oplog.KindRedact, Compartment: c, Device: by.Device, Epoch: by.Epoch, N: by.N, Case: r.Case}, code)
						return
					}
				}
			}
		}
	}
}

// redact judges one redaction and notes what it reduces; the code is empty when it counts.
func (a *applying) redact(ctx context.Context, line *oplog.Line, reach Reach, coming map[lineKey][]*oplog.Line) (code string, err error) {
	c, by := line.Compartment, line.Name()
	if len(line.Source) > 0 {
		reach = ReachAll // headquarters judged it when it came there
	}
	r := a.w.newRedaction(line, reach)
	parents := map[oplog.Name]map[string][]oplog.Name{}
	for _, named := range line.Redacts {
		parents[named.Name] = named.Parents
		if parents[named.Name] == nil {
			parents[named.Name] = map[string][]oplog.Name{}
		}
	}
	check := func(other *oplog.Line) string {
		if len(line.Source) > 0 {
			return r.refuses(by, other, nil)
		}
		return r.refuses(by, other, parents[other.Name()])
	}
	var here []*oplog.Line
	found := map[oplog.Name]bool{}
	if _, _, gone := a.erasedBy(r.Case); !gone {
		for stored, err := range a.w.reg.CaseLines(ctx, c, r.Case) {
			if err != nil {
				return "", err
			}
			other, err := oplog.Parse(stored.Bytes)
			if stored.Bytes == nil || err != nil || !r.names(other) {
				continue
			}
			if code := check(other); code != "" {
				return code, nil
			}
			found[other.Name()] = true
			here = append(here, other)
		}
	}
	for _, named := range line.Redacts {
		for _, other := range coming[lineKey{c, named.Name}] {
			if other.Kind == oplog.KindStub {
				continue
			}
			if code := check(other); code != "" {
				return code, nil
			}
		}
		if found[named.Name] {
			continue
		}
		other, err := a.w.readLine(ctx, named.Name.Chain(c), named.Name.N)
		if err != nil {
			return "", err
		}
		if other != nil {
			return "E-OP", nil // of another case, or nothing that can be withdrawn
		}
	}
	a.changeRedactions(c)[by] = r
	for _, other := range here {
		a.blank(by, r, other)
	}
	a.moveStubs(c, by, r)
	return "", nil
}

// blank notes that a stored line loses its content, and the attachment that it names.
func (a *applying) blank(by oplog.Name, r *redaction, line *oplog.Line) {
	c := line.Compartment
	if a.blanks[c] == nil {
		a.blanks[c] = map[oplog.Name]string{}
	}
	a.blanks[c][line.Name()] = whyRedacted(by)
	a.markStub(whyRedacted(by), c, line.Name())
	if !r.Lines.has(line.Name()) {
		r.Issues.Add(line.Name())
	}
	for field := range line.Set {
		if a.fields[line.Case] == nil {
			a.fields[line.Case] = map[string]bool{}
		}
		a.fields[line.Case][field] = true
	}
	if claim, err := attachment.ClaimedIn(line.Type, line.Set); err == nil && claim != nil {
		a.blobs = append(a.blobs, claim.Blob)
	}
}

// moveStubs has stubs that the redaction names itself name it: an issue of a withdrawn line is reduced by a redaction that cannot
// name it, and headquarters' issue of that one can.
func (a *applying) moveStubs(c domain.Compartment, by oplog.Name, r *redaction) {
	for why, chains := range a.w.stubs[c] {
		for name, other := range a.redactions(c) {
			if name == by || whyRedacted(name) != why {
				continue
			}
			for key, numbers := range LineSet(chains).without(other.Lines) {
				for _, run := range numbers.Minus(numbers.Minus(r.Lines[key])) {
					chain, err := oplog.ParseChainKey(c, key)
					if err != nil {
						continue
					}
					if a.moved[c] == nil {
						a.moved[c] = LineSet{}
					}
					for n := run[0]; n <= run[1]; n++ {
						a.moved[c].Add(chain.Name(n))
						a.markStub(whyRedacted(by), c, chain.Name(n))
					}
				}
			}
		}
	}
}

// count notes a redaction that this machine writes, with what it takes over from others.
func (a *applying) count(line *oplog.Line, reach Reach) *redaction {
	r := a.w.newRedaction(line, reach)
	a.changeRedactions(line.Compartment)[line.Name()] = r
	a.moveStubs(line.Compartment, line.Name(), r)
	return r
}

// finishReduced makes the workspace's memory follow the commit.
func (a *applying) finishReduced() {
	for c := range a.stubs {
		a.w.stubs[c] = a.allStubs(c)
	}
	for c, all := range a.redacted {
		a.w.redacted[c] = all
	}
}

func (a *applying) markStub(why string, c domain.Compartment, name oplog.Name) {
	if a.stubs[c] == nil {
		a.stubs[c] = stubMarks{}
	}
	a.stubs[c].add(why, name)
}

// allStubs tells why lines of a compartment are stubs after this change.
func (a *applying) allStubs(c domain.Compartment) stubMarks {
	return a.w.stubs[c].without(a.moved[c]).join(a.stubs[c])
}

// whyReduced is the reason of the stub that a line becomes which comes after its redaction; empty for every other line.
func (a *applying) whyReduced(line *oplog.Line) string {
	by, r := a.redactions(line.Compartment).of(line)
	if r == nil || r.refuses(by, line, nil) != "" {
		return ""
	}
	if !r.Lines.has(line.Name()) && !r.Issues.has(line.Name()) {
		a.changeRedactions(line.Compartment)[by].Issues.Add(line.Name())
	}
	return whyRedacted(by)
}

// reduce takes the content of redacted lines away, for ever, and stores which redactions count and why lines are stubs.
func (a *applying) reduce() error {
	if len(a.blanks) > 0 {
		a.tx.Forget()
	}
	for c, names := range a.blanks {
		for name := range names {
			if err := a.tx.Blank(c, name); err != nil {
				return err
			}
		}
	}
	for _, blob := range a.blobs {
		if err := a.tx.DropBlob(blob); err != nil {
			return err
		}
	}
	if err := a.dropDrafts(); err != nil {
		return err
	}
	for c, all := range a.redacted {
		if err := saveRedactions(a.tx, c, all); err != nil {
			return err
		}
	}
	for c := range a.stubs {
		if err := saveStubs(a.tx, c, a.allStubs(c)); err != nil {
			return err
		}
	}
	return nil
}

// dropDrafts gives up what is half typed in the fields that lost content: beside it stands what the field said.
func (a *applying) dropDrafts() error {
	if len(a.fields) == 0 {
		return nil
	}
	for _, ring := range a.w.draftRings() {
		_, kept, err := a.w.parseDrafts(a.tx.System(ring, register.SystemDrafts))
		if err != nil {
			return err
		}
		changed := false
		for i := range kept {
			before := len(kept[i].Drafts)
			kept[i].Drafts = slices.DeleteFunc(kept[i].Drafts, func(d Draft) bool { return a.fields[kept[i].Case][d.Path.Name] })
			changed = changed || len(kept[i].Drafts) < before
		}
		if !changed {
			continue
		}
		value, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		if err := a.tx.SetSystem(ring, register.SystemDrafts, value); err != nil {
			return err
		}
	}
	return nil
}

// readLifted judges redactions that a word of headquarters, or a newer program, lets out of the quarantine by this change.
func (a *applying) readLifted(ctx context.Context, reach map[lineKey]Reach) error {
	for c, names := range a.w.invisible {
		before, after := a.w.verdicts[c].lifted, a.verdict(c).lifted
		for name, mark := range names {
			lifted := liftable(mark.Code) && after.has(name) && !before.has(name)
			if !lifted && !a.revealed[c][name] || a.redactions(c)[name] != nil {
				continue
			}
			line, err := a.w.readLine(ctx, name.Chain(c), name.N)
			if err != nil {
				return err
			}
			if line == nil || line.Kind != oplog.KindRedact {
				continue
			}
			of := ReachAuthor // whoever lifts has looked at its author; anybody's lines are for HQS alone
			if !lifted {
				of = reach[lineKey{c, name}]
			}
			code, err := a.redact(ctx, line, of, nil)
			if err != nil {
				return err
			}
			if code != "" && !lifted {
				delete(a.revealed[c], name)
				if a.invisible[c] == nil {
					a.invisible[c] = map[oplog.Name]hidden{}
				}
				a.invisible[c][name] = hidden{Code: code, Case: mark.Case}
			}
		}
	}
	return nil
}

// redactedScopes are the cases in which redactions count, in the compartments with objects.
func (a *applying) redactedScopes() (scopes []scope) {
	for _, c := range domain.AllCompartments {
		for _, r := range a.redactions(c) {
			if s := (scope{c, r.Case}); !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
	}
	return scopes
}

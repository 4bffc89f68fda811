package workspace

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// lineKey tells lines apart by the name under which they would count.
type lineKey struct {
	compartment domain.Compartment
	name        oplog.Name
}

// readDoubles finds the lines among those that are about to come of which headquarters has another one with the same name: a
// machine was cloned or set back, one of its lines came here, and the other comes as headquarters' new issue, or the other way
// round. A name alone tells nothing of that, so what the two say is compared. Where the line was destroyed with its case nothing is
// left to compare, and nothing needs be: an issue that still counts is of another case. It notes the names and gives the scopes that
// are to be made anew from all their lines, for there one write does not simply follow another.
func (a *applying) readDoubles(ctx context.Context, lines []Incoming) (map[scope]bool, error) {
	here := heldIssues{w: a.w, names: map[domain.Compartment]LineSet{}, read: map[scope]map[oplog.Name][]*oplog.Line{}}
	coming, issued := map[lineKey][]*oplog.Line{}, map[lineKey]bool{}
	for _, want := range []bool{true, false} { // issues first, for few lines have one
		for i := range lines {
			line := lines[i].Line
			key := lineKey{line.Compartment, line.Origin()}
			issue := key.name != line.Name()
			if issue != want || issue && lines[i].Code != "" { // whoever is not headquarters proves nothing by it
				continue
			}
			if line.Kind != oplog.KindSet || !issue && !issued[key] && !here.some(key) || a.w.reg.Known(line.Compartment, line.Name()) || a.w.outside(key.name) {
				continue
			}
			coming[key] = append(coming[key], line)
			issued[key] = issued[key] || issue
		}
	}
	special := map[scope]bool{}
	note := func(key lineKey, of ...*oplog.Line) {
		for _, line := range of {
			special[scopeOf(line)] = true
		}
		if a.applied.Doubles[key.compartment] == nil {
			a.applied.Doubles[key.compartment] = LineSet{}
		}
		a.applied.Doubles[key.compartment].Add(key.name)
	}
	for key, together := range coming {
		held, destroyed, err := here.of(ctx, key, issued[key])
		if err != nil {
			return nil, err
		}
		for i, line := range together {
			if _, _, gone := a.erasedBy(scopeOf(line).id); destroyed && !gone {
				note(key, line)
			}
			for _, other := range append(together[:i:i], held...) {
				if !line.Says(other) {
					note(key, line, other)
				}
			}
		}
	}
	return special, nil
}

// heldIssues reads what is stored under a name, as the line itself or as new issues of it. Each scope is read once.
type heldIssues struct {
	w     *Workspace
	names map[domain.Compartment]LineSet // of all lines of which an issue is held
	read  map[scope]map[oplog.Name][]*oplog.Line
}

// some reports whether an issue of a line is held.
func (h *heldIssues) some(key lineKey) bool {
	taken := h.w.taken[key.compartment]
	if len(taken) == 0 {
		return false
	}
	all, known := h.names[key.compartment]
	if !known {
		all = LineSet{}
		for _, lines := range taken {
			for chain, numbers := range lines {
				all[chain] = all[chain].Union(numbers)
			}
		}
		h.names[key.compartment] = all
	}
	return all.has(key.name)
}

// of gives the issues of a line that are held and, when so asked, the line, or that it was destroyed with its case. The stub of a
// line that was purged is left out: it was the same line, for only what headquarters has proven to have is purged.
func (h *heldIssues) of(ctx context.Context, key lineKey, itself bool) (out []*oplog.Line, destroyed bool, err error) {
	if itself && h.w.reg.Known(key.compartment, key.name) {
		line, err := h.w.readLine(ctx, key.name.Chain(key.compartment), key.name.N)
		switch {
		case err != nil:
			return nil, false, err
		case line == nil:
			order, _, _ := oplog.Line{Why: h.w.whyStub(key.compartment, key.name)}.Justification()
			destroyed = order == oplog.KindErase
		case line.Kind == oplog.KindSet:
			out = append(out, line)
		}
	}
	if !h.some(key) {
		return out, destroyed, nil
	}
	for id, taken := range h.w.taken[key.compartment] {
		if !taken.has(key.name) {
			continue
		}
		issues, err := h.issues(ctx, scope{key.compartment, id})
		if err != nil {
			return nil, false, err
		}
		out = append(out, issues[key.name]...)
	}
	return out, destroyed, nil
}

// issues reads the visible new issues of a scope, by the lines that they say again.
func (h *heldIssues) issues(ctx context.Context, s scope) (map[oplog.Name][]*oplog.Line, error) {
	if issues, known := h.read[s]; known {
		return issues, nil
	}
	issues := map[oplog.Name][]*oplog.Line{}
	h.read[s] = issues
	if _, gone := h.w.reg.Erased(s.id); gone && s.id != uuid.Nil {
		return issues, nil
	}
	for stored, err := range h.w.reg.CaseLines(ctx, s.compartment, s.id) {
		if err != nil {
			return nil, err
		}
		line, err := oplog.Parse(stored.Bytes)
		if err == nil && line.Origin() != stored.Name && !h.w.hides(s.compartment, stored.Name) {
			issues[line.Origin()] = append(issues[line.Origin()], line)
		}
	}
	return issues, nil
}

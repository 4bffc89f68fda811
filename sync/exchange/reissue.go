package exchange

import (
	"context"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// issue judges that a line is a new issue of others at all. Only headquarters makes them, on its own machine: under the name
// of somebody else's line a field machine could put any value before the line itself comes. An issue of several lines in one
// is for a later version to understand.
func (j *judge) issue(line *oplog.Line) string {
	switch {
	case !j.device.HQ || line.Device != j.device.ID || line.Kind != oplog.KindSet && line.Kind != oplog.KindBox && line.Kind != oplog.KindRedact:
		return "E-ROLE"
	case len(line.Source) > 1:
		return "E-FORM"
	}
	return ""
}

// issued reports whether headquarters answers for a line that names somebody else as its author: it judged the author's role
// when the line came there.
// Its own words on imports are judged as such.
func (j *judge) issued(line *oplog.Line) bool {
	return len(line.Source) > 0 && !workspace.IsMark(line.Type) && j.issue(line) == ""
}

// reissue lets headquarters say again, in its epochs for the receivers, what they lack of the lines of others: lines of the
// field go from machine to machine as they are, but headquarters sends only what it issues itself (security.md 5.2). What was
// issued for an audience before is not issued again.
func (e *exporting) reissue(ctx context.Context, nodes []string) error {
	if me := e.ws.Me(); !me.HQ || e.mission.Partner != nil || !me.Role.MaySend(domain.BundleCaseload, domain.Case) {
		return nil
	}
	wanted := map[string]map[domain.Compartment]workspace.LineSet{}
	for _, name := range nodes {
		node, ok := e.mission.Node(name)
		if !ok {
			continue
		}
		for _, c := range []domain.Compartment{domain.Open, domain.Case, domain.Orientation} {
			audience := audienceOf(e.mission, node, c)
			if audience == "" || node.Inbox.For(c) == "" || !e.ws.Register().Holds(domain.RingOf(c)) {
				continue
			}
			for _, state := range e.ws.Register().Chains(c) {
				if lacks := e.lacksOthers(state, node); len(lacks) > 0 {
					wanted[audience] = with(wanted[audience], c, state.Chain.Key(), lacks)
				}
			}
		}
	}
	if err := e.issueEditions(ctx, nodes); err != nil {
		return err
	}
	if err := e.reissueSpecial(ctx, nodes); err != nil {
		return err
	}
	for audience, lines := range wanted {
		_, err := e.ws.Issue(ctx, workspace.Issuing{Audience: audience, Lines: lines, Wanted: e.fits(audience)})
		if err != nil {
			return err
		}
	}
	return nil
}

func with(lines map[domain.Compartment]workspace.LineSet, c domain.Compartment, key string, numbers oplog.Intervals) map[domain.Compartment]workspace.LineSet {
	if lines == nil {
		lines = map[domain.Compartment]workspace.LineSet{}
	}
	if lines[c] == nil {
		lines[c] = workspace.LineSet{}
	}
	lines[c][key] = lines[c][key].Union(numbers)
	return lines
}

// lacksOthers gives the lines of another machine of the mission that a node has not proven to have.
func (e *exporting) lacksOthers(state register.ChainState, node *trust.Node) oplog.Intervals {
	device := trust.DeviceName(state.Chain.Device)
	if _, member := e.mission.Node(device); !member || device == node.Node {
		return nil
	}
	if e.relay.all {
		return state.Have
	}
	return state.Have.Minus(e.counters.from(node.Node).Have.Of(state.Chain))
}

// audienceOf is whom headquarters issues for what a node gets of a compartment; empty when the node gets nothing so.
func audienceOf(mission *trust.Mission, node *trust.Node, c domain.Compartment) string {
	switch {
	case c == domain.Orientation, c == domain.Open && ofCourse(node):
		return workspace.CourseAudience(mission.ID)
	case c == domain.Open, c == domain.Case:
		return workspace.MissionAudience(mission.ID)
	}
	return ""
}

// ofCourse reports whether a machine is one of the orientation course: it is told nothing of a case.
func ofCourse(node *trust.Node) bool { return node.Inbox.For(domain.Case) == "" }

// courseTypes are what the machines of the orientation course may know of the compartment open (security.md 2.3).
var courseTypes = []domain.Type{"course", "lesson"}

// fits chooses what an audience may be told.
func (e *exporting) fits(audience string) func(*oplog.Line) bool {
	if audience != workspace.CourseAudience(e.mission.ID) {
		return nil
	}
	return func(line *oplog.Line) bool {
		return line.Compartment != domain.Open || slices.Contains(courseTypes, line.Type)
	}
}

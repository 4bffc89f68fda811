package exchange

import (
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// redaction judges a withdrawal by what can be seen in the line itself: who may make one in this compartment, on whose machine. Whether
// it names lines of its author only is judged by those lines, when they are here (security.md 5.5).
func (j *judge) redaction(line *oplog.Line) string {
	if line.Compartment == domain.Audit || !j.issued(line) && !j.mayMake(line) {
		return "E-ROLE"
	}
	return ""
}

// reach is whose lines a withdrawal may name: anybody's by HQS on headquarters' machine, its author's where the mission directory says
// that the author works on the machine that it comes from, and else what its author wrote on that machine.
func (j *judge) reach(line *oplog.Line) workspace.Reach {
	switch {
	case line.Kind != oplog.KindRedact:
	case j.issued(line):
		return workspace.ReachAll
	case j.device.HQ && slices.ContainsFunc(j.roles[line.By], domain.Role.MayRedactAll):
		return workspace.ReachAll
	case j.device.HQ:
		return workspace.ReachAuthor
	case j.mission != nil:
		node, ok := j.mission.Node(trust.DeviceName(line.Device))
		if ok && slices.Contains(node.Users, trust.UserName(line.By)) {
			return workspace.ReachAuthor
		}
	}
	return workspace.ReachMachine
}

// redactedStubs are stubs of a part that name a withdrawal. The withdrawal stands behind what it names, often in the same part, so
// they are judged when all of it was read.
type redactedStubs map[oplog.Name]bool

// later takes a stub to be judged later, and reports whether it did.
func (s redactedStubs) later(line *oplog.Line) bool {
	kind, _, ok := line.Justification()
	if line.Kind != oplog.KindStub || !ok || kind != oplog.KindRedact {
		return false
	}
	s[line.Name()] = true
	return true
}

// leaveOutUnjustified takes the stubs out of the file whose withdrawal is not known, or does not count, and counts them as gaps. first is
// the first line of the part; the number of those left out is returned. A stub does not say who wrote its line: where the withdrawal
// comes from another machine than the line, and is not HQS's, the machine that wrote the line or headquarters must itself say that it
// is gone. So nobody makes somebody else's line vanish on its way.
func (in *incomingFile) leaveOutUnjustified(ws *workspace.Workspace, stubs redactedStubs, first int) (out int) {
	if len(stubs) == 0 {
		return 0
	}
	coming := map[oplog.Name]*workspace.Incoming{}
	for i := first; i < len(in.lines); i++ {
		if line := in.lines[i].Line; line.Kind == oplog.KindRedact && in.lines[i].Code == "" {
			coming[line.Name()] = &in.lines[i]
		}
	}
	kept := in.lines[:first]
	for _, incoming := range in.lines[first:] {
		line := incoming.Line
		if stubs[line.Name()] && !ws.Register().Known(line.Compartment, line.Name()) {
			_, by, _ := line.Justification()
			known, proven := ws.Redaction(line.Compartment, by, line.Name())
			if r := coming[by]; !known && r != nil {
				known = slices.ContainsFunc(r.Line.Redacts, func(named oplog.Redaction) bool { return named.Name == line.Name() })
				proven = r.Reach == workspace.ReachAll || by.Device == line.Device
			}
			if !known || !proven && !in.verified.Device.HQ && in.verified.Device.ID != line.Device {
				in.leaveOut(line.Compartment, line)
				out++
				continue
			}
		}
		kept = append(kept, incoming)
	}
	in.lines = kept
	return out
}

// reach is that of a line's own machine.
func (o origins) reach(line *oplog.Line) workspace.Reach {
	if wrote := o[line.Device]; wrote != nil {
		return wrote.judge.reach(line)
	}
	return workspace.ReachMachine
}

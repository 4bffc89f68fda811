package exchange

import (
	"context"
	"slices"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Withdrawal says what a revocation would mean, or has meant.
type Withdrawal struct {
	Machines []string `json:"machines"` // aliases
	People   []string `json:"people"`   // aliases
	// Lines counts those of the machines that are here: they stay.
	Lines int `json:"lines"`
	// Since lists what was taken in from the machines after the cut-off: it stands until somebody takes it back by [Undo].
	Since []ImportEntry `json:"since"`
	// Coming counts lines of the machines that they themselves or others of the mission said they have, and that headquarters
	// has not, those of the log left out: they are held back when they come. Gaps counts those that are known to be missing. What
	// nobody has told of cannot be counted.
	Coming int `json:"coming"`
	Gaps   int `json:"gaps"`
	// Inform are the aliases of the machines that must get the new directory, for they do not know until they have it.
	Inform []string `json:"inform"`
	// TwoSign is true when somebody else must sign too.
	TwoSign bool `json:"two_sign"`
}

// PreviewRevoke says what [Revoke] would mean. It needs no keys and writes nothing. Faults: those of [Revoke] but for the keys.
func PreviewRevoke(ctx context.Context, ws *workspace.Workspace, r Revocation) (*Withdrawal, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	names, err := r.judged(ws)
	if err != nil {
		return nil, err
	}
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	w := &Withdrawal{Machines: []string{}, People: []string{}, Inform: []string{}, TwoSign: TwoMustSign(ws)}
	if w.Since, err = takenSince(ctx, ws, names, r.Cut); err != nil {
		return nil, err
	}
	concerned := false
	for _, mission := range ws.Trust().Missions() {
		here := 0
		for _, name := range names {
			trial := *mission
			here += trial.Revoke(name, r.Cut, r.Reason)
		}
		concerned = concerned || here > 0
		for _, node := range mission.Nodes {
			switch {
			case slices.Contains(names, node.Node):
				w.Machines = appendOnce(w.Machines, node.Alias)
			case here > 0 && node.Status == trust.NodeActive:
				w.Inform = appendOnce(w.Inform, node.Alias)
			}
		}
		for _, user := range mission.Users {
			if slices.Contains(names, user.User) {
				w.People = appendOnce(w.People, user.Alias)
			}
		}
	}
	if !concerned {
		return nil, fault.New("T-REVOKED", "", nil)
	}
	w.count(ws, counters, names)
	return w, nil
}

func appendOnce(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// count tells the lines of the machines that are here, and those that are known to be elsewhere.
func (w *Withdrawal) count(ws *workspace.Workspace, c *counters, names []string) {
	of := func(chain oplog.Chain) bool {
		return chain.Compartment != domain.Audit && slices.Contains(names, trust.DeviceName(chain.Device))
	}
	here := Ranges{}
	each(ws, func(chain oplog.Chain, have oplog.Intervals) {
		if of(chain) {
			w.Lines += int(have.Count())
			w.Gaps += int(have.Gaps(have.Last()).Count())
			put(here, chain, have)
		}
	})
	elsewhere := Ranges{}
	for _, in := range c.In {
		merge(elsewhere, only(in.Have, of))
	}
	for _, chains := range without(elsewhere, here) {
		for _, intervals := range chains {
			w.Coming += int(intervals.Count())
		}
	}
}

// PeopleOn lists the users, as "user:<uuid>", whose lines on a machine are here and who are not withdrawn from the missions
// that know the machine: those who worked with it.
func PeopleOn(ctx context.Context, ws *workspace.Workspace, device string) ([]string, error) {
	id, ok := trust.ParseDeviceName(device)
	if !ok || ws.Trust() == nil {
		return nil, fault.Newf("T-ALIAS", device, "no machine")
	}
	var wrote []string
	var failed error
	each(ws, func(chain oplog.Chain, have oplog.Intervals) {
		if chain.Device != id || failed != nil {
			return
		}
		for stored, err := range ws.Register().Lines(ctx, chain, 1, have.Last()) {
			if err != nil {
				failed = err
				return
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil {
				wrote = appendOnce(wrote, trust.UserName(line.By))
			}
		}
	})
	if failed != nil {
		return nil, failed
	}
	return slices.DeleteFunc(wrote, func(name string) bool {
		return !slices.ContainsFunc(ws.Trust().Missions(), func(m *trust.Mission) bool {
			_, here := m.Node(device)
			user, known := m.User(name)
			return here && known && len(user.Roles) > 0
		})
	}), nil
}

// Withdrawn is when and why somebody was withdrawn, "device:<uuid>" or "user:<uuid>"; false for whoever counts.
func WithdrawnFrom(m *trust.Mission, name string) (cut time.Time, reason string, ok bool) {
	for _, issued := range m.Issued() {
		if issued.Name != name {
			continue
		}
		if issued.Revoked == nil {
			return time.Time{}, "", false
		}
		if !ok || issued.Revoked.Cut.Before(cut) {
			cut, reason, ok = issued.Revoked.Cut, issued.Revoked.Reason, true
		}
	}
	return cut, reason, ok
}

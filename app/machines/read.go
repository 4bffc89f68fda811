package machines

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// member is a machine or a user of a mission.
type member struct {
	name    string // "device:<uuid>" or "user:<uuid>"
	alias   string
	mission uuid.UUID
	label   string // of the mission
	me      bool   // this machine or this user
	roles   []domain.Role
	until   time.Time // when the certificate runs out; zero without one
	cut     time.Time // withdrawn from then on; zero for whoever counts
	reason  string
	closed  bool // handed in
	// device is what the exchange knows of a machine; nil for a user.
	device *exchange.DeviceStatus
}

func (m member) active() bool  { return m.cut.IsZero() && !m.closed }
func (m member) machine() bool { return m.device != nil }

// missionChoice is a mission that a machine can be let into.
type missionChoice struct {
	id    uuid.UUID
	label string
	until time.Time // last day: of its directory, or as planned; zero when nobody has said
	known bool      // it has a directory
	// partner: no mission, but an organisation outside whose machines are let in under an identifier of its own.
	partner bool
}

func readFacts(ctx context.Context, ws *workspace.Workspace, lang string) (f facts, err error) {
	f.two = exchange.TwoMustSign(ws)
	if f.missions, err = readMissions(ctx, ws); err != nil {
		return f, err
	}
	f.partners = readPartners(ws, f.label)
	status, err := exchange.StatusOf(ctx, ws)
	if err != nil {
		return f, err
	}
	me := ws.Me()
	for i := range status.Devices {
		d := &status.Devices[i]
		m := member{name: d.Node, alias: d.Alias, until: d.Certificate, closed: d.Status == trust.NodeClosed, device: d}
		m.mission, _ = uuid.Parse(d.Mission)
		if d.Revoked != nil {
			m.cut, m.reason = d.Revoked.Cut, d.Revoked.Reason
		}
		m.label = f.label(m.mission)
		f.members = append(f.members, m)
	}
	for _, mission := range ws.Trust().Missions() {
		for _, user := range mission.Users {
			m := member{name: user.User, alias: user.Alias, mission: mission.ID, label: f.label(mission.ID), me: user.User == trust.UserName(me.User)}
			m.roles = mission.RolesOf(user)
			for _, issued := range mission.Issued() {
				if issued.Name == user.User && issued.Revoked == nil && issued.Until.After(m.until) {
					m.until = issued.Until
				}
			}
			m.cut, m.reason, _ = exchange.WithdrawnFrom(mission, user.User)
			f.members = append(f.members, m)
		}
	}
	slices.SortStableFunc(f.members, func(a, b member) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.label, b.label), strings.Compare(a.alias, b.alias))
	})
	return f, nil
}

// rank puts machines before people, and whoever counts before those who do not.
func rank(m member) int {
	n := 0
	if !m.active() {
		n += 2
	}
	if !m.machine() {
		n++
	}
	return n
}

func (f facts) label(id uuid.UUID) string {
	for _, m := range f.missions {
		if m.id == id {
			return m.label
		}
	}
	return id.String()[:8]
}

// readMissions lists the missions with a directory, and those that are planned and have none yet. Whoever lacks headquarters'
// rings for cases cannot make a first directory: the inboxes in it would be too few.
func readMissions(ctx context.Context, ws *workspace.Workspace) ([]missionChoice, error) {
	planned, err := ws.Missions(ctx)
	if err != nil {
		return nil, err
	}
	var out []missionChoice
	for _, record := range planned {
		c := missionChoice{id: record.ID(), label: strings.TrimSpace(record.Text("mission_code") + " " + record.Text("name"))}
		if end, err := time.Parse(time.DateOnly, record.Text("end_date")); err == nil {
			c.until = end
		}
		out = append(out, c)
	}
	for _, mission := range ws.Trust().Missions() {
		at := slices.IndexFunc(out, func(c missionChoice) bool { return c.id == mission.ID })
		if at < 0 {
			at = len(out)
			out = append(out, missionChoice{id: mission.ID, label: mission.ID.String()[:8]})
		}
		out[at].known = true
		if mission.Partner != nil {
			out[at].partner, out[at].label = true, mission.Partner.Name
		}
		out[at].until, _ = exchange.MissionEnd(ws, mission.ID)
	}
	out = slices.DeleteFunc(out, func(c missionChoice) bool { return !c.known && !ws.Holds(domain.Special) })
	slices.SortStableFunc(out, func(a, b missionChoice) int { return b.until.Compare(a.until) })
	for i := range out {
		if out[i].label == "" {
			out[i].label = out[i].id.String()[:8]
		}
	}
	return out, nil
}

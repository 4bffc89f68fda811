package exchange

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Reasons for a revocation. They travel to everybody in the mission, so they are words of a list and name nobody. Each has a
// text under "trust.reason." in assets/i18n.
var RevocationReasons = []string{"lost", "stolen", "seized", "left", "key", "replaced"}

// Revocation says whom headquarters withdraws, and from when on.
type Revocation struct {
	Ceremony
	Devices []string  // by alias or "device:<uuid>"
	Users   []string  // by alias or "user:<uuid>"
	Mission uuid.UUID // where the aliases are looked up; zero: in all missions
	Cut     time.Time // the last trusted moment
	Reason  string    // one of [RevocationReasons]
}

// Revoke withdraws machines and users from a moment on, in every mission that knows them: the next mission directories, which
// travel with the next bundles. What was first seen later is kept in quarantine (E-REVOKED). Faults: T-ALIAS for somebody
// unknown or a name that several bear, T-CUT for a moment to come, T-REVOKED when it is so already, T-SELF for oneself, E-VALUE
// for another reason, T-FEW, E-ROLE outside headquarters.
func Revoke(ctx context.Context, ws *workspace.Workspace, r Revocation) (*Signed, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	now := ws.Now()
	names, err := r.judged(ws)
	if err != nil {
		return nil, err
	}
	keys, err := r.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	var next []trust.Document
	for _, known := range ws.Trust().Missions() {
		concerned := 0
		doc, err := nextMission(ws, ApproveOptions{Mission: known.ID}, now, func(m *trust.Mission) {
			for _, name := range names {
				concerned += m.Revoke(name, r.Cut, r.Reason)
			}
		})
		if err != nil {
			return nil, err
		}
		if concerned > 0 {
			next = append(next, doc)
		}
	}
	if len(next) == 0 {
		return nil, fault.New("T-REVOKED", strings.Join(slices.Concat(r.Devices, r.Users), ", "), nil)
	}
	signed, err := propose(ctx, ws, r.Ceremony, keys, next...)
	if err != nil {
		return nil, err
	}
	if signed.Taken {
		for _, name := range names {
			_, id, _ := strings.Cut(name, ":")
			ws.Audit("revoke", "", uuid.MustParse(id))
		}
	}
	signed.Since, err = takenSince(ctx, ws, names, r.Cut)
	return signed, err
}

// takenSince lists what was taken in from machines since a moment, to the second in which imports are dated, and still stands.
func takenSince(ctx context.Context, ws *workspace.Workspace, names []string, cut time.Time) ([]ImportEntry, error) {
	all, err := Imports(ctx, ws)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(e ImportEntry) bool {
		at, err := time.Parse(time.RFC3339, e.At)
		return err != nil || at.Before(cut.Truncate(time.Second)) || e.State != ImportStands || !slices.Contains(names, e.From)
	}), nil
}

// judged checks what was asked, and resolves whom it is about.
func (r Revocation) judged(ws *workspace.Workspace) ([]string, error) {
	switch {
	case r.Cut.IsZero() || r.Cut.After(ws.Now()):
		return nil, fault.Newf("T-CUT", "cut", "not a moment that has passed")
	case !slices.Contains(RevocationReasons, r.Reason):
		return nil, fault.Newf("E-VALUE", "reason", "not one of the list")
	}
	return r.names(ws)
}

// names resolves aliases to the names that certificates bear.
func (r Revocation) names(ws *workspace.Workspace) ([]string, error) {
	missions := ws.Trust().Missions()
	if r.Mission != uuid.Nil {
		mission, ok := ws.Trust().Mission(r.Mission)
		if !ok {
			return nil, fault.Newf("E-TO", r.Mission.String(), "no directory of this mission")
		}
		missions = []*trust.Mission{mission}
	}
	var names []string
	for _, alias := range r.Devices {
		name, err := oneOf(missions, alias, func(m *trust.Mission) (found []string) {
			for _, node := range m.Nodes {
				if node.Node == alias || strings.EqualFold(node.Alias, alias) && node.Status != trust.NodeRevoked {
					found = append(found, node.Node)
				}
			}
			return found
		})
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	for _, alias := range r.Users {
		name, err := oneOf(missions, alias, func(m *trust.Mission) (found []string) {
			for _, user := range m.Users {
				if user.User == alias || strings.EqualFold(user.Alias, alias) {
					found = append(found, user.User)
				}
			}
			return found
		})
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, fault.Newf("T-ALIAS", "", "nobody named")
	}
	me := ws.Me()
	if slices.Contains(names, trust.UserName(me.User)) || slices.Contains(names, trust.DeviceName(me.Device)) {
		return nil, fault.New("T-SELF", "", nil)
	}
	return names, nil
}

// oneOf looks an alias up and wants exactly one bearer.
func oneOf(missions []*trust.Mission, alias string, find func(*trust.Mission) []string) (string, error) {
	var found []string
	for _, mission := range missions {
		for _, name := range find(mission) {
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	if len(found) != 1 {
		return "", fault.Newf("T-ALIAS", alias, "%d bear the name", len(found))
	}
	return found[0], nil
}

// withdrawn judges the author of a line of a field machine: one whose certificates were all withdrawn before the line was first
// seen, whoever brings it (security.md 6.5, E-REVOKED at level L). The machine that it comes from is judged by its proof. The
// first line of a chain and stubs say nothing that anybody could show, and headquarters answers for its own register.
func (j *judge) withdrawn(line *oplog.Line) string {
	if j.trust == nil || j.device.HQ || line.Kind == oplog.KindChain || line.Kind == oplog.KindStub {
		return ""
	}
	code, known := j.gone[line.By]
	if !known {
		code = fault.Code(j.trust.Withdrawn(trust.UserName(line.By), j.seen))
		j.gone[line.By] = code
	}
	return code
}

// mayMake holds the kind of a line against the roles of its author, on the machine that it comes from (security.md 6.3).
func (j *judge) mayMake(line *oplog.Line) bool {
	side := domain.SideField
	if j.device.HQ {
		side = domain.SideHQ
	}
	return slices.ContainsFunc(j.roles[line.By], func(r domain.Role) bool { return r.MayMake(string(line.Kind), line.Compartment, side) })
}

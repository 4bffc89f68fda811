package exchange

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// reissueSpecial lets headquarters issue P3 entries for single machines: the mission lead's gets those of all cases of the
// mission, an interviewer's those of the cases assigned to it, never from a colleague (security.md 2.3). Whose user does not
// hold the ring issues nothing.
func (e *exporting) reissueSpecial(ctx context.Context, nodes []string) error {
	me := e.ws.Me()
	if !e.ws.Register().Holds(domain.RingSpecial) || !me.Role.MaySend(domain.BundleCaseload, domain.Special) {
		return nil
	}
	ofMission := map[uuid.UUID]bool{}
	for _, id := range e.ws.CasesOf(e.mission.ID) {
		ofMission[id] = true
	}
	for _, name := range nodes {
		node, ok := e.mission.Node(name)
		if !ok || node.Inbox.For(domain.Special) == "" {
			continue
		}
		assigned := ofMission
		if !lead(node) {
			var err error
			if assigned, err = e.assigned(ctx, node); err != nil {
				return err
			}
		}
		if len(assigned) == 0 {
			continue
		}
		lines := workspace.LineSet{}
		for _, state := range e.ws.Register().Chains(domain.Special) {
			device := trust.DeviceName(state.Chain.Device)
			_, member := e.mission.Node(device)
			switch {
			case device == name, !member && state.Chain.Device != me.Device, !member && e.ws.Audience(state.Chain.Epoch) == name:
			default:
				lines[state.Chain.Key()] = state.Have.Minus(e.counters.from(name).Have.Of(state.Chain))
			}
		}
		_, err := e.ws.Issue(ctx, workspace.Issuing{
			Audience: name, Lines: map[domain.Compartment]workspace.LineSet{domain.Special: lines},
			Wanted: func(line *oplog.Line) bool {
				if workspace.IsMark(line.Type) {
					return lead(node) // headquarters' words on lines that it was sent
				}
				return len(line.Source) == 0 && ofMission[line.Case] && assigned[line.Case]
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// assigned are the cases of an interviewer's machine: those that the day plan gives to one of its users, and those of which it
// has written P3 entries itself.
func (e *exporting) assigned(ctx context.Context, node *trust.Node) (map[uuid.UUID]bool, error) {
	cases := map[uuid.UUID]bool{}
	id, _ := trust.ParseDeviceName(node.Node)
	for _, state := range e.ws.Register().Chains(domain.Special) {
		if state.Chain.Device == id {
			for _, scope := range e.ws.Register().ScopesOf(state.Chain, state.Have) {
				cases[scope] = true
			}
		}
	}
	cards, err := e.cardsOf(ctx, node)
	if err != nil {
		return nil, err
	}
	slots, err := e.ws.Objects(ctx, "slot", uuid.Nil)
	if err != nil {
		return nil, err
	}
	own := map[uuid.UUID]bool{}
	for _, slot := range slots {
		if cards[slot.Reference("interviewer")] {
			own[slot.ID()] = true
		}
	}
	joins, err := e.ws.Objects(ctx, "slot_case", uuid.Nil)
	if err != nil {
		return nil, err
	}
	for _, join := range joins {
		if own[join.Reference("slot")] {
			cases[join.Reference("case")] = true
		}
	}
	return cases, nil
}

// cardsOf are the staff cards of the people who work on a machine: by the identifier of the user or, where the card has none,
// by the alias.
func (e *exporting) cardsOf(ctx context.Context, node *trust.Node) (map[uuid.UUID]bool, error) {
	cards, err := e.ws.Objects(ctx, "staff_card", uuid.Nil)
	if err != nil {
		return nil, err
	}
	out := map[uuid.UUID]bool{}
	for _, card := range cards {
		out[card.ID()] = slices.ContainsFunc(node.Users, func(name string) bool {
			id, _ := trust.ParseUserName(name)
			if user := card.Text("user"); user != "" {
				return user == id.String() || user == name
			}
			return card.Text("alias") == e.mission.UserAlias(name)
		})
	}
	return out, nil
}

package exchange

import (
	"context"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// editionTypes are what headquarters writes for every mission at once. It lies in the register's own epoch.
var editionTypes = []domain.Type{"code_list", "form"}

// issueEditions says the editions of code lists and question sets, and their withdrawal, again for the members of the mission,
// those of orientation courses excepted: they are told nothing else of compartment open (security.md 2.3). Whether the author
// might was judged when it was written here; a machine takes it because headquarters issues it.
func (e *exporting) issueEditions(ctx context.Context, nodes []string) error {
	if !slices.ContainsFunc(nodes, func(name string) bool {
		node, ok := e.mission.Node(name)
		return ok && !ofCourse(node)
	}) {
		return nil
	}
	own, reg := workspace.LineSet{}, e.ws.Register()
	for _, state := range reg.Chains(domain.Open) {
		if state.Chain.Device == e.ws.Me().Device && e.ws.Audience(state.Chain.Epoch) == workspace.AudienceHQ {
			own[state.Chain.Key()] = state.Have
		}
	}
	_, err := e.ws.Issue(ctx, workspace.Issuing{
		Audience: workspace.MissionAudience(e.mission.ID), Lines: map[domain.Compartment]workspace.LineSet{domain.Open: own},
		Wanted: func(line *oplog.Line) bool { return slices.Contains(editionTypes, line.Type) },
	})
	return err
}

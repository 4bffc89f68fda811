package travel

import (
	"context"

	"feltbok/app/ui"
	"feltbok/app/ui/custody"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// New makes the place. It reads nothing before Enter.
func New(s *ui.Session) ui.Place {
	ws, dir := s.WS, s.Dir
	return newPlace(s, doors{
		device: ws.Me().DeviceAlias,
		read:   func(ctx context.Context) (facts, error) { return readFacts(ctx, ws) },
		newCode: func() code {
			c := workspace.NewTravelCode()
			return &c
		},
		lock: func(ctx context.Context, c code) error { return ws.TravelLock(ctx, *c.(*workspace.TravelCode)) },
		open: func() bool { return ws.Register() != nil },
		wipe: func(ctx context.Context, progress func(step string)) error {
			err := ws.Wipe(ctx, progress)
			if fault.Code(err) == "V-LOCKED" { // the first try closed the workspace and did not come to its end
				return workspace.Wipe(ctx, dir, progress)
			}
			return err
		},
	})
}

// whereTo names the place where something is done about a reason.
var whereTo = map[string]string{
	exchange.ReasonNotEnrolled: "exchange", exchange.ReasonUnmerged: "exchange",
	exchange.ReasonNoRehearsal: "settings", exchange.ReasonOldRehearsal: "settings",
	exchange.ReasonNoBackup: "settings", exchange.ReasonOldBackup: "settings", exchange.ReasonReplaceBackup: "settings",
}

// reasonKeys are the reasons that the texts know.
var reasonKeys = []string{
	exchange.ReasonNotEnrolled, exchange.ReasonNoRehearsal, exchange.ReasonOldRehearsal, exchange.ReasonFailedRehearsal, exchange.ReasonUnmerged,
	exchange.ReasonClock, exchange.ReasonNoBackup, exchange.ReasonOldBackup, exchange.ReasonReplaceBackup, exchange.ReasonPending, exchange.ReasonDisk,
}

func readFacts(ctx context.Context, ws *workspace.Workspace) (f facts, err error) {
	judged, err := exchange.ClearanceOf(ctx, ws)
	if err != nil {
		return f, err
	}
	f.clearance = clearance{clear: judged.Clear, reasons: reasons(judged.Reasons), notes: reasons(judged.Notes)}
	if f.alone, err = custody.Of(ctx, ws); err != nil {
		return f, err
	}
	found := judged.Crossing
	f.crossing = crossing{lost: found.Lost, waiting: found.Waiting, clear: found.Clear}
	for _, p := range found.Parts {
		one := part{name: p.Compartment, own: p.Own, merged: p.Merged, held: p.Held}
		if p.Compartment == domain.Audit.String() {
			one.log = found.Log
		}
		f.crossing.parts = append(f.crossing.parts, one)
	}
	return f, nil
}

func reasons(found []exchange.Reason) []reason {
	list := make([]reason, len(found))
	for i, r := range found {
		list[i] = reason{key: r.Code, args: []any{"Count", r.Count, "Date", r.Date}, goTo: whereTo[r.Code]}
	}
	return list
}

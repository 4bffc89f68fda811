package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// NewErasure makes the deletion place. It reads nothing before Enter. Those who may not erase get the protocol only.
func NewErasure(s *ui.Session) ui.Place {
	ws := s.WS
	d := erasureDoors{read: func(ctx context.Context) (erasureFacts, error) { return readErasures(ctx, ws) }}
	if me := ws.Me(); me.HQ && me.Role.MayErase() {
		d.erase = func(ctx context.Context, id uuid.UUID, reason string) error {
			_, err := ws.EraseCase(ctx, id, domain.ErasureReason(reason))
			return err
		}
	}
	return newErasure(s, d)
}

// readErasures reads the cases that may go, and what went.
func readErasures(ctx context.Context, ws *workspace.Workspace) (f erasureFacts, err error) {
	if me := ws.Me(); me.HQ && me.Role.MayErase() {
		if err := f.readCases(ctx, ws); err != nil {
			return f, err
		}
	}
	protocol, err := exchange.DeletionProtocol(ctx, ws)
	if err != nil {
		return f, err
	}
	for _, entry := range slices.Backward(protocol) {
		f.protocol = append(f.protocol, erasedLine(ws, entry))
	}
	return f, f.readBackups(ctx, ws)
}

func (f *erasureFacts) readCases(ctx context.Context, ws *workspace.Workspace) error {
	due, err := ws.Due(ctx)
	if err != nil {
		return err
	}
	overdue := map[uuid.UUID]bool{}
	for _, c := range due {
		overdue[c.Case] = true
		f.due = append(f.due, erasable{id: c.Case, number: c.Number, status: c.Status, since: c.Due, reason: string(domain.ErasedRetention)})
	}
	cases, err := ws.Cases(ctx)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if !overdue[c.ID] {
			f.others = append(f.others, erasable{id: c.ID, number: c.Number, status: c.Status})
		}
	}
	return nil
}

func erasedLine(ws *workspace.Workspace, entry exchange.ProtocolEntry) erased {
	line := erased{id: entry.Case, at: entry.At, reason: string(entry.Reason), pending: entry.Pending, unproven: !entry.Proven, lines: entry.Lines}
	if entry.By != uuid.Nil {
		line.byAlias = ws.AliasOf(entry.By)
	}
	for _, c := range entry.Confirmed {
		line.machines = append(line.machines, c.Alias)
	}
	for _, c := range entry.Awaiting {
		line.awaited = append(line.awaited, c.Alias)
	}
	for _, late := range entry.Late {
		line.late += late.Lines
	}
	line.olderCopies = entry.Older.Sent + entry.Older.Held + entry.Older.Quarantine + entry.Older.Carry
	return line
}

// readBackups lists the copies that still hold what was taken away, the longest overdue first.
func (f *erasureFacts) readBackups(ctx context.Context, ws *workspace.Workspace) error {
	found, err := ws.Backups(ctx)
	if err != nil {
		return err
	}
	for _, b := range found {
		if b.Replace() {
			f.backups = append(f.backups, oldBackup{made: b.At, since: b.Since, place: b.Place, machine: b.Alias, why: b.Why, overdue: b.Overdue})
		}
	}
	slices.SortStableFunc(f.backups, func(a, b oldBackup) int { return a.since.Compare(b.since) })
	return nil
}

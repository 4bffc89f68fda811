package exchange

import (
	"context"

	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Doubt notes that a twin used the numbers of a chain from one on, as when the program ends before the lines are written anew.
func Doubt(ctx context.Context, ws *workspace.Workspace, chain oplog.Chain, n uint64) error {
	return ws.Register().Update(ctx, func(tx *register.Tx) error {
		return changeReceipts(tx, func(receipts map[string]kept) bool {
			own := trust.DeviceName(ws.Me().Device)
			k := receipts[own]
			k.suspectFrom(chain, n)
			receipts[own] = k
			return true
		})
	})
}

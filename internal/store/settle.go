package store

import (
	"context"
	"fmt"
)

// settleLog makes durable that the log was emptied. SQLite cuts it to nothing without a sync, so that after a power loss the
// old log with the old pages in it could be back, and with them what was dropped. Writing the version of the tables
// once more begins the log anew and syncs it; what stands in it then is the first page, which holds no rows.
func (e *SQLite) settleLog(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var version int
	if err := e.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	_, err := e.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", version))
	return err
}

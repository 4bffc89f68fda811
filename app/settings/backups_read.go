package settings

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/workspace"
)

// backupsOf are the doors to the register of backups of a workspace.
func backupsOf(ws *workspace.Workspace) backupDoors {
	return backupDoors{
		list: func(ctx context.Context) ([]backup, error) {
			found, err := ws.Backups(ctx)
			var list []backup
			for _, b := range found {
				if b.Device == ws.Me().Device { // headquarters looks after those of others in the deletion place
					list = append(list, backup{id: b.ID.String(), made: b.At, place: b.Place, replace: b.Replace(), overdue: b.Overdue, destroyed: b.Destroyed})
				}
			}
			return list, err
		},
		destroyed: func(ctx context.Context, id string) error {
			which, err := uuid.Parse(id)
			if err != nil {
				return err
			}
			return ws.MarkDestroyed(ctx, which)
		},
		check: func(ctx context.Context, file string, passphrase []byte) (checked, error) {
			if len(passphrase) == 0 {
				return checked{}, workspace.BackupCheck(ctx, file)
			}
			report, err := workspace.OpenBackupCheck(ctx, file, ws.Me().Alias, passphrase)
			return checked{opened: true, operations: report.Operations, objects: report.Objects}, err
		},
	}
}

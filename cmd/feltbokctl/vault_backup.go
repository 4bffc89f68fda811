package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/workspace"
)

func vaultBackups(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	destroyed := c.flags.String("destroyed", "", "note that the backup with this identifier does not exist any more")
	var id uuid.UUID
	c.check = func([]string) (err error) {
		if *destroyed == "" {
			return nil
		}
		if id, err = uuid.Parse(*destroyed); err != nil {
			return fmt.Errorf("--destroyed is no identifier: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		if id != uuid.Nil {
			if err := ws.MarkDestroyed(ctx, id); err != nil {
				return err
			}
		}
		backups, err := ws.Backups(ctx)
		if err != nil {
			return err
		}
		return c.print(backups, func(w io.Writer) {
			for i := range backups {
				b := &backups[i]
				state := "as good as the vault"
				switch {
				case b.Destroyed:
					state = "destroyed"
				case b.Overdue:
					state = "DESTROY OR REPLACE, overdue: " + b.Why + " on " + b.Since.Format(time.DateOnly)
				case b.Replace():
					state = "destroy or replace: " + b.Why + " on " + b.Since.Format(time.DateOnly)
				}
				fmt.Fprintf(w, "%s  %s  %-12s %-24s %s\n", b.ID, b.At.Format(time.DateOnly), b.Alias, b.Place, state)
			}
			fmt.Fprintf(w, "%d backups\n", len(backups))
		})
	})
}

func vaultRestore(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	from := c.flags.String("from", "", "backup to restore")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := errors.Join(need("from", *from), need("workspace", c.workspace)); err != nil {
		return err
	}
	pass, err := c.passphrase(ctx, "Passphrase")
	if err != nil {
		return err
	}
	defer clear(pass)
	if err := workspace.Restore(ctx, *from, c.workspace, c.user, pass, workspace.Options{}); err != nil {
		return err
	}
	return c.print(map[string]any{"workspace": c.workspace, "from": *from}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is restored from %s. What was written after the copy comes back from headquarters; new work begins new epochs.\n"+
			"Use only one of the two machines from now on, if there are two.\n", filepath.Base(c.workspace), filepath.Base(*from))
	})
}

// checkBackup checks a backup: with a passphrase all that its user reads, else that the file is whole.
func (c *call) checkBackup(ctx context.Context, file string) error {
	if err := need("backup", file); err != nil {
		return err
	}
	if c.passFile == "" {
		if err := workspace.BackupCheck(ctx, file); err != nil {
			return err
		}
		return c.print(map[string]any{"backup": file, "whole": true, "rings": []string{}}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is whole as a file. With a passphrase its rows are opened too.\n", filepath.Base(file))
		})
	}
	pass, err := readPassphrase(c.passFile)
	if err != nil {
		return err
	}
	defer clear(pass)
	report, err := workspace.BackupProve(ctx, file, c.user, pass)
	if err != nil {
		return err
	}
	return c.print(map[string]any{"backup": file, "whole": true, "rings": ringNames(report.Rings)}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is whole, and every row that this user reads opens.\n", filepath.Base(file))
	})
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

func bundleExport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	to := c.flags.String("to", "", "receivers, comma between: hq, or names of machines")
	out := c.flags.String("out", "", "file, or folder for a random name (default: here)")
	mission := c.flags.String("mission", "", "identifier of the mission, at headquarters with several")
	everything := c.flags.Bool("everything", false, "also what the receiver acknowledged")
	var o exchange.ExportOptions
	c.check = func([]string) (err error) {
		o = exchange.ExportOptions{To: strings.Split(*to, ","), Out: *out, Everything: *everything}
		if *mission != "" {
			if o.Mission, err = uuid.Parse(*mission); err != nil {
				return fmt.Errorf("--mission is no identifier: %w", errUsage)
			}
		}
		return need("to", *to)
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		exported, err := exchange.Export(ctx, ws, o)
		if err != nil {
			return err
		}
		return c.print(exported, func(w io.Writer) {
			fmt.Fprintf(w, "%s: %s for %s, %d bytes\n", exported.File, exported.Kind, strings.Join(exported.To, ", "), exported.Size)
			counts(w, "lines", exported.Lines)
			for _, further := range exported.Further {
				fmt.Fprintf(w, "%s: %s for %s, %d bytes\n", further.File, further.Kind, strings.Join(further.To, ", "), further.Size)
				counts(w, "lines", further.Lines)
			}
			if exported.Relayed > 0 {
				fmt.Fprintf(w, "%d lines are those of colleagues.\n", exported.Relayed)
			}
			for _, file := range exported.Carried {
				fmt.Fprintf(w, "%s: carried for headquarters, hand it over too\n", file)
			}
			fmt.Fprintln(w, "The lines count as sent; they have arrived when headquarters' receipt says so.")
		})
	})
}

// bundleCarry takes sealed files for others along, or with --drop lets one go.
func bundleCarry(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	drop := c.flags.String("drop", "", "name of a file in carry/ that is known to have arrived")
	c.check = func(files []string) error {
		if (len(files) == 0) == (*drop == "") {
			return fmt.Errorf("name files to carry, or one to drop: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, files []string) error {
		if *drop != "" {
			if err := exchange.DropCarried(ctx, ws, *drop); err != nil {
				return err
			}
			return c.print(map[string]string{"dropped": *drop}, func(w io.Writer) { fmt.Fprintf(w, "%s is carried no longer\n", *drop) })
		}
		carried := []*exchange.Carried{}
		for _, file := range files {
			one, err := exchange.Carry(ctx, ws, file)
			if err != nil {
				return about(err, file)
			}
			carried = append(carried, one)
		}
		return c.print(carried, func(w io.Writer) {
			for _, one := range carried {
				fmt.Fprintf(w, "%s is laid beside every export until it is dropped\n", one.File)
			}
		})
	})
}

// bundlePurge removes from this machine what headquarters has merged; without --yes it only says what would go.
func bundlePurge(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	whole := c.flags.Bool("whole", false, "the case with all its records, after the mission's end; else lines that later ones replaced")
	yes := c.flags.Bool("yes", false, "do it")
	var id uuid.UUID
	c.check = func(words []string) (err error) {
		if len(words) != 1 {
			return fmt.Errorf("name one case: %w", errUsage)
		}
		if id, err = uuid.Parse(words[0]); err != nil {
			return fmt.Errorf("%q is no identifier of a case: %w", words[0], errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		run := exchange.PreviewPurge
		if *yes {
			run = exchange.Purge
		}
		purging, err := run(ctx, ws, id, *whole)
		if err != nil {
			return err
		}
		return c.print(purging, func(w io.Writer) {
			counts(w, "lines whose content goes", purging.Lines)
			counts(w, "stands against it", purging.Blocked)
			if !*yes {
				fmt.Fprintln(w, "Nothing was changed; --yes does it.")
			}
		})
	})
}

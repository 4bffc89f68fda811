package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

func quarantineList(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		list, err := exchange.ListQuarantine(ctx, ws)
		if err != nil {
			return err
		}
		return c.print(list, func(w io.Writer) {
			for _, q := range list.Lines {
				fmt.Fprintf(w, "%-9s %s %s from %s: %s\n", q.Code, q.Compartment, q.Operation, q.Device, wayOut(q.Ways, q.Lifters))
			}
			for _, f := range list.Files {
				fmt.Fprintf(w, "%-9s file %s (%s) %s: %s\n", f.Code, f.File, f.Name, f.Sender, wayOut(f.Ways, f.Lifters))
			}
			fmt.Fprintf(w, "%d lines, %d files\n", len(list.Lines), len(list.Files))
		})
	})
}

// wayOut says in words what gets something out of quarantine.
func wayOut(ways []string, lifters []domain.Role) string {
	var out []string
	for _, way := range ways {
		switch way {
		case exchange.WayLift:
			var roles []string
			for _, role := range lifters {
				roles = append(roles, string(role))
			}
			out = append(out, strings.Join(roles, " or ")+" lifts it after a check")
		case exchange.WayUpdate:
			out = append(out, "waits for an update of the program")
		case exchange.WayDirectory:
			out = append(out, "waits for a newer directory")
		case exchange.WayEpoch:
			out = append(out, "the machine was copied or put back; compare by hand")
		case exchange.WaySender:
			out = append(out, "the sender's program must be looked at")
		case exchange.WayNone:
			out = append(out, "training and real never meet")
		}
	}
	return strings.Join(out, "; ")
}

func quarantineLift(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	reason := c.flags.String("reason", "", "what was checked, and why it counts")
	c.check = func(words []string) error {
		if len(words) == 0 {
			return fmt.Errorf("name files, or lines as COMPARTMENT/OPERATION; 'bundle quarantine list' shows them: %w", errUsage)
		}
		return need("reason", *reason)
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, words []string) error {
		var lines []exchange.QuarantinedLine
		results := []*exchange.Result{}
		for _, word := range words {
			if compartment, operation, isLine := strings.Cut(word, "/"); isLine {
				lines = append(lines, exchange.QuarantinedLine{Compartment: compartment, Operation: operation})
				continue
			}
			result, err := exchange.LiftFile(ctx, ws, word, *reason)
			if err != nil {
				return err
			}
			results = append(results, result)
		}
		if err := exchange.LiftLines(ctx, ws, lines, *reason); err != nil {
			return err
		}
		return c.print(map[string]any{"lines": len(lines), "files": results}, func(w io.Writer) {
			for _, result := range results {
				describe(w, &result.Plan, false)
			}
			if len(lines) > 0 {
				fmt.Fprintf(w, "%d lines count from now on\n", len(lines))
			}
		})
	})
}

func quarantineDiscard(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	yes := c.flags.Bool("yes", false, "really: the file is gone then, and only the sender may have it")
	c.check = func([]string) error {
		if !*yes {
			return fmt.Errorf("the file would be gone for good; say --yes: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		if err := exchange.Discard(ctx, ws, words[0]); err != nil {
			return err
		}
		return c.print(map[string]any{"discarded": words[0]}, func(w io.Writer) { fmt.Fprintf(w, "%s is gone\n", words[0]) })
	})
}

func bundleRetry(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	all := c.flags.Bool("all", false, "every file in quarantine, one after the other")
	c.check = func(words []string) error {
		if *all == (len(words) > 0) {
			return fmt.Errorf("name files of 'bundle quarantine list', or give --all: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, files []string) error {
		if *all {
			list, err := exchange.ListQuarantine(ctx, ws)
			if err != nil {
				return err
			}
			for _, f := range list.Files {
				files = append(files, f.File)
			}
		}
		results := []any{}
		var refused error
		for _, file := range files {
			result, err := exchange.Retry(ctx, ws, file)
			if f, ok := fault.Of(err); ok {
				c.refuse(err)
				results = append(results, map[string]any{"file": file, "refused": f.Code})
				refused = errRefused
				continue
			}
			if err != nil {
				return err
			}
			results = append(results, result)
			if !c.json {
				describe(c.stdout, &result.Plan, false)
			}
		}
		if c.json {
			if err := c.print(results, nil); err != nil {
				return err
			}
		}
		return refused
	})
}

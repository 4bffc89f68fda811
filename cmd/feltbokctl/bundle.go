package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
)

func bundleExport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	to := c.flags.String("to", "", "receivers, comma between: hq, or names of machines")
	out := c.flags.String("out", "", "file, or folder for a random name (default: here)")
	mission := c.flags.String("mission", "", "identifier of the mission, at headquarters with several")
	everything := c.flags.Bool("everything", false, "also what the receiver acknowledged")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		if err := need("to", *to); err != nil {
			return err
		}
		o := exchange.ExportOptions{To: strings.Split(*to, ","), Out: *out, Everything: *everything}
		if *mission != "" {
			id, err := uuid.Parse(*mission)
			if err != nil {
				return fmt.Errorf("--mission is no identifier: %w", errUsage)
			}
			o.Mission = id
		}
		exported, err := exchange.Export(ctx, ws, o)
		if err != nil {
			return err
		}
		return c.print(exported, func(w io.Writer) {
			fmt.Fprintf(w, "%s: %s for %s, %d bytes\n", exported.File, exported.Kind, strings.Join(exported.To, ", "), exported.Size)
			counts(w, "lines", exported.Lines)
			fmt.Fprintln(w, "The lines count as sent; they have arrived when headquarters' receipt says so.")
		})
	})
}

// keyring opens bundles addressed to the workspace.
func keyring(ws *workspace.Workspace) bundle.Keyring {
	outer := func() (out []age.Identity) {
		for _, identity := range ws.Node().Outer {
			out = append(out, identity)
		}
		return out
	}
	return bundle.Keyring{Outer: outer()}
}

func bundleInspect(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		manifest, err := bundle.Inspect(ctx, words[0], keyring(ws))
		if err != nil {
			return err
		}
		return c.print(manifest, func(w io.Writer) {
			fmt.Fprintf(w, "%s from %s, user %s, written %s by version %s\n", manifest.Kind, manifest.From, manifest.User, manifest.Created, manifest.App)
			for _, target := range manifest.To {
				fmt.Fprintf(w, "to %s, number %d\n", target.Node, target.Sequence)
			}
			for _, file := range manifest.Files {
				fmt.Fprintf(w, "  %-30s %9d bytes\n", file.Name, file.Size)
			}
			fmt.Fprintln(w, "The signatures were not judged; 'bundle verify' does that.")
		})
	})
}

func bundleVerify(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		plan, err := exchange.Preview(ctx, ws, words[0])
		if err != nil {
			return err
		}
		return c.print(map[string]any{"file": plan.File, "verified": true, "from": plan.From, "sender": plan.Sender, "kind": plan.Kind}, func(w io.Writer) {
			fmt.Fprintf(w, "%s: every byte is what %s (user %s) signed; number %d\n", plan.File, plan.Sender, plan.User, plan.Sequence)
		})
	})
}

func bundleImport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	dry := c.flags.Bool("dry-run", false, "show what the files would do, write nothing")
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, files []string) error {
		if len(files) == 0 {
			return fmt.Errorf("no file named: %w", errUsage)
		}
		var plans []any
		var refused error
		for _, file := range files {
			plan, imported, err := importOne(ctx, ws, file, *dry)
			if err != nil {
				// One bad file never keeps the others out (pains.md row 11).
				f, ok := fault.Of(err)
				if !ok {
					return err
				}
				plans = append(plans, map[string]any{"file": filepath.Base(file), "refused": f.Code})
				fmt.Fprintf(c.stderr, "%s: %s\n", f.Code, filepath.Base(file))
				refused = err
				continue
			}
			if imported != nil {
				plans = append(plans, imported)
			} else {
				plans = append(plans, plan)
			}
			if !c.json {
				describe(c.stdout, plan, *dry)
			}
		}
		if c.json {
			if err := c.print(plans, nil); err != nil {
				return err
			}
		}
		return refused
	})
}

func importOne(ctx context.Context, ws *workspace.Workspace, file string, dry bool) (*exchange.Plan, *exchange.Result, error) {
	if dry {
		plan, err := exchange.Preview(ctx, ws, file)
		return plan, nil, err
	}
	result, err := exchange.Import(ctx, ws, file, nil)
	if err != nil {
		return nil, nil, err
	}
	return &result.Plan, result, nil
}

func describe(w io.Writer, plan *exchange.Plan, dry bool) {
	status := "imported"
	switch {
	case plan.Repeated:
		status = "known already, nothing changed"
	case dry:
		status = "would be imported"
	}
	fmt.Fprintf(w, "%s: %s, from %s (user %s), number %d\n", plan.File, status, plan.Sender, plan.User, plan.Sequence)
	if plan.Repeated {
		return
	}
	counts(w, "new", plan.New)
	counts(w, "known", plan.Known)
	counts(w, "quarantined", plan.Quarantined)
	counts(w, "reasons", plan.Reasons)
	if plan.Conflicts > 0 {
		fmt.Fprintf(w, "  %d new conflicts for a person to decide\n", plan.Conflicts)
	}
	for _, gap := range plan.Gaps {
		fmt.Fprintf(w, "  missing in %s, %s: %v\n", gap.Compartment, gap.Chain, gap.Missing)
	}
	for _, name := range plan.Waiting {
		fmt.Fprintf(w, "  %s waits until a user with that ring unlocks\n", name)
	}
}

func counts(w io.Writer, title string, byName map[string]int) {
	if len(byName) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s:", title)
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		fmt.Fprintf(w, " %s %d", name, byName[name])
	}
	fmt.Fprintln(w)
}

func exchangeStatus(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		status, err := exchange.StatusOf(ctx, ws)
		if err != nil {
			return err
		}
		return c.print(status, func(w io.Writer) {
			if !ws.Me().HQ {
				fmt.Fprintf(w, "own lines: %d, in no file %d, at headquarters %d, merged %d\n", status.Own.Total, status.Own.Unsent(), status.Own.Stored, status.Own.Merged)
			}
			for _, d := range status.Devices {
				seen := d.LastSeen
				if seen == "" {
					seen = "never"
				}
				fmt.Fprintf(w, "%-12s last heard of %s, bundle %d, %d lines, %d gaps, receipt %d\n", d.Alias, seen, d.Sequence, d.Lines, len(d.Gaps), d.Receipt)
			}
			for _, warning := range status.Warnings {
				fmt.Fprintf(w, "warning: %s\n", warning)
			}
		})
	})
}

func vaultUsers(_ context.Context, c *call, args []string) error {
	c.withWorkspace()
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("workspace", c.workspace); err != nil {
		return err
	}
	info, err := workspace.Peek(c.workspace)
	if err != nil {
		return err
	}
	return c.print(info.Users, func(w io.Writer) {
		for _, user := range info.Users {
			fmt.Fprintf(w, "%s  %s\n", user.Slot, user.Label)
		}
	})
}

func vaultCheck(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		report, err := ws.Register().Check(ctx)
		if err != nil {
			return err
		}
		return c.print(report, func(w io.Writer) {
			fmt.Fprintln(w, "The vault opens, every row is whole, roots and ledger hold.")
			for _, compartment := range domain.AllCompartments {
				if n := ws.Register().Count(compartment); n > 0 {
					fmt.Fprintf(w, "  %-12s %d lines\n", compartment, n)
				}
			}
		})
	})
}

func vaultBackup(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	out := c.flags.String("out", "", "file to write")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		if err := need("out", *out); err != nil {
			return err
		}
		if err := ws.Register().Backup(ctx, *out); err != nil {
			return err
		}
		return c.print(map[string]any{"file": *out}, func(w io.Writer) {
			fmt.Fprintf(w, "%s holds a checked copy, as sealed as the workspace; it opens with the same passphrases.\n", *out)
		})
	})
}

func logShow(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		if ws.Me().Role != domain.DPO {
			return fault.Newf("E-ROLE", "log", "only the data protection officer can open the audit log")
		}
		events, err := ws.AuditLog(ctx)
		if err != nil {
			return err
		}
		if events == nil {
			events = []workspace.LoggedEvent{}
		}
		return c.print(events, func(w io.Writer) {
			for _, e := range events {
				fmt.Fprintf(w, "%s  %-8s %-8s %s %s ×%d\n", e.At, ws.AliasOf(e.By), e.Act, e.Type, e.Object, e.Count)
			}
		})
	})
}

func logVerify(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		chains, lines, err := ws.VerifyChains(ctx)
		if err != nil {
			return err
		}
		return c.print(map[string]any{"chains": chains, "lines": lines}, func(w io.Writer) {
			fmt.Fprintf(w, "%d chains with %d lines are unbroken\n", chains, lines)
		})
	})
}

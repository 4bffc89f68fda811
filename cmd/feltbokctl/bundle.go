package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
)

// keyring opens bundles addressed to the workspace.
func keyring(ws *workspace.Workspace) bundle.Keyring {
	var outer []age.Identity
	for _, identity := range ws.Node().Outer {
		outer = append(outer, identity)
	}
	return bundle.Keyring{Outer: outer}
}

func bundleInspect(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		manifest, err := bundle.Inspect(ctx, words[0], keyring(ws))
		if err != nil {
			return about(err, words[0])
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
			return about(err, words[0])
		}
		return c.print(map[string]any{"file": plan.File, "verified": true, "from": plan.From, "sender": plan.Sender, "kind": plan.Kind}, func(w io.Writer) {
			fmt.Fprintf(w, "%s: every byte is what %s (user %s) signed; number %d\n", plan.File, plan.Sender, plan.User, plan.Sequence)
		})
	})
}

func bundleImport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	dry := c.flags.Bool("dry-run", false, "show what the files would do, write nothing")
	from := c.flags.Int("from", 0, "with --dry-run: the first difference to show, from 0")
	count := c.flags.Int("count", 100, "with --dry-run: how many differences to show; 0 shows none")
	c.check = func(files []string) error {
		if len(files) == 0 {
			return fmt.Errorf("no file named: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, files []string) error {
		results := []any{}
		var refused, failed error
		for _, file := range files {
			plan, imported, err := importOne(ctx, ws, file, *dry)
			if f, ok := fault.Of(err); ok { // one bad file never keeps the others out (pains.md row 11)
				c.refuse(err)
				results = append(results, map[string]any{"file": filepath.Base(file), "refused": f.Code})
				refused = errRefused
				continue
			}
			if err != nil {
				failed = err // stopped, or the disk failed: what went before stays, and is told
				break
			}
			if imported != nil {
				results = append(results, imported)
			} else {
				preview := previewed{Plan: plan}
				if *count > 0 {
					if preview.Differences, err = exchange.Differences(ctx, ws, file, plan, *from, *count); err != nil {
						failed = err
						break
					}
				}
				results = append(results, preview)
				if !c.json {
					describe(c.stdout, plan, true)
					preview.list(c.stdout)
				}
				continue
			}
			if !c.json {
				describe(c.stdout, plan, false)
			}
		}
		if c.json {
			if err := c.print(results, nil); err != nil {
				return err
			}
		}
		return errors.Join(failed, refused)
	})
}

// previewed is a plan with one page of the differences that it would make.
type previewed struct {
	*exchange.Plan
	Differences *exchange.DifferencePage `json:"differences,omitempty"`
}

func (p previewed) list(w io.Writer) {
	for _, n := range p.Types {
		fmt.Fprintf(w, "  %s %s: %d new, %d known, %d fields replaced\n", n.Compartment, n.Type, n.New, n.Known, n.Replaced)
	}
	if p.Differences == nil {
		return
	}
	changes(w, p.Differences.Fields)
	if last := p.Differences.First + len(p.Differences.Fields); last < p.Differences.Total {
		fmt.Fprintf(w, "  … %d differences in all; --from %d shows the next\n", p.Differences.Total, last)
	}
}

// about makes a fault that names nothing speak of the file.
func about(err error, file string) error {
	if f, ok := fault.Of(err); ok && f.Where == "" {
		return fault.New(f.Code, filepath.Base(file), err)
	}
	return err
}

func importOne(ctx context.Context, ws *workspace.Workspace, file string, dry bool) (*exchange.Plan, *exchange.Result, error) {
	if dry {
		plan, err := exchange.Preview(ctx, ws, file)
		return plan, nil, about(err, file)
	}
	result, err := exchange.Import(ctx, ws, file, nil)
	if err != nil {
		return nil, nil, about(err, file)
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
	for _, e := range plan.Erased {
		fmt.Fprintf(w, "  headquarters orders that a case is erased: %s, %d lines here\n", e.Case, e.Lines)
		if e.Unsent > 0 {
			fmt.Fprintf(w, "    %d of them no file held: that work goes with the case\n", e.Unsent)
		}
	}
	if plan.Late > 0 {
		fmt.Fprintf(w, "  %d lines belong to cases that are erased and were not kept\n", plan.Late)
	}
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

func vaultUsers(_ context.Context, c *call, args []string) error {
	c.withWorkspace()
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("workspace", c.workspace); err != nil {
		return err
	}
	info, err := peek(c.workspace)
	if err != nil {
		return err
	}
	type userJSON struct {
		Slot  string `json:"slot"`
		Label string `json:"label"`
	}
	users := []userJSON{}
	for _, user := range info.Users {
		users = append(users, userJSON{user.Slot, user.Label})
	}
	return c.print(users, func(w io.Writer) {
		for _, user := range info.Users {
			fmt.Fprintf(w, "%s  %s\n", user.Slot, user.Label)
		}
	})
}

func vaultCheck(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	backup := c.flags.String("backup", "", "check this backup instead, without a passphrase")
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(strings.TrimLeft(arg, "-"), "backup") }) {
		if _, err := c.parseWords(args, 0); err != nil {
			return err
		}
		return c.checkBackup(ctx, *backup)
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		report, err := ws.Check(ctx)
		if err != nil {
			return err
		}
		rings := []string{}
		for _, ring := range report.Rings {
			rings = append(rings, ring.String())
		}
		out := map[string]any{"rings": rings, "operations": report.Operations, "stubs": report.Stubs, "objects": report.Objects, "values": report.Values}
		return c.print(out, func(w io.Writer) {
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
	place := c.flags.String("place", "", "where the copy is kept, for the register of backups (default: the file's name)")
	c.check = func([]string) error { return need("out", *out) }
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		made, err := ws.BackupTo(ctx, *out, *place)
		if err != nil {
			return err
		}
		return c.print(map[string]any{"file": *out, "backup": made}, func(w io.Writer) {
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

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

func vaultClearance(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		clearance, err := exchange.ClearanceOf(ctx, ws)
		if err != nil {
			return err
		}
		return c.print(clearance, func(w io.Writer) {
			if clearance.Clear {
				fmt.Fprintln(w, "Cleared for travel.")
			} else {
				fmt.Fprintln(w, "Not cleared for travel:")
			}
			reasons(w, c.lang, "-", clearance.Reasons)
			reasons(w, c.lang, "note:", clearance.Notes)
			crossingText(w, clearance.Crossing)
		})
	})
}

func reasons(w io.Writer, lang, mark string, list []exchange.Reason) {
	t := i18n.For(lang)
	for _, r := range list {
		text := r.Code
		if t.Has(r.TextKey()) {
			text = t.T(r.TextKey(), "Count", r.Count, "Date", r.Date)
		}
		if r.Date != "" {
			text += " (" + r.Date + ")"
		}
		fmt.Fprintf(w, "  %s %s\n", mark, text)
	}
}

func crossingText(w io.Writer, crossing *exchange.Crossing) {
	for _, part := range crossing.Parts {
		if !part.Held {
			fmt.Fprintf(w, "  %-12s closed to this user, so nobody knows what is in it\n", part.Compartment)
			continue
		}
		fmt.Fprintf(w, "  %-12s %d own lines, %d merged at headquarters\n", part.Compartment, part.Own, part.Merged)
	}
	if crossing.Waiting > 0 {
		fmt.Fprintf(w, "  %d sealed files wait for somebody else\n", crossing.Waiting)
	}
}

func vaultTravelLock(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	yes := c.flags.Bool("yes", false, "really lock; without it only what would happen is said")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		crossing, err := exchange.CrossingOf(ctx, ws)
		if err != nil {
			return err
		}
		if !*yes {
			return c.print(map[string]any{"locked": false, "crossing": crossing}, func(w io.Writer) {
				fmt.Fprintf(w, "Nothing was locked yet. Under travel lock no passphrase opens %s, yours neither: only the code does that is shown once,\n"+
					"or headquarters with its recovery kit. Give the code to headquarters and keep no copy with you. Run again with --yes.\n", filepath.Base(ws.Dir()))
				crossingText(w, crossing)
			})
		}
		code := workspace.NewTravelCode()
		defer code.Clear()
		// The code first: a lock whose code nobody saw could be opened by headquarters only.
		err = c.print(map[string]any{"code": code.String(), "locked": true}, func(w io.Writer) {
			fmt.Fprintf(w, "The code, shown this once:\n  %s\n", code)
		})
		if err != nil {
			return err
		}
		if err := ws.TravelLock(ctx, code); err != nil {
			fmt.Fprintln(c.stderr, "The code shown above is worth nothing.")
			return err
		}
		if !c.json {
			fmt.Fprintln(c.stdout, "Locked. 'vault release' opens it with the code.")
		}
		return nil
	})
}

func vaultRelease(ctx context.Context, c *call, args []string) error {
	c.flags.StringVar(&c.workspace, "workspace", "", "folder of the workspace")
	file := c.flags.String("code-file", "", "file with the code; else a prompt")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("workspace", c.workspace); err != nil {
		return err
	}
	typed, err := c.secretFrom(ctx, *file, "Code")
	if err != nil {
		return err
	}
	defer clear(typed)
	if err := workspace.Release(ctx, c.workspace, typed); err != nil {
		return err
	}
	return c.print(map[string]any{"released": true}, func(w io.Writer) {
		fmt.Fprintln(w, "Released. The passphrases open it again.")
	})
}

func vaultWipe(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	clean := c.flags.Bool("clean", false, "only when headquarters has taken in everything")
	emergency := c.flags.Bool("emergency", false, "also when work is lost; needs no passphrase")
	yes := c.flags.String("yes", "", "the name of the workspace's folder, to confirm")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("workspace", c.workspace); err != nil {
		return err
	}
	if *clean == *emergency {
		return fmt.Errorf("give either --clean or --emergency: %w", errUsage)
	}
	dir, err := filepath.Abs(c.workspace)
	if err != nil {
		return err
	}
	if *yes != "" && *yes != filepath.Base(dir) {
		return fmt.Errorf("--yes is not %q: %w", filepath.Base(dir), errUsage)
	}
	var ws *workspace.Workspace
	var crossing *exchange.Crossing
	if *clean || c.passFile != "" {
		if ws, err = c.unlock(ctx); err != nil && *clean {
			return err
		}
	}
	if ws != nil {
		defer ws.Close()
		if crossing, err = exchange.CrossingOf(ctx, ws); err != nil {
			return err
		}
		if *clean && !crossing.Clear {
			crossingText(c.stderr, crossing)
			return fault.Newf("V-UNSENT", filepath.Base(dir), "%d lines, %d files", crossing.Lost, crossing.Waiting)
		}
	}
	if *yes == "" {
		return c.print(map[string]any{"wiped": false, "crossing": crossing}, func(w io.Writer) {
			fmt.Fprintln(w, "Nothing was wiped yet. Run again with --yes", filepath.Base(dir))
			wipeLoss(w, crossing)
		})
	}
	progress := func(step string) {
		if !c.json {
			fmt.Fprintln(c.stderr, step)
		}
	}
	if ws != nil {
		err = ws.Wipe(ctx, progress)
	} else {
		err = workspace.Wipe(ctx, c.workspace, progress)
	}
	if err != nil {
		return err
	}
	left, err := workspace.Foreign(c.workspace)
	if left == nil {
		left = []string{}
	}
	return errors.Join(err, c.print(map[string]any{"wiped": true, "left": left, "crossing": crossing}, func(w io.Writer) {
		fmt.Fprintln(w, "Wiped. Flash disks keep old blocks for a while, without a key to read them.")
		wipeLoss(w, crossing)
		for _, name := range left {
			fmt.Fprintf(w, "  left, for Feltbok did not make it: %s\n", name)
		}
	}))
}

func wipeLoss(w io.Writer, crossing *exchange.Crossing) {
	switch {
	case crossing == nil:
		fmt.Fprintln(w, "How much work is lost is not known without a passphrase.")
	case crossing.Lost > 0:
		fmt.Fprintf(w, "%d lines that headquarters does not have are lost.\n", crossing.Lost)
	default:
		fmt.Fprintln(w, "Headquarters has every line.")
	}
}

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

func bundleImports(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		list, err := exchange.Imports(ctx, ws)
		if err != nil {
			return err
		}
		return c.print(list, func(w io.Writer) {
			for _, e := range list {
				fmt.Fprintf(w, "%s  %s  from %s  %s", e.Import, e.At, e.Sender, e.State)
				if len(e.Waiting) > 0 {
					fmt.Fprintf(w, ", waiting in %s", strings.Join(e.Waiting, ", "))
				}
				fmt.Fprintln(w)
				counts(w, "lines", e.Lines)
				counts(w, "taken back", e.Out)
				if len(e.Held) > 0 {
					fmt.Fprintf(w, "  sealed until a user with the ring unlocks: %s\n", strings.Join(e.Held, ", "))
				}
				if e.Reason != "" {
					fmt.Fprintf(w, "  %s: %s\n", e.By, e.Reason)
				}
			}
		})
	})
}

func bundleUndo(ctx context.Context, c *call, args []string) error {
	return c.speakOfImport(ctx, args, false)
}

func bundleRedo(ctx context.Context, c *call, args []string) error {
	return c.speakOfImport(ctx, args, true)
}

func (c *call) speakOfImport(ctx context.Context, args []string, redo bool) error {
	c.withWorkspace()
	reason := c.flags.String("reason", "", "why, for the log and for those whose work it is")
	dry := c.flags.Bool("dry-run", false, "show what it would do, write nothing")
	var id uuid.UUID
	c.check = func(words []string) (err error) {
		if len(words) != 1 {
			return fmt.Errorf("name one import; 'bundle imports' lists them: %w", errUsage)
		}
		if id, err = uuid.Parse(words[0]); err != nil {
			return fmt.Errorf("%q is no identifier of an import: %w", words[0], errUsage)
		}
		if *dry {
			return nil
		}
		return need("reason", *reason)
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, _ []string) error {
		var plan *exchange.UndoPlan
		var err error
		switch {
		case *dry:
			plan, err = exchange.PreviewUndo(ctx, ws, id, redo)
		case redo:
			plan, err = exchange.Redo(ctx, ws, id, *reason)
		default:
			plan, err = exchange.Undo(ctx, ws, id, *reason)
		}
		if err != nil {
			return err
		}
		return c.print(plan, func(w io.Writer) { describeUndo(w, plan, *dry) })
	})
}

func describeUndo(w io.Writer, plan *exchange.UndoPlan, dry bool) {
	what := map[bool]map[bool]string{
		false: {false: "taken back", true: "would be taken back"},
		true:  {false: "brought in again", true: "would be brought in again"},
	}[plan.Redo][dry]
	if !plan.Changed {
		what = "nothing to do, all of it is so already"
	}
	fmt.Fprintf(w, "import %s from %s: %s\n", plan.Import, plan.Sender, what)
	counts(w, "lines", plan.Lines)
	changes(w, plan.Fields)
	for _, f := range plan.Later {
		fmt.Fprintf(w, "  stays, for somebody has built on it: %s %s %s = %s\n", f.Type, f.Object, f.Field, values(f.New))
	}
	if len(plan.Stays) > 0 {
		counts(w, "cannot be taken back", plan.Stays)
	}
	if plan.Sealed > 0 {
		fmt.Fprintf(w, "  sealed entries: %d lines; what they say is not shown here\n", plan.Sealed)
	}
	if plan.Conflicts > 0 {
		fmt.Fprintf(w, "  %d new conflicts for a person to decide\n", plan.Conflicts)
	}
	if len(plan.Waiting) > 0 {
		fmt.Fprintf(w, "  waiting in %s until a user with that ring does the same\n", strings.Join(plan.Waiting, ", "))
	}
}

// changes prints fields with their values before and after.
func changes(w io.Writer, list []exchange.FieldChange) {
	for _, f := range list {
		fmt.Fprintf(w, "  %s %s %s: %s → %s\n", f.Type, f.Object, f.Field, values(f.Old), values(f.New))
	}
}

// values says the standing values of a field, several when it is in conflict.
func values(list []exchange.FieldValue) string {
	if len(list) == 0 {
		return "–"
	}
	var texts []string
	for _, v := range list {
		texts = append(texts, string(v.Value))
	}
	return strings.Join(texts, " | ")
}

func bundleReturned(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	of := c.flags.String("case", "", "identifier of a case; all cases without")
	id := uuid.Nil
	c.check = func([]string) (err error) {
		if *of != "" {
			if id, err = uuid.Parse(*of); err != nil {
				return fmt.Errorf("--case is no identifier: %w", errUsage)
			}
		}
		return nil
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		list, err := exchange.Returned(ctx, ws, id)
		if err != nil {
			return err
		}
		return c.print(list, func(w io.Writer) {
			for _, r := range list {
				why := r.Code
				if why == "" {
					why = r.Reason
				}
				fmt.Fprintf(w, "%s  %s %s: %s\n", r.At, r.Type, r.Object, why)
				for _, f := range r.Fields {
					fmt.Fprintf(w, "  %s = %s, now %s\n", f.Field, f.Value, f.Now)
				}
			}
		})
	})
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

func redactionReasons() string {
	var reasons []string
	for _, reason := range domain.RedactionReasons {
		reasons = append(reasons, string(reason))
	}
	return strings.Join(reasons, ", ")
}

func recordWithdraw(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	kind := c.flags.String("type", "", "object type, for example person")
	field := c.flags.String("field", "", "the field whose content goes; none for a sealed entry or an attachment, which go as a whole")
	reason := c.flags.String("reason", "", "why: "+redactionReasons())
	about := c.flags.String("about", "", "person whom a sealed note shall be about that keeps the text")
	var r workspace.Retraction
	person := uuid.Nil
	c.check = func(words []string) error {
		for flag, value := range map[string]string{"type": *kind, "reason": *reason} {
			if err := need(flag, value); err != nil {
				return err
			}
		}
		if !domain.RedactionReason(*reason).Valid() {
			return fmt.Errorf("--reason %s is not one of %s: %w", *reason, redactionReasons(), errUsage)
		}
		if *about != "" {
			if err := identifier(*about, &person); err != nil {
				return err
			}
		}
		r.Type, r.Field, r.Reason = domain.Type(*kind), *field, domain.RedactionReason(*reason)
		return identifier(words[0], &r.ID)
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		if person != uuid.Nil {
			record, err := ws.Get(ctx, r.Type, r.ID)
			if err != nil {
				return err
			}
			if record == nil || record.Text(r.Field) == "" {
				return fault.New("E-CASE", r.ID.String(), nil)
			}
			r.Raise = &workspace.Write{
				Target:  workspace.Target{Type: "sealed_note", Case: record.Case(), Subject: person},
				Answers: map[string]domain.Answer{"note": domain.TextAnswer(record.Text(r.Field))},
			}
		}
		done, err := ws.Retract(ctx, r, false)
		if err != nil {
			return err
		}
		return c.print(done, func(w io.Writer) {
			fmt.Fprintf(w, "%d lines lost their content; %d other values of them were written once more\n", done.Lines, done.Kept)
			if done.Others > 0 {
				fmt.Fprintf(w, "%d lines of others stay\n", done.Others)
			}
			if !done.Proven {
				fmt.Fprintln(w, "that nothing is left in the files is checked again at the next unlock")
			}
			fmt.Fprintln(w, "The next file takes it to each machine. Files that were sent before and older backups still hold it, sealed.")
		})
	})
}

func recordWithdrawn(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	var id uuid.UUID
	c.check = func(words []string) error { return identifier(words[0], &id) }
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		list, err := ws.Withdrawals(ctx, id, domain.Case, domain.Special, domain.Sealed, domain.Orientation)
		if err != nil {
			return err
		}
		return c.print(list, func(w io.Writer) {
			for _, one := range list {
				fmt.Fprintf(w, "%s  %-12s %-18s %s, %d lines\n", one.Time.Format(time.DateTime), one.Place, one.Reason, ws.AliasOf(one.By), one.Lines)
			}
			fmt.Fprintf(w, "%d withdrawals\n", len(list))
		})
	})
}

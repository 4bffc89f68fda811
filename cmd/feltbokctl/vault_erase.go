package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// erasedJSON is what one erasure destroyed here.
type erasedJSON struct {
	Case      uuid.UUID `json:"case"`
	Operation string    `json:"operation"`
	Lines     int       `json:"lines"`
	Objects   int       `json:"objects"`
	Done      []string  `json:"done"`
	Pending   []string  `json:"pending"`
}

func ringNames(rings []domain.Ring) []string {
	names := []string{}
	for _, ring := range rings {
		names = append(names, ring.String())
	}
	return names
}

func reasonList() string {
	var reasons []string
	for _, reason := range domain.ErasureReasons {
		reasons = append(reasons, string(reason))
	}
	return strings.Join(reasons, ", ")
}

func vaultEraseCase(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	reason := c.flags.String("reason", "", "why: "+reasonList())
	due := c.flags.Bool("due", false, "erase every case that 'vault due' lists")
	var cases []uuid.UUID
	c.check = func(words []string) error {
		if *due == (len(words) > 0) {
			return fmt.Errorf("name cases, or give --due: %w", errUsage)
		}
		if *due && *reason == "" {
			*reason = string(domain.ErasedRetention)
		}
		if err := need("reason", *reason); err != nil {
			return err
		}
		if !domain.ErasureReason(*reason).Valid() {
			return fmt.Errorf("--reason %s is not one of %s: %w", *reason, reasonList(), errUsage)
		}
		for _, word := range words {
			id, err := uuid.Parse(word)
			if err != nil {
				return fmt.Errorf("%q is no identifier: %w", word, errUsage)
			}
			cases = append(cases, id)
		}
		return nil
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, _ []string) error {
		if *due {
			list, err := ws.Due(ctx)
			if err != nil {
				return err
			}
			for _, d := range list {
				cases = append(cases, d.Case)
			}
		}
		done := []erasedJSON{}
		for _, id := range cases {
			erasure, err := ws.EraseCase(ctx, id, domain.ErasureReason(*reason))
			if err != nil {
				fmt.Fprintf(c.stderr, "%d of %d cases were erased; the next one is %s\n", len(done), len(cases), id)
				return err
			}
			done = append(done, erasedJSON{id, erasure.Operation.String(), erasure.Lines, erasure.Objects, ringNames(erasure.Done), ringNames(erasure.Pending)})
		}
		return c.print(done, func(w io.Writer) {
			for _, e := range done {
				fmt.Fprintf(w, "%s erased here: %d lines, %d objects\n", e.Case, e.Lines, e.Objects)
				if len(e.Pending) > 0 {
					fmt.Fprintf(w, "  %s: erased at the next unlock of a user who holds it\n", strings.Join(e.Pending, ", "))
				}
			}
			if len(done) > 0 {
				fmt.Fprintln(w, "The order goes out with the next file to each machine. Older backups still hold the cases: see 'vault backups'.")
			} else {
				fmt.Fprintln(w, "No case is due.")
			}
		})
	})
}

func vaultDue(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		due, err := ws.Due(ctx)
		if err != nil {
			return err
		}
		return c.print(due, func(w io.Writer) {
			for _, d := range due {
				fmt.Fprintf(w, "%s  %-16s %-12s since %s, due %s\n", d.Case, d.Number, d.Status, d.Since.Format(time.DateOnly), d.Due.Format(time.DateOnly))
			}
			fmt.Fprintf(w, "%d cases are due for erasure\n", len(due))
		})
	})
}

func vaultErasures(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		protocol, err := exchange.DeletionProtocol(ctx, ws)
		if err != nil {
			return err
		}
		return c.print(protocol, func(w io.Writer) {
			for _, p := range protocol {
				by := ""
				if p.By != uuid.Nil {
					by = " by " + ws.AliasOf(p.By)
				}
				fmt.Fprintf(w, "%s  erased %s%s, reason %s, %d lines, %d objects\n", p.Case, p.At.Format(time.DateTime), by, p.Reason, p.Lines, p.Objects)
				if !p.Proven {
					fmt.Fprintln(w, "  not proven yet: the files are looked through again at the next unlock")
				}
				if len(p.Pending) > 0 {
					fmt.Fprintf(w, "  waits for a user with %s\n", strings.Join(p.Pending, ", "))
				}
				machines(w, "confirmed by", p.Confirmed)
				machines(w, "not confirmed by", p.Awaiting)
				for _, late := range p.Late {
					fmt.Fprintf(w, "  %s still sent %d lines, which were not kept\n", late.Alias, late.Lines)
				}
				if o := p.Older; o != (exchange.OlderCopies{}) {
					fmt.Fprintf(w, "  older sealed files in this folder: sent %d, waiting %d, refused %d, for others %d\n", o.Sent, o.Held, o.Quarantine, o.Carry)
				}
			}
			fmt.Fprintf(w, "%d erasures\n", len(protocol))
		})
	})
}

func machines(w io.Writer, title string, list []exchange.Confirmation) {
	if len(list) == 0 {
		return
	}
	var names []string
	for _, m := range list {
		names = append(names, m.Alias)
	}
	slices.Sort(names)
	fmt.Fprintf(w, "  %s %s\n", title, strings.Join(names, ", "))
}

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// exchangeState is what 'exchange status' says.
type exchangeState struct {
	*exchange.Status
	Sent  []exchange.SentCopy  `json:"sent"`
	Cases []exchange.CaseState `json:"cases"`
}

func exchangeStatus(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		var state exchangeState
		var err error
		if state.Status, err = exchange.StatusOf(ctx, ws); err != nil {
			return err
		}
		if state.Sent, err = exchange.SentCopies(ws); err != nil {
			return err
		}
		if state.Cases, err = exchange.CaseStates(ctx, ws); err != nil {
			return err
		}
		return c.print(state, func(w io.Writer) { describeState(w, c.lang, ws, &state) })
	})
}

func describeState(w io.Writer, lang string, ws *workspace.Workspace, state *exchangeState) {
	if own := state.Own; !ws.Me().HQ {
		fmt.Fprintf(w, "own lines: %d, in no file %d, at headquarters %d, merged %d\n", own.Total, own.Unsent(), own.Stored, own.Merged)
	}
	for _, d := range state.Devices {
		seen := d.LastSeen
		if seen == "" {
			seen = "never"
		}
		fmt.Fprintf(w, "%-12s last heard of %s, bundle %d, %d lines, %d gaps, receipt %d\n", d.Alias, seen, d.Sequence, d.Lines, len(d.Gaps), d.Receipt)
		if len(d.MissingBundles) > 0 {
			fmt.Fprintf(w, "  bundles that have not come: %v\n", d.MissingBundles)
		}
		for _, fork := range d.Forks {
			if !fork.Settled {
				fmt.Fprintf(w, "  E-FORK: there are two of this machine, or it was set back; seen %s\n", fork.At)
			}
		}
	}
	for _, c := range state.Cases {
		fmt.Fprintf(w, "case %s: %s\n", c.Case, c.State)
	}
	for _, sent := range state.Sent {
		proof := "not checked yet"
		switch {
		case sent.Damaged:
			proof = "damaged"
		case !sent.Checked.IsZero():
			proof = "whole on " + sent.Checked.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "copy %s of %s, %d days old, merged %v, %s\n", sent.File, sent.At.Format(time.DateOnly), int(ws.Now().Sub(sent.At).Hours()/24), sent.Merged, proof)
	}
	for _, carried := range state.Carried {
		fmt.Fprintf(w, "carried for headquarters: %s, stored there %v, gone from here %v\n", carried.File, carried.Stored, carried.Gone)
	}
	if t := ws.Trust(); t != nil {
		for _, warning := range t.Warnings(ws.Now()) {
			fmt.Fprintln(w, i18n.For(lang).T("trust.warning."+warning.Kind, "Document", warning.Document, "Date", warning.Since.Format(time.DateOnly)))
		}
	}
}

// receiptWrite lays receipts on a stick; receiptTake takes them in.
func receiptWrite(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	to := c.flags.String("for", "", "name of the machine (default: all)")
	out := c.flags.String("out", ".", "folder")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		receipts, err := exchange.WriteReceipts(ws, *to, *out)
		if err != nil {
			return err
		}
		return c.print(receipts, func(w io.Writer) {
			for _, r := range receipts {
				fmt.Fprintf(w, "%s: for %s, number %d of %s, with its .sig beside it\n", r.File, r.For, r.Version, r.At.Format(time.DateOnly))
			}
		})
	})
}

func receiptTake(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, files []string) error {
		receipt, err := exchange.TakeReceipt(ctx, ws, files[0])
		if err != nil {
			return about(err, files[0])
		}
		return c.print(receipt, func(w io.Writer) {
			if receipt.Newer {
				fmt.Fprintf(w, "%s: number %d for %s is taken in\n", receipt.File, receipt.Version, receipt.For)
			} else {
				fmt.Fprintf(w, "%s: a newer one, or this one, is held already; nothing changed\n", receipt.File)
			}
		})
	})
}

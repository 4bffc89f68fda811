package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// salvageJSON is what a salvage brought over.
type salvageJSON struct {
	Out       string         `json:"out"`
	Whole     bool           `json:"whole"`
	Tables    []salvagedJSON `json:"tables"`
	Damage    []damageJSON   `json:"damage"`
	Cases     []uuid.UUID    `json:"cases"`
	Moved     int            `json:"moved"`
	Gaps      int            `json:"gaps"`
	Rebuilt   int            `json:"rebuilt"`
	Files     int            `json:"files"`
	LostFiles []string       `json:"lost_files"`
}

type salvagedJSON struct {
	Compartment string `json:"compartment"`
	Table       string `json:"table"`
	Kept        int    `json:"kept"`
	Left        int    `json:"left_out"`
	Opaque      bool   `json:"opaque"`
}

type damageJSON struct {
	Compartment string `json:"compartment"`
	Code        string `json:"code"`
	Table       string `json:"table"`
	Rows        int    `json:"rows"`
}

// vaultSalvage brings what a damaged workspace still gives into a new folder; the old one is only read.
func vaultSalvage(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	out := c.flags.String("out", "", "folder of the new workspace; must not exist or be empty")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := errors.Join(need("workspace", c.workspace), need("out", *out)); err != nil {
		return err
	}
	info, err := workspace.PeekDamaged(c.workspace)
	if err != nil {
		return err
	}
	slot := ""
	for _, login := range info.Users {
		if slot == "" && (c.user == "" || strings.EqualFold(c.user, login.Label)) {
			slot = login.Slot
		}
	}
	if slot == "" {
		return fmt.Errorf("no user is called %q: %w", c.user, errUsage)
	}
	pass, err := c.passphrase(ctx, "Passphrase")
	if err != nil {
		return err
	}
	defer clear(pass)
	var report workspace.SalvageReport
	err = c.patiently(ctx, func() (err error) {
		report, err = workspace.Salvage(ctx, c.workspace, *out, slot, pass, nil)
		return err
	})
	if err != nil {
		return err
	}
	return c.printSalvage(*out, &report)
}

func (c *call) printSalvage(out string, report *workspace.SalvageReport) error {
	doc := salvageJSON{
		Out: out, Whole: report.Whole(), Moved: report.Moved, Gaps: report.Gaps, Rebuilt: report.Rebuilt, Files: report.Files,
		Tables: []salvagedJSON{}, Damage: []damageJSON{}, Cases: append([]uuid.UUID{}, report.Cases...), LostFiles: append([]string{}, report.LostFiles...),
	}
	for _, t := range report.Tables {
		doc.Tables = append(doc.Tables, salvagedJSON{t.Ring.String(), t.Table, t.Kept, t.Left, t.Opaque})
	}
	for _, d := range report.Damage {
		doc.Damage = append(doc.Damage, damageJSON{compartmentOf(d.Ring), d.Code, d.Table, d.Rows})
	}
	return c.print(doc, func(w io.Writer) {
		if doc.Whole {
			fmt.Fprintf(w, "Nothing was damaged; %s has everything.\n", out)
		} else {
			fmt.Fprintf(w, "%s has what could be saved and opens with the same passphrases. Keep the damaged folder for headquarters.\n", out)
		}
		for _, t := range doc.Tables {
			state := ""
			if t.Opaque {
				state = " (not yours to open: copied unseen)"
			}
			fmt.Fprintf(w, "  %-12s %-16s %6d kept %6d left out%s\n", t.Compartment, t.Table, t.Kept, t.Left, state)
		}
		for _, d := range doc.Damage {
			fmt.Fprintf(w, "  damage: %-10s %-12s %-16s %d rows\n", d.Code, d.Compartment, d.Table, d.Rows)
		}
		for _, id := range doc.Cases {
			fmt.Fprintf(w, "  case that lacks something: %s\n", id)
		}
		if doc.Rebuilt > 0 {
			fmt.Fprintf(w, "  %d records were made anew from the log\n", doc.Rebuilt)
		}
		for _, name := range doc.LostFiles {
			fmt.Fprintf(w, "  file that could not be read: %s\n", name)
		}
	})
}

func compartmentOf(number domain.Ring) string {
	if number == 0 {
		return "?"
	}
	return number.String()
}

// patiently does what needs a passphrase. After failed tries it waits for as long as the register asks for; a program that
// begins anew each time would otherwise never get in.
func (c *call) patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		refused, ok := fault.Of(err)
		if !ok || refused.Code != "V-WAIT" {
			return err
		}
		seconds, problem := strconv.Atoi(refused.Where)
		if problem != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "feltbokctl: a wrong passphrase was tried before; the next try begins in %d s\n", seconds)
		select {
		case <-time.After(time.Duration(seconds) * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

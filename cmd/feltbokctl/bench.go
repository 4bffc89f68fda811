package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"feltbok/internal/bench"
)

func measure(ctx context.Context, c *call, args []string) error {
	var o bench.Options
	c.flags.IntVar(&o.Devices, "devices", 0, "for devices: how many machines send files to headquarters, 1 to 1000")
	c.flags.IntVar(&o.Operations, "operations", 0, "for devices: how many operations each sends, 6 to 100000")
	c.flags.IntVar(&o.Persons, "persons", 0, "for unlock and search: how many persons the register holds, 5 to 250000")
	names, err := c.parse(args)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(bench.Names(), name) {
			return fmt.Errorf("no measurement is called %q; there are %s: %w", name, strings.Join(bench.Names(), ", "), errUsage)
		}
	}
	if o.Devices < 0 || o.Devices > 1000 || o.Operations < 0 || o.Operations > 100_000 || o.Operations > 0 && o.Operations < 6 {
		return fmt.Errorf("--devices is 1 to 1000 and --operations 6 to 100000: %w", errUsage)
	}
	if o.Persons < 0 || o.Persons > 250_000 || o.Persons > 0 && o.Persons < 5 {
		return fmt.Errorf("--persons is 5 to 250000: %w", errUsage)
	}
	results, err := bench.Run(ctx, names, o, func(name string) { fmt.Fprintln(c.stderr, "measuring", name) })
	if err != nil {
		return err
	}
	return c.print(results, func(w io.Writer) {
		fmt.Fprintf(w, "%-34s %10s %10s  %s\n", "work", "measured", "goal", "against")
		for _, r := range results {
			fmt.Fprintf(w, "%-34s %10s %10s  %s\n", r.Name, r.Measured, r.Goal, r.Against)
		}
	})
}

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
	names, err := c.parse(args)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(bench.Names(), name) {
			return fmt.Errorf("no measurement is called %q; there are %s: %w", name, strings.Join(bench.Names(), ", "), errUsage)
		}
	}
	results, err := bench.Run(ctx, names, func(name string) { fmt.Fprintln(c.stderr, "measuring", name) })
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

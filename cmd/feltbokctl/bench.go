package main

import (
	"context"
	"fmt"
	"io"

	"feltbok/internal/bench"
)

func measure(ctx context.Context, c *call, args []string) error {
	names, err := c.parse(args)
	if err != nil {
		return err
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

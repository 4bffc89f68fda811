package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/report"
	"feltbok/internal/workspace"
)

func reportList(_ context.Context, c *call, args []string) error {
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	kinds := report.Kinds(c.lang)
	return c.print(kinds, func(w io.Writer) {
		for _, kind := range kinds {
			fmt.Fprintf(w, "%-10s %s (%s)\n", kind.Kind, kind.Title, strings.Join(kind.Endings, ", "))
		}
	})
}

func reportMake(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	out := c.flags.String("out", "", "file to write; its ending says in which form: .json or .csv")
	mission := c.flags.String("mission", "", "identifier of the mission; may be left out where there is one only")
	id := uuid.Nil
	c.check = func(words []string) error {
		if !report.Known(words[0]) {
			return fmt.Errorf("no report is called %q; 'report list' names them: %w", words[0], errUsage)
		}
		if err := need("out", *out); err != nil {
			return err
		}
		if !report.Writes(*out) {
			return fmt.Errorf("no report is written as %q; the ending may be %s: %w", filepath.Ext(*out), strings.Join(report.Endings(), " or "), errUsage)
		}
		if *mission != "" {
			return identifier(*mission, &id)
		}
		return nil
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		if id == uuid.Nil {
			var err error
			if id, err = onlyMission(ctx, ws); err != nil {
				return err
			}
		}
		figures, err := report.Mission(ctx, ws, id)
		if err != nil {
			return err
		}
		if err := report.WriteFile(*out, figures, c.lang); err != nil {
			return err
		}
		return c.print(map[string]any{"report": words[0], "file": *out, "mission": figures.Mission, "cells": len(figures.Cells)}, func(w io.Writer) {
			fmt.Fprintf(w, "%s holds %d figures. Counts below five are hidden, and others from which they could be reckoned.\n", *out, len(figures.Cells))
		})
	})
}

// onlyMission is the mission of a field machine, or the single one that headquarters knows.
func onlyMission(ctx context.Context, ws *workspace.Workspace) (uuid.UUID, error) {
	if id := ws.Me().Mission; id != uuid.Nil {
		return id, nil
	}
	missions, err := ws.Missions(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	if len(missions) != 1 {
		return uuid.Nil, fmt.Errorf("%d missions are known here; name one with --mission: %w", len(missions), errUsage)
	}
	return missions[0].ID(), nil
}

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"

	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

func rosterAdd(ctx context.Context, c *call, args []string) error {
	return c.changeRoster(ctx, args, exchange.AddToRoster)
}

func rosterRemove(ctx context.Context, c *call, args []string) error {
	return c.changeRoster(ctx, args, exchange.RemoveFromRoster)
}

// changeRoster puts persons on the roster of the orientation course, or takes them off it.
func (c *call) changeRoster(ctx context.Context, args []string, change func(context.Context, *workspace.Workspace, uuid.UUID, []uuid.UUID) (*exchange.RosterChange, error)) error {
	mission := c.withWorkspace().withMission()
	var ids []uuid.UUID
	c.check = func(words []string) error {
		if len(words) == 0 {
			return fmt.Errorf("name persons or cases: %w", errUsage)
		}
		for _, word := range words {
			id, err := uuid.Parse(word)
			if err != nil {
				return fmt.Errorf("%q is no identifier: %w", word, errUsage)
			}
			ids = append(ids, id)
		}
		return mission.parse()
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, _ []string) error {
		done, err := change(ctx, ws, mission.id, ids)
		if err != nil {
			return err
		}
		return c.print(done, func(w io.Writer) {
			fmt.Fprintln(w, i18n.For(c.lang).T("partner.roster.changed", "Added", done.Added, "Changed", done.Changed, "Withdrawn", done.Withdrawn))
		})
	})
}

func rosterList(ctx context.Context, c *call, args []string) error {
	mission := c.withWorkspace().withMission()
	c.check = func([]string) error { return mission.parse() }
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		entries, err := exchange.Roster(ctx, ws, mission.id)
		if err != nil {
			return err
		}
		return c.print(entries, func(w io.Writer) {
			t := i18n.For(c.lang)
			if len(entries) == 0 {
				fmt.Fprintln(w, t.T("partner.roster.nobody"))
			}
			for _, entry := range entries {
				state := t.T("partner.roster.told")
				switch {
				case entry.Withdrawn:
					state = t.T("partner.roster.withdrawn")
				case entry.Person == uuid.Nil:
					state = t.T("partner.roster.unknown")
				}
				fmt.Fprintf(w, "%s  %s  %s\n", entry.ID, entry.Person, state)
			}
		})
	})
}

// missionFlag is the mission that a command is about.
type missionFlag struct {
	text string
	id   uuid.UUID
}

func (c *call) withMission() *missionFlag {
	m := &missionFlag{}
	c.flags.StringVar(&m.text, "mission", "", "identifier of the mission (default: the only one)")
	return m
}

func (m *missionFlag) parse() (err error) {
	if m.text == "" {
		return nil
	}
	if m.id, err = uuid.Parse(m.text); err != nil {
		return fmt.Errorf("--mission is no identifier: %w", errUsage)
	}
	return nil
}

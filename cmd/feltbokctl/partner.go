package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// fieldLists reads --send and --answer: TYPE=FIELD,FIELD, once for each type.
type fieldLists domain.FieldList

func (l fieldLists) String() string { return "" }

func (l fieldLists) Set(text string) error {
	of, fields, ok := strings.Cut(text, "=")
	if !ok || of == "" || fields == "" {
		return fmt.Errorf("%q is not TYPE=FIELD,FIELD", text)
	}
	names := strings.Split(fields, ",")
	slices.Sort(names)
	l[domain.Type(of)] = slices.Compact(names)
	return nil
}

func partnerRegister(ctx context.Context, c *call, args []string) error {
	o := c.withWorkspace().withCeremony()
	mission := c.withMission()
	sends, answers := fieldLists{}, fieldLists{}
	c.flags.Var(sends, "send", "what the partner is told, TYPE=FIELD,FIELD; once for each type")
	c.flags.Var(answers, "answer", "what the partner may answer, TYPE=FIELD,FIELD; once for each type")
	name := c.flags.String("name", "", "name of the partner")
	id := c.flags.String("partner", "", "identifier of a partner whose lists change (default: a new partner)")
	until := c.flags.String("until", "", "last day of the agreement, YYYY-MM-DD")
	options := exchange.PartnerOptions{Sends: domain.FieldList(sends), Answers: domain.FieldList(answers)}
	c.check = func([]string) (err error) {
		if len(sends) == 0 {
			return fmt.Errorf("--send is missing: %w", errUsage)
		}
		if *id != "" {
			if options.ID, err = uuid.Parse(*id); err != nil {
				return fmt.Errorf("--partner is no identifier: %w", errUsage)
			}
		}
		if options.Until, err = time.Parse(time.DateOnly, *until); err != nil {
			return fmt.Errorf("--until is no date like 2026-12-20: %w", errUsage)
		}
		if err := need("name", *name); err != nil {
			return err
		}
		if err := mission.parse(); err != nil {
			return err
		}
		return o.check()
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		var err error
		if options.Ceremony, err = o.read(); err != nil {
			return err
		}
		defer clear(options.Passphrase)
		options.Name, options.Mission = *name, mission.id
		registered, err := exchange.RegisterPartner(ctx, ws, options)
		if err != nil {
			return err
		}
		c.weaknesses(ws.Trust())
		if c.json {
			return c.print(registered, nil)
		}
		fmt.Fprintln(c.stdout, i18n.For(c.lang).T("partner.registered", "Partner", registered.ID))
		return c.printSigned(registered.Signed)
	})
}

// partnerJSON is one partner as 'partner list' shows it.
type partnerJSON struct {
	ID       uuid.UUID        `json:"partner"`
	Name     string           `json:"name"`
	Mission  uuid.UUID        `json:"mission"`
	Sends    domain.FieldList `json:"sends"`
	Answers  domain.FieldList `json:"answers"`
	Machines []string         `json:"machines"`
	Expires  time.Time        `json:"expires"`
}

func partnerList(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		list := []partnerJSON{}
		if t := ws.Trust(); t != nil {
			for _, m := range t.Missions() {
				if m.Partner == nil {
					continue
				}
				partner := partnerJSON{m.ID, m.Partner.Name, m.Partner.Mission, m.Partner.Sends, m.Partner.Answers, []string{}, m.Expires}
				for _, node := range m.Nodes {
					partner.Machines = append(partner.Machines, node.Alias)
				}
				list = append(list, partner)
			}
		}
		return c.print(list, func(w io.Writer) {
			t := i18n.For(c.lang)
			if len(list) == 0 {
				fmt.Fprintln(w, t.T("partner.none"))
			}
			for _, p := range list {
				fmt.Fprintln(w, t.T("partner.line", "Partner", p.ID, "Name", p.Name, "Machines", len(p.Machines), "Date", p.Expires.Format(time.DateOnly)))
				for _, of := range slices.Sorted(maps.Keys(p.Sends)) {
					fmt.Fprintln(w, "  "+t.T("partner.sends", "Type", of, "Fields", strings.Join(p.Sends[of], ", ")))
				}
				for _, of := range slices.Sorted(maps.Keys(p.Answers)) {
					fmt.Fprintln(w, "  "+t.T("partner.answers", "Type", of, "Fields", strings.Join(p.Answers[of], ", ")))
				}
			}
		})
	})
}

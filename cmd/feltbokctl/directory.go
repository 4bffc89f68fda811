package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

func directoryShow(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	signers := c.flags.String("auditor", "", "also write allowed_signers and revoked for ssh-keygen into this folder")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		view, err := exchange.TrustOf(ws)
		if err != nil {
			return err
		}
		if *signers != "" {
			if err := exchange.WriteAuditor(*signers, ws.Trust(), ws.Now()); err != nil {
				return err
			}
		}
		for _, warning := range ws.Trust().Warnings(ws.Now()) {
			fmt.Fprintln(c.stderr, c.warning(warning))
		}
		return c.print(view, func(w io.Writer) { c.describeTrust(w, view) })
	})
}

func (c *call) describeTrust(w io.Writer, view *exchange.TrustView) {
	t := i18n.For(c.lang)
	day := func(at time.Time) string { return at.Format(time.DateOnly) }
	for _, signing := range view.Signings {
		fmt.Fprintln(w, t.T("trust.signing", "Document", signing.Document, "Version", signing.Version, "Date", day(signing.Expires)))
		for _, need := range signing.Needs {
			fmt.Fprintln(w, "  "+t.T("trust.need."+need.Who, "Have", len(need.Signed), "Of", need.Threshold))
			for _, key := range need.Signed {
				fmt.Fprintf(w, "    + %s\n", trust.KeyFingerprint(key))
			}
		}
	}
	for _, m := range view.Missions {
		fmt.Fprintln(w, t.T("trust.mission", "Mission", m.ID, "Version", m.Version, "Machines", len(m.Nodes), "Users", len(m.Users)))
		for _, node := range m.Nodes {
			fmt.Fprintf(w, "  %-12s %s %s\n", node.Alias, node.Status, node.Node)
		}
	}
	for _, cert := range view.Certificates {
		state := t.T("trust.certificate.until", "Date", day(cert.Until))
		if cert.Revoked != nil {
			state = t.T("trust.certificate.revoked", "Cut", cert.Revoked.Cut.Format(time.RFC3339), "Reason", c.reason(cert.Revoked.Reason))
		}
		fmt.Fprintf(w, "  %-12s %s\n", cert.Alias, state)
	}
}

// reason gives a reason of a revocation in words; documents of others may hold one that is in no list.
func (c *call) reason(code string) string {
	if t := i18n.For(c.lang); t.Has("trust.reason." + code) {
		return t.T("trust.reason." + code)
	}
	return code
}

func directoryRenew(ctx context.Context, c *call, args []string) error {
	o := c.withWorkspace().withCeremony()
	var ca, admin, content files
	c.flags.Var(&ca, "ca", "public key of a certificate authority; twice for the current one and the next (default: as before)")
	c.flags.Var(&admin, "admin", "public key of an administrator's roster key, once for each; replaces those of administrators")
	c.flags.Var(&content, "content", "public key of a caseworker's roster key, once for each; replaces those of caseworkers")
	threshold := c.flags.Int("mission-threshold", 0, "2: a mission directory needs one admin and one content key; 1: any of them (default: as before)")
	c.check = func([]string) error {
		if *threshold < 0 || *threshold > 2 {
			return fmt.Errorf("--mission-threshold is 1 or 2: %w", errUsage)
		}
		return o.check()
	}
	return c.changing(ctx, args, o, func(ws *workspace.Workspace, with exchange.Ceremony) (*exchange.Signed, error) {
		roster := map[string][]string{}
		for kind, keys := range map[string]files{trust.RosterAdmin: admin, trust.RosterContent: content} {
			if len(keys) > 0 {
				roster[kind] = keys
			}
		}
		return exchange.Renew(ctx, ws, exchange.Renewal{Ceremony: with, CA: ca, Roster: roster, Threshold: *threshold})
	})
}

func directoryCertify(ctx context.Context, c *call, args []string) error {
	o := c.withWorkspace().withCeremony()
	c.check = func([]string) error {
		return errors.Join(need("keys", o.keys), need("keys-passphrase-file", o.passphrase))
	}
	return c.changing(ctx, args, o, func(ws *workspace.Workspace, with exchange.Ceremony) (*exchange.Signed, error) {
		return exchange.Certify(ctx, ws, with)
	})
}

func directoryIdentity(ctx context.Context, c *call, args []string) error {
	o := c.withWorkspace().withCeremony()
	mission := c.flags.String("mission", "", "identifier of the mission")
	var id uuid.UUID
	c.check = func([]string) (err error) {
		if id, err = uuid.Parse(*mission); err != nil {
			return fmt.Errorf("--mission is no identifier: %w", errUsage)
		}
		return o.check()
	}
	return c.changing(ctx, args, o, func(ws *workspace.Workspace, with exchange.Ceremony) (*exchange.Signed, error) {
		return exchange.NewIdentity(ctx, ws, with, id)
	})
}

func directoryRevoke(ctx context.Context, c *call, args []string) error {
	var devices, users files
	c.flags.Var(&devices, "device", "alias of a machine, once for each")
	c.flags.Var(&users, "user", "alias of a user, once for each")
	c.flags.StringVar(&c.workspace, "workspace", "", "folder of the workspace")
	c.flags.StringVar(&c.user, "as", "", "label of the user who does this")
	c.withPassphrase()
	o := c.withCeremony()
	mission := c.flags.String("mission", "", "identifier of the mission in which the aliases are meant (default: all)")
	cut := c.flags.String("cut", "", "the last moment at which machine or user could be trusted, as in 2026-11-22T14:30:00+01:00")
	reason := c.flags.String("reason", "", "one of "+strings.Join(exchange.RevocationReasons, ", "))
	r := exchange.Revocation{}
	c.check = func([]string) (err error) {
		if len(devices)+len(users) == 0 {
			return fmt.Errorf("--device or --user is missing: %w", errUsage)
		}
		if r.Cut, err = time.Parse(time.RFC3339, *cut); err != nil {
			return fmt.Errorf("--cut is no moment like 2026-11-22T14:30:00+01:00: %w", errUsage)
		}
		if *mission != "" {
			if r.Mission, err = uuid.Parse(*mission); err != nil {
				return fmt.Errorf("--mission is no identifier: %w", errUsage)
			}
		}
		if !slices.Contains(exchange.RevocationReasons, *reason) {
			return fmt.Errorf("--reason is one of %s: %w", strings.Join(exchange.RevocationReasons, ", "), errUsage)
		}
		return o.check()
	}
	return c.changing(ctx, args, o, func(ws *workspace.Workspace, with exchange.Ceremony) (*exchange.Signed, error) {
		r.Ceremony, r.Devices, r.Users, r.Reason = with, devices, users, *reason
		return exchange.Revoke(ctx, ws, r)
	})
}

// changing opens headquarters and the keys, makes a change of what it signs, and says how far that has come.
func (c *call) changing(ctx context.Context, args []string, o *ceremony, change func(*workspace.Workspace, exchange.Ceremony) (*exchange.Signed, error)) error {
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		with, err := o.read()
		if err != nil {
			return err
		}
		defer clear(with.Passphrase)
		signed, err := change(ws, with)
		if err != nil {
			return err
		}
		c.weaknesses(ws.Trust())
		if signed.Taken && exchange.MustCertify(ws) {
			fmt.Fprintln(c.stderr, i18n.For(c.lang).T("trust.certify"))
		}
		return c.printSigned(signed)
	})
}

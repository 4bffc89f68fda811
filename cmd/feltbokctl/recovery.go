package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/recovery"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
)

// named is a flag that may be given several times as LABEL=FILE or LABEL alone.
type named []struct{ label, file string }

// String is for the flag package.
func (n *named) String() string { return "" }

// Set takes one LABEL=FILE.
func (n *named) Set(text string) error {
	label, file, _ := strings.Cut(text, "=")
	if label == "" {
		return errors.New("give LABEL=FILE")
	}
	*n = append(*n, struct{ label, file string }{label, file})
	return nil
}

func (n *named) file(label string) string {
	for _, entry := range *n {
		if entry.label == label {
			return entry.file
		}
	}
	return ""
}

// quorum are the custodians who open a kit.
type quorum struct {
	kit         string
	custodians  named
	passphrases named
}

// withQuorum adds the flags by which custodians open a kit.
func (c *call) withQuorum(kit string) *quorum {
	q := &quorum{}
	c.flags.StringVar(&q.kit, kit, "", "folder of the recovery kit")
	c.flags.Var(&q.custodians, "custodian", "LABEL=FILE with the key of a custodian, once for each; LABEL alone asks for the key on the sheet")
	c.flags.Var(&q.passphrases, "custodian-passphrase", "LABEL=FILE with the passphrase of a custodian's file (default: a prompt)")
	return q
}

func (q *quorum) check(kit string) error {
	if err := need(kit, q.kit); err != nil {
		return err
	}
	if len(q.custodians) == 0 {
		return need("custodian", "")
	}
	return nil
}

// keys reads what the custodians bring.
func (q *quorum) keys(ctx context.Context, c *call) ([]recovery.Key, error) {
	var keys []recovery.Key
	for _, who := range q.custodians {
		var identity *age.HybridIdentity
		var err error
		if who.file == "" {
			var typed []byte
			if typed, err = c.secret(ctx, "", "Key on the sheet of custodian "+who.label); err == nil {
				identity, err = recovery.ParseKey(typed, who.label)
				clear(typed)
			}
		} else {
			identity, err = recovery.ReadKey(who.file, func() ([]byte, error) {
				return c.secret(ctx, q.passphrases.file(who.label), "Passphrase of custodian "+who.label)
			})
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, recovery.Key{Label: who.label, Identity: identity})
	}
	return keys, nil
}

// secret reads a secret from a file, or asks for it. It is never an argument and never in the environment.
func (c *call) secret(ctx context.Context, file, prompt string) ([]byte, error) {
	if file != "" {
		return readPassphrase(file)
	}
	kept := c.passFile
	c.passFile = ""
	defer func() { c.passFile = kept }()
	return c.passphrase(ctx, prompt)
}

// explained says on standard error what is wrong with a kit, its code first, more closely than the code alone can.
func (c *call) explained(err error) error {
	var problem *recovery.Problem
	if !errors.As(err, &problem) {
		return err
	}
	c.complain(err)
	return errRefused
}

func (c *call) complain(err error) {
	fmt.Fprintf(c.stderr, "%s: %s\n", fault.Code(err), recovery.Sentence(i18n.For(c.lang), err))
	if c.verbose {
		fmt.Fprintln(c.stderr, err)
	}
}

// banner stands wherever a kit is named that one person opens alone (security.md 4.9).
func (c *call) banner(alone bool) {
	if alone {
		fmt.Fprintln(c.stderr, i18n.For(c.lang).T("recovery.alone"))
	}
}

func recoverKit(ctx context.Context, c *call, args []string) error {
	q := c.withQuorum("from")
	out := c.flags.String("kit", "", "folder for the new kit")
	var members named
	c.flags.Var(&members, "member", "LABEL=FILE with the public part of a custodian of the new kit, once for each; LABEL alone keeps that of the kit --from")
	threshold := c.flags.Int("need", 2, "how many custodians open the new kit together: 1 to 3")
	training := c.flags.Bool("training", false, "for a training installation")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("kit", *out); err != nil {
		return err
	}
	if len(members) == 0 {
		return need("member", "")
	}
	o := recovery.MakeOptions{Threshold: *threshold, Training: *training, Now: time.Now()}
	var old *recovery.Kit
	if q.kit != "" {
		if err := q.check("from"); err != nil {
			return err
		}
		var err error
		if old, err = recovery.Load(q.kit); err != nil {
			return c.explained(err)
		}
		o.Training = old.Training
	} else if len(q.custodians) > 0 {
		return fmt.Errorf("--custodian opens the kit --from; the people of the new kit are --member: %w", errUsage)
	}
	for _, member := range members {
		custodian, err := newMember(old, member.label, member.file)
		if err != nil {
			return c.explained(err)
		}
		o.Custodians = append(o.Custodians, custodian)
	}
	kit, err := c.makeKit(ctx, *out, old, q, o)
	if err != nil {
		return c.explained(err)
	}
	c.banner(kit.Alone())
	value := map[string]any{"kit": kit.ID, "folder": kit.Dir, "need": kit.Threshold, "custodians": kit.Labels(), "recovery": kit.Recovery, "files": kit.Files}
	return c.print(value, func(w io.Writer) {
		fmt.Fprintf(w, "Kit %s in %s opens by %d of %s.\n", kit.ID, kit.Dir, kit.Threshold, strings.Join(kit.Labels(), ", "))
		if old == nil {
			fmt.Fprintf(w, "Make headquarters with it: feltbokctl init hq --kit %s …\n", kit.Dir)
		} else {
			fmt.Fprintf(w, "Rehearse with it, then destroy every copy of kit %s: its files still open.\n", old.ID)
		}
	})
}

func newMember(old *recovery.Kit, label, file string) (recovery.Custodian, error) {
	if file != "" {
		recipient, err := recovery.ReadPublic(file)
		return recovery.Custodian{Label: label, Recipient: recipient}, err
	}
	if old != nil {
		for _, custodian := range old.Custodians {
			if custodian.Label == label {
				return custodian, nil
			}
		}
	}
	return recovery.Custodian{}, fmt.Errorf("--member %s names no file, and no kit --from that has one: %w", label, errUsage)
}

func (c *call) makeKit(ctx context.Context, dir string, old *recovery.Kit, q *quorum, o recovery.MakeOptions) (*recovery.Kit, error) {
	if old == nil {
		identity, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, err
		}
		return recovery.Make(dir, identity, o)
	}
	keys, err := q.keys(ctx, c)
	if err != nil {
		return nil, err
	}
	return recovery.Replace(old, keys, dir, o)
}

func recoverRehearse(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	q := c.withQuorum("kit")
	o := recovery.RehearseOptions{}
	c.flags.StringVar(&o.Backup, "backup", "", "file made by 'vault backup'; it is only read")
	c.flags.StringVar(&o.Bundle, "bundle", "", "a bundle of the same machine, to be opened by recovery alone")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := errors.Join(need("backup", o.Backup), q.check("kit")); err != nil {
		return err
	}
	var ws *workspace.Workspace
	if c.workspace != "" {
		var err error
		if ws, err = c.unlock(ctx); err != nil {
			return err
		}
		defer ws.Close()
		if !ws.Me().HQ {
			return fault.Newf("E-ROLE", "rehearsal", "a rehearsal is written at headquarters")
		}
	}
	var err error
	if o.Keys, err = q.keys(ctx, c); err != nil {
		return c.explained(err)
	}
	o.Kit, o.Now = q.kit, time.Now()
	report, err := recovery.Rehearse(ctx, o)
	if err != nil {
		return err
	}
	written, err := noteRehearsal(ctx, ws, report)
	if err != nil {
		return err
	}
	c.banner(report.Alone)
	if err := c.print(rehearsalJSON(report, written), func(w io.Writer) { showRehearsal(w, report, written) }); err != nil {
		return err
	}
	for _, err := range report.Faults {
		c.complain(err)
	}
	if !report.Passed() {
		return errRefused
	}
	return nil
}

// noteRehearsal writes the outcome at headquarters, good or bad, from where it reaches the machine with the next bundle.
// Without a workspace, or when the backup did not even say whose it is, there is nothing to write.
func noteRehearsal(ctx context.Context, ws *workspace.Workspace, report *recovery.Report) (id string, err error) {
	if ws == nil || report.Backup == "" {
		return "", nil
	}
	record, err := ws.Set(ctx, workspace.Target{Type: "rehearsal", Mission: report.Mission}, report.Answers())
	if err != nil {
		return "", err
	}
	return record.ID().String(), nil
}

func recoverRestore(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	q := c.withQuorum("kit")
	o := recovery.RestoreOptions{}
	c.flags.StringVar(&o.Backup, "backup", "", "file made by 'vault backup'; it stays as it is")
	rings := c.flags.String("rings", "", "rings that the user gets, with commas (default: all of the user's role)")
	training := c.flags.Bool("training", false, "the backup is of a training installation: its passphrase is cheaper to guess")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := errors.Join(need("backup", o.Backup), need("workspace", c.workspace), need("user", c.user), q.check("kit")); err != nil {
		return err
	}
	for _, name := range strings.FieldsFunc(*rings, func(r rune) bool { return r == ',' || r == ' ' }) {
		ring, ok := ringNamed(name)
		if !ok {
			return fmt.Errorf("--rings %s is no ring: %w", name, errUsage)
		}
		o.Rings = append(o.Rings, ring)
	}
	if _, err := os.Lstat(c.workspace); err == nil {
		return fault.New("V-EXISTS", filepath.Base(c.workspace), nil)
	}
	kit, err := recovery.Load(q.kit)
	if err != nil {
		return c.explained(err)
	}
	if *training && !kit.Training {
		return fault.Newf("V-WORLD", filepath.Base(q.kit), "a real kit")
	}
	if o.Keys, err = q.keys(ctx, c); err != nil {
		return c.explained(err)
	}
	if o.Passphrase, err = c.passphrase(ctx, "New passphrase for "+c.user); err != nil {
		return err
	}
	defer clear(o.Passphrase)
	o.Kit, o.Dir, o.Label, o.KDF = q.kit, c.workspace, c.user, vault.DefaultKDF
	if kit.Training {
		o.KDF = cost(true)
	}
	o.Also = func(ctx context.Context, dir, slot string) error { return beginAnew(ctx, dir, slot, o.Passphrase) }
	restored, err := recovery.Restore(ctx, o)
	if err != nil {
		return c.explained(err)
	}
	c.banner(restored.Alone)
	names := make([]string, len(restored.Rings))
	for i, ring := range restored.Rings {
		names[i] = ring.String()
	}
	value := map[string]any{
		"workspace": restored.Dir, "vault": restored.Vault, "device": restored.Device.ID, "user": restored.User, "role": restored.Role, "rings": names, "lines": restored.Lines,
	}
	return c.print(value, func(w io.Writer) {
		fmt.Fprintf(w, "Restored %s with %d lines into %s.\n%s (%s) opens it with the new passphrase: %s.\n", orUnknown(restored.Device.Alias), restored.Lines,
			restored.Dir, c.user, restored.Role, strings.Join(names, ", "))
		fmt.Fprintln(w, "All other users enrol again, and so does this one before the next bundle: the keys of old are gone.")
	})
}

// beginAnew makes a restored machine write in new epochs, since it may have written more after the backup was made. Its record
// keeps the one user, without the certificate: the key that it was for is gone.
func beginAnew(ctx context.Context, dir, slot string, passphrase []byte) error {
	ws, err := workspace.Unlock(ctx, dir, slot, passphrase, workspace.Options{})
	if err != nil {
		return err
	}
	ws.Audit("restore", "", uuid.Nil)
	err = ws.ReplaceEpochs(ctx, nil)
	if state := ws.Trust(); err == nil && state != nil {
		node := ws.Node()
		card, _ := node.Card(ws.Me().User)
		card.Certificate, card.Slot = nil, slot
		node.Users = []workspace.UserCard{card}
		err = ws.Register().Update(ctx, func(tx *register.Tx) error { return ws.SetTrust(tx, state, &node) })
	}
	return errors.Join(err, ws.Close())
}

func ringNamed(name string) (domain.Ring, bool) {
	for ring := domain.RingOpen; ring <= domain.AuditRead; ring++ {
		if ring.String() == name {
			return ring, true
		}
	}
	return 0, false
}

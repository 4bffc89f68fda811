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

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/recovery"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// cost is how dear each guess of a passphrase is made: 256 MiB of memory in a real installation (security.md 4.2), the
// floor of 64 MiB in a training one. A training world holds nobody real, and there unlocking shall be quick.
func cost(training bool) vault.KDF {
	if training {
		return vault.TestKDF
	}
	return vault.DefaultKDF
}

func initRoot(ctx context.Context, c *call, args []string) error {
	keys := c.flags.String("keys", "", "folder for the keys; made when missing")
	training := c.flags.Bool("training", false, "a training installation: invented people only; its passphrases are cheaper to guess, and its data never meet real ones")
	threshold := c.flags.Int("threshold", 0, "move on to the next root, with so many keys that must sign; then --holder and --draft")
	var holders files
	c.flags.Var(&holders, "holder", "public root key of a holder, made by 'root key new', once for each; with --threshold")
	public := c.flags.String("public", "", "folder with the root and directory that count (default: 'public' beside the keys); with --threshold")
	draft := c.flags.String("draft", "", "folder for the next root, for the holders to sign; with --threshold")
	c.withPassphrase()
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("keys", *keys); err != nil {
		return err
	}
	if *threshold != 0 {
		return nextRoot(ctx, c, *keys, *public, *draft, *threshold, holders)
	}
	pass, err := c.passphrase(ctx, "Passphrase for the keys")
	if err != nil {
		return err
	}
	defer clear(pass)
	if err := vault.CheckPassphrase(pass); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(*keys, "root")); err == nil {
		return fault.Newf("V-EXISTS", filepath.Base(*keys), "a root key is there")
	}
	t, err := exchange.InitRoot(*keys, pass, *training, time.Now())
	if err != nil {
		return err
	}
	return c.printRoot(t, *keys)
}

func initHQ(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	keys := c.flags.String("keys", "", "folder made by 'init root'")
	keysPass := c.flags.String("keys-passphrase-file", "", "file with the passphrase of the keys")
	kit := c.flags.String("kit", "", "folder with a recovery kit made by 'vault recover-kit'; without one there, a kit with one custodian is made")
	custodian := c.flags.String("custodian", "", "age recipient of the one custodian of a new kit (default: a new key beside the kit)")
	alias := c.flags.String("alias", "HQ", "name of the machine")
	label := c.flags.String("label", "HQ", "label of the user, a special-needs caseworker (HQS)")
	training := c.flags.Bool("training", false, "under a training root: invented people only; passphrases are cheaper to guess")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	for name, value := range map[string]string{"workspace": c.workspace, "keys": *keys, "kit": *kit, "keys-passphrase-file": *keysPass} {
		if err := need(name, value); err != nil {
			return err
		}
	}
	pass, err := c.passphrase(ctx, "Passphrase for the workspace")
	if err != nil {
		return err
	}
	defer clear(pass)
	if err := vault.CheckPassphrase(pass); err != nil {
		return err
	}
	keyPass, err := readPassphrase(*keysPass)
	if err != nil {
		return err
	}
	defer clear(keyPass)
	t, err := exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: c.workspace, Keys: *keys, Passphrase: keyPass, Kit: *kit, Custodian: *custodian, Alias: *alias, Training: *training,
		KDF: cost(*training), Now: time.Now(), Users: []workspace.NewUser{{Alias: *label, Role: domain.HQS, Passphrase: pass}},
	})
	if err != nil {
		return err
	}
	public := filepath.Join(*keys, "public")
	made, err := recovery.Load(*kit)
	if err != nil {
		return err
	}
	c.banner(made.Alone())
	return c.print(map[string]any{"workspace": c.workspace, "public": public, "register": t.Directory().Register}, func(w io.Writer) {
		fmt.Fprintf(w, "Headquarters made in %s.\nNew machines start from the folder %s.\nThe recovery kit in %s opens by %d of %s: keep it apart from the machines.\n", c.workspace, public, *kit,
			made.Threshold, strings.Join(made.Labels(), ", "))
	})
}

func enrolRequest(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	public := c.flags.String("trust", "", "folder with root.json and directory.json from headquarters; under a training root the passphrase is cheaper to guess")
	alias := c.flags.String("alias", "", "name of the machine")
	label := c.flags.String("label", "A", "label of the user")
	role := c.flags.String("role", "INT", "role of the user: INT, MLD, NCO …")
	out := c.flags.String("out", "", "file to write (default: a random name here)")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	for name, value := range map[string]string{"workspace": c.workspace, "trust": *public, "alias": *alias} {
		if err := need(name, value); err != nil {
			return err
		}
	}
	if !domain.Role(*role).Valid() {
		return fmt.Errorf("--role %s is no role: %w", *role, errUsage)
	}
	if info, err := os.Stat(*public); err != nil || !info.IsDir() {
		return fault.New("E-FILE", filepath.Base(*public), err)
	}
	t, err := exchange.BeginTrust(*public)
	if err != nil {
		return err
	}
	pass, err := c.passphrase(ctx, "Passphrase for the workspace")
	if err != nil {
		return err
	}
	defer clear(pass)
	if err := vault.CheckPassphrase(pass); err != nil {
		return err
	}
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: c.workspace, Trust: *public, Alias: *alias, Role: domain.Role(*role), User: *label, Passphrase: pass, KDF: cost(t.Training()),
		Now: time.Now(), Out: *out, Lang: c.lang,
	})
	if err != nil {
		return err
	}
	return c.print(requested, func(w io.Writer) {
		fmt.Fprintf(w, "Bring %s to headquarters and read these words out:\n  %s\nThe root this machine starts from; compare it with the printed one:\n  %s\n",
			requested.File, strings.Join(requested.Words, " "), requested.Root)
	})
}

func enrolApprove(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	keys := c.flags.String("keys", "", "folder made by 'init root'")
	keysPass := c.flags.String("keys-passphrase-file", "", "file with the passphrase of the keys")
	mission := c.flags.String("mission", "", "identifier of the mission")
	until := c.flags.String("until", "", "last day of the mission, YYYY-MM-DD")
	alias := c.flags.String("alias", "", "name of the machine")
	label := c.flags.String("label", "", "alias of the user")
	role := c.flags.String("role", "INT", "role of the user")
	words := c.flags.String("words", "", "the words that the person at the machine read out")
	out := c.flags.String("out", "", "file to write")
	draft := c.flags.String("draft", "", "folder for the mission directory when somebody else must sign it too; then 'root sign', 'directory take', and this again")
	o := exchange.ApproveOptions{}
	c.check = func([]string) (err error) {
		if *words == "" {
			return nil // only shows the words
		}
		if o.Mission, err = uuid.Parse(*mission); err != nil {
			return fmt.Errorf("--mission is no identifier: %w", errUsage)
		}
		if o.Until, err = time.Parse(time.DateOnly, *until); err != nil {
			return fmt.Errorf("--until is no date like 2026-12-20: %w", errUsage)
		}
		if !domain.Role(*role).Valid() {
			return fmt.Errorf("--role %s is no role: %w", *role, errUsage)
		}
		return errors.Join(need("keys", *keys), need("keys-passphrase-file", *keysPass), need("alias", *alias), need("label", *label))
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, files []string) error {
		pending, err := exchange.ReadRequest(ctx, ws, files[0], c.lang)
		if err != nil {
			return err
		}
		if *words == "" {
			return c.print(map[string]any{"device": pending.Device, "user": pending.User, "words": pending.Words}, func(w io.Writer) {
				fmt.Fprintf(w, "Nothing was approved yet. Compare these words by voice, then run again with --words:\n  %s\n", strings.Join(pending.Words, " "))
			})
		}
		if o.Passphrase, err = readPassphrase(*keysPass); err != nil {
			return err
		}
		defer clear(o.Passphrase)
		o.Keys, o.Alias, o.UserAlias, o.Role, o.Lang, o.Out = *keys, *alias, *label, domain.Role(*role), c.lang, *out
		o.Words, o.Draft = strings.Fields(*words), *draft
		file, err := exchange.Approve(ctx, ws, pending, o)
		if err != nil {
			return err
		}
		return c.print(map[string]any{"file": file, "device": pending.Device}, func(w io.Writer) {
			fmt.Fprintf(w, "Approved. Bring %s back to the machine.\n", file)
		})
	})
}

func enrolAccept(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, files []string) error {
		if err := exchange.Accept(ctx, ws, files[0]); err != nil {
			return err
		}
		me := ws.Me()
		return c.print(map[string]any{"device": me.Device, "mission": me.Mission, "alias": me.DeviceAlias}, func(w io.Writer) {
			fmt.Fprintf(w, "This machine is enrolled as %s.\n", me.DeviceAlias)
		})
	})
}

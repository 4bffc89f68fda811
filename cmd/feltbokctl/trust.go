package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	"feltbok/sync/trust"
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
	c.withPassphrase()
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("keys", *keys); err != nil {
		return err
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
	fingerprint := sha256.Sum256(t.FirstRoot().Bytes)
	out := map[string]any{"keys": *keys, "root": hex.EncodeToString(fingerprint[:]), "threshold": t.Root().Threshold, "training": *training}
	return c.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "Root made, 1 of 1 keys. Print this fingerprint and keep it with the installation:\n%x\n", fingerprint)
		fmt.Fprintln(w, "One lost or stolen key breaks a 1-of-1 root; move to 2-of-3 before real use.")
	})
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
		o.Words = strings.Fields(*words)
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

func directoryShow(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	signers := c.flags.String("auditor", "", "also write allowed_signers and revoked for ssh-keygen into this folder")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		t := ws.Trust()
		if t == nil {
			return fault.New("E-ENROL", "", nil)
		}
		if *signers != "" {
			if err := exchange.WriteAuditor(*signers, t, ws.Now()); err != nil {
				return err
			}
		}
		return c.print(map[string]any{"root": t.Root(), "directory": t.Directory(), "missions": append([]*trust.Mission{}, t.Missions()...)}, func(w io.Writer) {
			fmt.Fprintf(w, "root version %d, %d of %d keys, expires %s\n", t.Root().Version, t.Root().Threshold, len(t.Root().Keys), t.Root().Expires.Format(time.DateOnly))
			if d := t.Directory(); d != nil {
				fmt.Fprintf(w, "directory version %d, expires %s\n", d.Version, d.Expires.Format(time.DateOnly))
			}
			for _, m := range t.Missions() {
				fmt.Fprintf(w, "mission %s version %d: %d machines, %d users\n", m.ID, m.Version, len(m.Nodes), len(m.Users))
				for _, node := range m.Nodes {
					fmt.Fprintf(w, "  %-12s %s %s\n", node.Alias, node.Status, node.Node)
				}
			}
		})
	})
}

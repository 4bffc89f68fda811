package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// secretFrom reads a further secret of a command from a file, or asks for it.
func (c *call) secretFrom(ctx context.Context, file, prompt string) ([]byte, error) {
	if file != "" {
		return readPassphrase(file)
	}
	other := *c
	other.passFile = ""
	return other.passphrase(ctx, prompt)
}

type loginJSON struct {
	Slot     string      `json:"slot"`
	Label    string      `json:"label"`
	Role     domain.Role `json:"role"`
	Rings    []string    `json:"rings"`
	Me       bool        `json:"me"`
	Enrolled bool        `json:"enrolled"`
	Removed  bool        `json:"removed"`
}

func vaultUsersList(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		users, err := ws.Users()
		if err != nil {
			return err
		}
		out := []loginJSON{}
		for _, u := range users {
			out = append(out, loginJSON{u.Slot, u.Label, u.Role, ringNames(u.Rings), u.Me, u.Enrolled, u.Removed})
		}
		return c.print(out, func(w io.Writer) {
			for _, u := range out {
				state := "signed in"
				switch {
				case u.Removed:
					state = "removed; a user with these rings must unlock"
				case !u.Enrolled:
					state = "not signed in by headquarters"
				}
				fmt.Fprintf(w, "%s  %-12s %-4s %s (%s)\n", u.Slot, u.Label, u.Role, strings.Join(u.Rings, " "), state)
			}
		})
	})
}

func vaultUsersAdd(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	label := c.flags.String("label", "", "label of the new user: a letter or initials")
	role := c.flags.String("role", "", "role of the new user: INT, MLD …")
	id := c.flags.String("id", "", "identifier of somebody who stands in the mission directory already (default: a new person)")
	file := c.flags.String("new-passphrase-file", "", "file with the new user's passphrase; else a prompt")
	out := c.flags.String("out", "", "file to write for headquarters (default: a random name here)")
	keys := c.flags.String("keys", "", "at headquarters: folder made by 'init root', which signs the user in")
	keysPass := c.flags.String("keys-passphrase-file", "", "at headquarters: file with the passphrase of the keys")
	draft := c.flags.String("draft", "", "at headquarters: folder for the mission directories when somebody else must sign them too")
	user := workspace.NewUser{}
	c.check = func([]string) (err error) {
		if err := errors.Join(need("label", *label), need("role", *role)); err != nil {
			return err
		}
		if user.Role = domain.Role(*role); !user.Role.Valid() {
			return fmt.Errorf("--role %s is no role: %w", *role, errUsage)
		}
		if *id != "" {
			if user.ID, err = uuid.Parse(*id); err != nil {
				return fmt.Errorf("--id is no identifier: %w", errUsage)
			}
		}
		return nil
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		pass, err := c.secretFrom(ctx, *file, "Passphrase for the new user")
		if err != nil {
			return err
		}
		defer clear(pass)
		user.Alias, user.Passphrase = *label, pass
		if ws.Me().HQ {
			return c.addHQUser(ctx, ws, user, *keys, *keysPass, *draft)
		}
		asked, err := exchange.RequestUser(ctx, ws, exchange.UserRequest{User: user, Out: *out, Lang: c.lang})
		if err != nil {
			return err
		}
		return c.print(asked, func(w io.Writer) {
			fmt.Fprintf(w, "%s can unlock and reads %s.\n", *label, strings.Join(asked.Rings, " "))
			fmt.Fprintf(w, "Bring %s to headquarters and read these words out; its answer signs the user in:\n  %s\n", asked.File, strings.Join(asked.Words, " "))
		})
	})
}

func (c *call) addHQUser(ctx context.Context, ws *workspace.Workspace, user workspace.NewUser, keys, keysPass, draft string) error {
	if err := errors.Join(need("keys", keys), need("keys-passphrase-file", keysPass)); err != nil {
		return err
	}
	pass, err := readPassphrase(keysPass)
	if err != nil {
		return err
	}
	defer clear(pass)
	added, err := exchange.AddHQUser(ctx, ws, exchange.HQUser{User: user, Keys: keys, Passphrase: pass, Draft: draft})
	if err != nil {
		return err
	}
	return c.print(added, func(w io.Writer) {
		fmt.Fprintf(w, "%s is signed in and reads %s.\n", user.Alias, strings.Join(added.Rings, " "))
		if added.Draft != "" {
			fmt.Fprintln(w, i18n.For(c.lang).T("trust.draft", "Folder", added.Draft))
			return
		}
		fmt.Fprintln(w, "The machines of the missions hear of it with the next file.")
	})
}

func vaultUsersGrant(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		granted, err := ws.GrantRings(ctx)
		if err != nil {
			return err
		}
		if granted == nil {
			granted = []string{}
		}
		return c.print(granted, func(w io.Writer) {
			fmt.Fprintf(w, "%d users got rings that the mission directory lets them read and you hold.\n", len(granted))
		})
	})
}

// slotOf finds a slot by the label or the digits that 'vault users list' shows.
func slotOf(ws *workspace.Workspace, name string) (string, error) {
	users, err := ws.Users()
	if err != nil {
		return "", err
	}
	for _, u := range users {
		if !u.Removed && (u.Slot == name || strings.EqualFold(u.Label, name)) {
			return u.Slot, nil
		}
	}
	return "", fmt.Errorf("no user is called %q; 'vault users list' lists them: %w", name, errUsage)
}

func vaultUsersRemove(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		slot, err := slotOf(ws, words[0])
		if err != nil {
			return err
		}
		waiting, err := ws.RemoveUser(ctx, slot)
		if err != nil {
			return err
		}
		return c.print(map[string]any{"slot": slot, "waiting": ringNames(waiting)}, func(w io.Writer) {
			fmt.Fprintf(w, "%s opens nothing any more; the keys of the rings you hold were changed.\n", words[0])
			if len(waiting) > 0 {
				fmt.Fprintf(w, "%s: changed at the next unlock of a user who holds it.\n", strings.Join(ringNames(waiting), ", "))
			}
			fmt.Fprintln(w, "Older backups still open with the old passphrase: see 'vault backups'.")
		})
	})
}

func vaultUsersPassphrase(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	file := c.flags.String("new-passphrase-file", "", "file with the new passphrase; else a prompt")
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		old, err := c.passphrase(ctx, "Passphrase, once more")
		if err != nil {
			return err
		}
		defer clear(old)
		pass, err := c.secretFrom(ctx, *file, "New passphrase")
		if err != nil {
			return err
		}
		defer clear(pass)
		if err := ws.ChangePassphrase(ctx, old, pass, ws.Cost()); err != nil {
			return err
		}
		return c.print(map[string]any{"changed": true}, func(w io.Writer) {
			fmt.Fprintln(w, "The passphrase is changed. Older backups still open with the old one.")
		})
	})
}

func vaultRotate(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	name := c.flags.String("ring", "", "ring to change: open, case, special, sealed … (default: all that the user holds)")
	reseal := c.flags.Bool("reseal", false, "also make new data keys and seal every row anew, against somebody who copied keys while entitled")
	var rings []domain.Ring
	c.check = func([]string) error {
		if *name == "" {
			return nil
		}
		ring, err := domain.ParseRing(*name)
		if err != nil {
			return fmt.Errorf("--ring %s is no ring: %w", *name, errUsage)
		}
		rings = []domain.Ring{ring}
		return nil
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		done, err := ws.Rotate(ctx, rings, *reseal, nil)
		if err != nil {
			return err
		}
		return c.print(map[string]any{"rings": ringNames(done), "resealed": *reseal}, func(w io.Writer) {
			fmt.Fprintf(w, "New keys for %s.\nOlder backups still open with the old ones: see 'vault backups'.\n", strings.Join(ringNames(done), ", "))
		})
	})
}

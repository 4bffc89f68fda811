package settings

import (
	"context"
	"path/filepath"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
)

// usersOf are the doors to the users of a workspace.
func usersOf(ws *workspace.Workspace, lang string) userDoors {
	d := userDoors{
		read: func(context.Context) (users, error) { return readUsers(ws) },
		remove: func(ctx context.Context, slot string) ([]string, error) {
			waiting, err := ws.RemoveUser(ctx, slot)
			return readable(waiting), err
		},
		change: func(ctx context.Context, old, passphrase []byte) error {
			return ws.ChangePassphrase(ctx, old, passphrase, ws.Cost())
		},
	}
	if !ws.Me().HQ {
		d.add = func(ctx context.Context, c candidate, passphrase []byte, folder string) (asked, error) {
			spec := workspace.NewUser{Alias: c.label, Role: c.role, Passphrase: passphrase}
			if c.id != "" {
				id, err := uuid.Parse(c.id)
				if err != nil {
					return asked{}, err
				}
				spec.ID = id
			}
			requested, err := exchange.RequestUser(ctx, ws, exchange.UserRequest{User: spec, Out: newFile(folder), Lang: lang})
			if err != nil {
				return asked{}, err
			}
			return asked{file: requested.File, words: requested.Words}, nil
		}
	}
	return d
}

// newFile is a file in a folder with a name that says nothing (security.md 6.1).
func newFile(folder string) string { return filepath.Join(folder, bundle.NewFileName()) }

func readUsers(ws *workspace.Workspace) (u users, err error) {
	logins, err := ws.Users()
	if err != nil {
		return u, err
	}
	for _, l := range logins {
		u.list = append(u.list, user{slot: l.Slot, label: l.Label, role: l.Role, parts: readable(l.Rings), me: l.Me, removed: l.Removed})
	}
	found, err := ws.Candidates()
	if err != nil {
		return u, err
	}
	for _, c := range found {
		u.candidates = append(u.candidates, candidate{id: c.User.String(), label: c.Alias, role: c.Role})
	}
	return u, nil
}

// readable names the rings that let somebody read. That of the log does not: everybody appends to it.
func readable(rings []domain.Ring) []string {
	var names []string
	for _, ring := range rings {
		if ring != domain.RingOf(domain.Audit) {
			names = append(names, ring.String())
		}
	}
	return names
}

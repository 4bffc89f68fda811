package workspace

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/sync/trust"
)

// NewUser describes a user of a workspace to be made.
type NewUser struct {
	ID         uuid.UUID // zero: a new one
	Alias      string    // what the unlock screen shows: "A", "B" or initials
	Role       domain.Role
	Passphrase []byte
	// Signed says that the keys of the installation are at hand and sign the role: then the user gets its rings without
	// standing in a mission directory yet. See [Workspace.AddUser].
	Signed bool
}

// CreateOptions describes a workspace to be made.
type CreateOptions struct {
	Dir      string
	Training bool
	Alias    string    // of the machine, as directories show it
	Device   uuid.UUID // zero: a new one
	Mission  uuid.UUID // of a field device; may be zero before enrolment
	Register uuid.UUID // of headquarters; zero on field devices
	Users    []NewUser // at least one; the first should hold most rings
	Trust    *trust.Trust
	Recovery string // recipient of headquarters' recovery identity, reader of every ring
	KDF      vault.KDF
	Created  time.Time
	// Reading holds the secret identities that open all boxes, at headquarters: rings SealedRead and AuditRead.
	Reading map[domain.Ring]*age.HybridIdentity
	// Enrolment opens enrol-requests, at headquarters.
	Enrolment *age.HybridIdentity
	// Certify fills in the certificates of the node and its users, where the keys that sign them are at hand (headquarters).
	Certify func(node *Node, users map[uuid.UUID]ed25519.PublicKey) error
}

// Create makes a workspace folder: vault, node keys, inbox identities, users. The folder must not hold one already
// (V-EXISTS). What Create returned nil for can be unlocked by every user.
func Create(ctx context.Context, o CreateOptions) (Node, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Node{}, err
	}
	outer, err := age.GenerateHybridIdentity()
	if err != nil {
		return Node{}, err
	}
	node := Node{
		Device: o.Device, Alias: o.Alias, Mission: o.Mission, Register: o.Register,
		Key: key, Outer: []*age.HybridIdentity{outer}, Enrolment: o.Enrolment,
	}
	if node.Device == uuid.Nil {
		node.Device = uuid.New()
	}
	var specs []register.UserSpec
	public := map[uuid.UUID]ed25519.PublicKey{}
	for i := range o.Users {
		user := &o.Users[i]
		if user.ID == uuid.Nil {
			user.ID = uuid.New()
		}
		identity, err := vault.NewIdentity(user.ID)
		if err != nil {
			return Node{}, err
		}
		public[user.ID] = identity.Sign.Public().(ed25519.PublicKey)
		node.Users = append(node.Users, UserCard{User: user.ID, Alias: user.Alias, Role: user.Role})
		specs = append(specs, register.UserSpec{Identity: identity, Label: user.Alias, Passphrase: user.Passphrase, Rings: user.Role.Rings()})
	}
	if o.Certify != nil {
		if err := o.Certify(&node, public); err != nil {
			return Node{}, err
		}
	}
	err = register.Create(ctx, register.CreateOptions{
		Dir: o.Dir, Training: o.Training, Users: specs, Recovery: o.Recovery, KDF: o.KDF, Created: o.Created,
	})
	if err != nil {
		return Node{}, err
	}
	done := map[domain.Ring]bool{}
	for i, user := range o.Users {
		if err := furnish(ctx, o, user, &node, i == 0, done); err != nil {
			return Node{}, err
		}
	}
	return node, nil
}

// furnish unlocks the new vault as one user and writes the system values of the rings that nobody has furnished yet.
func furnish(ctx context.Context, o CreateOptions, user NewUser, node *Node, first bool, done map[domain.Ring]bool) error {
	missing := slices.ContainsFunc(user.Role.Rings(), func(r domain.Ring) bool { return !done[r] })
	if !first && !missing {
		return nil
	}
	locked, err := register.Open(ctx, o.Dir)
	if err != nil {
		return err
	}
	slot := ""
	for _, login := range locked.Users() {
		if login.Label == user.Alias {
			slot = login.Slot
		}
	}
	reg, err := locked.Unlock(ctx, slot, user.Passphrase)
	if err != nil {
		locked.Close()
		return err
	}
	defer reg.Lock()
	return reg.Update(ctx, func(tx *register.Tx) error {
		for _, ring := range user.Role.Rings() {
			if done[ring] {
				continue
			}
			if err := furnishRing(tx, o, ring); err != nil {
				return err
			}
			done[ring] = true
		}
		if !first {
			return nil
		}
		if o.Trust != nil {
			stored, err := o.Trust.Encode()
			if err != nil {
				return err
			}
			if err := tx.SetSystem(domain.RingOf(domain.Open), register.SystemDirectories, stored); err != nil {
				return err
			}
		}
		return node.save(tx)
	})
}

// furnishRing gives a ring its inbox identity, or its reading identity for the two rings that exist for reading boxes.
func furnishRing(tx *register.Tx, o CreateOptions, ring domain.Ring) error {
	identity := o.Reading[ring]
	if identity == nil {
		if ring == domain.SealedRead || ring == domain.AuditRead {
			return nil
		}
		var err error
		if identity, err = age.GenerateHybridIdentity(); err != nil {
			return err
		}
	}
	stored, err := json.Marshal([]string{identity.String()})
	if err != nil {
		return err
	}
	return tx.SetSystem(ring, register.SystemInbox, stored)
}

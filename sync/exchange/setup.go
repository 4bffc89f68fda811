package exchange

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/recovery"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// certificateSlack is how long a certificate outlives what it is for (security.md 8.3).
const certificateSlack = 30 * 24 * time.Hour

// clockLag is how far a new machine's clock may run behind headquarters' and still find its certificate valid.
const clockLag = 24 * time.Hour

// hqCertificate is how long headquarters' own certificates last; it issues them itself.
const hqCertificate = 366 * 24 * time.Hour

// InitRoot makes the keys of an installation in a folder, under a passphrase, and its first root, 1-of-1
// (security.md 8.1). It returns the trust that begins with that root. Faults: V-EXISTS when keys are there already, V-PASS.
func InitRoot(dir string, passphrase []byte, training bool, now time.Time) (*trust.Trust, error) {
	keys, err := trust.NewKeys(dir, passphrase)
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	root, err := keys.FirstRoot(now, training)
	if err != nil {
		return nil, err
	}
	doc, err := keys.SignRoot(root)
	if err != nil {
		return nil, err
	}
	if err := WriteDocuments(filepath.Join(dir, publicFolder), []trust.Document{doc}); err != nil {
		return nil, err
	}
	return trust.Begin(doc)
}

// publicFolder lies in the folder of the keys and holds the documents that new machines start from.
const publicFolder = "public"

// HQOptions describes a headquarters workspace to be made.
type HQOptions struct {
	Dir        string
	Keys       string // folder made by [InitRoot]
	Passphrase []byte // of the keys
	Kit        string // folder with a recovery kit, or for one with one custodian, the quick start (security.md 4.9)
	// Custodian is the recipient of the one person who keeps a quick start's kit. Empty: a custodian identity is made and laid
	// beside the kit, under Passphrase, or bare in a training installation. A kit that is there already has its custodians.
	Custodian string
	Alias     string
	Users     []workspace.NewUser
	Training  bool
	KDF       vault.KDF
	Now       time.Time
}

// InitHQ makes headquarters: recovery kit, reading and enrolment identities, directory, workspace, certificates.
func InitHQ(ctx context.Context, o HQOptions) (*trust.Trust, error) {
	keys, err := trust.LoadKeys(o.Keys, o.Passphrase)
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	t, err := BeginTrust(filepath.Join(o.Keys, publicFolder))
	if err != nil {
		return nil, err
	}
	if t.Training() != o.Training {
		return nil, fault.New("V-WORLD", filepath.Base(o.Keys), nil)
	}
	secrets, err := newSecrets()
	if err != nil {
		return nil, err
	}
	kit, err := recoveryKit(o)
	if err != nil {
		return nil, err
	}
	register := uuid.New()
	directory, err := keys.FirstDirectory(o.Now, register, o.Training)
	if err != nil {
		return nil, err
	}
	directory.Recovery, directory.Enrolment = kit.Recovery, secrets.enrolment.Recipient().String()
	directory.Reading = trust.Reading{Audit: secrets.audit.Recipient().String(), Sealed: secrets.sealed.Recipient().String()}
	doc, err := keys.SignDirectory(directory)
	if err != nil {
		return nil, err
	}
	t, refused := t.Accept(o.Now, doc)
	if len(refused) > 0 {
		return nil, refused[0]
	}
	if err := WriteDocuments(filepath.Join(o.Keys, publicFolder), t.Documents()); err != nil {
		return nil, err
	}
	_, err = workspace.Create(ctx, workspace.CreateOptions{
		Dir: o.Dir, Training: o.Training, Alias: o.Alias, Register: register, Users: o.Users, Trust: t,
		Recovery: kit.Recovery, KDF: o.KDF, Created: o.Now, Enrolment: secrets.enrolment,
		Reading: map[domain.Ring]*age.HybridIdentity{domain.SealedRead: secrets.sealed, domain.AuditRead: secrets.audit},
		Certify: func(node *workspace.Node, users map[uuid.UUID]ed25519.PublicKey) error {
			return certify(keys, node, users, uuid.Nil, register, o.Now, o.Now.Add(hqCertificate))
		},
	})
	return t, err
}

type secrets struct{ sealed, audit, enrolment *age.HybridIdentity }

func newSecrets() (s secrets, err error) {
	for _, identity := range []**age.HybridIdentity{&s.sealed, &s.audit, &s.enrolment} {
		if *identity, err = age.GenerateHybridIdentity(); err != nil {
			return secrets{}, err
		}
	}
	return s, nil
}

// certify issues the certificates of a machine and its users into its node record. scope of the users' roles is the
// mission, or the register for headquarters.
func certify(keys *trust.Keys, node *workspace.Node, users map[uuid.UUID]ed25519.PublicKey, mission, register uuid.UUID, from, until time.Time) error {
	spec := trust.DeviceSpec{ID: node.Device, Key: node.Key.Public().(ed25519.PublicKey), Register: register, From: from.Add(-clockLag), Until: until}
	scope := register
	if mission != uuid.Nil {
		spec.Missions, scope = []uuid.UUID{mission}, mission
	}
	var err error
	if node.Certificate, err = trust.IssueDevice(keys.CA, spec); err != nil {
		return err
	}
	for i := range node.Users {
		card := &node.Users[i]
		card.Certificate, err = trust.IssueUser(keys.CA, trust.UserSpec{
			ID: card.User, Key: users[card.User], Roles: map[uuid.UUID][]domain.Role{scope: {card.Role}}, From: from.Add(-clockLag), Until: until,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recoveryKit takes the kit that lies in the folder, or makes one with one custodian. Of a kit that is there only its
// recipient is needed, so its custodians need not be present.
func recoveryKit(o HQOptions) (*recovery.Kit, error) {
	if _, err := os.Lstat(filepath.Join(o.Kit, recovery.KitFile)); err != nil {
		return quickKit(o)
	}
	kit, err := recovery.Load(o.Kit)
	if err != nil {
		return nil, err
	}
	if kit.Training != o.Training {
		return nil, fault.New("V-WORLD", filepath.Base(o.Kit), nil)
	}
	return kit, kit.Check()
}

func quickKit(o HQOptions) (*recovery.Kit, error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	return recovery.QuickStart(o.Kit, identity, o.Custodian, o.Passphrase, o.Training, recovery.DefaultWorkFactor, o.Now)
}

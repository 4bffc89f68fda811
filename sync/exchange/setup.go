package exchange

import (
	"context"
	"crypto/ed25519"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
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
	Kit        string // folder for the recovery kit; made when missing
	// Custodian is the recipient of the person who keeps the kit. Empty: a custodian identity is made and laid beside the
	// kit, under Passphrase, or bare in a training installation. One custodian is the quick start (security.md 4.9).
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
	if err := writeKit(o, secrets.recovery); err != nil {
		return nil, err
	}
	register := uuid.New()
	directory, err := keys.FirstDirectory(o.Now, register, o.Training)
	if err != nil {
		return nil, err
	}
	directory.Recovery, directory.Enrolment = secrets.recovery.Recipient().String(), secrets.enrolment.Recipient().String()
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
		Recovery: secrets.recovery.Recipient().String(), KDF: o.KDF, Created: o.Now, Enrolment: secrets.enrolment,
		Reading: map[domain.Ring]*age.HybridIdentity{domain.SealedRead: secrets.sealed, domain.AuditRead: secrets.audit},
		Certify: func(node *workspace.Node, users map[uuid.UUID]ed25519.PublicKey) error {
			return certify(keys, node, users, uuid.Nil, register, o.Now, o.Now.Add(hqCertificate))
		},
	})
	return t, err
}

type secrets struct{ recovery, sealed, audit, enrolment *age.HybridIdentity }

func newSecrets() (s secrets, err error) {
	for _, identity := range []**age.HybridIdentity{&s.recovery, &s.sealed, &s.audit, &s.enrolment} {
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

// Names of the files of a recovery kit with one custodian.
const (
	KitRecovery  = "recovery-a.age"
	KitCustodian = "custodian-a.key"
)

// writeKit seals the recovery identity to the custodian. Its clear text exists in memory only.
func writeKit(o HQOptions, recovery *age.HybridIdentity) error {
	if err := os.MkdirAll(o.Kit, 0o700); err != nil {
		return fault.New("E-FILE", filepath.Base(o.Kit), err)
	}
	custodian := o.Custodian
	if custodian == "" {
		identity, err := age.GenerateHybridIdentity()
		if err != nil {
			return err
		}
		if err := writeCustodian(o, identity); err != nil {
			return err
		}
		custodian = identity.Recipient().String()
	}
	recipient, err := age.ParseHybridRecipient(custodian)
	if err != nil {
		return fault.Newf("E-VALUE", "custodian", "not an age recipient with post-quantum keys")
	}
	return sealFile(filepath.Join(o.Kit, KitRecovery), recovery.String()+"\n", recipient)
}

func writeCustodian(o HQOptions, identity *age.HybridIdentity) error {
	path := filepath.Join(o.Kit, KitCustodian)
	if o.Training {
		return fsx.WriteFile(path, []byte(identity.String()+"\n"))
	}
	recipient, err := age.NewScryptRecipient(string(o.Passphrase))
	if err != nil {
		return err
	}
	return sealFile(path+".age", identity.String()+"\n", recipient)
}

func sealFile(path, content string, recipient age.Recipient) error {
	return fsx.WriteAtomic(path, func(out io.Writer) error {
		w, err := age.Encrypt(out, recipient)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, content); err != nil {
			return err
		}
		return w.Close()
	})
}

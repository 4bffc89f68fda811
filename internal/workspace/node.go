package workspace

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/sync/trust"
)

// UserCard is a user of this machine: alias, role and the certificate that headquarters signed (nil before enrolment).
type UserCard struct {
	User        uuid.UUID
	Alias       string
	Role        domain.Role
	Certificate *ssh.Certificate
	// Slot is the user's slot in the vault; empty for users who came with the workspace.
	Slot string
}

// Node is this machine as the exchange knows it: its keys and what headquarters signed for it (security.md 4.1).
type Node struct {
	Device  uuid.UUID
	Alias   string
	Mission uuid.UUID
	// Register names the register of a headquarters node; zero on field devices.
	Register    uuid.UUID
	Key         ed25519.PrivateKey
	Certificate *ssh.Certificate
	Users       []UserCard
	// Outer opens the outer layer of bundles addressed to this node, newest first.
	Outer []*age.HybridIdentity
	// Enrolment opens enrol-requests; headquarters only.
	Enrolment *age.HybridIdentity
}

// HQ reports whether the node is a headquarters register.
func (n *Node) HQ() bool { return n.Register != uuid.Nil }

// Name is the node's name in manifests: "hq" or "device:<uuid>".
func (n *Node) Name() string {
	if n.HQ() {
		return "hq"
	}
	return "device:" + n.Device.String()
}

// Card returns the card of a user of this machine.
func (n *Node) Card(user uuid.UUID) (UserCard, bool) {
	for _, card := range n.Users {
		if card.User == user {
			return card, true
		}
	}
	return UserCard{}, false
}

func (n *Node) wipe() {
	clear(n.Key)
	n.Outer, n.Enrolment = nil, nil
}

type nodeJSON struct {
	Alias       string     `json:"alias"`
	Certificate string     `json:"certificate,omitempty"`
	Device      uuid.UUID  `json:"device"`
	Key         string     `json:"key"`
	Mission     uuid.UUID  `json:"mission"`
	Register    uuid.UUID  `json:"register"`
	Users       []cardJSON `json:"users"`
}

type cardJSON struct {
	Alias       string      `json:"alias"`
	Certificate string      `json:"certificate,omitempty"`
	Role        domain.Role `json:"role"`
	Slot        string      `json:"slot,omitempty"`
	User        uuid.UUID   `json:"user"`
}

type identitiesJSON struct {
	Enrolment string   `json:"enrolment,omitempty"`
	Outer     []string `json:"outer"`
}

func encodeCertificate(c *ssh.Certificate) string {
	if c == nil {
		return ""
	}
	return string(ssh.MarshalAuthorizedKey(c))
}

func decodeCertificate(text string) (*ssh.Certificate, error) {
	if text == "" {
		return nil, nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, err
	}
	certificate, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, fmt.Errorf("a plain key stands where a certificate belongs")
	}
	return certificate, nil
}

// save writes system values 10 and 11 of the open ring.
func (n *Node) save(tx *register.Tx) error {
	out := nodeJSON{
		Alias: n.Alias, Certificate: encodeCertificate(n.Certificate), Device: n.Device,
		Key: hex.EncodeToString(n.Key.Seed()), Mission: n.Mission, Register: n.Register, Users: []cardJSON{},
	}
	for _, card := range n.Users {
		out.Users = append(out.Users, cardJSON{Alias: card.Alias, Certificate: encodeCertificate(card.Certificate), Role: card.Role, Slot: card.Slot, User: card.User})
	}
	device, err := json.Marshal(out)
	if err != nil {
		return err
	}
	secrets := identitiesJSON{Outer: []string{}}
	for _, identity := range n.Outer {
		secrets.Outer = append(secrets.Outer, identity.String())
	}
	if n.Enrolment != nil {
		secrets.Enrolment = n.Enrolment.String()
	}
	identities, err := json.Marshal(secrets)
	if err != nil {
		return err
	}
	if err := tx.SetSystem(domain.RingOf(domain.Open), register.SystemDevice, device); err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(domain.Open), register.SystemNode, identities)
}

func readNode(reg *register.Register) (Node, error) {
	device, err := reg.System(domain.RingOf(domain.Open), register.SystemDevice)
	if err != nil {
		return Node{}, err
	}
	identities, err := reg.System(domain.RingOf(domain.Open), register.SystemNode)
	if err != nil {
		return Node{}, err
	}
	if device == nil || identities == nil {
		return Node{}, fault.Newf("V-DAMAGED", reg.Dir(), "no device record")
	}
	var in nodeJSON
	if err := json.Unmarshal(device, &in); err != nil {
		return Node{}, fault.New("V-DAMAGED", reg.Dir(), err)
	}
	seed, err := hex.DecodeString(in.Key)
	if err != nil || len(seed) != ed25519.SeedSize {
		return Node{}, fault.Newf("V-DAMAGED", reg.Dir(), "device key")
	}
	n := Node{Device: in.Device, Alias: in.Alias, Mission: in.Mission, Register: in.Register, Key: ed25519.NewKeyFromSeed(seed)}
	if n.Certificate, err = decodeCertificate(in.Certificate); err != nil {
		return Node{}, fault.New("V-DAMAGED", reg.Dir(), err)
	}
	for _, card := range in.Users {
		certificate, err := decodeCertificate(card.Certificate)
		if err != nil {
			return Node{}, fault.New("V-DAMAGED", reg.Dir(), err)
		}
		n.Users = append(n.Users, UserCard{User: card.User, Alias: card.Alias, Role: card.Role, Certificate: certificate, Slot: card.Slot})
	}
	var secrets identitiesJSON
	if err := json.Unmarshal(identities, &secrets); err != nil {
		return Node{}, fault.New("V-DAMAGED", reg.Dir(), err)
	}
	for _, text := range secrets.Outer {
		identity, err := age.ParseHybridIdentity(text)
		if err != nil {
			return Node{}, fault.Newf("V-DAMAGED", reg.Dir(), "node identity")
		}
		n.Outer = append(n.Outer, identity)
	}
	if secrets.Enrolment != "" {
		if n.Enrolment, err = age.ParseHybridIdentity(secrets.Enrolment); err != nil {
			return Node{}, fault.Newf("V-DAMAGED", reg.Dir(), "enrolment identity")
		}
	}
	return n, nil
}

func (w *Workspace) loadNode() error {
	node, err := readNode(w.reg)
	if err != nil && w.readOnly() {
		w.me = w.strange()
		return nil
	}
	if err != nil {
		return err
	}
	w.node = node
	me := Me{User: w.reg.Identity().User, Device: node.Device, DeviceAlias: node.Alias, Mission: node.Mission, Training: w.reg.Training(), HQ: node.HQ()}
	card, ok := node.Card(me.User)
	if !ok {
		return fault.Newf("V-DAMAGED", w.dir, "the user has no card")
	}
	me.Alias, me.Role = card.Alias, card.Role
	w.me = me
	return nil
}

func (w *Workspace) loadTrust() error {
	stored, err := w.reg.System(domain.RingOf(domain.Open), register.SystemDirectories)
	if err != nil || stored == nil {
		return err
	}
	sum := sha256.Sum256(stored)
	if w.tr != nil && w.trusted == sum {
		return nil // proving every document again would take longer than most imports
	}
	if w.tr, err = trust.Decode(stored); err != nil {
		return fault.New("V-DAMAGED", w.dir, err)
	}
	w.trusted = sum
	w.partners = map[uuid.UUID]bool{}
	for _, mission := range w.tr.Missions() {
		for _, node := range mission.Nodes {
			if device, ok := trust.ParseDeviceName(node.Node); ok && mission.Partner != nil {
				w.partners[device] = true
			}
		}
	}
	return nil
}

// Node returns a copy of what the exchange needs to sign and open bundles. Its keys are shared with the workspace and die
// with it.
func (w *Workspace) Node() Node {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.node
}

// Trust returns whom this machine trusts; nil before enrolment.
func (w *Workspace) Trust() *trust.Trust {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tr
}

// SetTrust stores newer directories; with a node it stores the node too, in the same transaction (enrolment).
func (w *Workspace) SetTrust(tx *register.Tx, t *trust.Trust, node *Node) error {
	stored, err := t.Encode()
	if err != nil {
		return err
	}
	before, err := tx.System(domain.RingOf(domain.Open), register.SystemDirectories)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, stored) { // they are large, and most imports bring none
		if err := tx.SetSystem(domain.RingOf(domain.Open), register.SystemDirectories, stored); err != nil {
			return err
		}
	}
	if node != nil {
		return node.save(tx)
	}
	return nil
}

// Inbox returns the identities that open parts of a compartment addressed to this node; nil without the ring.
func (w *Workspace) Inbox(c domain.Compartment) ([]*age.HybridIdentity, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil || !w.reg.Holds(domain.RingOf(c)) {
		return nil, nil
	}
	return readInbox(w.reg, domain.RingOf(c))
}

func readInbox(reg *register.Register, ring domain.Ring) ([]*age.HybridIdentity, error) {
	stored, err := reg.System(ring, register.SystemInbox)
	if err != nil || stored == nil {
		return nil, err
	}
	var texts []string
	if err := json.Unmarshal(stored, &texts); err != nil {
		return nil, fault.New("V-DAMAGED", reg.Dir(), err)
	}
	var identities []*age.HybridIdentity
	for _, text := range texts {
		identity, err := age.ParseHybridIdentity(text)
		if err != nil {
			return nil, fault.Newf("V-DAMAGED", reg.Dir(), "inbox identity of %s", ring)
		}
		identities = append(identities, identity)
	}
	return identities, nil
}

// Reload reads node record and directories again after sync/exchange changed them.
func (w *Workspace) Reload() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	if err := w.loadNode(); err != nil {
		return err
	}
	return w.loadTrust()
}

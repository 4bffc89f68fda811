package bundle_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// now is the time by which all tests judge.
var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// node is a machine with its own keys: outer layer, inboxes, device and user.
type node struct {
	id, userID uuid.UUID
	key, user  ed25519.PrivateKey
	cert       *ssh.Certificate
	userCert   *ssh.Certificate
	outer      *age.HybridIdentity
	inbox      map[domain.Compartment]*age.HybridIdentity
}

func (n *node) name() string { return trust.DeviceName(n.id) }

func (n *node) inboxes() trust.Inboxes {
	all := trust.Inboxes{}
	for c, identity := range n.inbox {
		all[c.String()] = identity.Recipient().String()
	}
	return all
}

func (n *node) keyring() bundle.Keyring {
	return bundle.Keyring{Outer: []age.Identity{n.outer}, Inbox: func(c domain.Compartment) []age.Identity {
		if identity := n.inbox[c]; identity != nil {
			return []age.Identity{identity}
		}
		return nil
	}}
}

// world is an installation with HQ and two laptops of one mission.
type world struct {
	training bool
	register uuid.UUID
	mission  uuid.UUID
	keys     *trust.Keys
	recovery *age.HybridIdentity
	hq, a, b *node
	trust    *trust.Trust
	seed     *rand.ChaCha8
	root     trust.Root
	dir      trust.Directory
	miss     trust.Mission
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w *world) uuid() uuid.UUID {
	var id uuid.UUID
	w.seed.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

func (w *world) private() ed25519.PrivateKey {
	var seed [32]byte
	w.seed.Read(seed[:])
	return ed25519.NewKeyFromSeed(seed[:])
}

func (w *world) newNode(inboxes ...domain.Compartment) *node {
	n := &node{id: w.uuid(), userID: w.uuid(), key: w.private(), user: w.private(), outer: must(age.GenerateHybridIdentity())}
	n.inbox = map[domain.Compartment]*age.HybridIdentity{}
	for _, c := range inboxes {
		n.inbox[c] = must(age.GenerateHybridIdentity())
	}
	return n
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func (w *world) certify(n *node, hq bool, roles ...domain.Role) {
	spec := trust.DeviceSpec{ID: n.id, Key: public(n.key), Missions: []uuid.UUID{w.mission}, From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 2, 0)}
	if hq {
		spec.Register = w.register
	}
	n.cert = must(trust.IssueDevice(w.keys.CA, spec))
	n.userCert = must(trust.IssueUser(w.keys.CA, trust.UserSpec{
		ID: n.userID, Key: public(n.user), Roles: map[uuid.UUID][]domain.Role{w.mission: roles}, From: spec.From, Until: spec.Until,
	}))
}

func newWorld(tb testing.TB, seed byte, training bool) *world {
	tb.Helper()
	w := &world{training: training, seed: rand.NewChaCha8([32]byte{seed})}
	w.register, w.mission = w.uuid(), w.uuid()
	w.keys = &trust.Keys{Root: w.private(), CA: w.private(), Admin: w.private(), Content: w.private()}
	w.recovery = must(age.GenerateHybridIdentity())
	w.hq = w.newNode(domain.AllCompartments...)
	w.a = w.newNode(domain.Open, domain.Case)
	w.b = w.newNode(domain.Open, domain.Case)
	w.certify(w.hq, true, domain.HQC, domain.HQS)
	w.certify(w.a, false, domain.INT)
	w.certify(w.b, false, domain.MLD)

	w.root = must(w.keys.FirstRoot(now.AddDate(0, -2, 0), training))
	rootDoc := must(w.keys.SignRoot(w.root))
	w.dir = must(w.keys.FirstDirectory(now.AddDate(0, -1, 0), w.register, training))
	w.dir.Enrolment, w.dir.Recovery = w.hq.outer.Recipient().String(), w.recovery.Recipient().String()
	w.dir.Reading = trust.Reading{
		Audit:  must(age.GenerateHybridIdentity()).Recipient().String(),
		Sealed: must(age.GenerateHybridIdentity()).Recipient().String(),
	}
	dirDoc := must(w.keys.SignDirectory(w.dir))
	w.miss = trust.Mission{
		ID: w.mission, Version: 1, Expires: now.AddDate(0, 2, 0), Training: training,
		Centre: trust.MissionHQ{Recipient: w.hq.outer.Recipient().String(), Inbox: w.hq.inboxes()},
	}
	for i, n := range []*node{w.a, w.b} {
		w.miss.Nodes = append(w.miss.Nodes, trust.Node{
			Alias: fmt.Sprintf("Laptop %c", 'A'+i), Inbox: n.inboxes(), Node: n.name(), Recipient: n.outer.Recipient().String(), Status: trust.NodeActive,
		})
		w.miss.Users = append(w.miss.Users, trust.MissionUser{
			Alias: fmt.Sprintf("Intervjuer %c", 'A'+i), User: trust.UserName(n.userID), Roles: []string{"INT"}, Serial: n.userCert.Serial,
		})
	}
	missDoc := must(w.keys.SignMission(w.miss))
	t, refused, err := trust.Gather(rootDoc, dirDoc, missDoc)
	if err != nil || len(refused) > 0 {
		tb.Fatalf("world: %v %v", err, refused)
	}
	w.trust = t
	return w
}

// chain makes lines of one chain of a node: the chain line and n-1 writes of invented persons.
func (w *world) chain(n *node, c domain.Compartment, epoch uint32, lines int) ([][]byte, bundle.ChainRange) {
	var all [][]byte
	link := oplog.Genesis
	caseID := w.uuid()
	for i := range lines {
		line := oplog.Line{
			Kind: oplog.KindSet, By: n.userID, Compartment: c, Device: n.id, Epoch: epoch, N: uint64(i + 1), HLC: oplog.HLCAt(now) + oplog.HLC(i),
			Previous: link,
		}
		if i == 0 {
			line.Kind, line.Audience, line.Training, line.App = oplog.KindChain, "mission:"+w.mission.String(), w.training, "0.1.0"
		} else {
			line.Form, line.Object, line.Type = "person@1", w.uuid(), "person"
			if c != domain.Open {
				line.Case = caseID
			}
			if c == domain.Open {
				line.Type = "slot"
			}
			line.Set = map[string]json.RawMessage{"remark": json.RawMessage(`"` + strings.Repeat(fmt.Sprintf("Amina Testesen %d ", i), 3) + `"`)}
		}
		b, err := line.Encode()
		if err != nil {
			panic(err)
		}
		all = append(all, b)
		link = oplog.Link(link, oplog.LineHash(b))
	}
	return all, bundle.ChainRange{Device: n.id, Epoch: epoch, First: 1, Last: uint64(lines), Tip: link}
}

func sequence(lines ...[]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, line := range lines {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// field gives the specification of an ordinary bundle from laptop A to HQ and laptop B.
func (w *world) field(lines int) bundle.Spec {
	content, run := w.chain(w.a, domain.Case, 7, lines)
	return bundle.Spec{
		Kind: domain.BundleField, From: w.a.name(), User: trust.UserName(w.a.userID), Mission: w.mission, Training: w.training, App: "0.1.0",
		Created: now, HLC: oplog.HLCAt(now),
		To: []bundle.Addressee{
			{Node: trust.NodeHQ, Sequence: 1, Recipients: []string{w.hq.outer.Recipient().String(), w.recovery.Recipient().String()}},
			{Node: w.b.name(), Sequence: 1, Recipients: []string{w.b.outer.Recipient().String()}},
		},
		Parts: []bundle.Part{{
			Compartment: domain.Case, Chains: []bundle.ChainRange{run}, Lines: sequence(content...),
			Recipients: []string{w.hq.inbox[domain.Case].Recipient().String(), w.b.inbox[domain.Case].Recipient().String(), w.recovery.Recipient().String()},
		}},
		Documents: w.trust.Documents(),
		Have:      bundle.Have{Directory: 1, Mission: 1},
		DeviceKey: w.a.key, DeviceCert: w.a.cert, UserKey: w.a.user, UserCert: w.a.userCert,
	}
}

func (w *world) write(tb testing.TB, spec bundle.Spec) (string, *bundle.Written) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), bundle.NewFileName())
	written, err := bundle.Write(tb.Context(), path, spec, nil)
	if err != nil {
		tb.Fatalf("write: %v", err)
	}
	return path, written
}

// atHQ is the policy of HQ.
func (w *world) atHQ() bundle.Policy {
	return bundle.Policy{Trust: w.trust, Now: now, Node: trust.NodeHQ, Training: w.training, App: "0.1.0"}
}

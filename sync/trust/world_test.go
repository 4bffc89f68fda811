package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/trust"
)

// now is the time by which all tests judge.
var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// world is an installation whose keys come from a seed.
type world struct {
	source         *rand.ChaCha8
	training       bool
	register       uuid.UUID
	mission        uuid.UUID
	keys           *trust.Keys
	root           trust.Root
	directory      trust.Directory
	miss           trust.Mission
	trust          *trust.Trust
	device, hq     *member
	user           *member
	rootDoc        trust.Document
	directoryDoc   trust.Document
	missionDoc     trust.Document
	recipientCache string
}

type member struct {
	id   uuid.UUID
	key  ed25519.PrivateKey
	cert *ssh.Certificate
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func publicText(key ed25519.PrivateKey) string {
	return trust.PublicText(must(ssh.NewPublicKey(key.Public())))
}

func (w *world) uuid() uuid.UUID {
	var id uuid.UUID
	w.source.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

func (w *world) private() ed25519.PrivateKey {
	var seed [32]byte
	w.source.Read(seed[:])
	return ed25519.NewKeyFromSeed(seed[:])
}

// recipient gives one age recipient for all places that only need a valid one.
func (w *world) recipient() string {
	if w.recipientCache == "" {
		w.recipientCache = must(age.GenerateHybridIdentity()).Recipient().String()
	}
	return w.recipientCache
}

func newWorld(tb testing.TB, seed byte, training bool) *world {
	tb.Helper()
	w := &world{source: rand.NewChaCha8([32]byte{seed}), training: training}
	w.register, w.mission = w.uuid(), w.uuid()
	w.keys = &trust.Keys{Root: w.private(), CA: w.private(), Admin: w.private(), Content: w.private()}
	w.device = &member{id: w.uuid(), key: w.private()}
	w.hq = &member{id: w.uuid(), key: w.private()}
	w.user = &member{id: w.uuid(), key: w.private()}
	w.device.cert = must(trust.IssueDevice(w.keys.CA, w.deviceSpec()))
	w.hq.cert = must(trust.IssueDevice(w.keys.CA, trust.DeviceSpec{
		ID: w.hq.id, Key: public(w.hq.key), Register: w.register, Serial: 2, From: now.AddDate(0, -1, 0), Until: now.AddDate(1, 0, 0),
	}))
	w.user.cert = must(trust.IssueUser(w.keys.CA, w.userSpec()))

	w.root = must(w.keys.FirstRoot(now.AddDate(0, -2, 0), training))
	w.rootDoc = must(w.keys.SignRoot(w.root))
	w.directory = must(w.keys.FirstDirectory(now.AddDate(0, -1, 0), w.register, training))
	w.directory.Enrolment, w.directory.Recovery = w.recipient(), w.recipient()
	w.directory.Reading = trust.Reading{Audit: w.recipient(), Sealed: w.recipient()}
	w.directoryDoc = must(w.keys.SignDirectory(w.directory))
	w.miss = trust.Mission{
		ID: w.mission, Version: 5, Expires: now.AddDate(0, 2, 0), Training: training,
		Centre: trust.MissionHQ{Recipient: w.recipient(), Inbox: trust.Inboxes{"open": w.recipient(), "case": w.recipient()}},
		Nodes: []trust.Node{{
			Alias: "Laptop A", Inbox: trust.Inboxes{"case": w.recipient()}, Node: trust.DeviceName(w.device.id),
			Recipient: w.recipient(), Status: trust.NodeActive,
		}},
		Users: []trust.MissionUser{{Alias: "Intervjuer A", User: trust.UserName(w.user.id), Roles: []string{"INT"}, Serial: w.user.cert.Serial}},
	}
	w.missionDoc = must(w.keys.SignMission(w.miss))
	t, refused, err := trust.Gather(w.rootDoc, w.directoryDoc, w.missionDoc)
	if err != nil || len(refused) > 0 {
		tb.Fatalf("world: %v %v", err, refused)
	}
	w.trust = t
	return w
}

func (w *world) deviceSpec() trust.DeviceSpec {
	return trust.DeviceSpec{
		ID: w.device.id, Key: public(w.device.key), Missions: []uuid.UUID{w.mission}, Serial: 1,
		From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 2, 0),
	}
}

func (w *world) userSpec() trust.UserSpec {
	return trust.UserSpec{
		ID: w.user.id, Key: public(w.user.key), Roles: map[uuid.UUID][]domain.Role{w.mission: {domain.INT}, w.register: {domain.HQA}}, Serial: 3,
		From: now.AddDate(0, -1, 0), Until: now.AddDate(0, 2, 0),
	}
}

// wantCode fails unless err is a fault with the code.
func wantCode(tb testing.TB, err error, code string) {
	tb.Helper()
	if got := fault.Code(err); got != code {
		tb.Errorf("got %q (%v), want %s", got, err, code)
	}
}

// one returns the only refusal of Accept.
func one(tb testing.TB, refused []error) error {
	tb.Helper()
	if len(refused) != 1 {
		tb.Fatalf("%d refusals instead of one: %v", len(refused), refused)
	}
	return refused[0]
}

// run calls a program of the system; a missing one fails the test.
func run(tb testing.TB, stdin []byte, name string, args ...string) (string, error) {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Fatalf("the test compares with %s, which is not installed", name)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

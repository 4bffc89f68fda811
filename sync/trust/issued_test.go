package trust_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/sync/trust"
)

// withCertificates is the world's mission with all its certificates.
func (w *world) withCertificates() trust.Mission {
	m := w.miss
	m.Version++
	m.AddCertificates(now, w.hq.cert, w.device.cert, w.user.cert)
	return m
}

func (w *world) accept(t *testing.T, m trust.Mission) *trust.Trust {
	t.Helper()
	after, refused := w.trust.Accept(now, must(w.keys.SignMission(m)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return after
}

// TestRevoke_ByName: an alias stands for every certificate of the machine, not only for the last one.
func TestRevoke_ByName(t *testing.T) {
	w := newWorld(t, 1, false)
	spec := w.deviceSpec()
	spec.Serial = 77
	second := must(trust.IssueDevice(w.keys.CA, spec))
	m := w.withCertificates()
	m.AddCertificates(now, second)
	cut := now.AddDate(0, 0, -3)
	name := trust.DeviceName(w.device.id)
	before := w.accept(t, m)
	if n := m.Revoke(name, cut, "lost"); n != 2 {
		t.Errorf("%d certificates revoked, want both", n)
	}
	if n := m.Revoke(name, cut.Add(time.Hour), "lost"); n != 0 {
		t.Error("a later moment replaced an earlier one")
	}
	m.Version++
	after := w.accept(t, m)
	for _, cert := range []*ssh.Certificate{w.device.cert, second} {
		_, err := after.Device(cert, now)
		wantCode(t, err, "E-REVOKED")
		if _, err := after.Device(cert, cut); err != nil {
			t.Errorf("first seen at the last trusted moment: %v", err)
		}
	}
	mission, _ := after.Mission(w.mission)
	if node, _ := mission.Node(name); node.Status != trust.NodeRevoked || len(node.Inbox) != 0 {
		t.Errorf("node %+v", node)
	}
	if _, err := after.User(w.user.cert, now); err != nil {
		t.Errorf("the user went with the machine: %v", err)
	}
	if held, _ := before.Mission(w.mission); len(held.Revoked) != 0 || held.Nodes[0].Status != trust.NodeActive {
		t.Error("the directory held before was changed")
	}
	if n := m.Revoke(name, cut.AddDate(0, 0, -1), "stolen"); n != 2 || m.Revoked[0].Reason != "stolen" || len(m.Revoked) != 2 {
		t.Errorf("an earlier moment: %d, %+v", n, m.Revoked)
	}
	// A user loses roles and recipients, and stays by name.
	m.Revoke(trust.UserName(w.user.id), cut, "left")
	user, ok := m.User(w.user.id.String())
	if !ok || len(user.Roles)+len(user.Recipients) != 0 || user.Alias == "" {
		t.Errorf("user %+v", user)
	}
	if got := m.RolesOf(*user); !slices.Equal(got, []domain.Role{domain.INT, domain.HQA}) && !slices.Equal(got, []domain.Role{domain.HQA, domain.INT}) {
		t.Errorf("earlier lines are judged by %v", got)
	}
	if n := m.Revoke(trust.UserName(w.uuid()), cut, "left"); n != 0 {
		t.Error("somebody unknown was revoked")
	}
}

// TestWithdrawn judges lines that others bring by when they were first seen.
func TestWithdrawn(t *testing.T) {
	w := newWorld(t, 1, false)
	m := w.withCertificates()
	name, cut := trust.DeviceName(w.device.id), now.AddDate(0, 0, -3)
	if err := w.accept(t, m).Withdrawn(name, now); err != nil {
		t.Errorf("nobody was revoked: %v", err)
	}
	m.Revoke(name, cut, "lost")
	m.Version++
	after := w.accept(t, m)
	wantCode(t, after.Withdrawn(name, cut.Add(time.Second)), "E-REVOKED")
	for what, err := range map[string]error{
		"first seen at the last trusted moment": after.Withdrawn(name, cut),
		"somebody else":                         after.Withdrawn(trust.UserName(w.user.id), now),
		"nobody known":                          after.Withdrawn(trust.DeviceName(w.uuid()), now),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A machine that got a new certificate since counts again; the old one does not.
	spec := w.deviceSpec()
	spec.Serial = 78
	m.AddCertificates(now, must(trust.IssueDevice(w.keys.CA, spec)))
	m.Version++
	again := w.accept(t, m)
	if err := again.Withdrawn(name, now); err != nil {
		t.Errorf("certified again: %v", err)
	}
	_, err := again.Device(w.device.cert, now)
	wantCode(t, err, "E-REVOKED")
}

func TestAddCertificates_KeepsWhatCounts(t *testing.T) {
	w := newWorld(t, 1, false)
	m := w.withCertificates()
	m.Revoke(trust.DeviceName(w.device.id), now, "lost")
	m.AddCertificates(now.AddDate(5, 0, 0))
	issued := m.Issued()
	if len(issued) != 1 || issued[0].Serial != w.device.cert.Serial || issued[0].Revoked == nil {
		t.Errorf("after five years %+v: the revoked one stays tied to its name, the others have run out", issued)
	}
	again := w.withCertificates()
	again.AddCertificates(now, w.user.cert, nil)
	if n := len(again.Issued()); n != 3 {
		t.Errorf("%d certificates after one was added twice", n)
	}
	if _, ok := again.Certificate(w.user.cert.Serial); !ok {
		t.Error("certificate not found by its serial")
	}
}

// TestRenewed: after a change of authority machines keep their keys and find their new certificates in the mission's
// directory (security.md 8.5).
func TestRenewed(t *testing.T) {
	w := newWorld(t, 1, false)
	authority := w.private()
	directory := must(w.trust.NextDirectory(now, func(d *trust.Directory) { d.CA = []string{publicText(authority)} }))
	m := w.withCertificates()
	fresh := must(trust.Recertify(authority, w.device.cert, now, now.AddDate(0, 1, 0)))
	m.AddCertificates(now, fresh)
	m.DropForeign(must(decodeDirectory(directory)))
	after, refused := w.trust.Accept(now, must(trust.CoSign(directory, w.keys.Root)), must(w.keys.SignMission(m)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	_, err := after.Device(w.device.cert, now)
	wantCode(t, err, "E-CERT")
	got := after.Renewed(w.device.cert, now)
	if got == nil || got.Serial != fresh.Serial {
		t.Fatalf("renewed: %v", got)
	}
	device, err := after.Device(got, now)
	if err != nil || device.ID != w.device.id || !device.In(w.mission) {
		t.Errorf("%+v %v", device, err)
	}
	if after.Renewed(got, now) != nil || after.Renewed(nil, now) != nil || after.Renewed(w.user.cert, now) != nil {
		t.Error("something to take where nothing is")
	}
	// A certificate for the same name but another key is not for this machine.
	thief := w.private()
	spec := w.deviceSpec()
	spec.Key, spec.Serial, spec.From = thief.Public().(ed25519.PublicKey), 99, now.Add(time.Minute)
	m.AddCertificates(now, must(trust.IssueDevice(authority, spec)))
	m.Version++
	if n := len(m.Issued()); n != 2 {
		t.Errorf("%d certificates; foreign ones must have gone", n)
	}
	later, _ := after.Accept(now, must(w.keys.SignMission(m)))
	if later.Renewed(got, now.Add(time.Hour)) != nil {
		t.Error("took the certificate of another key")
	}
}

func decodeDirectory(doc trust.Document) (*trust.Directory, error) {
	var d trust.Directory
	return &d, trust.DecodeStrict(doc.Bytes, &d)
}

func TestRecertify_Refuses(t *testing.T) {
	w := newWorld(t, 1, false)
	if _, err := trust.Recertify(w.keys.CA, nil, now, now.Add(1)); err == nil {
		t.Error("nothing was certified")
	}
	if _, err := trust.Recertify(nil, w.device.cert, now, now.AddDate(0, 1, 0)); err == nil {
		t.Error("certified without an authority")
	}
}

func TestMission_RefusesBadCertificates(t *testing.T) {
	w := newWorld(t, 1, false)
	line := trust.PublicText(w.device.cert)
	for name, change := range map[string]func(*trust.Mission){
		"one twice":      func(m *trust.Mission) { m.Certificates = []string{line, line} },
		"a bare key":     func(m *trust.Mission) { m.Certificates = []string{publicText(w.device.key)} },
		"with a comment": func(m *trust.Mission) { m.Certificates = []string{line + " laptop"} },
		"of nobody": func(m *trust.Mission) {
			m.Certificates = []string{trust.PublicText(w.forge(func(c *ssh.Certificate) { c.KeyId = "laptop" }))}
		},
		"serial zero": func(m *trust.Mission) {
			m.Certificates = []string{trust.PublicText(w.forge(func(c *ssh.Certificate) { c.Serial = 0 }))}
		},
		"revoked, but has an inbox": func(m *trust.Mission) { m.Nodes[0].Status = trust.NodeRevoked },
	} {
		m := w.miss
		m.Nodes = slices.Clone(w.miss.Nodes)
		change(&m)
		if _, err := trust.DraftMission(m); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestKeys_OneForOneHolder(t *testing.T) {
	dir, pass := t.TempDir(), []byte("elleve gule brevduer over fjorden")
	public := must(trust.NewKey(dir, trust.KeyContent, pass))
	if got := must(trust.ReadPublic(dir + "/" + trust.KeyContent + ".pub")); got != public {
		t.Errorf("public half %q, want %q", got, public)
	}
	keys := must(trust.LoadKeys(dir, pass))
	if keys.Content == nil || keys.Admin != nil || keys.Root != nil || keys.CA != nil || publicText(keys.Content) != public {
		t.Error("the folder holds something else than the one key")
	}
	if fingerprint := trust.KeyFingerprint(public); !strings.HasPrefix(fingerprint, "SHA256:") {
		t.Errorf("fingerprint %q", fingerprint)
	} else if out, err := run(t, nil, "ssh-keygen", "-l", "-f", dir+"/"+trust.KeyContent+".pub"); err != nil || !strings.Contains(out, fingerprint) {
		t.Errorf("ssh-keygen says %q, %v", out, err)
	}
	_, err := trust.NewKey(dir, trust.KeyContent, pass)
	wantCode(t, err, "V-EXISTS")
	_, err = trust.NewKey(t.TempDir(), trust.KeyRoot, nil)
	wantCode(t, err, "V-PASS")
	_, err = trust.ReadPublic(dir + "/" + trust.KeyContent)
	wantCode(t, err, "E-FILE")
	_, err = trust.ReadPublic(dir + "/nothing")
	wantCode(t, err, "E-FILE")
}

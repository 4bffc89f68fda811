package trust_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/sync/trust"
)

func TestCertificates_Good(t *testing.T) {
	w := newWorld(t, 1, false)
	device, err := w.trust.Device(w.device.cert, now)
	want := trust.Device{ID: w.device.id, Mission: w.mission, Missions: []uuid.UUID{w.mission}, Serial: 1}
	if diff := cmp.Diff(want, device); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if !device.In(w.mission) || device.In(w.register) {
		t.Error("missions of a device")
	}
	hq, err := w.trust.Device(w.hq.cert, now)
	if err != nil || !hq.HQ || !hq.In(w.mission) {
		t.Errorf("hq %+v %v", hq, err)
	}
	user, err := w.trust.User(w.user.cert, now)
	if err != nil || user.ID != w.user.id {
		t.Fatalf("user %+v %v", user, err)
	}
	if got := user.RolesIn(w.mission); !slices.Equal(got, []domain.Role{domain.INT, domain.HQA}) {
		t.Errorf("roles in the mission: %v", got)
	}
	if got := user.RolesIn(w.uuid()); !slices.Equal(got, []domain.Role{domain.HQA}) {
		t.Errorf("roles in another mission: %v", got)
	}
	parsed, err := trust.ParseCertificate(trust.PublicText(w.device.cert))
	if err != nil || parsed.Serial != 1 {
		t.Errorf("parse: %v", err)
	}
	if _, err := trust.ParseCertificate(publicText(w.device.key)); err == nil {
		t.Error("a bare key passes as certificate")
	}
}

// forge signs a certificate with the real authority, but with fields that Issue would never set.
func (w *world) forge(change func(*ssh.Certificate)) *ssh.Certificate {
	cert := &ssh.Certificate{
		Key: must(ssh.NewPublicKey(w.device.key.Public())), Serial: 9, CertType: ssh.UserCert, KeyId: trust.DeviceName(w.device.id),
		ValidPrincipals: []string{trust.DeviceName(w.device.id), "mission:" + w.mission.String()},
		ValidAfter:      uint64(now.AddDate(0, -1, 0).Unix()), ValidBefore: uint64(now.AddDate(0, 1, 0).Unix()),
	}
	change(cert)
	if err := cert.SignCert(rand.Reader, must(ssh.NewSignerFromKey(w.keys.CA))); err != nil {
		panic(err)
	}
	return cert
}

func TestDevice_Attacks(t *testing.T) {
	w := newWorld(t, 1, false)
	other := newWorld(t, 2, false)
	if _, err := w.trust.Device(w.forge(func(*ssh.Certificate) {}), now); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	name := trust.DeviceName(w.device.id)
	attacks := map[string]func(*ssh.Certificate){
		"empty principals, which mean everybody": func(c *ssh.Certificate) { c.ValidPrincipals = nil },
		"host certificate":                       func(c *ssh.Certificate) { c.CertType = ssh.HostCert },
		"key id of another device":               func(c *ssh.Certificate) { c.KeyId = trust.DeviceName(w.hq.id) },
		"principal in other case":                func(c *ssh.Certificate) { c.KeyId, c.ValidPrincipals[0] = "Device:"+name[7:], "Device:"+name[7:] },
		"wildcard principal":                     func(c *ssh.Certificate) { c.KeyId, c.ValidPrincipals[0] = "device:*", "device:*" },
		"user and device in one":                 func(c *ssh.Certificate) { c.ValidPrincipals = append(c.ValidPrincipals, trust.UserName(w.user.id)) },
		"two devices in one":                     func(c *ssh.Certificate) { c.ValidPrincipals = append(c.ValidPrincipals, trust.DeviceName(w.hq.id)) },
		"register of somebody else":              func(c *ssh.Certificate) { c.ValidPrincipals = append(c.ValidPrincipals, trust.HQName(other.register)) },
		"principal twice":                        func(c *ssh.Certificate) { c.ValidPrincipals = append(c.ValidPrincipals, c.ValidPrincipals[1]) },
		"critical option":                        func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "x"} },
		"extension":                              func(c *ssh.Certificate) { c.Extensions = map[string]string{"permit-pty": ""} },
		"serial zero":                            func(c *ssh.Certificate) { c.Serial = 0 },
		"serial too high":                        func(c *ssh.Certificate) { c.Serial = 1 << 53 },
		"not valid yet":                          func(c *ssh.Certificate) { c.ValidAfter = uint64(now.Unix() + 1) },
		"expired":                                func(c *ssh.Certificate) { c.ValidBefore = uint64(now.Unix()) },
		"another kind of key": func(c *ssh.Certificate) {
			c.Key = must(ssh.NewPublicKey(&must(rsa.GenerateKey(rand.Reader, 2048)).PublicKey))
		},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			_, err := w.trust.Device(w.forge(attack), now)
			wantCode(t, err, "E-CERT")
		})
	}
	t.Run("foreign authority", func(t *testing.T) {
		_, err := w.trust.Device(other.device.cert, now)
		wantCode(t, err, "E-CERT")
	})
	t.Run("changed after signing", func(t *testing.T) {
		cert := w.forge(func(*ssh.Certificate) {})
		cert.ValidPrincipals = append(cert.ValidPrincipals, trust.HQName(w.register))
		_, err := w.trust.Device(cert, now)
		wantCode(t, err, "E-CERT")
	})
	t.Run("user as device", func(t *testing.T) {
		_, err := w.trust.Device(w.user.cert, now)
		wantCode(t, err, "E-CERT")
	})
	t.Run("device as user", func(t *testing.T) {
		_, err := w.trust.User(w.device.cert, now)
		wantCode(t, err, "E-CERT")
	})
	t.Run("no certificate", func(t *testing.T) {
		_, err := w.trust.Device(nil, now)
		wantCode(t, err, "E-CERT")
	})
	t.Run("no directory", func(t *testing.T) {
		_, err := must(trust.Begin(w.rootDoc)).Device(w.device.cert, now)
		wantCode(t, err, "E-CERT")
	})
}

func TestUser_UnknownRole(t *testing.T) {
	w := newWorld(t, 1, false)
	name := trust.UserName(w.user.id)
	for _, principal := range []string{
		"role:BOSS@" + w.mission.String(), "role:INT", "role:INT@*", "role:@" + w.mission.String(), "mission:" + w.mission.String(), trust.HQName(w.register),
	} {
		cert := w.forge(func(c *ssh.Certificate) { c.KeyId, c.ValidPrincipals = name, []string{name, principal} })
		_, err := w.trust.User(cert, now)
		wantCode(t, err, "E-CERT")
	}
}

func TestRevocation_CutOff(t *testing.T) {
	w := newWorld(t, 1, false)
	cut := now.AddDate(0, 0, -3)
	w.miss.Version++
	w.miss.Revoked = []trust.Revocation{
		{Cut: cut, Kind: trust.RevokedDevice, Reason: "lost", Serial: w.device.cert.Serial},
		{Cut: cut, Kind: trust.RevokedDevice, Reason: "other kind, same number", Serial: w.user.cert.Serial},
	}
	after, refused := w.trust.Accept(now, must(w.keys.SignMission(w.miss)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	_, err := after.Device(w.device.cert, now)
	wantCode(t, err, "E-REVOKED")
	var revoked *trust.Revoked
	if !errors.As(err, &revoked) || !revoked.Cut.Equal(cut) {
		t.Errorf("cause %v", err)
	}
	if _, err := after.Device(w.device.cert, cut); err != nil {
		t.Errorf("first seen before the cut-off: %v", err)
	}
	if _, err := after.User(w.user.cert, now); err != nil {
		t.Errorf("a device's revocation hits a user: %v", err)
	}
	if _, err := w.trust.Device(w.device.cert, now); err != nil {
		t.Errorf("the old state changed: %v", err)
	}
}

func TestIssue_Refuses(t *testing.T) {
	w := newWorld(t, 1, false)
	for name, change := range map[string]func(*trust.DeviceSpec){
		"no id":         func(s *trust.DeviceSpec) { s.ID = uuid.Nil },
		"no key":        func(s *trust.DeviceSpec) { s.Key = nil },
		"time reversed": func(s *trust.DeviceSpec) { s.From = s.Until.Add(time.Hour) },
	} {
		spec := w.deviceSpec()
		change(&spec)
		if _, err := trust.IssueDevice(w.keys.CA, spec); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if _, err := trust.IssueDevice(ed25519.PrivateKey{}, w.deviceSpec()); err == nil {
		t.Error("no authority passes")
	}
	spec := w.deviceSpec()
	spec.Serial = 0
	a, b := must(trust.IssueDevice(w.keys.CA, spec)), must(trust.IssueDevice(w.keys.CA, spec))
	if a.Serial == b.Serial || a.Serial == 0 || a.Serial > trust.MaxSerial {
		t.Errorf("serials %d %d", a.Serial, b.Serial)
	}
}

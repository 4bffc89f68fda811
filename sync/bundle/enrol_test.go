package bundle_test

import (
	"testing"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

func TestEnrolment(t *testing.T) {
	w := newWorld(t, 1, false)
	device := w.newNode(domain.Open, domain.Case)
	requestDoc, request, err := trust.NewRequest(trust.RequestSpec{
		App: "0.1.0", Device: device.id, DeviceKey: device.key, Recipient: device.outer.Recipient().String(), Inbox: device.inboxes(),
		Users: []trust.RequestUserSpec{{User: device.userID, Key: device.user, Recipient: device.outer.Recipient().String()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := bundle.Spec{
		Kind: domain.BundleEnrolRequest, From: device.name(), User: trust.UserName(device.userID), Mission: w.mission, App: "0.1.0", Created: now,
		To:        []bundle.Addressee{{Node: trust.NodeHQ, Sequence: 1, Recipients: []string{w.dir.Enrolment}}},
		Documents: []trust.Document{requestDoc}, DeviceKey: device.key,
	}
	path, _ := w.write(t, ask)
	v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	if err != nil {
		t.Fatal(err)
	}
	if v.Request == nil || v.Request.Words("nb")[0] != request.Words("nb")[0] || v.Device.ID != uuid.Nil {
		t.Errorf("request %+v", v.Request)
	}
	stolen := ask
	stolen.DeviceKey = w.a.key
	path, _ = w.write(t, stolen)
	refused, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	wantRefused(t, refused, err, "E-SIG")
	renamed := ask
	renamed.From = w.a.name()
	path, _ = w.write(t, renamed)
	refused, err = bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	wantRefused(t, refused, err, "E-CERT")
	without := ask
	without.Documents = nil
	path, _ = w.write(t, without)
	refused, err = bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	wantRefused(t, refused, err, "E-MANIFEST")

	altered := ask
	altered.Documents = []trust.Document{{Name: requestDoc.Name, Bytes: requestDoc.Bytes, Signatures: requestDoc.Signatures[:1]}}
	path, _ = w.write(t, altered)
	refused, err = bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	wantRefused(t, refused, err, "E-SIG") // the user never signed the request

	// HQ answers.
	deviceCert := must(trust.IssueDevice(w.keys.CA, trust.DeviceSpec{
		ID: request.DeviceID(), Key: request.DeviceKey(), Missions: []uuid.UUID{w.mission}, From: now, Until: now.AddDate(0, 1, 0),
	}))
	userCert := must(trust.IssueUser(w.keys.CA, trust.UserSpec{
		ID: request.Users[0].ID(), Key: request.Users[0].PublicKey(), Roles: map[uuid.UUID][]domain.Role{w.mission: {domain.INT}}, From: now, Until: now.AddDate(0, 1, 0),
	}))
	grantDoc, _, err := trust.NewGrant(trust.GrantSpec{
		Request: request, Mission: w.mission, Issued: now, Device: deviceCert, Users: []*ssh.Certificate{userCert}, Key: w.hq.key, Cert: w.hq.cert,
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := bundle.Spec{
		Kind: domain.BundleEnrol, From: w.hq.name(), User: trust.UserName(w.hq.userID), Mission: w.mission, App: "0.1.0", Created: now,
		To:        []bundle.Addressee{{Node: device.name(), Sequence: 1, Recipients: []string{request.Recipient}}},
		Documents: append(w.trust.Documents(), grantDoc), DeviceKey: w.hq.key, DeviceCert: w.hq.cert, UserKey: w.hq.user, UserCert: w.hq.userCert,
	}
	path, _ = w.write(t, answer)
	policy := bundle.Policy{Now: now, Node: device.name(), Enrolment: &bundle.Enrolment{Request: request, Root: trust.Fingerprint(w.trust.FirstRoot())}}
	granted, err := bundle.Verify(t.Context(), path, device.keyring(), policy)
	if err != nil {
		t.Fatal(err)
	}
	if granted.Grant == nil || granted.Grant.Device.Serial != deviceCert.Serial || !granted.Device.HQ {
		t.Errorf("grant %+v", granted.Grant)
	}
	if _, ok := granted.Trust.Mission(w.mission); !ok {
		t.Error("mission directory not taken")
	}
	_, another, err := trust.NewRequest(trust.RequestSpec{
		App: "0.1.0", Device: device.id, DeviceKey: device.key, Recipient: device.outer.Recipient().String(), Inbox: device.inboxes(),
		Users: []trust.RequestUserSpec{{User: device.userID, Key: device.user, Recipient: device.outer.Recipient().String()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	waiting := policy
	waiting.Enrolment = &bundle.Enrolment{Request: another, Root: policy.Enrolment.Root}
	refused, err = bundle.Verify(t.Context(), path, device.keyring(), waiting)
	wantRefused(t, refused, err, "E-SIG") // the answer to an older request of the same device
	policy.Enrolment.Root[0] ^= 1
	refused, err = bundle.Verify(t.Context(), path, device.keyring(), policy)
	wantRefused(t, refused, err, "E-CERT") // somebody else's installation
	policy.Enrolment = nil
	refused, err = bundle.Verify(t.Context(), path, device.keyring(), policy)
	wantRefused(t, refused, err, "E-CERT")
	fromLaptop := answer
	fromLaptop.From, fromLaptop.User = w.a.name(), trust.UserName(w.a.userID)
	fromLaptop.DeviceKey, fromLaptop.DeviceCert, fromLaptop.UserKey, fromLaptop.UserCert = w.a.key, w.a.cert, w.a.user, w.a.userCert
	path, _ = w.write(t, fromLaptop)
	policy.Enrolment = &bundle.Enrolment{Request: request}
	refused, err = bundle.Verify(t.Context(), path, device.keyring(), policy)
	wantRefused(t, refused, err, "E-KIND")
}

// A newer directory in the file counts for the file itself; one that does not prove itself is reported and ignored.
func TestVerify_DocumentsInside(t *testing.T) {
	w := newWorld(t, 1, false)
	mission := w.miss
	mission.Version = 2
	newer := must(w.keys.SignMission(mission))
	spec := w.field(2)
	spec.Documents = append([]trust.Document{}, newer, trust.Document{Name: trust.NameDirectory, Bytes: []byte("{}\n"), Signatures: newer.Signatures})
	path, _ := w.write(t, spec)
	v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := v.Trust.Mission(w.mission); got.Version != 2 || len(v.DocumentErrors) != 1 || fault.Code(v.DocumentErrors[0]) != "E-DOC" || len(v.Documents) != 2 {
		t.Errorf("mission %d, errors %v", got.Version, v.DocumentErrors)
	}
	if held, _ := w.trust.Mission(w.mission); held.Version != 1 {
		t.Error("own trust changed")
	}
	m, err := bundle.Inspect(t.Context(), path, w.hq.keyring())
	if err != nil || m.Bundle != v.Manifest.Bundle {
		t.Errorf("inspect: %v", err)
	}
}

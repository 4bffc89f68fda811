package trust_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/sync/trust"

	"github.com/google/uuid"
)

func (w *world) requestSpec() trust.RequestSpec {
	return trust.RequestSpec{
		App: "0.1.0", Device: w.uuid(), DeviceKey: w.private(), Recipient: w.recipient(), Inbox: trust.Inboxes{"open": w.recipient(), "case": w.recipient()},
		Training: w.training,
		Users:    []trust.RequestUserSpec{{User: w.uuid(), Key: w.private(), Recipient: w.recipient()}, {User: w.uuid(), Key: w.private(), Recipient: w.recipient()}},
	}
}

func TestRequest(t *testing.T) {
	w := newWorld(t, 1, false)
	spec := w.requestSpec()
	doc, request, err := trust.NewRequest(spec)
	if err != nil {
		t.Fatal(err)
	}
	got, err := trust.ParseRequest(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got.DeviceID() != spec.Device || !got.DeviceKey().Equal(spec.DeviceKey.Public()) || got.Users[1].ID() != spec.Users[1].User ||
		!got.Users[0].PublicKey().Equal(spec.Users[0].Key.Public()) {
		t.Error("public parts differ")
	}
	words := request.Words("nb")
	if len(words) != 8 || !slices.Equal(words, got.Words("nb")) || !slices.Equal(words, got.Words("nn")) {
		t.Errorf("words %v %v", words, got.Words("nb"))
	}
	if slices.Equal(words, got.Words("en")) {
		t.Error("English words are Norwegian")
	}
	_, again, err := trust.NewRequest(spec)
	if err != nil || again.Nonce == request.Nonce || slices.Equal(words, again.Words("nb")) {
		t.Error("the same keys gave the same words, so they could be prepared")
	}

	// Words are the first 88 bits of the digest, 11 bits a word.
	digest := request.Digest()
	first := int(digest[0])<<3 | int(digest[1])>>5
	if list := strings.Fields(wordFile(t, "nb")); words[0] != list[first] {
		t.Errorf("first word %q, want %q", words[0], list[first])
	}
}

func TestRequest_Attacks(t *testing.T) {
	w := newWorld(t, 1, false)
	spec := w.requestSpec()
	doc, _, err := trust.NewRequest(spec)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody puts another person's key into the own request.
	stolen := spec
	stolen.Users = []trust.RequestUserSpec{{User: w.user.id, Key: w.private(), Recipient: w.recipient()}}
	foreign, _, err := trust.NewRequest(stolen)
	if err != nil {
		t.Fatal(err)
	}
	thief := stolen.Users[0].Key
	swapped := bytes.Replace(foreign.Bytes, []byte(publicText(thief)), []byte(publicText(w.user.key)), 1)
	for name, bad := range map[string]trust.Document{
		"altered text":         {Name: doc.Name, Bytes: bytes.Replace(doc.Bytes, []byte(`"0.1.0"`), []byte(`"0.1.1"`), 1), Signatures: doc.Signatures},
		"signature missing":    {Name: doc.Name, Bytes: doc.Bytes, Signatures: doc.Signatures[:2]},
		"signatures exchanged": {Name: doc.Name, Bytes: doc.Bytes, Signatures: [][]byte{doc.Signatures[1], doc.Signatures[0], doc.Signatures[2]}},
		"device signs for all": {Name: doc.Name, Bytes: doc.Bytes, Signatures: repeat(doc.Signatures[0], 3)},
		"no signature":         {Name: doc.Name, Bytes: doc.Bytes},
		"another person's key": {Name: doc.Name, Bytes: swapped, Signatures: [][]byte{
			must(trust.Sign(stolen.DeviceKey, nil, trust.NamespaceRequest, swapped)), must(trust.Sign(thief, nil, trust.NamespaceRequest, swapped)),
		}},
	} {
		_, err := trust.ParseRequest(bad)
		if err == nil {
			t.Errorf("%s passes", name)
		} else {
			wantCode(t, err, "E-DOC")
		}
	}
	for name, change := range map[string]func(*trust.RequestSpec){
		"no users":         func(s *trust.RequestSpec) { s.Users = nil },
		"one key for two":  func(s *trust.RequestSpec) { s.Users[1].Key = s.Users[0].Key },
		"user twice":       func(s *trust.RequestSpec) { s.Users[1].User = s.Users[0].User },
		"device key again": func(s *trust.RequestSpec) { s.Users[1].Key = s.DeviceKey },
		"no recipient":     func(s *trust.RequestSpec) { s.Recipient = "" },
	} {
		spec := w.requestSpec()
		change(&spec)
		if _, _, err := trust.NewRequest(spec); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// grantSpec makes the certificates for a request.
func (w *world) grantSpec(request trust.Request) trust.GrantSpec {
	spec := trust.GrantSpec{Request: request, Mission: w.mission, Issued: now, Key: w.hq.key, Cert: w.hq.cert}
	spec.Device = must(trust.IssueDevice(w.keys.CA, trust.DeviceSpec{
		ID: request.DeviceID(), Key: request.DeviceKey(), Missions: []uuid.UUID{w.mission}, From: now, Until: now.AddDate(0, 2, 0),
	}))
	for _, user := range request.Users {
		spec.Users = append(spec.Users, must(trust.IssueUser(w.keys.CA, trust.UserSpec{
			ID: user.ID(), Key: user.PublicKey(), Roles: map[uuid.UUID][]domain.Role{w.mission: {domain.INT}}, From: now, Until: now.AddDate(0, 2, 0),
		})))
	}
	return spec
}

func TestGrant(t *testing.T) {
	w := newWorld(t, 1, false)
	_, request, err := trust.NewRequest(w.requestSpec())
	if err != nil {
		t.Fatal(err)
	}
	spec := w.grantSpec(request)
	doc, _, err := trust.NewGrant(spec)
	if err != nil {
		t.Fatal(err)
	}
	granted, err := w.trust.Grant(doc, request, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(granted.Users) != 2 || trust.PublicText(granted.Device) != trust.PublicText(spec.Device) || !granted.Grant.Issued.Equal(now) {
		t.Errorf("granted %+v", granted.Grant)
	}
	if _, err := w.trust.Grant(doc, request, now.AddDate(-10, 0, 0)); err != nil {
		t.Errorf("a clock ten years behind locks out: %v", err)
	}

	_, other, err := trust.NewRequest(w.requestSpec())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.trust.Grant(doc, other, now)
	wantCode(t, err, "E-DOC") // the answer to somebody else's request
	foreign := newWorld(t, 2, false)
	_, err = foreign.trust.Grant(doc, request, now)
	wantCode(t, err, "E-CERT")
	for name, change := range map[string]func(*trust.GrantSpec){
		"signed by a laptop":    func(s *trust.GrantSpec) { s.Key, s.Cert = w.device.key, w.device.cert },
		"key of another device": func(s *trust.GrantSpec) { s.Device = w.device.cert },
		"own name, somebody else's key": func(s *trust.GrantSpec) {
			s.Device = must(trust.IssueDevice(w.keys.CA, trust.DeviceSpec{
				ID: request.DeviceID(), Key: public(w.device.key), Missions: []uuid.UUID{w.mission}, From: now, Until: now.AddDate(0, 2, 0),
			}))
		},
		"users exchanged":            func(s *trust.GrantSpec) { s.Users[0], s.Users[1] = s.Users[1], s.Users[0] },
		"another mission":            func(s *trust.GrantSpec) { s.Mission = w.register },
		"certificate by a stranger":  func(s *trust.GrantSpec) { *s = foreign.grantSpec(request); s.Key, s.Cert = w.hq.key, w.hq.cert },
		"device certificate as user": func(s *trust.GrantSpec) { s.Users[0] = s.Device },
	} {
		spec := w.grantSpec(request)
		change(&spec)
		doc, _, err := trust.NewGrant(spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.trust.Grant(doc, request, now); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	training := newWorld(t, 1, true)
	_, err = training.trust.Grant(doc, request, now)
	wantCode(t, err, "E-WORLD")
	if _, _, err := trust.NewGrant(trust.GrantSpec{Request: request, Users: []*ssh.Certificate{}}); err == nil {
		t.Error("a grant without certificates")
	}
}

func TestWordLists(t *testing.T) {
	for _, lang := range []string{"nb", "en"} {
		words := strings.Fields(wordFile(t, lang))
		if len(words) != 2048 || !slices.IsSorted(words) {
			t.Fatalf("%s: %d words, sorted %v", lang, len(words), slices.IsSorted(words))
		}
		stems := map[string]string{}
		for _, word := range words {
			n := utf8.RuneCountInString(word)
			if n < 3 || n > 12 || strings.ToLower(word) != word || strings.ContainsAny(word, "-' ") {
				t.Errorf("%s: %q does not suit", lang, word)
			}
			stem := string([]rune(word)[:min(n, 5)])
			if before, ok := stems[stem]; ok {
				t.Errorf("%s: %q and %q are near", lang, before, word)
			}
			stems[stem] = word
		}
		for i, a := range words {
			for _, b := range words[i+1:] {
				if oneApart([]rune(a), []rune(b)) {
					t.Errorf("%s: %q and %q differ by one letter", lang, a, b)
				}
			}
		}
	}
}

// oneApart reports whether one letter put in, left out or exchanged makes one word of the other.
func oneApart(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(a) || slices.Equal(a[i+1:], b[i+1:])
	}
	return slices.Equal(a[i:], b[i+1:])
}

package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/sync/trust"
)

func TestAccept_Order(t *testing.T) {
	w := newWorld(t, 1, false)
	begun := must(trust.Begin(w.rootDoc))
	got, refused := begun.Accept(now, w.missionDoc, w.directoryDoc, w.rootDoc)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	mission, ok := got.Mission(w.mission)
	if !ok || got.Directory().Version != 1 || mission.Version != 5 {
		t.Error("documents in reverse order were not all taken")
	}
	node, ok := mission.Node(trust.DeviceName(w.device.id))
	if !ok || node.Alias != "Laptop A" || mission.UserAlias(w.user.id.String()) != "Intervjuer A" || mission.HQ().Inbox["case"] == "" {
		t.Error("mission's nodes and users")
	}
	if begun.Directory() != nil || len(begun.Missions()) != 0 {
		t.Error("Accept changed the state it started from")
	}
	again, refused := got.Accept(now, got.Documents()...)
	if len(refused) > 0 || !cmp.Equal(again.Documents(), got.Documents()) {
		t.Errorf("the same documents again: %v", refused)
	}
}

func TestEncodeDecode(t *testing.T) {
	w := newWorld(t, 1, true)
	stored := must(w.trust.Encode())
	got, err := trust.Decode(stored)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.trust.Documents(), got.Documents()); diff != "" {
		t.Error(diff)
	}
	if !got.Training() {
		t.Error("world lost")
	}
	for _, bad := range [][]byte{nil, []byte("[]\n"), []byte("null\n"), stored[:len(stored)/2]} {
		_, err := trust.Decode(bad)
		wantCode(t, err, "E-DOC")
	}
}

func TestAccept_Rollback(t *testing.T) {
	w := newWorld(t, 1, false)
	newer := w.miss
	newer.Version++
	newDirectory := w.directory
	newDirectory.Version++
	current, refused := w.trust.Accept(now, must(w.keys.SignMission(newer)), must(w.keys.SignDirectory(newDirectory)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	after, refused := current.Accept(now, w.missionDoc, w.directoryDoc)
	if len(refused) != 2 {
		t.Fatalf("refused %v", refused)
	}
	for _, err := range refused {
		wantCode(t, err, "E-DOC")
		if !errors.Is(err, trust.ErrOlder) {
			t.Errorf("cause %v", err)
		}
	}
	if mission, _ := after.Mission(w.mission); mission.Version != newer.Version || after.Directory().Version != 2 {
		t.Error("an older version replaced a newer one")
	}
	other := newer
	other.Expires = other.Expires.AddDate(1, 0, 0)
	_, refused = current.Accept(now, must(w.keys.SignMission(other)))
	if err := one(t, refused); !errors.Is(err, trust.ErrOtherContent) {
		t.Errorf("same version, other content: %v", err)
	}
}

func TestAccept_Attacks(t *testing.T) {
	w, foreign := newWorld(t, 1, false), newWorld(t, 2, false)
	next := w.miss
	next.Version++
	good := must(w.keys.SignMission(next))
	directory := w.directory
	directory.Version++
	goodDirectory := must(w.keys.SignDirectory(directory))
	bySomebody := func(doc trust.Document, key ed25519.PrivateKey) trust.Document {
		return must(trust.CoSign(trust.Document{Name: doc.Name, Bytes: doc.Bytes}, key))
	}
	otherNamespace := func(doc trust.Document, key ed25519.PrivateKey) trust.Document {
		doc.Signatures = [][]byte{must(trust.Sign(key, nil, trust.NamespaceRoot, doc.Bytes))}
		return doc
	}
	for name, doc := range map[string]trust.Document{
		"mission signed by a stranger":           bySomebody(good, foreign.keys.Admin),
		"mission signed by the root":             bySomebody(good, w.keys.Root),
		"mission signed by the authority":        bySomebody(good, w.keys.CA),
		"mission under another namespace":        otherNamespace(good, w.keys.Admin),
		"mission without signature":              {Name: good.Name, Bytes: good.Bytes},
		"mission signed by a certificate":        {Name: good.Name, Bytes: good.Bytes, Signatures: [][]byte{must(trust.Sign(w.hq.key, w.hq.cert, trust.NamespaceDirectory, good.Bytes))}},
		"mission with altered text":              {Name: good.Name, Bytes: bytes.Replace(good.Bytes, []byte("Laptop A"), []byte("Laptop B"), 1), Signatures: good.Signatures},
		"mission under another name":             {Name: trust.MissionFile(w.register), Bytes: good.Bytes, Signatures: good.Signatures},
		"mission with one false signature":       {Name: good.Name, Bytes: good.Bytes, Signatures: append([][]byte{w.missionDoc.Signatures[0]}, good.Signatures...)},
		"mission with ten signatures":            {Name: good.Name, Bytes: good.Bytes, Signatures: repeat(good.Signatures[0], 10)},
		"directory signed by a roster key":       bySomebody(goodDirectory, w.keys.Admin),
		"directory of another installation":      foreign.directoryDoc,
		"mission of another installation":        foreign.missionDoc,
		"root of another installation, taken on": foreign.rootDoc,
	} {
		t.Run(name, func(t *testing.T) {
			after, refused := w.trust.Accept(now, doc)
			wantCode(t, one(t, refused), "E-DOC")
			if !cmp.Equal(after.Documents(), w.trust.Documents()) {
				t.Error("state changed")
			}
		})
	}
}

func repeat(b []byte, n int) (all [][]byte) {
	for range n {
		all = append(all, b)
	}
	return all
}

func TestAccept_ThresholdTwo(t *testing.T) {
	w := newWorld(t, 1, false)
	w.directory.Version, w.directory.MissionThreshold = 2, 2
	second := w.private()
	w.directory.RosterKeys = append(w.directory.RosterKeys, trust.RosterKey{Key: publicText(second), Kind: trust.RosterAdmin})
	strict, refused := w.trust.Accept(now, must(w.keys.SignDirectory(w.directory)))
	if len(refused) > 0 {
		t.Fatal(refused) // the mission held was signed by both kinds
	}
	next := w.miss
	next.Version++
	both := must(w.keys.SignMission(next))
	bare := trust.Document{Name: both.Name, Bytes: both.Bytes}
	for name, c := range map[string]struct {
		doc trust.Document
		ok  bool
	}{
		"admin and content":      {both, true},
		"admin alone":            {must(trust.CoSign(bare, w.keys.Admin)), false},
		"content alone":          {must(trust.CoSign(bare, w.keys.Content)), false},
		"one key counted twice":  {must(trust.CoSign(bare, w.keys.Admin, w.keys.Admin)), false},
		"two admins, no content": {must(trust.CoSign(bare, w.keys.Admin, second)), false},
		"admin and the root":     {must(trust.CoSign(bare, w.keys.Admin, w.keys.Root)), false},
	} {
		_, refused := strict.Accept(now, c.doc)
		if (len(refused) == 0) != c.ok {
			t.Errorf("%s: %v", name, refused)
		}
	}
}

func TestAccept_TrainingMeetsReal(t *testing.T) {
	w := newWorld(t, 1, false)
	w.root.Training, w.directory.Training, w.miss.Training = true, true, true
	w.root.Version, w.directory.Version, w.miss.Version = 2, 2, 6
	for _, doc := range []trust.Document{must(w.keys.SignRoot(w.root)), must(w.keys.SignDirectory(w.directory)), must(w.keys.SignMission(w.miss))} {
		after, refused := w.trust.Accept(now, doc)
		wantCode(t, one(t, refused), "E-WORLD")
		if after.Training() || !cmp.Equal(after.Documents(), w.trust.Documents()) {
			t.Errorf("%s: state changed", doc.Name)
		}
	}
}

// rotate makes the step from 1-of-1 to 2-of-3.
func rotate(w *world) (root trust.Root, fresh []ed25519.PrivateKey) {
	root = w.root
	root.Version, root.Threshold, root.Keys = 2, 2, nil
	for range 3 {
		key := w.private()
		fresh, root.Keys = append(fresh, key), append(root.Keys, publicText(key))
	}
	return root, fresh
}

func TestAccept_RootRotation(t *testing.T) {
	w := newWorld(t, 1, false)
	root, fresh := rotate(w)
	byOld := must(w.keys.SignRoot(root))
	bare := trust.Document{Name: byOld.Name, Bytes: byOld.Bytes}
	stepped := must(trust.CoSign(byOld, fresh[0], fresh[2]))
	directory := w.directory
	directory.Version++
	signed := must(w.keys.SignDirectory(directory))
	resigned := must(trust.CoSign(trust.Document{Name: signed.Name, Bytes: signed.Bytes}, fresh[1], fresh[2]))

	for name, docs := range map[string][]trust.Document{
		"without the old key":               {must(trust.CoSign(bare, fresh[0], fresh[1])), resigned},
		"with one new key":                  {must(trust.CoSign(byOld, fresh[0])), resigned},
		"with one new key twice":            {must(trust.CoSign(byOld, fresh[0], fresh[0])), resigned},
		"without a directory of its own":    {stepped},
		"with a directory of the old root":  {stepped, signed},
		"with a directory under one of two": {stepped, must(trust.CoSign(trust.Document{Name: signed.Name, Bytes: signed.Bytes}, fresh[1]))},
	} {
		after, refused := w.trust.Accept(now, docs...)
		if len(refused) == 0 || after.Root().Version != 1 || after.Directory() == nil {
			t.Errorf("%s: %v, root %d", name, refused, after.Root().Version)
		}
	}

	after, refused := w.trust.Accept(now, resigned, stepped)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	if after.Root().Version != 2 || after.Directory().Version != 2 {
		t.Fatal("step not taken")
	}
	if _, ok := after.Mission(w.mission); !ok {
		t.Error("mission lost though its roster keys stand in the new directory")
	}
	if after.FirstRoot().Bytes == nil || trust.Fingerprint(after.FirstRoot()) != trust.Fingerprint(w.rootDoc) {
		t.Error("first root lost")
	}
	// A new machine that knows only the first root walks the whole chain.
	fromFirst, refused := must(trust.Begin(w.rootDoc)).Accept(now, after.Documents()...)
	if len(refused) > 0 || fromFirst.Root().Version != 2 {
		t.Errorf("walk from the first root: %v", refused)
	}
	if again, err := trust.Decode(must(after.Encode())); err != nil || again.Root().Version != 2 {
		t.Errorf("decode: %v", err)
	}
	// Back to the old root, and over a version.
	_, refused = after.Accept(now, w.rootDoc)
	if len(refused) > 0 {
		t.Errorf("a known root of the chain: %v", refused)
	}
	skip := root
	skip.Version = 4
	_, refused = after.Accept(now, must(trust.CoSign(must(w.keys.SignRoot(skip)), fresh...)))
	wantCode(t, one(t, refused), "E-DOC")
	// The old key signs no directory any more.
	stale := directory
	stale.Version = 9
	_, refused = after.Accept(now, must(w.keys.SignDirectory(stale)))
	wantCode(t, one(t, refused), "E-DOC")
}

// A stolen roster key may have signed a mission directory with a very high version. The roots replace the key; the honest
// directory with its ordinary version must then count again.
func TestAccept_StolenRosterKey(t *testing.T) {
	w := newWorld(t, 1, false)
	thief := w.miss
	thief.Version = 1 << 40
	thief.Nodes = append([]trust.Node{}, w.miss.Nodes...)
	bare := must((&trust.Keys{Admin: w.keys.Admin}).SignMission(thief))
	stolen, refused := w.trust.Accept(now, bare)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	w.keys.Admin = w.private()
	directory := w.directory
	directory.Version++
	directory.RosterKeys = []trust.RosterKey{{Key: publicText(w.keys.Admin), Kind: trust.RosterAdmin}, w.directory.RosterKeys[1]}
	orphaned, refused := stolen.Accept(now, must(w.keys.SignDirectory(directory)))
	if err := one(t, refused); !errors.Is(err, trust.ErrOrphaned) {
		t.Errorf("got %v", err)
	}
	if _, ok := orphaned.Mission(w.mission); ok {
		t.Error("the thief's directory still counts")
	}
	healed, refused := orphaned.Accept(now, must(w.keys.SignMission(w.miss)))
	if mission, ok := healed.Mission(w.mission); len(refused) > 0 || !ok || mission.Version != w.miss.Version {
		t.Errorf("honest directory not taken: %v", refused)
	}
}

func TestWarnings(t *testing.T) {
	w := newWorld(t, 1, false)
	kinds := func(ws []trust.Warning) (s string) {
		for _, w := range ws {
			s += w.Kind + " " + strings.SplitN(w.Document, "-", 2)[0] + "; "
		}
		return s
	}
	if got, want := kinds(w.trust.Warnings(now)), "single-root root.json; single-roster directory.json; "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := kinds(w.trust.Warnings(now.AddDate(5, 0, 0))); strings.Count(got, "expired") != 3 {
		t.Errorf("after five years: %q", got)
	}
	// An expired directory warns and locks nobody out.
	if _, err := w.trust.Device(must(trust.IssueDevice(w.keys.CA, trust.DeviceSpec{
		ID: w.device.id, Key: public(w.device.key), From: now, Until: now.AddDate(9, 0, 0),
	})), now.AddDate(5, 0, 0)); err != nil {
		t.Error(err)
	}
}

// Every document has one spelling: nothing that means the same in other bytes is taken.
func TestDocuments_OneSpelling(t *testing.T) {
	w := newWorld(t, 1, false)
	text := string(w.missionDoc.Bytes)
	for name, changed := range map[string]string{
		"white space":      strings.Replace(text, `":`, `": `, 1),
		"no line end":      strings.TrimSuffix(text, "\n"),
		"two line ends":    text + "\n",
		"duplicate key":    strings.Replace(text, `"training":false`, `"training":false,"training":false`, 1),
		"unknown member":   strings.Replace(text, `"training":false`, `"trainee":true,"training":false`, 1),
		"missing member":   strings.Replace(text, `"revoked":[],`, ``, 1),
		"null":             strings.Replace(text, `"revoked":[]`, `"revoked":null`, 1),
		"other case":       strings.Replace(text, `"training"`, `"Training"`, 1),
		"upper-case uuid":  strings.Replace(text, w.mission.String(), strings.ToUpper(w.mission.String()), 1),
		"offset of time":   strings.Replace(text, `00Z"`, `00+00:00"`, 1),
		"fraction of time": strings.Replace(text, `00Z"`, `00.5Z"`, 1),
		"escape":           strings.Replace(text, "Laptop A", `Laptop \u0041`, 1),
		"deep":             strings.Replace(text, `"revoked":[]`, `"revoked":`+strings.Repeat("[", 40)+strings.Repeat("]", 40), 1),
		"float":            strings.Replace(text, `"version":5`, `"version":5.0`, 1),
		"negative":         strings.Replace(text, `"version":5`, `"version":-5`, 1),
		"byte order mark":  "\ufeff" + text,
	} {
		if changed == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		doc := must(trust.CoSign(trust.Document{Name: w.missionDoc.Name, Bytes: []byte(changed)}, w.keys.Admin, w.keys.Content))
		begun, _ := must(trust.Begin(w.rootDoc)).Accept(now, w.directoryDoc)
		if _, refused := begun.Accept(now, doc); len(refused) != 1 {
			t.Errorf("%s passes", name)
		}
	}
}

func TestSign_RefusesBadDocuments(t *testing.T) {
	w := newWorld(t, 1, false)
	for name, change := range map[string]func(*trust.Directory){
		"no authority":               func(d *trust.Directory) { d.CA = nil },
		"three authorities":          func(d *trust.Directory) { d.CA = append(d.CA, publicText(w.private()), publicText(w.private())) },
		"one key in two places":      func(d *trust.Directory) { d.RosterKeys[0].Key = d.CA[0] },
		"threshold of three":         func(d *trust.Directory) { d.MissionThreshold = 3 },
		"threshold without content":  func(d *trust.Directory) { d.MissionThreshold, d.RosterKeys = 2, d.RosterKeys[:1] },
		"unknown kind":               func(d *trust.Directory) { d.RosterKeys[0].Kind = "boss" },
		"recipient that is not one":  func(d *trust.Directory) { d.Recovery = "age1qqq" },
		"weaker key derivation":      func(d *trust.Directory) { d.Policy.KDFMemoryKiB = 1024 },
		"never covered":              func(d *trust.Directory) { d.Policy.CoverMinutes = 0 },
		"time with fraction":         func(d *trust.Directory) { d.Expires = d.Expires.Add(1) },
		"no register":                func(d *trust.Directory) { d.Register = uuid.Nil },
		"version zero":               func(d *trust.Directory) { d.Version = 0 },
		"line end in a key":          func(d *trust.Directory) { d.CA[0] += "\n" },
		"comment behind a key":       func(d *trust.Directory) { d.CA[0] += " root@hq" },
		"options in front of a key":  func(d *trust.Directory) { d.CA[0] = "cert-authority " + d.CA[0] },
		"control character in words": func(d *trust.Directory) { d.Policy.UpdateFloor = "1\x00" },
	} {
		directory := w.directory
		directory.CA = append([]string{}, w.directory.CA...)
		directory.RosterKeys = append([]trust.RosterKey{}, w.directory.RosterKeys...)
		change(&directory)
		if _, err := w.keys.SignDirectory(directory); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	for name, change := range map[string]func(*trust.Mission){
		"node twice":            func(m *trust.Mission) { m.Nodes = append(m.Nodes, m.Nodes[0]) },
		"unknown status":        func(m *trust.Mission) { m.Nodes[0].Status = "maybe" },
		"unknown compartment":   func(m *trust.Mission) { m.Nodes[0].Inbox = trust.Inboxes{"secret": w.recipient()} },
		"user twice":            func(m *trust.Mission) { m.Users = append(m.Users, m.Users[0]) },
		"unknown role":          func(m *trust.Mission) { m.Users[0].Roles = []string{"BOSS"} },
		"five recipients":       func(m *trust.Mission) { m.Users[0].Recipients = strings.Fields(strings.Repeat(w.recipient()+" ", 5)) },
		"serial zero":           func(m *trust.Mission) { m.Revoked = []trust.Revocation{{Cut: now, Kind: "user"}} },
		"revocation of unknown": func(m *trust.Mission) { m.Revoked = []trust.Revocation{{Cut: now, Kind: "root", Serial: 1}} },
		"alias over two lines":  func(m *trust.Mission) { m.Users[0].Alias = "A\nB" },
		"no mission":            func(m *trust.Mission) { m.ID = uuid.Nil },
	} {
		mission := w.miss
		mission.Nodes = append([]trust.Node{}, w.miss.Nodes...)
		mission.Users = append([]trust.MissionUser{}, w.miss.Users...)
		change(&mission)
		if _, err := w.keys.SignMission(mission); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	for name, change := range map[string]func(*trust.Root){
		"threshold zero":       func(r *trust.Root) { r.Threshold = 0 },
		"threshold too high":   func(r *trust.Root) { r.Threshold = 2 },
		"one key stands twice": func(r *trust.Root) { r.Threshold, r.Keys = 2, []string{r.Keys[0], r.Keys[0]} },
	} {
		root := w.root
		change(&root)
		if _, err := w.keys.SignRoot(root); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

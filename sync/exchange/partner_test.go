package exchange_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// projectedID finds identifiers of version 8: those that headquarters makes for somebody outside.
var projectedID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

var (
	partnerTold = domain.FieldList{"roster_person": {"birth_year", "given_name", "language"}}
	partnerAsks = domain.FieldList{"alternative_measure": {"language", "minutes", "person", "type"}, "roster_person": {"language"}}
)

// mustPartner registers a partner and enrols one machine of it.
func (in *installation) mustPartner(t testing.TB, name string) (m *machine, partner uuid.UUID) {
	t.Helper()
	keys := filepath.Join(in.dir, "keys")
	registered, err := exchange.RegisterPartner(t.Context(), in.hq.ws, exchange.PartnerOptions{
		Ceremony: exchange.Ceremony{Keys: keys, Passphrase: keysPass}, Name: name, Mission: in.mission,
		Sends: partnerTold, Answers: partnerAsks, Until: today.AddDate(0, 1, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	old := in.mission
	in.mission = registered.ID
	defer func() { in.mission = old }()
	return in.mustJoin(t, name, domain.NCO), registered.ID
}

// mustShare makes two partners who were both told of the one person on the roster.
func (in *installation) mustShare(t testing.TB) (a, b *machine, entry exchange.RosterEntry) {
	t.Helper()
	a, _ = in.mustPartner(t, "skole")
	b, _ = in.mustPartner(t, "mottak")
	caseID, _ := in.mustCaseload(t)
	if _, err := exchange.AddToRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{caseID}); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*machine{a, b} {
		exported := mustExport(t, in.hq, m.name)
		if exported.Kind != domain.BundlePartnerOut {
			t.Errorf("kind %s", exported.Kind)
		}
		if result := mustImport(t, m, exported.File); len(result.Reasons) != 0 {
			t.Errorf("%s refuses %v", m.name, result.Reasons)
		}
	}
	return a, b, mustRoster(t, in)[0]
}

// theOnly is the one object of a type that a machine shows.
func theOnly(t testing.TB, m *machine, of domain.Type) *workspace.Record {
	t.Helper()
	records, err := m.ws.Objects(t.Context(), of, uuid.Nil)
	if err != nil || len(records) != 1 {
		t.Fatalf("%s has %d %s, %v", m.name, len(records), of, err)
	}
	return records[0]
}

// TestPartner_TwoListsCannotBeJoined: each partner gets the listed fields and no other, under identifiers that the other's list
// does not have; headquarters' own record knows nothing of either list.
func TestPartner_TwoListsCannotBeJoined(t *testing.T) {
	in := mustInstall(t)
	a, b, entry := in.mustShare(t)
	at, to := theOnly(t, a, "roster_person"), theOnly(t, b, "roster_person")
	if at.ID() == to.ID() || at.ID() == entry.ID || to.ID() == entry.ID || at.Case() == to.Case() || at.Case() == uuid.Nil {
		t.Errorf("identifiers %s %s of %s, cases %s %s", at.ID(), to.ID(), entry.ID, at.Case(), to.Case())
	}
	if fields := at.Fields(); !slices.Equal(fields, []string{"birth_year", "given_name"}) || at.Text("given_name") != "Test" {
		t.Errorf("fields %v", fields)
	}
	// Nothing in one list stands in the other but the values themselves and who made them.
	ids := func(m *machine) map[string]bool {
		found := map[string]bool{}
		for _, id := range projectedID.FindAllString(string(everyLine(t, m)), -1) {
			found[id] = true
		}
		return found
	}
	for id := range ids(a) {
		if ids(b)[id] {
			t.Errorf("both partners know %s", id)
		}
	}
	for _, m := range []*machine{a, b} {
		all := everyLine(t, m)
		for _, secret := range []string{entry.ID.String(), entry.Person.String(), entry.Case.String(), "Mappe", `"src"`, "case_number"} {
			if bytes.Contains(all, []byte(secret)) {
				t.Errorf("%s holds %q", m.name, secret)
			}
		}
	}
	if n := len(mustRoster(t, in)); n != 1 {
		t.Errorf("headquarters shows %d persons on the roster", n)
	}
	count := in.hq.ws.Register().Count(domain.Orientation)
	send(t, in.hq, a.name, a)
	if in.hq.ws.Register().Count(domain.Orientation) != count {
		t.Error("told again what the partner knows")
	}
	if _, err := exchange.RemoveFromRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{entry.Person}); err != nil {
		t.Fatal(err)
	}
	send(t, in.hq, a.name, a)
	if records, err := a.ws.Objects(t.Context(), "roster_person", uuid.Nil); err != nil || len(records) != 0 {
		t.Errorf("%d persons left at the partner, %v", len(records), err)
	}
}

// TestPartner_Answers: what a partner may answer becomes part of the register's own record, once, with the partner's line as
// source; an undo of the file takes it back, and later answers replace earlier ones.
func TestPartner_Answers(t *testing.T) {
	in := mustInstall(t)
	a, _, entry := in.mustShare(t)
	person := theOnly(t, a, "roster_person")
	measure := mustSet(t, a, workspace.Target{Type: "alternative_measure", Case: person.Case(), Subject: person.ID()}, map[string]domain.Answer{
		"person": text(person.ID().String()), "type": text("reduced_programme_oral"), "minutes": {Value: int64(90)},
	}).ID()
	mustSet(t, a, workspace.Target{Type: "roster_person", ID: person.ID()}, map[string]domain.Answer{"language": text("swa")})
	before := content(t, in.hq)
	exported := mustExport(t, a, "hq")
	if exported.Kind != domain.BundlePartnerIn {
		t.Errorf("kind %s", exported.Kind)
	}
	result := mustImport(t, in.hq, exported.File)
	if len(result.Reasons) != 0 {
		t.Fatalf("refused %v", result.Reasons)
	}
	record := theOnly(t, in.hq, "alternative_measure")
	if record.ID() == measure || record.Subject() != entry.ID || record.Reference("person") != entry.ID || record.Case() == person.Case() || record.Case() == uuid.Nil {
		t.Errorf("the answer is not in the register's own terms: %s about %s in %s", record.ID(), record.Subject(), record.Case())
	}
	if heads := record.Heads("minutes"); len(heads) != 1 || heads[0].By != a.ws.Me().User || heads[0].Name.Device != a.ws.Me().Device {
		t.Errorf("whose answer: %+v", heads)
	}
	if got := theOnly(t, in.hq, "roster_person").Text("language"); got != "swa" {
		t.Errorf("language %q", got)
	}
	shown := content(t, in.hq)
	mustImport(t, in.hq, exported.File)
	if result := send(t, in.hq, a.name, a); result.Conflicts != 0 || content(t, in.hq) != shown {
		t.Errorf("the same answers again: conflicts %d\n%s", result.Conflicts, content(t, in.hq))
	}
	if got := theOnly(t, a, "roster_person"); got.Text("language") != "swa" || got.Conflicted("language") {
		t.Errorf("the partner is told of its own answer as another: %q, conflict %v", got.Text("language"), got.Conflicted("language"))
	}
	mustSet(t, a, workspace.Target{Type: "alternative_measure", ID: measure}, map[string]domain.Answer{"minutes": {Value: int64(120)}})
	second := send(t, a, "hq", in.hq)
	if record = theOnly(t, in.hq, "alternative_measure"); record.Text("minutes") != "120" || record.Conflicted("minutes") || second.Conflicts != 0 {
		t.Errorf("minutes %q, conflict %v", record.Text("minutes"), record.Conflicted("minutes"))
	}
	in.hq.as(t, 0)
	if record = theOnly(t, in.hq, "alternative_measure"); record.Text("minutes") != "120" {
		t.Errorf("after the lock: minutes %q", record.Text("minutes"))
	}
	mustUndo(t, in.hq, second.Import)
	if record = theOnly(t, in.hq, "alternative_measure"); record.Text("minutes") != "90" {
		t.Errorf("after the undo: minutes %q", record.Text("minutes"))
	}
	mustUndo(t, in.hq, result.Import)
	if got := content(t, in.hq); got != before {
		t.Errorf("after both undos:\n%s\nwant\n%s", got, before)
	}
	for _, c := range []domain.Compartment{domain.Open, domain.Orientation} { // the words on its files are headquarters' own
		for _, v := range lines(t, in.hq, c) {
			if audience := v.Line.Audience; strings.Contains(audience, a.ws.Me().Mission.String()) && audience != workspace.PartnerAudience(a.ws.Me().Mission) {
				t.Errorf("headquarters writes in %s for %s", c, audience)
			}
		}
	}
}

// TestPartner_Refusals: what a partner may not answer is kept and does not count, each violation with its code.
func TestPartner_Refusals(t *testing.T) {
	in := mustInstall(t)
	a, b, entry := in.mustShare(t)
	person, other := theOnly(t, a, "roster_person"), theOnly(t, b, "roster_person")
	mustSet(t, a, workspace.Target{Type: "roster_person", ID: person.ID()}, map[string]domain.Answer{"language": text("swa")})
	row := func(l *oplog.Line, about uuid.UUID) {
		l.Type, l.Object = "alternative_measure", uuid.New()
		l.Set["minutes"] = json.RawMessage("60")
		l.Set["about"] = json.RawMessage(`"` + about.String() + `"`)
	}
	violations := []struct {
		name, code string
		change     func(l *oplog.Line)
	}{
		{"a field that is not on the list", "E-LIST", func(l *oplog.Line) { l.Set["contact"] = json.RawMessage(`"Telt 9"`) }},
		{"a field that it was told of and may not answer", "E-LIST", func(l *oplog.Line) { l.Set["given_name"] = json.RawMessage(`"Annet"`) }},
		{"removing what headquarters told", "E-LIST", func(l *oplog.Line) { l.Set["_deleted"] = json.RawMessage(`true`) }},
		{"a type that is not on the list", "E-LIST", func(l *oplog.Line) {
			l.Type, l.Object, l.Set = "attendance", uuid.New(), map[string]json.RawMessage{"state": json.RawMessage(`"present"`)}
		}},
		{"a person whom it was not told of", "E-ID", func(l *oplog.Line) { l.Object, l.Set["language"] = uuid.New(), json.RawMessage(`"lin"`) }},
		{"the other partner's name of the person", "E-ID", func(l *oplog.Line) { l.Object, l.Set["language"] = other.ID(), json.RawMessage(`"lin"`) }},
		{"the register's name of the person", "E-ID", func(l *oplog.Line) { row(l, entry.ID) }},
		{"another case", "E-ID", func(l *oplog.Line) { l.Case, l.Set["language"] = entry.Case, json.RawMessage(`"lin"`) }},
		{"a row about nobody", "E-ID", func(l *oplog.Line) { row(l, person.ID()); delete(l.Set, "about") }},
		{"a decision", "E-ROLE", func(l *oplog.Line) {
			l.Type, l.Object, l.Set = "orientation_import", uuid.New(), map[string]json.RawMessage{"excluded": json.RawMessage("true")}
		}},
	}
	names := poison(t, a, domain.Orientation, func(i int, l *oplog.Line) {
		l.Type, l.Object = "roster_person", person.ID()
		violations[i].change(l)
	}, len(violations))
	mustImport(t, in.hq, mustExport(t, a, "hq").File)
	for i, v := range violations {
		if !slices.ContainsFunc(in.hq.ws.Quarantine(), func(q workspace.Quarantined) bool { return q.Name == names[i] && q.Code == v.code }) {
			t.Errorf("%s: not kept with %s", v.name, v.code)
		}
	}
	if got := theOnly(t, in.hq, "roster_person"); got.Text("language") != "swa" || got.Text("given_name") != "Test" || got.Text("contact") != "" {
		t.Errorf("the roster shows %q %q %q", got.Text("language"), got.Text("given_name"), got.Text("contact"))
	}
	if records, err := in.hq.ws.Objects(t.Context(), "alternative_measure", uuid.Nil); err != nil || len(records) != 0 {
		t.Errorf("%d rows were taken, %v", len(records), err)
	}
}

// TestPartner_FilesRefused: a partner's machine sends its own kind under its own directory, and nothing else.
func TestPartner_FilesRefused(t *testing.T) {
	in := mustInstall(t)
	a, _, _ := in.mustShare(t)
	iom := in.mustJoin(t, "iom", domain.NCO)
	forge := func(from *machine, kind string, mission uuid.UUID) string {
		ws := from.ws
		node, user := ws.Node(), ws.Register().Identity()
		card, _ := node.Card(user.User)
		known, ok := in.hq.ws.Trust().Mission(mission)
		if !ok {
			t.Fatal("no such directory")
		}
		file := filepath.Join(t.TempDir(), "forged.feltbok")
		_, err := bundle.Write(t.Context(), file, bundle.Spec{
			Kind: kind, From: node.Name(), User: trust.UserName(user.User), Mission: mission, Training: ws.Me().Training, App: "1.0.0", Created: ws.Now(),
			HLC: oplog.HLCAt(ws.Now()), To: []bundle.Addressee{{Node: trust.NodeHQ, Sequence: 1, Recipients: []string{known.HQ().Recipient, ws.Trust().Directory().Recovery}}},
			DeviceKey: node.Key, DeviceCert: node.Certificate, UserKey: user.Sign, UserCert: card.Certificate,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	own := a.ws.Me().Mission
	for _, c := range []struct {
		name, code, file string
	}{
		{"a partner's machine with the kind of IOM", "E-KIND", forge(a, domain.BundleOrientation, own)},
		{"IOM's machine with the kind of a partner", "E-KIND", forge(iom, domain.BundlePartnerIn, in.mission)},
		{"IOM's key under the partner's directory", "E-CERT", forge(iom, domain.BundlePartnerIn, own)},
		{"the partner's key under the mission's directory", "E-CERT", forge(a, domain.BundleOrientation, in.mission)},
		{"a partner's machine with the kind of headquarters", "E-KIND", forge(a, domain.BundlePartnerOut, own)},
	} {
		_, err := exchange.Import(t.Context(), in.hq.ws, c.file, nil)
		wantCode(t, c.name, err, c.code)
	}
}

// TestRegisterPartner_Refusals: lists that would tell too much, and people with a role of the mission.
func TestRegisterPartner_Refusals(t *testing.T) {
	in := mustInstall(t)
	register := func(change func(*exchange.PartnerOptions)) error {
		o := exchange.PartnerOptions{
			Ceremony: exchange.Ceremony{Keys: filepath.Join(in.dir, "keys"), Passphrase: keysPass}, Name: "skole", Mission: in.mission,
			Sends: partnerTold, Answers: partnerAsks, Until: today.AddDate(0, 1, 0),
		}
		change(&o)
		_, err := exchange.RegisterPartner(t.Context(), in.hq.ws, o)
		return err
	}
	for _, c := range []struct {
		name, code string
		change     func(*exchange.PartnerOptions)
	}{
		{"a type of a case", "E-FIELD", func(o *exchange.PartnerOptions) { o.Sends = domain.FieldList{"person": {"given_names"}} }},
		{"a type of special", "E-FIELD", func(o *exchange.PartnerOptions) { o.Answers = domain.FieldList{"health": {"note"}} }},
		{"an unknown field", "E-FIELD", func(o *exchange.PartnerOptions) { o.Sends = domain.FieldList{"roster_person": {"family_name"}} }},
		{"a reference to staff", "E-FIELD", func(o *exchange.PartnerOptions) {
			o.Sends = domain.FieldList{"roster_person": {"given_name"}, "attendance": {"recorded_by"}}
		}},
		{"nothing at all", "E-FIELD", func(o *exchange.PartnerOptions) { o.Sends = nil }},
		{"an unknown mission", "E-TO", func(o *exchange.PartnerOptions) { o.Mission = uuid.New() }},
		{"an unknown partner", "E-TO", func(o *exchange.PartnerOptions) { o.ID = in.mission }},
	} {
		wantCode(t, c.name, register(c.change), c.code)
	}
}

// TestPartner_ShowsWhatStands: what a partner answered and headquarters then decided otherwise or took back does not stay beside
// headquarters' word at the partner. An answer that headquarters has not decided on does.
func TestPartner_ShowsWhatStands(t *testing.T) {
	in := mustInstall(t)
	a, _, entry := in.mustShare(t)
	person := theOnly(t, a, "roster_person").ID()
	answer := func(language string) *exchange.Result {
		t.Helper()
		mustSet(t, a, workspace.Target{Type: "roster_person", ID: person}, map[string]domain.Answer{"language": text(language)})
		return send(t, a, "hq", in.hq)
	}
	decide := func(language string) {
		t.Helper()
		mustSet(t, in.hq, workspace.Target{Type: "roster_person", ID: entry.ID, Mission: in.mission}, map[string]domain.Answer{"language": text(language)})
	}
	shows := func(what string, want ...string) {
		t.Helper()
		send(t, in.hq, a.name, a)
		record := theOnly(t, a, "roster_person")
		var got []string
		for _, head := range record.Heads("language") {
			if !slices.Contains(got, head.Answer.Text()) {
				got = append(got, head.Answer.Text())
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the partner shows %v, want %v", what, got, want)
		}
	}
	answer("swa")
	decide("lin")
	shows("decided otherwise", "lin")
	taken := answer("fra")
	shows("answered again", "fra")
	mustUndo(t, in.hq, taken.Import)
	shows("taken back", "lin")
	mustSet(t, a, workspace.Target{Type: "roster_person", ID: person}, map[string]domain.Answer{"language": text("swa")})
	decide("ara") // before the answer comes: neither has seen the other
	send(t, a, "hq", in.hq)
	shows("not decided yet", "ara", "swa")
	decide("eng")
	shows("decided", "eng")
}

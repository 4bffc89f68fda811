package exchange_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// withCode is a list as it is in use, with one code more.
func withCode(t testing.TB, m *machine, list, code, label string) []codelist.Entry {
	t.Helper()
	rows := append(codelist.Rows(m.ws.Lists().Entries(list)), map[string]string{"code": code, "nb": label, "nn": label, "en": label})
	entries, err := codelist.FromRows(rows)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// mustList issues an edition of a list at headquarters, as its administrator, and leaves the special-needs caseworker there.
func (in *installation) mustList(t testing.TB, list, code, label string) *workspace.Edition {
	t.Helper()
	in.hq.as(t, slotADM)
	p, err := in.hq.ws.PrepareList(list, "", "", withCode(t, in.hq, list, code, label))
	if err != nil {
		t.Fatal(err)
	}
	return in.mustPublish(t, p)
}

func (in *installation) mustPublish(t testing.TB, p *workspace.Publishing) *workspace.Edition {
	t.Helper()
	edition, err := in.hq.ws.Publish(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	return edition
}

// newVersion is the program's question set in another version, in which the question about having worked has another label.
func newVersion(t testing.TB, id, version, label string) *form.Set {
	t.Helper()
	set, ok := form.ByID(id)
	if !ok {
		t.Fatal("no question set")
	}
	tables, err := form.TablesOf(set)
	if err != nil {
		t.Fatal(err)
	}
	tables.Settings[0]["version"] = version
	for _, row := range tables.Survey {
		if row["name"] == "ever_worked" {
			row["label::nb"] = label
		}
	}
	changed, err := tables.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func (in *installation) mustForm(t testing.TB, version, label string) *workspace.Edition {
	t.Helper()
	in.hq.as(t, slotADM)
	p, err := in.hq.ws.PrepareForm(newVersion(t, "work", version, label), "")
	if err != nil {
		t.Fatal(err)
	}
	return in.mustPublish(t, p)
}

// asked is the version of the work section of an interview, and how it puts the question about having worked.
func asked(t testing.TB, m *machine, interview uuid.UUID) string {
	t.Helper()
	session, section := workOf(t, m, interview)
	item, ok := session.Sections()[section].Set.Find("", "ever_worked")
	if !ok {
		t.Fatal("the question is gone")
	}
	return session.Sections()[section].Set.FormRef() + " " + item.Label["nb"]
}

func workOf(t testing.TB, m *machine, interview uuid.UUID) (*workspace.InterviewSession, int) {
	t.Helper()
	session, err := m.ws.Interview(t.Context(), interview)
	if err != nil {
		t.Fatal(err)
	}
	section := slices.IndexFunc(session.Sections(), func(s workspace.Section) bool { return s.Set.ID == "work" })
	if section < 0 {
		t.Fatal("no section on work")
	}
	return session, section
}

// TestEditions_ListReachesDevices: a list that headquarters issues is used by a machine once it came; one that has not got it
// keeps and shows what a colleague answered with it, by its code.
func TestEditions_ListReachesDevices(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	wife := workspace.Target{Type: "person", ID: person, Case: caseID}
	_, err := a.ws.Set(t.Context(), wife, map[string]domain.Answer{"mother_tongue": text("xpr")})
	wantCode(t, "a code that no list has", err, "E-VALUE")
	edition := in.mustList(t, "language", "xpr", "Prøvespråk")
	if edition.Version != "1" || !edition.InUse || in.hq.ws.Lists().Label("language", "xpr", "nn") != "Prøvespråk" {
		t.Errorf("at headquarters: %+v", edition)
	}
	if result := send(t, in.hq, a.name, a); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	brought, err := a.ws.BroughtBy(t.Context())
	if err != nil || brought[edition.ID] == uuid.Nil || len(a.ws.Editions()) != 1 {
		t.Errorf("brought by %v, %v", brought, err)
	}
	mustSet(t, a, wife, map[string]domain.Answer{"mother_tongue": text("xpr")})
	if result := send(t, a, b.name, b); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	told := func(m *machine) string {
		t.Helper()
		record, err := m.ws.Get(t.Context(), "person", person)
		if err != nil {
			t.Fatal(err)
		}
		return m.ws.CodeLabel("person", "mother_tongue", record.Text("mother_tongue"), "nb")
	}
	// b got the answer, and perhaps with it what headquarters issued to a; without the list it is the code.
	if got := told(b); len(b.ws.Editions()) == 0 && got != "xpr" || got == "" {
		t.Errorf("without the list: %q", got)
	}
	send(t, in.hq, b.name, b)
	for _, m := range []*machine{a, b} {
		if got := told(m); got != "Prøvespråk" {
			t.Errorf("%s shows %q", m.name, got)
		}
		m.as(t, 0)
		if got := told(m); got != "Prøvespråk" {
			t.Errorf("%s shows %q after another unlock", m.name, got)
		}
		equalsRebuild(t, m)
	}
	// Nothing goes twice.
	lines := in.hq.ws.Register().Count(domain.Open)
	mustExport(t, in.hq, a.name)
	if got := in.hq.ws.Register().Count(domain.Open); got != lines {
		t.Errorf("%d lines became %d", lines, got)
	}
}

// TestEditions_Withdrawn: what headquarters withdraws goes everywhere with the next file, and answers stay; to issue the same
// again brings it back.
func TestEditions_Withdrawn(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	a := in.laptops[0]
	edition := in.mustList(t, "language", "xpr", "Prøvespråk")
	send(t, in.hq, a.name, a)
	in.hq.as(t, slotADM)
	again, err := in.hq.ws.PrepareList("language", edition.Version, edition.ValidFrom, withCode(t, in.laptops[1], "language", "xpr", "Prøvespråk"))
	if err != nil || !again.Known {
		t.Fatalf("the same: %+v, %v", again, err)
	}
	if _, err := in.hq.ws.WithdrawEdition(t.Context(), edition.ID); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	send(t, in.hq, a.name, a)
	if a.ws.Lists().Has("language", "xpr") || in.hq.ws.Lists().Has("language", "xpr") {
		t.Error("a withdrawn list is in use")
	}
	if all := a.ws.Editions(); len(all) != 1 || !all[0].Withdrawn || all[0].InUse {
		t.Errorf("editions %+v", all)
	}
	_, err = a.ws.WithdrawEdition(t.Context(), edition.ID)
	wantCode(t, "withdrawn in the field", err, "E-ROLE")
	in.hq.as(t, slotADM)
	in.mustPublish(t, again)
	send(t, in.hq, a.name, a)
	if !a.ws.Lists().Has("language", "xpr") {
		t.Error("it did not come back")
	}
}

// TestEditions_WrongRole: nobody but the administrator at headquarters issues, and a line of somebody else is kept in quarantine.
// When a caseworker lets it count after a check, it can be taken back with its import (security.md 7.2).
func TestEditions_WrongRole(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	entries := withCode(t, a, "language", "xpr", "Prøvespråk")
	for _, slot := range []int{slotHQS, slotDPO, slotHQC} {
		in.hq.as(t, slot)
		_, err := in.hq.ws.PrepareList("language", "", "", entries)
		wantCode(t, "a list by "+string(in.hq.ws.Me().Role), err, "E-ROLE")
		_, err = in.hq.ws.PrepareForm(newVersion(t, "work", "2", "Har du jobbet?"), "")
		wantCode(t, "a question set by "+string(in.hq.ws.Me().Role), err, "E-ROLE")
	}
	_, err := a.ws.PrepareList("language", "", "", entries)
	wantCode(t, "a list in the field", err, "E-ROLE")

	a.mustForge(t, []string{a.ws.Me().User.String(), in.hq.ws.Me().User.String()}, []string{"8", "9"}, "Prøvespråk", "xpa")
	in.hq.as(t, slotHQC)
	result := mustImport(t, in.hq, mustExport(t, a, "hq").File)
	if result.Reasons["E-ROLE"] != 2 || in.hq.ws.Lists().Has("language", "xpr") || len(in.hq.ws.Editions()) != 0 {
		t.Fatalf("reasons %v, editions %v", result.Reasons, in.hq.ws.Editions())
	}
	list := mustQuarantine(t, in.hq)
	if err := exchange.LiftLines(t.Context(), in.hq.ws, list.Lines[:1], "ringt og sjekket"); err != nil {
		t.Fatal(err)
	}
	has := func(when string, want bool) {
		t.Helper()
		if got := in.hq.ws.Lists().Has("language", "xpr"); got != want {
			t.Errorf("%s: the list counts: %v", when, got)
		}
		send(t, in.hq, b.name, b)
		if got := b.ws.Lists().Has("language", "xpr"); got != want {
			t.Errorf("%s: on a colleague's machine: %v", when, got)
		}
	}
	has("lifted", true)
	mustUndo(t, in.hq, result.Import)
	has("undone", false)
	mustRedo(t, in.hq, result.Import)
	has("brought in again", true)
}

// TestEditions_OlderAnswers: an interview is opened with the question set that it was held with, a new one is held with the newest,
// and a machine without it keeps the answers aside until it comes (pains.md row 20).
func TestEditions_OlderAnswers(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	hold := func(day time.Time) (interview uuid.UUID) {
		t.Helper()
		a.set(day)
		interview, err := a.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
		if err != nil {
			t.Fatal(err)
		}
		return interview
	}
	answer := func(interview uuid.UUID, value string) {
		t.Helper()
		session, section := workOf(t, a, interview)
		if _, err := session.Set(t.Context(), section, form.Path{Name: "ever_worked"}, text(value)); err != nil {
			t.Fatal(err)
		}
	}
	own := asked(t, a, hold(today))
	first := hold(today.Add(time.Hour))
	answer(first, "yes")
	in.mustForm(t, "2", "Har du jobbet?")
	if result := send(t, in.hq, a.name, a); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	second := hold(today.Add(2 * time.Hour))
	if got := asked(t, a, second); got != "work@2 Har du jobbet?" {
		t.Errorf("a new interview asks %q", got)
	}
	if got := asked(t, a, first); got != own {
		t.Errorf("the interview that was begun before asks %q", got)
	}
	answer(second, "no")
	for range 2 {
		if got := asked(t, a, first) + asked(t, a, second); got != own+"work@2 Har du jobbet?" {
			t.Errorf("they ask %q", got)
		}
		a.as(t, 0)
	}
	// A colleague without the edition does not show the answer as one to another question, and does not lose it.
	result := send(t, a, b.name, b)
	later := len(b.ws.Editions()) == 0
	if later && result.Reasons["E-FORM"] == 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	result = send(t, in.hq, b.name, b)
	if later && (result.Reconsidered == nil || result.Reconsidered.Lines == 0) {
		t.Errorf("nothing was looked at anew: %+v", result.Reconsidered)
	}
	if got := asked(t, b, second); got != "work@2 Har du jobbet?" || len(b.ws.Quarantine()) != 0 {
		t.Errorf("the colleague sees %q, quarantine %v", got, b.ws.Quarantine())
	}
	// Headquarters opens it with what it was held with, too; once the edition is withdrawn it says so.
	send(t, a, "hq", in.hq)
	if got := asked(t, in.hq, second) + asked(t, in.hq, first); got != "work@2 Har du jobbet?"+own {
		t.Errorf("headquarters sees %q", got)
	}
	in.hq.as(t, slotADM)
	if _, err := in.hq.ws.WithdrawEdition(t.Context(), in.hq.ws.Editions()[0].ID); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	session, section := workOf(t, in.hq, second)
	if got := session.Unknown(); !slices.Equal(got, []string{"work@2"}) || session.Instance(section).Answer(form.Path{Name: "ever_worked"}).Text() == "" {
		t.Errorf("unknown %v, the answer %q", got, session.Instance(section).Answer(form.Path{Name: "ever_worked"}).Text())
	}
}

// TestEditions_TwoAtOnce: two editions of one version that say different things. Every machine comes to the same, in whatever
// order they came to it, and no code is lost.
func TestEditions_TwoAtOnce(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	in.hq.as(t, slotHQC)
	for i, m := range in.laptops {
		m.mustForge(t, []string{m.ws.Me().User.String()}, []string{"7"}, []string{"Prøve A", "Prøve B"}[i], []string{"xpa", "xpb"}[i])
		mustImport(t, in.hq, mustExport(t, m, "hq").File)
	}
	if err := exchange.LiftLines(t.Context(), in.hq.ws, mustQuarantine(t, in.hq).Lines, "ringt og sjekket"); err != nil {
		t.Fatal(err)
	}
	send(t, in.hq, a.name, a)
	send(t, in.hq, b.name, b)
	for _, m := range in.all() {
		lists := m.ws.Lists()
		if !lists.Has("language", "xpa") || !lists.Has("language", "xpb") || len(m.ws.Editions()) != 2 {
			t.Errorf("%s lost a code", m.name)
		}
		if got, want := lists.Label("language", "xpr", "nb"), in.hq.ws.Lists().Label("language", "xpr", "nb"); got != want || got == "xpr" {
			t.Errorf("%s shows %q, headquarters %q", m.name, got, want)
		}
	}
}

// mustForge writes editions of the list of languages as the users that are named, whatever this machine's user may, each with the
// code xpr under a label and one of its own.
func (m *machine) mustForge(t *testing.T, users, versions []string, label, code string) {
	t.Helper()
	entries := withCode(t, m, "language", code, "Prøve")
	rows := append(codelist.Rows(entries), map[string]string{"code": "xpr", "nb": label, "nn": label, "en": label})
	value, err := domain.Answer{Value: rows}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	// The chain must have begun.
	mustSet(t, m, workspace.Target{Type: "backup_record"}, map[string]domain.Answer{"date": text("2026-11-22T09:00:00Z"), "place": text("disk")})
	poison(t, m, domain.Open, func(i int, l *oplog.Line) {
		l.By, l.Type, l.Object = uuid.MustParse(users[i]), "code_list", uuid.New()
		l.Set["name"], l.Set["version"] = json.RawMessage(`"language"`), json.RawMessage(fmt.Sprintf("%q", versions[i]))
		l.Set["valid_from"], l.Set["entries"] = json.RawMessage(`"2026-11-01"`), value
	}, len(users))
}

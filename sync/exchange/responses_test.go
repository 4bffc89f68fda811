package exchange_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// workbook is one of the forms that others made, as they made it.
func workbook(name string) string {
	return filepath.Join("..", "..", "internal", "form", "testdata", "workbooks", name+".xlsx")
}

// mustFormOf issues a form that others made, about a person, and leaves the special-needs caseworker at headquarters. change alters its
// tables first.
func (in *installation) mustFormOf(t testing.TB, name string, class domain.Class, change func(*form.Tables)) *workspace.Edition {
	t.Helper()
	in.hq.as(t, slotADM)
	set, err := in.hq.ws.OpenForm(workbook(name), form.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	unnumbered := set.Unnumbered
	if change != nil {
		tables, err := form.TablesOf(set)
		if err != nil {
			t.Fatal(err)
		}
		change(&tables)
		if set, err = tables.Load(nil); err != nil {
			t.Fatal(err)
		}
		set.Unnumbered = unnumbered
	}
	object, _ := domain.ResponseType(class)
	if set, err = form.Addressed(set, object, "person"); err != nil {
		t.Fatal(err)
	}
	p, err := in.hq.ws.PrepareForm(set, "")
	if err != nil {
		t.Fatal(err)
	}
	return in.mustPublish(t, p)
}

func mustResponse(t testing.TB, m *machine, id uuid.UUID) *workspace.InterviewSession {
	t.Helper()
	session, err := m.ws.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(session.Sections()) != 1 {
		t.Fatalf("%d sections, unknown %v", len(session.Sections()), session.Unknown())
	}
	return session
}

func mustBegin(t testing.TB, m *machine, caseID, person uuid.UUID, id string) (uuid.UUID, *workspace.InterviewSession) {
	t.Helper()
	response, err := m.ws.StartResponse(t.Context(), caseID, person, id)
	if err != nil {
		t.Fatal(err)
	}
	return response, mustResponse(t, m, response)
}

func answer(t testing.TB, s *workspace.InterviewSession, path form.Path, value any) {
	t.Helper()
	if _, err := s.Set(t.Context(), 0, path, domain.Answer{Value: value}); err != nil {
		t.Fatalf("%s: %v", path.Name, err)
	}
}

// filled says what stands in a response: every visible answer by question, rows by their numbers.
func filled(s *workspace.InterviewSession) map[string]string {
	out, instance := map[string]string{}, s.Instance(0)
	for _, item := range instance.Definition().Flat() {
		rows := []uuid.UUID{uuid.Nil}
		if item.Repeat != "" {
			rows = instance.Rows(item.Repeat)
		}
		for i, row := range rows {
			path := form.Path{Row: row, Repeat: item.Repeat, Name: item.Name}
			name := item.Name
			if item.Repeat != "" {
				name += "." + string(rune('1'+i))
			}
			switch {
			case !instance.Visible(path):
			case item.Kind == form.Calculate:
				out[name] = "= " + instance.Calculated(path)
			case item.Kind.Asked() && instance.Answer(path).HasValue():
				out[name] = instance.Answer(path).Text()
			}
		}
	}
	return out
}

// TestResponses_Travel: a form that others made is issued, filled in on a laptop, and equal at headquarters; a newer edition changes
// nothing about what was begun, and new ones begin with it.
func TestResponses_Travel(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	edition := in.mustFormOf(t, "visit", domain.P2, nil)
	if edition.Version != "3.1" || !edition.InUse || edition.Size != 5 {
		t.Fatalf("at headquarters: %+v", edition)
	}
	if forms := a.ws.Forms(false, "nb"); len(forms) != 0 {
		t.Fatalf("before it came: %v", forms)
	}
	send(t, in.hq, a.name, a)
	if forms := a.ws.Forms(false, "nb"); len(forms) != 1 || forms[0].FormRef() != "visit@3.1" {
		t.Fatalf("on the laptop: %v", forms)
	}
	if asked := mustInterviewSets(t, a, caseID, person); slices.Contains(asked, "visit") {
		t.Error("an interview asks the form")
	}
	_, err := a.ws.StartResponse(t.Context(), caseID, caseID, "visit")
	wantCode(t, "about a case", err, "E-CASE")
	_, err = a.ws.StartResponse(t.Context(), caseID, person, "work")
	wantCode(t, "of the program's own", err, "C-NONE")

	response, s := mustBegin(t, a, caseID, person, "visit")
	answer(t, s, form.Path{Name: "name"}, "Test Mappe")
	answer(t, s, form.Path{Name: "children"}, int64(2))
	children := s.Instance(0).Rows("child")
	if len(children) != 2 {
		t.Fatalf("%d rows for two children", len(children))
	}
	answer(t, s, form.Path{Row: children[1], Repeat: "child", Name: "age"}, int64(4))
	answer(t, s, form.Path{Row: children[0], Repeat: "child", Name: "age"}, int64(9))
	answer(t, s, form.Path{Name: "county"}, "b")
	answer(t, s, form.Path{Name: "town"}, "x")
	want := map[string]string{"name": "Test Mappe", "children": "2", "age.1": "9", "age.2": "4", "eldest": "= 9", "county": "b", "town": "x"}
	if d := cmp.Diff(want, filled(mustResponse(t, a, response))); d != "" {
		t.Errorf("read again:\n%s", d)
	}
	_, err = s.Set(t.Context(), 0, form.Path{Name: "children"}, domain.Answer{Value: "two"})
	wantCode(t, "words for a number", err, "E-VALUE")
	if result := send(t, a, "hq", in.hq); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	if d := cmp.Diff(want, filled(mustResponse(t, in.hq, response))); d != "" {
		t.Errorf("at headquarters:\n%s", d)
	}

	in.mustFormOf(t, "visit", domain.P2, func(tables *form.Tables) {
		tables.Settings[0]["version"] = "4"
		tables.Survey = slices.DeleteFunc(tables.Survey, func(row map[string]string) bool { return row["name"] == "county" || row["name"] == "town" })
		tables.Choices = nil
		for _, row := range tables.Survey {
			if row["name"] == "name" {
				row["label::en"] = "Whole name"
			}
		}
	})
	for _, m := range []*machine{a, b} {
		send(t, in.hq, m.name, m)
		if waiting := m.ws.Quarantine(); len(waiting) != 0 { // those that came in one file with their edition were looked at anew
			t.Errorf("%s: %d lines wait", m.name, len(waiting))
		}
		session := mustResponse(t, m, response)
		if d := cmp.Diff(want, filled(session)); d != "" {
			t.Errorf("%s after the newer edition:\n%s", m.name, d)
		}
		of, _ := session.Response()
		if of.Version != "3.1" || of.Newest != "4" || of.Set.FormRef() != "visit@3.1" {
			t.Errorf("%s: %+v", m.name, of)
		}
		equalsRebuild(t, m)
	}
	_, newer := mustBegin(t, b, caseID, person, "visit")
	if of, _ := newer.Response(); of.Version != "4" || of.Newest != "" {
		t.Errorf("a new one: %+v", of)
	}
	answer(t, newer, form.Path{Name: "name"}, "Test Mappe")
	if result := send(t, b, "hq", in.hq); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}

	// Withdrawn, nothing begins with it, and what was begun is read by it.
	in.hq.as(t, slotADM)
	if _, err := in.hq.ws.WithdrawEdition(t.Context(), edition.ID); err != nil {
		t.Fatal(err)
	}
	in.hq.as(t, slotHQS)
	send(t, in.hq, a.name, a)
	if d := cmp.Diff(want, filled(mustResponse(t, a, response))); d != "" {
		t.Errorf("after the edition was withdrawn:\n%s", d)
	}
}

func mustInterviewSets(t testing.TB, m *machine, caseID, person uuid.UUID) []string {
	t.Helper()
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	session, err := m.ws.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var sets []string
	for _, at := range session.Sections() {
		sets = append(sets, at.Set.ID)
	}
	return sets
}

// TestResponses_RowsInsideRows: rows of a repeat inside a repeat keep their place; rows that the count takes away come back with their
// answers; answers that a condition hides stay.
func TestResponses_RowsInsideRows(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	if edition := in.mustFormOf(t, "nested", domain.P2, nil); edition.Version != "1" {
		t.Errorf("a form without a version is edition %s", edition.Version)
	}
	send(t, in.hq, a.name, a)
	response, s := mustBegin(t, a, caseID, person, "nested")
	answer(t, s, form.Path{Name: "wanted"}, int64(2))
	visits := s.Instance(0).Rows("visit")
	for i, place := range []string{"camp", "town"} {
		answer(t, s, form.Path{Row: visits[i], Repeat: "visit", Name: "place"}, place)
		answer(t, s, form.Path{Row: visits[i], Repeat: "visit", Name: "limit"}, int64(6))
		for _, age := range []int64{int64(5 + i), 9} {
			child, _, err := s.AddRow(0, "child", visits[i])
			if err != nil {
				t.Fatal(err)
			}
			answer(t, s, form.Path{Row: child, Repeat: "child", Name: "age"}, age)
			if age == 9 {
				answer(t, s, form.Path{Row: child, Repeat: "child", Name: "school"}, "school of "+place)
			}
		}
	}
	whole := map[string]string{
		"wanted": "2", "place.1": "camp", "place.2": "town", "limit.1": "6", "limit.2": "6", "age.1": "5", "age.2": "9", "age.3": "6", "age.4": "9",
		"school.2": "school of camp", "school.4": "school of town", "where.1": "= camp/1/1", "where.2": "= camp/2/1", "where.3": "= town/1/2",
		"where.4": "= town/2/2", "ages.1": "= 14", "ages.2": "= 15", "children.1": "= 2", "children.2": "= 2", "all_ages": "= 29", "second": "= 6", "schools": "= 2",
	}
	if d := cmp.Diff(whole, filled(s)); d != "" {
		t.Errorf("filled in:\n%s", d)
	}
	answer(t, s, form.Path{Name: "wanted"}, int64(1))
	if got := filled(s); got["all_ages"] != "= 14" || got["place.2"] != "" {
		t.Errorf("with one visit: %v", got)
	}
	if got := filled(mustResponse(t, a, response)); got["all_ages"] != "= 14" || got["place.2"] != "" {
		t.Errorf("with one visit, read again: %v", got)
	}
	answer(t, s, form.Path{Name: "wanted"}, int64(2))
	for when, session := range map[string]*workspace.InterviewSession{"at once": s, "read again": mustResponse(t, a, response)} {
		if d := cmp.Diff(whole, filled(session)); d != "" {
			t.Errorf("with two visits again, %s:\n%s", when, d)
		}
	}
	// The limit decides whether children are asked about: hidden, their answers stay.
	answer(t, s, form.Path{Row: visits[0], Repeat: "visit", Name: "limit"}, int64(0))
	if got := filled(mustResponse(t, a, response)); got["age.1"] != "" || got["all_ages"] != "= 15" {
		t.Errorf("hidden: %v", got)
	}
	answer(t, s, form.Path{Row: visits[0], Repeat: "visit", Name: "limit"}, int64(6))
	if result := send(t, a, "hq", in.hq); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	if d := cmp.Diff(whole, filled(mustResponse(t, in.hq, response))); d != "" {
		t.Errorf("at headquarters:\n%s", d)
	}

	found, err := in.hq.ws.SearchAnswers(t.Context(), "of camp", 5)
	if err != nil || len(found) != 1 || found[0].Question.In("nb") != "School" || found[0].Person != person {
		t.Errorf("searched: %+v, %v", found, err)
	}

	// A row around that holds no answer of its own is kept with what stands inside it.
	answer(t, s, form.Path{Name: "wanted"}, int64(3))
	third := s.Instance(0).Rows("visit")[2]
	child, _, err := s.AddRow(0, "child", third)
	if err != nil {
		t.Fatal(err)
	}
	answer(t, s, form.Path{Row: child, Repeat: "child", Name: "age"}, int64(3))
	if got := filled(mustResponse(t, a, response)); got["age.5"] != "3" || got["all_ages"] != "= 32" {
		t.Errorf("inside an empty row: %v", got)
	}
}

// TestResponses_Conflict: two laptops fill in one response; what they say differently stands side by side, and a row that the count made is
// the same row on both.
func TestResponses_Conflict(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	in.mustFormOf(t, "visit", domain.P2, nil)
	send(t, in.hq, a.name, a)
	send(t, in.hq, b.name, b)
	response, s := mustBegin(t, a, caseID, person, "visit")
	answer(t, s, form.Path{Name: "children"}, int64(1))
	send(t, a, b.name, b)
	for m, said := range map[*machine]struct {
		name string
		age  int64
	}{a: {"Test Mappe", 4}, b: {"Test Mape", 5}} {
		session := mustResponse(t, m, response)
		answer(t, session, form.Path{Name: "name"}, said.name)
		rows := session.Instance(0).Rows("child")
		if len(rows) != 1 {
			t.Fatalf("%s: %d rows", m.name, len(rows))
		}
		answer(t, session, form.Path{Row: rows[0], Repeat: "child", Name: "age"}, said.age)
	}
	send(t, a, "hq", in.hq)
	send(t, b, "hq", in.hq)
	conflicts, err := in.hq.ws.Conflicts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, conflict := range conflicts {
		found = append(found, string(conflict.Record.Type())+" "+conflict.Field)
	}
	slices.Sort(found)
	if d := cmp.Diff([]string{"form_response q.name", "form_row q.age"}, found); d != "" {
		t.Errorf("conflicts:\n%s", d)
	}
	session := mustResponse(t, in.hq, response)
	if heads := session.Conflicted(0, form.Path{Name: "name"}); len(heads) != 2 || len(session.Instance(0).Rows("child")) != 1 {
		t.Errorf("heads %v, rows %v", heads, session.Instance(0).Rows("child"))
	}
	for _, conflict := range conflicts {
		if _, err := in.hq.ws.Resolve(t.Context(), conflict, conflict.Heads[0].Answer, "ringt og sjekket"); err != nil {
			t.Fatal(err)
		}
	}
	send(t, in.hq, a.name, a)
	if d := cmp.Diff(filled(mustResponse(t, in.hq, response)), filled(mustResponse(t, a, response))); d != "" {
		t.Errorf("after the decision:\n%s", d)
	}
}

// TestResponses_BeforeTheEdition: answers that come before their edition wait and count as soon as it comes; answers of the wrong kind or
// class stay out for good.
func TestResponses_BeforeTheEdition(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	in.mustFormOf(t, "visit", domain.P2, nil)
	send(t, in.hq, a.name, a)
	response, s := mustBegin(t, a, caseID, person, "visit")
	answer(t, s, form.Path{Name: "name"}, "Test Mappe")
	exported, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{b.name}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	result := mustImport(t, b, exported.File)
	if len(b.ws.Forms(false, "nb")) == 0 { // else what headquarters issued went along
		if result.Reasons["E-FORM"] == 0 {
			t.Errorf("reasons %v", result.Reasons)
		}
		_, err = b.ws.Interview(t.Context(), response)
		wantCode(t, "before the edition", err, "E-CASE")
		send(t, in.hq, b.name, b)
	}
	if got := filled(mustResponse(t, b, response)); got["name"] != "Test Mappe" {
		t.Errorf("with the edition: %v", got)
	}
}

// TestResponses_Refused: what an edition says of a write to a response.
func TestResponses_Refused(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	in.mustFormOf(t, "visit", domain.P2, nil)
	send(t, in.hq, a.name, a)
	write := func(typ domain.Type, ref, field string, value any) error {
		_, err := a.ws.Set(t.Context(), workspace.Target{Type: typ, Case: caseID, Subject: person, Form: ref}, map[string]domain.Answer{field: {Value: value}})
		return err
	}
	for _, tt := range []struct {
		typ   domain.Type
		ref   string
		field string
		value any
		want  string
	}{
		{"form_response", "visit@3.1", "q.name", "x", ""},
		{"form_response", "", "q.whatever", "x", ""},
		{"form_response", "visit@3.1", "q.nobody", "x", "E-VALUE"},
		{"form_response", "visit@3.1", "q.children", "x", "E-VALUE"},
		{"form_response", "visit@3.2", "q.name", "x", "E-FORM"},
		{"form_response", "work@1", "q.name", "x", "E-VALUE"},
		{"special_form_response", "visit@3.1", "q.name", "x", "E-VALUE"},
		{"form_response", "visit@3.1", "name", "x", "E-FIELD"},
		{"form_response", "", "q.name", []map[string]string{{"a": "b"}}, "E-VALUE"},
		{"person", "visit@3.1", "given_names", "x", "E-VALUE"},
	} {
		if err := write(tt.typ, tt.ref, tt.field, tt.value); tt.want == "" && err != nil {
			t.Errorf("%s %s %s: %v", tt.typ, tt.ref, tt.field, err)
		} else if tt.want != "" {
			wantCode(t, string(tt.typ)+" "+tt.ref+" "+tt.field, err, tt.want)
		}
	}
}

// TestResponses_Special: the answers to a form of class special lie in compartment special and nowhere else; who does not hold it sees
// neither them nor the form among those to fill in.
func TestResponses_Special(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	in.mustFormOf(t, "visit", domain.P3, nil)
	send(t, in.hq, a.name, a)
	if len(a.ws.Forms(false, "nb")) != 0 || len(a.ws.Forms(true, "nb")) != 1 {
		t.Fatal("listed in the wrong place")
	}
	response, s := mustBegin(t, a, caseID, person, "visit")
	if !s.Special() {
		t.Error("not special")
	}
	answer(t, s, form.Path{Name: "children"}, int64(1))
	answer(t, s, form.Path{Row: s.Instance(0).Rows("child")[0], Repeat: "child", Name: "age"}, int64(4))
	file, err := a.ws.OpenCase(t.Context(), caseID)
	if err != nil || len(file.Responses()) != 0 {
		t.Errorf("the ordinary case file holds it: %v, %v", file.Responses(), err)
	}
	for _, line := range lines(t, a, domain.Case) {
		if line.Line.Object == response || line.Line.Type == "form_row" {
			t.Errorf("a line in compartment case: %s", line.Line.Type)
		}
	}
	send(t, a, "hq", in.hq)
	in.hq.as(t, slotHQC)
	if len(in.hq.ws.Forms(true, "nb")) != 0 {
		t.Error("offered to a caseworker who does not hold special")
	}
	_, err = in.hq.ws.Interview(t.Context(), response)
	wantCode(t, "a caseworker", err, "E-CASE")
	in.hq.as(t, slotHQS)
	if got := filled(mustResponse(t, in.hq, response)); got["age.1"] != "4" {
		t.Errorf("at headquarters: %v", got)
	}

	// It never becomes less guarded, nor the name of a set of an interview.
	in.hq.as(t, slotADM)
	set, err := in.hq.ws.OpenForm(workbook("visit"), form.ImportOptions{Version: "9"})
	if err != nil {
		t.Fatal(err)
	}
	for want, made := range map[string][3]string{"C-CLASS": {"visit", "form_response", "person"}, "C-ABOUT": {"other", "special_form_response", "case"}, "C-TAKEN": {"work", "form_response", "person"}} {
		tables, err := form.TablesOf(set)
		if err != nil {
			t.Fatal(err)
		}
		tables.Settings[0]["form_id"], tables.Settings[0]["object"], tables.Settings[0]["subject"] = made[0], made[1], made[2]
		changed, err := tables.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = in.hq.ws.PrepareForm(changed, "")
		wantCode(t, made[0], err, want)
	}
	if set, err = in.hq.ws.OpenForm(workbook("lists"), form.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err = in.hq.ws.PrepareForm(set, "")
	wantCode(t, "nobody said of which class", err, "C-SET")
}

// TestResponses_Moment: what a form notes of the moment is worked out once, by whoever began.
func TestResponses_Moment(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	in.mustFormOf(t, "visit", domain.P2, func(tables *form.Tables) {
		tables.Survey = append(tables.Survey, map[string]string{"type": "calculate", "name": "begun", "calculation": "once(now())"})
	})
	send(t, in.hq, a.name, a)
	response, s := mustBegin(t, a, caseID, person, "visit")
	stored := func() string {
		t.Helper()
		record, err := a.ws.Response(t.Context(), response)
		if err != nil {
			t.Fatal(err)
		}
		return record.Text("q.begun")
	}
	if stored() != "" {
		t.Error("looking at a form writes")
	}
	answer(t, s, form.Path{Name: "name"}, "Test Mappe")
	first := stored()
	a.set(today.AddDate(0, 0, 3).Add(time.Hour))
	again := mustResponse(t, a, response)
	answer(t, again, form.Path{Name: "name"}, "Test A Mappe")
	if now := stored(); first == "" || now != first {
		t.Errorf("%q became %q", first, now)
	}
}

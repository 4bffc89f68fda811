package workspace_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

// TestSet_EveryField: every field that some role may write comes back as it was written, after a lock too.
func TestSet_EveryField(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	caseID, person := mustCase(t, m)
	type written struct {
		target  workspace.Target
		answers map[string]domain.Answer
	}
	var all []written
	kinds := map[domain.FieldKind]bool{}
	for _, slot := range []int{slotHQS, slotINT, slotMLD, 8, 9, 11} {
		m.as(t, slot)
		role := m.ws.Me().Role
		for _, info := range domain.Types() {
			if !m.ws.Holds(info.Compartment) || info.Compartment == domain.Audit {
				continue
			}
			w := written{workspace.Target{Type: info.Type, ID: uuid.New(), Case: caseID, Subject: person}, map[string]domain.Answer{}}
			if info.Compartment == domain.Open || info.Compartment == domain.Orientation {
				w.target.Case = uuid.Nil
			}
			for _, field := range info.Fields {
				withContent := attachment.IsType(info.Type) && slices.Contains(attachment.Written, field.Name)
				approval := strings.HasPrefix(field.Name, "approved_") && info.Type == "advice" // never by the author
				if role.MayWrite(info.Type, field.Name) && !withContent && !approval {
					w.answers[field.Name] = exchangetest.Sample(field)
					if info.Type == "advice" && field.Name == "written_by" {
						w.answers[field.Name] = text(m.ws.Me().User.String())
					}
					kinds[field.Kind] = true
				}
			}
			if len(w.answers) == 0 || workspace.IsMark(info.Type) { // written by [workspace.Workspace.MarkImport] alone
				continue
			}
			record := mustSet(t, m, w.target, w.answers)
			compare(t, record, w.answers)
			if info.Compartment != domain.Sealed {
				all = append(all, w)
			}
		}
	}
	for kind := domain.Text; kind <= domain.Data; kind++ {
		if !kinds[kind] {
			t.Errorf("no field of kind %s was written", kind)
		}
	}
	m.as(t, slotHQS)
	for _, w := range all {
		record, err := m.ws.Get(t.Context(), w.target.Type, w.target.ID)
		if err != nil || record == nil {
			t.Errorf("%s after unlock: %v, %v", w.target.Type, record, err)
			continue
		}
		compare(t, record, w.answers)
	}
}

func compare(t *testing.T, record *workspace.Record, answers map[string]domain.Answer) {
	t.Helper()
	for name, want := range answers {
		if diff := cmp.Diff(want, record.Answer(name)); diff != "" {
			t.Errorf("%s.%s: %s", record.Type(), name, diff)
		}
	}
}

func TestSet_Refusals(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	before := lineCount(m)
	for _, c := range []struct {
		name   string
		target workspace.Target
		field  string
		answer domain.Answer
		code   string
	}{
		{"code outside its list", target, "sex", text("purple"), "E-VALUE"},
		{"one code of several outside its list", target, "nationalities", domain.Answer{Value: []string{"SYR", "ZZZ"}}, "E-VALUE"},
		{"impossible date", target, "birth", text("1990-02-30"), "E-VALUE"},
		{"thirteenth month", target, "birth", text("1990-13"), "E-VALUE"},
		{"text for a date", target, "birth", text("i fjor"), "E-VALUE"},
		{"number for a text", target, "given_names", domain.Answer{Value: int64(3)}, "E-VALUE"},
		{"text for a list", target, "nationalities", text("SYR"), "E-VALUE"},
		{"a name for a reference", target, "household", text("Mappe"), "E-VALUE"},
		{"text that is no UTF-8", target, "given_names", text("a\xffb"), "E-VALUE"},
		{"text longer than a line may be", target, "given_names", text(strings.Repeat("x", 300<<10)), "E-VALUE"},
		{"unknown field", target, "shoe_size", text("44"), "E-FIELD"},
		{"unknown type", workspace.Target{Type: "spaceship"}, "name", text("x"), "E-FORM"},
		{"field of headquarters", workspace.Target{Type: "case", ID: caseID}, "reg_number", text("1"), "E-ROLE"},
		{"type of headquarters", workspace.Target{Type: "decision", Case: caseID}, "outcome", text("granted"), "E-ROLE"},
		{"compartment without ring", workspace.Target{Type: "attendance"}, "minutes_attended", domain.Answer{Value: int64(3)}, "E-ROLE"},
		{"another object's identifier", workspace.Target{Type: "household", ID: person, Case: caseID}, "address", text("x"), "E-FIELD"},
	} {
		_, err := m.ws.Set(t.Context(), c.target, map[string]domain.Answer{c.field: c.answer})
		if c.name == "another object's identifier" {
			info, _ := domain.Info("household")
			_, err = m.ws.Set(t.Context(), c.target, map[string]domain.Answer{info.Fields[0].Name: exchangetest.Sample(info.Fields[0])})
			c.code = "E-OP"
		}
		wantCode(t, c.name, err, c.code)
	}
	if after := lineCount(m); after != before {
		t.Errorf("%d lines after refusals, %d before", after, before)
	}
}

// TestSet_RolePerType: for every role what the table says, and nothing more.
func TestSet_RolePerType(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	caseID, person := mustCase(t, m)
	for slot := range hqRoles {
		m.as(t, slot)
		role := m.ws.Me().Role
		for _, info := range domain.Types() {
			if info.Type == "event" {
				continue
			}
			field := info.Fields[0]
			target := workspace.Target{Type: info.Type, ID: uuid.New(), Case: caseID, Subject: person}
			_, err := m.ws.Set(t.Context(), target, map[string]domain.Answer{field.Name: exchangetest.Sample(field)})
			may := role.MayWrite(info.Type, field.Name) && !workspace.IsMark(info.Type)
			if may && err != nil {
				t.Errorf("%s may write %s.%s: %v", role, info.Type, field.Name, err)
			}
			if !may {
				wantCode(t, string(role)+" writes "+string(info.Type), err, "E-ROLE")
			}
		}
	}
}

func TestSetMany_AllOrNothing(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	before := lineCount(m)
	var told int
	defer m.ws.Subscribe(func(workspace.Change) { told++ })()
	note := workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}
	_, err := m.ws.SetMany(t.Context(), []workspace.Write{
		{Target: workspace.Target{Type: "person", ID: person, Case: caseID}, Answers: map[string]domain.Answer{"birth_place": text("Byen")}},
		{Target: note, Answers: map[string]domain.Answer{"note": text("hemmelig")}},
		{Target: workspace.Target{Type: "household", ID: person, Case: caseID}, Answers: map[string]domain.Answer{"rank": text("a")}}, // the identifier of a person
	})
	wantCode(t, "third of three", err, "E-OP")
	record, getErr := m.ws.Get(t.Context(), "person", person)
	if getErr != nil || record.Text("birth_place") != "" || lineCount(m) != before || told != 0 {
		t.Errorf("half done: birth place %q, %d lines instead of %d, %d told", record.Text("birth_place"), lineCount(m), before, told)
	}
	records, err := m.ws.SetMany(t.Context(), []workspace.Write{
		{Target: workspace.Target{Type: "person", ID: person, Case: caseID}, Answers: map[string]domain.Answer{"birth_place": text("Byen")}},
		{Target: workspace.Target{Type: "person", ID: person, Case: caseID}, Answers: map[string]domain.Answer{"birth_place": text("Landsbyen")}},
	})
	if err != nil || records[1].Text("birth_place") != "Landsbyen" || records[1].Conflicted("birth_place") || told != 2 {
		t.Errorf("twice the same field: %v, %d told", err, told)
	}
	// The same sealed object twice in one transaction.
	note.ID = uuid.New()
	records, err = m.ws.SetMany(t.Context(), []workspace.Write{
		{Target: note, Answers: map[string]domain.Answer{"note": text("én")}}, {Target: note, Answers: map[string]domain.Answer{"note": text("to")}},
	})
	if err != nil || records[1].Text("note") != "to" || records[1].Conflicted("note") {
		t.Errorf("sealed twice: %v, %v", records, err)
	}
	if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSet_UnchangedWritesNothing(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	note := workspace.Target{Type: "sealed_note", ID: uuid.New(), Case: caseID, Subject: person}
	record := mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Byen"), "sex": text("female")})
	mustSet(t, m, note, map[string]domain.Answer{"note": text("hemmelig")})
	before := lineCount(m)
	for range 20 { // pains.md row 12: twenty clicks on "save"
		target.Seen = map[string][]oplog.Name{"birth_place": record.Seen("birth_place")}
		mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Byen"), "sex": text("female"), "name_called": {}})
		mustSet(t, m, note, map[string]domain.Answer{"note": text("hemmelig")})
	}
	if after := lineCount(m); after != before {
		t.Errorf("%d lines after saving the same again, %d before", after, before)
	}
	mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Byen "), "sex": text("female")})
	if after := lineCount(m); after != before+1 {
		t.Errorf("a change wrote %d lines", after-before)
	}
}

func TestRemove_Restore(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	for _, target := range []workspace.Target{
		{Type: "language", ID: uuid.New(), Case: caseID, Subject: person}, {Type: "sealed_note", ID: uuid.New(), Case: caseID, Subject: person},
	} {
		field := map[domain.Type]string{"language": "comment", "sealed_note": "note"}[target.Type]
		if _, ok := func() (domain.Field, bool) { i, _ := domain.Info(target.Type); return i.Field(field) }(); !ok {
			field = "rank"
		}
		mustSet(t, m, target, map[string]domain.Answer{field: text("Swahili")})
		count := func() int {
			records, err := m.ws.Objects(t.Context(), target.Type, caseID)
			if err != nil {
				t.Fatal(err)
			}
			return len(records)
		}
		if count() != 1 {
			t.Fatalf("%s is not there", target.Type)
		}
		if err := m.ws.Remove(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if count() != 0 {
			t.Errorf("%s is still there", target.Type)
		}
		m.as(t, 0)
		if count() != 0 {
			t.Errorf("%s is back after an unlock", target.Type)
		}
		if err := m.ws.Restore(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		records, err := m.ws.Objects(t.Context(), target.Type, caseID)
		if err != nil || len(records) != 1 || records[0].Text(field) != "Swahili" {
			t.Errorf("%s restored: %v, %v", target.Type, records, err)
		}
	}
	if err := m.ws.Remove(t.Context(), workspace.Target{Type: "person", ID: person, Case: caseID}); err != nil {
		t.Fatal(err)
	}
	if hits, err := m.ws.Search(t.Context(), "Mappe", 5); err != nil || len(hits) != 0 {
		t.Errorf("a removed person is found: %v, %v", hits, err)
	}
	if cases, err := m.ws.Cases(t.Context()); err != nil || cases[0].Persons != 0 {
		t.Errorf("a removed person counts: %+v, %v", cases, err)
	}
}

// TestSet_SeenMakesConflictVisible: a save lists what the author's screen stood on; what came in between is not replaced.
func TestSet_SeenMakesConflictVisible(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	screen := mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Byen")})
	mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	target.Seen = map[string][]oplog.Name{"birth_place": screen.Seen("birth_place")}
	record := mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Leiren")})
	if !record.Conflicted("birth_place") || len(record.Heads("birth_place")) != 2 || record.Text("birth_place") != "Leiren" {
		t.Fatalf("heads %+v, want two", record.Heads("birth_place"))
	}
	conflicts, err := m.ws.Conflicts(t.Context())
	if err != nil || len(conflicts) != 1 {
		t.Fatalf("%d conflicts, %v", len(conflicts), err)
	}
	if cases, err := m.ws.Cases(t.Context()); err != nil || cases[0].Conflicts != 1 {
		t.Errorf("the list shows %+v, %v", cases, err)
	}
	_, err = m.ws.Resolve(t.Context(), conflicts[0], text("Landsbyen"), "  ")
	wantCode(t, "no reason", err, "E-CONFLICT")
	record, err = m.ws.Resolve(t.Context(), conflicts[0], text("Landsbyen"), "vist dokument")
	if err != nil || record.Conflicted("birth_place") || record.Text("birth_place") != "Landsbyen" || record.Answer("birth_place").Reason != "vist dokument" {
		t.Errorf("resolved: %+v, %v", record.Heads("birth_place"), err)
	}
	_, err = m.ws.Resolve(t.Context(), conflicts[0], text("Leiren"), "en gang til")
	wantCode(t, "nothing to decide", err, "E-CONFLICT")
	// A screen that stood on nothing replaces nothing.
	target.Seen = map[string][]oplog.Name{"birth_place": {}}
	if record = mustSet(t, m, target, map[string]domain.Answer{"birth_place": text("Havnen")}); !record.Conflicted("birth_place") {
		t.Error("an empty screen replaced a value")
	}
}

// TestSetMany_AudienceOfANewCase: at headquarters everything of a case goes to its mission, also what was written in the same
// transaction as the case, and what only the object itself says.
func TestSetMany_AudienceOfANewCase(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQC)
	caseID, person, slot := uuid.New(), uuid.New(), uuid.New()
	_, err := m.ws.SetMany(t.Context(), []workspace.Write{
		{Target: workspace.Target{Type: "case", ID: caseID}, Answers: map[string]domain.Answer{"mission": text(missionID.String())}},
		{Target: workspace.Target{Type: "person", ID: person, Case: caseID}, Answers: map[string]domain.Answer{"given_names": text("Test")}},
		{Target: workspace.Target{Type: "slot", ID: slot}, Answers: map[string]domain.Answer{"mission": text(missionID.String())}},
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	mustSet(t, m, workspace.Target{Type: "slot", ID: slot}, map[string]domain.Answer{"room": text("2")})
	for _, c := range []domain.Compartment{domain.Open, domain.Case} {
		for _, state := range m.ws.Register().Chains(c) {
			if audience := m.ws.Audience(state.Chain.Epoch); audience != workspace.MissionAudience(missionID) {
				t.Errorf("%d lines of %s are for %s", state.Have.Count(), c, audience)
			}
		}
	}
}

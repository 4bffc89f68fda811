package workspace_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// mustInterview opens an interview as the present user.
func mustInterview(t testing.TB, m *machine, id uuid.UUID) *workspace.InterviewSession {
	t.Helper()
	session, err := m.ws.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// mustClosed opens the closed part about a person.
func mustClosed(t testing.TB, m *machine, interview, person uuid.UUID) *workspace.InterviewSession {
	t.Helper()
	room, err := mustInterview(t, m, interview).OpenClosed(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// specialSection reports whether a section asks for something that lies outside compartment case and open.
func specialSection(at workspace.Section) bool {
	types := []domain.Type{}
	for _, item := range at.Set.Flat() {
		switch {
		case item.Kind == form.Repeat:
			types = append(types, domain.Type(item.Name))
		case item.Kind.Asked() && item.Repeat == "":
			types = append(types, at.Set.Object)
		}
	}
	return slices.ContainsFunc(types, func(t domain.Type) bool {
		info, _ := domain.Info(t)
		return info.Compartment == domain.Special
	})
}

// TestClosed_RoleByRole: the ordinary interview is the same for every reader of the case; the closed part is there for those who hold
// the ring and may write, and for nobody else, who can neither see nor open it.
func TestClosed_RoleByRole(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQC)
	caseID, person := mustCase(t, m)
	m.as(t, slotINT)
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	var same []string
	for slot, may := range map[int]bool{slotINT: true, slotMLD: true, slotHQS: true, slotHQC: false} {
		m.as(t, slot)
		session := mustInterview(t, m, id)
		var sections []string
		for _, at := range session.Sections() {
			sections = append(sections, at.Set.ID+at.Set.Block)
			if specialSection(at) {
				t.Errorf("%s: the ordinary interview asks %s", hqRoles[slot], at.Set.ID)
			}
		}
		if same == nil {
			same = sections
		}
		if diff := cmp.Diff(same, sections); diff != "" {
			t.Errorf("%s has another interview: %s", hqRoles[slot], diff)
		}
		if m.ws.AsksClosed() != may || len(session.ClosedPersons()) > 0 != may {
			t.Errorf("%s: a closed part is there: %v", hqRoles[slot], !may)
		}
		left, err := session.ClosedLeft(t.Context())
		if err != nil || left != may {
			t.Errorf("%s: unfinished %v, %v", hqRoles[slot], left, err)
		}
		room, err := session.OpenClosed(t.Context(), person)
		if !may {
			wantCode(t, "open the closed part without the ring", err, "E-ROLE")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range room.Sections() {
			if !specialSection(at) || at.Subject != person {
				t.Errorf("the closed part asks %s about %s", at.Set.ID, at.Subject)
			}
		}
	}
}

// TestClosed_TheInterviewDoesNotReadIt: opening an interview puts no reading of health on record, for there was none; opening the
// closed part does.
func TestClosed_TheInterviewDoesNotReadIt(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"mobility": text("no_stairs")})
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	m.as(t, 0)
	before := m.ws.Register().Count(domain.Audit)
	mustInterview(t, m, id)
	if now := m.ws.Register().Count(domain.Audit); now != before {
		t.Errorf("%d lines on record after opening the interview", now-before)
	}
	room := mustClosed(t, m, id, person)
	if now := m.ws.Register().Count(domain.Audit); now == before {
		t.Error("opening the closed part is not on record")
	}
	if _, ok := room.LastPlace(); !ok {
		t.Error("the closed part does not know where its user was")
	}
}

// TestClosed_DraftsApart: what is half typed in the interview and in each closed part is kept side by side; keeping the one does not
// drop the other.
func TestClosed_DraftsApart(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	outside := workspace.Draft{Set: "identity", Subject: person, Path: form.Path{Name: "name_called"}, Text: "Mi"}
	inside := workspace.Draft{Set: "special", Subject: person, Path: form.Path{Name: "pregnant_due"}, Text: "mar"}
	keep := func(session *workspace.InterviewSession, drafts ...workspace.Draft) {
		t.Helper()
		if err := session.KeepDrafts(t.Context(), drafts); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, session *workspace.InterviewSession, want ...workspace.Draft) {
		t.Helper()
		got, err := session.Drafts()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	keep(mustInterview(t, m, id), outside)
	keep(mustClosed(t, m, id, person), inside)
	keep(mustInterview(t, m, id), outside)
	m.as(t, 0)
	want("the interview", mustInterview(t, m, id), outside)
	want("the closed part", mustClosed(t, m, id, person), inside)
	keep(mustClosed(t, m, id, person))
	want("the interview after the other was emptied", mustInterview(t, m, id), outside)
	want("the emptied closed part", mustClosed(t, m, id, person))
	mustClosed(t, m, id, person).Mark(0, form.Path{Name: "pregnant_due"}, true)
	if marks := mustInterview(t, m, id).Marks(); len(marks) > 0 {
		t.Errorf("the interview is marked %v", marks)
	}
}

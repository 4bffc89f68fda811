package workspace_test

import (
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// An interview names its interviewer by staff card; one that an older version began, by user, is the user's all the same (domain.md 7.6).
func TestInterviewer_CardAndUser(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQC)
	caseID, person := mustCase(t, m)
	m.as(t, slotINT)
	me := m.ws.Me()
	older, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult") // there is no card yet
	if err != nil {
		t.Fatal(err)
	}
	m.as(t, len(hqRoles)-1)
	mine, err := m.ws.Set(t.Context(), workspace.Target{Type: "staff_card"}, map[string]domain.Answer{"alias": text(me.Alias), "role": text("INT")})
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.ws.Set(t.Context(), workspace.Target{Type: "staff_card"}, map[string]domain.Answer{"alias": text(me.Alias), "role": text("INT"), "user": text(uuid.NewString())})
	if err != nil {
		t.Fatal(err)
	}
	m.as(t, slotINT)
	newer, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[uuid.UUID]uuid.UUID{older: me.User, newer: mine.ID()} {
		interview, err := m.ws.Get(t.Context(), "interview", id)
		if err != nil {
			t.Fatal(err)
		}
		if got := interview.Reference("interviewer"); got != want {
			t.Errorf("the interview names %s, want %s", got, want)
		}
		if !m.ws.OwnInterview(interview) || !m.ws.OwnDraft(interview) {
			t.Errorf("the interview that names %s is not this user's", want)
		}
	}
	if !m.ws.IsMe(mine.ID()) || !m.ws.IsMe(me.User) || m.ws.IsMe(other.ID()) || m.ws.IsMe(uuid.Nil) {
		t.Error("whose card is whose is not told right")
	}
	if newest, err := m.ws.NewestDraft(t.Context()); err != nil || newest != newer {
		t.Errorf("the newest draft is %s, %v, want %s", newest, err, newer)
	}
	m.as(t, slotINT2)
	interview, err := m.ws.Get(t.Context(), "interview", newer)
	if err != nil || m.ws.OwnInterview(interview) || m.ws.OwnDraft(interview) {
		t.Errorf("the interview is another interviewer's too: %v", err)
	}
}

// The time of an interview adds up over sittings; what is no figure counts nothing, and a handed in interview takes no more.
func TestTimeSpent_AddsUp(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	session, err := m.ws.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(sitting uuid.UUID, spent workspace.TimeSpent) uuid.UUID {
		t.Helper()
		kept, err := session.KeepTime(t.Context(), sitting, spent)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	if first := keep(uuid.Nil, workspace.TimeSpent{"A": 1e6}); first != uuid.Nil {
		t.Error("less than a second made a record")
	}
	first := keep(uuid.Nil, workspace.TimeSpent{"A": 60e9})
	if again := keep(first, workspace.TimeSpent{"A": 90e9, "C": 30e9}); again != first {
		t.Error("one sitting has two records")
	}
	if second := keep(uuid.Nil, workspace.TimeSpent{"C": 10e9}); second == first {
		t.Error("two sittings have one record")
	}
	if err := m.ws.FinishInterview(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	keep(uuid.Nil, workspace.TimeSpent{"J": 500e9})
	file, err := m.ws.OpenCase(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	got := file.TimeSpent(id)
	if got["A"] != 90e9 || got["C"] != 40e9 || len(got) != 2 || got.Total() != 130e9 || got.ByStage()[workspace.StageAdult] != 40e9 {
		t.Errorf("%v", got)
	}
}

package workspace_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// What the rules about courses find is told of the person on the roster whom it concerns (X21, X22).
func TestCourseProblems(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, 9) // the coordinator of the course
	day := func(s string) domain.Answer { return text("2026-12-" + s) }
	course := func(code, from, to string) uuid.UUID {
		return mustSet(t, m, workspace.Target{Type: "course"}, map[string]domain.Answer{
			"code": text(code), "start_date": day(from), "end_date": day(to), "planned_hours": text("2"), "status": text("planned"),
		}).ID()
	}
	first, second := course("A", "01", "05"), course("B", "04", "08")
	lesson := mustSet(t, m, workspace.Target{Type: "lesson"}, map[string]domain.Answer{"course": text(first.String()), "date": day("09"), "hours": text("3")}).ID()
	person := func(name string) uuid.UUID {
		return mustSet(t, m, workspace.Target{Type: "roster_person"}, map[string]domain.Answer{"given_name": text(name)}).ID()
	}
	twice, late, fine := person("Test Amina"), person("Test Lydia"), person("Test Selam")
	enrol := func(who, in uuid.UUID) {
		mustSet(t, m, workspace.Target{Type: "enrolment", Subject: who}, map[string]domain.Answer{"person": text(who.String()), "course": text(in.String()), "status": text("enrolled")})
	}
	enrol(twice, first)
	enrol(twice, second)
	enrol(fine, second)
	mustSet(t, m, workspace.Target{Type: "attendance", Subject: late}, map[string]domain.Answer{"person": text(late.String()), "session": text(lesson.String()), "state": text("present")})
	found, err := m.ws.CourseProblems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[uuid.UUID][]string{}
	for who, problems := range found {
		for _, p := range problems {
			got[who] = append(got[who], p.Rule)
		}
	}
	if diff := cmp.Diff(map[uuid.UUID][]string{twice: {"X22"}, late: {"X21", "X21_HOURS"}}, got); diff != "" {
		t.Error(diff)
	}
}

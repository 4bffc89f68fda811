package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// course is two courses, one after the other, with a lesson of three hours each and one person on both.
func course() *file {
	f := &file{names: make(map[string]*object)}
	f.put("first", "course", "start_date", "2027-01-11", "end_date", "2027-01-14", "planned_hours", "4.5")
	f.put("second", "course", "start_date", "2027-01-15", "end_date", "2027-01-18", "planned_hours", "20")
	f.put("lesson", "lesson", "course", "@first", "date", "2027-01-11", "hours", "3")
	f.put("next", "lesson", "course", "@first", "date", "2027-01-14", "hours", "1.5")
	f.put("one", "enrolment", "person", "x", "course", "@first", "status", "enrolled")
	f.put("two", "enrolment", "person", "x", "course", "@second", "status", "invited")
	f.put("came", "attendance", "person", "x", "session", "@lesson", "state", "present")
	f.put("again", "attendance", "person", "x", "session", "@next", "state", "late", "minutes_attended", int64(90))
	return f
}

func TestCheckOrientation(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(f *file)
		want   []string
	}{
		{"as planned", func(*file) {}, nil},
		{"a day before the course", func(f *file) { f.put("lesson", "", "date", "2027-01-10") }, []string{"X21@came"}},
		{"a day after the course", func(f *file) { f.put("next", "", "date", "2027-01-15") }, []string{"X21@again"}},
		{"absent on such a day", func(f *file) { f.put("next", "", "date", "2027-01-15").put("again", "", "state", "absent") }, nil},
		{"a minute more than planned", func(f *file) { f.put("again", "", "minutes_attended", int64(91)) }, []string{"X21_HOURS@again"}},
		{"more than planned by the hours of the lessons", func(f *file) { f.put("lesson", "", "hours", "3.25") }, []string{"X21_HOURS@again"}},
		{"another person's hours", func(f *file) { f.put("again", "", "person", "y", "minutes_attended", int64(200)) }, nil},
		{"a course without hours", func(f *file) { f.put("first", "", "planned_hours", nil) }, nil},
		{"courses that overlap by a day", func(f *file) { f.put("second", "", "start_date", "2027-01-14") }, []string{"X22@two"}},
		{"the second declined", func(f *file) { f.put("second", "", "start_date", "2027-01-14").put("two", "", "status", "declined") }, nil},
		{"the same course twice", func(f *file) { f.put("two", "", "course", "@first") }, nil},
		{"another person", func(f *file) { f.put("second", "", "start_date", "2027-01-14").put("two", "", "person", "y") }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := course()
			tt.change(f)
			names := map[uuid.UUID]string{}
			for name, o := range f.names {
				names[o.id] = name
			}
			var got []string
			for _, p := range domain.CheckOrientation(f) {
				got = append(got, p.Rule+"@"+names[p.Object])
				if p.Severity != domain.Error {
					t.Errorf("%s is %s, want an error", p.Rule, p.Severity)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblem_Told(t *testing.T) {
	if got := (domain.Problem{Args: map[string]string{"Stated": "5", "Count": "4"}}).Told(); got != "Count=4;Stated=5" {
		t.Errorf("told %q", got)
	}
	if got := (domain.Problem{}).Told(); got != "" {
		t.Errorf("told %q without arguments", got)
	}
}

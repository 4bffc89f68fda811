package schedule_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// read reads the plan at a machine.
func read(t *testing.T, m *exchangetest.Machine) *schedule.Plan {
	t.Helper()
	p, err := schedule.Read(t.Context(), m.WS, exchangetest.Mission)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func put(t *testing.T, m *exchangetest.Machine, slots ...schedule.Slot) *schedule.Change {
	t.Helper()
	change, err := schedule.Put(t.Context(), m.WS, read(t, m), slots...)
	if err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	return change
}

// planned gives the installation's case a time at headquarters, and sends it to the laptops.
func planned(t *testing.T, place *exchangetest.Installation) schedule.Slot {
	t.Helper()
	place.Caseload(t)
	s := slot("s 09:00-11:00", in("Rom 1"), order("UDI", "IMDi"))
	s.Case = place.Case
	put(t, place.HQ, s)
	for _, m := range place.Laptops {
		exchangetest.Send(t, place.HQ, m.Name, m)
	}
	return s
}

func TestPut_ReadsBack(t *testing.T) {
	in := exchangetest.Install(t)
	want := planned(t, in)
	for _, m := range []*exchangetest.Machine{in.HQ, in.Laptops[0]} {
		p := read(t, m)
		if len(p.Slots) != 1 {
			t.Fatalf("%s has %d slots", m.Name, len(p.Slots))
		}
		got := p.Slots[0]
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Format(time.RFC3339) == b.Format(time.RFC3339) })); diff != "" {
			t.Errorf("%s (-want +got)\n%s", m.Name, diff)
		}
		if f := p.Family(in.Case); f == nil || f.Number != "200-24C00001" || len(f.Persons) != 1 || !f.Interview || !f.Persons[0].Alone {
			t.Errorf("%s knows the family as %+v", m.Name, f)
		}
		if len(p.Unscheduled()) != 0 {
			t.Errorf("%s misses a time for the family", m.Name)
		}
	}
	// The same again writes nothing.
	unsent := func() int {
		status, err := in.HQ.WS.Objects(t.Context(), "slot", uuid.Nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(status[0].Seen("start"))
	}
	before := unsent()
	put(t, in.HQ, want)
	if unsent() != before {
		t.Error("a slot that did not change was written again")
	}
}

// TestMoved_OnTwoMachines: the interviewer notes that the family did not come while headquarters moves the same slot. Nothing is
// lost: both are shown as a conflict, on both machines, and the new time stands.
func TestMoved_OnTwoMachines(t *testing.T) {
	in := exchangetest.Install(t)
	s := planned(t, in)
	laptop := in.Laptops[0]

	absent := s
	absent.Status, absent.Reason = schedule.NoShow, "transport"
	put(t, laptop, absent)
	was, now := schedule.Postponed(s, "ill", id("later"), at("2026-11-24T13:00+03:00"))
	put(t, in.HQ, was, now)

	exchangetest.Send(t, laptop, "hq", in.HQ)
	exchangetest.Send(t, in.HQ, laptop.Name, laptop)
	for _, m := range []*exchangetest.Machine{in.HQ, laptop} {
		p := read(t, m)
		if len(p.Slots) != 2 {
			t.Fatalf("%s has %d slots, want the old and the new one", m.Name, len(p.Slots))
		}
		old, later := p.Slot(s.ID), p.Slot(id("later"))
		if !old.Conflict {
			t.Errorf("%s does not show that the two machines disagree", m.Name)
		}
		if old.MovedTo != later.ID || later.Case != in.Case || later.Conflict || later.Hours() != "13:00–15:00" || later.Day() != "2026-11-24" {
			t.Errorf("%s: the new time is %+v", m.Name, later)
		}
		record, err := m.WS.Get(t.Context(), "slot", s.ID)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, head := range record.Heads("status") {
			said = append(said, head.Answer.Text())
		}
		slices.Sort(said)
		if diff := cmp.Diff([]string{schedule.Moved, schedule.NoShow}, said); diff != "" {
			t.Errorf("%s: what was said (-want +got)\n%s", m.Name, diff)
		}
		// The family's line in the lists goes by the time that holds.
		cases, err := m.WS.Cases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if cases[0].Slot == nil || cases[0].Slot.Slot != later.ID {
			t.Errorf("%s: the case list says %+v", m.Name, cases[0].Slot)
		}
	}
}

// TestPut_ByAnInterviewer: an interviewer says how it went, and does not change the plan (domain.md 3.4).
func TestPut_ByAnInterviewer(t *testing.T) {
	in := exchangetest.Install(t)
	s := planned(t, in)
	laptop := in.Laptops[0]
	later := s
	later.Start, later.End = s.Start.Add(time.Hour), s.End.Add(time.Hour)
	if _, err := schedule.Put(t.Context(), laptop.WS, read(t, laptop), later); err == nil {
		t.Error("an interviewer moved the slot")
	}
	s.Status, s.Part = schedule.Done, "interviewed_present"
	put(t, laptop, s)
	if got := read(t, laptop).Slots[0]; got.Status != schedule.Done || got.Part != "interviewed_present" {
		t.Errorf("got %+v", got)
	}
}

func TestUndo(t *testing.T) {
	in := exchangetest.Install(t, "hq")
	in.HQ.Unlock(t, 0)
	s := plannedAtHQ(t, in)
	was, now := schedule.Postponed(s, "ill", id("later"), at("2026-11-24T13:00+03:00"))
	change := put(t, in.HQ, was, now)
	if n := len(read(t, in.HQ).Slots); n != 2 {
		t.Fatalf("%d slots", n)
	}
	stayed, err := change.Undo(t.Context())
	if err != nil || stayed != 0 {
		t.Fatalf("undo: %d stayed, %v", stayed, err)
	}
	p := read(t, in.HQ)
	if len(p.Slots) != 1 || p.Slots[0].Status != schedule.Planned || p.Slots[0].MovedTo != uuid.Nil || p.Slots[0].Reason != "" {
		t.Errorf("after undo: %+v", p.Slots)
	}
}

func plannedAtHQ(t *testing.T, place *exchangetest.Installation) schedule.Slot {
	t.Helper()
	exchangetest.Write(t, place.HQ, workspace.Target{Type: "mission", ID: exchangetest.Mission, Mission: exchangetest.Mission}, map[string]domain.Answer{"name": exchangetest.Text("Uttak prøve")})
	place.Case = exchangetest.Write(t, place.HQ, workspace.Target{Type: "case"}, map[string]domain.Answer{"unhcr_case_no": exchangetest.Text("200-24C00001"), "status": exchangetest.Text("scheduled"), "mission": exchangetest.Text(exchangetest.Mission.String())}).ID()
	place.Person = exchangetest.Write(t, place.HQ, workspace.Target{Type: "person", Case: place.Case}, map[string]domain.Answer{
		"given_names": exchangetest.Text("Test"), "family_name": exchangetest.Text("Mappe"), "birth": exchangetest.Text("1990"), "nationalities": {Value: []string{"SYR"}},
	}).ID()
	s := slot("s 09:00-11:00", in("Rom 1"), with("T1"))
	s.Case = place.Case
	put(t, place.HQ, s)
	return s
}

// TestReadWishes: wishes are read when asked for, and only then; what an interview has noted of the interpreter's origin is used.
func TestReadWishes(t *testing.T) {
	in := exchangetest.Install(t, "hq")
	in.HQ.Unlock(t, 0)
	s := plannedAtHQ(t, in)
	write := func(target workspace.Target, answers map[string]domain.Answer) {
		exchangetest.Write(t, in.HQ, target, answers)
	}
	write(workspace.Target{Type: "person_special", Case: in.Case, Subject: in.Person}, map[string]domain.Answer{"interpreter_wish": {Value: []string{"female"}}})
	write(workspace.Target{Type: "disqualification", Case: in.Case, Subject: in.Case}, map[string]domain.Answer{"interpreter": exchangetest.Text("T1"), "tie": exchangetest.Text("relative")})
	p := read(t, in.HQ)
	if got := told(p.Problems(s), "s"); !slices.Equal(got, []string{"INTERPRETER_TIED@s"}) {
		t.Errorf("without wishes: %v", got)
	}
	more, err := schedule.ReadWishes(t.Context(), in.HQ.WS, p, []uuid.UUID{in.Case})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(more.Problems(s), "s"); !slices.Equal(got, []string{"INTERPRETER_TIED@s", "INTERPRETER_WISH@s"}) {
		t.Errorf("with wishes: %v", got)
	}
	if len(p.Wishes) != 0 {
		t.Error("the plan itself holds wishes now")
	}
}

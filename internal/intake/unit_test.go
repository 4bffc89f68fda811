package intake_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

// TestWithdraw_TakesBackWhatNobodyBuiltOn is on a laptop, where headquarters' marks may not be written.
func TestWithdraw_TakesBackWhatNobodyBuiltOn(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	ws := in.Laptops[0].WS
	listed := func(text string) domain.Answer {
		return domain.Answer{Value: text, Source: domain.FromRRF, Verification: domain.Unverified}
	}
	exchangetest.Write(t, in.Laptops[0], workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth_place": listed("Byen")})
	fresh := func() uuid.UUID { id, _ := uuid.NewV7(); return id }
	kept, gone, newCase, person := fresh(), fresh(), fresh(), fresh()
	write := func(t domain.Type, id, caseID uuid.UUID, answers map[string]domain.Answer) workspace.Write {
		return workspace.Write{Target: workspace.Target{Type: t, ID: id, Case: caseID}, Answers: answers}
	}
	unit := &workspace.Unit{Writes: []workspace.Write{
		write("person", in.Person, in.Case, map[string]domain.Answer{"birth_place": listed("Landsbyen"), "sex": listed("female"), "civil_status": listed("single")}),
		write("person", kept, in.Case, map[string]domain.Answer{"given_names": listed("Perm")}),
		write("person", gone, in.Case, map[string]domain.Answer{"given_names": listed("Hefte")}),
		write("case", newCase, newCase, map[string]domain.Answer{"unhcr_case_no": listed("233-26-00001")}),
		write("person", person, newCase, map[string]domain.Answer{"given_names": listed("Skuff")}),
	}}
	if _, err := ws.SetUnit(ctx, unit); err != nil {
		t.Fatal(err)
	}
	if n := unit.Lines()[domain.Case].Count(); n != 5 {
		t.Errorf("%d lines are kept, want 5", n)
	}
	exchangetest.Write(t, in.Laptops[0], workspace.Target{Type: "person", ID: kept, Case: in.Case}, map[string]domain.Answer{"sex": listed("male")})
	exchangetest.Write(t, in.Laptops[0], workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"civil_status": {Value: "married", Source: domain.FromSelf}})

	would, err := ws.Withdraw(ctx, unit.Lines(), true, nil)
	if err != nil || *would != (workspace.Withdrawn{Objects: 3, Fields: 2, Stay: 2}) {
		t.Fatalf("rehearsal %+v %v", would, err)
	}
	told := false
	done, err := ws.Withdraw(ctx, unit.Lines(), false, func(*register.Tx) error { told = true; return nil })
	if err != nil || *done != *would || !told {
		t.Fatalf("%+v %v", done, err)
	}
	old, _ := ws.Get(ctx, "person", in.Person)
	if old.Text("birth_place") != "Byen" || old.Answer("sex").HasValue() || old.Text("civil_status") != "married" || len(old.Conflicts()) > 0 {
		t.Errorf("birth place %q, sex %q, civil status %q", old.Text("birth_place"), old.Text("sex"), old.Text("civil_status"))
	}
	for id, want := range map[uuid.UUID]bool{kept: true, gone: false} {
		if r, _ := ws.Get(ctx, "person", id); !r.Deleted() != want || r.Answer("given_names").HasValue() != want {
			t.Errorf("%s: stands %v, want %v", id, !r.Deleted(), want)
		}
	}
	if r, _ := ws.Get(ctx, "case", newCase); !r.Deleted() || r.Answer("unhcr_case_no").HasValue() {
		t.Error("the new case stands")
	}
	if cases, err := ws.Cases(ctx); err != nil || len(cases) != 1 {
		t.Errorf("%d cases %v", len(cases), err)
	}
}

func TestWithdraw_NewCaseThatSomebodyWorkedInStaysWhole(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	ws := in.Laptops[0].WS
	newCase, person := uuid.New(), uuid.New()
	unit := &workspace.Unit{Writes: []workspace.Write{
		{Target: workspace.Target{Type: "case", ID: newCase, Case: newCase}, Answers: map[string]domain.Answer{"unhcr_case_no": {Value: "233-26-00001"}}},
		{Target: workspace.Target{Type: "person", ID: person, Case: newCase}, Answers: map[string]domain.Answer{"given_names": {Value: "Skuff"}}},
	}}
	if _, err := ws.SetUnit(ctx, unit); err != nil {
		t.Fatal(err)
	}
	exchangetest.Write(t, in.Laptops[0], workspace.Target{Type: "health", Case: newCase, Subject: person}, map[string]domain.Answer{"mobility": {Value: "walks_freely"}})
	done, err := ws.Withdraw(ctx, unit.Lines(), false, nil)
	if err != nil || *done != (workspace.Withdrawn{Stay: 2}) {
		t.Fatalf("%+v %v", done, err)
	}
	if r, _ := ws.Get(ctx, "person", person); r.Deleted() {
		t.Error("a person whose health was asked about is gone")
	}
}

func TestSetUnit_FailsWhole(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	ws := in.Laptops[0].WS
	id, stop := uuid.New(), errors.New("stop")
	unit := &workspace.Unit{
		Writes: []workspace.Write{{Target: workspace.Target{Type: "person", ID: id, Case: in.Case}, Answers: map[string]domain.Answer{"given_names": {Value: "Skuff"}}}},
		Also:   func(*register.Tx, map[domain.Compartment]workspace.LineSet) error { return stop },
	}
	if _, err := ws.SetUnit(ctx, unit); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if r, err := ws.Get(ctx, "person", id); r != nil || err != nil {
		t.Errorf("half of it stands: %v %v", r, err)
	}
}

func TestHistory_ShowsWhatWasReplaced(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	ws := in.Laptops[0].WS
	exchangetest.Write(t, in.Laptops[0], workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth": {Value: "1991", Source: domain.FromSelf}})
	past, err := ws.History(ctx, "person", in.Person, "birth")
	if err != nil || len(past) != 2 {
		t.Fatalf("%d answers, %v", len(past), err)
	}
	if past[0].Answer.Text() != "1991" || !past[0].Standing || past[1].Answer.Text() != "1990" || past[1].Standing {
		t.Errorf("%+v", past)
	}
	if past, err := ws.History(ctx, "sealed_note", uuid.New(), "note"); past != nil || err != nil {
		t.Errorf("of a sealed type: %v %v", past, err)
	}
}

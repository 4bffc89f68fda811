package exchange_test

import (
	"path/filepath"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestFork_TheTwinComesAsAnIssue: a laptop and its clone give one name to two lines. One comes to a colleague straight, the other
// as headquarters says it again. The colleague shows both values, in whichever order they come, and knows of the fork; so does the
// laptop itself, which then writes its own line anew.
func TestFork_TheTwinComesAsAnIssue(t *testing.T) {
	for name, twin := range map[string]map[string]domain.Answer{
		"same field":   {"birth_place": text("Fra kopien")},
		"other field":  {"father_name": text("Fra kopien")},
		"other person": nil,
	} {
		for _, issueFirst := range []bool{false, true} {
			t.Run(name, func(t *testing.T) { twinComesAsIssue(t, twin, issueFirst) })
		}
	}
}

func twinComesAsIssue(t *testing.T, twin map[string]domain.Answer, issueFirst bool) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	other, field := target, "birth_place"
	clone := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen")})
	direct := mustExport(t, a, "laptop-b").File
	if twin == nil {
		twin = map[string]domain.Answer{"given_names": text("Fra kopien")}
		other.ID = mustSet(t, clone, workspace.Target{Type: "person", Case: caseID}, twin).ID()
	} else {
		mustSet(t, clone, target, twin)
	}
	for f := range twin {
		field = f
	}
	send(t, clone, "hq", in.hq)
	issue := mustExport(t, in.hq, "laptop-b").File

	files := []string{direct, issue}
	if issueFirst {
		files = []string{issue, direct}
	}
	mustImport(t, b, files[0])
	plan, err := exchange.Preview(t.Context(), b.ws, files[1])
	if err != nil || plan.Reasons["E-FORK"] != 1 {
		t.Errorf("preview: reasons %v, %v", plan.Reasons, err)
	}
	if result := mustImport(t, b, files[1]); result.Reasons["E-FORK"] != 1 {
		t.Errorf("reasons %v", result.Reasons)
	}
	shows := func(m *machine) {
		t.Helper()
		if got := values(t, m, target, "birth_place"); !got["Fra originalen"] {
			t.Errorf("%s: birth place %v", m.name, got)
		}
		if got := values(t, m, other, field); !got["Fra kopien"] {
			t.Errorf("%s: what the clone wrote: %v", m.name, got)
		}
		equalsRebuild(t, m)
	}
	shows(b)
	if forks := mustDevice(t, b, a.name).Forks; len(forks) != 1 || forks[0].Settled {
		t.Errorf("forks %+v", forks)
	}

	// The laptop learns of its twin from the issue alone, which a colleague hands on.
	epochs := epochsOf(a)
	a.set(today.Add(time.Hour))
	if result := send(t, b, "laptop-a", a); result.Reasons["E-FORK"] != 1 {
		t.Errorf("at the laptop: reasons %v", result.Reasons)
	}
	shows(a)
	if epochsOf(a) != epochs+1 {
		t.Errorf("the laptop has %d epochs after %d", epochsOf(a), epochs)
	}
	send(t, a, "hq", in.hq)
	shows(in.hq)
	send(t, a, "laptop-b", b)
	shows(b)
	if forks := mustDevice(t, b, a.name).Forks; len(forks) != 1 || !forks[0].Settled {
		t.Errorf("forks after the new epoch %+v", forks)
	}
}

// TestFork_LeftBeforeTheIssueComes: the laptop has gone on in a new epoch before a colleague hears of its twin from headquarters.
// The fork is on record there and raises no alarm.
func TestFork_LeftBeforeTheIssueComes(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	clone := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen")})
	mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
	send(t, clone, "hq", in.hq)
	issue := mustExport(t, in.hq, "laptop-b").File
	send(t, in.hq, "laptop-a", a)
	send(t, a, "laptop-b", b)
	mustImport(t, b, issue)
	if got := values(t, b, target, "birth_place"); !got["Fra originalen"] || !got["Fra kopien"] {
		t.Errorf("birth place %v", got)
	}
	if forks := mustDevice(t, b, a.name).Forks; len(forks) != 1 || !forks[0].Settled {
		t.Errorf("forks %+v", forks)
	}
	equalsRebuild(t, b)
}

// TestFork_ColleagueShowsHeadquartersTheOtherLine: the laptop is lost before it hears of its twin. The colleague who has its line sends
// that to headquarters, which has the twin's: it is kept, the fork is on record, and the receipt ends the sending.
func TestFork_ColleagueShowsHeadquartersTheOtherLine(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	clone := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen")})
	mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
	send(t, a, "laptop-b", b)
	send(t, clone, "hq", in.hq)
	send(t, in.hq, "laptop-b", b)

	if result := send(t, b, "hq", in.hq); result.Reasons["E-FORK"] == 0 {
		t.Errorf("headquarters does not see the other line: %v", result.Reasons)
	}
	if kept := files(t, filepath.Join(in.hq.dir, "quarantine")); len(kept) != 1 {
		t.Errorf("%d files are kept", len(kept))
	}
	if forks := mustDevice(t, in.hq, a.name).Forks; len(forks) == 0 || forks[0].Settled {
		t.Errorf("forks %+v", forks)
	}
	send(t, in.hq, "laptop-b", b)
	if result := send(t, b, "hq", in.hq); result.Reasons["E-FORK"] != 0 {
		t.Errorf("it is sent again after the receipt: %v", result.Reasons)
	}
}

// TestFork_OwnLineComesBackAsAnIssue: a laptop that was set back gets a line of its own that it does not know as headquarters says
// it again. It must not use the number for another line.
func TestFork_OwnLineComesBackAsAnIssue(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	old := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	send(t, a, "hq", in.hq)
	send(t, in.hq, "laptop-a", a)
	send(t, a, "laptop-b", b) // so b gives it neither its lines nor its receipt
	send(t, in.hq, "laptop-b", b)
	old.set(today.Add(time.Hour))
	send(t, b, "laptop-a", old)
	epochs := epochsOf(old)
	mustSet(t, old, target, map[string]domain.Answer{"civil_status": text("married")})
	if epochsOf(old) != epochs+1 {
		t.Error("it goes on in the old epoch")
	}
	if got := values(t, old, target, "sex"); !got["female"] {
		t.Errorf("sex %v", got)
	}
	equalsRebuild(t, old)
	if result := send(t, old, "hq", in.hq); len(result.Reasons) != 0 {
		t.Errorf("reasons %v", result.Reasons)
	}
	if got := values(t, in.hq, target, "civil_status"); !got["married"] {
		t.Errorf("civil status %v", got)
	}
}

package fields_test

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// Slots of the users at headquarters in the shared installation.
const (
	specialNeeds = 0
	settlement   = 2
)

// approval are fields that only the second person's button writes; see workspace.ApproveAdvice.
var approval = []string{"approved_by", "approved_digest"}

// entry is one record as it was entered on one machine.
type entry struct {
	target  workspace.Target
	answers map[string]domain.Answer
}

// enter writes every field that the user at a machine may write and nobody wrote before.
func enter(t *testing.T, m *exchangetest.Machine, in *exchangetest.Installation, ids map[domain.Type]uuid.UUID, done map[string]bool) []entry {
	t.Helper()
	role := m.WS.Me().Role
	var all []entry
	for _, info := range entered() {
		if !m.WS.Holds(info.Compartment) {
			continue
		}
		e := entry{workspace.Target{Type: info.Type, ID: ids[info.Type], Case: in.Case, Subject: in.Person}, map[string]domain.Answer{}}
		if info.Compartment == domain.Open {
			e.target.Case, e.target.Mission = uuid.Nil, exchangetest.Mission
		}
		for _, f := range info.Fields {
			if done[string(info.Type)+"."+f.Name] || !role.MayWrite(info.Type, f.Name) || info.Type == "advice" && slices.Contains(approval, f.Name) {
				continue
			}
			e.answers[f.Name] = exchangetest.Sample(f)
			if f.Name == "mission" {
				e.answers[f.Name] = exchangetest.Text(exchangetest.Mission.String()) // decides who gets the record
			}
			if info.Type == "advice" && f.Name == "written_by" {
				e.answers[f.Name] = exchangetest.Text(m.WS.Me().User.String()) // nobody writes in another's name
			}
			done[string(info.Type)+"."+f.Name] = true
		}
		if len(e.answers) == 0 {
			continue
		}
		exchangetest.Write(t, m, e.target, e.answers)
		all = append(all, e)
	}
	return all
}

// find reads a record at a machine, sealed ones by their boxes; nil when it is not there.
func find(t *testing.T, m *exchangetest.Machine, e entry) *workspace.Record {
	t.Helper()
	records, err := m.WS.Objects(t.Context(), e.target.Type, e.target.Case)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(records, func(r *workspace.Record) bool { return r.ID() == e.target.ID })
	if i < 0 {
		return nil
	}
	return records[i]
}

// TestField takes a value for every field of every type from one machine to another: entered, judged to fit, read again after a lock,
// carried in a file, merged and read there, in the form in which records are listed.
func TestField(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a", "laptop-b")
	laptop := in.Laptops[0]
	ids := map[domain.Type]uuid.UUID{"case": in.Case, "mission": exchangetest.Mission}
	for _, info := range entered() {
		if _, known := ids[info.Type]; !known {
			ids[info.Type] = uuid.NewSHA1(uuid.NameSpaceURL, []byte(info.Type))
		}
	}
	done := map[string]bool{}
	inField := enter(t, laptop, in, ids, done)
	laptop.Unlock(t, 0)
	verify := func(t *testing.T, m *exchangetest.Machine, r *workspace.Record, e entry, name string) {
		t.Helper()
		if r == nil {
			t.Fatalf("%s has no such record", m.Name)
		}
		want, err := e.answers[name].Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Answer(name).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("at %s: %s", m.Name, diff)
		}
	}
	exchangetest.Send(t, laptop, "hq", in.HQ)
	in.HQ.Unlock(t, specialNeeds)
	atHQ := enter(t, in.HQ, in, ids, done)
	in.HQ.Unlock(t, settlement)
	atHQ = append(atHQ, enter(t, in.HQ, in, ids, done)...)
	in.HQ.Unlock(t, settlement)
	if _, err := in.HQ.WS.ApproveAdvice(t.Context(), ids["advice"]); err != nil {
		t.Fatal(err)
	}
	in.HQ.Unlock(t, settlement)
	advice := entry{workspace.Target{Type: "advice", ID: ids["advice"], Case: in.Case}, nil}
	approved := find(t, in.HQ, advice)
	in.HQ.Unlock(t, specialNeeds)
	exchangetest.Send(t, in.HQ, in.Laptops[1].Name, in.Laptops[1])

	run := func(entries []entry, machines ...*exchangetest.Machine) {
		for _, e := range entries {
			info, _ := domain.Info(e.target.Type)
			at := map[*exchangetest.Machine]*workspace.Record{}
			for _, m := range machines {
				at[m] = find(t, m, e)
			}
			for _, f := range info.Fields {
				if _, wrote := e.answers[f.Name]; !wrote {
					continue
				}
				t.Run(string(info.Type)+"."+f.Name, func(t *testing.T) {
					for _, problem := range domain.CheckValue(f, e.answers[f.Name], today) {
						if problem.Rule == "KIND" {
							t.Errorf("the sample does not fit: %s", problem.Rule)
						}
					}
					for _, m := range machines {
						if e.target.Type == "advice" && m != in.HQ && m != laptop {
							continue // nobody but its author and those who answer for it reads an advice
						}
						verify(t, m, at[m], e, f.Name)
					}
				})
			}
		}
	}
	run(inField, laptop, in.HQ)
	run(atHQ, in.HQ, in.Laptops[1])
	for _, name := range approval {
		t.Run("advice."+name, func(t *testing.T) {
			if approved == nil || !approved.Answer(name).HasValue() {
				t.Error("the approval is not there after a lock")
			}
		})
		done["advice."+name] = true
	}
	for _, info := range entered() {
		for _, f := range info.Fields {
			if !done[string(info.Type)+"."+f.Name] {
				t.Errorf("%s.%s: nobody of these users may write it", info.Type, f.Name)
			}
		}
	}
}

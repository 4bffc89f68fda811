package demo_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/demo"
	"feltbok/internal/domain"
)

// object is what a case file would show after all records are applied in order.
type object struct {
	record  demo.Record
	answers map[string]domain.Answer
}

func (o *object) ID() uuid.UUID     { return o.record.ID }
func (o *object) Type() domain.Type { return o.record.Type }

func (o *object) Answer(field string) domain.Answer {
	if field == "about" || field == "parent" {
		return domain.TextAnswer(o.record.Subject.String())
	}
	return o.answers[field]
}

// file is one case with all its objects.
type file []*object

func (f file) Objects(t domain.Type) []domain.ObjectView {
	var out []domain.ObjectView
	for _, o := range f {
		if o.record.Type == t {
			out = append(out, o)
		}
	}
	return out
}

func files(p demo.Plan) map[uuid.UUID]file {
	out := map[uuid.UUID]file{}
	for _, r := range slices.Concat(p.Caseload, p.InterviewsA, p.InterviewsB) {
		if r.Case == uuid.Nil {
			continue
		}
		at := slices.IndexFunc(out[r.Case], func(o *object) bool { return o.record.ID == r.ID })
		if at < 0 {
			at = len(out[r.Case])
			out[r.Case] = append(out[r.Case], &object{record: r, answers: map[string]domain.Answer{}})
		}
		for name, a := range r.Set {
			out[r.Case][at].answers[name] = a
		}
	}
	return out
}

// TestMission_CasesKeepTheRules: an invented interview that breaks the rules of the field would teach the wrong thing. The
// one warning that a training mission needs, the household that a mission lead must decide on, is there.
func TestMission_CasesKeepTheRules(t *testing.T) {
	for seed := range int64(4) {
		plan := demo.Mission(seed, 40)
		polygamy := false
		all := files(plan)
		for _, c := range plan.Cases {
			for _, problem := range domain.CheckCase(all[c.ID], demo.ReferenceDay) {
				if problem.Severity == domain.Error {
					t.Errorf("seed %d, case %s %s: %s %s.%s", seed, c.Number, c.Story, problem.Rule, problem.Type, problem.Field)
				}
				polygamy = polygamy || problem.Rule == "POLYGAMY" && c.Story == "polygamous_household"
			}
		}
		if !polygamy {
			t.Errorf("seed %d: the polygamous household is not noticed", seed)
		}
	}
}

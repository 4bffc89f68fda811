package codelist

import (
	"time"

	"feltbok/internal/domain"
)

// CheckValue is [domain.CheckValue] with the codes looked up as well: rule LIST when the list has no such code, LIST_ENDED
// when the code has ended by today (domain.md 8.3). An ended code on an older record is no fault; judge it by the day of
// the record.
func (x *Lists) CheckValue(f domain.Field, a domain.Answer, today time.Time) []domain.Problem {
	problems := domain.CheckValue(f, a, today)
	if f.List == "" || len(problems) > 0 && problems[0].Rule == "KIND" {
		return problems
	}
	for _, code := range a.List() {
		switch {
		case !x.Has(f.List, code):
			problems = append(problems, domain.Problem{Rule: "LIST", Severity: domain.Error, Field: f.Name, Args: map[string]string{"Code": code}})
		case !x.Valid(f.List, code, today):
			problems = append(problems, domain.Problem{Rule: "LIST_ENDED", Severity: domain.Warning, Field: f.Name, Args: map[string]string{"Code": code}})
		}
	}
	return problems
}

// CheckCase is [domain.CheckCase] with rule X26: the municipality's number must hold in the year of the settlement (domain.md
// 8.5). A municipality that the list does not know is rule LIST of its field, not this one.
func (x *Lists) CheckCase(view domain.CaseView, today time.Time) []domain.Problem {
	problems := domain.CheckCase(view, today)
	for _, s := range domain.SettlementYears(view, today) {
		if x.Has("municipality", s.Municipality) && !x.Valid("municipality", s.Municipality, s.On) {
			problems = append(problems, domain.Problem{
				Rule: "X26", Severity: domain.Error, Type: "request", Object: s.Request, Field: "municipality",
				Args: map[string]string{"Year": s.On.Format("2006")},
			})
		}
	}
	return problems
}

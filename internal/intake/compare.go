package intake

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// comparer compares the cases of a list with the register.
type comparer struct {
	*standing
	o Options
}

// compare makes the plan of one case.
func (c *comparer) compare(in *caseRows) (CasePlan, error) {
	p := CasePlan{Number: in.number, State: StateNew, Differences: []Difference{}, Persons: []PersonPlan{}}
	record := c.cases[in.key]
	switch {
	case record == nil:
		id, err := uuid.NewV7()
		if err != nil {
			return p, err
		}
		p.Case = id
		p.write(workspace.Target{Type: "case", ID: id, Case: id, Mission: c.o.Mission}, c.newCase(in))
	case record.Deleted():
		p.Case, p.State = record.ID(), StateLeftOut
		in.rows[0].say(about(removed, domain.Warning, caseNumber, ""))
	default:
		p.Case, p.State = record.ID(), StateSame
		p.Differences = c.differences(&p, record, in.answer, in.rows[0])
	}
	homes, err := c.households(&p, in)
	if err != nil {
		return p, err
	}
	for _, r := range in.rows {
		person, err := c.person(&p, r, homes[r.home])
		if err != nil {
			return p, err
		}
		p.Persons = append(p.Persons, person)
	}
	if err := c.relations(&p, in); err != nil {
		return p, err
	}
	c.judge(in, record == nil)
	asking := slices.ContainsFunc(p.Persons, func(q PersonPlan) bool { return q.State == StateAsk })
	switch {
	case in.failed() || asking || p.State == StateLeftOut:
		p.State, p.writes, p.Households, p.Relations = StateLeftOut, nil, 0, 0
	case p.State == StateSame && len(p.writes) > 0:
		p.State = StateChanged
	}
	return p, nil
}

func (p *CasePlan) write(target workspace.Target, answers map[string]domain.Answer) {
	if len(answers) > 0 {
		target.Case = p.Case
		p.writes = append(p.writes, workspace.Write{Target: target, Answers: answers})
	}
}

// newCase adds to what the list says of a new case what follows from taking it in (domain.md 4, 7.3).
func (c *comparer) newCase(in *caseRows) map[string]domain.Answer {
	answers := maps.Clone(in.answer)
	status := "received"
	if c.o.Mission != uuid.Nil {
		status = "scheduled"
		answers["mission"] = domain.TextAnswer(c.o.Mission.String())
		if _, said := answers["channel"]; !said {
			answers["channel"] = domain.TextAnswer("mission")
		}
	}
	answers["status"] = domain.TextAnswer(status)
	answers["limited_information"] = domain.Answer{Value: strings.HasPrefix(answers["channel"].Text(), "dossier")}
	if _, said := answers["submitted_by"]; !said && c.o.Mapping.Source == domain.FromRRF {
		answers["submitted_by"] = domain.Answer{Value: "unhcr", Source: domain.FromRRF, Verification: domain.Unverified}
	}
	return answers
}

// replaceable reports whether a list may put a newer value in the place of one: only of what an earlier list said and nobody has
// looked at since.
func replaceable(a domain.Answer) bool {
	fromList := a.Source == domain.FromRRF || a.Source == domain.FromUDIList
	return a.Empty() || a.Missing == domain.NotAsked || fromList && (a.Verification == "" || a.Verification == domain.Unverified)
}

// differences compares a record with what the list says of it, and plans the writes.
func (c *comparer) differences(p *CasePlan, record *workspace.Record, answers map[string]domain.Answer, row *personRow) []Difference {
	list := []Difference{}
	set, seen := map[string]domain.Answer{}, map[string][]oplog.Name{}
	for _, field := range slices.Sorted(maps.Keys(answers)) {
		answer, now := answers[field], record.Answer(field)
		if slices.ContainsFunc(record.Heads(field), func(h workspace.Head) bool { return sameValue(h.Answer, answer) }) || c.sameNumber(field, now, answer) {
			continue
		}
		d := Difference{Type: record.Type(), Object: record.ID(), Field: field, Old: now, New: answer}
		switch conflicted := record.Conflicted(field); {
		case !conflicted && replaceable(now):
			seen[field] = record.Seen(field)
		case c.o.Dispute && !conflicted:
			d.Disputed = true
			seen[field] = []oplog.Name{} // beside what stands, which is not replaced
		default:
			d.Held = true
			code := verified
			if conflicted {
				code = conflictStands
			}
			i := about(code, domain.Information, string(record.Type())+"."+field, "")
			i.Value = shorten(answer.Text())
			row.say(i)
		}
		if !d.Held {
			set[field] = answer
		}
		list = append(list, d)
	}
	p.write(workspace.Target{Type: record.Type(), ID: record.ID(), Mission: c.o.Mission, Seen: seen}, set)
	return list
}

// sameNumber reports whether a case number is only spelt in the other of the two forms (domain.md 8.2).
func (c *comparer) sameNumber(field string, now, answer domain.Answer) bool {
	return field == "unhcr_case_no" && domain.SameUNHCRCase(now.Text(), answer.Text())
}

// person plans what happens to the person of a row.
func (c *comparer) person(p *CasePlan, r *personRow, home uuid.UUID) (PersonPlan, error) {
	plan := PersonPlan{Row: r.number, Name: domain.DisplayName(r.get), Differences: []Difference{}, Likely: []Likely{}}
	record, likely := c.find(p, r)
	switch {
	case record != nil && record.Deleted():
		plan.Person, plan.State = record.ID(), StateSame
		r.say(about(removed, domain.Warning, individualNo, ""))
		return plan, nil
	case record != nil:
		plan.Person, plan.State = record.ID(), StateSame
		answers := r.answer
		if record.Reference("household") == uuid.Nil && home != uuid.Nil {
			answers = maps.Clone(answers)
			answers["household"] = domain.TextAnswer(home.String())
		}
		before := len(p.writes)
		if plan.Differences = c.differences(p, record, answers, r); len(p.writes) > before {
			plan.State = StateChanged
		}
		return plan, nil
	case len(likely) > 0:
		plan.State = StateAsk
		for _, other := range likely {
			plan.Likely = append(plan.Likely, c.describe(other))
		}
		i := about(likelyHere, domain.Warning, "", "")
		i.Value = plan.Name
		r.say(i)
		return plan, nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return plan, err
	}
	plan.Person, plan.State = id, StateNew
	if other := c.elsewhere(r, p.Case); other != nil {
		i := about(likelyElsewhere, domain.Warning, "", c.numbers[other.Case()])
		i.Value = plan.Name
		r.say(i)
	}
	answers := maps.Clone(r.answer)
	if home != uuid.Nil {
		answers["household"] = domain.TextAnswer(home.String())
	}
	if answers["given_names"].HasValue() != answers["family_name"].HasValue() && answers["given_names"].HasValue() && r.column["person.family_name"] != "" {
		answers["one_name"] = domain.Answer{Value: true, Source: c.o.Mapping.Source, Verification: domain.Unverified}
	}
	p.write(workspace.Target{Type: "person", ID: id, Mission: c.o.Mission}, answers)
	return plan, nil
}

// find says whom a row is about: the person with its number, the person the user named, or the one in the case whose names, birth and
// sex are exactly the same where one of the two has no number. likely are those who are only much alike, which a person must judge.
func (c *comparer) find(p *CasePlan, r *personRow) (record *workspace.Record, likely []*workspace.Record) {
	number := r.answer["unhcr_individual_no"].Text()
	if number != "" {
		if found := c.byNumber[domain.NormaliseUNHCR(number)]; found != nil {
			if found.Case() != p.Case {
				if found.Deleted() {
					return nil, nil
				}
				r.say(about(otherCase, domain.Error, individualNo, c.numbers[found.Case()]))
			}
			return found, nil
		}
	}
	same, answered := c.o.Same[r.number]
	for _, other := range c.persons[p.Case] {
		if answered && other.ID() == same {
			return other, nil
		}
		if number != "" && other.Text("unhcr_individual_no") != "" {
			continue
		}
		switch {
		case identity(r.get) == identity(other.Answer):
			return other, nil
		case !other.Deleted() && alike(r.get, other.Answer):
			likely = append(likely, other)
		}
	}
	if answered {
		return nil, nil
	}
	return nil, likely
}

// households finds or makes the household of each label that the rows of a case have.
func (c *comparer) households(p *CasePlan, in *caseRows) (map[string]uuid.UUID, error) {
	homes := map[string]uuid.UUID{}
	stand := c.homes[p.Case]
	for _, r := range in.rows {
		if _, done := homes[r.home]; done {
			continue
		}
		name := homeName(r.home)
		for _, home := range stand {
			if home.Text("name") == name || home.Text("name") == r.home || r.home == "" && len(stand) == 1 {
				homes[r.home] = home.ID()
				break
			}
		}
		if homes[r.home] != uuid.Nil || r.home == "" && len(stand) > 1 {
			continue // of several households a list without a column says none
		}
		if r.home == "" && len(homes) > 0 {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		homes[r.home] = id
		p.Households++
		p.write(workspace.Target{Type: "household", ID: id, Mission: c.o.Mission, Subject: p.Case}, map[string]domain.Answer{
			"case": domain.TextAnswer(p.Case.String()), "name": domain.TextAnswer(name),
		})
	}
	return homes, nil
}

// homeName is what a household is called on screen.
func homeName(label string) string {
	if label == "" {
		label = "1"
	}
	if _, err := strconv.Atoi(label); err == nil {
		return "Husstand " + label
	}
	return label
}

// relations plans the relation to the principal applicant of everybody who is new, or whose relation the list says anew.
func (c *comparer) relations(p *CasePlan, in *caseRows) error {
	principal := uuid.Nil
	for i, r := range in.rows {
		if r.answer["relation_to_pa"].Text() == "principal_applicant" && p.Persons[i].State != StateAsk {
			principal = p.Persons[i].Person
		}
	}
	for _, person := range c.persons[p.Case] {
		if principal == uuid.Nil && !person.Deleted() && person.Text("relation_to_pa") == "principal_applicant" {
			principal = person.ID()
		}
	}
	for i, r := range in.rows {
		person := p.Persons[i]
		to, ok := kin[r.answer["relation_to_pa"].Text()]
		said := person.State == StateNew || slices.ContainsFunc(person.Differences, func(d Difference) bool { return d.Field == "relation_to_pa" && !d.Held && !d.Disputed })
		if !ok || principal == uuid.Nil || !said || person.Person == principal || c.related[[2]uuid.UUID{person.Person, principal}] {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		a, b := principal, person.Person
		if to.turned {
			a, b = b, a
		}
		p.Relations++
		answer := func(text string) domain.Answer {
			return domain.Answer{Value: text, Source: c.o.Mapping.Source, Verification: domain.Unverified}
		}
		p.write(workspace.Target{Type: "relation", ID: id, Mission: c.o.Mission}, map[string]domain.Answer{
			"person_a": answer(a.String()), "person_b": answer(b.String()), "type": answer(to.kind),
		})
	}
	return nil
}

// judge looks at a case as a whole (domain.md 8.5).
func (c *comparer) judge(in *caseRows, isNew bool) {
	if !isNew || len(in.rows) == 0 {
		return
	}
	first := in.rows[0]
	asked := in.column["person.relation_to_pa"] != ""
	if asked && !slices.ContainsFunc(in.rows, func(r *personRow) bool { return r.answer["relation_to_pa"].Text() == "principal_applicant" }) {
		first.say(about(noPrincipal, domain.Warning, "person.relation_to_pa", ""))
	}
	if size, ok := in.answer["case_size_rrf"].Int(); ok && size != int64(len(in.rows)) {
		i := about(sizeDiffers, domain.Warning, "case.case_size_rrf", strconv.Itoa(len(in.rows)))
		i.Value = strconv.FormatInt(size, 10)
		first.say(i)
	}
}

package demo

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

func (m *maker) record(t domain.Type, id, caseID, subject uuid.UUID, by domain.Role, answers map[string]domain.Answer) Record {
	return Record{Type: t, ID: id, Case: caseID, Subject: subject, By: by, Set: answers}
}

// setup writes what stands before any case: who is who, the quota, the mission.
func (m *maker) setup(cases int) {
	for _, s := range []Staff{
		{Device: LaptopA, Alias: "intervjuer A", Role: domain.INT},
		{Device: LaptopB, Alias: "intervjuer B", Role: domain.INT},
		{Device: HQ, Alias: "saksbehandler", Role: domain.HQC},
		{Device: IOM, Alias: "kursansvarlig", Role: domain.NCO},
	} {
		s.Card, s.Person = m.id("staff_card", s.Device), m.id("staff", s.Device)
		m.plan.Staff = append(m.plan.Staff, s)
		m.plan.Setup = append(m.plan.Setup, m.record("staff_card", s.Card, uuid.Nil, uuid.Nil, domain.ADM,
			set("alias", s.Alias, "role", string(s.Role))))
	}
	quota, sub := m.id("quota_year"), m.id("sub_quota")
	m.plan.Setup = append(m.plan.Setup,
		m.record("quota_year", quota, uuid.Nil, uuid.Nil, domain.QLM, set("year", m.day.Year(), "places", 1000, "carried_over", 0, "frame_year", 2)),
		m.record("sub_quota", sub, uuid.Nil, quota, domain.QLM,
			set("quota_year", quota, "name", "Øvingskvote", "bucket", "sub_quota", "places", 200)),
	)
	var countries []string
	for _, p := range profiles {
		countries = append(countries, p.country)
	}
	last := m.day.AddDate(0, 0, max(1, cases/5))
	m.plan.Caseload = append(m.plan.Caseload, m.record("mission", m.plan.Mission, uuid.Nil, uuid.Nil, domain.HQC, set(
		"mission_code", fmt.Sprintf("%d-UGA-99", m.day.Year()), "name", "Øvingsuttak (TESTDATA)", "mode", "mixed", "country_of_asylum", "UGA",
		"places", []string{"Kampala", "Nakivale"}, "nationalities", countries, "quota_year", quota, "sub_quota", sub,
		"start_date", m.day.Format(time.DateOnly), "end_date", last.Format(time.DateOnly), "agencies", []string{"UDI", "IMDi"},
		"planned_cases", cases, "status", "packed",
	)))
	m.interpreters()
}

// interpreters writes down who interprets on the mission: for each language a woman and a man.
func (m *maker) interpreters() {
	written := map[string]bool{}
	for _, p := range profiles {
		for _, who := range []struct{ number, gender string }{{"1", "female"}, {"2", "male"}} {
			code := interpreterCode(p.interpret, who.number)
			if written[code] {
				continue
			}
			written[code] = true
			m.plan.Caseload = append(m.plan.Caseload, m.record("interpreter_card", m.id("interpreter_card", code), uuid.Nil, uuid.Nil, domain.HQC, set(
				"code", code, "languages", []string{p.interpret}, "gender", who.gender, "mode", "in_person", "provider", "unhcr",
			)))
		}
	}
}

func interpreterCode(language, number string) string { return "tolk-" + language + "-" + number }

func (m *maker) staff(device string) Staff {
	for _, s := range m.plan.Staff {
		if s.Device == device {
			return s
		}
	}
	return Staff{}
}

// caseload writes the case as headquarters has it before the mission: what UNHCR wrote down, unverified (domain.md 4, step 2).
func (m *maker) caseload(h *household) {
	add := func(t domain.Type, id, caseID, subject uuid.UUID, answers map[string]domain.Answer) {
		m.plan.Caseload = append(m.plan.Caseload, m.record(t, id, caseID, subject, domain.HQC, answers))
	}
	channel, status, bucket := "mission", "scheduled", "sub_quota"
	switch {
	case h.dossier:
		channel, status, bucket = "dossier_medical", "received", "medical"
	case h.story == "by_video":
		channel = "remote"
	}
	fields := set(
		"unhcr_case_no", h.number, "submitted_by", "unhcr", "submission_priority", pick(m, []string{"normal", "normal", "normal", "urgent"}),
		"submission_cat_primary", pick(m, []string{"LPN", "SVT", "AWR"}), "submission_cat_secondary", pick(m, []string{"LAS", "FAM", "CHL"}),
		"case_size_rrf", len(h.people), "mission", m.plan.Mission, "channel", channel, "quota_bucket", bucket,
		"country_of_asylum", h.profile.asylum, "place_of_stay", h.profile.place,
		"arrived_country_of_asylum", fmt.Sprint(ReferenceDay.Year()-m.between(2, 11)), "limited_information", h.dossier, "status", status,
	)
	if h.story == "two_cases_second" {
		fields["linked_cases"] = domain.Answer{Value: []map[string]string{{"case": m.couple.id.String(), "unhcr_case_no": m.couple.number, "relation": "settle_near"}}}
	}
	add("case", h.id, h.id, uuid.Nil, qualified(fields, domain.FromRRF, domain.Unverified))
	for i, home := range h.homes {
		fields := set("case", h.id, "name", fmt.Sprintf("Husstand %d", i+1))
		if h.dossier {
			fields["absence_reason"] = domain.TextAnswer("Avgjøres på papirene, ingen blir intervjuet.")
		}
		add("household", home, h.id, h.id, fields)
	}
	for _, p := range h.people {
		add("person", p.id, h.id, uuid.Nil, qualified(m.registered(h, p), domain.FromRRF, domain.Unverified))
	}
	m.relations(h, add)
	if h.dossier {
		return
	}
	add("slot", h.slot, uuid.Nil, uuid.Nil, set(
		"mission", m.plan.Mission, "date", h.start.Format(time.DateOnly), "start", h.start.Format(time.RFC3339),
		"end", h.start.Add(sitting).Format(time.RFC3339), "room", map[string]string{LaptopA: "Rom 1", LaptopB: "Rom 2"}[h.device],
		"interviewer", m.staff(h.device).Card, "interpreter", m.interpreter(h), "agency_sequence", []string{"UDI", "IMDi"}, "status", "planned",
	))
	add("slot_case", m.id("slot_case", h.index), h.id, h.slot, set("slot", h.slot, "case", h.id))
}

// interpreter names the interpreter of a case by a code, as the records do.
func (m *maker) interpreter(h *household) string {
	return interpreterCode(h.profile.interpret, map[string]string{LaptopA: "1", LaptopB: "2"}[h.device])
}

// registered is the person as UNHCR wrote her down.
func (m *maker) registered(h *household, p *person) map[string]domain.Answer {
	fields := set(
		"unhcr_individual_no", fmt.Sprintf("200-%08d", p.number), "given_names", p.given.latin, "family_name", p.family.latin,
		"sex", p.sex(), "birth", p.birth, "birth_certainty", p.sure, "birth_country", h.profile.country,
		"nationalities", []string{h.profile.country}, "stateless", "no", "country_of_origin", h.profile.country, "relation_to_pa", p.relation,
		"household", h.homes[p.home], "mother_tongue", p.tongue, "interpreter_language_1", h.profile.interpret,
		"travel_docs", pick(m, []string{"none", "none", "host_state_paper", "expired"}),
	)
	switch {
	case h.profile.oneName:
		fields["one_name"] = domain.Answer{Value: true}
	case h.profile.country == "ERI" || h.profile.country == "SOM":
		fields["father_name"] = domain.TextAnswer(p.father.latin)
	}
	if native := p.native(); native != "" {
		fields["name_native_script"] = domain.TextAnswer(native)
	}
	if p.age >= 15 {
		fields["civil_status"] = domain.TextAnswer(civilStatus(h, p))
	}
	if m.chance(45) || h.story == "withdrawn_after_agreement" {
		fields["duf_no"] = domain.TextAnswer(DUF(p.number))
	}
	if p.sure == "estimated" && m.chance(25) {
		fields["birth_alternative"] = domain.Answer{Value: []string{fmt.Sprintf("%d (UDI)", ReferenceDay.Year()-p.age-1)}}
	}
	return fields
}

// native is the whole name in the script of the language, or "" where that is the Latin one.
func (p *person) native() string {
	switch {
	case p.given.native == "":
		return ""
	case p.family.native == "":
		return p.given.native
	default:
		return p.given.native + " " + p.family.native
	}
}

func civilStatus(h *household, p *person) string {
	married := p.relation == "spouse" || h.story == "two_cases_first" || h.story == "two_cases_second"
	for _, other := range h.people {
		married = married || p.relation == "principal_applicant" && other.relation == "spouse"
	}
	switch {
	case married:
		return "married"
	case p.relation == "mother", p.relation == "principal_applicant" && p.female && p.age > 40:
		return "widowed"
	default:
		return "single"
	}
}

// relations writes who is married to whom and who is whose parent: person_b is `type` of person_a.
func (m *maker) relations(h *household, add func(domain.Type, uuid.UUID, uuid.UUID, uuid.UUID, map[string]domain.Answer)) {
	link := func(a, b *person, kind string, more ...any) {
		fields := set(append([]any{"person_a", a.id, "person_b", b.id, "type", kind}, more...)...)
		add("relation", m.id("relation", h.index, a.id, b.id), h.id, uuid.Nil, qualified(fields, domain.FromRRF, domain.Unverified))
	}
	principal := h.people[0]
	for _, p := range h.people[1:] {
		switch p.relation {
		case "spouse":
			link(principal, p, "spouse", "legal", "law", "living_together_in_norway", "yes")
		case "son", "daughter":
			link(p, principal, "parent", "care_responsibility", "yes")
		case "mother":
			link(principal, p, "parent")
		case "sister":
			link(principal, p, "sibling")
		case "niece_nephew":
			link(p, principal, "uncle_aunt", "care_responsibility", "yes", "documented", "no")
		}
	}
	for _, p := range h.people[1:] { // the mother lives in the household of her child
		if p.relation != "spouse" {
			continue
		}
		for _, child := range h.people {
			if (child.relation == "son" || child.relation == "daughter") && child.home == p.home {
				link(child, p, "parent", "care_responsibility", "yes")
			}
		}
	}
}

// DUF makes a DUF number that cannot be real, of the year 2099, with its check digits (domain.md 8.1, 17).
func DUF(running int) string {
	number := fmt.Sprintf("2099%06d", running%1_000_000)
	sum := 0
	for i, weight := range []int{4, 6, 3, 2, 4, 6, 3, 2, 7, 5} {
		sum += weight * int(number[i]-'0')
	}
	return fmt.Sprintf("%s%02d", number, sum%11)
}

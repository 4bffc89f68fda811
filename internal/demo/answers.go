package demo

import (
	"fmt"

	"feltbok/internal/domain"
)

// schooling writes the education of somebody from 15 years.
func (n *notes) schooling(p *person) {
	m := n.m
	if p.school == 0 {
		n.row("education", p, 0, set("level", "0", "completed", domain.MissingAnswer(domain.NotApplicable, ""), "years_total", 0))
		return
	}
	completed := p.school == 6 || p.school == 9 || p.school == 12 || p.school >= 15
	start := ReferenceDay.Year() - p.age + 6
	fields := set(
		"level", p.level, "completed", yesNo(completed), "years_total", p.school, "school_type", pick(m, []string{"state", "state", "refugee_school"}),
		"country", n.h.profile.country, "start", fmt.Sprint(start), "end", fmt.Sprint(start+p.school), "instruction_language", n.h.profile.interpret,
	)
	if p.level >= "3" {
		fields["field"] = domain.TextAnswer("00")
		if p.level >= "6" {
			fields["field"] = domain.TextAnswer(pick(m, []string{"01", "04", "07", "09"}))
			fields["recognition_wish"] = domain.TextAnswer("yes")
		}
		fields["documents"] = domain.TextAnswer(pick(m, []string{"copy", "original", "lost", "elsewhere"}))
		fields["regulated_profession"] = domain.TextAnswer(yesNo(p.trade != nil && p.trade.regulated))
	}
	if !completed {
		fields["reason_interrupted"] = domain.TextAnswer(pick(m, []string{"war", "flight", "cost", "work"}))
	}
	n.row("education", p, 0, fields)
}

// working writes work and other competence of somebody from 15 years.
func (n *notes) working(p *person) {
	m := n.m
	years := 0
	if p.trade != nil {
		years = max(1, min(m.between(1, 14), p.age-15))
		began := ReferenceDay.Year() - years - m.between(0, 3)
		n.row("work", p, 0, set(
			"occupation", p.trade.code, "title_own_words", p.trade.title, "self_employed", yesNo(m.chance(35)), "country", n.h.profile.country,
			"start", fmt.Sprint(began), "years", years, "hours", pick(m, []string{"full", "full", "part", "seasonal"}), "duties", p.trade.duties,
			"formal", yesNo(m.chance(40)), "last_job", true, "wants_to_continue", yesNo(m.chance(70)),
		))
		if p.age > 25 && m.chance(35) {
			n.row("work", p, 1, set(
				"title_own_words", "omsorg for familien og gård til eget bruk", "country", n.h.profile.asylum, "hours", "unpaid_family",
				"duties", "Stelte barn og en syk slektning, dyrket grønnsaker, hentet vann og ved.", "formal", "no",
			))
		}
	}
	fields := set(
		"ever_worked", yesNo(years > 0), "work_years_total", years, "school_years_total", p.school,
		"current_activity", pick(m, []string{"work", "unpaid_household", "none"}), "driving_licence", "none",
		"digital_phone", digital(m, p, 3), "digital_message", digital(m, p, 3), "digital_search", digital(m, p, 2),
		"digital_form", digital(m, p, 1), "digital_office", digital(m, p, 0),
		"informal_skills", some(m, []string{"sewing", "baking", "cooking_for_many", "farming", "animals", "carpentry", "child_care", "trade", "music"}, 0, 3),
	)
	if p.age >= 18 && p.age <= 55 {
		fields["has_completed_upper_secondary"] = domain.TextAnswer(yesNo(p.school >= 12))
	}
	if p.age >= 22 && (!p.female && m.chance(45) || p.trade != nil && p.trade.code == driver) {
		fields["driving_licence"] = domain.TextAnswer("valid")
		fields["driving_licence_classes"] = domain.Answer{Value: []string{"B"}}
		fields["driving_licence_country"] = domain.TextAnswer(n.h.profile.country)
		fields["driving_experience_years"] = domain.Answer{Value: int64(m.between(1, min(20, p.age-18)))}
	}
	if p.age < 18 {
		fields["current_activity"] = domain.TextAnswer("school")
	}
	n.single("competence", p, fields)
}

// digital draws a mark from 0 to 3 around what most people of the same schooling manage.
func digital(m *maker, p *person, middle int) string {
	mark := middle + m.between(-1, 1)
	if p.school < 4 {
		mark--
	}
	return fmt.Sprint(max(0, min(3, mark)))
}

// goals writes wishes of somebody from 15 years.
func (n *notes) goals(p *person) {
	m := n.m
	fields := set(
		"willing_to_start_work_soon", yesNo(p.age < 60 && m.chance(80)), "norwegian_started", yesNo(m.chance(15)),
		"barriers", some(m, []string{"child_care", "language", "documents"}, 1, 2),
	)
	switch {
	case p.trade != nil && m.chance(70):
		fields["work_wish"] = domain.TextAnswer("Vil fortsette som " + p.trade.title)
		fields["work_wish_occupation"] = domain.TextAnswer(p.trade.code)
	case p.age < 30:
		fields["education_wish"] = domain.TextAnswer(pick(m, []string{"Vil ta videregående skole.", "Vil bli elektriker.", "Vil bli sykepleier."}))
	case p.age >= 62:
		fields["work_wish"] = domain.MissingAnswer(domain.NotApplicable, "")
	default:
		fields["work_wish"] = domain.MissingAnswer(domain.Unknown, "Vil lære norsk først.")
	}
	if m.chance(35) {
		fields["place_wish"] = domain.TextAnswer(pick(m, []string{"Nær broren i Norge", "En by med universitet", "Et lite sted med gårder"}))
		fields["place_wish_reason"] = domain.TextAnswer(pick(m, []string{"network", "study", "work"}))
	}
	n.single("wish", p, fields)
}

// network writes relatives in Norway: relation and place, no names.
func (n *notes) network(p *person) {
	m := n.m
	if !m.chance(30) {
		return
	}
	kind := pick(m, []string{"sibling", "other_relative", "friend"})
	said := map[string]string{"sibling": "bror", "other_relative": "onkel", "friend": "venn fra hjemstedet"}
	near := pick(m, []string{"yes", "yes", "no"})
	if kind == "friend" {
		near = "no"
	}
	n.row("network", p, 0, set(
		"relation", said[kind], "municipality", pick(m, []string{"0301", "1508", "5501", "5601"}), "contact_kept", yesNo(m.chance(80)), "kind", kind,
		"want_to_live_near", near, "resident_since", fmt.Sprint(ReferenceDay.Year()-m.between(2, 9)), "family_reunification_pending", "no",
	))
}

// needs writes practical needs, health, and what one person asked to keep from the others, where the story has it.
func (n *notes) needs(p *person) {
	principal := p == n.h.people[0]
	switch {
	case n.h.story == "wheelchair" && principal:
		n.single("dwelling_need", p, set("dwelling_needs", []string{"step_free_access", "wide_doors", "adapted_bathroom", "near_hospital_local"}))
		n.single("daily_life_need", p, set("daily_life_summary", "Bruker rullestol hele dagen. Klarer stell selv når badet er tilpasset. Trenger transport til kurs."))
		n.single("health", p, set("urgent_before_travel", "no", "needs_specialist_service", []string{"none"},
			"mobility", "wheelchair_full", "care_need", "none", "documentation", []string{"MAF"}))
	case n.h.story == "elderly_parent" && p.relation == "mother":
		n.single("dwelling_need", p, set("dwelling_needs", []string{"lift_or_ground_floor", "near_hospital_local"}))
		n.single("daily_life_need", p, set("daily_life_summary", "Går korte avstander med stokk. Trenger hjelp til innkjøp og matlaging, får den av familien."))
	case n.h.story == "health_declined" && principal:
		declined := domain.MissingAnswer(domain.Declined, "Ønsket ikke å svare på spørsmål om helse.")
		n.single("health", p, set(
			"urgent_before_travel", declined, "needs_specialist_service", declined, "mobility", declined, "care_need", declined,
		))
	case n.h.story == "sisters_sealed_entry" && !principal:
		n.add("sealed_note", n.m.id("sealed_note", p.id), p.id, set(
			"note", "Ber om at søsteren ikke får vite hvem hun har kontakt med i Norge.", "settlement_consequence", []string{"separate_dwelling"},
			"may_be_shared_with", []string{"hqs"},
		))
	}
}

// plant lets both laptops write about the same people: the same field with different answers, which is a conflict, and
// different fields, which is none. Every fifth ordinary case has the one, every fourth the other.
func (m *maker) plant(h *household) {
	if h.story != "" && h.story != "mother_with_three" && h.story != "by_video" {
		return
	}
	other := LaptopA
	if h.device == LaptopA {
		other = LaptopB
	}
	p := h.people[0]
	clash := func(t domain.Type, field string, own, theirs domain.Answer) {
		id := domain.SingletonID(p.id, t)
		subject := p.id
		m.write(h.device, m.record(t, id, h.id, subject, domain.INT, map[string]domain.Answer{field: own}))
		m.write(other, m.record(t, id, h.id, subject, domain.INT, map[string]domain.Answer{field: theirs}))
		c := Conflict{Type: t, Object: id, Case: h.id, Field: field, A: own, B: theirs}
		if h.device == LaptopB {
			c.A, c.B = theirs, own
		}
		m.plan.Conflicts = append(m.plan.Conflicts, c)
	}
	if h.index%5 == 0 {
		switch h.index / 5 % 3 {
		case 0:
			clash("wish", "place_wish", domain.TextAnswer("Nær søsteren i Norge"), domain.TextAnswer("En by, samme hvor"))
		case 1:
			clash("competence", "work_years_total", domain.Answer{Value: int64(4)}, domain.Answer{Value: int64(9)})
		default:
			clash("competence", "current_activity", domain.TextAnswer("none"), domain.TextAnswer("ill"))
		}
	}
	if h.index%4 == 0 {
		m.write(h.device, m.record("person", p.id, h.id, [16]byte{}, domain.INT, set("birth_place", "Testby")))
		m.write(other, m.record("person", p.id, h.id, [16]byte{}, domain.INT, set("name_called", p.given.latin)))
	}
}

package demo

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// notes writes records of one case by its interviewer.
type notes struct {
	m *maker
	h *household
	// now runs through the sitting, so that one interview follows the other.
	now time.Time
}

func (n *notes) add(t domain.Type, id, subject uuid.UUID, answers map[string]domain.Answer) {
	if len(answers) == 0 {
		return
	}
	info, _ := domain.Info(t)
	caseID := n.h.id
	if info.Compartment == domain.Open {
		caseID = uuid.Nil
	}
	n.m.write(n.h.device, n.m.record(t, id, caseID, subject, domain.INT, answers))
}

// single writes to the one object of a type about a person.
func (n *notes) single(t domain.Type, p *person, answers map[string]domain.Answer) {
	n.add(t, domain.SingletonID(p.id, t), p.id, answers)
}

// row writes a row of a list about a person; place orders the rows.
func (n *notes) row(t domain.Type, p *person, place int, answers map[string]domain.Answer) {
	answers["rank"] = domain.TextAnswer(fmt.Sprintf("a%d", place))
	n.add(t, n.m.id(t, p.id, place), p.id, answers)
}

// write puts a record into the group of a laptop.
func (m *maker) write(device string, r Record) {
	if device == LaptopB {
		m.plan.InterviewsB = append(m.plan.InterviewsB, r)
	} else {
		m.plan.InterviewsA = append(m.plan.InterviewsA, r)
	}
}

// interviews writes what the interviewer notes in the sitting of one case. It reports whether the family came.
func (m *maker) interviews(h *household) bool {
	n := &notes{m: m, h: h, now: h.start.Add(time.Duration(m.between(0, 15)) * time.Minute)}
	if h.story == "" && h.index > 0 && m.chance(4) {
		n.add("slot", h.slot, uuid.Nil, set("status", "no_show", "reason", "transport"))
		n.add("case", h.id, uuid.Nil, set("status", "not_met"))
		for _, home := range h.homes {
			n.add("household", home, h.id, set("absence_reason", "Bussen fra leiren kom ikke."))
		}
		return false
	}
	begin := n.now
	for _, p := range h.people {
		if p.age >= 8 {
			n.talk(p)
		}
	}
	for _, p := range h.people {
		n.identity(p)
		if p.age >= 8 {
			n.languages(p)
		}
		if p.child() {
			n.child(p)
		}
		if p.minor {
			n.unaccompanied(p)
		}
		if p.age >= 15 {
			n.schooling(p)
			n.working(p)
			n.goals(p)
			n.network(p)
		}
		n.needs(p)
	}
	n.add("slot", h.slot, uuid.Nil, set("status", "done", "actual_start", begin.Format(time.RFC3339), "actual_end", n.now.Format(time.RFC3339)))
	n.add("case", h.id, uuid.Nil, set(
		"living_conditions", pick(m, []string{"camp", "settlement", "urban"}), "contact_safe", "yes", "status", "mapped",
		"expectations", pick(m, []string{
			"Familien håper på skole for barna og arbeid for de voksne. De vet at ingen kan love en bestemt kommune.",
			"Vil lære norsk fort. Trodde de fikk velge by; det er forklart at de får tilbud om én kommune.",
			"Venter på et trygt sted med lege i nærheten.",
		}),
	))
	return true
}

// talk writes an interview with one person, and its interpreter.
func (n *notes) talk(p *person) {
	m, h := n.m, n.h
	id := m.id("interview", p.id)
	kind, minutes := "individual_adult", m.between(25, 40)
	switch {
	case p.age < 15:
		kind, minutes = "child_talk", m.between(8, 15)
	case p.age < 18:
		kind, minutes = "individual_youth", m.between(15, 25)
	}
	place := "unhcr_office"
	if h.story == "by_video" {
		kind, place = "remote", "video"
	}
	begin := n.now
	n.now = n.now.Add(time.Duration(minutes) * time.Minute)
	fields := set(
		"case", h.id, "persons_present", []uuid.UUID{p.id}, "type", kind, "interviewer", m.staff(h.device).Card,
		"start", begin.Format(time.RFC3339), "end", n.now.Format(time.RFC3339), "place_kind", place, "alone_with_person", "yes",
		"interpreter_needed", "yes", "information_given", informationPoints, "information_date", begin.Format(time.DateOnly),
		"information_language", h.profile.interpret, "read_back_done", true, "status", "ready_for_review",
	)
	if p.age < 15 {
		fields["alone_with_person"] = domain.TextAnswer("no")
		fields["others_in_room"] = domain.TextAnswer("mor eller annen omsorgsperson")
	}
	if h.story == "health_declined" && p.adult() {
		fields["mood_breaks"] = domain.TextAnswer("Ønsket ikke å snakke om helse. Pause på ti minutter.")
	}
	if m.chance(30) {
		fields["questions_from_person"] = domain.TextAnswer(pick(m, []string{
			"Når får vi vite hvilken kommune det blir?", "Får barna begynne på skolen med en gang?",
			"Kan vi ta med bestemor senere?", "Hvor kaldt er det om vinteren?",
		}))
	}
	n.add("interview", id, p.id, fields)

	use := m.id("interpreter_use", p.id, 0)
	n.interpreter(id, use, p, 0)
	if h.story == "interpreter_changed" && p == h.people[0] {
		use = m.id("interpreter_use", p.id, 1)
		n.interpreter(id, use, p, 1)
	}
	n.add("interview", id, p.id, set("interpreter_use", use)) // the one that stayed
}

// informationPoints are the eight points that are told before the first question (domain.md 5).
var informationPoints = []string{
	"who_imdi_is", "not_deciding", "use_of_answers", "who_will_see", "confidentiality", "may_skip", "no_promises", "one_municipality",
}

func (n *notes) interpreter(interview, id uuid.UUID, p *person, place int) {
	m, h := n.m, n.h
	mode, quality := "in_person", "good"
	if h.story == "by_video" {
		mode = "video"
	}
	if h.story == "interpreter_changed" && p == h.people[0] && place == 0 {
		quality = "poor"
	}
	fields := set(
		"interpreter_ref", m.interpreter(h), "language_from", h.profile.interpret, "language_to", "eng", "mode", mode,
		"provider", pick(m, []string{"unhcr", "unhcr", "iom"}), "register_category", "none", "gender", pick(m, []string{"female", "male"}),
		"tie", "none", "confidentiality_declared", true, "disqualification_checked", true, "person_accepts", "yes", "quality", quality,
		"rank", fmt.Sprintf("a%d", place),
	)
	if quality == "poor" {
		fields["changed_during"] = domain.Answer{Value: true}
		fields["person_accepts"] = domain.TextAnswer("no")
		fields["problem_note"] = domain.TextAnswer("Snakker en annen dialekt. Byttet til tolk på telefon etter ti minutter.")
	}
	if place == 1 {
		fields["interpreter_ref"], fields["mode"] = domain.TextAnswer("tolk-"+h.profile.interpret+"-9"), domain.TextAnswer("phone")
	}
	n.add("interpreter_use", id, interview, fields)
}

// identity confirms what came from UNHCR and adds what only the person can say.
func (n *notes) identity(p *person) {
	fields := qualified(set(
		"given_names", p.given.latin, "family_name", p.family.latin, "present_at_interview", "yes", "mother_tongue", p.tongue,
		"interpreter_language_1", n.h.profile.interpret,
	), domain.FromSelf, domain.ConfirmedByPerson)
	if p.child() {
		for name, a := range fields {
			a.Source = domain.FromFamily
			fields[name] = a
		}
	}
	if n.h.profile.country == "SYR" && n.m.chance(40) {
		fields["interpreter_dialect"] = domain.TextAnswer("Aleppo")
	}
	if p.age >= 15 {
		fields["civil_status_documented"] = domain.Answer{Value: yesNo(n.m.chance(60)), Source: domain.FromSelf}
	}
	if p.age < 8 && n.m.chance(5) {
		fields["present_at_interview"] = domain.Answer{Value: "no_ill", Source: domain.FromFamily}
	}
	n.add("person", p.id, uuid.Nil, fields)
}

// languages writes literacy and language skills.
func (n *notes) languages(p *person) {
	m, h := n.m, n.h
	literacy := "neither"
	switch {
	case p.school >= 7:
		literacy = "reads_and_writes_well"
	case p.school >= 3:
		literacy = "reads_and_writes_some"
	case p.reads:
		literacy = "reads_only"
	}
	scripts := []string{}
	if p.reads {
		scripts = append(scripts, h.profile.script)
		if h.profile.script != "latin" && p.school >= 8 {
			scripts = append(scripts, "latin")
		}
	}
	n.single("literacy", p, set("literacy", literacy, "script_known", scripts))

	skill := func(kind, language, spoken, written string, place int) {
		n.row("language", p, place, set("language", language, "kind", kind, "listening", spoken, "speaking", spoken, "reading", written, "writing", written,
			"assessment", "self_assessed"))
	}
	own := "mother_tongue"
	written := own
	if !p.reads {
		written = "none"
	}
	skill("mother_tongue", p.tongue, own, written, 0)
	place := 1
	for _, language := range some(m, h.profile.second, 0, 2) {
		if language == p.tongue || language == "eng" {
			continue
		}
		level := pick(m, []string{"A2", "B1", "B2", "C1"})
		lower := "none"
		if p.reads {
			lower = pick(m, []string{"A1", "A2", "B1"})
		}
		skill("second", language, level, lower, place)
		place++
	}
	english := "none"
	if p.school >= 6 {
		english = pick(m, []string{"none", "pre-A1", "A1", "A2", "B1"})
	}
	skill("foreign", "eng", english, english, place)
}

// child writes the part about somebody under 18.
func (n *notes) child(p *person) {
	m := n.m
	lives := "mother"
	for _, other := range n.h.people {
		if other.relation == "spouse" && p.relation != "spouse" {
			lives = "both_parents"
		}
	}
	if p.minor {
		lives = "other"
	}
	fields := set("lives_with", lives, "talked_to_child", p.age >= 8, "vaccination_card", yesNo(m.chance(55)))
	if p.age >= 6 {
		fields["school_attended"] = domain.TextAnswer(yesNo(p.school > 0))
		if p.school > 0 {
			fields["years"] = domain.Answer{Value: int64(p.school)}
			fields["last_grade"] = domain.TextAnswer(fmt.Sprintf("%d. trinn", p.school))
			fields["interrupted"] = domain.TextAnswer(yesNo(m.chance(40)))
			fields["instruction_language"] = domain.TextAnswer(n.h.profile.interpret)
		}
	} else {
		fields["school_attended"] = domain.TextAnswer("no")
		fields["kindergarten_experience"] = domain.TextAnswer(yesNo(m.chance(25)))
	}
	if p.age >= 8 {
		fields["interests_sports"] = domain.TextAnswer(pick(m, []string{"fotball", "tegning", "sang", "løping", "dans", "hopper tau", "spiller kort"}))
		fields["wants"] = domain.TextAnswer(pick(m, []string{"Vil bli lege.", "Vil ha egen seng.", "Vil gå på skole hver dag.", "Vil lære å svømme."}))
	}
	n.single("child", p, fields)
}

// unaccompanied writes the status of a minor without parents: explicit, dated, changeable (domain.md 7.19).
func (n *notes) unaccompanied(p *person) {
	fields := set(
		"confirmed_unaccompanied", "yes", "status_date", n.h.start.Format(time.DateOnly), "best_interest_document", "BID",
		"parents_alive", "unknown", "siblings", "En søster på 20 i hjemlandet.", "care_arrangement_suggestion", "shared_housing",
		"school_status", fmt.Sprintf("%d år på skole", p.school),
	)
	if n.h.story == "girl_with_aunt" {
		aunt := n.h.people[0]
		fields = set(
			"confirmed_unaccompanied", "yes", "status_date", n.h.start.Format(time.DateOnly), "accompanying_person", aunt.id,
			"relation_to_accompanying", "niese", "relation_documented", "no", "care_by_accompanying_now", "yes", "wish_to_live_with", "yes",
			"best_interest_document", "BIA", "parents_alive", "neither", "siblings", "Ingen.", "care_arrangement_suggestion", "relative",
			"school_status", fmt.Sprintf("%d år på skole", p.school),
		)
	}
	n.single("minor", p, fields)
}

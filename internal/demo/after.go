package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// settlement writes what headquarters does after the mission for the stories that need it.
func (m *maker) settlement(h *household) {
	if h.story != "withdrawn_after_agreement" {
		return
	}
	add := func(t domain.Type, id, subject uuid.UUID, answers map[string]domain.Answer) {
		m.plan.Settlement = append(m.plan.Settlement, m.record(t, id, h.id, subject, domain.HQC, answers))
	}
	decided := m.day.AddDate(0, 0, 21)
	for _, p := range h.people {
		add("decision", m.id("decision", p.id), p.id, set(
			"outcome", "granted", "decision_date", decided.Format(time.DateOnly), "refugee_status", "granted", "permit_valid_from", decided.Format(time.DateOnly),
			"permit_valid_to", decided.AddDate(0, 6, 0).Format(time.DateOnly), "quota_counted", true,
		))
	}
	zone := time.FixedZone("", 60*60)
	sent := time.Date(decided.Year(), decided.Month(), decided.Day(), 10, 0, 0, 0, zone).AddDate(0, 0, 7)
	add("request", m.id("request", h.index), h.homes[0], set(
		"household", h.homes[0], "municipality", "5501", "sent_at", sent.Format(time.RFC3339), "sent_by", m.staff(HQ).Card, "answer", "accepted",
		"answered_at", sent.AddDate(0, 0, 5).Format(time.RFC3339), "agreed_date", sent.AddDate(0, 0, 6).Format(time.DateOnly),
		"withdrawn_at", sent.AddDate(0, 0, 30).Format(time.RFC3339), "withdrawn_reason", "Familien vil bli der de er.",
	))
	gone := set("status", "frafalt", "status_reason", "Familien vil bli der de er.", "status_date", sent.AddDate(0, 0, 30).Format(time.DateOnly))
	add("household", h.homes[0], h.id, gone)
	add("case", h.id, uuid.Nil, gone)
}

// roster is a participant of the orientation course.
type roster struct {
	id     uuid.UUID
	person *person
	house  *household
}

// invite puts the adults of the first families on the roster of the course.
func (m *maker) invite(h *household) {
	if h.dossier || h.profile.interpret != m.courseLanguage() && h.story != "course_60_percent" {
		return
	}
	for _, p := range h.people {
		if p.age < 16 || len(m.pupils) >= courseSeats && h.story != "course_60_percent" {
			continue
		}
		one := roster{id: m.id("roster_person", p.id), person: p, house: h}
		if h.story == "course_60_percent" {
			m.learner = &one
		}
		m.pupils = append(m.pupils, one)
	}
}

const (
	courseSeats = 12
	courseDays  = 5
)

// courseLanguage is the language of the first family: a course is held in one.
func (m *maker) courseLanguage() string {
	if len(m.pupils) > 0 {
		return m.pupils[0].house.profile.interpret
	}
	return profiles[0].interpret
}

// orientation writes a course of five days, whom to invite and who came (domain.md 7.20, 12). The participant of the story
// "course_60_percent" is there on three days of five.
func (m *maker) orientation() {
	if len(m.pupils) == 0 {
		return
	}
	add := func(t domain.Type, id, subject uuid.UUID, by domain.Role, answers map[string]domain.Answer) {
		m.plan.Orientation = append(m.plan.Orientation, m.record(t, id, uuid.Nil, subject, by, answers))
	}
	course, first := m.id("course"), m.day.AddDate(0, 0, 56)
	for first.Weekday() != time.Monday {
		first = first.AddDate(0, 0, 1)
	}
	coordinator := m.staff(IOM).Card
	add("course", course, uuid.Nil, domain.NCO, set(
		"code", "ØVING-1", "place", "Kampala", "country", "UGA", "delivery", "in_person", "target_group", "adult_16_plus", "language", m.courseLanguage(),
		"start_date", first.Format(time.DateOnly), "end_date", first.AddDate(0, 0, courseDays-1).Format(time.DateOnly), "planned_hours", "25",
		"facilitator", coordinator, "capacity", courseSeats+4, "status", "completed",
	))
	topics := [][]string{{"A01", "A02", "A03"}, {"A04", "A05", "A06"}, {"A07", "A08", "A09"}, {"A10", "A11", "A13"}, {"A14", "A15", "A17"}}
	lessons := make([]uuid.UUID, courseDays)
	zone := time.FixedZone("", missionZone)
	for i := range lessons {
		lessons[i] = m.id("lesson", i)
		day := first.AddDate(0, 0, i)
		begin := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, zone)
		add("lesson", lessons[i], course, domain.NCO, set(
			"course", course, "date", day.Format(time.DateOnly), "start", begin.Format(time.RFC3339), "end", begin.Add(5*time.Hour).Format(time.RFC3339),
			"hours", "5", "topic_codes", topics[i], "held", true,
		))
	}
	for i, pupil := range m.pupils {
		m.plan.Roster = append(m.plan.Roster, Participant{pupil.id, pupil.person.id, pupil.house.id})
		missed := map[int]bool{}
		if m.learner != nil && pupil.id == m.learner.id {
			missed = map[int]bool{1: true, 3: true}
		}
		status := "completed"
		if len(missed) > 0 {
			status = "partial"
		}
		add("enrolment", m.id("enrolment", pupil.id), pupil.id, domain.NCO, set("person", pupil.id, "course", course, "seat", fmt.Sprint(i+1), "status", status))
		for day, lesson := range lessons {
			fields := set("session", lesson, "person", pupil.id, "state", "present", "minutes_attended", 300, "recorded_by", coordinator)
			if missed[day] {
				fields = set("session", lesson, "person", pupil.id, "state", "absent", "minutes_attended", 0, "reason", "child_care", "recorded_by", coordinator)
			}
			add("attendance", m.id("attendance", pupil.id, day), pupil.id, domain.NCO, fields)
		}
	}
}

// Find returns the case of a story, and whether the plan has it.
func (p Plan) Find(story string) (Case, bool) {
	for _, c := range p.Cases {
		if strings.EqualFold(c.Story, story) {
			return c, true
		}
	}
	return Case{}, false
}

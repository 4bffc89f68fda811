package exchange

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// RosterEntry is a person on the roster of the orientation course, as headquarters sees it.
type RosterEntry struct {
	// ID is the identifier on the roster, Person and Case are the register's; these are zero for somebody who turned up at the
	// course and whom nobody has joined with a person yet.
	ID     uuid.UUID `json:"id"`
	Person uuid.UUID `json:"person"`
	Case   uuid.UUID `json:"case"`
	// Withdrawn says that the course is no longer told of the person.
	Withdrawn bool `json:"withdrawn"`
}

// RosterChange counts what a change of the roster did.
type RosterChange struct {
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Withdrawn int `json:"withdrawn"`
}

// youngest is the age from which there is a course (domain.md 12.1).
const youngest = 8

// outOfCaseload are the ends of a case after which nobody travels, so that no course is told of it any more (domain.md 4).
var outOfCaseload = []domain.Status{domain.Refused, domain.Withdrawn, domain.Frafalt, domain.Avslag, domain.Henlagt}

// roster is what headquarters knows of the roster of a mission.
type roster struct {
	ws         *workspace.Workspace
	mission    uuid.UUID
	projection workspace.Projection
	people     map[uuid.UUID]*workspace.Record // by identifier on the roster: persons of the mission's cases
	cases      map[uuid.UUID]*workspace.Record
	reads      map[uuid.UUID]string // literacy, by person
}

// readRoster reads the persons of a mission's cases. Only HQC and HQS hold what it takes.
func readRoster(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID) (*roster, error) {
	if !ws.Me().HQ || !ws.Me().Role.MayWrite("roster_person", "given_name") {
		return nil, fault.Newf("E-ROLE", "roster_person", "role %s", ws.Me().Role)
	}
	known, err := missionOf(ws, mission)
	if err != nil {
		return nil, err
	}
	r := &roster{
		ws: ws, mission: known.ID, people: map[uuid.UUID]*workspace.Record{}, cases: map[uuid.UUID]*workspace.Record{}, reads: map[uuid.UUID]string{},
	}
	if r.projection, err = ws.Projection(ctx, workspace.RosterProjection); err != nil {
		return nil, err
	}
	for _, id := range ws.CasesOf(known.ID) {
		record, err := ws.Get(ctx, "case", id)
		if err != nil {
			return nil, err
		}
		if record == nil || record.Deleted() {
			continue
		}
		r.cases[id] = record
		persons, err := ws.Objects(ctx, "person", id)
		if err != nil {
			return nil, err
		}
		for _, person := range persons {
			r.people[r.projection.ID(domain.ProjectedPerson, person.ID())] = person
		}
		literacy, err := ws.Objects(ctx, "literacy", id)
		if err != nil {
			return nil, err
		}
		for _, record := range literacy {
			r.reads[record.Subject()] = record.Text("literacy")
		}
	}
	return r, nil
}

// AddToRoster puts persons on the roster of a mission's orientation courses: those named, and those of the cases named, from
// eight years on. It is a projection with identifiers of its own and few fields (security.md 2.2.5); headquarters keeps it
// current with every file for the course. Faults: E-ROLE, E-CASE for who is not in the mission's caseload, E-TO.
func AddToRoster(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID, ids []uuid.UUID) (*RosterChange, error) {
	r, err := readRoster(ctx, ws, mission)
	if err != nil {
		return nil, err
	}
	var wanted []uuid.UUID
	for _, id := range ids {
		found := false
		for rosterID, person := range r.people {
			switch {
			case person.ID() == id:
			case person.Case() == id && r.oldEnough(person):
			default:
				continue
			}
			found = true
			if !slices.Contains(wanted, rosterID) {
				wanted = append(wanted, rosterID)
			}
		}
		if _, known := r.cases[id]; !found && !known {
			return nil, fault.New("E-CASE", id.String(), nil)
		}
	}
	change := &RosterChange{}
	return change, r.write(ctx, wanted, change)
}

// RemoveFromRoster withdraws persons: those named, and those of the cases named. The course's machines learn it with the next
// file. Faults: E-ROLE, E-CASE, E-TO.
func RemoveFromRoster(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID, ids []uuid.UUID) (*RosterChange, error) {
	r, err := readRoster(ctx, ws, mission)
	if err != nil {
		return nil, err
	}
	entries, err := ws.Objects(ctx, "roster_person", uuid.Nil)
	if err != nil {
		return nil, err
	}
	change := &RosterChange{}
	for _, id := range ids {
		found := false
		for _, entry := range entries {
			person := r.people[entry.ID()]
			if entry.ID() != id && (person == nil || person.ID() != id && person.Case() != id) {
				continue
			}
			found = true
			if err := r.withdraw(ctx, entry, change); err != nil {
				return nil, err
			}
		}
		if !found {
			return nil, fault.New("E-CASE", id.String(), nil)
		}
	}
	return change, nil
}

// Roster lists who is or was on the roster of a mission's courses, and who turned up there. Faults: E-ROLE, E-TO.
func Roster(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID) ([]RosterEntry, error) {
	r, err := readRoster(ctx, ws, mission)
	if err != nil {
		return nil, err
	}
	links, err := r.links(ctx)
	if err != nil {
		return nil, err
	}
	out := []RosterEntry{}
	add := func(record *workspace.Record) {
		entry := RosterEntry{ID: record.ID(), Withdrawn: record.Deleted()}
		person := r.people[record.ID()]
		if person == nil {
			person = links[record.ID()]
		}
		if person != nil {
			entry.Person, entry.Case = person.ID(), person.Case()
		}
		out = append(out, entry)
	}
	standing, err := ws.Objects(ctx, "roster_person", uuid.Nil)
	if err != nil {
		return nil, err
	}
	for _, record := range standing {
		add(record)
	}
	for id := range r.people {
		record, err := ws.Get(ctx, "roster_person", id)
		if err != nil {
			return nil, err
		}
		if record != nil && record.Deleted() {
			add(record)
		}
	}
	slices.SortFunc(out, func(a, b RosterEntry) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return out, nil
}

// links are the persons that headquarters has joined with somebody who turned up at the course, by identifier on the roster.
func (r *roster) links(ctx context.Context) (map[uuid.UUID]*workspace.Record, error) {
	links := map[uuid.UUID]*workspace.Record{}
	persons := map[uuid.UUID]*workspace.Record{}
	for _, person := range r.people {
		persons[person.ID()] = person
	}
	records, err := r.ws.Objects(ctx, "roster_link", uuid.Nil)
	for _, link := range records {
		if person := persons[link.Subject()]; person != nil {
			links[link.Reference("roster_person")] = person
		}
	}
	return links, err
}

// refreshRoster brings the roster up to date before it goes to the course: values that changed in the register, and who has
// left the caseload. What the course has corrected stays.
func (e *exporting) refreshRoster(ctx context.Context, nodes []string) error {
	me := e.ws.Me()
	concerned := slices.ContainsFunc(nodes, func(name string) bool {
		node, ok := e.mission.Node(name)
		return ok && node.Inbox.For(domain.Orientation) != ""
	})
	if !me.HQ || !concerned || e.mission.Partner != nil || !me.Role.MaySend(domain.BundleRoster, domain.Orientation) {
		return nil
	}
	r, err := readRoster(ctx, e.ws, e.mission.ID)
	if err != nil {
		return err
	}
	_, err = r.refresh(ctx)
	return err
}

func (r *roster) refresh(ctx context.Context) (*RosterChange, error) {
	change := &RosterChange{}
	entries, err := r.ws.Objects(ctx, "roster_person", uuid.Nil)
	if err != nil {
		return nil, err
	}
	var standing []uuid.UUID
	for _, entry := range entries {
		person := r.people[entry.ID()]
		switch {
		case person != nil && r.inCaseload(person):
			standing = append(standing, entry.ID())
		case person != nil, r.madeHere(entry):
			if err := r.withdraw(ctx, entry, change); err != nil {
				return nil, err
			}
		}
	}
	return change, r.write(ctx, standing, change)
}

// madeHere tells a projection of this mission whose person is gone from somebody who turned up at the course, and from the
// rosters of other missions.
func (r *roster) madeHere(entry *workspace.Record) bool {
	for _, head := range entry.Heads("given_name") {
		if head.Name.Device == r.ws.Me().Device && r.ws.Audience(head.Name.Epoch) == workspace.CourseAudience(r.mission) {
			return true
		}
	}
	return false
}

// inCaseload reports whether a person still belongs to a case that goes on.
func (r *roster) inCaseload(person *workspace.Record) bool {
	record := r.cases[person.Case()]
	return record != nil && !person.Deleted() && person.Text("left_case") == "" &&
		!slices.Contains(outOfCaseload, domain.Status(record.Text("status"))) && !slices.Contains(outOfCaseload, domain.Status(person.Text("status")))
}

func (r *roster) withdraw(ctx context.Context, entry *workspace.Record, change *RosterChange) error {
	change.Withdrawn++
	return r.ws.Remove(ctx, workspace.Target{Type: "roster_person", ID: entry.ID(), Case: entry.Case(), Mission: r.mission})
}

// write makes or changes entries, in the order of their own identifiers: that of the persons would tell something.
func (r *roster) write(ctx context.Context, ids []uuid.UUID, change *RosterChange) error {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	var writes []workspace.Write
	for _, id := range ids {
		person := r.people[id]
		entry, err := r.ws.Get(ctx, "roster_person", id)
		if err != nil {
			return err
		}
		answers := r.fields(person)
		target := workspace.Target{Type: "roster_person", ID: id, Case: r.projection.ID(domain.ProjectedCase, person.Case()), Mission: r.mission}
		if entry != nil {
			for field, answer := range answers {
				if r.corrected(entry, field) || same(entry.Answer(field), answer) {
					delete(answers, field)
				}
			}
			if entry.Deleted() {
				answers["_deleted"] = domain.Answer{Value: false}
			}
		}
		switch {
		case len(answers) == 0:
			continue
		case entry == nil || entry.Deleted():
			change.Added++
		default:
			change.Changed++
		}
		writes = append(writes, workspace.Write{Target: target, Answers: answers})
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := r.ws.SetMany(ctx, writes)
	return err
}

func same(a, b domain.Answer) bool {
	x, errX := a.Encode()
	y, errY := b.Encode()
	return errX == nil && errY == nil && string(x) == string(y)
}

// corrected reports whether a value on the roster is somebody else's than headquarters'.
func (r *roster) corrected(entry *workspace.Record, field string) bool {
	return slices.ContainsFunc(entry.Heads(field), func(h workspace.Head) bool { return h.Name.Device != r.ws.Me().Device })
}

// fields is what the course is told of a person, all of class P1. What it takes to attend (a wheelchair, a contact for the
// assembly) is of higher classes in the register: a caseworker writes it on the roster when the course must know.
func (r *roster) fields(person *workspace.Record) map[string]domain.Answer {
	answers := map[string]domain.Answer{}
	put := func(field, text string) {
		if text != "" {
			answers[field] = domain.TextAnswer(text)
		}
	}
	put("given_name", person.Text("given_names"))
	if initial, size := utf8.DecodeRuneInString(strings.TrimSpace(person.Text("family_name"))); size > 0 {
		put("family_initial", string(initial))
	}
	if birth, err := domain.ParsePartialDate(person.Text("birth")); err == nil {
		answers["birth_year"] = domain.Answer{Value: int64(birth.Year)}
	}
	put("sex", person.Text("sex"))
	language := person.Text("interpreter_language_1")
	if language == "" {
		language = person.Text("mother_tongue")
	}
	put("language", language)
	switch r.reads[person.ID()] {
	case "reads_and_writes_well", "reads_and_writes_some", "reads_only":
		put("reads", "yes")
	case "neither":
		put("reads", "no")
	}
	if record := r.cases[person.Case()]; record != nil {
		put("case_number", record.Text("unhcr_case_no"))
	}
	return answers
}

// oldEnough reports whether there is a course for a person; for one whose birth is unknown there is.
func (r *roster) oldEnough(person *workspace.Record) bool {
	birth, err := domain.ParsePartialDate(person.Text("birth"))
	if err != nil {
		return true
	}
	now, _ := r.ws.JudgeTime()
	_, most := birth.AgeRange(now.In(time.UTC))
	return most >= youngest
}

package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// PartnerOptions describes a partner: who it is, whose roster it is told of, and the fields both ways (security.md 6.9).
type PartnerOptions struct {
	Ceremony
	// ID is the partner whose lists change; zero registers a new one.
	ID      uuid.UUID
	Name    string
	Mission uuid.UUID
	Sends   domain.FieldList
	Answers domain.FieldList
	Until   time.Time
}

// RegisteredPartner is a partner, and how far its document is signed.
type RegisteredPartner struct {
	ID     uuid.UUID `json:"partner"`
	Signed *Signed   `json:"signed"`
}

// RegisterPartner makes the directory of a partner, or its next version: a document like that of a mission, which counts when
// the people signed who must, an administrator and a caseworker where two are needed (security.md 8.2). Its machines are then
// enrolled under the partner's identifier. Faults: E-FIELD for lists that cannot be shared, E-TO for an unknown mission or
// partner, T-FEW, E-ROLE, V-PASS for the keys.
func RegisterPartner(ctx context.Context, ws *workspace.Workspace, o PartnerOptions) (*RegisteredPartner, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	if err := o.Sends.Check(nil); err != nil || len(o.Sends) == 0 {
		return nil, fault.New("E-FIELD", "sends", err)
	}
	if err := o.Answers.Check(o.Sends); err != nil {
		return nil, fault.New("E-FIELD", "answers", err)
	}
	mission, err := missionOf(ws, o.Mission)
	if err != nil {
		return nil, err
	}
	if mission.Partner != nil {
		return nil, fault.Newf("E-TO", o.Mission.String(), "a partner, no mission")
	}
	id := o.ID
	if id == uuid.Nil {
		id = uuid.New()
	} else if known, ok := ws.Trust().Mission(id); !ok || known.Partner == nil {
		return nil, fault.Newf("E-TO", id.String(), "no partner")
	}
	if o.Answers == nil {
		o.Answers = domain.FieldList{}
	}
	keys, err := o.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	now, _ := ws.JudgeTime()
	doc, err := nextMission(ws, ApproveOptions{Mission: id, Until: o.Until}, now, func(m *trust.Mission) {
		if m.Nodes == nil {
			m.Nodes, m.Revoked = []trust.Node{}, []trust.Revocation{}
		}
		m.Partner = &trust.Partner{Answers: o.Answers, Mission: mission.ID, Name: o.Name, Sends: o.Sends}
	})
	if err != nil {
		return nil, err
	}
	signed, err := propose(ctx, ws, o.Ceremony, keys, doc)
	if err != nil {
		return nil, err
	}
	if signed.Taken { // answers that waited for a longer list
		if _, err := Reconsider(ctx, ws); err != nil {
			return nil, err
		}
	}
	return &RegisteredPartner{id, signed}, nil
}

// kindFits holds the kind of a file against the directory that it comes under: partners have kinds of their own, and nobody else
// has those.
func kindFits(kind string, mission *trust.Mission, hq bool, file string) error {
	want := []string{domain.BundleService}
	if mission != nil && mission.Partner != nil {
		want = append(want, domain.BundlePartnerIn)
		if hq {
			want = append(want, domain.BundlePartnerOut)
		}
		if !slices.Contains(want, kind) {
			return fault.Newf("E-KIND", file, "no kind that a partner sends or is sent")
		}
		return nil
	}
	if kind == domain.BundlePartnerIn || kind == domain.BundlePartnerOut {
		return fault.Newf("E-KIND", file, "no partner")
	}
	return nil
}

// sharing is one partner's view of the register.
type sharing struct {
	ws      *workspace.Workspace
	partner *trust.Mission
	keys    workspace.Projection
	objects map[uuid.UUID]*workspace.Record // by the identifier that the partner knows, those not told yet included
	cases   map[uuid.UUID]uuid.UUID         // ours, by the partner's
}

func (s *sharing) id(own uuid.UUID) uuid.UUID { return s.keys.ID(domain.ProjectedObject, own) }

// readSharing finds what a partner may be told of: who is on the roster of its mission, what hangs on these persons, and the
// courses of the mission's machines, as far as their types are on its list.
func readSharing(ctx context.Context, ws *workspace.Workspace, partner *trust.Mission) (*sharing, error) {
	keys, err := ws.Projection(ctx, partner.ID.String())
	if err != nil {
		return nil, err
	}
	s := &sharing{ws: ws, partner: partner, keys: keys, objects: map[uuid.UUID]*workspace.Record{}, cases: map[uuid.UUID]uuid.UUID{}}
	entries, err := Roster(ctx, ws, partner.Partner.Mission)
	if err != nil {
		return nil, err
	}
	listed := map[uuid.UUID]bool{}
	for _, entry := range entries {
		listed[entry.ID] = entry.Person != uuid.Nil && !entry.Withdrawn
	}
	mission, ok := ws.Trust().Mission(partner.Partner.Mission)
	if !ok {
		return nil, fault.Newf("E-TO", partner.Partner.Mission.String(), "no directory of this mission")
	}
	for t := range partner.Partner.Sends {
		records, err := ws.Objects(ctx, t, uuid.Nil)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			shared := listed[record.ID()]
			switch t {
			case "roster_person":
			case "course", "lesson":
				shared = writtenIn(mission, record)
			default:
				shared = listed[record.Subject()]
			}
			if shared {
				s.objects[s.id(record.ID())] = record
				if record.Case() != uuid.Nil {
					s.cases[s.id(record.Case())] = record.Case()
				}
			}
		}
	}
	return s, nil
}

// writtenIn reports whether a machine of the mission has written something that stands in an object.
func writtenIn(mission *trust.Mission, record *workspace.Record) bool {
	for _, field := range record.Fields() {
		for _, head := range record.Heads(field) {
			if _, ok := mission.Node(trust.DeviceName(head.Name.Device)); ok {
				return true
			}
		}
	}
	return false
}

// tellPartner brings what a partner is told up to date before a file goes to its machines.
func (e *exporting) tellPartner(ctx context.Context) error {
	partner := e.mission
	if !e.ws.Me().HQ || partner.Partner == nil || !e.ws.Me().Role.MaySend(domain.BundlePartnerOut, domain.Orientation) {
		return nil
	}
	if err := takeAnswers(ctx, e.ws); err != nil { // what waited for somebody who may
		return err
	}
	r, err := readRoster(ctx, e.ws, partner.Partner.Mission)
	if err != nil {
		return err
	}
	if _, err := r.refresh(ctx); err != nil {
		return err
	}
	s, err := readSharing(ctx, e.ws, partner)
	if err != nil {
		return err
	}
	var objects []workspace.Projected
	for id, record := range s.objects {
		values, err := s.project(record)
		if err != nil {
			return err
		}
		if len(values) == 0 {
			continue
		}
		p := workspace.Projected{Type: record.Type(), ID: id, Values: values, Heads: map[string][]oplog.Name{}}
		for field := range values {
			p.Heads[field] = record.Seen(field)
		}
		if record.Case() != uuid.Nil {
			p.Case = s.id(record.Case())
		}
		objects = append(objects, p)
	}
	_, err = e.ws.Tell(ctx, partner.ID, objects)
	return err
}

// project gives the listed fields of an object, with the identifiers that the partner knows. A reference to what the partner is
// not told of is left out.
func (s *sharing) project(record *workspace.Record) (map[string]json.RawMessage, error) {
	info, _ := domain.Info(record.Type())
	values := map[string]json.RawMessage{}
	for _, field := range record.Fields() {
		definition, known := info.Field(field)
		if !known || field == "_deleted" || !s.partner.Partner.Sends.Has(record.Type(), field) {
			continue
		}
		answer := record.Answer(field)
		if definition.Kind == domain.Reference || definition.Kind == domain.MultiReference {
			if answer = s.known(answer, s.id); !answer.HasValue() {
				continue
			}
		}
		answer.Reason = "" // why something is unknown is free text, and on no list
		value, err := answer.Encode()
		if err != nil {
			return nil, err
		}
		values[field] = value
	}
	return values, nil
}

// known translates the references of an answer and leaves out those to objects that are not shared.
func (s *sharing) known(answer domain.Answer, translate func(uuid.UUID) uuid.UUID) domain.Answer {
	shared := func(text string) (string, bool) {
		id, err := uuid.Parse(text)
		if err != nil {
			return "", false
		}
		id = translate(id)
		_, ok := s.objects[id]
		return id.String(), ok
	}
	switch value := answer.Value.(type) {
	case string:
		if id, ok := shared(value); ok {
			return domain.Answer{Value: id}
		}
	case []string:
		var out []string
		for _, text := range value {
			if id, ok := shared(text); ok {
				out = append(out, id)
			}
		}
		if len(out) > 0 {
			return domain.Answer{Value: out}
		}
	}
	return domain.Answer{}
}

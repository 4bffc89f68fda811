package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// answering judges what a partner answers: listed fields only, about what it was told of.
type answering struct {
	fields domain.FieldList
	told   *workspace.Told
	cases  map[uuid.UUID]bool
}

// newAnswering reads what a partner was told; nil when a machine is no partner's, or this one is not headquarters.
func newAnswering(ctx context.Context, ws *workspace.Workspace, mission *trust.Mission) (*answering, error) {
	if !ws.Me().HQ || mission == nil || mission.Partner == nil {
		return nil, nil
	}
	told, err := ws.Told(ctx, mission.ID)
	if err != nil {
		return nil, err
	}
	a := &answering{fields: mission.Partner.Answers, told: told, cases: map[uuid.UUID]bool{uuid.Nil: true}}
	for _, object := range told.Objects {
		a.cases[object.Case] = true
	}
	return a, nil
}

// code is the reason why a write of a partner is kept and not taken: E-LIST for a type or field that it may not answer, E-ID
// for an object, a case or a reference that it was never told of. A row that hangs on something shared may be new.
func (a *answering) code(line *oplog.Line) string {
	info, _ := domain.Info(line.Type)
	told := a.told.Objects[line.Object]
	for field := range line.Set {
		if !a.fields.Has(line.Type, field) || told != nil && !slices.Contains(a.fields[line.Type], field) {
			return "E-LIST" // what it was told of it neither removes nor hangs elsewhere
		}
	}
	switch {
	case !a.cases[line.Case], told != nil && told.Type != line.Type, told == nil && info.Subject == "":
		return "E-ID"
	case told == nil && line.Set[info.SubjectField()] == nil && len(line.Parents) == 0:
		return "E-ID" // a new row that hangs on nothing
	}
	for field, value := range line.Set {
		definition, _ := info.Field(field)
		if definition.Kind != domain.Reference && definition.Kind != domain.MultiReference {
			continue
		}
		answer, err := domain.DecodeAnswer(value)
		if err != nil {
			return "E-OP"
		}
		for _, text := range answer.List() {
			id, err := uuid.Parse(text)
			if to := a.told.Objects[id]; err != nil || to == nil || definition.Of != "" && to.Type != definition.Of {
				return "E-ID"
			}
		}
	}
	return ""
}

// takeAnswers issues what partners answered as part of the register's own record (security.md 6.9). It waits for a user of
// headquarters who holds `case` and may write on the roster.
func takeAnswers(ctx context.Context, ws *workspace.Workspace) error {
	me := ws.Me()
	if !me.HQ || !me.Role.MayWrite("roster_person", "given_name") {
		return nil
	}
	for _, partner := range ws.Trust().Missions() {
		if partner.Partner == nil {
			continue
		}
		s, err := readSharing(ctx, ws, partner)
		if err != nil {
			return err
		}
		told, err := ws.Told(ctx, partner.ID)
		if err != nil {
			return err
		}
		if _, err := ws.IssueAnswers(ctx, partner, func(line *oplog.Line) *oplog.Line { return s.translate(line, told) }); err != nil {
			return err
		}
	}
	return nil
}

// translate gives a partner's line the identifiers of the register; nil while it is about something that is not shared any more.
func (s *sharing) translate(line *oplog.Line, told *workspace.Told) *oplog.Line {
	info, _ := domain.Info(line.Type)
	out := &oplog.Line{
		Kind: line.Kind, By: line.By, Compartment: line.Compartment, HLC: line.HLC, ClockSuspect: line.ClockSuspect, Form: line.Form,
		Object: s.keys.ID(domain.ProjectedAnswer, line.Object), Type: line.Type, Set: maps.Clone(line.Set), Parents: map[string][]oplog.Name{},
	}
	own := s.objects[line.Object]
	if own != nil {
		out.Object, out.Case = own.ID(), own.Case()
	} else if out.Case = s.cases[line.Case]; line.Case != uuid.Nil && out.Case == uuid.Nil || info.Subject == "" {
		return nil
	}
	for field, value := range line.Set {
		definition, _ := info.Field(field)
		if definition.Kind == domain.Reference || definition.Kind == domain.MultiReference {
			if out.Set[field] = s.ours(value); out.Set[field] == nil {
				return nil
			}
		}
		if parents := s.parents(line, field, own, told); len(parents) > 0 {
			out.Parents[field] = parents
		}
	}
	if own == nil && out.Case == uuid.Nil {
		if answer, err := domain.DecodeAnswer(out.Set[info.SubjectField()]); err == nil {
			if id, err := uuid.Parse(answer.Text()); err == nil {
				if subject := s.objects[s.id(id)]; subject != nil {
					out.Case = subject.Case() // what the partner notes dies with the case of whom it is about
				}
			}
		}
	}
	return out
}

// ours gives a reference the register's identifiers; nil when it is to nothing shared.
func (s *sharing) ours(value json.RawMessage) json.RawMessage {
	answer, err := domain.DecodeAnswer(value)
	if err != nil {
		return nil
	}
	texts := slices.Clone(answer.List())
	for i, text := range texts {
		id, err := uuid.Parse(text)
		if err != nil || s.objects[id] == nil {
			return nil
		}
		texts[i] = s.objects[id].ID().String()
	}
	switch answer.Value.(type) {
	case string:
		answer.Value = texts[0]
	case []string:
		answer.Value = texts
	}
	out, err := answer.Encode()
	if err != nil {
		return nil
	}
	return out
}

// parents are what an answer replaces here: the partner's own earlier answers, and what stands in the register as long as it is
// what the partner was told.
func (s *sharing) parents(line *oplog.Line, field string, own *workspace.Record, told *workspace.Told) (out []oplog.Name) {
	for _, name := range line.Parents[field] {
		saw := told.Lines[name]
		if saw == nil {
			out = append(out, name) // the partner's own: its issue counts under that name
			continue
		}
		if own == nil {
			continue
		}
		values, err := s.project(own)
		if heads := own.Heads(field); err == nil && len(heads) == 1 && bytes.Equal(values[field], saw.Set[field]) {
			out = append(out, heads[0].Name)
		}
	}
	slices.SortFunc(out, oplog.Name.Compare)
	return slices.Compact(out)
}

package exchange

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// State says how far this machine's own work on a case or record has come: that of the line that came least far
// (security.md 6.8). "" means that nothing of it was written here.
type State string

// The states, the one that needs most care first.
const (
	StateReturned      State = "returned"       // headquarters took something back, or keeps it in quarantine
	StateDraft         State = "draft"          // something stands half typed in a field
	StateSealed        State = "sealed"         // safe on this machine and in no file yet
	StateInBundle      State = "in_bundle"      // a file holds it; nobody has said that it came
	StateWithColleague State = "with_colleague" // a colleague's machine has said that it has it
	StateStored        State = "stored"         // headquarters has the sealed bytes and waits for somebody with the ring
	StateMerged        State = "merged"         // in the register: only now it may be removed here
)

// states is what is needed to tell the state of any line.
type states struct {
	ws       *workspace.Workspace
	own      *acknowledgement
	sent     Ranges
	with     Ranges // what colleagues said they have
	drafts   map[uuid.UUID]bool
	returned map[uuid.UUID]map[uuid.UUID]bool // by case and object
}

func readStates(ctx context.Context, ws *workspace.Workspace) (*states, error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	own, err := acknowledged(ws)
	if err != nil {
		return nil, err
	}
	s := &states{ws: ws, own: own, sent: Ranges{}, with: Ranges{}, drafts: map[uuid.UUID]bool{}, returned: map[uuid.UUID]map[uuid.UUID]bool{}}
	for _, out := range counters.Out {
		merge(s.sent, out.Sent)
	}
	if mission, ok := missionHere(ws); ok {
		for name, in := range counters.In {
			if _, field := mission.Node(name); field {
				merge(s.with, in.Have)
			}
		}
	}
	if err := s.readDrafts(); err != nil {
		return nil, err
	}
	if own.receipt == nil || len(own.receipt.Excluded)+len(own.receipt.Quarantined) == 0 {
		return s, nil
	}
	writes, err := Returned(ctx, ws, uuid.Nil)
	if err != nil {
		return nil, err
	}
	for _, write := range writes {
		if slices.ContainsFunc(write.Fields, func(f ReturnedField) bool { return !f.Again }) {
			if s.returned[write.Case] == nil {
				s.returned[write.Case] = map[uuid.UUID]bool{}
			}
			s.returned[write.Case][write.Object] = true
		}
	}
	return s, nil
}

func missionHere(ws *workspace.Workspace) (*trust.Mission, bool) {
	if t := ws.Trust(); t != nil {
		return t.Mission(ws.Me().Mission)
	}
	return nil, false
}

func (s *states) readDrafts() error {
	reg := s.ws.Register()
	for _, c := range domain.AllCompartments {
		if c.Boxed() || !reg.Holds(domain.RingOf(c)) {
			continue
		}
		stored, err := reg.System(domain.RingOf(c), register.SystemDrafts)
		if err != nil {
			return err
		}
		var kept []struct {
			Case   uuid.UUID         `json:"case"`
			Drafts []json.RawMessage `json:"drafts"`
		}
		if stored == nil {
			continue
		}
		if err := json.Unmarshal(stored, &kept); err != nil {
			return fault.New("V-DAMAGED", s.ws.Dir(), err)
		}
		for _, d := range kept {
			s.drafts[d.Case] = s.drafts[d.Case] || len(d.Drafts) > 0
		}
	}
	return nil
}

// of is the state of some own lines.
func (s *states) of(lines Ranges) State {
	lines = without(lines, s.own.given)
	switch {
	case len(lines) == 0:
		return ""
	case covers(s.own.merged, lines):
		return StateMerged
	case covers(s.own.stored, lines):
		return StateStored
	case covers(union(s.own.stored, s.with), lines):
		return StateWithColleague
	case covers(union(s.own.stored, union(s.with, s.sent)), lines):
		return StateInBundle
	}
	return StateSealed
}

func (s *states) ofCase(ctx context.Context, caseID uuid.UUID) (State, error) {
	names, err := s.ws.CaseLineNames(ctx, caseID)
	if err != nil {
		return "", err
	}
	lines := Ranges{}
	for c, list := range names {
		for _, name := range list {
			if name.Device == s.ws.Me().Device {
				add(lines, name.Chain(c), name.N, name.N)
			}
		}
	}
	switch {
	case len(s.returned[caseID]) > 0:
		return StateReturned, nil
	case s.drafts[caseID]:
		return StateDraft, nil
	}
	return s.of(lines), nil
}

// StateOfCase tells how far the own work on a case has come, in all compartments that the user holds.
func StateOfCase(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID) (State, error) {
	s, err := readStates(ctx, ws)
	if err != nil {
		return "", err
	}
	return s.ofCase(ctx, caseID)
}

// StateOfRecord tells how far the own writes of one record have come. What is sealed shows no record, so it has no state of
// its own.
func StateOfRecord(ctx context.Context, ws *workspace.Workspace, t domain.Type, id, caseID uuid.UUID) (State, error) {
	info, ok := domain.Info(t)
	if !ok || info.Compartment.Boxed() || !ws.Holds(info.Compartment) {
		return "", nil
	}
	s, err := readStates(ctx, ws)
	if err != nil {
		return "", err
	}
	if s.returned[caseID][id] {
		return StateReturned, nil
	}
	lines := Ranges{}
	for stored, err := range ws.Register().CaseLines(ctx, info.Compartment, caseID) {
		if err != nil {
			return "", err
		}
		if stored.Name.Device != ws.Me().Device {
			continue
		}
		if line, err := oplog.Parse(stored.Bytes); err == nil && line.Object == id {
			add(lines, line.Chain(), line.N, line.N)
		}
	}
	return s.of(lines), nil
}

// CaseState is the state of one case.
type CaseState struct {
	Case  uuid.UUID `json:"case"`
	State State     `json:"state"`
}

// CaseStates tells the state of every case that this machine has worked on; at headquarters there is none.
func CaseStates(ctx context.Context, ws *workspace.Workspace) ([]CaseState, error) {
	out := []CaseState{}
	if ws.Me().HQ {
		return out, nil
	}
	s, err := readStates(ctx, ws)
	if err != nil {
		return nil, err
	}
	cases, err := ws.Cases(ctx)
	if err != nil {
		return nil, err
	}
	for _, summary := range cases {
		state, err := s.ofCase(ctx, summary.ID)
		if err != nil {
			return nil, err
		}
		if state != "" {
			out = append(out, CaseState{summary.ID, state})
		}
	}
	return out, nil
}

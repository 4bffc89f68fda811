package exchange

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

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

// States lists the states, the one that needs most care first.
var States = []State{StateReturned, StateDraft, StateSealed, StateInBundle, StateWithColleague, StateStored, StateMerged}

// Safe reports whether headquarters has it, or nothing of it was written here. What a colleague has is not safe yet, nor is what
// came back from headquarters.
func (s State) Safe() bool { return s == "" || s == StateStored || s == StateMerged }

// states is what is needed to tell the state of any line.
type states struct {
	ws       *workspace.Workspace
	own      *acknowledgement
	sent     Ranges
	with     Ranges // what colleagues said they have
	files    []copyOf
	drafts   map[uuid.UUID][]domain.Compartment             // in which something is half typed
	returned map[uuid.UUID]map[uuid.UUID]domain.Compartment // by case and object
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
	s := &states{ws: ws, own: own, sent: Ranges{}, with: Ranges{}, files: counters.Sent, drafts: map[uuid.UUID][]domain.Compartment{}, returned: map[uuid.UUID]map[uuid.UUID]domain.Compartment{}}
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
				s.returned[write.Case] = map[uuid.UUID]domain.Compartment{}
			}
			if c, err := domain.ParseCompartment(write.Compartment); err == nil {
				s.returned[write.Case][write.Object] = c
			}
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
			if len(d.Drafts) > 0 {
				s.drafts[d.Case] = append(s.drafts[d.Case], c)
			}
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

// ofCase tells how far the own lines of a case have come, in some compartments; none named means all.
func (s *states) ofCase(ctx context.Context, caseID uuid.UUID, parts ...domain.Compartment) (CaseState, error) {
	wanted := func(c domain.Compartment) bool { return len(parts) == 0 || slices.Contains(parts, c) }
	names, err := s.ws.CaseLineNames(ctx, caseID)
	if err != nil {
		return CaseState{}, err
	}
	lines := Ranges{}
	for c, list := range names {
		for _, name := range list {
			if name.Device == s.ws.Me().Device && wanted(c) {
				add(lines, name.Chain(c), name.N, name.N)
			}
		}
	}
	cameBack := slices.ContainsFunc(slices.Collect(maps.Values(s.returned[caseID])), wanted)
	out := CaseState{Case: caseID}
	switch {
	case cameBack:
		out.State = StateReturned
	case slices.ContainsFunc(s.drafts[caseID], wanted):
		out.State = StateDraft
	default:
		out.State = s.of(lines)
	}
	if out.State.Safe() {
		return out, nil
	}
	away := without(without(lines, s.own.given), s.own.stored)
	if out.State == StateInBundle {
		out.InFile = s.lastFile(away)
	}
	out.Since, err = oldestOf(ctx, s.ws, away)
	return out, err
}

// lastFile is when the newest file was made that holds any of some lines.
func (s *states) lastFile(lines Ranges) (newest time.Time) {
	for _, file := range s.files {
		if at, err := time.Parse(time.RFC3339, file.At); err == nil && at.After(newest) && len(common(file.Lines, lines)) > 0 {
			newest = at
		}
	}
	return newest
}

// oldestOf is when the first of some lines was written, judged by the first line of each run; zero without lines.
func oldestOf(ctx context.Context, ws *workspace.Workspace, lines Ranges) (time.Time, error) {
	var oldest oplog.HLC
	for name, chains := range lines {
		c, err := domain.ParseCompartment(name)
		if err != nil {
			continue
		}
		for key, intervals := range chains {
			chain, err := oplog.ParseChainKey(c, key)
			if err != nil || len(intervals) == 0 {
				continue
			}
			for stored, err := range ws.Register().Lines(ctx, chain, intervals[0][0], intervals[0][0]) {
				if err != nil {
					return time.Time{}, err
				}
				if line, err := oplog.Parse(stored.Bytes); err == nil && (oldest == 0 || line.HLC < oldest) {
					oldest = line.HLC
				}
			}
		}
	}
	if oldest == 0 {
		return time.Time{}, nil
	}
	return oldest.Time(), nil
}

// StateOfCase tells how far the own work on a case has come, in all compartments that the user holds, or in those named: what
// a family may see must not change with what is in compartments that are kept from it (security.md 2.2).
func StateOfCase(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID, parts ...domain.Compartment) (CaseState, error) {
	s, err := readStates(ctx, ws)
	if err != nil {
		return CaseState{}, err
	}
	return s.ofCase(ctx, caseID, parts...)
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
	if _, back := s.returned[caseID][id]; back {
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
	// Since is when the oldest own line was written that headquarters' receipt does not name; zero when the state is safe, or
	// only a draft stands open.
	Since time.Time `json:"since,omitzero"`
	// InFile is when the newest file was made that holds it, for [StateInBundle].
	InFile time.Time `json:"in_file,omitzero"`
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
		if state.State != "" {
			out = append(out, state)
		}
	}
	return out, nil
}

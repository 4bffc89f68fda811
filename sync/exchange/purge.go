package exchange

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// What stands against a purge; the number says how many lines, files or compartments it is about.
const (
	PurgeHQ       = "hq"       // headquarters keeps lines for the retention time
	PurgeNone     = "none"     // nothing of the case is here
	PurgeMission  = "mission"  // the mission has not ended
	PurgeFork     = "fork"     // there may be two of this machine: that comes first
	PurgeRing     = "ring"     // a compartment of this vault that the user does not hold
	PurgeUnmerged = "unmerged" // own lines that headquarters' receipt does not call merged
	PurgeOthers   = "others"   // lines of colleagues that their receipts do not call merged
	PurgeReturned = "returned" // headquarters took something back, and the author has not written it again
	PurgeDraft    = "draft"    // something stands half typed
)

// Purging says what a purge would do, or did.
type Purging struct {
	Case  uuid.UUID `json:"case"`
	Whole bool      `json:"whole"`
	// Lines counts by compartment the lines whose content goes; their hashes stay, so that the chain stays whole.
	Lines map[string]int `json:"lines"`
	// Blocked counts by reason what stands against it; empty when it may be done.
	Blocked map[string]int `json:"blocked"`

	lines map[domain.Compartment][]oplog.Name
	// closed says that headquarters has closed the mission: its order that what colleagues wrote may go too.
	closed bool
}

// PreviewPurge says what [Purge] would do, and what stands against it. It writes nothing.
func PreviewPurge(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID, whole bool) (*Purging, error) {
	p := newPurging(caseID, whole)
	if ws.Register() == nil {
		return nil, locked()
	}
	s, err := readStates(ctx, ws)
	if err != nil {
		return nil, err
	}
	if err := p.judge(ctx, ws, s); err != nil {
		return nil, err
	}
	return p, nil
}

// PreviewPurges is [PreviewPurge] for every case that is here, in the order of the case list. Cases of which nothing could go,
// because no line of them was replaced, are left out unless whole is asked for.
func PreviewPurges(ctx context.Context, ws *workspace.Workspace, whole bool) ([]Purging, error) {
	if ws.Register() == nil {
		return nil, locked()
	}
	s, err := readStates(ctx, ws)
	if err != nil {
		return nil, err
	}
	cases, err := ws.Cases(ctx)
	if err != nil {
		return nil, err
	}
	out := []Purging{}
	for _, c := range cases {
		p := newPurging(c.ID, whole)
		if err := p.judge(ctx, ws, s); err != nil {
			return nil, err
		}
		if whole || len(p.Lines) > 0 {
			out = append(out, *p)
		}
	}
	return out, nil
}

func newPurging(caseID uuid.UUID, whole bool) *Purging {
	return &Purging{Case: caseID, Whole: whole, Lines: map[string]int{}, Blocked: map[string]int{}, lines: map[domain.Compartment][]oplog.Name{}}
}

// judge fills in what would go and what stands against it.
func (p *Purging) judge(ctx context.Context, ws *workspace.Workspace, s *states) error {
	reg, caseID, whole := ws.Register(), p.Case, p.Whole
	names, err := ws.CaseLineNames(ctx, caseID)
	if err != nil {
		return err
	}
	if p.closed, err = closedByHQ(ctx, ws); err != nil {
		return err
	}
	if err := p.judgeMachine(ws, s, whole); err != nil {
		return err
	}
	for _, ring := range reg.Rings() {
		if ring != domain.SealedRead && ring != domain.AuditRead && !reg.Holds(ring) {
			p.Blocked[PurgeRing]++
		}
	}
	if len(names) == 0 {
		p.Blocked[PurgeNone] = 1
	}
	if err := p.judgeLines(ws, s, names); err != nil {
		return err
	}
	if n := len(s.returned[caseID]); n > 0 {
		p.Blocked[PurgeReturned] = n
	}
	if len(s.drafts[caseID]) > 0 {
		p.Blocked[PurgeDraft] = 1
	}
	p.lines = names
	if !whole {
		if p.lines, err = ws.Superseded(ctx, caseID); err != nil {
			return err
		}
	}
	for c, list := range p.lines {
		p.Lines[c.String()] = len(list)
	}
	return nil
}

// judgeMachine holds what concerns the machine as a whole.
func (p *Purging) judgeMachine(ws *workspace.Workspace, s *states, whole bool) error {
	if ws.Me().HQ {
		p.Blocked[PurgeHQ] = 1
	}
	lines, pending, err := ws.Pending(s.own.suspect)
	if err != nil {
		return err
	}
	for _, numbers := range lines {
		pending += int(numbers.Count())
	}
	if pending > 0 {
		p.Blocked[PurgeFork] = pending
	}
	mission, ok := missionHere(ws)
	if whole && !p.closed && (!ok || ws.Now().Before(mission.Expires.Add(-certificateSlack))) {
		p.Blocked[PurgeMission] = 1
	}
	return nil
}

// closedByHQ reports whether headquarters has ended the mission, by the mission's status on its own machine, and nobody says
// otherwise (security.md 6.8, domain.md 7.1).
func closedByHQ(ctx context.Context, ws *workspace.Workspace) (bool, error) {
	mission, ok := missionHere(ws)
	if !ok {
		return false, nil
	}
	record, err := ws.Get(ctx, "mission", mission.ID)
	if err != nil || record == nil {
		return false, err
	}
	heads := record.Heads("status")
	return len(heads) > 0 && !slices.ContainsFunc(heads, func(h workspace.Head) bool {
		_, field := mission.Node(trust.DeviceName(h.Name.Device))
		person, named := mission.User(trust.UserName(h.By))
		works := named && slices.ContainsFunc(mission.RolesOf(*person), func(r domain.Role) bool { return r.Works(domain.SideHQ) })
		return field || !works || h.Answer.Text() != "closed" && h.Answer.Text() != "purged"
	}), nil
}

// judgeLines wants every own line of the case merged, whatever else is said, and for a whole case those of colleagues by their
// own receipts unless headquarters has closed the mission; what headquarters wrote it has.
func (p *Purging) judgeLines(ws *workspace.Workspace, s *states, names map[domain.Compartment][]oplog.Name) error {
	receipts, err := parsedReceipts(ws.Register())
	if err != nil {
		return err
	}
	mission, _ := missionHere(ws)
	merged := map[string]Ranges{} // of the lines here, by author
	for c, list := range names {
		for _, name := range list {
			chain := name.Chain(c)
			if name.Device == ws.Me().Device {
				if !s.own.merged.Of(chain).Contains(name.N) && !s.own.given.Of(chain).Contains(name.N) {
					p.Blocked[PurgeUnmerged]++
				}
				continue
			}
			author := trust.DeviceName(name.Device)
			if mission == nil || !p.Whole || p.closed {
				continue
			}
			if _, field := mission.Node(author); !field {
				continue
			}
			if merged[author] == nil {
				merged[author] = Ranges{}
				if receipt := receipts[author]; receipt != nil {
					certain, _ := proven(ws.Register(), receipt)
					merged[author] = common(receipt.Merged, certain)
				}
			}
			if !merged[author].Of(chain).Contains(name.N) {
				p.Blocked[PurgeOthers]++
			}
		}
	}
	return nil
}

// Purge takes the content of lines of a case from this machine once headquarters has merged every own line of it in every
// compartment (security.md 6.8): lines that later ones replaced, or with whole, after the mission's end, the case with all its
// records. Hashes and links stay. Only headquarters' `merged` permits it; a colleague's word or `stored` never does. What
// colleagues wrote may go when their receipts say so, or once headquarters has closed the mission. Fault
// E-PURGE when something stands against it; [PreviewPurge] says what.
func Purge(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID, whole bool) (*Purging, error) {
	if err := leaveBehind(ctx, ws); err != nil {
		return nil, err
	}
	p, err := PreviewPurge(ctx, ws, caseID, whole)
	if err != nil {
		return nil, err
	}
	if len(p.Blocked) > 0 {
		reasons := make([]string, 0, len(p.Blocked))
		for reason := range p.Blocked {
			reasons = append(reasons, reason)
		}
		slices.Sort(reasons)
		return nil, fault.Newf("E-PURGE", caseID.String(), "%v", reasons)
	}
	if len(p.lines) == 0 {
		return p, nil
	}
	return p, ws.Purge(ctx, caseID, p.lines, whole)
}

package exchange

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// Plan says what a file would do, before anything is written (security.md 6.6).
type Plan struct {
	// ID binds the plan to the file and to the state of the workspace: when either changed, it is stale (E-PLAN).
	ID       string `json:"plan"`
	File     string `json:"file"`
	Kind     string `json:"kind"`
	Bundle   string `json:"bundle"`
	Mission  string `json:"mission"`
	From     string `json:"from"`
	Sender   string `json:"sender"` // alias of the machine
	User     string `json:"user"`   // alias of the exporting user
	Created  string `json:"created"`
	Sequence uint64 `json:"sequence"`
	// Repeated is true when this very bundle was taken in before.
	Repeated bool `json:"repeated"`
	// Counts per compartment.
	Lines       map[string]int `json:"lines"`
	New         map[string]int `json:"new"`
	Known       map[string]int `json:"known"`
	Quarantined map[string]int `json:"quarantined"`
	// Reasons counts quarantined lines by reason code.
	Reasons map[string]int `json:"reasons"`
	// Waiting lists compartments whose part waits until a user with that ring unlocks.
	Waiting   []string       `json:"waiting"`
	Objects   map[string]int `json:"objects"` // touched, by type
	Conflicts int            `json:"conflicts"`
	Gaps      []Gap          `json:"gaps"` // afterwards
	// GapsBefore are those of the same chains now.
	GapsBefore []Gap `json:"gaps_before"`
	// Types counts by compartment and type what would become of the lines.
	Types     []TypeCount `json:"types"`
	Documents []string    `json:"documents"` // newer documents that the file brings
	Refused   []string    `json:"refused"`   // documents whose own proof fails
	Cases     []uuid.UUID `json:"cases"`
	// Relayed says whose lines the file brings besides the sender's (security.md 5.6).
	Relayed []Relayed `json:"relayed"`
	// Stubs counts new lines that came, or are stored, without their content, because their case was erased.
	Stubs map[string]int `json:"stubs"`
	// Late counts those of them that the sender sent with content after the case had been erased here (E-ERASED).
	Late int `json:"late"`
	// Attachments counts those that the file brings content of; whether it is what was signed shows when it is taken in.
	Attachments int `json:"attachments"`
	// Erased are the cases that the file orders to destroy.
	Erased []ErasedCase `json:"erased"`
}

// TypeCount counts the lines of a file that write one type of object, by what becomes of them. Lines that write none are counted
// by their kind: chain, box, erase, stub, signoff.
type TypeCount struct {
	Compartment string         `json:"compartment"`
	Type        string         `json:"type"`
	New         int            `json:"new"`
	Known       int            `json:"known"`
	Replaced    int            `json:"replaced"`  // fields in which another value stood
	Conflicts   int            `json:"conflicts"` // fields that would hold several values and do not now
	Quarantined map[string]int `json:"quarantined"`
	Stubs       int            `json:"stubs"`
}

// Gap names lines that are missing from a chain.
type Gap struct {
	Compartment string          `json:"compartment"`
	Chain       string          `json:"chain"`
	Missing     oplog.Intervals `json:"missing"`
}

// Result is what an import did.
type Result struct {
	Plan
	Import uuid.UUID `json:"import"`
	// Reconsidered is what the newer documents of the file have let out of quarantine; nil when it brought none.
	Reconsidered *Reconsidered `json:"reconsidered,omitempty"`
}

func newPlan(ws *workspace.Workspace, v *bundle.Verified, path string) *Plan {
	m := v.Manifest
	plan := &Plan{
		File: filepath.Base(path), Kind: m.Kind, Bundle: m.Bundle.String(), Mission: m.Mission.String(), From: m.From, Created: stamp(m.Created),
		Lines: map[string]int{}, New: map[string]int{}, Known: map[string]int{}, Quarantined: map[string]int{}, Reasons: map[string]int{}, Objects: map[string]int{},
		Stubs: map[string]int{}, Erased: []ErasedCase{}, Relayed: []Relayed{}, GapsBefore: []Gap{}, Types: []TypeCount{},
		Waiting: []string{}, Gaps: []Gap{}, Documents: []string{}, Refused: []string{}, Cases: []uuid.UUID{},
	}
	plan.Sender, plan.User = m.From, ws.AliasOf(v.User.ID)
	if mission, ok := v.Trust.Mission(m.Mission); ok {
		if node, ok := mission.Node(m.From); ok {
			plan.Sender = node.Alias
		}
		if alias := mission.UserAlias(m.User); alias != "" {
			plan.User = alias
		}
	}
	if v.Device.HQ {
		plan.Sender = trust.NodeHQ
	}
	return plan
}

func (in *incomingFile) count(ws *workspace.Workspace, applied *workspace.Applied) {
	for c, n := range applied.New {
		in.plan.New[c.String()] = n
	}
	for c, n := range applied.Known {
		in.plan.Known[c.String()] = n
	}
	for c, n := range applied.Quarantined {
		in.plan.Quarantined[c.String()] = n
	}
	for t, n := range applied.Objects {
		in.plan.Objects[string(t)] = n
	}
	for c, n := range applied.Stubs {
		in.plan.Stubs[c.String()] = n
	}
	for _, n := range applied.Late {
		in.plan.Late += n
	}
	if in.plan.Late > 0 {
		in.plan.Reasons["E-ERASED"] = in.plan.Late
	}
	for code, n := range applied.Refused {
		in.plan.Reasons[code] += n
	}
	for _, lines := range applied.Doubles {
		if n := lines.Count(); n > 0 {
			in.plan.Reasons["E-FORK"] += n
		}
	}
	in.plan.Conflicts, in.plan.Cases = applied.Conflicts, append([]uuid.UUID{}, applied.Cases...)
	in.plan.Types = typeCounts(applied)
	have := held(ws)
	for _, file := range in.verified.Parts {
		for _, run := range file.Chains {
			chain := run.Chain(file.Compartment)
			known := have.Of(chain).Union(oplog.Intervals{{run.First, run.Last}}.Minus(in.missing[chain]))
			if gaps := known.Gaps(known.Last()); len(gaps) > 0 && file.Openable {
				in.plan.Gaps = append(in.plan.Gaps, Gap{Compartment: chain.Compartment.String(), Chain: chain.Key(), Missing: gaps})
			}
		}
	}
}

// noteGaps says which lines of the file's chains are missing now.
func (in *incomingFile) noteGaps(ws *workspace.Workspace) {
	have := held(ws)
	for _, file := range in.verified.Parts {
		for _, run := range file.Chains {
			known := have.Of(run.Chain(file.Compartment))
			if gaps := known.Gaps(known.Last()); len(gaps) > 0 && file.Openable {
				in.plan.GapsBefore = append(in.plan.GapsBefore, Gap{Compartment: file.Compartment.String(), Chain: run.Chain(file.Compartment).Key(), Missing: gaps})
			}
		}
	}
}

func typeCounts(applied *workspace.Applied) []TypeCount {
	out := []TypeCount{}
	for _, key := range slices.SortedFunc(maps.Keys(applied.Types), func(a, b workspace.TypeKey) int {
		return cmp.Or(cmp.Compare(a.Compartment, b.Compartment), cmp.Compare(a.Type, b.Type))
	}) {
		n := applied.Types[key]
		out = append(out, TypeCount{
			Compartment: key.Compartment.String(), Type: key.Type, New: n.New, Known: n.Known, Replaced: n.Replaced, Conflicts: n.Conflicts,
			Quarantined: n.Quarantined, Stubs: n.Stubs,
		})
	}
	return out
}

// planID binds a preview to the file and the state it was made in (security.md 6.6).
func planID(ws *workspace.Workspace, v *bundle.Verified) string {
	h := sha256.New()
	h.Write(v.FileHash[:])
	reg := ws.Register()
	for _, c := range domain.AllCompartments {
		if c != domain.Audit { // looking at a plan is itself put on record
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(reg.Count(c))))
		}
	}
	fmt.Fprint(h, v.Trust.Directory().Version, " ", version.App)
	if mission, ok := v.Trust.Mission(v.Manifest.Mission); ok {
		fmt.Fprint(h, " ", mission.Version)
	}
	return hexText(h.Sum(nil))
}

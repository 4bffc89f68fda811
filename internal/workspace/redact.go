package workspace

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
)

// Reach says whose lines a redaction may name (security.md 5.5): its author's, or anybody's.
type Reach int

// The reaches, each with the ones before it.
const (
	// ReachMachine: lines that its author wrote on the machine that the redaction comes from.
	ReachMachine Reach = iota
	// ReachAuthor: lines that its author wrote anywhere.
	ReachAuthor
	// ReachAll: anybody's. Only HQS has it, on headquarters' own machine.
	ReachAll
)

// redaction is a line of kind redact that counts: it was judged, and no line it names here is outside its reach.
type redaction struct {
	By    uuid.UUID `json:"by"`
	Reach Reach     `json:"reach"`
	Case  uuid.UUID `json:"case"`
	// At is when it was obeyed here: a backup from before holds what it took away.
	At time.Time `json:"at"`
	// Lines are those it names; Issues are new issues of them that were reduced with them.
	Lines  LineSet `json:"lines"`
	Issues LineSet `json:"issues"`
}

func (w *Workspace) newRedaction(line *oplog.Line, reach Reach) *redaction {
	r := &redaction{By: line.By, Reach: reach, Case: line.Case, At: w.Now().UTC(), Lines: LineSet{}, Issues: LineSet{}}
	for _, named := range line.Redacts {
		r.Lines.Add(named.Name)
	}
	return r
}

// names reports whether a line is one of those that the redaction reduces: itself, or as a new issue.
func (r *redaction) names(line *oplog.Line) bool {
	return r.Lines.has(line.Name()) || r.Lines.has(line.Origin())
}

// redactions are those of one compartment that count, by name.
type redactions map[oplog.Name]*redaction

// of finds the redaction that reduces a line; of several always the same one.
func (r redactions) of(line *oplog.Line) (oplog.Name, *redaction) {
	if line.Kind != oplog.KindSet && line.Kind != oplog.KindBox && line.Kind != oplog.KindSignoff || IsMark(line.Type) {
		return oplog.Name{}, nil
	}
	for _, name := range r.inOrder() {
		if r[name].names(line) {
			return name, r[name]
		}
	}
	return oplog.Name{}, nil
}

// has reports whether some redaction names a line.
func (r redactions) has(name oplog.Name) bool {
	for _, one := range r {
		if one.Lines.has(name) {
			return true
		}
	}
	return false
}

func (r redactions) inOrder() []oplog.Name {
	return slices.SortedFunc(maps.Keys(r), oplog.Name.Compare)
}

// whyRedacted is what a stub says of the redaction that made it (security.md 5.5).
func whyRedacted(by oplog.Name) string { return string(oplog.KindRedact) + ":" + by.String() }

// refuses is the reason why a redaction may not name a line; empty when it may. parents are those that it says the line had.
func (r *redaction) refuses(by oplog.Name, line *oplog.Line, parents map[string][]oplog.Name) string {
	switch {
	case line.Kind != oplog.KindSet && line.Kind != oplog.KindBox && line.Kind != oplog.KindSignoff, IsMark(line.Type), scopeOf(line).id != r.Case:
		return "E-OP" // what holds the log together stays, and a redaction dies with the case of what it names
	case r.Reach < ReachAll && line.By != r.By, r.Reach < ReachAuthor && line.Origin().Device != by.Device:
		return "E-ROLE"
	case line.Kind == oplog.KindSet && parents != nil && !sameParents(line.Parents, parents):
		return "E-OP" // a value that it replaced would rise, or another one vanish
	}
	return ""
}

func sameParents(a, b map[string][]oplog.Name) bool {
	return maps.EqualFunc(a, b, func(x, y []oplog.Name) bool { return slices.Equal(x, y) })
}

func saveRedactions(tx *register.Tx, c domain.Compartment, all redactions) error {
	out := map[string]*redaction{}
	for name, r := range all {
		out[name.String()] = r
	}
	stored, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(c), register.SystemRedactions, stored)
}

func (w *Workspace) loadRedactions() error {
	w.redacted = map[domain.Compartment]redactions{}
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		stored, err := w.reg.System(domain.RingOf(c), register.SystemRedactions)
		if err != nil {
			return err
		}
		if stored == nil {
			continue
		}
		read := map[string]*redaction{}
		if err := json.Unmarshal(stored, &read); err != nil {
			return fault.New("V-DAMAGED", w.dir, err)
		}
		w.redacted[c] = redactions{}
		for text, r := range read {
			name, err := oplog.ParseName(text)
			if err != nil {
				return fault.New("V-DAMAGED", w.dir, err)
			}
			w.redacted[c][name] = r
		}
	}
	return nil
}

// Redaction says of a stub that names one whether that redaction is known and counts, and whether it is proof enough by itself that
// its author wrote the line that the stub stands for: its own machine did, or it may name anybody's. Else the machine that wrote
// the line must say so itself (security.md 5.5).
func (w *Workspace) Redaction(c domain.Compartment, by, line oplog.Name) (known, proven bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.redacted[c][by]
	if r == nil || !r.Lines.has(line) {
		return false, false
	}
	return true, r.Reach == ReachAll || by.Device == line.Device
}

// Redacted reports whether a line's content was withdrawn, or would be, should it come.
func (w *Workspace) Redacted(line *oplog.Line) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, r := w.redacted[line.Compartment].of(line)
	return r != nil
}

// counts reports whether a stored line of kind redact counts.
func (w *Workspace) counts(line *oplog.Line) bool {
	return w.redacted[line.Compartment][line.Name()] != nil
}

// Withdrawal is one withdrawal on record: who took content back, when and why, never what it said.
type Withdrawal struct {
	Operation   oplog.Name             `json:"operation"`
	Compartment domain.Compartment     `json:"-"`
	Place       string                 `json:"compartment"`
	Case        uuid.UUID              `json:"case"`
	Time        time.Time              `json:"at"` // UTC, by the author's clock
	By          uuid.UUID              `json:"by"`
	Reason      domain.RedactionReason `json:"reason"` // as written; may be one that this program does not know
	Lines       int                    `json:"lines"`
}

// Withdrawals lists what was withdrawn in a case in some compartments, the newest first. New issues of a redaction are not listed
// beside it. Fault V-LOCKED.
func (w *Workspace) Withdrawals(ctx context.Context, caseID uuid.UUID, in ...domain.Compartment) ([]Withdrawal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	out := []Withdrawal{}
	for _, c := range in {
		told := map[oplog.Name]bool{}
		for _, name := range w.redacted[c].inOrder() {
			if w.redacted[c][name].Case != caseID {
				continue
			}
			line, err := w.readLine(ctx, name.Chain(c), name.N)
			if err != nil {
				return nil, err
			}
			if line == nil || told[line.Origin()] {
				continue
			}
			told[line.Origin()] = true
			out = append(out, Withdrawal{
				Operation: line.Origin(), Compartment: c, Place: c.String(), Case: caseID, Time: line.HLC.Time().UTC(), By: line.By,
				Reason: domain.RedactionReason(line.Reason), Lines: int(w.redacted[c][name].Lines.Count()),
			})
		}
	}
	slices.SortStableFunc(out, func(a, b Withdrawal) int { return b.Time.Compare(a.Time) })
	return out, nil
}

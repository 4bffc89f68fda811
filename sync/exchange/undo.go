package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// States of an import (security.md 7.2).
const (
	ImportStands    = "in"        // what it brought counts
	ImportUndone    = "undone"    // nothing of it counts
	ImportUndoing   = "undoing"   // taken back, and users with further rings have not done so yet
	ImportRestoring = "restoring" // brought in again, and users with further rings have not done so yet
)

// ImportEntry is one file that was taken in, and what stands of it. Every user sees the list; what is in compartments that
// the user does not hold is counted in none of it.
type ImportEntry struct {
	Import uuid.UUID `json:"import"`
	Bundle uuid.UUID `json:"bundle"`
	At     string    `json:"at"`
	From   string    `json:"from"`
	Sender string    `json:"sender"` // alias of the machine
	File   string    `json:"file"`   // name of the file when it was taken in; empty when that was not noted
	// Lines counts by compartment what it brought, Out what of it is taken back.
	Lines map[string]int `json:"lines"`
	Out   map[string]int `json:"out"`
	// Held are parts that wait for a user with their ring.
	Held []string `json:"held"`
	// State is one of the Import… constants. Waiting are the compartments in which it is not yet carried out, Mine those of them
	// that the user who is unlocked can do now, by [Undo] or [Redo] again.
	State   string   `json:"state"`
	Waiting []string `json:"waiting"`
	Mine    []string `json:"mine"`
	// Contested are compartments in which it was taken back and brought in at the same time: it stays out until somebody decides.
	Contested []string `json:"contested"`
	// Reason, By (alias) and Decided are those of the last word on it.
	Reason  string `json:"reason,omitempty"`
	By      string `json:"by,omitempty"`
	Decided string `json:"decided,omitempty"`
}

// pendingUndo is a word on an import that is not carried out in every compartment: system value 30 of the open ring.
type pendingUndo struct {
	Exclude bool     `json:"exclude"`
	Reason  string   `json:"reason"`
	By      string   `json:"by"` // alias
	At      string   `json:"at"`
	Waiting []string `json:"waiting"`
}

func readPendingUndos(stored []byte, where string) (map[uuid.UUID]pendingUndo, error) {
	pending := map[uuid.UUID]pendingUndo{}
	if stored == nil {
		return pending, nil
	}
	if err := json.Unmarshal(stored, &pending); err != nil {
		return nil, fault.New("V-DAMAGED", where, err)
	}
	return pending, nil
}

func pendingUndos(ws *workspace.Workspace) (map[uuid.UUID]pendingUndo, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemImports)
	if err != nil {
		return nil, err
	}
	return readPendingUndos(stored, ws.Dir())
}

// Imports lists the files that were taken in on this machine, the newest first.
func Imports(ctx context.Context, ws *workspace.Workspace) ([]ImportEntry, error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	pending, err := pendingUndos(ws)
	if err != nil {
		return nil, err
	}
	states, err := ws.ImportStates(ctx)
	if err != nil {
		return nil, err
	}
	list := []ImportEntry{}
	for from, sender := range counters.In {
		for i := range sender.Manifests {
			t := &sender.Manifests[i]
			entry := ImportEntry{
				Import: t.Import, Bundle: t.Bundle, At: t.At, From: from, Sender: aliasOf(ws, from), File: t.Name,
				Lines: map[string]int{}, Out: map[string]int{}, Held: append([]string{}, t.Stored...), State: ImportStands, Waiting: []string{}, Mine: []string{}, Contested: []string{},
			}
			entry.judge(ws, states[t.Import])
			entry.wait(ws, pending, states[t.Import])
			list = append(list, entry)
		}
	}
	slices.SortFunc(list, func(a, b ImportEntry) int {
		if c := strings.Compare(b.At, a.At); c != 0 {
			return c
		}
		return strings.Compare(b.Import.String(), a.Import.String())
	})
	return list, nil
}

// judge takes in what the marks say, in the compartments that the user holds.
func (e *ImportEntry) judge(ws *workspace.Workspace, states []workspace.MarkState) {
	var last oplog.HLC
	for _, state := range states {
		name := state.Compartment.String()
		e.Lines[name] = state.Lines
		if state.Out > 0 {
			e.Out[name] = state.Out
			e.State = ImportUndone
		}
		if state.Contested {
			e.Contested = append(e.Contested, name)
		}
		if state.Marked && state.At > last {
			last = state.At
			e.Reason, e.By, e.Decided = state.Reason, ws.AliasOf(state.By), stamp(state.At.Time())
		}
	}
}

// wait takes in what is not carried out everywhere.
func (e *ImportEntry) wait(ws *workspace.Workspace, pending map[uuid.UUID]pendingUndo, states []workspace.MarkState) {
	p, ok := pending[e.Import]
	if !ok {
		return
	}
	e.State = ImportRestoring
	if p.Exclude {
		e.State = ImportUndoing
	}
	e.Reason, e.By, e.Decided = p.Reason, p.By, p.At
	e.Waiting = append(e.Waiting, p.Waiting...)
	for _, state := range states {
		name := state.Compartment.String()
		if slices.Contains(p.Waiting, name) && ws.Me().HQ && ws.Me().Role.MayWrite(workspace.MarkType(state.Compartment), "excluded") {
			e.Mine = append(e.Mine, name)
		}
	}
}

// WaitingForMe lists the imports that were taken back, or brought in again, by somebody without all their rings, and that the
// user who is unlocked can finish: the question at the next unlock of security.md 7.2.
func WaitingForMe(ctx context.Context, ws *workspace.Workspace) ([]ImportEntry, error) {
	pending, err := pendingUndos(ws)
	if err != nil || len(pending) == 0 {
		return nil, err
	}
	list, err := Imports(ctx, ws)
	return slices.DeleteFunc(list, func(e ImportEntry) bool { return len(e.Mine) == 0 }), err
}

// UndoPlan says what taking an import back does, or bringing it in again, before or after it was done.
type UndoPlan struct {
	Import uuid.UUID `json:"import"`
	Redo   bool      `json:"redo"`
	File   string    `json:"file"`
	Sender string    `json:"sender"`
	// Done are the compartments it is, or would be, carried out in; Waiting are those that wait for a user with their ring.
	Done    []string `json:"done"`
	Waiting []string `json:"waiting"`
	// Changed is false when all of it was so before.
	Changed bool `json:"changed"`
	// Lines counts by compartment what is taken back, or comes back.
	Lines map[string]int `json:"lines"`
	// Fields are what looks different afterwards. Later are fields that keep their value, for somebody has built on it.
	Fields []FieldChange `json:"fields"`
	Later  []FieldChange `json:"later"`
	// Conflicts counts fields that hold several values afterwards and did not before.
	Conflicts int `json:"conflicts"`
	// Stays counts lines that nobody can take back, by kind: chain, erase, redact, signoff.
	Stays map[string]int `json:"stays"`
	// Sealed counts entries in the sealed compartment among them; what they say is not shown here.
	Sealed int         `json:"sealed"`
	Cases  []uuid.UUID `json:"cases"`
}

// PreviewUndo says what [Undo] would do, or with redo what [Redo] would. It writes nothing but the record of what P3 fields it
// shows. Faults: E-IMPORT, E-ROLE.
func PreviewUndo(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, redo bool) (*UndoPlan, error) {
	return speak(ctx, ws, id, redo, "", true)
}

// Undo takes back what an import brought, in every compartment that the user holds and may speak for; in the others it waits
// for somebody who does. What was written since stays. Nothing is lost: [Redo] brings it in again. Only a settlement
// caseworker or a special-needs caseworker at headquarters does so, with the reason. Faults: E-IMPORT, E-ROLE, E-VALUE.
func Undo(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, reason string) (*UndoPlan, error) {
	return speak(ctx, ws, id, false, reason, false)
}

// Redo brings in again what [Undo] took back. Faults as there.
func Redo(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, reason string) (*UndoPlan, error) {
	return speak(ctx, ws, id, true, reason, false)
}

func speak(ctx context.Context, ws *workspace.Workspace, id uuid.UUID, redo bool, reason string, rehearse bool) (*UndoPlan, error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	from, t := counters.imported(id)
	if t == nil {
		return nil, fault.New("E-IMPORT", id.String(), nil)
	}
	m := workspace.ImportMark{Import: id, Exclude: !redo, Restore: redo, Reason: strings.TrimSpace(reason), File: t.SHA256, Mission: missionOfNode(ws, from)}
	plan := &UndoPlan{
		Import: id, Redo: redo, File: t.Name, Sender: aliasOf(ws, from), Lines: map[string]int{}, Stays: map[string]int{}, Fields: []FieldChange{}, Later: []FieldChange{},
		Done: []string{}, Waiting: []string{},
	}
	by := ws.Me().Alias
	m.Also = func(tx *register.Tx, done []domain.Compartment) error {
		stored, err := tx.System(domain.RingOf(domain.Open), register.SystemImports)
		if err != nil {
			return err
		}
		pending, err := readPendingUndos(stored, ws.Dir())
		if err != nil {
			return err
		}
		p := pendingUndo{Exclude: !redo, Reason: m.Reason, By: by, At: stamp(ws.Now()), Waiting: plan.left(t, pending[id], done)}
		delete(pending, id)
		if len(p.Waiting) > 0 {
			pending[id] = p
		}
		if stored, err = json.Marshal(pending); err != nil {
			return err
		}
		return tx.SetSystem(domain.RingOf(domain.Open), register.SystemImports, stored)
	}
	pending, err := pendingUndos(ws)
	if err != nil {
		return nil, err
	}
	before, err := ws.ImportStates(ctx)
	if err != nil {
		return nil, err
	}
	marked, err := ws.MarkImport(ctx, m, rehearse)
	if err != nil {
		return nil, err
	}
	plan.Waiting = plan.left(t, pending[id], marked.Done)
	plan.take(ws, before[id], marked)
	if rehearse {
		return plan, ws.NoteShown(ctx, marked.Differences, marked.Later)
	}
	return plan, reissueReceipts(ctx, ws, id)
}

// left are the compartments of an import in which a word on it is still to be carried out: all that the file had parts for,
// without those where it is done now and those where it was done before.
func (p *UndoPlan) left(t *taken, before pendingUndo, done []domain.Compartment) []string {
	names := slices.Concat(t.Merged, t.Stored)
	if before.At != "" && before.Exclude != p.Redo { // the same word, by somebody with other rings
		names = before.Waiting
	}
	left := []string{}
	for _, c := range domain.AllCompartments {
		name := c.String()
		if c != domain.Audit && slices.Contains(names, name) && !slices.Contains(done, c) {
			left = append(left, name)
		}
	}
	return left
}

func (p *UndoPlan) take(ws *workspace.Workspace, before []workspace.MarkState, marked *workspace.Marked) {
	p.Changed, p.Conflicts, p.Cases = marked.Written, marked.Conflicts, append([]uuid.UUID{}, marked.Cases...)
	for _, c := range marked.Done {
		p.Done = append(p.Done, c.String())
		for _, state := range before {
			if state.Compartment != c || state.Excluded != p.Redo {
				continue
			}
			p.Lines[c.String()] = state.Lines
			if c == domain.Sealed {
				p.Sealed = state.Lines
			}
		}
	}
	for kind, n := range marked.Stays {
		p.Stays[string(kind)] = n
	}
	p.Fields, p.Later = fieldChanges(ws, marked.Differences), fieldChanges(ws, marked.Later)
}

// imported finds the file that an import took in, and who sent it.
func (c *counters) imported(id uuid.UUID) (from string, t *taken) {
	for from, sender := range c.In {
		for i := range sender.Manifests {
			if sender.Manifests[i].Import == id {
				return from, &sender.Manifests[i]
			}
		}
	}
	return "", nil
}

// missionOfNode is the mission whose directory names a machine; zero when none does.
func missionOfNode(ws *workspace.Workspace, node string) uuid.UUID {
	t := ws.Trust()
	if t == nil {
		return uuid.Nil
	}
	for _, mission := range t.Missions() {
		if _, ok := mission.Node(node); ok {
			return mission.ID
		}
	}
	return uuid.Nil
}

// excludedOf names the lines of a device that are taken back, as its receipt does (security.md 6.8).
func excludedOf(ws *workspace.Workspace, device uuid.UUID) Ranges {
	out, reg := Ranges{}, ws.Register()
	for _, c := range domain.AllCompartments {
		excluded := ws.Excluded(c)
		for _, state := range reg.Chains(c) {
			if state.Chain.Device == device {
				put(out, state.Chain, state.Have.Minus(state.Have.Minus(excluded[state.Chain.Key()])))
			}
		}
	}
	return out
}

// reissueReceipts tells the devices whose lines an import brought what is taken back and quarantined now: their receipts are
// written anew with nothing else changed.
func reissueReceipts(ctx context.Context, ws *workspace.Workspace, id uuid.UUID) error {
	for _, device := range ws.DevicesOf(id) {
		if err := restate(ctx, ws, device); err != nil {
			return err
		}
	}
	return nil
}

// restate writes the receipt of a device anew, with what is taken back and quarantined now in the compartments that the user
// holds. A device that has had no receipt gets none.
func restate(ctx context.Context, ws *workspace.Workspace, device uuid.UUID) error {
	before, err := receiptFor(ws, trust.DeviceName(device))
	if err != nil || before == nil {
		return err
	}
	reg, node, receipt := ws.Register(), ws.Node(), *before
	receipt.Version, receipt.At = before.Version+1, ws.Now()
	receipt.Excluded, receipt.Quarantined = excludedOf(ws, device), nil
	for name, chains := range before.Excluded {
		if c, err := domain.ParseCompartment(name); err == nil && !reg.Holds(domain.RingOf(c)) {
			receipt.Excluded[name] = chains
		}
	}
	for _, q := range before.Quarantined {
		if c, err := domain.ParseCompartment(q.Compartment); err == nil && (!reg.Holds(domain.RingOf(c)) || q.Code == "E-FORK") {
			receipt.Quarantined = append(receipt.Quarantined, q)
		}
	}
	for _, q := range ws.Quarantine() {
		if q.Name.Device == device {
			receipt.Quarantined = append(receipt.Quarantined, trust.Quarantined{Code: q.Code, Compartment: q.Compartment.String(), Operation: q.Name})
		}
	}
	doc, err := trust.NewReceipt(receipt, node.Key, node.Certificate)
	if err != nil {
		return err
	}
	return reg.Update(ctx, func(tx *register.Tx) error { return storeReceipt(tx, receiptDocument{doc, &receipt}) })
}

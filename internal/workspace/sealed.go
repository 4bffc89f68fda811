package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/sync/trust"
)

// writeBoxed writes a sealed object: the line shows only that it exists (security.md 5.4).
func (wr *writing) writeBoxed(p *preparedWrite) (*oplog.Object, bool, error) {
	w := wr.w
	if w.tr == nil {
		return nil, false, fault.Newf("E-ENROL", string(p.info.Type), "no directory")
	}
	object := wr.opened[p.Target.ID]
	if object == nil {
		object = p.opened
	}
	if object == nil {
		object = &oplog.Object{ID: p.Target.ID, Type: p.info.Type, Case: p.Target.Case, Compartment: p.info.Compartment, Fields: map[string]*oplog.Field{}}
		p.bindSubject()
	} else {
		wr.reads = append(wr.reads, w.firstRead(object)...)
	}
	inner := oplog.Inner{Type: p.info.Type, Object: p.Target.ID, Form: p.Target.Form, Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{}}
	for name, value := range p.values {
		if parents, differs := parentsOf(object, name, value, p.Target.Seen); differs {
			inner.Set[name] = value
			if len(parents) > 0 {
				inner.Parents[name] = parents
			}
		}
	}
	if len(inner.Set) == 0 {
		return object, false, nil
	}
	recipients, err := w.sealedReaders(p, object)
	if err != nil {
		return nil, false, err
	}
	line := &oplog.Line{Kind: oplog.KindBox, Compartment: p.info.Compartment, Case: p.Target.Case}
	if err := wr.appendBoxed(w.audienceFor(p.info.Compartment, wr.missionOf(p, object)), line, inner, p.Target.Case, recipients); err != nil {
		return nil, false, err
	}
	if err := wr.issueBox(p, object, line, inner, recipients); err != nil {
		return nil, false, err
	}
	own := line.Name()
	object.Apply(unboxed(line, inner), func(n oplog.Name) bool { return n != own })
	wr.opened[object.ID] = object
	return object, true, nil
}

// sealedReaders lists who can open a sealed entry: author, named readers, headquarters' sealed readers, recovery, and those
// who wrote what the entry says so far, lest an author lose sight of the own entry when somebody adds to it.
func (w *Workspace) sealedReaders(p *preparedWrite, object *oplog.Object) ([]string, error) {
	directory := w.tr.Directory()
	recipients := []string{w.reg.Identity().Age.Recipient().String(), directory.Reading.Sealed, directory.Recovery}
	for _, reader := range p.Target.Readers {
		found := w.recipientsOf(reader)
		if len(found) == 0 {
			return nil, fault.Newf("E-VALUE", describe(p.info.Type, "readers"), "a reader stands in no mission directory")
		}
		recipients = append(recipients, found...)
	}
	for _, field := range object.Fields {
		for _, head := range field.Heads {
			recipients = append(recipients, w.recipientsOf(head.By)...)
		}
	}
	slices.Sort(recipients)
	return slices.Compact(recipients), nil
}

func (w *Workspace) recipientsOf(user uuid.UUID) []string {
	for _, mission := range w.tr.Missions() {
		if card, ok := mission.User(trust.UserName(user)); ok && len(card.Recipients) > 0 {
			return card.Recipients
		}
	}
	return nil
}

// appendBoxed gives the box its place, which its plaintext repeats, so that a copied box is worthless.
func (wr *writing) appendBoxed(audience string, line *oplog.Line, inner oplog.Inner, scope uuid.UUID, recipients []string) error {
	epoch, err := wr.epoch(audience)
	if err != nil {
		return err
	}
	chain := oplog.Chain{Compartment: line.Compartment, Device: wr.w.node.Device, Epoch: epoch}
	next := wr.tip(chain).n + 1
	if next == 1 {
		next = 2 // the chain line comes first
	}
	inner.Compartment, inner.Device, inner.Epoch, inner.N = line.Compartment, chain.Device, epoch, next
	plain, err := inner.Encode()
	if err != nil {
		return err
	}
	if line.Box, err = wr.w.reg.SealBox(plain, recipients); err != nil {
		return err
	}
	return wr.append(audience, line, scope)
}

// issueBox lets headquarters issue a sealed entry at once for the machines of those who are named as readers, and of those
// whose answers it replaces: later nobody can tell from the box who that was (security.md 2.3, 2.4).
func (wr *writing) issueBox(p *preparedWrite, object *oplog.Object, line *oplog.Line, inner oplog.Inner, recipients []string) error {
	if !wr.w.me.HQ {
		return nil
	}
	users := slices.Clone(p.Target.Readers)
	for _, field := range object.Fields {
		for _, head := range field.Heads {
			users = append(users, head.By)
		}
	}
	for _, device := range wr.w.machinesOf(users, line.Compartment) {
		again := &oplog.Line{
			Kind: oplog.KindBox, By: line.By, Compartment: line.Compartment, Case: line.Case, HLC: line.HLC, ClockSuspect: line.ClockSuspect,
			Source: []oplog.Name{line.Name()},
		}
		if err := wr.appendBoxed(DeviceAudience(device), again, inner, p.Target.Case, recipients); err != nil {
			return err
		}
	}
	return nil
}

// machinesOf lists the active machines on which some of the users are signed in and that may be sent the compartment, each
// once, in ascending order.
func (w *Workspace) machinesOf(users []uuid.UUID, c domain.Compartment) (devices []uuid.UUID) {
	for _, mission := range w.tr.Missions() {
		for _, node := range mission.Nodes {
			used := slices.ContainsFunc(users, func(user uuid.UUID) bool { return slices.Contains(node.Users, trust.UserName(user)) })
			if device, ok := trust.ParseDeviceName(node.Node); ok && used && node.Status == trust.NodeActive && node.Inbox.For(c) != "" {
				devices = append(devices, device)
			}
		}
	}
	slices.SortFunc(devices, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(devices)
}

// unboxed is the line that a box stands for, in memory only.
func unboxed(line *oplog.Line, inner oplog.Inner) *oplog.Line {
	open := *line
	open.Kind, open.Type, open.Object, open.Form, open.Set, open.Parents = oplog.KindSet, inner.Type, inner.Object, inner.Form, inner.Set, inner.Parents
	return &open
}

// openBoxes computes the sealed objects of a case from the boxes that this user can open. A box that names another place
// than its own is ignored (E-OP).
func (w *Workspace) openBoxes(ctx context.Context, caseID uuid.UUID) (map[uuid.UUID]*oplog.Object, error) {
	var visible []oplog.Visible
	for stored, err := range w.reg.CaseLines(ctx, domain.Sealed, caseID) {
		if err != nil {
			return nil, err
		}
		line, err := oplog.Parse(stored.Bytes)
		if err == nil && line.Kind == oplog.KindRedact {
			visible = append(visible, oplog.Visible{Line: line, Visible: w.visible(line)})
		}
		if err != nil || line.Kind != oplog.KindBox {
			continue
		}
		open, ok, err := w.unseal(line)
		if err != nil {
			return nil, err
		}
		if ok {
			visible = append(visible, oplog.Visible{Line: open, Visible: w.visible(line)})
		}
	}
	return oplog.Rebuild(visible), nil
}

func (w *Workspace) unseal(line *oplog.Line) (*oplog.Line, bool, error) {
	plain, err := w.reg.OpenBox(line.Compartment, line.Box)
	if errors.Is(err, register.ErrNotReader) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	inner, err := oplog.ParseInner(plain)
	if err != nil || inner.Compartment != line.Compartment || inner.Device != line.Device || inner.Epoch != line.Epoch || inner.N != line.N {
		return nil, false, nil
	}
	return unboxed(line, *inner), true, nil
}

func (w *Workspace) boxedObjects(ctx context.Context, info domain.TypeInfo, caseID uuid.UUID) ([]*Record, error) {
	if info.Compartment != domain.Sealed || caseID == uuid.Nil {
		return nil, nil
	}
	objects, err := w.openBoxes(ctx, caseID)
	if err != nil {
		return nil, err
	}
	var out []*Record
	var reads []auditEvent
	for _, object := range objects {
		if object.Type == info.Type && !deleted(object) {
			out = append(out, newRecord(object))
			reads = append(reads, w.firstRead(object)...)
		}
	}
	if err := w.commitReads(ctx, reads); err != nil {
		return nil, err
	}
	sortRecords(out)
	return out, nil
}

// AuditLog reads the events that this user can open, in the order of arrival: the data protection officer's view.
func (w *Workspace) AuditLog(ctx context.Context) ([]LoggedEvent, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []LoggedEvent
	for _, state := range w.reg.Chains(domain.Audit) {
		for stored, err := range w.reg.Lines(ctx, state.Chain, 1, state.Have.Last()) {
			if err != nil {
				return nil, err
			}
			line, err := oplog.Parse(stored.Bytes)
			if err != nil || line.Kind != oplog.KindBox {
				continue
			}
			open, ok, err := w.unseal(line)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			var events []auditEvent
			if json.Unmarshal(open.Set["events"], &events) != nil {
				continue
			}
			for _, e := range events {
				out = append(out, LoggedEvent{By: line.By, Device: line.Device, Act: e.Act, At: e.At, Count: e.Count, Type: e.Type, Object: e.Object})
			}
		}
	}
	return out, nil
}

// LoggedEvent is an entry of the audit log: who did what to which object, never what it says.
type LoggedEvent struct {
	By     uuid.UUID   `json:"by"`
	Device uuid.UUID   `json:"device"`
	Act    string      `json:"act"`
	At     string      `json:"at"`
	Count  int         `json:"count"`
	Type   domain.Type `json:"type,omitempty"`
	Object string      `json:"object,omitempty"`
}

// VerifyChains walks every chain of the compartments that the user holds from its first line and returns how many chains
// and lines hold. Fault E-CHAIN names the first break.
func (w *Workspace) VerifyChains(ctx context.Context) (chains, lines int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return 0, 0, err
	}
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for _, state := range w.reg.Chains(c) {
			n, err := w.verifyChain(ctx, state)
			if err != nil {
				return chains, lines, err
			}
			chains, lines = chains+1, lines+n
		}
	}
	return chains, lines, nil
}

// verifyChain walks the runs of one chain, stubs included; a gap starts a new run at the word of its first line.
func (w *Workspace) verifyChain(ctx context.Context, state register.ChainState) (int, error) {
	n := 0
	for _, run := range state.Have {
		var verifier *oplog.ChainVerifier
		var tip [32]byte
		for stored, err := range w.reg.Lines(ctx, state.Chain, run[0], run[1]) {
			if err != nil {
				return n, err
			}
			n++
			tip = stored.Link
			if verifier == nil {
				if stored.Bytes == nil && run[0] > 1 {
					verifier = oplog.NewChainVerifier(state.Chain, run[0], stored.Link) // a stub after a gap is its own word
					continue
				}
				link := oplog.Genesis
				if line, err := oplog.Parse(stored.Bytes); err == nil {
					link = line.Previous
				}
				verifier = oplog.NewChainVerifier(state.Chain, run[0]-1, link)
			}
			bytes := stored.Bytes
			if bytes == nil {
				if bytes, err = w.stub(stored, verifier.Tip()); err != nil {
					return n, err
				}
			}
			if _, err := verifier.Next(bytes); err != nil {
				return n, err
			}
		}
		if verifier != nil {
			if err := verifier.Finish(run[1], tip); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

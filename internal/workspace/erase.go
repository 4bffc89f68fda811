package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// IsOrder reports whether an operation is a known and authentic order to erase: one that this machine stores and that is
// not in quarantine. Only such an order justifies a stub (security.md 5.5).
func (w *Workspace) IsOrder(ctx context.Context, name oplog.Name) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return false, err
	}
	_, ok, err := w.order(ctx, name)
	return ok, err
}

func (w *Workspace) order(ctx context.Context, name oplog.Name) (*oplog.Line, bool, error) {
	for _, c := range domain.AllCompartments {
		if !w.reg.Known(c, name) || w.hides(c, name) {
			continue
		}
		for stored, err := range w.reg.Lines(ctx, name.Chain(c), name.N, name.N) {
			if err != nil {
				return nil, false, err
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil && line.Kind == oplog.KindErase {
				return line, true, nil
			}
		}
	}
	return nil, false, nil
}

// Erased reports whether a case was destroyed, and by which order.
func (w *Workspace) Erased(caseID uuid.UUID) (oplog.Name, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil {
		return oplog.Name{}, false
	}
	return w.reg.Erased(caseID)
}

// Erasure is one entry of the deletion protocol: which case, by whose order and why, and what was destroyed here. It names
// no content.
type Erasure struct {
	Case      uuid.UUID  `json:"case"`
	Operation oplog.Name `json:"operation"`
	// Ordered is when headquarters ordered it, At when this machine obeyed.
	Ordered time.Time            `json:"ordered"`
	At      time.Time            `json:"at"`
	By      uuid.UUID            `json:"by"`
	Reason  domain.ErasureReason `json:"reason"`
	// Lines and Objects count what was destroyed here. Pending are compartments that wait for a user with their ring.
	Lines   int           `json:"lines"`
	Objects int           `json:"objects"`
	Done    []domain.Ring `json:"-"`
	Pending []domain.Ring `json:"-"`
	// Proven says that the files were looked through afterwards and nothing of the case was found.
	Proven bool `json:"proven"`
}

// Erasures lists the deletion protocol of this machine in the order of time. Every user may read it.
func (w *Workspace) Erasures(ctx context.Context) ([]Erasure, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	out := []Erasure{}
	for _, e := range w.reg.Erasures() {
		entry := Erasure{Case: e.Case, Operation: e.Operation, At: e.At, Lines: e.Lines, Objects: e.Objects, Done: e.Done, Pending: e.Pending, Proven: e.Proven}
		line, ok, err := w.order(ctx, e.Operation)
		if err != nil {
			return nil, err
		}
		if ok {
			entry.Ordered, entry.By, entry.Reason = line.HLC.Time(), line.By, domain.ErasureReason(line.Reason)
		}
		out = append(out, entry)
	}
	return out, nil
}

// EraseCase orders at headquarters that a case is destroyed, and destroys it here: its data keys, its lines and objects in
// every compartment held; the others wait for a user who holds them. The order goes to every machine that has the case.
// Whoever outside was told of it under an identifier of its own gets an order for that one first, so that an interrupted
// erasure is ended by ordering it again. It cannot be undone; a case that is gone already gives the erasure of then. reason is one of [domain.ErasureReasons].
// Faults: E-ROLE, E-VALUE for the reason, E-CASE, V-ERASE, V-LOCKED.
func (w *Workspace) EraseCase(ctx context.Context, caseID uuid.UUID, reason domain.ErasureReason) (register.Erasure, error) {
	told, err := w.toldAs(caseID)
	if err != nil {
		return register.Erasure{}, err
	}
	for _, id := range told {
		_, changes, err := w.eraseCase(ctx, id, reason)
		w.notify(changes)
		if err != nil && fault.Code(err) != "E-CASE" {
			return register.Erasure{}, err
		}
	}
	erasure, changes, err := w.eraseCase(ctx, caseID, reason)
	w.notify(changes)
	return erasure, err
}

// toldAs are the identifiers under which somebody outside knows a case; none when this is no matter of this machine.
func (w *Workspace) toldAs(caseID uuid.UUID) ([]uuid.UUID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil || !w.me.HQ {
		return nil, err
	}
	return w.projectedCases(caseID)
}

func (w *Workspace) eraseCase(ctx context.Context, caseID uuid.UUID, reason domain.ErasureReason) (register.Erasure, []Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return register.Erasure{}, nil, err
	}
	if !w.me.HQ || !w.me.Role.MayErase() {
		return register.Erasure{}, nil, fault.Newf("E-ROLE", "erase", "role %s", w.me.Role)
	}
	if !reason.Valid() {
		return register.Erasure{}, nil, fault.Newf("E-VALUE", "reason", "not in the list of reasons")
	}
	if _, gone := w.reg.Erased(caseID); gone {
		for _, e := range w.reg.Erasures() {
			if e.Case == caseID {
				return e, nil, nil
			}
		}
	}
	places, err := w.placesOf(ctx, caseID)
	if err != nil {
		return register.Erasure{}, nil, err
	}
	if len(places) == 0 {
		return register.Erasure{}, nil, fault.New("E-CASE", "", nil)
	}
	wr := w.begin(nil)
	first, err := wr.next(places[0].audience, domain.Open)
	if err != nil {
		return register.Erasure{}, nil, err
	}
	event := w.event("erase", "case", caseID)
	logged := false
	erasure, err := w.destroy(ctx, caseID, first, func(tx *register.Tx) error {
		wr.tx = tx
		for _, place := range places {
			line := &oplog.Line{Kind: oplog.KindErase, Compartment: place.compartment, Case: caseID, Reason: string(reason)}
			if err := wr.append(place.audience, line, uuid.Nil); err != nil {
				return err
			}
		}
		if logged = w.auditReady(); logged {
			return wr.appendEvents(append(slices.Clone(w.audit), event))
		}
		return nil
	})
	if err != nil && erasure.Case == uuid.Nil {
		return register.Erasure{}, nil, err
	}
	wr.commit()
	if logged {
		w.audit = nil
	}
	if err != nil {
		return erasure, nil, err
	}
	return erasure, []Change{{Case: caseID, Object: caseID, Type: "case"}}, nil
}

// place is where a line of the order goes.
type place struct {
	compartment domain.Compartment
	audience    string
}

// placesOf lists where the order is written: a line in open for every audience that has the case, the one of its mission
// first, and a line in each compartment that holds lines of it. Empty when nothing of the case is here.
func (w *Workspace) placesOf(ctx context.Context, caseID uuid.UUID) ([]place, error) {
	mission := uuid.Nil
	if e := w.entries[caseID]; e != nil {
		mission = e.mission
	}
	var places []place
	told := map[string]bool{}
	for _, c := range domain.AllCompartments {
		if c == domain.Open || c == domain.Audit || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		audiences := map[string]bool{}
		found := false
		for stored, err := range w.reg.CaseLines(ctx, c, caseID) {
			if err != nil {
				return nil, err
			}
			found = true
			if stored.Name.Device == w.node.Device {
				if audience := w.audienceOf(stored.Name.Epoch); audience != "" {
					audiences[audience] = true
				}
			}
		}
		if !found {
			continue
		}
		audiences[w.audienceFor(c, mission)] = true
		for audience := range audiences {
			places = append(places, place{c, audience})
			told[audience] = true
		}
	}
	if len(places) == 0 {
		return nil, nil
	}
	home := w.audienceFor(domain.Open, mission)
	delete(told, home)
	delete(told, AudienceHQ) // lines that stay at headquarters need no order that travels
	if home == AudienceHQ && len(told) > 0 {
		home = slices.Min(slices.Collect(maps.Keys(told))) // stubs name the first order: whoever gets them must get it too
		delete(told, home)
	}
	orders := []place{{domain.Open, home}}
	for audience := range told {
		orders = append(orders, place{domain.Open, audience})
	}
	slices.SortFunc(orders[1:], func(a, b place) int { return compareTexts(a.audience, b.audience) })
	slices.SortFunc(places, func(a, b place) int {
		if a.compartment != b.compartment {
			return int(a.compartment) - int(b.compartment)
		}
		return compareTexts(a.audience, b.audience)
	})
	return append(orders, places...), nil
}

func compareTexts(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// next is the name that the next line of this device for an audience will get.
func (wr *writing) next(audience string, c domain.Compartment) (oplog.Name, error) {
	epoch, err := wr.epoch(audience)
	if err != nil {
		return oplog.Name{}, err
	}
	chain := oplog.Chain{Compartment: c, Device: wr.w.node.Device, Epoch: epoch}
	return chain.Name(max(wr.tip(chain).n, 1) + 1), nil // a chain begins with its chain line
}

// destroyLines carries an order out: the case's keys and contents go in one transaction with what also does, and so do marks
// and lists that speak of its lines. What memory knows of the case follows. With V-ERASE and an erasure the case is gone,
// and only the proof that nothing of it is left in the files is missing; the next unlock tries again.
func (w *Workspace) destroyLines(ctx context.Context, caseID uuid.UUID, order oplog.Name, also func(*register.Tx) error) (register.Erasure, error) {
	marks := map[domain.Compartment]stubMarks{}
	for _, c := range domain.AllCompartments {
		if c == domain.Open || c == domain.Audit || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		fresh := stubMarks{}
		for stored, err := range w.reg.CaseLines(ctx, c, caseID) {
			if err != nil {
				return register.Erasure{}, err
			}
			fresh.add(whyErased(order), stored.Name)
		}
		if len(fresh) > 0 {
			marks[c] = w.stubs[c].join(fresh)
		}
	}
	shown := w.visibleAgain(caseID)
	erasure, err := w.reg.Erase(ctx, caseID, order, func(tx *register.Tx) error {
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		for c, m := range marks {
			if err := saveStubs(tx, c, m); err != nil {
				return err
			}
		}
		for c, names := range shown {
			if err := saveHidden(tx, c, names); err != nil {
				return err
			}
		}
		return forgetOrder(tx, caseID)
	})
	if err != nil && erasure.Case == uuid.Nil {
		return register.Erasure{}, err
	}
	for c, m := range marks {
		w.stubs[c] = m
	}
	for c, names := range shown {
		w.invisible[c] = names
	}
	w.forget(caseID)
	return erasure, err
}

// visibleAgain gives the quarantine without the lines of a case, for the compartments where that changes it.
func (w *Workspace) visibleAgain(caseID uuid.UUID) map[domain.Compartment]map[oplog.Name]hidden {
	changed := map[domain.Compartment]map[oplog.Name]hidden{}
	for c, names := range w.invisible {
		rest := map[oplog.Name]hidden{}
		for name, mark := range names {
			if mark.Case != caseID {
				rest[name] = mark
			}
		}
		if len(rest) != len(names) {
			changed[c] = rest
		}
	}
	return changed
}

// forget takes a case out of lists, search and conflicts.
func (w *Workspace) forget(caseID uuid.UUID) {
	if e := w.entries[caseID]; e != nil {
		for id := range e.objects {
			w.search.Remove(id)
			delete(w.conflicts, id)
			delete(w.auditRead, id)
		}
		clear(e.objects)
	}
	delete(w.entries, caseID)
	for id, found := range w.conflicts {
		if found.caseID == caseID {
			delete(w.conflicts, id)
		}
	}
}

// standingOrder is an order to erase that is stored and not carried out yet.
type standingOrder struct {
	Case      uuid.UUID  `json:"case"`
	Operation oplog.Name `json:"operation"`
}

func readOrders(stored []byte) ([]standingOrder, error) {
	if len(stored) == 0 {
		return nil, nil
	}
	var orders []standingOrder
	return orders, json.Unmarshal(stored, &orders)
}

// noteOrders keeps orders until they are carried out, in the transaction that stores their lines: a program that ends in
// between does it when it is started again.
func noteOrders(tx *register.Tx, orders map[uuid.UUID]oplog.Name) error {
	stored, err := tx.System(domain.RingOpen, register.SystemErasing)
	if err != nil {
		return err
	}
	standing, err := readOrders(stored)
	if err != nil {
		return err
	}
	for id, operation := range orders {
		standing = append(standing, standingOrder{id, operation})
	}
	return setOrders(tx, standing)
}

func forgetOrder(tx *register.Tx, caseID uuid.UUID) error {
	stored, err := tx.System(domain.RingOpen, register.SystemErasing)
	if err != nil {
		return err
	}
	standing, err := readOrders(stored)
	if err != nil || len(standing) == 0 {
		return err
	}
	return setOrders(tx, slices.DeleteFunc(standing, func(o standingOrder) bool { return o.Case == caseID }))
}

func setOrders(tx *register.Tx, orders []standingOrder) error {
	slices.SortFunc(orders, func(a, b standingOrder) int { return slices.Compare(a.Case[:], b.Case[:]) })
	stored, err := json.Marshal(orders)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOpen, register.SystemErasing, stored)
}

// obey carries out the orders that are stored. The lists are filled or brought up to date by the caller.
func (w *Workspace) obey(ctx context.Context) ([]register.Erasure, error) {
	stored, err := w.reg.System(domain.RingOpen, register.SystemErasing)
	if err != nil {
		return nil, err
	}
	orders, err := readOrders(stored)
	if err != nil {
		return nil, fault.New("V-DAMAGED", w.dir, err)
	}
	var done []register.Erasure
	for _, order := range orders {
		erasure, err := w.destroy(ctx, order.Case, order.Operation, nil)
		if err != nil && erasure.Case == uuid.Nil { // else only the proof is missing, which the protocol says
			return done, fmt.Errorf("carry out an order to erase: %w", err)
		}
		w.noteLocked("erase", "case", order.Case)
		done = append(done, erasure)
	}
	return done, nil
}

// CaseLineNames lists the lines of a case that this machine can read, by compartment: what an order would destroy here.
func (w *Workspace) CaseLineNames(ctx context.Context, caseID uuid.UUID) (map[domain.Compartment][]oplog.Name, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	names := map[domain.Compartment][]oplog.Name{}
	for _, c := range domain.AllCompartments {
		if c == domain.Open || c == domain.Audit || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for stored, err := range w.reg.CaseLines(ctx, c, caseID) {
			if err != nil {
				return nil, err
			}
			names[c] = append(names[c], stored.Name)
		}
	}
	return names, nil
}

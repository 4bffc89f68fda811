package workspace

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// auditEvent is one thing that happened: never its content (security.md 5.4).
type auditEvent struct {
	Act    string      `json:"act"`
	At     string      `json:"at"`
	Count  int         `json:"n"`
	Object string      `json:"obj,omitempty"`
	Type   domain.Type `json:"type,omitempty"`
}

// auditBatch is how many events one line holds at most, auditDelay how long events that need not be committed at once are
// gathered (security.md 5.4).
const (
	auditBatch = 64
	auditDelay = 60 * time.Second
)

func (w *Workspace) event(act string, t domain.Type, object uuid.UUID) auditEvent {
	e := auditEvent{Act: act, At: w.Now().UTC().Format(time.RFC3339), Count: 1, Type: t}
	if object != uuid.Nil {
		e.Object = object.String()
	}
	return e
}

// Audit notes that something was done with an object: read, search, print, export, import, unlock, refuse …
func (w *Workspace) Audit(act string, t domain.Type, object uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg != nil {
		w.noteLocked(act, t, object)
	}
}

// noteLocked gathers an event; equal ones that follow each other are counted.
func (w *Workspace) noteLocked(act string, t domain.Type, object uuid.UUID) {
	if w.readOnly() {
		return
	}
	e := w.event(act, t, object)
	if n := len(w.audit); n > 0 {
		if last := &w.audit[n-1]; last.Act == e.Act && last.Type == e.Type && last.Object == e.Object {
			last.Count++
			return
		}
	} else {
		w.auditOldest = w.Now()
	}
	w.audit = append(w.audit, e)
}

// FlushAudit commits what was gathered when it is due; sync/exchange calls it with force before an export.
func (w *Workspace) FlushAudit(ctx context.Context, force bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	if force {
		if err := w.refuseWrites(); err != nil {
			return err
		}
	}
	if !force && !w.auditDue() {
		return nil
	}
	return w.flushAudit(ctx)
}

func (w *Workspace) flushAudit(ctx context.Context) error {
	if len(w.audit) == 0 || !w.auditReady() {
		return nil
	}
	events := w.audit
	if err := w.writeAudit(ctx, events); err != nil {
		return err
	}
	w.audit = nil
	return nil
}

// auditReady reports whether the directory names who may read the log; before enrolment there is nobody.
func (w *Workspace) auditReady() bool {
	return !w.readOnly() && !w.damaged && w.enrolled() && w.tr != nil && w.reg.Holds(domain.RingOf(domain.Audit)) && w.tr.Directory().Reading.Audit != ""
}

// firstRead returns the event of reading an object, when it is P3 or P4 and has not been read in this unlock period.
func (w *Workspace) firstRead(object *oplog.Object) []auditEvent {
	if object.Compartment != domain.Special && object.Compartment != domain.Sealed || w.auditRead[object.ID] {
		return nil
	}
	return []auditEvent{w.event("read", object.Type, object.ID)}
}

// commitReads puts the first reading of P3 and P4 objects on record before they are shown, and with it what is due anyway.
func (w *Workspace) commitReads(ctx context.Context, reads []auditEvent) error {
	if !w.auditReady() || len(reads) == 0 && !w.auditDue() {
		return nil
	}
	if err := w.writeAudit(ctx, slices.Concat(w.audit, reads)); err != nil {
		return err
	}
	w.audit = nil
	w.noteReads(reads)
	return nil
}

func (w *Workspace) noteReads(reads []auditEvent) {
	for _, read := range reads {
		if id, err := uuid.Parse(read.Object); err == nil {
			w.auditRead[id] = true
		}
	}
}

// auditDue reports whether events have been gathered for as long, or as many, as security.md 5.4 allows.
func (w *Workspace) auditDue() bool {
	return len(w.audit) >= auditBatch || len(w.audit) > 0 && w.Now().Sub(w.auditOldest).Abs() >= auditDelay
}

func (w *Workspace) writeAudit(ctx context.Context, events []auditEvent) error {
	var wr *writing
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		wr = w.begin(tx)
		return wr.appendEvents(events)
	})
	if err != nil {
		return err
	}
	wr.commit()
	return nil
}

func (wr *writing) appendEvents(events []auditEvent) error {
	for len(events) > 0 {
		batch := events[:min(auditBatch, len(events))]
		events = events[len(batch):]
		if err := wr.appendAudit(batch); err != nil {
			return err
		}
	}
	return nil
}

// appendAudit writes one boxed line that only the data protection officer and the recovery kit can open.
func (wr *writing) appendAudit(events []auditEvent) error {
	directory := wr.w.tr.Directory()
	encoded, err := json.Marshal(events)
	if err != nil {
		return err
	}
	values, err := oplog.Canonical(json.RawMessage(encoded))
	if err != nil {
		return err
	}
	line := &oplog.Line{Kind: oplog.KindBox, Compartment: domain.Audit}
	inner := oplog.Inner{Type: "event", Object: uuid.New(), Set: map[string]json.RawMessage{"events": values}}
	return wr.appendBoxed(wr.w.audienceFor(domain.Audit, uuid.Nil), line, inner, uuid.Nil, []string{directory.Reading.Audit, directory.Recovery})
}

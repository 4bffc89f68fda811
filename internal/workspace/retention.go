package workspace

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// DueCase is a case that has been kept for as long as it may be.
type DueCase struct {
	Case   uuid.UUID     `json:"case"`
	Number string        `json:"number"`
	Status domain.Status `json:"status"`
	Since  time.Time     `json:"since"` // when the status was written
	Due    time.Time     `json:"due"`
}

// Due lists at headquarters the cases whose time is over (see [domain.Retention]), the oldest first. A status in conflict
// counts for nothing until somebody has decided. Fault E-ROLE.
func (w *Workspace) Due(context.Context) ([]DueCase, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if !w.me.HQ || !w.me.Role.MayErase() {
		return nil, fault.Newf("E-ROLE", "erase", "role %s", w.me.Role)
	}
	due := []DueCase{}
	now := w.Now()
	for id, e := range w.entries {
		object := e.objects[id]
		if object == nil || object.Type != "case" {
			continue
		}
		record := newRecord(object)
		status := domain.Status(record.Text("status"))
		keep, ended := domain.Retention(status)
		heads := record.Heads("status")
		if !ended || record.Conflicted("status") || len(heads) == 0 {
			continue
		}
		since := heads[0].HLC.Time()
		if until := since.Add(keep); !now.Before(until) {
			due = append(due, DueCase{Case: id, Number: record.Text("unhcr_case_no"), Status: status, Since: since, Due: until})
		}
	}
	slices.SortFunc(due, func(a, b DueCase) int {
		if c := a.Due.Compare(b.Due); c != 0 {
			return c
		}
		return slices.Compare(a.Case[:], b.Case[:])
	})
	return due, nil
}

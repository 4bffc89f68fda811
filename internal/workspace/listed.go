package workspace

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// Listed reads what the lists of UNHCR and UDI first said of the persons of a case, by person and field: what the mission changed since
// then is seen beside it. Nobody of whom nothing was listed is in it. It reads every line of the case in compartment case once. Faults:
// V-LOCKED.
func (w *Workspace) Listed(ctx context.Context, caseID uuid.UUID) (map[uuid.UUID]map[string]domain.Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	listed := map[uuid.UUID]map[string]domain.Answer{}
	if !w.reg.Holds(domain.RingOf(domain.Case)) {
		return listed, nil
	}
	first := map[uuid.UUID]map[string]oplog.HLC{}
	for stored, err := range w.reg.CaseLines(ctx, domain.Case, caseID) {
		if err != nil {
			return nil, err
		}
		line, err := oplog.Parse(stored.Bytes)
		if err != nil || line.Type != "person" || !w.visible(line) {
			continue
		}
		for field, value := range line.Set {
			answer, err := domain.DecodeAnswer(value)
			if err != nil || answer.Source != domain.FromRRF && answer.Source != domain.FromUDIList {
				continue
			}
			if listed[line.Object] == nil {
				listed[line.Object], first[line.Object] = map[string]domain.Answer{}, map[string]oplog.HLC{}
			}
			if before, known := first[line.Object][field]; !known || line.HLC < before {
				listed[line.Object][field], first[line.Object][field] = answer, line.HLC
			}
		}
	}
	return listed, nil
}

package unlock

import (
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// salvagedPart is what a salvage brought over of one part of the register. The rows of a ring that the user does not hold were
// copied without being looked into.
type salvagedPart struct {
	name       string
	kept, lost int
	opaque     bool
}

// salvageParts sums a report up by part: rows that were copied, and rows that were left out or could not be read.
func salvageParts(report workspace.SalvageReport) []salvagedPart {
	var parts []salvagedPart
	at := map[domain.Ring]int{}
	part := func(ring domain.Ring) *salvagedPart {
		i, ok := at[ring]
		if !ok {
			i = len(parts)
			at[ring] = i
			parts = append(parts, salvagedPart{name: ring.String()})
		}
		return &parts[i]
	}
	for _, table := range report.Tables {
		p := part(table.Ring)
		p.kept += table.Kept
		p.opaque = p.opaque || table.Opaque
	}
	for _, damage := range report.Damage {
		if damage.Ring == 0 { // rows that cannot be told apart by compartment
			continue
		}
		part(damage.Ring).lost += max(damage.Rows, 1)
	}
	return parts
}

package intake

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/sheet"
	"feltbok/internal/workspace"
)

// memory is what a register keeps of lists: sealed like the cases, on this machine only.
type memory struct {
	// Mappings, by header set.
	Mappings map[string]Mapping `json:"mappings"`
	Intakes  []record           `json:"intakes"`
}

// record is one list that was taken in.
type record struct {
	Intake
	// Lines are those that it wrote, by compartment.
	Lines map[string]workspace.LineSet `json:"lines"`
}

// Intake is one list that was taken in.
type Intake struct {
	ID      uuid.UUID     `json:"id"`
	At      string        `json:"at"` // RFC 3339
	By      string        `json:"by"` // alias
	File    string        `json:"file"`
	SHA256  string        `json:"sha256"`
	Source  domain.Source `json:"source"`
	Mission uuid.UUID     `json:"mission"`
	Counts  Counts        `json:"counts"`
	// Undone says that it was taken back, Reason why.
	Undone bool   `json:"undone"`
	Reason string `json:"reason,omitempty"`
}

const (
	// mostMappings and mostIntakes bound what is kept; the oldest intakes go first and can then not be taken back any more.
	mostMappings = 50
	mostIntakes  = 200
)

func parseMemory(stored []byte, where string) (memory, error) {
	m := memory{Mappings: map[string]Mapping{}}
	if stored == nil {
		return m, nil
	}
	if err := json.Unmarshal(stored, &m); err != nil {
		return m, fault.New("V-DAMAGED", where, err)
	}
	if m.Mappings == nil {
		m.Mappings = map[string]Mapping{}
	}
	return m, nil
}

func remembered(ws *workspace.Workspace) (memory, error) {
	reg := ws.Register()
	if reg == nil {
		return memory{}, fault.New("V-LOCKED", "", nil)
	}
	stored, err := reg.System(domain.RingOf(domain.Case), register.SystemIntakes)
	if err != nil {
		return memory{}, err
	}
	return parseMemory(stored, ws.Dir())
}

// remember changes what is kept, inside a transaction.
func remember(tx *register.Tx, where string, change func(*memory)) error {
	stored, err := tx.System(domain.RingOf(domain.Case), register.SystemIntakes)
	if err != nil {
		return err
	}
	m, err := parseMemory(stored, where)
	if err != nil {
		return err
	}
	change(&m)
	if over := len(m.Intakes) - mostIntakes; over > 0 {
		m.Intakes = slices.Delete(m.Intakes, 0, over)
	}
	if stored, err = json.Marshal(m); err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(domain.Case), register.SystemIntakes, stored)
}

// MappingFor gives the mapping by which a list with the same headings was last taken in here, or else the one suggested. found says
// which. The order of dates is that of the file, where the file shows it.
func MappingFor(ws *workspace.Workspace, t *sheet.Table) (m Mapping, found bool, err error) {
	kept, err := remembered(ws)
	if err != nil {
		return Mapping{}, false, err
	}
	m, found = kept.Mappings[headerSet(t)]
	if !found {
		return Suggest(t), false, nil
	}
	m = m.Clone()
	for heading, key := range m.Columns {
		if _, ok := FieldOf(key); !ok {
			delete(m.Columns, heading) // of a newer program
		}
	}
	return m, true, nil
}

// Intakes lists the lists that were taken in on this machine, the newest first.
func Intakes(ws *workspace.Workspace) ([]Intake, error) {
	kept, err := remembered(ws)
	if err != nil {
		return nil, err
	}
	list := []Intake{}
	for _, r := range slices.Backward(kept.Intakes) {
		list = append(list, r.Intake)
	}
	return list, nil
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

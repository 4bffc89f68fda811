package workspace

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
)

// RosterProjection is the name of the projection of the orientation course. Partners have each their own, by identifier.
const RosterProjection = "roster"

// Projection gives things the identifiers by which somebody outside knows them (security.md 2.2.5, 6.9).
type Projection struct{ key []byte }

// ID is the identifier of a thing under one of the labels of [domain.ProjectedID].
func (p Projection) ID(label string, id uuid.UUID) uuid.UUID {
	return domain.ProjectedID(p.key, label, id)
}

// Projection returns the projection of a name and makes its key when there is none. The keys lie in the ring of `case`: whoever
// has them can tell which person is meant. Faults: E-ROLE outside of headquarters or without that ring, V-READONLY, V-LOCKED.
func (w *Workspace) Projection(ctx context.Context, name string) (Projection, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return Projection{}, err
	}
	if !w.me.HQ || !w.reg.Holds(domain.RingCase) {
		return Projection{}, fault.Newf("E-ROLE", name, "role %s", w.me.Role)
	}
	keys, err := w.projectionKeys()
	if err != nil {
		return Projection{}, err
	}
	if text, ok := keys[name]; ok {
		return decodeProjection(w.dir, text)
	}
	if err := w.refuseWrites(); err != nil {
		return Projection{}, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return Projection{}, err
	}
	keys[name] = hex.EncodeToString(key)
	stored, err := json.Marshal(keys)
	if err != nil {
		return Projection{}, err
	}
	err = w.reg.Update(ctx, func(tx *register.Tx) error { return tx.SetSystem(domain.RingCase, register.SystemProjections, stored) })
	return Projection{key}, err
}

// projectionKeys are the keys that there are, by name, in hex.
func (w *Workspace) projectionKeys() (map[string]string, error) {
	keys := map[string]string{}
	if !w.reg.Holds(domain.RingCase) {
		return keys, nil
	}
	stored, err := w.reg.System(domain.RingCase, register.SystemProjections)
	if err != nil || stored == nil {
		return keys, err
	}
	if err := json.Unmarshal(stored, &keys); err != nil {
		return nil, fault.New("V-DAMAGED", w.dir, err)
	}
	return keys, nil
}

func decodeProjection(dir, text string) (Projection, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 32 {
		return Projection{}, fault.Newf("V-DAMAGED", dir, "key of a projection")
	}
	return Projection{key}, nil
}

// projectedCases are the identifiers under which somebody outside knows a case, whether or not it was told of it.
func (w *Workspace) projectedCases(caseID uuid.UUID) (ids []uuid.UUID, err error) {
	keys, err := w.projectionKeys()
	if err != nil {
		return nil, err
	}
	roster, known := keys[RosterProjection]
	if !known {
		return nil, nil
	}
	own, err := decodeProjection(w.dir, roster)
	if err != nil {
		return nil, err
	}
	ids = append(ids, own.ID(domain.ProjectedCase, caseID))
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		if name == RosterProjection {
			continue
		}
		partner, err := decodeProjection(w.dir, keys[name])
		if err != nil {
			return nil, err
		}
		ids = append(ids, partner.ID(domain.ProjectedObject, ids[0])) // a partner is told of what is on the roster
	}
	return ids, nil
}

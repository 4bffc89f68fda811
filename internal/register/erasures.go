package register

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// maxBodyPieces is how many pieces of bodies are kept until an erasure is proven, so that a program that was killed in
// between can still look for them. The pieces of data keys are all kept.
const maxBodyPieces = 4096

// An erasure is not proven as long as it has remains: pieces of what was erased and not looked for yet.
type erasure struct {
	Erasure
	remains []byte
}

func (e erasure) exported() Erasure {
	out := e.Erasure
	out.Done, out.Pending, out.Proven = slices.Clone(e.Done), slices.Clone(e.Pending), e.remains == nil
	return out
}

// done moves a ring from the pending ones to those that are done.
func (e *erasure) done(number domain.Ring) {
	var pending []domain.Ring
	for _, other := range e.Pending {
		if other != number {
			pending = append(pending, other)
		}
	}
	e.Pending = pending
	if !slices.Contains(e.Done, number) {
		e.Done = append(slices.Clone(e.Done), number)
		slices.Sort(e.Done)
	}
}

// erasures are all erased cases by the time of their erasure. A nil one has none. What it holds never changes.
type erasures struct {
	all    []erasure
	places map[uuid.UUID]int
}

func (e *erasures) list() []erasure {
	if e == nil {
		return nil
	}
	return e.all
}

func (e *erasures) of(caseID uuid.UUID) (erasure, bool) {
	if e != nil {
		if place, ok := e.places[caseID]; ok {
			return e.all[place], true
		}
	}
	return erasure{}, false
}

// with returns the erasures with one more, or with one of them replaced.
func (e *erasures) with(changed erasure) *erasures {
	all := slices.DeleteFunc(slices.Clone(e.list()), func(other erasure) bool { return other.Case == changed.Case })
	return newErasures(append(all, changed))
}

func newErasures(all []erasure) *erasures {
	slices.SortStableFunc(all, func(a, b erasure) int {
		if d := a.At.Compare(b.At); d != 0 {
			return d
		}
		return bytes.Compare(a.Case[:], b.Case[:])
	})
	e := &erasures{all: all, places: make(map[uuid.UUID]int, len(all))}
	for place := range all {
		e.places[all[place].Case] = place
	}
	return e
}

// waiting are those whose proof is missing.
func (e *erasures) waiting() []erasure {
	return slices.DeleteFunc(slices.Clone(e.list()), func(one erasure) bool { return one.remains == nil })
}

func (e *erasures) exported() []Erasure {
	var out []Erasure
	for _, one := range e.list() {
		out = append(out, one.exported())
	}
	return out
}

// erasureJSON is how an erasure stands in the system value, its members in the order of their names.
type erasureJSON struct {
	At        string    `json:"at"`
	Case      uuid.UUID `json:"case"`
	Done      []int     `json:"done,omitempty"` // rings
	Lines     int       `json:"lines"`
	Objects   int       `json:"objects"`
	Operation string    `json:"op"`
	Pending   []int     `json:"pending,omitempty"`
	Remains   []byte    `json:"remains,omitempty"`
}

func (e *erasures) encode() ([]byte, error) {
	out := []erasureJSON{}
	for _, one := range e.list() {
		out = append(out, erasureJSON{
			At: one.At.Format(time.RFC3339), Case: one.Case, Done: numbersOf(one.Done), Lines: one.Lines, Objects: one.Objects,
			Operation: one.Operation.String(), Pending: numbersOf(one.Pending), Remains: one.remains,
		})
	}
	return oplog.Canonical(out)
}

func numbersOf(rings []domain.Ring) (numbers []int) {
	for _, number := range rings {
		numbers = append(numbers, int(number))
	}
	return numbers
}

// decodeErasures reads what encode gave; else V-ROW. The result keeps nothing of value.
func decodeErasures(value []byte) (*erasures, error) {
	var in []erasureJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return nil, erasuresFault(err)
	}
	all := make([]erasure, len(in))
	for i, one := range in {
		at, err := time.Parse(time.RFC3339, one.At)
		if err != nil {
			return nil, erasuresFault(err)
		}
		operation, err := oplog.ParseName(one.Operation)
		if err != nil {
			return nil, erasuresFault(err)
		}
		all[i] = erasure{remains: one.Remains, Erasure: Erasure{
			Case: one.Case, Operation: operation, At: at.UTC(), Lines: one.Lines, Objects: one.Objects,
			Done: ringsOf(one.Done), Pending: ringsOf(one.Pending),
		}}
	}
	return newErasures(all), nil
}

func erasuresFault(err error) error {
	return fault.New("V-ROW", domain.RingOpen.String(), fmt.Errorf("list of erasures: %w", err))
}

func ringsOf(numbers []int) (rings []domain.Ring) {
	for _, number := range numbers {
		rings = append(rings, domain.Ring(number))
	}
	return rings
}

package interview

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
)

// historyDepth is how many earlier answers of one field can be brought back.
const historyDepth = 50

// fieldKey names a field across a new reading of the interview.
type fieldKey struct {
	set     string
	subject uuid.UUID
	path    form.Path
}

// history remembers the earlier answers of each field: first those of this sitting, and when they are used up those that the operations
// of the field hold, whoever gave them. Bringing one back is a new answer.
type history struct {
	undo, redo map[fieldKey][]domain.Answer
	// since are the answers that stood on disk when a field was first touched in this sitting; read tells that those before are known.
	since map[fieldKey][]oplog.Name
	read  map[fieldKey]bool
}

func newHistory() *history {
	return &history{undo: map[fieldKey][]domain.Answer{}, redo: map[fieldKey][]domain.Answer{}, since: map[fieldKey][]oplog.Name{}, read: map[fieldKey]bool{}}
}

// note keeps the answer that a new one takes the place of; stands are the answers on disk.
func (h *history) note(key fieldKey, before domain.Answer, stands []oplog.Name) {
	if _, known := h.since[key]; !known {
		h.since[key] = stands
	}
	h.undo[key] = push(h.undo[key], before)
	delete(h.redo, key)
}

// forget drops what is remembered of a field.
func (h *history) forget(key fieldKey) {
	delete(h.undo, key)
	delete(h.redo, key)
	delete(h.since, key)
	delete(h.read, key)
}

// older puts answers of earlier sittings, the newest first, below those of this one.
func (h *history) older(key fieldKey, before []domain.Answer) {
	h.read[key] = true
	before = slices.Clone(before[:min(len(before), historyDepth)])
	slices.Reverse(before)
	h.undo[key] = append(before, h.undo[key]...)
}

// back gives the answer before; ok is false when there is none.
func (h *history) back(key fieldKey, now domain.Answer) (answer domain.Answer, ok bool) {
	return move(h.undo, h.redo, key, now)
}

// forth takes back what back did.
func (h *history) forth(key fieldKey, now domain.Answer) (answer domain.Answer, ok bool) {
	return move(h.redo, h.undo, key, now)
}

func move(from, to map[fieldKey][]domain.Answer, key fieldKey, now domain.Answer) (domain.Answer, bool) {
	stack := from[key]
	if len(stack) == 0 {
		return domain.Answer{}, false
	}
	from[key] = stack[:len(stack)-1]
	to[key] = push(to[key], now)
	return stack[len(stack)-1], true
}

func push(stack []domain.Answer, a domain.Answer) []domain.Answer {
	if len(stack) >= historyDepth {
		stack = append([]domain.Answer(nil), stack[1:]...)
	}
	return append(stack, a)
}

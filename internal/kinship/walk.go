package kinship

import (
	"slices"

	"github.com/google/uuid"
)

// Direction is a step through the picture.
type Direction byte

// The four steps.
const (
	Up   Direction = iota + 1 // to a parent, else to who cares
	Down                      // to a child
	Left                      // to the neighbour, also in the next household
	Right
)

// Step leads from one person to the next by kinship; where kinship leads nowhere, to the nearest card of the next row. From any
// person every other can be reached. At the edge, and for somebody who is not drawn, it stays where it is.
func (p *Plan) Step(from uuid.UUID, to Direction) uuid.UUID {
	at := slices.IndexFunc(p.Cards, func(c Card) bool { return c.ID == from })
	if at < 0 {
		return from
	}
	card := p.Cards[at]
	switch to {
	case Left:
		if at > 0 && p.Cards[at-1].Row == card.Row {
			return p.Cards[at-1].ID
		}
	case Right:
		if at+1 < len(p.Cards) && p.Cards[at+1].Row == card.Row {
			return p.Cards[at+1].ID
		}
	case Up:
		return p.toRow(card, card.Row-1, func(l Line) []uuid.UUID {
			if l.To == from {
				return l.From
			}
			return nil
		})
	case Down:
		return p.toRow(card, card.Row+1, func(l Line) []uuid.UUID {
			if slices.Contains(l.From, from) {
				return []uuid.UUID{l.To}
			}
			return nil
		})
	}
	return from
}

// toRow goes to the row above or below: to the first that a line of descent or care leads to, else to the nearest.
func (p *Plan) toRow(card Card, row int, ends func(Line) []uuid.UUID) uuid.UUID {
	for _, line := range p.Lines { // parents before step-parents before care
		if line.Kind == Couple || line.Kind > Care {
			continue
		}
		for _, id := range ends(line) {
			if other, ok := p.Card(id); ok && other.Row == row {
				return id
			}
		}
	}
	best, distance := card.ID, -1
	for _, other := range p.Cards {
		away := max(other.X-card.X, card.X-other.X)
		if other.Row == row && (distance < 0 || away < distance) {
			best, distance = other.ID, away
		}
	}
	return best
}

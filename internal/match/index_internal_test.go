package match

import (
	"testing"

	"github.com/google/uuid"
)

// TestIndex_ReusesPlaces: a person whose record is saved all day takes one place.
func TestIndex_ReusesPlaces(t *testing.T) {
	x := new(Index)
	for range 1000 {
		x.Add(uuid.UUID{1}, []Text{{Kind: "name", Value: "Test Mappe"}})
	}
	if len(x.slots) != 1 || len(x.words) != 2 || len(x.words[0].postings) != 1 {
		t.Errorf("%d places, %d words, %d postings of the first", len(x.slots), len(x.words), len(x.words[0].postings))
	}
}

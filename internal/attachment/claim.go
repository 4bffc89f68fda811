package attachment

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Types are the objects that are attachments; each compartment that has attachments has one.
var Types = []domain.Type{"case_attachment", "special_attachment"}

// IsType reports whether objects of a type are attachments.
func IsType(t domain.Type) bool { return slices.Contains(Types, t) }

// Claim is what a line, or an object, says of the content that belongs to it.
type Claim struct {
	Blob      uuid.UUID // random: the name of its sealed chunks
	MediaType string    // [JPEG], [PNG] or [PDF]
	Size      int64     // bytes
	SHA256    [32]byte  // of the content
}

// Written are the fields that hold a claim. A line writes all of them or none.
var Written = []string{"blob", "media_type", "sha256", "size"}

// errClaim says nothing of the values, which may be answers.
var errClaim = errors.New("the fields of an attachment's content do not fit each other")

// Claimed reads the claim in fields; nil when there is none. An error when there is half of one, or none that this program
// would write.
func Claimed(answer func(field string) (domain.Answer, bool)) (*Claim, error) {
	var values [4]domain.Answer
	found := 0
	for i, field := range Written {
		if a, ok := answer(field); ok {
			values[i] = a
			found++
		}
	}
	if found == 0 {
		return nil, nil
	}
	c := &Claim{MediaType: values[1].Text()}
	size, isInt := values[3].Value.(int64)
	c.Size = size
	blob, err := uuid.Parse(values[0].Text())
	c.Blob = blob
	sum := values[2].Text()
	raw, hexErr := hex.DecodeString(sum)
	copy(c.SHA256[:], raw)
	switch {
	case found != len(values), err != nil, blob == uuid.Nil, blob.String() != values[0].Text():
	case hexErr != nil, len(raw) != len(c.SHA256), strings.ToLower(sum) != sum:
	case !isInt, size <= 0, size > MaxSize:
	case c.MediaType != JPEG && c.MediaType != PNG && c.MediaType != PDF:
	default:
		return c, nil
	}
	return nil, errClaim
}

// ClaimedIn reads the claim of a line on an object; nil when the line has none.
func ClaimedIn(t domain.Type, set map[string]json.RawMessage) (*Claim, error) {
	if !IsType(t) {
		return nil, nil
	}
	var failed error
	c, err := Claimed(func(field string) (domain.Answer, bool) {
		raw, ok := set[field]
		if !ok {
			return domain.Answer{}, false
		}
		a, err := domain.DecodeAnswer(raw)
		if err != nil {
			failed = errClaim
		}
		return a, true
	})
	if failed != nil {
		return nil, failed
	}
	return c, err
}

// Answers are the fields that say the claim.
func (c *Claim) Answers() map[string]domain.Answer {
	return map[string]domain.Answer{
		"blob": {Value: c.Blob.String()}, "media_type": {Value: c.MediaType}, "sha256": {Value: hex.EncodeToString(c.SHA256[:])}, "size": {Value: c.Size},
	}
}

// Pieces is how many entries of a bundle the content takes.
func (c *Claim) Pieces() int { return int((c.Size + Piece - 1) / Piece) }

// PieceAt gives the range of one of the pieces, which are counted from 0.
func (c *Claim) PieceAt(i int) (at, end int64) {
	at = int64(i) * Piece
	return at, min(at+Piece, c.Size)
}

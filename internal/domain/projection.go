package domain

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/google/uuid"
)

// Labels under which a projection makes identifiers: whatever has one of its own under each.
const (
	ProjectedPerson = "roster"      // a person on the roster of the orientation course
	ProjectedCase   = "roster-case" // the case of such persons
	ProjectedObject = "object"      // anything that a partner is told of
	ProjectedAnswer = "answer"      // what a partner made, as headquarters keeps it
)

// ProjectedID is the identifier that a thing has for somebody outside: the first 16 bytes of HMAC-SHA256(key, label 00 id16),
// as a UUID of version 8. Without the key nobody can tell which thing it is, nor whether two lists name the same one
// (security.md 2.2.5, 6.9).
func ProjectedID(key []byte, label string, id uuid.UUID) uuid.UUID {
	mac := hmac.New(sha256.New, key)
	mac.Write(append([]byte(label), 0))
	mac.Write(id[:])
	out := uuid.UUID(mac.Sum(nil)[:16])
	out[6] = out[6]&0x0f | 0x80
	out[8] = out[8]&0x3f | 0x80
	return out
}

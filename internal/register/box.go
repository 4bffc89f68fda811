package register

import (
	"encoding/json"
	"errors"
	"fmt"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/vault"
)

// OpenBox opens the payload of a boxed line of a compartment with the user's own identity, or with the reading
// identities of rings 7 and 8 when the user holds them. [ErrNotReader] when the box is for others.
func (r *Register) OpenBox(c domain.Compartment, box []byte) ([]byte, error) {
	own := r.Identity()
	if own == nil {
		return nil, ErrLocked
	}
	plain, err := vault.OpenBox(box, own.Age)
	if !errors.Is(err, ErrNotReader) {
		return plain, err
	}
	return vault.OpenBox(box, r.readingIdentities(c)...)
}

// SealBox seals a payload to readers given as age1pq1… recipients.
func (r *Register) SealBox(plain []byte, recipients []string) ([]byte, error) {
	return vault.SealBox(plain, recipients)
}

// readingIdentities returns the identities that open all boxes of a compartment; none when their ring is not held.
// They are in memory from the unlock on, so that boxes can be opened inside a transaction too.
func (r *Register) readingIdentities(c domain.Compartment) []age.Identity {
	r.memory.RLock()
	defer r.memory.RUnlock()
	if c == domain.Audit {
		return r.readers[domain.AuditRead]
	}
	return r.readers[domain.SealedRead]
}

// keepsReaders reports whether a system value holds reading identities.
func keepsReaders(number domain.Ring, name int64) bool {
	return name == SystemInbox && (number == domain.SealedRead || number == domain.AuditRead)
}

// parseIdentities reads system value 2: a JSON list of age identities. Its errors name no key.
func parseIdentities(value []byte) ([]age.Identity, error) {
	var texts []string
	if err := json.Unmarshal(value, &texts); err != nil {
		return nil, errors.New("identities are not a list of texts")
	}
	identities := make([]age.Identity, 0, len(texts))
	for i, text := range texts {
		identity, err := age.ParseHybridIdentity(text)
		if err != nil {
			return nil, fmt.Errorf("identity %d does not parse", i)
		}
		identities = append(identities, identity)
	}
	return identities, nil
}

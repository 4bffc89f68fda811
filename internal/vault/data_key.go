package vault

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// KeyID names a data key. Random, except for the system key of a ring.
type KeyID [16]byte

// NewKeyID returns a random key id. It never equals that of a system key.
func NewKeyID() (id KeyID) {
	rand.Read(id[:])
	id[0] |= 0x80 // the ids of system keys begin with zero bytes
	return id
}

// SystemKeyID returns the id of a ring's system key: 15 zero bytes ‖ ring1.
func SystemKeyID(ring domain.Ring) (id KeyID) {
	id[15] = byte(ring)
	return id
}

// RingID names one generation of a ring.
type RingID [16]byte

// NewRingID returns a random ring id.
func NewRingID() (id RingID) {
	rand.Read(id[:])
	return id
}

// DataKey seals the bodies of one scope in one compartment.
type DataKey struct {
	ID  KeyID
	Key Key
	// Scope is the case, in orientation the course, zero in open, in audit the quarter (see [QuarterScope]).
	Scope uuid.UUID
	// Created is in Unix seconds.
	Created int64
}

// QuarterScope is the scope of audit lines written at a time: "2026Q4" filled with zero bytes, by UTC, so that
// retention can drop a quarter.
func QuarterScope(at time.Time) (scope uuid.UUID) {
	at = at.UTC()
	copy(scope[:], fmt.Sprintf("%04dQ%d", at.Year(), (int(at.Month())+2)/3))
	return scope
}

// SealDataKey wraps a data key for the data_key table.
func SealDataKey(wrap *Key, vault uuid.UUID, ring domain.Ring, ringID RingID, key *DataKey) ([]byte, error) {
	return sealDataKey(wrap, newNonce(), vault, ring, ringID, key)
}

func sealDataKey(wrap *Key, nonce [nonceSize]byte, vault uuid.UUID, ring domain.Ring, ringID RingID, key *DataKey) ([]byte, error) {
	plain := make([]byte, 0, 56)
	plain = append(plain, key.Key[:]...)
	plain = append(plain, key.Scope[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(key.Created))
	defer clear(plain)
	return sealWith(wrap, nonce, associateDataKey(vault, ring, ringID, key.ID), plain, sizeSmall)
}

// OpenDataKey unwraps a data key. A key that was wrapped by another generation of the ring, for another ring or
// under another id gives V-KEY (security.md 4.4).
func OpenDataKey(wrap *Key, vault uuid.UUID, ring domain.Ring, ringID RingID, id KeyID, wrapped []byte) (DataKey, error) {
	plain, err := open(nil, wrap, associateDataKey(vault, ring, ringID, id), wrapped, sizeSmall)
	if err != nil || len(plain) != 56 {
		return DataKey{}, fault.New("V-KEY", ring.String(), errEnvelope)
	}
	defer clear(plain)
	return DataKey{ID: id, Key: Key(plain), Scope: uuid.UUID(plain[32:48]), Created: int64(binary.BigEndian.Uint64(plain[48:]))}, nil
}

func associateDataKey(vault uuid.UUID, ring domain.Ring, ringID RingID, id KeyID) []byte {
	b := associate(labelDataKey, vault, 1+16+16)
	b = append(b, byte(ring))
	b = append(b, ringID[:]...)
	return append(b, id[:]...)
}

// associate begins associated data: label ‖ 00 ‖ vault16, with room for size bytes more.
func associate(label string, vault uuid.UUID, size int) []byte {
	b := make([]byte, 0, len(label)+1+len(vault)+size)
	b = append(b, label...)
	b = append(b, 0)
	return append(b, vault[:]...)
}

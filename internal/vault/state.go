package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// Names of system values that the format itself needs (security.md 3.2).
const (
	SystemRoot   int64 = 1
	SystemLedger int64 = 15
)

// Sum is the XOR of the elements of a ring's rows. The order of adding does not matter, and adding twice removes.
type Sum [32]byte

// Toggle adds an element, or takes it out again.
func (s *Sum) Toggle(element Sum) {
	for i := range s {
		s[i] ^= element[i]
	}
}

// Elements makes the elements of one ring's state root. It is not safe for concurrent use.
type Elements struct {
	mac hash.Hash
	row [41]byte
	out []byte
}

// NewElements returns a maker for the ring with this state key.
func NewElements(stateKey *Key) *Elements {
	return &Elements{mac: hmac.New(sha256.New, stateKey[:]), out: make([]byte, 0, 32)}
}

// Of returns the element of a row: HMAC-SHA256(state key, table1 ‖ row_id16 ‖ rev8 ‖ tag16).
func (e *Elements) Of(table Table, row RowID, revision uint64, tag Tag) Sum {
	e.row[0] = byte(table)
	copy(e.row[1:], row[:])
	binary.BigEndian.PutUint64(e.row[17:], revision)
	copy(e.row[25:], tag[:])
	e.mac.Reset()
	e.mac.Write(e.row[:])
	e.out = e.mac.Sum(e.out[:0])
	return Sum(e.out)
}

// Root is the content of a ring's state root (system value 1).
type Root struct {
	Revision uint64 // of the system value
	Sum      Sum
	Rows     uint64 // operations, objects and system values, without root and ledger
	Commit   uint64 // counts the transactions that changed this ring
}

// Encode gives the value without its revision: root32 ‖ rows8 ‖ commit8.
func (r *Root) Encode() []byte {
	b := append(make([]byte, 0, 48), r.Sum[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Rows)
	return binary.BigEndian.AppendUint64(b, r.Commit)
}

// DecodeRoot reads what [Root.Encode] gave; else V-ROOT.
func DecodeRoot(ring domain.Ring, revision uint64, value []byte) (Root, error) {
	if len(value) != 48 {
		return Root{}, fault.Newf("V-ROOT", ring.String(), "state root has %d bytes", len(value))
	}
	return Root{Revision: revision, Sum: Sum(value[:32]), Rows: binary.BigEndian.Uint64(value[32:]), Commit: binary.BigEndian.Uint64(value[40:])}, nil
}

// LedgerEntry states how far one ring has come.
type LedgerEntry struct {
	Commit uint64
	Root   [32]byte // SHA-256 of the sealed bytes of the ring's root value
}

// Ledger has the state of every ring of the vault, so that a ring one does not hold cannot be put back unnoticed.
type Ledger map[domain.Ring]LedgerEntry

// ledgerEntrySize is ring1 ‖ commit8 ‖ root32.
const ledgerEntrySize = 41

// LedgerChange is what a transaction says of one ring.
type LedgerChange struct {
	Ring domain.Ring
	LedgerEntry
}

// Encode gives the value without its revision: for each ring, ascending, ring1 ‖ commit8 ‖ sha256(sealed root)32. Changes, which
// are few, take the place of what the ledger says.
func (l Ledger) Encode(changes ...LedgerChange) []byte {
	b := make([]byte, 0, MaxRings*ledgerEntrySize)
	for ring := domain.Ring(1); ring <= MaxRings; ring++ {
		entry, has := l[ring]
		for i := range changes {
			if changes[i].Ring == ring {
				entry, has = changes[i].LedgerEntry, true
			}
		}
		if !has {
			continue
		}
		b = append(b, byte(ring))
		b = binary.BigEndian.AppendUint64(b, entry.Commit)
		b = append(b, entry.Root[:]...)
	}
	return b
}

// DecodeLedger reads what [Ledger.Encode] gave and nothing else; else V-LEDGER.
func DecodeLedger(value []byte) (Ledger, error) {
	if len(value)%ledgerEntrySize != 0 {
		return nil, fault.Newf("V-LEDGER", "", "ledger has %d bytes", len(value))
	}
	ledger := Ledger{}
	last := domain.Ring(0)
	for ; len(value) > 0; value = value[ledgerEntrySize:] {
		ring := domain.Ring(value[0])
		if ring <= last || ring > MaxRings {
			return nil, fault.Newf("V-LEDGER", "", "ring %d out of order", value[0])
		}
		last = ring
		ledger[ring] = LedgerEntry{Commit: binary.BigEndian.Uint64(value[1:]), Root: [32]byte(value[9:41])}
	}
	return ledger, nil
}

// Package register is the sealed register: one vault file opened by one user. It is the only place where the formats of
// [feltbok/internal/vault] meet the rows of [feltbok/internal/store].
//
// Start with [Create], [Open] and [Vault.Unlock]. A [Register] shows the compartments whose rings its user holds and
// nothing of the others. Everything that changes goes through [Register.Update]: rows, state roots and ledger
// (security.md 3.5) become durable together or not at all, and what is kept in memory follows after the commit.
//
// At unlock only the heads of rows are opened and folded into chains; bodies are opened when they are asked for
// (security.md 3.6, pitfall 7).
package register

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/vault"
)

var (
	// ErrKnown says that the operation is stored already, with the same hash.
	ErrKnown = errors.New("operation is known already")
	// ErrFork says that another operation has the same name: the device was cloned or restored (security.md 6.7).
	ErrFork error = fault.New("E-FORK", "", errors.New("another operation has this name"))
	// ErrNotHeld says that the user does not hold the ring asked for.
	ErrNotHeld = errors.New("ring is not held")
	// ErrLocked says that the register was locked.
	ErrLocked = errors.New("register is locked")
	// ErrNotReader says that a box is for others.
	ErrNotReader = vault.ErrNotReader
)

// Names of system values (security.md 3.2). Root and inbox identities exist in every ring, the others in open.
const (
	SystemRoot        = vault.SystemRoot
	SystemInbox       = int64(2) // JSON list of age identities
	SystemDevice      = int64(10)
	SystemNode        = int64(11)
	SystemCounters    = int64(12)
	SystemDirectories = int64(13)
	SystemReceipts    = int64(14)
	SystemLedger      = vault.SystemLedger
	SystemTime        = int64(16)
	SystemPending     = int64(17)
	SystemHeld        = int64(18)
	SystemPolicy      = int64(19)
)

// Login is one slot that opens with a passphrase.
type Login struct {
	Slot  string // 16 hex digits
	Label string
}

// Info is what anybody can see of a vault.
type Info struct {
	Vault    uuid.UUID
	Training bool
	Users    []Login
}

// StoredLine is an operation as the register holds it.
type StoredLine struct {
	Seq         int64 // local order of arrival, from 1
	Name        oplog.Name
	Compartment domain.Compartment
	Type        uint16 // number of the object type; 0 for lines without one
	Hash, Link  [32]byte
	Import      uuid.UUID // zero for own lines
	Bytes       []byte    // the line without LF; nil when it was replaced by a stub
}

// ChainState says what is known of one chain.
type ChainState struct {
	Chain oplog.Chain
	Have  oplog.Intervals
	Tip   [32]byte // link of the last line of the run that begins with line 1; zero when line 1 is missing
}

// Entry is an operation to be appended.
type Entry struct {
	Bytes       []byte // the line without LF; nil for a stub, whose hash is then given
	Compartment domain.Compartment
	Name        oplog.Name
	Type        domain.Type // empty for chain, box and other lines without a type
	// Scope chooses the data key: the case, in orientation the course. It is ignored in open and in audit, which goes by
	// quarters.
	Scope      uuid.UUID
	Hash, Link [32]byte
	Import     uuid.UUID
	// At is when the line was written, for the quarter of an audit line; zero means now.
	At time.Time
}

// Filter chooses objects. Empty Types means all types, nil Case all cases.
type Filter struct {
	Types []domain.Type
	Case  *uuid.UUID
}

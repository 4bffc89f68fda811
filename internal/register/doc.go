// Package register is the sealed register: one vault file opened by one user. It is the only place where the formats of
// [feltbok/internal/vault] meet the rows of [feltbok/internal/store].
//
// Start with [Create], [Open] and [Vault.Unlock]. A [Register] shows the compartments whose rings its user holds and
// nothing of the others. Everything that changes goes through [Register.Update]: rows, state roots and ledger
// (security.md 3.5) become durable together or not at all, and what is kept in memory follows after the commit.
//
// [Vault.Unlock] brings a register of an older version of the program to the newest one, or leaves it exactly as it was
// (pains.md row 21). What is healthy of a damaged one is shown by [Vault.UnlockReadOnly] and brought into a new vault by
// [Salvage]; nothing is repaired in place.
//
// At unlock only the heads of rows are opened and folded into chains; bodies are opened when they are asked for
// (security.md 3.6, pitfall 7), but for the few operations that object rows lack. Rows are a cache: [Tx.Save] stores an
// operation and lets the row of its object follow, and every read shows the object as it is.
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

// Names of system values: the one list of their numbers (security.md 3.2; from 20 on they are ours). Root and inbox
// identities exist in every ring, the others in open.
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
	// SystemErasures lists the erased cases (JSON), and the rings in which that is still to be done. Kept by [Register.Erase].
	SystemErasures = int64(20)
	// SystemCanary is what a rehearsal proves HQ recovery by: SHA-256 of 32 random bytes ‖ an age box with
	// feltbok/v1/canary 00 vault16 ‖ those bytes.
	SystemCanary = int64(21)
	// SystemStubs, in every ring that has stubs, says why: {"erase:<op>":{"<device>/<epoch>":intervals}}.
	SystemStubs = int64(22)
	// SystemErasing lists orders that were stored and not carried out yet: [{"case","operation"}].
	SystemErasing = int64(23)
	// SystemSalvage is there when a salvage left something out: JSON with the time and the own epochs that lines may be missing
	// from. Nothing is appended to their chains, because another line of the same name may be on its way already
	// (security.md 6.7).
	SystemSalvage = int64(24)
	// SystemReplaced lists own epochs that the register must not go on with: [1369686238].
	SystemReplaced = int64(25)
	// SystemDrafts, in the ring of the compartment that the answer would go to, holds what stands half typed in fields. So it is
	// sealed like the answer, stays on this machine and goes into no bundle (pains.md rows 1 and 9).
	SystemDrafts = int64(26)
	// SystemGenerations says when each generation of a ring was first seen: {"case":[{"g":2,"at":"…"}]}.
	SystemGenerations = int64(27)
	// SystemStored, in every ring that [Tx.Save] was used in, is the local order of arrival (8 bytes, big-endian) up to which the
	// operations of the ring are in its object rows; unlocking applies those after it. Without it all are. Kept by the register.
	SystemStored = int64(28)
	// SystemImports lists imports that were taken back, or brought back, in some compartments and wait for a user with the ring of
	// the others (security.md 7.2).
	SystemImports = int64(30)
	// SystemRefused says of each file in quarantine/ why it was refused, when, and by which version and directories.
	SystemRefused = int64(29)
	// SystemWitnesses holds the signed manifests of other machines by which their lines can be forwarded (security.md 5.6):
	// gzip of [{"manifest","signature"}].
	SystemWitnesses = int64(32)
	// SystemIntakes, in the ring case, holds how lists with the same headings are read, and which lists were taken in with which
	// lines: JSON of internal/intake.
	SystemIntakes = int64(33)
	// SystemIssued, at headquarters, says which lines were issued anew for whom: {"<audience>":{"<device>/<epoch>":intervals}}.
	SystemIssued = int64(36)
	// SystemTaken says of which lines a new issue stands here, by case: {"<case>":{"<device>/<epoch>":intervals}}.
	SystemTaken = int64(37)
	// SystemProjections, in the ring of case at headquarters, holds the keys by which people outside know persons and cases:
	// {"roster":"<64 hex>","<partner>":"<64 hex>"}.
	SystemProjections = int64(38)
	// SystemRedactions, in every ring with redactions, says what stands: {"<op>":{"by","reach","case","lines","issues"}}.
	SystemRedactions = int64(39)
	// SystemRemains, in open, holds pieces of what a transaction took away for ever ([Tx.Forget]) until the files were looked through
	// for it. Kept by the register.
	SystemRemains = int64(40)
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
	// TravelLocked says that no passphrase opens the vault before [Release]; there are no Users then.
	TravelLocked bool
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

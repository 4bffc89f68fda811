// Package store keeps sealed rows in one file and never sees what is in them.
//
// [Engine] is the small interface of security.md 9 that a second engine will share; [SQLite] is the one that exists,
// with the exact settings of security.md 3.1 and tables of 3.2. The conformance suite in
// [feltbok/internal/store/storetest] holds every engine to the guarantees G1 to G11. Errors of the disk are *fault.Fault:
// V-BUSY, V-PRAGMA, V-MISSING, V-DAMAGED, V-VERSION, V-READONLY, V-SPACE and V-DISK.
//
// An older version of the tables is brought to [SchemaVersion] by [SQLite.Upgrade]; a damaged file is read row by row by
// [OpenAround].
//
// Known limits: the register must lie on a local disk whose file locks work, and a disk that lies about flushing can lose
// what was acknowledged (security.md 10.2).
package store

import (
	"context"
	"errors"
	"iter"

	"feltbok/internal/domain"
)

var (
	// ErrKnown says that an operation with this row id is stored already (G7).
	ErrKnown = errors.New("operation is known already")
	// ErrStale says that the header changed since it was read (G8).
	ErrStale = errors.New("header changed since it was read")
	// ErrSequence says that an operation does not come next in the local order (G5).
	ErrSequence = errors.New("operation is not the next in order")
	// ErrAbsent says that the row asked for does not exist.
	ErrAbsent = errors.New("no such row")
)

// Engine keeps one register. It is safe for concurrent use; one transaction runs at a time. A function given to View or
// Update must not call the engine again.
type Engine interface {
	// View runs fn on one unchanging state.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and makes all or none of its writes durable. It returns nil only when they are on the disk.
	Update(ctx context.Context, fn func(Writer) error) error
	// Tail calls fn for the number of every operation after the given one, in order, and goes on with new ones until
	// ctx ends or fn fails.
	Tail(ctx context.Context, after int64, fn func(seq int64) error) error
	// Finalise makes deletions final: what was dropped is no longer in any file of the engine.
	Finalise(ctx context.Context) error
	// Copy writes a consistent copy, as sealed as the original, to a new path.
	Copy(ctx context.Context, path string) error
	// Close ends all work. Closing twice is allowed.
	Close() error
}

// Reader reads one unchanging state. Byte slices given to an iteration are valid until its next step only; results of
// other calls belong to the caller.
type Reader interface {
	// Header returns the vault header and its MAC; [ErrAbsent] when none was written yet.
	Header() (json, mac []byte, err error)
	// DataKeys lists the wrapped data keys of a ring.
	DataKeys(ring domain.Ring) iter.Seq2[DataKey, error]
	// Operations lists the heads of all operations after the given number, in order.
	Operations(after int64) iter.Seq2[OperationHead, error]
	// Operation returns one operation with its body; [ErrAbsent] when there is none.
	Operation(seq int64) (Operation, error)
	// Objects lists the heads of all objects; Body is empty.
	Objects() iter.Seq2[Object, error]
	// Object returns one object with its body; [ErrAbsent] when there is none.
	Object(row [16]byte) (Object, error)
	// ObjectsFrom lists the objects of a compartment with their bodies and without heads, at most limit of them, in a fixed order that
	// begins after position; each comes with its own position. Position 0 is before the first. The bodies belong to the
	// caller.
	ObjectsFrom(c domain.Compartment, position int64, limit int) iter.Seq2[PlacedObject, error]
	// Chunk returns one chunk of an attachment; [ErrAbsent] when there is none.
	Chunk(blob [16]byte, part uint32) (Chunk, error)
	// Parts lists the numbers of the chunks that an attachment has, ascending. One that is still arriving may lack any of them.
	Parts(blob [16]byte) iter.Seq2[uint32, error]
	// Blobs lists the attachments of a compartment that have chunks.
	Blobs(c domain.Compartment) iter.Seq2[[16]byte, error]
	// System returns a system value; [ErrAbsent] when there is none.
	System(ring domain.Ring, name int64) ([]byte, error)
	// SystemValues lists the system values of all rings.
	SystemValues() iter.Seq2[SystemValue, error]
	// NextSeq is the number that the next operation gets: 1 in an empty register, then without gaps.
	NextSeq() int64
}

// Writer also writes.
type Writer interface {
	Reader
	// Append adds an operation, whose Seq must be NextSeq; else [ErrSequence]. [ErrKnown] if its row id exists.
	Append(Operation) error
	// AppendLate is Append for a row id that is known to be new: the engine may write the operation together with what comes after
	// it, and an [ErrKnown] then comes from there or from Update, and fails the transaction.
	AppendLate(Operation) error
	// Blank gives an operation a new head and takes its body away: the only change to what an operation says.
	Blank(row [16]byte, head []byte) error
	// ResealOperation gives the operation with this Seq the same content under new keys: another row id, head and body.
	// [ErrAbsent] when the compartment has none with this Seq.
	ResealOperation(Operation) error
	// ResealObject does the same for the object with the row id was, which keeps its position.
	ResealObject(was [16]byte, o Object) error
	// PutHeader replaces the header if its JSON still has the given SHA-256, else [ErrStale]. The first header replaces
	// the zero hash.
	PutHeader(json, mac []byte, was [32]byte) error
	// PutDataKey adds a data key or replaces its wrapping.
	PutDataKey(DataKey) error
	// DropDataKey removes a data key.
	DropDataKey(id [16]byte) error
	// PutObject adds or replaces an object.
	PutObject(Object) error
	// DropObject removes an object, if it is there.
	DropObject(row [16]byte) error
	// PutChunk adds or replaces a chunk of an attachment.
	PutChunk(Chunk) error
	// DropBlob removes all chunks of an attachment.
	DropBlob(blob [16]byte) error
	// PutSystem adds or replaces system values, no two of the same ring and name.
	PutSystem(...SystemValue) error
}

// DataKey is a row of the table data_key.
type DataKey struct {
	ID      [16]byte
	Ring    domain.Ring
	Wrapped []byte
}

// OperationHead is an operation without its body.
type OperationHead struct {
	Seq         int64 // local order of arrival, from 1
	Compartment domain.Compartment
	Row         [16]byte
	Head        []byte
}

// Operation is a row of the table operation. An empty body is a stub.
type Operation struct {
	OperationHead
	Body []byte
}

// Object is a row of the table object.
type Object struct {
	Row         [16]byte
	Compartment domain.Compartment
	Head        []byte
	Body        []byte
}

// PlacedObject is an object with its place in the engine's own order.
type PlacedObject struct {
	Object
	Position int64
}

// Chunk is a row of the table attachment_chunk. Part counts from 0.
type Chunk struct {
	Blob        [16]byte
	Part        uint32
	Compartment domain.Compartment
	Body        []byte
}

// SystemValue is a row of the table system_value.
type SystemValue struct {
	Ring  domain.Ring
	Name  int64
	Value []byte
}

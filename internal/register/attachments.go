package register

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// ErrDamagedBlob says that the content of an attachment does not open: chunks are missing or changed. All else stays usable.
var ErrDamagedBlob error = fault.New("V-CHUNK", "", errors.New("attachment has missing or changed chunks"))

// errPiece says that a piece of an attachment does not fit the size of the whole.
var errPiece = errors.New("piece does not fit the attachment")

// chunkCount is how many chunks an attachment of so many bytes has; an empty one has one.
func chunkCount(size int64) uint32 {
	return uint32(max((size+vault.ChunkContent-1)/vault.ChunkContent, 1))
}

// PutBlob stores a piece of an attachment of size bytes, sealed under the data key of its scope: the case. at is where the piece
// begins in the content. It begins at a multiple of [vault.ChunkContent] and ends there or with the content, so that each chunk
// comes whole. What was there before is replaced. [ErrErased] when the case was erased.
func (tx *Tx) PutBlob(c domain.Compartment, scope, blob uuid.UUID, size, at int64, piece []byte) error {
	if c.Boxed() || blob == uuid.Nil || size <= 0 || at < 0 || at%vault.ChunkContent != 0 || at+int64(len(piece)) > size ||
		len(piece) == 0 || len(piece)%vault.ChunkContent != 0 && at+int64(len(piece)) != size {
		return errPiece
	}
	changed, err := tx.change(domain.RingOf(c))
	if err != nil {
		return err
	}
	if scoped(changed.ring.ring) && tx.isErased(scope) {
		return ErrErased
	}
	place, err := tx.keyOf(changed, scope, tx.now())
	if err != nil {
		return err
	}
	key, end := &changed.key(place).Key, chunkCount(size)-1
	for chunk := range slices.Chunk(piece, vault.ChunkContent) {
		part := uint32(at / vault.ChunkContent)
		body, err := vault.SealChunk(key, tx.register.vault.header.Vault, c, blob, part, part == end, chunk)
		if err != nil {
			return err
		}
		if err := tx.writer.PutChunk(store.Chunk{Blob: blob, Part: part, Compartment: c, Body: body}); err != nil {
			return err
		}
		at += int64(len(chunk))
	}
	return nil
}

// DropBlob throws the chunks of an attachment away, if there are any.
func (tx *Tx) DropBlob(blob uuid.UUID) error {
	if tx.gone != nil {
		return tx.dropBlob(blob, tx.gone)
	}
	return tx.writer.DropBlob(blob)
}

// BlobParts gives the chunks of an attachment that are stored, as this transaction has left them, as intervals of numbers from 1.
func (tx *Tx) BlobParts(blob uuid.UUID) (oplog.Intervals, error) { return blobParts(tx.writer, blob) }

// OpenPiece opens a piece of an attachment as this transaction has left it; see [Register.OpenPiece].
func (tx *Tx) OpenPiece(c domain.Compartment, scope, blob uuid.UUID, size, at, end int64) ([]byte, error) {
	changed, err := tx.change(domain.RingOf(c))
	if err != nil {
		return nil, err
	}
	var keys []vault.Key
	if place, ok := changed.scopes[scope]; ok {
		keys = append(keys, changed.key(place).Key)
	}
	keys = append(keys, changed.ring.blobKeys(scope)...)
	return openBlob(tx.writer, tx.register.vault.header.Vault, c, blob, size, at, end, keys)
}

// Stored reports whether an operation is stored with its content: not as a stub, and not missing.
func (tx *Tx) Stored(c domain.Compartment, name oplog.Name) bool {
	changed, err := tx.change(domain.RingOf(c))
	if err != nil {
		return false
	}
	head := changed.line(name)
	return head != nil && !head.stub
}

// BlobParts gives the chunks of an attachment that are stored, as intervals of numbers from 1; whose they are it cannot tell.
func (r *Register) BlobParts(ctx context.Context, blob uuid.UUID) (parts oplog.Intervals, err error) {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked {
		return nil, ErrLocked
	}
	err = r.vault.engine.View(ctx, func(reader store.Reader) error {
		parts, err = blobParts(reader, blob)
		return err
	})
	return parts, err
}

func blobParts(reader store.Reader, blob uuid.UUID) (parts oplog.Intervals, err error) {
	for part, err := range reader.Parts(blob) {
		if err != nil {
			return nil, err
		}
		parts.Add(uint64(part) + 1)
	}
	return parts, nil
}

// WholeBlob reports whether all chunks of an attachment of size bytes are among parts.
func WholeBlob(parts oplog.Intervals, size int64) bool {
	return len(oplog.Intervals{{1, uint64(chunkCount(size))}}.Minus(parts)) == 0
}

// OpenBlob opens an attachment of size bytes that belongs to a scope: the case. The content belongs to the caller, who clears it.
// [ErrDamagedBlob] when a chunk is missing, or does not open at its place: it was changed, belongs to another attachment or case, or
// the content has another size. [ErrNotHeld], [ErrLocked].
func (r *Register) OpenBlob(ctx context.Context, c domain.Compartment, scope, blob uuid.UUID, size int64) (content []byte, err error) {
	return r.OpenPiece(ctx, c, scope, blob, size, 0, size)
}

// OpenPiece opens a piece of an attachment, from byte at up to but not including end; both are limits of chunks, or end is the size.
// Errors are those of OpenBlob.
func (r *Register) OpenPiece(ctx context.Context, c domain.Compartment, scope, blob uuid.UUID, size, at, end int64) (content []byte, err error) {
	r.rows.RLock()
	defer r.rows.RUnlock()
	r.memory.RLock()
	held, locked := r.held(c), r.locked
	var keys []vault.Key
	if held != nil {
		keys = held.blobKeys(scope)
	}
	r.memory.RUnlock()
	switch {
	case locked:
		return nil, ErrLocked
	case held == nil:
		return nil, ErrNotHeld
	}
	err = r.vault.engine.View(ctx, func(reader store.Reader) error {
		content, err = openBlob(reader, r.VaultID(), c, blob, size, at, end, keys)
		return err
	})
	return content, err
}

// blobKeys copies the data keys that chunks of a scope may be sealed with, the newest first.
func (r *ring) blobKeys(scope uuid.UUID) (keys []vault.Key) {
	for _, place := range slices.Backward(r.byScope[scope]) {
		keys = append(keys, r.data[place].Key)
	}
	return keys
}

// openBlob clears the keys.
func openBlob(reader store.Reader, id uuid.UUID, c domain.Compartment, blob uuid.UUID, size, at, end int64, keys []vault.Key) ([]byte, error) {
	defer func() {
		for i := range keys {
			keys[i].Clear()
		}
	}()
	if at < 0 || at%vault.ChunkContent != 0 || end <= at || end > size || end%vault.ChunkContent != 0 && end != size {
		return nil, ErrDamagedBlob
	}
	content := make([]byte, 0, end-at)
	give := func(err error) ([]byte, error) {
		clear(content[:cap(content)])
		return nil, err
	}
	last := chunkCount(size) - 1
	for ; at < end; at += vault.ChunkContent {
		part := uint32(at / vault.ChunkContent)
		chunk, err := reader.Chunk(blob, part)
		if errors.Is(err, store.ErrAbsent) {
			return give(ErrDamagedBlob)
		}
		if err != nil {
			return give(fmt.Errorf("read an attachment: %w", err))
		}
		plain, ok := openChunk(keys, id, c, blob, part, part == last, chunk.Body)
		content = append(content, plain...)
		clear(plain)
		if !ok || int64(len(plain)) != min(vault.ChunkContent, size-at) {
			return give(ErrDamagedBlob)
		}
	}
	return content, nil
}

func openChunk(keys []vault.Key, id uuid.UUID, c domain.Compartment, blob uuid.UUID, part uint32, last bool, sealed []byte) ([]byte, bool) {
	for i := range keys {
		if plain, err := vault.OpenChunk(&keys[i], id, c, blob, part, last, sealed); err == nil {
			return plain, true
		}
	}
	return nil, false
}

// chunks gives the chunks of an attachment that are there, in order.
func chunks(reader store.Reader, blob [16]byte) iter.Seq2[store.Chunk, error] {
	return func(yield func(store.Chunk, error) bool) {
		var parts []uint32
		for part, err := range reader.Parts(blob) {
			if err != nil {
				yield(store.Chunk{}, err)
				return
			}
			parts = append(parts, part)
		}
		for _, part := range parts {
			chunk, err := reader.Chunk(blob, part)
			if !yield(chunk, err) || err != nil {
				return
			}
		}
	}
}

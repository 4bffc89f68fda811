package register

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// namedBlobs are the attachments that lines of a scope name: so their chunks are found though none of them opens any more. A line
// that does not open tells nothing; it goes all the same.
func (tx *Tx) namedBlobs(c *change, places []int32) (map[[16]byte]bool, error) {
	types := map[uint16]domain.Type{}
	for _, t := range attachment.Types {
		info, _ := domain.Info(t)
		types[info.Number] = t
	}
	named := map[[16]byte]bool{}
	for _, f := range c.linesUnder(places) {
		if types[f.head.number] == "" || f.head.stub || int(f.head.key) >= len(c.ring.data) {
			continue
		}
		stored, err := tx.writer.Operation(f.head.seq)
		if err != nil {
			return nil, rowError(c.ring.compartment(), err)
		}
		plain, err := c.ring.openLine(stored.Body, tx.register.vault.header.Vault, f.name, f.head)
		if err != nil {
			continue
		}
		if line, err := oplog.Parse(plain); err == nil {
			if claim, err := attachment.ClaimedIn(line.Type, line.Set); err == nil && claim != nil {
				named[claim.Blob] = true
			}
		}
		clear(plain)
	}
	return named, nil
}

// eraseBlobs drops the attachments of a scope: those that open with one of its keys, for chunks do not name theirs, and those
// that its lines name, unless a chunk of them opens with the key of another scope.
func (tx *Tx) eraseBlobs(c *change, places []int32, named map[[16]byte]bool, bodies *store.Remains) error {
	var blobs [][16]byte
	for blob, err := range tx.writer.Blobs(c.ring.compartment()) {
		if err != nil {
			return err
		}
		blobs = append(blobs, blob)
	}
	for _, blob := range blobs {
		ours, err := tx.blobOf(c.ring, blob, places, named[blob])
		if err != nil {
			return err
		}
		if !ours {
			continue
		}
		if err := tx.dropBlob(blob, bodies); err != nil {
			return err
		}
	}
	return nil
}

// dropBlob throws the chunks of an attachment away and adds them to what must be in no file any more.
func (tx *Tx) dropBlob(blob [16]byte, bodies *store.Remains) error {
	for chunk, err := range chunks(tx.writer, blob) {
		if err != nil {
			return err
		}
		bodies.Add(chunk.Body)
	}
	return tx.writer.DropBlob(blob)
}

// blobOf reports whether an attachment is of the scope whose data keys stand at some places. It goes by the first chunk that is
// there, for an attachment that is still arriving need not have its first, and by the last, should that one be changed. One that
// the scope names is its own as long as no chunk proves that it is another's.
func (tx *Tx) blobOf(held *ring, blob [16]byte, places []int32, named bool) (bool, error) {
	var parts []uint32
	for part, err := range tx.writer.Parts(blob) {
		if err != nil {
			return false, err
		}
		parts = append(parts, part)
	}
	if !named && len(parts) > 2 {
		parts = []uint32{parts[0], parts[len(parts)-1]}
	}
	var others []int32
	if named {
		for place := range held.data {
			if !slices.Contains(places, int32(place)) {
				others = append(others, int32(place))
			}
		}
	}
	id, c := tx.register.vault.header.Vault, held.compartment()
	for _, part := range parts {
		chunk, err := tx.writer.Chunk(blob, part)
		if err != nil {
			return false, err
		}
		if held.opensChunk(id, c, blob, part, chunk.Body, places) {
			return true, nil
		}
		if held.opensChunk(id, c, blob, part, chunk.Body, others) {
			return false, nil
		}
	}
	return named, nil
}

func (r *ring) opensChunk(id uuid.UUID, c domain.Compartment, blob [16]byte, part uint32, body []byte, places []int32) bool {
	for _, place := range places {
		plain, err := vault.OpenChunk(&r.data[place].Key, id, c, blob, part, vault.LastChunk(body), body)
		if err == nil {
			clear(plain)
			return true
		}
	}
	return false
}

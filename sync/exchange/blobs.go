package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// An attachment is a line that names its content by hash and size, and the content, which travels in pieces beside lines. Every file
// with a piece has the line too, so files may come in any order. Headquarters calls the line merged once the whole content is there;
// until then its author sends both again, of the content what headquarters says it lacks.

// blobPiece is a piece of an attachment that goes into a file.
type blobPiece struct {
	attachment.Claim
	caseID      uuid.UUID
	compartment domain.Compartment
	line        uint64 // the number of the line that names it
	piece       int    // from 0
}

func (b blobPiece) raw() int64 {
	at, end := b.PieceAt(b.piece)
	return end - at
}

// carrier is what of a stretch goes into a further file, so that it names the attachment: just the line, when the stretch is one of
// own lines, whose end our manifest proves wherever it is.
func (b blobPiece) carrier(p piece) piece {
	p.blobs = nil
	if p.witness == nil {
		p.run.First, p.run.Last, p.run.Tip, p.raw = b.line, b.line, bundle.Hash{}, 0
	}
	return p
}

// mayClaim tells quickly that a line names no attachment.
func mayClaim(line []byte) bool { return bytes.Contains(line, []byte(`_attachment"`)) }

// wantedOf returns which pieces of the attachment that a line names go to the nodes: those that are here and that some node, which can
// open them, has not said it has.
func (r *relay) wantedOf(nodes []string) func(stretch, uint64, *oplog.Line) ([]blobPiece, error) {
	return func(s stretch, n uint64, line *oplog.Line) ([]blobPiece, error) {
		claim, err := attachment.ClaimedIn(line.Type, line.Set)
		if err != nil || claim == nil || r.ws.Register() == nil {
			return nil, nil // what it says is no attachment for others either
		}
		chunks, err := r.ws.Register().BlobParts(context.Background(), claim.Blob)
		if err != nil {
			return nil, err
		}
		var missing oplog.Intervals
		for _, node := range nodes {
			if r.mayReceive(node, s.compartment) {
				missing = missing.Union(r.lacksPieces(node, line, claim))
			}
		}
		var out []blobPiece
		for piece := range claim.Pieces() {
			if missing.Contains(uint64(piece)+1) && hasPiece(chunks, claim, piece) {
				out = append(out, blobPiece{Claim: *claim, caseID: line.Case, compartment: s.compartment, line: n, piece: piece})
			}
		}
		return out, nil
	}
}

// chunksOf are the chunks of one piece of an attachment, counted from 1.
func chunksOf(claim *attachment.Claim, piece int) oplog.Intervals {
	at, end := claim.PieceAt(piece)
	return oplog.Intervals{{uint64(at/vault.ChunkContent) + 1, uint64((end-1)/vault.ChunkContent) + 1}}
}

func hasPiece(chunks oplog.Intervals, claim *attachment.Claim, piece int) bool {
	return len(chunksOf(claim, piece).Minus(chunks)) == 0
}

// lacksPieces gives the pieces that a node has not said it has, counted from 1. A colleague who says that he has the line also says
// which pieces he wants, and who has or wrote the line that headquarters issued anew has them by that one. Headquarters says so by its
// receipt, and by what it wants when a file of its own is here.
func (r *relay) lacksPieces(node string, line *oplog.Line, claim *attachment.Claim) oplog.Intervals {
	all := oplog.Intervals{{1, uint64(claim.Pieces())}}
	if r.all {
		return all
	}
	c, name, origin := line.Compartment, line.Name(), line.Origin()
	has := func(n oplog.Name) bool { return r.counters.from(node).Have.Of(n.Chain(c)).Contains(n.N) }
	wanted := r.wants(node).Of(c, claim.Blob)
	switch {
	case wanted != nil:
		return wanted
	case node != trust.NodeHQ && (has(name) || has(origin) || node == trust.DeviceName(origin.Device)):
		return nil
	case node == trust.NodeHQ:
		if receipt := r.receipts[trust.DeviceName(name.Device)]; receipt != nil && receipt.Merged.Of(name.Chain(c)).Contains(name.N) {
			return nil
		}
	}
	return all
}

// wants is what a node said it lacks of attachments; headquarters may have said it from several machines, and all of it counts.
func (r *relay) wants(node string) bundle.Wants {
	if node != trust.NodeHQ {
		return r.counters.from(node).Wants
	}
	all := bundle.Wants{}
	for name, in := range r.counters.In {
		id, ok := trust.ParseDeviceName(name)
		if !ok || !r.headquarters(id) {
			continue
		}
		for c, blobs := range in.Wants {
			compartment, err := domain.ParseCompartment(c)
			if err != nil {
				continue
			}
			for blob, pieces := range blobs {
				if id, err := uuid.Parse(blob); err == nil {
					all.Add(compartment, id, pieces.Union(all.Of(compartment, id)))
				}
			}
		}
	}
	return all
}

// wantedLines are the lines of a chain that name attachments of which a node wants pieces that are here.
func (r *relay) wantedLines(state register.ChainState, node string) (lines oplog.Intervals) {
	wants := r.wants(node)
	if len(wants) == 0 {
		return nil
	}
	for i := range r.claims {
		claim := &r.claims[i]
		if claim.Line.Chain(claim.Compartment) != state.Chain {
			continue
		}
		for piece := range claim.Pieces() {
			if wants.Of(claim.Compartment, claim.Blob).Contains(uint64(piece)+1) && hasPiece(claim.Chunks, &claim.Claim, piece) {
				lines.Add(claim.Line.N)
			}
		}
	}
	return lines
}

// attached lays out the pieces of attachments of a file, each for those who can open its compartment's part.
func (l load) attached(ws *workspace.Workspace, parts []bundle.Part) []bundle.Blob {
	var out []bundle.Blob
	for _, b := range l.blobs {
		i := slices.IndexFunc(parts, func(p bundle.Part) bool { return p.Compartment == b.compartment })
		if i < 0 || slices.ContainsFunc(out, func(o bundle.Blob) bool { return o.ID == b.Blob && o.Piece == b.piece }) {
			continue // two lines may name the same content
		}
		at, end := b.PieceAt(b.piece)
		out = append(out, bundle.Blob{
			Compartment: b.compartment, ID: b.Blob, Piece: b.piece, Recipients: parts[i].Recipients, Raw: end - at,
			Content: func(ctx context.Context) ([]byte, error) {
				reg := ws.Register()
				if reg == nil {
					return nil, locked()
				}
				return reg.OpenPiece(ctx, b.compartment, b.caseID, b.Blob, b.Size, at, end)
			},
		})
	}
	return out
}

// wants lists what is missing of attachments whose lines are here: of the mission's machines and of this one.
func wants(ws *workspace.Workspace, mission *trust.Mission) bundle.Wants {
	out := bundle.Wants{}
	claims, err := ws.Claims(context.Background())
	if err != nil {
		return nil // it only saves repetition
	}
	for i := range claims {
		claim := &claims[i]
		_, member := mission.Node(trust.DeviceName(claim.Line.Device))
		if ws.Me().HQ && !member && claim.Line.Device != ws.Me().Device || claim.Whole() {
			continue
		}
		var missing oplog.Intervals
		for piece := range claim.Pieces() {
			if !hasPiece(claim.Chunks, &claim.Claim, piece) {
				missing.Add(uint64(piece) + 1)
			}
		}
		out.Add(claim.Compartment, claim.Blob, missing)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// arrivingLines are the lines of a device that name attachments whose content is not all here.
func arrivingLines(ctx context.Context, ws *workspace.Workspace, device uuid.UUID) (Ranges, error) {
	claims, err := ws.Claims(ctx)
	if err != nil {
		return nil, err
	}
	out := Ranges{}
	for i := range claims {
		if line := claims[i].Line; line.Device == device && !claims[i].Whole() {
			add(out, line.Chain(claims[i].Compartment), line.N, line.N)
		}
	}
	return out, nil
}

// claimed is what a line of a file says of an attachment.
type claimed struct {
	attachment.Claim
	line    oplog.Name
	caseID  uuid.UUID
	visible bool
	gone    bool // it was withdrawn
}

// arriving is a piece of an attachment in a file, with what the line says of it.
type arriving struct {
	bundle.BlobInfo
	claimed
}

// claim notes what a line says of an attachment. A line that is not in quarantine goes before one that is, else the first counts.
func (in *incomingFile) claim(ws *workspace.Workspace, line *oplog.Line, code string) {
	claim, err := attachment.ClaimedIn(line.Type, line.Set)
	if claim == nil || err != nil || line.Kind != oplog.KindSet {
		return
	}
	known, ok := in.claims[line.Compartment][claim.Blob]
	if !ok || !known.visible && code == "" {
		in.claims[line.Compartment][claim.Blob] = claimed{*claim, line.Name(), line.Case, code == "", ws.Redacted(line)}
	}
}

// matchBlobs finds the line of each piece of an attachment. What belongs to none, or cannot be a piece of what the line names, stays
// out: E-BLOB.
func (in *incomingFile) matchBlobs() {
	seen := map[uuid.UUID]bool{}
	for _, blob := range in.verified.Blobs {
		claims, read := in.claims[blob.Compartment]
		if !read || !blob.Openable {
			continue // waits with its part
		}
		claim, ok := claims[blob.ID]
		if ok && blob.Piece < claim.Pieces() {
			at, end := claim.PieceAt(blob.Piece)
			ok = blob.Raw == end-at
		} else {
			ok = false
		}
		if !ok {
			in.plan.Reasons["E-BLOB"]++
			continue
		}
		if claim.gone {
			continue
		}
		seen[blob.ID] = true
		in.blobs = append(in.blobs, arriving{blob, claim})
	}
	in.plan.Attachments = len(seen)
}

// storeBlobs stores the pieces of attachments in the transaction of the import, and proves by its hash each attachment that is whole
// now. One that is not what was signed is thrown away, so that it is asked for again: E-BLOB.
func (in *incomingFile) storeBlobs(ctx context.Context, tx *register.Tx) error {
	for first := 0; first < len(in.blobs); {
		end := first + 1
		for end < len(in.blobs) && in.blobs[end].ID == in.blobs[first].ID {
			end++
		}
		err := in.storeBlob(ctx, tx, in.blobs[first:end])
		if spoiled(err) {
			in.plan.Reasons["E-BLOB"]++
			err = tx.DropBlob(in.blobs[first].ID)
		}
		if err != nil {
			return err
		}
		first = end
	}
	return nil
}

// spoiled tells that a content is not the one that the line names.
func spoiled(err error) bool {
	code := fault.Code(err)
	return code == "E-BLOB" || code == "V-CHUNK"
}

func (in *incomingFile) storeBlob(ctx context.Context, tx *register.Tx, pieces []arriving) error {
	b := &pieces[0]
	if !tx.Stored(b.Compartment, b.line) {
		return nil // its case was erased, or the line was purged
	}
	parts, err := tx.BlobParts(b.ID)
	if err != nil {
		return err
	}
	if len(parts) > 0 {
		good, err := in.goodSoFar(tx, b, parts)
		if err != nil {
			return err
		}
		switch {
		case !good && !b.visible:
			return nil
		case !good:
			if err := tx.DropBlob(b.ID); err != nil {
				return err
			}
			parts = nil
		case register.WholeBlob(parts, b.Size):
			return nil
		}
	}
	for i := range pieces {
		if hasPiece(parts, &b.Claim, pieces[i].Piece) {
			continue
		}
		content, err := in.verified.Blob(ctx, pieces[i].BlobInfo)
		if err == nil {
			at, _ := b.PieceAt(pieces[i].Piece)
			err = tx.PutBlob(b.Compartment, b.caseID, b.ID, b.Size, at, content)
		}
		clear(content)
		switch {
		case errors.Is(err, register.ErrErased):
			return nil
		case fault.Code(err) == "E-BLOB": // this piece only
			in.plan.Reasons["E-BLOB"]++
			continue
		}
		if err != nil {
			return err
		}
	}
	if parts, err = tx.BlobParts(b.ID); err != nil || !register.WholeBlob(parts, b.Size) {
		return err
	}
	return in.prove(tx, b)
}

// goodSoFar tells whether the chunks that are here belong to this attachment: the whole content by its hash, else the first of them
// by the key of the case.
func (in *incomingFile) goodSoFar(tx *register.Tx, b *arriving, parts oplog.Intervals) (bool, error) {
	var err error
	if register.WholeBlob(parts, b.Size) {
		err = in.prove(tx, b)
	} else {
		at := int64(parts[0][0]-1) * vault.ChunkContent
		var content []byte
		content, err = tx.OpenPiece(b.Compartment, b.caseID, b.ID, b.Size, at, min(at+vault.ChunkContent, b.Size))
		clear(content)
	}
	if spoiled(err) {
		return false, nil
	}
	return err == nil, err
}

// prove compares the whole content with the hash in the line.
func (in *incomingFile) prove(tx *register.Tx, b *arriving) error {
	content, err := tx.OpenPiece(b.Compartment, b.caseID, b.ID, b.Size, 0, b.Size)
	if err != nil {
		return err
	}
	defer clear(content)
	if sha256.Sum256(content) != b.SHA256 {
		return fault.Newf("E-BLOB", b.ID.String(), "content differs from the hash in the line")
	}
	return nil
}

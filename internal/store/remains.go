package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"os"
	"slices"
)

// PieceSize is how many bytes a piece of a value has that [Remains] looks for.
const PieceSize = 16

// Distances between the pieces of a value. A value of at most closeUpTo bytes is covered without gaps; of a longer one
// every rest of apart+PieceSize bytes or more is found, whichever pages of the file it was spread over.
const (
	closeUpTo = 512
	apart     = 64
)

// Remains are sealed values that must be in no file any more (security.md 3.7). They are looked for by pieces, since what
// is left of a deleted row may be cut by the borders of pages and overwritten in part. Not safe for concurrent use.
type Remains struct {
	pieces []piece
	sorted bool
	filter []uint64 // one bit for the hash of the first half of each piece
	shift  int
}

type piece struct{ first, second uint64 }

// spread multiplies the first half of a piece, so that the upper bits of the product choose its bit in the filter.
const spread = 0x9e3779b97f4a7c15

func comparePieces(a, b piece) int {
	return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.second, b.second))
}

// Add has a value looked for. Values are envelopes, whose every byte but the first is as good as random, so that a piece
// stands nowhere by chance. Values shorter than a piece are ignored.
func (r *Remains) Add(value []byte) {
	step := PieceSize
	if len(value) > closeUpTo {
		step = apart
	}
	for at := 0; at+PieceSize <= len(value); at += step {
		r.add(value[at:])
	}
	if len(value)%step != 0 && len(value) > PieceSize {
		r.add(value[len(value)-PieceSize:])
	}
}

func (r *Remains) add(b []byte) {
	r.pieces = append(r.pieces, piece{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])})
	r.sorted = false
}

// Len is the number of pieces.
func (r *Remains) Len() int { return len(r.pieces) }

// AppendPieces appends at most limit of the pieces, evenly chosen, to b: [PieceSize] bytes each. They tell nothing but
// some bytes of what was sealed.
func (r *Remains) AppendPieces(b []byte, limit int) []byte {
	n := min(limit, len(r.pieces))
	for i := range n {
		p := r.pieces[i*len(r.pieces)/n]
		b = binary.LittleEndian.AppendUint64(b, p.first)
		b = binary.LittleEndian.AppendUint64(b, p.second)
	}
	return b
}

// AddPieces has pieces looked for that [Remains.AppendPieces] gave.
func (r *Remains) AddPieces(pieces []byte) {
	for ; len(pieces) >= PieceSize; pieces = pieces[PieceSize:] {
		r.add(pieces)
	}
}

func (r *Remains) sort() {
	if r.sorted {
		return
	}
	slices.SortFunc(r.pieces, comparePieces)
	r.pieces = slices.Compact(r.pieces)
	// About one bit in a hundred is set, so that few places of a file need the search.
	size := min(max(bits.Len(uint(len(r.pieces)))+6, 12), 28)
	r.filter, r.shift = make([]uint64, 1<<(size-6)), 64-size
	for _, p := range r.pieces {
		bit := p.first * spread >> r.shift
		r.filter[bit>>6] |= 1 << (bit & 63)
	}
	r.sorted = true
}

// In counts the pieces that stand anywhere in what is read, each as often as it stands there.
func (r *Remains) In(ctx context.Context, from io.Reader) (found int, err error) {
	if len(r.pieces) == 0 {
		return 0, nil
	}
	r.sort()
	buffer := make([]byte, 1<<20)
	kept := 0
	for {
		if err := ctx.Err(); err != nil {
			return found, err
		}
		n, err := io.ReadFull(from, buffer[kept:])
		found += r.count(buffer[:kept+n])
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return found, nil
		case err != nil:
			return found, err
		}
		// A piece may begin at the end of what was read.
		kept = copy(buffer, buffer[kept+n-(PieceSize-1):])
	}
}

func (r *Remains) count(b []byte) (found int) {
	filter, shift := r.filter, r.shift
	for at := 0; at+PieceSize <= len(b); at++ {
		first := binary.LittleEndian.Uint64(b[at:])
		if bit := first * spread >> shift; filter[bit>>6]&(1<<(bit&63)) == 0 {
			continue
		}
		if r.has(piece{first, binary.LittleEndian.Uint64(b[at+8:])}) {
			found++
		}
	}
	return found
}

func (r *Remains) has(p piece) bool {
	low, high := 0, len(r.pieces)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if q := &r.pieces[middle]; q.first < p.first || q.first == p.first && q.second < p.second {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(r.pieces) && r.pieces[low] == p
}

// Find counts what is left of values in the files of the register: its main file, the log and a journal. Call
// [SQLite.Finalise] before: the log keeps old pages until then.
func (e *SQLite) Find(ctx context.Context, r *Remains) (found int, err error) {
	if err := e.take(ctx); err != nil {
		return 0, err
	}
	defer e.give()
	// Closing any handle of the main file would make the system give up the locks that SQLite has on it. It is therefore
	// kept until SQLite has closed the file.
	if e.raw == nil {
		if e.raw, err = os.Open(e.path); err != nil {
			return 0, explain(e.path, err)
		}
	}
	if _, err := e.raw.Seek(0, io.SeekStart); err != nil {
		return 0, explain(e.path, err)
	}
	if found, err = r.In(ctx, e.raw); err != nil {
		return found, explain(e.path, err)
	}
	for _, path := range []string{e.path + "-wal", e.path + "-journal"} {
		n, err := r.inFile(ctx, path)
		found += n
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return found, explain(e.path, err)
		}
	}
	return found, nil
}

func (r *Remains) inFile(ctx context.Context, path string) (found int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return r.In(ctx, file)
}

// Join has the values of another looked for too.
func (r *Remains) Join(other *Remains) {
	r.pieces = append(r.pieces, other.pieces...)
	r.sorted = false
}

// Rewrite makes the main file anew from what is stored, so that no old page of it stays, and makes that final. It takes as
// long as a copy, and is for when [SQLite.Find] found something after [SQLite.Finalise]. Objects keep their positions.
func (e *SQLite) Rewrite(ctx context.Context) error {
	if err := e.rewrite(ctx); err != nil {
		return err
	}
	return e.Finalise(ctx)
}

func (e *SQLite) rewrite(ctx context.Context) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	_, err := e.conn.ExecContext(ctx, "VACUUM")
	return explain(e.path, err)
}

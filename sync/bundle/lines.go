package bundle

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// RawLine is one line of a part, at a position that the signed tip covers.
type RawLine struct {
	Bytes    []byte     // without line end; the caller's to keep
	Position oplog.Name // from the manifest, also when the line itself says nothing sensible
	Hash     [32]byte   // H_n, security.md 5.3
	Link     [32]byte   // L_n
	Line     *oplog.Line
	// Malformed says why Line is nil (E-OP). The chain is whole all the same.
	Malformed error
}

// Lines reads the lines of a part, in the order of the manifest. It opens the file anew and checks all that [Verify] had
// not looked into: the packing and its limits, positions, links and tips, and the hash again. An error ends the sequence:
// E-LIMIT, E-HASH, E-AGE for the file; E-PART, E-CHAIN and the fault of the part for the part. Until the sequence has ended
// without one, its lines count for nothing.
func (v *Verified) Lines(ctx context.Context, c domain.Compartment) iter.Seq2[RawLine, error] {
	return func(yield func(RawLine, error) bool) {
		stopped := errors.New("stopped")
		err := v.lines(ctx, c, func(line RawLine) error {
			if !yield(line, nil) {
				return stopped
			}
			return ctx.Err()
		})
		if err != nil && err != stopped {
			yield(RawLine{}, cancelled(ctx, err))
		}
	}
}

func (v *Verified) lines(ctx context.Context, c domain.Compartment, each func(RawLine) error) error {
	part, ok := v.Part(c)
	switch {
	case !ok:
		return fault.Newf("E-PART", c.String(), "the file has no such part")
	case part.Fault != nil:
		return part.Fault
	case !part.Openable:
		return fault.Newf("E-PART", c.String(), "no identity at hand opens the part")
	}
	file, size, err := openFile(v.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	outer, err := v.reopen(file, size)
	if err != nil {
		return err
	}
	name := partName(c)
	digest := sha256.New()
	sealed := &hashing{r: ageReader{cancelReader{ctx, io.NewSectionReader(outer, part.offset, part.Size)}, ""}, hash: digest}
	plain, _, _, err := decrypt(sealed, v.keys.inbox(c), name)
	if errors.Is(err, errNoIdentity) {
		err = fault.New("E-PART", name, err)
	}
	if err != nil {
		return err
	}
	if err := unpack(plain, part, name, each); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, sealed); err != nil {
		return err
	}
	if [32]byte(digest.Sum(nil)) != part.hash {
		return fault.Newf("E-HASH", name, "file was changed since it was verified")
	}
	return nil
}

// reopen opens the outer layer for reading from any place.
func (v *Verified) reopen(file io.ReaderAt, size int64) (io.ReaderAt, error) {
	if _, _, err := checkHeader(bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 4096), ""); err != nil {
		return nil, err
	}
	var opened Hash
	identities, err := watch(v.keys.Outer, &opened)
	if err != nil {
		return nil, fault.New("E-AGE", "", err)
	}
	plain, _, err := age.DecryptReaderAt(file, size, identities...)
	if err != nil {
		return nil, fault.New("E-AGE", "", err)
	}
	return plain, nil
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpack reads the gzip member and follows every run of lines to its tip.
func unpack(plain io.Reader, part PartInfo, name string, each func(RawLine) error) error {
	packed := &counting{r: plain}
	source := bufio.NewReaderSize(packed, 64<<10) // a ByteReader, so that gzip reads not a byte too many
	zipped, err := gzip.NewReader(source)
	if err != nil {
		return packedFault(name, err)
	}
	zipped.Multistream(false)
	if h := zipped.Header; h.Name != "" || h.Comment != "" || h.Extra != nil || !h.ModTime.IsZero() {
		return fault.Newf("E-HASH", name, "packing carries more than the lines")
	}
	raw := &counting{r: io.LimitReader(zipped, part.Raw+1)}
	limited := limitedReader{raw, part.Raw, packed, name}
	lines := bufio.NewReaderSize(limited, 64<<10)
	for _, run := range part.Chains {
		if err := follow(lines, run.Chain(part.Compartment), run, name, each); err != nil {
			return err
		}
	}
	switch _, err := lines.ReadByte(); {
	case err == nil:
		return fault.Newf("E-CHAIN", name, "more lines than the manifest announces")
	case !errors.Is(err, io.EOF):
		return packedFault(name, err)
	}
	if raw.n != part.Raw {
		return fault.Newf("E-HASH", name, "%d bytes of lines instead of %d", raw.n, part.Raw)
	}
	switch _, err := source.ReadByte(); {
	case err == nil:
		return fault.Newf("E-LIMIT", name, "something follows the packed lines")
	case !errors.Is(err, io.EOF):
		return packedFault(name, err)
	}
	return nil
}

func packedFault(name string, err error) error {
	if _, ok := fault.Of(err); ok {
		return err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fault.New("E-HASH", name, fmt.Errorf("packed lines: %w", err))
}

// limitedReader refuses more than the announced size and a ratio over the limit while reading, not afterwards.
type limitedReader struct {
	r      *counting
	raw    int64
	packed *counting
	name   string
}

func (l limitedReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.r.n > l.raw {
		return 0, fault.Newf("E-LIMIT", l.name, "more lines than the announced %d bytes", l.raw)
	}
	// packed.n runs ahead by a buffer at most, so the check can only be late, and the end sees the exact figure.
	if l.r.n > MaxRatio*l.packed.n {
		return 0, fault.Newf("E-LIMIT", l.name, "unpacked more than %d times as large as packed", MaxRatio)
	}
	return n, err
}

// follow reads one run of a chain.
func follow(lines *bufio.Reader, chain oplog.Chain, run ChainRange, name string, each func(RawLine) error) error {
	var verifier *oplog.ChainVerifier
	for n := run.First; n <= run.Last; n++ {
		line, err := readLine(lines, name)
		if errors.Is(err, io.EOF) {
			return fault.Newf("E-CHAIN", chain.String(), "fewer lines than the manifest announces")
		}
		if err != nil {
			return packedFault(name, err)
		}
		if verifier == nil {
			link := oplog.Genesis
			if n > 1 {
				// What stands before is not in the file: the line's own word is taken, and the register compares it.
				first, err := oplog.Parse(line)
				if err != nil {
					return fault.New("E-CHAIN", chain.String(), err)
				}
				link = first.Previous
			}
			verifier = oplog.NewChainVerifier(chain, n-1, link)
		}
		step, err := verifier.Next(line)
		if err != nil {
			return err
		}
		if err := each(RawLine{Bytes: line, Position: step.Name, Hash: step.Hash, Link: step.Link, Line: step.Line, Malformed: step.Malformed}); err != nil {
			return err
		}
	}
	return verifier.Finish(run.Last, run.Tip)
}

// readLine reads one line into memory of its own; a line without end is no line.
func readLine(r *bufio.Reader, name string) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > oplog.MaxLine+1 {
			return nil, fault.Newf("E-LIMIT", name, "a line is longer than 256 KiB")
		}
		switch {
		case err == nil:
			return line[: len(line)-1 : len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, fault.Newf("E-CHAIN", name, "the last line has no end")
		default:
			return nil, err
		}
	}
}

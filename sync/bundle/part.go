package bundle

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"os"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// Part is what the sender puts into one compartment's file.
type Part struct {
	Compartment domain.Compartment
	Recipients  []string     // "age1pq1…", the compartment's inboxes
	Chains      []ChainRange // ascending by device, epoch and number; a zero Tip is computed, any other is checked
	// Lines gives the bytes of all lines of Chains in that order, without line ends. They may be reused by the sequence
	// after each step.
	Lines iter.Seq2[[]byte, error]
	// Raw is the size of all lines with their ends in bytes, for telling progress; 0 when it is not known.
	Raw int64
}

// spoolMemory is how much of a sealed part stays in memory before it goes to a file beside the bundle.
const spoolMemory = 8 << 20

// spool keeps a sealed part, or piece of an attachment, until its size and hash are known: small ones in memory, large ones in a file.
type spool struct {
	path   string
	most   int // bytes in memory
	memory bytes.Buffer
	file   *os.File
	size   int64
	hash   hash.Hash
}

func newSpool(path string, most int) *spool {
	return &spool{path: path, most: most, hash: sha256.New()}
}

func (s *spool) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.size > maxPart {
		return 0, fault.Newf("E-LIMIT", "", "part is larger than 128 MiB")
	}
	s.hash.Write(p)
	if s.file == nil && s.memory.Len()+len(p) <= s.most {
		return s.memory.Write(p)
	}
	if s.file == nil {
		// A program that was killed may have left one, which says nothing to this export.
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("keep a part aside: %w", err)
		}
		file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return 0, fmt.Errorf("keep a part aside: %w", err)
		}
		s.file = file
	}
	return s.file.Write(p)
}

// content gives the bytes from the beginning.
func (s *spool) content() (io.Reader, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.MultiReader(bytes.NewReader(s.memory.Bytes()), s.file), nil
}

// drop removes the file, if any.
func (s *spool) drop() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.path)
	}
}

// counter counts what passes to a writer.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// pack seals a part into the spool and returns its entry. Lines are checked against the runs: their number, and that the
// last link of each run is its tip, so that nobody ever signs a tip that does not hold.
func pack(ctx context.Context, part Part, into *spool, step func(int)) (File, error) {
	recipients, prints, err := parseRecipients(part.Recipients)
	if err != nil {
		return File{}, fmt.Errorf("part %s: %w", part.Compartment, err)
	}
	if len(recipients) == 0 || len(recipients) > MaxStanzas {
		return File{}, fault.Newf("E-LIMIT", partName(part.Compartment), "%d recipients", len(recipients))
	}
	sealed, err := age.Encrypt(into, recipients...)
	if err != nil {
		return File{}, fmt.Errorf("part %s: %w", part.Compartment, err)
	}
	packed := &counter{w: sealed}
	zipped := gzip.NewWriter(packed)
	raw, chains, err := writeLines(ctx, part, zipped, step)
	if err != nil {
		return File{}, err
	}
	if err := errors.Join(zipped.Close(), sealed.Close()); err != nil {
		return File{}, err
	}
	file := File{Chains: chains, Compartment: part.Compartment.String(), Name: partName(part.Compartment), Raw: raw, Recipients: prints, Size: into.size}
	into.hash.Sum(file.SHA256[:0])
	if raw > MaxRatio*packed.n {
		return File{}, fault.Newf("E-LIMIT", file.Name, "unpacked more than %d times as large as packed", MaxRatio)
	}
	return file, file.check(sectionPart)
}

func writeLines(ctx context.Context, part Part, w io.Writer, step func(int)) (raw int64, chains []ChainRange, err error) {
	next, stop := iter.Pull2(part.Lines)
	defer stop()
	broken := func(run ChainRange, why string) error {
		return fault.Newf("E-CHAIN", run.Chain(part.Compartment).String(), "%s", why)
	}
	end := []byte{'\n'}
	for _, run := range part.Chains {
		if run.First == 0 || run.Last < run.First || run.Lines() > MaxLines {
			return 0, nil, broken(run, "not a run of lines")
		}
		var link [32]byte
		for n := run.First; n <= run.Last; n++ {
			line, err, ok := next()
			if !ok {
				return 0, nil, broken(run, "fewer lines than announced")
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return 0, nil, err
			}
			if len(line) > oplog.MaxLine || bytes.IndexByte(line, '\n') >= 0 {
				return 0, nil, broken(run, "a line is too long or has a line end inside")
			}
			if n == run.First && n > 1 {
				first, err := oplog.Parse(line)
				if err != nil {
					return 0, nil, broken(run, "the first line does not tell its link")
				}
				link = first.Previous
			}
			link = oplog.Link(link, lineHash(line))
			if raw += int64(len(line)) + 1; raw > maxPartRaw {
				return 0, nil, fault.Newf("E-LIMIT", partName(part.Compartment), "more than 512 MiB of lines")
			}
			if _, err := w.Write(line); err != nil {
				return 0, nil, err
			}
			if _, err := w.Write(end); err != nil {
				return 0, nil, err
			}
			step(len(line) + 1)
		}
		if run.Tip != (Hash{}) && run.Tip != link {
			return 0, nil, broken(run, "the last link is not the tip")
		}
		run.Tip = link
		chains = append(chains, run)
	}
	if _, _, more := next(); more {
		return 0, nil, fault.Newf("E-CHAIN", partName(part.Compartment), "more lines than announced")
	}
	return raw, chains, nil
}

var stubMark = []byte(`"t":"stub"`)

// lineHash is H_n: of the bytes, or for a stub the hash it stands for. Parsing is kept for lines that can be stubs.
func lineHash(line []byte) [32]byte {
	if bytes.Contains(line, stubMark) {
		if parsed, err := oplog.Parse(line); err == nil {
			return parsed.HashOf(line)
		}
	}
	return oplog.LineHash(line)
}

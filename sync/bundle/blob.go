package bundle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// MaxBlob is how many bytes of an attachment one entry holds; all entries of an attachment but the last hold so many.
const MaxBlob = maxBlobPlain

// maxPieces is how many entries of one attachment six digits can number.
const maxPieces = 1_000_000

// blobMemory is how much of a sealed piece of an attachment stays in memory while a bundle is made.
const blobMemory = 256 << 10

// Blob is a piece of an attachment that goes into a bundle. The line that names the attachment goes with it, so that the receiver can
// tell whose it is in whatever order files come.
type Blob struct {
	Compartment domain.Compartment
	ID          uuid.UUID
	Piece       int      // from 0
	Recipients  []string // those of the compartment's part
	Raw         int64    // size of the content in bytes, at most MaxBlob
	// Content gives the bytes, which are cleared after use.
	Content func(ctx context.Context) ([]byte, error)
}

func (b Blob) name() string { return blobName(b.Compartment, b.ID, b.Piece) }

func blobName(c domain.Compartment, id uuid.UUID, piece int) string {
	return fmt.Sprintf("blob/%s/%x.%06d.age", c, id[:], piece)
}

func inOrder(blobs []Blob) []Blob {
	return slices.SortedFunc(slices.Values(blobs), func(a, b Blob) int {
		return cmp.Or(cmp.Compare(a.Compartment, b.Compartment), strings.Compare(a.name(), b.name()))
	})
}

// packBlob seals a piece into the spool and returns its entry.
func packBlob(ctx context.Context, blob Blob, into *spool) (File, error) {
	name := blob.name()
	if blob.Compartment.Boxed() || blob.Piece < 0 || blob.Piece >= maxPieces {
		return File{}, fault.Newf("E-MANIFEST", name, "no such piece of an attachment")
	}
	recipients, prints, err := parseRecipients(blob.Recipients)
	if err != nil {
		return File{}, fmt.Errorf("attachment: %w", err)
	}
	content, err := blob.Content(ctx)
	defer clear(content)
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return File{}, fmt.Errorf("attachment: %w", err)
	}
	if int64(len(content)) != blob.Raw {
		return File{}, fault.Newf("E-BLOB", name, "%d bytes instead of %d", len(content), blob.Raw)
	}
	sealed, err := age.Encrypt(into, recipients...)
	if err != nil {
		return File{}, fmt.Errorf("attachment: %w", err)
	}
	_, err = sealed.Write(content)
	if err := errors.Join(err, sealed.Close()); err != nil {
		return File{}, err
	}
	file := File{Compartment: blob.Compartment.String(), Name: name, Raw: blob.Raw, Recipients: prints, Size: into.size}
	into.hash.Sum(file.SHA256[:0])
	return file, file.check(sectionBlob)
}

// checkBlobs wants each piece of an attachment beside a part of its compartment that the same people open: the line that names it
// stands there.
func (m *Manifest) checkBlobs() error {
	for _, file := range m.Files {
		if sectionOf(file.Name) != sectionBlob {
			continue
		}
		part, ok := m.Part(compartmentOf(file.Name))
		if !ok || !slices.Equal(part.Recipients, file.Recipients) {
			return fault.Newf("E-MANIFEST", file.Name, "no part of the compartment for the same recipients")
		}
	}
	return nil
}

// BlobInfo says what this machine can do with a piece of an attachment.
type BlobInfo struct {
	Compartment domain.Compartment
	ID          uuid.UUID
	Piece       int   // from 0
	Raw         int64 // bytes of content
	Openable    bool  // an identity at hand opens it

	file   File
	offset int64 // of the content in the tar
}

// blobInfo reads the name of an entry, which the manifest's check has found to be one.
func blobInfo(file File) BlobInfo {
	digits, number, _ := strings.Cut(strings.TrimSuffix(file.Name[strings.LastIndexByte(file.Name, '/')+1:], ".age"), ".")
	info := BlobInfo{Compartment: compartmentOf(file.Name), Raw: file.Raw, file: file}
	_, _ = hex.Decode(info.ID[:], []byte(digits))
	info.Piece, _ = strconv.Atoi(number)
	return info
}

// Blob opens a piece of an attachment. It reads the file anew and checks the hash again. Faults: E-AGE, E-HASH for the file, E-PART when
// no identity at hand opens it, E-BLOB when it holds another number of bytes than the manifest says. The caller clears the content.
func (v *Verified) Blob(ctx context.Context, blob BlobInfo) ([]byte, error) {
	file, size, err := openFile(v.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	outer, err := v.reopen(file, size)
	if err != nil {
		return nil, err
	}
	name, digest := blob.file.Name, sha256.New()
	sealed := &hashing{r: ageReader{cancelReader{ctx, io.NewSectionReader(outer, blob.offset, blob.file.Size)}, ""}, hash: digest}
	plain, _, _, err := decrypt(sealed, v.keys.inbox(blob.Compartment), name)
	if errors.Is(err, errNoIdentity) {
		err = fault.New("E-PART", name, err)
	}
	if err != nil {
		return nil, cancelled(ctx, err)
	}
	content := make([]byte, blob.Raw)
	give := func(err error) ([]byte, error) {
		clear(content)
		return nil, cancelled(ctx, err)
	}
	if _, err := io.ReadFull(plain, content); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fault.Newf("E-BLOB", name, "fewer bytes than announced")
		}
		return give(err)
	}
	if n, err := plain.Read(make([]byte, 1)); n > 0 {
		return give(fault.Newf("E-BLOB", name, "more bytes than announced"))
	} else if err != nil && !errors.Is(err, io.EOF) {
		return give(err)
	}
	if _, err := io.Copy(io.Discard, sealed); err != nil {
		return give(err)
	}
	if [32]byte(digest.Sum(nil)) != blob.file.SHA256 {
		return give(fault.Newf("E-HASH", name, "file was changed since it was verified"))
	}
	return content, nil
}

// Wants says which pieces of attachments the exporter lacks, by compartment name and then by the attachment's id. Pieces are counted
// from 1. Like the rest of [Have] it steers what the other side sends.
type Wants map[string]map[string]oplog.Intervals

// MaxWants is how many attachments a manifest asks for at most; the others are asked for later.
const MaxWants = 40

// Of returns the pieces asked for of an attachment, nil when there are none.
func (w Wants) Of(c domain.Compartment, blob uuid.UUID) oplog.Intervals {
	return w[c.String()][blob.String()]
}

// Add asks for pieces of one more attachment, unless that would be too many.
func (w Wants) Add(c domain.Compartment, blob uuid.UUID, pieces oplog.Intervals) {
	n := 0
	for _, blobs := range w {
		n += len(blobs)
	}
	if n >= MaxWants {
		return
	}
	if w[c.String()] == nil {
		w[c.String()] = map[string]oplog.Intervals{}
	}
	w[c.String()][blob.String()] = pieces
}

func (w Wants) check() error {
	n := 0
	for name, blobs := range w {
		if c, err := domain.ParseCompartment(name); err != nil || c.Boxed() || len(blobs) == 0 {
			return errors.New("attachments of an unknown compartment are wanted")
		}
		n += len(blobs)
		for blob, pieces := range blobs {
			id, err := uuid.Parse(blob)
			if err != nil || id.String() != blob || len(pieces) == 0 || pieces.Last() > maxPieces {
				return errors.New("wanted attachment")
			}
		}
	}
	if n > MaxWants {
		return errors.New("too many attachments are wanted")
	}
	return nil
}

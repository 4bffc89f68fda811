package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/trust"
)

// Policy is what a bundle is judged by.
type Policy struct {
	// Trust is the machine's own state. It may be nil only for an enrolment, with Enrolment set.
	Trust *trust.Trust
	// Now is the later of the clock and the time floor. For a held file it is the moment the file was first seen: expiry is
	// not judged again, and revocation by that moment (security.md 6.5).
	Now time.Time
	// Node is the own name, trust.NodeHQ or "device:<uuid>". Empty for an auditor, who is no addressee.
	Node string
	// Training is the own world.
	Training bool
	// App is the version of this program, named when a file needs a newer one.
	App string
	// AnyRole lets a user send what the role does not: headquarters overrules an E-ROLE after a check. Lines are judged all the same.
	AnyRole bool
	// Enrolment is set on a new device that waits for the answer to its request.
	Enrolment *Enrolment
}

// Enrolment tells what a new device expects.
type Enrolment struct {
	Request trust.Request
	// Root is the fingerprint of the first root. Zero: the caller shows that of Verified.Trust to a person before it goes on.
	Root [32]byte
}

// Verified is a bundle whose outer layer, hashes, signatures and recipients hold. Nothing of it has been applied.
type Verified struct {
	Path           string
	Manifest       *Manifest
	ManifestBytes  []byte // with Signature a witness for those who forward the lines
	Signature      []byte
	FileHash       [32]byte
	ManifestHash   [32]byte
	Size           int64
	Opened         Hash              // fingerprint of the identity that opened the outer layer
	Device         trust.Device      // who sent it; zero for kind enrol-request
	User           trust.User        // zero when no user signed
	Trust          *trust.Trust      // with the documents of the file taken
	Documents      []trust.Document  // all of doc/, those that Trust refused included
	DocumentErrors []error           // E-DOC, E-WORLD: the documents that Trust refused
	Request        *trust.Request    // of kind enrol-request
	Grant          *trust.Granted    // of kind enrol, on the device that asked
	Witnesses      []VerifiedWitness // manifests of other devices
	Parts          []PartInfo        // in the order of the file
	Blobs          []BlobInfo        // pieces of attachments, in the order of the file

	keys Keyring
	now  time.Time
}

// PartInfo says what this machine can do with a part.
type PartInfo struct {
	Compartment domain.Compartment
	Openable    bool // an identity at hand opens it
	Fault       error
	// Fault: E-PART, addressed but not opened; E-WITNESS, E-REVOKED, a forwarded range without good proof. The part stays
	// out, the others go in. A part that is neither openable nor faulty waits for its ring or is for somebody else.
	Chains     []ChainRange
	Recipients []Hash
	Raw        int64
	Size       int64

	offset int64 // of the content in the tar
	hash   Hash
}

// Part returns what is known of a compartment's part.
func (v *Verified) Part(c domain.Compartment) (PartInfo, bool) {
	for _, part := range v.Parts {
		if part.Compartment == c {
			return part, true
		}
	}
	return PartInfo{}, false
}

// Inspect opens the outer layer, checks structure and every hash, and returns the manifest. It asks for no trust: whoever
// wrote the file is unknown. Faults as for [Verify], those of trust apart.
func Inspect(ctx context.Context, path string, keys Keyring) (*Manifest, error) {
	v, err := read(ctx, path, keys, func(*Verified, *front) error { return nil })
	if err != nil {
		return nil, err
	}
	return v.Manifest, nil
}

// Verify reads the whole file once and judges it: steps 1 to 6 and 8 of security.md 6.5. On an error nothing is returned.
// Faults: E-SIZE E-LIMIT E-AGE E-TAR E-MANIFEST E-HASH E-VERSION E-WORLD E-SIG E-CERT E-REVOKED E-TO E-KIND E-ROLE; faults
// of single parts and documents stand in the result.
func Verify(ctx context.Context, path string, keys Keyring, policy Policy) (*Verified, error) {
	return read(ctx, path, keys, func(v *Verified, f *front) error { return judge(v, f, policy) })
}

// front is what stands before the parts.
type front struct {
	userSignature []byte
	stanzas       int
}

// read walks the file. judge is called once manifest, signatures and documents are at hand and before anything else is
// looked at.
func read(ctx context.Context, path string, keys Keyring, judge func(*Verified, *front) error) (*Verified, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	digest := sha256.New()
	plain, stanzas, opened, err := decrypt(io.TeeReader(cancelReader{ctx, file}, digest), keys.Outer, "")
	if errors.Is(err, errNoIdentity) {
		err = fault.New("E-AGE", "", err)
	}
	if err != nil {
		return nil, cancelled(ctx, err)
	}
	v := &Verified{Path: path, Size: size, Opened: opened, keys: keys}
	r := &reader{walker: walker{r: plain}, v: v}
	if err := r.all(stanzas, judge); err != nil {
		return nil, cancelled(ctx, err)
	}
	digest.Sum(v.FileHash[:0])
	return v, nil
}

// cancelled gives the context's error precedence over the fault that it looks like.
func cancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func openFile(path string) (*os.File, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open bundle: %w", err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fault.Newf("E-AGE", "", "not a file")
	case info.Size() > MaxFile:
		err = fault.Newf("E-SIZE", "", "file is larger than 256 MiB")
	default:
		return file, info.Size(), nil
	}
	file.Close()
	return nil, 0, err
}

// reader takes the entries in order and holds each against the manifest.
type reader struct {
	walker
	v    *Verified
	at   int // next of manifest.Files
	name string
	size int64
	err  error
}

func (r *reader) advance() {
	r.name, r.size, r.err = r.next()
}

func (r *reader) all(stanzas int, judge func(*Verified, *front) error) error {
	f := &front{stanzas: stanzas}
	if err := r.opening(f); err != nil {
		return err
	}
	if err := r.documents(); err != nil {
		return err
	}
	if f.stanzas != r.v.Manifest.stanzas() {
		return fault.Newf("E-TO", nameManifest, "%d recipients of the file, %d in the manifest", f.stanzas, r.v.Manifest.stanzas())
	}
	if err := judge(r.v, f); err != nil {
		return err
	}
	for r.err == nil {
		if err := r.take(); err != nil {
			return err
		}
		r.advance()
	}
	if !errors.Is(r.err, io.EOF) {
		return r.err
	}
	if r.at != len(r.v.Manifest.Files) {
		return fault.Newf("E-TAR", r.v.Manifest.Files[r.at].Name, "an entry of the manifest is missing")
	}
	return nil
}

// opening reads manifest and signatures.
func (r *reader) opening(f *front) error {
	var err error
	if r.v.ManifestBytes, err = r.must(nameManifest); err != nil {
		return err
	}
	if r.v.Signature, err = r.must(nameSignature); err != nil {
		return err
	}
	r.v.ManifestHash = sha256.Sum256(r.v.ManifestBytes)
	r.advance()
	if r.err == nil && r.name == nameUserSignature {
		if f.userSignature, err = io.ReadAll(r); err != nil {
			return err
		}
		r.advance()
	}
	r.v.Manifest, err = ParseManifest(r.v.ManifestBytes)
	return err
}

// must reads the next entry, which has to have the name.
func (r *reader) must(name string) ([]byte, error) {
	r.advance()
	if r.err != nil {
		if errors.Is(r.err, io.EOF) {
			return nil, fault.Newf("E-TAR", name, "entry is missing")
		}
		return nil, r.err
	}
	if r.name != name {
		return nil, fault.Newf("E-TAR", r.name, "found where %s belongs", name)
	}
	return io.ReadAll(r)
}

// expect holds the current entry against the manifest.
func (r *reader) expect() (File, error) {
	if r.at >= len(r.v.Manifest.Files) {
		return File{}, fault.Newf("E-TAR", r.name, "entry is not in the manifest")
	}
	file := r.v.Manifest.Files[r.at]
	r.at++
	if file.Name != r.name || file.Size != r.size {
		return File{}, fault.Newf("E-TAR", r.name, "name or size differs from the manifest")
	}
	return file, nil
}

// whole reads an entry into memory and checks its hash.
func (r *reader) whole() (File, []byte, error) {
	file, err := r.expect()
	if err != nil {
		return File{}, nil, err
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return File{}, nil, err
	}
	if sha256.Sum256(content) != file.SHA256 {
		return File{}, nil, fault.Newf("E-HASH", file.Name, "content differs from the manifest")
	}
	return file, content, nil
}

// documents reads doc/.
func (r *reader) documents() error {
	for ; r.err == nil && sectionOf(r.name) == sectionDocument; r.advance() {
		file, content, err := r.whole()
		if err != nil {
			return err
		}
		text, signature := cutSignature(file.Name)
		name := strings.TrimPrefix(text, "doc/")
		docs := r.v.Documents
		if signature == "" {
			r.v.Documents = append(docs, trust.Document{Name: name, Bytes: content})
			continue
		}
		docs[len(docs)-1].Signatures = append(docs[len(docs)-1].Signatures, content) // the manifest has the text before it
	}
	if errors.Is(r.err, io.EOF) {
		return nil // told by what is missing
	}
	return r.err
}

// take handles one entry behind the documents.
func (r *reader) take() error {
	switch sectionOf(r.name) {
	case sectionWitness:
		return r.witness()
	case sectionPart, sectionBlob:
		return r.sealed()
	case sectionPad:
		file, err := r.expect()
		if err != nil {
			return err
		}
		return r.stream(file, func(rest io.Reader) error {
			block := make([]byte, len(zeros))
			for {
				n, err := rest.Read(block)
				if !bytes.Equal(block[:n], zeros[:n]) {
					return fault.Newf("E-TAR", namePad, "padding is not empty")
				}
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
	}
	return fault.Newf("E-TAR", r.name, "entry is out of order")
}

// stream hands the current entry to use, reads what that left, and checks the hash.
func (r *reader) stream(file File, use func(io.Reader) error) error {
	digest := sha256.New()
	content := &hashing{r: &r.walker, hash: digest}
	if err := use(content); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	if [32]byte(digest.Sum(nil)) != file.SHA256 {
		return fault.Newf("E-HASH", file.Name, "content differs from the manifest")
	}
	return nil
}

// hashing hashes what is read through it.
type hashing struct {
	r    io.Reader
	hash hash.Hash
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.hash.Write(p[:n])
	return n, err
}

// sealed checks a part or blob: recipients against stanzas, and whether an identity at hand opens it.
func (r *reader) sealed() error {
	file, err := r.expect()
	if err != nil {
		return err
	}
	c := compartmentOf(file.Name)
	info := PartInfo{
		Compartment: c, Chains: file.Chains, Recipients: file.Recipients, Raw: file.Raw, Size: file.Size, offset: r.offset, hash: file.SHA256,
	}
	identities := r.v.keys.inbox(c)
	if err := r.stream(file, func(content io.Reader) error {
		_, stanzas, opened, err := decrypt(content, identities, file.Name)
		if err != nil && !errors.Is(err, errNoIdentity) {
			return err
		}
		if stanzas != len(file.Recipients) {
			return fault.Newf("E-TO", file.Name, "%d recipients, %d in the manifest", stanzas, len(file.Recipients))
		}
		info.Openable = err == nil
		if info.Openable && !slices.Contains(file.Recipients, opened) {
			return fault.Newf("E-TO", file.Name, "sealed to somebody whom the manifest does not name")
		}
		return nil
	}); err != nil {
		return err
	}
	if sectionOf(file.Name) == sectionBlob {
		blob := blobInfo(file)
		blob.Openable, blob.offset = info.Openable, info.offset
		r.v.Blobs = append(r.v.Blobs, blob)
		return nil // read by whoever needs it
	}
	if !info.Openable && addressed(identities, file.Recipients) {
		info.Fault = fault.Newf("E-PART", file.Name, "addressed to this machine, but its identity does not open it")
	}
	if err := r.v.proven(info); err != nil && info.Fault == nil {
		info.Fault, info.Openable = err, false
	}
	r.v.Parts = append(r.v.Parts, info)
	return nil
}

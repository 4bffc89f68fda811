package bundle

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// Addressee is a node that the bundle goes to.
type Addressee struct {
	Node       string   // trust.NodeHQ or "device:<uuid>"
	Previous   [32]byte // hash of the previous manifest from this device to that node; zero at first
	Sequence   uint64   // from 1
	Recipients []string // "age1pq1…": the node's, and for HQ also recovery
}

// Spec says what a bundle shall hold. It is only read.
type Spec struct {
	Kind      string // domain.BundleField …
	From      string // "device:<uuid>"
	User      string // "user:<uuid>"
	Mission   uuid.UUID
	To        []Addressee
	Parts     []Part // ascending by compartment
	Blobs     []Blob // in any order; each compartment of one has a part with the same recipients
	Documents []trust.Document
	Witnesses []Witness // manifests of devices whose lines are forwarded
	Have      Have
	HLC       oplog.HLC
	Training  bool
	App       string
	Created   time.Time

	DeviceKey  ed25519.PrivateKey
	DeviceCert *ssh.Certificate   // nil for kind enrol-request only
	UserKey    ed25519.PrivateKey // with UserCert; required when there are parts
	UserCert   *ssh.Certificate
}

// Witness is another device's manifest with its device signature, exactly as it came (security.md 5.6).
type Witness struct {
	Manifest  []byte
	Signature []byte
}

// Written describes a finished bundle.
type Written struct {
	Manifest      *Manifest
	ManifestBytes []byte // with Signature a witness for those who forward the lines
	Signature     []byte
	ManifestHash  [32]byte
	FileHash      [32]byte
	Size          int64
}

// entry is one file of the tar whose content is at hand.
type entry struct {
	name    string
	size    int64
	content func() (io.Reader, error)
}

func bytesEntry(name string, content []byte) entry {
	return entry{name, int64(len(content)), func() (io.Reader, error) { return bytes.NewReader(content), nil }}
}

// Write makes a bundle at path, which must not exist: path+".part", flush, rename. On any failure, and when ctx ends,
// no file stays. progress, which may be nil, is told bytes of lines and attachments packed of all bytes plus one; the last is the durable file.
// Errors are faults where the content is at fault (E-LIMIT, E-TO, E-MANIFEST, E-CHAIN), else those of the file system.
func Write(ctx context.Context, path string, spec Spec, progress func(done, total int64)) (*Written, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write bundle: %w", fs.ErrExist)
	}
	if len(spec.Parts) > 0 && spec.UserCert == nil {
		return nil, fault.Newf("E-SIG", nameUserSignature, "parts need the signature of a user")
	}
	var done, told, total int64 = 0, 0, 1
	for _, part := range spec.Parts {
		total += part.Raw
	}
	for _, blob := range spec.Blobs {
		total += blob.Raw
	}
	step := func(n int) {
		done += int64(n)
		total = max(total, done+1)
		if progress != nil && done-told >= progressStep {
			told = done
			progress(done, total)
		}
	}

	entries, files := documentEntries(spec)
	for _, part := range spec.Parts {
		parted := newSpool(path+"."+part.Compartment.String()+fsx.PartSuffix, spoolMemory)
		defer parted.drop()
		file, err := pack(ctx, part, parted, step)
		if err != nil {
			return nil, fmt.Errorf("write bundle: %w", err)
		}
		files = append(files, file)
		entries = append(entries, entry{file.Name, file.Size, parted.content})
	}
	for i, blob := range inOrder(spec.Blobs) {
		sealed := newSpool(path+"."+strconv.Itoa(i)+fsx.PartSuffix, blobMemory)
		defer sealed.drop()
		file, err := packBlob(ctx, blob, sealed)
		if err != nil {
			return nil, fmt.Errorf("write bundle: %w", err)
		}
		step(int(blob.Raw))
		files = append(files, file)
		entries = append(entries, entry{file.Name, file.Size, sealed.content})
	}
	manifest, recipients, err := newManifest(spec, files)
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	written := &Written{Manifest: manifest}
	signatures, err := seal(spec, manifest, written)
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	pad := manifest.Files[len(manifest.Files)-1].Size
	entries = slices.Concat(signatures, entries, []entry{{namePad, pad, func() (io.Reader, error) { return zeroReader(pad), nil }}})

	err = fsx.WriteAtomic(path, func(w io.Writer) error {
		digest := sha256.New()
		out := &counter{w: io.MultiWriter(w, digest)}
		if err := writeTar(ctx, out, recipients, entries); err != nil {
			return err
		}
		if out.n > MaxFile {
			return fault.Newf("E-SIZE", "", "bundle is larger than 256 MiB")
		}
		written.Size = out.n
		digest.Sum(written.FileHash[:0])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	if progress != nil {
		progress(total, total)
	}
	return written, nil
}

// progressStep is how many bytes of lines pass between two words of progress.
const progressStep = 64 << 10

// documentEntries lays out doc/ and witness/.
func documentEntries(spec Spec) ([]entry, []File) {
	var entries []entry
	for _, doc := range spec.Documents {
		entries = append(entries, bytesEntry("doc/"+doc.Name, doc.Bytes))
		for i, signature := range doc.Signatures {
			ending := ".sig" + strconv.Itoa(i+1)
			if len(doc.Signatures) == 1 && doc.Name != trust.NameRoot {
				ending = ".sig"
			}
			entries = append(entries, bytesEntry("doc/"+doc.Name+ending, signature))
		}
	}
	witnesses := slices.Clone(spec.Witnesses)
	slices.SortFunc(witnesses, func(a, b Witness) int {
		x, y := sha256.Sum256(a.Manifest), sha256.Sum256(b.Manifest)
		return bytes.Compare(x[:], y[:])
	})
	for _, witness := range witnesses {
		name := "witness/" + Hash(sha256.Sum256(witness.Manifest)).String() + ".json"
		entries = append(entries, bytesEntry(name, witness.Manifest), bytesEntry(name+".sig", witness.Signature))
	}
	var files []File
	for _, entry := range entries {
		digest := sha256.New()
		content, _ := entry.content() // from memory
		io.Copy(digest, content)
		file := File{Name: entry.name, Size: entry.size}
		digest.Sum(file.SHA256[:0])
		files = append(files, file)
	}
	return entries, files
}

func newManifest(spec Spec, files []File) (*Manifest, []age.Recipient, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, nil, err
	}
	manifest := &Manifest{
		App: spec.App, Bundle: id, Caps: []string{CapOperations}, Created: trust.Seconds(spec.Created), Files: files, Format: format,
		From: spec.From, Have: spec.Have, HLC: spec.HLC.String(), Kind: spec.Kind, Mission: spec.Mission, Training: spec.Training,
		User: spec.User,
	}
	if manifest.Have.Chains == nil {
		manifest.Have.Chains = trust.Ranges{}
	}
	var all []age.Recipient
	for _, to := range spec.To {
		recipients, prints, err := parseRecipients(to.Recipients)
		if err != nil {
			return nil, nil, fault.New("E-TO", to.Node, err)
		}
		all = append(all, recipients...)
		manifest.To = append(manifest.To, Target{Node: to.Node, Previous: to.Previous, Recipients: prints, Sequence: to.Sequence})
	}
	return manifest, all, nil
}

// seal adds the padding, checks the manifest and signs it. The size of the padding stands in the manifest and changes its
// length, so the fitting one is found by trying; when two lengths chase each other, the next size class ends it.
func seal(spec Spec, manifest *Manifest, written *Written) ([]entry, error) {
	files := manifest.Files
	var pad, floor int64
	for try := 0; try < 64; try++ {
		padding := File{Name: namePad, Size: pad}
		digest := sha256.New()
		io.Copy(digest, zeroReader(pad))
		digest.Sum(padding.SHA256[:0])
		manifest.Files = append(slices.Clone(files), padding)
		if try == 0 {
			if err := manifest.check(); err != nil {
				return nil, err
			}
			if err := checkKind(manifest); err != nil {
				return nil, err
			}
			if (domain.SendersOf(manifest.Kind) == domain.SideApplicant) != (spec.DeviceCert == nil) {
				return nil, fault.Newf("E-KIND", nameManifest, "an enrolment request, and nothing else, is signed by a bare key")
			}
		}
		text, err := trust.EncodeStrict(manifest)
		if err != nil {
			return nil, err
		}
		if len(text) > maxManifest {
			return nil, fault.Newf("E-LIMIT", nameManifest, "manifest is longer than 1 MiB")
		}
		signature, err := trust.Sign(spec.DeviceKey, spec.DeviceCert, trust.NamespaceBundle, text)
		if err != nil {
			return nil, err
		}
		entries := []entry{bytesEntry(nameManifest, text), bytesEntry(nameSignature, signature)}
		if spec.UserCert != nil {
			user, err := trust.Sign(spec.UserKey, spec.UserCert, trust.NamespaceBundle, text)
			if err != nil {
				return nil, err
			}
			entries = append(entries, bytesEntry(nameUserSignature, user))
		}
		length := tarSize(0) + tarEnd // the empty padding entry, and the end
		for _, entry := range entries {
			length += tarSize(entry.size)
		}
		for _, file := range files {
			length += tarSize(file.Size)
		}
		class := sizeClass(max(length, floor))
		if pad == class-length {
			written.ManifestBytes, written.Signature, written.ManifestHash = text, signature, sha256.Sum256(text)
			return entries, nil
		}
		if try > 0 && try%4 == 0 {
			floor = class + 1
		}
		pad = class - length
	}
	return nil, errors.New("no padding fits the manifest")
}

func writeTar(ctx context.Context, w io.Writer, recipients []age.Recipient, entries []entry) error {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(sealed, 64<<10)
	for _, entry := range entries {
		content, err := entry.content()
		if err != nil {
			return err
		}
		if err := writeEntry(buffered, entry.name, entry.size, cancelReader{ctx, content}); err != nil {
			return err
		}
	}
	if _, err := buffered.Write(zeros[:tarEnd]); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return sealed.Close()
}

// cancelReader ends reading when its context ends.
type cancelReader struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

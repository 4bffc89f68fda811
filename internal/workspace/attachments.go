package workspace

import (
	"cmp"
	"context"
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// NewAttachment is a file that is to lie in a case.
type NewAttachment struct {
	Case uuid.UUID
	// Person is whom it belongs to; zero when it belongs to the case as a whole.
	Person uuid.UUID
	// Type is one of [attachment.Types] and decides who may read it.
	Type domain.Type
	Kind string // code of the list attachment_kind
	// Title says what it is. FileName is what the file was called, without folders; it is an answer and names nothing on disk.
	Title, FileName string
	File            *attachment.File
}

// AddAttachment seals a file into a case: its chunks and the line that names them become durable together, or nothing does. The file
// stays the caller's. Faults: those of [Workspace.Set], V-SPACE also when less is left than a new interview needs.
func (w *Workspace) AddAttachment(ctx context.Context, a NewAttachment) (*Record, error) {
	if !attachment.IsType(a.Type) || a.File == nil || a.Case == uuid.Nil {
		return nil, fault.Newf("E-FORM", string(a.Type), "not an attachment of a case")
	}
	if strings.TrimSpace(a.Title) == "" {
		return nil, fault.Newf("E-VALUE", describe(a.Type, "title"), "empty")
	}
	if w.Register() == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	if free, enough := w.Space(); !enough {
		return nil, fault.Newf("V-SPACE", "", "%d bytes are free", free)
	}
	claim := attachment.Claim{Blob: uuid.New(), MediaType: a.File.MediaType, Size: int64(len(a.File.Content)), SHA256: a.File.SHA256()}
	answers := claim.Answers()
	answers["kind"], answers["title"] = domain.Answer{Value: a.Kind}, domain.Answer{Value: domain.NormaliseText(a.Title)}
	if name := domain.NormaliseText(path.Base(strings.ReplaceAll(a.FileName, `\`, "/"))); name != "" && name != "." && name != "/" {
		answers["file_name"] = domain.Answer{Value: name}
	}
	records, err := w.SetMany(ctx, []Write{{Target: Target{Type: a.Type, Case: a.Case, Subject: a.Person}, Answers: answers, file: a.File}})
	if err != nil {
		return nil, err
	}
	return records[0], nil
}

// refuseClaim lets nobody write what belongs to the content of an attachment without the content.
func refuseClaim(write Write) error {
	if !attachment.IsType(write.Target.Type) || write.file != nil {
		return nil
	}
	for _, field := range attachment.Written {
		if _, ok := write.Answers[field]; ok {
			return fault.Newf("E-FIELD", describe(write.Target.Type, field), "written with the content only")
		}
	}
	return nil
}

// putFile stores the content of an attachment in the transaction of its line.
func (wr *writing) putFile(object *oplog.Object, file *attachment.File) error {
	for _, c := range claimsOf(object) {
		size := int64(len(file.Content))
		if err := wr.tx.PutBlob(object.Compartment, object.Case, c.Blob, size, 0, file.Content); err != nil {
			return err
		}
	}
	return nil
}

// dropFiles throws the content of an attachment away with its record.
func dropFiles(tx *register.Tx, object *oplog.Object) error {
	for _, c := range claimsOf(object) {
		if err := tx.DropBlob(c.Blob); err != nil {
			return err
		}
	}
	return nil
}

// claimOf is what the record shows of its content, and the line that says so.
type claimOf struct {
	attachment.Claim
	line oplog.Name
}

// claimsOf reads the claims that stand in an attachment, the displayed one first: nearly always one, none while its line has not
// come. A claim is written by one line as a whole.
func claimsOf(object *oplog.Object) (claims []claimOf) {
	blobs := object.Fields["blob"]
	if !attachment.IsType(object.Type) || blobs == nil {
		return nil
	}
	for _, head := range blobs.Heads {
		claim, err := attachment.Claimed(func(field string) (domain.Answer, bool) {
			f := object.Fields[field]
			if f == nil {
				return domain.Answer{}, false
			}
			for _, other := range f.Heads {
				if other.Name == head.Name {
					answer, err := domain.DecodeAnswer(other.Value)
					return answer, err == nil
				}
			}
			return domain.Answer{}, false
		})
		if err == nil && claim != nil {
			claims = append(claims, claimOf{*claim, head.Name})
		}
	}
	return claims
}

// Attachment is a file in a case as the lists show it.
type Attachment struct {
	*Record
	// Claim says type and size of the content; nil while the line that says it has not come.
	Claim *attachment.Claim
	// Whole says that all of the content is here. Own says that this machine took it in, so that it cannot be on its way.
	Whole, Own bool
}

// Attachments lists the attachments of a case that are not removed, in the order in which they were added, of the compartments that
// the user holds. Faults: V-LOCKED, V-ROW.
func (w *Workspace) Attachments(ctx context.Context, caseID uuid.UUID) ([]Attachment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []Attachment
	var reads []auditEvent
	err := w.eachAttachment(ctx, register.Filter{Case: &caseID, Types: attachment.Types}, func(object *oplog.Object) error {
		if deleted(object) {
			return nil
		}
		a, err := w.attachmentOf(ctx, object)
		if err != nil {
			return err
		}
		out = append(out, a)
		reads = append(reads, w.firstRead(object)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Attachment) int {
		return cmp.Or(cmp.Compare(a.added(), b.added()), strings.Compare(a.ID().String(), b.ID().String()))
	})
	return out, w.commitReads(ctx, reads)
}

// added is when the content was written.
func (a Attachment) added() oplog.HLC {
	if f := a.object.Fields["blob"]; f != nil && len(f.Heads) > 0 {
		return f.Heads[0].HLC
	}
	return 0
}

func (w *Workspace) eachAttachment(ctx context.Context, filter register.Filter, each func(*oplog.Object) error) error {
	for _, t := range attachment.Types {
		info, _ := domain.Info(t)
		if !w.reg.Holds(domain.RingOf(info.Compartment)) {
			continue
		}
		for object, err := range w.reg.Objects(ctx, info.Compartment, filter) {
			if err != nil {
				return err
			}
			if err := each(object); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Workspace) attachmentOf(ctx context.Context, object *oplog.Object) (Attachment, error) {
	a := Attachment{Record: newRecord(object)}
	claims := claimsOf(object)
	if len(claims) == 0 {
		return a, nil
	}
	a.Claim, a.Own = &claims[0].Claim, claims[0].line.Device == w.node.Device
	parts, err := w.reg.BlobParts(ctx, a.Claim.Blob)
	a.Whole = err == nil && register.WholeBlob(parts, a.Claim.Size)
	return a, err
}

// AttachmentContent opens the content of an attachment, whose hash is that of its line. It belongs to the caller, who clears it. The
// first reading of a P3 attachment in an unlock period is on the audit log before this returns. Faults: E-CASE when there is no such
// attachment, A-WAITS when not all of it has arrived, V-CHUNK when it is damaged or a part of it is missing.
func (w *Workspace) AttachmentContent(ctx context.Context, t domain.Type, id uuid.UUID) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	info, ok := domain.Info(t)
	if !ok || !attachment.IsType(t) {
		return nil, fault.Newf("E-FORM", string(t), "not an attachment")
	}
	object, err := w.reg.Object(ctx, info.Compartment, id)
	if err != nil {
		return nil, err
	}
	if object == nil || object.Type != t {
		return nil, fault.New("E-CASE", "", nil)
	}
	a, err := w.attachmentOf(ctx, object)
	if err != nil {
		return nil, err
	}
	if a.Claim == nil || !a.Whole && !a.Own {
		return nil, fault.Newf("A-WAITS", "", "attachment has not arrived")
	}
	if err := w.commitReads(ctx, w.firstRead(object)); err != nil {
		return nil, err
	}
	content, err := w.reg.OpenBlob(ctx, object.Compartment, object.Case, a.Claim.Blob, a.Claim.Size)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(content) != a.Claim.SHA256 {
		clear(content)
		return nil, register.ErrDamagedBlob
	}
	return content, nil
}

// HeldClaim is a line that names the content of an attachment, and what of the content is here. Removed attachments are claimed too,
// for they can be brought back.
type HeldClaim struct {
	attachment.Claim
	Compartment domain.Compartment
	Case        uuid.UUID
	Line        oplog.Name
	// Chunks are the chunks that are here, numbered from 1 (see [register.Register.BlobParts]).
	Chunks oplog.Intervals
}

// Whole reports whether all of the content is here.
func (c *HeldClaim) Whole() bool { return register.WholeBlob(c.Chunks, c.Size) }

// Claims lists what the visible attachments of all cases claim, in a fixed order, for sync/exchange. Nothing of it is shown to anybody.
func (w *Workspace) Claims(ctx context.Context) ([]HeldClaim, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []HeldClaim
	err := w.eachAttachment(ctx, register.Filter{Types: attachment.Types}, func(object *oplog.Object) error {
		for _, c := range claimsOf(object) {
			parts, err := w.reg.BlobParts(ctx, c.Blob)
			if err != nil {
				return err
			}
			out = append(out, HeldClaim{Claim: c.Claim, Compartment: object.Compartment, Case: object.Case, Line: c.line, Chunks: parts})
		}
		return nil
	})
	slices.SortFunc(out, func(a, b HeldClaim) int {
		return cmp.Or(cmp.Compare(a.Compartment, b.Compartment), a.Line.Compare(b.Line))
	})
	return out, err
}

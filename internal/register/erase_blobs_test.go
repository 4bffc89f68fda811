package register_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// An attachment whose chunks are damaged is found by the line that names it and goes with its case. A line of one case that names
// the attachment of another does not take that one away.
func TestErase_DamagedAttachmentGoesWithItsCase(t *testing.T) {
	for name, damaged := range map[string][]int{"first and last": {0, 2}, "all": {0, 1, 2}, "none": nil} {
		t.Run(name, func(t *testing.T) {
			dir := mustVault(t)
			r := mustUnlock(t, dir, "A")
			caseID, other, blob, foreign, content := uuid.New(), uuid.New(), uuid.New(), uuid.New(), contentOf(2*chunk+70)
			mustPutBlob(t, r, caseID, blob, content)
			mustPutBlob(t, r, other, foreign, content)
			writer := newWriter(t, r, domain.Case)
			for _, named := range []uuid.UUID{blob, foreign} {
				entry := writer.entry(t, &oplog.Line{
					Kind: oplog.KindSet, Case: caseID, Object: uuid.New(), Type: "case_attachment", Set: map[string]json.RawMessage{
						"blob": mustJSON(t, named.String()), "media_type": mustJSON(t, "application/pdf"),
						"sha256": mustJSON(t, strings.Repeat("0a", 32)), "size": mustJSON(t, len(content)),
					},
				})
				if err := r.Update(background, func(tx *register.Tx) error { return tx.Append(entry) }); err != nil {
					t.Fatal(err)
				}
			}
			mustLock(t, r)
			e := mustEdit(t, dir)
			for _, part := range damaged {
				e.flip("attachment_chunk", "body", where(blob, part), 90)
			}
			e.flip("attachment_chunk", "body", where(foreign, 0), 90)
			e.close()
			r = mustUnlock(t, dir, "A")
			mustErase(t, r, caseID, newWriter(t, r, domain.Open).chain().Name(2))
			if parts, err := r.BlobParts(background, blob); err != nil || len(parts) != 0 {
				t.Errorf("chunks %v outlive their case, %v", parts, err)
			}
			if parts, err := r.BlobParts(background, foreign); err != nil || len(parts) == 0 {
				t.Errorf("the attachment of another case went too: %v", err)
			}
			mustCheck(t, r)
		})
	}
}

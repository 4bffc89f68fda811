package register_test

import (
	"context"
	"path/filepath"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/register"
)

// TestForget_NothingRemains: lines that are reduced, rows of records that change and attachments that go are in no file afterwards; a
// program that ended between the commit and the proof has the next one do it, whoever unlocks; all else is as it was.
func TestForget_NothingRemains(t *testing.T) {
	for name, update := range map[string]func(*register.Register, context.Context, func(*register.Tx) error) error{
		"to the end": (*register.Register).Update, "ended after the commit": (*register.Register).UpdateUnproven,
	} {
		t.Run(name, func(t *testing.T) {
			d := mustDocket(t)
			before := rows(t, d.dir)
			r := mustUnlock(t, d.dir, "A")
			one := d.cases[6]
			lines := mustCollect(t, r.CaseLines(background, domain.Case, one.id))
			objects := mustCollect(t, r.Objects(background, domain.Case, register.Filter{Case: &one.id}))
			err := update(r, background, func(tx *register.Tx) error {
				tx.Forget()
				for _, line := range lines[:3] {
					if err := tx.Blank(domain.Case, line.Name); err != nil {
						return err
					}
				}
				if err := tx.PutObject(objects[0]); err != nil {
					return err
				}
				if err := tx.DropObject(domain.Case, objects[1].ID); err != nil {
					return err
				}
				return tx.DropBlob(one.blob)
			})
			if err != nil {
				t.Fatal(err)
			}
			if unproven := r.Unproven(); unproven != (name != "to the end") {
				t.Errorf("unproven: %t", unproven)
			}
			image := filepath.Join(t.TempDir(), "image")
			mustCopy(t, d.dir, image)
			mustLock(t, r)
			r = mustUnlock(t, image, "B")
			if r.Unproven() {
				t.Error("the next unlock does not look through the files")
			}
			mustCheck(t, r)
			mustLock(t, r)
			gone := removed(before, rows(t, image))
			if n := countRemains(t, image, gone); n != 0 || len(gone) != 8 {
				t.Errorf("%d of %d values that went are still in the files", n, len(gone))
			}
			r = mustUnlock(t, image, "A")
			if left := mustCollect(t, r.CaseLines(background, domain.Case, one.id)); len(left) != len(lines) || left[0].Bytes != nil || left[0].Hash != lines[0].Hash || left[3].Bytes == nil {
				t.Error("the lines are not what they were, less the content of three")
			}
		})
	}
}

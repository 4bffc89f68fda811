package register_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

// mustCrowdedVault has objects of about 5 KB and a line each in many cases.
func mustCrowdedVault(b *testing.B, cases, objects int) (dir string, ids []uuid.UUID) {
	b.Helper()
	dir = mustVault(b)
	r := mustUnlock(b, dir, "A")
	w := newWriter(b, r, domain.Case)
	for range cases {
		ids = append(ids, uuid.New())
	}
	for i := 0; i < objects; {
		if err := r.Update(background, func(tx *register.Tx) error {
			for range 500 {
				object := record(b, ids[i%cases])
				entry, _ := w.set(b, object.Case, object.ID, "person", "given_names", "Amina")
				if err := errors.Join(tx.Append(entry), tx.PutObject(object)); err != nil {
					return err
				}
				i++
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	mustLock(b, r)
	return dir, ids
}

// BenchmarkErase erases one case of 5,000 with 20,000 records of 5 KB and, in turns, rotates the ring, which it contains.
// The rest is the search of the files, whose speed is reported too.
func BenchmarkErase(b *testing.B) {
	dir, cases := mustCrowdedVault(b, manyCases, manyRecords)
	r := mustUnlock(b, dir, "A")
	var erased, rotated []time.Duration
	for i := 0; b.Loop() && i < len(cases); i++ {
		erased = append(erased, timed(b, func() error {
			_, err := r.Erase(background, cases[i], oplog.Name{Device: cases[i], Epoch: 1, N: 1}, nil)
			return err
		}))
		rotated = append(rotated, timed(b, func() error { return r.Rotate(background, domain.RingCase) }))
	}
	info, err := os.Stat(filepath.Join(dir, store.FileName))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "file-MB")
	b.ReportMetric(float64(median(erased).Milliseconds()), "erase-ms")
	b.ReportMetric(float64(median(rotated).Milliseconds()), "rotate-ms")
}

// BenchmarkReseal seals a ring with 20,000 records of 5 KB and their lines anew and, in turns, opens all of it as
// [register.Register.Check] does.
func BenchmarkReseal(b *testing.B) {
	dir, _ := mustCrowdedVault(b, manyCases, manyRecords)
	r := mustUnlock(b, dir, "A")
	var resealed, checked []time.Duration
	for b.Loop() {
		resealed = append(resealed, timed(b, func() error { return r.Reseal(background, domain.RingCase, nil) }))
		checked = append(checked, timed(b, func() error { _, err := r.Check(background); return err }))
	}
	b.ReportMetric(float64(median(resealed).Milliseconds()), "reseal-ms")
	b.ReportMetric(float64(median(checked).Milliseconds()), "check-ms")
	b.ReportMetric(float64(median(resealed))/float64(median(checked)), "ratio")
}

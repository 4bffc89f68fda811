package store_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/store"
)

// noise is what sealed bytes look like.
func noise(random *rand.Rand, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func TestRemains_FindsFragments(t *testing.T) {
	random := rand.New(rand.NewPCG(20261122, 4))
	long, short := noise(random, 9000), noise(random, 137)
	for _, tt := range []struct {
		name  string
		value []byte
		least int // a fragment of this size is always found
	}{{"body on several pages", long, 79}, {"data key", short, 31}} {
		var one store.Remains
		one.Add(tt.value)
		for from := 0; from+tt.least <= len(tt.value); from += 1 + len(tt.value)/500 {
			file := slices.Concat(noise(random, 40), tt.value[from:from+tt.least], noise(random, 40))
			if found, err := one.In(background, bytes.NewReader(file)); found == 0 || err != nil {
				t.Fatalf("%s: fragment at %d is not found, %v", tt.name, from, err)
			}
		}
	}
}

func TestRemains_CountsAcrossTheBordersOfReading(t *testing.T) {
	random := rand.New(rand.NewPCG(20261122, 5))
	value := noise(random, store.PieceSize)
	var one store.Remains
	one.Add(value)
	for at := 1<<20 - 40; at < 1<<20+40; at++ {
		file := noise(random, 1<<20+200)
		copy(file[at:], value)
		if found, err := one.In(background, bytes.NewReader(file)); found != 1 || err != nil {
			t.Fatalf("piece at %d is found %d times, %v", at, found, err)
		}
	}
	file := noise(random, 5<<20)
	if found, err := one.In(background, bytes.NewReader(file)); found != 0 || err != nil {
		t.Errorf("%d found where nothing is, %v", found, err)
	}
	if found, err := one.In(background, bytes.NewReader(value[:15])); found != 0 || err != nil {
		t.Errorf("%d found in less than a piece, %v", found, err)
	}
	ended, cancel := context.WithCancel(background)
	cancel()
	if _, err := one.In(ended, bytes.NewReader(file)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRemains_PiecesAreKeptAndJoined(t *testing.T) {
	random := rand.New(rand.NewPCG(20261122, 6))
	values := [][]byte{noise(random, 137), noise(random, 5000), noise(random, 300)}
	var all, kept, joined store.Remains
	for _, value := range values {
		all.Add(value)
	}
	pieces := all.AppendPieces(nil, 40)
	if len(pieces) != 40*store.PieceSize {
		t.Errorf("%d bytes of pieces", len(pieces))
	}
	kept.AddPieces(pieces)
	joined.Join(&all)
	for i, value := range values {
		for name, r := range map[string]*store.Remains{"kept": &kept, "joined": &joined} {
			if found, err := r.In(background, bytes.NewReader(value)); found == 0 || err != nil {
				t.Errorf("value %d is not found by the pieces that were %s, %v", i, name, err)
			}
		}
	}
	var none store.Remains
	none.Add(nil)
	none.Add([]byte("short"))
	if none.Len() != 0 || none.AppendPieces(nil, 9) != nil {
		t.Errorf("%d pieces of nothing", none.Len())
	}
	if found, err := none.In(background, bytes.NewReader(values[0])); found != 0 || err != nil {
		t.Errorf("nothing is found %d times, %v", found, err)
	}
}

// The files are searched while the register is open; what is stored is found, what was dropped is not, also after the file
// was made anew, where every object has kept its position.
func TestFindAndRewrite(t *testing.T) {
	random := rand.New(rand.NewPCG(20261122, 7))
	dir := t.TempDir()
	mustCreate(t, dir)
	e := mustOpen(t, dir)
	bodies := make([][]byte, 60)
	id := func(i int) [16]byte { return [16]byte{1: byte(i)} }
	must(t, e.Update(background, func(w store.Writer) error {
		for i := range bodies {
			bodies[i] = noise(random, 100+random.IntN(9000))
			if err := w.PutObject(store.Object{Row: id(i), Compartment: domain.Case, Head: []byte{1}, Body: bodies[i]}); err != nil {
				return err
			}
		}
		return nil
	}))
	find := func(body []byte) int {
		t.Helper()
		var one store.Remains
		one.Add(body)
		found, err := e.Find(background, &one)
		must(t, err)
		return found
	}
	if find(bodies[0]) == 0 {
		t.Error("what stands in the log is not found")
	}
	must(t, e.Finalise(background))
	for i, body := range bodies {
		if find(body) == 0 {
			t.Errorf("body %d is not found", i)
		}
	}
	must(t, e.Update(background, func(w store.Writer) error {
		for i := range bodies[:30] {
			if err := w.DropObject(id(2 * i)); err != nil {
				return err
			}
		}
		return nil
	}))
	if find(bodies[0]) == 0 {
		t.Error("before the log is written back the old page is not found")
	}
	positions := func() map[[16]byte]int64 {
		t.Helper()
		all := map[[16]byte]int64{}
		must(t, e.View(background, func(r store.Reader) error {
			for o, err := range r.ObjectsFrom(domain.Case, 0, 99) {
				if err != nil {
					return err
				}
				all[o.Row] = o.Position
			}
			return nil
		}))
		return all
	}
	before := positions()
	for name, step := range map[string]func(context.Context) error{"finalised": e.Finalise, "rewritten": e.Rewrite} {
		must(t, step(background))
		for i, body := range bodies {
			if (find(body) > 0) != (i%2 == 1) {
				t.Errorf("%s: body %d is found %d times", name, i, find(body))
			}
		}
	}
	if diff := cmp.Diff(before, positions()); diff != "" || len(before) != 30 {
		t.Errorf("positions after the file was made anew:\n%s", diff)
	}
	info, err := os.Stat(filepath.Join(dir, store.FileName))
	must(t, err)
	if info.Size() > 400_000 {
		t.Errorf("the file has %d bytes", info.Size())
	}
	must(t, e.Close())
	var any store.Remains
	any.Add(bodies[0])
	if _, err := e.Find(background, &any); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := e.Rewrite(background); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

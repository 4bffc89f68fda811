package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// The first transaction alone takes every key out of the file and its log, before anything is overwritten, and leaves a
// file that SQLite still reads.
func TestWipe_TheFirstTransactionDropsEveryKey(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	secret := bytes.Repeat([]byte("wrapped key 4711 "), 8)
	header := bytes.Repeat([]byte("slot box 0815 "), 900)
	if err := Create(ctx, dir, func(w Writer) error {
		for ring := domain.Ring(1); ring <= rings; ring++ {
			if err := w.PutDataKey(DataKey{ID: [16]byte{byte(ring)}, Ring: ring, Wrapped: secret}); err != nil {
				return err
			}
		}
		return w.PutHeader(header, []byte("mac"), [32]byte{})
	}); err != nil {
		t.Fatal(err)
	}
	contains := func(what []byte) bool {
		for _, name := range []string{FileName, FileName + "-wal"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if bytes.Contains(content, what) {
				return true
			}
		}
		return false
	}
	if !contains(secret) || !contains(header[:40]) {
		t.Fatal("the scan does not find what is there")
	}
	lock, err := dropKeys(ctx, dir, []byte("mark"))
	if err != nil {
		t.Fatal(err)
	}
	if contains(secret) || contains(header[:40]) {
		t.Error("a key is still in a file")
	}
	if _, err := Open(ctx, dir); fault.Code(err) != "V-BUSY" {
		t.Errorf("the lock was given up: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	e, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = e.View(ctx, func(r Reader) error {
		if got, mac, err := r.Header(); string(got) != "mark" || len(mac) != 0 || err != nil {
			t.Errorf("header %q, mac %q, %v", got, mac, err)
		}
		for ring := domain.Ring(1); ring <= rings; ring++ {
			for range r.DataKeys(ring) {
				t.Errorf("ring %d still has a key", ring)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

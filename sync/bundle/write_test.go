package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

func TestWrite_Refuses(t *testing.T) {
	w := newWorld(t, 1, false)
	for name, c := range map[string]struct {
		code   string
		change func(*bundle.Spec)
	}{
		"parts without a user":    {"E-SIG", func(s *bundle.Spec) { s.UserCert = nil }},
		"tip that does not hold":  {"E-CHAIN", func(s *bundle.Spec) { s.Parts[0].Chains[0].Tip[3] ^= 1 }},
		"fewer lines":             {"E-CHAIN", func(s *bundle.Spec) { s.Parts[0].Chains[0].Last += 2 }},
		"more lines":              {"E-CHAIN", func(s *bundle.Spec) { s.Parts[0].Chains[0].Last--; s.Parts[0].Chains[0].Tip = bundle.Hash{} }},
		"line end in a line":      {"E-CHAIN", func(s *bundle.Spec) { s.Parts[0].Lines = sequence([]byte("a\nb"), []byte("c"), nil, nil) }},
		"nobody to read a part":   {"E-LIMIT", func(s *bundle.Spec) { s.Parts[0].Recipients = nil }},
		"addressed to the sender": {"E-TO", func(s *bundle.Spec) { s.To[1].Node = s.From }},
		"addressed to nobody":     {"E-TO", func(s *bundle.Spec) { s.To = nil }},
		"classic recipient": {"E-TO", func(s *bundle.Spec) {
			s.To[0].Recipients = []string{"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"}
		}},
		"unknown kind":              {"E-KIND", func(s *bundle.Spec) { s.Kind = "gift" }},
		"part the kind never has":   {"E-KIND", func(s *bundle.Spec) { s.Kind = domain.BundleService }},
		"bare key":                  {"E-KIND", func(s *bundle.Spec) { s.DeviceCert = nil }},
		"seventeen readers":         {"E-LIMIT", func(s *bundle.Spec) { s.To[0].Recipients = manyRecipients(17) }},
		"document name not allowed": {"E-MANIFEST", func(s *bundle.Spec) { s.Documents = []trust.Document{{Name: "../x.json", Bytes: []byte("{}\n")}} }},
		"zip bomb of one's own": {"E-LIMIT", func(s *bundle.Spec) {
			line := bytes.Repeat([]byte(" "), 200<<10)
			s.Parts[0].Chains[0].Tip = bundle.Hash{}
			s.Parts[0].Lines = sequence(line, line, line, line)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := w.field(4)
			c.change(&spec)
			dir := t.TempDir()
			written, err := bundle.Write(t.Context(), filepath.Join(dir, "x.feltbok"), spec, nil)
			if got := fault.Code(err); got != c.code || written != nil {
				t.Errorf("got %q (%v), want %s", got, err, c.code)
			}
			wantEmpty(t, dir)
		})
	}
	// A file that is there already is never replaced.
	path, _ := w.write(t, w.field(2))
	if _, err := bundle.Write(t.Context(), path, w.field(2), nil); !errors.Is(err, os.ErrExist) {
		t.Error(err)
	}
	if _, err := bundle.Write(t.Context(), filepath.Join(t.TempDir(), "no", "x.feltbok"), w.field(2), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func wantEmpty(tb testing.TB, dir string) {
	tb.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		tb.Errorf("left behind: %v %v", left, err)
	}
}

// Whenever the export is cancelled, and when its source breaks, nothing stays, also of parts too large for memory.
func TestWrite_Cancelled(t *testing.T) {
	w := newWorld(t, 1, false)
	big := incompressible(w, 220, 100<<10)
	for name, stop := range map[string]int{"at once": 0, "in the middle": 60, "with a part on disk": 219} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			spec := big
			n := 0
			source := spec.Parts[0].Lines
			spec.Parts = slices.Clone(spec.Parts)
			spec.Parts[0].Lines = func(yield func([]byte, error) bool) {
				for line, err := range source {
					if n++; n > stop {
						cancel()
					}
					if !yield(line, err) {
						return
					}
				}
			}
			dir := t.TempDir()
			if _, err := bundle.Write(ctx, filepath.Join(dir, "x.feltbok"), spec, nil); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			wantEmpty(t, dir)
		})
	}
	t.Run("source breaks", func(t *testing.T) {
		spec := w.field(4)
		broken := errors.New("row is damaged")
		spec.Parts[0].Lines = func(yield func([]byte, error) bool) { yield(nil, broken) }
		dir := t.TempDir()
		if _, err := bundle.Write(t.Context(), filepath.Join(dir, "x.feltbok"), spec, nil); !errors.Is(err, broken) {
			t.Error(err)
		}
		wantEmpty(t, dir)
	})
	t.Run("while verifying", func(t *testing.T) {
		path, _ := w.write(t, big)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		<-ctx.Done()
		if v, err := bundle.Verify(ctx, path, w.hq.keyring(), w.atHQ()); !errors.Is(err, context.DeadlineExceeded) || v != nil {
			t.Error(err)
		}
		v := must(bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ()))
		for _, err := range v.Lines(ctx, domain.Case) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		if lines, err := drain(t, v, domain.Case); err != nil || len(lines) != 220 {
			t.Errorf("%d lines of a large part: %v", len(lines), err)
		}
	})
}

func TestWrite_Progress(t *testing.T) {
	w := newWorld(t, 1, false)
	var last, of int64
	spec := w.field(2000)
	for line := range spec.Parts[0].Lines {
		spec.Parts[0].Raw += int64(len(line)) + 1
	}
	steps := 0
	_, err := bundle.Write(t.Context(), filepath.Join(t.TempDir(), "x.feltbok"), spec, func(done, total int64) {
		steps++
		if done <= last {
			t.Errorf("progress from %d to %d", last, done)
		}
		last, of = done, total
	})
	if want := spec.Parts[0].Raw + 1; err != nil || last != want || of != want || steps < 3 {
		t.Errorf("ended at %d of %d after %d steps, want %d: %v", last, of, steps, want, err)
	}
}

// A million stanzas, bombs and long lines must not take memory either.
func TestVerify_MemoryBounded(t *testing.T) {
	w := newWorld(t, 1, false)
	spec := incompressible(w, 120, 200<<10) // 24 MB of lines
	path, _ := w.write(t, spec)
	spec.Parts[0].Lines = nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v := must(bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ()))
	runtime.ReadMemStats(&after)
	// age takes fresh memory for each chunk of 64 KiB and drops it; whoever kept the part would need it twice.
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > uint64(v.Size)+4<<20 {
		t.Errorf("verifying a file of %d MB allocated %d MB", v.Size>>20, allocated>>20)
	}
	peak := uint64(0)
	n := 0
	for _, err := range v.Lines(t.Context(), domain.Case) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%20 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
	}
	if peak > before.HeapAlloc+8<<20 {
		t.Errorf("reading held %d MB", (peak-before.HeapAlloc)>>20)
	}
}

func TestNewFileName(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		name := bundle.NewFileName()
		if len(name) != 26+len(".feltbok") || seen[name] || filepath.Base(name) != name {
			t.Fatalf("name %q", name)
		}
		seen[name] = true
	}
}

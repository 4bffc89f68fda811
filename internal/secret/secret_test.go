package secret_test

import (
	"runtime"
	"testing"

	"feltbok/internal/secret"
)

func TestDo_RunsAndPassesPanicsOn(t *testing.T) {
	ran := 0
	secret.Do(func() { secret.Do(func() { ran++ }); ran++ })
	if ran != 2 {
		t.Fatalf("ran %d times, want 2", ran)
	}
	defer func() {
		if cause := recover(); cause != "in there" {
			t.Fatalf("recovered %v", cause)
		}
	}()
	secret.Do(func() { panic("in there") })
	t.Fatal("the panic did not come out")
}

func TestDo_ResultStaysWhileItIsUsed(t *testing.T) {
	var made []byte
	secret.Do(func() { made = append([]byte(nil), "kept"...) })
	collect()
	if string(made) != "kept" {
		t.Fatalf("what was made inside became %q", made)
	}
}

func collect() { runtime.GC(); runtime.GC() }

// Sweep must not touch what is in use, and must come to an end.
func TestSweep_KeepsWhatIsInUse(t *testing.T) {
	kept := make([][]byte, 0, 4096)
	for i := range cap(kept) {
		kept = append(kept, []byte{byte(i), byte(i >> 8), 42})
		_ = make([]byte, i) // dead at once, to leave places of all sizes
	}
	secret.Sweep()
	for i, b := range kept {
		if b[0] != byte(i) || b[1] != byte(i>>8) || b[2] != 42 {
			t.Fatalf("slice %d became %v", i, b)
		}
	}
}

func BenchmarkSweep(b *testing.B) {
	ballast := make([][]byte, 20000)
	for i := range ballast {
		ballast[i] = make([]byte, i%3000)
	}
	for b.Loop() {
		secret.Sweep()
	}
	runtime.KeepAlive(ballast)
}

package pin_test

import (
	"errors"
	"testing"

	"feltbok/internal/pin"
)

func TestAllowed(t *testing.T) {
	for digits, want := range map[string]error{
		"": pin.ErrShort, "48261": pin.ErrShort, "482615": nil, "4826157": nil, "48a615": pin.ErrDigits,
		"111111": pin.ErrSimple, "123456": pin.ErrSimple, "987654": pin.ErrSimple, "112233": nil,
	} {
		if got := pin.Allowed([]byte(digits)); !errors.Is(got, want) {
			t.Errorf("Allowed(%q) = %v, want %v", digits, got, want)
		}
	}
}

func TestPin_ThreeWrongTriesEndIt(t *testing.T) {
	p := pin.New([]byte("482615"))
	if ok, left := p.Check([]byte("482616")); ok || left != 2 {
		t.Fatalf("first wrong try: ok %v, left %d; want false, 2", ok, left)
	}
	if ok, left := p.Check([]byte("482615")); !ok || left != 3 {
		t.Fatalf("right PIN: ok %v, left %d; want true, 3", ok, left)
	}
	for want := 2; want >= 0; want-- {
		if ok, left := p.Check([]byte("000000")); ok || left != want {
			t.Fatalf("wrong try: ok %v, left %d; want false, %d", ok, left, want)
		}
	}
	if ok, left := p.Check([]byte("482615")); ok || left != 0 {
		t.Fatalf("right PIN after three wrong ones: ok %v, left %d; want false, 0", ok, left)
	}
}

func TestPin_WipeForgets(t *testing.T) {
	p := pin.New([]byte("482615"))
	p.Wipe()
	if ok, _ := p.Check([]byte("482615")); ok {
		t.Fatal("a wiped PIN still opens")
	}
}

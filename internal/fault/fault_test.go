package fault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"feltbok/internal/fault"
)

func TestFault_Error(t *testing.T) {
	cause := errors.New("signature by unknown device")
	tests := []struct {
		name string
		f    *fault.Fault
		want string
	}{
		{"code alone", fault.New("V-PASS", "", nil), "V-PASS"},
		{"with place", fault.New("V-BUSY", "laptop-a", nil), "V-BUSY: laptop-a"},
		{"with cause", fault.New("E-SIG", "", cause), "E-SIG: signature by unknown device"},
		{"with both", fault.New("E-SIG", "x.feltbok", cause), "E-SIG: x.feltbok: signature by unknown device"},
		{"formatted cause", fault.Newf("E-HASH", "pad", "%d bytes", 3), "E-HASH: pad: 3 bytes"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.f.Error(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFault_KeepsItsCauseInTheChain(t *testing.T) {
	err := fault.Newf("E-FILE", "list.csv", "open: %w", fs.ErrNotExist)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	if errors.Unwrap(fault.New("E-FILE", "", nil)) != nil {
		t.Error("a fault without a cause must unwrap to nothing")
	}
}

func TestFault_IsComparesTheCodeOnly(t *testing.T) {
	err := fmt.Errorf("import: %w", fault.New("E-SIG", "a.feltbok", errors.New("x")))
	if !errors.Is(err, fault.New("E-SIG", "", nil)) {
		t.Error("same code, other place: want a match")
	}
	if errors.Is(err, fault.New("E-CERT", "a.feltbok", nil)) {
		t.Error("other code: want no match")
	}
	if errors.Is(err, fs.ErrNotExist) {
		t.Error("an error that is no fault must not match")
	}
}

func TestCode_OutermostFaultWins(t *testing.T) {
	inner := fault.New("V-ROW", "row", nil)
	outer := fault.New("E-FILE", "backup", inner)
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"no fault", errors.New("x"), ""},
		{"plain", inner, "V-ROW"},
		{"fault around fault", fmt.Errorf("open: %w", outer), "E-FILE"},
		{"joined", errors.Join(errors.New("x"), inner), "V-ROW"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := fault.Code(tc.err); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if f, ok := fault.Of(tc.err); ok != (tc.want != "") || ok && f.Code != tc.want {
				t.Errorf("Of gives %v, %v", f, ok)
			}
		})
	}
}

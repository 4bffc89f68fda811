package oplog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"

	"github.com/google/go-cmp/cmp"
)

func noteInner() oplog.Inner {
	return oplog.Inner{
		Compartment: domain.Sealed, Device: device, Epoch: epoch, N: 4, Form: "sealed@2", Object: person, Type: "sealed_note",
		Set: values("text", `"Test Mappe ber om at søsteren ikke får vite"`), Parents: map[string][]oplog.Name{"text": {name(3)}},
	}
}

func TestInner_RoundTrip(t *testing.T) {
	want := noteInner()
	b, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte(`{"c":"sealed","dev":"`)) || len(b) != oplog.Padme(len(bytes.TrimRight(b, " "))) {
		t.Errorf("%d bytes: %q", len(b), b)
	}
	got, err := oplog.ParseInner(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInner_SameLength: what is short looks alike from outside.
func TestInner_SameLength(t *testing.T) {
	short := noteInner()
	short.Form, short.Parents, short.Set = "", nil, values("a", "1")
	longer := short
	longer.Set = values("a", `"ja, men ikke nå"`)
	x, err := short.Encode()
	y, err2 := longer.Encode()
	if err != nil || err2 != nil || len(x) != 256 || len(y) != 256 {
		t.Errorf("%d and %d bytes, %v, %v", len(x), len(y), err, err2)
	}
}

func TestInner_Refused(t *testing.T) {
	in := noteInner()
	good, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]byte{
		"no padding":        bytes.TrimRight(good, " "),
		"more padding":      append(bytes.Clone(good), ' '),
		"other padding":     append(good[:len(good)-1:len(good)-1], '\n'),
		"text after":        append(good[:len(good)-1:len(good)-1], 'x'),
		"plain compartment": bytes.Replace(good, []byte(`"sealed","dev"`), []byte(`"case","dev"`), 1),
		"unknown member":    bytes.Replace(good, []byte(`"c":`), []byte(`"b":1,"c":`), 1),
		"no write":          bytes.Replace(good, []byte(`"obj"`), []byte(`"obk"`), 1),
		"empty":             nil,
	}
	for name, b := range cases {
		t.Run(name, func(t *testing.T) {
			if got, err := oplog.ParseInner(b); fault.Code(err) != "E-OP" || got != nil {
				t.Errorf("got %v, %v; want nothing and E-OP", got, err)
			}
		})
	}
	in.Compartment = domain.Case
	if _, err := in.Encode(); fault.Code(err) != "E-OP" {
		t.Errorf("content for a plain compartment was written: %v", err)
	}
}

// TestPadme: values by the formula of the paper, and its promise of at most 12 % more.
func TestPadme(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 9: 10, 100: 104, 256: 256, 257: 272, 1000: 1024, 16385: 17408, 1 << 20: 1 << 20, 1<<20 + 1: 1<<20 + 1<<15} {
		if got := oplog.Padme(n); got != want {
			t.Errorf("Padme(%d) = %d, want %d", n, got, want)
		}
	}
	for n := 1; n < 300_000; n += 7 {
		p := oplog.Padme(n)
		if p < n || float64(p) > 1.12*float64(n)+1 || oplog.Padme(p) != p {
			t.Fatalf("Padme(%d) = %d", n, p)
		}
	}
}

func TestInner_ErrorTellsNoAnswer(t *testing.T) {
	in := noteInner()
	in.Set["text"] = []byte(`"hemmelig" 1.5`)
	_, err := in.Encode()
	if err == nil || strings.Contains(fmt.Sprint(err), "hemmelig") {
		t.Errorf("got %v", err)
	}
}

package oplog_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"

	"github.com/google/uuid"
)

// caseChain gives the eight lines of the `case` chain of everyKind.
func caseChain(tb testing.TB) (oplog.Chain, [][]byte) {
	lines := everyKind()[:8]
	return lines[0].Chain(), mustLink(tb, lines)
}

func TestChainVerifier_Whole(t *testing.T) {
	chain, lines := caseChain(t)
	v := oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	var links [][32]byte
	for i, b := range lines {
		step, err := v.Next(b)
		if err != nil || step.Malformed != nil || step.Name != chain.Name(uint64(i+1)) {
			t.Fatalf("line %d: %+v, %v", i+1, step, err)
		}
		links = append(links, step.Link)
	}
	if err := v.Finish(8, links[7]); err != nil || v.At() != 8 || v.Tip() != links[7] {
		t.Errorf("at %d: %v", v.At(), err)
	}
	// The same from the middle.
	v = oplog.NewChainVerifier(chain, 5, links[4])
	for _, b := range lines[5:] {
		if _, err := v.Next(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Finish(8, links[7]); err != nil {
		t.Error(err)
	}
}

// TestChainVerifier_StubStandsFor: a line turned into a stub leaves the chain as provable as it was.
func TestChainVerifier_StubStandsFor(t *testing.T) {
	chain, lines := caseChain(t)
	original, err := oplog.Parse(lines[2])
	if err != nil {
		t.Fatal(err)
	}
	stub := &oplog.Line{
		Kind: oplog.KindStub, Compartment: chain.Compartment, Device: chain.Device, Epoch: chain.Epoch, N: 3,
		Previous: original.Previous, Hash: oplog.LineHash(lines[2]), Why: "redact:" + name(5).String(),
	}
	whole := oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	with := oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	reduced := slices.Clone(lines)
	reduced[2] = mustEncode(t, stub)
	for i := range lines {
		a, err := whole.Next(lines[i])
		b, err2 := with.Next(reduced[i])
		if err != nil || err2 != nil || a.Link != b.Link || a.Hash != b.Hash {
			t.Fatalf("line %d: %v, %v", i+1, err, err2)
		}
	}
	kind, by, ok := stub.Justification()
	if kind != oplog.KindRedact || by != name(5) || !ok {
		t.Errorf("justified by %v %v %v", kind, by, ok)
	}
}

func TestChainVerifier_Breaks(t *testing.T) {
	chain, lines := caseChain(t)
	other, err := oplog.Parse(lines[1])
	if err != nil {
		t.Fatal(err)
	}
	other.Device = hq
	cases := []struct {
		name  string
		spoil func([][]byte) [][]byte
		at    uint64 // how many lines pass
	}{
		{"line left out", func(l [][]byte) [][]byte { return slices.Delete(l, 3, 4) }, 3},
		{"first line left out", func(l [][]byte) [][]byte { return l[1:] }, 0},
		{"line twice", func(l [][]byte) [][]byte { return slices.Insert(l, 4, l[3]) }, 4},
		{"two lines exchanged", func(l [][]byte) [][]byte { l[3], l[4] = l[4], l[3]; return l }, 3},
		{"value changed", func(l [][]byte) [][]byte {
			l[1] = bytes.Replace(l[1], []byte("Mappe"), []byte("Mapper"), 1)
			return l
		}, 2},
		{"line of another device", func(l [][]byte) [][]byte { l[1] = mustEncode(t, other); return l }, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := oplog.NewChainVerifier(chain, 0, oplog.Genesis)
			var err error
			for _, b := range c.spoil(slices.Clone(lines)) {
				if _, err = v.Next(b); err != nil {
					break
				}
			}
			if fault.Code(err) != "E-CHAIN" || v.At() != c.at {
				t.Fatalf("passed %d lines, %v; want %d and E-CHAIN", v.At(), err, c.at)
			}
			if _, again := v.Next(lines[c.at]); again != err {
				t.Errorf("went on after the break: %v", again)
			}
		})
	}
}

// TestChainVerifier_Malformed: a line that is no line breaks nothing (security.md 6.5), but its bytes are covered.
func TestChainVerifier_Malformed(t *testing.T) {
	lines := everyKind()[:3]
	encoded := mustLink(t, lines)
	poison := []byte("not json\xff")
	chain := lines[0].Chain()
	first := oplog.Link(oplog.Genesis, oplog.LineHash(encoded[0]))
	lines[2].Previous = oplog.Link(first, oplog.LineHash(poison))
	third := mustEncode(t, lines[2])

	v := oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	for i, b := range [][]byte{encoded[0], poison, third} {
		step, err := v.Next(b)
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if bad := i == 1; (fault.Code(step.Malformed) == "E-OP") != bad || (step.Line == nil) != bad || step.Name.N != uint64(i+1) {
			t.Errorf("line %d: %+v", i+1, step)
		}
	}
	v = oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	for i, b := range [][]byte{encoded[0], []byte("other poison"), third} {
		if _, err := v.Next(b); (err == nil) == (i == 2) {
			t.Errorf("line %d with other bytes before it: %v", i+1, err)
		}
	}
}

func TestChainVerifier_Finish(t *testing.T) {
	chain, lines := caseChain(t)
	v := oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	if _, err := v.Next(lines[0]); err != nil {
		t.Fatal(err)
	}
	if err := v.Finish(2, v.Tip()); fault.Code(err) != "E-CHAIN" {
		t.Errorf("cut short: %v", err)
	}
	v = oplog.NewChainVerifier(chain, 0, oplog.Genesis)
	if _, err := v.Next(lines[0]); err != nil {
		t.Fatal(err)
	}
	err := v.Finish(1, [32]byte{1})
	if fault.Code(err) != "E-CHAIN" || !strings.Contains(err.Error(), "line 1:") {
		t.Errorf("another tip: %v", err)
	}
}

func TestSignoffText(t *testing.T) {
	got := string(oplog.SignoffText(id(6), []oplog.SignedOperation{{Name: name(2), Hash: [32]byte{0xab}}, {Name: name(3)}}))
	want := "feltbok/v1/signoff\n" + id(6).String() + "\n" +
		name(2).String() + " ab" + strings.Repeat("0", 62) + "\n" + name(3).String() + " " + strings.Repeat("0", 64) + "\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestName_Parse(t *testing.T) {
	n := name(17)
	if got, err := oplog.ParseName(n.String()); err != nil || got != n {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{
		"", "a.b.c", device.String(), device.String() + ".1", device.String() + ".0.1", device.String() + ".1.0",
		device.String() + ".01.1", device.String() + ".1.1.1", device.String() + ".4294967296.1", device.String() + ".1.9007199254740992",
		strings.ToUpper(device.String()) + ".1.1", device.String() + ".1.+1", device.String() + ". 1.1", uuid.Nil.String() + ".1.1",
		"urn:uuid:" + device.String() + ".1.1", device.String() + ".1_0.1", device.String() + ".1.1 ",
	} {
		if got, err := oplog.ParseName(text); err == nil {
			t.Errorf("%q accepted as %v", text, got)
		}
	}
}

func TestName_Compare(t *testing.T) {
	names := []oplog.Name{
		{Device: id(1), Epoch: 1, N: 9}, {Device: id(1), Epoch: 2, N: 1}, {Device: id(1), Epoch: 2, N: 10}, {Device: id(2), Epoch: 1, N: 1},
	}
	for i := range names {
		for j := range names {
			if got := names[i].Compare(names[j]); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v against %v: %d", names[i], names[j], got)
			}
		}
	}
}

func TestChain_Key(t *testing.T) {
	c := oplog.Chain{Compartment: domain.Case, Device: device, Epoch: 7}
	if got, err := oplog.ParseChainKey(domain.Case, c.Key()); err != nil || got != c {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", device.String(), device.String() + "/0", device.String() + "/07", device.String() + ".7", "x/7"} {
		if _, err := oplog.ParseChainKey(domain.Case, text); err == nil {
			t.Errorf("%q accepted", text)
		}
	}
}

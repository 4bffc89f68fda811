package bundle_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
)

// drain reads a part to its end.
func drain(tb testing.TB, v *bundle.Verified, c domain.Compartment) (lines []bundle.RawLine, err error) {
	tb.Helper()
	for line, problem := range v.Lines(tb.Context(), c) {
		if problem != nil {
			if line.Bytes != nil || err != nil {
				tb.Error("a line came with an error, or two errors")
			}
			err = problem
			continue
		}
		lines = append(lines, line)
	}
	return lines, err
}

func text(lines [][]byte) []byte { return append(bytes.Join(lines, []byte("\n")), '\n') }

func TestLines_Attacks(t *testing.T) {
	w := newWorld(t, 1, false)
	lines, run := w.chain(w.a, domain.Case, 7, 5)
	spec := w.field(5)
	spec.Parts[0].Chains, spec.Parts[0].Lines = []bundle.ChainRange{run}, sequence(lines...)
	good, _ := w.write(t, spec)
	other, _ := w.chain(w.a, domain.Case, 7, 5)
	special, _ := w.chain(w.a, domain.Special, 7, 5)

	changed := func(i int, line []byte) []byte {
		all := slices.Clone(lines)
		all[i] = line
		return text(all)
	}
	bomb := func() []byte { // 100 MB that pack into 100 KB
		var out bytes.Buffer
		zipped := gzip.NewWriter(&out)
		block := make([]byte, 1<<20)
		for range 100 {
			must(zipped.Write(block))
		}
		zipped.Close()
		return out.Bytes()
	}
	named := func() []byte {
		var out bytes.Buffer
		zipped := gzip.NewWriter(&out)
		zipped.Name = "message for somebody"
		must(zipped.Write(text(lines)))
		zipped.Close()
		return out.Bytes()
	}
	whole := text(lines)
	raw := make([]byte, 200<<10)
	w.seed.Read(raw)
	endless := append([]byte(hex.EncodeToString(raw)), '\n')
	for name, attack := range map[string]struct {
		code   string
		packed []byte
		raw    int64 // 0: as it is
		change func(*bundle.File)
	}{
		"unchanged":                   {code: "", packed: zip(whole)},
		"bomb under an honest size":   {code: "E-LIMIT", packed: bomb(), raw: int64(len(whole))},
		"bomb under its own size":     {code: "E-LIMIT", packed: bomb(), raw: 20 << 20},
		"bomb behind a large header":  {code: "E-LIMIT", packed: zip(bytes.Repeat(append(make([]byte, 200<<10), '\n'), 5))},
		"one byte more":               {code: "E-LIMIT", packed: zip(append(bytes.Clone(whole), '\n')), raw: int64(len(whole))},
		"one byte less":               {code: "E-HASH", packed: zip(whole), raw: int64(len(whole)) + 1},
		"two gzip members":            {code: "E-LIMIT", packed: append(zip(whole), zip([]byte("x\n"))...), raw: int64(len(whole))},
		"empty second member":         {code: "E-LIMIT", packed: append(zip(whole), zip(nil)...), raw: int64(len(whole))},
		"bytes behind the member":     {code: "E-LIMIT", packed: append(zip(whole), 0), raw: int64(len(whole))},
		"member with a name":          {code: "E-HASH", packed: named(), raw: int64(len(whole))},
		"cut member":                  {code: "E-HASH", packed: zip(whole)[:len(zip(whole))-9], raw: int64(len(whole))},
		"wrong checksum":              {code: "E-HASH", packed: append(zip(whole)[:len(zip(whole))-8], 1, 2, 3, 4, 5, 6, 7, 8), raw: int64(len(whole))},
		"no gzip":                     {code: "E-HASH", packed: whole, raw: int64(len(whole))},
		"empty":                       {code: "E-HASH", packed: nil, raw: 10},
		"last line without end":       {code: "E-CHAIN", packed: zip(whole[:len(whole)-1])},
		"line changed":                {code: "E-CHAIN", packed: zip(changed(2, other[2]))},
		"line of another compartment": {code: "E-CHAIN", packed: zip(changed(2, special[2]))},
		"line dropped":                {code: "E-CHAIN", packed: zip(text(slices.Delete(slices.Clone(lines), 2, 3)))},
		"line doubled":                {code: "E-CHAIN", packed: zip(text(slices.Insert(slices.Clone(lines), 2, lines[2])))},
		"lines exchanged":             {code: "E-CHAIN", packed: zip(text([][]byte{lines[0], lines[2], lines[1], lines[3], lines[4]}))},
		"line added at the end":       {code: "E-CHAIN", packed: zip(text(append(slices.Clone(lines), other[4])))},
		"empty line":                  {code: "E-CHAIN", packed: zip(text(slices.Insert(slices.Clone(lines), 2, []byte{})))},
		"endless line":                {code: "E-LIMIT", packed: zip(endless)},
		"tip of another history":      {code: "E-CHAIN", packed: zip(whole), change: func(f *bundle.File) { f.Chains[0].Tip[0] ^= 1 }},
		"chain announced longer":      {code: "E-CHAIN", packed: zip(whole), change: func(f *bundle.File) { f.Chains[0].Last++ }},
		"chain announced shorter":     {code: "E-CHAIN", packed: zip(whole), change: func(f *bundle.File) { f.Chains[0].Last-- }},
		"chain of another epoch":      {code: "E-CHAIN", packed: zip(whole), change: func(f *bundle.File) { f.Chains[0].Epoch = 8 }},
		"rubbish where the link of a later range should stand": {code: "E-CHAIN", packed: zip([]byte("rubbish\n")), change: func(f *bundle.File) {
			f.Chains[0].First, f.Chains[0].Last = 5, 5
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.open(t, good)
			if f.file_("part/case.age").Raw = attack.raw; attack.raw == 0 {
				reader, err := gzip.NewReader(bytes.NewReader(attack.packed))
				if err != nil {
					t.Fatal(err)
				}
				var raw bytes.Buffer
				must(raw.ReadFrom(reader))
				f.file_("part/case.age").Raw = int64(raw.Len())
			}
			if attack.change != nil {
				attack.change(f.file_("part/case.age"))
			}
			f.entry("part/case.age").content = seal(attack.packed, w.partTo()...)
			v, err := bundle.Verify(t.Context(), f.write(t), w.hq.keyring(), w.atHQ())
			if err == nil {
				_, err = drain(t, v, domain.Case)
			}
			if got := fault.Code(err); got != attack.code {
				t.Errorf("got %q (%v), want %q", got, err, attack.code)
			}
		})
	}
}

// One line that is no operation leaves the chain whole: it comes with its position and E-OP, and the others count.
func TestLines_PoisonedLine(t *testing.T) {
	w := newWorld(t, 1, false)
	lines, _ := w.chain(w.a, domain.Case, 7, 3)
	tip := oplog.Link(oplog.Link(oplog.Genesis, oplog.LineHash(lines[0])), oplog.LineHash(lines[1]))
	poisoned := []byte(`{"not":"an operation"}`)
	lines = append(lines[:2:2], poisoned)
	tip = oplog.Link(tip, oplog.LineHash(poisoned))
	next := oplog.Line{
		Kind: oplog.KindSet, By: w.a.userID, Compartment: domain.Case, Case: w.mission, Device: w.a.id, Epoch: 7, N: 4, HLC: 9, Previous: tip,
		Object: w.register, Type: "person", Form: "person@1", Set: map[string]json.RawMessage{"given_names": json.RawMessage(`"Farid"`)},
	}
	last := must(next.Encode())
	lines = append(lines, last)
	tip = oplog.Link(tip, oplog.LineHash(last))
	spec := w.field(1)
	spec.Parts[0].Chains = []bundle.ChainRange{{Device: w.a.id, Epoch: 7, First: 1, Last: 4, Tip: tip}}
	spec.Parts[0].Lines = sequence(lines...)
	path, _ := w.write(t, spec)
	v := must(bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ()))
	got, err := drain(t, v, domain.Case)
	if err != nil || len(got) != 4 {
		t.Fatalf("%d lines: %v", len(got), err)
	}
	if got[2].Line != nil || fault.Code(got[2].Malformed) != "E-OP" || got[2].Position.N != 3 || got[3].Line == nil || got[3].Link != tip {
		t.Errorf("line 3 %v, line 4 %v", got[2].Malformed, got[3].Malformed)
	}
}

func TestLines_Ranges(t *testing.T) {
	w := newWorld(t, 1, false)
	lines, run := w.chain(w.a, domain.Case, 7, 9)
	open, openRun := w.chain(w.a, domain.Open, 7, 3)
	spec := w.field(1)
	first, second := run, run
	first.Last, first.Tip = 3, bundle.Hash{}
	second.First = 6
	spec.Parts[0].Chains = []bundle.ChainRange{first, second}
	spec.Parts[0].Lines = sequence(append(slices.Clone(lines[:3]), lines[5:]...)...)
	opened := spec.Parts[0]
	opened.Compartment, opened.Chains, opened.Lines = domain.Open, []bundle.ChainRange{openRun}, sequence(open...)
	opened.Recipients = []string{w.b.inbox[domain.Open].Recipient().String()}
	spec.Parts = []bundle.Part{opened, spec.Parts[0]}
	path, _ := w.write(t, spec)
	v := must(bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ()))
	got, err := drain(t, v, domain.Case)
	if err != nil || len(got) != 7 || got[3].Position.N != 6 {
		t.Fatalf("%d lines: %v", len(got), err)
	}
	if got[2].Link != v.Parts[1].Chains[0].Tip {
		t.Error("tip that was left to the writer")
	}
	if part, _ := v.Part(domain.Open); part.Openable || part.Fault != nil {
		t.Errorf("a part for somebody else: %+v", part)
	}
	_, err = drain(t, v, domain.Open)
	if fault.Code(err) != "E-PART" {
		t.Error(err)
	}
	_, err = drain(t, v, domain.Special)
	if fault.Code(err) != "E-PART" {
		t.Error(err)
	}
	// Laptop B reads both.
	atB := w.atHQ()
	atB.Node = w.b.name()
	b := must(bundle.Verify(t.Context(), path, w.b.keyring(), atB))
	if got, err := drain(t, b, domain.Open); err != nil || len(got) != 3 {
		t.Errorf("%d lines: %v", len(got), err)
	}
	// Stopping early is no error.
	for range b.Lines(t.Context(), domain.Open) {
		break
	}
}

// The identity in the directory and the one in the ring do not fit together.
func TestParts_AddressedButClosed(t *testing.T) {
	w := newWorld(t, 1, false)
	good, _ := w.write(t, w.field(4))
	f := w.open(t, good)
	to := w.partTo()
	to[0] = w.newNode(domain.Case).inbox[domain.Case].Recipient() // sealed to somebody else than the manifest says
	f.entry("part/case.age").content = seal(zip([]byte("x\n")), to...)
	v, err := bundle.Verify(t.Context(), f.write(t), w.hq.keyring(), w.atHQ())
	if err != nil {
		t.Fatal(err)
	}
	part, _ := v.Part(domain.Case)
	if part.Openable || fault.Code(part.Fault) != "E-PART" {
		t.Errorf("part %+v", part)
	}
	// Without the ring's identity the part waits.
	keys := w.hq.keyring()
	keys.Inbox = nil
	v, err = bundle.Verify(t.Context(), good, keys, w.atHQ())
	if err != nil {
		t.Fatal(err)
	}
	if part, _ := v.Part(domain.Case); part.Openable || part.Fault != nil {
		t.Errorf("part %+v", part)
	}
}

func TestLines_FileChangedAfterVerify(t *testing.T) {
	w := newWorld(t, 1, false)
	path, _ := w.write(t, w.field(4))
	v := must(bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ()))
	otherPath, _ := w.write(t, w.field(4)) // another history of the same length, sealed and signed as properly
	if err := os.Rename(otherPath, path); err != nil {
		t.Fatal(err)
	}
	if _, err := drain(t, v, domain.Case); err == nil {
		t.Error("another file's lines were read")
	}
	// The same lines, sealed once more: nobody gains by it, but it is not the file that was judged.
	again, _ := w.write(t, w.field(4))
	v = must(bundle.Verify(t.Context(), again, w.hq.keyring(), w.atHQ()))
	var same [][]byte
	for line, err := range v.Lines(t.Context(), domain.Case) {
		if err != nil {
			t.Fatal(err)
		}
		same = append(same, line.Bytes)
	}
	f := w.open(t, again)
	f.entry("part/case.age").content = seal(zip(text(same)), w.partTo()...)
	if err := os.Rename(f.write(t), again); err != nil {
		t.Fatal(err)
	}
	if _, err := drain(t, v, domain.Case); fault.Code(err) != "E-HASH" {
		t.Errorf("a part sealed anew: %v", err)
	}
	if err := os.Remove(again); err != nil {
		t.Fatal(err)
	}
	if _, err := drain(t, v, domain.Case); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

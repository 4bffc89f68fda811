package oplog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"feltbok/internal/oplog"
)

var seedCounts = map[string]int{"FuzzParse": 11, "FuzzStrictJSON": 8, "FuzzInner": 3, "FuzzDecodeObject": 2}

// TestFuzzSeeds fails when the seeds are gone, are empty or stand where no fuzz test reads them: a fuzz test without
// seeds passes and tries next to nothing.
func TestFuzzSeeds(t *testing.T) {
	if *update {
		writeSeeds(t)
	}
	for target, least := range seedCounts {
		files, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < least {
			t.Errorf("%s has %d seeds, want at least %d", target, len(files), least)
		}
		for _, file := range files {
			head, rest, _ := strings.Cut(mustRead(t, file), "\n")
			quoted := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(rest), "[]byte("), ")")
			if seed, err := strconv.Unquote(quoted); head != "go test fuzz v1" || err != nil || seed == "" {
				t.Errorf("%s is not a seed", file)
			}
		}
	}
}

func writeSeeds(t *testing.T) {
	note := noteInner()
	inner, err := note.Encode()
	if err != nil {
		t.Fatal(err)
	}
	event := note
	event.Compartment, event.Type, event.Form, event.Parents = 6, "event", "", nil
	event.Set = values("events", `[{"act":"read","at":"2026-11-22T03:00:00Z","n":1,"obj":"`+person.String()+`","type":"health"}]`)
	audit, err := event.Encode()
	if err != nil {
		t.Fatal(err)
	}
	thirty, _ := thirtyFields()
	many, err := thirty.Encode()
	if err != nil {
		t.Fatal(err)
	}
	pending, err := oplog.Rebuild(log(write(101, 2, 10, `"A"`), write(102, 2, 20, `"B"`, write(103, 1, 1, `"C"`).Name())))[person].Encode()
	if err != nil {
		t.Fatal(err)
	}
	seeds := map[string][][]byte{
		"FuzzParse": mustLink(t, everyKind()),
		"FuzzInner": {inner, audit, bytes.TrimRight(inner, " ")},
		"FuzzStrictJSON": {
			[]byte(`{"a":1,"b":[true,false,null,"x"]}`), []byte(" {\"b\" : 2,\n\"a\":-1}"), []byte(`"\ud83d\ude00\u0000\n\/"`), []byte(`{"a":1,"a":2}`),
			[]byte(`{"Ａ":2,"😀":1}`), []byte(`9007199254740991`), []byte(`[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]`), []byte("\"\xed\xa0\x80\""),
		},
		"FuzzDecodeObject": {many, pending},
	}
	for target, list := range seeds {
		dir := filepath.Join("testdata", "fuzz", target)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for i, seed := range list {
			text := "go test fuzz v1\n[]byte(" + strconv.Quote(string(seed)) + ")\n"
			if err := os.WriteFile(filepath.Join(dir, "seed_"+strconv.Itoa(i)), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// FuzzParse: no malleability. Whatever is accepted is written back byte for byte, and passes the strict readers.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := oplog.Parse(b)
		if err != nil {
			if l != nil {
				t.Fatal("a line beside an error")
			}
			return
		}
		again, err := l.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted\n%q\nwritten as\n%q, %v", b, again, err)
		}
		if err := oplog.CanonicalJSON(b); err != nil {
			t.Fatalf("accepted %q: %v", b, err)
		}
		if got := oplog.Rebuild(log(l, l)); len(got) > 1 {
			t.Fatalf("one line made %d objects", len(got))
		}
	})
}

// FuzzStrictJSON: what is accepted is JSON for the standard library too, and has one canonical form.
func FuzzStrictJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		canonicalErr := oplog.CanonicalJSON(b)
		if oplog.StrictJSON(b) != nil {
			if canonicalErr == nil {
				t.Fatalf("canonical but not strict: %q", b)
			}
			return
		}
		if !json.Valid(b) {
			t.Fatalf("accepted %q", b)
		}
		c, err := oplog.Canonical(json.RawMessage(b))
		if err != nil || oplog.CanonicalJSON(c) != nil {
			t.Fatalf("%q became %q, %v", b, c, err)
		}
		if (canonicalErr == nil) != bytes.Equal(b, c) {
			t.Fatalf("%q, canonical form %q, judged %v", b, c, canonicalErr)
		}
		again, err := oplog.Canonical(json.RawMessage(c))
		if err != nil || !bytes.Equal(again, c) {
			t.Fatalf("%q became %q on the second pass, %v", c, again, err)
		}
	})
}

// FuzzInner: no malleability of the content of boxes.
func FuzzInner(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := oplog.ParseInner(b)
		if err != nil {
			if i != nil {
				t.Fatal("content beside an error")
			}
			return
		}
		again, err := i.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted\n%q\nwritten as\n%q, %v", b, again, err)
		}
	})
}

// FuzzDecodeObject: broken bytes give an error, never a panic, and what is decoded can be used.
func FuzzDecodeObject(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := oplog.DecodeObject(b)
		if err != nil {
			return
		}
		for _, field := range o.Fields {
			field.Value()
			field.Conflict()
			field.Names()
		}
		_, _ = o.Encode()
	})
}

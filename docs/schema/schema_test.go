// Package schema_test holds the schemas of this folder against the program: what the program writes fits them, and they
// refuse a missing or unknown member wherever the program does.
package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"feltbok/internal/oplog"
	"feltbok/internal/recovery"
	"feltbok/internal/vault"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// format is one schema with documents that fit it and the program's own reader.
type format struct {
	documents [][]byte
	parse     func([]byte) error
}

func strictly[T any](b []byte) error { return trust.DecodeStrict(append(b, '\n'), new(T)) }

func formats(t *testing.T) map[string]format {
	golden := func(elements ...string) [][]byte {
		return [][]byte{read(t, filepath.Join(append([]string{"..", ".."}, elements...)...))}
	}
	return map[string]format{
		"bundle": {golden("sync", "bundle", "testdata", "golden", "bundle.json"), func(b []byte) error {
			_, err := bundle.ParseManifest(append(b, '\n'))
			return err
		}},
		"line": {lines(t), func(b []byte) error {
			_, err := oplog.Parse(b)
			return err
		}},
		"box":       {[][]byte{inner(t)}, nil},
		"root":      {golden("sync", "trust", "testdata", "golden", "root.json"), strictly[trust.Root]},
		"directory": {golden("sync", "trust", "testdata", "golden", "directory.json"), strictly[trust.Directory]},
		"mission":   {golden("sync", "trust", "testdata", "golden", "mission.json"), strictly[trust.Mission]},
		"receipt":   {golden("sync", "trust", "testdata", "golden", "receipt.json"), strictly[trust.Receipt]},
		"request":   {[][]byte{bytes.ReplaceAll(golden("sync", "trust", "testdata", "golden", "request.json")[0], []byte("<nonce>"), []byte(strings.Repeat("0", 32)))}, strictly[trust.Request]},
		"grant":     {[][]byte{grant(t)}, strictly[trust.Grant]},
		"kit":       {[][]byte{kit(t)}, nil},
		"header": {golden("internal", "vault", "testdata", "header.json"), func(b []byte) error {
			_, err := vault.ParseHeader(b)
			return err
		}},
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines are one line of every kind.
func lines(t *testing.T) (all [][]byte) {
	for line := range bytes.Lines(read(t, filepath.Join("..", "..", "internal", "oplog", "testdata", "lines.golden"))) {
		if bytes.HasPrefix(line, []byte("{")) {
			all = append(all, bytes.TrimSpace(line))
		}
	}
	if len(all) < 7 {
		t.Fatalf("%d lines, there are seven kinds", len(all))
	}
	return all
}

// inner is the content of a box about a write.
func inner(t *testing.T) []byte {
	for _, b := range lines(t) {
		line, err := oplog.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if line.Kind == oplog.KindSet && len(line.Parents) > 0 {
			content := oplog.Inner{Device: line.Device, Epoch: line.Epoch, N: line.N, Object: line.Object, Type: line.Type, Set: line.Set, Parents: line.Parents, Form: "cm@7"}
			content.Compartment = 4
			b, err := content.Encode()
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatal("no write among the lines")
	return nil
}

func grant(t *testing.T) []byte {
	b, err := oplog.Canonical(trust.Grant{
		Certificate: "ssh-ed25519-cert-v01@openssh.com AAAA", Device: "device:b92f6bb1-0eb8-7e42-8d5b-8e14831695ee", Format: "feltbok-grant/1",
		Request: strings.Repeat("0", 64), Training: true,
		Users: []trust.GrantUser{{Certificate: "ssh-ed25519-cert-v01@openssh.com AAAA", User: "user:b92f6bb1-0eb8-7e42-8d5b-8e14831695ee"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func kit(t *testing.T) []byte {
	dir, custodians := t.TempDir(), []recovery.Custodian{}
	for _, label := range []string{"A", "B", "C"} {
		identity, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		custodians = append(custodians, recovery.Custodian{Label: label, Recipient: identity.Recipient().String()})
	}
	inside, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := recovery.Make(dir, inside, recovery.MakeOptions{Custodians: custodians, Threshold: 2, Training: true, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return read(t, filepath.Join(dir, recovery.KitFile))
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func value(t *testing.T, b []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Every schema of the folder is one that compiles, and what the program writes fits it.
func TestSchema_FitsWhatIsWritten(t *testing.T) {
	known := formats(t)
	for name, format := range known {
		compiled := compile(t, name)
		for _, document := range format.documents {
			if err := compiled.Validate(value(t, document)); err != nil {
				t.Errorf("%s: %v\n%.300s", name, err, document)
			}
		}
	}
	files, err := filepath.Glob("*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := []string{"report"} // held against what is written in internal/report
	for _, file := range files {
		name := strings.TrimSuffix(file, ".schema.json")
		compile(t, name)
		if _, ok := known[name]; !ok && !slices.Contains(elsewhere, name) {
			t.Errorf("nothing is held against %s", file)
		}
	}
}

// Without any one member, and with one that is unknown, the schema refuses a document exactly when the program does.
func TestSchema_RefusesWhatTheProgramRefuses(t *testing.T) {
	for name, format := range formats(t) {
		if format.parse == nil {
			continue
		}
		compiled := compile(t, name)
		tried := 0
		for _, document := range format.documents {
			for place, changed := range changes("", value(t, document)) {
				b, err := oplog.Canonical(changed)
				if err != nil {
					t.Fatal(err)
				}
				tried++
				refusedByProgram, refusedBySchema := format.parse(b) != nil, compiled.Validate(value(t, b)) != nil
				if refusedBySchema != refusedByProgram {
					t.Errorf("%s %s: refused by the program: %v, by the schema: %v\n%.400s", name, place, refusedByProgram, refusedBySchema, b)
				}
			}
		}
		if tried < 8 {
			t.Errorf("%s: only %d changes", name, tried)
		}
	}
}

// free are members whose own members are names that the format leaves open.
var free = []string{"set", "par", "inbox", "chains", "merged", "stored", "gaps", "excluded", "tips", "ops"}

// changes gives the document without each of its members in turn, and with an unknown one in each object.
func changes(at string, v any) map[string]any {
	all := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		if slices.Contains(free, at[strings.LastIndex(at, ".")+1:]) {
			return all
		}
		more := maps.Clone(v)
		more["zz_unknown"] = json.Number("1")
		all[at+" with an unknown member"] = more
		for name, member := range v {
			less := maps.Clone(v)
			delete(less, name)
			all[at+" without "+name] = less
			for place, changed := range changes(at+"."+name, member) {
				other := maps.Clone(v)
				other[name] = changed
				all[place] = other
			}
		}
	case []any:
		for i, item := range v {
			for place, changed := range changes(fmt.Sprintf("%s[%d]", at, i), item) {
				other := slices.Clone(v)
				other[i] = changed
				all[place] = other
			}
		}
	}
	return all
}

package oplog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

var update = flag.Bool("update", false, "write the golden files anew")

func id(n byte) uuid.UUID {
	return uuid.UUID{0x01, 0x93, 0xf0, 0xa2, 0xc0, 0xde, 0x70, 0x00, 0x80, 0, 0, 0, 0, 0, 0, n}
}

var (
	user, device, caseID, person = id(1), id(2), id(3), id(4)
	hq                           = id(9)
)

const epoch = 1369686238

func name(n uint64) oplog.Name { return oplog.Name{Device: device, Epoch: epoch, N: n} }

// line gives a line of the test chain with what all kinds share.
func line(kind oplog.Kind, c domain.Compartment, n uint64, change func(*oplog.Line)) *oplog.Line {
	l := &oplog.Line{
		Kind: kind, By: user, Compartment: c, Device: device, Epoch: epoch, N: n,
		HLC: 0x0193f0a2c0de0000 + oplog.HLC(n),
	}
	if n > 1 {
		l.Previous = [32]byte{0xaa}
	}
	if change != nil {
		change(l)
	}
	return l
}

func values(pairs ...string) map[string]json.RawMessage {
	set := make(map[string]json.RawMessage)
	for i := 0; i < len(pairs); i += 2 {
		set[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return set
}

// everyKind is a chain in `case` and one in `sealed` that hold every kind of line; the links are filled in by the caller.
func everyKind() []*oplog.Line {
	chain := func(l *oplog.Line) {
		l.Audience, l.App, l.Replaces = "mission:"+id(5).String(), "1.4.0", []uint32{7, 4000000000}
	}
	return []*oplog.Line{
		line(oplog.KindChain, domain.Case, 1, chain),
		line(oplog.KindSet, domain.Case, 2, func(l *oplog.Line) {
			l.Case, l.Object, l.Type, l.Form = caseID, person, "person", "cm@7"
			l.Set = values("given_names", `"Test Mappe"`, "name_native_script", `"تست"`, "other_ids", `[{"kind":"ration","no":"77"}]`)
		}),
		line(oplog.KindSet, domain.Case, 3, func(l *oplog.Line) {
			l.Case, l.Object, l.Type, l.ClockSuspect = caseID, person, "person", true
			l.Set = values("given_names", `"Test Mappe\nLinje"`, "family_name", `{"missing":"declined","reason":"<ønsker ikke> & \"taus\""}`)
			l.Parents = map[string][]oplog.Name{"given_names": {name(2), {Device: hq, Epoch: 3, N: 12}}}
			l.Source = []oplog.Name{{Device: hq, Epoch: 8, N: 1}}
		}),
		line(oplog.KindSignoff, domain.Case, 4, func(l *oplog.Line) {
			l.Case, l.Interview, l.Operations = caseID, id(6), []oplog.Name{name(2), name(3)}
			l.Signature = "-----BEGIN SSH SIGNATURE-----\nTESTDATA\n-----END SSH SIGNATURE-----\n"
		}),
		line(oplog.KindRedact, domain.Case, 5, func(l *oplog.Line) {
			l.Case, l.Reason = caseID, "moved to sealed"
			l.Redacts = []oplog.Redaction{
				{Name: name(2)},
				{Name: name(3), Parents: map[string][]oplog.Name{"given_names": {name(2)}}},
			}
		}),
		line(oplog.KindErase, domain.Case, 6, func(l *oplog.Line) { l.Case, l.Reason = caseID, "retention time over" }),
		line(oplog.KindStub, domain.Case, 7, func(l *oplog.Line) {
			l.By, l.HLC, l.Hash, l.Why = uuid.Nil, 0, sha256.Sum256([]byte("gone")), "redact:"+name(5).String()
		}),
		line(oplog.KindStub, domain.Case, 8, func(l *oplog.Line) {
			l.By, l.HLC, l.Hash, l.Why = uuid.Nil, 0, sha256.Sum256([]byte("purged")), "purged"
		}),
		line(oplog.KindChain, domain.Sealed, 1, func(l *oplog.Line) { l.Audience, l.App, l.Training = "hq", "1.4.0", true }),
		line(oplog.KindBox, domain.Sealed, 2, func(l *oplog.Line) {
			l.Case, l.Box = caseID, []byte("age-encryption.org/v1\n-> test box\n--- \x00\xff")
		}),
		line(oplog.KindSet, domain.Sealed, 3, func(l *oplog.Line) {
			l.Object, l.Type = id(7), "sealed_import"
			l.Set = values("excluded", "true", "ops", `{"`+device.String()+`/1369686238":[[1,812]]}`)
		}),
	}
}

func mustEncode(tb testing.TB, l *oplog.Line) []byte {
	tb.Helper()
	b, err := l.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// mustLink encodes the lines as chains, each standing on the link of the one before.
func mustLink(tb testing.TB, lines []*oplog.Line) [][]byte {
	tb.Helper()
	tips := make(map[oplog.Chain][32]byte)
	var encoded [][]byte
	for _, l := range lines {
		l.Previous = tips[l.Chain()]
		b := mustEncode(tb, l)
		tips[l.Chain()] = oplog.Link(l.Previous, l.HashOf(b))
		encoded = append(encoded, b)
	}
	return encoded
}

// TestLines_Golden holds the bytes, hashes and links of every kind: whatever changes one of them makes every chain
// already written unreadable.
func TestLines_Golden(t *testing.T) {
	lines := everyKind()
	var got bytes.Buffer
	got.WriteString("# One line of every kind, its hash H_n and its link L_n (security.md 5.1, 5.3).\n")
	for i, b := range mustLink(t, lines) {
		l := lines[i]
		hash := l.HashOf(b)
		link := oplog.Link(l.Previous, hash)
		fmt.Fprintf(&got, "\n%s\nhash %x\nlink %x\n", b, hash, link)
	}
	const file = "testdata/lines.golden"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("lines differ from %s (-want +got):\n%s", file, diff)
	}
}

// TestLines_GoldenLinks follows the golden file by the words of security.md 5.3 alone, without the package's own code.
func TestLines_GoldenLinks(t *testing.T) {
	hexSum := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	tips := make(map[string]string)
	found := 0
	for _, block := range strings.Split(mustRead(t, "testdata/lines.golden"), "\n\n")[1:] {
		rows := strings.Split(strings.TrimSpace(block), "\n")
		var members struct {
			C, T, H, PH string
			N           int
		}
		if err := json.Unmarshal([]byte(rows[0]), &members); err != nil {
			t.Fatal(err)
		}
		tip, ok := tips[members.C]
		if !ok {
			tip = strings.Repeat("0", 64)
		}
		if members.PH != tip {
			t.Errorf("%s line %d: ph %s, want %s", members.C, members.N, members.PH, tip)
		}
		hash := hexSum(rows[0])
		if members.T == "stub" {
			hash = members.H
		}
		tips[members.C] = hexSum(tip + hash)
		if rows[1] != "hash "+hash || rows[2] != "link "+tips[members.C] {
			t.Errorf("%s line %d: %s, %s; want %s, %s", members.C, members.N, rows[1], rows[2], hash, tips[members.C])
		}
		found++
	}
	if found != len(everyKind()) {
		t.Errorf("golden file holds %d lines, want %d", found, len(everyKind()))
	}
}

func mustRead(tb testing.TB, file string) string {
	tb.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestParse_RoundTrip(t *testing.T) {
	for i, b := range mustLink(t, everyKind()) {
		l, err := oplog.Parse(b)
		if err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
		want := everyKind()[i]
		want.Previous = l.Previous
		mustEncode(t, want) // brings it into the form that Parse gives
		if diff := cmp.Diff(want, l); diff != "" {
			t.Errorf("line %d (-want +got):\n%s", i, diff)
		}
		if again := mustEncode(t, l); !bytes.Equal(again, b) {
			t.Errorf("line %d: written again as\n%s\nwas\n%s", i, again, b)
		}
	}
}

func TestParse_DoesNotKeepInput(t *testing.T) {
	b := mustLink(t, everyKind())[1]
	l, err := oplog.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] = 'x'
	}
	if got := string(l.Set["given_names"]); got != `"Test Mappe"` {
		t.Errorf("value changed with the input: %s", got)
	}
}

// TestParse_Refused takes good lines and spoils each in one way.
func TestParse_Refused(t *testing.T) {
	good := mustLink(t, everyKind())
	chain, first, second, signoff, redact, erase, stub, box, mark := good[0], good[1], good[2], good[3], good[4], good[5], good[6], good[9], good[10]
	deep := strings.Repeat("[", 15) + strings.Repeat("]", 15)
	cases := []struct {
		name     string
		line     []byte
		old, new string
	}{
		{"white space", first, `,"c":`, `, "c":`},
		{"line feed at the end", first, `"person"}`, "\"person\"}\n"},
		{"space before", first, `{"by"`, ` {"by"`},
		{"unknown member", first, `"type":"person"}`, `"type":"person","x":1}`},
		{"member of another kind", first, `"type":"person"}`, `"type":"person","why":"purged"}`},
		{"duplicate key", first, `"ep":1369686238`, `"ep":1369686238,"ep":1369686238`},
		{"keys not sorted", first, `"t":"set","type":"person"`, `"type":"person","t":"set"`},
		{"keys of a value not sorted", second, `"missing":"declined","reason":"<ønsker ikke> & \"taus\""`, `"reason":"x","missing":"declined"`},
		{"duplicate key in a value", second, `{"missing":"declined",`, `{"missing":"declined","missing":"declined",`},
		{"fraction", first, `"Test Mappe"`, `1.5`},
		{"exponent", first, `"Test Mappe"`, `1e3`},
		{"leading zero", first, `"n":2`, `"n":02`},
		{"minus zero", first, `"Test Mappe"`, `-0`},
		{"integer of 2^53", first, `"Test Mappe"`, `9007199254740992`},
		{"epoch over 32 bits", first, `"ep":1369686238`, `"ep":4294967296`},
		{"epoch zero", first, `"ep":1369686238`, `"ep":0`},
		{"escape of a letter", first, `Test Mappe`, `Test \u004dappe`},
		{"escape with capitals", second, `\n`, `\u001F`},
		{"long form of a short escape", second, `\n`, `\u000a`},
		{"escaped slash", first, `Test Mappe`, `Test\/Mappe`},
		{"raw control character", second, `\n`, "\n"},
		{"invalid UTF-8", first, `Test Mappe`, "Test \xff"},
		{"surrogate in UTF-8", first, `Test Mappe`, "\xed\xa0\x80"},
		{"lone surrogate", first, `Test Mappe`, `\ud800`},
		{"nesting over 16", first, `"Test Mappe"`, deep},
		{"over 256 KiB", first, `Test Mappe`, strings.Repeat("a", oplog.MaxLine)},
		{"capital in a uuid", first, `"by":"0193f0a2`, `"by":"0193F0A2`},
		{"uuid in braces", first, `"by":"` + user.String() + `"`, `"by":"{` + user.String() + `}"`},
		{"nil uuid", first, user.String(), uuid.Nil.String()},
		{"no user", first, `"by":"` + user.String() + `",`, ``},
		{"nil case written out", first, `"case":"` + caseID.String() + `"`, `"case":"` + uuid.Nil.String() + `"`},
		{"hlc too short", first, `"hlc":"0193f0a2c0de0002"`, `"hlc":"193f0a2c0de0002"`},
		{"hlc with sign", first, `"hlc":"0193f0a2c0de0002"`, `"hlc":"+193f0a2c0de0002"`},
		{"hash in capitals", stub, `"h":"`, `"h":"AB`},
		{"unknown kind", first, `"t":"set"`, `"t":"sett"`},
		{"unknown compartment", first, `"c":"case"`, `"c":"cases"`},
		{"set without values", first, `"set":{"given_names":"Test Mappe","name_native_script":"تست","other_ids":[{"kind":"ration","no":"77"}]}`, `"set":{}`},
		{"parents of another field", second, `"par":{"given_names"`, `"par":{"birth_date"`},
		{"parents not sorted", second, `"` + name(2).String() + `","` + hq.String() + `.3.12"`, `"` + hq.String() + `.3.12","` + name(2).String() + `"`},
		{"parent twice", second, `"` + name(2).String() + `",`, `"` + name(2).String() + `","` + name(2).String() + `",`},
		{"parent not older", second, name(2).String(), name(3).String()},
		{"parents empty", first, `"ph":`, `"par":{},"ph":`},
		{"list of parents empty", second, `"` + name(2).String() + `","` + hq.String() + `.3.12"`, ``},
		{"name with leading zero", second, hq.String() + ".3.12", hq.String() + ".03.12"},
		{"clk of another value", second, `"clk":"s"`, `"clk":"x"`},
		{"form empty", first, `"form":"cm@7"`, `"form":""`},
		{"field name with a space", first, `"given_names"`, `"given names"`},
		{"first line that is no chain", first, `"n":2`, `"n":1`},
		{"chain line later", chain, `"n":1`, `"n":2`},
		{"ph of zeros later", second, `"ph":"`, `"ph":"` + strings.Repeat("0", 64) + `","x":"`},
		{"audience unknown", chain, `"mission:`, `"missions:`},
		{"replaced epochs not ascending", chain, `[7,4000000000]`, `[4000000000,7]`},
		{"replaced epochs empty", chain, `[7,4000000000]`, `[]`},
		{"training as a number", chain, `"training":false`, `"training":0`},
		{"sign-off of nothing", signoff, `"ops":["` + name(2).String() + `","` + name(3).String() + `"]`, `"ops":[]`},
		{"redaction without reason", redact, `"reason":"moved to sealed",`, ``},
		{"redaction of nothing", redact, `"names":[`, `"names":[],"namez":[`},
		{"unknown member in a redaction", redact, `{"name":`, `{"more":1,"name":`},
		{"erasure without a case", erase, `"case":"` + caseID.String() + `",`, ``},
		{"stub with an author", stub, `{"c":`, `{"by":"` + user.String() + `","c":`},
		{"stub with another reason", stub, `"redact:`, `"reduct:`},
		{"box in a plain compartment", box, `"c":"sealed"`, `"c":"case"`},
		{"box with loose bits", box, `=="`, `"`},
		{"box with a line feed", box, `"box":"YWdl`, `"box":"YWdl\n`},
		{"plain write in sealed", mark, `"sealed_import"`, `"sealed_note"`},
		{"plain write in audit", mark, `"c":"sealed"`, `"c":"audit"`},
		{"case named in open", first, `"c":"case"`, `"c":"open"`},
		{"case named in audit", box, `"c":"sealed"`, `"c":"audit"`},
		{"not an object", first, string(first), `[]`},
		{"empty", first, string(first), ``},
		{"cut short", first, `"person"}`, `"person"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(string(c.line), c.old) {
				t.Fatalf("the line does not hold %s", c.old)
			}
			l, err := oplog.Parse([]byte(strings.Replace(string(c.line), c.old, c.new, 1)))
			if fault.Code(err) != "E-OP" || l != nil {
				t.Errorf("got %v, %v; want no line and E-OP", l, err)
			}
		})
	}
}

func TestEncode_Normalises(t *testing.T) {
	l := everyKind()[2]
	l.Previous = [32]byte{1}
	want := mustEncode(t, l)
	loose := everyKind()[2]
	loose.Previous = [32]byte{1}
	loose.Set["family_name"] = json.RawMessage(` {"reason" : "\u003cønsker ikke> \u0026 \"taus\"","missing":"declined"}`)
	given := loose.Parents["given_names"]
	loose.Parents["given_names"] = []oplog.Name{given[1], given[0], given[1]}
	loose.Parents["family_name"] = nil
	if got := mustEncode(t, loose); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// foreign gives a good write with one member too many.
func foreign(change func(*oplog.Line)) *oplog.Line {
	return line(oplog.KindSet, domain.Case, 2, func(l *oplog.Line) {
		l.Object, l.Type, l.Set = person, "person", values("n", "1")
		change(l)
	})
}

func TestEncode_Refused(t *testing.T) {
	mustEncode(t, foreign(func(*oplog.Line) {}))
	box := line(oplog.KindBox, domain.Sealed, 2, func(l *oplog.Line) { l.Case, l.Box = caseID, []byte("age") })
	opened, err := box.Open(&oplog.Inner{
		Compartment: domain.Sealed, Device: device, Epoch: epoch, N: 2, Object: person, Type: "sealed_note", Set: values("text", `"hemmelig"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]*oplog.Line{
		"an opened box": opened,
		"a fraction": line(oplog.KindSet, domain.Case, 2, func(l *oplog.Line) {
			l.Object, l.Type, l.Set = person, "person", values("n", "1.5")
		}),
		"too deep": line(oplog.KindSet, domain.Case, 2, func(l *oplog.Line) {
			l.Object, l.Type, l.Set = person, "person", values("n", strings.Repeat("[", 15)+strings.Repeat("]", 15))
		}),
		"too long": line(oplog.KindSet, domain.Case, 2, func(l *oplog.Line) {
			l.Object, l.Type, l.Set = person, "person", values("n", `"`+strings.Repeat("a", oplog.MaxLine)+`"`)
		}),
		"a reason on a write":     foreign(func(l *oplog.Line) { l.Reason = "why" }),
		"an audience on a write":  foreign(func(l *oplog.Line) { l.Audience = "hq" }),
		"training on a write":     foreign(func(l *oplog.Line) { l.Training = true }),
		"a signature on a write":  foreign(func(l *oplog.Line) { l.Signature = "x" }),
		"a box on a write":        foreign(func(l *oplog.Line) { l.Box = []byte("age") }),
		"redactions on a write":   foreign(func(l *oplog.Line) { l.Redacts = []oplog.Redaction{{Name: name(1)}} }),
		"a stub's hash elsewhere": foreign(func(l *oplog.Line) { l.Hash[0] = 1 }),
		"a source of a chain": line(oplog.KindChain, domain.Case, 1, func(l *oplog.Line) {
			l.Audience, l.App, l.Source = "hq", "1", []oplog.Name{{Device: hq, Epoch: 1, N: 1}}
		}),
		"a stub with a user": line(oplog.KindStub, domain.Case, 2, func(l *oplog.Line) { l.Why, l.HLC = "purged", 0 }),
		"no kind":            line("", domain.Case, 2, nil),
	}
	for name, l := range cases {
		t.Run(name, func(t *testing.T) {
			b, err := l.Encode()
			if !errors.Is(err, fault.New("E-OP", "", nil)) || b != nil {
				t.Errorf("got %q, %v; want nothing and E-OP", b, err)
			}
			if err != nil && strings.Contains(err.Error(), "hemmelig") {
				t.Errorf("the error tells an answer: %v", err)
			}
		})
	}
}

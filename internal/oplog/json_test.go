package oplog_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"feltbok/internal/oplog"

	"pgregory.net/rapid"
)

func TestStrictJSON(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	var many strings.Builder
	for i := range 25 {
		many.WriteString(`"k` + string(rune('A'+i)) + `":1,`)
	}
	cases := []struct {
		name, text        string
		strict, canonical bool
	}{
		{"object", `{"a":1,"b":[true,false,null,"x"]}`, true, true},
		{"white space", " {\n\t\"a\" : 1 ,\r\n \"b\":2 } \n", true, false},
		{"keys not sorted", `{"b":1,"a":2}`, true, false},
		{"prefix first", `{"a":1,"aa":2}`, true, true},
		{"keys by UTF-16: U+1F600 before U+FF21", `{"😀":1,"Ａ":2}`, true, true},
		{"keys by bytes", `{"Ａ":2,"😀":1}`, true, false},
		{"two keys beyond U+FFFF", `{"😀":1,"😁":2}`, true, true},
		{"duplicate key", `{"a":1,"a":2}`, false, false},
		{"duplicate key by escape", `{"a":1,"\u0061":2}`, false, false},
		{"duplicate among many", `{` + many.String() + `"kA":2}`, false, false},
		{"many keys", `{` + many.String() + `"z":2}`, true, true},
		{"duplicate far inside", `[{"x":[{"a":1,"a":1}]}]`, false, false},
		{"escapes", `"\"\\\b\f\n\r\t\u0000\u001f"`, true, true},
		{"escaped slash", `"\/"`, true, false},
		{"escaped letter", `"\u00e6"`, true, false},
		{"surrogate pair", `"\ud83d\ude00"`, true, false},
		{"lone high surrogate", `"\ud83d"`, false, false},
		{"high surrogate before a letter", `"\ud83da"`, false, false},
		{"lone low surrogate", `"\ude00"`, false, false},
		{"unknown escape", `"\x"`, false, false},
		{"malformed escape", `"\u12g4"`, false, false},
		{"cut escape", `"\u12`, false, false},
		{"invalid UTF-8", "\"\xff\"", false, false},
		{"overlong UTF-8", "\"\xc0\xaf\"", false, false},
		{"surrogate in UTF-8", "\"\xed\xa0\x80\"", false, false},
		{"control character", "\"\x01\"", false, false},
		{"byte order mark", "\ufeff{}", false, false},
		{"zero", `0`, true, true},
		{"greatest integer", `9007199254740991`, true, true},
		{"least integer", `-9007199254740991`, true, true},
		{"2^53", `9007199254740992`, false, false},
		{"minus 2^53", `-9007199254740992`, false, false},
		{"beyond 64 bits", `99999999999999999999999999`, false, false},
		{"minus zero", `-0`, false, false},
		{"leading zero", `01`, false, false},
		{"plus", `+1`, false, false},
		{"fraction", `1.0`, false, false},
		{"exponent", `1E2`, false, false},
		{"minus alone", `-`, false, false},
		{"depth 16", nested(16), true, true},
		{"depth 17", nested(17), false, false},
		{"depth counts what is open", "[" + strings.Repeat("[],", 40) + "[]]", true, true},
		{"two values", `{} {}`, false, false},
		{"comma at the end", `[1,]`, false, false},
		{"comma at the end of an object", `{"a":1,}`, false, false},
		{"no colon", `{"a" 1}`, false, false},
		{"key without quotes", `{a:1}`, false, false},
		{"word cut", `tru`, false, false},
		{"empty", ``, false, false},
		{"space only", ` `, false, false},
		{"open text", `"abc`, false, false},
		{"open object", `{"a":1`, false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := oplog.StrictJSON([]byte(c.text)); (err == nil) != c.strict {
				t.Errorf("StrictJSON: %v, want accepted %v", err, c.strict)
			}
			if err := oplog.CanonicalJSON([]byte(c.text)); (err == nil) != c.canonical {
				t.Errorf("CanonicalJSON: %v, want accepted %v", err, c.canonical)
			}
		})
	}
}

func TestStrictJSON_ErrorTellsNoContent(t *testing.T) {
	err := oplog.StrictJSON([]byte(`{"name":"Test Mappe","name":"Test Linje"}`))
	if err == nil || strings.Contains(err.Error(), "Mappe") || strings.Contains(err.Error(), "name") {
		t.Errorf("got %v", err)
	}
}

func TestCanonical(t *testing.T) {
	cases := []struct {
		name string
		in   any
		want string // "" when refused
	}{
		{"map", map[string]any{"b": 1, "a": "<&>"}, `{"a":"<&>","b":1}`},
		{"struct by key, not by place", struct {
			Z int    `json:"z"`
			A string `json:"a"`
		}{1, "x"}, `{"a":"x","z":1}`},
		{"line separators stay as they are", "\u2028\u2029", "\"\u2028\u2029\""},
		{"raw text", json.RawMessage(` { "b" : [ 1 , "\u00e6\/" ] , "a" : null } `), `{"a":null,"b":[1,"æ/"]}`},
		{"surrogate pair", json.RawMessage(`"\ud83d\ude00"`), `"😀"`},
		{"short escapes", json.RawMessage(`"\u0008\u000a\u001F"`), `"\b\n\u001f"`},
		{"empty", json.RawMessage(`[ { } , [ ] ]`), `[{},[]]`},
		{"fraction", 1.5, ""},
		{"large", math.MaxInt64, ""},
		{"duplicate keys", json.RawMessage(`{"a":1,"a":1}`), ""},
		{"no value", json.RawMessage(nil), ""},
		{"not for JSON", make(chan int), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := oplog.Canonical(c.in)
			if string(got) != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// TestCanonical_Property: the canonical form of any value is canonical, means the same, and stays what it is.
func TestCanonical_Property(t *testing.T) {
	value := rapid.MapOf(rapid.String(), rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int64Range(-(1<<53-1), 1<<53-1), func(n int64) any { return n }),
		rapid.Map(rapid.SliceOf(rapid.Bool()), func(s []bool) any { return s })))
	rapid.Check(t, func(t *rapid.T) {
		v := value.Draw(t, "value")
		for key, text := range v {
			if s, ok := text.(string); !utf8.ValidString(key) || ok && !utf8.ValidString(s) {
				t.Skip("encoding/json changes invalid UTF-8")
			}
		}
		plain, err := json.MarshalIndent(v, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		got, err := oplog.Canonical(json.RawMessage(plain))
		if err != nil {
			t.Fatal(err)
		}
		if err := oplog.CanonicalJSON(got); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		var a, b any
		if json.Unmarshal(plain, &a) != nil || json.Unmarshal(got, &b) != nil {
			t.Fatalf("%s is not JSON", got)
		}
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if string(x) != string(y) {
			t.Fatalf("%s means %s, not %s", got, y, x)
		}
	})
}

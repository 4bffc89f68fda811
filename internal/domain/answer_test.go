package domain_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"feltbok/internal/domain"
)

func TestAnswer_Encode(t *testing.T) {
	tests := []struct {
		name   string
		answer domain.Answer
		want   string
	}{
		{"empty", domain.Answer{}, `null`},
		{"text", domain.TextAnswer("Test Mappe"), `"Test Mappe"`},
		{"text with signs", domain.TextAnswer("a<b>&\"\\\n\u2028\x01é"), "\"a<b>&\\\"\\\\\\n\u2028\\u0001é\""},
		{"tick", domain.Answer{Value: true}, `true`},
		{"number", domain.Answer{Value: int64(-12)}, `-12`},
		{"list", domain.Answer{Value: []string{"SYR", "TUR"}}, `["SYR","TUR"]`},
		{"empty list", domain.Answer{Value: []string{}}, `[]`},
		{"rows", domain.Answer{Value: []map[string]string{{"type": "passport", "number": "1"}}}, `[{"number":"1","type":"passport"}]`},
		{"missing", domain.MissingAnswer(domain.Declined, "too tired"), `{"missing":"declined","reason":"too tired"}`},
		{
			"qualified",
			domain.Answer{Value: "1990", Source: domain.FromRRF, Verification: domain.Unverified, Reason: "r"},
			`{"reason":"r","source":"rrf","value":"1990","verification":"unverified"}`,
		},
		{"data", domain.Answer{Value: json.RawMessage(`{"a/1": [[1, 2]]}`)}, `{"a/1":[[1,2]]}`},
		{"data like a qualified answer", domain.Answer{Value: json.RawMessage(`{"value":1}`)}, `{"value":{"value":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.answer.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("Encode = %s, want %s", got, tt.want)
			}
			back, err := domain.DecodeAnswer(got)
			if err != nil {
				t.Fatal(err)
			}
			again, err := back.Encode()
			if err != nil || string(again) != tt.want {
				t.Errorf("decoded and encoded = %s, %v", again, err)
			}
		})
	}
}

func TestAnswer_EncodeRefuses(t *testing.T) {
	for name, a := range map[string]domain.Answer{
		"value and missing":   {Value: "x", Missing: domain.Unknown},
		"unknown missing":     {Missing: "perhaps"},
		"unknown source":      {Value: "x", Source: "rumour"},
		"unknown check":       {Value: "x", Verification: "sworn"},
		"too large":           {Value: int64(1) << 53},
		"not UTF-8":           {Value: "\xff"},
		"fraction":            {Value: 1.5},
		"plain int":           {Value: 1},
		"data, not an object": {Value: json.RawMessage(`[1]`)},
	} {
		if got, err := a.Encode(); err == nil {
			t.Errorf("%s: encoded as %s", name, got)
		}
	}
}

// One answer has one form: whatever is accepted is what Encode writes.
func TestDecodeAnswer_Refuses(t *testing.T) {
	for _, raw := range []string{
		``, ` "x"`, `"x" `, `1.0`, `1e3`, `9007199254740992`, `[1]`, `["a",{"b":"c"}]`, `[{"a":1}]`, `"\u0041"`, `"\/"`,
		`{"source":"rrf","missing":"unknown"}`, `{"value":"x"}`, `{"missing":"unknown","missing":"unknown"}`, `{"missing":""}`,
		`{"source":"rumour","value":1}`, `{"missing":"unknown","value":"x"}`, `nul`, `[`, `{}{}`, `"\ud800"`,
	} {
		if a, err := domain.DecodeAnswer(json.RawMessage(raw)); err == nil {
			t.Errorf("DecodeAnswer(%s) = %+v, want an error", raw, a)
		}
	}
}

func TestAnswer_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		value := rapid.OneOf(
			rapid.Just[any](nil), rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
			rapid.Map(rapid.Int64Range(-(1<<53)+1, 1<<53-1), func(n int64) any { return n }),
			rapid.Map(rapid.SliceOf(text), func(l []string) any { return l }),
			rapid.Map(rapid.SliceOfN(rapid.MapOf(text, text), 1, 4), func(rows []map[string]string) any { return rows }),
		).Draw(t, "value")
		a := domain.Answer{Value: value, Reason: text.Draw(t, "reason"), Source: rapid.SampledFrom([]domain.Source{"", domain.FromSelf}).Draw(t, "source")}
		if value == nil {
			a.Missing = rapid.SampledFrom([]domain.Missing{"", domain.Unknown, domain.NotAsked}).Draw(t, "missing")
		}
		raw, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(raw) {
			t.Fatalf("%s is not JSON", raw)
		}
		back, err := domain.DecodeAnswer(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if diff := cmp.Diff(a, back); diff != "" {
			t.Fatalf("%s: %s", raw, diff)
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, seed := range []string{`"x"`, `{"missing":"unknown","reason":"r"}`, `[{"a":"b"}]`, `{"a/1":[[1,2]]}`, `{"value":{"value":1}}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := domain.DecodeAnswer(raw)
		if err != nil {
			return
		}
		again, err := a.Encode()
		if err != nil || string(again) != string(raw) {
			t.Errorf("accepted %s, but Encode gives %s, %v", raw, again, err)
		}
	})
}

func TestAnswer_Meaning(t *testing.T) {
	tests := []struct {
		name            string
		answer          domain.Answer
		empty, answered bool
		text            string
	}{
		{"nothing", domain.Answer{}, true, false, ""},
		{"blank text", domain.TextAnswer("  "), true, false, "  "},
		{"text", domain.TextAnswer("x"), false, true, "x"},
		{"no", domain.Answer{Value: false}, false, true, "no"},
		{"zero", domain.Answer{Value: int64(0)}, false, true, "0"},
		{"list", domain.Answer{Value: []string{"a", "b"}}, false, true, "a; b"},
		{"empty list", domain.Answer{Value: []string{}}, true, false, ""},
		{"unknown", domain.MissingAnswer(domain.Unknown, ""), false, false, ""},
		{"unknown with reason", domain.MissingAnswer(domain.Unknown, "papers lost"), false, true, ""},
		{"declined with reason", domain.MissingAnswer(domain.Declined, "tired"), false, true, ""},
		{"not asked", domain.MissingAnswer(domain.NotAsked, "no time"), false, false, ""},
		{"not applicable", domain.MissingAnswer(domain.NotApplicable, "x"), false, false, ""},
	}
	for _, tt := range tests {
		if got := tt.answer.Empty(); got != tt.empty {
			t.Errorf("%s: Empty = %t", tt.name, got)
		}
		if got := tt.answer.Answered(); got != tt.answered {
			t.Errorf("%s: Answered = %t", tt.name, got)
		}
		if got := tt.answer.Text(); got != tt.text {
			t.Errorf("%s: Text = %q, want %q", tt.name, got, tt.text)
		}
	}
	if !domain.TextAnswer("yes").Bool() || domain.TextAnswer("no").Bool() || !(domain.Answer{Value: true}).Bool() {
		t.Error("Bool reads ticks and yes")
	}
}

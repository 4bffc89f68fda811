package codelist

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A list of 8,000 codes, as long as the full standard of occupations, must answer within a keystroke.
func large(t testing.TB) *list {
	var content strings.Builder
	content.WriteString(strings.Join(columns, ",") + "\n")
	for i := range 8000 {
		fmt.Fprintf(&content, "%04d,Yrke nummer %d,Yrke tal %d,Occupation number %d,,,eget ord %d;own word %d\n", i, i, i, i, i*7, i*3)
	}
	l, err := parse(content.String())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func BenchmarkLookup_8000(b *testing.B) {
	l := large(b)
	loaded.Store("large_test_list", func() (*list, error) { return l, nil })
	defer loaded.Delete("large_test_list")
	Lookup("large_test_list", "x", "nb", 20)
	for _, text := range []string{"77", "occupation 77", "number 77 occ", "yrke"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				Lookup("large_test_list", text, "nb", 20)
			}
		})
	}
}

func TestParse_Refuses(t *testing.T) {
	head := strings.Join(columns, ",") + "\n"
	for name, content := range map[string]string{
		"nothing":             "",
		"another head":        "code,nb\na,b\n",
		"too few columns":     head + "a,b\n",
		"no label":            head + "a,b,,d,,,\n",
		"no code":             head + ",b,c,d,,,\n",
		"a code twice":        head + "a,b,c,d,,,\na,b,c,d,,,\n",
		"no date":             head + "a,b,c,d,2024,,\n",
		"a day without a day": head + "a,b,c,d,,2024-02-30,\n",
	} {
		if l, err := parse(content); err == nil {
			t.Errorf("%s: read %d entries", name, len(l.entries))
		}
	}
	l, err := parse(head + "a,b,c,d,2024-01-01,2025-01-01,x; y;\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := l.entries[0].Also; len(got) != 2 || got[1] != "y" {
		t.Errorf("also = %q", got)
	}
	if !l.entries[0].validOn(time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)) {
		t.Error("valid within its dates")
	}
}

package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
)

func rules(problems []domain.Problem) []string {
	var got []string
	for _, p := range problems {
		got = append(got, p.Rule)
	}
	return got
}

// The numbers are those of domain.md 8.1 and 17.
func TestCheckDUF(t *testing.T) {
	tests := []struct {
		number string
		year   int
		want   []string
	}{
		{"201212345603", 2026, nil},
		{"200205705502", 2026, nil},
		{"200900595509", 2026, nil},
		{"2012 123456 03", 2026, nil},
		{"", 2026, nil},
		{"201234567890", 2026, []string{"DUF"}},
		{"209900000103", 2099, nil},
		{"209900000208", 2099, nil},
		{"209900001005", 2099, nil},
		{"209900012307", 2099, nil},
		{"209912345608", 2099, nil},
		{"209950000007", 2099, nil},
		{"209999999910", 2099, nil}, // remainder 10 stands as 10
		{"209900000700", 2099, nil}, // remainder 0
		{"209900000104", 2099, []string{"DUF"}},
		{"209900000103", 2026, []string{"DUF_YEAR"}},
		{"195912345603", 2026, []string{"DUF_YEAR", "DUF"}},
		{"20121234560", 2026, []string{"DUF_FORM"}},
		{"20121234560A", 2026, []string{"DUF_FORM"}},
		{"٢٠١٢١٢٣٤٥٦٠٣", 2026, []string{"DUF_FORM"}},
	}
	for _, tt := range tests {
		problems := domain.CheckDUF(tt.number, day(tt.year, 6, 1))
		if diff := cmp.Diff(tt.want, rules(problems)); diff != "" {
			t.Errorf("CheckDUF(%q): %s", tt.number, diff)
		}
		for _, p := range problems {
			if p.Severity != domain.Warning {
				t.Errorf("CheckDUF(%q): %s is %s, want a warning in the field", tt.number, p.Rule, p.Severity)
			}
		}
	}
}

func TestCheckDUFForSettlement(t *testing.T) {
	for number, want := range map[string]string{"": "X24", "201234567890": "DUF", "12": "DUF_FORM"} {
		problems := domain.CheckDUFForSettlement(number, day(2026, 6, 1))
		if len(problems) != 1 || problems[0].Rule != want || problems[0].Severity != domain.Error {
			t.Errorf("CheckDUFForSettlement(%q) = %+v, want error %s", number, problems, want)
		}
	}
	if problems := domain.CheckDUFForSettlement("201212345603", day(2026, 6, 1)); len(problems) != 0 {
		t.Errorf("a good number gives %+v", problems)
	}
}

func TestUNHCRNumbers(t *testing.T) {
	for _, good := range []string{"", "123-45C67890", "123-45c67890", "123-45-67890", "200-24C00001", "200-24-00001", "LEB-24-00002", " leb-24–00002 ", "123-45-678901"} {
		if p := domain.CheckUNHCRCase(good); len(p) > 0 {
			t.Errorf("case %q: %+v", good, p)
		}
	}
	for _, wrong := range []string{"200-00000001", "20-24C00001", "200-24D00001", "200-24C0001", "200-24C0000001"} {
		if p := domain.CheckUNHCRCase(wrong); len(p) != 1 || p[0].Severity != domain.Warning {
			t.Errorf("case %q: %+v, want one warning", wrong, p)
		}
	}
	for _, good := range []string{"", "200-00000001", "200-000000012", "leb-00000001"} {
		if p := domain.CheckUNHCRIndividual(good); len(p) > 0 {
			t.Errorf("individual %q: %+v", good, p)
		}
	}
	for _, wrong := range []string{"200-24C00001", "200-0000001", "2000-0000001"} {
		if p := domain.CheckUNHCRIndividual(wrong); len(p) != 1 {
			t.Errorf("individual %q: %+v, want one warning", wrong, p)
		}
	}
	if got := domain.NormaliseUNHCR(" 200 - 24c00001"); got != "200-24C00001" {
		t.Errorf("NormaliseUNHCR = %q", got)
	}
	if !domain.SameUNHCRCase("123-45c67890", "123-45-67890") || domain.SameUNHCRCase("123-45C67890", "123-45-67891") {
		t.Error("the old and the new form of one case number are the same case")
	}
}

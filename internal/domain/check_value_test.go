package domain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
)

func TestCheckValue(t *testing.T) {
	const id = "01930000-0000-7000-8000-000000000001"
	tests := []struct {
		t      domain.Type
		field  string
		answer domain.Answer
		want   []string
	}{
		{"person", "given_names", domain.Answer{Value: "Test Mappe"}, nil},
		{"person", "given_names", domain.Answer{Value: "Test-Østen d'Øy Jr."}, nil},
		{"person", "given_names", domain.Answer{Value: "Test2"}, []string{"NAME_DIGITS"}},
		{"person", "given_names", domain.Answer{Value: "Test@Mappe"}, []string{"NAME_CHARACTERS"}},
		{"person", "given_names", domain.Answer{Value: "تجربة"}, []string{"NAME_SCRIPT"}},
		{"person", "name_native_script", domain.Answer{Value: "تجربة"}, nil},
		{"person", "name_native_script", domain.Answer{Value: "ትእምርቲ"}, nil},
		{"person", "other_spellings", domain.Answer{Value: []string{"Tast", "T3st"}}, []string{"NAME_DIGITS"}},
		{"person", "given_names", domain.Answer{Value: "e\u0301"}, []string{"TEXT_FORM"}}, // not NFC
		{"person", "given_names", domain.Answer{Value: "a\tb"}, []string{"TEXT_FORM", "NAME_CHARACTERS"}},
		{"person", "given_names", domain.Answer{Value: true}, []string{"KIND"}},
		{"person", "given_names", domain.Answer{}, nil},
		{"person", "sex", domain.MissingAnswer(domain.Unknown, ""), []string{"REASON"}},
		{"person", "sex", domain.MissingAnswer(domain.Unknown, "not said"), nil},
		{"person", "birth", domain.Answer{Value: "1990-03"}, nil},
		{"person", "birth", domain.Answer{Value: "1990-3"}, []string{"KIND"}},
		{"person", "birth", domain.Answer{Value: "2026-11-22"}, nil},
		{"person", "birth", domain.Answer{Value: "2026-11-23"}, []string{"BIRTH_FUTURE"}},
		{"person", "birth", domain.Answer{Value: "2026"}, nil},
		{"person", "birth", domain.Answer{Value: "1899"}, []string{"BIRTH_OLD"}},
		{"person", "birth", domain.Answer{Value: "1919"}, []string{"AGE_105"}},
		{"person", "nationalities", domain.Answer{Value: []string{"SYR", "SYR"}}, []string{"KIND"}},
		{"person", "nationalities", domain.Answer{Value: []string{""}}, []string{"KIND"}},
		{"person", "nationalities", domain.Answer{Value: "SYR"}, []string{"KIND"}},
		{"person", "stateless", domain.Answer{Value: "maybe"}, []string{"KIND"}},
		{"person", "household", domain.Answer{Value: id}, nil},
		{"person", "household", domain.Answer{Value: strings.ToUpper(id)}, nil}, // digits only: upper case is the same
		{"person", "household", domain.Answer{Value: "{" + id + "}"}, []string{"KIND"}},
		{"person", "duf_no", domain.Answer{Value: "201234567890"}, []string{"DUF"}},
		{"person", "other_ids", domain.Answer{Value: []map[string]string{{"type": "passport", "number": "X1"}}}, nil},
		{"person", "other_ids", domain.Answer{Value: []map[string]string{{"colour": "red"}}}, []string{"KIND"}},
		{"person", "other_ids", domain.Answer{Value: []string{}}, nil},
		{"interview", "start", domain.Answer{Value: "2026-03-01T09:00:00+03:00"}, nil},
		{"interview", "start", domain.Answer{Value: "2026-03-01 09:00"}, []string{"KIND"}},
		{"interview", "read_back_done", domain.Answer{Value: "yes"}, []string{"KIND"}},
		{"education", "years_total", domain.Answer{Value: int64(31)}, []string{"NUMBER"}},
		{"education", "years_total", domain.Answer{Value: int64(30)}, nil},
		{"education", "years_total", domain.Answer{Value: "12"}, []string{"KIND"}},
		{"mission", "planned_cases", domain.Answer{Value: int64(-1)}, []string{"NUMBER"}},
		{"mission", "mission_code", domain.Answer{Value: "2026-UGA-01"}, nil},
		{"mission", "mission_code", domain.Answer{Value: "UGA1"}, []string{"MISSION_CODE"}},
		{"mission", "start_date", domain.Answer{Value: "2026-02-30"}, []string{"KIND"}},
		{"quota_year", "carried_over", domain.Answer{Value: int64(-247)}, nil},
		{"request", "proposed_week", domain.Answer{Value: "2026-W54"}, []string{"WEEK"}},
		{"relation", "note", domain.Answer{Value: strings.Repeat("å", 500)}, []string{"TEXT_NEAR_LIMIT"}},
		{"relation", "note", domain.Answer{Value: strings.Repeat("å", 501)}, []string{"TEXT_LONG"}},
		{"work", "duties", domain.Answer{Value: "Cut stone.\nBuilt walls."}, nil},
		{"work", "duties", domain.Answer{Value: "see data:image/png;base64,AAAA"}, []string{"TEXT_IMAGE"}},
		{"work", "duties", domain.Answer{Value: "call +47 22 00 00 00"}, []string{"TEXT_NUMBER"}},
		{"work", "duties", domain.Answer{Value: "from 12.03.2014 to 2016-01-01, 1999-2004"}, nil},
		{"work", "duties", domain.Answer{Value: "They were persecuted"}, []string{"TEXT_STORY"}},
		{"daily_life_need", "daily_life_summary", domain.Answer{Value: "Trenger heis. Har diabetes."}, []string{"TEXT_DIAGNOSIS"}},
		{"daily_life_need", "daily_life_summary", domain.Answer{Value: "Trenger heis og hearing aids."}, nil},
		{"person_special", "pregnant_due", domain.Answer{Value: "2027-03"}, nil},
		{"person_special", "pregnant_due", domain.Answer{Value: "2027-10"}, []string{"X12"}},
		{"person_special", "pregnant_due", domain.Answer{Value: "2026-08"}, []string{"X12"}},
		{"roster_person", "birth_year", domain.Answer{Value: int64(2027)}, []string{"NUMBER"}},
		{"case_import", "ops", domain.Answer{Value: json.RawMessage(`{"a/1":[[1,2]]}`)}, nil},
		{"case_import", "ops", domain.Answer{Value: "x"}, []string{"KIND"}},
	}
	today := day(2026, 11, 22)
	for _, tt := range tests {
		info, ok := domain.Info(tt.t)
		if !ok {
			t.Fatalf("no type %q", tt.t)
		}
		f, ok := info.Field(tt.field)
		if !ok {
			t.Fatalf("no field %s.%s", tt.t, tt.field)
		}
		problems := domain.CheckValue(f, tt.answer, today)
		if diff := cmp.Diff(tt.want, rules(problems)); diff != "" {
			t.Errorf("%s.%s = %v: %s", tt.t, tt.field, tt.answer.Value, diff)
		}
		for _, p := range problems {
			if p.Field != tt.field || p.Severity == 0 {
				t.Errorf("%s.%s: problem %+v lacks field or severity", tt.t, tt.field, p)
			}
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		given, family, native, display, sort string
	}{
		{"Test", "Mappe", "", "Test Mappe", "Mappe Test"},
		{"Test", "", "", "Test", "Test"},
		{"", "Mappe", "", "Mappe", "Mappe"},
		{"", "", "تجربة", "تجربة", ""},
		{" Test  Lang ", "Mappe", "تجربة", "Test Lang Mappe", "Mappe Test Lang"},
		{"", "", "", "", ""},
	}
	for _, tt := range tests {
		get := func(field string) domain.Answer {
			return domain.TextAnswer(map[string]string{"given_names": tt.given, "family_name": tt.family, "name_native_script": tt.native}[field])
		}
		if got := domain.DisplayName(get); got != tt.display {
			t.Errorf("DisplayName = %q, want %q", got, tt.display)
		}
		if got := domain.SortName(get); got != tt.sort {
			t.Errorf("SortName = %q, want %q", got, tt.sort)
		}
	}
	if got := domain.NormaliseText(" e\u0301\r\nb "); got != "é\nb" {
		t.Errorf("NormaliseText = %q", got)
	}
}

package domain_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"feltbok/internal/domain"
)

func day(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC)
}

func TestParsePartialDate(t *testing.T) {
	for text, want := range map[string]domain.PartialDate{
		"1990": {Year: 1990}, "1990-03": {Year: 1990, Month: 3}, "2024-02-29": {Year: 2024, Month: 2, Day: 29},
	} {
		got, err := domain.ParsePartialDate(text)
		if err != nil || got != want {
			t.Errorf("ParsePartialDate(%q) = %v, %v", text, got, err)
		}
		if got.String() != text {
			t.Errorf("String = %q, want %q", got.String(), text)
		}
	}
	// Unknown parts are missing, never zero or filled in (domain.md 8.4).
	for _, wrong := range []string{"", "90", "1990-00", "1990-03-00", "1990-3", "1990-13", "2023-02-29", "1990-03-1", "0000", "1990-03-01T00:00", " 1990"} {
		if got, err := domain.ParsePartialDate(wrong); !errors.Is(err, domain.ErrDate) {
			t.Errorf("ParsePartialDate(%q) = %v, %v, want ErrDate", wrong, got, err)
		}
	}
}

func TestPartialDate_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := domain.PartialDate{Year: rapid.IntRange(1, 9999).Draw(t, "year"), Month: rapid.IntRange(0, 12).Draw(t, "month")}
		if d.Month > 0 {
			d.Day = rapid.IntRange(0, 28).Draw(t, "day")
		}
		back, err := domain.ParsePartialDate(d.String())
		if err != nil || back != d {
			t.Fatalf("%v → %q → %v, %v", d, d.String(), back, err)
		}
		if d.Last().Before(d.First()) {
			t.Fatalf("%v ends before it begins", d)
		}
	})
}

func TestParseTypedDate(t *testing.T) {
	today := day(2026, 11, 22)
	tests := []struct{ text, lang, want string }{
		{"1.1.90", "nb", "1990-01-01"},
		{"1. 1. 1990", "nb", "1990-01-01"},
		{"01/02/1990", "en", "1990-02-01"}, // the day first, in every language
		{"01-02-1990", "en", "1990-02-01"},
		{"01021990", "nb", "1990-02-01"},
		{"1990", "nb", "1990"},
		{" 1990 ", "nb", "1990"},
		{"3/1990", "nb", "1990-03"},
		{"3.1990", "nb", "1990-03"},
		{"1990-03", "nb", "1990-03"},
		{"1990-3-7", "nb", "1990-03-07"},
		{"mars 1990", "nb", "1990-03"},
		{"Mars 1990", "nn", "1990-03"},
		{"march 1990", "en", "1990-03"},
		{"2. april 1988", "nb", "1988-04-02"},
		{"2 apr 88", "nb", "1988-04-02"},
		{"2nd of April 1988", "en", "1988-04-02"},
		{"April 2, 1988", "en", "1988-04-02"},
		{"17. mai 2009", "nn", "2009-05-17"},
		{"17 May 2009", "nb", "2009-05-17"}, // the interpreter's paper may be English
		{"des 99", "nb", "1999-12"},
		{"22.11.26", "nb", "2026-11-22"}, // today is not after today
		{"23.11.26", "nb", "1926-11-23"}, // tomorrow is, so the century before
		{"12/26", "nb", "1926-12"},
		{"29.2.2024", "nb", "2024-02-29"},
		{"1.1.2030", "nb", "2030-01-01"}, // a full year is taken as it is; CheckValue judges it
	}
	for _, tt := range tests {
		got, err := domain.ParseTypedDate(tt.text, tt.lang, today)
		if err != nil || got.String() != tt.want {
			t.Errorf("ParseTypedDate(%q, %s) = %q, %v, want %q", tt.text, tt.lang, got, err, tt.want)
		}
	}
	for _, wrong := range []string{"", "90", "abc", "31.2.1990", "1.13.1990", "0.1.1990", "00/1990", "1990-01-00", "sometime 1990", "19900", "1.1.1", "29.2.2023", "ma 1990"} {
		if got, err := domain.ParseTypedDate(wrong, "nb", today); !errors.Is(err, domain.ErrDate) {
			t.Errorf("ParseTypedDate(%q) = %q, %v, want ErrDate", wrong, got, err)
		}
	}
}

func TestPartialDate_AgeRange(t *testing.T) {
	tests := []struct {
		birth           string
		at              time.Time
		least, greatest int
	}{
		{"2010-11-22", day(2026, 11, 22), 16, 16}, // older on the birthday
		{"2010-11-23", day(2026, 11, 22), 15, 15},
		{"2011", day(2026, 11, 22), 14, 15},
		{"2011-11", day(2026, 11, 22), 14, 15},
		{"2011-10", day(2026, 11, 22), 15, 15},
		{"2008-02-29", day(2026, 2, 28), 17, 17},
		{"2008-02-29", day(2026, 3, 1), 18, 18},
		{"2027", day(2026, 11, 22), -2, -1},
	}
	for _, tt := range tests {
		d, err := domain.ParsePartialDate(tt.birth)
		if err != nil {
			t.Fatal(err)
		}
		if least, greatest := d.AgeRange(tt.at); least != tt.least || greatest != tt.greatest {
			t.Errorf("born %s is %d–%d on %s, want %d–%d", tt.birth, least, greatest, tt.at.Format(time.DateOnly), tt.least, tt.greatest)
		}
	}
}

func TestAgeGroup_In(t *testing.T) {
	at := day(2026, 11, 22)
	tests := []struct {
		group domain.AgeGroup
		birth string
		want  domain.Membership
	}{
		{domain.ChildGroup, "2008-11-23", domain.Inside},
		{domain.ChildGroup, "2008-11-22", domain.Outside},
		{domain.ChildGroup, "2008", domain.Unclear},
		{domain.IndividualInterview, "2011-11-22", domain.Inside},
		{domain.IndividualInterview, "2011-11-23", domain.Outside},
		{domain.IndividualInterview, "2011", domain.Unclear},
		{domain.NoCourse, "2018-11-23", domain.Inside},
		{domain.ChildCourse, "2018-11-22", domain.Inside},
		{domain.ChildCourse, "2010-11-22", domain.Outside},
		{domain.AdultCourse, "2010-11-22", domain.Inside},
		{domain.IntroductionProgramme, "1970-11-23", domain.Inside}, // 55
		{domain.IntroductionProgramme, "1970-11-22", domain.Outside},
		{domain.MayBeOfferedProgramme, "1970-11-22", domain.Inside},
		{domain.Elderly, "1961-11-22", domain.Inside},
		{domain.UnaccompaniedBufetat, "2012", domain.Inside},
		{domain.UnaccompaniedIMDi, "2009-01", domain.Inside},
		{domain.AdultGroup, "", domain.Unclear},
		{"no group", "1990", domain.Outside},
	}
	for _, tt := range tests {
		birth, _ := domain.ParsePartialDate(tt.birth)
		if got := tt.group.In(birth, at); got != tt.want {
			t.Errorf("%s, born %q: %d, want %d", tt.group, tt.birth, got, tt.want)
		}
	}
}

// A boy of 17 at the interview who turns 18 before settlement belongs to different groups on the two dates (domain.md 9).
func TestAgeGroups_NamedDates(t *testing.T) {
	birth := domain.PartialDate{Year: 2009, Month: 1, Day: 15}
	inside, unclear := domain.AgeGroups(birth, domain.OnDecision, day(2026, 12, 1), true)
	if len(unclear) > 0 || len(inside) != 1 || inside[0] != domain.UnaccompaniedIMDi {
		t.Errorf("on the decision: %v, unclear %v", inside, unclear)
	}
	inside, _ = domain.AgeGroups(birth, domain.OnDecision, day(2027, 2, 1), false)
	if len(inside) != 2 || inside[0] != domain.IntroductionProgramme {
		t.Errorf("when 18: %v", inside)
	}
}

func TestFiveYearBand(t *testing.T) {
	for age, want := range map[int]string{0: "0–4", 4: "0–4", 5: "5–9", 64: "60–64", 65: "65+", 101: "65+"} {
		if got := domain.FiveYearBand(age); got != want {
			t.Errorf("FiveYearBand(%d) = %q, want %q", age, got, want)
		}
	}
}

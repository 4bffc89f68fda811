package domain

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// PartialDate is a date of which the day, or the day and the month, may be unknown. Unknown parts are zero here and
// missing in the stored text, never filled in (domain.md 8.4).
type PartialDate struct{ Year, Month, Day int }

// ErrDate says that a text is not a date.
var ErrDate = errors.New("not a date")

var storedDate = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$`)

// ParsePartialDate reads the stored form: YYYY, YYYY-MM or YYYY-MM-DD.
func ParsePartialDate(text string) (PartialDate, error) {
	parts := storedDate.FindStringSubmatch(text)
	if parts == nil {
		return PartialDate{}, fmt.Errorf("%w: want YYYY, YYYY-MM or YYYY-MM-DD", ErrDate)
	}
	d := PartialDate{Year: number(parts[1]), Month: number(parts[2]), Day: number(parts[3])}
	if parts[2] == "00" || parts[3] == "00" {
		return PartialDate{}, fmt.Errorf("%w: an unknown part is left out, not zero", ErrDate)
	}
	if !d.exists() {
		return PartialDate{}, fmt.Errorf("%w: the calendar has no such day", ErrDate)
	}
	return d, nil
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // digits only, at most eight
	return n
}

// exists reports whether the calendar has the date.
func (d PartialDate) exists() bool {
	switch {
	case d.Year < 1 || d.Year > 9999 || d.Month < 0 || d.Month > 12 || d.Day < 0:
		return false
	case d.Month == 0:
		return d.Day == 0
	}
	return d.Day <= lastDay(d.Year, d.Month)
}

func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// IsZero reports whether nothing is known.
func (d PartialDate) IsZero() bool { return d == PartialDate{} }

// Whole reports whether year, month and day are known.
func (d PartialDate) Whole() bool { return d.Day != 0 }

// String gives the stored form; "" for the zero date.
func (d PartialDate) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// First is the earliest day that the date can mean, at midnight UTC.
func (d PartialDate) First() time.Time {
	return time.Date(d.Year, time.Month(max(d.Month, 1)), max(d.Day, 1), 0, 0, 0, 0, time.UTC)
}

// Last is the latest day that the date can mean, at midnight UTC.
func (d PartialDate) Last() time.Time {
	month := d.Month
	if month == 0 {
		month = 12
	}
	day := d.Day
	if day == 0 {
		day = lastDay(d.Year, month)
	}
	return time.Date(d.Year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// AgeRange gives the smallest and the greatest age in whole years, on the day that at has in its own zone, of somebody
// born on the date. Somebody born on 29 February grows older on 1 March in years without that day. Ages before birth are
// negative.
func (d PartialDate) AgeRange(at time.Time) (least, greatest int) {
	return age(d.Last(), at), age(d.First(), at)
}

func age(birth, at time.Time) int {
	years := at.Year() - birth.Year()
	if at.Month() < birth.Month() || at.Month() == birth.Month() && at.Day() < birth.Day() {
		years--
	}
	return years
}

// monthNames as people write them; a name may be cut to three letters or more.
var monthNames = map[string][12]string{
	"nb": {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
	"nn": {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
	"en": {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"},
}

var (
	typedISO     = regexp.MustCompile(`^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$`)
	typedYear    = regexp.MustCompile(`^\d{4}$`)
	typedEight   = regexp.MustCompile(`^(\d{2})(\d{2})(\d{4})$`)
	typedNumbers = regexp.MustCompile(`^(?:(\d{1,2})[./\- ]\s*)?(\d{1,2})[./\- ]\s*(\d{4}|\d{2})$`)
	typedDayWord = regexp.MustCompile(`^(?:(\d{1,2})(?:\.|st|nd|rd|th)?\s+)?(?:of\s+)?(\pL+)\.?,?\s+(\d{4}|\d{2})$`)
	typedWordDay = regexp.MustCompile(`^(\pL+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}|\d{2})$`)
	blanks       = regexp.MustCompile(`\s+`)
)

// ParseTypedDate reads a date as people type it, the day always before the month when both are numbers: 1.1.90,
// 01/01/1990, 01011990, 1990, 3/1990, 1990-03, mars 1990, 2. april 1988, April 2, 1988. Month names are understood in all
// languages of the program, those of lang first. A year of two digits is the newest one that is not after today. Two
// digits alone are not a date: they may be an age.
func ParseTypedDate(text, lang string, today time.Time) (PartialDate, error) {
	text = strings.ToLower(blanks.ReplaceAllString(strings.TrimSpace(text), " "))
	var d PartialDate
	var year string
	if parts := typedISO.FindStringSubmatch(text); parts != nil {
		d, year = PartialDate{Month: number(parts[2]), Day: number(parts[3])}, parts[1]
		if parts[3] != "" && d.Day == 0 {
			return PartialDate{}, fmt.Errorf("%w: an unknown part is left out, not zero", ErrDate)
		}
	} else if typedYear.MatchString(text) {
		return PartialDate{Year: number(text)}.checked()
	} else if parts := typedEight.FindStringSubmatch(text); parts != nil {
		d, year = PartialDate{Month: number(parts[2]), Day: number(parts[1])}, parts[3]
	} else if parts := typedNumbers.FindStringSubmatch(text); parts != nil {
		if parts[1] != "" && number(parts[1]) == 0 {
			return PartialDate{}, fmt.Errorf("%w: an unknown part is left out, not zero", ErrDate)
		}
		d, year = PartialDate{Month: number(parts[2]), Day: number(parts[1])}, parts[3]
	} else if parts := typedDayWord.FindStringSubmatch(text); parts != nil {
		d, year = PartialDate{Month: month(parts[2], lang), Day: number(parts[1])}, parts[3]
	} else if parts := typedWordDay.FindStringSubmatch(text); parts != nil {
		d, year = PartialDate{Month: month(parts[1], lang), Day: number(parts[2])}, parts[3]
	} else {
		return PartialDate{}, ErrDate
	}
	if d.Month == 0 {
		return PartialDate{}, fmt.Errorf("%w: no such month", ErrDate)
	}
	if len(year) == 4 {
		d.Year = number(year)
		return d.checked()
	}
	century := today.Year() / 100 * 100
	d.Year = century + number(year)
	if d.First().After(time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)) {
		d.Year -= 100
	}
	return d.checked()
}

func (d PartialDate) checked() (PartialDate, error) {
	if !d.exists() {
		return PartialDate{}, fmt.Errorf("%w: the calendar has no such day", ErrDate)
	}
	return d, nil
}

// month finds the number of a month by its name or the first three letters or more; 0 when there is none.
func month(word, lang string) int {
	for _, l := range []string{lang, "nb", "nn", "en"} {
		for i, name := range monthNames[l] {
			if word == name || len(word) >= 3 && strings.HasPrefix(name, word) {
				return i + 1
			}
		}
	}
	return 0
}

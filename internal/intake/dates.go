package intake

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/domain"
)

var (
	threeNumbers = regexp.MustCompile(`^(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4}|\d{2})$`)
	yearFirst    = regexp.MustCompile(`^(\d{4})[./\- ](\d{1,2})(?:[./\- ](\d{1,2}))?$`)
	timeBehind   = regexp.MustCompile(`[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?Z?$`)
	aboutBefore  = regexp.MustCompile(`(?i)^(~|≈|ca\.?|circa|c\.|about|approx\.?|est\.?|ca|omtrent|anslått)\s*`)
	aboutBehind  = regexp.MustCompile(`(?i)\s*\(?(est\.?|estimated|approx\.?|circa|ca\.?|anslått|\?)\)?$`)
	lettered     = regexp.MustCompile(`\pL`)
)

// twoNumbers gives the first two numbers of a date of three.
func twoNumbers(text string) (first, second int, ok bool) {
	parts := threeNumbers.FindStringSubmatch(latinDigits(text))
	if parts == nil {
		return 0, 0, false
	}
	first, _ = strconv.Atoi(parts[1])
	second, _ = strconv.Atoi(parts[2])
	return first, second, true
}

// latinDigits writes the digits of other scripts as 0–9.
func latinDigits(text string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{'٠', '۰', '၀'} { // Arabic, Persian, Burmese
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, text)
}

// readDate reads a date as lists have it. A part that is written as zero is unknown and is left out (domain.md 8.4); about says that
// the list itself calls the date estimated.
func readDate(text string, order DateOrder, today time.Time) (d domain.PartialDate, about bool, err error) {
	text = strings.Join(strings.Fields(latinDigits(text)), " ")
	text = timeBehind.ReplaceAllString(text, "")
	if bare := aboutBehind.ReplaceAllString(aboutBefore.ReplaceAllString(text, ""), ""); bare != text {
		text, about = bare, true
	}
	if parts := yearFirst.FindStringSubmatch(text); parts != nil {
		d, err = fromNumbers(parts[3], parts[2], parts[1])
		return d, about, err
	}
	if parts := threeNumbers.FindStringSubmatch(text); parts != nil {
		day, month, year := parts[1], parts[2], parts[3]
		if order == MonthFirst {
			day, month = month, day
		}
		if len(year) == 4 {
			d, err = fromNumbers(day, month, year)
			return d, about, err
		}
		if allZero(day) || allZero(month) {
			return domain.PartialDate{}, about, domain.ErrDate
		}
		d, err = domain.ParseTypedDate(day+"."+month+"."+year, "en", today)
		return d, about, err
	}
	if lettered.MatchString(text) { // 15-Mar-1990, 15/MAR/1990
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == '/' || r == ' ' }), " ")
	}
	d, err = domain.ParseTypedDate(text, "en", today)
	return d, about, err
}

// fromNumbers makes a date of which a zero or missing day, or month and day, are unknown.
func fromNumbers(day, month, year string) (domain.PartialDate, error) {
	text := year
	if !allZero(month) {
		text += "-" + twoDigits(month)
		if !allZero(day) {
			text += "-" + twoDigits(day)
		}
	} else if !allZero(day) {
		return domain.PartialDate{}, domain.ErrDate
	}
	return domain.ParsePartialDate(text)
}

func allZero(digits string) bool { return strings.Trim(digits, "0") == "" }

func twoDigits(number string) string {
	if len(number) == 1 {
		return "0" + number
	}
	return number
}

// estimated reports whether a birth date is taken as estimated: the list says so, parts are unknown, or it is 1 January, which
// papers say when nobody knows (domain.md 8.4).
func estimated(d domain.PartialDate, about bool) bool {
	return about || !d.Whole() || d.Month == 1 && d.Day == 1
}

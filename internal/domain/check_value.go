package domain

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// Limits of free text in characters (domain.md 8.3).
const (
	TextLimit     = 500
	LongTextLimit = 4000
)

// CheckValue judges the answer to one field by itself: kind, length, dates, numbers, names (domain.md 8.1–8.4). Whether a
// code is in its list is judged by codelist.CheckValue, which calls this. The problems carry the field's name; type and
// object are the caller's to fill in. Rule KIND means that the answer cannot be stored in the field at all.
func CheckValue(f Field, a Answer, today time.Time) []Problem {
	var problems []Problem
	switch {
	case a.Value == nil:
		if (a.Missing == Unknown || a.Missing == Declined) && strings.TrimSpace(a.Reason) == "" && (f.Need == Required || f.Need == Conditional) {
			problems = []Problem{{Rule: "REASON", Severity: Warning}}
		}
	case !fits(f, a.Value):
		problems = []Problem{{Rule: "KIND", Severity: Error}}
	default:
		problems = checkFitting(f, a, today)
	}
	for i := range problems {
		problems[i].Field = f.Name
	}
	return problems
}

// fits reports whether the value has the shape of the field's kind.
func fits(f Field, value any) bool {
	text, isText := value.(string)
	list, isList := value.([]string)
	switch f.Kind {
	case Text, LongText:
		return isText
	case Date:
		return isText && parses(time.DateOnly, text)
	case PartialDateKind:
		_, err := ParsePartialDate(text)
		return isText && err == nil
	case DateTime:
		return isText && parses(time.RFC3339, text)
	case Int:
		_, ok := value.(int64)
		return ok
	case Bool:
		_, ok := value.(bool)
		return ok
	case YesNo:
		return text == "yes" || text == "no"
	case Code:
		return isText && text != "" && !strings.ContainsAny(text, " \t\n")
	case MultiCode:
		return isList && !slices.ContainsFunc(list, func(c string) bool { return c == "" || strings.ContainsAny(c, " \t\n") }) && distinct(list)
	case MultiText:
		return isList
	case Reference:
		return isText && isID(text)
	case MultiReference:
		return isList && !slices.ContainsFunc(list, func(id string) bool { return !isID(id) }) && distinct(list)
	case Rows:
		table, ok := value.([]map[string]string)
		return (ok || isList && len(list) == 0) && fitsColumns(table, f.Columns)
	case Data:
		_, ok := value.(json.RawMessage)
		return ok
	case Given:
		return fitsQuestion(value)
	}
	return false
}

func parses(layout, text string) bool {
	_, err := time.Parse(layout, text)
	return err == nil
}

// isID accepts the one form in which ids are written.
func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

func distinct(list []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(list)))) == len(list)
}

func fitsColumns(table []map[string]string, columns []string) bool {
	for _, row := range table {
		for key := range row {
			if columns != nil && !slices.Contains(columns, key) {
				return false
			}
		}
	}
	return true
}

func checkFitting(f Field, a Answer, today time.Time) []Problem {
	switch f.Kind {
	case Text:
		return slices.Concat(checkText(f, a.Text(), TextLimit), checkIdentity(f.Name, a.Text(), today))
	case LongText:
		return slices.Concat(checkText(f, a.Text(), LongTextLimit), checkContent(f.Name, a.Text()))
	case MultiText:
		var problems []Problem
		for _, text := range a.List() {
			problems = append(problems, checkText(f, text, TextLimit)...)
		}
		return problems
	case PartialDateKind:
		d, _ := ParsePartialDate(a.Text())
		return checkPartialDate(f.Name, d, today)
	case Int:
		n, _ := a.Int()
		return checkInt(f.Name, n, today)
	}
	return nil
}

func checkText(f Field, text string, limit int) []Problem {
	var problems []Problem
	switch length := utf8.RuneCountInString(text); {
	case length > limit:
		problems = append(problems, Problem{Rule: "TEXT_LONG", Severity: Error, Args: map[string]string{"Limit": strconv.Itoa(limit), "Length": strconv.Itoa(length)}})
	case length > limit*9/10:
		problems = append(problems, Problem{Rule: "TEXT_NEAR_LIMIT", Severity: Information, Args: map[string]string{"Left": strconv.Itoa(limit - length)}})
	}
	if strings.Contains(text, "data:image/") {
		problems = append(problems, Problem{Rule: "TEXT_IMAGE", Severity: Error})
	}
	control := func(r rune) bool { return unicode.IsControl(r) && (r != '\n' || f.Kind != LongText) }
	if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) || strings.ContainsFunc(text, control) {
		problems = append(problems, Problem{Rule: "TEXT_FORM", Severity: Error})
	}
	return append(problems, checkName(f.Name, text)...)
}

var (
	missionCode = regexp.MustCompile(`^[0-9]{4}-[A-Z]{3}-[0-9]{2}$`)
	isoWeek     = regexp.MustCompile(`^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$`)
)

// checkIdentity judges the texts that have a form of their own.
func checkIdentity(field, text string, today time.Time) []Problem {
	switch field {
	case "duf_no":
		return CheckDUF(text, today)
	case "unhcr_individual_no":
		return CheckUNHCRIndividual(text)
	case "unhcr_case_no":
		return CheckUNHCRCase(text)
	case "mission_code":
		if !missionCode.MatchString(text) {
			return []Problem{{Rule: "MISSION_CODE", Severity: Warning}}
		}
	case "proposed_week":
		if !isoWeek.MatchString(text) {
			return []Problem{{Rule: "WEEK", Severity: Warning}}
		}
	}
	return nil
}

const (
	oldestBirthYear = 1900
	greatestAge     = 105
)

func checkPartialDate(field string, d PartialDate, today time.Time) []Problem {
	switch field {
	case "birth":
		least, _ := d.AgeRange(today)
		switch {
		case startOfDay(today).Before(d.First()):
			return []Problem{{Rule: "BIRTH_FUTURE", Severity: Error}}
		case d.Year < oldestBirthYear:
			return []Problem{{Rule: "BIRTH_OLD", Severity: Error}}
		case least > greatestAge:
			return []Problem{{Rule: "AGE_105", Severity: Warning}}
		}
	case "pregnant_due":
		if d.First().After(startOfDay(today).AddDate(0, 10, 0)) || d.Last().Before(startOfDay(today).AddDate(0, -2, 0)) {
			return []Problem{{Rule: "X12", Severity: Warning}}
		}
	}
	return nil
}

// startOfDay gives the day that t has in its own zone as midnight UTC, comparable with the days of a [PartialDate].
func startOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// intRanges are the sensible ranges of whole numbers, by field; others must not be negative.
var intRanges = map[string][2]int64{
	"years_total": {0, 30}, "school_years_total": {0, 30}, "work_years_total": {0, 80}, "years": {0, 80}, "driving_experience_years": {0, 80},
	"minutes_attended": {0, 24 * 60}, "minutes": {0, 24 * 60}, "frame_year": {1, 3}, "year": {1990, 2100}, "completeness": {0, 100},
	"carried_over": {-100_000, 100_000}, "case_size_rrf": {1, 99}, "led_others": {0, 100_000},
}

// IntRange gives the least and the greatest whole number that a field takes on a day, both allowed.
func IntRange(field string, today time.Time) (least, most int64) {
	if field == "birth_year" {
		return oldestBirthYear, int64(today.Year())
	}
	if bounds, ok := intRanges[field]; ok {
		return bounds[0], bounds[1]
	}
	return 0, largestInt
}

func checkInt(field string, n int64, today time.Time) []Problem {
	least, most := IntRange(field, today)
	if n >= least && n <= most {
		return nil
	}
	return []Problem{{Rule: "NUMBER", Severity: Error, Args: map[string]string{
		"Least": strconv.FormatInt(least, 10), "Most": strconv.FormatInt(most, 10),
	}}}
}

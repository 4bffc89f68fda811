package domain

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

func digits(n int) string { return strconv.Itoa(n) }

var (
	dufForm           = regexp.MustCompile(`^[0-9]{12}$`)
	unhcrIndividual   = regexp.MustCompile(`^[0-9A-Z]{3}-[0-9]{8,9}$`)
	unhcrOldCase      = regexp.MustCompile(`^[0-9A-Z]{3}-[0-9]{2}C[0-9]{5,6}$`)
	unhcrNewCase      = regexp.MustCompile(`^[0-9A-Z]{3}-[0-9]{2}-[0-9]{5,6}$`)
	dufWeights        = [10]int{4, 6, 3, 2, 4, 6, 3, 2, 7, 5}
	unhcrDashVariants = strings.NewReplacer("–", "-", "—", "-", "‑", "-", "−", "-")
)

const oldestDUFYear = 1960

// NormaliseDUF takes the spaces out of a DUF number as typed.
func NormaliseDUF(typed string) string { return strings.Join(strings.Fields(typed), "") }

// CheckDUF judges a DUF number: 12 digits, of which the first four are the year of registration and the last two a check
// (domain.md 8.1). The check digits are not published by the authorities, so a mismatch is a warning to type it again;
// [CheckDUFForSettlement] is strict. An empty number gives no problem.
func CheckDUF(number string, today time.Time) []Problem {
	number = NormaliseDUF(number)
	switch {
	case number == "":
		return nil
	case !dufForm.MatchString(number):
		return []Problem{{Rule: "DUF_FORM", Severity: Warning}}
	}
	var problems []Problem
	if year, _ := strconv.Atoi(number[:4]); year < oldestDUFYear || year > today.Year() {
		problems = append(problems, Problem{Rule: "DUF_YEAR", Severity: Warning, Args: map[string]string{"Year": number[:4]}})
	}
	sum := 0
	for i, weight := range dufWeights {
		sum += weight * int(number[i]-'0')
	}
	if want, _ := strconv.Atoi(number[10:]); sum%11 != want {
		problems = append(problems, Problem{Rule: "DUF", Severity: Warning})
	}
	return problems
}

// CheckDUFForSettlement is [CheckDUF] as headquarters needs it before a number is used: a wrong form or check is an error,
// and so is no number (domain.md 8.1, X24).
func CheckDUFForSettlement(number string, today time.Time) []Problem {
	if NormaliseDUF(number) == "" {
		return []Problem{{Rule: "X24", Severity: Error}}
	}
	problems := CheckDUF(number, today)
	for i := range problems {
		if problems[i].Rule != "DUF_YEAR" {
			problems[i].Severity = Error
		}
	}
	return problems
}

// NormaliseUNHCR brings a UNHCR number into one form: upper case, no spaces, plain hyphens (domain.md 8.2).
func NormaliseUNHCR(typed string) string {
	return strings.ToUpper(unhcrDashVariants.Replace(strings.Join(strings.Fields(typed), "")))
}

// SameUNHCRCase reports whether two case numbers are the same in the old form with C and the new form with a hyphen.
func SameUNHCRCase(a, b string) bool {
	return UNHCRCaseKey(a) == UNHCRCaseKey(b)
}

// UNHCRCaseKey is what two spellings of one case number have in common: the new form with hyphens, normalised. Numbers in neither
// form are normalised only.
func UNHCRCaseKey(typed string) string {
	number := NormaliseUNHCR(typed)
	if unhcrOldCase.MatchString(number) {
		return number[:6] + "-" + number[7:]
	}
	return number
}

// CheckUNHCRIndividual judges an individual number. Country offices also use numbers of their own, so another form is a
// warning (domain.md 8.2).
func CheckUNHCRIndividual(number string) []Problem {
	number = NormaliseUNHCR(number)
	if number == "" || unhcrIndividual.MatchString(number) {
		return nil
	}
	return []Problem{{Rule: "UNHCR_INDIVIDUAL", Severity: Warning}}
}

// CheckUNHCRCase judges a case number in the old or the new form; another form is a warning (domain.md 8.2).
func CheckUNHCRCase(number string) []Problem {
	number = NormaliseUNHCR(number)
	if number == "" || unhcrOldCase.MatchString(number) || unhcrNewCase.MatchString(number) {
		return nil
	}
	return []Problem{{Rule: "UNHCR_CASE", Severity: Warning}}
}

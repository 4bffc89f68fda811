package domain

import (
	"regexp"
	"strings"
	"unicode"
)

// What must not slip into free text (domain.md 8.3): phone numbers and identity numbers, diagnoses where a municipality
// reads, and the protection story, which is UDI's. The word lists are local and short; they warn, they never block.

// longNumber finds a run of eight digits or more, also when written in groups.
var longNumber = regexp.MustCompile(`\+?\d(?:[ .\-]?\d){7,}`)

// dateLike are numbers that look long only because they are dates or periods.
var dateLike = regexp.MustCompile(`\b\d{1,2}[.\-]\d{1,2}[.\-]\d{4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{4} ?- ?\d{4}\b`)

// diagnosisWords begin a word in a text that a municipality reads. Needs are named there, not diagnoses.
var diagnosisWords = []string{
	"diagnos", "diabetes", "epilep", "kreft", "cancer", "hiv", "hepatitt", "hepatit", "tuberkul", "tubercul", "ptsd",
	"posttraum", "depresjon", "depressi", "schizo", "psykose", "psychos", "bipolar", "autis", "adhd", "cerebral parese", "cerebral palsy",
	"downs syndrom", "down syndrome", "talassemi", "thalass", "sigdcelle", "sickle cell", "nyresvikt", "kidney failure", "hjertesvikt",
	"heart failure", "leukemi", "leukaemi", "leukemia", "demens", "dementia", "alzheimer", "parkinson", "astma", "asthma", "kols", "copd",
}

// storyWords begin a word that belongs to the grounds for protection rather than to settlement.
var storyWords = []string{
	"forfulg", "forfølg", "persecut", "tortur", "torture", "voldtatt", "voldtek", "voldtok", "raped", "drept ", "drepen",
	"killed", "henrett", "execut", "bortført", "kidnap", "abduct", "fengslet", "fengsla", "imprison", "arrestert", "arrested", "flyktet fordi",
	"flykta fordi", "fled because", "massakr", "massacr",
}

// checkContent warns about what does not belong in a free text. Only long texts are looked at: short fields have a form.
func checkContent(field, text string) []Problem {
	var problems []Problem
	if longNumber.MatchString(dateLike.ReplaceAllString(text, "")) {
		problems = append(problems, Problem{Rule: "TEXT_NUMBER", Severity: Warning})
	}
	words := " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), notInWord), " ") + " "
	if field == "daily_life_summary" && containsAny(words, diagnosisWords) {
		problems = append(problems, Problem{Rule: "TEXT_DIAGNOSIS", Severity: Warning})
	}
	if containsAny(words, storyWords) {
		problems = append(problems, Problem{Rule: "TEXT_STORY", Severity: Warning})
	}
	return problems
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func containsAny(words string, beginnings []string) bool {
	for _, b := range beginnings {
		if strings.Contains(words, " "+b) {
			return true
		}
	}
	return false
}

package ui

import (
	"strings"
	"time"

	"feltbok/internal/i18n"
)

// DayName says a day (YYYY-MM-DD) in full, and in front whether it is today or tomorrow; what is no day comes back as it is.
func DayName(t *i18n.Texts, date, today string) string {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	name := t.T("today.date", "Weekday", t.T("today.weekday."+day.Format("Mon")), "Day", day.Day(), "Month", t.T("today.month."+day.Format("01")))
	if from, err := time.Parse(time.DateOnly, today); err == nil {
		switch day.Sub(from) {
		case 0:
			return t.T("today.is_today", "Date", name)
		case 24 * time.Hour:
			return t.T("today.is_tomorrow", "Date", name)
		}
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// ShorterDays are shorter ways to say a day (YYYY-MM-DD) than DayName, for [Text.Shorter]: without the word for today or tomorrow, then
// with the month as a number.
func ShorterDays(t *i18n.Texts, date string) []string {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil
	}
	weekday := t.T("today.weekday." + day.Format("Mon"))
	return []string{DayName(t, date, ""), strings.ToUpper(weekday[:1]) + weekday[1:] + " " + day.Format("2.1.")}
}

package desk

import (
	"slices"
	"strings"
	"testing"

	"feltbok/app/record"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

// A caseworker who decides or takes a file back reads the words of each field, never its name in the store. Left out are
// records that no person writes about a person or a course.
func TestFieldLabel_EveryFieldThatPeopleSee(t *testing.T) {
	inner := []domain.Type{
		"code_list", "form", "quota_year", "sub_quota", "municipality", "aggregate", "situation_description", "seminar", "staff", "staff_card", "rehearsal",
		"backup_record", "case_attachment", "special_attachment", "event",
	}
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		for _, info := range domain.Types() {
			if slices.Contains(inner, info.Type) || strings.HasSuffix(string(info.Type), "_import") {
				continue
			}
			for _, field := range info.Fields {
				if _, ok := record.Label(texts, info.Type, field.Name); !ok {
					t.Errorf("%s: %s.%s has no words", lang, info.Type, field.Name)
				}
			}
		}
	}
}

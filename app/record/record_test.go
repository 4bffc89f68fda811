package record_test

import (
	"os"
	"testing"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/record"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

// entered reports whether records of a type are entered by people (domain.md 7.1–7.19, 7.21).
func entered(info domain.TypeInfo) bool {
	n := info.Number
	return n <= 2 || n >= 101 && n <= 109 || n >= 121 && n <= 126 || n >= 141 && n <= 146 || n >= 201 && n <= 207 || n >= 301 && n <= 305
}

// Every field of the page is called something in every language, and so is every column of a list.
func TestLabel_EveryField(t *testing.T) {
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		for _, info := range domain.Types() {
			if !entered(info) {
				continue
			}
			for _, f := range record.Asked(info.Type) {
				if label, ok := record.Label(texts, info.Type, f.Name); !ok || label == "" {
					t.Errorf("%s: %s.%s has no name", lang, info.Type, f.Name)
				}
				for _, column := range f.Columns {
					if !texts.Has("record.column." + column) {
						t.Errorf("%s: column %s of %s.%s has no name", lang, column, info.Type, f.Name)
					}
				}
			}
		}
	}
}

package custody_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/app/ui/custody"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// TestOf_KitByItsRehearsals: a training installation has one root and one roster key; what is known of the kit comes from the
// newest good rehearsals.
func TestOf_KitByItsRehearsals(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	open := []custody.Weakness{custody.Root, custody.Roster}
	steps := []struct {
		what, day string
		succeeded bool
		shares    int64
		alone     bool // afterwards
	}{
		{"a rehearsal that failed", "2026-11-01", false, 1, false},
		{"one custodian", "2026-11-02", true, 1, true},
		{"an older one by two", "2026-11-01", true, 2, true},
		{"two custodians on the same day", "2026-11-02", true, 2, true},
		{"two custodians later", "2026-11-03", true, 2, false},
		{"a later one that failed", "2026-11-04", false, 1, false},
		{"one custodian again", "2026-11-05", true, 1, true},
	}
	for i, step := range steps {
		if i == 0 {
			if got := mustFind(t, in); !cmp.Equal(got, open) {
				t.Fatalf("before any rehearsal: %v", got)
			}
		}
		exchangetest.Write(t, in.HQ, workspace.Target{Type: "rehearsal", Mission: exchangetest.Mission}, map[string]domain.Answer{
			"date": {Value: step.day}, "succeeded": {Value: step.succeeded}, "shares_used": {Value: step.shares}, "note": {Value: "rehearsed"},
		})
		want := open
		if step.alone {
			want = append(want[:2:2], custody.Kit)
		}
		if diff := cmp.Diff(want, mustFind(t, in)); diff != "" {
			t.Errorf("after %s:\n%s", step.what, diff)
		}
	}
}

func mustFind(t *testing.T, in *exchangetest.Installation) []custody.Weakness {
	t.Helper()
	found, err := custody.Of(t.Context(), in.HQ.WS)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestBanner_EveryLanguage: each weakness has its sentence, and where there is none nothing is shown.
func TestBanner_EveryLanguage(t *testing.T) {
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		if custody.Banner(texts, nil) != nil {
			t.Errorf("%s: a banner about nothing", lang)
		}
		for _, weak := range []custody.Weakness{custody.Root, custody.Roster, custody.Kit} {
			if !texts.Has("custody."+string(weak)) || custody.Banner(texts, []custody.Weakness{weak}) == nil {
				t.Errorf("%s: nothing is said of %s", lang, weak)
			}
		}
	}
}

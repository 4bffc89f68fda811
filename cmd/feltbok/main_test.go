package main

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

func TestParse(t *testing.T) {
	s, err := parse([]string{"--workspace", "/w", "--lang", "nn", "--theme", "dark", "--text-scale", "150", "--size", "1024x600", "--screen", "caseload"})
	if err != nil {
		t.Fatal(err)
	}
	if s.dir != "/w" || s.look.Lang != "nn" || s.look.Variant != theme.Dark || s.look.Percent != 150 || s.size != fyne.NewSize(1024, 600) || s.screen != "caseload" {
		t.Fatalf("parsed %+v", s)
	}
	for _, c := range []struct{ args, want string }{
		{"--lang de", "--lang must be"},
		{"--theme blue", "--theme must be"},
		{"--text-scale 50", "--text-scale must be"},
		{"--touch yes", "--touch must be"},
		{"--size 12", "--size must be"},
		{"--size 100x100", "--size must be"},
		{"--size 1280x800x3", "--size must be"},
		{"x", "unexpected argument"},
		{"--nothing", "not defined"},
	} {
		if _, err := parse(strings.Fields(c.args)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("parse(%s): error %v, want one with %q", c.args, err, c.want)
		}
	}
}

func TestRun_NoDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if code := run([]string{"--lang", "en"}); code != 1 {
		t.Fatalf("without a display the exit code is %d, want 1", code)
	}
	if code := run([]string{"--lang", "xx"}); code != 2 {
		t.Fatalf("for a wrong flag the exit code is %d, want 2", code)
	}
}

func TestPlaces(t *testing.T) {
	seen := map[string]bool{}
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		for _, place := range places() {
			if !texts.Has(place.TitleKey) {
				t.Errorf("%s has no title in %s", place.ID, lang)
			}
			if !theme.HasIcon(place.Icon) {
				t.Errorf("%s has no icon %q", place.ID, place.Icon)
			}
			for _, role := range domain.AllRoles {
				one := place.ID + lang + string(role)
				if place.Roles != nil && !slices.Contains(place.Roles, role) {
					continue
				}
				if seen[one] {
					t.Errorf("%s stands twice for %s", place.ID, role)
				}
				seen[one] = true
			}
		}
	}
}

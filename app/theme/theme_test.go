package theme_test

import (
	"image/color"
	"io/fs"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
	"feltbok/assets"
)

func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	line := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*line(n.R) + 0.7152*line(n.G) + 0.0722*line(n.B)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestTheme_Contrast(t *testing.T) {
	test.NewTempApp(t)
	pages := []fyne.ThemeColorName{theme.ColorPaper, theme.ColorSurface, theme.ColorRail, theme.ColorInput}
	tints := []fyne.ThemeColorName{theme.ColorAccentTint, theme.ColorSuccessTint, theme.ColorWarningTint, theme.ColorErrorTint, theme.ColorNeutralTint, fynetheme.ColorNameButton}
	texts := []fyne.ThemeColorName{theme.ColorInk, theme.ColorMuted, theme.ColorAccent, theme.ColorSuccess, theme.ColorWarning, theme.ColorError}
	type pair struct {
		on    fyne.ThemeColorName
		name  fyne.ThemeColorName
		least float64
	}
	var pairs []pair
	for _, page := range pages {
		for _, text := range texts {
			pairs = append(pairs, pair{page, text, 4.5})
		}
		pairs = append(pairs, pair{page, fynetheme.ColorNameDisabled, 4.5}, pair{page, theme.ColorInputLine, 3}, pair{page, theme.ColorFocusRing, 3})
	}
	for _, tint := range tints {
		for _, text := range texts {
			pairs = append(pairs, pair{tint, text, 4.5})
		}
	}
	pairs = append(pairs,
		pair{theme.ColorAccent, theme.ColorOnAccent, 4.5}, pair{theme.ColorError, theme.ColorOnError, 4.5},
		pair{theme.ColorTraining, theme.ColorOnTraining, 4.5},
		pair{theme.ColorSuccess, fynetheme.ColorNameForegroundOnSuccess, 4.5}, pair{theme.ColorWarning, fynetheme.ColorNameForegroundOnWarning, 4.5},
		pair{fynetheme.ColorNameDisabledButton, fynetheme.ColorNameDisabled, 4.5})
	for _, variant := range []theme.Variant{theme.Light, theme.Dark} {
		look := theme.New(variant, 100)
		for _, p := range pairs {
			if got := contrast(look.Color(p.name, 0), look.Color(p.on, 0)); got < p.least {
				t.Errorf("%s: %s on %s has contrast %.2f, want at least %.1f", variant, p.name, p.on, got, p.least)
			}
		}
	}
}

func TestTheme_SizesFollowTheScale(t *testing.T) {
	test.NewTempApp(t)
	for _, c := range []struct {
		percent int
		text    float32
		touch   float32
	}{{100, 16, 44}, {80, 13, 35}, {200, 32, 88}, {10, 13, 35}, {900, 32, 88}} {
		look := theme.New(theme.Light, c.percent)
		if got := look.Size(fynetheme.SizeNameText); got != c.text {
			t.Errorf("text at %d %% is %v, want %v", c.percent, got, c.text)
		}
		if got := look.Size(theme.SizeTouch); got != c.touch {
			t.Errorf("touch target at %d %% is %v, want %v", c.percent, got, c.touch)
		}
		if got := look.Size(theme.SizeRing); got != 2.5 {
			t.Errorf("focus ring at %d %% is %v, want 2.5", c.percent, got)
		}
	}
}

func TestIcon_AllDrawAndTakeColour(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	names, err := fs.Glob(assets.Icons, "icons/*.svg")
	if err != nil || len(names) < 30 {
		t.Fatalf("found %d icons, err %v", len(names), err)
	}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "icons/"), ".svg")
		if !theme.HasIcon(name) {
			t.Errorf("%s is empty", name)
		}
		content := string(theme.NewIcon(name).In(theme.ColorError).Content())
		if strings.Contains(content, "#000000") || !strings.Contains(content, "#a1271b") {
			t.Errorf("%s did not take the colour: %s", name, content)
		}
	}
	if theme.HasIcon("no-such-icon") {
		t.Error("an icon that does not exist is reported as existing")
	}
	before := theme.NewIcon("ok").Name()
	app.Settings().SetTheme(theme.New(theme.Dark, 100))
	if theme.NewIcon("ok").Name() == before {
		t.Error("an icon keeps its name, and so its cached drawing, when the look changes")
	}
}

// TestTheme_Touch: on a screen that is touched nothing that can be tapped is lower than 44 points, whatever the text size, and the rest
// stays as the text size makes it.
func TestTheme_Touch(t *testing.T) {
	for _, percent := range []int{80, 100, 150, 200} {
		plain, touched := theme.New(theme.Light, percent), theme.New(theme.Light, percent).ForTouch(true)
		if got := touched.Size(theme.SizeTouch); got < 44 || got < plain.Size(theme.SizeTouch) {
			t.Errorf("%d %%: targets of %v points", percent, got)
		}
		if touched.Size(fynetheme.SizeNameScrollBar) <= plain.Size(fynetheme.SizeNameScrollBar) {
			t.Errorf("%d %%: the scroll bar is as thin as for a mouse", percent)
		}
		if touched.Size(fynetheme.SizeNameText) != plain.Size(fynetheme.SizeNameText) {
			t.Errorf("%d %%: the text changes with the screen", percent)
		}
	}
	if theme.New(theme.Light, 80).Size(theme.SizeTouch) >= 44 {
		t.Error("small text has large targets also for a mouse, so the setting does nothing")
	}
}

// Package theme gives the program its look: colours, sizes, fonts and icons in a light and a dark variant.
//
// Start with [New] and [Apply]. Colours and sizes are asked for by name with [Color] and [Size], so that a change of
// variant or text size reaches everything on screen at the next refresh. Every text colour has a contrast of at least
// 4.5:1 on every surface it is used on (design.md 3); a test holds that.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/assets"
)

// Variant says light or dark.
type Variant string

// The two variants. Light is the default.
const (
	Light Variant = "light"
	Dark  Variant = "dark"
)

// Smallest and largest text size in percent, and the default.
const (
	MinScale     = 80
	MaxScale     = 200
	DefaultScale = 100
)

// Theme is one look. It is immutable: a change of setting is a new Theme. Safe for concurrent use.
type Theme struct {
	variant Variant
	percent int
	touch   bool
	palette map[fyne.ThemeColorName]color.NRGBA
}

var _ fyne.Theme = (*Theme)(nil)

// New makes the look of a variant (anything but Dark is Light) at a text size in percent, held between MinScale and MaxScale.
func New(variant Variant, percent int) *Theme {
	palette := lightPalette
	if variant == Dark {
		palette = darkPalette
	} else {
		variant = Light
	}
	return &Theme{variant: variant, percent: min(max(percent, MinScale), MaxScale), palette: palette}
}

// ForTouch returns the same look for a screen that is touched, or not: nothing that can be tapped is then lower than 44 points, also
// with small text, scroll bars can be taken hold of with a finger, and pages leave room for the keyboard that the system draws on the screen.
func (t *Theme) ForTouch(on bool) *Theme {
	other := *t
	other.touch = on
	return &other
}

// Apply makes t the look of the running program.
func Apply(t *Theme) { fyne.CurrentApp().Settings().SetTheme(t) }

// Variant returns Light or Dark.
func (t *Theme) Variant() Variant { return t.variant }

// Touch reports whether the look is made for a screen that is touched.
func (t *Theme) Touch() bool { return t.touch }

// Percent returns the text size, 80 to 200.
func (t *Theme) Percent() int { return t.percent }

// Color returns a colour by the toolkit's name or one of this package's. The toolkit's own wish for light or dark is
// ignored: the user of this program chooses.
func (t *Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := t.palette[name]; ok {
		return c
	}
	variant := fynetheme.VariantLight
	if t.variant == Dark {
		variant = fynetheme.VariantDark
	}
	return fynetheme.DefaultTheme().Color(name, variant)
}

// Icon returns the toolkit's icon.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return fynetheme.DefaultTheme().Icon(name)
}

// Font returns the font that is asked first for a style: Arabic, Ethiopic and Myanmar. The toolkit's own font, which has
// Latin, Greek and Cyrillic, is asked next.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Monospace || style.Symbol:
		return fynetheme.DefaultTheme().Font(style)
	case style.Bold:
		return scriptsBold
	default:
		return scriptsRegular
	}
}

var (
	scriptsRegular = font("feltbok-scripts-regular.ttf")
	scriptsBold    = font("feltbok-scripts-bold.ttf")
)

func font(name string) fyne.Resource {
	content, err := assets.Fonts.ReadFile("fonts/" + name)
	if err != nil {
		panic(err) // embedded; a test loads both
	}
	return fyne.NewStaticResource(name, content)
}

// inUse returns the look of the running program; where another theme is in use, as in tests, the default look.
func inUse() *Theme {
	if app := fyne.CurrentApp(); app != nil {
		if t, ok := app.Settings().Theme().(*Theme); ok {
			return t
		}
	}
	return fallback
}

var fallback = New(Light, DefaultScale)

// Touch reports whether the look in use is made for a screen that is touched.
func Touch() bool { return inUse().touch }

// Color returns a colour of the look in use.
func Color(name fyne.ThemeColorName) color.Color { return inUse().Color(name, 0) }

// Size returns a size of the look in use, in the toolkit's device-independent points.
func Size(name fyne.ThemeSizeName) float32 { return inUse().Size(name) }

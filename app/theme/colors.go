package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Surfaces, from the bottom up.
const (
	// ColorPaper is the page behind everything.
	ColorPaper = fynetheme.ColorNameBackground
	// ColorSurface is a card or a panel on the page.
	ColorSurface fyne.ThemeColorName = "feltbok.surface"
	// ColorRail is the strip with the places, the header and the status line.
	ColorRail fyne.ThemeColorName = "feltbok.rail"
	// ColorInput is the inside of a field.
	ColorInput = fynetheme.ColorNameInputBackground
)

// Text colours. Each reads on every surface.
const (
	ColorInk     = fynetheme.ColorNameForeground
	ColorMuted   = fynetheme.ColorNamePlaceHolder
	ColorAccent  = fynetheme.ColorNamePrimary
	ColorSuccess = fynetheme.ColorNameSuccess
	ColorWarning = fynetheme.ColorNameWarning
	ColorError   = fynetheme.ColorNameError
)

// Filled areas and the text upon them.
const (
	ColorOnAccent                        = fynetheme.ColorNameForegroundOnPrimary
	ColorOnError                         = fynetheme.ColorNameForegroundOnError
	ColorTraining    fyne.ThemeColorName = "feltbok.training"
	ColorOnTraining  fyne.ThemeColorName = "feltbok.onTraining"
	ColorAccentTint  fyne.ThemeColorName = "feltbok.accentTint"
	ColorSuccessTint fyne.ThemeColorName = "feltbok.successTint"
	ColorWarningTint fyne.ThemeColorName = "feltbok.warningTint"
	ColorErrorTint   fyne.ThemeColorName = "feltbok.errorTint"
	ColorNeutralTint fyne.ThemeColorName = "feltbok.neutralTint"
)

// Lines.
const (
	// ColorLine is the thin border of a card and between rows. Decoration only, so without a contrast of its own.
	ColorLine = fynetheme.ColorNameSeparator
	// ColorInputLine is the border of a field or chip: at least 3:1 on paper and surface.
	ColorInputLine = fynetheme.ColorNameInputBorder
	// ColorFocusRing is the ring around what has the keyboard: at least 3:1 on paper and surface.
	ColorFocusRing fyne.ThemeColorName = "feltbok.focusRing"
)

// opaque reads 0xRRGGBB.
func opaque(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
}

func veil(rgb uint32, alpha uint8) color.NRGBA {
	c := opaque(rgb)
	c.A = alpha
	return c
}

var lightPalette = map[fyne.ThemeColorName]color.NRGBA{
	ColorPaper:   opaque(0xf7f4ee),
	ColorSurface: opaque(0xfffefb),
	ColorRail:    opaque(0xefeae0),
	ColorInput:   opaque(0xffffff),

	ColorInk:     opaque(0x1a2327),
	ColorMuted:   opaque(0x535f66),
	ColorAccent:  opaque(0x0e5866),
	ColorSuccess: opaque(0x27632c),
	ColorWarning: opaque(0x7d4b00),
	ColorError:   opaque(0xa1271b),

	ColorOnAccent:    opaque(0xffffff),
	ColorOnError:     opaque(0xffffff),
	ColorTraining:    opaque(0x6c2e7c),
	ColorOnTraining:  opaque(0xffffff),
	ColorAccentTint:  opaque(0xd9e9ea),
	ColorSuccessTint: opaque(0xe2eedf),
	ColorWarningTint: opaque(0xf8e8c8),
	ColorErrorTint:   opaque(0xf8e0db),
	ColorNeutralTint: opaque(0xece7dc),

	ColorLine:      opaque(0xdcd5c8),
	ColorInputLine: opaque(0x838783),
	ColorFocusRing: opaque(0x0b7a8c),

	fynetheme.ColorNameForegroundOnSuccess: opaque(0xffffff),
	fynetheme.ColorNameForegroundOnWarning: opaque(0xffffff),
	fynetheme.ColorNameHyperlink:           opaque(0x0e5866),
	fynetheme.ColorNameButton:              opaque(0xece7dc),
	fynetheme.ColorNameDisabledButton:      opaque(0xf0ece4),
	fynetheme.ColorNameDisabled:            opaque(0x606a69),
	fynetheme.ColorNameFocus:               veil(0x0b7a8c, 0x40),
	fynetheme.ColorNameHover:               veil(0x1a2327, 0x12),
	fynetheme.ColorNamePressed:             veil(0x1a2327, 0x26),
	fynetheme.ColorNameSelection:           opaque(0xd9e9ea),
	fynetheme.ColorNameHeaderBackground:    opaque(0xefeae0),
	fynetheme.ColorNameMenuBackground:      opaque(0xfffefb),
	fynetheme.ColorNameOverlayBackground:   opaque(0xfffefb),
	fynetheme.ColorNameScrollBar:           veil(0x1a2327, 0x60),
	fynetheme.ColorNameScrollBarBackground: veil(0x1a2327, 0x08),
	fynetheme.ColorNameShadow:              veil(0x1a2327, 0x38),
}

var darkPalette = map[fyne.ThemeColorName]color.NRGBA{
	ColorPaper:   opaque(0x14191b),
	ColorSurface: opaque(0x1c2326),
	ColorRail:    opaque(0x0f1315),
	ColorInput:   opaque(0x12181a),

	ColorInk:     opaque(0xe9e6df),
	ColorMuted:   opaque(0xaab3b4),
	ColorAccent:  opaque(0x74c5cd),
	ColorSuccess: opaque(0x93d08f),
	ColorWarning: opaque(0xf0c06a),
	ColorError:   opaque(0xff9d8f),

	ColorOnAccent:    opaque(0x06252a),
	ColorOnError:     opaque(0x3a0a05),
	ColorTraining:    opaque(0xd0a3e0),
	ColorOnTraining:  opaque(0x2c0a38),
	ColorAccentTint:  opaque(0x16383d),
	ColorSuccessTint: opaque(0x1d3520),
	ColorWarningTint: opaque(0x3b2e12),
	ColorErrorTint:   opaque(0x46201b),
	ColorNeutralTint: opaque(0x2a3235),

	ColorLine:      opaque(0x333d40),
	ColorInputLine: opaque(0x7b8789),
	ColorFocusRing: opaque(0x8fd9e0),

	fynetheme.ColorNameForegroundOnSuccess: opaque(0x0b260c),
	fynetheme.ColorNameForegroundOnWarning: opaque(0x2c1e00),
	fynetheme.ColorNameHyperlink:           opaque(0x74c5cd),
	fynetheme.ColorNameButton:              opaque(0x2a3235),
	fynetheme.ColorNameDisabledButton:      opaque(0x20282a),
	fynetheme.ColorNameDisabled:            opaque(0x929b9c),
	fynetheme.ColorNameFocus:               veil(0x8fd9e0, 0x40),
	fynetheme.ColorNameHover:               veil(0xffffff, 0x12),
	fynetheme.ColorNamePressed:             veil(0xffffff, 0x26),
	fynetheme.ColorNameSelection:           opaque(0x16383d),
	fynetheme.ColorNameHeaderBackground:    opaque(0x0f1315),
	fynetheme.ColorNameMenuBackground:      opaque(0x1c2326),
	fynetheme.ColorNameOverlayBackground:   opaque(0x1c2326),
	fynetheme.ColorNameScrollBar:           veil(0xffffff, 0x60),
	fynetheme.ColorNameScrollBarBackground: veil(0xffffff, 0x08),
	fynetheme.ColorNameShadow:              veil(0x000000, 0x90),
}

// Package assets carries the files that travel inside the program: question sets, code lists, texts, word lists, fonts
// and icons. It holds data only.
package assets

import "embed"

// Texts holds i18n/<area>.<language>.json, the words of the program in bokmål (nb), nynorsk (nn) and English (en).
//
//go:embed i18n
var Texts embed.FS

// Forms holds forms/<set>/{survey,choices,settings}.csv, the question sets as XLSForm tables (design.md 2).
//
//go:embed forms
var Forms embed.FS

// CodeLists holds codelists/<list>.csv with versions and labels (domain.md 15).
//
//go:embed codelists
var CodeLists embed.FS

// Words holds words/<language>.txt, the word lists for passphrases and for comparing enrolments by voice.
//
//go:embed words
var Words embed.FS

// Fonts holds fonts/*.ttf, for the scripts of the people Norway receives.
//
//go:embed fonts
var Fonts embed.FS

// Icons holds icons/*, the program's own pictures.
//
//go:embed icons
var Icons embed.FS

// Second holds second/<language>.json, the words for the person interviewed in languages other than the program's.
//
//go:embed second
var Second embed.FS

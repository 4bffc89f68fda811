// Package i18n gives every text of the program in bokmål, nynorsk and English, and lets the language change at run time.
//
// Texts live in assets/i18n/<area>.<language>.json as flat maps from key to text; {{.Name}} in a text is filled from
// the arguments, and a text that counts is a map with "one" and "other". The same catalogue serves the app, the command
// line and reports.
package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"feltbok/assets"
	"feltbok/internal/fault"
)

// Languages lists the languages of the program, the default first.
var Languages = []string{"nb", "nn", "en"}

var load = sync.OnceValue(func() *goi18n.Bundle {
	bundle := goi18n.NewBundle(language.MustParse("nb"))
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	files, err := fs.Glob(assets.Texts, "i18n/*.json")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, file := range files {
		content, err := assets.Texts.ReadFile(file)
		if err != nil {
			panic(err) // embedded
		}
		if _, err := bundle.ParseMessageFileBytes(content, path.Base(file)); err != nil {
			panic(fmt.Sprintf("text file %s: %v", file, err)) // embedded; a test loads every file
		}
	}
	return bundle
})

// Texts speaks one language. It is immutable and safe for concurrent use.
type Texts struct {
	lang      string
	localizer *goi18n.Localizer
}

// For returns the texts of a language; an unknown one gives bokmål.
func For(lang string) *Texts {
	if !slices.Contains(Languages, lang) {
		lang = Languages[0]
	}
	return &Texts{lang: lang, localizer: goi18n.NewLocalizer(load(), lang)}
}

// Lang returns "nb", "nn" or "en".
func (t *Texts) Lang() string { return t.lang }

// T returns the text of a key. pairs alternate name and value for the {{.Name}} in the text.
// A key without a text comes back in brackets, which no complete catalogue ever shows.
func (t *Texts) T(key string, pairs ...any) string {
	return t.find(key, nil, pairs)
}

// N returns the text of a key in the form that fits the count, which the text may show as {{.Count}}.
func (t *Texts) N(key string, count int, pairs ...any) string {
	return t.find(key, count, append(pairs, "Count", count))
}

// Has reports whether the language has a text for the key.
func (t *Texts) Has(key string) bool { return !strings.HasPrefix(t.T(key), "⟦") }

func (t *Texts) find(key string, count any, pairs []any) string {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	text, tag, err := t.localizer.LocalizeWithTag(&goi18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: count})
	if err != nil || tag.String() != t.lang {
		return "⟦" + key + "⟧"
	}
	return text
}

// Sentence says an error in one sentence for a person: what is wrong, where, and what to do. An error without a reason
// code gives the general sentence with the technical text behind it.
func (t *Texts) Sentence(err error) string {
	f, ok := fault.Of(err)
	if !ok {
		return t.T("fault.unexpected", "Cause", err.Error())
	}
	key := "fault." + f.Code
	if f.Where == "" && t.Has(key+".nowhere") {
		key += ".nowhere"
	}
	if !t.Has(key) {
		return t.T("fault.unexpected", "Cause", f.Error())
	}
	return t.T(key, "Where", f.Where)
}

package i18n_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"feltbok/assets"
	"feltbok/internal/i18n"
)

// sameInAllLanguages lists the texts that are rightly the same word in English and in Norwegian: names, international
// words and abbreviations. A longer text that is the same was forgotten by the translator.
var sameInAllLanguages = map[string]bool{
	"Feltbok": true, "Status": true, "Person": true, "person": true, "Type": true, "NORCO": true, "UDI": true, "IMDi": true,
	"PDF": true, "XLSX": true, "CSV": true, "JSON": true, "DUF": true, "UNHCR": true, "IOM": true, "OK": true,
	"Test": true, "Plan": true, "Start": true, "Video": true, "Hotel": true, "System": true, "Format": true,
	"Register": true, "Data": true, "Dialog": true, "Administrator": true, "English": true,
	"Norsk bokmål": true, "Norsk nynorsk": true, "Bokmål": true, "Nynorsk": true,
}

// Words that exist in one written Norwegian only; found in the other file they show a text that was copied and left.
var (
	onlyBokmal  = regexp.MustCompile(`(?i)(^|[^\pL-])(ikke|jeg|hva|hvem|hvor|hvordan|hvis|hvilken|hvilke|hver|noen|noe|en|et|uten|være|vært|gjøre|gjør|mye|kommer|disse|hun|språkferdigheter|husstand|søker)([^\pL]|$)`)
	onlyNynorsk = regexp.MustCompile(`(?i)(^|[^\pL-])(ikkje|eg|kva|kven|kvar|korleis|kvifor|nokon|noko|ein|eit|utan|vere|vore|gjere|gjer|mykje|kjem|desse|berre|frå|hushald|søkjar|dei|meir)([^\pL]|$)`)
	placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)
)

// longestSameNorwegian is the number of words up to which bokmål and nynorsk may be the same by nature ("Ny person").
const longestSameNorwegian = 9

// checkCatalogue returns what is wrong in a folder of text files, one sentence a finding.
func checkCatalogue(fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "i18n/*.json")
	if err != nil {
		return nil, err
	}
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	areas := map[string]map[string]map[string]any{} // area, language, key
	for _, file := range files {
		part := strings.Split(path.Base(file), ".")
		if len(part) != 3 || !slices.Contains(i18n.Languages, part[1]) {
			say("%s: the name is not <area>.<nb|nn|en>.json", file)
			continue
		}
		content, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		texts := map[string]any{}
		if err := json.Unmarshal(content, &texts); err != nil {
			say("%s: %v", file, err)
			continue
		}
		if key := duplicateKey(content); key != "" {
			say("%s: %q is given twice", file, key)
		}
		if areas[part[0]] == nil {
			areas[part[0]] = map[string]map[string]any{}
		}
		areas[part[0]][part[1]] = texts
	}
	for _, area := range slices.Sorted(maps.Keys(areas)) {
		keys := map[string]bool{}
		for _, texts := range areas[area] {
			for key := range texts {
				keys[key] = true
			}
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !strings.HasPrefix(key, area+".") {
				say("%s: key %q does not begin with the area", area, key)
			}
			checkKey(areas[area], key, say)
		}
	}
	return found, nil
}

// checkKey compares one text in the three languages.
func checkKey(area map[string]map[string]any, key string, say func(string, ...any)) {
	forms := map[string]map[string]string{} // language, plural form ("" when the text does not count)
	for _, lang := range i18n.Languages {
		switch v := area[lang][key].(type) {
		case nil:
			say("%s: no text in %s", key, lang)
			continue
		case string:
			forms[lang] = map[string]string{"": v}
		case map[string]any:
			forms[lang] = map[string]string{}
			for form, text := range v {
				s, ok := text.(string)
				if !ok || form != "one" && form != "other" {
					say("%s: %s has something else than the texts \"one\" and \"other\"", key, lang)
				}
				forms[lang][form] = s
			}
			if len(v) != 2 {
				say("%s: %s needs both \"one\" and \"other\"", key, lang)
			}
		default:
			say("%s: %s is neither a text nor plural forms", key, lang)
			continue
		}
		for form, text := range forms[lang] {
			if strings.TrimSpace(text) == "" {
				say("%s: empty text in %s %s", key, lang, form)
			}
			if want := placeholders(forms["nb"]); !slices.Equal(want, placeholders(forms[lang])) {
				say("%s: %s fills %v, nb fills %v", key, lang, placeholders(forms[lang]), want)
			}
		}
	}
	if forms["nb"] == nil || forms["nn"] == nil || forms["en"] == nil {
		return
	}
	for form, nb := range forms["nb"] {
		nn, en := forms["nn"][form], forms["en"][form]
		if en == nb && hasWords(nb) && !sameInAllLanguages[words(nb)] {
			say("%s: English and bokmål are the same: %q", key, nb)
		}
		if nn == nb && len(strings.Fields(words(nb))) > longestSameNorwegian {
			say("%s: nynorsk and bokmål are the same: %q", key, nb)
		}
		if m := onlyBokmal.FindString(words(nn)); m != "" {
			say("%s: bokmål word %q in the nynorsk text", key, strings.TrimSpace(m))
		}
		if m := onlyNynorsk.FindString(words(nb)); m != "" {
			say("%s: nynorsk word %q in the bokmål text", key, strings.TrimSpace(m))
		}
	}
}

// words is the text without its placeholders.
func words(text string) string {
	return strings.Trim(placeholder.ReplaceAllString(text, ""), " :.,;()…–-/%«»“”")
}

// hasWords reports whether anything is left to translate: a word of at least three letters.
func hasWords(text string) bool {
	run := 0
	for _, r := range words(text) {
		if unicode.IsLetter(r) {
			run++
		} else {
			run = 0
		}
		if run >= 3 {
			return true
		}
	}
	return false
}

func placeholders(forms map[string]string) []string {
	set := map[string]bool{}
	for _, text := range forms {
		for _, p := range placeholder.FindAllString(text, -1) {
			set[p] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// duplicateKey returns a top-level key that appears twice: encoding/json takes the last silently.
func duplicateKey(content []byte) string {
	seen := map[string]bool{}
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	if _, err := decoder.Token(); err != nil {
		return ""
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		key, _ := token.(string)
		if seen[key] {
			return key
		}
		seen[key] = true
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return ""
		}
	}
	return ""
}

func TestCatalogue_CompleteInThreeLanguages(t *testing.T) {
	found, err := checkCatalogue(assets.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range found {
		t.Error(finding)
	}
}

func TestCatalogue_CheckFindsWhatIsWrong(t *testing.T) {
	tree := fstest.MapFS{
		"i18n/good.nb.json": {Data: []byte(`{"good.save":"Lagre nå","good.n":{"one":"{{.Count}} sak","other":"{{.Count}} saker"},"good.person":"Person"}`)},
		"i18n/good.nn.json": {Data: []byte(`{"good.save":"Lagre no","good.n":{"one":"{{.Count}} sak","other":"{{.Count}} saker"},"good.person":"Person"}`)},
		"i18n/good.en.json": {Data: []byte(`{"good.save":"Save now","good.n":{"one":"{{.Count}} case","other":"{{.Count}} cases"},"good.person":"Person"}`)},
		"i18n/bad.nb.json":  {Data: []byte(`{"bad.a":"Lagre nå","bad.b":"Hvor er {{.Where}}?","bad.c":"Lukk","bad.d":"","other.e":"Ja","bad.g":{"one":"én"},"bad.h":"x","bad.h":"y"}`)},
		"i18n/bad.nn.json":  {Data: []byte(`{"bad.a":"Lagre no","bad.b":"Hvor er {{.Where}}?","bad.c":"Lukk att","bad.d":"Tom","other.e":"Ja","bad.g":{"one":"éin"},"bad.h":"y"}`)},
		"i18n/bad.en.json":  {Data: []byte(`{"bad.a":"Lagre nå","bad.b":"Where is {{.Place}}?","bad.d":"Empty","other.e":"Yes","bad.g":{"one":"one"},"bad.h":"y"}`)},
		"i18n/odd.sv.json":  {Data: []byte(`{}`)},
	}
	found, err := checkCatalogue(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`bad.a: English and bokmål are the same`,
		`bad.b: en fills [{{.Place}}], nb fills [{{.Where}}]`,
		`bad.b: bokmål word "Hvor" in the nynorsk text`,
		`bad.c: no text in en`,
		`bad.d: empty text in nb`,
		`key "other.e" does not begin with the area`,
		`bad.g: nb needs both "one" and "other"`,
		`i18n/bad.nb.json: "bad.h" is given twice`,
		`i18n/odd.sv.json: the name is not`,
	} {
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("not found: %s", want)
		}
	}
	for _, finding := range found {
		if strings.Contains(finding, "good.") {
			t.Errorf("a good text is refused: %s", finding)
		}
	}
}

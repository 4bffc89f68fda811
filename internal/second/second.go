// Package second holds the words that the person interviewed reads beside the Norwegian ones: the questions of the minimum record, the
// points explained at the start, and their choices, in languages of the people Norway receives (domain.md 5 and 19).
//
// Start with [For], which finds the texts for a language of the code list, or [All]. The texts are assets, and each language says whether
// a translator has approved it: until then every place that shows it must say so ([Texts.Approved]). Nothing here is translated by the
// program, and no question of the closed part is in it. Names of countries and languages are those of the Unicode locale data. The
// package is pure and safe for concurrent use.
package second

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"feltbok/assets"
)

// Texts are the words of one language.
type Texts struct {
	// Code names the language's file: "ar".
	Code string `json:"-"`
	// Name is what the language calls itself.
	Name string `json:"name"`
	// Languages are the codes of the code list "language" that the texts serve (ISO 639-3).
	Languages []string `json:"languages"`
	// RightToLeft tells which way the language is written.
	RightToLeft bool `json:"right_to_left"`
	// Approved says which translator approved the texts and when; empty until then.
	Approved string `json:"approved"`

	Questions map[string]string `json:"question"`
	Points    map[string]string `json:"point"`
	Words     map[string]string `json:"word"`
	Choices   map[string]string `json:"choice"`

	// names are the names of countries and languages, by list and code as in Choices.
	names map[string]string
}

// Question gives the text of a question of a set, "" when there is none; repeat is empty in the main part.
func (t *Texts) Question(set, repeat, name string) string {
	if repeat != "" {
		name = repeat + "." + name
	}
	return t.Questions[set+"."+name]
}

// Choice gives the text of a code of a list, the name of a country or a language among them; "" when there is none.
func (t *Texts) Choice(list, code string) string {
	if text := t.Choices[list+"."+code]; text != "" {
		return text
	}
	return t.names[list+"."+code]
}

// Read reads the texts in a folder of a file tree, one file a language, by code. The error names the file.
func Read(fsys fs.FS, dir string) ([]*Texts, error) {
	files, err := fs.Glob(fsys, dir+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("second languages: %w", err)
	}
	var all []*Texts
	for _, file := range files {
		content, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("second language: %w", err)
		}
		texts := &Texts{Code: strings.TrimSuffix(strings.TrimPrefix(file, dir+"/"), ".json")}
		if err := json.Unmarshal(content, texts); err != nil {
			return nil, fmt.Errorf("second language %s: %w", texts.Code, err)
		}
		if texts.names, err = readNames(fsys, dir, texts.Code); err != nil {
			return nil, err
		}
		all = append(all, texts)
	}
	return all, nil
}

// readNames reads dir/names/<code>.csv: rows of list, code, name. A language without that file has no names.
func readNames(fsys fs.FS, dir, code string) (map[string]string, error) {
	file, err := fsys.Open(dir + "/names/" + code + ".csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("names in %s: %w", code, err)
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = 3
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("names in %s: %w", code, err)
	}
	names := make(map[string]string, len(rows))
	for _, row := range rows {
		names[row[0]+"."+row[1]] = row[2]
	}
	return names, nil
}

var embedded = sync.OnceValue(func() []*Texts {
	all, err := Read(assets.Second, "second")
	if err != nil {
		panic(err) // embedded; a test reads them
	}
	return all
})

// All lists the languages that travel inside the program, by code.
func All() []*Texts { return slices.Clone(embedded()) }

// For finds the texts for a language of the code list. Where that language has names of countries and languages of its own (Dari
// beside Persian), the texts have those.
func For(language string) (*Texts, bool) {
	for _, texts := range embedded() {
		if !slices.Contains(texts.Languages, language) {
			continue
		}
		own, err := readNames(assets.Second, "second", language)
		if err != nil {
			panic(err) // embedded; a test reads them
		}
		if len(own) == 0 {
			return texts, true
		}
		spoken := *texts
		spoken.names = maps.Clone(texts.names)
		maps.Copy(spoken.names, own)
		return &spoken, true
	}
	return nil, false
}

// ByCode finds the texts by the code of their file.
func ByCode(code string) (*Texts, bool) {
	for _, texts := range embedded() {
		if texts.Code == code {
			return texts, true
		}
	}
	return nil, false
}

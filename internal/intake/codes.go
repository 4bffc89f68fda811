package intake

import (
	"slices"
	"strings"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
)

// otherWords are words of lists for codes, beside the labels and other names that the code lists hold.
var otherWords = map[string]map[string]string{
	"sex": {
		"m": "male", "f": "female", "k": "female", "mann": "male", "kvinne": "female", "man": "male", "mannlig": "male", "kvinnelig": "female", "hankjønn": "male", "hunkjønn": "female",
		"other": "other", "o": "other", "x": "other", "annet": "other", "unspecified": "other",
	},
	"relation_to_pa": {
		"pa": "principal_applicant", "principal applicant": "principal_applicant", "principal representative": "principal_applicant", "hr1": "principal_applicant", "head of household": "principal_applicant",
		"self": "principal_applicant", "hs": "principal_applicant", "focal point": "principal_applicant", "hovedperson": "principal_applicant",
		"wife": "spouse", "husband": "spouse", "wif": "spouse", "hus": "spouse", "spo": "spouse", "spouse": "spouse", "kone": "spouse", "hustru": "spouse", "ektemann": "spouse", "ektefelle": "spouse",
		"common law partner": "partner", "dau": "daughter", "bro": "brother", "sis": "sister", "fat": "father", "fth": "father", "mot": "mother", "mth": "mother",
		"step son": "stepchild", "step daughter": "stepchild", "stepson": "stepchild", "stepdaughter": "stepchild", "stesønn": "stepchild", "stedatter": "stepchild", "foster son": "foster_child", "foster daughter": "foster_child", "fostersønn": "foster_child", "fosterdatter": "foster_child",
		"step father": "step_parent", "step mother": "step_parent", "stepfather": "step_parent", "stepmother": "step_parent", "stefar": "step_parent", "stemor": "step_parent",
		"grandfather": "grandparent", "grandmother": "grandparent", "bestefar": "grandparent", "bestemor": "grandparent", "farfar": "grandparent", "farmor": "grandparent", "morfar": "grandparent", "mormor": "grandparent",
		"grandson": "grandchild", "granddaughter": "grandchild", "uncle": "uncle_aunt", "aunt": "uncle_aunt", "onkel": "uncle_aunt", "tante": "uncle_aunt",
		"niece": "niece_nephew", "nephew": "niece_nephew", "niese": "niece_nephew", "nevø": "niece_nephew", "fetter": "cousin", "kusine": "cousin",
		"mother in law": "in_law", "father in law": "in_law", "brother in law": "in_law", "sister in law": "in_law", "son in law": "in_law", "daughter in law": "in_law", "svigermor": "in_law", "svigerfar": "in_law",
		"unrelated": "no_family", "not related": "no_family", "no relation": "no_family",
	},
	"civil_status": {"unmarried": "single", "never married": "single", "si": "single", "ma": "married", "widow": "widowed", "widower": "widowed", "enke": "widowed", "enkemann": "widowed", "enslig": "single", "engaged": "single", "common law": "cohabitant", "married religiously": "religiously_married"},
	"submission_category": {
		"legal and physical protection needs": "LPN", "legal or physical protection needs": "LPN", "legal protection": "LPN", "lppn": "LPN", "survivor of violence and torture": "SVT", "survivors of violence and torture": "SVT", "survivor of torture or violence": "SVT",
		"medical": "MED", "women at risk": "AWR", "woman at risk": "AWR", "war": "AWR", "wgr": "AWR", "children at risk": "CHL", "child at risk": "CHL", "car": "CHL", "family reunification": "FAM", "fr": "FAM", "lack of alternative durable solutions": "LAS", "ladss": "LAS",
	},
	"submission_priority": {"regular": "normal", "standard": "normal", "ordinær": "normal", "vanlig": "normal", "hast": "urgent", "haster": "urgent", "nødsak": "emergency"},
	"travel_docs":         {"no": "none", "nei": "none", "valid": "valid_passport", "passport": "valid_passport", "gyldig": "valid_passport", "utgått": "expired"},
	"country": {
		"drc": "COD", "dr congo": "COD", "stateless": "XXA", "statsløs": "XXA", "sta": "XXA", "burma": "MMR", "palestine": "PSE", "palestina": "PSE", "ivory coast": "CIV",
		"syrian arab republic": "SYR", "syrian arab rep": "SYR", "iran islamic republic of": "IRN", "iran islamic rep of": "IRN", "islamic republic of iran": "IRN", "dem rep of the congo": "COD",
		"congo democratic republic of the": "COD", "united republic of tanzania": "TZA", "tanzania united republic of": "TZA", "united rep of tanzania": "TZA", "venezuela bolivarian republic of": "VEN",
		"russian federation": "RUS", "republic of moldova": "MDA", "state of palestine": "PSE", "palestinian": "PSE", "turkiye": "TUR", "central african rep": "CAF", "republic of south sudan": "SSD",
	},
	"quota_bucket": {"åpen": "open_places", "open": "open_places"},
}

// bySex are words that mean one code for a woman and another for a man, so that the column of the sex decides.
var bySex = map[string][2]string{
	"child": {"daughter", "son"}, "barn": {"daughter", "son"}, "son daughter": {"daughter", "son"}, "sønn datter": {"daughter", "son"}, "datter sønn": {"daughter", "son"}, "daughter son": {"daughter", "son"},
	"parent": {"mother", "father"}, "forelder": {"mother", "father"}, "mother father": {"mother", "father"}, "father mother": {"mother", "father"},
	"sibling": {"sister", "brother"}, "søsken": {"sister", "brother"}, "brother sister": {"sister", "brother"}, "sister brother": {"sister", "brother"},
}

// words is what a list understands: the codes that each folded word stands for.
type words struct {
	exact map[string][]string
	// general are the codes of entries such as "Arabic (any)": a word without a closer meaning means them.
	general map[string]bool
}

// dictionary understands the code lists in use; each is read once. It is for one goroutine.
type dictionary struct {
	lists *codelist.Lists
	read  map[string]*words
}

func newDictionary(lists *codelist.Lists) *dictionary {
	return &dictionary{lists: lists, read: map[string]*words{}}
}

func (d *dictionary) wordsOf(list string) *words {
	if w := d.read[list]; w != nil {
		return w
	}
	w := &words{exact: map[string][]string{}, general: map[string]bool{}}
	put := func(into map[string][]string, word, code string) {
		if word = codelist.Fold(word); word != "" && !slices.Contains(into[word], code) {
			into[word] = append(into[word], code)
		}
	}
	bare, also := map[string][]string{}, map[string][]string{}
	for _, e := range d.lists.Entries(list) {
		if e.ValidTo != "" {
			continue
		}
		put(w.exact, e.Code, e.Code)
		for _, lang := range []string{"nb", "nn", "en"} {
			label := e.In(lang)
			put(w.exact, label, e.Code)
			if before, _, ok := strings.Cut(label, "("); ok && (strings.Contains(label, "(any)") || strings.Contains(label, "uspesifisert")) {
				w.general[e.Code] = true
				put(bare, before, e.Code)
			}
		}
		for _, word := range e.Also {
			put(also, word, e.Code)
		}
	}
	// A label is surer than the label of a general entry without its bracket, and that surer than another word for it.
	for _, more := range []map[string][]string{bare, also} {
		for word, codes := range more {
			if len(w.exact[word]) == 0 {
				w.exact[word] = codes
			}
		}
	}
	for word, code := range otherWords[list] {
		w.exact[codelist.Fold(word)] = []string{code}
	}
	d.read[list] = w
	return w
}

// codeOf translates a word; problem is UNKNOWN_CODE, or AMBIGUOUS when the word stands for several.
func (d *dictionary) codeOf(list, text string) (code, problem string) {
	w := d.wordsOf(list)
	word := codelist.Fold(text)
	codes := w.exact[word]
	if len(codes) == 0 { // "Syrian Arab Republic (the)"
		codes = w.exact[codelist.Fold(inParentheses.ReplaceAllString(text, " "))]
	}
	if list == "country" && word == "na" { // Namibia, or "not available"
		return "", ambiguous
	}
	if len(codes) > 1 {
		if general := slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return !w.general[c] }); len(general) == 1 {
			codes = general
		}
	}
	switch len(codes) {
	case 0:
		return "", unknownCode
	case 1:
		return codes[0], ""
	}
	return "", ambiguous
}

// relationOf translates the relation to the principal applicant, for which some lists have one word for both sexes.
func (d *dictionary) relationOf(text, sex string) (code, problem string) {
	if pair, ok := bySex[codelist.Fold(text)]; ok {
		switch sex {
		case "female":
			return pair[0], ""
		case "male":
			return pair[1], ""
		}
		return "", needsSex
	}
	return d.codeOf("relation_to_pa", text)
}

// codesOf translates a cell that may name several.
func (d *dictionary) codesOf(list, text string) (codes []string, problem string) {
	if code, problem := d.codeOf(list, text); problem == "" {
		return []string{code}, ""
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";,/|&+\n", r) })
	if len(parts) < 2 {
		_, problem = d.codeOf(list, text)
		return nil, problem
	}
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			continue
		}
		code, problem := d.codeOf(list, part)
		if problem != "" {
			return nil, problem
		}
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes, ""
}

// emptyWords are what people write into a cell that has nothing to say. They are read as empty, not as "does not know": nobody asked.
var emptyWords = []string{"n a", "na", "nil", "null", "none recorded", "not available", "not applicable", "ikke oppgitt", "uoppgitt", "ikke registrert", "unknown", "ukjent", "unk", "ikke relevant"}

// blank reports whether a cell says nothing. A word that the list of the field knows, such as "unknown", is an answer.
func (d *dictionary) blank(text string, f domain.Field) bool {
	folded := codelist.Fold(text)
	if folded == "" {
		return true
	}
	if !slices.Contains(emptyWords, folded) {
		return false
	}
	if f.List == "" {
		return true
	}
	_, problem := d.codeOf(f.List, text)
	return problem == unknownCode
}

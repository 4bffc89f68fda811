package xlsform

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// headings are the other names of columns, in small letters with "_" for spaces: those of older forms and of other tools.
var headings = map[string]string{
	"relevance": "relevant", "skip_logic": "relevant", "bind::relevant": "relevant", "body::relevant": "relevant",
	"caption": "label", "tag": "name", "variable": "name", "command": "type",
	"calculate": "calculation", "bind::calculate": "calculation", "bind::constraint": "constraint", "bind::required": "required",
	"bind::readonly": "read_only", "readonly": "read_only", "read_only": "read_only", "bind::type": "", "appearance": "appearance",
	"control::appearance": "appearance", "body::appearance": "appearance", "bind::jr:constraintmsg": "constraint_message",
	"constraint_msg": "constraint_message", "constraintmsg": "constraint_message", "bind::jr:requiredmsg": "required_message",
	"requiredmsg": "required_message", "required_msg": "required_message", "jr:count": countColumn, "count": countColumn,
	"repeat": countColumn, "control::jr:count": countColumn, "body::jr:count": countColumn, "list_name": "list_name", "listname": "list_name", "list": "list_name",
	"choice_filter": "choice_filter", "default_value": "default", "guidance": "guidance_hint", "id_string": "form_id", "formid": "form_id",
	"title": "form_title", "set_form_title": "form_title", "set_form_id": "form_id", "default_lang": "default_language",
}

// sheetHeadings hold in one sheet only.
var sheetHeadings = map[string]map[string]string{
	"choices":          {"value": "name", "count": "", "repeat": "", "title": "", "tag": "", "variable": "", "guidance": "", "calculate": ""},
	"external_choices": {"value": "name", "count": "", "repeat": "", "title": "", "tag": "", "variable": "", "guidance": "", "calculate": ""},
	"settings":         {"tag": "", "variable": "", "count": "", "list": "", "repeat": ""},
}

// foreignHeader names the columns of a sheet that others made, and remembers what they called them.
func (r *reader) foreignHeader(at place, cells []string) []string {
	return r.readHeader(at, cells, func(cell string) string {
		name := foreignHeading(at.sheet, cell)
		if _, taken := r.headings[place{sheet: at.sheet, col: name}]; name != cell && name != "" && !taken {
			r.headings[place{sheet: at.sheet, col: name}] = cell
		}
		return name
	})
}

func foreignHeading(sheet, cell string) string {
	base, lang, named := strings.Cut(cell, "::")
	if !named {
		// "label:English" is how the first forms were written; jr: and orx: are namespaces.
		if before, after, ok := strings.Cut(cell, ":"); ok && slices.Contains(textColumns, headingWord(before)) {
			base, lang, named = before, after, true
		}
	}
	word := headingWord(base)
	if word == "media" || word == "bind" || word == "instance" || word == "control" || word == "body" {
		if other, ok := headings[word+"::"+headingWord(lang)]; ok {
			return other
		}
		return word + "::" + strings.TrimSpace(lang)
	}
	if other, ok := sheetHeadings[sheet][word]; !ok && headings[word] != "" {
		word = headings[word]
	} else if other != "" {
		word = other
	}
	if !named {
		if sheet != surveySheet && sheet != "settings" && !slices.Contains(textColumns, word) && word != "list_name" && word != "name" {
			return strings.TrimSpace(cell) // a column of the choices keeps its letters: expressions name it
		}
		return word
	}
	if slices.Contains(textColumns, word) {
		return word + "::" + languageCode(lang)
	}
	return word + "::" + strings.TrimSpace(lang)
}

// headingWord writes a heading as the table of headings does.
func headingWord(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(text)), "_")
}

// languageNames finds languages by their English and their own names.
var languageNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{"norsk": "nb", "norwegian": "nb", "bokmål": "nb", "nynorsk": "nn", "farsi": "fa", "dari": "prs", "sorani": "ckb", "kurdish": "ku", "chichewa": "ny"}
	english := display.English.Languages()
	for _, tag := range display.Supported.Tags() {
		if base, confidence := tag.Base(); confidence != language.No && tag.String() == base.String() {
			for _, name := range []string{english.Name(tag), display.Self.Name(tag)} {
				if name = strings.ToLower(name); name != "" && names[name] == "" {
					names[name] = tag.String()
				}
			}
		}
	}
	return names
})

// languageCode reads "English (en)", "en", "English" or "Français". A language that nobody knows gets a code of its own, which
// begins with x-.
func languageCode(text string) string {
	text = strings.TrimSpace(text)
	if open := strings.LastIndexByte(text, '('); open >= 0 && strings.HasSuffix(text, ")") {
		if code, ok := languageTag(text[open+1 : len(text)-1]); ok {
			return code
		}
		text = strings.TrimSpace(text[:open])
	}
	if code, ok := languageNames()[strings.ToLower(text)]; ok {
		return code
	}
	if code, ok := languageTag(text); ok {
		return code
	}
	word := strings.ReplaceAll(slug(text), "_", "-")
	if word == "" {
		return Unnamed
	}
	return "x-" + strings.TrimPrefix(word, "x-")
}

func languageTag(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == Unnamed || strings.HasPrefix(text, "x-") {
		return text, true
	}
	if len(text) > 3 && text[2] != '-' && text[2] != '_' {
		return "", false
	}
	tag, err := language.Parse(text)
	if err != nil || tag == language.Und {
		return "", false
	}
	if tag.String() == "no" {
		return "nb", true
	}
	return tag.String(), true
}

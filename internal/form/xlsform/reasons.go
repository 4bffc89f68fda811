package xlsform

import "strings"

// Reasons are the codes of [Problem], with what each means. Scripts may rely on the codes.
var Reasons = []struct{ Code, Meaning string }{
	{"Q-SHEET", "a sheet, its headings or a row of it cannot be read"},
	{"Q-COLUMN", "a column that changes what a form does, and is not understood"},
	{"Q-SETTING", "a setting that a set needs is missing or malformed"},
	{"Q-TYPE", "a type of question that does not exist here"},
	{"Q-MEDIA", "a question that takes a picture, a recording or a file: attachments are taken by the attachment page, which checks and cleans them"},
	{"Q-PLACE", "a question that takes coordinates: where people stay is not recorded to the metre"},
	{"Q-OUTSIDE", "something that asks another program, a server or the record of another form"},
	{"Q-SECTION", "a group or repeat without its end, or an end without its beginning"},
	{"Q-NAME", "a name that is missing, malformed or taken"},
	{"Q-FIELD", "a question of an own set that does not fit the field of the record"},
	{"Q-TEXT", "a text that is missing"},
	{"Q-LIST", "a list of choices that is missing or malformed"},
	{"Q-CODE", "a code of a list that is malformed or stands twice"},
	{"Q-FILE", "a file with choices or data that is missing or malformed"},
	{"Q-EXPRESSION", "an expression that the dialect does not have"},
	{"Q-FUNCTION", "a function that the dialect does not have"},
	{"Q-REFERENCE", "a reference to a question that is not there, is ambiguous or has no answer"},
	{"Q-CIRCLE", "questions that decide each other in a circle"},
	{"Q-DEFAULT", "a default that its question cannot take"},
	{"Q-PARAMETER", "a parameter that is malformed"},
}

// reasonOf is the code of a fault that has none of its own: what its place says.
func reasonOf(at place) string {
	base, _, _ := strings.Cut(at.col, "::")
	switch {
	case at.col == "":
		return "Q-SHEET"
	case at.sheet == "settings":
		return "Q-SETTING"
	case at.sheet == "choices" && base == "name":
		return "Q-CODE"
	case base == "list_name":
		return "Q-LIST"
	case base == "default":
		return "Q-DEFAULT"
	case base == "parameters":
		return "Q-PARAMETER"
	case base == "type":
		return "Q-TYPE"
	case base == "name":
		return "Q-NAME"
	case at.col == severityColumn, at.col == minimumColumn, at.col == classColumn:
		return "Q-FIELD"
	}
	for _, text := range textColumns {
		if base == text {
			return "Q-TEXT"
		}
	}
	return "Q-EXPRESSION"
}

package xlsform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// typeNames are the other words for types of one word, in small letters: those of older forms and other tools.
var typeNames = map[string]string{
	"string": "text", "q_string": "text", "add_text_prompt": "text", "int": "integer", "q_int": "integer", "add_integer_prompt": "integer",
	"double": "decimal", "float": "decimal", "number": "decimal", "q_decimal": "decimal", "add_decimal_prompt": "decimal", "q_date": "date",
	"add_date_prompt": "date", "datetime": "dateTime", "date_time": "dateTime", "add_datetime_prompt": "dateTime", "add_note_prompt": "note",
	"add_acknowledge_prompt": "acknowledge", "q_acknowledge": "acknowledge", "trigger": "acknowledge", "q_calculate": "calculate",
	"calculation": "calculate", "add_calculate_prompt": "calculate", "phone": "text", "tel": "text", "phone_number": "text", "email_address": "text",
	"barcode": "text", "q_barcode": "text", "add_barcode_prompt": "text", "name": "text", "url": "text", "begin": "begin_group",
	"group": "begin_group",
}

// notKept are the types with which a form notes something of the machine or the moment by itself. Feltbok notes who wrote what and
// when with every answer, and nothing of telephones; expressions read these as empty, except the times.
var notKept = map[string]string{
	"start": "once(now())", "end": "", "today": "once(today())", "deviceid": "", "device_id": "", "imei": "", "subscriberid": "", "subscriber_id": "",
	"simserial": "", "sim_id": "", "simid": "", "phonenumber": "", "phone_number_of_device": "", "username": "", "email": "", "start_time": "once(now())",
	"end_time": "", "get_start_time": "once(now())", "get_today": "once(today())", "audit": "", "start-geopoint": "", "uri:deviceid": "",
	"uri:subscriberid": "", "uri:simserial": "", "uri:phonenumber": "", "uri:username": "", "uri:email": "",
}

// without are the types that have no place here, by reason.
var without = map[string]string{
	"photo": "Q-MEDIA", "image": "Q-MEDIA", "picture": "Q-MEDIA", "audio": "Q-MEDIA", "video": "Q-MEDIA", "file": "Q-MEDIA", "binary": "Q-MEDIA",
	"background-audio": "Q-MEDIA", "draw": "Q-MEDIA", "signature": "Q-MEDIA", "annotate": "Q-MEDIA", "selfie": "Q-MEDIA", "add_image_prompt": "Q-MEDIA",
	"add_audio_prompt": "Q-MEDIA", "add_video_prompt": "Q-MEDIA", "q_image": "Q-MEDIA",
	"geopoint": "Q-PLACE", "location": "Q-PLACE", "q_geopoint": "Q-PLACE", "gps": "Q-PLACE", "geotrace": "Q-PLACE", "geoshape": "Q-PLACE",
	"add_location_prompt": "Q-PLACE", "background-geopoint": "Q-PLACE", "osm": "Q-PLACE",
	"xml-external": "Q-OUTSIDE", "include": "Q-OUTSIDE",
}

// listNames are the other words before the name of a list.
var listNames = map[string]string{
	"select_one": "select_one", "select1": "select_one", "select_one_from": "select_one", "select_one_external": "select_one",
	"add_select_one_prompt_using": "select_one", "select_multiple": "select_multiple", "select": "select_multiple", "select_multiple_from": "select_multiple",
	"select_all_that_apply": "select_multiple", "select_all_that_apply_from": "select_multiple", "add_select_multiple_prompt_using": "select_multiple",
	"select_one_from_file": "select_one", "select_multiple_from_file": "select_multiple", "rank": "rank", "q_select1": "select_one", "q_select": "select_multiple",
}

// prepareTypes writes every type in the words that the reader knows, drops what does not count and makes the rows that "or_other" stands
// for.
func (r *reader) prepareTypes(survey, choices *table) {
	var rows []row
	left := 0 // sections inside one that is disabled
	for _, row := range survey.rows {
		if len(row.cells) == 0 {
			continue
		}
		at := place{survey.sheet, row.number, "type"}
		text := strings.Join(strings.Fields(row.cells["type"]), " ")
		word := strings.ToLower(strings.ReplaceAll(text, " ", "_"))
		section := strings.HasPrefix(word, "begin") && word != "begin_loop"
		disabled := truthSource(row.cells["disabled"]) == "true()"
		switch {
		case left > 0 && section:
			left++
			continue
		case left > 0 && strings.HasPrefix(word, "end"):
			left--
			continue
		case left > 0, strings.HasPrefix(text, "#"):
			continue
		case disabled:
			if section {
				left = 1
			}
			r.warn(at.column("disabled"), "left out, as the form says")
			continue
		}
		delete(row.cells, "disabled")
		if text == "" && row.cells["name"] == "" {
			continue // a note beside the table
		}
		faults := len(r.problems)
		prepared, keep := r.prepareType(at, text, word, row, choices)
		if !keep {
			if slices.ContainsFunc(r.problems[faults:], func(p Problem) bool { return !p.Warning }) {
				r.lose(row.cells["name"])
			}
			continue
		}
		row.cells["type"] = prepared
		r.prepareCells(survey, row, prepared)
		rows = append(rows, row)
		if other, ok := r.otherRow(survey, choices, row, text); ok {
			rows = append(rows, other)
		}
	}
	survey.rows = rows
}

// prepareType gives the type in the reader's words. keep is false for a row that does not count or was refused.
func (r *reader) prepareType(at place, text, word string, row row, choices *table) (prepared string, keep bool) {
	for _, section := range []string{"begin_group", "begin_repeat", "end_group", "end_repeat"} {
		if word == section || strings.HasPrefix(word, section+"_") {
			return section, true
		}
	}
	switch {
	case plainTypes[text] != 0:
		return text, true
	case plainTypes[word] != 0:
		return word, true
	case typeNames[word] != "":
		return typeNames[word], true
	case word == "range":
		return r.rangeType(at, row), true
	case word == "csv-external":
		r.loadList(at, row.cells["name"]+".csv", row.cells["name"], "", "", choices)
		return "", false
	case strings.HasPrefix(word, "db:"):
		r.warn(at, "%q names somebody of another register; here it is a text", text)
		return "text", true
	}
	if calculation, ok := notKept[word]; ok && row.cells["calculation"] == "" {
		return r.momentType(at, row, word, calculation)
	}
	if code, ok := without[word]; ok {
		if r.options.LeaveOut && (code == "Q-MEDIA" || code == "Q-PLACE") {
			r.warn(at, "left out: there is no question of the type %s", text)
			r.problems[len(r.problems)-1].Code = code
		} else {
			r.failAs(code, at, "there is no question of the type %s", text)
		}
		return "", false
	}
	words := strings.Fields(text)
	for n := min(len(words), 6); n > 0; n-- {
		kind, ok := listNames[strings.ToLower(strings.Join(words[:n], "_"))]
		if ok && len(words) > n {
			return r.listType(at, kind, strings.HasSuffix(strings.ToLower(words[n-1]), "from_file"), words[n], row, choices)
		}
	}
	return text, true // refused by the reader, with its reason
}

func (r *reader) listType(at place, kind string, file bool, list string, row row, choices *table) (string, bool) {
	if strings.HasPrefix(list, "${") {
		r.failAs("Q-OUTSIDE", at, "choices made of the rows of a repeat are not understood")
		return "", false
	}
	if strings.Contains(row.cells["appearance"], "search(") {
		r.failAs("Q-OUTSIDE", at.column("appearance"), "choices that are searched in a file by search() are not understood; use select_one_from_file")
		return "", false
	}
	if file || strings.HasSuffix(list, ".csv") {
		name := strings.TrimSuffix(list, ".csv")
		parameters := r.parameters(at.column("parameters"), row.cells["parameters"])
		if !r.loadList(at, list, name, parameters["value"], parameters["label"], choices) {
			return "", false
		}
		list = name
	}
	return kind + " " + list, true
}

// momentType stands for what a form notes by itself.
func (r *reader) momentType(at place, row row, word, calculation string) (string, bool) {
	if row.cells["name"] == "" {
		row.cells["name"] = strings.ReplaceAll(word, "uri:", "")
	}
	if calculation != "" {
		row.cells["calculation"] = calculation
		return "calculate", true
	}
	r.warn(at, "%s is not kept: who wrote what and when is noted with every answer, nothing else of the machine", word)
	for column := range row.cells {
		if column != "name" {
			delete(row.cells, column)
		}
	}
	return "hidden", true
}

// rangeType makes a number with limits of a range.
func (r *reader) rangeType(at place, row row) string {
	found := r.parameters(at.column("parameters"), row.cells["parameters"])
	kind := "integer"
	var parts []string
	for _, p := range [][2]string{{"start", "0"}, {"end", "10"}, {"step", "1"}} {
		value := found[p[0]]
		if value == "" {
			value = p[1]
		}
		if _, err := strconv.Atoi(value); err != nil {
			kind = "decimal"
		}
		parts = append(parts, p[0]+"="+value)
	}
	row.cells["parameters"] = strings.Join(parts, " ")
	return kind
}

// prepareCells brings the cells of one row into the reader's shape.
func (r *reader) prepareCells(t *table, row row, kind string) {
	at := place{t.sheet, row.number, ""}
	for _, column := range []string{"relevant", "constraint"} {
		switch strings.ToLower(row.cells[column]) {
		case "yes", "true":
			row.cells[column] = "true()"
		case "no", "false":
			row.cells[column] = "false()"
		}
	}
	if row.cells["trigger"] != "" {
		r.failAs("Q-COLUMN", at.column("trigger"), "a calculation that only runs when another question changes is not understood")
	}
	if row.cells["save_to"] != "" {
		r.failAs("Q-OUTSIDE", at.column("save_to"), "the record of another form is not written")
	}
	if kind == "text" && slices.Contains(strings.Fields(row.cells["appearance"]), "hidden") {
		row.cells["type"], kind = "hidden", "hidden"
	}
	if row.cells["calculation"] != "" && kind == "hidden" {
		row.cells["type"], kind = "calculate", "calculate"
	}
	if kind == "calculate" && row.cells["calculation"] == "" && row.cells["default"] != "" {
		row.cells["calculation"] = r.defaultAsCalculation(row.cells["default"])
		delete(row.cells, "default")
	}
	if kind == "calculate" && row.cells["calculation"] == "" {
		row.cells["type"] = "hidden" // a place that something else fills
	}
	if kind != "calculate" && row.cells["calculation"] != "" && (kind == "note" || strings.HasPrefix(kind, "begin")) {
		delete(row.cells, "calculation") // has no effect there
	}
	if row.cells["type"] == "calculate" || row.cells["type"] == "hidden" {
		for _, column := range []string{"required", "constraint", "read_only", "appearance"} {
			delete(row.cells, column)
		}
		for column := range row.cells {
			if base, _, ok := strings.Cut(column, "::"); ok && (base == "constraint_message" || base == "required_message") {
				delete(row.cells, column)
			}
		}
	}
	if row.cells["type"] == "calculate" {
		delete(row.cells, "default")
	}
	for _, word := range []string{"randomize", "seed"} {
		if strings.Contains(row.cells["parameters"], word) {
			r.warn(at.column("parameters"), "%s has no effect: choices stand in one order for everybody", word)
		}
	}
}

// defaultAsCalculation writes a literal as an expression.
func (r *reader) defaultAsCalculation(text string) string {
	if r.isExpression(&Question{Default: text, Kind: Text}) {
		return text
	}
	if strings.Contains(text, "'") {
		return `"` + strings.ReplaceAll(text, `"`, "'") + `"`
	}
	return "'" + text + "'"
}

// otherWords are what the choice "other" is called.
var otherWords = map[string]string{
	"nb": "Annet", "nn": "Anna", "en": "Other", "fr": "Autre", "es": "Otro", "pt": "Outro", "de": "Andere", "ar": "أخرى", "sw": "Nyingine",
	"fa": "سایر", "prs": "دیگر", "ps": "نور", "so": "Kale", "ti": "ካልእ", "am": "ሌላ", "uk": "Інше", "ru": "Другое", "my": "အခြား", "tr": "Diğer",
}

var specifyWords = map[string]string{
	"nb": "Hva annet?", "nn": "Kva anna?", "en": "Specify other.", "fr": "Précisez.", "es": "Especifique.", "pt": "Especifique.", "de": "Welche?",
	"ar": "حدد.", "sw": "Taja.", "ru": "Уточните.", "uk": "Уточніть.", "tr": "Belirtiniz.",
}

// otherRow makes the question behind "or_other" and its choice, as the standard has it.
func (r *reader) otherRow(survey, choices *table, asked row, text string) (row, bool) {
	words := strings.Fields(asked.cells["type"])
	small := strings.ToLower(strings.ReplaceAll(text, " ", "_"))
	if len(words) != 2 || !strings.HasSuffix(small, "or_other") && !strings.HasSuffix(small, "or_specify_other") {
		return row{}, false
	}
	at := place{survey.sheet, asked.number, "type"}
	if words[0] == "rank" {
		r.fail(at, "or_other does not go with rank")
		return row{}, false
	}
	list := words[1]
	has := slices.ContainsFunc(choices.rows, func(c row) bool { return c.cells["list_name"] == list && c.cells["name"] == "other" })
	if !has {
		choice := row{number: asked.number, cells: map[string]string{"list_name": list, "name": "other"}}
		r.eachLanguage(choices, choice, "label", otherWords)
		choices.rows = append(choices.rows, choice)
	}
	other := row{number: asked.number, cells: map[string]string{
		"type": "text", "name": asked.cells["name"] + "_other", "relevant": fmt.Sprintf("selected(${%s}, 'other')", asked.cells["name"]),
	}}
	r.eachLanguage(survey, other, "label", specifyWords)
	return other, true
}

// eachLanguage fills a text in all languages of a sheet, in English where there is no other word.
func (r *reader) eachLanguage(t *table, to row, base string, words map[string]string) {
	for _, column := range slices.Clone(t.header) {
		if lang, ok := strings.CutPrefix(column, base+"::"); ok {
			text := words[lang]
			if text == "" {
				text = words["en"]
			}
			t.put(to, column, text)
		}
	}
}

package sheet_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// known are the headings of these tests.
func known(heading string) bool {
	switch strings.ToLower(heading) {
	case "case", "name", "born", "sex":
		return true
	}
	return false
}

func read(t *testing.T, content string) *sheet.Table {
	t.Helper()
	table, err := sheet.Read("liste.csv", []byte(content), sheet.Options{Known: known})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func cells(table *sheet.Table) (out [][]string) {
	for _, row := range table.Rows {
		out = append(out, row.Cells)
	}
	return out
}

func inUTF16(text string, order binary.ByteOrder, mark bool) string {
	var out bytes.Buffer
	if mark {
		binary.Write(&out, order, uint16(0xFEFF))
	}
	binary.Write(&out, order, utf16.Encode([]rune(text)))
	return out.String()
}

func TestRead_Encodings(t *testing.T) {
	const text = "case;name\r\n1;Prøve قلم\r\n2;ሙከራ စမ်း Перо\r\n"
	latin := "case;name\r\n1;Pr\xf8ve \x80\r\n"
	for name, c := range map[string]struct{ content, encoding, second string }{
		"UTF-8":               {text, "UTF-8", "Prøve قلم"},
		"UTF-8 with mark":     {"\xEF\xBB\xBF" + text, "UTF-8", "Prøve قلم"},
		"UTF-16LE with mark":  {inUTF16(text, binary.LittleEndian, true), "UTF-16LE", "Prøve قلم"},
		"UTF-16BE with mark":  {inUTF16(text, binary.BigEndian, true), "UTF-16BE", "Prøve قلم"},
		"UTF-16LE, no mark":   {inUTF16("case;name\r\n1;Prøve\r\n", binary.LittleEndian, false), "UTF-16LE", "Prøve"},
		"UTF-16BE, no mark":   {inUTF16("case;name\r\n1;Prøve\r\n", binary.BigEndian, false), "UTF-16BE", "Prøve"},
		"Windows-1252":        {latin, "Windows-1252", "Prøve €"},
		"mark inside is text": {"case;name\n1;a\xEF\xBB\xBFb\n", "UTF-8", "a\uFEFFb"},
	} {
		t.Run(name, func(t *testing.T) {
			table := read(t, c.content)
			if table.Encoding != c.encoding || table.Rows[0].Cells[1] != c.second {
				t.Errorf("%s %q, want %s %q", table.Encoding, table.Rows[0].Cells[1], c.encoding, c.second)
			}
		})
	}
}

func TestRead_Separators(t *testing.T) {
	want := [][]string{{"1", "Prøve; og, mer", "x"}}
	for name, content := range map[string]string{
		"semicolon": "case;name;sex\n1;\"Prøve; og, mer\";x\n",
		"comma":     "case,name,sex\n1,\"Prøve; og, mer\",x\n",
		"tab":       "case\tname\tsex\n1\tPrøve; og, mer\tx\n",
		"said":      "sep=,\r\ncase,name,sex\r\n1,\"Prøve; og, mer\",x\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, cells(read(t, content))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRead_RowsKeepTheirNumbers(t *testing.T) {
	table := read(t, "Liste over saker\n\ncase;name\n1;\"to\nlinjer\"\n\n2;b\n")
	var numbers []int
	for _, row := range table.Rows {
		numbers = append(numbers, row.Number)
	}
	if diff := cmp.Diff([]int{4, 7}, numbers); diff != "" || table.Header != 3 {
		t.Errorf("header %d, rows %v", table.Header, numbers)
	}
	if table.Rows[0].Cells[1] != "to\nlinjer" {
		t.Errorf("%q", table.Rows[0].Cells[1])
	}
}

func TestRead_HeadingsAreUnique(t *testing.T) {
	table := read(t, ";Barn;Barn\ncase;name;name;sex;;sex\n1;a;b;c;d;e\n")
	if diff := cmp.Diff([]string{"case", "Barn – name", "Barn – name (2)", "sex", "(E)", "sex (2)"}, table.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestRead_Flaws(t *testing.T) {
	table := read(t, "case;name\n=1+1;@SUM(A1)\n+47 22 33;-\n+cmd|' /C calc'!A0;-2+3+cmd\n1;"+strings.Repeat("x", sheet.MaxCell+1)+"\n1;a\x07b\n1;a;alene\n")
	want := []map[int]sheet.Flaw{
		{0: sheet.Formula, 1: sheet.Formula}, nil, {0: sheet.Formula, 1: sheet.Formula}, {1: sheet.TooLong}, {1: sheet.Binary}, {2: sheet.NoHead},
	}
	for i, row := range table.Rows {
		if diff := cmp.Diff(want[i], row.Flaws); diff != "" {
			t.Errorf("row %d: %s", row.Number, diff)
		}
	}
}

func TestRead_JSON(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		columns []string
		rows    [][]string
	}{
		"flat":           {`[{"case":"1","name":"Prøve","age":4,"ok":true,"x":null}]`, []string{"case", "name", "age", "ok", "x"}, [][]string{{"1", "Prøve", "4", "yes", ""}}},
		"nested":         {`{"cases":[{"case":"1","name":{"given":"a","family":"b"},"langs":["x","y"]}]}`, []string{"case", "name.given", "name.family", "langs"}, [][]string{{"1", "a", "b", "x; y"}}},
		"persons inside": {`[{"case":"1","persons":[{"name":"a"},{"name":"b"}],"camp":"c"},{"case":"2","camp":"d"}]`, []string{"case", "camp", "persons.name"}, [][]string{{"1", "c", "a"}, {"1", "c", "b"}, {"2", "d", ""}}},
		"one case":       {`{"case":"1","name":"a"}`, []string{"case", "name"}, [][]string{{"1", "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			table := read(t, c.content)
			if diff := cmp.Diff(c.columns, table.Columns); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.rows, cells(table)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRead_Refuses(t *testing.T) {
	long := "case;name\n" + strings.Repeat("1;a\n", sheet.MaxRows+2)
	for name, c := range map[string]struct{ content, code string }{
		"nothing":             {" \n", "L-EMPTY"},
		"headings alone":      {"case;name\n", "L-EMPTY"},
		"too many rows":       {long, "L-SIZE"},
		"too many columns":    {"case" + strings.Repeat(";x", sheet.MaxColumns+1) + "\n1;2\n", "L-SIZE"},
		"too large":           {strings.Repeat("a", sheet.MaxFile+1), "L-SIZE"},
		"open quotation":      {"case;name\n1;\"a\n", "L-FORMAT"},
		"no encoding":         {"case;name\n1;\x81\n", "L-ENCODING"},
		"half UTF-16":         {"\xFF\xFEa", "L-ENCODING"},
		"binary":              {"case;name\x00\n1;a\n", "L-ENCODING"},
		"old workbook":        {"\xD0\xCF\x11\xE0 and more", "L-FORMAT"},
		"no zip after all":    {"PK\x03\x04 and more", "L-FORMAT"},
		"JSON of texts":       {`["a","b"]`, "L-FORMAT"},
		"JSON cut off":        {`[{"case":"1"}`, "L-FORMAT"},
		"JSON twice the same": {`[{"case":"1","case":"2"}]`, "L-FORMAT"},
		"JSON too deep":       {`[{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}]`, "L-FORMAT"},
		"JSON and more":       {`[{"case":"1"}] [2]`, "L-FORMAT"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sheet.Read("liste.csv", []byte(c.content), sheet.Options{Known: known})
			if fault.Code(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// book makes a workbook out of the XML of its sheets.
type book struct {
	sheets     []string // XML inside <worksheet>
	states     []string // of each sheet, empty for visible
	shared     []string
	properties string
	more       map[string]string
}

const spreadsheet = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`

func (b book) bytes(t testing.TB) []byte {
	t.Helper()
	parts := map[string]string{
		"_rels/.rels": `<Relationships><Relationship Id="r0" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		// 0 plain, 1 built-in date, 2 only the year, 3 year and month, 4 text with letters in quotes, 5 elapsed hours
		"xl/styles.xml": `<styleSheet ` + spreadsheet + `><numFmts><numFmt numFmtId="164" formatCode="yyyy"/><numFmt numFmtId="165" formatCode="[$-414]mmmm yyyy"/><numFmt numFmtId="166" formatCode="0 &quot;day&quot;"/><numFmt numFmtId="167" formatCode="[h]:mm"/></numFmts>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs></styleSheet>`,
	}
	var list, rels, shared strings.Builder
	for i, content := range b.sheets {
		state := ""
		if i < len(b.states) && b.states[i] != "" {
			state = ` state="` + b.states[i] + `"`
		}
		fmt.Fprintf(&list, `<sheet name="Ark %d"%s r:id="s%d"/>`, i+1, state, i)
		fmt.Fprintf(&rels, `<Relationship Id="s%d" Type="http://x/worksheet" Target="worksheets/sheet%d.xml"/>`, i, i)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i)] = `<worksheet ` + spreadsheet + `>` + content + `</worksheet>`
	}
	for _, text := range b.shared {
		fmt.Fprintf(&shared, "<si>%s</si>", text)
	}
	parts["xl/workbook.xml"] = `<workbook ` + spreadsheet + ` xmlns:r="http://r">` + b.properties + `<sheets>` + list.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = `<Relationships>` + rels.String() + `</Relationships>`
	parts["xl/sharedStrings.xml"] = `<sst ` + spreadsheet + `>` + shared.String() + `</sst>`
	for name, content := range b.more {
		parts[name] = content
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	names := []string{"_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml"}
	for i := range b.sheets {
		names = append(names, fmt.Sprintf("xl/worksheets/sheet%d.xml", i))
	}
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(parts[name]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func row(number int, attrs string, cells ...string) string {
	out := fmt.Sprintf(`<row r="%d"%s>`, number, attrs)
	for i, cell := range cells {
		out += strings.Replace(cell, "<c", fmt.Sprintf(`<c r="%c%d"`, 'A'+i, number), 1)
	}
	return out + "</row>"
}

func text(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }

func readBook(t *testing.T, b book, name string) *sheet.Table {
	t.Helper()
	table, err := sheet.Read("liste.xlsx", b.bytes(t), sheet.Options{Known: known, Sheet: name})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestRead_WorkbookCells(t *testing.T) {
	b := book{shared: []string{"<t>Prøve قلم</t>", "<r><t>to </t></r><r><t>løp</t></r><rPh><t>no</t></rPh>"}}
	b.sheets = []string{`<sheetData>` + row(1, "", text("case"), text("name"), text("born")) +
		row(2, "", `<c><v>2.0026E+4</v></c>`, `<c t="s"><v>0</v></c>`, `<c s="1"><v>31121</v></c>`) +
		row(3, ` hidden="1"`, `<c><v>1.5</v></c>`, `<c t="s"><v>1</v></c>`, `<c s="2"><v>31121</v></c>`) +
		row(4, "", `<c t="b"><v>1</v></c>`, `<c t="str"><f>A1&amp;"x"</f><v>regnet ut</v></c>`, `<c s="3"><v>31121.75</v></c>`) +
		row(5, "", `<c s="4"><v>12</v></c>`, `<c><f>SUM(A1:A2)</f></c>`, `<c t="e"><v>#N/A</v></c>`) +
		row(6, "", text(""), text("")) +
		row(8, "", `<c s="5"><v>1</v></c>`, text("15.03.1985"), `<c t="d"><v>1985-03-15T00:00:00</v></c>`) + `</sheetData>`}
	table := readBook(t, b, "")
	want := [][]string{
		{"20026", "Prøve قلم", "1985-03-15"}, {"1.5", "to løp", "1985"}, {"yes", "regnet ut", "1985-03"}, {"12", "", ""}, {"1", "15.03.1985", "1985-03-15"},
	}
	if diff := cmp.Diff(want, cells(table)); diff != "" {
		t.Error(diff)
	}
	if table.Hidden != 1 || !table.Rows[1].Hidden || table.Rows[4].Number != 8 {
		t.Errorf("hidden %d, last row %d", table.Hidden, table.Rows[4].Number)
	}
	if diff := cmp.Diff(map[int]sheet.Flaw{1: sheet.NoValue, 2: sheet.Erring}, table.Rows[3].Flaws); diff != "" {
		t.Error(diff)
	}
}

func TestRead_Workbook1904(t *testing.T) {
	b := book{properties: `<workbookPr date1904="1"/>`, sheets: []string{`<sheetData>` + row(1, "", text("case"), text("born")) + row(2, "", text("1"), `<c s="1"><v>29659</v></c>`) + `</sheetData>`}}
	if got := readBook(t, b, "").Rows[0].Cells[1]; got != "1985-03-15" {
		t.Error(got)
	}
}

func TestRead_WorkbookMergedCells(t *testing.T) {
	b := book{sheets: []string{`<sheetData>` + row(1, "", text("Hele listen"), text(""), text("")) +
		row(2, "", text("case"), text("Voksen"), text("")) + row(3, "", text(""), text("name"), text("name")) +
		row(4, "", text("1"), text("a"), text("b")) + row(5, "", text(""), text("c"), text("d")) +
		`</sheetData><mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A2:A3"/><mergeCell ref="B2:C2"/><mergeCell ref="A4:A5"/></mergeCells>`}}
	table := readBook(t, b, "")
	if diff := cmp.Diff([]string{"case", "Voksen – name", "Voksen – name (2)"}, table.Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"1", "a", "b"}, {"1", "c", "d"}}, cells(table)); diff != "" {
		t.Error(diff)
	}
}

func TestRead_WorkbookSheets(t *testing.T) {
	filled := `<sheetData>` + row(1, "", text("case"), text("name")) + row(2, "", text("1"), text("%s")) + `</sheetData>`
	b := book{
		sheets: []string{fmt.Sprintf(filled, "skjult"), `<sheetData/>`, fmt.Sprintf(filled, "tredje"), fmt.Sprintf(filled, "fjerde")},
		states: []string{"hidden"},
	}
	table := readBook(t, b, "")
	if table.Sheet != "Ark 3" || table.Rows[0].Cells[1] != "tredje" {
		t.Errorf("%s %v", table.Sheet, table.Rows[0].Cells)
	}
	if diff := cmp.Diff([]string{"Ark 2", "Ark 3", "Ark 4"}, table.Sheets); diff != "" {
		t.Error(diff)
	}
	if table = readBook(t, b, "Ark 4"); table.Rows[0].Cells[1] != "fjerde" {
		t.Error(table.Rows[0].Cells)
	}
}

func TestRead_WorkbookRefuses(t *testing.T) {
	head := row(1, "", text("case"), text("name"))
	merged := strings.Repeat(`<mergeCell ref="A1:GR20000"/>`, 2000)
	var long strings.Builder
	for i := range 4000 {
		long.WriteString(row(i+2, "", text("1"), text("a")))
	}
	for name, c := range map[string]struct {
		book book
		code string
	}{
		"bomb":              {book{sheets: []string{`<sheetData>` + head + `</sheetData>` + strings.Repeat(" ", 65<<20)}}, "L-SIZE"},
		"bomb of texts":     {book{sheets: []string{`<sheetData>` + head + `</sheetData>`}, shared: []string{strings.Repeat(" ", 65<<20)}}, "L-SIZE"},
		"bomb of merges":    {book{sheets: []string{`<sheetData>` + head + long.String() + `</sheetData><mergeCells>` + merged + `</mergeCells>`}}, "L-SIZE"},
		"no such text":      {book{sheets: []string{`<sheetData>` + head + row(2, "", `<c t="s"><v>7</v></c>`) + `</sheetData>`}}, "L-FORMAT"},
		"number of letters": {book{sheets: []string{`<sheetData>` + head + row(2, "", `<c><v>NaN</v></c>`) + `</sheetData>`}}, "L-FORMAT"},
		"cut off":           {book{sheets: []string{`<sheetData><row r="1">`}}, "L-FORMAT"},
		"cell nowhere":      {book{sheets: []string{`<sheetData>` + head + `<row r="2"><c r="2A"><v>1</v></c></row></sheetData>`}}, "L-FORMAT"},
		"no sheets":         {book{}, "L-FORMAT"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sheet.Read("liste.xlsx", c.book.bytes(t), sheet.Options{Known: known})
			if fault.Code(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
	if _, err := sheet.Read("liste.xlsx", book{sheets: []string{`<sheetData>` + head + `</sheetData>`}}.bytes(t), sheet.Options{Sheet: "Ark 9"}); fault.Code(err) != "L-FORMAT" {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("case;name\n1;Prøve\n"))
	f.Add([]byte("sep=,\ncase,name\n1,\"a\nb\"\n"))
	f.Add([]byte(inUTF16("case\tname\n1\tقلم\n", binary.LittleEndian, true)))
	f.Add([]byte("case;name\n1;Pr\xf8ve\n"))
	f.Add([]byte(`[{"case":"1","persons":[{"name":"ሙከራ"}]}]`))
	f.Add(book{shared: []string{"<t>a</t>"}, sheets: []string{`<sheetData>` + row(1, "", text("case"), text("name")) + row(2, ` hidden="1"`, `<c t="s"><v>0</v></c>`, `<c s="1"><v>31121</v></c>`) +
		`</sheetData><mergeCells><mergeCell ref="A1:A2"/></mergeCells>`}}.bytes(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		table, err := sheet.Read("liste", content, sheet.Options{Known: known})
		if err != nil {
			if fault.Code(err) == "" {
				t.Errorf("refused without a code: %v", err)
			}
			return
		}
		if len(table.Rows) == 0 || len(table.Rows) > sheet.MaxRows+1 || len(table.Columns) > sheet.MaxColumns {
			t.Errorf("%d rows, %d columns", len(table.Rows), len(table.Columns))
		}
		seen := map[string]bool{}
		for _, name := range table.Columns {
			if seen[name] {
				t.Errorf("heading %q stands twice", name)
			}
			seen[name] = true
		}
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Columns) {
				t.Errorf("row %d has %d cells of %d", row.Number, len(row.Cells), len(table.Columns))
			}
		}
	})
}

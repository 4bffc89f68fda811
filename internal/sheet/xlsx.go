package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"feltbok/internal/fault"
)

// maxParts is how many files a workbook may consist of; an ordinary one has a dozen.
const maxParts = 2_000

// errTooLarge marks what unpacks to more than a list can be.
var errTooLarge = errors.New("unpacks to more than a list can be")

// workbook is an XLSX file (ECMA-376 part 1, 18). Only the parts that are needed are ever unpacked.
type workbook struct {
	parts  map[string]*zip.File
	left   int64 // bytes that may still be unpacked
	sheets []sheetPart
	shared []string
	styles []dateStyle
	// base1904 says that days are counted from 1904-01-01, as old workbooks of one maker do.
	base1904 bool
}

type sheetPart struct {
	name, part string
	hidden     bool
}

func (r *reading) readWorkbook(content []byte) (*Table, error) {
	t, err := r.workbook(content)
	return t, r.refused(err)
}

// refused gives an error its code.
func (r *reading) refused(err error) error {
	switch {
	case err == nil || fault.Code(err) != "":
		return err
	case errors.Is(err, errTooLarge):
		return fault.New("L-SIZE", r.name, err)
	}
	return fault.New("L-FORMAT", r.name, err)
}

func openWorkbook(content []byte) (*workbook, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	if len(archive.File) > maxParts {
		return nil, fmt.Errorf("%w: %d parts", errTooLarge, len(archive.File))
	}
	b := &workbook{parts: map[string]*zip.File{}, left: maxUnpacked}
	for _, file := range archive.File {
		name := strings.TrimPrefix(file.Name, "/")
		if b.parts[name] != nil {
			return nil, errors.New("a part stands twice")
		}
		b.parts[name] = file
	}
	for _, read := range []func() error{b.readBook, b.readShared, b.readStyles} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (r *reading) workbook(content []byte) (*Table, error) {
	b, err := openWorkbook(content)
	if err != nil {
		return nil, err
	}
	t := &Table{Format: XLSX}
	for _, s := range b.sheets {
		if !s.hidden {
			t.Sheets = append(t.Sheets, s.name)
		}
	}
	if r.o.Sheet != "" && !slices.ContainsFunc(b.sheets, func(s sheetPart) bool { return s.name == r.o.Sheet }) {
		return nil, fault.Newf("L-FORMAT", r.name, "no sheet of that name")
	}
	for _, s := range b.sheets {
		if r.o.Sheet != "" && s.name != r.o.Sheet || r.o.Sheet == "" && s.hidden {
			continue
		}
		rows, merged, err := r.sheet(b, s)
		if err != nil {
			return nil, err
		}
		if err := spread(rows, merged); err != nil {
			return nil, err
		}
		if t.cut(rows, r.o.Known); len(t.Rows) > 0 {
			t.Sheet = s.name
			break
		}
	}
	return t, nil
}

// part unpacks one part; nil when the workbook has none of that name.
func (b *workbook) part(name string) ([]byte, error) {
	file := b.parts[name]
	if file == nil {
		return nil, nil
	}
	if file.UncompressedSize64 > uint64(b.left) {
		return nil, errTooLarge
	}
	in, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, b.left+1))
	if err != nil {
		return nil, err
	}
	if b.left -= int64(len(content)); b.left < 0 {
		return nil, errTooLarge
	}
	return content, nil
}

// parse reads a part as XML into a value; nothing happens when the part is missing.
func (b *workbook) parse(name string, into any) error {
	content, err := b.part(name)
	if err != nil || content == nil {
		return err
	}
	return xml.Unmarshal(content, into)
}

type relations struct {
	Relations []struct {
		ID     string `xml:"Id,attr"`
		Target string `xml:"Target,attr"`
		Type   string `xml:"Type,attr"`
	} `xml:"Relationship"`
}

func (b *workbook) readBook() error {
	book := "xl/workbook.xml"
	var root relations
	if err := b.parse("_rels/.rels", &root); err != nil {
		return err
	}
	for _, rel := range root.Relations {
		if strings.HasSuffix(rel.Type, "/officeDocument") {
			book = strings.TrimPrefix(path.Clean(rel.Target), "/")
		}
	}
	var found struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.parse(book, &found); err != nil {
		return err
	}
	if len(found.Sheets) == 0 {
		return errors.New("no sheets: not a workbook")
	}
	b.base1904 = found.Properties.Date1904 == "1" || found.Properties.Date1904 == "true"
	folder := path.Dir(book)
	var rels relations
	if err := b.parse(path.Join(folder, "_rels", path.Base(book)+".rels"), &rels); err != nil {
		return err
	}
	for _, s := range found.Sheets {
		id := ""
		for _, attr := range s.Attrs {
			if attr.Name.Local == "id" {
				id = attr.Value
			}
		}
		for _, rel := range rels.Relations {
			if rel.ID != id || !strings.HasSuffix(rel.Type, "/worksheet") {
				continue
			}
			part := path.Join(folder, rel.Target)
			if strings.HasPrefix(rel.Target, "/") {
				part = strings.TrimPrefix(path.Clean(rel.Target), "/")
			}
			b.sheets = append(b.sheets, sheetPart{name: s.Name, part: part, hidden: s.State == "hidden" || s.State == "veryHidden"})
		}
	}
	if len(b.sheets) == 0 {
		return errors.New("no sheet with cells")
	}
	return nil
}

// richText is a text that may be cut into runs of different looks. Readings of signs (rPh) are left out.
type richText struct {
	Text string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (t richText) String() string {
	text := t.Text
	for _, run := range t.Runs {
		text += run.Text
	}
	return text
}

func (b *workbook) readShared() error {
	var found struct {
		Items []richText `xml:"si"`
	}
	if err := b.parse("xl/sharedStrings.xml", &found); err != nil {
		return err
	}
	b.shared = make([]string, len(found.Items))
	for i, item := range found.Items {
		b.shared[i] = item.String()
	}
	return nil
}

func (b *workbook) readStyles() error {
	var found struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.parse("xl/styles.xml", &found); err != nil {
		return err
	}
	custom := map[int]string{}
	for _, format := range found.Formats {
		custom[format.ID] = format.Code
	}
	b.styles = make([]dateStyle, len(found.Cells))
	for i, cell := range found.Cells {
		b.styles[i] = styleOf(cell.Format, custom[cell.Format])
	}
	return nil
}

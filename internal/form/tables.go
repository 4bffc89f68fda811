package form

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form/xlsform"
)

// Tables are the sheets of a set as rows with their cells that are not empty: what an object of type form holds. Sets travel
// like this from headquarters to devices.
type Tables struct {
	Survey, Choices, Settings []map[string]string
}

// TablesOf gives the sheets of a set in the canonical form of feltbok/internal/form/xlsform.
func TablesOf(set *Set) (Tables, error) {
	written, err := xlsform.Write(set)
	if err != nil {
		return Tables{}, err
	}
	var t Tables
	for _, sheet := range []struct {
		from []byte
		to   *[]map[string]string
	}{{written.Survey, &t.Survey}, {written.Choices, &t.Choices}, {written.Settings, &t.Settings}} {
		if *sheet.to, err = readRows(sheet.from); err != nil {
			return Tables{}, fmt.Errorf("question set %s: %w", set.ID, err)
		}
	}
	return t, nil
}

func readRows(content []byte) ([]map[string]string, error) {
	table, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(table) == 0 {
		return nil, err
	}
	rows := make([]map[string]string, len(table)-1)
	for i, cells := range table[1:] {
		rows[i] = map[string]string{}
		for c, cell := range cells {
			if cell != "" {
				rows[i][table[0][c]] = cell
			}
		}
	}
	return rows, nil
}

// Hash is SHA-256 of the tables as they are stored, in hexadecimal: it tells whether the three belong together.
func (t Tables) Hash() string {
	hash := sha256.New()
	for _, rows := range [][]map[string]string{t.Survey, t.Choices, t.Settings} {
		encoded, err := domain.Answer{Value: rows}.Encode()
		if err != nil {
			return ""
		}
		hash.Write(encoded)
		hash.Write([]byte{'\n'})
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Load reads the set that the tables hold, with the code lists in use. The error is that of [LoadWith].
func (t Tables) Load(lists *codelist.Lists) (*Set, error) {
	id := ""
	if len(t.Settings) == 1 {
		id = t.Settings[0]["form_id"]
	}
	if id == "" || strings.ContainsAny(id, `/\.`) {
		return nil, fmt.Errorf("the tables name no question set")
	}
	sheets := sheets{}
	for name, rows := range map[string][]map[string]string{"survey": t.Survey, "choices": t.Choices, "settings": t.Settings} {
		content, err := writeRows(rows)
		if err != nil {
			return nil, err
		}
		sheets[path.Join(id, name+".csv")] = content
	}
	return LoadWith(sheets, id, lists)
}

func writeRows(rows []map[string]string) ([]byte, error) {
	used := map[string]bool{"name": true}
	for _, row := range rows {
		for column := range row {
			used[column] = true
		}
	}
	header := slices.Sorted(maps.Keys(used))
	var out bytes.Buffer
	lines := csv.NewWriter(&out)
	if err := lines.Write(header); err != nil {
		return nil, err
	}
	record := make([]string, len(header))
	for _, row := range rows {
		for i, column := range header {
			record[i] = row[column]
		}
		if err := lines.Write(record); err != nil {
			return nil, err
		}
	}
	lines.Flush()
	return out.Bytes(), lines.Error()
}

// sheets are files in memory: the content of a question set is not written to a disk to be read.
type sheets map[string][]byte

// ReadFile implements fs.ReadFileFS.
func (s sheets) ReadFile(name string) ([]byte, error) {
	if content, ok := s[name]; ok {
		return content, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Open implements fs.FS; whole files are all there is.
func (s sheets) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

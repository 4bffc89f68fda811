package store

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"feltbok/internal/fault"
)

// The file format of SQLite (https://www.sqlite.org/fileformat2.html), as far as it says what is unused.
const (
	pageSize         = 4096
	fileHeaderSize   = 100 // on page 1, before the header of the page
	readVersionAt    = 19  // 2 where there is a write-ahead log; a copy made by VACUUM INTO has 1
	readVersionLog   = 2
	reservedFrom     = 72 // bytes 72 to 91 of the file header are for later versions
	reservedTo       = 92
	leafHeaderSize   = 8
	freeBlockHeader  = 4
	leafOfTable      = 0x0d
	overflowPageType = "overflow"
	leafPageType     = "leaf"
)

// CheckUnused looks at what lies between the rows of a backup. [SQLite.Copy] leaves zeros there, so that anything else is a
// fault of the disk that has not reached a row yet: V-DAMAGED. Only pages with rows are judged, for where SQLite splits the
// pages above them it leaves remains; and only in a file that Copy has made, since a register in use has remains everywhere.
func (e *SQLite) CheckUnused(ctx context.Context) (err error) {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	file, err := os.Open(e.path)
	if err != nil {
		return explain(e.path, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	page := make([]byte, pageSize)
	if _, err := file.ReadAt(page, 0); err != nil {
		return explain(e.path, err)
	}
	if page[readVersionAt] == readVersionLog {
		return nil
	}
	rows, err := e.conn.QueryContext(ctx, "SELECT pageno, pagetype, unused FROM dbstat WHERE pagetype IN (?,?)", leafPageType, overflowPageType)
	if err != nil {
		return explain(e.path, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var number, unused int64
		var kind string
		if err := rows.Scan(&number, &kind, &unused); err != nil {
			return explain(e.path, err)
		}
		if _, err := file.ReadAt(page, (number-1)*pageSize); err != nil {
			if errors.Is(err, io.EOF) {
				err = fault.Newf("V-DAMAGED", e.path, "page %d is missing", number)
			}
			return explain(e.path, err)
		}
		if !unusedIsEmpty(page, number, kind, unused) {
			return fault.Newf("V-DAMAGED", e.path, "something stands between the rows of page %d", number)
		}
	}
	return explain(e.path, rows.Err())
}

// unusedIsEmpty judges one leaf or overflow page. unused is how many bytes of an overflow page hold nothing.
func unusedIsEmpty(page []byte, number int64, kind string, unused int64) bool {
	if kind == overflowPageType {
		return unused >= 0 && unused <= int64(len(page)) && empty(page[int64(len(page))-unused:])
	}
	at := 0
	if number == 1 {
		at = fileHeaderSize
		if !empty(page[reservedFrom:reservedTo]) {
			return false
		}
	}
	if page[at] != leafOfTable {
		return true
	}
	gap := at + leafHeaderSize + 2*int(binary.BigEndian.Uint16(page[at+3:])) // after one pointer a cell
	content := int(binary.BigEndian.Uint16(page[at+5:]))
	if gap > content || content > len(page) || !empty(page[gap:content]) {
		return false
	}
	// Free blocks between cells: place of the next and own size, two bytes each, then nothing. They ascend.
	for block, last := int(binary.BigEndian.Uint16(page[at+1:])), content; block != 0; {
		if block < last || block+freeBlockHeader > len(page) {
			return false
		}
		end := block + int(binary.BigEndian.Uint16(page[block+2:]))
		if end < block+freeBlockHeader || end > len(page) || !empty(page[block+freeBlockHeader:end]) {
			return false
		}
		block, last = int(binary.BigEndian.Uint16(page[block:])), end
	}
	return true
}

func empty(bytes []byte) bool {
	for _, b := range bytes {
		if b != 0 {
			return false
		}
	}
	return true
}

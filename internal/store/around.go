package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// Modes of a connection that reads around damage: with nothing beside the file, or with a log whose changes belong to it.
const (
	aroundMark    = "&around=1" // SQLite ignores parameters that it does not know
	aroundMode    = copyMode + aroundMark
	aroundLogMode = "rw" + aroundMark
)

// aroundSettings let SQLite begin with a file that is shorter than it says (writable_schema, which writes nothing by itself),
// and keep everything that writes away. locking_mode precedes the first look into the file, see settings.
var aroundSettings = []setting{
	{"locking_mode", "EXCLUSIVE", "exclusive"},
	{"writable_schema", "ON", "1"},
	{"query_only", "ON", "1"},
	{"temp_store", "MEMORY", "2"},
	{"mmap_size", "0", "0"},
	{"trusted_schema", "OFF", "0"},
	{"cell_size_check", "ON", "1"},
}

// OpenAround opens the register in a folder for reading only, also when its file is damaged, and looks what rows it still
// gives (see [SQLite.ReadAround]). Where the folder can be written the lock is taken. Without a log beside it the file is
// not touched at all; a log is written back at closing, as always. V-MISSING, V-BUSY, V-DAMAGED when not even the header is there.
func OpenAround(ctx context.Context, dir string) (*SQLite, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err != nil {
		return nil, explain(dir, err)
	}
	lock, err := takeLock(dir)
	if err != nil && fault.Code(err) != "V-READONLY" { // nobody else can write there either
		return nil, err
	}
	mode := aroundMode
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 && lock != nil {
		mode = aroundLogMode
	}
	e, err := open(ctx, path, mode)
	if err == nil {
		e.lock = lock
		if err = e.ReadAround(ctx); err != nil {
			return nil, errors.Join(err, e.Close())
		}
		return e, nil
	}
	if lock != nil {
		err = errors.Join(err, lock.Close())
	}
	return nil, err
}

func (e *SQLite) prepareAround(ctx context.Context) error {
	for _, s := range aroundSettings {
		if _, err := e.conn.ExecContext(ctx, "PRAGMA "+s.name+"="+s.value); err != nil {
			return err
		}
	}
	return e.checkVersion(ctx)
}

// around is what a damaged file still gives: for each table the rowids of the rows that can be read as a whole.
type around struct {
	rows  map[string][]int64 // ascending
	byKey map[string]map[string]int64
	lost  map[string]int
}

// A table as it is looked through. The key columns come first and are what its index is made of; kinds has i for an integer and b for a blob,
// one letter for each column.
type lookedTable struct {
	name, columns, kinds, index, key string
	keys                             int // how many of the columns are the key
	valid                            func(row []any) bool
}

func is16(value any) bool { return len(value.([]byte)) == 16 }

func between(value any, most int64) bool { n := value.(int64); return n >= 1 && n <= most }

var lookedTables = []lookedTable{
	{
		"data_key", "key_id, ring, wrapped", "bib", "sqlite_autoindex_data_key_1", "key_id", 1,
		func(row []any) bool { return is16(row[0]) && between(row[1], 8) },
	},
	{
		"operation", "row_id, compartment, head, body", "bibb", "sqlite_autoindex_operation_1", "row_id", 1,
		func(row []any) bool { return is16(row[0]) && between(row[1], 6) },
	},
	{
		"object", "row_id, compartment, head, body", "bibb", "sqlite_autoindex_object_1", "row_id", 1,
		func(row []any) bool { return is16(row[0]) && between(row[1], 6) },
	},
	{
		"attachment_chunk", "blob_id, part, compartment, body", "biib", "sqlite_autoindex_attachment_chunk_1", "blob_id, part", 2,
		func(row []any) bool {
			return is16(row[0]) && between(row[2], 6) && row[1].(int64) >= 0 && row[1].(int64) < 1<<32
		},
	},
	{
		"system_value", "ring, name, value", "iib", "sqlite_autoindex_system_value_1", "ring, name", 2,
		func(row []any) bool { return between(row[0], 8) },
	},
}

func (l *lookedTable) isRow(row []any) bool {
	for i, value := range row {
		_, number := value.(int64)
		_, bytes := value.([]byte)
		if number != (l.kinds[i] == 'i') || bytes != (l.kinds[i] == 'b') {
			return false
		}
	}
	return l.valid(row)
}

func keyText(parts ...any) string {
	var b strings.Builder
	for _, part := range parts {
		fmt.Fprintf(&b, "%x/", part)
	}
	return b.String()
}

// ReadAround looks through a file that may be damaged, row by row and by both trees of each table, and from then on reads
// what it found. [SQLite.Update] is V-SALVAGE from then on; [SQLite.Lost] says what could not be read. Rows are only as
// good as SQLite can tell: whether their sealed bytes open is for the caller to see.
func (e *SQLite) ReadAround(ctx context.Context) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	found := &around{rows: map[string][]int64{}, byKey: map[string]map[string]int64{}, lost: map[string]int{}}
	for i := range lookedTables {
		if err := e.lookThrough(ctx, &lookedTables[i], found); err != nil {
			return err
		}
	}
	e.next = 1
	if seqs := found.rows["operation"]; len(seqs) > 0 {
		e.next = seqs[len(seqs)-1] + 1
	}
	e.around = found
	return nil
}

// ReadsAround reports whether the engine reads around damage.
func (e *SQLite) ReadsAround() bool { return e.around != nil }

// Lost says, after [SQLite.ReadAround], how many rows of each table are known to have been there and cannot be read. Rows
// of which both trees have lost every trace are not among them.
func (e *SQLite) Lost() map[string]int { return e.around.lost }

// minimumRow is the least that a row takes in the file: a data key with its cell.
const minimumRow = 150

func (e *SQLite) lookThrough(ctx context.Context, table *lookedTable, found *around) error {
	info, err := os.Stat(e.path)
	if err != nil {
		return explain(e.path, err)
	}
	most := info.Size()/minimumRow + 64 // no table can have more rows; a tree that gives more runs in circles
	seen := map[int64]bool{}
	upward, upwardWhole := e.listed(fmt.Sprintf("SELECT rowid FROM %s WHERE rowid>=1 ORDER BY rowid", table.name), most, seen)
	var downward int64
	if !upwardWhole {
		downward, _ = e.listed(fmt.Sprintf("SELECT rowid FROM %s WHERE rowid>=1 ORDER BY rowid DESC", table.name), most, seen)
	}
	indexed := map[int64]bool{}
	ordered := fmt.Sprintf("SELECT rowid FROM %s INDEXED BY %s ORDER BY %s", table.name, table.index, table.key)
	if _, whole := e.listed(ordered, most, indexed); !whole {
		e.listed(strings.ReplaceAll(ordered, table.key, strings.ReplaceAll(table.key, ",", " DESC,")+" DESC"), most, indexed)
	}
	if !upwardWhole {
		last := downward // the lowest that was found from above
		if last == 0 {
			last = upward + most
			for id := range indexed {
				last = max(last, id+1)
			}
		}
		// Between the ends lie pages that cannot be read and others that can: every possible row is asked for by itself.
		for id := upward + 1; id < min(last, upward+8*most); id++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			var got int64
			if e.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT rowid FROM %s WHERE rowid=?", table.name), id).Scan(&got) == nil && got == id {
				seen[id] = true
			}
		}
	}
	keys := map[string]int64{}
	ids := make([]int64, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	lost := 0
	read := ids[:0]
	for _, id := range ids {
		row, err := e.wholeRow(ctx, table, id)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		key := ""
		if err == nil {
			key = keyText(row[:table.keys]...)
		}
		if _, twice := keys[key]; err != nil || twice {
			lost++
			continue
		}
		keys[key] = id
		read = append(read, id)
	}
	for id := range indexed {
		if !seen[id] {
			lost++
		}
	}
	found.rows[table.name], found.byKey[table.name] = read, keys
	if lost > 0 {
		found.lost[table.name] = lost
	}
	return nil
}

// listed notes the rowids that a query gives until it ends or fails, and returns the last one.
func (e *SQLite) listed(query string, most int64, into map[int64]bool) (last int64, whole bool) {
	rows, err := e.conn.QueryContext(context.Background(), query)
	if err != nil {
		return 0, false
	}
	defer rows.Close()
	met := map[int64]bool{}
	for rows.Next() {
		var id int64
		if rows.Scan(&id) != nil || id < 1 || met[id] || int64(len(met)) > most {
			return last, false
		}
		met[id], into[id] = true, true
		last = id
	}
	return last, rows.Err() == nil
}

// wholeRow reads all columns of a row, so that every page it lies on has been read.
func (e *SQLite) wholeRow(ctx context.Context, table *lookedTable, id int64) ([]any, error) {
	row := make([]any, len(table.kinds))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	err := e.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE rowid=?", table.columns, table.name), id).Scan(into...)
	if err == nil && !table.isRow(row) {
		err = fault.Newf("V-DAMAGED", e.path, "row of %s is none", table.name)
	}
	return row, err
}

// AroundReader is what [SQLite.View] hands out after [SQLite.ReadAround].
type AroundReader interface {
	Reader
	// Chunks lists all chunks of attachments with their bodies, which belong to the caller.
	Chunks() iter.Seq2[Chunk, error]
}

// aroundReader is the reader of a damaged file: it gives the rows that were found readable, in the usual order.
type aroundReader struct {
	*transaction
	found *around
}

var _ AroundReader = (*aroundReader)(nil)

// each reads the rows of a table one by one. A row that cannot be read any more is left out.
func each[T any](r *aroundReader, table string, from int64, read func(id int64) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ids := r.found.rows[table]
		at, _ := slices.BinarySearch(ids, from)
		for _, id := range ids[at:] {
			row, err := read(id)
			if err != nil {
				continue
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// DataKeys implements [Reader].
func (r *aroundReader) DataKeys(ring domain.Ring) iter.Seq2[DataKey, error] {
	all := each(r, "data_key", 1, func(id int64) (k DataKey, err error) {
		var key []byte
		if err = r.row("SELECT key_id, ring, wrapped FROM data_key WHERE rowid=?", []any{id}, &key, &k.Ring, &k.Wrapped); err == nil {
			k.ID, err = id16(key)
		}
		return k, err
	})
	return func(yield func(DataKey, error) bool) {
		for key, err := range all {
			if key.Ring == ring && !yield(key, err) {
				return
			}
		}
	}
}

// Operations implements [Reader].
func (r *aroundReader) Operations(after int64) iter.Seq2[OperationHead, error] {
	return each(r, "operation", after+1, func(id int64) (o OperationHead, err error) {
		var row []byte
		if err = r.row("SELECT seq, compartment, row_id, head FROM operation WHERE seq=?", []any{id}, &o.Seq, &o.Compartment, &row, &o.Head); err == nil {
			o.Row, err = id16(row)
		}
		return o, err
	})
}

// Objects implements [Reader].
func (r *aroundReader) Objects() iter.Seq2[Object, error] {
	return each(r, "object", 1, func(id int64) (o Object, err error) {
		var row []byte
		if err = r.row("SELECT row_id, compartment, head FROM object WHERE rowid=?", []any{id}, &row, &o.Compartment, &o.Head); err == nil {
			o.Row, err = id16(row)
		}
		return o, err
	})
}

// Object implements [Reader].
func (r *aroundReader) Object(row [16]byte) (Object, error) {
	id, ok := r.found.byKey["object"][keyText(row[:])]
	if !ok {
		return Object{}, ErrAbsent
	}
	o := Object{Row: row}
	err := r.row("SELECT compartment, head, body FROM object WHERE rowid=?", []any{id}, &o.Compartment, &o.Head, &o.Body)
	return o, err
}

// ObjectsFrom implements [Reader].
func (r *aroundReader) ObjectsFrom(c domain.Compartment, position int64, limit int) iter.Seq2[PlacedObject, error] {
	all := each(r, "object", position+1, func(id int64) (o PlacedObject, err error) {
		var row []byte
		if err = r.row("SELECT row_id, compartment, body FROM object WHERE rowid=?", []any{id}, &row, &o.Compartment, &o.Body); err == nil {
			o.Row, err = id16(row)
		}
		o.Position = id
		return o, err
	})
	return func(yield func(PlacedObject, error) bool) {
		left := limit
		for object, err := range all {
			if object.Compartment != c {
				continue
			}
			if left--; left < 0 || !yield(object, err) {
				return
			}
		}
	}
}

// Chunk implements [Reader].
func (r *aroundReader) Chunk(blob [16]byte, part uint32) (Chunk, error) {
	id, ok := r.found.byKey["attachment_chunk"][keyText(blob[:], int64(part))]
	if !ok {
		return Chunk{}, ErrAbsent
	}
	c := Chunk{Blob: blob, Part: part}
	err := r.row("SELECT compartment, body FROM attachment_chunk WHERE rowid=?", []any{id}, &c.Compartment, &c.Body)
	return c, err
}

// Parts implements [Reader].
func (r *aroundReader) Parts(blob [16]byte) iter.Seq2[uint32, error] {
	var parts []uint32
	prefix := keyText(blob[:])
	for key := range r.found.byKey["attachment_chunk"] {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			if part, err := strconv.ParseUint(strings.TrimSuffix(rest, "/"), 16, 32); err == nil {
				parts = append(parts, uint32(part))
			}
		}
	}
	slices.Sort(parts)
	return func(yield func(uint32, error) bool) {
		for _, part := range parts {
			if !yield(part, nil) {
				return
			}
		}
	}
}

// Chunks lists all chunks with their bodies.
func (r *aroundReader) Chunks() iter.Seq2[Chunk, error] {
	return each(r, "attachment_chunk", 1, func(id int64) (c Chunk, err error) {
		var blob []byte
		if err = r.row("SELECT blob_id, part, compartment, body FROM attachment_chunk WHERE rowid=?", []any{id}, &blob, &c.Part, &c.Compartment, &c.Body); err == nil {
			c.Blob, err = id16(blob)
		}
		return c, err
	})
}

// System implements [Reader].
func (r *aroundReader) System(ring domain.Ring, name int64) (value []byte, err error) {
	id, ok := r.found.byKey["system_value"][keyText(int64(ring), name)]
	if !ok {
		return nil, ErrAbsent
	}
	err = r.row("SELECT value FROM system_value WHERE rowid=?", []any{id}, &value)
	return value, err
}

// SystemValues implements [Reader].
func (r *aroundReader) SystemValues() iter.Seq2[SystemValue, error] {
	return each(r, "system_value", 1, func(id int64) (v SystemValue, err error) {
		err = r.row("SELECT ring, name, value FROM system_value WHERE rowid=?", []any{id}, &v.Ring, &v.Name, &v.Value)
		return v, err
	})
}

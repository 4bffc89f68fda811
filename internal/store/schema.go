package store

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
)

// FileName and LockName are the files of a register in its folder (security.md 3.1).
const (
	FileName = "vault.db"
	LockName = "lock"
)

// applicationID marks the file as a Feltbok register ("Felt").
const applicationID = 0x46656c74

// SchemaVersion counts the versions of the tables and of what their rows mean: a program that knows only an older one refuses
// the register. A register of an older one opens and is brought to this one by [SQLite.Upgrade]; see migrations.
const SchemaVersion = 3

// schema makes the tables of the newest version: those of security.md 3.2 and what migrations added.
const schema = firstSchema + failedTries

// failedTries counts wrong passphrases of each slot since the last right one (security.md 4.6). It says nothing that the
// header does not, and belongs to no compartment.
const failedTries = `
CREATE TABLE failed_try(slot BLOB PRIMARY KEY CHECK(length(slot)=8), tries INTEGER NOT NULL) STRICT;
`

const firstSchema = `
CREATE TABLE header(id INTEGER PRIMARY KEY CHECK(id=1), json BLOB NOT NULL, mac BLOB NOT NULL) STRICT;
CREATE TABLE data_key(key_id BLOB PRIMARY KEY CHECK(length(key_id)=16), ring INTEGER NOT NULL CHECK(ring BETWEEN 1 AND 8), wrapped BLOB NOT NULL) STRICT;
CREATE TABLE operation(seq INTEGER PRIMARY KEY, compartment INTEGER NOT NULL CHECK(compartment BETWEEN 1 AND 6),
  row_id BLOB NOT NULL UNIQUE CHECK(length(row_id)=16), head BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE object(row_id BLOB PRIMARY KEY CHECK(length(row_id)=16), compartment INTEGER NOT NULL CHECK(compartment BETWEEN 1 AND 6),
  head BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE attachment_chunk(blob_id BLOB NOT NULL CHECK(length(blob_id)=16), part INTEGER NOT NULL, compartment INTEGER NOT NULL,
  body BLOB NOT NULL, PRIMARY KEY(blob_id, part)) STRICT;
CREATE TABLE system_value(ring INTEGER NOT NULL CHECK(ring BETWEEN 1 AND 8), name INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY(ring, name)) STRICT;
`

// A setting of the connection: as it is asked for, and as SQLite reads it back.
type setting struct{ name, value, readBack string }

// settings are those of security.md 3.1 in their order: locking_mode precedes journal_mode, so that the index of the
// write-ahead log stays on the heap and no -shm file appears. They are run one by one on the one connection: the driver
// would sort those of a source name by the alphabet.
var settings = func() []setting {
	all := []setting{
		{"page_size", "4096", "4096"},
		{"locking_mode", "EXCLUSIVE", "exclusive"},
		{"journal_mode", "WAL", "wal"},
		{"synchronous", "FULL", "2"},
		{"secure_delete", "ON", "1"},
		{"temp_store", "MEMORY", "2"},
		{"mmap_size", "0", "0"},
		{"cache_spill", "OFF", "0"},
		{"trusted_schema", "OFF", "0"},
		{"cell_size_check", "ON", "1"},
		{"foreign_keys", "ON", "1"},
		{"wal_autocheckpoint", "200", "200"},
	}
	if runtime.GOOS == "darwin" {
		all = append(all, setting{"fullfsync", "ON", "1"}, setting{"checkpoint_fullfsync", "ON", "1"})
	}
	return all
}()

// settingsBeforeReading is how many settings precede the first look into an existing file: page_size and locking_mode.
const settingsBeforeReading = 2

// sourceName is the name that SQLite opens: mode is rw, rwc (create) or ro.
func sourceName(path, mode string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	absolute = filepath.ToSlash(absolute)
	if !strings.HasPrefix(absolute, "/") { // a drive letter of Windows
		absolute = "/" + absolute
	}
	return (&url.URL{Scheme: "file", Path: absolute, RawQuery: "mode=" + mode + "&_txlock=immediate&_dqs=0"}).String(), nil
}

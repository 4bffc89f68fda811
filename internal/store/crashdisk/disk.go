package crashdisk

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

// Kind is what SQLite did to a file.
type Kind byte

// The kinds of calls. Create and Delete change a name in the folder.
const (
	Read Kind = iota
	Write
	Truncate
	Sync
	Create
	Delete
)

// sector is how many bytes a disk writes whole.
const sector = 512

// event is one recorded call, in the order in which they were made.
type event struct {
	kind   Kind
	file   *file
	offset int64 // of a write; the new size for a truncation
	data   []byte
	folder bool // a removal with a sync of the folder
}

// file is one life of a name in the folder: removed and made again it is another file.
type file struct {
	disk  *Disk
	name  string // relative to the folder, with slashes
	start []byte // content when the disk was first watched
}

// Failure makes calls fail. Codes are result codes of SQLite.
type Failure struct {
	// Kinds are the calls that count; others never fail.
	Kinds []Kind
	// At is which of them fails first, from 1; 0 lets none fail and counts only.
	At int
	// Lasting lets all following ones fail too.
	Lasting bool
	// Code gives the result of a failing call by its kind.
	Code func(Kind) int32
}

// Disk records what SQLite does to the files of one folder.
type Disk struct {
	dir string

	// synchronous, unless 0, replaces the value of PRAGMA synchronous: '0' is OFF, '1' NORMAL.
	synchronous byte
	lying       bool

	mutex   sync.Mutex
	events  []event
	start   map[string]*file // durable when the disk was first watched
	names   map[string]*file // now
	failure Failure
	calls   int // that counted for the failure
}

// Option changes how a disk or its engine behaves.
type Option func(*Disk)

// Synchronous has the engine use another value of PRAGMA synchronous than it was told, unnoticed: "OFF" or "NORMAL".
func Synchronous(value string) Option {
	return func(d *Disk) { d.synchronous = map[string]byte{"OFF": '0', "NORMAL": '1'}[value] }
}

// Lying has the disk acknowledge syncs that it does not do.
func Lying() Option { return func(d *Disk) { d.lying = true } }

// Watch records from now on what SQLite does in a folder. Nothing there may be open. What the folder holds counts as
// synced. End with [Disk.Close].
func Watch(dir string, options ...Option) (*Disk, error) {
	if err := install(); err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if absolute, err = filepath.EvalSymlinks(absolute); err != nil {
		return nil, err
	}
	d := &Disk{dir: absolute, start: map[string]*file{}, names: map[string]*file{}}
	for _, option := range options {
		option(d)
	}
	err = filepath.WalkDir(absolute, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(absolute, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		name = filepath.ToSlash(name)
		d.start[name] = &file{disk: d, name: name, start: content}
		d.names[name] = d.start[name]
		return err
	})
	if err != nil {
		return nil, err
	}
	layer.mutex.Lock()
	defer layer.mutex.Unlock()
	layer.disks[absolute] = d
	return d, nil
}

// Close ends the recording; what was recorded stays. Files that are still open stay recorded.
func (d *Disk) Close() {
	layer.mutex.Lock()
	defer layer.mutex.Unlock()
	delete(layer.disks, d.dir)
}

// Position is the number of calls recorded so far.
func (d *Disk) Position() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return len(d.events)
}

// Fail sets which call fails next, and counts anew.
func (d *Disk) Fail(f Failure) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.failure, d.calls = f, 0
}

// Calls returns how many calls counted since [Disk.Fail].
func (d *Disk) Calls() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.calls
}

// fails returns the code with which a call must fail; 0 when it may go on.
func (d *Disk) fails(kind Kind) int32 {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	counts := false
	for _, k := range d.failure.Kinds {
		counts = counts || k == kind
	}
	if !counts {
		return 0
	}
	d.calls++
	if d.failure.At == 0 || d.calls < d.failure.At || (d.calls > d.failure.At && !d.failure.Lasting) {
		return 0
	}
	return d.failure.Code(kind)
}

// InputOutputError is the result of a broken disk for each kind of call.
func InputOutputError(kind Kind) int32 {
	switch kind {
	case Read:
		return sqlite3.SQLITE_IOERR_READ
	case Write:
		return sqlite3.SQLITE_IOERR_WRITE
	case Truncate:
		return sqlite3.SQLITE_IOERR_TRUNCATE
	default:
		return sqlite3.SQLITE_IOERR_FSYNC
	}
}

// Full is the result of a full disk for a write.
func Full(Kind) int32 { return sqlite3.SQLITE_FULL }

// ShortRead is the result of a read that got the first half only.
func ShortRead(Kind) int32 { return sqlite3.SQLITE_IOERR_SHORT_READ }

func (d *Disk) note(e event) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.events = append(d.events, e)
}

func (d *Disk) sync(f *file) {
	if !d.lying {
		d.note(event{kind: Sync, file: f})
	}
}

func (d *Disk) open(name string, created bool) *file {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	f := d.names[name]
	if f == nil || created {
		f = &file{disk: d, name: name}
		d.names[name] = f
		d.events = append(d.events, event{kind: Create, file: f})
	}
	return f
}

func (d *Disk) remove(name string, syncFolder bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	f := d.names[name]
	delete(d.names, name)
	if f != nil {
		d.events = append(d.events, event{kind: Delete, file: f, folder: syncFolder && !d.lying})
	}
}

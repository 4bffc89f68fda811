package crashdisk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The generated library calls a file layer through tables of function pointers. This file is the only one that knows how:
// a pointer is made from a top-level function only, memory that the library keeps is its own, and every callback gets the
// thread state of its caller.

// headSize is how many bytes of a watched file stand before those of the system's layer: methods and token.
const headSize = 16

// openFile is the beginning of the memory that SQLite gives for a watched file.
type openFile struct {
	methods uintptr
	token   uintptr
}

var layer struct {
	once    sync.Once
	err     error
	base    uintptr // the system's sqlite3_vfs
	methods uintptr // the sqlite3_io_methods of watched files

	mutex sync.RWMutex
	disks map[string]*Disk // by folder, symbolic links resolved
	files map[uintptr]*file
	token uintptr
}

// at is the memory that the library names by a number.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// install registers the layer as the default one of the process, once.
func install() error {
	layer.once.Do(func() {
		tls := libc.NewTLS() // kept: the layer stays for as long as the process
		layer.disks, layer.files = map[string]*Disk{}, map[uintptr]*file{}
		layer.base = sqlite3.Xsqlite3_vfs_find(tls, 0)
		if layer.base == 0 {
			layer.err = errors.New("SQLite has no file layer")
			return
		}
		name, err := libc.CString("feltbok-crashdisk")
		if err != nil {
			layer.err = err
			return
		}
		own := sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
		layer.methods = sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		if own == 0 || layer.methods == 0 {
			layer.err = errors.New("out of memory")
			return
		}
		*at[sqlite3.Tsqlite3_io_methods](layer.methods) = methods()
		// What is not replaced ignores which layer it is called for.
		v := *at[sqlite3.Tsqlite3_vfs](layer.base)
		v.FzName, v.FpNext, v.FszOsFile = name, 0, v.FszOsFile+headSize
		v.FxOpen = *(*uintptr)(unsafe.Pointer(&struct {
			f func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
		}{xOpen}))
		v.FxDelete = *(*uintptr)(unsafe.Pointer(&struct {
			f func(*libc.TLS, uintptr, uintptr, int32) int32
		}{xDelete}))
		*at[sqlite3.Tsqlite3_vfs](own) = v
		if rc := sqlite3.Xsqlite3_vfs_register(tls, own, 1); rc != sqlite3.SQLITE_OK {
			layer.err = fmt.Errorf("register the file layer: code %d", rc)
		}
	})
	return layer.err
}

// methods has version 1: no shared memory, which exclusive locking does not need, and no memory mapping.
func methods() sqlite3.Tsqlite3_io_methods {
	plain := func(f func(*libc.TLS, uintptr) int32) uintptr {
		return *(*uintptr)(unsafe.Pointer(&f))
	}
	number := func(f func(*libc.TLS, uintptr, int32) int32) uintptr {
		return *(*uintptr)(unsafe.Pointer(&f))
	}
	address := func(f func(*libc.TLS, uintptr, uintptr) int32) uintptr {
		return *(*uintptr)(unsafe.Pointer(&f))
	}
	transfer := func(f func(*libc.TLS, uintptr, uintptr, int32, int64) int32) uintptr {
		return *(*uintptr)(unsafe.Pointer(&f))
	}
	truncate := xTruncate
	control := xFileControl
	return sqlite3.Tsqlite3_io_methods{
		FiVersion: 1,
		FxClose:   plain(xClose),
		FxRead:    transfer(xRead), FxWrite: transfer(xWrite),
		FxTruncate: *(*uintptr)(unsafe.Pointer(&truncate)),
		FxSync:     number(xSync),
		FxFileSize: address(xFileSize),
		FxLock:     number(xLock), FxUnlock: number(xUnlock), FxCheckReservedLock: address(xCheckReservedLock),
		FxFileControl: *(*uintptr)(unsafe.Pointer(&control)),
		FxSectorSize:  plain(xSectorSize), FxDeviceCharacteristics: plain(xDeviceCharacteristics),
	}
}

// call turns a pointer of a table into the function it stands for.
func call[F any](pointer uintptr) F { return *(*F)(unsafe.Pointer(&pointer)) }

// watching returns the disk that a path belongs to and the path within its folder.
func watching(path string) (*Disk, string) {
	layer.mutex.RLock()
	defer layer.mutex.RUnlock()
	for dir, disk := range layer.disks {
		if name, ok := strings.CutPrefix(path, dir+string(filepath.Separator)); ok {
			return disk, filepath.ToSlash(name)
		}
	}
	return nil, ""
}

// opened returns a watched file, the address of its part for the system's layer, and that layer's methods.
func opened(address uintptr) (*file, uintptr, *sqlite3.Tsqlite3_io_methods) {
	layer.mutex.RLock()
	f := layer.files[at[openFile](address).token]
	layer.mutex.RUnlock()
	inner := address + headSize
	return f, inner, at[sqlite3.Tsqlite3_io_methods](at[sqlite3.Tsqlite3_file](inner).FpMethods)
}

func xOpen(tls *libc.TLS, _, name, address uintptr, flags int32, flagsOut uintptr) int32 {
	open := call[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](at[sqlite3.Tsqlite3_vfs](layer.base).FxOpen)
	var disk *Disk
	var short string
	path := ""
	if name != 0 {
		path = libc.GoString(name)
		disk, short = watching(path)
	}
	if disk == nil {
		return open(tls, layer.base, name, address, flags, flagsOut)
	}
	*at[openFile](address) = openFile{}
	_, err := os.Stat(path)
	if rc := open(tls, layer.base, name, address+headSize, flags, flagsOut); rc != sqlite3.SQLITE_OK {
		return rc
	}
	f := disk.open(short, err != nil)
	layer.mutex.Lock()
	layer.token++
	layer.files[layer.token] = f
	*at[openFile](address) = openFile{methods: layer.methods, token: layer.token}
	layer.mutex.Unlock()
	return sqlite3.SQLITE_OK
}

func xDelete(tls *libc.TLS, _, name uintptr, syncFolder int32) int32 {
	remove := call[func(*libc.TLS, uintptr, uintptr, int32) int32](at[sqlite3.Tsqlite3_vfs](layer.base).FxDelete)
	rc := remove(tls, layer.base, name, syncFolder)
	if disk, short := watching(libc.GoString(name)); disk != nil && rc == sqlite3.SQLITE_OK {
		disk.remove(short, syncFolder != 0)
	}
	return rc
}

func xClose(tls *libc.TLS, address uintptr) int32 {
	_, inner, m := opened(address)
	layer.mutex.Lock()
	delete(layer.files, at[openFile](address).token)
	layer.mutex.Unlock()
	return call[func(*libc.TLS, uintptr) int32](m.FxClose)(tls, inner)
}

func xRead(tls *libc.TLS, address, buffer uintptr, size int32, offset int64) int32 {
	f, inner, m := opened(address)
	read := call[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxRead)
	switch code := f.disk.fails(Read); code {
	case 0:
		return read(tls, inner, buffer, size, offset)
	case sqlite3.SQLITE_IOERR_SHORT_READ: // the first half comes, the rest is zero, as the interface demands
		if rc := read(tls, inner, buffer, size, offset); rc != sqlite3.SQLITE_OK {
			return rc
		}
		clear(unsafe.Slice(at[byte](buffer), size)[size/2:])
		return code
	default:
		return code
	}
}

func xWrite(tls *libc.TLS, address, buffer uintptr, size int32, offset int64) int32 {
	f, inner, m := opened(address)
	write := call[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxWrite)
	code := f.disk.fails(Write)
	if code != 0 { // a part of it reaches the disk nevertheless
		size = size / 2 / sector * sector
	}
	if size > 0 {
		if rc := write(tls, inner, buffer, size, offset); rc != sqlite3.SQLITE_OK {
			return rc
		}
		f.disk.note(event{kind: Write, file: f, offset: offset, data: append([]byte(nil), unsafe.Slice(at[byte](buffer), size)...)})
	}
	return code
}

func xTruncate(tls *libc.TLS, address uintptr, size int64) int32 {
	f, inner, m := opened(address)
	if code := f.disk.fails(Truncate); code != 0 {
		return code
	}
	rc := call[func(*libc.TLS, uintptr, int64) int32](m.FxTruncate)(tls, inner, size)
	if rc == sqlite3.SQLITE_OK {
		f.disk.note(event{kind: Truncate, file: f, offset: size})
	}
	return rc
}

func xSync(tls *libc.TLS, address uintptr, flags int32) int32 {
	f, inner, m := opened(address)
	if code := f.disk.fails(Sync); code != 0 {
		return code
	}
	rc := call[func(*libc.TLS, uintptr, int32) int32](m.FxSync)(tls, inner, flags)
	if rc == sqlite3.SQLITE_OK {
		f.disk.sync(f)
	}
	return rc
}

func xFileSize(tls *libc.TLS, address, size uintptr) int32 {
	_, inner, m := opened(address)
	return call[func(*libc.TLS, uintptr, uintptr) int32](m.FxFileSize)(tls, inner, size)
}

func xLock(tls *libc.TLS, address uintptr, level int32) int32 {
	_, inner, m := opened(address)
	return call[func(*libc.TLS, uintptr, int32) int32](m.FxLock)(tls, inner, level)
}

func xUnlock(tls *libc.TLS, address uintptr, level int32) int32 {
	_, inner, m := opened(address)
	return call[func(*libc.TLS, uintptr, int32) int32](m.FxUnlock)(tls, inner, level)
}

func xCheckReservedLock(tls *libc.TLS, address, result uintptr) int32 {
	_, inner, m := opened(address)
	return call[func(*libc.TLS, uintptr, uintptr) int32](m.FxCheckReservedLock)(tls, inner, result)
}

func xSectorSize(tls *libc.TLS, address uintptr) int32 {
	_, inner, m := opened(address)
	return call[func(*libc.TLS, uintptr) int32](m.FxSectorSize)(tls, inner)
}

func xDeviceCharacteristics(tls *libc.TLS, address uintptr) int32 {
	_, inner, m := opened(address)
	return call[func(*libc.TLS, uintptr) int32](m.FxDeviceCharacteristics)(tls, inner)
}

// xFileControl also sees every PRAGMA before SQLite does: there a disk with another synchronous setting puts its own
// value in place of the one asked for, and answers the reading back with full (2).
func xFileControl(tls *libc.TLS, address uintptr, operation int32, argument uintptr) int32 {
	f, inner, m := opened(address)
	if operation == sqlite3.SQLITE_FCNTL_PRAGMA && f.disk.synchronous != 0 {
		texts := at[[3]uintptr](argument) // result, name, value
		if strings.EqualFold(libc.GoString(texts[1]), "synchronous") {
			if texts[2] == 0 {
				answer := at[[2]byte](sqlite3.Xsqlite3_malloc(tls, 2))
				*answer = [2]byte{'2', 0}
				texts[0] = uintptr(unsafe.Pointer(answer))
				return sqlite3.SQLITE_OK
			}
			*at[[2]byte](texts[2]) = [2]byte{f.disk.synchronous, 0} // in its place: no setting is shorter
		}
	}
	return call[func(*libc.TLS, uintptr, int32, uintptr) int32](m.FxFileControl)(tls, inner, operation, argument)
}

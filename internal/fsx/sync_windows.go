package fsx

import "golang.org/x/sys/windows"

// SyncFolder does nothing: Windows flushes folder entries with the file that was renamed.
func SyncFolder(string) error { return nil }

// FreeBytes returns how many bytes an ordinary user may still write to the file system that holds path.
func FreeBytes(path string) (int64, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(free), nil
}

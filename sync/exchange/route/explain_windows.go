package route

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// What the system says of a drive, by what a person can do about it.
var (
	full      = []syscall.Errno{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_FILE_TOO_LARGE}
	protected = []syscall.Errno{windows.ERROR_WRITE_PROTECT}
	pulled    = []syscall.Errno{
		windows.ERROR_FILE_NOT_FOUND, windows.ERROR_PATH_NOT_FOUND, windows.ERROR_NOT_READY, windows.ERROR_DEV_NOT_EXIST,
		windows.ERROR_DEVICE_NOT_CONNECTED, windows.ERROR_IO_DEVICE, windows.ERROR_NO_SUCH_DEVICE,
	}
)

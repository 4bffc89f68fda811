//go:build !windows

package route

import "syscall"

// What the system says of a drive, by what a person can do about it.
var (
	full      = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	protected = []syscall.Errno{syscall.EROFS}
	pulled    = []syscall.Errno{syscall.ENOENT, syscall.ENODEV, syscall.ENXIO, syscall.EIO, syscall.ENOTDIR, syscall.ESTALE}
)

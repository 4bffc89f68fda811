package route

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// mounts lists /Volumes, without the name that points back to the system's own disk.
func mounts() []mount {
	const volumes = "/Volumes"
	entries, err := os.ReadDir(volumes)
	if err != nil {
		return nil
	}
	var found []mount
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		m := mount{path: filepath.Join(volumes, entry.Name()), label: entry.Name()}
		var stat unix.Statfs_t
		if unix.Statfs(m.path, &stat) == nil {
			m.readOnly = stat.Flags&unix.MNT_RDONLY != 0
		}
		found = append(found, m)
	}
	return found
}

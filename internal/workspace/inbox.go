package workspace

import (
	"os"
	"path/filepath"
)

// dropUnfinished removes what an import that was killed left in inbox/: sealed copies of files that the sender still has.
// Nobody else can be importing, for the register is open here. What cannot be removed harms nobody and is tried again.
func dropUnfinished(dir string) {
	folder := filepath.Join(dir, "inbox")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			_ = os.Remove(filepath.Join(folder, entry.Name()))
		}
	}
}

package bench

import (
	"os"
	"strconv"
	"strings"
)

// peak is the most memory that was resident since [resetPeak], in bytes; zero where the system does not tell.
func peak() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kibibytes, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kibibytes << 10
		}
	}
	return 0
}

// resetPeak makes the memory that is resident now the most. Where the system refuses, the peak is that of the whole process.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

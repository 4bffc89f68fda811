//go:build !linux

package bench

// peak is zero: the system is not asked.
func peak() int { return 0 }

func resetPeak() {}

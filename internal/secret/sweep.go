package secret

import (
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"
)

// Sweep removes from memory what the program no longer refers to: part of locking (security.md 4.6, 4.7). The collector
// finds what is dead but leaves its bytes where they are until the place is used again, and gives only whole pages back
// to the system. So Sweep uses every free place of the heap once, which the allocator fills with zeros, and does the same
// with the stacks of goroutines that have ended. It takes a tenth of a second or two.
//
// What is still referred to stays, and so do C memory and the copies that the system has (swap, window system).
func Sweep() {
	runtime.GC() // twice, as security.md 4.7 measured: the second run finds what finalizers let go
	runtime.GC()
	overwriteHeap()
	zeros() // below what the caller's own stack holds now
	overwriteStacks()
	runtime.GC()
	debug.FreeOSMemory()
}

// Sizes of the attempt to fill every free place.
const (
	step      = 64 << 10 // bytes of one size that are taken between two looks at the heap
	grown     = 4        // looks at which the heap had to grow before a size counts as full
	most      = 64 << 20 // bytes that are taken of one size at most
	deadStack = 256      // goroutines whose stacks are overwritten at the same time
)

// overwriteHeap takes places of every size class, with and without pointers (they lie apart), until the heap has to grow
// for more, and lets all of them go at the end.
func overwriteHeap() {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a run in between would give back what was just taken
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	var kept [][]byte
	var keptPointers [][]*byte
	for _, class := range stats.BySize {
		size := int(class.Size)
		if size < 8 {
			continue
		}
		for _, pointers := range []bool{false, true} {
			full := 0
			for taken := 0; taken < most && full < grown; taken += step {
				before := stats.HeapInuse
				for n := max(step/size, 1); n > 0; n-- {
					if pointers {
						keptPointers = append(keptPointers, make([]*byte, size/int(unsafe.Sizeof(uintptr(0)))))
					} else {
						kept = append(kept, make([]byte, size))
					}
				}
				runtime.ReadMemStats(&stats)
				if stats.HeapInuse > before {
					full++
				}
			}
		}
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(keptPointers)
}

// overwriteStacks runs goroutines side by side that take the stacks of those that have ended, and writes zeros there.
func overwriteStacks() {
	var begun, ended sync.WaitGroup
	wait := make(chan struct{})
	begun.Add(deadStack)
	for range deadStack {
		ended.Go(func() {
			zeros()
			begun.Done()
			<-wait
		})
	}
	begun.Wait()
	close(wait)
	ended.Wait()
}

//go:noinline
func zeros() {
	var room [24 << 10]byte
	clear(room[:])
	runtime.KeepAlive(&room)
}

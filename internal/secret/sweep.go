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
// with the stacks that goroutines had. It takes a tenth of a second or two.
//
// For that time the program runs on one processor: each keeps free places of the heap and ended goroutines to itself, and hands
// them over only when it goes. What is still referred to stays, and so do C memory, the copies that the system has (swap, window
// system) and what the stack of a thread was made of that began meanwhile.
func Sweep() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	overwriteStacks()    // before the collector moves goroutines that go on to smaller ones
	runtime.GC()         // twice, as security.md 4.7 measured: the second run finds what finalizers let go
	debug.FreeOSMemory() // the second; and no page is taken from here on that was used before
	overwriteHeap()
	zeros[[24 << 10]byte]() // below what the caller's own stack holds now
	overwriteStacks()
	runtime.GC()
	debug.FreeOSMemory()
}

// Sizes of the attempt to fill every free place.
const (
	step  = 64 << 10 // bytes of one size that are taken between two looks at the heap
	grown = 4        // looks at which the heap had to grow before a size counts as full
	most  = 64 << 20 // bytes that are taken of one size at most
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

// overwriteStacks runs goroutines side by side that take every free stack, and writes zeros there. A goroutine has a stack of 2 KiB
// and moves to one of twice the size when it needs more, or at once to the one that is large enough; what it leaves is free with
// all that it holds. So each size has its turn.
func overwriteStacks() {
	for _, one := range []struct {
		use        func()
		goroutines int // side by side, so that together they take the free ones of the size
	}{
		{zeros[[800]byte], 1024}, {zeros[[5 << 9]byte], 1024}, {zeros[[6 << 10]byte], 1024}, {zeros[[13 << 10]byte], 512}, {zeros[[24 << 10]byte], 256},
	} {
		var begun, ended sync.WaitGroup
		wait := make(chan struct{})
		begun.Add(one.goroutines)
		for range one.goroutines {
			ended.Go(func() {
				one.use()
				begun.Done()
				<-wait
			})
		}
		begun.Wait()
		close(wait)
		ended.Wait()
	}
}

// zeros writes so many zeros to the stack.
//
//go:noinline
func zeros[Room any]() {
	var room Room
	runtime.KeepAlive(&room)
}

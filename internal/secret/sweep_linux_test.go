package secret_test

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"unsafe"

	"feltbok/internal/secret"
)

const (
	marked  = 0xa7 // no byte that stands side by side with itself by chance
	markers = 40   // goroutines at the same time
)

// mark fills a piece of the goroutine's stack and says where that was before the goroutine moves to a larger stack.
//
//go:noinline
func mark[Room any](places chan<- uintptr, together *sync.WaitGroup) {
	var room Room
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&room)), unsafe.Sizeof(room))
	for i := range bytes {
		bytes[i] = marked
	}
	places <- uintptr(unsafe.Pointer(&bytes[0])) + uintptr(len(bytes)/2)
	together.Done()
	together.Wait() // all have stacks of their own
	grow(64 << 10)
	runtime.KeepAlive(&room)
}

//go:noinline
func grow(bytes int) byte {
	var room [1 << 10]byte
	if bytes <= 0 {
		return room[0]
	}
	room[bytes%len(room)] = grow(bytes - len(room))
	return room[0]
}

// What goroutines leave on stacks that they have moved from is gone after a sweep, whatever size these have and whatever
// processor the goroutines ran on.
func TestSweep_OverwritesStacks(t *testing.T) {
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer memory.Close()
	left := func(places []uintptr) (n int) {
		for _, place := range places {
			var found [64]byte
			if _, err := memory.ReadAt(found[:], int64(place)); err == nil && found[0] == marked && found == [64]byte(markedBytes()) {
				n++
			}
		}
		return n
	}
	sizes := map[string]func(chan<- uintptr, *sync.WaitGroup){
		"2 KiB": mark[[600]byte], "4 KiB": mark[[2500]byte], "8 KiB": mark[[6 << 10]byte], "16 KiB": mark[[13 << 10]byte], "32 KiB": mark[[20 << 10]byte],
	}
	markAll := func(one func(chan<- uintptr, *sync.WaitGroup)) (places []uintptr) {
		found := make(chan uintptr, markers)
		var together, ended sync.WaitGroup
		together.Add(markers)
		for range markers {
			ended.Go(func() { one(found, &together) })
		}
		ended.Wait()
		close(found)
		for place := range found {
			places = append(places, place)
		}
		return places
	}
	for _, one := range sizes { // so that the threads of this process are there: what stands in the stack of one stays
		markAll(one)
	}
	secret.Sweep()
	for name, one := range sizes {
		t.Run(name, func(t *testing.T) {
			places := markAll(one)
			if left(places) == 0 {
				t.Fatal("nothing is left on any stack before the sweep: the search proves nothing")
			}
			secret.Sweep()
			if n := left(places); n > 0 {
				t.Errorf("%d of %d stacks still hold what was left there", n, markers)
			}
		})
	}
}

func markedBytes() []byte {
	b := make([]byte, 64)
	for i := range b {
		b[i] = marked
	}
	return b
}

package shell_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"fyne.io/fyne/v2"

	"feltbok/app/shell"
)

// veil hides the canary from the search itself: it is in memory in the clear only where typing put it.
const veil = 0x2a

// veiled is a word that stands nowhere else, with every byte changed by veil.
func veiled() []byte {
	word := []byte("xviowzqkjyrh")
	for i := range word {
		word[i] = 'a' + (word[i]*7+byte(i))%26 // another word than the one that stands here
		word[i] ^= veil
	}
	return word
}

// copiesInMemory counts how often the word lies in the writable memory of this process, in the form of Go texts and, with
// wide, as the runes of a text field.
func copiesInMemory(t *testing.T, word []byte, wide bool) (copies int) {
	t.Helper()
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	defer maps.Close()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer memory.Close()
	step := 1
	if wide {
		step = 4
	}
	room := make([]byte, 1<<20)
	from, to := uintptr(unsafe.Pointer(&room[0])), uintptr(unsafe.Pointer(&room[len(room)-1]))
	fits := func(b []byte) bool {
		for i, c := range word {
			if b[i*step] != c^veil || wide && (b[i*step+1] != 0 || b[i*step+2] != 0 || b[i*step+3] != 0) {
				return false
			}
		}
		return true
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var begin, end uintptr
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &begin, &end, &rights); err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		long := uintptr(len(word) * step)
		for at := begin; at < end; at += uintptr(len(room)) - long {
			n, _ := memory.ReadAt(room[:min(uintptr(len(room)), end-at)], int64(at)) // pages that were never touched are not there
			for i := 0; i+int(long) <= n; i++ {
				where := at + uintptr(i)
				if room[i] == word[0]^veil && (where < from || where > to) && fits(room[i:]) && i < len(room)-int(long) {
					copies++
				}
			}
		}
	}
	clear(room)
	return copies
}

// holders are the ways from the window, the shell and the toolkit's application to texts that hold the word.
func holders(y *typist, word []byte) []string {
	w := &walk{word: word, seen: map[visited]bool{}}
	for name, root := range map[string]any{"window": y.window, "shell": y.Shell, "app": fyne.CurrentApp()} {
		w.look(reflect.ValueOf(root), name)
	}
	return w.found
}

// walk follows every reference of Go values but functions, whose variables cannot be seen.
type walk struct {
	word  []byte
	seen  map[visited]bool
	found []string
}

type visited struct {
	at    uintptr
	kind  reflect.Type
	count int
}

// fresh reports whether a reference was not followed before.
func (w *walk) fresh(v reflect.Value, count int) bool {
	mark := visited{v.Pointer(), v.Type(), count}
	known := w.seen[mark]
	w.seen[mark] = true
	return !known
}

func (w *walk) look(v reflect.Value, way string) {
	switch v.Kind() {
	case reflect.String:
		if text := v.String(); len(text) >= len(w.word) && w.in(text) {
			w.found = append(w.found, way)
		}
	case reflect.Pointer:
		if !v.IsNil() && w.fresh(v, 0) {
			w.look(v.Elem(), way)
		}
	case reflect.Interface:
		if !v.IsNil() {
			w.look(v.Elem(), way)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.look(v.Field(i), way+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); k == reflect.Uint8 || v.Kind() == reflect.Slice && (v.IsNil() || !w.fresh(v, v.Len())) {
			return
		}
		for i := range v.Len() {
			w.look(v.Index(i), way)
		}
	case reflect.Map:
		if v.IsNil() || !w.fresh(v, 0) {
			return
		}
		for each := v.MapRange(); each.Next(); {
			w.look(each.Key(), way)
			w.look(each.Value(), way)
		}
	}
}

func (w *walk) in(text string) bool {
	for i := range len(text) - len(w.word) + 1 {
		at := 0
		for at < len(w.word) && text[i+at] == w.word[at]^veil {
			at++
		}
		if at == len(w.word) {
			return true
		}
	}
	return false
}

// memoryVariable marks the process in which the toolkit keeps what it drew for a moment only, instead of a minute.
const memoryVariable = "FELTBOK_SHELL_MEMORY"

// TestMemory_TypedWordsAfterLock: of what was typed into the window nothing that the window, the shell or the toolkit's
// application refers to holds a letter once it is locked (security.md 4.6, 4.7). Of the copies in the process at most a
// quarter is left when the toolkit has let go of the widgets (docs/measurements/memory.md).
func TestMemory_TypedWordsAfterLock(t *testing.T) {
	if os.Getenv(memoryVariable) == "" {
		again := exec.Command(os.Args[0], "-test.run=^TestMemory_TypedWordsAfterLock$", "-test.v")
		again.Env = append(os.Environ(), memoryVariable+"=yes", "FYNE_CACHE=1ms")
		out, err := again.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
		return
	}
	y := newTypist(t)
	y.to(question{set: "identity", name: "name_called"})
	word := veiled()
	for _, c := range word {
		y.focused().TypedRune(rune(c ^ veil))
	}
	y.lock(shell.ByUser) // stores it
	y.unlock()           // so that it was read back and put on screen
	texts, runes := copiesInMemory(t, word, false), copiesInMemory(t, word, true)
	if texts == 0 {
		t.Fatal("the word is not found while it is on screen: the search proves nothing")
	}
	if len(holders(y, word)) == 0 {
		t.Fatal("no widget holds the word while it is on screen: the walk proves nothing")
	}
	y.lock(shell.ByUser)
	if at := holders(y, word); len(at) > 0 {
		t.Errorf("after lock the typed word stands in %q", at)
	}
	atOnce := copiesInMemory(t, word, false)
	time.Sleep(10 * time.Millisecond) // now the toolkit's time is up
	y.window.Canvas().Capture()       // it is drawn
	y.loop.Advance(shell.SweptAfter)
	textsLeft, runesLeft := copiesInMemory(t, word, false), copiesInMemory(t, word, true)
	t.Logf("open: %d as text, %d as runes; at once after lock: %d as text; in the end: %d as text, %d as runes", texts, runes, atOnce, textsLeft, runesLeft)
	if textsLeft > texts/4 || runesLeft > runes/4 {
		t.Errorf("after lock the typed word is in memory %d times as text and %d times as runes", textsLeft, runesLeft)
	}
}

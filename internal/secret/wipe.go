package secret

import (
	"crypto/cipher"
	"crypto/sha256"
	"hash"
	"reflect"
	"slices"
	"unsafe"
)

// What cannot be asked to forget is overwritten where it lies. Left to the collector it becomes free memory with its bytes in it, and the
// runtime makes stacks of threads, and the last bytes of a page that its objects do not fill, of such memory without clearing it:
// places that [Sweep] cannot reach (docs/measurements/memory.md). Each function leaves alone what is made in another way than it
// knows; a test tells when that comes to be.

// keySize is what an AEAD of golang.org/x/crypto/chacha20poly1305 is made of: its key.
const keySize = 32

// WipeCipher overwrites the copy of the key that an AEAD of golang.org/x/crypto/chacha20poly1305 keeps.
func WipeCipher(aead cipher.AEAD) {
	if v := reflect.ValueOf(aead); v.Kind() == reflect.Pointer && v.Elem().Type().Size() == keySize {
		clear((*[keySize]byte)(v.UnsafePointer())[:])
	}
}

// WipeAge overwrites what a reader of age.Decrypt, read to its end, or a writer of age.Encrypt, closed, still holds of the content and
// of its key. It must not be used afterwards.
func WipeAge(stream any) {
	v := reflect.ValueOf(stream)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return
	}
	v = v.Elem()
	if cipherOf := v.FieldByName("a"); cipherOf.IsValid() && cipherOf.Kind() == reflect.Interface {
		if aead := cipherOf.Elem(); aead.Kind() == reflect.Pointer && aead.Elem().Type().Size() == keySize {
			clear((*[keySize]byte)(aead.UnsafePointer())[:])
		}
	}
	held := v.FieldByName("buf")
	if held.IsValid() && held.Kind() == reflect.Struct { // a bytes.Buffer
		held = held.FieldByName("buf")
	}
	switch {
	case !held.IsValid():
	case held.Kind() == reflect.Array && held.Type().Elem().Kind() == reflect.Uint8:
		clear(unsafe.Slice((*byte)(held.Addr().UnsafePointer()), held.Len()))
	case held.Kind() == reflect.Slice && held.Type().Elem().Kind() == reflect.Uint8:
		clear(unsafe.Slice((*byte)(held.UnsafePointer()), held.Cap()))
	}
}

// Hashes makes SHA-256 sums for a function that takes keys through them, such as HKDF, and overwrites their states afterwards: a sum
// keeps up to a block of what went into it.
type Hashes struct{ made []hash.Hash }

// New is for parameters like that of hkdf.Extract.
func (h *Hashes) New() hash.Hash {
	one := sha256.New()
	h.made = append(h.made, one)
	return one
}

// Wipe overwrites every state made so far.
func (h *Hashes) Wipe() {
	for _, one := range h.made {
		if v := reflect.ValueOf(one); v.Kind() == reflect.Pointer && plain(v.Elem().Type()) {
			clear(unsafe.Slice((*byte)(v.UnsafePointer()), v.Elem().Type().Size()))
		}
	}
	h.made = nil
}

// plain reports whether a type is made of numbers only, so that zeros are a value of it that nothing else hangs on.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		return !slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return !plain(f.Type) })
	case reflect.Array:
		return plain(t.Elem())
	case reflect.Bool, reflect.Uint8, reflect.Uint32, reflect.Uint64, reflect.Int:
		return true
	}
	return false
}

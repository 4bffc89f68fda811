package vault

import (
	"crypto/cipher"
	"reflect"
	"unsafe"
)

// wipeAEAD overwrites the copy of the key that an AEAD of golang.org/x/crypto/chacha20poly1305 keeps, which is all that it
// is made of. The package has no way to do that, and one such copy for each row read would outlive the lock
// (security.md 4.7). An AEAD of another make is left alone; a test tells when that comes to be.
func wipeAEAD(aead cipher.AEAD) {
	if v := reflect.ValueOf(aead); v.Kind() == reflect.Pointer && v.Elem().Type().Size() == unsafe.Sizeof(Key{}) {
		clear((*Key)(v.UnsafePointer())[:])
	}
}

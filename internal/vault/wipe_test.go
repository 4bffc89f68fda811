package vault

import (
	"bytes"
	"reflect"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

func TestWipeAEAD_LeavesNoKey(t *testing.T) {
	key := NewKey()
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		t.Fatal(err)
	}
	held := reflect.ValueOf(aead).Elem().Field(0).Bytes
	if !bytes.Equal(held(), key[:]) {
		t.Fatal("the AEAD is made of something else than its key: wipeAEAD has to follow")
	}
	wipeAEAD(aead)
	if !bytes.Equal(held(), make([]byte, len(key))) {
		t.Fatal("the AEAD still holds its key")
	}
}

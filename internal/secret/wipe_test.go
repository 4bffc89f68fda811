package secret_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"io"
	"reflect"
	"testing"
	"unsafe"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"feltbok/internal/secret"
)

// memory is what a pointer points to, byte for byte.
func memory(pointer any) []byte {
	v := reflect.ValueOf(pointer)
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Elem().Type().Size())
}

func fresh() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return key
}

func TestWipeCipher_LeavesNoKey(t *testing.T) {
	key := fresh()
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(memory(aead), key) {
		t.Fatal("the AEAD is made of something else than its key: WipeCipher has to follow")
	}
	secret.WipeCipher(aead)
	if !bytes.Equal(memory(aead), make([]byte, len(key))) {
		t.Fatal("the AEAD still holds its key")
	}
}

func TestHashes_LeaveNoInput(t *testing.T) {
	key, salt := fresh(), fresh()[:16]
	var hashes secret.Hashes
	var made []hash.Hash
	got, err := hkdf.Extract(func() hash.Hash { made = append(made, hashes.New()); return made[len(made)-1] }, key, salt)
	want, _ := hkdf.Extract(sha256.New, key, salt)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%v, or another result than that of the standard library", err)
	}
	holding := func() (n int) {
		for _, one := range made {
			if bytes.Contains(memory(one), key) {
				n++
			}
		}
		return n
	}
	if holding() == 0 {
		t.Fatal("no sum holds what went into it: the test looks in the wrong place")
	}
	hashes.Wipe()
	if n := holding(); n > 0 {
		t.Fatalf("%d sums still hold the key", n)
	}
}

func TestWipeAge_LeavesNoContent(t *testing.T) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	content := fresh()
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, identity.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	buffered := reflect.ValueOf(w).Elem().FieldByName("buf").FieldByName("buf")
	held := unsafe.Slice((*byte)(buffered.UnsafePointer()), buffered.Cap())
	if !bytes.Contains(held, content) {
		t.Fatal("the writer holds what is written somewhere else: WipeAge has to follow")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	secret.WipeAge(w)
	if bytes.Contains(held, content) {
		t.Error("the writer still holds what was written")
	}

	r, err := age.Decrypt(&sealed, identity)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := io.ReadAll(r); err != nil || !bytes.Equal(read, content) {
		t.Fatalf("read %d bytes, %v", len(read), err)
	}
	if !bytes.Contains(memory(r), content) {
		t.Fatal("the reader holds what it read somewhere else: WipeAge has to follow")
	}
	secret.WipeAge(r)
	if bytes.Contains(memory(r), content) {
		t.Error("the reader still holds what it read")
	}
	secret.WipeAge(nil)
	secret.WipeAge("neither reader nor writer")
}

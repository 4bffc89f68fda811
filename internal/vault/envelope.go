package vault

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"feltbok/internal/oplog"
	"feltbok/internal/secret"
)

// Envelope v1 (security.md 3.3): version1 ‖ nonce24 ‖ XChaCha20-Poly1305(length4 ‖ plaintext ‖ zero padding) ‖ tag16.
const (
	envelopeVersion = 0x01
	nonceSize       = chacha20poly1305.NonceSizeX
	tagSize         = chacha20poly1305.Overhead
	lengthSize      = 4
	// envelopeOverhead is what an envelope adds to the padded plaintext, the length field being part of the latter.
	envelopeOverhead = 1 + nonceSize + tagSize
)

// Padded sizes in bytes, length field included. sizePadme stands for Padmé(max(4+len, 256)).
const (
	sizePadme         = 0
	sizeOperationHead = 192
	sizeObjectHead    = 96
	sizeSmall         = 96 // data keys and state roots
	sizeChunk         = 65540
	minimumPadded     = 256
)

// ChunkContent is how many bytes of an attachment one chunk holds; only the last chunk may hold fewer.
const ChunkContent = sizeChunk - lengthSize

// Tag is the AEAD tag at the end of an envelope. It stands for the whole sealed value in heads and state roots.
type Tag [tagSize]byte

// TagOf returns the tag of an envelope; zero when there is none because the body was removed (security.md 5.5).
func TagOf(envelope []byte) Tag {
	if len(envelope) < tagSize {
		return Tag{}
	}
	return Tag(envelope[len(envelope)-tagSize:])
}

// errEnvelope says that an envelope does not open: wrong key, place, revision or bytes.
var errEnvelope = errors.New("sealed value does not open at this place")

func newNonce() (nonce [nonceSize]byte) {
	rand.Read(nonce[:]) // never fails; the process ends instead (crypto/rand)
	return nonce
}

// seal makes an envelope with a fresh random nonce. size is one of the padded sizes above.
func seal(key *Key, associated, plain []byte, size int) ([]byte, error) {
	return sealWith(key, newNonce(), associated, plain, size)
}

// sealWith is seal with a given nonce, so that known answers can be written down. A nonce is never used twice with a key.
func sealWith(key *Key, nonce [nonceSize]byte, associated, plain []byte, size int) ([]byte, error) {
	e, err := newEnvelope(nonce, len(plain), size, len(associated))
	if err != nil {
		return nil, err
	}
	e.plain = append(e.plain, plain...)
	e.associated = append(e.associated, associated...)
	return e.seal(key)
}

// An envelope is one that is being made. Its plaintext is written where it is sealed and its associated data right behind, so that
// all of it is one piece of memory in which no plaintext stays.
type envelope struct {
	out               []byte // all of it, with the nonce
	plain, associated []byte // to be appended to
}

// newEnvelope begins one for a plaintext and associated data of these lengths. size is one of the padded sizes above.
func newEnvelope(nonce [nonceSize]byte, length, size, associated int) (envelope, error) {
	needed := lengthSize + length
	padded := size
	switch {
	case size == sizePadme:
		padded = oplog.Padme(max(needed, minimumPadded))
	case needed > size:
		return envelope{}, fmt.Errorf("%d bytes do not fit a sealed value of %d", length, size)
	}
	whole := envelopeOverhead + padded
	memory := make([]byte, whole+associated)
	memory[0] = envelopeVersion
	copy(memory[1:], nonce[:])
	from := 1 + nonceSize
	binary.BigEndian.PutUint32(memory[from:], uint32(length))
	from += lengthSize
	return envelope{out: memory[:whole:whole], plain: memory[from : from : from+length], associated: memory[whole:whole]}, nil
}

// seal closes the envelope, which now has as many bytes of plaintext as were announced.
func (e *envelope) seal(key *Key) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		clear(e.plain)
		return nil, err
	}
	content := e.out[1+nonceSize : len(e.out)-tagSize]
	aead.Seal(content[:0], e.out[1:1+nonceSize], content, e.associated)
	secret.WipeCipher(aead)
	return e.out, nil
}

// open returns the plaintext of an envelope, appended to dst[:0] when that has room. size is the padded size that the
// kind of value demands, sizePadme when it varies. The error carries no code: callers know which one fits.
func open(dst []byte, key *Key, associated, envelope []byte, size int) ([]byte, error) {
	padded := len(envelope) - envelopeOverhead
	if padded < lengthSize || envelope[0] != envelopeVersion || (size != sizePadme && padded != size) {
		return nil, errEnvelope
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, err
	}
	content, err := aead.Open(dst[:0], envelope[1:1+nonceSize], envelope[1+nonceSize:], associated)
	secret.WipeCipher(aead)
	if err != nil {
		return nil, errEnvelope
	}
	length := binary.BigEndian.Uint32(content)
	if uint64(length) > uint64(padded-lengthSize) {
		return nil, errEnvelope
	}
	var rest byte
	for _, b := range content[lengthSize+length:] {
		rest |= b
	}
	if rest != 0 {
		return nil, errEnvelope
	}
	return content[lengthSize : lengthSize+length : lengthSize+length], nil
}

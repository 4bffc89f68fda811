// Package pin checks the short number that lifts the cover from the screen within one unlock period (security.md 4.6).
//
// A [Pin] lives in memory only and opens nothing: the keys of the workspace stay where they are, and a forgotten PIN is
// answered by locking and unlocking with the whole passphrase. It keeps an Argon2id hash, never the digits.
package pin

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"

	"feltbok/internal/secret"
)

// MinDigits is the least number of digits (security.md 4.6).
const MinDigits = 6

// Tries is how many wrong PINs lead to lock (security.md 4.6).
const Tries = 3

// What is wrong with a PIN that [Allowed] refuses.
var (
	ErrShort  = fmt.Errorf("a PIN has at least %d digits", MinDigits)
	ErrDigits = errors.New("a PIN has digits only")
	ErrSimple = errors.New("a PIN is not one digit repeated or a straight run of digits")
)

// Cost of the hash: 64 MiB and 3 passes, about a tenth of a second, so that the hash in a memory image does not give the
// digits away at once.
const (
	passes  = 3
	memory  = 64 * 1024 // KiB
	threads = 4
	length  = 32
)

// Pin is a set PIN. Not safe for concurrent use.
type Pin struct {
	salt, hash []byte
	wrong      int
}

// Allowed tells whether digits may become a PIN: ErrShort, ErrDigits, ErrSimple or nil.
func Allowed(digits []byte) error {
	up, down, same := true, true, true
	for i, d := range digits {
		if d < '0' || d > '9' {
			return ErrDigits
		}
		if i > 0 {
			up = up && d == digits[i-1]+1
			down = down && d+1 == digits[i-1]
			same = same && d == digits[i-1]
		}
	}
	switch {
	case len(digits) < MinDigits:
		return ErrShort
	case up || down || same:
		return ErrSimple
	}
	return nil
}

// New sets a PIN. It does not keep digits; the caller clears them. It panics on digits that Allowed refuses, which callers ask first.
func New(digits []byte) *Pin {
	if err := Allowed(digits); err != nil {
		panic(err)
	}
	p := &Pin{salt: make([]byte, 16)}
	if _, err := rand.Read(p.salt); err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	p.hash = derive(digits, p.salt)
	return p
}

func derive(digits, salt []byte) (hash []byte) {
	secret.Do(func() { hash = argon2.IDKey(digits, salt, passes, memory, threads, length) })
	return hash
}

// Check tells whether digits are the PIN and how many tries are left. With none left it is always false: lock then. A
// right PIN makes all tries available again.
func (p *Pin) Check(digits []byte) (ok bool, left int) {
	if p.hash == nil || p.wrong >= Tries {
		return false, 0
	}
	hash := derive(digits, p.salt)
	defer clear(hash)
	if subtle.ConstantTimeCompare(hash, p.hash) == 1 {
		p.wrong = 0
		return true, Tries
	}
	p.wrong++
	return false, Tries - p.wrong
}

// Wipe forgets the PIN; Check then always says no.
func (p *Pin) Wipe() {
	clear(p.salt)
	clear(p.hash)
	p.salt, p.hash = nil, nil
}

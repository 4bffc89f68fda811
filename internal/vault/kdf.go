package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// KDF holds the costs of Argon2id (RFC 9106, version 0x13), which turns a passphrase into a slot key.
type KDF struct {
	MemoryKiB uint32 // KiB
	Time      uint32 // passes
	Threads   uint8
}

// DefaultKDF is what a new slot gets: 256 MiB, 3 passes, 4 lanes (security.md 4.2).
var DefaultKDF = KDF{MemoryKiB: 256 << 10, Time: 3, Threads: 4}

// TestKDF is the floor below which no slot is made: 64 MiB, 3 passes, 4 lanes. Tests and demos use it to save time.
var TestKDF = KDF{MemoryKiB: 64 << 10, Time: 3, Threads: 4}

// Bounds of security.md 4.2 for reading.
const (
	minMemoryKiB = 64 << 10
	maxMemoryKiB = 1 << 20
	maxTime      = 10
	maxThreads   = 8
)

// readable reports an error when a slot's costs are outside of what is accepted on reading: lower ones were put
// there by somebody who wants to guess, higher ones by somebody who wants to stop the machine.
func (k KDF) readable() error {
	if k.MemoryKiB < minMemoryKiB || k.MemoryKiB > maxMemoryKiB || k.Time < 1 || k.Time > maxTime || k.Threads < 1 || k.Threads > maxThreads {
		return fmt.Errorf("argon2id costs %d KiB, %d passes, %d lanes are out of bounds", k.MemoryKiB, k.Time, k.Threads)
	}
	return nil
}

// writable reports an error when the costs are too low for a new slot.
func (k KDF) writable() error {
	if err := k.readable(); err != nil {
		return err
	}
	if k.Time < TestKDF.Time || k.Threads < TestKDF.Threads {
		return fmt.Errorf("argon2id costs %d passes, %d lanes are below the floor", k.Time, k.Threads)
	}
	return nil
}

// Lower returns the next lower costs for a machine that is too slow (256, 128, 64 MiB), and false at the floor.
func (k KDF) Lower() (KDF, bool) {
	if k.MemoryKiB <= minMemoryKiB {
		return k, false
	}
	k.MemoryKiB = max(k.MemoryKiB/2, minMemoryKiB)
	return k, true
}

// AtLeast returns the costs, each raised to that of least where it is lower.
func (k KDF) AtLeast(least KDF) KDF {
	return KDF{MemoryKiB: max(k.MemoryKiB, least.MemoryKiB), Time: max(k.Time, least.Time), Threads: max(k.Threads, least.Threads)}
}

// Salt makes guesses for one slot useless for another.
type Salt [16]byte

func newSalt() (s Salt) {
	rand.Read(s[:])
	return s
}

// encode gives 01 ‖ 13 ‖ m_kib4 ‖ t4 ‖ p1 ‖ salt16 ‖ factor1, the bytes that the slot box is bound to.
func (k KDF) encode(salt Salt) []byte {
	b := []byte{0x01, argon2.Version}
	b = binary.BigEndian.AppendUint32(b, k.MemoryKiB)
	b = binary.BigEndian.AppendUint32(b, k.Time)
	b = append(b, k.Threads)
	b = append(b, salt[:]...)
	return append(b, 0) // no second factor
}

// slotKey runs Argon2id and writes the slot key to key. It is called inside [secret.Do]: its copies of the passphrase, the
// hash states and the memory of Argon2id are erased with what else was made there.
func (k KDF) slotKey(key *Key, passphrase []byte, salt Salt) { k.Spent().derive(key, passphrase, salt) }

func (k KDF) derive(key *Key, passphrase []byte, salt Salt) {
	normal := NormalisePassphrase(passphrase)
	defer clear(normal)
	out := argon2.IDKey(normal, salt[:], k.Time, k.MemoryKiB, k.Threads, uint32(len(Key{})))
	defer clear(out)
	copy(key[:], out)
}

// NormalisePassphrase returns the passphrase in NFC without outer white space, in memory of its own that the caller
// clears. The same words typed on different keyboards give the same bytes.
func NormalisePassphrase(passphrase []byte) []byte {
	composed := norm.NFC.Bytes(passphrase)
	out := bytes.Clone(bytes.TrimSpace(composed))
	if len(composed) > 0 && len(passphrase) > 0 && &composed[0] != &passphrase[0] {
		clear(composed)
	}
	return out
}

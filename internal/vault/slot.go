package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"unicode/utf8"

	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/secret"
)

// SlotID names a slot in the header.
type SlotID [8]byte

// String gives 16 hex digits.
func (id SlotID) String() string { return hex.EncodeToString(id[:]) }

func newSlotID() (id SlotID) {
	rand.Read(id[:])
	return id
}

// SlotKind says how a slot opens.
type SlotKind string

// The kinds of slots. A recovery slot has no box: its identity lies in the recovery kit (security.md 4.3). A removed slot
// has lost its box and stays only as long as a ring lists it whose holders have not rotated it yet: their ring MAC
// covers who reads, so nobody else can take the reader off the list (security.md 4.4).
const (
	PassphraseSlot SlotKind = "pass"
	RecoverySlot   SlotKind = "recovery"
	RemovedSlot    SlotKind = "removed"
)

// Slot is one way into the vault.
type Slot struct {
	ID    SlotID
	Kind  SlotKind
	Label string // what the unlock screen shows: a letter or initials, never a full name
	To    string // the age recipient whose identity the box holds
	KDF   KDF    // costs and
	Salt  Salt   // salt of a passphrase slot
	Box   []byte // envelope with the identity, passphrase slots only
}

// maxLabel is how many characters a slot's label may have.
const maxLabel = 24

// NewSlot seals an identity under a passphrase. Costs below the floor, a label that is too long and a passphrase that
// is empty are errors; see [CheckPassphrase] for the rule that people meet.
func NewSlot(vault uuid.UUID, identity *Identity, label string, passphrase []byte, kdf KDF) (*Slot, error) {
	if err := kdf.writable(); err != nil {
		return nil, err
	}
	slot := &Slot{ID: newSlotID(), Kind: PassphraseSlot, Label: label, To: identity.Recipient(), KDF: kdf, Salt: newSalt()}
	if err := slot.reseal(vault, identity, passphrase, newNonce()); err != nil {
		return nil, err
	}
	return slot, nil
}

// NewRecoverySlot lists HQ's recovery recipient.
func NewRecoverySlot(recipient string) *Slot {
	return &Slot{ID: newSlotID(), Kind: RecoverySlot, Label: "HQ", To: recipient}
}

// Remove takes the box away, so that no passphrase opens the slot.
func (s *Slot) Remove() { s.Kind, s.Box, s.KDF, s.Salt = RemovedSlot, nil, KDF{}, Salt{} }

// Change seals the slot's identity under another passphrase.
func (s *Slot) Change(vault uuid.UUID, identity *Identity, passphrase []byte, kdf KDF) error {
	if err := kdf.writable(); err != nil {
		return err
	}
	s.KDF, s.Salt = kdf, newSalt()
	return s.reseal(vault, identity, passphrase, newNonce())
}

func (s *Slot) reseal(vault uuid.UUID, identity *Identity, passphrase []byte, nonce [nonceSize]byte) (err error) {
	if err := checkLabel(s.Label); err != nil {
		return err
	}
	secret.Do(func() { s.Box, err = s.seal(vault, identity, passphrase, nonce) })
	debug.FreeOSMemory() // the memory of Argon2id goes back at once
	return err
}

func (s *Slot) seal(vault uuid.UUID, identity *Identity, passphrase []byte, nonce [nonceSize]byte) ([]byte, error) {
	plain, err := identity.encode()
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	if normal := NormalisePassphrase(passphrase); len(normal) == 0 {
		return nil, fault.New("V-WEAK", s.Label, errors.New("empty passphrase"))
	} else {
		clear(normal)
	}
	var key Key
	defer key.Clear()
	s.KDF.slotKey(&key, passphrase, s.Salt)
	return sealWith(&key, nonce, s.associated(vault), plain, sizePadme)
}

// Open gives the identity in the slot's box. A wrong passphrase, costs out of bounds and a box from elsewhere are all
// V-PASS: from outside they cannot be told apart.
func (s *Slot) Open(vault uuid.UUID, passphrase []byte) (identity *Identity, err error) {
	if s.Kind != PassphraseSlot {
		return nil, fault.Newf("V-PASS", s.Label, "slot has no passphrase")
	}
	if err := s.KDF.readable(); err != nil {
		return nil, fault.New("V-PASS", s.Label, err)
	}
	secret.Do(func() { identity, err = s.open(vault, passphrase) })
	debug.FreeOSMemory() // the memory of Argon2id goes back at once
	return identity, err
}

func (s *Slot) open(vault uuid.UUID, passphrase []byte) (*Identity, error) {
	var key Key
	defer key.Clear()
	var plain []byte
	var err error
	for _, cost := range s.KDF.tried() {
		cost.derive(&key, passphrase, s.Salt)
		if plain, err = open(nil, &key, s.associated(vault), s.Box, sizePadme); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fault.New("V-PASS", s.Label, err)
	}
	defer clear(plain)
	identity, err := decodeIdentity(plain)
	if err != nil {
		return nil, fault.New("V-PASS", s.Label, err)
	}
	if identity.Recipient() != s.To {
		identity.Clear()
		return nil, fault.Newf("V-PASS", s.Label, "identity in the slot is not the one that the header names")
	}
	return identity, nil
}

// associated is feltbok/v1/slot 00 vault16 slot8 sha256(kdf)32 sha256(to)32.
func (s *Slot) associated(vault uuid.UUID) []byte {
	kdf, to := sha256.Sum256(s.KDF.encode(s.Salt)), sha256.Sum256([]byte(s.To))
	b := associate(labelSlot, vault, 8+32+32)
	b = append(b, s.ID[:]...)
	b = append(b, kdf[:]...)
	return append(b, to[:]...)
}

func checkLabel(label string) error {
	if n := utf8.RuneCountInString(label); n < 1 || n > maxLabel || !utf8.ValidString(label) {
		return fmt.Errorf("slot label has %d characters, allowed are 1 to %d", n, maxLabel)
	}
	return nil
}

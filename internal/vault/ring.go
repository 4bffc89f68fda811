package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/secret"
)

// RingEntry is one ring in the header: its key, sealed to its readers.
type RingEntry struct {
	Ring       domain.Ring
	ID         RingID
	Generation uint32
	File       []byte   // age file with [RingContent], one hybrid stanza a reader
	Readers    []SlotID // in order; HQ recovery always among them
	MAC        [32]byte // ring MAC: only a holder of the ring can make it
}

// ringContentLength is feltbok/v1/ring 00 vault16 ring1 ring_id16 key32.
const ringContentLength = len(labelRing) + 1 + 16 + 1 + 16 + 32

// RingContent encodes what a ring file holds (81 bytes), so that a file moved to another ring or vault is noticed.
func RingContent(vault uuid.UUID, ring domain.Ring, id RingID, key *Key) []byte {
	b := associate(labelRing, vault, 1+16+32)
	b = append(b, byte(ring))
	b = append(b, id[:]...)
	return append(b, key[:]...)
}

// decodeRingContent returns the key when the content belongs to this vault and ring.
func decodeRingContent(content []byte, vault uuid.UUID, ring domain.Ring, id RingID) (Key, error) {
	if len(content) != ringContentLength {
		return Key{}, errors.New("ring content has the wrong length")
	}
	key := Key(content[ringContentLength-32:])
	expected := RingContent(vault, ring, id, &key)
	defer clear(expected)
	if !bytes.Equal(content, expected) {
		key.Clear()
		return Key{}, errors.New("ring content belongs elsewhere")
	}
	return key, nil
}

// SealRing seals a ring key to its readers and makes the ring MAC. readers are slots of the header.
func SealRing(vault uuid.UUID, training bool, ring domain.Ring, id RingID, generation uint32, key *Key, readers []*Slot) (*RingEntry, error) {
	recipients := make([]string, len(readers))
	entry := &RingEntry{Ring: ring, ID: id, Generation: generation}
	for i, slot := range readers {
		recipients[i] = slot.To
		entry.Readers = append(entry.Readers, slot.ID)
	}
	var err error
	secret.Do(func() {
		content := RingContent(vault, ring, id, key)
		defer clear(content)
		entry.File, err = SealBox(content, recipients)
	})
	if err != nil {
		return nil, err
	}
	entry.MAC = entry.mac(vault, training, key, readers)
	return entry, nil
}

// mac is HMAC-SHA256(ring MAC key, feltbok/v1/ring-mac 00 vault16 training1 ring1 ring_id16 generation4
// sha256(file)32 count2 ‖ per reader slot8 ‖ sha256(to)32).
func (e *RingEntry) mac(vault uuid.UUID, training bool, key *Key, readers []*Slot) [32]byte {
	keys := DeriveRingKeys(key, vault, e.Ring)
	defer keys.Clear()
	file := sha256.Sum256(e.File)
	b := associate(labelRingMAC, vault, 1+1+16+4+32+2+len(readers)*40)
	if training {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = append(b, byte(e.Ring))
	b = append(b, e.ID[:]...)
	b = binary.BigEndian.AppendUint32(b, e.Generation)
	b = append(b, file[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(readers)))
	for _, slot := range readers {
		to := sha256.Sum256([]byte(slot.To))
		b = append(b, slot.ID[:]...)
		b = append(b, to[:]...)
	}
	mac := hmac.New(sha256.New, keys.MAC[:])
	mac.Write(b)
	return [32]byte(mac.Sum(nil))
}

// OpenRing gives the key of a ring that lists the identity's slot, after checking that the file belongs to this ring
// and that its holders agreed to these readers; else V-RING.
func (h *Header) OpenRing(entry *RingEntry, identity age.Identity) (Key, error) {
	key, err := h.openRingFile(entry, identity)
	if err != nil {
		return Key{}, err
	}
	if err := h.CheckRing(entry, &key); err != nil {
		key.Clear()
		return Key{}, err
	}
	return key, nil
}

// openRingFile opens a ring without its MAC, which is checked after the header MAC (security.md 3.6 step 4).
func (h *Header) openRingFile(entry *RingEntry, identity age.Identity) (Key, error) {
	opened := new(Key)
	defer opened.Clear()
	var err error
	secret.Do(func() { err = h.readRingFile(opened, entry, identity) })
	return *opened, err
}

func (h *Header) readRingFile(opened *Key, entry *RingEntry, identity age.Identity) error {
	content, err := OpenBox(entry.File, identity)
	if err != nil {
		return fault.New("V-RING", entry.Ring.String(), err)
	}
	defer clear(content)
	key, err := decodeRingContent(content, h.Vault, entry.Ring, entry.ID)
	if err != nil {
		return fault.New("V-RING", entry.Ring.String(), err)
	}
	*opened = key
	key.Clear()
	return nil
}

// CheckRing checks the MAC of a ring with its key; else V-RING.
func (h *Header) CheckRing(entry *RingEntry, key *Key) error {
	readers, err := h.readers(entry)
	if err != nil {
		return err
	}
	expected := entry.mac(h.Vault, h.Training, key, readers)
	if !hmac.Equal(expected[:], entry.MAC[:]) {
		return fault.Newf("V-RING", entry.Ring.String(), "readers were changed by somebody without the ring")
	}
	return nil
}

func (h *Header) readers(entry *RingEntry) ([]*Slot, error) {
	readers := make([]*Slot, 0, len(entry.Readers))
	for _, id := range entry.Readers {
		slot := h.Slot(id)
		if slot == nil {
			return nil, fault.Newf("V-RING", entry.Ring.String(), "reader %s has no slot", id)
		}
		readers = append(readers, slot)
	}
	return readers, nil
}

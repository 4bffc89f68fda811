package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// Limits of security.md 4.3.
const (
	MaxSlots      = 64
	MaxRings      = 8
	maxHeaderSize = 2 << 20
)

// Header is the one readable value of a vault: who may open it, and which rings each of them reads.
type Header struct {
	Vault    uuid.UUID
	Training bool
	Created  string // YYYY-MM-DD
	Rings    []*RingEntry
	Slots    []*Slot
}

// Slot returns the slot with an id, nil when there is none.
func (h *Header) Slot(id SlotID) *Slot {
	for _, slot := range h.Slots {
		if slot.ID == id {
			return slot
		}
	}
	return nil
}

// SlotNamed returns the slot whose id is given as 16 hex digits, nil when there is none.
func (h *Header) SlotNamed(text string) *Slot {
	for _, slot := range h.Slots {
		if slot.ID.String() == text {
			return slot
		}
	}
	return nil
}

// Ring returns a ring's entry, nil when the vault does not have it.
func (h *Header) Ring(ring domain.Ring) *RingEntry {
	for _, entry := range h.Rings {
		if entry.Ring == ring {
			return entry
		}
	}
	return nil
}

// Reads reports whether a slot is among the readers of the ring.
func (e *RingEntry) Reads(slot SlotID) bool { return slices.Contains(e.Readers, slot) }

// HeaderMAC is the MAC over the exact bytes of the header's JSON.
func HeaderMAC(headerMACKey *Key, content []byte) [32]byte {
	mac := hmac.New(sha256.New, headerMACKey[:])
	mac.Write(content)
	return [32]byte(mac.Sum(nil))
}

// OpenFirstRing opens the ring of the compartment open for a slot, and with it proves the whole header: first the ring
// file (V-RING), then the header MAC over content (V-HEADER), then the ring MAC (V-RING); security.md 3.6 step 4.
func (h *Header) OpenFirstRing(slot SlotID, identity age.Identity, content, mac []byte) (Key, error) {
	first := domain.RingOf(domain.Open)
	entry := h.Ring(first)
	if entry == nil || !entry.Reads(slot) {
		return Key{}, fault.Newf("V-RING", first.String(), "slot %s is not among the readers", slot)
	}
	key, err := h.openRingFile(entry, identity)
	if err != nil {
		return Key{}, err
	}
	macKey := HeaderMACKey(&key, h.Vault)
	defer macKey.Clear()
	if expected := HeaderMAC(&macKey, content); !hmac.Equal(expected[:], mac) {
		key.Clear()
		return Key{}, fault.Newf("V-HEADER", "", "header was changed by somebody who cannot open the vault")
	}
	if err := h.CheckRing(entry, &key); err != nil {
		key.Clear()
		return Key{}, err
	}
	return key, nil
}

// The JSON of security.md 4.3, members in the order of their names.
type headerJSON struct {
	Created  string     `json:"created"`
	Rings    []ringJSON `json:"rings"`
	Slots    []slotJSON `json:"slots"`
	Training bool       `json:"training"`
	V        int        `json:"v"`
	Vault    string     `json:"vault"`
}

type ringJSON struct {
	File       []byte   `json:"file"`
	Generation uint32   `json:"generation"`
	ID         string   `json:"id"`
	MAC        []byte   `json:"mac"`
	Name       string   `json:"name"`
	Readers    []string `json:"readers"`
	Ring       byte     `json:"ring"`
}

type slotJSON struct {
	Box   []byte   `json:"box,omitempty"`
	ID    string   `json:"id"`
	KDF   *kdfJSON `json:"kdf,omitempty"`
	Kind  SlotKind `json:"kind"`
	Label string   `json:"label"`
	To    string   `json:"to"`
}

type kdfJSON struct {
	Algorithm string `json:"alg"`
	MemoryKiB uint32 `json:"m_kib"`
	Threads   uint8  `json:"p"`
	Salt      []byte `json:"salt"`
	Time      uint32 `json:"t"`
	Version   int    `json:"v"`
}

const kdfAlgorithm, kdfVersion, headerVersion = "argon2id", 19, 1

// Encode gives the bytes that the header MAC covers.
func (h *Header) Encode() ([]byte, error) {
	out := headerJSON{
		Created: h.Created, Rings: []ringJSON{}, Slots: []slotJSON{}, Training: h.Training, V: headerVersion,
		Vault: hex.EncodeToString(h.Vault[:]),
	}
	for _, r := range h.Rings {
		entry := ringJSON{File: r.File, Generation: r.Generation, ID: hex.EncodeToString(r.ID[:]), MAC: r.MAC[:], Name: r.Ring.String(), Ring: byte(r.Ring), Readers: []string{}}
		for _, id := range r.Readers {
			entry.Readers = append(entry.Readers, id.String())
		}
		out.Rings = append(out.Rings, entry)
	}
	for _, s := range h.Slots {
		entry := slotJSON{Box: s.Box, ID: s.ID.String(), Kind: s.Kind, Label: s.Label, To: s.To}
		if s.Kind == PassphraseSlot {
			entry.KDF = &kdfJSON{Algorithm: kdfAlgorithm, MemoryKiB: s.KDF.MemoryKiB, Threads: s.KDF.Threads, Salt: s.Salt[:], Time: s.KDF.Time, Version: kdfVersion}
		}
		out.Slots = append(out.Slots, entry)
	}
	content, err := oplog.Canonical(out)
	if err != nil {
		return nil, fmt.Errorf("encode header: %w", err)
	}
	if len(content) > maxHeaderSize {
		return nil, fmt.Errorf("header of %d bytes is over the limit", len(content))
	}
	return content, nil
}

// ParseHeader reads a header strictly: it accepts exactly what [Header.Encode] writes, within the limits. A vault under
// travel lock gives V-TRAVEL, a wiped one V-WIPED, anything else that is refused V-HEADER. Nothing is proven yet; see [Header.OpenFirstRing].
func ParseHeader(content []byte) (*Header, error) {
	header, err := parseHeader(content)
	if err == nil {
		return header, nil
	}
	if fault.Code(err) != "" {
		return nil, err
	}
	return nil, fault.New("V-HEADER", "", err)
}

func parseHeader(content []byte) (*Header, error) {
	if parseTravel(content) != nil {
		return nil, fault.Newf("V-TRAVEL", "", "vault is under travel lock")
	}
	if string(content) == wipedHeader {
		return nil, fault.Newf("V-WIPED", "", "keys of the vault were wiped")
	}
	if len(content) > maxHeaderSize {
		return nil, fmt.Errorf("header of %d bytes is over the limit", len(content))
	}
	if err := oplog.StrictJSON(content); err != nil {
		return nil, err
	}
	var in headerJSON
	if err := decodeExact(content, &in); err != nil {
		return nil, err
	}
	if in.V != headerVersion {
		return nil, fmt.Errorf("header version %d is unknown", in.V)
	}
	if len(in.Slots) > MaxSlots || len(in.Rings) > MaxRings {
		return nil, fmt.Errorf("%d slots and %d rings are over the limit", len(in.Slots), len(in.Rings))
	}
	if _, err := time.Parse(time.DateOnly, in.Created); err != nil {
		return nil, fmt.Errorf("created: %w", err)
	}
	h := &Header{Training: in.Training, Created: in.Created}
	if err := decodeHex(h.Vault[:], in.Vault); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	for i := range in.Slots {
		slot, err := in.Slots[i].slot()
		if err != nil {
			return nil, fmt.Errorf("slot %d: %w", i, err)
		}
		if h.Slot(slot.ID) != nil {
			return nil, fmt.Errorf("slot %d stands twice", i)
		}
		h.Slots = append(h.Slots, slot)
	}
	for i := range in.Rings {
		entry, err := in.Rings[i].entry(h)
		if err != nil {
			return nil, fmt.Errorf("ring %d: %w", i, err)
		}
		if n := len(h.Rings); n > 0 && h.Rings[n-1].Ring >= entry.Ring {
			return nil, fmt.Errorf("ring %d is out of order", i)
		}
		h.Rings = append(h.Rings, entry)
	}
	return h, nil
}

func (in *slotJSON) slot() (*Slot, error) {
	s := &Slot{Kind: in.Kind, Label: in.Label, To: in.To, Box: in.Box}
	if err := decodeHex(s.ID[:], in.ID); err != nil {
		return nil, err
	}
	if err := checkLabel(s.Label); err != nil {
		return nil, err
	}
	if _, err := age.ParseHybridRecipient(s.To); err != nil {
		return nil, err
	}
	switch {
	case (s.Kind == RecoverySlot || s.Kind == RemovedSlot) && in.KDF == nil && in.Box == nil:
		return s, nil
	case s.Kind != PassphraseSlot || in.KDF == nil || len(in.Box) == 0:
		return nil, fmt.Errorf("kind %q does not fit its members", in.Kind)
	case in.KDF.Algorithm != kdfAlgorithm || in.KDF.Version != kdfVersion || len(in.KDF.Salt) != len(s.Salt):
		return nil, errors.New("key derivation is unknown")
	}
	s.KDF = KDF{MemoryKiB: in.KDF.MemoryKiB, Time: in.KDF.Time, Threads: in.KDF.Threads}
	s.Salt = Salt(in.KDF.Salt)
	return s, nil
}

func (in *ringJSON) entry(h *Header) (*RingEntry, error) {
	e := &RingEntry{Ring: domain.Ring(in.Ring), Generation: in.Generation, File: in.File}
	if in.Ring < 1 || in.Ring > MaxRings || e.Ring.String() != in.Name {
		return nil, fmt.Errorf("number %d is not called %q", in.Ring, in.Name)
	}
	if err := decodeHex(e.ID[:], in.ID); err != nil {
		return nil, err
	}
	if len(in.MAC) != len(e.MAC) || len(in.File) == 0 {
		return nil, errors.New("file or mac is missing")
	}
	e.MAC = [32]byte(in.MAC)
	if len(in.Readers) == 0 || len(in.Readers) > MaxSlots {
		return nil, fmt.Errorf("%d readers", len(in.Readers))
	}
	for _, text := range in.Readers {
		var id SlotID
		if err := decodeHex(id[:], text); err != nil {
			return nil, err
		}
		if e.Reads(id) || h.Slot(id) == nil {
			return nil, errors.New("reader stands twice or has no slot")
		}
		e.Readers = append(e.Readers, id)
	}
	return e, nil
}

// decodeExact reads JSON that is exactly what [oplog.Canonical] makes of the value read: members sorted, none unknown,
// none twice, no other spelling and no white space.
func decodeExact(content []byte, value any) error {
	if err := json.Unmarshal(content, value); err != nil {
		return errors.New("not the expected JSON")
	}
	again, err := oplog.Canonical(value)
	if err != nil {
		return err
	}
	defer clear(again)
	if !bytes.Equal(again, content) {
		return errors.New("JSON has other members or another spelling than expected")
	}
	return nil
}

func decodeHex(out []byte, text string) error {
	decoded, err := hex.DecodeString(text)
	if err != nil || len(decoded) != len(out) || hex.EncodeToString(decoded) != text {
		return fmt.Errorf("not %d lower-case hex digits", 2*len(out))
	}
	copy(out, decoded)
	return nil
}

package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/secret"
)

// Key is a secret of 32 bytes. Whoever holds one clears it when it is no longer needed.
type Key [32]byte

// NewKey returns a random key.
func NewKey() (k Key) {
	rand.Read(k[:])
	return k
}

// Clear overwrites the key with zeros.
func (k *Key) Clear() { clear(k[:]) }

// Labels of security.md 3.4. A label is never used for two purposes.
const (
	labelWrap      = "feltbok/v1/wrap"
	labelRingMAC   = "feltbok/v1/ring-mac"
	labelHeaderMAC = "feltbok/v1/header-mac"
	labelHead      = "feltbok/v1/head"
	labelName      = "feltbok/v1/name"
	labelState     = "feltbok/v1/state"
	labelSystem    = "feltbok/v1/system"
	labelSlot      = "feltbok/v1/slot"
	labelDataKey   = "feltbok/v1/data-key"
	labelBody      = "feltbok/v1/body"
	labelBlob      = "feltbok/v1/blob"
	labelRing      = "feltbok/v1/ring"
)

// derive is HKDF-SHA256 with salt vault16 and info label ‖ 00 ‖ ring1.
func derive(input *Key, vault uuid.UUID, label string, ring domain.Ring) Key {
	derived := new(Key)
	defer derived.Clear()
	secret.Do(func() {
		expand(derived, input[:], vault, label+"\x00"+string([]byte{byte(ring)}))
	})
	return *derived
}

// expand is HKDF-SHA256 (RFC 5869) to one key, and leaves neither its input nor what stands between in memory.
func expand(derived *Key, input []byte, vault uuid.UUID, info string) {
	var hashes secret.Hashes
	defer hashes.Wipe()
	between, err := hkdf.Extract(hashes.New, input, vault[:])
	defer clear(between)
	var out []byte
	if err == nil {
		out, err = hkdf.Expand(hashes.New, between, info, len(derived))
	}
	if err != nil {
		panic(err) // only for a length over 255 hashes
	}
	defer clear(out)
	copy(derived[:], out)
}

// RingKeys are derived from the key of one ring.
type RingKeys struct {
	Wrap Key // seals data keys
	MAC  Key // makes the ring MAC
}

// DeriveRingKeys derives the keys that hang on a ring key.
func DeriveRingKeys(ringKey *Key, vault uuid.UUID, ring domain.Ring) RingKeys {
	return RingKeys{Wrap: derive(ringKey, vault, labelWrap, ring), MAC: derive(ringKey, vault, labelRingMAC, ring)}
}

// Clear overwrites both keys.
func (k *RingKeys) Clear() { k.Wrap.Clear(); k.MAC.Clear() }

// HeaderMACKey derives the key of the header MAC from the ring key of the compartment open.
func HeaderMACKey(openRingKey *Key, vault uuid.UUID) Key {
	return derive(openRingKey, vault, labelHeaderMAC, domain.RingOf(domain.Open))
}

// SystemKeys are derived from the system key of one ring. They outlive a rotation of the ring (security.md 3.4).
type SystemKeys struct {
	Head   Key // seals operation and object heads
	Name   Key // makes row ids
	State  Key // makes the elements of the state root
	System Key // seals system values
}

// DeriveSystemKeys derives the keys that hang on a ring's system key.
func DeriveSystemKeys(systemKey *Key, vault uuid.UUID, ring domain.Ring) SystemKeys {
	return SystemKeys{
		Head: derive(systemKey, vault, labelHead, ring), Name: derive(systemKey, vault, labelName, ring),
		State: derive(systemKey, vault, labelState, ring), System: derive(systemKey, vault, labelSystem, ring),
	}
}

// Clear overwrites all four keys.
func (k *SystemKeys) Clear() { k.Head.Clear(); k.Name.Clear(); k.State.Clear(); k.System.Clear() }

// Table says which table a sealed row stands in.
type Table byte

// The table bytes of security.md 3.4.
const (
	ObjectTable    Table = 0x01
	OperationTable Table = 0x02
	SystemTable    Table = 0x05
)

// RowID is the name of a row that is visible in the file: it says nothing without the name key.
type RowID [16]byte

// OperationRowID makes the row id of an operation from its device, epoch and number.
func OperationRowID(nameKey *Key, device uuid.UUID, epoch uint32, n uint64) RowID {
	return NewRowNames(nameKey).Operation(device, epoch, n)
}

// ObjectRowID makes the row id of an object.
func ObjectRowID(nameKey *Key, object uuid.UUID) RowID { return NewRowNames(nameKey).Object(object) }

// RowNames makes many row ids of one ring without new memory for each. It is not safe for concurrent use.
type RowNames struct {
	mac  hash.Hash
	used bool
	name [1 + 16 + 4 + 8]byte
	out  []byte
}

// NewRowNames returns a maker for the ring with this name key.
func NewRowNames(nameKey *Key) *RowNames {
	return &RowNames{mac: hmac.New(sha256.New, nameKey[:]), out: make([]byte, 0, sha256.Size)}
}

// Operation is [OperationRowID]: HMAC-SHA256(name key, table1 ‖ device16 ‖ epoch4 ‖ n8)[:16].
func (r *RowNames) Operation(device uuid.UUID, epoch uint32, n uint64) RowID {
	copy(r.name[1:], device[:])
	binary.BigEndian.PutUint32(r.name[17:], epoch)
	binary.BigEndian.PutUint64(r.name[21:], n)
	return r.make(OperationTable, len(r.name))
}

// Object is [ObjectRowID]: HMAC-SHA256(name key, table1 ‖ object16)[:16].
func (r *RowNames) Object(object uuid.UUID) RowID {
	copy(r.name[1:], object[:])
	return r.make(ObjectTable, 1+len(object))
}

func (r *RowNames) make(table Table, length int) RowID {
	r.name[0] = byte(table)
	if r.used {
		r.mac.Reset() // costs more than it saves for one row id alone
	}
	r.used = true
	r.mac.Write(r.name[:length])
	r.out = r.mac.Sum(r.out[:0])
	return RowID(r.out)
}

// SystemRowID gives the row id that a system value has in the state root: eight zero bytes ‖ name8.
func SystemRowID(name int64) (id RowID) {
	binary.BigEndian.PutUint64(id[8:], uint64(name))
	return id
}

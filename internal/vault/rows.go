package vault

import (
	"encoding/binary"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// ObjectHead is the sealed head of an object row (58 bytes).
type ObjectHead struct {
	Key      KeyID // the data key of the body
	Row      RowID
	Type     uint16 // number of the type in the domain table; 0 for lines without a type
	Revision uint64 // counts the states of the row from 1; operations have 1, or 2 for a stub
	Body     Tag    // tag of the body; zero for a stub
}

// OperationHead is the sealed head of an operation row (166 bytes).
type OperationHead struct {
	ObjectHead
	Device uuid.UUID
	Epoch  uint32
	N      uint64
	Hash   [32]byte  // SHA-256 of the line (security.md 5.3)
	Link   [32]byte  // the chain's link at this line
	Import uuid.UUID // the import that brought the line; zero for own lines
}

const (
	objectHeadLength    = 58
	operationHeadLength = 166
)

// Stub reports whether the line was replaced by a stub, so that the body is empty.
func (h *OperationHead) Stub() bool { return h.Revision == 2 }

func (h *ObjectHead) append(b []byte) []byte {
	b = append(b, h.Key[:]...)
	b = append(b, h.Row[:]...)
	b = binary.BigEndian.AppendUint16(b, h.Type)
	b = binary.BigEndian.AppendUint64(b, h.Revision)
	return append(b, h.Body[:]...)
}

func (h *ObjectHead) decode(b []byte) {
	h.Key, h.Row = KeyID(b[0:16]), RowID(b[16:32])
	h.Type, h.Revision = binary.BigEndian.Uint16(b[32:]), binary.BigEndian.Uint64(b[34:])
	h.Body = Tag(b[42:58])
}

// SealObjectHead seals the head of an object row.
func SealObjectHead(headKey *Key, vault uuid.UUID, c domain.Compartment, head *ObjectHead) ([]byte, error) {
	return sealObjectHead(headKey, newNonce(), vault, c, head)
}

func sealObjectHead(headKey *Key, nonce [nonceSize]byte, vault uuid.UUID, c domain.Compartment, head *ObjectHead) ([]byte, error) {
	e, err := newEnvelope(nonce, objectHeadLength, sizeObjectHead, associatedHeadLength)
	if err != nil {
		return nil, err
	}
	e.plain = head.append(e.plain)
	e.associated = associateHead(e.associated, vault, c, ObjectTable, head.Row, 0)
	return e.seal(headKey)
}

// SealOperationHead seals the head of the operation row with the given local order of arrival.
func SealOperationHead(headKey *Key, vault uuid.UUID, c domain.Compartment, seq int64, head *OperationHead) ([]byte, error) {
	return sealOperationHead(headKey, newNonce(), vault, c, seq, head)
}

func sealOperationHead(headKey *Key, nonce [nonceSize]byte, vault uuid.UUID, c domain.Compartment, seq int64, head *OperationHead) ([]byte, error) {
	e, err := newEnvelope(nonce, operationHeadLength, sizeOperationHead, associatedHeadLength)
	if err != nil {
		return nil, err
	}
	plain := head.ObjectHead.append(e.plain)
	plain = append(plain, head.Device[:]...)
	plain = binary.BigEndian.AppendUint32(plain, head.Epoch)
	plain = binary.BigEndian.AppendUint64(plain, head.N)
	plain = append(plain, head.Hash[:]...)
	plain = append(plain, head.Link[:]...)
	e.plain = append(plain, head.Import[:]...)
	e.associated = associateHead(e.associated, vault, c, OperationTable, head.Row, seq)
	return e.seal(headKey)
}

// HeadReader opens many heads of one compartment without new memory for each. It is not safe for concurrent use.
type HeadReader struct {
	key         Key
	vault       uuid.UUID
	compartment domain.Compartment
	associated  []byte
	plain       []byte
}

// NewHeadReader returns a reader for the heads of a compartment; Clear it after use.
func NewHeadReader(headKey *Key, vault uuid.UUID, c domain.Compartment) *HeadReader {
	return &HeadReader{key: *headKey, vault: vault, compartment: c, plain: make([]byte, 0, sizeOperationHead)}
}

// Clear overwrites the key and the last head read.
func (r *HeadReader) Clear() { r.key.Clear(); clear(r.plain[:cap(r.plain)]) }

// Object opens an object head that stands in the row with the given id; else V-ROW.
func (r *HeadReader) Object(row RowID, sealed []byte) (head ObjectHead, err error) {
	r.associated = associateHead(r.associated, r.vault, r.compartment, ObjectTable, row, 0)
	plain, err := open(r.plain, &r.key, r.associated, sealed, sizeObjectHead)
	if err != nil || len(plain) != objectHeadLength {
		return ObjectHead{}, rowFault(r.compartment)
	}
	head.decode(plain)
	if head.Row != row {
		return ObjectHead{}, rowFault(r.compartment)
	}
	return head, nil
}

// Operation opens the operation head that stands in the row with the given id and order of arrival; else V-ROW.
func (r *HeadReader) Operation(row RowID, seq int64, sealed []byte) (head OperationHead, err error) {
	r.associated = associateHead(r.associated, r.vault, r.compartment, OperationTable, row, seq)
	plain, err := open(r.plain, &r.key, r.associated, sealed, sizeOperationHead)
	if err != nil || len(plain) != operationHeadLength {
		return OperationHead{}, rowFault(r.compartment)
	}
	head.decode(plain)
	head.Device, head.Epoch = uuid.UUID(plain[58:74]), binary.BigEndian.Uint32(plain[74:])
	head.N, head.Hash = binary.BigEndian.Uint64(plain[78:]), [32]byte(plain[86:118])
	head.Link, head.Import = [32]byte(plain[118:150]), uuid.UUID(plain[150:166])
	if head.Row != row || head.Revision < 1 || head.Revision > 2 || head.Stub() != (head.Body == Tag{}) {
		return OperationHead{}, rowFault(r.compartment)
	}
	return head, nil
}

// associatedHeadLength is the length of [associateHead] for an operation, which has the longest.
const associatedHeadLength = len(labelHead) + 1 + 16 + 1 + 1 + 16 + 8

// associateHead is feltbok/v1/head 00 vault16 compartment1 table1 row_id16, and seq8 for an operation.
func associateHead(b []byte, vault uuid.UUID, c domain.Compartment, table Table, row RowID, seq int64) []byte {
	b = append(append(b[:0], labelHead...), 0)
	b = append(b, vault[:]...)
	b = append(b, byte(c), byte(table))
	b = append(b, row[:]...)
	if table == OperationTable {
		b = binary.BigEndian.AppendUint64(b, uint64(seq))
	}
	return b
}

// Place says where a body stands. A body opens nowhere else and in no other revision.
type Place struct {
	Vault       uuid.UUID
	Compartment domain.Compartment
	Table       Table
	Head        ObjectHead // Body is not part of the place
}

const associatedBodyLength = len(labelBody) + 1 + 16 + 1 + 1 + 16 + 16 + 2 + 8

// associate is feltbok/v1/body 00 vault16 compartment1 table1 row_id16 key_id16 type2 revision8.
func (p *Place) associate(b []byte) []byte {
	b = append(append(b[:0], labelBody...), 0)
	b = append(b, p.Vault[:]...)
	b = append(b, byte(p.Compartment), byte(p.Table))
	b = append(b, p.Head.Row[:]...)
	b = append(b, p.Head.Key[:]...)
	b = binary.BigEndian.AppendUint16(b, p.Head.Type)
	return binary.BigEndian.AppendUint64(b, p.Head.Revision)
}

// SealBody seals the body of a row. The caller puts [TagOf] the result into the head.
func SealBody(key *Key, place *Place, plain []byte) ([]byte, error) {
	e, err := newEnvelope(newNonce(), len(plain), sizePadme, associatedBodyLength)
	if err != nil {
		return nil, err
	}
	e.plain = append(e.plain, plain...)
	e.associated = place.associate(e.associated)
	return e.seal(key)
}

// OpenBody opens the body of a row, whose tag must be the one that the head names; else V-ROW. It works in place: the
// result lies in the memory of body, which is lost, also when it does not open.
func OpenBody(key *Key, place *Place, body []byte) ([]byte, error) {
	if TagOf(body) != place.Head.Body {
		return nil, rowFault(place.Compartment)
	}
	if len(body) < envelopeOverhead {
		return nil, rowFault(place.Compartment)
	}
	plain, err := open(body[1+nonceSize:1+nonceSize], key, place.associate(nil), body, sizePadme)
	if err != nil {
		return nil, rowFault(place.Compartment)
	}
	return plain, nil
}

// SealChunk seals one chunk of an attachment: [ChunkContent] bytes, fewer only in the last one. part counts from 0.
func SealChunk(key *Key, vault uuid.UUID, c domain.Compartment, blob uuid.UUID, part uint32, last bool, content []byte) ([]byte, error) {
	size := sizeChunk
	if last {
		size = sizePadme
	}
	return seal(key, associateChunk(vault, c, blob, part, last), content, size)
}

// OpenChunk opens one chunk of an attachment; else V-ROW. Whether it is the last one is part of what is proven, so a
// cut attachment does not pass.
func OpenChunk(key *Key, vault uuid.UUID, c domain.Compartment, blob uuid.UUID, part uint32, last bool, sealed []byte) ([]byte, error) {
	size := sizeChunk
	if last {
		size = sizePadme
	}
	plain, err := open(nil, key, associateChunk(vault, c, blob, part, last), sealed, size)
	if err != nil {
		return nil, rowFault(c)
	}
	return plain, nil
}

func associateChunk(vault uuid.UUID, c domain.Compartment, blob uuid.UUID, part uint32, last bool) []byte {
	b := associate(labelBlob, vault, 1+16+4+1)
	b = append(b, byte(c))
	b = append(b, blob[:]...)
	b = binary.BigEndian.AppendUint32(b, part)
	if last {
		return append(b, 1)
	}
	return append(b, 0)
}

// SealSystem seals a system value, rev8 ‖ value, and returns its tag. Name 1, the state root, has its own fixed size.
func SealSystem(key *Key, vault uuid.UUID, ring domain.Ring, name int64, revision uint64, value []byte) ([]byte, Tag, error) {
	return sealSystem(key, newNonce(), vault, ring, name, revision, value)
}

func sealSystem(key *Key, nonce [nonceSize]byte, vault uuid.UUID, ring domain.Ring, name int64, revision uint64, value []byte) ([]byte, Tag, error) {
	e, err := newEnvelope(nonce, 8+len(value), systemSize(name), associatedSystemLength)
	if err != nil {
		return nil, Tag{}, err
	}
	e.plain = append(binary.BigEndian.AppendUint64(e.plain, revision), value...)
	e.associated = associateSystem(e.associated, vault, ring, name)
	sealed, err := e.seal(key)
	if err != nil {
		return nil, Tag{}, err
	}
	return sealed, TagOf(sealed), nil
}

// OpenSystem opens a system value of a ring; else V-ROW.
func OpenSystem(key *Key, vault uuid.UUID, ring domain.Ring, name int64, sealed []byte) (revision uint64, value []byte, err error) {
	plain, err := open(nil, key, associateSystem(nil, vault, ring, name), sealed, systemSize(name))
	if err != nil || len(plain) < 8 {
		return 0, nil, fault.New("V-ROW", ring.String(), errEnvelope)
	}
	return binary.BigEndian.Uint64(plain), plain[8:], nil
}

func systemSize(name int64) int {
	if name == SystemRoot {
		return sizeSmall
	}
	return sizePadme
}

const associatedSystemLength = len(labelSystem) + 1 + 16 + 1 + 8

// associateSystem is feltbok/v1/system 00 vault16 ring1 name8.
func associateSystem(b []byte, vault uuid.UUID, ring domain.Ring, name int64) []byte {
	b = append(append(b[:0], labelSystem...), 0)
	b = append(b, vault[:]...)
	b = append(b, byte(ring))
	return binary.BigEndian.AppendUint64(b, uint64(name))
}

func rowFault(c domain.Compartment) error { return fault.New("V-ROW", c.String(), errEnvelope) }

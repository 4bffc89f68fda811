package vault

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
)

var update = flag.Bool("update", false, "write the golden file anew")

// fill gives a value whose bytes are first, first+1, …, so that each field of a format is recognisable in the hex.
func fill[T any](first byte, into *T, bytes func(*T) []byte) T {
	for i, b := 0, bytes(into); i < len(b); i++ {
		b[i] = first + byte(i)
	}
	return *into
}

func key(first byte) Key { return fill(first, new(Key), func(k *Key) []byte { return k[:] }) }

func fixedUUID(first byte) uuid.UUID {
	return fill(first, new(uuid.UUID), func(u *uuid.UUID) []byte { return u[:] })
}

func fixedNonce(first byte) [nonceSize]byte {
	return fill(first, new([nonceSize]byte), func(n *[nonceSize]byte) []byte { return n[:] })
}

func bytes32(first byte) [32]byte { return key(first) }

// golden is one line a value: name, TAB, hex. Its lines are what an independent program must compute too.
type golden struct {
	bytes.Buffer
	testing.TB
}

func (g *golden) add(name string, value []byte) {
	fmt.Fprintf(&g.Buffer, "%s\t%s\n", name, hex.EncodeToString(value))
}

func (g *golden) must(value []byte, err error) []byte {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
	return value
}

// TestGolden computes every format with fixed keys and nonces. Keys begin with 10, 20, 30 … and count up; the vault is
// 0001…0f; see the file for the rest.
func TestGolden(t *testing.T) {
	g := &golden{TB: t}
	vault := fixedUUID(0x00)
	ringKey, ringID := key(0x10), RingID(fixedUUID(0x40))

	g.add("envelope of 5 bytes, Padmé", g.must(sealWith(&ringKey, fixedNonce(0x70), []byte("associated"), []byte("hello"), sizePadme)))
	g.add("envelope of 300 bytes, Padmé", g.must(sealWith(&ringKey, fixedNonce(0x70), nil, bytes.Repeat([]byte{'x'}, 300), sizePadme)))
	g.add("envelope of 5 bytes, 96", g.must(sealWith(&ringKey, fixedNonce(0x70), nil, []byte("hello"), sizeSmall)))

	ring := DeriveRingKeys(&ringKey, vault, domain.RingCase)
	g.add("wrap key of ring 2", ring.Wrap[:])
	g.add("ring MAC key of ring 2", ring.MAC[:])
	headerKey := HeaderMACKey(&ringKey, vault)
	g.add("header MAC key", headerKey[:])
	systemKey := key(0x20)
	system := DeriveSystemKeys(&systemKey, vault, domain.RingCase)
	g.add("head key of ring 2", system.Head[:])
	g.add("name key of ring 2", system.Name[:])
	g.add("state key of ring 2", system.State[:])
	g.add("system-value key of ring 2", system.System[:])

	device, object := fixedUUID(0x80), fixedUUID(0x90)
	operationRow, objectRow := OperationRowID(&system.Name, device, 0x01020304, 17), ObjectRowID(&system.Name, object)
	g.add("row_id of operation 17", operationRow[:])
	g.add("row_id of an object", objectRow[:])

	dataKey := &DataKey{ID: KeyID(fixedUUID(0xa0)), Key: key(0x30), Scope: fixedUUID(0xb0), Created: 0x65000000}
	g.add("data key", g.must(sealDataKey(&ring.Wrap, fixedNonce(0x70), vault, domain.RingCase, ringID, dataKey)))
	objectHead := ObjectHead{Key: dataKey.ID, Row: objectRow, Type: 0x0102, Revision: 3, Body: Tag(fixedUUID(0xc0))}
	g.add("object head", g.must(sealObjectHead(&system.Head, fixedNonce(0x70), vault, domain.Case, &objectHead)))
	operationHead := OperationHead{
		ObjectHead: ObjectHead{Key: dataKey.ID, Row: operationRow, Type: 0x0102, Revision: 1, Body: Tag(fixedUUID(0xc0))},
		Device:     device, Epoch: 0x01020304, N: 17, Hash: bytes32(0xd0), Link: bytes32(0xe0), Import: fixedUUID(0xf0),
	}
	g.add("operation head", g.must(sealOperationHead(&system.Head, fixedNonce(0x70), vault, domain.Case, 42, &operationHead)))
	place := Place{Vault: vault, Compartment: domain.Case, Table: OperationTable, Head: operationHead.ObjectHead}
	g.add("AAD of a body", place.associate(nil))
	g.add("AAD of an attachment chunk", associateChunk(vault, domain.Case, object, 2, true))
	value, tag, err := sealSystem(&system.System, fixedNonce(0x70), vault, domain.RingCase, 2, 5, []byte("[]"))
	g.add("system value", g.must(value, err))

	elements := NewElements(&system.State)
	first := elements.Of(OperationTable, operationRow, 1, operationHead.Body)
	second := elements.Of(SystemTable, SystemRowID(2), 5, tag)
	g.add("element of an operation", first[:])
	g.add("element of a system value", second[:])
	root := Root{Revision: 7, Rows: 2, Commit: 7, Sum: first}
	root.Sum.Toggle(second)
	g.add("state root, plain", root.Encode())
	sealedRoot, _, err := sealSystem(&system.System, fixedNonce(0x70), vault, domain.RingCase, SystemRoot, root.Revision, root.Encode())
	g.add("state root, sealed", g.must(sealedRoot, err))
	g.add("ledger", Ledger{domain.RingAudit: {Commit: 9, Root: bytes32(0x20)}, domain.RingOpen: {Commit: 8, Root: bytes32(0x10)}}.Encode())

	g.add("ring content", RingContent(vault, domain.RingCase, ringID, &ringKey))
	entry := &RingEntry{Ring: domain.RingCase, ID: ringID, Generation: 3, File: []byte("ring file")}
	readers := []*Slot{{ID: SlotID{1, 2, 3, 4, 5, 6, 7, 8}, To: "age1pq1first"}, {ID: SlotID{9}, To: "age1pq1second"}}
	mac := entry.mac(vault, true, &ringKey, readers)
	g.add("ring MAC", mac[:])
	headerMAC := HeaderMAC(&headerKey, []byte(`{"v":1}`))
	g.add("header MAC", headerMAC[:])
	kdf := KDF{MemoryKiB: 65536, Time: 3, Threads: 4}
	slot := &Slot{ID: SlotID{1, 2, 3, 4, 5, 6, 7, 8}, To: "age1pq1first", KDF: kdf, Salt: Salt(fixedUUID(0x50))}
	g.add("kdf bytes", kdf.encode(slot.Salt))
	g.add("AAD of a slot box", slot.associated(vault))
	var slotKey Key
	kdf.derive(&slotKey, []byte(" correct horse battery staple "), slot.Salt)
	g.add("slot key", slotKey[:])
	quarter := QuarterScope(testTime)
	g.add("scope of a quarter", quarter[:])

	path := filepath.Join("testdata", "golden.txt")
	if *update {
		if err := os.WriteFile(path, g.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), g.String()); diff != "" {
		t.Errorf("formats changed (-want +got):\n%s", diff)
	}
}

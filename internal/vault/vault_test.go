package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/crypto/chacha20poly1305"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

var testTime = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// sealRaw seals a padded plaintext that seal would never make.
func sealRaw(t testing.TB, k Key, version byte, padded []byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.NewX(k[:])
	if err != nil {
		t.Fatal(err)
	}
	nonce := newNonce()
	return aead.Seal(append([]byte{version}, nonce[:]...), nonce[:], padded, nil)
}

func TestEnvelope_SizesAndRefusals(t *testing.T) {
	k := key(1)
	for _, tt := range []struct{ length, size, want int }{
		{0, sizePadme, 256}, {252, sizePadme, 256}, {253, sizePadme, 272}, {5000, sizePadme, 5120}, {58, sizeObjectHead, 96}, {166, sizeOperationHead, 192}, {ChunkContent, sizeChunk, 65540},
	} {
		plain := bytes.Repeat([]byte{7}, tt.length)
		sealed, err := seal(&k, nil, plain, tt.size)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(sealed) - envelopeOverhead; got != tt.want {
			t.Errorf("%d bytes are padded to %d, want %d", tt.length, got, tt.want)
		}
		opened, err := open(nil, &k, nil, sealed, tt.size)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Errorf("%d bytes: opened %d, %v", tt.length, len(opened), err)
		}
	}
	if _, err := seal(&k, nil, make([]byte, 93), sizeSmall); err == nil {
		t.Error("93 bytes fit a padded size of 96 with its length field")
	}
	good, err := seal(&k, []byte("a"), []byte("hello"), sizePadme)
	if err != nil {
		t.Fatal(err)
	}
	other := key(2)
	changed := func(at int) []byte {
		b := bytes.Clone(good)
		b[(at+len(b))%len(b)] ^= 1
		return b
	}
	long, dirty := make([]byte, 256), make([]byte, 256)
	binary.BigEndian.PutUint32(long, 253)
	dirty[255] = 1
	for _, tt := range []struct {
		name       string
		key        Key
		associated string
		envelope   []byte
		size       int
	}{
		{"empty", k, "a", nil, sizePadme},
		{"short", k, "a", good[:40], sizePadme},
		{"cut", k, "a", good[:len(good)-1], sizePadme},
		{"longer", k, "a", append(bytes.Clone(good), 0), sizePadme},
		{"other version", k, "a", changed(0), sizePadme},
		{"other nonce", k, "a", changed(1), sizePadme},
		{"other content", k, "a", changed(40), sizePadme},
		{"other tag", k, "a", changed(-1), sizePadme},
		{"other key", other, "a", good, sizePadme},
		{"other place", k, "b", good, sizePadme},
		{"other size", k, "a", good, sizeOperationHead},
		{"length over the padding", k, "", sealRaw(t, k, 1, long), sizePadme},
		{"padding not zero", k, "", sealRaw(t, k, 1, dirty), sizePadme},
		{"no room for a length", k, "", sealRaw(t, k, 1, []byte{0, 0, 0}), sizePadme},
		{"version in the clear changed", k, "", sealRaw(t, k, 2, make([]byte, 256)), sizePadme},
	} {
		if plain, err := open(nil, &tt.key, []byte(tt.associated), tt.envelope, tt.size); err == nil || plain != nil {
			t.Errorf("%s: opened %q", tt.name, plain)
		}
	}
	if _, err := open(nil, &k, nil, sealRaw(t, k, 1, make([]byte, 256)), sizePadme); err != nil {
		t.Errorf("the raw sealing of this test is wrong: %v", err)
	}
}

// A body must not open when any part of its place differs: dropping one field of the associated data fails here.
func TestBody_EveryPartOfThePlaceCounts(t *testing.T) {
	k := key(1)
	place := Place{Vault: uuid.New(), Compartment: domain.Case, Table: ObjectTable, Head: ObjectHead{Key: NewKeyID(), Row: RowID{1}, Type: 4, Revision: 5}}
	body, err := SealBody(&k, &place, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	place.Head.Body = TagOf(body)
	if _, err := OpenBody(&k, &place, bytes.Clone(body)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Place){
		"vault":       func(p *Place) { p.Vault[0]++ },
		"compartment": func(p *Place) { p.Compartment++ },
		"table":       func(p *Place) { p.Table = OperationTable },
		"row":         func(p *Place) { p.Head.Row[0]++ },
		"key id":      func(p *Place) { p.Head.Key[0]++ },
		"type":        func(p *Place) { p.Head.Type++ },
		"revision":    func(p *Place) { p.Head.Revision++ },
		"tag":         func(p *Place) { p.Head.Body[0]++ },
	} {
		p := place
		change(&p)
		if _, err := OpenBody(&k, &p, bytes.Clone(body)); fault.Code(err) != "V-ROW" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHeads_EveryPartOfThePlaceCounts(t *testing.T) {
	k, vault := key(1), uuid.New()
	head := OperationHead{ObjectHead: ObjectHead{Key: NewKeyID(), Row: RowID{1}, Type: 4, Revision: 1, Body: Tag{9}}, Device: uuid.New(), Epoch: 3, N: 7, Hash: bytes32(3), Link: bytes32(4), Import: uuid.New()}
	sealed, err := SealOperationHead(&k, vault, domain.Case, 42, &head)
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewHeadReader(&k, vault, domain.Case).Operation(head.Row, 42, sealed)
	if diff := cmp.Diff(head, got); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	other, otherKey := uuid.New(), key(2)
	for name, reader := range map[string]*HeadReader{
		"vault": NewHeadReader(&k, other, domain.Case), "compartment": NewHeadReader(&k, vault, domain.Special), "key": NewHeadReader(&otherKey, vault, domain.Case),
	} {
		if _, err := reader.Operation(head.Row, 42, sealed); fault.Code(err) != "V-ROW" {
			t.Errorf("%s: %v", name, err)
		}
	}
	reader := NewHeadReader(&k, vault, domain.Case)
	if _, err := reader.Operation(head.Row, 43, sealed); fault.Code(err) != "V-ROW" {
		t.Errorf("order of arrival: %v", err)
	}
	if _, err := reader.Operation(RowID{2}, 42, sealed); fault.Code(err) != "V-ROW" {
		t.Errorf("row: %v", err)
	}
	if _, err := reader.Object(head.Row, sealed); fault.Code(err) != "V-ROW" {
		t.Errorf("an operation read as an object: %v", err)
	}
	// A stub has no body, and only a stub.
	for _, change := range []func(*OperationHead){func(h *OperationHead) { h.Revision = 2 }, func(h *OperationHead) { h.Body = Tag{} }, func(h *OperationHead) { h.Revision = 3 }} {
		wrong := head
		change(&wrong)
		sealed, err := SealOperationHead(&k, vault, domain.Case, 42, &wrong)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Operation(wrong.Row, 42, sealed); fault.Code(err) != "V-ROW" {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	objectHead := ObjectHead{Key: NewKeyID(), Row: RowID{5}, Type: 4, Revision: 12, Body: Tag{9}}
	if sealed, err = SealObjectHead(&k, vault, domain.Case, &objectHead); err != nil {
		t.Fatal(err)
	}
	if got, err := reader.Object(objectHead.Row, sealed); err != nil || got != objectHead {
		t.Errorf("object head %+v, %v", got, err)
	}
}

func TestDataKey_RoundTripAndPlace(t *testing.T) {
	wrap, vault, ring := key(1), uuid.New(), NewRingID()
	want := DataKey{ID: NewKeyID(), Key: NewKey(), Scope: uuid.New(), Created: testTime.Unix()}
	sealed, err := SealDataKey(&wrap, vault, domain.RingCase, ring, &want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenDataKey(&wrap, vault, domain.RingCase, ring, want.ID, sealed)
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, open := range map[string]func() (DataKey, error){
		"vault": func() (DataKey, error) { return OpenDataKey(&wrap, uuid.New(), domain.RingCase, ring, want.ID, sealed) },
		"ring":  func() (DataKey, error) { return OpenDataKey(&wrap, vault, domain.RingSpecial, ring, want.ID, sealed) },
		"ring id": func() (DataKey, error) {
			return OpenDataKey(&wrap, vault, domain.RingCase, NewRingID(), want.ID, sealed)
		},
		"key id": func() (DataKey, error) { return OpenDataKey(&wrap, vault, domain.RingCase, ring, NewKeyID(), sealed) },
	} {
		if _, err := open(); fault.Code(err) != "V-KEY" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if first, second := NewKeyID(), NewKeyID(); first == second || SystemKeyID(domain.AuditRead) != (KeyID{15: 8}) {
		t.Error("key ids")
	}
}

func TestChunks_LastOneIsProven(t *testing.T) {
	k, vault, blob := key(1), uuid.New(), uuid.New()
	content := bytes.Repeat([]byte{1}, ChunkContent)
	first, err := SealChunk(&k, vault, domain.Case, blob, 0, false, content)
	if err != nil {
		t.Fatal(err)
	}
	last, err := SealChunk(&k, vault, domain.Case, blob, 1, true, content[:100])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenChunk(&k, vault, domain.Case, blob, 0, false, first); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := OpenChunk(&k, vault, domain.Case, blob, 1, true, last); err != nil || len(got) != 100 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if len(last) > 400 {
		t.Errorf("last chunk has %d bytes", len(last))
	}
	for name, err := range map[string]error{
		"cut after the first": errorOf(OpenChunk(&k, vault, domain.Case, blob, 0, true, first)),
		"other part":          errorOf(OpenChunk(&k, vault, domain.Case, blob, 1, false, first)),
		"other attachment":    errorOf(OpenChunk(&k, vault, domain.Case, uuid.New(), 0, false, first)),
		"other compartment":   errorOf(OpenChunk(&k, vault, domain.Special, blob, 0, false, first)),
	} {
		if fault.Code(err) != "V-ROW" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

func TestRootAndLedger(t *testing.T) {
	root := Root{Revision: 3, Sum: Sum(bytes32(1)), Rows: 4, Commit: 5}
	if got, err := DecodeRoot(domain.RingCase, 3, root.Encode()); err != nil || got != root {
		t.Errorf("root %+v, %v", got, err)
	}
	if _, err := DecodeRoot(domain.RingCase, 3, root.Encode()[1:]); fault.Code(err) != "V-ROOT" {
		t.Errorf("short root: %v", err)
	}
	ledger := Ledger{1: {Commit: 1, Root: bytes32(1)}, 3: {Commit: 2, Root: bytes32(2)}, 8: {Commit: 3}}
	got, err := DecodeLedger(ledger.Encode())
	if diff := cmp.Diff(ledger, got); err != nil || diff != "" {
		t.Errorf("ledger %v\n%s", err, diff)
	}
	one := Ledger{1: {Commit: 1}}.Encode()
	for name, value := range map[string][]byte{
		"cut": one[1:], "ring twice": append(bytes.Clone(one), one...), "ring 0": make([]byte, ledgerEntrySize), "ring 9": append([]byte{9}, make([]byte, 40)...),
		"descending": append(Ledger{2: {}}.Encode(), one...),
	} {
		if _, err := DecodeLedger(value); fault.Code(err) != "V-LEDGER" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestElements_OrderDoesNotMatter(t *testing.T) {
	k := key(1)
	e := NewElements(&k)
	var forward, backward Sum
	for i := range 20 {
		forward.Toggle(e.Of(ObjectTable, RowID{byte(i)}, 1, Tag{}))
		backward.Toggle(e.Of(ObjectTable, RowID{byte(19 - i)}, 1, Tag{}))
	}
	if forward != backward || forward == (Sum{}) {
		t.Error("sums differ")
	}
	base := e.Of(ObjectTable, RowID{1}, 1, Tag{1})
	for name, other := range map[string]Sum{
		"table": e.Of(OperationTable, RowID{1}, 1, Tag{1}), "row": e.Of(ObjectTable, RowID{2}, 1, Tag{1}),
		"revision": e.Of(ObjectTable, RowID{1}, 2, Tag{1}), "tag": e.Of(ObjectTable, RowID{1}, 1, Tag{2}),
	} {
		if other == base {
			t.Errorf("%s does not count", name)
		}
	}
}

func mustIdentity(t testing.TB) *Identity {
	t.Helper()
	identity, err := NewIdentity(uuid.New())
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

const goodPassphrase = "ull kaffe brygge sti vinter lampe"

func TestSlot_OpensWithItsPassphraseOnly(t *testing.T) {
	vault, identity := uuid.New(), mustIdentity(t)
	slot, err := NewSlot(vault, identity, "A", []byte("Åse går på ski i fjellet"), TestKDF)
	if err != nil {
		t.Fatal(err)
	}
	// The same letters composed in another way, and white space around.
	got, err := slot.Open(vault, []byte(" A\u030ase ga\u030ar pa\u030a ski i fjellet\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got.User != identity.User || !got.Sign.Equal(identity.Sign) || got.Recipient() != identity.Recipient() {
		t.Error("another identity came out")
	}
	for name, change := range map[string]func(*Slot){
		"vault":      nil,
		"slot id":    func(s *Slot) { s.ID[0]++ },
		"salt":       func(s *Slot) { s.Salt[0]++ },
		"passes":     func(s *Slot) { s.KDF.Time-- },
		"recipient":  func(s *Slot) { s.To = mustIdentity(t).Recipient() },
		"low memory": func(s *Slot) { s.KDF.MemoryKiB = 1 },
		"kind":       func(s *Slot) { s.Kind = RecoverySlot },
		"removed":    (*Slot).Remove,
	} {
		s, v := *slot, vault
		if change == nil {
			v = uuid.New()
		} else {
			change(&s)
		}
		if _, err := s.Open(v, []byte("Åse går på ski i fjellet")); fault.Code(err) != "V-PASS" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKDF_Bounds(t *testing.T) {
	for _, k := range []KDF{{}, {MemoryKiB: minMemoryKiB - 1, Time: 3, Threads: 4}, {MemoryKiB: maxMemoryKiB + 1, Time: 3, Threads: 4}, {MemoryKiB: minMemoryKiB, Time: 11, Threads: 4}, {MemoryKiB: minMemoryKiB, Time: 3, Threads: 9}} {
		if k.readable() == nil || k.writable() == nil {
			t.Errorf("%+v is accepted", k)
		}
	}
	if weak := (KDF{MemoryKiB: minMemoryKiB, Time: 1, Threads: 1}); weak.readable() != nil || weak.writable() == nil {
		t.Error("old low costs are readable and not writable")
	}
	var steps []uint32
	for k, more := DefaultKDF, true; more; k, more = k.Lower() {
		steps = append(steps, k.MemoryKiB>>10)
	}
	if diff := cmp.Diff([]uint32{256, 128, 64}, steps); diff != "" {
		t.Error(diff)
	}
}

func TestBox_Readers(t *testing.T) {
	a, b := mustIdentity(t), mustIdentity(t)
	box, err := SealBox([]byte("hello"), []string{a.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenBox(box, b.Age, a.Age); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, identities := range map[string][]age.Identity{"another": {b.Age}, "none": nil} {
		if _, err := OpenBox(box, identities...); !errors.Is(err, ErrNotReader) {
			t.Errorf("%s: %v", name, err)
		}
	}
	box[len(box)-1] ^= 1
	if _, err := OpenBox(box, a.Age); err == nil || errors.Is(err, ErrNotReader) {
		t.Errorf("damaged: %v", err)
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, readers := range [][]string{nil, {"age1x"}, {classic.Recipient().String()}, {a.Recipient(), classic.Recipient().String()}} {
		if _, err := SealBox(nil, readers); err == nil {
			t.Errorf("%v are accepted", readers)
		}
	}
}

func TestQuarterScope(t *testing.T) {
	for month, want := range map[time.Month]string{1: "2026Q1", 3: "2026Q1", 4: "2026Q2", 9: "2026Q3", 10: "2026Q4", 12: "2026Q4"} {
		scope := QuarterScope(time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC))
		if got := string(bytes.TrimRight(scope[:], "\x00")); got != want {
			t.Errorf("month %d: %q", month, got)
		}
	}
}

package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// mustHeader makes a header with a passphrase slot, a recovery slot and the given rings, and returns their keys.
func mustHeader(t testing.TB, rings ...domain.Ring) (*Header, *Identity, map[domain.Ring]Key) {
	t.Helper()
	identity := mustIdentity(t)
	h := &Header{Vault: uuid.New(), Training: true, Created: "2026-11-22"}
	slot, err := NewSlot(h.Vault, identity, "A", []byte(goodPassphrase), TestKDF)
	if err != nil {
		t.Fatal(err)
	}
	h.Slots = []*Slot{slot, NewRecoverySlot(mustIdentity(t).Recipient())}
	keys := map[domain.Ring]Key{}
	for _, ring := range rings {
		k := NewKey()
		entry, err := SealRing(h.Vault, h.Training, ring, NewRingID(), 1, &k, h.Slots)
		if err != nil {
			t.Fatal(err)
		}
		h.Rings = append(h.Rings, entry)
		keys[ring] = k
	}
	return h, identity, keys
}

func mustEncode(t testing.TB, h *Header) []byte {
	t.Helper()
	content, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestHeader_RoundTripAndOpen(t *testing.T) {
	h, identity, keys := mustHeader(t, domain.RingOpen, domain.RingCase, domain.SealedRead)
	content := mustEncode(t, h)
	got, err := ParseHeader(content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(h, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if !bytes.Equal(mustEncode(t, got), content) {
		t.Error("other bytes the second time")
	}
	openKey := keys[domain.RingOpen]
	macKey := HeaderMACKey(&openKey, h.Vault)
	mac := HeaderMAC(&macKey, content)
	k, err := got.OpenFirstRing(got.Slots[0].ID, identity.Age, content, mac[:])
	if err != nil || k != openKey {
		t.Errorf("first ring: %v", err)
	}
	if k, err := got.OpenRing(got.Ring(domain.SealedRead), identity.Age); err != nil || k != keys[domain.SealedRead] {
		t.Errorf("ring 7: %v", err)
	}
	if _, err := got.OpenRing(got.Ring(domain.RingCase), mustIdentity(t).Age); fault.Code(err) != "V-RING" {
		t.Errorf("foreign identity: %v", err)
	}
	if _, err := got.OpenFirstRing(SlotID{1}, identity.Age, content, mac[:]); fault.Code(err) != "V-RING" {
		t.Errorf("slot that is no reader: %v", err)
	}
	if _, err := got.OpenFirstRing(got.Slots[0].ID, identity.Age, append(content, ' '), mac[:]); fault.Code(err) != "V-HEADER" {
		t.Errorf("one byte more: %v", err)
	}
	if got.SlotNamed(got.Slots[1].ID.String()) != got.Slots[1] || got.SlotNamed("x") != nil {
		t.Error("slots by name")
	}
}

// Whatever the ring MAC covers must change it.
func TestRingMAC_EveryPartCounts(t *testing.T) {
	h, _, keys := mustHeader(t, domain.RingOpen)
	k := keys[domain.RingOpen]
	for name, change := range map[string]func(*Header, *RingEntry){
		"vault":        func(h *Header, _ *RingEntry) { h.Vault[0]++ },
		"world":        func(h *Header, _ *RingEntry) { h.Training = false },
		"ring":         func(_ *Header, e *RingEntry) { e.Ring = domain.RingCase },
		"ring id":      func(_ *Header, e *RingEntry) { e.ID[0]++ },
		"generation":   func(_ *Header, e *RingEntry) { e.Generation++ },
		"file":         func(_ *Header, e *RingEntry) { e.File[len(e.File)-1]++ },
		"reader less":  func(_ *Header, e *RingEntry) { e.Readers = e.Readers[:1] },
		"order":        func(_ *Header, e *RingEntry) { e.Readers[0], e.Readers[1] = e.Readers[1], e.Readers[0] },
		"slot id":      func(h *Header, e *RingEntry) { h.Slots[1].ID[0]++; e.Readers[1][0]++ },
		"recipient":    func(h *Header, _ *RingEntry) { h.Slots[1].To = h.Slots[0].To },
		"unknown slot": func(_ *Header, e *RingEntry) { e.Readers[0] = SlotID{} },
		"mac":          func(_ *Header, e *RingEntry) { e.MAC[0]++ },
	} {
		again, err := ParseHeader(mustEncode(t, h))
		if err != nil {
			t.Fatal(err)
		}
		if err := again.CheckRing(again.Rings[0], &k); err != nil {
			t.Fatal(err)
		}
		change(again, again.Rings[0])
		if err := again.CheckRing(again.Rings[0], &k); fault.Code(err) != "V-RING" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRingContent_BelongsToOnePlace(t *testing.T) {
	vault, id, k := uuid.New(), NewRingID(), NewKey()
	content := RingContent(vault, domain.RingCase, id, &k)
	if len(content) != 81 {
		t.Errorf("content has %d bytes", len(content))
	}
	if got, err := decodeRingContent(content, vault, domain.RingCase, id); err != nil || got != k {
		t.Errorf("%v", err)
	}
	for name, err := range map[string]error{
		"vault":   errorOf(decodeRingContent(content, uuid.New(), domain.RingCase, id)),
		"ring":    errorOf(decodeRingContent(content, vault, domain.RingSpecial, id)),
		"ring id": errorOf(decodeRingContent(content, vault, domain.RingCase, NewRingID())),
		"cut":     errorOf(decodeRingContent(content[:80], vault, domain.RingCase, id)),
		"longer":  errorOf(decodeRingContent(append(bytes.Clone(content), 0), vault, domain.RingCase, id)),
		"label":   errorOf(decodeRingContent(append([]byte{'F'}, content[1:]...), vault, domain.RingCase, id)),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestParseHeader_Refuses(t *testing.T) {
	h, _, _ := mustHeader(t, domain.RingOpen, domain.RingCase)
	content := string(mustEncode(t, h))
	replace := func(old, with string) string {
		t.Helper()
		if !strings.Contains(content, old) {
			t.Fatalf("header has no %s", old)
		}
		return strings.Replace(content, old, with, 1)
	}
	id := h.Slots[0].ID.String()
	slots := strings.Repeat(`{"id":"0000000000000000","kind":"recovery","label":"HQ","to":"age1pq1"},`, 65)
	for name, text := range map[string]string{
		"empty":              "",
		"not JSON":           "hello",
		"list":               "[]",
		"white space":        content + " ",
		"member twice":       replace(`"training":true`, `"training":true,"training":true`),
		"unknown member":     replace(`"training":true`, `"training":true,"unknown":1`),
		"other case":         replace(`"training"`, `"Training"`),
		"member missing":     replace(`"training":true,`, ``),
		"order":              replace(`"training":true,"v":1`, `"v":1,"training":true`),
		"version":            replace(`"v":1,"vault"`, `"v":2,"vault"`),
		"vault short":        replace(`"vault":"`, `"vault":"00`),
		"vault upper case":   replace(`"vault":"`+content[len(content)-34:len(content)-2], `"vault":"`+strings.Repeat("AB", 16)),
		"date":               replace(`"created":"2026-11-22"`, `"created":"2026-11-31"`),
		"name of a ring":     replace(`"name":"case"`, `"name":"special"`),
		"number of a ring":   replace(`"ring":2`, `"ring":9`),
		"rings out of order": replace(`"name":"open","readers"`, `"name":"audit","readers"`),
		"slot twice":         replace(h.Slots[1].ID.String(), id),
		"reader unknown":     replace(`"readers":["`+id, `"readers":["0000000000000000`),
		"reader twice":       replace(`"readers":["`+id+`"`, `"readers":["`+id+`","`+id+`"`),
		"algorithm":          replace(`"argon2id"`, `"argon2i"`),
		"algorithm version":  replace(`"v":19`, `"v":18`),
		"salt":               replace(`"salt":"`, `"salt":"AAAA`),
		"kind":               replace(`"kind":"pass"`, `"kind":"none"`),
		"recovery with box":  replace(`"kind":"pass"`, `"kind":"recovery"`),
		"label":              replace(`"label":"A"`, `"label":""`),
		"long label":         replace(`"label":"A"`, `"label":"`+strings.Repeat("x", 25)+`"`),
		"recipient":          replace(`"to":"age1pq1`, `"to":"age1pq2`),
		"65 slots":           replace(`"slots":[`, `"slots":[`+slots),
		"too big":            content + strings.Repeat(" ", maxHeaderSize),
	} {
		if got, err := ParseHeader([]byte(text)); fault.Code(err) != "V-HEADER" || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseHeader_TravelLock(t *testing.T) {
	content, err := oplog.Canonical(map[string]any{
		"training": false, "v": 1, "vault": strings.Repeat("0", 32), "travel": map[string]any{"envelope": []byte("x"), "recovery": []byte("y")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseHeader(content); fault.Code(err) != "V-TRAVEL" {
		t.Errorf("got %v", err)
	}
}

// seedHeader is a header with keys that exist nowhere else, as a seed for the fuzz target.
func seedHeader(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "header.json"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestSeedHeader(t *testing.T) {
	if *update {
		h, _, _ := mustHeader(t, domain.RingOpen, domain.RingCase)
		if err := os.WriteFile(filepath.Join("testdata", "header.json"), mustEncode(t, h), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ParseHeader(seedHeader(t)); err != nil {
		t.Errorf("the kept header of format 1 is refused: %v", err)
	}
}

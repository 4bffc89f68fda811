package vault

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Whatever opens as an envelope must have been sealed: without the key nothing opens, and nothing panics.
func FuzzEnvelope(f *testing.F) {
	k := key(1)
	for _, plain := range []string{"", "hello", strings.Repeat("x", 300)} {
		sealed, err := sealWith(&k, fixedNonce(9), []byte("a"), []byte(plain), sizePadme)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sealed, plain)
		f.Add(sealed[:len(sealed)-1], plain)
	}
	f.Fuzz(func(t *testing.T, envelope []byte, plain string) {
		if opened, err := open(nil, &k, []byte("a"), envelope, sizePadme); err == nil {
			again, err := sealWith(&k, [nonceSize]byte(envelope[1:]), []byte("a"), opened, sizePadme)
			if err != nil || !bytes.Equal(again, envelope) {
				t.Errorf("an envelope opens that was not sealed here")
			}
		}
		sealed, err := seal(&k, []byte("b"), []byte(plain), sizePadme)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := open(nil, &k, []byte("b"), sealed, sizePadme)
		if err != nil || string(opened) != plain {
			t.Errorf("%d bytes come back as %d: %v", len(plain), len(opened), err)
		}
	})
}

// What is accepted as a header is exactly what Encode writes.
func FuzzHeader(f *testing.F) {
	good := seedHeader(f)
	f.Add(good)
	f.Add([]byte(`{"created":"2026-11-22","rings":[],"slots":[],"training":false,"v":1,"vault":"00112233445566778899aabbccddeeff"}`))
	f.Add([]byte(`{"training":false,"travel":{"envelope":"eA==","recovery":"eQ=="},"v":1,"vault":"00112233445566778899aabbccddeeff"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := ParseHeader(content)
		if err != nil {
			if h != nil {
				t.Error("a header with an error")
			}
			return
		}
		again, err := h.Encode()
		if err != nil || !bytes.Equal(again, content) {
			t.Errorf("accepted %q, writes %q, %v", content, again, err)
		}
	})
}

// What is accepted as ring content is exactly what RingContent writes.
func FuzzRingContent(f *testing.F) {
	vault, id, k := uuid.UUID{1}, RingID{2}, key(3)
	f.Add(RingContent(vault, domain.RingCase, id, &k))
	f.Add(RingContent(vault, domain.RingOpen, id, &k))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := decodeRingContent(content, vault, domain.RingCase, id)
		if err == nil && !bytes.Equal(RingContent(vault, domain.RingCase, id, &got), content) {
			t.Error("accepted content that is written otherwise")
		}
	})
}

// What is accepted as the content of a slot is exactly what an identity writes.
func FuzzSlotContent(f *testing.F) {
	plain, err := mustIdentity(f).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add([]byte(`{"age":"AGE-SECRET-KEY-PQ-1","sign":"00","user":"x"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		identity, err := decodeIdentity(content)
		if err != nil {
			return
		}
		again, err := identity.encode()
		if err != nil || !bytes.Equal(again, content) {
			t.Errorf("accepted %d bytes that are written otherwise: %v", len(content), err)
		}
	})
}

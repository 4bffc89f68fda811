package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// anyCode draws codes with many and with few bits.
func anyCode(t *rapid.T) TravelCode {
	var c TravelCode
	copy(c.number[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "number"))
	c.number[0] &= 0x1f
	return c
}

func TestTravelCode_KnownAnswers(t *testing.T) {
	top := TravelCode{}
	for i := range top.number {
		top.number[i] = 0xff
	}
	top.number[0] = 0x1f
	// The check of 2^125-1 by other means than the program's: 2^36 is 1 modulo 37, so 2^125 is 2^17 = 131072 = 18 modulo 37.
	for want, code := range map[string]TravelCode{
		"00000-00000-00000-00000-00000-0": {},
		"00000-00000-00000-00000-00001-1": {number: [16]byte{15: 1}},
		"00000-00000-00000-00000-00010-*": {number: [16]byte{15: 32}},
		"00000-00000-00000-00000-00014-U": {number: [16]byte{15: 36}},
		"00000-00000-00000-00000-00015-0": {number: [16]byte{15: 37}},
		"ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-H": top,
	} {
		if got := code.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, err := ParseTravelCode(want); err != nil || got != code {
			t.Errorf("%s: %x, %v", want, got, err)
		}
	}
	a, b := NewTravelCode(), NewTravelCode()
	if a == b || a.Empty() || a.number[0] > 0x1f {
		t.Errorf("codes %s and %s", a, b)
	}
	if a.Clear(); !a.Empty() {
		t.Error("a code that was cleared is still there")
	}
}

func TestTravelCode_ForgivesHowItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := anyCode(t)
		var written strings.Builder
		for _, r := range code.String() {
			switch r {
			case '-':
				written.WriteString(rapid.SampledFrom([]string{"-", "", " ", " - ", "–", "\u00a0", "\n"}).Draw(t, "gap"))
				continue
			case '0':
				r = rapid.SampledFrom([]rune("0Oo")).Draw(t, "zero")
			case '1':
				r = rapid.SampledFrom([]rune("1IiLl")).Draw(t, "one")
			}
			text := string(r)
			if rapid.Bool().Draw(t, "lower") {
				text = strings.ToLower(text)
			}
			written.WriteString(text)
		}
		if got, err := ParseTravelCode(written.String()); err != nil || got != code {
			t.Fatalf("%q of %s: %v", written.String(), code, err)
		}
	})
}

// One wrong character anywhere, the check character included, and two swapped neighbours are always noticed.
func TestTravelCode_NoticesSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := anyCode(t)
		plain := []byte(strings.ReplaceAll(code.String(), "-", ""))
		refused := func(what string, changed []byte) {
			if got, err := ParseTravelCode(string(changed)); fault.Code(err) != "V-CODE" || !got.Empty() {
				t.Fatalf("%s: %s taken for %s", what, changed, plain)
			}
		}
		at := rapid.IntRange(0, len(plain)-1).Draw(t, "at")
		for _, other := range []byte(crockfordCheck) {
			if other != plain[at] {
				changed := bytes.Clone(plain)
				changed[at] = other
				refused("one wrong character", changed)
			}
		}
		for i := range len(plain) - 1 {
			if plain[i] != plain[i+1] {
				changed := bytes.Clone(plain)
				changed[i], changed[i+1] = changed[i+1], changed[i]
				refused("two swapped", changed)
			}
		}
		refused("one too few", append(bytes.Clone(plain[:at]), plain[at+1:]...))
		refused("one too many", append(bytes.Clone(plain[:at]), append([]byte{'0'}, plain[at:]...)...))
		refused("a foreign character", append(append(bytes.Clone(plain[:at]), "#"...), plain[at+1:]...))
	})
}

// The number is read as Crockford writes numbers, checked against math/big's own base 32.
func TestTravelCode_IsANumberToTheBaseOf32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := anyCode(t)
		number := new(big.Int).SetBytes(code.number[:])
		text := strings.ReplaceAll(code.String(), "-", "")
		standard := strings.Repeat("0", travelDigits) + number.Text(32)
		standard = standard[len(standard)-travelDigits:]
		for i, digit := range []byte(standard) {
			if value := strings.IndexByte("0123456789abcdefghijklmnopqrstuv", digit); crockford[value] != text[i] {
				t.Fatalf("digit %d of %s", i, text)
			}
		}
	})
}

// The code key is HKDF-SHA256 of 16 bytes, written out by hand (RFC 5869), and the envelope a known answer.
func TestTravelKey(t *testing.T) {
	vault := fixedUUID(0x00)
	code := TravelCode{number: fixedUUID(0x10)}
	hash := func(key []byte, parts ...[]byte) []byte {
		mac := hmac.New(sha256.New, key)
		for _, part := range parts {
			mac.Write(part)
		}
		return mac.Sum(nil)
	}
	want := hash(hash(vault[:], code.number[:]), []byte("feltbok/v1/travel"), []byte{0, 0}, []byte{1})
	got := travelKey(code, vault)
	if !bytes.Equal(got[:], want) {
		t.Errorf("code key %x, want %x", got, want)
	}
	sealed, err := sealWith(&got, fixedNonce(0x70), associate(labelTravel, vault, 0), []byte("mac and header"), sizePadme)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != knownEnvelope || len(sealed) != 256+envelopeOverhead {
		t.Errorf("envelope of %d bytes with SHA-256 %x", len(sealed), sum)
	}
}

const knownEnvelope = "35a656f5093fe5c9197910e17c12e298f250334e24ba038c37b114cb8d501643"

// lockedHeader is a header and its MAC with the travel header that seals them.
func lockedHeader(t testing.TB) (content, mac []byte, travel *TravelHeader, code TravelCode, recovery *Identity) {
	t.Helper()
	h, _, _ := mustHeader(t, domain.RingOpen)
	recovery = mustIdentity(t)
	h.Slots[1].To = recovery.Recipient()
	content, code = mustEncode(t, h), NewTravelCode()
	sum := sha256.Sum256(content)
	travel, err := SealTravel(h, content, sum[:], code)
	if err != nil {
		t.Fatal(err)
	}
	return content, sum[:], travel, code, recovery
}

func TestTravelHeader_RoundTrip(t *testing.T) {
	content, mac, travel, code, recovery := lockedHeader(t)
	encoded, err := travel.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(encoded, []byte(`{"training":true,"travel":{"envelope":"`)) {
		t.Errorf("travel header begins with %.60s", encoded)
	}
	if _, err := ParseHeader(encoded); fault.Code(err) != "V-TRAVEL" {
		t.Errorf("read as a header: %v", err)
	}
	parsed, err := ParseTravelHeader(encoded)
	if err != nil {
		t.Fatal(err)
	}
	gotContent, gotMAC, err := parsed.Open(code)
	if err != nil || !bytes.Equal(gotContent, content) || !bytes.Equal(gotMAC, mac) {
		t.Errorf("comes back changed: %v", err)
	}
	if again, err := parsed.RecoverCode(recovery.Age); err != nil || again != code {
		t.Errorf("recovery gets %s, %v", again, err)
	}
	if _, err := parsed.RecoverCode(mustIdentity(t).Age); !errors.Is(err, ErrNotReader) {
		t.Errorf("somebody else gets %v", err)
	}
	if _, _, err := parsed.Open(NewTravelCode()); fault.Code(err) != "V-CODE" {
		t.Errorf("another code: %v", err)
	}
	if _, err := ParseTravelHeader(content); fault.Code(err) != "V-RELEASED" {
		t.Errorf("a header that is not locked: %v", err)
	}
	for _, other := range []string{"", "{}", "not JSON", string(encoded) + " "} {
		if _, err := ParseTravelHeader([]byte(other)); fault.Code(err) != "V-HEADER" {
			t.Errorf("%.20q: %v", other, err)
		}
	}
	if _, err := ParseTravelHeader(WipedHeader()); fault.Code(err) != "V-WIPED" {
		t.Errorf("a wiped header: %v", err)
	}
}

func TestSealTravel_Refuses(t *testing.T) {
	h, _, _ := mustHeader(t, domain.RingOpen)
	content := mustEncode(t, h)
	if _, err := SealTravel(h, content, make([]byte, 32), TravelCode{}); err == nil {
		t.Error("no code is taken")
	}
	if _, err := SealTravel(h, content, nil, NewTravelCode()); err == nil {
		t.Error("no MAC is taken")
	}
	h.Slots = h.Slots[:1]
	if _, err := SealTravel(h, content, make([]byte, 32), NewTravelCode()); err == nil {
		t.Error("a header without HQ recovery is taken")
	}
}

// Whatever somebody with the disk changes in a travel header is V-CODE or V-HEADER at release, and never another header.
func TestTravelHeader_Tampered(t *testing.T) {
	content, mac, travel, code, recovery := lockedHeader(t)
	otherContent, otherMAC, other, otherCode, _ := lockedHeader(t)
	flipped := bytes.Clone(travel.Envelope)
	flipped[len(flipped)/2] ^= 1
	for name, tt := range map[string]struct {
		travel TravelHeader
		code   TravelCode
		want   string
	}{
		"untouched":            {*travel, code, ""},
		"world":                {TravelHeader{travel.Vault, false, travel.Envelope, travel.Recovery}, code, "V-HEADER"},
		"vault":                {TravelHeader{uuid.New(), true, travel.Envelope, travel.Recovery}, code, "V-CODE"},
		"flipped bit":          {TravelHeader{travel.Vault, true, flipped, travel.Recovery}, code, "V-CODE"},
		"cut":                  {TravelHeader{travel.Vault, true, travel.Envelope[:40], travel.Recovery}, code, "V-CODE"},
		"envelope of another":  {TravelHeader{travel.Vault, true, other.Envelope, travel.Recovery}, code, "V-CODE"},
		"the other's code too": {TravelHeader{travel.Vault, true, other.Envelope, travel.Recovery}, otherCode, "V-CODE"},
	} {
		got, gotMAC, err := tt.travel.Open(tt.code)
		if fault.Code(err) != tt.want || (err == nil) != (got != nil) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		if err == nil && (!bytes.Equal(got, content) || !bytes.Equal(gotMAC, mac)) {
			t.Errorf("%s: opens as something else", name)
		}
	}
	// What a holder of the code seals is still only released when it is a header of this vault.
	key := travelKey(code, travel.Vault)
	for name, plain := range map[string][]byte{"too short": mac[:31], "no header": mac, "another vault's header": append(bytes.Clone(otherMAC), otherContent...)} {
		envelope, err := seal(&key, associate(labelTravel, travel.Vault, 0), plain, sizePadme)
		if err != nil {
			t.Fatal(err)
		}
		changed := TravelHeader{travel.Vault, true, envelope, travel.Recovery}
		if _, _, err := changed.Open(code); fault.Code(err) != "V-HEADER" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, box := range map[string][]byte{"no age file": []byte("x"), "no code": mustBox(t, "hello", recovery), "another code": mustBox(t, otherCode.String(), recovery)} {
		changed := TravelHeader{travel.Vault, true, travel.Envelope, box}
		got, err := changed.RecoverCode(recovery.Age)
		if code := fault.Code(err); code != "V-HEADER" && code != "V-CODE" || !got.Empty() {
			t.Errorf("recovery from %s: %v", name, err)
		}
	}
}

func mustBox(t *testing.T, text string, to *Identity) []byte {
	t.Helper()
	box, err := SealBox([]byte(text), []string{to.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// What is accepted as a code is a code: written again it is the same, and says the same.
func FuzzTravelCode(f *testing.F) {
	f.Add("ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-H")
	f.Add("ooooo iiiii lllll 00000 00000 0")
	f.Add("00000-00000-00000-00000-00014-u")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := ParseTravelCode(text)
		if err != nil {
			if fault.Code(err) != "V-CODE" || !code.Empty() {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if again, err := ParseTravelCode(code.String()); err != nil || again != code || code.number[0] > 0x1f {
			t.Errorf("%q is %s and then %s, %v", text, code, again, err)
		}
	})
}

// What is accepted as a travel header is exactly what Encode writes, is no other header, and opens with no code by chance.
func FuzzTravelHeader(f *testing.F) {
	f.Add([]byte(`{"training":false,"travel":{"envelope":"eA==","recovery":"eQ=="},"v":1,"vault":"00112233445566778899aabbccddeeff"}`))
	f.Add(seedHeader(f))
	f.Add(WipedHeader())
	f.Fuzz(func(t *testing.T, content []byte) {
		travel, err := ParseTravelHeader(content)
		if _, headerErr := ParseHeader(content); (fault.Code(headerErr) == "V-TRAVEL") != (err == nil) {
			t.Errorf("one says %v, the other %v", err, headerErr)
		}
		if err != nil {
			if travel != nil || fault.Code(err) == "" {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if again, err := travel.Encode(); err != nil || !bytes.Equal(again, content) {
			t.Errorf("accepted %q, writes %q, %v", content, again, err)
		}
		if _, _, err := travel.Open(TravelCode{number: [16]byte{15: 1}}); fault.Code(err) == "" {
			t.Errorf("opens: %v", err)
		}
	})
}

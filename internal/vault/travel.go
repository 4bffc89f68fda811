package vault

import (
	"encoding/hex"
	"errors"
	"fmt"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

const labelTravel = "feltbok/v1/travel"

// maxTravelSize bounds the header of a locked vault, which holds the other one in base64.
const maxTravelSize = 2 * maxHeaderSize

// TravelHeader stands in the place of the header while a vault is under travel lock (security.md 4.8). Nothing in it
// opens with a passphrase. It has no MAC, for nobody who can read the file has a key to make one: the envelope proves
// itself by its code.
type TravelHeader struct {
	Vault    uuid.UUID
	Training bool
	Envelope []byte // the old header and its MAC, sealed under the code key
	Recovery []byte // the code as text, an age file to HQ recovery
}

type travelJSON struct {
	Training bool       `json:"training"`
	Travel   *travelBox `json:"travel"`
	V        int        `json:"v"`
	Vault    string     `json:"vault"`
}

type travelBox struct {
	Envelope []byte `json:"envelope"`
	Recovery []byte `json:"recovery"`
}

// wipedHeader is what a wipe leaves of the header (security.md 4.8).
const wipedHeader = `{"v":1,"wiped":true}`

// WipedHeader gives the header that marks a vault whose keys were wiped. [ParseHeader] answers it with V-WIPED.
func WipedHeader() []byte { return []byte(wipedHeader) }

// SealTravel makes the header of a locked vault out of the header's JSON and MAC. HQ recovery of that header gets the
// code too; a header without it is an error.
func SealTravel(header *Header, content, mac []byte, code TravelCode) (*TravelHeader, error) {
	return sealTravel(header, content, mac, code, newNonce())
}

func sealTravel(header *Header, content, mac []byte, code TravelCode, nonce [nonceSize]byte) (*TravelHeader, error) {
	if code.Empty() {
		return nil, errors.New("travel lock needs a code")
	}
	if len(mac) != len(Key{}) {
		return nil, fmt.Errorf("header MAC of %d bytes", len(mac))
	}
	var recovery []string
	for _, slot := range header.Slots {
		if slot.Kind == RecoverySlot {
			recovery = append(recovery, slot.To)
		}
	}
	box, err := SealBox([]byte(code.String()), recovery)
	if err != nil {
		return nil, fmt.Errorf("travel code for recovery: %w", err)
	}
	key := travelKey(code, header.Vault)
	defer key.Clear()
	plain := append(append(make([]byte, 0, len(mac)+len(content)), mac...), content...)
	envelope, err := sealWith(&key, nonce, associate(labelTravel, header.Vault, 0), plain, sizePadme)
	if err != nil {
		return nil, err
	}
	return &TravelHeader{Vault: header.Vault, Training: header.Training, Envelope: envelope, Recovery: box}, nil
}

// travelKey is HKDF with the code, 16 bytes right-aligned, as its input and ring1 = 0.
func travelKey(code TravelCode, vault uuid.UUID) Key {
	var key Key
	expand(&key, code.number[:], vault, labelTravel+"\x00\x00")
	return key
}

// Open gives the old header's JSON and MAC, byte for byte; V-CODE when the code is another vault's or the envelope was
// changed, V-HEADER when what surrounds the envelope does not fit what is in it.
func (t *TravelHeader) Open(code TravelCode) (content, mac []byte, err error) {
	key := travelKey(code, t.Vault)
	defer key.Clear()
	plain, err := open(nil, &key, associate(labelTravel, t.Vault, 0), t.Envelope, sizePadme)
	if err != nil {
		return nil, nil, fault.New("V-CODE", "", err)
	}
	size := len(Key{})
	if len(plain) < size {
		return nil, nil, fault.Newf("V-HEADER", "", "travel envelope of %d bytes", len(plain))
	}
	header, err := ParseHeader(plain[size:])
	if err != nil {
		return nil, nil, err
	}
	if header.Vault != t.Vault || header.Training != t.Training {
		return nil, nil, fault.Newf("V-HEADER", "", "travel lock names another vault or world than its envelope")
	}
	return plain[size:], plain[:size:size], nil
}

// RecoverCode gives the code with the HQ recovery identity, and proves that it opens the envelope: [ErrNotReader] for
// another identity, V-CODE when the envelope does not open with what was found, V-HEADER when nothing readable was.
func (t *TravelHeader) RecoverCode(identity age.Identity) (TravelCode, error) {
	plain, err := OpenBox(t.Recovery, identity)
	if errors.Is(err, ErrNotReader) {
		return TravelCode{}, err
	}
	if err != nil {
		return TravelCode{}, fault.New("V-HEADER", "", err)
	}
	defer clear(plain)
	code, err := ParseTravelCode(string(plain))
	if err != nil {
		return TravelCode{}, err
	}
	if _, _, err := t.Open(code); err != nil {
		return TravelCode{}, err
	}
	return code, nil
}

// Encode gives the JSON that replaces the header.
func (t *TravelHeader) Encode() ([]byte, error) {
	content, err := oplog.Canonical(travelJSON{
		Training: t.Training, Travel: &travelBox{Envelope: t.Envelope, Recovery: t.Recovery}, V: headerVersion, Vault: hex.EncodeToString(t.Vault[:]),
	})
	if err != nil {
		return nil, fmt.Errorf("encode travel header: %w", err)
	}
	if len(content) > maxTravelSize {
		return nil, fmt.Errorf("travel header of %d bytes is over the limit", len(content))
	}
	return content, nil
}

// ParseTravelHeader reads the header of a locked vault strictly: it accepts exactly what [TravelHeader.Encode] writes. A
// vault that is not locked gives V-RELEASED, anything else that is refused what [ParseHeader] says.
func ParseTravelHeader(content []byte) (*TravelHeader, error) {
	if t := parseTravel(content); t != nil {
		return t, nil
	}
	if _, err := ParseHeader(content); err != nil {
		return nil, err
	}
	return nil, fault.Newf("V-RELEASED", "", "vault is not under travel lock")
}

// parseTravel returns nil when the content is no header of a locked vault.
func parseTravel(content []byte) *TravelHeader {
	var in travelJSON
	if len(content) > maxTravelSize || oplog.StrictJSON(content) != nil || decodeExact(content, &in) != nil {
		return nil
	}
	if in.Travel == nil || in.V != headerVersion || len(in.Travel.Envelope) == 0 || len(in.Travel.Recovery) == 0 {
		return nil
	}
	t := &TravelHeader{Training: in.Training, Envelope: in.Travel.Envelope, Recovery: in.Travel.Recovery}
	if decodeHex(t.Vault[:], in.Vault) != nil {
		return nil
	}
	return t
}

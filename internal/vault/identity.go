package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/oplog"
	"feltbok/internal/secret"
)

// Identity is what a user is in a vault: the age identity that opens rings and boxes, and the key that signs.
type Identity struct {
	User uuid.UUID
	Age  *age.HybridIdentity
	Sign ed25519.PrivateKey
}

// NewIdentity makes fresh keys for a user.
func NewIdentity(user uuid.UUID) (identity *Identity, err error) {
	secret.Do(func() { identity, err = makeIdentity(user) })
	return identity, err
}

func makeIdentity(user uuid.UUID) (*Identity, error) {
	opener, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("make age identity: %w", err)
	}
	_, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	return &Identity{User: user, Age: opener, Sign: sign}, nil
}

// Recipient is the public part that rings and boxes are sealed to, as age1pq1….
func (i *Identity) Recipient() string { return i.Age.Recipient().String() }

// Clear overwrites the signing key and lets go of the age identity, which gives no way to overwrite it. Where
// [secret.Available] the collector erases it, for it was made or read inside [secret.Do].
func (i *Identity) Clear() {
	clear(i.Sign)
	i.Sign, i.Age = nil, nil
}

// slotContent is the plaintext of a slot box, its members in the order of their names.
type slotContent struct {
	Age  string `json:"age"`
	Sign string `json:"sign"`
	User string `json:"user"`
}

func (i *Identity) encode() ([]byte, error) {
	return oplog.Canonical(slotContent{Age: i.Age.String(), Sign: hex.EncodeToString(i.Sign.Seed()), User: i.User.String()})
}

func decodeIdentity(plain []byte) (*Identity, error) {
	var content slotContent
	if err := decodeExact(plain, &content); err != nil {
		return nil, fmt.Errorf("slot content: %w", err)
	}
	opener, err := age.ParseHybridIdentity(content.Age)
	if err != nil {
		return nil, fmt.Errorf("slot content: age identity: %w", err)
	}
	seed, err := hex.DecodeString(content.Sign)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("slot content: signing key is not %d bytes of hex", ed25519.SeedSize)
	}
	defer clear(seed)
	user, err := uuid.Parse(content.User)
	if err != nil {
		return nil, fmt.Errorf("slot content: user: %w", err)
	}
	identity := &Identity{User: user, Age: opener, Sign: ed25519.NewKeyFromSeed(seed)}
	again, err := identity.encode()
	if err != nil {
		return nil, err
	}
	defer clear(again)
	if !bytes.Equal(again, plain) {
		return nil, errors.New("slot content: written in another way than expected")
	}
	return identity, nil
}

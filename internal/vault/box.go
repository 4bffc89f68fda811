package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"feltbok/internal/secret"
)

// ErrNotReader says that none of the identities is among the readers of a box.
var ErrNotReader = errors.New("not a reader of this box")

// maxBox bounds what is read out of one box: a line is at most 256 KiB (security.md 5.1), a recovery code less.
const maxBox = 1 << 20

// SealBox seals a small content to named readers as a binary age file with hybrid stanzas only (security.md 2.4, 5.4).
func SealBox(plain []byte, recipients []string) ([]byte, error) {
	if len(recipients) == 0 {
		return nil, errors.New("a box needs a reader")
	}
	readers := make([]age.Recipient, 0, len(recipients))
	for _, text := range recipients {
		reader, err := age.ParseHybridRecipient(text)
		if err != nil {
			return nil, fmt.Errorf("reader of a box: %w", err)
		}
		readers = append(readers, reader)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, readers...)
	if err != nil {
		return nil, fmt.Errorf("seal box: %w", err)
	}
	defer secret.WipeAge(w)
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal box: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal box: %w", err)
	}
	return out.Bytes(), nil
}

// OpenBox opens a box with whichever identity fits: [ErrNotReader] when none does, another error when the box is damaged.
func OpenBox(box []byte, identities ...age.Identity) ([]byte, error) {
	if len(identities) == 0 {
		return nil, ErrNotReader
	}
	r, err := age.Decrypt(bytes.NewReader(box), identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, ErrNotReader
	}
	if err != nil {
		return nil, fmt.Errorf("open box: %w", err)
	}
	defer secret.WipeAge(r)
	plain, err := io.ReadAll(io.LimitReader(r, maxBox+1))
	if err != nil {
		clear(plain)
		return nil, fmt.Errorf("open box: %w", err)
	}
	if len(plain) > maxBox {
		clear(plain)
		return nil, fmt.Errorf("box holds more than %d bytes", maxBox)
	}
	return plain, nil
}

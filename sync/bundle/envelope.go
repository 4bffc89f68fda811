package bundle

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// Keyring holds the identities that open a bundle.
type Keyring struct {
	// Outer are the node's identities for the outer layer. Hybrid identities only.
	Outer []age.Identity
	// Inbox returns the identities for the part of a compartment: none when its ring is locked or absent. It may be nil.
	Inbox func(domain.Compartment) []age.Identity
}

func (k Keyring) inbox(c domain.Compartment) []age.Identity {
	if k.Inbox == nil {
		return nil
	}
	return k.Inbox(c)
}

// checkHeader reads the header of an age file before anything is decrypted: at most 64 KiB and 16 stanzas, hybrid ones
// only. It returns the header, which the caller puts in front of the rest again. Faults: E-LIMIT, E-AGE.
func checkHeader(r *bufio.Reader, where string) (header []byte, stanzas int, err error) {
	damaged := func(why string) ([]byte, int, error) { return nil, 0, fault.Newf("E-AGE", where, "%s", why) }
	for {
		line, err := r.ReadSlice('\n')
		header = append(header, line...)
		if len(header) > MaxHeader {
			return nil, 0, fault.Newf("E-LIMIT", where, "header of the encryption is longer than 64 KiB")
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue // the line goes on; the limit above ends it
		}
		if err != nil {
			if _, ok := fault.Of(err); ok {
				return nil, 0, err
			}
			return damaged("not an age file, or cut short")
		}
		start := bytes.LastIndexByte(header[:len(header)-1], '\n') + 1
		switch text := string(header[start:]); {
		case start == 0:
			if text != agePrefix {
				return damaged("not an age file")
			}
		case strings.HasPrefix(text, "-> "):
			if stanzas++; stanzas > MaxStanzas {
				return nil, 0, fault.Newf("E-LIMIT", where, "more than %d recipients", MaxStanzas)
			}
			if kind, _, _ := strings.Cut(strings.TrimSuffix(text[3:], "\n"), " "); kind != stanzaHybrid {
				return damaged("a recipient that is not post-quantum")
			}
		case strings.HasPrefix(text, "---"):
			return header, stanzas, nil
		}
	}
}

// witnessed is an identity that remembers whether it opened a file.
type witnessed struct {
	age.Identity
	print  Hash
	opened *Hash
}

func (w witnessed) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	key, err := w.Identity.Unwrap(stanzas)
	if err == nil {
		*w.opened = w.print
	}
	return key, err
}

// watch wraps identities so that opened tells afterwards which one fitted.
func watch(identities []age.Identity, opened *Hash) ([]age.Identity, error) {
	var all []age.Identity
	for _, identity := range identities {
		hybrid, ok := identity.(interface{ Recipient() *age.HybridRecipient })
		if !ok {
			return nil, errors.New("an identity is not post-quantum")
		}
		all = append(all, witnessed{identity, Fingerprint(hybrid.Recipient().String()), opened})
	}
	if len(all) == 0 {
		return nil, errors.New("no identity at hand")
	}
	return all, nil
}

// ageReader marks the errors of a decrypting reader as E-AGE, so that a cut file is not taken for a wrong archive.
type ageReader struct {
	r     io.Reader
	where string
}

func (a ageReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		if _, ok := fault.Of(err); !ok {
			err = fault.New("E-AGE", a.where, err)
		}
	}
	return n, err
}

// decrypt checks the header and opens an age file. opened is the fingerprint of the identity that fitted.
// errNoIdentity comes back bare when none fitted.
func decrypt(r io.Reader, identities []age.Identity, where string) (plain io.Reader, stanzas int, opened Hash, err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	header, stanzas, err := checkHeader(buffered, where)
	if err != nil {
		return nil, 0, Hash{}, err
	}
	if len(identities) == 0 {
		return nil, stanzas, Hash{}, errNoIdentity
	}
	watched, err := watch(identities, &opened)
	if err != nil {
		return nil, stanzas, Hash{}, fault.New("E-AGE", where, err)
	}
	plain, err = age.Decrypt(io.MultiReader(bytes.NewReader(header), buffered), watched...)
	var noMatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &noMatch):
		return nil, stanzas, Hash{}, errNoIdentity
	case err != nil:
		if _, ok := fault.Of(err); ok {
			return nil, stanzas, Hash{}, err
		}
		return nil, stanzas, Hash{}, fault.New("E-AGE", where, err)
	}
	return ageReader{plain, where}, stanzas, opened, nil
}

var errNoIdentity = errors.New("no identity at hand opens it")

// Foreign checks that a file is sealed in the way of a bundle, and to others than the holder of the keys: all that a courier
// can know of it. It returns SHA-256 of the file. Faults: E-SIZE, E-LIMIT, E-AGE, and E-KIND when the keys open it.
func Foreign(ctx context.Context, path string, keys Keyring) (sum [32]byte, err error) {
	file, _, err := openFile(path)
	if err != nil {
		return sum, err
	}
	defer file.Close()
	digest := sha256.New()
	whole := io.TeeReader(cancelReader{ctx, file}, digest)
	_, stanzas, _, err := decrypt(whole, keys.Outer, "")
	switch {
	case err == nil:
		return sum, fault.Newf("E-KIND", "", "the file is for this machine")
	case !errors.Is(err, errNoIdentity):
		return sum, cancelled(ctx, err)
	case stanzas == 0:
		return sum, fault.Newf("E-AGE", "", "sealed to nobody")
	}
	if _, err := io.Copy(io.Discard, whole); err != nil {
		return sum, cancelled(ctx, err)
	}
	digest.Sum(sum[:0])
	return sum, nil
}

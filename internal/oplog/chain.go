package oplog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"feltbok/internal/fault"

	"github.com/google/uuid"
)

// Genesis is the link before the first line of every chain: 64 zeros on the wire (security.md 5.3).
var Genesis [32]byte

// LineHash is H_n of a line: SHA-256 of its bytes without LF. For a stub H_n is the hash it carries; see [Line.HashOf].
func LineHash(b []byte) [32]byte { return sha256.Sum256(b) }

// HashOf is H_n for the position that the line stands at: the carried hash of a stub, else [LineHash] of b, the
// line's own bytes.
func (l *Line) HashOf(b []byte) [32]byte {
	if l.Kind == KindStub {
		return l.Hash
	}
	return LineHash(b)
}

// Link is L_n: SHA-256 of the 128 characters hex(previous) ‖ hex(hash), so that `sha256sum` can follow it.
func Link(previous, hash [32]byte) [32]byte {
	var text [128]byte
	hex.Encode(text[:64], previous[:])
	hex.Encode(text[64:], hash[:])
	return sha256.Sum256(text[:])
}

// Step is one verified position of a chain.
type Step struct {
	Name Name
	Hash [32]byte // H_n
	Link [32]byte // L_n
	// Line is nil when the bytes are not a valid line; Malformed then says why (E-OP). The chain stays whole: the
	// next line's link and the signed tip cover the bytes, and the name follows from the position (security.md 6.5).
	Line      *Line
	Malformed error
}

// ChainVerifier follows one chain line by line, stubs included, and finds the first place where it breaks.
// The first break is final: every later call returns it.
type ChainVerifier struct {
	chain Chain
	at    uint64
	link  [32]byte
	err   error
}

// NewChainVerifier makes a verifier that expects line after+1 of the chain next, standing on the link of line after.
// From the beginning: after = 0 and link = [Genesis].
func NewChainVerifier(chain Chain, after uint64, link [32]byte) *ChainVerifier {
	return &ChainVerifier{chain: chain, at: after, link: link}
}

// Next takes the bytes of the next line. A break of the chain (wrong chain, position or link) is refused with E-CHAIN,
// naming the line expected there.
func (v *ChainVerifier) Next(b []byte) (Step, error) {
	if v.err != nil {
		return Step{}, v.err
	}
	line, malformed := Parse(b)
	if malformed != nil {
		return v.advance(LineHash(b), nil, malformed)
	}
	switch {
	case line.Chain() != v.chain:
		return Step{}, v.fail("a line of another chain")
	case line.N != v.at+1:
		return Step{}, v.fail("found line " + strconv.FormatUint(line.N, 10))
	case line.Previous != v.link:
		return Step{}, v.fail("does not link to the line before")
	}
	return v.advance(line.HashOf(b), line, nil)
}

func (v *ChainVerifier) advance(hash [32]byte, line *Line, malformed error) (Step, error) {
	if v.at >= maxInteger {
		return Step{}, v.fail("position over 2^53")
	}
	v.at++
	v.link = Link(v.link, hash)
	return Step{Name: v.chain.Name(v.at), Hash: hash, Link: v.link, Line: line, Malformed: malformed}, nil
}

func (v *ChainVerifier) fail(what string) error {
	v.err = fault.New("E-CHAIN", fmt.Sprintf("%s, line %d", v.chain, v.at+1), errors.New(what))
	return v.err
}

// At gives the number of the last line taken.
func (v *ChainVerifier) At() uint64 { return v.at }

// Tip gives the link of the last line taken.
func (v *ChainVerifier) Tip() [32]byte { return v.link }

// Finish checks that the chain ended where its manifest says: at line last with the link tip. Else E-CHAIN.
func (v *ChainVerifier) Finish(last uint64, tip [32]byte) error {
	switch {
	case v.err != nil:
		return v.err
	case v.at != last:
		return v.fail("ends after line " + strconv.FormatUint(v.at, 10))
	case v.link != tip:
		v.at-- // the tip speaks of the last line, not of the one after it
		return v.fail("not the announced tip")
	}
	return nil
}

// SignedOperation is one operation under a sign-off: its name and the hash of its line.
type SignedOperation struct {
	Name Name
	Hash [32]byte
}

// SignoffText gives the bytes that the author of a sign-off signs: `feltbok/v1/signoff` LF interview LF, then for each
// operation name SP hash LF (security.md 5.5). The operations are taken in the given order, which is that of the
// line's `ops`.
func SignoffText(interview uuid.UUID, operations []SignedOperation) []byte {
	text := append([]byte("feltbok/v1/signoff\n"), interview.String()...)
	text = append(text, '\n')
	for _, op := range operations {
		text = append(op.Name.append(text), ' ')
		text = append(hex.AppendEncode(text, op.Hash[:]), '\n')
	}
	return text
}

package vault

import (
	"crypto/rand"
	"errors"
	"math/big"
	"strings"
	"unicode"

	"feltbok/internal/fault"
)

// TravelCode is the code of a travel lock (security.md 4.8): a random number of 125 bits that people read to each other
// over the phone. The zero value is no code.
type TravelCode struct {
	number [16]byte // right-aligned: the upper three bits are zero
}

const (
	// crockford are the digits of Crockford's base 32; the five symbols behind them stand only in the place of the check
	// character, which counts to 37.
	crockford      = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	crockfordCheck = crockford + "*~$=U"
	travelDigits   = 25 // of five bits each
	travelGroup    = 5
)

// NewTravelCode returns a random code.
func NewTravelCode() (c TravelCode) {
	rand.Read(c.number[:])
	c.number[0] &= 0x1f
	return c
}

// String gives 25 digits of Crockford's base 32, the most significant first, and the check character, in groups of five:
// XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-C. The check character is the number modulo 37. As 37 is prime and divides neither a power
// of 32 nor 31, one wrong character and two neighbours in the wrong order are always noticed.
func (c TravelCode) String() string {
	var out strings.Builder
	for i, digit := range c.digits() {
		if i > 0 && i%travelGroup == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(crockford[digit])
	}
	out.WriteByte('-')
	out.WriteByte(crockfordCheck[c.check()])
	return out.String()
}

// digits are the number's digits to the base of 32, the most significant first.
func (c TravelCode) digits() (digits [travelDigits]byte) {
	rest, mask := new(big.Int).SetBytes(c.number[:]), big.NewInt(31)
	for i := travelDigits - 1; i >= 0; i-- {
		digits[i] = byte(new(big.Int).And(rest, mask).Uint64())
		rest.Rsh(rest, 5)
	}
	return digits
}

func (c TravelCode) check() int {
	return int(new(big.Int).Mod(new(big.Int).SetBytes(c.number[:]), big.NewInt(int64(len(crockfordCheck)))).Int64())
}

// Clear forgets the code.
func (c *TravelCode) Clear() { clear(c.number[:]) }

// Empty reports whether this is the zero value, which nobody gets as a code.
func (c TravelCode) Empty() bool { return c == TravelCode{} }

// ParseTravelCode reads a code as people write it: in any case, with or without white space and hyphens, the letter O as
// 0, I and L as 1. V-CODE when the check character does not fit or when there are more or fewer characters.
func ParseTravelCode(text string) (TravelCode, error) {
	number, count, check := new(big.Int), 0, -1
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			continue
		}
		switch {
		case count < travelDigits:
			digit := strings.IndexRune(crockford, plainDigit(r))
			if digit < 0 {
				return TravelCode{}, codeFault("a character that no code has")
			}
			number.Lsh(number, 5).Or(number, big.NewInt(int64(digit)))
		case count == travelDigits:
			if check = strings.IndexRune(crockfordCheck, plainDigit(r)); check < 0 {
				return TravelCode{}, codeFault("a character that no code has")
			}
		}
		count++
	}
	if count != travelDigits+1 {
		return TravelCode{}, codeFault("wrong number of characters")
	}
	var code TravelCode
	number.FillBytes(code.number[:])
	if code.check() != check {
		return TravelCode{}, codeFault("a character is wrong or two are swapped")
	}
	return code, nil
}

// plainDigit maps what Crockford lets people write to the digit that they mean.
func plainDigit(r rune) rune {
	switch r {
	case 'o', 'O':
		return '0'
	case 'i', 'I', 'l', 'L':
		return '1'
	}
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func codeFault(why string) error { return fault.New("V-CODE", "", errors.New(why)) }

package oplog

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/domain"

	"github.com/google/uuid"
)

// Name is the name of an operation inside its compartment: device, epoch and running number (security.md 5.1).
// Two compartments may hold different operations of the same name.
type Name struct {
	Device uuid.UUID
	Epoch  uint32 // random, not zero; one append-only run of the device with one audience
	N      uint64 // from 1 without gaps, below 2^53
}

// Chain is one append-only run of lines: the lines of one device and epoch in one compartment.
type Chain struct {
	Compartment domain.Compartment
	Device      uuid.UUID
	Epoch       uint32
}

// String gives the name as it stands in lines: "<device>.<epoch>.<n>".
func (n Name) String() string { return string(n.append(make([]byte, 0, 64))) }

func (n Name) append(dst []byte) []byte {
	dst = appendUUID(dst, n.Device)
	dst = append(dst, '.')
	dst = strconv.AppendUint(dst, uint64(n.Epoch), 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, n.N, 10)
}

func appendUUID(dst []byte, id uuid.UUID) []byte {
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return append(dst, text[:]...)
}

var errName = errors.New("not the name of an operation")

// ParseName reads what [Name.String] writes and nothing else.
func ParseName(text string) (Name, error) {
	device, rest, ok := strings.Cut(text, ".")
	epoch, number, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 {
		return Name{}, errName
	}
	var n Name
	var err error
	if n.Device, err = parseUUID(device); err != nil {
		return Name{}, errName
	}
	e, err := parseDecimal(epoch)
	if err != nil || e == 0 || e > 1<<32-1 {
		return Name{}, errName
	}
	n.Epoch = uint32(e)
	if n.N, err = parseDecimal(number); err != nil || n.N == 0 {
		return Name{}, errName
	}
	return n, nil
}

// parseUUID accepts the lower-case form of 36 characters only, and not the nil UUID.
func parseUUID(text string) (uuid.UUID, error) {
	if len(text) != 36 || strings.ContainsAny(text, "ABCDEF") {
		return uuid.Nil, errors.New("not a lower-case uuid")
	}
	id, err := uuid.Parse(text)
	if err != nil || id == uuid.Nil {
		return uuid.Nil, errors.New("not a lower-case uuid")
	}
	return id, nil
}

// parseDecimal reads a decimal below 2^53 without sign and leading zero.
func parseDecimal(text string) (uint64, error) {
	if text == "" || len(text) > 1 && text[0] == '0' || text[0] < '0' || text[0] > '9' {
		return 0, errName
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > maxInteger {
		return 0, errName
	}
	return n, nil
}

// Compare orders names by device, epoch and number.
func (n Name) Compare(other Name) int {
	if c := bytes.Compare(n.Device[:], other.Device[:]); c != 0 {
		return c
	}
	if c := cmp.Compare(n.Epoch, other.Epoch); c != 0 {
		return c
	}
	return cmp.Compare(n.N, other.N)
}

// MarshalText writes the form of [Name.String].
func (n Name) MarshalText() ([]byte, error) { return n.append(nil), nil }

// UnmarshalText reads what [ParseName] reads.
func (n *Name) UnmarshalText(text []byte) error {
	parsed, err := ParseName(string(text))
	if err != nil {
		return err
	}
	*n = parsed
	return nil
}

// Chain gives the chain of an operation of this name in the compartment.
func (n Name) Chain(c domain.Compartment) Chain {
	return Chain{Compartment: c, Device: n.Device, Epoch: n.Epoch}
}

// Name gives the name of line n of the chain.
func (c Chain) Name(n uint64) Name { return Name{Device: c.Device, Epoch: c.Epoch, N: n} }

// Key is the form "<device>/<epoch>" that `have`, receipts and marks of excluded imports use (security.md 6.3, 6.8, 7.2).
func (c Chain) Key() string {
	return string(strconv.AppendUint(append(appendUUID(nil, c.Device), '/'), uint64(c.Epoch), 10))
}

// ParseChainKey reads what [Chain.Key] writes, in the given compartment.
func ParseChainKey(c domain.Compartment, text string) (Chain, error) {
	device, epoch, ok := strings.Cut(text, "/")
	id, err := parseUUID(device)
	e, err2 := parseDecimal(epoch)
	if !ok || err != nil || err2 != nil || e == 0 || e > 1<<32-1 {
		return Chain{}, errors.New("not a chain")
	}
	return Chain{Compartment: c, Device: id, Epoch: uint32(e)}, nil
}

// String gives compartment and key, for diagnosis.
func (c Chain) String() string { return c.Compartment.String() + " " + c.Key() }

// Compare orders chains by compartment, device and epoch.
func (c Chain) Compare(other Chain) int {
	if d := cmp.Compare(c.Compartment, other.Compartment); d != 0 {
		return d
	}
	return c.Name(0).Compare(other.Name(0))
}

// sortNames returns the names in ascending order without repetition; the argument is left as it is.
func sortNames(names []Name) []Name {
	if slices.IsSortedFunc(names, Name.Compare) && !repeated(names) {
		return names
	}
	sorted := slices.Clone(names)
	slices.SortFunc(sorted, Name.Compare)
	return slices.Compact(sorted)
}

func repeated(sorted []Name) bool {
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return true
		}
	}
	return false
}

// HLC is a moment of the logical clock: 48 bits of milliseconds since 1970 and a 16-bit counter (security.md 7.1).
// It orders what is displayed first; it never decides which value survives.
type HLC uint64

// String gives the 16 lower-case hexadecimal digits that stand in lines.
func (h HLC) String() string {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(h >> (56 - 8*i))
	}
	return hex.EncodeToString(raw[:])
}

// ParseHLC reads what [HLC.String] writes and nothing else.
func ParseHLC(text string) (HLC, error) {
	if len(text) != 16 || strings.ContainsAny(text, "ABCDEF+-_") {
		return 0, errors.New("not a logical time")
	}
	h, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, errors.New("not a logical time")
	}
	return HLC(h), nil
}

// HLCAt gives the first moment of the millisecond of t; times before 1970 give zero.
func HLCAt(t time.Time) HLC {
	ms := t.UnixMilli()
	if ms < 0 {
		return 0
	}
	return HLC(min(uint64(ms), 1<<48-1)) << 16
}

// Time gives the millisecond of h in UTC.
func (h HLC) Time() time.Time { return time.UnixMilli(int64(h >> 16)).UTC() }

// GoString keeps diagnosis readable.
func (h HLC) GoString() string { return fmt.Sprintf("HLC(%s)", h) }

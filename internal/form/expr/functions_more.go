package expr

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// mathFunctions are those of XPath 3.0 that the ODK XForms specification takes over, with NaN where there is no result.
var mathFunctions = []function{
	numeric("sqrt", math.Sqrt),
	numeric("exp", math.Exp),
	numeric("exp10", func(x float64) float64 { return math.Pow(10, x) }),
	numeric("log", math.Log),
	numeric("log10", math.Log10),
	numeric("sin", math.Sin),
	numeric("cos", math.Cos),
	numeric("tan", math.Tan),
	numeric("asin", math.Asin),
	numeric("acos", math.Acos),
	numeric("atan", math.Atan),
	{name: "atan2", least: 2, most: 2, result: Number, pure: true, call: func(m *machine, n *node) Value {
		return Float(math.Atan2(m.eval(n.args[0]).Number(), m.eval(n.args[1]).Number()))
	}},
	{name: "pi", result: Number, pure: true, call: func(*machine, *node) Value { return Float(math.Pi) }},
}

var countingFunctions = []function{
	{name: "checklist", least: 3, most: -1, result: Bool, pure: true, call: func(m *machine, n *node) Value {
		least, most := m.eval(n.args[0]).Number(), m.eval(n.args[1]).Number()
		count := 0.0
		for _, argument := range n.args[2:] {
			for _, value := range m.eval(argument).each() {
				if value.Truth() {
					count++
				}
			}
		}
		return Boolean((least < 0 || count >= least) && (most < 0 || count <= most))
	}},
	{name: "weighted-checklist", least: 4, most: -1, result: Bool, pure: true, call: func(m *machine, n *node) Value {
		least, most := m.eval(n.args[0]).Number(), m.eval(n.args[1]).Number()
		sum := 0.0
		for at := 2; at+1 < len(n.args); at += 2 {
			values, weights := m.eval(n.args[at]).each(), m.eval(n.args[at+1]).each()
			for i, value := range values {
				if value.Truth() && i < len(weights) {
					sum += weights[i].Number()
				}
			}
		}
		return Boolean((least < 0 || sum >= least) && (most < 0 || sum <= most))
	}},
	{name: "boolean-from-string", least: 1, most: 1, result: Bool, pure: true, call: func(m *machine, n *node) Value {
		value := m.eval(n.args[0]).Single()
		text := value.String()
		return Boolean(text == "true" || text == "1" || value.kind == Number && value.number == math.Trunc(value.number) && value.number > 0)
	}},
	{name: "substring", least: 2, most: 3, result: String, pure: true, call: func(m *machine, n *node) Value {
		runes := []rune(m.eval(n.args[0]).String())
		if !m.burn(len(runes) / 16) {
			return Value{}
		}
		// XPath 1.0, 4.2: positions from 1, rounded; what is not a number takes nothing.
		from, end := math.Floor(m.eval(n.args[1]).Number()+0.5), math.Inf(1)
		if len(n.args) == 3 {
			end = from + math.Floor(m.eval(n.args[2]).Number()+0.5)
		}
		first, last := math.Max(from, 1), math.Min(end, float64(len(runes)+1))
		if !(first < last) {
			return Text("")
		}
		return Text(string(runes[int(first)-1 : int(last)-1]))
	}},
	{name: "decimal-time", least: 1, most: 1, result: Number, pure: true, call: func(m *machine, n *node) Value {
		value := m.eval(n.args[0]).Single()
		if value.kind == DateTime {
			t, ok := value.time()
			if !ok {
				return Float(math.NaN())
			}
			return Float(float64(t.Hour()*3600+t.Minute()*60+t.Second()) / daySeconds)
		}
		seconds, ok := clockSeconds(value.String())
		if !ok {
			return Float(math.NaN())
		}
		return Float(seconds / daySeconds)
	}},
}

// clockSeconds reads a time of day as it is written, whatever its offset: the clock on the wall where it was answered.
func clockSeconds(text string) (float64, bool) {
	if !IsTime(text) {
		return 0, false
	}
	seconds := float64(digits(text[:2])*3600 + digits(text[3:5])*60)
	if len(text) >= 8 && text[5] == ':' {
		seconds += float64(digits(text[6:8]))
	}
	return seconds, true
}

// identityFunctions give what is the same for one question of one object for ever, and differs for every other: a value that changes
// each time it is asked would change answers that nobody touched.
var identityFunctions = []function{
	{name: "uuid", most: 1, result: String, call: func(m *machine, n *node) Value {
		id := uuid.NewSHA1(m.env.Seed(), []byte("uuid")).String()
		if len(n.args) == 0 {
			return Text(id)
		}
		length := m.eval(n.args[0]).Number()
		if !(length >= 1 && length <= 64) {
			return Text("")
		}
		sum := sha256.Sum256([]byte(id))
		return Text(hex.EncodeToString(sum[:])[:int(length)])
	}},
	{name: "random", result: Number, call: func(m *machine, n *node) Value {
		seed := m.env.Seed()
		sum := sha256.Sum256(append(seed[:], byte(n.offset), byte(n.offset>>8)))
		return Float(float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53))
	}},
	{name: "version", result: String, call: func(m *machine, _ *node) Value { return Text(m.env.Version()) }},
}

// digests are the algorithms of digest(), for comparing texts; nothing here is protected by them.
var digests = map[string]func([]byte) []byte{
	"MD5":     func(b []byte) []byte { sum := md5.Sum(b); return sum[:] },
	"SHA-1":   func(b []byte) []byte { sum := sha1.Sum(b); return sum[:] },
	"SHA-256": func(b []byte) []byte { sum := sha256.Sum256(b); return sum[:] },
	"SHA-384": func(b []byte) []byte { sum := sha512.Sum384(b); return sum[:] },
	"SHA-512": func(b []byte) []byte { sum := sha512.Sum512(b); return sum[:] },
}

var codingFunctions = []function{
	{name: "digest", least: 2, most: 3, result: String, pure: true, call: func(m *machine, n *node) Value {
		text, algorithm := m.eval(n.args[0]).String(), m.eval(n.args[1]).String()
		sum, ok := digests[algorithm]
		if !ok {
			return m.fail(n.args[1], "digest() knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512")
		}
		coding := "base64"
		if len(n.args) == 3 {
			coding = m.eval(n.args[2]).String()
		}
		if !m.burn(1 + len(text)/16) {
			return Value{}
		}
		switch coding {
		case "hex":
			return Text(hex.EncodeToString(sum([]byte(text))))
		case "base64":
			return Text(base64.StdEncoding.EncodeToString(sum([]byte(text))))
		}
		return m.fail(n.args[2], "digest() writes hex or base64")
	}},
	{name: "base64-encode", least: 1, most: 1, result: String, pure: true, call: func(m *machine, n *node) Value {
		return m.built(base64.StdEncoding.EncodeToString([]byte(m.eval(n.args[0]).String())))
	}},
	{name: "base64-decode", least: 1, most: 1, result: String, pure: true, call: func(m *machine, n *node) Value {
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(m.eval(n.args[0]).String()))
		if err != nil || !utf8.Valid(decoded) {
			return Text("")
		}
		return m.built(string(decoded))
	}},
}

var lookupFunctions = []function{
	{name: "pulldata", least: 4, most: 4, list: true, call: func(m *machine, n *node) Value {
		list := m.env.List(listName(n.args[0].value.String()))
		column, key := m.eval(n.args[1]).String(), m.eval(n.args[2]).String()
		value := m.eval(n.args[3]).String()
		if list == nil || value == "" {
			return Text("")
		}
		for row := range list.Len() {
			if !m.burn(1) {
				return Value{}
			}
			if list.Cell(row, key).String() == value {
				return list.Cell(row, column)
			}
		}
		return Text("")
	}},
}

// listName is the list that holds a file.
func listName(file string) string { return strings.TrimSuffix(file, ".csv") }

package expr

import (
	"strings"
	"unicode/utf8"
)

// Rewrite replaces every ${name} and every path of an expression that others wrote, and leaves the rest as it stands. replace gets the
// name inside ${}, or a path of steps such as ../group/name, /form/name or current()/../name with path set, and gives what stands in
// its place. Inside the brackets of instance('list')/root/item[…] bare names are columns and stay. ".." and "." alone stay. The error of
// replace comes back as an *[Error] with the place.
func Rewrite(source string, replace func(reference string, path bool) (string, error)) (string, error) {
	var out strings.Builder
	operand := false // the token before is an operand, so that "/" continues it
	for at := 0; at < len(source); {
		rest := source[at:]
		size, kind := scan(rest, operand)
		text := rest[:size]
		if kind == scannedReference || kind == scannedPath {
			name := text
			if kind == scannedReference {
				name = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "${"), "}"))
			}
			replaced, err := replace(strings.Join(strings.Fields(name), ""), kind == scannedPath)
			if err != nil {
				return "", errorAt(source, at, "%v", err)
			}
			text = replaced
		}
		out.WriteString(text)
		at += size
		switch kind {
		case scannedSpace:
		case scannedOperator:
			operand = false
		default:
			operand = true
		}
	}
	return out.String(), nil
}

// Calls reports whether a text holds the call of a function of the dialect, so that it is an expression and not a text.
func Calls(text string) bool {
	for at := 0; at < len(text); {
		size, kind := scan(text[at:], false)
		if kind == scannedName && functions[text[at:at+size]] != nil && strings.HasPrefix(strings.TrimLeft(text[at+size:], " "), "(") {
			return true
		}
		at += size
	}
	return false
}

type scanned byte

const (
	scannedSpace scanned = iota
	scannedOperator
	scannedValue // literal, number, "." or ".." alone, closing bracket
	scannedName
	scannedReference
	scannedPath
)

// scan measures the next part of a source.
func scan(rest string, operand bool) (int, scanned) {
	switch c := rest[0]; {
	case isSpace(rune(c)):
		return 1, scannedSpace
	case c == '\'' || c == '"':
		if end := strings.IndexByte(rest[1:], c); end >= 0 {
			return end + 2, scannedValue
		}
		return len(rest), scannedValue
	case strings.HasPrefix(rest, "${"):
		if end := strings.IndexByte(rest, '}'); end >= 0 {
			return end + 1, scannedReference
		}
		return len(rest), scannedValue
	case c == ')' || c == ']':
		return 1, scannedValue
	case c == '/' && operand: // continues instance(…) or its item: copied with the step behind it
		size := 1
		for size < len(rest) && nameByte(rest[size]) {
			size++
		}
		return size, scannedValue
	case c >= '0' && c <= '9', c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		size := 1
		for size < len(rest) && (rest[size] >= '0' && rest[size] <= '9' || rest[size] == '.') {
			size++
		}
		return size, scannedValue
	case c == '/' || c == '.' || nameStart(c):
		if operand && c != '/' && c != '.' { // and, or, div, mod
			return nameSize(rest), scannedOperator
		}
		return scanPath(rest)
	}
	_, size := utf8.DecodeRuneInString(rest)
	return size, scannedOperator
}

func nameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func nameByte(c byte) bool {
	return nameStart(c) || c == '-' || c == '.' || c == ':' || c >= '0' && c <= '9'
}

func nameSize(rest string) int {
	size := 0
	for size < len(rest) && nameByte(rest[size]) {
		size++
	}
	return size
}

// scanPath measures a path, a name or "." and "..".
func scanPath(rest string) (int, scanned) {
	size, steps := 0, 0
	if rest[0] == '/' {
		size, steps = 1, 1
	}
	for {
		step := 0
		switch tail := rest[size:]; {
		case strings.HasPrefix(tail, ".."):
			step = 2
		case strings.HasPrefix(tail, "."):
			step = 1
		case strings.HasPrefix(tail, "current()"):
			step = len("current()")
		case tail != "" && nameStart(tail[0]):
			step = nameSize(tail)
		}
		if step == 0 {
			break
		}
		size, steps = size+step, steps+1
		slash := size
		for slash < len(rest) && rest[slash] == ' ' {
			slash++
		}
		if slash == len(rest) || rest[slash] != '/' || slash+1 == len(rest) || rest[slash+1] == '/' {
			break
		}
		size = slash + 1
	}
	size = max(size, 1)
	switch first := rest[0]; {
	case steps > 1 || rest[:size] == "current()":
		return size, scannedPath
	case first == '.':
		return size, scannedValue
	case first == '/':
		return size, scannedOperator
	}
	return size, scannedName
}

package expr

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind byte

const (
	tokenEnd       tokenKind = iota
	tokenNumber              // text: the digits
	tokenString              // text: the content
	tokenReference           // text: the name inside ${}
	tokenName                // a function's or column's name
	tokenOperator            // text: the operator, also "and", "or", "div", "mod"
	tokenOpen                // (
	tokenClose               // )
	tokenComma
	tokenSelf   // .
	tokenParent // ..
	tokenSlash
	tokenOpenBracket
	tokenCloseBracket
)

type token struct {
	kind   tokenKind
	text   string
	offset int // in bytes
}

// describe names the token for a message.
func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenReference:
		return "${" + t.text + "}"
	case tokenString:
		return "a text"
	case tokenSelf:
		return "\".\""
	case tokenParent:
		return "\"..\""
	case tokenOpen:
		return "\"(\""
	case tokenClose:
		return "\")\""
	case tokenComma:
		return "\",\""
	case tokenSlash, tokenOpenBracket, tokenCloseBracket:
		return fmt.Sprintf("%q", t.text)
	}
	return fmt.Sprintf("%q", t.text)
}

// Error is a fault in an expression's text, or an evaluation that went beyond its bounds.
type Error struct {
	// Column is the character in the source, from 1; 0 when no place can be named.
	Column int
	// Message says what is wrong, in lower case.
	Message string
}

// Error gives message and column.
func (e *Error) Error() string {
	if e.Column == 0 {
		return e.Message
	}
	return fmt.Sprintf("char %d: %s", e.Column, e.Message)
}

func errorAt(source string, offset int, format string, args ...any) *Error {
	if offset > len(source) {
		offset = len(source)
	}
	return &Error{Column: utf8.RuneCountInString(source[:offset]) + 1, Message: fmt.Sprintf(format, args...)}
}

// lex cuts a source into tokens; the last one is tokenEnd.
func lex(source string) ([]token, error) {
	if len(source) > MaxSource {
		return nil, &Error{Message: fmt.Sprintf("longer than %d bytes", MaxSource)}
	}
	if !utf8.ValidString(source) {
		return nil, &Error{Message: "not valid UTF-8"}
	}
	var tokens []token
	for at := 0; at < len(source); {
		if c := source[at]; c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			at++
			continue
		}
		t, size, err := next(source, at, tokens)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		at += size
	}
	return append(tokens, token{kind: tokenEnd, offset: len(source)}), nil
}

func next(source string, at int, before []token) (token, int, error) {
	rest := source[at:]
	simple := func(kind tokenKind, size int) (token, int, error) {
		return token{kind: kind, text: rest[:size], offset: at}, size, nil
	}
	switch c := rest[0]; {
	case c == '(':
		return simple(tokenOpen, 1)
	case c == ')':
		return simple(tokenClose, 1)
	case c == ',':
		return simple(tokenComma, 1)
	case c == '/':
		return simple(tokenSlash, 1)
	case c == '[':
		return simple(tokenOpenBracket, 1)
	case c == ']':
		return simple(tokenCloseBracket, 1)
	case strings.HasPrefix(rest, "!="), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, ">="):
		return simple(tokenOperator, 2)
	case strings.IndexByte("=<>+-*", c) >= 0:
		return simple(tokenOperator, 1)
	case c == '\'' || c == '"':
		end := strings.IndexByte(rest[1:], c)
		if end < 0 {
			return token{}, 0, errorAt(source, at, "the text that begins here has no closing quote")
		}
		return token{kind: tokenString, text: rest[1 : 1+end], offset: at}, end + 2, nil
	case strings.HasPrefix(rest, "${"):
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return token{}, 0, errorAt(source, at, "\"${\" without \"}\"")
		}
		name := strings.Trim(rest[2:end], " ")
		if !ValidName(name) {
			return token{}, 0, errorAt(source, at, "%q is not a question's name", name)
		}
		return token{kind: tokenReference, text: name, offset: at}, end + 1, nil
	case c >= '0' && c <= '9', c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		size := 0
		for point := false; size < len(rest) && (rest[size] >= '0' && rest[size] <= '9' || rest[size] == '.' && !point); size++ {
			point = point || rest[size] == '.'
		}
		return simple(tokenNumber, size)
	case strings.HasPrefix(rest, ".."):
		return simple(tokenParent, 2)
	case c == '.':
		return simple(tokenSelf, 1)
	}
	return nextWord(source, at, before)
}

const noPaths = "paths are not part of the dialect: refer to a question by ${name}"

func nextWord(source string, at int, before []token) (token, int, error) {
	rest := source[at:]
	first, _ := utf8.DecodeRuneInString(rest)
	switch {
	case strings.ContainsRune("‘’‚‛“”„«»", first):
		return token{}, 0, errorAt(source, at, "curly quotes: texts stand between ' and ' or \" and \"")
	case strings.ContainsRune("≤≥≠−–—×÷", first):
		return token{}, 0, errorAt(source, at, "%q is not an operator: write <= >= != - * div", first)
	case first == '@':
		return token{}, 0, errorAt(source, at, noPaths)
	case first != '_' && !unicode.IsLetter(first):
		return token{}, 0, errorAt(source, at, "%q is not understood here", first)
	}
	size := len(rest)
	for i, r := range rest {
		if r != '_' && r != '-' && r != '.' && r != ':' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			size = i
			break
		}
	}
	word := rest[:size]
	// XPath 1.0, 3.7: a name after an operand is an operator.
	operand := false
	if len(before) > 0 {
		switch before[len(before)-1].kind {
		case tokenNumber, tokenString, tokenReference, tokenName, tokenClose, tokenSelf, tokenParent, tokenCloseBracket:
			operand = true
		}
	}
	if operand {
		switch word {
		case "and", "or", "div", "mod":
			return token{kind: tokenOperator, text: word, offset: at}, size, nil
		}
		return token{}, 0, errorAt(source, at, "expected an operator, found %q", word)
	}
	return token{kind: tokenName, text: word, offset: at}, size, nil
}

// ValidName reports whether a name can stand for a question or column: a letter or "_", then letters, digits, "_", "-"
// and ".".
func ValidName(name string) bool {
	if len(name) > 64 {
		return false
	}
	for i, r := range name {
		switch {
		case r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		case i > 0 && (r == '-' || r == '.' || r >= '0' && r <= '9'):
		default:
			return false
		}
	}
	return name != ""
}

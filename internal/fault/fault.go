// Package fault holds the one kind of error that a person gets to see.
//
// A [Fault] carries a stable reason code (security.md 6.5), the place it concerns and its cause. The sentence
// shown to a person is looked up in the text catalogue under "fault." + code, so that it exists in every
// language of the program; see [feltbok/internal/i18n.Texts.Sentence]. A Fault never carries an answer, a person's name or
// a secret.
package fault

import (
	"errors"
	"fmt"
)

// Fault is an error with a reason code that scripts and people may rely on.
type Fault struct {
	// Code is the stable reason code, for example "E-SIG" or "V-PASS". Never empty.
	Code string
	// Where names the file, place or field concerned; empty when the sentence needs none.
	Where string
	// Err is the cause, for diagnosis; may be nil.
	Err error
}

// New makes a Fault. where may be empty and err may be nil.
func New(code, where string, err error) *Fault {
	return &Fault{Code: code, Where: where, Err: err}
}

// Newf makes a Fault whose cause is a formatted text.
func Newf(code, where, format string, args ...any) *Fault {
	return &Fault{Code: code, Where: where, Err: fmt.Errorf(format, args...)}
}

// Error gives code, place and cause on one line, for diagnosis rather than for people.
func (f *Fault) Error() string {
	text := f.Code
	if f.Where != "" {
		text += ": " + f.Where
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Is reports whether target is a Fault with the same code, so that errors.Is(err, fault.New("E-SIG", "", nil)) holds.
func (f *Fault) Is(target error) bool {
	other, ok := target.(*Fault)
	return ok && other.Code == f.Code
}

// Of returns the outermost Fault in err's chain.
func Of(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// Code returns the reason code of the outermost Fault in err's chain, or "" when there is none.
func Code(err error) string {
	if f, ok := Of(err); ok {
		return f.Code
	}
	return ""
}

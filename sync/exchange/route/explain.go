package route

import (
	"errors"
	"io/fs"
	"path/filepath"

	"feltbok/internal/fault"
)

// Explain gives an error of a drive or folder the code that a person can act on: E-FULL without room, E-PROTECTED when it
// may not be written, E-PULLED when it is no longer there, else E-FILE. Faults stay as they are, and nil.
func Explain(folder string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.Of(err); ok {
		return err
	}
	code := "E-FILE"
	switch {
	case isAny(err, full):
		code = "E-FULL"
	case isAny(err, protected) || errors.Is(err, fs.ErrPermission):
		code = "E-PROTECTED"
	case isAny(err, pulled):
		code = "E-PULLED"
	}
	return fault.New(code, filepath.Base(folder), err)
}

func isAny[E error](err error, targets []E) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

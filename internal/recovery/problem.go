package recovery

import (
	"errors"
	"fmt"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
)

// Cause says what is wrong with a kit or a custodian's key. Each has a sentence of its own, "recovery.cause." + cause.
type Cause string

// The causes of R-KIT.
const (
	KitMissing       Cause = "kit-missing"       // no kit.json in the folder
	KitDamaged       Cause = "kit-damaged"       // kit.json is not what the program writes
	KitForeign       Cause = "kit-foreign"       // the kit holds another identity than kit.json says
	KitWorld         Cause = "kit-world"         // training and real
	FileMissing      Cause = "file-missing"      // a file that kit.json names is not there
	FileDamaged      Cause = "file-damaged"      // a file of the kit was changed or cut
	FileForeign      Cause = "file-foreign"      // a file of another kit, or for other custodians
	CustodianFew     Cause = "custodian-few"     // fewer custodians than the kit needs
	CustodianTwice   Cause = "custodian-twice"   // one key given for two custodians
	CustodianForeign Cause = "custodian-foreign" // a key that this kit does not know
	CustodianOther   Cause = "custodian-other"   // the key of another custodian of this kit
	CustodianUnknown Cause = "custodian-unknown" // a label that this kit does not know
	KeyUnreadable    Cause = "key-unreadable"    // a custodian's file holds no identity, or the typed text has an error
	KeyPassphrase    Cause = "key-passphrase"    // the passphrase of a custodian's file is wrong
)

// Problem is what is wrong with a kit, a file of it or a custodian's key.
type Problem struct {
	Cause Cause
	Name  string // the file or the custodian
	Err   error  // may be nil
}

// Error gives cause and name for diagnosis.
func (p *Problem) Error() string {
	if p.Err != nil {
		return fmt.Sprintf("%s %s: %v", p.Cause, p.Name, p.Err)
	}
	return fmt.Sprintf("%s %s", p.Cause, p.Name)
}

// Unwrap returns the cause in the technical sense.
func (p *Problem) Unwrap() error { return p.Err }

// problem makes the fault R-KIT.
func problem(cause Cause, name string, err error) *fault.Fault {
	return fault.New("R-KIT", name, &Problem{Cause: cause, Name: name, Err: err})
}

// Sentence says an error of this package in one sentence for a person: which file or custodian, and what to do.
func Sentence(t *i18n.Texts, err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return t.T("recovery.cause."+string(p.Cause), "Name", p.Name)
	}
	return t.Sentence(err)
}

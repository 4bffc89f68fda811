package simulation_test

import (
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// hqNode is headquarters' name in files.
const hqNode = trust.NodeHQ

// machine is one laptop or headquarters, open for one user. The full one is the program itself on a folder; the light one
// keeps its lines in memory and shares with the program what decides: lines, chains, intervals, merging.
type machine interface {
	// device and user who writes now, and the compartments that the user holds.
	device() uuid.UUID
	user() uuid.UUID
	holds(c domain.Compartment) bool
	// write saves one edit and names its line; ok is false when nothing differed. The save is acknowledged when it returns.
	write(e edit) (s *save, ok bool, err error)
	// persons lists the persons that the screen would offer, in a fixed order, removed ones too.
	persons() ([]person, error)
	// conflicts lists the fields to decide on, in a fixed order.
	conflicts() ([]conflict, error)
	// pack writes files for machines, named by node.
	pack(to []string) ([]*parcel, error)
	// take imports a file.
	take(p *parcel) (*taken, error)
	// read gives what the user sees of a compartment; nil when the user does not hold it.
	read(c domain.Compartment) (*reading, error)
	// sealed gives compartment sealed with the objects that the user is shown; nil when the user does not hold it.
	sealed() (*reading, error)
	// tally is a text that changes when anything is written, the audit log apart.
	tally() string
	// merged counts the own lines of a compartment that the machine takes as arrived in headquarters' register, and would let go.
	merged(c domain.Compartment) (int, error)
	// receipts are those kept, by device.
	receipts() (map[string]*trust.Receipt, error)
	// erase orders at headquarters that a case is destroyed.
	erase(caseID uuid.UUID) error
	// undo takes an import back at headquarters, or brings it in again; ok is false when there is none to choose.
	undo(choice uint32, again bool) (ok bool, err error)
	// image copies the folder as it is.
	image() (any, error)
	// backup copies the folder the way the program does.
	backup() (any, error)
	// goOn drops what is in memory without locking, and opens an image again; restored says that it came from a backup.
	goOn(image any, restored bool) error
	// change locks, and another user of the machine unlocks.
	change() error
	// killAfter arranges that an image is made at the n-th look at the clock from now; killed gives it, nil when the work
	// ended before.
	killAfter(n int)
	killed() any
	// twin opens an image beside the machine.
	twin(root string, image any) (machine, *ticking, error)
	drop()
}

// edit is what somebody writes at one object.
type edit struct {
	kind    domain.Type
	object  uuid.UUID
	caseID  uuid.UUID
	subject uuid.UUID
	values  map[string]string
	remove  *bool
	// seen are the writes that the screen stood on; nil means those of this moment.
	seen map[string][]oplog.Name
	// form is the question set that asked; empty for none. One that the receiver's program is too old for hides the line there.
	form string
	// reason is given when a conflict is decided.
	reason string
}

// save is one acknowledged write.
type save struct {
	by          *actor
	compartment domain.Compartment
	name        oplog.Name
	hash        [32]byte
	caseID      uuid.UUID
	object      uuid.UUID
	about       uuid.UUID // whom on its list a partner wrote of
	user        uuid.UUID
	texts       []string // what was written
	// away says that the author's machine was put back to a state without it; elsewhere, that another machine had it then.
	away, elsewhere bool
}

type person struct {
	id     uuid.UUID
	caseID uuid.UUID
	seen   map[string][]oplog.Name
	gone   bool
}

type conflict struct {
	kind   domain.Type
	object uuid.UUID
	caseID uuid.UUID
	field  string
}

// parcel is a file on its way.
type parcel struct {
	from    *actor
	to      []string
	path    string
	content any // of a light machine
	damaged bool
	serial  int
}

// taken is what an import said.
type taken struct {
	repeated bool
	waiting  []string
}

// ticking is the clock of one machine: the time of day, set wrong by an offset. Each look moves it by a millisecond.
type ticking struct {
	today  *time.Time
	offset time.Duration
	looks  int
	alarm  int
	ring   func()
}

func (t *ticking) Now() time.Time {
	t.looks++
	if t.alarm > 0 {
		t.alarm--
		if t.alarm == 0 && t.ring != nil {
			t.ring()
		}
	}
	return t.today.Add(t.offset + time.Duration(t.looks)*time.Millisecond)
}

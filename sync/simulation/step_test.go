package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind is what one step of a history does.
type kind int

const (
	stepWrite   kind = iota // a user writes fields of a person
	stepLook                // a user opens a person on the screen and leaves it open
	stepLate                // a user saves what was open on the screen, whatever came in since
	stepPerson              // a user makes a new person
	stepHealth              // a user writes a health note: compartment special
	stepSealed              // a user writes a sealed note
	stepRemove              // a user marks a person as removed, or takes that back
	stepDecide              // a user decides a conflict
	stepPack                // a machine writes a file for headquarters, a colleague or all
	stepCarry               // a file arrives somewhere
	stepCarryOn             // headquarters' newest file arrives where it should
	stepLose                // a file is lost for good
	stepDamage              // a damaged copy of a file arrives
	stepClock               // a clock is set wrong, or right again
	stepUser                // another user unlocks
	stepKill                // the next step of that machine is killed in the middle
	stepImage               // somebody copies a machine's folder
	stepPutBack             // a machine goes on from that copy
	stepRestore             // a machine goes on from a backup by the program
	stepClone               // the copy is started beside the machine
	stepErase               // headquarters erases a case
	stepUndo                // headquarters takes an import back
	stepRedo                // headquarters brings an import in again
	stepAttach              // a user puts a file into a case; from here on last, so that the other levels draw as before
	stepRoster              // headquarters puts people on the roster, takes them off it, or changes what a partner is told
	stepAnswer              // a partner writes what it may answer
	stepForge               // a partner's machine writes past every check what it may not
	kinds
)

var kindNames = [kinds]string{
	"write", "look", "late", "person", "health", "sealed", "remove", "decide", "pack", "carry", "carry-on", "lose", "damage", "clock",
	"user", "kill", "image", "put-back", "restore", "clone", "erase", "undo", "redo", "attach", "roster", "answer", "forge",
}

// weights say how often each kind is drawn.
type weights [kinds]int

// lightWeights leave out what only the program itself does.
var lightWeights = weights{
	stepWrite: 24, stepLook: 5, stepLate: 7, stepPerson: 2, stepHealth: 5, stepSealed: 3, stepRemove: 3, stepDecide: 6, stepPack: 17, stepCarry: 22,
	stepCarryOn: 4, stepLose: 3, stepDamage: 3, stepClock: 5, stepUser: 2, stepKill: 4, stepImage: 2, stepPutBack: 2, stepRestore: 1, stepClone: 1, stepErase: 1,
}

// fullWeights make what is rare less so, for fewer histories are played on the program itself.
var fullWeights = weights{
	stepWrite: 20, stepLook: 3, stepLate: 6, stepPerson: 2, stepHealth: 5, stepSealed: 3, stepRemove: 3, stepDecide: 4, stepPack: 18, stepCarry: 18,
	stepCarryOn: 8, stepLose: 3, stepDamage: 3, stepClock: 5, stepUser: 4, stepKill: 8, stepImage: 14, stepPutBack: 9, stepRestore: 6, stepClone: 5, stepErase: 2,
	stepUndo: 6, stepRedo: 3,
}

// filesWeights are fullWeights with attachments.
var filesWeights = func() weights {
	w := fullWeights
	w[stepAttach] = 14
	return w
}()

// partnerWeights are fullWeights with partners, and less of what they have no part in.
var partnerWeights = func() weights {
	w := fullWeights
	w[stepHealth], w[stepSealed], w[stepImage], w[stepWrite] = 1, 1, 10, 10
	w[stepRoster], w[stepAnswer], w[stepForge] = 12, 26, 4
	return w
}()

// step is one event. Its numbers are taken modulo what there is to choose from when it is played, so that a history stays
// playable when steps are taken out of it.
type step struct {
	serial  int // its place in the whole history, which names what it makes
	kind    kind
	at      uint32 // which machine
	a, b, c uint32
}

func (s step) String() string {
	return fmt.Sprintf("%3d %-8s at %d (%d %d %d)", s.serial, kindNames[s.kind], s.at, s.a, s.b, s.c)
}

// history is all that happens, made from a seed alone.
type history struct {
	seed    uint64
	devices int
	steps   []step
}

// newHistory draws a history of a level.
func newHistory(seed uint64, l level) *history {
	random := rand.New(rand.NewPCG(seed, 0x6665_6c74_626f_6b00))
	total := 0
	for _, w := range l.weights {
		total += w
	}
	h := &history{seed: seed, devices: 2 + random.IntN(l.most-1)}
	for i := range l.length + random.IntN(l.length+1) {
		s := step{serial: i, at: random.Uint32(), a: random.Uint32(), b: random.Uint32(), c: random.Uint32()}
		drawn := random.IntN(total)
		for drawn >= l.weights[s.kind] {
			drawn -= l.weights[s.kind]
			s.kind++
		}
		h.steps = append(h.steps, s)
	}
	return h
}

// only gives the history with the steps of the given serials.
func (h *history) only(serials map[int]bool) *history {
	cut := &history{seed: h.seed, devices: h.devices}
	for _, s := range h.steps {
		if serials[s.serial] {
			cut.steps = append(cut.steps, s)
		}
	}
	return cut
}

func (h *history) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d devices, %d steps\n", h.seed, h.devices, len(h.steps))
	for _, s := range h.steps {
		fmt.Fprintln(&b, " ", s)
	}
	return b.String()
}

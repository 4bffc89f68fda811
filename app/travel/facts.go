package travel

import "feltbok/app/ui/custody"

// facts is what the place shows, read in one go.
type facts struct {
	clearance clearance
	crossing  crossing
	alone     []custody.Weakness
}

// clearance is whether the machine may travel, and why not.
type clearance struct {
	clear   bool
	reasons []reason
	notes   []reason // to be looked after, without holding anything up
}

// reason is one thing that is missing: the last part of its text keys, what they say, and where to go for it ("" nowhere).
type reason struct {
	key  string
	args []any
	goTo string
}

// crossing is what headquarters has of the own work.
type crossing struct {
	parts   []part
	lost    int // own lines that a wipe loses
	waiting int // sealed files that somebody else waits for
	clear   bool
}

// part is one compartment: the own lines, and how many of them headquarters has merged. What is not held is not known.
type part struct {
	name        string
	own, merged int
	held        bool
	log         int // lines of the log that no file holds yet: looking at the machine writes it
}

package ui

import (
	"sync/atomic"

	"feltbok/internal/codelist"
)

// inUse gives the code lists of the workspace that is open.
var inUse atomic.Pointer[func() *codelist.Lists]

// UseLists says where the screens take code lists from; nil, while nothing is open, is the program's own. There is one window, and
// it shows one workspace at a time.
func UseLists(lists func() *codelist.Lists) {
	if lists == nil {
		inUse.Store(nil)
		return
	}
	inUse.Store(&lists)
}

// Lists are the code lists by which everything on screen is said: those of the workspace that is open, with what headquarters
// has issued.
func Lists() *codelist.Lists {
	if lists := inUse.Load(); lists != nil {
		return (*lists)()
	}
	return codelist.Shipped()
}

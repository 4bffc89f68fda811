package route

import (
	"context"
	"slices"
	"time"
)

// Watch looks at a route again and again until ctx ends, and calls changed with its packages: once at the beginning, and
// whenever they are others than before. One that comes later counts when two looks find it alike, so what another program is
// still copying is not offered. An error (a stick that was pulled out) is told once, and what is there again when it comes back.
//
// It looks instead of asking the system for news, because network folders and sticks do not send any.
func Watch(ctx context.Context, r Route, every time.Duration, changed func([]Found, error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var last, told []Found
	began, failed := false, false
	for {
		found, err := r.List(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failed {
				changed(nil, err)
			}
			failed, last, told = true, nil, nil
		default:
			settled := found
			if began && !failed {
				settled = slices.DeleteFunc(slices.Clone(found), func(f Found) bool { return !slices.Contains(last, f) && !slices.Contains(told, f) })
			}
			if !began || failed || !slices.Equal(settled, told) {
				changed(settled, nil)
				told = settled
			}
			failed, last = false, found
		}
		began = true
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
)

// Loop is the one way off the UI goroutine and back. Places never start goroutines of their own.
type Loop interface {
	// Go runs work elsewhere and then done on the UI goroutine, unless the loop was closed in between. The returned
	// function cancels work's context; done still runs, with the error that work makes of it.
	Go(work func(ctx context.Context) (any, error), done func(any, error)) (cancel func())
	// After runs f on the UI goroutine once d has passed, unless cancelled or closed before.
	After(d time.Duration, f func()) (cancel func())
	// Post runs f on the UI goroutine soon: for telling progress from within work.
	Post(f func())
	// Close cancels all work and drops every callback that has not run. Part of locking.
	Close()
}

// Run is Go with a typed result.
func Run[T any](l Loop, work func(ctx context.Context) (T, error), done func(T, error)) (cancel func()) {
	return l.Go(func(ctx context.Context) (any, error) { return work(ctx) }, func(result any, err error) {
		typed, _ := result.(T) // nil for an interface type or after an error
		done(typed, err)
	})
}

type liveLoop struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// NewLoop makes the Loop of the running program.
func NewLoop() Loop {
	ctx, cancel := context.WithCancel(context.Background())
	return &liveLoop{ctx: ctx, cancel: cancel}
}

func (l *liveLoop) Go(work func(ctx context.Context) (any, error), done func(any, error)) func() {
	ctx, cancel := context.WithCancel(l.ctx)
	go func() {
		defer cancel()
		result, err := work(ctx)
		fyne.Do(func() {
			if l.ctx.Err() == nil && done != nil {
				done(result, err)
			}
		})
	}()
	return cancel
}

func (l *liveLoop) After(d time.Duration, f func()) func() {
	ctx, cancel := context.WithCancel(l.ctx)
	timer := time.AfterFunc(d, func() {
		fyne.Do(func() {
			if ctx.Err() == nil {
				cancel()
				f()
			}
		})
	})
	context.AfterFunc(ctx, func() { timer.Stop() })
	return cancel
}

func (l *liveLoop) Post(f func()) {
	fyne.Do(func() {
		if l.ctx.Err() == nil {
			f()
		}
	})
}

func (l *liveLoop) Close() { l.cancel() }

// SyncLoop is a Loop for tests: work runs at once on the calling goroutine, and time passes only by Advance. Not safe for
// concurrent use.
type SyncLoop struct {
	now    time.Duration
	timers []*syncTimer
	closed bool
}

type syncTimer struct {
	due  time.Duration
	f    func()
	dead bool
}

// Go runs work and done before it returns.
func (l *SyncLoop) Go(work func(ctx context.Context) (any, error), done func(any, error)) func() {
	if l.closed {
		return func() {}
	}
	result, err := work(context.Background())
	if !l.closed && done != nil {
		done(result, err)
	}
	return func() {}
}

// After keeps f until Advance reaches its time.
func (l *SyncLoop) After(d time.Duration, f func()) func() {
	timer := &syncTimer{due: l.now + d, f: f}
	l.timers = append(l.timers, timer)
	return func() { timer.dead = true }
}

// Post runs f at once.
func (l *SyncLoop) Post(f func()) {
	if !l.closed {
		f()
	}
}

// Close drops every timer and ignores later calls.
func (l *SyncLoop) Close() { l.closed, l.timers = true, nil }

// Advance lets d pass: timers that come due run in the order of their times.
func (l *SyncLoop) Advance(d time.Duration) {
	end := l.now + d
	for {
		next := -1
		for i, timer := range l.timers {
			if timer.due <= end && (next < 0 || timer.due < l.timers[next].due) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		timer := l.timers[next]
		l.timers = append(l.timers[:next], l.timers[next+1:]...)
		l.now = max(l.now, timer.due)
		if !timer.dead {
			timer.f()
		}
	}
	l.now = end
}

// longest is how long a Debouncer waits at most while touches keep coming, so that somebody who types without a pause
// loses no more than the last second when the power goes (security.md 10.2).
const longest = 700 * time.Millisecond

// Debouncer calls a function once things have been quiet for a while, and every 700 ms while they are not: autosave while
// typing (security.md 4.6: drafts are committed operations). Use on the UI goroutine only.
type Debouncer struct {
	loop     Loop
	quiet    time.Duration
	f        func()
	cancel   func() // of the quiet time
	deadline func() // of the longest wait
}

// NewDebouncer makes a Debouncer; 300 ms is the program's usual quiet time.
func NewDebouncer(loop Loop, quiet time.Duration, f func()) *Debouncer {
	return &Debouncer{loop: loop, quiet: quiet, f: f}
}

// Touch starts the quiet time anew.
func (d *Debouncer) Touch() {
	if d.cancel != nil {
		d.cancel()
	}
	d.cancel = d.loop.After(d.quiet, d.Flush)
	if d.deadline == nil {
		d.deadline = d.loop.After(max(longest, d.quiet), d.Flush)
	}
}

// Flush calls the function now if a call is due.
func (d *Debouncer) Flush() {
	if d.cancel != nil {
		d.Stop()
		d.f()
	}
}

// Stop forgets a call that is due.
func (d *Debouncer) Stop() {
	if d.cancel != nil {
		d.cancel()
		d.deadline()
		d.cancel, d.deadline = nil, nil
	}
}

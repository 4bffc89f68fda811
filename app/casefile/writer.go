package casefile

import (
	"context"

	"feltbok/app/ui"
)

// write is one thing to store, and what to do when that has ended.
type write struct {
	do   func(ctx context.Context) error
	then func(error)
}

// writer stores one thing after the other, off the UI goroutine and in the order given: of two quick answers to one field the
// later one must win.
type writer struct {
	s       *ui.Session
	waiting []write
	// running is closed when the write that is under way has ended; nil when none is.
	running chan struct{}
}

func (w *writer) add(do func(ctx context.Context) error, then func(error)) {
	w.waiting = append(w.waiting, write{do, then})
	w.next()
}

func (w *writer) next() {
	if w.running != nil || len(w.waiting) == 0 {
		return
	}
	one := w.waiting[0]
	w.waiting = w.waiting[1:]
	ended := make(chan struct{})
	w.running = ended
	w.s.Saved(ui.SavedState{Stage: ui.Saving})
	ui.Run(w.s.Loop, func(ctx context.Context) (struct{}, error) {
		defer close(ended)
		return struct{}{}, one.do(context.WithoutCancel(ctx)) // what is typed is stored, whatever happens to the page
	}, func(_ struct{}, err error) {
		w.running = nil
		w.tell(one, err)
		w.next()
	})
}

func (w *writer) tell(one write, err error) {
	if err != nil {
		w.s.Saved(ui.SavedState{Stage: ui.NotSaved})
		w.s.Fault(err)
	} else {
		w.s.Saved(ui.SavedState{Stage: ui.SavedAt, At: w.s.Now()})
	}
	if one.then != nil {
		one.then(err)
	}
}

// flush stores all that waits before it returns: the page is being left, perhaps for locking.
func (w *writer) flush() {
	if w.running != nil {
		<-w.running
	}
	for len(w.waiting) > 0 {
		one := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.tell(one, one.do(context.Background()))
	}
}

package register

import (
	"context"
	"iter"
)

// headBatch is how many heads travel from the reading to the opening goroutine at a time.
const headBatch = 512

// readAhead reads rows in one goroutine and has them opened, in order, in the caller's. bytesOf points to the one slice in a
// row, which is valid for one step of the iteration only and is therefore copied.
func readAhead[T any](ctx context.Context, rows iter.Seq2[T, error], bytesOf func(*T) *[]byte, each func(*T) error) error {
	type batch struct {
		rows   []T
		memory []byte // what the slices of rows point into
		err    error
	}
	full, empty := make(chan *batch, 2), make(chan *batch, 3)
	for range cap(empty) {
		empty <- &batch{rows: make([]T, 0, headBatch)}
	}
	stop := make(chan struct{})
	go func() {
		defer close(full)
		b := <-empty
		for row, err := range rows {
			if err != nil {
				b.err = err
				break
			}
			slice := bytesOf(&row)
			from := len(b.memory)
			b.memory = append(b.memory, *slice...)
			*slice = b.memory[from:len(b.memory):len(b.memory)]
			if b.rows = append(b.rows, row); len(b.rows) < headBatch {
				continue
			}
			select {
			case full <- b:
			case <-stop:
				return
			}
			// All batches but two are with the caller at most, so that one comes back, unless the caller has stopped.
			select {
			case b = <-empty:
			case <-stop:
				return
			}
			b.rows, b.memory = b.rows[:0], b.memory[:0]
		}
		select {
		case full <- b:
		case <-stop:
		}
	}()
	// The reading goroutine uses the caller's transaction: it must have ended when this function returns.
	defer func() {
		close(stop)
		for range full {
		}
	}()
	for b := range full {
		for i := range b.rows {
			if err := each(&b.rows[i]); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		empty <- b
	}
	return nil
}

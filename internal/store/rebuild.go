package store

import "context"

// Placer writes the rows of a register that is made anew from another one.
type Placer interface {
	Writer
	// Place adds an operation with the number that it has, which must be above all that are there. [ErrKnown] if its row id
	// exists.
	Place(Operation) error
}

type placer struct{ *transaction }

func (p placer) Place(o Operation) error {
	if o.Seq > p.next {
		p.next = o.Seq
	}
	return p.Append(o)
}

// Rebuild is [Create] for the content of another register, in as many transactions as fill runs by update. The file gets
// its name when fill has ended without error; until then there is no register.
func Rebuild(ctx context.Context, dir string, fill func(update func(func(Placer) error) error) error) error {
	return create(ctx, dir, func(e *SQLite) error {
		return fill(func(fn func(Placer) error) error {
			return e.update(ctx, func(t *transaction) error { return fn(placer{t}) })
		})
	})
}

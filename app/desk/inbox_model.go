package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"feltbok/app/ui"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
)

// item is one file of the inbox with what is known of it. A file without plan and fault has not been looked at yet.
type item struct {
	file   route.Found
	plan   *exchange.Plan
	err    error
	result *exchange.Result
}

// look judges the file. It writes nothing.
func (i *item) look(ctx context.Context, ws *workspace.Workspace) error {
	plan, err := exchange.Preview(ctx, ws, i.file.Path)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	i.plan, i.err = plan, err
	return nil
}

// copies are what work off the UI goroutine changes, while the items themselves stay on screen; putBack brings them up to date.
func copies(items []*item) []*item {
	out := make([]*item, len(items))
	for n, i := range items {
		one := *i
		out[n] = &one
	}
	return out
}

func putBack(items, changed []*item) {
	for n, i := range items {
		*i = *changed[n]
	}
}

// ready reports whether the file can be taken in.
func (i *item) ready() bool {
	return i.err == nil && i.plan != nil && !i.plan.Repeated && i.result == nil
}

// verdict is the state of a file as level, icon and the last part of a text key.
func (i *item) verdict() (ui.Level, string, string) {
	switch {
	case i.err != nil:
		return ui.Error, "", "refused"
	case i.result != nil && !i.result.Repeated:
		return ui.Success, "", "taken"
	case i.plan == nil:
		return ui.Neutral, "clock", "unread"
	case i.plan.Repeated:
		return ui.Neutral, "ok", "repeated"
	case len(i.plan.Reasons) > 0:
		return ui.Warning, "", "partly"
	case i.plan.Conflicts > 0:
		return ui.Warning, "conflicts", "conflicts"
	}
	return ui.Success, "", "good"
}

// code is the reason code of a refused file.
func (i *item) code() string {
	if code := fault.Code(i.err); code != "" {
		return code
	}
	return "?"
}

// sentence says why the file was refused, speaking of the file and not of a line in it.
func (i *item) sentence(t *i18n.Texts) string {
	if f, ok := fault.Of(i.err); ok {
		return t.Sentence(fault.New(f.Code, i.file.Name, f.Err))
	}
	return t.Sentence(i.err)
}

// inOrder sorts files as they were made: by sender, then by number.
func inOrder(items []*item) []*item {
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.plan.From, b.plan.From), cmp.Compare(a.plan.Sequence, b.plan.Sequence))
	})
	return sorted
}

// takeAll takes files in one after the other. Each is judged again right before, because the one before it changed the register;
// one that is refused never keeps the others out (pains.md row 11). done is told after each file.
func takeAll(ctx context.Context, ws *workspace.Workspace, items []*item, done func(i *item)) error {
	for _, i := range inOrder(items) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := take(ctx, ws, i); err != nil {
			return err
		}
		done(i)
	}
	return nil
}

// take judges one file again and takes it in. The error is one that stops everything: the user stopped the work, or the register
// is locked; what is wrong with the file stands in the item.
func take(ctx context.Context, ws *workspace.Workspace, i *item) error {
	if err := i.look(ctx, ws); err != nil {
		return err
	}
	if i.err != nil || i.plan.Repeated {
		return nil
	}
	i.result, i.err = exchange.Import(ctx, ws, i.file.Path, i.plan)
	if errors.Is(i.err, context.Canceled) || fault.Code(i.err) == "V-LOCKED" {
		err := i.err
		i.err = nil
		return err
	}
	return nil
}

// waiting is a part that waits for a user with its ring.
type waiting struct {
	device string
	parts  []string
}

func readWaiting(ctx context.Context, ws *workspace.Workspace) ([]waiting, error) {
	status, err := exchange.StatusOf(ctx, ws)
	if err != nil {
		return nil, err
	}
	var out []waiting
	for _, d := range status.Devices {
		if len(d.Waiting) > 0 {
			parts := slices.Clone(d.Waiting)
			slices.Sort(parts)
			out = append(out, waiting{d.Alias, slices.Compact(parts)})
		}
	}
	return out, nil
}

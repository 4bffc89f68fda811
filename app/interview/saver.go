package interview

import (
	"context"
	"time"

	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// retryAfter is when a failed save is tried again without a new answer.
const retryAfter = 15 * time.Second

// saver stores what the session has taken, one save at a time, and says honestly how that goes.
type saver struct {
	loop    ui.Loop
	session *workspace.InterviewSession
	now     func() time.Time
	// say is told each stage; err is nil unless the stage is ui.NotSaved.
	say func(state ui.SavedState, err error)
	// stored is called after each save that succeeded.
	stored func()

	busy, more bool
	retry      func()
}

// kick begins to store; while a save runs it notes that another one is due.
func (v *saver) kick() {
	if v.busy {
		v.more = true
		return
	}
	if v.retry != nil {
		v.retry()
		v.retry = nil
	}
	if !v.session.Waiting() {
		return
	}
	v.busy = true
	v.say(ui.SavedState{Stage: ui.Saving}, nil)
	ui.Run(v.loop, func(ctx context.Context) (bool, error) { return true, v.session.Save(ctx) }, func(_ bool, err error) {
		v.busy = false
		v.told(err)
		if v.more {
			v.more = false
			v.kick()
		}
	})
}

// flush stores everything before it returns: at leaving and at lock.
func (v *saver) flush() error {
	if !v.session.Waiting() && !v.busy {
		return nil
	}
	err := v.session.Save(context.Background())
	v.told(err)
	return err
}

func (v *saver) told(err error) {
	if err != nil {
		v.say(ui.SavedState{Stage: ui.NotSaved}, err)
		v.retry = v.loop.After(retryAfter, func() { v.retry = nil; v.kick() })
		return
	}
	v.say(ui.SavedState{Stage: ui.SavedAt, At: v.now()}, nil)
	if v.stored != nil {
		v.stored()
	}
}

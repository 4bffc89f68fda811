package interview

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
)

// slowLoop keeps work back until the test lets it run: a disk that takes its time.
type slowLoop struct {
	ui.SyncLoop
	work []func()
	hold bool
}

func (l *slowLoop) Go(work func(context.Context) (any, error), done func(any, error)) func() {
	if !l.hold {
		return l.SyncLoop.Go(work, done)
	}
	l.work = append(l.work, func() { l.SyncLoop.Go(work, done) })
	return func() {}
}

func (l *slowLoop) run() {
	for len(l.work) > 0 {
		next := l.work[0]
		l.work = l.work[1:]
		next()
	}
}

// TestInterview_SlowDisk: answers given while a save is under way are stored after it, in their order, and nothing is
// stored twice or in another place.
func TestInterview_SlowDisk(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	s := shared.open(t, "nb", 1280, 800, id)
	slow := &slowLoop{hold: true}
	s.p.s.Loop, s.p.saver.loop = slow, slow
	s.to("languages")
	r := s.focus("literacy")
	r.in.focus.TypedRune('1')
	r.in.focus.TypedRune('3')
	if len(slow.work) != 1 {
		t.Fatalf("%d saves under way, want one at a time", len(slow.work))
	}
	if s.saved.Stage != ui.Saving {
		t.Errorf("the status line says %v while nothing is stored", s.saved.Stage)
	}
	s.to("identity")
	s.typeIn("name_called", "Mina")
	slow.Advance(autosave)
	slow.run()
	if got := s.stored("literacy", domain.SingletonID(woman, "literacy"), "literacy").Text(); got != "reads_only" {
		t.Errorf("literacy is %q", got)
	}
	record, err := shared.ws.Get(t.Context(), "person", woman)
	if err != nil || record.Text("name_called") != "Mina" || len(record.Conflicts()) != 0 {
		t.Errorf("name %q, conflicts %v, %v", record.Text("name_called"), record.Conflicts(), err)
	}
	literacy, err := shared.ws.Get(t.Context(), "literacy", domain.SingletonID(woman, "literacy"))
	if err != nil || len(literacy.Conflicts()) != 0 {
		t.Errorf("the interviewer disagrees with himself: %v, %v", literacy.Conflicts(), err)
	}
	if last, ok := s.p.session.LastPlace(); !ok || last.Path.Name != "name_called" {
		t.Errorf("the last place is %+v", last)
	}
	s.p.Leave()
}

// TestInterview_BirthDecidesWhatIsAsked: a corrected birth date brings the sections of a child, also while a save is
// under way, and the answer typed meanwhile stays where it was given (pains.md row 2).
func TestInterview_BirthDecidesWhatIsAsked(t *testing.T) {
	caseID, woman := shared.family(t)
	s := shared.open(t, "nb", 1280, 800, shared.start(t, caseID, woman))
	has := func(set string) bool {
		for _, at := range s.p.session.Sections() {
			if at.Set.ID == set {
				return true
			}
		}
		return false
	}
	if has("child") || !has("education") {
		t.Fatal("an adult is asked what a child is asked")
	}
	slow := &slowLoop{hold: true}
	s.p.s.Loop, s.p.saver.loop = slow, slow
	s.to("identity")
	s.p.answer(s.row("birth"), words("2012"))
	slow.work[0]() // stored; reading again is under way
	slow.work = slow.work[1:]
	s.p.answer(s.focus("sex"), words("male"))
	slow.run()
	if !has("child") || has("education") {
		t.Error("a child is asked what an adult is asked")
	}
	if at := s.p.session.Sections()[s.p.section]; at.Set.ID != "identity" {
		t.Errorf("the page on screen is %s", at.Set.ID)
	}
	if got := s.stored("person", woman, "sex").Text(); got != "male" {
		t.Errorf("the answer given meanwhile: %q", got)
	}
	s.p.Leave()
}

// TestInterview_ReviewedIsReadOnly: what headquarters has reviewed is shown and not changed.
func TestInterview_ReviewedIsReadOnly(t *testing.T) {
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	shared.review(t, id, caseID)
	shared.ws, shared.hq = shared.hq, shared.ws // looked at where the lead has reviewed it
	defer func() { shared.ws, shared.hq = shared.hq, shared.ws }()
	s := shared.open(t, "nb", 1280, 800, id).to("identity")
	chips := s.row("sex").in.object.(*ui.Chips)
	if !chips.Disabled() {
		t.Error("the chips can be changed")
	}
	if r := s.row("sex"); !r.ok.Hidden {
		t.Error("the row asks for confirmation")
	}
}

// TestInterview_FollowsTheClock: the minute passes without a touch, and the tick ends when the place is left.
func TestInterview_FollowsTheClock(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	before := s.p.header.clock.Words
	shared.mu.Lock()
	was := shared.now
	shared.now = shared.now.Add(106 * time.Minute)
	shared.mu.Unlock()
	defer func() { shared.mu.Lock(); shared.now = was; shared.mu.Unlock() }()
	s.loop.Advance(time.Minute)
	if s.p.header.clock.Words == before {
		t.Error("the clock stands still")
	}
	s.p.Leave()
	left := s.p.header.clock.Words
	shared.mu.Lock()
	shared.now = shared.now.Add(5 * time.Minute)
	shared.mu.Unlock()
	s.loop.Advance(time.Minute)
	if s.p.header.clock.Words != left {
		t.Error("the clock goes on after the place was left")
	}
}

// TestInterview_EmptyState: without any draft the place says what to do.
func TestInterview_EmptyState(t *testing.T) {
	test.NewTempApp(t)
	s := &screen{t: t, f: shared, loop: &ui.SyncLoop{}, window: test.NewTempWindow(t, nil)}
	p := New(&ui.Session{WS: shared.ws, Texts: i18n.For("nb"), Loop: s.loop, Window: s.window, Now: shared.Now, Go: func(place string, _ ...any) { s.went = place }})
	button := find[*ui.Button](p.Content(), func(b *ui.Button) bool { return b.Text != "" })
	if button == nil {
		t.Fatal("no way on")
	}
	test.Tap(button)
	if s.went != "caseload" {
		t.Errorf("led to %q", s.went)
	}
}

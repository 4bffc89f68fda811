package dayplan_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/dayplan"
	"feltbok/app/theme"
	"feltbok/internal/schedule"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

// screen is the place in a window of its own.
type screen struct{ *missiontest.Screen }

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	return &screen{missiontest.Open(t, ws, w, lang, dayplan.New, args...)}
}

// press hands keys to what has the keyboard.
func (s *screen) press(keys ...fyne.KeyName) {
	s.T.Helper()
	for _, key := range keys {
		focused := s.Window.Canvas().Focused()
		if focused == nil {
			s.T.Fatal("nothing has the keyboard")
		}
		focused.TypedKey(&fyne.KeyEvent{Name: key})
		s.Settle()
	}
}

// write hands letters to what has the keyboard at the time of each.
func (s *screen) write(text string) {
	s.T.Helper()
	for _, r := range text {
		s.Window.Canvas().Focused().TypedRune(r)
		s.Settle()
	}
}

func TestDayplan_Screens(t *testing.T) {
	hq := missiontest.HQ(t)
	for _, look := range missiontest.Looks {
		t.Run(look.Name, func(t *testing.T) {
			open(t, hq, look.Window(t), look.Lang).Check("dayplan", look)
		})
	}
}

// board is the slot that the keyboard is at, as a screen reader would say it.
func (s *screen) at() string {
	s.T.Helper()
	if focused, ok := s.Window.Canvas().Focused().(fyne.Accessible); ok {
		return focused.AccessibilityLabel()
	}
	s.T.Fatal("the board has not the keyboard")
	return ""
}

// plan reads the mission's plan from the workspace.
func (s *screen) plan() *schedule.Plan {
	s.T.Helper()
	p, err := schedule.Read(s.T.Context(), s.WS, missiontest.Plan.Mission)
	if err != nil {
		s.T.Fatal(err)
	}
	return p
}

// slot is the plan's slot of a case of the mission.
func (s *screen) slot(index int) schedule.Slot {
	s.T.Helper()
	var found schedule.Slot
	for _, one := range s.plan().Slots {
		if one.Case == missiontest.Plan.Cases[index].ID && (found.ID == uuid.Nil || one.Holds()) {
			found = one
		}
	}
	return found
}

func TestDayplan_Arrows(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	for _, step := range []struct {
		key  fyne.KeyName
		want string
	}{
		{"", "09:00–11:00  200-24C00001"},
		{fyne.KeyUp, "09:00–11:00  200-24C00001"},
		{fyne.KeyDown, "12:00–14:00  200-24C00003"},
		{fyne.KeyRight, "12:00–14:00  200-24-00004"},
		{fyne.KeyRight, "12:00–14:00  200-24-00004"},
		{fyne.KeyDown, "14:30–16:30  200-24-00006"},
		{fyne.KeyLeft, "14:30–16:30  200-24C00005"},
	} {
		if step.key != "" {
			s.press(step.key)
		}
		if got := s.at(); !strings.HasPrefix(got, step.want) {
			t.Fatalf("after %q: %q, want %q", step.key, got, step.want)
		}
	}
	s.press(fyne.KeyReturn)
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "casefile" || s.Told.Went[0].Args[0] != missiontest.Plan.Cases[4].ID {
		t.Errorf("Enter led to %v", s.Told.Went)
	}
	s.press(fyne.KeyPageDown)
	if !s.Says("I morgen, tirsdag 24. november") {
		t.Error("Page Down does not show the next day")
	}
	s.write("2")
	if !s.Says("intervjuer B") || s.Says("Rom 2") && strings.Contains(s.at(), "intervjuer") {
		t.Errorf("2 does not show interviewers: %q", s.at())
	}
	s.press(fyne.KeyHome)
	if !s.Says("I dag, mandag") {
		t.Error("Home does not lead to today")
	}
}

// TestDayplan_NoNames: the plan stands on walls.
func TestDayplan_NoNames(t *testing.T) {
	ws := missiontest.HQ(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	for _, one := range missiontest.Plan.Cases[:6] {
		file, err := ws.OpenCase(t.Context(), one.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, person := range file.Persons() {
			for _, field := range []string{"given_names", "family_name", "name_native_script"} {
				if name := person.Text(field); name != "" && s.Says(name) {
					t.Errorf("the plan shows %s of a person", field)
				}
			}
		}
	}
}

func TestDayplan_Move(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	before := s.slot(0)
	s.write("m")
	s.press(fyne.KeyDown, fyne.KeyDown, fyne.KeyRight)
	missiontest.Shoot(t, s.Window, "dayplan-moving")
	if !s.Says("Rommet er også satt opp") || !s.Says("Flytt med piltastene") {
		t.Error("what speaks against the place is not said while moving")
	}
	s.press(fyne.KeyEscape)
	if got := s.slot(0); got.Start != before.Start || got.Room != before.Room {
		t.Fatal("Escape moved the slot")
	}
	s.write("m")
	s.press(fyne.KeyDown, fyne.KeyDown, fyne.KeyRight, fyne.KeyReturn)
	after := s.slot(0)
	if after.ID != before.ID || after.Hours() != "09:30–11:30" || after.Room != "Rom 2" || after.Status != schedule.Planned {
		t.Fatalf("after moving: %s in %s, %s", after.Hours(), after.Room, after.Status)
	}
	missiontest.Shoot(t, s.Window, "dayplan-clash")
	if !strings.Contains(s.at(), "varsel") {
		t.Errorf("the board does not mark the clash: %q", s.at())
	}
	s.write("u")
	if back := s.slot(0); back.Hours() != before.Hours() || back.Room != before.Room {
		t.Errorf("after undo: %s in %s", back.Hours(), back.Room)
	}
}

func TestDayplan_NoShowAndNewTime(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	before := s.slot(0)
	s.write("x")
	missiontest.Shoot(t, s.Window, "dayplan-why")
	s.write("2") // transport
	missed := s.slot(0)
	if missed.Status != schedule.NoShow || missed.Reason != "transport" {
		t.Fatalf("after X: %s, %s", missed.Status, missed.Reason)
	}
	if !s.Says("Møtte ikke: Transport") {
		t.Error("the reason is not shown")
	}
	s.write("m")
	s.press(fyne.KeyPageDown, fyne.KeyDown, fyne.KeyReturn)
	later := s.slot(0)
	if later.ID == before.ID || later.Day() != "2026-11-24" || later.Hours() != "09:15–11:15" || later.Status != schedule.Planned {
		t.Fatalf("the new time is %s %s, %s", later.Day(), later.Hours(), later.Status)
	}
	old := s.plan().Slot(before.ID)
	if old.Status != schedule.Moved || old.Reason != "transport" || old.MovedTo != later.ID {
		t.Errorf("the old time says %+v", old)
	}
}

func TestDayplan_Partly(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	s.write("d")
	s.write("1")
	if got := s.slot(0); got.Status != schedule.Started || got.Part != "interviewed_present" || got.Began.IsZero() {
		t.Errorf("those present: %+v", got)
	}
	s.press(fyne.KeyDown)
	s.write("r")
	if got := s.slot(2); !got.Remote {
		t.Errorf("R: %+v", got)
	}
	s.write("c")
	s.write("1")
	if got := s.slot(2); got.Status != schedule.Cancelled || got.Reason != "ill" {
		t.Errorf("C: %+v", got)
	}
	s.write("p")
	if got := s.slot(2); got.Status != schedule.Planned || got.Reason != "" {
		t.Errorf("P: %+v", got)
	}
}

// TestDayplan_SpreadAndUndo: cancelled families and those that never had a time are placed in one step, and taken back in one.
func TestDayplan_SpreadAndUndo(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	s.write("c")
	s.write("1")
	if n := len(s.plan().Unscheduled()); n != 1 {
		t.Fatalf("%d families without a time", n)
	}
	slots := len(s.plan().Slots)
	s.write("f")
	missiontest.Shoot(t, s.Window, "dayplan-spread")
	if !s.Says("1 familie får tid") || !s.Says("200-24C00001") {
		t.Errorf("no preview: %q", missiontest.Words(s.Window.Canvas()))
	}
	if len(s.plan().Slots) != slots {
		t.Error("the preview wrote something")
	}
	missiontest.Button(t, s.Window.Canvas(), "Sett opp").OnTapped()
	s.Settle()
	if n := len(s.plan().Unscheduled()); n != 0 || len(s.plan().Slots) != slots+1 {
		t.Errorf("%d families without a time, %d slots", n, len(s.plan().Slots))
	}
	s.write("u")
	if n := len(s.plan().Unscheduled()); n != 1 {
		t.Errorf("after undo: %d families without a time", n)
	}
}

func TestDayplan_New(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	s.write("n")
	s.write("24C00001")
	s.press(fyne.KeyReturn)
	missiontest.Shoot(t, s.Window, "dayplan-new")
	if !s.Says("Familien er satt opp i 240 minutter") {
		t.Errorf("a second time for the family is not warned of: %q", missiontest.Words(s.Window.Canvas()))
	}
	missiontest.Button(t, s.Window.Canvas(), "Sett opp").OnTapped()
	s.Settle()
	got := s.plan().Slots
	added := got[len(got)-1]
	for _, one := range got {
		if one.Case == missiontest.Plan.Cases[0].ID && one.Hours() != "09:00–11:00" {
			added = one
		}
	}
	if added.Hours() != "16:45–18:45" || added.Room != "Rom 1" || added.Interviewer != missiontest.Plan.Staff[0].Card || added.Interpreter == "" {
		t.Errorf("added %+v", added)
	}
}

// TestDayplan_Interviewer: who does not plan may say how it went, and nothing else.
func TestDayplan_Interviewer(t *testing.T) {
	s := open(t, missiontest.Laptop(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	s.press(fyne.KeyDown, fyne.KeyDown)
	for _, letter := range []string{"m", "n", "f", "e"} {
		s.write(letter)
		if s.Says("Flytt med piltastene") || len(s.Window.Canvas().Overlays().List()) > 0 {
			t.Fatalf("%s does something for an interviewer", letter)
		}
	}
	if s.Says("Ny tid") {
		t.Error("an interviewer is offered a new slot")
	}
	s.write("x")
	s.write("1")
	if got := s.slot(4); got.Status != schedule.NoShow {
		t.Errorf("X: %+v", got)
	}
}

// TestDayplan_Drag: a slot is carried by the pointer to another time, and set down there; what is not on a slot scrolls.
func TestDayplan_Drag(t *testing.T) {
	s := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	var sheet fyne.Draggable
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if d, ok := o.(fyne.Draggable); ok {
			if _, tapped := o.(fyne.DoubleTappable); tapped {
				sheet = d
			}
		}
	})
	if sheet == nil {
		t.Fatal("nothing can be dragged")
	}
	before := s.slot(0)
	drag := func(x, from, to float32) {
		sheet.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, to)}, Dragged: fyne.NewDelta(0, to-from)})
		sheet.DragEnd()
		s.Settle()
	}
	hour := theme.Size(theme.SizeTouch) * 1.1
	drag(200, 1.5*hour, 1.5*hour+hour) // from half past nine, an hour down
	after := s.slot(0)
	if moved := after.Start.Sub(before.Start); moved < 30*time.Minute || moved > 90*time.Minute || after.Room != before.Room {
		t.Errorf("carried by an hour, the slot moved by %v to %s", moved, after.Room)
	}
	drag(200, 0.2*hour, 2*hour) // empty ground
	if again := s.slot(0); again.Start != after.Start {
		t.Error("a drag on empty ground moved a slot")
	}
}

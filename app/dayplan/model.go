package dayplan

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/schedule"
)

// axis is what the columns of the board stand for.
type axis string

const (
	byRoom        axis = "room"
	byInterviewer axis = "interviewer"
	byAgency      axis = "agency"
)

// The hours that the board shows even when nothing is planned in them.
const (
	morning = 8 * 60
	evening = 17 * 60
)

// column is one room, interviewer or agency with its slots of the day.
type column struct {
	// key is the room, the card or the agency; empty for slots that name none.
	key    string
	blocks []*block
}

// block is a slot on the board. Slots at the same time stand in lanes beside each other.
type block struct {
	slot        schedule.Slot
	from, to    int // minutes from the beginning of the day
	lane, lanes int
	problems    []domain.Problem
}

// worst is the gravest thing that was found; zero for nothing.
func (b *block) worst() (worst domain.Severity) {
	for _, p := range b.problems {
		worst = max(worst, p.Severity)
	}
	return worst
}

// warnings counts what is more than an information.
func (b *block) warnings() (n int) {
	for _, p := range b.problems {
		if p.Severity > domain.Information {
			n++
		}
	}
	return n
}

// model is the day on the board. It knows no widgets.
type model struct {
	plan  *schedule.Plan
	day   string // YYYY-MM-DD
	today string
	zone  *time.Location
	axis  axis

	columns  []column
	from, to int // minutes from midnight that the board shows

	at       uuid.UUID // the slot that the keyboard is at; zero for none
	col      int       // the column it is at
	moving   *schedule.Slot
	firstPut bool
}

// newModel makes the model of an empty day.
func newModel(now time.Time) *model {
	m := &model{axis: byRoom}
	m.put(&schedule.Plan{Limits: schedule.Usual}, now)
	m.firstPut = false
	return m
}

// put takes a plan anew. The day shown and the slot marked stay when they can.
func (m *model) put(plan *schedule.Plan, now time.Time) {
	m.plan = plan
	if m.zone == nil || len(plan.Slots) > 0 {
		m.zone = now.Location()
		if len(plan.Slots) > 0 {
			m.zone = plan.Slots[0].Start.Location()
		}
	}
	m.today = now.In(m.zone).Format(time.DateOnly)
	if !m.firstPut {
		m.firstPut = true
		m.day = m.nextDay()
	}
	m.arrange()
}

// nextDay is today when something is planned or the mission runs, else the next day with slots, else the mission's first.
func (m *model) nextDay() string {
	days := m.plan.Days()
	if slices.Contains(days, m.today) {
		return m.today
	}
	for _, day := range days {
		if day > m.today {
			return day
		}
	}
	switch {
	case m.plan.First != "" && m.today < m.plan.First:
		return m.plan.First
	case len(days) > 0 && m.plan.Last != "" && m.today > m.plan.Last:
		return days[len(days)-1]
	}
	return m.today
}

// step goes to the day before (-1) or after (+1).
func (m *model) step(by int) {
	if at, err := time.Parse(time.DateOnly, m.day); err == nil {
		m.day = at.AddDate(0, 0, by).Format(time.DateOnly)
		m.arrange()
	}
}

func (m *model) choose(a axis) {
	m.axis = a
	m.arrange()
}

// keyOf is the column in which a slot stands.
func (m *model) keyOf(s schedule.Slot) string {
	switch m.axis {
	case byInterviewer:
		if s.Interviewer == uuid.Nil {
			return ""
		}
		return s.Interviewer.String()
	case byAgency:
		return m.agencyOf(s)
	}
	return s.Room
}

func (m *model) agencyOf(s schedule.Slot) string {
	if s.Agency == "" {
		return schedule.Our
	}
	return s.Agency
}

// withKey is a slot as it stands in another column.
func (m *model) withKey(s schedule.Slot, key string) schedule.Slot {
	switch m.axis {
	case byInterviewer:
		s.Interviewer, _ = uuid.Parse(key)
	case byAgency:
		if s.Agency = key; key == schedule.Our {
			s.Agency = ""
		}
	default:
		s.Room = key
	}
	return s
}

// keys are the columns that the day has: those of the whole mission, so that a day's empty rooms are seen too.
func (m *model) keys() []string {
	var keys []string
	add := func(key string) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	switch m.axis {
	case byInterviewer:
		for _, who := range m.plan.Interviewers {
			if r := domain.Role(who.Role); r == domain.INT || r == domain.REM || r == domain.MLD {
				add(who.Card.String())
			}
		}
	case byAgency:
		for _, agency := range m.plan.Sequence {
			add(agency)
		}
		add(schedule.Our)
	default:
		var rooms []string
		for _, s := range m.plan.Slots {
			if s.Room != "" && !slices.Contains(rooms, s.Room) {
				rooms = append(rooms, s.Room)
			}
		}
		slices.Sort(rooms)
		for _, room := range rooms {
			add(room)
		}
	}
	for _, s := range m.slots() {
		if m.keyOf(s) != "" {
			add(m.keyOf(s))
		}
	}
	if len(keys) == 0 || slices.ContainsFunc(m.slots(), func(s schedule.Slot) bool { return m.keyOf(s) == "" }) {
		add("")
	}
	return keys
}

// shown is the plan with the slot that is being moved where it would come to stand.
func (m *model) shown() *schedule.Plan {
	if m.moving == nil {
		return m.plan
	}
	return m.plan.With(*m.moving)
}

// slots are those of the day, in order.
func (m *model) slots() []schedule.Slot {
	var day []schedule.Slot
	for _, s := range m.shown().Slots {
		if s.Start.In(m.zone).Format(time.DateOnly) == m.day {
			day = append(day, s)
		}
	}
	return day
}

// arrange puts the slots of the day into columns and lanes.
func (m *model) arrange() {
	plan := m.shown()
	m.from, m.to = morning, evening
	m.columns = nil
	for _, key := range m.keys() {
		m.columns = append(m.columns, column{key: key})
	}
	found := false
	for _, s := range m.slots() {
		b := &block{slot: s, from: m.minutes(s.Start), to: m.minutes(s.End), lanes: 1, problems: plan.Problems(s)}
		b.to = max(b.to, b.from+int(schedule.Step.Minutes()))
		m.from, m.to = min(m.from, b.from/60*60), max(m.to, (b.to+59)/60*60)
		at := slices.IndexFunc(m.columns, func(c column) bool { return c.key == m.keyOf(s) })
		m.columns[at].blocks = append(m.columns[at].blocks, b)
		if s.ID == m.at {
			m.col, found = at, true
		}
	}
	for i := range m.columns {
		lanes(m.columns[i].blocks)
	}
	m.col = min(m.col, len(m.columns)-1)
	if !found {
		m.at = uuid.Nil
		m.settle()
	}
}

// minutes from the beginning of the day shown.
func (m *model) minutes(at time.Time) int {
	midnight := schedule.Clock(0).On(m.day, m.zone)
	return int(at.Sub(midnight).Minutes())
}

// settle marks the first slot of the column, or else of the first column that has one.
func (m *model) settle() {
	for i := range m.columns {
		if blocks := m.columns[(m.col+i)%len(m.columns)].blocks; len(blocks) > 0 {
			m.col = (m.col + i) % len(m.columns)
			m.at = blocks[0].slot.ID
			return
		}
	}
}

// lanes gives slots that overlap lanes of their own. blocks are in the order of their beginning.
func lanes(blocks []*block) {
	for first := 0; first < len(blocks); {
		end, last := blocks[first].to, first+1
		for last < len(blocks) && blocks[last].from < end {
			end = max(end, blocks[last].to)
			last++
		}
		var ends []int // when each lane is free again
		for _, b := range blocks[first:last] {
			at := slices.IndexFunc(ends, func(free int) bool { return free <= b.from })
			if at < 0 {
				ends, at = append(ends, 0), len(ends)
			}
			ends[at], b.lane = b.to, at
		}
		for _, b := range blocks[first:last] {
			b.lanes = len(ends)
		}
		first = last
	}
}

// marked is the slot that the keyboard is at; nil when there is none.
func (m *model) marked() *block {
	for _, c := range m.columns {
		for _, b := range c.blocks {
			if b.slot.ID == m.at {
				return b
			}
		}
	}
	return nil
}

// mark goes to a slot.
func (m *model) mark(id uuid.UUID) {
	for i, c := range m.columns {
		for _, b := range c.blocks {
			if b.slot.ID == id {
				m.at, m.col = id, i
			}
		}
	}
}

// up goes to the slot before (-1) or after (+1) in the column.
func (m *model) up(by int) {
	blocks := m.column().blocks
	at := slices.IndexFunc(blocks, func(b *block) bool { return b.slot.ID == m.at }) + by
	if at >= 0 && at < len(blocks) {
		m.at = blocks[at].slot.ID
	}
}

func (m *model) column() column {
	if m.col < 0 || m.col >= len(m.columns) {
		return column{}
	}
	return m.columns[m.col]
}

// aside goes to the column at the left (-1) or right (+1), and there to the slot nearest in time; an empty column is passed.
func (m *model) aside(by int) {
	from := morning
	if b := m.marked(); b != nil {
		from = b.from
	}
	for col := m.col + by; col >= 0 && col < len(m.columns); col += by {
		blocks := m.columns[col].blocks
		if len(blocks) == 0 {
			continue
		}
		nearest := slices.MinFunc(blocks, func(a, b *block) int { return cmp.Compare(distance(a.from, from), distance(b.from, from)) })
		m.at, m.col = nearest.slot.ID, col
		return
	}
}

func distance(a, b int) int { return max(a-b, b-a) }

// lift begins to move the marked slot; false when there is none that can be moved.
func (m *model) lift() bool {
	b := m.marked()
	if b == nil || b.slot.Status == schedule.Done || b.slot.Status == schedule.Started || b.slot.Status == schedule.Moved {
		return false
	}
	s := b.slot
	m.moving = &s
	m.arrange()
	return true
}

// shift moves the slot in time.
func (m *model) shift(by time.Duration) {
	if m.moving != nil {
		m.moving.Start, m.moving.End = m.moving.Start.Add(by), m.moving.End.Add(by)
		m.day = m.moving.Start.In(m.zone).Format(time.DateOnly)
		m.arrange()
	}
}

// sideways moves the slot into the column at the left (-1) or right (+1).
func (m *model) sideways(by int) {
	if m.moving == nil || m.col+by < 0 || m.col+by >= len(m.columns) {
		return
	}
	*m.moving = m.withKey(*m.moving, m.columns[m.col+by].key)
	m.col += by
	m.arrange()
}

// drop ends the moving and returns the slot as it was and as it is to stand.
func (m *model) drop() (was, now schedule.Slot) {
	now = *m.moving
	was = *m.plan.Slot(now.ID)
	m.moving = nil
	return was, now
}

// back ends the moving and leaves the slot where it was.
func (m *model) back() {
	if m.moving == nil {
		return
	}
	m.moving = nil
	if was := m.plan.Slot(m.at); was != nil {
		m.day = was.Start.In(m.zone).Format(time.DateOnly)
	}
	m.arrange()
}

// free is the earliest time of the day, in a column, at which a family's usual time has room: for a new slot.
func (m *model) free(col int) schedule.Clock {
	length := int(m.plan.Limits.Usual.Minutes())
	for at := 9 * 60; at+length <= 24*60; at += int(schedule.Step.Minutes()) {
		taken := slices.ContainsFunc(m.columns[col].blocks, func(b *block) bool {
			return b.slot.Holds() && at < b.to+int(m.plan.Limits.Pause.Minutes()) && b.from < at+length
		})
		if !taken {
			return schedule.Clock(at)
		}
	}
	return 9 * 60
}

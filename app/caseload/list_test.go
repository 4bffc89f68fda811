package caseload

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.FixedZone("", 3*60*60))

func summaries(n int) []workspace.CaseSummary {
	cases := make([]workspace.CaseSummary, n)
	for i := range cases {
		cases[i] = workspace.CaseSummary{
			ID: uuid.New(), Number: fmt.Sprintf("200-24-%05d", i), Name: fmt.Sprintf("Mappe %d Testesen", (i*7919)%n), Persons: 1 + i%7,
			Status: domain.Statuses[i%3], Languages: []string{"swa"}, Written: now.Add(-time.Duration(i) * time.Minute),
		}
		if i%4 != 0 {
			start := now.AddDate(0, 0, i%5).Add(time.Duration(i%8) * time.Hour)
			cases[i].Slot = &workspace.SlotTime{Start: start.Format(time.RFC3339), Interviewer: fmt.Sprint("card", i%2)}
		}
	}
	return cases
}

func TestList_Sort(t *testing.T) {
	var l list
	l.put(summaries(40), []string{"card1"}, now)
	for _, key := range append([]sortKey{byRelevance}, sortKeys...) {
		for _, descending := range []bool{false, true} {
			l.sort(key, descending)
			if len(l.shown) != 40 {
				t.Fatalf("sorting by %s leaves %d of 40", key, len(l.shown))
			}
			for i := 1; i < len(l.shown); i++ {
				order := l.compare(l.shown[i-1], l.shown[i])
				if descending {
					order = -order
				}
				if order > 0 {
					t.Errorf("sorted by %q (descending %t): row %d is out of order", key, descending, i)
				}
			}
			if (key == bySlot || key == byRelevance) && !l.shown[39].start.IsZero() {
				t.Errorf("sorted by %q (descending %t): a case without a time does not come last", key, descending)
			}
		}
	}
}

// TestList_Safety: what needs most care comes first, the filter keeps what is not safe, and reading the cases again keeps what
// is known of them.
func TestList_Safety(t *testing.T) {
	var l list
	cases := summaries(6)
	l.put(cases, nil, now)
	var states []exchange.CaseState
	for i, state := range []exchange.State{exchange.StateMerged, exchange.StateInBundle, exchange.StateReturned, exchange.StateSealed, exchange.StateStored} {
		states = append(states, exchange.CaseState{Case: cases[i].ID, State: state})
	}
	l.putStates(states)
	l.put(cases, nil, now)
	l.sort(bySafety, false)
	var order []exchange.State
	for _, c := range l.shown {
		order = append(order, c.state)
	}
	want := []exchange.State{exchange.StateReturned, exchange.StateSealed, exchange.StateInBundle, exchange.StateStored, exchange.StateMerged, ""}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if _, away, _, _ := l.filters(); away != 3 {
		t.Errorf("%d away, want 3", away)
	}
	l.filter([]string{awayStill})
	if len(l.shown) != 3 {
		t.Errorf("the filter keeps %d, want 3", len(l.shown))
	}
	if cell := l.cell(i18n.For("nb"), now, 0, columnWritten); cell.Detail != "Kom i retur" {
		t.Errorf("cell %+v", cell)
	}
}

func TestList_Filter(t *testing.T) {
	var l list
	l.put(summaries(40), []string{"card1"}, now)
	mine, _, statuses, counts := l.filters()
	if len(statuses) != 3 {
		t.Fatalf("statuses met: %v", statuses)
	}
	for _, status := range statuses {
		l.filter([]string{string(status)})
		if len(l.shown) != counts[status] {
			t.Errorf("%s: %d rows, the filter says %d", status, len(l.shown), counts[status])
		}
	}
	l.filter([]string{mineToday})
	if len(l.shown) != mine || mine == 0 {
		t.Errorf("mine today: %d rows, the filter says %d", len(l.shown), mine)
	}
	wanted := l.shown[0].ID
	l.filter(nil)
	l.find([]workspace.Hit{{Type: "person", Case: wanted, Title: "Bok Testesen"}, {Type: "person", Case: wanted, Title: "Stol Testesen"}}, true)
	if len(l.shown) != 1 || l.hits[wanted].title != "Bok Testesen" {
		t.Errorf("a search shows %d rows, best hit %q", len(l.shown), l.hits[wanted].title)
	}
	l.find(nil, false)
	if len(l.shown) != 40 {
		t.Errorf("%d rows after the search ended", len(l.shown))
	}
}

// BenchmarkRow is what one row on screen costs, with 5,000 cases in the list.
func BenchmarkRow(b *testing.B) {
	var l list
	l.put(summaries(5000), nil, now)
	t := i18n.For("nb")
	for i := 0; b.Loop(); i++ {
		for column := columnNumber; column <= columnWritten; column++ {
			l.cell(t, now, i%5000, column)
		}
	}
}

// BenchmarkChoose is what one keystroke in the search or one filter costs beside the search itself.
func BenchmarkChoose(b *testing.B) {
	var l list
	l.put(summaries(5000), nil, now)
	for b.Loop() {
		l.choose()
	}
}

package exchange_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestImport_TwoAtOnce: two files are taken in at the same time. The machine knows of both afterwards: none of them stores what
// was known before the other.
func TestImport_TwoAtOnce(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	for round := range 3 {
		var files []string
		for i, m := range in.laptops {
			m.set(today.Add(time.Duration(round) * time.Hour))
			mustSet(t, m, target, map[string]domain.Answer{[]string{"birth_place", "father_name"}[i]: text(time.Duration(round).String())})
			files = append(files, mustExport(t, m, "hq").File)
		}
		begin, errs := make(chan struct{}), make([]error, len(files))
		var wait sync.WaitGroup
		for i, file := range files {
			wait.Go(func() {
				<-begin
				_, errs[i] = exchange.Import(context.WithoutCancel(t.Context()), in.hq.ws, file, nil)
			})
		}
		close(begin)
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if result := mustImport(t, in.hq, file); !result.Repeated {
				t.Errorf("round %d: a file that was taken in is not known", round)
			}
		}
	}
}

// TestImport_OlderTrustAtOnce: two files with newer directories come at the same time. The newest one stays.
func TestImport_OlderTrustAtOnce(t *testing.T) {
	in := mustInstall(t)
	a := in.laptops[0]
	var files []string
	for range 2 {
		if _, err := exchange.Renew(t.Context(), in.hq.ws, exchange.Renewal{Ceremony: in.ceremony()}); err != nil {
			t.Fatal(err)
		}
		files = append([]string{mustExport(t, in.hq, "laptop-a").File}, files...) // the newest first
	}
	want := in.hq.ws.Trust().Directory().Version
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, file := range files {
		wait.Go(func() { _, errs[i] = exchange.Import(context.WithoutCancel(t.Context()), a.ws, file, nil) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	a.as(t, 0)
	if got := a.ws.Trust().Directory().Version; got != want {
		t.Errorf("directory %d, want %d", got, want)
	}
}

// TestTurn_EndsWithItsContext: whoever waits for another import can be told to stop waiting, and nothing is taken in then.
func TestTurn_EndsWithItsContext(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	file := mustExport(t, in.laptops[0], "hq").File
	done, err := in.hq.ws.Turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := counts(t, in.hq)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := exchange.Import(ctx, in.hq.ws, file, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if after := counts(t, in.hq); after != before {
		t.Errorf("it wrote\n%s\nafter\n%s", after, before)
	}
	done()
	mustImport(t, in.hq, file)
}

package shell_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"feltbok/app/casefile"
	"feltbok/app/caseload/missiontest"
	"feltbok/app/interview"
	"feltbok/app/shell"
	"feltbok/app/ui"
	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

// objects are the numbers of the stored objects of the case compartment.
func objects(t *testing.T, db *sql.DB) (ids []int64) {
	t.Helper()
	rows, err := db.Query("SELECT rowid FROM object WHERE compartment=2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// spoil lets a function write objects at a machine and damages one of them: a disk that has rotted in one place.
func spoil(t *testing.T, m *exchangetest.Machine, write func()) {
	t.Helper()
	look := func(do func(*sql.DB)) {
		t.Helper()
		if err := m.WS.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", filepath.Join(m.Dir, "vault.db"))
		if err != nil {
			t.Fatal(err)
		}
		do(db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var before []int64
	look(func(db *sql.DB) { before = objects(t, db) })
	m.Unlock(t, 0)
	write()
	look(func(db *sql.DB) {
		for _, id := range objects(t, db) {
			if !slices.Contains(before, id) {
				if _, err := db.Exec("UPDATE object SET body=zeroblob(300) WHERE rowid=?", id); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatal("no object to spoil")
	})
}

// TestDamaged_TypingIsRefusedAloud walks the whole way with a damaged register: the passphrase finds it, it is opened for
// reading, and an answer typed into a case file and into an interview is refused with one sentence, stays in its field, and
// the header says that it is not stored.
func TestDamaged_TypingIsRefusedAloud(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	laptop := in.Laptops[0]
	mission := map[string]domain.Answer{"mission": exchangetest.Text(exchangetest.Mission.String())}
	caseID := exchangetest.Write(t, laptop, workspace.Target{Type: "case"}, mission).ID()
	woman := exchangetest.Write(t, laptop, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": exchangetest.Text("Test"), "birth": exchangetest.Text("1990"), "sex": exchangetest.Text("female"),
	}).ID()
	talk, err := laptop.WS.StartInterview(t.Context(), caseID, woman, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, laptop, func() { exchangetest.Write(t, laptop, workspace.Target{Type: "case"}, mission) })

	test.NewTempApp(t)
	window := test.NewTempWindow(t, nil)
	window.Resize(fyne.NewSize(1180, 760))
	var loops []*ui.SyncLoop
	var ws *workspace.Workspace
	sh := shell.New(shell.Options{
		Window: window, Dir: laptop.Dir, Look: ui.Look{Lang: "nb"},
		NewLoop: func() ui.Loop { loops = append(loops, &ui.SyncLoop{}); return loops[len(loops)-1] },
		Now:     func() shell.Instant { return shell.Instant{Wall: exchangetest.Today} },
		Watch:   func(func()) func() { return func() {} },
		Entries: []shell.Entry{
			{ID: "casefile", TitleKey: "shell.place.casefile", Icon: "casefile", Inner: true, Build: casefile.New},
			{ID: "interview", TitleKey: "shell.place.interview", Icon: "interview", Build: interview.New},
		},
		Unlock: func(ctx context.Context, dir, slot string, passphrase []byte, o workspace.Options) (opened *workspace.Workspace, err error) {
			o.Clock = clock.Func(laptop.Now)
			ws, err = workspace.Unlock(ctx, dir, slot, passphrase, o)
			return ws, err
		},
	})
	r := &rig{Shell: sh, window: window}
	sh.Start()
	t.Cleanup(func() { sh.Lock(shell.ByClosing) })
	pass := func(d time.Duration) {
		for _, loop := range loops {
			loop.Advance(d)
		}
	}

	r.typed(string(laptop.Passphrase()))
	r.key(fyne.KeyReturn)
	if sh.State() == shell.Open || !strings.Contains(screen(r), "En del av registeret er skadet") {
		t.Fatalf("state %v, the damage is not told:\n%s", sh.State(), screen(r))
	}
	r.typed(string(laptop.Passphrase()))
	r.key(fyne.KeyReturn)
	if sh.State() != shell.Open || !ws.ReadOnly() {
		t.Fatalf("state %v, not open for reading:\n%s", sh.State(), screen(r))
	}

	target := workspace.Target{Type: "person", ID: woman, Case: caseID}
	_, err = ws.Set(t.Context(), target, map[string]domain.Answer{"name_called": exchangetest.Text("x")})
	if fault.Code(err) != "V-SALVAGE" {
		t.Fatalf("a write gives %v, want V-SALVAGE", err)
	}
	sentence := i18n.For("nb").Sentence(err)
	refused := func(where string, field *ui.TextField) {
		t.Helper()
		for _, later := range []time.Duration{2 * time.Second, time.Minute} { // a minute later the save was tried again
			pass(later)
			shown := screen(r)
			if n := strings.Count(shown, sentence); n != 1 {
				t.Errorf("%s: the refusal stands %d times on screen:\n%s", where, n, shown)
			}
			if !strings.Contains(shown, "Ikke lagret") {
				t.Errorf("%s: the header does not say that it is not stored:\n%s", where, shown)
			}
			if field.Text != "Mina" {
				t.Errorf("%s: %q stands in the field, want what was typed", where, field.Text)
			}
		}
		record, err := ws.Get(t.Context(), "person", woman)
		if err != nil || record == nil || record.Text("name_called") != "" {
			t.Errorf("%s: the person is %v, %v; nothing may be stored", where, record, err)
		}
	}

	session, err := ws.Interview(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	section := slices.IndexFunc(session.Sections(), func(at workspace.Section) bool { return at.Set.ID == "identity" })
	sh.Go("interview", talk, workspace.Place{Section: section, Path: form.Path{Name: "name_called"}})
	r.typed("Mina")
	refused("interview", window.Canvas().Focused().(*ui.TextField))

	sh.Go("casefile", caseID, woman)
	pass(2 * time.Second)
	missiontest.Walk(window.Canvas(), func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && b.Label == i18n.For("nb").T("ui.close") {
			b.OnTapped() // the refusal of before
		}
	})
	if strings.Contains(screen(r), sentence) {
		t.Fatalf("the refusal cannot be dismissed:\n%s", screen(r))
	}
	field := textField(t, window.Canvas(), "Vil kalles")
	window.Canvas().Focus(field)
	r.typed("Mina")
	refused("case file", field)
}

// textField is the field below a label.
func textField(t *testing.T, c fyne.Canvas, label string) (found *ui.TextField) {
	t.Helper()
	missiontest.Walk(c, func(o fyne.CanvasObject) {
		field, ok := o.(*ui.Field)
		if !ok || found != nil {
			return
		}
		mine := false
		missiontest.WalkObject(field, func(inner fyne.CanvasObject) {
			switch inner := inner.(type) {
			case *ui.Text:
				mine = mine || inner.Words == label
			case *ui.TextField:
				if mine && found == nil {
					found = inner
				}
			}
		})
	})
	if found == nil {
		t.Fatalf("no field is called %q", label)
	}
	return found
}

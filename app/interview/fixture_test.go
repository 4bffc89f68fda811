package interview

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

var day = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// field is headquarters and a laptop, made once for all tests: opening a workspace costs a tenth of a second and more.
type field struct {
	dir, laptopDir string
	pass           []byte
	mu             sync.Mutex
	now            time.Time
	hq, ws         *workspace.Workspace
	mission        uuid.UUID
}

func (f *field) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(time.Millisecond)
	return f.now
}

func (f *field) pass2() []byte { return append([]byte(nil), f.pass...) }

var shared *field

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "interview")
	if err != nil {
		panic(err)
	}
	shared = &field{dir: dir, laptopDir: filepath.Join(dir, "laptop"), pass: []byte("eleven odd words to open the laptop"), now: day, mission: uuid.MustParse("01930000-0000-7000-8000-000000000001")}
	if err := shared.install(context.Background()); err != nil {
		panic(err)
	}
	code := m.Run()
	shared.ws.Close()
	shared.hq.Close()
	os.RemoveAll(dir)
	os.Exit(code)
}

func (f *field) install(ctx context.Context) error {
	keys := filepath.Join(f.dir, "keys")
	if _, err := exchange.InitRoot(keys, f.pass2(), true, day); err != nil {
		return err
	}
	hq := filepath.Join(f.dir, "hq")
	if _, err := exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: hq, Keys: keys, Passphrase: f.pass2(), Kit: filepath.Join(f.dir, "kit"), Alias: "HQ", Training: true, KDF: vault.TestKDF, Now: day,
		Users: []workspace.NewUser{{Alias: "H", Role: domain.HQS, Passphrase: f.pass2()}, {Alias: "P", Role: domain.DPO, Passphrase: f.pass2()}, {Alias: "M", Role: domain.MLD, Passphrase: f.pass2()}, {Alias: "D", Role: domain.ADM, Passphrase: f.pass2()}},
	}); err != nil {
		return err
	}
	var err error
	if f.hq, err = unlock(ctx, hq, f.pass2(), f); err != nil {
		return err
	}
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: f.laptopDir, Trust: filepath.Join(keys, "public"), Alias: "laptop-a", Role: domain.INT, User: "A", Passphrase: f.pass2(), KDF: vault.TestKDF, Now: day,
		Out: filepath.Join(f.dir, "request.feltbok"), Lang: "nb",
	})
	if err != nil {
		return err
	}
	pending, err := exchange.ReadRequest(ctx, f.hq, requested.File, "nb")
	if err != nil {
		return err
	}
	file, err := exchange.Approve(ctx, f.hq, pending, exchange.ApproveOptions{
		Keys: keys, Passphrase: f.pass2(), Mission: f.mission, Until: day.AddDate(0, 1, 0), Alias: "laptop-a", UserAlias: "A", Role: domain.INT,
		Words: requested.Words, Lang: "nb", Out: filepath.Join(f.dir, "enrol.feltbok"),
	})
	if err != nil {
		return err
	}
	if f.ws, err = unlock(ctx, f.laptopDir, f.pass2(), f); err != nil {
		return err
	}
	if err := exchange.Accept(ctx, f.ws, file); err != nil {
		return err
	}
	_, err = f.hq.Set(ctx, workspace.Target{Type: "mission", ID: f.mission, Mission: f.mission}, map[string]domain.Answer{
		"name": words("Uttak prøve"), "mission_code": words("2026-UGA-01"),
	})
	return err
}

func unlock(ctx context.Context, dir string, pass []byte, f *field) (*workspace.Workspace, error) {
	info, err := workspace.Peek(dir)
	if err != nil {
		return nil, err
	}
	return workspace.Unlock(ctx, dir, info.Users[0].Slot, pass, workspace.Options{Clock: clock.Func(f.Now)})
}

// relock closes the laptop and opens it again.
func (f *field) relock(t testing.TB) {
	t.Helper()
	if err := f.ws.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if f.ws, err = unlock(t.Context(), f.laptopDir, f.pass2(), f); err != nil {
		t.Fatal(err)
	}
}

func words(s string) domain.Answer { return domain.Answer{Value: s} }

func known(s string) domain.Answer {
	return domain.Answer{Value: s, Source: domain.FromRRF, Verification: domain.Unverified}
}

// family makes a case at headquarters with a woman and her daughter and sends it to the laptop.
func (f *field) family(t testing.TB) (caseID, woman uuid.UUID) {
	t.Helper()
	ctx := t.Context()
	set := func(target workspace.Target, answers map[string]domain.Answer) uuid.UUID {
		record, err := f.hq.Set(ctx, target, answers)
		if err != nil {
			t.Fatal(err)
		}
		return record.ID()
	}
	caseID = set(workspace.Target{Type: "case"}, map[string]domain.Answer{"unhcr_case_no": words("200-24C00001"), "status": words("scheduled"), "mission": words(f.mission.String())})
	household := set(workspace.Target{Type: "household", Case: caseID, Subject: caseID}, map[string]domain.Answer{})
	home := words(household.String())
	_ = home
	woman = set(workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": known("Test Amina"), "family_name": known("Mappe"), "birth": known("1990-03-21"), "sex": known("female"), "country_of_origin": known("COD"),
		"relation_to_pa": known("principal_applicant"), "mother_tongue": known("swa"),
	})
	set(workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": known("Test Lydia"), "family_name": known("Mappe"), "birth": known("2016"), "sex": known("female"), "relation_to_pa": known("daughter"),
	})
	f.send(t)
	return caseID, woman
}

// review takes an interview of the laptop through the lead's review, in the register of headquarters.
func (f *field) review(t testing.TB, id, caseID uuid.UUID) {
	t.Helper()
	ctx := t.Context()
	step := func(ws *workspace.Workspace, status string) {
		if _, err := ws.Set(ctx, workspace.Target{Type: "interview", ID: id, Case: caseID}, map[string]domain.Answer{"status": words(status)}); err != nil {
			t.Fatal(err)
		}
	}
	as := func(slot int) {
		if f.hq != nil {
			f.hq.Close()
		}
		info, err := workspace.Peek(filepath.Join(f.dir, "hq"))
		if err != nil {
			t.Fatal(err)
		}
		if f.hq, err = workspace.Unlock(ctx, filepath.Join(f.dir, "hq"), info.Users[slot].Slot, f.pass2(), workspace.Options{Clock: clock.Func(f.Now)}); err != nil {
			t.Fatal(err)
		}
	}
	step(f.ws, "ready_for_review")
	exported, err := exchange.Export(ctx, f.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Import(ctx, f.hq, exported.File, nil); err != nil {
		t.Fatal(err)
	}
	as(2)
	step(f.hq, "reviewed")
	as(0)
}

// send brings what headquarters has to the laptop.
func (f *field) send(t testing.TB) {
	t.Helper()
	exported, err := exchange.Export(t.Context(), f.hq, exchange.ExportOptions{To: []string{"laptop-a"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Import(t.Context(), f.ws, exported.File, nil); err != nil {
		t.Fatal(err)
	}
}

// screen is the place in a window of the test driver.
type screen struct {
	t      testing.TB
	f      *field
	pair   *Pair
	p      *Place // that has the keyboard when the place is opened
	loop   *ui.SyncLoop
	window fyne.Window
	faults []error
	saved  ui.SavedState
	went   string
}

func (f *field) open(t testing.TB, lang string, width, height float32, args ...any) *screen {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	return f.openIn(t, lang, width, height, args...)
}

func (f *field) openIn(t testing.TB, lang string, width, height float32, args ...any) *screen {
	t.Helper()
	s := &screen{t: t, f: f, loop: &ui.SyncLoop{}, window: test.NewTempWindow(t, nil)}
	s.pair = New(&ui.Session{
		WS: f.ws, Dir: f.laptopDir, Texts: i18n.For(lang), Loop: s.loop, Window: s.window, Now: f.Now,
		Go: func(place string, _ ...any) { s.went = place }, Notify: func(ui.Level, string) {}, Saved: func(state ui.SavedState) { s.saved = state },
		Fault: func(err error) { s.faults = append(s.faults, err) },
	}).(*Pair)
	s.p = s.pair.active
	s.window.SetPadded(false)
	s.window.SetContent(s.pair.Content())
	s.window.Resize(fyne.NewSize(width, height))
	s.pair.Enter(args...)
	s.p = s.pair.active
	t.Cleanup(func() { s.pair.Leave() })
	return s
}

// interview begins an interview with a woman, alone, and opens it.
func (f *field) interview(t testing.TB, lang string) (*screen, uuid.UUID) {
	t.Helper()
	caseID, woman := f.family(t)
	return f.open(t, lang, 1280, 800, f.start(t, caseID, woman)), woman
}

func (f *field) start(t testing.TB, caseID, person uuid.UUID) uuid.UUID {
	t.Helper()
	kind := "individual_adult"
	if person == uuid.Nil {
		kind = "household"
	}
	id, err := f.ws.StartInterview(t.Context(), caseID, person, kind)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// to opens the section of a set.
func (s *screen) to(set string) *screen {
	s.t.Helper()
	for i, at := range s.p.session.Sections() {
		if at.Set.ID == set {
			s.p.show(i, 0)
			return s
		}
	}
	s.t.Fatalf("no section %q", set)
	return s
}

// row finds a question on the page.
func (s *screen) row(name string) *row {
	s.t.Helper()
	for path, r := range s.p.page.rows {
		if path.Name == name {
			return r
		}
	}
	s.t.Fatalf("no question %q on the page", name)
	return nil
}

func (s *screen) focus(name string) *row {
	s.t.Helper()
	r := s.row(name)
	s.window.Canvas().Focus(r.in.focus)
	return r
}

func (s *screen) typeIn(name, text string) *row {
	s.t.Helper()
	r := s.focus(name)
	for _, letter := range text {
		r.in.focus.TypedRune(letter)
	}
	return r
}

// stored reads an answer from disk.
func (s *screen) stored(target domain.Type, id uuid.UUID, name string) domain.Answer {
	s.t.Helper()
	record, err := s.f.ws.Get(s.t.Context(), target, id)
	if err != nil {
		s.t.Fatal(err)
	}
	if record == nil {
		return domain.Answer{}
	}
	return record.Answer(name)
}

func (s *screen) answer(path form.Path) domain.Answer { return s.p.instance().Answer(path) }

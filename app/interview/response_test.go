package interview

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// arrival is a form as others make them: two languages, a cascade, a repeat inside a repeat, a text with an answer in it.
var arrival = map[string]string{
	"settings.csv": "form_title::English (en),form_title::French (fr),form_id,version,default_language\nArrival,Arrivée,arrival,1,English (en)\n",
	"choices.csv": "list_name,name,label::English (en),label::French (fr),county\n" +
		"county,north,North,Nord,\ncounty,south,South,Sud,\n" +
		"town,bodo,Bodø,Bodø (FR),north\ntown,narvik,Narvik,Narvik (FR),north\ntown,mandal,Mandal,Mandal (FR),south\n" +
		"means,bus,Bus,Bus (FR),\nmeans,train,Train,Train (FR),\n",
	"survey.csv": "type,name,label::English (en),label::French (fr),hint::English (en),guidance_hint::English (en),required,required_message::English (en),relevant,constraint,constraint_message::English (en),calculation,choice_filter,default,repeat_count\n" +
		"begin group,about,About you,De vous,,,,,,,,,,,\n" +
		"text,called,What are you called?,Comment vous appelez-vous ?,As friends say it,Ask before the papers are seen,yes,We must know this,,,,,,,\n" +
		"note,hello,Hello ${called}!,Bonjour ${called} !,,,,,${called} != '',,,,,,\n" +
		"integer,age,How old is ${called}?,Quel âge a ${called} ?,,,,,,. >= 0 and . < 120,Nobody is that old,,,,\n" +
		"integer,coldest,Coldest winter in degrees,Hiver le plus froid,,,,,,,,,,-5,\n" +
		"decimal,height,Height in metres,Taille,,,,,,,,,,,\n" +
		"end group,,,,,,,,,,,,,,\n" +
		"begin group,trip,The trip,Le voyage,,,,,,,,,,,\n" +
		"select_one county,county,Which county?,Quel comté ?,,,,,,,,,,,\n" +
		"select_one town,town,Which town?,Quelle ville ?,,,,,${county} != '',,,,county = ${county},,\n" +
		"select_one means or_other,means,How did you travel?,Comment ?,,,,,,,,,,,\n" +
		"time,left,When did you leave?,Quand ?,,,,,,,,,,,\n" +
		"dateTime,came,When did you come?,Arrivée quand ?,,,,,,,,,,,\n" +
		"calculate,double,Twice the age,Deux fois,,,,,,,,${age} * 2,,,\n" +
		"end group,,,,,,,,,,,,,,\n" +
		"integer,bags,How many bags?,Combien de sacs ?,,,,,,,,,,,\n" +
		"begin repeat,bag,Bag,Sac,,,,,,,,,,,${bags}\n" +
		"text,colour,Colour,Couleur,,,,,,,,,,,\n" +
		"begin repeat,thing,Thing,Chose,,,,,,,,,,,\n" +
		"text,what,What?,Quoi ?,,,,,,,,,,,\n" +
		"end repeat,,,,,,,,,,,,,,\n" +
		"end repeat,,,,,,,,,,,,,,\n",
}

// mustForm issues a form of tables at headquarters, about a type, and brings it to the laptop.
func (f *field) mustForm(t testing.TB, tables map[string]string, class domain.Class, subject domain.Type) {
	t.Helper()
	ctx := t.Context()
	folder := filepath.Join(t.TempDir(), "form")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range tables {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	as := func(slot int) {
		t.Helper()
		if err := f.hq.Close(); err != nil {
			t.Fatal(err)
		}
		info, err := workspace.Peek(filepath.Join(f.dir, "hq"))
		if err != nil {
			t.Fatal(err)
		}
		if f.hq, err = workspace.Unlock(ctx, filepath.Join(f.dir, "hq"), info.Users[slot].Slot, f.pass2(), workspace.Options{Clock: clock.Func(f.Now)}); err != nil {
			t.Fatal(err)
		}
	}
	as(3)
	set, err := f.hq.OpenForm(folder, form.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	object, _ := domain.ResponseType(class)
	if set, err = form.Addressed(set, object, subject); err != nil {
		t.Fatal(err)
	}
	p, err := f.hq.PrepareForm(set, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.hq.Publish(ctx, p); err != nil {
		t.Fatal(err)
	}
	as(0)
	f.send(t)
}

// changed gives tables with a setting or text in other words.
func changed(tables map[string]string, file string, old, now string) map[string]string {
	out := map[string]string{}
	for name, content := range tables {
		if name == file {
			content = strings.ReplaceAll(content, old, now)
		}
		out[name] = content
	}
	return out
}

// fill begins a form about somebody and opens it.
func (f *field) fill(t testing.TB, lang, id string, caseID, about uuid.UUID) (*screen, uuid.UUID) {
	t.Helper()
	response, err := f.ws.StartResponse(t.Context(), caseID, about, id)
	if err != nil {
		t.Fatal(err)
	}
	return f.open(t, lang, 1280, 800, response), response
}

func (s *screen) field(response uuid.UUID, name string) domain.Answer {
	s.t.Helper()
	record, err := s.f.ws.Response(s.t.Context(), response)
	if err != nil {
		s.t.Fatal(err)
	}
	return record.Answer(domain.QuestionField(name))
}

func (s *screen) sees(what string, yes bool, words ...string) {
	s.t.Helper()
	for _, word := range words {
		if strings.Contains(s.said(), word) != yes {
			s.t.Errorf("%s: %q on the page: %v", what, word, !yes)
		}
	}
}

// TestForm_FilledIn: a form that others made is filled in on the pages of an interview, in its own languages, and everything that it asks
// for works: texts with answers in them, cascades, limits, times, counted rows and rows inside rows, undo, going on and handing in.
func TestForm_FilledIn(t *testing.T) {
	caseID, woman := shared.family(t)
	shared.mustForm(t, arrival, domain.P2, "person")
	s, response := shared.fill(t, "nb", "arrival", caseID, woman)
	s.sees("in English by default", true, "What are you called?", "As friends say it", "Ask before the papers are seen", "Utgave 1", "Français", "-5")
	s.sees("hidden", false, "Hello", "Which town?", "Marker")

	s.typeIn("called", "Amina")
	s.p.commit()
	s.sees("with a name", true, "Hello Amina!", "How old is Amina?")
	s.typeIn("age", "130")
	s.p.commit()
	s.sees("beyond the limit", true, "Nobody is that old")
	s.p.undo()
	if got := s.field(response, "called").Text(); got != "Amina" {
		t.Errorf("stored %q", got)
	}
	if a := s.answer(form.Path{Name: "age"}); a.HasValue() {
		t.Errorf("after undo: %v", a.Value)
	}
	s.p.answer(s.row("age"), domain.Answer{Value: int64(36)})
	s.sees("in the limit", false, "Nobody is that old")

	// What people write is read; what cannot be read stays beside an empty answer and is said.
	for _, one := range []struct{ name, typed, stored string }{
		{"height", "1,7", "1.7"}, {"left", "6.45", "06:45"}, {"came", "3.11.2026 14:30", "2026-11-03T14:30:00+00:00"},
	} {
		s.typeIn(one.name, one.typed)
		s.p.commit()
		_ = s.p.saver.flush()
		if got := s.field(response, one.name).Text(); got != one.stored {
			t.Errorf("%s: %q is stored as %q", one.name, one.typed, got)
		}
	}
	s.p.answer(s.row("left"), domain.Answer{})
	s.typeIn("left", "late")
	s.p.commit()
	_ = s.p.saver.flush()
	if a := s.field(response, "left"); a.HasValue() || a.Reason != "late" {
		t.Errorf("words for a time: %+v", a)
	}
	s.sees("words for a time", true, s.p.t.T("form.wrong_type.clock"))

	// The cascade: towns follow the county.
	s.p.answer(s.row("county"), words("north"))
	s.sees("in the north", true, "Bodø", "Narvik")
	s.sees("in the north", false, "Mandal")
	s.p.answer(s.row("town"), words("bodo"))
	s.p.answer(s.row("county"), words("south"))
	s.sees("in the south", true, "Mandal")
	s.sees("in the south", false, "Narvik")
	if problems := s.p.instance().Problems(form.Path{Name: "town"}); len(problems) != 1 || problems[0].Rule != "not_offered" {
		t.Errorf("a town of the north in the south: %v", problems)
	}
	s.p.answer(s.row("town"), words("mandal"))
	s.p.answer(s.row("means"), words("other"))
	s.p.answer(s.row("means_other"), words("On foot"))
	s.sees("worked out", true, "Twice the age", "72")

	// As many bags as there are, and things inside them.
	s.p.answer(s.row("bags"), domain.Answer{Value: int64(2)})
	bags := s.p.instance().Rows("bag")
	if len(bags) != 2 {
		t.Fatalf("%d bags", len(bags))
	}
	list := s.p.page.repeats[form.Path{Name: "bag"}]
	if list == nil || !list.add.Hidden {
		t.Fatal("the form says how many bags there are, and one can be added")
	}
	list.show(bags[0], true)
	s.p.answer(s.row("colour"), words("red"))
	things := s.p.page.repeats[form.Path{Repeat: "bag", Row: bags[0], Name: "thing"}]
	for _, what := range []string{"shoes", "a book"} {
		things.addRow()
		s.p.answer(s.p.page.rows[form.Path{Repeat: "thing", Row: things.open, Name: "what"}], words(what))
	}
	list.show(bags[1], true)
	s.p.answer(s.p.page.rows[form.Path{Repeat: "bag", Row: bags[1], Name: "colour"}], words("blue"))
	s.sees("the first bag is closed", false, "shoes")

	// In the other language, and at once.
	chips := find[*ui.Chips](s.p.page.scroll, func(c *ui.Chips) bool { return slices.Equal(c.Chosen(), []string{"en"}) })
	if chips == nil {
		t.Fatal("no way to the other language")
	}
	chips.OnChosen([]string{"fr"})
	s.sees("in French", true, "Quel âge a Amina ?", "Mandal (FR)", "Arrivée")
	s.sees("in French", false, "How old")
	s.p.spoken = "en"

	// Left and opened again: nothing is lost, and what is missing is listed.
	s.p.Leave()
	shared.relock(t)
	s = shared.open(t, "nn", 1280, 800, response)
	s.p.jump(workspace.Place{Path: form.Path{Repeat: "thing", Row: s.p.instance().RowsIn("thing", bags[0])[1], Name: "what"}})
	if r := s.p.current(); r == nil || r.path.Name != "what" || s.answer(r.path).Text() != "a book" {
		t.Errorf("not at the second thing of the first bag: %v", r)
	}
	if got := len(s.p.instance().Rows("thing")); got != 2 {
		t.Errorf("%d things", got)
	}
	s.p.show(0, 0)
	s.p.answer(s.row("called"), domain.Answer{})
	s.p.showView(viewFinish)
	s.sees("something is missing", true, "Lever likevel", "What are you called?")
	s.p.backToQuestions()
	s.p.answer(s.row("called"), words("Test Amina"))
	s.p.showView(viewReadBack)
	s.sees("read back", true, "How old is Test Amina", "36", "a book", "On foot", "Mandal")
	s.p.showView(viewFinish)
	s.p.finish()
	s.sees("handed in", true, "Skjemaet er levert")
	if s.p.session.Status() != "ready_for_review" || !s.p.editable() || len(s.faults) != 0 {
		t.Errorf("status %q, faults %v", s.p.session.Status(), s.faults)
	}
	s.p.Leave()

	// A newer edition: what was begun stays with its own, and says so; a new one begins with it.
	shared.mustForm(t, changed(changed(arrival, "settings.csv", ",1,English", ",2,English"), "survey.csv", "What are you called?", "Your name?"), domain.P2, "person")
	s = shared.open(t, "nb", 1280, 800, response)
	s.sees("the older edition", true, "What are you called?", "begynt med utgave 1", "Utgave 2 gjelder for nye")
	s.p.Leave()
	newer, _ := shared.fill(t, "nb", "arrival", caseID, woman)
	newer.sees("the newer edition", true, "Your name?", "Utgave 2 av skjemaet")
	newer.p.Leave()

	// At headquarters it is the same.
	exported, err := exchange.Export(t.Context(), shared.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := exchange.Import(t.Context(), shared.hq, exported.File, nil); err != nil || len(result.Reasons) != 0 {
		t.Fatalf("%v, reasons %v", err, result.Reasons)
	}
	here, err := shared.ws.Interview(t.Context(), response)
	if err != nil {
		t.Fatal(err)
	}
	there, err := shared.hq.Interview(t.Context(), response)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range here.Instance(0).Definition().Flat() {
		for _, row := range append([]uuid.UUID{uuid.Nil}, here.Instance(0).Rows(item.Repeat)...) {
			path := form.Path{Row: row, Repeat: item.Repeat, Name: item.Name}
			if a, b := here.Instance(0).Answer(path), there.Instance(0).Answer(path); !sameAnswer(a, b) {
				t.Errorf("%s: %v on the laptop, %v at headquarters", item.Name, a, b)
			}
		}
	}
}

// TestForm_Special: a form on special matters leaves nothing on screen or among the pages that wait once it was left, and is neither read
// back nor marked to come back to after unlocking.
func TestForm_Special(t *testing.T) {
	caseID, woman := shared.family(t)
	tables := changed(arrival, "settings.csv", ",arrival,1,", ",harm,1,")
	shared.mustForm(t, tables, domain.P3, "person")
	interview := shared.start(t, caseID, woman)
	s := shared.open(t, "nb", 1280, 800, interview)
	response, err := shared.ws.StartResponse(t.Context(), caseID, woman, "harm")
	if err != nil {
		t.Fatal(err)
	}
	s.p.Enter(response)
	s.sees("whose it is", true, "Vises ikke for familien", "Test Amina Mappe")
	s.p.answer(s.row("called"), words(canary))
	s.p.showView(viewFinish)
	if facts := s.p.readBackFacts(nil); len(facts) != 0 || s.p.Bookmark() != nil {
		t.Errorf("read back %v, bookmark %v", facts, s.p.Bookmark())
	}
	left := s.p.page
	s.p.Enter(interview)
	s.sees("in the interview", false, canary)
	for _, words := range s.everywhere() {
		if strings.Contains(words, canary) {
			t.Error("the interview tells of it")
		}
	}
	if len(left.rows)+len(left.notes)+len(left.noted)+len(left.repeats)+len(left.stack.Objects) > 0 || len(s.p.pair.aside) > 0 {
		t.Error("its pages wait behind the interview")
	}
	s.p.Enter(response)
	s.p.Leave()
	s.sees("left", false, canary)
	if s.p.session != nil {
		t.Error("it stays open")
	}
	if got := s.field(response, "called").Text(); got != canary {
		t.Errorf("stored %q", got)
	}
}

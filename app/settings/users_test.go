package settings_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/ui/placetest"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// offered are the words of a generated passphrase on screen: badges that begin with a number.
func offered(st *placetest.Stage) (words []string) {
	for _, w := range st.Words() { // a badge, and the text inside it
		if number, word, ok := strings.Cut(w, "  "); ok && number == strconv.Itoa(len(words)+1) {
			words = append(words, word)
		}
	}
	return words
}

func slots(t *testing.T, m *exchangetest.Machine) (slots map[string]string) {
	t.Helper()
	info, err := workspace.Peek(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	slots = map[string]string{}
	for _, user := range info.Users {
		slots[user.Label] = user.Slot
	}
	return slots
}

func opens(t *testing.T, m *exchangetest.Machine, label string, passphrase string) error {
	t.Helper()
	m.WS.Close()
	ws, err := workspace.Unlock(t.Context(), m.Dir, slots(t, m)[label], []byte(passphrase), workspace.Options{})
	if err == nil {
		ws.Close()
	}
	return err
}

func TestUsers_ListSaysWhatEachReads(t *testing.T) {
	in := exchangetest.Install(t, "hq")
	st, _ := mustShow(t, in.HQ, "nb")
	for _, part := range []string{"H · Saksbehandler særlige behov", "P · Personvernombud", "Leser åpne opplysninger, lesing av loggen", "skjermede opplysninger", "feltbokctl vault users"} {
		if !st.Says(part) {
			t.Errorf("not on screen: %q\n%q", part, st.Words())
		}
	}
	if st.Button("Legg til bruker") != nil {
		t.Error("headquarters signs its people in with the keys of the installation")
	}
	if st.Button("Fjern H") != nil || st.Button("Fjern P") == nil {
		t.Error("one can remove others and never oneself")
	}
	st.NoFaults(t)
}

// TestUsers_AddedByKeyboard makes a user with the words offered, and the file and words for headquarters.
func TestUsers_AddedByKeyboard(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	a := in.Laptops[0]
	st, p := mustShow(t, a, "nb")
	st.Tap(t, "Legg til bruker")
	st.Window.Canvas().FocusNext() // from who to the label
	st.Type(t, "Z")
	before := offered(st)
	st.Tap(t, "Nye ord")
	words := offered(st)
	if len(words) < 5 || strings.Join(words, " ") == strings.Join(before, " ") {
		t.Fatalf("offered %q, then %q", before, words)
	}
	st.Tap(t, "Legg til")
	if !st.Says("Velg en minnepinne eller mappe først.") {
		t.Fatalf("without a folder: %q", st.Words())
	}
	folder := t.TempDir()
	p.UserDrives().Type(folder)
	st.Tap(t, "Legg til")
	if !st.Says("Dette er ikke den samme passfrasen.") {
		t.Fatalf("without typing the words again: %q", st.Words())
	}
	st.Type(t, strings.Join(words, "  "))
	st.Key(t, fyne.KeyReturn)
	st.NoFaults(t)
	files, _ := filepath.Glob(filepath.Join(folder, "*.feltbok"))
	toRead, err := exchange.RequestWords(a.WS, "nb")
	if err != nil || len(files) != 1 || !st.Says(filepath.Base(files[0])) || len(toRead) != 8 {
		t.Fatalf("files %q, words %q, %v, on screen %q", files, toRead, err, st.Words())
	}
	for _, word := range toRead {
		if !st.Says(word) {
			t.Errorf("the word %q to be read out is not on screen", word)
		}
	}
	if left := offered(st); len(left) != 0 {
		t.Errorf("the passphrase is still on screen: %q", left)
	}
	if p.HoldsSecret() {
		t.Error("the passphrase is still in the page")
	}
	st.Tap(t, "Lukk")
	if !st.Says("Z · Intervjuer") {
		t.Errorf("the new user is not in the list: %q", st.Words())
	}
	if err := opens(t, a, "Z", strings.Join(words, " ")); err != nil {
		t.Errorf("the new user cannot unlock: %v", err)
	}
}

func TestUsers_RemovedUserCannotUnlock(t *testing.T) {
	in := exchangetest.Install(t, "hq")
	st, _ := mustShow(t, in.HQ, "nb")
	st.Tap(t, "Fjern P")
	if !st.Says("Fjerne P fra maskinen?") || !st.Says("Nøklene til det dere begge leser, byttes med en gang.") {
		t.Fatalf("the question: %q", st.Words())
	}
	st.Key(t, fyne.KeyReturn) // the keyboard is at "no"
	if st.Button("Fjern P") == nil {
		t.Fatal("Enter alone removed the user")
	}
	st.Tap(t, "Fjern P")
	st.TapLast(t, "Fjern")
	st.NoFaults(t)
	if len(st.Notes) != 1 || !strings.Contains(st.Notes[0], "byttes når noen som leser dem, låser opp") {
		t.Errorf("what is left to do is not said: %q", st.Notes)
	}
	if !st.Says("Fjernet, nøkler venter") {
		t.Errorf("the list does not show what waits: %q", st.Words())
	}
	in.HQ.WS.Close()
	if slots(t, in.HQ)["P"] != "" {
		t.Error("the slot is still there")
	}
}

func TestPassphrase_OwnOneIsJudgedWhileTyping(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	a := in.Laptops[0]
	st, p := mustShow(t, a, "nb")
	st.Tap(t, "Bytt passfrasen min")
	st.Type(t, string(a.Passphrase()))
	st.Key(t, fyne.KeyReturn)               // to the choice
	st.Key(t, fyne.KeyRight, fyne.KeySpace) // an own one
	st.Window.Canvas().FocusNext()
	st.Type(t, "hest")
	if !st.Says("12 tegn for kort") {
		t.Fatalf("short: %q", st.Words())
	}
	st.Type(t, "hesthesthesthest")
	if !st.Says("For lett å gjette") {
		t.Fatalf("weak: %q", st.Words())
	}
	st.Tap(t, "Bytt passfrase")
	if err := a.WS.ChangePassphrase(t.Context(), a.Passphrase(), a.Passphrase(), a.WS.Cost()); err != nil {
		t.Fatalf("the passphrase was changed to a weak one: %v", err)
	}
	st.Key(t, fyne.KeyEscape)
	if p.HoldsSecret() || !st.Says("Legg til bruker") {
		t.Fatal("Escape did not forget and go back")
	}
	st.Tap(t, "Bytt passfrasen min")
	st.Type(t, string(a.Passphrase()))
	st.Key(t, fyne.KeyReturn)
	st.Key(t, fyne.KeyRight, fyne.KeySpace)
	st.Window.Canvas().FocusNext()
	own := "Kveldsmaten blir kald når grevlingen danser polka"
	st.Type(t, own)
	if !st.Says("God nok") {
		t.Fatalf("strong: %q", st.Words())
	}
	st.Key(t, fyne.KeyReturn)
	st.Type(t, own)
	st.Key(t, fyne.KeyReturn)
	st.NoFaults(t)
	if len(st.Notes) != 1 || p.HoldsSecret() {
		t.Fatalf("notes %q, secret held %v: %q", st.Notes, p.HoldsSecret(), st.Words())
	}
	if err := opens(t, a, "A", own); err != nil {
		t.Errorf("the new passphrase does not open: %v", err)
	}
	if err := opens(t, a, "A", string(a.Passphrase())); fault.Code(err) != "V-PASS" {
		t.Errorf("the old passphrase gives %v, want V-PASS", err)
	}
}

func TestPassphrase_WrongOldOneSaysSo(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	st, p := mustShow(t, in.Laptops[0], "nb")
	st.Tap(t, "Bytt passfrasen min")
	st.Type(t, "feil")
	words := offered(st)
	for range 3 {
		st.Window.Canvas().FocusNext()
	}
	st.Type(t, strings.Join(words, " "))
	st.Key(t, fyne.KeyReturn)
	if len(st.Faults) != 1 || fault.Code(st.Faults[0]) != "V-PASS" || !st.Says(st.Texts.Sentence(st.Faults[0])) || p.HoldsSecret() {
		t.Errorf("faults %v: %q", st.Faults, st.Words())
	}
}

// TestBackups_ListAndCheck makes copies, lists them, checks them with and without passphrase, and marks one as destroyed.
func TestBackups_ListAndCheck(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	a := in.Laptops[0]
	st, p := mustShow(t, a, "nb")
	if !st.Says("Ingen sikkerhetskopi er tatt herfra ennå.") {
		t.Fatalf("before the first: %q", st.Words())
	}
	folder := t.TempDir()
	p.Drives().Type(folder)
	st.Tap(t, "Ta sikkerhetskopi")
	st.NoFaults(t)
	if !st.Says("Den siste kopien er fra det siste døgnet.") || !st.Says("Gjelder") || !st.Says(filepath.Base(folder)) {
		t.Fatalf("after the first: %q", st.Words())
	}
	st.Tap(t, "Kontroller en kopi …")
	st.Key(t, fyne.KeyReturn) // without passphrase
	if !st.Says("er hel. Innholdet er ikke åpnet.") {
		t.Fatalf("the file alone: %q, faults %v", st.Words(), st.Faults)
	}
	st.Tap(t, "Kontroller en kopi …")
	st.Type(t, string(a.Passphrase()))
	st.Key(t, fyne.KeyReturn)
	if !st.Says("poster er åpnet og kontrollert.") {
		t.Fatalf("with the passphrase: %q, faults %v", st.Words(), st.Faults)
	}
	copies, _ := filepath.Glob(filepath.Join(folder, "*.db"))
	content, err := os.ReadFile(copies[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "cut.db"), content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	st.Tap(t, "Kontroller en kopi …")
	st.Window.Canvas().FocusPrevious()
	st.Key(t, fyne.KeyReturn)
	st.TapLast(t, "Kontroller")
	if len(st.Faults) == 0 {
		t.Errorf("half a copy passed: %q", st.Words())
	}
	st.Faults = nil
	if err := a.WS.Register().Rotate(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	st.Show(p)
	if !st.Says("Ødelegg eller bytt ut") {
		t.Fatalf("after a change of keys: %q", st.Words())
	}
	st.Tap(t, "Jeg har ødelagt den")
	st.NoFaults(t)
	if !st.Says("Ødelagt") || st.Says("Ødelegg eller bytt ut") {
		t.Errorf("after destroying it: %q", st.Words())
	}
}

// TestUsers_LanguagesAndSizes boots the forms in three languages, narrow and with the largest text.
func TestUsers_LanguagesAndSizes(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	for _, lang := range i18n.Languages {
		st, p := mustShow(t, in.Laptops[0], lang)
		for _, form := range []string{"", "settings.users.add", "settings.users.change"} {
			if form != "" {
				st.Tap(t, st.Texts.T(form))
			}
			for _, size := range []fyne.Size{{Width: 1024, Height: 600}, {Width: 480, Height: 560}} {
				st.Window.Resize(size)
				st.NoKeys(t)
			}
			if dir := os.Getenv("FELTBOK_PICTURES"); dir != "" {
				p.ScrollToUsers()
				st.Capture(t, dir+"/users-"+lang+"-"+form)
			}
			if form != "" {
				p.Leave()
			}
		}
		st.NoFaults(t)
	}
}

package machines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/machines"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// keysPassphrase is that of the keys of [exchangetest].
const keysPassphrase = "training words for the keys only"

func mustShow(t *testing.T, m *exchangetest.Machine, lang, folder string) (*placetest.Stage, *machines.Place) {
	t.Helper()
	st := placetest.New(t, m.WS, m.Dir, lang)
	p := machines.New(st.Session).(*machines.Place)
	st.Show(p)
	if folder != "" {
		p.Drives().Type(folder)
	}
	return st, p
}

// mustRequest lays the request of a third laptop into a folder and returns the words on its screen.
func mustRequest(t *testing.T, in *exchangetest.Installation, folder, lang string) (laptop string, words []string) {
	t.Helper()
	laptop = filepath.Join(in.Dir, "laptop-c")
	requested, err := exchange.Request(t.Context(), exchange.RequestOptions{
		Dir: laptop, Trust: filepath.Join(in.Dir, "keys", "public"), Alias: "laptop-c", Role: domain.INT, User: "X", Passphrase: []byte("eleven odd words to open laptop-c"),
		KDF: exchangetest.KDF, Now: exchangetest.Today, Out: filepath.Join(folder, "request.feltbok"), Lang: lang,
	})
	if err != nil {
		t.Fatal(err)
	}
	return laptop, requested.Words
}

// choose presses an option of the chips on screen.
func choose(t *testing.T, st *placetest.Stage, label string) {
	t.Helper()
	if !st.Choose(label) {
		t.Fatalf("no choice %q on screen: %q", label, st.Words())
	}
}

// TestApprove_WordsFirst: nothing can be filled in before the words are said to be equal, and an approval lets the machine in
// (security.md 8.4).
func TestApprove_WordsFirst(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	folder := t.TempDir()
	laptop, words := mustRequest(t, in, folder, "nb")
	exchangetest.Export(t, in.HQ, "laptop-a", folder) // a data package is no request
	st, p := mustShow(t, in.HQ, "nb", folder)
	if !st.Says("Ny maskin ") || !st.Says("Venter på svar") {
		t.Fatalf("the request does not show: %q", st.Words())
	}
	for _, word := range words {
		if !st.Says(word) {
			t.Errorf("the word %q of the machine's screen is not on this one: %q", word, st.Words())
		}
	}
	if st.Button("Godkjenn") != nil {
		t.Fatal("an approval is offered before the words are compared")
	}
	choose(t, st, "Ordene er ikke like")
	if !st.Says("Ikke godkjenn.") || st.Button("Godkjenn") != nil {
		t.Errorf("words that differ: %q", st.Words())
	}
	choose(t, st, "Ordene er like")
	if b := st.Button("Godkjenn"); b == nil || !b.Disabled() || !st.Says("Gi maskinen et navn.") {
		t.Fatalf("an empty form: %q", st.Words())
	}
	if !st.Says("22.12.2026") || !st.Says("2026-UGA-01 Uttak prøve") {
		t.Errorf("mission and its end are not proposed: %q", st.Words())
	}
	p.Fill("laptop-c", "X")
	p.Keys(filepath.Join(in.Dir, "keys"), "not these words at all")
	st.Tap(t, "Godkjenn")
	if !st.Says("Passfrasen åpner ikke nøklene") {
		t.Fatalf("a wrong passphrase: %q", st.Words())
	}
	p.Keys("", keysPassphrase)
	st.Tap(t, "Godkjenn")
	st.NoFaults(t)
	if !st.Says("laptop-c er godkjent.") {
		t.Fatalf("after the approval: %q", st.Words())
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.feltbok"))
	m := &exchangetest.Machine{Name: "laptop-c", Dir: laptop}
	m.SetNow(exchangetest.Today.Add(time.Hour))
	m.Unlock(t, 0)
	for _, file := range files {
		_ = exchange.Accept(t.Context(), m.WS, file) // one of them is the answer
	}
	if !exchange.Enrolled(m.WS) || m.WS.Me().Alias != "X" || m.WS.Me().DeviceAlias != "laptop-c" {
		t.Errorf("the machine is not let in: %+v", m.WS.Me())
	}
	st.Tap(t, "Lukk")
	if !st.Says("Godkjent før") {
		t.Errorf("the list still waits: %q", st.Words())
	}
}

// TestRequests_ForgedAndLanguage: a damaged request says so and offers nothing, and the words follow the language of the other
// screen.
func TestRequests_ForgedAndLanguage(t *testing.T) {
	in := exchangetest.Install(t, "hq")
	folder := t.TempDir()
	_, words := mustRequest(t, in, folder, "en")
	st, _ := mustShow(t, in.HQ, "nb", folder)
	if st.Says(words[0]) && st.Says(words[1]) && st.Says(words[2]) {
		t.Fatal("the words are English before that was chosen")
	}
	choose(t, st, "Engelsk")
	for _, word := range words {
		if !st.Says(word) {
			t.Errorf("the English word %q is missing: %q", word, st.Words())
		}
	}
	// Other words must be compared anew: what was answered for those before is gone.
	choose(t, st, "Ordene er like")
	choose(t, st, "Norsk")
	if st.Button("Godkjenn") != nil {
		t.Error("the answer for the English words counts for the Norwegian ones")
	}
	path := filepath.Join(folder, "request.feltbok")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-100] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	st, _ = mustShow(t, in.HQ, "nb", folder)
	if st.Says("Ordene er like") || st.Button("Godkjenn") != nil {
		t.Errorf("a damaged request can be approved: %q", st.Words())
	}
}

// TestWithdraw_TwoSteps: what it means is on screen before the keys are asked for, and then it holds (security.md 8.5).
func TestWithdraw_TwoSteps(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a", "laptop-b")
	a, b := in.Laptops[0], in.Laptops[1]
	target := workspace.Target{Type: "person", ID: in.Person, Case: in.Case}
	exchangetest.Write(t, a, target, map[string]domain.Answer{"birth_place": exchangetest.Text("Byen")})
	exchangetest.Send(t, a, "hq", in.HQ)
	exchangetest.Write(t, a, target, map[string]domain.Answer{"birth_place": exchangetest.Text("Landsbyen")})
	exchangetest.Send(t, a, b.Name, b)
	exchangetest.Send(t, b, "hq", in.HQ) // headquarters learns of the second line, and gets it too
	late := exchangetest.Export(t, a, "hq", t.TempDir())
	for _, m := range []*exchangetest.Machine{in.HQ, a, b} {
		m.SetNow(exchangetest.Today.Add(30 * time.Hour))
	}
	st, p := mustShow(t, in.HQ, "nb", "")
	p.Enter("device:" + a.WS.Me().Device.String())
	if !st.Says("laptop-a") || !st.Says("Sertifikat til") {
		t.Fatalf("the machine is not shown: %q", st.Words())
	}
	st.Tap(t, "Meld tapt eller sperr")
	if b := st.Button("Se hva det betyr"); b == nil || !b.Disabled() {
		t.Fatal("step 1 is over before a reason is given")
	}
	choose(t, st, "stjålet")
	st.Tap(t, "Se hva det betyr")
	for _, part := range []string{"Steg 2 av 2", "laptop-a, A", "Holdes tilbake", "linjer som er her", "laptop-b", "Det kan ikke gjøres om."} {
		if !st.Says(part) {
			t.Errorf("step 2 does not say %q: %q", part, st.Words())
		}
	}
	if b := st.Button("Sperr nå"); b == nil || !b.Disabled() {
		t.Fatal("it can be done without keys")
	}
	p.Keys(filepath.Join(in.Dir, "keys"), keysPassphrase)
	st.Tap(t, "Sperr nå")
	st.NoFaults(t)
	if !st.Says("laptop-a, A er sperret.") || !st.Says("Disse vet det ikke før de får en fil: laptop-b.") {
		t.Fatalf("afterwards: %q", st.Words())
	}
	if _, err := exchange.Import(t.Context(), in.HQ.WS, late, nil); err == nil {
		t.Error("a file of the withdrawn machine is taken in")
	}
	st.Tap(t, "Lag filer til dem")
	if len(st.Went) != 1 || st.Went[0] != "exchange" {
		t.Errorf("the button led to %v", st.Went)
	}
	// Which machine knows of it is on the page: by its own word only.
	p.Enter("device:" + b.WS.Me().Device.String())
	if !st.Says("Har ikke ny katalog") || !st.Says("er ikke sendt. Lag en fil til maskinen.") {
		t.Errorf("laptop-b is not said to be behind: %q", st.Words())
	}
	exchangetest.Send(t, in.HQ, b.Name, b)
	p.Enter("device:" + b.WS.Me().Device.String())
	if !st.Says("maskinen har ikke sagt at den har den") {
		t.Errorf("a file under way counts as arrived: %q", st.Words())
	}
	exchangetest.Send(t, b, "hq", in.HQ)
	p.Enter("device:" + b.WS.Me().Device.String())
	if !st.Says("Har den nyeste, nummer") || !st.Says("1 av 1 maskin har sagt") {
		t.Errorf("after its own word: %q", st.Words())
	}
}

// TestWithdraw_Oneself: nobody is offered to withdraw himself; a moment to come is refused in the form.
func TestWithdraw_Oneself(t *testing.T) {
	in := exchangetest.Install(t, "hq", "laptop-a")
	st, p := mustShow(t, in.HQ, "nb", "")
	p.Enter("user:" + in.HQ.WS.Me().User.String())
	if !st.Says("Dette er deg.") || st.Button("Sperr brukeren") != nil {
		t.Errorf("oneself: %q", st.Words())
	}
	p.Enter("user:" + in.Laptops[0].WS.Me().User.String())
	st.Tap(t, "Sperr brukeren")
	choose(t, st, "har sluttet")
	choose(t, st, "Et annet tidspunkt")
	st.Type(t, "22.11.2050 14:30")
	if b := st.Button("Se hva det betyr"); !b.Disabled() || !st.Says("Skriv dag og klokkeslett som har vært") {
		t.Errorf("a moment to come: %q", st.Words())
	}
	st.Key(t, fyne.KeyEscape)
	if st.Button("Se hva det betyr") != nil || !st.Says("Gjelder") {
		t.Errorf("Escape must take the form away: %q", st.Words())
	}
}

// TestSign_TwoPeople: where two must sign, an approval is laid out, the other one signs it here, and the answer is written then
// (security.md 8.2).
func TestSign_TwoPeople(t *testing.T) {
	in := exchangetest.Install(t, "hq")
	office, caseworker := in.Split(t)
	folder := t.TempDir()
	mustRequest(t, in, folder, "nb")
	st, p := mustShow(t, in.HQ, "nb", folder)
	choose(t, st, "Ordene er like")
	if !st.Says("To må skrive under") {
		t.Fatalf("not said before: %q", st.Words())
	}
	p.Fill("laptop-c", "X")
	p.Keys(office, keysPassphrase)
	st.Tap(t, "Godkjenn")
	st.NoFaults(t)
	if !st.Says("Din underskrift er på plass. Én til mangler.") {
		t.Fatalf("half signed: %q", st.Words())
	}
	st.Tap(t, "Underskrifter")
	if !st.Says("Venter på underskrift") || !st.Says("Kommisjonskatalog") {
		t.Fatalf("the draft is not listed: %q", st.Words())
	}
	st.Tap(t, "Skriv under …")
	p.Keys(caseworker, keysPassphrase)
	st.Tap(t, "Skriv under")
	st.NoFaults(t)
	if !st.Says("Alle har skrevet under") {
		t.Fatalf("signed by both: %q", st.Words())
	}
	st.Tap(t, "Ta i bruk")
	st.NoFaults(t)
	if !st.Says("Tatt i bruk") {
		t.Fatalf("taken: %q", st.Words())
	}
	p.Choose("requests")
	if !st.Says("Godkjent før") {
		t.Fatalf("the request is not known as approved: %q", st.Words())
	}
	choose(t, st, "Ordene er like")
	p.Keys(office, keysPassphrase)
	st.Tap(t, "Godkjenn")
	st.NoFaults(t)
	if !st.Says("laptop-c er godkjent.") {
		t.Errorf("the answer: %q", st.Words())
	}
}

// TestOtherRoles: a settlement caseworker, who lacks rings, sees the place too; a laptop's own user has no business there.
func TestOtherRoles(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	in.HQ.Unlock(t, 2)
	st, p := mustShow(t, in.HQ, "nb", "")
	p.Choose("members")
	st.NoFaults(t)
	if !st.Says("laptop-a") || st.Button("Meld tapt eller sperr") == nil {
		t.Errorf("a caseworker: %q", st.Words())
	}
	st.Tap(t, "Meld tapt eller sperr")
	st.NoFaults(t)
	if !st.Says("Sperre laptop-a") || !st.Says("Steg 1 av 2.") {
		t.Errorf("the form: %q", st.Words())
	}
}

// TestLanguagesAndSizes boots every view in three languages and two sizes.
func TestLanguagesAndSizes(t *testing.T) {
	in := exchangetest.Conflict.Copy(t, "hq")
	folder := t.TempDir()
	mustRequest(t, in, folder, "nb")
	pictures := os.Getenv("FELTBOK_SCREENS")
	for _, lang := range i18n.Languages {
		st, p := mustShow(t, in.HQ, lang, folder)
		for _, view := range []string{"requests", "members", "sign", "approval", "withdraw", "meaning"} {
			switch view {
			case "approval":
				p.Choose("requests")
				st.Choose(st.Texts.T("machines.words.equal"))
			case "withdraw":
				p.Choose("members")
				st.Tap(t, st.Texts.T("machines.withdraw.begin_machine"))
			case "meaning":
				st.Choose(st.Texts.T("trust.reason.lost"))
				st.Tap(t, st.Texts.T("machines.withdraw.next"))
			default:
				p.Choose(view)
			}
			for _, size := range []fyne.Size{{Width: 640, Height: 560}, {Width: 1280, Height: 800}} {
				st.Window.Resize(size)
				st.NoKeys(t)
			}
			if pictures != "" && lang == "nb" {
				st.Capture(t, filepath.Join(pictures, "machines-"+view))
			}
		}
		for _, key := range p.Shortcuts() {
			if strings.Contains(key.Text, "⟦") {
				t.Errorf("%s: %s", lang, key.Text)
			}
		}
		st.NoFaults(t)
	}
	st, _ := mustShow(t, in.HQ, "nb", "")
	if !st.Says("Velg en minnepinne eller mappe") {
		t.Errorf("without a folder: %q", st.Words())
	}
}

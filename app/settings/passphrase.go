package settings

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// The rule for an own passphrase is at least five words or sixteen characters that cannot be guessed (security.md 4.2).
const (
	fewestWords = 5
	fewestOwn   = 16
)

// newPassphrase lets somebody take the words that the program offers, or choose an own passphrase that passes the rule.
// Either way the passphrase is typed once more, so that nobody is locked out by words that were never read.
type newPassphrase struct {
	t     *i18n.Texts
	least int // words of a generated one; zero leaves it to the list of the language
	// OnSubmit is called for Enter in the last entry.
	OnSubmit func()

	way     *ui.Chips // offered or own
	words   []byte
	shown   *fyne.Container // the offered words, numbered
	offered *fyne.Container
	own     *ui.SecretEntry
	verdict *fyne.Container
	field   *ui.Field // around own
	again   *ui.SecretEntry
	repeat  *ui.Field // around again
	content *fyne.Container
}

const (
	wayOffered = "offered"
	wayOwn     = "own"
)

func makePassphrase(t *i18n.Texts, least int) *newPassphrase {
	n := &newPassphrase{t: t, least: least, shown: ui.Flow(theme.SizeGap), verdict: ui.Stack("")}
	n.way = one([]ui.Choice{{Code: wayOffered, Label: t.T("settings.passphrase.offered")}, {Code: wayOwn, Label: t.T("settings.passphrase.own")}}, wayOffered, func(code string) { n.choose(code) })
	other := ui.NewButton(t.T("settings.passphrase.new_words"), n.offer)
	n.offered = ui.Stack(theme.SizeGap, n.shown, ui.Row("", other, ui.Spacer()), ui.Muted(t.T("settings.passphrase.offered_note")))
	n.own = ui.NewSecretEntry(t.T("settings.passphrase.own_placeholder"))
	n.own.OnChange = n.judge
	n.field = ui.NewField(t.T("settings.passphrase.own_label"), ui.Stack(theme.SizeGapTight, n.own, n.verdict))
	n.field.SetHint(t.T("settings.passphrase.own_hint", "Count", fewestOwn))
	n.again = ui.NewSecretEntry(t.T("settings.passphrase.again_placeholder"))
	n.again.OnChange = func() { n.repeat.SetProblem(ui.Error, "") }
	n.repeat = ui.NewField(t.T("settings.passphrase.again"), n.again)
	n.own.OnSubmit = func() { ui.Focus(n.again) }
	n.again.OnSubmit = func() {
		if n.OnSubmit != nil {
			n.OnSubmit()
		}
	}
	n.content = ui.Stack(theme.SizeGapWide, n.way, n.offered, n.field, n.repeat)
	n.choose(wayOffered)
	return n
}

func (n *newPassphrase) choose(way string) {
	n.own.Clear()
	n.again.Clear()
	n.offered.Hidden, n.field.Hidden = way != wayOffered, way != wayOwn
	if way == wayOffered {
		n.offer()
	} else {
		n.hideWords()
		n.judge()
	}
	n.content.Refresh()
}

// offer shows other words, in the language of the program.
func (n *newPassphrase) offer() {
	n.hideWords()
	n.words = []byte(workspace.NewPassphrase(n.t.Lang(), n.least))
	for i, word := range strings.Fields(string(n.words)) {
		box := ui.NewPanel(theme.ColorNeutralTint, ui.Strong(strconv.Itoa(i+1)+"  "+word))
		box.Radius, box.Gap = "inputRadius", theme.SizeGap
		n.shown.Add(box)
	}
	n.again.Clear()
	n.content.Refresh()
}

func (n *newPassphrase) hideWords() {
	clear(n.words)
	n.words = nil
	n.shown.RemoveAll()
}

// judge says live what an own passphrase is worth.
func (n *newPassphrase) judge() {
	level, words := ui.Neutral, n.t.T("settings.passphrase.verdict_empty")
	n.own.Check(func(secret []byte) {
		switch err := workspace.CheckPassphrase(secret); {
		case len(secret) == 0:
		case err != nil && utf8.RuneCount(secret) < fewestOwn && len(bytes.Fields(secret)) < fewestWords:
			level, words = ui.Warning, n.t.N("settings.passphrase.verdict_short", fewestOwn-utf8.RuneCount(secret))
		case err != nil:
			level, words = ui.Warning, n.t.T("settings.passphrase.verdict_weak")
		default:
			level, words = ui.Success, n.t.T("settings.passphrase.verdict_good")
		}
	})
	n.verdict.Objects = []fyne.CanvasObject{ui.Row("", ui.NewBadge(level, "", words), ui.Spacer())}
	n.verdict.Refresh()
	n.field.Refresh()
}

// take hands over the passphrase, which the caller must clear, or says what is wrong and returns nil.
func (n *newPassphrase) take() []byte {
	again := n.again.Take()
	defer clear(again)
	var chosen []byte
	if len(n.words) > 0 {
		chosen = bytes.Clone(n.words)
		again = bytes.Join(bytes.Fields(again), []byte(" "))
		defer clear(again)
	} else {
		n.own.Check(func(secret []byte) { chosen = bytes.Clone(secret) })
		if err := workspace.CheckPassphrase(chosen); err != nil {
			clear(chosen)
			n.field.SetProblem(ui.Error, n.t.Sentence(fault.New("V-WEAK", "", nil)))
			ui.Focus(n.own)
			return nil
		}
		n.field.SetProblem(ui.Error, "")
	}
	if !bytes.Equal(again, chosen) {
		clear(chosen)
		n.repeat.SetProblem(ui.Error, n.t.T("settings.passphrase.differs"))
		ui.Focus(n.again)
		return nil
	}
	return chosen
}

// forget wipes everything.
func (n *newPassphrase) forget() {
	n.hideWords()
	n.own.Clear()
	n.again.Clear()
}

// first is what gets the keyboard.
func (n *newPassphrase) first() fyne.Focusable { return n.way }

func (n *newPassphrase) escape(f func()) {
	n.way.OnEscape, n.own.OnEscape, n.again.OnEscape = f, f, f
}

package settings

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// backup is one copy of the register that is on record (security.md 10.4).
type backup struct {
	id        string
	made      time.Time
	place     string
	replace   bool // older than an erasure or a removal: to be destroyed or replaced
	overdue   bool // for more than 30 days
	destroyed bool
}

// checked is what the check of a copy went through; opened is false when no passphrase was given.
type checked struct {
	opened              bool
	operations, objects int
}

// backupDoors is what the card asks of the workspace.
type backupDoors struct {
	list      func(ctx context.Context) ([]backup, error)
	destroyed func(ctx context.Context, id string) error
	check     func(ctx context.Context, file string, passphrase []byte) (checked, error)
}

// backupsShown is how many copies are listed; those that must go are always.
const backupsShown = 5

// backupList lists the copies with age and state.
type backupList struct {
	p     *Place
	doors backupDoors
	all   []backup // the newest first
	body  *fyne.Container
}

func newBackupList(p *Place, d backupDoors) *backupList {
	return &backupList{p: p, doors: d, body: ui.Stack(theme.SizeGap)}
}

// refresh reads the list again and shows it.
func (l *backupList) refresh() {
	ui.Run(l.p.s.Loop, l.doors.list, func(all []backup, err error) {
		if err != nil {
			l.p.s.Fault(err)
			return
		}
		slices.SortStableFunc(all, func(a, b backup) int { return b.made.Compare(a.made) })
		l.all = all
		l.show()
	})
}

func (l *backupList) show() {
	t := l.p.s.Texts
	l.body.RemoveAll()
	l.body.Add(ui.Strong(t.T("settings.copies")))
	l.body.Add(l.sentence())
	rows, more, replace := []ui.KeyValue{}, 0, false
	for _, b := range l.all {
		must := b.replace && !b.destroyed
		replace = replace || must
		if len(rows) >= backupsShown && !must {
			more++
			continue
		}
		rows = append(rows, ui.KeyValue{Key: b.made.Local().Format(t.T("exchange.layout.time")), Object: l.row(b)})
	}
	if len(rows) > 0 {
		l.body.Add(ui.KeyValues(rows...))
	}
	if more > 0 {
		l.body.Add(ui.Muted(t.N("settings.copies.more", more)))
	}
	if replace {
		l.body.Add(ui.Banner(ui.Warning, t.T("settings.copies.replace_note"), nil, nil))
	}
	l.body.Refresh()
	l.p.root.Refresh()
}

// sentence says how old the latest usable copy is.
func (l *backupList) sentence() fyne.CanvasObject {
	t := l.p.s.Texts
	for _, b := range l.all {
		if b.destroyed {
			continue
		}
		days := int(l.p.s.Now().Sub(b.made) / (24 * time.Hour))
		if days < 1 {
			return ui.Paragraph(t.T("settings.copies.today"))
		}
		return ui.Paragraph(t.N("settings.copies.old", days))
	}
	return ui.Paragraph(t.T("settings.copies.none"))
}

// row is the place and state of one copy, with a way to say that it is gone.
func (l *backupList) row(b backup) fyne.CanvasObject {
	t := l.p.s.Texts
	level, icon, key := ui.Success, "", "good"
	switch {
	case b.destroyed:
		level, icon, key = ui.Neutral, "remove", "destroyed"
	case b.overdue:
		level, key = ui.Error, "overdue"
	case b.replace:
		level, key = ui.Warning, "replace"
	}
	line := ui.Flow(theme.SizeGap, ui.Row("", ui.NewBadge(level, icon, t.T("settings.copies.state_"+key)), ui.Spacer()))
	if b.replace && !b.destroyed {
		line.Add(ui.NewQuiet("remove", t.T("settings.copies.destroyed_do"), func() { l.destroyed(b) }))
	}
	return ui.Stack(theme.SizeGapTight, ui.Paragraph(b.place), line)
}

func (l *backupList) destroyed(b backup) {
	ui.Run(l.p.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, l.doors.destroyed(ctx, b.id) }, func(_ struct{}, err error) {
		if err != nil {
			l.p.s.Fault(err)
			return
		}
		l.refresh()
	})
}

// askCheck asks which copy of the chosen folder is to be checked, and for the passphrase that opens it.
func (l *backupList) askCheck() {
	t, p := l.p.s.Texts, l.p
	var dialog *ui.Dialog
	cancel := ui.NewButton(t.T("ui.cancel"), func() { dialog.Close() })
	cancel.OnEscape = cancel.OnTapped
	files := copiesIn(p.drives.Path())
	if len(files) == 0 {
		content := ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("settings.copy.none")), ui.Row("", ui.Spacer(), cancel))
		dialog = ui.ShowDialog(p.s.Window, t.T("settings.copy.title"), 560, content, cancel, nil)
		return
	}
	choices := make([]ui.Choice, len(files))
	for i, file := range files {
		choices[i] = ui.Choice{Code: file, Label: filepath.Base(file)}
	}
	which := ui.NewPickEntry(t, func(text string, limit int) []ui.Choice {
		var found []ui.Choice
		for _, c := range choices {
			if len(found) < limit && strings.Contains(strings.ToLower(c.Label), strings.ToLower(text)) {
				found = append(found, c)
			}
		}
		return found
	})
	file := files[0]
	which.PutChoice(choices[0])
	passphrase := ui.NewSecretEntry(t.T("settings.passphrase.again_placeholder"))
	field := ui.NewField(t.T("settings.copy.passphrase"), passphrase)
	field.SetHint(t.T("settings.copy.passphrase_hint"))
	start := ui.NewPrimary(t.T("settings.copy.do"), func() {
		secret := passphrase.Take()
		dialog.Close()
		l.check(file, secret)
	})
	which.OnPick = func(c ui.Choice) {
		file = c.Code
		enable(start, file != "")
	}
	passphrase.OnSubmit = func() {
		if !start.Disabled() {
			start.OnTapped()
		}
	}
	which.OnEscape, passphrase.OnEscape, start.OnEscape = cancel.OnTapped, cancel.OnTapped, cancel.OnTapped
	content := ui.Stack(theme.SizeGapWide, ui.NewField(t.T("settings.copy.which"), which), field, ui.Row(theme.SizeGap, ui.Spacer(), cancel, start))
	dialog = ui.ShowDialog(p.s.Window, t.T("settings.copy.title"), 560, content, passphrase, func() { passphrase.Clear() })
}

// copiesIn lists the registers in a folder, the newest first. What a name says does not count; the check does.
func copiesIn(folder string) []string {
	if folder == "" {
		return nil
	}
	type file struct {
		path string
		at   time.Time
	}
	var files []file
	entries, _ := os.ReadDir(folder) // a folder that cannot be read has no copies to offer
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(entry.Name(), ".db") {
			files = append(files, file{filepath.Join(folder, entry.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return b.at.Compare(a.at) })
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.path
	}
	return paths
}

func (l *backupList) check(file string, passphrase []byte) {
	t, check := l.p.s.Texts, l.doors.check
	l.p.run(t.T("settings.copy.working"), func(ctx context.Context) (string, error) {
		defer clear(passphrase)
		found, err := check(ctx, file, passphrase)
		switch {
		case err != nil:
			return "", err
		case !found.opened:
			return t.T("settings.copy.file_whole", "File", filepath.Base(file)), nil
		}
		return t.T("settings.copy.whole", "File", filepath.Base(file), "Operations", found.operations, "Objects", found.objects), nil
	})
}

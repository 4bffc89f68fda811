package unlock

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
)

// empty says that there is no workspace here and how to get one, or why the one that is here cannot be looked into.
func (p *Place) empty(dir string, err error) fyne.CanvasObject {
	t := p.o.Texts
	if code := fault.Code(err); dir != "" && code != "" && code != "V-MISSING" && exists(dir) {
		again := ui.NewPrimary(t.T("unlock.again"), func() { p.look(dir); p.Enter() })
		head := ui.Row(theme.SizeGap, ui.NewIcon("warning", theme.ColorWarning), ui.Stretch(ui.Middle(ui.Subheading(t.T("unlock.cannot_title")))))
		return ui.Stack(theme.SizeGapWide, ui.Card(head, ui.Banner(ui.Error, t.Sentence(err), nil, nil), ui.Row("", again, ui.Spacer())), p.foot())
	}
	text := t.T("unlock.empty_text")
	if dir != "" {
		text = t.T("unlock.empty_here", "Dir", dir) + "\n\n" + text
	}
	parts := ui.EmptyState("folder", t.T("unlock.empty_title"), text, ui.NewPrimary(t.T("unlock.other_folder"), p.chooseFolder))
	return ui.Card(parts)
}

func exists(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// subfolders lists the folders of a folder that are not hidden, sorted.
func subfolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// chooseFolder offers the folders of the disk: a path to type, and a list to walk through. A folder that holds a workspace opens.
func (p *Place) chooseFolder() {
	t := p.o.Texts
	var dialog *ui.Dialog
	at := p.o.Dir
	if at == "" {
		if home, err := os.UserHomeDir(); err == nil {
			at = home
		}
	} else {
		at = filepath.Dir(at)
	}
	var rows []string // ".." first
	holds := map[string]bool{}
	path := ui.NewTextField(t.T("unlock.path"))
	problem := ui.Muted("")
	table := ui.NewTable([]ui.Column{{Title: t.T("unlock.folder"), Share: 1, Least: 180}, {Title: "", Least: 170}},
		func() int { return len(rows) },
		func(row, column int) ui.Cell {
			switch {
			case column == 0 && row == 0:
				return ui.Cell{Text: t.T("unlock.parent"), Muted: true}
			case column == 0:
				return ui.Cell{Text: rows[row]}
			case holds[rows[row]]:
				return ui.Cell{Badge: t.T("unlock.workspace"), Level: ui.Success}
			}
			return ui.Cell{}
		})
	take := func(dir string) {
		dialog.Close()
		p.look(dir)
		p.Enter()
	}
	walk := func(dir string) {
		names, err := p.o.Folders(dir)
		if err != nil {
			problem.SetText(t.T("unlock.unreadable", "Dir", dir))
			return
		}
		problem.SetText("")
		at = dir
		rows = append([]string{".."}, names...)
		clear(holds)
		for _, name := range names[:min(len(names), 200)] {
			if info, err := p.o.Peek(filepath.Join(dir, name)); err == nil && len(info.Users) > 0 {
				holds[name] = true
			}
		}
		path.Put(dir)
		table.Refresh()
		table.Mark(0)
	}
	table.OnOpen = func(row int) {
		switch {
		case row == 0:
			walk(filepath.Dir(at))
		case holds[rows[row]]:
			take(filepath.Join(at, rows[row]))
		default:
			walk(filepath.Join(at, rows[row]))
		}
	}
	path.OnDone = func() {
		dir := filepath.Clean(path.Text)
		if info, err := p.o.Peek(dir); err == nil && len(info.Users) > 0 {
			take(dir)
			return
		}
		walk(dir)
	}
	cancel := ui.NewButton(t.T("ui.cancel"), func() { dialog.Close() })
	path.OnEscape, cancel.OnEscape = func() { dialog.Close() }, func() { dialog.Close() }
	content := ui.Stack(theme.SizeGap, ui.NewField(t.T("unlock.path"), path), problem, tall{table}.object(), ui.Row(theme.SizeGap, ui.Spacer(), cancel))
	walk(at)
	dialog = ui.ShowDialog(p.o.Window, t.T("unlock.other_folder"), 620, content, path, nil)
}

package drivepick

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
)

// browse lets the user walk through the folders, beginning at the one chosen or at home.
func (p *Picker) browse() {
	t := p.s.Texts
	at := p.path
	if at == "" {
		at, _ = os.UserHomeDir()
	}
	var dialog *ui.Dialog
	var rows []string
	where, problem := ui.Strong(""), ui.Paragraph("")
	where.Wrap = true
	problem.Color = theme.ColorError
	problem.Hide()
	table := ui.NewTable([]ui.Column{{Title: t.T("exchange.drive.folders"), Share: 1}}, func() int { return len(rows) }, func(row, _ int) ui.Cell {
		if row == 0 {
			return ui.Cell{Text: t.T("exchange.drive.up"), Muted: true}
		}
		return ui.Cell{Text: rows[row]}
	})
	walk := func(dir string) {
		names, err := folders(dir)
		problem.Hidden = err == nil
		if err != nil {
			problem.SetText(t.Sentence(fault.New("E-FILE", filepath.Base(dir), err)))
			return
		}
		at, rows = dir, append([]string{".."}, names...)
		where.SetText(at)
		table.Refresh()
		table.Mark(0)
	}
	table.OnOpen = func(row int) {
		if row == 0 {
			walk(filepath.Dir(at))
			return
		}
		walk(filepath.Join(at, rows[row]))
	}
	choose := ui.NewPrimary(t.T("exchange.drive.take"), func() {
		dialog.Close()
		p.Type(at)
	})
	cancel := ui.NewButton(t.T("ui.cancel"), func() { dialog.Close() })
	choose.OnEscape, cancel.OnEscape = cancel.OnTapped, cancel.OnTapped
	walk(at)
	content := ui.Stack(theme.SizeGap, where, problem, container.New(tallLayout{}, table), ui.Row(theme.SizeGap, ui.Spacer(), cancel, choose))
	dialog = ui.ShowDialog(p.s.Window, t.T("exchange.drive.browse_title"), 560, content, table.Focusable(), nil)
}

// folders lists the folders in one that a person would look into, by name.
func folders(dir string) ([]string, error) {
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
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return names, nil
}

// tallLayout gives a list a height to scroll in.
type tallLayout struct{}

func (tallLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(fyne.NewSize(0, 6*theme.Size(theme.SizeTouch)))
}

func (tallLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

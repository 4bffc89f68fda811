package settings

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
)

// care is the backup, the check of the register, and the copies that there are.
func (p *Place) care() fyne.CanvasObject {
	t := p.s.Texts
	p.drives = drivepick.New(p.s, t.T("settings.backup.where"))
	p.drives.OnChoose = func(string) { p.enable() }
	p.backup = ui.NewPrimary(t.T("settings.backup.make"), p.makeBackup)
	p.check = ui.NewButton(t.T("settings.check.run"), p.runCheck)
	p.backups = newBackupList(p, backupsOf(p.s.WS))
	p.checkCopy = ui.NewButton(t.T("settings.copy.check"), p.backups.askCheck)
	p.working = ui.Muted("")
	p.stop = ui.NewButton(t.T("ui.cancel"), func() {
		if p.cancel != nil {
			p.cancel()
		}
	})
	p.work = ui.Row(theme.SizeGap, ui.NewIcon("saving", theme.ColorAccent), ui.Stretch(ui.Middle(p.working)), p.stop)
	p.work.Hide()
	p.result = ui.Stack(theme.SizeGap)
	p.enable()
	return ui.Card(ui.SectionHeader(t.T("settings.care"), t.T("settings.care.note")), p.drives, ui.Flow(theme.SizeGap, p.backup, p.checkCopy, p.check), p.work, p.result, p.backups.body)
}

func (p *Place) enable() {
	drive, known := p.drives.Drive()
	enable(p.backup, !p.running && p.drives.Path() != "" && !(known && drive.ReadOnly))
	enable(p.check, !p.running)
	enable(p.checkCopy, !p.running)
}

// run does long work and shows what came of it.
func (p *Place) run(words string, work func(ctx context.Context) (string, error)) {
	if p.running {
		return
	}
	p.running = true
	p.working.SetText(words)
	p.work.Show()
	p.enable()
	p.root.Refresh()
	cancel := ui.Run(p.s.Loop, work, func(done string, err error) {
		p.running, p.cancel = false, nil
		p.work.Hide()
		p.enable()
		switch {
		case errors.Is(err, context.Canceled):
			p.s.Notify(ui.Info, p.s.Texts.T("settings.stopped"))
		case err != nil:
			p.result.Objects = []fyne.CanvasObject{ui.Banner(ui.Error, p.s.Texts.Sentence(err), nil, nil)}
			p.s.Fault(err)
		default:
			p.result.Objects = []fyne.CanvasObject{ui.Banner(ui.Success, done, nil, nil)}
			p.backups.refresh()
		}
		p.result.Refresh()
		p.root.Refresh()
		p.drives.Look()
	})
	if p.running {
		p.cancel = cancel
	}
}

func (p *Place) makeBackup() {
	t, ws, folder := p.s.Texts, p.s.WS, p.drives.Path()
	place := placeName(folder)
	name := t.T("settings.backup.name", "Device", ws.Me().DeviceAlias, "Time", p.s.Now().Format("20060102-150405")) + ".db"
	p.run(t.T("settings.backup.working"), func(ctx context.Context) (string, error) {
		if _, err := ws.BackupTo(ctx, filepath.Join(folder, name), place); err != nil {
			return "", err
		}
		return t.T("settings.backup.done", "File", name, "Folder", folder), nil
	})
}

func (p *Place) runCheck() {
	t, ws := p.s.Texts, p.s.WS
	p.run(t.T("settings.check.working"), func(ctx context.Context) (string, error) {
		report, err := ws.Check(ctx)
		if err != nil {
			return "", err
		}
		return t.T("settings.check.done", "Operations", report.Operations, "Objects", report.Objects), nil
	})
}

// placeName is how the register of backups names where a copy lies: the stick or folder, not the way to it, which would
// tell others how this machine is set up.
func placeName(folder string) string { return filepath.Base(folder) }

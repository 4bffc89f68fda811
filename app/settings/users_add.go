package settings

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/domain"
)

// somebodyNew is the choice of a user whom headquarters does not know yet.
const somebodyNew = "new"

// fieldRoles work on the machines of a mission, courseRoles on those of the orientation course.
var (
	fieldRoles  = []domain.Role{domain.INT, domain.MLD, domain.REM}
	courseRoles = []domain.Role{domain.NCO, domain.NFA}
)

// addForm asks who is to use the machine, for a passphrase, and for the folder of the file to headquarters.
type addForm struct {
	c      *usersCard
	who    *ui.Chips
	label  *ui.TextField
	field  *ui.Field // around label
	roles  *ui.Chips
	fresh  *fyne.Container // what only a new user needs
	drives *drivepick.Picker
	folder *ui.Text // that no folder is chosen
}

// askAdd shows the form.
func (c *usersCard) askAdd() {
	t := c.p.s.Texts
	f := &addForm{c: c}
	choices := make([]ui.Choice, 0, len(c.users.candidates)+1)
	for _, known := range c.users.candidates {
		choices = append(choices, ui.Choice{Code: known.id, Label: known.label + " · " + ui.Lists().Label("role", string(known.role), t.Lang())})
	}
	choices = append(choices, ui.Choice{Code: somebodyNew, Label: t.T("settings.users.new")})
	f.who = one(choices, choices[0].Code, func(code string) { f.show(code) })
	f.label = ui.NewTextField(t.T("settings.users.label_placeholder"))
	f.label.OnEdit = func(string) { f.field.SetProblem(ui.Error, "") }
	f.field = ui.NewField(t.T("settings.users.label"), f.label)
	f.field.SetHint(t.T("settings.users.label_hint"))
	allowed := fieldRoles
	if role := c.p.s.WS.Me().Role; role == domain.NCO || role == domain.NFA {
		allowed = courseRoles
	}
	roles := make([]ui.Choice, len(allowed))
	for i, role := range allowed {
		roles[i] = ui.Choice{Code: string(role), Label: ui.Lists().Label("role", string(role), t.Lang())}
	}
	f.roles = one(roles, roles[0].Code, func(string) {})
	f.fresh = ui.Stack(theme.SizeGapWide, f.field, ui.NewField(t.T("settings.me.role"), f.roles))
	f.drives = drivepick.New(c.p.s, t.T("settings.users.folder"))
	f.drives.OnChoose = func(string) { f.folder.Hide() }
	f.folder = ui.Paragraph(t.T("settings.users.folder_first"))
	f.folder.Color = theme.ColorError
	f.folder.Hide()
	c.pass = makePassphrase(t, c.p.s.WS.Policy().Words)
	c.pass.OnSubmit = f.submit
	back := ui.NewButton(t.T("ui.cancel"), c.list)
	add := ui.NewPrimary(t.T("settings.users.add_do"), f.submit)
	for _, escape := range []*func(){&back.OnEscape, &add.OnEscape, &f.who.OnEscape, &f.label.OnEscape, &f.roles.OnEscape} {
		*escape = c.list
	}
	c.pass.escape(c.list)
	f.show(choices[0].Code)
	c.put(f.who, ui.Strong(t.T("settings.users.add")), ui.Muted(t.T("settings.users.add_note")), ui.NewField(t.T("settings.users.who"), f.who), f.fresh,
		c.pass.content, f.drives, f.folder, ui.Flow(theme.SizeGap, back, add))
	f.drives.Look()
}

func (f *addForm) show(code string) {
	f.fresh.Hidden = code != somebodyNew
	f.c.body.Refresh()
	f.c.card.Refresh()
}

// chosen is who is to be added; false when the label is missing.
func (f *addForm) chosen() (candidate, bool) {
	code := f.who.Chosen()[0]
	for _, known := range f.c.users.candidates {
		if known.id == code {
			return known, true
		}
	}
	label := strings.TrimSpace(f.label.Text)
	if label == "" {
		f.field.SetProblem(ui.Error, f.c.p.s.Texts.T("settings.users.label_first"))
		ui.Focus(f.label)
		return candidate{}, false
	}
	return candidate{label: label, role: domain.Role(f.roles.Chosen()[0])}, true
}

// submit makes the user and the file, then shows the words to read out.
func (f *addForm) submit() {
	c, t := f.c, f.c.p.s.Texts
	if c.busy {
		return
	}
	who, ok := f.chosen()
	if !ok {
		return
	}
	folder := f.drives.Path()
	if folder == "" {
		f.folder.Show()
		c.body.Refresh()
		c.card.Refresh()
		return
	}
	secret := c.pass.take()
	if secret == nil {
		return
	}
	var question asked
	c.work(t.T("settings.users.adding"), func(ctx context.Context) (err error) {
		defer clear(secret)
		question, err = c.doors.add(ctx, who, secret, folder)
		return err
	}, func() { c.showAsked(who, question) })
}

// showAsked says what to do with the file, and the words that prove at headquarters whose it is.
func (c *usersCard) showAsked(who candidate, question asked) {
	t := c.p.s.Texts
	c.words = true
	done := ui.NewPrimary(t.T("ui.close"), func() {
		c.list()
		c.refresh()
	})
	done.OnEscape = done.OnTapped
	c.put(done,
		ui.Banner(ui.Success, t.T("settings.users.added", "User", who.label), nil, nil),
		ui.Paragraph(t.T("settings.users.asked_file", "File", filepath.Base(question.file), "Folder", filepath.Base(filepath.Dir(question.file)))),
		ui.Strong(t.T("settings.users.asked_words")), ui.WordCards(question.words),
		ui.Paragraph(t.T("settings.users.asked_answer", "User", who.label)), ui.Row("", done, ui.Spacer()))
}

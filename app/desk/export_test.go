package desk

import (
	"feltbok/app/ui/drivepick"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange"
)

// Drives is the choice of folder.
func (b *Inbox) Drives() *drivepick.Picker { return b.drives }

// View goes to a view.
func (b *Inbox) View(view string) { b.view = view; b.put() }

// Length is the number of rows on screen.
func (b *Inbox) Length() int { return b.length() }

// OpenSender opens the first good file of a machine.
func (b *Inbox) OpenSender(alias string) {
	for row, i := range b.files {
		if i.plan != nil && i.plan.Sender == alias {
			b.table.OnOpen(row)
			return
		}
	}
}

// OpenImport opens the newest file of a machine that was taken in.
func (b *Inbox) OpenImport(alias string) {
	for row, e := range b.imports {
		if e.Sender == alias {
			b.table.OnOpen(row)
			return
		}
	}
}

// Reason chooses a ground of the question on screen.
func (b *Inbox) Reason(code string) {
	b.question.reasons.Put(code)
	b.question.reasons.OnChosen([]string{code})
}

// PutImport puts an import on screen.
func (b *Inbox) PutImport(e exchange.ImportEntry) {
	b.imports = []exchange.ImportEntry{e}
	b.View(viewImports)
}

// Question asks about the import on screen.
func (b *Inbox) Question(redo bool, plan *exchange.UndoPlan) {
	b.pose(b.turning(b.imports[0], redo, plan))
}

// Views presses the chip of a view.
func (b *Inbox) Views(view string) { b.views.OnChosen([]string{view}) }

// Hold puts a group of lines into the quarantine on screen.
func (b *Inbox) Hold(lines ...exchange.QuarantinedLine) {
	b.held = grouped(lines)
	b.View(viewQuarantine)
}

// Lift asks whether the lines on screen shall count.
func (b *Inbox) Lift() { b.one.OnTapped() }

// OpenRow opens a row of the view on screen.
func (b *Inbox) OpenRow(row int) { b.table.OnOpen(row) }

// CanDecide reports whether the button that decides is on.
func (c *Conflicts) CanDecide() bool { return !c.decide.Disabled() }

// Decide presses it, on or off.
func (c *Conflicts) Decide() { c.resolve() }

// Reason gives a reason.
func (c *Conflicts) Reason(chip, words string) {
	c.reasons.Put(chip)
	c.words.SetText(words)
}

// Deny shows the conflicts as to a role that may not write the fields.
func (c *Conflicts) Deny() {
	for _, one := range c.list {
		one.allowed = false
	}
	c.put()
}

// FieldLabel and TypeLabel are what people call fields and types.
func FieldLabel(t *i18n.Texts, typ domain.Type, field string) string {
	return fieldLabel(t, typ, field)
}
func TypeLabel(t *i18n.Texts, typ domain.Type) string { return typeLabel(t, typ) }

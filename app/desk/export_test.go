package desk

import (
	"feltbok/app/ui/drivepick"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
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

// Hold puts a group of lines into the quarantine on screen.
func (b *Inbox) Hold(device, code, part string, count int) {
	b.held = []held{{device: device, code: code, parts: []string{part}, count: count}}
	b.View(viewQuarantine)
}

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

// Package custody says where one person alone can do what should take two: change the root, let new readers in, open the
// recovery kit. Whether it is so is judged from the signed directories and the rehearsals in the register; [Banner] stays
// for as long as it is so, and no button takes it away (security.md 4.9, 8.1, 8.2).
package custody

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Weakness is one thing that a single person can do alone. Its sentence stands under "custody." in the text catalogue.
type Weakness string

// The weaknesses, in the order in which they are shown.
const (
	Root   Weakness = "root"   // one key changes the root: whom all machines believe
	Roster Weakness = "roster" // one key signs the directories: who may read content
	Kit    Weakness = "kit"    // one custodian opens the recovery kit
)

// Of looks for the weaknesses of the installation that a workspace belongs to. The recovery kit lies with its custodians:
// what is known of it comes from the newest day of good rehearsals, for any machine. Before the first nothing is said of it.
func Of(ctx context.Context, ws *workspace.Workspace) ([]Weakness, error) {
	var found []Weakness
	if t := ws.Trust(); t != nil {
		for _, weak := range t.Weaknesses() {
			switch weak.Kind {
			case trust.WarnSingleRoot:
				found = append(found, Root)
			case trust.WarnSingleRoster:
				found = append(found, Roster)
			}
		}
	}
	rehearsals, err := ws.Objects(ctx, "rehearsal", uuid.Nil)
	if err != nil {
		return nil, err
	}
	newest, alone := "", false
	for _, rehearsal := range rehearsals {
		day := rehearsal.Text("date") // YYYY-MM-DD: the order of the texts is that of the days
		if !rehearsal.Answer("succeeded").Bool() || day < newest {
			continue
		}
		shares, known := rehearsal.Answer("shares_used").Int()
		// An old kit still opens: of two on one day the weaker counts.
		alone = known && shares == 1 || day == newest && alone
		newest = day
	}
	if alone {
		found = append(found, Kit)
	}
	return found, nil
}

// Banner says each weakness and what headquarters should do; nil when there is none.
func Banner(t *i18n.Texts, found []Weakness) fyne.CanvasObject {
	if len(found) == 0 {
		return nil
	}
	sentences := []string{t.T("custody.alone")}
	for _, weak := range found {
		sentences = append(sentences, t.T("custody."+string(weak)))
	}
	return ui.Banner(ui.Warning, strings.Join(sentences, "\n"), nil, nil)
}

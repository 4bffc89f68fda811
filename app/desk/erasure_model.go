package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// erasureFacts is what the deletion place shows, read in one go.
type erasureFacts struct {
	due      []erasable // past their time, the longest overdue first
	others   []erasable // every other case that the user may read
	protocol []erased   // the newest first
	backups  []oldBackup
}

// erasable is a case that can be erased. It is named by its number alone: whoever deletes need not read who it was.
type erasable struct {
	id     uuid.UUID
	number string
	status domain.Status
	since  time.Time // when its time ran out; zero when it has not
	reason string    // why it is due; "" when it is not
}

// erased is one line of the deletion protocol.
type erased struct {
	id       uuid.UUID
	at       time.Time
	reason   string   // code; "" when the order itself is not known here
	machines []string // aliases of those that confirmed
	awaited  []string // aliases of those that have not
	pending  []string // compartments that nobody with their ring has unlocked here since
	unproven bool     // the files were not looked through afterwards
	lines    int      // removed here
	late     int      // lines of the case that a machine still sent with their content; they were not taken in
	// olderCopies counts sealed files in the folder from before the erasure, which may hold lines of the case.
	olderCopies int
	byAlias     string
}

// oldBackup is a copy made before an erasure or a removal, which still holds what was taken away.
type oldBackup struct {
	made    time.Time
	since   time.Time // when something was taken away that it still holds
	why     string    // "erasure", "withdrawal", or "keys": a removal or another change of keys
	place   string
	machine string
	overdue bool
}

// erasureDoors is what the place asks of the workspace.
type erasureDoors struct {
	read func(ctx context.Context) (erasureFacts, error)
	// erase destroys a case everywhere; nil for those who only look after it.
	erase func(ctx context.Context, id uuid.UUID, reason string) error
}

// shortID is how the protocol names a case: by the first digits of its random identifier, which says nothing about it.
func shortID(id uuid.UUID) string { return id.String()[:8] }

// matching finds cases by a part of their number.
func matching(cases []erasable, text string, limit int) []erasable {
	var found []erasable
	text = strings.ToLower(strings.TrimSpace(text))
	for _, c := range cases {
		if len(found) < limit && strings.Contains(strings.ToLower(c.number), text) {
			found = append(found, c)
		}
	}
	return found
}

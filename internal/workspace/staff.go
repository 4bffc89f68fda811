package workspace

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Records name an official by staff card (domain.md 7.6, 7.27): slots, interviews and ties do. Interviews that an older version began
// name the user instead; whoever asks whose one is asks here, and takes both.

// staffCard is what the program must know of a card to tell whose it is.
type staffCard struct {
	id          uuid.UUID
	user, alias string // as in the fields of those names; user is empty on most cards
}

// belongs reports whether the card is that of a user: by the identifier where the card has one, else by the alias.
func (c staffCard) belongs(user uuid.UUID, alias string) bool {
	if c.user != "" {
		return c.user == user.String() || c.user == "user:"+user.String()
	}
	return alias != "" && c.alias == alias
}

// readCards finds the cards among the open objects, in the order of their identifiers.
func (w *Workspace) readCards() []staffCard {
	var cards []staffCard
	if e := w.entries[uuid.Nil]; e != nil {
		for _, object := range e.objects {
			if record := newRecord(object); object.Type == "staff_card" && !record.Deleted() {
				cards = append(cards, staffCard{record.ID(), record.Text("user"), record.Text("alias")})
			}
		}
	}
	slices.SortFunc(cards, func(a, b staffCard) int { return slices.Compare(a.id[:], b.id[:]) })
	return cards
}

// IsMe reports whether an identifier names this user: one of the user's staff cards, or the user.
func (w *Workspace) IsMe(id uuid.UUID) bool {
	return id != uuid.Nil && (id == w.me.User || slices.ContainsFunc(w.inUse().cards, func(c staffCard) bool {
		return c.id == id && c.belongs(w.me.User, w.me.Alias)
	}))
}

// official is how records name this user: by staff card, and by user where headquarters has made no card yet.
func (w *Workspace) official() uuid.UUID {
	for _, c := range w.inUse().cards {
		if c.belongs(w.me.User, w.me.Alias) {
			return c.id
		}
	}
	return w.me.User
}

// interviewerOf is the user who holds an interview: the one whom it names, by card or as user, else who wrote that name down.
func (w *Workspace) interviewerOf(interview *Record) uuid.UUID {
	id := interview.Reference("interviewer")
	if w.IsMe(id) {
		return w.me.User
	}
	if !slices.ContainsFunc(w.inUse().cards, func(c staffCard) bool { return c.id == id }) {
		return id
	}
	for _, head := range interview.Heads("interviewer") {
		return head.By
	}
	return uuid.Nil
}

// OwnInterview reports whether this user held an interview: it names the user or one of the user's cards, or was begun by the user.
func (w *Workspace) OwnInterview(r *Record) bool {
	return w.IsMe(r.Reference("interviewer")) || slices.ContainsFunc(r.Heads("interviewer"), func(head Head) bool { return head.By == w.me.User })
}

// OwnDraft reports whether an interview is this user's and not yet handed in.
func (w *Workspace) OwnDraft(r *Record) bool {
	return InterviewStatus(r) == domain.Draft && w.IsMe(r.Reference("interviewer"))
}

package recovery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// Answers are the fields of the `rehearsal` object by which a device learns that it may travel (security.md 4.9). Its note is
// in the form of [ParseNote].
func (r *Report) Answers() map[string]domain.Answer {
	return map[string]domain.Answer{
		"date":        {Value: r.Date.UTC().Format("2006-01-02")},
		"succeeded":   {Value: r.Passed()},
		"shares_used": {Value: int64(len(r.Used))},
		"note":        {Value: r.Note()},
	}
}

// Note says in one line what was rehearsed: device, kit, vault, backup, rings with generation and id, reason codes.
func (r *Report) Note() string {
	note := Note{Device: r.Device, Vault: r.Vault, Kit: r.Kit, Backup: r.Backup}
	for _, ring := range r.Rings {
		note.Rings = append(note.Rings, NotedRing{Ring: ring.Ring, Generation: ring.Generation, ID: ring.ID})
	}
	for _, err := range r.Faults {
		if code := fault.Code(err); !slices.Contains(note.Codes, code) {
			note.Codes = append(note.Codes, code)
		}
	}
	return note.String()
}

// Note is what the note of a `rehearsal` object says.
type Note struct {
	Device, Vault uuid.UUID
	Kit           string // 32 hex digits
	Backup        string // SHA-256 of the file, 64 hex digits
	Rings         []NotedRing
	Codes         []string // reason codes; none when all went well
}

// NotedRing is the state of a ring that was rehearsed. A ring that has another id since is not covered any more.
type NotedRing struct {
	Ring       domain.Ring
	Generation uint32
	ID         string // 32 hex digits
}

// String gives the note: words of the form name=value, lists with commas.
func (n Note) String() string {
	words := []string{"device=" + n.Device.String(), "vault=" + n.Vault.String()}
	if n.Kit != "" {
		words = append(words, "kit="+n.Kit)
	}
	if n.Backup != "" {
		words = append(words, "backup="+n.Backup)
	}
	if len(n.Rings) > 0 {
		rings := make([]string, len(n.Rings))
		for i, ring := range n.Rings {
			rings[i] = fmt.Sprintf("%s/%d/%s", ring.Ring, ring.Generation, ring.ID)
		}
		words = append(words, "rings="+strings.Join(rings, ","))
	}
	if len(n.Codes) > 0 {
		words = append(words, "codes="+strings.Join(n.Codes, ","))
	}
	return strings.Join(words, " ")
}

// ParseNote reads what [Note.String] gave. Words that it does not know are left out, so that a later program may add some; ok
// is false when there is no device in it.
func ParseNote(text string) (n Note, ok bool) {
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "device":
			n.Device, _ = uuid.Parse(value)
		case "vault":
			n.Vault, _ = uuid.Parse(value)
		case "kit":
			n.Kit = value
		case "backup":
			n.Backup = value
		case "codes":
			n.Codes = strings.Split(value, ",")
		case "rings":
			for _, entry := range strings.Split(value, ",") {
				if ring, fits := parseRing(entry); fits {
					n.Rings = append(n.Rings, ring)
				}
			}
		}
	}
	return n, n.Device != uuid.Nil
}

func parseRing(text string) (NotedRing, bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return NotedRing{}, false
	}
	generation, err := strconv.ParseUint(parts[1], 10, 32)
	for ring := domain.RingOpen; ring <= domain.AuditRead; ring++ {
		if ring.String() == parts[0] && err == nil {
			return NotedRing{Ring: ring, Generation: uint32(generation), ID: parts[2]}, true
		}
	}
	return NotedRing{}, false
}

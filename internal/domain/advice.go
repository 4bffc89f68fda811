package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// adviceContent are the fields that make what is advised, in the order in which they are digested. Fixed for ever: an approval
// names their digest.
var adviceContent = []string{"persons", "advice", "grounds", "text", "basis", "visible_to"}

// IsAdviceContent reports whether the field of an advice belongs to what is approved.
func IsAdviceContent(field string) bool { return slices.Contains(adviceContent, field) }

// IsApproval reports whether a field of a type says who approved an advice, or which words.
func IsApproval(t Type, field string) bool {
	return t == "advice" && (field == "approved_by" || field == "approved_digest")
}

// AdviceDigest is the SHA-256 of what an advice says, in hex. An approval holds it, so that words that were changed afterwards, on
// whichever machine, are not approved words (domain.md 7.21).
func AdviceDigest(answer func(field string) Answer) string {
	h := sha256.New()
	for _, name := range adviceContent {
		encoded, err := answer(name).Encode()
		if err != nil {
			encoded = []byte("null")
		}
		h.Write([]byte(name))
		h.Write([]byte{0})
		h.Write(encoded)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// AdviceStage is how far an advice has come.
type AdviceStage string

// The stages.
const (
	AdviceDraft    AdviceStage = "draft"
	AdviceStale    AdviceStage = "stale"    // approved, and changed since
	AdviceApproved AdviceStage = "approved" // by somebody else than its authors
	AdviceSent     AdviceStage = "sent"
)

// StageOfAdvice tells how far an advice has come. authors are the users whose words stand in it, approver the user who wrote the
// approval; "" when nobody did. An approval by an author is none.
func StageOfAdvice(answer func(field string) Answer, authors []string, approver string) AdviceStage {
	switch {
	case !answer("approved_by").HasValue() || approver == "" || slices.Contains(authors, approver) || answer("written_by").Text() == approver:
		return AdviceDraft
	case answer("approved_digest").Text() != AdviceDigest(answer):
		return AdviceStale
	case answer("sent_at").HasValue():
		return AdviceSent
	}
	return AdviceApproved
}

// MayReadAdvice reports whether the role reads advice that somebody else wrote. Whoever interviews reads the own drafts only
// (domain.md 3.4).
func (r Role) MayReadAdvice() bool { return r == MLD || r == HQC || r == HQS }

package register_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"feltbok/internal/domain"
)

// When the power goes right after an operation that took keys away was acknowledged, no old wrapping of them is in any file
// any more: also not in a log whose truncation did not reach the disk.
func TestPowerLoss_NothingErasedComesBack(t *testing.T) {
	h := mustHistory(t, powerSeed)
	h.save()
	for _, operation := range []struct {
		name string
		run  func() error
	}{
		{"erasure", h.erase},
		{"user removed", h.removeUser},
		{"rotation", func() error { return h.register.Rotate(background, domain.RingCase) }},
		{"reseal", h.reseal},
		{"travel lock", func() error { return h.register.TravelLock(background, h.who.code) }},
	} {
		h.do("import", func() error { return h.load(12) })
		if operation.name == "user removed" {
			h.do("user added", h.addUser)
		}
		of := h.model.cases[0]
		if operation.name == "erasure" {
			of = h.model.cases[1] // the only one that can be chosen
		}
		keys, err := h.register.WrappedKeys(background, of)
		h.must(err)
		h.player.Advance(h.disk.Position())
		if before := h.holding(keys); before == 0 {
			t.Errorf("%s: the keys are not found before either", operation.name)
		}
		h.must(operation.run())
		h.player.Advance(h.disk.Position())
		if after := h.holding(keys); after > 0 {
			t.Errorf("%s: %d of %d images hold an old key", operation.name, after, remainsImages)
		}
	}
	h.end()
}

const remainsImages = 200

// holding counts the images of this moment that hold one of the keys in any file.
func (h *powerHistory) holding(keys [][]byte) (n int) {
	random := rand.New(rand.NewPCG(powerSeed, 5))
	for range remainsImages {
		found := false
		for _, content := range h.player.Image(random) {
			for _, key := range keys {
				found = found || bytes.Contains(content, key)
			}
		}
		if found {
			n++
		}
	}
	return n
}

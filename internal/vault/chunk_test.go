package vault_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/vault"
)

// The size of a sealed chunk tells the last one, also where that is full.
func TestLastChunk(t *testing.T) {
	key, id, blob := vault.NewKey(), uuid.New(), uuid.New()
	for _, size := range []int{0, 1, 300, vault.ChunkContent - 4, vault.ChunkContent - 1, vault.ChunkContent} {
		for _, last := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d bytes, last is %v", size, last), func(t *testing.T) {
				sealed, err := vault.SealChunk(&key, id, domain.Case, blob, 3, last, make([]byte, size))
				if err != nil {
					t.Fatal(err)
				}
				if got := vault.LastChunk(sealed); got != last {
					t.Errorf("got %v", got)
				}
				if _, err := vault.OpenChunk(&key, id, domain.Case, blob, 3, vault.LastChunk(sealed), sealed); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

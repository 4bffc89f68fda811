//go:build !ci

package vault

import (
	"slices"
	"testing"
)

// TestKDF_SpentAsReleased runs without the tag ci (see 'make test'): a released program spends what the slot says.
func TestKDF_SpentAsReleased(t *testing.T) {
	for _, k := range []KDF{DefaultKDF, TestKDF, {MemoryKiB: 80 << 10, Time: 7, Threads: 2}} {
		if k.Spent() != k || !slices.Equal(k.tried(), []KDF{k}) {
			t.Errorf("%+v costs only %+v, tried at %+v", k, k.Spent(), k.tried())
		}
	}
	var spent, full Key
	TestKDF.slotKey(&spent, []byte("eleven odd words"), Salt{1})
	TestKDF.derive(&full, []byte("eleven odd words"), Salt{1})
	if spent != full {
		t.Error("the slot key is derived at another cost")
	}
}

package recovery_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"feltbok/internal/fault"
	"feltbok/internal/recovery"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

var (
	background = context.Background()
	today      = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
)

// cheap is the work factor of passphrases in tests.
const cheap = recovery.WorkFactor(8)

const words = "torsk bekk mugge sofa hage tre"

// identities are made once: of the custodians A to E, of a stranger X, and of recovery.
var identities = sync.OnceValue(func() map[string]*age.HybridIdentity {
	made := map[string]*age.HybridIdentity{}
	for _, name := range []string{"A", "B", "C", "D", "E", "X", "recovery"} {
		identity, err := age.GenerateHybridIdentity()
		if err != nil {
			panic(err)
		}
		made[name] = identity
	}
	return made
})

func custodians(labels ...string) []recovery.Custodian {
	var all []recovery.Custodian
	for _, label := range labels {
		all = append(all, recovery.Custodian{Label: label, Recipient: identities()[label].Recipient().String()})
	}
	return all
}

func keys(labels ...string) []recovery.Key {
	var all []recovery.Key
	for _, label := range labels {
		all = append(all, recovery.Key{Label: label, Identity: identities()[label]})
	}
	return all
}

func mustKit(t testing.TB, threshold int, labels ...string) *recovery.Kit {
	t.Helper()
	kit, err := recovery.Make(filepath.Join(t.TempDir(), "kit"), identities()["recovery"], recovery.MakeOptions{
		Custodians: custodians(labels...), Threshold: threshold, Training: true, Now: today,
	})
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// cause is the cause that an error gives for R-KIT, with the name of what is at fault; "" for no error.
func cause(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var p *recovery.Problem
	if !errors.As(err, &p) || fault.Code(err) != "R-KIT" {
		t.Errorf("not a problem with a kit: %v", err)
		return err.Error()
	}
	return string(p.Cause) + " " + p.Name
}

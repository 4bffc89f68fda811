package register

import (
	"testing"

	"feltbok/internal/store"
)

// Stages of an upgrade, in order.
var UpgradeStages = []string{stageSnapshot, stageFilled, stageCommit, stageVerified}

// OnUpgradeStage runs fn after each stage of an upgrade until the test ends.
func OnUpgradeStage(t testing.TB, fn func(stage string) error) {
	old := upgradeStage
	upgradeStage = fn
	t.Cleanup(func() { upgradeStage = old })
}

// OnUpgradeStageForEver is for a process that ends with the upgrade.
func OnUpgradeStageForEver(fn func(stage string) error) { upgradeStage = fn }

// WithFreeBytes pretends that so much is free until the test ends.
func WithFreeBytes(t testing.TB, free int64) {
	old := freeBytes
	freeBytes = func(string) (int64, error) { return free, nil }
	t.Cleanup(func() { freeBytes = old })
}

// SchemaVersion is that of the file of an open vault.
func (v *Vault) SchemaVersion() int { return v.engine.Version() }

// InUpgrade runs fn inside the transaction of an upgrade until the test ends.
func InUpgrade(t testing.TB, fn func(store.Writer) error) {
	old := upgradeAlso
	upgradeAlso = fn
	t.Cleanup(func() { upgradeAlso = old })
}

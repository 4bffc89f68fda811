package register

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/vault"
)

// longestWait is the most that a try must wait (security.md 4.6). There is never a wipe: that would let anybody destroy
// interviews that were not sent yet.
const longestWait = 60 * time.Second

// delay is how long the next try waits after a number of failed ones: 1, 2, 4 … 60 seconds.
func delay(failed int) time.Duration {
	switch {
	case failed <= 0:
		return 0
	case failed > 6: // 2^6 s is more than the most
		return longestWait
	}
	return time.Second << (failed - 1)
}

// Only the monotonic clock of this process counts here: a wall clock can be set. Tests put their own in its place.
var (
	processBegan = time.Now()
	monotonic    = func() time.Duration { return time.Since(processBegan) }
)

// slotTries is what this process knows of the failed tries of one slot.
type slotTries struct {
	count int
	since time.Duration // of the last failure here, else of the first opening of the vault in this process
}

// A vault is closed and opened again between tries, so the moments are kept for the process. The counts of writable vaults
// are in the file; here they stand too for those that cannot be written.
var (
	triesMutex sync.Mutex
	triesOf    = map[string]*slotTries{} // by folder, vault and slot
)

func (v *Vault) tryKey(slot vault.SlotID) string {
	dir, err := filepath.Abs(v.dir)
	if err != nil {
		dir = v.dir
	}
	return dir + "\x00" + v.header.Vault.String() + slot.String()
}

// noteTries takes over the counts of the file when the vault is opened.
func (v *Vault) noteTries(ctx context.Context) error {
	stored, err := v.engine.Tries(ctx)
	if err != nil {
		return err
	}
	triesMutex.Lock()
	defer triesMutex.Unlock()
	now := monotonic()
	for id, count := range stored {
		key := v.tryKey(id)
		known := triesOf[key]
		if known == nil {
			known = &slotTries{since: now}
			triesOf[key] = known
		}
		known.count = max(known.count, count)
	}
	return nil
}

// Wait is how long the next try of a slot must wait: 1, 2, 4 … 60 seconds after the last failed one in this process, and
// after a restart from the opening of the vault on. Zero for an unknown slot.
func (v *Vault) Wait(slot string) time.Duration {
	chosen := v.header.SlotNamed(slot)
	if chosen == nil {
		return 0
	}
	triesMutex.Lock()
	defer triesMutex.Unlock()
	known := triesOf[v.tryKey(chosen.ID)]
	if known == nil {
		return 0
	}
	return max(0, known.since+delay(known.count)-monotonic())
}

// mayTry is V-WAIT with the seconds when a slot may not be tried yet.
func (v *Vault) mayTry(slot *vault.Slot) error {
	if left := v.Wait(slot.ID.String()); left > 0 {
		return fault.Newf("V-WAIT", strconv.Itoa(int(math.Ceil(left.Seconds()))), "slot %s was tried with a wrong passphrase", slot.Label)
	}
	return nil
}

// tryFailed counts a wrong passphrase before anybody learns that it was wrong, durably where the file can be written.
func (v *Vault) tryFailed(ctx context.Context, slot *vault.Slot, err error) error {
	if slot.Kind != vault.PassphraseSlot || fault.Code(err) != "V-PASS" {
		return err
	}
	triesMutex.Lock()
	key := v.tryKey(slot.ID)
	known := triesOf[key]
	if known == nil {
		known = &slotTries{}
		triesOf[key] = known
	}
	known.count++
	known.since = monotonic()
	count := known.count
	triesMutex.Unlock()
	if v.readOnly() {
		return err
	}
	// The count is made even when the caller has given up meanwhile.
	return errors.Join(err, v.engine.SetTries(context.WithoutCancel(ctx), slot.ID, count))
}

// trySucceeded forgets the failed tries of a slot and returns how many there were.
func (v *Vault) trySucceeded(ctx context.Context, slot *vault.Slot) int {
	triesMutex.Lock()
	key := v.tryKey(slot.ID)
	count := 0
	if known := triesOf[key]; known != nil {
		count = known.count
	}
	delete(triesOf, key)
	triesMutex.Unlock()
	if count > 0 && !v.readOnly() {
		// On a full disk the user must get in all the same: the count then stays and is told again next time.
		_ = v.engine.SetTries(context.WithoutCancel(ctx), slot.ID, 0)
	}
	return count
}

// FailedTries is how many wrong passphrases were tried for this user's slot between the last good unlock and this one.
// Whoever can write to the file can also set the count back: it tells of people at the keyboard, not of thieves of the disk.
func (r *Register) FailedTries() int { return r.failedTries }
